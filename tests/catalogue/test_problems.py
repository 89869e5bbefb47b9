"""torchmarks.catalogue.problems: what is wrong with the structure of a catalogue is said, a line each."""

from torchmarks.catalogue import problems, read_catalogue

from .entries import entry

HEAD = '# %% f | misconception | m\nwhy = "So."\n'


def _answers(*values: str, mark: str = "") -> str:
    return "".join(f"# %% f | wrong: m | {v}{mark}\ndef f(x):\n    return {v}\n" for v in values)


def _problems(text: str) -> list[str]:
    return problems(read_catalogue(text, ["f"], "f.py"))


def test_a_name_needs_three_answers() -> None:
    """Two prove it and one is imitated; without them it is told with its line and their number."""
    assert _problems(HEAD + _answers("1", "2", "3")) == []
    assert _problems(HEAD + _answers("1", "2")) == [
        "f | misconception | m (line 1): it has 2 distinct answers of at least 3; 2 of them prove its name"
    ]
    assert len(_problems(HEAD)) == 1


def test_a_name_needs_something_to_recognise_it_by() -> None:
    """Answers that are not imitated and no predicate: it is never said."""
    (problem,) = _problems(HEAD + _answers("1", "2", "3", mark=" | not imitated"))
    by_predicate = HEAD + "def when(seen, want):\n    return True\n" + _answers("1", "2", "3", mark=" | not imitated")

    assert problem.endswith("it has neither `when` nor an answer that can be imitated, and is never named")
    assert _problems(by_predicate) == []


def test_each_misconception_is_told_by_itself() -> None:
    """In the order of the file; a good one is not told of."""
    text = HEAD + _answers("1") + entry("good", "def f(x):\n    return 4") + HEAD.replace("| m\n", "| other\n")

    assert [problem.split(" (")[0] for problem in _problems(text)] == [
        "f | misconception | m",
        "f | misconception | other",
    ]
