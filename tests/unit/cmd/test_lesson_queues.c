/* ctest: os=Linux wrap=view_observation wrap=view_skip wrap=listed_queued wrap=port_take wrap=port_give_back wrap=stage_listeners wrap=stage_room wrap=stage_ports wrap=stage_queue wrap=stage_reset wrap=sock_open wrap=sock_settle wrap=call_poll wrap=call_accept wrap=call_recv wrap=call_send wrap=call_close wrap=clock_us */
/* The lessons of `experiment` about the queues of listeners, handover and backlog, on a system that answers as is
 * written down here. */
#include <errno.h>
#include <stdlib.h>

#include "cli/text.h"
#include "clock.h"
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/listed.h"
#include "cmd/experiment/stage.h"
#include "tcp/call.h"
#include "tcp/sock.h"
#include "tests/lib/shown.h"

enum {
	HANDOVER = 7,
	BACKLOG = 14,
	PORT = 40000,
	LISTENER = 1000, /* descriptors */
	CLIENT = 2000,
	TAKEN = 3000,
	MOST = 200,
	SOON_US = 100, /* what a call that waits for nothing takes */
};

/* What was shown and done, a line each. */
static char told[8192];
static struct show show;
static struct stage stage;
static int64_t now_us;
static int ports_taken, listeners, clients, taken;
static bool client_open[MOST], taken_open[MOST], listener_open[MOST];

/* The machine, and what goes wrong there: of its calls. */
static struct machine {
	int room;          /* clients that are connected, though nobody accepts */
	int64_t queued;    /* as the kernel tells; -1: it does not */
	int late;          /* so many looks until the first client is connected */
	int opens;         /* sockets that can be had */
	int64_t settle_us; /* until the last client is connected */
	int settle_errno;
	int accept_errno;
	int sent; /* bytes of five */
	bool silent;
	int over_at; /* the look at which the person interrupts; 0: never */
	bool no_room, no_port, no_listeners;
	/* handover */
	int first, second; /* connections that wait for the first listener, the second */
	int refused;       /* accepts that fail before one is well */
	int unread;        /* so often the last client is told to be readable, and is not */
	bool ended;        /* what is lost is ended in order, not reset */
	bool moves;        /* what waits for the first goes to the second where it closes */
	int lost;          /* connections that nobody tells of any more */
} machine;
static int looks, waiting[3], accepts_refused, not_read;

#define NOTE(...) text_add(told, sizeof told, __VA_ARGS__)

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
void __wrap_view_observation(struct show *of, const struct observation *seen);
void __wrap_view_skip(struct show *of, const char *reason);
int64_t __wrap_listed_queued(unsigned port);
int __wrap_port_take(struct port *port);
void __wrap_port_give_back(struct port *port);
int __wrap_stage_listeners(
    struct stage *of, const union addr *local, int fds[], int count, int backlog);
bool __wrap_stage_room(struct stage *of, int descriptors);
bool __wrap_stage_ports(struct stage *of, int ports);
bool __wrap_stage_queue(struct stage *of, int connections);
void __wrap_stage_reset(int fds[], int count);
int __wrap_sock_open(const struct plan *plan, struct fault *fault);
int __wrap_sock_settle(
    int fd, const union addr *peer, int64_t wait_us, int stop, struct fault *fault);
int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms);
int __wrap_call_accept(int fd, union addr *peer);
ssize_t __wrap_call_recv(int fd, void *into, size_t len);
ssize_t __wrap_call_send(int fd, const void *bytes, size_t len);
int __wrap_call_close(int fd);
int64_t __wrap_clock_us(void);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

void __wrap_view_observation(struct show *of, const struct observation *seen)
{
	(void)of;
	NOTE("%s: %s, expected %s%s\n", seen->text, seen->result,
	    seen->expected ? seen->expected : "nothing", seen->as_expected ? "" : ": DIFFERS");
}

void __wrap_view_skip(struct show *of, const char *reason)
{
	(void)of;
	NOTE("skipped: %s\n", reason);
}

int64_t __wrap_listed_queued(unsigned port)
{
	CHECK(port == PORT, "port %u", port);
	return machine.queued;
}

int __wrap_port_take(struct port *port)
{
	if (machine.no_port) {
		errno = EADDRINUSE;
		return -1;
	}
	CHECK(port->number == 0, "%u", port->number);
	*port = (struct port){.number = PORT, .lock = -1};
	ports_taken++;
	return 0;
}

void __wrap_port_give_back(struct port *port)
{
	ports_taken -= port->number == PORT;
}

int __wrap_stage_listeners(
    struct stage *of, const union addr *local, int fds[], int count, int backlog)
{
	char text[ADDR_TEXT];

	(void)of;
	if (machine.no_listeners)
		return -1;
	if (backlog > MOST)
		NOTE("%d listen on %s\n", count, addr_print(local, text));
	else
		NOTE("%d listen on %s, for %d\n", count, addr_print(local, text), backlog);
	for (int i = 0; i < count; i++) {
		listener_open[listeners] = true;
		fds[i] = LISTENER + listeners++;
	}
	return 0;
}

bool __wrap_stage_room(struct stage *of, int descriptors)
{
	(void)of;
	NOTE("%d descriptors, ", descriptors);
	return true;
}

bool __wrap_stage_ports(struct stage *of, int ports)
{
	(void)of;
	NOTE("%d ports\n", ports);
	return !machine.no_room;
}

bool __wrap_stage_queue(struct stage *of, int connections)
{
	(void)of;
	NOTE("%d may wait\n", connections);
	return true;
}

/* Whether it is open, at that place of its kind. */
static bool *open_of(int fd)
{
	const int at = fd % 1000;

	if (at < 0 || at >= MOST)
		abort();
	return fd < CLIENT ? &listener_open[at] : fd < TAKEN ? &client_open[at] : &taken_open[at];
}

/* Closes it; one that is not open is closed by mistake. */
static void close_one(int fd)
{
	CHECK(fd >= LISTENER && *open_of(fd), "close %d", fd);
	*open_of(fd) = false;
}

void __wrap_stage_reset(int fds[], int count)
{
	for (int i = 0; i < count; i++) {
		if (fds[i] != -1)
			close_one(fds[i]);
		fds[i] = -1;
	}
}

int __wrap_sock_open(const struct plan *plan, struct fault *fault)
{
	CHECK(addr_port(&plan->peer) == PORT && plan->backlog == SOCK_NO_LISTEN, "port %u",
	    addr_port(&plan->peer));
	now_us += SOON_US;
	if (clients == machine.opens) {
		*fault = (struct fault){.at = CALL_SOCKET, .error = EMFILE};
		return -1;
	}
	client_open[clients] = true;
	return CLIENT + clients++;
}

int __wrap_sock_settle(
    int fd, const union addr *peer, int64_t wait_us, int stop, struct fault *fault)
{
	CHECK(fd == CLIENT + clients - 1 && addr_port(peer) == PORT && stop == show.stop,
	    "fd %d, stop %d", fd, stop);
	CHECK(wait_us >= 10000000 && wait_us <= 20000000, "%lld us", (long long)wait_us);
	now_us += machine.settle_us;
	*fault = (struct fault){.at = CALL_CONNECT, .error = machine.settle_errno};
	return machine.settle_errno ? -1 : 0;
}

/* Of handover: what waits for each listener, and which clients were reset. */
static int poll_queues(struct pollfd *fds)
{
	int ready = 0;

	for (int i = 0; i < 3; i++) {
		const bool open = listener_open[i];
		CHECK(fds[i].fd == (open ? LISTENER + i : -1) && fds[i].events == POLLIN,
		    "listener %d: %d", i, fds[i].fd);
		fds[i].revents = open && waiting[i] > 0 ? POLLIN : 0;
		ready += fds[i].revents != 0;
	}
	for (int i = 0; i < clients; i++) {
		struct pollfd *const client = &fds[3 + i];
		CHECK(client->fd == (client_open[i] ? CLIENT + i : -1) && client->events == POLLIN,
		    "client %d: %d", i, client->fd);
		const bool reset = !machine.moves && i < machine.first - machine.lost;
		const bool falsely = not_read > 0 && i == 89;
		client->revents = client_open[i] && (reset || falsely) ? POLLIN : 0;
		ready += client->revents != 0;
	}
	return ready;
}

int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms)
{
	int ready;

	if (++looks == machine.over_at)
		stage.over = true;
	if (n > 1) {
		CHECK(n == 93, "%lu", (unsigned long)n);
		CHECK(wait_ms > 0 && wait_ms <= 10000, "%d ms", wait_ms);
		ready = poll_queues(fds);
	} else if (fds->events == POLLOUT) {
		CHECK(fds->fd == CLIENT + clients - 1 && wait_ms < 100, "%d, %d ms", fds->fd,
		    wait_ms);
		ready = clients <= machine.room && looks > machine.late;
	} else {
		CHECK(fds->fd == TAKEN && fds->events == POLLIN && wait_ms >= 10000, "%d, %d ms",
		    fds->fd, wait_ms);
		ready = !machine.silent;
	}
	now_us += ready ? SOON_US : 1000 * (int64_t)wait_ms;
	return ready;
}

int __wrap_call_accept(int fd, union addr *peer)
{
	const int i = fd - LISTENER;

	CHECK(!peer && i >= 0 && i < 3 && listener_open[i], "accept %d", fd);
	errno = machine.accept_errno;
	if (errno || accepts_refused-- > 0)
		return -1;
	waiting[i]--;
	taken_open[taken] = true;
	return TAKEN + taken++;
}

ssize_t __wrap_call_recv(int fd, void *into, size_t len)
{
	if (fd == TAKEN && !machine.silent) {
		CHECK(len >= 5, "%zu bytes", len);
		memcpy(into, "hello", 5);
		return 5;
	}
	CHECK(fd >= CLIENT && len == 1, "%d", fd);
	if (machine.ended) {
		errno = EAGAIN; /* of another call */
		return 0;
	}
	errno = ECONNRESET;
	if (fd == CLIENT + 89 && not_read-- > 0)
		errno = EAGAIN;
	return -1;
}

ssize_t __wrap_call_send(int fd, const void *bytes, size_t len)
{
	CHECK(fd == CLIENT && len == 5 && !memcmp(bytes, "hello", 5), "%zu to %d", len, fd);
	return machine.sent;
}

int __wrap_call_close(int fd)
{
	NOTE("close listener %d\n", fd - LISTENER);
	close_one(fd);
	if (machine.moves) {
		waiting[1] += waiting[0] - machine.lost;
		waiting[0] = 0;
	}
	return 0;
}

int64_t __wrap_clock_us(void)
{
	return now_us;
}

/* Runs a part on that machine. Returns what was shown. */
static const char *run(int number, int part, struct machine on)
{
	const struct experiment *const experiment = experiments[number - 1];
	int left = 0;

	machine = on;
	show = (struct show){.experiment = experiment, .stop = -2};
	stage = (struct stage){.show = &show};
	*told = 0;
	now_us = 5000000;
	ports_taken = listeners = clients = taken = looks = 0;
	waiting[0] = on.first;
	waiting[1] = on.second;
	waiting[2] = 90 - on.first - on.second;
	accepts_refused = on.refused;
	not_read = on.unread;
	experiment->parts[part].steps[0].run(&stage);
	for (int i = 0; i < MOST; i++)
		left += client_open[i] + taken_open[i] + listener_open[i];
	CHECK(left == 0, "%d are left open", left);
	CHECK(ports_taken == 0, "%d ports are left", ports_taken);
	return told;
}

/* What was shown from that text on; "": nothing of it. */
static const char *from(const char *text)
{
	const char *const found = strstr(told, text);

	return found ? found : "";
}

/* --- backlog ---------------------------------------------------------------------------- */

/* As Linux is. */
static struct machine full(void)
{
	return (struct machine){
	    .room = 3, .queued = 3, .opens = MOST, .settle_us = 1000000, .sent = 5};
}

#define LISTENS     "4 ports\n1 listen on 127.0.0.1:40000, for 2\n"
#define ESTABLISHED "connections established, none accepted yet: 3, expected 3\n"
#define QUEUED      "waiting in the listener's queue, as the kernel counts: 3, expected 3\n"
#define ONE_MORE    "one more connect: no answer to its SYN: EINPROGRESS, expected EINPROGRESS\n"
#define SENT        "the first sends hello, before any accept: ok, expected ok\n"
#define ACCEPTED    "accept: there is room in the queue again: ok, expected ok\n"
#define HEARD       "what was sent to it: hello, expected hello\n"
#define LATE        "the one that had no answer is connected after: "
#define SKIPPED     "skipped: the queue of a listener could not be filled\n"

static void a_full_queue_leaves_a_connect_without_answer_for_a_second(void)
{
	CHECK_LINES(run(BACKLOG, 0, full()),
	    LISTENS ESTABLISHED QUEUED ONE_MORE SENT ACCEPTED HEARD LATE
	    "1.03 s, expected 1 s or more\n");
	CHECK(looks == 5, "%d looks", looks);
}

static void another_number_than_the_backlog_and_one_differs(void)
{
	struct machine on = full();

	for (on.room = 2; on.room <= 4; on.room++) {
		char want[64];
		run(BACKLOG, 0, on);
		snprintf(want, sizeof want, "none accepted yet: %d, expected 3%s\n", on.room,
		    on.room == 3 ? "" : ": DIFFERS");
		CHECK(strstr(told, want), "no %s in %s", want, told);
	}
}

static void where_the_kernel_does_not_count_a_queue_no_count_is_shown(void)
{
	struct machine on = full();

	on.queued = -1;
	CHECK_LINES(run(BACKLOG, 0, on),
	    LISTENS ESTABLISHED ONE_MORE SENT ACCEPTED HEARD LATE "1.03 s, expected 1 s or more\n");
	CHECK(looks == 5, "%d looks", looks);
	on.queued = 0;
	on.room = 0;
	run(BACKLOG, 0, on);
	CHECK(strstr(told, "kernel counts: 0, expected 3\n"), "%s", told);
}

/* Its SYN is sent again a second after it, which a clock may take for a little less. */
static void an_answer_after_less_than_a_second_differs(void)
{
	static const struct {
		int64_t settle_us;
		const char *said;
	} rows[] = {
	    {869799, LATE "0.90 s, expected 1 s or more: DIFFERS\n"},
	    {869800, LATE "0.90 s, expected 1 s or more\n"},
	    {2999900, LATE "3.03 s, expected 1 s or more\n"},
	    {12000000, LATE "12.03 s, expected 1 s or more\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct machine on = full();
		on.settle_us = rows[i].settle_us;
		run(BACKLOG, 0, on);
		CHECK_TEXT(from(LATE), rows[i].said);
	}
	struct machine on = full();
	on.settle_errno = ETIMEDOUT;
	run(BACKLOG, 0, on);
	CHECK_TEXT(from(LATE), LATE "ETIMEDOUT, expected 1 s or more: DIFFERS\n");
}

/* The kernel tells that there is room: an answer may come yet. */
static void a_slow_machine_is_given_time_to_answer_while_the_queue_has_room(void)
{
	struct machine on = full();

	on.late = 20;
	on.queued = 2;
	run(BACKLOG, 0, on);
	CHECK(strstr(told, "none accepted yet: 3, expected 3\n"), "%s", told);
	/* 0.8 s are enough: the SYN is not sent again before one is over */
	CHECK(looks == 20 + 3 + 27 + 1, "%d looks", looks);
	on.queued = 0;
	run(BACKLOG, 0, on);
	CHECK(looks == 20 + 3 + 27 + 1, "%d looks", looks);
	on.late = 1;
	on.queued = 3;
	run(BACKLOG, 0, on);
	CHECK(strstr(told, "none accepted yet: 0, expected 3: DIFFERS\n"), "%s", told);
}

static void a_queue_that_cannot_be_filled_is_skipped(void)
{
	struct machine on = full();

	on.room = MOST;
	CHECK_LINES(run(BACKLOG, 0, on), LISTENS SKIPPED);
	CHECK(clients == 8, "%d clients", clients);
	on = full();
	on.opens = 2;
	CHECK_LINES(run(BACKLOG, 0, on), LISTENS SKIPPED);
}

static void what_is_refused_on_the_way_is_shown(void)
{
	struct machine on = full();

	on.accept_errno = ECONNABORTED;
	CHECK_LINES(run(BACKLOG, 0, on), LISTENS ESTABLISHED QUEUED ONE_MORE SENT
	    "accept: there is room in the queue again: ECONNABORTED, expected ok: DIFFERS\n");
	on = full();
	on.sent = 4;
	on.silent = true;
	run(BACKLOG, 0, on);
	CHECK(strstr(told, "before any accept: refused, expected ok: DIFFERS\n"), "%s", told);
	CHECK(strstr(told, "what was sent to it: nothing, expected hello: DIFFERS\n"), "%s", told);
	on = full();
	on.no_port = true;
	CHECK_LINES(
	    run(BACKLOG, 0, on), "4 ports\na free port: EADDRINUSE, expected ok: DIFFERS\n");
	on = full();
	on.no_room = true;
	CHECK_LINES(run(BACKLOG, 0, on), "4 ports\n");
	on = full();
	on.no_listeners = true;
	CHECK_LINES(run(BACKLOG, 0, on), "4 ports\n");
}

static void an_interrupt_ends_the_filling_of_a_queue(void)
{
	struct machine on = full();

	on.over_at = 2; /* while the second is awaited */
	CHECK_LINES(run(BACKLOG, 0, on), LISTENS);
	CHECK(clients == 2, "%d clients", clients);
	on.queued = 2;
	on.over_at = 6; /* while the one that does not fit is */
	run(BACKLOG, 0, on);
	CHECK(looks == 6 && !strstr(told, SENT), "%d looks, %s", looks, told);
	on = full();
	on.over_at = 5; /* while data is */
	run(BACKLOG, 0, on);
	CHECK(!strstr(told, LATE), "%s", told);
	CHECK(now_us < 5000000 + on.settle_us, "%lld us", (long long)now_us);
}

/* --- handover --------------------------------------------------------------------------- */

#define THREE  "183 descriptors, 90 ports\n60 may wait\n3 listen on 127.0.0.1:40000\n"
#define CLOSED "close listener 0\nclose the first of the three listeners: ok, expected ok\n"
#define NINETY "connections established, none accepted yet: 90, expected 90\n"

static struct machine queues(int first, int second)
{
	return (struct machine){.opens = MOST, .first = first, .second = second};
}

static void what_waits_for_a_listener_that_closes_is_reset(void)
{
	static const struct {
		int first;
		const char *said;
	} rows[] = {
	    {4, "connections reset: 4, expected about 30: DIFFERS\n"
		"connections accepted by the other two: 86, expected the others\n"},
	    {5, "connections reset: 5, expected about 30\n"
		"connections accepted by the other two: 85, expected the others\n"},
	    {30, "connections reset: 30, expected about 30\n"
		 "connections accepted by the other two: 60, expected the others\n"},
	    {60, "connections reset: 60, expected about 30\n"
		 "connections accepted by the other two: 30, expected the others\n"},
	    {61, "connections reset: 61, expected about 30: DIFFERS\n"
		 "connections accepted by the other two: 29, expected the others\n"},
	};
	char want[1024];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(want, sizeof want, "%s%s%s%s", THREE, NINETY, CLOSED, rows[i].said);
		CHECK_LINES(run(HANDOVER, 0, queues(rows[i].first, 17)), want);
	}
}

static void what_waits_for_a_listener_that_closes_moves_to_another(void)
{
	struct machine on = queues(30, 30);

	on.moves = true;
	CHECK_LINES(run(HANDOVER, 1, on),
	    THREE NINETY CLOSED "connections reset: 0, expected 0\n"
				"connections accepted by the other two: 90, expected 90\n");
	run(HANDOVER, 1, queues(1, 30));
	CHECK(strstr(told, "connections reset: 1, expected 0: DIFFERS\n"), "%s", told);
}

static void each_connection_of_a_queue_is_accounted_for_once(void)
{
	struct machine on = queues(30, 0);

	/* an accept that fails is tried again, a connection of which nothing can be read is there yet */
	on.refused = on.unread = 7;
	for (int ended = 0; ended < 2; ended++) {
		on.ended = ended;
		run(HANDOVER, 0, on);
		CHECK(strstr(told, "reset: 30, expected about 30\n") &&
			  strstr(told, "other two: 60, expected the others\n"),
		    "%s", told);
		CHECK(now_us < 6000000, "%lld us", (long long)now_us);
		on.unread = 0;
	}
	/* after ten seconds no more is awaited */
	on = queues(30, 20);
	on.lost = 1;
	run(HANDOVER, 0, on);
	CHECK(strstr(told, "reset: 29, expected about 30\n") &&
		  strstr(told, "other two: 60, expected the others: DIFFERS\n"),
	    "%s", told);
	CHECK(now_us >= 15000000 && now_us < 16000000, "%lld us", (long long)now_us);
}

static void fewer_connections_than_ninety_differ(void)
{
	struct machine on = queues(29, 30);

	on.opens = 89;
	run(HANDOVER, 0, on);
	CHECK(strstr(told, "none accepted yet: 89, expected 90: DIFFERS\n"), "%s", told);
	on = queues(0, 0);
	on.settle_errno = ETIMEDOUT;
	run(HANDOVER, 0, on);
	CHECK(strstr(told, "none accepted yet: 0, expected 90: DIFFERS\n"), "%s", told);
	CHECK(clients == 1, "%d clients", clients);
}

static void without_a_port_or_listeners_no_queue_is_filled(void)
{
	struct machine on = queues(30, 30);

	on.no_port = true;
	CHECK_LINES(run(HANDOVER, 0, on),
	    "183 descriptors, 90 ports\n60 may wait\na free port: EADDRINUSE, expected ok: DIFFERS\n");
	on = queues(30, 30);
	on.no_room = true;
	CHECK_LINES(run(HANDOVER, 0, on), "183 descriptors, 90 ports\n");
	on = queues(30, 30);
	on.no_listeners = true;
	CHECK_LINES(run(HANDOVER, 0, on), "183 descriptors, 90 ports\n60 may wait\n");
	on = queues(30, 30);
	on.over_at = 1;
	CHECK_LINES(run(HANDOVER, 0, on), THREE NINETY CLOSED);
}

int main(void)
{
	TEST(a_full_queue_leaves_a_connect_without_answer_for_a_second);
	TEST(another_number_than_the_backlog_and_one_differs);
	TEST(where_the_kernel_does_not_count_a_queue_no_count_is_shown);
	TEST(an_answer_after_less_than_a_second_differs);
	TEST(a_slow_machine_is_given_time_to_answer_while_the_queue_has_room);
	TEST(a_queue_that_cannot_be_filled_is_skipped);
	TEST(what_is_refused_on_the_way_is_shown);
	TEST(an_interrupt_ends_the_filling_of_a_queue);
	TEST(what_waits_for_a_listener_that_closes_is_reset);
	TEST(what_waits_for_a_listener_that_closes_moves_to_another);
	TEST(each_connection_of_a_queue_is_accounted_for_once);
	TEST(fewer_connections_than_ninety_differ);
	TEST(without_a_port_or_listeners_no_queue_is_filled);
	return test_failures != 0;
}
