#include <search.h>
#include <stddef.h>

#include "tcp/ends.h"
#include "tcp/sock.h"

static int in_order(const void *a, const void *b)
{
	const struct end *one = a, *other = b;
	const int order = addr_order(&one->local, &other->local);

	return order ? order : addr_order(&one->peer, &other->peer);
}

struct end end_of(int fd)
{
	const union addr local = sock_local(fd), peer = sock_peer(fd);

	return (struct end){.local = addr_unmap(&local), .peer = addr_unmap(&peer)};
}

bool end_is_self(const struct end *end)
{
	return addr_same(&end->local, &end->peer);
}

bool ends_add(struct ends *ends, struct end *end)
{
	struct end *const *found = tsearch(end, &ends->tree, in_order);

	return found && *found == end;
}

void ends_remove(struct ends *ends, struct end *end)
{
	struct end *const *found = tfind(end, &ends->tree, in_order);

	if (found && *found == end)
		tdelete(end, &ends->tree, in_order);
}

struct end *ends_opposite(const struct ends *ends, const struct end *end)
{
	const struct end wanted = {.local = end->peer, .peer = end->local};
	struct end *const *found = tfind(&wanted, &ends->tree, in_order);

	return found ? *found : NULL;
}
