"""Claims of 03-broadcasting-and-reductions, each with lines that show it."""

import pytest
import torch

# %% part-a-text
# > a **reduction** such as `sum`, `mean` or `amax` removes the axes that you name.
x = torch.ones(2, 3)
assert [x.sum(0).shape, x.mean(1).shape, x.amax((0, 1)).shape, x.sum().shape] == [(3,), (2,), (), ()]

# %% channel_means | misconception | mean-of-integers
# > mean() needs floating-point numbers: convert the picture first.
with pytest.raises(RuntimeError, match="floating point"):
    torch.ones(2, dtype=torch.uint8).mean()

# %% channel_means | misconception | small-accumulator
# > uint8 wraps at 256, int16 at 32768, and float16 has three digits and ends at 65504; image.sum() by itself adds
# > integers up in int64
assert 1e-4 < torch.finfo(torch.float16).eps < 1e-3
x = torch.tensor([200, 100], dtype=torch.uint8)
assert x.sum(dtype=torch.uint8) == 44
assert (x.sum().item(), x.sum().dtype) == (300, torch.int64)
assert torch.tensor([32767, 1], dtype=torch.int16).sum(dtype=torch.int16) == -32768
assert torch.finfo(torch.float16).max == 65504

# %% channel_means | misconception | view-needs-contiguous
# > view() refuses memory that is not laid out for the new shape, such as a crop; reshape() takes any.
crop = torch.zeros(4, 4, 3)[1:3, 1:3]
with pytest.raises(RuntimeError, match="view size is not compatible"):
    crop.view(-1, 3)
assert crop.reshape(-1, 3).shape == (4, 3)

# %% as_column | misconception | transpose-of-1d
# > A 1-D tensor has no second axis to swap; add one.
x = torch.zeros(3)
assert (x.t().shape, x[:, None].shape, x[None].shape) == ((3,), (3, 1), (1, 3))

# %% part-b-text
# > a size of 1 is stretched, without a copy.
x = torch.zeros(3, 1)
assert x.expand(3, 4).data_ptr() == x.data_ptr()
assert x.expand(3, 4).stride() == (1, 0)

# %% part-b-text
# > A shape that is too short gets ones in front.
assert (torch.zeros(5, 1, 3) + torch.zeros(4, 1)).shape == (5, 4, 3)

# %% part-b-text
# > In most tables this raises an error. **In a square table it does not.**
with pytest.raises(RuntimeError, match="must match the size"):
    torch.ones(4, 3) - torch.ones(4, 3).mean(1)
assert (torch.ones(3, 3) - torch.ones(3, 3).mean(1)).shape == (3, 3)

# %% part-b-text
# > Nor does it in a table with a single column: `(4, 1)` minus its row means, `(4,)`, has the shape `(4, 4)`.
assert (torch.ones(4, 1) - torch.ones(4, 1).mean(1)).shape == (4, 4)

# %% part-b-example
# > no error, and yet: row 0 should be -1, 0, 1
table = torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0], [4.0, 4.0, 4.0]])
assert (table - table.mean(1))[0].tolist() != [-1, 0, 1]
assert (table - table.mean(1, keepdim=True))[0].tolist() == [-1, 0, 1]

# %% scale_to_peak | misconception | max-is-a-pair
# > max(dim) returns values and indices; take .values, or use amax.
pair = torch.tensor([[1.0, 3.0, 2.0]]).max(1)
assert (pair.values.tolist(), pair.indices.tolist()) == ([3], [1])

# %% mean_squared_error | misconception | broadcast-to-square
# > (N, 1) and (N,) broadcast to (N, N): give both the same shape before you subtract.
assert (torch.ones(3, 1) - torch.ones(3)).shape == (3, 3)

# %% mean_squared_error | misconception | in-place
# > reshape(-1) and flatten() of a contiguous tensor are views, and squeeze_() changes the tensor itself: compute new
# > tensors.
x = torch.zeros(2, 2)
x.reshape(-1)[0] = 1
x.flatten()[3] = 2
assert x.tolist() == [[1, 0], [0, 2]]
y = torch.zeros(3, 1)
y.squeeze_()
assert y.shape == (3,)

# %% broadcast_shape-statement
# > A size may be 0, and the rule does not change for it.
assert torch.broadcast_shapes((0,), (1,)) == (0,)
with pytest.raises(RuntimeError):
    torch.broadcast_shapes((0,), (2,))

# %% broadcast_shape-statement
# > Check which exception it raises.
with pytest.raises(RuntimeError):
    torch.broadcast_shapes((2, 3), (2,))

# %% broadcast_shape | misconception | zero-is-special
# > 0 is a size like any other: a 1 takes the other size, even when that is 0, and 0 fits nothing else but 0.
assert (torch.zeros(0) + torch.zeros(1)).shape == (0,)
assert torch.broadcast_shapes((0,), (0,)) == (0,)
with pytest.raises(RuntimeError):
    torch.broadcast_shapes((0,), (2,))

# %% broadcast_shape | misconception | a-multiple-fits
# > Sizes fit when they are equal or one of them is 1; 2 is not repeated to fill 4.
with pytest.raises(RuntimeError):
    torch.broadcast_shapes((2,), (4,))
assert torch.broadcast_shapes((1,), (4,)) == torch.broadcast_shapes((4,), (4,)) == (4,)

# %% part-c-text
# > it pairs the last axis of the left one with the second to last axis of the right one, multiplies, and sums over it.
left, right = torch.rand(2, 3, dtype=torch.float64), torch.rand(3, 4, dtype=torch.float64)
assert torch.allclose(left @ right, (left[:, :, None] * right).sum(1))

# %% part-c-text
# > A vector on the right has only one axis, so that one is used: `(2, 3) @ (3,)` has the shape `(2,)`.
assert (torch.ones(2, 3) @ torch.ones(3)).shape == (2,)
assert (torch.ones(5, 2, 3) @ torch.ones(3)).shape == (5, 2)

# %% part-c-text
# > That is true for `+ - * /` between tensors as well. It is not true for `@`: run the cell.
single, double = torch.ones(2, 2), torch.ones(2, 2, dtype=torch.float64)
for result in (single + double, single - double, single * double, single / double):
    assert result.dtype == torch.float64
with pytest.raises(RuntimeError, match="same dtype"):
    single @ double

# %% bilinear | misconception | float-meets-double
# > @, einsum and bmm need one dtype, which * does not: bring all three to the widest first.
with pytest.raises(RuntimeError, match="same dtype"):
    torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.float64)
with pytest.raises(RuntimeError, match="expected scalar type"):
    torch.einsum("ij,jk->ik", torch.ones(2, 2), torch.ones(2, 2, dtype=torch.float64))
with pytest.raises(RuntimeError, match="expected scalar type"):
    torch.bmm(torch.ones(1, 2, 2), torch.ones(1, 2, 2, dtype=torch.float64))
assert (torch.ones(2, 2) * torch.ones(2, 2, dtype=torch.float64)).dtype == torch.float64

# %% bilinear | misconception | empty-batch
# > A batch may be empty, and torch.stack and torch.cat need at least one tensor: work on the whole batch at once.
with pytest.raises(RuntimeError, match="non-empty"):
    torch.stack([])
with pytest.raises((RuntimeError, ValueError), match="non-empty"):
    torch.cat([])

# %% part-d-text
# > `float32` ends near 3 · 10³⁸, so `exp` overflows soon after 88;
assert 3e38 < torch.finfo(torch.float32).max < 4e38
assert torch.tensor([88.0, 88.7, 89.0]).exp().isinf().tolist() == [False, False, True]

# %% part-d-text
# > `nan` and `inf` do not go away when you multiply them by 0.
assert (torch.tensor([float("nan"), float("inf")]) * 0).isnan().all()

# %% part-d-example
# > choose instead: it is gone
readings, use = torch.tensor([3.0, float("nan"), 5.0]), torch.tensor([True, False, True])
assert (readings * use).isnan().any()
assert torch.where(use, readings, 0.0).tolist() == [3, 0, 5]

# %% stable_softmax | misconception | alias-is-no-copy
# > What writes in place, -= or a name that ends in _, writes into the caller's x, under a second name (y = x, x[:])
# > too: write y = x - ... instead.
z = torch.zeros(2)
z[:].sub_(1)
assert z.tolist() == [-1, -1]
x = torch.zeros(2)
y = x
y -= 1
assert y is x
assert x.tolist() == [-1, -1]
assert x[:].data_ptr() == x.data_ptr() != (x - 1).data_ptr()

# %% stable_softmax | misconception | log-shares
# > log_softmax gives the logarithms of the shares: take exp of them, or use softmax.
scores = torch.tensor([0.0, 1.0, 2.0])
assert torch.allclose(scores.log_softmax(0).exp(), scores.softmax(0))

# %% masked_row_means | misconception | nan-times-zero
# > Multiplying by 0 does not remove a nan or an inf: select with torch.where or masked_fill.
x = torch.tensor([float("nan"), 1.0])
assert x.masked_fill(torch.tensor([True, False]), 0).tolist() == [0, 1]
assert (torch.tensor([float("nan"), float("inf")]) * 0).isnan().all()

# %% masked_row_means | misconception | int-mask-indexes
# > 0 and 1 in an integer dtype are positions, or refused, and ~ makes other numbers of them: a mask is bool.
x, mask = torch.tensor([5.0, 6.0, 7.0]), torch.tensor([0, 1, 1])
assert x[mask].tolist() == [5, 6, 6]
assert x[mask.bool()].tolist() == [6, 7]
assert (~mask).tolist() == [-1, -2, -2]

# %% masked_row_means | misconception | narrow-count
# > A count kept in uint8 wraps at 256, one in int8 at 128
kept = torch.ones(300, dtype=torch.uint8)
assert kept.sum(dtype=torch.uint8) == 300 - 256
assert kept[:128].sum(dtype=torch.int8) == -128
assert kept.sum().dtype == torch.int64

# %% questions
# > The last two: their shapes are <code>(4, 1)</code> and <code>(4,)</code>. The first broadcasts to <code>(4,
# > 4)</code>
x, y = torch.ones(4, 1), torch.ones(4)
assert [(x + y).shape, (x + y[:, None]).shape, (x[:, 0] + y).shape] == [(4, 4), (4, 1), (4,)]

# %% questions
# > With the smallest, <code>exp</code> still overflows when the scores of a slice lie far apart.
scores = torch.tensor([0.0, 1000.0])
assert (scores - scores.min()).exp().isinf().any()
assert (scores - scores.max()).exp().tolist() == [0, 1]

# %% scale_to_peak-statement
# > A quotient of integers is <code>float32</code> by itself.
for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
    assert (torch.ones(2, 1, dtype=dtype) / torch.ones(2, 1, dtype=dtype)).dtype == torch.float32

# %% bilinear-statement
# > <code>*</code> promotes dtypes, <code>@</code> does not.
a, b = torch.ones(2, 2), torch.ones(2, 2, dtype=torch.float64)
assert (a * b).dtype == torch.float64
with pytest.raises(RuntimeError):
    a @ b

# %% stable_softmax-statement
# > <code>exp</code> of a number that is 0 or less cannot overflow.
assert torch.tensor([0.0, -1e4, -float("inf")]).exp().tolist() == [1, 0, 0]
