#pragma once
#include <smf.h>

static inline void weft_smf_hush(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer data) {}

/// libsmf prints what it does not like; the program tells it in its own words.
static inline void weft_smf_silence(void) {
  g_log_set_handler("libsmf", (GLogLevelFlags)(G_LOG_LEVEL_MASK | G_LOG_FLAG_RECURSION), weft_smf_hush, NULL);
}
