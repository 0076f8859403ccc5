/* ctest: wrap=trial_port wrap=out_terminal wrap=out_width wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free */
/* cmd/try/view: where on a terminal the results of a trial stand, and what memory it takes. */
#include "cmd/try/view.h"
#include "tests/lib/heap.h"
#include "tests/lib/script.h"
#include "tests/lib/shown.h"

static int width; /* of the terminal; 0: there is none */
static unsigned number;
static struct script script;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
unsigned __wrap_trial_port(const struct trial *trial, enum trial_port port);
int __wrap_out_terminal(void);
int __wrap_out_width(void);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

unsigned __wrap_trial_port(const struct trial *trial, enum trial_port port)
{
	(void)trial;
	return 40000 + port;
}

int __wrap_out_terminal(void)
{
	return width > 0;
}

int __wrap_out_width(void)
{
	return width ? width : OUT_UNBOUNDED;
}

static void read_steps(const char *const steps[])
{
	char why[SCRIPT_WHY] = "";

	script = (struct script){0};
	CHECK(script_read(&script, steps, why) == 0, "%s", why);
}

/* Every second step is refused. */
static void show_trial(void)
{
	struct try_view view;

	CHECK(try_view_begin(&view, &script, NULL, number) == 0, "errno %d", errno);
	for (size_t i = 0; i < script.count; i++) {
		struct trial_result result = {.local = addr_loopback(AF_INET, 40001)};
		if (i % 2)
			result.fault = (struct fault){.at = CALL_OPTION, .error = ENODEV};
		CHECK(try_view_step(&view, i, &result) == 0, "errno %d", errno);
	}
}

static const char *shown(int columns, unsigned trial)
{
	width = columns;
	number = trial;
	return shown_as((struct common){0}, show_trial);
}

/* A result takes 24 columns at most, the two blanks before it too. */
static void results_stand_in_one_column_behind_the_longest_step_that_leaves_them_room(void)
{
	static const char *const steps[] = {"a bind 127.0.0.1:P reuseport v6only reuseaddr",
	    "a set no-port", "b bind 127.0.0.1:Q v6only no-port", "b bind [::1]:R", "a name", NULL};

	read_steps(steps);
	CHECK_LINES(shown(61, 1), "a bind 127.0.0.1:40001 reuseport v6only reuseaddr  ok\n"
				  "a set no-port                          ENODEV\n"
				  "b bind 127.0.0.1:40002 v6only no-port  ok\n"
				  "b bind [::1]:40003                     setsockopt:ENODEV\n"
				  "a name                                 ok 127.0.0.1:40001\n");
	CHECK_LINES(shown(60, 2), "\n"
				  "a bind 127.0.0.1:40001 reuseport v6only reuseaddr  ok\n"
				  "a set no-port       ENODEV\n"
				  "b bind 127.0.0.1:40002 v6only no-port  ok\n"
				  "b bind [::1]:40003  setsockopt:ENODEV\n"
				  "a name              ok 127.0.0.1:40001\n");
	CHECK_LINES(shown(0, 1), "a bind 127.0.0.1:40001 reuseport v6only reuseaddr  ok\n"
				 "a set no-port  ENODEV\n"
				 "b bind 127.0.0.1:40002 v6only no-port  ok\n"
				 "b bind [::1]:40003  setsockopt:ENODEV\n"
				 "a name  ok 127.0.0.1:40001\n");
	script_clear(&script);
}

/* The first step counts, too. */
static void the_first_step_may_be_the_longest(void)
{
	static const char *const steps[] = {"a bind 127.0.0.1:P", "a listen", NULL};

	read_steps(steps);
	CHECK_LINES(shown(80, 1), "a bind 127.0.0.1:40001  ok\n"
				  "a listen                setsockopt:ENODEV\n");
	script_clear(&script);
}

static void all_memory_of_a_view_is_given_back_and_none_is_told(void)
{
	static const char *const steps[] = {"a bind 127.0.0.1:P", "a listen", NULL};
	const struct trial_result result = {0};
	struct try_view view;

	read_steps(steps);
	number = 1;
	for (width = 0; width <= 80; width += 80) {
		const long before = heap_pieces;
		shown(width, 1);
		CHECK(heap_pieces == before, "%ld pieces are left", heap_pieces - before);
		for (int most = 0; most < 2; most++) {
			heap_left = most;
			const int begun = try_view_begin(&view, &script, NULL, 1);
			CHECK(begun == (width ? -1 : 0), "%d columns: %d", width, begun);
			heap_left = -1;
			CHECK(heap_pieces == before, "%ld pieces are left", heap_pieces - before);
		}
		heap_left = 0;
		CHECK(try_view_step(&view, 0, &result) < 0, "shown without memory");
		heap_left = -1;
	}
	script_clear(&script);
}

int main(void)
{
	heap_left = -1;
	TEST(results_stand_in_one_column_behind_the_longest_step_that_leaves_them_room);
	TEST(the_first_step_may_be_the_longest);
	TEST(all_memory_of_a_view_is_given_back_and_none_is_told);
	return test_failures != 0;
}
