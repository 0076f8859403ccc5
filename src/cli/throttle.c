#include "cli/throttle.h"
#include "clock.h"

enum { OFTEN_A_SECOND = 200, LINES_A_SECOND = 500 };

bool throttle_take(struct throttle *throttle, bool rare)
{
	const unsigned most = (rare ? LINES_A_SECOND : OFTEN_A_SECOND) / throttle->share;

	if (throttle->shown <= most) {
		throttle->shown++;
		return true;
	}
	throttle->left_out++;
	return false;
}

uint64_t throttle_tell(struct throttle *throttle, int64_t now_us)
{
	const uint64_t left_out = throttle->left_out;

	if (throttle->until_us == 0)
		throttle->until_us = now_us + SECOND_US;
	if (now_us < throttle->until_us)
		return 0;
	*throttle = (struct throttle){.share = throttle->share};
	return left_out;
}

bool throttle_waits(const struct throttle *throttle)
{
	return throttle->shown || throttle->left_out;
}
