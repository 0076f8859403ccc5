/* ctest: core */
/* tcp/echo: the server, driven turn by turn; no process, no thread, no sleep. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/echo.h"
#include "tcp/sock.h"
#include "tests/lib/test.h"

enum { TURN_MS = 100, TURNS = 200 };

static enum ready_kind kind;      /* of the servers in this round */
static struct echo_share *shared; /* what the servers have with others; NULL: each is alone */

/* One server with what it told. */
struct stage {
	struct echo *echo;
	union addr local;
	int opened, closed, full;
	uint64_t heard, closed_bytes;
	enum echo_reason reason;
};

static void note(void *who, const struct echo_event *event)
{
	struct stage *stage = who;

	switch (event->what) {
	case ECHO_OPENED:
		stage->opened++;
		break;
	case ECHO_HEARD:
		stage->heard += event->bytes;
		break;
	case ECHO_CLOSED:
		stage->closed++;
		stage->closed_bytes = event->bytes;
		stage->reason = event->reason;
		break;
	case ECHO_FULL:
		stage->full++;
		break;
	}
}

static void begin(struct stage *stage, uint64_t most, int64_t idle_us, int stop)
{
	struct plan plan = {.local = addr_any(AF_INET, 0), .backlog = 64};
	struct fault fault;
	const struct echo_plan echo_plan = {.stop = {stop, -1},
	    .most = most,
	    .idle_us = idle_us,
	    .poller = kind,
	    .share = shared,
	    .tells = ECHO_OPENED | ECHO_HEARD | ECHO_CLOSED | ECHO_FULL,
	    .tell = note,
	    .who = stage};

	*stage = (struct stage){0};
	plan.local.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	const int fd = sock_open(&plan, &fault);
	stage->local = sock_local(fd);
	stage->echo = echo_new(&echo_plan);
	if (fd < 0 || !stage->echo || echo_add(stage->echo, fd) < 0) {
		perror("begin");
		exit(99);
	}
}

/* A client, connected; with a receive buffer of `room` bytes, 0: as usual. */
static int dial(const struct stage *stage, int room)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (room)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	if (fd < 0 || connect(fd, &stage->local.any, addr_len(&stage->local)) < 0 ||
	    sock_blocking(fd, false) < 0) {
		perror("dial");
		exit(99);
	}
	return fd;
}

/* What has been sent is not at once there. */
static ssize_t receive_byte(int fd, char *byte)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};

	poll(&readable, 1, TURNS * TURN_MS);
	return recv(fd, byte, 1, 0);
}

static void turn_until(struct stage *stage, const int *count, int wanted)
{
	const int64_t until_us = clock_us() + (int64_t)TURNS * TURN_MS * 1000;

	while (*count < wanted && clock_us() < until_us)
		echo_turn(stage->echo, TURN_MS);
}

static char byte_at(uint64_t i)
{
	return (char)(i * 7 + i / 251);
}

/* Sends and receives, turn by turn, until `len` bytes are back or nothing moves any more. Returns
 * how many came back right. */
static uint64_t exchange(struct stage *stage, int fd, uint64_t len)
{
	static char bytes[65536];
	uint64_t sent = 0, back = 0;
	int quiet = 0;

	while (back < len && quiet < 3) {
		size_t n = 0;
		while (n < sizeof bytes && sent + n < len) {
			bytes[n] = byte_at(sent + n);
			n++;
		}
		const ssize_t out = n ? send(fd, bytes, n, MSG_NOSIGNAL) : 0;
		if (out > 0)
			sent += (uint64_t)out;
		const int served = echo_turn(stage->echo, TURN_MS);
		const ssize_t in = recv(fd, bytes, sizeof bytes, 0);
		for (ssize_t i = 0; i < in; i++)
			if (bytes[i] != byte_at(back + (uint64_t)i))
				return back + (uint64_t)i;
		if (in > 0)
			back += (uint64_t)in;
		quiet = out > 0 || served > 0 || in > 0 ? 0 : quiet + 1;
	}
	return back;
}

static void every_byte_comes_back_in_order(void)
{
	enum { LEN = 5000000 };
	struct stage stage;

	begin(&stage, 0, 0, -1);
	const int fd = dial(&stage, 0);
	const uint64_t back = exchange(&stage, fd, LEN);
	CHECK(back == LEN, "%llu bytes", (unsigned long long)back);
	CHECK(stage.heard == LEN, "heard %llu", (unsigned long long)stage.heard);
	CHECK(echo_bytes(stage.echo) == LEN, "echoed %llu",
	    (unsigned long long)echo_bytes(stage.echo));
	close(fd);
	turn_until(&stage, &stage.closed, 1);
	CHECK(stage.closed == 1 && stage.reason == ECHO_PEER, "%d %d", stage.closed,
	    (int)stage.reason);
	CHECK(stage.closed_bytes == LEN, "%llu", (unsigned long long)stage.closed_bytes);
	echo_free(stage.echo);
}

/* Who does not read its echo is not read either: the sender is stopped by the buffers. */
static void a_peer_that_does_not_read_is_not_read(void)
{
	static char bytes[65536];
	struct stage stage;
	uint64_t sent = 0;
	int quiet = 0;

	begin(&stage, 0, 0, -1);
	const int slow = dial(&stage, 4096), other = dial(&stage, 0);
	while (quiet < 3 && sent < UINT64_C(1) << 28) {
		const ssize_t n = send(slow, bytes, sizeof bytes, MSG_NOSIGNAL);
		const int served = echo_turn(stage.echo, 10);
		if (n > 0)
			sent += (uint64_t)n;
		quiet = n > 0 || served > 0 ? 0 : quiet + 1;
	}
	CHECK(quiet == 3, "the server took %llu bytes", (unsigned long long)sent);
	CHECK(exchange(&stage, other, 100000) == 100000, "the other waits for the slow one");
	close(slow);
	close(other);
	turn_until(&stage, &stage.closed, 2);
	CHECK(stage.closed == 2, "%d", stage.closed);
	echo_free(stage.echo);
}

static void half_close_gets_the_whole_echo_then_the_end(void)
{
	enum { LEN = 200000 };
	static char bytes[LEN];
	struct stage stage;
	uint64_t back = 0;
	ssize_t n = -1;

	begin(&stage, 0, 0, -1);
	const int fd = dial(&stage, 0);
	for (size_t i = 0; i < LEN; i++)
		bytes[i] = byte_at(i);
	size_t sent = 0;
	while (sent < LEN) {
		const ssize_t out = send(fd, bytes + sent, LEN - sent, MSG_NOSIGNAL);
		sent += out > 0 ? (size_t)out : 0;
		if (sent == LEN)
			shutdown(fd, SHUT_WR);
		echo_turn(stage.echo, 0);
	}
	for (int i = 0; i < TURNS && n != 0; i++) {
		echo_turn(stage.echo, 10);
		while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
			back += (uint64_t)n;
	}
	CHECK(back == LEN && n == 0, "%llu bytes, then %zd", (unsigned long long)back, n);
	close(fd);
	echo_free(stage.echo);
}

static void a_reset_is_told_as_such(void)
{
	struct stage stage;

	begin(&stage, 0, 0, -1);
	const int fd = dial(&stage, 0);
	turn_until(&stage, &stage.opened, 1);
	sock_reset(fd);
	turn_until(&stage, &stage.closed, 1);
	CHECK(stage.closed == 1 && stage.reason == ECHO_RESET, "%d %d", stage.closed,
	    (int)stage.reason);
	echo_free(stage.echo);
}

static void at_most_so_many_are_taken_at_a_time(void)
{
	struct stage stage;

	begin(&stage, 2, 0, -1);
	const int a = dial(&stage, 0), b = dial(&stage, 0), c = dial(&stage, 0);
	turn_until(&stage, &stage.opened, 2);
	for (int i = 0; i < 3; i++)
		echo_turn(stage.echo, 10);
	CHECK(stage.opened == 2 && echo_open(stage.echo) == 2, "%d opened", stage.opened);
	close(a);
	turn_until(&stage, &stage.opened, 3);
	CHECK(stage.opened == 3 && echo_open(stage.echo) == 2, "%d opened", stage.opened);
	close(b);
	close(c);
	echo_free(stage.echo);
}

/* So many that auto hands over from poll to what serves many. */
static void many_connections_are_served_as_one(void)
{
	enum { MANY = 200 };
	struct stage stage;
	int fds[MANY];
	char byte;

	begin(&stage, 0, 0, -1);
	for (int i = 0; i < MANY; i++) {
		fds[i] = dial(&stage, 0);
		turn_until(&stage, &stage.opened, i + 1);
	}
	CHECK(kind != READY_AUTO || !ready_known(READY_EPOLL) ||
		  !strcmp(echo_poller(stage.echo), "epoll"),
	    "%s serves %d", echo_poller(stage.echo), MANY);
	for (int i = 0; i < MANY; i += 7)
		CHECK(exchange(&stage, fds[i], 1000) == 1000, "connection %d", i);
	for (int i = 0; i < MANY; i++)
		if (i % 3)
			close(fds[i]);
	turn_until(&stage, &stage.closed, MANY - (MANY + 2) / 3);
	CHECK(echo_open(stage.echo) == (MANY + 2) / 3, "%d open", (int)echo_open(stage.echo));
	for (int i = 0; i < MANY; i += 3)
		CHECK(send(fds[i], "x", 1, MSG_NOSIGNAL) == 1, "connection %d", i);
	for (int i = 0; i < TURNS && echo_bytes(stage.echo) < 29000 + (MANY + 2) / 3; i++)
		echo_turn(stage.echo, TURN_MS);
	for (int i = 0; i < MANY; i += 3) {
		CHECK(receive_byte(fds[i], &byte) == 1 && byte == 'x', "connection %d", i);
		close(fds[i]);
	}
	echo_free(stage.echo);
}

static void silence_ends_a_connection_and_a_byte_prolongs_it(void)
{
	struct stage stage;
	const int64_t idle_us = 150000, began = clock_us();

	begin(&stage, 0, idle_us, -1);
	const int quiet = dial(&stage, 0), busy = dial(&stage, 0);
	turn_until(&stage, &stage.opened, 2);
	while (stage.closed == 0 && clock_us() < began + 5000000) {
		send(busy, "x", 1, MSG_NOSIGNAL);
		echo_turn(stage.echo, 20);
	}
	CHECK(stage.closed == 1 && stage.reason == ECHO_IDLE, "%d %d", stage.closed,
	    (int)stage.reason);
	CHECK(clock_us() - began >= idle_us, "after %lld us", (long long)(clock_us() - began));
	CHECK(echo_open(stage.echo) == 1, "%d open", (int)echo_open(stage.echo));
	turn_until(&stage, &stage.closed, 2);
	CHECK(stage.closed == 2, "%d", stage.closed);
	close(quiet);
	close(busy);
	echo_free(stage.echo);
}

static void stop_ends_a_turn_at_once(void)
{
	struct stage stage;
	int ends[2];

	if (pipe(ends) < 0 || write(ends[1], "", 1) != 1)
		exit(99);
	begin(&stage, 0, 0, ends[0]);
	CHECK(!echo_told_to_stop(stage.echo), "told before its first turn");
	CHECK(echo_turn(stage.echo, -1) == 1, "one descriptor");
	CHECK(echo_told_to_stop(stage.echo), "not told");
	close(ends[0]);
	close(ends[1]);
	echo_free(stage.echo);
}

static char waited[120];

static void note_wait(const char *line)
{
	snprintf(waited, sizeof waited, "%s", line);
}

/* Debts of the others are no work of its. */
static void one_of_several_that_owes_nothing_sleeps_until_it_is_woken(void)
{
	struct stage stage;
	int ends[2];

	shared = calloc(1, echo_share_size(2));
	if (!shared || pipe(ends) < 0 || write(ends[1], "", 1) != 1)
		exit(99);
	echo_share_begin(shared, 2);
	echo_share_owe(shared, 1, 1);
	begin(&stage, 0, 0, ends[0]);
	call_trace_traffic = note_wait;
	echo_turn(stage.echo, -1);
	call_trace_traffic = NULL;
	CHECK(strstr(waited, ", -1)"), "%s", waited);
	close(ends[0]);
	close(ends[1]);
	echo_free(stage.echo);
	free(shared);
	shared = NULL;
}

/* A peer that has all of its echo and stays. */
static void what_wakes_a_server_for_good_keeps_it_from_no_end(void)
{
	struct stage stage;
	int ends[2];

	if (pipe(ends) < 0 || write(ends[1], "", 1) != 1)
		exit(99);
	begin(&stage, 0, 0, -1);
	CHECK(echo_wake(stage.echo, ends[0]) == 0, "no wake");
	const int fd = dial(&stage, 0);
	turn_until(&stage, &stage.opened, 1);
#ifdef TCP_QUICKACK
	/* Its echo is still on the way when the end begins. */
	const int off = 0;
	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
#endif
	CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == 1, "nothing sent");
	const int64_t until_us = clock_us() + (int64_t)TURNS * TURN_MS * 1000;
	while (stage.heard == 0 && clock_us() < until_us) /* each turn is woken at once */
		echo_turn(stage.echo, TURN_MS);
	echo_stop(stage.echo);
	turn_until(&stage, &stage.closed, 1);
	CHECK(stage.heard == 1 && stage.closed == 1 && echo_over(stage.echo),
	    "%llu heard, %d closed", (unsigned long long)stage.heard, stage.closed);
	close(fd);
	close(ends[0]);
	close(ends[1]);
	echo_free(stage.echo);
}

/* Told to stop while a peer has not taken its echo: all that was read still goes out. */
static void drain_sends_back_what_was_read(void)
{
	static char bytes[65536];
	struct stage stage;
	uint64_t sent = 0, back = 0;
	int quiet = 0;

	begin(&stage, 0, 0, -1);
	const int fd = dial(&stage, 4096), idle = dial(&stage, 0);
	while (quiet < 3) {
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = byte_at(sent + i);
		const ssize_t n = send(fd, bytes, sizeof bytes, MSG_NOSIGNAL);
		sent += n > 0 ? (uint64_t)n : 0;
		quiet = n > 0 || echo_turn(stage.echo, 10) > 0 ? 0 : quiet + 1;
	}
	int told[2];
	CHECK(pipe(told) == 0, "a pipe");
	const pid_t reader = fork();
	if (reader == 0) {
		sock_blocking(fd, true);
		for (ssize_t n; (n = recv(fd, bytes, sizeof bytes, 0)) > 0; back += (uint64_t)n)
			for (ssize_t i = 0; i < n; i++)
				if (bytes[i] != byte_at(back + (uint64_t)i))
					_exit(1);
		_exit(write(told[1], &back, sizeof back) == sizeof back ? 0 : 2);
	}
	close(fd);
	echo_stop(stage.echo);
	turn_until(&stage, &stage.closed, 2);
	CHECK(stage.closed == 2 && echo_open(stage.echo) == 0, "%d closed", stage.closed);
	CHECK(echo_bytes(stage.echo) == stage.heard, "echoed %llu of %llu",
	    (unsigned long long)echo_bytes(stage.echo), (unsigned long long)stage.heard);
	int status = -1;
	waitpid(reader, &status, 0);
	CHECK(status == 0, "the reader ended with %d", status);
	/* All that it heard, no more and no less. */
	CHECK(read(told[0], &back, sizeof back) == sizeof back && back == stage.heard,
	    "%llu came back of %llu", (unsigned long long)back, (unsigned long long)stage.heard);
	close(told[0]);
	close(told[1]);
	close(idle);
	echo_free(stage.echo);
}

int main(void)
{
	static const char *const names[] = {"auto", "poll", "epoll", "kqueue"};

	for (kind = READY_AUTO; kind <= READY_KQUEUE; kind++) {
		if (!ready_known(kind)) {
			printf("skipped: %s, which this system lacks\n", names[kind]);
			continue;
		}
		printf("%s\n", names[kind]);
		TEST(every_byte_comes_back_in_order);
		TEST(a_peer_that_does_not_read_is_not_read);
		TEST(half_close_gets_the_whole_echo_then_the_end);
		TEST(a_reset_is_told_as_such);
		TEST(at_most_so_many_are_taken_at_a_time);
		TEST(silence_ends_a_connection_and_a_byte_prolongs_it);
		TEST(stop_ends_a_turn_at_once);
		TEST(one_of_several_that_owes_nothing_sleeps_until_it_is_woken);
		TEST(what_wakes_a_server_for_good_keeps_it_from_no_end);
		TEST(drain_sends_back_what_was_read);
		TEST(many_connections_are_served_as_one);
	}
	return test_failures != 0;
}
