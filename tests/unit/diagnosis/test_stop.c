/* ctest: core */
/* diagnosis/stop: the command that stops who has a port, to be pasted into a shell. */
#include <unistd.h>

#include "diagnosis/stop.h"
#include "tests/lib/test.h"

enum { PORT = 3000, MOST = 12 };

#define ID "0123456789012345678901234567890123456789012345678901234567890123"

/* Up to MOST sockets of that port, each with a process of its own and the place of that. */
static struct placement places[1 + MOST];
static struct process processes[MOST];
static struct owner owners[MOST];
static struct holder holders[MOST];
static struct stop stops[STOPS_MOST];
static size_t stop_count, self;

static void clear_scene(void)
{
	memset(places, 0, sizeof places);
	memset(processes, 0, sizeof processes);
	memset(holders, 0, sizeof holders);
	memset(stops, 0, sizeof stops);
	stop_count = self = 0;
	for (size_t i = 0; i < MOST; i++) {
		owners[i] = (struct owner){.process = i};
		processes[i] = (struct process){.pid = 100 + (long)i, .place = 1 + i, .state = 'S'};
		holders[i] = (struct holder){.local = addr_loopback(AF_INET, PORT),
		    .owner = i,
		    .owner_count = 1,
		    .place = 1 + i};
	}
}

/* Adds the first `count`; returns what the last stop_add did. */
static int add_first(size_t count)
{
	const struct findings findings = {.holders = {.list = holders,
					      .count = MOST,
					      .owners = owners,
					      .owner_count = MOST,
					      .processes = processes,
					      .process_count = MOST,
					      .places = places,
					      .place_count = 1 + MOST,
					      .place_self = self}};
	int result = 0;

	for (size_t i = 0; i < count; i++)
		result = stop_add(&findings, i, stops, &stop_count);
	return result;
}

static void each_manager_has_its_command(void)
{
	static const struct {
		struct placement place;
		const char *command;
	} rows[] = {
	    {{.unit = ""}, "kill 100"},
	    {{.unit = "session-3.scope", .session = true}, "kill 100"},
	    {{.unit = "web.service"}, "systemctl stop web.service"},
	    {{.unit = "web@a-b.service"}, "systemctl stop web@a-b.service"},
	    {{.unit = "a\\x2db.service"}, "systemctl stop 'a\\x2db.service'"},
	    {{.unit = "it's.service"}, "systemctl stop 'it'\\''s.service'"},
	    {{.unit = "w.service", .user_manager = true, .manager_uid = 7},
		"systemctl --user stop w.service"},
	    {{.unit = "w.service", .user_manager = true, .manager_uid = 54321},
		"cd / && sudo -u '#54321' XDG_RUNTIME_DIR=/run/user/54321 systemctl --user stop w.service"},
	    {{.engine = CONTAINER_PODMAN,
		 .container = ID,
		 .name = "web",
		 .user_manager = true,
		 .manager_uid = 54321},
		"cd / && sudo -u '#54321' XDG_RUNTIME_DIR=/run/user/54321 podman stop web"},
	    {{.engine = CONTAINER_DOCKER,
		 .container = ID,
		 .name = "web",
		 .user_manager = true,
		 .manager_uid = 54321},
		"cd / && sudo -u '#54321' DOCKER_HOST=unix:///run/user/54321/docker.sock docker stop web"},
	    {{.engine = CONTAINER_DOCKER, .container = ID}, "docker stop " ID},
	    {{.engine = CONTAINER_DOCKER, .container = ID, .name = "web"}, "docker stop web"},
	    {{.engine = CONTAINER_PODMAN, .container = ID, .name = "my web"},
		"podman stop 'my web'"},
	    {{.engine = CONTAINER_DOCKER, .container = ID, .pod = true, .name = "web"},
		"crictl stop " ID},
	    {{.engine = CONTAINER_CRIO, .container = ID}, "crictl stop " ID},
	    {{.engine = CONTAINER_CONTAINERD, .container = ID}, "crictl stop " ID},
	    {{.engine = CONTAINER_LXC, .container = "box"}, "lxc-stop -n box"},
	    {{.engine = CONTAINER_NSPAWN, .container = "box"}, "machinectl terminate box"},
	    {{.engine = CONTAINER_OTHER, .container = ID}, ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		clear_scene();
		places[1] = rows[i].place;
		if (places[1].manager_uid == 7) /* who asks */
			places[1].manager_uid = (long)geteuid();
		CHECK(add_first(1) == 0 && stop_count == 1, "row %zu: %zu stops", i, stop_count);
		CHECK_TEXT(stops[0].command, rows[i].command);
		CHECK(stops[0].process == &processes[0] && stops[0].place == &places[1], "row %zu",
		    i);
	}
}

static void who_is_in_anothers_unit_is_killed(void)
{
	static const struct {
		const char *unit, *program;
		bool guest;
		enum forwarder forwarder;
		const char *command;
	} rows[] = {
	    {"web.service", "node", false, FORWARDER_NONE, "systemctl stop web.service"},
	    {"web.service", "node", true, FORWARDER_NONE, "kill 100"},
	    {"tmux-spawn-1.scope", "node", true, FORWARDER_NONE, "kill 100"},
	    {"run-1.scope", "node", false, FORWARDER_NONE, "systemctl stop run-1.scope"},
	    {"cron.service", "node", false, FORWARDER_NONE, "kill 100"},
	    {"ssh.service", "node", false, FORWARDER_NONE, "kill 100"},
	    {"ssh.service", "sshd", false, FORWARDER_NONE, "systemctl stop ssh.service"},
	    {"ssh.service", "sshd-session", false, FORWARDER_SSHD, "kill 100"},
	    {"libvirtd.service", "dnsmasq", false, FORWARDER_NONE, "kill 100"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		clear_scene();
		snprintf(places[1].unit, PLACE_UNIT, "%s", rows[i].unit);
		snprintf(processes[0].program, HOLDER_PROGRAM, "%s", rows[i].program);
		processes[0].guest = rows[i].guest;
		processes[0].forwarder = rows[i].forwarder;
		CHECK(add_first(1) == 0 && stop_count == 1, "row %zu: %zu stops", i, stop_count);
		CHECK_TEXT(stops[0].command, rows[i].command);
	}
}

static void who_starts_it_again_is_asked_to_stop_it(void)
{
	static const struct {
		enum supervisor supervisor;
		const char *name, *command;
	} rows[] = {
	    {SUPERVISOR_SUPERVISORD, "web:web_00", "supervisorctl stop web:web_00"},
	    {SUPERVISOR_RUNIT, "/etc/sv/we b", "sv stop '/etc/sv/we b'"},
	    {SUPERVISOR_S6, "/run/service/web", "s6-svc -d /run/service/web"},
	    {SUPERVISOR_DAEMONTOOLS, "/service/web", "svc -d /service/web"},
	    {SUPERVISOR_OPENRC, "web", "rc-service web stop"},
	    {SUPERVISOR_PM2, "0", "pm2 stop 0"},
	    {SUPERVISOR_SUPERVISORD, "", "kill 100"}, /* its name is not known */
	    {SUPERVISOR_PARENT, "", "kill 100"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		clear_scene();
		/* The unit may be that of the supervisor. */
		if (*rows[i].name)
			snprintf(places[1].unit, PLACE_UNIT, "all.service");
		processes[0].supervisor = rows[i].supervisor;
		snprintf(processes[0].supervised, SUPERVISED, "%s", rows[i].name);
		CHECK(add_first(1) == 0 && stop_count == 1, "row %zu: %zu stops", i, stop_count);
		CHECK_TEXT(stops[0].command, rows[i].command);
	}
}

static void autossh_is_killed_where_no_unit_is_the_tunnels(void)
{
	static const struct {
		struct placement place;
		const char *command;
	} rows[] = {
	    {{.unit = ""}, "kill 99"},
	    {{.unit = "session-3.scope", .session = true}, "kill 99"},
	    {{.unit = "tunnel.service"}, "systemctl stop tunnel.service"},
	    {{.unit = "tunnel.service", .user_manager = true},
		"systemctl --user stop tunnel.service"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		clear_scene();
		places[1] = rows[i].place;
		places[1].manager_uid = (long)geteuid();
		processes[0].supervisor = SUPERVISOR_AUTOSSH;
		snprintf(processes[0].supervised, SUPERVISED, "99");
		CHECK(add_first(1) == 0 && stop_count == 1, "row %zu: %zu stops", i, stop_count);
		CHECK_TEXT(stops[0].command, rows[i].command);
	}
}

static void a_command_that_takes_one_service_is_written_for_each(void)
{
	clear_scene();
	for (size_t i = 0; i < 3; i++) {
		processes[i].supervisor = i < 2 ? SUPERVISOR_S6 : SUPERVISOR_RUNIT;
		snprintf(processes[i].supervised, SUPERVISED, "/s/%zu", i);
	}
	CHECK(add_first(3) == 0 && stop_count == 3, "%zu stops", stop_count);
	CHECK_TEXT(stops[0].command, "s6-svc -d /s/0");
	CHECK_TEXT(stops[1].command, "s6-svc -d /s/1");
	CHECK_TEXT(stops[2].command, "sv stop /s/2");
}

static void one_command_stops_all_that_one_manager_has(void)
{
	clear_scene();
	snprintf(places[1].unit, PLACE_UNIT, "a.service");
	snprintf(places[2].unit, PLACE_UNIT, "b.socket");
	snprintf(places[3].unit, PLACE_UNIT, "a.service");
	CHECK(add_first(3) == 0 && stop_count == 1, "%zu stops", stop_count);
	CHECK_TEXT(stops[0].command, "systemctl stop b.socket a.service"); /* the socket first */
}

static void a_socket_unit_stands_before_its_service(void)
{
	for (int user = 0; user < 2; user++) {
		clear_scene();
		for (size_t i = 1; i <= 2; i++)
			places[i] = (struct placement){
			    .user_manager = user, .manager_uid = (long)geteuid()};
		snprintf(places[1].unit, PLACE_UNIT, "a.service");
		snprintf(places[2].unit, PLACE_UNIT, "a.socket");
		CHECK(add_first(2) == 0 && stop_count == 1, "%zu stops", stop_count);
		CHECK_TEXT(stops[0].command, user ? "systemctl --user stop a.socket a.service"
						  : "systemctl stop a.socket a.service");
	}
}

static void in_the_same_container_there_is_no_engine_to_ask(void)
{
	clear_scene();
	places[1] = (struct placement){.engine = CONTAINER_DOCKER, .container = ID};
	self = 1;
	CHECK(add_first(1) == 0, "refused");
	CHECK_TEXT(stops[0].command, "kill 100");
}

/* A command is never cut: what has no room begins another. */
static void names_without_room_begin_another_command(void)
{
	size_t named = 0;

	clear_scene();
	for (size_t i = 1; i <= MOST; i++)
		snprintf(
		    places[i].unit, PLACE_UNIT, "%0*zu.%s", 90, i, i % 2 ? "service" : "socket");
	CHECK(add_first(MOST) == 0 && stop_count == 2, "%zu stops", stop_count);
	for (size_t i = 1; i <= MOST; i++)
		for (size_t k = 0; k < stop_count; k++)
			named += strstr(stops[k].command, places[i].unit) != NULL;
	CHECK(named == MOST, "%zu named", named);
	for (size_t k = 0; k < stop_count; k++)
		CHECK(strlen(stops[k].command) > 500 &&
			  !strncmp(stops[k].command, "systemctl stop 0", 16),
		    "%s", stops[k].command);
	CHECK(add_first(MOST) == 0 && stop_count == 2, "again: %zu stops", stop_count);
}

static void a_name_that_no_command_can_take_is_not_cut(void)
{
	const size_t begin = strlen("systemctl stop ''");

	/* Each quote takes four characters, in quotes. */
	for (size_t quotes = 150; quotes < 163; quotes++)
		for (size_t plain = 0; plain < 4; plain++) {
			clear_scene();
			memset(places[1].unit, '\'', quotes);
			memset(places[1].unit + quotes, 'a', plain);
			const size_t len = begin + 4 * quotes + plain;
			CHECK(add_first(1) == 0 && stop_count == 1, "%zu stops", stop_count);
			CHECK(strlen(stops[0].command) == (len < STOP_COMMAND ? len : 0),
			    "%zu of %zu characters", strlen(stops[0].command), len);
		}
}

static void units_of_two_users_take_two_commands(void)
{
	clear_scene();
	for (size_t i = 1; i <= MOST; i++)
		places[i] = (struct placement){
		    .unit = "w.service", .user_manager = true, .manager_uid = i == 2 ? 8 : 7};
	CHECK(add_first(3) == 0 && stop_count == 2, "%zu stops", stop_count);
	CHECK(stops[0].user == 7 && stops[1].user == 8, "users %ld, %ld", stops[0].user,
	    stops[1].user);
}

static void a_name_that_is_a_word_of_the_command_is_stopped_too(void)
{
	clear_scene();
	snprintf(places[1].unit, PLACE_UNIT, "stop");
	add_first(1);
	CHECK_TEXT(stops[0].command, "systemctl stop stop");
}

static void a_name_that_ends_as_another_is_stopped_too(void)
{
	clear_scene();
	snprintf(places[1].unit, PLACE_UNIT, "web.service.service");
	snprintf(places[2].unit, PLACE_UNIT, "web.service");
	add_first(2);
	CHECK_TEXT(stops[0].command, "systemctl stop web.service.service web.service");
}

static void processes_without_manager_are_killed_one_by_one(void)
{
	clear_scene();
	processes[1].pid = processes[0].pid;
	processes[2].state = 'T';
	CHECK(add_first(3) == 0 && stop_count == 2, "%zu stops", stop_count);
	CHECK_TEXT(stops[0].command, "kill 100");
	CHECK_TEXT(stops[1].command, "kill -KILL 102"); /* a stopped one hears no other */
	CHECK(!stops[0].suspended && stops[1].suspended, "suspended");
}

static void whom_nobody_may_stop_gets_no_command(void)
{
	clear_scene();
	processes[0].pid = 1;
	processes[1].kin = KIN_ANCESTOR;
	CHECK(add_first(2) == 0 && stop_count == 2, "%zu stops", stop_count);
	CHECK(stops[0].manager == MANAGER_FIRST && stops[1].manager == MANAGER_KIN, "%d, %d",
	    (int)stops[0].manager, (int)stops[1].manager);
	CHECK_TEXT(stops[0].command, "");
	CHECK_TEXT(stops[1].command, "");
	/* But process 1 holds the sockets of its socket units. */
	clear_scene();
	processes[0].pid = 1;
	snprintf(places[1].unit, PLACE_UNIT, "web.socket");
	add_first(1);
	CHECK_TEXT(stops[0].command, "systemctl stop web.socket");
}

static void what_systemd_keeps_for_a_service_goes_with_that(void)
{
	clear_scene();
	/* What the service has stored there. */
	processes[0].pid = 1;
	snprintf(places[1].unit, PLACE_UNIT, "init.scope");
	snprintf(places[2].unit, PLACE_UNIT, "web.service");
	holders[0].place = 2;
	CHECK(add_first(1) == 0 && stop_count == 1, "%zu stops", stop_count);
	CHECK_TEXT(stops[0].command, "systemctl stop web.service");
	CHECK(stops[0].guessed, "taken for certain");
	/* What was accepted for it, after the socket unit's end. */
	stop_count = 0;
	holders[0].place = 0;
	holders[0].owner_count = 2;
	CHECK(add_first(1) == 0 && stop_count == 1, "%zu stops", stop_count);
	CHECK_TEXT(stops[0].command, "systemctl stop web.service");
	CHECK(stops[0].guessed, "taken for certain");
	/* Before that the socket unit counts; where there is neither, nothing is known. */
	stop_count = 0;
	holders[0].place = 3;
	snprintf(places[3].unit, PLACE_UNIT, "web.socket");
	add_first(1);
	CHECK_TEXT(stops[0].command, "systemctl stop web.socket web.service");
	CHECK(!stops[0].guessed, "taken for a guess");
	stop_count = 0;
	holders[0].place = 0;
	holders[0].owner_count = 1;
	add_first(1);
	CHECK(stops[0].manager == MANAGER_FIRST, "%d", (int)stops[0].manager);
}

static void dockers_proxy_is_stopped_by_its_container(void)
{
	clear_scene();
	processes[0].forwarder = FORWARDER_DOCKER_PROXY;
	CHECK(add_first(1) == 0, "refused");
	CHECK_TEXT(stops[0].command, "docker stop $(docker ps -q --filter publish=3000)");
	clear_scene();
	processes[0].forwarder = FORWARDER_DOCKER_PROXY;
	holders[0].udp = true;
	add_first(1);
	CHECK_TEXT(stops[0].command, "docker stop $(docker ps -q --filter publish=3000/udp)");
}

static void without_process_its_unit_is_stopped_or_nobody(void)
{
	clear_scene();
	holders[0].owner_count = 0;
	CHECK(add_first(1) == -1 && stop_count == 0, "%zu stops", stop_count);
	snprintf(places[1].unit, PLACE_UNIT, "web.service");
	CHECK(add_first(1) == 0 && stop_count == 1 && !stops[0].process, "%zu stops", stop_count);
	CHECK_TEXT(stops[0].command, "systemctl stop web.service");
	clear_scene();
	holders[0].owner_count = 0;
	places[1] = (struct placement){.unit = "session-3.scope", .session = true};
	CHECK(add_first(1) == -1 && stop_count == 0, "%zu stops", stop_count);
	clear_scene();
	holders[0].owner_count = 0;
	places[1] = (struct placement){.engine = CONTAINER_DOCKER, .container = ID};
	CHECK(add_first(1) == 0 && stop_count == 1, "%zu stops", stop_count);
	CHECK_TEXT(stops[0].command, "docker stop " ID);
}

static void more_than_can_be_told_are_refused(void)
{
	clear_scene();
	for (long pid = 1000; pid < 1000 + STOPS_MOST; pid++) {
		/* As told of, each stays where it is: they are told apart by pid. */
		static struct process each[STOPS_MOST];
		each[pid - 1000] = (struct process){.pid = pid};
		stops[stop_count++] = (struct stop){.process = &each[pid - 1000], .place = places};
	}
	CHECK(add_first(1) == -1 && stop_count == STOPS_MOST, "%zu stops", stop_count);
}

/* Who may not see the processes of a socket unit does not know whether its service runs. */
static void a_socket_unit_is_stopped_with_what_it_has_started(void)
{
	clear_scene();
	for (size_t i = 0; i < 3; i++)
		holders[i].owner_count = 0;
	snprintf(places[1].unit, PLACE_UNIT, "a\\x2db.socket");
	places[2] = (struct placement){.unit = "web.service"};
	places[3] = places[1];
	holders[2].place = 1;
	CHECK(add_first(3) == 0 && stop_count == 2, "%zu stops", stop_count);
	CHECK_TEXT(stops[0].command, "systemctl stop 'a\\x2db.socket' web.service");
	CHECK_TEXT(stops[1].command,
	    "systemctl stop $(systemctl show -p Triggers --value 'a\\x2db.socket')");
	clear_scene();
	holders[0].owner_count = 0;
	places[1] = (struct placement){
	    .unit = "web.socket", .user_manager = true, .manager_uid = (long)geteuid()};
	CHECK(add_first(1) == 0 && stop_count == 2, "%zu stops", stop_count);
	CHECK_TEXT(stops[1].command,
	    "systemctl --user stop $(systemctl --user show -p Triggers --value web.socket)");
}

/* Podman refuses to stop what is paused; a frozen process handles no signal. */
static void what_is_frozen_is_thawed_or_killed(void)
{
	static const char *const commands[] = {"podman unpause web && podman stop web",
	    "podman stop db", "docker unpause cache && docker stop cache", "kill -KILL 103",
	    "systemctl stop nginx.service"};

	clear_scene();
	places[1] = (struct placement){.engine = CONTAINER_PODMAN, .container = ID, .name = "web"};
	places[2] = (struct placement){.engine = CONTAINER_PODMAN, .container = "2", .name = "db"};
	places[3] =
	    (struct placement){.engine = CONTAINER_DOCKER, .container = ID, .name = "cache"};
	places[5] = (struct placement){.unit = "nginx.service"};
	processes[0].frozen = processes[2].frozen = processes[3].frozen = processes[4].frozen =
	    true;
	CHECK(add_first(5) == 0 && add_first(5) == 0 && stop_count == 5, "%zu stops", stop_count);
	for (size_t i = 0; i < stop_count; i++)
		CHECK(!strcmp(stops[i].command, commands[i]), "%s", stops[i].command);
}

int main(void)
{
	TEST(each_manager_has_its_command);
	TEST(who_is_in_anothers_unit_is_killed);
	TEST(who_starts_it_again_is_asked_to_stop_it);
	TEST(autossh_is_killed_where_no_unit_is_the_tunnels);
	TEST(a_command_that_takes_one_service_is_written_for_each);
	TEST(one_command_stops_all_that_one_manager_has);
	TEST(a_socket_unit_stands_before_its_service);
	TEST(in_the_same_container_there_is_no_engine_to_ask);
	TEST(names_without_room_begin_another_command);
	TEST(a_name_that_no_command_can_take_is_not_cut);
	TEST(units_of_two_users_take_two_commands);
	TEST(a_name_that_is_a_word_of_the_command_is_stopped_too);
	TEST(a_name_that_ends_as_another_is_stopped_too);
	TEST(processes_without_manager_are_killed_one_by_one);
	TEST(whom_nobody_may_stop_gets_no_command);
	TEST(what_systemd_keeps_for_a_service_goes_with_that);
	TEST(dockers_proxy_is_stopped_by_its_container);
	TEST(without_process_its_unit_is_stopped_or_nobody);
	TEST(what_is_frozen_is_thawed_or_killed);
	TEST(a_socket_unit_is_stopped_with_what_it_has_started);
	TEST(more_than_can_be_told_are_refused);
	return test_failures != 0;
}
