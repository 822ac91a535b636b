#pragma once
#include <smf.h>

static inline void weft_smf_hush(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer data) {}

/// libsmf prints its errors; the program reports them itself.
static inline void weft_smf_silence(void) {
  g_log_set_handler("libsmf", (GLogLevelFlags)(G_LOG_LEVEL_MASK | G_LOG_FLAG_RECURSION), weft_smf_hush, NULL);
}
