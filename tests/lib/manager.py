"""A service manager for tests.

hand KIND... -- COMMAND...   executes COMMAND with a socket of each KIND from descriptor 3 on:
                             listen4 listen6 idle datagram local file none
notify NAME                  a datagram socket by that name ('@': in no file system): prints
                             'bound', then each datagram as a line, until it is ended
port                         a port of 127.0.0.1 that nobody has at the moment
"""
import os
import socket
import sys


def make(kind):
    if kind == "file":
        return os.open("/dev/null", os.O_RDONLY)
    if kind == "datagram":
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    elif kind == "local":
        sock = socket.socket(socket.AF_UNIX)
    else:
        sock = socket.socket(socket.AF_INET6 if kind == "listen6" else socket.AF_INET)
    if kind != "local":
        sock.bind(("::1" if kind == "listen6" else "127.0.0.1", 0))
    if kind.startswith("listen"):
        sock.listen()
    return sock.detach()


def hand(kinds, command):
    made = [make(kind) for kind in kinds if kind != "none"]
    # Out of the way of the places where they shall be.
    high = [os.dup2(fd, 100 + at) for at, fd in enumerate(made)]
    for at, fd in enumerate(high):
        os.dup2(fd, 3 + at, inheritable=True)
        os.close(fd)
    for fd in range(3 + len(made), 100):
        try:
            os.close(fd)
        except OSError:
            pass
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(kinds)), LISTEN_FDNAMES="x")
    os.execvp(command[0], command)


def notify(name):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind("\0" + name[1:] if name.startswith("@") else name)
    print("bound", flush=True)
    while True:
        print(sock.recv(4096).decode(), flush=True)


def main():
    mode, words = sys.argv[1], sys.argv[2:]
    if mode == "hand":
        at = words.index("--")
        hand(words[:at], words[at + 1:])
    elif mode == "notify":
        notify(words[0])
    elif mode == "port":
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            print(sock.getsockname()[1])


main()
