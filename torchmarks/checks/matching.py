"""The matchers of `expect`: a function for each, which asks something of a part of an observation.

Pure. An answer is None when all is well, else a function that makes the findings: whether something is wrong is asked
of every call and of every imitation, what to say of it only where a message is shown. Must not know the rest of the
chain, a report or a misconception.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from torchmarks.checks.compare import Finding, changes, differences, is_none, writing_flags
from torchmarks.checks.equality import Tolerance, same, same_device, same_place, unchanged
from torchmarks.checks.facts import ArrayFacts, Ended, Fact, Raised, TensorFacts
from torchmarks.checks.formatting import Proxy, format_fact, format_numbers, format_setting
from torchmarks.checks.observe import Seen
from torchmarks.checks.paths import below, is_below, named, tensors_in
from torchmarks.checks.sentences import say
from torchmarks.checks.untrusted import class_name
from torchmarks.errors import AuthorError

Findings: TypeAlias = Callable[[], list[Finding]]
_NO_TYPES: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Absent:
    """Why a part cannot be judged. findings: what is wrong about that, or None where it was reported already."""

    findings: Findings | None = None


Answer: TypeAlias = Findings | Absent | None
_REPORTED: Final = Absent()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the result of one call. keys: which part; none of them for the whole."""

    seen: Seen
    keys: tuple[str, ...] = ()

    @property
    def dotted(self) -> str:
        """Its path in an observation."""
        return ".".join(self.keys)

    @property
    def path(self) -> str:
        """Its path as a student would write it."""
        return "".join(f"[{key}]" for key in self.keys)

    def fact(self) -> Fact | Absent:
        """What is judged."""
        if self.seen.raised is not None:
            return _REPORTED  # by `ran`
        fact = below(self.seen.result, self.keys)
        return Absent(self._no_such_item) if fact is None else fact

    def _no_such_item(self) -> list[Finding]:
        whole = self.seen.result
        return [
            Finding(
                "type", "", format_fact(whole), say("with_an_item", part=self.path), none=is_none(whole), about="value"
            )
        ]

    def memory(self) -> TensorFacts | ArrayFacts | Absent:
        """What is judged, where that has a memory of its own."""
        fact = self.fact()
        if isinstance(fact, TensorFacts | ArrayFacts | Absent):
            return fact
        finding = functools.partial(Finding, "type", self.path, none=is_none(fact), about="value")
        return Absent(lambda: [finding(format_fact(fact), say("a_tensor_or_array"))])

    def tensor(self) -> TensorFacts | Absent:
        """What is judged, where that is a tensor."""
        fact = self.memory()
        if isinstance(fact, ArrayFacts):
            return Absent(lambda: [Finding("type", self.path, "numpy.ndarray", "torch.Tensor")])
        return fact

    def argument(self, name: str) -> Fact | Absent:
        """The argument of this name, or item of one ("xs.0"), as it was before the call.

        Absent when a student's function names its parameters otherwise than the exercise does. Raises AuthorError when
        the test's own call has no such argument.
        """
        fact = named(self.seen.arguments, name)
        if fact is not None:
            return fact
        call, known = self.seen.made_by, ", ".join(self.seen.arguments) or say("no_parameters")
        # A proxy's parameters are named as in the released notebook: the student's renaming is not the reason.
        if call.subjects or isinstance(call.fn, Proxy):
            raise AuthorError(f"The call {self.seen.call} has no argument named {name!r}.", f"It has: {known}.")
        return Absent(lambda: [Finding("parameters", "", known, say("parameter_named", name=name))])


# ---- what every call is asked


# Of PyTorch's settings those that change what later lines compute; how tensors print is not part of an answer.
_KEPT: Final = frozenset({"gradient recording", "inference mode", "default dtype", "default device", "autocast"})


def ran(seen: Seen) -> Findings | None:
    """Neither the call nor a backward pass through it raised, and what every later line depends on is as before."""
    raised, stopped = seen.raised, seen.backward_raised
    if raised is not None:
        return lambda: [Finding("raised", "", error_line(raised), say("no_error"), detail=_at(raised))]
    if left := {name: value for name, value in seen.left.items() if name in _KEPT}:
        texts = {name: say("left_by_call", value=format_setting(value)) for name, value in left.items()}
        return lambda: [
            Finding("argument", name, text, say("as_before"), about="setting") for name, text in texts.items()
        ]
    if stopped is None:
        return None
    seen_text = functools.partial(say, "backward_raised", error=error_line(stopped))
    return lambda: [Finding("gradient", "", seen_text(), say("backward_without_error"), detail=_at(stopped))]


def kept(seen: Seen, name: str) -> Findings | None:
    """The call left this argument as it was: its value, its memory and its very `.grad`."""
    before, after = seen.arguments[name], seen.after[name]
    if not unchanged(before, after):
        return lambda: changes(before, after, name)
    if not seen.kept_memory.get(name, True):  # tensors and arrays alone have an entry
        return lambda: [Finding("argument", name, say("other_memory"), say("memory_before"), about="memory")]
    if not seen.kept_grad.get(name, True):
        return lambda: [Finding("argument", name, say("another_grad"), say("grad_before"), about=".grad is")]
    return None


_LONGEST: Final = 200  # characters of an error's line: PyTorch's own can fill a screen


def error_line(raised: Raised) -> str:
    """An exception, or what ended the student's process, in one line."""
    first = raised.message.strip().splitlines()[0] if raised.message.strip() else ""
    name = raised.limit if isinstance(raised, Ended) else raised.type_name.rsplit(".", 1)[-1]
    if not first:
        return name
    line = say("error_line", error=name, message=first)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 2].rsplit(' ', 1)[0]} …"


def _at(raised: Raised) -> str:
    return say("at_your_line", line=raised.own_lines[-1]) if raised.own_lines else ""


# ---- what was returned


def returned(part: Part, want: Fact, tolerance: Tolerance | None, or_types: frozenset[str]) -> Answer:
    """It is `want`."""
    fact = part.fact()
    if isinstance(fact, Absent):
        return fact
    if same(fact, want, tolerance, or_types):
        return None
    return lambda: differences(fact, want, tolerance, or_types, part.path)


def raised(part: Part, errors: Sequence[type[BaseException]], naming: Iterable[str]) -> Answer:
    """The call raised one of `errors` or a subclass, with every text of `naming` in its message."""
    seen = part.seen.raised
    if seen is None:
        result = part.seen.result
        return lambda: [Finding("raised", "", say("no_error_but", result=format_fact(result)), _one_of(errors))]
    # By name: the class itself may be in another process.
    if not {class_name(error) for error in errors} & set(seen.bases):
        return lambda: [Finding("raised", "", error_line(seen), _one_of(errors), detail=_at(seen))]
    missing = [name for name in naming if name not in seen.message]
    if not missing:
        return None
    return lambda: [
        Finding("raised", "", error_line(seen), say("message_naming", texts=_all_of(missing)), about="message")
    ]


def _one_of(errors: Sequence[type[BaseException]]) -> str:
    names = [error.__name__ for error in errors] or [""]  # `reduce` wants one at least
    # Pair by pair through the table: the word between them is of a language.
    return functools.reduce(lambda first, other: say("one_of_errors", first=first, other=other), names)


def _all_of(texts: Sequence[str]) -> str:
    return functools.reduce(lambda first, other: say("both_texts", first=first, other=other), texts)


def printed(part: Part, text: str) -> Answer:
    """The call printed exactly `text`, trailing white space aside."""
    fact, seen = part.fact(), part.seen.printed
    if isinstance(fact, Absent):
        return fact
    if seen.rstrip() == text.rstrip():
        return None
    return lambda: [Finding("printed", "", repr(seen), repr(text))]


def that(
    part: Part, holds: Callable[[Seen], Any], expected: str, seen_text: Callable[[Seen], str] | str | None, look: str
) -> Answer:
    """`holds(seen)` is true."""
    fact, seen = part.fact(), part.seen
    if isinstance(fact, Absent):
        return fact
    try:
        fine = bool(holds(seen))
    except Exception:  # a result of another type than the predicate expects is a wrong result
        fine = False

    def findings() -> list[Finding]:
        try:
            text = seen_text(seen) if callable(seen_text) else seen_text
        except Exception:
            text = None  # a text, too, may be made for another type of result
        return [Finding("check", part.path, text or format_fact(fact), expected, look=look)]

    return None if fine else findings


# ---- identity and memory


def is_contiguous(part: Part) -> Answer:
    """It lies in memory row by row."""
    fact = part.tensor()
    if isinstance(fact, Absent):
        return fact
    if fact.is_contiguous:
        return None
    texts = say("not_contiguous_tensor"), say("contiguous_tensor")
    return lambda: [Finding("check", part.path, *texts, look=".is_contiguous()")]


def same_object(part: Part, name: str, wanted: bool) -> Answer:
    """It is, or is not, the very object that was passed as `name`."""
    fact = part.fact()
    if isinstance(fact, Absent):
        return fact
    if isinstance(argument := part.argument(name), Absent):
        return argument
    if ((part.dotted, name) in part.seen.objects) is wanted:
        return None
    if wanted:
        # None instead of the argument is a lost `return`.
        finding = functools.partial(Finding, "object", part.path, none=is_none(fact), about=name)
        return lambda: [finding(say("another_object"), say("the_object_passed", name=name))]
    texts = say("the_object_passed", name=name), say("object_of_its_own")
    return lambda: [Finding("object", part.path, *texts, about=name)]


def shares_memory_with(part: Part, name: str) -> Answer:
    """It and the argument have an element in common."""
    memory = part.memory()
    if isinstance(memory, Absent):
        return memory
    if isinstance(argument := part.argument(name), Absent):
        return argument
    if (part.dotted, name) in part.seen.shared:
        return None
    texts = say("own_memory"), say("memory_shared", name=name)
    return lambda: [Finding("memory", part.path, *texts, about=name)]


def same_memory_as(part: Part, name: str) -> Answer:
    """It lies exactly where the argument lies: first address, shape and strides. Raises AuthorError for an argument
    that has no memory.
    """
    result = part.memory()
    if isinstance(result, Absent):
        return result
    argument = part.argument(name)
    if isinstance(argument, Absent):
        return argument
    if not isinstance(argument, TensorFacts | ArrayFacts):
        raise AuthorError(f"The argument {name} of {part.seen.call} is neither a tensor nor an array.")
    # Without elements there is none that could be shared.
    if 0 in result.shape or same_place(result.place, argument.place):
        return None
    partly = (part.dotted, name) in part.seen.shared

    def findings() -> list[Finding]:
        seen = say("memory_partly", name=name) if partly else say("own_memory")
        return [Finding("memory", part.path, seen, say("memory_exactly", name=name), about=name)]

    return findings


def shares_no_memory(part: Part, name: str | None) -> Answer:
    """No tensor in it shares an element with the argument, or with any argument."""
    fact = part.fact()
    if isinstance(fact, Absent):
        return fact
    if name is not None and isinstance(argument := part.argument(name), Absent):
        return argument
    inside = [(path, other) for path, other in part.seen.shared if is_below(path, part.dotted)]
    # Sorted: the order of a set of texts differs between processes, a message must not.
    with_it = [other for _, other in sorted(inside) if name is None or is_below(other, name)]
    if not with_it:
        return None
    texts = say("memory_shared", name=with_it[0]), say("own_memory")
    return lambda: [Finding("memory", part.path, *texts, about=with_it[0])]


def own_elements(part: Part) -> Answer:
    """No two elements of it share memory."""
    fact = part.memory()
    if isinstance(fact, Absent):
        return fact
    if fact.own_elements:
        return None
    return lambda: [Finding("memory", part.path, say("elements_share"), say("elements_own"))]


# ---- gradients


def is_leaf(part: Part, recorded: bool | None) -> Answer:
    """It is a leaf of the graph. recorded: whether backward is to fill its `.grad`, where that is demanded."""
    fact = part.tensor()
    if isinstance(fact, Absent):
        return fact
    history = None if recorded is None else requires_grad(part, recorded)
    if fact.is_leaf:
        return history

    def findings() -> list[Finding]:
        leaf = Finding("leaf", part.path, say("computed_tensor", operation=fact.grad_fn), say("a_leaf"))
        return [leaf, *(history() if callable(history) else [])]

    return findings


def requires_grad(part: Part, wanted: bool) -> Answer:
    """Whether gradients are recorded for it."""
    fact = part.tensor()
    if isinstance(fact, Absent):
        return fact
    if fact.requires_grad == wanted:
        return None
    texts = functools.partial(say, "requires_grad_is")
    return lambda: [Finding("history", part.path, texts(value=fact.requires_grad), texts(value=wanted))]


def no_history(part: Part) -> Answer:
    """No tensor in it requires grad or knows an operation that made it."""
    fact = part.fact()
    if isinstance(fact, Absent):
        return fact
    recorded = [(path, t) for path, t in tensors_in(fact, part.path) if t.requires_grad or t.grad_fn is not None]
    if not recorded:
        return None
    return lambda: [
        Finding("history", path, say("has_history", made_by=t.grad_fn or say("a_leaf")), say("no_history"))
        for path, t in recorded
    ]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that a test expects of an argument. fact: its facts; text: how it reads."""

    fact: Fact
    tolerance: Tolerance | None
    text: Callable[[], str]


def gradient(part: Part, name: str, want: Wanted | None, zeros: bool) -> Answer:
    """`.grad` of the argument is as wanted. want: None for none at all; zeros: then zeros will do too."""
    seen = part.seen
    # `ran` reports it, and no gradient is to be expected.
    if seen.raised is not None or seen.backward_raised is not None:
        return None
    if isinstance(argument := part.argument(name), Absent):
        return argument
    fact, label = _gradient_of(seen, name), f"{name}.grad"
    if want is None:
        if fact is None or (zeros and not bool((fact.values != 0).any())):
            return None
        expected = say("no_gradient") if zeros else say("none")
        return lambda: [Finding("gradient", label, format_numbers(fact), expected)]
    if fact is None:
        return lambda: [Finding("gradient", label, say("none"), want.text())]
    return _same_as(fact, want, "gradient", label)


def keeps_grad(part: Part, name: str) -> Answer:
    """`.grad` of the argument is the very object that it was."""
    if part.seen.raised is not None:
        return None  # `ran` reports it
    if isinstance(argument := part.argument(name), Absent):
        return argument
    if part.seen.kept_grad.get(name, False):
        return None
    return lambda: [Finding("argument", name, say("another_grad"), say("grad_before"), about=".grad is")]


def _gradient_of(seen: Seen, name: str) -> TensorFacts | None:
    if seen.gradients is not None:
        return seen.gradients.get(name)
    fact = named(seen.after, name)
    return fact.grad if isinstance(fact, TensorFacts) else None


def _same_as(fact: Fact, want: Wanted, aspect: str, label: str) -> Findings | None:
    """Something other than the result is as wanted, of whatever type it is."""
    types = frozenset({fact.type_name})
    if same(fact, want.fact, want.tolerance, types):
        return None
    found = functools.partial(differences, fact, want.fact, want.tolerance, types)
    return lambda: [
        Finding(aspect, label, f.seen, f.expected, detail=f.detail, at=None if f.path else f.at) for f in found()
    ]


# ---- place


def on(part: Part, device: str) -> Answer:
    """It is on this device."""
    fact = part.tensor()
    if isinstance(fact, Absent):
        return fact
    if same_device(fact.device, device):
        return None
    return lambda: [Finding("device", part.path, fact.device, device)]


def changed_in_place(part: Part, name: str, want: Wanted) -> Answer:
    """The argument holds what is wanted afterwards, in the memory that it had, and can be written to as before."""
    seen = part.seen
    # `ran` reports it.
    if seen.raised is not None:
        return None
    if isinstance(argument := part.argument(name), Absent):
        return argument
    fact = named(seen.after, name)
    if fact is None:
        return lambda: [Finding("argument", name, say("gone"), want.text())]
    value = _same_as(fact, want, "argument", name)
    moved = not seen.kept_memory.get(name, True)
    before = named(seen.arguments, name)
    flags = writing_flags(before, fact, name) if before is not None else []

    def findings() -> list[Finding]:
        texts = say("other_memory"), say("changed_in_its_memory")
        place = [Finding("memory", name, *texts, about=name)] if moved else []
        return [*(value() if value is not None else []), *place, *flags]

    return findings if value is not None or moved or flags else None
