#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/text.h"
#include "cmd/limits/numbers.h"
#include "cmd/limits/view.h"

enum {
	MARGIN = 2,
	NAME = 30, /* that of the longest */
	VALUE = 11,
	ALLOWS = 12,
	TABLE = MARGIN + NAME + VALUE + AUDIT_USES * ALLOWS,
	WHERE = 28, /* of most; a longer one has a line of its own */
	WHERE_WIDE = 40,
	RAISE = 51, /* that of ports */
	USE = 14,
	COUNT = 11, /* of an answer */
	WORD = 19,  /* that of the longest */
	ANSWER = MARGIN + USE + 2 * (COUNT + 1 + WORD),
	ROOMY = MARGIN + VALUE + AUDIT_USES * ALLOWS, /* below it figures are close: */
	CLOSE = 10,                                   /* a figure below ten millions */
};

static bool is_close(void)
{
	return out_width() < ROOMY;
}

static const char *const group_titles[BOUND_GROUPS] = {
    [BOUND_OF_PROCESS] = "one process",
    [BOUND_OF_PROCESSES] = "all processes, each with as many descriptors as the hard limit allows",
    [BOUND_OF_ALL] = "all connections",
    [BOUND_OF_ELSE] = "what else runs out",
};

static bool is_bytes(enum bound_id id)
{
	return bound_rows[id].kind == BOUND_IN_MEMORY || bound_rows[id].kind == BOUND_IN_BYTES;
}

static const char *value_text(char text[BYTES_TEXT], enum bound_id id, int64_t value)
{
	if (value == BOUND_UNKNOWN)
		return "not known";
	if (value == BOUND_UNLIMITED)
		return "unlimited";
	if (is_bytes(id))
		return bytes_print(text, value);
	return grouped_print(text, value);
}

/* Of what is far away the millions are enough: "1,927M". */
static const char *count_text(char text[BYTES_TEXT], int64_t count)
{
	if (count == AUDIT_NONE)
		return "-";
	if (count < 10000000)
		return grouped_print(text, count);
	grouped_print(text, count / 1000000);
	text_add(text, BYTES_TEXT, "M");
	return text;
}

static bool applies(const struct audit_row *row)
{
	for (int use = 0; use < AUDIT_USES; use++)
		if (row->allows[use] != AUDIT_NONE)
			return true;
	return false;
}

/* What is hit first, by one process or many, is bold. */
static void show_bound(
    enum bound_id id, const struct bound *bound, const struct audit_row rows[BOUND_COUNT])
{
	const char *beside = bound->exempt ? "does not apply to root" : bound_rows[id].beside;
	const int width = is_close() ? CLOSE : ALLOWS;
	char text[BYTES_TEXT];

	if (out_width() < TABLE) {
		out_line("%*s%s", MARGIN, "", bound->name);
		out_start(
		    "%*s", is_close() ? CLOSE : MARGIN + VALUE, value_text(text, id, bound->value));
	} else {
		out_start("%*s%-*s%*s", MARGIN, "", NAME, bound->name, VALUE,
		    value_text(text, id, bound->value));
	}
	if (!applies(&rows[id]) && bounds_is_figure(bound->value) && *beside)
		out_start("  %s", beside);
	for (int use = 0; applies(&rows[id]) && use < AUDIT_USES; use++) {
		const bool first = id == audit_first(rows, (enum audit_use)use, false) ||
				   id == audit_first(rows, (enum audit_use)use, true);
		out_start("%s%*s%s", first ? out_paint(OUT_BOLD) : "", width,
		    count_text(text, rows[id].allows[use]), first ? out_paint(OUT_PLAIN) : "");
	}
	out_line("%s", "");
}

static void show_table(
    const struct bound bounds[BOUND_COUNT], const struct audit_row rows[BOUND_COUNT])
{
	const int name = out_width() < TABLE ? 0 : NAME;

	if (is_close()) {
		out_line("connections allowed, as a client to one");
		out_line("destination, to many, and as a server:");
		out_line(
		    "%*s%*s%*s%*s", CLOSE, "value", CLOSE, "one", CLOSE, "many", CLOSE, "server");
	} else {
		out_line("%*s", MARGIN + name + VALUE + AUDIT_USES * ALLOWS,
		    "connections allowed, as a");
		out_line("%-*s%*s%*s%*s%*s", name ? MARGIN + name : 0, name ? "limit" : "",
		    name ? VALUE : MARGIN + VALUE, "value", ALLOWS, "client: one", ALLOWS, "many",
		    ALLOWS, "server");
	}
	for (int group = 0; group < BOUND_GROUPS; group++) {
		out_heading(group_titles[group]);
		for (int i = 0; i < BOUND_COUNT; i++)
			if ((int)bound_rows[i].group == group)
				show_bound((enum bound_id)i, &bounds[i], rows);
	}
}

/* Side by side, where the terminal is wide enough, and away from one always. */
static void show_raise(const struct bound *bound)
{
	const int width = out_width() > WHERE_WIDE + RAISE ? WHERE_WIDE : WHERE;
	const bool narrow = out_width() < WHERE + 1 + RAISE;
	const bool apart = narrow || (out_terminal() && (int)strlen(bound->where) > width);

	if (!*bound->raise) {
		out_line("%s", bound->where);
	} else if (apart) {
		out_line("%s", bound->where);
		out_line("%*s%s", narrow ? MARGIN : width + 1, "", bound->raise);
	} else {
		out_line("%-*s %s", width, bound->where, bound->raise);
	}
}

static void show_first(const struct audit_row rows[BOUND_COUNT], enum audit_use use, bool together)
{
	const enum bound_id id = audit_first(rows, use, together);
	char text[BYTES_TEXT];

	out_start("%*s %-*s", COUNT,
	    id == BOUND_COUNT ? "?" : count_text(text, rows[id].allows[use]),
	    together || out_width() < ANSWER ? 0 : WORD,
	    id == BOUND_COUNT ? "not known here" : bound_rows[id].word);
}

/* The conclusion: a line a use. */
static void show_answer(const struct audit_row rows[BOUND_COUNT])
{
	static const char *const uses[AUDIT_USES] = {"client to one", "client to many", "server"};
	const bool narrow = out_width() < ANSWER;

	out_heading("how many connections, and the limit that is hit first");
	out_start("%*s%-*s", MARGIN, "", USE, "as a");
	if (narrow)
		out_line("%*s one process, then many", COUNT, "");
	else
		out_line(
		    "%*s %-*s%*s %s", COUNT, "", WORD, "one process", COUNT, "", "many processes");
	for (int use = 0; use < AUDIT_USES; use++) {
		out_start("%*s%-*s", MARGIN, "", USE, uses[use]);
		show_first(rows, (enum audit_use)use, false);
		if (narrow) {
			out_line("%s", "");
			out_start("%*s", MARGIN + USE, "");
		}
		show_first(rows, (enum audit_use)use, true);
		out_line("%s", "");
	}
}

void audit_view(const struct bound bounds[BOUND_COUNT], const struct audit_row rows[BOUND_COUNT],
    const struct cost *cost)
{
	char text[BYTES_TEXT];

	show_answer(rows);
	out_line("%s", "");
	if (cost->kernel_bytes < 0)
		out_line("What a connection costs is not known here.");
	else
		out_line("A connection costs %s of kernel memory at each end (%d measured).",
		    bytes_print(text, cost->kernel_bytes / 2), COST_CONNECTIONS);
	out_line("%s", "");
	show_table(bounds, rows);
	out_line("%s", "");
	out_heading("where it is set, and what raises it");
	for (int i = 0; i < BOUND_COUNT; i++)
		if (bounds_is_figure(bounds[i].value))
			show_raise(&bounds[i]);
}

static void json_figure(const char *key, int64_t value)
{
	json_known(key, bounds_is_figure(value) ? value : -1);
}

static void show_bound_json(const struct bound *bound, const struct audit_row *row)
{
	json_open("bound");
	json_text("name", bound->name);
	json_figure("value", bound->value);
	json_text("where", *bound->where ? bound->where : NULL);
	json_figure("client_one", row->allows[AUDIT_CLIENT_ONE]);
	json_figure("client_many", row->allows[AUDIT_CLIENT_MANY]);
	json_figure("server", row->allows[AUDIT_SERVER]);
	json_text("raise", *bound->raise ? bound->raise : NULL);
	json_end();
}

static const char *const use_words[AUDIT_USES] = {"client_one", "client_many", "server"};

static void show_verdicts_json(
    const struct bound bounds[BOUND_COUNT], const struct audit_row rows[BOUND_COUNT])
{
	for (int use = 0; use < AUDIT_USES; use++) {
		const enum bound_id id = audit_first(rows, (enum audit_use)use, false);
		json_open("verdict");
		json_text("use", use_words[use]);
		json_figure("connections", id == BOUND_COUNT ? AUDIT_NONE : rows[id].allows[use]);
		json_text("bound", id == BOUND_COUNT ? NULL : bounds[id].name);
		json_end();
	}
}

void audit_json(const struct bound bounds[BOUND_COUNT], const struct audit_row rows[BOUND_COUNT])
{
	for (int i = 0; i < BOUND_COUNT; i++)
		show_bound_json(&bounds[i], &rows[i]);
	show_verdicts_json(bounds, rows);
}
