/* What reuse limits --prove shows, under way and at the end. */
#ifndef REUSE_CMD_LIMITS_PROOF_VIEW_H
#define REUSE_CMD_LIMITS_PROOF_VIEW_H

#include "cmd/limits/cost.h"
#include "cmd/limits/fleet.h"
#include "os/memory.h"

struct proof {
	int stop;
	struct fleet fleet;
	struct fleet_count count;
	struct memory before;
	struct cost cost;
	int64_t began_us, told_us, open_us, beat_us, close_us;
	int64_t kernel_bytes, own_bytes; /* -1: not known */
	int64_t sources;                 /* likewise */
	uint64_t counted;                /* connections in the kernel's own table */
	bool short_of_memory, census_failed;
	bool census_cut; /* `sources` and `counted` are of a part of it */
};

/* How far a stage has come, since then: on a terminal in place of the last time, with -v a line a second. */
void proof_view_progress(struct proof *proof, int stage, int64_t since_us);

/* The same as a JSON event. */
void proof_view_count(const struct fleet_count *count);

/* A stage that is over. */
void proof_view_stage(const char *what, uint64_t count, int64_t took_us);

/* The summary. */
void proof_view(const struct proof *proof);

#endif
