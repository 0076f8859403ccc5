/* ctest: wrap=trace_next wrap=trace_go wrap=trace_seize wrap=trace_answer wrap=trace_name wrap=trace_borrow wrap=run_plan_apply wrap=run_plan_bind wrap=run_explain_read wrap=run_explain_show wrap=run_view_call wrap=run_view_once wrap=run_view_note wrap=run_view_left_out wrap=run_view_bar wrap=writer_never_wait wrap=writer_left_out wrap=writer_cut wrap=writer_lost wrap=writer_shut wrap=json_start wrap=clock_us wrap=sock_local wrap=sock_peer wrap=option_get wrap=option_device wrap=poll */
/* cmd/run/watch: what is done of each event of the tracer, in its order, on a machine whose events are written down here. */
#include <errno.h>
#include <poll.h>

#include "cli/json.h"
#include "cli/text.h"
#include "cli/writer.h"
#include "clock.h"
#include "cmd/run/explain.h"
#include "cmd/run/view.h"
#include "cmd/run/watch.h"
#include "tcp/sock.h"
#include "tests/lib/shown.h"

enum { BORROWED = 9 };

/* What the tracer meets next, and how it is from then on with the output. */
struct event {
	enum trace_what what;
	uint64_t left; /* lines that were left out meanwhile */
	bool cut;      /* the rest of a line is still to go out */
	bool full;     /* the reader has no room */
	int lost;
	int64_t after_us;
};

static struct {
	const struct event *events; /* a TRACE_GONE ends them */
	struct event now;
	struct traced call;
	const char *name;
	int64_t now_us;
	bool seizes, borrows, explains;
	bool untold; /* that lines were left out cannot go out itself, once */
	union addr local;
	unsigned on; /* options, as bits */
	const char *device;
} machine;
static struct run_plan plan;
static char told[4096];

#define NOTE(...) text_add(told, sizeof told, __VA_ARGS__)

static const char *words_of(const union addr *addr, char text[ADDR_TEXT])
{
	switch (addr->any.sa_family) {
	case AF_UNSPEC:
		return "-";
	case AF_INET:
	case AF_INET6:
		return addr_print(addr, text);
	default:
		return "no address";
	}
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
enum trace_what __wrap_trace_next(struct trace *trace, struct traced **call, int fd, int wait_ms);
void __wrap_trace_go(struct trace *trace, struct traced *call);
int __wrap_trace_seize(struct trace *trace);
void __wrap_trace_answer(struct trace *trace, enum trace_order order);
void __wrap_trace_name(struct traced *call);
void __wrap_trace_borrow(struct traced *call);
void __wrap_run_plan_apply(const struct run_plan *of, struct traced *call);
void __wrap_run_plan_bind(const struct run_plan *of, struct traced *call);
bool __wrap_run_explain_read(const struct run_seen *seen);
void __wrap_run_explain_show(const struct run_seen *seen);
void __wrap_run_view_call(const struct run_seen *seen);
void __wrap_run_view_once(const struct traced *call, unsigned once, const char *text);
void __wrap_run_view_note(const struct traced *call, const char *text);
void __wrap_run_view_left_out(uint64_t lines);
const char *__wrap_run_view_bar(const struct trace *trace, char text[RUN_TEXT]);
void __wrap_writer_never_wait(void);
uint64_t __wrap_writer_left_out(void);
bool __wrap_writer_cut(enum writer to);
int __wrap_writer_lost(void);
void __wrap_writer_shut(void);
void __wrap_json_start(void);
int64_t __wrap_clock_us(void);
union addr __wrap_sock_local(int fd);
union addr __wrap_sock_peer(int fd);
bool __wrap_option_get(int fd, enum option option);
bool __wrap_option_device(int fd, char device[IF_NAMESIZE]);
int __wrap_poll(struct pollfd *fds, nfds_t n, int wait_ms);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

enum trace_what __wrap_trace_next(struct trace *trace, struct traced **call, int fd, int wait_ms)
{
	(void)trace;
	if (fd != -1 || wait_ms != -1)
		NOTE("wait for %d, %d ms\n", fd, wait_ms);
	const int lost = machine.now.lost;
	machine.now = *machine.events;
	machine.now.lost |= lost;
	machine.now_us += machine.now.after_us;
	*call = &machine.call;
	if (machine.now.what != TRACE_GONE)
		machine.events++;
	return machine.now.what;
}

void __wrap_trace_go(struct trace *trace, struct traced *call)
{
	(void)trace;
	NOTE("go %d\n", call->sock);
}

int __wrap_trace_seize(struct trace *trace)
{
	(void)trace;
	return machine.seizes ? 0 : -1;
}

void __wrap_trace_answer(struct trace *trace, enum trace_order order)
{
	(void)trace;
	NOTE("%s\n", order == TRACE_EXECUTE ? "execute" : "give up");
}

void __wrap_trace_name(struct traced *call)
{
	NOTE("name\n");
	snprintf(call->program, sizeof call->program, "%s", machine.name);
}

void __wrap_trace_borrow(struct traced *call)
{
	NOTE("borrow\n");
	call->sock = machine.borrows ? BORROWED : -1;
}

void __wrap_run_plan_apply(const struct run_plan *of, struct traced *call)
{
	NOTE("set %s%s\n", fault_call(call->call), of == &plan ? "" : ", of another plan");
}

void __wrap_run_plan_bind(const struct run_plan *of, struct traced *call)
{
	NOTE("source of %s%s\n", fault_call(call->call), of == &plan ? "" : ", of another plan");
}

bool __wrap_run_explain_read(const struct run_seen *seen)
{
	NOTE("why %s\n", fault_call(seen->call.call));
	return machine.explains;
}

void __wrap_run_explain_show(const struct run_seen *seen)
{
	NOTE("this is why %s\n", fault_call(seen->call.call));
}

void __wrap_run_view_call(const struct run_seen *seen)
{
	static const struct {
		enum option option;
		const char *name;
	} names[] = {{OPTION_REUSEADDR, " reuseaddr"}, {OPTION_REUSEPORT, " reuseport"},
	    {OPTION_V6ONLY, " v6only"}, {OPTION_FREEBIND, " freebind"},
	    {OPTION_NO_PORT, " no-port"}, {OPTION_DEVICE, " device"}};
	char local[ADDR_TEXT], peer[ADDR_TEXT];

	NOTE("show %s of %s, %s to %s%s", fault_call(seen->call.call), seen->call.program,
	    words_of(&seen->local, local), words_of(&seen->peer, peer),
	    seen->refused ? ", refused" : "");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (seen->call.options & 1u << names[i].option)
			NOTE("%s", names[i].name);
	NOTE("\n");
}

void __wrap_run_view_once(const struct traced *call, unsigned once, const char *text)
{
	NOTE("once %u: %s %s\n", once, call->program, text);
}

void __wrap_run_view_note(const struct traced *call, const char *text)
{
	NOTE("%s%s\n", call ? "of a call: " : "", text);
}

void __wrap_run_view_left_out(uint64_t lines)
{
	NOTE("%u left out\n", (unsigned)lines);
	machine.now.left = machine.untold;
	machine.untold = false;
}

const char *__wrap_run_view_bar(const struct trace *trace, char text[RUN_TEXT])
{
	(void)trace;
	snprintf(text, RUN_TEXT, "cannot be watched");
	return text;
}

void __wrap_writer_never_wait(void)
{
	NOTE("never wait\n");
}

uint64_t __wrap_writer_left_out(void)
{
	const uint64_t left = machine.now.left;

	machine.now.left = 0;
	return left;
}

bool __wrap_writer_cut(enum writer to)
{
	return to == WRITER_OUT && machine.now.cut;
}

int __wrap_writer_lost(void)
{
	return machine.now.lost;
}

void __wrap_writer_shut(void)
{
	NOTE("shut\n");
	machine.now = (struct event){.lost = machine.now.lost};
}

void __wrap_json_start(void)
{
	NOTE("start\n");
}

int64_t __wrap_clock_us(void)
{
	return machine.now_us;
}

union addr __wrap_sock_local(int fd)
{
	return fd == BORROWED ? machine.local : (union addr){0};
}

union addr __wrap_sock_peer(int fd)
{
	return fd == BORROWED ? addr_loopback(AF_INET, 40001) : (union addr){0};
}

bool __wrap_option_get(int fd, enum option option)
{
	return fd == BORROWED && machine.on & 1u << option;
}

bool __wrap_option_device(int fd, char device[IF_NAMESIZE])
{
	snprintf(device, IF_NAMESIZE, "%s", machine.device ? machine.device : "lo");
	return fd == BORROWED && machine.device;
}

/* Of its stdout the tracer asks for room alone, and waits for none. */
int __wrap_poll(struct pollfd *fds, nfds_t n, int wait_ms)
{
	if (n != 1 || fds->fd != STDOUT_FILENO || fds->events != POLLOUT || wait_ms != 0)
		NOTE("poll of %d for %d ms\n", fds->fd, wait_ms);
	return !machine.now.full;
}

/* --- one event ---------------------------------------------------------------------------- */

/* Everything is as usual: a program that may be watched and asked for its sockets. */
static void begin(void)
{
	memset(&machine, 0, sizeof machine);
	machine.name = "server";
	machine.now_us = 5000000;
	machine.seizes = machine.borrows = machine.explains = true;
	machine.local = addr_loopback(AF_INET, 80);
	machine.device = "";
	machine.call = (struct traced){.sock = -1};
	plan = (struct run_plan){0};
}

/* Watches through all events. What is said before the program runs is left out. */
static const char *watch(const struct event *events, struct common common)
{
	static const char before[] = "never wait\nexecute\n",
			  json[] = "never wait\nstart\nexecute\n";
	struct trace trace = {0};

	machine.events = events;
	*told = 0;
	out_style(&common);
	watch_program(&trace, &plan);
	out_style(&(struct common){0});
	if (!strncmp(told, before, strlen(before)))
		return told + strlen(before);
	return strncmp(told, json, strlen(json)) != 0 ? told : told + strlen(json);
}

static const char *watch_one(enum trace_what what, struct common common)
{
	const struct event events[] = {{.what = what}, {.what = TRACE_GONE}};

	return watch(events, common);
}

static void what_was_asked_for_is_set_before_the_call(void)
{
	static const struct {
		enum tcp_call call;
		bool has_source;
		const char *only, *known;
		const char *told;
	} rows[] = {
	    {CALL_BIND, true, NULL, "", "set bind\ngo 4\n"},
	    {CALL_CONNECT, true, NULL, "", "source of connect\ngo 4\n"},
	    {CALL_CONNECT, false, NULL, "", "go 4\n"},
	    {CALL_LISTEN, true, NULL, "", "go 4\n"},
	    {CALL_BIND, true, "server", "", "name\nset bind\ngo 4\n"},
	    {CALL_BIND, true, "server", "server", "set bind\ngo 4\n"},
	    {CALL_BIND, true, "other", "", "name\ngo 4\n"},
	    {CALL_CONNECT, true, "serve", "server", "go 4\n"},
	    /* the kernel keeps 15 bytes of a name */
	    {CALL_BIND, true, "a-server-of-names", "a-server-of-nam", "set bind\ngo 4\n"},
	    {CALL_BIND, true, "a-server-of-names", "a-server-of-nav", "go 4\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		plan.has_source = rows[i].has_source;
		plan.only = rows[i].only;
		machine.call.call = rows[i].call;
		machine.call.sock = 4;
		snprintf(machine.call.program, sizeof machine.call.program, "%s", rows[i].known);
		CHECK_LINES(watch_one(TRACE_ENTRY, (struct common){0}), rows[i].told);
	}
}

/* In text a call that went well is shown by what its line itself says; in JSON its socket is looked at. */
static void a_call_that_has_returned_is_let_go_before_it_is_shown(void)
{
	static const struct {
		enum tcp_call call;
		int error;
		const char *text, *json;
	} rows[] = {
	    {CALL_BIND, 0, "name\ngo -1\nshow bind of server, - to -\n",
		"name\nborrow\ngo 9\nshow bind of server, 127.0.0.1:80 to -\n"},
	    {CALL_BIND, EADDRINUSE,
		"name\nborrow\nwhy bind\ngo 9\nshow bind of server, 127.0.0.2:99 to -, refused\nthis is why "
		"bind\n",
		NULL},
	    {CALL_LISTEN, EADDRINUSE,
		"name\nborrow\nwhy listen\ngo 9\nshow listen of server, 127.0.0.1:80 to -, refused\nthis is "
		"why listen\n",
		NULL},
	    {CALL_CONNECT, EINPROGRESS, "name\ngo -1\nshow connect of server, - to 127.0.0.2:99\n",
		"name\nborrow\ngo 9\nshow connect of server, 127.0.0.1:80 to 127.0.0.2:99\n"},
	    {CALL_CONNECT, EALREADY, "name\ngo -1\nshow connect of server, - to 127.0.0.2:99\n",
		"name\nborrow\ngo 9\nshow connect of server, 127.0.0.1:80 to 127.0.0.2:99\n"},
	    {CALL_CONNECT, EISCONN, "name\ngo -1\nshow connect of server, - to 127.0.0.2:99\n",
		"name\nborrow\ngo 9\nshow connect of server, 127.0.0.1:80 to 127.0.0.2:99\n"},
	    {CALL_CONNECT, EINTR, "name\ngo -1\nshow connect of server, - to 127.0.0.2:99\n",
		"name\nborrow\ngo 9\nshow connect of server, 127.0.0.1:80 to 127.0.0.2:99\n"},
	    {CALL_CONNECT, EAGAIN,
		"name\nborrow\nwhy connect\ngo 9\nshow connect of server, 127.0.0.1:80 to 127.0.0.2:99, "
		"refused\nthis is why connect\n",
		NULL},
	    {CALL_ACCEPT, 0,
		"name\nborrow\ngo 9\nshow accept of server, 127.0.0.1:80 to 127.0.0.1:40001\n",
		NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int json = 0; json < 2; json++) {
			begin();
			machine.call.call = rows[i].call;
			machine.call.error = rows[i].error;
			/* no line of text has those of a new connection */
			if (rows[i].call == CALL_ACCEPT && !json)
				machine.on = 1u << OPTION_REUSEADDR;
			machine.call.addr = addr_loopback(AF_INET, 99);
			machine.call.addr.v4.sin_addr.s_addr = htonl(0x7f000002);
			CHECK_LINES(watch_one(TRACE_EXIT, (struct common){.json = json}),
			    json && rows[i].json ? rows[i].json : rows[i].text);
		}
}

static void a_socket_that_cannot_be_borrowed_has_no_ends(void)
{
	begin();
	machine.borrows = false;
	machine.call.call = CALL_ACCEPT;
	machine.call.error = EAGAIN; /* no refusal: nothing has come */
	CHECK_LINES(watch_one(TRACE_EXIT, (struct common){0}),
	    "name\nborrow\ngo -1\nshow accept of server, - to -\n");
	machine.call.error = EMFILE;
	CHECK_LINES(watch_one(TRACE_EXIT, (struct common){0}),
	    "name\nborrow\nwhy accept\ngo -1\nshow accept of server, - to -, refused\n"
	    "this is why accept\n");
}

/* 0.0.0.0:0 is no address; 0.0.0.0:80 and 127.0.0.1:0 are. */
static void a_socket_that_is_not_bound_has_no_local_address(void)
{
	const struct {
		union addr local;
		const char *told;
	} rows[] = {
	    {addr_any(AF_INET, 0), "show listen of server, - to -"},
	    {addr_any(AF_INET6, 0), "show listen of server, - to -"},
	    {addr_any(AF_INET, 80), "show listen of server, 0.0.0.0:80 to -"},
	    {addr_loopback(AF_INET, 0), "show listen of server, 127.0.0.1:0 to -"},
	};
	char want[128];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		machine.local = rows[i].local;
		machine.call.call = CALL_LISTEN;
		snprintf(want, sizeof want, "name\nborrow\ngo 9\n%s\n", rows[i].told);
		CHECK_LINES(watch_one(TRACE_EXIT, (struct common){.json = 1}), want);
	}
}

static void a_connect_whose_source_cannot_be_had_is_shown_with_that_source(void)
{
	begin();
	machine.call.call = CALL_CONNECT;
	machine.call.error = machine.call.refuse = EADDRINUSE;
	machine.call.source = addr_loopback(AF_INET, 3001);
	machine.call.addr = addr_loopback(AF_INET6, 99);
	machine.explains = false; /* it was before */
	CHECK_LINES(watch_one(TRACE_EXIT, (struct common){0}),
	    "name\nborrow\nwhy connect\ngo 9\n"
	    "show connect of server, 127.0.0.1:3001 to [::1]:99, refused\n");
	machine.call.unrefused = true;
	machine.call.error = 0;
	CHECK_LINES(watch_one(TRACE_EXIT, (struct common){.quiet = 1}),
	    "go 9\nonce 5:  connects anyway: on this machine a call cannot be prevented\n");
}

static void options_are_those_that_a_person_has_set(void)
{
	const unsigned five = 1u << OPTION_REUSEADDR | 1u << OPTION_REUSEPORT |
			      1u << OPTION_V6ONLY | 1u << OPTION_FREEBIND | 1u << OPTION_NO_PORT;
	const struct {
		unsigned on;
		union addr local;
		const char *device, *told;
	} rows[] = {
	    {0, addr_any(AF_INET, 80), "", "0.0.0.0:80 to -\n"},
	    {0, addr_any(AF_INET, 80), NULL, "0.0.0.0:80 to -\n"},
	    {0, addr_any(AF_INET, 80), "lo", "0.0.0.0:80 to - device\n"},
	    {five, addr_any(AF_INET6, 80), "",
		"[::]:80 to - reuseaddr reuseport v6only freebind no-port\n"},
	    /* there it is on by itself */
	    {five, addr_loopback(AF_INET6, 80), "",
		"[::1]:80 to - reuseaddr reuseport freebind no-port\n"},
	    {1u << OPTION_REUSEADDR, addr_any(AF_INET, 80), "", "0.0.0.0:80 to - reuseaddr\n"},
	    {1u << OPTION_NO_PORT, addr_any(AF_INET, 80), "", "0.0.0.0:80 to - no-port\n"},
	};
	char want[256];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		machine.on = rows[i].on;
		machine.local = rows[i].local;
		machine.device = rows[i].device;
		machine.call.call = CALL_LISTEN;
		snprintf(want, sizeof want, "name\nborrow\ngo 9\nshow listen of server, %s",
		    rows[i].told);
		CHECK_LINES(watch_one(TRACE_EXIT, (struct common){.json = 1}), want);
	}
}

static void quietly_the_refused_alone_are_shown_and_only_of_the_program(void)
{
	begin();
	machine.call.call = CALL_LISTEN;
	CHECK_LINES(watch_one(TRACE_EXIT, (struct common){.quiet = 1}), "go -1\n");
	machine.call.error = EADDRINUSE;
	CHECK_LINES(watch_one(TRACE_EXIT, (struct common){.quiet = 1}),
	    "name\nborrow\nwhy listen\ngo 9\nshow listen of server, 127.0.0.1:80 to -, refused\n"
	    "this is why listen\n");
	begin();
	plan.only = "other";
	machine.call.call = CALL_LISTEN;
	machine.call.error = EADDRINUSE;
	CHECK_LINES(watch_one(TRACE_EXIT, (struct common){0}), "name\ngo -1\n");
}

static void what_cannot_be_seen_is_said_of_the_program(void)
{
	static const struct {
		enum trace_what what;
		int error;
		const char *told;
	} rows[] = {
	    {TRACE_BLIND, EOPNOTSUPP,
		"once 0: server has a thread with descriptors of its own, which Linux before 6.9 does not "
		"show: its calls go on unseen and unchanged\n"},
	    {TRACE_BLIND, EPERM,
		"once 0: server does not let its sockets be read (pidfd_getfd: EPERM): its calls continue "
		"unseen and unchanged\n"},
	    {TRACE_RING, 0,
		"once 1: server uses io_uring: sockets that it makes, binds or connects that way are not "
		"seen\n"},
	    {TRACE_FILTER, 0,
		"once 2: server has a seccomp filter of its own: calls that it refuses are not seen\n"},
	    {TRACE_EXEC, 0,
		"once 3: server cannot gain the privileges of its file here: run has no CAP_SYS_ADMIN\n"},
	};
	char want[512];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		machine.call.error = rows[i].error;
		snprintf(want, sizeof want, "name\ngo -1\n%s", rows[i].told);
		CHECK_LINES(watch_one(rows[i].what, (struct common){0}), want);
		begin();
		machine.call.error = rows[i].error;
		plan.only = "other";
		CHECK_LINES(watch_one(rows[i].what, (struct common){0}), "name\nname\ngo -1\n");
	}
}

/* --- the output --------------------------------------------------------------------------- */

static void lines_that_were_left_out_are_told_once_there_is_room(void)
{
	static const struct {
		struct event events[6];
		bool untold;
		const char *told;
	} rows[] = {
	    {{{.what = TRACE_QUIET, .left = 3}, {.what = TRACE_QUIET}, {.what = TRACE_GONE}}, false,
		"3 left out\n"},
	    {{{.what = TRACE_QUIET, .left = 1}, {.what = TRACE_QUIET}, {.what = TRACE_GONE}}, false,
		"1 left out\n"},
	    {{{.what = TRACE_QUIET, .left = 3, .full = true},
		 {.what = TRACE_QUIET, .left = 2, .full = true}, {.what = TRACE_QUIET},
		 {.what = TRACE_GONE}},
		false, "wait for 1, -1 ms\nwait for 1, -1 ms\n5 left out\n"},
	    {{{.what = TRACE_QUIET, .left = 1, .full = true}, {.what = TRACE_QUIET},
		 {.what = TRACE_GONE}},
		false, "wait for 1, -1 ms\n1 left out\n"},
	    /* a line that has gone out in part comes before all others */
	    {{{.what = TRACE_QUIET, .left = 3, .cut = true}, {.what = TRACE_QUIET},
		 {.what = TRACE_GONE}},
		false, "wait for -1, 100 ms\n3 left out\n"},
	    {{{.what = TRACE_QUIET, .cut = true, .full = true}, {.what = TRACE_QUIET},
		 {.what = TRACE_GONE}},
		false, "wait for 1, -1 ms\n"},
	    {{{.what = TRACE_QUIET, .cut = true}, {.what = TRACE_QUIET}, {.what = TRACE_GONE}},
		false, "wait for -1, 100 ms\n"},
	    /* nor has it room itself */
	    {{{.what = TRACE_QUIET, .left = 3}, {.what = TRACE_QUIET}, {.what = TRACE_GONE}}, true,
		"3 left out\nwait for -1, 100 ms\n3 left out\n"},
	    {{{.what = TRACE_QUIET, .lost = EPIPE}, {.what = TRACE_GONE}}, false, "shut\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		machine.untold = rows[i].untold;
		CHECK_LINES(watch(rows[i].events, (struct common){0}), rows[i].told);
	}
}

/* Watches with a stdout of that kind. */
static const char *watch_into(int fd, const struct event *events)
{
	const int before = dup(STDOUT_FILENO);

	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	begin();
	const char *const said = watch(events, (struct common){0});
	dup2(before, STDOUT_FILENO);
	close(before);
	return said;
}

static void a_pipe_is_shut_a_second_after_the_end_at_the_latest(void)
{
	static const struct {
		struct event events[7];
		const char *told;
	} rows[] = {
	    {{{.what = TRACE_OVER}, {.what = TRACE_QUIET}, {.what = TRACE_GONE}}, "shut\n"},
	    {{{.what = TRACE_OVER, .left = 3, .full = true},
		 {.what = TRACE_QUIET, .full = true, .after_us = 400000},
		 {.what = TRACE_QUIET, .full = true, .after_us = 599999},
		 {.what = TRACE_QUIET, .full = true, .after_us = 1}, {.what = TRACE_QUIET},
		 {.what = TRACE_GONE}},
		"wait for 1, 1000 ms\nwait for 1, 600 ms\nwait for 1, 1 ms\nshut\n"},
	    {{{.what = TRACE_OVER, .cut = true},
		 {.what = TRACE_QUIET, .cut = true, .after_us = 950000}, {.what = TRACE_QUIET},
		 {.what = TRACE_QUIET}, {.what = TRACE_GONE}},
		"wait for -1, 100 ms\nwait for -1, 50 ms\nshut\n"},
	    {{{.what = TRACE_OVER, .left = 3, .cut = true},
		 {.what = TRACE_QUIET, .cut = true, .after_us = 2000000}, {.what = TRACE_QUIET},
		 {.what = TRACE_QUIET}, {.what = TRACE_GONE}},
		"wait for -1, 100 ms\nshut\n"},
	    {{{.what = TRACE_OVER, .left = 3, .full = true}, {.what = TRACE_QUIET, .lost = EPIPE},
		 {.what = TRACE_GONE}},
		"wait for 1, 1000 ms\nshut\n"},
	};
	int ends[2];

	CHECK(pipe(ends) == 0, "errno %d", errno);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_LINES(watch_into(ends[1], rows[i].events), rows[i].told);
	close(ends[0]);
	close(ends[1]);
}

static void a_file_is_kept_for_children_that_go_on(void)
{
	static const struct event events[] = {{.what = TRACE_OVER, .left = 3, .full = true},
	    {.what = TRACE_QUIET, .after_us = 2000000}, {.what = TRACE_QUIET},
	    {.what = TRACE_GONE}};
	FILE *const file = tmpfile();

	CHECK(file, "errno %d", errno);
	if (!file)
		return;
	CHECK_LINES(watch_into(fileno(file), events), "wait for 1, -1 ms\n3 left out\n");
	fclose(file);
}

/* --- all of it ---------------------------------------------------------------------------- */

static void a_program_that_cannot_be_watched_runs_where_nothing_is_to_be_changed(void)
{
	static const struct {
		bool seizes, changes, json;
		const char *told;
	} rows[] = {
	    {true, false, false, ""},
	    {true, true, false, ""},
	    {true, true, true, ""},
	    {false, false, false, "never wait\ncannot be watched\nexecute\n"},
	    {false, false, true, "never wait\nstart\ncannot be watched\nexecute\n"},
	    {false, true, false, "never wait\ngive up\n"},
	    {false, true, true, "never wait\nstart\ncannot be watched\ngive up\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		machine.seizes = rows[i].seizes;
		plan.set_count = rows[i].changes;
		CHECK_LINES(
		    watch_one(TRACE_GONE, (struct common){.json = rows[i].json}), rows[i].told);
	}
}

int main(void)
{
	TEST(what_was_asked_for_is_set_before_the_call);
	TEST(a_call_that_has_returned_is_let_go_before_it_is_shown);
	TEST(a_socket_that_cannot_be_borrowed_has_no_ends);
	TEST(a_socket_that_is_not_bound_has_no_local_address);
	TEST(a_connect_whose_source_cannot_be_had_is_shown_with_that_source);
	TEST(options_are_those_that_a_person_has_set);
	TEST(quietly_the_refused_alone_are_shown_and_only_of_the_program);
	TEST(what_cannot_be_seen_is_said_of_the_program);
	TEST(lines_that_were_left_out_are_told_once_there_is_room);
	TEST(a_pipe_is_shut_a_second_after_the_end_at_the_latest);
	TEST(a_file_is_kept_for_children_that_go_on);
	TEST(a_program_that_cannot_be_watched_runs_where_nothing_is_to_be_changed);
	return test_failures != 0;
}
