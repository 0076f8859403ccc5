/* ctest: wrap=sysconf wrap=view_observation */
/* Experiment 13 where there is no limit of descriptors: sysconf says so. */
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/experiment/lesson.h"
#include "cmd/experiment/stage.h"
#include "tests/lib/test.h"

enum { SOCKETS = 5000, SPARE = 100 };

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
long __real_sysconf(int name);
long __wrap_sysconf(int name);

/* MemorySanitizer calls it before it has a shadow to write to. */
#ifdef __clang__
__attribute__((disable_sanitizer_instrumentation))
#endif
long __wrap_sysconf(int name)
{
	return name == _SC_OPEN_MAX ? -1 : __real_sysconf(name);
}
static char first[VIEW_TEXT];
static unsigned judged;

void __wrap_view_observation(struct show *show, const struct observation *seen);

void __wrap_view_observation(struct show *show, const struct observation *seen)
{
	(void)show;
	if (!*first)
		snprintf(first, sizeof first, "%s", seen->text);
	judged += strstr(seen->text, "last thousand to first") != NULL;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void without_a_limit_as_many_are_bound_as_it_ever_takes(void)
{
	struct show show = {.stop = -1};
	struct stage stage = {.show = &show};

	experiment_bind_cost.parts[0].steps[0].run(&stage);
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
