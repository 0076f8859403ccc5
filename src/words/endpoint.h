/* Addresses and ports as a person types them: words in, union addr out, complaints said. */
#ifndef REUSE_WORDS_ENDPOINT_H
#define REUSE_WORDS_ENDPOINT_H

#include "cli/common.h"
#include "tcp/addr.h"

/* One end, as typed: an address, or a name that is still to be looked up. */
struct endpoint {
	const char *what;     /* "address": what complaints call it */
	union addr addr;      /* AF_UNSPEC while only `name` is known */
	unsigned port;        /* host order; stands in `addr` too, once that is known */
	char name[ADDR_NAME]; /* "" where an address was typed */
};

/* Reads word[0..len) as address or name into endpoint->addr and ->name; endpoint->what and ->port are
 * set already. Returns 0, or -1 after a complaint. */
int endpoint_read(
    struct endpoint *endpoint, const struct common *common, const char *word, size_t len);

/* Reads the port, called `what` in complaints. Returns 0, or -1 after a complaint. */
int endpoint_read_port(
    struct endpoint *endpoint, const struct common *common, const char *what, const char *word);

/* Whether `word` holds an address and a port: "127.0.0.1:3000", "[::1]:3000", ":3000". */
bool endpoint_is_whole(const char *word);

/* Reads such a word. An address that is not written stays as it is. */
int endpoint_read_whole(struct endpoint *endpoint, const struct common *common, const char *word);

/* AF_INET, AF_INET6 or AF_UNSPEC: what -4 and -6 ask for. */
int endpoint_family(const struct common *common);

/* name_find (tcp/resolve.h), which a signal that stops the command ends: stop_at_once. */
int endpoint_look_up(
    const char *name, int family, unsigned port, union addr answers[], const char **why);

/* All answers for the name, or the address typed as the only one: room for NAME_ANSWERS (tcp/resolve.h).
 * Returns how many, or -1 after a complaint (and a JSON event). */
int endpoint_answers(
    const struct endpoint *endpoint, const struct common *common, union addr answers[]);

/* Looks up the name, where there is one. Returns 0, or -1 after a complaint (and a JSON event). */
int endpoint_find(struct endpoint *endpoint, const struct common *common);

/* The pairs of ends by which a connection from one to the other may be made: each address of the other, in the
 * order of the answers, and the first of the one that has its family; room for NAME_ANSWERS of both. Where
 * nothing was typed of the one but its port it is any address. Returns how many, or -1 after a complaint. */
int endpoint_pairs(const struct endpoint *one, const struct endpoint *other,
    const struct common *common, union addr from[], union addr to[]);

/* The first of those pairs. Returns 0, or -1 after a complaint. */
int endpoint_find_pair(struct endpoint *one, struct endpoint *other, const struct common *common);

#endif
