/* ctest: os=Linux wrap=call_option wrap=getsockopt */
/* tcp/option: what each setting asks of the kernel and how it is shown; what a socket is said to have, and to have dropped. */
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/time.h>

#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/option.h"
#include "tests/lib/test.h"

enum { FD = 5, BYTES = 64 };

/* What the kernel was asked last, and what it answers. */
static struct {
	int fd, level, number, count;
	socklen_t len;
	unsigned char bytes[BYTES];
	char shown[128];
} asked;
/* The program that picks a listener, as the kernel has it: struct sock_fprog of linux/filter.h. */
static struct step_of {
	uint16_t code;
	uint8_t if_true, if_false;
	uint32_t k;
} picked[3];
static unsigned short picked_count;

static void note_program(const void *value)
{
	struct {
		unsigned short count;
		const struct step_of *steps;
	} program;

	memcpy(&program, value, sizeof program);
	picked_count = program.count;
	memset(picked, 0, sizeof picked);
	if (program.count == 3 && program.steps)
		memcpy(picked, program.steps, sizeof picked);
}

static int refuses, has, got_level, got_number;
static socklen_t tells; /* so many bytes of SO_MEMINFO and TCP_INFO: each number is its place */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_call_option(
    int fd, int level, int number, const void *value, socklen_t len, const char *shown);
int __wrap_getsockopt(int fd, int level, int number, void *value, socklen_t *len);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

int __wrap_call_option(
    int fd, int level, int number, const void *value, socklen_t len, const char *shown)
{
	asked.fd = fd;
	asked.level = level;
	asked.number = number;
	asked.len = len;
	asked.count++;
	memcpy(asked.bytes, value, len < BYTES ? len : BYTES);
	snprintf(asked.shown, sizeof asked.shown, "%s", shown);
	if (strstr(shown, "CBPF"))
		note_program(value);
	errno = refuses;
	return refuses ? -1 : 0;
}

int __wrap_getsockopt(int fd, int level, int number, void *value, socklen_t *len)
{
	(void)fd;
	got_level = level;
	got_number = number;
	if (refuses) {
		errno = refuses;
		return -1;
	}
	if (tells) {
		*len = tells < *len ? tells : *len;
		for (uint32_t i = 0; i < *len / sizeof i; i++)
			memcpy((char *)value + i * sizeof i, &i, sizeof i);
		return 0;
	}
	memcpy(value, &has, *len < sizeof has ? *len : sizeof has);
	return 0;
}

static void each_option_has_its_level_number_and_name(void)
{
	static const struct {
		enum option option;
		int level, number;
		const char *shown;
	} rows[] = {
	    {OPTION_REUSEADDR, SOL_SOCKET, 2, "SOL_SOCKET, SO_REUSEADDR, 7"},
	    {OPTION_REUSEPORT, SOL_SOCKET, 15, "SOL_SOCKET, SO_REUSEPORT, 7"},
	    {OPTION_V6ONLY, 41, 26, "IPPROTO_IPV6, IPV6_V6ONLY, 7"},
	    {OPTION_KEEPALIVE, SOL_SOCKET, 9, "SOL_SOCKET, SO_KEEPALIVE, 7"},
	    {OPTION_KEEPIDLE, 6, 4, "IPPROTO_TCP, TCP_KEEPIDLE, 7"},
	    {OPTION_NODELAY, 6, 1, "IPPROTO_TCP, TCP_NODELAY, 7"},
	    {OPTION_OOBINLINE, SOL_SOCKET, 10, "SOL_SOCKET, SO_OOBINLINE, 7"},
	    {OPTION_NO_PORT, 0, 24, "IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 7"},
	    {OPTION_FREEBIND, 0, 15, "IPPROTO_IP, IP_FREEBIND, 7"},
	    {OPTION_PORT_RANGE, 0, 51, "IPPROTO_IP, IP_LOCAL_PORT_RANGE, 7"},
	    {OPTION_FASTOPEN_CONNECT, 6, 30, "IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 7"},
	    {OPTION_FASTOPEN_NO_COOKIE, 6, 34, "IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 7"},
	};
	const int seven = 7;
	struct fault fault;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct setting setting = {.option = rows[i].option, .value = 7};
		const char *level, *name, *last = strrchr(rows[i].shown, ',');

		CHECK(option_known(rows[i].option), "row %zu is not known", i);
		CHECK(option_set(FD, &setting, &fault) == 0, "row %zu: not set", i);
		CHECK(asked.fd == FD && asked.level == rows[i].level && asked.len == sizeof seven &&
			  !memcmp(asked.bytes, &seven, sizeof seven),
		    "row %zu: level %d, %u bytes", i, asked.level, (unsigned)asked.len);
#if !defined __mips__ && !defined __sparc__ && !defined __alpha__ && !defined __hppa__
		CHECK(asked.number == rows[i].number, "row %zu: number %d", i, asked.number);
#endif
		CHECK_TEXT(asked.shown, rows[i].shown);
		option_find(asked.level, asked.number, &level, &name);
		CHECK(level && name && !strncmp(rows[i].shown, level, strlen(level)), "row %zu: %s",
		    i, level ? level : "no level");
		CHECK(name && !strncmp(last - strlen(name), name, strlen(name)) &&
			  !strcmp(name, option_name(rows[i].option)),
		    "row %zu: %s", i, name ? name : "no name");
	}
	CHECK(!option_known(OPTION_REUSEPORT_LB), "an option of FreeBSD");
	const struct setting lb = {.option = OPTION_REUSEPORT_LB, .value = 1};
	asked.count = 0;
	CHECK(option_set(FD, &lb, &fault) == -1 && asked.count == 0 && fault.error == ENOPROTOOPT &&
		  fault.at == CALL_OPTION,
	    "%s, asked %d times", errname(fault.error), asked.count);
	CHECK_TEXT(fault.option, "SO_REUSEPORT_LB");
}

static void values_are_as_the_kernel_wants_them(void)
{
	struct timeval time;
	struct linger linger;
	struct fault fault;

	option_set(FD, &(struct setting){.option = OPTION_RCVTIMEO, .value = 2500001}, &fault);
	memcpy(&time, asked.bytes, sizeof time);
	CHECK(asked.len == sizeof time && time.tv_sec == 2 && time.tv_usec == 500001,
	    "%ld s, %ld us", (long)time.tv_sec, (long)time.tv_usec);
	CHECK_TEXT(asked.shown, "SOL_SOCKET, SO_RCVTIMEO, 2.5s");
	option_set(FD, &(struct setting){.option = OPTION_SNDTIMEO, .value = 100000}, &fault);
	CHECK_TEXT(asked.shown, "SOL_SOCKET, SO_SNDTIMEO, 0.1s");
	option_set(FD, &(struct setting){.option = OPTION_LINGER, .value = 3}, &fault);
	memcpy(&linger, asked.bytes, sizeof linger);
	CHECK(asked.len == sizeof linger && linger.l_onoff == 1 && linger.l_linger == 3, "%d, %d",
	    linger.l_onoff, linger.l_linger);
	CHECK_TEXT(asked.shown, "SOL_SOCKET, SO_LINGER, {1, 3}");
	option_set(FD, &(struct setting){.option = OPTION_DEVICE, .device = "eth0"}, &fault);
	CHECK(asked.len == 5 && !memcmp(asked.bytes, "eth0", 5), "%u bytes", (unsigned)asked.len);
	CHECK_TEXT(asked.shown, "SOL_SOCKET, SO_BINDTODEVICE, \"eth0\"");
	option_set(FD, &(struct setting){.option = OPTION_SPREAD_RANDOM, .value = 4}, &fault);
	CHECK_TEXT(asked.shown, "SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, random % 4");
	option_set(FD, &(struct setting){.option = OPTION_SPREAD_CPU, .value = 4}, &fault);
	CHECK_TEXT(asked.shown, "SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, cpu % 4");
	/* A range of ports fills all 32 bits. */
	option_set(FD, &(struct setting){.option = OPTION_PORT_RANGE, .value = INT64_C(0xffff0001)},
	    &fault);
	CHECK_TEXT(asked.shown, "IPPROTO_IP, IP_LOCAL_PORT_RANGE, 4294901761");
}

/* linux/filter.h: SKF_AD_OFF is -0x1000, SKF_AD_CPU 36, SKF_AD_RANDOM 56. */
static void a_listener_is_picked_by_one_of_two_numbers(void)
{
	for (int cpu = 0; cpu < 2; cpu++) {
		const struct setting setting = {
		    .option = cpu ? OPTION_SPREAD_CPU : OPTION_SPREAD_RANDOM, .value = 4};
		const struct step_of want[3] = {
		    {0x20, 0, 0, UINT32_C(0xfffff000) + (cpu ? 36 : 56)}, {0x94, 0, 0, 4},
		    {0x16, 0, 0, 0}};
		struct fault fault;
		CHECK(option_set(FD, &setting, &fault) == 0 && picked_count == 3, "%u steps",
		    picked_count);
		for (int i = 0; i < 3; i++)
			CHECK(picked[i].code == want[i].code && picked[i].k == want[i].k &&
				  picked[i].if_true == 0 && picked[i].if_false == 0,
			    "step %d: %#x %#x", i, picked[i].code, picked[i].k);
	}
}

static void what_is_refused_names_its_option(void)
{
	struct fault fault = {0};

	refuses = EPERM;
	CHECK(option_set(
		  FD, &(struct setting){.option = OPTION_DEVICE, .device = "eth0"}, &fault) == -1,
	    "set");
	CHECK(fault.at == CALL_OPTION && fault.error == EPERM, "%s", errname(fault.error));
	CHECK_TEXT(fault.option, "SO_BINDTODEVICE");
	CHECK_TEXT(fault.device, "eth0");
	fault = (struct fault){0};
	CHECK(option_set(FD, &(struct setting){.option = OPTION_NODELAY, .value = 1}, &fault) == -1,
	    "set");
	CHECK_TEXT(fault.option, "TCP_NODELAY");
	CHECK_TEXT(fault.device, "");
	refuses = 0;
}

static void what_a_socket_has_is_compared_as_on_or_as_a_number(void)
{
	static const struct {
		enum option option;
		int64_t value;
		int has;
		bool is;
	} rows[] = {
	    {OPTION_REUSEADDR, 1, 1, true},
	    {OPTION_REUSEADDR, 1, 4, true},
	    {OPTION_REUSEADDR, 1, 0, false},
	    {OPTION_REUSEADDR, 0, 0, true},
	    {OPTION_REUSEADDR, 0, 4, false},
	    {OPTION_KEEPIDLE, 7, 7, true},
	    {OPTION_KEEPIDLE, 7, 8, false},
	    {OPTION_KEEPIDLE, 2, 1, false},
	    {OPTION_RCVTIMEO, 7, 0, true},
	    {OPTION_PORT_RANGE, INT64_C(0xffff0001), -65535, true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct setting setting = {.option = rows[i].option, .value = rows[i].value};
		has = rows[i].has;
		CHECK(option_is(FD, &setting) == rows[i].is, "row %zu", i);
		if (rows[i].option != OPTION_RCVTIMEO)
			CHECK(option_get(FD, rows[i].option) == (has != 0), "row %zu: got", i);
	}
	has = 1;
	CHECK(
	    option_get(FD, OPTION_NODELAY) && got_level == IPPROTO_TCP && got_number == TCP_NODELAY,
	    "%d, %d", got_level, got_number);
	CHECK(!option_get(FD, OPTION_REUSEPORT_LB), "an option of FreeBSD");
	refuses = EBADF;
	char device[IF_NAMESIZE] = "before";
	CHECK(!option_get(FD, OPTION_NODELAY), "of no socket");
	CHECK(!option_is(FD, &(struct setting){.option = OPTION_NODELAY, .value = 0}),
	    "of no socket");
	CHECK(!option_device(FD, device) && !*device, "'%s'", device);
	refuses = 0;
	CHECK(option_device(FD, device) && memchr(device, 1, sizeof has) != NULL &&
		  got_number == SO_BINDTODEVICE,
	    "number %d", got_number);
}

static void what_is_not_known_has_no_name(void)
{
	const char *level = "x", *name = "x";

	option_find(SOL_SOCKET, 9999, &level, &name);
	CHECK(level && !strcmp(level, "SOL_SOCKET") && !name, "%s", name ? name : "none");
	option_find(9999, SO_REUSEADDR, &level, &name);
	CHECK(!level && !name, "%s", level ? level : "none");
}

/* linux/sock_diag.h: SK_MEMINFO_DROPS is the ninth number; linux/tcp.h: tcpi_unacked the seventh. */
static void only_what_was_told_in_full_is_a_number_of_drops_or_of_the_queue(void)
{
	static const struct {
		socklen_t tells;
		int refuses;
		int64_t drops;
		unsigned queued;
	} rows[] = {{36, 0, 8, 6}, {32, 0, -1, 6}, {28, 0, -1, 6}, {24, 0, -1, INT_MAX},
	    {4, 0, -1, INT_MAX}, {36, ENOPROTOOPT, -1, INT_MAX}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tells = rows[i].tells;
		refuses = rows[i].refuses;
		const int64_t drops = option_drops(FD);
		CHECK(got_level == SOL_SOCKET && got_number == SO_MEMINFO, "%d, %d", got_level,
		    got_number);
		CHECK(drops == rows[i].drops, "row %zu: %lld drops", i, (long long)drops);
		const unsigned queued = option_queued(FD);
		CHECK(queued == rows[i].queued, "row %zu: %u in the queue", i, queued);
	}
	tells = 0;
	refuses = 0;
}

int main(void)
{
	TEST(each_option_has_its_level_number_and_name);
	TEST(values_are_as_the_kernel_wants_them);
	TEST(a_listener_is_picked_by_one_of_two_numbers);
	TEST(what_is_refused_names_its_option);
	TEST(what_a_socket_has_is_compared_as_on_or_as_a_number);
	TEST(what_is_not_known_has_no_name);
	TEST(only_what_was_told_in_full_is_a_number_of_drops_or_of_the_queue);
	return test_failures != 0;
}
