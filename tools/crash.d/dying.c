/* Stands between a program and the C library (LD_PRELOAD), and kills the program with SIGKILL at one chosen call that changes
 * a disk: before it, behind it, or with a write half done, which is where the system may stop a write when its process is
 * killed. Random moments rarely meet these microseconds.
 *
 * Told by environment variables, all starting with DYING_:
 *   PATH   part of the paths it is about
 *   AT     at which of their calls, from 1
 *   SEED   decides how
 *   LOG    a file that is told, with the last breath, which call it was
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096 };
enum when { NOT_NOW, BEFORE, HALFWAY, BEHIND };

static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_fdatasync)(int), (*real_fsync)(int), (*real_ftruncate)(int, off_t), (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *), (*real_mkdir)(const char *, mode_t);
static int (*real_open)(const char *, int, ...);

/* Held by every call that counts, so that no other call runs while the program dies at one. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *part, *log_path;
static long at, seen;
static uint64_t seed;

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value && *value ? value : NULL;
}

__attribute__((constructor)) static void begin(void) {
  real_pwritev = dlsym(RTLD_NEXT, "pwritev");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  real_rename = dlsym(RTLD_NEXT, "rename");
  real_mkdir = dlsym(RTLD_NEXT, "mkdir");
  real_open = dlsym(RTLD_NEXT, "open");
  part = setting("DYING_PATH");
  log_path = setting("DYING_LOG");
  const char *number = setting("DYING_AT"), *chance = setting("DYING_SEED");
  at = number ? atol(number) : 0;
  seed = chance ? strtoull(chance, NULL, 10) : 0;
}

static int concerns(const char *path) { return part && strstr(path, part) != NULL; }

static int concerns_file(int file, char path[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = part ? readlink(link, path, PATH_MAX - 1) : -1;
  if (length < 0) return 0;
  path[length] = 0;
  return concerns(path);
}

/* With the lock held: counts the call, and says whether it is the last. */
static enum when now(void) {
  seen += 1;
  return seen == at ? BEFORE + (enum when)(seed % 3) : NOT_NOW;
}

static void die(enum when when, const char *name, const char *path) {
  static const char *const words[] = {"", "before", "halfway", "behind"};
  char line[PATH_MAX + 64];
  int length = snprintf(line, sizeof line, "%s %s %s\n", words[when], name, path);
  int log = log_path ? real_open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
  if (log < 0 || write(log, line, (size_t)length) != length) abort();
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Around a call that is done or not done. `real` must leave `errno` to the caller. */
#define COUNTED(name, path, real)                      \
  ({                                                   \
    pthread_mutex_lock(&lock);                         \
    enum when when = now();                            \
    if (when == BEFORE) die(when, name, path);         \
    __typeof__(real) result = (real);                  \
    int error = errno;                                 \
    if (when != NOT_NOW) die(BEHIND, name, path);      \
    pthread_mutex_unlock(&lock);                       \
    errno = error;                                     \
    result;                                            \
  })

int fdatasync(int file) {
  char path[PATH_MAX];
  return concerns_file(file, path) ? COUNTED("fdatasync", path, real_fdatasync(file)) : real_fdatasync(file);
}

int fsync(int file) {
  char path[PATH_MAX];
  return concerns_file(file, path) ? COUNTED("fsync", path, real_fsync(file)) : real_fsync(file);
}

int ftruncate(int file, off_t length) {
  char path[PATH_MAX];
  return concerns_file(file, path) ? COUNTED("ftruncate", path, real_ftruncate(file, length)) : real_ftruncate(file, length);
}

int unlink(const char *path) {
  return concerns(path) ? COUNTED("unlink", path, real_unlink(path)) : real_unlink(path);
}

int rename(const char *from, const char *to) {
  return concerns(from) || concerns(to) ? COUNTED("rename", to, real_rename(from, to)) : real_rename(from, to);
}

int mkdir(const char *path, mode_t mode) {
  return concerns(path) ? COUNTED("mkdir", path, real_mkdir(path, mode)) : real_mkdir(path, mode);
}

int open(const char *path, int flags, ...) {
  mode_t mode = 0;
  if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  if (!(flags & (O_CREAT | O_TRUNC)) || !concerns(path)) return real_open(path, flags, mode);
  return COUNTED("open", path, real_open(path, flags, mode));
}

/* The pages that the system had copied when the signal came. */
static void write_half(int file, const struct iovec *pieces, int count, off_t offset) {
  size_t length = 0, filled = 0;
  for (int piece = 0; piece < count; piece++) length += pieces[piece].iov_len;
  char *bytes = malloc(length ? length : 1);
  if (!bytes) abort();
  for (int piece = 0; piece < count; piece++) {
    memcpy(bytes + filled, pieces[piece].iov_base, pieces[piece].iov_len);
    filled += pieces[piece].iov_len;
  }
  size_t first = PAGE - (size_t)(offset % PAGE), pages = length > first ? (length - first) / PAGE + 1 : 0;
  size_t kept = pages ? first + (seed / 3 % pages) * PAGE : length / 2;
  struct iovec whole = {bytes, kept};
  if (kept && real_pwritev(file, &whole, 1, offset) < 0) abort();
}

ssize_t pwritev(int file, const struct iovec *pieces, int count, off_t offset) {
  char path[PATH_MAX];
  if (!concerns_file(file, path)) return real_pwritev(file, pieces, count, offset);
  pthread_mutex_lock(&lock);
  enum when when = now();
  if (when == BEFORE) die(when, "write", path);
  if (when == HALFWAY) {
    write_half(file, pieces, count, offset);
    die(when, "write", path);
  }
  ssize_t result = real_pwritev(file, pieces, count, offset);
  int error = errno;
  if (when != NOT_NOW) die(when, "write", path);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}
