"""Lists what students' code may see of this machine, at every level: the system's programs, Python, this package.

Reads the file system only. Must not let in a home, a course folder or an environment variable of the grader's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from torchmarks.isolation.protocol.places import SCRATCH, TEMPORARY

# What programs need of /etc: the loader's cache, alternatives' links, time zone, fonts. Nothing about users or hosts.
_ETC: Final = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "fonts")
# Not /usr as a whole: containers keep courses in /usr/src. A /bin that is a link into /usr stays one.
_SYSTEM: Final = (
    *(f"/usr/{name}" for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "share")),
    *(f"/usr/local/{name}" for name in ("bin", "lib", "lib64")),
    *("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
)
# Of a Python installation only this: an environment may have been made in the course folder itself, or in a home.
_PYTHON: Final = ("bin", "lib", "lib64", "include", "pyvenv.cfg")

CPUS: Final = "/sys/devices/system/cpu"

# Built from nothing. One thread: more cannot be forked safely, and 16 sessions on 16 cores are faster than one on 16.
# OMP_THREAD_LIMIT holds against torch.set_num_threads too: the team of threads that OpenMP keeps does not survive a
# fork, and the next parallel region in the copy would wait for it for ever.
_ENVIRONMENT: Final = {
    "HOME": SCRATCH,
    "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "USER": "student",
    "LOGNAME": "student",
    "SHELL": "/bin/sh",
    "TMPDIR": TEMPORARY,
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    # torch.compile leaves functions as they are: there is no C++ compiler that its code could rely on.
    "TORCHDYNAMO_DISABLE": "1",
    # There is no network. Nothing that asks for one more try in a while: the answer will be the same.
    "PIP_RETRIES": "0",
    "PIP_NO_INDEX": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "UV_OFFLINE": "1",
    "CONDA_OFFLINE": "true",
    "HF_HUB_OFFLINE": "1",
    "GIT_TERMINAL_PROMPT": "0",
}

# All of this package that students' code may see: what runs beside it, and what that imports.
INSIDE: Final = (
    *("__init__.py", "errors.py", "lazy.py", "checks"),
    *("isolation/__init__.py", "isolation/inside", "isolation/protocol"),
)


def package_parent() -> Path:
    """The folder that this package lies in. A sandbox sees parts of the package alone, not its neighbours."""
    return Path(__file__).resolve().parents[3]


def package_parts() -> dict[str, Path]:
    """The parts of this package that are seen, by their path below `package_parent`."""
    return {f"torchmarks/{part}": package_parent() / "torchmarks" / part for part in INSIDE}


def environment() -> dict[str, str]:
    """The variables a student's process sees, all of them."""
    return dict(_ENVIRONMENT)


def system_folders() -> list[Path]:
    """The system's folders; some are links."""
    return [path for path in map(Path, _SYSTEM) if path.is_symlink() or path.is_dir()]


def system_files() -> list[Path]:
    """What is seen of /etc, whether or not it is there."""
    return [Path("/etc", name) for name in _ETC]


def interpreter() -> str:
    """The path of this Python."""
    # ../env/bin/python is a usual way to start it, but `..` may lead through a folder that the sandbox lacks
    return os.path.abspath(sys.executable)


def python_folders() -> list[Path]:
    """The interpreter's own folders, and every folder that the links from its program lead through; outermost first."""
    wanted = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    hop = Path(interpreter())
    while hop.is_symlink():
        hop = Path(os.path.normpath(hop.parent / os.readlink(hop)))
        wanted.add(str(hop.parent.parent))
    paths = {Path(os.path.abspath(folder)) for folder in wanted}
    paths |= {path.resolve() for path in paths}
    return sorted((path for path in paths if len(path.parts) > 1), key=lambda path: len(path.parts))


def python_parts() -> list[Path]:
    """What is seen of the interpreter's folders, but for what lies below /usr; some are links."""
    paths = [folder / name for folder in python_folders() for name in _PYTHON]
    return [path for path in paths if (path.is_symlink() or path.exists()) and not path.is_relative_to("/usr")]
