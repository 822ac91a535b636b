// The listener, the connections and their deadlines.
#include "web.h"

#include <stdio.h>
#include <string.h>

#include "web_state.h"

typedef struct {
  weft_web *web;
  GSourceFunc work;
  void *data;
  GDestroyNotify free;
} posted;

static gboolean run_posted(gpointer data) {
  posted *post = data;
  post->work(post->data);
  return G_SOURCE_REMOVE;
}

static void free_posted(gpointer data) {
  posted *post = data;
  if (post->free) post->free(post->data);
  g_free(post);
}

// g_main_context_invoke might run the work on the calling thread while the loop starts.
void weft_web_post(weft_web *web, GSourceFunc work, void *data, GDestroyNotify free) {
  posted *post = g_new(posted, 1);
  *post = (posted){web, work, data, free};
  GSource *source = g_idle_source_new();
  g_source_set_priority(source, G_PRIORITY_DEFAULT);
  g_source_set_callback(source, run_posted, post, free_posted);
  g_source_attach(source, web->context);
  g_source_unref(source);
}

// MARK: Connections

static void free_connection(gpointer data) {
  weft_connection *connection = data;
  weft_socket_release(connection);
  g_object_unref(connection->stream);
  g_clear_object(&connection->remote);
  g_free(connection);
}

// The owner of the stream notices the end by itself: libsoup reads end of file.
void weft_connection_close(weft_connection *connection) {
  g_socket_shutdown(connection->socket, TRUE, TRUE, NULL);
  weft_connection_forget(connection);
}

void weft_connection_forget(weft_connection *connection) {
  g_hash_table_remove(connection->web->addresses, connection->remote);
  g_hash_table_remove(connection->web->connections, &connection->id);
}

weft_connection *weft_connection_of(weft_web *web, SoupServerMessage *message) {
  GSocketAddress *remote = soup_server_message_get_remote_address(message);
  return remote ? g_hash_table_lookup(web->addresses, remote) : NULL;
}

void weft_connection_heard(weft_connection *connection) {
  connection->heard = g_get_monotonic_time();
  if (!connection->websocket) {
    connection->deadline = connection->heard + connection->web->options.handshake * G_USEC_PER_SEC;
  }
}

// Closes the connections that are gone or over their time: once a second, and before another one is refused.
static void close_old(weft_web *web) {
  int64_t now = g_get_monotonic_time();
  GList *connections = g_hash_table_get_values(web->connections);
  for (GList *item = connections; item; item = item->next) {
    weft_connection *connection = item->data;
    bool is_over = connection->deadline && now > connection->deadline;
    if (is_over || g_socket_is_closed(connection->socket)) weft_connection_close(connection);
  }
  g_list_free(connections);
}

// 0: idle HTTP, 1: a socket whose client is not known yet, 2: any other socket; busy ones never.
static int worth(const weft_connection *connection) {
  if (!connection->websocket) return connection->busy ? 3 : 0;
  return connection->is_trusted ? 2 : 1;
}

static bool make_room(weft_web *web) {
  close_old(web);
  if (g_hash_table_size(web->connections) < (guint)web->options.connections) return true;
  GHashTableIter iterator;
  gpointer value;
  weft_connection *oldest = NULL;
  g_hash_table_iter_init(&iterator, web->connections);
  while (g_hash_table_iter_next(&iterator, NULL, &value)) {
    weft_connection *connection = value;
    if (worth(connection) == 3) continue;
    if (!oldest || worth(connection) < worth(oldest) ||
        (worth(connection) == worth(oldest) && connection->heard < oldest->heard)) {
      oldest = connection;
    }
  }
  if (oldest) weft_connection_close(oldest);
  return oldest != NULL;
}

static bool is_remote(GSocketAddress *address) {
  if (!G_IS_INET_SOCKET_ADDRESS(address)) return true;
  return !g_inet_address_get_is_loopback(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)));
}

static gboolean incoming(GSocketService *service, GSocketConnection *stream, GObject *source, gpointer data) {
  (void)service, (void)source;
  weft_web *web = data;
  if (g_hash_table_size(web->connections) >= (guint)web->options.connections && !make_room(web)) return TRUE;
  GSocketAddress *local = g_socket_connection_get_local_address(stream, NULL);
  GSocketAddress *remote = g_socket_connection_get_remote_address(stream, NULL);
  if (!local || !remote) {
    // It has gone already.
    g_clear_object(&local);
    g_clear_object(&remote);
    return TRUE;
  }
  weft_connection *connection = g_new0(weft_connection, 1);
  connection->id = ++web->last;
  connection->web = web;
  connection->stream = g_object_ref(stream);
  connection->socket = g_socket_connection_get_socket(stream);
  connection->remote = g_object_ref(remote);
  connection->is_remote = is_remote(remote);
  g_queue_init(&connection->queue);
  g_socket_set_option(connection->socket, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, 1, NULL);
  weft_connection_heard(connection);
  g_hash_table_insert(web->connections, &connection->id, connection);
  g_hash_table_insert(web->addresses, remote, connection);
  if (!soup_server_accept_iostream(web->server, G_IO_STREAM(stream), local, remote, NULL)) {
    weft_connection_close(connection);
  }
  g_clear_object(&local);
  g_clear_object(&remote);
  return TRUE;
}

static gboolean look(gpointer data) {
  weft_web *web = data;
  close_old(web);
  weft_announcement_retry(web->announcement);
  return G_SOURCE_CONTINUE;
}

// MARK: Start and stop

static gpointer run(gpointer data) {
  weft_web *web = data;
  g_main_context_push_thread_default(web->context);
  g_main_loop_run(web->loop);
  soup_server_disconnect(web->server);
  g_hash_table_remove_all(web->requests);
  g_hash_table_remove_all(web->addresses);
  g_hash_table_remove_all(web->connections);
  while (g_main_context_iteration(web->context, FALSE)) {
  }
  g_main_context_pop_thread_default(web->context);
  return NULL;
}

static gboolean quit(gpointer data) {
  weft_web *web = data;
  g_socket_service_stop(web->service);
  g_socket_listener_close(G_SOCKET_LISTENER(web->service));
  g_main_loop_quit(web->loop);
  return G_SOURCE_REMOVE;
}

// Frees everything once no thread runs.
static void free_web(weft_web *web) {
  weft_announcement_end(web->announcement);
  g_object_unref(web->server);
  g_object_unref(web->service);
  while (g_main_context_iteration(web->context, FALSE)) {
  }
  g_hash_table_unref(web->requests);
  g_hash_table_unref(web->addresses);
  g_hash_table_unref(web->connections);
  g_main_loop_unref(web->loop);
  g_main_context_unref(web->context);
  g_free((char *)web->options.host);
  g_free(web);
}

static void stop(weft_web *web) {
  weft_web_post(web, quit, web, NULL);
  g_thread_join(web->thread);
  free_web(web);
}

static bool open_port(weft_web *web, GError **error) {
  GInetAddress *inet = g_inet_address_new_from_string(web->options.host);
  if (!inet) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s is no numeric address", web->options.host);
    return false;
  }
  GSocketAddress *address = g_inet_socket_address_new(inet, web->options.port), *bound = NULL;
  bool is_open = g_socket_listener_add_address(
      G_SOCKET_LISTENER(web->service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, error);
  if (is_open) web->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
  g_clear_object(&bound);
  g_object_unref(address);
  g_object_unref(inet);
  return is_open;
}

static weft_web *start(
    const weft_web_options *options, const weft_web_callbacks *callbacks, char *reason, size_t size) {
  weft_web *web = g_new0(weft_web, 1);
  web->options = *options;
  web->options.host = g_strdup(options->host);
  web->callbacks = *callbacks;
  web->context = g_main_context_new();
  g_main_context_push_thread_default(web->context);
  web->loop = g_main_loop_new(web->context, FALSE);
  web->connections = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_connection);
  web->addresses = g_hash_table_new(NULL, NULL);
  web->service = g_socket_service_new();
  web->server = soup_server_new("server-header", NULL, NULL);
  soup_server_remove_websocket_extension(web->server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_server_add_websocket_handler(web->server, NULL, NULL, NULL, weft_socket_opened, web, NULL);
  weft_requests_add(web);
  g_signal_connect(web->service, "incoming", G_CALLBACK(incoming), web);
  weft_socket_guard(web);
  GSource *timer = g_timeout_source_new_seconds(1);
  g_source_set_callback(timer, look, web, NULL);
  g_source_attach(timer, web->context);
  g_source_unref(timer);
  GError *error = NULL;
  bool is_open = open_port(web, &error);
  if (is_open) g_socket_service_start(web->service);
  g_main_context_pop_thread_default(web->context);
  if (is_open) {
    if (options->name) web->announcement = weft_announce(options->name, web->port, options->osc_port);
    web->thread = g_thread_new("weft-web", run, web);
    return web;
  }
  snprintf(reason, size, "%s", error->message);
  g_error_free(error);
  free_web(web);
  return NULL;
}

static bool is_announced(weft_web *web) { return web->announcement != NULL; }
static uint16_t port(weft_web *web) { return web->port; }

const weft_web_functions *weft_web_library(void) {
  static const weft_web_functions functions = {
      .version = WEFT_WEB_VERSION,
      .start = start,
      .stop = stop,
      .port = port,
      .is_announced = is_announced,
      .respond = weft_request_respond,
      .send = weft_socket_send,
      .close = weft_socket_close,
      .trust = weft_socket_trust,
      .assets = weft_web_assets,
  };
  return &functions;
}
