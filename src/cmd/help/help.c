/* reuse help: what it is for, and what a command does. */
#include <stdbool.h>
#include <string.h>

#include "cli/command.h"
#include "cli/doc/help.h"
#include "cli/doc/topics.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cmd/help/complete.h"
#include "cmd/help/pages.h"
#include "config.h"
#include "tcp/errname.h"
#include "words/start.h"

static const struct made_page {
	const char *topic;
	void (*show)(enum page_form form);
	void (*json)(void);
} pages[] = {
    {"systems", page_systems, page_systems_json},
    {"errors", page_errors, page_errors_json},
    {"json", page_json, page_json_json},
};

/* The one of that topic; NULL: its words are all. */
static const struct made_page *made_page_find(const char *topic)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (!strcmp(pages[i].topic, topic))
			return &pages[i];
	return NULL;
}

struct help_opts {
	struct common common;
	int version, complete;
	const struct made_page *made; /* what stands behind the words of the topic; NULL */
	int as;                       /* which of FORMS, or -1 */
	const struct command *about;  /* NULL: all */
	const struct topic *topic;    /* or this page; NULL */
};

#define FORMS "man|bash|zsh|fish|names"

static void names(const struct command *command)
{
	for (size_t i = 0; commands[i]; i++)
		if (!command || command == commands[i])
			out_line("%s", commands[i]->name);
}

/* What the start event says already is all of the version. */
static void help_json(const struct command *about, bool version)
{
	for (size_t i = 0; commands[i] && !version; i++)
		if (!about || about == commands[i])
			doc_json(commands[i]);
}

static void topic_events(const struct help_opts *o)
{
	doc_topic_json(o->topic);
	if (o->made)
		o->made->json();
}

/* In the order of FORMS; of one command or, with NULL, of all. */
static void (*const forms[])(const struct command *command) = {
    doc_man, doc_bash, doc_zsh, doc_fish, names};

static void show_form(const struct help_opts *o)
{
	out_verbatim();
	if (o->topic && forms[o->as] == doc_man)
		doc_topic_man(o->topic, o->made ? o->made->show : NULL);
	else if (o->topic && forms[o->as] == names)
		out_line("%s", o->topic->name);
	else
		forms[o->as](o->about);
}

/* opt_parse: one of FORMS. */
static int parse_form(const char *word, void *into, char why[OPT_WHY])
{
	const int at = opt_choice(FORMS, word, why);

	if (at < 0)
		return -1;
	*(int *)into = at;
	return 0;
}

static const struct opt opts[] = {
    {'V', "version", NULL, offsetof(struct help_opts, version), NULL, 1, "print 'reuse X.Y.Z'"},
    {0, "as", FORMS, offsetof(struct help_opts, as), parse_form, 0,
	"print a manual page, completion or names; of one command or topic, or all"},
    {0, "complete", NULL, offsetof(struct help_opts, complete), NULL, 1,
	"complete the last of the words after it; one candidate per line"},
    {0},
};

static int help_read(void *into, int count, char **words)
{
	struct help_opts *o = into;

	if (o->complete) {
		say("--complete: must come before all other words");
		return STATUS_USAGE;
	}
	if (count > 1)
		return command_unexpected(words[1]);
	if (count > 0) {
		o->about = command_find(words[0]);
		o->topic = o->about ? NULL : topic_find(words[0]);
		if (!o->about && !o->topic)
			return command_unknown(words[0]);
		o->made = o->topic ? made_page_find(o->topic->name) : NULL;
	}
	if (o->as >= 0 && out_json()) {
		say("--as: not with --json");
		return STATUS_USAGE;
	}
	if (o->topic && o->as >= 0 && forms[o->as] != doc_man && forms[o->as] != names) {
		say("--as: a topic has only a manual page");
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static int run_help(int argc, char **argv)
{
	struct help_opts o = {.as = -1};
	int status;

	/* Behind it stand words that are not help's own. */
	if (argc > 1 && !strcmp(argv[1], "--complete")) {
		say_name(cmd_help.name);
		out_errnos(errname);
		complete(argc - 2, argv + 2);
		return out_end() ? STATUS_FAIL : STATUS_OK;
	}
	/* "reuse --help" asks for the overview, "reuse help --help" for this command's own help. */
	if (!start_command(&cmd_help, &o.common, argc, argv, &status))
		return status;
	if (out_json() && o.topic)
		topic_events(&o);
	else if (out_json())
		help_json(o.about, o.version);
	else if (o.version)
		out_line("reuse %s", REUSE_VERSION);
	else if (o.as >= 0)
		show_form(&o);
	else if (o.topic)
		doc_topic(o.topic, o.made ? o.made->show : NULL);
	else if (o.about)
		doc_help(o.about);
	else
		doc_overview();
	return out_end() ? STATUS_FAIL : STATUS_OK;
}

static const char *help_word(size_t operand, size_t i)
{
	size_t n = 0;

	if (operand > 0)
		return NULL;
	for (; commands[n]; n++)
		if (n == i)
			return commands[i]->name;
	for (const struct topic *topic = topics; topic->name; topic++, n++)
		if (n == i)
			return topic->name;
	return NULL;
}

const struct command cmd_help = {
    .name = "help",
    .summary = "Show what the program, a command or a topic is about",
    .search = "manual pages, completions",
    .operands = "[COMMAND|TOPIC]",
    .about =
	"Without an operand: what the program is for, its commands and topics. With --as: one\n"
	"command or topic, or all commands, in the form that man(1) or a shell reads. --complete\n"
	"must come first. 'reuse help json' lists every event and field of --json.",
    .example = "reuse help listen\n"
	       "reuse help --as man listen | man -l -\n"
	       "eval \"$(reuse help --as bash)\"",
    .opts = opts,
    .run = run_help,
    .read = help_read,
    .notes =
	"An installation contains pages and completions. Without one, zsh reads its completion as\n"
	"_reuse from a folder of its fpath, and fish as ~/.config/fish/completions/reuse.fish.",
    .word = help_word,
};
