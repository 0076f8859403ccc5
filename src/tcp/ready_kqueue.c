/* kqueue(2), macOS and the BSDs: what is idle costs nothing. Level-triggered, as poll is. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>
#include <fcntl.h>
#include <unistd.h>

#include "tcp/call.h"
#include "tcp/ready_kind.h"

enum { BATCH = 256 };

struct kqueues {
	int fd;
	int at, count; /* events[at..count) are still to be told */
	struct kevent events[BATCH];
};

static void *kqueues_open(void)
{
	struct kqueues *k = calloc(1, sizeof *k);

	if (!k)
		return NULL;
	k->fd = kqueue();
	if (k->fd >= 0) {
		fcntl(k->fd, F_SETFD, FD_CLOEXEC);
		return k;
	}
	const int error = errno;
	ready_refuse("kqueue");
	free(k);
	errno = error;
	return NULL;
}

static void kqueues_close(void *state)
{
	struct kqueues *k = state;

	close(k->fd);
	free(k);
}

/* Puts the filter for `event` in or takes it out, where that is a change. */
static int change_one(struct kqueues *k, int fd, unsigned was, unsigned events, unsigned event)
{
	struct kevent change;

	if (!((was ^ events) & event))
		return 0;
	EV_SET(&change, (uintptr_t)fd, event == READY_IN ? EVFILT_READ : EVFILT_WRITE,
	    events & event ? EV_ADD : EV_DELETE, 0, 0, 0);
	ready_refuse("kevent");
	return kevent(k->fd, &change, 1, NULL, 0, NULL);
}

static int change(struct kqueues *k, int fd, unsigned was, unsigned events)
{
	if (change_one(k, fd, was, events, READY_IN) < 0)
		return -1;
	return change_one(k, fd, was, events, READY_OUT);
}

static int kqueues_set(void *state, int fd, unsigned was, unsigned events)
{
	if (change(state, fd, was, events) == 0)
		return 0;
	const int error = errno;
	/* Half of it may have been done. */
	change(state, fd, events, was);
	errno = error;
	return events ? -1 : 0;
}

/* The kernel takes off what is closed: kqueue(2). */
static void kqueues_forget(void *state, int fd)
{
	(void)state;
	(void)fd;
}

static int kqueues_wait(void *state, int wait_ms)
{
	struct kqueues *k = state;
	const struct timespec wait = {
	    .tv_sec = wait_ms / 1000, .tv_nsec = (long)(wait_ms % 1000) * 1000000};
	const int n = kevent(k->fd, NULL, 0, k->events, BATCH, wait_ms < 0 ? NULL : &wait);

	call_tell_traffic(n, "kevent(%d, %d)", k->fd, wait_ms);
	k->at = 0;
	k->count = n > 0 ? n : 0;
	return n;
}

static bool kqueues_next(void *state, int *fd, unsigned *events)
{
	struct kqueues *k = state;

	if (k->at == k->count)
		return false;
	const struct kevent *event = &k->events[k->at++];
	*fd = (int)event->ident;
	/* EV_EOF comes with the filter that sees it: that one is to be tried. */
	*events = event->filter == EVFILT_READ ? READY_IN : READY_OUT;
	return true;
}

const struct ready_mechanism ready_kqueue = {
    .name = "kqueue",
    .open = kqueues_open,
    .close = kqueues_close,
    .set = kqueues_set,
    .forget = kqueues_forget,
    .wait = kqueues_wait,
    .next = kqueues_next,
};
