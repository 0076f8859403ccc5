#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/say.h"
#include "cmd/why/words.h"
#include "tcp/errname.h"
#include "words/errors.h"

enum { WORD = 512 };

static bool all_digits(const char *word)
{
	return *word && strspn(word, "0123456789") == strlen(word);
}

/* As netstat writes the wildcard of IPv6: ":::8080". */
static void take_netstat(char *word)
{
	char port[8];

	if (strncmp(word, ":::", 3) != 0 || !all_digits(word + 3) ||
	    strlen(word) >= sizeof port + 3)
		return;
	memcpy(port, word + 3, strlen(word + 3) + 1);
	snprintf(word, WORD, "[::]:%s", port);
}

/* What others say than this libc, where they differ: glibc, musl, the BSDs and macOS (strerror(3) of each). */
static const struct {
	int error;
	const char *text;
} texts[] = {
    {EADDRINUSE, "Address already in use"},
    {EADDRINUSE, "Address in use"},
    {EADDRNOTAVAIL, "Cannot assign requested address"},
    {EADDRNOTAVAIL, "Can't assign requested address"},
    {EADDRNOTAVAIL, "Address not available"},
    {ECONNABORTED, "Software caused connection abort"},
    {ECONNABORTED, "Connection aborted"},
    {ETIMEDOUT, "Connection timed out"},
    {ETIMEDOUT, "Operation timed out"},
    {ENETUNREACH, "Network is unreachable"},
    {ENETUNREACH, "Network unreachable"},
    {EHOSTUNREACH, "No route to host"},
    {EHOSTUNREACH, "Host is unreachable"},
    {EMFILE, "Too many open files"},
    {EMFILE, "No file descriptors available"},
    {ENOMEM, "Cannot allocate memory"},
    {ENOMEM, "Out of memory"},
    {EISCONN, "Transport endpoint is already connected"},
    {EISCONN, "Socket is already connected"},
    {EISCONN, "Socket is connected"},
    {EINPROGRESS, "Operation now in progress"},
    {EINPROGRESS, "Operation in progress"},
    {ENOTSOCK, "Socket operation on non-socket"},
    {ENOTSOCK, "Not a socket"},
    {EMSGSIZE, "Message too long"},
    {EMSGSIZE, "Message too large"},
};

/* The longest text of an errno that `word` begins with, and its length; 0: with none. */
static int errno_begun(const char *word, size_t *len)
{
	int found = 0;

	*len = 0;
	for (size_t i = 0; errname_at(i); i++) {
		const int error = errname_number(errname_at(i));
		const char *const text = strerror(error);
		const size_t n = strlen(text);
		if (n > *len && !strncasecmp(text, word, n)) {
			*len = n;
			found = error;
		}
	}
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const size_t n = strlen(texts[i].text);
		if (n > *len && !strncasecmp(texts[i].text, word, n)) {
			*len = n;
			found = texts[i].error;
		}
	}
	return found;
}

/* "EADDRINUSE", in small letters too, or "Address already in use"; 0 where it is neither. */
static int errno_of(const char *word)
{
	char name[32];
	size_t n = 0;

	for (; n < sizeof name - 1 && word[n]; n++)
		name[n] = (char)toupper((unsigned char)word[n]);
	name[n] = 0;
	const int error = word[n] ? 0 : errname_number(name);
	if (error)
		return error;
	const int begun = errno_begun(word, &n);
	return word[n] ? 0 : begun;
}

/* As programs complain: "bind: Address already in use", "bind: EADDRINUSE". 0 where it is not so. */
static int errno_behind_call(const char *word, enum tcp_call *call)
{
	const char *colon = strstr(word, ": ");
	char name[16];

	if (!colon || (size_t)(colon - word) >= sizeof name)
		return 0;
	snprintf(name, sizeof name, "%.*s", (int)(colon - word), word);
	*call = errors_call(name);
	return *call == CALL_NONE ? 0 : errno_of(colon + 2);
}

/* The errno whose text a whole line of a program's holds: "nginx: Address already in use". 0: none. */
static int errno_within(const char *word)
{
	int found = 0;
	size_t len;

	if (!strchr(word, ' '))
		return 0;
	for (size_t at = 0; !found && word[at]; at++)
		found = errno_begun(word + at, &len);
	return found;
}

static bool looks_like_errno(const char *word)
{
	return word[0] == 'E' && word[1] &&
	       strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(word);
}

/* A service of UDP alone has no name among those of TCP. */
static const char *udp_port(const char *word, char number[16])
{
	const struct servent *service = all_digits(word) ? NULL : getservbyname(word, "udp");

	if (!service)
		return word;
	snprintf(number, 16, "%u", ntohs((uint16_t)service->s_port));
	return number;
}

/* The port of a scheme that stands in no list of services. */
static const char *scheme_port(const char *scheme, char number[16])
{
	static const char *const known[][2] = {{"http", "80"}, {"https", "443"}, {"ws", "80"},
	    {"wss", "443"}, {"postgres", "5432"}, {"redis", "6379"}, {"mqtt", "1883"}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcasecmp(known[i][0], scheme))
			return known[i][1];
	const struct servent *service = getservbyname(scheme, "tcp");
	if (!service)
		return NULL;
	snprintf(number, 16, "%u", ntohs((uint16_t)service->s_port));
	return number;
}

/* Takes "/tcp" or "/udp" off the end. */
static void take_protocol(char *word, struct question *question)
{
	char *slash = strrchr(word, '/');

	if (!slash || (strcasecmp(slash, "/tcp") != 0 && strcasecmp(slash, "/udp") != 0))
		return;
	question->udp = !strcasecmp(slash, "/udp");
	*slash = 0;
}

/* Makes of "http://user@host:port/path" "host:port". Returns 0, or -1 after a complaint. */
static int take_url(char *word, struct question *question)
{
	char *rest = strstr(word, "://"), number[16], bare[WORD];
	const char *port;

	if (!rest)
		return 0;
	*rest = 0;
	rest += 3;
	rest[strcspn(rest, "/?#")] = 0;
	char *at = strrchr(rest, '@');
	if (at)
		rest = at + 1;
	question->udp = !strcasecmp(word, "udp");
	addr_split(rest, &port);
	const char *usual = scheme_port(word, number);
	if (!port && !usual) {
		say("address %s: no port, and %s has no default", say_quote(rest), word);
		return -1;
	}
	snprintf(bare, sizeof bare, port ? "%s" : "%s:%s", rest, usual ? usual : "");
	memcpy(word, bare, strlen(bare) + 1);
	return 0;
}

/* A port and an address as two words. Returns 0, or -1 after a complaint. */
static int read_pair(
    const struct common *common, const char *port, const char *address, struct question *question)
{
	char word[WORD], number[16];

	snprintf(word, sizeof word, "%s", port);
	take_protocol(word, question);
	if (endpoint_read_port(&question->endpoint, common, "port",
		question->udp ? udp_port(word, number) : word) < 0)
		return -1;
	question->port_alone = question->bare = false;
	if (!strcmp(address, "*")) {
		question->port_alone = true;
		return 0;
	}
	return endpoint_read(&question->endpoint, common, address, strlen(address));
}

/* Whether the word is a port and nothing more, without complaint. */
static bool is_port(const struct common *common, const char *typed)
{
	char word[WORD], number[16], why[ADDR_WHY];
	struct question question = {0};
	unsigned port;

	snprintf(word, sizeof word, "%s", typed);
	take_protocol(word, &question);
	return addr_read_port(
		   question.udp ? udp_port(word, number) : word, !common->numeric, &port, why) == 0;
}

/* Whether it could be an address alone: one in numbers, or what may be a host's name and is no port. */
static bool is_address(const char *word)
{
	char why[ADDR_WHY];
	union addr addr = {0};

	if (!strcmp(word, "*"))
		return true;
	return addr_read(word, strlen(word), &addr, why) != ADDR_MALFORMED &&
	       !(*word >= '0' && *word <= '9' && !strpbrk(word, ".:"));
}

/* One word that stands for itself. Returns 0, or -1 after a complaint. */
static int read_word(const struct common *common, const char *typed, struct question *question)
{
	char word[WORD], number[16];

	if (strlen(typed) >= sizeof word - 8) {
		say("%s: too long for an address and port", say_quote(typed));
		return -1;
	}
	snprintf(word, sizeof word, "%s", typed);
	take_netstat(word);
	if (take_url(word, question) < 0)
		return -1;
	take_protocol(word, question);
	const char *whole = word[0] == '*' && word[1] == ':' ? word + 1 : word;
	question->port_alone = *whole == ':' && whole[1] != ':';
	if (endpoint_is_whole(whole)) {
		const char *port;
		const size_t len = addr_split(whole, &port);
		if (endpoint_read_port(&question->endpoint, common, "port",
			question->udp ? udp_port(port, number) : port) < 0)
			return -1;
		question->port_alone = len == 0;
		return len == 0 ? 0 : endpoint_read(&question->endpoint, common, whole, len);
	}
	question->port_alone = question->bare = true;
	return endpoint_read_port(
	    &question->endpoint, common, "port", question->udp ? udp_port(whole, number) : whole);
}

/* Whether the word says all by itself: it has a port in it. */
static bool says_all(const struct common *common, const char *word)
{
	return strstr(word, "://") || (word[0] == '*' && word[1] == ':') ||
	       endpoint_is_whole(word) || is_port(common, word);
}

/* The words [0, count) as one question. Returns how many of them it took, or -1 after a complaint.
 * `before`: the question before, or NULL. */
static int read_question(const struct common *common, int count, char **words,
    struct question *question, struct question *before)
{
	const char *word = words[0];

	question->word = word;
	question->endpoint.what = "address";
	question->error = errno_behind_call(word, &question->call);
	if (question->error)
		return 1;
	question->error = errno_of(word);
	if (question->error) {
		if (count < 2 || errno_of(words[1]) || says_all(common, words[1]))
			return 1;
		question->call = errors_call(words[1]);
		if (question->call != CALL_NONE)
			return 2;
		say("call %s: not one of socket bind listen connect accept send recv",
		    say_quote(words[1]));
		return -1;
	}
	/* The call first: "bind EADDRINUSE". */
	if (count > 1 && errors_call(word) != CALL_NONE && errno_of(words[1])) {
		question->call = errors_call(word);
		question->error = errno_of(words[1]);
		return 2;
	}
	if (looks_like_errno(word)) {
		say("errno %s: no such name on this system", say_quote(word));
		return -1;
	}
	const int within = errno_within(word);
	if (within) {
		say("%s: more than an errno's text and its call: try 'reuse why PORT' with the "
		    "port, or 'reuse why %s'",
		    say_quote(word), errname(within));
		return -1;
	}
	if (!says_all(common, word) && is_address(word)) {
		if (count > 1 && is_port(common, words[1]))
			return read_pair(common, words[1], word, question) < 0 ? -1 : 2;
		/* As the last word it belongs to the port before it. */
		if (before && before->bare && count == 1)
			return read_pair(common, before->word, word, before) < 0 ? -1 : 0;
		char why[ADDR_WHY];
		union addr addr = {0};
		if (!strcmp(word, "*") ||
		    addr_read(word, strlen(word), &addr, why) == ADDR_NUMERIC) {
			say("address %s: its port is missing", say_quote(word));
			return -1;
		}
	}
	return read_word(common, word, question) < 0 ? -1 : 1;
}

int words_read(
    const struct common *common, int count, char **words, struct question questions[QUESTIONS_MOST])
{
	int n = 0;

	for (int i = 0; i < count;) {
		if (n == QUESTIONS_MOST) {
			say("more than %d addresses", QUESTIONS_MOST);
			return -1;
		}
		questions[n] = (struct question){0};
		const int took = read_question(
		    common, count - i, words + i, &questions[n], n > 0 ? &questions[n - 1] : NULL);
		if (took < 0)
			return -1;
		n += took > 0;
		i += took > 0 ? took : 1;
	}
	return n;
}
