#include <string.h>

#include "cli/command.h"
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

int command_unexpected(const char *word)
{
	say("unexpected argument %s", say_quote(word));
	return STATUS_USAGE;
}
