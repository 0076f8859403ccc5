/* Who has a socket, in words. */
#ifndef REUSE_WORDS_WHO_H
#define REUSE_WORDS_WHO_H

#include "os/holder.h"

enum { WHO_TEXT = 256 };

/* The name of a user, or the number in digits; looked up once in a row of the same. Lives until the next call.
 * With -n always the number. */
const char *who_user(long uid);

/* "nc[123]", or "process 123" where it has no name. Returns `text`. */
const char *who_process(const struct process *process, char text[WHO_TEXT]);

/* The user of process `i` of those that have the socket; -1: not known. */
long who_uid(const struct holders *holders, const struct holder *holder, size_t i);

/* Adds those that have the socket: "nc[123] nc[124] and 3 more"; `each`: of every one its user too, "nc[123] of root
 * and nc[124] of bob". */
void who_processes(
    const struct holders *holders, const struct holder *holder, bool each, char *text, size_t size);

/* "nc[123] nc[124]"; where none is seen "a process of nginx.service", "a socket of bob"; "no process". Returns
 * `text`. */
const char *who_text(
    const struct holders *holders, const struct holder *holder, char text[WHO_TEXT]);

/* The unit or container of a place, as one word; "" where it has none. */
const char *who_place(const struct placement *place);

#endif
