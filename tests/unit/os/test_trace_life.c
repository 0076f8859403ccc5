/* ctest: os=Linux native */
/* os/linux/trace_next: the threads and processes of a watched program, from stop to stop. */
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "os/linux/filter.h"
#include "tests/lib/watched.h"
#include "tests/lib/test.h"

static struct watched *seen;

static void ended_well(const char *want)
{
	CHECK(WIFEXITED(seen->status) && WEXITSTATUS(seen->status) == 0, "status %#x, bar %d, %s",
	    (unsigned)seen->status, (int)seen->trace.bar, errname(seen->trace.error));
	CHECK_TEXT(seen->told, want);
}

/* --- refused, and made again ------------------------------------------------------------ */

static void refuse_binds(struct watched *watched, enum trace_what what, struct traced *call)
{
	(void)watched;
	if (what == TRACE_ENTRY && call->call == CALL_BIND)
		call->refuse = EADDRNOTAVAIL;
}

static int bind_and_listen(struct watched *watched)
{
	const struct sockaddr_in addr = watched_loopback(0);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	watched->errors[0] = bind(fd, (const struct sockaddr *)&addr, sizeof addr) < 0 ? errno : 0;
	watched->port = watched_port(fd);
	return listen(fd, 1);
}

static void a_call_that_is_refused_is_not_made(void)
{
	watched_scene(seen, &(struct scene){.program = bind_and_listen, .at = refuse_binds});
	ended_well("> bind 4 127.0.0.1:0\n< bind 4 -1 EADDRNOTAVAIL\n"
		   "> listen 4 1\n< listen 4 0\nover\ngone\n");
	CHECK(seen->errors[0] == EADDRNOTAVAIL && seen->port == 0, "%s, port %u",
	    errname(seen->errors[0]), seen->port);
}

static void nothing(int number)
{
	(void)number;
}

/* Waits for a client, is interrupted by a signal, and waits on. */
static int accept_twice(struct watched *watched)
{
	struct sockaddr_in addr = watched_loopback(0);
	const struct sigaction restart = {.sa_handler = nothing, .sa_flags = SA_RESTART};
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	sigaction(SIGUSR1, &restart, NULL);
	(void)bind(fd, (struct sockaddr *)&addr, sizeof addr);
	listen(fd, 1);
	watched->port = watched_port(fd);
	return accept(fd, NULL, NULL) < 0;
}

/* The first time it enters accept it gets the signal there, the second time a client. */
static void interrupt_accept(struct watched *watched, enum trace_what what, struct traced *call)
{
	const struct sockaddr_in addr = watched_loopback(watched->port);
	static int client;

	if (what == TRACE_OVER)
		close(client);
	if (what != TRACE_ENTRY || call->call != CALL_ACCEPT)
		return;
	watched->numbers[watched->errors[0]++ & 1] = (long)call->options;
	call->options = 7;
	if (watched->errors[0] == 1) {
		kill((pid_t)call->pid, SIGUSR1);
		return;
	}
	client = socket(AF_INET, SOCK_STREAM, 0);
	(void)connect(client, (const struct sockaddr *)&addr, sizeof addr);
}

static void a_call_that_is_made_again_keeps_what_was_noted(void)
{
	watched_scene(
	    seen, &(struct scene){.program = accept_twice, .at = interrupt_accept, .all = true});
	ended_well(
	    "> socket -1 unborrowed 2 1 0\n< socket -1 4\n> bind 4 127.0.0.1:0\n< bind 4 0\n"
	    "> listen 4 1\n< listen 4 0\n> accept 4\n> accept 4\n< accept 4 5\nover\ngone\n");
	CHECK(seen->numbers[0] == 0 && seen->numbers[1] == 7, "options %ld, then %ld",
	    seen->numbers[0], seen->numbers[1]);
}

static void note_options(struct watched *watched, enum trace_what what, struct traced *call)
{
	(void)watched;
	if (what == TRACE_ENTRY && call->call == CALL_LISTEN)
		watched->numbers[0] = (long)call->options + (long)call->set;
	if (what == TRACE_ENTRY)
		call->options = call->set = 7;
}

static void another_call_begins_without_what_was_noted(void)
{
	watched_scene(seen, &(struct scene){.program = bind_and_listen, .at = note_options});
	CHECK(seen->numbers[0] == 0, "options and set: %ld", seen->numbers[0]);
}

/* --- threads and children --------------------------------------------------------------- */

static void *bind_there(void *data)
{
	const struct sockaddr_in addr = watched_loopback(0);

	(void)bind(*(int *)data, (const struct sockaddr *)&addr, sizeof addr);
	return NULL;
}

static int bind_in_others(struct watched *watched)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	pthread_t thread;

	if (pthread_create(&thread, NULL, bind_there, &fd) != 0)
		return 1;
	pthread_join(thread, NULL);
	const pid_t child = fork();
	if (child == 0) {
		listen(fd, 2);
		_exit(3);
	}
	int status = 0;
	watched->numbers[0] = waitpid(child, &status, 0) == child ? status : -1;
	return 0;
}

static void threads_and_children_are_told_apart(void)
{
	watched_scene(seen, &(struct scene){.program = bind_in_others});
	ended_well("> bind 4 thread 127.0.0.1:0\n< bind 4 thread 0\n"
		   "> listen 4 child 2\n< listen 4 child 0\nover\ngone\n");
	CHECK(WIFEXITED(seen->numbers[0]) && WEXITSTATUS(seen->numbers[0]) == 3, "status %#lx",
	    seen->numbers[0]);
}

/* The child lives until its parent has ended. */
static int leave_a_child(struct watched *watched)
{
	int line[2];
	char byte;

	(void)watched;
	if (pipe(line) < 0)
		return 1;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fork() == 0) {
		close(line[1]);
		if (read(line[0], &byte, 1) == 0)
			listen(fd, 2);
		_exit(0);
	}
	return 0;
}

static void the_end_of_the_program_is_told_before_that_of_its_children(void)
{
	watched_scene(seen, &(struct scene){.program = leave_a_child});
	CHECK(strstr(seen->told, "over\n") && strstr(seen->told, "> listen 6 child 2\n") &&
		  strstr(seen->told, "< listen 6 child 0\n") &&
		  !strcmp(seen->told + strlen(seen->told) - 5, "gone\n"),
	    "got \"%s\"", seen->told);
}

/* --- signals ---------------------------------------------------------------------------- */

static volatile sig_atomic_t caught;

static void catch_it(int number)
{
	caught += number;
}

static int get_signals(struct watched *watched)
{
	const struct sigaction action = {.sa_handler = catch_it};

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	watched->numbers[0] = caught;
	kill(getpid(), SIGSTOP);
	watched->numbers[1] = 1;
	kill(getpid(), SIGTERM);
	return 0;
}

static void signals_reach_the_program_as_without_a_tracer(void)
{
	int ended, status = 0;
	const pid_t pid = watched_begin(seen, &(struct scene){.program = get_signals}, &ended);

	while (waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR)
		continue;
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "status %#x", (unsigned)status);
	CHECK(seen->numbers[0] == SIGUSR1 + SIGUSR2, "caught %ld", seen->numbers[0]);
	/* It stays stopped, until it is to go on. */
	CHECK(waitpid(pid, &status, WNOHANG) == 0 && seen->numbers[1] == 0, "it went on by itself");
	kill(pid, SIGCONT);
	watched_end(seen, pid, ended);
	CHECK(WIFSIGNALED(seen->status) && WTERMSIG(seen->status) == SIGTERM, "status %#x",
	    (unsigned)seen->status);
	CHECK_TEXT(seen->told, "over\ngone\n");
}

/* --- what hides calls ------------------------------------------------------------------- */

static int install_filters(struct watched *watched)
{
	struct filter_step allow = {.code = 0x06, .k = 0x7fff0000}; /* linux/seccomp.h */
	const struct {
		unsigned short count;
		struct filter_step *steps;
	} program = {.count = 1, .steps = &allow};

	(void)watched;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_seccomp, 1L, 0x10000L, &program); /* no such flag */
	if (syscall(SYS_seccomp, 1L, 0L, &program) < 0)
		return 1;
	return prctl(PR_SET_SECCOMP, 2, &program) < 0;
}

static void a_filter_is_told_of_once_it_is_there(void)
{
	watched_scene(seen, &(struct scene){.program = install_filters});
	ended_well("filter\nfilter\nover\ngone\n");
}

static int make_ring(struct watched *watched)
{
	(void)watched;
	syscall(425L, 0L, NULL); /* io_uring_setup, with nothing to set up */
	return 0;
}

static void a_ring_is_told_of(void)
{
	watched_scene(seen, &(struct scene){.program = make_ring});
	ended_well("ring\nover\ngone\n");
}

int main(void)
{
	seen = watched_new();
	if (!watched_able()) {
		printf("skip: no program can be watched here\n");
		return 77;
	}
	TEST(a_call_that_is_refused_is_not_made);
	TEST(a_call_that_is_made_again_keeps_what_was_noted);
	TEST(another_call_begins_without_what_was_noted);
	TEST(threads_and_children_are_told_apart);
	TEST(the_end_of_the_program_is_told_before_that_of_its_children);
	TEST(signals_reach_the_program_as_without_a_tracer);
	TEST(a_filter_is_told_of_once_it_is_there);
	TEST(a_ring_is_told_of);
	return test_failures != 0;
}
