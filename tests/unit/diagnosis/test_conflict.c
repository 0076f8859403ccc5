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

	struct holder unread = holder_of(HOLDER_LISTEN, MALLORY, 1);
	const struct findings other = {.holders = {.list = &unread, .count = 1}, .roles = &role};
	unread.reuseaddr = unread.reuseport = -1;
	CHECK(conflict_may(&other, &newcomer, PROBE_PORT, MALLORY, NULL) == MAY_OR_NOT,
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

static const struct bindtest refused = {.sets = PROBE_V6ONLY,
    .outcomes = {
	[PROBE_NONE] = {.fault = {.at = CALL_BIND, .error = EADDRINUSE}, .basis = BASIS_DERIVED},
	[PROBE_ADDR] = {.fault = {.at = CALL_BIND, .error = EADDRINUSE}, .basis = BASIS_DERIVED},
	[PROBE_PORT] = {.fault = {.at = CALL_BIND, .error = EADDRINUSE}, .basis = BASIS_DERIVED},
	[PROBE_BOTH] = {.fault = {.at = CALL_BIND, .error = EADDRINUSE}, .basis = BASIS_DERIVED}}};

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
	struct cures cures;

	for (size_t i = 0; i < COUNT; i++) {
		list[i] = holder_of(i ? HOLDER_ESTABLISHED : HOLDER_LISTEN, MALLORY, 0);
		list[i].reuseaddr = i ? -1 : 0;
		list[i].owner_count = i == 0;
		roles[i] = i ? ROLE_PENDING : ROLE_LISTENER;
	}
	cures_find(&findings, &newcomer, &refused, false, false, &cures);
	/* Without that fact what waits in the queue is root's, whoever listens. */
	CHECK(cures.both == (facts_have(facts_here(), FACT_QUEUE_USER) ? PROBE_PORT : 0), "both %d",
	    cures.both);
}

static void only_a_whole_list_is_complete(void)
{
	struct findings findings = {.error = 0};

	CHECK(conflict_complete(&findings), "all of it");
	findings.error = EACCES;
	CHECK(!conflict_complete(&findings), "with an error");
	findings = (struct findings){.holders = {.bound_error = ENOTSUP}};
	CHECK(!conflict_complete(&findings), "without bound ones");
	findings = (struct findings){.holders = {.cut = true}};
	CHECK(!conflict_complete(&findings), "cut");
}

static void who_could_share_the_port_is_told_where_no_option_helps(void)
{
	struct holder one = holder_of(HOLDER_LISTEN, MALLORY, 1);
	enum role role = ROLE_LISTENER;
	const struct findings findings = {.holders = {.list = &one, .count = 1}, .roles = &role};
	const struct newcomer newcomer = newcomer_of(EVE);
	struct bindtest let_in = refused;
	struct cures cures;

	cures_find(&findings, &newcomer, &refused, false, false, &cures);
	CHECK(cures.set < 0 && cures.as == MALLORY && cures.as_set == PROBE_PORT,
	    "set %d, as %ld with %u", cures.set, cures.as, cures.as_set);
	let_in.outcomes[PROBE_PORT].fault = (struct fault){.at = CALL_NONE};
	cures_find(&findings, &newcomer, &let_in, false, false, &cures);
	CHECK(cures.set == PROBE_PORT && cures.as < 0, "set %d, as %ld", cures.set, cures.as);
}

/* Without a bind the rule alone tells, as far as the options of the other socket are known. */
static void what_is_derived_is_refused_let_in_or_unknown(void)
{
	struct holder one = holder_of(HOLDER_LISTEN, MALLORY, 1);
	enum role role = ROLE_LISTENER;
	const struct findings findings = {.holders = {.list = &one, .count = 1}, .roles = &role};
	const struct newcomer newcomer = newcomer_of(MALLORY);
	struct bindtest test;

	bindtest_run(&findings, &newcomer, false, &test);
	CHECK(test.outcomes[PROBE_NONE].basis == BASIS_DERIVED &&
		  test.outcomes[PROBE_NONE].fault.error == EADDRINUSE,
	    "none: %d", test.outcomes[PROBE_NONE].basis);
	CHECK(bindtest_lets(&test, PROBE_PORT), "not with the other's option");
	one.reuseaddr = one.reuseport = -1;
	bindtest_run(&findings, &newcomer, false, &test);
	CHECK(test.outcomes[PROBE_NONE].basis == BASIS_DERIVED, "none, options unknown");
	CHECK(test.outcomes[PROBE_PORT].basis == BASIS_UNKNOWN, "known without options");
}

/* A listener leaves none behind: it has sent nothing. */
static void connections_of_what_is_stopped_may_be_left(void)
{
	static const struct {
		enum holder_state state;
		bool udp, leaves;
	} rows[] = {
	    {HOLDER_LISTEN, false, false},
	    {HOLDER_BOUND, false, false},
	    {HOLDER_ESTABLISHED, false, true},
	    {HOLDER_FIN_WAIT1, false, true},
	    {HOLDER_ESTABLISHED, true, false},
	};
	struct owner owner = {.process = 0};
	struct process process = {.pid = 1000, .program = "server"};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holder one = holder_of(rows[i].state, MALLORY, 0);
		enum role role = rows[i].state == HOLDER_LISTEN ? ROLE_LISTENER : ROLE_ALONE;
		const struct findings findings = {.holders = {.list = &one,
						      .count = 1,
						      .owners = &owner,
						      .owner_count = 1,
						      .processes = &process,
						      .process_count = 1},
		    .roles = &role};
		struct newcomer newcomer = newcomer_of(MALLORY);
		struct cures cures;
		one.udp = newcomer.udp = rows[i].udp;
		one.owner_count = 1;
		cures_find(&findings, &newcomer, &refused, false, false, &cures);
		CHECK(cures.stop_helps, "row %zu: to stop it does not help", i);
		CHECK(cures.leaves == rows[i].leaves, "row %zu: %d", i, cures.leaves);
	}
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
	TEST(only_a_whole_list_is_complete);
	TEST(who_could_share_the_port_is_told_where_no_option_helps);
	TEST(what_is_derived_is_refused_let_in_or_unknown);
	TEST(connections_of_what_is_stopped_may_be_left);
	return test_failures != 0;
}
