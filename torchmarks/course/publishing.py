"""Publishes the student versions: pictures embedded and, where the course has an address on the web, links to open
them.

    c.Published.repository = "https://github.com/ORG/REPO"      in nbgrader_config.py

With an address each notebook gets a badge that opens it in Colab and the lines that install what it needs there, and a
page has links for Colab and nbgitpuller. Without one, no notebook and no page shows a link. Writes a folder that is
then put at that address; reads release/ and must not change it.
"""

from __future__ import annotations

import base64
import json
import mimetypes
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from traitlets import Unicode
from traitlets.config import Config, Configurable

from torchmarks.checks.reasons_file import NAME
from torchmarks.course.student_bundle import released_files, student_wheel
from torchmarks.errors import UsageError

_PICTURE = re.compile(r"(!\[[^]]*])\(([^():]+)\)")
_WHEELS = "torchmarks-*.whl"  # what every folder of published notebooks has
_BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
# Guarded: where the course's package is there, as in grading, nothing is installed and nothing fetched.
_INSTALL = """\
# On a computer without the course's package, such as Colab's, this cell fetches it. Run it first.
try:
    import torchmarks
except ImportError:
    %pip install --quiet {wheel}
    !curl --silent --remote-name {reasons}"""


class Published(Configurable):
    """Where students find the course on the web."""

    repository = Unicode(help="Address of the public repository on GitHub, https://github.com/ORG/REPO.").tag(
        config=True
    )
    branch = Unicode("main", help="Its branch.").tag(config=True)
    folder = Unicode(help="The folder in it that `torchmarks publish` was written to; nothing for the top.").tag(
        config=True
    )
    hub = Unicode(help="Address of a JupyterHub with nbgitpuller; nothing for none.").tag(config=True)

    def __init__(self, config: Config) -> None:
        super().__init__(config=config)
        parts = urlsplit(self.repository)
        if self.repository and (parts.scheme, parts.netloc, parts.path.count("/")) != ("https", "github.com", 2):
            what = f"Published.repository is {self.repository!r}"
            raise UsageError(what, "nbgrader_config.py", "Write https://github.com/ORG/REPO: Colab opens no other.")

    def _path(self, name: str) -> str:
        return quote("/".join(part for part in (self.folder.strip("/"), name) if part))

    def raw(self, name: str) -> str:
        """The address that a file is fetched from."""
        own = urlsplit(self.repository).path.strip("/").removesuffix(".git")
        return f"https://raw.githubusercontent.com/{own}/{quote(self.branch)}/{self._path(name)}"

    def colab(self, name: str) -> str:
        """The link that opens a notebook in Colab."""
        own = urlsplit(self.repository).path.strip("/").removesuffix(".git")
        return f"https://colab.research.google.com/github/{own}/blob/{quote(self.branch)}/{self._path(name)}"

    def nbgitpuller(self, name: str) -> str:
        """The link that copies a notebook into a student's home on the hub and opens it; empty without a hub."""
        if not self.hub:
            return ""
        clone = self.repository.rsplit("/", 1)[1].removesuffix(".git")
        asked = {"repo": self.repository, "branch": self.branch, "urlpath": f"lab/tree/{clone}/{self._path(name)}"}
        return f"{self.hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(asked)}"


def publish(root: Path, config: Config, into: Path, assignments: Sequence[str] = ()) -> list[str]:
    """Write notebooks, reasons, the student's wheel and, with an address, a page of links. Returns what was written.

    assignments: their names, or nothing for all. Raises UsageError.
    """
    address, files = Published(config), released_files(root / "release", assignments)
    _refuse_others(into)
    into.mkdir(parents=True, exist_ok=True)
    wheel = student_wheel(root, into).name
    written: dict[str, bytes] = {}
    for name, content in files.items():
        if name.endswith(".ipynb"):
            written[name] = _alone(name, content, files, address, wheel)
        elif name.endswith(NAME):
            written[name] = content
    if address.repository:
        written["README.md"] = _page([name for name in written if name.endswith(".ipynb")], address)
    for name, content in written.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).write_bytes(content)
    return [wheel, *written]


def _refuse_others(into: Path) -> None:
    """Raise UsageError for a folder of other things. Published is to an empty one, to a clone or a folder in one, and
    to what was published before.
    """
    there = into.resolve()
    is_in_a_clone = any((folder / ".git").exists() for folder in (there, *there.parents))
    if is_in_a_clone or not into.is_dir() or not any(into.iterdir()) or any(into.glob(_WHEELS)):
        return
    remedy = "Name a new folder, or a clone of the repository that students read."
    raise UsageError("the folder has other files in it, and is not in a clone", str(into), remedy)


def _alone(name: str, content: bytes, files: dict[str, bytes], address: Published, wheel: str) -> bytes:
    notebook: dict[str, Any] = json.loads(content)
    folder = name.rpartition("/")[0]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = _embedded("".join(cell["source"]), folder, files)
    if address.repository:
        lines = _INSTALL.format(wheel=address.raw(wheel), reasons=address.raw(f"{folder}/{NAME}"))
        badge = {"cell_type": "markdown", "id": "badge", "metadata": {}, "source": _link(address.colab(name))}
        code = {"cell_type": "code", "id": "install", "metadata": {}, "source": lines}
        notebook["cells"][:0] = [badge, code | {"outputs": [], "execution_count": None}]
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _link(colab: str) -> str:
    return f"[![Open in Colab]({_BADGE})]({colab})"


def _embedded(text: str, folder: str, files: dict[str, bytes]) -> str:
    """Markdown with the pictures beside the notebook embedded in it."""

    def data(match: re.Match[str]) -> str:
        content = files.get(f"{folder}/{match[2]}".lstrip("/"))
        kind = mimetypes.guess_type(match[2])[0]
        if content is None or kind is None:
            return match[0]
        return f"{match[1]}(data:{kind};base64,{base64.b64encode(content).decode()})"

    return _PICTURE.sub(data, text)


def _page(names: Sequence[str], address: Published) -> bytes:
    lines = ["# Notebooks", ""]
    for name in names:
        hub = address.nbgitpuller(name)
        lines.append(
            f"- {name.rpartition('/')[2]}: {_link(address.colab(name))}{f' [on our hub]({hub})' if hub else ''}"
        )
    return ("\n".join(lines) + "\n").encode()
