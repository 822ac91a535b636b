// The files of the page, in the library: served from this table, never from a folder.
#include "web_state.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// Each file by a name of its own; then its line in the table.
static const unsigned char index_html[] = {
#embed "../Web/assets/index.html"
};
static const unsigned char client_js[] = {
#embed "../Web/assets/client.js"
};
static const unsigned char osc_js[] = {
#embed "../Web/assets/osc.js"
};

#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE "text/css; charset=utf-8"

static const weft_web_asset assets[] = {
    {"/", HTML, index_html, sizeof index_html},
    {"/ui/client.js", SCRIPT, client_js, sizeof client_js},
    {"/ui/osc.js", SCRIPT, osc_js, sizeof osc_js},
};

const weft_web_asset *weft_web_assets(size_t *count) {
  *count = sizeof assets / sizeof *assets;
  return assets;
}
