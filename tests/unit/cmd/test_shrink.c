/* ctest: core */
/* What differs is shrunk to the fewest and plainest steps: this kernel is asked beside a rule with a flaw. */
#include "cmd/rules/attempt.h"
#include "tests/lib/test.h"

static struct attempts attempts;

/* A rule that lacks that fact; and the one of before 6.8 by which the first socket's option lets in too. */
static const struct facts *without(enum rule_fact fact)
{
	static struct facts wrong;

	wrong = *facts_here();
	wrong.set &= ~(UINT64_C(1) << fact | UINT64_C(1) << FACT_FIRST_MARKS);
	return &wrong;
}

static struct sequence sequence_of(const char *const steps[], size_t count)
{
	struct sequence sequence = {.count = count};

	for (size_t i = 0; i < count; i++)
		snprintf(sequence.steps[i], GENERATE_TEXT, "%s", steps[i]);
	return sequence;
}

/* All steps, with a comma between them. */
static const char *in_a_line(const struct sequence *sequence)
{
	static char line[GENERATE_STEPS * GENERATE_TEXT];
	size_t len = 0;

	for (size_t i = 0; i < sequence->count; i++)
		len += (size_t)snprintf(
		    line + len, sizeof line - len, "%s%s", i ? ", " : "", sequence->steps[i]);
	return line;
}

static const char *shrunk(enum rule_fact fact, const char *const steps[], size_t count)
{
	static struct sequence sequence;
	struct attempt attempt;
	struct fault fault;

	attempts.facts = without(fact);
	sequence = sequence_of(steps, count);
	CHECK(attempt_run(&attempts, &sequence, NULL, &attempt, &fault) == 0 && attempt.differs,
	    "does not differ: %s", in_a_line(&sequence));
	CHECK(shrink(&attempts, &sequence, &attempt, &fault) == 0, "not shrunk");
	CHECK(attempt.differs && attempt.count == sequence.count, "differs no more: %s",
	    in_a_line(&sequence));
	return in_a_line(&sequence);
}

static void steps_options_and_addresses_become_plain(void)
{
	static const char *const steps[] = {"f bind 127.0.0.2:P reuseaddr reuseport",
	    "f set reuseaddr", "e bind 0.0.0.0:Q", "d bind 127.0.0.2:Q",
	    "c bind 0.0.0.0:P reuseaddr", "c close", "c bind 0.0.0.0:P reuseaddr"};

	CHECK_TEXT(shrunk(FACT_ADDR, steps, 7),
	    "a bind 127.0.0.1:P reuseaddr, b bind 127.0.0.1:P reuseaddr");
}

static void words_before_one_that_is_needed_go_too(void)
{
	static const char *const steps[] = {
	    "a bind 127.0.0.1:P reuseport reuseaddr", "b bind 127.0.0.1:P reuseaddr"};

	CHECK_TEXT(shrunk(FACT_ADDR, steps, 2),
	    "a bind 127.0.0.1:P reuseaddr, b bind 127.0.0.1:P reuseaddr");
}

/* Of :: the option decides which addresses it takes in, of ::1 nothing. */
static void a_word_goes_once_the_address_that_needed_it_is_plain(void)
{
	static const char *const steps[] = {
	    "a bind [::]:P reuseaddr v6only", "b bind [::1]:P reuseaddr"};

	if (!attempts.no_v6)
		CHECK_TEXT(shrunk(FACT_ADDR, steps, 2),
		    "a bind [::1]:P reuseaddr, b bind [::1]:P reuseaddr");
}

/* Without `b close` the accept is no step any more. */
static void steps_that_rest_on_others_go_with_them(void)
{
	static const char *const steps[] = {"a bind 127.0.0.1:P reuseaddr", "b bind 127.0.0.1:Q",
	    "b close", "b accept a", "b close", "c bind 127.0.0.1:P reuseaddr"};

	CHECK_TEXT(shrunk(FACT_ADDR, steps, 6),
	    "a bind 127.0.0.1:P reuseaddr, b bind 127.0.0.1:P reuseaddr");
}

/* Where a connect to 0.0.0.0 leads is another question. */
static void nothing_is_dialled_that_is_no_address(void)
{
	static const char *const steps[] = {
	    "a bind 0.0.0.0:Q", "a connect 127.0.0.1:P", "d bind 127.0.0.2:Q"};

	CHECK_TEXT(shrunk(FACT_WIDEN, steps, 3),
	    "a bind 0.0.0.0:P, a connect 127.0.0.1:Q, b bind 127.0.0.2:P");
}

int main(void)
{
	if (rule_here() != RULE_LINUX)
		return 77;
	attempts_begin(&attempts, facts_here(), -1);
	if (attempts.no_127)
		return 77;
	TEST(steps_options_and_addresses_become_plain);
	TEST(words_before_one_that_is_needed_go_too);
	TEST(a_word_goes_once_the_address_that_needed_it_is_plain);
	TEST(steps_that_rest_on_others_go_with_them);
	TEST(nothing_is_dialled_that_is_no_address);
	return test_failures != 0;
}
