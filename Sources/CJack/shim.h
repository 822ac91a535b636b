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

// Writes at most two aliases of a port, of jack_port_name_size() bytes each. Returns their number.
static inline int cjack_port_aliases(jack_port_t *_Nonnull port, char *_Nonnull first, char *_Nonnull second) {
  char *aliases[2] = {first, second};
  return jack_port_get_aliases(port, aliases);
}

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

// Starts a server that is isolated from our signals, prints nothing, and ends with the thread that started it. Returns
// its process id, or -1.
static inline pid_t cjack_start_server(char *const *arguments) {
  pid_t parent = getpid(), child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, 0);
  int nowhere = open("/dev/null", O_RDWR);
  for (int file = 0; file < 3; file++) dup2(nowhere, file);
  execvp(arguments[0], arguments);
  _exit(127);
}

/// Microseconds of the monotonic clock at which this period started, smoothed by the server; 0 where it does not know.
/// From the process callback.
static inline uint64_t cjack_period_start(jack_client_t *_Nonnull client) {
  jack_nframes_t frames;
  jack_time_t start, next;
  float length;
  return jack_get_cycle_times(client, &frames, &start, &next, &length) == 0 ? start : 0;
}

/// JACK's transport position at the start of this period; from the process callback.
typedef struct {
  int is_rolling;
  /// True if a master provides bars and beats; otherwise all but the frame is 0.
  int has_beats;
  uint32_t frame;
  /// From the start of the first bar.
  double beat, beats_per_minute, beats_per_bar;
} cjack_transport_place;

static inline cjack_transport_place cjack_transport(jack_client_t *_Nonnull client) {
  jack_position_t position;
  cjack_transport_place place = {0};
  place.is_rolling = jack_transport_query(client, &position) == JackTransportRolling;
  place.frame = position.frame;
  if ((position.valid & JackPositionBBT) && position.beats_per_bar > 0 && position.ticks_per_beat > 0) {
    place.has_beats = 1;
    place.beats_per_minute = position.beats_per_minute;
    place.beats_per_bar = position.beats_per_bar;
    place.beat = (position.bar - 1) * (double)position.beats_per_bar + (position.beat - 1) +
                 position.tick / position.ticks_per_beat;
  }
  return place;
}
