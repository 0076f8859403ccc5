/* ctest: os=Linux */
/* os/parse/figures: numbers out of the kernel's text files, as recorded from real kernels. */
#include "os/parse/figures.h"
#include "tests/lib/edge.h"
#include "tests/lib/test.h"

#define TEXT(text) (text), sizeof(text) - 1

static void a_field_of_the_first_line_is_read(void)
{
	static const struct {
		const char *text;
		unsigned at;
		int64_t want;
	} rows[] = {
	    {"20000\n", 0, 20000},
	    {"588\t0\t2466186\n", 0, 588},
	    {"588\t0\t2466186\n", 2, 2466186},
	    {"32768\t60999\n", 1, 60999},
	    {"max\n", 0, INT64_MAX},
	    {"9223372036854775807\n", 0, INT64_MAX},
	    {"18446744073709551615\n", 0, INT64_MAX},
	    {"588 0\n7\n", 2, -1},
	    {"\n7\n", 0, -1},
	    {"", 0, -1},
	    {"none", 0, -1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const int64_t got = figures_field(rows[i].text, strlen(rows[i].text), rows[i].at);
		CHECK(got == rows[i].want, "row %zu: %lld", i, (long long)got);
	}
}

static void a_figure_is_found_behind_its_key(void)
{
	static const char memory[] = "MemTotal:       24684092 kB\nMemAvailable:   24266028 kB\n"
				     "Slab:             129704 kB\n";
	static const char sockets[] =
	    "sockets: used 17\n"
	    "TCP: inuse 5 orphan 0 tw 10613 alloc 5 mem 1142\nUDP: inuse 0 mem 0\n";
	int64_t got = figures_keyed(TEXT(memory), "MemAvailable:", NULL);

	CHECK(got == 24266028, "%lld", (long long)got);
	got = figures_keyed(TEXT(memory), "Mem", NULL);
	CHECK(got == -1, "%lld", (long long)got);
	got = figures_keyed(TEXT(sockets), "TCP:", "mem");
	CHECK(got == 1142, "%lld", (long long)got);
	got = figures_keyed(TEXT(sockets), "TCP:", "free");
	CHECK(got == -1, "%lld", (long long)got);
	/* Cut off in the middle. */
	got = figures_keyed(memory, 20, "MemTotal:", NULL);
	CHECK(got == 2468, "%lld", (long long)got);
	got = figures_keyed(memory, 9, "MemTotal:", NULL);
	CHECK(got == -1, "%lld", (long long)got);
}

/* How many ports of low..high the list marks. */
static int64_t marked(const char *text, size_t len, unsigned low, unsigned high)
{
	unsigned char ports[FIGURES_PORTS] = {0};
	int64_t count = 0;

	figures_mark_reserved(text, len, ports);
	for (unsigned port = low; port <= high; port++)
		count += ports[port / 8] >> port % 8 & 1;
	return count;
}

static void reserved_ports_count_only_within_the_range(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
	    {"", 0},
	    {"\n", 0},
	    {"40000\n", 1},
	    {"8080,40000,40010-40019\n", 11},
	    {"1-65535\n", 28232},
	    {"32760-32768,60999-61010\n", 2},
	    {"50-40\n", 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const int64_t got = marked(rows[i].text, strlen(rows[i].text), 32768, 60999);
		CHECK(got == rows[i].want, "'%s': %lld", rows[i].text, (long long)got);
	}
}

static void the_group_of_either_version_is_found(void)
{
	static const char groups[] =
	    "9:name=systemd:/\n8:cpu,pids:/a/b\n4:memory:/jobs/1:2\n0::/user\n";
	char path[FIGURES_PATH];

	CHECK(figures_group(TEXT(groups), "memory", path), "none");
	CHECK_TEXT(path, "/jobs/1:2");
	CHECK(figures_group(TEXT(groups), "pids", path), "none");
	CHECK_TEXT(path, "/a/b");
	CHECK(figures_group(TEXT(groups), NULL, path), "none");
	CHECK_TEXT(path, "/user");
	CHECK(!figures_group(TEXT(groups), "freezer", path), "found '%s'", path);
	CHECK(!figures_group(TEXT(groups), "mem", path), "found '%s'", path);
}

static void the_mount_of_either_version_is_found(void)
{
	static const char mounts[] =
	    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
	    "35 31 0:32 /docker/1 /sys/fs/cgroup/memory rw shared:9 master:3 - cgroup cgroup rw,memory\n"
	    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
	char root[FIGURES_PATH], point[FIGURES_PATH];

	CHECK(figures_mount(&(struct mounts){TEXT(mounts), 0}, "memory", root, point), "none");
	CHECK_TEXT(root, "/docker/1");
	CHECK_TEXT(point, "/sys/fs/cgroup/memory");
	CHECK(figures_mount(&(struct mounts){TEXT(mounts), 0}, NULL, root, point), "none");
	CHECK_TEXT(root, "/");
	CHECK_TEXT(point, "/sys/fs/cgroup/unified");
	CHECK(!figures_mount(&(struct mounts){TEXT(mounts), 0}, "pids", root, point), "found '%s'",
	    point);
}

static void tasks_are_counted(void)
{
	const int64_t got = figures_tasks(TEXT("0.99 1.24 0.82 4/100 23742\n"));

	CHECK(got == 100, "%lld", (long long)got);
	CHECK(figures_tasks(TEXT("0.99")) == -1, "something");
}

static void reserved_ports_are_marked(void)
{
	static const char list[] = "8080,30000-30002,65535-70000\n";
	unsigned char ports[FIGURES_PORTS] = {0};
	int count = 0;

	figures_mark_reserved(list, sizeof list - 1, ports);
	for (unsigned port = 0; port < 65536; port++)
		count += ports[port / 8] >> port % 8 & 1;
	CHECK(count == 5, "%d ports", count);
	CHECK(ports[30001 / 8] >> 30001 % 8 & 1, "not 30001");
	CHECK(ports[65535 / 8] >> 65535 % 8 & 1, "not 65535");
}

/* A byte behind the end is not there. */
static void nothing_is_read_behind_the_end(void)
{
	static const struct {
		const char *text;
		int64_t field, keyed, tasks, reserved;
	} rows[] = {
	    {"7 ", 7, -1, -1, 1},
	    {"12", 12, -1, -1, 1},
	    {"12 7", 12, -1, -1, 1},
	    {"1-", 1, -1, -1, 0},
	    {"3-5", 3, -1, -1, 3},
	    {"3,", 3, -1, -1, 1},
	    {"3/41", 3, -1, 41, 1},
	    {"3/", 3, -1, -1, 1},
	    {"key 15", -1, 15, -1, 0},
	    {"key ", -1, -1, -1, 0},
	    {"key", -1, -1, -1, 0},
	    {"key\n", -1, -1, -1, 0},
	    {"a 1\nkey 2", -1, 2, -1, 0},
	    {" key 2", -1, -1, -1, 0},
	    {" ", -1, -1, -1, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t len = strlen(rows[i].text);
		const char *text = edge_copy(rows[i].text, len);
		const int64_t field = figures_field(text, len, 0);
		const int64_t keyed = figures_keyed(text, len, "key", NULL);
		const int64_t tasks = figures_tasks(text, len);
		const int64_t reserved = marked(text, len, 1, 65535);
		CHECK(field == rows[i].field && keyed == rows[i].keyed && tasks == rows[i].tasks &&
			  reserved == rows[i].reserved,
		    "row %zu: field %lld, keyed %lld, tasks %lld, reserved %lld", i,
		    (long long)field, (long long)keyed, (long long)tasks, (long long)reserved);
	}
}

static void ports_are_marked_up_to_the_last(void)
{
	static const struct {
		const char *list;
		unsigned port;
		int count;
	} rows[] = {{"0", 0, 1}, {"65535", 65535, 1}, {"7-9", 9, 3}, {"7-9,9-10", 10, 4},
	    {"65535-65536", 65535, 1}, {"65536", 0, 0}, {"9-7", 0, 0}, {"x", 0, 0}, {"5 6", 5, 1}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned char ports[FIGURES_PORTS + 1] = {0};
		int count = 0;
		figures_mark_reserved(rows[i].list, strlen(rows[i].list), ports);
		for (unsigned port = 0; port < 8 * sizeof ports; port++)
			count += ports[port / 8] >> port % 8 & 1;
		CHECK(count == rows[i].count, "'%s': %d ports", rows[i].list, count);
		CHECK(!count || ports[rows[i].port / 8] >> rows[i].port % 8 & 1, "'%s': not %u",
		    rows[i].list, rows[i].port);
	}
}

static void a_path_has_as_many_letters_as_fit(void)
{
	char text[FIGURES_PATH + 64], path[FIGURES_PATH + 1], want[FIGURES_PATH + 1];

	for (size_t len = FIGURES_PATH - 1; len <= FIGURES_PATH; len++) {
		memset(want, 'p', len);
		want[len] = 0;
		const int n = snprintf(text, sizeof text, "0::%s\n", want);
		const bool found = figures_group(edge_copy(text, (size_t)n), (size_t)n, NULL, path);
		CHECK(found == (len < FIGURES_PATH), "%zu letters: %d", len, found);
		if (found)
			CHECK_TEXT(path, want);
	}
}

static void a_group_is_that_of_its_line_alone(void)
{
	static const struct {
		const char *text, *controller, *path; /* NULL: none */
	} rows[] = {
	    {"0::/a", NULL, "/a"},
	    {"0::", NULL, ""},
	    {"0:", NULL, NULL},
	    {"0", NULL, NULL},
	    {"1::/a\n0::/b\n", NULL, "/b"},
	    {"0:name:/a\n0::/b", NULL, "/b"},
	    {"7:cpu:/a\n8:cpu,memory:/b", "memory", "/b"},
	    {"8:memory,cpu:/b", "memory", "/b"},
	    {"8:cpu,memory,pids:/b", "memory", "/b"},
	    {"8:cpu,:/b", "memory", NULL},
	    {"8::/b", "memory", NULL},
	};
	char path[FIGURES_PATH];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t len = strlen(rows[i].text);
		const bool found =
		    figures_group(edge_copy(rows[i].text, len), len, rows[i].controller, path);
		CHECK(found == (rows[i].path != NULL), "row %zu: %d", i, found);
		if (found && rows[i].path)
			CHECK_TEXT(path, rows[i].path);
	}
}

static void a_mount_has_all_its_fields(void)
{
	static const struct {
		const char *text, *controller, *root, *point; /* NULL: none */
	} rows[] = {
	    {"1 2 0:3 / /p rw - cgroup2 cgroup2 rw", NULL, "/", "/p"},
	    {"1 2 0:3 / /p rw - cgroup2 cgroup2", NULL, NULL, NULL},
	    {"1 2 0:3 / /p rw - cgroup2", NULL, NULL, NULL},
	    {"1 2 0:3 / /p rw a b c - cgroup2 none rw", NULL, "/", "/p"},
	    {"1 2 0:3 / /p rw - cgroup none rw,pids", "pids", "/", "/p"},
	    {"1 2 0:3 / /p rw - cgroup none rw,pids more", "pids", "/", "/p"},
	    {"1 2 0:3 / /p rw - cgroup2 none rw,pids", "pids", NULL, NULL},
	    {"1 2 0:3 / /p rw - cgroup none rw", NULL, NULL, NULL},
	    {"1 2 0:3 / /p rw - tmpfs none rw\n1 2 0:3 /r /q rw - cgroup2 none rw\n", NULL, "/r",
		"/q"},
	    {"- - - / /p rw - cgroup2 cgroup2 rw", NULL, "/", "/p"},
	    {"", NULL, NULL, NULL},
	    {"\n", NULL, NULL, NULL},
	};
	char root[FIGURES_PATH], point[FIGURES_PATH];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t len = strlen(rows[i].text);
		struct mounts mounts = {edge_copy(rows[i].text, len), len, 0};
		const bool found = figures_mount(&mounts, rows[i].controller, root, point);
		CHECK(found == (rows[i].root != NULL), "row %zu: %d", i, found);
		if (found && rows[i].root) {
			CHECK_TEXT(root, rows[i].root);
			CHECK_TEXT(point, rows[i].point);
			/* It goes on behind that line, to none. */
			CHECK(!figures_mount(&mounts, rows[i].controller, root, point),
			    "row %zu: once more", i);
		}
	}
}

int main(void)
{
	TEST(a_field_of_the_first_line_is_read);
	TEST(a_figure_is_found_behind_its_key);
	TEST(reserved_ports_count_only_within_the_range);
	TEST(the_group_of_either_version_is_found);
	TEST(the_mount_of_either_version_is_found);
	TEST(tasks_are_counted);
	TEST(reserved_ports_are_marked);
	TEST(nothing_is_read_behind_the_end);
	TEST(ports_are_marked_up_to_the_last);
	TEST(a_path_has_as_many_letters_as_fit);
	TEST(a_group_is_that_of_its_line_alone);
	TEST(a_mount_has_all_its_fields);
	return test_failures != 0;
}
