"""Writes a PyTorch module as statements: a constructor, what was added to it, its numbers, what is shared, its modes.

Of PyTorch's own classes, and of those whose names the caller knows. Each statement is run at once; what they make is
compared with the module, except for its numbers and their memory, which `checks.rebuild` compares. Raises Unwritable
where it is another module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from torchmarks.checks import literals
from torchmarks.checks.literals import Unwritable

ClassName = Callable[[type], str]


def made_by(module: nn.Module, own: ClassName) -> str:
    """An expression for a new module of this kind, dtype and device. own: the name of a class that is not PyTorch's."""
    return _constructor(module, own) + (_moved(module) if _is_torchs(module) else "")


def _is_torchs(module: nn.Module) -> bool:
    return getattr(nn, type(module).__name__, None) is type(module)


def _constructor(module: nn.Module, own: ClassName) -> str:
    """The constructor of one of PyTorch's modules, as its repr shows it."""
    kind = type(module)
    if not _is_torchs(module):
        return f"{own(kind)}()"
    if isinstance(module, nn.Sequential):
        return f"torch.nn.Sequential({', '.join(_constructor(inner, own) for inner in module)})"
    text = f"torch.nn.{kind.__name__}({module.extra_repr()})"
    try:
        made = eval(text, {"torch": torch})
    except Exception as error:
        raise Unwritable(str(error)) from None
    shapes = {key: value.shape for key, value in module.state_dict().items()}
    if any(shapes.get(key) != value.shape for key, value in made.state_dict().items()):
        raise Unwritable(f"a {kind.__name__}")
    return text


def _moved(module: nn.Module) -> str:
    """What brings a new module to the dtype and the device that this one has, if it has one of each."""
    dtypes = {p.dtype for p in module.parameters()} - {torch.float32}
    devices = {p.device for p in module.parameters()} - {torch.device("cpu")}
    if len(dtypes) > 1 or len(devices) > 1:
        raise Unwritable("a module of several dtypes or devices")
    return "".join(f".to({literals.plain(to)})" for to in (*dtypes, *devices))


class ModuleWriter:
    """Writes what a module has beside what its constructor made. run: notes a statement and runs it."""

    def __init__(self, run: Callable[[str], None], own: ClassName) -> None:
        self._run, self._own = run, own
        self._written: set[str] = set()  # what stands in a statement of its own, as keys of the state

    def finish(self, name: str, made: nn.Module, module: nn.Module) -> None:
        """Statements that make `made`, which a line has bound to a name, the module. Raises Unwritable."""
        if any(p.grad is not None for p in module.parameters()):
            raise Unwritable("a module with gradients")
        self._add(name, "", made, module)
        shared = self._shared(module)
        self._fill(name, module, self._written | set(shared))
        for key, first in shared.items():
            self._run(f"{name}{_attribute(key)} = {name}{_attribute(first)}")
        for key, p in module.named_parameters():
            if not p.requires_grad and key not in self._written:
                self._run(f"{name}{_attribute(key)}.requires_grad_(False)")
        self._set_modes(name, module, training=True)
        if not _alike(made, module):
            raise Unwritable(f"a {type(module).__name__} with more to it")

    def _add(self, text: str, prefix: str, made: nn.Module, module: nn.Module) -> None:
        """The parameters, buffers and inner modules that the constructor did not make."""
        for key, p in module._parameters.items():
            if p is not None and key not in made._parameters:
                frozen = "" if p.requires_grad else ", requires_grad=False"
                self._run(f"{text}.{key} = torch.nn.Parameter({self._values(prefix + key, p)}{frozen})")
        for key, buffer in module._buffers.items():
            if buffer is not None and key not in made._buffers:
                self._run(f"{text}.register_buffer({key!r}, {self._values(prefix + key, buffer)})")
        for key, inner in module._modules.items():
            if inner is not None:
                if key not in made._modules:
                    self._run(f"{text}{_attribute(key)} = {made_by(inner, self._own)}")
                self._add(f"{text}{_attribute(key)}", f"{prefix}{key}.", made.get_submodule(key), inner)

    def _values(self, key: str, values: torch.Tensor) -> str:
        if values.device.type != "cpu":
            raise Unwritable("something of its own on an accelerator")
        self._written.add(key)
        return literals.tensor(values.detach().contiguous())

    def _shared(self, module: nn.Module) -> dict[str, str]:
        """For each parameter that is in a second place as well, the first one."""
        first: dict[int, str] = {}
        places = [(key, first.setdefault(id(p), key)) for key, p in module.named_parameters(remove_duplicate=False)]
        return {key: place for key, place in places if key != place and key not in self._written}

    def _fill(self, name: str, module: nn.Module, without: set[str]) -> None:
        """The numbers of what the constructors made."""
        whole = module.state_dict()
        state = {key: value for key, value in whole.items() if key not in without}
        if not state:
            return
        inner = ", ".join(f"{key!r}: {literals.tensor(value.cpu().contiguous())}" for key, value in state.items())
        # Put in place, not copied into it: an error names how often a parameter was written to.
        how = ", assign=True" if all(value.device.type == "cpu" for value in state.values()) else ""
        how += ", strict=False" if len(state) < len(whole) else ""
        self._run(f"{name}.load_state_dict({{{inner}}}{how})")

    def _set_modes(self, text: str, module: nn.Module, *, training: bool) -> None:
        if module.training != training:
            self._run(f"{text}.{'train' if module.training else 'eval'}()")
        for key, inner in module._modules.items():
            if inner is not None:
                self._set_modes(f"{text}{_attribute(key)}", inner, training=module.training)


def _attribute(path: str) -> str:
    """What leads from a module to a part of it: "1.weight" is [1].weight."""
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path.split("."))


def _alike(made: nn.Module, module: nn.Module) -> bool:
    """Whether two modules have the same parts, plain attributes and modes, and no hooks. Not of their numbers."""
    return _parts(made) == _parts(module) and not _hooks(module)


def _parts(module: nn.Module) -> list[Any]:
    every = list(module.named_modules(remove_duplicate=False))
    first: dict[int, int] = {}
    return [
        (path, first.setdefault(id(part), n), type(part).__name__, _plain(part), [*part._parameters], [*part._buffers])
        for n, (path, part) in enumerate(every)
    ]


def _plain(module: nn.Module) -> dict[str, Any]:
    of = {key: literals.plain(value) for key, value in vars(module).items()}
    return {key: text for key, text in of.items() if text is not None} | {"": module._non_persistent_buffers_set}


def _hooks(module: nn.Module) -> list[Any]:
    return [value for part in module.modules() for key, value in vars(part).items() if key.endswith("hooks") and value]
