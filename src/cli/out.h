/* Results on stdout, line by line. */
#ifndef REUSE_CLI_OUT_H
#define REUSE_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/common.h"

enum out_colour {
	OUT_PLAIN,
	OUT_GREEN,   /* allowed, as expected */
	OUT_RED,     /* refused, broken */
	OUT_YELLOW,  /* neither: differs, left out, on its way out */
	OUT_MAGENTA, /* a source that may be shared */
	OUT_CYAN,    /* words to type */
	OUT_BOLD,
	OUT_DIM,
};

/* Notes what the common options ask of the output, for the whole process; before the first line. */
void out_style(const struct common *common);

/* What they asked for: --json, -q, -v. */
bool out_json(void);
bool out_quiet(void);
bool out_verbose(void);

/* -n: numbers, no names. */
bool out_numeric(void);

/* From now on text is for another program: lines stay as they are. */
void out_verbatim(void);

/* The sequence that begins a colour, "" where there is none; OUT_PLAIN ends it. */
const char *out_paint(enum out_colour colour);

/* A line in bold. */
void out_heading(const char *text);

/* Whether a person looks at stdout. */
int out_terminal(void);

/* Whether it is a terminal where a line can be written over: not a dumb one. */
bool out_live(void);

enum { OUT_UNBOUNDED = 1 << 20 };

/* How many columns prose may have: the terminal's, 40 at least, and not more than a person likes to read;
 * OUT_UNBOUNDED where stdout is none. */
int out_width(void);

/* From here on lines are not written but counted, as many as a terminal would show: on stdout's, or one of 80 columns.
 * out_measured tells how many, and lines are written again. */
void out_measure(void);
size_t out_measured(void);

/* The beginning of a line; out_line completes it. */
__attribute__((format(printf, 1, 2))) void out_start(const char *format, ...);

/* Shows what of a line there is already to a person who waits for the rest. */
void out_show(void);

/* A line of text, or the rest of one; the newline is added. */
__attribute__((format(printf, 1, 2))) void out_line(const char *format, ...);

/* Before the last lines: where ctrl-c (`signal` is SIGINT) has left "^C" on a terminal, a new line
 * begins. */
void out_after_interrupt(int signal);

/* On a terminal: a line, cut to its width, in place of the last such one; whatever is written next
 * takes its place. */
__attribute__((format(printf, 1, 2))) void out_again(const char *format, ...);

/* On a terminal, without json: the same about what is going on, where it takes long: from half a
 * second after out_style on, five times a second. To be called as often as one likes. */
__attribute__((format(printf, 1, 2))) void out_busy(const char *format, ...);

/* Takes such a line away: a complaint is next, or a wait of which nobody knows how it ends. */
void out_clear(void);

/* A question, shown at once; the person who answers ends the line. */
__attribute__((format(printf, 1, 2))) void out_prompt(const char *format, ...);

/* Whether stdout can no longer be written to: its reader is gone, or the disk is full. Never
 * becomes false again; a command ends in order when it sees it. */
int out_lost(void);

/* The parts of a line, and its end: for json, without what out_start puts before a line of text. */
void out_bytes(const char *bytes, size_t len);
__attribute__((format(printf, 1, 2))) void out_add(const char *format, ...);
void out_newline(void);

/* What out_end calls an errno: "ENOSPC"; until then by its text alone. */
void out_errnos(const char *name_of(int error));

/* Shows what there is of a line. Returns 0, also where the reader went away, which is nobody's fault; -1 where the
 * results were lost otherwise, after a complaint. */
int out_end(void);

#endif
