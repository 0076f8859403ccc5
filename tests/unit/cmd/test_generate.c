/* ctest: core emulated */
/* Random trials of `rules --fuzz`. */
#include <stdbool.h>

#include "cmd/rules/sequence.h"
#include "tests/lib/test.h"

enum { TRIALS = 3000 };

/* FNV-1a */
static void hash_of(const char *text, uint64_t *sum)
{
	for (; *text; text++)
		*sum = (*sum ^ (unsigned char)*text) * UINT64_C(1099511628211);
}

static void the_same_seed_is_the_same_trial_on_every_system(void)
{
	uint64_t sum = UINT64_C(14695981039346656037);

	for (uint64_t seed = 1; seed <= TRIALS; seed++) {
		struct sequence sequence;
		generate(seed, &sequence);
		for (size_t i = 0; i < sequence.count; i++) {
			hash_of(sequence.steps[i], &sum);
			hash_of("\n", &sum);
		}
	}
	CHECK(sum == UINT64_C(0xee57e067999fd0ec),
	    "%llx: whoever noted a seed has another trial now", (unsigned long long)sum);
}

/* An accept without one would wait for nothing. */
static void nobody_accepts_twice_without_a_connect_between(void)
{
	for (uint64_t seed = 1; seed <= TRIALS; seed++) {
		struct sequence sequence;
		bool dialled[256] = {false}; /* since the last accept of the listener, by name */
		generate(seed, &sequence);
		for (size_t i = 0; i < sequence.count; i++) {
			const char *const accept = strstr(sequence.steps[i], " accept ");
			if (strstr(sequence.steps[i], " connect "))
				memset(dialled, true, sizeof dialled);
			if (!accept)
				continue;
			bool *const one = &dialled[(unsigned char)accept[strlen(" accept ")]];
			CHECK(*one, "seed %llu, step %zu: %s", (unsigned long long)seed, i + 1,
			    sequence.steps[i]);
			*one = false;
		}
	}
}

int main(void)
{
	TEST(the_same_seed_is_the_same_trial_on_every_system);
	TEST(nobody_accepts_twice_without_a_connect_between);
	return test_failures != 0;
}
