"""A service manager for tests.

hand KIND... -- COMMAND...   executes COMMAND with a socket of each KIND from descriptor 3 on:
                             listen4 listen6 listen_mptcp idle datagram local file none
early COMMAND...             COMMAND gets a listening socket in whose queue a client waits, with an
                             urgent byte sent already: prints what the client gets back
shut COMMAND...              COMMAND gets two; the first is shut down: prints how many clients of the second
                             were served, and the slowest in ms
notify NAME [GO]             a datagram socket by that name ('@': in no file system): prints
                             'bound', then each datagram as a line, until it is ended; with GO its queue
                             is full until there is a file of that name
port                         a port of 127.0.0.1 that nobody has at the moment
"""
import os
import signal
import socket
import sys
import time


def make(kind):
    if kind == "file":
        return os.open("/dev/null", os.O_RDONLY)
    if kind == "datagram":
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    elif kind == "local":
        sock = socket.socket(socket.AF_UNIX)
    elif kind == "listen_mptcp":
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)  # IPPROTO_MPTCP
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


def give(listeners, command):
    """COMMAND in a child, with these sockets. Returns its pid."""
    pid = os.fork()
    if pid == 0:
        for at, listener in enumerate(listeners):
            os.dup2(os.dup2(listener.fileno(), 100 + at), 3 + at, inheritable=True)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(listeners)))
        os.execvp(command[0], command)
    return pid


def end(pid):
    os.kill(pid, signal.SIGTERM)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def early(command):
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname(), 10)
    client.sendall(b"ab")
    client.send(b"!", socket.MSG_OOB)
    pid = give([listener], command)
    client.sendall(b"cd")
    back = b""
    while not back.endswith(b"d"):
        back += client.recv(100)
    print("back", back.decode())
    print("status", end(pid))


def shut(command):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    pid = give(listeners, command)

    def visit():
        with socket.create_connection(listeners[1].getsockname(), 10) as client:
            client.sendall(b"hello")
            return client.recv(5, socket.MSG_WAITALL) == b"hello"

    visit()  # it is up
    listeners[0].shutdown(socket.SHUT_RD)
    served, slowest = 0, 0.0
    for _ in range(20):
        began = time.monotonic()
        served += visit()
        slowest = max(slowest, time.monotonic() - began)
    print("served", served)
    print("slowest_ms", int(1000 * slowest))
    print("status", end(pid))


def notify(name, go=None):
    address = "\0" + name[1:] if name.startswith("@") else name
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(address)
    if go:
        other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        other.setblocking(False)
        other.connect(address)
        try:
            while True:
                other.send(b"other")
        except BlockingIOError:
            pass
    print("bound", flush=True)
    while go and not os.path.exists(go):
        time.sleep(0.02)
    while True:
        print(sock.recv(4096).decode(), flush=True)


def main():
    mode, words = sys.argv[1], sys.argv[2:]
    if mode == "hand":
        at = words.index("--")
        hand(words[:at], words[at + 1:])
    elif mode == "early":
        early(words)
    elif mode == "shut":
        shut(words)
    elif mode == "notify":
        notify(*words)
    elif mode == "port":
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            print(sock.getsockname()[1])


main()
