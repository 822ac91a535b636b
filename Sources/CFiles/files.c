#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int weft_open_beneath(int folder, const char *path, int flags, unsigned mode) {
  struct open_how how = {
      .flags = (unsigned)flags | O_CLOEXEC,
      .mode = flags & O_CREAT ? mode : 0,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  int file = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
  // EPERM: seccomp filters that do not know the call. EAGAIN: a rename at the same time.
  if (file >= 0 || (errno != ENOSYS && errno != EPERM && errno != EAGAIN)) return file;
  return weft_open_components(folder, path, flags, mode);
}

int weft_open_folder(const char *path) { return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC); }

int weft_open_folder_beneath(int folder, const char *path) {
  return weft_open_beneath(folder, path, O_PATH | O_DIRECTORY, 0);
}

int weft_open_components(int folder, const char *path, int flags, unsigned mode) {
  char name[NAME_MAX + 1];
  int current = folder, result = -1;
  for (;;) {
    while (*path == '/') path++;
    const char *end = strchrnul(path, '/');
    size_t length = (size_t)(end - path);
    while (*end == '/') end++;
    if (length == 0 || length > NAME_MAX) {
      errno = length == 0 ? ENOENT : ENAMETOOLONG;
      break;
    }
    memcpy(name, path, length);
    name[length] = 0;
    if (strcmp(name, "..") == 0) {
      errno = EXDEV;
      break;
    }
    if (*end == 0) {
      result = openat(current, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
      break;
    }
    int next = openat(current, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    // A link is not a directory.
    if (next < 0) {
      if (errno == ENOTDIR) errno = ELOOP;
      break;
    }
    if (current != folder) close(current);
    current = next;
    path = end;
  }
  int reason = errno;
  if (current != folder) close(current);
  errno = reason;
  return result;
}
