/* getifaddrs is not in POSIX, but in Linux, the BSDs, macOS and Solaris. */
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "os/lan.h"

size_t lan_addresses(union addr into[], size_t room)
{
	struct ifaddrs *all;
	size_t n = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *one = all; one && n < room; one = one->ifa_next) {
		if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET ||
		    !(one->ifa_flags & IFF_UP) || one->ifa_flags & IFF_LOOPBACK)
			continue;
		into[n] = (union addr){0};
		memcpy(&into[n].v4, one->ifa_addr, sizeof into[n].v4);
		addr_set_port(&into[n], 0);
		n++;
	}
	freeifaddrs(all);
	return n;
}
