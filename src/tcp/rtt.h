/* Round-trip times, summed up in fixed memory. */
#ifndef REUSE_TCP_RTT_H
#define REUSE_TCP_RTT_H

#include <stdint.h>

enum { RTT_PARTS = 128, RTT_BUCKETS = 64 * RTT_PARTS };

/* Begin with {0}. Times in nanoseconds. */
struct rtt {
	uint64_t count;
	int64_t min, max;
	double sum, sum_of_squares;
	uint32_t buckets[RTT_BUCKETS]; /* each power of two in RTT_PARTS parts */
};

void rtt_add(struct rtt *rtt, int64_t ns);

/* Of at least one time; mdev as ping has it: the standard deviation. */
double rtt_avg(const struct rtt *rtt);
double rtt_mdev(const struct rtt *rtt);

/* The time that `percent` of all do not exceed, within one part in RTT_PARTS. */
double rtt_percentile(const struct rtt *rtt, unsigned percent);

#endif
