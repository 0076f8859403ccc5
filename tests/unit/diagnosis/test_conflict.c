/* diagnosis/conflict and cures: what the sockets of a port mean to one more. */
#include <errno.h>

#include "diagnosis/cures.h"
#include "tcp/facts.h"
#include "tests/lib/test.h"

enum { PORT = 9000, MALLORY = 1000, EVE = 1001 };

static struct holder holder_of(enum holder_state state, long uid, int reuseport)
{
	return (struct holder){.state = state,
	    .local = addr_any(AF_INET, PORT),
	    .uid = uid,
	    .inode = 1,
	    .reuseaddr = 0,
	    .reuseport = reuseport,
	    .v6only = -1,
	    .left_ms = -1,
	    .most_ms = -1};
}

static struct newcomer newcomer_of(long uid)
{
	return (struct newcomer){.local = addr_any(AF_INET, PORT), .uid = uid};
}

static void the_option_shares_a_port_within_one_user(void)
{
	struct holder one = holder_of(HOLDER_LISTEN, MALLORY, 1);
	enum role role = ROLE_LISTENER;
	const struct findings findings = {.holders = {.list = &one, .count = 1}, .roles = &role};
	const struct newcomer newcomer = newcomer_of(MALLORY);

	CHECK(
	    conflict_may(&findings, &newcomer, PROBE_PORT, MALLORY, NULL) == MAY, "the same user");
	CHECK(conflict_may(&findings, &newcomer, PROBE_PORT, EVE, NULL) == MAY_NOT, "another user");
	CHECK(conflict_may(&findings, &newcomer, PROBE_NONE, MALLORY, NULL) == MAY_NOT, "without");
	one.uid = 0;
	CHECK(conflict_may(&findings, &newcomer, PROBE_PORT, EVE, NULL) == MAY_NOT, "root's");
	one.uid = -1;
	CHECK(conflict_may(&findings, &newcomer, PROBE_PORT, EVE, NULL) == MAY_OR_NOT, "whose?");
	one.uid = MALLORY;
	one.reuseaddr = one.reuseport = -1;
	CHECK(conflict_may(&findings, &newcomer, PROBE_PORT, MALLORY, NULL) == MAY_OR_NOT,
	    "options that were not read");
}

static void what_is_gone_is_not_in_the_way(void)
{
	struct holder one = holder_of(HOLDER_LISTEN, MALLORY, 0);
	enum role role = ROLE_LISTENER;
	const bool gone[] = {true};
	const struct findings findings = {.holders = {.list = &one, .count = 1}, .roles = &role};
	const struct newcomer newcomer = newcomer_of(MALLORY);

	CHECK(
	    conflict_may(&findings, &newcomer, PROBE_NONE, MALLORY, NULL) == MAY_NOT, "in the way");
	CHECK(conflict_may(&findings, &newcomer, PROBE_NONE, MALLORY, gone) == MAY, "gone");
}

/* In steps that grow with the square of their number this takes longer than a test may. */
static void a_hundred_thousand_sockets_are_judged_in_one_pass_each(void)
{
	enum { COUNT = 100000 };
	static struct holder list[COUNT];
	static enum role roles[COUNT];
	struct owner owner = {.process = 0};
	struct process process = {.pid = 1000, .program = "server"};
	const struct findings findings = {.holders = {.list = list,
					      .count = COUNT,
					      .owners = &owner,
					      .owner_count = 1,
					      .processes = &process,
					      .process_count = 1},
	    .roles = roles};
	const struct newcomer newcomer = newcomer_of(MALLORY);
	const struct bindtest test = {.sets = 1,
	    .outcomes = {
		{.fault = {.at = CALL_BIND, .error = EADDRINUSE}, .basis = BASIS_DERIVED}}};
	struct cures cures;

	for (size_t i = 0; i < COUNT; i++) {
		list[i] = holder_of(i ? HOLDER_ESTABLISHED : HOLDER_LISTEN, MALLORY, 0);
		list[i].reuseaddr = i ? -1 : 0;
		list[i].owner_count = i == 0;
		roles[i] = i ? ROLE_PENDING : ROLE_LISTENER;
	}
	cures_find(&findings, &newcomer, &test, false, false, &cures);
	/* Without that fact what waits in the queue is root's, whoever listens. */
	CHECK(cures.both == (facts_have(facts_here(), FACT_QUEUE_USER) ? PROBE_PORT : 0), "both %d",
	    cures.both);
}

int main(void)
{
	if (rule_here() != RULE_LINUX) {
		printf("skip: the rule of Linux\n");
		return 77;
	}
	TEST(the_option_shares_a_port_within_one_user);
	TEST(what_is_gone_is_not_in_the_way);
	TEST(a_hundred_thousand_sockets_are_judged_in_one_pass_each);
	return test_failures != 0;
}
