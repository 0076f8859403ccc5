#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "clock.h"
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/stage.h"
#include "tcp/call.h"
#include "tcp/port.h"
#include "tcp/sock.h"

enum {
	SPREAD_LISTENERS = 8,
	/* 50 each; five standard deviations (6.6) away is once in a million */
	SPREAD_CONNECTIONS = 400,
	SPREAD_FEWEST = 15,
	SPREAD_MOST = 85,
	PROBES = 16, /* each for the one that a program chooses, by chance once in 8^16 */
	SPREAD_WAIT_US = 10000000,
	SPREAD_BAR = 56, /* at most, */
	BESIDE = 19,     /* on a line with that much before it */
};

/* What is dealt out. */
struct deal {
	struct stage *stage;
	int listeners[SPREAD_LISTENERS];
	int got[SPREAD_LISTENERS];
	int clients[SPREAD_CONNECTIONS], taken[SPREAD_CONNECTIONS];
};

/* 127.1.x.y: another destination for each connection. */
static union addr spread_destination(int number, unsigned port)
{
	union addr addr = addr_loopback(AF_INET, port);

	addr.v4.sin_addr.s_addr = htonl((127u << 24) + (1u << 16) + (unsigned)number + 1);
	return addr;
}

/* Waits for connection `i`, and sees which listener has it. Returns false where none does. */
static bool await_listener(struct deal *deal, int i)
{
	struct pollfd fds[SPREAD_LISTENERS];
	const int64_t until_us = clock_us() + SPREAD_WAIT_US;

	for (int n = 0; n < SPREAD_LISTENERS; n++)
		fds[n] = (struct pollfd){.fd = deal->listeners[n], .events = POLLIN};
	while (clock_us() < until_us && !stage_over(deal->stage)) {
		if (call_poll(fds, SPREAD_LISTENERS, clock_poll_ms(until_us - clock_us())) <= 0)
			continue;
		for (int n = 0; n < SPREAD_LISTENERS; n++) {
			if (!fds[n].revents)
				continue;
			deal->taken[i] = call_accept(fds[n].fd, NULL);
			deal->got[n] += deal->taken[i] >= 0;
			return deal->taken[i] >= 0;
		}
	}
	return false;
}

/* Connects `count` times to `port`: from `source`, or where that is 0 each time from another port. */
static int connect_spread(struct deal *deal, unsigned port, unsigned source, int count)
{
	static const struct setting reuseport = {.option = OPTION_REUSEPORT, .value = 1};
	struct fault fault;

	for (int i = 0; i < count; i++) {
		const union addr here = addr_loopback(AF_INET, source);
		struct plan plan = {
		    .peer = addr_loopback(AF_INET, port), .backlog = SOCK_NO_LISTEN};
		if (source) {
			plan = (struct plan){.local = here,
			    .peer = spread_destination(i, port),
			    .settings = &reuseport,
			    .setting_count = 1,
			    .backlog = SOCK_NO_LISTEN};
		}
		deal->clients[i] = sock_open(&plan, &fault);
		if (deal->clients[i] < 0 ||
		    sock_settle(deal->clients[i], &plan.peer, SPREAD_WAIT_US,
			deal->stage->show->stop, &fault) < 0 ||
		    !await_listener(deal, i))
			return i;
	}
	return count;
}

/* Whether a program that always chooses the first listener is heeded: gVisor takes it and is not. */
static bool program_heeded(struct deal *deal, unsigned port)
{
	const struct setting first = {.option = OPTION_SPREAD_RANDOM, .value = 1};
	struct fault fault;

	if (option_set(deal->listeners[0], &first, &fault) < 0)
		return true; /* refused: that is shown when it is set in earnest */
	const int made = connect_spread(deal, port, 0, PROBES);
	const bool heeded = deal->got[0] == made;
	stage_reset(deal->clients, made);
	stage_reset(deal->taken, made);
	memset(deal->got, 0, sizeof deal->got);
	return heeded;
}

static void show_spread(const struct deal *deal)
{
	static const char bar[SPREAD_BAR + 1] =
	    "########################################################";
	const int room = out_width() - BESIDE;
	const int longest = room > SPREAD_BAR ? SPREAD_BAR : room > 1 ? room : 1;
	int most = 1;

	for (int i = 0; i < SPREAD_LISTENERS; i++)
		most = deal->got[i] > most ? deal->got[i] : most;
	for (int i = 0; i < SPREAD_LISTENERS; i++)
		stage_line(deal->stage, "listener %d  %4d %.*s", i + 1, deal->got[i],
		    deal->got[i] * longest / most, bar);
}

static void judge_spread(struct deal *deal, bool evenly)
{
	int fewest = SPREAD_CONNECTIONS, most = 0, any = 0;

	for (int i = 0; i < SPREAD_LISTENERS; i++) {
		fewest = deal->got[i] < fewest ? deal->got[i] : fewest;
		most = deal->got[i] > most ? deal->got[i] : most;
		any += deal->got[i] > 0;
	}
	show_spread(deal);
	if (evenly) {
		stage_count(deal->stage, SPREAD_FEWEST, SPREAD_MOST, stage_linux("15 to 85"),
		    fewest, "connections of the listener with the fewest");
		stage_count(deal->stage, SPREAD_FEWEST, SPREAD_MOST, stage_linux("15 to 85"), most,
		    "connections of the listener with the most");
	} else {
		stage_count(
		    deal->stage, 1, 1, stage_linux("1"), any, "listeners that got any connection");
	}
}

/* Deals SPREAD_CONNECTIONS out, and judges how they fell: to all listeners, or with `source` to one, unless it is
 * repaired. */
static void deal_out(struct deal *deal, unsigned port, unsigned source, bool repaired)
{
	const struct setting spread = {.option = OPTION_SPREAD_RANDOM, .value = SPREAD_LISTENERS};
	struct fault fault;

	if (repaired && !stage_ok(deal->stage, option_set(deal->listeners[0], &spread, &fault),
			    "setsockopt SO_ATTACH_REUSEPORT_CBPF: random %% 8"))
		return;
	const int made = connect_spread(deal, port, source, SPREAD_CONNECTIONS);
	if (stage_over(deal->stage))
		return;
	stage_count(deal->stage, SPREAD_CONNECTIONS, SPREAD_CONNECTIONS, "400", made,
	    source ? "connections from one source to 400 addresses"
		   : "connections from 400 source ports");
	judge_spread(deal, !source || repaired);
}

static void run_spread(struct stage *stage, bool one_source, bool repaired)
{
	static struct deal deal; /* large */
	struct port port = {0}, source = {0};

	deal = (struct deal){.stage = stage};
	memset(deal.clients, -1, sizeof deal.clients);
	memset(deal.taken, -1, sizeof deal.taken);
	if (!stage_room(stage, 2 * SPREAD_CONNECTIONS + SPREAD_LISTENERS) ||
	    !stage_ports(stage, one_source ? PROBES : SPREAD_CONNECTIONS))
		return;
	if (port_take(&port) < 0 || port_take(&source) < 0) {
		stage_ok(stage, -1, "two free ports");
		port_give_back(&port);
		return;
	}
	const union addr all = addr_any(AF_INET, port.number);
	if (stage_listeners(stage, &all, deal.listeners, SPREAD_LISTENERS, INT_MAX) == 0) {
		if (repaired && !program_heeded(&deal, port.number))
			stage_skip(stage, "this system accepts a program that chooses the listener "
					  "(SO_ATTACH_REUSEPORT_CBPF), but ignores it");
		else
			deal_out(&deal, port.number, one_source ? source.number : 0, repaired);
		stage_reset(deal.clients, SPREAD_CONNECTIONS);
		stage_reset(deal.taken, SPREAD_CONNECTIONS);
		stage_reset(deal.listeners, SPREAD_LISTENERS);
	}
	port_give_back(&port);
	port_give_back(&source);
}

static void spread_many_sources(struct stage *stage)
{
	run_spread(stage, false, false);
}

static void spread_one_source(struct stage *stage)
{
	run_spread(stage, true, false);
}

static void spread_repaired(struct stage *stage)
{
	run_spread(stage, true, true);
}

const struct experiment experiment_spread = {
    .number = 6,
    .name = "spread",
    .headline = "how connections are distributed to listeners on one port",
    .about =
	"With SO_REUSEPORT several processes listen on one port, each with a queue of its own, "
	"and the kernel distributes connections by a hash of their ends. With many clients the "
	"load is even. For a listener on 0.0.0.0 the hash leaves out the destination address, so "
	"all connections from one source port go to one listener, however many addresses they "
	"use: a load test from one source keeps one worker busy and seven idle.",
    .by_hand =
	{
	    "1$ reuse listen 3000 --workers 8 -q",
	    "2$ for i in $(seq 99); do reuse connect 127.0.0.1 0 127.0.0.1 3000 -qc1; done",
	    "   # ctrl-c in 1: a summary for each worker. Then again, from one source:",
	    "2$ for i in $(seq 99); do",
	    "     reuse connect 127.0.0.1 3001 127.1.0.$i 3000 -qc1; done",
	    "   # and the remedy:",
	    "1$ reuse listen 3000 --workers 8 -q --spread random",
	},
    .parts =
	{
	    {
		.title = "Eight listeners on 0.0.0.0; 400 connections from 400 source ports",
		.steps = {{.run = spread_many_sources}},
	    },
	    {
		.title = "The same; 400 connections from one source address and port",
		.needs = NEED_SECOND_LOOPBACK,
		.question =
		    {
			.text = "One source address and port, 400 destination addresses, eight "
				"listeners on 0.0.0.0. How many listeners get work?",
			.answers = {"all eight, about 50 each", "about four", "one gets them all"},
			.right = 2,
		    },
		.steps = {{.run = spread_one_source}},
		.lesson =
		    "Source address, source port and local port are the same for all, so the hash is the same too.",
	    },
	    {
		.title = "Remedy: a BPF program picks the listener at random",
		.needs = NEED_SECOND_LOOPBACK | NEED_SPREAD,
		.steps = {{.run = spread_repaired}},
		.lesson = "Three instructions: load a random number, modulo 8, return it.",
	    },
	},
    .remember =
	"SO_REUSEPORT spreads sources, not connections: one source, one worker, unless a BPF program chooses.",
};
