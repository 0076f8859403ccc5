#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cmd/limits/bytes.h"
#include "cmd/limits/view.h"

enum {
	MARGIN = 2,
	NAME = 30, /* that of the longest */
	VALUE = 11,
	ALLOWS = 12,
	WHERE = 28, /* of most; a longer one has a line of its own */
	WHERE_WIDE = 40,
	RAISE = 51, /* that of ports */
	USE = 30,
};

/* What a bound is about, where it is not about how many connections stand. */
static const char *const beside[BOUND_COUNT] = {
    [BOUND_TCP_MEMORY] = "queued data; idle ones have none",
    [BOUND_TRACKED] = "nothing is tracked here now",
    [BOUND_BACKLOG] = "not accepted yet, of one listener",
    [BOUND_TIME_WAIT] = "in TIME_WAIT; more end early",
    [BOUND_ORPHANS] = "closed, with data not sent yet",
};

/* All bounds, as they are shown: each ends with BOUND_COUNT. */
static const struct {
	const char *title;
	enum bound_id ids[7];
} groups[] = {
    {"one process", {BOUND_FILES_SOFT, BOUND_FILES_HARD, BOUND_FILES_CEILING, BOUND_COUNT}},
    {"all processes, each with as many descriptors as the hard limit allows",
	{BOUND_USER_PROCESSES, BOUND_GROUP_PROCESSES, BOUND_THREADS, BOUND_PIDS, BOUND_COUNT}},
    {"all connections", {BOUND_FILES_SYSTEM, BOUND_PORTS, BOUND_MEMORY, BOUND_GROUP_MEMORY,
			    BOUND_TRACKED, BOUND_COUNT}},
    {"what else runs out",
	{BOUND_TCP_MEMORY, BOUND_BACKLOG, BOUND_TIME_WAIT, BOUND_ORPHANS, BOUND_COUNT}},
};

enum { GROUPS = sizeof groups / sizeof *groups };

static void title(const char *text)
{
	out_line("%s%s%s", out_paint(OUT_BOLD), text, out_paint(OUT_PLAIN));
}

static bool is_bytes(enum bound_id id)
{
	return id == BOUND_MEMORY || id == BOUND_GROUP_MEMORY || id == BOUND_TCP_MEMORY;
}

static const char *value_text(char text[BYTES_TEXT], enum bound_id id, int64_t value)
{
	if (value == BOUND_UNKNOWN)
		return "not known";
	if (value == BOUND_UNLIMITED)
		return "unlimited";
	if (is_bytes(id))
		return bytes_print(text, value);
	snprintf(text, BYTES_TEXT, "%lld", (long long)value);
	return text;
}

/* Of what is far away the millions are enough: "1927M". */
static const char *count_text(char text[BYTES_TEXT], int64_t count)
{
	if (count == AUDIT_NONE)
		return "-";
	if (count < 10000000)
		snprintf(text, BYTES_TEXT, "%lld", (long long)count);
	else
		snprintf(text, BYTES_TEXT, "%lldM", (long long)count / 1000000);
	return text;
}

static bool applies(const struct audit_row *row)
{
	for (int use = 0; use < AUDIT_USES; use++)
		if (row->allows[use] != AUDIT_NONE)
			return true;
	return false;
}

/* What binds first, one process or many, is bold. */
static void show_bound(
    enum bound_id id, const struct bound *bound, const struct audit_row rows[BOUND_COUNT])
{
	char text[BYTES_TEXT];

	out_start(
	    "%*s%-*s%*s", MARGIN, "", NAME, bound->name, VALUE, value_text(text, id, bound->value));
	if (bound->exempt)
		out_start("  %s", "root is not held to it");
	else if (!applies(&rows[id]) && bounds_is_figure(bound->value) && beside[id])
		out_start("  %s", beside[id]);
	for (int use = 0; applies(&rows[id]) && use < AUDIT_USES; use++) {
		const bool first = id == audit_first(rows, (enum audit_use)use, false) ||
				   id == audit_first(rows, (enum audit_use)use, true);
		out_start("%s%*s%s", first ? out_paint(OUT_BOLD) : "", ALLOWS,
		    count_text(text, rows[id].allows[use]), first ? out_paint(OUT_PLAIN) : "");
	}
	out_line("%s", "");
}

static void show_table(
    const struct bound bounds[BOUND_COUNT], const struct audit_row rows[BOUND_COUNT])
{
	out_line("%*s", MARGIN + NAME + VALUE + AUDIT_USES * ALLOWS, "connections allowed, as a");
	out_line("%-*s%*s%*s%*s%*s", MARGIN + NAME, "bound", VALUE, "value", ALLOWS, "client: one",
	    ALLOWS, "many", ALLOWS, "server");
	for (size_t g = 0; g < GROUPS; g++) {
		title(groups[g].title);
		for (const enum bound_id *id = groups[g].ids; *id != BOUND_COUNT; id++)
			show_bound(*id, &bounds[*id], rows);
	}
}

/* Side by side, as far as the terminal is wide enough. */
static void show_raise(const struct bound *bound)
{
	const int width = out_width() > WHERE_WIDE + RAISE ? WHERE_WIDE : WHERE;

	if ((int)strlen(bound->where) > width)
		out_line("%s", bound->where);
	out_line("%-*s %s", width, (int)strlen(bound->where) > width ? "" : bound->where,
	    *bound->raise ? bound->raise : "-");
}

static void show_verdicts(
    const struct bound bounds[BOUND_COUNT], const struct audit_row rows[BOUND_COUNT], bool together)
{
	static const char *const uses[AUDIT_USES] = {
	    "a client to one destination", "a client to many", "a server"};
	char text[BYTES_TEXT];

	for (int use = 0; use < AUDIT_USES; use++) {
		const enum bound_id id = audit_first(rows, (enum audit_use)use, together);
		if (id == BOUND_COUNT)
			out_line("%*s%-*s not known here", MARGIN, "", USE, uses[use]);
		else
			out_line("%*s%-*s%*s  %s", MARGIN, "", USE, uses[use], VALUE,
			    count_text(text, rows[id].allows[use]), bounds[id].name);
	}
}

void audit_view(const struct bound bounds[BOUND_COUNT], const struct audit_row rows[BOUND_COUNT],
    const struct cost *cost)
{
	char text[BYTES_TEXT];

	if (cost->kernel_bytes < 0)
		out_line("What a connection costs is not known here.");
	else
		out_line("A connection costs %s of kernel memory at each end, measured with %d.",
		    bytes_print(text, cost->kernel_bytes / 2), COST_CONNECTIONS);
	out_line("%s", "");
	show_table(bounds, rows);
	out_line("%s", "");
	title("where it is set, and what raises it");
	for (size_t g = 0; g < GROUPS; g++)
		for (const enum bound_id *id = groups[g].ids; *id != BOUND_COUNT; id++)
			if (bounds_is_figure(bounds[*id].value))
				show_raise(&bounds[*id]);
	out_line("%s", "");
	title("what binds first: one process, as");
	show_verdicts(bounds, rows, false);
	title("many processes, as");
	show_verdicts(bounds, rows, true);
}

static void json_figure(const char *key, int64_t value)
{
	if (bounds_is_figure(value))
		json_number(key, value);
	else
		json_null(key);
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
