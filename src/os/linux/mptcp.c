#include "os/linux/collect.h"

/* diag_each: a socket of a process, or of none. */
static bool mark(void *who, const struct holder *whole)
{
	const struct collection *c = who;

	/* Of an established one without a process the TCP below has none either: it is not accepted yet. */
	const bool closed = !whole->inode && whole->state != HOLDER_ESTABLISHED;

	for (size_t i = 0; closed && i < c->holders->count; i++) {
		struct holder *part = &c->holders->list[i];
		if (part->udp || !part->inode || part->state == HOLDER_LISTEN ||
		    !addr_same(&part->local, &whole->local) ||
		    !addr_same(&part->peer, &whole->peer))
			continue;
		part->mptcp = true;
		part->inode = 0;
		part->state = whole->state;
		part->left_ms = whole->left_ms;
	}
	return true;
}

void mptcp_mark_closed(int fd, struct collection *c)
{
	struct diag_query query = {.protocol = DIAG_MPTCP,
	    .port = c->port,
	    .states = DIAG_ALL & ~(DIAG_LISTENERS | DIAG_ESTABLISHED)};
	bool any = false;

	for (size_t i = 0; i < c->holders->count && !any; i++)
		any = c->holders->list[i].inode && c->holders->list[i].state == HOLDER_ESTABLISHED;
	if (any)
		collect_both(fd, &query, mark, c);
}
