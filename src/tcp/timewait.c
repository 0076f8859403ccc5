#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/port.h"
#include "tcp/share.h"
#include "tcp/sock.h"
#include "tcp/timewait.h"

/* Sets options; where one is missing, bind or connect is refused. */
static void set_all(int fd, const struct setting settings[], size_t count)
{
	struct fault ignored;

	for (size_t i = 0; i < count; i++)
		option_set(fd, &settings[i], &ignored);
}

/* Binds to `end`. A port from which strangers are connected as well, or were, is refused by bind: it is
 * left to connect, which shares such a port, and is asked for that one alone. */
static bool stand_at(int fd, const union addr *end)
{
	const int64_t port = addr_port(end);
	const struct setting later[] = {{.option = OPTION_NO_PORT, .value = 1},
	    {.option = OPTION_PORT_RANGE, .value = port << 16 | port}};
	union addr host = *end;

	if (bind(fd, &end->any, addr_len(end)) == 0)
		return true;
	set_all(fd, later, sizeof later / sizeof *later);
	addr_set_port(&host, 0);
	return bind(fd, &host.any, addr_len(&host)) == 0;
}

/* RFC 1337, on purpose. The other end says SYN once more. The TIME_WAIT, with no listener behind it,
 * answers with the acknowledgement of what it had; the other end, in SYN_SENT, answers that with a
 * reset of exactly the number that TIME_WAIT expects, which ends it (Linux, tcp_timewait_state_process,
 * unless net.ipv4.tcp_rfc1337 is set). The SYN, sent again, is then refused as any other. */
bool timewait_end(const union addr *local, const union addr *peer, int64_t wait_us)
{
	const int fd = socket(peer->any.sa_family, SOCK_STREAM, 0);
	struct pollfd wait = {.fd = fd, .events = POLLOUT};

	if (fd < 0)
		return false;
	set_all(fd, share_both, SHARE_BOTH);
	const bool dialled = sock_blocking(fd, false) == 0 && stand_at(fd, peer) &&
			     connect(fd, &local->any, addr_len(local)) < 0 && errno == EINPROGRESS;
	const union addr here = sock_local(fd);
	if (dialled) {
		const int64_t until = clock_us() + wait_us;
		while (poll(&wait, 1, clock_poll_ms(until - clock_us())) < 0 && errno == EINTR)
			continue;
	}
	/* Nobody should have answered; if somebody did, he is told that it was nothing. */
	sock_reset(fd);
	return addr_same(&here, peer); /* elsewhere where connect could not have that port */
}

/* On the heap. */
struct timewait {
	struct end end;
	bool ended;
	struct timewait *next;
};

void timewaits_note(struct timewaits *timewaits, const struct end *end)
{
	struct timewait *timewait = malloc(sizeof *timewait);

	if (!timewait)
		return;
	*timewait = (struct timewait){.end = *end, .next = timewaits->list};
	if (ends_add(&timewaits->ends, &timewait->end))
		timewaits->list = timewait;
	else
		free(timewait);
}

bool timewaits_opposite(const struct timewaits *timewaits, const struct end *end)
{
	return ends_opposite(&timewaits->ends, end) != NULL;
}

/* One may be in the way of ending another, so in rounds. */
static void end_waiting(const struct timewaits *timewaits, int64_t wait_us)
{
	bool more = true;

	while (more) {
		more = false;
		for (struct timewait *one = timewaits->list; one; one = one->next)
			if (!one->ended && ends_opposite(&timewaits->ends, &one->end) &&
			    timewait_end(&one->end.local, &one->end.peer, wait_us))
				more = one->ended = true;
	}
}

/* A TIME_WAIT mostly ends before the call returns; what is left after that is waited for. */
void timewaits_end(struct timewaits *timewaits)
{
	call_hear *const trace = call_trace;

	call_trace = NULL; /* a person did not ask for that */
	end_waiting(timewaits, 0);
	for (struct timewait *one = timewaits->list; one; one = one->next)
		one->ended = port_is_free(&one->end.local);
	end_waiting(timewaits, TIMEWAIT_US);
	call_trace = trace;
	while (timewaits->list) {
		struct timewait *one = timewaits->list;
		timewaits->list = one->next;
		ends_remove(&timewaits->ends, &one->end);
		free(one);
	}
}
