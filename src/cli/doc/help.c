#include <stdio.h>
#include <string.h>

#include "cli/doc/events.h"
#include "cli/doc/help.h"
#include "cli/doc/program.h"
#include "cli/doc/topics.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/wrap.h"

enum {
	NARROW = 60, /* columns: on fewer, help stands below its option */
	BRIEF_LINES = 24,
	BRIEF_COLUMNS = 80,
};

/* "  -w, --workers N" into `text`; returns its length. */
static int signature(const struct opt *row, char *text, size_t size)
{
	char letter[5] = "    ";

	if (row->letter)
		snprintf(letter, sizeof letter, "-%c, ", row->letter);
	return snprintf(text, size, "  %s--%s%s%s", letter, row->name, row->arg ? " " : "",
	    row->arg ? row->arg : "");
}

/* text[0..len) line by line, each after `margin`. */
static void lines(const char *margin, const char *text, size_t len)
{
	for (const char *const end = text + len; text < end;) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const int n = (int)((newline ? newline : end) - text);
		out_line("%s%.*s", n ? margin : "", n, text);
		text += n + 1;
	}
}

/* Paragraphs, which a blank line parts. One that begins with a space is a table: it stays as it
 * is. */
static void paragraphs(const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");
		const size_t len = end ? (size_t)(end - text) : strlen(text);
		if (*text == ' ')
			lines("", text, len);
		else
			wrap_text(text, len, 0);
		if (!end)
			break;
		out_line("%s", "");
		text = end + 2;
	}
}

static void options(const struct opt *row)
{
	const int column = out_width() < NARROW ? 8 : 30;
	char text[80];

	for (; row->name; row++) {
		const int n = signature(row, text, sizeof text);
		if (n + 2 <= column || out_width() == OUT_UNBOUNDED) {
			out_start("%-*s", n + 2 > column ? n + 2 : column, text);
		} else {
			out_line("%s", text);
			out_start("%*s", column, "");
		}
		wrap_text(row->help, strlen(row->help), column);
	}
}

static void usage(const struct command *command)
{
	out_line("usage: reuse %s [OPTION...]%s%s", command->name, *command->operands ? " " : "",
	    command->operands);
	out_line("%s", "");
	out_line("%s.", command->summary);
}

void doc_help(const struct command *command)
{
	usage(command);
	out_line("%s", "");
	paragraphs(command->about);
	if (command->opts->name) {
		out_line("%s", "");
		out_line("options:");
		options(command->opts);
	}
	out_line("%s", "");
	out_line("options of every command:");
	options(common_opts);
	if (event_any_of(command->name)) {
		out_line("%s", "");
		out_line("events of --json:");
		page_events(PAGE_TEXT, command->name);
	}
	if (*command->example) {
		out_line("%s", "");
		out_line("examples:");
		lines("  ", command->example, strlen(command->example));
	}
}

/* How much of `help` has room in so many columns: all of it, or what stands before one of its parts. A test
 * wants the first part to fit. */
static int brief_help(const char *help, int room)
{
	int most = 0;

	if ((int)strlen(help) <= room)
		return (int)strlen(help);
	for (int n = 1; n <= room; n++)
		if (!strncmp(help + n, "; ", 2) || !strncmp(help + n, " (", 2))
			most = n;
	return most ? most : room;
}

static int brief_options(const struct opt *rows)
{
	char text[80];
	int column = 0, count = 0;

	for (const struct opt *row = rows; row->name; row++) {
		const int n = signature(row, text, sizeof text) + 2;
		column = n > column ? n : column;
	}
	for (const struct opt *row = rows; row->name; row++, count++) {
		const int n = brief_help(row->help, BRIEF_COLUMNS - column);
		signature(row, text, sizeof text);
		out_start("%-*s", column, text);
		wrap_text(row->help, (size_t)n, column);
	}
	return count;
}

static int lines_of(const char *text, size_t len)
{
	int count = 1;

	for (size_t i = 0; i < len; i++)
		count += text[i] == '\n';
	return count;
}

/* The first table of `about`, where it has room in so many lines. Returns how many it took. */
static int brief_table(const char *about, int room)
{
	const char *table = strstr(about, "\n\n ");

	if (!table)
		return 0;
	table += 2;
	const char *end = strstr(table, "\n\n");
	const size_t len = end ? (size_t)(end - table) : strlen(table);
	const int count = lines_of(table, len) + 1;
	if (count > room)
		return 0;
	out_line("%s", "");
	lines("", table, len);
	return count;
}

void doc_brief(const struct command *command)
{
	int room = BRIEF_LINES - 3 - 3; /* but for the usage and the last lines */

	usage(command);
	if (command->opts->name) {
		out_line("%s", "");
		room -= 1 + brief_options(command->opts);
	}
	room -= brief_table(command->about, room);
	const int examples = lines_of(command->example, strlen(command->example)) + 1;
	if (*command->example && examples <= room) {
		out_line("%s", "");
		lines("  ", command->example, strlen(command->example));
	}
	out_line("%s", "");
	out_start("Common:");
	for (const struct opt *row = common_opts; row->name; row++)
		if (row->letter && row->letter != 'h')
			out_start(" -%c", row->letter);
		else if (!row->letter && strncmp(row->name, "no-", 3) != 0)
			out_start(" --%s", row->name);
	out_line("%s", "");
	out_line("Full help, including these: reuse %s --help", command->name);
}

static void json_options(const struct opt *row)
{
	char letter[2] = "";

	for (; row->name; row++) {
		letter[0] = row->letter;
		json_object(NULL);
		json_text("letter", row->letter ? letter : NULL);
		json_text("name", row->name);
		json_text("value", row->arg);
		json_text("help", row->help);
		json_close();
	}
}

void doc_json(const struct command *command)
{
	json_open("help");
	json_text("command", command->name);
	json_text("summary", command->summary);
	json_text("operands", command->operands);
	json_lines("about", command->about);
	json_list("options");
	json_options(command->opts);
	json_options(common_opts);
	json_close();
	json_lines("example", command->example);
	json_end();
}

void doc_overview(void)
{
	out_line("usage: reuse COMMAND [OPTION...] [OPERAND...]");
	out_line("%s", "");
	paragraphs(doc_purpose);
	out_line("%s", "");
	out_line("commands:");
	for (size_t i = 0; commands[i]; i++)
		out_line("  %-13s%s", commands[i]->name, commands[i]->summary);
	out_line("%s", "");
	out_line("topics:");
	for (const struct topic *topic = topics; topic->name; topic++)
		out_line("  %-13s%s", topic->name, topic->summary);
	out_line("%s", "");
	paragraphs(
	    "'reuse COMMAND -h' shows the options of a command, 'reuse help COMMAND' everything, "
	    "'reuse help TOPIC' a topic, 'reuse --version' the version.");
}

void doc_topic(const struct topic *topic, void (*made)(enum page_form form))
{
	out_line("%s.", topic->summary);
	for (size_t i = 0; topic->parts[i]; i++) {
		out_line("%s", "");
		paragraphs(topic->parts[i]);
	}
	if (made)
		made(PAGE_TEXT);
}

void doc_topic_json(const struct topic *topic)
{
	json_open("help");
	json_text("topic", topic->name);
	json_text("summary", topic->summary);
	json_list("about");
	for (size_t i = 0; topic->parts[i]; i++)
		json_lines(NULL, topic->parts[i]);
	json_close();
	json_end();
}
