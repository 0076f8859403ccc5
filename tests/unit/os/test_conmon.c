/* ctest: os=Linux native */
/* os/linux/places_named: podman's containers have the names that their conmon was given. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/linux/places_named.h"
#include "tests/lib/test.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define ONE    DIGITS "1"
#define TWO    DIGITS "2"
#define THREE  DIGITS "3"

struct helper {
	pid_t pid;
	int go_on;
};

/* This program again, which waits under another name. */
static struct helper start(const char *program, const char *id, const char *name)
{
	int begun[2], go_on[2];
	char byte;

	if (pipe2(begun, O_CLOEXEC) < 0 || pipe2(go_on, O_CLOEXEC) < 0)
		abort();
	const pid_t pid = fork();
	if (pid == 0) {
		dup2(go_on[0], STDIN_FILENO);
		dup2(begun[1], STDOUT_FILENO);
		execl("/proc/self/exe", program, "-c", id, "-n", name, (char *)NULL);
		_exit(1);
	}
	close(begun[1]);
	close(go_on[0]);
	CHECK(read(begun[0], &byte, 1) == 1, "it did not begin");
	close(begun[0]);
	return (struct helper){.pid = pid, .go_on = go_on[1]};
}

static void end(const struct helper *helper)
{
	close(helper->go_on);
	waitpid(helper->pid, NULL, 0);
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
	const struct helper helpers[] = {start("conmon", ONE, "first"),
	    start("other", TWO, "wrong"), start("conmon", TWO, "second"),
	    start("conmon", THREE, "third")};

	snprintf(places[4].container, sizeof places[4].container, "%s", ONE);
	containers_name(&holders);
	CHECK_TEXT(places[0].name, "");
	CHECK_TEXT(places[1].name, "first");
	CHECK_TEXT(places[2].name, "second");
	CHECK_TEXT(places[3].name, "known");
	CHECK_TEXT(places[4].name, "");
	CHECK_TEXT(places[5].name, ""); /* it is none of them */
	for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
		end(&helpers[i]);
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
	char byte;

	if (argc > 1) {
		prctl(PR_SET_NAME, (unsigned long)argv[0], 0, 0, 0);
		return write(STDOUT_FILENO, "", 1) != 1 || read(STDIN_FILENO, &byte, 1) != 0;
	}
	TEST(a_container_has_the_name_that_its_conmon_was_given);
	TEST(without_its_conmon_it_has_none);
	return test_failures != 0;
}
