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

static const struct cell *draw_row(
    const struct cell *cell, int name_width, int count, const int widths[])
{
	out_start("  %-*s", name_width, cell->row);
	for (int i = 0; i < count; i++)
		draw_cell(cell + i, widths[i]);
	end_row();
	return cell + count;
}

static const struct cell *draw_overlap(const struct cell *cell)
{
	int widths[RULES_ADDRESSES];

	heading("1. Which addresses overlap? (x: they do)");
	out_start("  %18s", "");
	for (int i = 0; i < RULES_ADDRESSES; i++) {
		widths[i] = (int)strlen(cell[i].head) + 1;
		draw_head(cell[i].head, widths[i]);
	}
	end_row();
	for (int i = 0; i < RULES_ADDRESSES; i++)
		cell = draw_row(cell, 18, RULES_ADDRESSES, widths);
	return cell;
}

/* Blocks beside each other, one for each of `heads`: rows are options of the first, columns of the other. */
static void draw_blocks(const struct cell *cell, const char *const heads[], int count)
{
	enum { WIDTH = 5, GAP = 3, BLOCK = SHARE_SETS * WIDTH + GAP };

	out_start("  %8s", "");
	for (int block = 0; block < count; block++)
		draw_head(heads[block], BLOCK);
	end_row();
	out_start("  %8s", "");
	for (int block = 0; block < count; block++) {
		for (int i = 0; i < SHARE_SETS; i++)
			draw_head(share_sets[i].name, WIDTH);
		owed += GAP;
	}
	end_row();
	for (int i = 0; i < SHARE_SETS; i++) {
		out_start("  %-8s", share_sets[i].name);
		for (int block = 0; block < count; block++) {
			const int row = (block * SHARE_SETS + i) * SHARE_SETS;
			for (int j = 0; j < SHARE_SETS; j++)
				draw_cell(cell + row + j, WIDTH);
			owed += GAP;
		}
		end_row();
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
	static const int widths[SHARE_SETS] = {14, 14, 14, 14};

	heading("3. Two sockets, one after the other, on one address and port, same options");
	out_line("  no: CALL is the first call that is refused");
	out_start("  %20s", "");
	for (int i = 0; i < SHARE_SETS; i++)
		draw_head(share_sets[i].name, widths[i]);
	end_row();
	for (int i = 0; i < RULES_SITUATIONS; i++)
		cell = draw_row(cell, 20, SHARE_SETS, widths);
	return cell;
}

static const struct cell *draw_ephemeral(const struct cell *cell)
{
	static const int widths[RULES_DESTINATIONS] = {18, 4};

	heading("4. How many connections do ten ephemeral ports yield?");
	out_line("  %20s%-18s%s", "", "one destination", "two destinations");
	for (int i = 0; i < RULES_WAYS; i++)
		cell = draw_row(cell, 20, RULES_DESTINATIONS, widths);
	return cell;
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
