"""Refuses to grade unless the steps that nbgrader is about to take are ours, checked before it takes the first.

    class RepairingExporter(ConfigCheck, NotebookExporter): ...

traitlets logs a configuration file that raises and goes on with defaults, in which students' code runs beside the
gradebook as the person who grades. So `nbgrader_config.json` names our exporters and steps once more, beside the `.py`
and below the environment's etc/jupyter, and our exporters check here when they are made: the one moment of ours before
nbgrader skips, deletes or runs anything. Reads configuration files; starts nothing but the sandbox's trial.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_config_dir, jupyter_config_path
from nbclient import NotebookClient
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde, GenerateFeedback, NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets import List, TraitError, Unicode
from traitlets.config import Config, LoggingConfigurable
from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader
from traitlets.utils.importstring import import_item

from torchmarks.course.setting_check import check_settings, first_with
from torchmarks.errors import MachineError, UsageError
from torchmarks.isolation.client.enclosure import find_enclosure

CONFIG = "nbgrader_config.py"
JSON_CONFIG = "nbgrader_config.json"
SETTINGS_FILE = Path(__file__).with_name(JSON_CONFIG)
"""What a course's configuration must say; the same file is in the course and below etc/jupyter."""

PLAIN_FILE = Path(__file__).with_name("templates") / f"{CONFIG}.txt"
"""What a course's configuration says before anybody has chosen something; text, for it is not a module of ours."""

Layers = Sequence[tuple[str, Config]]  # where settings are, and what they are; what wins comes first

_LISTS: Mapping[type, tuple[str, ...]] = {
    Autograde: ("sanitize_preprocessors", "autograde_preprocessors"),
    GenerateFeedback: ("preprocessors",),
}
# A course may leave these out, or switch them off: nothing that is graded or shown becomes wrong.
_OPTIONAL = frozenset(
    {
        "AssignLatePenalties",
        "CSSHTMLHeaderPreprocessor",
        "ClearMetadataPreprocessor",  # nbgrader's own list has it switched off
        "IgnorePattern",
        "LimitOutput",
    }
)
_AGAIN = f"Call configure(c) at the end of {CONFIG}, and set nothing of it elsewhere."
_LONGEST = 200


class ConfigRefused(UsageError, NbGraderException):  # type: ignore[misc]
    """The configuration in force would not grade with torchmarks. nbgrader's commands and ours end with it, in one
    line.
    """


class NoSandboxHere(MachineError, NbGraderException):  # type: ignore[misc]
    """No sandbox can be made on this machine."""


def settings() -> Config:
    """What `configure` puts into a course's configuration."""
    return Config(json.loads(SETTINGS_FILE.read_text(encoding="utf-8")))


# ---- files


def configure(config: Any) -> None:
    """Put torchmarks into a course's configuration (the object that `get_config()` gives in nbgrader_config.py)."""
    config.merge(settings())


def read_config(path: Path) -> Config:
    """A configuration file. Raises UsageError where nbgrader would log the error and go on without the file."""
    loader = JSONFileConfigLoader if path.suffix == ".json" else PyFileConfigLoader
    try:
        config: Config = loader(path.name, path=str(path.parent)).load_config()
        # traitlets takes capitalized names for sections, and no others
        broken = [name for name, section in config.items() if name[:1].isupper() and not isinstance(section, Config)]
        if broken:
            raise TypeError(f"c.{broken[0]} is not a section")
    except (Exception, SystemExit) as error:  # a file of Python may also end the program
        what = f"this configuration file cannot be used ({_in_short(error)})"
        remedy = "Fix it; until then nothing is graded: nbgrader would go on without it."
        raise UsageError(what, f"{path}{_line_of(error, path)}", remedy) from None
    return config


def _in_short(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return " ".join(f"{type(error).__name__}: {text}".split())[:_LONGEST]


def _line_of(error: BaseException, path: Path) -> str:
    """Where in a file an error was raised."""
    number = getattr(error, "lineno", None)
    if number is None:
        frames = traceback.extract_tb(error.__traceback__)
        number = next((frame.lineno for frame in reversed(frames) if frame.filename == str(path)), None)
    return "" if number is None else f", line {number}"


def read_course(root: Path) -> Config:
    """The configuration of a course folder, as nbgrader reads it: the `.py`, then the `.json` over it."""
    config = Config()
    for name in (CONFIG, JSON_CONFIG):
        if (root / name).is_file():
            config.merge(read_config(root / name))
    return config


def _files(root: Path, elsewhere: Sequence[Path], extra: Sequence[Path] = ()) -> Iterator[Path]:
    """The files that nbgrader reads, what wins first. extra: given on the command line."""
    names = [f"{stem}{suffix}" for stem in ("nbgrader_config", "jupyter_config") for suffix in (".json", ".py")]
    wanted = [*(root / name for name in names[:2]), *extra, *(folder / name for folder in elsewhere for name in names)]
    for path in dict.fromkeys(wanted):
        if path.is_symlink() or path.is_file():  # a link to nowhere is a file that cannot be used
            yield path
    if (root / JSON_CONFIG).is_file() and not (root / CONFIG).is_file():
        what, remedy = f"there is {JSON_CONFIG}, but no {CONFIG}", "Put it back: it has the course's settings."
        raise UsageError(what, str(root), remedy)


def layers_of(root: Path, elsewhere: Sequence[Path], extra: Sequence[Path] = ()) -> Layers:
    """All settings by the file that they are in. Raises UsageError for a file that cannot be used."""
    return [(str(path), read_config(path)) for path in _files(root, elsewhere, extra)]


def _layers_here(root: Path) -> Layers:
    folders = dict.fromkeys([jupyter_config_dir(), *jupyter_config_path()])
    return layers_of(root, [Path(folder) for folder in folders])


def in_force(root: Path) -> Config:
    """The settings that `nbgrader` has in a course folder, from all files. Raises UsageError as `layers_of`."""
    config = Config()
    for _, layer in reversed(_layers_here(root)):
        config.merge(layer)
    config.CourseDirectory.root = str(root)
    return config


def with_exchange(config: Config) -> Config:
    """A course's settings over what this machine says of the exchange: on a hub it is in /etc/jupyter alone.

    Raises UsageError as `layers_of`.
    """
    there = in_force(Path(CourseDirectory(config=Config(config)).root))
    found = Config({name: section for name, section in there.items() if name.startswith("Exchange")})
    found.merge(config)
    return found


def layers_behind(converter: Any) -> Layers:
    """The layers of the program that a converter, or a step of the exchange, belongs to; without one, the course's own
    files. Raises UsageError as `layers_of`.
    """
    app = converter
    while app is not None and not isinstance(app, NbGrader):
        app = getattr(app, "parent", None)
    if app is None:
        return layers_of(Path(converter.coursedir.root), [])
    here = [Path.cwd()] if app.load_cwd_config else []
    extra = [Path(f"{app.config_file}{suffix}").absolute() for suffix in (".json", ".py")] if app.config_file else []
    found = layers_of(Path(app.coursedir.root), [*here, *map(Path, app.config_file_paths)], extra)
    return [*found, ("the command line", app.cli_config)]


# ---- steps


class ConfigCheck(LoggingConfigurable):
    """Mixin that makes an exporter refuse where it would not export what it promises; precedes nbconvert's class."""

    trusted_steps = List(
        Unicode(),
        help="Steps and hooks of the course's own, by their dotted names, that may come between those of torchmarks."
        " They run outside the sandbox, with students' notebooks before them.",
    ).tag(config=True)

    def __init__(self, config: Config | None = None, **options: Any) -> None:
        super().__init__(config=config, **options)
        converter: Any = self.parent
        if not hasattr(converter, "exporter_class"):  # an exporter that only shows a page runs nothing
            return
        try:
            layers = layers_behind(converter)
            check_settings(
                converter.config, lambda section, name: _file_of(converter.coursedir.root, layers, section, name)
            )
            _check(self, converter, layers)
        except UsageError as error:
            converter.log.error("%s", error)
            raise ConfigRefused(error.what, error.where, error.remedy) from None
        except MachineError as error:
            refusal = NoSandboxHere(f"Students' code cannot be isolated on this machine: {error.reason}", error.remedy)
            converter.log.error("%s", refusal)
            raise refusal from None


def require_gradable(config: Config, *, sandbox: bool = True) -> None:
    """Raise ConfigRefused where nbgrader, with these settings, would refuse or not grade with our steps; NoSandboxHere
    where a sandbox is wanted and cannot be made.
    """
    check_course_settings(Path(config.CourseDirectory.root), config)
    for kind in _LISTS:
        own = Config(config)
        converter = kind(coursedir=CourseDirectory(config=own), config=own)
        if not issubclass(converter.exporter_class, ConfigCheck):
            name = _name(converter.exporter_class)
            raise ConfigRefused(f"{kind.__name__}.exporter_class is {name}", str(converter.coursedir.root), _AGAIN)
        converter.log.disabled = True  # the exception has its message
        try:
            converter.exporter_class(parent=converter, config=converter.config)
        except NoSandboxHere:
            if sandbox:
                raise
        finally:
            converter.log.disabled = False


def check_course_settings(root: Path, config: Config) -> None:
    """Raise UsageError for a setting that makes no sense, with the file of this course, or of this machine, that it
    is in.
    """
    check_settings(config, lambda section, name: _file_of(root, _layers_here(root), section, name))


def check_machine(root: Path) -> None:
    """Raise MachineError where nothing can be isolated here, before what takes seconds to load. `require_gradable` is
    exact.
    """
    if not read_course(root).Judge.get("unsafe_no_sandbox"):
        find_enclosure()


def _file_of(root: Path | str, layers: Layers, section: str, name: str) -> str:
    return first_with(layers, section, name) or str(Path(root) / CONFIG)


def _check(exporter: Any, converter: Any, layers: Layers) -> None:
    kind = next((kind for kind in _LISTS if isinstance(converter, kind)), None)
    if kind is None:
        return
    ours = settings()[kind.__name__]
    for trait in _LISTS[kind]:
        try:
            _check_steps(exporter, getattr(converter, trait), ours[trait])
        except (ValueError, ImportError, TraitError) as error:
            what, where = (
                f"{kind.__name__}.{trait} is not what torchmarks grades with",
                _where(layers, converter, trait),
            )
            remedy = f"{_again(where)} Steps of the course's own are named in c.ConfigCheck.trusted_steps."
            raise UsageError(f"{what}: {error}", where, remedy) from None
    for trait in ("pre_convert_hook", "post_convert_hook"):
        _check_hook(exporter, converter, trait, ours.get(trait), layers)
    _check_overruled(converter, ours, layers)
    strange = [_name(type(step)) for step in exporter._preprocessors if getattr(step, "enabled", True)]
    if set(strange) - set(exporter.trusted_steps):
        where = _where(layers, exporter, "preprocessors")
        raise UsageError(f"Exporter.preprocessors brings in {strange[0]}", where, _AGAIN)
    if kind is Autograde:
        _check_sandbox(exporter, converter, layers)
    elif not settings()["HTMLExporter"]["filters"].items() <= exporter.filters.items():
        what = "HTMLExporter.filters are not those of torchmarks: pages would show what students write as it is"
        raise UsageError(what, _where(layers, exporter, "filters"), _AGAIN)


def _check_overruled(converter: Any, ours: Config, layers: Layers) -> None:
    """Refuse what the course's `.py` says and another file overrules: nbgrader would warn at most."""
    python = str(Path(converter.coursedir.root) / CONFIG)
    said = [layer.get(type(converter).__name__, {}) for where, layer in layers if where == python]
    section: Mapping[str, Any] = said[0] if said else {}
    for trait in ours:
        if trait in section and _names(section[trait]) != _names(getattr(converter, trait)):
            what = f"{type(converter).__name__}.{trait} is overruled by {_where(layers, converter, trait)}"
            raise UsageError(what, python, f"Leave it to configure(c), or write the same into {JSON_CONFIG}.")


def _check_steps(exporter: Any, steps: Sequence[Any], wanted: Sequence[str]) -> None:
    """Raise ValueError unless the steps are those wanted, in their order, with trusted ones between."""
    left = [import_item(name) for name in wanted]
    for step in [import_item(step) if isinstance(step, str) else step for step in steps]:
        kind = step if isinstance(step, type) else type(step)
        # Before anybody asks for its name: trust is for steps that look at students' code, not for one that runs it.
        if issubclass(kind, NotebookClient):
            raise ValueError(f"{_name(step)} runs notebooks outside the sandbox")
        if step in left:
            _require(left[: left.index(step)])
            left = left[left.index(step) + 1 :]
            # asked of an instance: the configuration of a class above it counts, too
            if step.__name__ not in _OPTIONAL and not step(parent=exporter).enabled:
                raise ValueError(f"{_name(step)} is switched off (c.{step.__name__}.enabled)")
        elif _name(step) not in exporter.trusted_steps:
            raise ValueError(f"{_name(step)} is where torchmarks has no such step")
    _require(left)


def _require(passed: Sequence[type]) -> None:
    missing = [_name(step) for step in passed if step.__name__ not in _OPTIONAL]
    if missing:
        raise ValueError(f"{missing[0]} is missing")


def _check_hook(exporter: Any, converter: Any, trait: str, wanted: str | None, layers: Layers) -> None:
    hook = getattr(converter, trait)
    ours = import_item(wanted) if wanted else None
    if hook is not ours and _name(hook) not in exporter.trusted_steps:
        what = f"{type(converter).__name__}.{trait} is {_name(hook)}"
        where = _where(layers, converter, trait)
        remedy = f"{_again(where)} A hook of the course's own is named in c.ConfigCheck.trusted_steps."
        raise UsageError(what, where, remedy)


def _check_sandbox(exporter: Any, converter: Any, layers: Layers) -> None:
    judge = import_item(settings()["Autograde"]["autograde_preprocessors"][0])(parent=exporter)
    if not judge.unsafe_no_sandbox:
        find_enclosure(judge.isolation)
        return
    where = _where(layers, judge, "unsafe_no_sandbox")
    inside = (str(Path(converter.coursedir.root) / CONFIG), str(Path(converter.coursedir.root) / JSON_CONFIG))
    if layers and where not in (*inside, "the command line"):
        remedy = f"Remove it there. To really have it, write it into the course's own {CONFIG}."
        raise UsageError("Judge.unsafe_no_sandbox is set for every course", where, remedy)
    converter.log.warning("STUDENTS' CODE RUNS WITHOUT A SANDBOX: Judge.unsafe_no_sandbox is set (%s).", where)


def _again(where: str) -> str:
    """How to get our settings again, in a file that has others."""
    return f"Copy {SETTINGS_FILE} over it." if Path(where).name == JSON_CONFIG else _AGAIN


def _name(item: Any) -> str:
    """The dotted name of a class, a function or a step that was made already."""
    if item is None:
        return "None"
    named = item if hasattr(item, "__qualname__") else type(item)
    return f"{named.__module__}.{named.__qualname__}"


def _names(value: Any) -> list[str]:
    """A setting that holds classes or their names, as names."""
    found = []
    for item in value if isinstance(value, list | tuple) else [value]:
        try:
            found.append(_name(import_item(item) if isinstance(item, str) else item))
        except ImportError:
            found.append(str(item))
    return found


def _where(layers: Layers, owner: Any, trait: str) -> str:
    """The layer that sets a trait; a class above the owner's may be named there."""
    sections = [section.__name__ for section in type(owner).mro()]
    set_in = [
        (where, layer[section][trait])
        for where, layer in layers
        for section in sections
        if section in layer and trait in layer[section]
    ]
    value = getattr(owner, trait, None)
    # Which of several wins depends on the program: the formgrader reads a home's file again, after the course's.
    exact = [where for where, found in set_in if found == value]
    if set_in:
        return exact[0] if exact else set_in[0][0]
    directory = getattr(owner, "coursedir", None)
    return str(directory.root) if directory is not None else "nbgrader's configuration"
