/* ctest: wrap=option_get native */
/* Experiments where no socket's range of ports can be narrowed: they run in a network of their own. */
#include "cli/out.h"
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/needs.h"
#include "cmd/experiment/part.h"
#include "tcp/option.h"
#include "tests/lib/test.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
bool __wrap_option_get(int fd, enum option option);

/* Nothing that was set can be read back, as in gVisor. */
bool __wrap_option_get(int fd, enum option option)
{
	(void)fd;
	(void)option;
	return false;
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

int main(void)
{
	out_style(&(struct common){.quiet = 1});
	TEST(ten_ports_yield_the_same_in_a_network_of_its_own);
	TEST(a_socket_meets_itself_in_a_network_of_its_own);
	return test_failures != 0;
}
