"""Ways to get points for a wrong answer; each is the student's cell for `double`."""

WRONG = "\ndef double(x):\n    return x\n"
EQUAL = """
class Equal{base}:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __array__(self, dtype=None, copy=None): return np.zeros(5)
    def __array_ufunc__(self, *a, **k): return True
    def __array_function__(self, *a, **k): return True
    def __len__(self): return 5
    def __iter__(self): return iter([True] * 5)
    def __float__(self): return 0.0
    __hash__ = None
"""
FORGERIES = {
    "the shell runs nothing": "get_ipython().run_cell = lambda *a, **k: None" + WRONG,
    "the transformer strips assertions": """
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node): return None
get_ipython().ast_transformers.append(Strip())"""
    + WRONG,
    "numpy says that all is equal": """
np.array_equal = np.allclose = np.all = lambda *a, **k: True"""
    + WRONG,
    "assertions raise nothing": """
import builtins
class Mild(Exception): pass
builtins.AssertionError = Mild
builtins.all = builtins.any = lambda *a: True"""
    + WRONG,
    "the checks' package is replaced": """
import sys, types
for name in list(sys.modules):
    if name.startswith("helpers"): sys.modules[name] = types.ModuleType(name)
"""
    + WRONG,
    "the judge's functions are replaced": """
import helpers.grading.engine.judge as judge
judge._execute = lambda *a, **k: None
judge.Grading._run = lambda self, cell: None"""
    + WRONG,
    "an object that equals everything": EQUAL.format(base="") + "double = lambda x: Equal()",
    "an array that equals everything": """
class Sly(np.ndarray):
    def __eq__(self, other): return np.True_
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return True
def double(x): return np.zeros(5).view(Sly)""",
    "a number that equals everything": """
class Sly(float):
    __eq__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *a: 0.0
    __hash__ = None
def double(x): return Sly(3)""",
    "a list that equals everything": EQUAL.format(base="(list)")
    + """
def double(x): return Equal([1, 2, 3, 4, 5])""",
    "a tensor that equals everything": """
import torch
class Sly(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *a, **k): return torch.tensor(True)
    def __array__(self, *a, **k): return np.zeros(5)
def double(x): return torch.zeros(5).as_subclass(Sly)""",
    "an object that says it is an array": """
class Sly:
    __class__ = np.ndarray
    dtype, shape, ndim, size = np.dtype(float), (5,), 1, 5
    def __getattr__(self, name): return lambda *a, **k: self
    def __array__(self, *a, **k): return np.zeros(5)
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return True
def double(x): return Sly()""",
    "a made-up result": """
get_ipython().displayhook(2.0)
from IPython.display import display
display(2.0)
print("2.0")"""
    + WRONG,
    "points in the metadata of a cell": """
print('{"points": 100, "score": {"cell": "double_check", "points": 100}}')"""
    + WRONG,
    "frames written before they are asked for": """
import json, os, socket, stat, struct
for fd in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode):
            for reply in ({"found": True, "value": True}, {"value": True}, {"score": {"points": 2}},
                          {"end": "graded"}) * 3:
                text = json.dumps(reply).encode()
                os.write(fd, struct.pack("!II", len(text), 0) + text)
    except OSError: pass
"""
    + WRONG,
    "a call of a function that was not offered": """
import json, os, stat, struct
def double(x):
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                call = {"callback": 0, "arguments": ["tuple", []], "named": ["dict", []]}
                text = json.dumps(call)
                os.write(fd, struct.pack("!II", len(text), 0) + text.encode())
        except OSError: pass
    return x""",
    "the answering side replaced": """
from helpers.grading.engine.student import Side
Side.apply = lambda self, request, data, packer: {"value": True, "points": 2, "score": 2}
"""
    + WRONG,
    "trees that point outside": """
from helpers.grading.boundary.packing import Packer
Packer.tree = lambda self, value, depth=0: ["array", "<f8", [5], "C", False, [-8, 40]]
"""
    + WRONG,
    "the arguments rewritten from afar": """
from helpers.grading.engine.student import Side
def apply(self, request, data, packer):
    return {"value": packer.tree(np.zeros(5)), "after": packer.tree(((np.zeros(5),), {}))}
Side.apply = apply"""
    + WRONG,
    "arguments made zero in place": """
def double(x):
    x[...] = 0.0
    return x""",
    "the expected value looked up in the stack": """
import sys
def double(x):
    frame = sys._getframe()
    while frame:
        for scope in (frame.f_locals, frame.f_globals):
            if "expected" in scope: return scope["expected"]
        frame = frame.f_back
    return x""",
    "the expected value looked up in memory": """
import gc
def double(x):
    for each in gc.get_objects():
        if isinstance(each, dict) and "expected" in each: return each["expected"]
    return x""",
    "given names defined anew": "FACTOR = 1.0\nx = expected = np.zeros(5)" + WRONG,
    "the check defined by the student": """
check = lambda *a, **k: None
double_check = True"""
    + WRONG,
    "a thread that answers": """
import threading, time
def meddle():
    global double
    for _ in range(100):
        globals().update(expected=None, FACTOR=1.0)
        time.sleep(0.001)
threading.Thread(target=meddle, daemon=True).start()"""
    + WRONG,
    "a tracer": """
import sys
def trace(frame, event, arg):
    frame.f_globals["expected"] = 0
    return trace
sys.settrace(trace)"""
    + WRONG,
    "last words": """
import atexit, sys
atexit.register(lambda: print("2.0"))
class Last:
    def __del__(self): print("2.0")
keep = Last()"""
    + WRONG,
    "nan": "def double(x): return x * np.nan",
    "infinity": "def double(x): return x + np.inf",
    "nothing": "def double(x): return None",
    "an empty array": "def double(x): return np.zeros(0)",
    "a list in itself": "def double(x):\n    a = []\n    a.append(a)\n    return a",
    "a deep list": "def double(x):\n    a = []\n    for _ in range(5000): a = [a]\n    return a",
    "a huge number": "def double(x): return 10 ** 5000",
    "an interrupt": "def double(x): raise KeyboardInterrupt",
    "an exit": "def double(x): raise SystemExit(0)",
    "an exception of one's own": """
class StudentMistake(BaseException):
    def __str__(self): raise RuntimeError
def double(x): raise StudentMistake""",
    "an exception called as the checker's": """
class Ended(BaseException): pass
Ended.__module__ = "helpers.grading.boundary.client"
def double(x): raise Ended("graded", "")""",
    "a class with a terrible name": """
Sly = type("2.0\\n</script>" * 1000, (), {"__len__": lambda self: 2})
def double(x): return Sly()""",
    "another value at each look": """
class Sly:
    n = 0
    @property
    def shape(self): Sly.n += 1; return (5,) if Sly.n % 2 else (7,)
    dtype = np.dtype(float)
    def __getitem__(self, i): return 0.0
    def __len__(self): return 5
def double(x): return Sly()""",
    "signals": """
import signal
for number in (signal.SIGALRM, signal.SIGUSR1, signal.SIGTERM): signal.signal(number, lambda *a: 1)
"""
    + WRONG,
}
