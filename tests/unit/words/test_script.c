/* ctest: core wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free wrap=name_find */
/* words/script: the steps of a trial as they grow, their host names, and their end. */
#include <stdio.h>

#include "tests/lib/heap.h"
#include "tests/lib/script.h"
#include "tests/lib/test.h"
#include "tcp/resolve.h"

enum { MANY = 100, FAILS = 200 };

/* What was asked of the resolver last, and how often; a name that begins with "no" has no address. */
static struct {
	char name[64];
	int family, count;
	unsigned port;
} asked;

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int __wrap_name_find(const char *name, int family, unsigned port, union addr answers[NAME_ANSWERS],
    const char **why);

int __wrap_name_find(
    const char *name, int family, unsigned port, union addr answers[NAME_ANSWERS], const char **why)
{
	asked.count++;
	asked.family = family;
	asked.port = port;
	snprintf(asked.name, sizeof asked.name, "%s", name);
	*why = "there is none";
	if (!strncmp(name, "no", 2))
		return -1;
	answers[0] = addr_loopback(family == AF_UNSPEC ? AF_INET : family, port);
	answers[1] = addr_any(AF_INET, 1);
	return 2;
}

static void read_all(struct script *script, const char *const texts[])
{
	char why[SCRIPT_WHY] = "";

	CHECK(script_read(script, texts, why) == 0, "%s", why);
}

/* --- host names ------------------------------------------------------------------------- */

static void a_host_is_looked_up_in_the_family_of_its_socket(void)
{
	static const struct {
		int given; /* -4, -6 */
		const char *steps[5];
		int family; /* in which the last name is looked up */
	} rows[] = {
	    {0, {"a bind host:7"}, AF_UNSPEC},
	    {4, {"a bind host:7"}, AF_INET},
	    {6, {"a bind host:7"}, AF_INET6},
	    {0, {"a bind 127.0.0.1:P", "a connect host:7"}, AF_INET},
	    {0, {"a bind [::1]:P", "a connect host:7"}, AF_INET6},
	    {0, {"a bind host:7", "a connect [::1]:P"}, AF_INET6},
	    {0, {"a bind host:7", "a listen", "a connect [::1]:P"}, AF_INET6},
	    /* What is another socket's, or another one of that name, has its own. */
	    {0, {"b bind [::1]:P", "a connect host:7"}, AF_UNSPEC},
	    {0, {"a bind [::1]:P", "a close", "a connect host:7"}, AF_UNSPEC},
	    {0, {"a bind [::1]:P", "a reset", "a connect host:7"}, AF_UNSPEC},
	    {0, {"a bind [::1]:P", "a shutdown", "a connect host:7"}, AF_INET6},
	    {0, {"a connect host:7", "a close", "a bind [::1]:P"}, AF_UNSPEC},
	    {0, {"a bind [::1]:P", "a close", "a bind 127.0.0.1:P", "a connect host:7"}, AF_INET},
	    /* The first one counts. */
	    {0, {"a bind 127.0.0.1:P", "a connect host:7", "a connect [::1]:P"}, AF_INET},
	    {6, {"b bind [::1]:P", "a connect host:7"}, AF_INET6},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct script script = {.family = rows[i].given};
		size_t number = 0;
		char why[SCRIPT_WHY] = "";
		asked.count = 0;
		read_all(&script, rows[i].steps);
		CHECK(script_find(&script, &number, why) == 0, "row %zu: %s", i, why);
		CHECK(asked.count == 1 && asked.family == rows[i].family && asked.port == 7 &&
			  !strcmp(asked.name, "host"),
		    "row %zu: %d times, family %d, port %u, %s", i, asked.count, asked.family,
		    asked.port, asked.name);
		script_clear(&script);
	}
}

static void the_first_answer_is_the_address(void)
{
	static const char *const steps[] = {"a bind 127.0.0.1:1", "a connect host:80", NULL};
	struct script script = {0};
	size_t number = 0;
	char why[SCRIPT_WHY] = "", text[ADDR_TEXT];

	read_all(&script, steps);
	CHECK(script_find(&script, &number, why) == 0, "%s", why);
	CHECK_TEXT(addr_print(&script.steps[0].addr, text), "127.0.0.1:1");
	CHECK_TEXT(addr_print(&script.steps[1].addr, text), "127.0.0.1:80");
	/* It is known now. */
	asked.count = 0;
	CHECK(script_find(&script, &number, why) == 0 && asked.count == 0, "asked %d times",
	    asked.count);
	script_clear(&script);
}

static void a_host_without_address_is_told_with_its_step(void)
{
	static const char *const steps[] = {"a connect host:1", "b connect nowhere:2", NULL};
	struct script script = {0};
	size_t number = 0;
	char why[SCRIPT_WHY] = "";

	read_all(&script, steps);
	script.lines[0].number = 5;
	script.lines[1].number = 9;
	CHECK(script_find(&script, &number, why) == -1 && number == 9, "step %zu", number);
	CHECK_TEXT(why, "address 'nowhere': there is none");
	script_clear(&script);
	CHECK(heap_pieces == 0, "%ld pieces are kept", heap_pieces);
}

static void without_names_a_host_is_no_address(void)
{
	static const char *const steps[] = {"a bind localhost:1", NULL};
	struct script script = {.numeric = 1};
	char why[SCRIPT_WHY] = "";

	CHECK(script_read(&script, steps, why) == -1, "taken");
	CHECK_TEXT(why, "address 'localhost:1': not a number (-n: no names)");
	script_clear(&script);
	script = (struct script){.family = 4};
	CHECK(script_read(&script, (const char *const[]){"a bind [::1]:1", NULL}, why) == -1,
	    "taken");
	CHECK_TEXT(why, "address '[::1]:1': not an IPv4 address (-4)");
	script_clear(&script);
	script = (struct script){.family = 6};
	CHECK(script_read(&script, (const char *const[]){"a bind 127.0.0.1:1", NULL}, why) == -1,
	    "taken");
	CHECK_TEXT(why, "address '127.0.0.1:1': not an IPv6 address (-6)");
	script_clear(&script);
}

/* --- memory ----------------------------------------------------------------------------- */

static void many_steps_and_names_are_kept_in_their_order(void)
{
	struct script script = {0};
	char why[SCRIPT_WHY] = "", words[64], text[64];

	for (int i = 0; i < MANY; i++) {
		snprintf(words, sizeof words, "n%d bind 127.0.0.1:%d", i, 1000 + i);
		CHECK(script_add(&script, words, strlen(words), why) == 0, "%s", why);
	}
	CHECK(script.count == MANY && script.name_count == MANY, "%zu steps, %zu names",
	    script.count, script.name_count);
	for (int i = 0; i < MANY; i++) {
		snprintf(words, sizeof words, "n%d bind 127.0.0.1:%d", i, 1000 + i);
		CHECK_TEXT(script_text(&script, (size_t)i, NULL, text, sizeof text), words);
		CHECK(script.steps[i].socket == i &&
			  addr_port(&script.steps[i].addr) == 1000u + (unsigned)i,
		    "step %d: socket %d, port %u", i, script.steps[i].socket,
		    addr_port(&script.steps[i].addr));
		words[strcspn(words, " ")] = 0;
		CHECK(!strcmp(script.names[i]->name, words) && script.names[i]->number == i,
		    "name %d", i);
	}
	const struct trial_plan plan = script_plan(&script, 42);
	CHECK(plan.steps == script.steps && plan.count == MANY && plan.family == AF_INET &&
		  plan.stop == 42,
	    "%zu steps, family %d, stop %d", plan.count, plan.family, plan.stop);
	script.family = 6;
	CHECK(script_plan(&script, -1).family == AF_INET6, "IPv4 with -6");
	script.numeric = 1;
	script_clear(&script);
	CHECK(script.count == 0 && !script.steps && !script.names && !script.by_name &&
		  script.family == 6 && script.numeric == 1,
	    "%zu steps, family %d", script.count, script.family);
	CHECK(heap_pieces == 0, "%ld pieces are kept", heap_pieces);
}

static void nothing_is_kept_of_a_step_that_is_refused(void)
{
	static const char *const steps[] = {"a bind host:P extra", "a bind host:99999", "a",
	    "a bnd", "a connect host:P uid=x", "a-b listen", "a bind 127.1:P"};
	char why[SCRIPT_WHY] = "";

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct script script = {0};
		CHECK(script_add(&script, steps[i], strlen(steps[i]), why) == -1, "'%s'", steps[i]);
		script_clear(&script);
		CHECK(heap_pieces == 0, "'%s': %ld pieces are kept", steps[i], heap_pieces);
	}
}

/* Memory may end anywhere. */
static void without_memory_a_step_is_refused_and_the_others_stay(void)
{
	static const char *const steps[] = {"a bind host:7", "b listen 1", "c name", "d name",
	    "e name", "f name", "g name", "h name", "i name", "a connect 127.0.0.1:P", NULL};
	int refused = 0;

	for (int most = 0; most < FAILS; most++) {
		struct script script = {0};
		char why[SCRIPT_WHY] = "";
		heap_left = most;
		const int result = script_read(&script, steps, why);
		heap_left = -1;
		refused += result < 0;
		CHECK(result == 0 || strstr(why, "memory"), "after %d pieces: \"%s\"", most, why);
		CHECK((result == 0) == (script.count == sizeof steps / sizeof *steps - 1),
		    "after %d pieces: %zu steps", most, script.count);
		script_clear(&script);
		CHECK(heap_pieces == 0, "after %d pieces: %ld are kept", most, heap_pieces);
	}
	CHECK(refused > 20 && refused < FAILS, "refused %d times", refused);
}

/* --- text ------------------------------------------------------------------------------- */

static void a_text_has_the_room_that_it_asks_for(void)
{
	static const unsigned ports[TRIAL_PORTS] = {0, 65535, 65534, 65533};
	static const char *const steps[] = {"a bind 127.0.0.1:Q device=\x01\x02\x03", NULL};
	static const char whole[] = "a bind 127.0.0.1:65534 device=\\x01\\x02\\x03";
	struct script script = {0};
	char text[128];

	read_all(&script, steps);
	CHECK(script_text_size(&script, 0) == 4 * strlen(steps[0]) + 6, "%zu",
	    script_text_size(&script, 0));
	CHECK_TEXT(script_text(&script, 0, ports, text, script_text_size(&script, 0)), whole);
	/* With less it is cut, and ended by a NUL. */
	for (size_t size = 1; size < sizeof whole; size++) {
		memset(text, 'x', sizeof text);
		script_text(&script, 0, ports, text, size);
		CHECK(
		    strlen(text) < size && !strncmp(text, whole, strlen(text)) && text[size] == 'x',
		    "%zu bytes: \"%.*s\"", size, (int)size, text);
	}
	script_clear(&script);
}

int main(void)
{
	heap_left = -1;
	TEST(a_host_is_looked_up_in_the_family_of_its_socket);
	TEST(the_first_answer_is_the_address);
	TEST(a_host_without_address_is_told_with_its_step);
	TEST(without_names_a_host_is_no_address);
	TEST(many_steps_and_names_are_kept_in_their_order);
	TEST(nothing_is_kept_of_a_step_that_is_refused);
	TEST(without_memory_a_step_is_refused_and_the_others_stay);
	TEST(a_text_has_the_room_that_it_asks_for);
	return test_failures != 0;
}
