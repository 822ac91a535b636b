// Another process's open files, so that a test can cut its connections.
#pragma once

/// Duplicates a file descriptor of another process; negative where there is none, or it is not permitted.
int weft_copy_of_file(int process, int file);
