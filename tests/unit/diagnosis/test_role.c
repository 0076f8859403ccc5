/* The roles of sockets, where all of the machine are known. */
#include <sys/socket.h>
#include <unistd.h>

#include "diagnosis/role.h"
#include "os/tunable.h"
#include "tests/lib/test.h"

enum { SERVER = 631, MOST = 4 };

static struct holder between(enum holder_state state, unsigned local, unsigned peer)
{
	struct holder holder = {.state = state,
	    .local = addr_loopback(AF_INET, local),
	    .inode = 1,
	    .owner_count = 1,
	    .reuseaddr = 0,
	    .reuseport = 0};

	if (peer)
		holder.peer = addr_loopback(AF_INET, peer);
	return holder;
}

static void the_two_ends_of_a_connection_know_who_called(void)
{
	unsigned low, high;
	enum role roles[MOST];

	if (!tunable_port_range(&low, &high) || low <= SERVER)
		return;
	struct holder list[MOST] = {between(HOLDER_LISTEN, SERVER, 0),
	    between(HOLDER_ESTABLISHED, SERVER, low), between(HOLDER_ESTABLISHED, low, SERVER)};
	const struct holders holders = {.list = list, .count = 3};

	role_find(&holders, &holders, roles);
	CHECK(roles[0] == ROLE_LISTENER, "%d", roles[0]);
	CHECK(roles[1] == ROLE_ACCEPTED, "%d", roles[1]);
	CHECK(roles[2] == ROLE_EPHEMERAL, "%d", roles[2]);
	/* With an option somebody has bound it. */
	list[2].reuseaddr = 1;
	role_find(&holders, &holders, roles);
	CHECK(roles[2] == ROLE_OUTGOING, "%d", roles[2]);
}

static void what_is_left_of_a_client_is_told_from_what_is_left_of_a_server(void)
{
	unsigned low, high;
	enum role roles[MOST];

	if (!tunable_port_range(&low, &high) || low <= SERVER)
		return;
	struct holder list[MOST] = {between(HOLDER_TIME_WAIT, low, SERVER),
	    between(HOLDER_TIME_WAIT, SERVER, low), between(HOLDER_TIME_WAIT, low, low + 1)};
	const struct holders holders = {.list = list, .count = 3};

	for (size_t i = 0; i < 3; i++)
		list[i].remnant = true;
	role_find(&holders, &holders, roles);
	CHECK(roles[0] == ROLE_SPENT, "%d", roles[0]);
	CHECK(roles[1] == ROLE_REMNANT, "%d", roles[1]);
	CHECK(roles[2] == ROLE_REMNANT, "%d", roles[2]);
}

static void a_socket_without_process_waits_or_is_left(void)
{
	enum role roles[MOST];
	struct holder list[MOST] = {between(HOLDER_ESTABLISHED, SERVER, 5),
	    between(HOLDER_FIN_WAIT1, SERVER, 6), between(HOLDER_ESTABLISHED, SERVER, SERVER),
	    between(HOLDER_BOUND, SERVER, 0)};
	const struct holders holders = {.list = list, .count = 4};

	list[0].inode = list[1].inode = 0;
	role_find(&holders, &holders, roles);
	CHECK(roles[0] == ROLE_PENDING, "%d", roles[0]);
	CHECK(roles[1] == ROLE_ORPHAN, "%d", roles[1]);
	CHECK(roles[2] == ROLE_SELF, "%d", roles[2]);
	CHECK(roles[3] == ROLE_BOUND, "%d", roles[3]);
}

/* Both ports are of the range: only who listens now tells. */
static void where_only_one_port_is_known_this_machine_is_asked(void)
{
	union addr addr = addr_loopback(AF_INET, 0);
	socklen_t len = addr_len(&addr);
	unsigned low, high;
	enum role role;

	if (!tunable_port_range(&low, &high))
		return;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, &addr.any, len) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, &addr.any, &len) < 0) {
		CHECK(false, "no listener");
		return;
	}
	const unsigned port = addr_port(&addr), other = port == low ? low + 1 : low;
	struct holder one = between(HOLDER_TIME_WAIT, other, port);
	const struct holders holders = {.list = &one, .count = 1};
	one.remnant = true;
	role_find(&holders, NULL, &role);
	CHECK(role == ROLE_SPENT, "%d beside the listener", role);
	close(fd);
	role_find(&holders, NULL, &role);
	CHECK(role == ROLE_REMNANT, "%d without it", role);
}

int main(void)
{
	TEST(the_two_ends_of_a_connection_know_who_called);
	TEST(what_is_left_of_a_client_is_told_from_what_is_left_of_a_server);
	TEST(a_socket_without_process_waits_or_is_left);
	TEST(where_only_one_port_is_known_this_machine_is_asked);
	return test_failures != 0;
}
