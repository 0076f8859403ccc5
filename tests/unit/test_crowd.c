/* tcp/crowd: the two ends of a crowd, in a process each. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/census.h"
#include "tcp/crowd.h"
#include "tcp/sock.h"
#include "test.h"

enum { ROOM = 300 };

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

static void set_up(struct pair *pair, bool by_port)
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
	if (census_take(AF_INET, ports, &census) < 0)
		return -1;
	*sources = census.sources;
	return (int)census.connections;
}

static void stands_echoes_and_leaves_nothing(bool by_port)
{
	struct pair pair;
	struct crowd_tally *tally;
	unsigned sources = 1;

	set_up(&pair, by_port);
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

static void halt_opens_no_more_and_keeps_what_is_open(void)
{
	struct pair pair;

	set_up(&pair, false);
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

	set_up(&pair, false);
	crowd_open(pair.crowd, 10);
	CHECK(write(pair.stop[1], "", 1) == 1, "errno %d", errno);
	CHECK(crowd_open(pair.crowd, ROOM) < 0, "went on");
	crowd_close(pair.crowd);
	tear_down(&pair);
	forget(&pair);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN); /* as main does */
	alarm(50);
	TEST(a_crowd_of_addresses_stands_echoes_and_leaves_nothing);
	TEST(a_crowd_of_ports_stands_echoes_and_leaves_nothing);
	TEST(halt_opens_no_more_and_keeps_what_is_open);
	TEST(stop_ends_both);
	return test_failures != 0;
}
