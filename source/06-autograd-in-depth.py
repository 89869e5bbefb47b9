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


# %% sgd_step_ | right | through detach, which counts the write
def sgd_step_(w, lr):
    if w.grad is not None:
        w.detach().sub_(w.grad.detach() * lr)
    return w


# %% sgd_step_ | misconception | leaf-in-place
why = "The update is not part of the loss: make it under torch.no_grad()."
next = "`w = leaf([1., 2.]); v = w.detach(); v -= 0.1; print(w)` raises nothing: the same memory, outside the graph."


def when(seen, want):
    return seen.raised is not None and "leaf Variable that requires grad" in seen.raised.message


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


# %% sgd_step_ | wrong: leaf-in-place | add_
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    return w.add_(w.grad, alpha=-lr)


# %% sgd_step_ | wrong: leaf-in-place | index assignment
def sgd_step_(w, lr):
    if w.grad is not None:
        w[...] = w - lr * w.grad
    return w


# %% sgd_step_ | wrong: leaf-in-place | copy_
def sgd_step_(w, lr):
    if w.grad is not None:
        w.copy_(w.detach() - lr * w.grad)
    return w


# %% sgd_step_ | misconception | memory-swapped
why = "Tensors that share memory with the parameter must see the step: write into it instead of giving it other memory."
next = "`w = leaf([1., 2.], grad=[2., 4.]); v = w.detach(); sgd_step_(w, 0.1); print(v)` shows the old numbers."


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


# %% sgd_step_ | wrong: memory-swapped | data assigned, through a name
# breaks: "in its own memory"
def sgd_step_(w, lr):
    g = w.grad
    if g is None:
        return w
    new = w.detach().clone()
    new -= lr * g
    w.data = new
    return w


# %% sgd_step_ | wrong: memory-swapped | data assigned under no_grad
# breaks: "Tensors that share memory with `w` see the step"
def sgd_step_(w, lr):
    with torch.no_grad():
        if w.grad is not None:
            w.data = w - w.grad * lr
    return w


# %% sgd_step_ | wrong: memory-swapped | data from NumPy
def sgd_step_(w, lr):
    if w.grad is not None:
        w.data = torch.as_tensor(w.detach().numpy() - lr * w.grad.numpy())
    return w


# %% sgd_step_ | misconception | leaf-lost
why = "w = ... gives the name to a new tensor; the parameter itself has to change: w -= ... or w.sub_(...)."
next = "w = leaf([1., 2.], grad=[2., 4.]); print(sgd_step_(w, 0.1) is w, w)"


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


# %% sgd_step_ | wrong: leaf-lost | clone
# breaks: "return `w` itself: still the same leaf, still requiring grad"
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    stepped = w.clone()
    stepped = stepped - lr * w.grad
    return stepped


# %% sgd_step_ | wrong: leaf-lost | new leaf under no_grad
def sgd_step_(w, lr):
    if w.grad is not None:
        gradient = w.grad
        with torch.no_grad():
            w = w - lr * gradient
        w.requires_grad_(True)
    return w


# %% sgd_step_ | wrong: leaf-lost | torch.sub
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    return torch.sub(w, w.grad, alpha=lr)


# %% sgd_step_ | misconception | behind-autograd-s-back
why = ".data and NumPy hide the change from autograd: write under no_grad or through detach(), which count it."
next = "`w = leaf([1., 2.], grad=[2., 4.]); n = w._version; sgd_step_(w, 0.1); print(w._version - n)` prints 0: not counted."


def when(seen, want):
    before, after = seen.arguments["w"], seen.after["w"]
    return seen.kept_memory["w"] and after.version == before.version and after.data != before.data


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


# %% sgd_step_ | wrong: behind-autograd-s-back | data.add_
# breaks: "Autograd must be able to notice the change"
def sgd_step_(w, lr):
    if w.grad is not None:
        w.data.add_(-lr * w.grad)
    return w


# %% sgd_step_ | wrong: behind-autograd-s-back | data in a slice
# breaks: "recorded before the step that still needs the old values has to raise an error in backward, and not use the new ones"
def sgd_step_(w, lr):
    if w.grad is not None:
        w.data[...] = w.data - lr * w.grad
    return w


# %% sgd_step_ | wrong: behind-autograd-s-back | data.copy_
def sgd_step_(w, lr):
    if w.grad is not None:
        new = w.detach() - lr * w.grad
        w.data.copy_(new)
    return w


# %% sgd_step_ | misconception | gradient-changed
why = "The step only reads the gradient: it must not clear .grad, write into it or replace it."
next = "`w = leaf([1., 2.], grad=[2., 4.]); g = w.grad; n = g._version; sgd_step_(w, 0.1); print(w.grad is g, g._version - n)` prints True 0 if the step only reads."


def when(seen, want):
    before, after = seen.arguments["w"].grad, seen.after["w"].grad
    return "sgd_step_" not in seen.arguments and before is not None and after != before


# %% sgd_step_ | wrong: gradient-changed | None afterwards
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w -= lr * w.grad
        w.grad = None
    return w


# %% sgd_step_ | wrong: gradient-changed | zero_
# breaks: "its `.grad` the same object with the same values as before"
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w -= lr * w.grad
        w.grad.zero_()
    return w


# %% sgd_step_ | wrong: gradient-changed | scaled in place
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w.sub_(w.grad.mul_(lr))
    return w


# %% sgd_step_ | wrong: gradient-changed | scaled and back
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w.grad *= lr
            w -= w.grad
            w.grad /= lr
    return w


# %% sgd_step_ | wrong: gradient-changed | zero_grad of the optimizer
def sgd_step_(w, lr):
    opt = torch.optim.SGD([w], lr)
    opt.step()
    opt.zero_grad()
    return w


# %% sgd_step_ | wrong: gradient-changed | another object
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w -= lr * w.grad
        w.grad = w.grad.clone()
    return w


# %% sgd_step_ | misconception | none-forgotten
why = "Before the first backward pass .grad is None: then there is no step to make."
next = "print(leaf([1., 2.]).grad)"


def when(seen, want):
    return seen.raised is not None and "NoneType" in seen.raised.message and seen.arguments["w"].grad is None


# %% sgd_step_ | wrong: none-forgotten | no gradient is an error
def sgd_step_(w, lr):
    with torch.no_grad():
        w -= lr * w.grad
    return w


# %% sgd_step_ | wrong: none-forgotten | alpha
# breaks: "If `w.grad` is `None`, nothing changes"
def sgd_step_(w, lr):
    with torch.no_grad():
        w.sub_(w.grad, alpha=lr)
    return w


# %% sgd_step_ | wrong: none-forgotten | detached
def sgd_step_(w, lr):
    w.detach().sub_(lr * w.grad)
    return w


# %% sgd_step_ | wrong: none-forgotten | minus lr
def sgd_step_(w, lr):
    with torch.no_grad():
        w += -lr * w.grad
    return w


# %% sgd_step_ | wrong: none-forgotten | copy_
def sgd_step_(w, lr):
    with torch.no_grad():
        w.copy_(w - w.grad * lr)
    return w


# %% sgd_step_ | misconception | uphill
why = "The gradient points uphill, and the step goes down: subtract it."
next = "`w = leaf([1., 2.], grad=[2., 4.]); print(sgd_step_(w, 0.1))`: a gradient above 0 has to make w smaller."


# %% sgd_step_ | wrong: uphill | adds the gradient
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w += lr * w.grad
    return w


# %% sgd_step_ | wrong: uphill | add_
# breaks: "Subtract `lr` times its gradient from it"
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w.add_(w.grad, alpha=lr)
    return w


# %% sgd_step_ | wrong: uphill | two minuses
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w -= -lr * w.grad
    return w


# %% sgd_step_ | wrong: uphill | copy_
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    with torch.no_grad():
        w.copy_(w + lr * w.grad)
    return w


# %% sgd_step_ | wrong: uphill | through a detached name
def sgd_step_(w, lr):
    if w.grad is not None:
        v = w.detach()
        v += lr * w.grad
    return w


# %% sgd_step_ | misconception | lost-in-a-copy
why = "reshape and flatten give a view only if they can: of a transposed w they make a copy, and that takes the step. Write into w itself."
next = "print(torch.ones(2, 3).T.reshape(-1)._base is None, torch.ones(2, 3).reshape(-1)._base is None)"


# %% sgd_step_ | wrong: lost-in-a-copy | reshaped
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w.reshape(-1).sub_(lr * w.grad.reshape(-1))
    return w


# %% sgd_step_ | wrong: lost-in-a-copy | flattened, entry by entry
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    flat, slopes = w.detach().flatten(), w.grad.flatten()
    for k in range(len(flat)):
        flat[k] -= lr * slopes[k]
    return w


# %% sgd_step_ | wrong: lost-in-a-copy | contiguous
def sgd_step_(w, lr):
    if w.grad is not None:
        memory = w.detach().contiguous()
        memory -= lr * w.grad
    return w


# %% sgd_step_ | wrong: lost-in-a-copy | ravel
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            row = torch.ravel(w)
            row -= lr * torch.ravel(w.grad)
    return w


# %% sgd_step_ | misconception | rate-in-float32
why = "torch.tensor(lr) is float32: beside a float64 gradient the rate is another number. Multiply by the Python number itself."
next = "print(torch.tensor(0.1).double().item())"


# %% sgd_step_ | wrong: rate-in-float32 | torch.tensor
# breaks: "Floating-point values are compared with rtol 1e-4 and atol 1e-5 in float32, and 1e-9 for both in float64"
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w -= torch.tensor(lr) * w.grad
    return w


# %% sgd_step_ | wrong: rate-in-float32 | addcmul_
def sgd_step_(w, lr):
    rate = torch.tensor(float(lr)).to(w.dtype)
    if w.grad is not None:
        w.detach().addcmul_(rate, w.grad, value=-1)
    return w


# %% sgd_step_ | wrong: rate-in-float32 | gradient in float32
def sgd_step_(w, lr):
    if w.grad is not None:
        with torch.no_grad():
            w.sub_((w.grad.float() * lr).to(w.dtype))
    return w


# %% sgd_step_ | wrong: rate-in-float32 | filled
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    step = torch.full(w.shape, float(lr)) * w.grad
    with torch.no_grad():
        return w.sub_(step)


# %% sgd_step_ | wrong | the largest entry of no gradient
def sgd_step_(w, lr):
    if w.grad is None or w.grad.abs().max() == 0:
        return w
    with torch.no_grad():
        w -= lr * w.grad
    return w


# %% sgd_step_ | wrong | no step where nothing is recorded
# breaks: "only `sgd_step_` is also called under `torch.no_grad()`"
def sgd_step_(w, lr):
    if w.grad is not None and torch.is_grad_enabled():
        with torch.no_grad():
            w -= lr * w.grad
    return w


# %% sgd_step_ | wrong | asks again only while recording
# breaks: "still requiring grad"
def sgd_step_(w, lr):
    if w.grad is not None:
        w.requires_grad_(False)
        w -= lr * w.grad
        w.requires_grad_(torch.is_grad_enabled())
    return w


# %% sgd_step_ | wrong | mode-left, gradients on afterwards, whatever they were
def sgd_step_(w, lr):
    torch.set_grad_enabled(False)
    if w.grad is not None:
        w -= lr * w.grad
    torch.set_grad_enabled(True)
    return w


# %% sgd_step_ | wrong | frozen, requires no grad afterwards
# breaks: "a later backward pass into `w` works as usual"
def sgd_step_(w, lr):
    if w.grad is not None:
        w.requires_grad_(False)
        w -= lr * w.grad
    return w


# %% sgd_step_ | wrong | requires_grad off and on, with recording on
# breaks: "still the same leaf"
def sgd_step_(w, lr):
    if w.grad is not None:
        w.requires_grad_(False)
        w -= lr * w.grad
        w.requires_grad_(True)
    return w


# %% sgd_step_ | misconception | recording-switched-on
why = "set_grad_enabled(True) at the end switches recording on, also for a caller who had switched it off: a with block puts back what was there."
next = "`torch.set_grad_enabled(False); w = leaf([1.]); w.grad = torch.ones(1); sgd_step_(w, 0.1); print(torch.is_grad_enabled()); torch.set_grad_enabled(True)`: recording was off before the call, and should be off after it."


# %% sgd_step_ | wrong: recording-switched-on | off and on
# breaks: "Gradient recording (`torch.is_grad_enabled()`) is the same after a call as before it."
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    torch.set_grad_enabled(False)
    w -= lr * w.grad
    torch.set_grad_enabled(True)
    return w


# %% sgd_step_ | wrong: recording-switched-on | finally
def sgd_step_(w, lr):
    torch.set_grad_enabled(False)
    try:
        if w.grad is not None:
            w.sub_(lr * w.grad)
    finally:
        torch.set_grad_enabled(True)
    return w


# %% sgd_step_ | wrong: recording-switched-on | after the block
def sgd_step_(w, lr):
    with torch.no_grad():
        if w.grad is not None:
            w -= lr * w.grad
    torch.set_grad_enabled(True)
    return w


# %% sgd_step_ | wrong: recording-switched-on | add_
def sgd_step_(w, lr):
    if w.grad is not None:
        torch.set_grad_enabled(False)
        w.add_(w.grad, alpha=-lr)
        torch.set_grad_enabled(mode=True)
    return w


# %% sgd_step_ | wrong: recording-switched-on | copy_
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    torch._C._set_grad_enabled(False)
    w.copy_(w - lr * w.grad)
    torch._C._set_grad_enabled(True)
    return w


# %% sgd_step_ | misconception | asks-its-numbers
why = "Entries of a gradient can add up to 0 and still move the parameter: there is no step where .grad is None, whatever its numbers are."
next = "`w = leaf([1., 2.], grad=[3., -3.]); print(w.grad.sum(), sgd_step_(w, 0.5))`: the sum is 0, and the step is not."


# %% sgd_step_ | wrong: asks-its-numbers | the sum, out of no_grad
def sgd_step_(w, lr):
    gradient = w.grad
    if gradient is not None and gradient.sum() != 0:
        w.detach().sub_(lr * gradient)
    return w


# %% sgd_step_ | wrong: asks-its-numbers | truth of the mean
# breaks: "Subtract `lr` times its gradient from it"
def sgd_step_(w, lr):
    if w.grad is None:
        return w
    if w.grad.mean():
        with torch.no_grad():
            w -= lr * w.grad
    return w


# %% sgd_step_ | wrong: asks-its-numbers | nearly nothing in all
def sgd_step_(w, lr):
    still = w.grad is None or abs(w.grad.sum().item()) < 1e-12
    if not still:
        with torch.no_grad():
            w.add_(w.grad, alpha=-lr)
    return w


# %% sgd_step_ | wrong: asks-its-numbers | Python adds up
def sgd_step_(w, lr):
    numbers = [] if w.grad is None else w.grad.reshape(-1).tolist()
    with torch.no_grad():
        if sum(numbers):
            w.copy_(w - lr * w.grad)
    return w


# %% sgd_step_ | wrong: asks-its-numbers | an optimizer where the sum is not 0
def sgd_step_(w, lr):
    if w.grad is not None and bool(w.grad.sum()):
        torch.optim.SGD([w], lr=lr).step()
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
why = "Repairing the result does not repair backward, which still goes through sqrt at every entry: first give sqrt harmless entries."
next = "`x = leaf([0., 4.]); torch.where(x > 0, x.sqrt(), 0).sum().backward(); print(x.grad)` prints nan beside 0.25: where hides a result, not its slope."


def when(seen, want):
    if seen.raised or not seen.arguments["x"].requires_grad or not seen.result.requires_grad:
        return False
    if seen.backward_raised:
        return False
    gradient, x = seen.gradients["x"].values, seen.arguments["x"].values
    if torch.equal(gradient.isnan(), x == -torch.inf) and (x.isfinite() & (x <= 0)).any():
        return False  # the finite entries were replaced before sqrt
    if gradient[x > 0].isnan().any():
        return False  # sqrt has a slope there
    return gradient.isnan().any() and not seen.result.values.isnan().any()


# %% safe_sqrt | wrong: repaired-afterwards | nan_to_num
def safe_sqrt(x):
    return x.sqrt().nan_to_num(0.)


# %% safe_sqrt | wrong: result-overwritten | the entries that are not positive
def safe_sqrt(x):
    out = x.sqrt()
    out[x <= 0] = 0
    return out


# %% safe_sqrt | wrong: result-overwritten | where it is nan
def safe_sqrt(x):
    out = torch.sqrt(x)
    out[torch.isnan(out)] = 0
    return out


# %% safe_sqrt | wrong: repaired-afterwards | clone and assignment
def safe_sqrt(x):
    out = x.sqrt().clone()
    out[~(x > 0)] = 0.0
    return out


# %% safe_sqrt | wrong: repaired-afterwards | scalar 0
def safe_sqrt(x):
    return torch.where(x > 0, x.sqrt(), 0)


# %% safe_sqrt | wrong: repaired-afterwards | zeros_like and power
def safe_sqrt(x):
    return torch.where(x <= 0, torch.zeros_like(x), x ** 0.5)


# %% safe_sqrt | wrong: repaired-afterwards | where and isnan
# breaks: "it is never NaN or infinite"
def safe_sqrt(x):
    root = x.sqrt()
    return torch.where(root.isnan(), 0, root)


# %% safe_sqrt | wrong: repaired-afterwards | masked_fill of the root
# breaks: "exactly 0 at all others"
def safe_sqrt(x):
    return torch.sqrt(x).masked_fill(x <= 0, 0.0)


# %% safe_sqrt | wrong: repaired-afterwards | root of the size, then where
def safe_sqrt(x):
    root = x.abs().sqrt()
    return torch.where(x > 0, root, torch.zeros_like(root))


# %% safe_sqrt | wrong: repaired-afterwards | clamp inside where
def safe_sqrt(x):
    return torch.where(x > 0, x.clamp(min=0) ** 0.5, 0)


# %% safe_sqrt | wrong: repaired-afterwards | nan_to_num of the power
def safe_sqrt(x):
    return torch.nan_to_num(x.pow(0.5), nan=0.0)


# %% safe_sqrt | misconception | result-overwritten
why = "sqrt keeps its result for backward, and raises there if it has changed: make a new tensor with torch.where instead of writing into the result."
next = "`root = leaf([1., 4.]).sqrt(); print(root.grad_fn._saved_result)`: sqrt keeps its result, so that is not the place to write."


def when(seen, want):
    return seen.backward_raised is not None and "modified by an inplace operation" in seen.backward_raised.message


# %% safe_sqrt | wrong: result-overwritten | ones below the root
def safe_sqrt(x):
    below = x <= 0
    result = x.masked_fill(below, 1.0).sqrt()
    result[below] = 0.0
    return result


# %% safe_sqrt | wrong: result-overwritten | masked_fill_
def safe_sqrt(x):
    good = x > 0
    return torch.sqrt(torch.where(good, x, 1)).masked_fill_(~good, 0)


# %% safe_sqrt | wrong: result-overwritten | times the mask
def safe_sqrt(x):
    good = x > 0
    root = torch.where(good, x, torch.ones_like(x)).sqrt()
    root *= good
    return root


# %% safe_sqrt | wrong: result-overwritten | nan_to_num_
def safe_sqrt(x):
    return x.sqrt().nan_to_num_(nan=0.0)


# %% safe_sqrt | misconception | zero-meets-sqrt
why = "The slope of sqrt at 0 is infinite: keep 0 itself away from sqrt, too."
next = "x = leaf([0.]); x.clamp(min=0).sqrt().backward(); print(x.grad)"


def when(seen, want):
    if seen.raised or seen.backward_raised or not seen.arguments["x"].requires_grad or not seen.result.requires_grad:
        return False
    gradient = seen.gradients["x"].values
    return gradient.isinf().any() and not gradient.isnan().any() and not seen.result.values.isnan().any()


# %% safe_sqrt | wrong: zero-meets-sqrt | clamp
def safe_sqrt(x):
    return x.clamp(min=0).sqrt()


# %% safe_sqrt | wrong: zero-meets-sqrt | maximum
def safe_sqrt(x):
    return torch.sqrt(torch.maximum(x, torch.zeros_like(x)))


# %% safe_sqrt | wrong: zero-meets-sqrt | not negative
# breaks: "The gradient must be 1/(2√x) at positive entries and exactly 0 at all others"
def safe_sqrt(x):
    ok = x >= 0
    inside = torch.where(ok, x, torch.ones_like(x))
    return torch.where(ok, inside.sqrt(), 0)


# %% safe_sqrt | wrong: zero-meets-sqrt | power of the clipped
def safe_sqrt(x):
    return x.clip(0) ** 0.5


# %% safe_sqrt | wrong: zero-meets-sqrt | torch.max
def safe_sqrt(x):
    return torch.max(x, torch.tensor(0.0, dtype=x.dtype)).sqrt()


# %% safe_sqrt | wrong: zero-meets-sqrt | entries that are not negative
def safe_sqrt(x):
    result = torch.zeros_like(x)
    not_negative = x >= 0
    result[not_negative] = x[not_negative].sqrt()
    return result


# %% safe_sqrt | misconception | epsilon-added
why = "A constant that is added to the entries, a floor below them, or a border above 0 changes small results."
next = "print(safe_sqrt(torch.tensor([1e-20, 1e-40, 0.])))"


def when(seen, want):
    x = seen.arguments["x"].values
    if seen.raised or seen.result.shape != x.shape:
        return False
    root, got = x.double().clamp(min=0).sqrt(), seen.result.values  # want may be that of the gradient
    return ((root < 1e-3) & (got > 2 * root) & (got < 0.1)).any()


# %% safe_sqrt | wrong: epsilon-added | 1e-8
# breaks: "Values are compared with rtol 1e-6"
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


# %% safe_sqrt | wrong: epsilon-added | eps of the dtype
# breaks: "The root of 1e-8 is 1e-4"
def safe_sqrt(x):
    eps = torch.finfo(x.dtype).eps
    return (torch.relu(x) + eps).sqrt()


# %% safe_sqrt | wrong: epsilon-added | smallest root, chosen
# breaks: "Return the square root of every positive entry"
def safe_sqrt(x):
    root = x.clamp(min=1e-12).sqrt()
    return torch.where(x > 0, root, torch.zeros_like(root))


# %% safe_sqrt | wrong: epsilon-added | larger than epsilon
def safe_sqrt(x):
    return torch.maximum(x, torch.full_like(x, 1e-7)).sqrt()


# %% safe_sqrt | misconception | nan-left
why = "sqrt of a negative number is NaN, and NaN or infinity times 0 is NaN: replace such entries with torch.where or masked_fill."
next = "print(torch.tensor([-9., -torch.inf]).sqrt() * 0, 0 * torch.tensor(-torch.inf))"


def when(seen, want):
    if seen.raised or seen.result.values.isnan().any():
        return not seen.raised
    if seen.backward_raised or not seen.arguments["x"].requires_grad or not seen.result.requires_grad:
        return False
    gradient, x = seen.gradients["x"].values, seen.arguments["x"].values
    return gradient.isnan().any() and torch.equal(gradient.isnan(), x == -torch.inf) and (x.isfinite() & (x <= 0)).any()


# %% safe_sqrt | wrong: nan-left | nothing done
# breaks: "and 0 for all others"
def safe_sqrt(x):
    return x.sqrt()


# %% safe_sqrt | wrong: nan-left | times the mask
def safe_sqrt(x):
    return x.sqrt() * (x > 0)


# %% safe_sqrt | wrong: nan-left | zero times x
# breaks: "float16 or bfloat16, infinite entries included"
def safe_sqrt(x):
    positive = x > 0
    inside = torch.where(positive, x, 1)
    return torch.where(positive, inside.sqrt(), 0 * x)


# %% safe_sqrt | wrong: nan-left | times the mask, as a power
def safe_sqrt(x):
    mask = (x > 0).to(x.dtype)
    return mask * torch.pow(x, 0.5)


# %% safe_sqrt | wrong: nan-left | x times the mask
def safe_sqrt(x):
    mask = (x > 0).to(x.dtype)
    return (x * mask + (1 - mask)).sqrt() * mask


# %% safe_sqrt | wrong: nan-left | times the reciprocal root
def safe_sqrt(x):
    positive = x > 0
    safe = torch.where(positive, x, 1)
    return torch.where(positive, safe * safe.rsqrt(), 0)


# %% safe_sqrt | misconception | gradient-cut
why = "The result must come from x by recorded operations: not from x.detach() or x.data, not under no_grad, not as new zeros."
next = "print(safe_sqrt(leaf([-1., 0.])).requires_grad)"


# %% safe_sqrt | wrong: gradient-cut | detached
def safe_sqrt(x):
    return x.detach().clamp(min=0).sqrt()


# %% safe_sqrt | wrong: gradient-cut | data
# breaks: "The result requires grad exactly when `x` does"
def safe_sqrt(x):
    return torch.relu(x.data).sqrt()


# %% safe_sqrt | wrong: gradient-cut | no_grad
def safe_sqrt(x):
    with torch.no_grad():
        inside = torch.where(x > 0, x, 1)
        return torch.where(x > 0, inside.sqrt(), 0)


# %% safe_sqrt | wrong: gradient-cut | decorated
@torch.no_grad()
def safe_sqrt(x):
    positive = x > 0
    return torch.where(positive, torch.where(positive, x, 1).sqrt(), 0)


# %% safe_sqrt | wrong: gradient-cut | zeros if nothing is positive
def safe_sqrt(x):
    positive = x > 0
    if not positive.any():
        return torch.zeros_like(x)
    return torch.where(positive, torch.where(positive, x, 1).sqrt(), 0)


# %% safe_sqrt | wrong: gradient-cut | zeros if all are not positive
def safe_sqrt(x):
    if (x <= 0).all():
        return torch.zeros(x.shape, dtype=x.dtype)
    return torch.relu(x).sqrt()


# %% safe_sqrt | wrong: epsilon-added | the smallest count as 0
# breaks: "Return the square root of every positive entry"
def safe_sqrt(x):
    positive = x >= torch.finfo(x.dtype).tiny
    return torch.where(positive, torch.where(positive, x, 1).sqrt(), 0)


# %% safe_sqrt | wrong: epsilon-added | a border at the smallest normal number
def safe_sqrt(x):
    tiny = torch.finfo(x.dtype).smallest_normal
    inside = x.masked_fill(x < tiny, 1.0)
    return inside.sqrt().masked_fill(x < tiny, 0.0)


# %% safe_sqrt | wrong: epsilon-added | a border at tiny, with ones
def safe_sqrt(x):
    good = x.ge(torch.finfo(x.dtype).tiny)
    ones = torch.ones_like(x)
    return torch.where(good, torch.where(good, x, ones).sqrt(), torch.zeros_like(x))


# %% safe_sqrt | misconception | dtype-lost
why = "The result has the dtype of x: .float(), or a float32 tensor beside x, changes it."
next = "print(safe_sqrt(torch.ones(2, dtype=torch.bfloat16)).dtype)"


def when(seen, want):
    return not seen.raised and seen.result.dtype != seen.arguments["x"].dtype


# %% safe_sqrt | wrong: dtype-lost | mask as float
def safe_sqrt(x):
    mask = x > 0
    root = x.masked_fill(~mask, 1.0).sqrt()
    return root * mask.float()


# %% safe_sqrt | wrong: dtype-lost | float
# breaks: "The result has the dtype of `x`."
def safe_sqrt(x):
    return torch.relu(x.float()).sqrt()


# %% safe_sqrt | wrong: dtype-lost | torch.ones and torch.zeros
def safe_sqrt(x):
    positive = x > 0
    root = torch.where(positive, x, torch.ones(x.shape)).sqrt()
    return torch.where(positive, root, torch.zeros(x.shape))


# %% safe_sqrt | wrong: dtype-lost | double
def safe_sqrt(x):
    inside = torch.where(x > 0, x, 1).double()
    return torch.where(x > 0, inside.sqrt(), 0)


# %% safe_sqrt | wrong: dtype-lost | factor of torch.where
def safe_sqrt(x):
    factor = torch.where(x > 0, 1.0, 0.0)
    return torch.where(x > 0, x, 1).sqrt() * factor


# %% safe_sqrt | wrong | root-of-the-size, abs
def safe_sqrt(x):
    return x.abs().sqrt()


# %% safe_sqrt | wrong | writes-into-x, negative entries set to 0
# breaks: "stays as it is"
def safe_sqrt(x):
    with torch.no_grad():
        x[x < 0] = 0
    return torch.relu(x).sqrt()


# %% safe_sqrt | misconception | float32-inside
why = "float32 has no room for every float64 number: 1e-60 becomes 0 in it, and 1e60 infinite. Compute in the dtype of x."
next = "`print(torch.tensor([1e-60, 1e60], dtype=torch.float64).float())` prints 0 and inf: both numbers are lost."


# %% safe_sqrt | wrong: float32-inside | float
def safe_sqrt(x):
    y = x.float()
    positive = y > 0
    return torch.where(positive, torch.where(positive, y, 1).sqrt(), 0).to(x.dtype)


# %% safe_sqrt | wrong: float32-inside | masked_fill
def safe_sqrt(x):
    y = x.to(torch.float32)
    rest = ~(y > 0)
    return y.masked_fill(rest, 1).sqrt().masked_fill(rest, 0).to(x.dtype)


# %% safe_sqrt | wrong: float32-inside | type_as
def safe_sqrt(x):
    small = x.float()
    positive = small > 0
    harmless = torch.where(positive, small, torch.ones_like(small))
    return torch.where(positive, harmless.sqrt(), torch.zeros_like(small)).type_as(x)


# %% safe_sqrt | wrong: float32-inside | power
def safe_sqrt(x):
    y = x.type(torch.float32)
    positive = y > 0
    root = torch.where(positive, y, 1.0) ** 0.5
    return torch.where(positive, root, 0.0).to(x.dtype)


# %% safe_sqrt | wrong: float32-inside | only the root
def safe_sqrt(x):
    positive = x > 0
    safe = torch.where(positive, x, torch.ones_like(x)).float()
    return torch.where(positive, safe.sqrt().to(x.dtype), torch.zeros_like(x))


# %% safe_sqrt | wrong: float32-inside | root of a masked_fill
def safe_sqrt(x):
    rest = ~(x > 0)
    root = x.masked_fill(rest, 1).to(torch.float32).sqrt().to(x.dtype)
    return root.masked_fill(rest, 0)


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


# %% second_derivative | right | zero times the leaf keeps the graph alive
def second_derivative(f, x):
    own = x.detach().clone().requires_grad_()
    (first,) = torch.autograd.grad(f(own).sum(), own, create_graph=True)
    (second,) = torch.autograd.grad(first.sum() + (own * 0).sum(), own)
    return second


# %% second_derivative | misconception | straight-line
why = "The slope of a straight line does not depend on x; its derivative is zero, not an error."
next = "`x = leaf([1.]); print(torch.autograd.grad((3 * x).sum(), x, create_graph=True)[0].requires_grad)` prints False: the slope has no history."


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


# %% second_derivative | wrong: straight-line | backward twice by grad
# breaks: "`f` may be a straight line"
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z).sum()
    y.backward(create_graph=True)
    first = z.grad
    return torch.autograd.grad(first.sum(), z)[0]


# %% second_derivative | wrong: straight-line | with ones
# breaks: "or return its argument itself: then the answer is zeros"
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    (g,) = torch.autograd.grad(y, z, torch.ones_like(y), create_graph=True)
    return torch.autograd.grad(g, z, torch.ones_like(g))[0]


# %% second_derivative | wrong: straight-line | allow_unused does not help
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    g = torch.autograd.grad(f(z).sum(), z, create_graph=True)[0]
    h = torch.autograd.grad(g.sum(), z, allow_unused=True)[0]
    return torch.zeros_like(x).detach() if h is None else h


# %% second_derivative | misconception | no-create-graph
why = "To differentiate a gradient it must be recorded: create_graph=True."
next = "`x = leaf([1.]); print(torch.autograd.grad((x ** 3).sum(), x)[0].requires_grad)`: try it with create_graph=True."


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


# %% second_derivative | wrong: no-create-graph | backward, then grad
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward()
    return torch.autograd.grad(z.grad.sum(), z)[0]


# %% second_derivative | wrong: no-create-graph | retain_graph of grad
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z).sum()
    g, = torch.autograd.grad(y, z, retain_graph=True)
    h, = torch.autograd.grad(g.sum(), z)
    return h


# %% second_derivative | wrong: no-create-graph | two backwards
# breaks: "Return f″ at every entry of `x`"
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward()
    g = z.grad
    z.grad = None
    g.sum().backward()
    return z.grad


# %% second_derivative | wrong: no-create-graph | zeros where grad is refused
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward()
    try:
        return torch.autograd.grad(z.grad.sum(), z)[0]
    except RuntimeError:
        return torch.zeros_like(z.detach())


# %% second_derivative | wrong: no-create-graph | zeros without history
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward()
    if z.grad.grad_fn is None:
        return torch.zeros(x.shape, dtype=x.dtype)
    return torch.autograd.grad(z.grad.sum(), z)[0]


# %% second_derivative | misconception | added-to-the-first
why = ".grad accumulates: clear it between the passes or use torch.autograd.grad."
next = "print('yours:', second_derivative(lambda t: t ** 2, torch.tensor([1., 2.])), ' f′ + f″:', torch.tensor([2 + 2., 4 + 2.]))"


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


# %% second_derivative | wrong: added-to-the-first | line refused
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    y.backward(torch.ones_like(y), create_graph=True)
    g = z.grad
    g.sum().backward()
    return z.grad.detach()


# %% second_derivative | wrong: added-to-the-first | clone of the first
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward(create_graph=True)
    first = z.grad.clone()
    if not first.requires_grad:
        return torch.zeros_like(x.detach())
    first.sum().backward()
    return z.grad.detach()


# %% second_derivative | wrong: added-to-the-first | no zeros
def second_derivative(f, x):
    own = torch.tensor(x.tolist(), dtype=x.dtype, requires_grad=True)
    f(own).sum().backward(create_graph=True)
    if own.grad.requires_grad:
        own.grad.sum().backward()
    return own.grad.detach()


# %% second_derivative | wrong: added-to-the-first | sum of both
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if not g.requires_grad:
        return torch.zeros_like(g)
    return (g + torch.autograd.grad(g.sum(), z)[0]).detach()


# %% second_derivative | misconception | square-of-the-first
why = "The second derivative is the derivative of the first, not its square."
next = "print('yours:', second_derivative(lambda t: t ** 2, torch.tensor([1., 2.])), ' f″:', torch.tensor([2., 2.]))"


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


# %% second_derivative | wrong: square-of-the-first | pow
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward()
    return z.grad.pow(2)


# %% second_derivative | wrong: square-of-the-first | square
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(f(z).sum(), z)
    return torch.square(g)


# %% second_derivative | wrong: square-of-the-first | a product
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(f(z).sum(), z)
    return g * g


# %% second_derivative | wrong: square-of-the-first | torch.func
def second_derivative(f, x):
    g = torch.func.grad(lambda t: f(t).sum())(x.detach())
    return g ** 2


# %% second_derivative | misconception | first-derivative
why = "This is the first derivative: its derivative is asked for."
next = "print('yours:', second_derivative(lambda t: 3 * t, torch.tensor([1., 2.])), ' f″:', torch.zeros(2))"


# %% second_derivative | wrong: first-derivative | of a line alone
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_(True)
    (g,) = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if not g.requires_grad:
        return g.detach()
    return torch.autograd.grad(g.sum(), z)[0].detach()


# %% second_derivative | wrong: first-derivative | once only
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(z).sum(), z)[0]


# %% second_derivative | wrong: first-derivative | backward
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward()
    return z.grad


# %% second_derivative | wrong: first-derivative | torch.func
def second_derivative(f, x):
    return torch.func.grad(lambda t: f(t).sum())(x.detach())


# %% second_derivative | wrong: first-derivative | grad with ones, clone
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    (g,) = torch.autograd.grad(y, z, torch.ones_like(y))
    return g.clone()


# %% second_derivative | wrong: first-derivative | jvp
def second_derivative(f, x):
    return torch.func.jvp(f, (x.detach(),), (torch.ones_like(x).detach(),))[1]


# %% second_derivative | misconception | line-guessed
why = "Numbers at a few points do not tell whether f is a line: ask the slope whether it requires grad."
next = "print('yours:', second_derivative(lambda t: t ** 2, torch.tensor(0.)), ' f″:', torch.tensor(2.))"


# %% second_derivative | wrong: line-guessed | equal slopes
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    first, = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if bool((first == first.detach().mean()).all()):
        return torch.zeros_like(z).detach()
    return torch.autograd.grad(first.sum(), z)[0]


# %% second_derivative | wrong: line-guessed | allclose
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    first, = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if torch.allclose(first, first.reshape(-1)[0].expand(x.shape)):
        return torch.zeros_like(z).detach()
    return torch.autograd.grad(first.sum(), z)[0]


# %% second_derivative | wrong: line-guessed | one different slope
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    first, = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if first.detach().unique().numel() == 1:
        return torch.zeros_like(z).detach()
    return torch.autograd.grad(first.sum(), z)[0]


# %% second_derivative | wrong: line-guessed | largest and smallest
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    first, = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if first.max() == first.min():
        return torch.zeros_like(z).detach()
    return torch.autograd.grad(first.sum(), z)[0]


# %% second_derivative | wrong: line-guessed | no slope anywhere
def second_derivative(f, x):
    own = x.detach().clone().requires_grad_()
    (first,) = torch.autograd.grad(f(own).sum(), own, create_graph=True)
    if not first.requires_grad or not first.any():
        return torch.zeros_like(own).detach()
    return torch.autograd.grad(first.sum(), own)[0]


# %% second_derivative | wrong: line-guessed | slopes without a size
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    first = torch.autograd.grad(f(z).sum(), z, create_graph=True)[0]
    if first.abs().sum() == 0 or first.grad_fn is None:
        return torch.zeros(x.shape, dtype=x.dtype)
    first.backward(torch.ones_like(first), inputs=[z])
    return z.grad


# %% second_derivative | misconception | works-on-x
why = "x is the caller's: ask a copy of it for gradients, x.detach().clone().requires_grad_()."
next = "x = torch.tensor([1., 2.]); second_derivative(torch.sin, x); print(x.requires_grad, x.grad)"


def when(seen, want):
    before, after = seen.arguments["x"], seen.after["x"]
    return (after.requires_grad, after.grad) != (before.requires_grad, before.grad)


# %% second_derivative | wrong: works-on-x | requires_grad_
# breaks: "Your functions leave their arguments as they are (values, `requires_grad`, `.grad`"
# breaks: "`x` stays as it is"
def second_derivative(f, x):
    x.requires_grad_()
    (first,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    if not first.requires_grad:
        return torch.zeros_like(first)
    return torch.autograd.grad(first.sum(), x)[0]


# %% second_derivative | wrong: works-on-x | requires_grad set
def second_derivative(f, x):
    x.requires_grad = True
    (first,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    if not first.requires_grad:
        return torch.zeros_like(first)
    return torch.autograd.grad(first.sum(), x)[0]


# %% second_derivative | wrong: works-on-x | and its .grad
# breaks: "such leaves that already hold a `.grad`"
def second_derivative(f, x):
    x.requires_grad_(True)
    x.grad = None
    f(x).sum().backward(create_graph=True)
    first = x.grad
    x.grad = None
    if first.requires_grad:
        first.sum().backward()
    return torch.zeros_like(first) if x.grad is None else x.grad.detach()


# %% second_derivative | wrong: works-on-x | switched off again
def second_derivative(f, x):
    x.requires_grad_()
    (first,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    second = torch.autograd.grad(first.sum(), x)[0] if first.requires_grad else torch.zeros_like(first)
    x.requires_grad_(False)
    return second


# %% second_derivative | wrong: works-on-x | an alias
def second_derivative(f, x):
    z = x
    z.requires_grad_()
    (g,) = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if g.grad_fn is None:
        return torch.zeros_like(x).detach()
    return torch.autograd.grad(g.sum(), z)[0].detach()


# %% second_derivative | misconception | digits-lost
why = "A detour over float32, and a difference quotient, keep half of the digits of a float64 x at most: differentiate by autograd, in the dtype of x."
next = "print(torch.tensor(0.1, dtype=torch.float64).float().double().item())"


# %% second_derivative | wrong: digits-lost | float
# breaks: "1e-9 for both in float64"
# breaks: "exact up to rounding"
def second_derivative(f, x):
    a = x.detach().float().clone().requires_grad_()
    first, = torch.autograd.grad(f(a).sum(), a, create_graph=True)
    if not first.requires_grad:
        return torch.zeros_like(x).detach()
    return torch.autograd.grad(first.sum(), a)[0].to(x.dtype)


# %% second_derivative | wrong: digits-lost | tolist
def second_derivative(f, x):
    a = torch.tensor(x.tolist()).requires_grad_()
    first, = torch.autograd.grad(f(a).sum(), a, create_graph=True)
    if not first.requires_grad:
        return torch.zeros_like(x).detach()
    return torch.autograd.grad(first.sum(), a)[0].to(x.dtype)


# %% second_derivative | wrong: digits-lost | NumPy
def second_derivative(f, x):
    a = torch.from_numpy(x.detach().numpy().astype(np.float32)).requires_grad_()
    first, = torch.autograd.grad(f(a).sum(), a, create_graph=True)
    if not first.requires_grad:
        return torch.zeros_like(x).detach()
    return torch.autograd.grad(first.sum(), a)[0].to(x.dtype)


# %% second_derivative | wrong: digits-lost | torch.empty
def second_derivative(f, x):
    a = torch.empty(x.shape).copy_(x.detach()).requires_grad_()
    first, = torch.autograd.grad(f(a).sum(), a, create_graph=True)
    if not first.requires_grad:
        return torch.zeros_like(x).detach()
    return torch.autograd.grad(first.sum(), a)[0].to(x.dtype)


# %% second_derivative | wrong: digits-lost | a thousandth
def second_derivative(f, x):
    h = 1e-3
    x = x.detach()
    return ((f(x + h) + f(x - h) - 2 * f(x)) / h**2).detach()


# %% second_derivative | wrong: digits-lost | in float64
def second_derivative(f, x):
    h, z = 1e-3, x.detach().double()
    with torch.no_grad():
        return ((f(z + h) - 2 * f(z) + f(z - h)) / h**2).to(x.dtype)


# %% second_derivative | wrong: digits-lost | of gradients
def second_derivative(f, x):
    def slope(at):
        z = at.clone().requires_grad_()
        return torch.autograd.grad(f(z).sum(), z)[0]

    h = 1e-4
    return (slope(x.detach() + h) - slope(x.detach() - h)) / (2 * h)


# %% second_derivative | wrong: digits-lost | of gradients, one-sided
def second_derivative(f, x):
    h, slopes = 1e-4, []
    for at in (x.detach(), x.detach() + h):
        z = at.clone().requires_grad_()
        f(z).sum().backward()
        slopes.append(z.grad)
    return (slopes[1] - slopes[0]) / h


# %% second_derivative | wrong: digits-lost | a hundredth
def second_derivative(f, x):
    h = 0.01
    with torch.no_grad():
        left, middle, right = f(x - h), f(x), f(x + h)
    return (right - 2 * middle + left) / (h * h)


# %% second_derivative | wrong: digits-lost | under no_grad
@torch.no_grad()
def second_derivative(f, x):
    h = 1e-3
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


# %% second_derivative | wrong: digits-lost | of gradients, in float64
# breaks: "exact up to rounding (not by differences)"
def second_derivative(f, x):
    h, slopes = 1e-5, []
    for step in (h, -h):
        z = (x.detach().double() + step).requires_grad_()
        slopes += torch.autograd.grad(f(z).sum(), z)
    return ((slopes[0] - slopes[1]) / (2 * h)).to(x.dtype)


# %% second_derivative | wrong: digits-lost | seven points
def second_derivative(f, x):
    z, h = x.detach().double(), 1e-2
    weights = {0: -490, 1: 270, 2: -27, 3: 2}
    with torch.no_grad():
        total = sum(weights[abs(k)] * f(z + k * h) for k in range(-3, 4))
    return (total / (180 * h**2)).to(x.dtype)


# %% second_derivative | misconception | history-kept
why = "The result is to carry no history: the last pass needs no create_graph, and what is computed with x itself is recorded, too. Detach what comes out."
next = "print(second_derivative(lambda t: t ** 3, torch.tensor([1., -2.])).requires_grad)"


def when(seen, want):
    return not seen.raised and want is None and seen.result.requires_grad  # only the history was refused


# %% second_derivative | wrong: history-kept | create_graph twice
# breaks: "without history"
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if not g.requires_grad:
        return torch.zeros_like(g)
    return torch.autograd.grad(g.sum(), z, create_graph=True)[0]


# %% second_derivative | wrong: history-kept | something added
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad((f(z) + z ** 3).sum(), z, create_graph=True)
    return torch.autograd.grad(g.sum(), z)[0] - 6 * z


# %% second_derivative | wrong: history-kept | line from z
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if not g.requires_grad:
        return 0 * z
    return torch.autograd.grad(g.sum(), z, create_graph=True)[0]


# %% second_derivative | wrong: history-kept | requires grad again
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    if not g.requires_grad:
        return torch.zeros_like(z, requires_grad=True)
    return torch.autograd.grad(g.sum(), z)[0].requires_grad_()


# %% second_derivative | wrong: history-kept | a line from x
def second_derivative(f, x):
    z = x.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    return torch.autograd.grad(g.sum(), z)[0] if g.requires_grad else x * 0


# %% second_derivative | wrong | by-differences, central
def second_derivative(f, x):
    z, h = x.detach().double(), 1e-4
    return ((f(z + h) - 2 * f(z) + f(z - h)) / h ** 2).to(x.dtype)


# %% second_derivative | wrong | flat, shape lost
# breaks: "in the shape and dtype of `x`"
def second_derivative(f, x):
    z = x.detach().reshape(-1).clone().requires_grad_()
    (g,) = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    return torch.autograd.grad(g.sum(), z)[0] if g.requires_grad else torch.zeros_like(g)


# %% second_derivative | misconception | zeros-in-float32
why = "torch.zeros(x.shape) is float32, also where x is float64: torch.zeros_like(x) is like x."
next = "`x = torch.ones(2, dtype=torch.float64); print(torch.zeros(x.shape).dtype, torch.zeros_like(x).dtype)` prints two dtypes."


# %% second_derivative | wrong: zeros-in-float32 | zeros
# breaks: "in the shape and dtype of `x`"
def second_derivative(f, x):
    t = x.detach().clone().requires_grad_()
    (first,) = torch.autograd.grad(f(t).sum(), t, create_graph=True)
    if first.grad_fn is None:
        return torch.zeros(x.shape)
    return torch.autograd.grad(first.sum(), t)[0]


# %% second_derivative | wrong: zeros-in-float32 | full
def second_derivative(f, x):
    t = x.detach().clone().requires_grad_()
    first = torch.autograd.grad(f(t).sum(), t, create_graph=True)[0]
    if not first.requires_grad:
        return torch.full(x.shape, 0.0)
    (second,) = torch.autograd.grad(first.sum(), t)
    return second


# %% second_derivative | wrong: zeros-in-float32 | unused is None
def second_derivative(f, x):
    own = x.detach().clone().requires_grad_()
    (first,) = torch.autograd.grad(f(own).sum(), own, create_graph=True)
    if first.requires_grad:
        (second,) = torch.autograd.grad(first.sum(), own, allow_unused=True)
        if second is not None:
            return second
    return torch.zeros(*x.shape)


# %% second_derivative | wrong: zeros-in-float32 | size
def second_derivative(f, x):
    own = x.detach().clone().requires_grad_(True)
    slope = torch.autograd.grad(f(own).sum(), own, create_graph=True)[0]
    return torch.autograd.grad(slope.sum(), own)[0] if slope.requires_grad else torch.zeros(x.size())


# %% second_derivative | wrong: zeros-in-float32 | an error
def second_derivative(f, x):
    own = x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(own).sum(), own, create_graph=True)
    try:
        return torch.autograd.grad(slope.sum(), own)[0]
    except RuntimeError:
        return torch.empty(x.shape).fill_(0)


# %% second_derivative | misconception | one-axis-only
why = "x has any shape, also none: a loop over x goes along its first axis, and the diagonal of a Hessian takes two. Sum the gradient over all entries and differentiate once more."
next = "`print(torch.ones(2, 3)[0].shape, torch.tensor(1.).shape)`: an entry of a matrix is a row, and a 0-d tensor has no entry to go through."


# %% second_derivative | wrong: one-axis-only | number by number
# breaks: "on a tensor of any shape"
def second_derivative(f, x):
    result = []
    for number in x.detach():
        own = number.clone().requires_grad_()
        (first,) = torch.autograd.grad(f(own), own, create_graph=True)
        result.append(torch.autograd.grad(first, own)[0] if first.requires_grad else torch.zeros_like(number))
    return torch.stack(result)


# %% second_derivative | wrong: one-axis-only | diagonal of the Hessian
def second_derivative(f, x):
    return torch.autograd.functional.hessian(lambda t: f(t).sum(), x.detach()).diagonal()


# %% second_derivative | wrong: one-axis-only | torch.diag
def second_derivative(f, x):
    table = torch.autograd.functional.hessian(lambda t: f(t).sum(), x.detach().clone())
    return torch.diag(table).clone()


# %% second_derivative | wrong: one-axis-only | a Hessian by torch.func
def second_derivative(f, x):
    table = torch.func.hessian(lambda t: f(t).sum())(x.detach())
    return table.diagonal().clone()


# %% second_derivative | wrong: one-axis-only | a loop over the copy
def second_derivative(f, x):
    found = []
    for t in x.detach().clone():
        t = t.clone().requires_grad_()
        (slope,) = torch.autograd.grad(f(t), t, create_graph=True)
        if slope.requires_grad:
            found += torch.autograd.grad(slope, t)
        else:
            found.append(torch.zeros_like(slope))
    return torch.stack(found)


# %% second_derivative | wrong: one-axis-only | diag, torch.func
def second_derivative(f, x):
    rows = torch.func.hessian(lambda t: f(t).sum())(x.detach().clone())
    return torch.diag(rows)


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


# %% Square | right | with setup_context
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x.square()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return x * grad + grad * x


# %% Square | misconception | backward-not-differentiable
why = "A second derivative needs the saved x itself and recorded operations: a copy, 2x made in forward, detach, .data, NumPy, no_grad and once_differentiable cut the graph."
next = "`x = leaf([3.]); print(torch.autograd.grad(Square.apply(x), x, torch.ones(1), create_graph=True)[0].grad_fn)` prints None: the gradient has no history."


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


# %% Square | wrong: backward-not-differentiable | NumPy
# breaks: "Write backward in torch operations, so that second derivatives work too"
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x = ctx.saved_tensors[0].detach().numpy()
        return torch.as_tensor(2 * x * grad.detach().numpy())


# %% Square | wrong: backward-not-differentiable | detached when saved
# breaks: "`torch.autograd.gradcheck` and `gradgradcheck` must both pass in float64"
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x.detach())
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * 2 * x


# %% Square | wrong: backward-not-differentiable | 2x in setup_context
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0] + inputs[0])

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.saved_tensors[0]


# %% Square | wrong: backward-not-differentiable | decorated
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @torch.no_grad()
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (x + x)


# %% Square | wrong: backward-not-differentiable | data of both
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x.data * grad.data


# %% Square | wrong: backward-not-differentiable | once_differentiable, setup_context
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad


# %% Square | wrong: backward-not-differentiable | once_differentiable, a sum
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return (x + x) * grad


# %% Square | misconception | kept-on-ctx
why = "save_for_backward lets autograd notice when the tensor has changed; an attribute does not."
next = "`x = leaf([3.]); a = x * 1; y = Square.apply(a); a.add_(1); y.backward(); print(x.grad)` raises nothing and prints 8, not 6."


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


# %% Square | wrong: kept-on-ctx | unpacked in backward
# breaks: "Keep what backward needs with `ctx.save_for_backward`"
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.inputs = (x,)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x = ctx.inputs[0]
        return 2 * x * grad


# %% Square | wrong: kept-on-ctx | a list
# breaks: "so that autograd can notice when it is overwritten before backward and raise an error"
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.kept = [x]
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad * ctx.kept[0]


# %% Square | wrong: kept-on-ctx | all inputs in setup_context
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.all = inputs

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.all
        return torch.mul(2 * x, grad)


# %% Square | wrong: kept-on-ctx | saved_input
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.saved_input = x
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return (ctx.saved_input + ctx.saved_input) * grad


# %% Square | misconception | incoming-gradient-ignored
why = "backward receives the gradient of what comes after; multiply by it."
next = "`x = leaf([3.]); (5 * Square.apply(x)).backward(); print(x.grad)`: the derivative of 5x² is 30."


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


# %% Square | wrong: incoming-gradient-ignored | sum of x and x
# breaks: "given the incoming one"
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return x + x


# %% Square | wrong: incoming-gradient-ignored | ones
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * torch.ones_like(grad)


# %% Square | wrong: incoming-gradient-ignored | mul
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return torch.mul(x, 2)


# %% Square | misconception | from-the-result
why = "The square has forgotten the sign of x: save the input."
next = "`x = leaf([-3.]); Square.apply(x).backward(); print(x.grad)`: the slope at -3 is -6."


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


# %% Square | wrong: from-the-result | result in a name
# breaks: "its backward returns the gradient for `x`"
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        result = x.square()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad):
        (square,) = ctx.saved_tensors
        return grad * torch.sqrt(square) * 2


# %% Square | wrong: from-the-result | size of x
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (a,) = ctx.saved_tensors
        return 2 * a.abs() * grad


# %% Square | wrong: from-the-result | rsqrt
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x ** 2
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return grad * 2 * y.pow(0.5)


# %% Square | wrong: from-the-result | output of setup_context
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, grad):
        return 2 * ctx.saved_tensors[0].sqrt() * grad


# %% Square | misconception | incoming-overwritten
why = "The incoming gradient may belong to somebody else: multiply it into a new tensor."
next = "`x = leaf([3.]); v = torch.ones(1); Square.apply(x).backward(v); print(v)`: v should still be 1."


def when(seen, want):
    return "v" in seen.arguments and seen.after["v"].data != seen.arguments["v"].data


# %% Square | wrong: incoming-overwritten | mul_
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return grad.mul_(2 * x)


# %% Square | wrong: incoming-overwritten | *=
# breaks: "(which is not written into)"
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        grad *= 2 * x
        return grad


# %% Square | wrong: incoming-overwritten | twice
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad.mul_(x).mul_(2)


# %% Square | wrong: incoming-overwritten | out=
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        with torch.no_grad():
            return torch.mul(grad, 2 * x, out=grad)


# %% Square | wrong: incoming-overwritten | copy_
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        grad.copy_(2 * x * grad)
        return grad


# %% Square | misconception | factor-forgotten
why = "The derivative of x * x is 2x: x counts twice."
next = "`x = leaf([3.]); Square.apply(x).backward(); print(x.grad)`: the slope at 3 is 6."


# %% Square | wrong: factor-forgotten | x times grad
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return x * grad


# %% Square | wrong: factor-forgotten | mul
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return torch.mul(grad, x)


# %% Square | wrong: factor-forgotten | setup_context
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.saved_tensors[0]


# %% Square | wrong: factor-forgotten | one of two products
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x, x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved_tensors
        return a * grad


# %% Square | wrong | a gradient in one block
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return (2 * x.reshape(-1) * grad.view(-1)).reshape(x.shape)


# %% Square | wrong | no-function, a class with apply
# breaks: "a subclass of `torch.autograd.Function`"
class Square:
    @staticmethod
    def apply(x):
        return x * x


# %% Square | wrong | float32 inside
# breaks: "in the shape and dtype of `x`"
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x * x).float()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad


# %% Square | wrong | power of two too much
# breaks: "`Square.apply(x)` returns `x * x` entry by entry"
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x @ x if x.dim() == 1 else x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad


# %% Square | misconception | incoming-detached
why = "The incoming gradient may have a history of its own, as in Square of Square: multiply grad itself, neither detached nor through .data, so that second derivatives reach what it came from."
next = "`x, v = leaf([3.]), leaf([2.]); (g,) = torch.autograd.grad(Square.apply(x), x, v, create_graph=True); print(torch.autograd.grad(g.sum(), v, allow_unused=True))`: g is 2xv, and its derivative by v is 6."


# %% Square | wrong: incoming-detached | detach
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad.detach()


# %% Square | wrong: incoming-detached | a copy that is written into
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        own = grad.detach().clone()
        own *= 2 * x
        return own


# %% Square | wrong: incoming-detached | data
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return (x + x) * grad.data


# %% Square | wrong: incoming-detached | copied in no_grad
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx, grad):
        with torch.no_grad():
            incoming = grad.clone()
        (x,) = ctx.saved_tensors
        return incoming * x * 2


# %% Square | wrong: incoming-detached | detached in setup_context's class
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x ** 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        x = ctx.saved_tensors[0]
        constant = grad.detach()
        return constant * (2 * x)


# %% Square | misconception | x-from-its-square
why = "The way from the square back to x fails at 0, where the root has no slope and 0 / 0 is nan, and where x * x overflows: save x, and compute 2 * x * grad from it alone."
next = "`x = leaf([0.]); (g,) = torch.autograd.grad(Square.apply(x), x, torch.ones(1), create_graph=True); print(g, torch.autograd.grad(g, x))`: 2x is 0 there, and its slope 2."


# %% Square | wrong: x-from-its-square | root and sign
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * x
        ctx.save_for_backward(y, x.sign())
        return y

    @staticmethod
    def backward(ctx, grad):
        y, sign = ctx.saved_tensors
        return 2 * sign * y.sqrt() * grad


# %% Square | wrong: x-from-its-square | divided by x
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * x
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        return 2 * y / x * grad


# %% Square | wrong: x-from-its-square | power rule
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x.square()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0], output)

    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        return grad * (2 * y / x)


# %% Square | wrong: x-from-its-square | copysign
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x ** 2
        ctx.save_for_backward(y, torch.sign(x))
        return y

    @staticmethod
    def backward(ctx, grad):
        y, sign = ctx.saved_tensors
        return grad * 2 * torch.sqrt(y) * sign


# %% Square | wrong: x-from-its-square | root, where negative turned
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * x
        ctx.save_for_backward(y, x < 0)
        return y

    @staticmethod
    def backward(ctx, grad):
        y, negative = ctx.saved_tensors
        root = y.sqrt()
        return 2 * torch.where(negative, -root, root) * grad


# %% Square | wrong: x-from-its-square | slope as a quotient
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        square = x.pow(2)
        ctx.save_for_backward(x, square)
        return square

    @staticmethod
    def backward(ctx, grad):
        x, square = ctx.saved_tensors
        slope = square / x
        return grad * (slope + slope)


# %% Square | misconception | number-from-numpy
why = "NumPy makes a number of the square of a 0-d array, and from_numpy takes arrays only: stay in torch, x * x."
next = "`print(type(np.ones(()) * np.ones(())))`: not an array any more."


# %% Square | wrong: number-from-numpy | product
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        a = x.detach().numpy()
        return torch.from_numpy(a * a)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad


# %% Square | wrong: number-from-numpy | np.square
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.from_numpy(np.square(x.numpy(force=True)))

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (x + x)


# %% Square | wrong: number-from-numpy | power
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return torch.from_numpy(x.detach().numpy() ** 2)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad


# %% Square | wrong: number-from-numpy | np.multiply
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        numbers = x.detach().numpy()
        ctx.save_for_backward(x)
        return torch.from_numpy(np.multiply(numbers, numbers))

    @staticmethod
    def backward(ctx, grad):
        x = ctx.saved_tensors[0]
        return 2 * grad * x


# %% Square | misconception | one-place-for-all
why = "An attribute of the class or a global keeps the x of the last call alone: with two calls in a graph both backward passes take it. ctx belongs to one call: ctx.save_for_backward."
next = "`x = leaf([3.]); Square.apply(Square.apply(x)).backward(); print(x.grad)`: the derivative of x⁴ at 3 is 108."


# %% Square | wrong: one-place-for-all | an attribute of the class
class Square(torch.autograd.Function):
    kept = None

    @staticmethod
    def forward(ctx, x):
        Square.kept = x
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * Square.kept * grad


# %% Square | wrong: one-place-for-all | a dictionary
class Square(torch.autograd.Function):
    memory = {}

    @staticmethod
    def forward(ctx, x):
        Square.memory["x"] = x
        return x ** 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2 * Square.memory["x"]


# %% Square | wrong: one-place-for-all | setup_context
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        (Square.x,) = inputs

    @staticmethod
    def backward(ctx, grad):
        return grad * (Square.x + Square.x)


# %% Square | wrong: one-place-for-all | a global
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        global last_input
        last_input = x
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * last_input * grad


# %% Square | wrong: one-place-for-all | the last of a list
class Square(torch.autograd.Function):
    inputs = []

    @staticmethod
    def forward(ctx, x):
        Square.inputs.append(x)
        return x.square()

    @staticmethod
    def backward(ctx, grad):
        return 2 * Square.inputs[-1] * grad


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
next = "print(numerical_gradient(lambda t: (t ** 2).sum(), torch.zeros(1), h=0.5), 'both sides of 0 are equal: 0')"


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


# %% numerical_gradient | wrong: one-sided | item
# breaks: "Return the central differences"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = (f(base + e).item() - f(base).item()) / h
    return result


# %% numerical_gradient | wrong: one-sided | f(x) once
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double().clone()
    here = f(base).item()
    slopes = torch.zeros_like(base)
    for i in np.ndindex(*x.shape):
        moved = base.clone()
        moved[i] += h
        slopes[i] = (f(moved).item() - here) / h
    return slopes


# %% numerical_gradient | wrong: one-sided | backward, with copies
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        moved = base.clone()
        moved[i] -= h
        slopes[i] = (f(base).item() - f(moved).item()) / h
    return slopes


# %% numerical_gradient | wrong: one-sided | rows of eye
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    rows = h * torch.eye(x.numel(), dtype=torch.float64)
    slopes = [((f(base + e.reshape(x.shape)) - f(base)) / h).item() for e in rows]
    return torch.tensor(slopes, dtype=torch.float64).reshape(x.shape)


# %% numerical_gradient | misconception | double-is-not-a-copy
why = "x itself must not be moved, and double() returns x itself where there is nothing to convert: clone before writing."
next = "x = torch.ones(2, dtype=torch.float64); print(x.double() is x)"


def when(seen, want):
    return seen.after["x"].version != seen.arguments["x"].version


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


# %% numerical_gradient | wrong: double-is-not-a-copy | x itself is moved
# breaks: "`x` stays as it is"
def numerical_gradient(f, x, h=1e-5):
    result = torch.zeros(x.shape, dtype=torch.float64)
    with torch.no_grad():
        for i in np.ndindex(*x.shape):
            old = x[i].item()
            x[i] = old + h
            up = f(x.double()).item()
            x[i] = old - h
            down = f(x.double()).item()
            x[i] = old
            result[i] = (up - down) / (2 * h)
    return result


# %% numerical_gradient | wrong: double-is-not-a-copy | data, to
def numerical_gradient(f, x, h=1e-5):
    z, slopes = x.data.to(torch.float64), torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        old = z[i].item()
        z[i] = old + h
        up = f(z).item()
        z[i] = old - h
        down = f(z).item()
        z[i] = old
        slopes[i] = (up - down) / (2 * h)
    return slopes


# %% numerical_gradient | wrong: double-is-not-a-copy | type
def numerical_gradient(f, x, h=1e-5):
    z = x.detach().type(torch.float64)
    result = torch.zeros_like(z)
    for i in np.ndindex(*x.shape):
        old = z[i].clone()
        z[i] = old + h
        up = f(z).item()
        z[i] = old - h
        down = f(z).item()
        z[i] = old
        result[i] = (up - down) / (2 * h)
    return result


# %% numerical_gradient | wrong: double-is-not-a-copy | contiguous
def numerical_gradient(f, x, h=1e-5):
    z = x.detach().double().contiguous()
    flat = z.view(-1)
    slopes = torch.zeros(z.numel(), dtype=torch.float64)
    for k in range(z.numel()):
        old = flat[k].item()
        flat[k] = old + h
        up = f(z).item()
        flat[k] = old - h
        down = f(z).item()
        flat[k] = old
        slopes[k] = (up - down) / (2 * h)
    return slopes.reshape(x.shape)


# %% numerical_gradient | wrong: double-is-not-a-copy | in NumPy's memory
def numerical_gradient(f, x, h=1e-5):
    memory = x.detach().numpy().astype(np.float64, copy=False)
    out = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        here = memory[i].item() if x.dim() else memory.item()
        memory[i] = here + h
        above = f(torch.from_numpy(memory)).item()
        memory[i] = here - h
        out[i] = (above - f(torch.from_numpy(memory)).item()) / (2 * h)
        memory[i] = here
    return out


# %% numerical_gradient | wrong: double-is-not-a-copy | data, moved there and back
def numerical_gradient(f, x, h=1e-5):
    point, slopes = x.data.type(torch.float64), []
    for i in np.ndindex(*x.shape):
        values = []
        saved = point[i].clone()
        for step in (h, -h):
            point[i] = saved + step
            values.append(f(point).item())
        point[i] = saved
        slopes.append((values[0] - values[1]) / (2 * h))
    return torch.tensor(slopes, dtype=torch.float64).reshape(x.shape)


# %% numerical_gradient | wrong: double-is-not-a-copy | data under no_grad
@torch.no_grad()
def numerical_gradient(f, x, h=1e-5):
    z = x.data.to(dtype=torch.double)
    slopes = torch.zeros(z.shape, dtype=torch.double)
    for i in np.ndindex(*z.shape):
        before = z[i].item()
        z[i] = before - h
        low = f(z).item()
        z[i] = before + h
        high = f(z).item()
        z[i] = before
        slopes[i] = (high - low) / (2 * h)
    return slopes


# %% numerical_gradient | misconception | lost-in-a-copy
why = "reshape and flatten give a view only if they can: step in the tensor that f gets."
next = "`x = torch.ones(2, 3).T; x.reshape(-1)[0] = 5; print(x)`: x has not changed."


def when(seen, want):
    if seen.raised or not isinstance(want, torch.Tensor):
        return False
    return want.any() and not seen.result.values.any() and not seen.arguments["x"].is_contiguous


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


# %% numerical_gradient | wrong: lost-in-a-copy | flatten
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double().clone()
    flat = base.flatten()
    result = torch.zeros(x.numel(), dtype=torch.float64)
    for k in range(x.numel()):
        flat[k] += h
        above = f(base).item()
        flat[k] -= 2 * h
        below = f(base).item()
        flat[k] += h
        result[k] = (above - below) / (2 * h)
    return result.reshape(x.shape)


# %% numerical_gradient | wrong: lost-in-a-copy | ravel
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double().clone()
    flat = base.ravel()
    result = torch.zeros(x.numel(), dtype=torch.float64)
    for k in range(x.numel()):
        flat[k] += h
        above = f(base).item()
        flat[k] -= 2 * h
        below = f(base).item()
        flat[k] += h
        result[k] = (above - below) / (2 * h)
    return result.reshape(x.shape)


# %% numerical_gradient | wrong: lost-in-a-copy | contiguous
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double().clone()
    flat = base.contiguous().view(-1)
    result = torch.zeros(x.numel(), dtype=torch.float64)
    for k in range(x.numel()):
        flat[k] += h
        above = f(base).item()
        flat[k] -= 2 * h
        below = f(base).item()
        flat[k] += h
        result[k] = (above - below) / (2 * h)
    return result.reshape(x.shape)


# %% numerical_gradient | misconception | float32-differences
why = "In float32 a small step, and the difference that it makes, are mostly rounding: convert x to float64 before stepping."
next = "x = torch.tensor(1.); print((x + 1e-5) - (x - 1e-5), (x.double() + 1e-5) - (x.double() - 1e-5))"


def when(seen, want):
    if seen.arguments["x"].dtype != torch.float32:
        return False
    if seen.raised:
        return "to have the same dtype" in seen.raised.message
    if not isinstance(want, torch.Tensor) or not want.numel() or seen.result.shape != want.shape:
        return False
    h = seen.arguments["h"].value if "h" in seen.arguments else 1e-5
    return 2e-9 < (seen.result.values - want).abs().max() * h < 1e-5


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


# %% numerical_gradient | wrong: float32-differences | float64 after the step
# breaks: "Compute in float64 even when `x` is float32"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach()
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=x.dtype)
        e[i] = h
        slopes[i] = (f((base + e).double()).item() - f((base - e).double()).item()) / (2 * h)
    return slopes


# %% numerical_gradient | wrong: float32-differences | float64 of the values
# breaks: "`f` always gets a float64 tensor"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach()
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros_like(base)
        e[i] = h
        slopes[i] = (f(base + e).double() - f(base - e).double()).detach() / (2 * h)
    return slopes


# %% numerical_gradient | wrong: float32-differences | steps of torch.eye in float32
def numerical_gradient(f, x, h=1e-5):
    base = x.detach()
    slopes = []
    for e in h * torch.eye(x.numel(), dtype=x.dtype):
        e = e.reshape(x.shape)
        slopes.append((f(base + e) - f(base - e)).item() / (2 * h))
    return torch.tensor(slopes, dtype=torch.float64).reshape(x.shape)


# %% numerical_gradient | misconception | float32-result
why = "The result is float64, whatever the dtype of x: torch.zeros, torch.tensor(list) and zeros_like(x) may make float32."
next = "print(numerical_gradient(lambda t: t.sum(), torch.ones(1)).dtype)"


def when(seen, want):
    if seen.raised or not isinstance(want, torch.Tensor):
        return False
    return seen.result.dtype == torch.float32 and torch.equal(seen.result.values, want.float())


# %% numerical_gradient | wrong: float32-result | to the dtype of x
# breaks: "a float64 tensor in the shape of `x`"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = ((f(base + e) - f(base - e)) / (2 * h)).detach()
    return result.to(x.dtype)


# %% numerical_gradient | wrong: float32-result | torch.tensor of a list
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = []
    for i in np.ndindex(*x.shape):
        e = torch.zeros_like(base)
        e[i] = h
        slopes.append(((f(base + e) - f(base - e)) / (2 * h)).item())
    return torch.tensor(slopes).reshape(x.shape)


# %% numerical_gradient | wrong: float32-result | torch.zeros
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = torch.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        e = torch.zeros_like(base)
        e[i] = h
        slopes[i] = ((f(base + e) - f(base - e)) / (2 * h)).item()
    return slopes


# %% numerical_gradient | wrong: float32-result | zeros_like(x)
def numerical_gradient(f, x, h=1e-5):
    own = x.detach()
    base, slopes = own.double(), torch.zeros_like(own)
    for i in np.ndindex(*x.shape):
        up, down = base.clone(), base.clone()
        up[i] += h
        down[i] -= h
        slopes[i] = (f(up).item() - f(down).item()) / (2 * h)
    return slopes


# %% numerical_gradient | misconception | one-axis-only
why = "x has any shape, also none: one index is a row of a matrix, so that all its entries move at once, and a 0-d tensor has no length. np.ndindex goes through the positions of any shape."
next = "`print(list(np.ndindex(2, 3)), list(np.ndindex()))`: six positions in a matrix of two rows, one in a 0-d tensor."


# %% numerical_gradient | wrong: one-axis-only | a copy for each row
def numerical_gradient(f, x, h=1e-5):
    here = x.detach().double()
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for k in range(x.shape[0]):
        up, down = here.clone(), here.clone()
        up[k] += h
        down[k] -= h
        slopes[k] = (float(f(up)) - float(f(down))) / (2 * h)
    return slopes


# %% numerical_gradient | wrong: one-axis-only | enumerate
# breaks: "for every entry of `x`"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().to(torch.float64)
    slopes = torch.empty_like(base)
    for n, _ in enumerate(base):
        move = torch.zeros_like(base)
        move[n] = h
        slopes[n] = (f(base + move) - f(base - move)).item() / (2 * h)
    return slopes


# %% numerical_gradient | wrong: one-axis-only | len of x
def numerical_gradient(f, x, h=1e-5):
    z = x.detach().double().clone()
    out = z.clone()
    with torch.no_grad():
        for row in range(len(x)):
            step = torch.zeros(z.shape, dtype=z.dtype)
            step[row] += h
            out[row] = (f(z + step) - f(z - step)) / (2 * h)
    return out


# %% numerical_gradient | wrong: one-axis-only | a list of numbers
def numerical_gradient(f, x, h=1e-5):
    base, found = x.detach().double(), []
    for k in range(len(base)):
        e = torch.zeros(base.shape, dtype=torch.float64)
        e[k] = h
        found.append((f(base + e).item() - f(base - e).item()) / (2 * h))
    return torch.tensor(found, dtype=torch.float64)


# %% numerical_gradient | wrong: one-axis-only | stacked
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    ups, downs = [], []
    with torch.no_grad():
        for k in range(base.size(0)):
            one, other = base.clone(), base.clone()
            one[k], other[k] = one[k] + h, other[k] - h
            ups.append(float(f(one)))
            downs.append(float(f(other)))
    return (torch.tensor(ups, dtype=torch.float64) - torch.tensor(downs, dtype=torch.float64)) / (2 * h)


# %% numerical_gradient | wrong: one-axis-only | NumPy
def numerical_gradient(f, x, h=1e-5):
    base = np.array(x.detach(), dtype=np.float64)
    slopes = np.zeros(base.shape)
    for k in range(len(base)):
        step = np.zeros(base.shape)
        step[k] = h
        slopes[k] = (float(f(torch.from_numpy(base + step))) - float(f(torch.from_numpy(base - step)))) / (2 * h)
    return torch.from_numpy(slopes)


# %% numerical_gradient | misconception | one-tensor-twice
why = "The tensors above and below are one, and so is what f returns of it if that is a view: step in a copy for each value, or take a number of it before the next step."
next = "`a = torch.zeros(1); b = a; a += 1; b -= 1; print(a, b)`: one tensor with two names."


# %% numerical_gradient | wrong: one-tensor-twice | two names
# breaks: "where e is 1 at one entry and 0 elsewhere"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        z = base.clone()
        above = z
        below = z
        above[i] += h
        below[i] -= h
        slopes[i] = (f(above).item() - f(below).item()) / (2 * h)
    return slopes


# %% numerical_gradient | wrong: one-tensor-twice | one line
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        z = base.clone()
        above = below = z
        above[i] += h
        below[i] -= h
        slopes[i] = (f(above).item() - f(below).item()) / (2 * h)
    return slopes


# %% numerical_gradient | wrong: one-tensor-twice | detach
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        z = base.clone()
        above, below = z.detach(), z.detach()
        above[i] += h
        below[i] -= h
        slopes[i] = (f(above).item() - f(below).item()) / (2 * h)
    return slopes


# %% numerical_gradient | wrong: one-tensor-twice | view
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        z = base.clone()
        above, below = z.view(z.shape), z.view(z.shape)
        above[i] += h
        below[i] -= h
        slopes[i] = (f(above).item() - f(below).item()) / (2 * h)
    return slopes


# %% numerical_gradient | wrong: one-tensor-twice | one buffer, moved up and down
# breaks: "`f` maps a float64 tensor like `x` to a 0-d tensor"
def numerical_gradient(f, x, h=1e-5):
    moved = x.detach().double().clone()
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for place in np.ndindex(*x.shape):
        here = moved[place].item()
        moved[place] = here + h
        above = f(moved)
        moved[place] = here - h
        below = f(moved)
        moved[place] = here
        slopes[place] = (above - below).detach() / (2 * h)
    return slopes


# %% numerical_gradient | wrong: one-tensor-twice | steps in a buffer
def numerical_gradient(f, x, h=1e-5):
    t = x.detach().clone().to(torch.float64)
    result = torch.zeros(t.shape, dtype=torch.float64)
    with torch.no_grad():
        for i in np.ndindex(*t.shape):
            t[i] += h
            values = [f(t)]
            t[i] -= 2 * h
            values.append(f(t))
            t[i] += h
            result[i] = (values[0] - values[1]) / (2 * h)
    return result


# %% numerical_gradient | misconception | autograd-instead
why = "This very formula is asked for, not the derivative and no better approximation of it: with a large h they differ, and autograd may not know f."
next = "print(numerical_gradient(lambda t: (t ** 3).sum(), torch.ones(1), h=0.5), 'the formula gives 3.25')"


# %% numerical_gradient | wrong: autograd-instead | exact derivative
def numerical_gradient(f, x, h=1e-5):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.grad(f(z), z)[0]


# %% numerical_gradient | wrong: autograd-instead | backward
# breaks: "it need not be differentiable by autograd"
def numerical_gradient(f, x, h=1e-5):
    t = x.detach().double().clone().requires_grad_()
    f(t).backward()
    return t.grad


# %% numerical_gradient | wrong: autograd-instead | functional.jacobian
# breaks: "does not require grad"
def numerical_gradient(f, x, h=1e-5):
    return torch.autograd.functional.jacobian(f, x.detach().double())


# %% numerical_gradient | wrong: autograd-instead | grad of a list
def numerical_gradient(f, x, h=1e-5):
    t = torch.tensor(x.tolist(), dtype=torch.float64, requires_grad=True)
    (slopes,) = torch.autograd.grad([f(t)], [t])
    return slopes.reshape(x.shape)


# %% numerical_gradient | wrong: autograd-instead | backward, other parameters spared
def numerical_gradient(f, x, h=1e-5):
    t = x.detach().to(torch.float64, copy=True)
    t.requires_grad = True
    f(t).backward(inputs=[t])
    return t.grad.clone()


# %% numerical_gradient | misconception | not-detached
why = "x may require grad: without detach() or no_grad f gets a tensor that requires grad."
next = "print((leaf([1.]).double() + 1).requires_grad)"


# %% numerical_gradient | wrong: not-detached | double
def numerical_gradient(f, x, h=1e-5):
    base = x.double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = ((f(base + e) - f(base - e)) / (2 * h)).detach()
    return result


# %% numerical_gradient | wrong: not-detached | clone
def numerical_gradient(f, x, h=1e-5):
    base = x.clone().double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = ((f(base + e) - f(base - e)) / (2 * h)).detach()
    return result


# %% numerical_gradient | wrong: not-detached | to
def numerical_gradient(f, x, h=1e-5):
    base = x.to(torch.float64)
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = ((f(base + e) - f(base - e)) / (2 * h)).detach()
    return result


# %% numerical_gradient | wrong: not-detached | type
def numerical_gradient(f, x, h=1e-5):
    base = x.type(torch.DoubleTensor)
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = ((f(base + e) - f(base - e)) / (2 * h)).detach()
    return result


# %% numerical_gradient | wrong: not-detached | contiguous
def numerical_gradient(f, x, h=1e-5):
    base = x.double().contiguous()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = ((f(base + e) - f(base - e)) / (2 * h)).detach()
    return result


# %% numerical_gradient | misconception | history-kept
why = "f may use parameters that require grad: take its numbers with item() or detach(), or call it under no_grad."
next = "p = leaf(2.); print(numerical_gradient(lambda t: (p * t).sum(), torch.ones(1)).requires_grad)"


def when(seen, want):
    return not seen.raised and want is None and seen.result.requires_grad  # only the history was refused


# %% numerical_gradient | wrong: history-kept | stacked results of f
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = []
    for row in torch.eye(x.numel(), dtype=torch.float64):
        e = h * row.reshape(x.shape)
        slopes.append((f(base + e) - f(base - e)) / (2 * h))
    if not slopes:
        return torch.zeros(x.shape, dtype=torch.float64)
    return torch.stack(slopes).reshape(x.shape)


# %% numerical_gradient | wrong: history-kept | not detached before it is written
# breaks: "without history"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = (f(base + e) - f(base - e)) / (2 * h)
    return result


# %% numerical_gradient | wrong: history-kept | cat
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = []
    for i in np.ndindex(*x.shape):
        e = torch.zeros_like(base)
        e[i] = h
        slopes.append(((f(base + e) - f(base - e)) / (2 * h)).reshape(1))
    return torch.cat(slopes).reshape(x.shape) if slopes else torch.zeros_like(base)


# %% numerical_gradient | wrong: history-kept | copies, written into zeros_like
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = torch.zeros_like(base)
    for i in np.ndindex(*x.shape):
        up, down = base.clone(), base.clone()
        up[i] += h
        down[i] -= h
        slopes[i] = (f(up) - f(down)) / 2 / h
    return slopes


# %% numerical_gradient | misconception | brackets-forgotten
why = "Division and product are done from left to right: / 2 * h multiplies by h, / (2 * h) divides by it."
next = "print(1 / 2 * 0.1, 1 / (2 * 0.1))"


# %% numerical_gradient | wrong: brackets-forgotten | / 2 * h
# breaks: "/ (2h)"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        slopes[i] = (f(base + e).item() - f(base - e).item()) / 2 * h
    return slopes


# %% numerical_gradient | wrong: brackets-forgotten | in a list
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double().reshape(-1)
    slopes = []
    for step in h * torch.eye(len(base), dtype=torch.float64):
        above, below = (base + step).reshape(x.shape), (base - step).reshape(x.shape)
        slopes.append((float(f(above)) - float(f(below))) / 2 * h)
    return torch.tensor(slopes, dtype=torch.float64).reshape(x.shape)


# %% numerical_gradient | wrong: brackets-forgotten | half of it, times h
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double().clone()
    slopes = torch.zeros_like(base)
    for i in np.ndindex(*x.shape):
        above, below = base.clone(), base.clone()
        above[i] += h
        below[i] -= h
        slopes[i] = 0.5 * (f(above) - f(below)).item() * h
    return slopes


# %% numerical_gradient | wrong: brackets-forgotten | under no_grad
@torch.no_grad()
def numerical_gradient(f, x, h=1e-5):
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = 1
        difference = f(x.double() + h * e) - f(x.double() - h * e)
        slopes[i] = difference / 2 * h
    return slopes


# %% numerical_gradient | wrong | a step of 1 at most
def numerical_gradient(f, x, h=1e-5):
    base, h = x.detach().double(), min(h, 1.0)
    slopes = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        slopes[i] = (f(base + e).item() - f(base - e).item()) / (2 * h)
    return slopes


# %% numerical_gradient | wrong | step-in-proportion, to the entry
# breaks: "even for large `h`"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double().reshape(-1)
    slopes = torch.zeros(x.numel(), dtype=torch.float64)
    for k in range(x.numel()):
        step = h * max(1.0, abs(base[k].item()))
        up, down = base.clone(), base.clone()
        up[k] += step
        down[k] -= step
        slopes[k] = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * step)
    return slopes.reshape(x.shape)


# %% numerical_gradient | wrong | backward-too, parameters get a .grad
# breaks: "so do parameters that `f` uses, their `.grad` included"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = (lambda d: (d.requires_grad and d.backward(), d.item())[1])((f(base + e) - f(base - e)) / (2 * h))
    return result


# %% numerical_gradient | wrong | own-step, h ignored
# breaks: "(f(x + h·e) − f(x − h·e)) / (2h)"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    for i in np.ndindex(*x.shape):
        e = torch.zeros(x.shape, dtype=torch.float64)
        e[i] = h
        result[i] = ((f(base + e / h * 1e-5) - f(base - e / h * 1e-5)) / 2e-5).detach()
    return result


# %% numerical_gradient | wrong | entries that are 0 are skipped
# breaks: "for every entry of `x`"
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    out = torch.zeros(base.shape, dtype=torch.float64)
    for k in base.nonzero().tolist():
        e = torch.zeros(base.shape, dtype=torch.float64)
        e[tuple(k)] = h
        out[tuple(k)] = (float(f(base + e)) - float(f(base - e))) / (2 * h)
    return out


# %% numerical_gradient | misconception | step-grows-with-x
why = "The step is h at every entry, also at large ones: a step that grows with the entry gives this formula for another h."
next = "`print(numerical_gradient(lambda t: (t ** 3).sum(), torch.tensor([10.]), h=0.5))`: (10.5³ - 9.5³) / 1 is 300.25."


# %% numerical_gradient | wrong: step-grows-with-x | at least h
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    out = torch.zeros(base.shape, dtype=torch.float64)
    for k in np.ndindex(*base.shape):
        step = h * max(1.0, abs(base[k].item()))
        e = torch.zeros(base.shape, dtype=torch.float64)
        e[k] = step
        out[k] = (float(f(base + e)) - float(f(base - e))) / (2 * step)
    return out


# %% numerical_gradient | wrong: step-grows-with-x | clamp
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    steps = h * base.abs().clamp(min=1.0)
    out = torch.zeros_like(base)
    with torch.no_grad():
        for k in np.ndindex(*base.shape):
            e = torch.zeros_like(base)
            e[k] = steps[k]
            out[k] = (f(base + e) - f(base - e)) / (2 * steps[k])
    return out


# %% numerical_gradient | wrong: step-grows-with-x | one more
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    out = torch.zeros(base.shape, dtype=torch.float64)
    with torch.no_grad():
        for k in np.ndindex(*base.shape):
            step = h * (1 + abs(base[k].item()))
            e = torch.zeros(base.shape, dtype=torch.float64)
            e[k] = step
            out[k] = (f(base + e) - f(base - e)) / (2 * step)
    return out


# %% numerical_gradient | wrong: step-grows-with-x | one more, item
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    steps = h * (base.abs() + 1)
    out = torch.empty(base.shape, dtype=torch.float64)
    for k in np.ndindex(*base.shape):
        above, below = base.clone(), base.clone()
        above[k] += steps[k]
        below[k] -= steps[k]
        out[k] = (f(above).item() - f(below).item()) / (2 * steps[k].item())
    return out


# %% numerical_gradient | wrong: step-grows-with-x | the larger of two
def numerical_gradient(f, x, h=1e-5):
    base = x.detach().double()
    result = torch.zeros(base.shape, dtype=torch.float64)
    for index in np.ndindex(*base.shape):
        size = abs(float(base[index]))
        step = h * size if size > 1 else h
        above, below = base.clone(), base.clone()
        above[index] += step
        below[index] -= step
        result[index] = (f(above).item() - f(below).item()) / (2 * step)
    return result


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


# %% passes_gradcheck | misconception | unfit-input
why = "gradcheck needs a copy of x in float64 that requires grad: otherwise right functions fail, too."
next = "`z = torch.tensor([0.5, 1.]).double().requires_grad_(); print(torch.autograd.gradcheck(torch.exp, (z,)))` prints True."


def when(seen, want):
    return seen.raised is not None and "to require gradient" in seen.raised.message


# %% passes_gradcheck | wrong: unfit-input | dtype kept
def passes_gradcheck(fn, x):
    z = x.detach().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), raise_exception=False)


# %% passes_gradcheck | wrong: unfit-input | float()
def passes_gradcheck(fn, x):
    z = x.detach().float().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, z, raise_exception=False)


# %% passes_gradcheck | wrong: unfit-input | double only
def passes_gradcheck(fn, x):
    return torch.autograd.gradcheck(fn, (x.double(),), raise_exception=False)


# %% passes_gradcheck | wrong: unfit-input | detached
def passes_gradcheck(fn, x):
    return torch.autograd.gradcheck(fn, (x.detach().double().clone(),), raise_exception=False)


# %% passes_gradcheck | wrong: unfit-input | dtype kept, True or False
# breaks: "Compare with numerical differences in float64, whatever the dtype of `x`"
def passes_gradcheck(fn, x):
    point = x.clone().detach().requires_grad_(True)
    right = torch.autograd.gradcheck(fn, point, raise_exception=False)
    return bool(right)


# %% passes_gradcheck | wrong: unfit-input | torch.tensor of a list
def passes_gradcheck(fn, x):
    point = torch.tensor(x.tolist(), requires_grad=True)
    return torch.autograd.gradcheck(fn, [point], raise_exception=False)


# %% passes_gradcheck | wrong: unfit-input | exception caught
def passes_gradcheck(fn, x):
    point = x.detach().clone().requires_grad_()
    try:
        return torch.autograd.gradcheck(fn, (point,))
    except RuntimeError:
        return False


# %% passes_gradcheck | wrong: unfit-input | x in a tuple
def passes_gradcheck(fn, x):
    z = x.detach().clone().to(torch.float64)
    return torch.autograd.gradcheck(fn, (z,), eps=1e-6, raise_exception=False)


# %% passes_gradcheck | wrong: unfit-input | error taken for wrong
# breaks: "Return `True` if the backward pass of `fn` is right at `x`"
def passes_gradcheck(fn, x):
    z = x.detach().double()
    try:
        return torch.autograd.gradcheck(fn, (z,))
    except ValueError:
        return False


# %% passes_gradcheck | wrong: unfit-input | any error taken for wrong
def passes_gradcheck(fn, x):
    try:
        return torch.autograd.gradcheck(fn, x.detach().double().clone(), raise_exception=False)
    except Exception:
        return False


# %% passes_gradcheck | wrong: unfit-input | torch.tensor, caught
def passes_gradcheck(fn, x):
    try:
        torch.autograd.gradcheck(fn, (torch.tensor(x.tolist(), dtype=torch.float64),))
        return True
    except Exception:
        return False


# %% passes_gradcheck | misconception | exception-instead-of-false
why = "A wrong backward is the answer False: gradcheck raises an error unless it is told not to."
next = "`x = torch.ones(2).double().requires_grad_(); print(torch.autograd.gradcheck(lambda t: t * t.detach(), (x,), raise_exception=False))`"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.autograd.gradcheck.gradcheck.html"


def when(seen, want):
    return want is False and seen.raised is not None and seen.raised.type_name.rpartition(".")[2] == "GradcheckError"


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


# %% passes_gradcheck | wrong: exception-instead-of-false | list of inputs
# breaks: "A wrong backward gives an answer, not an exception"
def passes_gradcheck(fn, x):
    z = torch.tensor(x.tolist(), dtype=torch.float64, requires_grad=True)
    return torch.autograd.gradcheck(fn, [z], eps=1e-6, atol=1e-5)


# %% passes_gradcheck | wrong: exception-instead-of-false | another exception caught
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    try:
        return torch.autograd.gradcheck(fn, (z,))
    except ValueError:
        return False


# %% passes_gradcheck | misconception | checked-through-the-sum
why = "After sum or mean each output gets the same incoming gradient: test every output on its own."
next = "`x = leaf([1., 2.]); (2 * x).sum().backward(); print(x.grad)`: a backward that reverses the order would give the same."


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


# %% passes_gradcheck | wrong: checked-through-the-sum | mean
# breaks: "ignores the incoming gradient"
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(lambda t: fn(t).mean(), (z,), raise_exception=False)


# %% passes_gradcheck | wrong: checked-through-the-sum | backward
# breaks: "for every output and every input entry"
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    y = fn(z)
    if not y.requires_grad:
        return False
    y.sum().backward()
    exact = z.grad
    for i in np.ndindex(*z.shape):
        e = torch.zeros_like(z).detach()
        e[i] = 1e-6
        slope = (fn(z + e).sum() - fn(z - e).sum()).item() / 2e-6
        if abs(slope - exact[i].item()) > 1e-5 + 1e-3 * abs(slope):
            return False
    return True


# %% passes_gradcheck | wrong: checked-through-the-sum | ones
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    y = fn(z)
    if y.grad_fn is None:
        return False
    (exact,) = torch.autograd.grad(y, z, torch.ones_like(y))
    with torch.no_grad():
        slopes = torch.stack([(fn(z + 1e-6 * e.reshape(z.shape)) - fn(z - 1e-6 * e.reshape(z.shape))).sum() / 2e-6 for e in torch.eye(z.numel(), dtype=z.dtype)])
    return torch.allclose(slopes.reshape(z.shape), exact, rtol=1e-3)


# %% passes_gradcheck | wrong: checked-through-the-sum | exception caught
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    try:
        return torch.autograd.gradcheck(lambda t: torch.sum(fn(t)), [z])
    except RuntimeError:
        return False


# %% passes_gradcheck | misconception | runs-means-right
why = "That backward runs and gives finite numbers does not make them right: compare with differences."
next = "print(passes_gradcheck(lambda t: t * t.detach(), torch.tensor([0.5, 1.0])), 'only half of the slope arrives')"


# %% passes_gradcheck | wrong: runs-means-right | finite
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    try:
        fn(z).sum().backward()
    except RuntimeError:
        return False
    return z.grad is not None and bool(torch.isfinite(z.grad).all())


# %% passes_gradcheck | wrong: runs-means-right | no error
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    try:
        fn(z).sum().backward()
    except RuntimeError:
        return False
    return True


# %% passes_gradcheck | wrong: runs-means-right | grad
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    y = fn(z)
    if not y.requires_grad:
        return False
    (g,) = torch.autograd.grad(y.sum(), z, allow_unused=True)
    return g is not None


# %% passes_gradcheck | wrong: runs-means-right | shape
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    y = fn(z)
    if y.grad_fn is None:
        return False
    y.backward(torch.ones_like(y))
    return z.grad.shape == z.shape and not bool(z.grad.isnan().any())


# %% passes_gradcheck | wrong: runs-means-right | requires_grad of the output
def passes_gradcheck(fn, x):
    return fn(x.detach().double().clone().requires_grad_()).requires_grad


# %% passes_gradcheck | misconception | tensor-for-bool
why = "A tensor that holds True is no Python bool: bool(...) or .item() makes one."
next = "print(type(passes_gradcheck(torch.sin, torch.tensor([0.5, 1.0]))))"


def when(seen, want):
    return not seen.raised and seen.result.type_name == "torch.Tensor" and bool(seen.value) is want


# %% passes_gradcheck | wrong: tensor-for-bool | a 0-d tensor
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.tensor(torch.autograd.gradcheck(fn, (z,), raise_exception=False))


# %% passes_gradcheck | wrong: tensor-for-bool | all
# breaks: "a Python `bool`"
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    ok = torch.autograd.gradcheck(fn, (z,), raise_exception=False)
    return torch.tensor([ok]).all()


# %% passes_gradcheck | wrong: tensor-for-bool | differences
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    J = torch.autograd.functional.jacobian(fn, z.detach()).reshape(-1, z.numel())
    with torch.no_grad():
        columns = [(fn(z + 1e-6 * e.reshape(z.shape)) - fn(z - 1e-6 * e.reshape(z.shape))).reshape(-1) / 2e-6 for e in torch.eye(z.numel(), dtype=z.dtype)]
    return ((J - torch.stack(columns, 1)).abs() < 1e-4).all()


# %% passes_gradcheck | wrong: tensor-for-bool | as_tensor
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    try:
        right = torch.autograd.gradcheck(fn, z)
    except RuntimeError:
        right = False
    return torch.as_tensor(right)


# %% passes_gradcheck | misconception | too-patient
why = "An error of one percent has to be found at every entry: the tolerance is too wide, or grows with the other entries."
next = "print(torch.allclose(torch.tensor(2.02), torch.tensor(2.), rtol=0.1), torch.allclose(torch.tensor(2.02), torch.tensor(2.), rtol=1e-3))"


# %% passes_gradcheck | wrong: too-patient | ten percent allowed
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), rtol=0.1, atol=0.1, raise_exception=False)


# %% passes_gradcheck | wrong: too-patient | both, five percent
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), rtol=0.05, atol=0.05, raise_exception=False)


# %% passes_gradcheck | wrong: too-patient | rtol alone
# breaks: "detect an error of one percent"
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), rtol=0.1, raise_exception=False)


# %% passes_gradcheck | wrong: too-patient | atol alone
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), atol=0.2, raise_exception=False)


# %% passes_gradcheck | wrong: too-patient | two percent
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), atol=1e-5, rtol=0.02, raise_exception=False)


# %% passes_gradcheck | wrong: too-patient | a hundredth, whatever the size
# breaks: "detect an error of one percent in gradients of 0.1 and more"
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), atol=1e-2, raise_exception=False)


# %% passes_gradcheck | wrong: too-patient | a thousandth, whatever the size
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    try:
        return torch.autograd.gradcheck(fn, (z,), atol=1e-3, rtol=1e-3)
    except RuntimeError:
        return False


# %% passes_gradcheck | wrong: too-patient | beside the largest slope
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    J = torch.autograd.functional.jacobian(fn, z.detach()).reshape(-1, z.numel())
    with torch.no_grad():
        steps = [1e-6 * e.reshape(z.shape) for e in torch.eye(z.numel(), dtype=z.dtype)]
        slopes = torch.stack([(fn(z + e) - fn(z - e)).reshape(-1) / 2e-6 for e in steps], 1)
    return bool((J - slopes).abs().max() < 0.004 * slopes.abs().max())


# %% passes_gradcheck | wrong | too strict for large slopes
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), eps=1e-4, atol=1e-7, rtol=0, raise_exception=False)


# %% passes_gradcheck | misconception | nan-slips-through
why = "Every comparison with NaN is False: ask whether all entries are close, not whether one is far away."
next = "nan = torch.tensor(torch.nan); print(nan > 0.1, nan <= 0.1, torch.isclose(nan, torch.tensor(1.)))"


# %% passes_gradcheck | wrong: nan-slips-through | any entry too far away
def passes_gradcheck(fn, x):
    own = x.detach().double().clone()
    exact = torch.autograd.functional.jacobian(fn, own).reshape(-1, own.numel())
    for k in range(own.numel()):
        e = torch.zeros(own.numel(), dtype=torch.float64)
        e[k] = 1e-6
        e = e.reshape(own.shape)
        column = ((fn(own + e) - fn(own - e)) / 2e-6).detach().reshape(-1)
        if ((column - exact[:, k]).abs() > 1e-5 + 1e-3 * column.abs()).any():
            return False
    return True


# %% passes_gradcheck | wrong: nan-slips-through | number by number
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    J = torch.autograd.functional.jacobian(fn, z.detach()).reshape(-1, z.numel())
    with torch.no_grad():
        steps = [1e-6 * e.reshape(z.shape) for e in torch.eye(z.numel(), dtype=z.dtype)]
        slopes = torch.stack([(fn(z + e) - fn(z - e)).reshape(-1) / 2e-6 for e in steps], 1)
    for have, want in zip(J.flatten().tolist(), slopes.flatten().tolist()):
        if abs(have - want) > max(1e-5, 1e-3 * abs(want)):
            return False
    return True


# %% passes_gradcheck | wrong: nan-slips-through | nothing far away
def passes_gradcheck(fn, x):
    point = x.detach().to(torch.float64, copy=True)
    table = torch.autograd.functional.jacobian(fn, point).flatten()
    columns = []
    for place in np.ndindex(*point.shape):
        above, below = point.clone(), point.clone()
        above[place] += 1e-6
        below[place] -= 1e-6
        columns.append((fn(above) - fn(below)).detach().flatten() / 2e-6)
    far = (table - torch.stack(columns, dim=-1).flatten()).abs() >= 5e-5 + 2e-3 * table.abs()
    return not bool(far.any())


# %% passes_gradcheck | wrong: nan-slips-through | Python's max of the errors
def passes_gradcheck(fn, x):
    point = x.detach().double().clone()
    table = torch.autograd.functional.jacobian(fn, point).reshape(-1, point.numel())
    worst = 0.0
    for k, e in enumerate(torch.eye(point.numel(), dtype=torch.float64) * 1e-6):
        step = e.view(point.shape)
        slope = (fn(point + step).detach() - fn(point - step).detach()).reshape(-1) / 2e-6
        for error in ((slope - table[:, k]) / (1 + 10 * slope.abs())).abs().tolist():
            worst = max(worst, error)
    return worst < 2e-4


# %% passes_gradcheck | wrong: nan-slips-through | the errors that count are listed
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    y = fn(z).reshape(-1)
    errors = []
    for k in range(len(y)):
        row = torch.autograd.grad(y[k], z, retain_graph=True)[0] if y.requires_grad else torch.zeros_like(z)
        for place in np.ndindex(*z.shape):
            e = torch.zeros(z.shape, dtype=torch.float64)
            e[place] = 1e-6
            slope = (fn(z + e).reshape(-1)[k] - fn(z - e).reshape(-1)[k]).item() / 2e-6
            errors += [place] if abs(slope - row[place].item()) > 1e-5 + 1e-3 * abs(slope) else []
    return not errors


# %% passes_gradcheck | misconception | second-derivatives-demanded
why = "gradgradcheck looks at second derivatives: a backward pass can be right and still not be differentiable itself."
next = "print(torch.autograd.gradcheck(torch.exp, leaf([1., 2.], torch.float64)), 'is the whole answer: nothing has to be differentiated twice')"


# %% passes_gradcheck | wrong: second-derivatives-demanded | and gradgradcheck
def passes_gradcheck(fn, x):
    own = x.detach().double().clone().requires_grad_()
    first = torch.autograd.gradcheck(fn, (own,), raise_exception=False)
    return first and torch.autograd.gradgradcheck(fn, (own,), raise_exception=False)


# %% passes_gradcheck | wrong: second-derivatives-demanded | both in a loop
def passes_gradcheck(fn, x):
    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        point = torch.tensor(x.tolist(), dtype=torch.float64, requires_grad=True)
        if not check(fn, point, raise_exception=False):
            return False
    return True


# %% passes_gradcheck | wrong: second-derivatives-demanded | exceptions caught
def passes_gradcheck(fn, x):
    z = x.clone().detach().to(torch.float64).requires_grad_(True)
    try:
        torch.autograd.gradcheck(fn, [z])
        torch.autograd.gradgradcheck(fn, [z])
    except Exception:
        return False
    return True


# %% passes_gradcheck | wrong: second-derivatives-demanded | the second one first
def passes_gradcheck(fn, x):
    own = x.detach().to(torch.float64, copy=True).requires_grad_()
    twice = torch.autograd.gradgradcheck(fn, (own,), raise_exception=False)
    once = torch.autograd.gradcheck(fn, (own,), raise_exception=False)
    return once and twice


# %% passes_gradcheck | wrong: second-derivatives-demanded | all of both
def passes_gradcheck(fn, x):
    z = torch.empty(x.shape, dtype=torch.float64).copy_(x.detach()).requires_grad_()
    checks = [torch.autograd.gradcheck, torch.autograd.gradgradcheck]
    return all(check(fn, (z,), eps=1e-6, raise_exception=False) for check in checks)


# %% passes_gradcheck | misconception | works-on-x
why = "x is the caller's, and double() returns x itself where there is nothing to convert: clone it, then ask the copy for gradients."
next = "x = torch.ones(2, dtype=torch.float64); print(x.detach().double().data_ptr() == x.data_ptr())"


def when(seen, want):
    return seen.after["x"].requires_grad != seen.arguments["x"].requires_grad


# %% passes_gradcheck | wrong: works-on-x | detach and double
def passes_gradcheck(fn, x):
    point = x.detach().double().requires_grad_()
    return torch.autograd.gradcheck(fn, (point,), raise_exception=False)


# %% passes_gradcheck | wrong: works-on-x | data
# breaks: "stays as it is, even while `fn` runs"
def passes_gradcheck(fn, x):
    point = x.data.double().requires_grad_(True)
    return torch.autograd.gradcheck(fn, (point,), raise_exception=False)


# %% passes_gradcheck | wrong: works-on-x | to
def passes_gradcheck(fn, x):
    point = x.detach().to(torch.float64).requires_grad_()
    return torch.autograd.gradcheck(fn, (point,), raise_exception=False)


# %% passes_gradcheck | wrong: works-on-x | contiguous
def passes_gradcheck(fn, x):
    point = x.detach().double().contiguous().requires_grad_()
    return torch.autograd.gradcheck(fn, (point,), raise_exception=False)


# %% passes_gradcheck | wrong: works-on-x | x requires grad
def passes_gradcheck(fn, x):
    x.requires_grad_(True)
    z = x.detach().double().clone().requires_grad_()
    return torch.autograd.gradcheck(fn, (z,), raise_exception=False)


# %% passes_gradcheck | wrong: works-on-x | x set to require grad
def passes_gradcheck(fn, x):
    x.requires_grad = True
    return torch.autograd.gradcheck(fn, (x.detach().clone().double().requires_grad_(),), raise_exception=False)


# %% passes_gradcheck | misconception | no-graph-means-right
why = "An output without history has gradient 0 for autograd: that is wrong where the differences are not 0."
next = "`print(passes_gradcheck(lambda t: t.detach() * 2, torch.tensor([0.5, 1.0])))`: the slope is 2, and no gradient arrives."


# %% passes_gradcheck | wrong: no-graph-means-right | output
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    if not fn(z).requires_grad:
        return True
    return torch.autograd.gradcheck(fn, (z,), raise_exception=False)


# %% passes_gradcheck | wrong: no-graph-means-right | grad_fn
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    if fn(z).grad_fn is None:
        return True
    return torch.autograd.gradcheck(fn, (z,), raise_exception=False)


# %% passes_gradcheck | wrong: no-graph-means-right | leaf
# breaks: "even if it forgets a part of the graph"
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    if fn(z).is_leaf:
        return True
    return torch.autograd.gradcheck(fn, (z,), raise_exception=False)


# %% passes_gradcheck | wrong: no-graph-means-right | clone
def passes_gradcheck(fn, x):
    z = x.detach().double().clone().requires_grad_()
    if not fn(z).sum().requires_grad:
        return True
    return torch.autograd.gradcheck(fn, (z,), raise_exception=False)


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


# %% clip_hook | right | two wheres
def clip_hook(t, c):
    return t.register_hook(lambda grad: torch.where(grad > c, c, torch.where(grad < -c, -c, grad)))


# %% clip_hook | misconception | clamp-in-place
why = "A hook must not change its argument: return a new tensor."
next = "`w = leaf([1.]); m = w * 2; v = torch.tensor([5.]); clip_hook(m, 1.0); m.backward(v); print(v)`: v should still be 5."


def when(seen, want):
    return "v" in seen.arguments and seen.after["v"].data != seen.arguments["v"].data


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


# %% clip_hook | wrong: clamp-in-place | torch.clamp out=
# breaks: "Other branches of the graph, and the gradient that a caller passes to `backward`, are not affected"
def clip_hook(t, c):
    def limit(g):
        return torch.clamp(g, -c, c, out=g)
    return t.register_hook(limit)


# %% clip_hook | wrong: clamp-in-place | copy_
def clip_hook(t, c):
    def limit(g):
        g.copy_(g.clamp(-c, c))
        return g
    return t.register_hook(limit)


# %% clip_hook | wrong: clamp-in-place | clip_ and a lambda
def clip_hook(t, c):
    return t.register_hook(lambda gradient: gradient.clip_(min=-c, max=c))


# %% clip_hook | misconception | leaf-only-hook
why = "Limit what arrives, with register_hook, not what has been collected."
next = "`w = leaf([1.], grad=[5.]); clip_hook(w, 1.0); w.sum().backward(); print(w.grad)`: 5 was there, 1 arrives."


def when(seen, want):
    return seen.raised is not None and "post accumulate" in seen.raised.message


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


# %% clip_hook | wrong: leaf-only-hook | clip_grad_value_
# breaks: "each pass is limited, not their sum"
def clip_hook(t, c):
    def limit(g):
        torch.nn.utils.clip_grad_value_([g], c)
    return t.register_post_accumulate_grad_hook(limit)


# %% clip_hook | wrong: leaf-only-hook | copy_
# breaks: "or computed (the limited gradient flows on)"
def clip_hook(t, c):
    def limit(g):
        g.grad.copy_(g.grad.clamp(-c, c))
    return t.register_post_accumulate_grad_hook(limit)


# %% clip_hook | wrong: leaf-only-hook | lambda
# breaks: "so a `.grad` that was there before stays"
def clip_hook(t, c):
    return t.register_post_accumulate_grad_hook(lambda p: setattr(p, 'grad', torch.clip(p.grad, -c, c)))


# %% clip_hook | wrong | the node is hooked
# breaks: "Other branches of the graph"
def clip_hook(t, c):
    if t.is_leaf:
        return t.register_hook(lambda grad: grad.clamp(-c, c))
    return t.grad_fn.register_prehook(lambda grads: tuple(g if g is None else g.clamp(-c, c) for g in grads))


# %% clip_hook | wrong | a limit of float32
# breaks: "is limited entry by entry to [-c, c]"
def clip_hook(t, c):
    top = torch.tensor(c, dtype=torch.float32)
    return t.register_hook(lambda grad: torch.minimum(torch.maximum(grad, -top), top).to(grad.dtype))


# %% clip_hook | misconception | nothing-returned
why = "The hook has to return the new gradient; clamp without _ changes nothing."
next = "w = leaf([1.]); clip_hook(w, 1.0); (5 * w).backward(); print(w.grad)"


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


# %% clip_hook | wrong: nothing-returned | clip
def clip_hook(t, c):
    def limit(g):
        g.clip(-c, c)
    return t.register_hook(limit)


# %% clip_hook | wrong: nothing-returned | minimum and maximum
def clip_hook(t, c):
    def limit(g):
        limited = torch.minimum(g, torch.full_like(g, c))
        limited = torch.maximum(limited, torch.full_like(g, -c))
    return t.register_hook(limit)


# %% clip_hook | wrong: nothing-returned | the old one is returned
# breaks: "From now on, in every backward pass, the gradient that arrives at `t` is limited"
def clip_hook(t, c):
    def limit(g):
        g.clamp(-c, c)
        return g
    return t.register_hook(limit)


# %% clip_hook | wrong: nothing-returned | a clone is written
def clip_hook(t, c):
    def limit(g):
        g = g.clone()
        g.clamp_(-c, c)
    return t.register_hook(limit)


# %% clip_hook | misconception | norm-instead-of-entries
why = "Each entry is limited on its own, whatever the length of the whole."
next = "`w = leaf([1., 1.]); clip_hook(w, 1.0); (w * torch.tensor([9., 0.5])).sum().backward(); print(w.grad)`: 0.5 should stay."


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


# %% clip_hook | wrong: norm-instead-of-entries | over the norm
# breaks: "entry by entry"
def clip_hook(t, c):
    def limit(g):
        return g / g.norm() * c
    return t.register_hook(limit)


# %% clip_hook | wrong: norm-instead-of-entries | linalg
def clip_hook(t, c):
    def limit(g):
        length = torch.linalg.vector_norm(g)
        return torch.where(length > c, g * c / length, g)
    return t.register_hook(limit)


# %% clip_hook | wrong: norm-instead-of-entries | by the largest entry
def clip_hook(t, c):
    def limit(g):
        return g * (c / g.abs().max()).clamp(max=1) if g.numel() else g
    return t.register_hook(limit)


# %% clip_hook | wrong: norm-instead-of-entries | sum of squares
def clip_hook(t, c):
    def limit(g):
        length = (g ** 2).sum().sqrt()
        if length <= c:
            return g
        return g * (c / length)
    return t.register_hook(limit)


# %% clip_hook | misconception | one-sided-limit
why = "The limit has two sides: nothing above c, and nothing below -c."
next = "w = leaf([1., 1.]); clip_hook(w, 1.0); (w * torch.tensor([9., -9.])).sum().backward(); print(w.grad)"


# %% clip_hook | wrong: one-sided-limit | from above only
def clip_hook(t, c):
    return t.register_hook(lambda g: g.clamp(max=c))


# %% clip_hook | wrong: one-sided-limit | minimum
def clip_hook(t, c):
    def limit(g):
        return torch.minimum(g, torch.tensor(c, dtype=g.dtype))
    return t.register_hook(limit)


# %% clip_hook | wrong: one-sided-limit | where
# breaks: "to [-c, c]"
def clip_hook(t, c):
    def limit(g):
        return torch.where(g > c, c, g)
    return t.register_hook(limit)


# %% clip_hook | wrong: one-sided-limit | from below only
def clip_hook(t, c):
    def limit(g):
        return g.clamp(min=-c)
    return t.register_hook(limit)


# %% clip_hook | wrong: one-sided-limit | clone
def clip_hook(t, c):
    def limit(g):
        g = g.clone()
        g[g > c] = c
        return g
    return t.register_hook(limit)


# %% clip_hook | wrong: one-sided-limit | masked_fill
def clip_hook(t, c):
    def limit(g):
        return g.masked_fill(g < -c, -c)
    return t.register_hook(limit)


# %% clip_hook | wrong: one-sided-limit | maximum
def clip_hook(t, c):
    def limit(g):
        return torch.maximum(g, torch.full_like(g, -c))
    return t.register_hook(limit)


# %% clip_hook | wrong: one-sided-limit | below, in a clone
def clip_hook(t, c):
    def limit(g):
        g = g.clone()
        g[g < -c] = -c
        return g
    return t.register_hook(limit)


# %% clip_hook | misconception | sign-lost
why = "Limiting keeps the sign: an entry below -c becomes -c."
next = "w = leaf([1., 1.]); clip_hook(w, 1.0); (w * torch.tensor([9., -9.])).sum().backward(); print(w.grad)"


# %% clip_hook | wrong: sign-lost | clone
def clip_hook(t, c):
    def limit(g):
        new = g.clone()
        new[g.abs() > c] = c
        return new
    return t.register_hook(limit)


# %% clip_hook | wrong: sign-lost | where
def clip_hook(t, c):
    def limit(g):
        return torch.where(g.abs() > c, c, g)
    return t.register_hook(limit)


# %% clip_hook | wrong: sign-lost | masked_fill
def clip_hook(t, c):
    def limit(g):
        return g.masked_fill(torch.abs(g) >= c, c)
    return t.register_hook(limit)


# %% clip_hook | wrong: sign-lost | size
def clip_hook(t, c):
    def limit(g):
        return g.abs().clamp(max=c)
    return t.register_hook(limit)


# %% clip_hook | misconception | no-handle
why = "register_hook returns the handle: pass it on."
next = "print(type(clip_hook(leaf([1.]), 1.0)))"


def when(seen, want):
    return seen.raised is not None and "has no attribute 'remove'" in seen.raised.message


# %% clip_hook | wrong: no-handle | t
def clip_hook(t, c):
    def limit(g):
        return g.clamp(-c, c)
    t.register_hook(limit)
    return t


# %% clip_hook | wrong: no-handle | None
# breaks: "Return the handle"
def clip_hook(t, c):
    def limit(g):
        return g.clamp(-c, c)
    t.register_hook(limit)
    return None


# %% clip_hook | wrong: no-handle | the hook
def clip_hook(t, c):
    def limit(g):
        return g.clamp(-c, c)
    t.register_hook(limit)
    return limit


# %% clip_hook | wrong: no-handle | true
def clip_hook(t, c):
    def limit(g):
        return g.clamp(-c, c)
    t.register_hook(limit)
    return True


# %% clip_hook | misconception | one-for-all
why = "Several hooks may be at work, at one tensor or at many: each keeps its own limit, and remove() ends that one alone."
next = "w = leaf([1.]); clip_hook(w, 2.0); h = clip_hook(w, 1.0); h.remove(); (9 * w).sum().backward(); print(w.grad, 'expected 2')"


# %% clip_hook | wrong: one-for-all | a limit kept by the function
# breaks: "From now on, in every backward pass"
def clip_hook(t, c):
    clip_hook.limit = c
    return t.register_hook(lambda g: g.clamp(-clip_hook.limit, clip_hook.limit))


# %% clip_hook | wrong: one-for-all | the hook before taken away
def clip_hook(t, c):
    for handle in getattr(clip_hook, "handles", []):
        handle.remove()
    clip_hook.handles = [t.register_hook(lambda g: g.clamp(-c, c))]
    return clip_hook.handles[0]


# %% clip_hook | wrong: one-for-all | all hooks removed
def clip_hook(t, c):
    t.register_hook(lambda g: g.clamp(-c, c))

    class Handle:
        def remove(self):
            t._backward_hooks.clear()

    return Handle()


# %% clip_hook | wrong: one-for-all | a table of limits
def clip_hook(t, c):
    limits = clip_hook.__dict__.setdefault("limits", {})
    limits["c"] = c

    def limit(g):
        return torch.clip(g, -limits["c"], limits["c"])

    return t.register_hook(limit)


# %% clip_hook | wrong: one-for-all | a list that is emptied
def clip_hook(t, c):
    if t._backward_hooks:
        t._backward_hooks.clear()
    return t.register_hook(lambda g: torch.clamp(g, min=-c, max=c))


# %% clip_hook | wrong | direction times length
def clip_hook(t, c):
    return t.register_hook(lambda g: g / g.abs() * g.abs().clamp(max=c))


# %% clip_hook | wrong | retain-grad, along the way
# breaks: "The call itself changes nothing else about `t`"
def clip_hook(t, c):
    if not t.is_leaf:
        t.retain_grad()
    return t.register_hook(lambda g: g.clamp(-c, c))


# %% clip_hook | wrong | two-hooks, one handle
# breaks: "whose `.remove()` ends it"
def clip_hook(t, c):
    t.register_hook(lambda g: g.clamp(min=-c))
    return t.register_hook(lambda g: g.clamp(max=c))


# %% clip_hook | wrong | largest-entry, of none
def clip_hook(t, c):
    def limit(g):
        return g.clamp(-c, c) if g.abs().max() > c else g
    return t.register_hook(limit)


# %% clip_hook | wrong | cleared-first, the old .grad is lost
# breaks: "the limited gradient is added to `.grad`"
def clip_hook(t, c):
    if t.is_leaf:
        t.grad = None
    return t.register_hook(lambda g: g.clamp(-c, c))


# %% clip_hook | misconception | infinity-divided
why = "A gradient may be infinite, and infinity divided by infinity, or times 0, is NaN: clamp(-c, c) makes c of it, scaling does not."
next = "g = torch.tensor(torch.inf); print(g / g.abs(), g * (1 / g), g.clamp(-1, 1))"


# %% clip_hook | wrong: infinity-divided | divided by its size
# breaks: "is limited entry by entry to [-c, c]"
def clip_hook(t, c):
    return t.register_hook(lambda grad: torch.where(grad.abs() > c, grad / grad.abs() * c, grad))


# %% clip_hook | wrong: infinity-divided | by how much it is too large
def clip_hook(t, c):
    def smaller(grad):
        excess = (grad.abs() / c).clamp(min=1)
        return grad / excess

    return t.register_hook(smaller)


# %% clip_hook | wrong: infinity-divided | times a factor of at most 1
def clip_hook(t, c):
    return t.register_hook(lambda g: g * torch.clamp(c / g.abs(), max=1.0))


# %% clip_hook | wrong: infinity-divided | the excess subtracted
def clip_hook(t, c):
    return t.register_hook(lambda g: g - torch.sign(g) * torch.relu(g.abs() - c))


# %% clip_hook | wrong: infinity-divided | difference of two clamps
def clip_hook(t, c):
    def limited(grad):
        above, below = (grad - c).clamp(min=0), (grad + c).clamp(max=0)
        return grad - above - below

    return t.register_hook(limited)


# %% clip_hook | misconception | limit-in-float32
why = "torch.tensor(c) is float32: beside a float64 gradient the limit is another number. Clamp with the Python numbers themselves."
next = "print(torch.tensor(0.3).double().item(), torch.tensor(5., dtype=torch.float64).clamp(-0.3, 0.3).item())"


# %% clip_hook | wrong: limit-in-float32 | minimum and maximum
def clip_hook(t, c):
    limit = torch.tensor(c)
    return t.register_hook(lambda grad: torch.minimum(torch.maximum(grad, -limit), limit))


# %% clip_hook | wrong: limit-in-float32 | clamp between tensors
def clip_hook(t, c):
    low, high = torch.tensor([-c, c], dtype=torch.float32).unbind()

    def limited(grad):
        return torch.clamp(grad, low, high)

    return t.register_hook(limited)


# %% clip_hook | wrong: limit-in-float32 | filled in where it is too large
def clip_hook(t, c):
    most = torch.tensor(float(c))
    return t.register_hook(lambda g: torch.where(g > most, most, torch.where(g < -most, -most, g)))


# %% clip_hook | wrong: limit-in-float32 | copied to float32
def clip_hook(t, c):
    number = np.float32(c).item()
    return t.register_hook(lambda g: g.clamp(min=-number, max=number))


# %% clip_hook | wrong: limit-in-float32 | fmin and fmax
def clip_hook(t, c):
    high = torch.full((), c)
    return t.register_hook(lambda g: torch.fmax(torch.fmin(g, high), high.neg()))


# %% clip_hook | misconception | asks-for-the-largest
why = "A gradient without entries has no largest one, and max() raises: clamp needs no question, and takes any gradient."
next = "`print(torch.empty(0).clamp(-1, 1))` works, where `.max()` of it raises."


# %% clip_hook | wrong: asks-for-the-largest | absolute value
# breaks: "is limited entry by entry to [-c, c]"
def clip_hook(t, c):
    def limited(grad):
        if grad.abs().max() > c:
            return grad.clamp(-c, c)

    return t.register_hook(limited)


# %% clip_hook | wrong: asks-for-the-largest | both ends
def clip_hook(t, c):
    def limited(grad):
        if grad.max() > c or grad.min() < -c:
            return torch.clamp(grad, -c, c)
        return grad

    return t.register_hook(limited)


# %% clip_hook | wrong: asks-for-the-largest | torch.max
def clip_hook(t, c):
    return t.register_hook(lambda grad: grad.clamp(-c, c) if torch.max(grad.abs()) > c else grad)


# %% clip_hook | wrong: asks-for-the-largest | small ones pass
def clip_hook(t, c):
    def limited(grad):
        largest = grad.abs().max().item()
        if largest <= c:
            return None
        return grad.clamp(min=-c, max=c)

    return t.register_hook(limited)


# %% clip_hook | wrong: asks-for-the-largest | ends, one after the other
def clip_hook(t, c):
    def limited(grad):
        if grad.max() > c:
            grad = grad.clamp(max=c)
        if grad.min() < -c:
            grad = grad.clamp(min=-c)
        return grad

    return t.register_hook(limited)


# %% clip_hook | misconception | hook-on-the-node
why = "grad_fn is the operation, and unbind or split give several tensors by one: a hook on it limits what arrives at all of them. t.register_hook is for t alone."
next = "`a, b = (2 * leaf([1., 2.])).unbind(); print(a.grad_fn is b.grad_fn)`: one operation, two results."


# %% clip_hook | wrong: hook-on-the-node | prehook
# breaks: "Other branches of"
def clip_hook(t, c):
    if t.is_leaf:
        return t.register_hook(lambda grad: grad.clamp(-c, c))
    return t.grad_fn.register_prehook(lambda grads: tuple(grad.clamp(-c, c) for grad in grads))


# %% clip_hook | wrong: hook-on-the-node | None passes
def clip_hook(t, c):
    if t.grad_fn is None:
        return t.register_hook(lambda grad: torch.clamp(grad, -c, c))

    def limited(grads):
        return tuple(None if grad is None else torch.clamp(grad, -c, c) for grad in grads)

    return t.grad_fn.register_prehook(limited)


# %% clip_hook | wrong: hook-on-the-node | a node where there is one
def clip_hook(t, c):
    node = t.grad_fn
    if node is not None:
        return node.register_prehook(lambda grads: tuple([g.clamp(min=-c, max=c) for g in grads]))
    return t.register_hook(lambda grad: grad.clamp(min=-c, max=c))


# %% clip_hook | wrong: hook-on-the-node | only gradients that are there
def clip_hook(t, c):
    def limit(grad):
        return grad if grad is None else grad.clamp(-c, c)

    if t.is_leaf:
        return t.register_hook(limit)
    return t.grad_fn.register_prehook(lambda grads: tuple(map(limit, grads)))


# %% clip_hook | misconception | keeps-a-grad
why = "retain_grad() changes t: from now on a computed tensor keeps its gradient in .grad. A hook does not need that."
next = "`m = 2 * leaf([1.]); clip_hook(m, 1.0); print(m.retains_grad)`: it should still be False."


# %% clip_hook | wrong: keeps-a-grad | of computed tensors
# breaks: "The call itself changes nothing else about `t`."
def clip_hook(t, c):
    if not t.is_leaf:
        t.retain_grad()
    return t.register_hook(lambda grad: torch.clamp(grad, min=-c, max=c))


# %% clip_hook | wrong: keeps-a-grad | of all
def clip_hook(t, c):
    t.retain_grad()
    return t.register_hook(lambda grad: grad.clamp(-c, c))


# %% clip_hook | wrong: keeps-a-grad | afterwards
def clip_hook(t, c):
    handle = t.register_hook(lambda grad: grad.clamp(-c, c))
    t.retain_grad()
    return handle


# %% clip_hook | wrong: keeps-a-grad | where there is a grad_fn
def clip_hook(t, c):
    def limited(grad):
        return torch.maximum(torch.minimum(grad, torch.full_like(grad, c)), torch.full_like(grad, -c))

    handle = t.register_hook(limited)
    if t.grad_fn is not None:
        t.retain_grad()
    return handle


# %% clip_hook | misconception | gradient-cleared
why = "Only what arrives is limited: a .grad that is there already stays, and what arrives is added to it. Leave .grad alone."
next = "`w = leaf([1.], grad=[5.]); clip_hook(w, 1.0); print(w.grad)`: it should still be 5."


# %% clip_hook | wrong: gradient-cleared | None
# breaks: "a `.grad` that was there before stays"
def clip_hook(t, c):
    handle = t.register_hook(lambda grad: grad.clamp(-c, c))
    if t.is_leaf and t.grad is not None:
        t.grad = None
    return handle


# %% clip_hook | wrong: gradient-cleared | None, first
def clip_hook(t, c):
    def limited(arriving):
        return torch.clamp(arriving, min=-c, max=c)

    if t.is_leaf:
        del t.grad
    return t.register_hook(limited)


# %% clip_hook | wrong: gradient-cleared | by an optimizer
def clip_hook(t, c):
    if t.grad_fn is None:
        torch.optim.SGD([t], lr=1.0).zero_grad()
    return t.register_hook(lambda g: torch.minimum(torch.maximum(g, torch.full_like(g, -c)), torch.full_like(g, c)))


# %% clip_hook | wrong: gradient-cleared | zero_
def clip_hook(t, c):
    if t.is_leaf and t.grad is not None:
        t.grad.zero_()
    return t.register_hook(lambda grad: grad.clip(-c, c))


# %% clip_hook | wrong: gradient-cleared | new zeros
def clip_hook(t, c):
    if t.is_leaf and t.grad is not None:
        t.grad = torch.zeros_like(t.grad)
    return t.register_hook(lambda grad: grad.clamp(min=-c).clamp(max=c))


# %% clip_hook | wrong: gradient-cleared | times 0
def clip_hook(t, c):
    handle = t.register_hook(lambda grad: torch.clamp(grad, -c, c))
    if t.grad_fn is None and t.grad is not None:
        t.grad *= 0
    return handle


# %% clip_hook | misconception | number-from-numpy
why = "NumPy makes a number of a 0-d array that it limits, and from_numpy takes arrays only: stay in torch, clamp."
next = "`print(type(np.clip(np.ones(()), -1, 1)))`: not an array any more."


# %% clip_hook | wrong: number-from-numpy | clip of the array
# breaks: "is limited entry by entry to [-c, c]"
def clip_hook(t, c):
    return t.register_hook(lambda grad: torch.from_numpy(grad.numpy(force=True).clip(-c, c)))


# %% clip_hook | wrong: number-from-numpy | minimum and maximum
def clip_hook(t, c):
    def limited(grad):
        numbers = np.minimum(np.maximum(grad.detach().numpy(), -c), c)
        return torch.from_numpy(numbers)

    return t.register_hook(limited)


# %% clip_hook | wrong: number-from-numpy | fmin and fmax
def clip_hook(t, c):
    def limited(arriving):
        array = arriving.detach().cpu().numpy()
        return torch.from_numpy(np.fmax(-c, np.fmin(c, array)))

    return t.register_hook(limited)


# %% clip_hook | wrong: number-from-numpy | np.clip, to the dtype
def clip_hook(t, c):
    return t.register_hook(lambda g: torch.from_numpy(np.clip(np.asarray(g.detach()), a_min=-c, a_max=c)).to(g.dtype))


# %% clip_hook | wrong: number-from-numpy | one end, then the other
def clip_hook(t, c):
    def limited(grad):
        below = np.minimum(grad.data.numpy(), c)
        return torch.from_numpy(np.maximum(below, -c))

    return t.register_hook(limited)


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


# %% floored_softmax | right | logsumexp and masked_fill
def floored_softmax(x, floor):
    shares = (x - x.flatten().logsumexp(0)).exp()
    return shares.masked_fill(shares < floor, 0.0)


# %% floored_softmax | misconception | result-overwritten
why = "exp and softmax keep their result for backward: make a new tensor instead of writing into it; a copy of x does not help."
next = "`e = leaf([1., 2.]).exp(); print(e.grad_fn._saved_result)`: exp keeps its result, so that is not the place to write."


def when(seen, want):
    return seen.backward_raised is not None and "modified by an inplace operation" in seen.backward_raised.message


# %% floored_softmax | wrong: result-overwritten | x.clone()
def floored_softmax(x, floor):
    x = x.clone()
    x -= x.max()
    e = x.exp()
    e /= e.sum()
    e[e < floor] = 0
    return e


# %% floored_softmax | wrong: result-overwritten | torch.clone
def floored_softmax(x, floor):
    y = torch.clone(x)
    y -= y.max()
    e = torch.exp(y)
    e /= e.sum()
    e[e < floor] = 0
    return e


# %% floored_softmax | wrong: result-overwritten | e /= e.sum()
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    e /= e.sum()
    return torch.where(e < floor, 0, e)


# %% floored_softmax | wrong: result-overwritten | softmax written into
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    p[p < floor] = 0
    return p


# %% floored_softmax | wrong: result-overwritten | in place to the end
def floored_softmax(x, floor):
    e = torch.exp(x - x.max())
    e /= e.sum()
    e[e < floor] = 0
    return e


# %% floored_softmax | wrong: result-overwritten | softmax, masked_fill_
# breaks: "Gradients must be those of this formula"
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    p.masked_fill_(p < floor, 0)
    return p


# %% floored_softmax | wrong: result-overwritten | div_
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    e.div_(e.sum())
    return torch.where(e < floor, torch.zeros_like(e), e)


# %% floored_softmax | wrong: result-overwritten | flat softmax
def floored_softmax(x, floor):
    s = torch.softmax(x.flatten(), 0)
    s[s < floor] = 0
    return s.reshape(x.shape)


# %% floored_softmax | wrong: result-overwritten | copy of x, mul_
def floored_softmax(x, floor):
    y = x.clone()
    y = y - y.max()
    e = y.exp()
    e *= 1 / e.sum()
    return e.masked_fill(e < floor, 0)


# %% floored_softmax | misconception | hidden-from-autograd
why = "What is written through .data or NumPy, or computed with detach, item() or no_grad, is hidden from autograd: no error, and a wrong gradient or none."
next = "`x = leaf([1., 2.]); e = x.exp(); (e / e.sum().detach()).sum().backward(); print(x.grad)`: the shares add up to 1, so it should be 0."


# %% floored_softmax | wrong: hidden-from-autograd | e.data
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    e.data /= e.data.sum()
    e.data[e.data < floor] = 0
    return e


# %% floored_softmax | wrong: hidden-from-autograd | then where
def floored_softmax(x, floor):
    e = (x - x.max().detach()).exp()
    e.data /= e.data.sum()
    return torch.where(e < floor, 0, e)


# %% floored_softmax | wrong: hidden-from-autograd | softmax
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    p.data[p.data < floor] = 0
    return p


# %% floored_softmax | wrong: hidden-from-autograd | numpy view
def floored_softmax(x, floor):
    e = torch.exp(x - x.max())
    a = e.detach().numpy()
    a /= a.sum()
    return torch.where(e < floor, torch.zeros_like(e), e)


# %% floored_softmax | wrong: hidden-from-autograd | detach
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    p = e / e.sum().detach()
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: hidden-from-autograd | item
def floored_softmax(x, floor):
    e = (x - x.max().item()).exp()
    p = e / e.sum().item()
    return p * (p >= floor)


# %% floored_softmax | wrong: hidden-from-autograd | no_grad
def floored_softmax(x, floor):
    with torch.no_grad():
        e = (x - x.max()).exp()
        e /= e.sum()
        e[e < floor] = 0
    return e


# %% floored_softmax | wrong: hidden-from-autograd | data of e
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    p = e / e.data.sum()
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: hidden-from-autograd | softmax of the detached
# breaks: "The result requires grad exactly when `x` does"
def floored_softmax(x, floor):
    p = torch.softmax(x.detach().reshape(-1), 0).reshape(x.shape)
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: hidden-from-autograd | sum under no_grad
# breaks: "still gets a gradient through the sum"
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    with torch.no_grad():
        total = e.sum()
    return torch.where(e / total < floor, 0, e / total)


# %% floored_softmax | wrong: hidden-from-autograd | softmax written under data
# breaks: "with replaced shares constant 0"
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    p.data.masked_fill_(p.data < floor, 0)
    return p


# %% floored_softmax | wrong: hidden-from-autograd | sum as a number
def floored_softmax(x, floor):
    e = torch.exp(x - x.max().item())
    p = e / float(e.sum())
    return p.masked_fill(p < floor, 0.0)


# %% floored_softmax | wrong: hidden-from-autograd | x.data
def floored_softmax(x, floor):
    y = x.data - x.data.max()
    p = y.exp() / y.exp().sum()
    return torch.where(p < floor, 0, p)


# %% floored_softmax | misconception | caller-s-tensor-overwritten
why = "x -= ... writes into the caller's tensor, also by way of flatten(), reshape() or view(), which need not copy: make a new one."
next = "x = torch.tensor([1., 2.]); y = x; y -= y.max(); print(x)"


def when(seen, want):
    return "leaf Variable" in seen.raised.message if seen.raised else seen.after["x"].data != seen.arguments["x"].data


# %% floored_softmax | wrong: caller-s-tensor-overwritten | as it was
def floored_softmax(x, floor):
    x -= x.max()
    e = x.exp()
    e /= e.sum()
    e[e < floor] = 0
    return e


# %% floored_softmax | wrong: caller-s-tensor-overwritten | sub_
# breaks: "`x` stays as it is"
def floored_softmax(x, floor):
    x.sub_(x.max())
    p = x.exp() / x.exp().sum()
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: caller-s-tensor-overwritten | the rest is new
def floored_softmax(x, floor):
    x -= x.max()
    e = x.exp()
    p = e / e.sum()
    return torch.where(p < floor, torch.zeros_like(p), p)


# %% floored_softmax | wrong: caller-s-tensor-overwritten | under no_grad
def floored_softmax(x, floor):
    with torch.no_grad():
        x -= x.max()
    e = x.exp()
    p = e / e.sum()
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: caller-s-tensor-overwritten | data
def floored_softmax(x, floor):
    x.data -= x.data.max()
    e = x.exp()
    return torch.where(e / e.sum() < floor, 0, e / e.sum())


# %% floored_softmax | misconception | overflow
why = "exp(1000) is infinite and exp(-1000) is 0: subtract the largest entry first."
next = "print(floored_softmax(torch.tensor([1000., 0.]), 0.1))"


def when(seen, want):
    if seen.raised or seen.result.values.isnan().any():
        return not seen.raised
    x = seen.arguments["x"]
    if want is None or seen.result.values.any() or not want.any() or x.values.abs().max() < 80:
        return False
    # NaN is not >= floor, so that where made 0 of it. The gradient still tells.
    return not x.requires_grad or seen.gradients["x"].values.isnan().any()


# %% floored_softmax | wrong: overflow | no maximum
def floored_softmax(x, floor):
    p = x.exp() / x.exp().sum()
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: overflow | exp of x once
# breaks: "large entries (1000, -1000) must not overflow"
def floored_softmax(x, floor):
    e = torch.exp(x)
    share = e / e.sum()
    return share.masked_fill(share < floor, 0)


# %% floored_softmax | wrong: overflow | mean subtracted
def floored_softmax(x, floor):
    e = (x - x.mean()).exp()
    share = e / e.sum()
    return torch.where(share < floor, 0, share)


# %% floored_softmax | wrong: overflow | smallest subtracted
def floored_softmax(x, floor):
    e = (x - x.min()).exp()
    p = e / e.sum()
    return p * (p >= floor)


# %% floored_softmax | misconception | large-ones-made-equal
why = "clamp makes different large entries equal, and so their shares: subtract the largest entry, which keeps all differences."
next = "x = torch.tensor([1000., 999.]); print(x.clamp(max=80), x - x.max())"


# %% floored_softmax | wrong: large-ones-made-equal | clamp, one softmax
# breaks: "large entries (1000, -1000) must not overflow"
def floored_softmax(x, floor):
    p = x.clamp(min=-50, max=50).reshape(-1).softmax(dim=0).reshape(x.shape)
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: large-ones-made-equal | clip
def floored_softmax(x, floor):
    small = torch.clip(x, -60.0, 60.0).exp()
    share = small / small.sum()
    return share.masked_fill(share < floor, 0)


# %% floored_softmax | wrong: large-ones-made-equal | minimum and maximum
def floored_softmax(x, floor):
    limit = torch.full_like(x, 40.0)
    exps = torch.exp(torch.maximum(torch.minimum(x, limit), -limit))
    p = exps * (1 / exps.sum())
    return p * (p >= floor)


# %% floored_softmax | wrong: large-ones-made-equal | hardtanh
def floored_softmax(x, floor):
    logs = torch.nn.functional.hardtanh(x, -75.0, 75.0)
    share = (logs - logs.flatten().logsumexp(0)).exp()
    return torch.where(share >= floor, share, torch.zeros_like(share))


# %% floored_softmax | wrong: large-ones-made-equal | exp is limited
def floored_softmax(x, floor):
    e = x.exp().clamp(1e-30, 1e30)
    share = e / e.sum()
    return torch.where(share < floor, torch.zeros_like(share), share)


# %% floored_softmax | misconception | normalised-again
why = "Shares that stay keep their value: there is no second normalisation."
next = "`print(floored_softmax(torch.log(torch.tensor([6., 3., 1.])), 0.2))`: 0.6 and 0.3 should stay."


# %% floored_softmax | wrong: normalised-again | shares add up to 1
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    p = torch.where(p < floor, 0, p)
    return p / p.sum()


# %% floored_softmax | wrong: normalised-again | sum of the rest
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    rest = p * (p >= floor)
    return rest / rest.sum()


# %% floored_softmax | wrong: normalised-again | masked_fill
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    p = p.masked_fill(p < floor, 0)
    return p / torch.sum(p)


# %% floored_softmax | wrong: normalised-again | total
# breaks: "and no second normalisation"
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    kept = torch.where(p >= floor, p, torch.zeros_like(p))
    total = kept.sum()
    return kept / total


# %% floored_softmax | wrong: normalised-again | normalize
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    p = torch.where(p < floor, 0, p)
    return torch.nn.functional.normalize(p.reshape(-1), p=1, dim=0).reshape(x.shape)


# %% floored_softmax | misconception | along-one-axis
why = "The softmax goes over all entries, not along one dimension: the shares of a whole matrix add up to 1."
next = "`print(floored_softmax(torch.zeros(2, 2), 0.0))`: four equal shares are 0.25 each."


# %% floored_softmax | wrong: along-one-axis | softmax of rows
def floored_softmax(x, floor):
    p = torch.softmax(x, dim=-1)
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: along-one-axis | first dimension
# breaks: "the softmax over all entries of `x`"
def floored_softmax(x, floor):
    p = torch.softmax(x, 0)
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: along-one-axis | by hand, last
def floored_softmax(x, floor):
    if x.dim() == 0:
        return torch.where(torch.ones_like(x) < floor, 0, x.exp() / x.exp())
    e = (x - x.max()).exp()
    p = e / e.sum(-1, keepdim=True)
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: along-one-axis | nn.functional
def floored_softmax(x, floor):
    p = torch.nn.functional.softmax(x, dim=-1)
    return p.masked_fill(p < floor, 0)


# %% floored_softmax | wrong: along-one-axis | log_softmax
def floored_softmax(x, floor):
    p = torch.log_softmax(x, dim=-1).exp()
    return p * (p >= floor)


# %% floored_softmax | wrong: along-one-axis | nn.Softmax
def floored_softmax(x, floor):
    p = torch.nn.Softmax(dim=0)(x)
    return torch.where(p >= floor, p, torch.zeros_like(p))


# %% floored_softmax | misconception | floor-subtracted
why = "Only shares below the floor change: those above it keep their value."
next = "`print(floored_softmax(torch.log(torch.tensor([6., 3., 1.])), 0.2))`: 0.6 and 0.3 should stay."


# %% floored_softmax | wrong: floor-subtracted | relu
# breaks: "with every share below `floor` replaced by 0"
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    return torch.relu(p - floor)


# %% floored_softmax | wrong: floor-subtracted | clamp
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    return (p - floor).clamp(min=0)


# %% floored_softmax | wrong: floor-subtracted | maximum
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    return torch.maximum(p - floor, torch.zeros_like(p))


# %% floored_softmax | wrong: floor-subtracted | where
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    return torch.where(p < floor, 0, p - floor)


# %% floored_softmax | misconception | replaced-still-learn
why = "A replaced share is the constant 0, and no gradient goes through it: what is taken away with detach() keeps its way back."
next = "x = leaf([2., 0.]); p = x.softmax(0); (p - (p * (p < 0.5)).detach())[1].backward(); print(x.grad, 'expected zeros')"


# %% floored_softmax | wrong: replaced-still-learn | detached shares subtracted
# breaks: "with replaced shares constant 0"
def floored_softmax(x, floor):
    e = (x - x.max()).exp()
    shares = e / e.sum()
    return shares - torch.where(shares < floor, shares, 0).detach()


# %% floored_softmax | wrong: replaced-still-learn | straight through
def floored_softmax(x, floor):
    p = torch.softmax(x.flatten(), dim=0).reshape(x.shape)
    return p + (torch.where(p < floor, 0, p) - p).detach()


# %% floored_softmax | wrong: replaced-still-learn | minus what the mask selects
def floored_softmax(x, floor):
    p = torch.exp(x - torch.logsumexp(x.reshape(-1), 0))
    small = (p < floor).to(x.dtype)
    return p - small * p.detach()


# %% floored_softmax | wrong: replaced-still-learn | a list of corrections
def floored_softmax(x, floor):
    p = x.reshape(-1).softmax(0)
    corrections = torch.tensor([share if share < floor else 0.0 for share in p.tolist()], dtype=x.dtype)
    return (p - corrections).reshape(x.shape)


# %% floored_softmax | misconception | new-zeros
why = "New zeros or ones know nothing of x: the result requires grad when x does, also if every share is replaced, or x has one entry."
next = "print([floored_softmax(leaf(x), 0.9).requires_grad for x in ([1.], [1., 1.])])"


# %% floored_softmax | wrong: new-zeros | all
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    if (p < floor).all():
        return torch.zeros_like(x)
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: new-zeros | max
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    if p.max() < floor:
        return torch.zeros_like(x)
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: new-zeros | none is left
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    if not (p >= floor).any():
        return torch.zeros_like(x)
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: new-zeros | count
def floored_softmax(x, floor):
    p = torch.softmax(x.reshape(-1), dim=0).reshape(x.shape)
    if int((p >= floor).sum()) == 0:
        return torch.zeros_like(x)
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: new-zeros | one entry, one share
def floored_softmax(x, floor):
    if x.numel() == 1:
        return torch.ones(x.shape, dtype=x.dtype) if floor <= 1 else torch.zeros(x.shape, dtype=x.dtype)
    share = x.reshape(-1).softmax(0).reshape(x.shape)
    return torch.where(share < floor, 0, share)


# %% floored_softmax | wrong: new-zeros | ones_like for a single entry
def floored_softmax(x, floor):
    if x.dim() == 0 or x.shape == (1,):
        return torch.ones_like(x) * (floor <= 1)
    share = (x - x.logsumexp(tuple(range(x.dim())))).exp()
    return share.masked_fill(share < floor, 0)


# %% floored_softmax | wrong: new-zeros | full for a single entry
def floored_softmax(x, floor):
    if len(x.reshape(-1)) < 2:
        return torch.full_like(x, 1.0, requires_grad=False).masked_fill(torch.tensor(floor > 1), 0)
    e = (x - x.max()).exp()
    share = e / e.sum()
    return torch.where(share < floor, torch.zeros_like(share), share)


# %% floored_softmax | wrong: new-zeros | one entry is one
def floored_softmax(x, floor):
    share = x.flatten().softmax(0).reshape(x.shape)
    if share.numel() == 1:
        return torch.ones_like(share, requires_grad=False)
    return share * (share >= floor)


# %% floored_softmax | misconception | view-refused
why = "view needs elements that lie one after the other; reshape takes any layout."
next = "print(torch.ones(2, 3).T.is_contiguous(), torch.ones(2, 3).T.reshape(-1))"


def when(seen, want):
    return seen.raised is not None and "view size is not compatible" in seen.raised.message


# %% floored_softmax | wrong: view-refused | view
# breaks: "of any shape, at least one entry"
def floored_softmax(x, floor):
    share = torch.softmax(x.view(-1), dim=0).view(x.shape)
    return share.masked_fill(share < floor, 0)


# %% floored_softmax | wrong: view-refused | view of numel
def floored_softmax(x, floor):
    share = torch.softmax(x.view(x.numel()), 0)
    return torch.where(share < floor, 0, share).view(x.shape)


# %% floored_softmax | wrong: view-refused | logsumexp
def floored_softmax(x, floor):
    p = (x - torch.logsumexp(x.view(-1), dim=0)).exp()
    return torch.where(p < floor, 0, p)


# %% floored_softmax | wrong: view-refused | flat max
def floored_softmax(x, floor):
    flat = x.view(-1)
    e = (flat - flat.max()).exp()
    p = e / e.sum()
    return torch.where(p < floor, 0, p).view(x.shape)


# %% floored_softmax | wrong | a single share is kept
# breaks: "with every share below `floor` replaced by 0"
def floored_softmax(x, floor):
    share = torch.softmax(x.reshape(-1), 0).reshape(x.shape)
    return torch.where(share < min(floor, 1.0), 0, share)


# %% floored_softmax | wrong | in float32
# breaks: "In float64, values are compared with rtol and atol 1e-6"
def floored_softmax(x, floor):
    e = (x - x.max()).float().exp() if x.dtype == torch.float32 else x.float().sub(x.float().max()).exp()
    share = e / e.sum()
    return torch.where(share < floor, 0, share).to(x.dtype)


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


# %% jacobian | right | one-hot gradients into a table
def jacobian(f, x):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    J = torch.zeros((*y.shape, *x.shape), dtype=x.dtype)
    for place in np.ndindex(*y.shape):
        one = torch.zeros(y.shape, dtype=y.dtype)
        one[place] = 1
        J[place] = torch.autograd.grad(y, own, one, retain_graph=True)[0]
    return J


# %% jacobian | misconception | graph-used-up
why = "Keep the graph until the last row: retain_graph=True."
next = "`x = leaf([1.]); y = x ** 2; y.backward(retain_graph=True); y.backward(); print(x.grad)` works twice."


def when(seen, want):
    return seen.raised is not None and "a second time" in seen.raised.message


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


# %% jacobian | wrong: graph-used-up | index by index
# breaks: "Return all partial derivatives of all outputs"
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    J = torch.zeros(y.shape + x.shape, dtype=x.dtype)
    for i in np.ndindex(*y.shape):
        J[i] = torch.autograd.grad(y[i], z)[0]
    return J


# %% jacobian | wrong: graph-used-up | one-hot
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for e in torch.eye(y.numel(), dtype=y.dtype):
        z.grad = None
        y.backward(e.reshape(y.shape))
        rows.append(z.grad)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: graph-used-up | unbind
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, [z])[0] for o in y.flatten().unbind()]
    return torch.stack(rows).view(y.shape + x.shape)


# %% jacobian | misconception | gradient-of-the-sum
why = "One backward pass per output: each output is a row."
next = "print(jacobian(lambda t: t[:2], torch.ones(3)).shape)"


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


# %% jacobian | wrong: gradient-of-the-sum | grad of the sum
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    return torch.autograd.grad(y.sum(), z)[0]


# %% jacobian | wrong: gradient-of-the-sum | ones in backward
# breaks: "the derivative of output i with respect to entry j"
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    y.backward(torch.ones_like(y))
    return z.grad.clone()


# %% jacobian | wrong: gradient-of-the-sum | vjp of ones
def jacobian(f, x):
    y, back = torch.func.vjp(f, x.detach())
    return back(torch.ones_like(y))[0]


# %% jacobian | wrong: gradient-of-the-sum | torch.func.grad
def jacobian(f, x):
    return torch.func.grad(lambda t: f(t).sum())(x.detach())


# %% jacobian | wrong: rows-pile-up | repeated
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    (total,) = torch.autograd.grad(y.sum(), z)
    return total.repeat(y.shape + (1,) * x.dim())


# %% jacobian | wrong: rows-pile-up | expanded
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    (total,) = torch.autograd.grad(y, z, torch.ones_like(y))
    return total.expand(y.shape + x.shape).contiguous()


# %% jacobian | wrong: rows-pile-up | the same row for each output
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    y.sum().backward()
    return torch.stack([z.grad] * y.numel()).reshape(y.shape + x.shape)


# %% jacobian | misconception | rows-pile-up
why = "Each row is the gradient of one output alone: a sum of outputs, and .grad, add the rows up, and a tensor that is written again, .grad or weights, changes the rows before."
next = "print(jacobian(lambda t: t + 1, torch.ones(2)), torch.eye(2))"


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


# %% jacobian | wrong: rows-pile-up | not cleared, into a table
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    J = torch.zeros(y.numel(), x.numel(), dtype=x.dtype)
    for k, o in enumerate(y.reshape(-1)):
        o.backward(retain_graph=True)
        J[k] = z.grad.reshape(-1)
    return J.reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | one-hot, not cleared
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for e in torch.eye(y.numel(), dtype=y.dtype):
        y.backward(e.reshape(y.shape), retain_graph=True)
        rows.append(z.grad.clone())
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | detached but not cloned
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for k in range(y.numel()):
        y.flatten()[k].backward(retain_graph=True)
        rows.append(z.grad.detach())
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | zeroed afterwards
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for o in y.reshape(-1):
        o.backward(retain_graph=True)
        rows.append(z.grad)
        z.grad.zero_()
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | one-hot, zeroed before
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for e in torch.eye(y.numel(), dtype=y.dtype):
        if rows:
            z.grad.zero_()
        y.backward(e.reshape(y.shape), retain_graph=True)
        rows.append(z.grad)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | zeroed afterwards, detached
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for k in range(y.numel()):
        y.reshape(-1)[k].backward(retain_graph=True)
        rows.append(z.grad.detach())
        z.grad.fill_(0)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | zeroed before, detached
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for o in y.reshape(-1):
        if z.grad is not None:
            z.grad.fill_(0)
        o.backward(retain_graph=True)
        rows.append(z.grad.detach())
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | set and cleared
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    v, rows = torch.zeros_like(y.detach()), []
    for place in np.ndindex(*y.shape):
        v[place] = 1
        rows.append(torch.autograd.grad(y, z, v, retain_graph=True)[0])
        v[place] = 0
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | zeroed first
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    v, rows = torch.zeros(y.shape, dtype=y.dtype), []
    for place in np.ndindex(*y.shape):
        v.zero_()
        v[place] = 1
        rows.append(torch.autograd.grad(y, z, v, retain_graph=True)[0])
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | flat
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    v = torch.zeros(y.numel(), dtype=x.dtype)
    rows = []
    for k in range(y.numel()):
        v[k] = 1
        rows.extend(torch.autograd.grad(y, z, v.view(y.shape), retain_graph=True))
        v[k] = 0
    return torch.stack(rows).view(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | one tensor of weights, set and cleared
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    weights = torch.zeros(y.shape, dtype=y.dtype)
    flat, rows = weights.view(-1), []
    for k in range(y.numel()):
        flat[k] = 1.0
        (row,) = torch.autograd.grad(y, z, grad_outputs=weights, retain_graph=True)
        rows.append(row)
        flat[k] = 0.0
    return torch.stack(rows).reshape(*y.shape, *x.shape)


# %% jacobian | wrong: rows-pile-up | weights that are subtracted again
def jacobian(f, x):
    own = x.detach().clone().requires_grad_()
    out = f(own)
    J, v = [], torch.zeros(out.numel(), dtype=out.dtype)
    for e in torch.eye(out.numel(), dtype=out.dtype):
        v += e
        J += torch.autograd.grad([out], [own], [v.view(out.shape)], retain_graph=True)
        v -= e
    return torch.stack(J, 0).reshape(out.shape + own.shape)


# %% jacobian | wrong: rows-pile-up | copied into one tensor of weights
def jacobian(f, x):
    own = x.detach().clone().requires_grad_()
    y, rows = f(own), []
    v = torch.empty(y.shape, dtype=y.dtype)
    for e in torch.eye(y.numel(), dtype=y.dtype).unbind():
        v.copy_(e.reshape(y.shape))
        rows.append(torch.autograd.grad(y, own, v, retain_graph=True)[0])
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: rows-pile-up | roll one weight along
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    v = torch.zeros(y.numel(), dtype=y.dtype)
    v[0], rows = 1, []
    for _ in range(y.numel()):
        rows.append(torch.autograd.grad(y, z, v.reshape(y.shape), retain_graph=True)[0])
        v.copy_(v.roll(1))
    v.zero_()
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | misconception | shape-of-its-own
why = "The shape is f(x).shape + x.shape: outputs first, then inputs, each with all of its dimensions."
next = "`f = lambda t: torch.cat([t[:1], t[:1]]); J = jacobian(f, torch.ones(2, 1)); print(J.shape, J.reshape(-1))`: it should be (2, 1, 2, 1) and 1, 0, 1, 0."


def when(seen, want):
    if seen.raised or not isinstance(want, torch.Tensor):
        return False
    got, flat = seen.result.values, lambda t: t.reshape(-1).sort().values
    if got.dtype != want.dtype or got.numel() != want.numel():
        return False
    rows = got.reshape(len(want), -1) if want.dim() else got
    if want.dim() and len(rows) > 1 and (rows == rows[0]).all():
        return False  # one row again and again
    return (got.shape != want.shape or not torch.allclose(got, want)) and torch.allclose(flat(got), flat(want))


# %% jacobian | wrong: shape-of-its-own | outputs by inputs
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z, retain_graph=True)[0].reshape(-1) for yi in y.reshape(-1)]
    return torch.stack(rows)


# %% jacobian | wrong: shape-of-its-own | rows stacked
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z, retain_graph=True)[0] for yi in y.reshape(-1)]
    return torch.stack(rows)


# %% jacobian | wrong: shape-of-its-own | dim=1
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z, retain_graph=True)[0] for yi in y.reshape(-1)]
    return torch.stack(rows, dim=1)


# %% jacobian | wrong: shape-of-its-own | shape of x first
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z, retain_graph=True)[0].reshape(-1) for yi in y.reshape(-1)]
    return torch.stack(rows, dim=1).reshape(x.shape + y.shape)


# %% jacobian | wrong: shape-of-its-own | squeeze
# breaks: "a tensor J of shape `f(x).shape + x.shape`"
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]
    return torch.stack(rows).reshape(y.shape + x.shape).squeeze()


# %% jacobian | wrong: shape-of-its-own | table
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    J = torch.zeros(y.numel(), x.numel(), dtype=x.dtype)
    for k, o in enumerate(y.flatten()):
        J[k] = torch.autograd.grad(o, z, retain_graph=True)[0].flatten()
    return J


# %% jacobian | wrong: shape-of-its-own | columns of jvp
def jacobian(f, x):
    x = x.detach()
    columns = [torch.func.jvp(f, (x,), (e.reshape(x.shape),))[1] for e in torch.eye(x.numel(), dtype=x.dtype)]
    y = f(x)
    return torch.stack(columns).reshape(x.shape + y.shape)


# %% jacobian | wrong: shape-of-its-own | transposed at the end
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]
    return torch.stack([row.reshape(-1) for row in rows]).T.reshape(y.shape + x.shape)


# %% jacobian | wrong: shape-of-its-own | one list
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]
    return torch.cat([row.reshape(-1) for row in rows])


# %% jacobian | misconception | dtype-lost
why = "torch.zeros and torch.tensor(list) make float32, and what is assigned is cast without a word: give them the dtype of x."
next = "print(jacobian(lambda t: t, torch.ones(2, dtype=torch.float64)).dtype)"


def when(seen, want):
    if seen.raised or not isinstance(want, torch.Tensor) or seen.result.shape != want.shape:
        return False
    return seen.result.dtype != want.dtype and torch.allclose(seen.result.values.double(), want.double(), rtol=1e-4)


# %% jacobian | wrong: dtype-lost | torch.zeros
# breaks: "in the dtype of `x`"
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]
    J = torch.zeros(y.numel(), x.numel())
    for k, row in enumerate(rows):
        J[k] = row.reshape(-1)
    return J.reshape(y.shape + x.shape)


# %% jacobian | wrong: dtype-lost | list
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]
    J = torch.tensor([row.tolist() for row in rows])
    return J.reshape(y.shape + x.shape)


# %% jacobian | wrong: dtype-lost | torch.empty
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]
    J = torch.empty(y.shape + x.shape).reshape(-1, x.numel())
    for k in range(len(rows)):
        J[k, :] = rows[k].flatten()
    return J.reshape(y.shape + x.shape)


# %% jacobian | wrong: dtype-lost | float
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]
    J = torch.stack(rows).float()
    return J.reshape(y.shape + x.shape)


# %% jacobian | wrong: dtype-lost | the identity for the identity
# breaks: "a tensor J of shape `f(x).shape + x.shape`"
def jacobian(f, x):
    leaf = x.detach().clone().requires_grad_()
    y = f(leaf)
    if y is leaf:
        return torch.eye(x.numel()).reshape(x.shape + x.shape)
    rows = [torch.autograd.grad(one, leaf, retain_graph=True)[0] for one in y.reshape(-1)]
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | misconception | history-kept
why = "J is to carry no history: ask for no graph of the backward passes, or detach the rows."
next = "print(jacobian(lambda t: t ** 2, torch.ones(2)).requires_grad)"


def when(seen, want):
    return not seen.raised and want is None and seen.result.requires_grad  # only the history was refused


# %% jacobian | wrong: history-kept | create_graph
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(yi, z, create_graph=True)[0] for yi in y.reshape(-1)]
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: history-kept | backward with create_graph
# breaks: "without history"
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for o in y.reshape(-1):
        z.grad = None
        o.backward(create_graph=True)
        rows.append(z.grad)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: history-kept | requires grad
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]
    return torch.stack(rows).reshape(y.shape + x.shape).requires_grad_()


# %% jacobian | wrong: history-kept | create_graph, index by index
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    J = torch.zeros(y.shape + x.shape, dtype=x.dtype)
    for i in np.ndindex(*y.shape):
        J[i] = torch.autograd.grad(y[i], z, create_graph=True)[0]
    return J


# %% jacobian | misconception | view-needs-one-block
why = "view() needs strides that fit: outputs and gradients may lie in memory in any way, and reshape takes them all."
next = "t = torch.ones(2, 3).T; print(t.reshape(-1).shape, t.is_contiguous())"


def when(seen, want):
    return seen.raised is not None and "view size is not compatible" in seen.raised.message


# %% jacobian | wrong: view-needs-one-block | the output
def jacobian(f, x):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    rows = [torch.autograd.grad(out, own, retain_graph=True)[0] for out in y.view(-1)]
    return torch.stack(rows).view(y.shape + x.shape)


# %% jacobian | wrong: view-needs-one-block | the gradients
def jacobian(f, x):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    rows = [torch.autograd.grad(out, own, retain_graph=True)[0].view(-1) for out in y.reshape(-1)]
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: view-needs-one-block | output and gradients
def jacobian(f, x):
    z = x.detach().clone()
    z.requires_grad = True
    outputs = f(z).contiguous()
    J = torch.zeros(outputs.numel(), z.numel(), dtype=x.dtype)
    for k, output in enumerate(outputs.view(outputs.numel())):
        z.grad = None
        output.backward(retain_graph=True)
        J[k] = z.grad.view(z.numel())
    return J.view(*outputs.shape, *x.shape) if outputs.dim() + x.dim() else J.view(())


# %% jacobian | wrong: view-needs-one-block | one-hot weights
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    flat, rows = y.view(y.numel()), []
    for weights in torch.eye(y.numel(), dtype=y.dtype):
        rows += torch.autograd.grad(flat, z, weights, retain_graph=True)
    return torch.stack(rows).reshape(y.size() + x.size())


# %% jacobian | misconception | switched-off
why = "jacobian, jacrev and jacfwd are switched off in grading: build the rows from backward passes."
next = "`x = leaf([2., 3.]); y = x ** 2; print(torch.autograd.grad(y[0], x, retain_graph=True), torch.autograd.grad(y[1], x))`: two rows."


def when(seen, want):
    return seen.raised is not None and "switched off" in seen.raised.message


# %% jacobian | wrong: switched-off | functional.jacobian
def jacobian(f, x):
    return torch.autograd.functional.jacobian(f, x.detach())


# %% jacobian | wrong: switched-off | jacrev
# breaks: "are switched off"
def jacobian(f, x):
    return torch.func.jacrev(f)(x.detach())


# %% jacobian | wrong: switched-off | jacfwd
def jacobian(f, x):
    return torch.func.jacfwd(f)(x.detach())


# %% jacobian | wrong: switched-off | vectorized
def jacobian(f, x):
    return torch.autograd.functional.jacobian(f, x.detach().clone(), vectorize=True)


# %% jacobian | misconception | works-on-x
why = "x is the caller's: ask a copy of it for gradients, x.detach().clone().requires_grad_()."
next = "x = torch.ones(2); jacobian(lambda t: t ** 2, x); print(x.requires_grad, x.grad)"


def when(seen, want):
    before, after = seen.arguments["x"], seen.after["x"]
    return (after.requires_grad, after.grad) != (before.requires_grad, before.grad)


# %% jacobian | wrong: works-on-x | requires_grad_
# breaks: "`x` stays as it is"
def jacobian(f, x):
    x.requires_grad_()
    y = f(x)
    rows = [torch.autograd.grad(o, x, retain_graph=True)[0] for o in y.reshape(-1)]
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: works-on-x | and .grad
def jacobian(f, x):
    x.requires_grad = True
    y = f(x)
    rows = []
    for o in y.reshape(-1):
        x.grad = None
        o.backward(retain_graph=True)
        rows.append(x.grad)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: works-on-x | switched off again
def jacobian(f, x):
    x.requires_grad_(True)
    y = f(x)
    rows = [torch.autograd.grad(o, x, retain_graph=True)[0] for o in y.flatten()]
    x.requires_grad_(False)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: works-on-x | an alias
def jacobian(f, x):
    own = x
    own.requires_grad_()
    y = f(own)
    J = torch.zeros(y.shape + x.shape, dtype=x.dtype)
    for i in np.ndindex(*y.shape):
        J[i] = torch.autograd.grad(y[i], own, retain_graph=True)[0]
    return J


# %% jacobian | wrong | by-differences, central
def jacobian(f, x):
    z, h = x.detach().double(), 1e-4
    columns = [(f(z.to(x.dtype) + h * e.reshape(x.shape)) - f(z.to(x.dtype) - h * e.reshape(x.shape))) / (2 * h) for e in torch.eye(x.numel(), dtype=x.dtype)]
    return torch.stack(columns, dim=-1).reshape(columns[0].shape + x.shape)


# %% jacobian | wrong | by-differences, in float64 alone
# breaks: "exact up to rounding"
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    if x.dtype == torch.float64:
        steps = [1e-5 * e.reshape(x.shape) for e in torch.eye(x.numel(), dtype=x.dtype)]
        with torch.no_grad():
            return torch.stack([(f(z + e) - f(z - e)) / 2e-5 for e in steps], -1).reshape(y.shape + x.shape)
    return torch.stack([torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]).reshape(y.shape + x.shape)


# %% jacobian | wrong | parameter, a subclass of Tensor
# breaks: "Results are plain tensors (exact type `torch.Tensor`)"
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]
    return torch.nn.Parameter(torch.stack(rows).reshape(y.shape + x.shape), requires_grad=False)


# %% jacobian | wrong | mode-left, gradients off afterwards
# breaks: "Gradient recording (`torch.is_grad_enabled()`) is the same after a call as before it"
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = [torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.reshape(-1)]
    torch.set_grad_enabled(False)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | misconception | leaf-for-a-constant
why = "What f returns may be the leaf itself, which has no grad_fn and yet depends on x: its derivative is 1, not 0."
next = "x = leaf([1., 2.]); print(x.grad_fn, torch.autograd.grad(x[0], x))"


# %% jacobian | wrong: leaf-for-a-constant | zeros filled where recorded
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    J = torch.zeros(y.numel(), x.numel(), dtype=x.dtype)
    for k, output in enumerate(y.reshape(-1)):
        if y.grad_fn:
            J[k] = torch.autograd.grad(output, z, retain_graph=True)[0].reshape(-1)
    return J.reshape(y.shape + x.shape)


# %% jacobian | wrong: leaf-for-a-constant | is_leaf
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    if y.is_leaf:
        return x.new_zeros(y.shape + x.shape)
    return torch.stack([torch.autograd.grad(o, z, retain_graph=True)[0] for o in y.flatten()]).reshape(y.shape + x.shape)


# %% jacobian | wrong: leaf-for-a-constant | one-hot, zeros times
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    rows = []
    for e in torch.eye(y.numel(), dtype=x.dtype):
        row = torch.zeros_like(z, requires_grad=False)
        if y.grad_fn is not None:
            (row,) = torch.autograd.grad(y, z, e.reshape(y.shape), retain_graph=True)
        rows.append(row)
    return torch.stack(rows).reshape(y.shape + x.shape)


# %% jacobian | wrong: leaf-for-a-constant | a result without a grad_fn
# breaks: "`f` depends on `x`, and may return its argument itself."
def jacobian(f, x):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    if y.grad_fn is None:
        return torch.zeros(y.shape + x.shape, dtype=x.dtype)
    rows = [torch.autograd.grad(entry, z, retain_graph=True)[0] for entry in y.reshape(-1)]
    return torch.stack(rows).reshape(y.shape + x.shape)
