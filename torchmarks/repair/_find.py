"""Find a student's notebook under a name that is not the released one.

Pure: names and bytes in, a choice out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from torchmarks.printable import printable

from ._outcome import Refused, Repair

_SUFFIX = re.compile(r"\.ipynb(?:\.[a-z]+)?[ ~]*$|\.json$", re.IGNORECASE)  # .ipynb.txt, .ipynb.download
_PACKED = re.compile(r"\.(?:zip|gz|tgz|tar|bz2|xz|7z|rar)$", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+|[0-9]+")
_COPY = {"copy", "final", "solution", "submission", "new", "v", "ipynb"}


@dataclass(frozen=True, slots=True)
class Found:
    """The file `name` is the notebook; `repairs` says so if that is not its released name."""

    name: str
    repairs: tuple[Repair, ...]


def choose(scores: Mapping[str, int], wanted: str) -> Found | Refused:
    """The unique best of several notebooks for `wanted`; `scores` grows with what each holds (0: it is refused).

    At least one must fit.
    """
    fitting = {name: score for name, score in scores.items() if score > 0}
    best = max((score, _likeness(name, wanted)) for name, score in fitting.items())
    names = sorted(name for name, score in fitting.items() if (score, _likeness(name, wanted)) == best)
    if len(names) > 1:
        return Refused(
            f"There is no notebook {wanted}, and several could be it: {', '.join(map(printable, names))}.",
            f"Keep one of them and name it {wanted}.",
        )
    message = f"The notebook was named {printable(names[0])}; it was read as {wanted}."
    return Found(names[0], (Repair("renamed", None, message),))


def explain(refused: Mapping[str, Refused], files: Iterable[str], wanted: str) -> Refused:
    """Why none of the files is the notebook: of those that might have been the likeliest is named with its reason."""
    reason, remedy = f"There is no notebook {wanted}.", f"Submit the notebook under the name {wanted}."
    packed = sorted(name for name in files if _PACKED.search(name))
    if refused:
        name, why = next(iter(refused.items()))
        reason = f"{reason} {printable(name)} was not taken for it: {why.reason}"
        remedy = why.remedy
    elif packed:
        reason = f"{reason} {printable(packed[0])} is an archive, which nobody unpacks."
        remedy = f"Unpack it, and submit the notebook itself under the name {wanted}."
    return Refused(reason, remedy)


def by_likeness(names: Iterable[str], wanted: str) -> list[str]:
    """The names, the likeliest first."""
    return sorted(names, key=lambda name: (-_likeness(name, wanted), name))


def is_notebook_name(name: str) -> bool:
    """Might a file of this name be the submitted notebook? Jupyter's own checkpoints are not."""
    return bool(_SUFFIX.search(name)) and ".ipynb_checkpoints" not in name.replace("\\", "/").split("/")


def _likeness(name: str, wanted: str) -> float:
    base = re.split(r"[/\\]", name)[-1]
    one, other = (set(_WORD.findall(_SUFFIX.sub("", text).lower())) for text in (base, wanted))
    return len(one & other) / max(len((one - _COPY) | other), 1)
