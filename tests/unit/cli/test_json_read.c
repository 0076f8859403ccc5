/* ctest: core */
/* Reading back what json.h writes, and what it would never write. */
#include "cli/json_read.h"
#include "tests/lib/test.h"

static char event[8], row[16];

static int read_line(const char *line)
{
	struct json_wanted wanted[] = {{.key = "event", .into = event, .size = sizeof event},
	    {.key = "row", .into = row, .size = sizeof row}};

	return json_read(line, strlen(line), wanted, 2);
}

static void texts_are_found(void)
{
	CHECK(read_line("{\"event\":\"cell\",\"ts\":1.5,\"row\":\"::1\"}") == 0, "refused");
	CHECK_TEXT(event, "cell");
	CHECK_TEXT(row, "::1");
	CHECK(read_line(" { \"steps\" : [ \"a\" , {\"row\":\"inner\"} , -1e3 , null ] , \"row\" : "
			"\"\\\"\\\\\\u0041\\n\" } ") == 0,
	    "refused");
	CHECK_TEXT(event, "");
	CHECK_TEXT(row, "\"\\A\n");
}

static void others_are_left_out(void)
{
	CHECK(read_line("{}") == 0, "refused");
	CHECK(read_line("{\"event\":7,\"row\":[\"x\"]}") == 0, "refused");
	CHECK_TEXT(event, "");
	CHECK_TEXT(row, "");
	CHECK(read_line("{\"event\":\"a long one\"}") == 0, "refused");
	CHECK_TEXT(event, "a long ");
}

static void malformed_lines_are_refused(void)
{
	static const char *const lines[] = {"", "x", "[]", "{", "}", "{\"event\"}", "{\"event\":}",
	    "{\"event\":\"cell\"", "{\"event\":\"cell}", "{\"event\":\"cell\"} x", "{\"a\":1,}",
	    "{\"a\":\"\\x\"}", "{\"a\":\"\\u00g0\"}", "{\"a\":nul}", "{a:1}", "{\"a\":[1,2}",
	    "{\"a\":\"\n\"}",
	    "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		CHECK(read_line(lines[i]) < 0, "'%s' was taken", lines[i]);
}

static void a_text_that_is_cut_off_has_its_end(void)
{
	memset(row, 'x', sizeof row);
	CHECK(read_line("{\"row\":\"ab\\u00") < 0, "taken");
	CHECK(memchr(row, 0, sizeof row), "no NUL in it");
}

int main(void)
{
	TEST(texts_are_found);
	TEST(others_are_left_out);
	TEST(malformed_lines_are_refused);
	TEST(a_text_that_is_cut_off_has_its_end);
	return test_failures != 0;
}
