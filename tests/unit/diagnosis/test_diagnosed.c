/* ctest: os=Linux wrap=probe_bind wrap=probe_bind_as wrap=geteuid wrap=version_here wrap=holders_read wrap=holders_know wrap=tunable_read wrap=tunable_late_ms wrap=facts_may_bind_low wrap=facts_foreign_network wrap=facts_could_bind_low wrap=facts_address wrap=facts_has_addresses wrap=facts_bindable wrap=facts_landlock wrap=facts_filtered wrap=facts_group_program */
/* diagnosis: every bind that is made to find out, in its order, and all that comes of it. */
#include <errno.h>
#include <unistd.h>

#include "os/facts.h"
#include "os/tunable.h"
#include "tcp/errname.h"
#include "tcp/version.h"
#include "tests/lib/confined.h"
#include "tests/lib/situation.h"

enum { PORT = 8080, MINE = 4000002, OTHER = 4000001 };

/* The sets that the kernel lets in at the port that is asked for, as bits; what it says to others; and at how many
 * addresses of that port that are nobody's it says no. */
static unsigned let_in;
static int refusal = EADDRINUSE;
static unsigned spare_refused;
static bool late_free; /* only the last port that is tried near by is free */
static enum address_state address = ADDRESS_READY;
static char binds[2048];

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
uid_t __wrap_geteuid(void);
unsigned __wrap_version_here(void);
int __wrap_probe_bind_as(
    long uid, const union addr *local, bool udp, unsigned set, struct fault *fault);
int __wrap_probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault);
int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port);
void __wrap_holders_know(struct holders *holders, bool patient);
int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT]);
int64_t __wrap_tunable_late_ms(int64_t ms);
enum address_state __wrap_facts_address(const union addr *addr, char interface[IF_NAMESIZE]);
enum fact __wrap_facts_has_addresses(int family);
enum fact __wrap_facts_bindable(const union addr *addr);

int __wrap_probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault)
{
	static const char *const names[] = {"-", "A", "P", "AP", "V", "VA", "VP", "VAP", "F"};
	char text[ADDR_TEXT];
	const struct newcomer *const newcomer = &situation.report.diagnoses[0].newcomer;
	const bool asked = addr_same(local, &newcomer->local);
	const bool near = addr_port(local) != addr_port(&newcomer->local);
	static unsigned spares;
	const bool lets = asked  ? (let_in >> set & 1) != 0
			  : near ? addr_port(local) == PORT + (late_free ? 12 : 2)
				 : ++spares > spare_refused;

	spares = asked || near || lets ? 0 : spares;
	snprintf(binds + strlen(binds), sizeof binds - strlen(binds), " %s%s %s=%s",
	    addr_print(local, text), udp ? "/udp" : "", names[set], lets ? "ok" : errname(refusal));
	*fault = (struct fault){.at = lets ? CALL_NONE : CALL_BIND, .error = lets ? 0 : refusal};
	return lets ? 0 : -1;
}

int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port)
{
	(void)port;
	*holders = situation.findings.holders;
	holders->protocols = protocols;
	holders->list = calloc(holders->count + 1, sizeof *holders->list);
	if (!holders->list)
		return -1;
	memcpy(holders->list, situation.list, holders->count * sizeof *holders->list);
	return 0;
}

void __wrap_holders_know(struct holders *holders, bool patient)
{
	(void)holders;
	(void)patient;
}

int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT])
{
	snprintf(text, TUNABLE_TEXT, "%s",
	    strstr(name, "unprivileged")  ? "1024"
	    : strstr(name, "fin_timeout") ? "20"
					  : "0");
	return 0;
}

int64_t __wrap_tunable_late_ms(int64_t ms)
{
	return ms / 10;
}

enum address_state __wrap_facts_address(const union addr *addr, char interface[IF_NAMESIZE])
{
	(void)addr;
	snprintf(interface, IF_NAMESIZE, "eth7");
	return address;
}

enum fact __wrap_facts_has_addresses(int family)
{
	(void)family;
	return FACT_YES;
}

enum fact __wrap_facts_bindable(const union addr *addr)
{
	(void)addr;
	return FACT_NO;
}

/* Kernels differ in whose a connection is that nobody has accepted yet. */
unsigned __wrap_version_here(void)
{
	return VERSION_OF(6, 18, 0);
}

/* Whoever runs this is root, who may try as another user, and is let in. */
uid_t __wrap_geteuid(void)
{
	return 0;
}

int __wrap_probe_bind_as(
    long uid, const union addr *local, bool udp, unsigned set, struct fault *fault)
{
	(void)uid;
	(void)local;
	(void)udp;
	(void)set;
	*fault = (struct fault){.at = CALL_NONE};
	return 0;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* All that a diagnosis has. */
static void show(void)
{
	const struct diagnosis *const d = &situation.report.diagnoses[0];
	const struct cures *const c = &d->cures;

	out_line("binds:%s", binds);
	out_start("sets:");
	for (unsigned set = 0; set < d->test.sets; set++) {
		const struct outcome *const outcome = &d->test.outcomes[set];
		out_start(" %s%s",
		    outcome->basis == BASIS_UNKNOWN  ? "?"
		    : outcome->fault.at == CALL_NONE ? "ok"
						     : errname(outcome->fault.error),
		    outcome->basis == BASIS_TRIED ? "*" : "");
	}
	out_line("%s", d->free ? "; free" : "");
	out_start("in the way: %zu, first %zu; reasons:", d->in_the_way, d->first);
	for (size_t i = 0; i < d->reason_count; i++)
		out_start(" %s %d", errname(d->reasons[i].cause->error), (int)d->reasons[i].holds);
	out_line("%s", d->privileged ? "; privileged" : "");
	out_line(
	    "cures: set %d as %ld %u both %d wait %lld late %lld beside %d next %u last %u%s%s%s%s%s%s%s%s",
	    c->set, c->as, c->as_set, c->both, (long long)c->wait_ms, (long long)c->late_ms,
	    c->beside_left, c->next_port, c->last_tried, c->closed ? " closed" : "",
	    c->only_closed ? " only" : "", c->half_open ? " half" : "",
	    c->at_most ? " at-most" : "", c->may_stay ? " may-stay" : "",
	    c->device ? " device" : "", c->reserve ? " reserve" : "", c->leaves ? " leaves" : "");
	out_start("stops:%s%s%s", c->stop_helps ? " help" : "", c->stop_unsure ? " unsure" : "",
	    c->unnamed ? " unnamed" : "");
	for (size_t i = 0; i < c->stop_count; i++)
		out_start(" [%s]", c->stops[i].command);
	out_line("%s", "");
}

static const char *diagnosed(const char *local, unsigned port, long uid, bool bind)
{
	*binds = 0;
	situation.report.count = 0;
	situation.report.diagnoses[0].newcomer.local = situation_addr(local, port);
	situation_ask(local, port, uid, bind);
	return shown_as((struct common){0}, show);
}

static void begin(unsigned lets)
{
	situation_begin();
	let_in = lets;
	refusal = EADDRINUSE;
	spare_refused = 0;
	late_free = false;
	address = ADDRESS_READY;
	confined = (struct confined){.may_bind_low = FACT_YES, .could = FACT_YES};
}

static void nobody_is_there(void)
{
	begin(0xff);
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 -=ok\n"
	    "sets: ok* ok ok ok; free\n"
	    "in the way: 0, first 0; reasons:\n"
	    "cures: set 0 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops:\n");
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, false),
	    "binds:\n"
	    "sets: ok ok ok ok; free\n"
	    "in the way: 0, first 0; reasons:\n"
	    "cures: set 0 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops:\n");
	CHECK_LINES(diagnosed("::", PORT, MINE, true),
	    "binds: [::]:8080 -=ok\n"
	    "sets: ok* ok ok ok ok ok ok ok; free\n"
	    "in the way: 0, first 0; reasons:\n"
	    "cures: set 0 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops:\n");
	CHECK_LINES(diagnosed("::", 0, MINE, true),
	    "binds: [::]:0 -=ok [::]:0 V=ok\n"
	    "sets: ok* ok ok ok ok* ok ok ok; free\n"
	    "in the way: 0, first 0; reasons:\n"
	    "cures: set 0 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops:\n");
	CHECK_LINES(diagnosed("127.0.0.1", 0, MINE, false),
	    "binds:\n"
	    "sets: ? ? ? ?\n"
	    "in the way: 0, first 0; reasons:\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops:\n");
	begin(0);
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 -=EADDRINUSE 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8080 AP=EADDRINUSE 203.0.113.1:0 -=EADDRINUSE 203.0.113.1:0 -=EADDRINUSE 203.0.113.1:0/udp -=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
	    "sets: EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE*\n"
	    "in the way: 0, first 0; reasons: EADDRINUSE 1\n"
	    "cures: set -1 as -1 0 both 1 wait -1 late 0 beside 0 next 8082 last 8082\n"
	    "stops: help\n");
	CHECK_LINES(diagnosed("::", PORT, MINE, true),
	    "binds: [::]:8080 -=EADDRINUSE [::]:8080 P=EADDRINUSE [::]:8080 A=EADDRINUSE [::]:8080 AP=EADDRINUSE 127.9.9.9:8080 -=ok [::]:8080 V=EADDRINUSE 127.9.9.9:8080 -=ok [::]:8080 VP=EADDRINUSE [::]:8080 VA=EADDRINUSE [::]:8080 VAP=EADDRINUSE 127.9.9.9:8080 -=ok 203.0.113.1:0 -=EADDRINUSE 203.0.113.1:0 -=EADDRINUSE 203.0.113.1:0/udp -=EADDRINUSE [::]:8081 -=EADDRINUSE [::]:8082 -=ok\n"
	    "sets: EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE*\n"
	    "in the way: 0, first 0; reasons: EADDRINUSE 1\n"
	    "cures: set -1 as -1 0 both 1 wait -1 late 0 beside 0 next 8082 last 8082\n"
	    "stops: help\n");
	CHECK_LINES(diagnosed("::", 0, MINE, true),
	    "binds: [::]:0 -=EADDRINUSE [::]:0 V=EADDRINUSE 203.0.113.1:0 -=ok [::]:0 -=EADDRINUSE 203.0.113.1:0 -=ok 203.0.113.1:0 -=ok 203.0.113.1:0 -=ok [::]:0 -=EADDRINUSE 203.0.113.1:0 -=ok 203.0.113.1:0 -=ok\n"
	    "sets: EADDRINUSE* EADDRINUSE EADDRINUSE EADDRINUSE EADDRINUSE* EADDRINUSE EADDRINUSE EADDRINUSE\n"
	    "in the way: 0, first 0; reasons: EADDRINUSE 1 EADDRINUSE 2 EADDRINUSE 2 EADDRINUSE 2 EADDRINUSE 2\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops:\n");
	late_free = true;
	situation.findings.holders.bound_error = EPERM;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 -=EADDRINUSE 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8080 AP=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=EADDRINUSE 127.0.0.1:8083 -=EADDRINUSE 127.0.0.1:8084 -=EADDRINUSE 127.0.0.1:8085 -=EADDRINUSE 127.0.0.1:8086 -=EADDRINUSE 127.0.0.1:8087 -=EADDRINUSE 127.0.0.1:8088 -=EADDRINUSE 127.0.0.1:8089 -=EADDRINUSE 127.0.0.1:8090 -=EADDRINUSE 127.0.0.1:8091 -=EADDRINUSE 127.0.0.1:8092 -=ok\n"
	    "sets: EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE*\n"
	    "in the way: 0, first 0; reasons:\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 8092 last 8092\n"
	    "stops: help unsure\n");
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, false),
	    "binds:\n"
	    "sets: ? ? ? ?\n"
	    "in the way: 0, first 0; reasons:\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help unsure\n");
	refusal = EADDRNOTAVAIL;
	CHECK_LINES(diagnosed("::", PORT, MINE, true),
	    "binds: [::]:8080 -=EADDRNOTAVAIL\n"
	    "sets: EADDRNOTAVAIL* EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL\n"
	    "in the way: 0, first 0; reasons:\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help unsure\n");
}

/* A holder whose options were not read: binds, with as few marks left as can be. */
static void what_cannot_be_derived_is_tried(void)
{
	for (unsigned lets = 0; lets < 16; lets++) {
		static const char *const want[] = {
		    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8080 AP=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* EADDRINUSE*\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set -1 as -1 0 both 1 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",
		    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8080 AP=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* EADDRINUSE*\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set -1 as -1 0 both 1 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",
		    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=ok 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE ok* EADDRINUSE* ok\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set 1 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",
		    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=ok 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE ok* EADDRINUSE* ok\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set 1 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",

		    "binds: 127.0.0.1:8080 P=ok 127.0.0.1:8080 -=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE* EADDRINUSE* ok* ok\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set 2 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",
		    "binds: 127.0.0.1:8080 P=ok 127.0.0.1:8080 -=ok\n"
		    "sets: ok* ok ok* ok; free\n"
		    "in the way: 0, first 0; reasons:\n"
		    "cures: set 0 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
		    "stops:\n",
		    "binds: 127.0.0.1:8080 P=ok 127.0.0.1:8080 -=EADDRINUSE 127.0.0.1:8080 A=ok 127.0.0.1:8080 P=ok 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE* ok* ok* ok\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set 1 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",
		    "binds: 127.0.0.1:8080 P=ok 127.0.0.1:8080 -=ok\n"
		    "sets: ok* ok ok* ok; free\n"
		    "in the way: 0, first 0; reasons:\n"
		    "cures: set 0 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
		    "stops:\n",
		    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8080 AP=ok 127.9.9.9:8080 -=ok 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* ok*\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set 3 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",
		    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8080 AP=ok 127.9.9.9:8080 -=ok 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* ok*\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set 3 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",
		    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=ok 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE ok* EADDRINUSE* ok\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set 1 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",

		    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=ok 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE ok* EADDRINUSE* ok\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set 1 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",
		    "binds: 127.0.0.1:8080 P=ok 127.0.0.1:8080 -=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE* EADDRINUSE* ok* ok\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set 2 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",
		    "binds: 127.0.0.1:8080 P=ok 127.0.0.1:8080 -=ok\n"
		    "sets: ok* ok ok* ok; free\n"
		    "in the way: 0, first 0; reasons:\n"
		    "cures: set 0 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
		    "stops:\n",
		    "binds: 127.0.0.1:8080 P=ok 127.0.0.1:8080 -=EADDRINUSE 127.0.0.1:8080 A=ok 127.0.0.1:8080 P=ok 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
		    "sets: EADDRINUSE* ok* ok* ok\n"
		    "in the way: 1, first 0; reasons:\n"
		    "cures: set 1 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
		    "stops: help [kill 500]\n",
		    "binds: 127.0.0.1:8080 P=ok 127.0.0.1:8080 -=ok\n"
		    "sets: ok* ok ok* ok; free\n"
		    "in the way: 0, first 0; reasons:\n"
		    "cures: set 0 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
		    "stops:\n"};
		begin(lets << 4 | lets);
		situation_process(500, "server", MINE);
		situation_add(ROLE_BOUND, HOLDER_BOUND, "127.0.0.1", "", PORT)->reuseaddr = -1;
		situation.list[0].reuseport = -1;
		CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true), want[lets]);
	}
	begin(0xc0);
	spare_refused = 3;
	situation_process(500, "server", MINE);
	situation_add(ROLE_BOUND, HOLDER_BOUND, "::1", "", PORT)->reuseaddr = -1;
	situation.list[0].reuseport = -1;
	CHECK_LINES(diagnosed("::", PORT, MINE, true),
	    "binds: [::]:8080 P=EADDRINUSE [::]:8080 A=EADDRINUSE [::]:8080 AP=EADDRINUSE 127.9.9.9:8080 -=EADDRINUSE [::1]:8080 -=EADDRINUSE [::ffff:127.9.9.9]:8080 -=EADDRINUSE [100::909]:8080 F=ok 127.9.9.9:8080 -=EADDRINUSE [::1]:8080 -=EADDRINUSE [::ffff:127.9.9.9]:8080 -=EADDRINUSE [100::909]:8080 F=ok [::]:8080 VP=ok [::]:8080 V=EADDRINUSE [::]:8080 VA=EADDRINUSE 127.9.9.9:8080 -=EADDRINUSE [::1]:8080 -=EADDRINUSE [::ffff:127.9.9.9]:8080 -=EADDRINUSE [100::909]:8080 F=ok [::]:8081 -=EADDRINUSE [::]:8082 -=ok\n"
	    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE* ok* ok\n"
	    "in the way: 1, first 0; reasons:\n"
	    "cures: set 6 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
	    "stops: help [kill 500]\n");
	spare_refused = 4;
	CHECK_LINES(diagnosed("::", PORT, MINE, true),
	    "binds: [::]:8080 P=EADDRINUSE [::]:8080 A=EADDRINUSE [::]:8080 AP=EADDRINUSE 127.9.9.9:8080 -=EADDRINUSE [::1]:8080 -=EADDRINUSE [::ffff:127.9.9.9]:8080 -=EADDRINUSE [100::909]:8080 F=EADDRINUSE 127.9.9.9:8080 -=ok [::]:8080 VP=ok [::]:8080 V=EADDRINUSE [::]:8080 VA=EADDRINUSE 127.9.9.9:8080 -=EADDRINUSE [::1]:8080 -=EADDRINUSE [::ffff:127.9.9.9]:8080 -=EADDRINUSE [100::909]:8080 F=EADDRINUSE [::]:8081 -=EADDRINUSE [::]:8082 -=ok\n"
	    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE* EADDRINUSE* ok* ok\n"
	    "in the way: 1, first 0; reasons:\n"
	    "cures: set 6 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
	    "stops: help [kill 500]\n");
	let_in = 0xf0;
	spare_refused = 0;
	CHECK_LINES(diagnosed("::", PORT, MINE, true),
	    "binds: [::]:8080 P=EADDRINUSE [::]:8080 A=EADDRINUSE [::]:8080 AP=EADDRINUSE 127.9.9.9:8080 -=ok 127.9.9.9:8080 -=ok [::]:8080 VP=ok [::]:8080 V=ok [::]:8081 -=EADDRINUSE [::]:8082 -=ok\n"
	    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* EADDRINUSE* ok* ok ok* ok\n"
	    "in the way: 1, first 0; reasons:\n"
	    "cures: set 4 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
	    "stops: help [kill 500]\n");
	refusal = EACCES;
	let_in = 0;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 -=EACCES 203.0.113.1:0 -=EACCES 203.0.113.1:0 -=EACCES 203.0.113.1:0/udp -=EACCES 203.0.113.1:0 -=EACCES 203.0.113.1:0 -=EACCES 203.0.113.1:0/udp -=EACCES\n"
	    "sets: EACCES* EACCES EACCES EACCES\n"
	    "in the way: 0, first 0; reasons: EACCES 1 EACCES 2\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help\n");
	CHECK_LINES(diagnosed("::1", PORT, MINE, true),
	    "binds: [::1]:8080 P=EACCES 203.0.113.1:0 -=EACCES 203.0.113.1:0 -=EACCES 203.0.113.1:0/udp -=EACCES 203.0.113.1:0 -=EACCES 203.0.113.1:0 -=EACCES 203.0.113.1:0/udp -=EACCES\n"
	    "sets: EACCES EACCES EACCES* EACCES\n"
	    "in the way: 1, first 0; reasons: EACCES 1 EACCES 2\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help [kill 500]\n");
}

/* What is refused for more than another socket. */
static void each_reason_is_found(void)
{
	begin(0);
	refusal = EADDRNOTAVAIL;
	address = ADDRESS_NONE;
	confined.may_bind_low = FACT_NO;
	CHECK_LINES(diagnosed("192.0.2.9", 80, MINE, true),
	    "binds: 192.0.2.9:80 -=EADDRNOTAVAIL\n"
	    "sets: EADDRNOTAVAIL* EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL\n"
	    "in the way: 0, first 0; reasons: EADDRNOTAVAIL 1 EACCES 1\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help\n");
	CHECK_LINES(diagnosed("192.0.2.9", 80, MINE, false),
	    "binds:\n"
	    "sets: EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL\n"
	    "in the way: 0, first 0; reasons: EADDRNOTAVAIL 1 EACCES 1\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help\n");
	CHECK_LINES(diagnosed("2001:db8::9", 80, MINE, false),
	    "binds:\n"
	    "sets: EACCES EACCES EACCES EACCES\n"
	    "in the way: 0, first 0; reasons: EACCES 1 EACCES 2 EACCES 2 EADDRNOTAVAIL 1\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help\n");
	CHECK_LINES(diagnosed("ff02::1", 80, MINE, false),
	    "binds:\n"
	    "sets: EINVAL EINVAL EINVAL EINVAL\n"
	    "in the way: 0, first 0; reasons: EINVAL 1 EINVAL 2 EACCES 1\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help\n");
	CHECK_LINES(diagnosed("224.0.0.1", 80, MINE, false),
	    "binds:\n"
	    "sets: EACCES EACCES EACCES EACCES\n"
	    "in the way: 0, first 0; reasons: EACCES 1 EACCES 2 EACCES 2; privileged\n"
	    "cures: set -1 as 0 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help\n");
	CHECK_LINES(diagnosed("0.0.0.0", 80, MINE, false),
	    "binds:\n"
	    "sets: EACCES EACCES EACCES EACCES\n"
	    "in the way: 0, first 0; reasons: EACCES 1 EACCES 2 EACCES 2; privileged\n"
	    "cures: set -1 as 0 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help\n");
	refusal = EACCES;
	CHECK_LINES(diagnosed("2001:db8::9", 80, MINE, true),
	    "binds: [2001:db8::9]:80 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0/udp -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0/udp -=EACCES\n"
	    "sets: EACCES* EACCES EACCES EACCES\n"
	    "in the way: 0, first 0; reasons: EACCES 1 EACCES 1 EACCES 2 EADDRNOTAVAIL 1\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help\n");
	CHECK_LINES(diagnosed("127.0.0.1", 80, MINE, true),
	    "binds: 127.0.0.1:80 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0/udp -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0/udp -=EACCES\n"
	    "sets: EACCES* EACCES EACCES EACCES\n"
	    "in the way: 0, first 0; reasons: EACCES 1 EACCES 1 EACCES 2\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help\n");
	situation_process(60, "httpd", 0);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", 80);
	CHECK_LINES(diagnosed("127.0.0.1", 80, MINE, true),
	    "binds: 127.0.0.1:80 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0/udp -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0/udp -=EACCES\n"
	    "sets: EACCES* EACCES EACCES EACCES\n"
	    "in the way: 1, first 0; reasons: EACCES 1 EACCES 1 EACCES 2\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help [kill 60]\n");
	situation.list[0].reuseport = 1;
	CHECK_LINES(diagnosed("127.0.0.1", 80, MINE, true),
	    "binds: 127.0.0.1:80 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0/udp -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0 -=EACCES 192.0.2.1:0/udp -=EACCES\n"
	    "sets: EACCES* EACCES EACCES EACCES\n"
	    "in the way: 1, first 0; reasons: EACCES 1 EACCES 1 EACCES 2\n"
	    "cures: set -1 as 0 2 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help [kill 60]\n");
	CHECK_LINES(diagnosed("127.0.0.1", 80, OTHER, false),
	    "binds:\n"
	    "sets: EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL\n"
	    "in the way: 1, first 0; reasons: EADDRNOTAVAIL 1 EACCES 1\n"
	    "cures: set -1 as 0 2 both 0 wait -1 late 0 beside 0 next 0 last 0\n"
	    "stops: help [kill 60]\n");
}

/* Each holder, its options read. */
static void cures_are_those_of_what_is_in_the_way(void)
{
	begin(0);
	situation_process(500, "server", OTHER);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", PORT)->reuseport = 1;
	situation_add(ROLE_ACCEPTED, HOLDER_ESTABLISHED, "127.0.0.1", "192.0.2.7", PORT)
	    ->reuseport = 1;
	situation_add(ROLE_PENDING, HOLDER_ESTABLISHED, "127.0.0.1", "192.0.2.8", PORT);
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 -=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
	    "sets: EADDRINUSE* EADDRINUSE EADDRINUSE EADDRINUSE\n"
	    "in the way: 3, first 0; reasons:\n"
	    "cures: set -1 as 4000001 2 both 0 wait -1 late 0 beside 0 next 8082 last 8082 leaves\n"
	    "stops: help [kill 500]\n");
	situation.list[1].reuseaddr = 1;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, OTHER, true),
	    "binds: 127.0.0.1:8080 -=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
	    "sets: EADDRINUSE* EADDRINUSE ok ok\n"
	    "in the way: 3, first 0; reasons:\n"
	    "cures: set 2 as -1 0 both 0 wait -1 late 0 beside 1 next 8082 last 8082 leaves\n"
	    "stops: help [kill 500]\n");
	situation.list[0].device = situation.list[1].device = situation.list[2].device = 7;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, false),
	    "binds:\n"
	    "sets: EADDRINUSE EADDRINUSE EADDRINUSE EADDRINUSE\n"
	    "in the way: 3, first 0; reasons:\n"
	    "cures: set -1 as 4000001 2 both 0 wait -1 late 0 beside 1 next 0 last 0 device leaves\n"
	    "stops: help [kill 500]\n");
	situation.findings.holders.hidden = 1;
	situation.findings.holders.unseen = 1U << UNSEEN_OTHERS;
	situation.list[0].uid = 0;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, false),
	    "binds:\n"
	    "sets: EADDRINUSE EADDRINUSE EADDRINUSE EADDRINUSE\n"
	    "in the way: 3, first 0; reasons:\n"
	    "cures: set -1 as 0 3 both 0 wait -1 late 0 beside 0 next 0 last 0 device\n"
	    "stops: unnamed\n");
	begin(0);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "0.0.0.0", "", PORT)->inode = 9;
	situation.list[0].uid = OTHER;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 -=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
	    "sets: EADDRINUSE* EADDRINUSE EADDRINUSE EADDRINUSE\n"
	    "in the way: 1, first 0; reasons:\n"
	    "cures: set -1 as 4000001 2 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
	    "stops:\n");
	situation.places[1] = (struct placement){.unit = "x.service"};
	situation.list[0].place = 1;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 -=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
	    "sets: EADDRINUSE* EADDRINUSE EADDRINUSE EADDRINUSE\n"
	    "in the way: 1, first 0; reasons:\n"
	    "cures: set -1 as 4000001 2 both 0 wait -1 late 0 beside 0 next 8082 last 8082\n"
	    "stops: help [systemctl stop x.service]\n");
	begin(0);
	situation_add(ROLE_REMNANT, HOLDER_FIN_WAIT2, "127.0.0.1", "192.0.2.7", PORT)->left_ms =
	    30000;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8080 AP=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
	    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* EADDRINUSE*\n"
	    "in the way: 1, first 0; reasons:\n"
	    "cures: set -1 as -1 0 both 0 wait 30000 late 2000 beside 0 next 8082 last 8082 closed only half\n"
	    "stops: help\n");
	situation_add(ROLE_SPENT, HOLDER_TIME_WAIT, "127.0.0.1", "192.0.2.8", PORT)->left_ms =
	    40000;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8080 AP=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
	    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* EADDRINUSE*\n"
	    "in the way: 2, first 0; reasons:\n"
	    "cures: set -1 as -1 0 both 0 wait 40000 late 6000 beside 0 next 8082 last 8082 closed only half reserve\n"
	    "stops: help\n");
	struct holder *orphan =
	    situation_add(ROLE_ORPHAN, HOLDER_LAST_ACK, "127.0.0.1", "192.0.2.9", PORT);
	orphan->trying = true;
	orphan->most_ms = 50000;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8080 AP=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
	    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* EADDRINUSE*\n"
	    "in the way: 3, first 0; reasons:\n"
	    "cures: set -1 as -1 0 both 0 wait 50000 late 10000 beside 0 next 8082 last 8082 closed only half at-most reserve\n"
	    "stops: help\n");
	orphan->state = HOLDER_FIN_WAIT1;
	orphan->most_ms = -1;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, true),
	    "binds: 127.0.0.1:8080 P=EADDRINUSE 127.0.0.1:8080 A=EADDRINUSE 127.0.0.1:8080 AP=EADDRINUSE 127.0.0.1:8081 -=EADDRINUSE 127.0.0.1:8082 -=ok\n"
	    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* EADDRINUSE*\n"
	    "in the way: 3, first 0; reasons:\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 8082 last 8082 closed only half at-most may-stay reserve\n"
	    "stops: help\n");
	situation_process(500, "client", MINE);
	situation_add(ROLE_EPHEMERAL, HOLDER_FIN_WAIT1, "127.0.0.1", "192.0.2.7", PORT)->reuseaddr =
	    1;
	CHECK_LINES(diagnosed("127.0.0.1", PORT, MINE, false),
	    "binds:\n"
	    "sets: EADDRINUSE ? EADDRINUSE ?\n"
	    "in the way: 4, first 0; reasons:\n"
	    "cures: set -1 as -1 0 both 0 wait -1 late 0 beside 0 next 0 last 0 closed half at-most may-stay reserve leaves\n"
	    "stops: help [kill 500]\n");
	orphan->most_ms = 1;
	CHECK_LINES(diagnosed("127.0.0.1", 65530, MINE, true),
	    "binds: 127.0.0.1:65530 P=EADDRINUSE 127.0.0.1:65530 A=EADDRINUSE 127.0.0.1:65530 AP=EADDRINUSE 127.0.0.1:65531 -=EADDRINUSE 127.0.0.1:65532 -=EADDRINUSE 127.0.0.1:65533 -=EADDRINUSE 127.0.0.1:65534 -=EADDRINUSE 127.0.0.1:65535 -=EADDRINUSE\n"
	    "sets: EADDRINUSE EADDRINUSE* EADDRINUSE* EADDRINUSE*\n"
	    "in the way: 4, first 0; reasons:\n"
	    "cures: set -1 as -1 0 both 0 wait 40000 late 6000 beside 0 next 0 last 65535 closed half at-most may-stay reserve leaves\n"
	    "stops: help [kill 500]\n");
}

static void show_found(void)
{
	static struct findings found;
	char local[ADDR_TEXT], peer[ADDR_TEXT];

	if (situation.report.port_alone) {
		if (findings_read_shared(&found, false) < 0)
			out_line("failed");
	} else {
		findings_read(&found, PORT, false, false, true);
	}
	out_line("protocols %u", found.holders.protocols);
	for (size_t i = 0; i < found.holders.count; i++) {
		const struct holder *const holder = &found.holders.list[i];
		out_line("%s %s -> %s %llu role %d", holder_state_name(holder->state),
		    addr_print(&holder->local, local), addr_print(&holder->peer, peer),
		    (unsigned long long)holder->inode, (int)found.roles[i]);
	}
	free(found.holders.list);
	free(found.roles);
}

/* The sockets come in any order. */
static void what_is_found_is_sorted_and_of_all_what_shares_is_kept(void)
{
	begin(0);
	situation_process(500, "server", MINE);
	situation_add(ROLE_BOUND, HOLDER_TIME_WAIT, "127.0.0.1", "192.0.2.9", PORT)->remnant = true;
	situation_add(ROLE_BOUND, HOLDER_ESTABLISHED, "127.0.0.2", "192.0.2.9", PORT);
	situation_add(ROLE_BOUND, HOLDER_ESTABLISHED, "127.0.0.1", "192.0.2.9", PORT);
	situation_add(ROLE_BOUND, HOLDER_ESTABLISHED, "127.0.0.1", "192.0.2.8", PORT);
	situation_add(ROLE_BOUND, HOLDER_BOUND, "::1", "", PORT);
	situation_add(ROLE_BOUND, HOLDER_BOUND, "127.0.0.1", "", PORT);
	situation_add(ROLE_BOUND, HOLDER_LISTEN, "::", "", PORT);
	situation_process(501, "second", MINE);
	situation_add(ROLE_BOUND, HOLDER_LISTEN, "::", "", PORT);
	situation_add(ROLE_BOUND, HOLDER_LISTEN, "0.0.0.0", "", PORT);
	situation_add(ROLE_BOUND, HOLDER_BOUND, "::1", "", PORT + 1);
	situation_add(ROLE_BOUND, HOLDER_BOUND, "fe80::1", "", PORT)->local.v6.sin6_scope_id = 4003;
	situation_add(ROLE_BOUND, HOLDER_BOUND, "fe80::1", "", PORT)->local.v6.sin6_scope_id = 4002;
	CHECK_LINES(shown_as((struct common){0}, show_found),
	    "protocols 3\n"
	    "LISTEN 0.0.0.0:8080 -> - 1009 role 0\n"
	    "LISTEN [::]:8080 -> - 1007 role 0\n"
	    "LISTEN [::]:8080 -> - 1008 role 0\n"
	    "BOUND 127.0.0.1:8080 -> - 1006 role 1\n"
	    "BOUND [::1]:8080 -> - 1005 role 1\n"
	    "BOUND [::1]:8081 -> - 1010 role 1\n"
	    "BOUND [fe80::1%4002]:8080 -> - 1012 role 1\n"
	    "BOUND [fe80::1%4003]:8080 -> - 1011 role 1\n"
	    "ESTABLISHED 127.0.0.1:8080 -> 192.0.2.8:40000 1004 role 3\n"
	    "ESTABLISHED 127.0.0.1:8080 -> 192.0.2.9:40000 1003 role 3\n"
	    "ESTABLISHED 127.0.0.2:8080 -> 192.0.2.9:40000 1002 role 3\n"
	    "TIME_WAIT 127.0.0.1:8080 -> 192.0.2.9:40000 1001 role 9\n");
	situation.report.port_alone = true;
	CHECK_LINES(shown_as((struct common){0}, show_found),
	    "protocols 5\n"
	    "LISTEN [::]:8080 -> - 1007 role 0\n"
	    "LISTEN [::]:8080 -> - 1008 role 0\n");
}

int main(void)
{
	TEST(nobody_is_there);
	TEST(what_cannot_be_derived_is_tried);
	TEST(each_reason_is_found);
	TEST(cures_are_those_of_what_is_in_the_way);
	TEST(what_is_found_is_sorted_and_of_all_what_shares_is_kept);
	return test_failures != 0;
}
