/* ctest: os=Linux native wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free wrap=send wrap=recv */
/* os/linux/trace_next: of many calls at once, each ends as it began, and nothing of them is kept. */
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "tests/lib/heap.h"
#include "tests/lib/watched.h"
#include "tests/lib/test.h"

enum { THREADS = 6, NS_IN_MS = 1000000 };

static struct watched *seen;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
ssize_t __real_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __real_recv(int fd, void *bytes, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* Each word of the line between the two is sent and received in pieces, of a byte at first, with a signal between. */
static bool in_pieces;
static unsigned pieces;

static size_t next_piece(size_t len)
{
	if (!in_pieces)
		return len;
	if (pieces++ % 2 == 0) {
		errno = EINTR;
		return 0;
	}
	return len > 1 ? len / 2 : len;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	const size_t n = next_piece(len);

	return n ? __real_send(fd, bytes, n, flags) : -1;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags)
{
	const size_t n = next_piece(len);

	return n ? __real_recv(fd, bytes, n, flags) : -1;
}

/* How often `line` stands in what was told. */
static int count_lines(const char *line)
{
	int count = 0;

	for (const char *at = strstr(seen->told, line); at; at = strstr(at + 1, line))
		count++;
	return count;
}

/* --- what the two say to each other ----------------------------------------------------- */

static int be_watched(struct watched *watched)
{
	watched->numbers[0] = pieces;
	return 0;
}

static void what_comes_in_pieces_is_put_together(void)
{
	in_pieces = true;
	watched_scene(seen, &(struct scene){.program = be_watched});
	in_pieces = false;
	CHECK(seen->status == 0 && seen->trace.bar == TRACE_FREE && seen->trace.error == 0,
	    "status %#x, bar %d, %s", (unsigned)seen->status, (int)seen->trace.bar,
	    errname(seen->trace.error));
	CHECK(seen->numbers[0] > 20, "only %ld pieces", seen->numbers[0]);
	CHECK_TEXT(seen->told, "over\ngone\n");
}

/* --- many threads ----------------------------------------------------------------------- */

static void *take_one(void *data)
{
	const int fd = accept(*(int *)data, NULL, NULL);

	return fd < 0 ? data : NULL;
}

static int begin_threads(struct watched *watched, pthread_t threads[THREADS])
{
	static int fd;
	struct sockaddr_in addr = watched_loopback(0);

	fd = socket(AF_INET, SOCK_STREAM, 0);
	(void)bind(fd, (struct sockaddr *)&addr, sizeof addr);
	listen(fd, THREADS);
	watched->port = watched_port(fd);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, take_one, &fd) != 0)
			abort();
	return fd;
}

static int take_in_threads(struct watched *watched)
{
	pthread_t threads[THREADS];
	void *failed = NULL;

	begin_threads(watched, threads);
	for (int i = 0; i < THREADS && !failed; i++)
		pthread_join(threads[i], &failed);
	return failed != NULL;
}

/* Each thread gets its client once all of them wait. */
static void connect_to_all(struct watched *watched, enum trace_what what, struct traced *call)
{
	const struct sockaddr_in addr = watched_loopback(watched->port);
	static int clients[THREADS];

	if (what == TRACE_ENTRY && call->call == CALL_ACCEPT && ++watched->numbers[0] == THREADS)
		for (int i = 0; i < THREADS; i++) {
			clients[i] = socket(AF_INET, SOCK_STREAM, 0);
			(void)connect(clients[i], (const struct sockaddr *)&addr, sizeof addr);
		}
	if (what == TRACE_OVER)
		for (int i = 0; i < THREADS; i++)
			close(clients[i]);
	watched->numbers[1] = heap_pieces;
}

static void calls_of_many_threads_end_each_as_it_began(void)
{
	heap_pieces = 0;
	watched_scene(
	    seen, &(struct scene){.program = take_in_threads, .at = connect_to_all, .all = true});
	CHECK(seen->status == 0, "status %#x", (unsigned)seen->status);
	CHECK(count_lines("> accept 4 thread\n") == THREADS &&
		  count_lines("< accept 4 thread ") == THREADS,
	    "told \"%s\"", seen->told);
	for (int i = 0; i < THREADS; i++) {
		char line[64];
		snprintf(line, sizeof line, "< accept 4 thread %d\n", 5 + i);
		CHECK(count_lines(line) == 1, "no \"%s\" in \"%s\"", line, seen->told);
	}
	CHECK(!strcmp(strstr(seen->told, "over\n"), "over\ngone\n"), "told \"%s\"", seen->told);
	CHECK(seen->numbers[1] == 0, "%ld pieces of memory are kept", seen->numbers[1]);
}

/* --- threads that are killed ------------------------------------------------------------ */

static int end_with_threads(struct watched *watched)
{
	pthread_t threads[THREADS];

	begin_threads(watched, threads);
	while (watched->numbers[0] < THREADS)
		sched_yield();
	return 0;
}

static void count_waiting(struct watched *watched, enum trace_what what, struct traced *call)
{
	watched->numbers[0] += what == TRACE_ENTRY && call->call == CALL_ACCEPT;
	watched->numbers[1] = heap_pieces;
}

static void nothing_is_kept_of_threads_that_end_within_a_call(void)
{
	heap_pieces = 0;
	watched_scene(
	    seen, &(struct scene){.program = end_with_threads, .at = count_waiting, .all = true});
	CHECK(seen->status == 0, "status %#x", (unsigned)seen->status);
	CHECK(count_lines("> accept 4 thread\n") == THREADS && count_lines("< accept") == 0 &&
		  !strcmp(strstr(seen->told, "over\n"), "over\ngone\n"),
	    "told \"%s\"", seen->told);
	CHECK(seen->numbers[1] == 0, "%ld pieces of memory are kept", seen->numbers[1]);
}

/* --- stops ------------------------------------------------------------------------------ */

static int stop_thrice(struct watched *watched)
{
	static const int signals[] = {SIGTSTP, SIGTTIN, SIGTTOU};

	setpgid(0, 0); /* the kernel stops no orphaned group by these */
	for (int i = 0; i < 3; i++) {
		watched->numbers[0] = i;
		kill(getpid(), signals[i]);
	}
	return 0;
}

static void each_kind_of_stop_lasts_until_the_program_is_to_go_on(void)
{
	static const int signals[] = {SIGTSTP, SIGTTIN, SIGTTOU};
	int ended, status = 0;
	const pid_t pid = watched_begin(seen, &(struct scene){.program = stop_thrice}, &ended);

	for (int i = 0; i < 3; i++) {
		while (waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR)
			continue;
		CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == signals[i], "stop %d: status %#x",
		    i, (unsigned)status);
		CHECK(waitpid(pid, &status, WNOHANG | WUNTRACED) == 0 && seen->numbers[0] == i,
		    "stop %d: it went on by itself", i);
		kill(pid, SIGCONT);
	}
	watched_end(seen, pid, ended);
	CHECK(seen->status == 0, "status %#x", (unsigned)seen->status);
	CHECK_TEXT(seen->told, "over\ngone\n");
}

/* --- waits ------------------------------------------------------------------------------ */

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / NS_IN_MS;
}

/* Calls nothing until it is told to. */
static int bind_when_told(struct watched *watched)
{
	const struct timespec pause = {.tv_nsec = 20L * NS_IN_MS};
	const struct sockaddr_in addr = watched_loopback(0);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	while (!watched->numbers[3])
		sched_yield();
	nanosleep(&pause, NULL);
	return bind(fd, (const struct sockaddr *)&addr, sizeof addr);
}

static void wait_for_it(struct watched *watched)
{
	struct trace *trace = &watched->tracer;
	struct traced *call = NULL;

	if (trace_seize(trace) < 0)
		return;
	trace_answer(trace, TRACE_EXECUTE);
	/* The pipe at stdout has room at once. */
	watched->errors[0] = (int)trace_next(trace, &call, STDOUT_FILENO, -1);
	watched->numbers[0] = -now_ms();
	watched->errors[1] = (int)trace_next(trace, &call, -1, 30);
	watched->numbers[0] += now_ms();
	watched->errors[2] = (int)trace_next(trace, &call, -1, 0);
	watched->numbers[1] = -now_ms();
	watched->numbers[3] = 1;
	watched->errors[3] = (int)trace_next(trace, &call, -1, 30000);
	watched->numbers[1] += now_ms();
	for (enum trace_what what = TRACE_ENTRY; what != TRACE_GONE;
	     what = trace_next(trace, &call, -1, -1))
		if (what < TRACE_OVER)
			trace_go(trace, call);
}

static void a_wait_ends_with_a_call_with_room_or_with_its_time(void)
{
	watched_scene(seen, &(struct scene){.program = bind_when_told, .tracer = wait_for_it});
	CHECK(seen->errors[0] == TRACE_QUIET && seen->errors[1] == TRACE_QUIET &&
		  seen->errors[2] == TRACE_QUIET && seen->errors[3] == TRACE_ENTRY,
	    "%d, %d, %d, %d", seen->errors[0], seen->errors[1], seen->errors[2], seen->errors[3]);
	CHECK(seen->numbers[0] >= 30, "30 ms took %ld", seen->numbers[0]);
	CHECK(seen->numbers[1] >= 1 && seen->numbers[1] < 20000,
	    "a call after 20 ms came after %ld", seen->numbers[1]);
}

int main(void)
{
	heap_left = -1;
	seen = watched_new();
	if (!watched_able()) {
		printf("skip: no program can be watched here\n");
		return 77;
	}
	TEST(what_comes_in_pieces_is_put_together);
	TEST(calls_of_many_threads_end_each_as_it_began);
	TEST(nothing_is_kept_of_threads_that_end_within_a_call);
	TEST(each_kind_of_stop_lasts_until_the_program_is_to_go_on);
	TEST(a_wait_ends_with_a_call_with_room_or_with_its_time);
	return test_failures != 0;
}
