/* ctest: wrap=memory_read wrap=fleet_start wrap=fleet_begin wrap=fleet_turn wrap=fleet_fault wrap=fleet_end */
/* cmd/limits/cost: what a connection costs, by what the kernel has taken after each round. */
#include <stdlib.h>

#include "cmd/limits/cost.h"
#include "os/memory.h"
#include "tests/lib/test.h"

enum { FIGURES = 8, PLENTY = 1000000000 };

/* What the kernel takes for each connection of a round, from the first on; behind these as of the last. */
static int64_t taken[FIGURES], available;
static int count, rounds;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
void __wrap_memory_read(struct memory *memory);
int __wrap_fleet_start(struct fleet *fleet, const struct fleet_plan *plan, const char **call);
void __wrap_fleet_begin(const struct fleet *fleet, int stage);
enum fleet_state __wrap_fleet_turn(struct fleet *fleet, int stage, int stop);
const struct crowd_tally *__wrap_fleet_fault(const struct fleet *fleet);
void __wrap_fleet_end(struct fleet *fleet);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

void __wrap_memory_read(struct memory *memory)
{
	*memory = (struct memory){.available = available, .total = PLENTY};
	for (int round = 0; round < rounds; round++)
		memory->kernel += COST_CONNECTIONS * taken[round < count ? round : count - 1];
}

int __wrap_fleet_start(struct fleet *fleet, const struct fleet_plan *plan, const char **call)
{
	(void)call;
	*fleet = (struct fleet){.plan = *plan};
	rounds = 0;
	return 0;
}

void __wrap_fleet_begin(const struct fleet *fleet, int stage)
{
	(void)fleet;
	rounds = stage + 1;
}

enum fleet_state __wrap_fleet_turn(struct fleet *fleet, int stage, int stop)
{
	(void)fleet;
	(void)stage;
	(void)stop;
	return FLEET_DONE;
}

const struct crowd_tally *__wrap_fleet_fault(const struct fleet *fleet)
{
	(void)fleet;
	return NULL;
}

void __wrap_fleet_end(struct fleet *fleet)
{
	(void)fleet;
}

static void rounds_end_where_three_agree_or_nothing_is_to_be_had(void)
{
	static const struct {
		int64_t taken[FIGURES], available, bytes;
		int count, rounds;
	} rows[] = {
	    {{4000}, PLENTY, 4000, 1, 3},
	    {{9000, 5500, 4000}, PLENTY, 4000, 3, 5},
	    {{0, 0, 4000}, PLENTY, 4000, 3, 5},
	    {{0}, PLENTY, -1, 1, 3},
	    {{4000}, 63999999, 4000, 1, 1},
	    {{4000}, 64000000, 4000, 1, 3},
	    {{4000}, 0, 4000, 1, 1},
	    {{4000}, -1, 4000, 1, 3},
	};
	static struct bound bounds[BOUND_COUNT];
	const struct fleet_plan place = {.device = "", .descriptors = 100000};

	for (int i = 0; i < BOUND_COUNT; i++)
		bounds[i].value = BOUND_UNLIMITED;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cost cost;
		memcpy(taken, rows[i].taken, sizeof taken);
		count = rows[i].count;
		available = rows[i].available;
		CHECK(cost_measure(&cost, &place, bounds, -1) == 0, "row %zu: not measured", i);
		CHECK(cost.kernel_bytes == rows[i].bytes && rounds == rows[i].rounds,
		    "row %zu: %lld after %d rounds", i, (long long)cost.kernel_bytes, rounds);
	}
}

int main(void)
{
	TEST(rounds_end_where_three_agree_or_nothing_is_to_be_had);
	return test_failures != 0;
}
