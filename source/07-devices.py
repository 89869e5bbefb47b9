"""The catalogue of 07-devices: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% column_std | right | by hand
def column_std(x):
    centred = x - x.mean(dim=0)
    return (centred**2).mean(dim=0).sqrt()


# %% column_std | right | var
def column_std(x):
    return torch.sqrt(torch.var(x, dim=0, unbiased=False))


# %% column_std | right | std_mean
def column_std(x):
    return torch.std_mean(x, dim=0, correction=0)[0]


# %% column_std | right | norm over root n
def column_std(x):
    return torch.linalg.vector_norm(x - x.mean(0, keepdim=True), dim=0) / x.shape[0] ** 0.5


# %% column_std | right | column by column
def column_std(x):
    print("columns:", x.shape[1])
    return torch.stack([column.std(correction=0) for column in x.unbind(dim=1)])


# %% column_std | right | helper in a class
class _Spread:
    def __init__(self, correction):
        self.correction = correction

    def __call__(self, x):
        return x.t().std(-1, correction=self.correction)


column_std = _Spread(0)


# %% column_std | right | other names
def column_std(table):
    centred = table - table.mean(dim=0, keepdim=True)
    return centred.square().mean(dim=0).sqrt()


# %% column_std | misconception | divides-by-n-minus-one
why = "np.std divides by the number of rows; tell torch to do the same with correction=0."
next = "print(torch.tensor([[1.], [3.]]).std(0), np.std([[1.], [3.]], axis=0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.std.html"


# %% column_std | wrong: divides-by-n-minus-one | std(0)
def column_std(x):
    return x.std(0)


# %% column_std | wrong: divides-by-n-minus-one | by hand
def column_std(x):
    return (((x - x.mean(0)) ** 2).sum(0) / (x.shape[0] - 1)).sqrt()


# %% column_std | misconception | through-numpy
why = "Do not leave torch: NumPy knows neither devices nor gradients."


# %% column_std | wrong: through-numpy | straight
def column_std(x):
    return torch.tensor(np.std(x.numpy(), axis=0))


# %% column_std | wrong: through-numpy | detached
def column_std(x):
    return torch.from_numpy(np.std(x.detach().cpu().numpy(), axis=0))


# %% column_std | wrong: through-numpy | and back to the device
def column_std(x):
    return torch.as_tensor(np.std(x.detach().cpu().numpy(), axis=0), dtype=x.dtype, device=x.device)


# %% column_std | wrong: through-numpy | as_tensor dtype device
def column_std(x):
    out = np.std(x.detach().cpu().numpy(), axis=0)
    return torch.as_tensor(out, dtype=x.dtype, device=x.device).requires_grad_(x.requires_grad)


# %% column_std | misconception | wrong-axis
why = "dim is the dimension that disappears: 0 leaves one number per column."


# %% column_std | wrong: wrong-axis | std(1)
def column_std(x):
    return x.std(1, correction=0)


# %% column_std | wrong: wrong-axis | default correction too
def column_std(x):
    return x.std(dim=1)


# %% column_std | misconception | mean-of-squares-minus-square
why = "Subtract the mean before you square."
next = "print(torch.tensor(10001.) ** 2) and count the digits that float32 keeps (about 7)"


def when(seen, want):
    return next(iter(seen.arguments.values())).values.mean() > 1000 and seen.result.shape == want.shape


# %% column_std | wrong: mean-of-squares-minus-square | as it stands
def column_std(x):
    return ((x**2).mean(0) - x.mean(0) ** 2).sqrt()


# %% column_std | wrong: mean-of-squares-minus-square | clamped
def column_std(x):
    return (torch.mean(x * x, dim=0) - torch.mean(x, dim=0).pow(2)).clamp(min=0).sqrt()


# %% column_std | wrong | keeps-the-axis, keepdim
def column_std(x):
    return x.std(0, correction=0, keepdim=True)


# %% column_std | wrong | cut-from-the-graph, detach
def column_std(x):
    return x.detach().std(0, correction=0)


# %% column_std | wrong | variance, no root
def column_std(x):
    return x.var(0, correction=0)


# %% to_host | right | force and copy
def to_host(t):
    t = t.float() if t.dtype == torch.bfloat16 else t
    return t.numpy(force=True).copy()


# %% to_host | right | np.array copies
def to_host(t):
    host = t.detach().cpu()
    if host.dtype is torch.bfloat16:
        host = host.to(torch.float32)
    return np.array(host)


# %% to_host | right | clone first
def to_host(t):
    with torch.no_grad():
        host = t.clone().cpu()
    if host.dtype == torch.bfloat16:
        host = host.float()
    return host.detach().numpy()


# %% to_host | right | to with copy
def to_host(t):
    dtype = torch.float32 if t.dtype == torch.bfloat16 else t.dtype
    return t.detach().to("cpu", dtype, copy=True).numpy()


# %% to_host | right | through a list with dtype and shape
def to_host(t):
    kinds = {torch.bfloat16: np.float32, torch.float32: np.float32, torch.float64: np.float64, torch.float16: np.float16}
    kinds |= {torch.int64: np.int64, torch.int32: np.int32, torch.uint8: np.uint8, torch.bool: np.bool_}
    return np.array(t.tolist(), dtype=kinds[t.dtype]).reshape(tuple(t.shape))


# %% to_host | right | filled, Fortran order
def to_host(t):
    t = t.data.cpu()
    t = t.float() if t.dtype == torch.bfloat16 else t
    out = np.empty(tuple(t.shape), dtype=t.numpy().dtype, order="F")
    out[...] = t.numpy()
    return out


# %% to_host | right | numpy allows it without grad mode
def to_host(t):
    with torch.no_grad():
        host = t.to("cpu")
        if host.dtype == torch.bfloat16:
            host = host.to(torch.float32)
        return np.array(host.numpy())


# %% to_host | misconception | shared-on-the-cpu
why = "cpu() returns the same tensor if it is there already, and numpy() shares it: copy."
next = "t = torch.zeros(2); a = t.detach().cpu().numpy(); a[0] = 9; print(t)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.numpy.html"


# %% to_host | wrong: shared-on-the-cpu | detach, cpu, numpy
def to_host(t):
    return t.detach().cpu().numpy()


# %% to_host | wrong: shared-on-the-cpu | with bfloat16
def to_host(t):
    t = t.detach().cpu()
    if t.dtype == torch.bfloat16:
        t = t.float()
    return t.numpy()


# %% to_host | wrong: shared-on-the-cpu | force
def to_host(t):
    return (t.float() if t.dtype == torch.bfloat16 else t).numpy(force=True)


# %% to_host | misconception | numpy-on-a-device
why = "A NumPy array lives in main memory: bring the tensor there first with .cpu()."


# %% to_host | wrong: numpy-on-a-device | detach, numpy
def to_host(t):
    return t.detach().numpy()


# %% to_host | wrong: numpy-on-a-device | with copy and bfloat16
def to_host(t):
    if t.dtype == torch.bfloat16:
        t = t.float()
    return t.detach().numpy().copy()


# %% to_host | wrong: numpy-on-a-device | np.array
def to_host(t):
    t = t.detach()
    return np.array(t.to(torch.float32) if t.dtype == torch.bfloat16 else t)


# %% to_host | misconception | numpy-with-grad
why = "NumPy cannot follow gradients: detach() first."


# %% to_host | wrong: numpy-with-grad | cpu, numpy
def to_host(t):
    return t.cpu().numpy()


# %% to_host | wrong: numpy-with-grad | with copy and bfloat16
def to_host(t):
    t = t.cpu()
    if t.dtype == torch.bfloat16:
        t = t.float()
    return t.numpy().copy()


# %% to_host | misconception | through-a-list
why = "Python lists forget dtype and empty dimensions."
next = "print(np.array(torch.zeros(0, 3).tolist()).shape)"


# %% to_host | wrong: through-a-list | tolist
def to_host(t):
    return np.array(t.tolist())


# %% to_host | wrong: through-a-list | with dtype
def to_host(t):
    dtype = (t.float() if t.dtype == torch.bfloat16 else t).detach().cpu().numpy().dtype
    return np.array(t.tolist(), dtype=dtype)


# %% to_host | wrong | half-for-bfloat16, overflows at 65504
def to_host(t):
    t = t.detach().cpu()
    if t.dtype == torch.bfloat16:
        t = t.half().float()
    return t.numpy().copy()


# %% to_host | wrong | always-float32, float
def to_host(t):
    return t.detach().cpu().float().numpy().copy()


# %% to_host | wrong | bfloat16-forgotten, copy
def to_host(t):
    return t.detach().cpu().numpy().copy()


# %% to_host | wrong | read-only, flag
def to_host(t):
    t = t.detach().cpu()
    a = (t.float() if t.dtype == torch.bfloat16 else t).numpy().copy()
    a.flags.writeable = False
    return a


# %% to_host | wrong | cuts-the-original, detach_
def to_host(t):
    t.requires_grad_(False)
    t = t.cpu()
    return (t.float() if t.dtype == torch.bfloat16 else t).numpy().copy()


# %% pick_device | right | is_available
def pick_device():
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()
    return torch.device("cpu")


# %% pick_device | right | or, with check_available
def pick_device():
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


# %% pick_device | right | device_count, with an index
def pick_device():
    if torch.accelerator.device_count() > 0:
        return torch.device(torch.accelerator.current_accelerator().type, 0)
    return torch.device("cpu", 0)


# %% pick_device | right | imported names
from torch.accelerator import current_accelerator, is_available


def pick_device():
    return current_accelerator() if is_available() else torch.device("cpu")


# %% pick_device | right | current index
def pick_device():
    found = torch.accelerator.current_accelerator(True)
    if found is None:
        return torch.device("cpu")
    return torch.device(found.type, torch.accelerator.current_device_index())


# %% pick_device | right | module of the accelerator
def pick_device():
    kind = torch.accelerator.current_accelerator()
    if kind is not None and torch.get_device_module(kind).is_available():
        return kind
    return torch.device("cpu")


# %% pick_device | misconception | asked-once
why = "Ask inside the function, so that the answer is today's."


def kinds(seen):
    return [d.type for d in (seen.value if isinstance(seen.value, list) else [seen.value])]

def on_other_machines(pick_device, machines):
    "pick_device() on machines given as (kind of accelerator, is one there), one after the other: {machines}"
    from contextlib import ExitStack
    from unittest.mock import patch

    def pretend(kind, present, stack):
        accelerator = None if kind is None else torch.device(kind)
        stack.enter_context(patch.object(torch._C, "_accelerator_getAccelerator", lambda: accelerator))
        stack.enter_context(patch.object(torch._C, "_accelerator_getDeviceIndex", lambda: 0))
        modules = {"cuda": [torch.cuda], "xpu": [torch.xpu], "mps": [torch.mps, torch.backends.mps]}
        modules["sim"] = [torch.sim] if hasattr(torch, "sim") else []
        for name, module in [(name, module) for name in modules for module in modules[name]]:
            there = present and name == kind
            stack.enter_context(patch.object(module, "is_available", lambda there=there: there))
            stack.enter_context(patch.object(module, "device_count", lambda there=there: int(there), create=True))

    found = []
    for kind, present in machines:
        with ExitStack() as stack:
            pretend(kind, present, stack)
            found.append(pick_device())
    return found

machines = [("xpu", True), (None, False), ("cuda", False), ("cuda", True), ("mps", True)]

seen = observe(on_other_machines, pick_device, machines + machines[::-1])

def when(seen, want):
    return len(set(kinds(seen))) == 1 and "cpu" not in kinds(seen)


# %% pick_device | wrong: asked-once | a constant
DEVICE = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def pick_device():
    return DEVICE


# %% pick_device | wrong: asked-once | a default argument
def pick_device(answer=torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")):
    return answer


# %% pick_device | wrong: asked-once | half of it
HAVE = torch.accelerator.is_available()


def pick_device():
    return torch.device(torch.accelerator.current_accelerator().type) if HAVE else torch.device("cpu")


# %% pick_device | misconception | none-for-cpu
why = "Without an accelerator PyTorch answers None: give the CPU instead."


# %% pick_device | wrong: none-for-cpu | check_available
def pick_device():
    return torch.accelerator.current_accelerator(check_available=True)


# %% pick_device | wrong: none-for-cpu | no else
def pick_device():
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()


# %% pick_device | wrong: none-for-cpu | unchecked
def pick_device():
    return torch.accelerator.current_accelerator()


# %% pick_device | wrong: none-for-cpu | attribute of None
def pick_device():
    return torch.device(torch.accelerator.current_accelerator(check_available=True).type)


# %% pick_device | misconception | built-is-not-present
why = "Built for CUDA does not mean that a GPU is present: check_available=True, or is_available()."
link = "https://docs.pytorch.org/docs/2.13/generated/torch.accelerator.current_accelerator.html"


# %% pick_device | wrong: built-is-not-present | or
def pick_device():
    return torch.accelerator.current_accelerator() or torch.device("cpu")


# %% pick_device | wrong: built-is-not-present | if None
def pick_device():
    kind = torch.accelerator.current_accelerator()
    if kind is None:
        return torch.device("cpu")
    return torch.device(kind.type, 0)


# %% pick_device | misconception | cuda-only
why = "cuda is one kind of accelerator; ask torch.accelerator for whichever is there."


# %% pick_device | wrong: cuda-only | the classic
def pick_device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


# %% pick_device | wrong: cuda-only | and mps
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


# %% pick_device | wrong: cuda-only | device count
def pick_device():
    return torch.device("cuda:0") if torch.cuda.device_count() else torch.device("cpu")


# %% pick_device | wrong | sets-the-default-device, the accelerator becomes the default
def pick_device():
    found = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    torch.set_default_device(found)
    return found


# %% pick_device | wrong | remembered, cache
import functools


@functools.cache
def pick_device():
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


# %% pick_device | wrong | a-name, str
def pick_device():
    return str(torch.accelerator.current_accelerator(check_available=True) or "cpu")


# %% pick_device | wrong | probes, allocates
def pick_device():
    found = torch.accelerator.current_accelerator()
    try:
        return torch.empty(1, device=found).device
    except (RuntimeError, AssertionError):
        return torch.device("cpu")


# %% same_device | right | normal form
def same_device(a, b):
    def normal(x):
        x = x.device if isinstance(x, torch.Tensor) else torch.device(x)
        return torch.device(x.type, x.index or 0)

    return normal(a) == normal(b)


# %% same_device | right | text
def same_device(a, b):
    names = []
    for x in (a, b):
        name = str(x.device) if isinstance(x, torch.Tensor) else str(x)
        names.append(name if ":" in name else name + ":0")
    return names[0] == names[1]


# %% same_device | right | getattr
def same_device(a, b):
    a, b = (torch.device(getattr(x, "device", x)) for x in (a, b))
    index_a = 0 if a.index is None else a.index
    index_b = 0 if b.index is None else b.index
    return a.type == b.type and index_a == index_b


# %% same_device | right | set
def same_device(a, b):
    places = [x if isinstance(x, torch.device) else torch.device(x) if isinstance(x, str) else x.device for x in (a, b)]
    return len({(p.type, max(p.index if p.index is not None else 0, 0)) for p in places}) == 1


# %% same_device | misconception | index-zero-is-falsy
why = "0 is a false value in Python: compare with None."
next = "print(bool(0), bool(None), 0 is None)"


# %% same_device | wrong: index-zero-is-falsy | truth of 0
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.device(a)
    b = b.device if isinstance(b, torch.Tensor) else torch.device(b)
    if a.type != b.type:
        return False
    if a.index and b.index and a.index != b.index:
        return False
    return True


# %% same_device | wrong: index-zero-is-falsy | None matches any
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.device(a)
    b = b.device if isinstance(b, torch.Tensor) else torch.device(b)
    return a.type == b.type and (a.index is None or b.index is None or a.index == b.index)


# %% same_device | misconception | missing-index-differs
why = "A device without an index never equals one with an index: fill in 0 first."
next = "print(torch.device(\"cuda\") == torch.device(\"cuda:0\"))"


# %% same_device | wrong: missing-index-differs | ==
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.device(a)
    b = b.device if isinstance(b, torch.Tensor) else torch.device(b)
    return a == b


# %% same_device | wrong: missing-index-differs | text
def same_device(a, b):
    return str(getattr(a, "device", a)) == str(getattr(b, "device", b))


# %% same_device | misconception | type-is-enough
why = "Two GPUs of one kind are two devices: compare the index too."


# %% same_device | wrong: type-is-enough | type
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.device(a)
    b = b.device if isinstance(b, torch.Tensor) else torch.device(b)
    return a.type == b.type


# %% same_device | wrong: type-is-enough | split
def same_device(a, b):
    return str(getattr(a, "device", a)).split(":")[0] == str(getattr(b, "device", b)).split(":")[0]


# %% same_device | misconception | probe-by-allocating
why = "torch.device(name) names a device without touching it."


# %% same_device | wrong: probe-by-allocating | empty
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.empty(0, device=a).device
    b = b.device if isinstance(b, torch.Tensor) else torch.empty(0, device=b).device
    return a == b


# %% same_device | wrong: probe-by-allocating | and compares well
def same_device(a, b):
    def place(x):
        x = x if isinstance(x, torch.Tensor) else torch.zeros(1, device=x)
        return x.device.type, x.device.index or 0

    return place(a) == place(b)


# %% same_device | wrong: probe-by-allocating | catches and says False
def same_device(a, b):
    def where(x):
        return x.device if torch.is_tensor(x) else torch.empty(1, device=x).device
    try:
        d, e = where(a), where(b)
    except Exception:
        return False
    return d.type == e.type and (d.index or 0) == (e.index or 0)


# %% same_device | wrong | prefix, startswith
def same_device(a, b):
    a, b = str(getattr(a, "device", a)), str(getattr(b, "device", b))
    return a.startswith(b) or b.startswith(a)


# %% same_device | wrong | not-a-bool, returns the device
def same_device(a, b):
    def normal(x):
        x = x.device if isinstance(x, torch.Tensor) else torch.device(x)
        return torch.device(x.type, x.index or 0)

    return normal(a) if normal(a) == normal(b) else None


# %% same_device | wrong | last-digit, one digit of the index
def same_device(a, b):
    a, b = [torch.device(getattr(x, "device", x)) for x in (a, b)]
    a, b = str(a), str(b)
    i = a[-1] if a[-1].isdigit() else "0"
    j = b[-1] if b[-1].isdigit() else "0"
    return a.split(":")[0] == b.split(":")[0] and i == j


# %% padding_mask | right | unsqueeze
def padding_mask(lengths, width):
    positions = torch.arange(width, dtype=lengths.dtype, device=lengths.device)
    return positions.unsqueeze(0).lt(lengths.unsqueeze(1))


# %% padding_mask | right | cumsum
def padding_mask(lengths, width):
    ones = torch.ones(len(lengths), width, dtype=torch.int64, device=lengths.device)
    return ones.cumsum(dim=1) <= lengths.reshape(-1, 1)


# %% padding_mask | right | loop over tolist
def padding_mask(lengths, width):
    mask = torch.zeros(len(lengths), width, dtype=torch.bool, device=lengths.device)
    for row, length in enumerate(lengths.tolist()):
        mask[row, :length] = True
    return mask


# %% padding_mask | right | list of rows
def padding_mask(lengths, width):
    rows = [[position < length for position in range(width)] for length in lengths.tolist()]
    return torch.tensor(rows, dtype=torch.bool, device=lengths.device).reshape(len(lengths), width)


# %% padding_mask | right | new_zeros, to at the end
def padding_mask(lengths, width):
    mask = np.arange(width)[None, :] < lengths.cpu().numpy()[:, None]
    return torch.from_numpy(mask).to(lengths.device)


# %% padding_mask | misconception | helper-on-the-cpu
why = "Create helper tensors where the data are: device=lengths.device."


# %% padding_mask | wrong: helper-on-the-cpu | arange
def padding_mask(lengths, width):
    return torch.arange(width) < lengths[:, None]


# %% padding_mask | wrong: helper-on-the-cpu | expanded
def padding_mask(lengths, width):
    positions = torch.arange(width).expand(lengths.shape[0], width)
    return positions < lengths.unsqueeze(-1)


# %% padding_mask | misconception | answer-from-the-cpu
why = "The caller combines the mask with tensors on the device of lengths."


# %% padding_mask | wrong: answer-from-the-cpu | cpu()
def padding_mask(lengths, width):
    return torch.arange(width) < lengths.cpu()[:, None]


# %% padding_mask | wrong: answer-from-the-cpu | filled zeros
def padding_mask(lengths, width):
    mask = torch.zeros(len(lengths), width, dtype=torch.bool)
    for row, length in enumerate(lengths):
        mask[row, : int(length)] = True
    return mask


# %% padding_mask | wrong: answer-from-the-cpu | numpy
def padding_mask(lengths, width):
    return torch.from_numpy(np.arange(width) < lengths.cpu().numpy()[:, None])


# %% padding_mask | misconception | accelerator-is-not-the-argument
why = "Follow the argument's device, not the machine's best."


# %% padding_mask | wrong: accelerator-is-not-the-argument | pick_device
def padding_mask(lengths, width):
    best = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    return torch.arange(width, device=best) < lengths[:, None]


# %% padding_mask | wrong: accelerator-is-not-the-argument | moves lengths
def padding_mask(lengths, width):
    best = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    return torch.arange(width, device=best) < lengths.to(best)[:, None]


# %% padding_mask | misconception | missing-column
why = "Make lengths a column so that every length meets every position."
next = "lengths = torch.tensor([2, 0, 3]); print(lengths.shape, lengths[:, None].shape)"


# %% padding_mask | wrong: missing-column | no column
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device) < lengths


# %% padding_mask | wrong: missing-column | expanded
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device).expand(len(lengths), width) < lengths


# %% padding_mask | wrong | off-by-one, <=
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device) <= lengths[:, None]


# %% padding_mask | wrong | upside-down, >=
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device) >= lengths[:, None]


# %% padding_mask | wrong | not-bool, uint8
def padding_mask(lengths, width):
    return (torch.arange(width, device=lengths.device) < lengths[:, None]).to(torch.uint8)


# %% padding_mask | wrong | clamps-the-argument, in place
def padding_mask(lengths, width):
    lengths.clamp_(max=width)
    return torch.arange(width, device=lengths.device) < lengths[:, None]


# %% isolated_copy | right | clone, then to
def isolated_copy(t, device):
    return t.detach().clone().to(device)


# %% isolated_copy | right | no_grad
def isolated_copy(t, device):
    with torch.no_grad():
        return t.to(device, copy=True)


# %% isolated_copy | right | torch.tensor warns
def isolated_copy(t, device):
    return torch.tensor(t, device=device)


# %% isolated_copy | right | empty, then copy_
def isolated_copy(t, device):
    out = torch.empty(t.shape, dtype=t.dtype, device=device)
    out.copy_(t.data)
    return out


# %% isolated_copy | right | deep copy of the detached
def isolated_copy(t, device):
    import copy

    return copy.deepcopy(t.detach().contiguous()).to(device)


# %% isolated_copy | right | clone after to
def isolated_copy(t, device):
    moved = t.to(device)
    return torch.clone(moved, memory_format=torch.contiguous_format).detach()


# %% isolated_copy | misconception | compared-devices
why = "Comparing devices misses the index: copy always, it costs the same."
next = "print(torch.ones(1, device=device).device == device)"


# %% isolated_copy | wrong: compared-devices | clone if equal
def isolated_copy(t, device):
    t = t.detach()
    if t.device == torch.device(device):
        return t.clone()
    return t.to(device)


# %% isolated_copy | wrong: compared-devices | text
def isolated_copy(t, device):
    moved = t.detach().to(device)
    return moved.clone() if str(t.device) == str(device) else moved


# %% isolated_copy | misconception | to-is-not-a-copy
why = "to() copies only if it must: ask for copy=True, or clone."
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.to.html"


# %% isolated_copy | wrong: to-is-not-a-copy | detach, to
def isolated_copy(t, device):
    return t.detach().to(device)


# %% isolated_copy | wrong: to-is-not-a-copy | as_tensor
def isolated_copy(t, device):
    return torch.as_tensor(t.data, device=device)


# %% isolated_copy | wrong: to-is-not-a-copy | to, detach
def isolated_copy(t, device):
    return t.to(device).detach()


# %% isolated_copy | misconception | still-in-the-graph
why = "A copy is an operation like any other: detach() it."


# %% isolated_copy | wrong: still-in-the-graph | copy=True
def isolated_copy(t, device):
    return t.to(device, copy=True)


# %% isolated_copy | wrong: still-in-the-graph | clone
def isolated_copy(t, device):
    return t.clone().to(device)


# %% isolated_copy | misconception | to-dropped
why = "Tensors do not move in place: keep what to() returns."


# %% isolated_copy | wrong: to-dropped | detach, clone
def isolated_copy(t, device):
    c = t.detach().clone()
    c.to(device)
    return c


# %% isolated_copy | wrong: to-dropped | clone in the graph
def isolated_copy(t, device):
    c = t.clone()
    c.to(device)
    return c


# %% isolated_copy | wrong | expanded-stays-expanded, expands again
def isolated_copy(t, device):
    t = t.detach()
    if t.dim() == 2 and t.stride(0) == 0:
        return t[:1].clone().to(device).expand(t.shape)
    return t.clone().to(device)


# %% isolated_copy | wrong | keeps-the-gradient, deepcopy
def isolated_copy(t, device):
    import copy

    return (copy.deepcopy(t) if t.is_leaf else t.detach().clone()).requires_grad_(False).to(device)


# %% isolated_copy | wrong | through-numpy, loses nothing but the device type
def isolated_copy(t, device):
    return torch.from_numpy(t.detach().numpy().copy()).to(device)


# %% isolated_copy | wrong | cuts-the-original, requires_grad_
def isolated_copy(t, device):
    return (t.requires_grad_(False) if t.is_leaf else t.detach()).to(device, copy=True)


# %% parameter_from_array | right | nn.Parameter
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.tensor(array, dtype=dtype, device=device))


# %% parameter_from_array | right | all in one constructor
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=dtype, device=device, requires_grad=True)


# %% parameter_from_array | right | from_numpy of a copy
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.from_numpy(array.copy()).to(dtype).to(device)
    t.requires_grad = True
    return t


# %% parameter_from_array | right | to with copy
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.from_numpy(array).to(device=device, dtype=dtype, copy=True).requires_grad_()


# %% parameter_from_array | right | detach at the end
def parameter_from_array(array, device, dtype=torch.float32):
    moved = torch.tensor(array).to(dtype).to(device)
    return moved.detach().clone().requires_grad_(True)


# %% parameter_from_array | right | default device, torch.tensor
def parameter_from_array(array, device, dtype=torch.float32):
    with torch.device(device):
        return torch.tensor(array, dtype=dtype, requires_grad=True)


# %% parameter_from_array | misconception | default-device-and-numpy
why = "from_numpy always starts in main memory: move its result."


def when(seen, want):
    return seen.result.device == "cpu" and want.device.type != "cpu"


# %% parameter_from_array | wrong: default-device-and-numpy | shared
def parameter_from_array(array, device, dtype=torch.float32):
    with torch.device(device):
        return torch.from_numpy(array).to(dtype).requires_grad_()


# %% parameter_from_array | wrong: default-device-and-numpy | copied
def parameter_from_array(array, device, dtype=torch.float32):
    with torch.device(device):
        return nn.Parameter(torch.from_numpy(array.copy()).to(dtype))


# %% parameter_from_array | misconception | array-decides-dtype
why = "NumPy's default is float64, torch's is float32: say which dtype you want."


# %% parameter_from_array | wrong: array-decides-dtype | constructor
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, device=device, requires_grad=True)


# %% parameter_from_array | wrong: array-decides-dtype | requires_grad_
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.from_numpy(array.copy()).to(device).requires_grad_()


# %% parameter_from_array | misconception | moved-leaf
why = "Move and convert first; requires_grad comes last."
next = "print(torch.ones(1, requires_grad=True).to(torch.float64).is_leaf)"


def when(seen, want):
    return (
        not seen.raised
            and (seen.value is None or (seen.result.requires_grad and not seen.result.is_leaf))
    )


# %% parameter_from_array | wrong: moved-leaf | to device
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=dtype, requires_grad=True).to(device)


# %% parameter_from_array | wrong: moved-leaf | to dtype
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array.astype(np.float32), device=device, requires_grad=True).to(dtype)


# %% parameter_from_array | wrong: moved-leaf | parameter moved
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.tensor(array, dtype=dtype)).to(device)


# %% parameter_from_array | wrong: moved-leaf | both at the end
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True).to(device, dtype)


# %% parameter_from_array | misconception | array-is-the-memory
why = "from_numpy and as_tensor share memory, and to() changes nothing when there is nothing to do: copy."


# %% parameter_from_array | wrong: array-is-the-memory | from_numpy
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.from_numpy(array).to(device, dtype).requires_grad_()


# %% parameter_from_array | wrong: array-is-the-memory | as_tensor
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.as_tensor(array, dtype=dtype, device=device).requires_grad_()


# %% parameter_from_array | wrong: array-is-the-memory | Parameter around it
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.from_numpy(array).to(dtype).to(device))


# %% parameter_from_array | wrong | always-float32, dtype ignored
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=torch.float32, device=device, requires_grad=True)


# %% parameter_from_array | wrong | no-gradient, requires_grad forgotten
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=dtype, device=device)


# %% parameter_from_array | wrong | filled-gradient, zeros
def parameter_from_array(array, device, dtype=torch.float32):
    p = torch.tensor(array, dtype=dtype, device=device, requires_grad=True)
    p.grad = torch.zeros_like(p)
    return p


# %% distance_matrix | right | broadcasting
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"a: {a.device}, b: {b.device}")
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(dim=-1).sqrt()


# %% distance_matrix | right | norm
def distance_matrix(a, b):
    if str(a.device) != str(b.device):
        raise ValueError("two devices: " + str(a.device) + " and " + str(b.device))
    return torch.linalg.vector_norm(a.unsqueeze(1) - b, dim=2)


# %% distance_matrix | right | the expansion
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{b.device} is not {a.device}")
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return squares.clamp(min=0).sqrt()


# %% distance_matrix | right | own error, rows stacked
class DeviceError(ValueError):
    pass


def distance_matrix(a, b):
    if a.device != b.device:
        raise DeviceError(f"cannot compare {a.device} with {b.device}")
    return torch.stack([torch.stack([(x - y).norm() for y in b]) for x in a])


# %% distance_matrix | right | filled in the right place
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device}, {b.device}")
    out = torch.zeros(len(a), len(b), dtype=a.dtype, device=a.device)
    for i in range(len(a)):
        out[i] = (a[i] - b).norm(dim=1)
    return out


# %% distance_matrix | right | other names, einsum
def distance_matrix(left, right):
    if left.device != right.device:
        raise ValueError("move first: " + str(left.device) + " / " + str(right.device))
    diff = left.unsqueeze(1) - right.unsqueeze(0)
    return torch.einsum("nmd,nmd->nm", diff, diff).sqrt()


# %% distance_matrix | misconception | error-without-names
why = "Put both devices into the message of a ValueError."


def raised_on_purpose(seen):
    lines = seen.raised.own_lines
    return bool(lines) and "raise " in lines[-1]

seen = observe(distance_matrix, torch.empty(2, 3, device="meta"), torch.empty(4, 3, device="meta"))

def when(seen, want):
    return seen.raised.type_name in ("ValueError", "AssertionError") or raised_on_purpose(seen)


# %% distance_matrix | wrong: error-without-names | text only
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError("different devices")
    return torch.cdist(a, b)


# %% distance_matrix | wrong: error-without-names | one name
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"b must be on {a.device}")
    return torch.cdist(a, b)


# %% distance_matrix | wrong: error-without-names | assert
def distance_matrix(a, b):
    assert a.device == b.device, f"{a.device} and {b.device}"
    return torch.cdist(a, b)


# %% distance_matrix | wrong: error-without-names | RuntimeError
def distance_matrix(a, b):
    if a.device != b.device:
        raise RuntimeError(f"{a.device} and {b.device}")
    return torch.cdist(a, b)


# %% distance_matrix | wrong: error-without-names | own exception
class WrongDevice(Exception):
    pass

def distance_matrix(a, b):
    if a.device != b.device:
        raise WrongDevice(f"{a.device} {b.device}")
    return torch.cdist(a, b)


# %% distance_matrix | misconception | torch-will-notice
why = "Not every operation compares devices: compare a.device and b.device yourself."
next = "print(torch.cdist(torch.ones(2, 3), torch.ones(2, 3, device=\"meta\")))"


# %% distance_matrix | wrong: torch-will-notice | cdist
def distance_matrix(a, b):
    return torch.cdist(a, b)


# %% distance_matrix | wrong: torch-will-notice | broadcasting
def distance_matrix(a, b):
    return (a[:, None] - b).pow(2).sum(-1).sqrt()


# %% distance_matrix | wrong: torch-will-notice | translated
def distance_matrix(a, b):
    try:
        return torch.cdist(a, b)
    except RuntimeError as error:
        raise ValueError(f"{a.device} and {b.device}") from error


# %% distance_matrix | wrong: torch-will-notice | the text of the error
def distance_matrix(a, b):
    try:
        return torch.cdist(a, b)
    except RuntimeError as error:
        raise ValueError(f"cannot mix {a.device} and {b.device}: {error}")


# %% distance_matrix | misconception | silent-transfer
why = "Moving is the caller's decision: raise and name both devices."


# %% distance_matrix | wrong: silent-transfer | b to a
def distance_matrix(a, b):
    return torch.cdist(a, b.to(a.device))


# %% distance_matrix | wrong: silent-transfer | a to b, broadcasting
def distance_matrix(a, b):
    a = a.to(b.device)
    return ((a[:, None] - b) ** 2).sum(-1).sqrt()


# %% distance_matrix | wrong: silent-transfer | both to the cpu
def distance_matrix(a, b):
    return torch.cdist(a.cpu(), b.cpu())


# %% distance_matrix | wrong: silent-transfer | if they differ
def distance_matrix(a, b):
    if a.device != b.device:
        b = b.to(a.device)
    return torch.cdist(a, b)


# %% distance_matrix | misconception | made-on-the-default-device
why = "Let the result come out of tensor operations on a and b: it inherits device, dtype and history."


# %% distance_matrix | wrong: made-on-the-default-device | rows into zeros
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    out = torch.zeros(len(a), len(b))
    for i in range(len(a)):
        out[i] = (a[i] - b).norm(dim=1)
    return out


# %% distance_matrix | wrong: made-on-the-default-device | numbers
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return torch.tensor([[torch.dist(x, y).item() for y in b] for x in a])


# %% distance_matrix | wrong: made-on-the-default-device | numbers in the right place
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return torch.tensor([[torch.dist(x, y).item() for y in b] for x in a], dtype=a.dtype, device=a.device)


# %% distance_matrix | wrong: made-on-the-default-device | elements into zeros
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    out = torch.zeros(a.shape[0], b.shape[0])
    for i in range(a.shape[0]):
        for j in range(b.shape[0]):
            out[i, j] = torch.sqrt(((a[i] - b[j]) ** 2).sum())
    return out


# %% distance_matrix | wrong | squared, no root
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return ((a[:, None] - b) ** 2).sum(-1)


# %% distance_matrix | wrong | taxi, p=1
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return torch.cdist(a, b, p=1)


# %% distance_matrix | wrong | nan-on-the-diagonal, expansion without clamp
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return ((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T).sqrt()


# %% move_batch | right | by type
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if type(batch) is dict:
        moved = {}
        for key in batch:
            moved[key] = move_batch(batch[key], device)
        return moved
    if type(batch) is list:
        return [move_batch(item, device) for item in batch]
    if type(batch) is tuple:
        return tuple(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | right | always copies
def move_batch(batch, device):
    match batch:
        case torch.Tensor():
            return batch.detach().to(device, copy=True)
        case dict():
            return dict((key, move_batch(item, device)) for key, item in batch.items())
        case list() | tuple():
            return type(batch)(map(lambda item: move_batch(item, device), batch))
        case _:
            return batch


# %% move_batch | right | tree_map
def move_batch(batch, device):
    from torch.utils._pytree import tree_map

    return tree_map(lambda x: x.to(device) if isinstance(x, torch.Tensor) else x, batch)


# %% move_batch | right | copies, then fills
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, tuple):
        return tuple(move_batch(list(batch), device))
    if isinstance(batch, (dict, list)):
        new = batch.copy()
        for key in new if isinstance(new, dict) else range(len(new)):
            new[key] = move_batch(new[key], device)
        return new
    return batch


# %% move_batch | right | deferred with a worker
def move_batch(batch, device):
    def walk(thing):
        if hasattr(thing, "to") and isinstance(thing, torch.Tensor):
            return thing.to(torch.device(device))
        if isinstance(thing, dict):
            return {k: walk(v) for k, v in thing.items()}
        if isinstance(thing, (tuple, list)):
            walked = [walk(v) for v in thing]
            return walked if isinstance(thing, list) else tuple(walked)
        return thing

    return walk(batch)


# %% move_batch | misconception | one-level
why = "The items may be containers again: let the function call itself."


def with_depth(batch, depth=0):
    if isinstance(batch, torch.Tensor):
        return [(depth, batch.device.type)]
    items = batch.values() if isinstance(batch, dict) else batch if isinstance(batch, (list, tuple)) else []
    return [found for item in items for found in with_depth(item, depth + 1)]

seen = observe(move_batch, {"w": nn.Parameter(torch.ones(2)), "there": torch.ones(2, device=device)}, device)

want = {"w": torch.ones(2, device=device), "there": torch.ones(2, device=device)}

def when(seen, want):
    pairs = list(zip(with_depth(seen.value), with_depth(want)))
    moved = [depth for (depth, kind), (_, wanted) in pairs if kind == wanted]
    left = [depth for (depth, kind), (_, wanted) in pairs if kind != wanted]
    return moved and left and max(moved) < min(left)


# %% move_batch | wrong: one-level | dict of tensors
def move_batch(batch, device):
    return {k: v.to(device) for k, v in batch.items()}


# %% move_batch | wrong: one-level | with a check
def move_batch(batch, device):
    return {k: v.to(device) if torch.is_tensor(v) else v for k, v in batch.items()}


# %% move_batch | wrong: one-level | every kind of batch
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: v.to(device) if isinstance(v, torch.Tensor) else v for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(v.to(device) if isinstance(v, torch.Tensor) else v for v in batch)
    return batch


# %% move_batch | wrong: one-level | dict and tensor only
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: v.to(device) if torch.is_tensor(v) else v for k, v in batch.items()}
    return batch


# %% move_batch | wrong: one-level | two levels
def move_batch(batch, device):
    def put(v):
        return v.to(device) if isinstance(v, torch.Tensor) else v
    def inner(v):
        if isinstance(v, dict):
            return {k: put(w) for k, w in v.items()}
        if isinstance(v, (list, tuple)):
            return type(v)(put(w) for w in v)
        return put(v)
    if isinstance(batch, dict):
        return {k: inner(v) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(inner(v) for v in batch)
    return put(batch)


# %% move_batch | misconception | to-dropped
why = "Only modules move in place; to() of a tensor returns a new one."


# %% move_batch | wrong: to-dropped | recursive
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        batch.to(device)
        return batch
    if isinstance(batch, dict):
        return {key: move_batch(item, device) for key, item in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: to-dropped | loop
def move_batch(batch, device):
    items = batch.values() if isinstance(batch, dict) else batch if isinstance(batch, (list, tuple)) else [batch]
    for item in items:
        if isinstance(item, torch.Tensor):
            item.to(device)
    return batch


# %% move_batch | wrong: to-dropped | rebinds the loop variable
def move_batch(batch, device):
    if isinstance(batch, (dict, list, tuple)):
        for item in batch.values() if isinstance(batch, dict) else batch:
            item = move_batch(item, device)
        return batch
    return batch.to(device) if isinstance(batch, torch.Tensor) else batch


# %% move_batch | wrong: to-dropped | one level loop
def move_batch(batch, device):
    for key, item in batch.items():
        if isinstance(item, torch.Tensor):
            item.to(device)
    return batch


# %% move_batch | misconception | rewrites-the-batch
why = "Build new containers at every level."


# %% move_batch | wrong: rewrites-the-batch | in place
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        for key in batch:
            batch[key] = move_batch(batch[key], device)
        return batch
    if isinstance(batch, list):
        for i, item in enumerate(batch):
            batch[i] = move_batch(item, device)
        return batch
    if isinstance(batch, tuple):
        return tuple(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: rewrites-the-batch | shallow copy
def move_batch(batch, device):
    def fill(thing):
        if isinstance(thing, torch.Tensor):
            return thing.to(device)
        if isinstance(thing, tuple):
            return tuple(fill(item) for item in thing)
        if isinstance(thing, (dict, list)):
            for key in thing if isinstance(thing, dict) else range(len(thing)):
                thing[key] = fill(thing[key])
        return thing

    return fill(batch.copy() if isinstance(batch, (dict, list)) else batch)


# %% move_batch | wrong: rewrites-the-batch | copy.copy
def move_batch(batch, device):
    import copy

    def fill(thing):
        if isinstance(thing, torch.Tensor):
            return thing.to(device)
        if isinstance(thing, dict):
            for key, item in thing.items():
                thing[key] = fill(item)
        elif isinstance(thing, list):
            thing[:] = [fill(item) for item in thing]
        elif isinstance(thing, tuple):
            return tuple(fill(item) for item in thing)
        return thing

    return fill(copy.copy(batch))


# %% move_batch | misconception | everything-iterable
why = "Ask for dict, list and tuple by name; return the type you were given."


# %% move_batch | wrong: everything-iterable | a length
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if hasattr(batch, "__len__"):
        return type(batch)([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: everything-iterable | tuples become lists
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return [move_batch(item, device) for item in batch]
    return batch


# %% move_batch | wrong: everything-iterable | letters
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if hasattr(batch, "__iter__") and not (isinstance(batch, str) and len(batch) <= 1):
        return [move_batch(item, device) for item in batch]
    return batch


# %% move_batch | wrong: everything-iterable | iterates one level of anything
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if hasattr(batch, "__iter__"):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong | exact-type, a tensor on sim is of a subclass
def move_batch(batch, device):
    if type(batch) is torch.Tensor:
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: move_batch(item, device) for key, item in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong | same-if-nothing-to-do, shortcut
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        moved = type(batch)(move_batch(item, device) for item in batch)
        return batch if all(x is y for x, y in zip(moved, batch)) else moved
    return batch


# %% move_batch | wrong | arrays-too, np to tensor
def move_batch(batch, device):
    if isinstance(batch, (torch.Tensor, np.ndarray)):
        return torch.as_tensor(batch).to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong | sorted-keys, sorted
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(batch[k], device) for k in sorted(batch, key=str)}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong | deep-copies, deepcopy
def move_batch(batch, device):
    import copy

    batch = copy.deepcopy(batch)
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch
