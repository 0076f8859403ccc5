/* Random trials: the same seed is the same trial on every system. */
#ifndef REUSE_CMD_RULES_GENERATE_H
#define REUSE_CMD_RULES_GENERATE_H

#include "cmd/rules/sequence.h"

void generate(uint64_t seed, struct sequence *sequence);

#endif
