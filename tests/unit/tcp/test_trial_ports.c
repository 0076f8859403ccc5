/* ctest: wrap=port_take wrap=port_give_back */
/* tcp/trial: the ports that it chooses by itself, where those that are free are written down. */
#include <errno.h>

#include "tcp/port.h"
#include "tcp/trial.h"
#include "tests/lib/test.h"

static unsigned next, step_by, held;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_port_take(struct port *port);
void __wrap_port_give_back(struct port *port);

int __wrap_port_take(struct port *port)
{
	held++;
	*port = (struct port){.number = next, .lock = -1};
	next += step_by;
	return 0;
}

void __wrap_port_give_back(struct port *port)
{
	held -= port->number != 0;
	*port = (struct port){.lock = -1};
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* Binds to 40000, to P and to Q. */
static const struct trial_plan *plan_of(struct step steps[3])
{
	static struct trial_plan plan;

	for (int i = 0; i < 3; i++)
		steps[i] = (struct step){.verb = TRIAL_BIND,
		    .socket = i,
		    .addr = addr_loopback(AF_INET, 0),
		    .port = (enum trial_port)i,
		    .uid = TRIAL_SAME_USER};
	steps[0].addr = addr_loopback(AF_INET, 40000);
	plan = (struct trial_plan){.steps = steps, .count = 3, .family = AF_INET, .stop = -1};
	return &plan;
}

static void no_port_is_chosen_that_a_step_names(void)
{
	struct step steps[3];
	struct fault fault;

	next = 40000;
	step_by = 1;
	struct trial *const trial = trial_begin(plan_of(steps), &fault);
	CHECK(trial, "%s", strerror(fault.error));
	if (!trial)
		return;
	CHECK(trial_port(trial, TRIAL_P) == 40001, "P is %u", trial_port(trial, TRIAL_P));
	CHECK(trial_port(trial, TRIAL_Q) == 40002, "Q is %u", trial_port(trial, TRIAL_Q));
	CHECK(held == 2, "%u are held", held);
	trial_end(trial);
	CHECK(held == 0, "%u are held", held);
}

static void where_there_is_no_other_bind_says_so(void)
{
	struct step steps[3];
	struct fault fault = {0};

	next = 40000;
	step_by = 0;
	CHECK(!trial_begin(plan_of(steps), &fault), "begun");
	CHECK(fault.at == CALL_BIND && fault.error == EADDRINUSE, "%s: %s", fault_call(fault.at),
	    strerror(fault.error));
	CHECK(held == 0, "%u are held", held);
}

int main(void)
{
	TEST(no_port_is_chosen_that_a_step_names);
	TEST(where_there_is_no_other_bind_says_so);
	return test_failures != 0;
}
