#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/findings.h"

/* Listeners first, then by where it is, then by where it leads. */
static int rank(const struct holder *holder)
{
	return holder->state == HOLDER_LISTEN  ? 0
	       : holder->state == HOLDER_BOUND ? 1
	       : holder->remnant               ? 3
					       : 2;
}

static int by_addr(const union addr *a, const union addr *b)
{
	int order = (a->any.sa_family > b->any.sa_family) - (a->any.sa_family < b->any.sa_family);

	if (order == 0 && a->any.sa_family == AF_INET)
		order = memcmp(&a->v4.sin_addr, &b->v4.sin_addr, sizeof a->v4.sin_addr);
	if (order == 0 && a->any.sa_family == AF_INET6)
		order = memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr);
	if (order == 0 && a->any.sa_family == AF_INET6)
		order = (a->v6.sin6_scope_id > b->v6.sin6_scope_id) -
			(a->v6.sin6_scope_id < b->v6.sin6_scope_id);
	return order ? order : (addr_port(a) > addr_port(b)) - (addr_port(a) < addr_port(b));
}

static int by_place(const void *a, const void *b)
{
	const struct holder *one = a, *other = b;
	int order = by_addr(&one->local, &other->local);

	if (order == 0)
		order = rank(one) - rank(other);
	if (order == 0)
		order = by_addr(&one->peer, &other->peer);
	return order ? order : (one->inode > other->inode) - (one->inode < other->inode);
}

static int by_rank(const void *a, const void *b)
{
	const struct holder *one = a, *other = b;
	const int order = rank(one) - rank(other);

	return order ? order : by_place(a, b);
}

/* The first behind i that is at another local address or port. */
static size_t group_end(const struct holders *holders, size_t i)
{
	size_t end = i + 1;

	while (
	    end < holders->count && addr_same(&holders->list[i].local, &holders->list[end].local))
		end++;
	return end;
}

/* Takes those that have a neighbour with the same local address and port out of `all`, which is sorted, into
 * `holders`, which is otherwise alike. Returns 0, or -1 with errno. */
static int take_shared(const struct holders *all, struct holders *holders)
{
	*holders = *all;
	holders->list = malloc((all->count + 1) * sizeof *holders->list);
	holders->count = 0;
	if (!holders->list)
		return -1;
	for (size_t i = 0, end; i < all->count; i = end) {
		end = group_end(all, i);
		for (size_t j = i; end - i > 1 && j < end; j++)
			holders->list[holders->count++] = all->list[j];
	}
	return 0;
}

int holding_read(struct holding *holding, unsigned port, bool shared, bool patient)
{
	struct holders *holders = &holding->holders;
	struct holders all = {0};

	*holding = (struct holding){0};
	if (holders_read(holders, HOLDERS_TCP, port) < 0)
		return -1;
	if (holders->count > 0)
		qsort(holders->list, holders->count, sizeof *holders->list,
		    shared ? by_place : by_rank);
	if (shared) {
		all = *holders;
		if (take_shared(&all, holders) < 0)
			goto failed;
	}
	holders_know(holders, patient);
	holding->kinds = calloc(holders->count + 1, sizeof *holding->kinds);
	if (!holding->kinds)
		goto failed;
	kind_find(holders, shared ? &all : NULL, holding->kinds);
	holders_free(&all);
	return 0;
failed:
	holders_free(holders);
	holders_free(&all);
	errno = ENOMEM;
	return -1;
}

void holding_free(struct holding *holding)
{
	holders_free(&holding->holders);
	free(holding->kinds);
	*holding = (struct holding){0};
}
