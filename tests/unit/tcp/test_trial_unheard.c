/* ctest: os=Linux native */
/* The engine of trials where what it sends arrives nowhere: in a network of its own, whose loopback goes down. */
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "os/netns.h"
#include "tcp/errname.h"
#include "tcp/trial.h"
#include "tests/lib/script.h"
#include "tests/lib/test.h"

enum {
	MOST_US = 700000, /* of the tenth of a second that it waits; a linger takes a second */
	AGAIN = 4,        /* times, where the machine was busy */
};

static void loopback(bool up)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = (short)(up ? IFF_UP : 0)};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) {
		perror("SIOCSIFFLAGS");
		exit(99);
	}
	close(fd);
}

/* What the last step took, in microseconds; -1 where it failed. */
static int64_t time_of(const char *way)
{
	const char *const steps[] = {
	    "a bind 127.0.0.1:P", "a listen", "c connect 127.0.0.1:P", "s accept a", way, NULL};
	struct script script = {0};
	struct trial_result result = {0};
	struct fault fault = {0};
	char why[SCRIPT_WHY] = "";

	CHECK(script_read(&script, steps, why) == 0, "%s", why);
	const struct trial_plan plan = script_plan(&script, -1);
	struct trial *trial = trial_begin(&plan, &fault);
	if (!trial) {
		CHECK(false, "%s", errname(fault.error));
		return -1;
	}
	for (size_t i = 0; i < script.count - 1; i++)
		trial_step(trial, i, &result);
	loopback(false);
	const int64_t began_us = clock_us();
	trial_step(trial, script.count - 1, &result);
	const int64_t took_us = clock_us() - began_us;
	CHECK(result.fault.at == CALL_NONE, "%s: %s", way, errname(result.fault.error));
	trial_end(trial);
	script_clear(&script);
	loopback(true);
	return took_us;
}

static void the_first_end_waits_for_no_acknowledgement_longer_than_told(void)
{
	static const char *const ways[] = {"c close", "c shutdown"};

	for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
		int64_t least_us = time_of(ways[way]);
		for (int i = 0; i < AGAIN && least_us >= MOST_US; i++) {
			const int64_t took_us = time_of(ways[way]);
			least_us = took_us < least_us ? took_us : least_us;
		}
		CHECK(least_us >= 0 && least_us < MOST_US, "%s took %lld us", ways[way],
		    (long long)least_us);
	}
}

int main(void)
{
	const char *call;

	if (netns_enter(&call) < 0) {
		printf("skip: no network of its own: %s\n", call);
		return 77;
	}
	TEST(the_first_end_waits_for_no_acknowledgement_longer_than_told);
	return test_failures != 0;
}
