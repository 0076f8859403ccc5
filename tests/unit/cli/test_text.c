/* ctest: core */
/* cli/text: strangers' bytes made fit for a terminal. */
#include "cli/text.h"
#include "tests/lib/edge.h"
#include "tests/lib/test.h"

static void controls_and_broken_utf8_are_escaped(void)
{
	static const char *const rows[][2] = {
	    {"plain", "plain"},
	    {"a\tb\n", "a\\x09b\\x0a"},
	    {"\033[31m", "\\x1b[31m"},
	    {"\x7f", "\\x7f"},
	    {"h\xc3\xa9", "h\xc3\xa9"},
	    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
	    {"\xc2\x9b", "\\xc2\\x9b"}, /* C1: a terminal takes it for ESC [ */
	    {"\xff\xfe", "\\xff\\xfe"},
	    {"\xc3", "\\xc3"},                            /* cut off */
	    {"\xc0\xaf", "\\xc0\\xaf"},                   /* overlong */
	    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
	    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
	    {"\xe2\x82", "\\xe2\\x82"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[64];
		const size_t len = strlen(rows[i][0]);
		const size_t taken =
		    text_escape(text, sizeof text, edge_copy(rows[i][0], len), len);
		CHECK(taken == len, "%zu of %zu", taken, len);
		CHECK_TEXT(text, rows[i][1]);
	}
}

static void characters_are_never_cut(void)
{
	char text[6];

	size_t taken = text_escape(text, 3, "a\xc3\xa9", 3);
	CHECK(taken == 1, "%zu", taken);
	CHECK_TEXT(text, "a");
	taken = text_escape(text, 4, "\x01", 1);
	CHECK(taken == 0, "%zu", taken);
	CHECK_TEXT(text, "");
	taken = text_escape(text, 6, "abcdef", 6);
	CHECK(taken == 5, "%zu", taken);
	CHECK_TEXT(text, "abcde");
}

int main(void)
{
	TEST(controls_and_broken_utf8_are_escaped);
	TEST(characters_are_never_cut);
	return test_failures != 0;
}
