/* What this machine says of itself, where a refused call may have its cause. */
#ifndef REUSE_OS_FACTS_H
#define REUSE_OS_FACTS_H

#include <stdbool.h>

#include "tcp/addr.h"
#include "tcp/fault.h"

enum fact {
	FACT_NO,
	FACT_YES,
	FACT_UNKNOWN, /* it could not be asked */
};

/* What follows asks from now on of process `pid` and not of this one, as far as it is about a process.
 * `filters`: how many seccomp filters that one has of this program's making. */
void facts_about(long pid, unsigned filters);

/* Whether that process is in another network than this one. */
enum fact facts_elsewhere(void);

/* Whether a program that this process starts could get that right by file capabilities: not where it is out
 * of the bounding set, as in a container. */
enum fact facts_could_bind_low(void);

/* Whether this process may bind to any port (CAP_NET_BIND_SERVICE, in the user namespace that owns the
 * network). */
enum fact facts_may_bind_low(void);

/* Whether a user namespace that does not own the network is what keeps root from its privileges there. */
enum fact facts_foreign_network(void);

/* Whether this process has a seccomp filter. */
enum fact facts_filtered(void);

/* Whether this kernel can confine bind by Landlock (from 6.7 on). */
enum fact facts_landlock(void);

/* Whether what this process starts gains no privilege: setuid and file capabilities have no effect. */
enum fact facts_no_new_privileges(void);

/* Whether a BPF program of a control group of this process looks at that call: socket, bind or connect; send: at what is sent. */
enum fact facts_group_program(enum tcp_call call, int family);

enum address_state {
	ADDRESS_NONE, /* no interface has it */
	ADDRESS_READY,
	ADDRESS_TENTATIVE, /* IPv6: still checked for a twin */
	ADDRESS_FAILED,    /* IPv6: it has a twin */
	ADDRESS_UNKNOWN,
};

/* Whether this machine has the address (all of 127.0.0.0/8 where the loopback has), and writes the name of
 * the interface. */
enum address_state facts_address(const union addr *addr, char interface[IF_NAMESIZE]);

/* Whether bind takes an IPv4 address as this machine's, also where no interface has it: broadcast, or a local route. */
enum fact facts_bindable(const union addr *addr);

enum link_state {
	LINK_DOWN,
	LINK_NO_CARRIER,
	LINK_UP,
	LINK_UNKNOWN,
};

/* The state of the interface of that name. */
enum link_state facts_link(const char *interface);

/* Whether this machine has an IPv6 address in that state, and the first of them with its interface. */
enum fact facts_has_state(enum address_state state, union addr *addr, char interface[IF_NAMESIZE]);

/* Whether there is any address of the family, but those of links (fe80::). */
enum fact facts_has_addresses(int family);

/* Whether the loopback is down, as in a new network namespace. */
enum fact facts_loopback_down(void);

#endif
