/* ctest: os=Linux wrap=version_here */
/* cmd/experiment/needs: which part of an experiment is for the kernel at hand. */
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/needs.h"
#include "tcp/version.h"
#include "tests/lib/test.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
unsigned __real_version_here(void);
unsigned __wrap_version_here(void);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static unsigned pretended; /* 0: none but the kernel's own */

unsigned __wrap_version_here(void)
{
	return pretended ? pretended : __real_version_here();
}

static void a_part_is_for_the_versions_from_since_to_before_until(void)
{
	const unsigned here = version_here();
	const struct {
		unsigned since, until;
		bool wanted;
	} rows[] = {
	    {0, 0, true},
	    {here, 0, true},
	    {here + 1, 0, false},
	    {0, here, false},
	    {0, here + 1, true},
	    {here, here + 1, true},
	    {here - 1, here, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct part part = {.since = rows[i].since, .until = rows[i].until};
		CHECK(needs_this_version(&part) == rows[i].wanted, "row %zu of %u", i, here);
	}
}

/* Not before, though 5.10.223 has the setting. */
static void queues_move_from_5_14_on(void)
{
	static const struct {
		unsigned version;
		bool moves;
	} rows[] = {
	    {VERSION_OF(5, 10, 223), false},
	    {VERSION_OF(5, 13, 19), false},
	    {VERSION_OF(5, 14, 0), true},
	    {VERSION_OF(5, 14, 1), true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		pretended = rows[i].version;
		const char *const missing = needs_missing(NEED_MIGRATION);
		pretended = 0;
		CHECK(!missing == rows[i].moves, "row %zu: %s", i, missing ? missing : "nothing");
	}
}

int main(void)
{
	TEST(a_part_is_for_the_versions_from_since_to_before_until);
	TEST(queues_move_from_5_14_on);
	return test_failures != 0;
}
