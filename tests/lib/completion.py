"""Completions as a person at a terminal gets them.

usage: completion.py SHELL FOLDER REUSE: starts SHELL (bash, zsh or fish) on a pseudo-terminal with
FOLDER as its home, types lines with tabs in them, and looks at the words that a stand-in for
`reuse` gets, or at the candidates on the screen. Prints what differs; status 1 if anything does.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

WAIT = 20  # seconds for one answer
PROMPT = "READY> "

# What is typed, and the words that come of it.
WORDS = [
    ("reuse lis\t0", "reuse listen 0"),
    ("reuse liste\t--spr\tha\t", "reuse listen --spread hash"),
    ("reuse listen --spread=ran\t", "reuse listen --spread=random"),
    ("reuse listen --poller e\t", "reuse listen --poller epoll"),
    ("reuse listen 3000 --work\t2", "reuse listen 3000 --workers 2"),
    ("reuse listen 3000 127.0.0.\t", "reuse listen 3000 127.0.0.1"),
    ("reuse listen 3000 ::\t", "reuse listen 3000 ::1"),
    ("reuse listen -w 2 -q 3000 127.0.0.\t", "reuse listen -w 2 -q 3000 127.0.0.1"),
    ("reuse listen -qw 2 3000 127.0.0.\t", "reuse listen -qw 2 3000 127.0.0.1"),
    ("reuse listen --device l\t", "reuse listen --device lo"),
    ("reuse connect 127.0.0.\t0 127.0.0.\t3000", "reuse connect 127.0.0.1 0 127.0.0.1 3000"),
    ("reuse connect ::\t0 ::\t3000", "reuse connect ::1 0 ::1 3000"),
    ("reuse connect --recon\t", "reuse connect --reconnect"),
    ("reuse rules --diff sav\t", "reuse rules --diff saved.json"),
    ("reuse help conn\t", "reuse help connect"),
    ("reuse help --as fi\t", "reuse help --as fish"),
    ("reuse --ver\t", "reuse --version"),
    ("reuse listen -u roo\t", "reuse listen -u root"),
    ("reuse rules sav\t", "reuse rules saved.json"),
    ("reuse connect --device=l\t", "reuse connect --device=lo"),
    ("listener --spread ra\t", "listener --spread random"),
    ("listener 3000 127.0.0.\t", "listener 3000 127.0.0.1"),
    ("connector 127.0.0.\t0 --expl\t", "connector 127.0.0.1 0 --explain"),
]

# The same for commands that may be there.
MORE_WORDS = {
    "why": [
        ("reuse why EADDRI\t", "reuse why EADDRINUSE"),
        ("reuse why EADDRINUSE bi\t", "reuse why EADDRINUSE bind"),
        ("reuse why 127.0.0.\t3000", "reuse why 127.0.0.1:3000"),
    ],
    "experiment": [
        ("reuse experiment time-\t", "reuse experiment time-wait"),
        ("reuse experiment punch back\t", "reuse experiment punch backlog"),
    ],
    "limits": [("reuse limits --source 127.0.0.\t3001", "reuse limits --source 127.0.0.1:3001")],
}

# What is typed before a tab, for bash two, and what is then to choose from.
CHOICES = [
    ("reuse ", None),  # every command
    ("reuse listen --spread ", ["hash", "random", "cpu"]),
    ("reuse listen --poller ", ["auto", "poll", "epoll", "kqueue"]),
    ("reuse listen --no-", ["--no-reuseaddr", "--no-reuseport", "--no-v6only", "--no-color"]),
    ("reuse listen 3000 ", ["127.0.0.1", "::1"]),
    ("listener --no-reuse", ["--no-reuseaddr", "--no-reuseport"]),
]


class Terminal:
    def __init__(self, argv, env, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.seen = ""

    def type(self, text):
        self.seen = ""
        os.write(self.fd, text.encode())

    def clear(self):
        """Another line: ctrl-c would throw typed characters away, too."""
        self.type("\x15echo do''ne\r")
        self.until(lambda seen: re.search(r"done\s*\n(.*\n)*.*" + PROMPT, seen))

    def shows_after_tab(self, words, seconds):
        os.write(self.fd, b"\t")
        return self.until(lambda seen: all(
            re.search(r"(?<![\w-])" + re.escape(word) + r"(?![\w-])", seen) for word in words), seconds)

    def until(self, there, seconds=WAIT):
        """Reads until there(what was seen since the last typing); whether that came."""
        end = time.monotonic() + seconds
        while not there(self.seen):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return False
            try:
                self.seen += plain(os.read(self.fd, 65536).decode(errors="replace"))
            except OSError:
                return False
        return True

    def close(self):
        os.close(self.fd)  # SIGHUP ends the shell
        for _ in range(100):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
            time.sleep(0.05)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def plain(text):
    """Without the sequences that move and colour."""
    return re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\a]*(\a|\x1b\\)|[()].|.)", "", text)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def start(shell, folder, completion):
    """The shell on its terminal, with the completion where that shell looks for it."""
    env = {
        "HOME": folder,
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
    }
    if shell == "bash":
        write(f"{folder}/.bashrc", f"PS1='{PROMPT}'\nbind 'set completion-query-items 0'\n"
              f"bind 'set enable-bracketed-paste off'\n{completion}")
        argv = ["bash", "--rcfile", f"{folder}/.bashrc", "-i"]
    elif shell == "zsh":
        write(f"{folder}/site-functions/_reuse", completion)
        write(f"{folder}/.zshrc", f"PS1='{PROMPT}'\nunsetopt prompt_sp\nLISTMAX=0\n"
              "fpath=(~/site-functions $fpath)\nautoload -U compinit\ncompinit -u\n"
              "zstyle ':completion:*' insert-tab false\n")
        argv = ["zsh", "-d", "-i"]
    else:
        at = f"{folder}/.config/fish"
        write(f"{at}/completions/reuse.fish", completion)
        for link in "listener", "connector":
            os.symlink("reuse.fish", f"{at}/completions/{link}.fish")
        write(f"{at}/config.fish", "set -g fish_greeting\nset -g fish_autosuggestion_enabled 0\n"
              f"function fish_prompt; echo -n '{PROMPT}'; end\n")
        argv = ["fish", "-i"]
    return Terminal(argv, env, folder)


def main(shell, folder, reuse):
    def said(*words):
        return subprocess.run([reuse, *words], capture_output=True, text=True, check=True).stdout

    names = said("help", "--as", "names").split()
    write(f"{folder}/bin/reuse", f'#!/bin/sh\ncase "$1 $2" in "help --complete") exec {reuse} "$@" ;; esac\n'
          'printf "GOT %s\\n" "${0##*/} $*"\n', 0o755)
    write(f"{folder}/saved.json", "")
    for link in "listener", "connector":
        os.symlink("reuse", f"{folder}/bin/{link}")
    terminal = start(shell, folder, said("help", "--as", shell))
    faults = 0

    if not terminal.until(lambda seen: PROMPT in seen):
        print(f"{shell} shows no prompt: {terminal.seen!r}")
        return 1
    for typed, want in WORDS + [row for name in names for row in MORE_WORDS.get(name, [])]:
        terminal.type(typed + "\r")
        terminal.until(lambda seen: re.search(r"GOT .*\n(.*\n)*.*" + PROMPT, seen))
        got = re.search(r"GOT (.*?)\s*\n", terminal.seen)
        # zsh writes --name=value, which is the same to the program.
        if not got or got[1].replace("=", " ") != want.replace("=", " "):
            faults += 1
            print(f"{shell}: {typed!r} gives {got[1] if got else terminal.seen!r}, wanted {want!r}")
            terminal.clear()
    for typed, want in CHOICES:
        want = want or names
        terminal.type(typed)
        if not any(terminal.shows_after_tab(want, seconds) for seconds in (0.2, 1, WAIT)):
            faults += 1
            print(f"{shell}: {typed!r} and tabs show {terminal.seen!r}, wanted {want}")
        terminal.clear()
    terminal.close()
    print(f"{shell}: {faults} faults")
    return faults > 0


sys.exit(main(*sys.argv[1:]))
