/* The odd answers of Linux, which rest on what was bound before: the forecast knows each, by version, and
 * this kernel gives it where it is of that version. */
#include <unistd.h>

#include "tcp/errname.h"
#include "tcp/forecast.h"
#include "tests/lib/script.h"
#include "tests/lib/test.h"

enum { STEPS = 9, NEWEST = VERSION_OF(6, 18, 44) };

static const struct oddity {
	const char *steps[STEPS];
	unsigned version;
	const char *last; /* how the last step fares */
} oddities[] = {
    {{"a bind 127.0.0.1:P reuseaddr", "b bind 127.0.0.1:P reuseaddr reuseport", "b close",
	 "c bind 127.0.0.1:P reuseport"},
	NEWEST, "ok"},
    {{"a bind 127.0.0.1:P reuseaddr", "b bind 127.0.0.1:P reuseaddr reuseport", "b close",
	 "d bind 127.0.0.1:P reuseaddr", "c bind 127.0.0.1:P reuseport"},
	NEWEST, "EADDRINUSE"},
    {{"a bind 127.0.0.1:P reuseport", "a clear reuseport", "b bind 127.0.0.1:P reuseport"}, NEWEST,
	"ok"},
    {{"a bind 127.0.0.1:P reuseport", "a clear reuseport", "c bind 127.0.0.2:P",
	 "b bind 127.0.0.1:P reuseport"},
	NEWEST, "EADDRINUSE"},
    {{"a bind [::1]:P", "b bind 0.0.0.0:P reuseport", "c bind [::]:P no-v6only reuseport",
	 "c listen"},
	NEWEST, "ok"},
    {{"a bind [::1]:P", "c bind [::]:P no-v6only reuseport"}, NEWEST, "EADDRINUSE"},
    {{"a bind [::ffff:0.0.0.0]:P no-v6only", "a connect [::ffff:127.0.0.1]:Q",
	 "b bind 127.0.0.2:P"},
	NEWEST, "ok"},
    {{"a bind 0.0.0.0:P", "a connect 127.0.0.1:Q", "b bind 127.0.0.2:P"}, NEWEST, "EADDRINUSE"},
    {{"a bind [::]:P no-v6only", "a listen", "c connect [::1]:P", "s accept a", "a close",
	 "b bind 0.0.0.0:P"},
	NEWEST, "EADDRINUSE"},
    {{"a bind [::]:P no-v6only", "a listen", "c connect [::1]:P", "s accept a", "a close",
	 "b bind 127.0.0.1:P"},
	NEWEST, "ok"},
    {{"a bind 127.0.0.1:P", "a listen", "c connect 127.0.0.1:P", "c reset", "s accept a",
	 "s bind 127.0.0.2:P"},
	NEWEST, "ok"},
    /* A port that connect chose is given up by disconnect, one that bind chose is not. */
    {{"l bind 127.0.0.1:P", "l listen", "a connect 127.0.0.1:P", "a disconnect",
	 "a bind 127.0.0.1:Q"},
	NEWEST, "ok"},
    {{"l bind 127.0.0.1:P", "l listen", "a bind 127.0.0.1:Q", "a connect 127.0.0.1:P",
	 "a disconnect", "a bind 127.0.0.1:R"},
	NEWEST, "EINVAL"},
    /* Before 6.8 the first at a port decides, whatever it clears later. */
    {{"a bind 127.0.0.1:P reuseaddr", "a clear reuseaddr", "b bind 127.0.0.1:P reuseaddr"},
	VERSION_OF(6, 1, 176), "ok"},
    {{"a bind 127.0.0.1:P reuseaddr", "a clear reuseaddr", "b bind 127.0.0.1:P reuseaddr"}, NEWEST,
	"EADDRINUSE"},
    /* A fault of Debian's 6.1. */
    {{"a bind [::ffff:0.0.0.0]:P no-v6only", "a listen", "b bind [::ffff:127.0.0.1]:P no-v6only"},
	VERSION_OF(6, 1, 176), "ok"},
    {{"a bind [::ffff:0.0.0.0]:P no-v6only", "a listen", "b bind [::ffff:127.0.0.1]:P no-v6only"},
	NEWEST, "EADDRINUSE"},
};

/* Of another user: what waits in a queue is root's before 6.17. */
static const char *const queued[] = {"a bind 127.0.0.1:P reuseport uid=65534", "a listen",
    "c connect 127.0.0.1:P", "b bind 0.0.0.0:P reuseport uid=65534", NULL};

/* How the last of the steps fares by that rule. Returns `text`. */
static const char *foresee_by(const struct facts *facts, const char *const steps[],
    struct script *script, char text[TRIAL_TEXT])
{
	struct forecast forecasts[STEPS];
	char why[SCRIPT_WHY];

	script_read(script, steps, why);
	CHECK(forecast(facts, script->steps, script->count, 0, forecasts) == 0, "no memory");
	const struct trial_result result = {.fault = forecasts[script->count - 1].fault};
	return trial_text(&script->steps[script->count - 1], &result, text);
}

static const char *foresee(
    const char *const steps[], unsigned version, struct script *script, char text[TRIAL_TEXT])
{
	const struct facts facts = facts_of(RULE_LINUX, version);

	return foresee_by(&facts, steps, script, text);
}

/* Linux, inet_csk_listen_start: "there is a window between sk_state change and the port lookup". */
static void listen_asks_again_on_linux_and_not_on_a_bsd(void)
{
	static const char *const steps[] = {"a bind 127.0.0.1:P reuseaddr",
	    "b bind 0.0.0.0:P reuseaddr", "a listen", "b listen", NULL};

	for (int system = 0; system < RULE_SYSTEMS; system++) {
		const struct facts facts = facts_of((enum rule_system)system, 0);
		const bool asks = system == RULE_LINUX;
		struct script script = {0};
		char text[TRIAL_TEXT];
		foresee_by(&facts, steps, &script, text);
		CHECK(!strcmp(text, asks ? "EADDRINUSE" : "ok"), "%s: %s",
		    rule_system_name((enum rule_system)system), text);
		script_clear(&script);
	}
}

static void each_is_forecast(void)
{
	for (size_t i = 0; i < sizeof oddities / sizeof *oddities; i++) {
		struct script script = {0};
		char text[TRIAL_TEXT];
		foresee(oddities[i].steps, oddities[i].version, &script, text);
		CHECK(
		    !strcmp(text, oddities[i].last), "%zu: %s, not %s", i, text, oddities[i].last);
		script_clear(&script);
	}
}

static void a_queue_is_of_its_listeners_user_from_6_17_on(void)
{
	struct script before = {0}, since = {0};
	char text[TRIAL_TEXT];

	CHECK_TEXT(foresee(queued, VERSION_OF(6, 12, 117), &before, text), "EADDRINUSE");
	CHECK_TEXT(foresee(queued, VERSION_OF(6, 17, 0), &since, text), "ok");
	script_clear(&before);
	script_clear(&since);
}

static void this_kernel_gives_them(void)
{
	const struct facts newest = facts_of(RULE_LINUX, NEWEST);

	if (facts_here()->system != RULE_LINUX || facts_here()->set != newest.set ||
	    access("/proc/net/if_inet6", R_OK) < 0) {
		printf("skipped: this kernel goes by other rows than 6.18, or has no IPv6\n");
		return;
	}
	for (size_t i = 0; i < sizeof oddities / sizeof *oddities; i++) {
		struct script script = {0};
		struct trial_result results[STEPS];
		struct fault fault;
		char why[SCRIPT_WHY], text[TRIAL_TEXT];
		if (oddities[i].version != NEWEST)
			continue;
		script_read(&script, oddities[i].steps, why);
		const struct trial_plan plan = script_plan(&script, -1);
		CHECK(trial_run(&plan, results, NULL, &fault) == 0, "%s", errname(fault.error));
		trial_text(&script.steps[script.count - 1], &results[script.count - 1], text);
		CHECK(
		    !strcmp(text, oddities[i].last), "%zu: %s, not %s", i, text, oddities[i].last);
		script_clear(&script);
	}
}

int main(void)
{
	TEST(listen_asks_again_on_linux_and_not_on_a_bsd);
	TEST(each_is_forecast);
	TEST(a_queue_is_of_its_listeners_user_from_6_17_on);
	TEST(this_kernel_gives_them);
	return test_failures != 0;
}
