/* Who writes a random trial: where its sockets may be, and what it has done with each. For generate and
 * scenes alone. */
#ifndef REUSE_CMD_RULES_AUTHOR_H
#define REUSE_CMD_RULES_AUTHOR_H

#include <stdbool.h>

#include "cmd/rules/sequence.h"

enum { AUTHOR_SOCKETS = 6, AUTHOR_SPOTS = 8, NOBODY = -1 };

/* Where a socket may bind: the rows of table 1. */
struct author_spot {
	const char *bind, *words;
	bool v6;
	/* Of it, what may be dialled that reaches it: by IPv4, by an IPv6 socket, by an IPv6 socket mapped;
	 * NULL: not. */
	const char *dials[3];
};
extern const struct author_spot author_spots[AUTHOR_SPOTS];

/* A socket as far as the choice of steps looks at it; what the kernel made of them is not known. */
struct actor {
	bool open, v6, listens, dialled;
	int spot; /* NOBODY: not bound */
	char port;
	int waiting; /* connections that it may have in its queue */
};

struct author {
	uint64_t state;
	struct actor actors[AUTHOR_SOCKETS];
	struct sequence *sequence;
	bool two_users;
};

/* One of [0, below). */
unsigned author_draw(struct author *author, unsigned below);

/* The words of one of the four sets of options. */
const char *author_options(struct author *author);

/* " uid=N" where the trial has two users, now and then; else "". */
const char *author_user(struct author *author);

/* "a" for 0. */
char author_name(int number);

/* Adds a step while there is room. */
__attribute__((format(printf, 2, 3))) void author_write(
    struct author *author, const char *format, ...);

/* How a random trial may begin, so that what random steps alone seldom bring about is asked as well. */
void write_scene(struct author *author);

#endif
