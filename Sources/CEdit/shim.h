// libedit's readline interface, with its variables behind functions: Swift refuses shared mutable state.
#pragma once
#include <stdio.h>
#include <editline/readline.h>

typedef char *_Nullable *_Nullable (*cedit_completion)(const char *_Nonnull text, int start, int end);

static inline void cedit_begin(const char *_Nonnull name, const char *_Nonnull breaks, cedit_completion complete) {
  rl_readline_name = name;
  rl_completer_word_break_characters = breaks;
  rl_attempted_completion_function = complete;
  rl_catch_signals = 0;
}
/// The present line.
static inline const char *_Nullable cedit_line(void) { return rl_line_buffer; }
/// No file names after this completion.
static inline void cedit_completion_is_over(void) { rl_attempted_completion_over = 1; }
/// Sets the character appended to a completed word; 0: none.
static inline void cedit_append(int character) { rl_completion_append_character = character; }
