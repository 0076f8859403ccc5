/* ctest: core wrap=call_poll wrap=clock_us */
/* tcp/sock: a socket from plan to descriptor, and how long a connect is waited for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/sock.h"
#include "tests/lib/open.h"
#include "tests/lib/test.h"

enum { MOST = 64, TURNS = 4, BEGAN_US = 7000000 };

/* What poll answers, turn by turn. */
static struct turn {
	int n, error;
	short of_socket, of_stop;
	int64_t takes_us;
} turns[TURNS];
static bool simulated;
static int turn, asked_ms[TURNS], asked_socket, asked_stop;
static short asked_events[2];
static int64_t now_us;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __real_call_poll(struct pollfd *fds, nfds_t n, int wait_ms);
int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms);
int64_t __real_clock_us(void);
int64_t __wrap_clock_us(void);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms)
{
	if (!simulated)
		return __real_call_poll(fds, n, wait_ms);
	if (turn == TURNS || n != 2) {
		errno = EDOM; /* it asks on and on */
		return -1;
	}
	const struct turn *now = &turns[turn];
	asked_ms[turn++] = wait_ms;
	asked_socket = fds[0].fd;
	asked_stop = fds[1].fd;
	asked_events[0] = fds[0].events;
	asked_events[1] = fds[1].events;
	fds[0].revents = now->of_socket;
	fds[1].revents = now->of_stop;
	now_us += now->takes_us;
	errno = now->error;
	return now->n;
}

int64_t __wrap_clock_us(void)
{
	return simulated ? now_us : __real_clock_us();
}

static void a_connect_is_waited_for_until_it_ends(void)
{
	static const struct {
		int64_t wait_us;
		struct turn turns[TURNS];
		int error, count, ms[TURNS];
	} rows[] = {
	    {2500, {{1, 0, POLLOUT, 0, 0}}, 0, 1, {3}},
	    {-1, {{1, 0, POLLOUT, 0, 0}}, 0, 1, {-1}},
	    {-1, {{1, 0, 0, POLLIN, 0}}, ECANCELED, 1, {-1}},
	    /* The connect's end counts, also where it is to stop. */
	    {-1, {{2, 0, POLLOUT | POLLERR, POLLIN, 0}}, 0, 1, {-1}},
	    /* A signal ends no wait. */
	    {5000, {{-1, EINTR, POLLOUT, POLLIN, 2000}, {1, 0, POLLOUT, 0, 0}}, 0, 2, {5, 3}},
	    {5000, {{-1, ENOMEM, 0, 0, 0}}, ENOMEM, 1, {5}},
	    /* Poll may be early by a moment. */
	    {5000, {{0, 0, 0, 0, 4999}, {0, 0, 0, 0, 1}}, ETIMEDOUT, 2, {5, 1}},
	    {5000, {{0, 0, 0, 0, 5000}}, ETIMEDOUT, 1, {5}},
	    {0, {{0, 0, 0, 0, 0}}, ETIMEDOUT, 1, {0}},
	    {5000, {{-1, EINTR, 0, 0, 6000}, {0, 0, 0, 0, 0}}, ETIMEDOUT, 2, {5, 0}},
	};
	const union addr peer = addr_loopback(AF_INET, 1);
	const int fd = call_socket(AF_INET);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fault fault = {0};
		memcpy(turns, rows[i].turns, sizeof turns);
		turn = 0;
		now_us = BEGAN_US;
		simulated = true;
		const int result = sock_settle(fd, &peer, rows[i].wait_us, 55, &fault);
		simulated = false;
		CHECK(result == (rows[i].error ? -1 : 0) && fault.error == rows[i].error &&
			  fault.at == (rows[i].error ? CALL_CONNECT : CALL_NONE),
		    "row %zu: %d, %s", i, result, errname(fault.error));
		CHECK(turn == rows[i].count, "row %zu: asked %d times", i, turn);
		for (int j = 0; j < turn && j < rows[i].count; j++)
			CHECK(asked_ms[j] == rows[i].ms[j], "row %zu, turn %d: %d ms", i, j,
			    asked_ms[j]);
		CHECK(asked_socket == fd && asked_events[0] == POLLOUT && asked_stop == 55 &&
			  asked_events[1] == POLLIN,
		    "row %zu: %d for %#x, %d for %#x", i, asked_socket, (unsigned)asked_events[0],
		    asked_stop, (unsigned)asked_events[1]);
	}
	close(fd);
}

static void what_the_peer_refuses_is_told(void)
{
	const union addr any = addr_loopback(AF_INET, 0);
	struct fault fault = {0};
	const int silent =
	    sock_open(&(struct plan){.local = any, .backlog = SOCK_NO_LISTEN}, &fault);
	const union addr there = sock_local(silent);
	const int fd = sock_open(&(struct plan){.peer = there, .backlog = SOCK_NO_LISTEN}, &fault);

	if (fd >= 0) {
		CHECK(sock_settle(fd, &there, -1, -1, &fault) == -1, "it has connected");
		close(fd);
	}
	CHECK(fault.at == CALL_CONNECT && fault.error == ECONNREFUSED, "%s: %s",
	    fault_call(fault.at), errname(fault.error));
	/* What is no socket has no end. */
	const int none = open("/dev/null", O_RDWR);
	CHECK(sock_settle(none, &there, -1, -1, &fault) == -1 && fault.error == ENOTSOCK, "%s",
	    errname(fault.error));
	close(none);
	close(silent);
}

static void each_step_that_fails_is_named_and_nothing_is_left_open(void)
{
	static const struct setting unknown = {.option = OPTION_DEVICE, .device = "no such one"};
	const union addr any = addr_loopback(AF_INET, 0);
	union addr away = any, broadcast = any, none = {0};
	away.v4.sin_addr.s_addr = htonl(0xc6336401U); /* 198.51.100.1, of no machine */
	broadcast.v4.sin_addr.s_addr = htonl(0xffffffffU);
	addr_set_port(&broadcast, 9);
	none.any.sa_family = 255;
	const struct {
		struct plan plan;
		enum tcp_call at;
		int error; /* 0: the system's */
	} rows[] = {
	    {{.local = none, .backlog = 1}, CALL_SOCKET, 0},
	    {{.local = any, .settings = &unknown, .setting_count = 1, .backlog = 1}, CALL_OPTION,
		0},
	    {{.local = away, .backlog = 1}, CALL_BIND, EADDRNOTAVAIL},
	    {{.local = any, .udp = true, .backlog = 0}, CALL_LISTEN, EOPNOTSUPP},
	    {{.peer = broadcast, .udp = true, .backlog = SOCK_NO_LISTEN}, CALL_CONNECT, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fault fault = {0};
		const int before = open_count(0, MOST);
		const int fd = sock_open(&rows[i].plan, &fault);
		CHECK(fd == -1 && fault.at == rows[i].at && fault.error != 0 &&
			  (!rows[i].error || fault.error == rows[i].error),
		    "row %zu: %d, %s: %s", i, fd, fault_call(fault.at), errname(fault.error));
		CHECK(open_count(0, MOST) == before, "row %zu: %d open, then %d", i, before,
		    open_count(0, MOST));
	}
}

static int type_of(int fd)
{
	int type = 0;
	socklen_t len = sizeof type;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ? -1 : type;
}

static void a_plan_is_carried_out(void)
{
	static const struct setting settings[] = {
	    {.option = OPTION_REUSEADDR, .value = 1}, {.option = OPTION_REUSEPORT, .value = 1}};
	const union addr any = addr_loopback(AF_INET, 0);
	struct fault fault = {0};
	const struct plan plan = {
	    .local = any, .settings = settings, .setting_count = 2, .backlog = 3};
	const int listener = sock_open(&plan, &fault);
	const union addr there = sock_local(listener);
	const int client = sock_open(
	    &(struct plan){.local = any, .peer = there, .backlog = SOCK_NO_LISTEN}, &fault);
	const int datagrams =
	    sock_open(&(struct plan){.local = any, .udp = true, .backlog = SOCK_NO_LISTEN}, &fault);
	char byte;

	CHECK(listener >= 0 && client >= 0 && datagrams >= 0, "%s: %s", fault_call(fault.at),
	    errname(fault.error));
	CHECK(type_of(listener) == SOCK_STREAM && type_of(datagrams) == SOCK_DGRAM, "%d, %d",
	    type_of(listener), type_of(datagrams));
	CHECK(option_get(listener, OPTION_REUSEADDR) && option_get(listener, OPTION_REUSEPORT),
	    "not both options");
	CHECK(!option_get(client, OPTION_REUSEADDR), "an option too many");
	CHECK((fcntl(client, F_GETFL) & O_NONBLOCK) && (fcntl(client, F_GETFD) & FD_CLOEXEC),
	    "flags %#x, %#x", (unsigned)fcntl(client, F_GETFL), (unsigned)fcntl(client, F_GETFD));
	CHECK(addr_port(&there) != 0 && sock_peer(listener).any.sa_family == AF_UNSPEC,
	    "a listener has a peer");
	CHECK(sock_settle(client, &there, -1, -1, &fault) == 0, "%s", errname(fault.error));
	const union addr peer = sock_peer(client), from = sock_local(client);
	CHECK(addr_same(&peer, &there), "another peer");
	sock_blocking(listener, true);
	const int taken = accept(listener, NULL, NULL);
	const union addr other = sock_peer(taken);
	CHECK(addr_same(&other, &from), "another client");
	sock_reset(client);
	CHECK(fcntl(client, F_GETFD) < 0, "it is open still");
	CHECK(recv(taken, &byte, 1, 0) < 0 && errno == ECONNRESET, "%s", errname(errno));
	close(taken);
	close(listener);
	close(datagrams);
}

static void what_is_no_socket_has_no_address(void)
{
	const int fd = open("/dev/null", O_RDWR);

	CHECK(sock_local(fd).any.sa_family == AF_UNSPEC && sock_peer(fd).any.sa_family == AF_UNSPEC,
	    "it has one");
	CHECK(sock_local(-1).any.sa_family == AF_UNSPEC && sock_peer(-1).any.sa_family == AF_UNSPEC,
	    "none has one");
	close(fd);
}

static void one_flag_is_changed_and_the_others_stay(void)
{
	const int fd = open("/dev/null", O_RDWR | O_APPEND);
	const int before = fcntl(fd, F_GETFL);

	CHECK(sock_blocking(fd, false) == 0 && fcntl(fd, F_GETFL) == (before | O_NONBLOCK),
	    "%#x, then %#x", (unsigned)before, (unsigned)fcntl(fd, F_GETFL));
	CHECK(sock_blocking(fd, true) == 0 && fcntl(fd, F_GETFL) == before, "%#x, then %#x",
	    (unsigned)before, (unsigned)fcntl(fd, F_GETFL));
	close(fd);
	CHECK(sock_blocking(fd, true) == -1 && errno == EBADF, "%s", errname(errno));
}

int main(void)
{
	TEST(a_connect_is_waited_for_until_it_ends);
	TEST(what_the_peer_refuses_is_told);
	TEST(each_step_that_fails_is_named_and_nothing_is_left_open);
	TEST(a_plan_is_carried_out);
	TEST(what_is_no_socket_has_no_address);
	TEST(one_flag_is_changed_and_the_others_stay);
	return test_failures != 0;
}
