/* Addresses and ports as a person types them: words in, union addr out, complaints said. */
#ifndef REUSE_WORDS_ENDPOINT_H
#define REUSE_WORDS_ENDPOINT_H

#include "cli/common.h"
#include "tcp/addr.h"

/* One end, as typed: an address, or a name that is still to be looked up. */
struct place {
	const char *what;     /* "address": what complaints call it */
	union addr addr;      /* AF_UNSPEC while only `name` is known */
	unsigned port;        /* host order; stands in `addr` too, once that is known */
	char name[ADDR_NAME]; /* "" where an address was typed */
};

/* Reads word[0..len) as address or name into place->addr and ->name; place->what and ->port are
 * set already. Returns 0, or -1 after a complaint. */
int place_read(struct place *place, const struct common *common, const char *word, size_t len);

/* Reads the port, called `what` in complaints. Returns 0, or -1 after a complaint. */
int place_read_port(
    struct place *place, const struct common *common, const char *what, const char *word);

/* Whether `word` holds an address and a port: "127.0.0.1:3000", "[::1]:3000", ":3000". */
bool place_is_whole(const char *word);

/* Reads such a word. An address that is not written stays as it is. */
int place_read_whole(struct place *place, const struct common *common, const char *word);

/* AF_INET, AF_INET6 or AF_UNSPEC: what -4 and -6 ask for. */
int place_family(const struct common *common);

/* Looks up the name, where there is one. Returns 0, or -1 after a complaint (and a JSON event). */
int place_find(struct place *place, const struct common *common);

/* The same for two ends of one connection: of several answers the first that has the family of the
 * other end. */
int place_find_pair(struct place *one, struct place *other, const struct common *common);

#endif
