/* A network of a process's own. */
#ifndef REUSE_OS_NETNS_H
#define REUSE_OS_NETNS_H

/* Gives this process a network namespace with nothing but a loopback, which is up; as another than
 * root in a user namespace of its own. For good: a process forked for it should do it. Returns 0, or -1
 * with errno and `*call` naming what was refused (static); ENOTSUP where this system has none. */
int netns_enter(const char **call);

/* Sets "net.ipv4.tcp_migrate_req" and the like in it. Returns 0, or -1 with errno. */
int netns_tune(const char *name, const char *value);

#endif
