/* ctest: core */
/* words/settings: options of a socket, as typed and as they are set. */
#include <unistd.h>

#include "tcp/call.h"
#include "tests/lib/test.h"
#include "words/settings.h"

static void each_word_is_one_setting(void)
{
	static const struct {
		const char *word;
		enum option option;
		int64_t value;
	} rows[] = {
	    {"reuseaddr", OPTION_REUSEADDR, 1},
	    {"reuseport", OPTION_REUSEPORT, 1},
	    {"v6only", OPTION_V6ONLY, 1},
	    {"no-v6only", OPTION_V6ONLY, 0},
	    {"freebind", OPTION_FREEBIND, 1},
	    {"no-port", OPTION_NO_PORT, 1},
	};
	static const char *const none[] = {"", "reuse", "reuseaddr ", "REUSEADDR", "xreuseaddr"};
	struct setting setting;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(settings_word(rows[i].word, strlen(rows[i].word), &setting), "'%s'",
		    rows[i].word);
		CHECK(setting.option == rows[i].option && setting.value == rows[i].value,
		    "'%s': option %d, %lld", rows[i].word, (int)setting.option,
		    (long long)setting.value);
		CHECK(!*setting.device, "'%s' has a device", rows[i].word);
	}
	setting = (struct setting){.option = OPTION_NODELAY, .value = 5};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		CHECK(!settings_word(none[i], strlen(none[i]), &setting), "'%s'", none[i]);
	/* Of a longer text its beginning. */
	CHECK(!settings_word("reuseaddr", 8, &setting), "a part of a word");
	CHECK(setting.option == OPTION_NODELAY && setting.value == 5, "it was changed");
	CHECK(
	    settings_word("reuseport,reuseaddr", 9, &setting) && setting.option == OPTION_REUSEPORT,
	    "option %d", (int)setting.option);
}

static void the_name_of_an_interface_has_as_many_letters_as_fit(void)
{
	struct setting setting = {0};
	char name[IF_NAMESIZE + 1], why[OPT_WHY] = "";

	memset(name, 'x', sizeof name);
	name[IF_NAMESIZE] = 0;
	CHECK(settings_device(name, &setting, why) == -1, "%d letters", IF_NAMESIZE);
	CHECK_TEXT(why, "not the name of an interface");
	CHECK(settings_device("", &setting, why) == -1, "no letter");
	name[IF_NAMESIZE - 1] = 0;
	CHECK(settings_device(name, &setting, why) == 0, "%d letters", IF_NAMESIZE - 1);
	CHECK(setting.option == OPTION_DEVICE, "option %d", (int)setting.option);
	CHECK_TEXT(setting.device, name);
}

static void a_keepalive_is_at_most_nine_hours(void)
{
	static const struct {
		const char *word;
		int64_t us; /* -1: refused */
		const char *why;
	} rows[] = {
	    {"32767s", INT64_C(32767000000), ""},
	    {"32768s", -1, "more than 32767 s"},
	    {"1500ms", 1500000, ""},
	    {"1s", 1000000, ""},
	};
	char why[OPT_WHY];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t us = 7;
		*why = 0;
		const int result = settings_keepalive(rows[i].word, &us, why);
		CHECK(
		    result == (rows[i].us < 0 ? -1 : 0) && us == (rows[i].us < 0 ? 7 : rows[i].us),
		    "%s: %d, %lld", rows[i].word, result, (long long)us);
		CHECK_TEXT(why, rows[i].why);
	}
	int64_t us = 7;
	CHECK(settings_keepalive("soon", &us, why) == -1 && us == 7, "%lld", (long long)us);
}

static void what_is_wanted_is_set_in_this_order(void)
{
	static const struct {
		struct settings_wanted wanted;
		struct setting settings[SETTINGS_MOST];
		size_t count;
	} rows[] = {
	    {{.timeout_us = 250},
		{{.option = OPTION_REUSEADDR, .value = 1}, {.option = OPTION_REUSEPORT, .value = 1},
		    {.option = OPTION_RCVTIMEO, .value = 250},
		    {.option = OPTION_SNDTIMEO, .value = 250},
		    {.option = OPTION_NODELAY, .value = 1},
		    {.option = OPTION_OOBINLINE, .value = 1}},
		6},
	    {{.no_reuseaddr = 1},
		{{.option = OPTION_REUSEPORT, .value = 1}, {.option = OPTION_RCVTIMEO},
		    {.option = OPTION_SNDTIMEO}, {.option = OPTION_NODELAY, .value = 1},
		    {.option = OPTION_OOBINLINE, .value = 1}},
		5},
	    {{.no_reuseport = 1, .keepalive_us = 1},
		{{.option = OPTION_REUSEADDR, .value = 1}, {.option = OPTION_RCVTIMEO},
		    {.option = OPTION_SNDTIMEO}, {.option = OPTION_NODELAY, .value = 1},
		    {.option = OPTION_OOBINLINE, .value = 1},
		    {.option = OPTION_KEEPIDLE, .value = 1},
		    {.option = OPTION_KEEPALIVE, .value = 1}},
		7},
	    {{.no_reuseaddr = 1,
		 .no_reuseport = 1,
		 .keepalive_us = 2000000,
		 .device = {.option = OPTION_DEVICE, .device = "lo"}},
		{{.option = OPTION_RCVTIMEO}, {.option = OPTION_SNDTIMEO},
		    {.option = OPTION_NODELAY, .value = 1},
		    {.option = OPTION_OOBINLINE, .value = 1},
		    {.option = OPTION_KEEPIDLE, .value = 2},
		    {.option = OPTION_KEEPALIVE, .value = 1},
		    {.option = OPTION_DEVICE, .device = "lo"}},
		7},
	    /* Whole seconds, the way up. */
	    {{.no_reuseaddr = 1, .no_reuseport = 1, .keepalive_us = 2000001},
		{{.option = OPTION_RCVTIMEO}, {.option = OPTION_SNDTIMEO},
		    {.option = OPTION_NODELAY, .value = 1},
		    {.option = OPTION_OOBINLINE, .value = 1},
		    {.option = OPTION_KEEPIDLE, .value = 3},
		    {.option = OPTION_KEEPALIVE, .value = 1}},
		6},
	    {{.no_reuseaddr = 1, .no_reuseport = 1, .keepalive_us = INT64_C(32767000000)},
		{{.option = OPTION_RCVTIMEO}, {.option = OPTION_SNDTIMEO},
		    {.option = OPTION_NODELAY, .value = 1},
		    {.option = OPTION_OOBINLINE, .value = 1},
		    {.option = OPTION_KEEPIDLE, .value = 32767},
		    {.option = OPTION_KEEPALIVE, .value = 1}},
		6},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct setting got[SETTINGS_MOST];
		const size_t n = settings_write(&rows[i].wanted, got);
		CHECK(n == rows[i].count, "row %zu: %zu settings", i, n);
		for (size_t j = 0; j < n && n == rows[i].count; j++) {
			const struct setting *want = &rows[i].settings[j];
			CHECK(got[j].option == want->option && got[j].value == want->value &&
				  !strcmp(got[j].device, want->device),
			    "row %zu, setting %zu: option %d, %lld, '%s'", i, j, (int)got[j].option,
			    (long long)got[j].value, got[j].device);
		}
	}
}

static void the_options_of_sharing_are_named(void)
{
	static const char *const names[] = {
	    "no options", "SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEADDR SO_REUSEPORT"};
	char text[SETTINGS_NAMES];
	struct fault fault;

	for (unsigned set = 0; set < 4; set++) {
		const int fd = call_socket(AF_INET);
		const struct setting addr = {.option = OPTION_REUSEADDR, .value = set & 1},
				     port = {.option = OPTION_REUSEPORT, .value = set >> 1};
		CHECK(option_set(fd, &addr, &fault) == 0 && option_set(fd, &port, &fault) == 0,
		    "not set");
		CHECK_TEXT(settings_names(fd, text), names[set]);
		close(fd);
	}
}

int main(void)
{
	TEST(each_word_is_one_setting);
	TEST(the_name_of_an_interface_has_as_many_letters_as_fit);
	TEST(a_keepalive_is_at_most_nine_hours);
	TEST(what_is_wanted_is_set_in_this_order);
	TEST(the_options_of_sharing_are_named);
	return test_failures != 0;
}
