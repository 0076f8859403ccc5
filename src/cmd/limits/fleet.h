/* The processes that hold a crowd: as many pairs, one listening and one dialling, as the descriptor
 * limit makes necessary. They pass through stages together. Prints nothing. */
#ifndef REUSE_CMD_LIMITS_FLEET_H
#define REUSE_CMD_LIMITS_FLEET_H

#include <stddef.h>

#include "cmd/limits/crowd.h"
#include "os/crew.h"

enum { HERD_STAGES = 20 };

struct herd_stage {
	enum { HERD_OPEN, HERD_BEAT, HERD_CLOSE } what;
	uint64_t upto; /* HERD_OPEN: so many in all */
};

struct herd_plan {
	union addr source; /* held by the caller: see crowd_hold */
	bool by_port;
	const char *device;
	unsigned window;
	uint64_t descriptors; /* that a process may have */
	uint64_t connections;
	const struct herd_stage *stages; /* the last is HERD_CLOSE */
	int stage_count;                 /* at most HERD_STAGES */
};

struct herd {
	struct herd_plan plan;
	uint64_t pairs;
	struct crew crew;
	struct member *members; /* two a pair; pid 0: ended */
	struct crowd_board *board;
	struct crowd_tally *tallies; /* one a pair, behind the board */
	int gates[HERD_STAGES][2];   /* readable for all once that stage may begin */
	int bell[2];                 /* rung by who has passed a stage */
	int64_t looked_us;           /* when it was seen that all live */
};

/* How many pairs of processes that takes; 0 where a process has too few descriptors. */
uint64_t herd_pairs(const struct herd_plan *plan);

/* How many descriptors a process has at least to have. */
uint64_t herd_least(const struct herd_plan *plan);

/* Starts the processes; none does anything yet. Returns 0; or -1 with errno, `*call` naming the call,
 * and nothing left. */
int herd_start(struct herd *herd, const struct herd_plan *plan, const char **call);

/* Lets the next stage begin; the caller counts. */
void herd_begin(const struct herd *herd, int stage);

enum herd_state {
	HERD_BUSY,
	HERD_DONE,   /* that stage is behind all of them */
	HERD_BROKEN, /* a process has ended too early */
};

/* Waits for news of the stage, `wait_ms` at most, or until `stop` is readable. */
enum herd_state herd_turn(struct herd *herd, int stage, int wait_ms, int stop);

struct herd_count {
	uint64_t opened, echoed, closed;
};

void herd_count(const struct herd *herd, struct herd_count *count);

/* The first fault that any of them met; NULL: none. */
const struct crowd_tally *herd_fault(const struct herd *herd);

/* Forgets the faults, once a stage is behind all of them: later ones are told then. */
void herd_forgive(struct herd *herd);

/* The memory that all of them, and this process, have of their own; -1: not known. */
int64_t herd_memory(const struct herd *herd);

/* Ends them, wherever they are, and waits until they are gone and with them all connections. */
void herd_end(struct herd *herd);

#endif
