/* tcp/errname: every errno that this system has a text for has its name. */
#include <errno.h>
#include <string.h>

#include "config.h"
#include "tcp/errname.h"
#include "tests/lib/test.h"

static void a_name_is_that_of_its_number(void)
{
	for (size_t i = 0; errname_at(i); i++) {
		const int error = errname_number(errname_at(i));
		CHECK(error > 0, "%s: no number", errname_at(i));
		/* Two names of one number are told by the first. */
		CHECK(errname_number(errname(error)) == error, "%s: %d is %s", errname_at(i), error,
		    errname(error));
	}
	CHECK(errname_number("EWOULDBLOCK") == EWOULDBLOCK, "EWOULDBLOCK: %d",
	    errname_number("EWOULDBLOCK"));
	CHECK(errname_number("E?") == 0, "E?: %d", errname_number("E?"));
	CHECK(errname_number("0") == 0, "0: %d", errname_number("0"));
}

static void rare_ones_are_known_where_libc_knows_them(void)
{
	static const char *const rare[] = {"EBADMSG", "EIDRM", "ENOTRECOVERABLE", "EOWNERDEAD"};

	for (size_t i = 0; HAVE_STRERRORNAME_NP && i < sizeof rare / sizeof *rare; i++) {
		const int error = errname_number(rare[i]);
		CHECK(error > 0, "%s: no number", rare[i]);
		CHECK(!strcmp(errname(error), rare[i]), "%d: %s, wanted %s", error, errname(error),
		    rare[i]);
	}
}

int main(void)
{
	TEST(a_name_is_that_of_its_number);
	TEST(rare_ones_are_known_where_libc_knows_them);
	return test_failures != 0;
}
