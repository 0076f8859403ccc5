#include "cli/out.h"
#include "cli/thin.h"

enum { LINES_A_SECOND = 300, SECOND_US = 1000000 };

bool thin_take(struct thin *thin)
{
	/* Once a line is left out the rest of its second is, so that what is printed is one piece. */
	if (thin->left_out == 0 && thin->shown < LINES_A_SECOND && out_room()) {
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
	if (now_us < thin->until_us || (left_out && !out_room()))
		return 0;
	*thin = (struct thin){0};
	return left_out;
}

bool thin_waits(const struct thin *thin)
{
	return thin->shown || thin->left_out;
}
