/* The interfaces of this machine, and the addresses on them. */
#ifndef REUSE_OS_INTERFACES_H
#define REUSE_OS_INTERFACES_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "tcp/addr.h"

enum loopback {
	LOOPBACK_UP,
	LOOPBACK_DOWN, /* there is one, but it is not up */
	LOOPBACK_NONE,
};

/* Writes the name of the interface that leads back to this machine to `name`, "" where there is none or
 * it cannot be known (then LOOPBACK_UP is answered: trying will tell). */
enum loopback loopback_find(char name[IF_NAMESIZE]);

/* Whether all of 127.0.0.0/8 is on it, not 127.0.0.1 alone. */
bool loopback_is_wide(void);

/* Writes the addresses of all interfaces, IPv4 and IPv6, as many as there is room for, with port 0. Returns
 * how many; 0 also where the system does not tell. */
size_t interface_addresses(union addr into[], size_t room);

/* Writes IPv4 addresses of this machine that are not of the loopback, as many as there is room for,
 * with port 0. Returns how many; 0 also where the system does not tell. */
size_t lan_addresses(union addr into[], size_t room);

#endif
