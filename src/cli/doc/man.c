/* The manual pages, in man(7) macros: the words of --help, set as man-pages(7) asks for. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doc/help.h"
#include "cli/doc/page.h"
#include "cli/doc/program.h"
#include "cli/doc/roff.h"
#include "cli/doc/topics.h"
#include "cli/out.h"
#include "config.h"

enum { STATUSES_MOST = 6 };

/* What those of all commands say. */
static const char *const statuses[] = {"Done.", "The kernel or the peer refused.",
    "The command line was malformed: no socket was opened, and nothing was printed on standard output.",
    "A command that would have ended by itself was interrupted.", "The command was interrupted."};

/* Where the sentence "Status 0: ..." begins in text[0..len), or `len`. */
static size_t status_at(const char *text, size_t len)
{
	for (size_t i = 0; i + 9 < len; i++)
		if (!memcmp(text + i, "Status", 6) && isspace((unsigned char)text[i + 6]) &&
		    !memcmp(text + i + 7, "0:", 2))
			return i;
	return len;
}

/* Paragraphs, without what they say of the status. `first`: the first one stands right under its
 * heading. */
static void man_paragraphs(const struct command *command, const char *text, bool first)
{
	for (const char *end; *text; text = *end ? end + 2 : end) {
		end = strstr(text, "\n\n");
		end = end ? end : text + strlen(text);
		size_t len = status_at(text, (size_t)(end - text));
		while (len > 0 && isspace((unsigned char)text[len - 1]))
			len--;
		if (len == 0)
			continue;
		if (!first)
			out_line(".PP");
		first = false;
		if (*text == ' ')
			roff_table(text, len);
		else
			roff_text(command, text, len, false);
	}
}

/* "[PORT [ADDR]]" or "hash|random|cpu": what stands for something else is slanted, what is typed as
 * it is bold. */
static void places(const char *text)
{
	while (*text) {
		const size_t n = strcspn(text, "[]|. ");
		if (n > 0) {
			out_start(isupper((unsigned char)*text) ? "\\fI" : "\\fB");
			roff_letters(text, n, false);
			out_start("\\fR");
		}
		text += n;
		if (*text)
			out_start("%c", *text++);
	}
}

/* What stands behind a command's name. */
static void operands(const struct command *command)
{
	out_start(" [\\fIOPTION\\fR...]");
	if (*command->operands) {
		out_start(" ");
		places(command->operands);
	}
	out_line("%s", "");
}

static void man_options(const struct command *command, const struct opt *row)
{
	for (; row->name; row++) {
		out_line(".TP");
		if (row->letter)
			out_start("\\fB\\-%c\\fR, ", row->letter);
		out_start("\\fB");
		roff_letters("--", 2, false);
		roff_letters(row->name, strlen(row->name), false);
		out_start("\\fR");
		if (row->arg) {
			out_start(" ");
			places(row->arg);
		}
		out_line("%s", "");
		roff_text(command, row->help, strlen(row->help), true);
	}
}

/* What "Status 0: all is well; 1: it is not." says of each. */
struct own_statuses {
	char text[400];
	struct {
		long number;
		const char *text;
	} of[STATUSES_MOST];
	size_t count;
};

static void read_statuses(const char *about, struct own_statuses *own)
{
	const char *from = about + status_at(about, strlen(about));
	const char *end = strstr(from, "\n\n");

	snprintf(
	    own->text, sizeof own->text, "%.*s", end ? (int)(end - from) : (int)strlen(from), from);
	for (char *c = own->text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	char *at = *own->text ? own->text + strlen("Status ") : own->text;
	while (isdigit((unsigned char)*at) && own->count < STATUSES_MOST) {
		own->of[own->count].number = strtol(at, &at, 10);
		own->of[own->count++].text = at + strlen(": ");
		/* The next part, where one begins with a number. */
		do
			at = strstr(at, "; ");
		while (at && (at += 2) && !isdigit((unsigned char)*at));
		if (!at)
			break;
		at[-2] = '\0';
	}
}

static void show_status(const struct command *command, long number, const char *text)
{
	out_line(".TP\n.B %ld", number);
	roff_text(command, text, strlen(text), true);
}

/* `command` NULL: what holds for all. */
static void exit_status(const struct command *command)
{
	/* What runs until it is told to end is not interrupted by that; what runs another ends as that does. */
	const bool endless =
	    command == &cmd_listen || command == &cmd_connect || command == &cmd_run;
	struct own_statuses own = {0};
	size_t next = 0;

	if (command)
		read_statuses(command->about, &own);
	out_line(".SH EXIT STATUS");
	for (long i = 0; i < 3; i++)
		if (next < own.count && own.of[next].number == i)
			show_status(command, i, own.of[next++].text);
		else
			show_status(command, i, statuses[i]);
	for (; next < own.count; next++)
		show_status(command, own.of[next].number, own.of[next].text);
	if (!endless)
		show_status(command, STATUS_INTERRUPTED, statuses[3 + (command != NULL)]);
}

static void examples(const char *text)
{
	if (!*text)
		return;
	out_line(".SH EXAMPLES");
	roff_table(text, strlen(text));
}

static void see_also(const struct command *command)
{
	out_line(".SH SEE ALSO");
	if (command)
		out_line(".BR \\%%reuse (1),");
	for (size_t i = 0; commands[i]; i++)
		if (commands[i] != command)
			out_line(".BR \\%%reuse\\-%s (1),", commands[i]->name);
	out_line(".BR ip (7),\n.BR socket (7),\n.BR tcp (7),\n.BR ss (8)");
}

/* The title line; `name` is "listen", or NULL for the program; a topic's section is 7. */
static void title(const char *name, int section)
{
	out_start(".TH REUSE");
	if (name)
		out_start("\\-");
	for (; name && *name; name++)
		out_start("%c", toupper((unsigned char)*name));
	out_line(" %d %s \"reuse %s\" \"%s\"\n.ad l", section, REUSE_DATE, REUSE_VERSION,
	    section == 1 ? "User Commands" : "Miscellaneous Information");
}

/* NAME: what apropos(1) finds. */
static void name_line(const char *name, const char *summary, const char *search)
{
	char text[240];

	out_line(".SH NAME");
	snprintf(text, sizeof text, "%c%s%s%s%s", tolower((unsigned char)*summary), summary + 1,
	    search ? " (" : "", search ? search : "", search ? ")" : "");
	out_line("reuse%s%s \\-", *name ? "\\-" : "", name);
	roff_text(NULL, text, strlen(text), false);
}

static void page(const struct command *command)
{
	const char *link = "";

	for (size_t i = 0; commands[i]; i++)
		if (commands[i] == command)
			link = command_links[i];
	title(command->name, 1);
	name_line(command->name, command->summary, command->search);
	out_line(".SH SYNOPSIS");
	out_start("\\fBreuse %s\\fR", command->name);
	operands(command);
	if (*link) {
		out_start(".br\n\\fB%s\\fR", link);
		operands(command);
	}
	out_line(".SH DESCRIPTION");
	man_paragraphs(command, command->about, true);
	out_line(".SH OPTIONS");
	man_options(command, command->opts);
	if (command->opts->name)
		out_line(".SS Options of every command");
	man_options(command, common_opts);
	exit_status(command);
	examples(command->example);
	out_line(".SH JSON EVENTS");
	out_line("Those of every command are in\n.BR \\%%reuse\\-json (7).");
	page_events(PAGE_MAN, command->name);
	out_line(".SH NOTES");
	if (command->notes) {
		man_paragraphs(command, command->notes, true);
		out_line(".PP");
	}
	out_line("How durations, counts, addresses and JSON are written is described in\n.BR "
		 "\\%%reuse (1).");
	see_also(command);
}

static void program(void)
{
	title(NULL, 1);
	name_line("", "learn, try and diagnose how TCP sockets share addresses and ports",
	    "SO_REUSEADDR, SO_REUSEPORT, Address already in use");
	out_line(".SH SYNOPSIS");
	out_line("\\fBreuse\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]");
	out_line(".br\n\\fBreuse help\\fR [\\fICOMMAND\\fR]\n.br\n\\fBreuse \\-\\-version\\fR");
	out_line(".SH DESCRIPTION");
	roff_text(NULL, doc_purpose, strlen(doc_purpose), false);
	man_paragraphs(NULL, doc_story, false);
	out_line(".SH COMMANDS");
	for (size_t i = 0; commands[i]; i++) {
		out_line(".TP\n.BR reuse\\-%s (1)", commands[i]->name);
		roff_text(NULL, commands[i]->summary, strlen(commands[i]->summary), true);
		if (*command_links[i])
			out_line("Its other name is\n.BR %s .", command_links[i]);
	}
	out_line(".SH OPTIONS\nThose that every command has:");
	man_options(&cmd_help, common_opts);
	exit_status(NULL);
	out_line(".SH EXAMPLES");
	man_paragraphs(NULL, doc_session, true);
	out_line(".SH NOTES");
	man_paragraphs(NULL, doc_conventions, true);
	see_also(NULL);
}

void doc_man(const struct command *command)
{
	out_line(".\\\" Made by 'reuse help --as man%s%s' of the words that --help shows, too.",
	    command ? " " : "", command ? command->name : "");
	if (command)
		page(command);
	else
		program();
}

void doc_topic_man(const struct topic *topic, void (*made)(enum page_form form))
{
	out_line(".\\\" Made by 'reuse help --as man %s'.", topic->name);
	title(topic->name, 7);
	name_line(topic->name, topic->summary, topic->search);
	out_line(".SH DESCRIPTION");
	for (size_t i = 0; topic->parts[i]; i++)
		man_paragraphs(NULL, topic->parts[i], i == 0);
	if (made)
		made(PAGE_MAN);
	see_also(NULL);
}
