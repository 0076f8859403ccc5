#include "tcp/rtt.h"

/* Values below RTT_PARTS have a bucket each; above, the bits behind the highest one choose it. */
static unsigned bucket(int64_t ns)
{
	uint64_t v = ns > 0 ? (uint64_t)ns : 0;
	unsigned power = 0;

	while (v >= 2ULL * RTT_PARTS) {
		v >>= 1;
		power++;
	}
	return power * RTT_PARTS + (unsigned)v;
}

/* The middle of what falls into the bucket. */
static double bucket_value(unsigned at)
{
	if (at < 2ULL * RTT_PARTS)
		return at;
	const unsigned power = at / RTT_PARTS - 1;
	return ((double)(at - power * RTT_PARTS) + 0.5) * (double)(UINT64_C(1) << power);
}

/* Newton's method: libc has no square root, libm has. */
static double root(double x)
{
	double r = x > 1 ? x : 1;

	if (x <= 0)
		return 0;
	for (int i = 0; i < 200; i++) {
		const double next = (r + x / r) / 2;
		if (next >= r)
			break;
		r = next;
	}
	return r;
}

void rtt_add(struct rtt *rtt, int64_t ns)
{
	if (rtt->count == 0 || ns < rtt->min)
		rtt->min = ns;
	if (rtt->count == 0 || ns > rtt->max)
		rtt->max = ns;
	rtt->count++;
	rtt->sum += (double)ns;
	rtt->sum_of_squares += (double)ns * (double)ns;
	rtt->buckets[bucket(ns)]++;
}

double rtt_avg(const struct rtt *rtt)
{
	return rtt->sum / (double)rtt->count;
}

double rtt_mdev(const struct rtt *rtt)
{
	const double avg = rtt_avg(rtt);

	return root(rtt->sum_of_squares / (double)rtt->count - avg * avg);
}

double rtt_percentile(const struct rtt *rtt, unsigned percent)
{
	const uint64_t wanted = (rtt->count * percent + 99) / 100;
	uint64_t seen = 0;
	unsigned at = 0;

	while (at < RTT_BUCKETS - 1 && (seen += rtt->buckets[at]) < wanted)
		at++;
	const double value = bucket_value(at);
	if (value < (double)rtt->min)
		return (double)rtt->min;
	return value > (double)rtt->max ? (double)rtt->max : value;
}
