#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define WEFT_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define WEFT_AUDIT_ARCH AUDIT_ARCH_AARCH64
#endif

int weft_sealed_file(const void *bytes, size_t count) {
  int file = memfd_create("weft-module", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -1;
  const char *rest = bytes;
  while (count > 0) {
    ssize_t written = write(file, rest, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      close(file);
      return -1;
    }
    rest += written;
    count -= (size_t)written;
  }
  fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return file;
}

static void limit(int resource, rlim_t value) {
  struct rlimit limit = {value, value};
  setrlimit(resource, &limit);
}

#ifdef WEFT_AUDIT_ARCH
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN (SECCOMP_RET_ERRNO | ENOSYS)
// Two instructions: refused where the number of the call is this one.
#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), ANSWER(REFUSED)
#define HIDE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), ANSWER(UNKNOWN)
// Five instructions: refused where the call is this one and its argument has one of the bits.
#define REFUSE_BITS(call, argument, bits)                                                             \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 4), LOAD(args[argument]),                            \
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, 1), ANSWER(REFUSED), LOAD(nr)

static bool filter_calls(void) {
  const unsigned writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
  struct sock_filter code[] = {
      LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, WEFT_AUDIT_ARCH, 1, 0), ANSWER(SECCOMP_RET_KILL_PROCESS),
      LOAD(nr),
#ifdef __x86_64__
      // The calls of the x32 interface, which would go past this list.
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), ANSWER(SECCOMP_RET_KILL_PROCESS),
      REFUSE_BITS(SYS_open, 1, writing), REFUSE(SYS_creat), REFUSE(SYS_unlink), REFUSE(SYS_rename), REFUSE(SYS_mkdir),
      REFUSE(SYS_rmdir), REFUSE(SYS_link), REFUSE(SYS_symlink), REFUSE(SYS_chmod), REFUSE(SYS_chown),
      REFUSE(SYS_lchown), REFUSE(SYS_mknod), REFUSE(SYS_utime), REFUSE(SYS_utimes), REFUSE(SYS_futimesat),
      REFUSE(SYS_fork), REFUSE(SYS_vfork),
#endif
      REFUSE_BITS(SYS_openat, 2, writing), HIDE(SYS_openat2), REFUSE(SYS_unlinkat), REFUSE(SYS_renameat),
      REFUSE(SYS_renameat2), REFUSE(SYS_mkdirat), REFUSE(SYS_linkat), REFUSE(SYS_symlinkat), REFUSE(SYS_mknodat),
      REFUSE(SYS_fchmod), REFUSE(SYS_fchmodat), REFUSE(SYS_fchown), REFUSE(SYS_fchownat), REFUSE(SYS_truncate),
      REFUSE(SYS_ftruncate), REFUSE(SYS_utimensat), REFUSE(SYS_setxattr), REFUSE(SYS_fsetxattr),
      REFUSE(SYS_lsetxattr), REFUSE(SYS_removexattr), REFUSE(SYS_memfd_create), REFUSE(SYS_socket),
      REFUSE(SYS_socketpair), REFUSE(SYS_connect), REFUSE(SYS_bind), REFUSE(SYS_listen), REFUSE(SYS_sendto),
      REFUSE(SYS_sendmsg), REFUSE(SYS_sendmmsg), REFUSE(SYS_execve), REFUSE(SYS_execveat), HIDE(SYS_clone3),
      // Threads may be made, processes not.
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4), LOAD(args[0]),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0), ANSWER(REFUSED), LOAD(nr),
      REFUSE(SYS_kill), REFUSE(SYS_ptrace), REFUSE(SYS_process_vm_readv), REFUSE(SYS_process_vm_writev),
      REFUSE(SYS_mount), REFUSE(SYS_umount2), REFUSE(SYS_setns), REFUSE(SYS_unshare), REFUSE(SYS_bpf),
      REFUSE(SYS_perf_event_open), REFUSE(SYS_io_uring_setup), REFUSE(SYS_keyctl), REFUSE(SYS_shmget),
      REFUSE(SYS_msgsnd), REFUSE(SYS_mq_open), REFUSE(SYS_pidfd_open), REFUSE(SYS_ioctl),
      ANSWER(SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof code[0], code};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#else
static bool filter_calls(void) { return false; }
#endif

bool weft_confine(unsigned seconds, unsigned long megabytes) {
  limit(RLIMIT_CPU, seconds);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_AS, (rlim_t)megabytes << 20);
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_PDEATHSIG, 9);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  return filter_calls();
}
