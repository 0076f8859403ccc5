/* ctest: os=Linux native wrap=trace_ask */
/* os/linux/trace_give: what the kernel is asked for, on one that takes it (Linux 6.16) and on one that does not. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "os/linux/trace_thread.h"
#include "tests/lib/test.h"

enum { THREAD = 7, GET_INFO = 0x420e, SET_INFO = 0x4212, WORDS = 11, VALUE = 3, ERROR = 4 };

static bool takes;            /* whether the kernel knows SET_INFO */
static uint64_t given[WORDS]; /* by the last SET_INFO */
static unsigned sets, of_registers;

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
long __wrap_trace_ask(int request, long thread, uintptr_t addr, uintptr_t data);

long __wrap_trace_ask(int request, long thread, uintptr_t addr, uintptr_t data)
{
	uint64_t info[WORDS];

	CHECK(thread == THREAD, "thread %ld", thread);
	if (request == GET_INFO) {
		for (uint64_t i = 0; i < WORDS; i++)
			info[i] = 100 + i;
		info[ERROR] = 0;
		memcpy((void *)data, info, sizeof info); /* NOLINT(performance-no-int-to-ptr) */
		return (long)addr;
	}
	if (request == SET_INFO) {
		sets++;
		memcpy(given, (void *)data, sizeof given); /* NOLINT(performance-no-int-to-ptr) */
		return takes ? 0 : -1;
	}
	of_registers++;
	return -1;
}

static void begin(bool known)
{
	takes = known;
	sets = of_registers = 0;
}

static void what_was_told_goes_back_with_one_word_changed(uint64_t value)
{
	for (uint64_t i = 0; i < WORDS; i++)
		CHECK(i == ERROR || given[i] == (i == VALUE ? value : 100 + i), "word %llu: %llx",
		    (unsigned long long)i, (unsigned long long)given[i]);
}

static void a_call_that_the_kernel_skips_is_asked_for_once(void)
{
	begin(true);
	CHECK(trace_skip(THREAD) == 0, "not skipped");
	CHECK(sets == 1 && of_registers == 0, "%u, %u by registers", sets, of_registers);
	what_was_told_goes_back_with_one_word_changed((uint64_t)-1);
}

static void a_result_is_an_error(void)
{
	uint8_t is_error = 0;

	begin(true);
	CHECK(trace_give(THREAD, EACCES) == 0, "not given");
	CHECK(sets == 1 && of_registers == 0, "%u, %u by registers", sets, of_registers);
	what_was_told_goes_back_with_one_word_changed((uint64_t) - (int64_t)EACCES);
	memcpy(&is_error, &given[ERROR], sizeof is_error);
	CHECK(is_error == 1, "is_error %u", is_error);
}

static void where_nothing_takes_it_that_is_told(void)
{
	begin(false);
	CHECK(trace_skip(THREAD) == -1, "skipped");
	CHECK(trace_give(THREAD, EACCES) == -1, "given");
	CHECK(sets == 2, "asked %u times", sets);
#if defined __x86_64__ || defined __aarch64__
	CHECK(of_registers == 2, "%u by registers", of_registers);
#endif
}

int main(void)
{
	TEST(a_call_that_the_kernel_skips_is_asked_for_once);
	TEST(a_result_is_an_error);
	TEST(where_nothing_takes_it_that_is_told);
	return test_failures != 0;
}
