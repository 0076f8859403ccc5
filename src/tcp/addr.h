/* Addresses with their port, and their text. */
#ifndef REUSE_TCP_ADDR_H
#define REUSE_TCP_ADDR_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
	ADDR_TEXT = INET6_ADDRSTRLEN + IF_NAMESIZE + 9, /* "[v6%scope]:65535" and a NUL */
	ADDR_WHY = 256,                                 /* room for one complaint and its NUL */
	ADDR_NAME = 254, /* the longest host name and its NUL (RFC 1035) */
};

/* An IPv4 or IPv6 address with its port; AF_UNSPEC means "not given". */
union addr {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* What a word says, as far as it can be known without asking anybody. */
enum addr_kind {
	ADDR_MALFORMED,
	ADDR_NUMERIC, /* the address stands in the union addr */
	ADDR_NAMED,   /* a host name, to be looked up: see tcp/resolve.h */
};

/* Reads word[0..len) as an address without port: "127.0.0.1", "::1", "[::1]", "fe80::1%eth0"; or
 * a host name. A word whose last label is a number is an IPv4 address in four decimal parts or
 * malformed, never a name. Leaves the port of `into` as it is. With ADDR_MALFORMED the complaint
 * is in `why` and `into` as before. */
enum addr_kind addr_read(const char *word, size_t len, union addr *into, char why[ADDR_WHY]);

/* Reads a port in decimal, or, where `names` allows, as a TCP service name, into `*port` (host
 * order). Returns 0, or -1 with the complaint in `why` and `*port` as before. */
int addr_read_port(const char *word, bool names, unsigned *port, char why[ADDR_WHY]);

/* Parts "127.0.0.1:3000", "[::1]:3000", "name:3000", ":3000" at the colon before the port: returns
 * the length of what stands before it and points `*port` behind it. Where there is no such colon
 * (also in "::1") returns the whole length and `*port` is NULL. */
size_t addr_split(const char *word, const char **port);

/* Writes the address with its port so that it can be read back: "[::1]:3000". Returns `text`. */
const char *addr_print(const union addr *addr, char text[ADDR_TEXT]);

/* Writes the address alone: "::1". Returns `text`. */
const char *addr_print_host(const union addr *addr, char text[ADDR_TEXT]);

/* Notes the names of the interfaces, for a process that will no longer be able to ask for them:
 * addresses with a scope are printed with these names from now on, with its number where it has
 * none. Where there is no memory, with numbers. */
void addr_note_interfaces(void);

/* The wildcard of `family` (AF_INET or AF_INET6) with `port` (host order). */
union addr addr_any(int family, unsigned port);

/* 127.0.0.1 or ::1, likewise. */
union addr addr_loopback(int family, unsigned port);

/* The length that bind and connect want; the port in host order. */
socklen_t addr_len(const union addr *addr);
unsigned addr_port(const union addr *addr);
void addr_set_port(union addr *addr, unsigned port);

/* Whether it is 0.0.0.0 or ::, whatever the port. */
bool addr_is_any(const union addr *addr);

/* Whether it is the machine's own for itself: 127.0.0.0/8, also as mapped, and ::1. */
bool addr_is_loopback(const union addr *addr);

/* An IPv4 address written as ::ffff:1.2.3.4 as what it is; others as they are. */
union addr addr_unmap(const union addr *addr);

/* An IPv4 address as ::ffff:1.2.3.4. */
union addr addr_map(const union addr *addr);

/* Same family, address, scope and port. */
bool addr_same(const union addr *a, const union addr *b);

/* Orders addresses: below 0, 0, above 0. Those that addr_same calls the same are equal. */
int addr_order(const union addr *a, const union addr *b);

#endif
