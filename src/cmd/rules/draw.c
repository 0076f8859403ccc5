#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "cmd/rules/draw.h"

static int owed; /* blanks before the next cell of a row */

/* What a cell looks like in a table. Returns its colour. */
static enum out_colour cell_look(const struct cell *cell, char text[CELL_TEXT])
{
	const struct fault *fault = &cell->observed.fault;

	switch (cell->observed.word) {
	case CELL_OVERLAP:
		snprintf(text, CELL_TEXT, "x");
		return OUT_PLAIN;
	case CELL_APART:
		snprintf(text, CELL_TEXT, ".");
		return OUT_GREEN;
	case CELL_REFUSED:
		if (cell->table != &table_beside) {
			snprintf(text, CELL_TEXT, "no: %s", fault_call(fault->at));
			return OUT_RED;
		}
		/* Of the two that it asks for; the other was let. */
		snprintf(text, CELL_TEXT, "%s", fault->at == CALL_LISTEN ? "bind" : "no");
		return fault->at == CALL_LISTEN ? OUT_PLAIN : OUT_RED;
	case CELL_NEEDS_SETUID:
		snprintf(text, CELL_TEXT, "uid?");
		return OUT_PLAIN;
	case CELL_NEEDS_PORTS:
	case CELL_NEEDS_TIME:
	case CELL_HINDERED:
		snprintf(text, CELL_TEXT, "?");
		return OUT_PLAIN;
	case CELL_OK:
	case CELL_NO:
	case CELL_UID:
	case CELL_COUNT:
	case CELL_UNDOCUMENTED:
		break;
	}
	cell_answer_text(&cell->observed, text);
	return cell->observed.word == CELL_OK   ? OUT_GREEN
	       : cell->observed.word == CELL_NO ? OUT_RED
						: OUT_PLAIN;
}

static void draw_cell(const struct cell *cell, int width)
{
	char text[CELL_TEXT];
	const enum out_colour look = cell_look(cell, text);
	const enum out_colour colour = cell->agrees ? look : OUT_YELLOW;
	const char *const mark = cell->agrees ? "" : "!";

	/* Blanks only before something: no line ends in them. */
	out_start("%*s", owed, "");
	owed = width - (int)(strlen(text) + strlen(mark));
	if (colour == OUT_PLAIN)
		out_start("%s%s", text, mark);
	else
		out_start("%s%s%s%s", out_paint(colour), text, mark, out_paint(OUT_PLAIN));
}

static void end_row(void)
{
	out_line("%s", "");
	owed = 0;
}

/* The head of a column. */
static void draw_head(const char *text, int width)
{
	out_start("%*s%s", owed, "", text);
	owed = width - (int)strlen(text);
}

static void heading(const char *text)
{
	out_line("%s", "");
	out_heading(text);
}

enum { MARGIN = 2, COLUMNS_MOST = RULES_ADDRESSES };

/* A table of its own. */
struct grid {
	int rows, columns, name_width;
	const char *heads[COLUMNS_MOST];
	int widths[COLUMNS_MOST]; /* with a blank at least behind each */
};

/* Where the columns end that stand beside each other from `first` on: one at least. */
static int columns_that_fit(const struct grid *grid, int first)
{
	int left = out_width() + 1 - MARGIN - grid->name_width - grid->widths[first];
	int end = first + 1;

	while (end < grid->columns && (left -= grid->widths[end]) >= 0)
		end++;
	return end;
}

/* All rows of all columns; on a narrow terminal some columns below the others. */
static const struct cell *draw_grid(const struct cell *cell, const struct grid *grid)
{
	for (int first = 0, end; first < grid->columns; first = end) {
		end = columns_that_fit(grid, first);
		out_start("%*s", MARGIN + grid->name_width, "");
		for (int i = first; i < end; i++)
			draw_head(grid->heads[i], grid->widths[i]);
		end_row();
		for (int row = 0; row < grid->rows; row++) {
			const struct cell *const cells = cell + (size_t)row * (size_t)grid->columns;
			out_start("%*s%-*s", MARGIN, "", grid->name_width, cells->row);
			for (int i = first; i < end; i++)
				draw_cell(cells + i, grid->widths[i]);
			end_row();
		}
	}
	return cell + (size_t)grid->rows * (size_t)grid->columns;
}

static const struct cell *draw_overlap(const struct cell *cell)
{
	struct grid grid = {.rows = RULES_ADDRESSES, .columns = RULES_ADDRESSES, .name_width = 18};

	heading("1. Which addresses overlap? (x: they do)");
	for (int i = 0; i < RULES_ADDRESSES; i++) {
		grid.heads[i] = cell[i].head;
		grid.widths[i] = (int)strlen(cell[i].head) + 1;
	}
	return draw_grid(cell, &grid);
}

/* Blocks beside each other, one for each of `heads`: rows are options of the first, columns of the other. On a
 * narrow terminal some are below the others. */
static void draw_blocks(const struct cell *cell, const char *const heads[], int count)
{
	enum { NAME = 8, WIDTH = 5, GAP = 3, BLOCK = SHARE_SETS * WIDTH + GAP };
	const int fit = (out_width() + 1 + GAP - MARGIN - NAME) / BLOCK, beside = fit > 1 ? fit : 1;

	for (int first = 0; first < count; first += beside) {
		const int end = first + beside < count ? first + beside : count;
		out_start("%*s", MARGIN + NAME, "");
		for (int block = first; block < end; block++)
			draw_head(heads[block], BLOCK);
		end_row();
		out_start("%*s", MARGIN + NAME, "");
		for (int block = first; block < end; block++) {
			for (int i = 0; i < SHARE_SETS; i++)
				draw_head(share_sets[i].name, WIDTH);
			owed += GAP;
		}
		end_row();
		for (int i = 0; i < SHARE_SETS; i++) {
			out_start("%*s%-*s", MARGIN, "", NAME, share_sets[i].name);
			for (int block = first; block < end; block++) {
				const int row = (block * SHARE_SETS + i) * SHARE_SETS;
				for (int j = 0; j < SHARE_SETS; j++)
					draw_cell(cell + row + j, WIDTH);
				owed += GAP;
			}
			end_row();
		}
	}
}

static const struct cell *draw_bind(const struct cell *cell)
{
	char texts[RULES_STATES][40];
	const char *heads[RULES_STATES];

	heading("2. Where they overlap: a socket holds the port, may another bind it too?");
	out_line("  rows: options of the holder; columns: options of the other");
	for (int state = 0; state < RULES_STATES; state++) {
		snprintf(texts[state], sizeof texts[state], "holder %s",
		    cell[(size_t)state * SHARE_SETS * SHARE_SETS].state);
		heads[state] = texts[state];
	}
	draw_blocks(cell, heads, RULES_STATES);
	return cell + (size_t)RULES_STATES * SHARE_SETS * SHARE_SETS;
}

static const struct cell *draw_then(const struct cell *cell)
{
	struct grid grid = {.rows = RULES_SITUATIONS, .columns = SHARE_SETS, .name_width = 20};

	heading("3. Two sockets, one after the other, on one address and port, same options");
	out_line("  no: CALL is the first call that is refused");
	for (int i = 0; i < SHARE_SETS; i++) {
		grid.heads[i] = share_sets[i].name;
		grid.widths[i] = 14;
	}
	return draw_grid(cell, &grid);
}

static const struct cell *draw_ephemeral(const struct cell *cell)
{
	static const struct grid grid = {.rows = RULES_WAYS,
	    .columns = RULES_DESTINATIONS,
	    .name_width = 20,
	    .heads = {"one destination", "two destinations"},
	    .widths = {18, 17}};

	heading("4. How many connections do ten ephemeral ports yield?");
	return draw_grid(cell, &grid);
}

/* Rows of options, for the first socket, beside each other for each address that it may have. */
static void draw_beside(const struct cell *cell)
{
	static const char *const heads[RULES_ORDERS] = {"0.0.0.0 first", "127.0.0.1 first"};

	heading("5. The wildcard beside an address: one listens, may another bind and listen?");
	out_line("  rows: options of the first; columns: of the other; bind: but not listen");
	draw_blocks(cell, heads, RULES_ORDERS);
}

static void draw_legend(void)
{
	out_line("%s", "");
	out_line("  -  neither option       ok   allowed");
	out_line("  A  SO_REUSEADDR         no   refused (EADDRINUSE)");
	out_line("  P  SO_REUSEPORT         uid  allowed if the user (effective uid) is the same");
	out_line("  AP both                 !    not what the documented rule says");
}

void rules_draw(const struct cell cells[CELLS])
{
	draw_legend();
	draw_beside(draw_ephemeral(draw_then(draw_bind(draw_overlap(cells)))));
}
