/* Options: a table of rows, read into a struct. */
#ifndef REUSE_CLI_OPT_H
#define REUSE_CLI_OPT_H

#include <stddef.h>
#include <stdint.h>

enum { OPT_WHY = 256 }; /* room for one complaint and its NUL */

/* Reads `word` into `*into`. Returns 0, or -1 with the complaint in `why` ("not a count") and
 * `*into` as it was. Any room may offer one. */
typedef int opt_parse(const char *word, void *into, char why[OPT_WHY]);

/* One option. Without `arg` it is a switch: its int becomes `value`. */
struct opt {
	char letter;      /* 'b', or 0 */
	const char *name; /* "bind"; NULL ends the table */
	const char *arg;  /* "ADDR", the choices as "hash|random", or NULL */
	size_t at;        /* offsetof(struct listen_opts, bind) */
	opt_parse *parse; /* of a switch NULL, or it is given the option as typed: "-h" */
	int value;        /* of a switch */
	const char *help; /* one line, no full stop */
};

/* What the words of a command look like. */
enum opt_order {
	OPT_ANYWHERE, /* options stand before or after operands */
	OPT_FIRST,    /* the first operand ends the options: what follows is another program's */
};

/* Reads the options in argv[1..argc) by the rows of `table`, then of `more` (NULL: none), into the
 * struct at `into`. Keeps no state. Where options may stand anywhere argv is reordered,
 * operands last and in their order; "--" ends the options. Of an option given twice the last
 * counts. Returns the index of the first operand, or -1 with the complaint in `why`. */
int opt_read(const struct opt *table, const struct opt *more, enum opt_order order, void *into,
    int argc, char **argv, char why[OPT_WHY]);

/* A uint64_t of at least 1: digits, or with k (1000) or M (1000000) behind. */
opt_parse opt_count;

/* A uint64_t that may be 0, in the same words. */
opt_parse opt_number;

/* An int64_t of microseconds, more than 0: "5", "5s", "200ms", "2m", "1h", "0.2". */
opt_parse opt_duration;

/* The same, or 0. */
opt_parse opt_duration_or_none;

/* Which of `choices`, such as "hash|random|cpu", `word` is, from 0; or -1 with the complaint in
 * `why`. For an opt_parse to call; the row's `arg` is the same string. */
int opt_choice(const char *choices, const char *word, char why[OPT_WHY]);

/* A const char *: the word itself, not empty. */
opt_parse opt_word;

#endif
