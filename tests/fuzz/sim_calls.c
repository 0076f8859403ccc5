/* The calls of the server, by way of --wrap. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "config.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sim_calls.h"

#define WRAP(type, name, parameters)                                                               \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters

WRAP(int, accept, (int fd, struct sockaddr *addr, socklen_t *len));
WRAP(int, accept4, (int fd, struct sockaddr *addr, socklen_t *len, int flags));
WRAP(ssize_t, recv, (int fd, void *bytes, size_t len, int flags));
WRAP(ssize_t, send, (int fd, const void *bytes, size_t len, int flags));
WRAP(int, close, (int fd));
WRAP(int, shutdown, (int fd, int how));
WRAP(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len));
WRAP(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *len));
WRAP(int, ioctl, (int fd, unsigned long what, ...));
WRAP(int, fcntl, (int fd, int what, ...));
WRAP(int, poll, (struct pollfd * fds, nfds_t count, int wait_ms));
WRAP(int, clock_gettime, (clockid_t clock, struct timespec *now));
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
void *__wrap_malloc(size_t size);
WRAP(void *, calloc, (size_t count, size_t size));
WRAP(void *, realloc, (void *old, size_t size));
WRAP(void, free, (void *at));

int __wrap_accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	if (!sim.on)
		return __real_accept(fd, addr, len);
	memset(addr, 0, *len);
	return sim_accept();
}

int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	return sim.on ? __wrap_accept(fd, addr, len) : __real_accept4(fd, addr, len, flags);
}

ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags)
{
	return sim.on ? sim_recv(fd, bytes, len) : __real_recv(fd, bytes, len, flags);
}

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	return sim.on ? sim_send(fd, bytes, len) : __real_send(fd, bytes, len, flags);
}

int __wrap_close(int fd)
{
	if (!sim.on)
		return __real_close(fd);
	sim_close(fd);
	errno = EINTR;
	return sim_draw() == 1 ? -1 : 0;
}

int __wrap_shutdown(int fd, int how)
{
	if (!sim.on)
		return __real_shutdown(fd, how);
	sim_peer(fd)->shut = true;
	errno = ENOTCONN;
	return sim_peer(fd)->gone ? -1 : 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (!sim.on)
		return __real_setsockopt(fd, level, name, value, len);
	if (level == SOL_SOCKET && name == SO_LINGER) {
		sim_peer(fd)->resets = true;
		return 0;
	}
	errno = ENOBUFS;
	return sim_draw() == 1 ? -1 : 0;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (!sim.on)
		return __real_getsockopt(fd, level, name, value, len);
	memset(value, (int)(sim_draw() & 1), *len);
	return 0;
}

/* Of what is still unacknowledged alone. */
int __wrap_ioctl(int fd, unsigned long what, ...)
{
	va_list rest;

	va_start(rest, what);
	int *value = va_arg(rest, int *);
	va_end(rest);
	if (!sim.on)
		return __real_ioctl(fd, what, value);
	*value = what == FIONREAD ? sim_unread(fd) : (int)(sim_draw() & 3);
	return 0;
}

int __wrap_fcntl(int fd, int what, ...)
{
	va_list rest;

	va_start(rest, what);
	const long value = va_arg(rest, long);
	va_end(rest);
	return sim.on ? 0 : __real_fcntl(fd, what, value);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms)
{
	int ready = 0;

	if (!sim.on)
		return __real_poll(fds, count, wait_ms);
	errno = EINTR;
	if (sim_draw() == 1)
		return -1;
	for (nfds_t i = 0; i < count; i++) {
		const unsigned is =
		    sim_ready(fds[i].fd, (fds[i].events & POLLIN ? SIM_IN : 0u) |
					     (fds[i].events & POLLOUT ? SIM_OUT : 0u));
		fds[i].revents = (short)((is & SIM_IN ? POLLIN : 0) | (is & SIM_OUT ? POLLOUT : 0) |
					 (is & SIM_BAD ? POLLERR : 0));
		ready += is != 0;
	}
	if (ready == 0)
		sim_pass(wait_ms);
	return ready;
}

#if HAVE_EPOLL
#include <sys/epoll.h>

WRAP(int, epoll_create1, (int flags));
WRAP(int, epoll_ctl, (int at, int what, int fd, struct epoll_event *event));
WRAP(int, epoll_wait, (int at, struct epoll_event *events, int most, int wait_ms));

int __wrap_epoll_create1(int flags)
{
	if (!sim.on)
		return __real_epoll_create1(flags);
	errno = EMFILE;
	if (sim_draw() == 1)
		return -1;
	HOLD(!sim.epoll_open, "a second epoll");
	sim.epoll_open = true;
	memset(sim.watched, 0, sizeof sim.watched);
	return SIM_EPOLL;
}

int __wrap_epoll_ctl(int at, int what, int fd, struct epoll_event *event)
{
	if (!sim.on)
		return __real_epoll_ctl(at, what, fd, event);
	unsigned *watched = &sim.watched[fd - SIM_LISTENER];
	HOLD(sim.epoll_open && (what == EPOLL_CTL_ADD) == (*watched == 0), "epoll_ctl(%d, %d)",
	    what, fd);
	errno = ENOMEM;
	if (what != EPOLL_CTL_DEL && sim_draw() == 1)
		return -1;
	*watched = what == EPOLL_CTL_DEL ? 0
					 : (event->events & EPOLLIN ? SIM_IN : 0u) |
					       (event->events & EPOLLOUT ? SIM_OUT : 0u);
	return 0;
}

int __wrap_epoll_wait(int at, struct epoll_event *events, int most, int wait_ms)
{
	int ready = 0;

	if (!sim.on)
		return __real_epoll_wait(at, events, most, wait_ms);
	errno = EINTR;
	if (sim_draw() == 1)
		return -1;
	for (int i = 0; i < SIM_PEERS + 2 && ready < most; i++) {
		const int fd = SIM_LISTENER + i;
		const unsigned is = sim.watched[i] ? sim_ready(fd, sim.watched[i]) : 0;
		if (!is)
			continue;
		events[ready++] = (struct epoll_event){.data.fd = fd,
		    .events = (is & SIM_IN ? (uint32_t)EPOLLIN : 0) |
			      (is & SIM_OUT ? (uint32_t)EPOLLOUT : 0) |
			      (is & SIM_BAD ? (uint32_t)EPOLLERR : 0)};
	}
	if (ready == 0)
		sim_pass(wait_ms);
	return ready;
}
#endif

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!sim.on)
		return __real_clock_gettime(clock, now);
	sim.now_us++;
	*now = (struct timespec){.tv_sec = (time_t)(sim.now_us / 1000000),
	    .tv_nsec = (long)(sim.now_us % 1000000) * 1000};
	return 0;
}

void *__wrap_malloc(size_t size)
{
	return __wrap_realloc(NULL, size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	void *at = sim_allocation_fails() ? NULL : __real_calloc(count, size);

	if (sim.on && at)
		sim_hold(NULL, at, count * size);
	return at;
}

void *__wrap_realloc(void *old, size_t size)
{
	void *at = sim_allocation_fails() ? NULL : __real_realloc(old, size);

	if (sim.on && at)
		sim_hold(old, at, size);
	return at;
}

void __wrap_free(void *at)
{
	if (sim.on)
		sim_give_back(at);
	__real_free(at);
}
