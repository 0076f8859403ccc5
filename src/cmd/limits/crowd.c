#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/limits/crowd_listen.h"
#include "tcp/call.h"
#include "tcp/port.h"
#include "tcp/sock.h"

enum {
	PATIENCE_MS = 10000, /* without progress: a connection, an echo */
	NEWS = 64,           /* connections after which the tally is brought up to date */
};

/* Both sharing options, and a close that resets: accepted sockets inherit it on Linux. */
static const struct setting source_settings[] = {
    {.option = OPTION_REUSEADDR, .value = 1},
    {.option = OPTION_REUSEPORT, .value = 1},
    {.option = OPTION_LINGER, .value = 0},
};

enum { SOURCE_SETTINGS = sizeof source_settings / sizeof *source_settings };

struct connection {
	int near, far; /* at the source; accepted */
};

struct crowd {
	const struct crowd_plan *plan;
	unsigned open;
	int listener;    /* of all addresses; by_port: -1 */
	unsigned port;   /* its own; by_port: 0 */
	uint16_t *ports; /* by_port: of each destination; else NULL */
	struct connection connections[];
};

struct heartbeat {
	uint32_t port, number; /* of the destination: no two connections have the same */
};

/* Writes a fault into the tally, if it is the first. `peer` may be NULL. Returns -1. */
static int crowd_fail(
    const struct crowd_plan *plan, const struct fault *fault, const union addr *peer)
{
	struct crowd_tally *tally = plan->tally;

	if (atomic_load(&tally->failed))
		return -1;
	tally->fault = *fault;
	if (peer)
		tally->peer = *peer;
	atomic_store(&tally->failed, true);
	return -1;
}

static int crowd_fail_errno(
    const struct crowd_plan *plan, enum tcp_call at, int error, const union addr *peer)
{
	struct fault fault;

	errno = error;
	fault_set(&fault, at);
	return crowd_fail(plan, &fault, peer);
}

static bool stop_is_asked(const struct crowd_plan *plan)
{
	struct pollfd fd = {.fd = plan->stop, .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}

/* ---- opening ---- */

struct crowd *crowd_new(const struct crowd_plan *plan)
{
	struct crowd *crowd = malloc(sizeof *crowd + plan->room * sizeof *crowd->connections);
	struct fault fault;

	if (crowd)
		*crowd = (struct crowd){.plan = plan, .listener = -1};
	if (crowd && plan->by_port)
		crowd->ports = calloc(plan->room, sizeof *crowd->ports);
	if (!crowd || (plan->by_port && !crowd->ports)) {
		free(crowd);
		crowd_fail_errno(plan, CALL_SOCKET, ENOMEM, NULL);
		return NULL;
	}
	if (plan->by_port)
		return crowd;
	crowd->listener = crowd_listen_any(plan, &crowd->port, &fault);
	if (crowd->listener >= 0)
		return crowd;
	crowd_fail(plan, &fault, NULL);
	free(crowd);
	return NULL;
}

static unsigned crowd_port(const struct crowd *crowd, unsigned number)
{
	return crowd->ports ? crowd->ports[number] : crowd->port;
}

static union addr destination(const struct crowd *crowd, unsigned number)
{
	union addr peer = crowd->plan->source;

	if (!crowd->ports)
		peer.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number);
	addr_set_port(&peer, crowd_port(crowd, number));
	return peer;
}

/* Waits until `fd` is ready for `events`. Returns 0; or -1 with errno: ECANCELED for stop, and that of
 * `near` (-1: none) where that has failed meanwhile. */
static int await_ready(const struct crowd_plan *plan, int fd, short events, int near)
{
	struct pollfd fds[3] = {
	    {.fd = plan->stop, .events = POLLIN}, {.fd = fd, .events = events}, {.fd = near}};
	int error = 0;
	socklen_t len = sizeof error;
	const int n = call_poll(fds, 3, PATIENCE_MS);

	if (n < 0)
		return errno == EINTR ? 0 : -1;
	if (n > 0 && !fds[0].revents && fds[1].revents)
		return 0;
	if (n == 0)
		error = ETIMEDOUT;
	else if (fds[0].revents)
		error = ECANCELED;
	else if (getsockopt(near, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error == 0)
		error = ECONNRESET;
	errno = error;
	return -1;
}

/* Accepts the other end of `near`; others who come are reset. Returns it; or -1, for stop or with the
 * tally filled. */
static int accept_far(const struct crowd *crowd, int listener, int near, const union addr *peer)
{
	const struct crowd_plan *plan = crowd->plan;
	bool aborted = false;
	union addr from;

	for (;;) {
		const int fd = call_accept(listener, &from);
		if (fd >= 0) {
			const union addr at = sock_local(fd);
			if (addr_same(&from, &plan->source) && addr_same(&at, peer))
				return fd;
			sock_reset(fd);
		} else if (errno == ECONNABORTED) {
			aborted = true; /* perhaps ours: then `near` tells */
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (await_ready(plan, listener, POLLIN, near) == 0)
				continue;
			if (errno == ECANCELED)
				return -1;
			const int error = errno;
			if (aborted)
				return crowd_fail_errno(plan, CALL_ACCEPT, ECONNABORTED, peer);
			call_connected(near, peer, error);
			return crowd_fail_errno(plan, CALL_CONNECT, error, peer);
		} else if (errno != EINTR) {
			return crowd_fail_errno(plan, CALL_ACCEPT, errno, peer);
		}
	}
}

/* Connects number `number` and accepts its other end. Returns 0; or -1 as accept_far. */
static int open_both(struct crowd *crowd, unsigned number, int listener)
{
	const struct plan plan = {.local = crowd->plan->source,
	    .peer = destination(crowd, number),
	    .settings = source_settings,
	    .setting_count = SOURCE_SETTINGS,
	    .backlog = SOCK_NO_LISTEN};
	struct connection *connection = &crowd->connections[number];
	struct fault fault;

	connection->near = sock_open(&plan, &fault);
	if (connection->near < 0)
		return crowd_fail(crowd->plan, &fault, &plan.peer);
	connection->far = accept_far(crowd, listener, connection->near, &plan.peer);
	if (connection->far >= 0) {
		call_connected(connection->near, &plan.peer, 0);
		return 0;
	}
	call_close(connection->near);
	return -1;
}

static int open_next(struct crowd *crowd)
{
	struct fault fault;
	unsigned port;

	if (!crowd->ports)
		return open_both(crowd, crowd->open, crowd->listener);
	const int listener = crowd_listen_next(crowd->plan, &port, &fault);
	if (listener < 0)
		return crowd_fail(crowd->plan, &fault, NULL);
	crowd->ports[crowd->open] = (uint16_t)port;
	const int result = open_both(crowd, crowd->open, listener);
	call_close(listener);
	return result;
}

int crowd_open(struct crowd *crowd, unsigned upto)
{
	const struct crowd_plan *plan = crowd->plan;
	int result = 0;

	if (upto > plan->room)
		upto = plan->room;
	while (result == 0 && crowd->open < upto && !atomic_load(&plan->board->halt) &&
	       !atomic_load(&plan->tally->failed)) {
		result = open_next(crowd);
		if (result == 0)
			crowd->open++;
		if (crowd->open % NEWS != 0)
			continue;
		atomic_store(&plan->tally->opened, crowd->open);
		if (stop_is_asked(plan))
			return -1;
	}
	atomic_store(&plan->tally->opened, crowd->open);
	return result < 0 && !atomic_load(&plan->tally->failed) ? -1 : 0;
}

/* ---- heartbeats ---- */

/* Whether a call that moved no bytes may be made again, after waiting where it would block. */
static bool may_go_on(const struct crowd_plan *plan, int fd, short events)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return await_ready(plan, fd, events, -1) == 0;
	return errno == EINTR;
}

/* One heartbeat from `from` to `to`. Returns 0, or -1 with the call that failed and errno. */
static int carry(
    const struct crowd_plan *plan, int from, int to, struct heartbeat *beat, enum tcp_call *at)
{
	char *const bytes = (char *)beat;
	size_t sent = 0, got = 0;

	*at = CALL_SEND;
	while (sent < sizeof *beat) {
		const ssize_t n = call_send(from, bytes + sent, sizeof *beat - sent);
		if (n >= 0)
			sent += (size_t)n;
		else if (!may_go_on(plan, from, POLLOUT))
			return -1;
	}
	*at = CALL_RECV;
	while (got < sizeof *beat) {
		const ssize_t n = call_recv(to, bytes + got, sizeof *beat - got);
		if (n == 0)
			errno = ECONNRESET;
		if (n > 0)
			got += (size_t)n;
		else if (n == 0 || !may_go_on(plan, to, POLLIN))
			return -1;
	}
	return 0;
}

static int beat_over(const struct crowd *crowd, unsigned number)
{
	const struct connection *connection = &crowd->connections[number];
	const struct heartbeat sent = {.port = crowd_port(crowd, number), .number = number};
	struct heartbeat beat = sent;
	enum tcp_call at;

	if (carry(crowd->plan, connection->near, connection->far, &beat, &at) == 0 &&
	    carry(crowd->plan, connection->far, connection->near, &beat, &at) == 0) {
		if (memcmp(&sent, &beat, sizeof sent) == 0)
			return 0;
		at = CALL_NONE;
	}
	const union addr peer = destination(crowd, number);
	return at != CALL_NONE && errno == ECANCELED
		   ? -1
		   : crowd_fail_errno(crowd->plan, at, at == CALL_NONE ? 0 : errno, &peer);
}

int crowd_beat(struct crowd *crowd)
{
	struct crowd_tally *tally = crowd->plan->tally;

	for (unsigned i = 0; i < crowd->open; i++) {
		if (beat_over(crowd, i) < 0 || (i % NEWS == 0 && stop_is_asked(crowd->plan)))
			return -1;
		atomic_fetch_add(&tally->echoed, 1);
	}
	return 0;
}

/* ---- the end ---- */

void crowd_close(struct crowd *crowd)
{
	for (unsigned i = crowd->open; i-- > 0;) {
		call_close(crowd->connections[i].near);
		call_close(crowd->connections[i].far);
		if (i % NEWS == 0)
			atomic_store(&crowd->plan->tally->closed, crowd->open - i);
	}
	if (crowd->listener >= 0)
		call_close(crowd->listener);
	free(crowd->ports);
	free(crowd);
}

int crowd_hold(const union addr *source, struct fault *fault)
{
	struct plan plan = {.local = *source,
	    .settings = source_settings,
	    .setting_count = SOURCE_SETTINGS,
	    .backlog = SOCK_NO_LISTEN};
	struct port other;
	int fd = sock_open(&plan, fault);

	/* As crowd_listen_any has it. */
	if (fd < 0 && addr_port(source) == 0 && fault->at == CALL_BIND &&
	    fault->error == EADDRINUSE && port_take(&other) == 0) {
		addr_set_port(&plan.local, other.number);
		fd = sock_open(&plan, fault);
		port_give_back(&other);
	}
	return fd;
}
