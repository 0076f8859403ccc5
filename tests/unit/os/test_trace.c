/* ctest: os=Linux native */
/* os/linux/trace_thread: what a tracer is told of the calls that a program makes. */
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "tests/lib/watched.h"
#include "tests/lib/test.h"

static struct watched *seen;

static void ended_well(const char *want)
{
	CHECK(WIFEXITED(seen->status) && WEXITSTATUS(seen->status) == 0, "status %#x, bar %d, %s",
	    (unsigned)seen->status, (int)seen->trace.bar, errname(seen->trace.error));
	CHECK_TEXT(seen->told, want);
}

/* --- each call -------------------------------------------------------------------------- */

static int serve(struct watched *watched)
{
	struct sockaddr_in addr = watched_loopback(0);
	const int one = 1;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* 4 */

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	(void)bind(fd, (struct sockaddr *)&addr, sizeof addr);
	listen(fd, 7);
	watched->port = watched_port(fd);
	addr = watched_loopback(watched->port);
	const int other = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP); /* 5 */
	close(other);
	const int client = socket(AF_INET, SOCK_STREAM, 0); /* 5 */
	const int failed = connect(client, (struct sockaddr *)&addr, sizeof addr);
	const int taken = accept(fd, NULL, NULL); /* 6 */
	const long again =
	    syscall(SYS_accept4, fd, NULL, NULL, 0x40000); /* no such flag; musl asks again */
	close(taken);
	close(client);
	close(fd);
	close(fd); /* none there any more */
	return failed || taken < 0 || again >= 0;
}

static void each_call_of_a_tcp_socket_is_told_before_and_after(void)
{
	char want[WATCHED_TEXT];

	watched_scene(seen, &(struct scene){.program = serve, .all = true});
	snprintf(want, sizeof want,
	    "> socket -1 unborrowed 2 %d 0\n< socket -1 4\n"
	    "> setsockopt 4 %d %d 1\n< setsockopt 4 0\n"
	    "> bind 4 127.0.0.1:0\n< bind 4 0\n"
	    "> listen 4 7\n< listen 4 0\n"
	    "> socket -1 unborrowed 2 1 6\n< socket -1 5\n"
	    "> close 5\n< close 5 unborrowed 0\n"
	    "> socket -1 unborrowed 2 1 0\n< socket -1 5\n"
	    "> connect 5 127.0.0.1:%u\n< connect 5 0\n"
	    "> accept 4\n< accept 4 6\n"
	    "> accept 4\n< accept 4 unborrowed -1 EINVAL\n"
	    "> close 6\n< close 6 unborrowed 0\n"
	    "> close 5\n< close 5 unborrowed 0\n"
	    "> close 4\n< close 4 unborrowed 0\nover\ngone\n",
	    SOCK_STREAM | SOCK_CLOEXEC, SOL_SOCKET, SO_REUSEADDR, seen->port);
	ended_well(want);

	watched_scene(seen, &(struct scene){.program = serve});
	snprintf(want, sizeof want,
	    "> bind 4 127.0.0.1:0\n< bind 4 0\n> listen 4 7\n< listen 4 0\n"
	    "> connect 5 127.0.0.1:%u\n< connect 5 0\nover\ngone\n",
	    seen->port);
	ended_well(want);
}

static int make_others(struct watched *watched)
{
	const struct sockaddr_un path = {.sun_family = AF_UNIX};
	struct sockaddr_in addr = watched_loopback(0);
	const int on = 1, udp = socket(AF_INET, SOCK_DGRAM, 0),
		  unix_one = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)watched;
	setsockopt(udp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	(void)bind(udp, (struct sockaddr *)&addr, sizeof addr);
	(void)bind(unix_one, (const struct sockaddr *)&path, sizeof path.sun_family);
	listen(unix_one, 1);
	(void)bind(STDIN_FILENO, (struct sockaddr *)&addr, sizeof addr);
	(void)bind(-1, (struct sockaddr *)&addr, sizeof addr);
	(void)bind(60, (struct sockaddr *)&addr, sizeof addr);
	close(udp);
	close(unix_one);
	return udp < 0 || unix_one < 0;
}

static void other_descriptors_are_not_told_of(void)
{
	watched_scene(seen, &(struct scene){.program = make_others, .all = true});
	ended_well("over\ngone\n");
}

static int fail(struct watched *watched)
{
	struct sockaddr_in addr = watched_loopback(0);
	const int fd = socket(AF_INET, SOCK_STREAM, 0), other = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0)
		return 1;
	watched->port = watched_port(fd);
	addr = watched_loopback(watched->port);
	watched->errors[0] = bind(other, (struct sockaddr *)&addr, sizeof addr) < 0 ? errno : 0;
	watched->errors[1] = connect(other, (struct sockaddr *)&addr, sizeof addr) < 0 ? errno : 0;
	return 0;
}

static void what_failed_has_its_errno(void)
{
	char want[WATCHED_TEXT];

	watched_scene(seen, &(struct scene){.program = fail});
	snprintf(want, sizeof want,
	    "> bind 4 127.0.0.1:0\n< bind 4 0\n"
	    "> bind 5 127.0.0.1:%u\n< bind 5 -1 EADDRINUSE\n"
	    "> connect 5 127.0.0.1:%u\n< connect 5 -1 ECONNREFUSED\nover\ngone\n",
	    seen->port, seen->port);
	ended_well(want);
	CHECK(seen->errors[0] == EADDRINUSE && seen->errors[1] == ECONNREFUSED, "%s, %s",
	    errname(seen->errors[0]), errname(seen->errors[1]));
}

/* --- what is given ---------------------------------------------------------------------- */

/* An address of `len` bytes that ends with a page behind which there is nothing. */
static void *at_the_end(const void *bytes, size_t len)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *two =
	    mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (two == MAP_FAILED || munmap(two + page, page) < 0)
		abort();
	return memcpy(two + page - len, bytes, len);
}

static int give_addresses(struct watched *watched)
{
	const struct sockaddr_in v4 = watched_loopback(1);
	const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
	    .sin6_port = htons(2),
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT,
	    .sin6_scope_id = 1};
	const struct sockaddr none = {.sa_family = AF_UNSPEC}, path = {.sa_family = AF_UNIX};
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	char large[256] = "";

	(void)watched;
	memcpy(large, &v4, sizeof v4);
	large[sizeof v4] = 1;
	(void)connect(fd, at_the_end(&v4, 15), 15);
	(void)connect(fd, at_the_end(&v4, 16), 16);
	(void)connect(fd, (struct sockaddr *)large, sizeof large);
	(void)connect(fd, at_the_end(&v6, 23), 23);
	(void)connect(fd, at_the_end(&none, 1), 1);
	(void)connect(fd, at_the_end(&none, 2), 2);
	(void)connect(fd, at_the_end(&path, 16), 16);
	(void)connect(fd, (struct sockaddr *)8, 16); /* NOLINT(performance-no-int-to-ptr) */
	/* NOLINTNEXTLINE(bugprone-pointer-arithmetic) */
	(void)connect(fd, (struct sockaddr *)((char *)at_the_end(&v4, 16) + 1), 16);
	(void)bind(fd, at_the_end(&v6, 24), 24);
	return 0;
}

static void an_address_is_told_as_given_or_that_it_is_malformed(void)
{
	static const char failed[] = "< connect 4 -1 ";
	const char *at;
	char calls[WATCHED_TEXT] = "";

	watched_scene(seen, &(struct scene){.program = give_addresses});
	/* What comes of it is the kernel's affair. */
	for (const char *line = seen->told; *line; line = at + 1) {
		at = strchr(line, '\n');
		if (*line != '<')
			strncat(calls, line, (size_t)(at + 1 - line));
	}
	CHECK(strstr(seen->told, failed) != NULL, "got \"%s\"", seen->told);
	CHECK_TEXT(calls,
	    "> connect 4 malformed\n> connect 4 127.0.0.1:1\n> connect 4 127.0.0.1:1\n"
	    "> connect 4 malformed\n> connect 4 malformed\n> connect 4 none\n"
	    "> connect 4 malformed\n> connect 4 malformed\n> connect 4 malformed\n"
	    "> bind 4 [::1]:2\nover\ngone\n");
}

static int give_options(struct watched *watched)
{
	const int64_t two = INT64_C(2) | INT64_C(7) << 32;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	char large[9] = "";

	(void)watched;
	memcpy(large, &two, sizeof two);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, at_the_end(&two, 3), 3);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, at_the_end(&two, 4), 4);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &two, 8);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, large, 9);
	setsockopt(
	    fd, IPPROTO_TCP, TCP_NODELAY, (void *)8, 4); /* NOLINT(performance-no-int-to-ptr) */
	return 0;
}

static void the_value_of_an_option_is_told(void)
{
	watched_scene(seen, &(struct scene){.program = give_options, .all = true});
	ended_well("> socket -1 unborrowed 2 1 0\n< socket -1 4\n"
		   "> setsockopt 4 malformed\n< setsockopt 4 -1 EINVAL\n"
		   "> setsockopt 4 6 1 2\n< setsockopt 4 0\n"
		   "> setsockopt 4 6 1 2\n< setsockopt 4 0\n"
		   "> setsockopt 4 malformed\n< setsockopt 4 0\n"
		   "> setsockopt 4 malformed\n< setsockopt 4 -1 EFAULT\nover\ngone\n");
}

/* --- sends that connect ----------------------------------------------------------------- */

static int send_fast(struct watched *watched)
{
	struct sockaddr_in addr = watched_loopback(0);
	struct iovec bytes = {.iov_base = (char[]){"x"}, .iov_len = 1};
	struct mmsghdr messages = {
	    .msg_hdr = {
		.msg_name = &addr, .msg_namelen = sizeof addr, .msg_iov = &bytes, .msg_iovlen = 1}};
	struct msghdr bare = {.msg_iov = &bytes, .msg_iovlen = 1};
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0)
		return 1;
	watched->port = watched_port(fd);
	addr = watched_loopback(watched->port);
	const int client = socket(AF_INET, SOCK_STREAM, 0);
	sendto(client, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&addr, sizeof addr);
	sendto(client, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, NULL, 0);
	sendto(client, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&addr, sizeof addr);
	syscall(SYS_sendmsg, client, &messages.msg_hdr, MSG_FASTOPEN | MSG_NOSIGNAL);
	syscall(SYS_sendmsg, client, &bare, MSG_FASTOPEN | MSG_NOSIGNAL);
	syscall(SYS_sendmsg, client, (struct msghdr *)8,
	    MSG_FASTOPEN); /* NOLINT(performance-no-int-to-ptr) */
	syscall(SYS_sendmmsg, client, &messages, 1, MSG_FASTOPEN | MSG_NOSIGNAL);
	return 0;
}

static void a_send_that_connects_is_told_as_a_connect(void)
{
	char want[WATCHED_TEXT], got[WATCHED_TEXT] = "";

	watched_scene(seen, &(struct scene){.program = send_fast});
	snprintf(want, sizeof want,
	    "> bind 4 127.0.0.1:0\n> connect 5 127.0.0.1:%u sendto\n"
	    "> connect 5 127.0.0.1:%u sendmsg\n> connect 5 127.0.0.1:%u sendmmsg\nover\ngone\n",
	    seen->port, seen->port, seen->port);
	for (const char *line = seen->told, *at; *line; line = at + 1) {
		at = strchr(line, '\n');
		if (*line != '<')
			strncat(got, line, (size_t)(at + 1 - line));
	}
	CHECK_TEXT(got, want);
}

int main(void)
{
	seen = watched_new();
	if (!watched_able()) {
		printf("skip: no program can be watched here\n");
		return 77;
	}
	TEST(each_call_of_a_tcp_socket_is_told_before_and_after);
	TEST(other_descriptors_are_not_told_of);
	TEST(what_failed_has_its_errno);
	TEST(an_address_is_told_as_given_or_that_it_is_malformed);
	TEST(the_value_of_an_option_is_told);
	TEST(a_send_that_connects_is_told_as_a_connect);
	return test_failures != 0;
}
