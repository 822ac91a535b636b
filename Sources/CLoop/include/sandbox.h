// A process that tries out a library of somebody else's.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/// Takes from this process, for good, the right to write files, to start programs and to reach the network, and limits
/// its processor time and memory. Returns false where the system call filter is not available; the limits hold then.
bool weft_confine(unsigned seconds, unsigned long megabytes);

/// A sealed, unnamed file in memory with these bytes, or -1: whatever happens to the file that they came from, it stays
/// as it was checked.
int weft_sealed_file(const void *bytes, size_t count);
