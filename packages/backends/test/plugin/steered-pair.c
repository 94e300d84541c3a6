/*
 * pair.c for tests that say themselves when the second side seems ready, which side is late at which meeting, and how
 * many processors and helpers there are. Who waits always sleeps, and by the clock always for too long.
 */
static int looks_left;
static int late_side = -1;
static unsigned late_meeting;

#define AIVM_STEERED
#define SPINS 0
#define LATE_NS 0
#define IS_IDLE() 1
/* The second side seems to be away for some looks, however long it has been there; then it is waited for. */
#define LOOK(pair)                      \
  do {                                  \
    if (looks_left > 0) {               \
      looks_left--;                     \
      return 0;                         \
    }                                   \
    await(pair, &(pair)->is_there, 1);  \
  } while (0)
#define BY_THE_CLOCK 2
#define IS_LATE(side, meeting, took_long) \
  (late_side == BY_THE_CLOCK ? (took_long) : ((void)(took_long), (side) == late_side && (meeting) == late_meeting))
#include "pair.c"

/* For the next call: looks in vain, the side (-1: none, 2: as the clock says) and the meeting where it is late. */
AIVM_EXPORT void steer(int looks, int side, int meeting) {
  looks_left = looks;
  late_side = side;
  late_meeting = (unsigned)meeting;
}

/* From now on nobody waits for a second thread, and `more` helpers are in use besides; how many are then. */
AIVM_EXPORT int set_processors(int count, int more) {
  is_forced = 0;
  processors = count;
  return atomic_fetch_add(&helpers, more) + more;
}
