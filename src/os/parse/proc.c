#include <signal.h>
#include <string.h>

#include "os/parse/proc.h"

/* What is left of a line. */
struct rest {
	const char *at, *end;
};

static void proc_blanks(struct rest *rest)
{
	while (rest->at < rest->end && *rest->at == ' ')
		rest->at++;
}

static bool skip(struct rest *rest, char c)
{
	if (rest->at == rest->end || *rest->at != c)
		return false;
	rest->at++;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* A number of `base` up to `most`. */
static bool number(struct rest *rest, unsigned base, uint64_t most, uint64_t *value)
{
	const char *const begin = rest->at;

	*value = 0;
	for (; rest->at < rest->end && digit(*rest->at) < (int)base; rest->at++) {
		const unsigned d = (unsigned)digit(*rest->at);
		if (*value > (most - d) / base)
			return false;
		*value = *value * base + d;
	}
	return rest->at > begin;
}

/* "0100007F:0BB8": the address in words of 32 bits, each as this machine reads it from memory. */
static bool address(struct rest *rest, int family, union addr *addr)
{
	uint32_t words[4];
	uint64_t port, value;
	const size_t count = family == AF_INET ? 1 : 4;

	proc_blanks(rest);
	for (size_t i = 0; i < count; i++) {
		if (rest->end - rest->at < 8)
			return false;
		struct rest word = {rest->at, rest->at + 8};
		if (!number(&word, 16, UINT32_MAX, &value) || word.at != word.end)
			return false;
		words[i] = (uint32_t)value;
		rest->at += 8;
	}
	if (!skip(rest, ':') || !number(rest, 16, 65535, &port))
		return false;
	*addr = addr_any(family, (unsigned)port);
	if (family == AF_INET)
		memcpy(&addr->v4.sin_addr, words, sizeof addr->v4.sin_addr);
	else
		memcpy(&addr->v6.sin6_addr, words, sizeof addr->v6.sin6_addr);
	return true;
}

/* A field of two hexadecimal numbers: "03:000016F5". */
static bool pair(struct rest *rest, uint64_t *one, uint64_t *other)
{
	proc_blanks(rest);
	return number(rest, 16, UINT32_MAX, one) && skip(rest, ':') &&
	       number(rest, 16, UINT64_MAX, other);
}

static bool field(struct rest *rest, unsigned base, uint64_t *value)
{
	proc_blanks(rest);
	return number(rest, base, UINT64_MAX, value);
}

bool proc_socket(const char *line, size_t len, int family, struct holder *holder)
{
	struct rest rest = {line, line + len};
	struct holder h = {
	    .uid = -1, .left_ms = -1, .most_ms = -1, .drops = -1, .reuseaddr = -1, .reuseport = -1};
	uint64_t slot, state, sent, waiting, timer, when, retransmits, uid, timeout, inode;

	h.v6only = family == AF_INET ? 0 : -1;
	if (!field(&rest, 10, &slot) || !skip(&rest, ':') || !address(&rest, family, &h.local) ||
	    !address(&rest, family, &h.peer) || !field(&rest, 16, &state) ||
	    !pair(&rest, &sent, &waiting) || !pair(&rest, &timer, &when) ||
	    !field(&rest, 16, &retransmits) || !field(&rest, 10, &uid) ||
	    !field(&rest, 10, &timeout) || !field(&rest, 10, &inode))
		return false;
	if (state == 12) /* TCP_NEW_SYN_RECV */
		state = HOLDER_SYN_RECV;
	if (state < HOLDER_ESTABLISHED || state > HOLDER_CLOSING)
		return false;
	h.state = (enum holder_state)state;
	h.inode = inode;
	if (inode && uid <= UINT32_MAX)
		h.uid = (long)uid;
	if (h.state == HOLDER_LISTEN || h.state == HOLDER_BOUND)
		h.peer = (union addr){0};
	if (h.state == HOLDER_LISTEN && waiting <= UINT32_MAX)
		h.queued = (unsigned)waiting;
	h.queue_limit = LIMIT_UNKNOWN;
	h.remnant = timer == 3;
	if (h.remnant && when <= INT32_MAX)
		h.left_ms = (int64_t)when * 10; /* in hundredths, whatever the kernel's own tick */
	*holder = h;
	return true;
}

bool proc_link(const char *link, size_t len, uint64_t *inode)
{
	static const char begin[] = "socket:[";
	struct rest rest = {link, link + len};

	if (len < sizeof begin - 1 || memcmp(link, begin, sizeof begin - 1) != 0)
		return false;
	rest.at += sizeof begin - 1;
	return number(&rest, 10, UINT64_MAX, inode) && skip(&rest, ']') && rest.at == rest.end;
}

bool proc_maps_all(const char *text, size_t len)
{
	struct rest rest = {text, text + len};
	uint64_t inside, outside, count;

	return field(&rest, 10, &inside) && field(&rest, 10, &outside) &&
	       field(&rest, 10, &count) && inside == 0 && outside == 0 && count >= UINT32_MAX;
}

/* What begins with `word`, at most up to the end; NULL: nowhere. */
static const char *seek(const char *at, const char *end, const char *word)
{
	const size_t n = strlen(word);

	for (; (size_t)(end - at) >= n; at++)
		if (memcmp(at, word, n) == 0)
			return at;
	return NULL;
}

/* The list "UserFiles:\t2", then "    0: socket:[5]" a line. On older kernels sockets stand there as "TCP", and
 * of a ring that is busy there is no list at all. */
bool proc_registered(const char *text, size_t len, proc_each *each, void *who)
{
	static const char head[] = "UserFiles:\t", begin[] = "socket:[";
	const char *const end = text + len;
	const char *at = seek(text, end, head);
	struct rest rest = {at ? at + sizeof head - 1 : end, end};
	uint64_t files, place, inode;
	bool listed = false;

	if (!number(&rest, 10, UINT64_MAX, &files) || files == 0)
		return true;
	while (skip(&rest, '\n') && field(&rest, 10, &place) && skip(&rest, ':')) {
		proc_blanks(&rest);
		listed = true;
		const char *const word = rest.at;
		while (rest.at < rest.end && *rest.at != '\n')
			rest.at++;
		struct rest name = {word + sizeof begin - 1, rest.at};
		if ((size_t)(rest.at - word) < sizeof begin - 1 ||
		    memcmp(word, begin, sizeof begin - 1) != 0) {
			const size_t n = (size_t)(rest.at - word);
			if ((n >= 3 && !memcmp(word, "TCP", 3)) ||
			    (n >= 5 && !memcmp(word, "MPTCP", 5)))
				return false;
		} else if (number(&name, 10, UINT64_MAX, &inode) && skip(&name, ']')) {
			each(who, inode);
		}
	}
	return listed;
}

bool proc_stat(const char *text, size_t len, struct proc_stat *stat)
{
	enum { STATE = 3, PARENT = 4, GROUP = 5, SESSION = 6, TERMINAL = 7, STARTED = 22 };
	struct rest rest = {text, text + len};
	uint64_t pid = 0, fields[STARTED] = {0};

	number(&rest, 10, INT32_MAX, &pid);
	/* The name in brackets may hold brackets. */
	for (rest.at = rest.end; rest.at > text && rest.at[-1] != ')';)
		rest.at--;
	if (rest.at == text || !skip(&rest, ' ') || rest.at == rest.end)
		return false;
	stat->state = *rest.at;
	for (int at = STATE + 1; at <= STARTED; at++) {
		while (rest.at < rest.end && *rest.at != ' ')
			rest.at++;
		if (!skip(&rest, ' '))
			return false;
		if (at < STARTED)
			number(&rest, 10, INT32_MAX, &fields[at]);
	}
	stat->parent = (long)fields[PARENT];
	stat->group = (long)fields[GROUP];
	stat->session = fields[TERMINAL] != 0 ? (long)fields[SESSION] : 0;
	stat->leads = stat->session != 0 && fields[SESSION] == pid;
	return number(&rest, 10, UINT64_MAX, &stat->started);
}

long proc_user(const char *text, size_t len)
{
	const char *const line = seek(text, text + len, "\nUid:\t");
	struct rest rest = {line ? line + 6 : text + len, text + len};
	uint64_t real, effective;

	if (!number(&rest, 10, UINT32_MAX, &real) || !skip(&rest, '\t') ||
	    !number(&rest, 10, UINT32_MAX, &effective))
		return -1;
	return (long)effective;
}

/* "SigIgn:\t0000000000004000": whether it has SIGTERM. */
static bool has_sigterm(const char *text, size_t len, const char *name)
{
	const char *const line = seek(text, text + len, name);
	struct rest rest = {line ? line + strlen(name) : text + len, text + len};
	uint64_t set;

	return number(&rest, 16, UINT64_MAX, &set) && set >> (SIGTERM - 1) & 1;
}

/* pid_namespaces(7): the first of a namespace gets only signals that it handles, but for SIGKILL and SIGSTOP from
 * outside. "NSpid:\t4567\t1" */
bool proc_deaf(const char *text, size_t len)
{
	static const char name[] = "\nNSpid:\t";
	const char *const line = seek(text, text + len, name);
	struct rest rest = {line ? line + sizeof name - 1 : text + len, text + len};
	uint64_t pid = 0;
	unsigned count = 0;

	do
		count += number(&rest, 10, UINT32_MAX, &pid);
	while (skip(&rest, '\t'));
	return has_sigterm(text, len, "\nSigIgn:\t") ||
	       (count > 1 && pid == 1 && !has_sigterm(text, len, "\nSigCgt:\t"));
}

bool proc_hides(const char *text, size_t len, bool *hides, long *group)
{
	const char *const end = text + len;
	bool mounted = false;

	*hides = false;
	*group = -1;
	/* "22 28 0:21 / /proc rw,nosuid - proc proc rw,hidepid=invisible": the last one is on top. */
	for (const char *line = text, *next; line < end; line = next) {
		const char *const stop = memchr(line, '\n', (size_t)(end - line));
		next = stop ? stop + 1 : end;
		const char *const options = seek(line, next, " - proc ");
		if (!options || !seek(line, options, " /proc "))
			continue;
		mounted = true;
		const char *const hidden = seek(options, next, ",hidepid=");
		const char *const gid = seek(options, next, ",gid=");
		struct rest rest = {gid ? gid + 5 : next, next};
		uint64_t number_of = 0;
		*hides = hidden && !seek(hidden, next, ",hidepid=off") &&
			 !seek(hidden, next, ",hidepid=0");
		*group = number(&rest, 10, UINT32_MAX, &number_of) ? (long)number_of : -1;
	}
	return mounted;
}
