/* What bounds the number of connections on this system: figures, not judgements. */
#ifndef REUSE_OS_BOUNDS_H
#define REUSE_OS_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

enum bound_id {
#define BOUND(id, name, word, group, kind, beside) BOUND_##id,
#include "os/bounds.def"
#undef BOUND
	BOUND_COUNT,
};

/* Whose limits they are, as they are shown together. */
enum bound_group {
	BOUND_OF_PROCESS,
	BOUND_OF_PROCESSES,
	BOUND_OF_ALL,
	BOUND_OF_ELSE,
	BOUND_GROUPS
};

/* What is counted. */
enum bound_kind {
	BOUND_IN_DESCRIPTORS, /* of one process */
	BOUND_IN_FILES,       /* open ones, of the whole system */
	BOUND_IN_PROCESSES,
	BOUND_IN_PORTS,
	BOUND_IN_MEMORY,  /* bytes, of which each connection takes some */
	BOUND_IN_TRACKED, /* connections that netfilter tracks */
	BOUND_IN_BYTES,   /* of something else */
	BOUND_IN_ELSE,
};

/* What is known of a limit before its value. */
struct bound_row {
	const char *name, *word; /* in a table; in a sentence */
	enum bound_group group;
	enum bound_kind kind;
	const char *beside; /* what it is about, where not how many connections stand; "" */
};

extern const struct bound_row bound_rows[BOUND_COUNT];

enum { BOUND_TEXT = 640 }; /* room for the path of a control group's file, and a command about it */

#define BOUND_UNKNOWN   INT64_C(-1) /* this system has no such bound, or does not tell */
#define BOUND_UNLIMITED INT64_MAX

struct bound {
	const char *name;
	int64_t value;          /* or one of the two above */
	int64_t used;           /* of it, now; 0 where that is not known */
	bool exempt;            /* who runs this is not held to it */
	char where[BOUND_TEXT]; /* where it is set: a file, or a command that shows it */
	char raise[BOUND_TEXT]; /* a command that doubles it, or nearly; "" for none */
};

/* Fills bounds[id] for each. Cannot fail: what is not known is BOUND_UNKNOWN. */
void bounds_read(struct bound bounds[BOUND_COUNT]);

/* Whether the value is a number: known, and not unlimited. */
bool bounds_is_figure(int64_t value);

/* What is left of a value that is a number; 0 also where more than it is in use. */
int64_t bounds_left(const struct bound *bound);

/* How many processes may be added: the least that any of them leaves; BOUND_UNLIMITED. */
int64_t bounds_processes_left(const struct bound bounds[BOUND_COUNT]);

/* What each system fills in first: names, and the limits that POSIX knows. `ceiling`: what the limit
 * of descriptors can be raised to at most. */
void bounds_read_posix(struct bound bounds[BOUND_COUNT], int64_t ceiling);

/* Fills in one, without a command. */
void bounds_set(struct bound *bound, int64_t value, int64_t used, const char *where);

/* The command: `words` with twice the value behind, or with `most` where that is less and more than
 * the value; else none. */
void bounds_raise(struct bound *bound, const char *words, int64_t most);

#endif
