"""Walks every option of every command of $MSCOMM, as --dump-cli lists them, and prints what does not hold.

  walk_options.py empty             an empty value, on the command line and in a profile
  walk_options.py files BROKER-URL  what an option names is a pipe, a folder, /dev/zero, or missing

A new option that takes a file must be put into FILES below: until then the walk fails.
"""

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

MSCOMM = os.environ['MSCOMM']
NOBODY = '127.0.0.1:1'  # nothing listens there
ENVIRONMENT = {**os.environ, 'AMQP_URL': 'amqp://' + NOBODY}
MOST_SECONDS = 30  # generous: what hangs takes for ever
MOST_KB = 400 * 1024

faults = []


def fault(words, what):
    faults.append(f"mscomm {' '.join(repr(word) if not word else word for word in words)}: {what}")


class Result:
    def __init__(self, words, after=None, environment=None):
        """Runs mscomm; `after` is called with its pid when it has started."""
        with tempfile.TemporaryFile() as err:
            begin = time.monotonic()
            process = subprocess.Popen(
                ['/usr/bin/env', '--default-signal=INT', MSCOMM, *words], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=err, env={**ENVIRONMENT, **(environment or {})})
            if after:
                after(process.pid)
            self.hangs = False
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() - begin > MOST_SECONDS:
                    self.hangs = True
                    os.kill(process.pid, signal.SIGKILL)
                time.sleep(0.005)
            process.returncode = 0
            self.exit = os.waitstatus_to_exitcode(status)
            self.kb = usage.ru_maxrss
            err.seek(0)
            self.err = err.read().decode(errors='replace')


def table():
    return json.loads(subprocess.run([MSCOMM, '--dump-cli'], capture_output=True, check=True).stdout)


def in_parallel(jobs):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(job) for job in jobs]:
            done.result()


# --- empty values --------------------------------------------------------------------------------

# Words that stand before an argument, so that it is the one that is empty.
BEFORE = {('breaker', 'KEY'): ['show'], ('fanout', 'BODY'): ['x']}


def check_refusal(words, name):
    result = Result(words)
    expected = f'mscomm: {words[0]}: {name}: it is empty'
    lines = result.err.splitlines()
    if result.exit != 2 or not lines or lines[0] != expected or 'unset' not in lines[-1]:
        fault(words, f'expected 2 and "{expected}" with a hint, got {result.exit} and {result.err!r}')


def check_allowed(words, option_help):
    result = Result(words)
    if "''" not in option_help:
        fault(words, "may be empty, and its help does not say what '' means")
    if 'it is empty' in result.err or result.exit == 70 or result.exit < 0:
        fault(words, f'got {result.exit} and {result.err!r}')


def check_switch(words):
    result = Result(words)
    if result.exit != 2 or 'no value after the equals sign' not in result.err:
        fault(words, f'got {result.exit} and {result.err!r}')


def empty_on_the_line(cli, command):
    for option in command['options'] + cli['common_options']:
        name = option['names'][-1]
        if not option['value'] or option['value_is_optional']:
            yield lambda words=[command['name'], name + '=']: check_switch(words)
            continue
        for words in [[each, ''] for each in option['names']] + [[name + '=']]:
            words = [command['name'], *words]
            if option['may_be_empty']:
                yield lambda words=words, text=option['help']: check_allowed(words, text)
            else:
                yield lambda words=words, name=name: check_refusal(words, name)
    for argument in command['arguments']:
        words = [command['name'], *BEFORE.get((command['name'], argument['name']), []), '']
        if argument['may_be_empty']:
            yield lambda words=words, text=argument['help']: check_allowed(words, text)
        else:
            yield lambda words=words, name=argument['name']: check_refusal(words, name)


# What a command needs to get as far as its profile.
ARGUMENTS = {'publish': ['-q', 'q', 'x'], 'consume': ['q'], 'fanout': ['e'],
             'probe': ['tcp://' + NOBODY], 'breaker': ['list'], 'head': [NOBODY]}


def check_profile(command, option, folder):
    name = option['names'][-1].removeprefix('--')
    path = f'{folder}/{command}-{name}.toml'
    with open(path, 'w', opener=lambda *args: os.open(*args, 0o600), encoding='utf-8') as file:
        file.write(f'[profile.p.{command}]\n"{name}" = ""\n')
    words = [command, '--config', path, '--profile', 'p', *ARGUMENTS.get(command, [NOBODY])]
    result = Result(words, environment={'AMQP_URL': ''})
    # An option whose relation to others does not hold is idle in a profile.
    is_idle = result.exit not in (2, 70) and (option['needs'] or option['excludes'])
    refuses = result.exit == 2 and 'empty' in result.err and 'p' in result.err
    if option['value_is_optional'] and not option['value']:
        refuses = refuses or 'neither true nor false' in result.err
    if option['may_be_empty']:
        refuses = result.exit != 70  # it depends: as the input's --delimiter it must not be empty
    if not (refuses or is_idle):
        fault(words, f'with {name} = "": got {result.exit} and {result.err!r}')


def walk_empty():
    cli = table()
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for command in cli['commands']:
            jobs += empty_on_the_line(cli, command)
            for option in command['options'] + cli['common_options']:
                if option['variable'] and (option['value'] or option['value_is_optional']):
                    jobs.append(lambda command=command['name'], option=option:
                                check_profile(command, option, folder))
        in_parallel(jobs)
        return len(jobs)


# --- files ---------------------------------------------------------------------------------------

# What comes of an option by what it names: the exit statuses that are right. BROKER is where messages go.
READS = {'pipe': {5}, 'folder': {2, 11}, 'zero': {2}, 'missing': {2, 11}}
STATE = {**READS, 'pipe': {2}, 'missing': {0, 3}}
LISTS_FOLDER = {'pipe': {2, 11}, 'folder': {0, 3}, 'zero': {2, 11}, 'missing': {2, 11}}
MAKES_FOLDER = {'pipe': {2, 11}, 'folder': {3, 5, 8}, 'zero': {2, 11}, 'missing': {3, 5, 8}}
WRITES = {'pipe': {5}, 'folder': {2, 11}, 'zero': {0, 3, 5, 8}, 'missing': {0, 3, 5, 8}}
CONNECTS = {'pipe': {3}, 'folder': {3}, 'zero': {3}, 'missing': {3}}

TLS = ['-u', 'amqps://' + NOBODY]
# Option: what it does with its file, and words beside it for HTTP verbs, else for the named command.
FILES = {
    '--config': (READS, {}),
    '--bearer-file': (READS, {}),
    '--password-file': (READS, {'http': ['--user', 'me'], 'probe': ['amqp://me@' + NOBODY]}),
    '--to-password-file': (READS, {'*': ['--to', 'q2', '--to-url', 'amqp://me@' + NOBODY]}),
    '--tls-ca': (READS, {'amqp': TLS, 'http': ['https://' + NOBODY]}),
    '--tls-cert': (READS, {'amqp': TLS, 'http': ['https://' + NOBODY]}),
    '--tls-key': (READS, {'amqp': TLS, '*': ['--tls-cert', '/dev/null']}),
    '--data': (READS, {}),
    '--json': (READS, {}),
    '--form': (READS, {}),
    '--schema': (READS, {}),
    '--openapi': (READS, {}),
    '--file': (READS, {}),
    '--dir': (LISTS_FOLDER, {}),
    '--save': (MAKES_FOLDER, {}),
    '--out': (WRITES, {}),
    '--report': (WRITES, {'http': ['-n', '1']}),
    '--resume-file': (STATE, {}),
    '--unix-socket': (CONNECTS, {}),
}
PREFIX = {'--data': '@', '--json': '@', '--form': 'field=@'}
HTTP = ('get', 'post', 'put', 'patch', 'delete', 'head')


def words_of(command, name, value, broker):
    beside = FILES[name][1]
    words = [command, name, PREFIX.get(name, '') + value]
    words += beside.get('*', []) + beside.get(command, [])
    if command in HTTP:
        words += beside.get('http', []) + [NOBODY]
        if command == 'head' and name in PREFIX:
            words += ['--method', 'GET']
    elif command in ('publish', 'consume', 'fanout'):
        body_is_given = name in ('--file', '--dir')
        words += {'publish': ['-q', 'q'], 'consume': ['q'], 'fanout': ['e']}[command]
        words += ['--listen'] if command == 'fanout' and listens(name) else []
        words += [] if body_is_given or command == 'consume' or '--listen' in words else ['x']
        words += beside.get('amqp', ['-u', broker if name in ('--file', '--dir') else 'amqp://' + NOBODY])
    elif command == 'probe':
        words += ['tcp://' + NOBODY]
    elif command == 'breaker':
        words += ['list']
    return words


def listens(name):
    return name in ('--save', '--out', '--to-password-file')


def check_file(command, name, kind, value, broker):
    if kind == 'pipe':
        os.mkfifo(value)  # its own: some read and some write
    limit = ['--timeout', '300ms' if kind == 'pipe' else '20s']
    words = words_of(command, name, value, broker) + limit
    result = Result(words)
    expected = FILES[name][0][kind]
    if result.hangs:
        fault(words, 'hangs')
    elif result.exit not in expected:
        fault(words, f'expected {sorted(expected)}, got {result.exit} and {result.err!r}')
    elif result.kb > MOST_KB:
        fault(words, f'took {result.kb >> 10} MiB')
    if kind == 'pipe' and result.exit == 5:
        check_interrupt(words_of(command, name, value, broker))


def check_interrupt(words):
    """The same without a time limit ends at Ctrl-C."""
    result = Result(words, after=interrupt)
    if result.exit not in (-signal.SIGINT, 3):
        fault(words, f'at Ctrl-C: got {result.exit} and {result.err!r}')


def interrupt(pid):
    # Once it waits: its own handler must be there.
    caught = 1 << (signal.SIGINT - 1)
    for _ in range(1000):
        with open(f'/proc/{pid}/status', encoding='utf-8') as status:
            fields = dict(line.split(':', 1) for line in status)
        if int(fields.get('SigCgt', '0'), 16) & caught and fields.get('State', '').strip()[0] == 'S':
            break
        time.sleep(0.005)
    os.kill(pid, signal.SIGINT)


def walk_files(broker):
    cli = table()
    jobs = []
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f'{folder}/folder')
        values = {'pipe': None, 'folder': f'{folder}/folder', 'zero': '/dev/zero', 'missing': None}
        for command in cli['commands']:
            for option in command['options'] + cli['common_options']:
                name = option['names'][-1]
                if 'FILE' not in option['value'] and 'DIR' not in option['value']:
                    continue
                if name not in FILES:
                    fault([command['name'], name], 'this walk does not know what it does with its file')
                    continue
                for kind, value in values.items():
                    ending = 'json' if command['name'] in HTTP else 'jsonl'
                    path = value or f"{folder}/{kind}-{command['name']}{name}.{ending}"
                    jobs.append(lambda args=(command['name'], name, kind, path, broker): check_file(*args))
        in_parallel(jobs)
    return len(jobs)


def main():
    walked = walk_empty() if sys.argv[1] == 'empty' else walk_files(sys.argv[2])
    print(f'{walked} cases')
    if faults or walked < 100:
        sys.exit('\n'.join(faults) or 'too few cases')


main()
