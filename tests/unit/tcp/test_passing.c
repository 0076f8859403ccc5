/* ctest: os=Linux wrap=send wrap=recv wrap=accept4 wrap=connect wrap=poll */
/* tcp/echo and tcp/sock: errnos that pass by are no end, cost no CPU and lose no byte. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "tcp/echo.h"
#include "tcp/option.h"
#include "tcp/sock.h"
#include "tests/lib/test.h"

enum { TURN_MS = 20, TURNS = 50, REST_US = 200000 };

enum call { SEND, RECV, ACCEPT, CONNECT, POLL, CALLS };

/* The next `left` of each call fail with `error`. `made`: how often each was called. */
static struct {
	int left, error, made;
} faults[CALLS];

static bool refused(enum call call)
{
	faults[call].made++;
	if (faults[call].left == 0)
		return false;
	faults[call].left--;
	errno = faults[call].error;
	return true;
}

static void refuse(enum call call, int times, int error)
{
	faults[call].left = times;
	faults[call].error = error;
	faults[call].made = 0;
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
ssize_t __real_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	return refused(SEND) ? -1 : __real_send(fd, bytes, len, flags);
}

ssize_t __real_recv(int fd, void *bytes, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags)
{
	return refused(RECV) ? -1 : __real_recv(fd, bytes, len, flags);
}

int __real_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	return refused(ACCEPT) ? -1 : __real_accept4(fd, addr, len, flags);
}

/* The connect goes on by itself: connect(2). */
int __real_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	const int result = __real_connect(fd, addr, len);

	return refused(CONNECT) ? -1 : result;
}

int __real_poll(struct pollfd *fds, nfds_t count, int wait_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms)
{
	return refused(POLL) ? -1 : __real_poll(fds, count, wait_ms);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* A server and one client of it. */
struct stage {
	struct echo *echo;
	union addr local;
	int client, opened, closed, full;
};

static void note(void *who, const struct echo_event *event)
{
	struct stage *stage = who;

	stage->opened += event->what == ECHO_OPENED;
	stage->closed += event->what == ECHO_CLOSED;
	stage->full += event->what == ECHO_FULL;
}

static int listen_somewhere(void)
{
	const struct plan plan = {.local = addr_loopback(AF_INET, 0), .backlog = 16};
	struct fault fault;

	return sock_open(&plan, &fault);
}

static void begin(struct stage *stage)
{
	const struct echo_plan plan = {.stop = {-1, -1},
	    .tells = ECHO_OPENED | ECHO_CLOSED | ECHO_FULL,
	    .tell = note,
	    .who = stage};
	const int fd = listen_somewhere();

	*stage = (struct stage){.echo = echo_new(&plan), .local = sock_local(fd)};
	stage->client = socket(AF_INET, SOCK_STREAM, 0);
	if (!stage->echo || echo_add(stage->echo, fd) < 0 ||
	    connect(stage->client, &stage->local.any, addr_len(&stage->local)) < 0) {
		perror("begin");
		exit(99);
	}
}

static void end(struct stage *stage)
{
	close(stage->client);
	echo_free(stage->echo);
}

static void turn_for(struct stage *stage, int64_t us)
{
	for (const int64_t until = clock_us() + us; clock_us() < until;)
		echo_turn(stage->echo, TURN_MS);
}

/* A client that left the queue again, or has an error of its own: accept(2), "Error handling". */
static void who_is_gone_before_accept_is_passed_over(void)
{
	static const int errors[] = {EINTR, ECONNABORTED, EPERM, EPROTO, ENETDOWN, ENETUNREACH,
	    EHOSTUNREACH, ENOPROTOOPT, EOPNOTSUPP, ETIMEDOUT};

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		struct stage stage;
		begin(&stage);
		refuse(ACCEPT, 3, errors[i]);
		echo_turn(stage.echo, TURN_MS);
		CHECK(stage.opened == 1 && stage.full == 0, "errno %d: %d opened, %d complaints",
		    errors[i], stage.opened, stage.full);
		end(&stage);
	}
}

/* What is ready stays ready, and asking again at once would not help. */
static void without_memory_it_rests(void)
{
	static const enum call calls[] = {SEND, RECV};
	static const int errors[] = {ENOMEM, ENOBUFS};

	for (size_t i = 0; i < 4; i++) {
		const enum call call = calls[i / 2];
		struct stage stage;
		char byte = 0;
		begin(&stage);
		refuse(call, -1, errors[i % 2]);
		CHECK(__real_send(stage.client, "x", 1, 0) == 1, "%d", errno);
		turn_for(&stage, REST_US);
		CHECK(faults[call].made >= 2 && faults[call].made <= 40,
		    "call %d, errno %d: made %d times", (int)call, errors[i % 2],
		    faults[call].made);
		CHECK(stage.closed == 0, "errno %d closed it", errors[i % 2]);
		refuse(call, 0, 0);
		for (int turn = 0; turn < TURNS && echo_bytes(stage.echo) < 1; turn++)
			echo_turn(stage.echo, TURN_MS);
		CHECK(__real_recv(stage.client, &byte, 1, MSG_DONTWAIT) == 1 && byte == 'x',
		    "errno %d: no echo", errors[i % 2]);
		end(&stage);
	}
}

static void without_memory_for_a_newcomer_it_rests(void)
{
	static const int errors[] = {ENOMEM, ENOBUFS, EMFILE, ENFILE};

	for (size_t i = 0; i < 4; i++) {
		struct stage stage;
		begin(&stage);
		refuse(ACCEPT, -1, errors[i]);
		turn_for(&stage, REST_US);
		CHECK(faults[ACCEPT].made >= 1 && faults[ACCEPT].made <= 3,
		    "errno %d: made %d times", errors[i], faults[ACCEPT].made);
		CHECK(stage.full == faults[ACCEPT].made, "%d complaints", stage.full);
		refuse(ACCEPT, 0, 0);
		for (int turn = 0; turn < 2 * TURNS && stage.opened == 0; turn++)
			echo_turn(stage.echo, TURN_MS);
		CHECK(stage.opened == 1, "errno %d: it is never accepted", errors[i]);
		end(&stage);
	}
}

/* Linux has no descriptor for accept(2), whether anybody waits or not. */
static void the_last_descriptor_is_given_without_a_complaint(void)
{
	struct stage stage;
	struct rlimit before, tight;
	const int idle = listen_somewhere();
	const bool told = option_queued(idle) != INT_MAX; /* POSIX does not, nor does an emulator */

	close(idle);
	begin(&stage);
	const int late = socket(AF_INET, SOCK_STREAM, 0);
	const int last = dup(late);
	close(last);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0, "%d", errno);
	tight = before;
	tight.rlim_cur = (rlim_t)last + 1;
	CHECK(setrlimit(RLIMIT_NOFILE, &tight) == 0, "%d", errno);
	turn_for(&stage, REST_US);
	CHECK(stage.opened == 1 && stage.full == (told ? 0 : 1), "%d opened, %d complaints",
	    stage.opened, stage.full);
	CHECK(connect(late, &stage.local.any, addr_len(&stage.local)) == 0, "%d", errno);
	turn_for(&stage, REST_US);
	CHECK(stage.opened == 1 && stage.full == 1, "%d opened, %d complaints", stage.opened,
	    stage.full);
	setrlimit(RLIMIT_NOFILE, &before);
	close(late);
	end(&stage);
}

static void a_connect_that_a_signal_interrupts_goes_on(void)
{
	const int listener = listen_somewhere();
	const struct plan plan = {.local = addr_loopback(AF_INET, 0),
	    .peer = sock_local(listener),
	    .backlog = SOCK_NO_LISTEN};
	struct fault fault = {0};

	refuse(CONNECT, 1, EINTR);
	refuse(POLL, 3, EINTR);
	const int fd = sock_open(&plan, &fault);
	CHECK(fd >= 0, "%d at %d", fault.error, (int)fault.at);
	CHECK(sock_settle(fd, &plan.peer, 5000000, -1, &fault) == 0, "%d", fault.error);
	CHECK(faults[CONNECT].made == 1 && faults[POLL].made >= 4, "%d connects, %d polls",
	    faults[CONNECT].made, faults[POLL].made);
	close(fd);
	close(listener);
}

int main(void)
{
	TEST(who_is_gone_before_accept_is_passed_over);
	TEST(without_memory_it_rests);
	TEST(without_memory_for_a_newcomer_it_rests);
	TEST(the_last_descriptor_is_given_without_a_complaint);
	TEST(a_connect_that_a_signal_interrupts_goes_on);
	return test_failures != 0;
}
