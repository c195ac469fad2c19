#include "hindcast_codec.h"

#include <pthread.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hindcast_xxh3_64(const void *bytes, size_t count) {
  return count ? XXH3_64bits(bytes, count) : XXH3_64bits("", 0);
}

void hindcast_xxh3_128(const void *bytes, size_t count, uint64_t *low, uint64_t *high) {
  XXH128_hash_t hash = XXH3_128bits(count ? bytes : "", count);
  *low = hash.low64;
  *high = hash.high64;
}

static uint32_t tables[8][256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_tables(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    tables[0][i] = crc;
  }
  for (int slice = 1; slice < 8; slice++)
    for (uint32_t i = 0; i < 256; i++)
      tables[slice][i] = tables[slice - 1][i] >> 8 ^ tables[0][tables[slice - 1][i] & 255];
}

uint32_t hindcast_crc32c_portable(const void *bytes, size_t count) {
  pthread_once(&tables_once, make_tables);
  const uint8_t *p = bytes;
  uint32_t crc = ~0u;
  for (; count >= 8; count -= 8, p += 8) {
    crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    crc = tables[7][crc & 255] ^ tables[6][crc >> 8 & 255] ^ tables[5][crc >> 16 & 255] ^ tables[4][crc >> 24] ^
          tables[3][p[4]] ^ tables[2][p[5]] ^ tables[1][p[6]] ^ tables[0][p[7]];
  }
  for (; count; count--, p++) crc = crc >> 8 ^ tables[0][(crc ^ *p) & 255];
  return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>
__attribute__((target("sse4.2"))) static uint32_t crc32c_instruction(const void *bytes, size_t count) {
  const uint8_t *p = bytes;
  uint64_t crc = ~0u, word;
  for (; count >= 8; count -= 8, p += 8) {
    memcpy(&word, p, 8);
    crc = _mm_crc32_u64(crc, word);
  }
  for (; count; count--, p++) crc = _mm_crc32_u8((uint32_t)crc, *p);
  return ~(uint32_t)crc;
}
static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
static uint32_t crc32c_instruction(const void *bytes, size_t count) {
  const uint8_t *p = bytes;
  uint32_t crc = ~0u;
  uint64_t word;
  for (; count >= 8; count -= 8, p += 8) {
    memcpy(&word, p, 8);
    crc = __crc32cd(crc, word);
  }
  for (; count; count--, p++) crc = __crc32cb(crc, *p);
  return ~crc;
}
static int has_instruction(void) { return 1; }
#else
#define crc32c_instruction hindcast_crc32c_portable
static int has_instruction(void) { return 0; }
#endif

uint32_t hindcast_crc32c(const void *bytes, size_t count) {
  return has_instruction() ? crc32c_instruction(bytes, count) : hindcast_crc32c_portable(bytes, count);
}
