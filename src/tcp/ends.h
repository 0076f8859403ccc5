/* The ends of connections, each found by its opposite. */
#ifndef REUSE_TCP_ENDS_H
#define REUSE_TCP_ENDS_H

#include <stdbool.h>

#include "tcp/addr.h"

/* One end of a connection; IPv4 also where its socket writes it as IPv6. */
struct end {
	union addr local, peer;
};

/* Some of them, never two alike. Begin with {0}. */
struct ends {
	void *tree;
};

/* That of a connected socket; its peer is AF_UNSPEC where the socket is not connected. */
struct end end_of(int fd);

/* Whether it is its own opposite: connected to itself. */
bool end_is_self(const struct end *end);

/* Keeps the pointer, until ends_remove. Returns false where one like it is in there already, or where
 * there is no memory. */
bool ends_add(struct ends *ends, struct end *end);

/* Takes this very one out, if it is in there. */
void ends_remove(struct ends *ends, struct end *end);

/* The other end of its connection, as it was added; or NULL. */
struct end *ends_opposite(const struct ends *ends, const struct end *end);

#endif
