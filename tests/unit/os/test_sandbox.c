/* ctest: os=Linux */
/* What a confined process tries in vain, on the real kernel. Each attempt has a process of its own;
 * the table that is printed shows what it got before and after. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "os/linux/landlock.h"
#include "os/sandbox.h"
#include "tests/lib/test.h"
#include "tcp/addr.h"
#include "tcp/errname.h"

enum { DIED = -1, SKIPPED = -2 };

/* Made before, as a server's are. */
static int listener, fresh, datagram;
static union addr there;   /* where the listener listens */
static char *page;         /* one page to read and write */
static volatile int *told; /* shared: the errno of an attempt, 0 where it succeeded */
static char *missing;      /* shared: what could not be done, as the program tells it */

static void open_listener(void)
{
	union addr any = addr_any(AF_INET, 0);
	socklen_t len = sizeof there;

	any.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(listener, &any.any, addr_len(&any)) == 0 && listen(listener, 128) == 0 &&
		  getsockname(listener, &there.any, &len) == 0,
	    "%s", errname(errno));
}

/* attempts: 0, or -1 with errno */
static long call(long number, long a, long b, long c, long d, long e)
{
	return syscall(number, a, b, c, d, e, 0L);
}

#define CALL5(name, number, a, b, c, d, e)                                                         \
	static long name(void)                                                                     \
	{                                                                                          \
		return call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e));        \
	}
#define CALL3(name, number, a, b, c) CALL5(name, number, a, b, c, 0, 0)

CALL3(try_openat, SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)
CALL5(try_create, SYS_openat, AT_FDCWD, "reuse-test-of-the-sandbox", O_CREAT | O_WRONLY | O_TRUNC,
    0600, 0)
CALL5(try_openat2, 437, AT_FDCWD, "/etc/passwd", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    24, 0)
CALL3(try_unlink, SYS_unlinkat, AT_FDCWD, "reuse-test-of-the-sandbox", 0)
CALL5(try_stat, SYS_newfstatat, AT_FDCWD, "/etc/passwd", page, 0, 0)
CALL3(try_chdir, SYS_chdir, "/", 0, 0)
CALL3(try_chmod, SYS_fchmodat, AT_FDCWD, "reuse-test-of-the-sandbox", 0600)
CALL3(try_handle, SYS_open_by_handle_at, -1, page, 0)
CALL3(try_memfd, SYS_memfd_create, "x", 0, 0)
CALL3(try_socket, SYS_socket, AF_INET, SOCK_STREAM, 0)
CALL3(try_unix, SYS_socket, AF_UNIX, SOCK_DGRAM, 0)
CALL3(try_netlink, SYS_socket, 16, SOCK_RAW, 0)
CALL5(try_pair, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, page, 0)
CALL3(try_listen, SYS_listen, listener, 128, 0)
CALL3(try_sendmsg, SYS_sendmsg, -1, page, 0)
CALL3(try_recvmsg, SYS_recvmsg, -1, page, 0)
CALL3(try_ptrace, SYS_ptrace, PTRACE_TRACEME, 0, 0)
CALL5(try_vm_read, SYS_process_vm_readv, getppid(), page, 0, page, 0)
CALL5(try_vm_write, SYS_process_vm_writev, getppid(), page, 0, page, 0)
CALL3(try_pidfd, 434, getppid(), 0, 0)
CALL3(try_kill, SYS_kill, getppid(), 0, 0)
CALL3(try_uring, 425, 1, page, 0)
CALL5(try_mount, SYS_mount, "none", "/nonexistent", "tmpfs", 0, 0)
CALL3(try_umount, SYS_umount2, "/nonexistent", 0, 0)
CALL3(try_pivot, SYS_pivot_root, "/nonexistent", "/nonexistent", 0)
CALL3(try_chroot, SYS_chroot, "/", 0, 0)
CALL3(try_module, SYS_finit_module, -1, "", 0)
CALL5(try_add_key, SYS_add_key, "user", "x", "x", 1, -2)
CALL3(try_keyctl, SYS_keyctl, 0, -2, 0)
CALL3(try_bpf, SYS_bpf, 0, page, 8)
CALL3(try_userfault, SYS_userfaultfd, 1, 0, 0)
CALL3(try_perf, SYS_perf_event_open, page, 0, -1)
CALL3(try_setns, SYS_setns, -1, 0, 0)
CALL3(try_unshare, SYS_unshare, 0, 0, 0)
CALL5(try_prlimit, SYS_prlimit64, 0, 7, 0, page, 0)
CALL3(try_prctl, SYS_prctl, 15, "renamed", 0)
CALL3(try_seccomp, SYS_seccomp, 2, 0, page)
CALL3(try_personality, SYS_personality, 0xffffffff, 0, 0)
CALL3(try_setuid, SYS_setuid, getuid(), 0, 0)
CALL3(try_setsid, SYS_setsid, 0, 0, 0)
CALL3(try_reboot, SYS_reboot, 0, 0, 0)
CALL3(try_clock, SYS_clock_settime, -1, page, 0)
CALL5(try_mmap_exec, SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1)
CALL3(try_mprotect_exec, SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC)
CALL3(try_later, 100000, 0, 0, 0)

static long try_connect(void)
{
	return connect(fresh, &there.any, addr_len(&there));
}

static long try_bind(void)
{
	const union addr any = addr_any(AF_INET, 0);
	return bind(fresh, &any.any, addr_len(&any));
}

static long try_fastopen(void)
{
	return sendto(fresh, "x", 1, 0x20000000, &there.any, addr_len(&there)); /* MSG_FASTOPEN */
}

static long try_sendto(void)
{
	return sendto(datagram, "x", 1, 0, &there.any, addr_len(&there));
}

static long try_exec(void)
{
	static char word[] = "true";
	char *const words[] = {word, NULL};
	return execve("/bin/true", words, words + 1);
}

static long try_execveat(void)
{
	static char word[] = "true";
	char *const words[] = {word, NULL};
	return call(SYS_execveat, AT_FDCWD, (long)"/bin/true", (long)words, (long)(words + 1), 0);
}

static long try_fork(void)
{
	const pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

#if defined __x86_64__ && !defined __ILP32__
static long try_x32(void)
{
	return call(0x40000000 + SYS_getpid, 0, 0, 0, 0, 0);
}

/* getpid(2) by the way of i386. */
static long try_i386(void)
{
	long result = 20;
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	if ((int)result >= 0)
		return 0;
	errno = -(int)result;
	return -1;
}
#endif

static const struct attempt {
	const char *name;
	long (*make)(void);
	int works;  /* it succeeds in a process that is not confined */
	int server; /* the errno once confined; 0: still works */
	int crew;   /* the same for the first process of a crew */
} attempts[] = {
    {"open a file", try_openat, 1, EPERM, EPERM},
    {"make a file", try_create, 1, EPERM, EPERM},
    {"openat2", try_openat2, 0, EPERM, EPERM},
    {"chmod", try_chmod, 1, EPERM, EPERM},
    {"unlink", try_unlink, 1, EPERM, EPERM},
    {"stat", try_stat, 1, EPERM, EPERM},
    {"chdir", try_chdir, 1, EPERM, EPERM},
    {"chroot", try_chroot, 0, EPERM, EPERM},
    {"open_by_handle_at", try_handle, 0, EPERM, EPERM},
    {"memfd_create", try_memfd, 1, EPERM, EPERM},
    {"socket of TCP", try_socket, 1, EPERM, EPERM},
    {"socket of UNIX", try_unix, 1, EPERM, EPERM},
    {"socket of netlink", try_netlink, 1, EPERM, EPERM},
    {"socketpair", try_pair, 1, EPERM, EPERM},
    {"bind", try_bind, 1, EPERM, EPERM},
    {"listen", try_listen, 1, EPERM, EPERM},
    {"connect", try_connect, 1, EPERM, EPERM},
    {"connect by MSG_FASTOPEN", try_fastopen, 0, EPERM, EPERM},
    {"sendto an address", try_sendto, 1, EPERM, EPERM},
    {"sendmsg", try_sendmsg, 0, EPERM, EPERM},
    {"recvmsg", try_recvmsg, 0, EPERM, EPERM},
    {"execve", try_exec, 1, EPERM, EPERM},
    {"execveat", try_execveat, 1, EPERM, EPERM},
    {"fork", try_fork, 1, EPERM, 0},
    {"kill another process", try_kill, 1, EPERM, EPERM},
    {"pidfd_open", try_pidfd, 0, EPERM, EPERM},
    {"ptrace", try_ptrace, 0, EPERM, EPERM},
    {"process_vm_readv", try_vm_read, 0, EPERM, EPERM},
    {"process_vm_writev", try_vm_write, 0, EPERM, EPERM},
    {"memory to execute", try_mmap_exec, 1, EPERM, EPERM},
    {"make memory executable", try_mprotect_exec, 1, EPERM, EPERM},
    {"io_uring_setup", try_uring, 0, EPERM, EPERM},
    {"mount", try_mount, 0, EPERM, EPERM},
    {"umount", try_umount, 0, EPERM, EPERM},
    {"pivot_root", try_pivot, 0, EPERM, EPERM},
    {"setns", try_setns, 0, EPERM, EPERM},
    {"unshare", try_unshare, 0, EPERM, EPERM},
    {"finit_module", try_module, 0, EPERM, EPERM},
    {"add_key", try_add_key, 0, EPERM, EPERM},
    {"keyctl", try_keyctl, 0, EPERM, EPERM},
    {"bpf", try_bpf, 0, EPERM, EPERM},
    {"perf_event_open", try_perf, 0, EPERM, EPERM},
    {"userfaultfd", try_userfault, 0, EPERM, EPERM},
    {"seccomp", try_seccomp, 0, EPERM, 0},
    {"prctl", try_prctl, 1, EPERM, EPERM},
    {"prlimit", try_prlimit, 1, EPERM, EPERM},
    {"personality", try_personality, 0, EPERM, EPERM},
    {"setuid", try_setuid, 1, EPERM, EPERM},
    {"setsid", try_setsid, 0, EPERM, EPERM},
    {"reboot", try_reboot, 0, EPERM, EPERM},
    {"clock_settime", try_clock, 0, EPERM, EPERM},
#if defined __x86_64__ && !defined __ILP32__
    {"getpid of x32", try_x32, 0, EPERM, EPERM},
    {"getpid of i386", try_i386, 0, EPERM, EPERM},
#endif
    {"a call of a later kernel", try_later, 0, ENOSYS, ENOSYS},
};

enum { ATTEMPTS = sizeof attempts / sizeof *attempts };

static void enter_none(void)
{
}

static void enter_server(void)
{
	char without[SANDBOX_WITHOUT];

	sandbox_prepare();
	sandbox_enter(SANDBOX_SERVER, without);
}

static void enter_crew(void)
{
	char without[SANDBOX_WITHOUT];

	sandbox_enter(SANDBOX_CREW, without);
}

static void enter_member(void)
{
	enter_crew();
	sandbox_narrow();
}

static void enter_landlock(void)
{
	if (call(SYS_prctl, 38, 1, 0, 0, 0) < 0 || landlock_forbid() < 0)
		_exit(9);
}

/* The errno that the attempt gets in a process of its own after `enter`, or 0. */
static int outcome(void (*enter)(void), long (*make)(void))
{
	int status = 0;

	*told = 0;
	const pid_t pid = fork();
	if (pid == 0) {
		fresh = socket(AF_INET, SOCK_STREAM, 0);
		enter();
		if (make() == -1)
			*told = errno ? errno : EINVAL;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == 9))
		return SKIPPED;
	return WIFSIGNALED(status) ? DIED : *told;
}

static const char *word(int outcome, char room[24])
{
	if (outcome > 0)
		return errname(outcome);
	snprintf(room, 24, "%s", outcome == 0 ? "ok" : outcome == DIED ? "died" : "-");
	return room;
}

static void the_confined_try_in_vain(void)
{
	char room[4][24];

	printf("%-26s %-10s %-10s %-10s %s\n", "", "before", "server", "worker", "first");
	for (size_t i = 0; i < ATTEMPTS; i++) {
		const struct attempt *attempt = &attempts[i];
		const int before = outcome(enter_none, attempt->make);
		const int server = outcome(enter_server, attempt->make);
		const int member = outcome(enter_member, attempt->make);
		const int crew = outcome(enter_crew, attempt->make);
		printf("%-26s %-10s %-10s %-10s %s\n", attempt->name, word(before, room[0]),
		    word(server, room[1]), word(member, room[2]), word(crew, room[3]));
		/* A kernel without i386 kills who calls it so, confined or not. */
		if (before == DIED)
			continue;
		CHECK(!attempt->works || before == 0, "%s before: %s", attempt->name,
		    word(before, room[0]));
		CHECK(server == attempt->server, "%s: %s", attempt->name, word(server, room[0]));
		CHECK(member == attempt->server, "%s: %s", attempt->name, word(member, room[0]));
		CHECK(crew == attempt->crew, "%s: %s", attempt->name, word(crew, room[0]));
	}
}

/* The other wall, alone. */
static void landlock_alone_keeps_files_and_ports_away(void)
{
	const long version = call(444, 0, 0, 1, 0, 0);
	static const struct {
		const char *name;
		long (*make)(void);
		int error, since;
	} rows[] = {
	    {"open a file", try_openat, EACCES, 1},
	    {"make a file", try_create, EACCES, 1},
	    {"execve", try_exec, EACCES, 1},
	    {"bind", try_bind, EACCES, 4},
	    {"connect", try_connect, EACCES, 4},
	    {"kill another process", try_kill, EPERM, 6},
	};

	if (version < 1) {
		printf("skip: this kernel has no Landlock\n");
		return;
	}
	printf("\nLandlock alone, version %ld\n", version);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char room[24];
		const int got = outcome(enter_landlock, rows[i].make);
		printf("%-26s %s\n", rows[i].name, word(got, room));
		CHECK(version < rows[i].since || got == rows[i].error, "%s: %s", rows[i].name,
		    word(got, room));
	}
}

/* What remains: a connection, accepted and echoed, in memory newly allocated. */
static long echo_once(void)
{
	char *memory = malloc(1 << 20);
	const int fd = accept(listener, NULL, NULL);
	const bool echoed =
	    fd >= 0 && memory && recv(fd, memory, 1, 0) == 1 && send(fd, memory, 1, 0) == 1;

	free(memory);
	return echoed ? close(fd) : -1;
}

static void the_confined_still_echo(void)
{
	void (*const ways[])(void) = {enter_server, enter_member, enter_crew};

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		close(listener); /* with the connections of earlier attempts */
		open_listener();
		const int fd = socket(AF_INET, SOCK_STREAM, 0);
		char byte = 0;
		CHECK(
		    connect(fd, &there.any, addr_len(&there)) == 0, "connect: %s", errname(errno));
		CHECK(send(fd, "x", 1, 0) == 1, "send: %s", errname(errno));
		const int got = outcome(ways[i], echo_once);
		CHECK(got == 0, "way %zu: %s", i, errname(got));
		CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) == 1 && byte == 'x', "way %zu: no echo", i);
		close(fd);
	}
}

/* The kernel's own word. */
static void what_this_kernel_can_do_is_not_told_as_missing(void)
{
	const uint32_t refuse = 0x00050000; /* SECCOMP_RET_ERRNO */
	const bool filters = call(SYS_seccomp, 2, 0, (long)&refuse, 0, 0) == 0;
	const bool landlock = call(444, 0, 0, 1, 0, 0) >= 1;

	CHECK(!filters || !strstr(missing, "seccomp") || strstr(missing, "none for this machine"),
	    "without %s", missing);
	CHECK(!landlock || !strstr(missing, "Landlock"), "without %s", missing);
	CHECK(!strstr(missing, "capabilities") && !strstr(missing, "no_new_privs"), "without %s",
	    missing);
}

static void make_ready(void)
{
	open_listener();
	datagram = socket(AF_INET, SOCK_DGRAM, 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	told = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	missing = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

int main(void)
{
	char folder[] = "/tmp/reuse-test.XXXXXX";

	if (INSTRUMENTED) {
		printf("skip: sanitizers or coverage built in, the sandbox leaves room for them\n");
		return 77;
	}
	make_ready();
	/* What the kernel here lacks cannot be tried. */
	const pid_t pid = fork();
	if (pid == 0) {
		sandbox_enter(SANDBOX_SERVER, missing);
		if (*missing)
			printf("skip: without %s\n", missing);
		fflush(stdout);
		_exit(strstr(missing, "seccomp") ? 77 : 0);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	TEST(what_this_kernel_can_do_is_not_told_as_missing);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		return test_failures ? 1 : 77;
	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 99;
	TEST(the_confined_try_in_vain);
	TEST(landlock_alone_keeps_files_and_ports_away);
	TEST(the_confined_still_echo);
	unlink("reuse-test-of-the-sandbox");
	return chdir("/") < 0 || rmdir(folder) < 0 || test_failures != 0;
}
