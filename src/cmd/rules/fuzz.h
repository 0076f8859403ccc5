/* `rules --fuzz`: random trials beside the forecast of the rule, or beside another system's answers. */
#ifndef REUSE_CMD_RULES_FUZZ_H
#define REUSE_CMD_RULES_FUZZ_H

#include <stdint.h>

struct fuzz {
	uint64_t trials;
	uint64_t seed;
	const char *
	    saved; /* a file of `rules --fuzz N --json`, whose trials are taken; NULL: random ones */
};

/* Runs the trials and shows what differs. Returns an enum status. */
int fuzz_run(const struct fuzz *fuzz);

/* Whether the file can be read and is such a one, which is looked at before anything is run. Returns an
 * enum status. */
int fuzz_check(const struct fuzz *fuzz);

#endif
