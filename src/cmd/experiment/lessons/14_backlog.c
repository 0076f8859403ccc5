#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "cmd/experiment/listed.h"
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/stage.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/port.h"
#include "tcp/sock.h"

enum {
	BACKLOG = 2,
	BACKLOG_DIALS = 8, /* more than any system's queue for that backlog has room for */
	BACKLOG_PENDING_MS = 30,
	SURE_US = 800000, /* by then it has been answered, or is not before its SYN is sent again */
	BACKLOG_WAIT_MS = 10000,
	BACKLOG_WAIT_US = 20000000,
	EARLY_MS = 900, /* when the SYN is sent again: a second later, less what clocks differ by */
};

struct waiting {
	struct stage *stage;
	union addr there;
	int listener, clients[BACKLOG_DIALS], taken;
	int made;      /* connected, though nobody accepted */
	int64_t at_us; /* when the one that does not fit began */
};

/* Whether a connect is left without an answer. On a slow machine one may just take long: then the queue has
 * room, where the kernel tells. */
static bool unanswered(const struct waiting *w, int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};

	do {
		if (call_poll(&wait, 1, BACKLOG_PENDING_MS) != 0)
			return false;
		const int64_t queued = listed_queued(addr_port(&w->there));
		if (queued < 0 || queued > BACKLOG)
			return true;
	} while (clock_us() < w->at_us + SURE_US && !stage_over(w->stage));
	return true;
}

/* Dials until one is left without an answer: clients[made]. */
static bool fill_queue(struct waiting *w)
{
	const struct plan plan = {.peer = w->there, .backlog = SOCK_NO_LISTEN};
	struct fault fault;

	for (w->made = 0; w->made < BACKLOG_DIALS && !stage_over(w->stage); w->made++) {
		w->at_us = clock_us();
		const int fd = w->clients[w->made] = sock_open(&plan, &fault);
		if (fd < 0)
			return false;
		if (unanswered(w, fd))
			return true;
	}
	return false;
}

static void show_full_queue(struct waiting *w)
{
	const int64_t queued = listed_queued(addr_port(&w->there));

	stage_count(w->stage, BACKLOG + 1, BACKLOG + 1, stage_linux("3"), w->made,
	    "connections established, none accepted yet");
	if (queued >= 0)
		stage_count(w->stage, w->made, w->made, stage_linux("3"), queued,
		    "waiting in the listener's queue, as the kernel counts");
	stage_observe(
	    w->stage, "EINPROGRESS", "EINPROGRESS", "one more connect: no answer to its SYN");
}

/* Data may be sent to a connection that nobody has accepted. */
static void show_early_data(struct waiting *w)
{
	char heard[8] = "";

	stage_observe(w->stage, "ok", call_send(w->clients[0], "hello", 5) == 5 ? "ok" : "refused",
	    "the first sends hello, before any accept");
	w->taken = call_accept(w->listener, NULL);
	if (!stage_ok(w->stage, w->taken, "accept: there is room in the queue again"))
		return;
	struct pollfd wait = {.fd = w->taken, .events = POLLIN};
	if (call_poll(&wait, 1, BACKLOG_WAIT_MS) > 0)
		call_recv(w->taken, heard, sizeof heard - 1);
	stage_observe(w->stage, "hello", *heard ? heard : "nothing", "what was sent to it");
}

/* The client's kernel sends the SYN again after a second, and then there is room. */
static void show_late_answer(struct waiting *w)
{
	struct fault fault;
	char seconds[VIEW_RESULT];
	const int result = sock_settle(
	    w->clients[w->made], &w->there, BACKLOG_WAIT_US, w->stage->show->stop, &fault);
	const int64_t took_ms = (clock_us() - w->at_us) / 1000;

	if (stage_over(w->stage))
		return;
	snprintf(seconds, sizeof seconds, "%.2f s", (double)took_ms / 1000);
	stage_judge(w->stage, result == 0 && took_ms >= EARLY_MS, "1 s or more",
	    result == 0 ? seconds : errname(fault.error),
	    "the one that had no answer is connected after");
}

static void run_backlog(struct stage *stage)
{
	struct waiting w = {.stage = stage, .listener = -1, .taken = -1};
	struct port port = {0};

	memset(w.clients, -1, sizeof w.clients);
	if (!stage_ports(stage, BACKLOG + 2))
		return;
	if (port_take(&port) < 0) {
		stage_ok(stage, -1, "a free port");
		return;
	}
	w.there = addr_loopback(AF_INET, port.number);
	if (stage_listeners(stage, &w.there, &w.listener, 1, BACKLOG) == 0) {
		const bool full = fill_queue(&w);
		if (full)
			show_full_queue(&w);
		else if (!stage_over(stage))
			stage_skip(stage, "the queue of a listener could not be filled");
		if (full && !stage_over(stage))
			show_early_data(&w);
		if (full && !stage_over(stage))
			show_late_answer(&w);
	}
	stage_reset(w.clients, BACKLOG_DIALS);
	stage_reset(&w.taken, 1);
	stage_reset(&w.listener, 1);
	port_give_back(&port);
}

const struct experiment experiment_backlog = {
    .number = 14,
    .name = "backlog",
    .headline = "what waits where, and what a full queue does",
    .about =
	"The kernel makes connections by itself: when a client's connect returns, the "
	"server program may not know of it yet. The connection waits in the queue of the listener, "
	"whose size is the number given to listen (and at most net.core.somaxconn), plus one. "
	"When it is full, SYNs get no answer; the client's kernel repeats "
	"them, the first time after a second. So with an overloaded server, connects take whole seconds.",
    .by_hand =
	{
	    "1$ reuse listen 3000 127.0.0.1 --backlog 2 --max-connections 1",
	    "2$ reuse connect 127.0.0.1 0 127.0.0.1 3000 -W 60",
	    "   # it is accepted, and gets its echo. The same in 3, 4, 5 and 6: three are",
	    "   # connected and get none, the last is not even connected",
	    "7$ reuse why 3000",
	},
    .parts =
	{
	    {
		.title = "A queue for two, and nobody accepts",
		.question =
		    {
			.text = "listen(2), and nobody accepts. How many connects will succeed?",
			.answers = {"none", "2", "3", "all of them"},
			.right = 2,
		    },
		.steps = {{.run = run_backlog}},
	    },
	},
    .remember =
	"connect succeeds before accept; connects that take whole seconds mean a full queue.",
};
