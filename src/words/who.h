/* Who has a socket, in words. */
#ifndef REUSE_WORDS_WHO_H
#define REUSE_WORDS_WHO_H

#include "os/holder.h"

enum { WHO_TEXT = 256 };

/* The name of a user, or the number in digits; looked up once in a row of the same. Lives until the next call. */
const char *who_user(long uid);

/* "nc[123] nc[124]", "a process of bob", or "no process". Returns `text`. */
const char *who_text(
    const struct holders *holders, const struct holder *holder, char text[WHO_TEXT]);

#endif
