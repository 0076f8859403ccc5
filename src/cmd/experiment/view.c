#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/wrap.h"
#include "cmd/experiment/view.h"

enum { MARGIN = 2, STEP = 49, RESULT = 13 };

static bool text_only(const struct show *show)
{
	return !show->common->json && !show->common->quiet;
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

static void show_json(const struct show *show)
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

	if (show->common->json)
		show_json(show);
	else
		out_line("%2d  %-18s %s", e->number, e->name, e->headline);
}

void view_experiment(struct show *show)
{
	const struct experiment *e = show->experiment;

	if (show->common->json)
		show_json(show);
	if (!text_only(show))
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

void view_scene(struct show *show, const struct scene *scene)
{
	show->scene_differs = show->scene_skipped = false;
	show->speaker = NULL;
	if (!text_only(show))
		return;
	out_line("%s", "");
	out_line("%s%s%s", out_paint(OUT_BOLD), scene->title, out_paint(OUT_PLAIN));
}

/* The names of the columns, once. */
static void show_head(struct show *show)
{
	if (!show->headed)
		out_line("%s%*s%-*s %-*s %s%s", out_paint(OUT_DIM), MARGIN, "", STEP, "step",
		    RESULT, "observed", "expected", out_paint(OUT_PLAIN));
	show->headed = true;
}

void view_speaker(struct show *show, const char *name, const char *command)
{
	const bool changed = name && (!show->speaker || strcmp(name, show->speaker) != 0);

	show->speaker = name;
	if (text_only(show) && (changed || command)) {
		show_head(show);
		out_line("%*s%s%s%s%s", MARGIN, "", out_paint(OUT_CYAN), name,
		    command ? command : "", out_paint(OUT_PLAIN));
	}
}

static void show_deed(struct show *show, const struct deed *deed)
{
	const int margin = show->speaker ? 2 * MARGIN : MARGIN;
	const int width = MARGIN + STEP - margin;
	const int len = (int)strlen(deed->text);
	const char *expected = deed->expected ? deed->expected : "";

	show_head(show);
	if (len > width)
		out_line("%*s%s", margin, "", deed->text);
	out_line("%*s%-*s %s%-*s%s%s%s", margin, "", width, len > width ? "" : deed->text,
	    !deed->as_expected ? out_paint(OUT_RED)
	    : deed->expected   ? out_paint(OUT_GREEN)
			       : "",
	    *expected ? RESULT : 0, deed->result, out_paint(OUT_PLAIN), *expected ? " " : "",
	    expected);
}

void view_deed(struct show *show, const struct deed *deed)
{
	char text[STAGE_TEXT + 32];

	if (!deed->as_expected) {
		show->scene_differs = true;
		if (!show->differs)
			snprintf(show->reason, VIEW_REASON, "%s%s%s came to %s, expected was %s",
			    show->speaker ? show->speaker : "", show->speaker ? ": " : "",
			    deed->text, deed->result, deed->expected ? deed->expected : "another");
		show->differs = true;
	}
	if (text_only(show))
		show_deed(show, deed);
	if (!show->common->json)
		return;
	snprintf(text, sizeof text, "%s%s%s", show->speaker ? show->speaker : "",
	    show->speaker ? ": " : "", deed->text);
	json_open("step");
	json_text("text", text);
	json_text("result", deed->result);
	json_end();
}

void view_line(const struct show *show, const char *text)
{
	if (text_only(show))
		out_line("%*s%s", *text ? MARGIN : 0, "", text);
}

void view_connection(const struct show *show, const char *source, const char *rest)
{
	if (text_only(show))
		out_line("%*s%s%-21s%s %s", MARGIN, "", out_paint(OUT_MAGENTA), source,
		    out_paint(OUT_PLAIN), rest);
}

void view_skip(struct show *show, const char *reason)
{
	if (!show->skipped && !show->differs)
		snprintf(show->reason, VIEW_REASON, "%s", reason);
	show->skipped = show->scene_skipped = true;
	if (text_only(show))
		view_text("  skipped: ", reason);
}

void view_lesson(const struct show *show, const struct scene *scene)
{
	if (text_only(show) && scene->lesson)
		view_text("  ", scene->lesson);
}

const char *view_word(const struct show *show)
{
	return show->differs || show->broken ? "differs" : show->skipped ? "skipped" : "expected";
}

static const struct {
	const char *word, *text;
	enum out_colour colour;
} outcomes[] = {
    {"expected", "came out as expected", OUT_GREEN},
    {"differs", "differs", OUT_RED},
    {"skipped", "skipped", OUT_YELLOW},
};

void view_outcome(const struct show *show)
{
	const struct experiment *e = show->experiment;
	const char *word = view_word(show);
	size_t i = 0;

	if (show->common->json) {
		json_open("outcome");
		json_number("number", e->number);
		json_text("name", e->name);
		json_text("outcome", word);
		json_text("reason", *show->reason ? show->reason : NULL);
		json_end();
		return;
	}
	while (strcmp(outcomes[i].word, word) != 0)
		i++;
	if (!show->common->quiet)
		out_line("%s", "");
	if (!show->common->quiet && show->about_held) {
		view_text("", e->about); /* not said before */
		show_by_hand(show);
		out_line("%s", "");
	}
	out_start("%s%d %s: %s%s", out_paint(outcomes[i].colour), e->number, e->name,
	    outcomes[i].text, out_paint(OUT_PLAIN));
	out_line("%s", "");
	if (*show->reason)
		view_text("  ", show->reason);
	if (!show->common->quiet)
		view_text("Remember: ", e->remember);
}
