// The entry of the plug-in library: built for every processor, it looks at this one before any other code runs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <lv2/core/lv2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "realtime.h"
// Of its own: CProcessor itself ends the program, which here is the host.
#include "../CProcessor/processor.c"

const void *weft_lv2_make_descriptor(const char *bundle);

typedef struct {
  LV2_Lib_Descriptor library;
  const LV2_Descriptor *plugin;
} Bundle;

static void cleanup(LV2_Lib_Handle handle) { free(handle); }

static const LV2_Descriptor *get_plugin(LV2_Lib_Handle handle, uint32_t index) {
  return index == 0 ? ((Bundle *)handle)->plugin : NULL;
}

typedef const LV2_Lib_Descriptor *(*Entry)(const char *, const LV2_Feature *const *);

/// The entry of the build for newer processors, in a folder beside this library; NULL where there is none, and in that
/// build itself.
static Entry faster_entry(void) {
  static const char name[] = "/x86-64-v3/weft-lv2.so";
  Dl_info info;
  char path[4096];
  if (weft_processor_level() < 3 || weft_level_of(weft_built_for + sizeof WEFT_BUILT_FOR - 1) >= 3) return NULL;
  if (!dladdr((void *)faster_entry, &info) || !info.dli_fname) return NULL;
  const char *slash = strrchr(info.dli_fname, '/');
  size_t length = slash ? (size_t)(slash - info.dli_fname) : 0;
  if (!slash || length + sizeof name > sizeof path) return NULL;
  memcpy(path, info.dli_fname, length);
  memcpy(path + length, name, sizeof name);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  return library ? (Entry)dlsym(library, "lv2_lib_descriptor") : NULL;
}

LV2_SYMBOL_EXPORT const LV2_Lib_Descriptor *lv2_lib_descriptor(const char *path, const LV2_Feature *const *features) {
  if (!path) return NULL;
  const char *needed = weft_built_for + sizeof WEFT_BUILT_FOR - 1;
  if (weft_processor_level() < weft_level_of(needed)) {
    fprintf(stderr, "weft-lv2: this build is for %s, which this processor lacks\n", needed);
    return NULL;
  }
  Entry faster = faster_entry();
  if (faster) return faster(path, features);
  char folder[4096];
  size_t length = strlen(path);
  if (length >= sizeof folder) return NULL;
  memcpy(folder, path, length + 1);
  while (length > 1 && folder[length - 1] == '/') folder[--length] = 0;
  const LV2_Descriptor *plugin = weft_lv2_make_descriptor(folder);
  if (!plugin) return NULL;
  Bundle *bundle = calloc(1, sizeof(Bundle));
  if (!bundle) return NULL;
  bundle->plugin = plugin;
  bundle->library = (LV2_Lib_Descriptor){
      .handle = bundle, .size = sizeof(LV2_Lib_Descriptor), .cleanup = cleanup, .get_plugin = get_plugin};
  return &bundle->library;
}
