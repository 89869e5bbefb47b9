"""Every sentence that students read from the checks, by name, with named places for what differs from case to case.

    say("returned_nothing", name="double")

Whole sentences, so that a translator sees each as a student does: no module puts one together from pieces. Here they
are in English; `locale/` has them in other languages. Pure text. Must not decide what is said, and must import no
sibling but `language`: whatever shows something to a student may use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from torchmarks.checks.language import ENGLISH, speaking, translated, translated_for


class Counted(NamedTuple):
    """A sentence that reads differently for one and for more. by: the place of the number that decides.

    more: "" where English has one form for all that is ever counted; other languages have more than two.
    """

    one: str
    more: str = ""
    by: str = "count"


Sentence: TypeAlias = str | Counted
Table: TypeAlias = Mapping[str, Sentence]


class Sentences:
    """A table of sentences, called to fill one in. Other parts of the package have a table of their own."""

    def __init__(self, table: Table) -> None:
        self.table: Table = MappingProxyType(dict(table))

    def __call__(self, name: str, /, **places: object) -> str:
        """The sentence of this name, in the language that is spoken. places: what is put into it, by name. Raises
        KeyError for an unknown name or a place that was not given.
        """
        sentence = self.table[name]
        if isinstance(sentence, str):
            text, own = translated(name, sentence), sentence
        else:
            count, more = int(str(places[sentence.by])), sentence.more or sentence.one
            text, own = translated_for(name, sentence.one, more, count), sentence.one if count == 1 else more
        try:
            return text.format(**places)
        except (LookupError, ValueError):  # a translator's slip must not cost a student the message
            return own.format(**places)

    def english(self, name: str, /, **places: object) -> str:
        """The sentence in English, whatever is spoken: what becomes a fact must not depend on the language."""
        with speaking(ENGLISH):
            return self(name, **places)


_HEADLINES: Final[Table] = {
    "not_as_asked": "{call} is not what was asked for.",
    "stopped": "{call} stopped with an error.",
    "backward_stopped": "{call}: the backward pass stopped with an error.",
    "not_written": "This exercise is not written yet: it still raises NotImplementedError.",
    "not_python": "{call} met code that is not Python.",
    "not_defined": "There is no {name} in your notebook.",
    "lost": "{name} is not defined: {cell} was stopped before its end.",
    "called_exit": "{call} called exit().",
    "called_input": "{call} called input().",
    "no_function": "{name} is a value in your notebook ({kind}), not a function or a class.",
}

_WHY: Final[Table] = {
    "why_not_python": "Python could not read a line of it: {message}",
    "why_not_defined": "The cell that should define it did not run to its end, or the name is spelled differently.",
    "why_cell_stopped": "The cell of {cell} stopped with {error}",
    "why_renamed": "Your notebook defines {other}; the tests call {name}.",
    "why_not_run": "No cell that defines it has run to its end since the kernel started.",
    "why_no_function": "A cell assigned a value to that name.",
    "why_exit": "exit(), quit() and sys.exit() end the whole program, so the call gave no result.",
    "why_input": "input() waits for somebody to type, and in a test nobody does.",
    "why_signature": "The call itself was refused: {message}",
    "why_returned_nothing": "The function returned nothing. A function without a `return` gives None.",
    "why_recursion": "The function calls itself without end, or deeper than Python allows.",
}

_NEXT: Final[Table] = {
    "next_not_written": "Replace `raise NotImplementedError()` with your code and run the cell again.",
    "next_not_python": "Look at that line and the one above it: a bracket, a quote or a colon is missing, or the "
    "indent is off.",
    "next_not_defined": "Run the cell of the exercise above; if it shows an error, fix that first.",
    "next_first_cell": "Run the first cell of the notebook, with the imports; if it shows an error, fix that first.",
    "next_cell_stopped": "Run that cell, fix the error, and run the tests again.",
    "next_cell_stopped_by_name": "Run the first cell again, then that cell and the tests.",
    "next_renamed": "If {other} is meant to be {name}, give it that name and run its cell again.",
    "next_no_function": "Give that value another name, then run the cell of {name} again.",
    "next_exit": "Hand the result back with `return`; to stop with an error use `raise`.",
    "next_input": "Take input() out: the test passes what your function needs as arguments.",
    "next_signature": "Compare the parameters of your function with those of the statement: same names, same order.",
    "next_returned_nothing": "End the function with `return` and the value that was asked for.",
    "next_recursion": "Write down for which input it returns without calling itself, and check that every call comes "
    "closer to it.",
    # Of a failure without code; the code says what to run, and the sentences after these where to look.
    "next_raised": "Read the last line of the error, then call {subject} on a small input of your own.",
    "next_argument": "Call {subject} on a small input of your own and look at that input before and after.",
    "next_backward": "Call {subject} on a small input of your own that requires grad, and `.sum().backward()` on the "
    "result.",
    "next_own_input": "Call {subject} on a small input of your own with the same shape and dtype, and look at the "
    "result.",
    "next_too_large": "The values of this call are too many to print. Call {subject} on a small input of your own with "
    "the same dtype, and look at the result.",
    "next_concealed": "Call {subject} on inputs of your own, from one end of what the statement allows to the other.",
    "next_steps": "Go through its steps one by one in a cell of your own, and look at what each gives.",
    "look_raised": "Read the last line of the error, then the line of your function that it points to.",
    "look_raised_in_test": "Read the last line of the error: a step of the test stopped, not a line of yours. What "
    "does that step need from {subject}?",
    "next_other_error": "Your line raises {seen}: raise {expected} there instead.",
    "next_error_before": "This call is to raise {expected}: ask for its case before the line that stops, and raise it "
    "there.",
    "next_message": "The type of your error is right: write into its message what the statement asks for.",
    "next_taken_module": "Run the first cell again: `{name}` is a value ({kind}) now, and your line needs the module.",
    "look_no_error": "The statement says when an error is to be raised: which of these cases is this call?",
    "look_type": "Which step of your function makes an object of this type?",
    "look_none": "Where does this None come from? A function or method that ends without `return` gives None.",
    "look_no_grad": "A `.grad` is None until a backward pass arrives at its tensor, and again once it is cleared: "
    "which of the two is it here?",
    "look_length": "Count what comes out, and compare it with the statement.",
    "look_keys": "Compare the keys with those of the statement.",
    "look_shape": "Follow the shape through your function: after which step is it no longer what you expect?",
    "look_dtype": "Follow the dtype through your function: after which step is it no longer what you expect?",
    "look_device": "Follow the device through your function: does a step leave it, forget to move, or make a tensor "
    "without saying where?",
    "look_object": "Look at the line with `return`: is it the argument itself, or something made from it?",
    "look_memory": "Do the numbers follow the write? Then they lie in the same memory.",
    "look_leaf": "Which operation of your function was recorded last?",
    "look_history": "Look at `requires_grad` after each step of your function.",
    "look_gradient": "Work the gradient out by hand for one element, and compare.",
    "look_backward": "Read the last line of the error: which step of your function does backward not get through?",
    "look_finite": "Which step gives the first nan or inf?",
    "look_values": "Work one of the wrong numbers out by hand, and compare step by step.",
    "look_moved": "Which line of your function gives the argument other memory, instead of writing into what it has?",
    "look_argument": "Look at the argument after the call: which line of your function changes it?",
    "look_to_change": "This argument is to be changed: is it changed at all? If so, work one of its wrong numbers out "
    "by hand.",
    "look_setting": "Which line of your function sets this, and which one sets it back, even after an error?",
    "look_printed": "Compare what is printed with the statement, letter by letter.",
    "look_check": "Compare what comes out with what was expected.",
}

# What to do about a limit that a student's process hit, or another end of it.
_LIMITS: Final[Table] = {
    "next_timeout": "Look for a loop that never ends, or one over elements that a tensor operation could do at once.",
    "next_memory": "Look for a tensor that is far larger than its inputs, or a list that grows without end.",
    "next_output": "Remove the print from the loop.",
    "next_cpu": "Look for a loop that never ends.",
    "next_processes": "Do not start processes or threads in an exercise.",
    "next_threads": "A cell started threads that keep running ({cells}). Tests run in a copy of your process, in which "
    "they are gone, and a call that waits for them waits forever: start them inside the function.",
    "next_ended": "Run the call by itself in a fresh kernel and see whether the kernel survives.",
}

# The rows that compare what was seen with what was expected: their labels, and the texts of their two columns.
_LABELS: Final[Table] = {
    "label_raised": "error",
    "label_warning": "warning",
    "label_parameters": "parameters",
    "label_type": "type",
    "label_length": "length",
    "label_keys": "keys",
    "label_axes": "shape",
    "label_shape": "shape",
    "label_dtype": "dtype",
    "label_device": "device",
    "label_object": "object",
    "label_memory": "memory",
    "label_leaf": "leaf",
    "label_history": "history",
    "label_gradient": "gradient",
    "label_finite": "values",
    "label_values": "values",
    "label_argument": "argument",
    "label_printed": "printed",
    "label_check": "result",
    "label_of_part": "{label} of {part}",
    "column_seen": "seen",
    "column_expected": "expected",
    "more_rows": Counted("and 1 more difference", "and {count} more differences"),
}

_CALLS: Final[Table] = {
    "no_error_but": "no error, {result}",
    "no_error": "no error",
    "one_of_errors": "{first} or {other}",
    "message_naming": "a message that names {texts}",
    "both_texts": "{first} and {other}",
    "error_line": "{error}: {message}",
    "at_your_line": "at your line: {line}",
    "call_too_long": "The call ran longer than {seconds} s.",
    "interrupted": "Interrupted while {call} ran.",
    "interrupted_at": "Interrupted while {call} ran, at your line: {line}",
    "backward_raised": "backward raised {error}",
    "backward_without_error": "a backward pass without an error",
    "a_value": "a value",
    "call_without_arguments": "{name}(…)",
    "not_as_expected": "not as expected",
    "none": "None",
    "nothing": "nothing",
    "gone": "gone",
    "with_an_item": "something with an item {part}",
    "a_tensor_or_array": "a tensor or an array",
    "no_parameters": "none",
    "parameter_named": "one named {name}",
}

_MEMORY: Final[Table] = {
    "another_object": "another object",
    "the_object_passed": "the very object passed as {name}",
    "object_of_its_own": "an object of its own",
    "own_memory": "memory of its own",
    "memory_shared": "memory shared with {name}",
    "memory_partly": "only partly the memory of {name}",
    "memory_exactly": "exactly the memory of {name}",
    "elements_share": "elements that share memory",
    "elements_own": "memory of its own for every element",
    "not_contiguous_tensor": "a tensor that is not contiguous",
    "contiguous_tensor": "a contiguous tensor",
    "other_memory": "other memory than before",
    "changed_in_its_memory": "changed in the memory that it had",
    "memory_before": "the memory it had before the call",
}

_GRADIENTS: Final[Table] = {
    "computed_tensor": "a computed tensor ({operation})",
    "a_leaf": "a leaf",
    "requires_grad_is": "requires_grad={value}",
    "has_history": "requires_grad=True ({made_by})",
    "no_history": "no history: requires_grad=False",
    "no_gradient": "no gradient (None or zeros)",
    "another_grad": "another .grad",
    "grad_before": "the .grad it had before the call",
    "left_by_call": "{value} after the call",
    "as_before": "as before the call",
}

_ARGUMENTS: Final[Table] = {
    "value_as_before": "{value}, as before the call",
    "attribute_is": "{attribute} {value}",
    "attribute_as_before": "{attribute} {value}, as before the call",
    "other_elements": "other elements",
    "written_to": "written to in place",
    "not_written_to": "not written to",
    "times_written": "how many times it was written to",
}

_VALUES: Final[Table] = {
    "as_expected": "as expected",
    "rank_differs": "rank {seen} instead of {expected}: the number of dimensions is wrong",
    "element_at": "{value} at {index}",
    "wrong_count": "{wrong} of {total} wrong",
    "wrong_count_first": "{wrong} of {total} wrong, the first at {index}: seen {seen}, expected {expected}",
    "worst": "the largest difference is {off}, at {index}; allowed is up to {allowed}",
    "off_by": "the difference is {off}; allowed is up to {allowed}",
    "and_then": "{first}; {second}",
    "items": Counted("1 item", "{count} items"),
}

_PICTURES: Final[Table] = {
    "picture": "Tensors and their memory",
    "numbered_tensor": "tensor {number}",
    "nothing_to_draw": "there is nothing to draw",
    "next_nothing_to_draw": "Give it a tensor: show(torch.arange(6))",
    "no_tensor": "{name} is a {kind}, not a tensor",
    "next_no_tensor": "Make it one first, for example with torch.tensor(...)",
    "shape_is": "shape {shape}",
    "strides_are": "strides {strides}",
    "strides_in_bytes": "strides {strides} bytes",
    "offset_is": "offset {offset}",
    "array": "array",
    "read_only": "read-only",
    "not_contiguous": "not contiguous",
    "share_memory": "elements share memory",
    "requires_grad": "requires grad",
    "stretch": "memory {letter}",
    "element": "element",
    "bytes": Counted("1 byte", "{count} bytes"),
    "elements_of": "{elements} of {each}",
    "elements_and_more": "{elements} of {each}, and more",
}

# How a value reads in one short line.
_THINGS: Final[Table] = {
    "a_function": "a function",
    "a_thing": "a {kind}",
    "an_thing": "an {kind}",
    "a_thing_noted": "a {kind} ({note})",
    "an_thing_noted": "an {kind} ({note})",
    "large_tensor": "a tensor of shape {shape}, {about}",
    "large_array": "an array of shape {shape}, {dtype}",
    "no_elements": "no elements",
    "elements": Counted("1 element", "{count} elements"),
    "too_deep": "too many items or too deep",
    "characters": Counted("1 character", "{count} characters"),
    "very_large": "very large",
    "contains_itself": "contains itself",
    "of_dtype": "of {dtype}",
    "of_shape": "of shape {shape}",
    "cannot_be_read": "cannot be read: {error}",
    "memory_gone": "its memory was taken away",
}

_CELLS: Final[Table] = {
    "passed_none": "✓ passed",
    "passed": Counted("✓ 1 call as expected", "✓ {count} calls as expected"),
    "other_torch": "This notebook runs with PyTorch {own} and is graded with {graded}: should a verdict differ after "
    "grading, that may be the reason.",
    "also": Counted(
        "{wrong} of {total} calls differs; it is this one.",
        "{wrong} of {total} calls differ; this is one of them.",
        "wrong",
    ),
    "shown_later": "The values of this case are shown after the deadline.",
    "rest_shown_later": "What came of this call is shown after the deadline.",
    "also_shown_later": Counted(
        "{wrong} of {total} calls differs; it is this one, and its values are shown after the deadline.",
        "{wrong} of {total} calls differ; this is one of them, and its values are shown after the deadline.",
        "wrong",
    ),
    "earlier_cell": "an earlier cell",
    "numbered_cell": "In [{number}]",
    "named_cell": "the cell {name}",
    "left_settings": "Your cells left set: {what}. Tests run with PyTorch's own settings.",
    "left_functions": "Your cells replaced {what}. Take that out and restart the kernel: the tests use what is there "
    "now.",
    "left_names": "Your cells assigned another value to {what}. Tests use their own; your own code, and lines that "
    "you paste, do not: rename that value and run the first cell again.",
    "left_builtins": "Your cells assigned another value to {what}. Tests use Python's own; your own code gets it back "
    "with `del` and the name.",
    "left_older": "The older {name} is tested: {cell} stopped with {error}. Fix that cell and run it again.",
    "left_older_by_name": "The older {name} is tested: {cell} stopped with {error}. Run the first cell again, then "
    "that cell.",
    "left_gone": "The older {name} is tested: {cell} defined it and now defines only {other}, so grading will "
    "not find it.",
    "left_emptied": "The older {name} is tested: {cell} defined it and no longer does, so grading will not find it.",
    "left_no_function": "{name} is only a value ({kind}) now: {cell} assigned it. Run the cell of {name} again.",
    "left_value": "{thing} {value} ({cell})",
    "left_thing": "{thing} ({cell})",
}

# What cells and calls leave set, as `settings` names it, and what it is left at.
_SETTINGS: Final[Table] = {
    "setting_inference_mode": "inference mode",
    "setting_default_dtype": "default dtype",
    "setting_gradient_recording": "gradient recording",
    "setting_autocast": "autocast",
    "setting_deterministic_algorithms": "deterministic algorithms",
    "setting_anomaly_detection": "anomaly detection",
    "setting_float32_matmul_precision": "float32 matmul precision",
    "setting_hooks_of_saved_tensors": "hooks of saved tensors",
    "setting_hooks_of_all_modules": "hooks of all modules",
    "setting_flushing_of_denormal_numbers": "flushing of denormal numbers",
    "setting_numpy_s_error_handling": "NumPy's error handling",
    "setting_dispatch_mode": "dispatch mode",
    "setting_function_mode": "function mode",
    "setting_default_device": "default device",
    "setting_pytorch_s_print_options": "PyTorch's print options",
    "setting_numpy_s_print_options": "NumPy's print options",
    "setting_warnings": "warnings",
    "setting_recursion_limit": "recursion limit",
    "setting_on": "on",
    "setting_off": "off",
    "setting_on_warnings_only": "on, warnings only",
    "setting_without_a_check_for_nan": "without a check for nan",
    "setting_raised_as_errors": "raised as errors",
}

# The parts of a report, as they are headed in a terminal and in the box of a notebook.
_REPORT: Final[Table] = {
    "box": "check failed",
    "headed_note": "Note:",
    "headed_why": "Why:",
    "headed_code": "See it in a cell of your own:",
    "headed_next": "Next:",
    "headed_other": "It fails in another way, too:",
    "headed_read": "Read:",
    # JupyterLab breaks what a phone has no room for inside a word, so it has short lines.
    "above": "✗ {subject}:\nsee above",
    "short": "{headline} {label}: seen {seen}, expected {expected}",
    "short_seen": "{headline} {label}: seen {seen}",
}

_PROGRESS: Final[Table] = {
    "exercise_passes": "✓ passes its visible tests",
    "exercise_not_yet": "✗ not yet",
    "exercise_not_tried": "- not tried in this session",
    "progress": Counted(
        "{assignment}: {done} of 1 exercise passes its visible tests. Hidden tests follow when it is graded.",
        "{assignment}: {done} of {count} exercises pass their visible tests. Hidden tests follow when it is graded.",
    ),
    "progress_none": "{assignment}: no visible test has run here. In a graded notebook the points of each exercise are "
    "shown above.",
    "progress_unknown": "There is no notebook {notebook} in this folder. There is: {there}.",
    "progress_tried": "Tried in this session:",
}

# What `python -m torchmarks check` says around the messages.
_CHECK: Final[Table] = {
    "checking": "{notebook}: running its cells from a fresh start",
    "check_passes": "✓ {exercise}  {points} of {most}",
    "check_fails": "✗ {exercise}  {points} of {most}",
    "check_points": Counted(
        "{done} of 1 exercise passes its visible tests: {points} of {most} points. Hidden tests follow when it is "
        "graded.",
        "{done} of {count} exercises pass their visible tests: {points} of {most} points. Hidden tests follow when it "
        "is graded.",
    ),
    "checked_cell_too_long": "{cell} ran longer than {seconds} s and was stopped.",
    "cell_ended": "{cell} ended the process (exit status {status}), and with it everything that had been defined.",
    "cell_of": "The cell {name}",
    "next_cannot_be_read": "Name a notebook file (.ipynb) that exists.",
    "no_notebook": "is not a Jupyter notebook: {error}",
    "next_no_notebook": "Save it in JupyterLab once more, or fetch it again.",
    "no_tests": "has no visible tests",
    "next_no_tests": "Name the notebook of an assignment, as your course gave it to you.",
}

say: Final = Sentences(
    {
        **_HEADLINES, **_WHY, **_NEXT, **_LIMITS, **_LABELS, **_CALLS, **_MEMORY, **_GRADIENTS, **_ARGUMENTS, **_VALUES,
        **_THINGS, **_PICTURES, **_CELLS, **_SETTINGS, **_REPORT, **_PROGRESS, **_CHECK,
    }
)  # fmt: skip
