/* Sockets of the kernel's, collected. */
#ifndef REUSE_OS_LINUX_COLLECT_H
#define REUSE_OS_LINUX_COLLECT_H

#include "os/linux/sock_diag.h"

/* What is being filled. */
struct collection {
	struct holders *holders;
	size_t room;
	unsigned port; /* host order; 0: all */
	enum diag_states states;
	long unmapped; /* the uid that stands for all without a number here; -1: each has one */
	int error;     /* errno that ended it, or 0 */
};

/* Adds the TCP and UDP sockets that sock_diag tells of by `fd`, without most_ms. Returns
 * 0, or -1 with errno. */
int collect_dump(struct collection *collection, int fd, unsigned protocols);

/* As sock_diag_ask, of IPv4, then of IPv6, whatever family the query has. */
int collect_both(int fd, struct diag_query *query, diag_each *each, void *who);

/* The uid that stands for those who have none in this user namespace; -1: each has one. */
long collect_unmapped(void);

/* Of the TCP sockets of an MPTCP connection that its process has closed the kernel goes on to name an inode, as if a
 * process had them, and the state in which they are. Gives those in the collection no inode, the state of the connection,
 * and how long it lasts. Where the kernel does not tell they stay as they are. */
void mptcp_mark_closed(int fd, struct collection *c);

#endif
