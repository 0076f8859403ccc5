/* ctest: os=Linux */
/* The seccomp filter of both machines, run by an interpreter of its own, against the lists of system
 * calls that the kernel's headers give. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "os/linux/filter.h"
#include "tests/lib/test.h"

enum { NUMBERS = 1024, NAME = 32, X32 = 0x40000000, OWN_PID = 4711 };

static const uint32_t allowed = 0x7fff0000, refused = 0x00050000;

static const struct machine {
	const char *name;
	enum filter_machine machine;
	uint32_t audit; /* linux/audit.h */
	const char *headers[2];
} machines[] = {
    {"x86-64", FILTER_X86_64, 0xc000003e,
	{"/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"}},
    {"arm64", FILTER_ARM64, 0xc00000b7,
	{"/usr/include/asm-generic/unistd.h", "/usr/include/asm-generic/unistd.h"}},
};

/* struct seccomp_data, linux/seccomp.h */
struct call {
	uint32_t number, audit;
	uint64_t ip, args[6];
};

/* The word at `at`, as both machines have it in memory: little-endian, whatever this one is. */
static uint32_t load(const struct call *call, uint32_t at)
{
	const uint32_t args = offsetof(struct call, args);
	uint32_t word;

	if (at >= args)
		return (uint32_t)(call->args[(at - args) / 8] >> (at % 8 ? 32 : 0));
	memcpy(&word, (const char *)call + at, sizeof word);
	return word;
}

/* What the program says of the call; 0 where it does what a program must not. */
static uint32_t verdict(const struct filter_step steps[], size_t count, const struct call *call)
{
	uint32_t a = 0;

	for (size_t at = 0; at < count; at++) {
		const struct filter_step *step = &steps[at];
		switch (step->code) {
		case 0x20: /* load */
			if (step->k % 4 || step->k + 4 > sizeof *call)
				return 0;
			a = load(call, step->k);
			break;
		case 0x54: /* and */
			a &= step->k;
			break;
		case 0x15: /* equal */
			at += a == step->k ? step->if_true : step->if_false;
			break;
		case 0x25: /* more */
			at += a > step->k ? step->if_true : step->if_false;
			break;
		case 0x06: /* return */
			return step->k;
		default:
			return 0;
		}
	}
	return 0;
}

static uint32_t ask(const struct machine *machine, enum sandbox_role role, const struct call *call)
{
	struct filter_step steps[FILTER_STEPS];
	const size_t count = filter_write(machine->machine, role, OWN_PID, steps);

	CHECK(count <= FILTER_STEPS, "%s: %zu steps", machine->name, count);
	return verdict(steps, count, call);
}

/* The calls of a machine, by number; "": none. */
struct calls {
	char names[NUMBERS][NAME];
};

static bool read_header(const char *path, struct calls *calls)
{
	char line[256], name[NAME], digits[16];
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	while (fgets(line, sizeof line, file)) {
		char *end;
		if (sscanf(line, "#define __NR_%31s %15s", name, digits) != 2 &&
		    sscanf(line, "#define __NR3264_%31s %15s", name, digits) != 2)
			continue;
		const long number = strtol(digits, &end, 10);
		if (end > digits && number >= 0 && number < NUMBERS &&
		    strcmp(name, "syscalls") != 0 && strcmp(name, "arch_specific_syscall") != 0 &&
		    !*calls->names[number])
			memcpy(calls->names[number], name, sizeof name);
	}
	fclose(file);
	return true;
}

/* The names in the filter, seen by number. */
struct listed {
	const struct calls *calls;
	const struct machine *machine;
	bool has[NUMBERS];
	unsigned count;
};

static void see(void *who, const char *name, int number)
{
	struct listed *listed = who;

	if (number < 0) {
		for (int i = 0; i < NUMBERS; i++)
			CHECK(strcmp(listed->calls->names[i], name) != 0, "%s has %s after all: %d",
			    listed->machine->name, name, i);
		return;
	}
	const char *real = listed->calls->names[number];
	listed->has[number] = true;
	listed->count++;
	/* A list older than the call does not know it. */
	if (*real)
		CHECK_TEXT(name, real);
	else
		CHECK(number > 400, "%s: %d is no call, named %s", listed->machine->name, number,
		    name);
}

static void every_number_is_that_of_its_call_and_all_others_are_refused(void)
{
	for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
		const struct machine *machine = &machines[m];
		struct calls calls = {{{0}}};
		if (!read_header(machine->headers[0], &calls) &&
		    !read_header(machine->headers[1], &calls)) {
			printf("skip: no list of the calls of %s here\n", machine->name);
			continue;
		}
		struct listed listed = {.calls = &calls, .machine = machine};
		filter_each(machine->machine, see, &listed);
		CHECK(listed.count > 50, "%s: %u calls", machine->name, listed.count);
		for (uint32_t n = 0; n < NUMBERS; n++) {
			const struct call call = {.number = n, .audit = machine->audit};
			const uint32_t want = refused + (n > 469 ? ENOSYS : EPERM);
			for (int role = SANDBOX_SERVER; role <= SANDBOX_CREW; role++) {
				const uint32_t got = ask(machine, (enum sandbox_role)role, &call);
				CHECK(listed.has[n] || got == want, "%s %u (%s) as %d: %08x",
				    machine->name, n, *calls.names[n] ? calls.names[n] : "none",
				    role, got);
			}
		}
	}
}

static void calls_of_another_machine_are_refused(void)
{
	/* i386, arm, x86-64 asked of arm64 and the other way round, none at all */
	static const uint32_t others[] = {0x40000003, 0x40000028, 0xc000003e, 0xc00000b7, 0};

	for (size_t m = 0; m < sizeof machines / sizeof *machines; m++)
		for (uint32_t n = 0; n < NUMBERS; n++) {
			for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
				const struct call call = {.number = n, .audit = others[i]};
				const uint32_t got = ask(&machines[m], SANDBOX_CREW, &call);
				CHECK(others[i] == machines[m].audit || got == refused + EPERM,
				    "%s, machine %08x, %u: %08x", machines[m].name, others[i], n,
				    got);
			}
			const struct call x32 = {.number = n | X32, .audit = machines[m].audit};
			const uint32_t got = ask(&machines[m], SANDBOX_CREW, &x32);
			CHECK(
			    got == refused + EPERM, "%s, x32, %u: %08x", machines[m].name, n, got);
		}
	const struct call none = {.number = UINT32_MAX, .audit = machines[0].audit};
	CHECK(ask(&machines[0], SANDBOX_CREW, &none) == refused + EPERM, "number -1");
	const struct call last = {.number = X32 - 1, .audit = machines[0].audit};
	CHECK(ask(&machines[0], SANDBOX_CREW, &last) == refused + ENOSYS,
	    "the last that is not x32's");
}

static void arguments_decide_where_a_call_can_do_harm(void)
{
	static const struct {
		const char *about;
		uint32_t numbers[2]; /* x86-64, arm64 */
		unsigned arg;
		uint64_t value;
		int server, crew; /* 0: allowed, else the errno */
	} rows[] = {
	    {"read, whose number is 0", {0, 63}, 0, 0, 0, 0},
	    {"send", {44, 206}, 4, 0, 0, 0},
	    {"sendto with an address", {44, 206}, 4, 0x1000, EPERM, EPERM},
	    {"sendto with an address high up", {44, 206}, 4, 0x700000000000, EPERM, EPERM},
	    {"mmap to read and write", {9, 222}, 2, 3, 0, 0},
	    {"mmap to execute", {9, 222}, 2, 5, EPERM, EPERM},
	    {"mprotect to execute", {10, 226}, 2, 4, EPERM, EPERM},
	    {"mprotect to read", {10, 226}, 2, 1, 0, 0},
	    {"ioctl TCGETS", {16, 29}, 1, 0x5401, 0, 0},
	    {"ioctl SIOCOUTQ", {16, 29}, 1, 0x5411, 0, 0},
	    {"ioctl TIOCSTI", {16, 29}, 1, 0x5412, EPERM, EPERM},
	    {"ioctl SIOCGIFNAME", {16, 29}, 1, 0x8910, EPERM, EPERM},
	    {"fcntl F_DUPFD", {72, 25}, 1, 0, 0, 0},
	    {"fcntl F_GETFD", {72, 25}, 1, 1, 0, 0},
	    {"fcntl F_SETFD", {72, 25}, 1, 2, 0, 0},
	    {"fcntl F_GETFL", {72, 25}, 1, 3, 0, 0},
	    {"fcntl F_SETFL", {72, 25}, 1, 4, 0, 0},
	    {"fcntl F_DUPFD_CLOEXEC", {72, 25}, 1, 1030, 0, 0},
	    {"fcntl F_SETLK", {72, 25}, 1, 6, EPERM, EPERM},
	    {"fcntl F_SETLEASE", {72, 25}, 1, 1024, EPERM, EPERM},
	    {"fcntl F_SETOWN", {72, 25}, 1, 8, EPERM, EPERM},
	    {"fcntl F_SETSIG", {72, 25}, 1, 10, EPERM, EPERM},
	    {"tgkill itself", {234, 131}, 0, OWN_PID, 0, 0},
	    {"tgkill another", {234, 131}, 0, OWN_PID + 1, EPERM, 0},
	    {"tkill another", {200, 130}, 0, 1, EPERM, 0},
	    {"clone as fork does", {56, 220}, 0, 0x01200011, EPERM, 0},
	    {"clone into a namespace", {56, 220}, 0, 0x10000011, EPERM, EPERM},
	    {"clone3", {435, 435}, 0, 0, EPERM, ENOSYS},
	    {"wait4", {61, 260}, 0, 0, EPERM, 0},
	    {"kill SIGKILL", {62, 129}, 1, 9, EPERM, 0},
	    {"kill SIGTERM", {62, 129}, 1, 15, EPERM, EPERM},
	    {"setsockopt without an option", {54, 208}, 1, 1, EPERM, EPERM},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
			struct call call = {
			    .number = rows[i].numbers[m], .audit = machines[m].audit};
			call.args[rows[i].arg] = rows[i].value;
			const uint32_t server = ask(&machines[m], SANDBOX_SERVER, &call);
			const uint32_t crew = ask(&machines[m], SANDBOX_CREW, &call);
			CHECK(server ==
				  (rows[i].server ? refused + (uint32_t)rows[i].server : allowed),
			    "%s: %s: server %08x", machines[m].name, rows[i].about, server);
			CHECK(crew == (rows[i].crew ? refused + (uint32_t)rows[i].crew : allowed),
			    "%s: %s: crew %08x", machines[m].name, rows[i].about, crew);
		}
}

int main(void)
{
	TEST(every_number_is_that_of_its_call_and_all_others_are_refused);
	TEST(calls_of_another_machine_are_refused);
	TEST(arguments_decide_where_a_call_can_do_harm);
	return test_failures != 0;
}
