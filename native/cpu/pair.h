/* A second thread for one call: it is made for the call, runs one side of it, and is gone when the call returns. */
#ifndef AIVM_CPU_PAIR_H
#define AIVM_CPU_PAIR_H

#include <stdatomic.h>
#include <stdint.h>

#if !defined(_WIN32)
#include <pthread.h>
#define AIVM_HAS_THREADS 1
#endif

/* Far enough apart that the two sides never write to one cache line, nor to one that is fetched with it. */
#define AIVM_APART 128

typedef struct {
  void (*run)(void *work, int side);
  void *work;
#if AIVM_HAS_THREADS
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t raised;
#endif
  atomic_uint sleepers;
  uint8_t apart_0[AIVM_APART];
  atomic_uint is_there; /* the second side runs and waits for `order` */
  uint8_t apart_1[AIVM_APART];
  atomic_uint order;
  uint8_t apart_2[AIVM_APART];
  struct {
    atomic_uint meetings;
    uint8_t apart[AIVM_APART];
  } sides[2];
} aivm_pair;

/* Starts a thread for side 1 of run(work, side). 0: there is none to be had, and nothing needs to be closed. */
int aivm_pair_open(aivm_pair *pair, void (*run)(void *work, int side), void *work);

/* Whether side 1 waits for its order by now. */
int aivm_pair_is_ready(aivm_pair *pair);

/* Runs both sides, side 0 on this thread. Once, and only when the pair is ready. */
void aivm_pair_run(aivm_pair *pair);

/*
 * Waits until the other side has come to as many meetings: each then sees all that the other wrote before. Whether
 * this took so long that working apart does not pay: the other thread has lost its processor to somebody.
 */
int aivm_pair_meet(aivm_pair *pair, int side);

/* Ends the thread, which may have run or not. */
void aivm_pair_close(aivm_pair *pair);

/* Counts ops that two threads shared: for tests. */
void aivm_pair_count(uint32_t ops);

#endif
