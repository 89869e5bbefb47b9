"""One judged call: what was demanded of it, what of that is wrong, and its report.

Pure: an observation in, a report out; of another observation of the same call it says whether that fails too. Makes no
text before a report is asked for, but for what a test could change meanwhile. Must not know the cell that it is in.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from torchmarks.checks import concealing
from torchmarks.checks import messages as words
from torchmarks.checks.compare import Finding, in_order
from torchmarks.checks.definitions import NoFunction
from torchmarks.checks.diagnosis import Diagnosis, Failure, most_telling
from torchmarks.checks.facts import Ended, Plain
from torchmarks.checks.formatting import Proxy
from torchmarks.checks.matching import Absent, Answer, Findings, Part, kept, ran
from torchmarks.checks.observe import Seen
from torchmarks.checks.paths import named
from torchmarks.checks.reasons import Reason
from torchmarks.checks.report import Report
from torchmarks.checks.scenarios import scenario_of
from torchmarks.checks.sentences import say
from torchmarks.checks.shown import Code, code_of
from torchmarks.errors import AuthorError


@dataclass(frozen=True, slots=True)
class Demand:
    """A matcher's demand on a call. keys: of which part of the result; check: the question; want: the value that a
    misconception's `when` gets; error: an exception alone is not a failure; change: the argument that may change; now:
    its texts depend on objects of the test, and are made at once.
    """

    keys: tuple[str, ...]
    check: Callable[[Part], Answer]
    want: Any = None
    error: bool = False
    change: str | None = None
    now: bool = False


# Python's own words.
_NOT_CALLABLE: Final = re.compile(r"'(.+)' object is not callable")
# Common causes that the failing call itself shows.
_SHOWN: Final = (Reason.WRONG_SIGNATURE, Reason.RETURNED_NOTHING, Reason.ENDLESS_RECURSION)
# A test may ask for an error; these say that nothing was tried.
_NEVER_WANTED: Final = ("NotImplementedError", "SyntaxError", words.ASKED_FOR_INPUT)


class JudgedCall:
    """A call, what was demanded of it, and what is wrong.

    next_step: one to offer; may_change: True, or the names of the arguments that
    the call may change, or None for what the names of its functions say; imitating: it is only asked whether it fails.
    """

    def __init__(
        self,
        seen: Seen,
        next_step: str | None = None,
        may_change: bool | frozenset[str] | None = None,
        *,
        imitating: bool = False,
    ) -> None:
        self.seen = seen
        self.want: Any = None
        self._next = next_step
        self._may_change = may_change
        self._imitating = imitating
        self._demands: list[Demand] = []
        self._error_expected = False
        self._found: list[Finding] | None = None  # made when they are first asked for
        self._changed = self._arguments_changed()
        self._ran = ran(seen)
        self._wrong: list[Findings] = []
        self._failed_demands: set[int] = set()
        if self.failed:
            self._keep_call()

    @property
    def failed(self) -> bool:
        """Whether something is not as demanded so far."""
        return bool(self._wrong or self._changed) or self._ran is not None

    @property
    def out_of_time(self) -> bool:
        """Whether the call was ended because it took too long."""
        ended = self._ended()
        return ended is not None and ended.limit == "timeout"

    def ask(self, demand: Demand) -> None:
        """Adds a demand, and judges it at once."""
        self._demands.append(demand)
        if demand.error:
            self._allow_error()
        if demand.change is not None:
            self._allow_change(demand.change)
        answer = demand.check(Part(self.seen, demand.keys))
        findings = answer.findings if isinstance(answer, Absent) else answer
        if findings is None:
            return
        self._found = None
        self._failed_demands.add(len(self._demands))
        if self.want is None and not isinstance(answer, Absent):
            self.want = demand.want
        if demand.now and not self._imitating:
            made = findings()
            self._wrong.append(lambda: made)
        else:
            self._wrong.append(findings)
        self._keep_call()

    def _keep_call(self) -> None:
        if not self._imitating:
            # Formatted and packed now: a test may change its arguments before the report is made.
            _ = self.seen.call
            with contextlib.suppress(AuthorError):  # a class of the test's that only another process can be given
                _ = self.seen.made_by.packed

    def _arguments_changed(self) -> dict[str, Findings]:
        if self._may_change is True or (self._may_change is None and self._any_in_place()):
            return {}
        allowed = self._may_change or frozenset()
        found = {name: kept(self.seen, name) for name in self.seen.arguments if name not in allowed}
        return {name: findings for name, findings in found.items() if findings is not None}

    def _any_in_place(self) -> bool:
        call = self.seen.made_by
        functions = [call.args[n] for n in call.subjects] or [call.fn]
        # As PyTorch names what works in place.
        return any(str(getattr(fn, "__name__", "")).endswith("_") for fn in functions)

    def _allow_error(self) -> None:
        self._error_expected = True
        if self.seen.raised is not None:
            self._ran = self._found = None

    def _allow_change(self, name: str) -> None:
        if self._may_change is True or self.seen.raised is not None or named(self.seen.arguments, name) is None:
            return
        self._may_change = frozenset({name} | (self._may_change or frozenset()))
        self._found = None
        self._changed.pop(name, None)

    def findings(self) -> list[Finding]:
        """All that is wrong, each once."""
        if self._found is None:
            first = [self._ran] if self._ran is not None else []
            every = [f for findings in (*self._changed.values(), *first, *self._wrong) for f in findings()]
            self._found = list(dict.fromkeys(every))  # two matchers of a chain may find the same
        return self._found

    @property
    def kind(self) -> frozenset[tuple[str, str]]:
        """What is wrong with it, without its values: the rows of its table, and the error."""
        rows = {(finding.aspect, finding.path) for finding in self.findings() if not finding.agrees}
        rows = {("shape" if aspect == "axes" else aspect, path) for aspect, path in rows}
        # Of another shape no values are compared: those of a square would be wrong for the same reason.
        rows |= {("values", path) for aspect, path in rows if aspect == "shape"}
        return frozenset(rows | ({(self.seen.raised.type_name, "")} if self.seen.raised else set()))

    def fails_alike(self, other: Seen) -> bool:
        """Whether another observation of the same call fails, and fails the same demands as this one.

        An imitation within rounding of the student's result may fail for what it did to an argument alone, where the
        student's fails for the digits.
        """
        again = JudgedCall(other, may_change=self._may_change, imitating=True)
        for demand in self._demands:
            again.ask(demand)
        return again.failed and again._failing == self._failing

    @property
    def _failing(self) -> frozenset[int | str]:
        """What is not as demanded: arguments by name, demands by number, "" for what every call is asked."""
        every = {""} if self._ran is not None else set()
        return frozenset(self._failed_demands | self._changed.keys() | every)

    def failure(self, number: int = 0) -> Failure:
        """This call, failed, as the search for a misconception takes it. number: of it among those of its cell."""
        return Failure(self.seen, self.want, self.fails_alike, number)

    def tell(self) -> Report | None:
        """The report of this call by itself, or None when all is well so far."""
        return self.report(most_telling([self.failure()])[1]) if self.failed else None

    # ---- how a report is made

    def concealed(self, diagnosis: Diagnosis | None) -> Report:
        """The report without a value of this call, and without what the student's code could put into it."""
        common = None if diagnosis is not None else self.common()
        if common is not None:
            return concealing.of_common(common, self.subject)
        return concealing.of_findings(self.findings(), self.subject, diagnosis, self.seen)

    def unquoted(self, diagnosis: Diagnosis | None) -> Report:
        """The report with the call and what was expected of it, and nothing that the student's process said."""
        return concealing.of_drawn(self.concealed(diagnosis), self.findings(), self.seen.call)

    def report(self, diagnosis: Diagnosis | None) -> Report:
        """The report of this call. diagnosis: of the misconception that was recognised behind it."""
        # A misconception that its author knows says more than a cause that fits every exercise.
        common = None if diagnosis is not None else self.common()
        if common is not None:
            return replace(common, code=self._code.lines if common.misconception in _SHOWN else ())
        return Report(
            self._headline(),
            (
                *words.rows_of(self.findings(), self._returns),
                *words.rows_of_warnings(self.seen.warnings),
            ),
            why=diagnosis.why if diagnosis else "",
            misconception=diagnosis.name if diagnosis else "",
            next=self._step(diagnosis),
            authored=words.authored(why=diagnosis.why if diagnosis else "", next=self._authors_step(diagnosis)),
            link=diagnosis.link if diagnosis else words.default_link(self.findings()),
            subject=self.subject,
            limit=self.seen.raised.limit if isinstance(self.seen.raised, Ended) else "",
            code=self._code.lines,
        )

    @functools.cached_property
    def _returns(self) -> tuple[str, ...]:
        return scenario_of(self.seen.made_by.fn).returns

    @functools.cached_property
    def _code(self) -> Code:
        return code_of(self.seen, self.findings())

    def _headline(self) -> str:
        if self.seen.raised is not None and not self._error_expected:
            return say("stopped", call=self.seen.call)
        return say("not_as_asked" if self.seen.backward_raised is None else "backward_stopped", call=self.seen.call)

    def _ended(self) -> Ended | None:
        return next((x for x in (self.seen.raised, self.seen.backward_raised) if isinstance(x, Ended)), None)

    def _authors_step(self, diagnosis: Diagnosis | None) -> str:
        """The next step that the misconception or the test brings, where it applies to what is reported."""
        if self._ended() is not None:
            return ""
        # A test writes of what should come out; where that is right and an argument was changed it leads nowhere.
        findings = in_order(self.findings())
        changed = bool(findings) and findings[0].aspect == "argument" and not self._is_to_change()
        stopped = not self._error_expected and (self.seen.raised or self.seen.backward_raised)
        of_test = "" if changed or (stopped and not words.is_about(self._next or "", stopped)) else self._next
        steps = (diagnosis.next if diagnosis else "", of_test or "")
        return next((step for step in steps if step and not words.repeats(step, self._code.lines)), "")

    def _step(self, diagnosis: Diagnosis | None) -> str:
        """The one next step: of a limit that was hit, of the misconception, of the test, else the usual one."""
        if (ended := self._ended()) is not None:
            return words.advice(ended.limit)
        scenario = bool(self.seen.made_by.subjects)
        raised, backward = self.seen.raised is not None, self.seen.backward_raised is not None
        if given := self._authors_step(diagnosis):
            return given
        if step := words.step_of_error(self.seen.raised, self.findings(), asked=self._error_expected):
            return step
        if self._code.too_large:
            return say("next_too_large", subject=self.subject)
        return words.default_next(
            self.subject,
            self.findings(),
            shown=bool(self._code.lines),
            scenario=scenario,
            raised=raised,
            backward=backward,
            own_line=bool(self.seen.raised and self.seen.raised.own_lines),
            to_change=self._is_to_change(),
            returns=self._returns,
        )

    def _is_to_change(self) -> bool:
        """Whether the first finding shown is about an argument that the call may change."""
        findings = self.findings()
        name = re.match(r"\w*", in_order(findings)[0].path) if findings else None
        return name is not None and name[0] in self.seen.arguments and name[0] not in self._changed

    def common(self) -> Report | None:
        """The report of a mistake that every exercise knows, if this is one."""
        raised = self.seen.raised
        if (kind := self._kind_of_no_function()) is not None:
            return words.no_function(self.subject, kind)
        if self._error_expected and (raised is None or raised.type_name not in _NEVER_WANTED):
            return None
        none = raised is None and isinstance(self.seen.result, Plain) and self.seen.result.value is None
        # None is the right result of many a function: it must be what was found wrong.
        nothing = none and self._is_students() and any(finding.none for finding in self.findings())
        return words.common_cause(self.seen.call, self.subject, raised, returned_none=nothing)

    def _kind_of_no_function(self) -> str | None:
        """The type of what was called, when that is not a function."""
        call, raised = self.seen.made_by, self.seen.raised
        fn = call.args[call.subjects[0]] if call.subjects else call.fn
        if isinstance(fn, NoFunction):
            return fn.kind
        if not isinstance(call.fn, Proxy) or raised is None or raised.own_lines or raised.type_name != "TypeError":
            return None
        refused = _NOT_CALLABLE.fullmatch(raised.message)
        return refused[1] if refused else None

    def _is_students(self) -> bool:
        """Whether the result is that of the student's function: what a scenario returns need not be."""
        call = self.seen.made_by
        steps = scenario_of(call.fn).steps if call.subjects else ()
        return not steps or steps[-1].startswith(f"{self.subject}(")

    @property
    def subject(self) -> str:
        """The name of the student's function or class in this call."""
        call = self.seen.made_by
        fn = call.args[call.subjects[0]] if call.subjects else call.fn
        return str(getattr(fn, "__name__", "the function"))
