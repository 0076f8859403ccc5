/* The steps of a random trial as one types them. */
#ifndef REUSE_CMD_RULES_SEQUENCE_H
#define REUSE_CMD_RULES_SEQUENCE_H

#include <stddef.h>
#include <stdint.h>

enum {
	GENERATE_STEPS = 20,
	GENERATE_TEXT = 80,
	GENERATE_USER = 65534, /* the second user */
};

struct sequence {
	char steps[GENERATE_STEPS][GENERATE_TEXT];
	size_t count;
};

/* A random trial: the same seed is the same trial on every system. */
void generate(uint64_t seed, struct sequence *sequence);

#endif
