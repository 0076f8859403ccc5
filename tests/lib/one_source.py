"""Connections from one source address and port to many loopback addresses.

usage: one_source.py PORT MANY: connects, has a word echoed over each, closes all; prints `served N`.
"""

import socket
import sys


def dial(source, peer):
    sock = socket.socket()
    sock.settimeout(20)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(source)
    sock.connect(peer)
    return sock


def main(port, many):
    first = dial(("127.0.0.1", 0), ("127.0.0.1", port))
    socks = [first]
    for i in range(1, many):
        socks.append(dial(first.getsockname(), (f"127.1.{i // 250}.{i % 250 + 1}", port)))
    served = 0
    for i, sock in enumerate(socks):
        sock.sendall(b"%08d" % i)
    for i, sock in enumerate(socks):
        served += sock.recv(8, socket.MSG_WAITALL) == b"%08d" % i
    for sock in socks:
        sock.close()
    print(f"served {served}", flush=True)


main(int(sys.argv[1]), int(sys.argv[2]))
