#pragma once
#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/midiport.h>
#include <jack/statistics.h>
#include <jack/thread.h>

// jack_client_open is variadic, which Swift does not import.
static inline jack_client_t *cjack_open(const char *name, const char *server, jack_status_t *status) {
  if (server)
    return jack_client_open(name, (jack_options_t)(JackNoStartServer | JackServerName), status, server);
  return jack_client_open(name, JackNoStartServer, status);
}
