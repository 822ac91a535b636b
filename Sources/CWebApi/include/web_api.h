// The interface of libweft-web, which `weft play --web` loads: HTTP and WebSocket on a thread of its own.
#ifndef WEFT_WEB_API_H
#define WEFT_WEB_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Changes with every change of this file.
#define WEFT_WEB_VERSION 2

// The head of a request. Strings are NULL where the header is absent; they live until the call returns.
typedef struct {
  uint64_t connection;
  const char *method;
  // Decoded, without the query.
  const char *path;
  const char *query;
  const char *host;
  const char *origin;
  const char *fetch_site;
  // True if there is a Sec-Fetch header: the request is from a browser.
  bool has_fetch;
  const char *authorization;
  const char *content_type;
  const char *accept;
  const char *if_none_match;
  // -1 where it is not given.
  int64_t content_length;
  bool is_upgrade;
  bool is_remote;
} weft_web_head;

// The decision about a request before its body is read.
typedef struct {
  // 0: go on; else the status that refuses it.
  int status;
  // Bytes of a body at most.
  int64_t body_limit;
  // Seconds until the body must be there.
  int seconds;
} weft_web_verdict;

// Called on the web thread. `body` lives until the call returns.
typedef struct {
  void *context;
  weft_web_verdict (*head)(void *context, const weft_web_head *head);
  // Answered by `respond`, now or later.
  void (*request)(void *context, uint64_t request, const weft_web_head *head, const uint8_t *body, size_t size);
  // Accepted; the head is that of the upgrade.
  void (*opened)(void *context, uint64_t socket, const weft_web_head *head);
  void (*received)(void *context, uint64_t socket, bool is_text, const uint8_t *bytes, size_t size);
  // So many bytes have left the queue.
  void (*sent)(void *context, uint64_t socket, size_t size);
  void (*closed)(void *context, uint64_t socket);
} weft_web_callbacks;

typedef struct {
  // A numeric address.
  const char *host;
  uint16_t port;
  int connections;
  // Seconds for a request or, after an upgrade, for `trust`.
  int handshake;
  // Bytes of a WebSocket message.
  uint64_t frame;
  // Announced by zeroconf with both ports; NULL: not announced.
  const char *name;
  uint16_t osc_port;
} weft_web_options;

typedef struct weft_web weft_web;

typedef struct {
  const char *path;
  const char *type;
  const unsigned char *bytes;
  size_t size;
} weft_web_asset;

// The functions of the library; all but `start` and `stop` may be called from any thread, and do not wait.
typedef struct {
  uint32_t version;
  // NULL with a reason in `error` where it cannot listen.
  weft_web *(*start)(const weft_web_options *options, const weft_web_callbacks *callbacks, char *error, size_t size);
  // Closes everything; no callback comes after it has returned.
  void (*stop)(weft_web *web);
  uint16_t (*port)(weft_web *web);
  // False where avahi's library is missing.
  bool (*is_announced)(weft_web *web);
  // `headers`: "Name: value\n" lines. Copies what it is given.
  void (*respond)(
      weft_web *web, uint64_t request, int status, const char *type, const char *headers, const void *body, size_t size);
  void (*send)(weft_web *web, uint64_t socket, bool is_text, const void *bytes, size_t size);
  void (*close)(weft_web *web, uint64_t socket, uint16_t code, const char *reason);
  // The client of this socket has shown that it may be here: no deadline any more.
  void (*trust)(weft_web *web, uint64_t socket);
  // The files of the page; `count` of them.
  const weft_web_asset *(*assets)(size_t *count);
} weft_web_functions;

// The one symbol of the library: `const weft_web_functions *weft_web_library(void)`.
#define WEFT_WEB_SYMBOL "weft_web_library"

#endif
