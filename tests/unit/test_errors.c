/* lore/errors: the table of causes. */
#include <errno.h>

#include "lore/errors.h"
#include "tcp/errname.h"
#include "test.h"

static void every_meaning_has_a_cause(void)
{
	for (int error = 1; error < 200; error++)
		for (const enum tcp_call *call = errors_calls; *call != CALL_NONE; call++) {
			const char *meaning = errors_meaning(*call, error);
			CHECK(!meaning || errors_cause(NULL, *call, error) ||
				  (*call == CALL_CONNECT && (error == ECONNRESET)),
			    "%s from %s has a meaning and no cause", errname(error),
			    fault_call(*call));
		}
}

static void every_cause_says_how_to_tell(void)
{
	size_t count = 0;

	for (int error = 1; error < 200; error++)
		for (const struct cause *c = errors_cause(NULL, CALL_NONE, error); c;
		     c = errors_cause(c, CALL_NONE, error)) {
			count++;
			CHECK(*c->text && *c->tell, "%s: empty", errname(error));
			CHECK(c->calls, "%s: from no call", c->text);
			CHECK(c->text[strlen(c->text) - 1] != '.', "%s: full stop", c->text);
			CHECK((c->check == CHECK_TUNABLE) == (c->tunable != NULL), "%s", c->text);
			CHECK(errname_number(errname(error)) == error, "%d has no name", error);
		}
	CHECK(count > 50, "%zu causes", count);
}

static void calls_are_known_by_name(void)
{
	CHECK(errors_call("bind") == CALL_BIND, "bind");
	CHECK(errors_call("recv") == CALL_RECV, "recv");
	CHECK(errors_call("nosuchcall") == CALL_NONE, "nosuchcall");
}

int main(void)
{
	TEST(every_meaning_has_a_cause);
	TEST(every_cause_says_how_to_tell);
	TEST(calls_are_known_by_name);
	return test_failures != 0;
}
