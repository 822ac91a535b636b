// The list of modules that the linker gathers: every module file puts one entry into the
// section "weft_modules".
#pragma once
#include <stddef.h>

typedef void (*weft_module_entry)(void *_Nonnull registry);
/// The first entry and, by reference, how many there are.
const weft_module_entry _Nullable *_Nullable weft_module_entries(size_t *_Nonnull count);
