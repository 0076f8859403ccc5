/* ctest: wrap=out_width */
/* cmd/limits/view: the conclusion, on terminals of every width. */
#include "cli/out.h"
#include "cmd/limits/view.h"
#include "tests/lib/captured.h"
#include "tests/lib/test.h"

enum { BESIDE = 78, LEFT = 34 }; /* columns: of both answers, of the words of the first */

static int width;
static char shown[16384];

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int __wrap_out_width(void);

int __wrap_out_width(void)
{
	return width;
}

/* On a terminal of so many columns: as a client one process is limited by its descriptors, many by ports or
 * files; a server by files, which is a shorter word. */
static void show(int columns)
{
	static struct bound bounds[BOUND_COUNT];
	static struct audit_row rows[BOUND_COUNT];
	const struct cost cost = {.kernel_bytes = -1};

	for (int i = 0; i < BOUND_COUNT; i++) {
		bounds[i] = (struct bound){.name = "?", .value = BOUND_UNKNOWN};
		for (int use = 0; use < AUDIT_USES; use++)
			rows[i].allows[use] = AUDIT_NONE;
	}
	for (int use = 0; use < AUDIT_USES; use++) {
		rows[BOUND_FILES_SOFT].allows[use] = use == AUDIT_SERVER ? AUDIT_NONE : 1000;
		rows[BOUND_FILES_SYSTEM].allows[use] = 5000;
	}
	rows[BOUND_PORTS].allows[AUDIT_CLIENT_ONE] = 2000;
	width = columns;
	const struct capture capture = capture_begin(stdout);
	audit_view(bounds, rows, &cost);
	capture_end(&capture, shown, sizeof shown);
}

/* The column at which `word` begins last in the line that begins with `line`; -1 where it is not in it. */
static int column_of(const char *line, const char *word)
{
	const char *const from = strstr(shown, line);
	int column = -1;

	for (const char *at = from; at && *at != '\n' && *at; at++)
		if (!strncmp(at, word, strlen(word)))
			column = (int)(at - from);
	return column;
}

static void the_answers_are_beside_each_other_where_there_is_room(void)
{
	static const int widths[] = {BESIDE, BESIDE + 1, 120, OUT_UNBOUNDED};

	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
		show(widths[i]);
		const int one = column_of("  client to one", "2,000 ");
		const int server = column_of("  server", "5,000 ");
		CHECK(
		    column_of("  as a", "many processes") > 0, "%d columns:\n%s", widths[i], shown);
		CHECK(one > LEFT && one == server, "%d columns: %d and %d:\n%s", widths[i], one,
		    server, shown);
	}
}

static void the_answers_are_below_each_other_on_a_narrow_terminal(void)
{
	static const int widths[] = {40, 60, BESIDE - 1};

	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
		show(widths[i]);
		CHECK(
		    strstr(shown, "one process, then many\n"), "%d columns:\n%s", widths[i], shown);
		CHECK(column_of("  client to one", "1,000 ") > 0 &&
			  column_of("  client to one", "2,000 ") < 0,
		    "%d columns:\n%s", widths[i], shown);
		CHECK(strstr(shown, "\n                      2,000 "), "%d columns:\n%s", widths[i],
		    shown);
	}
}

int main(void)
{
	width = BESIDE;
	if (out_width() != BESIDE) {
		printf("skip: this linker leads no call to another function\n");
		return 77;
	}
	TEST(the_answers_are_beside_each_other_where_there_is_room);
	TEST(the_answers_are_below_each_other_on_a_narrow_terminal);
	return test_failures != 0;
}
