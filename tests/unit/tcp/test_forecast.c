/* ctest: core */
/* Some thousands of random pairs of sockets: this kernel answers as the documented rule of its system says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tcp/errname.h"
#include "tcp/forecast.h"
#include "tcp/port.h"
#include "tcp/trial.h"
#include "tests/lib/script.h"
#include "tests/lib/test.h"

enum { STEPS = 24, STEP = 160, TRIALS = 4000, WAITING_EVERY = 25 };

/* Where to dial whom binds there. */
static const struct {
	const char *bind, *words, *dial;
} places[] = {
    {"0.0.0.0", "", "127.0.0.1"},
    {"127.0.0.1", "", "127.0.0.1"},
    {"127.0.0.2", "", "127.0.0.2"},
    {"[::]", " no-v6only", "[::1]"},
    {"[::]", " no-v6only", "127.0.0.1"},
    {"[::]", " v6only", "[::1]"},
    {"[::1]", "", "[::1]"},
    {"[::ffff:127.0.0.1]", " no-v6only", "127.0.0.1"},
};
enum { PLACES = sizeof places / sizeof *places };

static const char *const option_words[] = {"", " reuseaddr", " reuseport", " reuseaddr reuseport"};

struct text {
	char steps[STEPS][STEP];
	size_t count;
};

static bool other_users, ipv6;

static int some_place(void)
{
	for (;;) {
		const int place = (int)port_random(PLACES);
		if (ipv6 || places[place].bind[0] != '[')
			return place;
	}
}

static void add_bind(struct text *text, char name, int place)
{
	const bool with_device = option_known(OPTION_DEVICE) && port_random(8) == 0;
	const char *uid = other_users && port_random(3) == 0 ? " uid=65534" : "";

	snprintf(text->steps[text->count++], STEP, "%c bind %s:%c%s%s%s%s", name,
	    places[place].bind, port_random(8) ? 'P' : 'Q', places[place].words,
	    option_words[port_random(4)], with_device ? " device=lo" : "", uid);
}

/* A holder, in any state but TIME_WAIT, and a newcomer. No third: Linux remembers of a port who came last,
 * and may let the next one in by comparing with that one alone (sk_reuseport_match). */
static void write_sharing(struct text *text)
{
	const int sockets = 2;

	for (int i = 0; i < sockets; i++) {
		add_bind(text, (char)('a' + i), some_place());
		if (port_random(2) == 0)
			snprintf(text->steps[text->count++], STEP, "%c listen",
			    'a' + (int)port_random((unsigned)i + 1));
		if (port_random(6) == 0)
			snprintf(text->steps[text->count++], STEP, "%c %s reuseaddr",
			    'a' + (int)port_random((unsigned)i + 1),
			    port_random(2) ? "set" : "clear");
	}
}

/* A listener whose connection goes into TIME_WAIT, or nowhere by a reset; then others come. */
static void write_waiting(struct text *text)
{
	const int place = some_place();

	snprintf(text->steps[0], STEP, "a bind %s:P%s%s", places[place].bind, places[place].words,
	    option_words[port_random(4)]);
	snprintf(text->steps[1], STEP, "a listen");
	snprintf(text->steps[2], STEP, "x connect %s:P", places[place].dial);
	snprintf(text->steps[3], STEP, "s accept a");
	const bool server_first = port_random(3) > 0;
	snprintf(text->steps[4], STEP, "%c close", server_first ? 's' : 'x');
	snprintf(text->steps[5], STEP, "%c %s", server_first ? 'x' : 's',
	    port_random(4) ? "close" : "reset");
	text->count = 6;
	if (port_random(4))
		snprintf(text->steps[text->count++], STEP, "a close");
	add_bind(text, 'b', some_place());
}

/* Runs it; returns whether kernel and rule agree, telling the differences where `tell`. */
static bool agrees(const struct text *text, bool tell)
{
	struct script script = {0};
	struct trial_result results[STEPS];
	struct forecast forecasts[STEPS];
	struct fault fault;
	char why[SCRIPT_WHY] = "";
	bool same = true;

	for (size_t i = 0; i < text->count; i++)
		CHECK(script_add(&script, text->steps[i], strlen(text->steps[i]), why) == 0,
		    "%s: %s", text->steps[i], why);
	const struct trial_plan plan = script_plan(&script, -1);
	const int ran = trial_run(&plan, results, NULL, &fault);
	forecast(facts_here(), script.steps, script.count, geteuid(), forecasts);
	CHECK(ran == 0, "could not begin: %s", errname(fault.error));
	for (size_t i = 0; i < script.count && ran == 0; i++) {
		const bool here = results[i].fault.at == forecasts[i].fault.at &&
				  results[i].fault.error == forecasts[i].fault.error;
		same &= here;
		if (tell)
			printf("  %-60s kernel %s, rule %s%s\n", text->steps[i],
			    results[i].fault.at ? errname(results[i].fault.error) : "ok",
			    forecasts[i].fault.at ? errname(forecasts[i].fault.error) : "ok",
			    here ? "" : "  <--");
	}
	script_clear(&script);
	return same;
}

static void the_kernel_answers_as_the_rule_says(void)
{
	int differences = 0;

	for (int i = 0; i < TRIALS && differences < 5; i++) {
		struct text text = {.count = 0};
		if (i % WAITING_EVERY == 0)
			write_waiting(&text);
		else
			write_sharing(&text);
		/* A stranger may have taken a port: such a difference does not come back. */
		if (agrees(&text, false) || agrees(&text, false))
			continue;
		differences++;
		printf("trial %d:\n", i);
		agrees(&text, true);
	}
	CHECK(differences == 0, "%d trials differ", differences);
}

int main(void)
{
	struct script script = {0};
	struct trial_result results[2] = {0};
	struct fault fault;
	char why[SCRIPT_WHY];
	static const char *const steps[] = {"a bind 127.0.0.1:P uid=65534", "b bind [::1]:P", NULL};

	script_read(&script, steps, why);
	const struct trial_plan plan = script_plan(&script, -1);
	if (trial_run(&plan, results, NULL, &fault) < 0)
		return 77;
	other_users = results[0].fault.at == CALL_NONE;
	ipv6 = results[1].fault.at == CALL_NONE;
	script_clear(&script);
	printf("%s other users, %s IPv6\n", other_users ? "with" : "without",
	    ipv6 ? "with" : "without");

	TEST(the_kernel_answers_as_the_rule_says);
	return test_failures != 0;
}
