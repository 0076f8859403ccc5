#include "tcp/bucket.h"

/* Linux, net/ipv4/inet_connection_sock.c, sk_reuseport_match. */
static bool is_like_last(
    const struct facts *facts, const struct bucket *bucket, const struct rule_socket *newcomer)
{
	if (bucket->fast_port == BUCKET_NONE || !newcomer->reuseport)
		return false;
	if (bucket->last.uid != newcomer->uid && facts_have(facts, FACT_MATCH_USER))
		return false;
	if (bucket->fast_port == BUCKET_ANY)
		return true;
	/* The address of :: as IPv4 is 0. */
	if (bucket->last.addr.any.sa_family != newcomer->addr.any.sa_family &&
	    !facts_have(facts, FACT_MATCH_MIXED))
		return false;
	if (!facts_have(facts, FACT_MATCH_WIDE))
		return rule_takes_in(facts, &bucket->last, newcomer, false) &&
		       rule_takes_in(facts, newcomer, &bucket->last, false);
	return rule_takes_in(facts, &bucket->last, newcomer, false);
}

static bool wants_fast_addr(const struct rule_socket *newcomer)
{
	return newcomer->reuseaddr && newcomer->state != RULE_LISTEN;
}

bool bucket_admits(
    const struct facts *facts, const struct bucket *bucket, const struct rule_socket *newcomer)
{
	return facts_have(facts, FACT_MATCH) && ((bucket->fast_addr && wants_fast_addr(newcomer)) ||
						    is_like_last(facts, bucket, newcomer));
}

/* inet_csk_update_fastreuse. */
void bucket_note(const struct facts *facts, struct bucket *bucket,
    const struct rule_socket *newcomer, bool first)
{
	if (newcomer->state == RULE_LISTEN && !facts_have(facts, FACT_LISTEN_WRITES))
		return;
	if (first && facts_have(facts, FACT_FIRST_MARKS)) {
		*bucket = (struct bucket){.fast_addr = wants_fast_addr(newcomer),
		    .fast_port = newcomer->reuseport ? BUCKET_ANY : BUCKET_NONE,
		    .last = *newcomer};
		return;
	}
	if (!wants_fast_addr(newcomer))
		bucket->fast_addr = false;
	if (!newcomer->reuseport) {
		if (facts_have(facts, FACT_FORGET))
			bucket->fast_port = BUCKET_NONE;
		return;
	}
	if (is_like_last(facts, bucket, newcomer) && facts_have(facts, FACT_KEEP))
		return;
	if (bucket->fast_port != BUCKET_NONE && !facts_have(facts, FACT_REPLACE))
		return;
	bucket->fast_port = BUCKET_STRICT;
	bucket->last = *newcomer;
}
