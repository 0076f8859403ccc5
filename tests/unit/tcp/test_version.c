/* tcp/version: what uname(3) says, as a number that grows. */
#include "tcp/version.h"
#include "tests/lib/test.h"

static void releases_are_read(void)
{
	static const struct {
		const char *release, *version;
		unsigned want;
	} rows[] = {
	    {"6.18.44", "#1 SMP", VERSION_OF(6, 18, 44)},
	    {"5.10", "", VERSION_OF(5, 10, 0)},
	    {"6.8.0-45-generic", "#45~22.04.1-Ubuntu SMP", VERSION_OF(6, 8, 0)},
	    {"5.15.167.4-microsoft-standard-WSL2", "#1 SMP", VERSION_OF(5, 15, 167)},
	    {"4.4.0", "#1 SMP Sun Jan 10 15:06:54 PST 2016", VERSION_OF(4, 4, 0)},
	    {"", "", 0},
	    {"unknown", "unknown", 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const unsigned got = version_read(rows[i].release, rows[i].version);
		CHECK(got == rows[i].want, "%s: %u, not %u", rows[i].release, got, rows[i].want);
	}
}

static void debian_says_its_patch_in_another_place(void)
{
	static const char version[] = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.140-1 (2025-05-22)";

	CHECK(version_read("6.1.0-37-amd64", version) == VERSION_OF(6, 1, 140), "%u",
	    version_read("6.1.0-37-amd64", version));
	/* setarch --uname-2.6 changes the release alone. */
	CHECK(version_read("2.6.41-37-amd64", version) == VERSION_OF(2, 6, 41), "%u",
	    version_read("2.6.41-37-amd64", version));
}

int main(void)
{
	TEST(releases_are_read);
	TEST(debian_says_its_patch_in_another_place);
	return test_failures != 0;
}
