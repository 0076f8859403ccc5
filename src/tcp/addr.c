#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "tcp/addr.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void set_family(union addr *addr, int family)
{
	const unsigned port = addr_port(addr);

	memset(addr, 0, sizeof *addr);
	addr->any.sa_family = (sa_family_t)family;
#if HAVE_SOCKADDR_LEN
	addr->any.sa_len = (unsigned char)addr_len(addr);
#endif
	addr_set_port(addr, port);
}

static enum addr_kind malformed(char why[ADDR_WHY], const char *reason)
{
	snprintf(why, ADDR_WHY, "%s", reason);
	return ADDR_MALFORMED;
}

/* "fe80::1%eth0"; the scope may be a number. */
static enum addr_kind read_v6(const char *word, union addr *into, char why[ADDR_WHY])
{
	char text[INET6_ADDRSTRLEN];
	const size_t len = strcspn(word, "%");
	struct in6_addr v6;
	unsigned scope = 0;

	if (len >= sizeof text)
		return malformed(why, "not an IPv6 address");
	memcpy(text, word, len);
	text[len] = 0;
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return malformed(why, "not an IPv6 address");
	if (word[len] == '%') {
		const char *name = word + len + 1;
		scope = if_nametoindex(name);
		if (scope == 0 && is_digit(*name) && strspn(name, "0123456789") == strlen(name) &&
		    strlen(name) < 10)
			scope = (unsigned)strtoul(name, NULL, 10);
		if (scope == 0)
			return malformed(why, "no such interface after the %");
	}
	set_family(into, AF_INET6);
	into->v6.sin6_addr = v6;
	into->v6.sin6_scope_id = scope;
	return ADDR_NUMERIC;
}

/* Whether the word ends in a number, so that inet_aton(3) and its heirs may take it for an
 * address: "127.1", "0x7f.1", "0x7f000001". A dot at the end counts for nothing. */
static bool ends_in_number(const char *word)
{
	size_t end = strlen(word);
	if (end > 1 && word[end - 1] == '.')
		end--;
	size_t last = end;
	while (last > 0 && word[last - 1] != '.')
		last--;

	const char *label = word + last;
	if (label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
		return 2 + strspn(label + 2, "0123456789abcdefABCDEF") >= end - last;
	return strspn(label, "0123456789") >= end - last;
}

static bool is_name(const char *word)
{
	size_t label = 0;

	for (; *word; word++) {
		if (*word == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (!is_letter(*word) && !is_digit(*word) && *word != '_' &&
		    (*word != '-' || label == 0))
			return false;
		if (++label > 63)
			return false;
	}
	return true;
}

/* "127.0.0.1:80", "localhost:80", "[::1]:80". */
static bool has_port(const char *word)
{
	const char *colon = strrchr(word, ':');

	return colon && (strchr(word, ':') == colon || (word[0] == '[' && colon[-1] == ']'));
}

enum addr_kind addr_read(const char *word, size_t len, union addr *into, char why[ADDR_WHY])
{
	char text[ADDR_NAME];
	struct in_addr v4;

	if (len == 0)
		return malformed(why, "empty");
	if (len >= sizeof text || memchr(word, 0, len))
		return malformed(why, "not an address or a host name");
	const bool bracketed = len > 2 && word[0] == '[' && word[len - 1] == ']';
	const size_t inner = bracketed ? len - 2 : len;
	memcpy(text, word + bracketed, inner);
	text[inner] = 0;

	if (!bracketed && has_port(text))
		return malformed(why, "expected an address without a port");
	if (bracketed || strchr(text, ':'))
		return read_v6(text, into, why);
	if (ends_in_number(text)) {
		if (inet_pton(AF_INET, text, &v4) != 1)
			return malformed(why, "not an IPv4 address in four parts from 0 to 255");
		set_family(into, AF_INET);
		into->v4.sin_addr = v4;
		return ADDR_NUMERIC;
	}
	if (!is_name(text))
		return malformed(why, "not an address or a host name");
	return ADDR_NAMED;
}

int addr_read_port(const char *word, bool names, unsigned *port, char why[ADDR_WHY])
{
	const size_t len = strlen(word);
	const struct servent *service = NULL;
	unsigned number = 0;

	if (len > 0 && strspn(word, "0123456789") == len) {
		for (const char *s = word; *s && number <= 65535; s++)
			number = 10 * number + (unsigned)(*s - '0');
		if (number <= 65535) {
			*port = number;
			return 0;
		}
	} else if (names && len > 0 && len < 64) {
		service = getservbyname(word, "tcp");
		if (service) {
			*port = ntohs((uint16_t)service->s_port);
			return 0;
		}
	}
	snprintf(why, ADDR_WHY, "not a number from 0 to 65535%s",
	    names ? " or a service name" : " (-n: no names)");
	return -1;
}

size_t addr_split(const char *word, const char **port)
{
	const char *colon = strrchr(word, ':');
	const size_t len = strlen(word);

	*port = NULL;
	if (!colon)
		return len;
	const size_t before = (size_t)(colon - word);
	/* A bare IPv6 address has more than one colon and no brackets. */
	if (memchr(word, ':', before) && !(word[0] == '[' && word[before - 1] == ']'))
		return len;
	if (word[0] == '[' && word[before - 1] != ']')
		return len;
	*port = colon + 1;
	return before;
}

static const struct if_nameindex *noted; /* ends with index 0; NULL: none */

void addr_note_interfaces(void)
{
	if (!noted)
		noted = if_nameindex();
}

/* The name of the interface, or its number. */
static void print_scope(unsigned scope, char name[IF_NAMESIZE])
{
	for (const struct if_nameindex *one = noted; one && one->if_index; one++)
		if (one->if_index == scope) {
			snprintf(name, IF_NAMESIZE, "%s", one->if_name);
			return;
		}
	if (!if_indextoname(scope, name))
		snprintf(name, IF_NAMESIZE, "%u", scope);
}

const char *addr_print_host(const union addr *addr, char text[ADDR_TEXT])
{
	char host[INET6_ADDRSTRLEN] = "", name[IF_NAMESIZE] = "";

	if (addr->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &addr->v4.sin_addr, text, ADDR_TEXT);
	} else if (addr->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &addr->v6.sin6_addr, host, sizeof host);
		const unsigned scope = addr->v6.sin6_scope_id;
		if (scope)
			print_scope(scope, name);
		snprintf(text, ADDR_TEXT, "%s%s%s", host, scope ? "%" : "", name);
	} else {
		snprintf(text, ADDR_TEXT, "-");
	}
	return text;
}

const char *addr_print(const union addr *addr, char text[ADDR_TEXT])
{
	char host[ADDR_TEXT];

	addr_print_host(addr, host);
	if (addr->any.sa_family == AF_INET6)
		snprintf(text, ADDR_TEXT, "[%.*s]:%u", INET6_ADDRSTRLEN + IF_NAMESIZE, host,
		    addr_port(addr));
	else if (addr->any.sa_family == AF_INET)
		snprintf(text, ADDR_TEXT, "%.*s:%u", INET_ADDRSTRLEN, host, addr_port(addr));
	else
		snprintf(text, ADDR_TEXT, "-");
	return text;
}

union addr addr_any(int family, unsigned port)
{
	union addr addr = {0};

	set_family(&addr, family);
	addr_set_port(&addr, port);
	return addr;
}

union addr addr_loopback(int family, unsigned port)
{
	union addr addr = addr_any(family, port);

	if (family == AF_INET6)
		addr.v6.sin6_addr = in6addr_loopback;
	else
		addr.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return addr;
}

socklen_t addr_len(const union addr *addr)
{
	return addr->any.sa_family == AF_INET6 ? sizeof addr->v6 : sizeof addr->v4;
}

unsigned addr_port(const union addr *addr)
{
	if (addr->any.sa_family == AF_INET)
		return ntohs(addr->v4.sin_port);
	return addr->any.sa_family == AF_INET6 ? ntohs(addr->v6.sin6_port) : 0;
}

void addr_set_port(union addr *addr, unsigned port)
{
	if (addr->any.sa_family == AF_INET)
		addr->v4.sin_port = htons((uint16_t)port);
	else if (addr->any.sa_family == AF_INET6)
		addr->v6.sin6_port = htons((uint16_t)port);
}

bool addr_is_any(const union addr *addr)
{
	if (addr->any.sa_family == AF_INET)
		return addr->v4.sin_addr.s_addr == htonl(INADDR_ANY);
	return addr->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&addr->v6.sin6_addr);
}

union addr addr_unmap(const union addr *addr)
{
	if (addr->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&addr->v6.sin6_addr))
		return *addr;
	union addr v4 = addr_any(AF_INET, addr_port(addr));
	memcpy(&v4.v4.sin_addr, &addr->v6.sin6_addr.s6_addr[12], sizeof v4.v4.sin_addr);
	return v4;
}

bool addr_is_loopback(const union addr *addr)
{
	const union addr plain = addr_unmap(addr);

	return plain.any.sa_family == AF_INET6
		   ? IN6_IS_ADDR_LOOPBACK(&plain.v6.sin6_addr)
		   : ntohl(plain.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

union addr addr_map(const union addr *addr)
{
	union addr v6 = addr_any(AF_INET6, addr_port(addr));

	memset(&v6.v6.sin6_addr.s6_addr[10], 0xff, 2);
	memcpy(&v6.v6.sin6_addr.s6_addr[12], &addr->v4.sin_addr, sizeof addr->v4.sin_addr);
	return v6;
}

int addr_order(const union addr *a, const union addr *b)
{
	const unsigned port = addr_port(a), other_port = addr_port(b);

	if (a->any.sa_family != b->any.sa_family)
		return a->any.sa_family < b->any.sa_family ? -1 : 1;
	if (port != other_port)
		return port < other_port ? -1 : 1;
	if (a->any.sa_family == AF_INET)
		return memcmp(&a->v4.sin_addr, &b->v4.sin_addr, sizeof a->v4.sin_addr);
	if (a->any.sa_family != AF_INET6)
		return 0;
	const int order = memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr);
	const uint32_t scope = a->v6.sin6_scope_id, other_scope = b->v6.sin6_scope_id;
	return order ? order : (scope > other_scope) - (scope < other_scope);
}

bool addr_same(const union addr *a, const union addr *b)
{
	return a->any.sa_family != AF_UNSPEC && addr_order(a, b) == 0;
}
