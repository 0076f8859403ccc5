/* getifaddrs(3) is no POSIX, but everywhere: glibc, musl, the BSDs, macOS, illumos. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/interfaces.h"

enum loopback loopback_find(char name[IF_NAMESIZE])
{
	struct ifaddrs *all;
	enum loopback found = LOOPBACK_NONE;

	name[0] = 0;
	if (getifaddrs(&all) < 0)
		return LOOPBACK_UP;
	for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
		if (!(one->ifa_flags & IFF_LOOPBACK) || found == LOOPBACK_UP)
			continue;
		found = one->ifa_flags & IFF_UP ? LOOPBACK_UP : LOOPBACK_DOWN;
		snprintf(name, IF_NAMESIZE, "%s", one->ifa_name);
	}
	freeifaddrs(all);
	return found;
}

bool loopback_is_wide(void)
{
	const struct sockaddr_in far = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7fedcba9)}; /* 127.237.203.169 */
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return false;
	const bool wide = bind(fd, (const struct sockaddr *)&far, sizeof far) == 0;
	close(fd);
	return wide;
}

/* With `lan`, those that lan_addresses is for. */
static size_t list_addresses(bool lan, union addr into[], size_t room)
{
	struct ifaddrs *all;
	size_t n = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *one = all; one && n < room; one = one->ifa_next) {
		const int family = one->ifa_addr ? one->ifa_addr->sa_family : AF_UNSPEC;
		const bool is_lan = family == AF_INET && one->ifa_flags & IFF_UP &&
				    !(one->ifa_flags & IFF_LOOPBACK);
		if (lan ? !is_lan : family != AF_INET && family != AF_INET6)
			continue;
		into[n] = (union addr){0};
		memcpy(&into[n], one->ifa_addr,
		    family == AF_INET ? sizeof into[n].v4 : sizeof into[n].v6);
		addr_set_port(&into[n++], 0);
	}
	freeifaddrs(all);
	return n;
}

size_t interface_addresses(union addr into[], size_t room)
{
	return list_addresses(false, into, room);
}

size_t lan_addresses(union addr into[], size_t room)
{
	return list_addresses(true, into, room);
}
