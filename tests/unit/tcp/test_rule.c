/* ctest: core */
/* The rule of sharing, as a table of rows: the page of tcp/rule.h, for each system. */
#include <errno.h>

#include <arpa/inet.h>

#include "tcp/facts.h"
#include "tcp/rule.h"
#include "tests/lib/test.h"

enum { A = 1, P = 2 };

static union addr address(const char *text)
{
	union addr addr = addr_any(strchr(text, ':') ? AF_INET6 : AF_INET, 1);

	if (addr.any.sa_family == AF_INET6)
		inet_pton(AF_INET6, text, &addr.v6.sin6_addr);
	else
		inet_pton(AF_INET, text, &addr.v4.sin_addr);
	return addr;
}

static struct rule_socket socket_of(const char *addr, int options)
{
	return (struct rule_socket){.addr = address(addr),
	    .reuseaddr = options & A,
	    .reuseport = (options & P) != 0,
	    .uid = 1000};
}

/* By the newest version of that system. */
static enum rule_reason bind_by(
    enum rule_system system, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	const struct facts facts = facts_of(system, 0);

	return rule_bind(&facts, holder, newcomer);
}

static bool overlap_by(
    enum rule_system system, const struct rule_socket *holder, const struct rule_socket *newcomer)
{
	const struct facts facts = facts_of(system, 0);

	return rule_overlap(&facts, holder, newcomer);
}

static const char *const sets[] = {"-", "A", "P", "AP"};

/* rows: the holder's options; columns: the newcomer's */
static void linux_asks_both(void)
{
	static const char *const want[3][4][4] = {
	    [RULE_OPEN] = {{"no", "no", "no", "no"}, {"no", "ok", "no", "ok"},
		{"no", "no", "uid", "uid"}, {"no", "ok", "uid", "ok"}},
	    [RULE_LISTEN] = {{"no", "no", "no", "no"}, {"no", "no", "no", "no"},
		{"no", "no", "uid", "uid"}, {"no", "no", "uid", "uid"}},
	    [RULE_TIME_WAIT] = {{"no", "no", "no", "no"}, {"no", "ok", "no", "ok"},
		{"no", "no", "ok", "ok"}, {"no", "ok", "ok", "ok"}},
	};

	for (int state = RULE_OPEN; state <= RULE_TIME_WAIT; state++)
		for (int a = 0; a < 4; a++)
			for (int b = 0; b < 4; b++) {
				struct rule_socket holder = socket_of("127.0.0.1", a);
				struct rule_socket newcomer = socket_of("127.0.0.1", b);
				holder.state = (enum rule_state)state;
				const bool same =
				    rule_allows(bind_by(RULE_LINUX, &holder, &newcomer));
				newcomer.uid = 0;
				const bool other =
				    rule_allows(bind_by(RULE_LINUX, &holder, &newcomer));
				const char *got = other ? "ok" : same ? "uid" : "no";
				CHECK(!strcmp(got, want[state][a][b]),
				    "%s then %s, state %d: %s, not %s", sets[a], sets[b], state,
				    got, want[state][a][b]);
			}
}

static void it_tells_why(void)
{
	struct rule_socket holder = socket_of("127.0.0.1", A | P), newcomer = holder;

	CHECK(bind_by(RULE_LINUX, &holder, &newcomer) == RULE_REUSEADDR, "open, both options");
	holder.state = RULE_LISTEN;
	CHECK(bind_by(RULE_LINUX, &holder, &newcomer) == RULE_REUSEPORT, "listening, both");
	newcomer.uid = 0;
	CHECK(bind_by(RULE_LINUX, &holder, &newcomer) == RULE_OTHER_USER, "another user");
	newcomer.reuseport = false;
	CHECK(bind_by(RULE_LINUX, &holder, &newcomer) == RULE_LISTENING, "A beside a listener");
	newcomer.reuseaddr = false;
	CHECK(bind_by(RULE_LINUX, &holder, &newcomer) == RULE_NO_OPTION, "no option");
	holder.device = 1;
	CHECK(bind_by(RULE_LINUX, &holder, &newcomer) == RULE_NO_OPTION, "one device alone");
	newcomer.device = 2;
	CHECK(bind_by(RULE_LINUX, &holder, &newcomer) == RULE_DEVICES, "two devices");
	newcomer.addr = address("127.0.0.2");
	CHECK(bind_by(RULE_LINUX, &holder, &newcomer) == RULE_APART, "two addresses");
}

static void addresses_overlap(void)
{
	static const struct {
		const char *one, *other;
		bool v6only, overlap, on_openbsd; /* v6only: of the first */
	} rows[] = {
	    {"127.0.0.1", "127.0.0.1", false, true, true},
	    {"127.0.0.1", "127.0.0.2", false, false, false},
	    {"0.0.0.0", "127.0.0.1", false, true, true},
	    {"0.0.0.0", "0.0.0.0", false, true, true},
	    {"::", "0.0.0.0", false, true, false},
	    {"::", "127.0.0.1", false, true, false},
	    {"::", "0.0.0.0", true, false, false},
	    {"::", "127.0.0.1", true, false, false},
	    {"::", "::", false, true, true},
	    {"::", "::", true, true, true},
	    {"::", "::1", true, true, true},
	    {"::", "::1", false, true, true},
	    {"::1", "127.0.0.1", false, false, false},
	    {"::1", "0.0.0.0", false, false, false},
	    {"::ffff:127.0.0.1", "127.0.0.1", false, true, true},
	    {"::ffff:127.0.0.1", "127.0.0.2", false, false, false},
	    {"::ffff:127.0.0.1", "::1", false, false, false},
	    {"::ffff:0.0.0.0", "127.0.0.1", false, true, true},
	    {"::", "::ffff:127.0.0.1", true, false, false},
	    {"::", "::ffff:127.0.0.1", false, true, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rule_socket one = socket_of(rows[i].one, 0);
		const struct rule_socket other = socket_of(rows[i].other, 0);
		one.v6only = rows[i].v6only;
		const bool there = overlap_by(RULE_LINUX, &one, &other);
		const bool back = overlap_by(RULE_LINUX, &other, &one);
		CHECK(there == rows[i].overlap, "%s%s and %s: %d", rows[i].one,
		    rows[i].v6only ? " v6only" : "", rows[i].other, there);
		CHECK(
		    there == back, "%s and %s: not the same both ways", rows[i].one, rows[i].other);
		CHECK(overlap_by(RULE_OPENBSD, &one, &other) == rows[i].on_openbsd,
		    "OpenBSD: %s and %s", rows[i].one, rows[i].other);
	}
}

/* Linux; see rule_overlap. */
static void a_child_of_both_families_blocks_the_wildcard(void)
{
	struct rule_socket child = socket_of("::1", 0);
	const struct rule_socket wide = socket_of("0.0.0.0", 0), v4 = socket_of("127.0.0.1", 0);

	child.dual = true;
	CHECK(overlap_by(RULE_LINUX, &child, &wide), "0.0.0.0");
	CHECK(!overlap_by(RULE_LINUX, &child, &v4), "127.0.0.1");
	CHECK(!overlap_by(RULE_FREEBSD, &child, &wide), "FreeBSD");
}

/* The newcomer decides, but for an exact duplicate. */
static void bsd_asks_the_newcomer(void)
{
	static const struct {
		const char *holder, *newcomer;
		int holder_options, newcomer_options;
		enum rule_state state;
		bool allowed;
	} rows[] = {
	    {"0.0.0.0", "127.0.0.1", 0, 0, RULE_OPEN, false},
	    {"0.0.0.0", "127.0.0.1", 0, A, RULE_OPEN, true},
	    {"0.0.0.0", "127.0.0.1", 0, A, RULE_LISTEN, true},
	    {"127.0.0.1", "0.0.0.0", 0, A, RULE_LISTEN, true},
	    {"127.0.0.1", "0.0.0.0", A, 0, RULE_LISTEN, false},
	    {"127.0.0.1", "127.0.0.1", A, A, RULE_OPEN, false},
	    {"127.0.0.1", "127.0.0.1", P, P, RULE_LISTEN, true},
	    {"127.0.0.1", "127.0.0.1", P, A, RULE_LISTEN, false},
	    {"127.0.0.1", "127.0.0.1", 0, A, RULE_TIME_WAIT, true},
	    {"127.0.0.1", "127.0.0.1", 0, 0, RULE_TIME_WAIT, false},
	};

	for (int system = RULE_FREEBSD; system < RULE_SYSTEMS; system++)
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			struct rule_socket holder =
			    socket_of(rows[i].holder, rows[i].holder_options);
			const struct rule_socket newcomer =
			    socket_of(rows[i].newcomer, rows[i].newcomer_options);
			holder.state = rows[i].state;
			const bool got =
			    rule_allows(bind_by((enum rule_system)system, &holder, &newcomer));
			CHECK(got == rows[i].allowed, "%s, row %zu: %d",
			    rule_system_name((enum rule_system)system), i, got);
		}
}

/* What its options would let in, another user's socket may keep out. */
static void bsd_asks_the_user(void)
{
	enum { USER = 1001, OTHER = 1002, ROOT = 0 };
	static const struct {
		enum rule_system system;
		const char *holder, *newcomer;
		bool connected;
		int64_t uid;
		bool allowed;
	} rows[] = {
	    {RULE_FREEBSD, "0.0.0.0", "127.0.0.1", false, USER, true},
	    {RULE_FREEBSD, "0.0.0.0", "127.0.0.1", false, OTHER, false},
	    {RULE_FREEBSD, "127.0.0.1", "127.0.0.1", true, OTHER, true},
	    {RULE_FREEBSD, "127.0.0.1", "127.0.0.1", false, ROOT, true},
	    {RULE_NETBSD, "0.0.0.0", "127.0.0.1", false, OTHER, true},
	    {RULE_NETBSD, "127.0.0.1", "127.0.0.1", false, OTHER, false},
	    {RULE_OPENBSD, "127.0.0.1", "127.0.0.1", true, OTHER, false},
	    {RULE_OPENBSD, "0.0.0.0", "127.0.0.1", false, ROOT, true},
	    {RULE_MACOS, "0.0.0.0", "127.0.0.1", false, OTHER, false},
	    {RULE_MACOS, "0.0.0.0", "0.0.0.0", false, OTHER, true},
	    {RULE_MACOS, "127.0.0.1", "127.0.0.1", true, OTHER, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rule_socket holder = socket_of(rows[i].holder, P);
		struct rule_socket newcomer = socket_of(rows[i].newcomer, P);
		holder.connected = rows[i].connected;
		holder.uid = USER;
		newcomer.uid = rows[i].uid;
		const bool got = rule_allows(bind_by(rows[i].system, &holder, &newcomer));
		CHECK(got == rows[i].allowed, "row %zu, %s: %d", i,
		    rule_system_name(rows[i].system), got);
	}
}

static void each_system_has_its_errno_of_a_pair_and_of_used_up_ports(void)
{
	static const struct {
		const char *name;
		int pair, used_up;
	} rows[RULE_SYSTEMS] = {
	    [RULE_LINUX] = {"Linux", EADDRNOTAVAIL, EADDRINUSE},
	    [RULE_GVISOR] = {"gVisor", EADDRINUSE, EADDRINUSE},
	    [RULE_FREEBSD] = {"FreeBSD", EADDRINUSE, EADDRNOTAVAIL},
	    [RULE_NETBSD] = {"NetBSD", EADDRINUSE, EAGAIN},
	    [RULE_OPENBSD] = {"OpenBSD", EADDRINUSE, EADDRNOTAVAIL},
	    [RULE_MACOS] = {"macOS", EADDRINUSE, EADDRNOTAVAIL},
	    [RULE_SOLARIS] = {"Solaris", EADDRINUSE, EADDRNOTAVAIL},
	};

	for (int i = 0; i < RULE_SYSTEMS; i++) {
		const enum rule_system system = (enum rule_system)i;
		CHECK_TEXT(rule_system_name(system), rows[i].name);
		CHECK(rule_pair_errno(system) == rows[i].pair, "%s: %d", rows[i].name,
		    rule_pair_errno(system));
		CHECK(rule_used_up_errno(system) == rows[i].used_up, "%s: %d", rows[i].name,
		    rule_used_up_errno(system));
	}
}

static void ephemeral_ports_multiply_by_destinations(void)
{
	CHECK(rule_ephemeral(RULE_LINUX, RULE_BY_CONNECT, 10, 2) == 20, "connect");
	CHECK(rule_ephemeral(RULE_LINUX, RULE_BY_NO_PORT, 10, 2) == 20, "no-port");
	CHECK(rule_ephemeral(RULE_LINUX, RULE_BY_BIND, 10, 2) == 10, "bind");
	CHECK(rule_ephemeral(RULE_LINUX, RULE_BY_BIND_REUSEADDR, 10, 2) == 10, "bind A");
	CHECK(rule_ephemeral(RULE_FREEBSD, RULE_BY_CONNECT, 10, 2) == -1, "not documented");
}

static void an_ephemeral_port_may_be_bound_twice_by_reuseaddr_alone(void)
{
	CHECK(rule_ephemeral_most(RULE_LINUX, RULE_BY_BIND_REUSEADDR, 10, 2) == 20, "bind A");
	CHECK(rule_ephemeral_most(RULE_LINUX, RULE_BY_BIND_REUSEADDR, 10, 1) == 10, "one");
	CHECK(rule_ephemeral_most(RULE_LINUX, RULE_BY_BIND, 10, 2) == 10, "bind AP");
	CHECK(rule_ephemeral_most(RULE_FREEBSD, RULE_BY_BIND_REUSEADDR, 10, 2) == 10, "FreeBSD");
}

int main(void)
{
	TEST(linux_asks_both);
	TEST(it_tells_why);
	TEST(addresses_overlap);
	TEST(a_child_of_both_families_blocks_the_wildcard);
	TEST(bsd_asks_the_newcomer);
	TEST(bsd_asks_the_user);
	TEST(each_system_has_its_errno_of_a_pair_and_of_used_up_ports);
	TEST(ephemeral_ports_multiply_by_destinations);
	TEST(an_ephemeral_port_may_be_bound_twice_by_reuseaddr_alone);
	return test_failures != 0;
}
