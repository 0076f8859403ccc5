/* ctest: os=Linux wrap=tunable_read wrap=facts_may_bind_low wrap=facts_foreign_network wrap=facts_landlock wrap=facts_filtered wrap=facts_group_program wrap=probe_bind */
/* diagnosis/causes: each one on a machine on which it holds, does not hold, and cannot be asked. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "diagnosis/causes.h"
#include "os/tunable.h"
#include "tcp/probe.h"
#include "tests/lib/confined.h"
#include "tests/lib/test.h"

/* The machine. */
static struct {
	const char *first_port; /* NULL: not told */
	bool tcp, udp;          /* whether bind is refused before the network looks at it: EACCES */
	bool one;               /* on the one port alone */
} here;
static unsigned binds;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT]);
int __wrap_probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault);

int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT])
{
	if (strcmp(name, "net.ipv4.ip_unprivileged_port_start") != 0 || !here.first_port)
		return -1;
	snprintf(text, TUNABLE_TEXT, "%s", here.first_port);
	return 0;
}

int __wrap_probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault)
{
	const bool early = (udp ? here.udp : here.tcp) && !(here.one && addr_port(local) == 0);

	(void)set;
	binds++;
	*fault = (struct fault){.at = CALL_BIND, .error = early ? EACCES : EADDRNOTAVAIL};
	return -1;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void each_cause_holds_or_not_or_cannot_be_asked(void)
{
	static const struct {
		const char *what;
		enum errors_check check;
		unsigned port;
		const char *first_port;
		enum fact low, foreign, landlock, filtered, program;
		bool tcp, udp, one, no_bind, no_local;
		enum fact holds;
	} rows[] = {
	    {.what = "a port below the first",
		.check = CHECK_PRIVILEGED_PORT,
		.port = 80,
		.first_port = "1024",
		.low = FACT_NO,
		.holds = FACT_YES},
	    {.what = "the same with the privilege",
		.check = CHECK_PRIVILEGED_PORT,
		.port = 80,
		.first_port = "1024",
		.low = FACT_YES,
		.holds = FACT_NO},
	    {.what = "the same where that is not told",
		.check = CHECK_PRIVILEGED_PORT,
		.port = 80,
		.first_port = "1024",
		.low = FACT_UNKNOWN,
		.holds = FACT_UNKNOWN},
	    {.what = "the first for everybody",
		.check = CHECK_PRIVILEGED_PORT,
		.port = 80,
		.first_port = "80",
		.low = FACT_NO,
		.holds = FACT_NO},
	    {.what = "below 1024 where nothing is told",
		.check = CHECK_PRIVILEGED_PORT,
		.port = 1023,
		.low = FACT_NO,
		.holds = FACT_UNKNOWN},
	    {.what = "1024 then",
		.check = CHECK_PRIVILEGED_PORT,
		.port = 1024,
		.low = FACT_NO,
		.holds = FACT_UNKNOWN},
	    {.what = "1023 then, of one who may bind to all",
		.check = CHECK_PRIVILEGED_PORT,
		.port = 1023,
		.low = FACT_YES,
		.holds = FACT_NO},
	    {.what = "port 0, which the kernel picks above",
		.check = CHECK_PRIVILEGED_PORT,
		.first_port = "1024",
		.low = FACT_NO,
		.holds = FACT_NO},
	    {.what = "another's network",
		.check = CHECK_FOREIGN_NETWORK,
		.port = 80,
		.first_port = "1024",
		.foreign = FACT_YES,
		.holds = FACT_YES},
	    {.what = "there, of a port for everybody",
		.check = CHECK_FOREIGN_NETWORK,
		.port = 8080,
		.first_port = "1024",
		.foreign = FACT_YES,
		.holds = FACT_NO},
	    {.what = "one's own",
		.check = CHECK_FOREIGN_NETWORK,
		.port = 80,
		.first_port = "1024",
		.foreign = FACT_NO,
		.holds = FACT_NO},
	    {.what = "one that cannot be told",
		.check = CHECK_FOREIGN_NETWORK,
		.port = 80,
		.first_port = "1024",
		.foreign = FACT_UNKNOWN,
		.holds = FACT_UNKNOWN},
	    {.what = "TCP alone refused",
		.check = CHECK_LANDLOCK,
		.port = 80,
		.landlock = FACT_YES,
		.tcp = true,
		.holds = FACT_YES},
	    {.what = "nothing refused",
		.check = CHECK_LANDLOCK,
		.port = 80,
		.landlock = FACT_YES,
		.holds = FACT_NO},
	    {.what = "both refused",
		.check = CHECK_LANDLOCK,
		.port = 80,
		.landlock = FACT_YES,
		.tcp = true,
		.udp = true,
		.holds = FACT_UNKNOWN},
	    {.what = "a kernel without Landlock",
		.check = CHECK_LANDLOCK,
		.port = 80,
		.landlock = FACT_NO,
		.tcp = true,
		.holds = FACT_NO},
	    {.what = "Landlock and no bind",
		.check = CHECK_LANDLOCK,
		.port = 80,
		.landlock = FACT_YES,
		.tcp = true,
		.no_bind = true,
		.holds = FACT_UNKNOWN},
	    {.what = "every bind refused",
		.check = CHECK_SANDBOX,
		.port = 80,
		.tcp = true,
		.udp = true,
		.holds = FACT_YES},
	    {.what = "none refused", .check = CHECK_SANDBOX, .port = 80, .holds = FACT_NO},
	    {.what = "that port alone refused",
		.check = CHECK_SANDBOX,
		.port = 80,
		.tcp = true,
		.udp = true,
		.one = true,
		.holds = FACT_UNKNOWN},
	    {.what = "that port alone refused, which is everybody's",
		.check = CHECK_SANDBOX,
		.port = 8080,
		.tcp = true,
		.udp = true,
		.one = true,
		.holds = FACT_YES},
	    {.what = "that port alone refused to TCP",
		.check = CHECK_SANDBOX,
		.port = 8080,
		.tcp = true,
		.one = true,
		.holds = FACT_UNKNOWN},
	    {.what = "none refused, no port asked about",
		.check = CHECK_SANDBOX,
		.no_local = true,
		.holds = FACT_UNKNOWN},
	    {.what = "a sandbox and no bind",
		.check = CHECK_SANDBOX,
		.port = 80,
		.tcp = true,
		.udp = true,
		.no_bind = true,
		.holds = FACT_UNKNOWN},
	    {.what = "no seccomp filter",
		.check = CHECK_FILTER,
		.port = 80,
		.filtered = FACT_NO,
		.holds = FACT_NO},
	    {.what = "one, which cannot be read",
		.check = CHECK_FILTER,
		.port = 80,
		.filtered = FACT_YES,
		.holds = FACT_UNKNOWN},
	    {.what = "no BPF program",
		.check = CHECK_GROUP,
		.port = 80,
		.program = FACT_NO,
		.holds = FACT_NO},
	    {.what = "one, which cannot be read",
		.check = CHECK_GROUP,
		.port = 80,
		.program = FACT_YES,
		.holds = FACT_UNKNOWN},
	    {.what = "one, where bind was refused and no filter is",
		.check = CHECK_GROUP,
		.port = 80,
		.program = FACT_YES,
		.tcp = true,
		.holds = FACT_YES},
	    {.what = "a new socket's", .check = CHECK_BOUND_ALREADY, .port = 80, .holds = FACT_NO},
	    {.what = "somebody's socket",
		.check = CHECK_BOUND_ALREADY,
		.port = 80,
		.no_bind = true,
		.holds = FACT_UNKNOWN},
	    {.what = "an address that an interface has",
		.check = CHECK_FOREIGN_ADDRESS,
		.port = 80,
		.holds = FACT_NO},
	    {.what = "another system's", .check = CHECK_NOT_LINUX, .port = 80, .holds = FACT_NO},
	    {.what = "what nobody can ask", .check = CHECK_NONE, .port = 80, .holds = FACT_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const union addr local = addr_loopback(AF_INET, rows[i].port);
		const struct cause cause = {.error = EACCES, .check = rows[i].check};
		const struct subject subject = {
		    .local = rows[i].no_local ? NULL : &local, .bind = !rows[i].no_bind};
		char said[CAUSE_SAID];
		here.first_port = rows[i].first_port;
		confined.may_bind_low = rows[i].low;
		confined.foreign = rows[i].foreign;
		confined.landlock = rows[i].landlock;
		confined.filtered = rows[i].filtered;
		confined.group = rows[i].program;
		here.tcp = rows[i].tcp;
		here.udp = rows[i].udp;
		here.one = rows[i].one;
		binds = 0;
		const enum fact holds = cause_holds(&cause, &subject, said);
		CHECK(holds == rows[i].holds, "%s: %d (%s)", rows[i].what, (int)holds, said);
		CHECK(holds != FACT_YES || *said, "%s: nothing was said of it", rows[i].what);
		CHECK(rows[i].check != CHECK_GROUP || (*said != 0) == (rows[i].program == FACT_YES),
		    "%s: said '%s'", rows[i].what, said);
		CHECK(!rows[i].no_bind || binds == 0, "%s: %u binds", rows[i].what, binds);
	}
}

int main(void)
{
	TEST(each_cause_holds_or_not_or_cannot_be_asked);
	return test_failures != 0;
}
