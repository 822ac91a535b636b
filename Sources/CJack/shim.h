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

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

// Starts a server that hears nothing of our signals, says nothing, and ends when the thread that started it does,
// however that ends. Returns its process id, or -1.
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
