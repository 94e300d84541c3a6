/* Large pages for large tables: a table kernel jumps to a random slot with each op, half of its time is translation. */
#ifndef AIVM_CPU_HUGE_PAGES_H
#define AIVM_CPU_HUGE_PAGES_H

#include <stdint.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

/* A hint, without effect where the system has no such pages. Best given before the memory is first written. */
static inline void ask_for_huge_pages(void *bytes, uint64_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  const uintptr_t page = 4096, huge = 2u << 20;
  const uintptr_t start = ((uintptr_t)bytes + page - 1) & ~(page - 1), end = ((uintptr_t)bytes + size) & ~(page - 1);
  if (end > start && end - start >= huge) (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
  (void)bytes;
  (void)size;
#endif
}

#endif
