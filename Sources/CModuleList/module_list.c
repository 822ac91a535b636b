#include "module_list.h"

// Made by the linker for a section whose name is a C identifier; null where no module is linked.
extern const weft_module_entry __start_weft_modules[] __attribute__((weak));
extern const weft_module_entry __stop_weft_modules[] __attribute__((weak));

const weft_module_entry *weft_module_entries(size_t *count) {
  *count = (size_t)(__stop_weft_modules - __start_weft_modules);
  return __start_weft_modules;
}
