#include <errno.h>
#include <unistd.h>

#include "tcp/bound.h"
#include "tcp/call.h"
#include "tcp/option.h"

/* All of these calls are made without a word to --explain: there is one for each port. */

/* A socket whose connect takes a port and sends nothing, as long as nothing is sent over it. Where Fast Open is
 * off it sends: then it waits a little for the refusal, but not for ever: a filter may drop what it sends. */
static int open_asking(void)
{
	const struct setting settings[] = {{.option = OPTION_SNDTIMEO, .value = 100000},
	    {.option = OPTION_FASTOPEN_NO_COOKIE, .value = 1},
	    {.option = OPTION_FASTOPEN_CONNECT, .value = 1}};
	const int fd = call_socket_untold(AF_INET, SOCK_STREAM);
	struct fault ignored;

	for (size_t i = 0; fd >= 0 && i < sizeof settings / sizeof *settings; i++)
		option_set(fd, &settings[i], &ignored);
	return fd;
}

bool bound_open(struct bound_inquiry *inquiry)
{
	*inquiry = (struct bound_inquiry){.fd = -1, .held = -1};
	if (!option_known(OPTION_PORT_RANGE) || port_take(&inquiry->port) < 0)
		return false;
	inquiry->closed = addr_loopback(AF_INET, inquiry->port.number);
	inquiry->held = call_socket_untold(AF_INET, SOCK_STREAM);
	if (inquiry->held >= 0 &&
	    bind(inquiry->held, &inquiry->closed.any, addr_len(&inquiry->closed)) == 0)
		return true;
	bound_close(inquiry);
	return false;
}

/* Connects from that port alone. Returns 0 or errno; ENOPROTOOPT where the range is not heeded: gVisor says 0
 * to it, so it is read back. */
static int connect_from(int fd, unsigned port, const union addr *to)
{
	const struct setting range = {
	    .option = OPTION_PORT_RANGE, .value = (int64_t)port << 16 | port};
	struct fault fault;

	if (option_set(fd, &range, &fault) < 0)
		return fault.error;
	if (!option_get(fd, OPTION_PORT_RANGE))
		return ENOPROTOOPT;
	return connect(fd, &to->any, addr_len(to)) < 0 ? errno : 0;
}

static int ask_from(struct bound_inquiry *inquiry, unsigned port)
{
	if (inquiry->fd < 0)
		inquiry->fd = open_asking();
	if (inquiry->fd < 0)
		return -1;
	const int error = connect_from(inquiry->fd, port, &inquiry->closed);
	/* It has no port again after these, and serves once more. */
	if (error == ECONNREFUSED || (error == 0 && call_disconnect(inquiry->fd) == 0))
		return 0;
	if (error == EADDRNOTAVAIL)
		return 1;
	close(inquiry->fd);
	inquiry->fd = -1;
	return -1;
}

int bound_ask(struct bound_inquiry *inquiry, unsigned port)
{
	call_hear *const trace = call_trace;

	call_trace = NULL;
	const int answer = ask_from(inquiry, port);
	call_trace = trace;
	return answer;
}

void bound_close(struct bound_inquiry *inquiry)
{
	if (inquiry->fd >= 0)
		close(inquiry->fd);
	if (inquiry->held >= 0)
		close(inquiry->held);
	port_give_back(&inquiry->port);
	*inquiry = (struct bound_inquiry){.fd = -1, .held = -1};
}
