/* What a subcommand is. */
#ifndef REUSE_CLI_COMMAND_H
#define REUSE_CLI_COMMAND_H

#include <stdbool.h>

#include "cli/common.h"
#include "cli/opt.h"

enum status {
	STATUS_OK = 0,            /* did what was asked */
	STATUS_FAIL = 1,          /* the kernel or the peer said no */
	STATUS_USAGE = 2,         /* the words on the command line made no sense */
	STATUS_INTERRUPTED = 130, /* a command other than listen and connect was stopped */
};

/* One subcommand. Help, manual page and completions are printed from this. */
struct command {
	const char *name;    /* as typed: "listen" */
	const char *summary; /* one line, no full stop */
	const char *search;  /* what people look for with apropos, behind it in the page; or NULL */
	const char *operands;   /* "[PORT [ADDR]]"; "" for none */
	const char *about;      /* paragraphs, parted by blank lines; one that begins with a space
				 * stays as it is. "Status 0: ...; 1: ..." at the end of one
				 * is EXIT STATUS in the manual page */
	const char *example;    /* lines to paste; "" for none */
	const struct opt *opts; /* ends with a row whose name is NULL */
	enum opt_order order;

	/* argv[0] is the command's own name. Returns an enum status. */
	int (*run)(int argc, char **argv);

	/* Reads the operands into the command's options, which are read already. Returns an enum status:
	 * STATUS_USAGE after a complaint, and then nothing was opened or printed. */
	int (*read)(void *into, int count, char **words);

	/* Whether `word`, which is no command, asks this one in its place: "8080". NULL: never. */
	bool (*claims)(const char *word);

	/* What the manual page says beyond --help, written like `about`; NULL: nothing. */
	const char *notes;

	/* For the completions: the i-th word that may stand as operand number `operand` (both from
	 * 0), NULL behind the last. NULL: no more than what `operands` itself says. */
	const char *(*word)(size_t operand, size_t i);
};

#define COMMAND(name, link) extern const struct command cmd_##name;
#include "commands.def"
#undef COMMAND

/* All commands in the order of commands.def, ended by NULL. */
extern const struct command *const commands[];

/* The symlinks of those commands, in the same order; "" for one that has none. */
extern const char *const command_links[];

/* The command called `word`, or whose symlink is `word`; NULL if none. */
const struct command *command_find(const char *word);

/* The command that `word`, which names none, is meant for all the same; NULL if none. */
const struct command *command_claiming(const char *word);

/* Complains that there is no command `word`, and names those that may be meant. Returns
 * STATUS_USAGE. */
int command_unknown(const char *word);

/* Complains of that word as one operand too many. Returns STATUS_USAGE. */
int command_unexpected(const char *word);

#endif
