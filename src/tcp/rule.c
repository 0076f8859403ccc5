#include <netinet/in.h>
#include <sys/socket.h>

#include "tcp/facts.h"
#include "tcp/rule.h"

/* Same address; ports are not looked at. */
static bool same_address(union addr one, union addr other)
{
	addr_set_port(&one, 0);
	addr_set_port(&other, 0);
	return addr_same(&one, &other);
}

static bool is_mapped(const union addr *addr)
{
	return addr->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&addr->v6.sin6_addr);
}

/* A socket as Linux compares it: every IPv6 address has an IPv4 one beside it. */
struct linux_face {
	enum { FACE_MAPPED, FACE_ANY, FACE_OTHER } type; /* of the IPv6 address */
	uint32_t v4;
	bool v6only;
};

static struct linux_face face_of(const struct facts *facts, const struct rule_socket *is)
{
	enum { LOOPBACK4_IPV6 = 0x7f000006 };
	const union addr addr = addr_unmap(&is->addr);
	struct linux_face face = {.type = FACE_OTHER, .v4 = LOOPBACK4_IPV6};

	if (is_mapped(&is->addr) && !facts_have(facts, FACT_MAPPED))
		return face;
	if (addr.any.sa_family == AF_INET) {
		face.type = FACE_MAPPED;
		face.v4 = ntohl(addr.v4.sin_addr.s_addr);
	} else if (addr_is_any(&addr)) {
		face.type = FACE_ANY;
		face.v4 = 0;
		face.v6only = is->v6only || !facts_have(facts, FACT_DUAL);
	} else {
		face.v6only = is->v6only || !is->dual || !facts_have(facts, FACT_CHILD);
	}
	return face;
}

/* ipv4_rcv_saddr_equal. */
static bool equal_v4(
    const struct linux_face *one, const struct linux_face *other, bool wide_one, bool wide_other)
{
	return !other->v6only && (one->v4 == other->v4 || (wide_one && one->v4 == 0) ||
				     (wide_other && other->v4 == 0));
}

bool rule_takes_in(const struct facts *facts, const struct rule_socket *one,
    const struct rule_socket *other, bool wide_other)
{
	const struct linux_face a = face_of(facts, one), b = face_of(facts, other);
	const bool wide = facts_have(facts, FACT_WILDCARD);

	wide_other &= wide;
	if (one->addr.any.sa_family == AF_INET || (a.type == FACE_MAPPED && b.type == FACE_MAPPED))
		return equal_v4(&a, &b, wide, wide_other);
	/* ipv6_rcv_saddr_equal */
	if (a.type == FACE_ANY && b.type == FACE_ANY)
		return true;
	if (b.type == FACE_ANY && wide_other && !(b.v6only && a.type == FACE_MAPPED))
		return true;
	if (a.type == FACE_ANY && wide && !(a.v6only && b.type == FACE_MAPPED))
		return true;
	return same_address(one->addr, other->addr);
}

/* Debian's 6.1: an IPv6 socket at ::ffff:a.b.c.d looks for wildcards at :: and at IPv4's 0.0.0.0 alone; which
 * of the two 0.0.0.0 is, the first socket there says for all (struct inet_bind2_bucket has its family). */
static bool is_unseen(
    const struct facts *facts, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	const union addr wide = addr_unmap(&holder->addr), addr = addr_unmap(&newcomer->addr);

	return facts_have(facts, FACT_MAPPED_ANY_UNSEEN) && wide.any.sa_family == AF_INET &&
	       addr_is_any(&wide) && is_mapped(&holder->addr) != holder->joined &&
	       is_mapped(&newcomer->addr) && !addr_is_any(&addr);
}

/* Whether `wide`, a wildcard, takes in the addresses of `family`. */
static bool is_wide(const struct facts *facts, const struct rule_socket *wide, int family)
{
	const union addr addr = addr_unmap(&wide->addr);

	if (!addr_is_any(&addr))
		return false;
	if (addr.any.sa_family == family)
		return true;
	return addr.any.sa_family == AF_INET6 && !wide->v6only && facts_have(facts, FACT_DUAL);
}

bool rule_overlap(
    const struct facts *facts, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	const union addr a = addr_unmap(&holder->addr), b = addr_unmap(&newcomer->addr);

	if (facts->system == RULE_LINUX)
		return rule_takes_in(facts, newcomer, holder, true) &&
		       !is_unseen(facts, holder, newcomer);
	/* NetBSD: :: looks at IPv6 sockets alone, 0.0.0.0 at both. */
	if (facts_have(facts, FACT_DUAL_AFTER_V4) && b.any.sa_family == AF_INET6 &&
	    a.any.sa_family == AF_INET)
		return false;
	return same_address(a, b) || is_wide(facts, holder, b.any.sa_family) ||
	       is_wide(facts, newcomer, a.any.sa_family);
}

/* Both sockets must want to share. */
static enum rule_reason bind_linux(
    const struct facts *facts, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	const bool both_addr =
	    holder->reuseaddr && newcomer->reuseaddr && facts_have(facts, FACT_ADDR);
	const bool both_port =
	    holder->reuseport && newcomer->reuseport && facts_have(facts, FACT_PORT);

	if (both_addr &&
	    (holder->state != RULE_LISTEN || !facts_have(facts, FACT_ADDR_NOT_LISTENING)))
		return RULE_REUSEADDR;
	if (both_port &&
	    (holder->uid == newcomer->uid || !facts_have(facts, FACT_PORT_ONE_USER) ||
		(holder->state == RULE_TIME_WAIT && facts_have(facts, FACT_PORT_TIME_WAIT))))
		return RULE_REUSEPORT;
	return both_port ? RULE_OTHER_USER : both_addr ? RULE_LISTENING : RULE_NO_OPTION;
}

/* Each address by itself: a listener is in the way of its own address alone. */
static enum rule_reason bind_gvisor(
    const struct facts *facts, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	struct rule_socket elsewhere = *holder;

	if (holder->state == RULE_TIME_WAIT && newcomer->reuseport &&
	    facts_have(facts, FACT_PORT_TIME_WAIT))
		return RULE_REUSEPORT;
	if (!same_address(addr_unmap(&holder->addr), addr_unmap(&newcomer->addr)))
		elsewhere.state = RULE_OPEN;
	return bind_linux(facts, &elsewhere, newcomer);
}

/* Whether the holder's user is asked, whatever the options and also where the addresses only overlap. */
static bool keeps_others_out(
    const struct facts *facts, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	const bool both_wide = addr_is_any(&holder->addr) && addr_is_any(&newcomer->addr);

	if (!facts_have(facts, FACT_OTHER_USER) || holder->state == RULE_TIME_WAIT)
		return false;
	if (holder->connected && !facts_have(facts, FACT_OTHER_USER_CONNECTED))
		return false;
	return !both_wide || !facts_have(facts, FACT_WIDE_ANY_USER);
}

/* The newcomer decides, but for an exact duplicate of an address that is not in TIME_WAIT; root's may be
 * beside any user's. */
static enum rule_reason bind_bsd(
    const struct facts *facts, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	const bool same = same_address(addr_unmap(&holder->addr), addr_unmap(&newcomer->addr));
	const bool yields = holder->connected && facts_have(facts, FACT_CONNECTED_YIELDS);
	const bool exact = same && holder->state != RULE_TIME_WAIT && !yields;
	const bool other_user = newcomer->uid != 0 && holder->uid != newcomer->uid;
	enum rule_reason reason = newcomer->reuseaddr   ? RULE_REUSEADDR
				  : newcomer->reuseport ? RULE_REUSEPORT
							: RULE_NO_OPTION;

	if (exact)
		reason = holder->reuseport && newcomer->reuseport ? RULE_REUSEPORT : RULE_NO_OPTION;
	if (rule_allows(reason) && other_user &&
	    ((exact && facts_have(facts, FACT_EXACT_ONE_USER)) ||
		keeps_others_out(facts, holder, newcomer)))
		return RULE_OTHER_USER;
	return reason;
}

enum rule_reason rule_bind(
    const struct facts *facts, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	if (!rule_overlap(facts, holder, newcomer))
		return RULE_APART;
	if (holder->device && newcomer->device && holder->device != newcomer->device &&
	    (facts->system != RULE_LINUX || facts_have(facts, FACT_DEVICES)))
		return RULE_DEVICES;
	if (facts_have(facts, FACT_NEWCOMER))
		return bind_bsd(facts, holder, newcomer);
	return facts->system == RULE_GVISOR ? bind_gvisor(facts, holder, newcomer)
					    : bind_linux(facts, holder, newcomer);
}

/* Linux, net/ipv4/udp.c, udp_lib_lport_inuse: of a holder's state nothing is asked; SO_REUSEADDR on both
 * allows, or SO_REUSEPORT on both of one user. It looks at one holder after the other, and stops at
 * the first whom SO_REUSEPORT allows: the newest first, but IPv6 ones with SO_REUSEPORT last, oldest
 * first (sk_add_node_rcu). */
enum rule_reason rule_bind_udp(
    const struct facts *facts, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	struct rule_socket open = *holder;
	struct facts udp = *facts;

	open.state = RULE_OPEN;
	udp.set &= ~(UINT64_C(1) << FACT_MAPPED_ANY_UNSEEN); /* of TCP's buckets */
	return rule_bind(&udp, &open, newcomer);
}

bool rule_allows(enum rule_reason reason)
{
	return reason <= RULE_FREELY;
}
