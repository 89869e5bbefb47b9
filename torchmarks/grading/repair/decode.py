"""Reads the bytes of a submitted file as text, in whichever encoding it was saved, and bounds what is to be parsed.

Pure: bytes in, text and repairs out. Must not raise on any input.
"""

from __future__ import annotations

import codecs
import json
import re

from torchmarks.checks.grading_sentences import say
from torchmarks.grading.repair.outcome import NotebookLimits, Refused, Repair

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Of eastern Asia. Second bytes of their characters are backslashes and brackets, too: read as anything else a comment
# takes the line below it along, or ends the notebook.
_ASIAN = ("cp932", "gb18030", "big5hkscs", "cp949")
_THEIRS = re.compile("[\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SAMPLE = 1 << 20  # bytes
_RUN = re.compile(rb"[\x80-\xff]{2,}")
# possessive: an unclosed string is read once to the end of the file, never again from each quote in it
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


def decode(submitted: bytes, limits: NotebookLimits) -> tuple[str, list[Repair]] | Refused:
    """The text of a file, with what was repaired in it; refused where it is too large or empty."""
    if len(submitted) > limits.max_bytes:
        return too_large(say("file_too_many_bytes", most=limits.max_bytes))
    if not submitted.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return Refused(say("file_empty"), say("save_again"))
    encoding = next((name for mark, name in _BOMS if submitted.startswith(mark)), None)
    if encoding is None:  # UTF-16 without its mark: plain characters, with which a notebook begins, have one zero byte
        even, odd = submitted[0:32:2].strip(b"\x00"), submitted[1:32:2].strip(b"\x00")
        encoding = "utf-16-be" if odd and not even else "utf-16-le" if even and not odd else None
    repairs: list[Repair] = []
    text, name = _read(submitted, encoding, limits)
    if not name:
        repairs.append(Repair("encoding", None, say("file_some_bytes_replaced")))
    elif name != "utf-8":
        which = "file_read_with_mark" if name.endswith("-sig") else "file_read_as"
        repairs.append(Repair("encoding", None, say(which, encoding=name.removesuffix("-sig"))))
    text = text.lstrip("\ufeff")  # some editors add a mark at each save
    if "\x00" in text:
        text = text.replace("\x00", "")
        repairs.append(Repair("null-bytes", None, say("file_null_bytes")))
    return text, repairs


def _is_whole(text: str, limits: NotebookLimits) -> bool:
    """Whether this is JSON, which text that was read in another encoding than its own often is not."""
    if too_complex(text, limits):
        return False
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _read(submitted: bytes, encoding: str | None, limits: NotebookLimits) -> tuple[str, str]:
    """The text and its encoding, "" where bytes had to be replaced. encoding: what the first bytes say."""
    for name in (encoding, "utf-8"):
        text = None if name is None else _decoded(submitted, name)
        if name is not None and text is not None:
            return text, name
    if _is_nearly_utf8(submitted):
        return submitted.decode("utf-8", "replace"), ""
    for name in _guesses(submitted):
        text = _decoded(submitted, name)
        if text is not None and _is_whole(text, limits):
            return text, name
    text = _decoded(submitted, "cp1252")
    return (submitted.decode("latin-1"), "latin-1") if text is None else (text, "cp1252")


def _decoded(submitted: bytes, encoding: str) -> str | None:
    try:
        return submitted.decode(encoding)
    except UnicodeDecodeError:
        return None


def _guesses(submitted: bytes) -> list[str]:
    """The encodings that a file without a mark may have that is not UTF-8, the likeliest first."""
    beyond = len(submitted.translate(None, bytes(range(128))))
    asian = sorted(_ASIAN, key=lambda name: -_share(submitted, name))
    # In western text a character beyond ASCII is mostly alone.
    in_runs = sum(len(run) for run in _RUN.findall(submitted))
    return [*asian, "cp1252"] if 2 * in_runs > beyond else ["cp1252", *asian]


def _share(submitted: bytes, encoding: str) -> float:
    """How much of what is not ASCII is usual in a language of this encoding."""
    found = _NOT_ASCII.findall(submitted[:_SAMPLE].decode(encoding, "replace"))
    return sum(map(bool, map(_THEIRS.match, found))) / max(len(found), 1)


def _is_nearly_utf8(submitted: bytes) -> bool:
    """UTF-8 cut off or with a byte of rubbish: more of its characters beyond ASCII are whole than broken.

    Text in another encoding forms such a character by a rare accident only.
    """
    text = submitted.decode("utf-8", "replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    return len(text) - len(text.encode("ascii", "ignore")) > 2 * broken


def too_complex(text: str, limits: NotebookLimits) -> Refused | None:
    """Count depth and values before parsing, so that neither stack nor memory depends on the student."""
    depth = 0
    for count, token in enumerate(_TOKEN.finditer(text)):
        bracket = text[token.start()]
        if bracket in "[{":
            depth += 1
            if depth > limits.max_depth:
                return too_large(say("file_too_deep", most=limits.max_depth))
        elif bracket in "]}":
            depth -= 1
        if count >= limits.max_tokens:
            return too_large(say("file_too_many_values", most=limits.max_tokens))
    return None


def too_large(reason: str) -> Refused:
    """The refusal of a file that would take too long."""
    return Refused(reason, say("make_smaller"))
