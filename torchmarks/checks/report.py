"""What a student reads about a check: a failed one as data, with its lines as plain text; `messages` makes it.

Loads no PyTorch: records of grades are read where nothing is judged. Must not judge.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from torchmarks.checks.sentences import say


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison. label: such as "dtype", or "dtype of [1]"; expected: "" where there is none."""

    label: str
    seen: str
    expected: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a student reads about a check that failed.

    headline: the call and that it is not right; rows: seen against expected; why: one sentence, or nothing;
    misconception: its id, or nothing; next: one step; link: a documentation page, or nothing; note: how many calls
    differ; left: what cells had left set, or nothing; missing: the name that the notebook does not have, if that is the
    matter; limit: the name of the limit that it is about, or nothing; code: lines of Python that show the failure;
    others: failures of the same test that are of another kind, each without a reason and a next step of its own;
    authored: which of why and next an author wrote, in the language of the notebook and not in that of the sentences.
    """

    headline: str
    rows: tuple[Row, ...] = ()
    _: KW_ONLY
    why: str = ""
    misconception: str = ""
    next: str = ""
    link: str = ""
    note: str = ""
    subject: str = ""
    left: str = ""
    missing: str = ""
    limit: str = ""
    code: tuple[str, ...] = ()
    others: tuple[Report, ...] = ()
    authored: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The report as plain text, for terminals and screen readers."""
        lines = [self.headline]
        label = max((len(row.label) for row in self.rows), default=0)
        seen = max((len(row.seen) for row in self.rows if row.expected and not _is_wide(row)), default=0)
        for row in self.rows:
            lines += _row_lines(row, label, seen)
        if self.note:
            lines.append(f"  {self.note}")
        if self.left:
            lines.append(f"{say('headed_note')} {self.left}")
        if self.why:
            named = f"      ({self.misconception})" if self.misconception else ""
            lines.append(f"{say('headed_why')} {self.why}{named}")
        if self.code:
            lines += [say("headed_code"), *(f"    {line}" for line in self.code)]
        if "\n" in self.next:
            lines += [say("headed_next"), *(f"    {line}" for line in self.next.split("\n"))]
        elif self.next:
            lines.append(f"{say('headed_next')} {self.next}")
        if self.link:
            lines.append(f"{say('headed_read')} {self.link}")
        for other in self.others:
            lines += [say("headed_other"), *(f"  {line}" for line in other.lines())]
        return lines

    def text(self) -> str:
        """The lines as one string."""
        return "\n".join(self.lines())

    def short(self) -> str:
        """One line: the call, the first difference, the misconception."""
        named = f" ({self.misconception})" if self.misconception else ""
        return f"{self._first_line()}{named}"

    def above(self) -> str:
        """What stands below the box, which says the rest."""
        return say("above", subject=self.subject) if self.subject else self.headline

    def _first_line(self) -> str:
        if not self.rows:
            return self.headline
        first = self.rows[0]
        if not first.expected:
            return say("short_seen", headline=self.headline, label=first.label, seen=first.seen)
        return say("short", headline=self.headline, label=first.label, seen=first.seen, expected=first.expected)


def as_expected(count: int) -> str:
    """The one line where nothing failed. count: of the calls."""
    return say("passed", count=count) if count else say("passed_none")


_COLUMN = 40


def _is_wide(row: Row) -> bool:
    return len(row.seen) > _COLUMN or len(row.expected) > 2 * _COLUMN  # expected is the last column


def _row_lines(row: Row, label: int, seen: int) -> list[str]:
    ours, theirs = say("column_seen"), say("column_expected")
    if not row.expected:
        lines = [f"  {row.label:<{label}}  {row.seen}"]
    elif _is_wide(row):
        width = max(len(ours), len(theirs))
        lines = [f"  {row.label:<{label}}  {ours:<{width}} {row.seen}"]
        lines += [f"  {'':<{label}}  {theirs:<{width}} {row.expected}"]
    else:
        lines = [f"  {row.label:<{label}}  {ours} {row.seen:<{seen}}    {theirs} {row.expected}"]
    return lines + ([f"  {'':<{label}}  {row.detail}"] if row.detail else [])
