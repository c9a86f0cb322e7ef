"""Runs a program on a terminal of its own and tells when what was shown: Node has no terminals to give.

Reads JSON of standard input: argv, env (null removes), columns, rows; until (regular expressions waited for in turn), keys
(each pressed when the terminal has been quiet), quiet (seconds of silence that end a frame), end (what leaves it).
Writes JSON: seconds and cpu (user and system time of all its threads) at each of until, keys (seconds from each key to the
last byte of its frame; null where nothing came), peak (largest resident set, kB).
"""
import fcntl, glob, json, os, pty, re, select, signal, struct, sys, termios, time

job = json.load(sys.stdin)
start = time.monotonic()
pid, terminal = pty.fork()
if pid == 0:
    for name, value in job['env'].items():
        if value is None: os.environ.pop(name, None)
        else: os.environ[name] = value
    # Where one ends up who asks for the size before it is set.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', job['rows'], job['columns'], 0, 0))
    os.execvp(job['argv'][0], job['argv'])

shown = b''
LIMIT = 600


def read(seconds):
    """Reads what comes within these seconds; None when nothing did, b'' at the end."""
    ready, _, _ = select.select([terminal], [], [], seconds)
    if not ready: return None
    try: return os.read(terminal, 1 << 16)
    except OSError: return b''


def give_up(why):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    sys.exit(f'{why}: {shown[-1500:]!r}')


def cpu():
    spent = 0
    for file in glob.glob(f'/proc/{pid}/task/*/schedstat'):
        try: spent += int(open(file).read().split()[0])
        except OSError: pass
    return spent / 1e9


def wait_for(pattern):
    global shown
    while not re.search(pattern, shown):
        more = read(start + LIMIT - time.monotonic())
        if more is None: give_up(f'{pattern} did not come')
        if more == b'': give_up(f'it ended before {pattern}')
        shown += more


def settle():
    """Reads until it is quiet; the time of the last byte, None when there was none."""
    last = None
    while True:
        more = read(job['quiet'])
        if not more: return last
        last = time.monotonic()


seconds, spent = [], []
for pattern in job['until']:
    wait_for(pattern.encode())
    seconds.append(time.monotonic() - start)
    spent.append(cpu())
keys = []
if job['keys']: settle()
for key in job['keys']:
    pressed = time.monotonic()
    os.write(terminal, key.encode())
    last = settle()
    keys.append(None if last is None else last - pressed)
os.write(terminal, job['end'].encode())
deadline = time.monotonic() + 30
while True:
    ended, status, usage = os.wait4(pid, os.WNOHANG)
    if ended == pid: break
    if time.monotonic() > deadline: give_up('it did not end')
    read(0.02)
json.dump({'seconds': seconds, 'cpu': spent, 'keys': keys, 'peak': usage.ru_maxrss}, sys.stdout)
