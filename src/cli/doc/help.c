#include <stdio.h>
#include <string.h>

#include "cli/doc/help.h"
#include "cli/doc/program.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/wrap.h"

/* "  -w, --workers N" into `text`; returns its length. */
static int signature(const struct opt *row, char *text, size_t size)
{
	char letter[5] = "    ";

	if (row->letter)
		snprintf(letter, sizeof letter, "-%c, ", row->letter);
	return snprintf(text, size, "  %s--%s%s%s", letter, row->name, row->arg ? " " : "",
	    row->arg ? row->arg : "");
}

/* Paragraphs, which a blank line parts. One that begins with a space is a table: it stays as it
 * is. */
static void paragraphs(const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");
		const size_t len = end ? (size_t)(end - text) : strlen(text);
		if (*text == ' ')
			out_line("%.*s", (int)len, text);
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
	enum { COLUMN = 30 };
	char text[80];

	for (; row->name; row++) {
		const int n = signature(row, text, sizeof text);
		if (n + 2 > COLUMN) {
			out_line("%s", text);
			out_start("%*s", COLUMN, "");
		} else {
			out_start("%-*s", COLUMN, text);
		}
		wrap_text(row->help, strlen(row->help), COLUMN);
	}
}

/* `text` line by line, each after `margin`. */
static void lines(const char *margin, const char *text)
{
	while (*text) {
		const int n = (int)strcspn(text, "\n");
		out_line("%s%.*s", n ? margin : "", n, text);
		text += n;
		text += *text == '\n';
	}
}

void doc_help(const struct command *command)
{
	out_line("usage: reuse %s [OPTION...]%s%s", command->name, *command->operands ? " " : "",
	    command->operands);
	out_line("%s", "");
	out_line("%s.", command->summary);
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
	if (*command->example) {
		out_line("%s", "");
		out_line("examples:");
		lines("  ", command->example);
	}
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
	json_text("about", command->about);
	json_list("options");
	json_options(command->opts);
	json_options(common_opts);
	json_close();
	json_text("example", command->example);
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
		out_line("  %-12s%s", commands[i]->name, commands[i]->summary);
	out_line("%s", "");
	out_line("'reuse help COMMAND' tells all of a command, 'reuse --version' the version.");
}
