#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/sock.h"

/* Takes `fd` through the plan; stops at the first no. */
static int walk(int fd, const struct plan *plan, struct fault *fault)
{
	if (sock_blocking(fd, false) < 0)
		return fault_set(fault, CALL_SOCKET);
	for (size_t i = 0; i < plan->setting_count; i++)
		if (option_set(fd, &plan->settings[i], fault) < 0)
			return -1;
	if (plan->local.any.sa_family != AF_UNSPEC && call_bind(fd, &plan->local) < 0)
		return fault_set(fault, CALL_BIND);
	if (plan->backlog != SOCK_NO_LISTEN && call_listen(fd, plan->backlog) < 0)
		return fault_set(fault, CALL_LISTEN);
	/* A connect that a signal interrupts goes on by itself, like one that would block:
	 * connect(2), POSIX. */
	if (plan->peer.any.sa_family != AF_UNSPEC && call_connect(fd, &plan->peer) < 0 &&
	    errno != EINPROGRESS && errno != EINTR)
		return fault_set(fault, CALL_CONNECT);
	return 0;
}

int sock_open(const struct plan *plan, struct fault *fault)
{
	const int family = plan->local.any.sa_family != AF_UNSPEC ? plan->local.any.sa_family
								  : plan->peer.any.sa_family;
	const int fd = plan->udp ? call_socket_udp(family) : call_socket(family);

	if (fd < 0)
		return fault_set(fault, CALL_SOCKET);
	if (walk(fd, plan, fault) == 0)
		return fd;
	call_close(fd);
	return -1;
}

/* Waits for the connect; returns the errno it ended with. */
static int settle(int fd, int64_t wait_us, int stop)
{
	struct pollfd fds[2] = {{.fd = fd, .events = POLLOUT}, {.fd = stop, .events = POLLIN}};
	const int64_t until = wait_us < 0 ? -1 : clock_us() + wait_us;
	int error = 0;
	socklen_t len = sizeof error;

	for (;;) {
		const int wait_ms = until < 0 ? -1 : clock_poll_ms(until - clock_us());
		const int n = call_poll(fds, 2, wait_ms);
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0 && fds[0].revents)
			return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? errno
										      : error;
		if (n > 0)
			return ECANCELED;
		if (n == 0 && until >= 0 && clock_us() >= until)
			return ETIMEDOUT;
	}
}

int sock_settle(int fd, const union addr *peer, int64_t wait_us, int stop, struct fault *fault)
{
	const int error = settle(fd, wait_us, stop);

	call_connected(fd, peer, error);
	if (error == 0)
		return 0;
	errno = error;
	return fault_set(fault, CALL_CONNECT);
}

union addr sock_local(int fd)
{
	union addr addr = {0};
	socklen_t len = sizeof addr;

	if (getsockname(fd, &addr.any, &len) < 0)
		addr.any.sa_family = AF_UNSPEC;
	return addr;
}

union addr sock_peer(int fd)
{
	union addr addr = {0};
	socklen_t len = sizeof addr;

	if (getpeername(fd, &addr.any, &len) < 0)
		addr.any.sa_family = AF_UNSPEC;
	return addr;
}

void sock_reset(int fd)
{
	const struct setting now = {.option = OPTION_LINGER, .value = 0};
	struct fault ignored; /* then it closes as usual */

	option_set(fd, &now, &ignored);
	call_close(fd);
}

int sock_blocking(int fd, bool blocking)
{
	const int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	return fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}
