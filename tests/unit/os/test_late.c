/* ctest: os=Linux wrap=clock_getres */
/* os/linux/tunable: by how much a timer of the kernel's may be late, at the ends of the levels of its wheel. */
#include <time.h>

#include "os/tunable.h"
#include "tests/lib/test.h"

static long tick_ns;

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int __wrap_clock_getres(clockid_t clock, struct timespec *tick);

int __wrap_clock_getres(clockid_t clock, struct timespec *tick)
{
	(void)clock;
	*tick = (struct timespec){.tv_nsec = tick_ns};
	return 0;
}

/* kernel/time/timer.c, LVL_START: 63 ticks, then eight times as many for each level. */
static void a_timer_is_as_late_as_its_level_of_the_wheel_is_coarse(void)
{
	static const struct {
		long tick_ms;
		int64_t timer_ms, late_ms;
	} rows[] = {
	    {4, 0, 4},
	    {4, 251, 4},
	    {4, 252, 32},
	    {4, 2015, 32},
	    {4, 2016, 256},
	    {4, 60000, 2048},
	    {1, 62, 1},
	    {1, 63, 8},
	    {1, 60000, 4096},
	    {10, 629, 10},
	    {10, 630, 80},
	    {10, 60000, 5120},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tick_ns = rows[i].tick_ms * 1000000;
		const int64_t late_ms = tunable_late_ms(rows[i].timer_ms);
		CHECK(late_ms == rows[i].late_ms, "row %zu: %lld ms", i, (long long)late_ms);
	}
}

static void a_clock_without_ticks_tells_nothing(void)
{
	tick_ns = 0;
	CHECK(tunable_late_ms(60000) == 0, "%lld ms", (long long)tunable_late_ms(60000));
}

int main(void)
{
	TEST(a_timer_is_as_late_as_its_level_of_the_wheel_is_coarse);
	TEST(a_clock_without_ticks_tells_nothing);
	return test_failures != 0;
}
