/* ctest: os=Linux native wrap=malloc wrap=calloc wrap=realloc wrap=free */
/* os/linux/elsewhere: the sockets of other network namespaces, each made here by a child with mounts of its own. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/holder.h"
#include "tests/lib/open.h"
#include "tests/lib/test.h"

enum { PORT = 8080, SKIP = 77, BLOCKS = 65536 };

static const char names[] = "/run/netns"; /* of ip-netns(8) */

/* What the program has on the heap. A C library that is linked statically takes its own blocks by these names too, and
 * gives them back by others: there nothing is known. */
static void *blocks[BLOCKS];
static size_t taken;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static void *note_taken(void *block)
{
#ifdef __GLIBC__
	for (size_t i = 0; block && i < BLOCKS; i++)
		if (!blocks[i]) {
			blocks[i] = block;
			taken++;
			break;
		}
#endif
	return block;
}

static void note_given(const void *block)
{
	for (size_t i = 0; block && i < BLOCKS; i++)
		if (blocks[i] == block) {
			blocks[i] = NULL;
			taken--;
			break;
		}
}

void *__wrap_malloc(size_t size)
{
	return note_taken(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return note_taken(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
	note_given(block);
	return note_taken(__real_realloc(block, size));
}

void __wrap_free(void *block)
{
	note_given(block);
	__real_free(block);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* In a child, whose namespaces go with it. */
static void in_a_child(int (*play)(void))
{
	int status = 0;

	fflush(stdout);
	const pid_t pid = fork();
	if (pid == 0) {
		status = play();
		fflush(stdout);
		_exit(status ? status : test_failures != 0);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == SKIP),
	    "status %x", (unsigned)status);
}

static bool listen_here(void)
{
	const union addr any = addr_any(AF_INET, PORT);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && bind(fd, &any.any, sizeof any.v4) == 0 && listen(fd, 1) == 0;
}

/* A network of that name, with a listener and without a process; this one is in another one then. */
static bool make_named(const char *path)
{
	const int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	int status = 0;

	if (file < 0)
		return false;
	close(file);
	const pid_t pid = fork();
	if (pid == 0)
		_exit(unshare(CLONE_NEWNET) < 0 ||
		      mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) < 0);
	waitpid(pid, &status, 0);
	return status == 0;
}

/* Enters it and leaves a listener there: the descriptor of a socket keeps it. */
static bool listen_there(const char *path)
{
	const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	const int there = open(path, O_RDONLY | O_CLOEXEC);

	const bool made =
	    home >= 0 && there >= 0 && setns(there, CLONE_NEWNET) == 0 && listen_here();
	const bool back = setns(home, CLONE_NEWNET) == 0;
	close(home);
	close(there);
	return made && back;
}

/* A network of that name, with a listener, beside the one that this process is in. Returns 0, or SKIP. */
static int make_network(const char *name)
{
	char path[512];

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    (mkdir(names, 0755) < 0 && errno != EEXIST) ||
	    mount("none", names, "tmpfs", 0, NULL) < 0) {
		printf("skip: no mounts of its own: %s\n", strerror(errno));
		return SKIP;
	}
	snprintf(path, sizeof path, "%s/%s", names, name);
	if (make_named(path) && listen_there(path))
		return 0;
	printf("skip: no network with a name: %s\n", strerror(errno));
	return SKIP;
}

static int read_a_long_name(void)
{
	struct network network;
	char name[sizeof network.name];
	struct holders holders;

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = 0;
	if (make_network(name) != 0)
		return SKIP;
	const int before = open_count(0, 256);
	const size_t had = taken;
	CHECK(holders_read_elsewhere(&holders, HOLDERS_TCP, PORT) == 0, "%s", strerror(errno));
	bool found = holders.cut; /* there was no time for all */
	for (size_t i = 0; i < holders.count; i++)
		found |= !strcmp(holders.networks[holders.list[i].network].name, name);
	CHECK(found, "not among %zu sockets in %zu networks", holders.count, holders.network_count);
	holders_free(&holders);
	CHECK(
	    open_count(0, 256) == before, "%d descriptors, before %d", open_count(0, 256), before);
	CHECK(taken == had, "%zu blocks, before %zu", taken, had);
	return 0;
}

static void a_network_is_found_by_the_longest_name_that_is_told(void)
{
	in_a_child(read_a_long_name);
}

/* In a user namespace of its own nobody may enter the networks outside. */
static int read_without_leave(void)
{
	struct holders holders = {0};

	if (make_network("outside") != 0)
		return SKIP;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		printf("skip: no user namespace of its own: %s\n", strerror(errno));
		return SKIP;
	}
	const int before = open_count(0, 256);
	const size_t had = taken;
	const int result = holders_read_elsewhere(&holders, HOLDERS_TCP, PORT);
	CHECK(result == -1 && errno == EPERM, "%d, %s", result, strerror(errno));
	CHECK(
	    open_count(0, 256) == before, "%d descriptors, before %d", open_count(0, 256), before);
	CHECK(taken == had, "%zu blocks, before %zu", taken, had);
	return 0;
}

static void who_may_enter_none_is_told_and_keeps_nothing(void)
{
	in_a_child(read_without_leave);
}

int main(void)
{
	TEST(a_network_is_found_by_the_longest_name_that_is_told);
	TEST(who_may_enter_none_is_told_and_keeps_nothing);
	return test_failures != 0;
}
