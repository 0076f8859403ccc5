/* cmd/experiment/view: an observation, as long as it may be, in a line. */
#include "cmd/experiment/view.h"
#include "tests/lib/captured.h"
#include "tests/lib/test.h"

static char shown[4096];

/* What is printed of it. */
static void show(const char *text, struct show *view)
{
	const struct observation seen = {
	    .text = text, .result = "ok", .expected = "ok", .as_expected = true};
	const struct capture capture = capture_begin(stdout);

	view_observation(view, &seen);
	capture_end(&capture, shown, sizeof shown);
}

static void an_observation_is_told_once_however_long(void)
{
	struct show view = {.stop = -1, .outcome = {.headed = true}};
	char text[71] = "";

	for (size_t len = 1; len < sizeof text; len++) {
		memset(text, 'z', len);
		show(text, &view);
		const char *const first = strchr(shown, 'z');
		const char *const line = first ? strchr(first, '\n') : NULL;
		CHECK(first && strspn(first, "z") == len, "%zu: %s", len, shown);
		CHECK(line && !strchr(line, 'z'), "%zu, twice: %s", len, shown);
		CHECK(first && strstr(first, "ok"), "%zu: %s", len, shown);
	}
}

static void the_columns_are_named_once(void)
{
	struct show view = {.stop = -1};

	show("first", &view);
	CHECK(strstr(shown, "step ") && strstr(shown, "observed "), "%s", shown);
	show("second", &view);
	CHECK(strstr(shown, "second ") && !strstr(shown, "observed "), "%s", shown);
}

int main(void)
{
	TEST(an_observation_is_told_once_however_long);
	TEST(the_columns_are_named_once);
	return test_failures != 0;
}
