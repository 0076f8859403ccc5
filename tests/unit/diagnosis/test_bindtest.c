/* ctest: os=Linux wrap=probe_bind */
/* diagnosis/bindtest: which binds are made, and which are not because the rule has told already. The kernel of these tests
 * refuses every bind to the port itself. */
#include <errno.h>

#include "diagnosis/bindtest.h"
#include "tests/lib/test.h"

enum { PORT = 8080, MINE = 5, BINDS = 8 };

static unsigned sets[BINDS]; /* of the binds to the port itself, in their order */
static size_t count;

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int __wrap_probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault);

int __wrap_probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault)
{
	const union addr port = addr_loopback(AF_INET, PORT);

	(void)udp;
	*fault = (struct fault){.at = CALL_BIND, .error = EADDRINUSE};
	if (!addr_same(local, &port))
		return 0;
	if (count < BINDS)
		sets[count++] = set;
	return -1;
}

/* Beside one listener, whose options are `options`: -1 where they were not read. */
static void test_beside(int options, struct bindtest *test)
{
	struct process process = {.pid = 100, .uid = MINE, .state = 'S'};
	struct owner owner = {.process = 0};
	struct placement place = {0};
	enum role role = ROLE_LISTENER;
	struct holder holder = {.state = HOLDER_LISTEN,
	    .local = addr_loopback(AF_INET, PORT),
	    .uid = MINE,
	    .inode = 1,
	    .left_ms = -1,
	    .most_ms = -1,
	    .drops = -1,
	    .reuseaddr = options < 0 ? -1 : (options & PROBE_ADDR) != 0,
	    .reuseport = options < 0 ? -1 : (options & PROBE_PORT) != 0,
	    .owner_count = 1};
	const struct findings findings = {.holders = {.list = &holder,
					      .count = 1,
					      .owners = &owner,
					      .owner_count = 1,
					      .processes = &process,
					      .process_count = 1,
					      .places = &place,
					      .place_count = 1},
	    .roles = &role};
	const struct newcomer newcomer = {.local = addr_loopback(AF_INET, PORT), .uid = MINE};

	count = 0;
	bindtest_run(&findings, &newcomer, true, test);
}

static void a_bind_without_options_is_left_out_where_it_would_tell_nothing(void)
{
	struct bindtest test;

	/* One without options is refused whatever the listener has; what SO_REUSEPORT yields is open. */
	test_beside(-1, &test);
	CHECK(test.outcomes[PROBE_NONE].basis == BASIS_DERIVED, "basis %d",
	    (int)test.outcomes[PROBE_NONE].basis);
	CHECK(count > 0 && sets[0] == PROBE_PORT, "%zu binds, the first with %u", count, sets[0]);
	for (size_t i = 0; i < count; i++)
		CHECK(sets[i] != PROBE_NONE, "bind %zu has no option", i);
}

static void what_is_derived_is_confirmed_by_one_bind(void)
{
	struct bindtest test;

	test_beside(0, &test);
	CHECK(count == 1 && sets[0] == PROBE_NONE, "%zu binds, the first with %u", count, sets[0]);
	for (unsigned set = 0; set < test.sets; set++)
		CHECK(!bindtest_lets(&test, set), "set %u let in", set);
}

int main(void)
{
	TEST(a_bind_without_options_is_left_out_where_it_would_tell_nothing);
	TEST(what_is_derived_is_confirmed_by_one_bind);
	return test_failures != 0;
}
