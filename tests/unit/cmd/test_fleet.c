/* cmd/limits/fleet: into how many processes connections are divided, and what is left of them. */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/limits/fleet.h"
#include "tcp/sock.h"
#include "tests/lib/open.h"
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

/* Lets a stage begin, and waits until it is behind all of them. */
static void pass(struct fleet *fleet, int stage)
{
	enum fleet_state state;

	fleet_begin(fleet, stage);
	while ((state = fleet_turn(fleet, stage, -1)) == FLEET_BUSY)
		continue;
	CHECK(state == FLEET_DONE, "stage %d: %d", stage, (int)state);
}

static void a_fleet_that_has_ended_leaves_no_descriptor_and_no_process(void)
{
	const struct fleet_stage stages[] = {{FLEET_OPEN, 10}, {FLEET_BEAT, 0}, {FLEET_CLOSE, 0}};
	union addr source = addr_any(AF_INET, 0);
	struct fleet_count count;
	struct fault fault;
	struct fleet fleet;
	const char *call = "";

	source.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	const int held = crowd_hold(&source, &fault);
	struct fleet_plan plan = {.source = sock_local(held),
	    .by_port = true,
	    .device = "",
	    .connections = 10,
	    .stages = stages,
	    .stage_count = 3};
	plan.descriptors = fleet_least(&plan) + 8; /* five in each process */
	const int before = open_count(0, 200);
	CHECK(fleet_start(&fleet, &plan, &call) == 0, "%s: errno %d", call, errno);
	CHECK(fleet.processes == 2, "%llu processes", (unsigned long long)fleet.processes);
	for (int stage = 0; stage < 3; stage++)
		pass(&fleet, stage);
	fleet_count(&fleet, &count);
	CHECK(count.opened == 10 && count.echoed == 10 && count.closed == 10, "%llu, %llu, %llu",
	    (unsigned long long)count.opened, (unsigned long long)count.echoed,
	    (unsigned long long)count.closed);
	fleet_end(&fleet);
	CHECK(
	    open_count(0, 200) == before, "%d descriptors, %d before", open_count(0, 200), before);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a process is left");
	close(held);
}

int main(void)
{
	TEST(each_process_takes_two_descriptors_a_connection);
	TEST(a_fleet_that_has_ended_leaves_no_descriptor_and_no_process);
	return test_failures != 0;
}
