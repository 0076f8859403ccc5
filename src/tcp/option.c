#include <sys/types.h> /* OpenBSD's netinet/tcp.h needs it */

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "config.h"
#include "tcp/call.h"
#include "tcp/option.h"

#define OPTION_ABSENT (-1)

/* What only some systems have. */
#if POSIX_ALONE
#undef SO_REUSEPORT_LB
#undef SO_BINDTODEVICE
#undef IP_BOUND_IF
#undef SO_ATTACH_REUSEPORT_CBPF
#undef TCP_KEEPIDLE
#undef TCP_KEEPALIVE
#endif

#ifndef SO_REUSEPORT
#define SO_REUSEPORT OPTION_ABSENT
#endif
#ifndef SO_REUSEPORT_LB
#define SO_REUSEPORT_LB OPTION_ABSENT
#endif
/* Not in every libc's headers, but the same on every Linux: linux/in.h. */
#ifdef SO_BINDTODEVICE
#ifndef IP_BIND_ADDRESS_NO_PORT /* Linux 4.2 */
#define IP_BIND_ADDRESS_NO_PORT 24
#endif
#ifndef IP_LOCAL_PORT_RANGE /* Linux 6.3 */
#define IP_LOCAL_PORT_RANGE 51
#endif
#ifndef IP_FREEBIND
#define IP_FREEBIND 15
#endif
#define FASTOPEN_CONNECT   30 /* TCP_FASTOPEN_CONNECT, Linux 4.11: linux/tcp.h */
#define FASTOPEN_NO_COOKIE 34 /* Linux 4.15 */
#else
#undef IP_FREEBIND
#define IP_FREEBIND        OPTION_ABSENT
#define FASTOPEN_CONNECT   OPTION_ABSENT
#define FASTOPEN_NO_COOKIE OPTION_ABSENT
#undef IP_BIND_ADDRESS_NO_PORT
#undef IP_LOCAL_PORT_RANGE
#define IP_BIND_ADDRESS_NO_PORT OPTION_ABSENT
#define IP_LOCAL_PORT_RANGE     OPTION_ABSENT
#endif
#if !defined TCP_KEEPIDLE && defined TCP_KEEPALIVE /* macOS: tcp(4) */
#define TCP_KEEPIDLE TCP_KEEPALIVE
#endif
#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE OPTION_ABSENT
#endif

/* macOS binds to an interface by number, one option for each family: ip(4), ip6(4); the IPv6 one
 * stands in `set`. */
#if defined SO_BINDTODEVICE
#define DEVICE_LEVEL      SOL_SOCKET
#define DEVICE_NUMBER     SO_BINDTODEVICE
#define DEVICE_LEVEL_NAME "SOL_SOCKET"
#define DEVICE_NAME       "SO_BINDTODEVICE"
#define DEVICE_KIND       KIND_DEVICE
#elif defined IP_BOUND_IF
#define DEVICE_LEVEL      IPPROTO_IP
#define DEVICE_NUMBER     IP_BOUND_IF
#define DEVICE_LEVEL_NAME "IPPROTO_IP"
#define DEVICE_NAME       "IP_BOUND_IF"
#define DEVICE_KIND       KIND_INDEX
#else
#define DEVICE_LEVEL      SOL_SOCKET
#define DEVICE_NUMBER     OPTION_ABSENT
#define DEVICE_LEVEL_NAME "SOL_SOCKET"
#define DEVICE_NAME       "SO_BINDTODEVICE"
#define DEVICE_KIND       KIND_DEVICE
#endif

#ifdef SO_ATTACH_REUSEPORT_CBPF /* Linux 4.5: socket(7) */
#define SPREAD_NUMBER SO_ATTACH_REUSEPORT_CBPF
#else
#define SPREAD_NUMBER OPTION_ABSENT
#endif

enum kind { KIND_INT, KIND_TIME, KIND_LINGER, KIND_DEVICE, KIND_INDEX, KIND_RANDOM, KIND_CPU };

/* A classic BPF program, laid out and numbered as in Linux's linux/filter.h and bpf_common.h, which
 * not every libc ships. */
struct filter_step {
	uint16_t code;
	uint8_t if_true, if_false;
	uint32_t k;
};

struct filter {
	uint16_t len;
	const struct filter_step *steps;
};

enum {
	FILTER_LOAD = 0x20,   /* BPF_LD | BPF_W | BPF_ABS */
	FILTER_MODULO = 0x94, /* BPF_ALU | BPF_MOD | BPF_K */
	FILTER_RETURN = 0x16, /* BPF_RET | BPF_A */
};

static const uint32_t filter_cpu = UINT32_C(0xfffff000) + 36;    /* SKF_AD_OFF + SKF_AD_CPU */
static const uint32_t filter_random = UINT32_C(0xfffff000) + 56; /* SKF_AD_OFF + SKF_AD_RANDOM */

static const struct row {
	enum kind kind;
	int level, number;
	const char *level_name, *name;
} rows[OPTION_COUNT] = {
    [OPTION_REUSEADDR] = {KIND_INT, SOL_SOCKET, SO_REUSEADDR, "SOL_SOCKET", "SO_REUSEADDR"},
    [OPTION_REUSEPORT] = {KIND_INT, SOL_SOCKET, SO_REUSEPORT, "SOL_SOCKET", "SO_REUSEPORT"},
    [OPTION_REUSEPORT_LB] = {KIND_INT, SOL_SOCKET, SO_REUSEPORT_LB, "SOL_SOCKET",
	"SO_REUSEPORT_LB"},
    [OPTION_V6ONLY] = {KIND_INT, IPPROTO_IPV6, IPV6_V6ONLY, "IPPROTO_IPV6", "IPV6_V6ONLY"},
    [OPTION_RCVTIMEO] = {KIND_TIME, SOL_SOCKET, SO_RCVTIMEO, "SOL_SOCKET", "SO_RCVTIMEO"},
    [OPTION_SNDTIMEO] = {KIND_TIME, SOL_SOCKET, SO_SNDTIMEO, "SOL_SOCKET", "SO_SNDTIMEO"},
    [OPTION_KEEPALIVE] = {KIND_INT, SOL_SOCKET, SO_KEEPALIVE, "SOL_SOCKET", "SO_KEEPALIVE"},
    [OPTION_KEEPIDLE] = {KIND_INT, IPPROTO_TCP, TCP_KEEPIDLE, "IPPROTO_TCP", "TCP_KEEPIDLE"},
    [OPTION_NODELAY] = {KIND_INT, IPPROTO_TCP, TCP_NODELAY, "IPPROTO_TCP", "TCP_NODELAY"},
    [OPTION_OOBINLINE] = {KIND_INT, SOL_SOCKET, SO_OOBINLINE, "SOL_SOCKET", "SO_OOBINLINE"},
    [OPTION_LINGER] = {KIND_LINGER, SOL_SOCKET, SO_LINGER, "SOL_SOCKET", "SO_LINGER"},
    [OPTION_DEVICE] = {DEVICE_KIND, DEVICE_LEVEL, DEVICE_NUMBER, DEVICE_LEVEL_NAME, DEVICE_NAME},
    [OPTION_NO_PORT] = {KIND_INT, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, "IPPROTO_IP",
	"IP_BIND_ADDRESS_NO_PORT"},
    [OPTION_FREEBIND] = {KIND_INT, IPPROTO_IP, IP_FREEBIND, "IPPROTO_IP", "IP_FREEBIND"},
    [OPTION_PORT_RANGE] = {KIND_INT, IPPROTO_IP, IP_LOCAL_PORT_RANGE, "IPPROTO_IP",
	"IP_LOCAL_PORT_RANGE"},
    [OPTION_FASTOPEN_CONNECT] = {KIND_INT, IPPROTO_TCP, FASTOPEN_CONNECT, "IPPROTO_TCP",
	"TCP_FASTOPEN_CONNECT"},
    [OPTION_FASTOPEN_NO_COOKIE] = {KIND_INT, IPPROTO_TCP, FASTOPEN_NO_COOKIE, "IPPROTO_TCP",
	"TCP_FASTOPEN_NO_COOKIE"},
    [OPTION_SPREAD_RANDOM] = {KIND_RANDOM, SOL_SOCKET, SPREAD_NUMBER, "SOL_SOCKET",
	"SO_ATTACH_REUSEPORT_CBPF"},
    [OPTION_SPREAD_CPU] = {KIND_CPU, SOL_SOCKET, SPREAD_NUMBER, "SOL_SOCKET",
	"SO_ATTACH_REUSEPORT_CBPF"},
};

const char *option_name(enum option option)
{
	return rows[option].name;
}

bool option_known(enum option option)
{
	return rows[option].number != OPTION_ABSENT;
}

#ifdef IPV6_BOUND_IF
static int sock_family(int fd)
{
	union addr addr = {0};
	socklen_t len = sizeof addr;

	return getsockname(fd, &addr.any, &len) < 0 ? AF_UNSPEC : addr.any.sa_family;
}
#endif

/* setsockopt with what `setting` says; errno as the kernel leaves it. */
static int set(int fd, const struct row *row, const struct setting *setting)
{
	const int number = (int)(uint32_t)setting->value;
	const struct timeval time = {.tv_sec = (time_t)(setting->value / 1000000),
	    .tv_usec = (suseconds_t)(setting->value % 1000000)};
	const struct linger linger = {.l_onoff = 1, .l_linger = number};
	unsigned index;
	/* Which of so many listeners, in the order of their listen(), gets the connection. */
	const struct filter_step steps[] = {
	    {FILTER_LOAD, 0, 0, row->kind == KIND_CPU ? filter_cpu : filter_random},
	    {FILTER_MODULO, 0, 0, (uint32_t)number},
	    {FILTER_RETURN, 0, 0, 0},
	};
	struct filter filter;
	char shown[128];
	int n = snprintf(shown, sizeof shown, "%s, %s, ", row->level_name, row->name);
	char *const value = shown + n;
	const size_t room = sizeof shown - (size_t)n;

	switch (row->kind) {
	case KIND_INT:
		snprintf(value, room, "%lld", (long long)setting->value);
		return call_option(fd, row->level, row->number, &number, sizeof number, shown);
	case KIND_TIME:
		snprintf(value, room, "%gs", (double)setting->value / 1e6);
		return call_option(fd, row->level, row->number, &time, sizeof time, shown);
	case KIND_LINGER:
		snprintf(value, room, "{1, %d}", number);
		return call_option(fd, row->level, row->number, &linger, sizeof linger, shown);
	case KIND_DEVICE:
		snprintf(value, room, "\"%s\"", setting->device);
		return call_option(fd, row->level, row->number, setting->device,
		    (socklen_t)strlen(setting->device) + 1, shown);
	case KIND_INDEX:
		index = if_nametoindex(setting->device);
		snprintf(value, room, "\"%s\"", setting->device);
		if (index == 0 && *setting->device) {
			errno = ENODEV;
			return -1;
		}
#ifdef IPV6_BOUND_IF
		if (sock_family(fd) == AF_INET6)
			return call_option(
			    fd, IPPROTO_IPV6, IPV6_BOUND_IF, &index, sizeof index, shown);
#endif
		return call_option(fd, row->level, row->number, &index, sizeof index, shown);
	case KIND_RANDOM:
	case KIND_CPU:
		snprintf(value, room, "%s %% %d", row->kind == KIND_CPU ? "cpu" : "random", number);
		memset(&filter, 0, sizeof filter); /* the kernel reads what lies between, too */
		filter.len = sizeof steps / sizeof *steps;
		filter.steps = steps;
		return call_option(fd, row->level, row->number, &filter, sizeof filter, shown);
	}
	return -1;
}

int option_set(int fd, const struct setting *setting, struct fault *fault)
{
	const struct row *row = &rows[setting->option];
	int result = -1;

	errno = ENOPROTOOPT;
	if (option_known(setting->option))
		result = set(fd, row, setting);
	if (result == 0)
		return 0;
	fault_set(fault, CALL_OPTION);
	fault->option = row->name;
	if (setting->option == OPTION_DEVICE)
		memcpy(fault->device, setting->device, sizeof fault->device);
	return -1;
}

bool option_is(int fd, const struct setting *setting)
{
	const struct row *row = &rows[setting->option];
	int value = 0;
	socklen_t len = sizeof value;

	if (row->kind != KIND_INT)
		return true;
	if (getsockopt(fd, row->level, row->number, &value, &len) < 0)
		return false;
	/* On and off: any bit will do (BSD). */
	return setting->value == 0 || setting->value == 1
		   ? (value != 0) == (setting->value != 0)
		   : (unsigned)value == (unsigned)setting->value;
}

bool option_get(int fd, enum option option)
{
	int value = 0;
	socklen_t len = sizeof value;

	return option_known(option) &&
	       getsockopt(fd, rows[option].level, rows[option].number, &value, &len) == 0 &&
	       value != 0;
}

bool option_device(int fd, char device[IF_NAMESIZE])
{
#ifdef SO_BINDTODEVICE
	socklen_t len = IF_NAMESIZE;

	memset(device, 0, IF_NAMESIZE);
	return getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, &len) == 0;
#else
	(void)fd;
	*device = 0;
	return false;
#endif
}

void option_find(int level, int number, const char **level_name, const char **name)
{
	static const struct {
		int level;
		const char *name;
	} levels[] = {{SOL_SOCKET, "SOL_SOCKET"}, {IPPROTO_TCP, "IPPROTO_TCP"},
	    {IPPROTO_IP, "IPPROTO_IP"}, {IPPROTO_IPV6, "IPPROTO_IPV6"}};

	*level_name = *name = NULL;
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (levels[i].level == level)
			*level_name = levels[i].name;
	for (size_t i = 0; i < OPTION_COUNT && !*name; i++)
		if (rows[i].level == level && rows[i].number == number)
			*name = rows[i].name;
}
