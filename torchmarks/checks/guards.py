"""Guards against calls of PyTorch that would end the whole process, and a student's kernel with it.

Here, and not in a cell of a notebook, so that nobody takes a guard for a function that a student has replaced.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


class WouldEndTheProcess(BaseException):
    """Raised where torch.from_dlpack would end the process. A BaseException: no `except Exception` takes it for an
    error that an exercise asks about.
    """


def guard_from_dlpack() -> None:
    """From here on torch.from_dlpack refuses an array that runs backwards; a second time changes nothing."""
    original: Any = torch.utils.dlpack.from_dlpack
    unguarded = getattr(original, "unguarded", original)

    def guarded_from_dlpack(array: Any, **options: Any) -> torch.Tensor:
        if isinstance(array, np.ndarray) and any(
            stride < 0 and size > 1 for stride, size in zip(array.strides, array.shape, strict=True)
        ):
            raise WouldEndTheProcess("the array runs backwards, and torch.from_dlpack would end the whole process")
        result: torch.Tensor = unguarded(array, **options)
        return result

    guarded_from_dlpack.unguarded = unguarded  # type: ignore[attr-defined]
    for module in (torch, torch.utils.dlpack):
        setattr(module, "from_dlpack", guarded_from_dlpack)  # noqa: B010 - the stubs have it as a constant
