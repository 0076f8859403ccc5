/* ctest: os=Linux wrap=opendir wrap=readdir wrap=closedir wrap=file_read */
/* os/linux/places_named: containers of Docker, from notes that are written down here. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "os/linux/file.h"
#include "os/linux/places_named.h"
#include "tests/lib/test.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *address; /* of the one container that there is */
static int given, opened;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
DIR *__wrap_opendir(const char *path);
struct dirent *__wrap_readdir(DIR *dir);
int __wrap_closedir(DIR *dir);
ssize_t __wrap_file_read(const char *path, char *text, size_t size);

DIR *__wrap_opendir(const char *path)
{
	errno = ENOENT;
	if (strcmp(path, "/var/lib/docker/containers") != 0)
		return NULL;
	given = 0;
	opened++;
	return (DIR *)&given;
}

struct dirent *__wrap_readdir(DIR *dir)
{
	static struct dirent entry;
	static const char *const names[] = {".", "no container", ID};

	(void)dir;
	if (given == sizeof names / sizeof *names)
		return NULL;
	snprintf(entry.d_name, sizeof entry.d_name, "%s", names[given++]);
	return &entry;
}

int __wrap_closedir(DIR *dir)
{
	opened -= dir == (DIR *)&given;
	return 0;
}

ssize_t __wrap_file_read(const char *path, char *text, size_t size)
{
	errno = ENOENT;
	if (strcmp(path, "/var/lib/docker/containers/" ID "/config.v2.json") != 0)
		return -1;
	snprintf(text, size,
	    "{\"NetworkSettings\":{\"Networks\":{\"a\":{\"IPAddress\":\"%s\","
	    "\"GlobalIPv6Address\":\"%s\"}}},\"Name\":\"/web\"}",
	    address, address);
	return (ssize_t)strlen(text);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void behind_a_proxy_is_the_container_with_that_address(void)
{
	static const struct {
		const char *address, *forwards_to;
		bool found;
	} rows[] = {
	    {"172.17.0.2", "172.17.0.2:80", true},
	    {"172.17.0.2", "172.17.0.20:80", false},
	    {"172.17.0.2", "172.17.0.2", false},
	    {"fd00::2", "[fd00::2]:80", true},
	    {"fd00::2", "[fd00::3]:80", false},
	    {"fd00::2", "", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct process proxy = {.forwarder = FORWARDER_DOCKER_PROXY};
		struct holders holders = {.processes = &proxy,
		    .process_count = 1,
		    .places = calloc(1, sizeof *holders.places),
		    .place_count = 1};
		address = rows[i].address;
		snprintf(proxy.forwards_to, sizeof proxy.forwards_to, "%s", rows[i].forwards_to);
		containers_name(&holders);
		CHECK(
		    proxy.forwards_place == rows[i].found, "row %zu: %zu", i, proxy.forwards_place);
		CHECK(holders.place_count == 1u + rows[i].found, "row %zu: %zu places", i,
		    holders.place_count);
		if (holders.place_count == 2) {
			CHECK_TEXT(holders.places[1].container, ID);
			CHECK_TEXT(holders.places[1].name, "web");
		}
		CHECK(opened == 0, "%d are open", opened);
		free(holders.places);
	}
}

static void containers_that_lack_a_name_get_it(void)
{
	struct placement places[2] = {
	    {.engine = CONTAINER_NONE}, {.engine = CONTAINER_DOCKER, .container = ID}};
	struct holders holders = {.places = places, .place_count = 2};

	address = "172.17.0.2";
	containers_name(&holders);
	CHECK_TEXT(places[1].name, "web");
	CHECK_TEXT(places[0].name, "");
}

int main(void)
{
	TEST(behind_a_proxy_is_the_container_with_that_address);
	TEST(containers_that_lack_a_name_get_it);
	return test_failures != 0;
}
