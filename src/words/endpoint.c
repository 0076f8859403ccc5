#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "tcp/resolve.h"
#include "words/endpoint.h"
#include "words/report.h"

int endpoint_family(const struct common *common)
{
	return common->family == 6 ? AF_INET6 : common->family == 4 ? AF_INET : AF_UNSPEC;
}

int endpoint_read(
    struct endpoint *endpoint, const struct common *common, const char *word, size_t len)
{
	const int family = endpoint_family(common);
	char why[ADDR_WHY], text[ADDR_NAME + 8];
	union addr addr = {0};

	snprintf(text, sizeof text, "%.*s", (int)(len < sizeof text ? len : sizeof text - 1), word);
	switch (addr_read(word, len, &addr, why)) {
	case ADDR_MALFORMED:
		say("%s %s: %s", endpoint->what, say_quote(text), why);
		return -1;
	case ADDR_NAMED:
		if (common->numeric) {
			say("%s %s: not a number (-n: no names)", endpoint->what, say_quote(text));
			return -1;
		}
		memcpy(endpoint->name, text, len + 1); /* a name is shorter than ADDR_NAME */
		endpoint->addr = (union addr){0};
		return 0;
	case ADDR_NUMERIC:
		if (family != AF_UNSPEC && addr.any.sa_family != family) {
			say("%s %s: not an IPv%d address", endpoint->what, say_quote(text),
			    common->family);
			return -1;
		}
		addr_set_port(&addr, endpoint->port);
		endpoint->addr = addr;
		endpoint->name[0] = 0;
	}
	return 0;
}

int endpoint_read_port(
    struct endpoint *endpoint, const struct common *common, const char *what, const char *word)
{
	char why[ADDR_WHY];

	if (addr_read_port(word, !common->numeric, &endpoint->port, why) < 0) {
		say("%s %s: %s", what, say_quote(word), why);
		return -1;
	}
	addr_set_port(&endpoint->addr, endpoint->port);
	return 0;
}

bool endpoint_is_whole(const char *word)
{
	const char *port;

	addr_split(word, &port);
	return port != NULL;
}

int endpoint_read_whole(struct endpoint *endpoint, const struct common *common, const char *word)
{
	const char *port;
	const size_t len = addr_split(word, &port);

	if (endpoint_read_port(endpoint, common, "port", port) < 0)
		return -1;
	return len == 0 ? 0 : endpoint_read(endpoint, common, word, len);
}

static int not_found(const struct endpoint *endpoint, const char *why)
{
	report_words("getaddrinfo", 0, NULL, NULL, "%s %s: %s", endpoint->what,
	    say_quote(endpoint->name), why);
	return -1;
}

int endpoint_look_up(
    const char *name, int family, unsigned port, union addr answers[], const char **why)
{
	out_clear();
	stop_at_once(true);
	const int n = name_find(name, family, port, answers, why);
	stop_at_once(false);
	return n;
}

/* The answers for a name, or the address typed as the only one. */
static int answers_of(const struct endpoint *endpoint, int family, union addr answers[NAME_ANSWERS])
{
	const char *why;

	if (!endpoint->name[0]) {
		answers[0] = endpoint->addr;
		return 1;
	}
	const int n = endpoint_look_up(endpoint->name, family, endpoint->port, answers, &why);
	return n > 0 ? n : not_found(endpoint, why);
}

int endpoint_answers(
    const struct endpoint *endpoint, const struct common *common, union addr answers[])
{
	return answers_of(endpoint, endpoint_family(common), answers);
}

int endpoint_find(struct endpoint *endpoint, const struct common *common)
{
	union addr answers[NAME_ANSWERS];
	const int n = answers_of(endpoint, endpoint_family(common), answers);

	if (n < 0)
		return -1;
	endpoint->addr = answers[0];
	return 0;
}

int endpoint_pairs(const struct endpoint *one, const struct endpoint *other,
    const struct common *common, union addr from[], union addr to[])
{
	union addr ones[NAME_ANSWERS], others[NAME_ANSWERS];
	const bool any = !one->name[0] && one->addr.any.sa_family == AF_UNSPEC;
	const int family = endpoint_family(common);
	const int n = answers_of(one, family, ones);
	const int m = n < 0 ? -1 : answers_of(other, family, others);
	int count = 0;

	for (int j = 0; j < m; j++) {
		int i = 0;
		if (any)
			ones[0] = addr_any(others[j].any.sa_family, one->port);
		while (i < n && ones[i].any.sa_family != others[j].any.sa_family)
			i++;
		if (i == n)
			continue;
		from[count] = ones[i];
		to[count++] = others[j];
	}
	/* At least one is a name: two addresses of different families are malformed words. */
	if (m >= 0 && count == 0)
		return not_found(
		    other->name[0] ? other : one, "no address of the other end's family");
	return m < 0 ? -1 : count;
}

int endpoint_find_pair(struct endpoint *one, struct endpoint *other, const struct common *common)
{
	union addr from[NAME_ANSWERS], to[NAME_ANSWERS];

	if (endpoint_pairs(one, other, common, from, to) < 0)
		return -1;
	one->addr = from[0];
	other->addr = to[0];
	return 0;
}
