#include "cli/throttle.h"

enum { OFTEN_A_SECOND = 200, LINES_A_SECOND = 500, SECOND_US = 1000000 };

bool thin_take(struct thin *thin, bool rare)
{
	const unsigned most = (rare ? LINES_A_SECOND : OFTEN_A_SECOND) / thin->share;

	if (thin->shown <= most) {
		thin->shown++;
		return true;
	}
	thin->left_out++;
	return false;
}

uint64_t thin_tell(struct thin *thin, int64_t now_us)
{
	const uint64_t left_out = thin->left_out;

	if (thin->until_us == 0)
		thin->until_us = now_us + SECOND_US;
	if (now_us < thin->until_us)
		return 0;
	*thin = (struct thin){.share = thin->share};
	return left_out;
}

bool thin_waits(const struct thin *thin)
{
	return thin->shown || thin->left_out;
}
