"""The imports of the package run downwards only, and what a student or `--help` loads stays small.

Reads the package's sources with `ast` and starts fresh Python processes; imports nothing of the package itself.
A new module gets its floor in FLOORS below. Every rule has a twin that shows it trip on an invented package.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "torchmarks"
DOOR = ""  # the module name of torchmarks/__init__.py; other names are relative to the package

# Units from the ground up: a module, a sub-package as a whole, or one of its modules that has a floor of its own.
# An arrow may run along a floor or down.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "_facts", "printable"}),  # leaves: frozen data, text
    # what a call did, what is fed in
    frozenset({"_memory", "_parcel", "_capture", "_spelling", "_observe", "_inputs", "_show", "sim", "checks"}),
    # right: judgement and its words; left: the student's process; beside them: repair
    frozenset({"_expect", "_compare", "_misconceptions", "_messages", "_box", "_progress", "isolation", "repair"}),
    frozenset({"safe_display", "standins"}),  # what a test outside holds of a student's object inside
    frozenset({"judge"}),  # student cells inside, tests outside
    frozenset({"grading"}),  # one submission: reading it, and the only conductor
    frozenset({"course.registered"}),  # what the gradebook knows of an assignment
    # an assignment as its graders need it; how it is generated; what is bounded or refused before any of it; what is
    # noted of its grades; what was collected of it
    frozenset(
        {"course.bounds", "course.bundles", "course.changes", "course.display", "course.generating", "course.wall"}
        | {"course.collected", "course.notes", "course.outdated", "course.records"}
    ),
    frozenset({"course.exchange", "course.intake"}),  # what stands before nbgrader's own steps
    # edges: pool, pages, nbgrader
    frozenset({"answers", "bulk", "course.preprocessors", "preprocessors", "report", "exports", "feedback"}),
    frozenset({"course"}),  # nbgrader's steps as functions
    frozenset({"demo", "verify", "release", "doctor", "bundle", "tables", "syllabus", "authoring"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
LEAVES = FLOORS[0]
AT_HOME = {"_facts": {"numpy", "torch"}}  # a fact holds a torch.dtype; the errors need nothing
JUDGEMENT = frozenset({"_expect", "_compare", "_misconceptions", "_messages", "_box"})
# Units of one floor that must not know each other.
STRANGERS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"isolation"}), JUDGEMENT | {"repair"}),
    (frozenset({"repair"}), JUDGEMENT),
    (frozenset({"bulk"}), frozenset({"course.preprocessors", "report"})),
    (frozenset({"course.preprocessors"}), frozenset({"report"})),
)
GRADING_HALF = frozenset({"click", "cloudpickle", "dask", "distributed", "jinja2", "msgspec", "nbgrader", "rich"})

# The two sides of the wall: what runs beside students' code, and what starts, asks and ends it. The rest of `isolation`
# is what crosses: messages, and data that both sides know.
INSIDE = frozenset(
    {"zygote", "child", "student", "shell", "handlers", "rehearsal", "interrupts", "reaper", "scratch"}
    | {"enclosure", "namespaces", "seccomp", "hugepages"}
)
GRADERS_SIDE = frozenset({"engine", "engine_pool", "launch", "sandbox", "line", "outputs"})

Sources = Mapping[str, str]  # module name -> its text; a sub-package's own file has the name of the sub-package


def read_sources() -> dict[str, str]:
    """The package's modules as they are on disk."""
    sources = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT / PACKAGE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        sources[name] = path.read_text(encoding="utf-8")
    return sources


_PLACED = frozenset().union(*FLOORS)


def _unit(module: str) -> str:
    """The unit that a module belongs to: itself where it has a floor of its own, its sub-package otherwise."""
    return module if module in _PLACED else module.split(".")[0]


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below, imports inside functions included (circles in hiding), type-checking blocks left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            continue
        yield child
        yield from _statements(child)


def _imported(source: str, package: str) -> Iterator[tuple[str, str]]:
    """What a module of the dotted `package` imports: absolute module, and the name taken from it or nothing."""
    for node in _statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "import_module":
            named = node.args[0] if node.args else None
            if isinstance(named, ast.Constant) and isinstance(named.value, str):
                yield (f"{package}{named.value}" if named.value.startswith(".") else named.value, "")


def _inside(module: str, name: str, sources: Sources) -> str:
    """The module of ours behind `from module import name`: a module of that name, or the one that holds the name."""
    above = module.split(".")[1:]
    inner = ".".join([*above, name])
    return inner if name and inner in sources else ".".join(above)


def arrows(sources: Sources) -> dict[str, set[str]]:
    """Which modules of ours each module of ours imports."""
    packages = {DOOR} | {name.rpartition(".")[0] for name in sources}
    found: dict[str, set[str]] = {}
    for name, source in sources.items():
        package = name if name in packages else name.rpartition(".")[0]
        absolute = ".".join([PACKAGE, *([package] if package else [])])
        ours = (pair for pair in _imported(source, absolute) if _unit(pair[0]) == PACKAGE)
        found[name] = {_inside(*pair, sources) for pair in ours}
    return found


def homeless(sources: Sources) -> list[str]:
    """Units that have no floor."""
    return sorted({_unit(name) for name in sources} - _PLACED - {DOOR})


def climbing(sources: Sources) -> list[str]:
    """Arrows from a lower floor to a higher one."""
    floor = {unit: level for level, units in enumerate(FLOORS) for unit in units}
    return sorted(
        f"{name} -> {target}"
        for name, targets in arrows(sources).items()
        for target in targets
        if DOOR not in (name, target) and floor.get(_unit(target), 0) > floor.get(_unit(name), len(FLOORS))
    )


def meeting(sources: Sources) -> list[str]:
    """Arrows between units that must not know each other."""
    return sorted(
        f"{name} -> {target}"
        for name, targets in arrows(sources).items()
        for target in targets
        for one, other in STRANGERS
        if (_unit(name) in one and _unit(target) in other) or (_unit(name) in other and _unit(target) in one)
    )


def _is_inside(module: str) -> bool:
    return module.removeprefix("isolation.") in INSIDE and module.startswith("isolation.")


def over_the_wall(sources: Sources) -> list[str]:
    """Arrows into the inside from anywhere else, and from the inside, or from what crosses, to the grader's side."""
    graders = {f"isolation.{name}" for name in GRADERS_SIDE} | {"isolation"}
    return sorted(
        f"{name} -> {target}"
        for name, targets in arrows(sources).items()
        for target in targets
        if (_is_inside(target) and not _is_inside(name))
        or (target in graders and name.startswith("isolation.") and name not in graders)
    )


def through_a_door(sources: Sources) -> list[str]:
    """Modules that import the door of a package that they stand in."""
    return sorted(
        f"{name} -> {target or PACKAGE}"
        for name, targets in arrows(sources).items()
        for target in targets
        if target != name and (target == DOOR or name.startswith(f"{target}."))
    )


def circle(sources: Sources) -> list[str]:
    """One circle of imports, its first module repeated at the end; empty when there is none."""
    graph = {name: targets - {name} for name, targets in arrows(sources).items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def heavy_leaves(sources: Sources) -> list[str]:
    """Imports of the leaves that reach a sibling or a package that is not Python's own."""
    return sorted(
        f"{leaf} -> {module}"
        for leaf in LEAVES
        for module, _ in _imported(sources.get(leaf, ""), PACKAGE)
        if _unit(module) not in sys.stdlib_module_names and module not in AT_HOME.get(leaf, ())
    )


def loaded_by(*arguments: str) -> frozenset[str]:
    """Top-level names of all modules that a fresh Python loads when run with `arguments`; it must exit 0."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    timed = "import time:"
    assert run.returncode == 0, "\n".join(line for line in run.stderr.splitlines() if not line.startswith(timed))
    lines = (line for line in run.stderr.splitlines() if line.startswith(timed))
    return frozenset(line.rpartition("|")[2].strip().split(".")[0] for line in lines)


@pytest.fixture(scope="module")
def ours() -> dict[str, str]:
    """The package's sources, read once."""
    return read_sources()


def test_every_module_has_a_floor(ours: Sources) -> None:
    """A module that FLOORS does not name is refused, so that each one's place is decided."""
    assert homeless(ours) == []


def test_a_module_without_a_floor_is_noticed() -> None:
    """The floor rule trips on an unknown module, and counts a sub-package as one unit."""
    assert homeless({DOOR: "", "errors": "", "attic": "", "attic.trunk": ""}) == ["attic"]


def test_no_arrow_climbs(ours: Sources) -> None:
    """No module imports one of a higher floor."""
    assert climbing(ours) == []


@pytest.mark.parametrize(
    "line",
    [
        "from .grading import grade",
        "from . import grading",
        "import torchmarks.grading",
        "from torchmarks.grading import grade",
        "def late():\n    from .grading import grade",
        "import importlib\nimportlib.import_module('torchmarks.grading')",
        "import importlib\nimportlib.import_module('.grading', __package__)",
    ],
)
def test_a_climbing_arrow_is_noticed(line: str) -> None:
    """Each way to write an import of a higher floor trips the rule."""
    assert climbing({DOOR: "", "_observe": line, "grading": ""}) == ["_observe -> grading"]


def test_an_arrow_from_a_sub_package_is_noticed() -> None:
    """Two dots lead out of a sub-package, and the arrow is judged like any other."""
    sources = {DOOR: "", "isolation": "", "isolation.child": "from ..grading import grade", "grading": ""}

    assert climbing(sources) == ["isolation.child -> grading"]


def test_type_checking_imports_are_no_arrows() -> None:
    """An import for the type checker alone loads nothing and is left out."""
    sources = {"errors": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .cli import main", "cli": ""}

    assert climbing(sources) == []


def test_strangers_do_not_meet(ours: Sources) -> None:
    """The student's process knows no judgement, and the edges do not know each other."""
    assert meeting(ours) == []


@pytest.mark.parametrize(
    ("name", "target"), [("isolation.child", "_expect"), ("_expect", "isolation"), ("bulk", "report")]
)
def test_meeting_strangers_are_noticed(name: str, target: str) -> None:
    """The rule trips in both directions and inside a sub-package."""
    sources = {DOOR: "", target: "", name: f"from torchmarks.{target} import anything"}

    assert meeting(sources) == [f"{name} -> {target}"]


def test_nothing_is_imported_over_the_wall(ours: Sources) -> None:
    """The grader's side loads no module that runs beside students' code, and the other way round."""
    assert over_the_wall(ours) == []


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("standins", "isolation.handlers"),
        ("isolation.engine", "isolation.child"),
        ("isolation.child", "isolation.engine"),
        ("isolation.wire", "isolation.line"),
        ("isolation.wire", "isolation.shell"),
    ],
)
def test_an_arrow_over_the_wall_is_noticed(name: str, target: str) -> None:
    """From the grader's side in, from the inside out, and from what crosses to either."""
    sources = {DOOR: "", target: "", name: f"import torchmarks.{target}"}

    assert over_the_wall(sources) == [f"{name} -> {target}"]


def test_the_inside_never_imports_a_door(ours: Sources) -> None:
    """No module imports the package file that re-exports it."""
    assert through_a_door(ours) == []


@pytest.mark.parametrize("line", ["import torchmarks", "from torchmarks import observe", "from . import observe"])
def test_an_import_of_the_door_is_noticed(line: str) -> None:
    """Each way to import the package's door from inside trips the rule."""
    assert through_a_door({DOOR: "", "cli": line}) == ["cli -> torchmarks"]


def test_an_import_of_a_sub_package_door_is_noticed() -> None:
    """A sub-package's modules do not import its door; the others do."""
    line = "from torchmarks.isolation import Engine"

    assert through_a_door({"isolation": "", "isolation.wire": line, "judge": line}) == ["isolation.wire -> isolation"]


def test_no_circles(ours: Sources) -> None:
    """No modules import each other in a loop, doors and imports inside functions included."""
    assert circle(ours) == []


def test_a_circle_is_noticed() -> None:
    """The rule trips on a loop of three modules of one floor, one arrow hidden in a function."""
    sources = {
        "_capture": "from ._parcel import pack",
        "_parcel": "from ._memory import overlap",
        "_memory": "def late():\n    from ._capture import capture",
    }

    assert set(circle(sources)) == {"_capture", "_parcel", "_memory"}


def test_leaves_import_nothing_of_weight(ours: Sources) -> None:
    """The errors and the facts import Python's own library only: no sibling, no torch."""
    assert heavy_leaves(ours) == []


def test_a_heavy_leaf_is_noticed() -> None:
    """The rule trips on torch and on a sibling."""
    sources = {"errors": "import torch", "_facts": "import dataclasses\nfrom .errors import UsageError"}

    assert heavy_leaves(sources) == ["_facts -> torchmarks.errors", "errors -> torch"]


def test_a_student_loads_nothing_of_the_grading_half() -> None:
    """All that `torchmarks` offers a student loads without nbgrader, msgspec, cloudpickle or rich."""
    everything = "import torchmarks; [getattr(torchmarks, name) for name in torchmarks.__all__]"

    loaded = loaded_by("-c", everything)

    assert PACKAGE in loaded
    assert loaded & GRADING_HALF == set()


def test_help_loads_no_torch() -> None:
    """`python -m torchmarks --help` answers at once: it loads neither torch nor NumPy nor nbgrader."""
    loaded = loaded_by("-m", PACKAGE, "--help")

    assert "runpy" in loaded
    assert loaded & {"torch", "numpy", "nbgrader", "distributed"} == set()


def test_what_a_process_loads_is_noticed() -> None:
    """The two tests above can fail: a package imported late, inside a function, is seen."""
    assert "msgspec" in loaded_by("-c", "def late():\n    import msgspec\nlate()")
