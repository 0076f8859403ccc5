/* cli/json_read: one line of a saved file. */
#include <string.h>

#include "cli/json_read.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char event[8], observed[40], one[1];
	struct json_wanted wanted[] = {{.key = "event", .into = event, .size = sizeof event},
	    {.key = "observed", .into = observed, .size = sizeof observed},
	    {.key = "", .into = one, .size = sizeof one}};

	memset(event, 'x', sizeof event);
	memset(observed, 'x', sizeof observed);
	memset(one, 'x', sizeof one);
	json_read((const char *)bytes, len, wanted, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		HOLD(memchr(wanted[i].into, 0, wanted[i].size), "member %zu without an end", i);
	return 0;
}
