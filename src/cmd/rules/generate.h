/* Random trials: the same seed is the same trial on every system. */
#ifndef REUSE_CMD_RULES_GENERATE_H
#define REUSE_CMD_RULES_GENERATE_H

#include <stddef.h>
#include <stdint.h>

enum {
	GENERATE_STEPS = 20,
	GENERATE_TEXT = 80,
	GENERATE_USER = 65534, /* the second user */
};

/* The steps of a trial as one types them. */
struct sequence {
	char steps[GENERATE_STEPS][GENERATE_TEXT];
	size_t count;
};

void generate(uint64_t seed, struct sequence *sequence);

#endif
