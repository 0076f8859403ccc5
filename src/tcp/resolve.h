/* Host names, looked up. */
#ifndef REUSE_TCP_RESOLVE_H
#define REUSE_TCP_RESOLVE_H

#include "tcp/addr.h"

enum { NAME_ANSWERS = 32 }; /* further answers are not looked at */

/* Writes the addresses of `name` to answers[], in the resolver's order and each once, with `port` (host order).
 * `family` is AF_INET, AF_INET6 or AF_UNSPEC. Returns how many, at least 1; or -1 with `*why`
 * pointing at a static text. Blocks as long as the resolver does. */
int name_find(const char *name, int family, unsigned port, union addr answers[NAME_ANSWERS],
    const char **why);

#endif
