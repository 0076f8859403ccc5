/* poll(2): everywhere, and as fast as anything while descriptors are few. */
#include <poll.h>
#include <stdlib.h>

#include "tcp/call.h"
#include "tcp/ready_kind.h"

/* polls[0..count) is what poll(2) gets, without holes. slots[fd] is the place of fd in it, if it is there.
 * next walks backwards and around, from another place each turn: who is always answered first comes
 * back first, and would have more than its share. Where the last one moves into the place of one
 * that is taken off, it may be passed over; it is still ready in the next turn. */
struct polls {
	struct pollfd *polls;
	int *slots;
	int count, room; /* of polls */
	int slot_room;   /* of slots */
	int start;       /* where the walk of this turn began */
	/* polls[next] and the ones before it, so many in all, are still to be told */
	int next, left;
};

static void *polls_open(void)
{
	return calloc(1, sizeof(struct polls));
}

static void polls_close(void *state)
{
	struct polls *p = state;

	free(p->polls);
	free(p->slots);
	free(p);
}

/* Makes room for `fd`, and for one more descriptor in all. */
static int poll_grow(struct polls *p, int fd)
{
	if (fd >= p->slot_room) {
		int room = p->slot_room ? p->slot_room : 64;
		while (room <= fd)
			room *= 2;
		int *slots = realloc(p->slots, (size_t)room * sizeof *slots);
		if (!slots)
			return -1;
		p->slots = slots;
		p->slot_room = room;
	}
	if (p->count == p->room) {
		const int room = p->room ? 2 * p->room : 64;
		struct pollfd *polls = realloc(p->polls, (size_t)room * sizeof *polls);
		if (!polls)
			return -1;
		p->polls = polls;
		p->room = room;
	}
	return 0;
}

static void take_off(struct polls *p, int fd)
{
	const int at = p->slots[fd];

	p->polls[at] = p->polls[--p->count];
	p->slots[p->polls[at].fd] = at;
}

static int polls_set(void *state, int fd, unsigned was, unsigned events)
{
	struct polls *p = state;

	if (!events) {
		take_off(p, fd);
		return 0;
	}
	if (!was) {
		if (poll_grow(p, fd) < 0)
			return -1;
		p->polls[p->count] = (struct pollfd){.fd = fd};
		p->slots[fd] = p->count++;
	}
	p->polls[p->slots[fd]].events =
	    (short)((events & READY_IN ? POLLIN : 0) | (events & READY_OUT ? POLLOUT : 0));
	return 0;
}

static int polls_wait(void *state, int wait_ms)
{
	struct polls *p = state;
	const int n = call_poll(p->polls, (nfds_t)p->count, wait_ms);

	p->start = p->start + 1 < p->count ? p->start + 1 : 0;
	p->next = p->start;
	p->left = n > 0 ? p->count : 0;
	return n;
}

static bool polls_next(void *state, int *fd, unsigned *events)
{
	struct polls *p = state;

	while (p->left > 0 && p->count > 0) {
		p->left--;
		if (p->next >= p->count)
			p->next = p->count - 1;
		struct pollfd *one = &p->polls[p->next];
		p->next = p->next > 0 ? p->next - 1 : p->count - 1;
		const short got = one->revents;
		one->revents = 0; /* it may move to a place that is still to be told */
		if (!got)
			continue;
		*fd = one->fd;
		*events = (got & POLLIN ? (unsigned)READY_IN : 0) |
			  (got & POLLOUT ? (unsigned)READY_OUT : 0) |
			  (got & ~(POLLIN | POLLOUT) ? (unsigned)READY_BAD : 0);
		return true;
	}
	return false;
}

const struct ready_mechanism ready_poll = {
    .name = "poll",
    .open = polls_open,
    .close = polls_close,
    .set = polls_set,
    .wait = polls_wait,
    .next = polls_next,
};
