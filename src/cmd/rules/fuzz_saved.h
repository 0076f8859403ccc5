/* The trials of a saved `rules --fuzz N --json`, with their answers. */
#ifndef REUSE_CMD_RULES_FUZZ_SAVED_H
#define REUSE_CMD_RULES_FUZZ_SAVED_H

#include <stdio.h>

#include "cmd/rules/attempt.h"

struct saved_trial {
	uint64_t seed;
	struct sequence sequence;
	struct attempt answers; /* its results; no forecasts */
};

struct saved_trials {
	FILE *file;
	FILE *copy; /* what was read of a file that can be read but once, such as a pipe; NULL */
	long start; /* where it began: of standard input some may have been read before */
	const char *path;
	size_t line;
	char *text; /* SAVED_LINE bytes */
};

/* Returns 0; -1 after a complaint. fuzz_saved_close either way. */
int fuzz_saved_open(struct saved_trials *saved, const char *path);

/* Returns 1 with the next trial, 0 at the end, -1 after a complaint: a line that is none of such a file. */
int fuzz_saved_next(struct saved_trials *saved, struct saved_trial *trial);

/* Begins again once all is read. Returns 0, or -1 after a complaint. */
int fuzz_saved_again(struct saved_trials *saved);

void fuzz_saved_close(struct saved_trials *saved);

#endif
