// Zeroconf: announces the OSC and the OSCQuery port by avahi's daemon. Its client library is loaded if it is there; it
// waits for the daemon, and without a D-Bus it is tried again every few seconds.
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>

#include "web_state.h"

// From avahi-common/defs.h, avahi-client/client.h and publish.h, version 0.8.
enum { avahi_any = -1, avahi_no_fail = 2 };
enum { client_running = 2, client_collision = 3, client_registering = 1, client_failure = 100 };
enum { group_collision = 3 };
typedef void (*client_callback)(void *client, int state, void *data);
typedef void (*group_callback)(void *group, int state, void *data);

typedef struct {
  void *(*threaded_poll_new)(void);
  const void *(*threaded_poll_get)(void *poll);
  int (*threaded_poll_start)(void *poll);
  int (*threaded_poll_stop)(void *poll);
  void (*threaded_poll_free)(void *poll);
  void (*threaded_poll_lock)(void *poll);
  void (*threaded_poll_unlock)(void *poll);
  void *(*client_new)(const void *poll, int flags, client_callback callback, void *data, int *error);
  void (*client_free)(void *client);
  void *(*entry_group_new)(void *client, group_callback callback, void *data);
  int (*entry_group_add_service)(
      void *group, int interface, int protocol, int flags, const char *name, const char *type, const char *domain,
      const char *host, uint16_t port, ...);
  int (*entry_group_commit)(void *group);
  int (*entry_group_reset)(void *group);
  char *(*alternative_service_name)(const char *name);
  void (*free)(void *memory);
} avahi;

struct weft_announcement {
  avahi avahi;
  void *library;
  void *poll;
  void *client;
  void *group;
  char *name;
  uint16_t web_port;
  uint16_t osc_port;
  int seconds;
};

enum { retry_seconds = 5 };

static bool load(weft_announcement *made) {
  made->library = dlopen("libavahi-client.so.3", RTLD_NOW | RTLD_LOCAL);
  if (!made->library) return false;
  void **functions = (void **)&made->avahi;
  static const char *names[] = {
      "threaded_poll_new", "threaded_poll_get", "threaded_poll_start", "threaded_poll_stop", "threaded_poll_free",
      "threaded_poll_lock", "threaded_poll_unlock", "client_new", "client_free", "entry_group_new", "entry_group_add_service", "entry_group_commit",
      "entry_group_reset", "alternative_service_name", "free"};
  _Static_assert(sizeof names / sizeof *names == sizeof(avahi) / sizeof(void *), "a name for each function");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char symbol[64];
    snprintf(symbol, sizeof symbol, "avahi_%s", names[i]);
    // libavahi-common is a dependency of the client library, so its functions are found too.
    functions[i] = dlsym(made->library, symbol);
    if (!functions[i]) return false;
  }
  return true;
}

static void add_services(weft_announcement *made);

static void group_changed(void *group, int state, void *data) {
  weft_announcement *made = data;
  if (state != group_collision) return;
  // Another weft has this name.
  char *other = made->avahi.alternative_service_name(made->name);
  g_free(made->name);
  made->name = g_strdup(other);
  made->avahi.free(other);
  made->avahi.entry_group_reset(group);
  made->group = group;
  add_services(made);
}

static void add_services(weft_announcement *made) {
  avahi *use = &made->avahi;
  use->entry_group_add_service(
      made->group, avahi_any, avahi_any, 0, made->name, "_oscjson._tcp", NULL, NULL, made->web_port, (char *)NULL);
  use->entry_group_add_service(
      made->group, avahi_any, avahi_any, 0, made->name, "_osc._udp", NULL, NULL, made->osc_port, (char *)NULL);
  use->entry_group_commit(made->group);
}

static void client_changed(void *client, int state, void *data);

static void connect_client(weft_announcement *made) {
  int error = 0;
  made->group = NULL;
  made->client = NULL;
  // Runs the callback before it returns, so the client is known from there.
  made->client = made->avahi.client_new(
      made->avahi.threaded_poll_get(made->poll), avahi_no_fail, client_changed, made, &error);
}

static void client_changed(void *client, int state, void *data) {
  weft_announcement *made = data;
  made->client = client;
  switch (state) {
    case client_running:
      if (!made->group) made->group = made->avahi.entry_group_new(client, group_changed, made);
      if (made->group) add_services(made);
      break;
    case client_collision:
    case client_registering:
      // The name of the host changes: the services come again with it.
      if (made->group) made->avahi.entry_group_reset(made->group);
      break;
    case client_failure:
      // The daemon has gone: wait for the next one.
      made->avahi.client_free(client);
      connect_client(made);
      break;
  }
}

weft_announcement *weft_announce(const char *name, uint16_t web_port, uint16_t osc_port) {
  weft_announcement *made = g_new0(weft_announcement, 1);
  made->name = g_strdup(name);
  made->web_port = web_port;
  made->osc_port = osc_port;
  if (load(made) && (made->poll = made->avahi.threaded_poll_new())) {
    connect_client(made);
    if (made->avahi.threaded_poll_start(made->poll) == 0) return made;
  }
  weft_announcement_end(made);
  return NULL;
}

void weft_announcement_retry(weft_announcement *made) {
  if (!made || ++made->seconds % retry_seconds) return;
  made->avahi.threaded_poll_lock(made->poll);
  if (!made->client) connect_client(made);
  made->avahi.threaded_poll_unlock(made->poll);
}

void weft_announcement_end(weft_announcement *made) {
  if (!made) return;
  if (made->poll) {
    made->avahi.threaded_poll_stop(made->poll);
    if (made->client) made->avahi.client_free(made->client);
    made->avahi.threaded_poll_free(made->poll);
  }
  // The library stays loaded: D-Bus may have registered functions of its own for the end of the program.
  g_free(made->name);
  g_free(made);
}
