#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "tcp/ready_kind.h"

/* From so many descriptors on another mechanism takes over from poll(2). Measured on Linux 6.18: up
 * to 16 busy connections poll and epoll are even, at 50 poll takes a tenth more CPU a message. */
enum { READY_MANY = 32 };

struct ready {
	const struct ready_mechanism *mechanism;
	void *state;
	unsigned char *watched; /* by descriptor: for what */
	int room;               /* of watched */
	int count;              /* descriptors watched */
	int many;               /* hand over at so many; 0: never */
};

/* The mechanism, or NULL where this system lacks it. */
static const struct ready_mechanism *mechanism_of(enum ready_kind kind)
{
	switch (kind) {
	case READY_AUTO:
	case READY_POLL:
		return &ready_poll;
	case READY_EPOLL:
#if HAVE_EPOLL
		return &ready_epoll;
#else
		return NULL;
#endif
	case READY_KQUEUE:
#if HAVE_KQUEUE
		return &ready_kqueue;
#else
		return NULL;
#endif
	}
	return NULL;
}

/* The one that does not slow down with idle descriptors, or NULL. */
static const struct ready_mechanism *mechanism_for_many(void)
{
	const struct ready_mechanism *epoll = mechanism_of(READY_EPOLL);
	return epoll ? epoll : mechanism_of(READY_KQUEUE);
}

bool ready_known(enum ready_kind kind)
{
	return mechanism_of(kind) != NULL;
}

static const char *refused = "malloc";

const char *ready_refused(void)
{
	return refused;
}

void ready_refuse(const char *call)
{
	refused = call;
}

struct ready *ready_new(enum ready_kind kind)
{
	ready_refuse("malloc");
	if (!ready_known(kind)) {
		errno = ENOTSUP;
		return NULL;
	}
	struct ready *ready = calloc(1, sizeof *ready);
	if (!ready)
		return NULL;
	ready->mechanism = mechanism_of(kind);
	ready->many = kind == READY_AUTO && mechanism_for_many() ? READY_MANY : 0;
	ready->state = ready->mechanism->open();
	if (ready->state)
		return ready;
	free(ready);
	return NULL;
}

void ready_free(struct ready *ready)
{
	if (!ready)
		return;
	ready->mechanism->close(ready->state);
	free(ready->watched);
	free(ready);
}

const char *ready_name(const struct ready *ready)
{
	return ready->mechanism->name;
}

static int grow(struct ready *ready, int fd)
{
	int room = ready->room ? ready->room : 64;

	while (room <= fd)
		room *= 2;
	unsigned char *watched = realloc(ready->watched, (size_t)room);
	if (!watched)
		return -1;
	memset(watched + ready->room, 0, (size_t)(room - ready->room));
	ready->watched = watched;
	ready->room = room;
	return 0;
}

int ready_set(struct ready *ready, int fd, unsigned events)
{
	const unsigned was = fd < ready->room ? ready->watched[fd] : 0;

	if (was == events)
		return 0;
	ready_refuse("malloc");
	if (fd >= ready->room && grow(ready, fd) < 0)
		return -1;
	if (ready->mechanism->set(ready->state, fd, was, events) < 0)
		return -1;
	ready->watched[fd] = (unsigned char)events;
	ready->count += (events != 0) - (was != 0);
	return 0;
}

void ready_forget(struct ready *ready, int fd)
{
	if (fd >= ready->room || !ready->watched[fd])
		return;
	if (ready->mechanism->forget)
		ready->mechanism->forget(ready->state, fd);
	else
		ready->mechanism->set(ready->state, fd, ready->watched[fd], 0);
	ready->watched[fd] = 0;
	ready->count--;
}

/* Puts all that is watched into the mechanism for many. Where that fails (it needs a descriptor and
 * memory) all stays as it is, until there are twice as many. */
static void hand_over(struct ready *ready)
{
	const struct ready_mechanism *next = mechanism_for_many();
	void *state = next->open();

	for (int fd = 0; state && fd < ready->room; fd++)
		if (ready->watched[fd] && next->set(state, fd, 0, ready->watched[fd]) < 0) {
			next->close(state);
			state = NULL;
		}
	if (!state) {
		ready->many = 2 * ready->count;
		return;
	}
	ready->mechanism->close(ready->state);
	ready->mechanism = next;
	ready->state = state;
	ready->many = 0;
}

int ready_wait(struct ready *ready, int wait_ms)
{
	if (ready->many && ready->count >= ready->many)
		hand_over(ready);
	const int n = ready->mechanism->wait(ready->state, wait_ms);
	return n < 0 && errno == EINTR ? 0 : n;
}

bool ready_next(struct ready *ready, int *fd, unsigned *events)
{
	while (ready->mechanism->next(ready->state, fd, events)) {
		const unsigned watched = *fd < ready->room ? ready->watched[*fd] : 0;
		/* Errors come unasked: whoever waits finds out by trying what it waits for. */
		if (*events & READY_BAD)
			*events |= watched & READY_IN ? READY_IN : READY_OUT;
		*events &= watched;
		if (*events)
			return true;
	}
	return false;
}
