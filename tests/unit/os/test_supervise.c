/* ctest: core */
/* os/parse/supervise: who starts again what ends, and the name under which it does. */
#include "os/parse/supervise.h"
#include "tests/lib/test.h"

static void supervisors_are_known_by_their_names(void)
{
	static const struct {
		const char *program;
		enum supervisor supervisor;
	} rows[] = {
	    {"supervisord", SUPERVISOR_SUPERVISORD},
	    {"runsv", SUPERVISOR_RUNIT},
	    {"s6-supervise", SUPERVISOR_S6},
	    {"supervise", SUPERVISOR_DAEMONTOOLS},
	    {"supervise-daemo", SUPERVISOR_OPENRC},
	    {"PM2 v5.3.0: God", SUPERVISOR_PM2},
	    {"autossh", SUPERVISOR_AUTOSSH},
	    {"nginx", SUPERVISOR_PARENT},
	    {"sh", SUPERVISOR_PARENT},
	    {"", SUPERVISOR_PARENT},
	    {"sudo", SUPERVISOR_NONE},
	    {"systemd", SUPERVISOR_NONE},
	    {"tini", SUPERVISOR_NONE},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(supervise_find(rows[i].program) == rows[i].supervisor, "%s: %d",
		    rows[i].program, (int)supervise_find(rows[i].program));
}

static void the_name_is_read_from_the_environment(void)
{
	static const struct {
		enum supervisor supervisor;
		const char *environ;
		size_t len;
		const char *name;
	} rows[] = {
#define ROW(supervisor, text, name) {(supervisor), (text), sizeof(text) - 1, (name)}
	    ROW(SUPERVISOR_SUPERVISORD,
		"A=1\0SUPERVISOR_GROUP_NAME=web\0SUPERVISOR_PROCESS_NAME=web\0", "web"),
	    ROW(SUPERVISOR_SUPERVISORD,
		"SUPERVISOR_PROCESS_NAME=web_00\0SUPERVISOR_GROUP_NAME=web\0", "web:web_00"),
	    ROW(SUPERVISOR_SUPERVISORD, "SUPERVISOR_PROCESS_NAMES=x\0", ""),
	    ROW(SUPERVISOR_PM2, "HOME=/\0pm_id=3\0", "3"),
	    ROW(SUPERVISOR_PM2, "SUPERVISOR_PROCESS_NAME=web\0", ""),
	    ROW(SUPERVISOR_PM2, "", ""),
#undef ROW
	};
	char name[SUPERVISED], large[SUPERVISED + 32] = "pm_id=";

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		supervise_name(rows[i].supervisor, rows[i].environ, rows[i].len, name);
		CHECK_TEXT(name, rows[i].name);
	}
	/* A name without room is none: it is never cut. */
	memset(large + 6, 'x', SUPERVISED);
	supervise_name(SUPERVISOR_PM2, large, strlen(large), name);
	CHECK_TEXT(name, "");
}

int main(void)
{
	TEST(supervisors_are_known_by_their_names);
	TEST(the_name_is_read_from_the_environment);
	return test_failures != 0;
}
