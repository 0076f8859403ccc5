/* ctest: wrap=send wrap=accept4 */
/* cmd/limits/crowd: many connections from one source, both ends in this process. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config.h"
#include "os/holder.h"
#include "os/netns.h"
#include "clock.h"
#include "cmd/limits/crowd.h"
#include "tcp/call.h"
#include "tcp/sock.h"
#include "tests/lib/open.h"
#include "tests/lib/test.h"

enum { ROOM = 300, FEW = 100 };

/* A crowd under test. */
struct scene {
	struct crowd_board board;
	struct crowd_tally tally;
	struct crowd_plan plan;
	struct crowd *crowd;
	int stop[2], held;
};

static void set_up(struct scene *scene, bool by_port)
{
	union addr source = addr_any(AF_INET, 0);
	struct fault fault;

	source.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*scene = (struct scene){.held = crowd_hold(&source, &fault)};
	if (pipe(scene->stop) < 0)
		perror("pipe");
	scene->plan = (struct crowd_plan){.source = sock_local(scene->held),
	    .by_port = by_port,
	    .device = "",
	    .room = ROOM,
	    .stop = scene->stop[0],
	    .board = &scene->board,
	    .tally = &scene->tally};
	scene->crowd = crowd_new(&scene->plan);
	CHECK(scene->crowd, "errno %d", scene->tally.fault.error);
}

static void tear_down(struct scene *scene)
{
	crowd_close(scene->crowd);
	close(scene->held);
	close(scene->stop[0]);
	close(scene->stop[1]);
}

/* What the kernel's own table has of the ports of this crowd; -1: not known here. */
static int look_at_the_table(const struct scene *scene, int64_t until_us, struct census *census)
{
	unsigned char ports[CROWD_PORTS];
	struct census_query query = {
	    .to = scene->plan.source, .until_us = until_us, .stop = scene->stop[0]};

	for (int i = 0; i < CROWD_PORTS; i++)
		ports[i] = atomic_load(&scene->board.ports[i]);
	query.ports = ports;
	query.to.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	query.bytes = scene->plan.by_port ? sizeof query.to.v4.sin_addr : 1;
	return census_take(&query, census);
}

/* How many connections it has; -1: not known here. */
static int in_the_table(const struct scene *scene, unsigned *sources)
{
	struct census census;

	if (look_at_the_table(scene, INT64_MAX, &census) < 0)
		return -1;
	CHECK(!census.cut, "cut after %llu", (unsigned long long)census.connections);
	*sources = census.sources;
	return (int)census.connections;
}

static void stands_echoes_and_leaves_nothing(bool by_port)
{
	struct scene scene;
	struct crowd_tally *tally;
	unsigned sources = 1;
	const int before = open_count(0, 2 * ROOM + 100);

	set_up(&scene, by_port);
	tally = &scene.tally;
	CHECK(crowd_open(scene.crowd, 100) == 0, "ended");
	CHECK(tally->opened == 100, "%u opened", tally->opened);
	CHECK(crowd_open(scene.crowd, ROOM + 50) == 0, "ended");
	CHECK(tally->opened == ROOM, "%u opened", tally->opened);
	int n = in_the_table(&scene, &sources);
	CHECK(n == ROOM || n == -1, "%d in the table", n);
	CHECK(sources == 1, "%u sources", sources);
	for (unsigned round = 1; round <= 2; round++) {
		CHECK(crowd_beat(scene.crowd) == 0, "ended");
		CHECK(tally->echoed == round * ROOM, "%u echoed", tally->echoed);
	}
	CHECK(!tally->failed, "errno %d", tally->fault.error);
	tear_down(&scene);
	CHECK(tally->closed == ROOM, "%u closed", tally->closed);
	CHECK(open_count(0, 2 * ROOM + 100) == before, "%d descriptors, %d before",
	    open_count(0, 2 * ROOM + 100), before);
	n = in_the_table(&scene, &sources);
	CHECK(n <= 0, "%d left in the table", n);
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
	struct census_query query = {.to = addr_loopback(AF_INET, 0),
	    .bytes = sizeof query.to.v4.sin_addr,
	    .until_us = INT64_MAX,
	    .stop = -1};
	struct census census;
	int one[2], two[2];

	const unsigned port = connect_to(1, 0, one);
	connect_to(2, port, two);
	ports[port / 8] = (unsigned char)(1u << port % 8);
	query.ports = ports;
	if (census_take(&query, &census) == 0)
		CHECK(census.connections == 1 && census.sources == 1, "%llu from %u",
		    (unsigned long long)census.connections, census.sources);
	query.bytes = 1;
	if (census_take(&query, &census) == 0)
		CHECK(census.connections == 2 && census.sources == 2, "in all %llu from %u",
		    (unsigned long long)census.connections, census.sources);
	for (int i = 0; i < 2; i++) {
		close(one[i]);
		close(two[i]);
	}
}

static void the_table_is_read_until_time_is_over_or_stop_is_asked(void)
{
	struct scene scene;
	struct census census;

	set_up(&scene, false);
	crowd_open(scene.crowd, 5);
	if (look_at_the_table(&scene, 0, &census) == 0)
		CHECK(census.cut && census.connections == 0, "without time: %llu, cut %d",
		    (unsigned long long)census.connections, census.cut);
	CHECK(write(scene.stop[1], "", 1) == 1, "write to stop");
	if (look_at_the_table(&scene, INT64_MAX, &census) == 0)
		CHECK(census.cut && census.connections == 0, "stopped: %llu, cut %d",
		    (unsigned long long)census.connections, census.cut);
	tear_down(&scene);
}

static void halt_opens_no_more_and_keeps_what_is_open(void)
{
	struct scene scene;

	set_up(&scene, false);
	crowd_open(scene.crowd, 10);
	atomic_store(&scene.board.halt, true);
	CHECK(crowd_open(scene.crowd, ROOM) == 0, "ended");
	CHECK(scene.tally.opened == 10, "%u opened", scene.tally.opened);
	CHECK(crowd_beat(scene.crowd) == 0, "ended");
	CHECK(scene.tally.echoed == 10, "%u echoed", scene.tally.echoed);
	tear_down(&scene);
}

static void stop_ends_it(void)
{
	struct scene scene;

	set_up(&scene, false);
	crowd_open(scene.crowd, 10);
	CHECK(write(scene.stop[1], "", 1) == 1, "errno %d", errno);
	CHECK(crowd_open(scene.crowd, ROOM) < 0, "went on");
	tear_down(&scene);
}

static bool met_at[CALL_GETSOCKNAME + 1];

/* With one more or less it is the socket or the accept that has no descriptor. */
static void what_lacks_a_descriptor_is_given_up_at_both_ends(unsigned few)
{
	struct scene scene;
	struct rlimit before, fewer;

	set_up(&scene, false);
	struct crowd_tally *tally = &scene.tally;
	getrlimit(RLIMIT_NOFILE, &before);
	fewer = before;
	fewer.rlim_cur = few;
	setrlimit(RLIMIT_NOFILE, &fewer);
	CHECK(crowd_open(scene.crowd, ROOM) == 0, "ended");
	setrlimit(RLIMIT_NOFILE, &before);
	CHECK(tally->failed && tally->fault.error == EMFILE, "failed %d at %d: errno %d",
	    tally->failed, tally->fault.at, tally->fault.error);
	met_at[tally->fault.at] = true;
	const unsigned opened = tally->opened;
	CHECK(opened > 0 && opened < few / 2, "%u opened", opened);
	unsigned sources = 1;
	const int n = in_the_table(&scene, &sources);
	CHECK(n == (int)opened || n == -1, "%d in the table, %u opened", n, opened);
	CHECK(crowd_beat(scene.crowd) == 0, "ended");
	CHECK(tally->echoed == opened, "%u of %u echoed", tally->echoed, opened);
	tear_down(&scene);
}

static void a_connection_takes_two_descriptors_or_none(void)
{
	what_lacks_a_descriptor_is_given_up_at_both_ends(FEW);
	what_lacks_a_descriptor_is_given_up_at_both_ends(FEW + 1);
	CHECK(met_at[CALL_SOCKET] && met_at[CALL_ACCEPT], "socket %d, accept %d",
	    met_at[CALL_SOCKET], met_at[CALL_ACCEPT]);
}

/* send, where the linker leads it here. */
static bool led_here, spoils, ends;
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
	if (ends) {
		shutdown(fd, SHUT_WR);
		return (ssize_t)len;
	}
	if (!spoils || len == 0 || len > sizeof copy)
		return sendto(fd, bytes, len, flags, NULL, 0);
	memcpy(copy, bytes, len);
	copy[len - 1] ^= 1;
	spoils = false; /* the echo would mend it */
	return sendto(fd, copy, len, flags, NULL, 0);
}

/* And accept: so many are let through, then one connection is taken off the queue and reset. */
static int accepts_left = -1, accept_error = ECONNABORTED;

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
	errno = accept_error;
	return -1;
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
static void a_beat_fails(enum tcp_call at, int error)
{
	struct scene scene;
	char peer[ADDR_TEXT];

	if (!can_befall())
		return;
	set_up(&scene, false);
	struct crowd_tally *tally = &scene.tally;
	CHECK(crowd_open(scene.crowd, 10) == 0, "ended");
	CHECK(crowd_beat(scene.crowd) < 0, "all is well");
	CHECK(tally->failed && tally->fault.at == at && tally->fault.error == error,
	    "failed %d at %d: errno %d", tally->failed, tally->fault.at, tally->fault.error);
	CHECK(tally->echoed == 0, "%u echoed", tally->echoed);
	if (at == CALL_NONE)
		CHECK(!strncmp(addr_print(&tally->peer, peer), "127.0.0.1:", 10), "peer %s", peer);
	tear_down(&scene);
}

/* It is known to be missing: nobody waits as long as for one that may still come. */
static void one_that_was_aborted_is_told_soon_and_the_rest_echoes(void)
{
	/* Where the program takes accept, it is not led here. */
	for (int by_port = 0; by_port <= 1 && HAVE_ACCEPT4 && can_befall(); by_port++) {
		struct scene scene;
		set_up(&scene, by_port);
		struct crowd_tally *tally = &scene.tally;
		const int64_t began_us = clock_us();
		accepts_left = 70;
		CHECK(crowd_open(scene.crowd, ROOM) == 0, "ended");
		accepts_left = -1;
		const double seconds = clock_seconds(clock_us() - began_us);
		CHECK(seconds < 8, "after %.1f s", seconds); /* of 10 that it would be */
		CHECK(tally->failed && tally->fault.at == CALL_ACCEPT &&
			  tally->fault.error == ECONNABORTED,
		    "failed %d at %d: errno %d", tally->failed, tally->fault.at,
		    tally->fault.error);
		const unsigned opened = tally->opened;
		CHECK(opened == 70, "%u opened", opened);
		CHECK(crowd_beat(scene.crowd) == 0, "ended");
		CHECK(tally->echoed == opened, "%u of %u echoed", tally->echoed, opened);
		tear_down(&scene);
	}
}

/* What --explain tells of connect, the last time that it failed. */
static char explained[128];

static void hear_connect(const char *text)
{
	if (!strncmp(text, "connect(", 8) && strstr(text, " = -1 "))
		snprintf(explained, sizeof explained, "%s", text);
}

static void one_that_was_reset_before_it_was_accepted_is_told_as_its_connect(void)
{
	if (!HAVE_ACCEPT4 || !can_befall())
		return;
	struct scene scene;
	set_up(&scene, false);
	struct crowd_tally *tally = &scene.tally;
	call_trace = hear_connect;
	accepts_left = 5;
	accept_error = EAGAIN; /* as of a queue that is empty */
	CHECK(crowd_open(scene.crowd, ROOM) == 0, "ended");
	accepts_left = -1;
	accept_error = ECONNABORTED;
	call_trace = NULL;
	CHECK(tally->failed && tally->fault.at == CALL_CONNECT && tally->fault.error == ECONNRESET,
	    "failed %d at %d: errno %d", tally->failed, tally->fault.at, tally->fault.error);
	CHECK(strstr(explained, ", 127.0.0.6:") && strstr(explained, ") = -1 ECONNRESET"), "'%s'",
	    explained);
	tear_down(&scene);
}

static void a_heartbeat_that_comes_back_changed_is_told_with_its_end(void)
{
	spoils = true;
	a_beat_fails(CALL_NONE, 0);
}

static void what_keeps_a_heartbeat_from_being_sent_is_told(void)
{
	send_error = ENOBUFS;
	a_beat_fails(CALL_SEND, ENOBUFS);
	send_error = 0;
}

static void an_end_that_closes_instead_of_answering_is_told_as_a_reset(void)
{
	ends = true;
	a_beat_fails(CALL_RECV, ECONNRESET);
	ends = false;
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
	TEST(the_table_is_read_until_time_is_over_or_stop_is_asked);
	TEST(halt_opens_no_more_and_keeps_what_is_open);
	TEST(stop_ends_it);
	TEST(a_connection_takes_two_descriptors_or_none);
	TEST(one_that_was_aborted_is_told_soon_and_the_rest_echoes);
	TEST(one_that_was_reset_before_it_was_accepted_is_told_as_its_connect);
	TEST(a_heartbeat_that_comes_back_changed_is_told_with_its_end);
	TEST(what_keeps_a_heartbeat_from_being_sent_is_told);
	TEST(an_end_that_closes_instead_of_answering_is_told_as_a_reset);
	return test_failures != 0;
}
