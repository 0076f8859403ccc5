/* ctest: wrap=send wrap=accept4 */
/* tcp/crowd: the two ends of a crowd, in a process each. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "os/holder.h"
#include "os/netns.h"
#include "clock.h"
#include "cmd/limits/crowd.h"
#include "tcp/sock.h"
#include "tests/lib/test.h"

enum { ROOM = 300, FEW = 100 };

struct shared {
	struct crowd_board board;
	struct crowd_tally tally;
};

/* A crowd under test: this process dials, a child listens. */
struct pair {
	struct crowd_plan plan;
	struct shared *shared;
	struct crowd *crowd;
	int stop[2], held;
	pid_t child;
};

/* What befalls the listening end before it begins. */
static void nothing(void)
{
}

static void set_up(struct pair *pair, bool by_port, void (*befall)(void))
{
	union addr source = addr_any(AF_INET, 0);
	struct fault fault;
	int link[2] = {-1, -1};

	source.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	pair->shared = mmap(
	    NULL, sizeof *pair->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pair->held = crowd_hold(&source, &fault);
	if (pipe(pair->stop) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, link) < 0)
		perror("pipe");
	pair->plan = (struct crowd_plan){.source = sock_local(pair->held),
	    .by_port = by_port,
	    .device = "",
	    .room = ROOM,
	    .window = 64,
	    .stop = pair->stop[0],
	    .board = &pair->shared->board,
	    .tally = &pair->shared->tally};
	pair->child = fork();
	pair->plan.link = link[pair->child == 0];
	close(link[pair->child != 0]);
	if (pair->child == 0) {
		befall();
		crowd_serve(&pair->plan);
		_exit(0);
	}
	pair->crowd = crowd_new(&pair->plan);
	CHECK(pair->crowd, "errno %d", errno);
}

static void tear_down(struct pair *pair)
{
	int status = -1;

	close(pair->plan.link);
	waitpid(pair->child, &status, 0);
	CHECK(status == 0, "the listening end ended with %d", status);
	close(pair->held);
	close(pair->stop[0]);
	close(pair->stop[1]);
}

static void forget(struct pair *pair)
{
	munmap(pair->shared, sizeof *pair->shared);
}

/* How many connections the kernel's own table has to the ports of this crowd; -1: not known here. */
static int in_the_table(const struct pair *pair, unsigned *sources)
{
	unsigned char ports[CROWD_PORTS];
	struct census census;

	for (int i = 0; i < CROWD_PORTS; i++)
		ports[i] = atomic_load(&pair->shared->board.ports[i]);
	union addr to = pair->plan.source;
	to.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (census_take(&to, pair->plan.by_port ? sizeof to.v4.sin_addr : 1, ports, &census) < 0)
		return -1;
	*sources = census.sources;
	return (int)census.connections;
}

static void stands_echoes_and_leaves_nothing(bool by_port)
{
	struct pair pair;
	struct crowd_tally *tally;
	unsigned sources = 1;

	set_up(&pair, by_port, nothing);
	tally = &pair.shared->tally;
	CHECK(crowd_open(pair.crowd, 100) == 0, "ended");
	CHECK(tally->opened == 100, "%u opened", tally->opened);
	CHECK(crowd_open(pair.crowd, ROOM + 50) == 0, "ended");
	CHECK(tally->opened == ROOM, "%u opened", tally->opened);
	int n = in_the_table(&pair, &sources);
	CHECK(n == ROOM || n == -1, "%d in the table", n);
	CHECK(sources == 1, "%u sources", sources);
	for (unsigned round = 1; round <= 2; round++) {
		CHECK(crowd_beat(pair.crowd) == 0, "ended");
		CHECK(tally->echoed == round * ROOM, "%u echoed", tally->echoed);
	}
	crowd_close(pair.crowd);
	CHECK(tally->closed == ROOM, "%u closed", tally->closed);
	CHECK(!tally->failed, "errno %d", tally->fault.error);
	tear_down(&pair);
	n = in_the_table(&pair, &sources);
	CHECK(n <= 0, "%d left in the table", n);
	forget(&pair);
}

static void a_crowd_of_addresses_stands_echoes_and_leaves_nothing(void)
{
	stands_echoes_and_leaves_nothing(false);
}

static void a_crowd_of_ports_stands_echoes_and_leaves_nothing(void)
{
	stands_echoes_and_leaves_nothing(true);
}

/* A listening socket at 127.0.0.NUMBER and that port (0: any), and a connection to it. */
static unsigned connect_to(unsigned number, unsigned port, int ends[2])
{
	union addr local = addr_any(AF_INET, port);
	struct fault fault;

	local.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + number);
	const struct plan listening = {.local = local, .backlog = 1};
	ends[0] = sock_open(&listening, &fault);
	const struct plan dialling = {.peer = sock_local(ends[0]), .backlog = SOCK_NO_LISTEN};
	ends[1] = sock_open(&dialling, &fault);
	CHECK(ends[0] >= 0 && ends[1] >= 0 &&
		  sock_settle(ends[1], &dialling.peer, 5000000, -1, &fault) == 0,
	    "errno %d", fault.error);
	return addr_port(&dialling.peer);
}

static void who_has_the_port_at_another_address_is_not_counted(void)
{
	unsigned char ports[CROWD_PORTS] = {0};
	union addr to = addr_any(AF_INET, 0);
	struct census census;
	int one[2], two[2];

	const unsigned port = connect_to(1, 0, one);
	connect_to(2, port, two);
	ports[port / 8] = (unsigned char)(1u << port % 8);
	to.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (census_take(&to, sizeof to.v4.sin_addr, ports, &census) == 0)
		CHECK(census.connections == 1 && census.sources == 1, "%llu from %u",
		    (unsigned long long)census.connections, census.sources);
	if (census_take(&to, 1, ports, &census) == 0)
		CHECK(census.connections == 2 && census.sources == 2, "in all %llu from %u",
		    (unsigned long long)census.connections, census.sources);
	for (int i = 0; i < 2; i++) {
		close(one[i]);
		close(two[i]);
	}
}

static void halt_opens_no_more_and_keeps_what_is_open(void)
{
	struct pair pair;

	set_up(&pair, false, nothing);
	crowd_open(pair.crowd, 10);
	atomic_store(&pair.shared->board.halt, true);
	CHECK(crowd_open(pair.crowd, ROOM) == 0, "ended");
	CHECK(pair.shared->tally.opened == 10, "%u opened", pair.shared->tally.opened);
	CHECK(crowd_beat(pair.crowd) == 0, "ended");
	CHECK(pair.shared->tally.echoed == 10, "%u echoed", pair.shared->tally.echoed);
	crowd_close(pair.crowd);
	tear_down(&pair);
	forget(&pair);
}

static void stop_ends_both(void)
{
	struct pair pair;

	set_up(&pair, false, nothing);
	crowd_open(pair.crowd, 10);
	CHECK(write(pair.stop[1], "", 1) == 1, "errno %d", errno);
	CHECK(crowd_open(pair.crowd, ROOM) < 0, "went on");
	crowd_close(pair.crowd);
	tear_down(&pair);
	forget(&pair);
}

static void fewer_descriptors(void)
{
	const struct rlimit limit = {.rlim_cur = FEW, .rlim_max = FEW};

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		_exit(1);
}

static void what_the_listening_end_cannot_take_both_give_up(void)
{
	struct pair pair;

	set_up(&pair, false, fewer_descriptors);
	struct crowd_tally *tally = &pair.shared->tally;
	CHECK(crowd_open(pair.crowd, ROOM) == 0, "ended");
	CHECK(tally->failed && tally->fault.at == CALL_ACCEPT && tally->fault.error == EMFILE,
	    "failed %d at %d: errno %d", tally->failed, tally->fault.at, tally->fault.error);
	const unsigned opened = tally->opened;
	CHECK(opened > 0 && opened < FEW, "%u opened", opened);
	unsigned sources = 1;
	const int n = in_the_table(&pair, &sources);
	CHECK(n == (int)opened || n == -1, "%d in the table, %u opened", n, opened);
	CHECK(crowd_beat(pair.crowd) == 0, "ended");
	CHECK(tally->echoed == opened, "%u of %u echoed", tally->echoed, opened);
	crowd_close(pair.crowd);
	tear_down(&pair);
	forget(&pair);
}

/* The listening end's send, where the linker leads it here. */
static bool led_here, spoils;
static int send_error;

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	unsigned char copy[64];

	led_here = true;
	if (send_error) {
		errno = send_error;
		return -1;
	}
	if (!spoils || len == 0 || len > sizeof copy)
		return sendto(fd, bytes, len, flags, NULL, 0);
	memcpy(copy, bytes, len);
	copy[len - 1] ^= 1;
	return sendto(fd, copy, len, flags, NULL, 0);
}

static void spoil(void)
{
	spoils = true;
}

static void cannot_send(void)
{
	send_error = ENOBUFS;
}

/* And its accept: so many are let through, then one connection is taken off the queue and reset. */
static int accepts_left = -1;

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);

int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	const struct linger now = {.l_onoff = 1};
	const int taken = accept(fd, addr, len);

	(void)flags;
	if (taken < 0)
		return -1;
	fcntl(taken, F_SETFL, O_NONBLOCK);
	if (accepts_left < 0 || accepts_left-- > 0)
		return taken;
	setsockopt(taken, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(taken);
	errno = ECONNABORTED;
	return -1;
}

static void meets_one_that_was_aborted(void)
{
	accepts_left = 70;
}

/* Whether sends come here at all; says so where not. */
static bool can_befall(void)
{
	led_here = false;
	send(-1, "", 0, 0);
	if (!led_here)
		printf("skip: this linker leads no call to another function\n");
	return led_here;
}

/* Ten connections, and a heartbeat: the tally tells of a fault at that call. */
static void a_beat_fails(void (*befall)(void), enum tcp_call at, int error)
{
	struct pair pair;
	char peer[ADDR_TEXT];

	if (!can_befall())
		return;
	set_up(&pair, false, befall);
	struct crowd_tally *tally = &pair.shared->tally;
	CHECK(crowd_open(pair.crowd, 10) == 0, "ended");
	CHECK(crowd_beat(pair.crowd) < 0, "all is well");
	CHECK(tally->failed && tally->fault.at == at && tally->fault.error == error,
	    "failed %d at %d: errno %d", tally->failed, tally->fault.at, tally->fault.error);
	CHECK(tally->echoed == 0, "%u echoed", tally->echoed);
	if (at == CALL_NONE)
		CHECK(!strncmp(addr_print(&tally->peer, peer), "127.0.0.1:", 10), "peer %s", peer);
	crowd_close(pair.crowd);
	tear_down(&pair);
	forget(&pair);
}

/* It is known to be missing: nobody waits as long as for one that may still come. */
static void one_that_was_aborted_is_told_soon_and_the_rest_echoes(void)
{
	/* Where the program takes accept, it is not led here. */
	for (int by_port = 0; by_port <= 1 && HAVE_ACCEPT4 && can_befall(); by_port++) {
		struct pair pair;
		set_up(&pair, by_port, meets_one_that_was_aborted);
		struct crowd_tally *tally = &pair.shared->tally;
		const int64_t began_us = clock_us();
		CHECK(crowd_open(pair.crowd, ROOM) == 0, "ended");
		const double seconds = clock_seconds(clock_us() - began_us);
		CHECK(seconds < 8, "after %.1f s", seconds); /* of 10 that it would be */
		CHECK(tally->failed && tally->fault.at == CALL_ACCEPT &&
			  tally->fault.error == ECONNABORTED,
		    "failed %d at %d: errno %d", tally->failed, tally->fault.at,
		    tally->fault.error);
		const unsigned opened = tally->opened;
		CHECK(opened >= 64 && opened <= 70, "%u opened", opened);
		CHECK(crowd_beat(pair.crowd) == 0, "ended");
		CHECK(tally->echoed == opened, "%u of %u echoed", tally->echoed, opened);
		crowd_close(pair.crowd);
		tear_down(&pair);
		forget(&pair);
	}
}

static void a_heartbeat_that_comes_back_changed_is_told_with_its_end(void)
{
	a_beat_fails(spoil, CALL_NONE, 0);
}

static void what_keeps_the_listening_end_from_echoing_is_told(void)
{
	a_beat_fails(cannot_send, CALL_SEND, ENOBUFS);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN); /* as main does */
	alarm(50);
	/* Of its own, where it can be had: no other program's connections are counted. */
	const char *call;
	netns_enter(&call);
	TEST(a_crowd_of_addresses_stands_echoes_and_leaves_nothing);
	TEST(a_crowd_of_ports_stands_echoes_and_leaves_nothing);
	TEST(who_has_the_port_at_another_address_is_not_counted);
	TEST(halt_opens_no_more_and_keeps_what_is_open);
	TEST(stop_ends_both);
	TEST(what_the_listening_end_cannot_take_both_give_up);
	TEST(one_that_was_aborted_is_told_soon_and_the_rest_echoes);
	TEST(a_heartbeat_that_comes_back_changed_is_told_with_its_end);
	TEST(what_keeps_the_listening_end_from_echoing_is_told);
	return test_failures != 0;
}
