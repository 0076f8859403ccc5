/* The table of commands, and how each reads its words. */
#include <string.h>

#include "cli/command.h"
#include "cli/doc/help.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/spelling.h"

const struct command *const commands[] = {
#define COMMAND(name, link) &cmd_##name,
#include "commands.def"
#undef COMMAND
    NULL,
};

const char *const command_links[] = {
#define COMMAND(name, link) link,
#include "commands.def"
#undef COMMAND
};

const struct command *command_find(const char *word)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(word, commands[i]->name) ||
		    (*command_links[i] && !strcmp(word, command_links[i])))
			return commands[i];
	return NULL;
}

const struct command *command_claiming(const char *word)
{
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->claims && commands[i]->claims(word))
			return commands[i];
	return NULL;
}

int command_unknown(const char *word)
{
	struct spelling meant = {.word = word};

	for (size_t i = 0; commands[i]; i++)
		spelling_add(&meant, commands[i]->name);
	say("unknown command %s%s", say_quote(word), spelling_text(&meant));
	return STATUS_USAGE;
}

int command_help(const struct command *command)
{
	(out_json() ? doc_json : doc_help)(command);
	return out_end() ? STATUS_FAIL : STATUS_OK;
}

int command_unexpected(const char *word)
{
	say("unexpected argument %s", say_quote(word));
	return STATUS_USAGE;
}

bool command_words(
    const struct command *command, struct common *into, int argc, char **argv, int *status)
{
	char why[OPT_WHY];

	say_name(command->name);
	const int first =
	    opt_read(command->opts, common_opts, command->order, into, argc, argv, why);
	if (first < 0) {
		say("%s", why);
		*status = STATUS_USAGE;
		return false;
	}
	out_style(into);
	if (into->help) {
		if (into->help == 2 || into->json) {
			*status = command_help(command);
			return false;
		}
		doc_brief(command);
		*status = out_end() ? STATUS_FAIL : STATUS_OK;
		return false;
	}
	*status = command->read(into, argc - first, argv + first);
	return *status == STATUS_OK;
}
