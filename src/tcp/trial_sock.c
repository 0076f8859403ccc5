#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/sock.h"
#include "tcp/trial_sock.h"

enum {
	SETTLE_US = 100000,
	LOOK_MS = 1,
	LINGER_S = 1,
};

void trial_connected(struct trial *trial, struct trial_sock *sock)
{
	sock->end = end_of(sock->fd);
	sock->connected = sock->end.peer.any.sa_family != AF_UNSPEC;
	if (sock->connected)
		ends_add(&trial->connected, &sock->end);
}

void trial_disconnected(struct trial *trial, struct trial_sock *sock)
{
	if (sock->connected)
		ends_remove(&trial->connected, &sock->end);
	sock->connected = sock->shut = false;
}

/* Waits until the other end has heard of it, if it is in this trial: what a step has done is to be
 * there for the next one. */
static void trial_settle(struct trial *trial, const struct trial_sock *sock)
{
	const int64_t until = clock_us() + SETTLE_US;
	const struct trial_sock *other =
	    (struct trial_sock *)ends_opposite(&trial->connected, &sock->end);

	if (!other || other == sock)
		return;
	struct pollfd fds[2] = {
	    {.fd = other->fd, .events = POLLIN}, {.fd = trial->plan.stop, .events = POLLIN}};
	while (poll(fds, 2, clock_poll_ms(until - clock_us())) < 0 && errno == EINTR)
		continue;
	if (other->fd >= 0)
		option_acknowledge(other->fd);
}

/* Waits until the other end has acknowledged the FIN: before, the socket counts as a connection of its user,
 * then as a TIME_WAIT (Linux). One that nobody has accepted yet takes 40 ms for it. */
static void await_acknowledged(struct trial *trial, const struct trial_sock *sock)
{
	const int64_t until = clock_us() + SETTLE_US;
	struct pollfd stop = {.fd = trial->plan.stop, .events = POLLIN};

	trial_settle(trial, sock);
	while (option_unacknowledged(sock->fd) > 0 && clock_us() < until)
		if (poll(&stop, 1, LOOK_MS) > 0)
			return;
}

/* After its descriptor is closed. */
static void forget(struct trial *trial, struct trial_sock *sock)
{
	sock->fd = NOT_OPEN;
	if (sock->connected)
		trial_settle(trial, sock);
	trial_disconnected(trial, sock);
}

/* Before the FIN of a socket that is connected to itself. Its TIME_WAIT has no other end that could
 * end it; a connection in its place can (timewait_end), if it may bind there. So where it has neither
 * option it gets SO_REUSEPORT, which a newcomer without it never notices; one with it is let in where
 * it would have been refused. */
static void open_to_successor(const struct trial_sock *sock)
{
	const struct setting reuseport = {.option = OPTION_REUSEPORT, .value = 1};
	struct fault ignored; /* then the TIME_WAIT stays its minute */

	if (sock->connected && end_is_self(&sock->end) && !option_get(sock->fd, OPTION_REUSEADDR) &&
	    !option_get(sock->fd, OPTION_REUSEPORT))
		option_set(sock->fd, &reuseport, &ignored);
}

int trial_close(struct trial *trial, struct trial_sock *sock)
{
	const struct setting linger = {.option = OPTION_LINGER, .value = LINGER_S};
	struct fault ignored;

	open_to_successor(sock);
	if (sock->connected) {
		/* The second of two ends waits until its FIN is acknowledged: only then the first
		 * is in TIME_WAIT, which the next step may be about. */
		if (timewaits_opposite(&trial->closed, &sock->end))
			option_set(sock->fd, &linger, &ignored);
		else if (!sock->shut && shutdown(sock->fd, SHUT_WR) == 0)
			await_acknowledged(trial, sock);
		timewaits_note(&trial->closed, &sock->end);
	}
	const int result = call_close(sock->fd);
	const int error = errno;
	forget(trial, sock);
	errno = error;
	return result;
}

void trial_reset(struct trial *trial, struct trial_sock *sock)
{
	if (sock->shut) /* it may be in TIME_WAIT already, which no reset ends */
		timewaits_note(&trial->closed, &sock->end);
	sock_reset(sock->fd);
	forget(trial, sock);
}

int trial_shutdown(struct trial *trial, struct trial_sock *sock, int how)
{
	if (how != SHUT_RD)
		open_to_successor(sock);
	if (call_shutdown(sock->fd, how) < 0)
		return -1;
	if (sock->connected && how != SHUT_RD) {
		sock->shut = true;
		await_acknowledged(trial, sock);
	}
	return 0;
}

int trial_connect(
    struct trial *trial, struct trial_sock *sock, const union addr *addr, struct fault *fault)
{
	if (call_connect(sock->fd, addr) < 0) {
		if (errno != EINPROGRESS && errno != EINTR)
			return -1;
		const int settled =
		    sock_settle(sock->fd, addr, trial->plan.connect_us, trial->plan.stop, fault);
#if CONNECT_TELLS_TWICE
		/* Hear it now, so that the socket is as after a blocking connect. */
		if (settled == 0 || (fault->error != ETIMEDOUT && fault->error != ECANCELED))
			(void)connect(sock->fd, &addr->any, addr_len(addr));
#endif
		if (settled < 0) {
			errno = fault->error;
			return -1;
		}
	}
	trial_connected(trial, sock);
	return 0;
}

/* The loopback keeps the order. The datagram is sent by a port's lock to itself. */
void trial_await_arrival(struct trial *trial)
{
	enum { ARRIVAL_MS = 100 };
	char byte = 0;

	for (int i = 0; i < TRIAL_PORTS && !trial->arrivals_lost; i++) {
		const struct port *port = &trial->ports[i];
		const union addr here = addr_loopback(AF_INET, port->number);
		if (port->number == 0 || port->lock < 0)
			continue;
		if (sendto(port->lock, &byte, 1, MSG_DONTWAIT, &here.any, addr_len(&here)) < 0)
			return;
		struct pollfd fds[2] = {{.fd = port->lock, .events = POLLIN},
		    {.fd = trial->plan.stop, .events = POLLIN}};
		trial->arrivals_lost = poll(fds, 2, ARRIVAL_MS) == 0;
		(void)recv(port->lock, &byte, 1, MSG_DONTWAIT);
		return;
	}
}
