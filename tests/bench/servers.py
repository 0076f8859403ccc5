"""The echo servers that are compared, and how one is started and ended."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Callable, List, Tuple

FORKED_MOST = 100  # connections that a server with a process for each is asked to hold
PATIENCE = 10  # seconds

NODE = """require('net').createServer({allowHalfOpen: true}, s => {
    s.on('error', () => {});
    s.pipe(s);
}).listen({port: %d, host: '127.0.0.1', backlog: 4096})"""

ASYNCIO = """import asyncio

class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, '127.0.0.1', %d, backlog=4096)
    await server.serve_forever()

asyncio.run(main())"""


@dataclass(frozen=True)
class Server:
    name: str
    program: str  # the file whose size is told; "" where it says nothing
    command: Callable[[int], List[str]]  # port -> words
    peer: bool = True  # what people would pick instead
    forks: bool = False  # a process for each connection
    cannot: Tuple[str, ...] = ()  # works that it fails at
    lone: bool = True  # all its work is done in the process that is started

    def holds(self, connections):
        return not self.forks or connections <= FORKED_MOST


def known(reuse, floors):
    """Every server of this machine, `reuse` first, the epoll floor next and twice."""
    found = [Server("reuse", reuse, lambda p: [reuse, "listen", "-q", str(p), "127.0.0.1"], False)]
    usage = subprocess.run([reuse, "listen", "--help"], capture_output=True, text=True,
                           timeout=PATIENCE)
    if "--workers" in usage.stdout:
        found.append(Server("reuse -w 2", reuse, lambda p: [
            reuse, "listen", "-q", "--workers", "2", str(p), "127.0.0.1"], False, lone=False))
    epoll = os.path.join(floors, "floor_epoll")
    thread = os.path.join(floors, "floor_thread")
    found += [
        Server("epoll floor", epoll, lambda p: [epoll, str(p)], False),
        Server("epoll floor again", epoll, lambda p: [epoll, str(p)], False),
        Server("thread floor", thread, lambda p: [thread, str(p)], False),
    ]
    peers = [
        Server("socat", "socat", lambda p: [
            "socat", f"TCP-LISTEN:{p},bind=127.0.0.1,fork,reuseaddr,backlog=1000", "PIPE"],
            forks=True, lone=False),
        # ncat drops the echo when the client half-closes, and stops for ever when both directions
        # of a stream are full.
        Server("ncat", "ncat", lambda p: [
            "ncat", "-n", "-l", "-k", "-m", "1000", "-e", "/bin/cat", "127.0.0.1", str(p)],
            forks=True, cannot=("bulk", "cycle"), lone=False),
        Server("tcpserver", "tcpserver", lambda p: [
            "tcpserver", "-H", "-R", "-l", "0", "-c", "1000", "-b", "1000",
            "127.0.0.1", str(p), "cat"],
            forks=True, lone=False),
        Server("Node net", "node", lambda p: ["node", "-e", NODE % p]),
        Server("asyncio", "", lambda p: [sys.executable, "-c", ASYNCIO % p]),
    ]
    for server in peers:
        if not server.program or shutil.which(server.program):
            found.append(server)
    return found


def free_port():
    """A port below the ephemeral ones, so that no client takes it meanwhile."""
    for _ in range(1000):
        port = random.randrange(10000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise RuntimeError("no free port")


class Instance:
    """A server that runs."""

    def __init__(self, server, idle=0):
        self.server = server
        self.idle = idle
        self.port = free_port()
        self.process = subprocess.Popen(
            server.command(self.port), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)

    def await_echo(self):
        """True once it has answered; False where it ended, or did not within PATIENCE."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                there, here = ("127.0.0.1", self.port), ("127.0.0.2", 0)
                with socket.create_connection(there, 1, here) as client:
                    client.sendall(b"hello")
                    if client.recv(5, socket.MSG_WAITALL) == b"hello":
                        return True
            except OSError:
                time.sleep(0.005)
        return False

    def target(self):
        """The word by which `load` knows it."""
        return f"{self.port},{self.idle},{self.process.pid if self.server.lone else 0}"

    def stop(self):
        """Ends it and what it has started. Its process id stays taken until the last line."""
        os_signal = signal.SIGTERM
        for wait in (2, PATIENCE):
            try:
                os.killpg(self.process.pid, os_signal)
            except ProcessLookupError:
                break
            until = time.monotonic() + wait
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            while time.monotonic() < until and not os.waitid(os.P_PID, self.process.pid, flags):
                time.sleep(0.002)
            os_signal = signal.SIGKILL
        self.process.wait()


def private_kb(pid):
    """RssAnon of a process and of all below it, in KB."""
    with open(f"/proc/{pid}/status") as status:
        total = sum(int(line.split()[1]) for line in status if line.startswith("RssAnon:"))
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        below = children.read().split()
    return total + sum(private_kb(int(child)) for child in below)
