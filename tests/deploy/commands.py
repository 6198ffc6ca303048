#!/usr/bin/python3
"""The real command line of AWS, loaded once: each call is a fork, in the root, folder, environment and
streams of the one who calls (fakes/aws). Starting it by itself takes a second or two, and a build
calls it some fifteen times. Who calls may be killed; then the fork ends, too.

usage: commands.py MODELS     what AWS_DATA_PATH is; prints a line when it listens
"""
import os
import signal
import socket
import sys
import threading

NAME = "\0amic-aws"            # abstract: of this network namespace, whatever root the caller has
SERVICES = ("ec2", "s3", "secretsmanager")


def load():
    from awscli import clidriver
    driver = clidriver.create_clidriver()
    driver.subcommand_table  # pylint: disable=pointless-statement  # made when it is read
    for service in SERVICES:
        driver.session.create_client(service, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    return driver


def receive(caller):
    """Streams, and text up to its end: root, folder, count of words, words, environment."""
    data, streams, _, _ = socket.recv_fds(caller, 1 << 20, 3)
    length, _, data = data.partition(b"\n")
    while len(data) < int(length):
        data += caller.recv(1 << 20)
    root, folder, count, *rest = data.decode().split("\0")
    return streams, root, folder, rest[:int(count)], dict(v.split("=", 1) for v in rest[int(count):])


def end_with(caller):
    """Nothing more comes from it, but the end."""
    caller.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def answer(driver, caller):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    streams, root, folder, words, environment = receive(caller)
    threading.Thread(target=end_with, args=(caller,), daemon=True).start()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chroot(root)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    try:
        status = driver.main(words)
    except SystemExit as e:
        status = e.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    caller.sendall(b"%d" % status)
    os._exit(0)


def main():
    os.environ["AWS_DATA_PATH"] = sys.argv[1]
    driver = load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(NAME)
        server.listen(16)
        print("ready", flush=True)
        while True:
            caller, _ = server.accept()
            if os.fork() == 0:
                server.close()
                answer(driver, caller)
            caller.close()


if __name__ == "__main__":
    main()
