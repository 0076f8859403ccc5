/* ctest: os=Linux wrap=tunable_read wrap=tunable_late_ms wrap=probe_bind wrap=probe_bind_as wrap=geteuid wrap=facts_address wrap=version_here wrap=facts_no_new_privileges wrap=facts_could_bind_low */
/* answer: all that is said of a bind, word for word, as text, with -v and as events. */
#include <errno.h>
#include <unistd.h>

#include "os/facts.h"
#include "os/tunable.h"
#include "tcp/version.h"
#include "tests/lib/situation.h"

enum { PORT = 8080, ROOT = 0, OTHER = 4000001, MINE = 4000002 };

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT]);
int64_t __wrap_tunable_late_ms(int64_t ms);
uid_t __wrap_geteuid(void);
enum address_state __wrap_facts_address(const union addr *addr, char interface[IF_NAMESIZE]);
unsigned __wrap_version_here(void);
int __wrap_probe_bind_as(
    long uid, const union addr *local, bool udp, unsigned set, struct fault *fault);
int __wrap_probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault);
enum fact __wrap_facts_no_new_privileges(void);
enum fact __wrap_facts_could_bind_low(void);

int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT])
{
	snprintf(text, TUNABLE_TEXT, "%s",
	    strstr(name, "unprivileged")       ? "1024"
	    : strstr(name, "fin_timeout")      ? "60"
	    : strstr(name, "local_port_range") ? "32768\t60999"
	    : strstr(name, "reserved_ports")   ? "9000-9002"
					       : "0");
	return 0;
}

int64_t __wrap_tunable_late_ms(int64_t ms)
{
	return ms / 10;
}

/* Lets in, at the port that is asked for, what has an option of these; and anybody at the third port behind it. */
static unsigned let_in;

int __wrap_probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault)
{
	(void)udp;
	*fault = (struct fault){.at = CALL_BIND, .error = EADDRINUSE};
	return addr_port(local) == PORT + 3 || (addr_port(local) == PORT && (set & let_in)) ? 0
											    : -1;
}

enum fact __wrap_facts_no_new_privileges(void)
{
	return FACT_NO;
}

enum fact __wrap_facts_could_bind_low(void)
{
	return FACT_YES;
}
enum address_state __wrap_facts_address(const union addr *addr, char interface[IF_NAMESIZE])
{
	(void)addr;
	snprintf(interface, IF_NAMESIZE, "lo");
	return ADDRESS_READY;
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

static void show(void)
{
	report_show(&situation.report);
}

#define SAID(mode, want)   CHECK_LINES(shown_as((struct common){mode}, show), want)
#define EVENTS(name, want) CHECK_LINES(shown_events(name, show), want)

static void of_a_free_port_one_line_and_one_for_what_is_not_in_the_way(void)
{
	situation_begin();
	situation_process(812, "nginx", ROOT);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.9", "", PORT);
	situation_add(ROLE_ACCEPTED, HOLDER_ESTABLISHED, "127.0.0.9", "192.0.2.7", PORT);
	situation_add(ROLE_BOUND, HOLDER_BOUND, "127.0.0.1", "", PORT)->udp = true;
	situation_ask("127.0.0.1", PORT, MINE, false);
	SAID(0, "TCP 127.0.0.1:8080 is free\n"
		"not in the way: TCP LISTEN 127.0.0.9:8080, nginx[812], and 2 more (-v)\n");
	SAID(.verbose = 1,
	    "TCP 127.0.0.1:8080 is free\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  127.0.0.1:8080  - ok, A ok, P ok, AP ok\n"
	    "not in the way: TCP LISTEN 127.0.0.9:8080, nginx[812]\n"
	    "not in the way: TCP ESTABLISHED 127.0.0.9:8080 -> 192.0.2.7:40000, nginx[812]\n"
	    "not in the way: UDP BOUND 127.0.0.1:8080, nginx[812]\n");
	SAID(.quiet = 1, "TCP 127.0.0.1:8080 is free\n");
	EVENTS("answer",
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"127.0.0.1:8080\",\"free\":true,\"refused\":null,\"options\":[],\"as\":null,\"as_options\":null,\"stop\":[],\"wait_s\":null}\n");
}

static void of_a_listener_all_that_was_read(void)
{
	static char command[] = "nginx: master process\t/usr/sbin/nginx -g 'daemon off;'";

	situation_begin();
	situation.places[1] = (struct placement){.unit = "nginx.service"};
	struct process *process = situation_process(812, "nginx", ROOT);
	process->command = command;
	process->started = 86400;
	process->place = 1;
	process->state = 'T';
	struct holder *holder = situation_add(ROLE_LISTENER, HOLDER_LISTEN, "0.0.0.0", "", PORT);
	holder->reuseaddr = holder->reuseport = 1;
	holder->queued = 3;
	holder->queue_limit = 511;
	holder->drops = 12;
	holder = situation_add(ROLE_LISTENER, HOLDER_LISTEN, "::", "", PORT);
	holder->v6only = 1;
	holder->place = 1;
	situation_add(ROLE_ACCEPTED, HOLDER_ESTABLISHED, "192.0.2.1", "192.0.2.7", PORT);
	situation.report.port_alone = true;
	situation_ask("0.0.0.0", PORT, MINE, true);
	situation_ask("::", PORT, MINE, true);
	SAID(0,
	    "TCP port 8080 is in use: nginx[812] of root listens on 0.0.0.0:8080, and 2 more sockets\n"
	    "- stop what has it: systemctl stop nginx.service; its connections may stay in TIME_WAIT for a minute\n"
	    "- or take another port: 8083 is free\n"
	    "STATE        LOCAL           PEER             USER  PROCESS     OPTIONS\n"
	    "LISTEN       0.0.0.0:8080    -                root  nginx[812]  SO_REUSEADDR SO_REUSEPORT  3 not accepted yet\n"
	    "LISTEN       [::]:8080       -                root  nginx[812]  IPV6_V6ONLY\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]  none\n"
	    "nginx[812]: nginx: master process\\x09/usr/sbin/nginx -g 'daemon off;', since 1970-01-02 00:00:00, unit nginx.service, stopped (ctrl-z)\n"
	    "accept queue of 0.0.0.0:8080 (nginx[812]): 3 waiting, limit 511, 12 dropped\n"
	    "accept queue of [::]:8080 (nginx[812]): 0 waiting, limit not told\n");
	SAID(.verbose = 1,
	    "TCP port 8080 is in use: nginx[812] of root listens on 0.0.0.0:8080, and 2 more sockets\n"
	    "- stop what has it: systemctl stop nginx.service; its connections may stay in TIME_WAIT for a minute\n"
	    "- or take another port: 8083 is free\n"
	    "STATE        LOCAL           PEER             USER  PROCESS     OPTIONS\n"
	    "LISTEN       0.0.0.0:8080    -                root  nginx[812]  SO_REUSEADDR SO_REUSEPORT  3 not accepted yet\n"
	    "LISTEN       [::]:8080       -                root  nginx[812]  IPV6_V6ONLY\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]  none\n"
	    "nginx[812]: nginx: master process\\x09/usr/sbin/nginx -g 'daemon off;', since 1970-01-02 00:00:00, unit nginx.service, stopped (ctrl-z)\n"
	    "accept queue of 0.0.0.0:8080 (nginx[812]): 3 waiting, limit 511, 12 dropped\n"
	    "accept queue of [::]:8080 (nginx[812]): 0 waiting, limit not told\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  0.0.0.0:8080  - EADDRINUSE*, A EADDRINUSE, P EADDRINUSE, AP EADDRINUSE\n"
	    "  [::]:8080  - EADDRINUSE*, A EADDRINUSE, P EADDRINUSE, AP EADDRINUSE, V EADDRINUSE, VA EADDRINUSE, VP EADDRINUSE, VAP EADDRINUSE\n");
	SAID(.quiet = 1,
	    "TCP port 8080 is in use: nginx[812] of root listens on 0.0.0.0:8080, and 2 more sockets\n");
	EVENTS("answer",
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"0.0.0.0:8080\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":null,\"as\":null,\"as_options\":null,\"stop\":[{\"pid\":812,\"program\":\"nginx\",\"unit\":\"nginx.service\",\"container\":null,\"command\":\"systemctl stop nginx.service\"}],\"wait_s\":null}\n"
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"[::]:8080\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":null,\"as\":null,\"as_options\":null,\"stop\":[{\"pid\":812,\"program\":\"nginx\",\"unit\":\"nginx.service\",\"container\":null,\"command\":\"systemctl stop nginx.service\"}],\"wait_s\":null}\n");
	EVENTS("holder",
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"LISTEN\",\"local\":\"0.0.0.0:8080\",\"peer\":null,\"in_the_way\":true,\"uid\":0,\"user\":\"root\",\"options\":[\"SO_REUSEADDR\",\"SO_REUSEPORT\"],\"device\":null,\"seconds_left\":null,\"queue\":3,\"queue_limit\":511,\"drops\":12,\"namespace\":null,\"note\":\"3 not accepted yet\",\"unit\":\"nginx.service\",\"container\":null,\"pids\":[{\"pid\":812,\"program\":\"nginx\",\"command\":\"nginx: master process\\\\x09/usr/sbin/nginx -g 'daemon off;'\",\"started\":86400,\"unit\":\"nginx.service\",\"container\":null,\"state\":\"T\"}]}\n"
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"LISTEN\",\"local\":\"[::]:8080\",\"peer\":null,\"in_the_way\":true,\"uid\":0,\"user\":\"root\",\"options\":[\"IPV6_V6ONLY\"],\"device\":null,\"seconds_left\":null,\"queue\":0,\"queue_limit\":null,\"drops\":null,\"namespace\":null,\"note\":null,\"unit\":\"nginx.service\",\"container\":null,\"pids\":[{\"pid\":812,\"program\":\"nginx\",\"command\":\"nginx: master process\\\\x09/usr/sbin/nginx -g 'daemon off;'\",\"started\":86400,\"unit\":\"nginx.service\",\"container\":null,\"state\":\"T\"}]}\n"
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"ESTABLISHED\",\"local\":\"192.0.2.1:8080\",\"peer\":\"192.0.2.7:40000\",\"in_the_way\":true,\"uid\":0,\"user\":\"root\",\"options\":[],\"device\":null,\"seconds_left\":null,\"queue\":null,\"queue_limit\":null,\"drops\":null,\"namespace\":null,\"note\":null,\"unit\":\"nginx.service\",\"container\":null,\"pids\":[{\"pid\":812,\"program\":\"nginx\",\"command\":\"nginx: master process\\\\x09/usr/sbin/nginx -g 'daemon off;'\",\"started\":86400,\"unit\":\"nginx.service\",\"container\":null,\"state\":\"T\"}]}\n");
	EVENTS("probe",
	    "{\"event\":\"probe\",\"local\":\"0.0.0.0:8080\",\"options\":[],\"result\":\"EADDRINUSE\",\"basis\":\"tried\"}\n"
	    "{\"event\":\"probe\",\"local\":\"0.0.0.0:8080\",\"options\":[\"SO_REUSEADDR\"],\"result\":\"EADDRINUSE\",\"basis\":\"derived\"}\n"
	    "{\"event\":\"probe\",\"local\":\"0.0.0.0:8080\",\"options\":[\"SO_REUSEPORT\"],\"result\":\"EADDRINUSE\",\"basis\":\"derived\"}\n"
	    "{\"event\":\"probe\",\"local\":\"0.0.0.0:8080\",\"options\":[\"SO_REUSEADDR\",\"SO_REUSEPORT\"],\"result\":\"EADDRINUSE\",\"basis\":\"derived\"}\n"
	    "{\"event\":\"probe\",\"local\":\"[::]:8080\",\"options\":[],\"result\":\"EADDRINUSE\",\"basis\":\"tried\"}\n"
	    "{\"event\":\"probe\",\"local\":\"[::]:8080\",\"options\":[\"SO_REUSEADDR\"],\"result\":\"EADDRINUSE\",\"basis\":\"derived\"}\n"
	    "{\"event\":\"probe\",\"local\":\"[::]:8080\",\"options\":[\"SO_REUSEPORT\"],\"result\":\"EADDRINUSE\",\"basis\":\"derived\"}\n"
	    "{\"event\":\"probe\",\"local\":\"[::]:8080\",\"options\":[\"SO_REUSEADDR\",\"SO_REUSEPORT\"],\"result\":\"EADDRINUSE\",\"basis\":\"derived\"}\n"
	    "{\"event\":\"probe\",\"local\":\"[::]:8080\",\"options\":[\"IPV6_V6ONLY\"],\"result\":\"EADDRINUSE\",\"basis\":\"derived\"}\n"
	    "{\"event\":\"probe\",\"local\":\"[::]:8080\",\"options\":[\"SO_REUSEADDR\",\"IPV6_V6ONLY\"],\"result\":\"EADDRINUSE\",\"basis\":\"derived\"}\n"
	    "{\"event\":\"probe\",\"local\":\"[::]:8080\",\"options\":[\"SO_REUSEPORT\",\"IPV6_V6ONLY\"],\"result\":\"EADDRINUSE\",\"basis\":\"derived\"}\n"
	    "{\"event\":\"probe\",\"local\":\"[::]:8080\",\"options\":[\"SO_REUSEADDR\",\"SO_REUSEPORT\",\"IPV6_V6ONLY\"],\"result\":\"EADDRINUSE\",\"basis\":\"derived\"}\n");
	EVENTS("verdict",
	    "{\"event\":\"verdict\",\"text\":\"TCP port 8080 is in use: nginx[812] of root listens on 0.0.0.0:8080, and 2 more sockets\",\"basis\":\"observed\"}\n"
	    "{\"event\":\"verdict\",\"text\":\"stop what has it: systemctl stop nginx.service; its connections may stay in TIME_WAIT for a minute\",\"basis\":\"observed\"}\n"
	    "{\"event\":\"verdict\",\"text\":\"or take another port: 8083 is free\",\"basis\":\"observed\"}\n");
	situation.report.brief = true;
	SAID(0,
	    "TCP port 8080 is in use: nginx[812] of root listens on 0.0.0.0:8080, and 2 more sockets\n"
	    "- stop what has it: systemctl stop nginx.service; its connections may stay in TIME_WAIT for a minute\n"
	    "- or take another port: 8083 is free\n"
	    "STATE        LOCAL           PEER             USER  PROCESS     OPTIONS\n"
	    "LISTEN       0.0.0.0:8080    -                root  nginx[812]  SO_REUSEADDR SO_REUSEPORT  3 not accepted yet\n"
	    "LISTEN       [::]:8080       -                root  nginx[812]  IPV6_V6ONLY\n"
	    "ESTABLISHED  192.0.2.1:8080  192.0.2.7:40000  root  nginx[812]  none\n"
	    "nginx[812]: nginx: master process\\x09/usr/sbin/nginx -g 'daemon off;', since 1970-01-02 00:00:00, unit nginx.service, stopped (ctrl-z)\n"
	    "accept queue of 0.0.0.0:8080 (nginx[812]): 3 waiting, limit 511, 12 dropped\n"
	    "accept queue of [::]:8080 (nginx[812]): 0 waiting, limit not told\n");
}

static void of_closed_connections_how_long_they_stay(void)
{
	situation_begin();
	let_in = PROBE_ADDR;
	for (unsigned i = 0; i < 7; i++)
		situation_add(ROLE_REMNANT, HOLDER_TIME_WAIT, "127.0.0.1", "192.0.2.7", PORT)
		    ->left_ms = 1000 * i + 1;
	situation_ask("127.0.0.1", PORT, MINE, true);
	SAID(0,
	    "TCP 127.0.0.1:8080 is in use: the closed connection 127.0.0.1:8080 -> 192.0.2.7:40000 is in TIME_WAIT for 1 s more, and 6 more sockets\n"
	    "- SO_REUSEADDR and SO_REUSEPORT on your socket, set before bind, lets you have it\n"
	    "- wait 7 s or a little more: then it is free without any option\n"
	    "- end the closed connections, as root, if this kernel allows it (not tried): ss -K -nat state time-wait 'sport = :8080'\n"
	    "- or take another port: 8083 is free\n"
	    "- the next time, set SO_REUSEADDR on the server (or client) that ends and on the one that starts: then it starts at once\n"
	    "7 TIME_WAIT (no process, 7 s left)\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  127.0.0.1:8080  - EADDRINUSE, A EADDRINUSE*, P EADDRINUSE*, AP ok\n");
	EVENTS("answer",
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"127.0.0.1:8080\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":[\"SO_REUSEADDR\",\"SO_REUSEPORT\"],\"as\":null,\"as_options\":null,\"stop\":[],\"wait_s\":13}\n");
	situation_begin();
	situation_add(ROLE_REMNANT, HOLDER_FIN_WAIT2, "127.0.0.1", "192.0.2.7", PORT)->left_ms =
	    999;
	struct holder *holder =
	    situation_add(ROLE_ORPHAN, HOLDER_LAST_ACK, "127.0.0.1", "192.0.2.8", PORT);
	holder->trying = holder->shut = true;
	holder->most_ms = 40000;
	situation_add(ROLE_ORPHAN, HOLDER_FIN_WAIT1, "127.0.0.1", "192.0.2.9", PORT)->most_ms =
	    30000;
	situation_ask("127.0.0.1", PORT, MINE, true);
	SAID(0,
	    "TCP 127.0.0.1:8080 is in use: the closed connection 127.0.0.1:8080 -> 192.0.2.7:40000 is in FIN_WAIT2 for 1 s more, and 2 more sockets\n"
	    "- SO_REUSEADDR and SO_REUSEPORT on your socket, set before bind, lets you have it\n"
	    "- wait 48 s at most: then it is free without any option; where the other end closes first, it is in TIME_WAIT for 60 s from then on (inferred)\n"
	    "- end the closed connections, as root, if this kernel allows it (not tried): ss -K -nat state fin-wait-2 state last-ack state fin-wait-1 'sport = :8080'\n"
	    "- or take another port: 8083 is free\n"
	    "- the next time, set SO_REUSEADDR on the server (or client) that ends and on the one that starts: then it starts at once\n"
	    "STATE      LOCAL           PEER             USER  PROCESS  OPTIONS\n"
	    "FIN_WAIT2  127.0.0.1:8080  192.0.2.7:40000  -     -        -  orphan, 1 s left\n"
	    "LAST_ACK   127.0.0.1:8080  192.0.2.8:40000  -     -        -  orphan: its process has closed it; the peer's receive window is closed\n"
	    "FIN_WAIT1  127.0.0.1:8080  192.0.2.9:40000  -     -        -  orphan: its process has closed it\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  127.0.0.1:8080  - EADDRINUSE, A EADDRINUSE*, P EADDRINUSE*, AP ok\n");
	EVENTS("answer",
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"127.0.0.1:8080\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":[\"SO_REUSEADDR\",\"SO_REUSEPORT\"],\"as\":null,\"as_options\":null,\"stop\":[],\"wait_s\":48}\n");
	let_in = 0;
}

static void of_a_port_of_the_kernels_choice_how_to_keep_it_out(void)
{
	situation_begin();
	situation_process(77, "curl", MINE);
	situation_add(ROLE_EPHEMERAL, HOLDER_ESTABLISHED, "127.0.0.1", "192.0.2.7", PORT);
	situation_add(ROLE_SPENT, HOLDER_TIME_WAIT, "127.0.0.1", "192.0.2.8", PORT)->left_ms =
	    50000;
	situation_ask("127.0.0.1", PORT, MINE, true);
	SAID(0,
	    "TCP 127.0.0.1:8080 is in use: curl[77] of 4000002 has the connection 127.0.0.1:8080 -> 192.0.2.7:40000, from a port that the kernel picked, and 1 more socket (inferred)\n"
	    "- stop what has it: kill 77, and wait for what is closed, 50 s or a little more\n"
	    "- end the closed connections, as root, if this kernel allows it (not tried): ss -K -nat state time-wait 'sport = :8080'\n"
	    "- or take another port: 8083 is free\n"
	    "- to keep a server's port out of the kernel's choice: sysctl -w net.ipv4.ip_local_reserved_ports=8080,9000-9002 (inferred)\n"
	    "STATE        LOCAL           PEER             USER     PROCESS   OPTIONS\n"
	    "ESTABLISHED  127.0.0.1:8080  192.0.2.7:40000  4000002  curl[77]  none  from a port that the kernel picked (inferred)\n"
	    "TIME_WAIT    127.0.0.1:8080  192.0.2.8:40000  -        -         -  50 s left\n"
	    "curl[77]: (no command line)\n");
	EVENTS("answer",
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"127.0.0.1:8080\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":null,\"as\":null,\"as_options\":null,\"stop\":[{\"pid\":77,\"program\":\"curl\",\"unit\":null,\"container\":null,\"command\":\"kill 77\"}],\"wait_s\":56}\n");
}

static void of_another_users_the_user_to_run_as(void)
{
	situation_begin();
	situation_process(500, "server", OTHER);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", PORT)->reuseport = 1;
	situation_process(501, "server", OTHER);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", PORT)->reuseport = 1;
	situation_add(ROLE_PENDING, HOLDER_ESTABLISHED, "127.0.0.1", "192.0.2.8", PORT);
	situation_add(ROLE_SELF, HOLDER_ESTABLISHED, "127.0.0.1", "127.0.0.1", PORT)->reuseport = 1;
	situation_ask("127.0.0.1", PORT, MINE, true);
	SAID(0,
	    "TCP 127.0.0.1:8080 is in use: server[500] of 4000001 listens on 127.0.0.1:8080, and 3 more sockets\n"
	    "- run as 4000001 with SO_REUSEPORT\n"
	    "- stop what has it: kill 500 501; its connections may stay in TIME_WAIT for a minute\n"
	    "- or take another port: 8083 is free\n"
	    "STATE        LOCAL           PEER             USER     PROCESS      OPTIONS\n"
	    "LISTEN       127.0.0.1:8080  -                4000001  server[500]  SO_REUSEPORT\n"
	    "LISTEN       127.0.0.1:8080  -                4000001  server[501]  SO_REUSEPORT\n"
	    "ESTABLISHED  127.0.0.1:8080  192.0.2.8:40000  -        -            -  not accepted yet\n"
	    "ESTABLISHED  127.0.0.1:8080  127.0.0.1:40000  4000001  server[501]  SO_REUSEPORT  connected to itself\n"
	    "server[500]: (no command line)\n"
	    "server[501]: (no command line)\n"
	    "accept queue of 127.0.0.1:8080 (server[500]): 0 waiting, limit not told\n"
	    "accept queue of 127.0.0.1:8080 (server[501]): 0 waiting, limit not told\n");
	EVENTS("answer",
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"127.0.0.1:8080\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":null,\"as\":\"4000001\",\"as_options\":[\"SO_REUSEPORT\"],\"stop\":[{\"pid\":500,\"program\":\"server\",\"unit\":null,\"container\":null,\"command\":\"kill 500\"},{\"pid\":501,\"program\":\"server\",\"unit\":null,\"container\":null,\"command\":\"kill 501\"}],\"wait_s\":null}\n");
	EVENTS("holder",
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"LISTEN\",\"local\":\"127.0.0.1:8080\",\"peer\":null,\"in_the_way\":true,\"uid\":4000001,\"user\":\"4000001\",\"options\":[\"SO_REUSEPORT\"],\"device\":null,\"seconds_left\":null,\"queue\":0,\"queue_limit\":null,\"drops\":null,\"namespace\":null,\"note\":null,\"unit\":null,\"container\":null,\"pids\":[{\"pid\":500,\"program\":\"server\",\"command\":null,\"started\":null,\"unit\":null,\"container\":null,\"state\":\"S\"}]}\n"
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"LISTEN\",\"local\":\"127.0.0.1:8080\",\"peer\":null,\"in_the_way\":true,\"uid\":4000001,\"user\":\"4000001\",\"options\":[\"SO_REUSEPORT\"],\"device\":null,\"seconds_left\":null,\"queue\":0,\"queue_limit\":null,\"drops\":null,\"namespace\":null,\"note\":null,\"unit\":null,\"container\":null,\"pids\":[{\"pid\":501,\"program\":\"server\",\"command\":null,\"started\":null,\"unit\":null,\"container\":null,\"state\":\"S\"}]}\n"
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"ESTABLISHED\",\"local\":\"127.0.0.1:8080\",\"peer\":\"192.0.2.8:40000\",\"in_the_way\":true,\"uid\":null,\"user\":null,\"options\":null,\"device\":null,\"seconds_left\":null,\"queue\":null,\"queue_limit\":null,\"drops\":null,\"namespace\":null,\"note\":\"not accepted yet\",\"unit\":null,\"container\":null,\"pids\":[]}\n"
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"ESTABLISHED\",\"local\":\"127.0.0.1:8080\",\"peer\":\"127.0.0.1:40000\",\"in_the_way\":true,\"uid\":4000001,\"user\":\"4000001\",\"options\":[\"SO_REUSEPORT\"],\"device\":null,\"seconds_left\":null,\"queue\":null,\"queue_limit\":null,\"drops\":null,\"namespace\":null,\"note\":\"connected to itself\",\"unit\":null,\"container\":null,\"pids\":[{\"pid\":501,\"program\":\"server\",\"command\":null,\"started\":null,\"unit\":null,\"container\":null,\"state\":\"S\"}]}\n");
}

static void of_containers_the_command_of_their_engine(void)
{
	situation_begin();
	situation.places[1] = (struct placement){.engine = CONTAINER_DOCKER,
	    .unit = "docker-1.scope",
	    .container = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	    .name = "web"};
	situation.places[2] = (struct placement){
	    .unit = "dnsmasq.service", .user_manager = true, .manager_uid = OTHER};
	situation_process(30, "python3", OTHER)->place = 1;
	situation_add(ROLE_BOUND, HOLDER_BOUND, "0.0.0.0", "", PORT);
	situation_process(31, "dnsmasq", OTHER)->place = 2;
	situation_add(ROLE_BOUND, HOLDER_BOUND, "127.0.0.1", "", PORT)->uid = ROOT;
	situation.list[1].device = 9999;
	situation_add(ROLE_BOUND, HOLDER_BOUND, "127.0.0.1", "", PORT)->udp = true;
	situation.networks[1] = (struct network){.id = 77, .name = "blue", .pid = 31};
	situation.networks[2] =
	    (struct network){.id = 78, .pid = 31, .program = "dnsmasq", .place = 1};
	for (unsigned i = 0; i < 3; i++) {
		situation.elsewhere[i] = situation_holder(HOLDER_LISTEN, "0.0.0.0", "", PORT);
		situation.elsewhere[i].network = i < 2 ? i + 1 : 2;
		situation.elsewhere[i].owner = i == 1 ? 1 : 0;
		situation.elsewhere[i].owner_count = i > 0;
	}
	situation.findings.elsewhere.owner_count = 3;
	situation.findings.elsewhere.count = 3;
	situation_ask("0.0.0.0", PORT, ROOT, true);
	SAID(0,
	    "TCP 0.0.0.0:8080 is in use: python3[30] of 4000001 has bound 0.0.0.0:8080 only, and 1 more socket\n"
	    "- stop what has it, all of it: docker stop web; cd / && sudo -u '#4000001' XDG_RUNTIME_DIR=/run/user/4000001 systemctl --user stop dnsmasq.service\n"
	    "- or take another port: 8083 is free\n"
	    "- if python3[30] and dnsmasq[31] had SO_REUSEADDR set too, your socket could have it with SO_REUSEADDR\n"
	    "STATE  LOCAL                PEER  USER     PROCESS      OPTIONS\n"
	    "BOUND  0.0.0.0:8080         -     4000001  python3[30]  none  only bound\n"
	    "BOUND  127.0.0.1:8080%9999  -     root     dnsmasq[31]  SO_BINDTODEVICE  only bound\n"
	    "python3[30]: (no command line), unit docker-1.scope, container web (0123456789ab) of docker\n"
	    "dnsmasq[31]: (no command line), unit dnsmasq.service (of a user's manager)\n"
	    "not in the way: UDP BOUND 127.0.0.1:8080, dnsmasq[31]\n"
	    "not in the way: TCP LISTEN 0.0.0.0:8080, no process, in network namespace blue\n"
	    "not in the way: TCP LISTEN 0.0.0.0:8080, dnsmasq[31], in another network namespace (web)\n"
	    "not in the way: TCP LISTEN 0.0.0.0:8080, python3[30], in another network namespace (web, dnsmasq[31])\n");
	SAID(.verbose = 1,
	    "TCP 0.0.0.0:8080 is in use: python3[30] of 4000001 has bound 0.0.0.0:8080 only, and 1 more socket\n"
	    "- stop what has it, all of it: docker stop web; cd / && sudo -u '#4000001' XDG_RUNTIME_DIR=/run/user/4000001 systemctl --user stop dnsmasq.service\n"
	    "- or take another port: 8083 is free\n"
	    "- if python3[30] and dnsmasq[31] had SO_REUSEADDR set too, your socket could have it with SO_REUSEADDR\n"
	    "STATE  LOCAL                PEER  USER     PROCESS      OPTIONS\n"
	    "BOUND  0.0.0.0:8080         -     4000001  python3[30]  none  only bound\n"
	    "BOUND  127.0.0.1:8080%9999  -     root     dnsmasq[31]  SO_BINDTODEVICE  only bound\n"
	    "python3[30]: (no command line), unit docker-1.scope, container web (0123456789ab) of docker\n"
	    "dnsmasq[31]: (no command line), unit dnsmasq.service (of a user's manager)\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  0.0.0.0:8080  - EADDRINUSE*, A EADDRINUSE, P EADDRINUSE, AP EADDRINUSE\n"
	    "not in the way: UDP BOUND 127.0.0.1:8080, dnsmasq[31]\n"
	    "not in the way: TCP LISTEN 0.0.0.0:8080, no process, in network namespace blue\n"
	    "not in the way: TCP LISTEN 0.0.0.0:8080, dnsmasq[31], in another network namespace (web)\n"
	    "not in the way: TCP LISTEN 0.0.0.0:8080, python3[30], in another network namespace (web, dnsmasq[31])\n");
	EVENTS("holder",
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"BOUND\",\"local\":\"0.0.0.0:8080\",\"peer\":null,\"in_the_way\":true,\"uid\":4000001,\"user\":\"4000001\",\"options\":[],\"device\":null,\"seconds_left\":null,\"queue\":null,\"queue_limit\":null,\"drops\":null,\"namespace\":null,\"note\":\"only bound\",\"unit\":\"docker-1.scope\",\"container\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"pids\":[{\"pid\":30,\"program\":\"python3\",\"command\":null,\"started\":null,\"unit\":\"docker-1.scope\",\"container\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"state\":\"S\"}]}\n"
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"BOUND\",\"local\":\"127.0.0.1:8080\",\"peer\":null,\"in_the_way\":true,\"uid\":0,\"user\":\"root\",\"options\":[\"SO_BINDTODEVICE\"],\"device\":null,\"seconds_left\":null,\"queue\":null,\"queue_limit\":null,\"drops\":null,\"namespace\":null,\"note\":\"only bound\",\"unit\":\"dnsmasq.service\",\"container\":null,\"pids\":[{\"pid\":31,\"program\":\"dnsmasq\",\"command\":null,\"started\":null,\"unit\":\"dnsmasq.service\",\"container\":null,\"state\":\"S\"}]}\n"
	    "{\"event\":\"holder\",\"protocol\":\"udp\",\"state\":\"BOUND\",\"local\":\"127.0.0.1:8080\",\"peer\":null,\"in_the_way\":false,\"uid\":4000001,\"user\":\"4000001\",\"options\":[],\"device\":null,\"seconds_left\":null,\"queue\":null,\"queue_limit\":null,\"drops\":null,\"namespace\":null,\"note\":null,\"unit\":\"dnsmasq.service\",\"container\":null,\"pids\":[{\"pid\":31,\"program\":\"dnsmasq\",\"command\":null,\"started\":null,\"unit\":\"dnsmasq.service\",\"container\":null,\"state\":\"S\"}]}\n"
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"LISTEN\",\"local\":\"0.0.0.0:8080\",\"peer\":null,\"in_the_way\":false,\"uid\":null,\"user\":null,\"options\":null,\"device\":null,\"seconds_left\":null,\"queue\":0,\"queue_limit\":null,\"drops\":null,\"namespace\":\"blue\",\"note\":null,\"unit\":null,\"container\":null,\"pids\":[]}\n"
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"LISTEN\",\"local\":\"0.0.0.0:8080\",\"peer\":null,\"in_the_way\":false,\"uid\":null,\"user\":null,\"options\":null,\"device\":null,\"seconds_left\":null,\"queue\":0,\"queue_limit\":null,\"drops\":null,\"namespace\":\"net:[78]\",\"note\":null,\"unit\":\"dnsmasq.service\",\"container\":null,\"pids\":[{\"pid\":31,\"program\":\"dnsmasq\",\"command\":null,\"started\":null,\"unit\":\"dnsmasq.service\",\"container\":null,\"state\":\"S\"}]}\n"
	    "{\"event\":\"holder\",\"protocol\":\"tcp\",\"state\":\"LISTEN\",\"local\":\"0.0.0.0:8080\",\"peer\":null,\"in_the_way\":false,\"uid\":null,\"user\":null,\"options\":null,\"device\":null,\"seconds_left\":null,\"queue\":0,\"queue_limit\":null,\"drops\":null,\"namespace\":\"net:[78]\",\"note\":null,\"unit\":\"docker-1.scope\",\"container\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"pids\":[{\"pid\":30,\"program\":\"python3\",\"command\":null,\"started\":null,\"unit\":\"docker-1.scope\",\"container\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"state\":\"S\"}]}\n");
	EVENTS("unseen", "");
}

/* 127.0.0.1 is asked for where a dual-stack listener is, whose options may not be read. */
static void of_what_is_not_seen_what_would_show_it(void)
{
	situation_begin();
	situation.findings.holders.unseen = 1U << UNSEEN_OTHERS;
	struct holder *holder = situation_add(ROLE_LISTENER, HOLDER_LISTEN, "::", "", PORT);
	holder->inode = 5;
	holder->uid = OTHER;
	holder->v6only = 0;
	situation_ask("127.0.0.1", PORT, MINE, true);
	SAID(0,
	    "TCP 127.0.0.1:8080 is in use: a socket of 4000001 listens on [::]:8080\n"
	    "- run as 4000001 with SO_REUSEPORT\n"
	    "- or take another port: 8083 is free\n"
	    "- a socket of 4000001 takes IPv4 as well on [::]:8080: with IPV6_V6ONLY set there it would not be in the way\n"
	    "STATE   LOCAL      PEER  USER     PROCESS  OPTIONS\n"
	    "LISTEN  [::]:8080  -     4000001  -        not seen\n"
	    "accept queue of [::]:8080: 0 waiting, limit not told\n"
	    "unseen: process and options of 1 socket: another user's, or the kernel's own; root sees which: sudo reuse why 8080\n");
	SAID(.verbose = 1,
	    "TCP 127.0.0.1:8080 is in use: a socket of 4000001 listens on [::]:8080\n"
	    "- run as 4000001 with SO_REUSEPORT\n"
	    "- or take another port: 8083 is free\n"
	    "- a socket of 4000001 takes IPv4 as well on [::]:8080: with IPV6_V6ONLY set there it would not be in the way\n"
	    "STATE   LOCAL      PEER  USER     PROCESS  OPTIONS\n"
	    "LISTEN  [::]:8080  -     4000001  -        not seen\n"
	    "accept queue of [::]:8080: 0 waiting, limit not told\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  127.0.0.1:8080  - EADDRINUSE*, A EADDRINUSE, P EADDRINUSE, AP EADDRINUSE\n"
	    "unseen: process and options of 1 socket: another user's, or the kernel's own; root sees which: sudo reuse why 8080\n");
	EVENTS("answer",
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"127.0.0.1:8080\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":null,\"as\":\"4000001\",\"as_options\":[\"SO_REUSEPORT\"],\"stop\":[],\"wait_s\":null}\n");
}

static void of_a_service_beside_other_listeners_whose_connections_come_to_whom(void)
{
	situation_begin();
	situation_process(500, "server", MINE);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", PORT)->reuseport = 1;
	situation_ask("127.0.0.1", PORT, MINE, true);
	SAID(0,
	    "TCP 127.0.0.1:8080 is in use: server[500] of 4000002 listens on 127.0.0.1:8080\n"
	    "- SO_REUSEPORT on your socket, set before bind, lets you have it; if both listen on 127.0.0.1:8080, the kernel deals new connections out between the two, unless a program chooses\n"
	    "- stop what has it: kill 500\n"
	    "- or take another port: 8083 is free\n"
	    "STATE   LOCAL           PEER  USER     PROCESS      OPTIONS\n"
	    "LISTEN  127.0.0.1:8080  -     4000002  server[500]  SO_REUSEPORT\n"
	    "server[500]: (no command line)\n"
	    "accept queue of 127.0.0.1:8080: 0 waiting, limit not told\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  127.0.0.1:8080  - EADDRINUSE*, A EADDRINUSE, P ok, AP ok\n");
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", PORT)->reuseport = 1;
	situation.report.count = 0;
	situation_ask("127.0.0.1", PORT, MINE, true);
	SAID(0,
	    "TCP 127.0.0.1:8080 is in use: server[500] of 4000002 listens on 127.0.0.1:8080, and 1 more socket\n"
	    "- SO_REUSEPORT on your socket, set before bind, lets you have it; if all listen on 127.0.0.1:8080, the kernel deals new connections out between them, unless a program chooses\n"
	    "- stop what has it: kill 500\n"
	    "- or take another port: 8083 is free\n"
	    "STATE   LOCAL           PEER  USER     PROCESS      OPTIONS\n"
	    "LISTEN  127.0.0.1:8080  -     4000002  server[500]  SO_REUSEPORT\n"
	    "LISTEN  127.0.0.1:8080  -     4000002  server[500]  SO_REUSEPORT\n"
	    "server[500]: (no command line)\n"
	    "accept queue of 127.0.0.1:8080 (server[500]): 0 waiting, limit not told\n"
	    "accept queue of 127.0.0.1:8080 (server[500]): 0 waiting, limit not told\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  127.0.0.1:8080  - EADDRINUSE*, A EADDRINUSE, P ok, AP ok\n");
	situation.report.count = 0;
	situation_ask("0.0.0.0", PORT, MINE, true);
	SAID(0,
	    "TCP 0.0.0.0:8080 is in use: server[500] of 4000002 listens on 127.0.0.1:8080, and 1 more socket\n"
	    "- SO_REUSEPORT on your socket, set before bind, lets you have it; of two listeners, on 127.0.0.1:8080 and on 0.0.0.0:8080, the one with the more specific address gets the connection\n"
	    "- stop what has it: kill 500\n"
	    "- or take another port: 8083 is free\n"
	    "STATE   LOCAL           PEER  USER     PROCESS      OPTIONS\n"
	    "LISTEN  127.0.0.1:8080  -     4000002  server[500]  SO_REUSEPORT\n"
	    "LISTEN  127.0.0.1:8080  -     4000002  server[500]  SO_REUSEPORT\n"
	    "server[500]: (no command line)\n"
	    "accept queue of 127.0.0.1:8080 (server[500]): 0 waiting, limit not told\n"
	    "accept queue of 127.0.0.1:8080 (server[500]): 0 waiting, limit not told\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  0.0.0.0:8080  - EADDRINUSE*, A EADDRINUSE, P ok, AP ok\n");
	situation.list[0].device = situation.list[1].device = 9999;
	situation.report.count = 0;
	situation_ask("127.0.0.1", PORT, MINE, true);
	SAID(0,
	    "TCP 127.0.0.1:8080 is in use: server[500] of 4000002 listens on 127.0.0.1:8080%9999, and 1 more socket\n"
	    "- SO_REUSEPORT on your socket, set before bind, lets you have it; the listener that is bound to an interface gets the connections that arrive there\n"
	    "- stop what has it: kill 500\n"
	    "- bound to an interface other than theirs (SO_BINDTODEVICE), your socket could have it\n"
	    "- or take another port: 8083 is free\n"
	    "STATE   LOCAL                PEER  USER     PROCESS      OPTIONS\n"
	    "LISTEN  127.0.0.1:8080%9999  -     4000002  server[500]  SO_REUSEPORT SO_BINDTODEVICE\n"
	    "LISTEN  127.0.0.1:8080%9999  -     4000002  server[500]  SO_REUSEPORT SO_BINDTODEVICE\n"
	    "server[500]: (no command line)\n"
	    "accept queue of 127.0.0.1:8080%9999 (server[500]): 0 waiting, limit not told\n"
	    "accept queue of 127.0.0.1:8080%9999 (server[500]): 0 waiting, limit not told\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  127.0.0.1:8080  - EADDRINUSE*, A EADDRINUSE, P ok, AP ok\n");
	situation_begin();
	situation_process(500, "server", MINE);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", PORT);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.2", "", PORT);
	situation_process(501, "second", MINE);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.3", "", PORT);
	situation_process(502, "third", MINE);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.4", "", PORT);
	situation_process(503, "fourth", MINE);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.5", "", PORT);
	situation_ask("0.0.0.0", PORT, MINE, true);
	situation_ask("::", PORT, MINE, true);
	situation.report.port_alone = true;
	SAID(0,
	    "TCP port 8080 is in use: server[500] of 4000002 listens on 127.0.0.1:8080, and 4 more sockets\n"
	    "- IPV6_V6ONLY on your socket, set before bind, lets you have [::]:8080 for IPv6 alone\n"
	    "- stop what has it: kill 500 501 502 503\n"
	    "- or take another port: 8083 is free\n"
	    "- if server[500] and second[501] and third[502] and others had SO_REUSEPORT set too, your socket could have it with SO_REUSEPORT\n"
	    "STATE   LOCAL           PEER  USER     PROCESS      OPTIONS\n"
	    "LISTEN  127.0.0.1:8080  -     4000002  server[500]  none\n"
	    "LISTEN  127.0.0.2:8080  -     4000002  server[500]  none\n"
	    "LISTEN  127.0.0.3:8080  -     4000002  second[501]  none\n"
	    "LISTEN  127.0.0.4:8080  -     4000002  third[502]   none\n"
	    "LISTEN  127.0.0.5:8080  -     4000002  fourth[503]  none\n"
	    "server[500]: (no command line)\n"
	    "second[501]: (no command line)\n"
	    "third[502]: (no command line)\n"
	    "fourth[503]: (no command line)\n"
	    "accept queue of 127.0.0.1:8080 (server[500]): 0 waiting, limit not told\n"
	    "accept queue of 127.0.0.2:8080 (server[500]): 0 waiting, limit not told\n"
	    "accept queue of 127.0.0.3:8080 (second[501]): 0 waiting, limit not told\n"
	    "accept queue of 127.0.0.4:8080 (third[502]): 0 waiting, limit not told\n"
	    "and 1 more accept queue\n"
	    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:\n"
	    "  [::]:8080  - EADDRINUSE*, A EADDRINUSE, P EADDRINUSE, AP EADDRINUSE, V ok, VA ok, VP ok, VAP ok\n");
	EVENTS("answer",
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"0.0.0.0:8080\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":null,\"as\":null,\"as_options\":null,\"stop\":[{\"pid\":500,\"program\":\"server\",\"unit\":null,\"container\":null,\"command\":\"kill 500\"},{\"pid\":501,\"program\":\"second\",\"unit\":null,\"container\":null,\"command\":\"kill 501\"},{\"pid\":502,\"program\":\"third\",\"unit\":null,\"container\":null,\"command\":\"kill 502\"},{\"pid\":503,\"program\":\"fourth\",\"unit\":null,\"container\":null,\"command\":\"kill 503\"}],\"wait_s\":null}\n"
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"[::]:8080\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":[\"IPV6_V6ONLY\"],\"as\":null,\"as_options\":null,\"stop\":[{\"pid\":500,\"program\":\"server\",\"unit\":null,\"container\":null,\"command\":\"kill 500\"},{\"pid\":501,\"program\":\"second\",\"unit\":null,\"container\":null,\"command\":\"kill 501\"},{\"pid\":502,\"program\":\"third\",\"unit\":null,\"container\":null,\"command\":\"kill 502\"},{\"pid\":503,\"program\":\"fourth\",\"unit\":null,\"container\":null,\"command\":\"kill 503\"}],\"wait_s\":null}\n");
}

/* What is refused for its own sake, and by the sockets there. */
static void of_a_low_port_the_privilege_and_its_holder(void)
{
	situation_begin();
	situation_process(60, "httpd", OTHER);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", 80);
	situation_ask("127.0.0.1", 80, MINE, false);
	struct diagnosis *diagnosis = &situation.report.diagnoses[0];
	const struct cause *cause = errors_cause(NULL, CALL_BIND, EACCES);

	diagnosis->refused = (struct fault){.at = CALL_BIND, .error = EACCES};
	diagnosis->reasons[0] = (struct reason){.cause = cause, .holds = FACT_YES};
	diagnosis->reasons[1] =
	    (struct reason){.cause = cause, .holds = FACT_YES, .said = "it was read"};
	diagnosis->reason_count = 2;
	diagnosis->privileged = true;
	diagnosis->cures.leaves = true;
	diagnosis->cures.wait_ms = 0;
	SAID(0,
	    "TCP 127.0.0.1:80 is refused to you: bind says EACCES (the port is below the first one that everybody may bind; it was read); it is in use as well: httpd[60] of 4000001 listens on 127.0.0.1:80\n"
	    "- running as root is not enough: its holder must be stopped as well\n"
	    "- stop what has it: kill 60; its connections may stay in TIME_WAIT for a minute; then only the privilege is missing\n"
	    "- a program may bind to it after: setcap cap_net_bind_service+ep PROGRAM; or everybody, after (as root of the machine): sysctl -w net.ipv4.ip_unprivileged_port_start=80\n"
	    "- a program may bind to it after: setcap cap_net_bind_service+ep PROGRAM; or everybody, after (as root of the machine): sysctl -w net.ipv4.ip_unprivileged_port_start=80\n"
	    "- one of these is not enough: both reasons must be removed\n"
	    "STATE   LOCAL         PEER  USER     PROCESS    OPTIONS\n"
	    "LISTEN  127.0.0.1:80  -     4000001  httpd[60]  none\n"
	    "httpd[60]: (no command line)\n"
	    "accept queue of 127.0.0.1:80: 0 waiting, limit not told\n");
	diagnosis->privileged = false;
	SAID(0,
	    "TCP 127.0.0.1:80 is refused to you: bind says EACCES (the port is below the first one that everybody may bind; it was read); it is in use as well: httpd[60] of 4000001 listens on 127.0.0.1:80\n"
	    "- stop what has it: kill 60; its connections may stay in TIME_WAIT for a minute; that alone is not enough\n"
	    "- a program may bind to it after: setcap cap_net_bind_service+ep PROGRAM; or everybody, after (as root of the machine): sysctl -w net.ipv4.ip_unprivileged_port_start=80\n"
	    "- a program may bind to it after: setcap cap_net_bind_service+ep PROGRAM; or everybody, after (as root of the machine): sysctl -w net.ipv4.ip_unprivileged_port_start=80\n"
	    "- one of these is not enough: both reasons must be removed\n"
	    "- that alone is not enough: its holder must be stopped as well\n"
	    "STATE   LOCAL         PEER  USER     PROCESS    OPTIONS\n"
	    "LISTEN  127.0.0.1:80  -     4000001  httpd[60]  none\n"
	    "httpd[60]: (no command line)\n"
	    "accept queue of 127.0.0.1:80: 0 waiting, limit not told\n");
	diagnosis->reasons[0].holds = diagnosis->reasons[1].holds = FACT_UNKNOWN;
	diagnosis->cures.wait_ms = 1;
	SAID(0,
	    "TCP 127.0.0.1:80 is refused to you: bind says EACCES (Permission denied); it is in use as well: httpd[60] of 4000001 listens on 127.0.0.1:80\n"
	    "- stop what has it: kill 60, and wait for what is closed, 1 s or a little more; that alone is not enough\n"
	    "- possible: the port is below the first one that everybody may bind; how to check: compare it with net.ipv4.ip_unprivileged_port_start; root may, and a program after 'setcap cap_net_bind_service+ep PROGRAM' (inferred)\n"
	    "- possible: the port is below the first one that everybody may bind; it was read; how to check: compare it with net.ipv4.ip_unprivileged_port_start; root may, and a program after 'setcap cap_net_bind_service+ep PROGRAM' (inferred)\n"
	    "STATE   LOCAL         PEER  USER     PROCESS    OPTIONS\n"
	    "LISTEN  127.0.0.1:80  -     4000001  httpd[60]  none\n"
	    "httpd[60]: (no command line)\n"
	    "accept queue of 127.0.0.1:80: 0 waiting, limit not told\n");
	EVENTS("answer",
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"127.0.0.1:80\",\"free\":false,\"refused\":\"EACCES\",\"options\":null,\"as\":null,\"as_options\":null,\"stop\":[],\"wait_s\":null}\n");
	diagnosis->cures.as = ROOT;
	diagnosis->cures.as_set = PROBE_BOTH;
	diagnosis->in_the_way = 0;
	diagnosis->reason_count = 0;
	diagnosis->refused.error = EADDRINUSE;
	SAID(0,
	    "TCP 127.0.0.1:80 is refused to you: bind says EADDRINUSE (no socket that is listed has it)\n"
	    "- run as root with SO_REUSEADDR and SO_REUSEPORT\n"
	    "- stop what has it: kill 60, and wait for what is closed, 1 s or a little more\n"
	    "- or take another port or address (none was tried)\n"
	    "STATE   LOCAL         PEER  USER     PROCESS    OPTIONS\n"
	    "LISTEN  127.0.0.1:80  -     4000001  httpd[60]  none\n"
	    "httpd[60]: (no command line)\n"
	    "accept queue of 127.0.0.1:80: 0 waiting, limit not told\n");
	EVENTS("answer",
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"127.0.0.1:80\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":null,\"as\":\"root\",\"as_options\":[\"SO_REUSEADDR\",\"SO_REUSEPORT\"],\"stop\":[{\"pid\":60,\"program\":\"httpd\",\"unit\":null,\"container\":null,\"command\":\"kill 60\"}],\"wait_s\":1}\n");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	TEST(of_a_free_port_one_line_and_one_for_what_is_not_in_the_way);
	TEST(of_a_listener_all_that_was_read);
	TEST(of_closed_connections_how_long_they_stay);
	TEST(of_a_port_of_the_kernels_choice_how_to_keep_it_out);
	TEST(of_another_users_the_user_to_run_as);
	TEST(of_containers_the_command_of_their_engine);
	TEST(of_what_is_not_seen_what_would_show_it);
	TEST(of_a_service_beside_other_listeners_whose_connections_come_to_whom);
	TEST(of_a_low_port_the_privilege_and_its_holder);
	return test_failures != 0;
}
