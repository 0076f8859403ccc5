#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "tcp/resolve.h"

int name_find(
    const char *name, int family, unsigned port, union addr answers[NAME_ANSWERS], const char **why)
{
	const struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	int n = 0;

	const int code = getaddrinfo(name, NULL, &hints, &list);
	if (code != 0) {
		*why = code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code);
		return -1;
	}
	for (const struct addrinfo *a = list; a && n < NAME_ANSWERS; a = a->ai_next) {
		if (a->ai_addrlen > sizeof answers[n] ||
		    (a->ai_family != AF_INET && a->ai_family != AF_INET6))
			continue;
		memset(&answers[n], 0, sizeof answers[n]);
		memcpy(&answers[n], a->ai_addr, a->ai_addrlen);
		addr_set_port(&answers[n], port);
		/* Two lines of /etc/hosts may be alike. */
		int known = 0;
		while (!addr_same(&answers[known], &answers[n]))
			known++;
		n += known == n;
	}
	freeaddrinfo(list);
	if (n > 0)
		return n;
	*why = "no IPv4 or IPv6 address";
	return -1;
}
