/* `rules --fuzz`: random trials beside the forecast of the rule, or beside another system's answers. */
#ifndef REUSE_CMD_RULES_FUZZ_H
#define REUSE_CMD_RULES_FUZZ_H

#include <stdint.h>

#include "cmd/rules/fuzz_saved.h"

struct fuzz {
	uint64_t trials;
	uint64_t seed;
	struct saved_trials *saved; /* whose trials are taken, once checked; NULL: random ones */
};

/* Runs the trials and shows what differs. Returns an enum status. */
int fuzz_run(const struct fuzz *fuzz);

/* Opens the file, which is to be one of `rules --fuzz N --json`, and reads it once before anything is run. Returns
 * an enum status. fuzz_saved_close either way. */
int fuzz_check(struct saved_trials *saved, const char *path);

#endif
