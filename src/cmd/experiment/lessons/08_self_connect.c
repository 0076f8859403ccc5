#include <poll.h>
#include <string.h>

#include "cmd/experiment/lesson.h"
#include "cmd/experiment/stage.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/port.h"
#include "tcp/sock.h"

enum { SELF_WAIT_MS = 10000, SELF_WAIT_US = 10000000, SELF_PORTS = 1 };

/* Sends on `fd` and receives what comes back on it. */
static void hear_itself(struct stage *stage, int fd, const char *name)
{
	char heard[8] = "";
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	if (call_send(fd, "hello", 5) == 5 && call_poll(&wait, 1, SELF_WAIT_MS) > 0)
		call_recv(fd, heard, sizeof heard - 1);
	stage_observe(
	    stage, "hello", *heard ? heard : "nothing", "%s sends hello, and receives", name);
}

static void hear_itself_a(struct stage *stage)
{
	hear_itself(stage, stage_fd(stage, "a"), "a");
}

/* A client that dials a port of the ephemeral range where nobody listens; the range is as narrow as
 * can be, so that chance need not be waited for. */
static void connect_itself_by_chance(struct stage *stage)
{
	struct port port = {0};
	struct fault fault = {0};
	char text[ADDR_TEXT];

	if (!stage_ports(stage, SELF_PORTS))
		return;
	if (stage_row(stage, &port, SELF_PORTS) < 0) {
		stage_ok(stage, -1, "a free ephemeral port");
		return;
	}
	struct setting range;
	const size_t count = stage_row_setting(stage, &port, SELF_PORTS, &range);
	const struct plan plan = {.peer = addr_loopback(AF_INET, port.number),
	    .settings = &range,
	    .setting_count = count,
	    .backlog = SOCK_NO_LISTEN};
	int fd = sock_open(&plan, &fault);
	const bool ok =
	    fd >= 0 && sock_settle(fd, &plan.peer, SELF_WAIT_US, stage->show->stop, &fault) == 0;
	if (!stage_over(stage))
		stage_observe(stage, stage_linux("ok"), ok ? "ok" : errname(fault.error),
		    "c connect %s, where nobody listens", addr_print(&plan.peer, text));
	if (ok) {
		const union addr local = sock_local(fd), peer = sock_peer(fd);
		stage_observe(stage, "yes", addr_same(&local, &peer) ? "yes" : "no",
		    "is c connected to itself");
		hear_itself(stage, fd, "c");
		/* And the server that should have been there comes back. */
		int server = stage_socket(&plan.peer, NULL, 0, &fault);
		stage_observe(stage, "EADDRINUSE", server < 0 ? errname(fault.error) : "ok",
		    "the server binds %s", text);
		stage_reset(&server, 1);
	}
	stage_reset(&fd, 1);
	port_give_back(&port);
}

const struct experiment experiment_self_connect = {
    .number = 8,
    .name = "self-connect",
    .headline = "a socket connected to itself, on a server's port",
    .about =
	"A socket that connects to its own address and port meets its own SYN and is connected "
	"to itself: it receives what it sends. This "
	"happens to clients that retry a local server while it is down, if its port is in "
	"the ephemeral range: one day the kernel picks that same port as the source. The "
	"client believes that the server is back, and the server cannot start any more.",
    .by_hand =
	{
	    "1$ reuse connect 127.0.0.1 3001 127.0.0.1 3001",
	    "2$ reuse listen 3001 127.0.0.1 --no-reuseport --no-reuseaddr",
	    "2$ reuse why 3001",
	},
    .parts =
	{
	    {
		.title = "On purpose: bind an address, connect to it",
		.question =
		    {
			.text = "Nobody listens on port P. a is bound to it and connects to it. "
				"What will connect return?",
			.answers = {"ECONNREFUSED, nobody listens", "EINVAL, that is itself",
			    "ok, it is connected to itself"},
			.right = 2,
		    },
		.steps =
		    {
			{.step = "a bind 127.0.0.1:P", .expected = "ok"},
			{.step = "a connect 127.0.0.1:P", .expected = "ok"},
			{.run = hear_itself_a},
			{.step = "b bind 127.0.0.1:P", .expected = "EADDRINUSE"},
		    },
		.lesson = "TCP has always allowed it: two SYNs that cross open a connection, "
			  "even if both are from one socket.",
	    },
	    {
		.title = "By chance: the kernel picks the destination's port as the source",
		.needs = NEED_PORT_RANGE,
		.steps = {{.run = connect_itself_by_chance}},
		/* Linux, __inet_hash_connect: "In the first pass we try ports of @low parity". */
		.lesson =
		    "Here the range was one port. Of Linux's usual 28,232 connect takes the even "
		    "ones first: a client that tries an even one once a second gets there within hours.",
	    },
	},
    .remember = "Give servers ports outside net.ipv4.ip_local_port_range, or clients that retry "
		"will take them one day.",
};
