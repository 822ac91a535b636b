// WebSockets. libsoup queues without a bound what a client does not read, so messages wait here until it has sent all
// that it has.
#include <linux/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "web_state.h"

typedef struct {
  GBytes *bytes;
  bool is_text;
} waiting;

static void free_waiting(gpointer data) {
  waiting *item = data;
  g_bytes_unref(item->bytes);
  g_free(item);
}

// Of a lower priority than libsoup's own source: it comes to its turn only when libsoup has nothing left to write.
static gboolean is_writable(GSocket *socket, GIOCondition condition, gpointer data) {
  (void)socket, (void)condition;
  weft_connection *connection = data;
  waiting *item = g_queue_pop_head(&connection->queue);
  if (item) {
    gsize size = g_bytes_get_size(item->bytes);
    if (soup_websocket_connection_get_state(connection->websocket) == SOUP_WEBSOCKET_STATE_OPEN) {
      soup_websocket_connection_send_message(
          connection->websocket, item->is_text ? SOUP_WEBSOCKET_DATA_TEXT : SOUP_WEBSOCKET_DATA_BINARY, item->bytes);
    }
    free_waiting(item);
    connection->web->callbacks.sent(connection->web->callbacks.context, connection->id, size);
  }
  if (!g_queue_is_empty(&connection->queue)) return G_SOURCE_CONTINUE;
  g_clear_pointer(&connection->writable, g_source_unref);
  return G_SOURCE_REMOVE;
}

static void flush(weft_connection *connection) {
  if (connection->writable || g_queue_is_empty(&connection->queue)) return;
  if (g_socket_is_closed(connection->socket)) return weft_connection_close(connection);
  connection->writable = g_socket_create_source(connection->socket, G_IO_OUT, NULL);
  g_source_set_priority(connection->writable, G_PRIORITY_DEFAULT + 10);
  g_source_set_callback(connection->writable, (GSourceFunc)(void (*)(void))is_writable, connection, NULL);
  g_source_attach(connection->writable, connection->web->context);
}

void weft_socket_release(weft_connection *connection) {
  if (connection->writable) {
    g_source_destroy(connection->writable);
    g_clear_pointer(&connection->writable, g_source_unref);
  }
  g_queue_clear_full(&connection->queue, free_waiting);
  if (!connection->websocket) return;
  g_signal_handlers_disconnect_by_data(connection->websocket, connection);
  g_clear_object(&connection->websocket);
  connection->web->callbacks.closed(connection->web->callbacks.context, connection->id);
}

// MARK: Fragments

// Bytes of the stream that have been read.
static uint64_t bytes_read(const weft_connection *connection) {
  struct tcp_info info = {0};
  socklen_t size = sizeof info;
  int unread = 0, descriptor = g_socket_get_fd(connection->socket);
  if (getsockopt(descriptor, 6 /* IPPROTO_TCP */, TCP_INFO, &info, &size) != 0) return 0;
  ioctl(descriptor, FIONREAD, &unread);
  return info.tcpi_bytes_received - (uint64_t)unread;
}

typedef struct {
  GSource source;
  weft_web *web;
} guard;

static weft_connection *find_excess(weft_web *web) {
  GHashTableIter iterator;
  gpointer value;
  g_hash_table_iter_init(&iterator, web->connections);
  while (g_hash_table_iter_next(&iterator, NULL, &value)) {
    weft_connection *connection = value;
    // Twice: the rest of a read may hold the next message.
    if (connection->websocket && bytes_read(connection) > connection->read + 2 * web->options.frame) return connection;
  }
  return NULL;
}

static gboolean check_guard(GSource *source) { return find_excess(((guard *)source)->web) != NULL; }

static gboolean close_excess(GSource *source, GSourceFunc callback, gpointer data) {
  (void)callback, (void)data;
  weft_connection *connection = find_excess(((guard *)source)->web);
  if (connection) weft_connection_close(connection);
  return G_SOURCE_CONTINUE;
}

// Checked in every iteration of the loop, so after every read.
void weft_socket_guard(weft_web *web) {
  static GSourceFuncs functions = {.check = check_guard, .dispatch = close_excess};
  GSource *source = g_source_new(&functions, sizeof(guard));
  ((guard *)source)->web = web;
  g_source_set_priority(source, G_PRIORITY_HIGH);
  g_source_attach(source, web->context);
  g_source_unref(source);
}

// MARK: Signals

static void received(SoupWebsocketConnection *websocket, int type, GBytes *message, gpointer data) {
  (void)websocket;
  weft_connection *connection = data;
  gsize size = 0;
  const uint8_t *bytes = g_bytes_get_data(message, &size);
  weft_connection_heard(connection);
  connection->read = bytes_read(connection);
  connection->web->callbacks.received(
      connection->web->callbacks.context, connection->id, type == SOUP_WEBSOCKET_DATA_TEXT, bytes, size);
}

static void closed(SoupWebsocketConnection *websocket, gpointer data) {
  (void)websocket;
  weft_connection_close(data);
}

static void failed(SoupWebsocketConnection *websocket, GError *error, gpointer data) {
  (void)websocket, (void)error, (void)data;
}

// A ping is not sent here; the socket of a client that has gone without a word is closed by TCP keep-alive.
static void keep_alive(GSocket *socket) {
  g_socket_set_keepalive(socket, TRUE);
  g_socket_set_option(socket, 6, 4 /* TCP_KEEPIDLE */, 20, NULL);
  g_socket_set_option(socket, 6, 5 /* TCP_KEEPINTVL */, 10, NULL);
  g_socket_set_option(socket, 6, 6 /* TCP_KEEPCNT */, 3, NULL);
}

void weft_socket_opened(
    SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *websocket, gpointer data) {
  (void)server, (void)path;
  weft_web *web = data;
  GIOStream *stream = soup_websocket_connection_get_io_stream(websocket);
  weft_connection *connection = weft_connection_of(web, message);
  if (!connection || !stream || connection->websocket) {
    soup_websocket_connection_close(websocket, SOUP_WEBSOCKET_CLOSE_SERVER_ERROR, NULL);
    return;
  }
  connection->websocket = g_object_ref(websocket);
  connection->read = bytes_read(connection);
  soup_websocket_connection_set_max_incoming_payload_size(websocket, web->options.frame);
  g_signal_connect(websocket, "message", G_CALLBACK(received), connection);
  g_signal_connect(websocket, "closed", G_CALLBACK(closed), connection);
  g_signal_connect(websocket, "error", G_CALLBACK(failed), connection);
  keep_alive(connection->socket);
  connection->deadline = g_get_monotonic_time() + web->options.handshake * G_USEC_PER_SEC;
  char *decoded = NULL;
  weft_web_head head = weft_request_head(message, connection, &decoded);
  web->callbacks.opened(web->callbacks.context, connection->id, &head);
  g_free(decoded);
}

// MARK: From any thread

typedef struct {
  weft_web *web;
  uint64_t socket;
  waiting *item;
  uint16_t code;
  char *reason;
} order;

static void free_order(gpointer data) {
  order *order = data;
  if (order->item) free_waiting(order->item);
  g_free(order->reason);
  g_free(order);
}

static weft_connection *open_socket(order *order) {
  weft_connection *connection = g_hash_table_lookup(order->web->connections, &order->socket);
  return connection && connection->websocket ? connection : NULL;
}

static gboolean send_now(gpointer data) {
  order *order = data;
  weft_connection *connection = open_socket(order);
  if (!connection) return G_SOURCE_REMOVE;
  g_queue_push_tail(&connection->queue, g_steal_pointer(&order->item));
  flush(connection);
  return G_SOURCE_REMOVE;
}

void weft_socket_send(weft_web *web, uint64_t socket, bool is_text, const void *bytes, size_t size) {
  order *order = g_malloc0(sizeof *order);
  order->web = web;
  order->socket = socket;
  order->item = g_new(waiting, 1);
  *order->item = (waiting){g_bytes_new(bytes, size), is_text};
  weft_web_post(web, send_now, order, free_order);
}

static gboolean close_now(gpointer data) {
  order *order = data;
  weft_connection *connection = open_socket(order);
  if (!connection) return G_SOURCE_REMOVE;
  // Drop the queue; the deadline closes the socket if the client does not answer.
  connection->deadline = g_get_monotonic_time() + 2 * G_USEC_PER_SEC;
  g_queue_clear_full(&connection->queue, free_waiting);
  if (soup_websocket_connection_get_state(connection->websocket) == SOUP_WEBSOCKET_STATE_OPEN) {
    soup_websocket_connection_close(connection->websocket, order->code, order->reason);
  }
  return G_SOURCE_REMOVE;
}

void weft_socket_close(weft_web *web, uint64_t socket, uint16_t code, const char *reason) {
  order *order = g_malloc0(sizeof *order);
  order->web = web;
  order->socket = socket;
  order->code = code;
  order->reason = g_strdup(reason);
  weft_web_post(web, close_now, order, free_order);
}

static gboolean trust_now(gpointer data) {
  order *order = data;
  weft_connection *connection = open_socket(order);
  if (!connection) return G_SOURCE_REMOVE;
  connection->is_trusted = true;
  connection->deadline = 0;
  return G_SOURCE_REMOVE;
}

void weft_socket_trust(weft_web *web, uint64_t socket) {
  order *order = g_malloc0(sizeof *order);
  order->web = web;
  order->socket = socket;
  weft_web_post(web, trust_now, order, free_order);
}
