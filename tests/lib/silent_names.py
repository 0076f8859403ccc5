"""The end of a command whose name server does not answer: run in a network and mount namespace of its own,
with /etc/resolv.conf as it says.

silent_names.py SIGNAL PROGRAM WORDS...   each of WORDS is a command's words, parted by |: prints its status, or
                                          'late' where it has not ended three seconds after the signal: a resolver
                                          waits for longer
"""
import signal
import socket
import subprocess
import sys

ADDRESS = "127.0.0.53"


def main():
    number, program = getattr(signal, "SIG" + sys.argv[1]), sys.argv[2]
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind((ADDRESS, 53))
    names.settimeout(10)
    for words in sys.argv[3:]:
        names.setblocking(False)
        try:
            while True:
                names.recv(4096)
        except BlockingIOError:
            names.settimeout(10)
        command = subprocess.Popen([program, *words.split("|")], restore_signals=False,
                                   preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
        names.recv(4096)  # it is asked
        command.send_signal(number)
        try:
            print(command.wait(3), flush=True)
        except subprocess.TimeoutExpired:
            command.kill()
            command.wait()
            print("late", flush=True)


main()
