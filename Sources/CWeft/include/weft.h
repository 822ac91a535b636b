/* weft.h: the Weft synthesizer engine in a C program. Link with -lweft, or `pkg-config --cflags --libs weft`.
 *
 * A session holds one patch and its engine. It is controlled by the commands that a running program has over OSC
 * (`weft osc` lists them), and rendered block by block into buffers of the caller. No server, no audio driver.
 *
 * Threads. A session has two sides, and each side may be called by one thread at a time:
 *   control: every function but the following three. They allocate, read files and compile patches.
 *   sound:   weft_render, weft_midi, weft_frame. They are real-time safe: no allocation, lock, file or wait.
 * The two sides may run at the same time. A second caller on a side, like any function on a closed session, does
 * nothing and returns WEFT_BUSY or WEFT_CLOSED. Different sessions are independent. A session belongs to the process
 * that opened it: after fork, only the parent may use it.
 *
 * Texts are UTF-8. Returned pointers are valid until the next control function of the session. */
#ifndef WEFT_H
#define WEFT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header; functions are added, never changed. */
#define WEFT_INTERFACE 1

/* A session; 0 is none. A closed session's number is not used again. */
typedef uint64_t weft_session;

/* Results. */
#define WEFT_OK 0
/* A command or a patch has errors: see weft_error_count. Nothing has changed. */
#define WEFT_REFUSED 1
/* No session has this number (any more). */
#define WEFT_CLOSED 2
/* Another thread is in this side of the session. */
#define WEFT_BUSY 3
/* An argument of the call is null or out of range. */
#define WEFT_ARGUMENT 4

/* Channels of a session at most, inputs and outputs each. */
#define WEFT_CHANNELS 64

typedef struct weft_options {
  /* sizeof(weft_options). */
  uint32_t size;
  /* Channels, 0 to WEFT_CHANNELS. */
  int32_t inputs, outputs;
  /* 1: weft_render runs in an audio thread, beside the control functions. 0: only weft_render_offline renders, a commit
   * is audible when its command returns. */
  int32_t is_live;
  /* Hertz, 1,000 to 768,000. */
  double sample_rate;
  /* The folder that commands may read and write; null: any. */
  const char *root;
  /* A folder of sounds that patches name without a path; null: none. */
  const char *samples;
} weft_options;

/* 2 inputs, 2 outputs, 48,000 Hz, not live. */
void weft_default_options(weft_options *options);

/* 1 if this processor has the instructions that the library was built for; else nothing else may be called. */
int32_t weft_processor_fits(void);
/* Such as "0.9.1". */
const char *weft_version(void);
/* The modules with ports, ranges and units, as JSON: the array of `weft modules --json`. */
const char *weft_modules_json(void);
/* The commands with arguments and summaries, as JSON. */
const char *weft_commands_json(void);

/* Opens a session with an empty patch; null: the default options. Returns 0 with a sentence in `message`, at most `size`
 * bytes, where that is not possible. */
weft_session weft_open(const weft_options *options, char *message, size_t size);
/* Ends a session, and completes its recordings. WEFT_BUSY: it is being rendered, or called; it stays open. */
int32_t weft_close(weft_session session);

/* Commands. */

/* Replaces the patch by the text of a patch file and plays it from the next frame on. `path` is the file that it comes
 * from, for its relative paths and its errors; null: the working directory. */
int32_t weft_load(weft_session session, const char *json, size_t size, const char *path);
/* Loads a track, the text of its file; "/track/play" plays it, from the next frame on where the session is not live.
 * `path` is as above; `frames`, unless null, is set to its length. */
int32_t weft_load_track(
  weft_session session, const char *json, size_t size, const char *path, int64_t *frames);
/* Performs a command, in the syntax of a score: "/mod/filt/cutoff 800", "/patch/create osc saw". */
int32_t weft_command(weft_session session, const char *line);
/* Performs an encoded OSC packet: a message, or a bundle, whose edits succeed or fail together. */
int32_t weft_send(weft_session session, const void *packet, size_t size);
/* The next reply or notification as an encoded OSC message, null when there is none. Replies of commands that wait for
 * the sound, such as commits of a live session, come later. Call it regularly while a live session plays: it does the
 * work that follows what the sound side reports. */
const void *weft_next_packet(weft_session session, size_t *size);
/* The same as a text: address and arguments. */
const char *weft_next_text(weft_session session);

/* Errors of the last weft_load, weft_load_track, weft_command, weft_send, weft_score, weft_midi_file or
 * weft_render_offline. */
int32_t weft_error_count(weft_session session);
/* A stable word, such as "no-such-node"; null where there is no such error. */
const char *weft_error_code(weft_session session, int32_t index);
/* What is wrong, and what is allowed. */
const char *weft_error_message(weft_session session, int32_t index);
/* The file, line, column, or part of the patch; empty where there is none. */
const char *weft_error_place(weft_session session, int32_t index);
/* The nearest valid names, best first; null at their end. */
const char *weft_error_suggestion(weft_session session, int32_t index, int32_t number);

/* Events of the future; only performed by weft_render_offline. Their times count from the next frame. */

/* The text of a score: a time in seconds and a command a line. */
int32_t weft_score(weft_session session, const char *text, size_t size);
/* The bytes of a Standard MIDI file. `seconds` is set to its length. */
int32_t weft_midi_file(weft_session session, const void *bytes, size_t size, double *seconds);

/* Sound: planar 32-bit floats, one pointer for each channel of the session, each `frames` long. `inputs` may be null:
 * silence; a null output is skipped. */

/* [control, not live] Renders as fast as possible, with scores, MIDI files and timed commands at their frames. Inputs
 * must be finite. */
int32_t weft_render_offline(
  weft_session session, const float *const *inputs, float *const *outputs, int64_t frames);
/* [sound, real-time safe] Renders the next frames of a live session. Where it returns an error, outputs are silent. */
int32_t weft_render(weft_session session, const float *const *inputs, float *const *outputs, int32_t frames);
/* [sound, real-time safe] MIDI bytes for frame `offset` of the next weft_render; in the order of time. */
int32_t weft_midi(weft_session session, const uint8_t *bytes, int32_t size, int32_t offset);
/* [sound, real-time safe] The number of the next frame; -1 where there is no such session. */
int64_t weft_frame(weft_session session);
/* Voices that sound or decay; -1 where there is no such session. */
int32_t weft_active_voices(weft_session session);

#ifdef __cplusplus
}
#endif
#endif
