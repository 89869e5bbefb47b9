"""Claims of 08-training, each with lines that show it."""

# ruff: noqa: ANN001, ANN201, ANN204
import gc
import warnings
import weakref

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from torchmarks import pebbles

# %% part-1-text
# > In notebook 03 a column met a row, and `(N, 1)` with `(N,)` became `(N, N)`.
assert (torch.zeros(4, 1) - torch.zeros(4)).shape == (4, 4)

# %% perfect-example
# > not 0
targets, predictions = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([[1.0], [2.0], [3.0]])
assert ((predictions - targets) ** 2).mean() > 1

# %% strict_mse | misconception | loss-without-a-graph
# > Return the tensor that the graph made: item(), detach(), no_grad() and a new torch.tensor cut it off.
assert isinstance(torch.tensor(1.0, requires_grad=True).item(), float)
loss = torch.tensor(1.0, requires_grad=True) * 2
with torch.no_grad():
    assert not (torch.tensor(1.0, requires_grad=True) * 2).requires_grad
assert loss.requires_grad
assert not loss.detach().requires_grad
assert not torch.tensor(loss.item()).requires_grad

# %% manual_gradients | misconception | factor-forgotten
# > The derivative of r² is 2r, and the mean divides by the number of rows: these two belong to each gradient, once.
r = torch.tensor([3.0, 5.0], requires_grad=True)
(r**2).mean().backward()
assert r.grad.tolist() == [3, 5]

# %% manual_gradients | misconception | transpose-forgotten
# > Each entry of w collects one column of X: X.T @ r.
X, w, y = torch.rand(4, 2), torch.rand(2, requires_grad=True), torch.rand(4)
((X @ w - y) ** 2).sum().backward()
assert torch.allclose(w.grad, 2 * X.T @ (X @ w - y).detach())

# %% manual_gradients | misconception | column-meets-row
# > A column minus a row is a table of all pairs: the prediction X w + b and y must have one shape before you subtract.
assert (torch.zeros(3, 1) - torch.zeros(3)).shape == (3, 3)

# %% part-2-text
# > `backward` **adds** to `.grad`.
w = torch.tensor(1.0, requires_grad=True)
for _ in range(3):
    (2 * w).backward()
assert w.grad == 6

# %% zero_gradients_ | misconception | none-has-no-zero
# > Before the first backward grad is None: there is nothing to zero, and None takes part in no arithmetic.
assert nn.Linear(1, 1).weight.grad is None
with pytest.raises(TypeError):
    nn.Linear(1, 1).weight.grad * 0

# %% zero_gradients_ | misconception | times-zero
# > Arithmetic with inf or nan gives nan, also times 0 or minus itself: fill with zero, or set None.
assert (torch.tensor(float("inf")) * 0).isnan()
assert (torch.tensor(float("inf")) - torch.tensor(float("inf"))).isnan()
assert (torch.tensor(float("nan")) * 0).isnan()


# %% zero_gradients_ | misconception | zeros-of-another-kind
# > A gradient has the dtype and the device of its parameter: torch.zeros makes float32 on the CPU, torch.zeros_like(p)
# > takes both over.
p = torch.ones(2, dtype=torch.float64)
assert (torch.zeros(2).dtype, torch.zeros_like(p).dtype) == (torch.float32, torch.float64)


# %% part-3-text
# > whatever parameter or module you store **as an attribute**, it finds.
class Kept(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.scale = nn.Linear(2, 1), nn.Parameter(torch.ones(1))
        self.listed, self.plain = [nn.Linear(2, 1)], torch.ones(1, requires_grad=True)


assert [name for name, _ in Kept().named_parameters()] == ["scale", "layer.weight", "layer.bias"]


# %% LinearStack | misconception | plain-list
# > A module finds modules and parameters that are its attributes, not those inside a Python list or dict: use
# > nn.ModuleList or nn.ParameterList.
class Listed(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.layers = kind([nn.Linear(2, 1)])


assert len(list(Listed(list).parameters())) == 0
assert len(list(Listed(lambda layers: {"first": layers[0]}).parameters())) == 0
assert len(list(Listed(lambda layers: nn.ParameterList(layers[0].parameters())).parameters())) == 2
assert len(list(Listed(nn.ModuleList).parameters())) == 2

# %% LinearStack | misconception | tensor-is-not-a-parameter
# > A tensor that requires grad, or a buffer, is no parameter: wrap it in nn.Parameter.
module = nn.Module()
module.plain = torch.ones(1, requires_grad=True)
module.register_buffer("kept", torch.ones(1))
assert list(module.parameters()) == []
module.right = nn.Parameter(torch.ones(1))
assert len(list(module.parameters())) == 1

# %% classification_loss | misconception | labels-of-any-integer
# > cross_entropy takes int64 and uint8, an index int64 and int32. Convert to int64.
logits = torch.zeros(2, 3)
for dtype in (torch.int64, torch.uint8, torch.int32, torch.int16, torch.int8):
    labels = torch.tensor([0, 1], dtype=dtype)
    if dtype in (torch.int64, torch.uint8):
        F.cross_entropy(logits, labels)
    else:
        with pytest.raises(RuntimeError, match="Long or Byte"):
            F.cross_entropy(logits, labels)
    if dtype in (torch.int64, torch.int32):
        assert logits[torch.arange(2), labels].shape == (2,)
        assert logits.gather(1, labels[:, None]).shape == (2, 1)
    else:
        warnings.simplefilter("ignore")  # uint8 is a mask, and deprecated as such
        with pytest.raises(IndexError):
            logits[torch.arange(2), labels]
        with pytest.raises(RuntimeError):
            logits.gather(1, labels[:, None])

# %% classification_loss | misconception | softmax-twice
# > cross_entropy applies the softmax itself: give it the raw scores.
logits, labels = torch.tensor([[2.0, 0.0]]), torch.tensor([0])
assert torch.isclose(F.cross_entropy(logits, labels), -logits.softmax(1).log()[0, 0])

# %% classification_loss-statement
# > <code>softmax</code> followed by <code>log</code> loses everything below the smallest float.
scores = torch.tensor([300.0, 0.0])
assert scores.softmax(0).log().isinf().any()
assert scores.log_softmax(0).tolist() == [0, -300]

# %% make_optimizer-statement
# > <code>model.parameters()</code> goes through all submodules and names a shared parameter once. It does not look at
# > <code>requires_grad</code>
layer = nn.Linear(2, 2)
layer.bias.requires_grad_(False)
assert len(list(nn.Sequential(layer, nn.ReLU(), layer).parameters())) == 2

# %% make_optimizer | misconception | frozen-but-moved
# > SGD looks at .grad, not at requires_grad: leave frozen parameters out, even of a group of their own.
w = torch.ones(1, requires_grad=True)
w.grad = torch.ones(1)
w.requires_grad_(False)
torch.optim.SGD([w], lr=0.5).step()
assert w.item() == 0.5
w.grad = torch.ones(1)
torch.optim.SGD([{"params": [w], "lr": 0.5}]).step()
assert w.item() == 0

# %% make_optimizer | misconception | not-plain
# > Plain gradient descent subtracts lr times the gradient and nothing else: SGD without momentum and weight decay.
w = torch.ones(1, requires_grad=True)
w.grad = torch.full((1,), 4.0)
torch.optim.SGD([w], lr=0.1).step()
assert torch.isclose(w, torch.tensor(0.6))

# %% part-4-text
# > The last batch is often shorter than the others.
rows = torch.tensor([1.0, 1.0, 1.0, 1.0, 9.0])
assert [len(part) for part in rows.split(4)] == [4, 1]
assert (sum(part.mean() for part in rows.split(4)) / 2, rows.mean()) == (5, pytest.approx(2.6))

# %% train_epoch | misconception | keeps-every-graph
# > A sum or a list of losses keeps the graph of every batch: add the number, loss.item().
loss = torch.tensor(1.0, requires_grad=True) * 2
assert type(loss.item()) is float
assert loss.detach().grad_fn is None
assert (0.0 + loss).grad_fn is not None

# %% train_epoch | misconception | a-tensor
# > The result is a Python float, and a detached loss is still a tensor: .item() makes it a number.
loss = torch.tensor(1.0, requires_grad=True) * 2
assert isinstance(loss.detach(), torch.Tensor)
assert type(loss.item()) is type(float(loss.detach())) is float

# %% train_on | misconception | to-dropped
# > model.to(device) moves the model in place, but a tensor's to() returns a new tensor: the data stay where they are
# > unless you keep it.
model, t = nn.Linear(1, 1), torch.zeros(1)
assert model.to(torch.float64) is model
assert model.weight.dtype == torch.float64
assert t.to(torch.float64) is not t
assert t.dtype == torch.float32

# %% train_on | misconception | data-in-another-dtype
# > Bring the data to the dtype of the model's parameters: neither the array's nor a fixed one fits every model.
with pytest.raises(RuntimeError, match="dtype"):
    nn.Linear(1, 1)(torch.tensor(np.ones((2, 1))))


# %% questions
# > Old gradients point in roughly the same direction as the new one, so their sum is a longer step.
def descent(clear, steps):
    w, losses = torch.tensor(0.0, requires_grad=True), []
    for _ in range(steps):
        if clear:
            w.grad = None
        loss = (w - 10) ** 2
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            w -= 0.1 * w.grad
    return losses


assert all(with_old < right for with_old, right in zip(descent(False, 4)[2:], descent(True, 4)[2:], strict=True))
assert descent(False, 12)[-1] > descent(True, 12)[-1]


# %% questions
# > every step moves it: by that gradient, by momentum and by weight decay. `zero_grad()` ends this: it sets `.grad`
# > to `None`, and `None` is skipped.
def frozen_layer():
    layer = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
    layer(torch.ones(1, 1)).sum().backward()
    optimizer.step()
    return layer.requires_grad_(False), optimizer


def moves(layer, optimizer):
    before = layer.weight.clone()
    optimizer.step()
    return not torch.equal(before, layer.weight)


layer, optimizer = frozen_layer()
assert moves(layer, optimizer)
optimizer.zero_grad()
assert layer.weight.grad is None
assert not moves(layer, optimizer)

# %% questions
# > After `zero_grad(set_to_none=False)` the gradient is zero and not `None`, and momentum and weight decay go on.
for options in ({"momentum": 0.9}, {"weight_decay": 0.1}):
    layer = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, **options)
    layer(torch.ones(1, 1)).sum().backward()
    optimizer.step()
    layer.requires_grad_(False)
    optimizer.zero_grad(set_to_none=False)
    before = layer.weight.clone()
    optimizer.step()
    assert not torch.equal(before, layer.weight)


# %% questions
# > `backward` frees what the graph had saved, and then only its nodes stay, a few for each batch. Without a backward
# > the saved tensors of every layer stay too
def saved_tensors_alive(backward):
    saved, total, layer = [], 0.0, nn.Linear(4, 4)
    for _ in range(30):
        hidden = layer(torch.ones(2, 4)).exp()
        saved.append(weakref.ref(hidden.untyped_storage()))
        loss = hidden.sum()
        if backward:
            loss.backward()
        total = total + loss
        del hidden
    gc.collect()
    return sum(storage() is not None for storage in saved), total.grad_fn


def nodes(fn):
    seen, todo = set(), [fn]
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            todo += [following for following, _ in node.next_functions]
    return len(seen)


alive, graph = saved_tensors_alive(backward=True)
assert alive == 0
assert nodes(graph) > 30 * 3
assert saved_tensors_alive(backward=False)[0] >= 29

# %% classification_loss-statement
# > Which dtype do they need for the labels?
scores = torch.zeros(2, 2)
assert F.cross_entropy(scores, torch.tensor([0, 1])).shape == ()
with pytest.raises(RuntimeError):
    F.cross_entropy(scores, torch.tensor([0, 1], dtype=torch.int32))

# %% train_on-statement
# > <code>to</code> of a module changes the module itself; <code>to</code> of a tensor returns a result that you have to
# > keep.
layer, numbers = nn.Linear(1, 1), torch.ones(1)
layer.to(torch.float64)
numbers.to(torch.float64)
assert (layer.weight.dtype, numbers.dtype) == (torch.float64, torch.float32)

# %% part-2-text
# > A step against the slope leads down, if it is not too long.
for lr, leads_down in [(0.1, True), (0.9, True), (1.1, False)]:
    w = torch.tensor(2.0, requires_grad=True)
    (w**2).backward()
    assert (((w - lr * w.grad) ** 2).item() < 4) == leads_down

# %% pebbles-text
# > What counts is how many of the other twenty it gets right: always saying granite would be right for eleven of them.
stones = pebbles()
assert (stones.kind[40:] == 0).sum() == 11

# %% pebbles-example
# > the third column, height, decides
scaled = (stones := pebbles()).sizes - stones.sizes[:40].mean(dim=0)
scaled /= stones.sizes[:40].std(dim=0)
judge = nn.Linear(3, 2)
numbers = [nn.init.zeros_(number) for number in judge.parameters()]
for _ in range(201):
    slopes = torch.autograd.grad(F.cross_entropy(judge(scaled[:40]), stones.kind[:40]), numbers)
    with torch.no_grad():
        for number, slope in zip(numbers, slopes, strict=True):
            number -= 0.5 * slope
assert judge.weight.abs().argmax(dim=1).tolist() == [2, 2]
assert (judge(scaled).argmax(dim=1) == stones.kind)[40:].sum() == 19
