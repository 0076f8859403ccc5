/* ctest: wrap=memory_read wrap=bounds_read */
/* cmd/limits: what is refused beforehand, and how numbers are written. */
#include "cmd/limits/fits.h"
#include "cmd/limits/numbers.h"
#include "os/memory.h"
#include "tests/lib/shown.h"

static struct memory memory;
static struct bound bounds[BOUND_COUNT];
static struct cost cost;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
void __wrap_memory_read(struct memory *into);
void __wrap_bounds_read(struct bound into[BOUND_COUNT]);

void __wrap_memory_read(struct memory *into)
{
	*into = memory;
}

void __wrap_bounds_read(struct bound into[BOUND_COUNT])
{
	memcpy(into, bounds, sizeof bounds);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void numbers_are_grouped_and_bytes_have_units(void)
{
	static const struct {
		int64_t number;
		const char *grouped, *bytes;
	} rows[] = {
	    {0, "0", "0 B"},
	    {7, "7", "7 B"},
	    {999, "999", "999 B"},
	    {1000, "1,000", "1.0 kB"},
	    {1049, "1,049", "1.0 kB"},
	    {1050, "1,050", "1.1 kB"},
	    {10000, "10,000", "10.0 kB"},
	    {999949, "999,949", "999.9 kB"},
	    {999950, "999,950", "1.0 MB"},
	    {123456789, "123,456,789", "123.5 MB"},
	    {2000000000, "2,000,000,000", "2.0 GB"},
	    {3000000000000, "3,000,000,000,000", "3.0 TB"},
	    {4000000000000000, "4,000,000,000,000,000", "4.0 PB"},
	    {INT64_MAX, "9,223,372,036,854,775,807", "9.2 EB"},
	    {-1, "-1", "-1 B"},
	    {-1234, "-1,234", "-1234 B"},
	    {-123456, "-123,456", "-123456 B"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[GROUPED_TEXT + BYTES_TEXT];
		CHECK_TEXT(grouped_print(text, rows[i].number), rows[i].grouped);
		CHECK_TEXT(bytes_print(text, rows[i].number), rows[i].bytes);
	}
}

static const char *refused(const struct fleet_plan *plan, bool suffices)
{
	static char said[8192];
	const struct capture capture = capture_begin(stderr);
	const bool got = room_suffices(plan, &cost);

	capture_end(&capture, said, sizeof said);
	CHECK(got == suffices, "%d", got);
	return said;
}

static void what_cannot_be_had_is_refused_with_what_is_short(void)
{
	struct fleet_plan plan = {
	    .connections = 1000, .descriptors = 1000, .source = addr_loopback(AF_INET, 4000)};

	for (int i = 0; i < BOUND_COUNT; i++)
		bounds[i] = (struct bound){.name = bound_rows[i].name, .value = BOUND_UNLIMITED};
	cost = (struct cost){.kernel_bytes = 10000};
	memory = (struct memory){.available = INT64_C(100) << 30, .total = INT64_C(100) << 30};
	CHECK_LINES(refused(&plan, true), "");
	memory.available = 1000000;
	memory.total = 4000000;
	CHECK_LINES(refused(&plan, false),
	    "reuse: 1000 connections need 10.9 MB of memory, 10.0 kB each for both ends; there is room for 600.0 kB: 1.0 MB available, of which 400.0 kB are kept free\n");
	cost.kernel_bytes = -1;
	memory.total = INT64_C(100) << 30;
	CHECK_LINES(refused(&plan, false),
	    "reuse: 1000 connections need 4.9 MB of memory, at least 4.0 kB each for both ends; there is room for 0 B: 1.0 MB available, of which 10.7 GB are kept free\n");
	memory.total = -1;
	CHECK_LINES(refused(&plan, true), "");
	memory.available = -1;
	memory.total = 10;
	CHECK_LINES(refused(&plan, true), "");
	const uint64_t processes = fleet_processes(&plan);
	bounds[BOUND_FILES_SYSTEM].value = (int64_t)(2 * plan.connections + processes * 8) + 10;
	bounds[BOUND_FILES_SYSTEM].used = 10;
	bounds[BOUND_PIDS].value = (int64_t)processes;
	bounds[BOUND_TRACKED].value = 999;
	CHECK_LINES(refused(&plan, true), "");
	bounds[BOUND_FILES_SYSTEM].used++;
	CHECK_LINES(refused(&plan, false),
	    "reuse: that needs 2024 open files: fs.file-max is 2034, and 11 are in use\n");
	bounds[BOUND_FILES_SYSTEM].used--;
	bounds[BOUND_PIDS].value--;
	snprintf(bounds[BOUND_PIDS].raise, sizeof bounds[0].raise, "sysctl -w kernel.pid_max=8");
	CHECK_LINES(refused(&plan, false),
	    "reuse: that needs 3 processes: kernel.pid_max is 2, and 0 are in use\n"
	    "reuse: to raise it: sysctl -w kernel.pid_max=8\n");
	bounds[BOUND_PIDS].exempt = true;
	CHECK_LINES(refused(&plan, true), "");
	cost.tracked = true;
	CHECK_LINES(refused(&plan, false),
	    "reuse: that needs 1000 tracked connections: nf_conntrack_max is 999, and 0 are in use\n");
	bounds[BOUND_TRACKED].value = 1000;
	CHECK_LINES(refused(&plan, true), "");
	cost.tracked = false;
	for (int i = 0; i < BOUND_COUNT; i++)
		bounds[i].value = BOUND_UNLIMITED;
	plan.connections = 65536 - CROWD_LOWEST_PORT;
	CHECK_LINES(refused(&plan, true), "");
	plan.by_port = true;
	CHECK_LINES(refused(&plan, true), "");
	plan.connections++;
	CHECK_LINES(refused(&plan, false),
	    "reuse: that needs 64513 ports of one address, and there are 64512\n");
}

int main(void)
{
	TEST(numbers_are_grouped_and_bytes_have_units);
	TEST(what_cannot_be_had_is_refused_with_what_is_short);
	return test_failures != 0;
}
