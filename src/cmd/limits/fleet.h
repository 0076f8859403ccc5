/* The processes that hold a crowd, each both ends of its share: as many as the descriptor limit makes
 * necessary. They pass through stages together. Prints nothing. */
#ifndef REUSE_CMD_LIMITS_FLEET_H
#define REUSE_CMD_LIMITS_FLEET_H

#include <stddef.h>

#include "cmd/limits/crowd.h"
#include "os/crew.h"

enum { FLEET_STAGES = 20 };

struct fleet_stage {
	enum { FLEET_OPEN, FLEET_BEAT, FLEET_CLOSE } what;
	uint64_t upto; /* FLEET_OPEN: so many in all */
};

struct fleet_plan {
	union addr source; /* held by the caller: see crowd_hold */
	bool by_port;
	const char *device;
	uint64_t descriptors; /* that a process may have */
	uint64_t connections;
	const struct fleet_stage *stages; /* the last is FLEET_CLOSE */
	int stage_count;                  /* at most FLEET_STAGES */
};

struct fleet {
	struct fleet_plan plan;
	uint64_t processes;
	struct crew crew;
	struct member *members; /* one a process; pid 0: ended */
	struct crowd_board *board;
	struct crowd_tally *tallies; /* one a process, behind the board */
	int gates[FLEET_STAGES][2];  /* readable for all once that stage may begin */
	int bell[2];                 /* rung by who has passed a stage */
	int64_t looked_us;           /* when it was seen that all live */
};

/* How many processes that takes; 0 where a process has too few descriptors. */
uint64_t fleet_processes(const struct fleet_plan *plan);

/* How many descriptors a process has at least to have. */
uint64_t fleet_least(const struct fleet_plan *plan);

/* Starts the processes; none does anything yet. Returns 0; or -1 with errno, `*call` naming the call,
 * and nothing left. */
int fleet_start(struct fleet *fleet, const struct fleet_plan *plan, const char **call);

/* Lets the next stage begin; the caller counts. */
void fleet_begin(const struct fleet *fleet, int stage);

enum fleet_state {
	FLEET_BUSY,
	FLEET_DONE,   /* that stage is behind all of them */
	FLEET_BROKEN, /* a process has ended too early */
};

/* Waits for news of the stage, a tenth of a second at most, or until `stop` is readable. */
enum fleet_state fleet_turn(struct fleet *fleet, int stage, int stop);

struct fleet_count {
	uint64_t opened, echoed, closed;
};

/* What all of them have come to. */
void fleet_count(const struct fleet *fleet, struct fleet_count *count);

/* The first fault that any of them met; NULL: none. */
const struct crowd_tally *fleet_fault(const struct fleet *fleet);

/* Forgets the faults, once a stage is behind all of them: later ones are told then. */
void fleet_forgive(struct fleet *fleet);

/* The memory that all of them, and this process, have of their own; -1: not known. */
int64_t fleet_memory(const struct fleet *fleet);

/* Ends them, wherever they are, and waits until they are gone and with them all connections. */
void fleet_end(struct fleet *fleet);

#endif
