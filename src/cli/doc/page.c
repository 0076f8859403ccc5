#include <stdio.h>
#include <string.h>

#include "cli/doc/events.h"
#include "cli/doc/page.h"
#include "cli/doc/roff.h"
#include "cli/out.h"
#include "cli/wrap.h"

enum { LINE = 512 };

static void indented(const char *text, int indent)
{
	out_start("%*s", indent, "");
	wrap_text(text, strlen(text), indent);
}

void page_section(enum page_form form, const char *title)
{
	if (form == PAGE_MAN) {
		out_line(".SS %s", title);
		return;
	}
	out_line("%s", "");
	out_heading(title);
}

void page_item(enum page_form form, const char *term, const char *text)
{
	if (form == PAGE_MAN) {
		out_line(".TP");
		roff_text(NULL, term, strlen(term), false);
		if (text)
			roff_text(NULL, text, strlen(text), false);
		return;
	}
	indented(term, 2);
	if (text)
		indented(text, 6);
}

/* One of several lines below an item: "peer (text): the other end". */
static void page_field(enum page_form form, const char *name, const char *type, const char *text)
{
	char line[LINE];

	if (form == PAGE_MAN) {
		out_line(".br");
		out_start("\\fB");
		roff_letters(name, strlen(name), true);
		out_start("\\fR ");
		snprintf(line, sizeof line, "(%s): %s", type, text);
		roff_text(NULL, line, strlen(line), false);
		return;
	}
	snprintf(line, sizeof line, "%s (%s): %s", name, type, text);
	out_start("      ");
	wrap_text(line, strlen(line), 8);
}

void page_events(enum page_form form, const char *command)
{
	char line[LINE];
	bool shown = false;

	for (const struct event_row *row = event_rows; row->name; row++) {
		if (row->commands) {
			shown = command ? event_is_of(row, command) : !*row->commands;
			if (!shown)
				continue;
			snprintf(line, sizeof line, "%s: %s", row->name, row->text);
			page_item(form, line, NULL);
		} else if (shown) {
			page_field(form, row->name, row->type, row->text);
		}
	}
}
