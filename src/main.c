/* Finds the command and runs it; nothing else. */
#include <string.h>

#include "cli/command.h"
#include "cli/inherited.h"
#include "cli/say.h"

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* `word`, which follows, says which command is meant: by its name, or as an operand that it claims. */
static int option_too_early(const char *option, const char *word)
{
	const struct command *command = command_find(word);
	const char *quoted = say_quote(option);

	say("%s: options come after the command: reuse %s %s%s%s", quoted,
	    command ? word : command_claiming(word)->name, quoted, command ? "" : " ",
	    command ? "" : say_quote(word));
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	if (inherited_order() < 0)
		return STATUS_FAIL;

	const struct command *command = argc > 0 ? command_find(base(argv[0])) : NULL;
	if (command)
		return command->run(argc, argv);
	/* Of options the program itself has those of help, of which --help asks for the overview. */
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return cmd_help.run(1, argv);
	if (argv[1][0] == '-') {
		for (int i = 2; i < argc; i++)
			if (command_find(argv[i]))
				return option_too_early(argv[1], argv[i]);
		if (argc > 2 && command_claiming(argv[2]))
			return option_too_early(argv[1], argv[2]);
		return cmd_help.run(argc, argv);
	}
	command = command_find(argv[1]);
	if (command)
		return command->run(argc - 1, argv + 1);
	command = command_claiming(argv[1]);
	if (command)
		return command->run(argc, argv);
	return command_unknown(argv[1]);
}
