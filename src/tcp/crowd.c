#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcp/call.h"
#include "tcp/clock.h"
#include "tcp/crowd.h"
#include "tcp/sock.h"

enum {
	PATIENCE_MS = 10000, /* without progress: a connect, an accept, an echo */
	ABORTED_MS = 1000, /* likewise an accept, after one that was aborted: that one is missing */
	UNDER_WAY = 2,     /* batches that the listening end has not answered yet */
	HIGHEST_PORT = 65535,
};

/* What the dialling end says over the link; each is answered by a uint32_t. */
enum verb {
	PREPARE, /* by_port: listen on `count` ports; answered by as many uint16_t */
	ACCEPT,  /* `count` connections, numbered from `first`; answer: how many were there */
	DROP,    /* those from `first` on, and accept no more */
	ECHO,    /* `count` heartbeats from `first` on; answer: how many */
	CLOSE,   /* all, and return; no answer */
};

struct order {
	uint32_t verb, first, count;
};

struct beat {
	uint32_t port, number; /* of the destination: no two connections have the same beat */
};

/* Both sharing options, and a close that resets: accepted sockets inherit it on Linux. */
static const struct setting source_settings[] = {
    {.option = OPTION_REUSEADDR, .value = 1},
    {.option = OPTION_REUSEPORT, .value = 1},
    {.option = OPTION_LINGER, .value = 0},
};

enum { SOURCE_SETTINGS = sizeof source_settings / sizeof *source_settings };

/* The first fault of a pair stays. */
static void fail(const struct crowd_plan *plan, const struct fault *fault, const union addr *peer)
{
	struct crowd_tally *tally = plan->tally;

	if (atomic_exchange(&tally->claimed, true))
		return;
	tally->fault = *fault;
	if (peer)
		tally->peer = *peer;
	atomic_store(&tally->failed, true);
}

static void fail_errno(const struct crowd_plan *plan, enum tcp_call at, int error)
{
	struct fault fault;

	errno = error;
	fault_set(&fault, at);
	fail(plan, &fault, NULL);
}

/* Waits until `fd` is ready for `events`. Returns 0, or -1 with errno: ECANCELED for stop. */
static int await(const struct crowd_plan *plan, int fd, short events, int wait_ms)
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
static int tell(const struct crowd_plan *plan, const void *bytes, size_t len)
{
	ssize_t n;

	do
		n = write(plan->link, bytes, len);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len ? 0 : -1;
}

static int hear(const struct crowd_plan *plan, void *bytes, size_t len)
{
	char *into = bytes;

	while (len > 0) {
		if (await(plan, plan->link, POLLIN, -1) < 0)
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

/* All of `len` bytes, on a non-blocking socket. Returns 0, or -1 with errno; ECONNRESET where the
 * peer has closed. */
static int send_all(const struct crowd_plan *plan, int fd, const void *bytes, size_t len)
{
	const char *from = bytes;

	while (len > 0) {
		const ssize_t n = call_send(fd, from, len);
		if (n >= 0) {
			from += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (await(plan, fd, POLLOUT, PATIENCE_MS) < 0)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

static int recv_all(const struct crowd_plan *plan, int fd, void *bytes, size_t len)
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
			if (await(plan, fd, POLLIN, PATIENCE_MS) < 0)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

/* ---- the listening end ---- */

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
			fail_errno(plan, CALL_BIND, EADDRNOTAVAIL);
			break;
		}
		union addr local = plan->source;
		addr_set_port(&local, HIGHEST_PORT - taken);
		const int fd = listen_at(&local, "", 1, &fault);
		if (fd < 0 && fault.at == CALL_BIND &&
		    (fault.error == EADDRINUSE || fault.error == EACCES))
			continue;
		if (fd < 0) {
			fail(plan, &fault, NULL);
			break;
		}
		note_port(plan->board, HIGHEST_PORT - taken);
		server->listeners[server->listening] = fd;
		ports[server->listening++] = (uint16_t)(HIGHEST_PORT - taken);
	}
	/* A port of 0: there are no more. */
	return tell(plan, ports, count * sizeof *ports);
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
			const int wait_ms = server->aborted ? ABORTED_MS : PATIENCE_MS;
			if (await(server->plan, listener, POLLIN, wait_ms) == 0)
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
static uint32_t accept_batch(struct server *server, const struct order *order)
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
			fail_errno(plan, CALL_ACCEPT, errno);
			server->broken = true;
			break;
		}
		int64_t number = plan->by_port ? order->first + done : number_of(plan, fd, &peer);
		if (number < 0) {
			fail_errno(plan, CALL_GETSOCKNAME, errno);
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
static uint32_t echo_batch(struct server *server, const struct order *order)
{
	struct beat beat;
	uint32_t done = 0;

	for (; done < order->count; done++) {
		const int fd = server->ends[order->first + done];
		if (recv_all(server->plan, fd, &beat, sizeof beat) < 0) {
			fail_errno(server->plan, CALL_RECV, errno);
			break;
		}
		if (send_all(server->plan, fd, &beat, sizeof beat) < 0) {
			fail_errno(server->plan, CALL_SEND, errno);
			break;
		}
	}
	return done;
}

/* Does what the dialling end says, until it says CLOSE. */
static void obey(struct server *server)
{
	const struct crowd_plan *plan = server->plan;
	struct order order;
	uint32_t answer;

	while (hear(plan, &order, sizeof order) == 0) {
		if (order.verb == CLOSE || order.first > plan->room ||
		    order.count > plan->room - order.first)
			return;
		answer = order.count;
		switch ((enum verb)order.verb) {
		case PREPARE:
			if (prepare(server, order.count) < 0)
				return;
			continue;
		case ACCEPT:
			answer = accept_batch(server, &order);
			break;
		case DROP:
			close_from(server, order.first);
			if (server->listener >= 0)
				call_close(server->listener); /* and whoever waits in its queue */
			server->listener = -1;
			break;
		case ECHO:
			answer = echo_batch(server, &order);
			break;
		case CLOSE:
			return;
		}
		if (tell(plan, &answer, sizeof answer) < 0)
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
		fail(plan, &fault, NULL);
	} else {
		const union addr local = sock_local(fd);
		port = (uint16_t)addr_port(&local);
		note_port(plan->board, port);
	}
	tell(plan, &port, sizeof port);
	return fd;
}

void crowd_serve(const struct crowd_plan *plan)
{
	struct server server = {.plan = plan,
	    .listener = -1,
	    .room = plan->room,
	    .ends = malloc(plan->room * sizeof *server.ends)};

	if (!server.ends) {
		fail_errno(plan, CALL_ACCEPT, ENOMEM);
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

/* ---- the dialling end ---- */

struct crowd {
	const struct crowd_plan *plan;
	unsigned open;
	uint16_t port;   /* of all destinations; by_port: 0 */
	uint16_t *ports; /* by_port: of each; else NULL */
	int ends[];      /* ends[0..open) */
};

struct crowd *crowd_new(const struct crowd_plan *plan)
{
	struct crowd *crowd = malloc(sizeof *crowd + plan->room * sizeof *crowd->ends);

	if (!crowd)
		return NULL;
	*crowd = (struct crowd){.plan = plan};
	if (plan->by_port)
		crowd->ports = calloc(plan->room, sizeof *crowd->ports);
	if (plan->by_port ? !crowd->ports
			  : hear(plan, &crowd->port, sizeof crowd->port) < 0 || crowd->port == 0) {
		free(crowd);
		return NULL;
	}
	return crowd;
}

static union addr destination(const struct crowd *crowd, unsigned number)
{
	union addr peer = crowd->plan->source;

	if (crowd->ports) {
		addr_set_port(&peer, crowd->ports[number]);
		return peer;
	}
	peer = addr_any(AF_INET, crowd->port);
	peer.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number);
	return peer;
}

/* An answer of the listening end. */
static int answered(const struct crowd *crowd, uint32_t *answer)
{
	return hear(crowd->plan, answer, sizeof *answer);
}

static int ask(const struct crowd *crowd, enum verb verb, unsigned first, unsigned count)
{
	const struct order order = {.verb = (uint32_t)verb, .first = first, .count = count};

	return tell(crowd->plan, &order, sizeof order);
}

/* Begins connections from `first` on. Returns how many were begun. */
static unsigned dial(struct crowd *crowd, unsigned first, unsigned count)
{
	struct plan plan = {.local = crowd->plan->source,
	    .settings = source_settings,
	    .setting_count = SOURCE_SETTINGS,
	    .backlog = SOCK_NO_LISTEN};
	struct fault fault;

	for (unsigned i = 0; i < count; i++) {
		plan.peer = destination(crowd, first + i);
		const int fd = addr_port(&plan.peer) ? sock_open(&plan, &fault) : -1;
		if (fd < 0) {
			if (addr_port(&plan.peer))
				fail(crowd->plan, &fault, &plan.peer);
			return i;
		}
		crowd->ends[first + i] = fd;
	}
	return count;
}

static int refused(const struct crowd *crowd, unsigned number, int error)
{
	const union addr peer = destination(crowd, number);
	struct fault fault;

	call_connected(crowd->ends[number], &peer, error);
	if (error == 0)
		return 0;
	errno = error;
	fault_set(&fault, CALL_CONNECT);
	fail(crowd->plan, &fault, &peer);
	return -1;
}

/* Waits for the connections begun. Returns how many came about before the first that did not; or
 * -1 for stop. */
static int settle(const struct crowd *crowd, unsigned first, unsigned count)
{
	struct pollfd fds[CROWD_WINDOW + 1] = {{.fd = crowd->plan->stop, .events = POLLIN}};
	const int64_t until_us = clock_us() + PATIENCE_MS * 1000LL;
	unsigned good = count, waiting = count;
	int error;
	socklen_t len;

	for (unsigned i = 0; i < count; i++)
		fds[1 + i] = (struct pollfd){.fd = crowd->ends[first + i], .events = POLLOUT};
	while (waiting > 0) {
		const int n = call_poll(fds, 1 + count, clock_poll_ms(until_us - clock_us()));
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0) {
			for (unsigned i = 0; i < good; i++)
				if (fds[1 + i].fd >= 0) {
					refused(crowd, first + i, ETIMEDOUT);
					good = i;
				}
			return (int)good;
		}
		if (n > 0 && fds[0].revents)
			return -1;
		for (unsigned i = 0; n > 0 && i < count; i++) {
			const short got = fds[1 + i].revents;
			if (fds[1 + i].fd < 0 || !got)
				continue;
			error = 0;
			len = sizeof error;
			if (got & (POLLERR | POLLHUP | POLLNVAL) &&
			    getsockopt(fds[1 + i].fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
				error = errno;
			if (refused(crowd, first + i, error) < 0 && i < good)
				good = i;
			fds[1 + i].fd = -1;
			waiting--;
		}
	}
	return (int)good;
}

/* Keeps the connections before `keep` of those up to `end`. */
static void let_go(struct crowd *crowd, unsigned keep, unsigned end)
{
	for (unsigned i = keep; i < end; i++)
		call_close(crowd->ends[i]);
	crowd->open = keep;
}

/* Opens one batch from crowd->open on. Returns how many came about, -1 to end. */
static int open_batch(struct crowd *crowd, unsigned count)
{
	const unsigned first = crowd->open;

	if (crowd->ports &&
	    (ask(crowd, PREPARE, first, count) < 0 ||
		hear(crowd->plan, crowd->ports + first, count * sizeof *crowd->ports) < 0))
		return -1;
	const unsigned begun = dial(crowd, first, count);
	const int good = settle(crowd, first, begun);
	if (good < 0) {
		let_go(crowd, first, first + begun);
		return -1;
	}
	let_go(crowd, first + (unsigned)good, first + begun);
	return ask(crowd, ACCEPT, first, (unsigned)good) < 0 ? -1 : good;
}

int crowd_open(struct crowd *crowd, unsigned upto)
{
	const struct crowd_plan *plan = crowd->plan;
	const unsigned ahead = crowd->ports ? 1 : UNDER_WAY;
	unsigned sizes[UNDER_WAY], answered_to = crowd->open, waiting = 0, next = 0;
	bool more = true;
	uint32_t answer;

	if (upto > plan->room)
		upto = plan->room;
	for (;;) {
		more = more && crowd->open < upto && !atomic_load(&plan->board->halt) &&
		       !atomic_load(&plan->tally->failed);
		if (!more && waiting == 0)
			return 0;
		if (more) {
			const unsigned left = upto - crowd->open;
			const unsigned count = left < plan->window ? left : plan->window;
			const int good = open_batch(crowd, count);
			if (good < 0)
				return -1;
			sizes[(next + waiting++) % UNDER_WAY] = (unsigned)good;
			more = (unsigned)good == count;
			if (more && waiting < ahead)
				continue;
		}
		if (answered(crowd, &answer) < 0)
			return -1;
		const unsigned size = sizes[next++ % UNDER_WAY];
		waiting--;
		if (answer == size) {
			answered_to += size;
			atomic_store(&plan->tally->opened, answered_to);
			continue;
		}
		/* The other end could not take them all: both give up what is not answered. */
		while (waiting-- > 0)
			if (answered(crowd, &answer) < 0)
				return -1;
		let_go(crowd, answered_to, crowd->open);
		return ask(crowd, DROP, answered_to, 0) < 0 || answered(crowd, &answer) < 0 ? -1
											    : 0;
	}
}

static struct beat beat_of(const struct crowd *crowd, unsigned number)
{
	return (struct beat){
	    .port = crowd->ports ? crowd->ports[number] : crowd->port, .number = number};
}

static int send_beats(const struct crowd *crowd, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++) {
		const struct beat beat = beat_of(crowd, i);
		if (send_all(crowd->plan, crowd->ends[i], &beat, sizeof beat) < 0) {
			const union addr peer = destination(crowd, i);
			struct fault fault;
			fault_set(&fault, CALL_SEND);
			fail(crowd->plan, &fault, &peer);
			return -1;
		}
	}
	return ask(crowd, ECHO, first, count);
}

/* Reads what came back and compares. */
static int check_beats(const struct crowd *crowd, unsigned first, unsigned count)
{
	struct fault fault = {.at = CALL_NONE};
	struct beat back;

	for (unsigned i = first; i < first + count; i++) {
		const struct beat sent = beat_of(crowd, i);
		const union addr peer = destination(crowd, i);
		if (recv_all(crowd->plan, crowd->ends[i], &back, sizeof back) < 0) {
			fault_set(&fault, CALL_RECV);
			fail(crowd->plan, &fault, &peer);
			return -1;
		}
		if (memcmp(&sent, &back, sizeof sent) != 0) {
			fail(crowd->plan, &fault, &peer);
			return -1;
		}
	}
	atomic_fetch_add(&crowd->plan->tally->echoed, count);
	return 0;
}

int crowd_beat(struct crowd *crowd)
{
	const unsigned window = crowd->plan->window;
	unsigned sent = 0, checked = 0;
	uint32_t answer;

	while (checked < crowd->open) {
		const unsigned left = crowd->open - sent;
		const unsigned count = left < window ? left : window;
		if (count > 0 && sent - checked < UNDER_WAY * window) {
			if (send_beats(crowd, sent, count) < 0)
				return -1;
			sent += count;
			continue;
		}
		const unsigned due = sent - checked < window ? sent - checked : window;
		if (answered(crowd, &answer) < 0 || answer != due ||
		    check_beats(crowd, checked, due) < 0)
			return -1;
		checked += due;
	}
	return 0;
}

void crowd_close(struct crowd *crowd)
{
	ask(crowd, CLOSE, 0, 0);
	for (unsigned i = crowd->open; i-- > 0;) {
		call_close(crowd->ends[i]);
		if (i % CROWD_WINDOW == 0)
			atomic_store(&crowd->plan->tally->closed, crowd->open - i);
	}
	free(crowd->ports);
	free(crowd);
}

int crowd_hold(const union addr *source, struct fault *fault)
{
	const struct plan plan = {.local = *source,
	    .settings = source_settings,
	    .setting_count = SOURCE_SETTINGS,
	    .backlog = SOCK_NO_LISTEN};

	return sock_open(&plan, fault);
}
