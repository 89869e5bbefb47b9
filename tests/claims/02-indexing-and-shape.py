"""Claims of 02-indexing-and-shape, each with lines that show it."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from torchmarks import show

# %% part-1-text
# > looks into the memory of `x`;
x = torch.arange(12)
assert x[1:3].data_ptr() == x.data_ptr() + 8
assert x[0].data_ptr() == x.data_ptr()

# %% part-1-text
# > copies, in the order of the list, with repeats;
x = torch.arange(12).reshape(3, 4)
assert x[[2, 0, 2]][:, 0].tolist() == [8, 0, 8]
assert x[[1]].data_ptr() != x[1].data_ptr()

# %% part-1-text
# > copies what is `True`.
x = torch.arange(12)
x[x > 5].zero_()
assert x.tolist() == list(range(12))

# %% masked_mean | misconception | multiply-by-the-mask
# > An invalid nan or inf survives a multiplication by 0: leave it out instead.
assert (torch.tensor(float("nan")) * 0).isnan()
assert (torch.tensor(float("inf")) * 0).isnan()

# %% masked_mean | misconception | nonzero-as-index
# > nonzero() gives one row of coordinates per element.
assert torch.tensor([[1, 0], [1, 1]]).nonzero().tolist() == [[0, 0], [1, 0], [1, 1]]

# %% masked_mean | misconception | ones-and-zeros-as-index
# > A mask is a bool tensor; 0 and 1 in int64 are positions.
x, keep = torch.tensor([10.0, 99.0, 20.0]), torch.tensor([1, 0, 1])
assert x[keep].tolist() == [99, 10, 99]
assert x[keep.bool()].tolist() == [10, 20]

# %% masked_mean | misconception | nan-of-another-dtype
# > torch.tensor(float("nan")) is always float32: the nan for no reading needs the dtype of the mean, too.
assert torch.tensor(float("nan")).dtype == torch.float32
assert torch.zeros(0, dtype=torch.float64).mean().dtype == torch.float64

# %% one_hot | misconception | squeeze-drops-too-much
# > squeeze() drops every dimension of size 1, squeeze(0) the only row.
assert torch.zeros(1, 3, 1).squeeze().shape == (3,)
assert torch.zeros(1, 3, 1).squeeze(-1).shape == (1, 3)
assert torch.zeros(1, 3).squeeze(0).shape == (3,)

# %% one_hot | misconception | int64-one-hot
# > F.one_hot and what is made of int64 give int64: the numbers are right, the dtype is not.
assert F.one_hot(torch.tensor([2, 0]), 3).dtype == torch.int64
assert F.one_hot(torch.tensor([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
assert torch.eye(3, dtype=torch.int64)[torch.tensor([2, 0])].dtype == torch.int64

# %% one_hot | misconception | no-class-numbers
# > Of no rows at all stack and torch.tensor([]) cannot know the C columns: give the shape yourself.
with pytest.raises(RuntimeError, match="non-empty"):
    torch.stack([])
assert torch.tensor([]).shape == (0,)

# %% column | misconception | slice-of-minus-one
# > -1:0 is an empty slice: the last column needs another way.
assert torch.zeros(2, 3)[:, -1:0].shape == (2, 0)

# %% column | misconception | dimension-lost
# > An integer index removes its dimension; a slice or None keeps or restores it.
x = torch.zeros(2, 3)
assert [x[:, 1].shape, x[:, 1:2].shape, x[:, 1, None].shape] == [(2,), (2, 1), (2, 1)]

# %% part-2-text
# > Turning a tensor swaps the strides and leaves the row as it is.
x = torch.tensor([[1, 2, 3], [4, 5, 6]])
assert (x.stride(), x.t().stride()) == ((3, 1), (1, 3))
assert x.data_ptr() == x.t().data_ptr()

# %% part-2-text
# > `reshape` keeps the reading order and only cuts the row in other places.
x = torch.tensor([[1, 2, 3], [4, 5, 6]])
assert x.reshape(3, 2).flatten().tolist() == x.flatten().tolist()
assert x.t().reshape(6).tolist() == x.t().flatten().tolist() == [1, 4, 2, 5, 3, 6]

# %% stack_frames | misconception | cat-for-stack
# > cat lengthens an existing dimension, stack makes a new one.
pair = [torch.zeros(2, 3), torch.zeros(2, 3)]
assert (torch.cat(pair).shape, torch.stack(pair).shape) == ((4, 3), (2, 2, 3))

# %% rotate_left | misconception | negative-step
# > PyTorch has no negative steps, and takes no NumPy array with negative strides: use flip, or copy the array.
with pytest.raises(ValueError, match="step must be greater than zero"):
    torch.arange(3)[::-1]
with pytest.raises(ValueError, match="stride in the given numpy array is negative"):
    torch.from_numpy(np.arange(3)[::-1])

# %% rotate_left | misconception | minus-one-of-nothing
# > reshape cannot work out a -1 for a picture without elements, into which any number of pictures would fit.
with pytest.raises(RuntimeError, match="cannot reshape tensor of 0 elements"):
    torch.zeros(2, 0, 3).reshape(-1, 0, 3)

# %% read_columns | misconception | view-of-a-transpose
# > view never copies and refuses a turned matrix, and clone keeps the layout: use reshape, or clone with
# > torch.contiguous_format.
turned = torch.zeros(2, 3).t()
assert turned.clone().stride() == turned.stride()
assert turned.clone(memory_format=torch.contiguous_format).is_contiguous()
with pytest.raises(RuntimeError, match="view size is not compatible"):
    turned.view(-1)

# %% read_columns | misconception | reshape-always-copies
# > reshape, flatten, ravel and contiguous copy only when they must, x[0] and x[:, 0] never: clone says that you want a
# > copy.
assert torch.zeros(2, 3).ravel().shape == (6,)
turned = torch.zeros(2, 3).t()
assert turned.t().reshape(-1).data_ptr() == turned.data_ptr()
assert turned.reshape(-1).data_ptr() != turned.data_ptr()
x = turned.t()
assert x.ravel().data_ptr() == x.data_ptr()
assert x.flatten().data_ptr() == x.contiguous().data_ptr() == x[0].data_ptr() == x[:, 0].data_ptr() == x.data_ptr()
assert x.clone().data_ptr() != x.data_ptr()

# %% contiguous-example
# > writes into the memory of a
a = torch.zeros(3)
b = a
b += 1
assert a.tolist() == [1, 1, 1]
b = b + 1
assert a.tolist() == [1, 1, 1]

# %% tally_ | misconception | bincount-too-short
# > bincount ends at the largest position that occurs: give it minlength.
assert torch.bincount(torch.tensor([0, 2, 0])).tolist() == [2, 0, 1]
assert torch.bincount(torch.tensor([0, 1]), minlength=5).tolist() == [1, 1, 0, 0, 0]

# %% tally_ | misconception | repeats-count-once
# > counts[i] += 1 writes repeats once
counts, i = torch.tensor([5, 0, 1]), torch.tensor([0, 2, 0])
counts[i] += 1
assert counts.tolist() == [6, 0, 2]
counts = torch.tensor([5, 0, 1]).index_add_(0, i, torch.ones(3, dtype=torch.int64))
assert counts.tolist() == [7, 0, 2]

# %% tally_ | misconception | write-into-a-copy
# > Indexing with a tensor copies, and so do clone and to: what is written there leaves counts unchanged.
x = torch.zeros(3)
x[[0]].fill_(1)
assert x.tolist() == [0, 0, 0]
x.clone().fill_(1)
x.to(torch.float64).fill_(1)
assert x.tolist() == [0, 0, 0]

# %% compact | misconception | always-copies
# > a part of something larger, or of length 1, may be contiguous as it is.
assert torch.zeros(6, 8)[2:5].is_contiguous()
assert torch.zeros(3).as_strided((1, 3), (99, 1)).is_contiguous()

# %% compact | misconception | reshape-straightens
# > reshape and flatten copy only if the new shape forces it; the same shape never does.
turned = torch.zeros(2, 3).t()
assert turned.reshape(3, 2).data_ptr() == turned.data_ptr()
assert not turned.reshape(3, 2).is_contiguous()
assert turned.flatten(1).data_ptr() == turned.data_ptr() != turned.reshape(6).data_ptr()

# %% compact | misconception | numbers-become-vectors
# > ascontiguousarray gives at least one dimension: a tensor of rank 0 becomes a vector.
assert np.ascontiguousarray(np.array(5.0)).shape == (1,)

# %% windows | misconception | window-dimension-last
# > unfold puts the new dimension at the end: swap the last two, whatever their sizes are.
assert torch.zeros(6, 3).unfold(0, 2, 1).shape == (5, 3, 2)
assert torch.zeros(6, 3).unfold(0, 2, 1).transpose(1, 2).shape == (5, 2, 3)

# %% windows | misconception | stack-copies
# > stack, cat, tensor indexes, clone and contiguous copy: overlapping windows need a view.
x = torch.arange(4)
view = x.unfold(0, 2, 1)
assert torch.stack([x[0:2], x[1:3]]).data_ptr() != x.data_ptr() == view.data_ptr()
for copy in (
    torch.cat([x[None, 0:2], x[None, 1:3]]),
    x[torch.tensor([[0, 1], [1, 2]])],
    view.clone(),
    view.contiguous(),
):
    assert copy.data_ptr() != x.data_ptr()

# %% windows | misconception | step-of-k
# > The third argument of unfold is the step: with k the windows do not overlap.
assert torch.arange(6).unfold(0, 3, 3).tolist() == [[0, 1, 2], [3, 4, 5]]

# %% questions
# > It makes a new small object with sizes and strides swapped, on the same memory.
x = torch.zeros(2, 3)
assert x.t() is not x
assert (x.t().shape, x.t().data_ptr()) == ((3, 2), x.data_ptr())

# %% masked_mean-statement
# > A mask selects the elements under it, whatever the rank of <code>x</code>.
for shape in ((), (3,), (2, 3), (0, 2)):
    x = torch.ones(shape)
    assert x[x > 0].shape == (x.numel(),)

# %% one_hot-statement
# > It works without rows as well.
rows = torch.zeros(0, 3)
rows[torch.arange(0), torch.tensor([], dtype=torch.int64)] = 1
assert rows.shape == (0, 3)

# %% column-statement
# > it counts from the end by itself, and copies nothing.
x = torch.arange(6.0).reshape(2, 3)
assert x[:, -1].tolist() == [2, 5]
assert x[:, -1].data_ptr() == x[0, 2].data_ptr()

# %% stack_frames-statement
# > <code>squeeze</code> takes away all dimensions of size 1, unless you name one.
assert torch.zeros(1, 3, 1).squeeze().shape == (3,)
assert torch.zeros(1, 3, 1).squeeze(-1).shape == (1, 3)

# %% rotate_left-statement
# > <code>transpose</code> swaps two dimensions and copies nothing, <code>flip</code> reverses one and copies.
for x in (torch.arange(6.0).reshape(2, 3), torch.arange(3.0).reshape(1, 3), torch.zeros(1, 1)):
    assert x.transpose(-2, -1).data_ptr() == x.data_ptr() != x.flip(-2).data_ptr()

# %% read_columns-statement
# > <code>reshape</code> reads the transpose row by row, and copies only if it has to; <code>clone</code> always copies.
table, row = torch.arange(6).reshape(2, 3), torch.arange(3).reshape(1, 3)
assert table.t().reshape(-1).tolist() == [0, 3, 1, 4, 2, 5]
assert row.t().reshape(-1).data_ptr() == row.data_ptr() != row.t().reshape(-1).clone().data_ptr()

# %% tally_-statement
# > Add that to <code>counts</code> in place, with <code>+=</code>, which keeps memory and dtype
for dtype in (torch.int64, torch.int32, torch.float32):
    counts = torch.zeros(2, dtype=dtype)
    before = counts.data_ptr()
    counts += torch.bincount(torch.tensor([1, 1]), minlength=2)
    assert (counts.tolist(), counts.dtype, counts.data_ptr()) == ([0, 2], dtype, before)

# %% part-2-text
# > To draw such a picture of your own tensors, with their strides and the memory that they share, run
x = torch.tensor([[1, 2, 3], [4, 5, 6]])
drawn = show(x, x.t())
assert all(words in drawn.text for words in ("strides (3, 1)", "strides (1, 3)", "memory A: 6 elements"))
assert "memory B" not in drawn.text
