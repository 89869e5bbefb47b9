"""Claims of 05-gradients, each with lines that show it."""

import copy
import warnings

import pytest
import torch

from torchmarks import pebbles

# %% introduction
# > The results require grad as well.
w = torch.tensor(4.0, requires_grad=True)
assert (3 * w + 1).requires_grad
assert (3 * w + 1).grad_fn is not None

# %% introduction
# > one that you made, or one computed from tensors that do not require grad.
assert torch.ones(2).is_leaf
assert (torch.ones(2) + torch.ones(2)).is_leaf
assert torch.ones(2, requires_grad=True).is_leaf
assert not (torch.ones(2, requires_grad=True) * 2).is_leaf

# %% introduction
# > `None` means "no gradient has arrived", not "zero": the tensor did not ask for one, or no backward pass has
# > reached it yet.
x, w, unused = torch.tensor(3.0), torch.tensor(4.0, requires_grad=True), torch.tensor(5.0, requires_grad=True)
assert w.grad is None
(w * x).backward()
assert (x.grad, w.grad.item(), unused.grad) == (None, 3, None)

# %% introduction
# > The gradient of a number with respect to a tensor has the shape of that tensor.
w = torch.ones(2, 3, requires_grad=True)
(w**2).sum().backward()
assert w.grad.shape == (2, 3)

# %% lecture-example
# > the derivative exists (it is 4), but x did not ask for it
x, w, b = torch.tensor(3.0), torch.tensor(4.0, requires_grad=True), torch.tensor(5.0, requires_grad=True)
(w * x + b).backward()
assert (x.grad, w.grad.item(), b.grad.item()) == (None, 3, 1)

# %% line_table | misconception | matmul-mixes-no-dtypes
# > A product with * promotes dtypes, a matrix product does not.
whole, half = torch.tensor([[1]]), torch.tensor([[0.5]])
assert (whole * half).dtype == torch.float32
with pytest.raises(RuntimeError, match="same dtype"):
    whole @ half

# %% line_table | misconception | digits-lost
# > A float has no room for every integer: float32 holds them up to 2**24, float64 up to 2**53.
for dtype, bits in ((torch.float32, 24), (torch.float64, 53)):
    whole = torch.tensor([2**bits - 1, 2**bits, 2**bits + 1])
    assert (whole.to(dtype).to(torch.int64) == whole).tolist() == [True, True, False]

# %% init_weight | misconception | integer-leaf
# > Integer and bool tensors cannot require gradients: convert first.
for dtype in (torch.int64, torch.uint8, torch.bool):
    with pytest.raises(RuntimeError, match="can require gradients"):
        torch.ones(2, dtype=dtype).requires_grad_()
assert torch.ones(2, dtype=torch.float16).requires_grad_().requires_grad

# %% init_weight | misconception | detach-is-not-a-copy
# > detach() shares memory, and where start was expanded, many elements are one number in memory, in a deepcopy, too:
# > clone() before you write.
w = torch.ones(2, requires_grad=True)
assert w.detach().data_ptr() == w.data_ptr()
expanded = torch.ones(1).expand(3)
assert copy.deepcopy(expanded).stride() == (0,)
assert expanded.clone().stride() == (1,)

# %% init_weight | misconception | history-kept
# > requires_grad_() does not make a leaf out of a computed tensor; detach does.
computed = torch.ones(2, requires_grad=True) * 2
assert not computed.requires_grad_().is_leaf
assert computed.detach().requires_grad_().is_leaf

# %% init_weight | misconception | scaled-after-the-leaf
# > Scale first, ask for requires_grad last: the result of an operation is not a leaf.
assert not (torch.ones(2).requires_grad_() * 0.5).is_leaf
assert (torch.ones(2) * 0.5).requires_grad_().is_leaf

# %% line_gradients | misconception | backward-twice
# > One graph, one backward: a second one raises, or adds to .grad if the graph was retained.
w = torch.tensor(4.0, requires_grad=True)
y = w * torch.tensor(3.0)
y.backward(retain_graph=True)
y.backward()
assert w.grad == 6
with pytest.raises(RuntimeError, match="a second time"):
    y.backward()

# %% line_gradients | misconception | loss-rebuilt
# > A tensor made from a number has no history: call backward on the result itself.
w = torch.tensor(4.0, requires_grad=True)
assert torch.tensor((w * 2).item()).grad_fn is None

# %% line_gradients | misconception | backward-returns-the-gradient
# > backward() returns nothing; it stores gradients in .grad of the leaves
w = torch.tensor(4.0, requires_grad=True)
assert (w * 2).backward() is None
assert w.grad == 2

# %% trainable_leaves | misconception | every-requires-grad
# > Computed tensors pass gradients on; they do not keep them.
w = torch.ones(2, requires_grad=True)
h = w * 2
h.sum().backward()
assert w.grad.tolist() == [2, 2]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert h.grad is None
assert "not a leaf" in str(caught[0].message)

# %% part-two-text
# > Each backward pass adds to `.grad`, and only you can clear it.
w = torch.tensor([1.0, 2.0], requires_grad=True)
for _ in range(2):
    (w**2).sum().backward()
assert w.grad.tolist() == [4, 8]

# %% part-two-text
# > a result with several entries cannot go backward by itself: you have to say how much each entry counts.
w = torch.tensor([1.0, 2.0], requires_grad=True)
with pytest.raises(RuntimeError, match="implicitly created only for scalar"):
    (w**2).backward()
(w**2).backward(torch.tensor([1.0, 100.0]))
assert w.grad.tolist() == [2, 400]

# %% grad_history | misconception | clone-is-a-leaf
# > clone() stays in the graph; detach() leaves it.
w = torch.ones(2, requires_grad=True)
assert w.clone().requires_grad
assert not w.detach().requires_grad

# %% grad_history | misconception | same-grad-listed
# > The next backward pass writes into the same .grad tensor: keep a clone.
w = torch.ones(2, requires_grad=True)
w.sum().backward()
first = w.grad
w.sum().backward()
assert w.grad is first
assert first.tolist() == [2, 2]

# %% grad_history | misconception | create-graph
# > create_graph=True, and sums with the leaf itself, are recorded: the entries get a history. Leave it out, or
# > detach().
w = torch.tensor(2.0, requires_grad=True)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a graph that its leaf's .grad keeps
    (w**3).backward(create_graph=True)
assert w.grad.grad_fn is not None
assert (torch.tensor(0.0) + w).grad_fn is not None
w.grad = None

# %% vjp | misconception | jacobian-times-v
# > Backward computes v J, sums over outputs, not over inputs.
matrix, v = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), torch.tensor([1.0, 10.0])
w = torch.ones(3, requires_grad=True)
(matrix @ w).backward(v)
assert w.grad.tolist() == (v @ matrix).tolist()

# %% vjp | misconception | clone-is-a-leaf
# > The clone of a tensor that requires grad is computed and gets no .grad: detach() first.
copy = torch.ones(2, requires_grad=True).clone()
assert not copy.is_leaf
assert copy.detach().requires_grad_().is_leaf

# %% mid_grad | misconception | middle-keeps-its-grad
# > Only leaves keep their gradient; ask with h.retain_grad() before going backward.
w = torch.ones(2, requires_grad=True)
h = w * 2
h.retain_grad()
h.sum().backward()
assert h.grad.tolist() == [1, 1]

# %% mid_grad | misconception | flag-assigned
# > requires_grad can be assigned at leaves only: a computed tensor, a clone too, requires grad already if its source
# > does.
x = torch.ones(2, requires_grad=True)
assert x.clone().requires_grad
with pytest.raises(RuntimeError, match="leaf"):
    (2 * x).requires_grad = False

# %% part-three-text
# > `detach()` returns a tensor with the same memory and no history: gradients that reach it go no further.
w = torch.tensor(2.0, requires_grad=True)
((w**2).detach() * (3 * w)).backward()
assert w.grad == 12

# %% frozen_branch | misconception | no-grad-detaches
# > no_grad stops the recording of operations; it does not detach a tensor that exists already.
w = torch.ones(2, requires_grad=True)
with torch.no_grad():
    same = w
    assert not (w * 2).requires_grad
assert same.requires_grad

# %% frozen_branch | misconception | detach-in-place
# > A trailing underscore changes the tensor itself: use detach().
w = torch.ones(2, requires_grad=True)
w.detach_()
assert not w.requires_grad

# %% partials | misconception | unused-raises
# > Tell autograd.grad what to do with inputs that f does not use.
a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
with pytest.raises(RuntimeError, match="appears to not have been used"):
    torch.autograd.grad(a.sum(), [a, b])
found = torch.autograd.grad(a.sum(), [a, b], allow_unused=True, materialize_grads=True)
assert found[1].tolist() == [0, 0]

# %% questions
# > the gradients of the parts have added up to the gradient of the whole batch.
w, rows = torch.tensor(2.0, requires_grad=True), torch.tensor([1.0, 2.0, 3.0, 4.0])
for part in rows.split(2):
    ((w * part) ** 2).sum().backward()
in_parts, w.grad = w.grad, None
((w * rows) ** 2).sum().backward()
assert w.grad == in_parts

# %% init_weight-statement
# > The product has memory of its own, keeps a floating-point dtype, and is float32 for integers and bools.
for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool):
    start = torch.ones(2, dtype=dtype)
    assert (start.detach() * 1.0).dtype == (dtype if dtype.is_floating_point else torch.float32)
    assert (start.detach() * 1.0).data_ptr() != start.data_ptr()

# %% trainable_leaves-statement
# > <code>a * 2</code> lacks the first, <code>torch.ones(2)</code> the second.
a = torch.ones(2, requires_grad=True)
assert ((a * 2).is_leaf, (a * 2).requires_grad) == (False, True)
assert (torch.ones(2).is_leaf, torch.ones(2).requires_grad) == (True, False)

# %% frozen_branch-statement
# > <code>no_grad</code> around the call is not enough where <code>f</code> returns <code>x</code> itself.
x = torch.tensor(2.0, requires_grad=True)
with torch.no_grad():
    factor = (lambda x: x)(x)
(factor * (3 * x)).backward()
assert x.grad == 12  # 6 where the factor is a constant

# %% pebbles-text
# > The error says how far off a slope is, and the sign of its gradient says on which side the best one lies.
stones = pebbles()
box = stones.sizes.prod(dim=1) / 1000
best = (box @ stones.mass / (box @ box)).item()
for grams, below in [(1.0, True), (1.2, True), (1.4, True), (1.6, False)]:
    slope = torch.tensor(grams, requires_grad=True)
    ((slope * box - stones.mass) ** 2).mean().backward()
    assert (slope.grad < 0) == (grams < best) == below
