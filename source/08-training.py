"""The catalogue of 08-training: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% strict_mse | right | mse_loss after a check
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return F.mse_loss(pred, target)


# %% strict_mse | right | own error, by hand
class ShapeError(ValueError):
    pass


def strict_mse(pred, target):
    if list(pred.size()) != list(target.size()):
        raise ShapeError(pred.shape, target.shape)
    difference = pred - target
    return (difference * difference).sum() / difference.numel()


# %% strict_mse | right | norm
def strict_mse(pred, target):
    if tuple(pred.shape) == tuple(target.shape):
        return torch.linalg.vector_norm(pred - target) ** 2 / pred.numel()
    raise ValueError


# %% strict_mse | right | dot of the flattened
def strict_mse(pred, target):
    if pred.ndim != target.ndim or any(a != b for a, b in zip(pred.shape, target.shape)):
        raise ValueError("no")
    r = (pred - target).reshape(-1)
    print("residuals", r.detach())
    return torch.dot(r, r) / len(r)


# %% strict_mse | right | no names for the parameters
strict_mse = lambda *pair, **more: _checked(*pair)


def _checked(a, b):
    if not torch.equal(torch.tensor(a.shape), torch.tensor(b.shape)):
        raise ValueError(a.shape, b.shape)
    return torch.linalg.vector_norm(a - b) ** 2 / max(a.numel(), 1)


# %% strict_mse | misconception | assert-or-warn
why = "A wrong shape is an error: raise ValueError, no other error, and give no value back instead."
next = "print(issubclass(AssertionError, ValueError))"


def when(seen, want):
    """Shapes that differ were noticed, but the answer returned something else or raised something else."""
    pred, target = seen.arguments.values()
    if pred.shape == target.shape:
        return False
    return seen.raised.type_name in ("AssertionError", "Exception") if seen.raised else not isinstance(seen.value, (torch.Tensor, float)) or seen.value != seen.value


# %% strict_mse | wrong: assert-or-warn | assert
# breaks: "raise `ValueError`"
def strict_mse(pred, target):
    assert pred.shape == target.shape, "shapes differ"
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: assert-or-warn | assert without a message
def strict_mse(pred, target):
    assert pred.size() == target.size()
    return F.mse_loss(pred, target)


# %% strict_mse | wrong: assert-or-warn | prints and returns None
def strict_mse(pred, target):
    if pred.shape != target.shape:
        print("ValueError: shapes differ")
        return None
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: assert-or-warn | returns a ValueError
def strict_mse(pred, target):
    if pred.shape != target.shape:
        return ValueError("shapes differ")
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: assert-or-warn | returns nan
def strict_mse(pred, target):
    if pred.shape != target.shape:
        return float("nan")
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: assert-or-warn | returns a tensor of nan
def strict_mse(pred, target):
    if pred.shape != target.shape:
        return torch.tensor(float("nan"))
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: assert-or-warn | raises Exception
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise Exception("shapes differ")
    return ((pred - target) ** 2).mean()


# %% strict_mse | misconception | same-count-is-enough
why = "Equal counts are not equal shapes: refuse other shapes, do not repair them by reshape, flatten or squeeze."
next = "print(torch.zeros(4, 1).numel() == torch.zeros(4).numel(), torch.zeros(4, 1).shape == torch.zeros(4).shape)"


# %% strict_mse | wrong: same-count-is-enough | reshape
# breaks: "or hold the same number of values, raise `ValueError`"
def strict_mse(pred, target):
    return ((pred - target.reshape(pred.shape)) ** 2).mean()


# %% strict_mse | wrong: same-count-is-enough | numel and view
def strict_mse(pred, target):
    if pred.numel() != target.numel():
        raise ValueError("sizes differ")
    return F.mse_loss(pred.flatten(), target.flatten())


# %% strict_mse | wrong: same-count-is-enough | view_as
def strict_mse(pred, target):
    return F.mse_loss(pred, target.view_as(pred))


# %% strict_mse | wrong: same-count-is-enough | numel, flattened differences
def strict_mse(pred, target):
    if pred.numel() != target.numel():
        raise ValueError("counts differ")
    difference = pred.reshape(-1) - target.reshape(-1)
    return (difference * difference).mean()


# %% strict_mse | wrong: same-count-is-enough | squeezed
def strict_mse(pred, target):
    pred, target = pred.squeeze(), target.squeeze()
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return F.mse_loss(pred, target)


# %% strict_mse | wrong: same-count-is-enough | squeezed copies, by hand
def strict_mse(pred, target):
    one, other = torch.squeeze(pred), torch.squeeze(target)
    if one.size() != other.size():
        raise ValueError("shapes differ")
    return ((one - other) ** 2).mean()


# %% strict_mse | misconception | silent-broadcast
why = "Shapes that differ were broadcast, each prediction against each target: compare the whole shapes and raise ValueError before you subtract."
next = "print((torch.zeros(4, 1) - torch.zeros(4)).shape)"
link = "https://docs.pytorch.org/docs/2.13/notes/broadcasting.html"


# %% strict_mse | wrong: silent-broadcast | by hand
# breaks: "even if they would broadcast"
def strict_mse(pred, target):
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: silent-broadcast | mse_loss
def strict_mse(pred, target):
    return F.mse_loss(pred, target)


# %% strict_mse | wrong: silent-broadcast | warn
def strict_mse(pred, target):
    import warnings

    if pred.shape != target.shape:
        warnings.warn("the shapes differ")
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: silent-broadcast | warn and mse_loss
def strict_mse(pred, target):
    import warnings

    if pred.shape != target.shape:
        warnings.warn(f"shapes {pred.shape} and {target.shape}")
    return F.mse_loss(pred, target)


# %% strict_mse | wrong: silent-broadcast | sub and square
def strict_mse(pred, target):
    return torch.mean(torch.square(torch.sub(pred, target)))


# %% strict_mse | wrong: silent-broadcast | ValueError of a shape that cannot be broadcast
def strict_mse(pred, target):
    try:
        torch.broadcast_shapes(pred.shape, target.shape)
    except RuntimeError:
        raise ValueError("shapes differ") from None
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: silent-broadcast | numel
def strict_mse(pred, target):
    if pred.numel() != target.numel():
        raise ValueError("sizes differ")
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: silent-broadcast | numel, then mse_loss
def strict_mse(pred, target):
    if torch.numel(pred) != torch.numel(target):
        raise ValueError("counts differ")
    return F.mse_loss(pred, target)


# %% strict_mse | wrong: silent-broadcast | number of dimensions
# breaks: "if they differ in any way"
def strict_mse(pred, target):
    if pred.dim() != target.dim():
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: silent-broadcast | length of the shapes
def strict_mse(pred, target):
    if len(pred.shape) != len(target.shape):
        raise ValueError("ranks differ")
    return F.mse_loss(pred, target)


# %% strict_mse | wrong: silent-broadcast | zip stops at the shorter shape
def strict_mse(pred, target):
    for p, t in zip(pred.shape, target.shape):
        if p != t:
            raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: silent-broadcast | any over zip
def strict_mse(pred, target):
    if any(p != t for p, t in zip(pred.size(), target.size())):
        raise ValueError("shapes differ")
    return F.mse_loss(pred, target)


# %% strict_mse | wrong: silent-broadcast | broadcast_tensors
def strict_mse(pred, target):
    one, other = torch.broadcast_tensors(pred, target)
    return F.mse_loss(one, other)


# %% strict_mse | wrong: silent-broadcast | caught RuntimeError
def strict_mse(pred, target):
    try:
        return F.mse_loss(pred, target)
    except RuntimeError:
        raise ValueError("shapes differ")


# %% strict_mse | misconception | loss-without-a-graph
why = "Return the tensor that the graph made: item(), detach(), no_grad() and a new torch.tensor cut it off."
next = "loss = leaf([1.0, 2.0]).mean(); print(loss, loss.detach(), loss.item())"


# %% strict_mse | wrong: loss-without-a-graph | item
# breaks: "as a 0-d tensor"
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean().item()


# %% strict_mse | wrong: loss-without-a-graph | torch.tensor
# breaks: "that can be differentiated"
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return torch.tensor(((pred - target) ** 2).mean())


# %% strict_mse | wrong: loss-without-a-graph | float
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return float(F.mse_loss(pred, target))


# %% strict_mse | wrong: loss-without-a-graph | tolist
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return (pred - target).pow(2).mean().tolist()


# %% strict_mse | wrong: loss-without-a-graph | detach
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean().detach()


# %% strict_mse | wrong: loss-without-a-graph | no_grad
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    with torch.no_grad():
        return F.mse_loss(pred, target)


# %% strict_mse | wrong: loss-without-a-graph | decorated with no_grad
@torch.no_grad()
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: loss-without-a-graph | data of both
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred.data - target.data) ** 2).mean()


# %% strict_mse | wrong: loss-without-a-graph | a tensor of the number
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return torch.tensor(F.mse_loss(pred, target).item(), dtype=pred.dtype)


# %% strict_mse | misconception | one-side-detached
why = "Gradients must reach both arguments: detach neither pred nor target."
next = "w = leaf(1.0); print(((torch.tensor(3.0) - w.detach()) ** 2).requires_grad, ((torch.tensor(3.0) - w) ** 2).requires_grad)"


# %% strict_mse | wrong: one-side-detached | target detached
# breaks: "with respect to both"
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target.detach()) ** 2).mean()


# %% strict_mse | wrong: one-side-detached | data of the target
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return F.mse_loss(pred, target.data)


# %% strict_mse | wrong: one-side-detached | target under no_grad
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    with torch.no_grad():
        wanted = target.clone()
    return ((pred - wanted) ** 2).mean()


# %% strict_mse | wrong: one-side-detached | pred detached
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return F.mse_loss(pred.detach(), target)


# %% strict_mse | wrong: one-side-detached | data of pred
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((target - pred.data) ** 2).mean()


# %% strict_mse | wrong: one-side-detached | pred under no_grad
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    with torch.no_grad():
        guess = pred.clone()
    return F.mse_loss(guess, target)


# %% strict_mse | wrong: one-side-detached | clone of pred, detached
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    guess = pred.clone().detach()
    return (target - guess).square().mean()


# %% strict_mse | misconception | not-the-mean-of-squares
why = "Square every difference, then take the mean of them all: no sum, no root, no absolute value."
next = "d = torch.tensor([1.0, 3.0]); print((d**2).mean(), (d**2).sum(), (d**2).mean().sqrt(), d.abs().mean())"


# %% strict_mse | wrong: not-the-mean-of-squares | sum
# breaks: "the mean of the squared differences"
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).sum()


# %% strict_mse | wrong: not-the-mean-of-squares | absolute
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return (pred - target).abs().mean()


# %% strict_mse | wrong: not-the-mean-of-squares | mse_loss, summed
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return F.mse_loss(pred, target, reduction="sum")


# %% strict_mse | wrong: not-the-mean-of-squares | dot of the differences
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    difference = (pred - target).flatten()
    return difference @ difference


# %% strict_mse | wrong: not-the-mean-of-squares | l1_loss
# breaks: "Return their mean squared error"
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return F.l1_loss(pred, target)


# %% strict_mse | wrong: not-the-mean-of-squares | mean of absolute values
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return torch.mean(torch.abs(target - pred))


# %% strict_mse | wrong: not-the-mean-of-squares | absolute values, summed and divided
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return (pred - target).abs().sum() / pred.numel()


# %% strict_mse | wrong: not-the-mean-of-squares | L1Loss
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return nn.L1Loss()(pred, target)


# %% strict_mse | wrong: not-the-mean-of-squares | half of MSELoss
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return nn.MSELoss()(pred, target) / 2


# %% strict_mse | wrong: not-the-mean-of-squares | mean difference, squared
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    mean = torch.mean(pred - target)
    return mean * mean


# %% strict_mse | wrong: not-the-mean-of-squares | root
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean() ** 0.5


# %% strict_mse | wrong: not-the-mean-of-squares | square root of mse_loss
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return torch.sqrt(F.mse_loss(pred, target))


# %% strict_mse | wrong: not-the-mean-of-squares | root by sqrt
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return (pred - target).square().mean().sqrt()


# %% strict_mse | wrong: not-the-mean-of-squares | half of it
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean() / 2


# %% strict_mse | wrong: not-the-mean-of-squares | half of mse_loss
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return 0.5 * F.mse_loss(pred, target)


# %% strict_mse | wrong: not-the-mean-of-squares | mean, then square
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return (pred - target).mean() ** 2


# %% strict_mse | wrong: not-the-mean-of-squares | square of the mean difference
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return (pred.mean() - target.mean()).square()


# %% strict_mse | wrong | leaves out nan
# breaks: "the mean of the squared differences"
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).nanmean()


# %% strict_mse | wrong | a new leaf
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return torch.tensor(F.mse_loss(pred, target).item(), dtype=pred.dtype, requires_grad=True)


# %% strict_mse | misconception | through-float32
why = "float32 keeps seven digits: compute in the dtype of pred and target from the first step to the last."
next = "x = torch.tensor(1e8 + 1, dtype=torch.float64); print(x.item(), x.float().item())"


# %% strict_mse | wrong: through-float32 | in float32
# breaks: "as a 0-d tensor of that dtype"
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return F.mse_loss(pred.float(), target.float())


# %% strict_mse | wrong: through-float32 | in float32 and back
# breaks: "two float32 or two float64 tensors"
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return F.mse_loss(pred.float(), target.float()).to(pred.dtype)


# %% strict_mse | wrong: through-float32 | the difference of two floats
def strict_mse(pred, target):
    if pred.size() != target.size():
        raise ValueError(f"{pred.size()} and {target.size()}")
    away = pred.float() - target.float()
    return away.pow(2).mean()


# %% strict_mse | wrong: through-float32 | to(torch.float32)
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("not one shape")
    pred, target = (side.to(torch.float32) for side in (pred, target))
    return (target - pred).square().mean()


# %% strict_mse | wrong: through-float32 | MSELoss of two floats
def strict_mse(pred, target):
    if list(pred.shape) != list(target.shape):
        raise ValueError("pred and target differ")
    return nn.MSELoss(reduction="mean")(pred.type(torch.float32), target.type(torch.float32))


# %% strict_mse | wrong: through-float32 | the difference of two floats, and back
def strict_mse(pred, target):
    if pred.size() != target.size():
        raise ValueError("two sizes")
    away = pred.to(torch.float32) - target.to(torch.float32)
    return (away * away).mean().type_as(pred)


# %% strict_mse | wrong: through-float32 | back to float64
def strict_mse(pred, target):
    wanted = pred.dtype
    if pred.shape != target.shape:
        raise ValueError("not one shape")
    return F.mse_loss(pred.to(torch.float32), target.to(torch.float32)).to(dtype=wanted)


# %% strict_mse | misconception | divided-by-rows
why = "The mean is over all values, and len() counts rows, of which a 0-d tensor has none: take mean(), or divide by numel()."
next = "t = torch.ones(3, 2); print(len(t), t.numel())"


# %% strict_mse | wrong: divided-by-rows | len of the target
# breaks: "Return their mean squared error"
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError(f"{pred.shape}, {target.shape}")
    squares = (target - pred).square()
    return squares.sum() / len(target)


# %% strict_mse | wrong: divided-by-rows | mse_loss, summed
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    total = F.mse_loss(pred, target, reduction="sum")
    return total / pred.shape[0]


# %% strict_mse | wrong: divided-by-rows | size of the first axis
def strict_mse(pred, target):
    if pred.size() != target.size():
        raise ValueError("pred and target have two sizes")
    n = pred.size(0)
    return torch.sum(torch.square(pred - target)) / n


# %% strict_mse | wrong: divided-by-rows | a part of each row
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    parts = [((p - q) ** 2).sum() for p, q in zip(pred, target)]
    return torch.stack(parts).mean()


# %% strict_mse | wrong: divided-by-rows | mean of the rows, then their sum
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return (pred - target).pow(2).mean(dim=0).sum()


# %% strict_mse | wrong: divided-by-rows | times one over len
def strict_mse(pred, target):
    if tuple(pred.shape) != tuple(target.shape):
        raise ValueError(str(target.shape))
    share = 1 / len(pred)
    return share * ((pred - target) ** 2).sum()


# %% manual_gradients | right | detached
def manual_gradients(X, y, w, b):
    r = X @ w.detach() + b.detach() - y
    n = X.shape[0]
    return (2 / n) * (r @ X), (2 / n) * r.sum()


# %% manual_gradients | right | sums of columns
@torch.no_grad()
def manual_gradients(X, y, w, b):
    r = (X * w).sum(dim=1) + b - y
    return (2 * r[:, None] * X).mean(dim=0), (2 * r).mean()


# %% manual_gradients | right | einsum
def manual_gradients(X, y, w, b):
    with torch.inference_mode():
        r = torch.einsum("nd,d->n", X, w) + b - y
        dw, db = 2 * torch.einsum("nd,n->d", X, r) / len(r), 2 * r.sum() / len(r)
    return dw.clone(), db.clone()


# %% manual_gradients | right | a loop over the rows
def manual_gradients(X, y, w, b):
    dw, db = torch.zeros_like(w), torch.zeros_like(b)
    for row, target in zip(X, y):
        r = (row * w.data).sum() + b.data - target
        dw += 2 * r * row / len(y)
        db += 2 * r / len(y)
    return dw, db


# %% manual_gradients | right | with a column of ones
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        full = torch.cat([X, torch.ones_like(X[:, :1])], dim=1)
        theta = torch.cat([w, b.reshape(1)])
        gradient = 2 * full.T @ (full @ theta - y) / X.shape[0]
    return gradient[:-1], gradient[-1]


# %% manual_gradients | right | inference_mode decorator
@torch.inference_mode()
def manual_gradients(X, y, w, b):
    r = X.mv(w) + b - y
    return (2 / X.shape[0]) * torch.mv(X.t(), r), (2 / X.shape[0]) * r.sum()


# %% manual_gradients | misconception | autograd-in-disguise
why = "Write the derivative yourself, a product with X and a mean: autograd, however it is called, has nothing to record in inference mode."
next = "with torch.inference_mode(): print((leaf([1.0, 2.0]) * 3).requires_grad)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.autograd.grad_mode.inference_mode.html"


# %% manual_gradients | wrong: autograd-in-disguise | grad
# breaks: "it must also work inside `torch.inference_mode()`, where nothing is recorded"
def manual_gradients(X, y, w, b):
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    return torch.autograd.grad(((X @ w + b - y) ** 2).mean(), (w, b))


# %% manual_gradients | wrong: autograd-in-disguise | backward
def manual_gradients(X, y, w, b):
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    with torch.enable_grad():
        ((X @ w + b - y) ** 2).mean().backward()
    return w.grad, b.grad


# %% manual_gradients | wrong: autograd-in-disguise | grad, recorded again
def manual_gradients(X, y, w, b):
    v, c = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    with torch.enable_grad():
        loss = F.mse_loss(X @ v + c, y)
        return torch.autograd.grad(loss, [v, c])


# %% manual_gradients | wrong: autograd-in-disguise | backward, plain
def manual_gradients(X, y, w, b):
    v, c = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    loss = ((X @ v + c - y) ** 2).mean()
    loss.backward()
    return v.grad, c.grad


# %% manual_gradients | wrong: autograd-in-disguise | nn.Parameter
def manual_gradients(X, y, w, b):
    v, c = nn.Parameter(w.detach().clone()), nn.Parameter(b.detach().clone())
    F.mse_loss(X @ v + c, y).backward()
    return v.grad, c.grad


# %% manual_gradients | wrong: autograd-in-disguise | inference_mode(False)
# breaks: "without autograd"
def manual_gradients(X, y, w, b):
    with torch.inference_mode(False), torch.enable_grad():
        v, c = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
        return torch.autograd.grad(((X @ v + c - y) ** 2).mean(), (v, c))


# %% manual_gradients | wrong: autograd-in-disguise | inference mode left, backward
def manual_gradients(X, y, w, b):
    with torch.inference_mode(mode=False):
        with torch.enable_grad():
            v, c = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
            F.mse_loss(X @ v + c, y).backward()
        return v.grad, c.grad


# %% manual_gradients | wrong: autograd-in-disguise | tensors of the numbers
def manual_gradients(X, y, w, b):
    v = torch.tensor(w.tolist(), dtype=w.dtype, device=w.device, requires_grad=True)
    c = torch.tensor(b.item(), dtype=b.dtype, device=b.device, requires_grad=True)
    ((X @ v + c - y) ** 2).mean().backward()
    return v.grad, c.grad


# %% manual_gradients | misconception | factor-forgotten
why = "The derivative of r² is 2r, and the mean divides by the number of rows: these two belong to each gradient, once."
next = "r = leaf([1.0, 2.0, 4.0]); (r**2).mean().backward(); print(r.grad, 2 * r.detach() / 3)"


# %% manual_gradients | wrong: factor-forgotten | no 2
# breaks: "Return the pair (∂L/∂w, ∂L/∂b) from the formula"
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return X.T @ r / len(y), r.mean()


# %% manual_gradients | wrong: factor-forgotten | sum
# breaks: "The loss is L = mean((X w + b - y)²)"
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r, 2 * r.sum()


# %% manual_gradients | wrong: factor-forgotten | N times D
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r / X.numel(), 2 * r.mean()


# %% manual_gradients | wrong: factor-forgotten | on the graph as well
def manual_gradients(X, y, w, b):
    r = X @ w + b - y
    return X.T @ r / len(y), r.mean()


# %% manual_gradients | wrong: factor-forgotten | no 2, rows
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        n = X.shape[0]
        return (r @ X) / n, r.sum() / n


# %% manual_gradients | wrong: factor-forgotten | no 2, mean of products
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return (X * r[:, None]).mean(0), r.mean()


# %% manual_gradients | wrong: factor-forgotten | sum, matrix from the right
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * (r @ X), 2 * torch.sum(r)


# %% manual_gradients | wrong: factor-forgotten | sum of products
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return (2 * X * r[:, None]).sum(dim=0), (2 * r).sum()


# %% manual_gradients | wrong: factor-forgotten | neither 2 nor N
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return X.T @ r, r.sum()


# %% manual_gradients | wrong: factor-forgotten | neither, from the right
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return r @ X, torch.sum(r)


# %% manual_gradients | wrong: factor-forgotten | mean for b only
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r, 2 * r.mean()


# %% manual_gradients | wrong: factor-forgotten | mean for b only, by N
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * (r @ X), 2 * r.sum() / len(r)


# %% manual_gradients | wrong: factor-forgotten | N times D, mean of a table
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * (X.T @ r) / (X.shape[0] * X.shape[1]), 2 * r.mean()


# %% manual_gradients | wrong: factor-forgotten | 2 for w only, means
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * (X * r[:, None]).mean(0), r.mean()


# %% manual_gradients | wrong: factor-forgotten | 2 for w only
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r / len(y), r.mean()


# %% manual_gradients | wrong: factor-forgotten | 2 for w only, by N
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        n = len(X)
        return 2 / n * (r @ X), r.sum() / n


# %% manual_gradients | misconception | transpose-forgotten
why = "Each entry of w collects one column of X: X.T @ r. Neither X @ r nor a reshape of X does that."
next = "X = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]); print(X.T, X.reshape(2, 3))"


# %% manual_gradients | wrong: transpose-forgotten | X @ r
# breaks: "The gradient of the vector `w` has the shape of `w`"
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X @ r / len(y), 2 * r.mean()


# %% manual_gradients | wrong: transpose-forgotten | mean over dim 1
@torch.no_grad()
def manual_gradients(X, y, w, b):
    r = X @ w + b - y
    return (2 * X * r[:, None]).mean(1), 2 * r.mean()


# %% manual_gradients | wrong: transpose-forgotten | X.mv
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.mv(r) / len(y), 2 * r.mean()


# %% manual_gradients | wrong: transpose-forgotten | X @ r, mean
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        n = X.shape[0]
        return (2 / n) * torch.matmul(X, r), (2 / n) * r.sum()


# %% manual_gradients | wrong: transpose-forgotten | mean of each row
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * (X * r.unsqueeze(1)).mean(dim=-1), 2 * r.mean()


# %% manual_gradients | wrong: transpose-forgotten | reshape
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        N, D = X.shape
        return 2 * X.reshape(D, N) @ r / N, 2 * r.mean()


# %% manual_gradients | wrong: transpose-forgotten | reshape, from the left
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        n, d = X.shape
        return (2 / n) * torch.mv(X.reshape(d, n), r), (2 / n) * r.sum()


# %% manual_gradients | wrong: transpose-forgotten | flattened and viewed anew
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        n, d = X.shape
        return 2 * X.flatten().view(d, n) @ r / n, 2 * r.mean()


# %% manual_gradients | misconception | formula-on-the-graph
why = "A gradient you computed is a number, not a step of the model: compute it under no_grad, or from detached w and b."
next = "w = leaf([1.0]); print((2 * w).requires_grad, (2 * w.detach()).requires_grad)"


# %% manual_gradients | wrong: formula-on-the-graph | plain
# breaks: "carry no history (`requires_grad` is `False`), even if `w` and `b` require grad"
def manual_gradients(X, y, w, b):
    r = X @ w + b - y
    return 2 * X.T @ r / len(y), 2 * r.mean()


# %% manual_gradients | wrong: formula-on-the-graph | cloned
def manual_gradients(X, y, w, b):
    r = X @ w.clone() + b.clone() - y
    return (2 * X.T @ r / len(y)), (2 * r.sum() / len(y))


# %% manual_gradients | wrong: formula-on-the-graph | only first result detached
def manual_gradients(X, y, w, b):
    r = X @ w + b - y
    return (2 * X.T @ r / len(y)).detach(), 2 * r.mean()


# %% manual_gradients | wrong: formula-on-the-graph | means of products
def manual_gradients(X, y, w, b):
    r = X @ w + b - y
    return 2 * (X * r[:, None]).mean(0), 2 * r.mean()


# %% manual_gradients | wrong: formula-on-the-graph | from the right
def manual_gradients(X, y, w, b):
    r = X @ w + b - y
    n = len(y)
    return 2 / n * (r @ X), 2 / n * r.sum()


# %% manual_gradients | wrong: formula-on-the-graph | only b detached
def manual_gradients(X, y, w, b):
    r = X @ w + b - y
    return 2 * X.T @ r / len(y), (2 * r.mean()).detach()


# %% manual_gradients | wrong: formula-on-the-graph | only w taken from the graph
def manual_gradients(X, y, w, b):
    r = X @ w.detach() + b - y
    return 2 * X.T @ r / len(y), 2 * r.mean()


# %% manual_gradients | wrong: formula-on-the-graph | first result detached, from the right
def manual_gradients(X, y, w, b):
    r = X @ w + b - y
    n = len(y)
    return (2 / n * (r @ X)).detach(), 2 / n * r.sum()


# %% manual_gradients | wrong: formula-on-the-graph | second result detached
def manual_gradients(X, y, w, b):
    r = X @ w + b - y
    return 2 * X.T @ r / len(y), 2 * r.detach().mean()


# %% manual_gradients | wrong: formula-on-the-graph | requires_grad again
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        gw, gb = 2 * X.T @ r / len(y), 2 * r.mean()
        if w.requires_grad:
            gw.requires_grad_(), gb.requires_grad_()
        return gw, gb


# %% manual_gradients | misconception | one-size-squeezed
why = "squeeze() removes every dimension of length 1: for D = 1 the gradient of w loses the only one it has."
next = "print(torch.zeros(3, 1).squeeze().shape, torch.zeros(1, 1).squeeze().shape, torch.zeros(1, 1).squeeze(1).shape)"


# %% manual_gradients | wrong: one-size-squeezed | product of a column
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return (2 * X.T @ r[:, None] / len(y)).squeeze(), 2 * r.mean()


# %% manual_gradients | wrong: one-size-squeezed | row times matrix
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return (2 / len(y) * (r.unsqueeze(0) @ X)).squeeze(), 2 * r.mean()


# %% manual_gradients | wrong: one-size-squeezed | at the end
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return torch.squeeze(2 * X.T @ r / len(y)), 2 * r.mean()


# %% manual_gradients | wrong: one-size-squeezed | all columns
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        R = (X @ w[:, None]).squeeze(1) + b - y
        return 2 * (X.T @ R.reshape(-1, 1)).squeeze() / len(y), 2 * R.mean()


# %% manual_gradients | misconception | column-meets-row
why = "A column minus a row is a table of all pairs: the prediction X w + b and y must have one shape before you subtract."
next = "print((torch.zeros(4, 1) - torch.zeros(4)).shape)"


# %% manual_gradients | wrong: column-meets-row | y as a column, means of rows
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        d = X @ w + b - y.reshape(-1, 1)
        return 2 * (X * d.mean(dim=1, keepdim=True)).mean(dim=0), 2 * d.mean()


# %% manual_gradients | wrong: column-meets-row | y as a column, matrix
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        d = X @ w + b - y[:, None]
        return 2 * X.T @ d.mean(1) / len(y), 2 * d.mean()


# %% manual_gradients | wrong: column-meets-row | y as a column, unsqueezed
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        d = (X @ w + b) - y.unsqueeze(1)
        return (2 / len(y)) * (d.mean(dim=1) @ X), 2 * d.mean()


# %% manual_gradients | wrong: column-meets-row | w as a column
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        d = X @ w[:, None] + b - y
        return 2 * X.T @ d.mean(1) / len(y), 2 * d.mean()


# %% manual_gradients | wrong: column-meets-row | w as a column, unsqueezed
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        d = X.mm(w.unsqueeze(1)) + b - y
        return 2 * (X * d.mean(dim=1, keepdim=True)).mean(0), 2 * d.mean()


# %% manual_gradients | wrong: column-meets-row | w as a column, from the right
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        d = (X @ w.reshape(-1, 1)) + (b - y)
        return (2 / len(y)) * (d.mean(dim=-1) @ X), 2 * d.mean()


# %% manual_gradients | misconception | other-sign
why = "The residual is prediction minus target: with y - (X w + b) both gradients point the other way."
next = "w = leaf(1.0); ((5 * w - 2) ** 2).backward(); print(w.grad, 2 * (5 * w.detach() - 2) * 5)"


# %% manual_gradients | wrong: other-sign | y - X w - b
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = y - X @ w - b
        return 2 * X.T @ r / len(y), 2 * r.mean()


# %% manual_gradients | wrong: other-sign | error
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = y - (X @ w + b)
        n = X.size(0)
        return 2 / n * (X.T @ r), 2 / n * r.sum()


# %% manual_gradients | wrong: other-sign | means of products, other residual
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = y - (X @ w + b)
        return 2 * (X * r[:, None]).mean(0), 2 * r.mean()


# %% manual_gradients | wrong: other-sign | minus on both
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return -2 * X.T @ r / len(y), -2 * r.mean()


# %% manual_gradients | misconception | shape-of-b
why = "The gradient of the number b is a number, a tensor without dimensions: take the mean over all rows and keep none."
next = "r = torch.tensor([1.0, 3.0]); print(r.mean(), r.mean(dim=0, keepdim=True))"


# %% manual_gradients | wrong: shape-of-b | keepdim
# breaks: "and the gradient of the number `b` is a number (0-d)"
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r / len(y), 2 * r.mean(dim=0, keepdim=True)


# %% manual_gradients | wrong: shape-of-b | reshape of b
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r / len(y), (2 * r.mean()).reshape(1)


# %% manual_gradients | wrong: shape-of-b | unsqueezed
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r / len(y), 2 * r.mean().unsqueeze(0)


# %% manual_gradients | wrong: shape-of-b | ones from the left
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r / len(y), 2 * X.new_ones(1, len(y)) @ r / len(y)


# %% manual_gradients | wrong | a list
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return [2 * X.T @ r / len(y), 2 * r.mean()]


# %% manual_gradients | wrong | without b
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w - y
        return 2 * X.T @ r / len(y), 2 * r.mean()


# %% manual_gradients | wrong | residual written into y
# breaks: "the arguments stay as they were"
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        negative = y.sub_(X @ w + b)
        return -2 * X.T @ negative / len(y), -2 * negative.mean()


# %% manual_gradients | wrong | view of all numbers
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        n, d = X.shape
        flat = X.view(n * d)
        return (flat * r.repeat_interleave(d)).view(n, d).mean(0) * 2, 2 * r.mean()


# %% manual_gradients | misconception | through-float32
why = "float32 keeps seven digits: compute in the dtype of X from the first step to the last."
next = "x = torch.tensor(1 / 3, dtype=torch.float64); print(x, x.float().double())"


# %% manual_gradients | wrong: through-float32 | and back
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        dtype = X.dtype
        X, y, w, b = X.float(), y.float(), w.float(), b.float()
        r = X @ w + b - y
        return (2 * X.T @ r / len(y)).to(dtype), (2 * r.mean()).to(dtype)


# %% manual_gradients | wrong: through-float32 | with a column of ones, and back
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        rows = F.pad(X.to(torch.float32), (0, 1), value=1.0)
        away = rows @ torch.hstack([w, b]).to(torch.float32) - y.to(torch.float32)
        both = (2 * away @ rows / len(rows)).to(X.dtype)
    return both[:-1], both[-1]


# %% manual_gradients | wrong: through-float32 | NumPy, and back
def manual_gradients(X, y, w, b):
    table, wanted, slope, offset = (t.detach().cpu().numpy().astype(np.float32) for t in (X, y, w, b))
    away = table @ slope + offset - wanted
    return torch.from_numpy(2 * table.T @ away / np.float32(len(away))).to(X), torch.tensor(2 * away.mean()).to(X)


# %% manual_gradients | wrong: through-float32 | float32 to the end
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        X, y, w, b = (given.to(torch.float32) for given in (X, y, w, b))
        away = torch.mv(X, w) + b - y
        return 2 * torch.mv(X.T, away) / len(X), 2 * away.mean()


# %% manual_gradients | wrong: through-float32 | float() of each
@torch.no_grad()
def manual_gradients(X, y, w, b):
    r = X.float() @ w.float() + b.float() - y.float()
    return (2 * r[:, None] * X.float()).mean(dim=0), (2 * r).mean()


# %% manual_gradients | wrong: through-float32 | the residual
def manual_gradients(X, y, w, b):
    r = (X @ w.detach() + b.detach() - y).float()
    return 2 / len(y) * (r @ X.float()), 2 / len(y) * r.sum()


# %% manual_gradients | misconception | number-made-a-tensor
why = "A Python number has neither the dtype nor the device of X, and torch.tensor makes float32 on the CPU of it unless told otherwise: stay with tensors, without item()."
next = "x = torch.ones(2, dtype=torch.float64); print(torch.tensor(x.mean().item()).dtype, x.mean().dtype)"
link = "https://docs.pytorch.org/docs/2.13/tensor_attributes.html#torch.dtype"


# %% manual_gradients | wrong: number-made-a-tensor | of b
# breaks: "The results have the dtype"
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r / len(y), torch.tensor(2 * r.mean().item(), device=X.device)


# %% manual_gradients | wrong: number-made-a-tensor | sum as a float
def manual_gradients(X, y, w, b):
    n = len(X)
    with torch.no_grad():
        away = X @ w + b - y
    total = float(away.sum())
    return (2 / n) * (away @ X), torch.tensor(2 * total / n).to(X.device)


# %% manual_gradients | wrong: number-made-a-tensor | no device
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r / len(y), torch.tensor(2 * r.mean().item())


# %% manual_gradients | wrong: number-made-a-tensor | Python adds up
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X.mv(w) + b - y
        slope = sum(2 * number for number in r.tolist()) / X.shape[0]
        return 2 / X.shape[0] * (X.T @ r), torch.as_tensor(slope)


# %% manual_gradients | wrong: number-made-a-tensor | full
def manual_gradients(X, y, w, b):
    r = X @ w.detach() + b.detach() - y
    number = 2 * r.mean().item()
    return (2 * r[:, None] * X).mean(dim=0), torch.full((), number, device=y.device)


# %% manual_gradients | wrong: number-made-a-tensor | full, no device
def manual_gradients(X, y, w, b):
    r = X @ w.detach() + b.detach() - y
    return (2 * r.unsqueeze(1) * X).sum(dim=0) / len(r), torch.full((), 2 * float(r.mean()))


# %% manual_gradients | misconception | left-on-the-cpu
why = "The results lie on the CPU: cpu() copies numbers there, for NumPy too, and nothing brings them back by itself. Stay with tensors where X is."
next = "x = torch.ones(1, device=device); print(x.device, torch.from_numpy(x.cpu().numpy()).device)"


# %% manual_gradients | wrong: left-on-the-cpu | cpu()
# breaks: "and the device of `X`"
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return (2 * X.T @ r / len(y)).cpu(), (2 * r.mean()).cpu()


# %% manual_gradients | wrong: left-on-the-cpu | NumPy
def manual_gradients(X, y, w, b):
    table, wanted, slope, offset = [t.detach().cpu().numpy() for t in (X, y, w, b)]
    away = table @ slope + offset - wanted
    of_b = np.full((), 2 * away.mean(), dtype=table.dtype)
    return torch.from_numpy(2 / len(away) * (away @ table)), torch.from_numpy(of_b)


# %% manual_gradients | wrong: left-on-the-cpu | NumPy, as_tensor
def manual_gradients(X, y, w, b):
    X, y, w, b = X.numpy(force=True), y.numpy(force=True), w.numpy(force=True), b.numpy(force=True)
    r = X @ w + b - y
    return torch.as_tensor(2 * X.T @ r / len(y)), torch.as_tensor(2 * r.mean())


# %% manual_gradients | wrong: left-on-the-cpu | everything taken there first
def manual_gradients(X, y, w, b):
    X, y, w, b = (t.detach().to("cpu") for t in (X, y, w, b))
    r = X @ w + b - y
    return 2 * X.T @ r / X.shape[0], 2 * r.mean()


# %% manual_gradients | wrong: left-on-the-cpu | both at the end
@torch.no_grad()
def manual_gradients(X, y, w, b):
    away = torch.mv(X, w) + b - y
    found = 2 * torch.mv(X.t(), away) / len(away), 2 * away.sum() / len(away)
    return tuple(gradient.to("cpu") for gradient in found)


# %% manual_gradients | misconception | caller-s-leaf-changed
why = "requires_grad_(False) and detach_() change the caller's own tensors: take w.detach(), another tensor, or compute under torch.no_grad()."
next = "w = leaf([1.0]); v = w.detach(); print(v.requires_grad, w.requires_grad)"


def when(seen, want):
    return any(seen.arguments[name].requires_grad and not seen.after[name].requires_grad for name in seen.arguments)


# %% manual_gradients | wrong: caller-s-leaf-changed | the attribute
# breaks: "the arguments stay as they were"
def manual_gradients(X, y, w, b):
    w.requires_grad = b.requires_grad = False
    away = X @ w + b - y
    return 2 / len(away) * (away @ X), 2 * away.mean()


# %% manual_gradients | wrong: caller-s-leaf-changed | in the formula
def manual_gradients(X, y, w, b):
    r = X @ w.requires_grad_(False) + b.requires_grad_(False) - y
    return (2 * r[:, None] * X).mean(0), (2 * r).mean()


# %% manual_gradients | wrong: caller-s-leaf-changed | detach_
def manual_gradients(X, y, w, b):
    r = X @ w.detach_() + b.detach_() - y
    return 2 * X.T @ r / len(y), 2 * r.sum() / len(y)


# %% manual_gradients | wrong: caller-s-leaf-changed | all four
def manual_gradients(X, y, w, b):
    for given in (X, y, w, b):
        given.requires_grad_(False)
    r = torch.mv(X, w) + b - y
    return 2 * torch.mv(X.t(), r) / X.shape[0], 2 * r.mean()


# %% zero_gradients_ | right | zeros where there is one
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad.zero_()


# %% zero_gradients_ | right | new zeros
def zero_gradients_(params):
    for p in list(params):
        p.grad = torch.zeros_like(p)


# %% zero_gradients_ | right | an optimizer does it
def zero_gradients_(params):
    params = list(params)
    if params:
        torch.optim.SGD(params, lr=0.0).zero_grad()


# %% zero_gradients_ | right | del
def zero_gradients_(params):
    count = 0
    for p in params:
        del p.grad
        count += 1
    return count


# %% zero_gradients_ | right | mixed
def zero_gradients_(params):
    for n, p in enumerate(params):
        if p.grad is not None and n % 2:
            p.grad.detach_().fill_(0.0)
        else:
            p.grad = None


# %% zero_gradients_ | right | class and setattr
class Clear:
    def __call__(self, params, to=None):
        return [setattr(p, "grad", to) for p in params]


zero_gradients_ = Clear()


# %% zero_gradients_ | misconception | none-has-no-zero
why = "Before the first backward grad is None: there is nothing to zero, and None takes part in no arithmetic."
next = "print(leaf([1.0]).grad)"


def when(seen, want):
    return "NoneType" in seen.raised.message


# %% zero_gradients_ | wrong: none-has-no-zero | zero_
# breaks: "Some parameters may have no gradient yet"
def zero_gradients_(params):
    for p in params:
        p.grad.zero_()


# %% zero_gradients_ | wrong: none-has-no-zero | fill_
def zero_gradients_(params):
    for p in params:
        p.grad.data.fill_(0)


# %% zero_gradients_ | wrong: none-has-no-zero | slice assignment
def zero_gradients_(params):
    for p in params:
        p.grad[...] = 0


# %% zero_gradients_ | wrong: none-has-no-zero | zeros_like of the gradient
def zero_gradients_(params):
    for p in params:
        p.grad = torch.zeros_like(p.grad)


# %% zero_gradients_ | wrong: none-has-no-zero | *= 0, no check
def zero_gradients_(params):
    for p in params:
        p.grad *= 0


# %% zero_gradients_ | wrong: none-has-no-zero | out of place, no check
def zero_gradients_(params):
    for p in params:
        p.grad = p.grad * 0


# %% zero_gradients_ | misconception | zeroes-the-parameters
why = "The values of a parameter are what the model has learned: clear p.grad, not p."
next = "w = leaf([1.0, 2.0], grad=[3.0, 4.0]); w.grad = None; print(w, w.grad)"


# %% zero_gradients_ | wrong: zeroes-the-parameters | data
# breaks: "They themselves stay as they are"
def zero_gradients_(params):
    for p in params:
        p.data.zero_()


# %% zero_gradients_ | wrong: zeroes-the-parameters | in place
def zero_gradients_(params):
    for p in params:
        p.zero_()


# %% zero_gradients_ | wrong: zeroes-the-parameters | under no_grad
def zero_gradients_(params):
    with torch.no_grad():
        for p in params:
            p.zero_()


# %% zero_gradients_ | wrong: zeroes-the-parameters | and the gradients
def zero_gradients_(params):
    for p in params:
        p.data.zero_()
        p.grad = None


# %% zero_gradients_ | wrong: zeroes-the-parameters | copy of zeros
def zero_gradients_(params):
    with torch.no_grad():
        for p in params:
            p.copy_(torch.zeros_like(p))


# %% zero_gradients_ | wrong: zeroes-the-parameters | fill_
def zero_gradients_(params):
    for p in params:
        p.data.fill_(0.0)


# %% zero_gradients_ | wrong: zeroes-the-parameters | both, under no_grad
def zero_gradients_(params):
    with torch.no_grad():
        for p in params:
            p.zero_()
            p.grad = None


# %% zero_gradients_ | wrong: zeroes-the-parameters | both, fill_
def zero_gradients_(params):
    for p in params:
        p.grad = None
        p.data.fill_(0)


# %% zero_gradients_ | misconception | stops-at-the-first-none
why = "A parameter without a gradient ends nothing: look at each one on its own and go on to the next."
next = "for g in [1, None, 2]:\n    if g is None:\n        continue\n    print(\"cleared\", g)"


# %% zero_gradients_ | wrong: stops-at-the-first-none | break
# breaks: "Clear the gradient of every parameter"
def zero_gradients_(params):
    for p in params:
        if p.grad is None:
            break
        p.grad.zero_()


# %% zero_gradients_ | wrong: stops-at-the-first-none | return
def zero_gradients_(params):
    for p in params:
        if p.grad is None:
            return
        p.grad = None


# %% zero_gradients_ | wrong: stops-at-the-first-none | any
def zero_gradients_(params):
    if any(p.grad is None for p in params):
        return
    for p in params:
        p.grad.zero_()


# %% zero_gradients_ | wrong: stops-at-the-first-none | continue is missing
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad.zero_()
        else:
            break


# %% zero_gradients_ | wrong: stops-at-the-first-none | a while loop
def zero_gradients_(params):
    params = list(params)
    while params and params[0].grad is not None:
        params.pop(0).grad = None


# %% zero_gradients_ | wrong: stops-at-the-first-none | takewhile
def zero_gradients_(params):
    import itertools

    for p in itertools.takewhile(lambda p: p.grad is not None, params):
        p.grad = None


# %% zero_gradients_ | wrong: stops-at-the-first-none | all have one, or nothing
def zero_gradients_(params):
    params = list(params)
    if all(p.grad is not None for p in params):
        for p in params:
            p.grad.zero_()


# %% zero_gradients_ | wrong: stops-at-the-first-none | nothing if one is missing
def zero_gradients_(params):
    params = list(params)
    if None in [p.grad for p in params]:
        return
    for p in params:
        p.grad.zero_()


# %% zero_gradients_ | wrong: stops-at-the-first-none | none missing
def zero_gradients_(params):
    params = tuple(params)
    missing = [p for p in params if p.grad is None]
    if not missing:
        for p in params:
            p.grad = None


# %% zero_gradients_ | wrong: stops-at-the-first-none | returns if one is missing
def zero_gradients_(params):
    params = list(params)
    for p in params:
        if p.grad is None:
            return
    for p in params:
        p.grad.fill_(0.0)


# %% zero_gradients_ | wrong: stops-at-the-first-none | an exception ends the loop
def zero_gradients_(params):
    try:
        for p in params:
            p.grad.zero_()
    except AttributeError:
        pass


# %% zero_gradients_ | misconception | times-zero
why = "Arithmetic with inf or nan gives nan, also times 0 or minus itself: fill with zero, or set None."
next = "print(torch.tensor([float(\"inf\"), float(\"nan\")]) * 0, torch.tensor(float(\"inf\")) - torch.tensor(float(\"inf\")))"


# %% zero_gradients_ | wrong: times-zero | mul_
# breaks: "a gradient may hold inf or nan"
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad.mul_(0)


# %% zero_gradients_ | wrong: times-zero | operator
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad = p.grad * 0


# %% zero_gradients_ | wrong: times-zero | *= 0
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad *= 0


# %% zero_gradients_ | wrong: times-zero | minus itself
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad -= p.grad


# %% zero_gradients_ | wrong: times-zero | sub_
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad.sub_(p.grad)


# %% zero_gradients_ | wrong: times-zero | data times 0
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad.data = p.grad.data * 0.0


# %% zero_gradients_ | wrong: times-zero | product with zeros
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad = p.grad * torch.zeros_like(p.grad)


# %% zero_gradients_ | wrong: times-zero | difference
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad = p.grad - p.grad


# %% zero_gradients_ | wrong: times-zero | infinities removed first
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad[p.grad.isinf()] = 0
            p.grad.mul_(0)


# %% zero_gradients_ | wrong: times-zero | infinities replaced, then times 0
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad = torch.where(p.grad.isinf(), torch.zeros_like(p.grad), p.grad) * 0


# %% zero_gradients_ | wrong: times-zero | infinities masked
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad.masked_fill_(p.grad.isinf(), 0).mul_(0)


# %% zero_gradients_ | misconception | depends-on-its-values
why = "A gradient may add up to 0 or hold nan, for which every comparison fails: clear it whatever it holds."
next = "print(torch.tensor([1.0, -1.0]).sum() != 0, torch.tensor(float(\"nan\")) > 0)"


# %% zero_gradients_ | wrong: depends-on-its-values | the sum is not 0
# breaks: "afterwards each `.grad` is `None` or all zeros"
def zero_gradients_(params):
    for p in params:
        if p.grad is not None and p.grad.sum() != 0:
            p.grad = None


# %% zero_gradients_ | wrong: depends-on-its-values | the sum, as a number
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            if p.grad.sum().item() != 0:
                p.grad.zero_()


# %% zero_gradients_ | wrong: depends-on-its-values | truth of the sum
def zero_gradients_(params):
    for p in params:
        if p.grad is not None and bool(p.grad.sum()):
            p.grad = torch.zeros_like(p.grad)


# %% zero_gradients_ | wrong: depends-on-its-values | the sum, None
def zero_gradients_(params):
    for p in params:
        g = p.grad
        if g is not None and g.sum() != 0:
            p.grad = None


# %% zero_gradients_ | wrong: depends-on-its-values | masked fill of the finite ones
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad.masked_fill_(p.grad.isfinite(), 0.0)


# %% zero_gradients_ | wrong: depends-on-its-values | what is greater or less than 0
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad[(p.grad > 0) | (p.grad < 0)] = 0


# %% zero_gradients_ | wrong: depends-on-its-values | sum of absolute values
def zero_gradients_(params):
    for p in params:
        if p.grad is not None and p.grad.abs().sum() > 0:
            p.grad.zero_()


# %% zero_gradients_ | wrong: depends-on-its-values | norm
def zero_gradients_(params):
    for p in params:
        if p.grad is not None and p.grad.norm() > 0:
            p.grad = None


# %% zero_gradients_ | wrong: depends-on-its-values | norm, linalg
def zero_gradients_(params):
    for p in params:
        if p.grad is None or not torch.linalg.vector_norm(p.grad) > 0:
            continue
        p.grad.fill_(0)


# %% zero_gradients_ | wrong: depends-on-its-values | nan_to_num times 0
def zero_gradients_(params):
    for p in params:
        if p.grad is not None and p.grad.isfinite().all():
            p.grad = None


# %% zero_gradients_ | wrong: depends-on-its-values | finite ones only
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad[p.grad.isfinite()] = 0


# %% zero_gradients_ | wrong: depends-on-its-values | finite values only, where
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad = torch.where(p.grad.isfinite(), torch.zeros_like(p.grad), p.grad)


# %% zero_gradients_ | misconception | skips-the-frozen
why = "A frozen parameter can still have an old gradient: requires_grad says nothing about .grad."
next = "w = leaf([1.0], grad=[2.0]).requires_grad_(False); print(w.requires_grad, w.grad)"


# %% zero_gradients_ | wrong: skips-the-frozen | requires_grad
# breaks: "some may be frozen (`requires_grad` is `False`) and still have an old one"
def zero_gradients_(params):
    for p in params:
        if p.requires_grad:
            p.grad = None


# %% zero_gradients_ | wrong: skips-the-frozen | continue
def zero_gradients_(params):
    for p in params:
        if not p.requires_grad:
            continue
        p.grad = None


# %% zero_gradients_ | wrong: skips-the-frozen | filter
def zero_gradients_(params):
    for p in filter(lambda p: p.requires_grad, params):
        p.grad = None


# %% zero_gradients_ | wrong: skips-the-frozen | trainable and with a gradient
def zero_gradients_(params):
    for p in params:
        if p.requires_grad and p.grad is not None:
            p.grad.fill_(0)


# %% zero_gradients_ | wrong: skips-the-frozen | fresh zeros of the trainable ones
def zero_gradients_(params):
    for p in params:
        if p.requires_grad:
            p.grad = torch.zeros_like(p)


# %% zero_gradients_ | wrong: skips-the-frozen | the trainable ones, zeroed
def zero_gradients_(params):
    for p in [p for p in params if p.requires_grad]:
        if p.grad is not None:
            p.grad.zero_()


# %% zero_gradients_ | misconception | needs-a-list
why = "params may be an iterator: it has no length and no index, and can be gone through only once."
next = "p = iter([1, 2]); print(list(p), list(p))"


# %% zero_gradients_ | wrong: needs-a-list | len
# breaks: "`params` may be any iterable"
def zero_gradients_(params):
    for i in range(len(params)):
        params[i].grad = None


# %% zero_gradients_ | wrong: needs-a-list | len, checked
def zero_gradients_(params):
    for i in range(len(params)):
        if params[i].grad is not None:
            params[i].grad.zero_()


# %% zero_gradients_ | wrong: needs-a-list | nothing to do without length
def zero_gradients_(params):
    if len(params) == 0:
        return
    for p in params:
        p.grad = None


# %% zero_gradients_ | wrong: needs-a-list | counts first
# breaks: "which can be gone through only once"
def zero_gradients_(params):
    count = sum(1 for p in params)
    print(count, "parameters")
    for p in params:
        p.grad = None


# %% zero_gradients_ | wrong: needs-a-list | two passes
def zero_gradients_(params):
    missing = [p for p in params if p.grad is None]
    for p in params:
        if not any(p is q for q in missing):
            p.grad.zero_()


# %% zero_gradients_ | wrong: needs-a-list | checks all first
def zero_gradients_(params):
    assert all(isinstance(p, torch.Tensor) for p in params)
    for p in params:
        p.grad = None


# %% zero_gradients_ | wrong: needs-a-list | is there anything to do
def zero_gradients_(params):
    if all(p.grad is None for p in params):
        return
    for p in params:
        p.grad = None


# %% zero_gradients_ | wrong: needs-a-list | the first with a gradient
def zero_gradients_(params):
    first = next((p for p in params if p.grad is not None), None)
    if first is not None:
        for p in params:
            p.grad = None


# %% zero_gradients_ | wrong: needs-a-list | a flag
def zero_gradients_(params):
    been_backward = False
    for p in params:
        if p.grad is not None:
            been_backward = True
            break
    if been_backward:
        for p in params:
            p.grad = None


# %% zero_gradients_ | wrong: needs-a-list | index in a while loop
def zero_gradients_(params):
    i = 0
    while i < len(params):
        params[i].grad = None
        i += 1


# %% zero_gradients_ | misconception | rebinds-a-name
why = "`g = …` gives the name g another object: what has to change is the attribute p.grad."
next = "w = leaf([1.0], grad=[2.0]); g = w.grad; g = None; print(w.grad)"


# %% zero_gradients_ | wrong: rebinds-a-name | zeros_like
# breaks: "so that the next backward starts from nothing"
def zero_gradients_(params):
    for p in params:
        g = p.grad
        if g is not None:
            g = torch.zeros_like(g)


# %% zero_gradients_ | wrong: rebinds-a-name | None
def zero_gradients_(params):
    for p in params:
        gradient = p.grad
        gradient = None


# %% zero_gradients_ | wrong: rebinds-a-name | a list of gradients
def zero_gradients_(params):
    gradients = [p.grad for p in params]
    for gradient in gradients:
        gradient = None


# %% zero_gradients_ | wrong: rebinds-a-name | a new list
def zero_gradients_(params):
    gradients = [None for p in params]
    return gradients


# %% zero_gradients_ | misconception | zeros-of-another-kind
why = "A gradient has the dtype and the device of its parameter: torch.zeros makes float32 on the CPU, torch.zeros_like(p) takes both over."
next = "w = leaf([1.0], dtype=torch.float64); print(torch.zeros(w.shape).dtype, torch.zeros_like(w).dtype)"


# %% zero_gradients_ | wrong: zeros-of-another-kind | of the shape
# breaks: "Parameters may have any floating dtype"
def zero_gradients_(params):
    for p in params:
        p.grad = torch.zeros(p.shape)


# %% zero_gradients_ | wrong: zeros-of-another-kind | of the shape, on the device
def zero_gradients_(params):
    for p in params:
        p.grad = torch.zeros(p.shape, device=p.device)


# %% zero_gradients_ | wrong: zeros-of-another-kind | of the size
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad = torch.zeros(p.size())


# %% zero_gradients_ | wrong: zeros-of-another-kind | of the shape, in its dtype
# breaks: "and be on any device"
def zero_gradients_(params):
    for p in params:
        p.grad = torch.zeros(p.shape, dtype=p.dtype)


# %% zero_gradients_ | wrong: zeros-of-another-kind | of the size, in its dtype
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad = torch.zeros(p.size(), dtype=p.dtype)


# %% zero_gradients_ | wrong: zeros-of-another-kind | of the size, on the device
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad = torch.zeros(*p.shape, device=p.device)


# %% zero_gradients_ | wrong | one call for each parameter, too deep for a large model
# breaks: "Clear the gradient of every parameter"
def zero_gradients_(params):
    rest = iter(params)
    for p in rest:
        p.grad = None
        zero_gradients_(rest)


# %% zero_gradients_ | misconception | thaws-the-frozen
why = "requires_grad_() thaws a parameter that was frozen: leave the flag alone, since .grad may be set at any time."
next = "`w = leaf([1.0], grad=[2.0]).requires_grad_(False); w.grad = None; print(w.grad, w.requires_grad)`: cleared, and still frozen."


def when(seen, want):
    pairs = zip(seen.result.items[1].items, seen.arguments["params"].items, strict=True)
    return any(now.requires_grad and not before.requires_grad for now, before in pairs)


# %% zero_gradients_ | wrong: thaws-the-frozen | at the end
def zero_gradients_(params):
    for p in params:
        p.grad = None
        p.requires_grad_()


# %% zero_gradients_ | wrong: thaws-the-frozen | off and on
# breaks: "They themselves stay as they are."
def zero_gradients_(params):
    for p in params:
        p.requires_grad = False
        if p.grad is not None:
            p.grad.zero_()
        p.requires_grad = True


# %% zero_gradients_ | wrong: thaws-the-frozen | first
def zero_gradients_(params):
    for parameter in params:
        parameter.requires_grad_(True).grad = None


# %% zero_gradients_ | wrong: thaws-the-frozen | in two loops
def zero_gradients_(params):
    every = list(params)
    for p in every:
        p.requires_grad_(False)
        p.grad = torch.zeros_like(p)
    for p in every:
        p.requires_grad_()


# %% fit | right | SGD
def fit(X, y, lr, steps):
    w = nn.Parameter(X.new_zeros(X.shape[1]))
    b = nn.Parameter(X.new_zeros(()))
    optimizer = torch.optim.SGD([w, b], lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(X @ w + b, y)
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return w.detach(), b.detach(), losses


# %% fit | right | the formula
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r @ r / len(r)).item())
        w, b = w - lr * 2 * (r @ X) / len(r), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | right | autograd.grad
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device).requires_grad_()
    b = torch.zeros((), dtype=X.dtype, device=X.device).requires_grad_()
    losses = []
    for step in range(steps):
        loss = (X @ w + b - y).pow(2).mean()
        gw, gb = torch.autograd.grad(loss, [w, b])
        w = (w - lr * gw).detach().requires_grad_()
        b = (b - lr * gb).detach().requires_grad_()
        losses += [loss.item()]
    return w.detach(), b.detach(), losses


# %% fit | right | through data
def fit(X, y, lr, steps):
    theta = torch.zeros(X.shape[1] + 1, dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        theta.grad = None
        loss = ((X @ theta[:-1] + theta[-1] - y) ** 2).mean()
        loss.backward()
        losses.append(loss.detach().cpu().tolist())
        theta.data.sub_(theta.grad, alpha=lr)
    return theta.detach()[:-1].clone(), theta.detach()[-1].clone(), losses


# %% fit | right | columns on both sides
def fit(X, y, lr, steps):
    model = nn.Linear(X.shape[1], 1).to(X.device, X.dtype)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    losses = []
    for _ in range(steps):
        loss = ((model(X) - y[:, None]) ** 2).mean()
        losses.append(loss.item())
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
    return model.weight.detach()[0], model.bias.detach()[0], losses


# %% fit | misconception | gradients-accumulate
why = "backward adds to .grad: clear it in every step."
next = "w = leaf(1.0); (3 * w).backward(); (3 * w).backward(); print(w.grad)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.backward.html"


# %% fit | wrong: gradients-accumulate | never cleared
# breaks: "In each step, subtract `lr` times the gradients"
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: gradients-accumulate | SGD without zero_grad
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    optimizer, losses = torch.optim.SGD([w, b], lr=lr), []
    for _ in range(steps):
        loss = F.mse_loss(X @ w + b, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return w.detach(), b.detach(), losses


# %% fit | wrong: gradients-accumulate | only w cleared
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
            w.grad.zero_()
    return w.detach(), b.detach(), losses


# %% fit | wrong: gradients-accumulate | mse_loss, data
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(X @ w + b, y)
        losses.append(loss.item())
        loss.backward()
        w.data -= lr * w.grad
        b.data -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: gradients-accumulate | cleared before the loop
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    w.grad = b.grad = None
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: gradients-accumulate | a Linear
def fit(X, y, lr, steps):
    model = nn.Linear(X.shape[1], 1).to(X.device, X.dtype)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        loss = F.mse_loss(model(X).squeeze(1), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model.weight.detach()[0], model.bias.detach()[0], losses


# %% fit | wrong: gradients-accumulate | only b cleared
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: gradients-accumulate | only w set to None
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: gradients-accumulate | only b zeroed
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        b.grad.zero_()
    return w.detach(), b.detach(), losses


# %% fit | misconception | column-meets-row
why = "A column minus a row is a table of all pairs: the prediction and y must have one shape before you subtract."
next = "print((torch.zeros(4, 1) - torch.zeros(4)).shape)"


# %% fit | wrong: column-meets-row | w is a column
# breaks: "Fit y ≈ X w + b"
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], 1, dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach().squeeze(1), b.detach(), losses


# %% fit | wrong: column-meets-row | nn.Linear
def fit(X, y, lr, steps):
    model = nn.Linear(X.shape[1], 1).to(X.device, X.dtype)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model.weight.detach()[0], model.bias.detach()[0], losses


# %% fit | wrong: column-meets-row | column returned
def fit(X, y, lr, steps):
    w = torch.zeros((X.shape[1], 1), dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    optimizer, losses = torch.optim.SGD([w, b], lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.mean((X @ w + b - y) ** 2)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return w.detach(), b.detach(), losses


# %% fit | wrong: column-meets-row | a Linear, by hand
def fit(X, y, lr, steps):
    model = nn.Linear(X.shape[1], 1).to(X.device, X.dtype)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        loss = ((model(X) - y) ** 2).mean()
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.weight.detach()[0], model.bias.detach()[0], losses


# %% fit | wrong: column-meets-row | y as a column
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    y = y[:, None]
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: column-meets-row | y as a column, SGD
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    optimizer = torch.optim.SGD([w, b], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(X @ w + b, y.reshape(-1, 1))
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return w.detach(), b.detach(), losses


# %% fit | wrong: column-meets-row | column of w, mse_loss
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], 1, dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(X @ w + b, y)
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach()[:, 0], b.detach(), losses


# %% fit | wrong: column-meets-row | column of w returned, by hand
# breaks: "Start from `w = 0` of shape `(D,)`"
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], 1, dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | misconception | one-after-the-other
why = "Take both gradients at the same point, then update both."
next = "w, b = 1.0, 2.0; w, b = w - b, b - w; print(w, b, \"and not\", 1.0 - 2.0, 2.0 - (1.0 - 2.0))"


# %% fit | wrong: one-after-the-other | w, then b
# breaks: "both taken at the old `w` and `b`"
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w = w - lr * 2 * X.T @ r / len(y)
        b = b - lr * 2 * (X @ w + b - y).mean()
    return w, b, losses


# %% fit | wrong: one-after-the-other | autograd, b first
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        losses.append(((X @ w + b - y) ** 2).mean().item())
        for p in (b, w):
            (gradient,) = torch.autograd.grad(((X @ w + b - y) ** 2).mean(), p)
            p.data -= lr * gradient
    return w.detach(), b.detach(), losses


# %% fit | wrong: one-after-the-other | w, then b, from the right
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        losses.append(((X @ w + b - y) ** 2).mean().item())
        w = w - 2 * lr * ((X @ w + b - y) @ X) / len(y)
        b = b - 2 * lr * (X @ w + b - y).mean()
    return w, b, losses


# %% fit | wrong: one-after-the-other | w, then b, autograd
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        (gw,) = torch.autograd.grad(loss, w)
        w.data -= lr * gw
        (gb,) = torch.autograd.grad(((X @ w + b - y) ** 2).mean(), b)
        b.data -= lr * gb
    return w.detach(), b.detach(), losses


# %% fit | wrong: one-after-the-other | w, then b, by two backwards
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        for p in (w, b):
            w.grad = b.grad = None
            F.mse_loss(X @ w + b, y).backward()
            p.data -= lr * p.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: one-after-the-other | b, then w
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        b = b - lr * 2 * r.mean()
        r = X @ w + b - y
        w = w - lr * 2 * X.T @ r / len(y)
    return w, b, losses


# %% fit | wrong: one-after-the-other | b, then w, by two backwards
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        for p in [b, w]:
            w.grad = b.grad = None
            F.mse_loss(X @ w + b, y).backward()
            with torch.no_grad():
                p -= lr * p.grad
    return w.detach(), b.detach(), losses


# %% fit | misconception | leaf-lost
why = "w - lr * w.grad is a new tensor, no leaf any more: update in place under no_grad, or make a new leaf for each step."
next = "w = leaf(1.0, grad=2.0); print((w - 0.1 * w.grad).is_leaf, w.is_leaf)"


# %% fit | wrong: leaf-lost | under no_grad
# breaks: "no history: `requires_grad` is `False`"
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w = w - lr * w.grad
            b = b - lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: leaf-lost | recorded
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        loss.backward()
        w = w - lr * w.grad
        b = b - lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: leaf-lost | only w
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        if b.grad is not None:
            b.grad.zero_()
        loss.backward()
        with torch.no_grad():
            w = w - lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: leaf-lost | clears afterwards
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(X @ w + b, y)
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w = w - lr * w.grad
            b = b - lr * b.grad
        w.grad.zero_()
        b.grad.zero_()
    return w.detach(), b.detach(), losses


# %% fit | wrong: leaf-lost | under no_grad, mse_loss
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(X @ w + b, y)
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            w, b = w - lr * w.grad, b - lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: leaf-lost | data subtracted
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        loss.backward()
        w = w.data - lr * w.grad
        b = b.data - lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: leaf-lost | recorded, both at once
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(X @ w + b, y)
        losses.append(loss.item())
        loss.backward()
        w, b = w - lr * w.grad, b - lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: leaf-lost | cleared afterwards, None
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w = w - lr * w.grad
            b = b - lr * b.grad
        w.grad = None
        b.grad = None
    return w.detach(), b.detach(), losses


# %% fit | wrong: leaf-lost | in place, recorded
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        loss.backward()
        w -= lr * w.grad
        b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: leaf-lost | in place, sub_
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(X @ w + b, y)
        loss.backward()
        losses.append(loss.item())
        w.sub_(lr * w.grad)
        b.sub_(lr * b.grad)
    return w.detach(), b.detach(), losses


# %% fit | misconception | history-left
why = "w and b still require grad when they are returned: detach() gives their values alone."
next = "w = leaf([1.0]); print(w.requires_grad, w.detach().requires_grad)"


# %% fit | wrong: history-left | SGD
# breaks: "Return `w`, `b` (no history"
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    optimizer, losses = torch.optim.SGD([w, b], lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(X @ w + b, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return w, b, losses


# %% fit | wrong: history-left | by hand
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w, b, losses


# %% fit | wrong: history-left | through data
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(X @ w + b, y)
        gw, gb = torch.autograd.grad(loss, (w, b))
        w.data -= lr * gw
        b.data -= lr * gb
        losses.append(loss.item())
    return w, b, losses


# %% fit | wrong: history-left | new leaves
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(X @ w + b, y)
        gw, gb = torch.autograd.grad(loss, (w, b))
        w = (w - lr * gw).detach().requires_grad_()
        b = (b - lr * gb).detach().requires_grad_()
        losses.append(loss.item())
    return w, b, losses


# %% fit | wrong: history-left | cloned
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.clone(), b.clone(), losses


# %% fit | wrong: history-left | only w detached
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b, losses


# %% fit | wrong: history-left | only b detached
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w, b.detach(), losses


# %% fit | wrong: history-left | only w detached, SGD
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    optimizer = torch.optim.SGD([w, b], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(X @ w + b, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return w.detach(), b, losses


# %% fit | misconception | loss-after-the-step
why = "Each loss belongs to the w and b before the update: take it down first."
next = "w = 0.0; print(\"before\", (w - 3) ** 2); w = w - 0.1 * 2 * (w - 3); print(\"after\", (w - 3) ** 2)"


# %% fit | wrong: loss-after-the-step | late
# breaks: "each taken **before** its update"
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        w, b = w - lr * 2 * (r @ X) / len(r), b - lr * 2 * r.mean()
        losses.append(((X @ w + b - y) ** 2).mean().item())
    return w, b, losses


# %% fit | wrong: loss-after-the-step | by hand, once more
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
        losses.append(F.mse_loss(X @ w + b, y).item())
    return w, b, losses


# %% fit | wrong: loss-after-the-step | autograd, once more
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        losses.append(((X @ w + b - y) ** 2).mean().item())
    return w.detach(), b.detach(), losses


# %% fit | wrong: loss-after-the-step | a Linear, once more
def fit(X, y, lr, steps):
    model = nn.Linear(X.shape[1], 1).to(X.device, X.dtype)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(model(X)[:, 0], y).backward()
        optimizer.step()
        losses.append(F.mse_loss(model(X)[:, 0], y).item())
    return model.weight.detach()[0], model.bias.detach()[0], losses


# %% fit | misconception | tensors-as-losses
why = "A loss is still a tensor, often with its graph: item() makes it a Python float."
next = "loss = leaf(1.0) * 2; print(type(loss), type(loss.detach()), type(loss.item()))"


# %% fit | wrong: tensors-as-losses | no item
# breaks: "the list of the `steps` losses as Python floats"
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean())
        w, b = w - lr * 2 * (r @ X) / len(r), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong: tensors-as-losses | detached
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.detach())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: tensors-as-losses | with their graphs
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss)
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: tensors-as-losses | with graphs, SGD
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    optimizer = torch.optim.SGD([w, b], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(X @ w + b, y)
        losses.append(loss)
        loss.backward()
        optimizer.step()
    return w.detach(), b.detach(), losses


# %% fit | wrong: tensors-as-losses | data
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.data)
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: tensors-as-losses | arrays
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.detach().cpu().numpy())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong | b begins in the default dtype
# breaks: "everything happens in the dtype and on the device of `X`"
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), torch.zeros(()), []
    for _ in range(steps):
        residual = X @ w + b - y
        losses.append((residual**2).mean().item())
        w, b = w - lr * 2 * X.T @ residual / len(y), b - lr * 2 * residual.mean()
    return w, b, losses


# %% fit | misconception | fewer-steps
why = "Make all steps, whatever the loss does: no break, so that the list has one loss for each step."
next = "losses = []\nfor loss in [1.0, 2.0, 4.0]:\n    if losses and loss > losses[-1]:\n        break\n    losses.append(loss)\nprint(losses)"


# %% fit | wrong: fewer-steps | when the loss grows
# breaks: "the loss may grow or reach 0: make all `steps` steps anyway"
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        loss = (r**2).mean().item()
        if losses and loss > losses[-1]:
            break
        losses.append(loss)
        w, b = w - lr * 2 * (r @ X) / len(r), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong: fewer-steps | when the loss does not fall
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        loss = F.mse_loss(X @ w + b, y).item()
        if len(losses) > 0 and loss > losses[-1]:
            return w, b, losses
        losses.append(loss)
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong: fewer-steps | when the loss grows, autograd
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        if losses and loss.item() > losses[-1]:
            break
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: fewer-steps | when the loss is no number
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        loss = (r**2).mean()
        if not torch.isfinite(loss):
            break
        losses.append(loss.item())
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong: fewer-steps | when the loss is huge
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    while len(losses) < steps and not (losses and losses[-1] > 1e6):
        r = X @ w + b - y
        losses.append(r.square().mean().item())
        w, b = w - 2 * lr / len(y) * (r @ X), b - 2 * lr * r.mean()
    return w, b, losses


# %% fit | wrong: fewer-steps | when the loss is 0
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        if losses[-1] == 0:
            break
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong: fewer-steps | when the loss is small
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        loss = (r @ r / len(y)).item()
        losses.append(loss)
        if loss < 1e-12:
            return w, b, losses
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong: fewer-steps | when the gradient is 0
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        if not w.grad.any() and not b.grad.any():
            break
    return w.detach(), b.detach(), losses


# %% fit | wrong: fewer-steps | before a loss of 0
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        if not r.any():
            break
        losses.append((r**2).mean().item())
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong: fewer-steps | before a loss of 0, autograd
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        if loss == 0:
            break
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | misconception | default-dtype-and-device
why = "torch.zeros(n) is float32 and lies on the CPU: take dtype and device from X."
next = "X = torch.zeros(2, dtype=torch.float64); print(torch.zeros(2).dtype, X.new_zeros(2).dtype)"


# %% fit | wrong: default-dtype-and-device | zeros without device
# breaks: "everything happens in the dtype and on the device of `X`"
def fit(X, y, lr, steps):
    w, b, losses = torch.zeros(X.shape[1]), torch.zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - lr * 2 * (r @ X) / len(r), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong: default-dtype-and-device | leaves
def fit(X, y, lr, steps):
    w, b, losses = torch.zeros(X.shape[1], requires_grad=True), torch.zeros((), requires_grad=True), []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: default-dtype-and-device | a Linear
def fit(X, y, lr, steps):
    model = nn.Linear(X.shape[1], 1)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(X).squeeze(1), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model.weight.detach()[0], model.bias.detach()[0], losses


# %% fit | wrong: default-dtype-and-device | numbers only in the dtype
def fit(X, y, lr, steps):
    w, b, losses = torch.zeros(X.shape[1], dtype=X.dtype), torch.zeros((), dtype=X.dtype), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong: default-dtype-and-device | leaves in the dtype
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: default-dtype-and-device | numbers only on the device
def fit(X, y, lr, steps):
    w, b, losses = torch.zeros(X.shape[1], device=X.device), torch.zeros((), device=X.device), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong: default-dtype-and-device | leaves on the device
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], device=X.device, requires_grad=True)
    b = torch.zeros((), device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | misconception | through-float32
why = "float32 has 7 digits: what was computed in it gets no others when it becomes float64 again. Stay in the dtype of X."
next = "print((torch.ones(1, dtype=torch.float64) / 3).float().double())"


def when(seen, want):
    w, b = (part.values for part in seen.result.items[:2])
    # Few numbers are exact in float32, and of those that are in float16 some are round.
    exact = w.dtype == torch.float64 and all(torch.equal(t.float().double(), t) for t in (w, b))
    return exact and w.isfinite().all() and not torch.equal(w.half().double(), w)


# %% fit | wrong: through-float32 | by autograd
def fit(X, y, lr, steps):
    A, t, losses = X.to(torch.float32), y.to(torch.float32), []
    w = torch.zeros(A.shape[1], device=A.device, requires_grad=True)
    b = torch.zeros((), device=A.device, requires_grad=True)
    for _ in range(steps):
        loss = F.mse_loss(A @ w + b, t)
        losses.append(loss.item())
        of_w, of_b = torch.autograd.grad(loss, (w, b))
        with torch.no_grad():
            w -= lr * of_w
            b -= lr * of_b
    return w.detach().to(X.dtype), b.detach().to(X.dtype), losses


# %% fit | wrong: through-float32 | NumPy
def fit(X, y, lr, steps):
    table, target = (t.cpu().numpy().astype(np.float32) for t in (X, y))
    w, b, losses = np.zeros(table.shape[1], np.float32), np.float32(0), []
    for _ in range(steps):
        away = table @ w + b - target
        losses.append(float(np.mean(away**2)))
        w = (w - lr * 2 * table.T @ away / len(away)).astype(np.float32)
        b = np.float32(b - lr * 2 * away.mean())
    return torch.tensor(w).to(X), torch.tensor(b).to(X), losses


# %% fit | wrong: through-float32 | parameters of the usual dtype
def fit(X, y, lr, steps):
    w, b = torch.zeros(X.shape[1], device=X.device), torch.zeros((), device=X.device)
    losses = []
    for _ in range(steps):
        r = X.to(w.dtype) @ w + b - y.to(w.dtype)
        losses.append(r.square().mean().item())
        w, b = w - lr * 2 * (X.to(w.dtype).T @ r) / len(r), b - lr * 2 * r.sum() / len(r)
    return w.to(X.dtype), b.to(X.dtype), losses


# %% fit | wrong: through-float32 | the steps of an optimizer
def fit(X, y, lr, steps):
    w, b = nn.Parameter(torch.zeros(X.shape[1]).to(X.device)), nn.Parameter(torch.tensor(0.0).to(X.device))
    optimizer, losses = torch.optim.SGD([w, b], lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (X.float() @ w + b - y.float()).pow(2).mean()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return w.data.to(X.dtype), b.data.to(X.dtype), losses


# %% fit | wrong: through-float32 | only the result
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r @ r).item() / len(r))
        w, b = w - 2 * lr * (r @ X) / len(r), b - 2 * lr * r.mean()
    kept = [t.float() for t in (w, b)]
    return kept[0].to(X.dtype), kept[1].to(X.dtype), losses


# %% fit | misconception | factor-forgotten
why = "The gradient of the mean squared error has a factor 2 and a mean over the rows: divide by N once."
next = "r = leaf([1.0, 2.0, 4.0]); (r**2).mean().backward(); print(r.grad, 2 * r.detach() / 3)"


# %% fit | wrong: factor-forgotten | no 2
# breaks: "by plain gradient descent on the mean squared error"
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - lr * X.T @ r / len(y), b - lr * r.mean()
    return w, b, losses


# %% fit | wrong: factor-forgotten | no 2, from the right
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - lr * (r @ X) / len(r), b - lr * r.sum() / len(r)
    return w, b, losses


# %% fit | wrong: factor-forgotten | half of the loss goes backward
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        (loss / 2).backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: factor-forgotten | sum
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w.grad = b.grad = None
        (r**2).sum().backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: factor-forgotten | gradients of the sum
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - lr * 2 * X.T @ r, b - lr * 2 * r.sum()
    return w, b, losses


# %% fit | wrong: factor-forgotten | gradients of the sum, from the right
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - 2 * lr * (r @ X), b - 2 * lr * r.sum()
    return w, b, losses


# %% fit | wrong: factor-forgotten | loss summed too
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).sum()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong: factor-forgotten | loss summed too, mse_loss
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(X @ w + b, y, reduction="sum")
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong | float32 and back
# breaks: "both float32 or both float64"
def fit(X, y, lr, steps):
    dtype = X.dtype
    X, y = X.float(), y.float()
    w = torch.zeros(X.shape[1], device=X.device)
    b = torch.zeros((), device=X.device)
    losses = []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r ** 2).mean().item())
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
    return w.to(dtype), b.to(dtype), losses


# %% fit | wrong | at least one step
# breaks: "`steps` may be 0"
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    step = 0
    while True:
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
        step += 1
        if step >= steps:
            return w, b, losses


# %% fit | wrong | clipped gradients
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses.append(loss.item())
        w.grad = b.grad = None
        loss.backward()
        nn.utils.clip_grad_value_([w, b], 10.0)
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
    return w.detach(), b.detach(), losses


# %% fit | wrong | b of shape (1,)
# breaks: "and `b = 0` of shape `()`"
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(1), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong | starts from random numbers
# breaks: "Start from `w = 0`"
def fit(X, y, lr, steps):
    w, b, losses = torch.randn_like(X[0]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - lr * 2 * X.T @ r / len(y), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | misconception | rounded-losses
why = "Only the example in the text is rounded: return each loss as item() gives it."
next = "print([torch.tensor(1.06).item(), round(torch.tensor(1.06).item(), 2)])"


def when(seen, want):
    found, right = seen.value[2], want[2]
    if not all(type(loss) is float for loss in found):
        return False

    def rounded_to(digits):
        pairs = zip(found, right, strict=True)
        return all(round(a, digits) == a and abs(a - b) <= 0.51 * 10.0**-digits for a, b in pairs)

    return any(loss % 1 for loss in right) and any(rounded_to(digits) for digits in range(7))


# %% fit | wrong: rounded-losses | as they are kept
# breaks: "the list of the `steps` losses as Python floats"
def fit(X, y, lr, steps):
    w, b, losses = torch.zeros_like(X[0]), torch.zeros_like(y[0]), []
    for _ in range(steps):
        away = X @ w + b - y
        losses.append(round(away.square().mean().item(), 2))
        w, b = w - 2 * lr * (away @ X) / len(X), b - 2 * lr * away.mean()
    return w, b, losses


# %% fit | wrong: rounded-losses | all at the end, four digits
def fit(X, y, lr, steps):
    w, b = nn.Parameter(X.new_zeros(X.shape[1])), nn.Parameter(X.new_zeros(()))
    optimizer, losses = torch.optim.SGD([w, b], lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(X @ w + b, y)
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return w.detach(), b.detach(), [round(loss, 4) for loss in losses]


# %% fit | wrong: rounded-losses | written with two digits
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        loss = (r**2).mean()
        losses.append(float(f"{loss.item():.2f}"))
        of_w, of_b = 2 * X.T @ r / len(y), 2 * r.mean()
        w, b = w - lr * of_w, b - lr * of_b
    return w, b, losses


# %% fit | wrong: rounded-losses | by autograd, three digits
def fit(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, device=X.device, requires_grad=True)
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((X @ w + b - y) ** 2).mean()
        losses += [round(float(loss), 3)]
        of_w, of_b = torch.autograd.grad(loss, (w, b))
        with torch.no_grad():
            w -= lr * of_w
            b -= lr * of_b
    return w.detach(), b.detach(), losses


# %% LinearStack | right | Sequential
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        layers = []
        for n, m in zip(sizes[:-1], sizes[1:]):
            layers += [nn.Linear(n, m), nn.ReLU()]
        self.net = nn.Sequential(*layers[:-1])

    def forward(self, x):
        return self.net(x)


# %% LinearStack | right | a subclass of Sequential
class LinearStack(nn.Sequential):
    def __init__(self, sizes):
        layers = [nn.Linear(sizes[0], sizes[1])]
        for n, m in zip(sizes[1:], sizes[2:]):
            layers.extend([nn.ReLU(), nn.Linear(n, m)])
        super().__init__(*layers)


# %% LinearStack | right | parameters of its own, zeros
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = nn.ParameterList(nn.Parameter(torch.zeros(m, n)) for n, m in zip(sizes[:-1], sizes[1:]))
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(m)) for m in sizes[1:])

    def forward(self, x):
        for n, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            if n > 0:
                x = x.clamp(min=0)
            x = x @ weight.T + bias
        return x


# %% LinearStack | right | setattr
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.depth = len(sizes) - 1
        for i in range(self.depth):
            setattr(self, f"layer{i}", nn.Linear(sizes[i], sizes[i + 1]))

    def forward(self, x):
        for i in range(self.depth):
            x = getattr(self, f"layer{i}")(x)
            if i < self.depth - 1:
                x = F.relu(x)
        return x


# %% LinearStack | right | ModuleDict, biases first
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.dropout = nn.Identity()
        self.parts = nn.ModuleDict()
        for i, (n, m) in enumerate(zip(sizes, sizes[1:])):
            part = nn.Module()
            part.register_parameter("b", nn.Parameter(torch.randn(m)))
            part.register_parameter("w", nn.Parameter(torch.randn(m, n)))
            self.parts[str(i)] = part

    def forward(self, x):
        *hidden, last = self.parts.values()
        for part in hidden:
            x = torch.maximum(F.linear(x, part.w, part.b), torch.zeros((), dtype=x.dtype, device=x.device))
        return F.linear(self.dropout(x), last.w, last.b)


# %% LinearStack | misconception | relu-everywhere
why = "A ReLU stands between two layers, and only there: n layers have n - 1 of them."
next = "print(torch.relu(torch.tensor([-2.0, 3.0])))"


# %% LinearStack | wrong: relu-everywhere | after the last too
# breaks: "and none after the last"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


# %% LinearStack | wrong: relu-everywhere | before the first too
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in zip(sizes, sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(F.relu(x))
        return x


# %% LinearStack | wrong: relu-everywhere | after the last too, Sequential
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        parts = []
        for n, m in zip(sizes, sizes[1:]):
            parts += [nn.Linear(n, m), nn.ReLU()]
        self.net = nn.Sequential(*parts)

    def forward(self, x):
        return self.net(x)


# %% LinearStack | wrong: relu-everywhere | after the last too, clamp
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).clamp(min=0)
        return x


# %% LinearStack | wrong: relu-everywhere | before the first too, Sequential
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        parts = []
        for n, m in zip(sizes, sizes[1:]):
            parts += [nn.ReLU(), nn.Linear(n, m)]
        self.net = nn.Sequential(*parts)

    def forward(self, x):
        return self.net(x)


# %% LinearStack | wrong: relu-everywhere | before the first too, clamp
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x.clamp(min=0))
        return x


# %% LinearStack | misconception | relu-nowhere
why = "Without a ReLU between them the layers are one linear map: after each layer but the last, go on with what relu returns."
next = "x = torch.tensor([-2.0, 3.0]); F.relu(x); print(x, F.relu(x))"


# %% LinearStack | wrong: relu-nowhere | nowhere
# breaks: "with a ReLU between two layers"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


# %% LinearStack | wrong: relu-nowhere | nowhere, Sequential
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.net = nn.Sequential(*[nn.Linear(n, m) for n, m in zip(sizes, sizes[1:])])

    def forward(self, x):
        return self.net(x)


# %% LinearStack | wrong: relu-nowhere | made and not kept
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
            F.relu(x)
        return x


# %% LinearStack | wrong: relu-nowhere | made in __init__ alone
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.activation = nn.ReLU()
        self.layers = nn.ModuleList([nn.Linear(sizes[i - 1], sizes[i]) for i in range(1, len(sizes))])

    def forward(self, x):
        out = x
        for layer in self.layers:
            out = layer(out)
        return out


# %% LinearStack | wrong: relu-nowhere | products
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = nn.ParameterList([torch.randn(m, n) for n, m in zip(sizes, sizes[1:])])
        self.biases = nn.ParameterList([torch.zeros(m) for m in sizes[1:]])

    def forward(self, x):
        for weight, bias in zip(self.weights, self.biases):
            x = F.linear(x, weight, bias)
        return x


# %% LinearStack | misconception | last-by-its-size
why = "A layer in between can have the size of the last one: the last layer is known by its place alone."
next = "sizes = [2, 3, 5, 3]; print([m == sizes[-1] for m in sizes[1:]])"


# %% LinearStack | wrong: last-by-its-size | shape of the output
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.out = sizes[-1]
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
            if x.shape[-1] != self.out:
                x = torch.relu(x)
        return x


# %% LinearStack | wrong: last-by-its-size | out_features
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Linear(n, m) for n, m in zip(sizes, sizes[1:])])

    def forward(self, x):
        last = self.layers[-1]
        for layer in self.layers:
            x = layer(x) if layer.out_features == last.out_features else F.relu(layer(x))
        return x


# %% LinearStack | wrong: last-by-its-size | while it is built
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.net = nn.Sequential()
        for i in range(1, len(sizes)):
            self.net.append(nn.Linear(sizes[i - 1], sizes[i]))
            if sizes[i] != sizes[-1]:
                self.net.append(nn.ReLU())

    def forward(self, x):
        return self.net(x)


# %% LinearStack | wrong: last-by-its-size | length of the bias
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = nn.ParameterList(torch.randn(m, n) for n, m in zip(sizes, sizes[1:]))
        self.biases = nn.ParameterList(torch.randn(m) for m in sizes[1:])

    def forward(self, x):
        for weight, bias in zip(self.weights, self.biases):
            x = x @ weight.T + bias
            x = x.clamp(min=0) if len(bias) != len(self.biases[-1]) else x
        return x


# %% LinearStack | wrong: last-by-its-size | a list of decisions
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        pairs = list(zip(sizes, sizes[1:]))
        self.layers = nn.ModuleList([nn.Linear(*pair) for pair in pairs])
        self.hidden = [m != sizes[-1] for _, m in pairs]

    def forward(self, x):
        for layer, hidden in zip(self.layers, self.hidden):
            x = layer(x).relu() if hidden else layer(x)
        return x


# %% LinearStack | wrong | last by the shape of its weight
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
            if layer.weight.shape != self.layers[-1].weight.shape:
                x = torch.relu(x)
        return x


# %% LinearStack | misconception | sorted-as-text
why = "As text 10 comes before 2: keep the order in which the layers were made, as nn.ModuleList does."
next = "print(sorted(['layer2', 'layer10']), sorted([2, 10]))"


# %% LinearStack | wrong: sorted-as-text | setattr
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for i in range(len(sizes) - 1):
            setattr(self, f"layer{i}", nn.Linear(sizes[i], sizes[i + 1]))

    def forward(self, x):
        *hidden, last = sorted(self._modules)
        for name in hidden:
            x = torch.relu(self._modules[name](x))
        return self._modules[last](x)


# %% LinearStack | wrong: sorted-as-text | ModuleDict
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        pairs = zip(sizes[:-1], sizes[1:])
        self.layers = nn.ModuleDict({str(i): nn.Linear(n, m) for i, (n, m) in enumerate(pairs)})

    def forward(self, x):
        names = sorted(self.layers)
        for name in names[:-1]:
            x = F.relu(self.layers[name](x))
        return self.layers[names[-1]](x)


# %% LinearStack | wrong: sorted-as-text | named_children
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for i, (n, m) in enumerate(zip(sizes, sizes[1:])):
            self.add_module(f"linear_{i}", nn.Linear(n, m))

    def forward(self, x):
        layers = [layer for _, layer in sorted(self.named_children(), key=lambda pair: pair[0])]
        for layer in layers[:-1]:
            x = layer(x).clamp(min=0)
        return layers[-1](x)


# %% LinearStack | wrong: sorted-as-text | from dir
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for i in range(1, len(sizes)):
            setattr(self, "step" + str(i), nn.Linear(sizes[i - 1], sizes[i]))

    def forward(self, x):
        names = [name for name in dir(self) if name.startswith("step")]
        for number, name in enumerate(names):
            x = getattr(self, name)(x)
            x = torch.relu(x) if number + 1 < len(names) else x
        return x


# %% LinearStack | wrong: sorted-as-text | weights and biases
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.count = len(sizes) - 1
        for i in range(self.count):
            self.register_parameter(f"weight{i}", nn.Parameter(torch.randn(sizes[i + 1], sizes[i])))
            self.register_parameter(f"bias{i}", nn.Parameter(torch.zeros(sizes[i + 1])))

    def forward(self, x):
        held = dict(self.named_parameters())
        weights, biases = ([held[name] for name in sorted(held) if name.startswith(kind)] for kind in ("weight", "bias"))
        for number, (weight, bias) in enumerate(zip(weights, biases), start=1):
            x = F.linear(x, weight, bias)
            x = x.relu() if number < self.count else x
        return x


# %% LinearStack | misconception | plain-list
why = "A module finds modules and parameters that are its attributes, not those inside a Python list or dict: use nn.ModuleList or nn.ParameterList."
next = "layer = nn.Linear(2, 1); print(len(list(nn.ModuleList([layer]).parameters())), \"with ModuleList; a list has no parameters() at all:\", hasattr([layer], \"parameters\"))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.ModuleList.html"


def when(seen, want):
    return len(seen.value) == 5 and seen.value[4] in (["Module"], ["Parameter"]) and len(seen.value[1]) < len(want)


# %% LinearStack | wrong: plain-list | layers
# breaks: "All of them are parameters that `parameters()`, `state_dict()`, `.to()` and an optimizer find"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:])]

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


# %% LinearStack | wrong: plain-list | parameters
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = [nn.Parameter(torch.randn(m, n)) for n, m in zip(sizes[:-1], sizes[1:])]
        self.biases = [nn.Parameter(torch.randn(m)) for m in sizes[1:]]

    def forward(self, x):
        for weight, bias in zip(self.weights[:-1], self.biases[:-1]):
            x = torch.relu(x @ weight.T + bias)
        return x @ self.weights[-1].T + self.biases[-1]


# %% LinearStack | wrong: plain-list | a dict
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = {i: nn.Linear(n, m) for i, (n, m) in enumerate(zip(sizes[:-1], sizes[1:]))}

    def forward(self, x):
        for i in range(len(self.layers) - 1):
            x = torch.relu(self.layers[i](x))
        return self.layers[len(self.layers) - 1](x)


# %% LinearStack | wrong: plain-list | biases as parameters in a list
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in zip(sizes, sizes[1:]))
        self.biases = [nn.Parameter(torch.zeros(b)) for b in sizes[1:]]

    def forward(self, x):
        for k, layer in enumerate(self.layers):
            x = layer(x) + self.biases[k]
            if k < len(self.layers) - 1:
                x = x.relu()
        return x


# %% LinearStack | wrong: plain-list | append
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = []
        for i in range(len(sizes) - 1):
            self.layers.append(nn.Linear(sizes[i], sizes[i + 1]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


# %% LinearStack | wrong: plain-list | a tuple
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = tuple(nn.Linear(n, m) for n, m in zip(sizes, sizes[1:]))

    def forward(self, x):
        *hidden, last = self.layers
        for layer in hidden:
            x = layer(x).relu()
        return last(x)


# %% LinearStack | wrong: plain-list | pairs of parameters
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.pairs = [(nn.Parameter(torch.randn(m, n)), nn.Parameter(torch.zeros(m))) for n, m in zip(sizes, sizes[1:])]

    def forward(self, x):
        for k, (weight, bias) in enumerate(self.pairs):
            x = x @ weight.T + bias
            x = x.relu() if k + 1 < len(self.pairs) else x
        return x


# %% LinearStack | wrong: plain-list | parameters, zeros
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = [nn.Parameter(torch.zeros(m, n)) for n, m in zip(sizes, sizes[1:])]
        self.biases = [nn.Parameter(torch.zeros(m)) for m in sizes[1:]]

    def forward(self, x):
        for k in range(len(self.weights)):
            x = F.linear(x, self.weights[k], self.biases[k])
            if k < len(self.weights) - 1:
                x = F.relu(x)
        return x


# %% LinearStack | wrong: plain-list | biases appended to a list
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in zip(sizes, sizes[1:]))
        self.biases = []
        for m in sizes[1:]:
            self.biases.append(nn.Parameter(torch.zeros(m)))

    def forward(self, x):
        for k, layer in enumerate(self.layers):
            x = layer(x) + self.biases[k]
            if k < len(self.layers) - 1:
                x = x.relu()
        return x


# %% LinearStack | wrong: plain-list | biases in a tuple
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in zip(sizes, sizes[1:]))
        self.biases = tuple(nn.Parameter(torch.zeros(m)) for m in sizes[1:])

    def forward(self, x):
        for k, layer in enumerate(self.layers):
            x = layer(x) + self.biases[k]
            if k < len(self.layers) - 1:
                x = x.relu()
        return x


# %% LinearStack | wrong: plain-list | random biases in a list
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in zip(sizes, sizes[1:]))
        self.biases = [nn.Parameter(torch.randn(m)) for m in sizes[1:]]

    def forward(self, x):
        for k, layer in enumerate(self.layers):
            x = layer(x) + self.biases[k]
            if k < len(self.layers) - 1:
                x = x.relu()
        return x


# %% LinearStack | wrong: plain-list | hidden ones appended
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.hidden = []
        for n, m in zip(sizes[:-2], sizes[1:-1]):
            self.hidden.append(nn.Linear(n, m))
        self.last = nn.Linear(sizes[-2], sizes[-1])

    def forward(self, x):
        for layer in self.hidden:
            x = F.relu(layer(x))
        return self.last(x)


# %% LinearStack | wrong: plain-list | hidden ones in a tuple
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.hidden = tuple(nn.Linear(sizes[k], sizes[k + 1]) for k in range(len(sizes) - 2))
        self.out = nn.Linear(*sizes[-2:])

    def forward(self, x):
        for layer in self.hidden:
            x = layer(x).clamp(min=0)
        return self.out(x)


# %% LinearStack | wrong: plain-list | hidden ones in a list
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.hidden = [nn.Linear(n, m) for n, m in zip(sizes[:-2], sizes[1:-1])]
        self.last = nn.Linear(sizes[-2], sizes[-1])

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.last(x)


# %% LinearStack | misconception | layers-made-in-forward
why = "Make layers once, in __init__: what forward makes is unknown before the first call, or new in each."
next = "x = torch.ones(2); print(nn.Linear(2, 1)(x).item(), nn.Linear(2, 1)(x).item())"


def when(seen, want):
    outputs = seen.value  # of two calls, in the scenario that makes two
    return type(outputs) is tuple and list(map(type, outputs)) == [torch.Tensor] * 2 and not torch.equal(*outputs)


# %% LinearStack | wrong: layers-made-in-forward | Linear
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes

    def forward(self, x):
        for i in range(len(self.sizes) - 1):
            x = nn.Linear(self.sizes[i], self.sizes[i + 1])(x)
            if i < len(self.sizes) - 2:
                x = torch.relu(x)
        return x


# %% LinearStack | wrong: layers-made-in-forward | kept as attribute
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = list(sizes)

    def forward(self, x):
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(self.sizes[:-1], self.sizes[1:]))
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


# %% LinearStack | wrong: layers-made-in-forward | only if there are none yet
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = list(sizes)
        self.net = None

    def forward(self, x):
        if self.net is None:
            self.net = nn.ModuleList(nn.Linear(a, b) for a, b in zip(self.sizes, self.sizes[1:]))
        for layer in self.net[:-1]:
            x = layer(x).relu()
        return self.net[-1](x)


# %% LinearStack | wrong: layers-made-in-forward | Linear, F.relu
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes

    def forward(self, x):
        pairs = list(zip(self.sizes, self.sizes[1:]))
        for k, (n, m) in enumerate(pairs):
            layer = nn.Linear(n, m)
            x = layer(x) if k == len(pairs) - 1 else F.relu(layer(x))
        return x


# %% LinearStack | wrong: layers-made-in-forward | a Sequential in each call
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = list(sizes)

    def forward(self, x):
        parts = []
        for n, m in zip(self.sizes, self.sizes[1:]):
            parts += [nn.Linear(n, m), nn.ReLU()]
        return nn.Sequential(*parts[:-1])(x)


# %% LinearStack | wrong: layers-made-in-forward | kept, a Sequential
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = list(sizes)

    def forward(self, x):
        parts = []
        for n, m in zip(self.sizes, self.sizes[1:]):
            parts += [nn.Linear(n, m), nn.ReLU()]
        self.net = nn.Sequential(*parts[:-1])
        return self.net(x)


# %% LinearStack | wrong: layers-made-in-forward | only at the first call
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = list(sizes)

    def forward(self, x):
        if not hasattr(self, "layers"):
            self.layers = nn.ModuleList([nn.Linear(n, m) for n, m in zip(self.sizes, self.sizes[1:])])
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


# %% LinearStack | misconception | tensor-is-not-a-parameter
why = "A tensor that requires grad, or a buffer, is no parameter: wrap it in nn.Parameter."
next = "print(isinstance(leaf([1.0]), nn.Parameter), isinstance(nn.Parameter(torch.ones(1)), nn.Parameter))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.parameter.Parameter.html"


def when(seen, want):
    few = len(seen.value) == 5 and isinstance(want, list) and len(seen.value[1]) < len(want)
    return few and "Tensor" in seen.value[4]


# %% LinearStack | wrong: tensor-is-not-a-parameter | bias requires grad
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = nn.ParameterList(nn.Parameter(torch.randn(m, n)) for n, m in zip(sizes[:-1], sizes[1:]))
        self.biases = [torch.zeros(m, requires_grad=True) for m in sizes[1:]]

    def forward(self, x):
        for weight, bias in zip(self.weights[:-1], self.biases[:-1]):
            x = torch.relu(x @ weight.T + bias)
        return x @ self.weights[-1].T + self.biases[-1]


# %% LinearStack | wrong: tensor-is-not-a-parameter | a buffer
# breaks: "and there is nothing else in `state_dict()`"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m, bias=False) for n, m in zip(sizes[:-1], sizes[1:]))
        for i, m in enumerate(sizes[1:]):
            self.register_buffer(f"bias{i}", torch.zeros(m))

    def forward(self, x):
        last = len(self.layers) - 1
        for i, layer in enumerate(self.layers):
            x = layer(x) + getattr(self, f"bias{i}")
            x = torch.relu(x) if i < last else x
        return x


# %% LinearStack | wrong: tensor-is-not-a-parameter | random attributes
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.depth = len(sizes) - 1
        for i, (n, m) in enumerate(zip(sizes[:-1], sizes[1:])):
            setattr(self, f"w{i}", nn.Parameter(torch.randn(m, n)))
            setattr(self, f"b{i}", torch.randn(m, requires_grad=True))

    def forward(self, x):
        for i in range(self.depth):
            x = x @ getattr(self, f"w{i}").T + getattr(self, f"b{i}")
            x = x.relu() if i + 1 < self.depth else x
        return x


# %% LinearStack | wrong: tensor-is-not-a-parameter | all tensors as attributes
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.n = len(sizes) - 1
        for k in range(self.n):
            setattr(self, f"w{k}", torch.randn(sizes[k + 1], sizes[k], requires_grad=True))
            setattr(self, f"b{k}", torch.zeros(sizes[k + 1], requires_grad=True))

    def forward(self, x):
        for k in range(self.n):
            x = F.linear(x, getattr(self, f"w{k}"), getattr(self, f"b{k}"))
            if k < self.n - 1:
                x = F.relu(x)
        return x


# %% LinearStack | wrong: tensor-is-not-a-parameter | raw biases in a list
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in zip(sizes, sizes[1:]))
        self.biases = [torch.zeros(b, requires_grad=True) for b in sizes[1:]]

    def forward(self, x):
        for k, layer in enumerate(self.layers):
            x = layer(x) + self.biases[k]
            if k < len(self.layers) - 1:
                x = x.relu()
        return x


# %% LinearStack | wrong: tensor-is-not-a-parameter | buffers for all
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.depth = len(sizes) - 1
        for k in range(self.depth):
            self.register_buffer(f"w{k}", torch.randn(sizes[k + 1], sizes[k]))
            self.register_buffer(f"b{k}", torch.zeros(sizes[k + 1]))

    def forward(self, x):
        for k in range(self.depth):
            x = F.linear(x, getattr(self, f"w{k}"), getattr(self, f"b{k}"))
            x = x.relu() if k < self.depth - 1 else x
        return x


# %% LinearStack | wrong: tensor-is-not-a-parameter | all tensors in lists
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = [torch.randn(m, n, requires_grad=True) for n, m in zip(sizes, sizes[1:])]
        self.biases = [torch.zeros(m, requires_grad=True) for m in sizes[1:]]

    def forward(self, x):
        for k, (w, b) in enumerate(zip(self.weights, self.biases)):
            x = x @ w.T + b
            if k < len(self.weights) - 1:
                x = x.relu()
        return x


# %% LinearStack | wrong: tensor-is-not-a-parameter | buffers as biases
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in zip(sizes, sizes[1:]))
        for k in range(1, len(sizes)):
            self.register_buffer("b" + str(k), torch.zeros(sizes[k]))

    def forward(self, x):
        count = len(self.layers)
        for k in range(count):
            x = self.layers[k](x) + getattr(self, "b" + str(k + 1))
            if k + 1 < count:
                x = F.relu(x)
        return x


# %% LinearStack | wrong: tensor-is-not-a-parameter | buffers of modules
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in zip(sizes, sizes[1:]))
        for layer, m in zip(self.layers, sizes[1:]):
            layer.register_buffer("offset", torch.zeros(m))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x) + layer.offset)
        return self.layers[-1](x) + self.layers[-1].offset


# %% LinearStack | wrong: tensor-is-not-a-parameter | all tensors appended to lists
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights, self.biases = [], []
        for n, m in zip(sizes, sizes[1:]):
            self.weights.append(torch.randn(m, n, requires_grad=True))
            self.biases.append(torch.zeros(m, requires_grad=True))

    def forward(self, x):
        last = len(self.weights) - 1
        for k in range(last + 1):
            x = F.linear(x, self.weights[k], self.biases[k])
            x = x.relu() if k < last else x
        return x


# %% LinearStack | wrong: tensor-is-not-a-parameter | pairs of tensors
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.pairs = [(torch.randn(m, n, requires_grad=True), torch.zeros(m, requires_grad=True)) for n, m in zip(sizes, sizes[1:])]

    def forward(self, x):
        for k, (w, b) in enumerate(self.pairs):
            x = x @ w.T + b
            x = torch.relu(x) if k + 1 < len(self.pairs) else x
        return x


# %% LinearStack | misconception | layers-overwritten
why = "Each place needs a layer of its own: one that is kept under its size, or under a name that is taken, replaces the layer before or is used twice."
next = "box = nn.Module(); box.layer = nn.Linear(3, 5); box.layer = nn.Linear(5, 1); print(box.layer)"


# %% LinearStack | wrong: layers-overwritten | self.layer
# breaks: "maps 3 numbers to 5 to 1"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for n, m in zip(sizes, sizes[1:]):
            self.layer = nn.Linear(n, m)

    def forward(self, x):
        return self.layer(x)


# %% LinearStack | wrong: layers-overwritten | self.layer and a ReLU
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for i in range(1, len(sizes)):
            self.layer = nn.Linear(sizes[i - 1], sizes[i])
        self.count = len(sizes) - 1

    def forward(self, x):
        for _ in range(self.count - 1):
            x = F.relu(self.layer(x))
        return self.layer(x)


# %% LinearStack | wrong: layers-overwritten | one Sequential
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for n, m in zip(sizes[:-1], sizes[1:]):
            self.net = nn.Sequential(nn.Linear(n, m))

    def forward(self, x):
        return self.net(x)


# %% LinearStack | wrong: layers-overwritten | add_module
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for n, m in zip(sizes, sizes[1:]):
            self.add_module("layer", nn.Linear(n, m))

    def forward(self, x):
        return self.layer(x)


# %% LinearStack | wrong: layers-overwritten | named by their sizes
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleDict({f"{n}_to_{m}": nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:])})

    def forward(self, x):
        *hidden, last = self.layers.values()
        for layer in hidden:
            x = torch.relu(layer(x))
        return last(x)


# %% LinearStack | wrong: layers-overwritten | named by their outputs
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for n, m in zip(sizes, sizes[1:]):
            setattr(self, f"to{m}", nn.Linear(n, m))
        self.names = [f"to{m}" for m in sizes[1:]]

    def forward(self, x):
        for name in self.names[:-1]:
            x = F.relu(getattr(self, name)(x))
        return getattr(self, self.names[-1])(x)


# %% LinearStack | misconception | bias-missing
why = "Each layer adds a bias of shape (out,): nn.Linear has one unless you take it away."
next = "print([tuple(p.shape) for p in nn.Linear(3, 5, bias=False).parameters()], [tuple(p.shape) for p in nn.Linear(3, 5).parameters()])"


# %% LinearStack | wrong: bias-missing | bias=False
# breaks: "and a bias of shape `(out,)`"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m, bias=False) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


# %% LinearStack | wrong: bias-missing | weights only
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = nn.ParameterList(nn.Parameter(torch.randn(m, n)) for n, m in zip(sizes, sizes[1:]))

    def forward(self, x):
        for k, weight in enumerate(self.weights):
            x = x @ weight.T
            x = x.relu() if k < len(self.weights) - 1 else x
        return x


# %% LinearStack | wrong: bias-missing | Sequential
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        parts = []
        for n, m in zip(sizes, sizes[1:]):
            parts += [nn.Linear(n, m, bias=False), nn.ReLU()]
        self.net = nn.Sequential(*parts[:-1])

    def forward(self, x):
        return self.net(x)


# %% LinearStack | wrong: bias-missing | bias=False, F.relu
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(sizes[k], sizes[k + 1], bias=False) for k in range(len(sizes) - 1)])

    def forward(self, x):
        *hidden, last = self.layers
        for layer in hidden:
            x = F.relu(layer(x))
        return last(x)


# %% LinearStack | wrong | a closure over the list
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]

        def run(x):
            for layer in layers[:-1]:
                x = layer(x).relu()
            return layers[-1](x)

        self.run = run

    def forward(self, x):
        return self.run(x)


# %% LinearStack | wrong | a class attribute
# breaks: "Two stacks share no parameter"
class LinearStack(nn.Module):
    known = {}

    def __init__(self, sizes):
        super().__init__()
        pairs = list(zip(sizes[:-1], sizes[1:]))
        for n, m in pairs:
            self.known.setdefault((n, m), nn.Linear(n, m))
        self.layers = nn.ModuleList(self.known[pair] for pair in pairs)

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


# %% LinearStack | misconception | rows-only
why = "x may have any number of axes before the last, or none: nn.Linear and @ leave them alone, so do not flatten them, and mm takes matrices only."
next = "`print(nn.Linear(3, 2)(torch.ones(4, 5, 3)).shape, nn.Linear(3, 2)(torch.ones(3)).shape)`: only the last axis changes."
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.Linear.html"


# %% LinearStack | wrong: rows-only | addmm
# breaks: "`x` has shape `(..., sizes[0])`"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = torch.addmm(layer.bias, x, layer.weight.T)
            x = torch.relu(x) if i < len(self.layers) - 1 else x
        return x


# %% LinearStack | wrong: rows-only | mm of the transpose
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = nn.ParameterList(torch.randn(m, n) for n, m in zip(sizes, sizes[1:]))
        self.biases = nn.ParameterList(torch.zeros(m) for m in sizes[1:])

    def forward(self, x):
        last = len(self.weights) - 1
        for k in range(last + 1):
            x = torch.addmm(self.biases[k], x, self.weights[k].t())
            if k != last:
                x = x.relu()
        return x


# %% LinearStack | wrong: rows-only | addmm in a loop over the hidden ones
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.stack = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])

    def forward(self, x):
        *hidden, out = self.stack
        for layer in hidden:
            x = F.relu(torch.addmm(layer.bias, x, layer.weight.mT))
        return torch.addmm(out.bias, x, out.weight.mT)


# %% LinearStack | wrong: rows-only | a table of rows
# breaks: "`x` has shape `(..., sizes[0])`"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.parts = nn.Sequential()
        for n, m in zip(sizes[:-1], sizes[1:]):
            self.parts.append(nn.Linear(n, m))
            self.parts.append(nn.ReLU())
        del self.parts[-1]

    def forward(self, x):
        rows = x.reshape(-1, x.shape[-1])
        return self.parts(rows)


# %% LinearStack | wrong: rows-only | as many rows as there are
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.width = sizes[0]
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        x = x.reshape(x.numel() // self.width, self.width)
        for layer in self.layers[:-1]:
            x = layer(x).clamp(min=0)
        return self.layers[-1](x)


# %% LinearStack | wrong: rows-only | contiguous, then a view
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.first, self.layers = sizes[0], nn.ModuleList(nn.Linear(*pair) for pair in zip(sizes, sizes[1:]))

    def forward(self, x):
        out = x.contiguous().view(-1, self.first)
        for k, layer in enumerate(self.layers):
            out = layer(torch.relu(out) if k else out)
        return out


# %% LinearStack | wrong: rows-only | atleast_2d
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.linears = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes, sizes[1:]))

    def forward(self, x):
        x = torch.atleast_2d(x).flatten(0, -2)
        for linear in list(self.linears)[:-1]:
            x = torch.relu(linear(x))
        return self.linears[len(self.linears) - 1](x)


# %% LinearStack | wrong: rows-only | nn.Flatten
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        parts = [nn.Flatten()]
        for n, m in zip(sizes[:-1], sizes[1:]):
            parts += [nn.Linear(n, m), nn.ReLU()]
        self.net = nn.Sequential(*parts[:-1])

    def forward(self, x):
        return self.net(x)


# %% LinearStack | wrong: rows-only | flatten from the first axis
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        x = torch.flatten(x, start_dim=1)
        *hidden, last = self.layers
        for layer in hidden:
            x = torch.relu(layer(x))
        return last(x)


# %% LinearStack | wrong: rows-only | flatten, one by one
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.depth = len(sizes) - 1
        for k, (n, m) in enumerate(zip(sizes, sizes[1:])):
            self.add_module(str(k), nn.Linear(n, m))

    def forward(self, x):
        x = x.flatten(1)
        for k in range(self.depth):
            x = getattr(self, str(k))(x)
            x = x if k == self.depth - 1 else F.relu(x)
        return x


# %% LinearStack | misconception | buffer-saved-too
why = "A buffer is part of state_dict(), which is to hold the parameters and nothing else: keep numbers of your own as a plain attribute, self.sizes = sizes."
next = "norm = nn.BatchNorm1d(2, affine=False); print(list(norm.state_dict()), len(list(norm.parameters())))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.Module.html"


def when(seen, want):
    found = seen.value
    return isinstance(want, int) and len(found[1]) == want < found[3] and "Tensor" in found[4]


# %% LinearStack | wrong: buffer-saved-too | the depth
# breaks: "there is nothing else in `state_dict()`"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))
        self.register_buffer("depth", torch.tensor(len(self.layers)))

    def forward(self, x):
        for k, layer in enumerate(self.layers, 1):
            x = layer(x) if k == self.depth else torch.relu(layer(x))
        return x


# %% LinearStack | wrong: buffer-saved-too | first and last size
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.n_in, self.n_out = nn.Buffer(torch.tensor(sizes[0])), nn.Buffer(torch.tensor(sizes[-1]))
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in zip(sizes, sizes[1:]))

    def forward(self, x):
        *hidden, last = self.layers
        for layer in hidden:
            x = layer(x).relu()
        return last(x)


# %% LinearStack | wrong: buffer-saved-too | the zero of the ReLU
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.linears = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes, sizes[1:]))
        self.register_buffer("zero", torch.zeros(()))

    def forward(self, x):
        for linear in self.linears[:-1]:
            x = torch.maximum(linear(x), self.zero)
        return self.linears[-1](x)


# %% LinearStack | wrong: buffer-saved-too | a buffer of each layer
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList()
        for k, (n, m) in enumerate(zip(sizes, sizes[1:]), 2):
            layer = nn.Linear(n, m)
            layer.register_buffer("hidden", torch.tensor(k < len(sizes)))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
            x = x.clamp(min=0) if layer.hidden else x
        return x


# %% LinearStack | misconception | made-in-the-constructor
why = "What __init__ computes from a parameter is not a parameter, and .to() neither converts nor moves it: compute it in forward."
next = "layer = nn.Linear(2, 1); kept = layer.weight.T; layer.double(); print(kept.dtype, layer.weight.T.dtype)"


# %% LinearStack | wrong: made-in-the-constructor | transposes in a list
# breaks: "All of them are parameters that `parameters()`, `state_dict()`, `.to()` and an optimizer find"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))
        self.matrices = [layer.weight.t() for layer in self.layers]

    def forward(self, x):
        for k, layer in enumerate(self.layers):
            x = x @ self.matrices[k] + layer.bias
            x = x if k == len(self.layers) - 1 else torch.relu(x)
        return x


# %% LinearStack | wrong: made-in-the-constructor | pairs of transpose and bias
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = nn.ParameterList(torch.randn(m, n) for n, m in zip(sizes, sizes[1:]))
        self.biases = nn.ParameterList(torch.zeros(m) for m in sizes[1:])
        self.pairs = list(zip([w.mT for w in self.weights], self.biases))

    def forward(self, x):
        *hidden, (last, offset) = self.pairs
        for matrix, bias in hidden:
            x = (x @ matrix + bias).clamp(min=0)
        return x @ last + offset


# %% LinearStack | wrong: made-in-the-constructor | a dict
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.linears = nn.ModuleList(nn.Linear(*pair) for pair in zip(sizes, sizes[1:]))
        self.turned = {k: linear.weight.transpose(0, 1) for k, linear in enumerate(self.linears)}

    def forward(self, x):
        for k, matrix in self.turned.items():
            x = (x if k == 0 else F.relu(x)) @ matrix + self.linears[k].bias
        return x


# %% LinearStack | wrong: made-in-the-constructor | an attribute of each layer
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList()
        for n, m in zip(sizes[:-1], sizes[1:]):
            layer = nn.Linear(n, m)
            layer.columns = layer.weight.permute(1, 0)
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(x @ layer.columns + layer.bias)
        return x @ self.layers[-1].columns + self.layers[-1].bias


# %% LinearStack | wrong: made-in-the-constructor | a function of each
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = nn.ParameterList(torch.randn(m, n) * 0.1 for n, m in zip(sizes, sizes[1:]))
        self.biases = nn.ParameterList(torch.randn(m) for m in sizes[1:])
        self.steps = [lambda x, matrix=w.T, bias=b: x @ matrix + bias for w, b in zip(self.weights, self.biases)]

    def forward(self, x):
        for step in self.steps[:-1]:
            x = step(x).relu()
        return self.steps[-1](x)


# %% LinearStack | wrong | view of x
# breaks: "`x` has shape `(..., sizes[0])`"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes, sizes[1:]))

    def forward(self, x):
        *lead, n = x.shape
        x = x.view(-1, n)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x).view(*lead, -1)


# %% LinearStack | wrong | a layer too many
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))
        self.unused = nn.Linear(1, 1)

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


# %% LinearStack | wrong | softmax at the end
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return F.softmax(self.layers[-1](x), dim=-1)


# %% LinearStack | wrong | weight of shape (in, out)
# breaks: "Each layer has a weight of shape `(out, in)`"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.weights = nn.ParameterList(nn.Parameter(torch.randn(n, m)) for n, m in zip(sizes, sizes[1:]))
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(m)) for m in sizes[1:])

    def forward(self, x):
        for k, (w, b) in enumerate(zip(self.weights, self.biases)):
            x = x @ w + b
            x = x.relu() if k < len(self.weights) - 1 else x
        return x


# %% LinearStack | wrong | takes the sizes away
# breaks: "`sizes` is a list or a tuple"
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        layers = []
        while len(sizes) > 1:
            layers.append(nn.Linear(sizes[0], sizes[1]))
            sizes.pop(0)
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


# %% classification_loss | right | log_softmax and gather
def classification_loss(logits, labels):
    logs = F.log_softmax(logits, dim=1)
    return -logs.gather(1, labels.to(torch.int64).unsqueeze(1)).mean()


# %% classification_loss | right | logsumexp
def classification_loss(logits, labels):
    rows = torch.arange(logits.shape[0])
    return (torch.logsumexp(logits, 1) - logits[rows, labels.long()]).mean()


# %% classification_loss | right | nll_loss
def classification_loss(logits, labels):
    return nn.NLLLoss()(logits.log_softmax(dim=-1), labels.type(torch.long))


# %% classification_loss | right | one-hot
def classification_loss(logits, labels):
    one_hot = F.one_hot(labels.long(), logits.shape[1]).to(logits.dtype)
    return -(one_hot * logits.log_softmax(1)).sum() / len(logits)


# %% classification_loss | right | by hand, row by row
def classification_loss(logits, labels):
    losses = []
    for row, label in zip(logits, labels.tolist()):
        shifted = row - row.max().detach()
        losses.append(shifted.exp().sum().log() - shifted[label])
    return torch.stack(losses).mean()


# %% classification_loss | right | other names, vmap-like
classification_loss = lambda s, k: torch.stack([torch.logsumexp(r, 0) - r[int(c)] for r, c in zip(s, k)]).mean()


# %% classification_loss | misconception | labels-of-any-integer
why = "Not every integer dtype will do: cross_entropy takes int64 and uint8, an index int64 and int32. Convert to int64."
next = "print(torch.tensor([0, 1], dtype=torch.int16).long().dtype)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.cross_entropy.html"


# %% classification_loss | wrong: labels-of-any-integer | cross_entropy
# breaks: "in any integer dtype"
def classification_loss(logits, labels):
    return F.cross_entropy(logits, labels)


# %% classification_loss | wrong: labels-of-any-integer | index
def classification_loss(logits, labels):
    return -logits.log_softmax(1)[torch.arange(len(labels)), labels].mean()


# %% classification_loss | wrong: labels-of-any-integer | gather
def classification_loss(logits, labels):
    return -logits.log_softmax(1).gather(1, labels.unsqueeze(1)).mean()


# %% classification_loss | wrong: labels-of-any-integer | loop with tensor index
def classification_loss(logits, labels):
    lp = logits.log_softmax(1)
    return -sum(lp[i][labels[i]] for i in range(len(labels))).mean() / len(labels)


# %% classification_loss | wrong: labels-of-any-integer | nll_loss
def classification_loss(logits, labels):
    return F.nll_loss(F.log_softmax(logits, dim=1), labels)


# %% classification_loss | wrong: labels-of-any-integer | CrossEntropyLoss
def classification_loss(logits, labels):
    return nn.CrossEntropyLoss()(logits, labels)


# %% classification_loss | wrong: labels-of-any-integer | index, logsumexp
def classification_loss(logits, labels):
    chosen = logits[torch.arange(logits.shape[0]), labels]
    return (logits.logsumexp(1) - chosen).mean()


# %% classification_loss | wrong: labels-of-any-integer | loop, both indices
def classification_loss(logits, labels):
    lp = logits.log_softmax(1)
    return -torch.stack([lp[i, labels[i]] for i in range(len(labels))]).mean()


# %% classification_loss | wrong: labels-of-any-integer | loop over rows and labels
def classification_loss(logits, labels):
    logs = F.log_softmax(logits, dim=1)
    losses = [-row[label] for row, label in zip(logs, labels)]
    return sum(losses).mean() / len(losses)


# %% classification_loss | wrong: labels-of-any-integer | index by a range
def classification_loss(logits, labels):
    logs = F.log_softmax(logits, dim=-1)
    return -logs[range(len(labels)), labels].mean()


# %% classification_loss | wrong: labels-of-any-integer | nll by an index
def classification_loss(logits, labels):
    rows = torch.arange(labels.shape[0])
    chosen = logits.log_softmax(dim=-1)[rows, labels]
    return -chosen.sum() / len(labels)


# %% classification_loss | wrong: labels-of-any-integer | gather, logsumexp
def classification_loss(logits, labels):
    chosen = logits.gather(1, labels[:, None]).squeeze(1)
    return (torch.logsumexp(logits, 1) - chosen).mean()


# %% classification_loss | wrong: labels-of-any-integer | one_hot
def classification_loss(logits, labels):
    hot = F.one_hot(labels, logits.shape[1])
    return -(hot * logits.log_softmax(1)).sum(1).mean()


# %% classification_loss | wrong: labels-of-any-integer | one_hot, dtype of the scores
def classification_loss(logits, labels):
    hot = F.one_hot(labels, logits.size(1)).to(logits.dtype)
    return -(hot * F.log_softmax(logits, dim=-1)).sum() / len(labels)


# %% classification_loss | wrong: labels-of-any-integer | take_along_dim
def classification_loss(logits, labels):
    return -logits.log_softmax(1).take_along_dim(labels[:, None], 1).mean()


# %% classification_loss | misconception | softmax-twice
why = "cross_entropy applies the softmax itself: give it the raw scores."
next = "x = torch.tensor([[9.0, 0.0]]); print(x.softmax(1), x.softmax(1).softmax(1))"


# %% classification_loss | wrong: softmax-twice | cross_entropy of softmax
# breaks: "`logits` `(N, C)`, float32 or float64, holds raw scores, not probabilities"
def classification_loss(logits, labels):
    return F.cross_entropy(logits.softmax(1), labels.long())


# %% classification_loss | wrong: softmax-twice | log_softmax of softmax
def classification_loss(logits, labels):
    probabilities = torch.softmax(logits, dim=1)
    return F.nll_loss(F.log_softmax(probabilities, dim=1), labels.long())


# %% classification_loss | wrong: softmax-twice | CrossEntropyLoss of softmax
def classification_loss(logits, labels):
    return nn.CrossEntropyLoss()(torch.softmax(logits, dim=1), labels.long())


# %% classification_loss | wrong: softmax-twice | index, log_softmax of softmax
def classification_loss(logits, labels):
    rows = torch.arange(len(labels))
    logs = logits.softmax(1).log_softmax(1)
    return -logs[rows, labels.long()].mean()


# %% classification_loss | wrong: softmax-twice | gather, softmax, logsumexp
def classification_loss(logits, labels):
    p = F.softmax(logits, dim=-1)
    return (p.logsumexp(1) - p.gather(1, labels.long()[:, None])[:, 0]).mean()


# %% classification_loss | misconception | wrong-mean
why = "One number per row, the one of its label, then the mean of these N numbers."
next = "scores = torch.zeros(2, 3).log_softmax(1); print(scores[:, [0, 1]].shape, scores[[0, 1], [0, 1]].shape)"


# %% classification_loss | wrong: wrong-mean | sum
# breaks: "Return the mean over the rows"
def classification_loss(logits, labels):
    return F.cross_entropy(logits, labels.long(), reduction="sum")


# %% classification_loss | wrong: wrong-mean | N times C
def classification_loss(logits, labels):
    one_hot = F.one_hot(labels.long(), logits.shape[1])
    return -(one_hot * logits.log_softmax(1)).mean()


# %% classification_loss | wrong: wrong-mean | every row with every label
def classification_loss(logits, labels):
    return -logits.log_softmax(1)[:, labels.long()].mean()


# %% classification_loss | wrong: wrong-mean | none
def classification_loss(logits, labels):
    return F.cross_entropy(logits, labels.long(), reduction="none")


# %% classification_loss | wrong: wrong-mean | divided by C
def classification_loss(logits, labels):
    lp = logits.log_softmax(1)
    return -lp[torch.arange(len(lp)), labels.long()].sum() / logits.shape[1]


# %% classification_loss | wrong: wrong-mean | all classes
def classification_loss(logits, labels):
    return -logits.log_softmax(1).mean()


# %% classification_loss | wrong: wrong-mean | sum of the chosen
def classification_loss(logits, labels):
    rows = torch.arange(len(labels))
    return -logits.log_softmax(1)[rows, labels.long()].sum()


# %% classification_loss | wrong: wrong-mean | nll_loss, summed
def classification_loss(logits, labels):
    return F.nll_loss(logits.log_softmax(1), labels.long(), reduction="sum")


# %% classification_loss | wrong: wrong-mean | N times C, by numel
def classification_loss(logits, labels):
    chosen = logits.log_softmax(1).gather(1, labels.long()[:, None])
    return -chosen.sum() / logits.numel()


# %% classification_loss | wrong: wrong-mean | N times C, one_hot mean
def classification_loss(logits, labels):
    hot = F.one_hot(labels.long(), logits.shape[-1]).to(logits.dtype)
    return torch.mean(-hot * F.log_softmax(logits, dim=-1))


# %% classification_loss | wrong: wrong-mean | index_select
def classification_loss(logits, labels):
    return -logits.log_softmax(1).index_select(1, labels.long()).mean()


# %% classification_loss | wrong: wrong-mean | every label, nested mean
def classification_loss(logits, labels):
    logs = F.log_softmax(logits, dim=-1)
    return -logs[..., labels.long()].mean(1).mean()


# %% classification_loss | wrong: wrong-mean | none, nll_loss
def classification_loss(logits, labels):
    return F.nll_loss(logits.log_softmax(1), labels.long(), reduction="none")


# %% classification_loss | wrong: wrong-mean | none, index
def classification_loss(logits, labels):
    rows = torch.arange(len(labels))
    return -logits.log_softmax(1)[rows, labels.long()]


# %% classification_loss | wrong: wrong-mean | all classes, minus mean
def classification_loss(logits, labels):
    return (-F.log_softmax(logits, dim=-1)).mean()


# %% classification_loss | wrong: wrong-mean | divided by C, sum of cross_entropy
def classification_loss(logits, labels):
    return F.cross_entropy(logits, labels.long(), reduction="sum") / logits.shape[-1]


# %% classification_loss | misconception | log-of-softmax
why = "exp of a score far below the largest is rounded to 0, and the log of 0 is -inf, or capped by what was added: stay in logarithms, with log_softmax over each row."
next = "print(torch.tensor([300., 0.]).softmax(0).log(), torch.tensor([300., 0.]).log_softmax(0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.log_softmax.html"


def when(seen, want):
    _, labels = seen.arguments.values()
    if labels.dtype != torch.int64 or not isinstance(seen.value, torch.Tensor) or seen.gradients is None:
        return False
    gradients = [gradient.values for gradient in seen.gradients.values() if gradient is not None]
    return not all(values.isfinite().all() for values in [seen.value, *gradients])


# %% classification_loss | wrong: log-of-softmax | log
# breaks: "never inf or nan"
def classification_loss(logits, labels):
    probabilities = logits.softmax(dim=1)
    return -probabilities.log()[torch.arange(len(labels)), labels.long()].mean()


# %% classification_loss | wrong: log-of-softmax | plus a little
# breaks: "with scores in the thousands the loss is in the thousands"
def classification_loss(logits, labels):
    probabilities = logits.softmax(dim=1)
    return -(probabilities + 1e-9).log().gather(1, labels.long()[:, None]).mean()


# %% classification_loss | wrong: log-of-softmax | clamped
def classification_loss(logits, labels):
    probabilities = logits.softmax(dim=1).clamp(min=1e-12)
    return F.nll_loss(torch.log(probabilities), labels.long())


# %% classification_loss | wrong: log-of-softmax | exp and sum
def classification_loss(logits, labels):
    e = torch.exp(logits)
    probabilities = e / e.sum(1, keepdim=True)
    return -torch.log(probabilities[torch.arange(len(labels)), labels.long()]).mean()


# %% classification_loss | wrong: log-of-softmax | plus 1e-8
def classification_loss(logits, labels):
    p = logits.softmax(dim=1)
    return -torch.log(p + 1e-8)[torch.arange(len(labels)), labels.long()].mean()


# %% classification_loss | wrong: log-of-softmax | plus 1e-12
def classification_loss(logits, labels):
    p = logits.softmax(dim=1)
    return -(p + 1e-12).log()[torch.arange(len(labels)), labels.long()].mean()


# %% classification_loss | wrong: log-of-softmax | plus 1e-10, nll_loss
def classification_loss(logits, labels):
    return F.nll_loss((logits.softmax(1) + 1e-10).log(), labels.long())


# %% classification_loss | wrong: log-of-softmax | clamped at 1e-7
def classification_loss(logits, labels):
    p = logits.softmax(dim=1)
    return -p.clamp(min=1e-7).log()[torch.arange(len(labels)), labels.long()].mean()


# %% classification_loss | wrong: log-of-softmax | clamped at 1e-8
def classification_loss(logits, labels):
    p = logits.softmax(dim=1)
    return F.nll_loss(p.clamp(1e-8, 1).log(), labels.long())


# %% classification_loss | wrong: log-of-softmax | plus eps
def classification_loss(logits, labels):
    p = logits.softmax(dim=1)
    return -(p + torch.finfo(p.dtype).eps).log()[torch.arange(len(labels)), labels.long()].mean()


# %% classification_loss | wrong: log-of-softmax | clamped at 1e-9
def classification_loss(logits, labels):
    p = logits.softmax(dim=1)
    return -torch.log(torch.clamp(p, min=1e-9))[torch.arange(len(labels)), labels.long()].mean()


# %% classification_loss | wrong: log-of-softmax | zeros made the smallest float
def classification_loss(logits, labels):
    p = F.softmax(logits, 1)
    p = torch.where(p == 0, torch.finfo(p.dtype).tiny, p)
    return F.nll_loss(p.log(), labels.long())


# %% classification_loss | wrong: log-of-softmax | at least the smallest float
def classification_loss(logits, labels):
    chosen = logits.softmax(1).gather(1, labels.long()[:, None])
    return -chosen.clamp_min(torch.finfo(chosen.dtype).smallest_normal).log().mean()


# %% classification_loss | wrong: log-of-softmax | one maximum for the whole table
# breaks: "in each row"
def classification_loss(logits, labels):
    shifted = logits - logits.max().detach()
    return (shifted.exp().sum(1).log() - shifted[torch.arange(len(labels)), labels.long()]).mean()


# %% classification_loss | misconception | softmax-forgotten
why = "A raw score is no logarithm of a probability: take log_softmax first, nll_loss expects its result."
next = "x = torch.tensor([2.0, 0.0]); print(x.exp().sum(), x.log_softmax(0).exp().sum())"


# %% classification_loss | wrong: softmax-forgotten | nll_loss
# breaks: "-log softmax(logits)[label]"
def classification_loss(logits, labels):
    return F.nll_loss(logits, labels.long())


# %% classification_loss | wrong: softmax-forgotten | index
def classification_loss(logits, labels):
    rows = torch.arange(len(labels))
    return -logits[rows, labels.long()].mean()


# %% classification_loss | wrong: softmax-forgotten | gather
def classification_loss(logits, labels):
    return -logits.gather(1, labels.long()[:, None]).mean()


# %% classification_loss | wrong: softmax-forgotten | NLLLoss
def classification_loss(logits, labels):
    return nn.NLLLoss()(logits, labels.to(torch.int64))


# %% classification_loss | misconception | other-axis
why = "Each row is shared out among its classes: softmax goes along the classes, dim=1."
next = "x = torch.zeros(2, 4); print(x.softmax(1).sum(1), x.softmax(0).sum(1))"


# %% classification_loss | wrong: other-axis | nll_loss
def classification_loss(logits, labels):
    return F.nll_loss(F.log_softmax(logits, dim=0), labels.long())


# %% classification_loss | wrong: other-axis | index
def classification_loss(logits, labels):
    rows = torch.arange(len(labels))
    return -logits.log_softmax(0)[rows, labels.long()].mean()


# %% classification_loss | wrong: other-axis | gather
def classification_loss(logits, labels):
    return -F.log_softmax(logits, dim=0).gather(1, labels.long().unsqueeze(1)).mean()


# %% classification_loss | wrong: other-axis | logsumexp
def classification_loss(logits, labels):
    rows = torch.arange(len(labels))
    return (logits - logits.logsumexp(0))[rows, labels.long()].mean().neg()


# %% classification_loss | misconception | other-sign
why = "The logarithm of a probability is negative: the loss is its negative, and F.cross_entropy has that sign already."
next = "print(torch.tensor([2.0, 0.0]).log_softmax(0), F.cross_entropy(torch.tensor([[2.0, 0.0]]), torch.tensor([0])))"


# %% classification_loss | wrong: other-sign | minus cross_entropy
def classification_loss(logits, labels):
    return -F.cross_entropy(logits, labels.long())


# %% classification_loss | wrong: other-sign | index
def classification_loss(logits, labels):
    rows = torch.arange(len(labels))
    return logits.log_softmax(1)[rows, labels.long()].mean()


# %% classification_loss | wrong: other-sign | gather
def classification_loss(logits, labels):
    return torch.log_softmax(logits, 1).gather(1, labels.long()[:, None]).mean()


# %% classification_loss | wrong: other-sign | minus nll_loss
def classification_loss(logits, labels):
    return -F.nll_loss(logits.log_softmax(1), labels.long())


# %% classification_loss | misconception | loss-without-a-graph
why = "Return the tensor that the graph made: item(), detach() and no_grad() cut it off."
next = "loss = leaf([1.0, 2.0]).mean(); print(loss, loss.detach(), loss.item())"


# %% classification_loss | wrong: loss-without-a-graph | item
# breaks: "as a 0-d tensor"
def classification_loss(logits, labels):
    return F.cross_entropy(logits, labels.long()).item()


# %% classification_loss | wrong: loss-without-a-graph | float
def classification_loss(logits, labels):
    return float(F.cross_entropy(logits, labels.long()))


# %% classification_loss | wrong: loss-without-a-graph | no_grad
def classification_loss(logits, labels):
    with torch.no_grad():
        return F.cross_entropy(logits, labels.long())


# %% classification_loss | wrong: loss-without-a-graph | detach
# breaks: "differentiable"
def classification_loss(logits, labels):
    return F.cross_entropy(logits.detach(), labels.long())


# %% classification_loss | wrong: loss-without-a-graph | detached at the end
def classification_loss(logits, labels):
    return F.nll_loss(logits.log_softmax(1), labels.long()).detach()


# %% classification_loss | wrong: loss-without-a-graph | new tensor
def classification_loss(logits, labels):
    return torch.tensor(F.cross_entropy(logits, labels.long()).item(), dtype=logits.dtype)


# %% classification_loss | misconception | through-float32
why = "float32 keeps seven digits: compute in the dtype of logits from the first step to the last."
next = "x = torch.tensor(1 / 3, dtype=torch.float64); print(x, x.float().double())"


# %% classification_loss | wrong: through-float32 | float
# breaks: "in the dtype of `logits`"
def classification_loss(logits, labels):
    return F.cross_entropy(logits.float(), labels.long())


# %% classification_loss | wrong: through-float32 | log_softmax in float32
def classification_loss(logits, labels):
    return F.nll_loss(F.log_softmax(logits, dim=1, dtype=torch.float32), labels.long())


# %% classification_loss | wrong: through-float32 | to float32
def classification_loss(logits, labels):
    logits = logits.to(torch.float32)
    return (logits.logsumexp(1) - logits.gather(1, labels.long()[:, None])[:, 0]).mean()


# %% classification_loss | wrong: through-float32 | and back
# breaks: "exact"
def classification_loss(logits, labels):
    return F.cross_entropy(logits.float(), labels.long()).to(logits.dtype)


# %% classification_loss | wrong: through-float32 | log_softmax in float32, and back
def classification_loss(logits, labels):
    return F.nll_loss(F.log_softmax(logits, dim=1, dtype=torch.float32), labels.long()).type_as(logits)


# %% classification_loss | wrong: through-float32 | to float32 and back
def classification_loss(logits, labels):
    small = logits.to(torch.float32)
    loss = (small.logsumexp(1) - small.gather(1, labels.long()[:, None])[:, 0]).mean()
    return loss.to(logits.dtype)


# %% classification_loss | misconception | narrow-classes
why = "The numbers of many classes do not fit into a narrow dtype: int8 ends at 127 and uint8 at 255, and then they begin again. Count in int64, and convert labels to it."
next = "print(torch.arange(126, 130).to(torch.int8), torch.arange(254, 258).to(torch.uint8))"


# %% classification_loss | wrong: narrow-classes | classes as labels are
# breaks: "in any integer dtype"
def classification_loss(logits, labels):
    numbers = torch.arange(logits.shape[1]).to(labels.dtype)
    chosen = torch.where(labels.unsqueeze(1) == numbers, logits.log_softmax(1), 0)
    return -chosen.sum() / len(labels)


# %% classification_loss | wrong: narrow-classes | type_as
def classification_loss(logits, labels):
    column = torch.arange(logits.size(1)).type_as(labels)
    hit = torch.eq(labels[:, None], column[None]).to(logits.dtype)
    return -(hit * F.log_softmax(logits, 1)).sum(dim=1).sum() / hit.shape[0]


# %% classification_loss | wrong: narrow-classes | rows of one-hot numbers
def classification_loss(logits, labels):
    classes = torch.tensor(range(logits.shape[1])).to(labels)
    rows = [(label == classes).to(logits.dtype) @ line for label, line in zip(labels, F.log_softmax(logits, dim=1))]
    return -torch.stack(rows).mean()


# %% classification_loss | wrong: narrow-classes | masked
def classification_loss(logits, labels):
    logs, n = torch.log_softmax(logits, dim=-1), logits.shape[1]
    others = torch.arange(n, dtype=torch.int64).to(dtype=labels.dtype).expand(len(labels), n) != labels.reshape(-1, 1)
    return -logs.masked_fill(others, 0).sum(dim=1).mean()


# %% classification_loss | wrong: narrow-classes | labels through uint8
# breaks: "holds the class number of each row"
def classification_loss(logits, labels):
    return F.cross_entropy(logits, labels.to(torch.uint8).long())


# %% classification_loss | wrong: narrow-classes | uint8 by way of int8
# breaks: "in any integer dtype (int64, int32, int16, int8, uint8)"
def classification_loss(logits, labels):
    narrow = labels.char() if labels.dtype == torch.uint8 else labels
    return F.cross_entropy(logits, narrow.to(torch.int64))


# %% classification_loss | wrong: narrow-classes | byte
def classification_loss(logits, labels):
    logs = logits.log_softmax(1)
    return -logs.gather(1, labels.byte().long()[:, None]).mean()


# %% classification_loss | wrong: narrow-classes | uint8 is enough for cross_entropy
def classification_loss(logits, labels):
    return F.cross_entropy(logits, labels.to(torch.uint8))


# %% classification_loss | wrong | log-probabilities cut at -100
# breaks: "for scores of any size"
def classification_loss(logits, labels):
    return F.nll_loss(logits.log_softmax(1).clamp(min=-100), labels.long())


# %% classification_loss | wrong | labels changed in place
def classification_loss(logits, labels):
    labels += 0
    logits = logits - 1
    labels[0] = 0
    return F.cross_entropy(logits, labels.long())


# %% make_optimizer | right | filter
def make_optimizer(model, lr):
    return torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr)


# %% make_optimizer | right | groups
def make_optimizer(model, lr):
    groups = [{"params": [p], "lr": lr} for p in model.parameters() if p.requires_grad]
    return torch.optim.SGD(groups, lr=1.0)


# %% make_optimizer | right | own optimizer
class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-group["lr"])


def make_optimizer(model, lr):
    return Plain([p for p in model.parameters() if p.requires_grad], lr)


# %% make_optimizer | right | by hand, each once
def make_optimizer(model, lr):
    seen = {}
    for module in model.modules():
        for p in module.parameters(recurse=False):
            if p.requires_grad:
                seen[id(p)] = p
    return torch.optim.SGD(list(seen.values()), lr=lr, momentum=0, weight_decay=0)


# %% make_optimizer | right | named, not foreach
def make_optimizer(model, lr):
    return torch.optim.SGD([(n, p) for n, p in model.named_parameters() if p.requires_grad], lr=lr, foreach=False)


# %% make_optimizer | misconception | listed-twice
why = "Each parameter once, however many modules hold it: model.parameters() sees to that."
next = "layer = nn.Linear(2, 1); both = nn.Sequential(layer, layer); print(len([p for m in both.modules() for p in m.parameters()]), len(list(both.parameters())))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.Module.html"


def when(seen, want):
    return len(set(seen.value[1])) < len(seen.value[1]) and -1 not in seen.value[1]


# %% make_optimizer | wrong: listed-twice | modules
# breaks: "each once"
def make_optimizer(model, lr):
    return torch.optim.SGD([p for m in model.modules() for p in m.parameters()], lr=lr)


# %% make_optimizer | wrong: listed-twice | modules, trainable
def make_optimizer(model, lr):
    return torch.optim.SGD([p for m in model.modules() for p in m.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: listed-twice | own parameters of each module
def make_optimizer(model, lr):
    params = [p for m in model.modules() for p in m.parameters(recurse=False) if p.requires_grad]
    return torch.optim.SGD(params, lr=lr)


# %% make_optimizer | wrong: listed-twice | a group for each module
def make_optimizer(model, lr):
    return torch.optim.SGD([{"params": list(m.parameters())} for m in model.modules()], lr=lr)


# %% make_optimizer | wrong: listed-twice | modules, a generator
def make_optimizer(model, lr):
    params = []
    for module in model.modules():
        params.extend(p for p in module.parameters() if p.requires_grad)
    return torch.optim.SGD(params, lr)


# %% make_optimizer | wrong: listed-twice | a trainable group for each module
def make_optimizer(model, lr):
    groups = [{"params": [p for p in m.parameters() if p.requires_grad]} for m in model.modules()]
    return torch.optim.SGD([g for g in groups if g["params"]], lr=lr)


# %% make_optimizer | wrong: listed-twice | duplicates not removed
def make_optimizer(model, lr):
    params = [p for _, p in model.named_parameters(remove_duplicate=False) if p.requires_grad]
    return torch.optim.SGD(params, lr=lr)


# %% make_optimizer | misconception | trains-copies
why = "The optimizer steps what it was given: give it the parameters themselves, no clones and no results of a calculation."
next = "w = leaf([1.0]); c = w.detach().clone().requires_grad_(); torch.optim.SGD([c], lr=0.1); print(c is w)"


def when(seen, want):
    return -1 in seen.value[1]


# %% make_optimizer | wrong: trains-copies | clones
# breaks: "one `optimizer.step()` after a backward subtracts `0.1 * p.grad` from each trainable `p`"
def make_optimizer(model, lr):
    return torch.optim.SGD([p.detach().clone().requires_grad_() for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: trains-copies | computed
def make_optimizer(model, lr):
    return torch.optim.SGD([p * 1 for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: trains-copies | a deep copy
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in copy.deepcopy(model).parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: trains-copies | Parameters of the data
def make_optimizer(model, lr):
    return torch.optim.SGD([nn.Parameter(p.data) for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: trains-copies | computed, plus 0
def make_optimizer(model, lr):
    params = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.SGD([p + 0 for p in params], lr=lr)


# %% make_optimizer | wrong: trains-copies | computed, times 1.0
def make_optimizer(model, lr):
    return torch.optim.SGD([1.0 * p for p in model.parameters() if p.requires_grad], lr)


# %% make_optimizer | wrong: trains-copies | computed, clone
def make_optimizer(model, lr):
    return torch.optim.SGD([p.clone() for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: trains-copies | detached
def make_optimizer(model, lr):
    return torch.optim.SGD([p.detach() for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: trains-copies | a deep copy of the model
def make_optimizer(model, lr):
    own = copy.deepcopy(model)
    params = filter(lambda p: p.requires_grad, own.parameters())
    return torch.optim.SGD(params, lr=lr)


# %% make_optimizer | misconception | frozen-but-moved
why = "SGD looks at .grad, not at requires_grad: leave frozen parameters out, even of a group of their own."
next = "w = leaf([1.0], grad=[1.0]).requires_grad_(False); torch.optim.SGD([w], lr=0.5).step(); print(w)"


# %% make_optimizer | wrong: frozen-but-moved | all parameters
# breaks: "and no frozen one (`requires_grad` is `False`), even if it has an old gradient"
def make_optimizer(model, lr):
    return torch.optim.SGD(model.parameters(), lr=lr)


# %% make_optimizer | wrong: frozen-but-moved | two groups
def make_optimizer(model, lr):
    weights = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    return torch.optim.SGD([{"params": weights}, {"params": others}], lr=lr)


# %% make_optimizer | wrong: frozen-but-moved | a list of all
def make_optimizer(model, lr):
    return torch.optim.SGD(list(model.parameters()), lr)


# %% make_optimizer | wrong: frozen-but-moved | by name
def make_optimizer(model, lr):
    return torch.optim.SGD([p for name, p in model.named_parameters()], lr=lr)


# %% make_optimizer | wrong: frozen-but-moved | a group for each one
def make_optimizer(model, lr):
    return torch.optim.SGD([{"params": p} for p in model.parameters()], lr=lr)


# %% make_optimizer | wrong: frozen-but-moved | learning rate 0
# breaks: "over exactly the trainable parameters of `model`"
def make_optimizer(model, lr):
    moving = [p for p in model.parameters() if p.requires_grad]
    frozen = [p for p in model.parameters() if not p.requires_grad]
    return torch.optim.SGD([{"params": moving}, {"params": frozen, "lr": 0.0}], lr=lr)


# %% make_optimizer | wrong: frozen-but-moved | frozen ones without learning rate
def make_optimizer(model, lr):
    groups = [{"params": [p], "lr": lr if p.requires_grad else 0.0} for p in model.parameters()]
    return torch.optim.SGD(groups, lr=lr)


# %% make_optimizer | wrong: frozen-but-moved | learning rates by need
def make_optimizer(model, lr):
    still = [p for p in model.parameters() if not p.requires_grad]
    groups = [{"params": [p for p in model.parameters() if p.requires_grad]}]
    if still:
        groups.append({"params": still, "lr": 0})
    return torch.optim.SGD(groups, lr=lr)


# %% make_optimizer | misconception | not-plain
why = "Plain gradient descent subtracts lr times the gradient and nothing else: SGD without momentum and weight decay."
next = "w = leaf([1.0], grad=[2.0]); torch.optim.SGD([w], lr=0.1).step(); print(w)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.optim.SGD.html"


def when(seen, want):
    return seen.value[:5] == want[:5]


# %% make_optimizer | wrong: not-plain | Adam
# breaks: "does plain gradient descent"
def make_optimizer(model, lr):
    return torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: not-plain | momentum
# breaks: "no momentum"
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr, momentum=0.9)


# %% make_optimizer | wrong: not-plain | weight decay
# breaks: "no weight decay"
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr, weight_decay=0.01)


# %% make_optimizer | wrong: not-plain | another lr
# breaks: "with learning rate `lr`"
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)


# %% make_optimizer | wrong: not-plain | momentum 0.5 with dampening
def make_optimizer(model, lr):
    ps = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.SGD(ps, lr=lr, momentum=0.5, dampening=0.5)


# %% make_optimizer | wrong: not-plain | Adam, filtered
def make_optimizer(model, lr):
    return torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr)


# %% make_optimizer | wrong: not-plain | AdamW
def make_optimizer(model, lr):
    return torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: not-plain | momentum, filtered
def make_optimizer(model, lr):
    params = filter(lambda p: p.requires_grad, model.parameters())
    return torch.optim.SGD(params, lr, momentum=0.9)


# %% make_optimizer | wrong: not-plain | weight decay, filtered
def make_optimizer(model, lr):
    params = filter(lambda p: p.requires_grad, model.parameters())
    return torch.optim.SGD(params, lr, weight_decay=0.01)


# %% make_optimizer | wrong: not-plain | maximizes
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr, maximize=True)


# %% make_optimizer | wrong: not-plain | Adagrad
def make_optimizer(model, lr):
    return torch.optim.Adagrad([p for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | misconception | model-changed
why = "Making the optimizer only looks at the model: no train(), no zero_grad(), no requires_grad_()."
next = "model = nn.Linear(2, 1).eval(); model.train(); print(model.training)"


# %% make_optimizer | wrong: model-changed | requires_grad_
# breaks: "frozen parameters and modes (`training`) stay as they are"
def make_optimizer(model, lr):
    return torch.optim.SGD([p.requires_grad_() for p in model.parameters()], lr=lr)


# %% make_optimizer | wrong: model-changed | thaws first
def make_optimizer(model, lr):
    model.requires_grad_(True)
    return torch.optim.SGD(model.parameters(), lr=lr)


# %% make_optimizer | wrong: model-changed | thaws by attribute
def make_optimizer(model, lr):
    for p in model.parameters():
        p.requires_grad = True
    return torch.optim.SGD(model.parameters(), lr=lr)


# %% make_optimizer | wrong: model-changed | train
# breaks: "Making the optimizer changes nothing in the model"
def make_optimizer(model, lr):
    model.train()
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: model-changed | train, filtered
def make_optimizer(model, lr):
    return torch.optim.SGD(filter(lambda p: p.requires_grad, model.train().parameters()), lr=lr)


# %% make_optimizer | wrong: model-changed | train by attribute
def make_optimizer(model, lr):
    for module in model.modules():
        module.training = True
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: model-changed | zero_grad of the optimizer
def make_optimizer(model, lr):
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr)
    optimizer.zero_grad()
    return optimizer


# %% make_optimizer | wrong: model-changed | gradients to None
def make_optimizer(model, lr):
    params = []
    for p in model.parameters():
        if p.requires_grad:
            p.grad = None
            params.append(p)
    return torch.optim.SGD(params, lr=lr)


# %% make_optimizer | wrong: model-changed | clears, then makes
def make_optimizer(model, lr):
    params = [p for p in model.parameters() if p.requires_grad]
    for p in params:
        del p.grad
    return torch.optim.SGD(params, lr=lr)


# %% make_optimizer | wrong: model-changed | zero_grad of the model
def make_optimizer(model, lr):
    model.zero_grad()
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: model-changed | all gradients to None
def make_optimizer(model, lr):
    for p in model.parameters():
        p.grad = None
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: model-changed | cleared by zero_grad, filtered
def make_optimizer(model, lr):
    model.zero_grad(set_to_none=True)
    return torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=lr)


# %% make_optimizer | misconception | not-all-of-them
why = "model.parameters() goes through all submodules and names every parameter: take each one that requires grad, whatever its module, name, shape, values or gradient."
next = "print(len(list(nn.Sequential(nn.Linear(2, 1)).parameters(recurse=False))), len(list(nn.Sequential(nn.Linear(2, 1)).parameters())))"


# %% make_optimizer | wrong: not-all-of-them | recurse=False
# breaks: "those of all its submodules"
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters(recurse=False) if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: not-all-of-them | recurse=False, by name
def make_optimizer(model, lr):
    params = [p for _, p in model.named_parameters(recurse=False) if p.requires_grad]
    return torch.optim.SGD(params, lr)


# %% make_optimizer | wrong: not-all-of-them | recurse=False, filtered
def make_optimizer(model, lr):
    return torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters(recurse=False)), lr=lr)


# %% make_optimizer | wrong: not-all-of-them | those with a gradient
# breaks: "Which parameters have a gradient already does not matter"
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.grad is not None], lr=lr)


# %% make_optimizer | wrong: not-all-of-them | dim
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad and p.dim() > 1], lr=lr)


# %% make_optimizer | wrong: not-all-of-them | those with a gradient, trainable
def make_optimizer(model, lr):
    params = [p for p in model.parameters() if p.requires_grad and p.grad is not None]
    return torch.optim.SGD(params or [p for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: not-all-of-them | chosen by their gradient
def make_optimizer(model, lr):
    params = [p for p in model.parameters() if p.requires_grad]
    if any(p.grad is not None for p in params):
        params = [p for p in params if p.grad is not None]
    return torch.optim.SGD(params, lr=lr)


# %% make_optimizer | wrong: not-all-of-them | with gradient if there are some
def make_optimizer(model, lr):
    params = [p for p in model.parameters() if p.requires_grad]
    used = [p for p in params if p.grad is not None]
    return torch.optim.SGD(used if used else params, lr)


# %% make_optimizer | wrong: not-all-of-them | children only
def make_optimizer(model, lr):
    own = {id(p): p for p in model.parameters(recurse=False) if p.requires_grad}
    for child in model.children():
        own |= {id(p): p for p in child.parameters(recurse=False) if p.requires_grad}
    return torch.optim.SGD(list(own.values()), lr=lr)


# %% make_optimizer | wrong: not-all-of-them | children only, a set
def make_optimizer(model, lr):
    found = []
    for part in [model, *model.children()]:
        for p in part.parameters(recurse=False):
            if p.requires_grad and id(p) not in [id(q) for q in found]:
                found.append(p)
    return torch.optim.SGD(found, lr)


# %% make_optimizer | wrong: not-all-of-them | weights by name
def make_optimizer(model, lr):
    return torch.optim.SGD([p for name, p in model.named_parameters() if p.requires_grad and name.endswith("weight")], lr=lr)


# %% make_optimizer | wrong: not-all-of-them | named weights
def make_optimizer(model, lr):
    params = [p for n, p in model.named_parameters() if "weight" in n and p.requires_grad]
    return torch.optim.SGD(params, lr)


# %% make_optimizer | wrong: not-all-of-them | linear layers only
def make_optimizer(model, lr):
    params = {}
    for m in model.modules():
        if isinstance(m, nn.Linear):
            params |= {id(p): p for p in m.parameters() if p.requires_grad}
    return torch.optim.SGD(list(params.values()), lr=lr)


# %% make_optimizer | wrong: not-all-of-them | weight and bias of linear layers
def make_optimizer(model, lr):
    params = []
    for m in model.modules():
        if isinstance(m, nn.Linear):
            for p in (m.weight, m.bias):
                if p.requires_grad and not any(p is q for q in params):
                    params.append(p)
    return torch.optim.SGD(params, lr=lr)


# %% make_optimizer | wrong: not-all-of-them | no two equal ones
# breaks: "exactly the trainable parameters of `model`"
def make_optimizer(model, lr):
    chosen = []
    for p in model.parameters():
        if p.requires_grad and not any(p.shape == q.shape and torch.equal(p, q) for q in chosen):
            chosen.append(p)
    return torch.optim.SGD(chosen, lr=lr)


# %% make_optimizer | wrong: not-all-of-them | told apart by their numbers
def make_optimizer(model, lr):
    params = {str(p.tolist()): p for p in model.parameters() if p.requires_grad}
    return torch.optim.SGD(params.values(), lr=lr)


# %% make_optimizer | wrong: not-all-of-them | equal ones taken for shared
def make_optimizer(model, lr):
    params = [p for m in model.modules() for p in m.parameters(recurse=False) if p.requires_grad]
    once = [p for n, p in enumerate(params) if all(p.shape != q.shape or (p != q).any() for q in params[:n])]
    return torch.optim.SGD(once, lr=lr)


# %% make_optimizer | wrong: model-changed | one mode for all modules
def make_optimizer(model, lr):
    training = model.training
    optimizer = torch.optim.SGD([p for p in model.eval().parameters() if p.requires_grad], lr=lr)
    model.train(training)
    return optimizer


# %% make_optimizer | misconception | every-grad-is-there
why = "A parameter that the last backward did not reach has None in .grad, and a step leaves it as it is: ask before you compute with it."
next = "p = torch.ones(1, requires_grad=True); torch.optim.SGD([p], lr=0.1).step(); print(p.grad, p)"


# %% make_optimizer | wrong: every-grad-is-there | own step
# breaks: "Which parameters have a gradient already does not matter."
class Descent(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p -= group["lr"] * p.grad


def make_optimizer(model, lr):
    return Descent([p for p in model.parameters() if p.requires_grad], lr)


# %% make_optimizer | wrong: every-grad-is-there | own step, through data
class ByData(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, dict(lr=lr))

    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p.data = p.data - self.param_groups[0]["lr"] * p.grad


def make_optimizer(model, lr):
    return ByData(filter(lambda p: p.requires_grad, model.parameters()), lr)


# %% make_optimizer | wrong: every-grad-is-there | own step, sub_ with alpha
class Plainly(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.sub_(p.grad * group["lr"])


def make_optimizer(model, lr):
    return Plainly(list({p: None for p in model.parameters() if p.requires_grad}), lr)


# %% make_optimizer | wrong: every-grad-is-there | SGD with a step of its own
class Stepper(torch.optim.SGD):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.copy_(p - p.grad * group["lr"])


def make_optimizer(model, lr):
    return Stepper([p for _, p in model.named_parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong | a list of the parameters
# breaks: "Return an optimizer"
def make_optimizer(model, lr):
    return [p for p in model.parameters() if p.requires_grad]


# %% train_epoch | right | list, detached sum
def train_epoch(model, optimizer, batches):
    model.train(True)
    total = torch.zeros(())
    count = 0
    for inputs, targets in list(batches):
        loss = ((model(inputs) - targets) ** 2).mean()
        model.zero_grad()
        loss.backward()
        optimizer.step()
        total = total + loss.detach().cpu().double() * inputs.shape[0]
        count += inputs.shape[0]
    return (total / count).item()


# %% train_epoch | right | closure
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:

        def closure():
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            return loss

        loss = optimizer.step(closure)
        total += float(loss) * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | right | clears to zeros, after the forward
def train_epoch(model, optimizer, batches):
    model.train()
    squares, numbers = [], []
    for x, y in batches:
        loss = nn.MSELoss()(model(x), y)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
        squares.append(loss.item() * y.numel())
        numbers.append(y.numel())
    return sum(squares) / sum(numbers)


# %% train_epoch | right | autograd.grad
def train_epoch(model, optimizer, batches):
    model.train()
    losses, rows = [], []
    params = list(model.parameters())
    for x, y in batches:
        loss = (model(x) - y).pow(2).mean()
        for p, gradient in zip(params, torch.autograd.grad(loss, params)):
            p.grad = gradient
        optimizer.step()
        losses.append(loss.tolist())
        rows.append(len(x))
    return float(np.average(losses, weights=rows))


# %% train_epoch | right | clears before and after
def train_epoch(model, optimizer, batches):
    model.train()
    optimizer.zero_grad()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = F.mse_loss(model(x), y, reduction="sum")
        (loss / y.numel()).backward()
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item()
        rows += len(y)
        del loss
    return total / rows


# %% train_epoch | right | while, next
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    iterator = iter(batches)
    batch = next(iterator)
    while batch is not None:
        loss = F.mse_loss(model(batch[0]), batch[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        n = batch[0].shape[0]
        total += float(loss) * n
        rows += n
        batch = next(iterator, None)
    return total / rows


# %% train_epoch | misconception | own-update
why = "Backward first, then one step of the optimizer that you were given: it alone knows its learning rate and its momentum."
next = "w = leaf([0.0], grad=[1.0]); o = torch.optim.SGD([w], lr=0.1, momentum=0.9); o.step(); print(w); o.step(); print(w)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.optim.SGD.html"


# %% train_epoch | wrong: own-update | by hand
# breaks: "let `optimizer` make one step"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    lr = optimizer.param_groups[0]["lr"]
    for x, y in batches:
        model.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | a new optimizer
def train_epoch(model, optimizer, batches):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | the same kind anew
def train_epoch(model, optimizer, batches):
    model.train()
    optimizer = type(optimizer)(model.parameters(), **optimizer.defaults)
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | step before backward
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | Adam inside
def train_epoch(model, optimizer, batches):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=optimizer.param_groups[0]["lr"])
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | both: step and own
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for p in model.parameters():
                p -= optimizer.param_groups[0]["lr"] * p.grad
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | by hand, data
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        for p in model.parameters():
            p.data -= optimizer.param_groups[0]["lr"] * p.grad
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | by hand, sub_
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            for group in optimizer.param_groups:
                for p in group["params"]:
                    p.sub_(group["lr"] * p.grad)
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | SGD with its learning rate
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    optimizer = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | SGD in each batch
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | anew in each batch
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer = type(optimizer)(model.parameters(), **optimizer.defaults)
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | its class anew
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    optimizer = optimizer.__class__(list(model.parameters()), **optimizer.defaults)
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | step first, model.zero_grad
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.step()
        model.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: own-update | Adam, in its place
def train_epoch(model, optimizer, batches):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | misconception | gradients-accumulate
why = "Clear gradients before each backward: what was left over from before, and those of the last batch."
next = "w = leaf(1.0, grad=3.0); (2 * w).backward(); print(w.grad)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.optim.Optimizer.zero_grad.html"


# %% train_epoch | wrong: gradients-accumulate | never
# breaks: "Gradients left over from before must not count"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: gradients-accumulate | only after the step
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: gradients-accumulate | before the loop only
def train_epoch(model, optimizer, batches):
    model.train()
    optimizer.zero_grad()
    total, n = 0.0, 0
    for x, t in batches:
        loss = F.mse_loss(model(x), t)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        n += len(x)
    return total / n


# %% train_epoch | wrong: gradients-accumulate | never, by hand
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: gradients-accumulate | never, list of losses
def train_epoch(model, optimizer, batches):
    model.train()
    losses, sizes = [], []
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(x))
        sizes.append(len(x))
    return sum(losses) / sum(sizes)


# %% train_epoch | wrong: gradients-accumulate | after the step, model.zero_grad
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
        model.zero_grad()
    return total / rows


# %% train_epoch | wrong: gradients-accumulate | after the step, None
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
        for p in model.parameters():
            p.grad = None
    return total / rows


# %% train_epoch | wrong: gradients-accumulate | model.zero_grad before the loop
def train_epoch(model, optimizer, batches):
    model.train()
    model.zero_grad()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: gradients-accumulate | zero_grad before the loop, mean
def train_epoch(model, optimizer, batches):
    optimizer.zero_grad()
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: gradients-accumulate | the first group alone is cleared
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        for p in optimizer.param_groups[0]["params"]:
            p.grad = None
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | misconception | step-without-gradients
why = "No step moved the model: a step takes the gradients that backward has just left, so the order is clear, loss, backward, step."
next = "w = leaf([1.0], grad=[2.0]); o = torch.optim.SGD([w], lr=0.1); o.zero_grad(); o.step(); print(w)"


# %% train_epoch | wrong: step-without-gradients | cleared between
# breaks: "go backward"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: step-without-gradients | cleared between, by the model
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        loss.backward()
        model.zero_grad()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: step-without-gradients | cleared between, None
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        for p in model.parameters():
            p.grad = None
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: step-without-gradients | step before backward, cleared first
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        optimizer.step()
        loss.backward()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: step-without-gradients | no step
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: step-without-gradients | no backward
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | misconception | keeps-every-graph
why = "A sum or a list of losses keeps the graph of every batch: add the number, loss.item()."
next = "loss = leaf(1.0) * 2; print((0.0 + loss).requires_grad, 0.0 + loss.item())"


def when(seen, want):
    return all(type(one) is tuple and type(one[0]) is int for one in seen.value) and sum(alive for alive, _ in seen.value) > 0


# %% train_epoch | wrong: keeps-every-graph | total += loss
# breaks: "No graph of an earlier batch may stay alive: memory must not grow with the number of batches"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss * len(x)
        rows += len(x)
    return (total / rows).item()


# %% train_epoch | wrong: keeps-every-graph | a list
def train_epoch(model, optimizer, batches):
    model.train()
    losses, rows = [], []
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss)
        rows.append(len(x))
    return sum(loss.item() * n for loss, n in zip(losses, rows)) / sum(rows)


# %% train_epoch | wrong: keeps-every-graph | a list, summed
def train_epoch(model, optimizer, batches):
    model.train()
    losses, rows = [], 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss * len(x))
        rows += len(x)
    return float(sum(losses) / rows)


# %% train_epoch | wrong: keeps-every-graph | a list, stacked
def train_epoch(model, optimizer, batches):
    model.train()
    losses, rows = [], 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss * len(x))
        rows += len(x)
    return (torch.stack(losses).sum() / rows).item()


# %% train_epoch | wrong: keeps-every-graph | predictions kept
def train_epoch(model, optimizer, batches):
    model.train()
    kept, total, rows = [], 0.0, 0
    for x, y in batches:
        prediction = model(x)
        kept.append(prediction)
        optimizer.zero_grad()
        loss = F.mse_loss(prediction, y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: keeps-every-graph | a tensor with its graph
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: keeps-every-graph | a tensor with its graph, from 0
def train_epoch(model, optimizer, batches):
    model.train()
    total = 0
    rows = 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total = total + len(x) * loss
        rows += x.shape[0]
    return total / rows


# %% train_epoch | wrong: keeps-every-graph | a sum of tensors
def train_epoch(model, optimizer, batches):
    model.train()
    losses, rows = [], 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss * len(x))
        rows += len(x)
    return sum(losses) / rows


# %% train_epoch | misconception | a-tensor
why = "The result is a Python float, and a detached loss is still a tensor: .item() makes it a number."
next = "loss = torch.tensor(1.5); print(type(loss.detach()), type(loss.item()))"


# %% train_epoch | wrong: a-tensor | no item
# breaks: "as a Python float"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: a-tensor | from a tensor
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: a-tensor | data
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.data * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: a-tensor | under no_grad
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            total += loss * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | misconception | mean-of-means
why = "Weight each loss by its number of rows: a short last batch counts less."
next = "print((1.0 + 9.0) / 2, (4 * 1.0 + 1 * 9.0) / 5)"


# %% train_epoch | wrong: mean-of-means | list
# breaks: "a batch of 4 rows counts four times as much as a batch of 1"
def train_epoch(model, optimizer, batches):
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


# %% train_epoch | wrong: mean-of-means | counter
def train_epoch(model, optimizer, batches):
    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += 1
    return total / count


# %% train_epoch | wrong: mean-of-means | numpy
def train_epoch(model, optimizer, batches):
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return float(np.mean(losses))


# %% train_epoch | wrong: mean-of-means | enumerate
def train_epoch(model, optimizer, batches):
    model.train()
    total = 0.0
    for number, (x, y) in enumerate(batches, 1):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / number


# %% train_epoch | wrong: mean-of-means | a tensor of losses
def train_epoch(model, optimizer, batches):
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses, dtype=torch.float64).mean().item()


# %% train_epoch | misconception | rows-forgotten
why = "Each loss is a mean already: multiply it by its rows before you add, then divide by all rows."
next = "print((1.0 + 9.0) / 5, (4 * 1.0 + 1 * 9.0) / 5)"


# %% train_epoch | wrong: rows-forgotten | sum of means by rows
# breaks: "Return the mean loss **per row**"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: rows-forgotten | list by rows
def train_epoch(model, optimizer, batches):
    model.train()
    losses, rows = [], 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        rows += x.shape[0]
    return sum(losses) / rows


# %% train_epoch | wrong: rows-forgotten | numpy, by rows
def train_epoch(model, optimizer, batches):
    model.train()
    losses, rows = [], 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        rows += y.numel()
    return float(np.sum(losses)) / rows


# %% train_epoch | misconception | stays-in-evaluation
why = "model.train() puts the model and all its submodules into training mode, before the first batch, and there it stays: nothing else does it, and nothing takes it back."
next = "model = nn.Sequential(nn.Linear(1, 1)).eval(); print(model.training); model.train(); print(model.training, model[0].training)"


# %% train_epoch | wrong: stays-in-evaluation | no train()
# breaks: "Put the model into training mode"
def train_epoch(model, optimizer, batches):
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: stays-in-evaluation | no train, list
def train_epoch(model, optimizer, batches):
    losses, sizes = [], []
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(x))
        sizes.append(len(x))
    return sum(losses) / sum(sizes)


# %% train_epoch | wrong: stays-in-evaluation | no train, by hand
def train_epoch(model, optimizer, batches):
    total, rows = 0.0, 0
    for x, y in batches:
        loss = ((model(x) - y) ** 2).mean()
        model.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: stays-in-evaluation | name only
def train_epoch(model, optimizer, batches):
    model.train
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: stays-in-evaluation | eval
def train_epoch(model, optimizer, batches):
    model.eval()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: stays-in-evaluation | back to evaluation
# breaks: "where it stays"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    model.eval()
    return total / rows


# %% train_epoch | wrong: stays-in-evaluation | back to evaluation, by train
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    model.train(False)
    return total / rows


# %% train_epoch | wrong: stays-in-evaluation | back to the mode before
def train_epoch(model, optimizer, batches):
    before = model.training
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    model.train(before)
    return total / rows


# %% train_epoch | wrong: stays-in-evaluation | only at the end
# breaks: "and then go once through `batches`"
def train_epoch(model, optimizer, batches):
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    model.train()
    return total / rows


# %% train_epoch | misconception | flag-of-the-outermost
why = "model.training = True sets the flag of the outermost module alone: model.train() goes through all of them, also the Dropout layers inside."
next = "model = nn.Sequential(nn.Linear(1, 1)).eval(); model.training = True; print(model.training, model[0].training)"


def when(seen, want):
    flags = seen.value[2]
    return isinstance(flags, list) and len(flags) > 1 and flags[0] and not any(flags[1:])


# %% train_epoch | wrong: flag-of-the-outermost | the attribute
# breaks: "Put the model into training mode, where it stays"
def train_epoch(model, optimizer, batches):
    total = rows = 0
    model.training = True
    for inputs, targets in batches:
        loss = (model(inputs) - targets).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, rows = total + loss.item() * len(targets), rows + len(targets)
    return total / rows


# %% train_epoch | wrong: flag-of-the-outermost | unless it is set
def train_epoch(model, optimizer, batches):
    if not model.training:
        model.training = True
    sums, counts = [], []
    for x, y in batches:
        model.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        sums.append(len(y) * loss.item())
        counts.append(len(y))
    return sum(sums) / sum(counts)


# %% train_epoch | wrong: flag-of-the-outermost | setattr
def train_epoch(model, optimizer, batches):
    setattr(model, "training", True)
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad(set_to_none=False)
        loss = nn.MSELoss()(model(x), y)
        loss.backward()
        optimizer.step()
        total += x.shape[0] * float(loss)
        rows += x.shape[0]
    return total / rows


# %% train_epoch | wrong: flag-of-the-outermost | vars
def train_epoch(model, optimizer, batches):
    vars(model)["training"] = True
    seen = []
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        seen.extend([loss.item()] * len(inputs))
    return sum(seen) / len(seen)


# %% train_epoch | misconception | loss-after-the-step
why = "The loss of a batch is the one that went backward, before the step: compute it once."
next = "w = 0.0; print(\"before\", (w - 3) ** 2); w = w - 0.1 * 2 * (w - 3); print(\"after\", (w - 3) ** 2)"


# %% train_epoch | wrong: loss-after-the-step | late
# breaks: "Each loss is taken before its step"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        F.mse_loss(model(x), y).backward()
        optimizer.step()
        with torch.no_grad():
            total += F.mse_loss(model(x), y).item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: loss-after-the-step | mse_loss again
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        loss = F.mse_loss(model(x), y)
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: loss-after-the-step | detached, again
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        after = ((model(x).detach() - y) ** 2).mean()
        total += after.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | misconception | one-step-only
why = "One step belongs to every batch: backward and step stand inside the loop."
next = "for batch in range(3): print(\"clear, loss, backward, step\", batch)"


# %% train_epoch | wrong: one-step-only | step at the end
# breaks: "For each batch of `n` rows"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    optimizer.zero_grad()
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        loss.backward()
        total += loss.item() * len(x)
        rows += len(x)
    optimizer.step()
    return total / rows


# %% train_epoch | wrong: one-step-only | step behind the loop
def train_epoch(model, optimizer, batches):
    model.train()
    model.zero_grad()
    total, rows = 0.0, 0
    for x, y in batches:
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        total += loss.item() * len(x)
        rows += len(x)
    optimizer.step()
    return total / rows


# %% train_epoch | wrong: one-step-only | sum of losses, one backward
def train_epoch(model, optimizer, batches):
    model.train()
    losses, total, rows = [], 0.0, 0
    for x, y in batches:
        loss = F.mse_loss(model(x), y)
        losses.append(loss)
        total += loss.item() * len(x)
        rows += len(x)
    optimizer.zero_grad()
    sum(losses).backward()
    optimizer.step()
    return total / rows


# %% train_epoch | misconception | used-up
why = "A generator can be gone through only once: count rows and train in one pass."
next = "batches = (n for n in [4, 1]); print(sum(batches), sum(batches))"


# %% train_epoch | wrong: used-up | counts the rows first
# breaks: "any iterable of at least one batch"
def train_epoch(model, optimizer, batches):
    rows = sum(len(x) for x, _ in batches)
    model.train()
    total = 0.0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x) / rows
    return total


# %% train_epoch | wrong: used-up | counts the rows afterwards
def train_epoch(model, optimizer, batches):
    model.train()
    total = 0.0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total / sum(len(x) for x, _ in batches)


# %% train_epoch | wrong: used-up | a list of sizes
def train_epoch(model, optimizer, batches):
    model.train()
    sizes, losses = [y.shape[0] for _, y in batches], []
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return float(sum(n * loss for n, loss in zip(sizes, losses)) / sum(sizes))


# %% train_epoch | wrong: used-up | sizes beside the batches
def train_epoch(model, optimizer, batches):
    model.train()
    sizes = [len(x) for x, _ in batches]
    total = 0.0
    for size, (x, y) in zip(sizes, batches):
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        total += size * loss.item()
    return total / sum(sizes)


# %% train_epoch | wrong: used-up | the share of each batch
def train_epoch(model, optimizer, batches):
    rows = 0
    for _, targets in batches:
        rows += targets.numel()
    model.train()
    result = 0.0
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        result += targets.numel() / rows * loss.item()
    return result


# %% train_epoch | wrong: used-up | counts the batches first
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    print(sum(1 for _ in batches), "batches")
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong: used-up | len
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
        print(len(batches), "batches")
    return total / rows


# %% train_epoch | wrong: used-up | index
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for i in range(len(batches)):
        x, y = batches[i]
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_epoch | wrong | sum goes backward
# breaks: "take the mean squared error of `model(inputs)` and `targets`"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).sum()
        loss.backward()
        optimizer.step()
        total += loss.item()
        rows += len(x)
    return total / rows


# %% train_epoch | wrong | leaves out batches without a finite loss
# breaks: "For each batch of `n` rows"
def train_epoch(model, optimizer, batches):
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        if not loss.isfinite():
            continue
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / max(rows, 1)


# %% train_epoch | wrong | twice through
# breaks: "go once through `batches`"
def train_epoch(model, optimizer, batches):
    batches = list(batches) * 2
    model.train()
    total, rows = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        rows += len(x)
    return total / rows


# %% train_on | right | by hand
def train_on(model, X, y, device, lr, steps):
    model = model.to(device)
    dtype = [p.dtype for p in model.parameters()][0]
    inputs = torch.from_numpy(X).to(device, dtype)
    targets = torch.from_numpy(y).to(device, dtype)
    losses = []
    for _ in range(steps):
        loss = ((model(inputs).squeeze(1) - targets) ** 2).mean()
        model.zero_grad()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
    return losses


# %% train_on | right | autograd.grad, data
def train_on(model, X, y, device, lr, steps):
    model.to(torch.device(device))
    params = list(model.parameters())
    inputs = torch.as_tensor(X, dtype=params[0].dtype).to(device)
    targets = torch.as_tensor(y, dtype=params[0].dtype).to(device).reshape(-1, 1)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(inputs), targets)
        for p, gradient in zip(params, torch.autograd.grad(loss, params)):
            p.data.add_(gradient, alpha=-lr)
        losses.append(float(loss.detach()))
    return losses


# %% train_on | right | optimizer made after, cleared to zeros
def train_on(model, X, y, device, lr, steps):
    model.to(device).train()
    like = next(iter(model.parameters()))
    inputs = like.new_tensor(X)
    targets = like.new_tensor(y).unsqueeze(-1)
    optimizer = torch.optim.SGD(model.parameters(), lr)
    optimizer.zero_grad(set_to_none=False)
    losses = []
    for _ in range(steps):
        loss = nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        losses.append(loss.detach().cpu().numpy().item())
    return losses


# %% train_on | right | rows of y and of the prediction
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X.astype(np.float64)).to(dtype).to(device)
    targets = torch.tensor(y.astype(np.float64)).to(dtype).to(device)
    optimizer = torch.optim.SGD(list(model.parameters()), lr=lr)

    def step():
        optimizer.zero_grad()
        loss = (model(inputs)[:, 0] - targets).square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return [step() for _ in range(steps)]


# %% train_on | misconception | column-meets-row
why = "Make y a column: the model answers with (N, 1), and a column minus a row is a table of all pairs."
next = "print((torch.zeros(4, 1) - torch.zeros(4)).shape)"


# %% train_on | wrong: column-meets-row | by hand
# breaks: "`model`, which maps `(N, D)` to `(N, 1)`"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs, targets = torch.tensor(X, dtype=dtype, device=device), torch.tensor(y, dtype=dtype, device=device)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((model(inputs) - targets) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: column-meets-row | mse_loss
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs, targets = torch.tensor(X, dtype=dtype, device=device), torch.tensor(y, dtype=dtype, device=device)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: column-meets-row | summed over all pairs, divided by N
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    p = next(model.parameters())
    A = torch.tensor(X, dtype=p.dtype, device=device)
    t = torch.tensor(y, dtype=p.dtype, device=device)
    opt = torch.optim.SGD(model.parameters(), lr)
    losses = []
    for _ in range(steps):
        opt.zero_grad()
        loss = ((model(A) - t) ** 2).sum() / len(t)
        loss.backward()
        opt.step()
        losses.append(float(loss))
    return losses


# %% train_on | wrong: column-meets-row | as_tensor, MSELoss
def train_on(model, X, y, device, lr, steps):
    model = model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.as_tensor(X).to(device, dtype)
    targets = torch.as_tensor(y).to(device, dtype)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.MSELoss()(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: column-meets-row | y as a row of a table
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)
    targets = targets.unsqueeze(0)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: column-meets-row | y reshaped to a row
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)
    targets = targets.reshape(1, -1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((model(inputs) - targets) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: column-meets-row | squares by hand
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = (model(inputs) - targets).square().mean()
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        losses.append(float(loss))
    return losses


# %% train_on | misconception | to-dropped
why = "model.to(device) moves the model in place, but a tensor's to() returns a new tensor: the data stay where they are unless you keep it."
next = "t = torch.zeros(2); t.to(device); print(t.device, t.to(device).device)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.to.html"


# %% train_on | wrong: to-dropped | inputs and targets
# breaks: "move the data there"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype)
    targets = torch.tensor(y, dtype=dtype)[:, None]
    inputs.to(device)
    targets.to(device)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: to-dropped | only the targets
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype).to(device)
    targets = torch.tensor(y, dtype=dtype).reshape(-1, 1)
    targets.to(device)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: to-dropped | never moved
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype)
    targets = torch.tensor(y, dtype=dtype)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: to-dropped | from_numpy, never moved
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs, targets = torch.from_numpy(X).to(dtype), torch.from_numpy(y).to(dtype).unsqueeze(1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: to-dropped | dropped in the loop
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype)
    targets = torch.tensor(y, dtype=dtype)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: to-dropped | targets never moved
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: to-dropped | targets dropped, by hand
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype)[:, None]
    targets.to(device)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((model(inputs) - targets) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: to-dropped | targets on the CPU, squares
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.as_tensor(X).to(device, dtype)
    targets = torch.as_tensor(y).to(dtype).reshape(-1, 1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (model(inputs) - targets).pow(2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: to-dropped | inputs never moved
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | misconception | data-in-another-dtype
why = "Bring the data to the dtype of the model's parameters: neither the array's nor a fixed one fits every model."
next = "print(torch.from_numpy(np.zeros(2)).dtype, next(nn.Linear(1, 1).parameters()).dtype)"


# %% train_on | wrong: data-in-another-dtype | as it is
# breaks: "in the dtype of the model's parameters"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    inputs, targets = torch.from_numpy(X).to(device), torch.from_numpy(y).to(device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: data-in-another-dtype | float()
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    inputs, targets = torch.from_numpy(X).float().to(device), torch.from_numpy(y).float().to(device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: data-in-another-dtype | torch.tensor, as it is
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    inputs, targets = torch.tensor(X, device=device), torch.tensor(y, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: data-in-another-dtype | as_tensor, as it is
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    inputs, targets = torch.as_tensor(X).to(device), torch.as_tensor(y).to(device).reshape(-1, 1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: data-in-another-dtype | torch.tensor in float32
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    inputs = torch.tensor(X, dtype=torch.float32, device=device)
    targets = torch.tensor(y, dtype=torch.float32, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: data-in-another-dtype | astype float32
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    inputs = torch.from_numpy(X.astype(np.float32)).to(device)
    targets = torch.from_numpy(y.astype(np.float32)).to(device).unsqueeze(1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: data-in-another-dtype | torch.Tensor
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    inputs, targets = torch.Tensor(X).to(device), torch.Tensor(y).to(device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | misconception | through-float32
why = "Digits that float32 has dropped do not come back: go from the array to the dtype of the parameters in one step."
next = "x = np.array([100000.123]); print(torch.tensor(x).float().double(), torch.tensor(x, dtype=torch.float64))"


# %% train_on | wrong: through-float32 | float, then to
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    like = next(model.parameters())
    inputs, targets = torch.from_numpy(X).float().to(like), torch.from_numpy(y).float().to(like)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: through-float32 | astype
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    like = next(model.parameters())
    inputs, targets = torch.from_numpy(X.astype(np.float32)).to(like), torch.from_numpy(y.astype(np.float32)).to(like).unsqueeze(-1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: through-float32 | torch.Tensor
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    like = next(model.parameters())
    inputs, targets = torch.Tensor(X).to(device, like.dtype), torch.Tensor(y).to(device, like.dtype).reshape(-1, 1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: through-float32 | dtype of the first step
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    like = next(model.parameters())
    inputs, targets = torch.tensor(X, dtype=torch.float32, device=device).type(like.dtype), torch.tensor(y, dtype=torch.float32, device=device).type(like.dtype)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: through-float32 | inputs alone
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    like = next(model.parameters())
    inputs, targets = torch.tensor(X).float().to(like), torch.tensor(y, dtype=like.dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: through-float32 | inputs alone, astype
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    like = next(model.parameters())
    inputs, targets = torch.as_tensor(X.astype("float32")).to(like), torch.as_tensor(y).to(like).view(-1, 1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: through-float32 | targets alone
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    like = next(model.parameters())
    inputs, targets = torch.tensor(X, dtype=like.dtype, device=device), torch.tensor(y).float().to(like)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: through-float32 | targets alone, astype
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    like = next(model.parameters())
    inputs, targets = torch.as_tensor(X).to(like), torch.as_tensor(y.astype("float32")).to(like).view(-1, 1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | misconception | model-changes-dtype
why = "The model keeps its dtype: bring the data to the dtype of its parameters, and not the model to another."
next = "model = nn.Linear(1, 1); model.double(); print(next(model.parameters()).dtype)"


# %% train_on | wrong: model-changes-dtype | model.double()
# breaks: "the model keeps its dtype"
def train_on(model, X, y, device, lr, steps):
    model.double().to(device)
    inputs, targets = torch.tensor(X).double().to(device), torch.tensor(y).double().to(device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: model-changes-dtype | model.double(), float64
def train_on(model, X, y, device, lr, steps):
    model.to(device, torch.float64)
    inputs = torch.tensor(X, dtype=torch.float64, device=device)
    targets = torch.tensor(y, dtype=torch.float64, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: model-changes-dtype | double() on both sides
def train_on(model, X, y, device, lr, steps):
    model = model.to(device).double()
    inputs, targets = torch.from_numpy(X).to(device).double(), torch.from_numpy(y).to(device).double().unsqueeze(1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: model-changes-dtype | model.float()
def train_on(model, X, y, device, lr, steps):
    model.float().to(device)
    inputs = torch.tensor(X, dtype=torch.float32, device=device)
    targets = torch.tensor(y, dtype=torch.float32, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: model-changes-dtype | float() on both sides
def train_on(model, X, y, device, lr, steps):
    model = model.to(device).float()
    inputs, targets = torch.from_numpy(X).float().to(device), torch.from_numpy(y).float().to(device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | misconception | trains-a-copy
why = "Modules move in place: call model.to(device) and train that very object, with its own parameters and buffers."
next = "model = nn.Linear(1, 1); print(model.to(device) is model, copy.deepcopy(model) is model)"


# %% train_on | wrong: trains-a-copy | deepcopy
# breaks: "The caller's `model` object itself is trained"
def train_on(model, X, y, device, lr, steps):
    model = copy.deepcopy(model).to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: trains-a-copy | copies of the parameters
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer = torch.optim.SGD([p.clone().detach().requires_grad_() for p in model.parameters()], lr=lr)
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: trains-a-copy | deepcopy, by hand
def train_on(model, X, y, device, lr, steps):
    own = copy.deepcopy(model)
    own.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    losses = []
    for _ in range(steps):
        own.zero_grad()
        loss = F.mse_loss(own(inputs), targets)
        loss.backward()
        with torch.no_grad():
            for p in own.parameters():
                p -= lr * p.grad
        losses.append(loss.item())
    return losses


# %% train_on | wrong: trains-a-copy | a moved copy
def train_on(model, X, y, device, lr, steps):
    own = copy.deepcopy(model).to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(own.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(own(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: trains-a-copy | parameters cloned
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    params = [p.detach().clone().requires_grad_() for p in model.parameters()]
    optimizer, losses = torch.optim.SGD(params, lr), []
    for _ in range(steps):
        model.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: trains-a-copy | new Parameters
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD([nn.Parameter(p.detach().clone()) for p in model.parameters()], lr), []
    for _ in range(steps):
        model.zero_grad()
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | misconception | gradients-accumulate
why = "Clear gradients before each backward: what was left over from before, and those of the last step."
next = "w = leaf(1.0, grad=3.0); (2 * w).backward(); print(w.grad)"


# %% train_on | wrong: gradients-accumulate | never cleared
# breaks: "Gradients left over from before must not count"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: gradients-accumulate | never, by hand
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        losses.append(loss.item())
    return losses


# %% train_on | wrong: gradients-accumulate | never, columns dropped
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        loss = F.mse_loss(model(inputs).squeeze(1), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: gradients-accumulate | only after the step
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        optimizer.zero_grad()
    return losses


# %% train_on | wrong: gradients-accumulate | only after the step, by the model
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        model.zero_grad()
    return losses


# %% train_on | wrong: gradients-accumulate | only after the step, by hand
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        losses.append(loss.item())
        model.zero_grad()
    return losses


# %% train_on | wrong: gradients-accumulate | before the loop only
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    optimizer.zero_grad()
    for _ in range(steps):
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: gradients-accumulate | before the loop, by the model
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    model.zero_grad()
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: gradients-accumulate | before the loop, by hand
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    model.zero_grad()
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        losses.append(loss.item())
    return losses


# %% train_on | misconception | loss-after-the-step
why = "Each loss belongs to the parameters before the step: take it down once, where it goes backward."
next = "w = 0.0; print(\"before\", (w - 3) ** 2); w = w - 0.1 * 2 * (w - 3); print(\"after\", (w - 3) ** 2)"


# %% train_on | wrong: loss-after-the-step | once more
# breaks: "Return the losses before each step"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(model(inputs), targets).backward()
        optimizer.step()
        losses.append(F.mse_loss(model(inputs), targets).item())
    return losses


# %% train_on | wrong: loss-after-the-step | once more, no_grad
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(model(inputs), targets).backward()
        optimizer.step()
        with torch.no_grad():
            losses.append(((model(inputs) - targets) ** 2).mean().item())
    return losses


# %% train_on | wrong: loss-after-the-step | once more, by hand
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    losses = []
    for _ in range(steps):
        model.zero_grad()
        F.mse_loss(model(inputs), targets).backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        losses.append(F.mse_loss(model(inputs), targets).item())
    return losses


# %% train_on | misconception | tensors-as-losses
why = "A loss is still a tensor, with its graph or without: item() makes it a Python float."
next = "loss = leaf(1.0) * 2; print(type(loss), type(loss.detach()), type(loss.item()))"


# %% train_on | wrong: tensors-as-losses | with their graphs
# breaks: "as Python floats"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses


# %% train_on | wrong: tensors-as-losses | with graphs, by hand
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        losses.append(loss)
    return losses


# %% train_on | wrong: tensors-as-losses | detached
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return losses


# %% train_on | wrong: tensors-as-losses | data
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    return losses


# %% train_on | wrong: tensors-as-losses | with graphs, squeezed
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs)[:, 0], targets)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses


# %% train_on | misconception | model-not-moved
why = "The model itself has to be on the device, and to stay there, also after 0 steps: call model.to(device) first, and do not take it back."
next = "model = nn.Linear(1, 1); model.to(device); print(next(model.parameters()).device)"


# %% train_on | wrong: model-not-moved | device ignored
# breaks: "move the model to `device`"
def train_on(model, X, y, device, lr, steps):
    dtype = next(model.parameters()).dtype
    inputs, targets = torch.tensor(X, dtype=dtype), torch.tensor(y, dtype=dtype)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: model-not-moved | back to the CPU
# breaks: "all its parameters and buffers, and they stay there"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.to("cpu")
    return losses


# %% train_on | wrong: model-not-moved | device ignored, from_numpy
def train_on(model, X, y, device, lr, steps):
    dtype = next(model.parameters()).dtype
    inputs, targets = torch.from_numpy(X).to(dtype), torch.from_numpy(y).to(dtype)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: model-not-moved | device ignored, by hand
def train_on(model, X, y, device, lr, steps):
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype)
    targets = torch.tensor(y, dtype=dtype)[:, None]
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        losses.append(loss.item())
    return losses


# %% train_on | wrong: model-not-moved | back by cpu()
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.cpu()
    return losses


# %% train_on | wrong: model-not-moved | back to where it was
def train_on(model, X, y, device, lr, steps):
    home = next(model.parameters()).device
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.to(home)
    return losses


# %% train_on | misconception | not-plain
why = "Plain gradient descent subtracts lr times the gradient of the mean over all rows, once in each step, and nothing else."
next = "w = leaf([1.0], grad=[2.0]); torch.optim.SGD([w], lr=0.1).step(); print(w)"


# %% train_on | wrong: not-plain | Adam
# breaks: "of plain gradient descent with `lr`"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: not-plain | one row at a time
# breaks: "on the mean squared error over all rows"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        losses.append(F.mse_loss(model(inputs), targets).item())
        for x, target in zip(inputs, targets):
            optimizer.zero_grad()
            F.mse_loss(model(x), target).backward()
            optimizer.step()
    return losses


# %% train_on | wrong: not-plain | Adam, in another way
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer = torch.optim.Adam(list(model.parameters()), lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: not-plain | momentum
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: not-plain | momentum, in another way
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer = torch.optim.SGD(list(model.parameters()), lr, 0.9)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: not-plain | rows of a loader
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        with torch.no_grad():
            losses.append(F.mse_loss(model(inputs), targets).item())
        for k in range(len(inputs)):
            optimizer.zero_grad()
            F.mse_loss(model(inputs[k : k + 1]), targets[k : k + 1]).backward()
            optimizer.step()
    return losses


# %% train_on | misconception | buffers-left-behind
why = "Parameters are not all of a model: its buffers move with model.to(device) only."
next = "print([n for n, _ in nn.BatchNorm1d(1).named_parameters()], [n for n, _ in nn.BatchNorm1d(1).named_buffers()])"


# %% train_on | wrong: buffers-left-behind | only p.data moves
# breaks: "all its parameters and buffers"
def train_on(model, X, y, device, lr, steps):
    for p in model.parameters():
        p.grad = None
        p.data = p.data.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: buffers-left-behind | p.data, cleared in the loop
def train_on(model, X, y, device, lr, steps):
    for p in model.parameters():
        p.data = p.data.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: buffers-left-behind | p.data, by hand
def train_on(model, X, y, device, lr, steps):
    for p in model.parameters():
        p.data = p.data.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        losses.append(loss.item())
    return losses


# %% train_on | wrong: buffers-left-behind | p.data, squeezed
def train_on(model, X, y, device, lr, steps):
    for p in model.parameters():
        p.data = p.data.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs).squeeze(1), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong: buffers-left-behind | parameters one by one
def train_on(model, X, y, device, lr, steps):
    for name, p in model.named_parameters():
        p.grad = None
        p.data = p.detach().to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong | dtype of the first entry of state_dict
# breaks: "in the dtype of the model's parameters"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(iter(model.state_dict().values())).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong | stops where the loss is not finite
# breaks: "make `steps` steps"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device).unsqueeze(1)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]):
            break
        loss.backward()
        optimizer.step()
    return losses


# %% train_on | misconception | array-s-own-shape
why = "An assignment to y.shape changes the caller's array: y[:, None] and y.reshape(-1, 1) are new ones, and y stays as it is."
next = "y = np.ones(3); column = y[:, None]; print(column.shape, y.shape)"


def when(seen, want):
    return any(seen.after[name].shape != seen.arguments[name].shape for name in ("X", "y"))


# %% train_on | wrong: array-s-own-shape | a column
# breaks: "the arrays stay as they are"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    parameter = next(model.parameters())
    y.shape = -1, 1
    inputs, targets = (torch.tensor(a, dtype=parameter.dtype, device=parameter.device) for a in (X, y))
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        loss = F.mse_loss(model(inputs), targets)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# %% train_on | wrong: array-s-own-shape | resize
def train_on(model, X, y, device, lr, steps):
    y.resize((y.size, 1), refcheck=False)
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    column = torch.tensor(y, dtype=dtype, device=device)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (model(inputs) - column).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return losses


# %% train_on | wrong: array-s-own-shape | one more axis
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    y.shape += (1,)
    x, wanted = torch.from_numpy(X).to(device, dtype), torch.from_numpy(y).to(device, dtype)
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = nn.MSELoss()(model(x), wanted)
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
    return losses


# %% train_on | wrong: array-s-own-shape | setattr
def train_on(model, X, y, device, lr, steps):
    setattr(y, "shape", (len(X), 1))
    model = model.to(device)
    kind = list(model.parameters())[0].dtype
    data, wanted = torch.as_tensor(X).to(device, kind), torch.as_tensor(y).to(device, kind)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(data), wanted)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong | data rounded to float32 on the way
def train_on(model, X, y, device, lr, steps):
    dtype = next(model.parameters()).dtype
    model.to(device)
    inputs = torch.from_numpy(X).float().to(device, dtype)
    targets = torch.from_numpy(y).float().to(device, dtype)[:, None]
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong | through astype float32
# breaks: "of any float or integer dtype"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.from_numpy(X.astype(np.float32)).to(device, dtype)
    targets = torch.from_numpy(y.astype(np.float32)).to(device, dtype)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong | scaled in place
# breaks: "the arrays stay as they are"
def train_on(model, X, y, device, lr, steps):
    X -= X.mean(0)
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% train_on | wrong | at least one step
# breaks: "`steps` may be 0"
def train_on(model, X, y, device, lr, steps):
    model.to(device)
    dtype = next(model.parameters()).dtype
    inputs = torch.tensor(X, dtype=dtype, device=device)
    targets = torch.tensor(y, dtype=dtype, device=device)[:, None]
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(max(steps, 1)):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
