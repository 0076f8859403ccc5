/* ctest: os=Linux */
/* os/linux/walk: what a folder of /proc tells of a task. The folder is a copy of what the kernel writes there. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/linux/walk.h"
#include "tests/lib/test.h"

enum { PID = 4711, TARGET = 100 };

/* The folder of the task, with folders for its descriptors and what is told of them. */
static int folder;

static void remove_all(void)
{
	static const char *const names[] = {"wchan", "syscall", "fd/7", "fd/31", "fdinfo/7"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlinkat(folder, names[i], 0);
}

static void put_file(const char *name, const char *text)
{
	const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		perror(name);
		exit(99);
	}
	close(fd);
}

static void put_link(const char *name, const char *target)
{
	if (symlinkat(target, folder, name) < 0) {
		perror(name);
		exit(99);
	}
}

static void only_a_thread_in_accept_on_a_closed_descriptor_is_accepting(void)
{
	static const char waits[] = "inet_csk_accept";
	static const struct {
		const char *where, *call; /* NULL: cannot be read */
		const char *open;         /* a descriptor that leads to a socket */
		bool accepting;
	} rows[] = {
	    {waits, "43 0x7 0x0 0x0 0x80800", NULL, true},
	    {waits, "43 0x7 0x0 0x0 0x80800", "fd/31", true},
	    {waits, "43 0x7 0x0 0x0 0x80800", "fd/7", false},
	    {waits, "43 0x1f 0x0", "fd/31", false},
	    {waits, "43 0x1f 0x0", "fd/7", true},
	    {"inet_csk_accept4", "43 0x7", NULL, false},
	    {"inet_csk_accepx", "43 0x7", NULL, false},
	    {"inet_csk_accep", "43 0x7", NULL, false},
	    {"0", "43 0x7", NULL, false},
	    {NULL, "43 0x7", NULL, false},
	    {waits, "running", NULL, false},
	    {waits, "43 ?", NULL, false},
	    {waits, "", NULL, false},
	    {waits, NULL, NULL, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holders holders = {0};
		struct walk walk = {.holders = &holders, .turn = TURN_ACCEPT};
		struct task task = {.pid = PID, .thread = PID + 1, .dir = folder};
		if (rows[i].where)
			put_file("wchan", rows[i].where);
		if (rows[i].call)
			put_file("syscall", rows[i].call);
		if (rows[i].open)
			put_link(rows[i].open, "socket:[77]");
		walk_accept(&walk, &task);
		remove_all();
		CHECK(holders.accepting == rows[i].accepting, "row %zu: %zu are accepting", i,
		    (size_t)holders.accepting);
		CHECK(holders.accepting_pid == (rows[i].accepting ? PID : 0),
		    "row %zu: process %ld", i, (long)holders.accepting_pid);
		CHECK(holders.error == 0, "row %zu: errno %d", i, holders.error);
	}
	/* There it is, though it leads nowhere. */
	struct holders holders = {0};
	struct walk walk = {.holders = &holders, .turn = TURN_ACCEPT};
	struct task task = {.pid = PID, .dir = folder};
	put_file("wchan", waits);
	put_file("syscall", "43 0x7 0x0");
	put_file("fd/7", "");
	walk_accept(&walk, &task);
	remove_all();
	CHECK(holders.accepting == 0, "accepting on a file");
}

static void what_waits_in_a_unix_socket_is_counted(void)
{
	static const struct {
		const char *text;
		size_t waiting;
	} rows[] = {{"pos:\t0\nscm_fds:\t1\n", 1}, {"pos:\t0\nscm_fds:\t3\n", 3},
	    {"pos:\t0\nscm_fds:\t0\n", 0}, {"pos:\t0\n", 0}, {"", 0}, {NULL, 0}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holders holders = {0};
		struct walk walk = {.holders = &holders, .turn = TURN_FLIGHT};
		const struct task task = {.pid = PID, .dir = folder};
		put_link("fd/7", "socket:[77]");
		if (rows[i].text)
			put_file("fdinfo/7", rows[i].text);
		for (int times = 0; times < 2; times++)
			walk_descriptors(&walk, &task);
		remove_all();
		CHECK((size_t)holders.in_flight == 2 * rows[i].waiting, "row %zu: %zu", i,
		    (size_t)holders.in_flight);
		CHECK(holders.in_flight_pid == (rows[i].waiting ? PID : 0), "row %zu: process %ld",
		    i, (long)holders.in_flight_pid);
		CHECK(holders.error == 0 && holders.hidden == 0, "row %zu: errno %d", i,
		    holders.error);
	}
}

static void a_link_ends_where_its_text_does(void)
{
	static const size_t lens[] = {1, 11, WALK_LINK - 2, WALK_LINK - 1, WALK_LINK, TARGET - 1};

	for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
		char target[TARGET] = "", text[2 * WALK_LINK];
		const size_t want = lens[i] < WALK_LINK ? lens[i] : WALK_LINK - 1;
		memset(target, 'a', lens[i]);
		memset(text, 'x', sizeof text);
		put_link("fd/7", target);
		const ssize_t n = walk_link(folder, "fd/7", text);
		remove_all();
		CHECK(n == (ssize_t)want && strnlen(text, sizeof text) == want, "%zu letters: %zd",
		    lens[i], n);
		CHECK(text[WALK_LINK] == 'x', "%zu letters: more was written", lens[i]);
	}
	char text[WALK_LINK] = "before";
	CHECK(walk_link(folder, "fd/7", text) == -1 && errno == ENOENT, "errno %d", errno);
	CHECK_TEXT(text, "before");
}

int main(void)
{
	char path[] = "/tmp/reuse-walk.XXXXXX";

	if (!mkdtemp(path) || (folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    mkdirat(folder, "fd", 0700) < 0 || mkdirat(folder, "fdinfo", 0700) < 0) {
		perror(path);
		return 99;
	}
	TEST(only_a_thread_in_accept_on_a_closed_descriptor_is_accepting);
	TEST(what_waits_in_a_unix_socket_is_counted);
	TEST(a_link_ends_where_its_text_does);
	unlinkat(folder, "fd", AT_REMOVEDIR);
	unlinkat(folder, "fdinfo", AT_REMOVEDIR);
	close(folder);
	rmdir(path);
	return test_failures != 0;
}
