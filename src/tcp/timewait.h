/* Ending a TIME_WAIT before its time. */
#ifndef REUSE_TCP_TIMEWAIT_H
#define REUSE_TCP_TIMEWAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/addr.h"
#include "tcp/ends.h"

enum { TIMEWAIT_US = 60000 }; /* long enough for timewait_end to have come about */

/* Ends the TIME_WAIT, if there is one, of a connection of which both ends were of this machine and
 * are closed: `local` is the end in TIME_WAIT, `peer` the other. Returns false where the port of
 * `peer` could not be had, so that it is as it was. Waits for what comes of it, `wait_us` at most:
 * mostly it has ended at once, and is seen to have after some milliseconds. */
bool timewait_end(const union addr *local, const union addr *peer, int64_t wait_us);

/* Those that may have come of connections closed in order, not by a reset. Begin with {0}. */
struct timewaits {
	struct ends ends; /* of those in the list: */
	struct timewait *list;
};

/* Remembers that this end was closed. Where there is no memory for that, its TIME_WAIT stays its
 * minute. */
void timewaits_note(struct timewaits *timewaits, const struct end *end);

/* Whether the other end of that connection was closed, too. */
bool timewaits_opposite(const struct timewaits *timewaits, const struct end *end);

/* Ends those of which both ends were closed, without a word to --explain, and forgets all. */
void timewaits_end(struct timewaits *timewaits);

#endif
