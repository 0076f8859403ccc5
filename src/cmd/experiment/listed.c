#include "cmd/experiment/listed.h"
#include "os/holder.h"
#include "os/tunable.h"

int64_t listed_timewait_ms(unsigned port)
{
	struct holders holders = {0};
	int64_t left_ms = 0;

	if (holders_read(&holders, HOLDERS_TCP, port) < 0)
		return -1;
	for (size_t i = 0; i < holders.count; i++)
		if (holders.list[i].state == HOLDER_TIME_WAIT)
			left_ms = holders.list[i].left_ms;
	holders_free(&holders);
	return left_ms;
}

int64_t listed_timewait_full(void)
{
	const long most = tunable_number("net.ipv4.tcp_max_tw_buckets", -1);
	struct holders holders = {0};
	long count = 0;

	if (most < 0 || holders_read(&holders, HOLDERS_TCP, 0) < 0)
		return -1;
	for (size_t i = 0; i < holders.count; i++)
		count += holders.list[i].state == HOLDER_TIME_WAIT;
	holders_free(&holders);
	/* Some may have gone since. */
	return count >= most - most / 4;
}

int64_t listed_queued(unsigned port)
{
	struct holders holders = {0};
	int64_t queued = 0;

	if (holders_read(&holders, HOLDERS_TCP, port) < 0)
		return -1;
	for (size_t i = 0; i < holders.count; i++)
		if (holders.list[i].state == HOLDER_LISTEN)
			queued += holders.list[i].queued;
	holders_free(&holders);
	return queued;
}
