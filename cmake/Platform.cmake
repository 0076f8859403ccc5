# Which files speak to the operating system at hand. No source file asks for
# __linux__: it is chosen here, or it is portable.
set(REUSE_OS_SOURCES os/crew.c os/descriptors.c os/user.c)
