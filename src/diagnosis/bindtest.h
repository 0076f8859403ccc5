/* May the newcomer bind, with each set of options? Derived by the rule where all that it asks for was read;
 * tried where not, with as few binds as tell it, in an order that leaves no mark in what the kernel remembers
 * of the port (but in rare states). */
#ifndef REUSE_DIAGNOSIS_BINDTEST_H
#define REUSE_DIAGNOSIS_BINDTEST_H

#include "diagnosis/conflict.h"

enum basis {
	BASIS_UNKNOWN,
	BASIS_TRIED,
	BASIS_DERIVED,
};

struct outcome {
	enum basis basis;
	struct fault fault; /* CALL_NONE: let in */
};

struct bindtest {
	struct outcome outcomes[PROBE_SETS];
	unsigned sets; /* how many of them: those with PROBE_V6ONLY for :: alone */
};

/* With `bind` false nothing is bound. */
void bindtest_run(const struct findings *findings, const struct newcomer *newcomer, bool bind,
    struct bindtest *test);

/* Whether it is known to be let in with that set. */
bool bindtest_lets(const struct bindtest *test, unsigned set);

#endif
