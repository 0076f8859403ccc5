/* One process of an experiment: a command of this program, and what it says. */
#ifndef REUSE_CMD_EXPERIMENT_PLAYER_H
#define REUSE_CMD_EXPERIMENT_PLAYER_H

#include <stdint.h>

#include "cmd/experiment/lesson.h"
#include "os/crew.h"

enum {
	PLAYER_ROOM = 4096, /* of a line that it says; they are much shorter */
	PLAYER_WORDS = 12,  /* of its command, with the NULL that ends them */
};

struct player {
	const struct role *role;
	struct member member;
	char said[PLAYER_ROOM]; /* not taken yet */
	size_t len;
	char local[ADDR_TEXT], peer[ADDR_TEXT]; /* of a client's connection, as it told */
};

/* Begins players[at]; the ones before it are under way. `words` is its command, ended by NULL; it runs
 * with --json and --explain, both on one pipe, so in order. Returns 0, or -1 with errno. */
int player_begin(struct crew *crew, struct player players[], int at, const struct role *role,
    char *const words[]);

/* Takes the next line that it said; it stands in `line` without newline. Returns 1, 0 at its end, -1 when
 * the time (clock_us) is over or a signal came; `stop` is readable then. */
int player_line(struct player *player, int64_t until_us, int stop, char line[PLAYER_ROOM]);

/* Tells it to end, hears it out, and collects it. */
void player_end(struct player *player);

#endif
