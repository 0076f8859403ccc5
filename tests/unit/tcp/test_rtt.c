/* ctest: core */
/* tcp/rtt: sums in fixed memory. */
#include "tcp/rtt.h"
#include "tests/lib/test.h"

static struct rtt rtt;

static int near_to(double got, double want, double part)
{
	return got >= want * (1 - part) && got <= want * (1 + part);
}

static void one_time_is_every_figure(void)
{
	rtt = (struct rtt){0};
	rtt_add(&rtt, 51234);
	CHECK(rtt.min == 51234 && rtt.max == 51234, "%lld %lld", (long long)rtt.min,
	    (long long)rtt.max);
	CHECK(rtt_avg(&rtt) == 51234, "%f", rtt_avg(&rtt));
	CHECK(rtt_mdev(&rtt) == 0, "%f", rtt_mdev(&rtt));
	CHECK(rtt_percentile(&rtt, 50) == 51234, "%f", rtt_percentile(&rtt, 50));
	CHECK(rtt_percentile(&rtt, 99) == 51234, "%f", rtt_percentile(&rtt, 99));
}

static void percentiles_are_right_within_a_hundredth(void)
{
	rtt = (struct rtt){0};
	for (int i = 1; i <= 10000; i++)
		rtt_add(&rtt, 1000 * (int64_t)i);
	CHECK(near_to(rtt_percentile(&rtt, 50), 5e6, 0.01), "%f", rtt_percentile(&rtt, 50));
	CHECK(near_to(rtt_percentile(&rtt, 99), 9.9e6, 0.01), "%f", rtt_percentile(&rtt, 99));
	CHECK(near_to(rtt_avg(&rtt), 5000500, 1e-9), "%f", rtt_avg(&rtt));
	/* The deviation of 1..n is n / sqrt(12) for large n. */
	CHECK(near_to(rtt_mdev(&rtt), 1e7 / 3.4641016, 1e-4), "%f", rtt_mdev(&rtt));
}

static void no_time_is_out_of_range(void)
{
	static const int64_t rows[] = {0, -5, 1, 127, 128, 255, 256, 257, INT64_MAX};

	rtt = (struct rtt){0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rtt_add(&rtt, rows[i]);
	CHECK(rtt_percentile(&rtt, 99) <= (double)INT64_MAX, "%f", rtt_percentile(&rtt, 99));
	CHECK(near_to(rtt_percentile(&rtt, 50), 128, 0.01), "%f", rtt_percentile(&rtt, 50));
}

/* Small figures are told exactly: they have a bucket each. */
static void few_and_small_times_are_told_exactly(void)
{
	rtt = (struct rtt){0};
	for (int64_t ns = 4; ns >= 1; ns--)
		rtt_add(&rtt, ns);
	rtt_add(&rtt, 10);
	CHECK(rtt.min == 1 && rtt.max == 10, "%lld %lld", (long long)rtt.min, (long long)rtt.max);
	CHECK(rtt_percentile(&rtt, 1) == 1, "%f", rtt_percentile(&rtt, 1));
	CHECK(rtt_percentile(&rtt, 20) == 1, "%f", rtt_percentile(&rtt, 20));
	CHECK(rtt_percentile(&rtt, 21) == 2, "%f", rtt_percentile(&rtt, 21));
	CHECK(rtt_percentile(&rtt, 40) == 2, "%f", rtt_percentile(&rtt, 40));
	CHECK(rtt_percentile(&rtt, 100) == 10, "%f", rtt_percentile(&rtt, 100));
	CHECK(rtt_avg(&rtt) == 4, "%f", rtt_avg(&rtt));
	/* 9 + 4 + 1 + 0 + 36 by 5, and its root */
	CHECK(near_to(rtt_mdev(&rtt), 3.16227766, 1e-9), "%f", rtt_mdev(&rtt));
}

static void a_bucket_is_told_by_its_middle(void)
{
	for (int64_t ns = 1; ns < INT64_C(1) << 40; ns = ns * 3 + 1) {
		rtt = (struct rtt){0};
		rtt_add(&rtt, 0);
		rtt_add(&rtt, ns);
		rtt_add(&rtt, INT64_MAX);
		CHECK(near_to(rtt_percentile(&rtt, 60), (double)ns, 0.004), "%lld: %f",
		    (long long)ns, rtt_percentile(&rtt, 60));
	}
}

int main(void)
{
	TEST(one_time_is_every_figure);
	TEST(percentiles_are_right_within_a_hundredth);
	TEST(no_time_is_out_of_range);
	TEST(few_and_small_times_are_told_exactly);
	TEST(a_bucket_is_told_by_its_middle);
	return test_failures != 0;
}
