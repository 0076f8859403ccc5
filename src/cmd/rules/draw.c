#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "cmd/rules/view.h"

static int owed; /* blanks before the next cell of a row */

/* What was refused of the two that table 5 asks for, in a word. */
static const char *beside_word(const char *observed)
{
	return !strncmp(observed, "bind:", 5)     ? "no"
	       : !strncmp(observed, "listen:", 7) ? "bind"
						  : observed;
}

/* What a cell looks like in a table, with its mark. */
static void show_cell(const struct cell *cell, int width)
{
	char text[CELL_TEXT + 8];
	const char *word = cell->observed;

	if (!cell->measured)
		word = strstr(word, "CAP_SETUID") ? "uid?" : "?";
	else if (!strcmp(word, "overlap"))
		word = "x";
	else if (!strcmp(word, "apart"))
		word = ".";
	else if (cell->table == CELL_BESIDE)
		word = beside_word(word);
	else if (cell->table == CELL_THEN && strchr(word, ':'))
		word = NULL;
	if (word)
		snprintf(text, sizeof text, "%s%s", word, cell->agrees ? "" : "!");
	else
		snprintf(text, sizeof text, "no: %.*s%s", (int)strcspn(cell->observed, ":"),
		    cell->observed, cell->agrees ? "" : "!");
	/* Blanks only before something: no line ends in them. */
	out_start("%*s", owed, "");
	owed = width - (int)strlen(text);
	const bool good = cell->measured && (*text == 'o' || *text == '.');
	const enum out_colour colour = !cell->agrees              ? OUT_YELLOW
				       : good                     ? OUT_GREEN
				       : !strcmp(text, "no")      ? OUT_RED
				       : !strncmp(text, "no:", 3) ? OUT_RED
								  : OUT_PLAIN;
	if (colour == OUT_PLAIN)
		out_start("%s", text);
	else
		out_start("%s%s%s", out_paint(colour), text, out_paint(OUT_PLAIN));
}

static void end_row(void)
{
	out_line("%s", "");
	owed = 0;
}

/* The head of a column. */
static void show_head(const char *text, int width)
{
	out_start("%*s%s", owed, "", text);
	owed = width - (int)strlen(text);
}

static void heading(const char *text)
{
	out_line("%s", "");
	out_line("%s%s%s", out_paint(OUT_BOLD), text, out_paint(OUT_PLAIN));
}

static const struct cell *show_row(
    const struct cell *cell, const char *name, int name_width, int count, const int widths[])
{
	out_start("  %-*s", name_width, name);
	for (int i = 0; i < count; i++)
		show_cell(cell + i, widths[i]);
	end_row();
	return cell + count;
}

static const struct cell *show_overlap(const struct cell *cell)
{
	int widths[RULES_ADDRESSES];

	heading("1. Which addresses overlap? (x: they do)");
	out_start("  %18s", "");
	for (int i = 0; i < RULES_ADDRESSES; i++) {
		widths[i] = (int)strlen(rules_addresses[i].brief) + 1;
		show_head(rules_addresses[i].brief, widths[i]);
	}
	end_row();
	for (int i = 0; i < RULES_ADDRESSES; i++)
		cell = show_row(cell, rules_addresses[i].name, 18, RULES_ADDRESSES, widths);
	return cell;
}

/* Blocks beside each other, one for each of `heads`: rows are options of the first, columns of the other. */
static void show_blocks(const struct cell *cell, const char *const heads[], int count)
{
	enum { WIDTH = 5, GAP = 3, BLOCK = RULES_OPTIONS * WIDTH + GAP };

	out_start("  %8s", "");
	for (int block = 0; block < count; block++)
		show_head(heads[block], BLOCK);
	end_row();
	out_start("  %8s", "");
	for (int block = 0; block < count; block++) {
		for (int i = 0; i < RULES_OPTIONS; i++)
			show_head(rules_options[i].name, WIDTH);
		owed += GAP;
	}
	end_row();
	for (int i = 0; i < RULES_OPTIONS; i++) {
		out_start("  %-8s", rules_options[i].name);
		for (int block = 0; block < count; block++) {
			const int row = (block * RULES_OPTIONS + i) * RULES_OPTIONS;
			for (int j = 0; j < RULES_OPTIONS; j++)
				show_cell(cell + row + j, WIDTH);
			owed += GAP;
		}
		end_row();
	}
}

static const struct cell *show_bind(const struct cell *cell)
{
	char texts[RULES_STATES][40];
	const char *heads[RULES_STATES];

	heading("2. Where they overlap: a socket holds the port, may another bind it too?");
	out_line("  rows: options of the holder; columns: options of the other");
	for (int state = 0; state < RULES_STATES; state++) {
		snprintf(texts[state], sizeof texts[state], "holder %s", rules_states[state].name);
		heads[state] = texts[state];
	}
	show_blocks(cell, heads, RULES_STATES);
	return cell + (size_t)RULES_STATES * RULES_OPTIONS * RULES_OPTIONS;
}

static const struct cell *show_then(const struct cell *cell)
{
	static const int widths[RULES_OPTIONS] = {14, 14, 14, 14};

	heading("3. Two sockets, one after the other, on one address and port, same options");
	out_line("  no: CALL is the first call that is refused");
	out_start("  %20s", "");
	for (int i = 0; i < RULES_OPTIONS; i++)
		show_head(rules_options[i].name, widths[i]);
	end_row();
	for (int i = 0; i < RULES_SITUATIONS; i++)
		cell = show_row(cell, rules_situations[i].name, 20, RULES_OPTIONS, widths);
	return cell;
}

static const struct cell *show_ephemeral(const struct cell *cell)
{
	static const int widths[CELL_DESTINATIONS] = {18, 4};

	heading("4. How many connections do ten ephemeral ports yield?");
	out_line("  %20s%-18s%s", "", "one destination", "two destinations");
	for (int i = 0; i < RULES_WAYS; i++)
		cell = show_row(cell, rules_ways[i].name, 20, CELL_DESTINATIONS, widths);
	return cell;
}

/* Rows of options, for the first socket, beside each other for each address that it may have. */
static void show_beside(const struct cell *cell)
{
	enum { ORDERS = 2 };
	char texts[ORDERS][40];
	const char *heads[ORDERS];

	heading("5. The wildcard beside an address: one listens, may another bind and listen?");
	out_line("  rows: options of the first; columns: of the other; bind: but not listen");
	for (int order = 0; order < ORDERS; order++) {
		snprintf(texts[order], sizeof texts[order], "%s first",
		    rules_besides[(size_t)order * RULES_OPTIONS].first);
		heads[order] = texts[order];
	}
	show_blocks(cell, heads, ORDERS);
}

static void show_legend(void)
{
	out_line("%s", "");
	out_line("  -  neither option       ok   allowed");
	out_line("  A  SO_REUSEADDR         no   refused (EADDRINUSE)");
	out_line("  P  SO_REUSEPORT         uid  allowed, if one user (effective uid) made both");
	out_line("  AP both                 !    not what the documented rule says");
}

void rules_view(const struct cell cells[CELLS])
{
	show_legend();
	show_beside(show_ephemeral(show_then(show_bind(show_overlap(cells)))));
}
