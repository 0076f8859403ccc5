"""Every complaint of the program, as a newcomer meets it.

usage: complaints.py REUSE FOLDER: each row of ROWS is run in FOLDER, with the words it has, and must say just
the lines it names; so is what the program itself says of its options (help COMMAND --json), each with a value
that it cannot have. Prints what differs; status 1 if anything does.
"""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
REST = ["..."]  # before the last line: any others

# --- what makes the program complain ------------------------------------------------------

class Peer:
    """A server on 127.0.0.1 that accepts and then does something wrong."""

    def __init__(self, act):
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = str(self.sock.getsockname()[1])
        threading.Thread(target=self.serve, args=(act,), daemon=True).start()

    def serve(self, act):
        kept = []
        while True:
            kept.append(self.sock.accept()[0])
            act(kept[-1])


def reset(sock):
    sock.recv(1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    sock.close()


def few_descriptors(most):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def little_memory():
    resource.setrlimit(resource.RLIMIT_AS, (32 << 20, 32 << 20))


def one_process():
    """As an ordinary user who may have no process more."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
    # After setresuid, which notes it for execve where the user has more: execve(2), EAGAIN.
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def apart():
    """The words that give a command a network of its own; None where there is no way."""
    for words in ["unshare", "-n"], ["unshare", "-rn"]:
        if subprocess.run([*words, "true"], capture_output=True).returncode == 0:
            return words
    return None


# How glibc words an error, and musl.
WORDED = {"Address already in use": "Address in use",
          "Cannot assign requested address": "Address not available"}


def one(text):
    """The pattern of one line, as any of these C libraries words its error."""
    line = re.escape(text)
    for words, others in WORDED.items():
        line = line.replace(re.escape(words), f"(?:{re.escape(words)}|{re.escape(others)})")
    return [line]


def rows(reuse, folder):
    """(words, lines, options): the words, what stderr then is, as patterns of whole lines behind
    "reuse COMMAND: ", and what else it takes: status, stdin, start (in the child), alone (in a network of
    its own, which that command sets up), env, argv0."""
    mute, wrong, more, gone, resets = Peer(lambda s: None), Peer(lambda s: s.send(b"ho")), \
        Peer(lambda s: s.send(b"hihi")), Peer(lambda s: (s.recv(99), s.close())), Peer(reset)
    taken = socket.create_server(("127.0.0.1", 0))
    port = str(taken.getsockname()[1])
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    nobody = str(closed.getsockname()[1])
    for name, text in ("empty", ""), ("words", "no JSON\n"), ("other", '{"event":"start","command":"why"}\n'):
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)
    here = ["127.0.0.1", "0", "127.0.0.1"]
    number = "not a number from 0 to 65535 or a service name"
    count = "not a count up to 2147483647, such as 20, 5k or 1M"
    duration = "not a duration, such as 5, 0.2, 200ms, 2m or 1h"
    host = "not an address or a host name"
    four = "not an IPv4 address in four parts from 0 to 255"
    options = "reuseaddr, reuseport, v6only, no-v6only, freebind, no-port"
    where = "expected ADDR:PORT, such as 127.0.0.1:P, [::1]:3000 or :0"
    linux = sys.platform == "linux"
    root = os.getuid() == 0
    wait = ["-W", "0.3", "-c", "1"]

    table = [
        # the program
        (["lisen"], one("unknown command 'lisen', did you mean 'listen'?"), {"name": "reuse"}),
        (["-q", "8080"], one("'-q': options come after the command: reuse why '-q' '8080'"), {"name": "reuse"}),
        (["-q", "listen"], one("'-q': options come after the command: reuse listen '-q'"), {"name": "reuse"}),
        (["help", "lisen"], one("unknown command 'lisen', did you mean 'listen'?"), {}),
        (["help", "listen", "more"], one("unexpected argument 'more'"), {}),
        (["help", "--as", "html"], one("--as 'html': not one of man, bash, zsh, fish, names"), {}),
        (["help", "-q", "--complete", "li"], one("--complete: must come before all other words"), {}),
        (["help", "--as", "man", "--json"], one("--as: not with --json"), {}),
        (["help", "--as", "bash", "systems"], one("--as: a topic has only a manual page"), {}),
        # options
        (["listen", "--worker", "3"], one("unknown option '--worker', did you mean '--workers'?"), {}),
        (["listen", "--bogus"], one("unknown option '--bogus'"), {}),
        (["listen", "-qZ"], one("unknown option '-Z'"), {}),
        (["listen", "--json=1"], one("--json takes no value, not '1'"), {}),
        (["listen", "--workers"], one("--workers: its N is missing"), {}),
        (["listen", "-w"], one("-w: its N is missing"), {}),
        (["listen", "-w", "many"], one(f"-w 'many': {count}"), {}),
        (["listen", "-w", "0"], one("-w '0': must be at least 1"), {}),
        (["listen", "-w", "5k"], ["-w '5k': more than [0-9]+"], {}),
        (["listen", "--idle-timeout", "5x"], one(f"--idle-timeout '5x': {duration}"), {}),
        (["listen", "--idle-timeout", "0"], one("--idle-timeout '0': must be at least a microsecond"), {}),
        (["listen", "--keepalive", "10h"], one("--keepalive '10h': more than 32767 s"), {}),
        (["listen", "--spread", "odd"], one("--spread 'odd': not one of hash, random, cpu"), {}),
        (["listen", "--device", "x" * 40], one(f"--device '{'x' * 40}': not the name of an interface"), {}),
        (["listen", "-u", "nosuch"], one("-u 'nosuch': no such user"), {}),
        (["limits", "--source", "", "--prove", "1"], one("--source '': empty"), {}),
        # addresses and ports
        (["listen", "3000x"], one(f"port '3000x': {number}"), {}),
        (["listen", "-n", "http"], one("port 'http': not a number from 0 to 65535 (-n: no names)"), {}),
        (["listen", "0", "127.1"], one(f"address '127.1': {four}"), {}),
        (["listen", "0", "a b"], one(f"address 'a b': {host}"), {}),
        (["listen", "0", "::g"], one("address '::g': not an IPv6 address"), {}),
        (["listen", "0", "127.0.0.1:80"], one("address '127.0.0.1:80': expected an address without a port"), {}),
        (["limits", "--to", "127.0.0.1:80", "--from", "[::1]:5"],
         one("address '[::1]:5': expected an address without a port"), {}),
        (["listen", "0", "fe80::1%nosuch0"],
         one("address 'fe80::1%nosuch0': no such interface after the %"), {}),
        (["listen", "0", ""], one("address '': empty"), {}),
        (["listen", "-n", "0", "localhost"], one("address 'localhost': not a number (-n: no names)"), {}),
        (["listen", "-6", "0", "127.0.0.1"], one("address '127.0.0.1': not an IPv6 address"), {}),
        (["listen", "-4", "0", "::1"], one("address '::1': not an IPv4 address"), {}),
        (["listen", "0", "nosuch.invalid"], ["address 'nosuch.invalid': .+"], {"status": 1}),
        # listen
        (["listen", "0", "127.0.0.1", "more"], one("unexpected argument 'more'"), {}),
        (["listen", "--v6only", "-4"], one("--v6only: not with -4"), {}),
        (["listen", "--no-v6only", "-4"], one("--no-v6only: not with -4"), {}),
        (["listen", "-w", "2", "--no-reuseport"],
         one("--no-reuseport: 2 workers cannot share the port without it"), {}),
        (["listen", port, "127.0.0.1"],
         one(f"bind 127.0.0.1:{port}: Address already in use (EADDRINUSE)") + [".+ listens there.*"] +
         one(f"try 'reuse why 127.0.0.1:{port}'"), {"status": 1}),
        (["listen", "0", "192.0.2.1"],
         one("bind 192.0.2.1:0: Cannot assign requested address (EADDRNOTAVAIL)") +
         one("no interface has 192.0.2.1"), {"status": 1}),
        (["listen", "0"], ["pipe: .* \\(EMFILE\\)"], {"status": 1, "start": few_descriptors(4)}),
        (["listen", "0"], one("LISTEN_FDS: Invalid argument (EINVAL)"), {"status": 1, "handed": "x"}),
        (["listen", "3000"], one("'3000': the service manager hands over sockets (LISTEN_FDS) that are bound"),
         {"handed": "1"}),
        (["listen"], one("descriptor 3 from the service manager: not a socket"),
         {"status": 1, "handed": "1"}),
        # connect
        (["connect", "127.0.0.1"], one("operand PORT is missing"), {}),
        (["connect", "127.0.0.1:0"], one("operand SERVER:PORT is missing"), {}),
        (["connect", "127.0.0.1:0", "127.0.0.1"], one("server '127.0.0.1': not SERVER:PORT"), {}),
        (["connect", "127.0.0.1:0", ":9"], one("server ':9': its address is missing"), {}),
        (["connect", *here[:2], "::1", "9"], one("server '::1': not an IPv4 address, as the source is"), {}),
        (["connect", "::1", "0", "127.0.0.1", "9"],
         one("server '127.0.0.1': not an IPv6 address, as the source is"), {}),
        (["connect", *here, "9", ""], one("data '': empty"), {}),
        (["connect", *here, "9", "hi", "more"], one("unexpected argument 'more'"), {}),
        (["connect", *here, nobody, *wait],
         one(f"connect 127.0.0.1:{nobody}: Connection refused (ECONNREFUSED)") +
         one("the machine is there, but nobody listens on that port"), {"status": 1}),
        (["connect", "127.0.0.1", port, "127.0.0.1", mute.port, *wait],
         one(f"bind 127.0.0.1:{port}: Address already in use (EADDRINUSE)") + [".*"] +
         one(f"try 'reuse why 127.0.0.1:{port}'"), {"status": 1}),
        (["connect", *here, mute.port, *wait], ["heartbeat 1 lost: .*0\\.3 s.*"], {"status": 1}),
        (["connect", *here, wrong.port, *wait], ["heartbeat 1 lost: .*'h'.*|heartbeat 1 lost: .*byte.*"], {"status": 1}),
        (["connect", *here, gone.port, *wait], ["heartbeat 1 lost: .*closed.*"], {"status": 1}),
        (["connect", *here, resets.port, *wait], ["heartbeat 1 lost: .*(reset|ECONNRESET).*"], {"status": 1}),
        # try
        (["try"], one("operand STEP is missing, such as 'a bind 127.0.0.1:P'"), {}),
        (["try", "-", "more"], one("unexpected argument 'more': - must be the only operand"), {}),
        (["try", "-"], one(f"line 2: address '127.0.0.1': {where}"), {"stdin": b"\na bind 127.0.0.1\n"}),
        (["try", "-"], one("line 1: a NUL byte: expected text"), {"stdin": b"a bind\0\n"}),
        (["try", "-"], one("standard input: longer than 256 MiB"),
         {"stdin": b"\n" * (20 << 20), "start": little_memory}),
        (["try", "-"], one("standard input: Is a directory (EISDIR)"), {"status": 1, "stdin": "/"}),
        (["try", "a bind nosuch.invalid:P"], ["step 1: address 'nosuch.invalid': .+"], {"status": 1}),
        (["try", "a_b listen"], one("step 1: name 'a_b': expected letters and digits"), {}),
        (["try", "a"], ["step 1: verb is missing: expected .*"], {}),
        (["try", "a hug"], ["step 1: verb 'hug': expected bind, .*"], {}),
        (["try", "a bind"], one(f"step 1: address is missing: {where}"), {}),
        (["try", "a bind 127.0.0.1:x"], one(f"step 1: port 'x': {number}, nor P, Q or R"), {}),
        (["try", "a bind 127.1:P"], one(f"step 1: address '127.1:P': {four}"), {}),
        (["try", "-n", "a bind localhost:P"], one("step 1: address 'localhost:P': not a number (-n: no names)"), {}),
        (["try", "-4", "a bind [::1]:P"], one("step 1: address '[::1]:P': not an IPv4 address (-4)"), {}),
        (["try", "-6", "a bind 127.0.0.1:P"], one("step 1: address '127.0.0.1:P': not an IPv6 address (-6)"), {}),
        (["try", "a bind :P odd"],
         one(f"step 1: option 'odd': expected {options}, device=IF, port-range=LO-HI or uid=N"), {}),
        (["try", "a set"], one(f"step 1: option is missing: expected {options}, device=IF or port-range=LO-HI"), {}),
        (["try", "a clear uid=1"], one(f"step 1: option 'uid=1': expected {options} or device"), {}),
        (["try", "a set port-range=1"],
         one("step 1: option 'port-range=1': expected port-range=LO-HI, two numbers from 0 to 65535"), {}),
        (["try", "a bind :P uid=x"],
         one("step 1: option 'uid=x': expected uid=N, a number from 0 to 4294967294"), {}),
        (["try", "a set" + " reuseaddr" * 17],
         one("step 1: option 'reuseaddr': expected no more than 16 options"), {}),
        (["try", "a listen 1 2"], one("step 1: word '2': expected the end of the step"), {}),
        (["try", "a listen x"], one(f"step 1: backlog 'x': {count}"), {}),
        (["try", "a listen", "a accept a"], ["step 2: name 'a': expected .*"], {}),
        (["try", "a listen", "s bind :P", "s accept a"], ["step 3: name 's': expected .*"], {}),
        (["try", "s accept s"], one("step 1: name 's': expected a name other than the new socket's"), {}),
        (["try", "a shutdown up"], one("step 1: word 'up': expected rd, wr or rdwr"), {}),
        (["try", "a close"], ["pipe: .* \\(EMFILE\\)"], {"status": 1, "start": few_descriptors(4)}),
        # rules
        (["rules", "more"], one("unexpected argument 'more'"), {}),
        (["rules", "--diff", "nosuch"], one("open 'nosuch': No such file or directory (ENOENT)"), {"status": 1}),
        (["rules", "--diff", "/"], one("read '/': Is a directory (EISDIR)"), {"status": 1}),
        (["rules", "--diff", "empty"], one("file 'empty': no cells of 'reuse rules --json' in it"), {}),
        (["rules", "--diff", "words"],
         one("file 'words', line 1: not a JSON object of 'reuse rules --json'"), {}),
        (["rules", "--diff", "other"],
         one("file 'other', line 1: the output of a command other than 'reuse rules --json'"), {}),
        (["rules", "--seed", "3"], one("--seed: only with --fuzz"), {}),
        (["rules", "--fuzz", "5", "--diff", "empty"],
         one("file 'empty': no trials of 'reuse rules --fuzz N --json' in it"), {}),
        # experiment
        (["experiment", "99"], one("experiment '99': not a number from 1 to 14"), {}),
        (["experiment", "spred"], one("unknown experiment 'spred', did you mean 'spread'?"), {}),
        (["experiment", "--ask"], one("--ask: not a terminal, so nothing is asked"), {"status": 0}),
        # why
        (["why", "127.0.0.1"], one("address '127.0.0.1': its port is missing"), {}),
        (["why", "gopherx://h"], one("address 'h': no port, and gopherx has no default"), {}),
        (["why", "1" * 600], ["'1+[.][.][.]': too long for an address and port"], {}),
        (["why"] + ["1"] * 65, one("more than 64 addresses"), {}),
        (["why", "EADDRINUSE", "hug"],
         one("call 'hug': not one of socket bind listen connect accept send recv"), {}),
        (["why", "EFOO"], one("errno 'EFOO': no such name on this system"), {}),
        (["why", "ENOTTY"], ["ENOTTY \\(.*\\): no cause known from a socket call"], {"status": 1}),
        (["why", "EADDRINUSE", "send"],
         ["EADDRINUSE \\(.*\\): no cause known from send"] + one("try 'reuse why EADDRINUSE'"), {"status": 1}),
        # run
        (["run"], one("COMMAND is missing"), {}),
        (["run", "--set", "reuse", "true"],
         one("--set 'reuse': not one of reuseaddr, reuseport, v6only, no-v6only, freebind, no-port"), {}),
        (["run", "--set", "v6only,no-v6only", "true"],
         one("--set 'v6only,no-v6only': v6only and no-v6only contradict each other"), {}),
        (["run", "--json-fd", "x", "true"], one("--json-fd 'x': not the number of a descriptor"), {}),
        (["run", "--json-fd", "77", "true"], one("--json-fd '77': not open"), {}),
        (["run", "--json-fd", "0", "true"], one("--json-fd '0': not open for writing"), {"stdin": b""}),
        (["run", "--source", "127.0.0.1", "true"],
         one("--source '127.0.0.1': not an address and a port, like 127.0.0.1:3001"), {}),
        # limits
        (["limits", "more"], one("unexpected argument 'more'"), {}),
        (["limits", "--force"], one("--force: only with --prove"), {}),
        (["limits", "--source", ":1"], one("--source: only with --prove"), {}),
        (["limits", "--prove", "1", "--to", "127.0.0.1:9"], one("--to: not with --prove"), {}),
        (["limits", "--from", "127.0.0.1"], one("--from: only with --to"), {}),
        (["limits", "--to", "127.0.0.1"],
         one("--to '127.0.0.1': not an address and a port, like 192.0.2.1:443"), {}),
        (["limits", "--to", "127.0.0.1:0"], one("--to '127.0.0.1:0': port 0 cannot be a destination"), {}),
        (["limits", "--to", ":9"], one("--to ':9': the address is missing"), {}),
        (["limits", "--to", "127.0.0.1:9", "--from", "::1"],
         one("--to '127.0.0.1:9' and --from '::1': one is IPv4, the other IPv6"), {}),
        (["limits", "--prove", "1", "--source", "127.0.0.1"],
         one("--source '127.0.0.1': not an address and a port, like 127.0.0.1:3001"), {}),
        (["limits", "--prove", "1", "--source", "0.0.0.0:1"],
         one("--source '0.0.0.0:1': expected one address, not the wildcard"), {}),
        (["limits", "--prove", "9"], ["24 descriptors per process are too few: [0-9]+ are needed"],
         {"status": 1, "start": few_descriptors(24)}),
        (["limits", "--prove", "64513", "-6"],
         one("that needs 64513 ports of one address, and there are 64512") + one("--force tries anyway"),
         {"status": 1, "needs": "::1"}),
    ]
    if linux:
        table += [
            (["listen", "--poller", "kqueue"], one("--poller 'kqueue': this system does not have it"), {}),
            (["limits", "--prove", "2000M"],
             ["2000000000 connections need .* of memory, .* each for both ends; there is room for .*: "
              ".* available, of which .* are kept free", *REST, "--force tries anyway"],
             {"status": 1}),
            (["limits", "--prove", "9"],
             ["that needs 1 process: processes of a user is 0, and [0-9]+ are in use", *REST,
              "--force tries anyway"],
             {"status": 1, "start": one_process}),
            (["limits", "--prove", "9", "--force"], [REST[0], "fork: .* \\(EAGAIN\\)"],
             {"status": 1, "start": one_process}),
            (["limits"], one("lo is down here, and connections over loopback need it (ENETDOWN)") +
             one("try 'ip link set lo up'"), {"status": 1, "alone": "true"}),
            (["connect", *here, "45000", *wait],
             one("connected to itself: nobody listens on 127.0.0.1:45000, and the kernel picked that port as the source"),
             {"status": 1, "alone": "ip link set lo up && echo 45000 45000 >/proc/sys/net/ipv4/ip_local_port_range"}),
            *((words, one("stdout: No space left on device (ENOSPC)"), {"status": 1, "full": True})
              for words in (["help"], ["help", "--complete"], ["run", "-h"])),
        ]
    return table, (taken, closed)


def asked(reuse):
    """Rows of the options that the program says it has."""
    def told(*words):
        return subprocess.run([reuse, "help", *words], env=ENV, check=True, capture_output=True, text=True).stdout

    wrong = {"N": "5x", "D": "5x"}  # by the name of the value; of others any text may be right
    for command in told("--as", "names").split():
        event = json.loads(told(command, "--json").splitlines()[1])
        for option in event["options"]:
            name, value = f"--{option['name']}", option["value"]
            if not value:
                yield [command, f"{name}=1"], one(f"{name} takes no value, not '1'"), {}
                continue
            yield [command, name], one(f"{name}: its {value} is missing"), {}
            if "|" in value:
                choices = ", ".join(value.split("|"))
                yield [command, name, "odd"], one(f"{name} 'odd': not one of {choices}"), {}
            elif value in wrong:
                yield [command, name, wrong[value]], [f"{name} '{wrong[value]}': not .*"], {}


def run(reuse, folder, words, how):
    """Runs it to its end: (status, stdout, stderr)."""
    argv, stdin, opened = [reuse, *words], how.get("stdin"), None
    if "handed" in how:  # $$ is the pid of what exec makes of the shell
        argv = ["sh", "-c", f'LISTEN_PID=$$ LISTEN_FDS={how["handed"]} exec "$0" "$@" 3</dev/null', *argv]
    if "alone" in how:
        argv = [*apart(), "sh", "-c", f'{how["alone"]} || exit 77; exec "$0" "$@"', *argv]
    if isinstance(stdin, str):
        opened = os.open(stdin, os.O_RDONLY)
    given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": subprocess.DEVNULL if opened is None else opened}
    stdout = open("/dev/full", "w") if how.get("full") else subprocess.PIPE
    done = subprocess.run(argv, cwd=folder, env=ENV, timeout=60, preexec_fn=how.get("start"),
                          stdout=stdout, stderr=subprocess.PIPE, **given)
    if opened is not None:
        os.close(opened)
    if how.get("full"):
        stdout.close()
    return done.returncode, (done.stdout or b"").decode(), done.stderr.decode()


def serve(reuse, folder, words, act=None, heard="", env=None, start=None):
    """Runs a server: act(process, port) once it listens, until its stderr has what is `heard`."""
    path = f"{folder}/said"
    with open(path, "w") as said:
        server = subprocess.Popen([reuse, "listen", *words], cwd=folder, env={**ENV, **(env or {})}, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, preexec_fn=start)
    try:
        port = int(re.search(r":(\d+) ", server.stdout.readline())[1])
        kept = act(server, port) if act else None
        for _ in range(400):
            with open(path) as said:
                text = said.read()
            if re.search(heard, text):
                break
            time.sleep(0.025)
        del kept
        return text
    finally:
        server.terminate()
        server.wait(20)
        server.stdout.close()


def living(reuse, folder):
    """(what, stderr, patterns of its lines) of servers that complain and go on."""
    address = ["0", "127.0.0.1"]

    def second(_, port):
        return serve(reuse, folder, [str(port), "127.0.0.1"], heard="deals")

    def third(_, port):
        with subprocess.Popen([reuse, "listen", str(port), "127.0.0.1"], env=ENV, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as other:
            other.stdout.readline()
            texts.append(serve(reuse, folder, [str(port), "127.0.0.1"], heard="deals"))
            other.terminate()

    def crowd(_, port):
        return [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]

    def kill(server, _):
        for _ in range(400):  # proc(5): the list may lack some
            with open(f"/proc/{server.pid}/task/{server.pid}/children") as file:
                children = file.read().split()
            if children:
                break
            time.sleep(0.025)
        os.kill(int(children[0]), signal.SIGKILL)

    deals = r"on 127\.0\.0\.1:\d+ too: the kernel deals connections out between you"
    texts = []
    serve(reuse, folder, address, act=lambda server, port: texts.append(second(server, port)))
    yield "a second listener", texts.pop(), [rf"reuse\[\d+\] listens {deals}"]
    serve(reuse, folder, address, act=third)
    yield "a third listener", texts.pop(), [rf"reuse\[\d+\] and 1 more listen {deals}"]
    yield "no descriptor left", serve(reuse, folder, address, act=crowd, heard="accept",
                                      start=few_descriptors(20)), [r"accept 127\.0\.0\.1:\d+: .* \(EMFILE\)"]
    yield "no service manager", serve(reuse, folder, address, env={"NOTIFY_SOCKET": f"{folder}/nosuch"}), [
        r"NOTIFY_SOCKET: connect: No such file or directory \(ENOENT\)"]
    if os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
        yield "a worker killed", serve(reuse, folder, ["-w", "2", *address], act=kill, heard="worker"), [
            r"worker [01] \(process \d+\) was killed by signal 9, another one takes its place"]


def said_otherwise(name, stderr, wanted):
    """What differs between the lines said and the patterns wanted; None where nothing does."""
    lines = [line for line in stderr.split("\n") if line]
    for line in lines:
        if not line.startswith(f"{name}: "):
            return f"{line!r} does not begin with '{name}: '"
        if len(line) > 400 or not line.isascii() or not line.isprintable():
            return f"{line!r} is no line to read"
    lines = [line[len(name) + 2:] for line in lines]
    if REST[0] in wanted:
        wanted = [line for line in wanted if line != REST[0]]
        lines = lines[:len(wanted) - 1] + lines[len(wanted) - 1:][-1:]
    if len(lines) != len(wanted) or not all(map(re.fullmatch, wanted, lines)):
        return f"says {lines}, wanted {wanted}"
    return None


def main(reuse, folder):
    provoked, faults = 0, []
    table, kept = rows(reuse, folder)
    untried = 0

    def judge(what, name, stderr, lines):
        nonlocal provoked
        provoked += 1
        otherwise = said_otherwise(name, stderr, lines)
        if otherwise:
            faults.append(f"{what}: {otherwise}")

    for words, lines, how in [*table, *asked(reuse)]:
        alone = "alone" in how
        status, stdout, stderr = run(reuse, folder, words, how) if not alone or apart() else (77, "", "")
        if alone and status == 77:
            print(f"not tried: {words} (no network namespace to be had)")
            untried += 1
            continue
        judge(words, how.get("name", f"reuse {words[0]}"), stderr, lines)
        if status != how.get("status", 2):
            faults.append(f"{words}: status {status}, wanted {how.get('status', 2)}")
        if status == 2 and stdout:
            faults.append(f"{words}: {stdout!r} on stdout")
    for what, stderr, lines in living(reuse, folder):
        judge(what, "reuse listen", stderr, lines)
    for sock in kept:
        sock.close()

    print("\n".join(faults))
    print(f"{provoked} provoked, {len(faults)} faults")
    return 1 if faults else 77 if untried else 0


sys.exit(main(*sys.argv[1:]))
