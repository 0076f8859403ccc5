/* os/holder: whose a socket is, where a service manager has it for a unit. */
#include "os/holder.h"
#include "tests/lib/test.h"

static void a_socket_of_the_manager_is_that_of_its_unit(void)
{
	static const struct {
		const char *of_process, *of_socket, *told;
	} rows[] = {
	    {"init.scope", "web.socket", "web.socket"},
	    {"init.scope", "", "init.scope"},
	    {"web.service", "web.socket", "web.service"},
	    {"", "web.socket", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct placement places[3] = {0};
		struct process process = {.place = 1};
		struct owner owner = {.process = 0};
		const struct holder holder = {.owner_count = 1, .place = 2};
		const struct holders holders = {.places = places,
		    .place_count = 3,
		    .processes = &process,
		    .process_count = 1,
		    .owners = &owner,
		    .owner_count = 1};
		snprintf(places[1].unit, sizeof places[1].unit, "%s", rows[i].of_process);
		snprintf(places[2].unit, sizeof places[2].unit, "%s", rows[i].of_socket);
		CHECK_TEXT(holder_place(&holders, &holder, 0)->unit, rows[i].told);
	}
}

int main(void)
{
	TEST(a_socket_of_the_manager_is_that_of_its_unit);
	return test_failures != 0;
}
