"""Rebuilds the arguments of a call as code: lines and expressions that give the very same arguments in a notebook.

Views are views of one base, strides, read-only flags, `.grad`, leaves and devices are as they were: written from the
test's own objects alone, then run here and compared. Raises Unwritable where that is not exact. What is run is this
package's own text; must not run a function of a student's or of a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torchmarks.checks.equality import same
from torchmarks.checks.geometry import layout
from torchmarks.checks.literals import Unwritable
from torchmarks.checks.observe import Call
from torchmarks.checks.packing import pack
from torchmarks.checks.placing import notebook
from torchmarks.checks.taking import take
from torchmarks.checks.unpacking import unpack_numbered
from torchmarks.checks.writing import Writer, student_name


@dataclass
class Rebuilt:
    """The arguments of a call as code. lines: what has to run first; args and kwargs: expressions; incoming: of a
    backward pass, if the test gives one; of: the expressions by parameter.
    """

    lines: list[str] = field(default_factory=list)
    args: list[str] = field(default_factory=list)
    kwargs: dict[str, str] = field(default_factory=dict)
    incoming: str | None = None
    of: dict[str, str] = field(default_factory=dict)


def rebuilt(call: Call, named: Iterable[str] = ()) -> Rebuilt:
    """The arguments of a call. named: parameters that need a name, for something is looked at afterwards.

    Raises Unwritable where there is no exact code.
    """
    packed = call.packed
    (args, kwargs, backward), numbers = unpack_numbered(packed)
    subjects = {position: student_name(call.args[position]) for position in call.subjects}
    incoming = None if backward is None else backward.incoming
    originals = (call.args, dict(call.kwargs), None if call.backward is None else call.backward.incoming)
    result = Rebuilt()
    writer = Writer(packed, numbers, result.lines, {*subjects.values(), getattr(call.fn, "__name__", "")})
    every = [(_parameter(call, n), value) for n, value in enumerate(args) if n not in subjects]
    writer.look_ahead([*every, *kwargs.items(), ("v", incoming)])
    for position, value in enumerate(args):
        name = _parameter(call, position)
        text = subjects.get(position)
        if text is None:
            text = writer.top(value, name, call.args[position], must=name in named)
        result.args.append(text)
        result.of[name] = text
    for name, value in kwargs.items():
        result.kwargs[name] = result.of[name] = writer.top(value, name, call.kwargs[name], must=name in named)
    if incoming is not None:
        result.incoming = writer.top(incoming, "v", originals[2])
    writer.finish()
    _compare(result, subjects, (args, kwargs, incoming))
    return result


def _parameter(call: Call, position: int) -> str:
    return call.parameters[position] if position < len(call.parameters) else f"x{position}"


def _compare(result: Rebuilt, subjects: Mapping[int, str], want: Any) -> None:
    """Raises Unwritable unless the code gives the arguments again, elements, layout, memory and all."""
    space = notebook()
    try:
        exec("\n".join(result.lines), space)
        args = [None if n in subjects else eval(text, space) for n, text in enumerate(result.args)]
        kwargs = {name: eval(text, space) for name, text in result.kwargs.items()}
        made = args, kwargs, None if result.incoming is None else eval(result.incoming, space)
    except Exception as error:
        raise Unwritable(f"its own code stops with {error!r}") from None
    wanted = [None if n in subjects else value for n, value in enumerate(want[0])], want[1], want[2]
    if not same(take(made), take(wanted)) or layout(pack(made)) != layout(pack(wanted)):
        raise Unwritable("its code makes something else")
