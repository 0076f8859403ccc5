/* What several echo servers with one bound share, also in several processes: places for connections, and
 * memory for what peers have not taken yet. Lies in memory that all of them map; a server alone has one of
 * its own. */
#ifndef REUSE_TCP_ECHO_SHARE_H
#define REUSE_TCP_ECHO_SHARE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One server's part. */
struct echo_part {
	atomic_uint places;  /* taken; with those granted */
	atomic_uint granted; /* places that another server passed on to this one */
	/* when it last looked for a place that somebody waits for; 0: it does not */
	_Atomic int64_t waits_us;
	atomic_ullong owed; /* bytes kept */
};

struct echo_share {
	atomic_uint places;
	atomic_ullong owed;
	unsigned count;
	struct echo_part parts[];
};

/* Of so many servers, in bytes. */
size_t echo_share_size(unsigned count);

/* `share`, of echo_share_size(count) zero bytes. */
void echo_share_begin(struct echo_share *share, unsigned count);

/* Takes one of `most` places for server `part`. Returns false where none is left; one that is left later
 * then goes to the servers that wait, in turn, if this is called again within a second. */
bool echo_share_take(struct echo_share *share, unsigned part, uint64_t most);

/* Gives a place back, or passes it on to the next server that waits for one. */
void echo_share_leave(struct echo_share *share, unsigned part);

/* The server waits for no place any more. */
void echo_share_content(struct echo_share *share, unsigned part);

/* Server `part` keeps so many bytes more, or fewer. */
void echo_share_owe(struct echo_share *share, unsigned part, int64_t bytes);

/* Whether all keep more than `most` bytes, and server `part` its share of it. */
bool echo_share_owes_too_much(const struct echo_share *share, unsigned part, uint64_t most);

/* The process of server `part` is gone: gives back what it had. */
void echo_share_bury(struct echo_share *share, unsigned part);

#endif
