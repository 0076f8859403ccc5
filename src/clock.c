#include <limits.h>
#include <time.h>

#include "clock.h"

int64_t clock_ns(void)
{
	struct timespec now;

	/* Cannot fail with a clock that exists: POSIX 2008 asks for this one. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_us(void)
{
	return clock_ns() / 1000;
}

int clock_poll_ms(int64_t us)
{
	if (us <= 0)
		return 0;
	return us > INT64_C(1000) * INT_MAX - 999 ? INT_MAX : (int)((us + 999) / 1000);
}

double clock_seconds(int64_t us)
{
	return (double)us / 1e6;
}
