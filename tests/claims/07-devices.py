"""Claims of 07-devices, each with lines that show it, on the simulated device where there is no GPU."""

import warnings
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch import nn

from torchmarks import accelerator, pebbles

device = accelerator()

# %% introduction
# > `np.std` divides by N, `Tensor.std` by N - 1.
assert (np.std([1.0, 3.0]), torch.tensor([1.0, 3.0]).std().item()) == (1, pytest.approx(2**0.5))

# %% introduction
# > NumPy's usual float is float64, torch's is float32, and NumPy has no bfloat16.
assert (np.zeros(1).dtype, torch.zeros(1).dtype) == (np.float64, torch.float32)
with pytest.raises(TypeError, match="BFloat16"):
    torch.zeros(1, dtype=torch.bfloat16).numpy()

# %% introduction
# > Nothing moves by itself, and one operation needs its tensors in one place.
with pytest.raises(RuntimeError, match="same device"):
    torch.ones(2) + torch.ones(2, device=device)

# %% introduction
# > a single number (a tensor without axes) in arithmetic, and positions in an index.
x = torch.tensor([1.0, 2.0], device=device)
assert (torch.tensor(2.0) * x).tolist() == [2, 4]
assert x[torch.tensor([1, 0])].tolist() == [2, 1]
with pytest.raises(RuntimeError, match="same device"):
    torch.tensor([2.0]) * x

# %% introduction
# > its tensors refuse to meet CPU tensors, and NumPy cannot look into them.
with pytest.raises(TypeError, match=r"Tensor\.cpu"):
    torch.ones(2, device=device).numpy()

# %% introduction
# > `isinstance(t, torch.Tensor)` is `True` there, `type(t) is torch.Tensor` is not.
t = torch.ones(2, device=device)
assert isinstance(t, torch.Tensor)
assert (type(t) is torch.Tensor) == (device.type != "sim")

# %% spread-example
# > float32: not every accelerator has float64, a Mac's (mps) has none
assert torch.tensor(np.zeros(2)).float().to(device).dtype == torch.float32

# %% column_std | misconception | divides-by-n-minus-one
# > np.std divides by the number of rows; tell torch to do the same with correction=0.
table = [[1.0, 10.0], [3.0, 40.0]]
assert np.allclose(np.std(table, axis=0), torch.tensor(table).std(0, correction=0))

# %% column_std | misconception | mean-of-squares-minus-square
# > Subtract the mean of each column before you square.
x = torch.tensor([10000.0, 10001.0, 10002.0])
assert abs(((x**2).mean() - x.mean() ** 2).item() - 2 / 3) > 0.1
assert abs(x.var(correction=0).item() - 2 / 3) < 1e-6

# %% column_std | misconception | sum-too-large
# > float16 ends at 65504: a sum of many numbers becomes inf, and so does the square of one far from 0.
assert torch.finfo(torch.float16).max == 65504
assert torch.full((600,), 200.0).half().sum().isinf()
assert torch.tensor(300.0).half().square().isinf()

# %% to_host | misconception | scalar-for-an-array
# > Of an array without axes, arithmetic, an index and item() make a NumPy scalar, which cannot be written to
a = np.array(1.5)
assert [type(one) for one in (a + 0, a[()], a.copy())] == [np.float64, np.float64, np.ndarray]
with pytest.raises(TypeError, match="item assignment"):
    (a + 0)[...] = 9

# %% to_host | misconception | shared-on-the-cpu
# > cpu() returns the same tensor if it is there already, and numpy() shares it: copy.
t = torch.zeros(2)
assert t.cpu() is t
assert t.numpy().ctypes.data == t.data_ptr()

# %% to_host | misconception | numpy-with-grad
# > NumPy cannot follow gradients: detach() first.
x = torch.ones(2, requires_grad=True)
with pytest.raises(RuntimeError, match="requires grad"):
    x.numpy()
assert x.detach().numpy().tolist() == [1, 1]

# %% to_host | misconception | read-only
# > The array has to be writable: np.frombuffer gives a view of bytes, and flags.writeable = False a locked array.
assert not np.frombuffer(b"abcd", dtype=np.uint8).flags.writeable

# %% part-2-text
# > A name is only a name: making `torch.device("cuda:1")` touches no GPU.
assert torch.device("cuda:1").index == 1
assert torch.device("cuda:97").index == 97

# %% part-2-text
# > Two names of the same device need not be equal.
assert torch.device("cuda") != torch.device("cuda:0")

# %% pick_device | misconception | none-for-cpu
# > Without an accelerator PyTorch answers None: give the CPU instead.
with patch.object(torch._C, "_accelerator_getAccelerator", lambda: None):
    assert torch.accelerator.current_accelerator(check_available=True) is None

# %% pick_device | misconception | built-is-not-present
# > Built for CUDA does not mean that a GPU is present: check_available=True, or is_available().
with (
    patch.object(torch._C, "_accelerator_getAccelerator", lambda: torch.device("cuda")),
    patch.object(torch.cuda, "is_available", lambda: False),
    patch.object(torch.cuda, "device_count", lambda: 0),
):
    assert torch.accelerator.current_accelerator() == torch.device("cuda")
    assert torch.accelerator.current_accelerator(check_available=True) is None

# %% same_device | misconception | missing-index-differs
# > A device without an index never equals one with an index: fill in 0 first.
assert torch.device("cpu") != torch.device("cpu", 0)

# %% part-3-text
# > If `t` is there already, it returns **the very same tensor**: no copy.
w = torch.zeros(2)
assert w.to("cpu") is w

# %% part-3-text
# > autograd records it, so the result of moving a leaf is not a leaf.
w = torch.ones(2, requires_grad=True)
moved = w.to(device)
assert not moved.is_leaf
(moved * 3).sum().backward()
assert (w.grad.tolist(), w.grad.device.type) == ([3, 3], "cpu")

# %% isolated_copy | misconception | to-is-not-a-copy
# > to() copies only if it must: ask for copy=True, or clone.
t = torch.zeros(2)
assert t.to("cpu", copy=True) is not t
assert t.to("cpu", copy=True).data_ptr() != t.data_ptr()

# %% isolated_copy | misconception | to-dropped
# > Tensors do not move in place: keep what to() returns.
t = torch.zeros(2)
t.to(device)
assert t.device.type == "cpu"

# %% isolated_copy | misconception | expanded-stays-expanded
# > An expanded tensor has stride 0: several of its elements are one number in memory, and so are those of what you
# > expand again.
wide = torch.zeros(1).expand(3)
assert wide.stride() == (0,)
wide[0] = 5
assert wide.tolist() == [5, 5, 5]

# %% parameter_from_array | misconception | default-device-and-numpy
# > from_numpy always starts in main memory: move its result.
with torch.device(device):
    assert torch.from_numpy(np.zeros(2)).device.type == "cpu"
    assert torch.zeros(2).device.type == device.type

# %% parameter_from_array | misconception | array-is-the-memory
# > from_numpy and as_tensor share memory, and to() changes nothing when there is nothing to do: copy.
array = np.zeros(2, dtype=np.float32)
for t in (torch.from_numpy(array), torch.as_tensor(array), torch.as_tensor(array).to(torch.float32)):
    assert t.data_ptr() == array.ctypes.data

# %% parameter_from_array | misconception | moved-leaf
# > What to() makes of a leaf is a result, and no leaf: move and convert first, requires_grad comes last.
leaf = torch.ones(2, requires_grad=True)
assert not leaf.to(torch.float64).is_leaf
assert not leaf.to(device).is_leaf
assert leaf.detach().to(device).requires_grad_().is_leaf

# %% part-4-text
# > Two tensors on two devices should be an error, and usually PyTorch raises one. (A single number on the CPU is
# > allowed, as you read above: the example has two tables.)
here, there = torch.ones(2, 3), torch.ones(2, 3, device=device)
for operation in (torch.add, torch.cdist):
    with pytest.raises(RuntimeError, match="same device"):
        operation(here, there)

# %% part-4-text
# > There is one place without values, `meta`, where some operations say nothing.
assert torch.cdist(torch.ones(2, 3), torch.ones(2, 3, device="meta")).shape == (2, 2)

# %% move_batch | misconception | to-dropped
# > Only modules move in place; to() of a tensor returns a new one.
model = nn.Linear(1, 1)
weight = model.weight
assert model.to(device) is model
assert model.weight is weight
assert weight.device.type == device.type

# %% padding_mask | misconception | positions-do-not-fit
# > int8 holds numbers up to 127, uint8 up to 255, and bfloat16 whole numbers up to 256: count the positions in int64.
assert (torch.iinfo(torch.int8).max, torch.iinfo(torch.uint8).max) == (127, 255)
assert torch.tensor([255, 256, 257]).to(torch.bfloat16).tolist() == [255, 256, 256]

# %% questions
# > On the first machine `t` was on the GPU already, so `to()` returned the very same tensor.
t = torch.zeros(2, device=device)
assert t.to(device) is t

# %% questions
# > `w` is the result of moving it, and results do not keep gradients.
w = torch.zeros(3, requires_grad=True).to(device)
(w * 2).sum().backward()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    assert w.grad is None

# %% questions
# > `torch.optim.SGD([w], lr=0.1)` refuses a tensor that is not a leaf.
with pytest.raises(ValueError, match="can't optimize a non-leaf Tensor"):
    torch.optim.SGD([torch.zeros(3, requires_grad=True).to(device)], lr=0.1)

# %% to_host-statement
# > return its <code>copy()</code>: the other steps copy only where they have to.
t = torch.ones(2)
assert t.detach().cpu().numpy().ctypes.data == t.data_ptr()

# %% same_device-statement
# > Why are the two names in the last worked example not equal?
assert torch.device("cuda") != torch.device("cuda:0")

# %% isolated_copy-statement
# > it always copies, expanded elements one by one.
one = torch.ones(1)
own = one.expand(3).to("cpu", copy=True)
own[0] = 5
assert (own.tolist(), one.tolist()) == ([5, 1, 1], [1])

# %% distance_matrix-statement
# > Can you rely on PyTorch to refuse every pair of devices?
assert torch.cdist(torch.ones(2, 3), torch.ones(2, 3, device="meta")).shape == (2, 2)

# %% pebbles-text
# > Two tables go to the device, one number comes back.
stones = pebbles()
sizes, mass = stones.sizes.to(device), stones.mass.to(device)
box = sizes.prod(dim=1) / 1000
slope = (mass * box).sum() / (box * box).sum()
assert {t.device.type for t in (sizes, mass, box, slope)} == {device.type}
assert round(slope.item(), 3) == 1.403
