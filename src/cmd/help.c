/* reuse help: what it is for, and what a command does. */
#include "cli/doc.h"
#include "cli/out.h"
#include "cli/say.h"
#include "command.h"
#include "config.h"

struct help_opts {
	struct common common;
	int version;
};

static const struct opt opts[] = {
    {0, "version", NULL, offsetof(struct help_opts, version), NULL, 1, "print 'reuse X.Y.Z'"},
    {0},
};

static int run(int argc, char **argv)
{
	struct help_opts o = {0};
	int status;
	const struct command *about = NULL;

	/* "reuse --help" asks for the overview, "reuse help --help" for this command's own help. */
	const int first = command_words(&cmd_help, &o.common, argc, argv, &status);
	if (first < 0)
		return status;
	if (argc - first > 1) {
		say("surplus operand %s", say_quote(argv[first + 1]));
		return STATUS_USAGE;
	}
	if (argc > first) {
		about = command_find(argv[first]);
		if (!about)
			return command_unknown(argv[first]);
	}

	if (o.version)
		out_line("reuse %s", REUSE_VERSION);
	else if (about)
		doc_help(about);
	else
		doc_overview();
	return out_end() ? STATUS_FAIL : STATUS_OK;
}

const struct command cmd_help = {
    .name = "help",
    .summary = "Tell what the program or a command does",
    .operands = "[COMMAND]",
    .about = "Without an operand: what the program is for, and its commands.",
    .example = "reuse help listen",
    .opts = opts,
    .run = run,
};
