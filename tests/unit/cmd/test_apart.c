/* ctest: wrap=option_get wrap=alarm native */
/* Experiments where no socket's range of ports can be narrowed: they run in a network of their own. */
#include <sys/time.h>
#include <unistd.h>

#include "cli/out.h"
#include "clock.h"
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/needs.h"
#include "cmd/experiment/part.h"
#include "tcp/option.h"
#include "tests/lib/test.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
bool __wrap_option_get(int fd, enum option option);
unsigned __wrap_alarm(unsigned seconds);
unsigned __real_alarm(unsigned seconds);

/* Nothing that was set can be read back, as in gVisor. */
bool __wrap_option_get(int fd, enum option option)
{
	(void)fd;
	(void)option;
	return false;
}

static bool alarm_is_soon;

/* Within a tenth of a second, where the test asks for it. */
unsigned __wrap_alarm(unsigned seconds)
{
	const struct itimerval soon = {.it_value = {.tv_usec = 100000}};

	return alarm_is_soon ? (unsigned)setitimer(ITIMER_REAL, &soon, NULL)
			     : __real_alarm(seconds);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void runs_as_expected(const struct experiment *experiment, const struct part *part)
{
	struct show show = {.experiment = experiment, .stop = -1};

	part_run(&show, part);
	if (strstr(show.outcome.reason, "no network namespace"))
		printf("skip: %s\n", show.outcome.reason);
	else
		CHECK(!show.outcome.differs && !show.outcome.skipped && !show.outcome.broken,
		    "%s: %s", part->title, show.outcome.reason);
}

static void ten_ports_yield_the_same_in_a_network_of_its_own(void)
{
	CHECK(needs_network(NEED_PORT_RANGE), "with an option that is not heeded");
	runs_as_expected(&experiment_ephemeral, &experiment_ephemeral.parts[0]);
	runs_as_expected(&experiment_ephemeral, &experiment_ephemeral.parts[1]);
}

static void a_socket_meets_itself_in_a_network_of_its_own(void)
{
	runs_as_expected(&experiment_self_connect, &experiment_self_connect.parts[1]);
}

static void hang(struct stage *stage)
{
	(void)stage;
	for (;;)
		pause();
}

/* Whether it is by its alarm shows in the time: it would be looked at for 50 s. */
static void a_network_of_its_own_that_hangs_ends_by_itself_and_is_skipped(void)
{
	const struct part part = {
	    .title = "hangs", .needs = NEED_PORT_RANGE, .steps = {{.run = hang}}};
	struct show show = {.experiment = &experiment_ephemeral, .stop = -1};
	const int64_t began_us = clock_us();

	alarm_is_soon = true;
	part_run(&show, &part);
	alarm_is_soon = false;
	const double seconds = clock_seconds(clock_us() - began_us);
	CHECK(seconds < 25, "after %.1f s", seconds);
	CHECK(show.outcome.skipped, "%s", show.outcome.reason);
}

int main(void)
{
	out_style(&(struct common){.quiet = 1});
	TEST(ten_ports_yield_the_same_in_a_network_of_its_own);
	TEST(a_socket_meets_itself_in_a_network_of_its_own);
	TEST(a_network_of_its_own_that_hangs_ends_by_itself_and_is_skipped);
	return test_failures != 0;
}
