/* epoll(7), Linux: what is idle costs nothing. Level-triggered, as poll is. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tcp/call.h"
#include "tcp/ready_kind.h"

enum { BATCH = 256 };

struct epolls {
	int fd;
	int at, count; /* events[at..count) are still to be told */
	struct epoll_event events[BATCH];
};

static void *epolls_open(void)
{
	struct epolls *e = calloc(1, sizeof *e);

	if (!e)
		return NULL;
	e->fd = epoll_create1(EPOLL_CLOEXEC);
	if (e->fd >= 0)
		return e;
	const int error = errno;
	ready_refuse("epoll_create1");
	free(e);
	errno = error;
	return NULL;
}

static void epolls_close(void *state)
{
	struct epolls *e = state;

	close(e->fd);
	free(e);
}

static int epolls_set(void *state, int fd, unsigned was, unsigned events)
{
	struct epolls *e = state;
	struct epoll_event event = {.data.fd = fd,
	    .events = (events & READY_IN ? (uint32_t)EPOLLIN : 0) |
		      (events & READY_OUT ? (uint32_t)EPOLLOUT : 0)};

	if (events) {
		ready_refuse("epoll_ctl");
		return epoll_ctl(e->fd, was ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
	}
	/* What was put in comes out: epoll_ctl(2) knows no other error for it. */
	epoll_ctl(e->fd, EPOLL_CTL_DEL, fd, &event);
	return 0;
}

/* The kernel takes off what is closed (epoll(7), "Questions and answers"). */
static void epolls_forget(void *state, int fd)
{
	(void)state;
	(void)fd;
}

static int epolls_wait(void *state, int wait_ms)
{
	struct epolls *e = state;
	const int n = epoll_wait(e->fd, e->events, BATCH, wait_ms);

	call_tell_traffic(n, "epoll_wait(%d, %d)", e->fd, wait_ms);
	e->at = 0;
	e->count = n > 0 ? n : 0;
	return n;
}

static bool epolls_next(void *state, int *fd, unsigned *events)
{
	struct epolls *e = state;

	if (e->at == e->count)
		return false;
	const struct epoll_event *event = &e->events[e->at++];
	*fd = event->data.fd;
	*events = (event->events & EPOLLIN ? (unsigned)READY_IN : 0) |
		  (event->events & EPOLLOUT ? (unsigned)READY_OUT : 0) |
		  (event->events & (EPOLLERR | EPOLLHUP) ? (unsigned)READY_BAD : 0);
	return true;
}

const struct ready_mechanism ready_epoll = {
    .name = "epoll",
    .open = epolls_open,
    .close = epolls_close,
    .set = epolls_set,
    .forget = epolls_forget,
    .wait = epolls_wait,
    .next = epolls_next,
};
