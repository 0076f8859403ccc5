/* ctest: core */
/* os/parse/forward: where programs that listen for others forward to, to the last letter that fits. */
#include <stdio.h>

#include "os/parse/forward.h"
#include "tests/lib/edge.h"
#include "tests/lib/test.h"

enum { ROOM = 8 };

static void an_argument_stands_between_blanks(void)
{
	static const struct {
		const char *command, *argument;
	} rows[] = {
	    {"x -ip 1234567", "1234567"},
	    {"x -ip 12345678", ""},
	    {"x -ip=1.2 -port 3", "1.2"},
	    {"-ip 1.2", "1.2"},
	    {"x -ipx 1.2", ""},
	    {"x a-ip 1.2", ""},
	    {"x a-ip 1.2 -ip 3.4", "3.4"},
	    {"x -ipx 1.2 -ip 3.4", "3.4"},
	    {"x -ip 1.2 -ip 3.4", "1.2"},
	    {"x -ip", ""},
	    {"x -ip ", ""},
	    {"x -ip  2", ""},
	    {"x", ""},
	    {"", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char into[ROOM + 1] = "before..";
		into[ROOM] = 'x';
		forward_argument(
		    edge_copy(rows[i].command, strlen(rows[i].command) + 1), "-ip", into, ROOM);
		CHECK_TEXT(into, rows[i].argument);
		CHECK(into[ROOM] == 'x', "row %zu: more than there is room", i);
	}
}

static void each_way_to_say_it_is_read(void)
{
	static const struct {
		const char *program, *command;
		enum forwarder forwarder;
		const char *to;
	} rows[] = {
	    {"ssh", "ssh -L 9007:db:5432 host", FORWARDER_SSH, "db:5432"},
	    {"ssh", "ssh -L9007:db:5432 host", FORWARDER_SSH, "db:5432"},
	    {"ssh", "ssh -L 127.0.0.1:9007:[::1]:5432 host", FORWARDER_SSH, "[::1]:5432"},
	    {"ssh", "ssh -L 9007:db:5432", FORWARDER_SSH, "db:5432"},
	    {"ssh", "ssh -L 1:a:2 -L 3:b:4 host", FORWARDER_SSH, ""},
	    {"ssh", "ssh -L1:a:2 -L3:b:4 host", FORWARDER_SSH, ""},
	    {"ssh", "ssh -L :2 host", FORWARDER_SSH, ""},
	    {"ssh", "ssh -L 2 host", FORWARDER_SSH, ""},
	    {"ssh", "ssh -L 2:3 host", FORWARDER_SSH, ""},
	    {"ssh", "ssh -L", FORWARDER_SSH, ""},
	    {"ssh", "ssh host", FORWARDER_SSH, ""},
	    {"kubectl", "kubectl port-forward svc/web 8080:80", FORWARDER_KUBECTL, "svc/web:80"},
	    {"kubectl", "kubectl port-forward svc/web 8080:", FORWARDER_KUBECTL, ""},
	    {"kubectl", "kubectl port-forward -n x 8080:80", FORWARDER_KUBECTL, ""},
	    {"kubectl", "kubectl get pods", FORWARDER_KUBECTL, ""},
	    {"nc", "nc -L 1:a:2", FORWARDER_NONE, ""},
	    {"sshd", "sshd: bob@pts/0", FORWARDER_SSHD, ""},
	    {"sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10", FORWARDER_NONE, ""},
	    {"sshd", "/usr/sbin/sshd -D", FORWARDER_NONE, ""},
	    {"docker-proxy", "docker-proxy -container-ip 10.0.0.2 -container-port 80",
		FORWARDER_DOCKER_PROXY, "10.0.0.2:80"},
	    {"docker-proxy", "docker-proxy -container-ip fd00::2 -container-port 80",
		FORWARDER_DOCKER_PROXY, "[fd00::2]:80"},
	    {"docker-proxy", "docker-proxy -container-ip 10.0.0.2", FORWARDER_DOCKER_PROXY, ""},
	    {"docker-proxy", "docker-proxy -container-port 80", FORWARDER_DOCKER_PROXY, ""},
	};
	char to[FORWARDS_TO];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(to, sizeof to, "before");
		const enum forwarder found = forward_find(
		    rows[i].program, edge_copy(rows[i].command, strlen(rows[i].command) + 1), to);
		CHECK(found == rows[i].forwarder, "'%s': %d", rows[i].command, (int)found);
		CHECK_TEXT(to, rows[i].to);
	}
}

/* Of socat the last argument; of ssh what stands behind the port. */
static void what_does_not_fit_is_not_told(void)
{
	for (size_t len = FORWARDS_TO - 1; len <= FORWARDS_TO; len++) {
		char last[FORWARDS_TO + 1], command[FORWARDS_TO + 64], to[FORWARDS_TO + 1] = "";
		memset(last, 'x', len);
		last[len] = 0;
		to[FORWARDS_TO] = 'x';
		snprintf(command, sizeof command, "socat TCP-LISTEN:1 %s", last);
		CHECK(forward_find("socat", command, to) == FORWARDER_SOCAT, "no socat");
		CHECK_TEXT(to, len < FORWARDS_TO ? last : "");
		memcpy(last, "1:", 2);
		last[len - 2] = ':';
		snprintf(command, sizeof command, "ssh -L %s host", last);
		CHECK(forward_find("ssh", command, to) == FORWARDER_SSH, "no ssh");
		CHECK_TEXT(to, len < FORWARDS_TO ? last + 2 : "");
		CHECK(to[FORWARDS_TO] == 'x', "more than there is room");
	}
}

int main(void)
{
	TEST(an_argument_stands_between_blanks);
	TEST(each_way_to_say_it_is_read);
	TEST(what_does_not_fit_is_not_told);
	return test_failures != 0;
}
