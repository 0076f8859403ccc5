/* A program under watch, both in this one: what its tracer is told, as text. */
#ifndef REUSE_TEST_WATCHED_H
#define REUSE_TEST_WATCHED_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/trace.h"
#include "tcp/errname.h"

enum {
	WATCHED_TEXT = 4096,
	WATCHED_TO = 3,     /* the descriptor on which it is told; 4 and more are the program's */
	WATCHED_BARRED = 80 /* the program's status where it is not watched, and `bar` */
};

/* What the two processes of it and the test have in common. */
struct watched {
	struct trace trace;  /* as the program has it, once it knows */
	struct trace tracer; /* likewise the tracer */
	enum trace_order order;
	char told[WATCHED_TEXT];
	int status; /* of the program, as wait(2) has it */
	/* The scene's own. */
	unsigned port;
	int errors[4];
	long numbers[4];
};

/* One watch: `program` runs in a process of its own, and ends with what it returns. */
struct scene {
	int (*program)(struct watched *watched);
	/* In the tracer, while the thread stands still; may be NULL. */
	void (*at)(struct watched *watched, enum trace_what what, struct traced *call);
	/* The tracer's life instead of trace_seize, trace_answer and all calls of trace_next; may be NULL. */
	void (*tracer)(struct watched *watched);
	bool all;
};

static struct watched *watched_new(void)
{
	void *page = mmap(NULL, sizeof(struct watched), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		abort();
	return page;
}

__attribute__((format(printf, 2, 3))) static void watched_add(
    struct watched *watched, const char *format, ...)
{
	const size_t at = strlen(watched->told);
	va_list args;

	va_start(args, format);
	vsnprintf(watched->told + at, sizeof watched->told - at, format, args);
	va_end(args);
}

static void watched_tell_call(struct watched *watched, enum trace_what what, struct traced *call)
{
	char text[ADDR_TEXT] = "none";

	watched_add(
	    watched, "%s %s %d", what == TRACE_ENTRY ? ">" : "<", fault_call(call->call), call->fd);
	if (call->thread != call->pid)
		watched_add(watched, " thread");
	if (call->pid != watched->tracer.pid)
		watched_add(watched, " child");
	if (call->sock < 0)
		watched_add(watched, " unborrowed");
	if (what == TRACE_EXIT && call->error)
		watched_add(watched, " %ld %s%s", call->result, errname(call->error),
		    call->unrefused ? " unrefused" : "");
	else if (what == TRACE_EXIT)
		watched_add(watched, " %ld", call->result);
	else if (call->malformed)
		watched_add(watched, " malformed");
	else if (call->call == CALL_BIND || call->call == CALL_CONNECT)
		watched_add(watched, " %s%s%s",
		    call->addr.any.sa_family ? addr_print(&call->addr, text) : text,
		    call->fastopen ? " " : "", call->fastopen ? call->fastopen : "");
	else if (call->call == CALL_SOCKET || call->call == CALL_OPTION)
		watched_add(watched, " %ld %ld %ld", call->args[0], call->args[1], call->args[2]);
	else if (call->call == CALL_LISTEN)
		watched_add(watched, " %ld", call->args[0]);
	watched_add(watched, "\n");
}

/* What the tracer has kept, once all is over. */
static void watched_tell_rest(struct watched *watched)
{
	for (int fd = 0; fd < 64; fd++)
		if ((fcntl(fd, F_GETFD) < 0) == (fd <= STDERR_FILENO))
			watched_add(watched, "descriptor %d\n", fd);
	if (watched->tracer.threads)
		watched_add(watched, "a thread\n");
}

/* The tracer's whole life. */
static void watched_trace(struct watched *watched, const struct scene *scene)
{
	static const char *const others[] = {[TRACE_BLIND] = "blind",
	    [TRACE_RING] = "ring",
	    [TRACE_FILTER] = "filter",
	    [TRACE_EXEC] = "exec",
	    [TRACE_OVER] = "over",
	    [TRACE_GONE] = "gone",
	    [TRACE_QUIET] = "quiet"};
	struct traced *call = NULL;

	if (trace_seize(&watched->tracer) < 0) {
		trace_answer(&watched->tracer, TRACE_ALONE);
		return;
	}
	trace_answer(&watched->tracer, TRACE_EXECUTE);
	for (enum trace_what what = TRACE_QUIET; what != TRACE_GONE;) {
		what = trace_next(&watched->tracer, &call, -1, -1);
		if (what == TRACE_EXIT)
			trace_borrow(call);
		if (what == TRACE_ENTRY || what == TRACE_EXIT)
			watched_tell_call(watched, what, call);
		else if (what == TRACE_BLIND)
			watched_add(watched, "blind %s\n", errname(call->error));
		else
			watched_add(watched, "%s\n", others[what]);
		if (scene->at)
			scene->at(watched, what, call);
		if (what < TRACE_OVER)
			trace_go(&watched->tracer, call);
	}
	watched_tell_rest(watched);
}

/* In the program's process: becomes it, and never returns. `word`: a pipe's end that ends with the tracer. */
static void watched_run(struct watched *watched, const struct scene *scene, int word)
{
	if (word != WATCHED_TO) {
		dup2(word, WATCHED_TO);
		close(word);
	}
	for (int fd = WATCHED_TO + 1; fd < 64; fd++)
		close(fd);
	struct trace trace;
	if (trace_fork(&trace, scene->all, WATCHED_TO) == TRACE_TRACER) {
		watched->tracer = trace;
		if (scene->tracer)
			scene->tracer(watched);
		else
			watched_trace(watched, scene);
		_exit(0);
	}
	watched->trace = trace;
	if (trace.bar != TRACE_FREE)
		_exit(WATCHED_BARRED + (int)trace.bar);
	const enum trace_order order = trace_ready(&trace);
	watched->trace = trace;
	watched->order = order;
	if (order != TRACE_EXECUTE)
		_exit(WATCHED_BARRED + (int)trace.bar);
	_exit(scene->program(watched));
}

/* Begins the scene. Returns the program's process; `*ended` is at its end once all of it is over. */
static pid_t watched_begin(struct watched *watched, const struct scene *scene, int *ended)
{
	int ends[2];

	memset(watched, 0, sizeof *watched);
	fflush(stdout);
	if (pipe(ends) < 0)
		abort();
	const pid_t pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0)
		watched_run(watched, scene, ends[1]);
	close(ends[1]);
	*ended = ends[0];
	return pid;
}

static void watched_end(struct watched *watched, pid_t pid, int ended)
{
	char byte;

	while (waitpid(pid, &watched->status, 0) < 0 && errno == EINTR)
		continue;
	while (read(ended, &byte, 1) > 0)
		continue;
	close(ended);
}

static void watched_scene(struct watched *watched, const struct scene *scene)
{
	int ended;
	const pid_t pid = watched_begin(watched, scene, &ended);

	watched_end(watched, pid, ended);
}

static inline struct sockaddr_in watched_loopback(unsigned port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline unsigned watched_port(int fd)
{
	struct sockaddr_in addr = {0};
	socklen_t len = sizeof addr;

	getsockname(fd, (struct sockaddr *)&addr, &len);
	return ntohs(addr.sin_port);
}

/* Whether this machine lets a process be traced, and its descriptors be borrowed; asked without os/linux/trace. */
static bool watched_able(void)
{
	enum { SEIZE_IT = 0x4206 };
	int status;
	const pid_t child = fork();

	if (child == 0)
		for (;;)
			pause();
	const int handle = (int)syscall(SYS_pidfd_open, child, 0);
	const int borrowed = (int)syscall(SYS_pidfd_getfd, handle, STDOUT_FILENO, 0);
	const bool able = borrowed >= 0 && syscall(SYS_ptrace, SEIZE_IT, child, 0, 0) == 0;
	close(borrowed);
	close(handle);
	kill(child, SIGKILL);
	while (waitpid(child, &status, __WALL) < 0 && errno == EINTR)
		continue;
	return able;
}

#endif
