"""Claims of 11-lean-and-saved, each with lines that show it."""

# ruff: noqa: ANN001, ANN201, ANN202, ANN204
import copy
import io
import pickle
import sys
import tracemalloc
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from torchmarks import pebbles


class Counter(TorchDispatchMode):
    ops = new = waits = 0

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        def storages(tree):
            return [t.untyped_storage() for t in tree_leaves(tree) if isinstance(t, torch.Tensor)]

        known = {s.data_ptr() for s in storages((args, kwargs))}
        out = op(*args, **(kwargs or {}))
        self.ops += 1
        self.waits += "_local_scalar_dense" in str(op)
        self.new += sum(s.nbytes() for s in storages(out) if s.data_ptr() not in known)
        return out


def counted(line):
    with Counter() as counter:
        line()
    return counter.ops, counter.new, counter.waits


def peak(line):
    tracemalloc.start()
    line()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def add_to(y, x):
    y += 0.5 * x


N = 100_000
ones, zeros = torch.ones(N), torch.zeros(N)
counted(lambda: ones[:2] + 1)

# %% part-a-text
# > 4 MB: the sum reuses the memory of `a * x`
x, y = np.ones(10 * N, np.float32), np.ones(10 * N, np.float32)
assert 3.9e6 < peak(lambda: y + 0.5 * x) < 4.2e6

# %% part-a-text
# > the dtype of a NumPy scalar counts, so the result is float64
x = np.ones(10 * N, np.float32)
assert (x + np.float64(0.5) * x).dtype == np.float64
assert (x + 0.5 * x).dtype == np.float32

# %% part-a-text
# > | torch `y + a * x` | 8 MB, 2 operations |
assert counted(lambda: zeros + 0.5 * ones) == (2, 8 * N, 0)

# %% part-a-text
# > | torch `y += a * x` | 4 MB, 2 operations |
assert counted(lambda: add_to(zeros.clone(), ones))[:2] == (3, 8 * N)  # a clone, which is one operation and 4 N bytes

# %% part-a-text
# > | torch `y.add_(x, alpha=a)` | none, 1 operation |
y = torch.zeros(N)
assert counted(lambda: y.add_(ones, alpha=0.5)) == (1, 0, 0)

# %% part-a-text
# > | torch `softmax` by hand, then `softmax` | 5 operations, then 1 |
z = torch.ones(4, 3)


def by_hand():
    e = (z - z.max(1, keepdim=True).values).exp()
    return e / e.sum(1, keepdim=True)


assert counted(by_hand)[0] == 5
assert counted(lambda: z.softmax(1))[0] == 1

# %% part-a-text
# > | torch `torch.stack([row.sum() for row in z])` with 64 rows, then `z.sum(1)` | 66 operations, then 1 |
z = torch.ones(64, 3)
assert counted(lambda: torch.stack([row.sum() for row in z]))[0] == 66
assert counted(lambda: z.sum(1))[0] == 1

# %% part-a-text
# > | `sum(loss.item() for loss in losses)` with 100 losses | 100 |
losses = list(torch.ones(100))
assert counted(lambda: sum(loss.item() for loss in losses))[2] == 100
assert counted(lambda: sum(losses).item())[2] == 1

# %% part-a-text
# > | `if t > 0:`, `float(t)`, `range(t)`, `x[t:]` with a 0-d `t` | 1 each |
t, x = torch.tensor(2), torch.ones(4)
for line in (lambda: bool(t > 0), lambda: float(t), lambda: range(t), lambda: x[t:]):
    assert counted(line)[2] == 1

# %% part-a-text
# > | `torch.where(t > 0, a, b)`, `t.clamp(min=0)`, `t.add_(x)` | 0 |
t, x = torch.tensor(2.0), torch.tensor(1.0)
for line in (lambda: torch.where(t > 0, t, x), lambda: t.clamp(min=0), lambda: t.add_(x)):
    assert counted(line)[2] == 0

# %% part-a-text
# > are 196,608 bytes as uint8 and 1,572,864 as the float64 of NumPy
assert np.zeros((64, 3, 32, 32), np.uint8).nbytes == 196_608
assert np.zeros((64, 3, 32, 32)).nbytes == 1_572_864

# %% part-a-text
# > `nn.Linear(1000, 1000)` has 4,004,000 bytes of parameters, as many of gradients, as many again of momentum in SGD,
# > or 8,008,008 of averages in Adam.
layer = nn.Linear(1000, 1000)
layer(torch.ones(1, 1000)).sum().backward()
assert sum(p.nbytes for p in layer.parameters()) == sum(p.grad.nbytes for p in layer.parameters()) == 4_004_000
for make, size in [(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), 4_004_000), (torch.optim.Adam, 8_008_008)]:
    optimizer = make(layer.parameters())
    optimizer.step()
    assert sum(t.nbytes for t in tree_leaves(optimizer.state_dict()["state"]) if torch.is_tensor(t)) == size

# %% axpy_ | misconception | in-a-row-first
# > view needs memory in order and raises otherwise, reshape and contiguous then copy
t = torch.zeros(2, 3).t()
with pytest.raises(RuntimeError, match="view"):
    t.view(-1)
assert t.reshape(-1).data_ptr() != t.data_ptr()
assert t.contiguous().data_ptr() != t.data_ptr()

# %% axpy_ | misconception | zero-adds-nothing
# > 0 times nan is nan, and 0 times infinity too
assert (0 * torch.tensor([torch.nan, torch.inf])).isnan().all()

# %% bytes_held | misconception | wrong-identity
# > a slice begins elsewhere, detach() and view(dtype) give other objects and know no _base, and an empty view
x = torch.zeros(10)
assert x[5:].data_ptr() != x.data_ptr()
assert x.detach() is not x
assert x.detach()._base is None
assert x.view(torch.int32)._base is None
assert x[5:5].data_ptr() == 0

# %% bytes_held | misconception | getsizeof
# > sys.getsizeof tells the size of the Python object that stands for the tensor, not of its numbers.
assert sys.getsizeof(torch.zeros(10)) == sys.getsizeof(torch.zeros(10_000))

# %% seeded | misconception | the-exception-is-swallowed
# > `return` in a finally block, and an except without raise, end the exception
scope: dict = {}
with warnings.catch_warnings(action="ignore"):  # Python 3.14 warns of it
    exec("def g():\n    try: raise ValueError\n    finally: return 1", scope)
assert scope["g"]() == 1

# %% axpy_ | misconception | int-through-float64
# > a whole number above 2**53 that goes through float64 loses its last ones
assert torch.tensor(2**53 + 1).double().long().item() == 2**53

# %% predict | misconception | top-module-only
# > Each module has a flag of its own, and train(was) sets them all alike
m = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5))
m[1].eval()
m.train(m.training)
assert [part.training for part in m.modules()] == [True] * 3

# %% predict | misconception | training-mode-prediction
# > Without eval() dropout drops, and BatchNorm takes the statistics of this batch and moves its own
norm = nn.BatchNorm1d(1)
with torch.no_grad():
    norm(torch.tensor([[4.0], [6.0]]))
assert norm.running_mean.item() != 0

# %% predict | misconception | inference-tensor
# > Tensors that are made in inference mode stay inference tensors: autograd refuses them, and so does a write outside.
with torch.inference_mode():
    t = torch.ones(2)
with pytest.raises(RuntimeError, match="nference"):
    t.add_(1)
with pytest.raises(RuntimeError, match="nference"):
    (torch.ones(2, requires_grad=True) * t).sum().backward()
assert t.detach().is_inference()
assert not t.clone().is_inference()

# %% accumulate_ | misconception | takes-no-part
# > torch.autograd.grad raises for it, unless allow_unused=True, which gives None.
w, v = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
with pytest.raises(RuntimeError):
    torch.autograd.grad((2 * w).sum(), [w, v])
assert torch.autograd.grad((2 * w).sum(), [w, v], allow_unused=True)[1] is None

# %% accumulate_ | misconception | too-many-at-once
# > chunk(rows) makes that many pieces, not pieces of that many rows
assert [len(piece) for piece in torch.arange(10).chunk(2)] == [5, 5]

# %% precision-text
# > bfloat16 has as wide a range as float32, in half the bytes, but 8 bits of precision
low, high = torch.finfo(torch.bfloat16), torch.finfo(torch.float32)
assert 0.99 < low.max / high.max <= 1
assert (low.bits, low.eps) == (16, 2**-7)  # 7 bits that are stored, and one that is always 1

# %% precision-text
# > `torch.autocast` runs the large operations of a model in bfloat16 and leaves its parameters in float32.
layer = nn.Linear(2, 2)
with torch.autocast("cpu", dtype=torch.bfloat16):
    assert layer(torch.ones(1, 2)).dtype == torch.bfloat16
assert layer.weight.dtype == torch.float32

# %% autocast_loss | misconception | float16
# > float16 reaches only to 65504 and rounds small gradients to 0; bfloat16 has the range of float32.
assert torch.finfo(torch.float16).max == 65504
assert torch.tensor(1e-8).half() == 0 != torch.tensor(1e-8).bfloat16()

# %% autocast_loss | misconception | input-only
# > A layer in float32 refuses an input in bfloat16.
with pytest.raises(RuntimeError, match="dtype"):
    nn.Linear(2, 2)(torch.ones(1, 2).bfloat16())

# %% clip_norm | misconception | nan-times-zero
# > 0 times nan is nan: a broken element cannot be multiplied away.
assert (torch.tensor(torch.nan) * 0).isnan()

# %% clip_norm | misconception | zero-over-zero
# > limit / norm is 0 / 0, nan, for zeros with limit 0, and min, clamp and minimum keep nan.
nothing = torch.tensor(0.0) / torch.tensor(0.0)
assert nothing.clamp(max=1).isnan()
assert torch.minimum(nothing, torch.tensor(1.0)).isnan()

# %% per_sample_grads | misconception | still-attached
# > torch.func.grad of the parameters themselves, and create_graph=True, record the gradient too
w = torch.ones(1, requires_grad=True)
assert torch.func.grad(lambda w: (w**2).sum())(w).requires_grad
assert not torch.func.grad(lambda w: (w**2).sum())(w.detach()).requires_grad

# %% Snapshot | misconception | kept-by-reference
# > state_dict() is a view into the model, and that of an optimizer into its averages
m = nn.Linear(1, 1)
optimizer = torch.optim.Adam(m.parameters())
m(torch.ones(1, 1)).sum().backward()
optimizer.step()
assert m.state_dict()["weight"].data_ptr() == m.weight.data_ptr()
kept = optimizer.state_dict()["state"][0]["exp_avg"]
assert kept is optimizer.state[m.weight]["exp_avg"]

# %% Snapshot | misconception | trusts-the-file
# > A pickle is a small program, and to read it is to run it
ran: list[int] = []


class Stranger:
    def __reduce__(self):
        return exec, ("import sys; sys.claim = 7",)


pickle.loads(pickle.dumps(Stranger()))
assert sys.claim == 7

# %% Snapshot | misconception | whole-objects
# > weights_only=True refuses it
file = io.BytesIO()
torch.save(nn.Linear(1, 1), file)
file.seek(0)
with pytest.raises(pickle.UnpicklingError):
    torch.load(file, weights_only=True)

# %% Snapshot | misconception | other-objects
# > put in their place with assign=True, is another model
m = nn.Linear(1, 1)
p = m.weight
m.load_state_dict(copy.deepcopy(m.state_dict()), assign=True)
assert m.weight is not p

# %% Snapshot | misconception | device-of-the-writer
# > A tensor in a file remembers its device, and goes back there: on a machine without a GPU that raises.
file, tag = io.BytesIO(), torch.serialization.location_tag
torch.serialization.location_tag = lambda storage: "cuda:0"
torch.save(torch.ones(2), file)
torch.serialization.location_tag = tag
file.seek(0)
if not torch.cuda.is_available():
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.load(file, weights_only=True)
file.seek(0)
assert torch.load(file, map_location="cpu", weights_only=True).tolist() == [1, 1]

# %% part-e-text
# > Anyone who loads it must scale a stone as the others were scaled, so mean and spread go into the file, too.
stones = pebbles()
middle, spread = stones.sizes.mean(dim=0), stones.sizes.std(dim=0)
judge = nn.Linear(3, 2)
numbers = [nn.init.zeros_(number) for number in judge.parameters()]
for _ in range(200):
    scores = judge((stones.sizes - middle) / spread)
    slopes = torch.autograd.grad(nn.functional.cross_entropy(scores, stones.kind), numbers)
    with torch.no_grad():
        for number, slope in zip(numbers, slopes, strict=True):
            number -= 0.5 * slope
assert (scores.argmax(dim=1) == stones.kind).sum() == 59
assert (judge(stones.sizes).argmax(dim=1) == stones.kind).sum() < 55  # not scaled

# %% state-example
# > what was kept has changed, too
layer, file = nn.Linear(1, 1, bias=False), io.BytesIO()
kept, before = layer.state_dict(), layer.weight.item()
torch.save(kept, file)
with torch.no_grad():
    layer.weight.fill_(7.0)
file.seek(0)
assert (kept["weight"].item(), torch.load(file, weights_only=True)["weight"].item()) == (7, before)
