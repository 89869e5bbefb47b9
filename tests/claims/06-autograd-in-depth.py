"""Claims of 06-autograd-in-depth, each with lines that show it."""

# ruff: noqa: ANN001, ANN201, ANN205
import warnings

import pytest
import torch

from torchmarks import pebbles

# %% introduction
# > so `x ** 2` keeps `x`; the derivative of eˣ is eˣ itself, so `exp` keeps its *result*.
x = torch.tensor([1.0, 2.0], requires_grad=True)
square, e = x**2, x.exp()
assert square.grad_fn._saved_self is x
assert e.grad_fn._saved_result.data_ptr() == e.data_ptr()

# %% introduction
# > So each tensor counts how often it was written to (its *version*), and backward compares.
x = torch.tensor([1.0, 2.0], requires_grad=True)
e = x.exp()
assert e._version == 0
e += 1
assert e._version == 1
with pytest.raises(RuntimeError, match="has been modified by an inplace operation"):
    e.sum().backward()

# %% introduction
# > `.data` writes without counting: then autograd does not notice, and the gradient is simply wrong.
x = torch.tensor([1.0, 2.0], requires_grad=True)
e = x.exp()
e.data.fill_(0)
assert e._version == 0
e.sum().backward()
assert x.grad.tolist() == [0, 0]

# %% step-example
# > a new tensor: the parameter has not changed
w = torch.tensor([1.0, 2.0], requires_grad=True)
with pytest.raises(RuntimeError, match="leaf Variable"):
    w -= 0.1
assert not (w - 0.1).is_leaf
assert w.tolist() == [1, 2]

# %% step-example
# > in place, and not recorded
w = torch.tensor([1.0, 2.0], requires_grad=True)
memory = w.detach()
with torch.no_grad():
    w -= 0.5
assert w.is_leaf
assert memory.tolist() == [0.5, 1.5]

# %% sgd_step_ | misconception | behind-autograd-s-back
# > .data and NumPy hide the change from autograd: write under no_grad or through detach(), which count it.
w = torch.zeros(2, requires_grad=True)
w.data.add_(1)
assert w._version == 0
w.detach().add_(1)
assert w._version == 1
with torch.no_grad():
    w.add_(1)
assert w._version == 2
w.detach().numpy()[0] = 9
assert (w[0].item(), w._version) == (9, 2)

# %% safe_sqrt | misconception | repaired-afterwards
# > Repairing the result does not repair backward, which still goes through sqrt at every entry: first give sqrt
# > harmless entries.
x = torch.tensor([0.0, 4.0], requires_grad=True)
torch.where(x > 0, x.sqrt(), 0).sum().backward()
assert x.grad.isnan().tolist() == [True, False]
x.grad = None
torch.where(x > 0, torch.where(x > 0, x, 1).sqrt(), 0).sum().backward()
assert x.grad.tolist() == [0, 0.25]

# %% safe_sqrt | misconception | zero-meets-sqrt
# > The slope of sqrt at 0 is infinite: keep 0 itself away from sqrt, too.
x = torch.tensor(0.0, requires_grad=True)
x.sqrt().backward()
assert x.grad.isinf()

# %% safe_sqrt | misconception | nan-left
# > sqrt of a negative number is NaN, and NaN or infinity times 0 is NaN: replace such entries with torch.where or
# > masked_fill.
assert torch.tensor(-1.0).sqrt().isnan()
assert (torch.tensor([float("nan"), float("inf")]) * 0).isnan().all()

# %% part-two-text
# > With `create_graph=True` PyTorch records how it is computed, and it can be differentiated again.
x = torch.tensor([1.0, 2.0], requires_grad=True)
(first,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
(second,) = torch.autograd.grad(first.sum(), x)
assert second.tolist() == [6, 12]

# %% twice-example
# > does not depend on x, and has no history
x = torch.tensor([1.0, 2.0], requires_grad=True)
(slope,) = torch.autograd.grad((3 * x).sum(), x, create_graph=True)
assert not slope.requires_grad

# %% second_derivative | misconception | no-create-graph
# > To differentiate a gradient it must be recorded: create_graph=True.
x = torch.tensor([1.0], requires_grad=True)
(first,) = torch.autograd.grad((x**3).sum(), x)
assert not first.requires_grad


# %% Square | misconception | kept-on-ctx
# > save_for_backward lets autograd notice when the tensor has changed; an attribute does not.
def square(save):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x) if save else setattr(ctx, "x", x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors if save else (ctx.x,)
            return 2 * x * grad

    return Square


for save in (True, False):
    w = torch.tensor([3.0], requires_grad=True)
    copy = w * 1
    y = square(save).apply(copy)
    copy.add_(1)
    if save:
        with pytest.raises(RuntimeError, match="inplace"):
            y.sum().backward()
    else:
        y.sum().backward()
        assert w.grad.item() == 8

# %% part-three-text
# > in float32 the two results have too many digits in common.
step = 1e-5
errors = []
for dtype in (torch.float32, torch.float64):
    above, below = torch.tensor(1 + step, dtype=dtype), torch.tensor(1 - step, dtype=dtype)
    slope = ((above.sin() - below.sin()) / (2 * step)).item()
    errors.append(abs(slope - torch.tensor(1.0, dtype=torch.float64).cos().item()))
assert errors[0] > 1e-4 > 1e-9 > errors[1]

# %% numerical_gradient | misconception | double-is-not-a-copy
# > x itself must not be moved, and double() returns x itself where there is nothing to convert: clone before writing.
x = torch.zeros(2, dtype=torch.float64)
assert x.double() is x

# %% passes_gradcheck | misconception | unfit-input
# > gradcheck needs a copy of x in float64 that requires grad: otherwise right functions fail, too.
x = torch.tensor([0.5, 1.0], requires_grad=True)
with pytest.warns(UserWarning, match="not a double precision"):
    assert not torch.autograd.gradcheck(torch.sin, (x,), raise_exception=False)
assert torch.autograd.gradcheck(torch.sin, (x.detach().double().requires_grad_(),))


# %% passes_gradcheck | misconception | checked-through-the-sum
# > After sum or mean each output gets the same incoming gradient: test every output on its own.
class Swapped(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad.flip(0)


x = torch.ones(2, dtype=torch.float64, requires_grad=True)
assert torch.autograd.gradcheck(lambda t: Swapped.apply(t).sum(), (x,))
assert not torch.autograd.gradcheck(Swapped.apply, (x,), raise_exception=False)
assert torch.autograd.gradcheck(lambda t: Swapped.apply(t).mean(), (x,))

# %% passes_gradcheck | misconception | exception-instead-of-false
# > A wrong backward is the answer False: gradcheck raises an error unless it is told not to.
x = torch.zeros(2, dtype=torch.float64, requires_grad=True)
with pytest.raises(RuntimeError, match="Jacobian mismatch"):
    torch.autograd.gradcheck(torch.relu, (x,))
assert torch.autograd.gradcheck(torch.relu, (x,), raise_exception=False) is False

# %% part-four-text
# > If it returns a tensor, that tensor replaces the gradient.
w = torch.ones(2, requires_grad=True)
handle = w.register_hook(lambda grad: grad * 10)
w.sum().backward()
handle.remove()
w.sum().backward()
assert w.grad.tolist() == [11, 11]

# %% clip_hook-statement
# > <code>a + b</code> may pass one and the same gradient tensor to <code>a</code> and to <code>b</code>.
addresses = []
a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
a.register_hook(lambda grad: addresses.append(grad.data_ptr()))
b.register_hook(lambda grad: addresses.append(grad.data_ptr()))
(a + b).sum().backward()
assert addresses[0] == addresses[1]

# %% floored_softmax | misconception | result-overwritten
# > exp and softmax keep their result for backward: make a new tensor instead of writing into it; a copy of x does not
# > help.
for function in (torch.exp, lambda t: t.softmax(0)):
    result = function(torch.ones(2, requires_grad=True))
    result[0] = 0
    with pytest.raises(RuntimeError, match="inplace"):
        result.sum().backward()
    result = function(torch.ones(2, requires_grad=True).clone())
    result[0] = 0
    with pytest.raises(RuntimeError, match="inplace"):
        result.sum().backward()

# %% floored_softmax-statement
# > an entry whose share was replaced still gets a gradient through the sum.
x = torch.log(torch.tensor([6.0, 3.0, 1.0])).requires_grad_()
share = x.softmax(0)
torch.where(share < 0.2, 0, share)[0].backward()
assert torch.allclose(x.grad, torch.tensor([0.24, -0.18, -0.06]))

# %% floored_softmax | misconception | overflow
# > exp(1000) is infinite and exp(-1000) is 0: subtract the largest entry first.
assert torch.tensor(1000.0).exp().isinf()
assert torch.tensor(-1000.0).exp() == 0

# %% jacobian-statement
# > `x` and `f(x)` have at least one entry each, and `x` stays as it is.
with pytest.raises(RuntimeError, match="non-empty"):
    torch.stack([])

# %% jacobian | misconception | graph-used-up
# > Keep the graph until the last row: retain_graph=True.
x = torch.ones(2, requires_grad=True)
y = x**2
torch.autograd.grad(y[0], x)
with pytest.raises(RuntimeError, match="a second time"):
    torch.autograd.grad(y[1], x)
y = x**2
torch.autograd.grad(y[0], x, retain_graph=True)
assert torch.autograd.grad(y[1], x)[0].tolist() == [0, 2]

# %% questions
# > relu needs only to know where its result is positive, and the overwritten tensor still says so.
w = torch.tensor([2.0, -2.0], requires_grad=True)
(w * 1).relu_().sum().backward()
assert w.grad.tolist() == [1, 0]

# %% questions
# > exp needs its result itself; anything that overwrites it destroys the derivative.
w = torch.tensor([2.0, -2.0], requires_grad=True)
with pytest.raises(RuntimeError, match="inplace"):
    (w * 1).exp_().mul_(2).sum().backward()

# %% questions
# > where going forward (`torch.func.jvp`) needs only one pass.
calls = []
f = lambda t: (calls.append(1), torch.stack([t, t**2, t**3]))[1]  # noqa: E731
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the compiler, which this loads, still calls what PyTorch deprecates
    _, slopes = torch.func.jvp(f, (torch.tensor(2.0),), (torch.tensor(1.0),))
assert (slopes.tolist(), len(calls)) == ([1, 4, 12], 1)

# %% questions
# > The central difference at 0 is 1/2 whatever the step; backward has to choose a slope, and PyTorch chooses 0. The
# > check fails, although nothing is wrong.
for step in (1.0, 1e-6):
    h = torch.tensor(step, dtype=torch.float64)
    assert (h.relu() - (-h).relu()) / (2 * h) == 0.5
x = torch.zeros(2, dtype=torch.float64, requires_grad=True)
x.relu().sum().backward()
assert x.grad.tolist() == [0, 0]
assert not torch.autograd.gradcheck(torch.relu, (x,), raise_exception=False)

# %% sgd_step_-statement
# > Inside <code>torch.no_grad()</code> you may write to a leaf, and the write is counted, so that autograd can notice.
# > A write through <code>.data</code> is not counted.
w = torch.ones(2, requires_grad=True)
with torch.no_grad():
    w -= 1
assert (w.is_leaf, w._version) == (True, 1)
w.data -= 1
assert w._version == 1

# %% safe_sqrt-statement
# > After the root, it hides a wrong root but not its infinite slope
x = torch.tensor([0.0], requires_grad=True)
torch.where(x > 0, x.sqrt(), 0).sum().backward()
assert x.grad.isnan()

# %% pebbles-text
# > Together they say how far it is to the lowest point.
stones = pebbles()
box = stones.sizes.prod(dim=1) / 1000
start = torch.tensor(1.0, requires_grad=True)
(down,) = torch.autograd.grad(((start * box - stones.mass) ** 2).mean(), start, create_graph=True)
(bend,) = torch.autograd.grad(down, start)
assert (start - down / bend).item() == pytest.approx((box @ stones.mass / (box @ box)).item(), rel=1e-5)
