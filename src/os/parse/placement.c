#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/parse/placement.h"

enum { ID = 64, COMPONENT = 256 };

/* What is left of a path, a component at a time. */
struct components {
	const char *at, *end;
};

/* The next one, "" at the end; one that is too long for a name is taken for "?". */
static const char *next_component(struct components *rest, char into[COMPONENT])
{
	while (rest->at < rest->end && *rest->at == '/')
		rest->at++;
	const char *const begin = rest->at;
	while (rest->at < rest->end && *rest->at != '/')
		rest->at++;
	const size_t len = (size_t)(rest->at - begin);
	if (len < COMPONENT)
		snprintf(into, COMPONENT, "%.*s", (int)len, begin);
	else
		snprintf(into, COMPONENT, "?");
	return into;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
	const size_t len = strlen(text), n = strlen(with);

	return len > n && strcmp(text + len - n, with) == 0;
}

/* Whether it is the name of a unit that has processes or sockets: systemd.unit(5). */
static bool is_unit(const char *name)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";

	return strspn(name, letters) == strlen(name) &&
	       (ends(name, ".service") || ends(name, ".scope") || ends(name, ".socket") ||
		   ends(name, ".mount") || ends(name, ".swap"));
}

/* The first component that is no slice. A name that could be taken for a file of the kernel's has a `_` before
 * it (systemd, cg_escape). */
static const char *skip_slices(struct components *rest, char into[COMPONENT])
{
	do
		next_component(rest, into);
	while (ends(into, ".slice"));
	return *into == '_' ? into + 1 : into;
}

/* Takes the unit as `systemctl status PID` names it: cg_path_get_unit and cg_path_get_user_unit, systemd. */
static void take_unit(struct components rest, struct placement *p)
{
	char component[COMPONENT];
	const char *name = skip_slices(&rest, component);
	char *end = NULL;

	if (!is_unit(name))
		return;
	snprintf(p->unit, sizeof p->unit, "%s", name);
	p->session =
	    (begins(name, "session-") && ends(name, ".scope")) || !strcmp(name, "init.scope");
	if (!begins(name, "user@"))
		return;
	const long uid = strtol(name + strlen("user@"), &end, 10);
	if (strcmp(end, ".service") != 0)
		return;
	name = skip_slices(&rest, component);
	if (!is_unit(name))
		return;
	snprintf(p->unit, sizeof p->unit, "%s", name);
	p->user_manager = true;
	p->manager_uid = uid;
	p->session = strcmp(name, "init.scope") == 0;
}

/* Whether 64 hexadecimal digits begin here. */
static bool is_id(const char *text)
{
	return strspn(text, "0123456789abcdef") == ID;
}

static void take_container(
    struct placement *p, enum container_engine engine, const char *name, size_t len)
{
	p->engine = engine;
	snprintf(p->container, sizeof p->container, "%.*s", (int)len, name);
}

/* How engines call the group of a container: a word before its id. With systemd as their manager a scope. */
static const struct {
	const char *before;
	enum container_engine engine;
} scopes[] = {
    {"docker-", CONTAINER_DOCKER},
    {"libpod-conmon-", CONTAINER_PODMAN},
    {"libpod-", CONTAINER_PODMAN},
    {"cri-containerd-", CONTAINER_CONTAINERD},
    {"nerdctl-", CONTAINER_CONTAINERD},
    {"crio-conmon-", CONTAINER_CRIO},
    {"crio-", CONTAINER_CRIO},
    {"", CONTAINER_OTHER},
};

static bool take_id(const char *name, const char *parent, struct placement *p)
{
	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
		const size_t n = strlen(scopes[i].before);
		if (!begins(name, scopes[i].before) || !is_id(name + n))
			continue;
		const bool docker = *scopes[i].before == 0 && !strcmp(parent, "docker");
		take_container(p, docker ? CONTAINER_DOCKER : scopes[i].engine, name + n, ID);
		return true;
	}
	return false;
}

/* The name of a machine, in which `\x2d` is `-`. */
static void take_machine(struct placement *p, const char *name, size_t len)
{
	char plain[COMPONENT];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		const bool escaped = len - i >= 4 && begins(name + i, "\\x2d");
		plain[n++] = escaped ? '-' : name[i];
		i += escaped ? 3 : 0;
	}
	plain[n] = 0;
	/* "systemd-nspawn@.service", the template, names none. */
	if (n > 0 && n < PLACE_CONTAINER && !begins(plain, "qemu-"))
		take_container(p, CONTAINER_NSPAWN, plain, n);
}

static void take_named(const char *name, const char *parent, struct placement *p)
{
	static const char payload[] = "lxc.payload.", nspawn[] = "systemd-nspawn@";
	static const char machine[] = "machine-";

	if (begins(name, nspawn) && ends(name, ".service")) {
		take_machine(
		    p, name + strlen(nspawn), strlen(name) - strlen(nspawn) - strlen(".service"));
		return;
	}
	if (begins(name, machine) && ends(name, ".scope")) {
		take_machine(
		    p, name + strlen(machine), strlen(name) - strlen(machine) - strlen(".scope"));
		return;
	}
	if (begins(name, payload))
		name += strlen(payload);
	else if (strcmp(parent, "lxc") != 0 && strcmp(parent, "lxc.payload") != 0)
		return;
	if (*name && strlen(name) < PLACE_CONTAINER)
		take_container(p, CONTAINER_LXC, name, strlen(name));
}

void placement_of_group(const char *path, size_t len, bool of_systemd, struct placement *placement)
{
	struct components rest = {path, path + len};
	char one[COMPONENT] = "", other[COMPONENT] = "", *name = one, *parent = other;

	/* "/../..": outside of what is the root in this cgroup namespace. */
	while (rest.end - rest.at >= 3 && begins(rest.at, "/..") &&
	       (rest.end - rest.at == 3 || rest.at[3] == '/'))
		rest.at += 3;
	if (of_systemd && !*placement->unit)
		take_unit(rest, placement);
	while (*next_component(&rest, name)) {
		placement->pod |= begins(name, "kubepods");
		/* The outermost one: what is in it is its own affair. */
		if (!placement->engine && !take_id(name, parent, placement))
			take_named(name, parent, placement);
		char *const before = parent;
		parent = name;
		name = before;
	}
}

void placement_of_process(const char *text, size_t len, struct placement *placement)
{
	const char *const end = text + len;

	/* "0::/system.slice/a.service" of version 2; "1:name=systemd:/..." and "4:memory:/..." of version 1. */
	for (const char *line = text, *next; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			next = end;
		const char *const words = memchr(line, ':', (size_t)(next - line));
		const char *const path =
		    words ? memchr(words + 1, ':', (size_t)(next - words - 1)) : NULL;
		if (!path)
			continue;
		const size_t n = (size_t)(path - words - 1);
		const bool systemd = n == 0 || (n == 12 && !memcmp(words + 1, "name=systemd", 12));
		placement_of_group(path + 1, (size_t)(next - path - 1), systemd, placement);
	}
}

/* What stands behind `key`, up to the next quotation mark; NULL: nowhere. */
static const char *json_quoted(const char *text, size_t len, const char *key, size_t *value_len)
{
	const size_t n = strlen(key);

	for (size_t at = 0; at + n < len; at++) {
		if (memcmp(text + at, key, n) != 0)
			continue;
		const char *const value = text + at + n;
		const char *const mark = memchr(value, '"', len - at - n);
		*value_len = mark ? (size_t)(mark - value) : 0;
		return mark ? value : NULL;
	}
	return NULL;
}

void placement_docker_name(const char *text, size_t len, char name[PLACE_NAME])
{
	size_t n = 0;
	const char *const value = json_quoted(text, len, "\"Name\":\"/", &n);

	*name = 0;
	if (value && n < PLACE_NAME)
		snprintf(name, PLACE_NAME, "%.*s", (int)n, value);
}

bool placement_docker_has(const char *text, size_t len, const char *address)
{
	const size_t wanted = strlen(address);
	size_t n = 0;

	for (const char *value; (value = json_quoted(text, len, "\"IPAddress\":\"", &n));) {
		if (n == wanted && memcmp(value, address, n) == 0)
			return true;
		len -= (size_t)(value - text);
		text = value;
	}
	return false;
}
