/* Work in a child of the tracer's, whose lines come back: where it goes wrong, or takes too long, the watched
 * program is not harmed. */
#ifndef REUSE_CMD_RUN_ASIDE_H
#define REUSE_CMD_RUN_ASIDE_H

#include <stdbool.h>
#include <sys/types.h>

struct aside {
	pid_t pid; /* 0: in the child */
	int other; /* to the other one of the two */
};

/* Begins. Returns in both processes; in the child what goes to stdout comes to the other one. Returns -1 in
 * this one alone where there can be no child. */
int aside_begin(struct aside *aside);

/* In the child: the first part is done. Waits until the lines are wanted: the tracer's own stand before them. */
void aside_ready(const struct aside *aside);

/* In the child: all is done. */
__attribute__((noreturn)) void aside_end(void);

/* Waits, a second at most, until the first part is done. */
void aside_await(const struct aside *aside);

/* Shows the child's lines until it has ended. Returns the signal that has ended it, 0: none. */
int aside_relay(struct aside *aside);

#endif
