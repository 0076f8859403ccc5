/* The dialling end of a crowd. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cmd/limits/crowd_link.h"
#include "tcp/call.h"
#include "tcp/sock.h"

enum { UNDER_WAY = 2 }; /* batches that the listening end has not answered yet */

/* Both sharing options, and a close that resets: accepted sockets inherit it on Linux. */
static const struct setting source_settings[] = {
    {.option = OPTION_REUSEADDR, .value = 1},
    {.option = OPTION_REUSEPORT, .value = 1},
    {.option = OPTION_LINGER, .value = 0},
};

enum { SOURCE_SETTINGS = sizeof source_settings / sizeof *source_settings };

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
	if (plan->by_port
		? !crowd->ports
		: crowd_hear(plan, &crowd->port, sizeof crowd->port) < 0 || crowd->port == 0) {
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
	return crowd_hear(crowd->plan, answer, sizeof *answer);
}

static int ask(const struct crowd *crowd, enum crowd_verb verb, unsigned first, unsigned count)
{
	const struct crowd_order order = {.verb = (uint32_t)verb, .first = first, .count = count};

	return crowd_tell(crowd->plan, &order, sizeof order);
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
				crowd_fail(crowd->plan, &fault, &plan.peer);
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
	crowd_fail(crowd->plan, &fault, &peer);
	return -1;
}

/* Waits for the connections begun. Returns how many came about before the first that did not; or
 * -1 for stop. */
static int settle(const struct crowd *crowd, unsigned first, unsigned count)
{
	struct pollfd fds[CROWD_WINDOW + 1] = {{.fd = crowd->plan->stop, .events = POLLIN}};
	const int64_t until_us = clock_us() + CROWD_PATIENCE_MS * 1000LL;
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
	    (ask(crowd, CROWD_PREPARE, first, count) < 0 ||
		crowd_hear(crowd->plan, crowd->ports + first, count * sizeof *crowd->ports) < 0))
		return -1;
	const unsigned begun = dial(crowd, first, count);
	const int good = settle(crowd, first, begun);
	if (good < 0) {
		let_go(crowd, first, first + begun);
		return -1;
	}
	let_go(crowd, first + (unsigned)good, first + begun);
	return ask(crowd, CROWD_ACCEPT, first, (unsigned)good) < 0 ? -1 : good;
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
		return ask(crowd, CROWD_DROP, answered_to, 0) < 0 || answered(crowd, &answer) < 0
			   ? -1
			   : 0;
	}
}

static struct crowd_heartbeat beat_of(const struct crowd *crowd, unsigned number)
{
	return (struct crowd_heartbeat){
	    .port = crowd->ports ? crowd->ports[number] : crowd->port, .number = number};
}

static int send_beats(const struct crowd *crowd, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++) {
		const struct crowd_heartbeat beat = beat_of(crowd, i);
		if (crowd_send(crowd->plan, crowd->ends[i], &beat, sizeof beat) < 0) {
			const union addr peer = destination(crowd, i);
			struct fault fault;
			fault_set(&fault, CALL_SEND);
			crowd_fail(crowd->plan, &fault, &peer);
			return -1;
		}
	}
	return ask(crowd, CROWD_ECHO, first, count);
}

/* Reads what came back and compares. */
static int check_beats(const struct crowd *crowd, unsigned first, unsigned count)
{
	struct fault fault = {.at = CALL_NONE};
	struct crowd_heartbeat back;

	for (unsigned i = first; i < first + count; i++) {
		const struct crowd_heartbeat sent = beat_of(crowd, i);
		const union addr peer = destination(crowd, i);
		if (crowd_recv(crowd->plan, crowd->ends[i], &back, sizeof back) < 0) {
			fault_set(&fault, CALL_RECV);
			crowd_fail(crowd->plan, &fault, &peer);
			return -1;
		}
		if (memcmp(&sent, &back, sizeof sent) != 0) {
			crowd_fail(crowd->plan, &fault, &peer);
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
	ask(crowd, CROWD_CLOSE, 0, 0);
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
