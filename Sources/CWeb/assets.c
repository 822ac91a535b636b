// The files of the page, in the library: served from this table, never from a folder.
#include "web_state.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// Each file by a name of its own; then its line in the table.
static const unsigned char index_html[] = {
#embed "../Web/assets/index.html"
};
static const unsigned char style_css[] = {
#embed "../Web/assets/style.css"
};
static const unsigned char panels_css[] = {
#embed "../Web/assets/panels.css"
};
static const unsigned char icon_svg[] = {
#embed "../Web/assets/icon.svg"
};
static const unsigned char actions_js[] = {
#embed "../Web/assets/actions.js"
};
static const unsigned char app_js[] = {
#embed "../Web/assets/app.js"
};
static const unsigned char automation_js[] = {
#embed "../Web/assets/automation.js"
};
static const unsigned char blocks_js[] = {
#embed "../Web/assets/blocks.js"
};
static const unsigned char cards_js[] = {
#embed "../Web/assets/cards.js"
};
static const unsigned char connection_js[] = {
#embed "../Web/assets/connection.js"
};
static const unsigned char drawer_js[] = {
#embed "../Web/assets/drawer.js"
};
static const unsigned char geometry_js[] = {
#embed "../Web/assets/geometry.js"
};
static const unsigned char gestures_js[] = {
#embed "../Web/assets/gestures.js"
};
static const unsigned char inspector_js[] = {
#embed "../Web/assets/inspector.js"
};
static const unsigned char keys_js[] = {
#embed "../Web/assets/keys.js"
};
static const unsigned char knob_js[] = {
#embed "../Web/assets/knob.js"
};
static const unsigned char layout_js[] = {
#embed "../Web/assets/layout.js"
};
static const unsigned char library_js[] = {
#embed "../Web/assets/library.js"
};
static const unsigned char main_js[] = {
#embed "../Web/assets/main.js"
};
static const unsigned char menu_js[] = {
#embed "../Web/assets/menu.js"
};
static const unsigned char osc_js[] = {
#embed "../Web/assets/osc.js"
};
static const unsigned char outline_js[] = {
#embed "../Web/assets/outline.js"
};
static const unsigned char overview_js[] = {
#embed "../Web/assets/overview.js"
};
static const unsigned char pads_js[] = {
#embed "../Web/assets/pads.js"
};
static const unsigned char patch_js[] = {
#embed "../Web/assets/patch.js"
};
static const unsigned char registry_js[] = {
#embed "../Web/assets/registry.js"
};
static const unsigned char routes_js[] = {
#embed "../Web/assets/routes.js"
};
static const unsigned char shortcuts_js[] = {
#embed "../Web/assets/shortcuts.js"
};
static const unsigned char signals_js[] = {
#embed "../Web/assets/signals.js"
};
static const unsigned char silence_js[] = {
#embed "../Web/assets/silence.js"
};
static const unsigned char stage_js[] = {
#embed "../Web/assets/stage.js"
};
static const unsigned char theme_js[] = {
#embed "../Web/assets/theme.js"
};
static const unsigned char timeline_js[] = {
#embed "../Web/assets/timeline.js"
};
static const unsigned char topbar_js[] = {
#embed "../Web/assets/topbar.js"
};
static const unsigned char units_js[] = {
#embed "../Web/assets/units.js"
};

#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE "text/css; charset=utf-8"
#define PICTURE "image/svg+xml"

static const weft_web_asset assets[] = {
    {"/", HTML, index_html, sizeof index_html},
    {"/ui/style.css", STYLE, style_css, sizeof style_css},
    {"/ui/panels.css", STYLE, panels_css, sizeof panels_css},
    {"/ui/icon.svg", PICTURE, icon_svg, sizeof icon_svg},
    {"/ui/actions.js", SCRIPT, actions_js, sizeof actions_js},
    {"/ui/app.js", SCRIPT, app_js, sizeof app_js},
    {"/ui/automation.js", SCRIPT, automation_js, sizeof automation_js},
    {"/ui/blocks.js", SCRIPT, blocks_js, sizeof blocks_js},
    {"/ui/cards.js", SCRIPT, cards_js, sizeof cards_js},
    {"/ui/connection.js", SCRIPT, connection_js, sizeof connection_js},
    {"/ui/drawer.js", SCRIPT, drawer_js, sizeof drawer_js},
    {"/ui/geometry.js", SCRIPT, geometry_js, sizeof geometry_js},
    {"/ui/gestures.js", SCRIPT, gestures_js, sizeof gestures_js},
    {"/ui/inspector.js", SCRIPT, inspector_js, sizeof inspector_js},
    {"/ui/keys.js", SCRIPT, keys_js, sizeof keys_js},
    {"/ui/knob.js", SCRIPT, knob_js, sizeof knob_js},
    {"/ui/layout.js", SCRIPT, layout_js, sizeof layout_js},
    {"/ui/library.js", SCRIPT, library_js, sizeof library_js},
    {"/ui/main.js", SCRIPT, main_js, sizeof main_js},
    {"/ui/menu.js", SCRIPT, menu_js, sizeof menu_js},
    {"/ui/osc.js", SCRIPT, osc_js, sizeof osc_js},
    {"/ui/outline.js", SCRIPT, outline_js, sizeof outline_js},
    {"/ui/overview.js", SCRIPT, overview_js, sizeof overview_js},
    {"/ui/pads.js", SCRIPT, pads_js, sizeof pads_js},
    {"/ui/patch.js", SCRIPT, patch_js, sizeof patch_js},
    {"/ui/registry.js", SCRIPT, registry_js, sizeof registry_js},
    {"/ui/routes.js", SCRIPT, routes_js, sizeof routes_js},
    {"/ui/shortcuts.js", SCRIPT, shortcuts_js, sizeof shortcuts_js},
    {"/ui/signals.js", SCRIPT, signals_js, sizeof signals_js},
    {"/ui/silence.js", SCRIPT, silence_js, sizeof silence_js},
    {"/ui/stage.js", SCRIPT, stage_js, sizeof stage_js},
    {"/ui/theme.js", SCRIPT, theme_js, sizeof theme_js},
    {"/ui/timeline.js", SCRIPT, timeline_js, sizeof timeline_js},
    {"/ui/topbar.js", SCRIPT, topbar_js, sizeof topbar_js},
    {"/ui/units.js", SCRIPT, units_js, sizeof units_js},
};

const weft_web_asset *weft_web_assets(size_t *count) {
  *count = sizeof assets / sizeof *assets;
  return assets;
}
