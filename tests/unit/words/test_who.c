/* ctest: core */
/* words/who: who has a socket, in words. */
#include "cli/out.h"
#include "tests/lib/test.h"
#include "words/who.h"

enum { MOST = 6 };

static void a_process_is_called_by_its_name_as_far_as_there_is_room(void)
{
	struct process process = {.pid = 12};
	char text[WHO_TEXT], wanted[WHO_TEXT];

	CHECK_TEXT(who_process(&process, text), "process 12");
	snprintf(process.program, sizeof process.program, "nc");
	CHECK_TEXT(who_process(&process, text), "nc[12]");
	snprintf(process.program, sizeof process.program, "a\033b");
	CHECK_TEXT(who_process(&process, text), "a\\x1bb[12]");
	memset(process.program, 'x', sizeof process.program - 1);
	snprintf(wanted, sizeof wanted, "%.39s[12]", process.program);
	CHECK_TEXT(who_process(&process, text), wanted);
}

static void of_many_four_are_named(void)
{
	static struct process processes[MOST];
	static struct owner owners[MOST];
	struct placement place = {0};
	struct holder holder = {.inode = 1};
	const struct holders holders = {.processes = processes,
	    .process_count = MOST,
	    .owners = owners,
	    .owner_count = MOST,
	    .places = &place,
	    .place_count = 1};
	char text[WHO_TEXT];

	for (size_t i = 0; i < MOST; i++) {
		processes[i] = (struct process){.pid = 1 + (long)i, .program = "nc"};
		owners[i] = (struct owner){.process = i};
	}
	holder.owner_count = 4;
	CHECK_TEXT(who_text(&holders, &holder, text), "nc[1] nc[2] nc[3] nc[4]");
	holder.owner_count = MOST;
	CHECK_TEXT(who_text(&holders, &holder, text), "nc[1] nc[2] nc[3] nc[4] and 2 more");
	holder.owner_count = 5;
	CHECK_TEXT(who_text(&holders, &holder, text), "nc[1] nc[2] nc[3] nc[4] and 1 more");
	holder.owner_count = 1;
	CHECK_TEXT(who_text(&holders, &holder, text), "nc[1]");
}

/* Of a socket without a process its place is told, else its user, if it is one. */
static void without_a_process_place_or_user_are_told(void)
{
	static const struct {
		struct placement place;
		uint64_t inode;
		long uid;
		const char *text;
	} rows[] = {
	    {{.unit = "web.service"}, 1, 0, "a process of web.service"},
	    {{.unit = "session-1.scope", .session = true}, 1, 4294967, "a socket of 4294967"},
	    {{.container = "0123456789ab"}, 1, -1, "a process of 0123456789ab"},
	    {{.container = "0123456789ab", .name = "web"}, 1, -1, "a process of web"},
	    {{.unit = ""}, 1, 0, "a socket of 0"},
	    {{.unit = ""}, 1, 4294968, "a socket of 4294968"},
	    {{.unit = ""}, 1, -1, "a socket"},
	    {{.unit = ""}, 0, 0, "no process"},
	    {{.unit = ""}, 0, -1, "no process"},
	};
	char text[WHO_TEXT] = "before";

	out_style(&(struct common){.numeric = 1});
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct placement place = rows[i].place;
		const struct holders holders = {.places = &place, .place_count = 1};
		const struct holder holder = {.inode = rows[i].inode, .uid = rows[i].uid};
		CHECK_TEXT(who_text(&holders, &holder, text), rows[i].text);
	}
	CHECK_TEXT(who_user(7), "7");
	CHECK_TEXT(who_user(7), "7");
	CHECK_TEXT(who_user(8), "8");
	out_style(&(struct common){0});
	CHECK_TEXT(who_user(0), "root");
}

int main(void)
{
	TEST(a_process_is_called_by_its_name_as_far_as_there_is_room);
	TEST(of_many_four_are_named);
	TEST(without_a_process_place_or_user_are_told);
	return test_failures != 0;
}
