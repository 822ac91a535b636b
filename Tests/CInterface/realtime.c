/* The calls of the sound side under RealtimeSanitizer, while another thread edits, plays and records: any of them that
 * allocates, locks or waits ends the program with the status 43. With a second argument a call of the control side in
 * the audio thread, which must be caught. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <weft.h>

static weft_session session;
static atomic_int is_done, is_careless;
static atomic_long periods;
static float peak;

static void render(void) __attribute__((nonblocking)) {
  static float left[256], right[256], input[256];
  float *outputs[2] = {left, right};
  const float *inputs[2] = {input, input};
  const uint8_t note[3] = {0x90, 64, 100}, off[3] = {0x80, 64, 0};
  long number = atomic_load(&periods);
  if (number % 100 == 10) weft_midi(session, note, 3, 17);
  if (number % 100 == 50) weft_midi(session, off, 3, 0);
  if (weft_render(session, inputs, outputs, 256) != WEFT_OK) return;
  if (atomic_load(&is_careless)) weft_command(session, "/status");
  for (int i = 0; i < 256; i++) peak = left[i] > peak ? left[i] : peak;
  if (weft_frame(session) < 0 || weft_active_voices(session) < 0) return;
  atomic_fetch_add(&periods, 1);
}

static void *audio(void *nothing) {
  while (!atomic_load(&is_done)) render();
  return nothing;
}

int main(int count, char **words) {
  weft_options options;
  weft_default_options(&options);
  options.is_live = 1;
  session = weft_open(&options, NULL, 0);
  if (!session || count < 2) return 1;
  FILE *file = fopen(words[1], "rb");
  static char text[1 << 16];
  size_t size = file ? fread(text, 1, sizeof text, file) : 0;
  if (weft_load(session, text, size, words[1]) != WEFT_OK) return 2;
  pthread_t thread;
  pthread_create(&thread, NULL, audio, NULL);
  const char *track = "{\"steps\": [{\"duration\": 9, \"voices\": [{\"synth_function_name\": \"isochronic_tone\"}]}]}";
  weft_load_track(session, track, strlen(track), NULL, NULL);
  const char *lines[] = {
    "/note/on C4 0.8", "/patch/create extra saw gain 0.1", "/patch/connect extra out/left", "/patch/commit 5",
    "/mod/extra/frequency 300 0.05 linear", "/track/play", "/patch/voices 4", "/patch/commit 0", "/track/seek 3",
    "/patch/delete extra", "/patch/commit 5", "/note/alloff", "/track/stop", "/engine/volume -3", "/meters on",
    "/patch/voices 8", "/patch/commit", "/note/panic"};
  for (int turn = 0; turn < 200; turn++) {
    weft_command(session, lines[turn % (sizeof lines / sizeof *lines)]);
    for (int i = 0; i < 20; i++) {
      while (weft_next_text(session)) {}
      nanosleep(&(struct timespec){0, 500000}, NULL);
    }
    if (turn == 100 && count > 2) atomic_store(&is_careless, 1);
  }
  atomic_store(&is_done, 1);
  pthread_join(thread, NULL);
  printf("%ld periods, peak %.2f\n", atomic_load(&periods), peak);
  return weft_close(session) == WEFT_OK && atomic_load(&periods) > 100 && peak > 0.01f ? 0 : 3;
}
