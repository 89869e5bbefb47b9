"""Claims of 10-pick-and-contract, each with lines that show it."""

import math
import warnings

import pytest
import torch

from torchmarks import pebbles

# %% part-a-text
# > A slice cuts out a block, and the block is a view.
x = torch.arange(6).reshape(2, 3)
assert x[:, 1:].data_ptr() == x.data_ptr() + x.element_size()

# %% part-a-text
# > A tensor of `int64` lists positions, and the result is a copy; two of them are read side by side, as coordinates of
# > single elements.
x = torch.arange(6).reshape(2, 3)
x[torch.tensor([0])].fill_(9)
assert x[0, 0].item() == 0
assert x[torch.tensor([0, 1]), torch.tensor([2, 0])].tolist() == [2, 3]

# %% part-a-text
# > tensor of `uint8`, from the days before `bool`, still does the same, with a warning
x = torch.arange(3)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    assert torch.equal(x[torch.tensor([1, 0, 1], dtype=torch.uint8)], x[torch.tensor([True, False, True])])

# %% part-b-text
# > Without `stable=True` torch promises nothing, and short rows hide it.
for n, kept in ((16, True), (40, False)):
    t = torch.zeros(n)
    assert torch.equal(t.argsort(), torch.arange(n)) == kept

# %% part-c-text
# > each draw moves the state on, and the same state gives the same numbers
g = torch.Generator().manual_seed(3)
state = g.get_state()
first = torch.rand(4, generator=g)
assert not torch.equal(g.get_state(), state)
g.set_state(state)
assert torch.equal(torch.rand(4, generator=g), first)

# %% part-c-text
# > an assignment keeps one of the two, `index_add` keeps their sum
place, money = torch.tensor([0, 0]), torch.tensor([5.0, 20.0])
box = torch.zeros(1)
box[place] = money
assert box.item() in (5.0, 20.0)
assert torch.zeros(1).index_add(0, place, money).item() == 25.0

# %% part-d-text
# > a letter that is missing after the arrow is summed over
a = torch.arange(6.0).reshape(2, 3)
assert torch.equal(torch.einsum("td->t", a), a.sum(1))

# %% attention-text
# > Put together, the last two exercises are the step that every transformer takes
q, k, v = (torch.randn(1, 2, rows, 4) for rows in (3, 5, 5))
keep = torch.ones(3, 5, dtype=torch.bool).tril()
scores = (q / 2) @ k.mT
shares = scores.masked_fill(~keep, float("-inf")).softmax(-1)
theirs = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=keep)
assert torch.allclose(shares @ v, theirs, atol=1e-5)
keep[1] = False
theirs = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=keep)
assert bool((theirs[:, :, 1] == 0).all())

# %% pick_per_row | misconception | uint8-is-a-mask
# > Indexing takes uint8 for a mask, from times before there was bool, and gather refuses it
x, i = torch.arange(9).reshape(3, 3), torch.tensor([1, 0, 2], dtype=torch.uint8)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    assert x[0, i].tolist() == [0, 2]
with pytest.raises(RuntimeError):
    x.gather(1, i[:, None])

# %% pick_per_row | misconception | squeeze-drops-too-much
# > squeeze() without an axis drops every axis of length 1
assert torch.zeros(1, 2, 1).squeeze().shape == (2,)

# %% pick_per_row | misconception | always-float32
# > What is made without a dtype is float32, whatever its values came from: zeros, empty, and torch.tensor of Python's
# > floats
assert torch.zeros(2).dtype == torch.empty(2).dtype == torch.float32
assert torch.tensor(torch.zeros(2, dtype=torch.float64).tolist()).dtype == torch.float32

# %% pick_per_row | misconception | flat-positions
# > take and a flattened tensor count on through all rows
assert torch.arange(6).reshape(2, 3).take(torch.tensor([4])).item() == 4

# %% split_sizes | misconception | chunk-for-split
# > chunk and tensor_split with a number choose the sizes themselves, equal ones, and chunk perhaps fewer parts
assert len(torch.arange(6).chunk(4)) == 3
assert [len(t) for t in torch.arange(6).tensor_split(4)] == [2, 2, 1, 1]

# %% split_sizes | misconception | contiguous-copies-some
# > contiguous() gives the tensor itself where it is contiguous, and a copy where it is not
t = torch.zeros(2, 4)
rows, columns = t.split(1, 0)[1], t.split(2, 1)[1]
assert rows.contiguous().data_ptr() == rows.data_ptr()
assert columns.contiguous().data_ptr() != columns.data_ptr()

# %% split_sizes | misconception | wrong-exception
# > split and narrow raise RuntimeError
with pytest.raises(RuntimeError):
    torch.arange(3).split([1, 1], 0)
with pytest.raises(RuntimeError):
    torch.arange(3).narrow(0, 1, 9)

# %% top_k | misconception | negated
# > in uint8 and for -2**63 in int64 a number can be its own negative
assert (-torch.tensor(-(2**63))).item() == -(2**63)
assert (-torch.tensor([0, 128], dtype=torch.uint8)).tolist() == [0, 128]

# %% top_k | misconception | digits-lost-in-floats
# > floats cannot hold all integers, so neighbours become equal
assert torch.tensor(2**53 + 1).double().item() == 2**53
assert torch.tensor(2**24 + 1).float().item() == 2**24

# %% top_k | misconception | not-largest-first
# > an ascending sort gives the smallest first, and topk with sorted=False promises no order
t = torch.tensor([1.0, 5.0, 3.0, 4.0, 2.0])
assert sorted(t.topk(3, sorted=False).values.tolist()) == [3.0, 4.0, 5.0]

# %% ranks | misconception | one-argsort
# > invert it, for example by a second argsort
t = torch.tensor([30.0, 10.0, 20.0])
assert t.argsort().argsort().tolist() == [2, 0, 1] != t.argsort().tolist()

# %% ranks-statement
# > Together with <code>stable</code>, pass the axis by its name, <code>dim</code>.
with pytest.raises(TypeError):
    torch.zeros(2, 3).argsort(-1, stable=True)  # type: ignore[call-overload]
assert torch.zeros(2, 3).argsort(dim=-1, stable=True).tolist() == [[0, 1, 2], [0, 1, 2]]

# %% unique_rows | misconception | consecutive-only
# > unique_consecutive merges neighbours only, so equal rows that lie apart count twice
assert len(torch.unique_consecutive(torch.tensor([[1], [2], [1]]), dim=0)) == 3

# %% unique_rows | misconception | columns-torn-apart
# > sort(0) sorts each column by itself and tears rows apart
assert torch.tensor([[2, 1], [1, 2]]).sort(0).values.tolist() == [[1, 1], [2, 2]]

# %% sample_rows | misconception | generator-stands-still
# > A new generator, a copy, or a seed that is set again gives the same rows at every call
g = torch.Generator().manual_seed(5)
drawn = [torch.randperm(50, generator=g.clone_state()).tolist() for _ in range(2)]
assert drawn[0] == drawn[1]

# %% sample_rows | misconception | error-of-multinomial
# > multinomial, narrow and an assert raise errors of their own kind, and multinomial refuses n = 0
for n in (0, 4):
    with pytest.raises(RuntimeError):
        torch.multinomial(torch.ones(3), n)

# %% segment_mean | misconception | initial-zero-counted
# > By default scatter_reduce and index_reduce count what stood there before as one more entry
i, v = torch.tensor([0, 0]), torch.tensor([4.0, 8.0])
assert torch.zeros(1).scatter_reduce(0, i, v, "mean").item() == 4.0
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that it is in beta
    assert torch.zeros(1).index_reduce(0, i, v, "mean").item() == 4.0

# %% segment_mean | misconception | scatter-one-column
# > scatter visits the elements of the index, and a column of ids visits column 0 alone
out = torch.zeros(1, 2).scatter_add(0, torch.tensor([[0], [0]]), torch.ones(2, 2))
assert out.tolist() == [[2.0, 0.0]]

# %% segment_mean | misconception | nan-hidden
# > nan_to_num, or a 0 wherever isnan() is True, repairs more than the empty segments
assert bool(torch.nan_to_num(torch.tensor([float("nan"), float("inf")])).isfinite().all())

# %% segment_mean-statement
# > A segment has at most 500 rows
for number in (0.1, 0.7, 1000.1):
    rows = torch.full((500, 1), number)
    mean = torch.zeros(1, 1).index_add(0, torch.zeros(500, dtype=torch.int64), rows).item() / 500
    assert abs(mean - rows[0].item()) < 1e-5 * max(1, number)

# %% segment_mean | misconception | by-way-of-other-rows
# > nan and inf leave nan, and in a large number the digits of small ones are lost
for bad in (float("nan"), float("inf")):
    t = torch.tensor([1.0, bad, 2.0]).cumsum(0)
    assert (t[2] - t[1]).isnan()
assert torch.tensor([1e30, 2.0]).cumsum(0).diff().item() == 0

# %% attention_scores | misconception | scaled-too-late
# > float16 ends at 65504
assert torch.finfo(torch.float16).max == 65504

# %% attention_scores | misconception | sizes-unchecked
# > A size of 1 can stretch without a word, and other sizes raise RuntimeError
assert (torch.ones(2, 3, 1, 2) @ torch.ones(2, 1, 2, 1)).shape == (2, 3, 1, 1)
with pytest.raises(RuntimeError):
    torch.ones(2, 3, 1, 2) @ torch.ones(2, 2, 2, 1)

# %% attention_scores | misconception | root-made-whole
# > The square root of D is seldom a whole number, and int(), //, isqrt and round make one of it: for D = 6 they divide
# > by 2, not by 2.449.
assert int(6**0.5) == 6**0.5 // 1 == math.isqrt(6) == round(6**0.5) == 2
assert round(6**0.5, 3) == 2.449

# %% masked_softmax | misconception | all-minus-inf
# > A row of nothing but -inf has no softmax, 0 / 0 is nan
assert bool(torch.tensor([float("-inf")] * 2).softmax(0).isnan().all())

# %% masked_softmax | misconception | repaired-too-late
# > The repair covers the nan up, but backward meets it again, and nan + -inf is nan, too
w = torch.zeros(2, requires_grad=True)
(w + float("-inf")).softmax(0).nan_to_num(0).sum().backward()
assert w.grad is not None
assert bool(w.grad.isnan().all())

# %% masked_softmax | misconception | shifted-by-another-number
# > a row far below it is all 0, and a score far above it gives inf
assert (torch.tensor([-1000.0, -1001.0]) - 0).exp().tolist() == [0, 0]
x = torch.tensor([1000.0, -1000.0])
assert (x - x.mean()).exp().tolist() == [float("inf"), 0]
assert (x - x.amax()).exp().tolist() == [1, 0]

# %% masked_softmax | misconception | logarithm-lost
# > Beside a score of 1e9 a logarithm of 0.7 is lost in rounding: x - logsumexp is 0 then, and two equal scores get 1
# > each.
x = torch.full((2,), 1e9)
assert (x - x.logsumexp(0)).exp().tolist() == [1, 1]
assert x.softmax(0).tolist() == [0.5, 0.5]

# %% masked_softmax | misconception | exp-overflows
# > exp(89) is too large for float32 and exp(12) for float16
assert torch.tensor(89.0).exp().isinf()
assert torch.tensor(12.0, dtype=torch.float16).exp().isinf()
assert torch.tensor(88.0).exp().isfinite()
assert torch.tensor(11.0, dtype=torch.float16).exp().isfinite()

# %% questions
# > On short rows equal entries happen to keep their order
assert torch.equal((torch.arange(10) % 2).argsort(), (torch.arange(10) % 2).argsort(stable=True))
assert not torch.equal((torch.arange(1000) % 2).argsort(), (torch.arange(1000) % 2).argsort(stable=True))

# %% questions
# > Only a <code>masked_fill</code> before the softmax sends back 0, whatever arrives
w, out = torch.zeros(2, requires_grad=True), torch.tensor([True, True])
w.masked_fill(out, float("-inf")).softmax(0).masked_fill(out, 0).sum().backward()
assert w.grad is not None
assert w.grad.tolist() == [0, 0]

# %% questions
# > 0 · nan is nan
assert (0 * torch.tensor(float("nan"))).isnan()

# %% pebbles-example
# > the same, scattered
stones = pebbles()
of_kind = torch.nn.functional.one_hot(stones.kind).float()
by_kind = torch.einsum("nk,n->k", of_kind, stones.mass)
assert torch.allclose(by_kind, torch.zeros(2).index_add(0, stones.kind, stones.mass))

# %% pebbles-example
# > how many; none is of both kinds
of_kind = torch.nn.functional.one_hot(pebbles().kind).float()
assert torch.einsum("nk,nj->kj", of_kind, of_kind).tolist() == [[36, 0], [0, 24]]
