/* ctest: os=Linux wrap=aside_begin wrap=findings_read wrap=diagnose wrap=diagnose_errno wrap=facts_about wrap=facts_elsewhere wrap=trace_kin wrap=sock_local wrap=option_device wrap=if_nametoindex */
/* cmd/run/explain: what is asked about a refused call, and what is told of it, word for word. */
#include <errno.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/run/aside.h"
#include "cmd/run/explain.h"
#include "os/facts.h"
#include "tcp/errname.h"
#include "tcp/sock.h"
#include "tests/lib/situation.h"
#include "words/errors.h"

enum { PORT = 8080, PID = 77 };

static enum fact elsewhere;
static size_t reason_count;
static char asked[512]; /* what the diagnosis was asked */
static unsigned bound_port;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_aside_begin(struct aside *aside);
void __wrap_findings_read(
    struct findings *findings, unsigned port, bool others, bool patient, bool bind);
void __wrap_diagnose(const struct findings *findings, const struct newcomer *newcomer, bool bind,
    struct diagnosis *diagnosis);
size_t __wrap_diagnose_errno(enum tcp_call call, int error, const struct subject *subject,
    struct reason reasons[REASONS_MOST]);
void __wrap_facts_about(long pid, unsigned filters);
enum fact __wrap_facts_elsewhere(void);
enum kin __wrap_trace_kin(long pid, long of);
union addr __wrap_sock_local(int fd);
bool __wrap_option_device(int fd, char name[IF_NAMESIZE]);
unsigned __wrap_if_nametoindex(const char *name);

int __wrap_aside_begin(struct aside *aside)
{
	(void)aside;
	return -1;
}

/* The process that asks, its parent and a stranger. */
void __wrap_findings_read(
    struct findings *findings, unsigned port, bool others, bool patient, bool bind)
{
	*findings = (struct findings){0};
	findings->holders.processes = calloc(3, sizeof *findings->holders.processes);
	findings->holders.process_count = findings->holders.processes ? 3 : 0;
	for (size_t i = 0; i < findings->holders.process_count; i++) {
		findings->holders.processes[i].pid = PID + (long)i;
		findings->holders.processes[i].state = 'T';
	}
	snprintf(asked + strlen(asked), sizeof asked - strlen(asked), "read %u%s%s%s; ", port,
	    others ? " elsewhere" : "", patient ? " patient" : "", bind ? " bind" : "");
}

void __wrap_diagnose(const struct findings *findings, const struct newcomer *newcomer, bool bind,
    struct diagnosis *diagnosis)
{
	char local[ADDR_TEXT];

	*diagnosis = (struct diagnosis){.findings = findings,
	    .newcomer = *newcomer,
	    .refused = {.at = CALL_BIND, .error = EADDRINUSE},
	    .cures = {.set = -1, .as = -1, .wait_ms = -1, .next_port = PORT + 1}};
	snprintf(asked + strlen(asked), sizeof asked - strlen(asked),
	    "diagnose %s set %u device %u uid %ld inode %llu%s%s%s refused %s %s kin",
	    addr_print(&newcomer->local, local), newcomer->set, newcomer->device, newcomer->uid,
	    (unsigned long long)newcomer->inode, newcomer->seen ? " seen" : "",
	    newcomer->bound ? " bound" : "", bind ? " bind" : "", fault_call(newcomer->refused.at),
	    errname(newcomer->refused.error));
	for (size_t i = 0; i < findings->holders.process_count; i++)
		snprintf(asked + strlen(asked), sizeof asked - strlen(asked), " %d%c",
		    (int)findings->holders.processes[i].kin, findings->holders.processes[i].state);
	snprintf(asked + strlen(asked), sizeof asked - strlen(asked), "; ");
}

size_t __wrap_diagnose_errno(enum tcp_call call, int error, const struct subject *subject,
    struct reason reasons[REASONS_MOST])
{
	static const struct cause causes[] = {
	    {.text = "the first"}, {.text = "the second"}, {.text = "the third"}};
	char local[ADDR_TEXT] = "-", peer[ADDR_TEXT] = "-";

	if (subject->local)
		addr_print(subject->local, local);
	if (subject->peer)
		addr_print(subject->peer, peer);
	snprintf(asked + strlen(asked), sizeof asked - strlen(asked), "errno %s %s %s %s%s%s; ",
	    fault_call(call), errname(error), local, peer, subject->refused ? " refused" : "",
	    subject->bind ? " bind" : "");
	for (size_t i = 0; i < reason_count; i++) {
		reasons[i] =
		    (struct reason){.cause = &causes[i], .holds = i == 1 ? FACT_UNKNOWN : FACT_YES};
		snprintf(reasons[i].said, CAUSE_SAID, "%s", i == 0 ? "it was read" : "");
	}
	return reason_count;
}

void __wrap_facts_about(long pid, unsigned filters)
{
	snprintf(
	    asked + strlen(asked), sizeof asked - strlen(asked), "about %ld %u; ", pid, filters);
}

enum fact __wrap_facts_elsewhere(void)
{
	return elsewhere;
}

enum kin __wrap_trace_kin(long pid, long of)
{
	return pid == of ? KIN_SELF : pid == of + 1 ? KIN_ANCESTOR : KIN_NONE;
}

union addr __wrap_sock_local(int fd)
{
	(void)fd;
	return addr_loopback(AF_INET, bound_port);
}

bool __wrap_option_device(int fd, char name[IF_NAMESIZE])
{
	(void)fd;
	snprintf(name, IF_NAMESIZE, "eth7");
	return true;
}

unsigned __wrap_if_nametoindex(const char *name)
{
	return strcmp(name, "eth7") ? 0 : 7;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct run_seen seen;
static bool read_it;

static void show(void)
{
	*asked = 0;
	read_it = run_explain_read(&seen);
	if (read_it)
		run_explain_show(&seen);
}

/* A refused call, its first by that process. */
static void begin(enum tcp_call call, int error)
{
	static long pid = PID;

	seen = (struct run_seen){
	    .call = {.call = call, .pid = PID, .fd = 3, .sock = -1, .inode = 9, .error = error},
	    .local = addr_loopback(AF_INET, PORT)};
	/* So that it was not explained before. */
	seen.call.inode = (uint64_t)pid;
	addr_set_port(&seen.local, PORT + (unsigned)(pid++ - PID) * 10);
	if (call == CALL_CONNECT)
		seen.peer = situation_addr("192.0.2.8", (unsigned)pid);
	elsewhere = FACT_NO;
	reason_count = 0;
	bound_port = 0;
}

static const char *line(const char *text)
{
	static char whole[sizeof asked + 1];

	snprintf(whole, sizeof whole, "%s\n", text);
	return whole;
}

#define TOLD(mode, want) CHECK_LINES(shown_as((struct common){mode}, show), want)

static void of_a_bind_the_holders_are_asked_about(void)
{
	begin(CALL_BIND, EADDRINUSE);
	TOLD(0,
	    "TCP 127.0.0.1:8080 is refused to you: bind says EADDRINUSE (no socket that is listed has it)\n"
	    "- or take another port: 8081 is free\n");
	CHECK_LINES(line(asked),
	    "about 77 1; read 8080 bind; diagnose 127.0.0.1:8080 set 0 device 0 uid 0 inode 77 refused bind EADDRINUSE kin 1R 2T 0T; \n");
	TOLD(0, "");
	CHECK(!read_it, "the same refusal is explained twice");
	seen.call.error = EACCES;
	TOLD(.quiet = 1,
	    "TCP 127.0.0.1:8080 is refused to you: bind says EADDRINUSE (no socket that is listed has it)\n");
	begin(CALL_BIND, EADDRINUSE);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct stat owner;
	CHECK(fstat(fd, &owner) == 0 && (long)owner.st_uid == (long)geteuid(), "%d", errno);
	seen.call.sock = fd;
	seen.call.options = 1u << OPTION_REUSEADDR | 1u << OPTION_REUSEPORT | 1u << OPTION_V6ONLY;
	bound_port = 5;
	TOLD(.json = 1,
	    "{\"event\":\"answer\",\"protocol\":\"tcp\",\"local\":\"127.0.0.1:8090\",\"free\":false,\"refused\":\"EADDRINUSE\",\"options\":null,\"as\":null,\"as_options\":null,\"stop\":[],\"wait_s\":null}\n"
	    "{\"event\":\"verdict\",\"text\":\"TCP 127.0.0.1:8090 is refused to you: bind says EADDRINUSE (no socket that is listed has it)\",\"basis\":\"observed\"}\n"
	    "{\"event\":\"verdict\",\"text\":\"or take another port: 8081 is free\",\"basis\":\"observed\"}\n");
	char want[512];
	snprintf(want, sizeof want,
	    "about 77 1; read %u bind; diagnose 127.0.0.1:%u set 7 device 7 uid %ld inode %llu seen bound "
	    "refused bind EADDRINUSE kin 1R 2T 0T; ",
	    addr_port(&seen.local), addr_port(&seen.local), (long)owner.st_uid,
	    (unsigned long long)seen.call.inode);
	CHECK_TEXT(asked, want);
	close(fd);
	begin(CALL_LISTEN, EADDRINUSE);
	addr_set_port(&seen.local, 0);
	TOLD(0,
	    "TCP 127.0.0.1:0 is refused to you: bind says EADDRINUSE (no socket that is listed has it)\n"
	    "- or take another port: 8081 is free\n");
	CHECK_LINES(line(asked),
	    "about 77 1; diagnose 127.0.0.1:0 set 0 device 0 uid 0 inode 79 refused listen EADDRINUSE kin; \n");
	begin(CALL_BIND, EINVAL);
	seen.local = (union addr){0};
	TOLD(0, "");
	CHECK_TEXT(asked, "about 77 1; ");
	begin(CALL_BIND, EADDRINUSE);
	elsewhere = FACT_YES;
	TOLD(0,
	    "it is in another network namespace, which root sees by: nsenter -t 77 -n reuse why 127.0.0.1:8120\n");
	begin(CALL_BIND, EADDRINUSE);
	elsewhere = FACT_YES;
	TOLD(.json = 1,
	    "{\"event\":\"cause\",\"errno\":\"EADDRINUSE\",\"call\":\"bind\",\"text\":\"it is in another network namespace, which root sees by: nsenter -t 77 -n reuse why 127.0.0.1:8130\",\"holds\":null}\n");
}

static void each_option_that_it_has_counts(void)
{
	static const struct {
		unsigned options;
		const char *set;
	} rows[] = {{0, " set 0 "}, {1u << OPTION_REUSEADDR, " set 1 "},
	    {1u << OPTION_REUSEPORT, " set 2 "}, {1u << OPTION_V6ONLY, " set 4 "},
	    {1u << OPTION_KEEPALIVE, " set 0 "}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin(CALL_BIND, EADDRINUSE);
		seen.call.options = rows[i].options;
		shown_as((struct common){.quiet = 1}, show);
		CHECK(strstr(asked, rows[i].set), "row %zu: %s", i, asked);
	}
}

static void other_calls_are_not_explained(void)
{
	static const enum tcp_call calls[] = {CALL_SOCKET, CALL_OPTION, CALL_ACCEPT, CALL_CLOSE};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		begin(calls[i], EMFILE);
		TOLD(0, "");
		CHECK(!read_it && !*asked, "%s", asked);
	}
}

static void an_address_that_is_none_is_told(void)
{
	begin(CALL_BIND, EFAULT);
	seen.call.malformed = true;
	TOLD(0,
	    "EFAULT: the address cannot be read: its pointer leads outside the process's memory\n");
	begin(CALL_CONNECT, EINVAL);
	seen.call.malformed = true;
	TOLD(.json = 1,
	    "{\"event\":\"cause\",\"errno\":\"EINVAL\",\"call\":\"connect\",\"text\":\"EINVAL: the address is too short, or not of the socket's family\",\"holds\":true}\n");
	CHECK_TEXT(asked, "about 77 1; ");
}

static void of_a_connect_what_its_errno_means_in_three_lines_at_most(void)
{
	begin(CALL_CONNECT, ECONNREFUSED);
	TOLD(0, "ECONNREFUSED: nobody listens on that port there, or a firewall refuses it\n");
	begin(CALL_CONNECT, ECONNREFUSED);
	reason_count = 3;
	TOLD(0, "ECONNREFUSED: nobody listens on that port there, or a firewall refuses it\n"
		"the first: it was read\n"
		"possible: the second\n");
	CHECK_LINES(line(asked),
	    "about 77 1; errno connect ECONNREFUSED 127.0.0.1:8210 192.0.2.8:91 refused; \n");
	begin(CALL_CONNECT, ECONNREFUSED);
	reason_count = 3;
	TOLD(.quiet = 1,
	    "ECONNREFUSED: nobody listens on that port there, or a firewall refuses it\n");
	begin(CALL_CONNECT, ECONNREFUSED);
	reason_count = 2;
	seen.local = (union addr){0};
	seen.peer = (union addr){0};
	TOLD(.json = 1,
	    "{\"event\":\"cause\",\"errno\":\"ECONNREFUSED\",\"call\":\"connect\",\"text\":\"the first: it was read\",\"holds\":true}\n"
	    "{\"event\":\"cause\",\"errno\":\"ECONNREFUSED\",\"call\":\"connect\",\"text\":\"the second\",\"holds\":null}\n");
	CHECK_LINES(line(asked), "about 77 1; errno connect ECONNREFUSED - - refused; \n");
	begin(CALL_CONNECT, ENOENT);
	reason_count = 3;
	TOLD(0, "the first: it was read\n"
		"possible: the second\n"
		"the third\n");
	begin(CALL_CONNECT, ENOENT);
	TOLD(.json = 1,
	    "{\"event\":\"cause\",\"errno\":\"ENOENT\",\"call\":\"connect\",\"text\":\"ENOENT: No such file or directory\",\"holds\":null}\n");
}

static void of_a_source_that_cannot_be_had_the_answer(void)
{
	begin(CALL_CONNECT, EADDRINUSE);
	seen.call.refuse = EADDRINUSE;
	TOLD(0,
	    "TCP 127.0.0.1:8260 is refused to you: bind says EADDRINUSE (no socket that is listed has it)\n");
	begin(CALL_CONNECT, EADDRINUSE);
	seen.call.refuse = EADDRINUSE;
	TOLD(.json = 1,
	    "{\"event\":\"cause\",\"errno\":\"EADDRINUSE\",\"call\":\"connect\",\"text\":\"TCP 127.0.0.1:8270 is refused to you: bind says EADDRINUSE (no socket that is listed has it)\",\"holds\":true}\n");
}

int main(void)
{
	TEST(of_a_bind_the_holders_are_asked_about);
	TEST(other_calls_are_not_explained);
	TEST(an_address_that_is_none_is_told);
	TEST(of_a_connect_what_its_errno_means_in_three_lines_at_most);
	TEST(of_a_source_that_cannot_be_had_the_answer);
	TEST(each_option_that_it_has_counts);
	return test_failures != 0;
}
