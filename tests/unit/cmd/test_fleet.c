/* cmd/limits/fleet: into how many processes connections are divided. */
#include "cmd/limits/fleet.h"
#include "tests/lib/test.h"

static void each_process_takes_two_descriptors_a_connection(void)
{
	struct fleet_plan plan = {.stage_count = 3};
	const uint64_t least = fleet_least(&plan);
	const struct {
		uint64_t descriptors, connections, processes;
	} rows[] = {
	    {0, 1, 0},
	    {0, 100, 0},
	    {least - 1, 100, 0},
	    {least, 100, 100},
	    {least + 1, 100, 100},
	    {least + 2, 100, 50},
	    {least + 2, 101, 51},
	    {least + 198, 100, 1},
	    {least + 198, 101, 2},
	    {UINT64_MAX, 1 << 23, 1},
	    {UINT64_MAX, (1 << 23) + 1, 2},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		plan.descriptors = rows[i].descriptors;
		plan.connections = rows[i].connections;
		CHECK(fleet_processes(&plan) == rows[i].processes, "row %zu: %llu", i,
		    (unsigned long long)fleet_processes(&plan));
	}
}

int main(void)
{
	TEST(each_process_takes_two_descriptors_a_connection);
	return test_failures != 0;
}
