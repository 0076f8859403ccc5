#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/experiment/stage.h"
#include "os/netns.h"
#include "os/tunable.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/system.h"
#include "tcp/sock.h"

enum {
	SPARE = 100,       /* descriptors for everything else */
	ROW_FIRST = 40000, /* in a network of its own all ports are free */
	ROW_TEXT = 32,
};

static const struct setting reuseport = {.option = OPTION_REUSEPORT, .value = 1};

__attribute__((format(printf, 5, 0))) static void observe(struct stage *stage, bool as_expected,
    const char *expected, const char *result, const char *format, va_list args)
{
	char text[VIEW_TEXT];

	vsnprintf(text, sizeof text, format, args);
	const struct observation observation = {
	    .text = text, .result = result, .expected = expected, .as_expected = as_expected};
	view_observation(stage->show, &observation);
}

void stage_observe(
    struct stage *stage, const char *expected, const char *result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	observe(stage, !expected || !strcmp(expected, result), expected, result, format, args);
	va_end(args);
}

void stage_judge(struct stage *stage, bool as_expected, const char *expected, const char *result,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	observe(stage, as_expected, expected, result, format, args);
	va_end(args);
}

void stage_count(struct stage *stage, int64_t low, int64_t high, const char *expected,
    int64_t number, const char *format, ...)
{
	char result[VIEW_RESULT];
	va_list args;

	snprintf(result, sizeof result, "%lld", (long long)number);
	va_start(args, format);
	observe(
	    stage, !expected || (number >= low && number <= high), expected, result, format, args);
	va_end(args);
}

bool stage_ok(struct stage *stage, int result, const char *format, ...)
{
	const char *text = result < 0 ? errname(errno) : "ok";
	va_list args;

	va_start(args, format);
	observe(stage, result >= 0, "ok", text, format, args);
	va_end(args);
	if (result < 0)
		stage->over = true;
	return result >= 0;
}

void stage_line(struct stage *stage, const char *format, ...)
{
	char text[VIEW_TEXT];
	va_list args;

	(void)stage;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	for (size_t len = strlen(text); len > 0 && text[len - 1] == ' '; len--)
		text[len - 1] = 0;
	view_line(text);
}

void stage_skip(struct stage *stage, const char *reason)
{
	view_skip(stage->show, reason);
	stage->over = true;
}

bool stage_over(struct stage *stage)
{
	struct pollfd stop = {.fd = stage->show->stop, .events = POLLIN};

	if (!stage->over && poll(&stop, 1, 0) > 0)
		stage->over = true;
	return stage->over;
}

int stage_fd(const struct stage *stage, const char *name)
{
	for (size_t i = 0; i < stage->script->name_count; i++)
		if (!strcmp(stage->script->names[i]->name, name))
			return trial_fd(stage->trial, (int)i);
	return -1;
}

int stage_socket(
    const union addr *local, const struct setting settings[], size_t count, struct fault *fault)
{
	const bool v6 = local->any.sa_family == AF_INET6;
	const int fd = call_socket(v6 ? AF_INET6 : AF_INET);

	if (fd < 0)
		return fault_set(fault, CALL_SOCKET);
	if (sock_blocking(fd, false) < 0) {
		fault_set(fault, CALL_SOCKET);
		goto failed;
	}
	for (size_t i = 0; i < count; i++)
		if (option_set(fd, &settings[i], fault) < 0)
			goto failed;
	if (local->any.sa_family == AF_UNSPEC || call_bind(fd, local) == 0)
		return fd;
	fault_set(fault, CALL_BIND);
failed:
	call_close(fd);
	return -1;
}

int stage_listeners(struct stage *stage, const union addr *local, int fds[], int count, int backlog)
{
	const char *call = "bind";
	char text[ADDR_TEXT], what[VIEW_TEXT] = "";
	struct fault fault;
	int n = 0;

	addr_print(local, text);
	for (; n < count; n++) {
		fds[n] = stage_socket(local, &reuseport, count > 1, &fault);
		if (fds[n] < 0) {
			call = fault_call(fault.at);
			errno = fault.error;
			break;
		}
		if (call_listen(fds[n], backlog) < 0) {
			const int error = errno;
			call = "listen";
			call_close(fds[n]);
			errno = error;
			break;
		}
	}
	if (n == count) {
		if (count > 1)
			snprintf(what, sizeof what, "%d x bind %s reuseport, listen", count, text);
		else
			snprintf(what, sizeof what, "bind %s, listen %d", text, backlog);
		stage_ok(stage, 0, "%s", what);
		return 0;
	}
	stage_ok(stage, -1, "%s %s", call, text);
	stage_reset(fds, n);
	return -1;
}

int stage_row(const struct stage *stage, struct port ports[], int count)
{
	char range[ROW_TEXT];

	if (!stage->apart)
		return port_take_row(ports, count);
	for (int i = 0; i < count; i++)
		ports[i] = (struct port){.number = ROW_FIRST + (unsigned)i, .lock = -1};
	snprintf(range, sizeof range, "%d %d", ROW_FIRST, ROW_FIRST + count - 1);
	return netns_tune("net.ipv4.ip_local_port_range", range);
}

size_t stage_row_setting(
    const struct stage *stage, const struct port ports[], int count, struct setting *setting)
{
	const int64_t low = ports[0].number, high = ports[count - 1].number;

	*setting = (struct setting){.option = OPTION_PORT_RANGE, .value = low + 65536 * high};
	return stage->apart ? 0 : 1;
}

bool stage_room(struct stage *stage, int descriptors)
{
	const long room = sysconf(_SC_OPEN_MAX);
	char reason[VIEW_TEXT];

	if (room < 0 || room >= descriptors + SPARE)
		return true;
	snprintf(reason, sizeof reason,
	    "it needs %d descriptors, and this process may have %ld. To raise the limit: ulimit "
	    "-n, as root, or /etc/security/limits.conf",
	    descriptors + SPARE, room);
	stage_skip(stage, reason);
	return false;
}

bool stage_ports(struct stage *stage, int ports)
{
	unsigned low, high;
	char reason[VIEW_TEXT];

	if (!tunable_port_range(&low, &high))
		return true;
	const int count = (int)(high - low + 1 - tunable_reserved_count(low, high));
	if (count >= ports)
		return true;
	snprintf(reason, sizeof reason,
	    "it needs %d ephemeral port%s, and there are %d, from %u to %u. On Linux: sudo sysctl "
	    "net.ipv4.ip_local_port_range='32768 60999' net.ipv4.ip_local_reserved_ports=''",
	    ports, ports == 1 ? "" : "s", count, low, high);
	stage_skip(stage, reason);
	return false;
}

bool stage_queue(struct stage *stage, int connections)
{
	static const char name[] = "net.core.somaxconn";
	const long most = tunable_number(name, connections);
	char reason[VIEW_TEXT];

	/* A queue takes one more. */
	if (most + 1 >= connections)
		return true;
	snprintf(reason, sizeof reason,
	    "%d connections are to wait for one listener, and %s is %ld: sudo sysctl %s=4096",
	    connections, name, most, name);
	stage_skip(stage, reason);
	return false;
}

const char *stage_linux(const char *expected)
{
	return rule_here() == RULE_LINUX ? expected : NULL;
}

void stage_reset(int fds[], int count)
{
	for (int i = 0; i < count; i++)
		if (fds[i] >= 0) {
			sock_reset(fds[i]);
			fds[i] = -1;
		}
}
