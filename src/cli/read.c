#include "cli/doc/help.h"
#include "cli/out.h"
#include "cli/read.h"
#include "cli/say.h"

int command_help(const struct command *command)
{
	(out_json() ? doc_json : doc_help)(command);
	return out_end() ? STATUS_FAIL : STATUS_OK;
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
