"""Every event of `reuse help json` is written, with every field: documented.py REUSE

Prints what the table has and no command wrote; status 1 where there is such."""

import json
import os
import subprocess
import sys
import tempfile

import peer

# What takes a full pipe, a fault of the rule or a slow machine to be written.
RARE = {("listen", "left_out"), ("run", "left_out"), ("limits", "progress"), ("rules", "difference"), ("run", "note"),
        ("run", "unseen"), ("why", "unseen"), ("limits", "advice"), ("limits", "taken")}
START = '{"event":"start","ts":0,"command":"%s"}\n'
RARE_FIELDS = {"stop[].container", "holders[].pids[].container", "worker"}


def run(*words, stdin=None):
    ran = subprocess.run([reuse, *words], input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30, check=False)
    return (ran.stdout + ran.stderr).decode()  # run has its events on stderr


def serve(*words):
    """A server in the background, and where it listens."""
    server = subprocess.Popen([reuse, "listen", *words, "0", "127.0.0.1"], stdout=subprocess.PIPE)
    while True:
        line = server.stdout.readline().decode()
        if '"listening"' in line:
            return server, json.loads(line)["local"], line


def served():
    """What servers and their clients write, each by itself."""
    for words in ((), ("-w", "2")):
        server, local, line = serve("--json", *words)
        port = local.rpartition(":")[2]
        yield run("connect", "--json", "127.0.0.1", "0", "127.0.0.1", port, "-c", "2", "-i", "0")
        yield run("why", "--json", "-v", port)
        yield run("why", "--json")
        yield run("run", "--json", reuse, "try", f"b bind 127.0.0.1:{port}")
        server.terminate()
        yield START % "listen" + line + server.communicate()[0].decode()


def mismatched():
    """A client whose echo is another byte."""
    server = subprocess.Popen([sys.executable, peer.__file__, "mangles", "0"], stdout=subprocess.PIPE)
    port = server.stdout.readline().decode().strip()
    text = run("connect", "--json", "127.0.0.1", "0", "127.0.0.1", port, "-c", "1")
    server.terminate()
    server.wait()
    return text


def battery():
    yield from served()
    yield mismatched()
    yield run("listen", "--json", "0", "192.0.2.1")
    yield run("try", "--json", "a bind 127.0.0.1:P", "a listen", "c connect 127.0.0.1:P", "b bind 127.0.0.1:P")
    yield run("rules", "--json")
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(run("rules", "--json"))
        file.flush()
        yield run("rules", "--json", "--diff", file.name)
    yield run("rules", "--json", "--fuzz", "50", "--seed", "1")
    yield run("experiment", "--json", "same-tuple")
    yield run("why", "--json", "EADDRINUSE", "bind")
    yield run("run", "--json", sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 1))")
    yield run("limits", "--json")
    yield run("limits", "--json", "--prove", "100")
    yield run("limits", "--json", "--to", "127.0.0.1:80")
    for words in ("try",), ("systems",), ("errors",), ("json",):
        yield run("help", "--json", *words)


def paths(value, name=""):
    """The fields of an event, as the table names them."""
    if isinstance(value, dict):
        for key, member in value.items():
            path = f"{name}.{key}" if name else key
            yield path
            yield from paths(member, path)
    elif isinstance(value, list):
        for member in value:
            yield from paths(member, name + "[]")


def main():
    seen = {}
    for text in battery():
        command = ""
        for line in filter(None, text.split("\n")):
            if not line.startswith("{"):
                continue
            event = json.loads(line)
            if event["event"] == "start":
                command = event["command"]
            for key in ((command, event["event"]), ("", event["event"])):
                seen.setdefault(key, set()).update(paths(event))
    missing = 0
    for key, fields in peer.documented().items():
        if key in RARE:
            continue
        wanted = [field for field in fields if field not in RARE_FIELDS] if key in seen else ["the event"]
        for field in wanted:
            if key not in seen or field not in seen[key]:
                missing += 1
                print(f"{key[0] or 'any command'} {key[1]}: {field} is in the table, and nothing wrote it")
    return 1 if missing else 0


if __name__ == "__main__":
    reuse = sys.argv[1]
    os.environ["REUSE"] = reuse
    sys.exit(main())
