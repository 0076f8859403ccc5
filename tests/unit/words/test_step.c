/* ctest: core */
/* The words of a step, read into data; and what is said of malformed ones. */
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

#include "words/script.h"
#include "tests/lib/test.h"

static void malformed_steps_are_told(void)
{
	static const struct {
		const char *words, *why; /* the beginning of it */
	} rows[] = {
	    {"", "name is missing: expected letters and digits"},
	    {"   ", "name is missing"},
	    {"a-b bind :P", "name 'a-b': expected letters and digits"},
	    {"\xc3\xa4 bind :P", "name '\xc3\xa4': expected letters and digits"},
	    {"a", "verb is missing: expected bind, set, clear,"},
	    {"a bnd", "verb 'bnd': expected bind, set, clear,"},
	    {"a BIND :P", "verb 'BIND': expected bind"},
	    {"a bind", "address is missing: expected ADDR:PORT"},
	    {"a bind 3000", "address '3000': expected ADDR:PORT"},
	    {"a bind ::1:P", "address '::1:P': expected ADDR:PORT"},
	    {"a bind 127.1:P", "address '127.1:P': not an IPv4 address"},
	    {"a bind 0x7f.1:P", "address '0x7f.1:P': not an IPv4 address"},
	    {"a bind [127.0.0.1]:P", "address '[127.0.0.1]:P': not an IPv6 address"},
	    {"a bind [::1]:", "port '': not a number from 0 to 65535"},
	    {"a bind 127.0.0.1:65536", "port '65536': not a number from 0 to 65535"},
	    {"a bind 127.0.0.1:PQ", "port 'PQ': not a number"},
	    {"a bind 127.0.0.1:p", "port 'p': not a number"},
	    {"a bind :P reuse", "option 'reuse': expected reuseaddr, reuseport"},
	    {"a bind :P device=", "option 'device=': not the name of an interface"},
	    {"a bind :P device", "option 'device': expected reuseaddr"},
	    {"a bind :P port-range=1", "option 'port-range=1': expected port-range=LO-HI"},
	    {"a bind :P port-range=1-65536", "option 'port-range=1-65536': expected port-range"},
	    {"a bind :P uid=", "option 'uid=': expected uid=N"},
	    {"a bind :P uid=-1", "option 'uid=-1': expected uid=N"},
	    {"a bind :P uid=4294967295", "option 'uid=4294967295': expected uid=N"},
	    {"a set", "option is missing: expected reuseaddr"},
	    {"a set uid=1", "option 'uid=1': expected reuseaddr"},
	    {"a clear", "option is missing: expected reuseaddr"},
	    {"a clear device=lo", "option 'device=lo': expected reuseaddr"},
	    {"a clear port-range=1-2", "option 'port-range=1-2': expected reuseaddr"},
	    {"a clear uid=1", "option 'uid=1': expected reuseaddr"},
	    {"a listen x", "backlog 'x': not a count"},
	    {"a listen -1", "backlog '-1': not a count"},
	    {"a listen 1 2", "word '2': expected the end of the step"},
	    {"a connect", "address is missing"},
	    {"a disconnect now", "word 'now': expected the end of the step"},
	    {"s accept", "name of the listener is missing"},
	    {"s accept a-b", "name of the listener 'a-b': expected letters and digits"},
	    {"s accept s", "name 's': expected a name other"},
	    {"s accept a b", "word 'b': expected the end of the step"},
	    {"a close now", "word 'now': expected the end of the step"},
	    {"a shutdown both", "word 'both': expected rd, wr or rdwr"},
	    {"a shutdown rd wr", "word 'wr': expected the end of the step"},
	    {"a name b", "word 'b': expected the end of the step"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct script script = {0};
		char why[SCRIPT_WHY] = "nothing";
		const int result = script_add(&script, rows[i].words, strlen(rows[i].words), why);
		CHECK(result < 0, "'%s' was taken", rows[i].words);
		CHECK(!strncmp(why, rows[i].why, strlen(rows[i].why)), "'%s': %s", rows[i].words,
		    why);
		CHECK(script.count == 0, "'%s': %zu steps", rows[i].words, script.count);
		script_clear(&script);
	}
}

static int add(struct script *script, const char *words)
{
	char why[SCRIPT_WHY];
	const int result = script_add(script, words, strlen(words), why);

	CHECK(result == 0, "'%s': %s", words, why);
	return result;
}

static void numbers_and_letters_reach_to_their_bounds(void)
{
	struct script script = {0};

	add(&script, "azAZ09 bind 127.0.0.1:65535 uid=4294967294");
	add(&script, "azAZ09 listen 0");
	add(&script, "azAZ09 listen 17");
	add(&script, "azAZ09 bind :P uid=0 port-range=0-65535");
	CHECK(script.count == 4, "%zu steps", script.count);
	if (script.count == 4) {
		CHECK(addr_port(&script.steps[0].addr) == 65535, "%u",
		    addr_port(&script.steps[0].addr));
		CHECK(script.steps[0].uid == 4294967294, "%lld", (long long)script.steps[0].uid);
		CHECK(script.steps[1].backlog == 0, "%d", script.steps[1].backlog);
		CHECK(script.steps[2].backlog == 17, "%d", script.steps[2].backlog);
		CHECK(script.steps[3].uid == 0, "%lld", (long long)script.steps[3].uid);
		CHECK(script.steps[3].settings[0].value == (INT64_C(65535) << 16), "%lld",
		    (long long)script.steps[3].settings[0].value);
	}
	script_clear(&script);
}

static void options_are_read_in_their_order(void)
{
	struct script script = {0};

	if (add(&script, "a bind 127.0.0.1:P reuseport uid=7 reuseaddr port-range=1-2 no-v6only") ==
	    0) {
		const struct step *step = &script.steps[0];
		CHECK(step->verb == TRIAL_BIND && step->port == TRIAL_P, "verb %d", step->verb);
		CHECK(step->uid == 7, "uid %lld", (long long)step->uid);
		CHECK(step->setting_count == 4, "%zu settings", step->setting_count);
		CHECK(step->settings[0].option == OPTION_REUSEPORT, "first");
		CHECK(step->settings[1].option == OPTION_REUSEADDR, "second");
		CHECK(step->settings[2].value == 1 + (2 << 16), "range %lld",
		    (long long)step->settings[2].value);
		CHECK(step->settings[3].option == OPTION_V6ONLY && step->settings[3].value == 0,
		    "last");
	}
	script_clear(&script);
}

static void clear_undoes_set(void)
{
	struct script script = {0};

	if (add(&script, "a clear reuseaddr no-v6only device") == 0) {
		const struct step *step = &script.steps[0];
		CHECK(step->settings[0].value == 0, "reuseaddr %lld",
		    (long long)step->settings[0].value);
		CHECK(step->settings[1].value == 1, "no-v6only cleared is v6only");
		CHECK(step->settings[2].option == OPTION_DEVICE && !*step->settings[2].device,
		    "device");
	}
	script_clear(&script);
}

static void letters_are_filled_in_and_nothing_else(void)
{
	static const unsigned ports[TRIAL_PORTS] = {0, 11111, 22222, 33333};
	static const struct {
		const char *words, *text;
	} rows[] = {
	    {"P bind :P", "P bind :11111"},
	    {"  a\tbind   [::1]:Q  reuseaddr ", "a bind [::1]:22222 reuseaddr"},
	    {"a connect 127.0.0.1:R", "a connect 127.0.0.1:33333"},
	    {"a bind 127.0.0.1:0", "a bind 127.0.0.1:0"},
	    {"a bind 127.0.0.1:00080", "a bind 127.0.0.1:00080"},
	    {"a bind :P device=P\x01", "a bind :11111 device=P\\x01"},
	    {"Q accept P", "Q accept P"},
	};
	struct script script = {0};
	char text[200];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (add(&script, rows[i].words) == 0) {
			script_text(&script, script.count - 1, ports, text, sizeof text);
			CHECK_TEXT(text, rows[i].text);
		}
	script_clear(&script);
}

static void a_name_keeps_its_number(void)
{
	struct script script = {0};

	add(&script, "a listen");
	add(&script, "b name");
	add(&script, "a name");
	add(&script, "A name");
	CHECK(script.name_count == 3, "%zu names", script.name_count);
	CHECK(script.steps[2].socket == script.steps[0].socket, "a became another");
	script_clear(&script);
}

/* Whether an accept succeeds is not known yet, so a name that may have none can be accepted. */
static void an_accepted_name_is_new(void)
{
	static const struct {
		const char *steps[4];
		bool taken; /* the last of them; those before it are */
	} rows[] = {
	    {{"s accept a"}, true},
	    {{"s accept a", "s accept a"}, true},
	    {{"s accept a", "s shutdown", "s accept a"}, true},
	    {{"s accept a", "t accept s", "s accept a"}, true},
	    {{"s accept a", "s close", "s accept a"}, true},
	    {{"s bind :P", "s reset", "s accept a"}, true},
	    {{"s bind :P", "s accept a"}, false},
	    {{"s accept a", "s close", "s bind :P", "s accept a"}, false},
	    {{"t accept s", "s accept a"}, false},
	};
	char why[SCRIPT_WHY];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct script script = {0};
		int result = 0;
		for (size_t j = 0; j < 4 && rows[i].steps[j]; j++) {
			const char *words = rows[i].steps[j];
			CHECK(result == 0, "row %zu: before '%s': %s", i, words, why);
			result = script_add(&script, words, strlen(words), why);
		}
		CHECK((result == 0) == rows[i].taken, "row %zu: %s", i, result ? why : "taken");
		script_clear(&script);
	}
}

/* The processor time that so many names take; -1 where they are not all there. */
static double time_of_names(int count)
{
	struct script script = {0};
	const clock_t began = clock();
	char words[40];

	for (int i = 0; i < count; i++) {
		snprintf(words, sizeof words, "n%d listen", i);
		if (add(&script, words) < 0)
			break;
	}
	const double took = (double)(clock() - began) / CLOCKS_PER_SEC;
	CHECK(script.name_count == (size_t)count, "%zu names", script.name_count);
	CHECK(script.steps[count - 1].socket == count - 1, "%d", script.steps[count - 1].socket);
	script_clear(&script);
	return took;
}

/* Searched one by one, ten times as many would take a hundred times as long. */
static void many_names_are_found_soon(void)
{
	enum { NAMES = 10000 };
	const double most = 40;
	const double few = time_of_names(NAMES) + 0.005, many = time_of_names(10 * NAMES);

	CHECK(
	    many < most * few, "%d names took %.3f s, ten times as many %.3f s", NAMES, few, many);
}

static void a_nul_byte_is_no_text(void)
{
	struct script script = {0};
	char why[SCRIPT_WHY] = "";

	CHECK(script_add(&script, "a name\0", 7, why) < 0, "was taken");
	CHECK(!strncmp(why, "a NUL byte", 10), "%s", why);
	script_clear(&script);
}

static void families_are_as_asked_for(void)
{
	struct script script = {.family = 6};
	char why[SCRIPT_WHY] = "";

	add(&script, "a bind :P");
	CHECK(script.steps[0].addr.any.sa_family == AF_INET6, "with -6 :P is of family %d",
	    script.steps[0].addr.any.sa_family);
	CHECK(script_add(&script, "a bind 127.0.0.1:P", 18, why) < 0, "IPv4 with -6");
	script_clear(&script);
	script.family = 0;
	add(&script, "a bind :P");
	add(&script, "b bind [::ffff:1.2.3.4]:P");
	CHECK(script.steps[0].addr.any.sa_family == AF_INET, ":P is of family %d",
	    script.steps[0].addr.any.sa_family);
	CHECK(script.steps[1].addr.any.sa_family == AF_INET6, "mapped is of family %d",
	    script.steps[1].addr.any.sa_family);
	script_clear(&script);
}

int main(void)
{
	TEST(malformed_steps_are_told);
	TEST(numbers_and_letters_reach_to_their_bounds);
	TEST(options_are_read_in_their_order);
	TEST(clear_undoes_set);
	TEST(letters_are_filled_in_and_nothing_else);
	TEST(a_name_keeps_its_number);
	TEST(an_accepted_name_is_new);
	TEST(many_names_are_found_soon);
	TEST(a_nul_byte_is_no_text);
	TEST(families_are_as_asked_for);
	return test_failures != 0;
}
