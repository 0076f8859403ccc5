#include <poll.h>
#include <string.h>

#include "cmd/experiment/lesson.h"
#include "cmd/experiment/stage.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/port.h"
#include "tcp/sock.h"

enum {
	FILLERS = 8,    /* more than any system's queue for a backlog of 0 has room for */
	OPEN_PORTS = 2, /* of Linux's one and x */
	OPEN_PENDING_MS = 100,
	OPEN_WAIT_US = 2000000,
	OPEN_WAIT_MS = 10000,
	/* The SYN is sent again after a second; a machine at a loss may be later. */
	OPEN_ATTEMPTS = 5,
};

/* How one attempt went. */
struct opening {
	int x, y;
	int full_after; /* connections that the queue took; FILLERS: it was never full */
	int bind_error, y_error, x_error;
	union addr from; /* x's */
};

/* Fills the queue of a listener on `there`: what does not fit is x, in SYN_SENT. */
static void leave_unanswered(struct opening *open, const union addr *there, int fillers[FILLERS])
{
	const union addr anywhere = addr_loopback(AF_INET, 0);
	const struct plan plan = {.local = anywhere, .peer = *there, .backlog = SOCK_NO_LISTEN};
	struct fault fault;

	for (open->full_after = 0; open->full_after < FILLERS; open->full_after++) {
		const int fd = sock_open(&plan, &fault);
		struct pollfd wait = {.fd = fd, .events = POLLOUT};
		if (fd < 0)
			return;
		if (call_poll(&wait, 1, OPEN_PENDING_MS) == 0) {
			open->x = fd;
			open->from = sock_local(fd);
			return;
		}
		fillers[open->full_after] = fd;
	}
}

/* One attempt; leaves x and y open. */
static void open_at_once(struct stage *stage, struct opening *open, const union addr *there)
{
	int fillers[FILLERS], listener;
	struct fault fault = {0};
	const struct plan plan = {.local = *there, .backlog = 0};

	memset(fillers, -1, sizeof fillers);
	*open = (struct opening){.x = -1, .y = -1};
	listener = sock_open(&plan, &fault);
	if (listener < 0) {
		open->bind_error = fault.error;
		return;
	}
	leave_unanswered(open, there, fillers);
	stage_reset(&listener, 1);
	if (open->x >= 0) {
		const struct plan back = {
		    .local = *there, .peer = open->from, .backlog = SOCK_NO_LISTEN};
		open->y = sock_open(&back, &fault);
		if (open->y < 0 ||
		    sock_settle(open->y, &open->from, OPEN_WAIT_US, stage->show->stop, &fault) < 0)
			open->y_error = fault.error;
		if (sock_settle(open->x, there, OPEN_WAIT_US, stage->show->stop, &fault) < 0)
			open->x_error = fault.error;
	}
	stage_reset(fillers, FILLERS);
}

static void send_hello(struct stage *stage, int from, int to, const char *text)
{
	char heard[8] = "";
	struct pollfd wait = {.fd = to, .events = POLLIN};

	if (call_send(from, "hello", 5) == 5 && call_poll(&wait, 1, OPEN_WAIT_MS) > 0)
		call_recv(to, heard, sizeof heard - 1);
	stage_observe(stage, "hello", *heard ? heard : "nothing", "%s", text);
}

static void show_opening(struct stage *stage, const struct opening *open, const union addr *there)
{
	char here_text[ADDR_TEXT], there_text[ADDR_TEXT];

	addr_print(there, there_text);
	addr_print(&open->from, here_text);
	stage_observe(stage, "ok", open->bind_error ? errname(open->bind_error) : "ok",
	    "l bind %s, listen 0", there_text);
	if (open->bind_error)
		return;
	if (open->x < 0) {
		stage_skip(stage, "the queue of a listener could not be filled");
		return;
	}
	stage_observe(
	    stage, "ok", "ok", "%d connect %s: fill the queue", open->full_after, there_text);
	stage_observe(
	    stage, "EINPROGRESS", "EINPROGRESS", "x bind %s, connect %s", here_text, there_text);
	stage_observe(stage, "ok", "ok", "l close: nobody listens any more");
	stage_observe(stage, "ok", open->y_error ? errname(open->y_error) : "ok",
	    "y bind %s, connect %s", there_text, here_text);
	stage_observe(stage, "ok", open->x_error ? errname(open->x_error) : "ok",
	    "x, which was waiting, is connected");
	if (open->x_error || open->y_error)
		return;
	send_hello(stage, open->x, open->y, "x sends hello, y receives");
	send_hello(stage, open->y, open->x, "y sends hello, x receives");
}

static void run_simultaneous_open(struct stage *stage)
{
	struct opening open = {.x = -1, .y = -1};
	struct port port = {0};

	if (!stage_ports(stage, OPEN_PORTS))
		return;
	if (port_take(&port) < 0) {
		stage_ok(stage, -1, "a free port");
		return;
	}
	const union addr there = addr_loopback(AF_INET, port.number);
	for (int i = 0; i < OPEN_ATTEMPTS && !stage_over(stage); i++) {
		stage_reset(&open.x, 1);
		stage_reset(&open.y, 1);
		open_at_once(stage, &open, &there);
		if (!open.bind_error && !open.x_error && !open.y_error)
			break;
	}
	if (!stage_over(stage))
		show_opening(stage, &open, &there);
	stage_reset(&open.x, 1);
	stage_reset(&open.y, 1);
	port_give_back(&port);
}

const struct experiment experiment_simultaneous_open = {
    .number = 9,
    .name = "simultaneous-open",
    .headline = "both sides connect, nobody listens",
    .about =
	"TCP needs no server: when both ends send a SYN to each other at the same time, they are "
	"connected, without any accept. It rarely happens by chance, because a SYN that arrives "
	"too early is refused. Here the first SYN gets no answer, because a listener's queue is "
	"full. Then the listener closes, and the other side connects from its port. This needs "
	"neither luck nor privilege; hole punching is based on it.",
    .by_hand =
	{
	    "1$ reuse listen 3000 127.0.0.1 --backlog 0 --max-connections 1",
	    "2$ reuse connect 127.0.0.1 0 127.0.0.1 3000 -W 60   # is accepted",
	    "3$ reuse connect 127.0.0.1 0 127.0.0.1 3000 -W 60   # fills the queue",
	    "4$ reuse connect 127.0.0.1 3001 127.0.0.1 3000 -W 60",
	    "   # 4 waits, and repeats its SYN ever less often. After 20 s ctrl-c in 1,",
	    "   # and there, before the next SYN:",
	    "1$ reuse connect 127.0.0.1 3000 127.0.0.1 3001",
	    "   # 1 and 4 are connected, and each takes the other's hi for an echo",
	},
    .parts =
	{
	    {
		.title =
		    "x waits for an answer; y connects to x from the address that x connects to",
		.question =
		    {
			.text =
			    "x's SYN had no answer yet. The listener is closed, and y, bound to "
			    "its port, connects to x. What happens?",
			.answers = {"both connects are refused: nobody listens", "two connections",
			    "one connection, without any accept"},
			.right = 2,
		    },
		.steps = {{.run = run_simultaneous_open}},
	    },
	},
    .remember =
	"A connection needs two SYNs, not a listener; listen only answers those that come unannounced.",
};
