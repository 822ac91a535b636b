// Opening of files below a folder, without links.
#pragma once

/// Opens a folder as a place for others, not for reading. A descriptor, or -1.
int weft_open_folder(const char *path);
/// The same for a relative path below a folder, without links.
int weft_open_folder_beneath(int folder, const char *path);
/// Opens a relative path below a folder; no component may be a link. A descriptor, or -1 with errno: ELOOP for a link,
/// EXDEV for a path that leads out.
int weft_open_beneath(int folder, const char *path, int flags, unsigned mode);
/// The same without openat2(2), component by component: for kernels and sandboxes that refuse it.
int weft_open_components(int folder, const char *path, int flags, unsigned mode);
