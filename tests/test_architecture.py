"""The imports of the package run downwards only, and what a student, the sandbox or `--help` loads stays small.

Reads the package's sources with `ast` and starts fresh Python processes; imports nothing of the package itself.
A new module gets its layer in LAYERS below, by its own name or by that of its package. Every rule has a negative
control: a test that shows it trip on an invented package.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "torchmarks"
PUBLIC = ""  # the module name of torchmarks/__init__.py; other names are relative to the package

# What nbgrader's commands load from us, by the names in nbgrader_config.json.
NBGRADERS_STEPS = frozenset(
    {"course.preprocessors", "course.repairing", "course.own_files", "course.judging", "course.hiding"}
)
# Units from the ground up: a module, or a package with all below it that no longer name stands for.
# An arrow may run along a layer or down.
LAYERS: tuple[frozenset[str], ...] = (
    # leaves: frozen data, text, files
    frozenset({"errors", "lazy", "printable", "spared", "system_files", "whole_files", "wording"})
    | {"checks.extent", "checks.facts", "checks.patience"},
    frozenset({"console"}),  # how a line is printed
    frozenset({"checks"}),  # the student's half: what a call did, what is fed in
    # right: judgement and its words; left: what crosses to a student's process, and what repairs a notebook
    frozenset({"checks.box", "checks.collecting", "checks.compare", "checks.expect", "checks.judged"})
    | {
        "checks.concealing",
        "checks.matching",
        "checks.messages",
        "checks.report",
        "checks.diagnosis",
        "checks.progress",
        "checks.sealed",
        "checks.notebook_reasons",
        "checks.shown",
        "checks.cell_runner",
        "checks.validate",
    }
    | {"isolation.protocol", "grading.repair"},
    frozenset({"isolation.inside", "isolation.client"}),  # the two sides of the sandbox
    frozenset({"isolation"}),
    frozenset({"catalogue"}),  # mistakes, and the answers that show them
    # what is shown of a student; where a cell runs, what its source says, what it came to
    frozenset({"grading.safe_display", "grading.roles", "grading.source", "grading.verdict"}),
    # student cells inside; the names that tests run with outside; what a student and nbgrader read
    frozenset({"grading.replay", "grading.namespace", "grading.reports", "grading.verdict_outputs"}),
    frozenset({"grading.recognising", "grading.fixed_cases"}),  # binds the catalogue to the names of the tests
    frozenset({"grading.judge"}),  # student cells inside, tests outside
    frozenset({"grading"}),  # one submission: reading it, and the only conductor
    # what is said where the gradebook, or the machine, cannot be used
    frozenset({"course.reachable", "course.machine_faults"}),
    # an assignment as its graders need it; how it is generated; what is bounded or refused before any of it; what is
    # noted of its grades; what was collected of it; what is said beside its marks
    frozenset(
        {"course.bounds", "course.bundles", "course.changes", "course.config_check", "course.display"}
        | {"course.generating"}
        | {"course.collected", "course.notes", "course.outdated", "course.records", "course.secret", "course.solutions"}
        | {"course.backup", "course.backup_contents", "course.commands", "course.postgres_dump", "course.sqlite_copy"}
        | {"course.postgres_rows", "course.programs", "course.setting_check", "course.whose"}
        | {"course.gradings", "course.extensions", "course.penalties", "course.placing"}
        | {"course.page_style", "course.policy", "course.locks", "course.deadlines", "course.arrivals"}
        | {"course.graded_copies", "course.marked", "course.registered", "course.ungraded", "course.warnings"}
        | {"course.page_grades", "course.refusals", "course.renewing", "course.titles", "course.unfinished"}
        | {"course.incomplete", "course.overlooked"}
    ),
    frozenset({"course.exchange", "course.intake"}),  # what stands before nbgrader's own steps
    # edges: many submissions, pages, what nbgrader plugs in
    NBGRADERS_STEPS | {"bulk", "course.exports", "course.feedback_page"},
    frozenset({"course"}),  # nbgrader's steps as functions
    # pages and lines on a class or a student; learning platforms: work in, marks and feedback out
    frozenset({"report", "platforms"}),
    frozenset({"adapters", "authoring", "demo", "doctor", "tables", "watch"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
LEAVES = LAYERS[0]
# A fact is a struct that holds a dtype, and no more than `extent` says.
AT_HOME = {"checks.extent": {"torch"}, "checks.facts": {"msgspec", "numpy", "torch", "torchmarks.checks.extent"}}
# All that a room may import of this package, where that is less than its layer says. What a student installs is the
# student's half alone; what runs beside students' code is `inside`, and nothing of the grader's side reaches it.
ROOMS: dict[str, frozenset[str]] = {
    "checks": frozenset({"checks", "errors"}),
    "isolation.inside": frozenset({"isolation.inside", "isolation.protocol", "checks", "errors"}),
    "isolation.protocol": frozenset(
        {"isolation.protocol", "checks.extent", "checks.facts", "checks.patience", "errors"}
    ),
    "isolation.client": frozenset({"isolation.client", "isolation.protocol", "checks", "errors"}),
    "catalogue": frozenset({"catalogue", "checks", "errors", "lazy"}),
}
JUDGEMENT = frozenset(
    {"checks.box", "checks.collecting", "checks.compare", "checks.expect", "checks.judged", "checks.matching"}
    | {"checks.messages", "checks.report", "checks.diagnosis", "checks.shown"}
)
FORBIDDEN_PAIRS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"isolation.client", "isolation.inside", "isolation.protocol"}), JUDGEMENT),
    (frozenset({"grading.repair"}), JUDGEMENT),
    (frozenset({"bulk"}), NBGRADERS_STEPS | {"report", "platforms"}),
    (NBGRADERS_STEPS, frozenset({"report"})),
)
# A student installs torch, NumPy, IPython and small libraries that have wheels for every system (msgspec).
GRADING_HALF = frozenset({"click", "cloudpickle", "dask", "distributed", "jinja2", "nbgrader", "rich"})

Sources = Mapping[str, str]  # module name -> its text; a sub-package's own file has the name of the sub-package


def read_sources() -> dict[str, str]:
    """The package's modules as they are on disk."""
    sources = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT / PACKAGE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        sources[name] = path.read_text(encoding="utf-8")
    return sources


_PLACED = frozenset().union(*LAYERS)


def _unit(module: str) -> str:
    """The unit that a module belongs to: the longest name in LAYERS that it is or lies below, else its package."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in _PLACED), parts[0])


def _lies_in(module: str, rooms: frozenset[str]) -> bool:
    """Whether a module is one of the rooms or lies below one."""
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


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
    packages = {PUBLIC} | {name.rpartition(".")[0] for name in sources}
    found: dict[str, set[str]] = {}
    for name, source in sources.items():
        package = name if name in packages else name.rpartition(".")[0]
        absolute = ".".join([PACKAGE, *([package] if package else [])])
        ours = (pair for pair in _imported(source, absolute) if pair[0].split(".")[0] == PACKAGE)
        found[name] = {_inside(*pair, sources) for pair in ours}
    return found


def unplaced(sources: Sources) -> list[str]:
    """Units that have no layer."""
    return sorted({_unit(name) for name in sources} - _PLACED - {PUBLIC})


def climbing(sources: Sources) -> list[str]:
    """Arrows from a lower layer to a higher one."""
    layer = {unit: level for level, units in enumerate(LAYERS) for unit in units}
    return sorted(
        f"{name} -> {target}"
        for name, targets in arrows(sources).items()
        for target in targets
        if PUBLIC not in (name, target) and layer.get(_unit(target), 0) > layer.get(_unit(name), len(LAYERS))
    )


def meeting(sources: Sources) -> list[str]:
    """Arrows between units that must not know each other."""
    return sorted(
        f"{name} -> {target}"
        for name, targets in arrows(sources).items()
        for target in targets
        for one, other in FORBIDDEN_PAIRS
        if (_unit(name) in one and _unit(target) in other) or (_unit(name) in other and _unit(target) in one)
    )


def through_a_package(sources: Sources) -> list[str]:
    """Modules that import the package that they stand in."""
    return sorted(
        f"{name} -> {target or PACKAGE}"
        for name, targets in arrows(sources).items()
        for target in targets
        if target != name and (target == PUBLIC or name.startswith(f"{target}."))
    )


def leaving(sources: Sources) -> list[str]:
    """Arrows out of a room to what it may not import."""
    return sorted(
        f"{name} -> {target}"
        for name, targets in arrows(sources).items()
        for room, allowed in ROOMS.items()
        for target in targets - {PUBLIC}
        if _lies_in(name, frozenset({room})) and not _lies_in(target, allowed)
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
        if module.split(".")[0] not in sys.stdlib_module_names and module not in AT_HOME.get(leaf, ())
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


def test_every_module_has_a_layer(ours: Sources) -> None:
    """A module whose place LAYERS does not say is refused."""
    assert unplaced(ours) == []


def test_a_module_without_a_layer_is_noticed() -> None:
    """The layer rule trips on an unknown module, and counts a package as one unit."""
    assert unplaced({PUBLIC: "", "errors": "", "attic": "", "attic.trunk": ""}) == ["attic"]


def _looking_up(sources: Sources) -> set[str]:
    """The modules that look nbgrader's metadata of a cell up by themselves."""
    looks_up = re.compile(r"""metadata.{0,8}\.get\(["']nbgrader""")
    return {name for name, text in sources.items() if looks_up.search(text)}


def test_one_module_knows_where_nbgraders_metadata_are(ours: Sources) -> None:
    """Two of repair's read what nobody has checked yet, and report what is wrong with it."""
    assert _looking_up(ours) == {"checks.cell_marks", "grading.repair.read", "grading.repair.blueprint"}


def test_another_module_that_looks_them_up_is_found() -> None:
    """In each of the ways in which it was done."""
    ways = (
        'meta = cell["metadata"].get("nbgrader") or {}',
        'meta = cell.get("metadata", {}).get("nbgrader")',
        'meta = cell.metadata.get("nbgrader", {})',
    )
    sources = {f"report.way{number}": way for number, way in enumerate(ways)}

    assert _looking_up(sources) == sources.keys()
    assert _looking_up({"report.way": 'identity = resources.get("nbgrader")'}) == set()


def _printing_lines(sources: Sources) -> set[str]:
    """The modules that print a line of what students chose by themselves."""
    return {name for name, text in sources.items() if re.search(r"\.print\(\s*printable\(", text)}


def test_one_module_prints_a_line(ours: Sources) -> None:
    """It keeps names from being taken for rich's markup, and paths from being broken."""
    assert _printing_lines(ours) == {"console"}
    assert _printing_lines({"report.way": "_console.print(printable(text), markup=False)"}) == {"report.way"}


def _writing_beside(sources: Sources) -> set[str]:
    """The modules that write a file beside its place and move it there by themselves."""
    moves = re.compile(r"NamedTemporaryFile|mkstemp|os\.replace\(|\b(?:made|aside|temporary)\.replace\(")
    return {name for name, text in sources.items() if moves.search(text)}


def test_one_module_writes_files_whole(ours: Sources) -> None:
    """Written anew each time, each had a hole of its own: what a full disk leaves, a link that is followed."""
    assert _writing_beside(ours) == {"whole_files"}


def test_another_module_that_writes_files_whole_is_found() -> None:
    """In each of the ways in which it was done."""
    ways = ("made.replace(path)", "os.replace(made, path)", "tempfile.NamedTemporaryFile(dir=to.parent, delete=False)")
    sources = {f"report.way{number}": way for number, way in enumerate(ways)}

    assert _writing_beside(sources) == sources.keys()
    assert _writing_beside({"report.way": 'name.replace("_", " ")'}) == set()


LONGEST = 40  # lines of a function, its docstring not counted


def too_long(sources: Sources) -> list[str]:
    """Functions of more than LONGEST lines, with their number of lines."""
    found = []
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                said = node.body[0] if ast.get_docstring(node) is not None else None
                text = 0 if said is None else (said.end_lineno or 0) - said.lineno + 1
                lines = (node.end_lineno or 0) - node.lineno + 1 - text
                found += [f"{name}.{node.name}: {lines}"] if lines > LONGEST else []
    return sorted(found)


def test_no_function_is_too_long(ours: Sources) -> None:
    """One that is longer does several things, of which one can be given a name."""
    assert too_long(ours) == []


def test_a_function_that_is_too_long_is_noticed() -> None:
    """One line too many trips the rule; a docstring, however long, does not."""
    told = '    """One.\n' + "\n" * LONGEST + '    """\n'
    inner = "        x = 1\n" * (LONGEST - 1)
    sources = {
        "a": f"class A:\n    def fits(self):\n    {told}{inner}",
        "b": "async def one():\n" + "    x = 1\n" * LONGEST,
    }

    assert too_long(sources) == [f"b.one: {LONGEST + 1}"]


def shared_names(sources: Sources) -> dict[str, list[str]]:
    """Public names of classes that several modules define, with the modules."""
    found: dict[str, list[str]] = {}
    for name, source in sorted(sources.items()):
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(name)
    return {name: modules for name, modules in found.items() if len(modules) > 1}


def test_no_two_classes_have_one_name(ours: Sources) -> None:
    """Anyone who reads a name knows which is meant."""
    assert shared_names(ours) == {}


def test_a_name_for_two_classes_is_noticed() -> None:
    """Private ones are their module's own."""
    sources = {"a": "class One: ...\nclass _Two: ...", "b": "class One: ...\nclass _Two: ...", "c": "class Three: ..."}

    assert shared_names(sources) == {"One": ["a", "b"]}


def test_no_arrow_climbs(ours: Sources) -> None:
    """No module imports one of a higher layer."""
    assert climbing(ours) == []


@pytest.mark.parametrize(
    "line",
    [
        "from ..grading import grade",
        "from .. import grading",
        "import torchmarks.grading",
        "from torchmarks.grading import grade",
        "def late():\n    from ..grading import grade",
        "import importlib\nimportlib.import_module('torchmarks.grading')",
    ],
)
def test_a_climbing_arrow_is_noticed(line: str) -> None:
    """Each way to write an import of a higher layer trips the rule."""
    assert climbing({PUBLIC: "", "checks.observe": line, "grading": ""}) == ["checks.observe -> grading"]


def test_an_arrow_from_a_package_is_noticed() -> None:
    """Dots lead out of a package, and the arrow is judged like any other."""
    sources = {PUBLIC: "", "isolation.client.engine": "from ...grading import grade", "grading": ""}
    sources |= {"isolation": "", "isolation.client": ""}

    assert climbing(sources) == ["isolation.client.engine -> grading"]


def test_type_checking_imports_are_no_arrows() -> None:
    """An import for the type checker alone loads nothing and is left out."""
    sources = {"errors": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .cli import main", "cli": ""}

    assert climbing(sources) == []


def test_forbidden_pairs_do_not_meet(ours: Sources) -> None:
    """The student's process knows no judgement, and the edges do not know each other."""
    assert meeting(ours) == []


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("isolation.inside.server", "checks.expect"),
        ("checks.expect", "isolation.client"),
        ("bulk", "report"),
        ("platforms.taken", "bulk.run"),
    ],
)
def test_a_forbidden_pair_is_noticed(name: str, target: str) -> None:
    """The rule trips in both directions and below a package."""
    sources = {PUBLIC: "", target: "", name: f"from torchmarks.{target} import anything"}

    assert meeting(sources) == [f"{name} -> {target}"]


def test_rooms_import_what_they_may(ours: Sources) -> None:
    """The student's half, what runs inside, what crosses and the grader's side import what ROOMS allows them alone."""
    assert leaving(ours) == []


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("isolation.inside.session", "isolation.client.engine"),
        ("isolation.client.proxies", "isolation.inside.handlers"),
        ("isolation.protocol.wire", "isolation.inside.shell"),
        ("checks.cells", "isolation.protocol.limits"),
        ("checks.sim.tensor", "printable"),
    ],
)
def test_an_arrow_out_of_a_room_is_noticed(name: str, target: str) -> None:
    """The rule trips between the two sides of the sandbox, up from what crosses, and out of the student's half."""
    sources = {PUBLIC: "", target: "", name: f"from torchmarks.{target} import anything"}

    assert leaving(sources) == [f"{name} -> {target}"]


def test_no_module_imports_its_package(ours: Sources) -> None:
    """No module imports the package file that re-exports it."""
    assert through_a_package(ours) == []


@pytest.mark.parametrize("line", ["import torchmarks", "from torchmarks import observe", "from . import observe"])
def test_an_import_of_the_public_api_is_noticed(line: str) -> None:
    """Each way to import the package's public API from inside trips the rule."""
    assert through_a_package({PUBLIC: "", "cli": line}) == ["cli -> torchmarks"]


def test_an_import_of_ones_own_package_is_noticed() -> None:
    """A package's modules do not import the package; the others do."""
    line = "from torchmarks.isolation import Engine"
    sources = {"isolation": "", "isolation.protocol.wire": line, "grading.judge": line}

    assert through_a_package(sources) == ["isolation.protocol.wire -> isolation"]


def test_no_circles(ours: Sources) -> None:
    """No modules import each other in a loop, packages and imports inside functions included."""
    assert circle(ours) == []


def test_a_circle_is_noticed() -> None:
    """The rule trips on a loop of three modules of one layer, one arrow hidden in a function."""
    sources = {
        "checks": "",
        "checks.capture": "from .packing import pack",
        "checks.packing": "from .memory import overlap",
        "checks.memory": "def late():\n    from .capture import capture",
    }

    assert set(circle(sources)) == {"checks.capture", "checks.packing", "checks.memory"}


def test_leaves_import_nothing_of_weight(ours: Sources) -> None:
    """The errors import Python's own library only, the facts beside it what a fact is made of, and its extent."""
    assert heavy_leaves(ours) == []


def test_a_heavy_leaf_is_noticed() -> None:
    """The rule trips on torch and on a sibling."""
    sources = {"errors": "import torch", "checks.facts": "import dataclasses\nfrom torchmarks.errors import UsageError"}

    assert heavy_leaves(sources) == ["checks.facts -> torchmarks.errors", "errors -> torch"]


def test_a_student_loads_nothing_of_the_grading_half() -> None:
    """All that `torchmarks` offers a student loads without nbgrader, cloudpickle or rich."""
    everything = "import torchmarks; [getattr(torchmarks, name) for name in torchmarks.__all__]"

    loaded = loaded_by("-c", everything)

    assert PACKAGE in loaded
    assert loaded & GRADING_HALF == set()


def test_help_loads_no_torch() -> None:
    """`python -m torchmarks --help` answers at once: it loads neither torch nor NumPy nor nbgrader."""
    loaded = loaded_by("-m", PACKAGE, "--help")

    assert "runpy" in loaded
    assert loaded & {"torch", "numpy", "nbgrader", "distributed"} == set()


def test_commands_that_grade_nothing_load_no_torch() -> None:
    """Nothing of a course does but what judges: nbgrader's steps when they grade, and the workers of a class."""
    course = ("folder", "backup", "exchange", "exports", "extensions", "gradings", "next_term", "publishing", "records")
    steps = ("feedback_page", "generating", "outdated", "packed", "preprocessors", "solutions")
    modules = [f"course.{name}" for name in (*course, *steps)]
    modules += [f"authoring.{name}" for name in ("points", "skeleton", "syllabus_page")]
    modules += [f"platforms.{name}" for name in ("collecting", "filling", "plan", "students")]
    modules += ["bulk", "report", "report.frequencies", "report.one_student", "tables"]
    names = ", ".join(f"{PACKAGE}.{name}" for name in modules)

    loaded = loaded_by("-c", f"from {PACKAGE}.spared import spare; spare(); import {names}")

    assert "nbgrader" in loaded
    assert "torch" not in loaded


def test_a_machine_that_cannot_isolate_is_refused_before_torch_is_loaded() -> None:
    """The course's configuration is read by then; loading torch would be half of the wait for the refusal."""
    refuse = "import sys; from torchmarks.course import config_check; config_check.find_enclosure = sys.exit"
    ask = f"from torchmarks.cli.group import course_with_class; course_with_class(Path({str(ROOT)!r}), sandbox=True)"

    loaded = loaded_by("-c", f"{refuse}; from pathlib import Path; {ask}")

    assert "nbgrader" in loaded
    assert "torch" not in loaded


def test_what_a_process_loads_is_noticed() -> None:
    """The two tests above can fail: a package imported late, inside a function, is seen."""
    assert "msgspec" in loaded_by("-c", "def late():\n    import msgspec\nlate()")
