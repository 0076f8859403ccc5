/* os/parse/diag: datagrams of the kernel's answer, each in as many bytes as the two before it say. */
#include <errno.h>
#include <string.h>

#include "os/parse/diag.h"
#include "tests/fuzz/fuzz.h"

struct count {
	unsigned heard, most;
};

static bool hear(void *who, const struct holder *holder)
{
	struct count *count = who;
	char text[ADDR_TEXT];
	const int family = holder->local.any.sa_family;

	HOLD(family == AF_INET || family == AF_INET6, "family %d", family);
	HOLD(holder_state_name(holder->state), "state %d has no name", (int)holder->state);
	addr_print(&holder->local, text);
	addr_print(&holder->peer, text);
	return ++count->heard < count->most;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	while (len > 2) {
		const size_t wanted = (size_t)bytes[0] << 8 | bytes[1];
		const size_t n = wanted < len - 2 ? wanted : len - 2;
		const enum diag_protocol protocol = (enum diag_protocol)(n % 2);
		struct count count = {.most = 100};
		/* Aligned as the kernel's are, and not a byte longer. */
		void *copy = malloc(n ? n : 1);
		HOLD(copy, "no memory");
		memcpy(copy, bytes + 2, n);
		errno = 0;
		const enum diag_end end = diag_parse(copy, n, protocol, hear, &count);
		HOLD(end != DIAG_ERROR || errno != 0, "an error without errno");
		HOLD(count.heard <= count.most, "%u heard", count.heard);
		free(copy);
		bytes += 2 + n;
		len -= 2 + n;
	}
	return 0;
}
