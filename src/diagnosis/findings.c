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

/* Whether a listener's own accepted connection. */
static bool is_served(const struct findings *findings, size_t i)
{
	return findings->roles[i] == ROLE_ACCEPTED || findings->roles[i] == ROLE_PENDING;
}

/* Whether the sockets [from, to), which are at one address and port, share it: the listener's own
 * connections do not count. */
static bool is_sharing(const struct findings *findings, size_t from, size_t to)
{
	size_t count = 0;

	for (size_t i = from; i < to; i++)
		count += !is_served(findings, i) && !findings->holders.list[i].remnant;
	return count > 1;
}

/* Keeps of all sockets, which are sorted, those that share. */
static void keep_sharing(struct findings *findings)
{
	struct holders *holders = &findings->holders;
	size_t kept = 0;

	for (size_t i = 0, end; i < holders->count; i = end) {
		end = group_end(holders, i);
		if (!is_sharing(findings, i, end))
			continue;
		for (size_t j = i; j < end; j++) {
			holders->list[kept] = holders->list[j];
			findings->roles[kept++] = findings->roles[j];
		}
	}
	holders->count = kept;
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

static void sort(struct holders *holders, int (*order)(const void *, const void *))
{
	if (holders->count > 0)
		qsort(holders->list, holders->count, sizeof *holders->list, order);
}

/* Gives each its role. Returns 0, or -1 with errno and nothing kept. */
static int give_roles(struct findings *findings, const struct holders *all)
{
	free(findings->roles);
	findings->roles = calloc(findings->holders.count + 1, sizeof *findings->roles);
	if (!findings->roles) {
		holders_free(&findings->holders);
		errno = ENOMEM;
		return -1;
	}
	role_find(&findings->holders, all, findings->roles);
	return 0;
}

void findings_read(
    struct findings *findings, unsigned port, bool elsewhere, bool patient, bool bind)
{
	const unsigned both = HOLDERS_TCP | HOLDERS_UDP | (bind ? 0 : HOLDERS_NO_BIND);

	*findings = (struct findings){0};
	if (holders_read(&findings->holders, both, port) < 0) {
		findings->error = errno;
		return;
	}
	sort(&findings->holders, by_rank);
	holders_know(&findings->holders, patient);
	if (give_roles(findings, NULL) < 0) {
		findings->error = errno;
		return;
	}
	if (elsewhere &&
	    holders_read_elsewhere(&findings->elsewhere, HOLDERS_TCP | HOLDERS_UDP, port) == 0) {
		sort(&findings->elsewhere, by_rank);
		holders_know(&findings->elsewhere, false);
	}
}

int findings_read_shared(struct findings *findings, bool bind)
{
	struct holders all = {0};

	*findings = (struct findings){0};
	if (holders_read(&all, HOLDERS_TCP | (bind ? 0 : HOLDERS_NO_BIND), 0) < 0)
		return -1;
	sort(&all, by_place);
	if (take_shared(&all, &findings->holders) < 0) {
		holders_free(&all);
		errno = ENOMEM;
		return -1;
	}
	/* The processes of a server and its clients, who do not share, take the longest: they are left out first. */
	int done = give_roles(findings, &all);
	if (done == 0) {
		keep_sharing(findings);
		holders_know(&findings->holders, true);
		done = give_roles(findings, &all);
	}
	const int error = errno;
	free(all.list);
	if (done == 0)
		keep_sharing(findings);
	errno = error;
	return done;
}

void findings_free(struct findings *findings)
{
	holders_free(&findings->holders);
	holders_free(&findings->elsewhere);
	free(findings->roles);
	*findings = (struct findings){0};
}
