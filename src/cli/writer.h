/* The one place that writes to stdout and stderr. By default a write waits for its reader, also where
 * another process has set O_NONBLOCK on the descriptor. A server asks for lines that never wait. The
 * flags of the descriptors stay as they are: other processes share them. */
#ifndef REUSE_CLI_WRITER_H
#define REUSE_CLI_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum writer { WRITER_OUT, WRITER_ERR };

/* Writes text[0..len), a line with its newline, or what belongs to one that is to be shown at once.
 * Returns false where it was left out, or lost. */
bool writer_put(enum writer to, const char *text, size_t len);

/* From now on nothing waits: a line that cannot go out at once is left out and counted, on a full disk
 * too. One that went out in part is completed before the next. To be called while files may still be
 * opened. */
void writer_never_wait(void);

/* Before processes are forked that write beside this one: none writes within a line that another one has cut. */
void writer_share(void);

/* In each of them, first: the rest of a line that went out in part is the first process's. */
void writer_forked(void);

/* What is for stdout goes to `fd` from now on, and waits for its reader: in a child whose lines another
 * process shows. */
void writer_redirect(int fd);

/* The last lines may wait for their reader until `until_us`, a time of clock_us, after
 * writer_never_wait. */
void writer_wait_until(int64_t until_us);

/* How many lines were left out since the last call, of both. */
uint64_t writer_left_out(void);

/* Completes a line that went out in part, if it can. Returns whether its rest is still to go out. */
bool writer_cut(enum writer to);

/* Closes stdout, so that its reader may see its end; lines from then on go nowhere and are not counted. */
void writer_shut(void);

/* The errno with which the reader of stdout, or the room for it, went away for good; 0: it is there.
 * A stdout that was never open is none that went away: what is written there is nobody's loss. */
int writer_lost(void);

#endif
