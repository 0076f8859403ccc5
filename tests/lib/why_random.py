"""Holders of random kinds, and what `reuse why` says of them carried out.

why_random.py REUSE ROUNDS [SEED]: in a network namespace of its own, as root. Each round: a few sockets on one port by a
process of some user; why asked by some user; then its answer: free or refused as bind says, the options let the
asker in and none before them does, the other user gets in with the other options, the same question has the
same answer, and once what is to be stopped was stopped by the words to paste the port is free, or will be in
wait_s. Prints what differs, and the seed; status 1 where something did.
"""
import errno
import json
import os
import random
import socket
import subprocess
import sys
import time

reuse, rounds = sys.argv[1], int(sys.argv[2])
seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
rng = random.Random(seed)
A, P, V = "SO_REUSEADDR", "SO_REUSEPORT", "IPV6_V6ONLY"
USERS = 0, 65534
ADDRESSES = "0.0.0.0", "127.0.0.1", "127.0.0.2", "::", "::1", "::ffff:127.0.0.1"
KINDS = "listener", "bound", "connected", "pending", "timewait", "out", "self", "shut"


def make(address, options, udp=False):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
    for option in options:
        level = socket.IPPROTO_IPV6 if option == V else socket.SOL_SOCKET
        s.setsockopt(level, getattr(socket, option), 1)
    return s


def in_child(uid, work, stay=False):
    """Does work() as that user in a process of its own. Returns its pid with `stay`, else what work returned."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            said = work()
        except OSError as error:
            said = errno.errorcode[error.errno]
        os.write(w, str(said).encode() or b"-")
        while stay:
            time.sleep(60)
        os._exit(0)
    os.close(w)
    said = os.read(r, 100).decode()
    os.close(r)
    if stay:
        return pid, said
    os.waitpid(pid, 0)
    return said


def take(uid, address, port, options, udp=False):
    def work():
        with make(address, options, udp) as s:
            s.bind((address, port))
        return "ok"
    return in_child(uid, work)


def hold(kind, address, port, options, udp):
    """The sockets of one holder; what they keep open is kept until the process ends."""
    kept = hold.kept = []
    plain = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    s = make(address, options, udp)
    kept.append(s)
    if udp:
        s.bind((address, port))
        return "ok"
    if kind in ("out", "self"):
        s.bind((plain, port))
        if kind == "self":
            s.connect((plain, port))
            return "ok"
        server = make(plain, ())
        server.bind((plain, 0))
        server.listen(8)
        s.connect(server.getsockname()[:2])
        kept.extend((server, server.accept()[0]))
        return "ok"
    s.bind((address, port))
    if kind == "bound":
        return "ok"
    s.listen(8)
    if kind in ("connected", "pending", "timewait"):
        client = make(plain, ())
        client.connect((plain, port))
        kept.append(client)
        if kind != "pending":
            s.settimeout(1)
            try:
                kept.append(s.accept()[0])
            except socket.timeout:
                return "elsewhere"  # in the queue of another listener of its group
        if kind == "timewait":
            kept[-1].close()
            client.close()
            if rng.random() < 0.7:
                s.close()
    if kind == "shut":
        s.shutdown(socket.SHUT_RDWR)
    return "ok"


def ask(uid, word):
    user = [] if uid == 0 else ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
    run = subprocess.run([*user, reuse, "why", "--json", word], capture_output=True, text=True, timeout=20)
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    return run.returncode, rows


def sets(address):
    plain = [], [A], [P], [A, P]
    return [*plain, *(s + [V] for s in plain)] if address == "::" else plain


class Round:
    def __init__(self, number):
        self.port = 20000 + number
        self.udp = rng.random() < 0.15
        self.asker = rng.choice(USERS)
        self.address = rng.choice(ADDRESSES)
        self.holders = [(rng.choice(KINDS), rng.choice(ADDRESSES), [o for o in (A, P) if rng.random() < 0.4],
                         rng.choice(USERS)) for _ in range(rng.choice((0, 1, 1, 1, 2)))]
        self.faults = []
        self.told_apart = True  # each connection is its own listener's

    def check(self, right, what):
        if not right:
            self.faults.append(what)

    def answer_of(self, rows):
        return next(row for row in rows if row["event"] == "answer")

    def run(self):
        pids = []
        for kind, address, options, uid in self.holders:
            pid, said = in_child(uid, lambda: hold(kind, address, self.port, options, self.udp), stay=True)
            pids.append(pid)
            self.told_apart &= said != "elsewhere"
        try:
            if self.told_apart:
                self.ask_and_try(pids)
        finally:
            for pid in pids:
                try:
                    os.kill(pid, 9)
                    os.waitpid(pid, 0)
                except (ProcessLookupError, ChildProcessError):
                    pass
        return self.faults

    def ask_and_try(self, pids):
        host = "[%s]" % self.address if ":" in self.address else self.address
        word = "%s:%d%s" % (host, self.port, "/udp" if self.udp else "")
        before = {tuple(s): None for s in sets(self.address)}
        status, rows = ask(self.asker, word)
        answer = self.answer_of(rows)
        again = self.answer_of(ask(self.asker, word)[1])
        self.check(all(answer[k] == again[k] for k in ("free", "refused", "options", "as", "as_options", "stop")),
                   "asked twice: %s, then %s" % (answer, again))
        plain = take(self.asker, self.address, self.port, [], self.udp)
        self.check(answer["free"] == (plain == "ok") == (status == 0), "free %s, status %d, bind says %s" % (
            answer["free"], status, plain))
        self.check(answer["refused"] == (None if plain == "ok" else plain), "refused %s, bind says %s" % (
            answer["refused"], plain))
        probes = {tuple(r["options"]): r["result"] for r in rows if r["event"] == "probe"}
        for wanted in before:
            # A bind that is let in may let in the next: those without a mark first.
            if P not in wanted and probes[wanted] is not None:
                said = take(self.asker, self.address, self.port, wanted, self.udp)
                self.check(said == probes[wanted], "with %s told %s, bind says %s" % (wanted, probes[wanted], said))
        first = next((list(s) for s in before if probes[s] == "ok"), None)
        self.check(sorted(answer["options"] or ["-"]) == sorted(first or ["-"]) and (answer["options"] == []) == answer["free"],
                   "options %s, the first that is let in is %s" % (answer["options"], first))
        if self.asker == 0 and answer["refused"] == "EADDRINUSE":
            self.check(answer["stop"] or answer["wait_s"], "neither stop nor wait: %s" % answer)
            # Of those nobody has the options, or the user, cannot be read.
            read = not any(kind in ("pending", "timewait") for kind, *_ in self.holders)
            if read and answer["options"] is None and answer["as"] is None:
                for wanted in before:
                    said = take(65534, self.address, self.port, wanted, self.udp)
                    self.check(said != "ok" or V in wanted, "nobody gets in with %s, and 'as' is null" % (wanted,))
        if answer["options"]:
            said = take(self.asker, self.address, self.port, answer["options"], self.udp)
            self.check(said == "ok", "options %s: bind says %s" % (answer["options"], said))
        if answer["as"]:
            uid = {"root": 0, "nobody": 65534}[answer["as"]]
            said = take(uid, self.address, self.port, answer["as_options"], self.udp)
            self.check(said == "ok", "as %s with %s: bind says %s" % (answer["as"], answer["as_options"], said))
        if answer["stop"]:
            for stop in answer["stop"]:
                subprocess.run(stop["command"], shell=True, check=True)
            for pid in pids:
                try:
                    os.waitpid(pid, os.WNOHANG) == (0, 0) and time.sleep(0.02)
                except ChildProcessError:
                    pass
            until = time.monotonic() + 2
            while take(self.asker, self.address, self.port, [], self.udp) != "ok" and not answer["wait_s"]:
                # What its connections leave is not counted: the waiting of the same question now.
                left = self.answer_of(ask(0, word)[1])
                if left["wait_s"] or time.monotonic() > until:
                    self.check(left["wait_s"], "stopped %s, and it is not free: %s" % (answer["stop"], left))
                    break
                time.sleep(0.02)
        elif not answer["free"] and answer["wait_s"]:
            # A minute, and the kernel's timer may be late: by six seconds at 100 ticks a second.
            self.check(0 < answer["wait_s"] <= 67, "wait_s %s" % answer["wait_s"])


broken = 0
for number in range(rounds):
    one = Round(number)
    faults = one.run()
    if faults:
        broken += 1
        print("round %d: %s, asked by %d for %s%s" % (number, one.holders, one.asker, one.address,
                                                      " (UDP)" if one.udp else ""))
        for fault in faults:
            print("  " + fault)
print("%d rounds, %d broken, seed %d" % (rounds, broken, seed))
sys.exit(1 if broken else 0)
