/* The version of a kernel, read in one place. */
#ifndef REUSE_TCP_VERSION_H
#define REUSE_TCP_VERSION_H

/* A version in a number that grows: 6.1.176 is VERSION_OF(6, 1, 176). */
#define VERSION_OF(major, minor, patch) ((major)*1000000 + (minor)*1000 + (patch))

/* By uname(3), release and version. Debian's releases end in a number of its own, 6.1.0-37; its version says
 * 6.1.140, which is taken where it is of that release. 0: it is not known. */
unsigned version_read(const char *release, const char *version);

/* Of the kernel at hand, whatever it calls itself. */
unsigned version_here(void);

#endif
