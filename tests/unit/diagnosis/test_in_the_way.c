/* Who is in the way, by the rule, of sockets that are written here. */
#include <arpa/inet.h>

#include "diagnosis/conflict.h"
#include "tests/lib/test.h"

enum { PORT = 8080, MOST = 4 };

static union addr address(const char *text)
{
	union addr addr = addr_any(strchr(text, ':') ? AF_INET6 : AF_INET, PORT);

	if (addr.any.sa_family == AF_INET6)
		inet_pton(AF_INET6, text, &addr.v6.sin6_addr);
	else
		inet_pton(AF_INET, text, &addr.v4.sin_addr);
	return addr;
}

/* set: PROBE_*, -1 where it was not read. */
static struct holder holder_at(const char *local, enum holder_state state, int set, long uid)
{
	return (struct holder){.state = state,
	    .local = address(local),
	    .uid = uid,
	    .inode = 1,
	    .owner_count = 1,
	    .left_ms = -1,
	    .most_ms = -1,
	    .reuseaddr = set < 0 ? -1 : (set & PROBE_ADDR) != 0,
	    .reuseport = set < 0 ? -1 : (set & PROBE_PORT) != 0};
}

static struct findings findings_of(struct holder list[], enum role roles[], size_t count)
{
	return (struct findings){.holders = {.list = list, .count = count}, .roles = roles};
}

static struct newcomer newcomer_at(const char *local, long uid)
{
	return (struct newcomer){.local = address(local), .uid = uid};
}

static void what_was_not_read_makes_the_answer_unknown_and_nothing_else(void)
{
	struct holder list[MOST] = {holder_at("127.0.0.1", HOLDER_LISTEN, -1, 7)};
	enum role roles[MOST] = {ROLE_LISTENER};
	const struct findings findings = findings_of(list, roles, 1);
	const struct newcomer mine = newcomer_at("127.0.0.1", 7),
			      others = newcomer_at("127.0.0.1", 8);

	CHECK(conflict_may(&findings, &mine, PROBE_NONE, 7, NULL) == MAY_NOT, "without options");
	CHECK(conflict_may(&findings, &mine, PROBE_ADDR, 7, NULL) == MAY_NOT, "beside a listener");
	CHECK(conflict_may(&findings, &mine, PROBE_PORT, 7, NULL) == MAY_OR_NOT, "the same user");
	CHECK(conflict_may(&findings, &others, PROBE_PORT, 8, NULL) == MAY_NOT, "another user");
}

static void who_is_gone_is_in_the_way_no_more(void)
{
	struct holder list[MOST] = {holder_at("0.0.0.0", HOLDER_LISTEN, PROBE_NONE, 7),
	    holder_at("127.0.0.1", HOLDER_BOUND, PROBE_ADDR, 7)};
	enum role roles[MOST] = {ROLE_LISTENER, ROLE_BOUND};
	const struct findings findings = findings_of(list, roles, 2);
	const struct newcomer newcomer = newcomer_at("127.0.0.1", 7);
	const bool first[MOST] = {true}, both[MOST] = {true, true};

	CHECK(conflict_may(&findings, &newcomer, PROBE_NONE, 7, first) == MAY_NOT, "one is left");
	CHECK(
	    conflict_may(&findings, &newcomer, PROBE_ADDR, 7, first) == MAY, "that has the option");
	CHECK(conflict_may(&findings, &newcomer, PROBE_NONE, 7, both) == MAY, "nobody is left");
}

/* Listeners stand first: findings sort them. */
static void what_waits_in_a_queue_is_as_its_listener(void)
{
	struct holder list[MOST] = {holder_at("0.0.0.0", HOLDER_LISTEN, PROBE_PORT, 7),
	    holder_at("::", HOLDER_LISTEN, PROBE_BOTH, 7),
	    holder_at("127.0.0.1", HOLDER_ESTABLISHED, -1, -1)};
	enum role roles[MOST] = {ROLE_LISTENER, ROLE_LISTENER, ROLE_PENDING};
	const struct findings findings = findings_of(list, roles, 3);
	const struct newcomer newcomer = newcomer_at("127.0.0.1", 7);

	list[2].owner_count = 0;
	list[2].inode = 0;
	/* Two that it may be of, and that differ. */
	CHECK(conflict_options(&findings, 2) == -1, "%d", conflict_options(&findings, 2));
	/* One of IPv6 alone takes none of IPv4. */
	list[1].v6only = 1;
	CHECK(conflict_options(&findings, 2) == PROBE_PORT, "%d", conflict_options(&findings, 2));
	CHECK(
	    conflict_may(&findings, &newcomer, PROBE_NONE, 7, NULL) == MAY_NOT, "without options");
}

static void another_protocol_family_or_the_socket_itself_is_not_in_the_way(void)
{
	struct holder udp = holder_at("0.0.0.0", HOLDER_BOUND, PROBE_NONE, 7);
	struct holder six = holder_at("::", HOLDER_LISTEN, PROBE_NONE, 7);
	struct newcomer newcomer = newcomer_at("127.0.0.1", 7);

	udp.udp = true;
	CHECK(!conflict_blocks(&newcomer, &udp), "UDP");
	CHECK(conflict_blocks(&newcomer, &six), ":: takes IPv4");
	six.v6only = 1;
	CHECK(!conflict_blocks(&newcomer, &six), ":: of IPv6 alone");
	six.v6only = 0;
	newcomer.inode = six.inode;
	CHECK(!conflict_blocks(&newcomer, &six), "its own");
}

int main(void)
{
	if (rule_here() != RULE_LINUX) {
		printf("skip: the rule of another system\n");
		return 77;
	}
	TEST(what_was_not_read_makes_the_answer_unknown_and_nothing_else);
	TEST(who_is_gone_is_in_the_way_no_more);
	TEST(what_waits_in_a_queue_is_as_its_listener);
	TEST(another_protocol_family_or_the_socket_itself_is_not_in_the_way);
	return test_failures != 0;
}
