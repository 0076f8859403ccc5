/* ctest: core */
/* words/who: who has a socket, in words. */
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
}

int main(void)
{
	TEST(a_process_is_called_by_its_name_as_far_as_there_is_room);
	TEST(of_many_four_are_named);
	return test_failures != 0;
}
