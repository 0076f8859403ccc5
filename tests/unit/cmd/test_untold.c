/* ctest: wrap=holders_read */
/* cmd/why where the system tells nothing of who holds a port: holders_read answers as asked here. */
#include <ctype.h>
#include <errno.h>

#include "cli/command.h"
#include "os/holder.h"
#include "tests/lib/captured.h"
#include "tests/lib/test.h"

static int answer; /* the errno */
static char said[16384];

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port);

int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port)
{
	(void)protocols;
	(void)port;
	*holders = (struct holders){0};
	errno = answer;
	return -1;
}

/* Runs `reuse why WORD` (NULL: alone); what it says becomes said[]. Returns its status. */
static int why(const char *word)
{
	char name[] = "why", port[16];
	char *words[] = {name, port, NULL};

	snprintf(port, sizeof port, "%s", word ? word : "");
	const struct capture capture = capture_begin(stdout);
	const int status = command_find("why")->run(word ? 2 : 1, words);
	capture_end(&capture, said, sizeof said);
	/* Lines are wrapped and set in: one space between words. */
	char *to = said;
	for (const char *at = said; *at; at++)
		if (!isspace((unsigned char)*at))
			*to++ = *at;
		else if (to > said && to[-1] != ' ')
			*to++ = ' ';
	*to = 0;
	return status;
}

static void an_unknown_system_is_told_which_tools_may_tell(void)
{
	static const char *const pieces[] = {
	    "reuse cannot find out on this system;", "'lsof -nP -i:47113'", "'sockstat -p 47113'"};

	answer = ENOTSUP;
	why("47113");
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
		CHECK(strstr(said, pieces[i]), "no \"%s\" in: %s", pieces[i], said);
}

static void of_all_ports_no_port_is_named(void)
{
	answer = ENOTSUP;
	CHECK(why(NULL) == STATUS_FAIL, "%s", said);
	CHECK(strstr(said, "'lsof -nP -iTCP' may"), "%s", said);
}

static void what_the_kernel_said_instead_is_told(void)
{
	answer = EPROTO;
	why("47113");
	CHECK(strstr(said, "the kernel does not show it (EPROTO); 'lsof -nP -i:47113' may show it"),
	    "%s", said);
}

static void what_may_be_bound_is_tried_all_the_same(void)
{
	answer = ENOTSUP;
	const int status = why("0");
	CHECK(status == STATUS_OK, "status %d", status);
	CHECK(strstr(said, "is free: the kernel picks a port"), "%s", said);
}

/* Last: the output stays JSON. */
static void as_json_it_is_one_event(void)
{
	static const char tail[] = "\"basis\":\"observed\"}\n";
	char why_word[] = "why", json[] = "--json";
	char *words[] = {why_word, json, NULL};

	answer = EPROTO;
	const struct capture capture = capture_begin(stdout);
	const int status = command_find("why")->run(2, words);
	capture_end(&capture, said, sizeof said);
	const size_t len = strlen(said);
	CHECK(status == STATUS_FAIL, "status %d", status);
	CHECK(strstr(said, "\"event\":\"unseen\"") && strstr(said, "does not show it (EPROTO)"),
	    "%s", said);
	CHECK(len > strlen(tail) && !strcmp(said + len - strlen(tail), tail), "%s", said);
}

int main(void)
{
	TEST(an_unknown_system_is_told_which_tools_may_tell);
	TEST(of_all_ports_no_port_is_named);
	TEST(what_the_kernel_said_instead_is_told);
	TEST(what_may_be_bound_is_tried_all_the_same);
	TEST(as_json_it_is_one_event);
	return test_failures != 0;
}
