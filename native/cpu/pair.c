/* See pair.h. AIVM_CPU_THREADS=1 forbids second threads, 2 makes every call that may have one wait for it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "pair.h"
#include "engine.h"
#include <stdlib.h>

static atomic_ullong shared_ops;

/* Ops that two threads shared since the library was loaded. */
AIVM_EXPORT uint64_t aivm_cpu_shared_ops(void);
uint64_t aivm_cpu_shared_ops(void) { return atomic_load(&shared_ops); }

void aivm_pair_count(uint32_t ops) { atomic_fetch_add(&shared_ops, ops); }

#if AIVM_HAS_THREADS
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { WAIT = 0, GO = 1, LEAVE = 2 };

/* A thread that works needs a few hundred bytes; the least that systems allow is less than this. */
#define STACK_SIZE (256u * 1024)

/*
 * A test's build has AIVM_STEERED and defines these itself, so that neither the clock nor other programs decide what
 * happens: packages/backends/test/plugin/steered-pair.c.
 */
#ifndef AIVM_STEERED
/* A turn at spinning is 10 to 50 ns. After this many a thread sleeps: the other one has lost its processor. */
#define SPINS 1000
/* A side that lets the other wait for so long has been interrupted: on an idle machine it takes about a microsecond. */
#define LATE_NS 200000
#define IS_IDLE() has_idle_processor()
#define LOOK(pair) ((void)(pair))
#define IS_LATE(side, meeting, took_long) (took_long)
#endif

/* Read before main, so that calls from several threads only read them. */
static int processors, is_forced;
/* Second threads in use: never more than there are processors beside the callers'. */
static atomic_int helpers;

/*
 * Whether a processor of this machine has nothing to do: fewer threads want to run, this one among them, than there
 * are. Two threads that share a processor with a third program wait for each other, and take longer than one. About 4
 * us.
 */
static int has_idle_processor(void) {
#if defined(__linux__)
  char text[128];
  const int file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 1;
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  /* Three averages, then running/existing. */
  int running;
  if (size <= 0) return 1;
  text[size] = 0;
  return sscanf(text, "%*s %*s %*s %d/", &running) != 1 || running < sysconf(_SC_NPROCESSORS_ONLN);
#else
  return 1;
#endif
}

static int count_processors(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

__attribute__((constructor)) static void read_settings(void) {
  const char *wanted = getenv("AIVM_CPU_THREADS");
  const int threads = wanted == NULL ? 0 : atoi(wanted);
  is_forced = threads >= 2;
  processors = threads == 1 ? 1 : is_forced ? threads : count_processors();
}

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Raises *word. Who sleeps until it is raised says so before its last look; hence both orders are sequential. */
static void raise_to(aivm_pair *pair, atomic_uint *word, unsigned value) {
  atomic_store(word, value);
  if (atomic_load(&pair->sleepers) == 0) return;
  pthread_mutex_lock(&pair->mutex);
  pthread_cond_broadcast(&pair->raised);
  pthread_mutex_unlock(&pair->mutex);
}

/* Waits until *word is at least `least`; whether that took long. */
static int await(aivm_pair *pair, atomic_uint *word, unsigned least) {
  for (int spin = 0; spin < SPINS; spin++) {
    if (atomic_load_explicit(word, memory_order_acquire) >= least) return 0;
    relax();
  }
  const uint64_t start = now_ns();
  pthread_mutex_lock(&pair->mutex);
  atomic_fetch_add(&pair->sleepers, 1);
  while (atomic_load(word) < least) pthread_cond_wait(&pair->raised, &pair->mutex);
  atomic_fetch_sub(&pair->sleepers, 1);
  pthread_mutex_unlock(&pair->mutex);
  return now_ns() - start > LATE_NS;
}

static void *second_side(void *argument) {
  aivm_pair *pair = argument;
  raise_to(pair, &pair->is_there, 1);
  await(pair, &pair->order, GO);
  if (atomic_load(&pair->order) == GO) pair->run(pair->work, 1);
  return NULL;
}

/* The thread takes no signals: those of the program are for its own threads. */
static int start_thread(aivm_pair *pair) {
  sigset_t all, before;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return 0;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int status = pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0
                         ? pthread_create(&pair->thread, &attributes, second_side, pair)
                         : -1;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return status == 0;
}

int aivm_pair_open(aivm_pair *pair, void (*run)(void *work, int side), void *work) {
  if (processors < 2 || (!is_forced && !IS_IDLE())) return 0;
  pair->run = run;
  pair->work = work;
  atomic_init(&pair->is_there, 0);
  atomic_init(&pair->order, WAIT);
  atomic_init(&pair->sleepers, 0);
  for (int side = 0; side < 2; side++) atomic_init(&pair->sides[side].meetings, 0);
  const int is_free = atomic_fetch_add(&helpers, 1) < processors - 1 || is_forced;
  if (is_free && pthread_mutex_init(&pair->mutex, NULL) == 0) {
    if (pthread_cond_init(&pair->raised, NULL) == 0) {
      if (start_thread(pair)) return 1;
      pthread_cond_destroy(&pair->raised);
    }
    pthread_mutex_destroy(&pair->mutex);
  }
  atomic_fetch_sub(&helpers, 1);
  return 0;
}

int aivm_pair_is_ready(aivm_pair *pair) {
  LOOK(pair);
  if (is_forced) await(pair, &pair->is_there, 1);
  return atomic_load_explicit(&pair->is_there, memory_order_acquire) != 0;
}

void aivm_pair_run(aivm_pair *pair) {
  raise_to(pair, &pair->order, GO);
  pair->run(pair->work, 0);
}

int aivm_pair_meet(aivm_pair *pair, int side) {
  const unsigned meeting = atomic_load_explicit(&pair->sides[side].meetings, memory_order_relaxed) + 1;
  raise_to(pair, &pair->sides[side].meetings, meeting);
  const int took_long = await(pair, &pair->sides[1 - side].meetings, meeting);
  return IS_LATE(side, meeting, took_long && !is_forced);
}

void aivm_pair_close(aivm_pair *pair) {
  if (atomic_load(&pair->order) == WAIT) raise_to(pair, &pair->order, LEAVE);
  pthread_join(pair->thread, NULL);
  pthread_cond_destroy(&pair->raised);
  pthread_mutex_destroy(&pair->mutex);
  atomic_fetch_sub(&helpers, 1);
}

#else

int aivm_pair_open(aivm_pair *pair, void (*run)(void *work, int side), void *work) {
  (void)pair, (void)run, (void)work;
  return 0;
}
int aivm_pair_is_ready(aivm_pair *pair) { return (void)pair, 0; }
void aivm_pair_run(aivm_pair *pair) { (void)pair; }
int aivm_pair_meet(aivm_pair *pair, int side) { return (void)pair, (void)side, 0; }
void aivm_pair_close(aivm_pair *pair) { (void)pair; }

#endif
