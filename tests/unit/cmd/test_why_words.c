/* ctest: wrap=getservbyname wrap=cause_holds */
/* cmd/why: how what is asked is read, in all the forms that people and tools use, and what is told of an errno. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>

#include "cmd/why/causes.h"
#include "cmd/why/words.h"
#include "diagnosis/causes.h"
#include "tcp/errname.h"
#include "tests/lib/shown.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
struct servent *__wrap_getservbyname(const char *name, const char *protocol);
enum fact __wrap_cause_holds(
    const struct cause *cause, const struct subject *subject, char said[CAUSE_SAID]);

struct servent *__wrap_getservbyname(const char *name, const char *protocol)
{
	static const struct {
		const char *name, *protocol;
		int port;
	} services[] = {
	    {"http", "tcp", 80}, {"ssh", "tcp", 22}, {"tftp", "udp", 69}, {"ntp", "udp", 123}};
	static struct servent service;

	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (!strcmp(services[i].name, name) &&
		    (!protocol || !strcmp(services[i].protocol, protocol))) {
			service.s_port = htons((uint16_t)services[i].port);
			return &service;
		}
	return NULL;
}

/* Each in its turn. */
enum fact __wrap_cause_holds(
    const struct cause *cause, const struct subject *subject, char said[CAUSE_SAID])
{
	static unsigned turn;
	static const enum fact facts[] = {FACT_NO, FACT_YES, FACT_UNKNOWN};

	(void)cause;
	snprintf(said, CAUSE_SAID, "%s", subject->bind ? "it was tried" : "");
	return facts[turn++ % 3];
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

enum { WORDS = 4 };

static char typed[WORDS][600];
static int count;
static struct common common;

static void show(void)
{
	static struct question questions[QUESTIONS_MOST];
	char *words[WORDS], text[ADDR_TEXT];

	for (int i = 0; i < WORDS; i++)
		words[i] = typed[i];
	const int n = words_read(&common, count, words, questions);
	out_start("%d", n);
	for (int i = 0; i < n; i++) {
		const struct question *const q = &questions[i];
		if (q->error) {
			out_start(" [%s %s]", errname(q->error),
			    q->call == CALL_NONE ? "-" : fault_call(q->call));
			continue;
		}
		out_start(" [%s%s%s%s %u]",
		    q->port_alone         ? "*"
		    : q->endpoint.name[0] ? q->endpoint.name
					  : addr_print_host(&q->endpoint.addr, text),
		    q->udp ? "/udp" : "", q->bare ? " bare" : "", q->port_alone ? " alone" : "",
		    q->endpoint.port);
	}
	out_line("%s", "");
}

/* What is read, and what is complained of. */
static const char *reads(const char *a, const char *b, const char *c)
{
	static char all[4096];
	char complained[2048];
	const char *const words[] = {a, b, c};

	for (count = 0; count < 3 && words[count]; count++)
		snprintf(typed[count], sizeof typed[count], "%s", words[count]);
	const struct capture capture = capture_begin(stderr);
	const char *const shown = shown_as((struct common){0}, show);
	capture_end(&capture, complained, sizeof complained);
	snprintf(all, sizeof all, "%.2000s%s", shown, complained);
	return all;
}

static void each_form_is_read(void)
{
	static const struct {
		const char *words[3], *want;
	} rows[] = {
	    {{"8080"}, "1 [* bare alone 8080]\n"},
	    {{":8080"}, "1 [* alone 8080]\n"},
	    {{"*:8080"}, "1 [* alone 8080]\n"},
	    {{":::8080"}, "1 [:: 8080]\n"},
	    {{":::65535"}, "1 [:: 65535]\n"},
	    {{":::1234567"},
		"-1\n"
		"reuse: port '1234567': not a number from 0 to 65535 or a service name\n"},
	    {{":::x"}, "-1\n"
		       "reuse: port ':::x': not a number from 0 to 65535 or a service name\n"},
	    {{"[::1]:8080"}, "1 [::1 8080]\n"},
	    {{"127.0.0.1:8080"}, "1 [127.0.0.1 8080]\n"},
	    {{"localhost:http"}, "1 [localhost 80]\n"},
	    {{"53/udp"}, "1 [*/udp bare alone 53]\n"},
	    {{"53/UDP"}, "1 [*/udp bare alone 53]\n"},
	    {{"80/tcp"}, "1 [* bare alone 80]\n"},
	    {{"80/sctp"},
		"-1\n"
		"reuse: port '80/sctp': not a number from 0 to 65535 or a service name\n"},
	    {{"tftp/udp"}, "1 [*/udp bare alone 69]\n"},
	    {{"127.0.0.1:tftp/udp"}, "1 [127.0.0.1/udp 69]\n"},
	    {{"tftp"}, "-1\n"
		       "reuse: port 'tftp': not a number from 0 to 65535 or a service name\n"},
	    {{"http"}, "1 [* bare alone 80]\n"},
	    {{"http://example.org/path?x#y"}, "1 [example.org 80]\n"},
	    {{"HTTPS://user@example.org"}, "1 [example.org 443]\n"},
	    {{"ws://127.0.0.1:81/x"}, "1 [127.0.0.1 81]\n"},
	    {{"wss://[::1]/"}, "1 [::1 443]\n"},
	    {{"postgres://a:b@db.example/x"}, "1 [db.example 5432]\n"},
	    {{"redis://127.0.0.1"}, "1 [127.0.0.1 6379]\n"},
	    {{"mqtt://127.0.0.1"}, "1 [127.0.0.1 1883]\n"},
	    {{"ssh://127.0.0.1"}, "1 [127.0.0.1 22]\n"},
	    {{"udp://127.0.0.1:53"}, "1 [127.0.0.1/udp 53]\n"},
	    {{"tcp://127.0.0.1:53"}, "1 [127.0.0.1 53]\n"},
	    {{"gopher://127.0.0.1"},
		"-1\n"
		"reuse: address '127.0.0.1': no port, and gopher has no default\n"},
	    {{"127.0.0.1", "8080"}, "1 [127.0.0.1 8080]\n"},
	    {{"8080", "127.0.0.1"}, "1 [127.0.0.1 8080]\n"},
	    {{"53/udp", "127.0.0.1"}, "1 [127.0.0.1/udp 53]\n"},
	    {{"127.0.0.1", "tftp/udp"}, "1 [127.0.0.1/udp 69]\n"},
	    {{"*", "8080"}, "1 [* alone 8080]\n"},
	    {{"8080", "*"}, "1 [* alone 8080]\n"},
	    {{"8080", "8081", "127.0.0.1"}, "2 [* bare alone 8080] [127.0.0.1 8081]\n"},
	    {{"8080", "127.0.0.1", "8081"}, "2 [* bare alone 8080] [127.0.0.1 8081]\n"},
	    {{":8080", "127.0.0.1"}, "-1\n"
				     "reuse: address '127.0.0.1': its port is missing\n"},
	    {{"127.0.0.1"}, "-1\n"
			    "reuse: address '127.0.0.1': its port is missing\n"},
	    {{"*"}, "-1\n"
		    "reuse: address '*': its port is missing\n"},
	    {{"localhost", "8080"}, "1 [localhost 8080]\n"},
	    {{"8080", "localhost"}, "1 [localhost 8080]\n"},
	    {{"8080", "http"}, "2 [* bare alone 8080] [* bare alone 80]\n"},
	    {{"8080x"}, "-1\n"
			"reuse: port '8080x': not a number from 0 to 65535 or a service name\n"},
	    {{"70000"}, "-1\n"
			"reuse: port '70000': not a number from 0 to 65535 or a service name\n"},
	    {{""}, "-1\n"
		   "reuse: port '': not a number from 0 to 65535 or a service name\n"},
	    {{"EADDRINUSE"}, "1 [EADDRINUSE -]\n"},
	    {{"eaddrinuse", "bind"}, "1 [EADDRINUSE bind]\n"},
	    {{"bind", "EADDRINUSE"}, "1 [EADDRINUSE bind]\n"},
	    {{"EADDRINUSE", "fork"},
		"-1\n"
		"reuse: call 'fork': not one of socket bind listen connect accept send recv\n"},
	    {{"EADDRINUSE", "8080"}, "2 [EADDRINUSE -] [* bare alone 8080]\n"},
	    {{"EADDRINUSE", "EACCES"}, "2 [EADDRINUSE -] [EACCES -]\n"},
	    {{"EADDRINUSE", "bind", "EACCES"}, "2 [EADDRINUSE bind] [EACCES -]\n"},
	    {{"bind: Address already in use"}, "1 [EADDRINUSE bind]\n"},
	    {{"bind: EACCES"}, "1 [EACCES bind]\n"},
	    {{"nginx: Address already in use"},
		"-1\n"
		"reuse: 'nginx: Address already in use': more than an errno's text and its call: try "
		"'reuse why PORT' with the port, or 'reuse why EADDRINUSE'\n"},
	    {{"nginx: Too many open files in system"},
		"-1\n"
		"reuse: 'nginx: Too many open files in system': more than an errno's text and its call: try "
		"'reuse why PORT' with the port, or 'reuse why ENFILE'\n"},
	    {{"Address in use"}, "1 [EADDRINUSE -]\n"},
	    {{"address ALREADY in use"}, "1 [EADDRINUSE -]\n"},
	    {{"Message too large"}, "1 [EMSGSIZE -]\n"},
	    {{"Socket is connected"}, "1 [EISCONN -]\n"},
	    {{"EFOO"}, "-1\n"
		       "reuse: errno 'EFOO': no such name on this system\n"},
	    {{"E"}, "-1\n"
		    "reuse: port 'E': not a number from 0 to 65535 or a service name\n"},
	    {{"connect", "8080"}, "1 [connect 8080]\n"},
	    {{"1.2.3:80"},
		"-1\n"
		"reuse: address '1.2.3': not an IPv4 address in four parts from 0 to 255\n"},
	    {{"9x", "8080"}, "-1\n"
			     "reuse: port '9x': not a number from 0 to 65535 or a service name\n"},
	    {{"0x", "8080"}, "-1\n"
			     "reuse: port '0x': not a number from 0 to 65535 or a service name\n"},
	    {{"a-word-that-is-much-longer-than-any-errno", "8080"},
		"1 [a-word-that-is-much-longer-than-any-errno 8080]\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_LINES(
		    reads(rows[i].words[0], rows[i].words[1], rows[i].words[2]), rows[i].want);
	common.numeric = 1;
	CHECK_LINES(reads("http", NULL, NULL),
	    "-1\n"
	    "reuse: port 'http': not a number from 0 to 65535 (-n: no names)\n");
	CHECK_LINES(reads("127.0.0.1", "http", NULL),
	    "-1\n"
	    "reuse: address '127.0.0.1': its port is missing\n");
	common.numeric = 0;
}

static void a_word_may_be_so_long(void)
{
	char word[600];

	memset(word, '1', sizeof word);
	word[503] = 0;
	const char *const got = reads(word, NULL, NULL);
	CHECK(!strstr(got, "too long"), "%s", got);
	word[503] = '1';
	word[504] = 0;
	CHECK(strstr(reads(word, NULL, NULL), "too long for an address and port"), "%s",
	    reads(word, NULL, NULL));
}

static void so_many_are_read_at_once(void)
{
	static struct question questions[QUESTIONS_MOST];
	static char port[] = "8080";
	char *words[QUESTIONS_MOST + 1], complained[256];

	for (size_t i = 0; i <= QUESTIONS_MOST; i++)
		words[i] = port;
	const int n = words_read(&common, QUESTIONS_MOST, words, questions);
	CHECK(n == QUESTIONS_MOST, "%d", n);
	const struct capture capture = capture_begin(stderr);
	const int more = words_read(&common, QUESTIONS_MOST + 1, words, questions);
	capture_end(&capture, complained, sizeof complained);
	CHECK(more == -1, "%d", more);
	CHECK_LINES(complained, "reuse: more than 64 addresses\n");
}

static int error, status;
static enum tcp_call call;
static bool bind_too;

static void show_causes(void)
{
	status = causes_show(error, call, bind_too);
}

static const char *causes(int errno_asked, enum tcp_call call_asked, struct common how)
{
	static char all[16384];
	char complained[1024];
	const struct capture capture = capture_begin(stderr);

	error = errno_asked;
	call = call_asked;
	const char *const shown = shown_as(how, show_causes);
	capture_end(&capture, complained, sizeof complained);
	snprintf(all, sizeof all, "%.12000s%s", shown, complained);
	return all;
}

/* Of errnos that every libc has the same words for. */
static void of_an_errno_each_cause_is_told(void)
{
	CHECK_LINES(causes(EACCES, CALL_BIND, (struct common){0}),
	    "EACCES from bind: Permission denied; the port is privileged (net.ipv4.ip_unprivileged_port_start), or a sandbox forbids it\n"
	    "- does not hold here: the port is below the first one that everybody may bind\n"
	    "  how to check: compare it with net.ipv4.ip_unprivileged_port_start; root may, and a program after 'setcap cap_net_bind_service+ep PROGRAM'\n"
	    "- holds here: the network belongs to another user namespace: root here has no privilege there\n"
	    "  how to check: 'lsns -t net' and 'lsns -t user' show whose it is\n"
	    "- possible: a Landlock sandbox lets this process bind or connect to few ports, or none\n"
	    "  how to check: a port that nobody holds, from the first unprivileged one on, is refused to it as well\n"
	    "- does not hold here: a sandbox forbids it: a seccomp filter, a BPF program of the control group, or a security module\n"
	    "  how to check: 'grep Seccomp /proc/PID/status' shows 2; 'ausearch -m avc -ts recent' or 'dmesg'\n"
	    "- holds here: a security module (SELinux, AppArmor) forbids it\n"
	    "  how to check: 'ausearch -m avc -ts recent' or 'dmesg' shows the refusal\n");
	CHECK(status == 0, "%d", status);
	bind_too = true;
	CHECK_LINES(causes(EINVAL, CALL_NONE, (struct common){0}),
	    "EINVAL from socket: Invalid argument\n"
	    "- possible: unknown flags in the type, or an unknown family\n"
	    "  how to check: 'strace -e trace=socket'\n"
	    "  it was tried\n"
	    "\n"
	    "EINVAL from bind: Invalid argument; a link-local address needs its interface: fe80::1%eth0\n"
	    "- does not hold here: the socket is bound already\n"
	    "  how to check: getsockname shows a port that is not 0\n"
	    "  it was tried\n"
	    "- holds here: it is an IPv6 multicast address, and TCP has none\n"
	    "  how to check: multicast addresses begin with ff\n"
	    "  it was tried\n"
	    "- possible: an IPv4 address written as IPv6, on a socket with IPV6_V6ONLY\n"
	    "  how to check: 'sysctl net.ipv6.bindv6only'; strace shows the setsockopt\n"
	    "  it was tried\n"
	    "- does not hold here: a link-local address (fe80::) without its interface\n"
	    "  how to check: write it as fe80::1%eth0: sin6_scope_id\n"
	    "  it was tried\n"
	    "\n"
	    "EINVAL from listen: Invalid argument\n"
	    "- holds here: the socket is connected already\n"
	    "  how to check: getpeername succeeds\n"
	    "  it was tried\n"
	    "\n"
	    "EINVAL from connect: Invalid argument; a loopback source leads to no other network; a link-local address needs its interface: fe80::1%eth0\n"
	    "- possible: a link-local address (fe80::) without its interface\n"
	    "  how to check: write it as fe80::1%eth0: sin6_scope_id\n"
	    "  it was tried\n"
	    "- does not hold here: a loopback source cannot reach another machine\n"
	    "  how to check: 'ip route get ADDR from SOURCE'\n"
	    "  it was tried\n"
	    "- holds here: the route is of type blackhole\n"
	    "  how to check: 'ip route get ADDR'\n"
	    "  it was tried\n"
	    "\n"
	    "EINVAL from accept: Invalid argument\n"
	    "- possible: the socket does not listen\n"
	    "  how to check: listen was not called, or failed\n"
	    "  it was tried\n"
	    "\n"
	    "EINVAL from send: Invalid argument\n"
	    "- does not hold here: flags that exclude each other, or a message with a malformed header\n"
	    "  how to check: 'strace -e trace=sendto,sendmsg'\n"
	    "  it was tried\n"
	    "\n"
	    "EINVAL from recv: Invalid argument\n"
	    "- holds here: MSG_OOB, and there is no urgent byte, or it was read already\n"
	    "  how to check: 'strace -e trace=recvfrom,recvmsg'\n"
	    "  it was tried\n");
	CHECK_LINES(causes(EINVAL, CALL_NONE, (struct common){.quiet = 1}),
	    "EINVAL from socket: Invalid argument\n"
	    "EINVAL from bind: Invalid argument; a link-local address needs its interface: fe80::1%eth0\n"
	    "EINVAL from listen: Invalid argument\n"
	    "EINVAL from connect: Invalid argument; a loopback source leads to no other network; a link-local address needs its interface: fe80::1%eth0\n"
	    "EINVAL from accept: Invalid argument\n"
	    "EINVAL from send: Invalid argument\n"
	    "EINVAL from recv: Invalid argument\n");
	CHECK_LINES(causes(EINVAL, CALL_LISTEN, (struct common){.json = 1}),
	    "{\"event\":\"cause\",\"errno\":\"EINVAL\",\"call\":\"listen\",\"text\":\"the socket is connected already; how to check: getpeername succeeds; it was tried\",\"holds\":null,\"cause\":\"the socket is connected already\",\"tell\":\"getpeername succeeds\",\"tried\":\"it was tried\"}\n");
	bind_too = false;
	CHECK_LINES(causes(EINVAL, CALL_LISTEN, (struct common){.json = 1}),
	    "{\"event\":\"cause\",\"errno\":\"EINVAL\",\"call\":\"listen\",\"text\":\"the socket is connected already; how to check: getpeername succeeds\",\"holds\":false,\"cause\":\"the socket is connected already\",\"tell\":\"getpeername succeeds\",\"tried\":null}\n");
	CHECK_LINES(causes(ECONNREFUSED, CALL_ACCEPT, (struct common){0}),
	    "reuse: ECONNREFUSED (Connection refused): no cause known from accept\n"
	    "reuse: try 'reuse why ECONNREFUSED'\n");
	CHECK(status == 1, "%d", status);
	CHECK_LINES(causes(ENOENT, CALL_NONE, (struct common){0}),
	    "reuse: ENOENT (No such file or directory): no cause known from a socket call\n");
}

int main(void)
{
	TEST(each_form_is_read);
	TEST(a_word_may_be_so_long);
	TEST(so_many_are_read_at_once);
	TEST(of_an_errno_each_cause_is_told);
	return test_failures != 0;
}
