// Another process's open files: what a test needs to cut its connections.
#pragma once

/// A copy of a file that another process has open, as our own; negative where there is none, or we may not.
int weft_copy_of_file(int process, int file);
