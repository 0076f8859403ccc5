/* ctest: wrap=sysconf */
/* lore/bind_cost where there is no limit of descriptors: sysconf says so. */
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/experiment/lessons.h"
#include "tests/lib/test.h"

enum { SOCKETS = 5000, SPARE = 100 };

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
long __real_sysconf(int name);
long __wrap_sysconf(int name);

long __wrap_sysconf(int name)
{
	return name == _SC_OPEN_MAX ? -1 : __real_sysconf(name);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static char first[STAGE_TEXT];
static unsigned judged;

static void hear(void *who, const struct deed *deed)
{
	(void)who;
	if (!*first)
		snprintf(first, sizeof first, "%s", deed->text);
	judged += strstr(deed->text, "last thousand to first") != NULL;
}

static void show(void *who, const char *text)
{
	(void)who;
	(void)text;
}

static void without_a_limit_as_many_are_bound_as_it_ever_takes(void)
{
	const unsigned ports[3] = {0};
	struct stage stage = {.stop = -1, .ports = ports, .tell = hear, .line = show, .skip = show};

	experiment_bind_cost.scenes[0].acts[0].drive(&stage);
	CHECK(!strncmp(first, "5000 x bind", strlen("5000 x bind")), "first \"%s\"", first);
	CHECK(judged == 2, "%u judged", judged);
}

int main(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max < SOCKETS + SPARE) {
		printf("skip: fewer than %d descriptors\n", SOCKETS + SPARE);
		return 77;
	}
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
		perror("setrlimit");
		return 1;
	}
	TEST(without_a_limit_as_many_are_bound_as_it_ever_takes);
	return test_failures != 0;
}
