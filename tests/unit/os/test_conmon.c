/* ctest: os=Linux native */
/* os/linux/places_named: podman's containers have the names that their conmon was given. */
#include <sys/prctl.h>

#include "os/linux/places_named.h"
#include "tests/lib/again.h"
#include "tests/lib/test.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define ONE    DIGITS "1"
#define TWO    DIGITS "2"
#define THREE  DIGITS "3"

/* This program again, which waits under another name. */
static struct again process(const char *program, const char *id, const char *name)
{
	struct again again;
	const bool runs = again_start(
	    &again, "/proc/self/exe", (const char *[]){program, "-c", id, "-n", name, NULL});

	CHECK(runs, "%s does not run", program);
	return again;
}

static struct placement podman(const char *id, const char *name)
{
	struct placement place = {.engine = CONTAINER_PODMAN};

	snprintf(place.container, sizeof place.container, "%s", id);
	snprintf(place.name, sizeof place.name, "%s", name);
	return place;
}

static void a_container_has_the_name_that_its_conmon_was_given(void)
{
	struct placement places[] = {{.engine = CONTAINER_NONE}, podman(ONE, ""), podman(TWO, ""),
	    podman(THREE, "known"), {.engine = CONTAINER_OTHER}, podman(TWO, "")};
	struct holders holders = {.places = places, .place_count = 5};
	const struct again helpers[] = {process("conmon", ONE, "first"),
	    process("other", TWO, "wrong"), process("conmon", TWO, "second"),
	    process("conmon", THREE, "third")};

	snprintf(places[4].container, sizeof places[4].container, "%s", ONE);
	containers_name(&holders);
	CHECK_TEXT(places[0].name, "");
	CHECK_TEXT(places[1].name, "first");
	CHECK_TEXT(places[2].name, "second");
	CHECK_TEXT(places[3].name, "known");
	CHECK_TEXT(places[4].name, "");
	CHECK_TEXT(places[5].name, ""); /* it is none of them */
	for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
		again_end(&helpers[i]);
}

static void without_its_conmon_it_has_none(void)
{
	struct placement places[] = {{.engine = CONTAINER_NONE}, podman(ONE, "")};
	struct holders holders = {.places = places, .place_count = 2};

	containers_name(&holders);
	CHECK_TEXT(places[1].name, "");
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		prctl(PR_SET_NAME, (unsigned long)argv[0], 0, 0, 0);
		return again_wait();
	}
	TEST(a_container_has_the_name_that_its_conmon_was_given);
	TEST(without_its_conmon_it_has_none);
	return test_failures != 0;
}
