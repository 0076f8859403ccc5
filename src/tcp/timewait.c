#include <errno.h>
#include <poll.h>

#include "tcp/addr.h"
#include "tcp/clock.h"
#include "tcp/sock.h"
#include "tcp/timewait.h"

/* RFC 1337, on purpose. The other end says SYN once more. The TIME_WAIT, with no listener behind it,
 * answers with the acknowledgement of what it had; the other end, in SYN_SENT, answers that with a
 * reset of exactly the number that TIME_WAIT expects, which ends it (Linux, tcp_timewait_state_process,
 * unless net.ipv4.tcp_rfc1337 is set). The SYN, sent again, is then refused as any other. */
bool timewait_end(const union addr *local, const union addr *peer, int64_t wait_us)
{
	static const struct setting both[] = {
	    {.option = OPTION_REUSEADDR, .value = 1}, {.option = OPTION_REUSEPORT, .value = 1}};
	struct fault ignored; /* then bind is refused */
	const int fd = socket(peer->any.sa_family, SOCK_STREAM, 0);
	struct pollfd wait = {.fd = fd, .events = POLLOUT};

	if (fd < 0)
		return false;
	for (size_t i = 0; i < sizeof both / sizeof *both; i++)
		option_set(fd, &both[i], &ignored);
	const bool bound =
	    sock_blocking(fd, false) == 0 && bind(fd, &peer->any, addr_len(peer)) == 0;
	if (bound && connect(fd, &local->any, addr_len(local)) < 0 && errno == EINPROGRESS) {
		const int64_t until = clock_us() + wait_us;
		while (poll(&wait, 1, clock_poll_ms(until - clock_us())) < 0 && errno == EINTR)
			continue;
	}
	/* Nobody should have answered; if somebody did, he is told that it was nothing. */
	sock_reset(fd);
	return bound;
}
