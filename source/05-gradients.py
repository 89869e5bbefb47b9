"""The catalogue of 05-gradients: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% line_table | right | outer
def line_table(x, w, b):
    return torch.outer(w, x) + b.unsqueeze(1)


# %% line_table | right | rows stacked in a loop
def line_table(x, w, b):
    return torch.stack([w[k] * x + b[k] for k in range(len(w))])


# %% line_table | right | transpose of positions by lines
def line_table(x, w, b):
    return (x[:, None] * w + b).T


# %% line_table | right | meshgrid
def line_table(x, w, b):
    ws, xs = torch.meshgrid(w, x.to(w.dtype), indexing="ij")
    return ws * xs + b.reshape(-1, 1).expand_as(ws)


# %% line_table | right | numpy
def line_table(x, w, b):
    dtype = torch.result_type(x, w)
    table = w.numpy()[:, None].astype("float64") * x.numpy().astype("float64") + b.numpy()[:, None]
    print("a table of", table.shape)
    return torch.from_numpy(table).to(dtype)


# %% line_table | right | einsum
def line_table(x, w, b):
    return torch.einsum("k,n->kn", w, x) + b.view(-1, 1)


# %% line_table | right | addcmul with views
def line_table(x, w, b):
    K, N = len(w), len(x)
    return (w.view(K, 1).expand(K, N) * x.expand(K, N)).add(b.unsqueeze(-1).expand(K, N))


# %% line_table | misconception | matmul-mixes-no-dtypes
why = "A product with * promotes dtypes, a matrix product does not."


def says(seen, *parts):
    "Whether the error that was seen has one of these words."
    return any(part in seen.raised.message for part in parts)

def when(seen, want):
    return says(seen, "m1 and m2", "mat2 must", "both vectors", "both inputs", "scalar type", "multi_dot", "addmv")


# %% line_table | wrong: matmul-mixes-no-dtypes | at
def line_table(x, w, b):
    return w[:, None] @ x[None] + b[:, None]


# %% line_table | wrong: matmul-mixes-no-dtypes | mm
def line_table(x, w, b):
    return torch.mm(w.reshape(-1, 1), x.reshape(1, -1)) + b.reshape(-1, 1)


# %% line_table | wrong: matmul-mixes-no-dtypes | addmm
def line_table(x, w, b):
    return torch.addmm(b[:, None], w[:, None], x[None])


# %% line_table | misconception | line-meets-position
why = "Each line meets each position: make the lines a column so that they broadcast against the positions."


def says(seen, *parts):
    "Whether the error that was seen has one of these words."
    return any(part in seen.raised.message for part in parts)

def when(seen, want):
    return says(seen, "must match the size", "could not be broadcast")


# %% line_table | wrong: line-meets-position | product of vectors
def line_table(x, w, b):
    return w * x + b


# %% line_table | wrong: line-meets-position | addcmul
def line_table(x, w, b):
    return torch.add(torch.mul(x, w), b)


# %% line_table | wrong: line-meets-position | zip of all three
def line_table(x, w, b):
    return torch.stack([wk * xk + bk for wk, xk, bk in zip(w, x, b)]).unsqueeze(0)


# %% line_table | misconception | bias-along-the-row
why = "One intercept per row: b needs the shape (K, 1) here."
next = "print(b.shape, b[:, None].shape) for two lines and three positions."


def says(seen, *parts):
    "Whether the error that was seen has one of these words."
    return any(part in seen.raised.message for part in parts)

def when(seen, want):
    return says(seen, "must match the size", "could not be broadcast")


# %% line_table | wrong: bias-along-the-row | b not a column
def line_table(x, w, b):
    return w[:, None] * x + b


# %% line_table | wrong: bias-along-the-row | outer
def line_table(x, w, b):
    return torch.outer(w, x) + b


# %% line_table | misconception | reshape-for-transpose
why = "reshape keeps the reading order; to swap rows and columns, transpose."


# %% line_table | wrong: reshape-for-transpose | reshape
def line_table(x, w, b):
    return (x[:, None] * w + b).reshape(len(w), len(x))


# %% line_table | wrong: reshape-for-transpose | view
def line_table(x, w, b):
    K, N = w.shape[0], x.shape[0]
    table = torch.outer(x, w) + b
    return table.view(K, N)


# %% line_table | wrong: reshape-for-transpose | only the product reshaped
def line_table(x, w, b):
    prod = (x[:, None] * w[None, :]).reshape(len(w), len(x))
    return prod + b[:, None]


# %% line_table | misconception | rows-and-columns-swapped
why = "Row k belongs to line k: the result has the shape (K, N), lines first."


# %% line_table | wrong: rows-and-columns-swapped | positions first
def line_table(x, w, b):
    return x[:, None] * w + b


# %% line_table | wrong | always-float, float32 everywhere
def line_table(x, w, b):
    return w.float()[:, None] * x.float() + b.float()[:, None]


# %% line_table | wrong | writes-into-b, in place on a view of w
def line_table(x, w, b):
    w.mul_(1)
    return w[:, None] * x + b[:, None]


# %% line_table | wrong | meshgrid-dtypes, meshgrid refuses mixed dtypes
def line_table(x, w, b):
    W, X = torch.meshgrid(w, x, indexing="ij")
    return W * X + b[:, None]


# %% init_weight | right | clone in two steps
def init_weight(start, scale):
    dtype = start.dtype if start.is_floating_point() else torch.float32
    w = start.detach().clone().to(dtype)
    w *= scale
    w.requires_grad = True
    return w


# %% init_weight | right | torch.tensor with a warning
def init_weight(start, scale):
    return torch.tensor(start * scale, requires_grad=True)


# %% init_weight | right | under no_grad
def init_weight(start, scale):
    with torch.no_grad():
        w = start * scale
    return w.requires_grad_(True)


# %% init_weight | right | empty leaf filled afterwards
def init_weight(start, scale):
    dtype = start.dtype if torch.is_floating_point(start) else torch.float32
    w = torch.empty(start.shape, dtype=dtype, requires_grad=True)
    with torch.no_grad():
        w.copy_(start).mul_(scale)
    return w


# %% init_weight | right | numpy detour
def init_weight(start, scale):
    dtype = start.dtype if start.dtype.is_floating_point else torch.float32
    numbers = start.detach().numpy().astype("float64") * scale
    return torch.tensor(numbers, dtype=dtype, requires_grad=True)


# %% init_weight | right | leaf scaled through detach
def init_weight(start, scale):
    w = start.detach().clone()
    if not w.is_floating_point():
        w = w.float()
    w.requires_grad_()
    w.detach().mul_(scale)
    return w


# %% init_weight | right | empty_like and copy_
def init_weight(start, scale):
    dtype = start.dtype if start.is_floating_point() else torch.float32
    w = torch.empty(start.shape, dtype=dtype, requires_grad=True)
    with torch.no_grad():
        w.copy_(start).mul_(scale)
    return w


# %% init_weight | misconception | integer-leaf
why = "Integer and bool tensors cannot require gradients: convert first."


def when(seen, want):
    return "floating point" in seen.raised.message


# %% init_weight | wrong: integer-leaf | clone and require grad
def init_weight(start, scale):
    w = start.detach().clone().requires_grad_()
    with torch.no_grad():
        w *= scale
    return w


# %% init_weight | wrong: integer-leaf | dtype of start kept
def init_weight(start, scale):
    w = torch.tensor(start.tolist(), dtype=start.dtype, requires_grad=True)
    w.data = (w.data * scale).reshape(start.shape)
    return w


# %% init_weight | misconception | detach-is-not-a-copy
why = "detach() shares memory: copy before you write."


def when(seen, want):
    return seen.shared or seen.after["start"].data != seen.arguments["start"].data


# %% init_weight | wrong: detach-is-not-a-copy | mul_ on the detached
def init_weight(start, scale):
    return start.detach().mul_(scale).requires_grad_()


# %% init_weight | wrong: detach-is-not-a-copy | nothing to do for scale 1
def init_weight(start, scale):
    w = start.detach() if start.is_floating_point() else start.detach().float()
    if scale != 1.0:
        w = w * scale
    return w.requires_grad_()


# %% init_weight | wrong: detach-is-not-a-copy | to copies nothing
def init_weight(start, scale):
    w = start.detach().to(start.dtype if start.is_floating_point() else torch.float32)
    w *= scale
    return w.requires_grad_()


# %% init_weight | wrong: detach-is-not-a-copy | data
def init_weight(start, scale):
    w = start.data if start.is_floating_point() else start.data.float()
    w.mul_(scale)
    return w.requires_grad_()


# %% init_weight | misconception | history-kept
why = "requires_grad_() does not make a leaf out of a computed tensor; detach does."


def when(seen, want):
    return "flags of leaf variables" in seen.raised.message


# %% init_weight | wrong: history-kept | no detach
def init_weight(start, scale):
    return (start * scale).requires_grad_()


# %% init_weight | wrong: history-kept | clone is not detach
def init_weight(start, scale):
    w = start.clone()
    w = w.float() if not w.is_floating_point() else w
    w = w * scale
    w.requires_grad_(True)
    return w


# %% init_weight | wrong: history-kept | the flag set on the product
def init_weight(start, scale):
    w = scale * (start if start.is_floating_point() else start.float())
    w.requires_grad = True
    return w


# %% init_weight | misconception | scaled-after-the-leaf
why = "Scale first, ask for requires_grad last: the result of an operation is not a leaf."
next = "print(init_weight(torch.tensor([1., 2.]), 0.5).is_leaf)"


# %% init_weight | wrong: scaled-after-the-leaf | torch.tensor times scale
def init_weight(start, scale):
    dtype = start.dtype if start.is_floating_point() else torch.float32
    return torch.tensor(start.tolist(), dtype=dtype, requires_grad=True).reshape(start.shape) * scale


# %% init_weight | wrong: scaled-after-the-leaf | detach, then product
def init_weight(start, scale):
    w = start.detach().clone()
    if not w.is_floating_point():
        w = w.float()
    w.requires_grad_()
    return scale * w


# %% init_weight | wrong: scaled-after-the-leaf | requires_grad on the clone
def init_weight(start, scale):
    w = (start if start.is_floating_point() else start.float()).clone().requires_grad_()
    w = w * scale
    return w


# %% init_weight | wrong: scaled-after-the-leaf | tensor of tensor
def init_weight(start, scale):
    return torch.tensor(start, requires_grad=True) * scale


# %% init_weight | misconception | parameter-for-tensor
why = "nn.Parameter is a class of its own; here a plain tensor that requires grad is asked for."


def when(seen, want):
    return seen.result.type_name.endswith("Parameter")


# %% init_weight | wrong: parameter-for-tensor | nn.Parameter
def init_weight(start, scale):
    return torch.nn.Parameter(start.detach() * scale)


# %% init_weight | wrong | always-float32, float()
def init_weight(start, scale):
    return (start.detach().float() * scale).requires_grad_()


# %% init_weight | wrong | no-grad-wanted, plain result
def init_weight(start, scale):
    return start.detach() * scale


# %% line_gradients | right | autograd.grad
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = x * w + b
    dw, db = torch.autograd.grad(y, (w, b))
    return y, None, dw, db


# %% line_gradients | right | addcmul
def line_gradients(x, w, b):
    x = torch.tensor(x).float()
    w, b = (torch.tensor(v).float().requires_grad_() for v in (w, b))
    y = torch.addcmul(b, w, x)
    print(y)
    y.backward()
    return (y, x.grad, w.grad, b.grad)


# %% line_gradients | right | full
def line_gradients(x, w, b):
    x = torch.full((), x, dtype=torch.float32)
    w = torch.full((), w, dtype=torch.float32, requires_grad=True)
    b = torch.full((), b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    y.backward(torch.tensor(1.0))
    return y, x.grad, w.grad.clone(), b.grad.clone()


# %% line_gradients | right | retain_graph
def line_gradients(x, w, b):
    x, w, b = (torch.as_tensor(v, dtype=torch.float32) for v in (x, w, b))
    for t in (w, b):
        t.requires_grad = True
    y = w * x + b
    y.backward(retain_graph=True)
    return y, x.grad, w.grad, b.grad


# %% line_gradients | right | two passes over disjoint parts of the graph
def line_gradients(x, w, b):
    x = torch.tensor(float(x)); w = torch.tensor(float(w), requires_grad=True); b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward(inputs=[w])
    y.backward(inputs=[b])
    return y, x.grad, w.grad, b.grad


# %% line_gradients | misconception | integer-leaf
why = "Integer tensors cannot require gradients: make floats of the numbers."


def when(seen, want):
    return "floating point" in seen.raised.message


# %% line_gradients | wrong: integer-leaf | no dtype
def line_gradients(x, w, b):
    x = torch.tensor(x)
    w = torch.tensor(w, requires_grad=True)
    b = torch.tensor(b, requires_grad=True)
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: integer-leaf | requires_grad_ on integers
def line_gradients(x, w, b):
    x, w, b = torch.tensor(x), torch.tensor(w), torch.tensor(b)
    w.requires_grad_()
    b.requires_grad_()
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | misconception | backward-twice
why = "One graph, one backward: a second one raises, or adds to .grad if the graph was retained."


def when(seen, want):
    return "a second time" in seen.raised.message


# %% line_gradients | wrong: backward-twice | error
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    dw = w.grad
    y.backward()
    return y, x.grad, dw, b.grad


# %% line_gradients | wrong: backward-twice | retained and doubled
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward(retain_graph=True)
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | misconception | loss-rebuilt
why = "A tensor made from a number has no history: call backward on the result itself."


NO_GRAPH = ["does not require grad", "no attribute 'backward'", "used in the graph"]  # errors of a y made from a number

def when(seen, want):
    return (
        any(part in seen.raised.message for part in NO_GRAPH)
            if seen.raised
            else seen.value[2] is None and seen.result.items[0].grad_fn is None
    )


# %% line_gradients | wrong: loss-rebuilt | torch.tensor of the result
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = torch.tensor(w * x + b)
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: loss-rebuilt | requires_grad again
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = torch.tensor((w * x + b).item(), requires_grad=True)
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: loss-rebuilt | item
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = (w * x + b).item()
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: loss-rebuilt | a leaf of the number, autograd.grad
def line_gradients(x, w, b):
    xt = torch.tensor(float(x)); wt = torch.tensor(float(w), requires_grad=True); bt = torch.tensor(float(b), requires_grad=True)
    y = torch.tensor(float(wt * xt + bt), requires_grad=True)
    dw, db = torch.autograd.grad(y, (wt, bt))
    return y, None, dw, db


# %% line_gradients | misconception | backward-returns-the-gradient
why = "backward() returns nothing; it stores gradients in .grad of the leaves."


def when(seen, want):
    return "NoneType" in seen.raised.message if seen.raised else None in seen.value[2:]


# %% line_gradients | wrong: backward-returns-the-gradient | g for both
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    g = y.backward()
    return y, None, g, g


# %% line_gradients | wrong: backward-returns-the-gradient | unpacked
def line_gradients(x, w, b):
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    dw, db = y.backward()
    return y, None, dw, db


# %% line_gradients | wrong: backward-returns-the-gradient | for w only
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    dw = y.backward()
    return y, x.grad, dw, b.grad


# %% line_gradients | misconception | everything-requires-grad
why = "x was not asked to require grad, so its .grad is None: not tracked is not the same as zero."


def when(seen, want):
    return len(seen.value) == 4 and seen.value[1] is not None


# %% line_gradients | wrong: everything-requires-grad | three leaves
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(float(v), requires_grad=True) for v in (x, w, b))
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: everything-requires-grad | zero in its place
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return y, torch.tensor(0.0), w.grad, b.grad


# %% line_gradients | wrong: everything-requires-grad | Python's zero
def line_gradients(x, w, b):
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return y, 0.0, w.grad, b.grad


# %% line_gradients | wrong | history-dropped, y detached
def line_gradients(x, w, b):
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return y.detach(), None, w.grad, b.grad


# %% line_gradients | wrong | vectors-of-one, shape (1,)
def line_gradients(x, w, b):
    x = torch.tensor([float(x)])
    w = torch.tensor([float(w)], requires_grad=True)
    b = torch.tensor([float(b)], requires_grad=True)
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong | list-for-tuple, a list
def line_gradients(x, w, b):
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return [y, None, w.grad, b.grad]


# %% trainable_leaves | right | loop
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.requires_grad and t.grad_fn is None:
            found.append(t)
    return found


# %% trainable_leaves | right | filter
def trainable_leaves(tensors):
    return list(filter(lambda t: t.is_leaf and t.requires_grad, tensors))


# %% trainable_leaves | right | removed from a copy
def trainable_leaves(tensors):
    found = list(tensors)
    for n in reversed(range(len(found))):
        if not (found[n].is_leaf and found[n].requires_grad):
            print("leaving out number", n)
            del found[n]
    return found


# %% trainable_leaves | right | reads .grad and so warns
def trainable_leaves(tensors):
    return [t for t in tensors if (t.grad is None or True) and t.is_leaf and t.requires_grad]


# %% trainable_leaves | misconception | copies
why = "Return the objects themselves: a copy does not train the original."


def when(seen, want):
    return "another tensor" in seen.value["chosen"]


# %% trainable_leaves | wrong: copies | detach
def trainable_leaves(tensors):
    return [t.detach().requires_grad_() for t in tensors if t.is_leaf and t.requires_grad]


# %% trainable_leaves | wrong: copies | clone
def trainable_leaves(tensors):
    return [t.clone() for t in tensors if t.is_leaf and t.requires_grad]


# %% trainable_leaves | misconception | every-leaf
why = "A leaf is where a graph begins; it gets a gradient only if it requires one."


# %% trainable_leaves | wrong: every-leaf | is_leaf
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf]


# %% trainable_leaves | wrong: every-leaf | no grad_fn
def trainable_leaves(tensors):
    return [t for t in tensors if t.grad_fn is None]


# %% trainable_leaves | wrong: every-leaf | that could require grad
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf and t.dtype.is_floating_point]


# %% trainable_leaves | misconception | every-requires-grad
why = "Computed tensors pass gradients on; they do not keep them."


# %% trainable_leaves | wrong: every-requires-grad | requires_grad
def trainable_leaves(tensors):
    return [t for t in tensors if t.requires_grad]


# %% trainable_leaves | misconception | grad-already-there
why = "An old .grad says nothing about the next backward pass."


# %% trainable_leaves | wrong: grad-already-there | grad
def trainable_leaves(tensors):
    return [t for t in tensors if t.grad is not None]


# %% trainable_leaves | wrong: grad-already-there | leaf with grad
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf and t.requires_grad and t.grad is not None]


# %% trainable_leaves | wrong: grad-already-there | only those without
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf and t.requires_grad and t.grad is None]


# %% trainable_leaves | wrong | a-tuple, tuple
def trainable_leaves(tensors):
    return tuple(t for t in tensors if t.is_leaf and t.requires_grad)


# %% trainable_leaves | wrong | list-emptied, the given list is changed
def trainable_leaves(tensors):
    tensors[:] = [t for t in tensors if t.is_leaf and t.requires_grad]
    return tensors


# %% trainable_leaves | wrong | made-trainable, switches requires_grad on
def trainable_leaves(tensors):
    for t in tensors:
        if t.is_leaf and t.is_floating_point():
            t.requires_grad_()
    return [t for t in tensors if t.is_leaf and t.requires_grad]


# %% trainable_leaves | wrong | popped, removes from the list given
def trainable_leaves(tensors):
    for t in list(tensors):
        if not (t.is_leaf and t.requires_grad):
            for i, s in enumerate(tensors):
                if s is t:
                    del tensors[i]
                    break
    return tensors


# %% grad_history | right | running sum of autograd.grad
def grad_history(losses, w):
    own = w.detach().requires_grad_()
    total = torch.zeros_like(own)
    history = []
    for loss in losses:
        total = total + torch.autograd.grad(loss(own), own)[0]
        history.append(total)
    return history


# %% grad_history | right | cumulative sum, unbound
def grad_history(losses, w):
    grads = [torch.func.grad(loss)(w.detach()) for loss in losses]
    return list(torch.cumsum(torch.stack(grads), dim=0)) if grads else []


# %% grad_history | right | fresh leaf for every prefix
def grad_history(losses, w):
    history = []
    for k in range(len(losses)):
        own = torch.tensor(w.tolist(), dtype=w.dtype, requires_grad=True)
        sum(loss(own) for loss in losses[: k + 1]).backward()
        history.append(own.grad)
    return history


# %% grad_history | right | warns and copies
def grad_history(losses, w):
    own = torch.tensor(w, requires_grad=True)
    history = []
    for loss in losses:
        value = loss(own)
        print(value.item())
        value.backward()
        history.append(own.grad.detach().clone())
    return history


# %% grad_history | right | new .grad for each pass
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        before = own.grad
        own.grad = None
        loss(own).backward()
        if before is not None:
            own.grad = before + own.grad
        history.append(own.grad)
    return history


# %% grad_history | right | a hook that lists clones
def grad_history(losses, w):
    z = w.detach().clone()
    z.requires_grad = True
    seen = []
    handle = z.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad.detach().clone()))
    for loss in losses:
        loss(z).backward()
    handle.remove()
    return seen


# %% grad_history | misconception | clone-is-a-leaf
why = "clone() stays in the graph; detach() leaves it."


def when(seen, want):
    return "flags of leaf variables" in seen.raised.message


# %% grad_history | wrong: clone-is-a-leaf | clone alone
def grad_history(losses, w):
    own = w.clone()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: clone-is-a-leaf | clone that requires grad
def grad_history(losses, w):
    own = w.clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: clone-is-a-leaf | lists None
def grad_history(losses, w):
    own = w.clone()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad)
    return history


# %% grad_history | wrong: clone-is-a-leaf | the flag set on the clone
def grad_history(losses, w):
    own, history = w.clone(), []
    own.requires_grad = True
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | misconception | caller-s-leaf
why = "Work on w.detach().clone().requires_grad_(), the caller's tensor is not yours."
next = "print(w.requires_grad, w.grad) before and after the call."


def when(seen, want):
    return seen.after["w"] != seen.arguments["w"]


# %% grad_history | wrong: caller-s-leaf | requires_grad_ on w
def grad_history(losses, w):
    w.requires_grad_()
    history = []
    for loss in losses:
        loss(w).backward()
        history.append(w.grad.clone())
    return history


# %% grad_history | wrong: caller-s-leaf | cleared first
def grad_history(losses, w):
    w.requires_grad_()
    w.grad = None
    history = []
    for loss in losses:
        loss(w).backward()
        history.append(w.grad.clone())
    return history


# %% grad_history | misconception | same-grad-listed
why = "The next backward pass writes into the same .grad tensor: keep a clone."


# %% grad_history | wrong: same-grad-listed | leaf.grad appended
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad)
    return history


# %% grad_history | wrong: same-grad-listed | detach is no clone
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.detach())
    return history


# %% grad_history | wrong: same-grad-listed | running sum in place
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    total = torch.zeros_like(own, requires_grad=False)
    history = []
    for loss in losses:
        total += torch.autograd.grad(loss(own), own)[0]
        history.append(total)
    return history


# %% grad_history | misconception | cleared-between
why = "Nothing clears .grad but you: here it is meant to add up."


# %% grad_history | wrong: cleared-between | None in the loop
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        own.grad = None
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: cleared-between | zero_
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        if own.grad is not None:
            own.grad.zero_()
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: cleared-between | autograd.grad without a sum
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    return [torch.autograd.grad(loss(own), own)[0] for loss in losses]


# %% grad_history | wrong: cleared-between | leaf inside the loop
def grad_history(losses, w):
    history = []
    for loss in losses:
        own = w.detach().clone().requires_grad_()
        loss(own).backward()
        history.append(own.grad)
    return history


# %% grad_history | wrong | one-backward, of the sum of all
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    sum(loss(own) for loss in losses).backward()
    return [own.grad]


# %% grad_history | wrong | history-in-the-history, create_graph
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    total, history = 0, []
    for loss in losses:
        total = total + torch.autograd.grad(loss(own), own, create_graph=True)[0]
        history.append(total)
    return history


# %% vjp | right | autograd.grad
def vjp(f, x, v):
    own = x.detach().requires_grad_()
    return torch.autograd.grad(f(own), own, grad_outputs=v)[0]


# %% vjp | right | weighted sum
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_(True)
    (v * f(own)).sum().backward()
    return own.grad


# %% vjp | right | torch.func
def vjp(f, x, v):
    y, back = torch.func.vjp(f, x.detach())
    return back(v)[0]


# %% vjp | right | functional
def vjp(f, x, v):
    return torch.autograd.functional.vjp(f, x, v)[1]


# %% vjp | right | Jacobian from the left
def vjp(f, x, v):
    J = torch.autograd.functional.jacobian(f, x).reshape(v.numel(), x.numel())
    print(J.shape)
    return (v.reshape(-1) @ J).reshape(x.shape)


# %% vjp | right | row by row
def vjp(f, x, v):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    total = torch.zeros_like(x, requires_grad=False)
    for yi, vi in zip(y.reshape(-1), v.reshape(-1)):
        total = total + vi * torch.autograd.grad(yi, z, retain_graph=True)[0]
    return total


# %% vjp | misconception | multiplied-afterwards
why = "The weights belong to the outputs: apply them before going backward."


# %% vjp | wrong: multiplied-afterwards | v times the gradient
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).sum().backward()
    return v * own.grad


# %% vjp | wrong: multiplied-afterwards | gradient times v
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    y.backward(torch.ones_like(y))
    return own.grad.mul(v)


# %% vjp | misconception | jacobian-times-v
why = "Backward computes v J, sums over outputs, not over inputs."


# %% vjp | wrong: jacobian-times-v | J @ v
def vjp(f, x, v):
    J = torch.autograd.functional.jacobian(f, x)
    return J @ v


# %% vjp | wrong: jacobian-times-v | rows by hand
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    rows = [torch.autograd.grad(yi, own, retain_graph=True)[0] for yi in y.reshape(-1)]
    return torch.stack(rows) @ v


# %% vjp | wrong: jacobian-times-v | jvp
def vjp(f, x, v):
    return torch.func.jvp(f, (x.detach(),), (v,))[1]


# %% vjp | wrong: jacobian-times-v | functional jvp
def vjp(f, x, v):
    return torch.autograd.functional.jvp(f, x.detach(), v)[1]


# %% vjp | misconception | vector-backward
why = "For several outputs tell backward how much each counts: y.backward(v)."


def when(seen, want):
    return "implicitly created" in seen.raised.message or "return a scalar" in seen.raised.message


# %% vjp | wrong: vector-backward | no vector
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).backward()
    return own.grad


# %% vjp | wrong: vector-backward | autograd.grad without a vector
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(own), own)[0]


# %% vjp | wrong: vector-backward | func.grad
def vjp(f, x, v):
    return torch.func.grad(f)(x.detach())


# %% vjp | misconception | sum-instead-of-v
why = "The weights v are missing."
next = "Try v of all ones: only then your result is right."


# %% vjp | wrong: sum-instead-of-v | sum
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).sum().backward()
    return own.grad


# %% vjp | wrong: sum-instead-of-v | ones
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    return torch.autograd.grad(y, own, torch.ones_like(y))[0]


# %% vjp | wrong | caller-s-leaf, backward into x
def vjp(f, x, v):
    x.requires_grad_()
    f(x).backward(v)
    return x.grad


# %% vjp | wrong | result-with-history, create_graph
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    return torch.autograd.grad((f(own) ** 1 * v).sum(), own, create_graph=True)[0] + 0 * own


# %% mid_grad | right | autograd.grad for both
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    dh, dx = torch.autograd.grad(g(h), (h, own))
    return dh, dx


# %% mid_grad | right | two passes
def mid_grad(f, g, x):
    own = x.detach().requires_grad_()
    h = f(own)
    middle = h.detach().requires_grad_()
    g(middle).backward()
    h.backward(middle.grad)
    return middle.grad, own.grad


# %% mid_grad | right | torch.func
def mid_grad(f, g, x):
    h, back = torch.func.vjp(f, x.detach())
    dh = torch.func.grad(g)(h)
    return dh, back(dh)[0]


# %% mid_grad | right | a hook keeps it
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    kept = []
    h.register_hook(lambda grad: kept.append(grad.clone()))
    g(h).backward()
    print("gradient of the layer:", kept[0])
    return kept[0], own.grad


# %% mid_grad | right | flag and retain_grad
def mid_grad(f, g, x):
    own = torch.tensor(x, requires_grad=True)
    h = f(own)
    h.requires_grad_()
    h.retain_grad()
    g(h).backward()
    return h.grad, own.grad


# %% mid_grad | right | layer as a leaf, input by the chain
def mid_grad(f, g, x):
    with torch.no_grad():
        h = f(x)
    h.requires_grad_()
    g(h).backward()
    own = x.detach().clone().requires_grad_()
    f(own).backward(h.grad)
    return h.grad, own.grad


# %% mid_grad | right | zero probe added to the middle
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_()
    h = f(z)
    probe = torch.zeros_like(h, requires_grad=True)
    g(h + probe).backward()
    return (probe.grad, z.grad)


# %% mid_grad | misconception | flag-instead-of-retain
why = "requires_grad says that gradients pass, retain_grad that they stay."


def when(seen, want):
    return (
        "flags of leaf" in seen.raised.message or "h.requires_grad_()" in seen.printed
            if seen.raised
            else "h.requires_grad_()" in seen.printed and seen.value[0] is None
    )


# %% mid_grad | wrong: flag-instead-of-retain | requires_grad_
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.requires_grad_()
    y = g(h)
    y.backward()
    return h.grad, own.grad


# %% mid_grad | wrong: flag-instead-of-retain | in one line
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own).requires_grad_(True)
    g(h).backward()
    return h.grad.clone(), own.grad


# %% mid_grad | wrong: flag-instead-of-retain | assigned
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.requires_grad = True
    g(h).backward()
    return h.grad, own.grad


# %% mid_grad | misconception | middle-keeps-its-grad
why = "Only leaves keep their gradient; ask with h.retain_grad() before going backward."


def when(seen, want):
    return (
        "NoneType" in seen.raised.message and "g(a leaf)" not in seen.printed
            if seen.raised
            else seen.value[0] is None
    )


# %% mid_grad | wrong: middle-keeps-its-grad | no retain_grad
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    y = g(h)
    y.backward()
    return h.grad, own.grad


# %% mid_grad | wrong: middle-keeps-its-grad | retain_graph
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    g(h).backward(retain_graph=True)
    return (h.grad, own.grad)


# %% mid_grad | wrong: middle-keeps-its-grad | cloned
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    g(h).backward()
    return h.grad.clone(), own.grad.clone()


# %% mid_grad | misconception | middle-detached
why = "detach cuts the chain between the middle and the input."


def when(seen, want):
    return (
        "used in the graph" in seen.raised.message or "g(a leaf)" in seen.printed
            if seen.raised
            else seen.value[1] is None
    )


# %% mid_grad | wrong: middle-detached | dy/dx is None
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own).detach().requires_grad_()
    g(h).backward()
    return h.grad, own.grad


# %% mid_grad | wrong: middle-detached | autograd.grad
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own).detach().requires_grad_()
    return torch.autograd.grad(g(h), (h, own))


# %% mid_grad | wrong: middle-detached | clone
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_(True)
    h = f(z).detach().clone().requires_grad_(True)
    g(h).backward()
    return h.grad.clone(), z.grad.clone()


# %% mid_grad | misconception | local-derivative
why = "Go backward through f with dy/dh as the incoming gradient."


# %% mid_grad | wrong: local-derivative | of the layer alone
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    middle = h.detach().requires_grad_()
    g(middle).backward()
    h.sum().backward()
    return middle.grad, own.grad


# %% mid_grad | wrong: local-derivative | entry by entry
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    middle = h.detach().requires_grad_()
    dh = torch.autograd.grad(g(middle), middle)[0]
    local = torch.autograd.grad(h.sum(), own)[0]
    return dh, local * dh


# %% mid_grad | wrong | list-for-tuple, a list
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return [h.grad, own.grad]


# %% mid_grad | wrong | order-swapped, input first
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return own.grad, h.grad


# %% mid_grad | wrong | caller-s-leaf, works on x
def mid_grad(f, g, x):
    x.requires_grad_()
    h = f(x)
    h.retain_grad()
    g(h).backward()
    return h.grad, x.grad


# %% frozen_branch | right | detached copy
def frozen_branch(f, g, x):
    a = f(x).clone().detach()
    return g(x) * a


# %% frozen_branch | right | no_grad and detach
def frozen_branch(f, g, x):
    with torch.no_grad():
        a = f(x).detach()
    return a * g(x)


# %% frozen_branch | right | torch.tensor with a warning
def frozen_branch(f, g, x):
    return torch.tensor(f(x)) * g(x)


# %% frozen_branch | right | data
def frozen_branch(f, g, x):
    return f(x).data * g(x)


# %% frozen_branch | right | multiplied under no_grad by one
def frozen_branch(f, g, x):
    with torch.no_grad():
        a = f(x) * 1
    print(a)
    return torch.mul(a, g(x))


# %% frozen_branch | right | a Function that stops
class Stop(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a.clone()

    @staticmethod
    def backward(ctx, grad):
        return None


def frozen_branch(f, g, x):
    with torch.no_grad():
        a = Stop.apply(f(x))
    return a * g(x)


# %% frozen_branch | right | numpy
def frozen_branch(f, g, x):
    a = torch.from_numpy(np.array(f(x).detach().numpy()))
    return a * g(x)


# %% frozen_branch | right | custom function marked
class _Const(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        out = a.clone()
        ctx.mark_non_differentiable(out)
        return out
    @staticmethod
    def backward(ctx, grad):
        return None

def frozen_branch(f, g, x):
    return _Const.apply(f(x)) * g(x)


# %% frozen_branch | misconception | detach-in-place
why = "A trailing underscore changes the tensor itself: use detach()."


def when(seen, want):
    return seen.arguments["x"].requires_grad and not seen.after["x"].requires_grad


# %% frozen_branch | wrong: detach-in-place | f first
def frozen_branch(f, g, x):
    return f(x).detach_() * g(x)


# %% frozen_branch | wrong: detach-in-place | g first
def frozen_branch(f, g, x):
    b = g(x)
    a = f(x)
    a.detach_()
    return a * b


# %% frozen_branch | misconception | no-grad-detaches
why = "no_grad stops the recording of operations; it does not detach a tensor that exists already."


# %% frozen_branch | wrong: no-grad-detaches | with block
def frozen_branch(f, g, x):
    with torch.no_grad():
        a = f(x)
    return a * g(x)


# %% frozen_branch | wrong: no-grad-detaches | set_grad_enabled as a block
def frozen_branch(f, g, x):
    b = g(x)
    with torch.set_grad_enabled(False):
        a = f(x)
    return a * b


# %% frozen_branch | misconception | switched-for-good
why = "Use a with block: it puts things back as they were."


def when(seen, want):
    return not seen.grad_mode_kept or seen.value[1] is True


# %% frozen_branch | wrong: switched-for-good | detached as well
def frozen_branch(f, g, x):
    torch.set_grad_enabled(False)
    a = f(x).detach()
    torch.set_grad_enabled(True)
    return a * g(x)


# %% frozen_branch | wrong: switched-for-good | not detached
def frozen_branch(f, g, x):
    torch.set_grad_enabled(False)
    a = f(x)
    torch.set_grad_enabled(True)
    return a * g(x)


# %% frozen_branch | wrong: switched-for-good | never switched on again
def frozen_branch(f, g, x):
    b = g(x)
    torch.set_grad_enabled(False)
    a = f(x).detach()
    return a * b


# %% frozen_branch | wrong: switched-for-good | g first
def frozen_branch(f, g, x):
    b = g(x)
    torch.set_grad_enabled(False)
    a = f(x).clone()
    torch.set_grad_enabled(True)
    return a * b


# %% frozen_branch | misconception | input-detached-only
why = "Cut after f, not before it: detach the result."
next = "Try it with f = lambda x: p * x and look at p.grad."


# %% frozen_branch | wrong: input-detached-only | detach before f
def frozen_branch(f, g, x):
    return f(x.detach()) * g(x)


# %% frozen_branch | wrong: input-detached-only | clone and detach
def frozen_branch(f, g, x):
    z = x.clone().detach()
    return g(x) * f(z)


# %% frozen_branch | wrong: input-detached-only | data
def frozen_branch(f, g, x):
    return f(x.data) * g(x)


# %% frozen_branch | misconception | all-frozen
why = "Only one factor is a constant."


# %% frozen_branch | wrong: all-frozen | detach
def frozen_branch(f, g, x):
    return (f(x) * g(x)).detach()


# %% frozen_branch | wrong: all-frozen | no_grad
def frozen_branch(f, g, x):
    with torch.no_grad():
        return f(x) * g(x)


# %% frozen_branch | wrong: all-frozen | both factors
def frozen_branch(f, g, x):
    return f(x).detach() * g(x).detach()


# %% frozen_branch | wrong | nothing-frozen, plain product
def frozen_branch(f, g, x):
    return f(x) * g(x)


# %% frozen_branch | wrong | wrong-branch, g frozen
def frozen_branch(f, g, x):
    return f(x) * g(x).detach()


# %% frozen_branch | wrong | enable-grad, records inside no_grad
def frozen_branch(f, g, x):
    a = f(x).detach()
    with torch.enable_grad():
        return a * g(x)


# %% partials | right | zeros by hand
def partials(f, xs):
    own = [x.detach().clone() for x in xs]
    for z in own:
        if z.is_floating_point():
            z.requires_grad = True
    f(*own).backward()
    result = []
    for z in own:
        if not z.is_floating_point():
            result.append(None)
        elif z.grad is None:
            result.append(torch.zeros_like(z, requires_grad=False))
        else:
            result.append(z.grad)
    return result


# %% partials | right | one input at a time
def partials(f, xs):
    def one(n):
        if not xs[n].dtype.is_floating_point:
            return None
        z = xs[n].detach().requires_grad_()
        y = f(*[z if k == n else x.detach() for k, x in enumerate(xs)])
        if not y.requires_grad:
            return torch.zeros(z.shape, dtype=z.dtype)
        return torch.autograd.grad(y, z)[0]
    return [one(n) for n in range(len(xs))]


# %% partials | right | torch.func
def partials(f, xs):
    plain = [x.detach() for x in xs]
    places = tuple(n for n, x in enumerate(plain) if x.is_floating_point())
    grads = torch.func.grad(f, argnums=places)(*plain)
    print(len(grads), "gradients")
    table = dict(zip(places, grads))
    return [table.get(n) for n in range(len(xs))]


# %% partials | right | zero added
def partials(f, xs):
    own = [x.detach().clone().requires_grad_() if x.is_floating_point() else x for x in xs]
    leaves = [z for z in own if z.is_floating_point()]
    y = f(*own) + sum(0 * z.sum() for z in leaves)
    grads = list(torch.autograd.grad(y, leaves))
    return [grads.pop(0).to(z.dtype) if z.is_floating_point() else None for z in own]


# %% partials | right | expanded zeros
def partials(f, xs):
    own = [torch.tensor(x, requires_grad=True) if x.is_floating_point() else x for x in xs]
    f(*own).backward()
    zero = lambda z: torch.zeros((), dtype=z.dtype).expand(z.shape)
    return [(zero(z) if z.grad is None else z.grad) if z.is_floating_point() else None for z in own]


# %% partials | right | one at a time
def partials(f, xs):
    out = []
    for i, x in enumerate(xs):
        if not torch.is_floating_point(x):
            out.append(None)
            continue
        args = [t.detach() for t in xs]
        args[i] = x.detach().clone().requires_grad_()
        y = f(*args)
        g = torch.autograd.grad(y, args[i], allow_unused=True)[0] if y.requires_grad else None
        out.append(torch.zeros_like(x.detach()) if g is None else g)
    return out


# %% partials | misconception | shared-leaf
why = "Give every position a copy of its own."


def when(seen, want):
    return seen.after["xs"] != seen.arguments["xs"]


# %% partials | wrong: shared-leaf | caller's tensors
def partials(f, xs):
    for x in xs:
        if x.is_floating_point():
            x.requires_grad_()
    leaves = [x for x in xs if x.is_floating_point()]
    grads = iter(torch.autograd.grad(f(*xs), leaves, allow_unused=True, materialize_grads=True))
    return [next(grads) if x.is_floating_point() else None for x in xs]


# %% partials | wrong: shared-leaf | caller's tensors, backward
def partials(f, xs):
    for x in xs:
        if x.is_floating_point():
            x.requires_grad_()
            x.grad = None
    f(*xs).backward()
    return [None if not x.is_floating_point() else torch.zeros_like(x) if x.grad is None else x.grad for x in xs]


# %% partials | wrong: shared-leaf | one copy per tensor
def partials(f, xs):
    made = {}
    for x in xs:
        if id(x) not in made:
            made[id(x)] = x.detach().clone().requires_grad_(x.is_floating_point())
    own = [made[id(x)] for x in xs]
    leaves = [z for z in own if z.requires_grad]
    grads = iter(torch.autograd.grad(f(*own), leaves, allow_unused=True, materialize_grads=True))
    return [next(grads) if z.requires_grad else None for z in own]


# %% partials | wrong: shared-leaf | one copy, .grad
def partials(f, xs):
    made = {id(x): x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs}
    own = [made[id(x)] for x in xs]
    f(*own).backward()
    return [None if not z.is_floating_point() else torch.zeros_like(z).detach() if z.grad is None else z.grad for z in own]


# %% partials | misconception | none-for-unused
why = "A floating-point input that is not used has the gradient zero."


def when(seen, want):
    return "NoneType" in seen.raised.message


# %% partials | wrong: none-for-unused | allow_unused
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    grads = iter(torch.autograd.grad(f(*own), [z for z in own if z.requires_grad], allow_unused=True))
    return [next(grads) if z.requires_grad else None for z in own]


# %% partials | wrong: none-for-unused | .grad
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [z.grad for z in own]


# %% partials | wrong: none-for-unused | grad is None not handled
def partials(f, xs):
    zs = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*zs).backward()
    return [z.grad.clone() if z.is_floating_point() else None for z in zs]


# %% partials | misconception | unused-raises
why = "Tell autograd.grad what to do with inputs that f does not use."
link = "https://docs.pytorch.org/docs/2.13/generated/torch.autograd.grad.html"


def when(seen, want):
    return "to not have been used in the graph" in seen.raised.message


# %% partials | wrong: unused-raises | no option
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    grads = iter(torch.autograd.grad(f(*own), [z for z in own if z.requires_grad]))
    return [next(grads) if z.requires_grad else None for z in own]


# %% partials | wrong: unused-raises | all of them
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    return list(torch.autograd.grad(f(*own), own))


# %% partials | misconception | integer-leaf
why = "Integer and bool tensors cannot require gradients."


def when(seen, want):
    return "floating point" in seen.raised.message


# %% partials | wrong: integer-leaf | every input
def partials(f, xs):
    own = [x.detach().clone().requires_grad_() for x in xs]
    return list(torch.autograd.grad(f(*own), own, allow_unused=True, materialize_grads=True))


# %% partials | wrong: integer-leaf | torch.tensor
def partials(f, xs):
    own = [torch.tensor(x.detach().numpy(), requires_grad=True) for x in xs]
    f(*own).backward()
    return [torch.zeros_like(z) if z.grad is None else z.grad for z in own]


# %% partials | wrong | float32-zeros, dtype of the zeros
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [None if not z.is_floating_point() else torch.zeros(z.shape) if z.grad is None else z.grad for z in own]


# %% partials | wrong | zeros-for-an-index, no None
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [torch.zeros(z.shape, dtype=z.dtype) if z.grad is None else z.grad for z in own]


# %% partials | wrong | integers-left-out, shorter list
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    leaves = [z for z in own if z.requires_grad]
    return list(torch.autograd.grad(f(*own), leaves, allow_unused=True, materialize_grads=True))
