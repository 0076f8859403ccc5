/* Complaints: "reuse listen: ..." on stderr, one line each. */
#ifndef REUSE_CLI_SAY_H
#define REUSE_CLI_SAY_H

enum { SAY_QUOTE = 80 }; /* room for a quoted word: a longer one is cut, with "..." */

/* Complaints from now on begin with "reuse NAME: "; before, with "reuse: ". Keeps the pointer. */
void say_name(const char *name);

/* That name, or NULL. */
const char *say_command(void);

/* From now on `clear` is called before each line: it takes away what stands on the terminal only until then. */
void say_after(void clear(void));

/* A line on stderr, in one write: escaped, and on a terminal wrapped at its width. */
void say_text(const char *text);

/* The same as a complaint. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* `word` in single quotes, escaped and cut to fit a line. Two results live at a time. */
const char *say_quote(const char *word);

/* The same into room of the caller's. Returns `into`. */
const char *say_quote_into(char into[SAY_QUOTE], const char *word);

#endif
