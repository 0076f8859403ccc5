#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "tcp/call.h"
#include "tcp/ready.h"

/* polls[0..count) is what poll(2) gets, without holes. slots[fd] is 1 + the place of fd in it, or 0.
 * ready_next walks from the end to the start, so that the last one may move into the place of one
 * that is taken off: it was told already. */
struct ready {
	struct pollfd *polls;
	int *slots;
	int count, room; /* of polls */
	int slot_room;   /* of slots */
	int next;        /* polls[0..next) are still to be told */
};

struct ready *ready_new(void)
{
	return calloc(1, sizeof(struct ready));
}

void ready_free(struct ready *ready)
{
	if (!ready)
		return;
	free(ready->polls);
	free(ready->slots);
	free(ready);
}

/* Makes room for `fd`, and for one more descriptor in all. */
static int grow(struct ready *ready, int fd)
{
	if (fd >= ready->slot_room) {
		int room = ready->slot_room ? ready->slot_room : 64;
		while (room <= fd)
			room *= 2;
		int *slots = realloc(ready->slots, (size_t)room * sizeof *slots);
		if (!slots)
			return -1;
		memset(
		    slots + ready->slot_room, 0, (size_t)(room - ready->slot_room) * sizeof *slots);
		ready->slots = slots;
		ready->slot_room = room;
	}
	if (ready->count == ready->room) {
		const int room = ready->room ? 2 * ready->room : 64;
		struct pollfd *polls = realloc(ready->polls, (size_t)room * sizeof *polls);
		if (!polls)
			return -1;
		ready->polls = polls;
		ready->room = room;
	}
	return 0;
}

static void take_off(struct ready *ready, int fd)
{
	const int at = fd < ready->slot_room ? ready->slots[fd] - 1 : -1;

	if (at < 0)
		return;
	ready->slots[fd] = 0;
	ready->polls[at] = ready->polls[--ready->count];
	if (at < ready->count)
		ready->slots[ready->polls[at].fd] = at + 1;
}

int ready_set(struct ready *ready, int fd, unsigned events)
{
	if (!events) {
		take_off(ready, fd);
		return 0;
	}
	if (grow(ready, fd) < 0)
		return -1;
	if (!ready->slots[fd]) {
		ready->polls[ready->count] = (struct pollfd){.fd = fd};
		ready->slots[fd] = ++ready->count;
	}
	ready->polls[ready->slots[fd] - 1].events =
	    (short)((events & READY_IN ? POLLIN : 0) | (events & READY_OUT ? POLLOUT : 0));
	return 0;
}

int ready_wait(struct ready *ready, int wait_ms)
{
	const int n = call_poll(ready->polls, (nfds_t)ready->count, wait_ms);

	ready->next = n > 0 ? ready->count : 0;
	return n < 0 && errno == EINTR ? 0 : n;
}

bool ready_next(struct ready *ready, int *fd, unsigned *events)
{
	if (ready->next > ready->count)
		ready->next = ready->count;
	while (ready->next > 0) {
		struct pollfd *one = &ready->polls[--ready->next];
		const short got = one->revents;
		one->revents = 0; /* it may move to a place that is still to be told */
		if (!got)
			continue;
		*fd = one->fd;
		*events = 0;
		/* POLLERR, POLLHUP and POLLNVAL come unasked: whoever waits finds out by trying. */
		if (got & ~POLLOUT)
			*events |= one->events & POLLIN ? READY_IN : READY_OUT;
		if (got & POLLOUT)
			*events |= READY_OUT;
		return true;
	}
	return false;
}
