/* What the part of an experiment that is written in C is given: a place to act, and how it tells what
 * it did. It prints nothing itself. */
#ifndef REUSE_CMD_EXPERIMENT_STAGE_H
#define REUSE_CMD_EXPERIMENT_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/addr.h"
#include "tcp/fault.h"
#include "tcp/option.h"

/* One thing that was done. Texts live during the call. */
struct deed {
	const char *text;     /* "a bind 127.0.0.1:3000" */
	const char *result;   /* "ok", "EADDRINUSE", "800" */
	const char *expected; /* likewise, or "about 100"; NULL: whatever it is, it is shown only */
	bool as_expected;
};

/* What only some systems tell of the sockets of a port. */
enum stage_fact {
	STAGE_TIMEWAIT_MS, /* how long the TIME_WAIT lasts that has this port as its own; 0: none */
	STAGE_TIMEWAIT_FULL, /* 1: so many others (of any port) that the system keeps no more */
	STAGE_QUEUED,        /* connections that wait to be accepted */
};

struct stage {
	void *who;             /* handed to the functions */
	int stop;              /* readable when the experiment shall end */
	bool over;             /* it was stopped, or cannot go on: drivers return */
	const unsigned *ports; /* P, Q, R of the scene, by enum trial_port; 0: no step has it */
	int (*fd)(void *who, const char *name); /* of a socket of the scene's steps, its own */
	void (*tell)(void *who, const struct deed *deed);
	void (*line)(void *who, const char *text);   /* of a picture; for eyes only */
	void (*skip)(void *who, const char *reason); /* the scene cannot be played here */
	int64_t (*fact)(void *who, enum stage_fact fact, unsigned port); /* -1: not told here */
};

enum { STAGE_TEXT = 200, STAGE_RESULT = 40 };

/* Tells of a deed; `expected` may be NULL. As expected is what reads the same. */
__attribute__((format(printf, 4, 5))) void stage_tell(
    struct stage *stage, const char *expected, const char *result, const char *format, ...);

/* The same where the driver judges. */
__attribute__((format(printf, 5, 6))) void stage_judge(struct stage *stage, bool as_expected,
    const char *expected, const char *result, const char *format, ...);

/* A number from `low` to `high`, which `expected` words. */
__attribute__((format(printf, 6, 7))) void stage_count(struct stage *stage, int64_t low,
    int64_t high, const char *expected, int64_t number, const char *format, ...);

/* A call that should be ok: `result` below 0 tells errno. Returns whether it was ok; where not, the
 * stage is over. */
__attribute__((format(printf, 3, 4))) bool stage_ok(
    struct stage *stage, int result, const char *format, ...);

__attribute__((format(printf, 2, 3))) void stage_line(struct stage *stage, const char *format, ...);

/* Cannot be played here; the stage is over. */
void stage_skip(struct stage *stage, const char *reason);

/* Whether to return: over, or `stop` is readable, which makes it so. */
bool stage_over(struct stage *stage);

/* A new non-blocking socket with options, bound to `local` (AF_UNSPEC: not). -1 with `fault`. */
int stage_socket(
    const union addr *local, const struct setting settings[], size_t count, struct fault *fault);

/* Several listeners in a row on `local`, with SO_REUSEPORT where there are more than one. Returns 0; -1
 * after telling of the call that was refused, and nothing is open. */
int stage_listeners(
    struct stage *stage, const union addr *local, int fds[], int count, int backlog);

/* Whether this process may have so many descriptors, and some more; where not, it is skipped. */
bool stage_room(struct stage *stage, int descriptors);

/* What is expected on Linux, where it was read and measured; NULL elsewhere: there it is shown only. */
const char *stage_linux(const char *expected);

/* Resets and closes fds[0..count), those that are not -1. */
void stage_reset(int fds[], int count);

#endif
