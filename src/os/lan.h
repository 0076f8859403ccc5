/* The addresses of this machine. */
#ifndef REUSE_OS_LAN_H
#define REUSE_OS_LAN_H

#include <stddef.h>

#include "tcp/addr.h"

/* Writes IPv4 addresses of this machine that are not of the loopback, as many as there is room for,
 * with port 0. Returns how many; 0 also where the system does not tell. */
size_t lan_addresses(union addr into[], size_t room);

#endif
