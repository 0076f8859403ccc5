/* The steps of a trial as a person writes them (`a bind 127.0.0.1:P reuseaddr`), read into data. */
#ifndef REUSE_WORDS_SCRIPT_H
#define REUSE_WORDS_SCRIPT_H

#include "cli/common.h"
#include "tcp/trial.h"

enum { SCRIPT_WHY = 400 }; /* room for one complaint and its NUL */

/* What stands in a step besides the data. */
struct script_line {
	char *text;       /* as written, with one space between words */
	size_t letter_at; /* where in it P, Q or R stands; 0: nowhere */
	const char *verb; /* static */
	char *host;       /* a host name that is still to be looked up; NULL */
	size_t number;    /* where it was written: the line or the operand, from 1 */
};

/* What a name of a socket stands for, as far as it is known before anything is run. */
enum script_socket {
	SCRIPT_NONE,     /* nothing: the next step opens it */
	SCRIPT_OPENED,   /* one that a step of its own has opened */
	SCRIPT_ACCEPTED, /* what was accepted, if it was */
};

struct script_name {
	int number;
	enum script_socket socket;
	char name[]; /* ended by a NUL */
};

/* The steps of one trial. Begin with {0}, or with the options of -n, -4, -6. */
struct script {
	int numeric, family; /* as in struct common */
	size_t count, room;
	struct step *steps;         /* `count` of them, as trial_begin wants them */
	struct script_line *lines;  /* likewise */
	struct script_name **names; /* of the sockets, by number */
	size_t name_count, name_room;
	void *by_name; /* the same in a tree of tsearch(3) */
};

/* Reads words[0..len) as the next step. Returns 0, or -1 with the complaint in `why`: the word and
 * what was expected in its place. */
int script_add(struct script *script, const char *words, size_t len, char why[SCRIPT_WHY]);

/* Looks host names up, where there are any. Returns 0, or -1 with the complaint in `why` and the number of
 * its step in `*number`. */
int script_find(struct script *script, size_t *number, char why[SCRIPT_WHY]);

/* A plan of all its steps. */
struct trial_plan script_plan(const struct script *script, int stop);

/* Writes the text of step i, letters filled in with ports[] (by enum trial_port; NULL: letters stay),
 * to `into`, which has room for `size`. Returns `into`. */
char *script_text(
    const struct script *script, size_t i, const unsigned ports[], char *into, size_t size);

/* How much room script_text needs for step i, with its NUL. */
size_t script_text_size(const struct script *script, size_t i);

/* Forgets the steps, and frees all. */
void script_clear(struct script *script);

#endif
