/* ctest: core */
/* os/parse/placement, os/parse/forward: units, containers and forwarders, as systemd and the engines name them. */
#include <stdlib.h>

#include "os/parse/forward.h"
#include "os/parse/placement.h"
#include "tests/lib/edge.h"
#include "tests/lib/test.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct placement read_process(const char *text)
{
	struct placement placement = {0};

	placement_of_process(edge_copy(text, strlen(text)), strlen(text), &placement);
	return placement;
}

static void units_are_named_as_systemctl_status_names_them(void)
{
	static const struct {
		const char *text, *unit;
		long user; /* of the manager; -1: the system's */
		bool session;
	} rows[] = {
	    {"0::/system.slice/nginx.service\n", "nginx.service", -1, false},
	    {"0::/system.slice/system-a\\x2db.slice/a\\x2db@c.service\n", "a\\x2db@c.service", -1,
		false},
	    {"0::/system.slice/web.socket\n", "web.socket", -1, false},
	    {"0::/init.scope\n", "init.scope", -1, true},
	    {"0::/system.slice/run-u12.service/payload/below\n", "run-u12.service", -1, false},
	    {"0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope", -1, true},
	    {"0::/system.slice/session-web.service\n", "session-web.service", -1, false},
	    {"0::/system.slice/web.scope\n", "web.scope", -1, false},
	    {"0::/system.slice/srv-data.mount\n", "srv-data.mount", -1, false},
	    {"0::/system.slice/dev-sda2.swap\n", "dev-sda2.swap", -1, false},
	    {"0::/system.slice/web.timer\n", "", -1, false},
	    {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/web.service\n",
		"web.service", 1000, false},
	    {"0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", "init.scope", 1000,
		true},
	    {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1.scope\n",
		"vte-spawn-1.scope", 1000, false},
	    {"0::/system.slice/_cgroup.service\n", "cgroup.service", -1, false},
	    {"2:cpu:/system.slice/no.service\n1:name=systemd:/system.slice/a.service\n0::/\n",
		"a.service", -1, false},
	    {"0::/../../system.slice/a.service\n", "a.service", -1, false},
	    {"0::/lxc.payload.web/system.slice/a.service\n", "", -1, false},
	    {"0::/\n", "", -1, false},
	    {"0::/process_api/run.service\n", "", -1, false},
	    {"no such text", "", -1, false},
	    {"", "", -1, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct placement p = read_process(rows[i].text);
		CHECK_TEXT(p.unit, rows[i].unit);
		CHECK(p.user_manager == (rows[i].user >= 0) &&
			  (rows[i].user < 0 || p.manager_uid == rows[i].user),
		    "%s: manager %d of %ld", rows[i].text, p.user_manager, p.manager_uid);
		CHECK(p.session == rows[i].session, "%s: session %d", rows[i].text, p.session);
	}
}

static void containers_are_told_with_their_engine(void)
{
	static const struct {
		const char *text;
		enum container_engine engine;
		const char *container;
		bool pod;
	} rows[] = {
	    {"0::/system.slice/docker-" ID ".scope\n", CONTAINER_DOCKER, ID, false},
	    {"4:memory:/docker/" ID "\n0::/\n", CONTAINER_DOCKER, ID, false},
	    {"0::/machine.slice/libpod-" ID ".scope/container\n", CONTAINER_PODMAN, ID, false},
	    {"0::/libpod_parent/libpod-" ID "\n", CONTAINER_PODMAN, ID, false},
	    {"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
	     ".scope/container\n",
		CONTAINER_PODMAN, ID, false},
	    {"0::/machine.slice/libpod-conmon-" ID ".scope\n", CONTAINER_PODMAN, ID, false},
	    {"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/"
	     "cri-containerd-" ID ".scope\n",
		CONTAINER_CONTAINERD, ID, true},
	    {"0::/kubepods/besteffort/pod1/" ID "\n", CONTAINER_OTHER, ID, true},
	    {"0::/kubepods.slice/x.slice/crio-" ID ".scope\n", CONTAINER_CRIO, ID, true},
	    {"0::/lxc.payload.web/system.slice/a.service\n", CONTAINER_LXC, "web", false},
	    {"4:memory:/lxc/web\n", CONTAINER_LXC, "web", false},
	    {"0::/machine.slice/systemd-nspawn@a\\x2db.service/payload\n", CONTAINER_NSPAWN, "a-b",
		false},
	    {"0::/system.slice/systemd-nspawn@.service\n", CONTAINER_NONE, "", false},
	    {"0::/machine.slice/machine-.scope\n", CONTAINER_NONE, "", false},
	    {"0::/lxc.payload.\n", CONTAINER_NONE, "", false},
	    {"0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope\n", CONTAINER_NONE, "", false},
	    {"0::/system.slice/docker.service\n", CONTAINER_NONE, "", false},
	    {"0::/system.slice/docker-" ID "0.scope\n", CONTAINER_NONE, "", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct placement p = read_process(rows[i].text);
		CHECK(p.engine == rows[i].engine, "%s: engine %d", rows[i].text, (int)p.engine);
		CHECK_TEXT(p.container, rows[i].container);
		CHECK(p.pod == rows[i].pod, "%s: pod %d", rows[i].text, p.pod);
	}
}

static void docker_notes_tell_name_and_address(void)
{
	static const char note[] =
	    "{\"HostConfig\":{\"RestartPolicy\":{\"Name\":\"no\"}},\"NetworkSettings\":{\"Networks\":"
	    "{\"a\":{\"IPAddress\":\"10.0.0.2\"},\"b\":{\"IPAddress\":\"172.17.0.2\"}}},"
	    "\"Name\":\"/web\"}";
	char name[PLACE_NAME];

	placement_docker_name(note, sizeof note - 1, name);
	CHECK_TEXT(name, "web");
	CHECK(placement_docker_has(note, sizeof note - 1, "172.17.0.2"), "its second address");
	CHECK(!placement_docker_has(note, sizeof note - 1, "172.17.0.20"), "a longer one");
	for (size_t len = 0; len < sizeof note - 2; len++) {
		placement_docker_name(edge_copy(note, len), len, name);
		CHECK(!*name, "%zu bytes: %s", len, name);
		placement_docker_has(edge_copy(note, len), len, "172.17.0.2");
	}
}

static void forwarders_are_known_by_their_arguments(void)
{
	static const struct {
		const char *program, *command;
		enum forwarder forwarder;
		const char *to;
	} rows[] = {
	    {"docker-proxy",
		"/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip "
		"172.17.0.2 -container-port 80",
		FORWARDER_DOCKER_PROXY, "172.17.0.2:80"},
	    {"docker-proxy", "docker-proxy -container-ip fd00::2 -container-port 80",
		FORWARDER_DOCKER_PROXY, "[fd00::2]:80"},
	    {"docker-proxy", "docker-proxy -container-ip", FORWARDER_DOCKER_PROXY, ""},
	    {"rootlessport", "rootlessport", FORWARDER_ROOTLESSPORT, ""},
	    {"systemd-socket-", "/lib/systemd/systemd-socket-proxyd 10.0.0.1:80",
		FORWARDER_SOCKET_PROXYD, "10.0.0.1:80"},
	    {"nginx", "nginx: master process", FORWARDER_NONE, ""},
	    {"ssh", "ssh -N -L 9007:db:5432 gate", FORWARDER_SSH, "db:5432"},
	    {"ssh", "ssh -NL127.0.0.1:9007:[::1]:5432 gate", FORWARDER_SSH, ""},
	    {"ssh", "ssh -L127.0.0.1:9007:[::1]:5432 gate", FORWARDER_SSH, "[::1]:5432"},
	    {"ssh", "ssh -L 1:a:1 -L 2:b:2 gate", FORWARDER_SSH, ""},
	    {"ssh", "ssh -L 9007", FORWARDER_SSH, ""},
	    {"kubectl", "kubectl port-forward svc/web 8080:80", FORWARDER_KUBECTL, "svc/web:80"},
	    {"kubectl", "kubectl port-forward svc/web 80", FORWARDER_KUBECTL, ""},
	    {"gvproxy", "gvproxy -mtu 1500", FORWARDER_GVPROXY, ""},
	    {"com.docker.back", "com.docker.backend", FORWARDER_DOCKER_DESKTOP, ""},
	    {"dockerd", "/usr/bin/dockerd -H fd://", FORWARDER_DOCKERD, ""},
	    {"lxd", "/snap/lxd/current/bin/lxd forkproxy -- 1 2", FORWARDER_LXD, ""},
	    {"incusd", "incusd forkproxy -- 1 2", FORWARDER_LXD, ""},
	    {"lxd", "lxd --logfile /var/log/lxd.log", FORWARDER_NONE, ""},
	    {"sshd", "sshd: bob@pts/0", FORWARDER_SSHD, ""},
	    {"sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", FORWARDER_NONE, ""},
	};
	char to[FORWARDS_TO];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const enum forwarder found = forward_find(rows[i].program, rows[i].command, to);
		CHECK(found == rows[i].forwarder, "%s: %d", rows[i].command, (int)found);
		CHECK_TEXT(to, rows[i].to);
	}
}

/* Cut anywhere or with any byte changed, no byte behind the end is read and every text ends. */
static void no_path_is_a_trap(void)
{
	static const char whole[] =
	    "1:name=systemd:/user.slice/user-1000.slice/user@1000.service/app.slice/libpod-" ID
	    ".scope\n0::/machine.slice/systemd-nspawn@a\\x2db.service/payload\n";
	char text[sizeof whole];
	unsigned random = 1;

	for (unsigned round = 0; round < 20000; round++) {
		struct placement p = {0};
		memcpy(text, whole, sizeof text);
		for (int change = 0; change < 3; change++) {
			random = random * 1103515245U + 12345U;
			text[(random >> 8) % (sizeof whole - 1)] = (char)(random >> 20);
		}
		const size_t len = round % (sizeof whole - 1);
		placement_of_process(edge_copy(text, len), len, &p);
		CHECK(strlen(p.unit) < PLACE_UNIT && strlen(p.container) < PLACE_CONTAINER,
		    "%zu and %zu bytes", strlen(p.unit), strlen(p.container));
	}
}

int main(void)
{
	TEST(units_are_named_as_systemctl_status_names_them);
	TEST(containers_are_told_with_their_engine);
	TEST(docker_notes_tell_name_and_address);
	TEST(forwarders_are_known_by_their_arguments);
	TEST(no_path_is_a_trap);
	return test_failures != 0;
}
