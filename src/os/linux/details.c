#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/linux/details.h"
#include "os/linux/file.h"
#include "os/parse/forward.h"
#include "os/parse/proc.h"

enum { COMMAND_LINE = 65536, DETAIL_TEXT = 8192, DETAIL_PATH = 32 };

void each_process(bool (*look)(void *who, long pid, int dir), void *who)
{
	DIR *proc = opendir("/proc");
	bool on = true;

	if (!proc)
		return;
	for (const struct dirent *entry; on && (entry = readdir(proc));) {
		const long pid = strtol(entry->d_name, NULL, 10);
		const int dir =
		    pid > 0 ? openat(dirfd(proc), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			    : -1;
		if (dir < 0)
			continue;
		on = look(who, pid, dir);
		close(dir);
	}
	closedir(proc);
}

int details_open(long pid)
{
	char path[DETAIL_PATH];

	snprintf(path, sizeof path, "/proc/%ld", pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void details_program(int dir, char program[HOLDER_PROGRAM])
{
	const ssize_t n = file_read_at(dir, "comm", program, HOLDER_PROGRAM - 1);

	program[n > 0 ? n : 0] = 0;
	if (n > 0 && program[n - 1] == '\n')
		program[n - 1] = 0;
}

void details_program_of(long pid, char program[HOLDER_PROGRAM])
{
	const int dir = details_open(pid);

	details_program(dir, program);
	if (dir >= 0)
		close(dir);
}

char *details_command(int dir)
{
	char *text = malloc(COMMAND_LINE + 1);
	ssize_t n = text ? file_read_at(dir, "cmdline", text, COMMAND_LINE) : -1;

	while (n > 0 && text[n - 1] == 0)
		n--;
	if (n <= 0) {
		free(text);
		return NULL;
	}
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == 0)
			text[i] = ' ';
	text[n] = 0;
	char *kept = realloc(text, (size_t)n + 1);
	return kept ? kept : text;
}

/* When a process began that did so `ticks` after the machine. */
static int64_t unix_time(uint64_t ticks)
{
	struct timespec now, up;
	const long each = sysconf(_SC_CLK_TCK);

	if (each <= 0 || clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) < 0)
		return -1;
	const int64_t began_ms =
	    (now.tv_sec - up.tv_sec) * 1000 + (now.tv_nsec - up.tv_nsec) / 1000000;
	return (began_ms + (int64_t)ticks * 1000 / each) / 1000;
}

bool details_stat(int dir, struct proc_stat *stat)
{
	char text[DETAIL_TEXT];
	const ssize_t n = file_read_at(dir, "stat", text, sizeof text);

	return n > 0 && proc_stat(text, (size_t)n, stat);
}

void details_read(const struct task *task, bool fully, struct process *process)
{
	char text[DETAIL_TEXT];
	struct proc_stat stat;

	*process = (struct process){.pid = task->pid, .started = -1, .uid = -1};
	details_program(task->dir, process->program);
	if (!fully)
		return;
	process->command = details_command(task->dir);
	if (details_stat(task->dir, &stat)) {
		process->state = stat.state;
		process->started = unix_time(stat.started);
		process->session = stat.session;
	}
	const ssize_t n = file_read_at(task->dir, "status", text, sizeof text);
	if (n > 0) {
		process->uid = proc_user(text, (size_t)n);
		process->deaf = proc_deaf(text, (size_t)n);
	}
	process->forwarder = forward_find(
	    process->program, process->command ? process->command : "", process->forwards_to);
}
