/* The connections of tcp/echo by descriptor, and by how long they have been silent. */
#include <stdlib.h>

#include "tcp/echo_state.h"
#include "tcp/option.h"

enum {
	CHUNK = 256,       /* sockets in a piece of the table */
	SILENCE_LOOKS = 8, /* while a peer may take its echo, so many in the time of silence */
};

struct echo_sock *echo_slot(struct echo *echo, int fd)
{
	const int chunk = fd / CHUNK;

	if (chunk >= echo->chunk_count) {
		const int count = 2 * chunk + 1;
		struct echo_sock **chunks = realloc(echo->chunks, (size_t)count * sizeof *chunks);
		if (!chunks)
			return NULL;
		for (int i = echo->chunk_count; i < count; i++)
			chunks[i] = NULL;
		echo->chunks = chunks;
		echo->chunk_count = count;
	}
	if (!echo->chunks[chunk])
		echo->chunks[chunk] = calloc(CHUNK, sizeof(struct echo_sock));
	return echo->chunks[chunk] ? &echo->chunks[chunk][fd % CHUNK] : NULL;
}

struct echo_sock *echo_at(const struct echo *echo, int fd)
{
	return &echo->chunks[fd / CHUNK][fd % CHUNK];
}

void echo_each(struct echo *echo, void (*act)(struct echo *, struct echo_sock *, int fd))
{
	for (int fd = 0; fd < echo->chunk_count * CHUNK; fd++)
		if (echo->chunks[fd / CHUNK] && echo_at(echo, fd)->role == ECHO_CONNECTION)
			act(echo, echo_at(echo, fd), fd);
}

void echo_unlink(struct echo *echo, const struct echo_sock *sock)
{
	int *oldest = &echo->oldest[sock->list], *newest = &echo->newest[sock->list];

	if (!echo->plan.idle_us)
		return;
	*(sock->older < 0 ? oldest : &echo_at(echo, sock->older)->newer) = sock->newer;
	*(sock->newer < 0 ? newest : &echo_at(echo, sock->newer)->older) = sock->older;
}

/* To the end of the list. */
static void append(struct echo *echo, struct echo_sock *sock, int fd, enum echo_list list)
{
	sock->list = (unsigned char)list;
	sock->looked_us = echo->now_us;
	sock->older = echo->newest[list];
	sock->newer = -1;
	*(sock->older < 0 ? &echo->oldest[list] : &echo_at(echo, sock->older)->newer) = fd;
	echo->newest[list] = fd;
}

void echo_link(struct echo *echo, struct echo_sock *sock, int fd)
{
	sock->moved_us = echo->now_us;
	if (echo->plan.idle_us)
		append(echo, sock, fd, ECHO_UNTAKEN);
}

void echo_touch(struct echo *echo, struct echo_sock *sock, int fd)
{
	sock->moved_us = echo->now_us;
	if (!echo->plan.idle_us)
		return;
	echo_unlink(echo, sock);
	append(echo, sock, fd, ECHO_UNTAKEN);
}

/* When the oldest of the list is to be judged. */
static int64_t judged_at(const struct echo *echo, enum echo_list list)
{
	const int fd = echo->oldest[list];

	if (fd < 0)
		return INT64_MAX;
	return list == ECHO_MOVED
		   ? echo_at(echo, fd)->moved_us + echo->plan.idle_us
		   : echo_at(echo, fd)->looked_us + echo->plan.idle_us / SILENCE_LOOKS + 1;
}

int64_t echo_idle_at(const struct echo *echo)
{
	const int64_t moved = judged_at(echo, ECHO_MOVED), untaken = judged_at(echo, ECHO_UNTAKEN);

	return moved < untaken ? moved : untaken;
}

/* Looks whether the peer goes on taking its echo out of the kernel's queue. Those that have taken all
 * come to the other list, in the order of moved_us but for the time between two looks. Returns whether the
 * peer was silent for too long. */
static bool look(struct echo *echo, struct echo_sock *sock, int fd)
{
	const uint64_t queued = (uint64_t)option_unacknowledged(fd);
	const uint64_t taken = queued < sock->bytes ? sock->bytes - queued : 0;
	const bool all = queued == 0 && !sock->owed;

	if (taken > sock->taken) {
		sock->taken = taken;
		sock->moved_us = echo->now_us;
	} else if (!all && sock->moved_us + echo->plan.idle_us <= echo->now_us) {
		return true;
	}
	echo_unlink(echo, sock);
	append(echo, sock, fd, all ? ECHO_MOVED : ECHO_UNTAKEN);
	return false;
}

void echo_judge(struct echo *echo, void (*act)(struct echo *, struct echo_sock *, int fd))
{
	/* Each is judged once a turn at most: those looked at go to the end, with this turn's time. */
	while (judged_at(echo, ECHO_UNTAKEN) <= echo->now_us) {
		const int fd = echo->oldest[ECHO_UNTAKEN];
		if (look(echo, echo_at(echo, fd), fd))
			act(echo, echo_at(echo, fd), fd);
	}
	while (judged_at(echo, ECHO_MOVED) <= echo->now_us)
		act(echo, echo_at(echo, echo->oldest[ECHO_MOVED]), echo->oldest[ECHO_MOVED]);
}

int echo_worst_debtor(const struct echo *echo)
{
	const struct echo_sock *worst = NULL;
	int at = -1;

	for (int fd = 0; fd < echo->chunk_count * CHUNK; fd++) {
		const struct echo_sock *sock = echo->chunks[fd / CHUNK] ? echo_at(echo, fd) : NULL;
		if (!sock || sock->role != ECHO_CONNECTION || !sock->owed)
			continue;
		if (worst && (sock->len < worst->len ||
				 (sock->len == worst->len && sock->moved_us >= worst->moved_us)))
			continue;
		worst = sock;
		at = fd;
	}
	return at;
}
