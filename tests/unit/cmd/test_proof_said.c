/* ctest: wrap=out_width wrap=clock_us wrap=memory_read wrap=stop_wanted */
/* cmd/limits: all that the view of a proof shows, word for word. */
#include <signal.h>

#include "clock.h"
#include "cmd/limits/proof_view.h"
#include "tests/lib/shown.h"

static int stopped;
static int64_t now_us;
static struct memory memory;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_out_width(void);
int64_t __wrap_clock_us(void);
void __wrap_memory_read(struct memory *into);
int __wrap_stop_wanted(void);

int __wrap_out_width(void)
{
	return OUT_UNBOUNDED;
}

int64_t __wrap_clock_us(void)
{
	return now_us;
}

void __wrap_memory_read(struct memory *into)
{
	*into = memory;
}

int __wrap_stop_wanted(void)
{
	return stopped;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct proof proof;

static void show_proof(void)
{
	proof_view(&proof);
}

static void show_progress(void)
{
	for (int stage = 0; stage < 3; stage++) {
		proof.told_us = now_us - SECOND_US;
		proof_view_progress(&proof, stage, now_us - INT64_C(4) * SECOND_US);
		/* Too soon. */
		now_us += SECOND_US - 1;
		proof_view_progress(&proof, stage, now_us - INT64_C(4) * SECOND_US);
		now_us -= SECOND_US - 1;
	}
	proof_view_stage("opened", 100, INT64_C(2) * SECOND_US);
	proof_view_stage("echoed", 0, INT64_C(2) * SECOND_US);
}

static void the_proof_is_told_as_far_as_it_came(void)
{
	now_us = INT64_C(100) * SECOND_US;
	memory = (struct memory){.available = 5000000000, .total = 8000000000};
	proof = (struct proof){
	    .fleet.plan = {.connections = 1000, .source = addr_loopback(AF_INET, 4000)},
	    .count = {.opened = 100, .echoed = 40, .closed = 20},
	    .began_us = INT64_C(90) * SECOND_US,
	    .open_us = 1500,
	    .kernel_bytes = 5000,
	    .own_bytes = 10050,
	    .sources = 1,
	    .counted = 100};
	CHECK_LINES(shown_as((struct common){0}, show_proof),
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 100 opened, 40 echoed, 10.0 s\n"
	    "15.0 us a connection; kernel 50 bytes each, both ends; own 100 bytes\n"
	    "100 connections, distinct sources: 1, in the kernel's own table\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_proof),
	    "{\"event\":\"proof\",\"asked\":1000,\"opened\":100,\"echoed\":40,\"seconds\":10.000,\"source\":\"127.0.0.1:4000\",\"sources\":1,\"own_bytes_each\":100,\"kernel_bytes_each\":50}\n");
	CHECK_LINES(shown_as((struct common){0}, show_progress),
	    "opened 100 in 2.0 s, 20000.0 us each\n"
	    "echoed 0 in 2.0 s, 0.0 us each\n");
	CHECK_LINES(shown_as((struct common){.verbose = 1}, show_progress),
	    "opened 100 of 1000, 25/s, 5.0 GB free, 36 s left\n"
	    "echoed 40 of 100, 10/s, 5.0 GB free, 6 s left\n"
	    "closed 20 of 100, 5/s, 5.0 GB free, 16 s left\n"
	    "opened 100 in 2.0 s, 20000.0 us each\n"
	    "echoed 0 in 2.0 s, 0.0 us each\n");
	CHECK_LINES(shown_as((struct common){.quiet = 1}, show_progress), "");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_progress),
	    "{\"event\":\"progress\",\"opened\":100,\"echoed\":40}\n"
	    "{\"event\":\"progress\",\"opened\":100,\"echoed\":40}\n"
	    "{\"event\":\"progress\",\"opened\":100,\"echoed\":40}\n");
	memory.available = -1;
	proof.count.closed = 0;
	CHECK_LINES(shown_as((struct common){.verbose = 1}, show_progress),
	    "opened 100 of 1000, 25/s, 36 s left\n"
	    "echoed 40 of 100, 10/s, 6 s left\n"
	    "closed 0 of 100, 0/s\n"
	    "opened 100 in 2.0 s, 20000.0 us each\n"
	    "echoed 0 in 2.0 s, 0.0 us each\n");
	proof.own_bytes = -1;
	proof.census_cut = true;
	CHECK_LINES(shown_as((struct common){0}, show_proof),
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 100 opened, 40 echoed, 10.0 s\n"
	    "15.0 us a connection; kernel 50 bytes each, both ends\n"
	    "100 connections, distinct sources: 1, in the part of the kernel's own table that was read\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_proof),
	    "{\"event\":\"proof\",\"asked\":1000,\"opened\":100,\"echoed\":40,\"seconds\":10.000,\"source\":\"127.0.0.1:4000\",\"sources\":null,\"own_bytes_each\":null,\"kernel_bytes_each\":50}\n");
	proof.own_bytes = 0;
	proof.kernel_bytes = -1;
	proof.sources = 0;
	proof.census_cut = false;
	CHECK_LINES(shown_as((struct common){.color = COMMON_COLOR_ALWAYS}, show_proof),
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 100 opened, 40 echoed, 10.0 s\n"
	    "15.0 us a connection; own 0 bytes\n"
	    "\033[1m100 connections, distinct sources: 0\033[0m, in the kernel's own table\n");
	proof.sources = -1;
	proof.census_failed = true;
	proof.count.opened = 1;
	CHECK_LINES(shown_as((struct common){0}, show_proof),
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 1 opened, 40 echoed, 10.0 s\n"
	    "1500.0 us a connection; own 0 bytes\n"
	    "the kernel's own table of connections cannot be read here\n");
	proof.count.opened = 0;
	stopped = SIGTERM;
	CHECK_LINES(shown_as((struct common){0}, show_proof),
	    "interrupted: all are closed\n"
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 0 opened, 40 echoed, 10.0 s\n"
	    "the kernel's own table of connections cannot be read here\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_proof),
	    "{\"event\":\"proof\",\"asked\":1000,\"opened\":0,\"echoed\":40,\"seconds\":10.000,\"source\":\"127.0.0.1:4000\",\"sources\":null,\"own_bytes_each\":null,\"kernel_bytes_each\":null}\n");
	stopped = 0;
	proof.open_us = 0;
	proof.census_failed = false;
	proof.count.opened = 5;
	CHECK_LINES(shown_as((struct common){0}, show_proof),
	    "--- 127.0.0.1:4000 ---\n"
	    "1000 asked, 5 opened, 40 echoed, 10.0 s\n");
}

int main(void)
{
	TEST(the_proof_is_told_as_far_as_it_came);
	return test_failures != 0;
}
