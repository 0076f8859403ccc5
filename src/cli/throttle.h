/* Lines are thinned under load: a few hundred a second, and a count of what was left out. */
#ifndef REUSE_CLI_THROTTLE_H
#define REUSE_CLI_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

/* Begin with {.share = 1}. */
struct throttle {
	unsigned share;    /* among how many processes the lines a second are shared out */
	unsigned shown;    /* lines in this second */
	int64_t until_us;  /* its end; 0: no line yet */
	uint64_t left_out; /* lines not told of yet */
};

/* Whether one more line may be printed in this second. Otherwise counts it as left out. A line that is `rare` by its nature has room
 * where the others have none left. */
bool throttle_take(struct throttle *throttle, bool rare);

/* To be called now and then with the time (microseconds, any start). Returns how many lines were
 * left out in the second that has ended, for a line about them; 0: nothing to tell. */
uint64_t throttle_tell(struct throttle *throttle, int64_t now_us);

/* Whether throttle_tell wants to be called, within a second. */
bool throttle_waits(const struct throttle *throttle);

#endif
