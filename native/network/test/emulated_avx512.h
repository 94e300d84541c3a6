/* The instructions of engine_vnni.c in plain C, as Intel's manual defines them: to run that engine on any processor. */
#ifndef AIVM_EMULATED_AVX512_H
#define AIVM_EMULATED_AVX512_H
#include <stdint.h>
#include <string.h>

typedef struct { uint8_t bytes[64]; } __m512i;
typedef struct { uint8_t bytes[32]; } __m256i;

static inline __m512i _mm512_set1_epi32(int32_t value) {
  __m512i all;
  for (int i = 0; i < 16; i++) memcpy(all.bytes + 4 * i, &value, 4);
  return all;
}
static inline __m512i _mm512_setzero_si512(void) { return _mm512_set1_epi32(0); }
static inline __m512i _mm512_loadu_si512(const void *from) {
  __m512i value;
  memcpy(value.bytes, from, 64);
  return value;
}
static inline void _mm512_storeu_si512(void *to, __m512i value) { memcpy(to, value.bytes, 64); }
static inline __m256i _mm256_loadu_si256(const __m256i *from) {
  __m256i value;
  memcpy(value.bytes, (const void *)from, 32);
  return value;
}
static inline __m512i _mm512_cvtepi8_epi16(__m256i bytes) {
  __m512i wide;
  for (int i = 0; i < 32; i++) {
    const int16_t value = (int8_t)bytes.bytes[i];
    memcpy(wide.bytes + 2 * i, &value, 2);
  }
  return wide;
}
/* Four products of a u8 and an i8 are added to each i32, without saturation. */
static inline __m512i _mm512_dpbusd_epi32(__m512i sum, __m512i a, __m512i b) {
  for (int i = 0; i < 16; i++) {
    int32_t lane;
    memcpy(&lane, sum.bytes + 4 * i, 4);
    for (int k = 4 * i; k < 4 * i + 4; k++) lane = (int32_t)((uint32_t)lane + (uint32_t)(a.bytes[k] * (int8_t)b.bytes[k]));
    memcpy(sum.bytes + 4 * i, &lane, 4);
  }
  return sum;
}
/* Two products of i16 are added to each i32, without saturation. */
static inline __m512i _mm512_dpwssd_epi32(__m512i sum, __m512i a, __m512i b) {
  for (int i = 0; i < 16; i++) {
    int32_t lane;
    memcpy(&lane, sum.bytes + 4 * i, 4);
    for (int k = 2 * i; k < 2 * i + 2; k++) {
      int16_t left, right;
      memcpy(&left, a.bytes + 2 * k, 2);
      memcpy(&right, b.bytes + 2 * k, 2);
      lane = (int32_t)((uint32_t)lane + (uint32_t)(left * right));
    }
    memcpy(sum.bytes + 4 * i, &lane, 4);
  }
  return sum;
}
#endif
