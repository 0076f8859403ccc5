/* ctest: core */
/* os/parse/proc: lines of /proc/net/tcp and links of /proc/PID/fd. */
#include <stdint.h>

#include "tests/lib/edge.h"
#include "os/parse/proc.h"
#include "tests/lib/test.h"

/* Recorded on Linux 6.18, little-endian. */
static const char head[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n";
static const char listener[] =
    "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 "
    "4101505 1 00000000c0ffee00 100 0 0 10 0\n";
static const char time_wait[] =
    "   1: 0100007F:0BB8 0100007F:C9F2 06 00000000:00000000 03:0000176A 00000000     0        0 0 "
    "3 00000000c0ffee00\n";
static const char loopback6[] =
    "   2: 00000000000000000000000001000000:0BB8 0000000000000000FFFF00000100007F:9A1C 01 "
    "00000000:00000000 00:00000000 00000000  1000        0 4101506 1 00000000c0ffee00\n";

static bool read_line(const char *line, size_t len, int family, struct holder *holder)
{
	*holder = (struct holder){0};
	return proc_socket(edge_copy(line, len), len, family, holder);
}

static void an_address_with_what_is_no_digit_is_refused(void)
{
	struct holder h;
	char line[sizeof listener];
	const size_t begin = strlen("   0: "), len = sizeof line - 1;

	for (size_t i = begin; i < begin + 8; i++) {
		memcpy(line, listener, sizeof line);
		line[i] = 'G';
		CHECK(!read_line(line, len, AF_INET, &h), "%.14s", line);
	}
}

static void recorded_lines_are_read(void)
{
	struct holder h;
	char text[ADDR_TEXT];

	CHECK(!read_line(head, strlen(head), AF_INET, &h), "the head is no socket");
	CHECK(read_line(listener, strlen(listener), AF_INET, &h), "listener");
	CHECK(h.state == HOLDER_LISTEN && h.uid == 1000 && h.inode == 4101505 && h.queued == 2,
	    "state %d, uid %ld, inode %llu, queued %u", (int)h.state, h.uid,
	    (unsigned long long)h.inode, h.queued);
	CHECK_TEXT(addr_print(&h.local, text), "127.0.0.1:3000");
	CHECK(h.peer.any.sa_family == AF_UNSPEC, "a listener has no peer");

	CHECK(read_line(time_wait, strlen(time_wait), AF_INET, &h), "TIME_WAIT");
	CHECK(h.state == HOLDER_TIME_WAIT && h.remnant && h.left_ms == 59940 && h.uid == -1,
	    "state %d, left %lld, uid %ld", (int)h.state, (long long)h.left_ms, h.uid);
	CHECK_TEXT(addr_print(&h.peer, text), "127.0.0.1:51698");

	CHECK(read_line(loopback6, strlen(loopback6), AF_INET6, &h), "IPv6");
	CHECK_TEXT(addr_print(&h.local, text), "[::1]:3000");
	CHECK_TEXT(addr_print(&h.peer, text), "[::ffff:127.0.0.1]:39452");
	CHECK(!read_line(loopback6, strlen(loopback6), AF_INET, &h), "IPv6 taken for IPv4");
}

static void cut_and_changed_lines_are_no_trap(void)
{
	static const char *const lines[] = {listener, time_wait, loopback6};
	struct holder h;
	char line[256];
	unsigned random = 1;

	for (size_t i = 0; i < 3; i++) {
		const size_t len = strlen(lines[i]);
		const int family = i == 2 ? AF_INET6 : AF_INET;
		for (size_t cut = 0; cut < 90; cut++)
			CHECK(
			    !read_line(lines[i], cut, family, &h), "%zu bytes of line %zu", cut, i);
		for (int round = 0; round < 20000; round++) {
			memcpy(line, lines[i], len);
			random = random * 1103515245U + 12345U;
			line[(random >> 8) % len] = (char)(random >> 20);
			if (read_line(line, len, family, &h))
				CHECK(holder_state_name(h.state), "state %d", (int)h.state);
		}
	}
}

static void links_of_sockets_are_told_from_others(void)
{
	static const struct {
		const char *link;
		uint64_t inode; /* 0: no socket */
	} rows[] = {
	    {"socket:[4101505]", 4101505},
	    {"socket:[18446744073709551615]", UINT64_MAX},
	    {"socket:[18446744073709551616]", 0},
	    {"socket:[99999999999999999999999]", 0},
	    {"socket:[]", 0},
	    {"socket:[12", 0},
	    {"socket:[12]x", 0},
	    {"socket:[-12]", 0},
	    {"socket:", 0},
	    {"", 0},
	    {"pipe:[4101505]", 0},
	    {"/tmp/socket:[1]", 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t inode = 0;
		const size_t len = strlen(rows[i].link);
		const bool is = proc_link(edge_copy(rows[i].link, len), len, &inode);
		CHECK(is == (rows[i].inode != 0), "%s: %d", rows[i].link, is);
		CHECK(!is || inode == rows[i].inode, "%s: %llu", rows[i].link,
		    (unsigned long long)inode);
	}
}

static void count_registered(void *who, uint64_t inode)
{
	uint64_t *sum = who;

	*sum += inode;
}

static void registered_files_of_a_ring_are_told(void)
{
	/* Linux 6.18 */
	static const char ring[] = "pos:\t0\nflags:\t02000002\nSqMask:\t0x3\nUserFiles:\t3\n"
				   "    0: socket:[100]\n    1: pipe:[7]\n    2: socket:[20]\n"
				   "UserBufs:\t0\n";
	uint64_t sum = 0;

	/* As older kernels have it, and as a ring that is busy; then one without files, and one of other files. */
	static const char *const unnamed[] = {
	    "UserFiles:\t2\n    0: TCP\n    1: pipe:[7]\nUserBufs:\t0\n",
	    "UserFiles:\t1\n    0: MPTCPv6\n", "UserFiles:\t1\n    0: MPTCP",
	    "UserFiles:\t1\n    0: TCP", "UserFiles:\t1\nUserBufs:\t0\n"};
	static const char *const known[] = {"UserFiles:\t0\nUserBufs:\t0\n", "SqMask:\t0x3\n",
	    "UserFiles:\t1\n    0: /home/TCP\n", "UserFiles:\t1\n    0: TC",
	    "UserFiles:\t1\n    0: MPTC"};
	for (size_t i = 0; i < 5; i++) {
		const size_t one = strlen(unnamed[i]), other = strlen(known[i]);
		CHECK(!proc_registered(edge_copy(unnamed[i], one), one, count_registered, &sum),
		    "named: %s", unnamed[i]);
		CHECK(proc_registered(edge_copy(known[i], other), other, count_registered, &sum),
		    "not named: %s", known[i]);
	}
	CHECK(proc_registered(
		  edge_copy(ring, sizeof ring - 1), sizeof ring - 1, count_registered, &sum),
	    "not named");
	CHECK(sum == 120, "sum of inodes %llu", (unsigned long long)sum);
	for (size_t len = 0; len < sizeof ring - 1; len++)
		proc_registered(edge_copy(ring, len), len, count_registered, &sum);
}

static void whom_an_ordinary_kill_does_not_end_is_told(void)
{
	static const struct {
		const char *status;
		bool deaf;
	} rows[] = {
	    {"Name:\tx\nNSpid:\t12\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n", false},
	    {"Name:\tx\nNSpid:\t12\nSigIgn:\t0000000000004000\nSigCgt:\t0000000000000000\n", true},
	    {"Name:\tx\nNSpid:\t12\t1\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n",
		true},
	    {"Name:\tx\nNSpid:\t12\t1\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000004000\n",
		false},
	    {"Name:\tx\nNSpid:\t12\t2\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n",
		false},
	    /* Sets are written in small letters. */
	    {"Name:\tx\nNSpid:\t12\nSigIgn:\tfedcba987654cfff\nSigCgt:\t0000000000000000\n", true},
	    {"Name:\tx\nNSpid:\t12\nSigIgn:\tabcdefabcdefbfff\nSigCgt:\t0000000000000000\n", false},
	    {"Name:\tx\nNSpid:\t12\nSigIgn:\tg000000000004000\nSigCgt:\t0000000000000000\n", false},
	    {"Name:\tx\nNSpid:\t12\t1\nSigIgn:\t0\nSigCgt:\tfffffffffffbfeff\n", false},
	    {"Name:\tx\nNSpid:\t12\t3\t1\nSigIgn:\t0\nSigCgt:\t0\n", true},
	    {"Name:\tx\nNSpid:\t1\nSigIgn:\t0\nSigCgt:\t0\n", false},
	    {"", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t len = strlen(rows[i].status);
		CHECK(proc_deaf(edge_copy(rows[i].status, len), len) == rows[i].deaf, "row %zu: %d",
		    i, !rows[i].deaf);
	}
}

static void stat_is_read_whatever_the_process_calls_itself(void)
{
	static const char line[] =
	    "42 (a) S 1) R) T 1 42 42 0 -1 4194560 105 0 0 0 0 0 0 0 20 0 1 0 "
	    "7654321 2973696 230 18446744073709551615\n";
	struct proc_stat stat;

	CHECK(proc_stat(edge_copy(line, sizeof line - 1), sizeof line - 1, &stat), "not read");
	CHECK(stat.state == 'T' && stat.started == 7654321, "state %c, started %llu", stat.state,
	    (unsigned long long)stat.started);
	CHECK(stat.parent == 1 && !stat.leads, "parent %ld, leads %d", stat.parent, stat.leads);
	for (size_t len = 0; len < 66; len++)
		CHECK(!proc_stat(edge_copy(line, len), len, &stat), "%zu bytes", len);
}

static void the_shell_of_a_terminal_leads_its_session(void)
{
	static const struct {
		const char *line;
		bool leads;
		long session;
	} rows[] = {
	    {"42 (bash) S 7 42 42 34816 42 0 1 0 0 0 0 0 0 0 20 0 1 0 99 1\n", true, 42},
	    {"42 (sh) S 7 42 42 0 -1 0 1 0 0 0 0 0 0 0 20 0 1 0 99 1\n", false, 0},
	    {"43 (job) S 7 43 42 34816 42 0 1 0 0 0 0 0 0 0 20 0 1 0 99 1\n", false, 42},
	};
	struct proc_stat stat;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(proc_stat(rows[i].line, strlen(rows[i].line), &stat), "row %zu", i);
		CHECK(stat.parent == 7 && stat.leads == rows[i].leads,
		    "row %zu: parent %ld, leads %d", i, stat.parent, stat.leads);
		CHECK(stat.session == rows[i].session, "row %zu: session %ld", i, stat.session);
		CHECK(stat.group == (i < 2 ? 42 : 43), "row %zu: group %ld", i, stat.group);
	}
}

static void the_effective_user_is_read(void)
{
	static const char status[] =
	    "Name:\tnc\nState:\tS (sleeping)\nUid:\t1000\t33\t33\t33\nGid:\t0\n";

	CHECK(proc_user(edge_copy(status, sizeof status - 1), sizeof status - 1) == 33, "user %ld",
	    proc_user(status, sizeof status - 1));
	for (size_t len = 0; len < 40; len++)
		CHECK(proc_user(edge_copy(status, len), len) < 0, "%zu bytes", len);
}

static void how_proc_is_mounted_is_read(void)
{
	static const struct {
		const char *text;
		bool mounted, hides;
		long group;
	} rows[] = {
	    {"22 28 0:21 / /proc rw,nosuid - proc proc rw\n", true, false, -1},
	    {"22 28 0:21 / /proc rw - proc proc rw,gid=44,hidepid=invisible\n", true, true, 44},
	    {"22 28 0:21 / /proc rw - proc proc rw,hidepid=2\n", true, true, -1},
	    {"22 28 0:21 / /proc rw - proc proc rw,hidepid=off\n", true, false, -1},
	    {"22 28 0:21 / /proc rw - proc proc rw,hidepid=2\n"
	     "23 28 0:22 / /proc rw - proc proc rw\n",
		true, false, -1},
	    {"22 28 0:21 / /mnt/proc rw - proc proc rw,hidepid=2\n", false, false, -1},
	    {"22 28 0:21 / /proc rw - tmpfs tmpfs rw\n", false, false, -1},
	    {"", false, false, -1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t len = strlen(rows[i].text);
		bool hides;
		long group;
		const bool mounted = proc_hides(edge_copy(rows[i].text, len), len, &hides, &group);
		CHECK(
		    mounted == rows[i].mounted && hides == rows[i].hides && group == rows[i].group,
		    "row %zu: mounted %d, hides %d, group %ld", i, mounted, hides, group);
		for (size_t cut = 0; cut < len; cut++)
			proc_hides(edge_copy(rows[i].text, cut), cut, &hides, &group);
	}
}

static void a_user_namespace_maps_all_or_not(void)
{
	static const char all[] = "         0          0 4294967295\n";
	static const char one[] = "         0       1000          1\n";

	CHECK(proc_maps_all(edge_copy(all, sizeof all - 1), sizeof all - 1), "the first one");
	CHECK(!proc_maps_all(edge_copy(one, sizeof one - 1), sizeof one - 1), "one user");
	CHECK(!proc_maps_all("", 0), "nothing");
	static const char *const others[] = {
	    "0 1 4294967295", "1 0 4294967295", "0 0 4294967294", "0 0", "0 0 x"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		const size_t len = strlen(others[i]);
		CHECK(!proc_maps_all(edge_copy(others[i], len), len), "%s", others[i]);
	}
}

int main(void)
{
	const uint16_t one = 1;

	if (*(const unsigned char *)&one != 1) {
		printf("skip: recorded on a little-endian machine\n");
		return 77;
	}
	TEST(recorded_lines_are_read);
	TEST(an_address_with_what_is_no_digit_is_refused);
	TEST(cut_and_changed_lines_are_no_trap);
	TEST(links_of_sockets_are_told_from_others);
	TEST(registered_files_of_a_ring_are_told);
	TEST(whom_an_ordinary_kill_does_not_end_is_told);
	TEST(stat_is_read_whatever_the_process_calls_itself);
	TEST(the_shell_of_a_terminal_leads_its_session);
	TEST(the_effective_user_is_read);
	TEST(how_proc_is_mounted_is_read);
	TEST(a_user_namespace_maps_all_or_not);
	return test_failures != 0;
}
