#include "os/linux/know.h"

enum { FEW_AGAIN = 64 }; /* they are looked for one by one */

static bool is_unfound(const struct holder *holder)
{
	return holder->inode && holder->owner_count == 0;
}

static size_t count_unfound(const struct holders *holders)
{
	size_t n = 0;

	for (size_t i = 0; i < holders->count; i++)
		n += is_unfound(&holders->list[i]);
	return n;
}

/* The same socket in a later answer; NULL: it has gone. */
static const struct holder *find_again(const struct holders *later, const struct holder *holder)
{
	const struct holder *same = NULL;

	for (size_t i = 0; i < later->count; i++) {
		const struct holder *one = &later->list[i];
		if (one->inode == holder->inode)
			return one;
		if (one->udp == holder->udp && addr_same(&one->local, &holder->local) &&
		    addr_same(&one->peer, &holder->peer))
			same = one;
	}
	return same;
}

/* What has gone leaves the list. */
static void look_again(struct holders *holders)
{
	struct holders later;
	size_t n = 0;

	if (holders_read(&later, holders->protocols, holders->port) < 0)
		return;
	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->list[i];
		const struct holder *again =
		    is_unfound(holder) ? find_again(&later, holder) : holder;
		if (again)
			holders->list[n++] = *again;
	}
	holders->count = n;
	holders_free(&later);
}

size_t again_look(struct holders *holders)
{
	const size_t unfound = count_unfound(holders);

	if (unfound == 0 || unfound > FEW_AGAIN || holders->networks)
		return unfound;
	look_again(holders);
	return count_unfound(holders);
}
