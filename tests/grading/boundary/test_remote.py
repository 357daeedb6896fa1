"""A student's objects, seen from the checker's side: asked over there, and trusted in nothing."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import numpy as np
import pytest
import torch

from helpers.check import BrokenCheck
from helpers.check.show import kind, show_call
from helpers.grading.boundary.client import Client
from helpers.grading.boundary.remote import Remote, make_remote


def made(student: Client, source: str, name: str = "it") -> Any:
    """The value of a name after a cell."""
    outputs, _ = student.run(source)
    assert not any(each["output_type"] == "error" for each in outputs), outputs
    return student.name(name)[1]


def test_a_name_that_is_not_there_is_not_found(student: Client) -> None:
    assert student.name("nothing") == (False, None)


def test_plain_values_come_as_such(student: Client) -> None:
    values = "{'a': [1, (2.5, None)], 'b': np.eye(2), 'c': torch.ones(1)}"
    it = made(student, f"import numpy as np, torch\nit = {values}")
    assert it["a"] == [1, (2.5, None)] and type(it["b"]) is np.ndarray
    assert type(it["c"]) is torch.Tensor


def test_a_function_is_called_over_there(student: Client) -> None:
    it = made(student, "def it(a, *, b=1): return a * b")
    assert isinstance(it, Remote) and callable(it) and it.__name__ == "it"
    assert it(3) == 3 and it(2, b=[1]) == [1, 1]
    assert (it(np.arange(3), b=2) == [0, 2, 4]).all()
    assert show_call(it, {"argument 1": 1}, {}) == "it(1)"
    assert kind(it) == "the function it"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("it = lambda x: x + 1", "<lambda>"),
        ("from functools import partial\nit = partial(lambda y, x: x + y, 1)", ""),
        ("class A:\n    def f(self, x): return x + 1\nit = A().f", "f"),
        ("class A:\n    def __call__(self, x): return x + 1\nit = A()", ""),
        ("from functools import lru_cache\n@lru_cache\ndef it(x): return x + 1", "it"),
    ],
)
def test_whatever_can_be_called_is(student: Client, source: str, name: str) -> None:
    it = made(student, source)
    assert callable(it) and it(2) == 3
    assert getattr(it, "__name__", "") == name


def test_what_cannot_be_called_is_not(student: Client) -> None:
    it = made(student, "class A: pass\nit = A()")
    assert not callable(it) and kind(it) == "an object of type A"
    with pytest.raises(TypeError, match="'A' object is not callable"):
        it()


def test_changes_of_arguments_are_seen(student: Client) -> None:
    it = made(
        student,
        "def it(a, b, c, *, d):\n    a += 1; b.append(3); c['k'] = a\n    d.mul_(2); del c['old']",
    )
    a, b, c, d = np.zeros(2), [1], {"old": 1}, torch.ones(2)
    it(a, b, c, d=d)
    assert a.tolist() == [1, 1] and b == [1, 3] and d.tolist() == [2, 2]
    assert list(c) == ["k"] and c["k"].tolist() == [1, 1]


def test_an_argument_given_twice_is_one_thing_there_too(student: Client) -> None:
    it = made(student, "def it(a, b, c):\n    a += 1\n    return a is b is c[0]")
    a = np.zeros(2)
    assert it(a, a, [a]) is True
    assert a.tolist() == [1, 1]


def test_random_generators_go_on_here_where_they_stopped_there(student: Client) -> None:
    it = made(
        student,
        "import torch\ndef it(a, *, b): return a.normal(size=2), torch.rand(2, generator=b)",
    )
    a, b = np.random.default_rng(0), torch.Generator().manual_seed(0)
    same_a, same_b = np.random.default_rng(0), torch.Generator().manual_seed(0)
    for _ in range(2):
        got = it(a, b=b)
        assert got[0].tolist() == same_a.normal(size=2).tolist()
        assert torch.equal(got[1], torch.rand(2, generator=same_b))
    assert a.normal() == same_a.normal()


@pytest.mark.parametrize("wrapped", ["it", "dict(it=it)['it']", "(it, 1)[0]"])
def test_a_remote_goes_home_as_what_it_is(student: Client, wrapped: str) -> None:
    it = made(student, "class A: pass\nit = A()\ndef same(x): return x is it")
    same = student.name("same")[1]
    assert same(it) is True and same([it]) is False
    assert student.name("it")[1] is it


def test_containers_of_functions_are_containers(student: Client) -> None:
    it = made(student, "it = {'double': lambda x: 2 * x, 'all': [abs, max]}")
    assert list(it) == ["double", "all"] and it["double"](4) == 8 and it["all"][1](1, 2) == 2


def test_generators_and_iterators_are_iterated(student: Client) -> None:
    it = made(student, "def it(n):\n    for i in range(n): yield i, [i]")
    assert list(it(3)) == [(0, [0]), (1, [1]), (2, [2])]
    assert next(it(1)) == (0, [0])
    assert [*zip("ab", it(9), strict=False)] == [("a", (0, [0])), ("b", (1, [1]))]
    assert list(made(student, "it = map(str, [1, 2])")) == ["1", "2"]
    assert dict(made(student, "it = {1: 2}.items()")) == {1: 2}


CLASS = """
class A:
    kinds = 2
    def __init__(self, x): self.x = x
    def __add__(self, other): return A(self.x + getattr(other, "x", other))
    __radd__ = __add__
    def __mul__(self, other): return A(self.x * getattr(other, "x", other))
    def __neg__(self): return A(-self.x)
    def __abs__(self): return abs(self.x)
    def __iadd__(self, other): self.x += other; return self
    def __len__(self): return 3
    def __getitem__(self, i): return [1, 2, 3][i]
    def __setitem__(self, i, v): self.x = (i, v)
    def __contains__(self, v): return v == 7
    def __float__(self): return float(self.x)
    def __int__(self): return int(self.x)
    def __bool__(self): return self.x > 0
    def __str__(self): return f"A {self.x}"
    def __enter__(self): return "in"
    def __exit__(self, *error): self.x = "out"
    def __eq__(self, other): return True
    def __array__(self, *a, **k): import numpy as np; return np.zeros(3)
    def __lt__(self, other): return True
    __hash__ = None
"""


def test_a_class_of_the_students_is_made_and_used(student: Client) -> None:
    A = made(student, CLASS, "A")
    a = A(2)
    assert A.__name__ == "A" and A.kinds == 2 and a.x == 2 and type(a).__name__ == "A"
    assert isinstance(a, A) and not isinstance(3, A)
    assert (a + 1).x == (1 + a).x == 3 and (a * A(4)).x == 8 and (-a).x == -2 and abs(a) == 2
    assert len(a) == 3 and a[1] == 2 and list(a) == [1, 2, 3] and 7 in a and 8 not in a
    assert float(a) == 2.0 and int(a) == 2 and bool(a) and not A(-1) and str(a) == "A 2"
    with a as inside:
        assert inside == "in"
    assert a.x == "out"
    a[0] = 5
    assert a.x == (0, 5)
    a.x = 1
    b = a
    b += 4
    assert b is a and a.x == 5
    del a.x
    with pytest.raises(AttributeError, match="'A' object has no attribute 'x'"):
        print(a.x)
    assert repr(a) == "<A of the student's>"


def test_an_array_plus_an_object_is_what_it_is_at_home(student: Client) -> None:
    source = "class A:\n    __array_ufunc__ = None\n    def __radd__(self, other): return other * 2"
    it = made(student, f"{source}\nit = A()")
    assert (np.ones(2) + it).tolist() == [2, 2]
    it = made(student, source.replace("__array_ufunc__ = None", "pass") + "\nit = A()")
    assert (np.ones(2) + it).tolist() == [2, 2]


def test_it_equals_only_itself_and_is_no_number_and_no_array(student: Client) -> None:
    a = made(student, CLASS + "\nit = A(2)")
    assert a == a and a != 2 and a != [1, 2, 3] and a not in [1, 2] and hash(a)
    with pytest.raises(TypeError, match="'<' not supported"):
        assert a < 3
    assert not isinstance(a, int | float | list | tuple | dict | np.ndarray | torch.Tensor)
    assert not hasattr(a, "__array__") and not hasattr(a, "__torch_function__")
    with pytest.raises(TypeError):
        torch.equal(a, torch.zeros(3))


MODULE = """
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(2, 1)
    def forward(self, x): return self.line(x).relu()
it = Net()
def slopes(x):
    it.zero_grad()
    it(x).sum().backward()
    return [p.grad for p in it.parameters()]
"""


def test_a_module_of_torch_says_that_it_is_one(student: Client) -> None:
    it = made(student, MODULE)
    assert isinstance(it, torch.nn.Module) and isinstance(it.line, torch.nn.Linear)
    assert not isinstance(it, torch.nn.Linear)
    assert it(torch.ones(4, 2)).shape == (4, 1)
    assert [name for name, _ in it.named_parameters()] == ["line.weight", "line.bias"]
    assert sum(p.numel() for p in it.parameters()) == 3
    assert it.state_dict()["line.weight"].shape == (1, 2)
    it.load_state_dict({"line.weight": torch.ones(1, 2), "line.bias": torch.zeros(1)})
    assert it(torch.ones(1, 2)).item() == 2.0
    it.eval()
    assert it.training is False


def test_gradients_made_over_there_are_seen(student: Client) -> None:
    it = made(student, MODULE)
    it.load_state_dict({"line.weight": torch.ones(1, 2), "line.bias": torch.zeros(1)})
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    slopes = student.name("slopes")[1](x)
    assert [slope.tolist() for slope in slopes] == [[[1.0, 2.0]], [1.0]]
    assert [p.grad.tolist() for p in it.parameters()] == [[[1.0, 2.0]], [1.0]]
    assert x.grad.tolist() == [[1.0, 1.0]]
    assert it.line.weight.grad.tolist() == [[1.0, 2.0]]


def test_a_figure_is_looked_at(student: Client) -> None:
    it = made(
        student,
        "from matplotlib import pyplot as p\n_, it = p.subplots()\n"
        "it.set_title('t')\nit.plot([1, 2]);",
    )
    assert it.get_title() == "t" and len(it.lines) == 1
    assert it.lines[0].get_ydata().tolist() == [1, 2]


def test_functions_of_the_check_are_called_back(student: Client) -> None:
    it = made(student, "def it(f, x): return f(x) + 1")
    assert it(lambda x: 2 * x, 3) == 7
    assert it(np.sin, 0.0) == 1.0
    seen = []
    assert it(lambda x: seen.append(x) or x, np.ones(2)).tolist() == [2, 2]
    assert seen[0].tolist() == [1, 1]


def test_functions_of_the_check_may_call_back_in_turn(student: Client) -> None:
    it = made(student, "def it(f, x): return f(x) if x else 0\ndef double(x): return 2 * x")
    double = student.name("double")[1]

    def down(x: int) -> Any:
        return double(x) + it(down, x - 1)

    assert it(down, 3) == 12


def test_what_a_function_of_the_check_raises_is_raised_over_there(student: Client) -> None:
    it = made(
        student,
        "def it(f):\n    try: f()\n    except ValueError as error: return str(error)",
    )

    def bad() -> None:
        raise ValueError("it says so")

    assert it(bad) == "it says so"


def test_functions_of_libraries_are_the_librarys_over_there(student: Client) -> None:
    it = made(
        student,
        "import numpy as np\nimport torch\n"
        "def it(f): return f in (np.tanh, torch.relu, float, np.float32)",
    )
    assert it(np.tanh) and it(torch.relu) and it(float) and it(np.float32)
    made(student, "def it(x, dtype): return x.astype(dtype)")
    assert student.name("it")[1](np.ones(1), dtype=np.float32).dtype == np.float32
    assert student.name("it")[1](np.ones(1), np.dtype("int8")).dtype == np.int8
    it = made(
        student, "def it(f, x):\n    x.requires_grad_()\n    f(x).backward()\n    return x.grad"
    )
    assert it(torch.tanh, torch.tensor(0.0)).item() == 1.0


def test_what_cannot_cross_is_the_checks_fault(student: Client) -> None:
    it = made(student, "def it(x): return x")
    with pytest.raises(BrokenCheck, match="a check passes an object of type object, which cannot"):
        it(object())


@pytest.mark.parametrize(
    ("raised", "kind", "text"),
    [
        ("ValueError('a')", ValueError, "a"),
        ("KeyError('a')", KeyError, "'a'"),
        ("NotImplementedError('Exercise 1.1')", NotImplementedError, "Exercise 1.1"),
        ("SystemExit(3)", SystemExit, "3"),
        ("type('Own', (IndexError,), {})('b')", IndexError, "b"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'bad')", UnicodeDecodeError, "'utf-8' codec"),
        ("ExceptionGroup('g', [ValueError()])", Exception, "g"),
        ("type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})", Exception, ""),
        ("KeyboardInterrupt()", TimeoutError, "the code ran longer than 180 s and was stopped"),
    ],
)
def test_an_exception_keeps_its_kind_and_text(
    student: Client, raised: str, kind: type[BaseException], text: str
) -> None:
    it = made(student, f"def it():\n    raise {raised}")
    with pytest.raises(kind) as caught:
        it()
    assert str(caught.value).startswith(text)
    if kind is not TimeoutError:
        assert caught.value.where.startswith(" (in it, line 2: raise ")


def test_a_name_error_keeps_the_name(student: Client) -> None:
    it = made(student, "def it(): return missing")
    with pytest.raises(NameError) as caught:
        it()
    assert caught.value.name == "missing" and type(caught.value).__name__ == "NameError"


def test_prints_and_warnings_are_told_here(student: Client) -> None:
    it = made(
        student,
        "import sys, warnings\ndef it():\n    print('out')\n    print('err', file=sys.stderr)\n"
        "    warnings.warn('careful', DeprecationWarning)\n    return 1",
    )
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        with pytest.warns(DeprecationWarning, match="careful"):
            assert it() == 1
    assert (out.getvalue(), err.getvalue()) == ("out\n", "err\n")


def test_silent_code_warns_of_nothing(student: Client) -> None:
    it = made(
        student,
        "import numpy as np\ndef it():\n    with np.errstate(all='ignore'): return np.log(0.0)",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert it() == -np.inf


ODD = """
import numpy as np
class A:
    def __getattr__(self, name): return vars(self)[name]
def objects(): return A()
def digits(): return 10**5000
def array(): return np.array([object()])
def half(): return "x\\ud800"
def large(): return np.zeros(2**25)
def endless():
    a = []
    a.append(a)
    return a
"""


@pytest.mark.parametrize("name", ["objects", "digits", "array", "half"])
def test_an_odd_value_comes_here(student: Client, name: str) -> None:
    made(student, ODD, name)()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("large", "your value: a message of 268,435,"),
        ("endless", "your value: a value with more than 100 containers in one another"),
    ],
)
def test_a_value_that_cannot_come_costs_no_more_than_its_call(
    student: Client, name: str, says: str
) -> None:
    it = made(student, ODD, name)
    with pytest.raises(ValueError, match=says):
        it()
    assert made(student, "it = 1") == 1


def test_a_value_that_is_too_large_can_still_be_asked(student: Client) -> None:
    it = made(student, "import numpy as np\nit = np.zeros(2**25)")
    assert isinstance(it, Remote) and it.shape == (2**25,) and it.sum() == 0


def test_names_that_functions_use_are_told(student: Client) -> None:
    from helpers.check.uses import uses

    it = made(student, "def below(): return y\ndef it(x): return below() + x")
    assert uses([it]) == {"below", "y"}


def test_what_an_enemy_says_of_an_object_is_not_believed() -> None:
    about = {
        "type": "a\0b",
        "name": 3,
        "classes": ["torch.nn.Parameter", "torch.nn.utils.rnn.PackedSequence", ["x"], "os.path"],
        "has": ["__eq__", "__array__", "__class__", "__call__"],
    }
    it = make_remote(lambda *a, **k: True, 0, about)
    assert type(it).__name__ == "object" and it.__class__ is type(it)
    assert not isinstance(it, torch.Tensor | tuple)
    assert it != 3 and not hasattr(it, "__array__") and it() is True
