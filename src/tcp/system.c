#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tcp/system.h"

/* What the rows of tcp/facts.c do not say. Documented, but for Linux. */
static const struct {
	const char *uname, *name;
	bool connect_shares; /* connect gives a port out once for each destination */
	int pair, used_up;
} systems[RULE_SYSTEMS] = {
    [RULE_LINUX] = {"Linux", "Linux", true, EADDRNOTAVAIL, EADDRINUSE},
    [RULE_GVISOR] = {"", "gVisor", true, EADDRINUSE, EADDRINUSE},
    [RULE_FREEBSD] = {"FreeBSD", "FreeBSD", false, EADDRINUSE, EADDRNOTAVAIL},
    [RULE_NETBSD] = {"NetBSD", "NetBSD", false, EADDRINUSE, EAGAIN},
    [RULE_OPENBSD] = {"OpenBSD", "OpenBSD", false, EADDRINUSE, EADDRNOTAVAIL},
    [RULE_MACOS] = {"Darwin", "macOS", false, EADDRINUSE, EADDRNOTAVAIL},
    [RULE_SOLARIS] = {"SunOS", "Solaris", false, EADDRINUSE, EADDRNOTAVAIL},
};

/* gVisor calls itself Linux 4.4.0. An option that Linux has had since 4.2 can be set there, and not read. */
static bool is_gvisor(const struct utsname *here)
{
	int on = 1, error = 0;
	socklen_t len = sizeof on;

	if (strncmp(here->release, "4.4.0", 5) != 0)
		return false;
#ifdef IP_BIND_ADDRESS_NO_PORT
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		return false;
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0 &&
	    getsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, &len) < 0)
		error = errno;
	close(fd);
#else
	(void)on;
	(void)len;
#endif
	return error == ENOPROTOOPT;
}

static enum rule_system find_here(void)
{
	struct utsname here;

	if (uname(&here) < 0)
		return RULE_LINUX;
	for (int i = 0; i < RULE_SYSTEMS; i++)
		if (!strcmp(here.sysname, systems[i].uname))
			return i == RULE_LINUX && is_gvisor(&here) ? RULE_GVISOR
								   : (enum rule_system)i;
	return RULE_LINUX;
}

enum rule_system rule_here(void)
{
	static enum rule_system system;
	static bool asked;

	if (!asked)
		system = find_here();
	asked = true;
	return system;
}

const char *rule_system_name(enum rule_system system)
{
	return systems[system].name;
}

int rule_pair_errno(enum rule_system system)
{
	return systems[system].pair;
}

int rule_used_up_errno(enum rule_system system)
{
	return systems[system].used_up;
}

int rule_ephemeral(enum rule_system system, enum rule_way way, int ports, int destinations)
{
	if (way == RULE_BY_BIND || way == RULE_BY_BIND_REUSEADDR)
		return ports;
	return systems[system].connect_shares ? ports * destinations : -1;
}

/* Linux, ip-sysctl.rst: "ip_autobind_reuse allows bind() to reuse the port and this is useful when you use
 * bind()+connect()". Which one bind picks of those that are taken is chance, and so is whether it has a
 * connection to the same destination already. With SO_REUSEPORT too, one user's sockets do not share
 * (inet_bind_conflict, 6.18). */
int rule_ephemeral_most(enum rule_system system, enum rule_way way, int ports, int destinations)
{
	if (system == RULE_LINUX && way == RULE_BY_BIND_REUSEADDR)
		return ports * destinations;
	return rule_ephemeral(system, way, ports, destinations);
}
