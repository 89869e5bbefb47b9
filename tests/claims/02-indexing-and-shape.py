"""Claims of 02-indexing-and-shape, each with lines that show it."""

import pytest
import torch
import torch.nn.functional as F

# %% part-1-text
# > looks into the memory of `x`;
x = torch.arange(12)
assert x[1:3].data_ptr() == x.data_ptr() + 8
assert x[0].data_ptr() == x.data_ptr()

# %% part-1-text
# > copies, in the order of the list, repeats too;
x = torch.arange(12).reshape(3, 4)
assert x[[2, 0, 2]][:, 0].tolist() == [8, 0, 8]
assert x[[1]].data_ptr() != x[1].data_ptr()

# %% part-1-text
# > copies what is `True`.
x = torch.arange(12)
x[x > 5].zero_()
assert x.tolist() == list(range(12))

# %% masked_mean-hidden
# > An invalid nan survives a multiplication by 0: leave it out instead.
assert (torch.tensor(float("nan")) * 0).isnan()

# %% masked_mean | misconception | nonzero-as-index
# > nonzero() gives one row of coordinates per element.
assert torch.tensor([[1, 0], [1, 1]]).nonzero().tolist() == [[0, 0], [1, 0], [1, 1]]

# %% masked_mean | misconception | ones-and-zeros-as-index
# > A mask is a bool tensor; 0 and 1 in int64 are positions.
x, keep = torch.tensor([10.0, 99.0, 20.0]), torch.tensor([1, 0, 1])
assert x[keep].tolist() == [99, 10, 99]
assert x[keep.bool()].tolist() == [10, 20]

# %% one_hot-hidden
# > squeeze() without a dimension drops every dimension of size 1.
assert torch.zeros(1, 3, 1).squeeze().shape == (3,)
assert torch.zeros(1, 3, 1).squeeze(-1).shape == (1, 3)

# %% one_hot-hidden
# > F.one_hot gives int64: the numbers are right, the dtype is not.
assert F.one_hot(torch.tensor([2, 0]), 3).dtype == torch.int64
assert F.one_hot(torch.tensor([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]

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
# > `reshape` keeps the reading order and only cuts the row at other places.
x = torch.tensor([[1, 2, 3], [4, 5, 6]])
assert x.reshape(3, 2).flatten().tolist() == x.flatten().tolist()
assert x.t().reshape(6).tolist() == x.t().flatten().tolist() == [1, 4, 2, 5, 3, 6]

# %% stack_frames | misconception | cat-for-stack
# > cat lengthens an existing dimension, stack makes a new one.
pair = [torch.zeros(2, 3), torch.zeros(2, 3)]
assert (torch.cat(pair).shape, torch.stack(pair).shape) == ((4, 3), (2, 2, 3))

# %% rotate_left-hidden
# > PyTorch has no negative steps: use flip.
with pytest.raises(ValueError, match="step must be greater than zero"):
    torch.arange(3)[::-1]

# %% read_columns-hidden
# > clone keeps the layout; ask for torch.contiguous_format.
turned = torch.zeros(2, 3).t()
assert turned.clone().stride() == turned.stride()
assert turned.clone(memory_format=torch.contiguous_format).is_contiguous()

# %% read_columns-hidden
# > reshape copies only when it must: clone says that you want a copy.
turned = torch.zeros(2, 3).t()
assert turned.t().reshape(-1).data_ptr() == turned.data_ptr()
assert turned.reshape(-1).data_ptr() != turned.data_ptr()

# %% read_columns-hidden
# > view never copies; a transposed matrix cannot be flattened without copying.
with pytest.raises(RuntimeError, match="view size is not compatible"):
    torch.zeros(2, 3).t().view(-1)

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
# > counts[i] += 1 reads all positions before it writes any, so repeats add 1 once: use index_add_ or bincount.
counts, i = torch.tensor([5, 0, 1]), torch.tensor([0, 2, 0])
counts[i] += 1
assert counts.tolist() == [6, 0, 2]
counts = torch.tensor([5, 0, 1]).index_add_(0, i, torch.ones(3, dtype=torch.int64))
assert counts.tolist() == [7, 0, 2]

# %% tally_-hidden
# > Indexing with a tensor copies: x[[0]].fill_(1) leaves x unchanged.
x = torch.zeros(3)
x[[0]].fill_(1)
assert x.tolist() == [0, 0, 0]

# %% compact-hidden
# > Ask is_contiguous(): being part of a bigger tensor is no reason to copy.
assert torch.zeros(6, 8)[2:5].is_contiguous()

# %% compact-hidden
# > reshape copies only if the new shape forces it; the same shape never does.
turned = torch.zeros(2, 3).t()
assert turned.reshape(3, 2).data_ptr() == turned.data_ptr()
assert not turned.reshape(3, 2).is_contiguous()

# %% windows-hidden
# > unfold puts the new dimension at the end.
assert torch.zeros(6, 3).unfold(0, 2, 1).shape == (5, 3, 2)

# %% windows-hidden
# > stack and tensor indexes copy: overlapping windows need a view.
x = torch.arange(4)
assert torch.stack([x[0:2], x[1:3]]).data_ptr() != x.data_ptr() == x.unfold(0, 2, 1).data_ptr()

# %% questions
# > It makes a new small object with sizes and strides swapped, on the same memory.
x = torch.zeros(2, 3)
assert x.t() is not x
assert (x.t().shape, x.t().data_ptr()) == ((3, 2), x.data_ptr())
