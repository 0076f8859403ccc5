/* ctest: wrap=sock_open wrap=sock_local wrap=sock_reset wrap=port_take wrap=port_give_back wrap=call_accept wrap=call_poll wrap=call_send wrap=call_recv wrap=call_close wrap=call_connected wrap=poll wrap=getsockopt wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free */
/* cmd/limits/crowd: each call of a connection and of a heartbeat, and what is told of whatever the kernel may answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "cli/text.h"
#include "cmd/limits/crowd_listen.h"
#include "tcp/call.h"
#include "tcp/port.h"
#include "tcp/sock.h"
#include "tests/lib/heap.h"
#include "tests/lib/shown.h"

enum { FIRST = 1000, STOP = 5, ROOM = 200, ANSWERS = 8 };

/* What the kernel answers to the call of that name, the first time that it is made. */
static struct answer {
	const char *call;
	int result, error;
	int at; /* of sock_open: the call that failed */
} answers[ANSWERS];

static size_t answer_count;
static int sockets, stop_at; /* the poll of `stop` at which it is readable */
static int polls;
static bool stranger;   /* who is accepted first is another */
static union addr peer; /* of the last connection */
static char carried[16];
static size_t carried_len;
static char done[8192];
static bool quiet;

static struct crowd_board board;
static struct crowd_tally tally;
static struct crowd_plan plan;

#define NOTE(...) (quiet ? (void)0 : text_add(done, sizeof done, __VA_ARGS__))

static void answer(const char *call, int result, int error)
{
	answers[answer_count++] = (struct answer){.call = call, .result = result, .error = error};
}

/* The next answer to that call; NULL: it is as always. */
static const struct answer *answered(const char *call)
{
	static struct answer taken;

	for (size_t i = 0; i < answer_count; i++)
		if (!strcmp(answers[i].call, call)) {
			taken = answers[i];
			memmove(
			    &answers[i], &answers[i + 1], (--answer_count - i) * sizeof *answers);
			errno = taken.error;
			return &taken;
		}
	return NULL;
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_sock_open(const struct plan *opened, struct fault *fault);
union addr __wrap_sock_local(int fd);
void __wrap_sock_reset(int fd);
int __wrap_port_take(struct port *port);
void __wrap_port_give_back(struct port *port);
int __wrap_call_accept(int fd, union addr *from);
int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms);
ssize_t __wrap_call_send(int fd, const void *bytes, size_t len);
ssize_t __wrap_call_recv(int fd, void *bytes, size_t len);
int __wrap_call_close(int fd);
void __wrap_call_connected(int fd, const union addr *addr, int error);
int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

int __wrap_sock_open(const struct plan *opened, struct fault *fault)
{
	char local[ADDR_TEXT], to[ADDR_TEXT] = "";
	const bool listens = opened->backlog != SOCK_NO_LISTEN;

	if (opened->peer.any.sa_family != AF_UNSPEC) {
		peer = opened->peer;
		addr_print(&peer, to);
	}
	NOTE("open %s>%s", addr_print(&opened->local, local), to);
	for (size_t i = 0; i < opened->setting_count; i++)
		NOTE(" %d", opened->settings[i].option == OPTION_DEVICE
				? -1
				: (int)opened->settings[i].value);
	if (listens)
		NOTE(opened->backlog == INT_MAX ? " all" : " %d", opened->backlog);
	NOTE(", ");
	const struct answer *const told = answered("open");
	if (!told)
		return FIRST + sockets++;
	return fault_set(fault, (enum tcp_call)told->result);
}

union addr __wrap_sock_local(int fd)
{
	(void)fd;
	return peer.any.sa_family ? peer : addr_loopback(AF_INET, 4444);
}

void __wrap_sock_reset(int fd)
{
	NOTE("reset %d, ", fd);
}

int __wrap_port_take(struct port *port)
{
	*port = (struct port){.number = 5555};
	NOTE("take, ");
	return answered("take") ? -1 : 0;
}

void __wrap_port_give_back(struct port *port)
{
	NOTE("give back %u, ", port->number);
}

int __wrap_call_accept(int fd, union addr *from)
{
	NOTE("accept %d, ", fd);
	*from = plan.source;
	if (stranger)
		addr_set_port(from, 1);
	stranger = false;
	return answered("accept") ? -1 : FIRST + sockets++;
}

int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms)
{
	const struct answer *const told = answered("poll");

	NOTE("poll %d %s %d for %d of %d, ", fds[1].fd, fds[1].events == POLLIN ? "in" : "out",
	    fds[2].fd, wait_ms, (int)n);
	fds[0].revents = fds[1].revents = fds[2].revents = 0;
	if (fds[0].fd != STOP || fds[0].events != POLLIN)
		NOTE("not for stop, ");
	if (!told) {
		fds[1].revents = fds[1].events;
		return 1;
	}
	if (told->result > 0)
		fds[told->result - 1].revents = POLLIN;
	return told->result > 0 ? 1 : told->result;
}

ssize_t __wrap_call_send(int fd, const void *bytes, size_t len)
{
	const struct answer *const told = answered("send");

	NOTE("send %d %zu, ", fd, len);
	if (told && told->result < 0)
		return -1;
	const size_t sent = told ? (size_t)told->result : len;
	memcpy(carried + carried_len, bytes, sent);
	carried_len += sent;
	return (ssize_t)sent;
}

ssize_t __wrap_call_recv(int fd, void *bytes, size_t len)
{
	const struct answer *const told = answered("recv");

	NOTE("recv %d %zu, ", fd, len);
	if (told && told->result <= 0)
		return told->result;
	const size_t got = told ? (size_t)told->result : len;
	memcpy(bytes, carried, got);
	memmove(carried, carried + got, carried_len - got);
	carried_len -= got;
	return (ssize_t)got;
}

int __wrap_call_close(int fd)
{
	NOTE("close %d, ", fd);
	return 0;
}

void __wrap_call_connected(int fd, const union addr *addr, int error)
{
	char text[ADDR_TEXT];

	NOTE("connected %d %s%s, ", fd, addr_print(addr, text), error ? ": not" : "");
}

/* Of `stop` alone. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms)
{
	if (count != 1 || fds->fd != STOP || fds->events != POLLIN || wait_ms != 0)
		NOTE("poll of another, ");
	return ++polls == stop_at;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	const struct answer *const told = answered("error");
	const int error = told ? told->error : 0;

	NOTE("error of %d%s, ", fd, level == SOL_SOCKET && name == SO_ERROR ? "" : ", another");
	memcpy(value, &error, *len);
	return told ? told->result : 0;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void begin(bool by_port)
{
	*done = 0;
	memset(&board, 0, sizeof board);
	memset(&tally, 0, sizeof tally);
	memset(&peer, 0, sizeof peer);
	answer_count = 0;
	sockets = polls = 0;
	stop_at = -1;
	stranger = quiet = false;
	carried_len = 0;
	heap_left = -1;
	plan = (struct crowd_plan){.source = addr_loopback(AF_INET, 4000),
	    .by_port = by_port,
	    .device = "",
	    .room = ROOM,
	    .stop = STOP,
	    .board = &board,
	    .tally = &tally};
}

/* What is told of a fault. */
static const char *fault_told(void)
{
	static char text[128];
	char at[ADDR_TEXT] = "nobody";

	if (!tally.failed)
		return "no fault";
	if (tally.peer.any.sa_family)
		addr_print(&tally.peer, at);
	snprintf(text, sizeof text, "%s to %s%s",
	    tally.fault.at == CALL_NONE ? "none" : fault_call(tally.fault.at), at,
	    tally.fault.error == 0               ? ""
	    : tally.fault.error == ECONNRESET    ? ": reset"
	    : tally.fault.error == ECONNREFUSED  ? ": refused"
	    : tally.fault.error == ECONNABORTED  ? ": aborted"
	    : tally.fault.error == ETIMEDOUT     ? ": late"
	    : tally.fault.error == EADDRNOTAVAIL ? ": not available"
	    : tally.fault.error == EADDRINUSE    ? ": in use"
	    : tally.fault.error == ENOMEM        ? ": no memory"
	    : tally.fault.error == EMFILE        ? ": too many"
						 : ": another");
	return text;
}

/* Opens one with those answers: what is done, what is returned and told. */
static const char *opens(void)
{
	static char all[16384];
	const long pieces = heap_pieces;
	struct crowd *crowd = crowd_new(&plan);

	*done = 0;
	const int result = crowd_open(crowd, 1);
	snprintf(all, sizeof all, "%s= %d, %u, %s", done, result, tally.opened, fault_told());
	*done = 0;
	crowd_close(crowd);
	CHECK(heap_pieces == pieces, "%ld pieces of memory are left", heap_pieces - pieces);
	CHECK(tally.closed == tally.opened, "%u of %u closed", tally.closed, tally.opened);
	return all;
}

#define OPEN "open 127.0.0.1:4000>127.0.0.1:4444 1 1 0, accept 1000, "
#define WAIT "poll 1000 in 1001 for 10000 of 3, "

static void a_connection_is_opened_at_both_ends_or_at_none(void)
{
	static const struct {
		struct answer answers[4];
		bool stranger;
		const char *want;
	} rows[] = {
	    {{{0}}, false, OPEN "connected 1001 127.0.0.1:4444, = 0, 1, no fault"},
	    {{{0}}, true,
		OPEN "reset 1002, accept 1000, connected 1001 127.0.0.1:4444, = 0, 1, no fault"},
	    {{{"accept", -1, EAGAIN, 0}}, false,
		OPEN WAIT "accept 1000, connected 1001 127.0.0.1:4444, = 0, 1, no fault"},
	    {{{"accept", -1, EINTR, 0}}, false,
		OPEN "accept 1000, connected 1001 127.0.0.1:4444, = 0, 1, no fault"},
	    {{{"accept", -1, EAGAIN, 0}, {"poll", -1, EINTR, 0}}, false,
		OPEN WAIT "accept 1000, connected 1001 127.0.0.1:4444, = 0, 1, no fault"},
	    {{{"accept", -1, EAGAIN, 0}, {"poll", -1, ENOMEM, 0}}, false,
		OPEN WAIT "connected 1001 127.0.0.1:4444: not, close 1001, "
			  "= 0, 0, connect to 127.0.0.1:4444: no memory"},
	    {{{"accept", -1, EAGAIN, 0}, {"poll", 0, 0, 0}}, false,
		OPEN WAIT "connected 1001 127.0.0.1:4444: not, close 1001, "
			  "= 0, 0, connect to 127.0.0.1:4444: late"},
	    {{{"accept", -1, EAGAIN, 0}, {"poll", 1, 0, 0}}, false,
		OPEN WAIT "close 1001, = -1, 0, no fault"},
	    {{{"accept", -1, EAGAIN, 0}, {"poll", 3, 0, 0}, {"error", 0, ECONNREFUSED, 0}}, false,
		OPEN WAIT "error of 1001, connected 1001 127.0.0.1:4444: not, close 1001, "
			  "= 0, 0, connect to 127.0.0.1:4444: refused"},
	    {{{"accept", -1, EAGAIN, 0}, {"poll", 3, 0, 0}}, false,
		OPEN WAIT "error of 1001, connected 1001 127.0.0.1:4444: not, close 1001, "
			  "= 0, 0, connect to 127.0.0.1:4444: reset"},
	    {{{"accept", -1, EAGAIN, 0}, {"poll", 3, 0, 0}, {"error", -1, ECONNREFUSED, 0}}, false,
		OPEN WAIT "error of 1001, connected 1001 127.0.0.1:4444: not, close 1001, "
			  "= 0, 0, connect to 127.0.0.1:4444: reset"},
	    {{{"accept", -1, ECONNABORTED, 0}}, false,
		OPEN "accept 1000, connected 1001 127.0.0.1:4444, = 0, 1, no fault"},
	    {{{"accept", -1, ECONNABORTED, 0}, {"accept", -1, EAGAIN, 0}, {"poll", 0, 0, 0}}, false,
		OPEN "accept 1000, " WAIT "close 1001, = 0, 0, accept to 127.0.0.1:4444: aborted"},
	    {{{"accept", -1, EMFILE, 0}}, false,
		OPEN "close 1001, = 0, 0, accept to 127.0.0.1:4444: too many"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin(false);
		for (int k = 0; k < 4 && rows[i].answers[k].call; k++)
			answers[answer_count++] = rows[i].answers[k];
		stranger = rows[i].stranger;
		CHECK_LINES(opens(), rows[i].want);
	}
}

static void each_port_has_a_listener_until_it_has_accepted(void)
{
	begin(true);
	CHECK_LINES(opens(),
	    "open 127.0.0.1:65535> 0 1, open 127.0.0.1:4000>127.0.0.1:65535 1 1 0, accept 1000, "
	    "connected 1001 127.0.0.1:65535, close 1000, = 0, 1, no fault");
	CHECK(board.ports[8191] == 128 && board.ports[8190] == 0, "%d", board.ports[8191]);
	begin(true);
	answer("open", CALL_BIND, EADDRINUSE);
	answer("open", CALL_BIND, EACCES);
	CHECK_LINES(opens(),
	    "open 127.0.0.1:65535> 0 1, open 127.0.0.1:65534> 0 1, open 127.0.0.1:65533> 0 1, "
	    "open 127.0.0.1:4000>127.0.0.1:65533 1 1 0, accept 1000, "
	    "connected 1001 127.0.0.1:65533, close 1000, = 0, 1, no fault");
	CHECK(board.ports[8191] == 32, "%d", board.ports[8191]);
	begin(true);
	answer("open", CALL_LISTEN, EADDRINUSE);
	CHECK_LINES(opens(), "open 127.0.0.1:65535> 0 1, = 0, 0, listen to nobody: in use");
	begin(true);
	answer("open", CALL_BIND, EMFILE);
	CHECK_LINES(opens(), "open 127.0.0.1:65535> 0 1, = 0, 0, bind to nobody: too many");
	begin(true);
	atomic_store(&board.ports_taken, 65535 - 1024);
	CHECK_LINES(opens(),
	    "open 127.0.0.1:1024> 0 1, open 127.0.0.1:4000>127.0.0.1:1024 1 1 0, accept 1000, "
	    "connected 1001 127.0.0.1:1024, close 1000, = 0, 1, no fault");
	begin(true);
	atomic_store(&board.ports_taken, 65535 - 1024 + 1);
	CHECK_LINES(opens(), "= 0, 0, bind to nobody: not available");
}

/* What crowd_new does, and what is told where there is none. */
static const char *begins(void)
{
	static char all[16384];
	const long pieces = heap_pieces;
	struct crowd *const crowd = crowd_new(&plan);

	heap_left = -1;
	snprintf(all, sizeof all, "%s= %s, %s", done, crowd ? "one" : "none", fault_told());
	if (crowd)
		crowd_close(crowd);
	CHECK(heap_pieces == pieces, "%ld pieces of memory are left", heap_pieces - pieces);
	return all;
}

static void one_listener_serves_all_on_its_device_where_it_may(void)
{
	begin(false);
	CHECK_LINES(begins(), "open 0.0.0.0:0> 0 all, = one, no fault");
	CHECK(board.ports[4444 / 8] == 1 << 4444 % 8, "%d", board.ports[4444 / 8]);
	begin(false);
	plan.device = "lo";
	CHECK_LINES(begins(), "open 0.0.0.0:0> 0 -1 all, = one, no fault");
	begin(false);
	plan.device = "lo";
	answer("open", CALL_OPTION, EPERM);
	CHECK_LINES(begins(), "open 0.0.0.0:0> 0 -1 all, open 0.0.0.0:0> 0 all, = one, no fault");
	begin(false);
	plan.device = "lo";
	answer("open", CALL_SOCKET, EMFILE);
	CHECK_LINES(begins(), "open 0.0.0.0:0> 0 -1 all, = none, socket to nobody: too many");
	begin(false);
	answer("open", CALL_BIND, EADDRINUSE);
	CHECK_LINES(begins(), "open 0.0.0.0:0> 0 all, take, open 0.0.0.0:5555> 0 all, "
			      "give back 5555, = one, no fault");
	begin(false);
	answer("open", CALL_BIND, EADDRINUSE);
	answer("take", -1, EAGAIN);
	CHECK_LINES(begins(), "open 0.0.0.0:0> 0 all, take, = none, bind to nobody: in use");
	begin(false);
	answer("open", CALL_LISTEN, EADDRINUSE);
	CHECK_LINES(begins(), "open 0.0.0.0:0> 0 all, = none, listen to nobody: in use");
	begin(false);
	heap_left = 0;
	CHECK_LINES(begins(), "= none, socket to nobody: no memory");
	begin(true);
	heap_left = 1;
	CHECK_LINES(begins(), "= none, socket to nobody: no memory");
	begin(true);
	CHECK_LINES(begins(), "= one, no fault");
}

/* What a heartbeat over one connection does, 1001 at the source, 1002 accepted. */
static const char *beats(struct answer first, struct answer second)
{
	static char all[16384];

	begin(false);
	quiet = true;
	struct crowd *const crowd = crowd_new(&plan);
	CHECK(crowd_open(crowd, 1) == 0 && tally.opened == 1, "not opened");
	quiet = false;
	if (first.call)
		answers[answer_count++] = first;
	if (second.call)
		answers[answer_count++] = second;
	const int result = crowd_beat(crowd);
	snprintf(all, sizeof all, "%s= %d, %u, %s", done, result, tally.echoed, fault_told());
	quiet = true;
	crowd_close(crowd);
	return all;
}

#define THERE "send 1001 8, recv 1002 8, "
#define BACK  "send 1002 8, recv 1001 8, "

static void a_heartbeat_goes_there_and_back(void)
{
	const struct answer none = {0};

	CHECK_LINES(beats(none, none), THERE BACK "= 0, 1, no fault");
	CHECK_LINES(beats((struct answer){"send", 3, 0, 0}, (struct answer){"recv", 5, 0, 0}),
	    "send 1001 8, send 1001 5, recv 1002 8, recv 1002 3, " BACK "= 0, 1, no fault");
	CHECK_LINES(
	    beats((struct answer){"send", -1, EINTR, 0}, (struct answer){"recv", -1, EINTR, 0}),
	    "send 1001 8, "
	    "send 1001 8, recv 1002 8, recv 1002 8, " BACK "= 0, 1, no fault");
	CHECK_LINES(
	    beats((struct answer){"send", -1, EAGAIN, 0}, (struct answer){"recv", -1, EAGAIN, 0}),
	    "send 1001 8, poll 1001 out -1 for 10000 of 3, send 1001 8, "
	    "recv 1002 8, poll 1002 in -1 for 10000 of 3, recv 1002 8, " BACK "= 0, 1, no fault");
	CHECK_LINES(beats((struct answer){"send", -1, EAGAIN, 0}, (struct answer){"poll", 0, 0, 0}),
	    "send 1001 8, poll 1001 out -1 for 10000 of 3, = -1, 0, send to 127.0.0.1:4444: late");
	CHECK_LINES(beats((struct answer){"recv", -1, EAGAIN, 0}, (struct answer){"poll", 1, 0, 0}),
	    THERE "poll 1002 in -1 for 10000 of 3, = -1, 0, no fault");
	CHECK_LINES(beats((struct answer){"recv", 0, 0, 0}, none),
	    THERE "= -1, 0, recv to 127.0.0.1:4444: reset");
	CHECK_LINES(beats((struct answer){"recv", -1, ENOMEM, 0}, none),
	    THERE "= -1, 0, recv to 127.0.0.1:4444: no memory");
	CHECK_LINES(beats((struct answer){"send", -1, ENOMEM, 0}, none),
	    "send 1001 8, = -1, 0, send to 127.0.0.1:4444: no memory");
}

/* Stop is looked at after 64 opened, and at each 64th heartbeat from the first on. */
static void stop_is_heard_every_64_connections(void)
{
	char last_peer[ADDR_TEXT];

	begin(false);
	quiet = true;
	struct crowd *crowd = crowd_new(&plan);
	stop_at = 1;
	CHECK(crowd_open(crowd, ROOM) == -1 && tally.opened == 64, "%u opened", tally.opened);
	polls = 0;
	CHECK(crowd_beat(crowd) == -1 && tally.echoed == 0, "%u echoed", tally.echoed);
	stop_at = -1;
	CHECK(crowd_open(crowd, ROOM + 1) == 0 && tally.opened == ROOM, "%u opened", tally.opened);
	CHECK_TEXT(addr_print(&peer, last_peer), "127.0.0.200:4444");
	polls = 0;
	stop_at = 3;
	CHECK(crowd_beat(crowd) == -1 && tally.echoed == 128, "%u echoed", tally.echoed);
	stop_at = -1;
	atomic_store(&tally.failed, true);
	CHECK(crowd_open(crowd, ROOM) == 0, "it is no stop");
	quiet = false;
	*done = 0;
	crowd_close(crowd);
	CHECK(tally.closed == ROOM, "%u closed", tally.closed);
	const char *const last = strstr(done, "close 1001, close 1002, close 1000, ");
	CHECK(last && strlen(last) == 36, "%s", done);
}

static void a_source_is_held_at_a_port_of_its_own_choice_where_none_is_given(void)
{
	static const struct {
		unsigned port;
		int at, error;
		bool taken;
		const char *want;
	} rows[] = {
	    {0, CALL_NONE, 0, true, "open 127.0.0.1:0> 1 1 0, = 1000"},
	    {0, CALL_BIND, EADDRINUSE, true,
		"open 127.0.0.1:0> 1 1 0, take, open 127.0.0.1:5555> 1 1 0, give back 5555, = 1000"},
	    {0, CALL_BIND, EADDRINUSE, false, "open 127.0.0.1:0> 1 1 0, take, = -1"},
	    {7, CALL_BIND, EADDRINUSE, true, "open 127.0.0.1:7> 1 1 0, = -1"},
	    {0, CALL_BIND, EACCES, true, "open 127.0.0.1:0> 1 1 0, = -1"},
	    {0, CALL_OPTION, EADDRINUSE, true, "open 127.0.0.1:0> 1 1 0, = -1"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const union addr source = addr_loopback(AF_INET, rows[i].port);
		struct fault fault = {0};
		begin(false);
		if (rows[i].at != CALL_NONE)
			answer("open", rows[i].at, rows[i].error);
		if (!rows[i].taken)
			answer("take", -1, EAGAIN);
		NOTE("= %d", crowd_hold(&source, &fault));
		CHECK_LINES(done, rows[i].want);
	}
}

int main(void)
{
	TEST(a_connection_is_opened_at_both_ends_or_at_none);
	TEST(each_port_has_a_listener_until_it_has_accepted);
	TEST(one_listener_serves_all_on_its_device_where_it_may);
	TEST(a_heartbeat_goes_there_and_back);
	TEST(stop_is_heard_every_64_connections);
	TEST(a_source_is_held_at_a_port_of_its_own_choice_where_none_is_given);
	return test_failures != 0;
}
