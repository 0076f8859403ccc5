/* Socket options that several commands offer. */
#ifndef REUSE_WORDS_SETTINGS_H
#define REUSE_WORDS_SETTINGS_H

#include <stdbool.h>

#include "cli/opt.h"
#include "tcp/option.h"

/* A struct setting: the interface to go by. */
opt_parse settings_device;

/* An int64_t of microseconds for SO_KEEPALIVE, as the system can take it. */
opt_parse settings_keepalive;

/* What settings_word reads, to be shown. */
#define SETTINGS_WORDS "reuseaddr, reuseport, v6only, no-v6only, freebind, no-port"

/* The setting that word[0..len) names. Returns false where there is none, and leaves `*setting`. */
bool settings_word(const char *word, size_t len, struct setting *setting);

enum { SETTINGS_MOST = 11 }; /* what settings_write writes, and two more */

/* What listen and connect have in common, in the order in which it is set. */
struct settings_wanted {
	int no_reuseaddr, no_reuseport;
	int64_t timeout_us;    /* SO_RCVTIMEO and SO_SNDTIMEO */
	int64_t keepalive_us;  /* 0: none */
	struct setting device; /* device "": any */
};

enum { SETTINGS_NAMES = 64 };

/* Writes which of the options of sharing are on: "SO_REUSEADDR SO_REUSEPORT", or "no options".
 * Returns `text`. */
const char *settings_names(int fd, char text[SETTINGS_NAMES]);

/* Writes the settings; returns how many. */
size_t settings_write(const struct settings_wanted *wanted, struct setting into[SETTINGS_MOST]);

#endif
