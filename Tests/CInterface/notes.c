/* Plays a patch without an audio driver: a chord, a parameter that moves, a mistake, and what the program says of it.
 * gcc -Wall -Werror notes.c $(pkg-config --cflags --libs weft) -o notes && ./notes strings.json */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <weft.h>

enum { FRAMES = 24000 };

int main(int count, char **arguments) {
  static float left[FRAMES], right[FRAMES];
  static char patch[1 << 20];
  float *outputs[] = {left, right};
  char problem[256];
  if (count < 2 || !weft_processor_fits()) return 2;

  weft_session session = weft_open(NULL, problem, sizeof problem);
  if (!session) return fprintf(stderr, "%s\n", problem), 1;
  FILE *file = fopen(arguments[1], "rb");
  size_t size = file ? fread(patch, 1, sizeof patch, file) : 0;
  if (file) fclose(file);
  if (weft_load(session, patch, size, arguments[1]) != WEFT_OK) {
    for (int i = 0; i < weft_error_count(session); i++)
      fprintf(stderr, "%s: %s\n", weft_error_place(session, i), weft_error_message(session, i));
    return weft_close(session), 1;
  }

  weft_command(session, "/note/on C4 0.8");
  weft_command(session, "/note/on G4 0.8");
  const char *score = "0.25 /note/alloff\n";
  weft_score(session, score, strlen(score));
  if (weft_command(session, "/engine/volum -6") == WEFT_REFUSED)
    printf("%s: %s; perhaps %s\n", weft_error_code(session, 0), weft_error_message(session, 0),
           weft_error_suggestion(session, 0, 0));

  if (weft_render_offline(session, NULL, outputs, FRAMES) != WEFT_OK) return 1;
  float peak = 0;
  for (int i = 0; i < FRAMES; i++) peak = fmaxf(peak, fmaxf(fabsf(left[i]), fabsf(right[i])));
  printf("peak %.3f, %d voices\n", peak, weft_active_voices(session));
  return weft_close(session);
}
