/* cmd/run/view: how many lines were left out. */
#include "cmd/run/view.h"
#include "tests/lib/captured.h"
#include "tests/lib/test.h"

static void lines_that_were_left_out_are_counted_in_words(void)
{
	static const struct {
		uint64_t lines;
		const char *text;
	} rows[] = {
	    {1, "(1 line left out)\n"},
	    {2, "(2 lines left out)\n"},
	    {3000000000, "(3000000000 lines left out)\n"},
	};
	char shown[128];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct capture capture = capture_begin(stdout);
		run_view_left_out(rows[i].lines);
		capture_end(&capture, shown, sizeof shown);
		CHECK_TEXT(shown, rows[i].text);
	}
}

int main(void)
{
	TEST(lines_that_were_left_out_are_counted_in_words);
	return test_failures != 0;
}
