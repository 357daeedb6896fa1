"""The house's rules: who may import whom, what is public, and that its lists agree."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import helpers

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CORE = [Requirement(text) for text in PROJECT["dependencies"]]
BENCH = [Requirement(text) for text in PROJECT["optional-dependencies"]["bench"]]
EXTRAS = [
    Requirement(text)
    for extra in ("cluster", "postgres")
    for text in PROJECT["optional-dependencies"][extra]
]
TEST = [Requirement(text) for text in PROJECT["optional-dependencies"]["test"]]

# From the ground up; a room knows only rooms below its own floor, and those beside it on a floor
# of their own.  `errors` and `environment` are the cellar.
FLOORS = [
    {"errors"},
    {"environment"},
    {"data", "device", "plots", "progress"},
    {"running"},
    {"check", "explore", "training"},
    {"authoring"},
    {"grading"},
    {"lab"},
    {"cli"},
]
# The same within grading: the way of a submission, and at the end the commands.
GRADING = [
    {"limits", "verdict"},
    {"sandbox", "submission"},
    {"boundary", "settings"},
    {"engine", "gradebook"},
    {"collecting", "reporting"},
    {"showing"},
    {"cluster"},
    {"collect", "export", "feedback", "report", "run"},
    {"button"},
]
IMPORT_NAMES = {"scikit-learn": "sklearn", "ipython": "IPython", "pillow": "PIL"}
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
CONDA_NAMES |= {name: name.replace("-", "_") for name in ("jupyter-client", "jupyter-core")}


def modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in sorted((ROOT / "helpers").rglob("*.py"))
    }


def imported(path: Path) -> set[str]:
    """The full names that a module imports, anywhere in it but under TYPE_CHECKING."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(name: str, house: str = "helpers") -> str:
    """`check` for helpers.check.compare; empty for what is outside the house."""
    inside = name.removeprefix(f"{house}.")
    return inside.partition(".")[0] if inside != name else ""


def floor(name: str, floors: list[set[str]]) -> int:
    return next(level for level, rooms in enumerate(floors) if name in rooms)


@pytest.mark.parametrize("module", [name for name in modules() if "__init__" not in name])
def test_a_room_knows_only_rooms_below_it(module: str) -> None:
    for name in imported(modules()[module]):
        for house, floors in (("helpers", FLOORS), ("helpers.grading", GRADING)):
            own, other = room(module, house), room(name, house)
            if own and other and own != other:
                assert floor(other, floors) < floor(own, floors), f"{module} imports {name}"


def test_grading_imports_nothing_of_authoring() -> None:
    for module, path in modules().items():
        if room(module) == "grading":
            assert not any(room(name) == "authoring" for name in imported(path)), module


def test_every_import_of_the_house_is_a_declared_dependency() -> None:
    declared = {IMPORT_NAMES.get(need.name, need.name.replace("-", "_")) for need in CORE + EXTRAS}
    for module, path in modules().items():
        others = {name.partition(".")[0] for name in imported(path)} - sys.stdlib_module_names
        assert others - {"helpers"} <= declared, module


def test_modules_are_short() -> None:
    long = {n: len(p.read_text(encoding="utf-8").splitlines()) for n, p in modules().items()}
    assert {name: lines for name, lines in long.items() if lines > 250} == {}


def test_the_public_names_are_sorted_and_there() -> None:
    assert helpers.__all__ == sorted(helpers.__all__)
    assert helpers.__all__ == ["Checks", "data", "explore", "plots", "progress", "training"]
    assert all(hasattr(helpers, name) for name in helpers.__all__)
    assert set(helpers.__all__) <= set(dir(helpers))


def public_names() -> list[str]:
    """Every name that a notebook may use, as it is written there."""
    flat = [name for name in helpers.__all__ if not inspect.ismodule(getattr(helpers, name))]
    inside = [
        f"{name}.{each}"
        for name in helpers.__all__
        if name not in flat
        for each in getattr(helpers, name).__all__
    ]
    return sorted(flat) + sorted(inside)


def chapters_of_names() -> dict[str, str]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## The public names")[2].partition("\n## ")[0]
    return dict(re.findall(r"(?m)^\| `([\w.]+)` \| (.+?) \|$", section))


def test_there_are_fewer_than_thirty_public_names_each_with_its_chapters() -> None:
    names = public_names()
    assert len(names) < 30
    assert list(chapters_of_names()) == names


@pytest.mark.parametrize("lesson", sorted(ROOT.glob("solutions/*.py")), ids=lambda path: path.stem)
def test_a_chapter_uses_the_names_that_are_said_to_be_its_own(lesson: Path) -> None:
    number, text = lesson.stem[:2], lesson.read_text(encoding="utf-8")
    used = {name for name in public_names() if re.search(rf"\b{re.escape(name)}\b", text)}
    said = {name for name, where in chapters_of_names().items() if number in where}
    everywhere = {name for name, where in chapters_of_names().items() if where == "all"}
    assert used - everywhere == said
    assert everywhere <= used


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'helpers' has no attribute 'nothing'"):
        helpers.nothing  # noqa: B018


def test_progress_stays_the_function_after_its_module_was_imported() -> None:
    code = "import helpers.progress; from helpers import progress; assert callable(progress)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_importing_the_house_loads_nothing_heavy() -> None:
    code = "import helpers, helpers.cli, sys; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True
    )
    heavy = {"IPython", "ipywidgets", "jupyterlab", "matplotlib", "nbformat", "numpy", "torch"}
    assert heavy & set(ran.stdout.split()) == set()


def test_the_version_is_the_projects() -> None:
    assert helpers.__version__ == PROJECT["version"]


def locked() -> dict[str, str]:
    pins = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        need = Requirement(line)
        (pin,) = need.specifier
        assert pin.operator == "==", line
        assert canonicalize_name(need.name) not in pins, f"{need.name} is locked twice"
        pins[str(canonicalize_name(need.name))] = pin.version
    return pins


def test_every_dependency_is_locked_within_its_bounds() -> None:
    pins = locked()
    for need in CORE + TEST + BENCH:
        assert need.specifier.contains(pins[need.name]), need


def test_the_lock_is_for_every_machine() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "+" not in text
    assert not re.search(r"https?:|file:|^-", text, re.MULTILINE)
    assert not re.search(r"(?m)^(cuda|nvidia|triton)", text)


@pytest.mark.skipif(
    not (Path(sys.prefix) / ".stamp").exists(), reason="not an environment of `make env`"
)
def test_the_environment_has_the_locked_versions() -> None:
    pins = locked()
    # only this folder: setuptools puts packages of its own on the path when it is imported
    for found in distributions(path=[sysconfig.get_path("purelib")]):
        pin = pins.get(str(canonicalize_name(found.metadata["Name"])))
        assert pin is None or found.version.partition("+")[0] == pin, found.metadata["Name"]


def test_the_conda_environment_has_the_same_packages() -> None:
    rattler = pytest.importorskip("rattler")
    import yaml

    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    environment = yaml.safe_load(text)
    *specs, with_pip = environment["dependencies"]
    assert with_pip == {"pip": ["-e ."]}
    parsed = [rattler.MatchSpec(spec, strict=True) for spec in specs]
    found = {match.name.normalized: str(match.version) for match in parsed}
    expected = {CONDA_NAMES.get(need.name, need.name): need.specifier for need in CORE}
    assert found.pop("pip") == "None"
    assert _bounds(found.pop("python")) == _bounds(PROJECT["requires-python"])
    assert found.keys() == expected.keys()
    for name, specifier in expected.items():
        assert _bounds(found[name]) == _bounds(str(specifier)), name


def _bounds(text: str) -> set[str]:
    return set(text.replace(" ", "").split(","))


def test_contributing_says_why_each_dependency_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## Dependencies")[2].partition("\n## ")[0]
    named = re.findall(r"(?m)^- `([a-z0-9-]+)`: \S", section)
    assert named == [need.name for need in CORE + TEST + BENCH]
    assert {need.name for need in EXTRAS} <= {need.name for need in TEST}, "none goes untested"


def test_the_dependencies_are_sorted() -> None:
    for needs in (CORE, TEST):
        names = [need.name for need in needs]
        assert names == sorted(names)


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 110
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize(
    "words", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=" ".join
)
def test_the_tools_find_nothing(words: list[str]) -> None:
    beside = Path(sys.executable).parent
    program = next(
        path for path in (beside / words[0], beside / f"{words[0]}.exe") if path.exists()
    )
    ran = subprocess.run(
        [program, *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
