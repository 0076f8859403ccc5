/* The roles of sockets, where all of the machine are known. */
#include <sys/socket.h>

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

int main(void)
{
	TEST(the_two_ends_of_a_connection_know_who_called);
	TEST(what_is_left_of_a_client_is_told_from_what_is_left_of_a_server);
	TEST(a_socket_without_process_waits_or_is_left);
	return test_failures != 0;
}
