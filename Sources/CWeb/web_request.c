// Requests: their heads are judged before their bodies are read, and their responses come from another thread.
#include <string.h>

#include "web_state.h"

static const char *header(SoupMessageHeaders *headers, const char *name) {
  // Of several, the list: no rule accepts it.
  return soup_message_headers_get_list(headers, name);
}

weft_web_head weft_request_head(SoupServerMessage *message, weft_connection *connection, char **path) {
  SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
  GUri *uri = soup_server_message_get_uri(message);
  const char *upgrade = header(headers, "Upgrade");
  *path = g_uri_unescape_string(g_uri_get_path(uri), NULL);
  return (weft_web_head){
      .connection = connection->id,
      .method = soup_server_message_get_method(message),
      .path = *path ? *path : "",
      .query = g_uri_get_query(uri),
      .host = header(headers, "Host"),
      .origin = header(headers, "Origin"),
      .fetch_site = header(headers, "Sec-Fetch-Site"),
      .has_fetch = header(headers, "Sec-Fetch-Site") || header(headers, "Sec-Fetch-Mode") ||
                   header(headers, "Sec-Fetch-Dest") || header(headers, "Sec-Fetch-User"),
      .authorization = header(headers, "Authorization"),
      .content_type = header(headers, "Content-Type"),
      .accept = header(headers, "Accept"),
      .if_none_match = header(headers, "If-None-Match"),
      .content_length = soup_message_headers_get_encoding(headers) == SOUP_ENCODING_CONTENT_LENGTH
                            ? (int64_t)soup_message_headers_get_content_length(headers)
                            : -1,
      .is_upgrade = upgrade && g_ascii_strcasecmp(upgrade, "websocket") == 0,
      .is_remote = connection->is_remote,
  };
}

static void set_security(SoupServerMessage *message) {
  SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
  soup_message_headers_replace(
      headers, "Content-Security-Policy",
      "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'");
  soup_message_headers_replace(headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace(headers, "Referrer-Policy", "no-referrer");
  soup_message_headers_replace(headers, "Cross-Origin-Resource-Policy", "same-origin");
  soup_message_headers_replace(headers, "Cache-Control", "no-cache");
  soup_message_headers_replace(headers, "Connection", "close");
}

// Nothing of the body is kept, and nothing more is read from this connection.
static void refuse(SoupServerMessage *message, int status) {
  soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
  set_security(message);
  const char *reason = status == 421 ? "Misdirected Request" : soup_status_get_phrase((guint)status);
  soup_server_message_set_status(message, (guint)status, reason);
  char *text = g_strdup_printf("{\"error\":{\"code\":\"http-%d\",\"message\":\"%s\"}}\n", status, reason);
  soup_server_message_set_response(message, "application/json", SOUP_MEMORY_TAKE, text, strlen(text));
}

// A body that is longer than its limit: the size was not given before.
typedef struct {
  weft_web *web;
  uint64_t connection;
  int64_t size;
  int64_t limit;
} body_count;

static void got_chunk(SoupServerMessage *message, GBytes *chunk, gpointer data) {
  body_count *count = data;
  count->size += (int64_t)g_bytes_get_size(chunk);
  if (count->size <= count->limit) return;
  soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
  weft_connection *connection = g_hash_table_lookup(count->web->connections, &count->connection);
  if (connection) weft_connection_close(connection);
}

typedef struct {
  weft_web *web;
  uint64_t connection;
} origin;

// One request, one connection: libsoup 3.2 does not notice the end of one that it keeps alive.
static void request_gone(SoupServerMessage *message, gpointer data) {
  origin *from = data;
  GHashTableIter iterator;
  gpointer value;
  g_hash_table_iter_init(&iterator, from->web->requests);
  while (g_hash_table_iter_next(&iterator, NULL, &value)) {
    if (value == message) g_hash_table_iter_remove(&iterator);
  }
  weft_connection *connection = g_hash_table_lookup(from->web->connections, &from->connection);
  if (connection && !connection->websocket) weft_connection_forget(connection);
}

static void watch(weft_web *web, SoupServerMessage *message, weft_connection *connection) {
  origin *from = g_new(origin, 1);
  *from = (origin){web, connection->id};
  g_signal_connect_data(
      message, "finished", G_CALLBACK(request_gone), from, (GClosureNotify)(void (*)(void))g_free, 0);
}

static void early(SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data) {
  (void)server, (void)path, (void)query;
  weft_web *web = data;
  weft_connection *connection = weft_connection_of(web, message);
  if (!connection) return refuse(message, 503);
  weft_connection_heard(connection);
  char *decoded = NULL;
  weft_web_head head = weft_request_head(message, connection, &decoded);
  weft_web_verdict verdict = web->callbacks.head(web->callbacks.context, &head);
  g_free(decoded);
  if (!verdict.status && head.content_length > verdict.body_limit) verdict.status = 413;
  if (verdict.status || !head.is_upgrade) watch(web, message, connection);
  if (verdict.status) return refuse(message, verdict.status);
  connection->deadline = connection->heard + (int64_t)verdict.seconds * G_USEC_PER_SEC;
  body_count *count = g_new(body_count, 1);
  *count = (body_count){web, connection->id, 0, verdict.body_limit};
  g_signal_connect_data(
      message, "got-chunk", G_CALLBACK(got_chunk), count, (GClosureNotify)(void (*)(void))g_free, 0);
}

static void handle(SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data) {
  (void)server, (void)path, (void)query;
  weft_web *web = data;
  weft_connection *connection = weft_connection_of(web, message);
  if (!connection) return refuse(message, 503);
  char *decoded = NULL;
  weft_web_head head = weft_request_head(message, connection, &decoded);
  // The handler of sockets comes next.
  if (!head.is_upgrade) {
    set_security(message);
    GBytes *body = soup_message_body_flatten(soup_server_message_get_request_body(message));
    gsize size = 0;
    const uint8_t *bytes = g_bytes_get_data(body, &size);
    uint64_t *id = g_new(uint64_t, 1);
    *id = ++web->last;
    g_hash_table_insert(web->requests, id, g_object_ref(message));
    connection->busy++;
    connection->deadline = 0;
    // Without a status the handler of sockets would refuse it.
    soup_server_message_set_status(message, SOUP_STATUS_OK, NULL);
    soup_server_message_pause(message);
    web->callbacks.request(web->callbacks.context, *id, &head, bytes, size);
    g_bytes_unref(body);
  }
  g_free(decoded);
}

void weft_requests_add(weft_web *web) {
  web->requests = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_object_unref);
  soup_server_add_early_handler(web->server, NULL, early, web, NULL);
  soup_server_add_handler(web->server, NULL, handle, web, NULL);
}

// MARK: Responses

typedef struct {
  weft_web *web;
  uint64_t request;
  int status;
  char *type;
  char *headers;
  char *body;
  size_t size;
} response;

static void free_response(gpointer data) {
  response *answer = data;
  g_free(answer->type);
  g_free(answer->headers);
  g_free(answer->body);
  g_free(answer);
}

static gboolean respond(gpointer data) {
  response *answer = data;
  weft_web *web = answer->web;
  SoupServerMessage *message = g_hash_table_lookup(web->requests, &answer->request);
  if (!message) return G_SOURCE_REMOVE;
  g_object_ref(message);
  g_hash_table_remove(web->requests, &answer->request);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
  char **lines = g_strsplit(answer->headers ? answer->headers : "", "\n", -1);
  for (char **line = lines; *line; line++) {
    char *colon = strstr(*line, ": ");
    if (!colon) continue;
    *colon = 0;
    soup_message_headers_replace(headers, *line, colon + 2);
  }
  g_strfreev(lines);
  soup_server_message_set_status(message, (guint)answer->status, NULL);
  if (answer->type) {
    soup_server_message_set_response(message, answer->type, SOUP_MEMORY_TAKE, answer->body, answer->size);
    answer->body = NULL;
  }
  soup_server_message_unpause(message);
  g_object_unref(message);
  return G_SOURCE_REMOVE;
}

void weft_request_respond(
    weft_web *web, uint64_t request, int status, const char *type, const char *headers, const void *body, size_t size) {
  response *answer = g_new(response, 1);
  *answer = (response){
      .web = web, .request = request, .status = status, .type = g_strdup(type), .headers = g_strdup(headers),
      .body = size ? g_memdup2(body, size) : NULL, .size = size};
  weft_web_post(web, respond, answer, free_response);
}
