"""What the benches share: commands by turns, processor seconds (the machine may have other work),
medians, and a table with the figure that was promised beside each."""
import os, shutil, statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AMIC = os.environ.get('AMIC', str(ROOT / 'build' / 'amic'))


def once(command):
    """Processor seconds and peak MB of one run; not less MB than this Python has."""
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, '/dev/null', os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, '/dev/null', os.O_WRONLY, 0)])
    status, used = os.wait4(pid, 0)[1:]
    if os.waitstatus_to_exitcode(status) not in (0, 1, 4, 6, 8, 12):    # cfn-lint: 2 + 4 + 8
        print(f'exit status {os.waitstatus_to_exitcode(status)}: {" ".join(command)[:90]}')
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def turns(commands, rounds):
    """{name: (seconds, MB)}: medians of commands that take turns, so that noise hits them all."""
    seen = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            seen[name].append(once([str(word) for word in command]))
    return {name: tuple(statistics.median(column) for column in zip(*runs)) for name, runs in seen.items()}


def warm(commands, rounds, runs):
    """The same, each command runs[name] times in a row and the first of them not counted: a short
    command that follows a minute of another's work finds none of its files in the caches. Whoever
    is compared, both are measured as somebody meets them who has just run them."""
    seen = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            words = [str(word) for word in command]
            once(words)
            seen[name] += [once(words) for _ in range(runs[name] - 1)]
    return {name: tuple(statistics.median(column) for column in zip(*runs)) for name, runs in seen.items()}


def row(what, value, figure=''):
    print(f'{what:46} {value:>24}   {figure}', flush=True)


def missing(name):
    if shutil.which(name):
        return False
    row(name, 'not installed')
    return True


def growth(label, results, sizes):
    """Rows of a series: the time for ten times as much is to be ten times as long, or less."""
    for before, size in zip([None, *sizes], sizes):
        seconds, memory = results[size]
        times = f', {seconds / results[before][0]:.1f} x for {size / before:.0f} x' if before else ''
        row(f'{size} {label}', f'{seconds * 1000:.0f} ms{times}', f'{memory:.0f} MB')
