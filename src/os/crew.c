#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/crew.h"
#include "tcp/fault.h"

enum { REAP_MS = 250 }; /* from the end of a member's work to its own, usually none */

/* A pipe, close-on-exec. */
static int open_pipe(int ends[2])
{
	if (pipe(ends) < 0)
		return -1;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

/* One pipe for all members. Nobody reads from it, so one byte makes it readable for all and for
 * good; and as only the first process can write, its death does too. */
int crew_open(struct crew *crew)
{
	int ends[2];

	if (open_pipe(ends) < 0)
		return -1;
	/* Inherited as ignored it would let nobody collect the members, nor learn how they ended: wait(2). */
	signal(SIGCHLD, SIG_DFL);
	crew->stop = ends[0];
	crew->order = ends[1];
	return 0;
}

int crew_fork(struct crew *crew, struct member *member)
{
	int ends[2];
	sigset_t stops, before;

	member->refused = "pipe";
	if (open_pipe(ends) < 0)
		return -1;
	member->refused = "fork";
	/* A handler of the first process's must not run in the member. */
	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGQUIT);
	sigprocmask(SIG_BLOCK, &stops, &before);
	member->pid = fork();
	if (member->pid < 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		fault_close(ends[0]);
		return fault_close(ends[1]);
	}
	member->refused = NULL;
	if (member->pid > 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		close(ends[1]);
		member->report = ends[0];
		return 0;
	}
	close(ends[0]);
	close(crew->order);
	crew->order = -1;
	member->report = ends[1];
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return 1;
}

void crew_stop(const struct crew *crew)
{
	/* One byte a call, and few calls: the pipe cannot be full. Where all members are gone
	 * (EPIPE) there is nobody to tell. */
	if (write(crew->order, "", 1) < 0)
		return;
}

bool crew_orphaned(const struct crew *crew)
{
	struct pollfd stop = {.fd = crew->stop, .events = POLLIN};

	return poll(&stop, 1, 0) > 0 && stop.revents & POLLHUP;
}

/* Waits a moment for it to be collectable. Returns false where it is not: it is stopped, or its tracer is. */
static bool collect_soon(const struct member *member, int *status)
{
	for (int ms = 0; ms < REAP_MS; ms++) {
		if (waitpid(member->pid, status, WNOHANG) != 0)
			return true;
		poll(NULL, 0, 1);
	}
	return false;
}

int crew_reap(struct member *member)
{
	int status = 0;

	if (!collect_soon(member, &status)) {
		crew_kill(member);
		collect_soon(member, &status);
	}
	crew_mute(member);
	return status;
}

void crew_kill(const struct member *member)
{
	/* It is not collected yet, so the number is still its own. */
	kill(member->pid, SIGKILL);
}

void crew_mute(struct member *member)
{
	if (member->report >= 0)
		close(member->report);
	member->report = -1;
}

bool crew_gone(struct member *member, int *status)
{
	if (waitpid(member->pid, status, WNOHANG) != member->pid)
		return false;
	crew_mute(member);
	return true;
}

void crew_close(struct crew *crew)
{
	close(crew->stop);
	if (crew->order >= 0)
		close(crew->order);
}
