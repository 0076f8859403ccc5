#include "tcp/echo_share.h"
#include "clock.h"

enum { STALE_US = 1000000 }; /* a server that has not looked for so long is stopped, or gone */

size_t echo_share_size(unsigned count)
{
	return sizeof(struct echo_share) + count * sizeof(struct echo_part);
}

void echo_share_begin(struct echo_share *share, unsigned count)
{
	share->count = count;
}

bool echo_share_take(struct echo_share *share, unsigned part, uint64_t most)
{
	struct echo_part *own = &share->parts[part];

	/* Only this server takes from what was granted to it. */
	if (atomic_load(&own->granted) > 0) {
		atomic_fetch_sub(&own->granted, 1);
		return true;
	}
	if (atomic_fetch_add(&share->places, 1) < most) {
		atomic_fetch_add(&own->places, 1);
		return true;
	}
	atomic_fetch_sub(&share->places, 1);
	if (share->count > 1)
		atomic_store(&own->waits_us, clock_us());
	return false;
}

/* Whether the place goes to server `part`, which then waits no longer. */
static bool grant(struct echo_share *share, unsigned part)
{
	struct echo_part *next = &share->parts[part];
	int64_t since = atomic_load(&next->waits_us);

	if (since == 0 || clock_us() - since > STALE_US ||
	    !atomic_compare_exchange_strong(&next->waits_us, &since, 0))
		return false;
	atomic_fetch_add(&next->places, 1);
	atomic_fetch_add(&next->granted, 1);
	return true;
}

void echo_share_leave(struct echo_share *share, unsigned part)
{
	atomic_fetch_sub(&share->parts[part].places, 1);
	for (unsigned i = 1; i < share->count; i++)
		if (grant(share, (part + i) % share->count))
			return;
	atomic_fetch_sub(&share->places, 1);
}

void echo_share_content(struct echo_share *share, unsigned part)
{
	struct echo_part *own = &share->parts[part];

	if (share->count > 1 && atomic_load(&own->waits_us))
		atomic_store(&own->waits_us, 0);
	while (atomic_load(&own->granted) > 0) {
		atomic_fetch_sub(&own->granted, 1);
		echo_share_leave(share, part);
	}
}

void echo_share_owe(struct echo_share *share, unsigned part, int64_t bytes)
{
	atomic_fetch_add(&share->owed, (unsigned long long)bytes);
	atomic_fetch_add(&share->parts[part].owed, (unsigned long long)bytes);
}

bool echo_share_owes_too_much(const struct echo_share *share, unsigned part, uint64_t most)
{
	return atomic_load(&share->owed) > most &&
	       atomic_load(&share->parts[part].owed) > most / share->count;
}

void echo_share_bury(struct echo_share *share, unsigned part)
{
	struct echo_part *gone = &share->parts[part];

	atomic_store(&gone->waits_us, 0);
	atomic_store(&gone->granted, 0);
	atomic_fetch_sub(&share->owed, atomic_exchange(&gone->owed, 0));
	for (unsigned places = atomic_load(&gone->places); places > 0; places--)
		echo_share_leave(share, part);
}
