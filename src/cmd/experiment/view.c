#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/wrap.h"
#include "cmd/experiment/view.h"

enum {
	MARGIN = 2,
	STEP = 49,
	RESULT = 13, /* EADDRNOTAVAIL, and what is expected likewise */
	TABLE = MARGIN + STEP + 1 + RESULT + 1 + RESULT,
	SOURCE = 21, /* of a connection, and its destination likewise */
	STATE = 12,
};

static bool text_only(void)
{
	return !out_json() && !out_quiet();
}

void view_text(const char *before, const char *text)
{
	out_start("%s", before);
	wrap_text(text, strlen(text), (int)strlen(before));
}

static void show_by_hand(const struct show *show)
{
	const struct experiment *e = show->experiment;

	out_line("%s", "");
	out_line("By hand (1$ is the first terminal, 2$ the second):");
	for (size_t i = 0; i < EXPERIMENT_LINES && e->by_hand[i]; i++) {
		const char *line = e->by_hand[i], *lan = strstr(line, "LAN");
		if (lan && *show->lan)
			out_line("  %s%.*s%s%s%s", out_paint(OUT_CYAN), (int)(lan - line), line,
			    show->lan, lan + 3, out_paint(OUT_PLAIN));
		else
			out_line("  %s%s%s", out_paint(OUT_CYAN), line, out_paint(OUT_PLAIN));
	}
}

static void show_experiment(const struct show *show)
{
	json_open("experiment");
	json_number("number", show->experiment->number);
	json_text("name", show->experiment->name);
	json_text("about", show->experiment->about);
	json_end();
}

void view_entry(const struct show *show)
{
	const struct experiment *e = show->experiment;

	if (out_json())
		show_experiment(show);
	else
		out_line("%2d  %-18s %s", e->number, e->name, e->headline);
}

void view_experiment(struct show *show)
{
	const struct experiment *e = show->experiment;

	if (out_json())
		show_experiment(show);
	if (!text_only())
		return;
	/* All but the name says what will come out. */
	show->about_held = show->asking;
	out_line("%s%d %s%s%s%s", out_paint(OUT_BOLD), e->number, e->name, out_paint(OUT_PLAIN),
	    show->asking ? "" : ": ", show->asking ? "" : e->headline);
	if (!show->asking) {
		out_line("%s", "");
		view_text("", e->about);
		show_by_hand(show);
	}
}

void view_part(struct show *show, const struct part *part)
{
	show->outcome.part_differs = show->outcome.part_skipped = false;
	show->outcome.part_open = false;
	show->program = NULL;
	if (!text_only())
		return;
	out_line("%s", "");
	out_heading(part->title);
}

/* Where the terminal has no room for both columns of answers: then what was expected is shown where it differs. */
static bool is_narrow(void)
{
	return out_width() <= TABLE;
}

/* Steps begin at this column, and answers at the other: one before the last stays free. */
static int step_margin(int level)
{
	return level * (is_narrow() ? 1 : MARGIN);
}

static int step_end(void)
{
	return is_narrow() ? out_width() - 1 - RESULT - 1 : MARGIN + STEP;
}

/* The names of the columns, once. */
static void show_columns(struct show *show)
{
	const int margin = step_margin(1);

	if (!show->outcome.headed)
		out_line("%s%*s%-*s %-*s%s%s", out_paint(OUT_DIM), margin, "", step_end() - margin,
		    "step", is_narrow() ? 0 : RESULT + 1, "observed", is_narrow() ? "" : "expected",
		    out_paint(OUT_PLAIN));
	show->outcome.headed = true;
}

void view_program(struct show *show, const char *name, const char *command)
{
	const bool changed = name && (!show->program || strcmp(name, show->program) != 0);

	show->program = name;
	if (text_only() && (changed || command)) {
		show_columns(show);
		out_line("%*s%s%s%s%s", step_margin(1), "", out_paint(OUT_CYAN), name,
		    command ? command : "", out_paint(OUT_PLAIN));
	}
}

static void show_observation(struct show *show, const struct observation *seen)
{
	const int margin = step_margin(show->program ? 2 : 1);
	const int width = step_end() - margin;
	const int len = (int)strlen(seen->text);
	const char *expected = seen->expected ? seen->expected : "";
	const bool beside = *expected && !is_narrow();

	show_columns(show);
	if (len > width)
		out_line("%*s%s", margin, "", seen->text);
	out_line("%*s%-*s %s%-*s%s%s%s", margin, "", width, len > width ? "" : seen->text,
	    !seen->as_expected ? out_paint(OUT_RED)
	    : seen->expected   ? out_paint(OUT_GREEN)
			       : "",
	    beside ? RESULT : 0, seen->result, out_paint(OUT_PLAIN), beside ? " " : "",
	    beside ? expected : "");
	if (*expected && !beside && !seen->as_expected)
		out_line("%*sexpected: %s", margin, "", expected);
}

void view_observation(struct show *show, const struct observation *seen)
{
	char text[VIEW_TEXT + 32];

	if (!seen->expected)
		show->outcome.part_open = true;
	if (!seen->as_expected) {
		show->outcome.part_differs = true;
		if (!show->outcome.differs)
			snprintf(show->outcome.reason, VIEW_REASON, "%s%s%s gave %s, expected %s",
			    show->program ? show->program : "", show->program ? ": " : "",
			    seen->text, seen->result, seen->expected ? seen->expected : "another");
		show->outcome.differs = true;
	}
	if (text_only())
		show_observation(show, seen);
	if (!out_json())
		return;
	snprintf(text, sizeof text, "%s%s%s", show->program ? show->program : "",
	    show->program ? ": " : "", seen->text);
	json_open("step");
	json_text("text", text);
	json_text("result", seen->result);
	json_end();
}

void view_line(const char *text)
{
	if (text_only())
		out_line("%*s%s", *text ? MARGIN : 0, "", text);
}

void view_connections(void)
{
	if (text_only() && !is_narrow())
		out_line("%*s%-*s %-*s %-*s %s", MARGIN, "", SOURCE, "SOURCE", SOURCE,
		    "DESTINATION", STATE, "STATE", "WHO");
}

void view_connection(const char *source, const char *peer, const char *name, long pid)
{
	if (!text_only())
		return;
	out_start("%*s%s%-*s%s ", step_margin(1), "", out_paint(OUT_MAGENTA),
	    is_narrow() ? 0 : SOURCE, source, out_paint(OUT_PLAIN));
	if (is_narrow())
		out_line("-> %s %s", peer, name);
	else
		out_line("%-*s %-*s %s, pid %ld", SOURCE, peer, STATE, "ESTABLISHED", name, pid);
}

void view_skip(struct show *show, const char *reason)
{
	if (!show->outcome.skipped && !show->outcome.differs)
		snprintf(show->outcome.reason, VIEW_REASON, "%s", reason);
	show->outcome.skipped = show->outcome.part_skipped = true;
	if (text_only())
		view_text("  skipped: ", reason);
}

void view_lesson(const struct part *part)
{
	if (text_only() && part->lesson)
		view_text("  ", part->lesson);
}

const char *view_word(const struct show *show)
{
	return show->outcome.differs || show->outcome.broken ? "differs"
	       : show->outcome.skipped                       ? "skipped"
							     : "expected";
}

static const struct {
	const char *word, *text;
	enum out_colour colour;
} outcomes[] = {
    {"expected", "as expected", OUT_GREEN},
    {"differs", "differs", OUT_RED},
    {"skipped", "skipped", OUT_YELLOW},
};

void view_outcome(const struct show *show)
{
	const struct experiment *e = show->experiment;
	const char *word = view_word(show);
	size_t i = 0;

	if (out_json()) {
		json_open("outcome");
		json_number("number", e->number);
		json_text("name", e->name);
		json_text("outcome", word);
		json_text("reason", *show->outcome.reason ? show->outcome.reason : NULL);
		json_end();
		return;
	}
	while (strcmp(outcomes[i].word, word) != 0)
		i++;
	if (!out_quiet())
		out_line("%s", "");
	if (!out_quiet() && show->about_held) {
		view_text("", e->about); /* not said before */
		show_by_hand(show);
		out_line("%s", "");
	}
	out_start("%s%d %s: %s%s", out_paint(outcomes[i].colour), e->number, e->name,
	    outcomes[i].text, out_paint(OUT_PLAIN));
	out_line("%s", "");
	if (*show->outcome.reason)
		view_text("  ", show->outcome.reason);
	if (!out_quiet())
		view_text("Remember: ", e->remember);
}
