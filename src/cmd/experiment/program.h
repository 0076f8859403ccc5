/* One process of an experiment: a command of this program, and what it writes. */
#ifndef REUSE_CMD_EXPERIMENT_PROGRAM_H
#define REUSE_CMD_EXPERIMENT_PROGRAM_H

#include <stdint.h>

#include "cmd/experiment/lesson.h"
#include "os/crew.h"
#include "tcp/addr.h"

enum {
	PROGRAM_ROOM = 4096, /* of a line that it writes; they are much shorter */
	PROGRAM_WORDS = 12,  /* of its command, with the NULL that ends them */
};

struct running {
	const struct program *program;
	struct member member;
	char said[PROGRAM_ROOM]; /* not taken yet */
	size_t len;
	char local[ADDR_TEXT], peer[ADDR_TEXT]; /* of a client's connection, as it wrote */
};

/* Starts running[at]; the ones before it run already. `words` is its command, ended by NULL; it runs
 * with --json and --explain, both on one pipe, so in order. Returns 0, or -1 with errno. */
int program_start(struct crew *crew, struct running running[], int at,
    const struct program *program, char *const words[]);

/* Takes the next line that it wrote into `line`, without newline. Returns 1, 0 at its end, -1 when
 * the time (clock_us) is over or a signal came; `stop` is readable then. */
int program_line(struct running *process, int64_t until_us, int stop, char line[PROGRAM_ROOM]);

/* Ends it by SIGTERM, reads the rest of its output, and collects it. */
void program_stop(struct running *process);

#endif
