/* ctest: os=Linux wrap=interface_addresses wrap=if_nameindex wrap=if_freenameindex wrap=getpwent wrap=holders_read_listeners wrap=holders_know */
/* cmd/help/complete: what may stand for the last word, on a machine whose addresses, interfaces, users, ports and programs are
 * known. */
#include <net/if.h>
#include <pwd.h>
#include <sys/stat.h>

#include "cmd/help/complete.h"
#include "os/interfaces.h"
#include "tests/lib/situation.h"

static size_t address_count = 2;
static unsigned user;
static bool nobody_told;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
size_t __wrap_interface_addresses(union addr into[], size_t room);
struct if_nameindex *__wrap_if_nameindex(void);
void __wrap_if_freenameindex(struct if_nameindex *all);
struct passwd *__wrap_getpwent(void);
int __wrap_holders_read_listeners(struct holders *holders, unsigned port);
void __wrap_holders_know(struct holders *holders, bool patient);

size_t __wrap_interface_addresses(union addr into[], size_t room)
{
	(void)room;
	into[0] = situation_addr("192.0.2.7", 0);
	into[1] = situation_addr("2001:db8::7", 0);
	return address_count;
}

struct if_nameindex *__wrap_if_nameindex(void)
{
	static char lo[] = "lo", eth[] = "eth7";
	static struct if_nameindex all[] = {{1, lo}, {7, eth}, {0, NULL}};

	return all;
}

void __wrap_if_freenameindex(struct if_nameindex *all)
{
	(void)all;
}

struct passwd *__wrap_getpwent(void)
{
	static char alice[] = "alice", bob[] = "bob";
	static struct passwd entry;

	if (user == 2) {
		user = 0;
		return NULL;
	}
	entry.pw_name = user++ ? bob : alice;
	return &entry;
}

int __wrap_holders_read_listeners(struct holders *holders, unsigned port)
{
	const size_t count = situation.findings.holders.count;

	(void)port;
	if (nobody_told)
		return -1;
	*holders = situation.findings.holders;
	holders->list = calloc(count + 1, sizeof *holders->list);
	holders->owners = calloc(count + 1, sizeof *holders->owners);
	holders->processes = calloc(count + 1, sizeof *holders->processes);
	holders->places = NULL;
	holders->networks = NULL;
	memcpy(holders->list, situation.list, count * sizeof *holders->list);
	memcpy(holders->owners, situation.owners, count * sizeof *holders->owners);
	memcpy(holders->processes, situation.processes, count * sizeof *holders->processes);
	return 0;
}

void __wrap_holders_know(struct holders *holders, bool patient)
{
	(void)holders;
	(void)patient;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static const char *typed;

/* The words of `typed`, parted by blanks; one more behind the last blank. */
static void show(void)
{
	static char text[256];
	char *words[16];
	int count = 0;

	snprintf(text, sizeof text, "%s", typed);
	for (char *at = text; at && count < 16;) {
		words[count++] = at;
		at = strchr(at, ' ');
		if (at)
			*at++ = 0;
	}
	complete(*typed ? count : 0, words);
}

static const char *offers(const char *words)
{
	typed = words;
	return shown_as((struct common){0}, show);
}

static void commands_and_their_options_are_offered(void)
{
	static const struct {
		const char *typed, *want;
	} rows[] = {
	    {"", "listen\nconnect\ntry\nrules\nexperiment\nwhy\nrun\nlimits\nhelp\n"},
	    {"l", "listen\nlimits\n"},
	    {"-", "-h\n--help\n-V\n--version\n"},
	    {"--v", "--version\n"},
	    {"x", ""},
	    {"no-command x", ""},
	    {"listen --work", "--workers\n"},
	    {"listen --no-re", "--no-reuseaddr\n--no-reuseport\n"},
	    {"listen --js", "--json\n"},
	    {"listen -w", "-w\n"},
	    {"listen --spread r", "random\n"},
	    {"listen --spread=", "--spread=hash\n--spread=random\n--spread=cpu\n"},
	    {"listen --spread=c", "--spread=cpu\n"},
	    {"listen --color=", "--color=auto\n--color=always\n--color=never\n"},
	    {"listen --color n", "never\n"},
	    {"listen --color never --work", "--workers\n"},
	    {"listen --nothing=", ""},
	    {"listen --json=", ""},
	    {"listen -- --work", ""},
	    {"listen --json --work", "--workers\n"},
	    {"listen 3000 --work", "--workers\n"},
	    {"listen - --work", "--workers\n"},
	    {"help limi", "limits\n"},
	    {"help --as na", "names\n"},
	    {"help --as=f", "--as=fish\n"},
	};

	situation_begin();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_LINES(offers(rows[i].typed), rows[i].want);
}

static void addresses_interfaces_and_users_are_this_machines(void)
{
	CHECK_LINES(offers("listen 3000 "), "192.0.2.7\n"
					    "2001:db8::7\n");
	CHECK_LINES(offers("listen 3000 2"), "2001:db8::7\n");
	address_count = 0;
	CHECK_LINES(offers("listen 3000 "), "127.0.0.1\n"
					    "::1\n");
	address_count = 2;
	CHECK_LINES(offers("limits --to "), "192.0.2.7:\n[2001:db8::7]:\n");
	CHECK_LINES(offers("limits --to=["), "--to=[2001:db8::7]:\n");
	CHECK_LINES(offers("limits --from "), "192.0.2.7\n2001:db8::7\n");
	CHECK_LINES(offers("listen --device "), "lo\neth7\n");
	CHECK_LINES(offers("listen --device=e"), "--device=eth7\n");
	CHECK_LINES(offers("listen --user "), "alice\nbob\n");
	CHECK_LINES(offers("listen -u b"), "bob\n");
	CHECK_LINES(offers("listen -qu b"), "bob\n");
}

static void ports_that_listen_are_offered_once_with_their_programs(void)
{
	situation_begin();
	situation_process(12, "nginx", 0);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "0.0.0.0", "", 80);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "::", "", 80);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "::", "", 81);
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", 65535);
	CHECK_LINES(offers("why 8"), "80\tnginx[12]\n81\tnginx[12]\n");
	situation.list[0].local = situation_addr("0.0.0.0", 88);
	situation.findings.holders.count = 1;
	CHECK_LINES(offers("why 8"), "88\tnginx[12]\n");
	CHECK_LINES(offers("why EADDRI"), "EADDRINUSE\n");
	CHECK_LINES(offers("why EADDRINUSE b"), "bind\n");
	nobody_told = true;
	CHECK_LINES(offers("why 8"), "");
}

static void make(const char *folder, const char *name, unsigned mode)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *const file = fopen(path, "w");
	if (file)
		fclose(file);
	chmod(path, mode);
}

/* A program is offered from the first folder that has it; what cannot be run is none. */
static void programs_are_those_of_the_path_each_once(void)
{
	char one[] = "/tmp/reuse-one.XXXXXX", other[] = "/tmp/reuse-other.XXXXXX", path[128];

	if (!mkdtemp(one) || !mkdtemp(other)) {
		CHECK(false, "no folder");
		return;
	}
	make(one, "reuse-test-a", 0755);
	make(one, "reuse-test-text", 0644);
	make(other, "reuse-test-a", 0755);
	make(other, "reuse-test-b", 0755);
	snprintf(path, sizeof path, "%s/reuse-test-folder", other);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s:/no-such-folder:%s", one, other);
	setenv("PATH", path, 1);
	CHECK_LINES(offers("run reuse-test"), "reuse-test-a\nreuse-test-b\n");
	CHECK_LINES(offers("run -- reuse-test-b"), "reuse-test-b\n");
	CHECK_LINES(offers("run ./reuse"), "");
	CHECK_LINES(offers("run reuse-test-a --js"), "");
	unsetenv("PATH");
	CHECK_LINES(offers("run reuse-test"), "");
	for (size_t i = 0; i < 5; i++) {
		static const char *const names[] = {"a", "text", "a", "b", "folder"};
		snprintf(path, sizeof path, "%s/reuse-test-%s", i < 2 ? one : other, names[i]);
		remove(path);
	}
	remove(one);
	remove(other);
}

int main(void)
{
	TEST(commands_and_their_options_are_offered);
	TEST(addresses_interfaces_and_users_are_this_machines);
	TEST(ports_that_listen_are_offered_once_with_their_programs);
	TEST(programs_are_those_of_the_path_each_once);
	return test_failures != 0;
}
