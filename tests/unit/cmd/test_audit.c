/* cmd/limits/audit: what each bound allows, which binds first, and what raises it. */
#include <string.h>

#include "cmd/limits/audit.h"
#include "os/bounds.h"
#include "tests/lib/test.h"

/* A machine of which only some bounds are known. */
static void machine(struct bound bounds[BOUND_COUNT])
{
	for (int i = 0; i < BOUND_COUNT; i++)
		bounds[i] = (struct bound){.name = "?", .value = BOUND_UNKNOWN};
	bounds[BOUND_FILES_SOFT].value = 1024;
	bounds[BOUND_FILES_HARD].value = 4096;
	bounds[BOUND_FILES_SYSTEM].value = 100000;
	bounds[BOUND_FILES_SYSTEM].used = 1000;
	bounds[BOUND_PORTS].value = 28232;
	bounds[BOUND_USER_PROCESSES].value = BOUND_UNLIMITED;
	bounds[BOUND_TRACKED].value = 500;
}

static void each_bound_allows_what_is_left_of_it(void)
{
	static const struct {
		enum bound_id id;
		int64_t client_one, client_many, server;
	} rows[] = {
	    {BOUND_FILES_SOFT, 1021, 1021, 1020},
	    {BOUND_FILES_HARD, 4093, 4093, 4092},
	    {BOUND_FILES_SYSTEM, 99000, 99000, 98999},
	    {BOUND_PORTS, 28232, AUDIT_NONE, AUDIT_NONE},
	    {BOUND_USER_PROCESSES, AUDIT_NONE, AUDIT_NONE, AUDIT_NONE},
	    {BOUND_THREADS, 7 * 4093LL, 7 * 4093LL, 7 * 4092LL},
	    {BOUND_PIDS, 4093, 4093, 4092},
	    {BOUND_MEMORY, AUDIT_NONE, AUDIT_NONE, AUDIT_NONE},
	    {BOUND_TRACKED, AUDIT_NONE, AUDIT_NONE, AUDIT_NONE},
	};
	const struct cost cost = {.kernel_bytes = -1};
	struct bound bounds[BOUND_COUNT];
	struct audit_row got[BOUND_COUNT];

	machine(bounds);
	bounds[BOUND_THREADS].value = 10;
	bounds[BOUND_THREADS].used = 4;
	bounds[BOUND_PIDS].value = 10; /* lowered since */
	bounds[BOUND_PIDS].used = 15;
	audit_judge(bounds, &cost, got);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const int64_t *allows = got[rows[i].id].allows;
		CHECK(allows[AUDIT_CLIENT_ONE] == rows[i].client_one &&
			  allows[AUDIT_CLIENT_MANY] == rows[i].client_many &&
			  allows[AUDIT_SERVER] == rows[i].server,
		    "row %zu: %lld %lld %lld", i, (long long)allows[0], (long long)allows[1],
		    (long long)allows[2]);
	}
}

static void memory_allows_by_the_cost_of_one_end(void)
{
	const struct cost cost = {.kernel_bytes = 8000};
	struct bound bounds[BOUND_COUNT];
	struct audit_row got[BOUND_COUNT];

	machine(bounds);
	bounds[BOUND_GROUP_MEMORY].value = 5000000;
	bounds[BOUND_GROUP_MEMORY].used = 1000000;
	audit_judge(bounds, &cost, got);
	CHECK(got[BOUND_GROUP_MEMORY].allows[AUDIT_SERVER] == 1000, "%lld",
	    (long long)got[BOUND_GROUP_MEMORY].allows[AUDIT_SERVER]);
}

static void tracking_binds_only_where_it_is_on(void)
{
	const struct cost cost = {.kernel_bytes = -1, .tracked = true};
	struct bound bounds[BOUND_COUNT];
	struct audit_row got[BOUND_COUNT];

	machine(bounds);
	audit_judge(bounds, &cost, got);
	const enum bound_id first = audit_first(got, AUDIT_SERVER, false);
	CHECK(first == BOUND_TRACKED, "%d", (int)first);
}

static void one_process_ends_at_its_descriptors_and_many_at_the_ports(void)
{
	const struct cost cost = {.kernel_bytes = -1};
	struct bound bounds[BOUND_COUNT];
	struct audit_row got[BOUND_COUNT];

	machine(bounds);
	audit_judge(bounds, &cost, got);
	enum bound_id first = audit_first(got, AUDIT_CLIENT_ONE, false);
	CHECK(first == BOUND_FILES_SOFT, "%d", (int)first);
	first = audit_first(got, AUDIT_CLIENT_ONE, true);
	CHECK(first == BOUND_PORTS, "%d", (int)first);
	first = audit_first(got, AUDIT_SERVER, true);
	CHECK(first == BOUND_FILES_SYSTEM, "%d", (int)first);
}

static void nothing_known_binds_nothing(void)
{
	struct audit_row rows[BOUND_COUNT];

	for (int i = 0; i < BOUND_COUNT; i++)
		for (int use = 0; use < AUDIT_USES; use++)
			rows[i].allows[use] = AUDIT_NONE;
	const enum bound_id first = audit_first(rows, AUDIT_SERVER, false);
	CHECK(first == BOUND_COUNT, "%d", (int)first);
}

static void processes_allow_descriptors_each_and_nothing_to_whom_they_do_not_bind(void)
{
	const struct cost cost = {.kernel_bytes = -1};
	struct bound bounds[BOUND_COUNT];
	struct audit_row got[BOUND_COUNT];

	machine(bounds);
	bounds[BOUND_PIDS].value = 110;
	bounds[BOUND_PIDS].used = 100;
	bounds[BOUND_USER_PROCESSES].value = 5;
	bounds[BOUND_USER_PROCESSES].exempt = true;
	audit_judge(bounds, &cost, got);
	/* this process, and ten more */
	CHECK(got[BOUND_PIDS].allows[AUDIT_CLIENT_MANY] == 11 * INT64_C(4093), "%lld",
	    (long long)got[BOUND_PIDS].allows[AUDIT_CLIENT_MANY]);
	CHECK(got[BOUND_USER_PROCESSES].allows[AUDIT_SERVER] == AUDIT_NONE, "%lld",
	    (long long)got[BOUND_USER_PROCESSES].allows[AUDIT_SERVER]);
	CHECK(
	    bounds_processes_left(bounds) == 10, "%lld", (long long)bounds_processes_left(bounds));
	bounds[BOUND_USER_PROCESSES].exempt = false;
	CHECK(bounds_processes_left(bounds) == 5, "%lld", (long long)bounds_processes_left(bounds));
}

static void a_bound_is_raised_to_twice_its_value_and_no_further_than_the_kernel_allows(void)
{
	static const struct {
		int64_t value, most;
		const char *raise;
	} rows[] = {
	    {1000, INT64_MAX, "x=2000"},
	    {1000, 1500, "x=1500"},
	    {1500, 1500, ""},
	    {BOUND_UNKNOWN, INT64_MAX, ""},
	    {BOUND_UNLIMITED, INT64_MAX, ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bound bound = {.value = rows[i].value};
		bounds_raise(&bound, "x=", rows[i].most);
		CHECK(strcmp(bound.raise, rows[i].raise) == 0, "row %zu: '%s'", i, bound.raise);
	}
}

static void what_is_beyond_counting_is_no_figure(void)
{
	const struct cost cost = {.kernel_bytes = -1};
	struct bound bounds[BOUND_COUNT];
	struct audit_row got[BOUND_COUNT];
	const int64_t each = 4093, most = INT64_MAX / each - 2;

	machine(bounds);
	bounds[BOUND_THREADS].value = most;
	audit_judge(bounds, &cost, got);
	const int64_t *const allows = got[BOUND_THREADS].allows;
	CHECK(allows[AUDIT_CLIENT_ONE] == (most + 1) * each, "%lld",
	    (long long)allows[AUDIT_CLIENT_ONE]);
	bounds[BOUND_THREADS].value = most + 1;
	audit_judge(bounds, &cost, got);
	CHECK(allows[AUDIT_CLIENT_ONE] == AUDIT_NONE, "%lld", (long long)allows[AUDIT_CLIENT_ONE]);
}

int main(void)
{
	TEST(each_bound_allows_what_is_left_of_it);
	TEST(memory_allows_by_the_cost_of_one_end);
	TEST(tracking_binds_only_where_it_is_on);
	TEST(one_process_ends_at_its_descriptors_and_many_at_the_ports);
	TEST(nothing_known_binds_nothing);
	TEST(processes_allow_descriptors_each_and_nothing_to_whom_they_do_not_bind);
	TEST(a_bound_is_raised_to_twice_its_value_and_no_further_than_the_kernel_allows);
	TEST(what_is_beyond_counting_is_no_figure);
	return test_failures != 0;
}
