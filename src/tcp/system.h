/* The systems whose rule is known, and what of them no row of tcp/facts says. */
#ifndef REUSE_TCP_SYSTEM_H
#define REUSE_TCP_SYSTEM_H

enum rule_system {
	RULE_LINUX,
	RULE_GVISOR,
	RULE_FREEBSD,
	RULE_NETBSD,
	RULE_OPENBSD,
	RULE_MACOS,
	RULE_SOLARIS,
	RULE_SYSTEMS,
};

/* The system at hand, by uname(3), gVisor by how it answers; RULE_LINUX where it is none of the others. */
enum rule_system rule_here(void);

/* "Linux"; static. */
const char *rule_system_name(enum rule_system system);

/* The errno of a connect whose pair of ends exists already; of a bind to port 0 when all are used. */
int rule_pair_errno(enum rule_system system);
int rule_used_up_errno(enum rule_system system);

/* How a connection gets its ephemeral port. */
enum rule_way {
	RULE_BY_CONNECT,        /* unbound */
	RULE_BY_NO_PORT,        /* bound to an address with IP_BIND_ADDRESS_NO_PORT */
	RULE_BY_BIND,           /* bound to port 0, whatever the options */
	RULE_BY_BIND_REUSEADDR, /* the same with SO_REUSEADDR and not SO_REUSEPORT */
};

/* How many connections `ports` ephemeral ports yield to so many destinations; -1: not documented. */
int rule_ephemeral(enum rule_system system, enum rule_way way, int ports, int destinations);

/* The most that they yield by chance, where the administrator has set net.ipv4.ip_autobind_reuse;
 * rule_ephemeral is the least then. */
int rule_ephemeral_most(enum rule_system system, enum rule_way way, int ports, int destinations);

#endif
