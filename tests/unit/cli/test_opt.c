/* ctest: core */
/* cli/opt: words to a struct. */
#include <stddef.h>
#include <stdio.h>

#include "cli/spelling.h"
#include "cli/opt.h"
#include "tests/lib/test.h"

struct opts {
	int quiet, stamp, family;
	uint64_t count;
	int64_t every_us;
	const char *word;
};

static const struct opt table[] = {
    {'q', "quiet", NULL, offsetof(struct opts, quiet), NULL, 1, ""},
    {'D', "stamp", NULL, offsetof(struct opts, stamp), NULL, 1, ""},
    {'c', "count", "N", offsetof(struct opts, count), opt_count, 0, ""},
    {'i', "interval", "D", offsetof(struct opts, every_us), opt_duration_or_none, 0, ""},
    {0},
};

static const struct opt more[] = {
    {'4', "ipv4", NULL, offsetof(struct opts, family), NULL, 4, ""},
    {'6', "ipv6", NULL, offsetof(struct opts, family), NULL, 6, ""},
    {'w', "word", "W", offsetof(struct opts, word), opt_word, 0, ""},
    {0},
};

enum { WORDS = 16 };

/* Splits `line` at its spaces and reads it; the words stay in `argv`. */
static int read_line(
    const char *line, struct opts *o, char *argv[WORDS], int *argc, char why[OPT_WHY])
{
	static char text[256];
	char *rest = text;

	snprintf(text, sizeof text, "%s", line);
	*argc = 0;
	*o = (struct opts){0};
	for (char *word; (word = strsep(&rest, " ")) && *argc < WORDS;)
		argv[(*argc)++] = word;
	return opt_read(table, more, OPT_ANYWHERE, o, *argc, argv, why);
}

static void options_stand_anywhere_and_operands_keep_their_order(void)
{
	static const char *const rows[] = {"x -q -c 3 a b", "x a -q b -c3", "x a b -qc3",
	    "x a b -qc 3", "x a --count=3 b --quiet", "x -q --count 3 -- a b",
	    "x a -c 9 -q b -c 3"};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct opts o;
		char *argv[WORDS], why[OPT_WHY] = "";
		int argc;
		const int first = read_line(rows[i], &o, argv, &argc, why);
		CHECK(
		    first >= 0 && argc - first == 2, "%s: %d of %d %s", rows[i], first, argc, why);
		if (first < 0)
			continue;
		CHECK_TEXT(argv[first], "a");
		CHECK_TEXT(argv[first + 1], "b");
		CHECK(o.quiet == 1 && o.count == 3, "%s: %d %d", rows[i], o.quiet, (int)o.count);
	}
}

static void two_dashes_end_the_options(void)
{
	struct opts o;
	char *argv[WORDS], why[OPT_WHY];
	int argc;
	const int first = read_line("x a -- -q --", &o, argv, &argc, why);

	CHECK(argc - first == 3, "%d operands", argc - first);
	CHECK_TEXT(argv[first], "a");
	CHECK_TEXT(argv[first + 1], "-q");
	CHECK_TEXT(argv[first + 2], "--");
	CHECK(o.quiet == 0, "%d", o.quiet);
}

static void the_last_of_two_counts(void)
{
	struct opts o;
	char *argv[WORDS], why[OPT_WHY];
	int argc;

	read_line("x -4 -6 -c1 -c2", &o, argv, &argc, why);
	CHECK(o.family == 6 && o.count == 2, "%d %d", o.family, (int)o.count);
	read_line("x -64", &o, argv, &argc, why);
	CHECK(o.family == 4, "%d", o.family);
}

static void a_lone_dash_is_an_operand(void)
{
	struct opts o;
	char *argv[WORDS], why[OPT_WHY];
	int argc;
	const int first = read_line("x - -q", &o, argv, &argc, why);

	CHECK(argc - first == 1 && o.quiet == 1, "%d %d", argc - first, o.quiet);
	CHECK_TEXT(argv[first], "-");
}

static void complaints_name_the_word(void)
{
	static const char *const rows[][2] = {
	    {"x --quie", "unknown option '--quie', did you mean '--quiet'?"},
	    {"x --zzzzzzzz", "unknown option '--zzzzzzzz'"},
	    {"x --co=3", "unknown option '--co=3'"},
	    {"x -z", "unknown option '-z'"},
	    {"x --quiet=1", "--quiet takes no value, not '1'"},
	    {"x --count", "--count: its N is missing"},
	    {"x -c", "-c: its N is missing"},
	    {"x -c 0", "-c '0': must be at least 1"},
	    {"x --interval=nan",
		"--interval 'nan': not a duration, such as 5, 0.2, 200ms, 2m or 1h"},
	    {"x --word=", "--word '': empty"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct opts o;
		char *argv[WORDS], why[OPT_WHY] = "";
		int argc;
		const int first = read_line(rows[i][0], &o, argv, &argc, why);
		CHECK(first == -1, "%s: %d", rows[i][0], first);
		CHECK_TEXT(why, rows[i][1]);
	}
}

static void durations_have_units(void)
{
	static const struct {
		const char *word;
		int64_t us; /* -1: malformed */
	} rows[] = {{"5", 5000000}, {"5s", 5000000}, {"200ms", 200000}, {"2m", 120000000},
	    {"1h", 3600000000}, {"0.2", 200000}, {".5", 500000}, {"1.5s", 1500000}, {"0", 0},
	    {"0.0000001", 0}, {"1.000000000000000000001s", 1000000}, {"nan", -1}, {"inf", -1},
	    {"-1", -1}, {"", -1}, {"5x", -1}, {"1e3", -1}, {"5.", -1}, {".", -1}, {"s", -1},
	    {"1 s", -1}, {"99999999999999999999999", -1}, {"1000000h", 3600000000000000},
	    {"1000001h", -1}, {"5S", -1}, {"0x5", -1}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char why[OPT_WHY];
		int64_t us = 7;
		const int result = opt_duration_or_none(rows[i].word, &us, why);
		const int64_t got = result < 0 ? -1 : us;
		CHECK(got == rows[i].us, "'%s': got %lld, want %lld", rows[i].word, (long long)got,
		    (long long)rows[i].us);
	}
}

static void counts_have_k_and_m(void)
{
	static const struct {
		const char *word;
		int64_t n; /* -1: malformed */
	} rows[] = {{"1", 1}, {"20", 20}, {"5k", 5000}, {"1M", 1000000}, {"0", -1}, {"-1", -1},
	    {"", -1}, {"k", -1}, {"1kk", -1}, {"1m", -1}, {"1K", -1}, {"2147483647", 2147483647},
	    {"2147483648", -1}, {"3000M", -1}, {"1.5k", -1}, {"18446744073709551617", -1}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char why[OPT_WHY];
		uint64_t n = 7;
		const int result = opt_count(rows[i].word, &n, why);
		const int64_t got = result < 0 ? -1 : (int64_t)n;
		CHECK(got == rows[i].n, "'%s': got %lld, want %lld", rows[i].word, (long long)got,
		    (long long)rows[i].n);
	}
}

static void distance_counts_slips(void)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {{"listen", "listen", 0}, {"lsten", "listen", 1}, {"lisetn", "listen", 1},
	    {"lusten", "listen", 1}, {"", "why", 3}, {"try", "why", 2}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const unsigned got = spelling_distance(rows[i].a, rows[i].b);
		CHECK(got == rows[i].distance, "%s %s: %u", rows[i].a, rows[i].b, got);
	}
}

int main(void)
{
	TEST(options_stand_anywhere_and_operands_keep_their_order);
	TEST(two_dashes_end_the_options);
	TEST(the_last_of_two_counts);
	TEST(a_lone_dash_is_an_operand);
	TEST(complaints_name_the_word);
	TEST(durations_have_units);
	TEST(counts_have_k_and_m);
	TEST(distance_counts_slips);
	return test_failures != 0;
}
