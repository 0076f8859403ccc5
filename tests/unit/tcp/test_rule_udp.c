/* ctest: core */
/* UDP: this kernel lets a second socket bind where the rule says, for each pair of addresses, option
 * sets and users; and where several hold the port, the first of them decides as tcp/rule.h has it. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tcp/facts.h"
#include "tcp/option.h"
#include "tcp/port.h"
#include "tcp/rule.h"
#include "tests/lib/test.h"

enum { SETS = 4, OTHER_USER = 65534, TRIALS = 3000, MOST = 4 };

static const struct endpoint {
	const char *name;
	int family;
	bool v6only;
} places[] = {
    {"0.0.0.0", AF_INET, false},
    {"127.0.0.1", AF_INET, false},
    {"127.0.0.2", AF_INET, false},
    {"::", AF_INET6, false},
    {"::", AF_INET6, true},
    {"::1", AF_INET6, true},
    {"::ffff:127.0.0.1", AF_INET6, false},
    {"::ffff:0.0.0.0", AF_INET6, false},
};
enum { PLACES = sizeof places / sizeof *places };

static bool ipv6;
static unsigned port;

/* A socket as it is asked for. */
struct wanted {
	int place;
	unsigned set; /* bit 0 SO_REUSEADDR, bit 1 SO_REUSEPORT */
	bool other_user;
};

static struct rule_socket described(const struct wanted *wanted)
{
	const struct endpoint *place = &places[wanted->place];
	union addr addr = addr_any(place->family, port);
	char why[ADDR_WHY];

	if (addr_read(place->name, strlen(place->name), &addr, why) != ADDR_NUMERIC)
		exit(2);
	return (struct rule_socket){.addr = addr,
	    .v6only = place->v6only,
	    .reuseaddr = (wanted->set & 1) != 0,
	    .reuseport = (wanted->set & 2) != 0,
	    .uid = wanted->other_user ? OTHER_USER : geteuid()};
}

/* The socket, bound; -1 where bind was refused. */
static int bound_udp(const struct wanted *wanted)
{
	const struct rule_socket is = described(wanted);
	const struct setting settings[] = {{.option = OPTION_REUSEADDR, .value = is.reuseaddr},
	    {.option = OPTION_REUSEPORT, .value = is.reuseport},
	    {.option = OPTION_V6ONLY, .value = is.v6only}};
	const uid_t self = geteuid();
	struct fault fault;

	if (wanted->other_user && seteuid(OTHER_USER) < 0)
		exit(2);
	const int fd = socket(is.addr.any.sa_family, SOCK_DGRAM, 0);
	for (int i = 0; i < 2 + (is.addr.any.sa_family == AF_INET6); i++)
		if (option_set(fd, &settings[i], &fault) < 0)
			exit(2);
	const bool let_in = bind(fd, &is.addr.any, addr_len(&is.addr)) == 0;
	if (wanted->other_user && seteuid(self) < 0)
		exit(2);
	if (let_in)
		return fd;
	close(fd);
	return -1;
}

static struct wanted some(void)
{
	struct wanted wanted = {.set = port_random(SETS)};

	do
		wanted.place = (int)port_random(PLACES);
	while (!ipv6 && places[wanted.place].family == AF_INET6);
	wanted.other_user = geteuid() == 0 && port_random(4) == 0;
	return wanted;
}

/* As the kernel keeps those who hold a port (sk_add_node_rcu, 6.18): at the end an IPv6 socket that has
 * SO_REUSEPORT, else before the others. */
static void keep(struct wanted held[], int *count, const struct wanted *one)
{
	const bool last = places[one->place].family == AF_INET6 && (one->set & 2);

	if (!last)
		memmove(held + 1, held, (size_t)*count * sizeof *held);
	held[last ? *count : 0] = *one;
	++*count;
}

/* The first who refuses decides, or who shares by SO_REUSEPORT. */
static bool forecast_udp(
    const struct facts *facts, const struct wanted held[], int count, const struct wanted *newcomer)
{
	const struct rule_socket other = described(newcomer);

	for (int i = 0; i < count; i++) {
		const struct rule_socket one = described(&held[i]);
		const enum rule_reason reason = rule_bind_udp(facts, &one, &other);
		if (!rule_allows(reason))
			return false;
		if (reason == RULE_REUSEPORT)
			return true;
	}
	return true;
}

static void the_kernel_answers_as_the_rule(void)
{
	int refused = 0;

	for (int trial = 0; trial < TRIALS; trial++) {
		struct port free_port;
		struct wanted held[MOST];
		int fds[MOST], count = 0;
		CHECK(port_take(&free_port) == 0, "no port: %d", errno);
		if (free_port.lock >= 0) /* it is a UDP socket itself */
			close(free_port.lock);
		port = free_port.number;
		for (int i = 0; i < MOST; i++) {
			const struct wanted one = some();
			const bool expected = forecast_udp(facts_here(), held, count, &one);
			const int fd = bound_udp(&one);
			CHECK((fd >= 0) == expected,
			    "trial %d: %s, set %u, beside %d (first %s, set %u): %s", trial,
			    places[one.place].name, one.set, count,
			    count ? places[held[0].place].name : "nobody", count ? held[0].set : 0,
			    fd >= 0 ? "ok" : "refused");
			refused += fd < 0;
			if (fd < 0)
				continue;
			fds[count] = fd;
			keep(held, &count, &one);
		}
		while (count > 0)
			close(fds[--count]);
	}
	CHECK(refused > TRIALS / 2 && refused < TRIALS * MOST, "%d refused", refused);
}

/* Whether a rule without that row answers one of so many trials otherwise. */
static bool is_missed(enum rule_fact fact)
{
	struct facts wrong = *facts_here();

	wrong.set &= ~(UINT64_C(1) << fact);
	for (int trial = 0; trial < TRIALS; trial++) {
		struct wanted held[MOST];
		int count = 0;
		for (int i = 0; i < MOST; i++) {
			const struct wanted one = some();
			const bool right = forecast_udp(facts_here(), held, count, &one);
			if (forecast_udp(&wrong, held, count, &one) != right)
				return true;
			if (right)
				keep(held, &count, &one);
		}
	}
	return false;
}

static void each_row_that_is_missing_is_noticed(void)
{
	static const struct {
		enum rule_fact fact;
		bool v6, root; /* what it takes to notice it */
	} rows[] = {{FACT_ADDR, false, false}, {FACT_PORT, false, false},
	    {FACT_PORT_ONE_USER, false, true}, {FACT_WILDCARD, false, false},
	    {FACT_DUAL, true, false}, {FACT_MAPPED, true, false}};

	port = 1;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((ipv6 || !rows[i].v6) && (geteuid() == 0 || !rows[i].root))
			CHECK(is_missed(rows[i].fact), "row %zu", i);
}

int main(void)
{
	if (rule_here() != RULE_LINUX)
		return 77;
	const int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	const union addr here = addr_loopback(AF_INET6, 0);
	ipv6 = fd >= 0 && bind(fd, &here.any, addr_len(&here)) == 0;
	if (fd >= 0)
		close(fd);
	TEST(the_kernel_answers_as_the_rule);
	TEST(each_row_that_is_missing_is_noticed);
	return test_failures != 0;
}
