/* The listening end of a crowd. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/limits/crowd_link.h"
#include "tcp/call.h"
#include "tcp/sock.h"

enum {
	ABORTED_MS = 1000, /* of an accept after one that was aborted: that one is missing */
	HIGHEST_PORT = 65535,
};

struct server {
	const struct crowd_plan *plan;
	unsigned room;
	int *ends;    /* ends[0..room), by number: the accepted socket, or -1 */
	int listener; /* of the addresses; -1 with by_port */
	int listeners[CROWD_WINDOW];
	unsigned listening; /* by_port: listeners[0..listening) are open */
	bool aborted;       /* a connection, perhaps one of ours, ended before it was accepted */
	bool broken;        /* a connection could not be taken: no others are waited for */
};

static void note_port(struct crowd_board *board, unsigned port)
{
	atomic_fetch_or(&board->ports[port / 8], (unsigned char)(1u << port % 8));
}

static int listen_at(const union addr *local, const char *device, int backlog, struct fault *fault)
{
	struct setting settings[2] = {
	    {.option = OPTION_LINGER, .value = 0}, {.option = OPTION_DEVICE}};
	struct plan plan = {
	    .local = *local, .settings = settings, .setting_count = 1, .backlog = backlog};

	if (*device) {
		strncpy(settings[1].device, device, sizeof settings[1].device - 1);
		plan.setting_count = 2;
		const int fd = sock_open(&plan, fault);
		if (fd >= 0 || fault->at != CALL_OPTION)
			return fd;
		plan.setting_count = 1; /* before Linux 5.7 only root may: socket(7) */
	}
	return sock_open(&plan, fault);
}

/* Listens on `count` ports of the source's address that nobody has; tells them over the link. */
static int prepare(struct server *server, uint32_t count)
{
	const struct crowd_plan *plan = server->plan;
	uint16_t ports[CROWD_WINDOW] = {0};
	struct fault fault;

	while (server->listening < count) {
		const unsigned taken = atomic_fetch_add(&plan->board->ports_taken, 1);
		if (taken > HIGHEST_PORT - CROWD_LOWEST_PORT) {
			crowd_fail_errno(plan, CALL_BIND, EADDRNOTAVAIL);
			break;
		}
		union addr local = plan->source;
		addr_set_port(&local, HIGHEST_PORT - taken);
		const int fd = listen_at(&local, "", 1, &fault);
		if (fd < 0 && fault.at == CALL_BIND &&
		    (fault.error == EADDRINUSE || fault.error == EACCES))
			continue;
		if (fd < 0) {
			crowd_fail(plan, &fault, NULL);
			break;
		}
		note_port(plan->board, HIGHEST_PORT - taken);
		server->listeners[server->listening] = fd;
		ports[server->listening++] = (uint16_t)(HIGHEST_PORT - taken);
	}
	/* A port of 0: there are no more. */
	return crowd_tell(plan, ports, count * sizeof *ports);
}

/* Which connection of this pair arrived at `fd`; `room` where it is none of ours; -1 with errno. */
static int64_t number_of(const struct crowd_plan *plan, int fd, const union addr *peer)
{
	const union addr local = sock_local(fd);

	if (local.any.sa_family == AF_UNSPEC)
		return -1;
	if (!addr_same(peer, &plan->source) || local.any.sa_family != AF_INET)
		return plan->room;
	const uint32_t number = ntohl(local.v4.sin_addr.s_addr) - INADDR_LOOPBACK;
	return number < plan->room ? number : plan->room;
}

/* Takes one connection from `listener`. Returns the socket, or -1 with errno. */
static int take(struct server *server, int listener, union addr *peer)
{
	for (;;) {
		const int fd = call_accept(listener, peer);
		if (fd >= 0)
			return fd;
		if (errno == ECONNABORTED) {
			server->aborted = true;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			const int wait_ms = server->aborted ? ABORTED_MS : CROWD_PATIENCE_MS;
			if (crowd_await(server->plan, listener, POLLIN, wait_ms) == 0)
				continue;
			if (server->aborted && errno == ETIMEDOUT)
				errno = ECONNABORTED;
			return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
}

/* Accepts until the connections from order->first on are all there; some of the next batch may
 * come with them. Returns how many are. */
static uint32_t accept_batch(struct server *server, const struct crowd_order *order)
{
	const struct crowd_plan *plan = server->plan;
	int *const ends = server->ends + order->first;
	uint32_t done = 0;
	union addr peer;

	while (done < order->count && !server->broken) {
		if (ends[done] >= 0) {
			done++;
			continue;
		}
		const int fd =
		    take(server, plan->by_port ? server->listeners[done] : server->listener, &peer);
		if (fd < 0) {
			crowd_fail_errno(plan, CALL_ACCEPT, errno);
			server->broken = true;
			break;
		}
		int64_t number = plan->by_port ? order->first + done : number_of(plan, fd, &peer);
		if (number < 0) {
			crowd_fail_errno(plan, CALL_GETSOCKNAME, errno);
			server->broken = true;
		}
		if (plan->by_port && !addr_same(&peer, &plan->source))
			number = server->room;
		if (number >= 0 && number < server->room && server->ends[number] < 0)
			server->ends[number] = fd;
		else
			sock_reset(fd); /* a stranger */
	}
	while (server->listening > 0)
		call_close(server->listeners[--server->listening]);
	return done;
}

static void close_from(struct server *server, uint32_t first)
{
	for (uint32_t i = first; i < server->room; i++)
		if (server->ends[i] >= 0) {
			call_close(server->ends[i]);
			server->ends[i] = -1;
		}
}

/* Sends the heartbeats back. Returns how many. */
static uint32_t echo_batch(struct server *server, const struct crowd_order *order)
{
	struct crowd_heartbeat beat;
	uint32_t done = 0;

	for (; done < order->count; done++) {
		const int fd = server->ends[order->first + done];
		if (crowd_recv(server->plan, fd, &beat, sizeof beat) < 0) {
			crowd_fail_errno(server->plan, CALL_RECV, errno);
			break;
		}
		if (crowd_send(server->plan, fd, &beat, sizeof beat) < 0) {
			crowd_fail_errno(server->plan, CALL_SEND, errno);
			break;
		}
	}
	return done;
}

/* Does what the dialling end says, until it says CROWD_CLOSE. */
static void obey(struct server *server)
{
	const struct crowd_plan *plan = server->plan;
	struct crowd_order order;
	uint32_t answer;

	while (crowd_hear(plan, &order, sizeof order) == 0) {
		if (order.verb == CROWD_CLOSE || order.first > plan->room ||
		    order.count > plan->room - order.first)
			return;
		answer = order.count;
		switch ((enum crowd_verb)order.verb) {
		case CROWD_PREPARE:
			if (prepare(server, order.count) < 0)
				return;
			continue;
		case CROWD_ACCEPT:
			answer = accept_batch(server, &order);
			break;
		case CROWD_DROP:
			close_from(server, order.first);
			if (server->listener >= 0)
				call_close(server->listener); /* and whoever waits in its queue */
			server->listener = -1;
			break;
		case CROWD_ECHO:
			answer = echo_batch(server, &order);
			break;
		case CROWD_CLOSE:
			return;
		}
		if (crowd_tell(plan, &answer, sizeof answer) < 0)
			return;
	}
}

/* The one listener of all addresses; its port is told over the link, 0 where there is none. */
static int open_listener(const struct crowd_plan *plan)
{
	const union addr any = addr_any(AF_INET, 0);
	struct fault fault;
	uint16_t port = 0;

	const int fd = listen_at(&any, plan->device, INT_MAX, &fault);
	if (fd < 0) {
		crowd_fail(plan, &fault, NULL);
	} else {
		const union addr local = sock_local(fd);
		port = (uint16_t)addr_port(&local);
		note_port(plan->board, port);
	}
	crowd_tell(plan, &port, sizeof port);
	return fd;
}

void crowd_serve(const struct crowd_plan *plan)
{
	struct server server = {.plan = plan,
	    .listener = -1,
	    .room = plan->room,
	    .ends = malloc(plan->room * sizeof *server.ends)};

	if (!server.ends) {
		crowd_fail_errno(plan, CALL_ACCEPT, ENOMEM);
		return;
	}
	for (unsigned i = 0; i < server.room; i++)
		server.ends[i] = -1;
	if (!plan->by_port)
		server.listener = open_listener(plan);
	obey(&server);
	close_from(&server, 0);
	while (server.listening > 0)
		call_close(server.listeners[--server.listening]);
	if (server.listener >= 0)
		call_close(server.listener);
	free(server.ends);
}
