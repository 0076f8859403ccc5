#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/facts.h"
#include "os/interfaces.h"
#include "os/linux/group.h"
#include "os/linux/pidfd.h"
#include "tcp/fault.h"

enum {
	CAP_BIND = 10,        /* CAP_NET_BIND_SERVICE: linux/capability.h */
	GET_USERNS = 0xb701,  /* NS_GET_USERNS: linux/nsfs.h */
	LANDLOCK_VERSION = 1, /* LANDLOCK_CREATE_RULESET_VERSION */
	LANDLOCK_WITH_BIND = 4,
	FLAG_FAILED = 0x08,    /* IFA_F_DADFAILED: linux/if_addr.h */
	FLAG_TENTATIVE = 0x40, /* IFA_F_TENTATIVE */
};

static char subject[32] = "self"; /* whom it is about, as /proc names it */
static unsigned own_filters;

void facts_about(long pid, unsigned filters)
{
	snprintf(subject, sizeof subject, "%ld", pidfd_in_proc(pid));
	own_filters = filters;
}

/* A file of that process's folder in /proc. */
static const char *path_of(const char *name, char path[64])
{
	snprintf(path, 64, "/proc/%s/%s", subject, name);
	return path;
}

enum fact facts_elsewhere(void)
{
	struct stat there, here;
	char path[64];

	if (stat(path_of("ns/net", path), &there) < 0 || stat("/proc/self/ns/net", &here) < 0)
		return FACT_UNKNOWN;
	return there.st_ino == here.st_ino ? FACT_NO : FACT_YES;
}

/* A line of its status, as a number in that base; false where it is not there. */
static bool status_line(const char *name, int base, uint64_t *value)
{
	char line[256], path[64];
	FILE *file = fopen(path_of("status", path), "re");
	const size_t len = strlen(name);
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof line, file))
		if (!strncmp(line, name, len) && line[len] == ':') {
			char *end;
			*value = strtoull(line + len + 1, &end, base);
			found = end != line + len + 1;
		}
	fclose(file);
	return found;
}

enum fact facts_foreign_network(void)
{
	char path[64];
	const int net = open(path_of("ns/net", path), O_RDONLY | O_CLOEXEC);
	struct stat owner, own;

	if (net < 0)
		return FACT_UNKNOWN;
	const int user = ioctl(net, GET_USERNS);
	fault_close(net);
	if (user < 0)
		return errno == EPERM ? FACT_YES
				      : FACT_UNKNOWN; /* its owner is outside: ioctl_nsfs(2) */
	const bool known = fstat(user, &owner) == 0 && stat(path_of("ns/user", path), &own) == 0;
	close(user);
	return !known ? FACT_UNKNOWN : owner.st_ino == own.st_ino ? FACT_NO : FACT_YES;
}

enum fact facts_may_bind_low(void)
{
	uint64_t effective;

	if (!status_line("CapEff", 16, &effective))
		return FACT_UNKNOWN;
	return (effective >> CAP_BIND & 1) && facts_foreign_network() != FACT_YES ? FACT_YES
										  : FACT_NO;
}

enum fact facts_could_bind_low(void)
{
	uint64_t bounding;

	return !status_line("CapBnd", 16, &bounding) ? FACT_UNKNOWN
	       : bounding >> CAP_BIND & 1            ? FACT_YES
						     : FACT_NO;
}

enum fact facts_no_new_privileges(void)
{
	uint64_t set;

	return !status_line("NoNewPrivs", 10, &set) ? FACT_UNKNOWN : set > 0 ? FACT_YES : FACT_NO;
}

enum fact facts_filtered(void)
{
	uint64_t mode, filters;

	if (own_filters > 0) /* Linux 5.9 */
		return !status_line("Seccomp_filters", 10, &filters) ? FACT_UNKNOWN
		       : filters > own_filters                       ? FACT_YES
								     : FACT_NO;
	return !status_line("Seccomp", 10, &mode) ? FACT_UNKNOWN : mode > 0 ? FACT_YES : FACT_NO;
}

enum fact facts_landlock(void)
{
#ifdef SYS_landlock_create_ruleset
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);

	if (version >= 0)
		return version >= LANDLOCK_WITH_BIND ? FACT_YES : FACT_NO;
	return errno == ENOSYS || errno == EOPNOTSUPP ? FACT_NO : FACT_UNKNOWN;
#else
	return FACT_UNKNOWN;
#endif
}

/* bpf(2), BPF_PROG_QUERY: linux/bpf.h, which not every libc brings. */
enum { PROG_QUERY = 16, QUERY_EFFECTIVE = 1 };
enum hook {
	INET_EGRESS = 1,
	INET_SOCK_CREATE = 2,
	INET4_BIND = 8,
	INET6_BIND = 9,
	INET4_CONNECT = 10,
	INET6_CONNECT = 11,
	INET4_POST_BIND = 12,
	INET6_POST_BIND = 13,
};
struct prog_query {
	uint32_t target_fd, attach_type, query_flags, attach_flags;
	uint64_t prog_ids;
	uint32_t prog_cnt;
	uint32_t unused[9]; /* later kernels' */
};

static enum fact is_hooked(int group, enum hook hook)
{
	struct prog_query query = {
	    .target_fd = (uint32_t)group, .attach_type = hook, .query_flags = QUERY_EFFECTIVE};
	const long done = syscall(SYS_bpf, PROG_QUERY, &query, sizeof query);

	return done < 0 ? FACT_UNKNOWN : query.prog_cnt > 0 ? FACT_YES : FACT_NO;
}

enum fact facts_group_program(enum tcp_call call, int family)
{
	const bool v6 = family == AF_INET6;
	const int group = group_open(subject);
	enum fact has = FACT_UNKNOWN;

	if (group < 0)
		return has;
	if (call == CALL_SOCKET)
		has = is_hooked(group, INET_SOCK_CREATE);
	else if (call == CALL_CONNECT)
		has = is_hooked(group, v6 ? INET6_CONNECT : INET4_CONNECT);
	else if (call == CALL_SEND)
		has = is_hooked(group, INET_EGRESS);
	else if ((has = is_hooked(group, v6 ? INET6_BIND : INET4_BIND)) == FACT_NO)
		has = is_hooked(group, v6 ? INET6_POST_BIND : INET4_POST_BIND);
	close(group);
	return has;
}

/* A line of /proc/net/if_inet6: address, index, prefix, scope, flags, name. */
struct line6 {
	char text[33];
	enum address_state state;
	char name[IF_NAMESIZE];
};

static bool read_line6(FILE *file, struct line6 *read)
{
	char line[256], hex[9];

	while (fgets(line, sizeof line, file)) {
		if (sscanf(line, "%32s %*s %*s %*s %8s %15s", read->text, hex, read->name) != 3)
			continue;
		const unsigned long flags = strtoul(hex, NULL, 16);
		read->state = flags & FLAG_FAILED      ? ADDRESS_FAILED
			      : flags & FLAG_TENTATIVE ? ADDRESS_TENTATIVE
						       : ADDRESS_READY;
		return true;
	}
	return false;
}

/* IPv6 tells of its checks in /proc alone, without privilege. */
static enum address_state ipv6_state(const struct in6_addr *addr, char interface[IF_NAMESIZE])
{
	FILE *file = fopen("/proc/self/net/if_inet6", "re");
	enum address_state state = ADDRESS_NONE;
	char wanted[33];
	struct line6 line;

	if (!file)
		return ADDRESS_UNKNOWN;
	for (size_t i = 0; i < 16; i++)
		snprintf(wanted + 2 * i, 3, "%02x", addr->s6_addr[i]);
	while (state == ADDRESS_NONE && read_line6(file, &line))
		if (!strcmp(line.text, wanted)) {
			snprintf(interface, IF_NAMESIZE, "%s", line.name);
			state = line.state;
		}
	fclose(file);
	return state;
}

enum fact facts_has_state(enum address_state state, union addr *addr, char interface[IF_NAMESIZE])
{
	FILE *file = fopen("/proc/self/net/if_inet6", "re");
	bool found = false;
	struct line6 line;

	if (!file)
		return FACT_UNKNOWN;
	while (!found && read_line6(file, &line)) {
		char byte[3] = "";
		found = line.state == state;
		*addr = addr_any(AF_INET6, 0);
		for (size_t i = 0; i < 16; i++) {
			memcpy(byte, line.text + 2 * i, 2);
			addr->v6.sin6_addr.s6_addr[i] = (uint8_t)strtoul(byte, NULL, 16);
		}
		snprintf(interface, IF_NAMESIZE, "%s", line.name);
	}
	fclose(file);
	return found ? FACT_YES : FACT_NO;
}

enum link_state facts_link(const char *interface)
{
	struct ifaddrs *list;
	enum link_state state = LINK_UNKNOWN;

	if (getifaddrs(&list) < 0)
		return state;
	for (const struct ifaddrs *at = list; at && state == LINK_UNKNOWN; at = at->ifa_next)
		if (!strcmp(at->ifa_name, interface))
			state = !(at->ifa_flags & IFF_UP)     ? LINK_DOWN
				: at->ifa_flags & IFF_RUNNING ? LINK_UP
							      : LINK_NO_CARRIER;
	freeifaddrs(list);
	return state;
}

enum address_state facts_address(const union addr *addr, char interface[IF_NAMESIZE])
{
	const union addr wanted = addr_unmap(addr);
	struct ifaddrs *list;
	enum address_state state = ADDRESS_NONE;

	*interface = 0;
	if (addr_is_any(&wanted))
		return ADDRESS_READY;
	if (wanted.any.sa_family == AF_INET6)
		return ipv6_state(&wanted.v6.sin6_addr, interface);
	if (getifaddrs(&list) < 0)
		return ADDRESS_UNKNOWN;
	for (const struct ifaddrs *at = list; at && state == ADDRESS_NONE; at = at->ifa_next) {
		if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET || !at->ifa_netmask)
			continue;
		const uint32_t has =
		    ((const union addr *)(const void *)at->ifa_addr)->v4.sin_addr.s_addr;
		const uint32_t mask =
		    at->ifa_flags & IFF_LOOPBACK
			? ((const union addr *)(const void *)at->ifa_netmask)->v4.sin_addr.s_addr
			: UINT32_MAX;
		if ((has & mask) != (wanted.v4.sin_addr.s_addr & mask))
			continue;
		snprintf(interface, IF_NAMESIZE, "%s", at->ifa_name);
		state = ADDRESS_READY;
	}
	freeifaddrs(list);
	return state;
}

enum fact facts_has_addresses(int family)
{
	struct ifaddrs *list;
	bool found = false;

	if (getifaddrs(&list) < 0)
		return FACT_UNKNOWN;
	for (const struct ifaddrs *at = list; at && !found; at = at->ifa_next) {
		const union addr *addr = (const union addr *)(const void *)at->ifa_addr;
		found = addr && addr->any.sa_family == family &&
			!(family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&addr->v6.sin6_addr));
	}
	freeifaddrs(list);
	return found ? FACT_YES : FACT_NO;
}

enum fact facts_loopback_down(void)
{
	char name[IF_NAMESIZE];

	return loopback_find(name) == LOOPBACK_DOWN ? FACT_YES : FACT_NO;
}
