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
why = "A wrong shape is an error: raise ValueError."


def when(seen, want):
    """Shapes that differ were noticed, but the answer warned, returned something else or raised something else."""
    own = [text for text in seen.warnings if "Using a target size" not in text]
    pred, target = seen.arguments.values()
    if pred.shape == target.shape:
        return False
    if seen.raised:
        return own or seen.raised.type_name in ("AssertionError", "TypeError", "Exception")
    return own or not isinstance(seen.value, (torch.Tensor, float))


# %% strict_mse | wrong: assert-or-warn | assert
def strict_mse(pred, target):
    assert pred.shape == target.shape, "shapes differ"
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: assert-or-warn | warn
def strict_mse(pred, target):
    import warnings

    if pred.shape != target.shape:
        warnings.warn("the shapes differ")
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: assert-or-warn | warn and mse_loss
def strict_mse(pred, target):
    import warnings

    if pred.shape != target.shape:
        warnings.warn(f"shapes {pred.shape} and {target.shape}")
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


# %% strict_mse | misconception | same-count-is-enough
why = "Equal counts are not equal shapes; refuse, do not repair."


# %% strict_mse | wrong: same-count-is-enough | numel
def strict_mse(pred, target):
    if pred.numel() != target.numel():
        raise ValueError("sizes differ")
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: same-count-is-enough | reshape
def strict_mse(pred, target):
    return ((pred - target.reshape(pred.shape)) ** 2).mean()


# %% strict_mse | wrong: same-count-is-enough | numel and view
def strict_mse(pred, target):
    if pred.numel() != target.numel():
        raise ValueError("sizes differ")
    return F.mse_loss(pred.flatten(), target.flatten())


# %% strict_mse | misconception | silent-broadcast
why = "Every prediction was compared with every target: compare the shapes first."
next = "print((torch.zeros(4, 1) - torch.zeros(4)).shape)"


# %% strict_mse | wrong: silent-broadcast | by hand
def strict_mse(pred, target):
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong: silent-broadcast | mse_loss
def strict_mse(pred, target):
    return F.mse_loss(pred, target)


# %% strict_mse | misconception | loss-without-a-graph
why = "Return the tensor; item() is for printing."


def when(seen, want):
    recorded = any(fact.requires_grad for fact in seen.arguments.values())
    return type(seen.value) is float or (recorded and not seen.result.requires_grad)


# %% strict_mse | wrong: loss-without-a-graph | item
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean().item()


# %% strict_mse | wrong: loss-without-a-graph | torch.tensor
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return torch.tensor(((pred - target) ** 2).mean())


# %% strict_mse | wrong: loss-without-a-graph | a new leaf
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return torch.tensor(F.mse_loss(pred, target).item(), dtype=pred.dtype, requires_grad=True)


# %% strict_mse | wrong | not-the-mean, sum
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).sum()


# %% strict_mse | wrong | only-the-axes, dim
def strict_mse(pred, target):
    if pred.dim() != target.dim():
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean()


# %% strict_mse | wrong | absolute, l1
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return (pred - target).abs().mean()


# %% strict_mse | wrong | target-without-gradient, detach
def strict_mse(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target.detach()) ** 2).mean()


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
why = "Write the derivative yourself: it is a product with X and a mean."


# %% manual_gradients | wrong: autograd-in-disguise | grad
def manual_gradients(X, y, w, b):
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    return torch.autograd.grad(((X @ w + b - y) ** 2).mean(), (w, b))


# %% manual_gradients | wrong: autograd-in-disguise | backward
def manual_gradients(X, y, w, b):
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    with torch.enable_grad():
        ((X @ w + b - y) ** 2).mean().backward()
    return w.grad, b.grad


# %% manual_gradients | misconception | factor-forgotten
why = "The derivative of r² is 2r, and the mean divides by the number of rows."


# %% manual_gradients | wrong: factor-forgotten | no 2
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return X.T @ r / len(y), r.mean()


# %% manual_gradients | wrong: factor-forgotten | sum
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


# %% manual_gradients | misconception | transpose-forgotten
why = "Each entry of w collects one column of X: X.T @ r."


# %% manual_gradients | wrong: transpose-forgotten | X @ r
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X @ r / len(y), 2 * r.mean()


# %% manual_gradients | wrong: transpose-forgotten | mean over dim 1
@torch.no_grad()
def manual_gradients(X, y, w, b):
    r = X @ w + b - y
    return (2 * X * r[:, None]).mean(1), 2 * r.mean()


# %% manual_gradients | misconception | formula-on-the-graph
why = "A gradient you computed is a number, not a step of the model: compute it under no_grad."


def when(seen, want):
    return want is None and any(gradient.requires_grad for gradient in seen.result.items)


# %% manual_gradients | wrong: formula-on-the-graph | plain
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


# %% manual_gradients | wrong | list, a list
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return [2 * X.T @ r / len(y), 2 * r.mean()]


# %% manual_gradients | wrong | sign, the other way
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = y - X @ w - b
        return 2 * X.T @ r / len(y), 2 * r.mean()


# %% manual_gradients | wrong | bias-forgotten, without b
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w - y
        return 2 * X.T @ r / len(y), 2 * r.mean()


# %% manual_gradients | wrong | shape-of-b, (1,)
def manual_gradients(X, y, w, b):
    with torch.no_grad():
        r = X @ w + b - y
        return 2 * X.T @ r / len(y), 2 * r.mean(dim=0, keepdim=True)


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
why = "Before the first backward grad is None: there is nothing to zero."


def when(seen, want):
    return "NoneType" in seen.raised.message


# %% zero_gradients_ | wrong: none-has-no-zero | zero_
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


# %% zero_gradients_ | misconception | zeroes-the-parameters
why = "Clear p.grad, not p."


# %% zero_gradients_ | wrong: zeroes-the-parameters | data
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


# %% zero_gradients_ | misconception | stops-at-the-first-none
why = "Look at each parameter on its own, in one pass."


# %% zero_gradients_ | wrong: stops-at-the-first-none | break
def zero_gradients_(params):
    for p in params:
        if p.grad is None:
            break
        p.grad.zero_()


# %% zero_gradients_ | wrong: stops-at-the-first-none | any
def zero_gradients_(params):
    if any(p.grad is None for p in params):
        return
    for p in params:
        p.grad.zero_()


# %% zero_gradients_ | wrong: stops-at-the-first-none | return
def zero_gradients_(params):
    for p in params:
        if p.grad is None:
            return
        p.grad = None


# %% zero_gradients_ | misconception | times-zero
why = "Zero times infinity is nan: fill with zero, or set None."
next = "print(torch.tensor(float(\"inf\")) * 0)"


draw = inputs("08-training", "zero_gradients_")

def parameters(*gradients, frozen=()):
    params = [nn.Parameter(draw.tensor((3,)), requires_grad=n not in frozen) for n in range(len(gradients))]
    for p, gradient in zip(params, gradients):
        p.grad = None if gradient is None else torch.tensor(gradient)
    return params

some, sums_to_zero, infinite = [1.0, 2.0, -4.0], [1.0, -1.0, 0.0], [float("inf"), float("nan"), 1.0]

on_device = [p.detach().to(device).requires_grad_() for p in parameters(some, None, some)]

def when(seen, want):
    left = [p.grad.values for p in seen.result.items if p.grad is not None]
    return any(gradient.isnan().any() and not gradient.isinf().any() for gradient in left)


# %% zero_gradients_ | wrong: times-zero | mul_
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad.mul_(0)


# %% zero_gradients_ | wrong: times-zero | operator
def zero_gradients_(params):
    for p in params:
        if p.grad is not None:
            p.grad = p.grad * 0


# %% zero_gradients_ | wrong: times-zero | *= 0, no check
def zero_gradients_(params):
    for p in params:
        p.grad *= 0


# %% zero_gradients_ | wrong: times-zero | out of place, no check
def zero_gradients_(params):
    for p in params:
        p.grad = p.grad * 0


# %% zero_gradients_ | wrong | only-if-the-sum-is-not-0, sum
def zero_gradients_(params):
    for p in params:
        if p.grad is not None and p.grad.sum() != 0:
            p.grad = None


# %% zero_gradients_ | wrong | skips-the-frozen, requires_grad
def zero_gradients_(params):
    for p in params:
        if p.requires_grad:
            p.grad = None


# %% zero_gradients_ | wrong | needs-a-list, len
def zero_gradients_(params):
    for i in range(len(params)):
        params[i].grad = None


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


# %% fit | wrong: gradients-accumulate | never cleared
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


# %% fit | misconception | column-meets-row
why = "The prediction and y must have one shape before you subtract."
next = "print((torch.zeros(4, 1) - torch.zeros(4)).shape)"


# %% fit | wrong: column-meets-row | w is a column
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


# %% fit | misconception | one-after-the-other
why = "Take both gradients at the same point, then update both."


# %% fit | wrong: one-after-the-other | w, then b
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


# %% fit | misconception | leaf-lost
why = "Update in place under no_grad, or make a new leaf for each step."


# %% fit | wrong: leaf-lost | under no_grad
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


# %% fit | wrong | loss-after-the-step, late
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        w, b = w - lr * 2 * (r @ X) / len(r), b - lr * 2 * r.mean()
        losses.append(((X @ w + b - y) ** 2).mean().item())
    return w, b, losses


# %% fit | wrong | history, results on the graph
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


# %% fit | wrong | tensors-as-losses, no item
def fit(X, y, lr, steps):
    w, b, losses = X.new_zeros(X.shape[1]), X.new_zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean())
        w, b = w - lr * 2 * (r @ X) / len(r), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong | stops-early, when the loss grows
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


# %% fit | wrong | on-the-cpu, zeros without device
def fit(X, y, lr, steps):
    w, b, losses = torch.zeros(X.shape[1]), torch.zeros(()), []
    for _ in range(steps):
        r = X @ w + b - y
        losses.append((r**2).mean().item())
        w, b = w - lr * 2 * (r @ X) / len(r), b - lr * 2 * r.mean()
    return w, b, losses


# %% fit | wrong | float32-inside, float32 and back
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
why = "A ReLU stands between two layers only."


# %% LinearStack | wrong: relu-everywhere | after the last too
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


# %% LinearStack | wrong: relu-everywhere | nowhere
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
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


# %% LinearStack | misconception | plain-list
why = "A module finds modules and parameters that are its attributes, not those inside a Python list: use nn.ModuleList or nn.ParameterList."
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.ModuleList.html"


def when(seen, want):
    _, shapes, _, _, found = seen.value
    if "parameters after a call" in found:
        return False
    return len(shapes) < len(want) and ("parameters in a list" in found or (shapes == [] and "a tensor" not in found))


# %% LinearStack | wrong: plain-list | layers
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


# %% LinearStack | wrong: plain-list | a closure over the list
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


# %% LinearStack | misconception | layers-made-in-forward
why = "Make layers once, in __init__."


def when(seen, want):
    if len(seen.value) == 2:  # the outputs of two calls
        return not torch.equal(*seen.value)
    return "parameters after a call" in seen.value[4]


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


# %% LinearStack | misconception | tensor-is-not-a-parameter
why = "Wrap it in nn.Parameter."


def hidden_in_a_list(seen, want):
    _, shapes, _, _, found = seen.value
    if "parameters after a call" in found:
        return False
    return len(shapes) < len(want) and ("parameters in a list" in found or (shapes == [] and "a tensor" not in found))

def when(seen, want):
    _, shapes, _, _, found = seen.value
    tensors = {"a tensor", "tensors in a list"} & set(found)
    return len(shapes) < len(want) and tensors and not hidden_in_a_list(seen, want)


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


# %% LinearStack | wrong | no-bias, bias=False
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m, bias=False) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


# %% LinearStack | wrong | shared-layers, a class attribute
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


# %% LinearStack | wrong | two-axes-only, mm
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = torch.addmm(layer.bias, x, layer.weight.T)
            x = torch.relu(x) if i < len(self.layers) - 1 else x
        return x


# %% LinearStack | wrong | extra-parameters, a layer too many
class LinearStack(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:]))
        self.unused = nn.Linear(1, 1)

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


sizes = [(5, 3), (1, 4), (4, 4), (2, 7), (3, 1)]

kinds = [(torch.int64, torch.float32), (torch.int32, torch.float32), (torch.int16, torch.float64), (torch.uint8, torch.float64)]

cases = [(n, c, 1, labels, dtype) for n, c in sizes for labels, dtype in kinds]

def when(seen, want):
    _, labels = seen.arguments.values()
    words = ("dtype", "scalar type", "Long", "int64", "index", "indices", "mask")
    return labels.dtype != torch.int64 and any(word in seen.raised.message for word in words)


# %% classification_loss | wrong: labels-of-any-integer | cross_entropy
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


# %% classification_loss | misconception | softmax-twice
why = "cross_entropy applies the softmax itself: give it the raw scores."


# %% classification_loss | wrong: softmax-twice | cross_entropy
def classification_loss(logits, labels):
    return F.cross_entropy(logits.softmax(1), labels.long())


# %% classification_loss | wrong: softmax-twice | log_softmax of softmax
def classification_loss(logits, labels):
    probabilities = torch.softmax(logits, dim=1)
    return F.nll_loss(F.log_softmax(probabilities, dim=1), labels.long())


# %% classification_loss | misconception | wrong-mean
why = "One number per row, the one of its label, then the mean of N numbers."


def when(seen, want):
    rows, classes = seen.arguments[next(iter(seen.arguments))].shape
    others = {rows, 1 / classes, rows / classes, 1 / rows} - {1}
    return want.dim() == 0 and want > 0.01 and any(abs(seen.value / want / other - 1) < 1e-3 for other in others)


# %% classification_loss | wrong: wrong-mean | sum
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


# %% classification_loss | misconception | log-of-softmax
why = "Take log_softmax in one step."
next = "print(torch.tensor([300., 0.]).softmax(0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.log_softmax.html"


def when(seen, want):
    logits, _ = seen.arguments.values()
    if seen.raised or logits.values.abs().max() < 60:
        return False
    gradient = next(iter(seen.gradients.values()))
    finite = seen.value.isfinite() and (gradient is None or gradient.values.isfinite().all())
    return not finite or 0 <= seen.value < 0.99 * want


# %% classification_loss | wrong: log-of-softmax | log
def classification_loss(logits, labels):
    probabilities = logits.softmax(dim=1)
    return -probabilities.log()[torch.arange(len(labels)), labels.long()].mean()


# %% classification_loss | wrong: log-of-softmax | plus a little
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


# %% classification_loss | wrong | other-axis, softmax over the rows
def classification_loss(logits, labels):
    return F.nll_loss(F.log_softmax(logits, dim=0), labels.long())


# %% classification_loss | wrong | a-number, item
def classification_loss(logits, labels):
    return F.cross_entropy(logits, labels.long()).item()


# %% classification_loss | wrong | sign, plus
def classification_loss(logits, labels):
    return -F.cross_entropy(logits, labels.long())


# %% classification_loss | wrong | always-float32, float
def classification_loss(logits, labels):
    return F.cross_entropy(logits.float(), labels.long())


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
why = "Each parameter once: model.parameters() sees to that."


def when(seen, want):
    return len(set(seen.value[1])) < len(seen.value[1]) and -1 not in seen.value[1]


# %% make_optimizer | wrong: listed-twice | modules
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


# %% make_optimizer | misconception | trains-copies
why = "Give the optimizer the parameters themselves."


def when(seen, want):
    return -1 in seen.value[1]


# %% make_optimizer | wrong: trains-copies | clones
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


# %% make_optimizer | misconception | frozen-but-moved
why = "SGD looks at .grad, not at requires_grad: leave frozen parameters out."


# %% make_optimizer | wrong: frozen-but-moved | all parameters
def make_optimizer(model, lr):
    return torch.optim.SGD(model.parameters(), lr=lr)


# %% make_optimizer | wrong: frozen-but-moved | two groups
def make_optimizer(model, lr):
    weights = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    return torch.optim.SGD([{"params": weights}, {"params": others}], lr=lr)


# %% make_optimizer | misconception | not-plain
why = "Plain gradient descent subtracts lr times the gradient and nothing else."


def when(seen, want):
    return seen.value[:3] == want[:3]


# %% make_optimizer | wrong: not-plain | Adam
def make_optimizer(model, lr):
    return torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=lr)


# %% make_optimizer | wrong: not-plain | momentum
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr, momentum=0.9)


# %% make_optimizer | wrong: not-plain | weight decay
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=lr, weight_decay=0.01)


# %% make_optimizer | wrong: not-plain | another lr
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)


# %% make_optimizer | wrong: not-plain | momentum 0.5 with dampening
def make_optimizer(model, lr):
    ps = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.SGD(ps, lr=lr, momentum=0.5, dampening=0.5)


# %% make_optimizer | wrong | thaws, requires_grad
def make_optimizer(model, lr):
    return torch.optim.SGD([p.requires_grad_() for p in model.parameters()], lr=lr)


# %% make_optimizer | wrong | top-level-only, recurse=False
def make_optimizer(model, lr):
    params = [p for p in model.parameters(recurse=False) if p.requires_grad]
    return torch.optim.SGD(params or [torch.zeros(1, requires_grad=True)], lr=lr)


# %% make_optimizer | wrong | only-those-with-a-gradient, grad
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.grad is not None], lr=lr)


# %% make_optimizer | wrong | weights-only, dim
def make_optimizer(model, lr):
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad and p.dim() > 1], lr=lr)


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


# %% train_epoch | misconception | own-update
why = "Backward first, then one step of the optimizer that you were given."


# %% train_epoch | wrong: own-update | by hand
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


# %% train_epoch | wrong: own-update | step before backward, cleared first
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


# %% train_epoch | misconception | gradients-accumulate
why = "Clear gradients before each backward."


# %% train_epoch | wrong: gradients-accumulate | never
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


# %% train_epoch | misconception | keeps-every-graph
why = "Add the number: loss.item() or loss.detach()."


def when(seen, want):
    return all(type(n) is int for n in seen.value) and sum(seen.value) > 0


# %% train_epoch | wrong: keeps-every-graph | total += loss
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


# %% train_epoch | misconception | mean-of-means
why = "Weight each loss by its number of rows."


# %% train_epoch | wrong: mean-of-means | list
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


# %% train_epoch | wrong | stays-in-evaluation, no train()
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


# %% train_epoch | wrong | loss-after-the-step, late
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


# %% train_epoch | wrong | one-step-only, step at the end
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


# %% train_epoch | wrong | a-tensor, no item
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
why = "Make y a column: the model answers with (N, 1)."
next = "print((torch.zeros(4, 1) - torch.zeros(4)).shape)"


# %% train_on | wrong: column-meets-row | by hand
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


# %% train_on | misconception | to-dropped
why = "model.to(device) moves the model in place, a tensor's to() returns a new tensor: keep it."


# %% train_on | wrong: to-dropped | inputs and targets
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


# %% train_on | misconception | array-decides-dtype
why = "Bring the data to the dtype of the model's parameters."


class Centred(nn.Module):
    """Two layers behind a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("centre", torch.tensor([0.5, -0.5]))
        self.first, self.second = nn.Linear(2, 3), nn.Linear(3, 1)

    def forward(self, x):
        return self.second(torch.tanh(self.first(x - self.centre)))

def descend(model, params, x, y, lr, steps, mean=torch.mean):
    optimizer, losses = torch.optim.SGD(params, lr=lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = mean((model(x) - y) ** 2)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

def train(train_on, model, X, y, target, lr, steps, old):
    "train_on(model, {X}, {y}, {target}, {lr}, {steps}): losses, parameters, buffers, leaves that require grad"
    for p in model.parameters():
        p.grad = torch.ones_like(p) if old else None
    losses = train_on(model, X, y, target, lr, steps)
    params, buffers = list(model.parameters()), list(model.buffers())
    return losses, [p.detach() for p in params], buffers, [p.is_leaf and p.requires_grad for p in params]

draw = inputs("08-training", "train_on")

models, arrays = [nn.Linear(2, 1), Centred()], ["float64", "float32", "int64"]

model = copy.deepcopy(models[0]).double()

X, y = draw.array((4, 2)), draw.array((4,), low=1, high=3) + 100_000

reference = copy.deepcopy(model)

losses = descend(reference, reference.parameters(), torch.tensor(X), torch.tensor(y)[:, None], 0.05, 5)

seen = observe(train, train_on, model, X, y, "cpu", 0.05, 5, False)

def when(seen, want):
    return [p.dtype for p in seen.result.items[1].items] != [p.dtype for p in want[1]]


# %% train_on | wrong: array-decides-dtype | as it is
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


# %% train_on | wrong: array-decides-dtype | float()
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


# %% train_on | wrong: array-decides-dtype | model.double()
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


# %% train_on | misconception | trains-a-copy
why = "Modules move in place: call model.to(device) and train that very object."


# %% train_on | wrong: trains-a-copy | deepcopy
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


# %% train_on | wrong: trains-a-copy | only the data move
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


# %% train_on | wrong | gradients-accumulate, never cleared
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


# %% train_on | wrong | stays-on-the-cpu, device ignored
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


# %% train_on | wrong | comes-home, back to the CPU
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


# %% train_on | wrong | adam, not plain
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


# %% train_on | wrong | one-row-at-a-time, stochastic
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


# %% train_on | wrong | through-float32, data rounded to float32 on the way
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
