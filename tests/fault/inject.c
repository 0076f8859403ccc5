/* Stands between the program and libc: linked with --wrap, so each call of the program's own comes
 * here, also in a static binary and beside a sanitizer. libc's own calls do not. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/schedule.h"

#define WRAP(type, name, parameters)                                                               \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters

WRAP(int, socket, (int family, int type, int protocol));
WRAP(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len));
WRAP(int, bind, (int fd, const struct sockaddr *addr, socklen_t len));
WRAP(int, listen, (int fd, int backlog));
WRAP(int, connect, (int fd, const struct sockaddr *addr, socklen_t len));
WRAP(int, accept, (int fd, struct sockaddr *addr, socklen_t *len));
WRAP(int, accept4, (int fd, struct sockaddr *addr, socklen_t *len, int flags));
WRAP(ssize_t, send, (int fd, const void *bytes, size_t len, int flags));
WRAP(ssize_t, recv, (int fd, void *bytes, size_t len, int flags));
WRAP(ssize_t, sendto,
    (int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to, socklen_t size));
WRAP(ssize_t, read, (int fd, void *bytes, size_t len));
WRAP(int, open, (const char *path, int flags, ...));
WRAP(int, openat, (int at, const char *path, int flags, ...));
WRAP(int, socketpair, (int family, int type, int protocol, int ends[2]));
WRAP(int, poll, (struct pollfd * fds, nfds_t count, int wait_ms));
WRAP(int, epoll_create1, (int flags));
WRAP(int, epoll_ctl, (int at, int what, int fd, struct epoll_event *event));
WRAP(int, epoll_wait, (int at, struct epoll_event *events, int most, int wait_ms));
WRAP(int, close, (int fd));
WRAP(int, getsockname, (int fd, struct sockaddr *addr, socklen_t *len));
WRAP(int, fcntl, (int fd, int what, ...));
WRAP(int, pipe, (int ends[2]));
WRAP(pid_t, fork, (void));
WRAP(pid_t, waitpid, (pid_t pid, int *status, int options));
WRAP(void *, mmap, (void *at, size_t len, int protection, int flags, int fd, off_t offset));
__attribute__((noreturn)) WRAP(void, _exit, (int status));

/* -1 with that errno where the call is to fail. */
static int refused(enum faulty call)
{
	const int error = schedule_next(call);

	if (!error)
		return 0;
	errno = error;
	return -1;
}

/* Before what libraries do at the end: what counts lines opens files then. */
__attribute__((constructor)) static void begin(void)
{
	if (atexit(schedule_report) != 0)
		abort();
}

#ifdef COVERAGE_H
/* What counts lines is linked in, and would meet the faults as well: from here on there are none. */
WRAP(void, __gcov_dump, (void));

void __wrap___gcov_dump(void)
{
	schedule_report();
	__real___gcov_dump();
}
#endif

void __wrap__exit(int status)
{
	schedule_report();
	__real__exit(status);
}

int __wrap_socket(int family, int type, int protocol)
{
	const int fd = refused(FAULTY_SOCKET) ? -1 : __real_socket(family, type, protocol);

	schedule_opened(fd);
	return fd;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	/* SO_LINGER only copies a number, on every kernel; that a reset is one relies on it. */
	if ((level != SOL_SOCKET || name != SO_LINGER) && refused(FAULTY_OPTION))
		return -1;
	return __real_setsockopt(fd, level, name, value, len);
}

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	return refused(FAULTY_BIND) ? -1 : __real_bind(fd, addr, len);
}

int __wrap_listen(int fd, int backlog)
{
	return refused(FAULTY_LISTEN) ? -1 : __real_listen(fd, backlog);
}

/* One that a signal interrupts goes on: connect(2). Where nothing is waited for, nothing is interrupted. */
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	if (addr->sa_family == AF_UNSPEC)
		return __real_connect(fd, addr, len);
	const int error = schedule_next(FAULTY_CONNECT);
	const int result = error && error != EINTR ? -1 : __real_connect(fd, addr, len);

	if (error == EINTR && result < 0 && errno != EINPROGRESS)
		return -1;
	if (error)
		errno = error;
	return error ? -1 : result;
}

/* One that was aborted is taken off the queue, and its peer hears of it. */
static int taken(int fd, int error)
{
	const struct linger now = {.l_onoff = 1};

	if (fd >= 0 && error == ECONNABORTED) {
		__real_setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
		__real_close(fd);
		errno = error;
		return -1;
	}
	schedule_opened(fd);
	return fd;
}

int __wrap_accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	const int error = schedule_next(FAULTY_ACCEPT);

	errno = error;
	return error && error != ECONNABORTED ? -1 : taken(__real_accept(fd, addr, len), error);
}

int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	const int error = schedule_next(FAULTY_ACCEPT);

	errno = error;
	return error && error != ECONNABORTED ? -1
					      : taken(__real_accept4(fd, addr, len, flags), error);
}

/* What can happen to a call on `fd`. EAGAIN from one that may wait says that its time is over, which it
 * is not. A datagram comes whole, and so does what a file of /proc says: the rest of a short read could
 * not be had (Linux, proc_dointvec). */
static int possible(int fd, int error)
{
	int type;
	socklen_t len = sizeof type;
	struct stat stat;

	if (error == EAGAIN && !(__real_fcntl(fd, F_GETFL, 0L) & O_NONBLOCK))
		return EINTR;
	if (error == SCHEDULE_SHORT && fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode))
		return EINTR;
	if (error == SCHEDULE_SHORT && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type != SOCK_STREAM)
		return EINTR;
	return error;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	const int error = possible(fd, schedule_next(FAULTY_SEND));

	if (error == SCHEDULE_SHORT)
		return __real_send(fd, bytes, schedule_part(FAULTY_SEND, len), flags);
	errno = error;
	return error ? -1 : __real_send(fd, bytes, len, flags);
}

ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags)
{
	const int error = possible(fd, schedule_next(FAULTY_RECV));

	if (error == SCHEDULE_SHORT)
		return __real_recv(fd, bytes, schedule_part(FAULTY_RECV, len), flags);
	errno = error;
	return error ? -1 : __real_recv(fd, bytes, len, flags);
}

ssize_t __wrap_sendto(
    int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to, socklen_t size)
{
	const int error = possible(fd, schedule_next(FAULTY_SEND));

	errno = error;
	return error ? -1 : __real_sendto(fd, bytes, len, flags, to, size);
}

ssize_t __wrap_read(int fd, void *bytes, size_t len)
{
	const int error = possible(fd, schedule_next(FAULTY_READ));

	if (error == SCHEDULE_SHORT)
		return __real_read(fd, bytes, schedule_part(FAULTY_READ, len));
	errno = error;
	return error ? -1 : __real_read(fd, bytes, len);
}

/* The program creates no files: there is no mode behind the flags. */
int __wrap_open(const char *path, int flags, ...)
{
	return refused(FAULTY_OPEN) ? -1 : __real_open(path, flags);
}

int __wrap_openat(int at, const char *path, int flags, ...)
{
	return refused(FAULTY_OPEN) ? -1 : __real_openat(at, path, flags);
}

int __wrap_socketpair(int family, int type, int protocol, int ends[2])
{
	return refused(FAULTY_PIPE) ? -1 : __real_socketpair(family, type, protocol, ends);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms)
{
	return refused(FAULTY_POLL) ? -1 : __real_poll(fds, count, wait_ms);
}

int __wrap_epoll_create1(int flags)
{
	return refused(FAULTY_EPOLL_CREATE) ? -1 : __real_epoll_create1(flags);
}

int __wrap_epoll_ctl(int at, int what, int fd, struct epoll_event *event)
{
	/* Taking off needs no memory: epoll_ctl(2). */
	if (what != EPOLL_CTL_DEL && refused(FAULTY_EPOLL_CTL))
		return -1;
	return __real_epoll_ctl(at, what, fd, event);
}

int __wrap_epoll_wait(int at, struct epoll_event *events, int most, int wait_ms)
{
	return refused(FAULTY_EPOLL_WAIT) ? -1 : __real_epoll_wait(at, events, most, wait_ms);
}

/* Closed it is all the same: close(2). */
int __wrap_close(int fd)
{
	const int result = __real_close(fd);

	schedule_closed(fd);
	return result < 0 ? -1 : refused(FAULTY_CLOSE);
}

int __wrap_getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	return refused(FAULTY_NAME) ? -1 : __real_getsockname(fd, addr, len);
}

int __wrap_fcntl(int fd, int what, ...)
{
	va_list rest;

	va_start(rest, what);
	const long value = va_arg(rest, long); /* what is narrower, or left out, stands in it too */
	va_end(rest);
	if ((what == F_DUPFD || what == F_DUPFD_CLOEXEC) && refused(FAULTY_DUP))
		return -1;
	return __real_fcntl(fd, what, value);
}

int __wrap_pipe(int ends[2])
{
	return refused(FAULTY_PIPE) ? -1 : __real_pipe(ends);
}

pid_t __wrap_fork(void)
{
	static unsigned count;

	count++;
	if (refused(FAULTY_FORK))
		return -1;
	const pid_t pid = __real_fork();
	if (pid == 0)
		schedule_fork(count);
	return pid;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	const pid_t ended = __real_waitpid(pid, status, options);

	if (ended > 0 && status)
		schedule_ended(*status);
	return ended;
}

void *__wrap_mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
	return refused(FAULTY_MAP) ? MAP_FAILED
				   : __real_mmap(at, len, protection, flags, fd, offset);
}
