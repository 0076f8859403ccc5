#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "tcp/call.h"
#include "tcp/errname.h"

#if HAVE_MSG_NOSIGNAL
enum { SEND_FLAGS = MSG_NOSIGNAL };
#else
enum { SEND_FLAGS = 0 }; /* SIGPIPE is ignored anyway */
#endif

call_hear *call_trace;
call_hear *call_trace_traffic;

enum { LINE = 320 };

__attribute__((format(printf, 3, 0))) static void tell(
    call_hear *hear, long result, const char *format, va_list args)
{
	const int error = errno;
	char line[LINE];

	int n = vsnprintf(line, sizeof line, format, args);
	if (n >= LINE - 32)
		n = LINE - 32;
	if (result < 0)
		snprintf(line + n, sizeof line - (size_t)n, " = -1 %s", errname(error));
	else
		snprintf(line + n, sizeof line - (size_t)n, " = %ld", result);
	hear(line);
	errno = error;
}

void call_tell(long result, const char *format, ...)
{
	va_list args;

	if (!call_trace)
		return;
	va_start(args, format);
	tell(call_trace, result, format, args);
	va_end(args);
}

void call_tell_traffic(long result, const char *format, ...)
{
	va_list args;

	if (!call_trace_traffic)
		return;
	va_start(args, format);
	tell(call_trace_traffic, result, format, args);
	va_end(args);
}

int call_socket_untold(int family, int type)
{
#if HAVE_SOCK_CLOEXEC
	const int fd = socket(family, type | SOCK_CLOEXEC, 0);
#else
	const int fd = socket(family, type, 0);
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
	return fd;
}

static int open_socket(int family, int type)
{
	const int fd = call_socket_untold(family, type);

	call_tell(fd, "socket(%s, %s, 0)", family == AF_INET6 ? "AF_INET6" : "AF_INET",
	    type == SOCK_STREAM ? "SOCK_STREAM" : "SOCK_DGRAM");
	return fd;
}

int call_socket(int family)
{
	return open_socket(family, SOCK_STREAM);
}

int call_socket_udp(int family)
{
	return open_socket(family, SOCK_DGRAM);
}

int call_option(int fd, int level, int name, const void *value, socklen_t len, const char *shown)
{
	const int result = setsockopt(fd, level, name, value, len);

	call_tell(result, "setsockopt(%d, %s)", fd, shown);
	return result;
}

int call_bind(int fd, const union addr *addr)
{
	char text[ADDR_TEXT];
	const int result = bind(fd, &addr->any, addr_len(addr));

	if (call_trace)
		call_tell(result, "bind(%d, %s)", fd, addr_print(addr, text));
	return result;
}

int call_listen(int fd, int backlog)
{
	const int result = listen(fd, backlog);

	call_tell(result, "listen(%d, %d)", fd, backlog);
	return result;
}

int call_connect(int fd, const union addr *addr)
{
	const int result = connect(fd, &addr->any, addr_len(addr));

	if (result == 0 || errno != EINPROGRESS)
		call_connected(fd, addr, result == 0 ? 0 : errno);
	return result;
}

void call_connected(int fd, const union addr *addr, int error)
{
	char text[ADDR_TEXT];

	errno = error;
	if (call_trace)
		call_tell(error ? -1 : 0, "connect(%d, %s)", fd, addr_print(addr, text));
}

int call_accept(int fd, union addr *peer)
{
	union addr from = {0};
	socklen_t len = sizeof from;
	char text[ADDR_TEXT];

#if HAVE_ACCEPT4
	const int taken = accept4(fd, &from.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
	const int taken = accept(fd, &from.any, &len);
	if (taken >= 0) {
		fcntl(taken, F_SETFD, FD_CLOEXEC);
		fcntl(taken, F_SETFL, O_NONBLOCK);
	}
#endif
	if (peer && taken >= 0)
		*peer = from;
	if (taken >= 0 && call_trace)
		call_tell(taken, "accept(%d, %s)", fd, addr_print(&from, text));
	else if (taken < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		call_tell_traffic(taken, "accept(%d)", fd); /* a look whether there are more */
	else if (taken < 0)
		call_tell(taken, "accept(%d)", fd);
	return taken;
}

int call_disconnect(int fd)
{
	const union addr nobody = {.any.sa_family = AF_UNSPEC};
	const int result = connect(fd, &nobody.any, sizeof nobody.any);

	call_tell(result, "connect(%d, AF_UNSPEC)", fd);
	return result;
}

int call_seteuid(uid_t uid)
{
	const int result = seteuid(uid);

	call_tell(result, "seteuid(%lu)", (unsigned long)uid);
	return result;
}

int call_shutdown(int fd, int how)
{
	const int result = shutdown(fd, how);

	call_tell(result, "shutdown(%d, %s)", fd,
	    how == SHUT_RD   ? "SHUT_RD"
	    : how == SHUT_WR ? "SHUT_WR"
			     : "SHUT_RDWR");
	return result;
}

int call_close(int fd)
{
	/* Not again after EINTR: Linux has closed the descriptor already (close(2)). */
	const int result = close(fd);

	call_tell(result, "close(%d)", fd);
	return result;
}

ssize_t call_send(int fd, const void *bytes, size_t len)
{
	const ssize_t n = send(fd, bytes, len, SEND_FLAGS);

	if (call_trace_traffic)
		call_tell_traffic((long)n, "send(%d, %zu bytes)", fd, len);
	return n;
}

ssize_t call_recv(int fd, void *bytes, size_t len)
{
	const ssize_t n = recv(fd, bytes, len, 0);

	if (call_trace_traffic)
		call_tell_traffic((long)n, "recv(%d, %zu bytes)", fd, len);
	return n;
}

int call_poll(struct pollfd *fds, nfds_t n, int wait_ms)
{
	const int ready = poll(fds, n, wait_ms);

	if (call_trace_traffic)
		call_tell_traffic(ready, "poll(%lu descriptors, %d)", (unsigned long)n, wait_ms);
	return ready;
}
