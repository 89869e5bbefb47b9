"""Values made from a seed of their own, and how to make one again.

    drawn(0x3fa91c…, "tensor", (200, 3), torch.float64, layout="strided")

Each value has its own generator, so that one can be rebuilt in a student's notebook without revealing the others. How a
value was made is kept beside it, by identity. Must not know where a seed comes from.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast

import numpy as np
import torch

from torchmarks.errors import AuthorError

Kind = Literal["tensor", "distinct", "leaf", "array"]
Layout = Literal["contiguous", "transposed", "strided", "offset", "expanded"]
ArrayLayout = Literal["contiguous", "transposed", "strided", "offset", "fortran", "reversed"]
Shape: TypeAlias = tuple[int, ...]
Array: TypeAlias = np.ndarray[Any, Any]


def generator(seed: int) -> np.random.Generator:
    """Random numbers from a seed, the same on every machine."""
    # Named: which one default_rng takes may change with NumPy, and a regrade must meet the same.
    return np.random.Generator(np.random.PCG64(seed))


def drawn(seed: int, kind: Kind, /, shape: Shape, *args: Any, **how: Any) -> Any:
    """The tensor or array that `Draw` made from this seed. A message prints such a call for a value of many elements.

    kind: the method of `Draw`; shape, args and how: what that takes.
    """
    value = _MAKERS[kind](generator(seed), shape, *args, **how)
    asked = dict(_SIGNATURES[kind].bind(None, shape, *args, **how).arguments)
    del asked["random"]
    _note(value, seed, kind, asked)
    return value


def note_copy(value: object, made: object) -> None:
    """Notes that `made` is a copy of `value`: if that was drawn, and they are equal, it is rebuilt the same way."""
    note = _noted(value)
    if note is not None:
        _note(made, note.seed, note.kind, note.asked)


def drawn_as(value: object) -> str | None:
    """One expression that rebuilds a drawn value: elements, strides, dtype, requires_grad, `.grad`.

    None for a value that was not drawn, and for one that was changed since in any of these, but that a tensor may have
    become a leaf that requires grad. For `eval` it needs the names `drawn` and `torch`.
    """
    note = _noted(value)
    if note is None:
        return None
    asked = dict(note.asked)
    if note.kind == "tensor" and isinstance(value, torch.Tensor) and value.is_leaf and value.requires_grad:
        asked["requires_grad"] = True
    # Made anew and compared: no version shows what came in through `.data` or NumPy.
    same = _is_same(value, _MAKERS[note.kind](generator(note.seed), **asked))
    return _formatted(note.seed, note.kind, asked) if same else None


class _Note(NamedTuple):
    """How a value was made. asked: the arguments of its maker by name, those left out left out."""

    value: weakref.ref[Any]
    seed: int
    kind: Kind
    asked: Mapping[str, Any]


_notes: dict[int, _Note] = {}


def _note(value: Any, seed: int, kind: Kind, asked: Mapping[str, Any]) -> None:
    number = id(value)
    # While a value lives nothing else has its id; the note goes before the id is free.
    _notes[number] = _Note(weakref.ref(value, lambda gone: _notes.pop(number, None)), seed, kind, asked)


def _noted(value: object) -> _Note | None:
    note = _notes.get(id(value))
    return note if note is not None and note.value() is value else None


def _formatted(seed: int, kind: Kind, asked: Mapping[str, Any]) -> str:
    defaults = _SIGNATURES[kind].parameters
    given = {name: value for name, value in asked.items() if value != defaults[name].default}
    parts = [f"{seed:#x}", f'"{kind}"', repr(tuple(map(int, given.pop("shape"))))]
    if "dtype" in given:
        parts.append(_argument(given.pop("dtype")))
    return f"drawn({', '.join([*parts, *(f'{name}={_argument(value)}' for name, value in given.items())])})"


def _argument(value: Any) -> str:
    if isinstance(value, np.dtype | type):  # NumPy's own names need no import
        return f'"{np.dtype(value).name}"'
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value if isinstance(value, torch.dtype | bool | int) else float(value))


# ---- whether a value is still what was drawn


def _is_same(value: Any, made: Any) -> bool:
    if type(value) is not type(made):
        return False
    return _is_same_array(value, made) if isinstance(made, np.ndarray) else _is_same_tensor(value, made)


def _is_same_tensor(value: torch.Tensor, made: torch.Tensor) -> bool:
    if _look(value) != _look(made) or not torch.equal(_bytes(value), _bytes(made)):
        return False
    if value.grad is None or made.grad is None:
        return value.grad is made.grad
    return _is_same_tensor(value.grad, made.grad)


def _look(t: torch.Tensor) -> tuple[Any, ...]:
    bits = t.is_conj(), t.is_neg()
    return t.dtype, t.device, t.shape, t.stride(), t.storage_offset(), t.requires_grad, t.is_leaf, bits


def _bytes(t: torch.Tensor) -> torch.Tensor:
    # Not the elements: -0.0 equals 0.0. Not contiguous(): it leaves the stride of a single element as it is.
    return t.detach().reshape(-1).clone(memory_format=torch.contiguous_format).view(torch.uint8)


def _is_same_array(value: Array, made: Array) -> bool:
    looks = [(a.dtype, a.shape, a.strides, a.flags.writeable) for a in (value, made)]
    return looks[0] == looks[1] and value.tobytes() == made.tobytes()


# ---- how each kind is made


def _tensor(
    random: np.random.Generator,
    shape: Shape,
    dtype: torch.dtype = torch.float32,
    low: float | None = None,
    high: float | None = None,
    layout: Layout = "contiguous",
    requires_grad: bool = False,
) -> torch.Tensor:
    filled = (1, *shape[1:]) if layout == "expanded" and shape else shape
    values = torch.from_numpy(_values(random, filled, dtype, low, high)).to(dtype)
    tensor = _laid_out(values, shape, layout)
    return tensor.requires_grad_() if requires_grad else tensor


def _distinct(
    random: np.random.Generator, shape: Shape, dtype: torch.dtype = torch.float32, layout: Layout = "contiguous"
) -> torch.Tensor:
    count = int(np.prod(shape, dtype=np.int64))
    numbers = torch.from_numpy(random.permutation(count) + 1)
    values = numbers.to(dtype).reshape(shape)
    if not torch.equal(values.reshape(-1).to(torch.int64), numbers):
        raise AuthorError(f"{dtype} cannot tell {count} whole numbers apart.", "Use a wider dtype or a smaller shape.")
    return _laid_out(values, shape, layout)


def _leaf(
    random: np.random.Generator,
    shape: Shape,
    dtype: torch.dtype = torch.float32,
    layout: Layout = "contiguous",
    grad: bool = False,
    low: float | None = None,
    high: float | None = None,
) -> torch.Tensor:
    tensor = _tensor(random, shape, dtype, low, high, layout, requires_grad=True)
    if grad:
        tensor.grad = _tensor(random, shape, dtype)
    return tensor


def _array(
    random: np.random.Generator,
    shape: Shape,
    dtype: str | np.dtype[Any] | type = "float64",
    low: float | None = None,
    high: float | None = None,
    layout: ArrayLayout = "contiguous",
) -> Array:
    wanted = np.dtype(dtype)
    torch_dtype = torch.from_numpy(np.empty(0, wanted)).dtype  # PyTorch has no public table
    if layout in ("fortran", "reversed"):  # PyTorch has no negative strides
        values = _values(random, shape, torch_dtype, low, high).astype(wanted)
        if not shape:
            raise AuthorError(f"A 0-d array cannot be laid out {layout!r}.", "Use contiguous.")
        return np.asfortranarray(values) if layout == "fortran" else values[::-1].copy()[::-1]
    return _tensor(random, shape, torch_dtype, low, high, cast(Layout, layout)).numpy()


_MAKERS: Final[Mapping[Kind, Callable[..., Any]]] = {
    "tensor": _tensor,
    "distinct": _distinct,
    "leaf": _leaf,
    "array": _array,
}
_SIGNATURES: Final = {kind: inspect.signature(maker) for kind, maker in _MAKERS.items()}


def _values(
    random: np.random.Generator, shape: Shape, dtype: torch.dtype, low: float | None, high: float | None
) -> Array:
    if dtype == torch.bool:
        return np.asarray(random.integers(0, 2, shape) == 1)
    if dtype.is_complex:
        # Sums of 0-d arrays are not arrays.
        return np.asarray(_reals(random, shape, low, high) + 1j * _reals(random, shape, low, high))
    if dtype.is_floating_point:
        return _reals(random, shape, low, high)
    smallest, largest = (0, 255) if dtype == torch.uint8 else (-9, 9)
    first, last = smallest if low is None else int(low), largest if high is None else int(high)
    return np.asarray(random.integers(first, last, shape, endpoint=True))


def _reals(random: np.random.Generator, shape: Shape, low: float | None, high: float | None) -> Array:
    if low is None and high is None:
        return np.asarray(random.standard_normal(shape))
    return np.asarray(random.uniform(-1.0 if low is None else low, 1.0 if high is None else high, shape))


def _laid_out(values: torch.Tensor, shape: Shape, layout: Layout) -> torch.Tensor:
    """The same values in another layout."""
    if layout == "contiguous":
        return values.clone()  # memory of PyTorch's own: NumPy's could not be resized
    if not shape:
        raise AuthorError(f"A 0-d tensor cannot be laid out {layout!r}.", "Use contiguous.")
    if layout == "expanded":
        return values.clone().expand(shape)
    if layout == "transposed":
        if len(shape) < 2:
            raise AuthorError("A vector cannot be transposed.", "Use strided.")
        return values.mT.contiguous().mT
    if layout == "offset":
        # An empty tensor has no row that could come before it.
        return torch.cat([values[:1], values])[1:] if values.shape[0] else values.clone()
    if layout == "strided":
        wide = torch.stack([values, torch.zeros_like(values)], dim=-1).reshape(*shape[:-1], 2 * shape[-1])
        # Of an odd width: all elements of one as wide as twice the shape lie at even distances, which `view(-1)` takes.
        return (wide[..., :-1].contiguous() if shape[-1] > 1 else wide)[..., ::2]
    raise AuthorError(f"There is no layout {layout!r}.", "See Draw.tensor.")
