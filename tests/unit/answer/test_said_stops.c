/* answer/sentences_stops, sentences_cures: what is to be stopped, word for word, for each kind of process and manager. */
#include <errno.h>

#include "answer/sentences.h"
#include "tests/lib/situation.h"

enum { PORT = 8080, MINE = 4000002 };

static struct diagnosis asked;
static struct sentences sentences;

static void show(void)
{
	static const char *const kinds[SENTENCE_KINDS] = {
	    [SENTENCE_STOP] = "stop", [SENTENCE_KILL] = "kill", [SENTENCE_WAIT] = "wait"};

	for (size_t i = 0; i < sentences.count; i++)
		out_line("%s%s: %s",
		    kinds[sentences.list[i].kind] ? kinds[sentences.list[i].kind] : "?",
		    sentences.list[i].inferred ? " inferred" : "", sentences.list[i].text);
}

/* What is said where stopping these helps. */
static const char *stops(size_t count, const struct stop list[])
{
	sentences.count = 0;
	asked.findings = &situation.findings;
	asked.newcomer = (struct newcomer){.local = situation_addr("127.0.0.1", PORT), .uid = MINE};
	asked.cures.stop_helps = true;
	asked.cures.stop_count = count;
	for (size_t i = 0; i < count; i++)
		asked.cures.stops[i] = list[i];
	sentences_stops(&asked, &sentences);
	return shown_as((struct common){0}, show);
}

#define CHECK_STOPS(want, ...)                                                                     \
	do {                                                                                       \
		const struct stop list[] = {__VA_ARGS__};                                          \
		CHECK_LINES(stops(sizeof list / sizeof *list, list), want);                        \
	} while (0)

static void begin(void)
{
	situation_begin();
	memset(&asked, 0, sizeof asked);
}

static void one_is_killed_and_several_in_one_command(void)
{
	begin();
	struct stop a = {.process = situation_process(11, "a", MINE), .command = "kill 11"},
		    b = {.process = situation_process(12, "b", MINE), .command = "kill 12"},
		    unit = {.manager = MANAGER_SYSTEM, .command = "systemctl stop c.service"};

	CHECK_STOPS("stop: stop what has it: kill 11\n", a);
	CHECK_STOPS("stop: stop what has it: kill 11 12\n", a, b);
	CHECK_STOPS("stop: stop what has it, all of it: systemctl stop c.service; kill 11 12\n", a,
	    unit, b);
	CHECK_STOPS("stop: stop what has it: systemctl stop c.service\n", unit);
	asked.cures.stop_unsure = true;
	CHECK_STOPS("stop inferred: stop what has it: kill 11 (inferred)\n", a);
	asked.cures.stop_helps = false;
	sentences.count = 0;
	sentences_stops(&asked, &sentences);
	CHECK(sentences.count == 0, "%zu sentences", sentences.count);
}

static void what_no_ordinary_kill_reaches_is_told(void)
{
	begin();
	struct process *const p = situation_process(21, "halted", MINE), *const q =
									     situation_process(22,
										 "traced", MINE);
	q->state = 't';
	p->state = 'T';
	struct stop suspended = {.process = p, .suspended = true, .command = "kill 21"},
		    traced = {.process = q, .suspended = true, .command = "kill 22"},
		    plain = {.process = situation_process(23, "plain", MINE), .command = "kill 23"},
		    deaf = {.process = situation_process(24, "deaf", MINE),
			.deaf = true,
			.command = "kill 24"},
		    frozen = {.process = situation_process(25, "frozen", MINE),
			.frozen = true,
			.command = "kill 25"};
	deaf.process = &situation.processes[3];
	situation.processes[3].deaf = true;

	CHECK_STOPS(
	    "stop: halted[21] is suspended (ctrl-z), an ordinary kill has no effect yet: fg in its shell, kill -CONT 21, or kill -KILL 21\n",
	    suspended);
	CHECK_STOPS(
	    "stop: halted[21] and 1 more are suspended (ctrl-z), an ordinary kill has no effect yet: fg in their shells, kill -CONT 21 22, or kill -KILL 21 22\n",
	    suspended, traced);
	CHECK_STOPS(
	    "stop: traced[22] is stopped by a debugger, an ordinary kill has no effect until the debugger lets it continue: kill -KILL 22\n",
	    traced);
	CHECK_STOPS(
	    "stop: traced[22] and 1 more are stopped by a debugger, an ordinary kill has no effect until the debugger lets them continue: kill -KILL 22 21\n",
	    traced, suspended);
	CHECK_STOPS(
	    "stop: stop what has it, all of it: kill 23; kill -KILL 21\n"
	    "stop: halted[21] is suspended (ctrl-z), an ordinary kill has no effect yet: fg in its shell, kill -CONT 21, or kill -KILL 21\n",
	    plain, suspended);
	CHECK_STOPS(
	    "stop: stop what has it: kill -KILL 24; on deaf[24] an ordinary kill has no effect\n",
	    deaf);
	CHECK_STOPS(
	    "stop: stop what has it, all of it: kill 23; kill -KILL 24 21; on deaf[24] an ordinary kill has no effect\n"
	    "stop: halted[21] is suspended (ctrl-z), an ordinary kill has no effect yet: fg in its shell, kill -CONT 21, or kill -KILL 21\n",
	    plain, deaf, suspended);
	CHECK_STOPS(
	    "stop: stop what has it: kill -KILL 25\n"
	    "stop: frozen[25] is frozen by its control group: until it is thawed it handles no signal\n",
	    frozen);
	CHECK_STOPS(
	    "stop: stop what has it, all of it: kill 23; kill -KILL 25\n"
	    "stop: frozen[25] is frozen by its control group: until it is thawed it handles no signal\n",
	    plain, frozen);
	situation.processes[4].state = 'D';
	CHECK_STOPS(
	    "stop: stop what has it: kill -KILL 25\n"
	    "stop inferred: frozen[25] is frozen by its control group, a kill has effect when that is thawed: echo THAWED >/sys/fs/cgroup/freezer$(sed -n 's/^[0-9]*:freezer://p' /proc/25/cgroup)/freezer.state (inferred)\n",
	    frozen);
	frozen.manager = MANAGER_DOCKER;
	CHECK_STOPS("stop: stop what has it: kill 25\n", frozen);
	struct stop many[40];
	for (size_t i = 0; i < 40; i++) {
		struct process *one = situation_process(1000000 + (long)i, "many", MINE);
		one->state = 'T';
		many[i] = (struct stop){.process = one, .suspended = true, .command = "kill"};
	}
	CHECK_LINES(stops(40, many),
	    "stop: many[1000000] and 39 more are suspended (ctrl-z), an ordinary kill has no effect yet: fg in their shells, or kill -KILL 1000000 1000001 1000002 1000003 1000004 1000005 1000006 1000007 1000008 1000009 1000010 1000011 1000012 1000013 1000014 1000015 1000016 1000017 1000018 1000019 1000020 1000021 1000022 1000023 1000024 1000025 1000026 1000027 1000028 1000029 1000030 1000031 1000032 1000033 1000034 1000035 1000036 1000037 1000038 1000039\n");
}

static void what_has_no_command_is_told(void)
{
	static const struct placement box = {.container = "box"};

	begin();
	struct process *const self = situation_process(31, "self", MINE), *const shell =
									      situation_process(
										  32, "bash", MINE);
	self->kin = KIN_SELF;
	shell->kin = KIN_ANCESTOR;
	struct stop kin = {.manager = MANAGER_KIN, .process = self},
		    parent = {.manager = MANAGER_KIN, .process = shell},
		    first = {.manager = MANAGER_FIRST, .process = situation_process(1, "init", 0)},
		    outer = {.manager = MANAGER_OUTER,
			.process = situation_process(33, "out", MINE)},
		    other = {.manager = MANAGER_OTHER, .place = &box};

	CHECK_STOPS("stop: self[31] has it itself: that socket has to be closed first\n", kin);
	CHECK_STOPS(
	    "stop: bash[32] has it and started this one: that socket has to be closed first\n",
	    parent);
	CHECK_STOPS(
	    "stop inferred: init[1] is process 1: as a service manager it has the port for a socket unit, which 'systemctl list-sockets' names: stop that unit; in a container, stop the container (inferred)\n",
	    first);
	CHECK_STOPS(
	    "stop: out[33] is to be stopped in the PID namespace that /proc is of, a kill from here knows no such number: a /proc of this namespace ('mount -t proc proc /proc') shows what it knows\n",
	    outer);
	CHECK_STOPS("stop: stop the container box with its own tool\n", other);
	asked.cures.stop_unsure = true;
	CHECK_STOPS(
	    "stop inferred: out[33] is to be stopped in the PID namespace that /proc is of, a kill from here knows no such number: a /proc of this namespace ('mount -t proc proc /proc') shows what it knows (inferred)\n"
	    "stop inferred: stop the container box with its own tool (inferred)\n",
	    other, outer);
}

static void who_may_start_it_again_is_told(void)
{
	begin();
	struct process *const child = situation_process(41, "child", MINE);
	child->supervisor = SUPERVISOR_PARENT;
	child->parent = 40;
	snprintf(child->parent_program, sizeof child->parent_program, "master");
	struct stop one = {.process = child, .command = "kill 41"},
		    master = {.process = situation_process(40, "master", MINE),
			.command = "kill 40"},
		    managed = {.manager = MANAGER_RUNIT, .process = child, .command = "sv down x"},
		    last = {.manager = MANAGER_STARTED, .command = "systemctl stop 'x@*.service'"};

	CHECK_STOPS(
	    "stop: stop what has it: kill 41\n"
	    "stop inferred: its parent, master[40], may start child[41] again: if so, stop that first: kill 40 (inferred)\n",
	    one);
	CHECK_STOPS("stop: stop what has it: kill 41 40\n", one, master);
	CHECK_STOPS("stop inferred: stop what has it: sv down x (inferred)\n", managed);
	CHECK_STOPS(
	    "stop inferred: stop what has it: systemctl stop 'x@*.service' (inferred)\n", last);
	child->supervisor = SUPERVISOR_NONE;
	CHECK_STOPS("stop: stop what has it: kill 41\n", one);
}

static void who_has_it_for_somebody_is_told(void)
{
	static const struct {
		enum forwarder forwarder;
		enum manager manager;
		const char *want;
	} rows[] = {
	    {FORWARDER_ROOTLESSPORT, MANAGER_NONE,
		"stop: stop what has it: kill 51\n"
		"stop inferred: fwd[51] forwards the port for a container or network namespace, which would go on without it: 'podman ps', 'docker ps' or 'lsns -t net' shows what to stop instead (inferred)\n"},
	    {FORWARDER_ROOTLESSKIT, MANAGER_NONE,
		"stop: stop what has it: kill 51\n"
		"stop inferred: fwd[51] forwards the port for a container or network namespace, which would go on without it: 'podman ps', 'docker ps' or 'lsns -t net' shows what to stop instead (inferred)\n"},
	    {FORWARDER_SLIRP4NETNS, MANAGER_NONE,
		"stop: stop what has it: kill 51\n"
		"stop inferred: fwd[51] forwards the port for a container or network namespace, which would go on without it: 'podman ps', 'docker ps' or 'lsns -t net' shows what to stop instead (inferred)\n"},
	    {FORWARDER_PASTA, MANAGER_NONE,
		"stop: stop what has it: kill 51\n"
		"stop inferred: fwd[51] forwards the port for a container or network namespace, which would go on without it: 'podman ps', 'docker ps' or 'lsns -t net' shows what to stop instead (inferred)\n"},
	    {FORWARDER_CONMON, MANAGER_NONE,
		"stop: stop what has it: kill 51\n"
		"stop inferred: fwd[51] forwards the port for a container or network namespace, which would go on without it: 'podman ps', 'docker ps' or 'lsns -t net' shows what to stop instead (inferred)\n"},
	    {FORWARDER_GVPROXY, MANAGER_NONE,
		"stop: stop what has it: kill 51\n"
		"stop inferred: fwd[51] forwards the port for podman's virtual machine, which would lose its network; instead: podman machine stop (inferred)\n"},
	    {FORWARDER_SSHD, MANAGER_NONE,
		"stop: stop what has it: kill 51\n"
		"stop inferred: fwd[51] forwards the port for an 'ssh -R', whose whole session would end (inferred)\n"},
	    {FORWARDER_SSHD, MANAGER_SYSTEM, "stop: stop what has it: systemctl stop f\n"},
	    {FORWARDER_DOCKER_PROXY, MANAGER_NONE, "stop: stop what has it: kill 51\n"},
	    {FORWARDER_DOCKER_DESKTOP, MANAGER_NONE, "stop: stop what has it: kill 51\n"},
	    {FORWARDER_SOCKET_PROXYD, MANAGER_NONE, "stop: stop what has it: kill 51\n"},
	    {FORWARDER_SSH, MANAGER_NONE, "stop: stop what has it: kill 51\n"},
	    {FORWARDER_SOCAT, MANAGER_NONE, "stop: stop what has it: kill 51\n"},
	    {FORWARDER_KUBECTL, MANAGER_NONE, "stop: stop what has it: kill 51\n"},
	    {FORWARDER_INETD, MANAGER_NONE,
		"stop: stop what has it: kill 51\n"
		"stop inferred: fwd[51] has it for a service in its configuration: once that is removed there, this frees that port alone: kill -HUP 51 (inferred)\n"},
	    {FORWARDER_INETD, MANAGER_SYSTEM,
		"stop: stop what has it: systemctl stop f\n"
		"stop inferred: fwd[51] has it for a service in its configuration: once that is removed there, this frees that port alone: kill -HUP 51 (inferred)\n"},
	    {FORWARDER_INETD, MANAGER_OUTER,
		"stop: fwd[51] is to be stopped in the PID namespace that /proc is of, a kill from here knows no such number: a /proc of this namespace ('mount -t proc proc /proc') shows what it knows\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		struct process *const process = situation_process(51, "fwd", MINE);
		process->forwarder = rows[i].forwarder;
		const struct stop stop = {
		    .manager = rows[i].manager, .process = process, .command = "systemctl stop f"};
		CHECK_LINES(stops(1, &stop), rows[i].want);
	}
}

/* A port of Docker's own is one that its command line names, whole. */
static void docker_has_a_port_for_itself_where_its_command_says_so(void)
{
	static const char bare
	    [] = "stop: stop what has it: kill 52\n",
	told[] =
	    "stop: stop what has it: kill 52\n"
	    "stop inferred: dockerd[52] forwards the port for a container or a swarm's service, and all its others would stop as well: 'docker ps' and 'docker service ls' show what to stop instead (inferred)\n";
	const struct {
		const char *after; /* the port, in its command; NULL: that does not name it */
		const char *want;
	} rows[] = {{NULL, told}, {"", bare}, {" --tls", bare}, {"0", told}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char command[64];
		begin();
		struct process *const process = situation_process(52, "dockerd", MINE);
		process->forwarder = FORWARDER_DOCKERD;
		snprintf(command, sizeof command, "dockerd -H tcp://[::]:%d%s", PORT,
		    rows[i].after ? rows[i].after : "");
		process->command = rows[i].after ? command : NULL;
		const struct stop stop = {.process = process, .command = "kill 52"};
		CHECK_LINES(stops(1, &stop), rows[i].want);
	}
}

static void what_is_left_to_do_then_is_told(void)
{
	begin();
	struct stop one = {.process = situation_process(61, "server", MINE), .command = "kill 61"};

	asked.cures.wait_ms = 2001;
	asked.cures.late_ms = 1000;
	CHECK_STOPS(
	    "stop: stop what has it: kill 61, and wait for what is closed, 3 s or a little more\n",
	    one);
	asked.cures.at_most = true;
	CHECK_STOPS(
	    "stop: stop what has it: kill 61, and wait for what is closed, at most 4 s\n", one);
	asked.cures.leaves = true;
	asked.cures.beside_left = PROBE_ADDR;
	CHECK_STOPS(
	    "stop: stop what has it: kill 61, and wait for what is closed, at most 4 s\n", one);
	asked.cures.wait_ms = 0;
	CHECK_STOPS(
	    "stop: stop what has it: kill 61; its connections may stay in TIME_WAIT for a minute: with SO_REUSEADDR on your socket you need not wait\n",
	    one);
	asked.cures.wait_ms = -1;
	asked.cures.beside_left = 0;
	CHECK_STOPS(
	    "stop: stop what has it: kill 61; its connections may stay in TIME_WAIT for a minute\n",
	    one);
	asked.cures.leaves = false;
	asked.privileged = true;
	asked.reason_count = 1;
	CHECK_STOPS("stop: stop what has it: kill 61; then only the privilege is missing\n", one);
	asked.privileged = false;
	CHECK_STOPS("stop: stop what has it: kill 61; that alone is not enough\n", one);
}

static void closed_connections_are_ended_by_their_states(void)
{
	static const enum holder_state states[] = {HOLDER_FIN_WAIT1, HOLDER_FIN_WAIT2,
	    HOLDER_TIME_WAIT, HOLDER_CLOSE_WAIT, HOLDER_LAST_ACK, HOLDER_CLOSING, HOLDER_CLOSING};

	begin();
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		situation_add(states[i] == HOLDER_TIME_WAIT ? ROLE_REMNANT : ROLE_ORPHAN, states[i],
		    "127.0.0.1", "192.0.2.7", PORT);
	situation_add(ROLE_REMNANT, HOLDER_TIME_WAIT, "127.0.0.2", "192.0.2.7", PORT);
	asked.cures.closed = true;
	CHECK_LINES(stops(0, NULL),
	    "kill: end the closed connections, as root, if this kernel allows it (not tried): ss -K -nat state fin-wait-1 state fin-wait-2 state time-wait state close-wait state last-ack state closing 'sport = :8080'\n");
	begin();
	asked.cures.closed = true;
	situation_add(ROLE_ORPHAN, HOLDER_FIN_WAIT1, "127.0.0.1", "192.0.2.7", PORT)->mptcp = true;
	CHECK_LINES(stops(0, NULL),
	    "kill: end the closed MPTCP connection, as root, if this kernel allows it (not tried): ss -K -nat 'sport = :8080 and dst 192.0.2.7:40000'\n");
	asked.cures.closed = false;
	CHECK_LINES(stops(0, NULL), "");
}

/* So that none is pasted in part. */
static void commands_too_many_for_a_line_are_referred_to(void)
{
	struct stop list[12];

	begin();
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		list[i] = (struct stop){.manager = MANAGER_SYSTEM};
		memset(list[i].command, 'x', 200);
	}
	CHECK_LINES(stops(sizeof list / sizeof *list, list),
	    "stop: stop what has it, all of it, with the commands that 'reuse why --json' lists: too many for one line\n");
}

int main(void)
{
	TEST(one_is_killed_and_several_in_one_command);
	TEST(what_no_ordinary_kill_reaches_is_told);
	TEST(what_has_no_command_is_told);
	TEST(who_may_start_it_again_is_told);
	TEST(who_has_it_for_somebody_is_told);
	TEST(docker_has_a_port_for_itself_where_its_command_says_so);
	TEST(what_is_left_to_do_then_is_told);
	TEST(closed_connections_are_ended_by_their_states);
	TEST(commands_too_many_for_a_line_are_referred_to);
	return test_failures != 0;
}
