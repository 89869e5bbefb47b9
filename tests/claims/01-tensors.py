"""Claims of 01-tensors, each with lines that show it."""

import numpy as np
import pytest
import torch

NUMBERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]

# %% ranks-example
# > Vector. One number is a float, so all become floats
assert torch.tensor([1.0, 2, 3, 4]).dtype == torch.float32

# %% ragged-example
# > If a number is missing in the last row, it is not a matrix:
with pytest.raises(ValueError, match="expected sequence of length 2"):
    torch.tensor([[5.0, 6], [7, 8], [9]])

# %% make_rank | misconception | one-element-repeated
# > expand repeats one element without copying it: writing into one changes them all.
one = torch.zeros(1)
assert one.expand(3).data_ptr() == one.data_ptr()
one.expand(3)[1] = 7
assert one.expand(3).tolist() == [7, 7, 7]

# %% make_rank | misconception | sizes-not-values
# > torch.Tensor(3) is a vector of three uninitialised floats, torch.Tensor() an empty one; to hold the number 3, write
# > torch.tensor(3.).
assert torch.Tensor(3).shape == (3,)
assert torch.tensor(3.0).shape == ()
assert torch.Tensor().shape == (0,)

# %% make_rank | misconception | full-follows-the-value
# > torch.full and torch.tensor take their dtype from the value: give them a float or a dtype.
assert torch.full((2,), 3).dtype == torch.int64
assert torch.full((2,), 3.0).dtype == torch.float32
assert (torch.tensor(3).dtype, torch.tensor(3.0).dtype) == (torch.int64, torch.float32)

# %% make_rank | misconception | number-is-no-vector
# > A number has rank 0 and shape (): torch.tensor(4.) has no dimension, torch.tensor([4.]) has one.
assert (torch.tensor(4.0).shape, torch.tensor(4.0).dim()) == ((), 0)
assert torch.tensor([4.0]).dim() == 1

# %% make_rank | misconception | float64-result
# > NumPy's floats, which are float64, stay so in from_numpy
assert np.array(0.5).dtype == np.float64
assert torch.from_numpy(np.array(0.5)).dtype == torch.float64

# %% make_rank | misconception | narrow-dtype-first
# > 0.1 does not fit into an integer or float16, nor 2**40 into int32: such a detour changes v before it becomes
# > float32.
for value, narrow in ((0.1, torch.int64), (0.1, torch.float16), (2.0**40, torch.int32)):
    assert torch.tensor(value).to(narrow).to(torch.float32) != torch.tensor(value)

# %% describe | misconception | len-is-count
# > len(t) is t.shape[0]; count all the elements with t.numel().
assert (len(torch.zeros(2, 3)), torch.zeros(2, 3).numel()) == (2, 6)

# %% describe | misconception | counts-the-storage
# > The storage can be bigger, or smaller, than the tensor that looks into it.
assert torch.zeros(6, 8)[1:4, ::2].untyped_storage().nbytes() == 6 * 8 * 4 > 12 * 4
assert torch.zeros(1).expand(9).untyped_storage().nbytes() == 4 < 9 * 4

# %% from_list-statement
# > floats give `float32`, ints `int64`, bools `bool`, and a mixture gets one dtype for all.
lists = [[0.5], [1], [True], [True, 2], [1, 0.5]]
assert [torch.tensor(xs).dtype for xs in lists] == [
    torch.float32, torch.int64, torch.bool, torch.int64, torch.float32
]  # fmt: skip

# %% from_list-statement
# > if the first row is empty, PyTorch does not look into the others, and `torch.tensor([[], [1]])` has the shape `(2,
# > 0)`.
assert torch.tensor([[], [1]]).shape == (2, 0)
assert torch.tensor([[], 1]).shape == (2, 0)
assert torch.tensor([[[], [1]], [[2], [3]]]).shape == (2, 2, 0)

# %% from_list-statement
# > A list with rows of different lengths raises `ValueError`, at whatever level they are.
for ragged in ([[1], [2, 3]], [[[1, 2], [3, 4]], [[5, 6], [7]]], [[1], []]):
    with pytest.raises(ValueError, match="expected sequence of length"):
        torch.tensor(ragged)

# %% from_list | misconception | always-float32
# > torch.Tensor, .float() and a default of float32 make float32 of all numbers, rounded; torch.tensor looks at the
# > numbers, or takes the dtype asked for.
for always in (
    torch.Tensor([2**24 + 1]),
    torch.tensor([2**24 + 1]).float(),
    torch.tensor([2**24 + 1], dtype=torch.float32),
):
    assert (always.dtype, always.item()) == (torch.float32, 2**24)
assert torch.tensor([2**24 + 1]).dtype == torch.int64
assert torch.tensor([0.1], dtype=torch.float64).item() == 0.1

# %% from_list | misconception | cast-after-rounding
# > What a first tensor or array holds in float32 or float64 is rounded before .to() sees it: give the dtype to
# > torch.tensor at once.
assert torch.tensor(0.1).to(torch.float64).item() != 0.1
assert torch.from_numpy(np.array([2**53 + 1, 1.0])).to(torch.int64)[0] == 2**53
assert torch.tensor([2**53 + 1, 1.0], dtype=torch.int64)[0] == 2**53 + 1
assert torch.tensor(0.1, dtype=torch.float64).item() == 0.1

# %% from_list | misconception | numpy-float64
# > A NumPy array of floats is float64 and stays float64; a Python list of floats becomes float32.
assert torch.tensor(np.array([0.5])).dtype == torch.float64
assert torch.tensor([0.5]).dtype == torch.float32

# %% part-2-text
# > The dtypes of the inputs decide which dtype the result has, before the operation looks at a single value.
assert (torch.tensor([100], dtype=torch.int8) + torch.tensor([100], dtype=torch.int8)).dtype == torch.int8
assert (torch.empty(3, device="meta") + torch.ones(3, dtype=torch.float64, device="meta")).dtype == torch.float64

# %% limits-example
# > 200 does not fit into int8, and nothing is raised
small = torch.tensor([100, 27], dtype=torch.int8)
assert (small + small).tolist() == [-56, 54]
assert (small.to(torch.int16) + small).tolist() == [200, 54]

# %% limits-example
# > a cast to integers drops the fraction
assert torch.tensor([2.9, -2.9]).to(torch.int64).tolist() == [2, -2]

# %% mean_any | misconception | mean-of-integers
# > mean() needs a floating-point dtype: convert integers and bools first.
for dtype in (torch.int64, torch.bool, torch.uint8):
    with pytest.raises(RuntimeError, match="could not infer output dtype"):
        torch.ones(2, dtype=dtype).mean()

# %% mean_any | misconception | narrow-sum
# > The sum does not fit into the dtype although the mean does.
hundreds = torch.full((1000,), 100.0, dtype=torch.float16)
assert hundreds.sum().isinf()
assert hundreds.mean() == 100

# %% mean_any-statement
# > the mean of an empty tensor is nan.
assert torch.tensor([]).mean().isnan()

# %% mean_any | misconception | empty-loses-dtype
# > torch.tensor(float('nan')) is float32: the mean of an empty float64 tensor is float64 as well.
assert torch.tensor(float("nan")).dtype == torch.float32
assert torch.zeros(0, dtype=torch.float64).mean().dtype == torch.float64

# %% brighten | misconception | truncated-float
# > A cast to an integer cuts off: 69.99999 becomes 69.
pixel = (torch.tensor([250], dtype=torch.uint8) / 255 - 180 / 255) * 255
assert 69.9999 < pixel.item() < 70
assert pixel.to(torch.uint8).item() == 69

# %% brighten | misconception | uint8-wraps
# > uint8 holds 0 to 255 and wraps around, in a sum as in a cast: compute in a wider dtype, limit there, then come back.
assert (torch.tensor([250], dtype=torch.uint8) + 10).tolist() == [4]
assert (torch.iinfo(torch.uint8).min, torch.iinfo(torch.uint8).max) == (0, 255)
assert torch.tensor([260]).to(torch.uint8).tolist() == [4]

# %% div_modes | misconception | true-quotient-in-place
# > An in-place operation, and out= as well, cannot change the dtype of its tensor: the true quotient of integers needs
# > a new one.
with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
    torch.tensor([1]).add_(1.5)
with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
    torch.div(torch.tensor([1]), torch.tensor([2]), out=torch.tensor([0]))

# %% div_modes | misconception | floor-is-not-cut-off
# > // and floor round down, trunc and Python's int(...) cut off towards zero: they differ below zero.
assert torch.tensor(-7) // 2 == -4
assert torch.div(torch.tensor(-7), 2, rounding_mode="trunc") == -3
assert (torch.tensor(-3.5).floor(), torch.tensor(-3.5).trunc(), int(-3.5)) == (-4, -3, -3)

# %% div_modes | misconception | float64-quotient
# > a / b of integers is float32 already: neither double() nor NumPy is needed, and both make it float64.
a, b = torch.tensor([7]), torch.tensor([2])
assert (a / b).dtype == torch.float32
assert (a.double() / b).dtype == torch.from_numpy(a.numpy() / b.numpy()).dtype == torch.float64

# %% silence-example
# > Two vectors: the higher kind decides, and within one kind
for kind, limits in ((NUMBERS, torch.iinfo), (FLOATS, torch.finfo)):
    for a in kind:
        for b in kind:
            holds = [
                c for c in kind
                if limits(c).min <= min(limits(a).min, limits(b).min)
                and limits(c).max >= max(limits(a).max, limits(b).max)
                and (kind is NUMBERS or limits(c).eps <= min(limits(a).eps, limits(b).eps))
            ]  # fmt: skip
            assert (torch.zeros(1, dtype=a) + torch.zeros(1, dtype=b)).dtype == min(holds, key=lambda c: c.itemsize)
assert (torch.zeros(1, dtype=torch.int64) + torch.zeros(1, dtype=torch.float16)).dtype == torch.float16
assert (torch.zeros(1, dtype=torch.bool) + torch.zeros(1, dtype=torch.int8)).dtype == torch.int8

# %% silence-example
# > Neither of the two 16-bit dtypes holds all numbers of the other
halves = torch.tensor([1.5, 2.5])
assert (halves.half() + halves.bfloat16()).dtype == torch.float32
assert torch.finfo(torch.float16).max < torch.finfo(torch.bfloat16).max
assert torch.finfo(torch.float16).eps < torch.finfo(torch.bfloat16).eps

# %% silence-example
# > float32 holds 24 bits
assert torch.tensor(16777217).to(torch.float32).to(torch.int64) == 16777216

# %% silence-example
# > Python compares an int with a float exactly; PyTorch converts first
assert 16777217 != 16777216.0
assert torch.tensor(16777217) == torch.tensor(16777216.0)

# %% is_ragged | misconception | torch-notices-all
# > When the first row is empty, torch.tensor does not look into the others.
assert torch.tensor([[], [1]]).numel() == 0

# %% is_ragged | misconception | only-ValueError
# > behind an empty first row it looks at no other, and a number next to a list is another error, TypeError, than a
# > short row.
assert torch.tensor([[], [1]]).shape == (2, 0)
with pytest.raises(ValueError, match="expected sequence"):
    torch.tensor([[1, 2], [3]])
for mixed in ([1, [2]], [[1], 2]):
    with pytest.raises(TypeError):
        torch.tensor(mixed)

# %% sum_dtype | misconception | rank-as-length
# > zeros(0) has rank 1; rank 0 is zeros(()).
assert torch.zeros(0).dim() == 1
assert torch.zeros(()).dim() == 0

# %% sum_dtype | misconception | zero-d-never-counts
# > a 0-d float beside an integer table decides
assert (torch.tensor([True, False]) + torch.tensor(2, dtype=torch.int8)).dtype == torch.int8
assert (torch.tensor([1, 2]) + torch.tensor(0.5)).dtype == torch.float32
assert (torch.zeros(2) + torch.tensor(0.5, dtype=torch.float64)).dtype == torch.float32

# %% sum_dtype | misconception | zero-d-is-a-python-number
# > A 0-d tensor keeps its dtype, a Python number has none; and two 0-d tensors count alike.
assert (torch.tensor(1) + torch.tensor(2, dtype=torch.int8)).dtype == torch.int64
assert (torch.tensor(2, dtype=torch.int8) + torch.tensor(1)).dtype == torch.int64
whole, half = torch.tensor([1, 2]), torch.tensor(0.5, dtype=torch.float64)
assert (whole + half).dtype == torch.float64
assert (whole + half.item()).dtype == torch.float32

# %% sum_dtype-statement
# > `torch.float32`: a tensor of rank 0 counts for less.
assert (torch.zeros(3) + torch.zeros((), dtype=torch.float64)).dtype == torch.float32

# %% sum_dtype | misconception | first-decides
# > Only a += b keeps the dtype of a: in a + b the two find a common dtype.
a = torch.tensor([1.0])
a += torch.ones(1, dtype=torch.float64)
assert a.dtype == torch.float32
assert (a + torch.ones(1, dtype=torch.float64)).dtype == torch.float64

# %% sum_dtype | misconception | zeros-without-a-size
# > torch.zeros() without a size raises: rank 0 has the empty tuple for its shape, torch.zeros(()).
with pytest.raises(TypeError):
    torch.zeros()
assert torch.zeros(()).dim() == 0

# %% sum_dtype | misconception | two-numbers
# > Two 0-d tensors count alike, as two tables do: a 0-d tensor only counts for less beside one with dimensions.
number = torch.tensor(1.0, dtype=torch.float64)
assert (number + torch.tensor(1.0)).dtype == torch.float64
assert (number + torch.ones(1)).dtype == torch.float32

# %% safe_cast-statement
# > PyTorch casts silently: 2.9 becomes 2, and 300 becomes 44.
assert torch.tensor([2.9]).to(torch.uint8).tolist() == [2]
assert torch.tensor([300]).to(torch.uint8).tolist() == [44]

# %% safe_cast | misconception | infinite-results-left-out
# > An inf that was a finite number before the cast is a loss
assert torch.tensor([70000.0]).half().isinf().all()
assert not torch.tensor([70000.0]).isinf().any()

# %% safe_cast | misconception | minus-zero
# > -0.0 and 0 are the same number: compare them by ==, not by their signs, their text or their bytes.
assert -0.0 == 0
assert bool(torch.tensor(-0.0) == torch.tensor(0))
assert str(-0.0) != str(0.0)
assert torch.tensor(-0.0).signbit()

# %% safe_cast | misconception | round-trip-only
# > There and back can hide a change: look at the converted values too.
there = torch.tensor([200], dtype=torch.uint8).to(torch.int8)
assert (there.item(), there.to(torch.uint8).item()) == (-56, 200)

# %% questions
# > and so do unsigned numbers in C and sums of two NumPy arrays.
tens = np.array([10], dtype=np.uint8)
assert (np.array([250], dtype=np.uint8) + tens).tolist() == [4]
assert (torch.tensor([250], dtype=torch.uint8) + 10).tolist() == [4]

# %% questions
# > <code>+ 10</code> wraps there too, and <code>+ 300</code> raises <code>OverflowError</code>.
assert (np.array([250], dtype=np.uint8) + 10).tolist() == [4]
with pytest.raises(OverflowError):
    np.array([250], dtype=np.uint8) + 300

# %% make_rank-statement
# > Without a dtype, the value would decide it.
assert torch.full((2,), 3).dtype == torch.int64
assert torch.full((2,), 3, dtype=torch.float32).dtype == torch.float32

# %% mean_any-statement
# > Without one it refuses integers and bools.
for dtype in (torch.int64, torch.bool):
    with pytest.raises(RuntimeError, match="could not infer output dtype"):
        torch.ones(2, dtype=dtype).mean()

# %% mean_any-statement
# > <code>mean</code> adds up <code>float16</code> numbers where there is room for their sum.
hundreds = torch.full((1000,), 100.0, dtype=torch.float16)
assert hundreds.mean(dtype=torch.float16) == 100

# %% brighten-statement
# > Every sum that can occur here fits into <code>int16</code>.
assert torch.iinfo(torch.int16).min <= 0 - 1000
assert torch.iinfo(torch.int16).max >= 255 + 1000

# %% safe_cast-statement
# > (a nan is not even equal to itself)
nan = torch.tensor([float("nan")]).tolist()[0]
assert nan != nan

# %% line-text
# > It starts with a wrong one, asks how the loss changes with its two numbers, and moves both a little,
# > again and again.
x = torch.linspace(-1, 1, 20)
y = 3 * x - 1
line = torch.zeros(2, requires_grad=True)
(change,) = torch.autograd.grad(((line[0] * x + line[1] - y) ** 2).mean(), line)
moved = line.detach() - 0.2 * change
assert ((moved[0] * x + moved[1] - y) ** 2).mean() < ((line[0] * x + line[1] - y) ** 2).mean()
