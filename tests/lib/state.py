"""What a process finds of itself: all that a program run by another should find unchanged, a line each.
state.py odd COMMAND...: COMMAND instead of this process, with odd signals, a closed stdin and an open descriptor 9."""
import os
import resource
import signal
import sys


def odd(words):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGCHLD, signal.SIGTERM])
    os.kill(os.getpid(), signal.SIGUSR1)
    os.close(0)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 9)
    os.closerange(3, 9)
    os.umask(0o37)
    os.execvp(words[0], words)


def show():
    for line in open("/proc/self/status"):
        if line.split(":")[0] in ("SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "Umask", "Groups", "Uid"):
            print(line.strip())
    here = sorted(int(n) for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n))
    print("descriptors", [(fd, os.readlink("/proc/self/fd/%d" % fd).split(":")[0]) for fd in here])
    print("flags", [os.get_inheritable(fd) for fd in here])
    print("process", os.getpid() == int(sys.argv[1]), "parent", os.getppid() == int(sys.argv[2]),
          "group", os.getpgid(0) == os.getpgid(os.getppid()), "session", os.getsid(0))
    print("limits", [resource.getrlimit(n) for n in range(16)])
    print("folder", os.getcwd(), "nice", os.nice(0))
    print("environment", sorted(k for k in os.environ if k != "_"), "arguments", sys.argv[3:])
    try:
        print("children", os.waitpid(-1, os.WNOHANG))
    except ChildProcessError:
        print("children none")


odd(sys.argv[2:]) if sys.argv[1] == "odd" else show()
