/* cmd/limits/proof_view: how far --prove is. */
#include <stdint.h>
#include <stdlib.h>

#include "cli/out.h"
#include "clock.h"
#include "cmd/limits/proof_view.h"
#include "tests/lib/captured.h"
#include "tests/lib/test.h"

static char shown[1024];

/* The line of a stage that has come so far in ten seconds. */
static void show(uint64_t opened, uint64_t asked)
{
	const struct common common = {.verbose = 1};
	struct proof proof = {.fleet.plan.connections = asked, .count.opened = opened};

	out_style(&common);
	const struct capture capture = capture_begin(stdout);
	proof_view_progress(&proof, 0, clock_us() - INT64_C(10) * SECOND_US);
	capture_end(&capture, shown, sizeof shown);
}

/* The seconds that are left; -1: none are told. */
static long left(void)
{
	const char *const comma = strrchr(shown, ',');
	char *end = NULL;

	const long seconds = comma ? strtol(comma + 1, &end, 10) : -1;
	return end && !strcmp(end, " s left\n") ? seconds : -1;
}

static void the_time_left_is_told_to_the_last_connection(void)
{
	show(50, 100);
	CHECK(!strncmp(shown, "opened 50 of 100, ", 18), "%s", shown);
	CHECK(left() >= 9 && left() <= 15, "%ld: %s", left(), shown);
	show(100, 100);
	CHECK(left() == 0, "%ld: %s", left(), shown);
}

static void without_a_rate_no_time_is_told(void)
{
	show(0, 100);
	CHECK(!strncmp(shown, "opened 0 of 100, 0/s", 20), "%s", shown);
	CHECK(left() == -1, "%ld: %s", left(), shown);
}

static void none_of_a_stage_took_no_time_each(void)
{
	static const struct {
		uint64_t count;
		const char *text;
	} rows[] = {
	    {0, "opened 0 in 2.0 s, 0.0 us each\n"},
	    {4, "opened 4 in 2.0 s, 500000.0 us each\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct capture capture = capture_begin(stdout);
		proof_view_stage("opened", rows[i].count, INT64_C(2) * SECOND_US);
		capture_end(&capture, shown, sizeof shown);
		CHECK_TEXT(shown, rows[i].text);
	}
}

int main(void)
{
	TEST(the_time_left_is_told_to_the_last_connection);
	TEST(without_a_rate_no_time_is_told);
	TEST(none_of_a_stage_took_no_time_each);
	return test_failures != 0;
}
