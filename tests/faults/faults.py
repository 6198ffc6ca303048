"""amic while calls of libc fail. usage: faults.py AMIC LIBRARY quick|all   (from the project's root)

memory  the Nth allocation fails, in each command: exit 2, or what an undisturbed run says
files   reads, writes, renames, fsync, close and mmap fail: whole outputs or the old ones, exit 2 or
        what an undisturbed run says; short and interrupted calls change nothing
kill    the process dies at a random call: every file is whole, old or new, and the next run cleans up
many    specs in one call take the memory of a few
pairs   two builds into one folder at once: both end well, and so do the outputs
"""
import os, random, shutil, signal, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

AMIC, LIBRARY, ALL = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2]), sys.argv[3:] == ['all']
ROOT, SEED = Path.cwd(), int(os.environ.get('SEED', '20261128'))
passed = failed = 0


def is_(text, right, said=''):
    global passed, failed
    if right:
        passed += 1
    else:
        failed += 1
        print(f'not ok: {text}\n{said}'[:600])


def run(folder, words, fault=None, **more):
    """(status, standard output, standard error) of amic in a folder, with FAULT set."""
    env = dict(os.environ, LC_ALL='C', **more)
    if fault:
        env |= {'LD_PRELOAD': LIBRARY, 'FAULT': fault}
    done = subprocess.run([AMIC, *words], cwd=folder, env=env, capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def content(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob('*')) if p.is_file()}


def fill(folder):
    """A spec, another one of which outputs lie in out/, an unformatted one, an image."""
    folder.mkdir()
    (folder / 'new.ami').write_text('ami: 1\nblueprint: 1\nname: golden\nbuild: { timeout: 4h }\n')
    (folder / 'old.ami').write_text('ami: 1\nblueprint: 1\nname: golden\n')
    (folder / 'ugly.ami').write_text('ami:   1\nblueprint: 1\nname:    golden\n\n\n\n\n')
    for image in ('kernel', 'menu'):
        shutil.copy(ROOT / 'tests/fuzz/predict' / image, folder / image)
    assert run(folder, ['build', 'old.ami', '-o', 'out'])[0] == 0


COMMANDS = {
    'build': ['build', 'new.ami', '-o', 'out'], 'check': ['check', 'new.ami'],
    'diff': ['diff', 'new.ami', '--against', 'out'],
    'audit': ['audit', 'out/base-template.yaml', 'out/pipeline-template.yaml'],
    'fmt': ['fmt', 'ugly.ami'], 'pcr': ['pcr', 'menu'], 'explain': ['explain', 'iam', 'new.ami'],
}


def calls(folder, words, kind):
    """How many calls of a kind an undisturbed run makes."""
    count = folder.parent / f'count-{folder.name}'
    run(folder, words, f'{kind} 0', FAULT_COUNT=str(count))
    return int(count.read_text())


def numbers(count, most):
    """Of 1 to count: all, or so many, the first and last ones among them."""
    if ALL or count <= most:
        return range(1, count + 1)
    step = (count - 40) / (most - 40)
    return sorted({*range(1, 21), *range(count - 19, count + 1), *(21 + int(i * step) for i in range(most - 40))})


def one_fault(work, name, words, fault, before, after, undisturbed):
    folder = Path(tempfile.mkdtemp(dir=work)) / 'here'
    shutil.copytree(work / 'start', folder)
    status, out, err = run(folder, words, fault)
    lies = content(folder)
    shutil.rmtree(folder.parent)
    same = (status, out) == undisturbed[:2]
    right = status == 2 or same
    names_new = b'AMI0907' in err
    whole = lies == after if same else lies == before or lies == after or names_new
    mixed = all(lies[n] in (before.get(n), after.get(n)) for n in lies) and set(lies) <= set(before) | set(after)
    is_(f'{name}: {fault}', right and whole and mixed, f'status {status}, {err.decode(errors="replace")[:300]}'
        f' {[n for n in {*lies, *after} if lies.get(n) != after.get(n)]}')
    return status, err


def sweep(pool, work, kind, most, errors=('',), commands=COMMANDS):
    jobs = []
    for name in commands:
        words = COMMANDS[name]
        folder = work / f'{kind}-{name}'
        shutil.copytree(work / 'start', folder)
        before, count = content(folder), calls(folder, words, kind)
        shutil.rmtree(folder)
        shutil.copytree(work / 'start', folder)
        undisturbed = run(folder, words)
        after = content(folder)
        is_(f'{name}: it ends as it should', undisturbed[0] in (0, 1), undisturbed[2].decode())
        for error in errors:
            for n in numbers(count, most) if kind not in ('short', 'eintr') else (0,):
                fault = f'{kind} {n} {error}'
                jobs.append(pool.submit(one_fault, work, name, words, fault, before, after, undisturbed))
    return [job.result() for job in jobs]


def killed(work):
    """Dead at a random call; then an undisturbed build makes it right and leaves nothing behind."""
    chance = random.Random(SEED)
    folder = work / 'killed'
    shutil.copytree(work / 'start', folder)
    before = content(folder)
    count = calls(folder, COMMANDS['build'], 'kill')
    after = content(folder)
    for n in (chance.randint(1, count) for _ in range(100)):
        shutil.rmtree(folder)
        shutil.copytree(work / 'start', folder)
        status = run(folder, COMMANDS['build'], f'kill {n}')[0]
        lies = content(folder)
        whole = all(text in (before.get(name), after.get(name)) for name, text in lies.items() if not name.endswith('.amic-new'))
        again = run(folder, COMMANDS['build'])[0]
        is_(f'killed at call {n} of {count}', status == -signal.SIGKILL and whole and again == 0 and content(folder) == after,
            f'status {status}, seed {SEED}')


def pairs(work):
    for i in range(5):
        folder = work / f'pair{i}'
        shutil.copytree(work / 'start', folder)
        both = [subprocess.Popen([AMIC, 'build', spec, '-o', 'out', '--format', 'short'], cwd=folder, stderr=subprocess.DEVNULL)
                for spec in ('new.ami', 'old.ami')]
        status = [one.wait() for one in both]
        lies = content(folder / 'out')
        made = []
        for spec in ('new.ami', 'old.ami'):
            run(folder, ['build', spec, '-o', spec[:3]])
            made.append(content(folder / spec[:3]))
        is_('two builds at once: one after the other', status == [0, 0] and lies in made, f'{status}')


def megabytes(folder, words):
    pid = os.posix_spawn(AMIC, [AMIC, *words], os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, fd, '/dev/null', os.O_WRONLY, 0) for fd in (1, 2)])
    status, used = os.wait4(pid, 0)[1:]
    return os.waitstatus_to_exitcode(status), used.ru_maxrss / 1024


def many(work):
    """A spec's memory is given back after it. All: the figures that are promised."""
    folder = work / 'many'
    folder.mkdir()
    specs = [folder / f's{i}.ami' for i in range(3000 if ALL else 400)]
    for i, spec in enumerate(specs):
        spec.write_text(f'ami: 1\nblueprint: 1\nname: product-{i}\npipelines: {{ main: {{}}, other: {{ recipe: s3://acme-recipes/r{i}/v1 }} }}\n')
    status, used = megabytes(folder, ['check', *map(str, specs)])
    is_(f'check of {len(specs)} specs', status == 0 and used < 200, f'{status}, {used:.0f} MB')
    status, used = megabytes(folder, ['build', *map(str, specs[:1000]), '-o', f'{folder}/%'])
    is_(f'build of {len(specs[:1000])} specs', status == 0 and used < (100 if ALL else 60), f'{status}, {used:.0f} MB')


with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as pool:
    work = Path(name)
    fill(work / 'start')
    sweep(pool, work, 'alloc', 200)
    files = ('build', 'check', 'fmt', 'pcr')
    for kind in ('short', 'eintr'):
        sweep(pool, work, kind, 1, commands=files)
    for kind, errors in {'read': ('EIO',), 'pread': ('EIO',), 'write': ('ENOSPC', 'EIO'), 'rename': ('EPERM',), 'fsync': ('EIO',),
                         'close': ('EIO',), 'mmap': ('ENOMEM',)}.items():
        for status, err in sweep(pool, work, kind, 60, errors, files):
            is_('no verdict on a partition table that could not be read', b'MBR' not in err and b'AMI1004' not in err, err.decode())
    killed(work)
    pairs(work)
    many(work)
print(f'{passed} passed, {failed} failed')
sys.exit(failed > 0)
