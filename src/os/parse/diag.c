#include <errno.h>
#include <string.h>

#include "os/parse/attribute.h"
#include "os/parse/diag.h"

/* Layouts and numbers from linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h, which not
 * every libc brings along. All of them are the machine's own byte order but for addresses and ports
 * of sockets. */
enum {
	NL_ERROR = 2, /* NLMSG_ERROR */
	NL_DONE = 3,  /* NLMSG_DONE */
	NL_REQUEST = 1,
	NL_DUMP = 0x300,
	BOTH_FAMILIES = 18, /* TCPDIAG_GETSOCK: the older request, which names no family */
	BY_FAMILY = 20,     /* SOCK_DIAG_BY_FAMILY */
	BYTECODE = 1,       /* INET_DIAG_REQ_BYTECODE */
	PROTOCOL = 3,       /* INET_DIAG_REQ_PROTOCOL: for numbers beyond a byte */
	MPTCP = 262,        /* IPPROTO_MPTCP */
	PORT_LEAST = 2,     /* INET_DIAG_BC_S_GE */
	PORT_MOST = 3,      /* INET_DIAG_BC_S_LE */
	TIMER_RESENDS = 1,  /* of one that waits for an acknowledgement */
	TIMER_CLOSES = 2,   /* of an MPTCP socket that its process has closed */
	TIMER_GOES = 3,     /* inet_diag_msg.idiag_timer of a TIME_WAIT */
	TIMER_PROBES = 4,   /* of one that has not sent all: a shut window, as a rule */
};

/* INET_DIAG_...: what may stand behind a socket. */
enum {
	ATTRIBUTE_INFO = 2, /* struct tcp_info, or mptcp_info */
	ATTRIBUTE_MEMORY = 7,
	ATTRIBUTE_V6ONLY = 11,
	ATTRIBUTE_ULP = 19,
	ATTRIBUTE_CGROUP = 21,
	ULP_NAME = 1, /* INET_ULP_INFO_NAME */
	/* Where in these: */
	MEMORY_DROPS = 32, /* SK_MEMINFO_DROPS */
	INFO_BACKOFF = 4,
	INFO_RTO = 8,
	INFO_WINDOW = 228, /* tcpi_snd_wnd, Linux 5.4 */
};

struct message {
	uint32_t len;
	uint16_t type, flags;
	uint32_t seq, pid;
};

struct id {
	uint16_t local_port, peer_port; /* network order */
	unsigned char local[16], peer[16];
	uint32_t device, cookie[2];
};

struct request {
	unsigned char family, protocol, extensions, unused;
	uint32_t states;
	struct id id;
};

/* struct inet_diag_req, of TCPDIAG_GETSOCK. */
struct older_request {
	unsigned char family, source_len, destination_len, extensions;
	struct id id;
	uint32_t states, dump;
};

struct answer {
	unsigned char family, state, timer, retransmits;
	struct id id;
	uint32_t expires_ms, receive_queue, send_queue, uid, inode;
};

/* inet_diag_bc_op: a test, and how many bytes to go on where it holds or not. Beyond the end by
 * four: leave the socket out. The second half of a test on ports holds the port in `no`. */
struct test {
	unsigned char code, yes;
	uint16_t no;
};

_Static_assert(sizeof(struct message) == 16 && sizeof(struct id) == 48 &&
		   sizeof(struct request) == 56 && sizeof(struct older_request) == 60 &&
		   sizeof(struct answer) == 72,
    "structs are laid out as the kernel's");

static size_t put(unsigned char *into, size_t at, const void *bytes, size_t len)
{
	memcpy(into + at, bytes, len);
	return at + len;
}

/* The filter by port, which runs in the kernel. */
static size_t put_filter(unsigned char *into, size_t at, unsigned port)
{
	const struct test tests[] = {
	    {PORT_LEAST, 8, 20},
	    {0, 0, (uint16_t)port},
	    {PORT_MOST, 8, 12},
	    {0, 0, (uint16_t)port},
	};
	const struct attribute head = {
	    .len = sizeof(struct attribute) + sizeof tests, .type = BYTECODE};

	at = put(into, at, &head, sizeof head);
	return put(into, at, tests, sizeof tests);
}

/* The protocol, whose number no byte holds. */
static size_t put_mptcp(unsigned char *into, size_t at)
{
	const uint32_t number = MPTCP;
	const struct attribute head = {
	    .len = sizeof(struct attribute) + sizeof number, .type = PROTOCOL};

	at = put(into, at, &head, sizeof head);
	return put(into, at, &number, sizeof number);
}

size_t diag_request(unsigned char into[DIAG_REQUEST], const struct diag_query *query)
{
	const unsigned char details =
	    query->details ? 1 << (ATTRIBUTE_INFO - 1) | 1 << (ATTRIBUTE_MEMORY - 1) : 0;
	struct message head = {.type = BY_FAMILY, .flags = NL_REQUEST | NL_DUMP, .seq = 1};
	const struct request request = {.family = (unsigned char)query->family,
	    .protocol = query->protocol == DIAG_UDP ? IPPROTO_UDP : IPPROTO_TCP,
	    .extensions = details,
	    .states = query->states};
	const struct older_request older = {.extensions = details, .states = query->states};
	size_t n = sizeof head;

	if (query->family == AF_UNSPEC) {
		head.type = BOTH_FAMILIES;
		n = put(into, n, &older, sizeof older);
	} else {
		n = put(into, n, &request, sizeof request);
	}
	if (query->port)
		n = put_filter(into, n, query->port);
	if (query->protocol == DIAG_MPTCP)
		n = put_mptcp(into, n);
	head.len = (uint32_t)n;
	put(into, 0, &head, sizeof head);
	return n;
}

static union addr addr_of(int family, const unsigned char bytes[16], uint16_t port, uint32_t device)
{
	union addr addr = addr_any(family, ntohs(port));

	if (family == AF_INET) {
		memcpy(&addr.v4.sin_addr, bytes, sizeof addr.v4.sin_addr);
	} else {
		memcpy(&addr.v6.sin6_addr, bytes, sizeof addr.v6.sin6_addr);
		if (IN6_IS_ADDR_LINKLOCAL(&addr.v6.sin6_addr))
			addr.v6.sin6_scope_id = device;
	}
	return addr;
}

/* Whether it is one of the TCP sockets that an MPTCP socket is made of. They share its inode. */
static bool read_ulp(struct attributes rest)
{
	static const char name[] = "mptcp";
	const unsigned char *body;
	unsigned type;
	size_t len;

	while (attribute_next(&rest, &type, &body, &len))
		if (type == ULP_NAME && len >= sizeof name && !memcmp(body, name, sizeof name))
			return true;
	return false;
}

/* How long the kernel still cares for an orphan whose peer answers each probe of its shut window: it
 * gives up when the wait between two would be at least two minutes (tcp_probe_timer, tcp_timer.c). */
static int64_t probes_left(uint32_t expires_ms, uint32_t rto_us, unsigned backoff)
{
	const int64_t longest = 120000, rto_ms = rto_us / 1000;
	int64_t left = expires_ms;

	if (rto_ms == 0)
		return -1;
	for (int64_t wait = rto_ms; wait < longest; wait *= 2) {
		if (backoff > 0)
			backoff--;
		else
			left += 2 * wait < longest ? 2 * wait : longest;
	}
	return left;
}

/* How long the kernel still sends again what the peer of an orphan does not acknowledge: until the first resend from 102.2 s
 * after the first of them on, if tcp_orphan_retries is 0 (tcp_write_timeout and tcp_model_timeout, tcp_timer.c). */
static int64_t resends_left(uint32_t expires_ms, uint32_t rto_us, unsigned backoff)
{
	const int64_t enough = 102200, longest = 120000, rto_ms = rto_us / 1000;
	const int64_t first = backoff < 32 ? rto_ms >> backoff : 0;
	int64_t left = expires_ms, wait = rto_ms;

	if (first == 0)
		return -1;
	/* A probe of the last segment may come before the first of them. */
	if (backoff == 0)
		left += rto_ms;
	for (int64_t gone = 2 * (rto_ms - first); gone < enough; gone += wait) {
		wait = 2 * wait < longest ? 2 * wait : longest;
		left += wait;
	}
	return left;
}

static void read_tcp_info(
    const unsigned char *body, size_t len, const struct answer *answer, struct holder *holder)
{
	if (len <= INFO_RTO)
		return;
	const uint32_t rto_us = attribute_number(body, len, INFO_RTO);
	if (answer->timer == TIMER_PROBES) {
		holder->most_ms = probes_left(answer->expires_ms, rto_us, body[INFO_BACKOFF]);
		holder->shut =
		    len >= INFO_WINDOW + 4 && attribute_number(body, len, INFO_WINDOW) == 0;
	} else if (answer->timer == TIMER_RESENDS) {
		holder->most_ms = resends_left(answer->expires_ms, rto_us, body[INFO_BACKOFF]);
	}
}

static void read_attributes(
    struct attributes rest, const struct answer *answer, struct holder *holder)
{
	const unsigned char *body;
	unsigned type;
	size_t len;

	while (attribute_next(&rest, &type, &body, &len)) {
		switch (type) {
		case ATTRIBUTE_V6ONLY:
			if (len > 0)
				holder->v6only = *body != 0;
			break;
		case ATTRIBUTE_MEMORY:
			if (len >= MEMORY_DROPS + sizeof(uint32_t))
				holder->drops = attribute_number(body, len, MEMORY_DROPS);
			break;
		case ATTRIBUTE_CGROUP:
			if (len >= sizeof holder->group)
				memcpy(&holder->group, body, sizeof holder->group);
			break;
		case ATTRIBUTE_ULP:
			holder->mptcp = read_ulp((struct attributes){body, len});
			break;
		case ATTRIBUTE_INFO:
			read_tcp_info(body, len, answer, holder);
			break;
		}
	}
}

/* Whether the bytes are a socket that we know how to tell of. */
static bool read_socket(
    const unsigned char *bytes, size_t len, enum diag_protocol protocol, struct holder *holder)
{
	struct answer a;

	if (len < sizeof a)
		return false;
	memcpy(&a, bytes, sizeof a);
	if (a.family != AF_INET && a.family != AF_INET6)
		return false;
	if (a.state == 12) /* TCP_NEW_SYN_RECV, how the kernel stores a SYN_RECV */
		a.state = HOLDER_SYN_RECV;
	if (a.state == 13) /* TCP_BOUND_INACTIVE */
		a.state = HOLDER_BOUND;
	if (a.state < HOLDER_ESTABLISHED || a.state > HOLDER_CLOSING)
		return false;

	const bool listens = a.state == HOLDER_LISTEN;
	const bool counts_down = protocol == DIAG_TCP && a.timer == TIMER_GOES;
	const bool closes = protocol == DIAG_MPTCP && a.timer == TIMER_CLOSES && !a.inode;
	*holder = (struct holder){.state = (enum holder_state)a.state,
	    .udp = protocol == DIAG_UDP,
	    .local = addr_of(a.family, a.id.local, a.id.local_port, a.id.device),
	    .inode = a.inode,
	    /* Without a process the kernel says 0, whoever made the socket. */
	    .uid = a.inode ? (long)a.uid : -1,
	    .device = a.id.device,
	    .remnant = counts_down,
	    .trying = protocol == DIAG_TCP && !a.inode &&
		      (a.timer == TIMER_PROBES || a.timer == TIMER_RESENDS),
	    .left_ms = counts_down || closes ? (int64_t)a.expires_ms : -1,
	    .most_ms = -1,
	    .queued = listens ? a.receive_queue : 0,
	    .queue_limit = listens ? a.send_queue : 0,
	    .drops = -1,
	    .reuseaddr = -1,
	    .reuseport = -1,
	    .v6only = a.family == AF_INET ? 0 : -1};
	if (!listens && a.state != HOLDER_BOUND)
		holder->peer = addr_of(a.family, a.id.peer, a.id.peer_port, a.id.device);
	read_attributes((struct attributes){bytes + sizeof a, len - sizeof a}, &a, holder);
	if (a.family == AF_INET)
		holder->v6only = 0;
	return true;
}

/* NLMSG_ERROR and NLMSG_DONE begin with an errno, negative, or 0. */
static int read_error(const unsigned char *bytes, size_t len)
{
	int32_t error = 0;

	if (len >= sizeof error)
		memcpy(&error, bytes, sizeof error);
	return error < 0 && error > -4096 ? -error : 0;
}

enum diag_end diag_parse(
    const void *bytes, size_t len, enum diag_protocol protocol, diag_each *each, void *who)
{
	const unsigned char *at = bytes;
	struct message head;
	struct holder holder;

	while (len >= sizeof head) {
		memcpy(&head, at, sizeof head);
		if (head.len < sizeof head || head.len > len) {
			errno = EPROTO;
			return DIAG_ERROR;
		}
		const unsigned char *body = at + sizeof head;
		const size_t body_len = head.len - sizeof head;
		const int error = read_error(body, body_len);
		if (head.type == NL_ERROR || (head.type == NL_DONE && error)) {
			errno = error ? error : EPROTO;
			return DIAG_ERROR;
		}
		if (head.type == NL_DONE)
			return DIAG_DONE;
		if ((head.type == BY_FAMILY || head.type == BOTH_FAMILIES) &&
		    read_socket(body, body_len, protocol, &holder) && !each(who, &holder))
			return DIAG_DONE;
		const size_t step = ((size_t)head.len + 3) & ~(size_t)3;
		if (step >= len)
			return DIAG_MORE;
		at += step;
		len -= step;
	}
	if (len == 0)
		return DIAG_MORE;
	errno = EPROTO;
	return DIAG_ERROR;
}
