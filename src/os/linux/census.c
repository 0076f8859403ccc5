/* NETLINK_SOCK_DIAG: sock_diag(7). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/census.h"

/* From linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h, which not every libc's compiler
 * finds; they are the kernel's interface and do not change. */
enum {
	FAMILY_NETLINK = 16,
	PROTOCOL_SOCK_DIAG = 4,
	BY_FAMILY = 20,
	MESSAGE_ERROR = 2,
	MESSAGE_DONE = 3,
	FLAGS_DUMP = 0x301, /* NLM_F_REQUEST | NLM_F_DUMP */
	ESTABLISHED = 1,
};

struct head {
	uint32_t len;
	uint16_t type, flags;
	uint32_t sequence, port;
};

struct ends {
	uint16_t source_port, peer_port; /* network order */
	uint32_t source[4], peer[4];
	uint32_t interface, cookie[2];
};

struct question {
	struct head head;
	uint8_t family, protocol, extensions, pad;
	uint32_t states; /* bit s: sockets in state s */
	struct ends ends;
};

struct answer {
	uint8_t family, state, timer, retransmits;
	struct ends ends;
	/* more follows */
};

struct netlink_address {
	sa_family_t family;
	uint16_t pad;
	uint32_t port, groups;
};

struct source {
	uint32_t addr[4];
	uint16_t port;
};

struct count {
	struct census *census;
	const void *to;
	size_t bytes;
	const unsigned char *ports;
	struct source sources[CENSUS_SOURCES];
};

static void count_one(struct count *count, const struct ends *ends)
{
	const unsigned port = ntohs(ends->peer_port);
	struct census *census = count->census;
	struct source source = {.port = ends->source_port};

	if (!(count->ports[port / 8] & 1u << port % 8) ||
	    memcmp(ends->peer, count->to, count->bytes) != 0)
		return;
	census->connections++;
	memcpy(source.addr, ends->source, sizeof source.addr);
	for (unsigned i = 0; i < census->sources; i++)
		if (count->sources[i].port == source.port &&
		    !memcmp(count->sources[i].addr, source.addr, sizeof source.addr))
			return;
	if (census->sources < CENSUS_SOURCES)
		count->sources[census->sources++] = source;
}

/* One datagram of answers. Returns 1 when it was the last, 0, or -1 with errno. */
static int read_answers(const char *bytes, size_t len, struct count *count)
{
	struct head head;
	struct answer answer;
	int32_t error;

	for (size_t at = 0; len - at >= sizeof head;) {
		memcpy(&head, bytes + at, sizeof head);
		if (head.len < sizeof head || head.len > len - at)
			break;
		const char *body = bytes + at + sizeof head;
		const size_t size = head.len - sizeof head;
		if (head.type == MESSAGE_DONE)
			return 1;
		if (head.type == MESSAGE_ERROR) {
			errno = EPROTO;
			if (size >= sizeof error) {
				memcpy(&error, body, sizeof error);
				errno = -error;
			}
			return -1;
		}
		if (head.type == BY_FAMILY && size >= sizeof answer) {
			memcpy(&answer, body, sizeof answer);
			count_one(count, &answer.ends);
		}
		const size_t step = (head.len + 3u) & ~(size_t)3;
		if (step > len - at)
			break;
		at += step;
	}
	return 0;
}

static int dump(int fd, int family, struct count *count)
{
	static char bytes[65536];
	const struct question question = {
	    .head = {.len = sizeof question, .type = BY_FAMILY, .flags = FLAGS_DUMP},
	    .family = (uint8_t)family,
	    .protocol = IPPROTO_TCP,
	    .states = 1u << ESTABLISHED,
	};
	const struct netlink_address kernel = {.family = FAMILY_NETLINK};
	int ended = 0;

	if (sendto(fd, &question, sizeof question, 0, (const struct sockaddr *)&kernel,
		sizeof kernel) < 0)
		return -1;
	while (ended == 0) {
		const ssize_t n = recv(fd, bytes, sizeof bytes, 0);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			ended = read_answers(bytes, (size_t)n, count);
	}
	return ended < 0 ? -1 : 0;
}

int census_take(
    const union addr *to, size_t bytes, const unsigned char ports[8192], struct census *census)
{
	const int family = to->any.sa_family;
	struct count count = {.census = census,
	    .to = family == AF_INET6 ? (const void *)&to->v6.sin6_addr
				     : (const void *)&to->v4.sin_addr,
	    .bytes = bytes,
	    .ports = ports};
	const int fd = socket(FAMILY_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, PROTOCOL_SOCK_DIAG);

	*census = (struct census){0};
	if (fd < 0)
		return -1;
	const int result = dump(fd, family, &count);
	const int error = errno;
	close(fd);
	errno = error;
	return result;
}
