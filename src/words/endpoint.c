#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "tcp/resolve.h"
#include "words/endpoint.h"
#include "words/report.h"

int place_family(const struct common *common)
{
	return common->family == 6 ? AF_INET6 : common->family == 4 ? AF_INET : AF_UNSPEC;
}

int place_read(struct place *place, const struct common *common, const char *word, size_t len)
{
	const int family = place_family(common);
	char why[ADDR_WHY], text[ADDR_NAME + 8];
	union addr addr = {0};

	snprintf(text, sizeof text, "%.*s", (int)(len < sizeof text ? len : sizeof text - 1), word);
	switch (addr_read(word, len, &addr, why)) {
	case ADDR_MALFORMED:
		say("%s %s: %s", place->what, say_quote(text), why);
		return -1;
	case ADDR_NAMED:
		if (common->numeric) {
			say("%s %s: not a number (-n: no names)", place->what, say_quote(text));
			return -1;
		}
		memcpy(place->name, text, len + 1); /* a name is shorter than ADDR_NAME */
		place->addr = (union addr){0};
		return 0;
	case ADDR_NUMERIC:
		if (family != AF_UNSPEC && addr.any.sa_family != family) {
			say("%s %s: not an IPv%d address", place->what, say_quote(text),
			    common->family);
			return -1;
		}
		addr_set_port(&addr, place->port);
		place->addr = addr;
		place->name[0] = 0;
	}
	return 0;
}

int place_read_port(
    struct place *place, const struct common *common, const char *what, const char *word)
{
	char why[ADDR_WHY];

	if (addr_read_port(word, !common->numeric, &place->port, why) < 0) {
		say("%s %s: %s", what, say_quote(word), why);
		return -1;
	}
	addr_set_port(&place->addr, place->port);
	return 0;
}

bool place_is_whole(const char *word)
{
	const char *port;

	addr_split(word, &port);
	return port != NULL;
}

int place_read_whole(struct place *place, const struct common *common, const char *word)
{
	const char *port;
	const size_t len = addr_split(word, &port);

	if (place_read_port(place, common, "port", port) < 0)
		return -1;
	return len == 0 ? 0 : place_read(place, common, word, len);
}

static int not_found(const struct place *place, const char *why)
{
	report_words(
	    "getaddrinfo", 0, NULL, NULL, "%s %s: %s", place->what, say_quote(place->name), why);
	return -1;
}

/* The answers for a name, or the address typed as the only one. */
static int answers_of(const struct place *place, int family, union addr answers[NAME_ANSWERS])
{
	const char *why;

	if (!place->name[0]) {
		answers[0] = place->addr;
		return 1;
	}
	const int n = name_find(place->name, family, place->port, answers, &why);
	return n > 0 ? n : not_found(place, why);
}

int place_find(struct place *place, const struct common *common)
{
	union addr answers[NAME_ANSWERS];
	const int n = answers_of(place, place_family(common), answers);

	if (n < 0)
		return -1;
	place->addr = answers[0];
	return 0;
}

int place_find_pair(struct place *one, struct place *other, const struct common *common)
{
	union addr ones[NAME_ANSWERS], others[NAME_ANSWERS];
	const int family = place_family(common);
	const int n = answers_of(one, family, ones);
	const int m = n < 0 ? -1 : answers_of(other, family, others);

	if (m < 0)
		return -1;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < m; j++)
			if (ones[i].any.sa_family == others[j].any.sa_family) {
				one->addr = ones[i];
				other->addr = others[j];
				return 0;
			}
	/* At least one is a name: two addresses of different families are malformed words. */
	return not_found(other->name[0] ? other : one, "no address of the other end's family");
}
