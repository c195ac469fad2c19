/* Stands between a program and the C library (LD_PRELOAD), and makes writes and fsyncs of chosen files fail the way they do
 * when a disk fails. Linux marks the pages of a failed fsync clean: the next fsync succeeds, and whether the bytes ever
 * reach the medium is chance. So that a program which tries again, or believes what it reads back, is found out, a failed
 * fsync here can take back the bytes that were written since the last good one.
 *
 * Told by environment variables, all starting with FAILING_DISK_:
 *   CALL     fdatasync, fsync, write (fails with nothing written) or short_write (half is written and reported, the next
 *            write fails)
 *   PATH     part of the paths it is about
 *   TRIGGER  a file: calls fail once it is there
 *   SKIP     that many calls more go well then
 *   TIMES    how many fail; 0: every one
 *   ERROR    the number that a failed call leaves in errno; default: EIO's
 *   LOSE     none, all or some: which bytes a failed fsync takes back; `some` decides page by page
 *   SEED     for `some`
 *   LOG      a file that gets a line a call: name, path, inode, result
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* What a write replaced: `length` bytes from `offset` on, of which `old_length` were there before. */
struct undo {
  struct undo *next;
  ino_t inode;
  off_t offset, old_size;
  size_t length, old_length;
  char *old;
};

static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *call, *part, *trigger, *lose;
static long skip, times, failed;
static uint64_t seed;
static int log_file = -1;
static int error_number, cut_short;
static struct undo *undos; /* newest first */

static const char *setting(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value && *value ? value : otherwise;
}

__attribute__((constructor)) static void begin(void) {
  real_pwritev = dlsym(RTLD_NEXT, "pwritev");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  call = setting("FAILING_DISK_CALL", "");
  part = setting("FAILING_DISK_PATH", NULL);
  trigger = setting("FAILING_DISK_TRIGGER", NULL);
  lose = setting("FAILING_DISK_LOSE", "none");
  skip = atol(setting("FAILING_DISK_SKIP", "0"));
  times = atol(setting("FAILING_DISK_TIMES", "0"));
  error_number = atoi(setting("FAILING_DISK_ERROR", "0"));
  if (error_number == 0) error_number = EIO;
  seed = strtoull(setting("FAILING_DISK_SEED", "0"), NULL, 10);
  const char *log = setting("FAILING_DISK_LOG", NULL);
  if (log) log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/* Whether the file is one of those; fills in its path. */
static int concerns(int file, char path[PATH_MAX]) {
  if (!part) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, part) != NULL;
}

static void note(const char *name, const char *path, int file, long result) {
  if (log_file < 0) return;
  struct stat status = {0};
  fstat(file, &status);
  char line[PATH_MAX + 128];
  int length = snprintf(line, sizeof line, "%s %s %lu %ld\n", name, path, (unsigned long)status.st_ino, result);
  if (write(log_file, line, (size_t)length) != length) abort();
}

/* Whether this call is to fail. */
static int is_due(const char *name) {
  if (strcmp(name, call) != 0 || !trigger || access(trigger, F_OK) != 0) return 0;
  if (skip > 0) {
    skip -= 1;
    return 0;
  }
  if (times > 0 && failed >= times) return 0;
  failed += 1;
  return 1;
}

static void remember(int file, size_t length, off_t offset) {
  struct stat status;
  if (fstat(file, &status) != 0) return;
  struct undo *made = malloc(sizeof *made);
  char *old = malloc(length ? length : 1);
  if (!made || !old) abort();
  ssize_t there = pread(file, old, length, offset);
  *made = (struct undo){undos, status.st_ino, offset, status.st_size, length, there > 0 ? (size_t)there : 0, old};
  undos = made;
}

static int survives(off_t page) {
  if (strcmp(lose, "some") != 0) return 0;
  uint64_t hash = (seed + (uint64_t)page + 1) * 0x9e3779b97f4a7c15u;
  hash ^= hash >> 31;
  hash *= 0xbf58476d1ce4e5b9u;
  return (hash >> 40) & 1;
}

/* Puts back what the pages held before, except for those that survive. */
static void take_back(int file, const struct undo *undo) {
  static const char zeros[PAGE];
  off_t end = undo->offset + (off_t)undo->length;
  for (off_t at = undo->offset; at < end;) {
    off_t next = (at / PAGE + 1) * PAGE < end ? (at / PAGE + 1) * PAGE : end;
    if (!survives(at / PAGE)) {
      size_t from = (size_t)(at - undo->offset), count = (size_t)(next - at);
      size_t old = from < undo->old_length ? undo->old_length - from : 0;
      if (old > count) old = count;
      if (old && real_pwrite(file, undo->old + from, old, at) != (ssize_t)old) abort();
      if (count > old && real_pwrite(file, zeros, count - old, at + (off_t)old) != (ssize_t)(count - old)) abort();
    }
    at = next;
  }
  /* Of a file that grew, `all` takes the length back too. */
  if (strcmp(lose, "all") == 0 && ftruncate(file, undo->old_size) != 0) abort();
}

/* After an fsync of the file: what it wrote since the last one is durable, or lost. */
static void settle(int file, int has_failed) {
  struct stat status;
  if (fstat(file, &status) != 0) return;
  for (struct undo **place = &undos; *place;) {
    struct undo *undo = *place;
    if (undo->inode != status.st_ino) {
      place = &undo->next;
      continue;
    }
    if (has_failed && strcmp(lose, "none") != 0) take_back(file, undo);
    *place = undo->next;
    free(undo->old);
    free(undo);
  }
}

static int sync_file(const char *name, int (*real)(int), int file) {
  char path[PATH_MAX];
  if (!concerns(file, path)) return real(file);
  pthread_mutex_lock(&lock);
  int result = is_due(name) ? -1 : real(file), error = result == 0 ? 0 : error_number;
  settle(file, result != 0);
  note(name, path, file, result);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int fdatasync(int file) { return sync_file("fdatasync", real_fdatasync, file); }
int fsync(int file) { return sync_file("fsync", real_fsync, file); }

ssize_t pwritev(int file, const struct iovec *pieces, int count, off_t offset) {
  char path[PATH_MAX];
  if (!concerns(file, path)) return real_pwritev(file, pieces, count, offset);
  pthread_mutex_lock(&lock);
  size_t length = 0;
  for (int piece = 0; piece < count; piece++) length += pieces[piece].iov_len;
  ssize_t result;
  int error = error_number;
  if (is_due("write") || cut_short) {
    result = -1;
    if (times > 0) cut_short = 0;
  } else if (length > 1 && is_due("short_write")) {
    /* The half of the first piece: the rest of the call is the caller's to repeat, and fails. */
    size_t half = (pieces[0].iov_len + 1) / 2;
    cut_short = 1;
    remember(file, half, offset);
    result = real_pwrite(file, pieces[0].iov_base, half, offset);
    error = errno;
  } else {
    remember(file, length, offset);
    result = real_pwritev(file, pieces, count, offset);
    error = errno;
  }
  note("write", path, file, (long)result);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
  struct iovec piece = {(void *)bytes, length};
  return pwritev(file, &piece, 1, offset);
}

ssize_t pwritev64(int file, const struct iovec *pieces, int count, off_t offset) {
  return pwritev(file, pieces, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t offset) {
  return pwrite(file, bytes, length, offset);
}
