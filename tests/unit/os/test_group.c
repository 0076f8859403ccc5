/* ctest: os=Linux wrap=file_read */
/* os/linux/group: the tightest limit of the control groups that a process is in, of either version. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/linux/file.h"
#include "os/linux/group.h"
#include "tests/lib/test.h"

enum { FILES = 16 };

struct file {
	const char *path, *text;
};

/* All that this machine has. */
static const struct file *files;

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
ssize_t __wrap_file_read(const char *path, char *text, size_t size);

ssize_t __wrap_file_read(const char *path, char *text, size_t size)
{
	for (size_t i = 0; i < FILES && files[i].path; i++)
		if (strcmp(files[i].path, path) == 0) {
			const size_t len = strlen(files[i].text);
			memcpy(text, files[i].text, len < size ? len : size);
			return (ssize_t)(len < size ? len : size);
		}
	errno = ENOENT;
	return -1;
}

#define SELF  "/proc/self/cgroup"
#define MOUNT "/proc/self/mountinfo"
#define TWO   "35 31 0:32 / /g rw - cgroup2 cgroup2 rw\n"
#define ONE                                                                                        \
	"36 31 0:33 / /m rw - cgroup cgroup rw,memory\n37 31 0:34 / /p rw - cgroup cgroup rw,pids\n"

static void the_tightest_of_a_group_and_those_above_it_counts(void)
{
	static const struct {
		struct file files[FILES];
		bool found;
		int64_t limit, used;
		const char *file;
	} rows[] = {
	    {{{SELF, "0::/a/b\n"}, {MOUNT, TWO}, {"/g/a/b/memory.max", "100\n"},
		 {"/g/a/b/memory.current", "40\n"}, {"/g/a/memory.max", "90\n"},
		 {"/g/a/memory.current", "20\n"}},
		true, 100, 40, "/g/a/b/memory.max"},
	    /* As much left in both: the first is told. */
	    {{{SELF, "0::/a/b\n"}, {MOUNT, TWO}, {"/g/a/b/memory.max", "100\n"},
		 {"/g/a/b/memory.current", "40\n"}, {"/g/a/memory.max", "90\n"},
		 {"/g/a/memory.current", "30\n"}},
		true, 100, 40, "/g/a/b/memory.max"},
	    {{{SELF, "0::/a/b\n"}, {MOUNT, TWO}, {"/g/a/b/memory.max", "100\n"},
		 {"/g/a/b/memory.current", "40\n"}, {"/g/a/memory.max", "90\n"},
		 {"/g/a/memory.current", "31\n"}},
		true, 90, 31, "/g/a/memory.max"},
	    /* Of the mount itself, and of nothing above it. */
	    {{{SELF, "0::/a\n"}, {MOUNT, TWO}, {"/g/memory.max", "7\n"},
		 {"/g/memory.current", "7\n"}, {"/memory.max", "1\n"}, {"/memory.current", "1\n"}},
		true, 7, 7, "/g/memory.max"},
	    {{{SELF, "0::/\n"}, {MOUNT, TWO}, {"/g/memory.max", "0\n"},
		 {"/g/memory.current", "0\n"}},
		true, 0, 0, "/g/memory.max"},
	    {{{SELF, "0::/a\n"}, {MOUNT, TWO}, {"/memory.max", "1\n"}, {"/memory.current", "1\n"}},
		false, 0, 0, NULL},
	    /* Cached files are not in use. */
	    {{{SELF, "0::/a\n"}, {MOUNT, TWO}, {"/g/a/memory.max", "100\n"},
		 {"/g/a/memory.current", "40\n"},
		 {"/g/a/memory.stat", "anon 3\ninactive_file 15\n"}},
		true, 100, 25, "/g/a/memory.max"},
	    {{{SELF, "0::/a\n"}, {MOUNT, TWO}, {"/g/a/memory.max", "100\n"},
		 {"/g/a/memory.current", "40\n"}, {"/g/a/memory.stat", "inactive_file 40\n"}},
		true, 100, 0, "/g/a/memory.max"},
	    {{{SELF, "0::/a\n"}, {MOUNT, TWO}, {"/g/a/memory.max", "100\n"},
		 {"/g/a/memory.current", "40\n"}, {"/g/a/memory.stat", "inactive_file 1\n"}},
		true, 100, 39, "/g/a/memory.max"},
	    /* No limit, as each version says it; half of a figure is none. */
	    {{{SELF, "0::/a\n"}, {MOUNT, TWO}, {"/g/a/memory.max", "max\n"},
		 {"/g/a/memory.current", "40\n"}},
		false, 0, 0, NULL},
	    {{{SELF, "0::/a\n"}, {MOUNT, TWO}, {"/g/a/memory.max", "100\n"}}, false, 0, 0, NULL},
	    {{{SELF, "4:memory:/a\n"}, {MOUNT, ONE},
		 {"/m/a/memory.limit_in_bytes", "9223372036854771712\n"},
		 {"/m/a/memory.usage_in_bytes", "40\n"}},
		false, 0, 0, NULL},
	    {{{SELF, "4:memory:/a\n"}, {MOUNT, ONE},
		 {"/m/a/memory.limit_in_bytes", "4611686018427387902\n"},
		 {"/m/a/memory.usage_in_bytes", "40\n"}},
		true, INT64_C(4611686018427387902), 40, "/m/a/memory.limit_in_bytes"},
	    {{{SELF, "4:memory:/a\n"}, {MOUNT, ONE},
		 {"/m/a/memory.limit_in_bytes", "4611686018427387903\n"},
		 {"/m/a/memory.usage_in_bytes", "40\n"}},
		false, 0, 0, NULL},
	    /* Both versions: what leaves less. */
	    {{{SELF, "4:memory:/a\n0::/a\n"}, {MOUNT, ONE TWO},
		 {"/m/a/memory.limit_in_bytes", "100\n"}, {"/m/a/memory.usage_in_bytes", "50\n"},
		 {"/m/a/memory.stat", "total_inactive_file 10\n"}, {"/g/a/memory.max", "200\n"},
		 {"/g/a/memory.current", "139\n"}},
		true, 100, 40, "/m/a/memory.limit_in_bytes"},
	    {{{SELF, "4:memory:/a\n0::/a\n"}, {MOUNT, ONE TWO},
		 {"/m/a/memory.limit_in_bytes", "100\n"}, {"/m/a/memory.usage_in_bytes", "40\n"},
		 {"/g/a/memory.max", "200\n"}, {"/g/a/memory.current", "140\n"}},
		true, 200, 140, "/g/a/memory.max"},
	    {{{SELF, "4:memory:/a\n0::/a\n"}, {MOUNT, ONE TWO}, {"/g/a/memory.max", "5\n"},
		 {"/g/a/memory.current", "4\n"}},
		true, 5, 4, "/g/a/memory.max"},
	    /* In a container the mount shows the group and what is in it. */
	    {{{SELF, "0::/docker/1/x\n"},
		 {MOUNT, "35 31 0:32 /docker/1 /g rw - cgroup2 cgroup2 rw\n"},
		 {"/g/x/memory.max", "8\n"}, {"/g/x/memory.current", "2\n"}},
		true, 8, 2, "/g/x/memory.max"},
	    {{{SELF, "0::/\n"}, {MOUNT, "35 31 0:32 /docker/1 /g rw - cgroup2 cgroup2 rw\n"},
		 {"/g/memory.max", "8\n"}, {"/g/memory.current", "2\n"}},
		true, 8, 2, "/g/memory.max"},
	    {{{SELF, "0::/../other\n"}, {MOUNT, TWO}, {"/g/memory.max", "8\n"},
		 {"/g/memory.current", "2\n"}, {"/g/../other/memory.max", "1\n"},
		 {"/g/../other/memory.current", "1\n"}},
		true, 8, 2, "/g/memory.max"},
	    {{{SELF, "0::/a\n"}}, false, 0, 0, NULL},
	    {{{MOUNT, TWO}, {"/g/memory.max", "8\n"}, {"/g/memory.current", "2\n"}}, false, 0, 0,
		NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct group_figure figure = {0};
		files = rows[i].files;
		const bool found = group_memory(&figure);
		CHECK(found == rows[i].found, "row %zu: %d", i, found);
		if (!found || !rows[i].found)
			continue;
		CHECK(figure.limit == rows[i].limit && figure.used == rows[i].used,
		    "row %zu: %lld of %lld", i, (long long)figure.used, (long long)figure.limit);
		CHECK_TEXT(figure.file, rows[i].file);
	}
}

static void processes_are_counted_with_those_above(void)
{
	static const struct file two[FILES] = {{SELF, "0::/a/b\n"}, {MOUNT, TWO},
	    {"/g/a/b/pids.max", "max\n"}, {"/g/a/b/pids.current", "3\n"}, {"/g/a/pids.max", "50\n"},
	    {"/g/a/pids.current", "30\n"}};
	static const struct file one[FILES] = {{SELF, "5:pids:/a\n"}, {MOUNT, ONE},
	    {"/p/a/pids.max", "9\n"}, {"/p/a/pids.current", "2\n"}};
	struct group_figure figure = {0};

	files = two;
	CHECK(group_processes(&figure) && figure.limit == 50 && figure.used == 30, "%lld of %lld",
	    (long long)figure.used, (long long)figure.limit);
	CHECK_TEXT(figure.file, "/g/a/pids.max");
	files = one;
	CHECK(group_processes(&figure) && figure.limit == 9 && figure.used == 2, "%lld of %lld",
	    (long long)figure.used, (long long)figure.limit);
	CHECK_TEXT(figure.file, "/p/a/pids.max");
}

static void the_folder_of_a_group_is_opened(void)
{
	static const struct file there[FILES] = {{"/proc/7/cgroup", "0::/self\n"},
	    {MOUNT, "35 31 0:32 / /proc rw - cgroup2 cgroup2 rw\n"}};
	struct stat opened = {0}, wanted = {0};

	files = there;
	const int fd = group_open("7");
	CHECK(fd >= 0 && fstat(fd, &opened) == 0 && S_ISDIR(opened.st_mode), "no folder");
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC, "not close-on-exec");
	CHECK(stat("/proc/self/", &wanted) == 0 && opened.st_dev == wanted.st_dev &&
		  opened.st_ino == wanted.st_ino,
	    "another folder");
	close(fd);
	CHECK(group_open("8") == -1, "of a process that is not there");
}

int main(void)
{
	TEST(the_tightest_of_a_group_and_those_above_it_counts);
	TEST(processes_are_counted_with_those_above);
	TEST(the_folder_of_a_group_is_opened);
	return test_failures != 0;
}
