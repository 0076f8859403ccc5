/* ctest: wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free wrap=tmpfile wrap=fflush */
/* cmd/rules/fuzz_saved: the trials of a saved file, read once and again, from a pipe too; and what is no such file. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "cli/text.h"
#include "cmd/rules/fuzz_saved.h"
#include "cmd/rules/saved.h"
#include "tests/lib/heap.h"
#include "tests/lib/open.h"
#include "tests/lib/shown.h"

/* The errno that each fails with; 0: it does not. */
static int tmpfile_error, fflush_error;
static bool no_memory;
static bool armed; /* they fail now: not while a test itself calls them */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
FILE *__real_tmpfile(void);
FILE *__wrap_tmpfile(void);
int __real_fflush(FILE *file);
int __wrap_fflush(FILE *file);

FILE *__wrap_tmpfile(void)
{
	if (armed && tmpfile_error) {
		errno = tmpfile_error;
		return NULL;
	}
	return __real_tmpfile();
}

int __wrap_fflush(FILE *file)
{
	if (armed && fflush_error) {
		errno = fflush_error;
		return EOF;
	}
	return __real_fflush(file);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static char directory[] = "/tmp/fuzz_saved.XXXXXX";

/* A file of that text, read from here by its name. */
static const char *file_of(const char *text)
{
	FILE *file = fopen("saved", "w");

	if (!file || fputs(text, file) == EOF)
		perror("saved");
	if (file)
		fclose(file);
	return "saved";
}

/* The same, which can be read but once. */
static const char *pipe_of(const char *text)
{
	unlink("pipe");
	if (mkfifo("pipe", 0600) < 0)
		perror("mkfifo");
	return text;
}

static char told[16384];

#define NOTE(...) text_add(told, sizeof told, __VA_ARGS__)

/* Tells the trials up to the end or a complaint. */
static void tell_trials(struct saved_trials *saved)
{
	struct saved_trial trial;
	int result;

	while ((result = fuzz_saved_next(saved, &trial)) > 0) {
		CHECK(result == 1, "%d", result);
		NOTE("%" PRIu64 " of line %zu:", trial.seed, saved->line);
		for (size_t i = 0; i < trial.sequence.count; i++)
			NOTE(" %s:%s", trial.sequence.steps[i],
			    i < trial.answers.count ? trial.answers.results[i] : "none");
		NOTE("%s%s\n", trial.answers.skipped ? " skipped" : "",
		    trial.answers.differs ? " differs" : "");
	}
	NOTE("%d\n", result);
}

/* What is read at first, and again, of the file, or of what a pipe is given first; and what is complained of. */
static const char *reads(const char *path, const char *piped)
{
	static char all[32768];
	struct saved_trials saved;
	char complained[2048];
	const int before = open_count(0, 64);
	const long pieces = heap_pieces;
	int ends[2] = {-1, -1};

	*told = 0;
	if (piped) {
		ends[0] = open(path, O_RDONLY | O_NONBLOCK);
		ends[1] = open(path, O_WRONLY);
		if (write(ends[1], piped, strlen(piped)) < 0)
			perror("write");
	}
	const struct capture capture = capture_begin(stderr);
	armed = true;
	heap_left = no_memory ? 0 : -1;
	const int opened = fuzz_saved_open(&saved, path);
	armed = false;
	heap_left = -1;
	if (piped) {
		close(ends[0]);
		close(ends[1]);
	}
	NOTE("open %d%s\n", opened, saved.copy ? ", copied" : "");
	if (opened == 0) {
		tell_trials(&saved);
		armed = true;
		const int again = fuzz_saved_again(&saved);
		armed = false;
		NOTE("again %d%s\n", again, saved.copy ? ", copied" : "");
		if (again == 0)
			tell_trials(&saved);
	}
	fuzz_saved_close(&saved);
	CHECK(!saved.file && !saved.copy && !saved.text && !saved.path, "something is left");
	capture_end(&capture, complained, sizeof complained);
	snprintf(all, sizeof all, "%s%s", told, complained);
	CHECK(open_count(0, 64) == before, "%d descriptors, %d before", open_count(0, 64), before);
	CHECK(heap_pieces == pieces, "%ld pieces of memory are left", heap_pieces - pieces);
	no_memory = false;
	tmpfile_error = fflush_error = 0;
	return all;
}

#define START "{\"event\":\"start\",\"command\":\"rules\"}\n"
#define ONE                                                                                        \
	"{\"event\":\"trial\",\"seed\":18446744073709551615,"                                      \
	"\"steps\":[\"a bind 127.0.0.1:P\",\"b bind 127.0.0.1:P\"],\"results\":[\"ok\",\"EADDRINUSE\"]}\n"
#define TWO                                                                                        \
	"{\"event\":\"trial\",\"seed\":\"70\",\"steps\":[\"a bind [::1]:P\",\"a listen\"],\"results\":[\"ok\"]}\n"
#define READ_ONE                                                                                   \
	"18446744073709551615 of line 2: a bind 127.0.0.1:P:ok b bind 127.0.0.1:P:EADDRINUSE\n"
#define READ_TWO "70 of line 5: a bind [::1]:P:ok a listen:none\n"

static const char whole[] = "\xef\xbb\xbf" START "  " ONE "{\"event\":\"end\"}\n"
			    " \t\r\n" TWO;

static void all_trials_are_read_and_again_from_a_pipe_too(void)
{
	static const char read_twice[] = READ_ONE READ_TWO "0\nagain 0\n" READ_ONE READ_TWO "0\n";
	char want[4096];

	snprintf(want, sizeof want, "open 0\n%s", read_twice);
	CHECK_LINES(reads(file_of(whole), NULL), want);
	snprintf(want, sizeof want, "open 0, copied\n%s", read_twice);
	CHECK_LINES(reads("pipe", pipe_of(whole)), want);
	CHECK_LINES(reads(file_of(""), NULL), "open 0\n0\nagain 0\n0\n");
	CHECK_LINES(reads(file_of("{\"event\":\"start\"}\n{\"event\":\"start\",\"command\":\"\"}\n"
				  "{\"event\":\"end\",\"command\":\"why\"}"),
			NULL),
	    "open 0\n0\nagain 0\n0\n");
}

/* Each is the second line; both readings come to it. */
static void a_line_that_is_none_of_such_a_file_is_refused_with_its_number(void)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
	    {"one", "not a JSON object of 'reuse rules --fuzz N --json'"},
	    {"{\"event\":\"trial\"", "not a JSON object of 'reuse rules --fuzz N --json'"},
	    {"{\"event\":\"start\",\"command\":\"why\"}",
		"the output of a command other than 'reuse rules --fuzz N --json'"},
	    {"{\"event\":\"trial\",\"seed\":1}", "not a trial of 'reuse rules --fuzz N --json'"},
	    {"{\"event\":\"trial\",\"seed\":1,\"steps\":[],\"results\":[]}",
		"not a trial of 'reuse rules --fuzz N --json'"},
	    {"{\"event\":\"trial\",\"seed\":1,\"steps\":[\"jump\"],\"results\":[]}",
		"not a trial of 'reuse rules --fuzz N --json'"},
	    {"{\"event\":\"trial\",\"seed\":1,\"steps\":[\"a bind 127.0.0.1:P\",\"b jump\"],"
	     "\"results\":[]}",
		"not a trial of 'reuse rules --fuzz N --json'"},
	    {"{\"event\":\"trial\",\"seed\":1,\"steps\":[\"a bind localhost:P\"],\"results\":[]}",
		"not a trial of 'reuse rules --fuzz N --json'"},
	    {"{\"event\":\"trial\",\"seed\":1,\"steps\":[\"a bind 127.0.0.1:P\"],"
	     "\"results\":[\"ok\",\"ok\"]}",
		"not a trial of 'reuse rules --fuzz N --json'"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[1024], want[1024];
		snprintf(text, sizeof text, START "%s\n" ONE, rows[i].line);
		snprintf(want, sizeof want,
		    "open 0\n-1\nagain 0\n-1\n"
		    "reuse: file 'saved', line 2: %s\nreuse: file 'saved', line 2: %s\n",
		    rows[i].why, rows[i].why);
		CHECK_LINES(reads(file_of(text), NULL), want);
	}
	CHECK_LINES(
	    reads(file_of("{\"event\":\"trial\",\"seed\":true,\"steps\":[\"a bind 127.0.0.1:P\"],"
			  "\"results\":[\"ok\"]}\n"),
		NULL),
	    "open 0\n0 of line 1: a bind 127.0.0.1:P:ok\n0\n"
	    "again 0\n0 of line 1: a bind 127.0.0.1:P:ok\n0\n");
}

static void what_the_system_refuses_is_told_with_the_call(void)
{
	no_memory = true;
	const char *told_of = reads(file_of(whole), NULL);
	CHECK(!strncmp(told_of, "open -1\nreuse: read 'saved': ", 29), "told: %s", told_of);
	CHECK(strstr(told_of, " (ENOMEM)\n"), "told: %s", told_of);
	CHECK_LINES(reads("none", NULL),
	    "open -1\nreuse: open 'none': No such file or directory (ENOENT)\n");
	told_of = reads(".", NULL);
	CHECK(!strncmp(told_of, "open 0\n-1\nagain 0\n-1\nreuse: read '.': ", 38), "told: %s",
	    told_of);
	CHECK(strstr(told_of, " (EISDIR)\n"), "told: %s", told_of);
}

static void where_no_copy_can_be_had_a_pipe_is_refused(void)
{
	const char *const text = pipe_of(whole);

	tmpfile_error = EACCES;
	CHECK_LINES(
	    reads("pipe", text), "open -1\nreuse: copy 'pipe': Permission denied (EACCES)\n");
	fflush_error = ENOSPC;
	const char *const full = reads("pipe", text);
	CHECK(strstr(full, READ_TWO "0\nagain -1, copied\nreuse: copy 'pipe': "), "read: %s", full);
	CHECK(strstr(full, " (ENOSPC)\n"), "told: %s", full);
}

int main(void)
{
	heap_left = -1;
	if (!mkdtemp(directory) || chdir(directory) < 0) {
		perror(directory);
		return 1;
	}
	TEST(all_trials_are_read_and_again_from_a_pipe_too);
	TEST(a_line_that_is_none_of_such_a_file_is_refused_with_its_number);
	TEST(what_the_system_refuses_is_told_with_the_call);
	TEST(where_no_copy_can_be_had_a_pipe_is_refused);
	unlink("saved");
	unlink("pipe");
	rmdir(directory);
	return test_failures != 0;
}
