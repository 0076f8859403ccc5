/* What the functions of a lesson are given: sockets and ports of their part, and how they show what
 * they did. */
#ifndef REUSE_CMD_EXPERIMENT_STAGE_H
#define REUSE_CMD_EXPERIMENT_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/experiment/view.h"
#include "tcp/addr.h"
#include "tcp/fault.h"
#include "tcp/option.h"
#include "tcp/port.h"
#include "tcp/trial.h"
#include "words/script.h"

struct stage {
	struct show *show;
	const struct script *script; /* the steps that `try` could read, and */
	struct trial *trial;         /* their sockets */
	/* P, Q, R of the part, by enum trial_port; 0: no step has it */
	unsigned ports[TRIAL_PORTS];
	bool apart; /* in a network of its own */
	bool over;  /* it was stopped, or cannot go on: functions return */
};

/* Shows a step; `expected` may be NULL. As expected is what reads the same. */
__attribute__((format(printf, 4, 5))) void stage_observe(
    struct stage *stage, const char *expected, const char *result, const char *format, ...);

/* The same where the lesson judges. */
__attribute__((format(printf, 5, 6))) void stage_judge(struct stage *stage, bool as_expected,
    const char *expected, const char *result, const char *format, ...);

/* A number from `low` to `high`, which `expected` words. */
__attribute__((format(printf, 6, 7))) void stage_count(struct stage *stage, int64_t low,
    int64_t high, const char *expected, int64_t number, const char *format, ...);

/* A call that should be ok: of a `result` below 0 errno is shown. Returns whether it was ok; where not,
 * the stage is over. */
__attribute__((format(printf, 3, 4))) bool stage_ok(
    struct stage *stage, int result, const char *format, ...);

/* A line of a picture. */
__attribute__((format(printf, 2, 3))) void stage_line(struct stage *stage, const char *format, ...);

/* The part cannot be run here; the stage is over. */
void stage_skip(struct stage *stage, const char *reason);

/* Whether to return: over, or the experiment was interrupted, which makes it so. */
bool stage_over(struct stage *stage);

/* The descriptor of a socket of the part's steps, the trial's; -1 where it is not open. */
int stage_fd(const struct stage *stage, const char *name);

/* A new non-blocking socket with options, bound to `local` (AF_UNSPEC: not). -1 with `fault`. */
int stage_socket(
    const union addr *local, const struct setting settings[], size_t count, struct fault *fault);

/* Several listeners in a row on `local`, with SO_REUSEPORT where there are more than one. Returns 0; -1
 * after showing the call that was refused, and nothing is open. */
int stage_listeners(
    struct stage *stage, const union addr *local, int fds[], int count, int backlog);

/* So many ports in a row of those that the kernel picks by itself; apart it picks from these alone then. To be
 * given back. Returns 0, or -1 with errno. */
int stage_row(const struct stage *stage, struct port ports[], int count);

/* What narrows one socket to such a row. Returns how many settings it takes: 1, apart 0. */
size_t stage_row_setting(
    const struct stage *stage, const struct port ports[], int count, struct setting *setting);

/* Whether this process may have so many descriptors, and some more; where not, the part is skipped. */
bool stage_room(struct stage *stage, int descriptors);

/* Whether the kernel picks from so many ports; where not, the part is skipped. */
bool stage_ports(struct stage *stage, int ports);

/* Whether so many connections may wait for one listener; where not, the part is skipped. */
bool stage_queue(struct stage *stage, int connections);

/* What is expected on Linux, where it was read and measured; NULL elsewhere: there it is shown only. */
const char *stage_linux(const char *expected);

/* Resets and closes fds[0..count), those that are not -1. */
void stage_reset(int fds[], int count);

#endif
