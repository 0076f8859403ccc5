/* Gives each file of a corpus to a fuzz target, whatever the compiler: replay DIRECTORY|FILE... */
#include <dirent.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { MOST = 1 << 16, PATH = 4096 };

static unsigned count;

static void play(const char *path)
{
	static uint8_t bytes[MOST];
	FILE *file = fopen(path, "rb");

	HOLD(file, "%s cannot be opened", path);
	const size_t len = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	/* On the heap and of that very length, so that a sanitizer sees a step too far. */
	uint8_t *copy = malloc(len ? len : 1);
	HOLD(copy, "no memory");
	memcpy(copy, bytes, len);
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	count++;
}

int main(int argc, char **argv)
{
	char path[PATH];

	for (int i = 1; i < argc; i++) {
		DIR *directory = opendir(argv[i]);
		if (!directory) {
			play(argv[i]);
			continue;
		}
		for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
			play(path);
		}
		closedir(directory);
	}
	printf("%u inputs\n", count);
	return count == 0;
}
