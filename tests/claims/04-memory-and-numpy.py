"""Claims of 04-memory-and-numpy, each with lines that show it."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch

from torchmarks import pebbles

# %% introduction
# > `np.shares_memory` decides exactly this; for a tensor, pass `t.detach().numpy()`.
x = torch.arange(6.0)
assert np.shares_memory(x.numpy(), x[2:].numpy())
assert not np.shares_memory(x[::2].numpy(), x[1::2].numpy())

# %% introduction
# > `x[0]` and `x[1]` live in one storage and do not share memory in this sense.
x = torch.zeros(2, 3)
assert x[0].untyped_storage().data_ptr() == x[1].untyped_storage().data_ptr()
assert not np.shares_memory(x[0].numpy(), x[1].numpy())

# %% introduction
# > Tensors wrapped around overlapping parts of one array do share memory, although torch keeps a storage for each.
array = np.zeros(6)
one, other = torch.from_numpy(array[:4]), torch.from_numpy(array[2:])
assert one.untyped_storage().data_ptr() != other.untyped_storage().data_ptr()
other[0] = 9
assert one[2] == 9

# %% introduction
# > version count (`t._version`, PyTorch's count of writes)
x = torch.zeros(2)
x += 1
x[0] = 5
assert x._version == 2

# %% introduction
# > has no `longdouble` and no other byte order, and it cannot share a field of a record array whose stride is not a
# > multiple of the element's size.
with pytest.raises(TypeError, match="longdouble"):
    torch.from_numpy(np.zeros(2, dtype=np.longdouble))
for code in (">f4", ">i2"):
    with pytest.raises(ValueError, match="byte order"):
        torch.from_numpy(np.zeros(2, dtype=np.dtype(code)))
odd = np.zeros(4, dtype=[("a", "u1"), ("b", "f4")])["b"]
assert odd.strides == (5,)
with pytest.raises(ValueError, match="strides not a multiple"):
    torch.from_numpy(odd)
even = np.zeros(4, dtype=[("a", "f4"), ("b", "f4")])["b"]
assert torch.from_numpy(even).stride() == (2,)

# %% part-a-example
# > a view: another tensor, the same memory
x = torch.arange(6.0)
every_other = x[::2]
x[1:4] = 10.0
assert every_other.tolist() == [0, 10, 4]

# %% set_where_ | misconception | new-tensor-written
# > Indexing with a mask copies; assign to x[mask] in one step.
x = torch.tensor([1.0, -2.0])
x[x < 0][:] = 0
assert x.tolist() == [1, -2]
x[x < 0] = 0
assert x.tolist() == [1, 0]

# %% set_where_ | misconception | int-mask-indexes
# > an index reads int64 as positions, and masked_fill_ refuses it, and uint8 too.
x = torch.zeros(3)
x[torch.tensor([0, 1, 1])] = 5
assert x.tolist() == [5, 5, 0]
for dtype in (torch.int64, torch.uint8):
    with pytest.raises(RuntimeError, match="only supports boolean masks"):
        x.masked_fill_(torch.tensor([0, 1, 1], dtype=dtype), 5)

# %% set_where_ | misconception | nan-times-zero
# > nan * 0 and inf * 0 are nan: arithmetic with the mask cannot erase them.
assert (torch.tensor([float("nan"), float("inf")]) * 0).isnan().all()

# %% tile_writable | misconception | contiguous-is-no-copy
# > A view of row copies nothing, and contiguous() and reshape only when they have to, for a single row neither: use
# > clone() or repeat() when you need a copy.
row = torch.tensor([1.0, 2.0])
assert row.expand(1, 2).reshape(1, 2).data_ptr() == row[None].data_ptr() == row.data_ptr()
assert row.expand(1, 2).contiguous().data_ptr() == row.data_ptr()
assert row.repeat(1, 1).data_ptr() != row.data_ptr() != row.clone().data_ptr()

# %% tile_writable | misconception | through-float64
# > float32 keeps 24 bits of a number, float64 53, neither an imaginary part: what is gone does not come back with the
# > dtype.
for dtype, bits in ((torch.float32, 24), (torch.float64, 53)):
    there = torch.tensor([2**bits - 1, 2**bits + 1]).to(dtype)
    assert there.long().tolist() == [2**bits - 1, 2**bits]

# %% tile_writable | misconception | expand-only
# > expand only pretends: every row is the same memory.
assert torch.tensor([1.0, 2.0]).expand(3, 2).stride() == (0, 1)

# %% part-b-text
# > `torch.from_numpy(a)` puts a tensor around the memory of an array. `torch.tensor(a)` copies the values into memory
# > of its own.
array = np.array([[1, 2], [3, 4.0]])
shared, own = torch.from_numpy(array), torch.tensor(array)
array[0, 0] = 9
assert (shared[0, 0].item(), own[0, 0].item()) == (9, 1)
assert shared.dtype == own.dtype == torch.float64

# %% wrap_array | misconception | copy-made
# > Strided arrays can be shared as they are.
array = np.ones((4, 4))[:, ::2]
assert torch.from_numpy(array).stride() == (4, 2)
assert torch.from_numpy(array).data_ptr() == array.ctypes.data

# %% copy_f32 | misconception | no-conversion-no-copy
# > float(), to(), as_tensor and NumPy's asarray and require copy only if they have to convert; ask for a copy
# > explicitly.
array = np.ones(2, np.float32)
assert torch.as_tensor(array).to(torch.float32).data_ptr() == array.ctypes.data
assert np.asarray(array, np.float32) is array is np.require(array, np.float32)
assert torch.from_numpy(array).float().data_ptr() == array.ctypes.data
assert torch.from_numpy(array.astype(np.float64)).float().data_ptr() != array.ctypes.data

# %% copy_f32 | misconception | constructor-shares
# > torch.Tensor is no copying function; use torch.tensor with a dtype.
array = np.ones(2, np.float32)
shared = torch.Tensor(array)
array[0] = 9
assert shared.tolist() == [9, 1]
assert torch.Tensor(np.array(3)).shape == (3,)

# %% copy_f32 | misconception | through-a-list
# > a list forgets it, and torch.empty(0) has another.
assert np.zeros((0, 3)).tolist() == []
assert torch.empty(0).shape == (0,)

# %% copy_f32 | misconception | one-axis-more
# > np.ascontiguousarray and np.atleast_1d give an array without axes one axis: the shape () has to stay.
assert np.ascontiguousarray(np.array(5.0)).shape == np.atleast_1d(np.array(5.0)).shape == (1,)

# %% to_array | misconception | detach-is-no-copy
# > detach, cpu and force do not copy on the CPU, and slices such as [:] are views; add .copy() or clone().
t = torch.zeros(2, requires_grad=True)
plain = t.detach()
for array in (plain.numpy(), plain.cpu().numpy(), t.numpy(force=True), plain[:].numpy(), plain.numpy()[:]):
    assert array.ctypes.data == t.data_ptr()

# %% to_array | misconception | numpy-on-grad
# > Detach first: t.detach().numpy().
with pytest.raises(RuntimeError, match="requires grad"):
    torch.zeros(2, requires_grad=True).numpy()

# %% to_array | misconception | dtype-lost
# > A list knows neither dtype nor shape.
assert np.array(torch.zeros(0, 3).tolist()).shape == (0,)
assert np.array(torch.zeros(2).tolist()).dtype == np.float64

# %% to_array | misconception | numpy-scalar
# > Arithmetic and an index of () turn an array without axes into a NumPy scalar: copy() keeps the array.
zero_axes = np.array(5.0)
for scalar in (zero_axes + 0, zero_axes[()]):
    assert isinstance(scalar, np.generic)
assert isinstance(zero_axes.copy(), np.ndarray)

# %% add_to_array_ | misconception | read-only-written
# > torch does not protect read-only arrays: look at array.flags.writeable first.
array = np.zeros(2)
array.setflags(write=False)
torch.from_dlpack(array).add_(1)
assert array.tolist() == [1, 1]
with pytest.raises(ValueError, match="read-only"):
    array += 1

# %% add_to_array_ | misconception | rounded-on-the-way
# > float64 holds whole numbers up to 2**53 and float32 up to 2**24: add in the dtype of the array.
assert [int(float(2**53)), int(float(2**53 + 1))] == [2**53, 2**53]
assert [int(np.float32(2**24)), int(np.float32(2**24 + 1))] == [2**24, 2**24]

# %% import_safely-statement
# > About the other, torch only warns, and only once in a process; <code>from_dlpack</code> says nothing at all.
array = np.zeros(2)
array.setflags(write=False)
heard = []
for wrap in (torch.from_dlpack, torch.from_numpy, torch.from_numpy, torch.asarray):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        wrap(array)
    heard.append(len(caught))
assert heard == [0, 1, 0, 0]

# %% import_safely | misconception | negative-strides
# > with copy(), since ascontiguousarray leaves an axis of length 1 as it is.
assert np.ascontiguousarray(np.arange(1.0)[::-1]).strides[0] < 0 < np.arange(1.0)[::-1].copy().strides[0]
for array in (np.arange(3.0)[::-1], np.zeros((2, 3))[:, ::-1]):
    with pytest.raises(ValueError, match=r"stride .* is negative"):
        torch.from_numpy(array)

# %% part-c-text
# > NumPy counts it in bytes, torch in elements
array = np.arange(6.0)
assert (array[::2].strides, torch.from_numpy(array)[::2].stride()) == ((16,), (2,))

# %% part-c-text
# > the stride of `a[::-1]` is negative, and torch has no such thing.
assert np.arange(6.0)[::-1].strides == (-8,)
with pytest.raises(RuntimeError, match=r"[Nn]egative strides"):
    torch.arange(6.0).as_strided((6,), (-1,), 5)

# %% guard-text
# > for an array that runs backwards it does not raise, it ends the whole Python process
code = """
import numpy, torch
try:
    torch.from_dlpack(numpy.arange(3.0)[::-1])
except BaseException:
    pass
"""
assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode < 0

# %% overlaps | misconception | same-storage
# > One storage can hold views that never touch, and one memory can have two storages.
x = torch.arange(6.0)
assert x[::2].untyped_storage().data_ptr() == x[1::2].untyped_storage().data_ptr()

# %% overlaps | misconception | empty-shares
# > Whatever has no elements shares memory with nothing, whatever address it has and even if it is the same object:
# > data_ptr() of an empty tensor is 0.
x = torch.zeros(0)
assert x.data_ptr() == 0
assert not np.shares_memory(x.numpy(), x.numpy())

# %% part-d-example
# > one array; a pair (values, indices)
array = np.array([[3.0, 1.0, 2.0]])
assert array.max(axis=1).tolist() == [3]
assert [part.tolist() for part in torch.from_numpy(array).max(dim=1)] == [[3], [0]]

# %% part-d-example
# > mean() refuses bool
with pytest.raises(RuntimeError, match="could not infer output dtype"):
    torch.tensor([True, False]).mean()
assert torch.tensor([True, False]).mean(dtype=torch.float64) == 0.5

# %% robust_score | misconception | std-of-a-sample
# > np.std has ddof=0: say correction=0 in torch.
numbers = [1.0, 2.0, 4.0]
assert np.isclose(np.std(numbers), torch.tensor(numbers).std(correction=0))
assert not np.isclose(np.std(numbers), torch.tensor(numbers).std())

# %% robust_score | misconception | lower-median
# > With an even number of values np.median takes the mean of the two in the middle.
numbers = [1.0, 2.0, 4.0, 9.0]
assert (np.median(numbers), torch.tensor(numbers).median().item()) == (3, 2)
assert torch.tensor(numbers).quantile(0.5) == 3

# %% robust_score | misconception | median-is-a-pair
# > median(dim) and sort return a pair, values and indices: take the values.
x = torch.tensor([[3.0, 1.0, 2.0]])
assert x.median(1).values.tolist() == [2]
assert x.sort(1).indices.tolist() == [[1, 2, 0]]

# %% questions
# > The second is a write
x = torch.tensor([1.0, 2.0])
x[x > 1] = 0
assert x.tolist() == [1, 0]

# %% questions
# > a write to <code>a[::-1]</code> changes <code>a</code>, a write to <code>x.flip(0)</code> does not change
# > <code>x</code>.
array, x = np.arange(3.0), torch.arange(3.0)
array[::-1][0] = 9
x.flip(0)[0] = 9
assert (array.tolist(), x.tolist()) == ([0, 1, 9], [0, 1, 2])

# %% tile_writable-statement
# > <code>repeat</code> always copies, it keeps the dtype, and for n = 0 its result has the shape <code>(0, D)</code>.
row = torch.tensor([True, False])
assert row.repeat(1, 1).data_ptr() != row.data_ptr()
assert (row.repeat(0, 1).shape, row.repeat(3, 1).dtype) == ((0, 2), torch.bool)

# %% wrap_array-statement
# > raises <code>TypeError</code> for everything that is not an array.
for other in ([1.0], (1.0,), 1.0, np.float64(2.5), torch.ones(2), None):
    with pytest.raises(TypeError):
        torch.from_numpy(other)

# %% to_array-statement
# > Both leave <code>t</code> alone.
t = torch.tensor([1.0], requires_grad=True) * 2
before = (t.requires_grad, t.is_leaf, t.grad_fn, t._version)
assert t.detach().numpy().tolist() == [2]
assert (t.requires_grad, t.is_leaf, t.grad_fn, t._version) == before

# %% to_array-statement
# > only a function that changes `t` itself changes them.
t = torch.tensor([1.0], requires_grad=True)
t.detach().numpy().copy()
assert (t.is_leaf, t.grad_fn, t._version) == (True, None, 0)
t.detach().add_(1)
assert t._version == 1

# %% add_to_array_-statement
# > If it is read-only, for whatever reason, NumPy raises the <code>ValueError</code> before anything has changed.
locked, base = np.array([1, 2]), np.array([1, 2])
locked.setflags(write=False)
view = base[:]
view.setflags(write=False)
for array in (locked, view, np.broadcast_to(np.array([1]), (2,)), locked[:0]):
    for amount in (1, 0):
        values = array.tolist()
        with pytest.raises(ValueError, match="read-only"):
            array += amount
        assert array.tolist() == values

# %% robust_score-statement
# > Of two values in the middle <code>torch.median</code> takes the lower one; <code>quantile</code> at 0.5 lies
# > half-way between them.
x = torch.tensor([1.0, 2.0, 4.0, 9.0])
assert (x.median(), x.quantile(0.5)) == (2, 3)

# %% pebbles-text
# > Which of the two corrections below reaches the table, and does NumPy see it?
stones = pebbles()
before, length = stones.sizes[0, 0].item(), stones.sizes[:, 0]
picked = stones.sizes[length > 60, 0]
picked -= 0.2
assert stones.sizes[0, 0] == before > 60
length -= 0.2
assert stones.sizes[0, 0].item() == pytest.approx(before - 0.2) == stones.sizes.numpy()[0, 0]

# %% pebbles-example
# > a column: a view, every third number of the table
assert (pebbles().sizes[:, 0].stride(), pebbles().sizes.shape) == ((3,), (60, 3))
