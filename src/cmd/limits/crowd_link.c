#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "cmd/limits/crowd_link.h"
#include "tcp/call.h"

void crowd_fail(const struct crowd_plan *plan, const struct fault *fault, const union addr *peer)
{
	struct crowd_tally *tally = plan->tally;

	if (atomic_exchange(&tally->claimed, true))
		return;
	tally->fault = *fault;
	if (peer)
		tally->peer = *peer;
	atomic_store(&tally->failed, true);
}

void crowd_fail_errno(const struct crowd_plan *plan, enum tcp_call at, int error)
{
	struct fault fault;

	errno = error;
	fault_set(&fault, at);
	crowd_fail(plan, &fault, NULL);
}

int crowd_await(const struct crowd_plan *plan, int fd, short events, int wait_ms)
{
	struct pollfd fds[2] = {{.fd = plan->stop, .events = POLLIN}, {.fd = fd, .events = events}};
	int n;

	do
		n = call_poll(fds, 2, wait_ms);
	while (n < 0 && errno == EINTR);
	if (n > 0 && !fds[0].revents)
		return 0;
	if (n >= 0)
		errno = n == 0 ? ETIMEDOUT : ECANCELED;
	return -1;
}

/* The link carries little at a time: writing never waits. */
int crowd_tell(const struct crowd_plan *plan, const void *bytes, size_t len)
{
	ssize_t n;

	do
		n = write(plan->link, bytes, len);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len ? 0 : -1;
}

int crowd_hear(const struct crowd_plan *plan, void *bytes, size_t len)
{
	char *into = bytes;

	while (len > 0) {
		if (crowd_await(plan, plan->link, POLLIN, -1) < 0)
			return -1;
		const ssize_t n = read(plan->link, into, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		into += n;
		len -= (size_t)n;
	}
	return 0;
}

int crowd_send(const struct crowd_plan *plan, int fd, const void *bytes, size_t len)
{
	const char *from = bytes;

	while (len > 0) {
		const ssize_t n = call_send(fd, from, len);
		if (n >= 0) {
			from += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (crowd_await(plan, fd, POLLOUT, CROWD_PATIENCE_MS) < 0)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int crowd_recv(const struct crowd_plan *plan, int fd, void *bytes, size_t len)
{
	char *into = bytes;

	while (len > 0) {
		const ssize_t n = call_recv(fd, into, len);
		if (n > 0) {
			into += n;
			len -= (size_t)n;
		} else if (n == 0) {
			errno = ECONNRESET;
			return -1;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (crowd_await(plan, fd, POLLIN, CROWD_PATIENCE_MS) < 0)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}
