/* ctest: wrap=getpwnam wrap=getpwuid wrap=initgroups wrap=setgid wrap=setuid */
/* os/process: names of users that are too long, and a user that could be left again. */
#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "config.h"
#include "os/process.h"
#include "tests/lib/test.h"

static char name[USER_NAME + 2];
static struct passwd entry = {.pw_name = name, .pw_uid = 1234, .pw_gid = 1235};
static int way_back; /* what setuid(0) returns */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
struct passwd *__wrap_getpwnam(const char *of);
struct passwd *__wrap_getpwuid(uid_t uid);
int __wrap_initgroups(const char *user, GROUP_OF_INITGROUPS gid);
int __wrap_setgid(gid_t gid);
int __wrap_setuid(uid_t uid);

struct passwd *__wrap_getpwnam(const char *of)
{
	return strcmp(of, name) == 0 ? &entry : NULL;
}

struct passwd *__wrap_getpwuid(uid_t uid)
{
	return uid == entry.pw_uid ? &entry : NULL;
}

int __wrap_initgroups(const char *user, GROUP_OF_INITGROUPS gid)
{
	return strcmp(user, name) == 0 && (gid_t)gid == entry.pw_gid ? 0 : -1;
}

int __wrap_setgid(gid_t gid)
{
	return gid == entry.pw_gid ? 0 : -1;
}

int __wrap_setuid(uid_t uid)
{
	errno = EPERM;
	return uid == entry.pw_uid ? 0 : way_back;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void set_name(size_t len)
{
	memset(name, 'u', len);
	name[len] = 0;
}

static void a_name_without_room_is_told_as_a_number(void)
{
	char told[USER_NAME];

	set_name(USER_NAME - 1);
	CHECK_TEXT(user_name(1234, told), name);
	set_name(USER_NAME);
	CHECK_TEXT(user_name(1234, told), "1234");
	set_name(0);
	CHECK_TEXT(user_name(1234, told), "1234");
	CHECK_TEXT(user_name(77, told), "77");
}

static void a_name_without_room_is_no_user(void)
{
	struct account user;

	set_name(USER_NAME - 1);
	CHECK(user_find(name, &user) && user.uid == 1234 && user.gid == 1235, "not found");
	CHECK_TEXT(user.name, name);
	set_name(USER_NAME);
	CHECK(!user_find(name, &user), "found as \"%s\"", user.name);
}

static void who_can_become_root_again_has_not_become_a_user(void)
{
	struct account user;
	const char *call = "";

	set_name(3);
	CHECK(user_find(name, &user), "not found");
	way_back = -1;
	CHECK(user_become(&user, &call) == 0, "%s: %s", call, strerror(errno));
	way_back = 0;
	CHECK(user_become(&user, &call) < 0 && errno == EPERM, "became it");
	CHECK_TEXT(call, "setuid");
}

int main(void)
{
	TEST(a_name_without_room_is_told_as_a_number);
	TEST(a_name_without_room_is_no_user);
	TEST(who_can_become_root_again_has_not_become_a_user);
	return test_failures != 0;
}
