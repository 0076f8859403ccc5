/* ctest: os=Linux wrap=sock_diag_ask wrap=sock_diag_open wrap=mptcp_mark_closed wrap=tunable_number wrap=version_here wrap=file_read wrap=fopen wrap=fopen64 wrap=fclose wrap=bind wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free */
/* os/linux/holder: what is asked of the kernel for the sockets of a port, and what is kept of each answer. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/text.h"
#include "os/linux/collect.h"
#include "os/linux/file.h"
#include "os/tunable.h"
#include "tcp/version.h"
#include "tests/lib/heap.h"
#include "tests/lib/test.h"

enum {
	ANSWERS = 10,
	TOLD = 3,
	TEXT_MOST = 1024,
	PORT = 0x5050 /* the same in either order of bytes */
};

/* What the kernel says to one question. */
struct answer {
	int error; /* at its end; 0: none */
	struct holder told[TOLD];
	bool full;  /* there are HOLDERS_MOST before that */
	bool using; /* no memory while it is told */
	int times;  /* so often; 0: once */
};

static const struct answer *answers;
static int asked_count, diag_error, bind_error, heard, files_open;
static char asked[TEXT_MOST];
static long orphan_retries;
static unsigned version;
static const char *uid_map, *overflow, *proc_tcp, *proc_tcp6, *proc_udp, *proc_udp6;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_sock_diag_open(void);
int __wrap_sock_diag_ask(int fd, const struct diag_query *query, diag_each *each, void *who);
void __wrap_mptcp_mark_closed(int fd, struct collection *c);
long __wrap_tunable_number(const char *name, long otherwise);
unsigned __wrap_version_here(void);
ssize_t __wrap_file_read(const char *path, char *text, size_t size);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);
int __real_fclose(FILE *file);
int __wrap_fclose(FILE *file);
int __real_bind(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

#define NOTE(...) text_add(asked, sizeof asked, __VA_ARGS__)

int __wrap_sock_diag_open(void)
{
	errno = diag_error;
	return diag_error ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);
}

int __wrap_sock_diag_ask(int fd, const struct diag_query *query, diag_each *each, void *who)
{
	const struct answer *now = &answers[asked_count];
	bool more = true;

	NOTE("%s %s%s %x%s\n", query->protocol == DIAG_UDP ? "udp" : "tcp",
	    query->family == AF_INET    ? "4"
	    : query->family == AF_INET6 ? "6"
					: "both",
	    query->port == PORT ? ""
	    : query->port       ? " of another port"
				: " of all ports",
	    (unsigned)query->states, query->details ? " in detail" : "");
	if (fcntl(fd, F_GETFD) < 0)
		NOTE("nobody\n");
	if (++asked_count >= ANSWERS) {
		errno = EDOM;
		return -1;
	}
	if (now->full)
		((struct collection *)who)->holders->count = HOLDERS_MOST;
	heap_left = now->using ? 0 : -1;
	for (int time = 0; more && time <= now->times - (now->times > 0); time++)
		for (int i = 0; more && i < TOLD && now->told[i].state; i++) {
			struct holder told = now->told[i];
			/* Another port is that of a socket of its own. */
			if (query->port && query->port != PORT)
				addr_set_port(&told.local, query->port);
			more = each(who, &told);
			heard++;
		}
	heap_left = -1;
	errno = now->error;
	return now->error ? -1 : 0;
}

void __wrap_mptcp_mark_closed(int fd, struct collection *c)
{
	NOTE("mptcp%s\n", fcntl(fd, F_GETFD) < 0 || c->port != PORT ? " of nobody" : "");
}

long __wrap_tunable_number(const char *name, long otherwise)
{
	if (strcmp(name, "net.ipv4.tcp_orphan_retries") != 0)
		NOTE("%s\n", name);
	return orphan_retries == -1 ? otherwise : orphan_retries;
}

unsigned __wrap_version_here(void)
{
	return version;
}

ssize_t __wrap_file_read(const char *path, char *text, size_t size)
{
	const char *const has = strcmp(path, "/proc/self/uid_map") == 0             ? uid_map
				: strcmp(path, "/proc/sys/kernel/overflowuid") == 0 ? overflow
										    : NULL;

	if (!has)
		return -1;
	const size_t len = strlen(has);
	memcpy(text, has, len < size ? len : size);
	return (ssize_t)(len < size ? len : size);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	const char *const has = strcmp(path, "/proc/net/tcp") == 0    ? proc_tcp
				: strcmp(path, "/proc/net/tcp6") == 0 ? proc_tcp6
				: strcmp(path, "/proc/net/udp") == 0  ? proc_udp
				: strcmp(path, "/proc/net/udp6") == 0 ? proc_udp6
								      : NULL;

	NOTE("%s%s\n", path, strcmp(mode, "re") == 0 ? "" : " by another process too");
	files_open += has != NULL;
	errno = ENOENT;
	return has ? fmemopen((void *)(uintptr_t)has, strlen(has), "r") : NULL;
}

FILE *__wrap_fopen64(const char *path, const char *mode)
{
	return __wrap_fopen(path, mode);
}

int __wrap_fclose(FILE *file)
{
	files_open--;
	return __real_fclose(file);
}

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	errno = bind_error;
	return bind_error ? -1 : __real_bind(fd, addr, len);
}

#define HEAD                                                                                       \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define ZEROS "00000000000000000000000000000000"
#define REST  " 00000000:00000000 00:00000000 00000000  1000        0 "

static void begin_kernel(const struct answer of[ANSWERS])
{
	answers = of;
	asked_count = diag_error = bind_error = heard = files_open = 0;
	*asked = 0;
	orphan_retries = 0;
	version = VERSION_OF(6, 8, 0);
	uid_map = "0 0 4294967295\n";
	overflow = "65534\n";
	proc_tcp = proc_tcp6 = proc_udp = proc_udp6 = HEAD;
	heap_left = -1;
	heap_pieces = 0;
}

static void end_kernel(struct holders *holders)
{
	holders_free(holders);
	CHECK(heap_pieces == 0 && files_open == 0, "%ld pieces, %d files left", heap_pieces,
	    files_open);
}

#define HOLDER_OF(the_state, number, ...)                                                          \
	{                                                                                          \
		.state = (the_state), .inode = (number),                                           \
		.local.v4 = {.sin_family = AF_INET, .sin_port = PORT}, __VA_ARGS__                 \
	}
#define LISTENER   HOLDER_OF(HOLDER_LISTEN, 1, )
#define ONE_OPEN   HOLDER_OF(HOLDER_ESTABLISHED, 2, )
#define ONE_BOUND  HOLDER_OF(HOLDER_BOUND, 3, )
#define OF_UDP     HOLDER_OF(HOLDER_BOUND, 4, .udp = true)
#define BOTH_PARTS "tcp both 400 in detail\ntcp both 3bfe\n"

/* The inodes of what was kept, in order. */
static void kept_are(const struct holders *holders, const char *want)
{
	char text[TEXT_MOST] = "";

	for (size_t i = 0; i < holders->count; i++) {
		const size_t at = strlen(text);
		snprintf(text + at, sizeof text - at, "%s%llu", i ? " " : "",
		    (unsigned long long)holders->list[i].inode);
	}
	CHECK_TEXT(text, want);
}

static void the_listeners_are_asked_for_in_detail_and_the_rest_without(void)
{
	static const struct answer both[ANSWERS] = {
	    {0, {LISTENER}, 0, 0, 0}, {0, {ONE_OPEN, ONE_BOUND}, 0, 0, 0}};
	struct holders holders;

	begin_kernel(both);
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0, "errno %d", errno);
	CHECK_TEXT(asked, BOTH_PARTS "mptcp\n");
	kept_are(&holders, "1 2 3");
	CHECK(holders.bound_error == 0 && !holders.no_diag && !holders.cut &&
		  holders.protocols == HOLDERS_TCP && holders.port == PORT,
	    "%d, %d, %d, %u, %u", holders.bound_error, holders.no_diag, holders.cut,
	    holders.protocols, holders.port);
	end_kernel(&holders);
	begin_kernel(both);
	CHECK(holders_read(&holders, HOLDERS_TCP, 0) == 0, "errno %d", errno);
	CHECK_TEXT(asked, "tcp both of all ports 400 in detail\ntcp both of all ports 3bfe\n");
	kept_are(&holders, "1 2 3");
	end_kernel(&holders);
	begin_kernel(both);
	CHECK(holders_read_listeners(&holders, PORT) == 0, "errno %d", errno);
	CHECK_TEXT(asked, "tcp both 400 in detail\n");
	kept_are(&holders, "1");
	end_kernel(&holders);
	/* Of all ports they are too many for that. */
	begin_kernel(both);
	CHECK(holders_read_listeners(&holders, 0) == 0, "errno %d", errno);
	CHECK_TEXT(asked, "tcp both of all ports 400\n");
	end_kernel(&holders);
}

static void an_older_kernel_is_asked_family_by_family_and_nothing_is_kept_twice(void)
{
	static const struct answer older[ANSWERS] = {{EINVAL, {LISTENER}, 0, 0, 0},
	    {0, {LISTENER}, 0, 0, 0}, {0, {HOLDER_OF(HOLDER_LISTEN, 6, )}, 0, 0, 0},
	    {EINVAL, {ONE_OPEN}, 0, 0, 0}, {0, {ONE_OPEN}, 0, 0, 0}, {0, {ONE_BOUND}, 0, 0, 0}};
	struct holders holders;

	begin_kernel(older);
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0, "errno %d", errno);
	CHECK_TEXT(asked, "tcp both 400 in detail\ntcp 4 400 in detail\ntcp 6 400 in detail\n"
			  "tcp both 3bfe\ntcp 4 3bfe\ntcp 6 3bfe\nmptcp\n");
	kept_are(&holders, "1 6 2 3");
	end_kernel(&holders);
}

static void what_does_not_match_is_left_out(void)
{
	static const struct answer mixed[ANSWERS] = {
	    {0, {ONE_OPEN, LISTENER, {.state = HOLDER_LISTEN, .inode = 9}}, 0, 0, 0}};
	struct holders holders;

	begin_kernel(mixed);
	CHECK(holders_read_listeners(&holders, PORT) == 0, "errno %d", errno);
	kept_are(&holders, "1");
	CHECK(heard == 3, "%d heard", heard);
	end_kernel(&holders);
}

static void further_sockets_than_are_looked_at_are_told_as_cut(void)
{
	static const struct answer full[ANSWERS] = {{0, {LISTENER, LISTENER}, true, 0, 0}};
	struct holders holders;

	begin_kernel(full);
	CHECK(holders_read_listeners(&holders, PORT) == 0 && holders.cut, "errno %d", errno);
	CHECK(holders.count == HOLDERS_MOST && heard == 1, "%zu, %d heard", holders.count, heard);
	end_kernel(&holders);
}

static void without_memory_nothing_is_left(void)
{
	static const struct answer none[ANSWERS] = {{0, {LISTENER, LISTENER}, 0, true, 0}};
	static const struct answer later[ANSWERS] = {
	    {EINVAL, {{0}}, 0, 0, 0}, {0, {{0}}, 0, 0, 0}, {0, {LISTENER}, 0, true, 0}};
	static const struct answer of_udp[ANSWERS] = {{0, {OF_UDP}, 0, true, 0}};
	struct holders holders;

	begin_kernel(none);
	CHECK(
	    holders_read(&holders, HOLDERS_TCP, PORT) == -1 && errno == ENOMEM, "errno %d", errno);
	CHECK(holders.count == 0 && !holders.list && heard == 1, "%zu, %d heard", holders.count,
	    heard);
	CHECK_TEXT(asked, "tcp both 400 in detail\n");
	end_kernel(&holders);
	begin_kernel(later);
	CHECK(
	    holders_read(&holders, HOLDERS_TCP, PORT) == -1 && errno == ENOMEM, "errno %d", errno);
	end_kernel(&holders);
	begin_kernel(of_udp);
	CHECK(
	    holders_read(&holders, HOLDERS_UDP, PORT) == -1 && errno == ENOMEM, "errno %d", errno);
	CHECK_TEXT(asked, "udp 4 3ffe in detail\nudp 6 3ffe in detail\n");
	end_kernel(&holders);
}

static void whether_bound_ones_are_listed_is_tried_or_the_version_tells(void)
{
	static const struct answer lists[ANSWERS] = {{0, {{0}}, 0, 0, 0}, {0, {ONE_OPEN}, 0, 0, 0}};
	static const struct {
		unsigned version;
		int error;
	} rows[] = {{VERSION_OF(6, 8, 0), 0}, {VERSION_OF(6, 7, 12), ENOTSUP}};
	struct holders holders;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin_kernel(lists);
		version = rows[i].version;
		CHECK(holders_read(&holders, HOLDERS_TCP | HOLDERS_NO_BIND, PORT) == 0 &&
			  holders.bound_error == rows[i].error,
		    "row %zu: %d", i, holders.bound_error);
		CHECK_TEXT(asked, BOTH_PARTS "mptcp\n");
		end_kernel(&holders);
	}
	/* One of its own is not among what the kernel tells. */
	begin_kernel(lists);
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0 && holders.bound_error == ENOTSUP,
	    "%d", holders.bound_error);
	CHECK_TEXT(asked, BOTH_PARTS "mptcp\ntcp both of another port 2000\n");
	end_kernel(&holders);
	static const struct answer own[2 + ANSWERS] = {
	    {0, {{0}}, 0, 0, 0}, {0, {ONE_OPEN}, 0, 0, 0}, {0, {ONE_BOUND}, 0, 0, 0}};
	begin_kernel(own);
	version = VERSION_OF(6, 7, 0);
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0 && holders.bound_error == 0, "%d",
	    holders.bound_error);
	CHECK_TEXT(asked, BOTH_PARTS "mptcp\ntcp both of another port 2000\n");
	kept_are(&holders, "2");
	end_kernel(&holders);
	/* One that is listed is enough. */
	begin_kernel(own + 2);
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0 && holders.bound_error == 0, "%d",
	    holders.bound_error);
	CHECK_TEXT(asked, BOTH_PARTS "mptcp\n");
	end_kernel(&holders);
	/* UDP's are no such. */
	static const struct answer refuses[ANSWERS] = {{0, {{0}}, 0, 0, 0},
	    {0, {HOLDER_OF(HOLDER_BOUND, 8, .udp = true)}, 0, 0, 0}, {EINVAL, {{0}}, 0, 0, 0},
	    {EPERM, {{0}}, 0, 0, 0}};
	begin_kernel(refuses);
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0 && holders.bound_error == EPERM, "%d",
	    holders.bound_error);
	end_kernel(&holders);
}

static void a_bind_that_a_sandbox_refuses_tells_nothing_of_the_kernel(void)
{
	static const struct answer lists[ANSWERS] = {{0, {LISTENER}, 0, 0, 0}};
	static const struct {
		int refused;
		unsigned version;
		int error;
	} rows[] = {{EACCES, VERSION_OF(6, 8, 0), 0}, {EACCES, VERSION_OF(6, 7, 0), ENOTSUP},
	    {EPERM, VERSION_OF(6, 8, 0), 0}, {EADDRINUSE, VERSION_OF(6, 8, 0), 0},
	    {EADDRNOTAVAIL, VERSION_OF(6, 8, 0), 0}, {ENOBUFS, VERSION_OF(6, 8, 0), ENOBUFS},
	    {ENOENT, VERSION_OF(6, 7, 0), ENOENT}};
	struct holders holders;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin_kernel(lists);
		bind_error = rows[i].refused;
		version = rows[i].version;
		const int unused = dup(STDOUT_FILENO);
		close(unused);
		CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0 &&
			  holders.bound_error == rows[i].error,
		    "row %zu: %d", i, holders.bound_error);
		CHECK_TEXT(asked, BOTH_PARTS "mptcp\n");
		CHECK(fcntl(unused, F_GETFD) < 0 && fcntl(unused + 1, F_GETFD) < 0,
		    "row %zu: %d is left open", i, unused);
		end_kernel(&holders);
	}
}

static void each_of_very_many_is_kept(void)
{
	static const struct answer many[ANSWERS] = {{0, {LISTENER}, 0, 0, 1000}};
	struct holders holders;

	begin_kernel(many);
	CHECK(holders_read_listeners(&holders, PORT) == 0 && holders.count == 1000 && !holders.cut,
	    "%zu", holders.count);
	for (size_t i = 0; i < holders.count; i++)
		CHECK(holders.list[i].inode == 1 && holders.list[i].state == HOLDER_LISTEN,
		    "%zu is another", i);
	end_kernel(&holders);
}

static void how_long_is_tried_still_is_asked_where_somebody_is_tried(void)
{
	static const struct holder trying = HOLDER_OF(HOLDER_FIN_WAIT1, 0, .trying = true,
	    .most_ms = -1, .peer.v4 = {.sin_family = AF_INET, .sin_port = 7});
	struct holder told = trying, stranger = trying, calm = trying, same = trying;
	same.trying = false;
	told.most_ms = 7000;
	told.shut = true;
	stranger.most_ms = 9000;
	stranger.peer = addr_loopback(AF_INET, 5);
	calm.most_ms = 9000;
	calm.trying = false;
	const struct answer found[ANSWERS] = {{0, {LISTENER}, 0, 0, 0},
	    {0, {ONE_BOUND, trying, same}, 0, 0, 0}, {0, {calm, told, stranger}, 0, 0, 0}};
	struct holders holders;

	begin_kernel(found);
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0, "errno %d", errno);
	CHECK_TEXT(asked, BOTH_PARTS "tcp 4 a10 in detail\ntcp 6 a10 in detail\nmptcp\n");
	CHECK(holders.count == 4 && holders.list[3].most_ms == -1 &&
		  holders.list[2].most_ms == 7000 && holders.list[2].shut &&
		  holders.list[1].most_ms == 0 && heard == 7,
	    "%zu kept, %d heard", holders.count, heard);
	end_kernel(&holders);
	/* The number of tries was set: then most_ms goes by another one. */
	begin_kernel(found);
	orphan_retries = 3;
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0 && holders.list[2].most_ms == -1,
	    "most_ms %lld", (long long)holders.list[2].most_ms);
	CHECK_TEXT(asked, BOTH_PARTS "mptcp\n");
	end_kernel(&holders);
	/* Of very many nothing is asked. */
	static const struct {
		int times;
		const char *asked;
	} rows[] = {{1999, BOTH_PARTS "tcp 4 a10 in detail\ntcp 6 a10 in detail\nmptcp\n"},
	    {2000, BOTH_PARTS "mptcp\n"},
	    {0, BOTH_PARTS "tcp 4 a10 in detail\ntcp 6 a10 in detail\nmptcp\n"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct answer many_of[ANSWERS] = {{0, {trying}, 0, 0, 0},
		    {0, {trying}, 0, 0, rows[i].times}, {0, {told}, 0, 0, 0}};
		many_of[1].told[0].state = rows[i].times ? HOLDER_FIN_WAIT1 : 0;
		begin_kernel(many_of);
		CHECK(holders_read(&holders, HOLDERS_TCP | HOLDERS_NO_BIND, PORT) == 0, "errno %d",
		    errno);
		CHECK_TEXT(asked, rows[i].asked);
		CHECK(holders.count > 0 &&
			  holders.list[0].most_ms == (rows[i].times == 2000 ? -1 : 7000),
		    "row %zu", i);
		end_kernel(&holders);
	}
	begin_kernel(found);
	orphan_retries = -1;
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0, "errno %d", errno);
	CHECK_TEXT(asked, BOTH_PARTS "mptcp\n");
	end_kernel(&holders);
}

static void where_the_kernel_tells_nothing_proc_net_is_read(void)
{
	static const struct answer cut_off[ANSWERS] = {{0, {LISTENER}, 0, 0, 0},
	    {EINVAL, {ONE_OPEN}, 0, 0, 0}, {EPERM, {ONE_OPEN, ONE_BOUND}, 0, 0, 0}};
	static const struct {
		int open_error, error;
	} rows[] = {{0, EPERM}, {EPROTONOSUPPORT, ENOTSUP}, {ENOENT, ENOTSUP}, {EMFILE, EMFILE}};
	struct holders holders;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin_kernel(cut_off);
		diag_error = rows[i].open_error;
		proc_tcp = HEAD "   0: 00000000:5050 00000000:0000 0A" REST "21 1\n"
				"   1: 00000000:5051 00000000:0000 0A" REST "22 1\n"
				"   2: 00000000:5050 00000000:0000 0A" REST "24 1\n";
		proc_tcp6 = HEAD "   0: " ZEROS ":5050 " ZEROS ":0000 0A" REST "23 1\n";
		CHECK(
		    holders_read(&holders, HOLDERS_TCP, PORT) == 0, "row %zu: errno %d", i, errno);
		kept_are(&holders, "21 24 23");
		CHECK(holders.bound_error == rows[i].error && holders.no_diag, "row %zu: %d, %d", i,
		    holders.bound_error, holders.no_diag);
		CHECK(strstr(asked, "/proc/net/tcp\n/proc/net/tcp6\n"), "row %zu: %s", i, asked);
		CHECK(holders.count == 3 && !holders.list[0].udp &&
			  holders.list[0].local.any.sa_family == AF_INET &&
			  holders.list[2].local.any.sa_family == AF_INET6,
		    "row %zu: %zu", i, holders.count);
		end_kernel(&holders);
	}
	static const struct answer cut[ANSWERS] = {
	    {EINVAL, {{0}}, 0, 0, 0}, {EPERM, {LISTENER}, true, 0, 0}};
	begin_kernel(cut);
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0 && holders.count == 0 &&
		  !holders.cut && holders.no_diag,
	    "%zu, errno %d", holders.count, errno);
	end_kernel(&holders);
	/* Without IPv6 there is none of it; without IPv4 nothing is known. */
	begin_kernel(cut_off);
	diag_error = EPROTONOSUPPORT;
	proc_tcp6 = NULL;
	CHECK(holders_read(&holders, HOLDERS_TCP, PORT) == 0, "errno %d", errno);
	end_kernel(&holders);
	begin_kernel(cut_off);
	diag_error = EPROTONOSUPPORT;
	proc_tcp = NULL;
	CHECK(
	    holders_read(&holders, HOLDERS_TCP, PORT) == -1 && errno == ENOENT, "errno %d", errno);
	CHECK_TEXT(asked, "/proc/net/tcp\n");
	end_kernel(&holders);
}

static void what_the_kernel_told_of_udp_before_it_failed_is_not_kept_twice(void)
{
	static const struct answer broken[ANSWERS] = {{0, {LISTENER}, 0, 0, 0},
	    {0, {ONE_BOUND}, 0, 0, 0}, {0, {OF_UDP}, 0, 0, 0}, {EINTR, {OF_UDP}, 0, 0, 0}};
	struct holders holders;

	begin_kernel(broken);
	proc_udp = HEAD "   0: 00000000:5050 00000000:0000 07" REST "31 2 0 0\n";
	proc_udp6 = HEAD "   0: " ZEROS ":5050 " ZEROS ":0000 07" REST "32 2 0 0\n";
	CHECK(holders_read(&holders, HOLDERS_TCP | HOLDERS_UDP, PORT) == 0, "errno %d", errno);
	CHECK_TEXT(asked, BOTH_PARTS "mptcp\nudp 4 3ffe in detail\nudp 6 3ffe in detail\n"
				     "/proc/net/udp\n/proc/net/udp6\n");
	kept_are(&holders, "1 3 31 32");
	CHECK(holders.count == 4 && holders.list[2].udp && holders.list[3].udp && !holders.no_diag,
	    "%zu kept", holders.count);
	end_kernel(&holders);
	/* Nothing of it is left where /proc has it neither. */
	begin_kernel(broken);
	proc_udp = NULL;
	CHECK(holders_read(&holders, HOLDERS_TCP | HOLDERS_UDP, PORT) == -1 && errno == ENOENT &&
		  !holders.list && holders.count == 0,
	    "errno %d", errno);
	end_kernel(&holders);
	/* Of all ports it is asked without details. */
	static const struct answer two[ANSWERS] = {{0, {OF_UDP}, 0, 0, 0}, {0, {OF_UDP}, 0, 0, 0}};
	begin_kernel(two);
	CHECK(holders_read(&holders, HOLDERS_UDP, 0) == 0 && holders.count == 2, "errno %d", errno);
	CHECK_TEXT(asked, "udp 4 of all ports 3ffe\nudp 6 of all ports 3ffe\n");
	end_kernel(&holders);
}

static void who_has_no_number_here_is_of_no_known_user(void)
{
	static const struct answer two[ANSWERS] = {
	    {0, {HOLDER_OF(HOLDER_LISTEN, 1, .uid = 99), HOLDER_OF(HOLDER_LISTEN, 2, .uid = 98)}, 0,
		0, 0}};
	static const struct {
		const char *map, *overflow;
		long unmapped;
	} rows[] = {{"0 0 4294967295\n", "99\n", -1}, {NULL, "99\n", -1}, {"", "99\n", -1},
	    {"0 1000 1\n", "99\n", 99}, {"0 1000 1\n", NULL, 65534}, {"0 1000 1\n", "", 65534},
	    {"0 1000 1\n", "9", 9}, {"0", "99\n", 99}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holders holders;
		begin_kernel(two);
		uid_map = rows[i].map;
		overflow = rows[i].overflow;
		CHECK(
		    collect_unmapped() == rows[i].unmapped, "row %zu: %ld", i, collect_unmapped());
		CHECK(holders_read_listeners(&holders, PORT) == 0 && holders.count == 2, "row %zu",
		    i);
		CHECK(holders.list[0].uid == (rows[i].unmapped == 99 ? -1 : 99) &&
			  holders.list[1].uid == 98,
		    "row %zu: %ld, %ld", i, holders.list[0].uid, holders.list[1].uid);
		end_kernel(&holders);
	}
}

static void a_dump_has_what_is_asked_for_and_no_more(void)
{
	static const struct answer all[ANSWERS] = {{0, {LISTENER}, 0, 0, 0},
	    {0, {ONE_OPEN}, 0, 0, 0}, {0, {OF_UDP}, 0, 0, 0}, {0, {{0}}, 0, 0, 0}};
	static const struct answer none[ANSWERS] = {
	    {EINVAL, {{0}}, 0, 0, 0}, {EACCES, {{0}}, 0, 0, 0}};
	static const struct {
		const struct answer *answers;
		unsigned protocols;
		int result;
		const char *asked;
	} rows[] = {
	    {all, HOLDERS_TCP, 0, BOTH_PARTS},
	    {all, HOLDERS_UDP, 0, "udp 4 3ffe in detail\nudp 6 3ffe in detail\n"},
	    {all, HOLDERS_TCP | HOLDERS_UDP, 0,
		BOTH_PARTS "udp 4 3ffe in detail\nudp 6 3ffe in detail\n"},
	    {none, HOLDERS_TCP | HOLDERS_UDP, -1, "tcp both 400 in detail\ntcp 4 400 in detail\n"},
	    {none, HOLDERS_UDP, -1, "udp 4 3ffe in detail\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holders holders = {0};
		struct collection c = {
		    .holders = &holders, .port = PORT, .states = DIAG_ALL, .unmapped = -1};
		begin_kernel(rows[i].answers);
		CHECK(collect_dump(&c, STDOUT_FILENO, rows[i].protocols) == rows[i].result,
		    "row %zu: errno %d", i, errno);
		CHECK_TEXT(asked, rows[i].asked);
		end_kernel(&holders);
	}
}

int main(void)
{
	TEST(the_listeners_are_asked_for_in_detail_and_the_rest_without);
	TEST(an_older_kernel_is_asked_family_by_family_and_nothing_is_kept_twice);
	TEST(what_does_not_match_is_left_out);
	TEST(further_sockets_than_are_looked_at_are_told_as_cut);
	TEST(without_memory_nothing_is_left);
	TEST(whether_bound_ones_are_listed_is_tried_or_the_version_tells);
	TEST(a_bind_that_a_sandbox_refuses_tells_nothing_of_the_kernel);
	TEST(each_of_very_many_is_kept);
	TEST(how_long_is_tried_still_is_asked_where_somebody_is_tried);
	TEST(where_the_kernel_tells_nothing_proc_net_is_read);
	TEST(what_the_kernel_told_of_udp_before_it_failed_is_not_kept_twice);
	TEST(who_has_no_number_here_is_of_no_known_user);
	TEST(a_dump_has_what_is_asked_for_and_no_more);
	return test_failures != 0;
}
