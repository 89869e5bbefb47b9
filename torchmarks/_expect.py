"""expect: what a call should have done.

Judges an Observation, which is data; runs no student code. Each matcher adds what is wrong to the one report of its
call. In place the first failing matcher raises CheckFailed; a grader opens a `collecting` block, in which failures
are gathered and the most telling call is reported once for the whole cell.
"""

from __future__ import annotations

import contextlib
import contextvars
import copy
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar, cast

import torch

from torchmarks import _messages as words
from torchmarks._box import show_traceback
from torchmarks._capture import class_name, take
from torchmarks._compare import Finding, Tolerance, changes, differences, same_device
from torchmarks._facts import ArrayFacts, Ended, Fact, Items, Place, Plain, Raised, TensorFacts
from torchmarks._messages import Report
from torchmarks._misconceptions import Failure, Misconception, most_telling
from torchmarks._observe import Seen
from torchmarks._spelling import StandIn, spell, spell_fact, spell_numbers
from torchmarks.checks.reasons import Reason
from torchmarks.errors import AuthorError


class CheckFailed(AssertionError):
    """A check that failed. `report`: what the student reads. Renders in IPython as a box, without frames."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report
        self._shown = False

    def __str__(self) -> str:
        return self.report.text()

    def _render_traceback_(self) -> list[str]:
        # IPython asks a second time, for its history: the box is shown once.
        if self._shown:
            return [self.report.short()]
        self._shown = True
        return show_traceback(self.report)


@dataclass
class Collected:
    """What the checks of one cell came to. calls: how many calls were judged; failed: those that are not as
    expected."""

    calls: int = 0
    failed: list[Expectation] = field(default_factory=list)

    def report(self) -> Report | None:
        """The report of the most telling failing call, or None when all is well."""
        if not self.failed:
            return None
        for expectation in self.failed:  # before any misconception: a stub may do by chance what a wrong answer does
            common = expectation.common()
            if common is not None and common.misconception == Reason.NOT_WRITTEN:
                return common
        failures = [e.failure() for e in self.failed]
        chosen, known = most_telling(failures)
        if known is None:
            chosen = next((n for n, e in enumerate(self.failed) if e.common() is not None), chosen)
        report = self.failed[chosen].report(known)
        if len(self.failed) > 1:
            report = replace(report, note=words.ALSO.format(wrong=len(self.failed), total=self.calls))
        return report


_collected: contextvars.ContextVar[Collected | None] = contextvars.ContextVar("collected", default=None)
# The expectations of the cell that runs, where somebody counts them.
counted: contextvars.ContextVar[list[Expectation] | None] = contextvars.ContextVar("counted", default=None)


@contextlib.contextmanager
def collecting() -> Iterator[Collected]:
    """Gather failures instead of raising at the first."""
    collected = Collected()
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)


def expect(
    seen: Seen,
    known: Sequence[Misconception] = (),
    next: str | None = None,
    may_change: bool | Iterable[str] | None = None,
) -> Expectation:
    """Begin to judge a call. Demands at once that it did not raise and left its arguments as they were, unless a
    matcher or `may_change` says otherwise.

    known: misconceptions to recognise; next: one step to offer; may_change: True, or names of the arguments that the
    call may change. Left out, it may change any when a student's function in it has a name that ends in `_`, else none.
    """
    return Expectation(seen, tuple(known), next, may_change)


Matcher = TypeVar("Matcher", bound=Callable[..., "Expectation"])


def _matcher(method: Matcher) -> Matcher:
    """A matcher tells all that is wrong so far when it is done, so that one message has it all."""

    @functools.wraps(method)
    def judged(self: Expectation, *args: Any, **kwargs: Any) -> Expectation:
        self._root._asked.append((self._keys, method.__name__, args, kwargs))
        method(self, *args, **kwargs)
        self._root._tell()
        return self

    return cast(Matcher, judged)


class Expectation:
    """Judges one call, or a part of its result; every matcher returns the expectation, so that they chain."""

    def __init__(
        self,
        seen: Seen,
        known: tuple[Misconception, ...],
        next_step: str | None,
        may_change: bool | Iterable[str] | None,
    ) -> None:
        self.seen = seen
        self.known = known
        self.want: Any = None
        self._next = next_step
        self._keys: tuple[str, ...] = ()  # which part of the result
        self._findings: list[Finding] = []
        self._asked: list[_Asked] = []
        self._error_expected = False
        self._root = self
        self._may_change = may_change if isinstance(may_change, bool | None) else frozenset(may_change)
        collected = _collected.get()
        if collected is not None:
            collected.calls += 1
        if (expectations := counted.get()) is not None:
            expectations.append(self)
        self._add(self._unchanged() + self._ran())

    def __repr__(self) -> str:
        return f"<{self.seen.call}: {'not as expected' if self._root._findings else 'as expected so far'}>"

    def _ipython_display_(self) -> None:
        """Nothing: the last line of a cell is often an expectation, and its value is no news."""

    # ---- what was returned

    @_matcher
    def returned(
        self,
        want: Any,
        *,
        close: float | tuple[float, float] | None = None,
        or_type: type | tuple[type, ...] = (),
    ) -> Self:
        """The result is `want`: values, shape, dtype, device and exact type, at every level of lists, tuples and dicts.

        close: rtol and atol, one number for both or a pair (as torch.testing.assert_close); None for exact equality.
        nan equals nan. or_type: types that are accepted besides the exact one, at any level.
        """
        fact = self._fact()
        if fact is None:
            return self
        types = frozenset(class_name(cls) for cls in (or_type if isinstance(or_type, tuple) else (or_type,)))
        found = differences(fact, take(want), Tolerance.of(close), types, self._path())
        return self._add(found, want)

    @_matcher
    def raised(self, *errors: type[BaseException], naming: Iterable[str] = ()) -> Self:
        """The call raised one of `errors` or a subclass, with every text of `naming` in its message."""
        self._root._allow_error()
        expected = " or ".join(error.__name__ for error in errors)
        seen = self.seen.raised
        if seen is None:
            seen_text = f"no error, {spell_fact(self.seen.result)}"
            return self._add([Finding("raised", "", seen_text, expected)], errors)
        if not {class_name(error) for error in errors} & set(seen.bases):
            return self._add([Finding("raised", "", _error_line(seen), expected, _at(seen))], errors)
        missing = [name for name in naming if name not in seen.message]
        if missing:
            wanted = f"a message that names {' and '.join(missing)}"
            return self._add([Finding("raised", "", _error_line(seen), wanted)], errors)
        return self

    @_matcher
    def printed(self, text: str) -> Self:
        """The call printed exactly `text`, trailing white space aside."""
        if self._fact() is not None and self.seen.printed.rstrip() != text.rstrip():
            self._add([Finding("printed", "", repr(self.seen.printed), repr(text))], text)
        return self

    @_matcher
    def that(
        self, holds: Callable[[Seen], Any], *, expected: str, seen_text: Callable[[Seen], str] | str | None = None
    ) -> Self:
        """Anything else about the call: `holds(seen)` is true. expected and seen_text: what the student reads."""
        if self._fact() is None:
            return self
        try:
            fine = bool(holds(self.seen))
        except Exception:  # a result of another type than the predicate expects is a wrong result
            fine = False
        if fine:
            return self
        try:
            text = seen_text(self.seen) if callable(seen_text) else seen_text
        except Exception:
            text = None
        return self._add([Finding("check", self._path(), text or spell_fact(self._fact()), expected)])

    # ---- identity and memory

    @_matcher
    def is_the_same_object_as(self, name: str) -> Self:
        """The result is the very object that was passed as `name`."""
        if self._fact() is not None and self._argument(name) and (self._dotted(), name) not in self.seen.objects:
            self._add([Finding("object", self._path(), "another object", f"the very object passed as {name}")])
        return self

    @_matcher
    def is_not_the_same_object_as(self, name: str) -> Self:
        """The result is an object of its own."""
        if self._fact() is not None and self._argument(name) and (self._dotted(), name) in self.seen.objects:
            self._add([Finding("object", self._path(), f"the very object passed as {name}", "an object of its own")])
        return self

    @_matcher
    def shares_memory_with(self, name: str) -> Self:
        """The result and the argument have an element in common: a write to one can be seen in the other."""
        if self._memory() is not None and self._argument(name) and (self._dotted(), name) not in self.seen.shared:
            self._add([Finding("memory", self._path(), "memory of its own", f"memory shared with {name}")])
        return self

    @_matcher
    def same_memory_as(self, name: str) -> Self:
        """The result lies exactly where the argument lies: first address, shape and strides; so every element is
        shared.

        Strides of axes with one element, which lead nowhere, may differ.
        """
        mine, theirs = self._memory(), self._argument(name)
        if mine is None or theirs is None:
            return self
        if not isinstance(theirs, TensorFacts | ArrayFacts):
            raise AuthorError(f"The argument {name} of {self.seen.call} is no tensor and no array.")
        if 0 not in mine.shape and not _same_place(mine.place, theirs.place):
            partly = (self._dotted(), name) in self.seen.shared
            seen = f"only partly the memory of {name}" if partly else "memory of its own"
            self._add([Finding("memory", self._path(), seen, f"exactly the memory of {name}")])
        return self

    @_matcher
    def shares_no_memory(self, name: str | None = None) -> Self:
        """No tensor of the result shares an element with the argument, or with any argument."""
        if self._fact() is None or (name is not None and self._argument(name) is None):
            return self
        inside = [(path, other) for path, other in self.seen.shared if _is_below(path, self._dotted())]
        for _, other in sorted(inside):
            if name is None or _is_below(other, name):
                return self._add([Finding("memory", self._path(), f"memory shared with {other}", "memory of its own")])
        return self

    @_matcher
    def own_elements(self) -> Self:
        """No two elements of the result share memory: writing to one changes no other."""
        fact = self._memory()
        if fact is not None and not fact.own_elements:
            expected = "memory of its own for every element"
            self._add([Finding("memory", self._path(), "elements that share memory", expected)])
        return self

    # ---- gradients

    @_matcher
    def is_leaf(self, *, requires_grad: bool | None = None) -> Self:
        """The result is a leaf of the graph; requires_grad: whether backward is to fill its `.grad`."""
        fact = self._tensor()
        if fact is not None and not fact.is_leaf:
            self._add([Finding("leaf", self._path(), f"a computed tensor ({fact.grad_fn})", "a leaf")])
        return self if requires_grad is None else self.requires_grad(requires_grad)

    @_matcher
    def requires_grad(self, wanted: bool = True) -> Self:
        """Whether gradients are recorded for the result."""
        fact = self._tensor()
        if fact is not None and fact.requires_grad != wanted:
            seen = f"requires_grad={fact.requires_grad}"
            self._add([Finding("history", self._path(), seen, f"requires_grad={wanted}")])
        return self

    @_matcher
    def no_history(self) -> Self:
        """No tensor of the result requires grad or knows an operation that made it."""
        for path, fact in _tensors_in(self._fact(), self._path()):
            if fact.requires_grad or fact.grad_fn is not None:
                seen = f"requires_grad=True ({fact.grad_fn or 'a leaf'})"
                self._add([Finding("history", path, seen, "no history: requires_grad=False")])
        return self

    @_matcher
    def gradient(self, name: str, want: Any, *, close: float | tuple[float, float] | None = None) -> Self:
        """`.grad` of the argument: after observe_backward what the backward pass left there, else after the call.

        want: a tensor; 0 for "zeros or none"; None for strictly none.
        """
        if self.seen.raised is not None or self.seen.backward_raised is not None or self._argument(name) is None:
            return self
        fact = self._gradient_of(name)
        label = f"{name}.grad"
        if want is None or (type(want) is int and want == 0):
            if fact is not None and (want is None or bool((fact.values != 0).any())):
                expected = "None" if want is None else "no gradient (None or zeros)"
                self._add([Finding("gradient", label, spell_numbers(fact), expected)], want)
            return self
        if fact is None:
            return self._add([Finding("gradient", label, "None", spell(want))], want)
        found = differences(fact, take(want), Tolerance.of(close), frozenset({fact.type_name}))
        return self._add([Finding("gradient", label, f.seen, f.expected, f.detail) for f in found], want)

    # ---- place

    @_matcher
    def on(self, device: str | torch.device) -> Self:
        """The result is on this device; a missing index means the first."""
        fact = self._tensor()
        if fact is not None and not same_device(fact.device, str(device)):
            self._add([Finding("device", self._path(), fact.device, str(device))])
        return self

    @_matcher
    def changed_in_place(self, name: str, want: Any, *, close: float | tuple[float, float] | None = None) -> Self:
        """The argument holds `want` afterwards, in the memory that it had."""
        if self.seen.raised is not None or self._argument(name) is None:
            return self
        self._root._allow_change(name)
        fact = _resolve(self.seen.after, name)
        if fact is None:
            return self._add([Finding("argument", name, "gone", spell(want))], want)
        found = [
            Finding("argument", name, f.seen, f.expected, f.detail)
            for f in differences(fact, take(want), Tolerance.of(close), frozenset({fact.type_name}))
        ]
        if not self.seen.kept_memory.get(name, True):
            found.append(Finding("memory", name, "other memory than before", "changed in the memory that it had"))
        return self._add(found, want)

    def at(self, key: int | str) -> Expectation:
        """The expectations on one item of a list, tuple or dict that was returned. Counts from the end below 0."""
        whole = self._part(self.seen.result)
        if isinstance(key, int) and key < 0 and isinstance(whole, Items):
            key += len(whole.items)
        return self._below((*self._keys, str(key)))

    def _below(self, keys: tuple[str, ...]) -> Expectation:
        part = copy.copy(self)
        part._keys = keys
        return part

    def _path(self) -> str:
        return "".join(f"[{key}]" for key in self._keys)

    def _part(self, fact: Fact | None) -> Fact | None:
        for key in self._keys:
            fact = _item(fact, key)
        return fact

    # ---- how a report is made

    def failure(self) -> Failure:
        """This expectation, failed, as the search for a misconception takes it."""
        return Failure(self.seen, self.want, self.known, self._also_fails)

    def _also_fails(self, other: Seen) -> bool:
        """Whether another observation of the same call fails what was asked of this one."""
        token = counted.set(None)
        try:
            with collecting():
                again = Expectation(other, (), None, self._may_change)
                for keys, matcher, args, kwargs in self._asked:
                    getattr(again._below(keys), matcher)(*args, **kwargs)
        finally:
            counted.reset(token)
        return bool(again._findings)

    def report(self, known: Misconception | None) -> Report:
        """The report of this call. known: the misconception that was recognised behind it."""
        common = None if known is not None else self.common()
        if common is not None:
            return common
        return Report(
            self._headline().format(call=self.seen.call),
            words.rows_of(self._findings),
            why=known.why if known else "",
            misconception=known.name if known else "",
            next=self._step(known),
            link=(known.link or "") if known else words.default_link(self._findings),
            subject=self.subject,
        )

    def _headline(self) -> str:
        if self.seen.raised is not None and not self._error_expected:
            return words.HEADLINE_RAISED
        return words.HEADLINE if self.seen.backward_raised is None else words.HEADLINE_BACKWARD

    def _step(self, known: Misconception | None) -> str:
        """The one next step: of a limit that was hit, of the misconception, of the test, else the usual one."""
        raised = self.seen.raised
        if isinstance(raised, Ended):
            return words.ADVICE.get(raised.limit, words.ADVICE_OTHERWISE)
        scenario, stopped = bool(self.seen.made_by.subjects), self.seen.backward_raised is not None
        usual = words.default_next(self.seen.call, self.subject, self._findings, scenario=scenario, backward=stopped)
        return (known.next if known else None) or self._next or usual

    def common(self) -> Report | None:
        """The report of a mistake that every exercise knows, if this is one."""
        raised = self.seen.raised
        if self._error_expected and (raised is None or raised.type_name not in _NEVER_WANTED):
            return None
        none = raised is None and isinstance(self.seen.result, Plain) and self.seen.result.value is None
        wanted_a_value = any(f.aspect == "type" and f.seen == "None" for f in self._findings)
        return words.common_cause(self.seen.call, self.subject, raised, returned_none=none and wanted_a_value)

    @property
    def subject(self) -> str:
        """The name of the student's function or class in this call."""
        call = self.seen.made_by
        fn = call.args[call.subjects[0]] if call.subjects else call.fn
        return str(getattr(fn, "__name__", "the function"))

    def _add(self, findings: Sequence[Finding], want: Any = None) -> Self:
        if not findings:
            return self
        root = self._root
        root.want = want if root.want is None else root.want
        root._findings.extend(f for f in findings if f not in root._findings)
        _ = root.seen.call  # spelled now: a test may change its arguments before the report is made
        collected = _collected.get()
        if collected is not None and root not in collected.failed:
            collected.failed.append(root)
        return self

    def _tell(self) -> None:
        """Without a collector, raise what was found."""
        if self._findings and _collected.get() is None:
            raise CheckFailed(self._only_report())

    def _only_report(self) -> Report:
        _, known = most_telling([self.failure()])
        return self.report(known)

    @property
    def failed(self) -> bool:
        """Whether something was found so far that is not as expected."""
        return bool(self._root._findings)

    def tell(self) -> Report | None:
        """The report so far, or None: for a chain that ended before a matcher could raise."""
        return self._only_report() if self._findings else None

    def _allow_error(self) -> None:
        """`.raised` was asked for: an exception is no failure by itself."""
        self._error_expected = True
        self._forgive(lambda finding: finding.aspect == "raised")

    def _allow_change(self, name: str) -> None:
        """`.changed_in_place` was asked for: what was found about this argument so far is no failure."""
        if self._may_change is True:
            return
        self._may_change = frozenset({name} | (self._may_change or frozenset()))
        self._forgive(lambda finding: finding.aspect == "argument" and finding.path.split("[")[0] == name)

    def _forgive(self, fine: Callable[[Finding], bool]) -> None:
        self._findings = [finding for finding in self._findings if not fine(finding)]
        collected = _collected.get()
        if collected is not None and self in collected.failed and not self._findings:
            collected.failed.remove(self)

    def _ran(self) -> list[Finding]:
        raised = self.seen.raised
        if raised is not None:
            return [Finding("raised", "", _error_line(raised), "no error", _at(raised))]
        if not self.seen.grad_mode_kept:
            return [Finding("argument", "torch.is_grad_enabled()", "changed by the call", "as before the call")]
        stopped = self.seen.backward_raised
        if stopped is None:
            return []
        seen = f"backward raised {_error_line(stopped)}"
        return [Finding("gradient", "", seen, "a backward pass without an error", _at(stopped))]

    def _unchanged(self) -> list[Finding]:
        if self._may_change is True or (self._may_change is None and self._any_in_place()):
            return []
        allowed = self._may_change or frozenset()
        found: list[Finding] = []
        for name, before in self.seen.arguments.items():
            if name not in allowed:
                found += self._changes(name, before)
        return found

    def _changes(self, name: str, before: Fact) -> list[Finding]:
        found = changes(before, self.seen.after[name], name)
        if not found and not self.seen.kept_memory.get(name, True):
            found = [Finding("argument", name, "other memory than before", "the memory it had before the call")]
        if not found and not self.seen.kept_grad.get(name, True):
            found = [Finding("argument", name, "another .grad", "the .grad it had before the call")]
        return found

    def _any_in_place(self) -> bool:
        call = self.seen.made_by
        functions = [call.args[n] for n in call.subjects] or [call.fn]
        return any(str(getattr(fn, "__name__", "")).endswith("_") for fn in functions)

    def _fact(self) -> Fact | None:
        """The part of the result that is judged; None when there is none to judge, which was reported already."""
        if self.seen.raised is not None:
            return None
        fact = self._part(self.seen.result)
        if fact is None:
            expected = f"something with an item {self._path()}"
            self._add([Finding("type", "", spell_fact(self.seen.result), expected)])
        return fact

    def _memory(self) -> TensorFacts | ArrayFacts | None:
        fact = self._fact()
        if fact is None or isinstance(fact, TensorFacts | ArrayFacts):
            return fact
        self._add([Finding("type", self._path(), spell_fact(fact), "a tensor")])
        return None

    def _tensor(self) -> TensorFacts | None:
        fact = self._memory()
        if isinstance(fact, ArrayFacts):
            self._add([Finding("type", self._path(), "numpy.ndarray", "torch.Tensor")])
            return None
        return fact

    def _gradient_of(self, name: str) -> TensorFacts | None:
        if self.seen.gradients is not None:
            return self.seen.gradients.get(name)
        fact = _resolve(self.seen.after, name)
        return fact.grad if isinstance(fact, TensorFacts) else None

    def _dotted(self) -> str:
        return ".".join(self._keys)

    def _argument(self, name: str) -> Fact | None:
        """The argument of this name, or item of one ("xs.0"), as it was before the call.

        None, and a finding, when a student's function names its parameters otherwise than the exercise does. Raises
        AuthorError when the test's own call has no such argument.
        """
        fact = _resolve(self.seen.arguments, name)
        if fact is not None:
            return fact
        call, known = self.seen.made_by, ", ".join(self.seen.arguments) or "none"
        if call.subjects or isinstance(call.fn, StandIn):
            raise AuthorError(f"The call {self.seen.call} has no argument named {name!r}.", f"It has: {known}.")
        self._add([Finding("parameters", "", known, f"one named {name}")])
        return None


_Asked = tuple[tuple[str, ...], str, tuple[Any, ...], dict[str, Any]]  # part of the result, matcher, its arguments
# A test may ask for an error; these two say that nothing was tried.
_NEVER_WANTED = ("NotImplementedError", "SyntaxError")


def _resolve(facts: Mapping[str, Fact], name: str) -> Fact | None:
    """A fact by its name, or by the dotted path to an item of it."""
    root, *keys = name.split(".")
    fact = facts.get(name) or facts.get(root)
    if name not in facts:
        for key in keys:
            fact = _item(fact, key)
    return fact


def _same_place(a: Place | None, b: Place | None) -> bool:
    if a is None or b is None:
        return a is b
    steps = [[step for step, size in zip(p.strides, p.shape, strict=True) if size > 1] for p in (a, b)]
    return (a.space, a.address, a.shape, a.itemsize, steps[0]) == (b.space, b.address, b.shape, b.itemsize, steps[1])


def _item(fact: Fact | None, key: str) -> Fact | None:
    if not isinstance(fact, Items):
        return None
    if fact.keys is None:
        return fact.items[int(key)] if key.isdigit() and int(key) < len(fact.items) else None
    pairs = zip(fact.keys, fact.items, strict=True)
    return next((value for k, value in pairs if isinstance(k, Plain) and str(k.value) == key), None)


def _is_below(path: str, root: str) -> bool:
    return root == "" or path == root or path.startswith(f"{root}.")


def _tensors_in(fact: Fact | None, path: str) -> Iterator[tuple[str, TensorFacts]]:
    if isinstance(fact, TensorFacts):
        yield path, fact
    elif isinstance(fact, Items):
        for number, item in enumerate(fact.items):
            name = str(number) if fact.keys is None else spell_fact(fact.keys[number])
            yield from _tensors_in(item, f"{path}[{name}]")


def _error_line(raised: Raised) -> str:
    first = raised.message.strip().splitlines()[0] if raised.message.strip() else ""
    name = raised.type_name.rsplit(".", 1)[-1]
    return f"{name}: {first}"[:200] if first else name


def _at(raised: Raised) -> str:
    return f"at your line: {raised.own_lines[-1]}" if raised.own_lines else ""
