#include <stdio.h>
#include <string.h>

#include "cmd/experiment/lesson.h"
#include "cmd/experiment/stage.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/port.h"
#include "tcp/rule.h"
#include "tcp/sock.h"

enum {
	EPHEMERAL_PORTS = 10,
	DESTINATIONS = 2,
	/* One more than there may be, each. */
	EPHEMERAL_DIALS = DESTINATIONS * (EPHEMERAL_PORTS + 1),
	EPHEMERAL_WAIT_US = 3000000,
	EPHEMERAL_ATTEMPTS = 5, /* a stranger may take one of the ports meanwhile */
};

/* A way to get a source port. */
struct way {
	enum rule_way way;
	const char *text;
};

static const struct way ways[] = {
    {RULE_BY_BIND, "bind port 0, connect"},
    {RULE_BY_CONNECT, "connect alone"},
    {RULE_BY_NO_PORT, "bind NO_PORT, connect"},
};

/* How many came of it, and who refused the next. */
struct yield {
	int connections;
	enum tcp_call refused_by;
	int error;
};

static int dial_from_row(struct stage *stage, const struct way *way, const struct port row[],
    const union addr *to, int *fd, struct fault *fault)
{
	struct setting settings[2];
	size_t count = stage_row_setting(stage, row, EPHEMERAL_PORTS, &settings[0]);
	const union addr nowhere = {.any.sa_family = AF_UNSPEC};

	if (way->way == RULE_BY_NO_PORT)
		settings[count++] = (struct setting){.option = OPTION_NO_PORT, .value = 1};
	const struct plan plan = {
	    .local = way->way == RULE_BY_CONNECT ? nowhere : addr_loopback(AF_INET, 0),
	    .peer = *to,
	    .settings = settings,
	    .setting_count = count,
	    .backlog = SOCK_NO_LISTEN};

	*fd = sock_open(&plan, fault);
	return *fd < 0 ? -1 : sock_settle(*fd, to, EPHEMERAL_WAIT_US, stage->show->stop, fault);
}

/* Dials until it is refused, first the one destination, then the next. */
static struct yield count_yield(struct stage *stage, const struct way *way, const struct port row[],
    const union addr to[], int destinations)
{
	struct yield yield = {0};
	int fds[EPHEMERAL_DIALS];

	memset(fds, -1, sizeof fds);
	for (int i = 0; i < destinations * (EPHEMERAL_PORTS + 1) && !stage_over(stage); i++) {
		struct fault fault;
		if (dial_from_row(
			stage, way, row, &to[i / (EPHEMERAL_PORTS + 1)], &fds[i], &fault) == 0) {
			yield.connections++;
			continue;
		}
		yield.refused_by = fault.at;
		yield.error = fault.error;
	}
	stage_reset(fds, EPHEMERAL_DIALS);
	return yield;
}

static void judge_yield(
    struct stage *stage, const struct way *way, const union addr to[], int destinations)
{
	const int expected = rule_ephemeral(rule_here(), way->way, EPHEMERAL_PORTS, destinations);
	const int error = way->way == RULE_BY_BIND ? rule_used_up_errno(rule_here())
						   : rule_pair_errno(rule_here());
	struct port ports[EPHEMERAL_PORTS];
	struct yield yield = {0};
	char number[VIEW_RESULT];

	for (int i = 0; i < EPHEMERAL_ATTEMPTS && yield.connections != expected; i++) {
		if (stage_row(stage, ports, EPHEMERAL_PORTS) < 0) {
			stage_skip(stage,
			    "no ten ephemeral ports in a row are free now; 'ss -s' counts the "
			    "sockets: TIME_WAITs are gone in a minute");
			return;
		}
		yield = count_yield(stage, way, ports, to, destinations);
		for (int n = 0; n < EPHEMERAL_PORTS; n++)
			port_give_back(&ports[n]);
		if (stage_over(stage))
			return;
	}
	snprintf(number, sizeof number, "%d", expected);
	stage_count(stage, expected, expected, expected < 0 ? NULL : number, yield.connections,
	    "%s, to %s", way->text, destinations == 1 ? "one destination" : "two destinations");
	stage_observe(stage, expected < 0 ? NULL : errname(error),
	    yield.error ? errname(yield.error) : "nothing", "  the next one: %s",
	    fault_call(yield.refused_by));
}

static void run_ephemeral(struct stage *stage, int destinations)
{
	struct port ports[DESTINATIONS] = {0};
	int listeners[DESTINATIONS] = {-1, -1};
	union addr to[DESTINATIONS];
	int n = 0;

	if (!stage_room(stage, EPHEMERAL_DIALS) || !stage_ports(stage, EPHEMERAL_PORTS) ||
	    !stage_queue(stage, EPHEMERAL_PORTS + 1))
		return;
	for (; n < destinations; n++) {
		if (port_take(&ports[n]) < 0) {
			stage_ok(stage, -1, "a free port");
			break;
		}
		to[n] = addr_loopback(AF_INET, ports[n].number);
		if (stage_listeners(stage, &to[n], &listeners[n], 1, 100) < 0)
			break;
	}
	for (size_t i = 0;
	     i < sizeof ways / sizeof *ways && n == destinations && !stage_over(stage); i++)
		judge_yield(stage, &ways[i], to, destinations);
	for (int i = 0; i < DESTINATIONS; i++) {
		stage_reset(&listeners[i], 1);
		port_give_back(&ports[i]);
	}
}

static void ephemeral_to_one(struct stage *stage)
{
	run_ephemeral(stage, 1);
}

static void ephemeral_to_two(struct stage *stage)
{
	run_ephemeral(stage, 2);
}

const struct experiment experiment_ephemeral = {
    .number = 12,
    .name = "ephemeral",
    .headline = "how many connections ten source ports yield",
    .about =
	"A client that asks for no source port gets one from the kernel, out of a range. People "
	"believe that the range limits the connections of a machine (28,232 on Linux). It limits "
	"those to one destination if connect chooses the port, because connect knows the "
	"destination. bind to port 0 does not know it yet, and must find a port that nobody uses. "
	"Here the range is ten ports, set by IP_LOCAL_PORT_RANGE or, where that is missing, in a "
	"separate network namespace.",
    .by_hand =
	{
	    "1$ reuse listen 3000 127.0.0.1",
	    "2$ reuse listen 3001 127.0.0.1",
	    "3$ dial() { seq -f \"c$1%g connect 127.0.0.1:$1 port-range=45000-45009\" 11; }",
	    "3$ dial 3000 | reuse try -",
	    "3$ { dial 3000; dial 3001; } | reuse try -",
	    "3$ seq -f 'c%g bind 127.0.0.1:0 port-range=45000-45009' 11 | reuse try -",
	},
    .parts =
	{
	    {
		.title = "To one destination, until it is refused",
		.needs = NEED_PORT_RANGE,
		.steps = {{.run = ephemeral_to_one}},
	    },
	    {
		.title = "To two destinations",
		.needs = NEED_PORT_RANGE,
		.question =
		    {
			.text =
			    "Ten source ports, two destinations, no option. How many connections "
			    "does connect alone yield, without bind?",
			.answers = {"10", "20", "11"},
			.right = 1,
		    },
		.steps = {{.run = ephemeral_to_two}},
		.lesson =
		    "connect reuses a port for another destination; bind to port 0 cannot. "
		    "IP_BIND_ADDRESS_NO_PORT binds the address and leaves the port to connect.",
	    },
	},
    .remember = "Do not bind to port 0 before connect; if the address must be bound, set "
		"IP_BIND_ADDRESS_NO_PORT.",
};
