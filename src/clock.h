/* Time that only goes forward. */
#ifndef REUSE_CLOCK_H
#define REUSE_CLOCK_H

#include <stdint.h>

enum { SECOND_US = 1000000 };

/* Nanoseconds since some moment in the past; enough for three centuries. */
int64_t clock_ns(void);

/* Microseconds on the same clock. */
int64_t clock_us(void);

/* `us` as poll(2) wants it: rounded up, so that a wait never ends before its time; at least 0, and
 * as much as an int holds where it is more. */
int clock_poll_ms(int64_t us);

/* Microseconds as seconds, to be shown. */
double clock_seconds(int64_t us);

#endif
