/* ctest: core */
/* tcp/echo: a place or a descriptor that comes free goes to the next listening socket in turn, also to one of
 * another server that shares the places. Driven turn by turn; no process, no sleep. */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp/echo.h"
#include "tcp/sock.h"
#include "tests/lib/test.h"

enum { LISTENERS = 3, WAIT = 4, TURN_MS = 20, TURNS = 20, LEAVES = 2 };

/* A server, or one of two, with `count` listening sockets. */
struct hall {
	struct echo *echo;
	int count;
	union addr locals[LISTENERS];
	int opened[LISTENERS]; /* at each */
};

static void note(void *who, const struct echo_event *event)
{
	struct hall *hall = who;
	const union addr local = sock_local(event->fd);

	for (int i = 0; i < hall->count; i++)
		hall->opened[i] += addr_same(&local, &hall->locals[i]);
}

static void begin(
    struct hall *hall, int count, uint64_t most, struct echo_share *share, unsigned part)
{
	struct plan plan = {.local = addr_loopback(AF_INET, 0), .backlog = 64};
	const struct echo_plan echo_plan = {.stop = {-1, -1},
	    .most = most,
	    .share = share,
	    .part = part,
	    .tells = ECHO_OPENED,
	    .tell = note,
	    .who = hall};
	struct fault fault;

	*hall = (struct hall){.count = count, .echo = echo_new(&echo_plan)};
	for (int i = 0; i < count; i++) {
		const int fd = sock_open(&plan, &fault);
		hall->locals[i] = sock_local(fd);
		if (fd < 0 || !hall->echo || echo_add(hall->echo, fd) < 0) {
			perror("begin");
			exit(99);
		}
	}
}

static int dial(const struct hall *hall, int at)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, &hall->locals[at].any, addr_len(&hall->locals[at])) < 0) {
		perror("dial");
		exit(99);
	}
	return fd;
}

static void turn(struct hall *hall)
{
	for (int i = 0; i < TURNS && echo_turn(hall->echo, TURN_MS) > 0; i++)
		;
}

/* The one at the quiet socket is served although the queue of the busy one does not empty, with one place. The
 * clients' own descriptors stay open meanwhile. */
static void serve_quiet(struct hall *hall, int busy, int quiet, const int waiting[WAIT])
{
	for (int left = 0; hall->opened[quiet] == 0 && left < LEAVES; left++) {
		shutdown(waiting[left], SHUT_RDWR);
		turn(hall);
	}
	CHECK(hall->opened[quiet] == 1, "socket %d beside %d: served %d, the busy one %d", quiet,
	    busy, hall->opened[quiet], hall->opened[busy]);
	for (int i = 0; i < WAIT; i++)
		close(waiting[i]);
}

/* The guest comes before the place is taken, or after. */
static void come_and_go(int busy, int quiet, bool early)
{
	struct hall hall;
	int waiting[WAIT], guest = -1;

	begin(&hall, LISTENERS, 1, NULL, 0);
	for (int i = 0; i < WAIT; i++)
		waiting[i] = dial(&hall, busy);
	if (early)
		guest = dial(&hall, quiet);
	turn(&hall);
	if (!early)
		guest = dial(&hall, quiet);
	turn(&hall);
	serve_quiet(&hall, busy, quiet, waiting);
	close(guest);
	echo_free(hall.echo);
}

static void a_place_goes_to_each_socket_in_turn(void)
{
	for (int pair = 0; pair < LISTENERS * LISTENERS; pair++)
		if (pair / LISTENERS != pair % LISTENERS) {
			come_and_go(pair / LISTENERS, pair % LISTENERS, false);
			come_and_go(pair / LISTENERS, pair % LISTENERS, true);
		}
}

/* Lets so many descriptors more be opened. Returns the limit before. */
static struct rlimit leave_descriptors(unsigned count)
{
	struct rlimit before, less;
	const int next = dup(0);

	getrlimit(RLIMIT_NOFILE, &before);
	less = before;
	less.rlim_cur = (rlim_t)next + count;
	close(next);
	setrlimit(RLIMIT_NOFILE, &less);
	return before;
}

static void a_descriptor_goes_to_each_socket_in_turn(void)
{
	struct hall hall;
	int waiting[WAIT];

	for (int quiet = 0; quiet < LISTENERS; quiet++) {
		const int busy = (quiet + 2) % LISTENERS;
		begin(&hall, LISTENERS, 0, NULL, 0);
		for (int i = 0; i < WAIT; i++)
			waiting[i] = dial(&hall, busy);
		const int guest = dial(&hall, quiet);
		const struct rlimit before = leave_descriptors(1);
		turn(&hall); /* there was one descriptor for all of them */
		serve_quiet(&hall, busy, quiet, waiting);
		setrlimit(RLIMIT_NOFILE, &before);
		close(guest);
		echo_free(hall.echo);
	}
}

static void a_place_goes_to_each_server_in_turn(void)
{
	struct echo_share *share = calloc(1, echo_share_size(2));
	struct hall halls[2];
	int waiting[WAIT], left = 0;

	echo_share_begin(share, 2);
	for (unsigned i = 0; i < 2; i++)
		begin(&halls[i], 1, 1, share, i);
	for (int i = 0; i < WAIT; i++)
		waiting[i] = dial(&halls[0], 0);
	turn(&halls[0]);
	const int guest = dial(&halls[1], 0);
	turn(&halls[1]);
	CHECK(halls[0].opened[0] == 1 && halls[1].opened[0] == 0, "%d and %d opened",
	    halls[0].opened[0], halls[1].opened[0]);
	/* The server that frees the place looks first. */
	close(waiting[left++]);
	turn(&halls[0]);
	turn(&halls[1]);
	CHECK(halls[0].opened[0] == 1 && halls[1].opened[0] == 1, "%d and %d opened",
	    halls[0].opened[0], halls[1].opened[0]);
	/* And back again. */
	close(guest);
	turn(&halls[1]);
	turn(&halls[0]);
	CHECK(halls[0].opened[0] == 2, "%d opened", halls[0].opened[0]);
	while (left < WAIT)
		close(waiting[left++]);
	for (int i = 0; i < 2; i++)
		echo_free(halls[i].echo);
	free(share);
}

int main(void)
{
	TEST(a_place_goes_to_each_socket_in_turn);
	TEST(a_descriptor_goes_to_each_socket_in_turn);
	TEST(a_place_goes_to_each_server_in_turn);
	return test_failures != 0;
}
