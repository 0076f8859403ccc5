/* ctest: wrap=option_is */
/* The cells of `rules`, also those that this kernel gives no chance to see. */
#include <errno.h>

#include "cli/out.h"
#include "cmd/rules/ask.h"
#include "cmd/rules/draw.h"
#include "cmd/rules/measure.h"
#include "tests/lib/captured.h"
#include "tests/lib/test.h"
#include "words/script.h"

static const struct fault bind_in_use = {.at = CALL_BIND, .error = EADDRINUSE},
			  listen_in_use = {.at = CALL_LISTEN, .error = EADDRINUSE};

static void each_answer_has_its_words(void)
{
	static const struct {
		struct cell_answer answer;
		const char *text;
		bool known;
	} rows[] = {
	    {{.word = CELL_OK}, "ok", true},
	    {{.word = CELL_NO}, "no", true},
	    {{.word = CELL_UID}, "uid", true},
	    {{.word = CELL_OVERLAP}, "overlap", true},
	    {{.word = CELL_APART}, "apart", true},
	    {{.word = CELL_REFUSED, .fault = {.at = CALL_CONNECT, .error = EADDRNOTAVAIL}},
		"connect:EADDRNOTAVAIL", true},
	    {{.word = CELL_COUNT, .least = 10, .most = 10}, "10", true},
	    {{.word = CELL_COUNT, .least = 10, .most = 20}, "10 to 20", true},
	    {{.word = CELL_UNDOCUMENTED}, "-", true},
	    {{.word = CELL_NEEDS_SETUID}, "not measured (needs CAP_SETUID)", false},
	    {{.word = CELL_NEEDS_PORTS},
		"not measured (needs IP_LOCAL_PORT_RANGE or a network namespace)", false},
	    {{.word = CELL_NEEDS_TIME}, "not measured (out of time)", false},
	    {{.word = CELL_HINDERED, .fault = {.at = CALL_SOCKET, .error = EMFILE}},
		"not measured (socket EMFILE)", false},
	};
	enum { ROWS = sizeof rows / sizeof *rows };
	char text[CELL_TEXT];

	for (size_t i = 0; i < ROWS; i++) {
		CHECK_TEXT(cell_answer_text(&rows[i].answer, text), rows[i].text);
		CHECK(cell_answer_known(&rows[i].answer) == rows[i].known, "%s", rows[i].text);
		for (size_t j = 0; j < ROWS; j++)
			CHECK(cell_answer_same(&rows[i].answer, &rows[j].answer) == (i == j),
			    "%s and %s", rows[i].text, rows[j].text);
	}
}

static void try_can_read_the_steps_of_each_cell(void)
{
	static struct cell cells[CELLS];

	cells_list(cells);
	for (size_t i = 0; i < CELLS; i++) {
		struct cell_steps steps = {0};
		struct script script = {0};
		char why[SCRIPT_WHY] = "";
		if (cells[i].table == &table_bind)
			cells[i].uid = 65534;
		cells[i].first_port = 40000;
		cells[i].table->write(&cells[i], &steps);
		CHECK(steps.count >= 2 && steps.count < CELL_STEPS, "%s %s %s: %zu steps",
		    cells[i].table->name, cells[i].row, cells[i].column, steps.count);
		for (size_t step = 0; step < steps.count; step++)
			CHECK(script_add(
				  &script, steps.text[step], strlen(steps.text[step]), why) == 0,
			    "'%s': %s", steps.text[step], why);
		script_clear(&script);
	}
}

/* What rules_draw prints of them. */
static const char *drawn(const struct cell cells[CELLS])
{
	static char text[8192];
	const struct capture capture = capture_begin(stdout);

	rules_draw(cells);
	out_end();
	capture_end(&capture, text, sizeof text);
	return text;
}

static struct cell *cell_of(struct cell cells[CELLS], const struct rules_table *table)
{
	while (cells->table != table)
		cells++;
	return cells;
}

static void a_table_has_a_word_for_each_answer(void)
{
	static struct cell cells[CELLS];

	cells_list(cells);
	for (size_t i = 0; i < CELLS; i++)
		cells[i].agrees = true; /* and CELL_OK */
	struct cell *const bind = cell_of(cells, &table_bind);
	bind[0].observed.word = CELL_NEEDS_SETUID;
	bind[1].observed.word = CELL_NEEDS_TIME;
	bind[2].observed.word = CELL_NO;
	bind[2].agrees = false;
	struct cell *const then = cell_of(cells, &table_then);
	then[1].observed = (struct cell_answer){.word = CELL_REFUSED, .fault = listen_in_use};
	struct cell *const beside = cell_of(cells, &table_beside);
	beside[0].observed = (struct cell_answer){.word = CELL_REFUSED, .fault = bind_in_use};
	beside[1].observed = (struct cell_answer){.word = CELL_REFUSED, .fault = listen_in_use};
	const char *const text = drawn(cells);
	CHECK(strstr(text, "\n  -       uid? ?    no!  ok      ok   ok   ok   ok "), "%s", text);
	CHECK(
	    strstr(text, "\n  both listen         ok            no: listen    ok            ok\n"),
	    "%s", text);
	CHECK(strstr(text, "\n  -       no   bind ok   ok      ok   ok   ok   ok\n"), "%s", text);
}

static enum option unheeded = OPTION_COUNT;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
bool __real_option_is(int fd, const struct setting *setting);
bool __wrap_option_is(int fd, const struct setting *setting);

bool __wrap_option_is(int fd, const struct setting *setting)
{
	return setting->option != unheeded && __real_option_is(fd, setting);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void write_two_options(const struct cell *cell, struct cell_steps *into)
{
	(void)cell;
	cell_step(into, "a bind 127.0.0.1:P reuseaddr reuseport");
}

static void an_option_that_is_taken_and_not_heeded_is_told_as_absent(void)
{
	static const struct rules_table table = {.write = write_two_options};
	static const enum option rows[] = {OPTION_REUSEADDR, OPTION_REUSEPORT, OPTION_COUNT};
	const struct cell cell = {.table = &table, .uid = TRIAL_SAME_USER};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fault fault = {0};
		struct inquiry inquiry = {.stop = -1, .until_us = INT64_MAX, .fault = &fault};
		unheeded = rows[i];
		CHECK(inquiry_run(&cell, &inquiry) == 0, "row %zu", i);
		const struct fault *const told = &inquiry.kernel.faults[0];
		CHECK(rows[i] == OPTION_COUNT
			  ? told->at == CALL_NONE
			  : told->at == CALL_OPTION && told->error == ENOPROTOOPT,
		    "row %zu: %s %d", i, fault_call(told->at), told->error);
	}
	unheeded = OPTION_COUNT;
}

static int measured, agrees_at;

static int measure_as_written(struct cell *cell, struct inquiry *inquiry)
{
	(void)inquiry;
	measured++;
	cell->rule.word = CELL_OK;
	cell->observed.word = measured == agrees_at ? CELL_OK : CELL_NO;
	return 0;
}

/* Another program may have been in the way. */
static void what_differs_from_the_rule_is_measured_three_times(void)
{
	static const struct rules_table table = {.measure = measure_as_written};
	static const struct {
		int agrees_at, measured;
	} rows[] = {{1, 1}, {2, 2}, {3, 3}, {4, 3}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cell cell = {.table = &table};
		struct fault fault;
		measured = 0;
		agrees_at = rows[i].agrees_at;
		CHECK(cell_measure(&cell, -1, INT64_MAX, &fault) == 0, "row %zu", i);
		CHECK(measured == rows[i].measured, "row %zu: %d times", i, measured);
		CHECK(cell.agrees == (measured == agrees_at), "row %zu: %d", i, cell.agrees);
	}
}

int main(void)
{
	TEST(each_answer_has_its_words);
	TEST(try_can_read_the_steps_of_each_cell);
	TEST(a_table_has_a_word_for_each_answer);
	TEST(an_option_that_is_taken_and_not_heeded_is_told_as_absent);
	TEST(what_differs_from_the_rule_is_measured_three_times);
	return test_failures != 0;
}
