#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "config.h"
#include "tcp/errname.h"

enum { ERROR_MOST = 4095 }; /* Linux, MAX_ERRNO */

/* EWOULDBLOCK and EDEADLOCK are other names of numbers that stand here. */
static const struct {
	int error;
	const char *name;
} names[] = {
    {E2BIG, "E2BIG"},
    {EACCES, "EACCES"},
    {EADDRINUSE, "EADDRINUSE"},
    {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
    {EAFNOSUPPORT, "EAFNOSUPPORT"},
    {EAGAIN, "EAGAIN"},
    {EALREADY, "EALREADY"},
    {EBADF, "EBADF"},
#ifdef EBADFD
    {EBADFD, "EBADFD"},
#endif
    {EBUSY, "EBUSY"},
    {ECANCELED, "ECANCELED"},
    {ECHILD, "ECHILD"},
    {ECONNABORTED, "ECONNABORTED"},
    {ECONNREFUSED, "ECONNREFUSED"},
    {ECONNRESET, "ECONNRESET"},
    {EDEADLK, "EDEADLK"},
    {EDESTADDRREQ, "EDESTADDRREQ"},
    {EDOM, "EDOM"},
#ifdef EDQUOT
    {EDQUOT, "EDQUOT"},
#endif
    {EEXIST, "EEXIST"},
    {EFAULT, "EFAULT"},
    {EFBIG, "EFBIG"},
#ifdef EHOSTDOWN
    {EHOSTDOWN, "EHOSTDOWN"},
#endif
    {EHOSTUNREACH, "EHOSTUNREACH"},
    {EINPROGRESS, "EINPROGRESS"},
    {EINTR, "EINTR"},
    {EINVAL, "EINVAL"},
    {EIO, "EIO"},
    {EISCONN, "EISCONN"},
    {EISDIR, "EISDIR"},
    {ELOOP, "ELOOP"},
    {EMFILE, "EMFILE"},
    {EMLINK, "EMLINK"},
    {EMSGSIZE, "EMSGSIZE"},
    {ENAMETOOLONG, "ENAMETOOLONG"},
    {ENETDOWN, "ENETDOWN"},
#ifdef ENETRESET
    {ENETRESET, "ENETRESET"},
#endif
    {ENETUNREACH, "ENETUNREACH"},
    {ENFILE, "ENFILE"},
    {ENOBUFS, "ENOBUFS"},
#ifdef ENODATA
    {ENODATA, "ENODATA"},
#endif
    {ENODEV, "ENODEV"},
    {ENOENT, "ENOENT"},
    {ENOEXEC, "ENOEXEC"},
    {ENOLCK, "ENOLCK"},
    {ENOMEM, "ENOMEM"},
#ifdef ENONET
    {ENONET, "ENONET"},
#endif
    {ENOPROTOOPT, "ENOPROTOOPT"},
    {ENOSPC, "ENOSPC"},
    {ENOSYS, "ENOSYS"},
    {ENOTCONN, "ENOTCONN"},
    {ENOTDIR, "ENOTDIR"},
    {ENOTEMPTY, "ENOTEMPTY"},
    {ENOTSOCK, "ENOTSOCK"},

    {ENOTTY, "ENOTTY"},
    {ENXIO, "ENXIO"},
    {EOPNOTSUPP, "EOPNOTSUPP"},
    {ENOTSUP, "ENOTSUP"}, /* on Linux the same number: sockets say EOPNOTSUPP */
    {EOVERFLOW, "EOVERFLOW"},
    {EPERM, "EPERM"},
#ifdef EPFNOSUPPORT
    {EPFNOSUPPORT, "EPFNOSUPPORT"},
#endif
    {EPIPE, "EPIPE"},
    {EPROTO, "EPROTO"},
    {EPROTONOSUPPORT, "EPROTONOSUPPORT"},
    {EPROTOTYPE, "EPROTOTYPE"},
    {ERANGE, "ERANGE"},
    {EROFS, "EROFS"},
#ifdef ESHUTDOWN
    {ESHUTDOWN, "ESHUTDOWN"},
#endif
#ifdef ESOCKTNOSUPPORT
    {ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT"},
#endif
    {ESPIPE, "ESPIPE"},
    {ESRCH, "ESRCH"},
#ifdef ESTALE
    {ESTALE, "ESTALE"},
#endif
#ifdef ETIME
    {ETIME, "ETIME"},
#endif
    {ETIMEDOUT, "ETIMEDOUT"},
#ifdef ETOOMANYREFS
    {ETOOMANYREFS, "ETOOMANYREFS"},
#endif
    {ETXTBSY, "ETXTBSY"},
#ifdef EUSERS
    {EUSERS, "EUSERS"},
#endif
    {EXDEV, "EXDEV"},
};

/* The name by libc of one that does not stand there, or NULL. */
static const char *rare_name(int error)
{
#if HAVE_STRERRORNAME_NP
	return strerrorname_np(error);
#else
	(void)error;
	return NULL;
#endif
}

const char *errname(int error)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].error == error)
			return names[i].name;
	const char *rare = rare_name(error);
	return rare ? rare : "E?";
}

int errname_number(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i].name, name))
			return names[i].error;
	for (int error = 1; error <= ERROR_MOST; error++) {
		const char *rare = rare_name(error);
		if (rare && !strcmp(rare, name))
			return error;
	}
	/* Where it is another name of EAGAIN, it does not stand there. */
	return strcmp(name, "EWOULDBLOCK") ? 0 : EWOULDBLOCK;
}

const char *errname_at(size_t i)
{
	return i < sizeof names / sizeof *names ? names[i].name : NULL;
}
