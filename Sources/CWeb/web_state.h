// The state of the web server; belongs to the web thread.
#ifndef WEFT_WEB_STATE_H
#define WEFT_WEB_STATE_H

#include <libsoup/soup.h>

#include "web_api.h"

typedef struct weft_connection {
  uint64_t id;
  weft_web *web;
  GSocketConnection *stream;
  GSocket *socket;
  GSocketAddress *remote;
  // Of the monotonic clock, microseconds: when it was last heard, and when it is closed; 0: never.
  int64_t heard;
  int64_t deadline;
  bool is_remote;
  // Requests that are being answered.
  int busy;
  bool is_trusted;
  // After an upgrade.
  SoupWebsocketConnection *websocket;
  GQueue queue;
  // Bytes that had been read when its last message was whole.
  uint64_t read;
  GSource *writable;
} weft_connection;

typedef struct {
  SoupServerMessage *message;
  weft_connection *connection;
} weft_request;

typedef struct weft_announcement weft_announcement;

struct weft_web {
  weft_web_callbacks callbacks;
  weft_web_options options;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GSocketService *service;
  SoupServer *server;
  // By id; by remote address.
  GHashTable *connections;
  GHashTable *addresses;
  // Requests that wait for their response, by id, and the connections of all.
  GHashTable *requests;
  uint64_t last;
  uint16_t port;
  weft_announcement *announcement;
};

// Runs on the web thread soon; `free` always runs.
void weft_web_post(weft_web *web, GSourceFunc work, void *data, GDestroyNotify free);

void weft_connection_close(weft_connection *connection);
// Leaves the end of a stream to its owner.
void weft_connection_forget(weft_connection *connection);
weft_connection *weft_connection_of(weft_web *web, SoupServerMessage *message);
void weft_connection_heard(weft_connection *connection);

void weft_socket_opened(
    SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *websocket, gpointer web);
void weft_socket_release(weft_connection *connection);
// Closes sockets whose messages become too long in fragments, which libsoup does not limit.
void weft_socket_guard(weft_web *web);
void weft_socket_send(weft_web *web, uint64_t socket, bool is_text, const void *bytes, size_t size);
void weft_socket_close(weft_web *web, uint64_t socket, uint16_t code, const char *reason);
void weft_socket_trust(weft_web *web, uint64_t socket);

void weft_requests_add(weft_web *web);
void weft_request_respond(
    weft_web *web, uint64_t request, int status, const char *type, const char *headers, const void *body, size_t size);
weft_web_head weft_request_head(SoupServerMessage *message, weft_connection *connection, char **path);

// NULL without avahi's library.
weft_announcement *weft_announce(const char *name, uint16_t web_port, uint16_t osc_port);
// Called once a second.
void weft_announcement_retry(weft_announcement *announcement);
void weft_announcement_end(weft_announcement *announcement);

const weft_web_asset *weft_web_assets(size_t *count);

#endif
