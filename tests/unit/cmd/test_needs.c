/* ctest: os=Linux */
/* cmd/experiment/needs: which part of an experiment is for the kernel at hand. */
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/needs.h"
#include "tcp/version.h"
#include "tests/lib/test.h"

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

int main(void)
{
	TEST(a_part_is_for_the_versions_from_since_to_before_until);
	return test_failures != 0;
}
