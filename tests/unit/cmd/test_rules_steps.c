/* cmd/rules: by which steps each cell is asked, and where a line of saved cells begins. */
#include "cmd/rules/saved.h"
#include "cmd/rules/tables.h"
#include "tests/lib/shown.h"

static struct cell cells[CELLS];
static const struct rules_table *asked;

static void show_some(void)
{
	for (size_t i = 0; i < CELLS; i++) {
		const struct cell *const cell = &cells[i];
		if (cell->table != asked ||
		    cell->at_column != (cell->at_row + cell->at_state) % cell->table->columns)
			continue;
		struct cell_steps steps = {0};
		cell->table->write(cell, &steps);
		out_start("%s%s%s [%s] [%s] %s%s:", cell->table->name, cell->state ? " " : "",
		    cell->state ? cell->state : "", cell->row, cell->column,
		    cell->head == cell->column ? "" : cell->head, cell_waits(cell) ? " waits" : "");
		/* Of many the first and the last. */
		for (size_t step = 0; step < steps.count; step++)
			if (step < 8 || step + 1 == steps.count)
				out_start("%s %s", step ? ";" : "", steps.text[step]);
		out_line(" (%zu)", steps.count);
	}
}

static void each_row_and_column_is_asked_by_its_steps(void)
{
	struct cell *bind = cells;

	cells_list(cells);
	CHECK(CELLS == 64 + 48 + 20 + 12 + 32, "%d", (int)CELLS);
	for (size_t i = 0; i < CELLS; i++)
		if (cells[i].table == &table_ephemeral)
			cells[i].first_port = i % 2 ? 30000 : 0;
	while (bind->table != &table_bind)
		bind++;
	bind[5].uid = 65534;
	asked = &table_bind;
	CHECK_LINES(shown_as((struct common){0}, show_some),
	    "bind open [-] [-] : a bind 127.0.0.1:P; b bind 127.0.0.1:P (2)\n"
	    "bind open [A] [A] : a bind 127.0.0.1:P reuseaddr; b bind 127.0.0.1:P reuseaddr uid=65534 (2)\n"
	    "bind open [P] [P] : a bind 127.0.0.1:P reuseport; b bind 127.0.0.1:P reuseport (2)\n"
	    "bind open [AP] [AP] : a bind 127.0.0.1:P reuseaddr reuseport; b bind 127.0.0.1:P reuseaddr reuseport (2)\n"
	    "bind LISTEN [-] [A] : a bind 127.0.0.1:P; a listen; b bind 127.0.0.1:P reuseaddr (3)\n"
	    "bind LISTEN [A] [P] : a bind 127.0.0.1:P reuseaddr; a listen; b bind 127.0.0.1:P reuseport (3)\n"
	    "bind LISTEN [P] [AP] : a bind 127.0.0.1:P reuseport; a listen; b bind 127.0.0.1:P reuseaddr reuseport (3)\n"
	    "bind LISTEN [AP] [-] : a bind 127.0.0.1:P reuseaddr reuseport; a listen; b bind 127.0.0.1:P (3)\n"
	    "bind TIME_WAIT [-] [P]  waits: a bind 127.0.0.1:P; a listen; c connect 127.0.0.1:P; s accept a; a close; s close; c close; b bind 127.0.0.1:P reuseport (8)\n"
	    "bind TIME_WAIT [A] [AP]  waits: a bind 127.0.0.1:P reuseaddr; a listen; c connect 127.0.0.1:P; s accept a; a close; s close; c close; b bind 127.0.0.1:P reuseaddr reuseport (8)\n"
	    "bind TIME_WAIT [P] [-]  waits: a bind 127.0.0.1:P reuseport; a listen; c connect 127.0.0.1:P; s accept a; a close; s close; c close; b bind 127.0.0.1:P (8)\n"
	    "bind TIME_WAIT [AP] [A]  waits: a bind 127.0.0.1:P reuseaddr reuseport; a listen; c connect 127.0.0.1:P; s accept a; a close; s close; c close; b bind 127.0.0.1:P reuseaddr (8)\n");
	asked = &table_overlap;
	CHECK_LINES(shown_as((struct common){0}, show_some),
	    "overlap [0.0.0.0] [0.0.0.0] : a bind 0.0.0.0:P; b bind 0.0.0.0:P (2)\n"
	    "overlap [127.0.0.1] [127.0.0.1] : a bind 127.0.0.1:P; b bind 127.0.0.1:P (2)\n"
	    "overlap [127.0.0.2] [127.0.0.2] : a bind 127.0.0.2:P; b bind 127.0.0.2:P (2)\n"
	    "overlap [::] [::] : a bind [::]:P no-v6only; b bind [::]:P no-v6only (2)\n"
	    "overlap [:: v6only] [:: v6only] ::v6only: a bind [::]:P v6only; b bind [::]:P v6only (2)\n"
	    "overlap [::1] [::1] : a bind [::1]:P; b bind [::1]:P (2)\n"
	    "overlap [::ffff:127.0.0.1] [::ffff:127.0.0.1] ::f:127: a bind [::ffff:127.0.0.1]:P no-v6only; b bind [::ffff:127.0.0.1]:P no-v6only (2)\n"
	    "overlap [::ffff:0.0.0.0] [::ffff:0.0.0.0] ::f:0: a bind [::ffff:0.0.0.0]:P no-v6only; b bind [::ffff:0.0.0.0]:P no-v6only (2)\n");
	asked = &table_then;
	CHECK_LINES(shown_as((struct common){0}, show_some),
	    "then [both listen] [-] : a bind 127.0.0.1:P; b bind 127.0.0.1:P; a listen; b listen (4)\n"
	    "then [listen then dial] [A] : d bind 127.0.0.1:Q; d listen; a bind 127.0.0.1:P reuseaddr; a listen; b bind 127.0.0.1:P reuseaddr; b connect 127.0.0.1:Q (6)\n"
	    "then [dial then listen] [P] : d bind 127.0.0.1:Q; d listen; a bind 127.0.0.1:P reuseport; a connect 127.0.0.1:Q; b bind 127.0.0.1:P reuseport; b listen (6)\n"
	    "then [dial the same pair] [AP] : d bind 127.0.0.1:Q; d listen; a bind 127.0.0.1:P reuseaddr reuseport; a connect 127.0.0.1:Q; b bind 127.0.0.1:P reuseaddr reuseport; b connect 127.0.0.1:Q (6)\n"
	    "then [dial another] [-] : d bind 127.0.0.1:Q; d listen; e bind 127.0.0.1:R; e listen; a bind 127.0.0.1:P; a connect 127.0.0.1:Q; b bind 127.0.0.1:P; b connect 127.0.0.1:R (8)\n");
	asked = &table_ephemeral;
	CHECK_LINES(shown_as((struct common){0}, show_some),
	    "ephemeral [connect alone] [one] : d0 bind 127.0.0.1:P; d0 listen; c0 connect 127.0.0.1:P; c1 connect 127.0.0.1:P; c2 connect 127.0.0.1:P; c3 connect 127.0.0.1:P; c4 connect 127.0.0.1:P; c5 connect 127.0.0.1:P; c10 connect 127.0.0.1:P (13)\n"
	    "ephemeral [bind no-port] [two] : d0 bind 127.0.0.1:P; d0 listen; d1 bind 127.0.0.1:Q; d1 listen; c0 bind 127.0.0.1:0 no-port port-range=30000-30009; c0 connect 127.0.0.1:P; c1 bind 127.0.0.1:0 no-port port-range=30000-30009; c1 connect 127.0.0.1:P; c21 connect 127.0.0.1:Q (48)\n"
	    "ephemeral [bind -] [one] : d0 bind 127.0.0.1:P; d0 listen; c0 bind 127.0.0.1:0; c0 connect 127.0.0.1:P; c1 bind 127.0.0.1:0; c1 connect 127.0.0.1:P; c2 bind 127.0.0.1:0; c2 connect 127.0.0.1:P; c10 connect 127.0.0.1:P (24)\n"
	    "ephemeral [bind A] [two] : d0 bind 127.0.0.1:P; d0 listen; d1 bind 127.0.0.1:Q; d1 listen; c0 bind 127.0.0.1:0 reuseaddr port-range=30000-30009; c0 connect 127.0.0.1:P; c1 bind 127.0.0.1:0 reuseaddr port-range=30000-30009; c1 connect 127.0.0.1:P; c21 connect 127.0.0.1:Q (48)\n"
	    "ephemeral [bind P] [one] : d0 bind 127.0.0.1:P; d0 listen; c0 bind 127.0.0.1:0 reuseport; c0 connect 127.0.0.1:P; c1 bind 127.0.0.1:0 reuseport; c1 connect 127.0.0.1:P; c2 bind 127.0.0.1:0 reuseport; c2 connect 127.0.0.1:P; c10 connect 127.0.0.1:P (24)\n"
	    "ephemeral [bind AP] [two] : d0 bind 127.0.0.1:P; d0 listen; d1 bind 127.0.0.1:Q; d1 listen; c0 bind 127.0.0.1:0 reuseaddr reuseport port-range=30000-30009; c0 connect 127.0.0.1:P; c1 bind 127.0.0.1:0 reuseaddr reuseport port-range=30000-30009; c1 connect 127.0.0.1:P; c21 connect 127.0.0.1:Q (48)\n");
	asked = &table_beside;
	CHECK_LINES(shown_as((struct common){0}, show_some),
	    "beside [0.0.0.0 -] [-] : a bind 0.0.0.0:P; a listen; b bind 127.0.0.1:P; b listen (4)\n"
	    "beside [0.0.0.0 A] [A] : a bind 0.0.0.0:P reuseaddr; a listen; b bind 127.0.0.1:P reuseaddr; b listen (4)\n"
	    "beside [0.0.0.0 P] [P] : a bind 0.0.0.0:P reuseport; a listen; b bind 127.0.0.1:P reuseport; b listen (4)\n"
	    "beside [0.0.0.0 AP] [AP] : a bind 0.0.0.0:P reuseaddr reuseport; a listen; b bind 127.0.0.1:P reuseaddr reuseport; b listen (4)\n"
	    "beside [127.0.0.1 -] [-] : a bind 127.0.0.1:P; a listen; b bind 0.0.0.0:P; b listen (4)\n"
	    "beside [127.0.0.1 A] [A] : a bind 127.0.0.1:P reuseaddr; a listen; b bind 0.0.0.0:P reuseaddr; b listen (4)\n"
	    "beside [127.0.0.1 P] [P] : a bind 127.0.0.1:P reuseport; a listen; b bind 0.0.0.0:P reuseport; b listen (4)\n"
	    "beside [127.0.0.1 AP] [AP] : a bind 127.0.0.1:P reuseaddr reuseport; a listen; b bind 0.0.0.0:P reuseaddr reuseport; b listen (4)\n");
}

/* Some editors write a mark before the first line. */
static void the_mark_and_blanks_before_a_line_are_passed_over(void)
{
	static const struct {
		const char *line;
		size_t number, want;
	} rows[] = {{"{}", 1, 0}, {" \t\r\n{}", 1, 4}, {"\xef\xbb\xbf{}", 1, 3},
	    {"\xef\xbb\xbf  {}", 1, 5}, {"\xef\xbb\xbf{}", 2, 0}, {"  {}", 2, 2}, {"", 1, 0}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t got = saved_lead_in(rows[i].line, rows[i].number);
		CHECK(got == rows[i].want, "row %zu: %zu", i, got);
	}
}

int main(void)
{
	TEST(each_row_and_column_is_asked_by_its_steps);
	TEST(the_mark_and_blanks_before_a_line_are_passed_over);
	return test_failures != 0;
}
