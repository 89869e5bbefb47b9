"""The catalogue of 06-autograd-in-depth: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% sgd_step_ | right | sub_ on the detached
def sgd_step_(w, lr):
    if w.grad is not None:
        w.detach().sub_(w.grad, alpha=lr)
    return w


# %% sgd_step_ | right | copy_
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    new = w.detach() - lr * w.grad
    with torch.no_grad():
        w.copy_(new)
    return w


# %% sgd_step_ | right | torch.optim
def sgd_step_(w, lr):
    torch.optim.SGD([w], lr=lr).step()
    return w


# %% sgd_step_ | right | add_ in a decorated function
@torch.no_grad()
def sgd_step_(w, lr):
    gradient = w.grad
    print("gradient:", gradient)
    if gradient is not None:
        w.add_(-lr * gradient)
    return w


# %% sgd_step_ | right | index assignment
def sgd_step_(w, lr):
    with torch.no_grad():
        if w.grad is not None:
            w[...] = w - w.grad * lr
    return w


# %% sgd_step_ | right | lambda
sgd_step_ = lambda w, lr: w if w.grad is None else (w.detach().sub_(lr * w.grad), w)[1]


# %% sgd_step_ | misconception | leaf-in-place
why = "The update is not part of the loss: make it under torch.no_grad()."


def when(seen, want):
    return "leaf Variable that requires grad" in seen.raised.message


# %% sgd_step_ | wrong: leaf-in-place | -=
def sgd_step_(w, lr):
    if w.grad is not None:
        w -= lr * w.grad
    return w


# %% sgd_step_ | wrong: leaf-in-place | sub_
def sgd_step_(w, lr):
    if w.grad is not None:
        w.sub_(lr * w.grad)
    return w


# %% sgd_step_ | misconception | memory-swapped
why = "Tensors that share memory with the parameter must see the step."


def when(seen, want):
    return not seen.kept_memory["w"]


# %% sgd_step_ | wrong: memory-swapped | data assigned
def sgd_step_(w, lr):
    if w.grad is not None:
        w.data = w.data - lr * w.grad
    return w


# %% sgd_step_ | wrong: memory-swapped | detached and assigned
def sgd_step_(w, lr):
    if w.grad is not None:
        w.data = (w - lr * w.grad).detach()
    return w


# %% sgd_step_ | wrong: memory-swapped | set_
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w.set_(w - lr * w.grad)
    return w


# %% sgd_step_ | misconception | leaf-lost
why = "w = ... gives the name to a new tensor; the parameter itself has to change: w -= ... or w.sub_(...)."


def when(seen, want):
    return seen.result.type_name == "torch.Tensor" and "sgd_step_" not in seen.arguments and not seen.objects


# %% sgd_step_ | wrong: leaf-lost | new tensor
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    w = w - lr * w.grad
    return w


# %% sgd_step_ | wrong: leaf-lost | under no_grad
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w = w - lr * w.grad
    return w


# %% sgd_step_ | wrong: leaf-lost | new leaf
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    new = (w - lr * w.grad).detach().requires_grad_()
    new.grad = w.grad
    return new


# %% sgd_step_ | wrong: leaf-lost | no gradient forgotten
def sgd_step_(w, lr):
    w = w - lr * w.grad
    return w


# %% sgd_step_ | misconception | behind-autograd-s-back
why = ".data hides the change from autograd: use no_grad or detach(), which count it."


# %% sgd_step_ | wrong: behind-autograd-s-back | data
def sgd_step_(w, lr):
    if w.grad is not None:
        w.data -= lr * w.grad
    return w


# %% sgd_step_ | wrong: behind-autograd-s-back | data.sub_
def sgd_step_(w, lr):
    if w.grad is not None:
        w.data.sub_(lr * w.grad.data)
    return w


# %% sgd_step_ | wrong: behind-autograd-s-back | numpy
def sgd_step_(w, lr):
    if w.grad is not None:
        numbers = w.detach().numpy()
        numbers -= lr * w.grad.numpy()
    return w


# %% sgd_step_ | wrong | grad-cleared, None afterwards
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w -= lr * w.grad
        w.grad = None
    return w


# %% sgd_step_ | wrong | uphill, adds the gradient
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w += lr * w.grad
    return w


# %% sgd_step_ | wrong | none-forgotten, no gradient is an error
def sgd_step_(w, lr):
    with torch.no_grad():
        w -= lr * w.grad
    return w


# %% sgd_step_ | wrong | mode-left, gradients on afterwards, whatever they were
def sgd_step_(w, lr):
    torch.set_grad_enabled(False)
    if w.grad is not None:
        w -= lr * w.grad
    torch.set_grad_enabled(True)
    return w


# %% safe_sqrt | right | relu
def safe_sqrt(x):
    return torch.relu(x).sqrt()


# %% safe_sqrt | right | masked_fill
def safe_sqrt(x):
    return x.masked_fill(x <= 0, 0).sqrt()


# %% safe_sqrt | right | only the positive entries
def safe_sqrt(x):
    result = torch.zeros_like(x)
    mask = x > 0
    result[mask] = x[mask].sqrt()
    return result


# %% safe_sqrt | right | a Function
class _Root(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        root = x.clamp(min=0).sqrt()
        ctx.save_for_backward(root)
        return root

    @staticmethod
    def backward(ctx, grad):
        (root,) = ctx.saved_tensors
        return torch.where(root > 0, grad / (2 * root), torch.zeros_like(root))


def safe_sqrt(x):
    return _Root.apply(x)


# %% safe_sqrt | right | ones, then a product with the mask
def safe_sqrt(x):
    mask = (x > 0).to(x.dtype)
    print(int(mask.sum()), "positive entries")
    inside = torch.where(x > 0, x, torch.ones_like(x))
    return inside ** 0.5 * mask


# %% safe_sqrt | misconception | repaired-afterwards
why = "Repairing the result does not repair the gradient."


def when(seen, want):
    return seen.result.grad_fn in ("MaskedFillBackward0", "NanToNumBackward0", "IndexPutBackward0", "CopySlices")


# %% safe_sqrt | wrong: repaired-afterwards | nan_to_num
def safe_sqrt(x):
    return x.sqrt().nan_to_num(0.)


# %% safe_sqrt | wrong: repaired-afterwards | overwritten
def safe_sqrt(x):
    out = x.sqrt()
    out[x <= 0] = 0
    return out


# %% safe_sqrt | wrong: repaired-afterwards | isnan
def safe_sqrt(x):
    out = torch.sqrt(x)
    out[torch.isnan(out)] = 0
    return out


# %% safe_sqrt | wrong: repaired-afterwards | clone and assignment
def safe_sqrt(x):
    out = x.sqrt().clone()
    out[~(x > 0)] = 0.0
    return out


# %% safe_sqrt | misconception | where-outside-only
why = "where chooses between two computed values, and backward visits both: make the argument of sqrt harmless first."


# %% safe_sqrt | wrong: where-outside-only | scalar 0
def safe_sqrt(x):
    return torch.where(x > 0, x.sqrt(), 0)


# %% safe_sqrt | wrong: where-outside-only | zeros_like and power
def safe_sqrt(x):
    return torch.where(x <= 0, torch.zeros_like(x), x ** 0.5)


# %% safe_sqrt | misconception | clamp-before-sqrt
why = "The slope of sqrt at 0 is infinite: keep 0 away from sqrt."


# %% safe_sqrt | wrong: clamp-before-sqrt | clamp
def safe_sqrt(x):
    return x.clamp(min=0).sqrt()


# %% safe_sqrt | wrong: clamp-before-sqrt | maximum
def safe_sqrt(x):
    return torch.sqrt(torch.maximum(x, torch.zeros_like(x)))


# %% safe_sqrt | misconception | epsilon-added
why = "An added constant changes every small result."
next = "print(safe_sqrt(torch.tensor([1e-8, 0.])))"


def when(seen, want):
    return seen.result.dtype == want.dtype and ((seen.result.values - want).abs() < 0.1)[seen.result.values != want].any()


# %% safe_sqrt | wrong: epsilon-added | 1e-8
def safe_sqrt(x):
    return (x.clamp(min=0) + 1e-8).sqrt()


# %% safe_sqrt | wrong: epsilon-added | 1e-12
def safe_sqrt(x):
    return torch.sqrt(torch.relu(x) + 1e-12)


# %% safe_sqrt | wrong: epsilon-added | clamp to epsilon
def safe_sqrt(x):
    return x.clamp(min=1e-10).sqrt()


# %% safe_sqrt | wrong: epsilon-added | inside where
def safe_sqrt(x):
    return torch.where(x > 0, (x.clamp(min=0) + 1e-8).sqrt(), 0)


# %% safe_sqrt | wrong | root-of-the-size, abs
def safe_sqrt(x):
    return x.abs().sqrt()


# %% safe_sqrt | wrong | no-gradient, detached
def safe_sqrt(x):
    return x.detach().clamp(min=0).sqrt()


# %% second_derivative | right | torch.func twice
def second_derivative(f, x):
    total = lambda t: f(t).sum()
    first = lambda t: torch.func.grad(total)(t).sum()
    return torch.func.grad(first)(x.detach())


# %% second_derivative | right | diagonal of the Hessian
def second_derivative(f, x):
    H = torch.autograd.functional.hessian(lambda t: f(t).sum(), x.detach())
    n = x.numel()
    return H.reshape(n, n).diagonal().reshape(x.shape)


# %% second_derivative | right | two backward passes with create_graph
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward(create_graph=True)
    first = z.grad
    z.grad = None
    if first.requires_grad:
        first.sum().backward()
    return torch.zeros_like(x.detach()) if z.grad is None else z.grad.detach()


# %% second_derivative | right | something added that has a second derivative
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    g, = torch.autograd.grad((f(z) + z * z).sum(), z, create_graph=True)
    return torch.autograd.grad(g.sum(), z)[0] - 2


# %% second_derivative | right | forward over forward
def second_derivative(f, x):
    one = torch.ones_like(x.detach())
    first = lambda t: torch.func.jvp(f, (t,), (one,))[1]
    second = torch.func.jvp(first, (x.detach(),), (one,))[1]
    print(second)
    return second


# %% second_derivative | misconception | straight-line
why = "The slope of a straight line does not depend on x; its derivative is zero, not an error."


# %% second_derivative | wrong: straight-line | no special case
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    g, = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    return torch.autograd.grad(g.sum(), z)[0]


# %% second_derivative | wrong: straight-line | backward
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward(create_graph=True)
    g = z.grad
    z.grad = None
    g.sum().backward()
    return z.grad


# %% second_derivative | wrong: straight-line | returns the slope for a line
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_(True)
    (g,) = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if not g.requires_grad:
        return g.detach()
    return torch.autograd.grad(g.sum(), z)[0].detach()


# %% second_derivative | misconception | no-create-graph
why = "To differentiate a gradient it must be recorded: create_graph=True."


# %% second_derivative | wrong: no-create-graph | autograd.grad
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    g, = torch.autograd.grad(f(z).sum(), z)
    return torch.autograd.grad(g.sum(), z)[0]


# %% second_derivative | wrong: no-create-graph | retain_graph
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward(retain_graph=True)
    z.grad.sum().backward()
    return z.grad


# %% second_derivative | wrong: no-create-graph | zeros instead of an error
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    g, = torch.autograd.grad(f(z).sum(), z)
    if not g.requires_grad:
        return torch.zeros_like(g)
    return torch.autograd.grad(g.sum(), z)[0]


# %% second_derivative | misconception | added-to-the-first
why = ".grad accumulates: clear it between the passes or use torch.autograd.grad."


# %% second_derivative | wrong: added-to-the-first | two backwards
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward(create_graph=True)
    z.grad.sum().backward()
    return z.grad


# %% second_derivative | wrong: added-to-the-first | detached
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward(create_graph=True)
    if z.grad.requires_grad:
        z.grad.sum().backward()
    else:
        return torch.zeros_like(z).detach()
    return z.grad.detach().clone()


# %% second_derivative | misconception | square-of-the-first
why = "The second derivative is the derivative of the first, not its square."


# %% second_derivative | wrong: square-of-the-first | g ** 2
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward()
    return z.grad ** 2


# %% second_derivative | wrong: square-of-the-first | g * g with history
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    g, = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    return g * g


# %% second_derivative | misconception | first-derivative
why = "This is the first derivative: its derivative is asked for."


# %% second_derivative | wrong: first-derivative | once only
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(z).sum(), z)[0]


# %% second_derivative | wrong | by-differences, central
def second_derivative(f, x):
    z, h = x.detach().double(), 1e-4
    return ((f(z + h) - 2 * f(z) + f(z - h)) / h ** 2).to(x.dtype)


# %% Square | right | setup_context
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x ** 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * x * 2


# %% Square | right | without staticmethod
class Square(torch.autograd.Function):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        print("forward")
        return x.square()

    def backward(ctx, grad_output):
        return grad_output * (2 * ctx.saved_tensors[0])


# %% Square | right | sum of two products
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values):
        ctx.save_for_backward(values)
        return torch.mul(values, values)

    @staticmethod
    def backward(ctx, incoming):
        values, = ctx.saved_tensors
        return values * incoming + incoming * values


# %% Square | right | backward through autograd
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        with torch.enable_grad():
            factor = x + x
        return torch.mul(factor, grad)


# %% Square | misconception | backward-not-differentiable
why = "The factor 2x depends on x: backward must be recorded as well."


# %% Square | wrong: backward-not-differentiable | detach
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return 2 * x.detach() * grad


# %% Square | wrong: backward-not-differentiable | no_grad
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        with torch.no_grad():
            return 2 * x * grad


# %% Square | wrong: backward-not-differentiable | once_differentiable
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return 2 * x * grad


# %% Square | wrong: backward-not-differentiable | a clone is saved
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x.clone())
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return 2 * x * grad


# %% Square | wrong: backward-not-differentiable | twice x is saved
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(2 * x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return ctx.saved_tensors[0] * grad


# %% Square | wrong: backward-not-differentiable | data
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return 2 * x.data * grad


# %% Square | misconception | kept-on-ctx
why = "save_for_backward lets autograd notice when the tensor has changed; an attribute does not."


# %% Square | wrong: kept-on-ctx | ctx.x
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * ctx.x * grad


# %% Square | wrong: kept-on-ctx | in setup_context
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.kept = inputs[0]

    @staticmethod
    def backward(ctx, grad):
        return grad * 2 * ctx.kept


# %% Square | misconception | incoming-gradient-ignored
why = "backward receives the gradient of what comes after; multiply by it."


# %% Square | wrong: incoming-gradient-ignored | 2x
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return 2 * x


# %% Square | wrong: incoming-gradient-ignored | with setup_context
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx, grad):
        return ctx.saved_tensors[0] * 2.0


# %% Square | misconception | from-the-result
why = "The square has forgotten the sign of x: save the input."


# %% Square | wrong: from-the-result | saved result
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * x
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        y, = ctx.saved_tensors
        return 2 * y.sqrt() * grad


# %% Square | wrong: from-the-result | power
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x ** 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, grad):
        y, = ctx.saved_tensors
        return grad * 2 * y ** 0.5


# %% Square | wrong | incoming-overwritten, mul_
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return grad.mul_(2 * x)


# %% Square | wrong | factor-forgotten, x times grad
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return x * grad


# %% numerical_gradient | right | rows of a unit matrix
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().to(torch.float64)
    n = base.numel()
    slopes = []
    for row in torch.eye(n, dtype=torch.float64):
        e = h * row.reshape(x.shape)
        slopes.append(((f(base + e) - f(base - e)) / (2 * h)).item())
    return torch.tensor(slopes, dtype=torch.float64).reshape(x.shape)


# %% numerical_gradient | right | in place on a contiguous copy
def numerical_gradient(f, x, h=1e-5):
    work = torch.tensor(x.tolist(), dtype=torch.float64).reshape(x.shape)
    flat = work.view(-1)
    result = torch.zeros_like(work)
    for i in range(work.numel()):
        kept = flat[i].item()
        flat[i] = kept + h
        above = float(f(work))
        flat[i] = kept - h
        below = float(f(work))
        flat[i] = kept
        result.view(-1)[i] = (above - below) / (2 * h)
    return result


# %% numerical_gradient | right | numpy
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().numpy().astype(np.float64)
    slopes = np.zeros_like(base)
    for index in np.ndindex(*base.shape):
        up, down = base.copy(), base.copy()
        up[index] += h
        down[index] -= h
        slopes[index] = (f(torch.from_numpy(up)).item() - f(torch.from_numpy(down)).item()) / (2 * h)
    print(slopes)
    return torch.from_numpy(slopes)


# %% numerical_gradient | right | clone for each entry, layout kept
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double().clone()
    result = torch.zeros_like(base)
    for i in np.ndindex(*base.shape):
        z = base.clone()
        z[i] += h
        up = f(z)
        z = base.clone()
        z[i] -= h
        result[i] = ((up - f(z)) / (2 * h)).detach()
    return result


# %% numerical_gradient | misconception | one-sided
why = "Step to both sides and divide by 2h."


# %% numerical_gradient | wrong: one-sided | forward
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = ((f(base + e) - f(base)) / h).detach()
    return result


# %% numerical_gradient | wrong: one-sided | backward
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = ((f(base) - f(base - e)) / h).detach()
    return result


# %% numerical_gradient | misconception | double-is-not-a-copy
why = "double() returns the same tensor if there is nothing to convert: clone before writing."


def when(seen, want):
    return "leaf Variable" in seen.raised.message if seen.raised else seen.after["x"] != seen.arguments["x"]


# %% numerical_gradient | wrong: double-is-not-a-copy | detached
def numerical_gradient(f, x, h=1e-5):
    z = x.detach().double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        kept = z[i].item()
        z[i] = kept + h
        above = f(z).item()
        z[i] = kept - h
        below = f(z).item()
        z[i] = kept
        result[i] = (above - below) / (2 * h)
    return result


# %% numerical_gradient | wrong: double-is-not-a-copy | steps there and back
def numerical_gradient(f, x, h=1e-5):
    z = x.data.to(torch.float64)
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        z[i] += h
        above = f(z).item()
        z[i] -= 2 * h
        below = f(z).item()
        z[i] += h
        result[i] = (above - below) / (2 * h)
    return result


# %% numerical_gradient | wrong: double-is-not-a-copy | data
def numerical_gradient(f, x, h=1e-5):
    z = x.data.double()
    out = torch.empty(x.shape, dtype=torch.float64)
    for idx in np.ndindex(*x.shape):
        keep = float(z[idx])
        z[idx] = keep + h
        up = float(f(z))
        z[idx] = keep - h
        out[idx] = (up - float(f(z))) / (2 * h)
        z[idx] = keep
    return out


# %% numerical_gradient | misconception | lost-in-a-copy
why = "reshape gives a view only if it can: step in the tensor that f gets."


def when(seen, want):
    return not seen.result.values.any() and not seen.arguments["x"].is_contiguous


# %% numerical_gradient | wrong: lost-in-a-copy | reshape of a clone
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double().clone()
    flat = base.reshape(-1)
    result = torch.zeros(x.numel(), dtype=torch.float64)
    for i in range(x.numel()):
        kept = flat[i].item()
        flat[i] = kept + h
        above = f(base).item()
        flat[i] = kept - h
        below = f(base).item()
        flat[i] = kept
        result[i] = (above - below) / (2 * h)
    return result.reshape(x.shape)


# %% numerical_gradient | wrong: lost-in-a-copy | flatten of the clone
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().to(torch.float64, copy=True)
    result = torch.zeros_like(base).reshape(-1)
    for i in range(base.numel()):
        flat = base.flatten() if base.dim() and not base.is_contiguous() else base.view(-1)
        flat[i] += h
        above = f(base).item()
        flat[i] -= 2 * h
        below = f(base).item()
        flat[i] += h
        result[i] = (above - below) / (2 * h)
    return result.reshape(x.shape)


# %% numerical_gradient | misconception | float32-differences
why = "Convert x to float64 before stepping."


def when(seen, want):
    return (
        seen.arguments["x"].dtype == torch.float32
            and ("dtype" in seen.raised.message if seen.raised else seen.result.dtype == torch.float32 or "h" not in seen.arguments)
    )


# %% numerical_gradient | wrong: float32-differences | no conversion
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().clone()
    result = torch.zeros_like(base)
    for i in np.ndindex(*base.shape):
        e = torch.zeros_like(base)
        e[i] = h
        result[i] = ((f(base + e) - f(base - e)) / (2 * h)).detach()
    return result


# %% numerical_gradient | wrong: float32-differences | converted at the end
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().clone()
    slopes = []
    for i in np.ndindex(*base.shape):
        up, down = base.clone(), base.clone()
        up[i] += h
        down[i] -= h
        slopes.append(((f(up) - f(down)) / (2 * h)).item())
    return torch.tensor(slopes, dtype=torch.float64).reshape(x.shape)


# %% numerical_gradient | wrong | autograd-instead, exact derivative
def numerical_gradient(f, x, h=1e-5):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.grad(f(z), z)[0]


# %% numerical_gradient | wrong | history-kept, stacked results of f
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = []
    for row in torch.eye(x.numel(), dtype=torch.float64):
        e = h * row.reshape(x.shape)
        slopes.append((f(base + e) - f(base - e)) / (2 * h))
    if not slopes:
        return torch.zeros(x.shape, dtype=torch.float64)
    return torch.stack(slopes).reshape(x.shape)


# %% passes_gradcheck | right | exception caught
def passes_gradcheck(fn, x):
    z = torch.tensor(x.tolist(), dtype=torch.float64, requires_grad=True)
    try:
        return torch.autograd.gradcheck(fn, z)
    except RuntimeError:
        return False


# %% passes_gradcheck | right | Jacobians compared by hand
def passes_gradcheck(fn, x):
    z = x.detach().double().clone()
    J = torch.autograd.functional.jacobian(fn, z).reshape(-1, z.numel())
    columns = []
    for row in torch.eye(z.numel(), dtype=torch.float64):
        e = 1e-6 * row.reshape(z.shape)
        with torch.no_grad():
            columns.append(((fn(z + e) - fn(z - e)) / 2e-6).reshape(-1))
    numeric = torch.stack(columns, dim=1)
    print((J - numeric).abs().max())
    return bool(torch.allclose(J, numeric, rtol=1e-3, atol=1e-5))


# %% passes_gradcheck | right | fast mode off, own tolerances
def passes_gradcheck(fn, x):
    own = x.detach().to(torch.float64, copy=True)
    own.requires_grad = True
    return bool(torch.autograd.gradcheck(fn, [own], eps=1e-6, atol=1e-6, rtol=1e-3, raise_exception=False))


# %% passes_gradcheck | right | torch.func
def passes_gradcheck(fn, x):
    z = x.detach().double().contiguous()
    y, back = torch.func.vjp(fn, z)
    n = y.numel()
    rows = [back(e.reshape(y.shape))[0].reshape(-1) for e in torch.eye(n, dtype=torch.float64)]
    exact = torch.stack(rows)
    good = True
    for j in range(z.numel()):
        e = torch.zeros(z.numel(), dtype=torch.float64)
        e[j] = 1e-6
        e = e.reshape(z.shape)
        slope = (fn(z + e) - fn(z - e)).reshape(-1) / 2e-6
        good = good and torch.allclose(exact[:, j], slope, rtol=1e-3, atol=1e-6)
    return good


# %% passes_gradcheck | misconception | float32-input
why = "gradcheck needs float64: convert a copy of x."


def when(seen, want):
    return seen.arguments["x"].dtype == torch.float32 and seen.value is False and want is True


# %% passes_gradcheck | wrong: float32-input | dtype kept
def passes_gradcheck(fn, x):
    z = x.detach().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), raise_exception=False)


# %% passes_gradcheck | wrong: float32-input | float()
def passes_gradcheck(fn, x):
    z = x.detach().float().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, z, raise_exception=False)


# %% passes_gradcheck | misconception | no-input-requires-grad
why = "The copy has to require grad."


def when(seen, want):
    return "to require gradient" in seen.raised.message


# %% passes_gradcheck | wrong: no-input-requires-grad | double only
def passes_gradcheck(fn, x):
    return torch.autograd.gradcheck(fn, (x.double(),), raise_exception=False)


# %% passes_gradcheck | wrong: no-input-requires-grad | detached
def passes_gradcheck(fn, x):
    return torch.autograd.gradcheck(fn, (x.detach().double().clone(),), raise_exception=False)


# %% passes_gradcheck | misconception | exception-instead-of-false
why = "A wrong backward is the answer False."
link = "https://docs.pytorch.org/docs/2.13/generated/torch.autograd.gradcheck.gradcheck.html"


def when(seen, want):
    return seen.raised.type_name.rpartition(".")[2] in ("AssertionError", "GradcheckError")


# %% passes_gradcheck | wrong: exception-instead-of-false | no option
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,))


# %% passes_gradcheck | wrong: exception-instead-of-false | option True
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), raise_exception=True)


# %% passes_gradcheck | wrong: exception-instead-of-false | assertion of its own
def passes_gradcheck(fn, x):
    z = x.detach().clone().double().requires_grad_(True)
    assert torch.autograd.gradcheck(fn, (z,), raise_exception=False), "backward is wrong"
    return True


# %% passes_gradcheck | misconception | checked-through-the-sum
why = "After sum the incoming gradient is all ones: test every output on its own."


# %% passes_gradcheck | wrong: checked-through-the-sum | by hand
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    total = fn(z).sum()
    if not total.requires_grad:
        return False
    exact, = torch.autograd.grad(total, z)
    for i in np.ndindex(*z.shape):
        e = torch.zeros_like(z).detach()
        e[i] = 1e-6
        slope = (fn(z + e).sum() - fn(z - e).sum()).item() / 2e-6
        if abs(slope - exact[i].item()) > 1e-5 + 1e-3 * abs(slope):
            return False
    return True


# %% passes_gradcheck | wrong: checked-through-the-sum | gradcheck of the sum
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(lambda t: fn(t).sum(), z, raise_exception=False)


# %% passes_gradcheck | wrong | too-patient, ten percent allowed
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), rtol=0.1, atol=0.1, raise_exception=False)


# %% passes_gradcheck | wrong | tensor-for-bool, a 0-d tensor
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.tensor(torch.autograd.gradcheck(fn, (z,), raise_exception=False))


# %% passes_gradcheck | wrong | always-true, optimist
def passes_gradcheck(fn, x):
    return True


# %% clip_hook | right | maximum and minimum
def clip_hook(t, c):
    def limit(grad):
        print("arrives:", grad)
        bound = torch.full_like(grad, c)
        return torch.minimum(torch.maximum(grad, -bound), bound)
    return t.register_hook(limit)


# %% clip_hook | right | partial
def clip_hook(t, c):
    import functools
    return t.register_hook(functools.partial(torch.clamp, min=-c, max=c))


# %% clip_hook | right | where
def clip_hook(t, c):
    return t.register_hook(lambda g: torch.where(g.abs() > c, c * g.sign(), g))


# %% clip_hook | right | clone, then in place, handle of its own
class Handle:
    def __init__(self, inner):
        self.inner = inner

    def remove(self):
        self.inner.remove()


def clip_hook(t, c):
    def limit(grad):
        new = grad.clone()
        new.clamp_(-c, c)
        return new
    return Handle(t.register_hook(limit))


# %% clip_hook | misconception | clamp-in-place
why = "A hook must not change its argument: return a new tensor."


def when(seen, want):
    return seen.after["v"] != seen.arguments["v"]


# %% clip_hook | wrong: clamp-in-place | clamp_
def clip_hook(t, c):
    return t.register_hook(lambda g: g.clamp_(-c, c))


# %% clip_hook | wrong: clamp-in-place | masked assignment
def clip_hook(t, c):
    def limit(g):
        g[g > c] = c
        g[g < -c] = -c
        return g
    return t.register_hook(limit)


# %% clip_hook | wrong: clamp-in-place | nothing returned either
def clip_hook(t, c):
    def limit(g):
        g.clamp_(-c, c)
    return t.register_hook(limit)


# %% clip_hook | misconception | leaf-only-hook
why = "Limit what arrives, with register_hook, not what has been collected."


def when(seen, want):
    return "post accumulate" in seen.raised.message


# %% clip_hook | wrong: leaf-only-hook | new .grad
def clip_hook(t, c):
    def limit(p):
        p.grad = p.grad.clamp(-c, c)
    return t.register_post_accumulate_grad_hook(limit)


# %% clip_hook | wrong: leaf-only-hook | .grad in place
def clip_hook(t, c):
    def limit(p):
        p.grad.clamp_(-c, c)
    return t.register_post_accumulate_grad_hook(limit)


# %% clip_hook | misconception | nothing-returned
why = "The hook has to return the new gradient."


# %% clip_hook | wrong: nothing-returned | assigned to the name
def clip_hook(t, c):
    def limit(g):
        g = g.clamp(-c, c)
    return t.register_hook(limit)


# %% clip_hook | wrong: nothing-returned | result thrown away
def clip_hook(t, c):
    def limit(g):
        torch.clamp(g, -c, c)
        return None
    return t.register_hook(limit)


# %% clip_hook | misconception | norm-instead-of-entries
why = "Each entry on its own."


# %% clip_hook | wrong: norm-instead-of-entries | always
def clip_hook(t, c):
    return t.register_hook(lambda g: g * (c / g.norm()))


# %% clip_hook | wrong: norm-instead-of-entries | if too long
def clip_hook(t, c):
    return t.register_hook(lambda g: g * (c / g.norm()) if g.norm() > c else g)


# %% clip_hook | wrong: norm-instead-of-entries | like clip_grad_norm_
def clip_hook(t, c):
    def limit(g):
        factor = torch.clamp(c / (g.norm() + 1e-6), max=1.0)
        return g * factor
    return t.register_hook(limit)


# %% clip_hook | wrong | one-sided-limit, from above only
def clip_hook(t, c):
    return t.register_hook(lambda g: g.clamp(max=c))


# %% clip_hook | wrong | no-handle, hook thrown away
def clip_hook(t, c):
    t.register_hook(lambda g: g.clamp(-c, c))
    return t


# %% floored_softmax | right | torch.softmax over all entries
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    return torch.where(p < floor, torch.zeros_like(p), p)


# %% floored_softmax | right | logsumexp
def floored_softmax(x, floor):
    p = (x - torch.logsumexp(x.flatten(), 0)).exp()
    return p * (p >= floor)


# %% floored_softmax | right | writing into the quotient
def floored_softmax(x, floor):
    e = (x - x.detach().max()).exp()
    p = e / e.sum()
    p[p < floor] = 0
    return p


# %% floored_softmax | right | a clone of e is divided
def floored_softmax(x, floor):
    e = torch.exp(x - x.max())
    p = e.clone()
    p /= e.sum()
    print(p)
    return p.masked_fill(p < floor, 0)


# %% floored_softmax | right | x cloned, the rest new
def floored_softmax(x, floor):
    x = x.clone()
    e = (x - x.max().data).exp()
    p = e / e.sum()
    return torch.where(p >= floor, p, 0.0)


# %% floored_softmax | misconception | data-silences-the-error
why = ".data hides the change from autograd: no error is not the same as no mistake."


def when(seen, want):
    return "written through" in seen.printed and not seen.raised and not seen.backward_raised


# %% floored_softmax | wrong: data-silences-the-error | e.data
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    e.data /= e.data.sum()
    e.data[e.data < floor] = 0
    return e


# %% floored_softmax | wrong: data-silences-the-error | then where
def floored_softmax(x, floor):
    e = (x - x.max().detach()).exp()
    e.data /= e.data.sum()
    return torch.where(e < floor, 0, e)


# %% floored_softmax | wrong: data-silences-the-error | softmax
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    p.data[p.data < floor] = 0
    return p


# %% floored_softmax | wrong: data-silences-the-error | numpy view
def floored_softmax(x, floor):
    e = torch.exp(x - x.max())
    a = e.detach().numpy()
    a /= a.sum()
    return torch.where(e < floor, torch.zeros_like(e), e)


# %% floored_softmax | misconception | clone-at-the-start
why = "Copying the input does not help the intermediate results."


def when(seen, want):
    return "x was copied" in seen.printed and "inplace" in seen.backward_raised.message


# %% floored_softmax | wrong: clone-at-the-start | x.clone()
def floored_softmax(x, floor):
    x = x.clone()
    x -= x.max()
    e = x.exp()
    e /= e.sum()
    e[e < floor] = 0
    return e


# %% floored_softmax | wrong: clone-at-the-start | torch.clone
def floored_softmax(x, floor):
    y = torch.clone(x)
    y -= y.max()
    e = torch.exp(y)
    e /= e.sum()
    e[e < floor] = 0
    return e


# %% floored_softmax | misconception | exp-result-overwritten
why = "exp and softmax keep their result for backward: make a new tensor instead of writing into it."


def when(seen, want):
    return "inplace" in seen.backward_raised.message


# %% floored_softmax | wrong: exp-result-overwritten | e /= e.sum()
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    e /= e.sum()
    return torch.where(e < floor, 0, e)


# %% floored_softmax | wrong: exp-result-overwritten | softmax written into
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    p[p < floor] = 0
    return p


# %% floored_softmax | wrong: exp-result-overwritten | in place to the end
def floored_softmax(x, floor):
    e = torch.exp(x - x.max())
    e /= e.sum()
    e[e < floor] = 0
    return e


# %% floored_softmax | misconception | sum-as-a-constant
why = "The sum depends on x as well."


# %% floored_softmax | wrong: sum-as-a-constant | detach
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    p = e / e.sum().detach()
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: sum-as-a-constant | item
def floored_softmax(x, floor):
    e = (x - x.max().item()).exp()
    p = e / e.sum().item()
    return p * (p >= floor)


# %% floored_softmax | wrong: sum-as-a-constant | no_grad
def floored_softmax(x, floor):
    with torch.no_grad():
        e = (x - x.max()).exp()
        e /= e.sum()
        e[e < floor] = 0
    return e


# %% floored_softmax | wrong: sum-as-a-constant | data of e
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    p = e / e.data.sum()
    return torch.where(p < floor, 0, p)


# %% floored_softmax | misconception | caller-s-tensor-overwritten
why = "x -= ... writes into the caller's tensor: make a new one."


def when(seen, want):
    return "leaf Variable" in seen.raised.message if seen.raised else seen.after["x"].data != seen.arguments["x"].data


# %% floored_softmax | wrong: caller-s-tensor-overwritten | as it was
def floored_softmax(x, floor):
    x -= x.max()
    e = x.exp()
    e /= e.sum()
    e[e < floor] = 0
    return e


# %% floored_softmax | wrong | overflow, no maximum
def floored_softmax(x, floor):
    p = x.exp() / x.exp().sum()
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong | normalised-again, shares add up to 1
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    p = torch.where(p < floor, 0, p)
    return p / p.sum()


# %% floored_softmax | wrong | along-one-axis, softmax of rows
def floored_softmax(x, floor):
    p = torch.softmax(x, dim=-1)
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong | small-shares-dropped, nothing below 1e-3 is kept
def floored_softmax(x, floor):
    share = torch.softmax(x.reshape(-1), 0).reshape(x.shape)
    return torch.where(share < max(floor, 1e-3), 0.0, share)


# %% jacobian | right | is_grads_batched
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    eye = torch.eye(y.numel(), dtype=y.dtype).reshape(y.numel(), *y.shape)
    J, = torch.autograd.grad(y, z, eye, is_grads_batched=True)
    return J.reshape(y.shape + x.shape)


# %% jacobian | right | vmap over vjp
def jacobian(f, x):
    y, back = torch.func.vjp(f, x.detach())
    eye = torch.eye(y.numel(), dtype=y.dtype).reshape(-1, *y.shape)
    return torch.func.vmap(back)(eye)[0].reshape(y.shape + x.shape)


# %% jacobian | right | column by column with jvp
def jacobian(f, x):
    x = x.detach()
    columns = []
    for e in torch.eye(x.numel(), dtype=x.dtype):
        y, column = torch.func.jvp(f, (x,), (e.reshape(x.shape),))
        columns.append(column)
    return torch.stack(columns, dim=-1).reshape(y.shape + x.shape)


# %% jacobian | right | filled entry by entry
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    J = torch.zeros(y.shape + x.shape, dtype=x.dtype)
    for index in np.ndindex(*y.shape):
        z.grad = None
        y[index].backward(retain_graph=True)
        J[index] = z.grad
    print(J.shape)
    return J


# %% jacobian | right | a fresh graph for each row
def jacobian(f, x):
    shape = f(x.detach()).shape
    rows = []
    for i in range(int(np.prod(shape))):
        z = torch.tensor(x.tolist(), dtype=x.dtype, requires_grad=True)
        f(z).reshape(-1)[i].backward()
        rows.append(z.grad)
    return torch.stack(rows).reshape(shape + x.shape)


# %% jacobian | misconception | graph-used-up
why = "Keep the graph until the last row."


def when(seen, want):
    return "a second time" in seen.raised.message


# %% jacobian | wrong: graph-used-up | autograd.grad
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z)[0] for yi in y.reshape(-1)]
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: graph-used-up | backward
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for yi in y.flatten():
        z.grad = None
        yi.backward()
        rows.append(z.grad)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | misconception | gradient-of-the-sum
why = "One backward pass per output: each output is a row."


# %% jacobian | wrong: gradient-of-the-sum | backward
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward()
    return z.grad


# %% jacobian | wrong: gradient-of-the-sum | ones
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    return torch.autograd.grad(y, z, torch.ones_like(y))[0]


# %% jacobian | misconception | rows-pile-up
why = ".grad accumulates and is one tensor: use torch.autograd.grad, or clear it and clone."


# %% jacobian | wrong: rows-pile-up | not cleared
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for yi in y.reshape(-1):
        yi.backward(retain_graph=True)
        rows.append(z.grad.clone())
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | listed itself
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for yi in y.reshape(-1):
        yi.backward(retain_graph=True)
        rows.append(z.grad)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | zero_ and listed
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for yi in y.reshape(-1):
        if z.grad is not None:
            z.grad.zero_()
        yi.backward(retain_graph=True)
        rows.append(z.grad)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | misconception | always-a-matrix
why = "The shape is f(x).shape + x.shape: outputs first."


# %% jacobian | wrong: always-a-matrix | outputs by inputs
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z, retain_graph=True)[0].reshape(-1) for yi in y.reshape(-1)]
    return torch.stack(rows)


# %% jacobian | wrong: always-a-matrix | rows stacked
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z, retain_graph=True)[0] for yi in y.reshape(-1)]
    return torch.stack(rows)


# %% jacobian | misconception | inputs-first
why = "The shape is f(x).shape + x.shape: outputs first."


# %% jacobian | wrong: inputs-first | dim=1
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z, retain_graph=True)[0] for yi in y.reshape(-1)]
    return torch.stack(rows, dim=1)


# %% jacobian | wrong: inputs-first | shape of x first
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z, retain_graph=True)[0].reshape(-1) for yi in y.reshape(-1)]
    return torch.stack(rows, dim=1).reshape(x.shape + y.shape)


# %% jacobian | wrong | switched-off-function, functional.jacobian
def jacobian(f, x):
    return torch.autograd.functional.jacobian(f, x.detach())


# %% jacobian | wrong | history-kept, create_graph
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z, create_graph=True)[0] for yi in y.reshape(-1)]
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong | by-differences, central
def jacobian(f, x):
    z, h = x.detach().double(), 1e-4
    columns = [(f(z.to(x.dtype) + h * e.reshape(x.shape)) - f(z.to(x.dtype) - h * e.reshape(x.shape))) / (2 * h) for e in torch.eye(x.numel(), dtype=x.dtype)]
    return torch.stack(columns, dim=-1).reshape(columns[0].shape + x.shape)
