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
    table = w.numpy()[:, None] * x.numpy() + b.numpy()[:, None]
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
next = "print((torch.tensor([[2.]]) * torch.tensor([[3]])).dtype)"

def when(seen, want):
    return any(part in seen.raised.message for part in ["m1 and m2", "mat2 must", "both inputs"])


# %% line_table | wrong: matmul-mixes-no-dtypes | at
# breaks: "or the positions are int64 while slopes and intercepts are float32 or float64"
def line_table(x, w, b):
    return w[:, None] @ x[None] + b[:, None]


# %% line_table | wrong: matmul-mixes-no-dtypes | mm
def line_table(x, w, b):
    return torch.mm(w.reshape(-1, 1), x.reshape(1, -1)) + b.reshape(-1, 1)


# %% line_table | wrong: matmul-mixes-no-dtypes | addmm
def line_table(x, w, b):
    return torch.addmm(b[:, None], w[:, None], x[None])


# %% line_table | wrong: matmul-mixes-no-dtypes | matmul of views
def line_table(x, w, b):
    slopes, positions = w.unsqueeze(1), x.unsqueeze(0)
    table = torch.matmul(slopes, positions)
    return table + b.unsqueeze(1)


# %% line_table | wrong: matmul-mixes-no-dtypes | a column of ones
def line_table(x, w, b):
    return torch.stack([w, b], dim=1) @ torch.stack([x, torch.ones_like(x)])


# %% line_table | wrong: matmul-mixes-no-dtypes | linear
def line_table(x, w, b):
    return torch.nn.functional.linear(w[:, None], x[:, None]) + b[:, None]


# %% line_table | misconception | line-meets-position
why = "Each line meets each position: make the lines a column so that they broadcast against the positions."
next = "print((torch.tensor([1., 10.])[:, None] * torch.tensor([0., 1., 2.])).shape)"


# %% line_table | wrong: line-meets-position | product of vectors
# breaks: "row k gives line k at every position"
def line_table(x, w, b):
    return w * x + b


# %% line_table | wrong: line-meets-position | functions
def line_table(x, w, b):
    return torch.add(torch.mul(x, w), b)


# %% line_table | wrong: line-meets-position | addcmul
def line_table(x, w, b):
    return torch.addcmul(b, w, x)


# %% line_table | wrong: line-meets-position | expanded at the end
def line_table(x, w, b):
    row = x * w + b
    return row.expand(len(w), len(x))


# %% line_table | wrong: line-meets-position | zip of all three
def line_table(x, w, b):
    return torch.stack([wk * xk + bk for wk, xk, bk in zip(w, x, b)]).unsqueeze(0)


# %% line_table | wrong: line-meets-position | one row
def line_table(x, w, b):
    y = w * x
    y = y + b
    return y.reshape(1, -1)


# %% line_table | wrong: line-meets-position | one row by None
def line_table(x, w, b):
    return torch.add(w * x, b)[None]


# %% line_table | wrong: line-meets-position | the row repeated
def line_table(x, w, b):
    return torch.add(x * w, b).expand(w.shape[0], x.shape[0])


# %% line_table | misconception | bias-along-the-row
why = "One intercept per row: b needs the shape (K, 1) here."
next = "print(torch.tensor([5., 0.])[:, None] + torch.zeros(2, 3))"


# %% line_table | wrong: bias-along-the-row | b not a column
# breaks: "hold the slopes and intercepts of K lines"
def line_table(x, w, b):
    return w[:, None] * x + b


# %% line_table | wrong: bias-along-the-row | outer
def line_table(x, w, b):
    return torch.outer(w, x) + b


# %% line_table | wrong: bias-along-the-row | rows in a loop
def line_table(x, w, b):
    return torch.stack([slope * x for slope in w]) + b


# %% line_table | wrong: bias-along-the-row | b as a row
def line_table(x, w, b):
    return w.unsqueeze(1) * x.unsqueeze(0) + b.unsqueeze(0)


# %% line_table | wrong: bias-along-the-row | einsum
def line_table(x, w, b):
    table = torch.einsum("k,n->kn", w, x)
    return table.add(b)


# %% line_table | wrong: bias-along-the-row | transposed product
def line_table(x, w, b):
    return (x[:, None] * w).T + b


# %% line_table | misconception | reshape-for-transpose
why = "reshape keeps the reading order; to swap rows and columns, transpose."
next = "print(torch.tensor([[1, 2], [3, 4]]).reshape(2, 2), torch.tensor([[1, 2], [3, 4]]).T)"


# %% line_table | wrong: reshape-for-transpose | reshape
# breaks: "Return the table of shape `(K, N)` whose row k gives line k at every position"
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


# %% line_table | wrong: reshape-for-transpose | positions stacked
def line_table(x, w, b):
    columns = [w * position + b for position in x]
    return torch.stack(columns).reshape(w.numel(), x.numel())


# %% line_table | wrong: reshape-for-transpose | outer reshaped
def line_table(x, w, b):
    return torch.outer(x, w).reshape(len(w), -1) + b.unsqueeze(1)


# %% line_table | wrong: reshape-for-transpose | one after the other
def line_table(x, w, b):
    return torch.cat([w * xn + b for xn in x]).view(len(w), len(x))


# %% line_table | wrong: reshape-for-transpose | the product in a view
def line_table(x, w, b):
    return (w * x[:, None]).view(w.shape[0], x.shape[0]).add(b[:, None])


# %% line_table | misconception | rows-and-columns-swapped
why = "Row k belongs to line k: the result has the shape (K, N), lines first."
next = "print(line_table(torch.zeros(3), torch.ones(2), torch.ones(2)).shape, 'expected (2, 3)')"


# %% line_table | wrong: rows-and-columns-swapped | positions first
def line_table(x, w, b):
    return x[:, None] * w + b


# %% line_table | wrong: rows-and-columns-swapped | outer
def line_table(x, w, b):
    return torch.outer(x, w) + b


# %% line_table | wrong: rows-and-columns-swapped | columns stacked
def line_table(x, w, b):
    return torch.stack([w[k] * x + b[k] for k in range(len(w))], dim=1)


# %% line_table | wrong: rows-and-columns-swapped | transposed once more
def line_table(x, w, b):
    table = w[:, None] * x + b[:, None]
    return table.T


# %% line_table | wrong: rows-and-columns-swapped | a row per position
def line_table(x, w, b):
    return torch.stack([position * w + b for position in x])


# %% line_table | wrong: rows-and-columns-swapped | unsqueezed positions
def line_table(x, w, b):
    x_column = x.unsqueeze(-1)
    result = x_column * w.unsqueeze(0)
    return result + b.unsqueeze(0)


# %% line_table | misconception | size-one-squeezed
why = "squeeze() also takes away an axis that only happens to have size 1: K and N may be 1."
next = "print(torch.ones(1, 3).squeeze().shape)"


# %% line_table | wrong: size-one-squeezed | every axis
# breaks: "K and N are at least 1"
def line_table(x, w, b):
    return (w[:, None] * x + b[:, None]).squeeze()


# %% line_table | wrong: size-one-squeezed | three axes
def line_table(x, w, b):
    table = w.view(-1, 1, 1) * x.view(1, -1, 1) + b.view(-1, 1, 1)
    return torch.squeeze(table)


# %% line_table | wrong: size-one-squeezed | outer
def line_table(x, w, b):
    rows = torch.outer(w, x)
    return torch.add(rows, b.reshape(-1, 1)).squeeze()


# %% line_table | wrong: size-one-squeezed | one line is a vector
def line_table(x, w, b):
    rows = [w[k] * x + b[k] for k in range(len(w))]
    return rows[0] if len(rows) == 1 else torch.stack(rows)


# %% line_table | wrong: size-one-squeezed | lines only
def line_table(x, w, b):
    return (w[:, None] * x + b[:, None]).squeeze(0)


# %% line_table | wrong: size-one-squeezed | the axis of lines
def line_table(x, w, b):
    return torch.outer(w, x).add(b[:, None]).squeeze(dim=0)


# %% line_table | wrong: size-one-squeezed | the only row
def line_table(x, w, b):
    table = torch.outer(w, x) + b.unsqueeze(1)
    if table.shape[0] == 1:
        table = table[0]
    return table


# %% line_table | wrong: size-one-squeezed | the axis of positions
def line_table(x, w, b):
    return torch.squeeze(torch.outer(w, x) + b.reshape(-1, 1), 1)


# %% line_table | wrong: size-one-squeezed | the last axis
def line_table(x, w, b):
    table = w.reshape(-1, 1) * x + b.reshape(-1, 1)
    return table.squeeze(-1)


# %% line_table | misconception | caller-s-tensor
why = "The tensors are the caller's: methods whose name ends in _, and *= or +=, write into them, also through a view; expand() and contiguous() need not copy."
next = "v = torch.zeros(2); print(v.unsqueeze(1).shape, v.shape); v.unsqueeze_(1); print(v.shape)"

def when(seen, want):
    return any(seen.after[name] != seen.arguments[name] for name in "xwb")


# %% line_table | wrong: caller-s-tensor | unsqueeze_
# breaks: "Your functions leave their arguments as they are: values, `requires_grad`, and `.grad`"
def line_table(x, w, b):
    return w.unsqueeze_(1) * x + b.unsqueeze_(1)


# %% line_table | wrong: caller-s-tensor | the same values again | not imitated
# breaks: "Nothing may be written into them, not even the same values again"
def line_table(x, w, b):
    w.mul_(1)
    return w[:, None] * x + b[:, None]


# %% line_table | wrong: caller-s-tensor | resized
def line_table(x, w, b):
    w.resize_(len(w), 1)
    return w * x + b[:, None]


# %% line_table | misconception | always-float32
why = "The dtype follows from the inputs: .float(), tensors made without a dtype, and Python's floats make float32 of integers."
next = "print(line_table(torch.tensor([1]), torch.tensor([2]), torch.tensor([3])).dtype, 'expected torch.int64')"


# %% line_table | wrong: always-float32 | float() everywhere
# breaks: "in the dtype that `w[k] * x + b[k]` has"
def line_table(x, w, b):
    return w.float()[:, None] * x.float() + b.float()[:, None]


# %% line_table | wrong: always-float32 | filled row by row
# breaks: "All three tensors are float32, all float64 or all int64"
def line_table(x, w, b):
    table = torch.zeros(len(w), len(x))
    for k in range(len(w)):
        table[k] = w[k] * x + b[k]
    return table


# %% line_table | wrong: always-float32 | filled entry by entry
def line_table(x, w, b):
    table = torch.empty(w.shape[0], x.shape[0])
    for k in range(w.shape[0]):
        for n in range(x.shape[0]):
            table[k, n] = w[k] * x[n] + b[k]
    return table


# %% line_table | wrong: always-float32 | cast at the end
def line_table(x, w, b):
    return (w[:, None] * x + b[:, None]).to(torch.float32)


# %% line_table | wrong: always-float32 | list of floats
def line_table(x, w, b):
    rows = [[float(wk) * float(xn) + float(bk) for xn in x] for wk, bk in zip(w, b)]
    return torch.tensor(rows)


# %% line_table | misconception | dtype-of-mixed
why = "Positions may be int64 beside float slopes: the table has the dtype that torch gives w[k] * x + b[k], not that of x, and not NumPy's, which is float64."
next = "w, x = torch.ones(2), torch.arange(2); print((w * x).dtype, x.dtype, (w.numpy() * x.numpy()).dtype)"


# %% line_table | wrong: dtype-of-mixed | an empty table like the positions
# breaks: "in the dtype that `w[k] * x + b[k]` has"
def line_table(x, w, b):
    table = torch.empty(len(w), len(x), dtype=x.dtype)
    for k in range(len(w)):
        table[k] = w[k] * x + b[k]
    return table


# %% line_table | wrong: dtype-of-mixed | NumPy's outer product
def line_table(x, w, b):
    return torch.from_numpy(np.outer(w.numpy(), x.numpy()) + b.numpy()[:, None])


# %% line_table | wrong: dtype-of-mixed | new_zeros of x, filled number by number
def line_table(x, w, b):
    table = x.new_zeros(w.numel(), x.numel())
    for k, n in np.ndindex(*table.shape):
        table[k, n] = w[k] * x[n] + b[k]
    return table


# %% line_table | wrong: dtype-of-mixed | back to the dtype of x
def line_table(x, w, b):
    return (w.unsqueeze(1) * x + b.unsqueeze(1)).to(x.dtype)


# %% line_table | wrong: dtype-of-mixed | broadcast in NumPy
def line_table(x, w, b):
    slopes, starts = w.numpy().reshape(-1, 1), b.numpy().reshape(-1, 1)
    return torch.as_tensor(slopes * x.numpy() + starts)


# %% line_table | wrong: dtype-of-mixed | rows of NumPy
def line_table(x, w, b):
    rows = [np.asarray(w)[k] * np.asarray(x) + np.asarray(b)[k] for k in range(len(w))]
    return torch.tensor(np.stack(rows))


# %% line_table | wrong: dtype-of-mixed | rows like x
def line_table(x, w, b):
    return torch.stack([torch.empty_like(x).copy_(m * x + c) for m, c in zip(w, b)])


# %% line_table | wrong: dtype-of-mixed | NumPy's multiply.outer and transpose
def line_table(x, w, b):
    table = np.multiply.outer(x.numpy(), w.numpy())
    return torch.from_numpy((table + b.numpy()).T.copy())


# %% line_table | misconception | digits-lost
why = "A float has no room for every integer: float32 holds them up to 2**24, float64 up to 2**53."
next = "print(torch.tensor(2**24 + 1).float().long() - 2**24, torch.tensor(2**53 + 1).double().long() - 2**53)"


# %% line_table | wrong: digits-lost | integers through float64
# breaks: "integers exactly"
def line_table(x, w, b):
    dtype = torch.result_type(w, x)
    return (w.double()[:, None] * x.double() + b.double()[:, None]).to(dtype)


# %% line_table | wrong: digits-lost | NumPy's float64
def line_table(x, w, b):
    dtype = torch.result_type(x, w)
    table = w.numpy()[:, None].astype("float64") * x.numpy().astype("float64") + b.numpy()[:, None]
    return torch.from_numpy(table).to(dtype)


# %% line_table | wrong: digits-lost | positions to float32
def line_table(x, w, b):
    if w.is_floating_point():
        x = x.float()
    return w[:, None] * x + b[:, None]


# %% line_table | wrong: digits-lost | matmul in float32
def line_table(x, w, b):
    if x.dtype != w.dtype:
        return (w.float()[:, None] @ x.float()[None]).to(w.dtype) + b[:, None]
    return w[:, None] @ x[None] + b[:, None]


# %% line_table | wrong: digits-lost | positions in the default dtype
def line_table(x, w, b):
    positions = x.to(torch.get_default_dtype()) if x.dtype == torch.int64 and w.dtype != x.dtype else x
    return torch.outer(w, positions) + b.unsqueeze(1)


# %% line_table | wrong: digits-lost | a list of float64
def line_table(x, w, b):
    rows = [[float(wk) * float(xn) + float(bk) for xn in x] for wk, bk in zip(w, b)]
    return torch.tensor(rows, dtype=torch.float64).to(w.dtype)


# %% line_table | wrong | moved by the zero of each line
def line_table(x, w, b):
    if not w.is_floating_point():
        return torch.outer(w, x) + b[:, None]
    return w[:, None] * (x + (b / w)[:, None])


# %% line_table | wrong | meshgrid-dtypes, meshgrid refuses mixed dtypes
def line_table(x, w, b):
    W, X = torch.meshgrid(w, x, indexing="ij")
    return W * X + b[:, None]


# %% line_table | wrong | repeat for repeat_interleave
def line_table(x, w, b):
    K, N = len(w), len(x)
    return w.repeat(N).reshape(K, N) * x.repeat(K).reshape(K, N) + b.repeat(N).reshape(K, N)


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
    numbers = start.detach().double().numpy() * scale
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
next = "print(torch.tensor([1, 2]).float().requires_grad_())"

def when(seen, want):
    return "floating point" in seen.raised.message


# %% init_weight | wrong: integer-leaf | clone and require grad
# breaks: "an integer or bool one becomes float32"
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


# %% init_weight | wrong: integer-leaf | empty_like
def init_weight(start, scale):
    w = torch.empty_like(start, requires_grad=True)
    with torch.no_grad():
        w.copy_(start * scale)
    return w


# %% init_weight | wrong: integer-leaf | cast back
def init_weight(start, scale):
    w = (start.detach() * scale).to(start.dtype)
    w.requires_grad = True
    return w


# %% init_weight | wrong: integer-leaf | no unsigned ones known
# breaks: "an integer or bool one becomes float32"
def init_weight(start, scale):
    known = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)
    kind = torch.float32 if start.dtype in known else start.dtype
    return (start.detach().double() * scale).to(kind).requires_grad_()


# %% init_weight | misconception | detach-is-not-a-copy
why = "detach() shares memory, and where start was expanded, many elements are one number in memory, in a deepcopy, too: clone() before you write."
next = "s = torch.ones(2); s.detach().mul_(5); print(s)"

def when(seen, want):
    return seen.shared or seen.after["start"] != seen.arguments["start"]


# %% init_weight | wrong: detach-is-not-a-copy | mul_ on the detached
# breaks: "with memory of its own"
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


# %% init_weight | wrong: detach-is-not-a-copy | written into start
def init_weight(start, scale):
    with torch.no_grad():
        start *= scale
    return start.detach().clone().requires_grad_()


# %% init_weight | wrong: detach-is-not-a-copy | deepcopy
def init_weight(start, scale):
    import copy

    w = copy.deepcopy(start.detach())
    if not w.is_floating_point():
        w = w.float()
    return w.mul_(scale).requires_grad_()


# %% init_weight | wrong: detach-is-not-a-copy | a deep copy, scaled under no_grad
def init_weight(start, scale):
    from copy import deepcopy

    start = start.detach() if start.is_floating_point() else start.to(torch.float32)
    w = deepcopy(start)
    w.requires_grad = True
    with torch.no_grad():
        w *= scale
    return w


# %% init_weight | wrong: detach-is-not-a-copy | memory laid out like start
def init_weight(start, scale):
    dtype = start.dtype if start.dtype.is_floating_point else torch.float32
    w = torch.empty_strided(start.shape, start.stride(), dtype=dtype)
    w.copy_(start.detach())
    return w.mul_(scale).requires_grad_()


# %% init_weight | misconception | history-kept
why = "requires_grad_() does not make a leaf out of a computed tensor; detach does."
next = "p = torch.ones(2, requires_grad=True); print((p * 2).requires_grad_().is_leaf, (p * 2).detach().requires_grad_().is_leaf)"

def when(seen, want):
    return "flags of leaf variables" in seen.raised.message


# %% init_weight | wrong: history-kept | no detach
# breaks: "its history does not matter"
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
# breaks: "It may itself require grad, and may be computed"
def init_weight(start, scale):
    w = scale * (start if start.is_floating_point() else start.float())
    w.requires_grad = True
    return w


# %% init_weight | wrong: history-kept | clone of the product
def init_weight(start, scale):
    product = torch.mul(start, scale)
    return product.clone().requires_grad_(True)


# %% init_weight | wrong: history-kept | the flag where it is missing
def init_weight(start, scale):
    w = start.to(torch.promote_types(start.dtype, torch.float32) if not start.is_floating_point() else start.dtype) * scale
    if not w.requires_grad:
        w.requires_grad_()
    return w


# %% init_weight | wrong: history-kept | clone, then scale
def init_weight(start, scale):
    w = start.clone() * scale
    w.requires_grad_()
    return w


# %% init_weight | misconception | scaled-after-the-leaf
why = "Scale first, ask for requires_grad last: the result of an operation is not a leaf."
next = "print(init_weight(torch.tensor([1., 2.]), 0.5).is_leaf)"


# %% init_weight | wrong: scaled-after-the-leaf | torch.tensor times scale
# breaks: "Return a new leaf that requires grad and holds `scale * start`"
def init_weight(start, scale):
    dtype = start.dtype if start.is_floating_point() else torch.float32
    return torch.tensor(start.tolist(), dtype=dtype, requires_grad=True).reshape(start.shape) * scale


# %% init_weight | wrong: scaled-after-the-leaf | detach, then product
# breaks: "it can be trained: after a backward pass its `.grad` is there"
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


# %% init_weight | wrong: scaled-after-the-leaf | converted afterwards
def init_weight(start, scale):
    dtype = start.dtype if start.is_floating_point() else torch.float32
    w = start.detach().double().requires_grad_()
    return (w * scale).to(dtype)


# %% init_weight | wrong: scaled-after-the-leaf | a full tensor times start
def init_weight(start, scale):
    dtype = start.dtype if start.is_floating_point() else torch.float32
    w = torch.full(start.shape, scale, dtype=dtype, requires_grad=True)
    return w * start.detach()


# %% init_weight | misconception | parameter-for-tensor
why = "nn.Parameter is a class of its own; here a plain tensor that requires grad is asked for."
next = "print(type(torch.nn.Parameter(torch.ones(1))), type(torch.ones(1, requires_grad=True)))"

def when(seen, want):
    return seen.result.type_name.endswith("Parameter")


# %% init_weight | wrong: parameter-for-tensor | nn.Parameter
# breaks: "Tensors that you make are plain (exact type `torch.Tensor`)"
# breaks: "The new leaf is a plain tensor (not an `nn.Parameter`)"
def init_weight(start, scale):
    return torch.nn.Parameter(start.detach() * scale)


# %% init_weight | wrong: parameter-for-tensor | parameter of a module
def init_weight(start, scale):
    module = torch.nn.Module()
    module.weight = torch.nn.Parameter(scale * start.detach().clone())
    return module.weight


# %% init_weight | wrong: parameter-for-tensor | scaled inside
def init_weight(start, scale):
    values = start.detach() if start.is_floating_point() else start.float()
    w = torch.nn.Parameter(values.clone())
    w.data.mul_(scale)
    return w


# %% init_weight | misconception | dtype-of-start
why = "Ask start.is_floating_point(): if so, keep start.dtype whichever it is; if not, convert to float32."
next = "print([torch.ones(1, dtype=d).is_floating_point() for d in (torch.float16, torch.bfloat16, torch.float64, torch.int64)])"

def when(seen, want):
    return seen.result.dtype != want.dtype


# %% init_weight | wrong: dtype-of-start | float()
# breaks: "A `start` of any floating-point dtype keeps its dtype"
def init_weight(start, scale):
    return (start.detach().float() * scale).requires_grad_()


# %% init_weight | wrong: dtype-of-start | two floating dtypes known
# breaks: "only `init_weight` and `trainable_leaves` also meet float16 and bfloat16"
def init_weight(start, scale):
    keep = start.dtype in (torch.float32, torch.float64)
    values = start.detach() if keep else start.detach().to(torch.float32)
    return (scale * values).requires_grad_()


# %% init_weight | wrong: dtype-of-start | one number by item
def init_weight(start, scale):
    if start.dim() == 0:
        return torch.tensor(start.item() * scale, requires_grad=True)
    return (start.detach() * scale).requires_grad_()


# %% init_weight | wrong: dtype-of-start | a list has no dtype
# breaks: "`start` has any shape and may be empty"
def init_weight(start, scale):
    return torch.tensor((start.detach().double() * scale).tolist(), requires_grad=True)


# %% init_weight | wrong: dtype-of-start | empty ones are float32
def init_weight(start, scale):
    if start.numel() == 0:
        return torch.empty(start.shape, requires_grad=True)
    return (start.detach() * scale).requires_grad_()


# %% init_weight | wrong: dtype-of-start | zeros of the default dtype
def init_weight(start, scale):
    w = torch.zeros(start.shape, requires_grad=True)
    with torch.no_grad():
        w += scale * start
    return w


# %% init_weight | misconception | requires-grad-forgotten
why = "A detached copy does not require grad: ask for it at the end with requires_grad_()."
next = "print(init_weight(torch.tensor([1., 2.]), 0.5).requires_grad)"


# %% init_weight | wrong: requires-grad-forgotten | detached product
def init_weight(start, scale):
    return start.detach() * scale


# %% init_weight | wrong: requires-grad-forgotten | under no_grad
def init_weight(start, scale):
    with torch.no_grad():
        return start * scale


# %% init_weight | wrong: requires-grad-forgotten | detached last
def init_weight(start, scale):
    w = start.clone().requires_grad_() if start.is_floating_point() else start.float().requires_grad_()
    return (w * scale).detach()


# %% init_weight | wrong: requires-grad-forgotten | clone of the detached
def init_weight(start, scale):
    w = start.detach().clone()
    w = w * scale
    w.is_leaf
    return w


# %% init_weight | misconception | digits-lost
why = "float32 rounds what float64 holds, and float16 has no number above 65504: multiply start itself by the Python number, with no other dtype between and no tensor made of scale."
next = "print(torch.tensor(0.1).double().item(), torch.tensor(0.1, dtype=torch.float64).item())"


# %% init_weight | wrong: digits-lost | scale made a tensor
# breaks: "`scale` is a Python float"
def init_weight(start, scale):
    factor = torch.tensor(scale)
    values = start.detach() if start.is_floating_point() else start.float()
    return (factor * values).to(values.dtype).requires_grad_()


# %% init_weight | wrong: digits-lost | float32 and back
def init_weight(start, scale):
    dtype = start.dtype if start.is_floating_point() else torch.float32
    return (start.detach().float() * scale).to(dtype).requires_grad_()


# %% init_weight | wrong: digits-lost | scale as a tensor, multiplied in place
def init_weight(start, scale):
    w = start.detach().clone()
    w = w if w.is_floating_point() else w.float()
    w *= torch.tensor(scale)
    return w.requires_grad_()


# %% init_weight | wrong: digits-lost | filled from a float32 product
def init_weight(start, scale):
    w = torch.empty(start.shape, dtype=start.dtype if start.is_floating_point() else torch.float32, requires_grad=True)
    w.data.copy_(start.detach().to(torch.float32) * scale)
    return w


# %% init_weight | misconception | numpy-has-no-bfloat16
why = "NumPy has no bfloat16: stay in PyTorch, or go to NumPy by way of float64."
next = "print((torch.tensor([1.5], dtype=torch.bfloat16) * 0.5).dtype)"

def when(seen, want):
    return "BFloat16" in seen.raised.message


# %% init_weight | wrong: numpy-has-no-bfloat16 | torch.tensor of an array
def init_weight(start, scale):
    dtype = start.dtype if start.is_floating_point() else torch.float32
    return torch.tensor(np.multiply(start.detach().numpy(), scale, dtype="float64"), dtype=dtype, requires_grad=True)


# %% init_weight | wrong: numpy-has-no-bfloat16 | from_numpy
def init_weight(start, scale):
    dtype = start.dtype if start.dtype.is_floating_point else torch.float32
    numbers = start.detach().numpy().astype("float64")
    return torch.from_numpy(np.array(numbers * scale)).to(dtype).requires_grad_()


# %% init_weight | wrong: numpy-has-no-bfloat16 | np.array
def init_weight(start, scale):
    values = np.array(start.detach(), dtype="float64") * scale
    w = torch.as_tensor(values).to(start.dtype if start.is_floating_point() else torch.float32)
    w.requires_grad = True
    return w


# %% init_weight | misconception | switched-for-good
why = "set_grad_enabled without `with` stays after the call: use a with block, which puts things back as they were."
next = "with torch.no_grad(): print(torch.is_grad_enabled())\nprint(torch.is_grad_enabled())"

def when(seen, want):
    return "gradient recording" in seen.left or isinstance(seen.value, tuple) and seen.value[1] is True


# %% init_weight | wrong: switched-for-good | off and on
# breaks: "only `init_weight` and `frozen_branch` are also called under `torch.no_grad()`"
def init_weight(start, scale):
    torch.set_grad_enabled(False)
    w = start * scale
    w.requires_grad_()
    torch.set_grad_enabled(True)
    return w


# %% init_weight | wrong: switched-for-good | off
# breaks: "Gradient recording (`torch.is_grad_enabled()`) is the same after a call as before it"
def init_weight(start, scale):
    torch.set_grad_enabled(False)
    return (start * scale).requires_grad_()


# %% init_weight | wrong: switched-for-good | on for the new leaf
def init_weight(start, scale):
    w = start.detach() * scale
    torch.set_grad_enabled(True)
    return w.requires_grad_()


# %% init_weight | wrong: switched-for-good | on for numbers that are no floats
def init_weight(start, scale):
    if not start.is_floating_point():
        torch.set_grad_enabled(True)
        start = start.float()
    return (start.detach() * scale).requires_grad_()


# %% init_weight | wrong: digits-lost | torch.tensor
# breaks: "holds `scale * start`"
def init_weight(start, scale):
    kind = start.dtype if start.is_floating_point() else torch.float32
    return (torch.tensor(scale, dtype=kind) * start.detach().to(kind)).requires_grad_()


# %% init_weight | wrong: digits-lost | new_tensor
def init_weight(start, scale):
    w = start.detach().clone() if start.is_floating_point() else start.float()
    w.mul_(w.new_tensor(scale))
    return w.requires_grad_()


# %% init_weight | wrong: digits-lost | ones times scale
def init_weight(start, scale):
    w = start.detach() if start.is_floating_point() else start.to(torch.float32)
    factors = torch.ones_like(w) * scale
    return (w * factors).requires_grad_(True)


# %% init_weight | wrong: digits-lost | full_like
def init_weight(start, scale):
    w = start.detach() if start.is_floating_point() else start.float()
    return torch.full_like(w, scale).mul(w).requires_grad_()


# %% init_weight | wrong: digits-lost | a full tensor
def init_weight(start, scale):
    w = start.detach() if start.is_floating_point() else start.float()
    factors = torch.full(w.shape, scale, dtype=w.dtype)
    return (factors * w).requires_grad_()


# %% init_weight | wrong: digits-lost | fill_
def init_weight(start, scale):
    w = start.detach() if start.is_floating_point() else start.float()
    factors = torch.empty_like(w)
    factors.fill_(scale)
    return factors.mul_(w).requires_grad_()


# %% init_weight | wrong: digits-lost | as_tensor, then to
def init_weight(start, scale):
    numbers = start.detach()
    numbers = numbers if numbers.is_floating_point() else numbers.float()
    return torch.mul(numbers, torch.as_tensor(scale).to(numbers.dtype)).requires_grad_()


# %% init_weight | wrong: digits-lost | added to zeros
def init_weight(start, scale):
    w = start.detach() if start.is_floating_point() else start.float()
    return torch.addcmul(torch.zeros_like(w), w, torch.zeros_like(w) + scale).requires_grad_()


# %% init_weight | wrong: digits-lost | NumPy's float32
def init_weight(start, scale):
    kind = start.dtype if start.is_floating_point() else torch.float32
    numbers = start.detach().float().numpy() * np.float32(scale)
    return torch.tensor(numbers).to(kind).requires_grad_()


# %% init_weight | wrong: digits-lost | a float32 leaf, then the dtype of start
def init_weight(start, scale):
    values = torch.zeros(start.shape)
    values += start.detach()
    values *= scale
    return values.type(start.dtype if start.is_floating_point() else torch.float32).requires_grad_()


# %% init_weight | misconception | narrow-integer
why = "An integer of 64 bits does not fit into 32 or 16, nor into float16: convert start to float32 at once."
next = "print(torch.tensor(2**40).int(), torch.tensor(2**40).half(), torch.tensor(2**40).float())"


# %% init_weight | wrong: narrow-integer | int()
def init_weight(start, scale):
    values = start.detach() if start.is_floating_point() else start.int()
    return (values * scale).requires_grad_()


# %% init_weight | wrong: narrow-integer | int32 asked for
def init_weight(start, scale):
    if not start.is_floating_point():
        start = start.to(torch.int32).to(torch.float32)
    w = start.detach().clone()
    w.mul_(scale)
    return w.requires_grad_()


# %% init_weight | wrong: narrow-integer | half
def init_weight(start, scale):
    values = start.detach() if start.is_floating_point() else start.half().float()
    return (values * scale).requires_grad_()


# %% init_weight | wrong: narrow-integer | by way of float16
def init_weight(start, scale):
    if not start.is_floating_point():
        start = start.to(torch.float16).to(torch.float32)
    return torch.mul(start.detach(), scale).requires_grad_()


# %% init_weight | wrong: narrow-integer | NumPy's int32
def init_weight(start, scale):
    if start.is_floating_point():
        return (start.detach() * scale).requires_grad_()
    return torch.tensor(start.numpy().astype("int32") * scale, dtype=torch.float32, requires_grad=True)


# %% init_weight | wrong: narrow-integer | int16
def init_weight(start, scale):
    values = start.detach() if start.is_floating_point() else start.short()
    return (scale * values).requires_grad_(True)


# %% init_weight | misconception | zero-is-false
why = "0.0 is a scale like any other, and false where a condition is asked for."
next = "print(bool(0.0), 0.0 or 1.0)"


# %% init_weight | wrong: zero-is-false | or
def init_weight(start, scale):
    return (start.detach() * (scale or 1.0)).requires_grad_()


# %% init_weight | wrong: zero-is-false | if
def init_weight(start, scale):
    w = start.detach().clone()
    if not w.is_floating_point():
        w = w.float()
    if scale:
        w *= scale
    return w.requires_grad_()


# %% init_weight | wrong: zero-is-false | a default
def init_weight(start, scale):
    factor = 1.0 if not scale else scale
    with torch.no_grad():
        w = factor * start
    return w.requires_grad_()


# %% init_weight | wrong: zero-is-false | scaled or not
def init_weight(start, scale):
    values = start.detach() if start.is_floating_point() else start.to(torch.float32)
    values = values * scale if scale != 0 else values.clone()
    return values.requires_grad_()


# %% init_weight | wrong | divided by the inverse of scale
def init_weight(start, scale):
    return (start.detach() / (1 / scale)).requires_grad_()


# %% init_weight | misconception | born-with-a-grad
why = "The .grad of a new leaf is None, no gradient has arrived: zeros are one that has, and a backward pass on the way leaves one, too."
next = "print(init_weight(torch.ones(2), 0.5).grad, 'expected', None)"


# %% init_weight | wrong: born-with-a-grad | zeros
# breaks: "without a `.grad`"
def init_weight(start, scale):
    w = (start.detach() * scale).requires_grad_()
    w.grad = torch.zeros_like(w)
    return w


# %% init_weight | wrong: born-with-a-grad | zeros of its shape
def init_weight(start, scale):
    w = torch.mul(start.detach(), scale)
    w.requires_grad = True
    w.grad = torch.zeros(w.shape, dtype=w.dtype)
    return w


# %% init_weight | wrong: born-with-a-grad | cleared to zeros
def init_weight(start, scale):
    w = (scale * start.detach()).requires_grad_()
    w.sum().backward()
    w.grad.zero_()
    return w


# %% init_weight | wrong: born-with-a-grad | a try
def init_weight(start, scale):
    w = (start.detach().clone() * scale).requires_grad_(True)
    (w * 0).sum().backward()
    return w


# %% init_weight | wrong: born-with-a-grad | new_zeros
def init_weight(start, scale):
    w = (start.detach() * scale).requires_grad_()
    w.grad = w.detach().new_zeros(w.shape)
    return w


# %% init_weight | misconception | deepcopy-takes-everything
why = "copy.deepcopy takes along what belongs to start: its .grad, and the one number in memory that the elements of an expanded tensor share. detach().clone(), and a product of the detached, take neither."
next = "s = torch.ones(2, requires_grad=True); s.sum().backward(); import copy; print(copy.deepcopy(s).grad, s.detach().clone().grad)"


# %% init_weight | wrong: deepcopy-takes-everything | scaled in place
# breaks: "without a `.grad`"
def init_weight(start, scale):
    from copy import deepcopy

    leaf = start.detach() if start.grad_fn is not None else start
    w = deepcopy(leaf if leaf.is_floating_point() else leaf.float())
    with torch.no_grad():
        w.mul_(scale)
    return w.requires_grad_(True)


# %% init_weight | wrong: deepcopy-takes-everything | new data
def init_weight(start, scale):
    import copy

    w = copy.deepcopy(start) if start.is_leaf else start.detach().clone()
    if not w.is_floating_point():
        w = w.to(torch.float32)
    w.data = w.data * scale
    return w.requires_grad_()


# %% init_weight | wrong: deepcopy-takes-everything | a leaf copied, the rest multiplied
def init_weight(start, scale):
    from copy import deepcopy

    if not (start.is_leaf and start.requires_grad):
        return (start.detach() * scale).requires_grad_()
    w = deepcopy(start)
    w.data = start.data.mul(scale)
    return w


# %% init_weight | wrong: deepcopy-takes-everything | requires_grad off and on
def init_weight(start, scale):
    import copy

    w = copy.deepcopy(start) if start.is_leaf else copy.deepcopy(start.detach())
    w = w.float() if not w.is_floating_point() else w
    w.requires_grad = False
    w *= scale
    w.requires_grad = True
    return w


# %% init_weight | wrong: deepcopy-takes-everything | copied, then filled
def init_weight(start, scale):
    import copy

    values = start.detach() * scale
    if start.dtype != values.dtype or not start.is_leaf:
        return values.requires_grad_()
    twin = copy.deepcopy(start).requires_grad_()
    with torch.no_grad():
        twin.set_(values)
    return twin


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


# %% line_gradients | right | torch.full and autograd.grad
def line_gradients(x, w, b):
    tx, tw, tb = (torch.full((), float(n), dtype=torch.float32) for n in (x, w, b))
    tw.requires_grad_()
    tb.requires_grad_()
    y = torch.addcmul(tb, tw, tx)
    dw, db = torch.autograd.grad(y, [tw, tb])
    return y, None, dw, db


# %% line_gradients | misconception | integer-leaf
why = "Integer tensors cannot require gradients: make floats of the numbers."
next = "print(torch.tensor(4).dtype, torch.tensor(4, dtype=torch.float32, requires_grad=True))"

def when(seen, want):
    return "floating point" in seen.raised.message


# %% line_gradients | wrong: integer-leaf | no dtype
# breaks: "Do the lecture's computation for any three numbers (ints or floats)"
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


# %% line_gradients | wrong: integer-leaf | only x looked at
def line_gradients(x, w, b):
    if isinstance(x, int):
        x, w, b = float(x), float(w), float(b)
    x, w, b = torch.tensor(x), torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True)
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: integer-leaf | as_tensor and the flag
def line_gradients(x, w, b):
    x, w, b = map(torch.as_tensor, (x, w, b))
    w.requires_grad = b.requires_grad = True
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | misconception | backward-twice
why = "One graph, one backward: a second one raises, or adds to .grad if the graph was retained."
next = "p = torch.tensor(2., requires_grad=True); q = 3 * p; q.backward(retain_graph=True); q.backward(); print(p.grad)"

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


# %% line_gradients | wrong: backward-twice | once for each gradient
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    y.backward(retain_graph=True)
    dw = w.grad
    y.backward()
    db = b.grad
    return y, x.grad, dw, db


# %% line_gradients | wrong: backward-twice | in a loop
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    leaves = [torch.tensor(float(v)).requires_grad_() for v in (w, b)]
    y = leaves[0] * x + leaves[1]
    for _ in leaves:
        y.backward(retain_graph=True)
    return y, x.grad, leaves[0].grad, leaves[1].grad


# %% line_gradients | wrong: backward-twice | cloned between
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w, b = torch.tensor(float(w), requires_grad=True), torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward(retain_graph=True)
    dw = w.grad.clone()
    y.backward()
    return y, x.grad, dw, b.grad


# %% line_gradients | wrong: backward-twice | cloned after the first
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    y.backward(retain_graph=True)
    dw = w.grad.detach().clone()
    y.backward()
    db = b.grad
    return (y, None, dw, db)


# %% line_gradients | misconception | loss-rebuilt
why = "A tensor made from a number has no history: call backward on the result itself."
next = "p = torch.tensor(2., requires_grad=True); print(3 * p, torch.tensor((3 * p).item()))"


# %% line_gradients | wrong: loss-rebuilt | torch.tensor of the result
# breaks: "compute `y = w * x + b`, go backward"
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


# %% line_gradients | wrong: loss-rebuilt | computed in Python
def line_gradients(x, w, b):
    y = torch.tensor(float(w * x + b), requires_grad=True)
    x, w, b = (torch.tensor(float(v)) for v in (x, w, b))
    w.requires_grad_(); b.requires_grad_()
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: loss-rebuilt | detached and asked again
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = (w * x + b).detach().requires_grad_()
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: loss-rebuilt | numbers taken out
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = torch.tensor(w.item() * x.item() + b.item())
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: loss-rebuilt | float
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = float(w * x + b)
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: loss-rebuilt | as_tensor of the number
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    loss = torch.as_tensor(float(w * x + b))
    loss.backward()
    return loss, x.grad, w.grad, b.grad


# %% line_gradients | wrong: loss-rebuilt | detached, autograd.grad
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = (w * x + b).detach().requires_grad_()
    grads = torch.autograd.grad(y, [w, b])
    return y, None, *grads


# %% line_gradients | misconception | backward-returns-the-gradient
why = "backward() returns nothing; it stores gradients in .grad of the leaves, and of nothing that was computed, an entry of a tensor included. Before, .grad is None."
next = "p = torch.tensor(2., requires_grad=True); q = 3 * p; print(p.grad); print(q.backward()); print(p.grad)"


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


# %% line_gradients | wrong: backward-returns-the-gradient | not called
# breaks: "return the tuple `(y, dy/dx, dy/dw, dy/db)` of `y` and the three `.grad` values"
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(v, dtype=torch.float32) for v in (x, w, b))
    w.requires_grad_(), b.requires_grad_()
    y = w * x + b
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: backward-returns-the-gradient | read too early
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    result = (y, x.grad, w.grad, b.grad)
    y.backward()
    return result


# %% line_gradients | wrong: backward-returns-the-gradient | three unpacked
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w, b = (torch.tensor(float(v), requires_grad=True) for v in (w, b))
    y = w * x + b
    dx, dw, db = y.backward()
    return y, dx, dw, db


# %% line_gradients | wrong: backward-returns-the-gradient | two unpacked
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    grad_w, grad_b = y.backward()
    return (y, x.grad, grad_w, grad_b)


# %% line_gradients | wrong: backward-returns-the-gradient | kept for w
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    slope = y.backward()
    return (y, None, slope, b.grad)


# %% line_gradients | misconception | zero-is-false
why = "A gradient of 0 is a tensor like any other, and false where a condition is asked for: return .grad as it is."
next = "g = torch.tensor(0.); print(bool(g), g or None)"


# %% line_gradients | wrong: zero-is-false | or None
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w, b = (torch.tensor(float(v), requires_grad=True) for v in (w, b))
    y = w * x + b
    y.backward()
    return y, None, w.grad or None, b.grad or None


# %% line_gradients | wrong: zero-is-false | if
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w, b = (torch.tensor(float(v), requires_grad=True) for v in (w, b))
    y = w * x + b
    y.backward()
    dw = w.grad if w.grad else None
    return y, x.grad, dw, b.grad


# %% line_gradients | wrong: zero-is-false | of all three
def line_gradients(x, w, b):
    leaves = [torch.tensor(float(v), requires_grad=k > 0) for k, v in enumerate((x, w, b))]
    y = leaves[1] * leaves[0] + leaves[2]
    y.backward()
    return (y, *[t.grad or None for t in leaves])


# %% line_gradients | wrong: zero-is-false | not
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    grads = [None if not t.grad else t.grad for t in (x, w, b)]
    return y, *grads


# %% line_gradients | misconception | everything-requires-grad
why = "x is not to be asked to require grad: its .grad then is None, and not tracked is not the same as zero, nor as a derivative."
next = "print(torch.tensor(3.).grad, torch.tensor(3.).requires_grad)"


# %% line_gradients | wrong: everything-requires-grad | three leaves
# breaks: "such that `w` and `b` require grad and `x` does not"
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


# %% line_gradients | wrong: everything-requires-grad | written down
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return y, w.detach().clone(), w.grad, b.grad


# %% line_gradients | wrong: everything-requires-grad | autograd.grad for three
def line_gradients(x, w, b):
    leaves = [torch.tensor(v, dtype=torch.float32, requires_grad=True) for v in (x, w, b)]
    y = leaves[1] * leaves[0] + leaves[2]
    return (y, *torch.autograd.grad(y, leaves))


# %% line_gradients | wrong: everything-requires-grad | zeros_like x
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w, b = torch.tensor(float(w), requires_grad=True), torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    dx = torch.zeros_like(x) if x.grad is None else x.grad
    return y, dx, w.grad, b.grad


# %% line_gradients | wrong: everything-requires-grad | a number
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    y.backward()
    return (y, x.grad or 0.0, w.grad, b.grad)


# %% line_gradients | wrong: everything-requires-grad | zeros
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    y.backward()
    return y, torch.zeros(()), w.grad, b.grad


# %% line_gradients | wrong: everything-requires-grad | x too, its gradient thrown away
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(float(n), requires_grad=True) for n in (x, w, b))
    y = w * x + b
    y.backward()
    x.grad = None
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: everything-requires-grad | x too, and None written down
def line_gradients(x, w, b):
    position, slope, start = (torch.tensor(v, dtype=torch.float32, requires_grad=True) for v in (x, w, b))
    y = slope * position + start
    y.backward()
    return (y, None, slope.grad, start.grad)


# %% line_gradients | misconception | history-dropped
why = "y is to keep its history: return the tensor that was computed from the leaves w and b. Detached values, a tensor made from a number, and what no_grad computes have none."
next = "print(line_gradients(3, 4, 5)[0])"


# %% line_gradients | wrong: history-dropped | y detached
# breaks: "`y` keeps its history: it requires grad and has a `grad_fn`"
def line_gradients(x, w, b):
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return y.detach(), None, w.grad, b.grad


# %% line_gradients | wrong: history-dropped | asked again
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return y.detach().requires_grad_(), x.grad, w.grad, b.grad


# %% line_gradients | wrong: history-dropped | a tensor of the number
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(float(v)) for v in (x, w, b))
    w.requires_grad_(), b.requires_grad_()
    y = w * x + b
    y.backward()
    return torch.tensor(y.item()), x.grad, w.grad, b.grad


# %% line_gradients | wrong: history-dropped | data
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return (y.data, x.grad, w.grad.data, b.grad.data)


# %% line_gradients | wrong: history-dropped | all four detached
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    y.backward()
    return tuple(t if t is None else t.detach() for t in (y, x.grad, w.grad, b.grad))


# %% line_gradients | wrong: history-dropped | computed again
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    (w * x + b).backward()
    with torch.no_grad():
        return w * x + b, x.grad, w.grad, b.grad


# %% line_gradients | wrong: history-dropped | a new leaf
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    y.backward()
    return torch.tensor(y.item(), requires_grad=True), x.grad, w.grad, b.grad


# %% line_gradients | wrong: history-dropped | a clone of the values
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    y.backward()
    value = y.detach().clone()
    value.requires_grad = True
    return value, x.grad, w.grad, b.grad


# %% line_gradients | wrong: history-dropped | a leaf of Python's number
def line_gradients(x, w, b):
    y = torch.tensor(float(w * x + b), requires_grad=True)
    return y, None, torch.tensor(float(x)), torch.tensor(1.0)


# %% line_gradients | wrong: history-dropped | Python's number, by a name
def line_gradients(x, w, b):
    value = float(w) * float(x) + float(b)
    y = torch.full((), value).requires_grad_()
    return y, None, torch.full((), float(x)), torch.ones(())


# %% line_gradients | wrong: history-dropped | all written down
def line_gradients(x, w, b):
    results = [torch.tensor(v, dtype=torch.float32) for v in (w * x + b, x, 1)]
    results[0].requires_grad = True
    return results[0], None, results[1], results[2]


# %% line_gradients | misconception | vectors-of-one
why = "A 0-d tensor has the shape (): no brackets around the number."
next = "print(torch.tensor([3.]).shape, torch.tensor(3.).shape)"


# %% line_gradients | wrong: vectors-of-one | brackets
# breaks: "Make float32 0-d tensors of `x`, `w` and `b`"
def line_gradients(x, w, b):
    x = torch.tensor([float(x)])
    w = torch.tensor([float(w)], requires_grad=True)
    b = torch.tensor([float(b)], requires_grad=True)
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: vectors-of-one | torch.Tensor
def line_gradients(x, w, b):
    x, w, b = torch.Tensor([x]), torch.Tensor([w]).requires_grad_(), torch.Tensor([b]).requires_grad_()
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: vectors-of-one | full
def line_gradients(x, w, b):
    x = torch.full((1,), float(x))
    w, b = (torch.full((1,), float(v), requires_grad=True) for v in (w, b))
    y = w * x + b
    y.sum().backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: vectors-of-one | a sum for backward
def line_gradients(x, w, b):
    x = torch.tensor([x], dtype=torch.float32)
    w = torch.tensor([w], dtype=torch.float32, requires_grad=True)
    b = torch.tensor([b], dtype=torch.float32, requires_grad=True)
    y = w * x + b
    y.backward(torch.ones(1))
    return y, x.grad, w.grad, b.grad


# %% line_gradients | misconception | list-for-tuple
why = "Square brackets make a list: a tuple is asked for."
next = "print(type(line_gradients(3, 4, 5)), 'expected', tuple)"

def when(seen, want):
    return seen.result.type_name == "list"


# %% line_gradients | wrong: list-for-tuple | brackets
def line_gradients(x, w, b):
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return [y, None, w.grad, b.grad]


# %% line_gradients | wrong: list-for-tuple | appended
def line_gradients(x, w, b):
    tensors = [torch.tensor(float(v)) for v in (x, w, b)]
    for t in tensors[1:]:
        t.requires_grad_()
    y = tensors[1] * tensors[0] + tensors[2]
    y.backward()
    result = [y]
    for t in tensors:
        result.append(t.grad)
    return result


# %% line_gradients | wrong: list-for-tuple | comprehension
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return [y] + [t.grad for t in (x, w, b)]


# %% line_gradients | misconception | w-for-x
why = "The derivative of w * x with respect to w is x: what w is multiplied with."
next = "p = torch.tensor(4., requires_grad=True); (p * 3).backward(); print(p.grad)"


# %% line_gradients | wrong: w-for-x | by hand
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    return y, None, w.detach().clone(), torch.tensor(1.0)


# %% line_gradients | wrong: w-for-x | the number
def line_gradients(x, w, b):
    x, slope, b = torch.tensor(float(x)), torch.tensor(float(w)).requires_grad_(), torch.tensor(float(b)).requires_grad_()
    y = slope * x + b
    y.backward()
    return y, x.grad, torch.tensor(float(w)), b.grad


# %% line_gradients | wrong: w-for-x | the gradient of x
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(float(v), requires_grad=True) for v in (x, w, b))
    y = w * x + b
    y.backward()
    return y, None, x.grad, b.grad


# %% line_gradients | wrong: w-for-x | a copy of w
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    y.backward()
    return y, x.grad, w.data.clone(), b.grad


# %% line_gradients | wrong: w-for-x | computed by hand
def line_gradients(x, w, b):
    slope = torch.tensor(float(w))
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    return y, None, slope, torch.ones(())


# %% line_gradients | misconception | equal-numbers-merged
why = "Two numbers may be equal and are two leaves all the same: what is kept by its value, in a dict or a set, is one."
next = "leaves = {}; leaves[3] = 'w'; leaves[3] = 'b'; print(leaves)"


# %% line_gradients | wrong: equal-numbers-merged | leaves in a dict by number
# breaks: "Make float32 0-d tensors of `x`, `w` and `b` such that `w` and `b` require grad and `x` does not"
def line_gradients(x, w, b):
    leaf = {n: torch.tensor(float(n), requires_grad=n in (w, b)) for n in (x, w, b)}
    y = leaf[w] * leaf[x] + leaf[b]
    y.backward()
    return y, leaf[x].grad, leaf[w].grad, leaf[b].grad


# %% line_gradients | wrong: equal-numbers-merged | w and b in a dict
def line_gradients(x, w, b):
    tracked = {}
    for number in (w, b):
        tracked[number] = torch.tensor(number, dtype=torch.float32, requires_grad=True)
    x = torch.tensor(x, dtype=torch.float32)
    y = tracked[w] * x + tracked[b]
    y.backward()
    return y, x.grad, tracked[w].grad, tracked[b].grad


# %% line_gradients | wrong: equal-numbers-merged | made once for each number
def line_gradients(x, w, b):
    made = {}

    def leaf(number):
        if number not in made:
            made[number] = torch.tensor(float(number), requires_grad=True)
        return made[number]

    x = torch.tensor(float(x))
    y = leaf(w) * x + leaf(b)
    y.backward()
    return y, x.grad, leaf(w).grad, leaf(b).grad


# %% line_gradients | wrong: equal-numbers-merged | the same leaf where equal
def line_gradients(x, w, b):
    tx = torch.tensor(float(x))
    tw = torch.tensor(float(w), requires_grad=True)
    tb = tw if w == b else torch.tensor(float(b), requires_grad=True)
    y = tw * tx + tb
    y.backward()
    return y, tx.grad, tw.grad, tb.grad


# %% line_gradients | wrong: equal-numbers-merged | sorted out by number
def line_gradients(x, w, b):
    numbers = sorted({w, b})
    leaves = [torch.tensor(float(n), requires_grad=True) for n in numbers]
    tw, tb = leaves[numbers.index(w)], leaves[numbers.index(b)]
    tx = torch.tensor(float(x))
    y = tw * tx + tb
    y.backward()
    return y, tx.grad, tw.grad, tb.grad


# %% line_gradients | misconception | float64-for-float32
why = "float32 is asked for: Python's and NumPy's floats have 64 bits, and a dtype has to be given where they are kept."
next = "print(torch.tensor(4., dtype=torch.float64).dtype, torch.tensor(4.).dtype)"

def when(seen, want):
    return isinstance(seen.value, (tuple, list)) and seen.value[0].dtype == torch.float64


# %% line_gradients | wrong: float64-for-float32 | dtype
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float64)
    w = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float64, requires_grad=True)
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: float64-for-float32 | NumPy
def line_gradients(x, w, b):
    x, w, b = (torch.from_numpy(np.array(float(v))) for v in (x, w, b))
    w.requires_grad_(), b.requires_grad_()
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: float64-for-float32 | double()
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(v).double() for v in (x, w, b))
    y = w.requires_grad_() * x + b.requires_grad_()
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | misconception | switched-for-good
why = "set_grad_enabled stays after the call: use a with block, which puts things back as they were."
next = "with torch.no_grad(): print(torch.is_grad_enabled())\nprint(torch.is_grad_enabled())"

def when(seen, want):
    return "gradient recording" in seen.left


# %% line_gradients | wrong: switched-for-good | off at the end
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    torch.set_grad_enabled(False)
    return y, x.grad, w.grad * 1, b.grad * 1


# %% line_gradients | wrong: switched-for-good | off after y
def line_gradients(x, w, b):
    x, w, b = torch.tensor(float(x)), torch.tensor(float(w), requires_grad=True), torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    torch.set_grad_enabled(False)
    dw, db = torch.autograd.grad(y, (w, b))
    return y, None, dw, db


# %% line_gradients | wrong: switched-for-good | off while x is made
def line_gradients(x, w, b):
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    x = torch.tensor(float(x))
    y = torch.addcmul(b, w, x)
    torch._C._set_grad_enabled(False)
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong | b left out where it is 0
def line_gradients(x, w, b):
    x, w, b = torch.tensor(float(x)), torch.tensor(float(w), requires_grad=True), torch.tensor(float(b), requires_grad=True)
    y = w * x + b if b != 0 else w * x
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong | b through int32
def line_gradients(x, w, b):
    b = torch.tensor(b, dtype=torch.int32) if isinstance(b, int) else torch.tensor(b)
    x, w, b = torch.tensor(float(x)), torch.tensor(float(w), requires_grad=True), b.float().requires_grad_()
    y = torch.add(w * x, b)
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong | derivatives with a history
# breaks: "The two derivatives carry no history"
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad + 0 * w, b.grad


# %% line_gradients | wrong | tensors kept between calls
# breaks: "Make float32 0-d tensors of `x`, `w` and `b`"
kept_w, kept_b = torch.tensor(0.0, requires_grad=True), torch.tensor(0.0, requires_grad=True)


def line_gradients(x, w, b):
    for kept, number in ((kept_w, w), (kept_b, b)):
        with torch.no_grad():
            kept.fill_(number)
        if kept.grad is not None:
            kept.grad.zero_()
    y = kept_w * torch.tensor(float(x)) + kept_b
    y.backward()
    return y, None, kept_w.grad, kept_b.grad


# %% line_gradients | misconception | difference-for-derivative
why = "A difference of two values is rounded: where a step of 1 is lost, as in 1e12 + 1 in float32, it is 0. Go backward, and take the .grad values."
next = "big = torch.tensor(1e12); print(big + 1 - big)"


# %% line_gradients | wrong: difference-for-derivative | one step
# breaks: "go backward, and return the tuple"
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(float(n)) for n in (x, w, b))
    w.requires_grad_()
    b.requires_grad_()
    y = w * x + b
    with torch.no_grad():
        dw = (w + 1) * x + b - y
        db = w * x + (b + 1) - y
    return y, None, dw, db


# %% line_gradients | wrong: difference-for-derivative | detached
def line_gradients(x, w, b):
    x = torch.tensor(x, dtype=torch.float32)
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float32, requires_grad=True)
    y = w * x + b
    right, up = (w + 1) * x + b, w * x + (b + 1)
    return y, x.grad, (right - y).detach(), (up - y).detach()


# %% line_gradients | wrong: difference-for-derivative | a function
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(float(n)) for n in (x, w, b))

    def line(slope, intercept):
        return slope * x + intercept

    dw, db = line(w + 1, b) - line(w, b), line(w, b + 1) - line(w, b)
    return line(w.requires_grad_(), b.requires_grad_()), None, dw, db


# %% line_gradients | wrong: difference-for-derivative | on both sides
def line_gradients(x, w, b):
    x = torch.tensor(float(x))
    w, b = torch.tensor(float(w), requires_grad=True), torch.tensor(float(b), requires_grad=True)
    y = w * x + b
    with torch.no_grad():
        dw = ((w + 1) * x + b - ((w - 1) * x + b)) / 2
        db = (w * x + (b + 1) - (w * x + (b - 1))) / 2
    return y, x.grad, dw, db


# %% line_gradients | wrong: difference-for-derivative | on both sides, a function
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(float(n)) for n in (x, w, b))
    line = lambda slope, intercept: slope * x + intercept
    dw = (line(w + 1, b) - line(w - 1, b)) / 2
    db = (line(w, b + 1) - line(w, b - 1)) / 2
    w.requires_grad_(), b.requires_grad_()
    return line(w, b), None, dw, db


# %% line_gradients | misconception | fractions-cut-off
why = "int() and integer dtypes cut fractions off, and the numbers may be floats: make float32 tensors of them as they are."
next = "print(int(2.7), torch.tensor(2.7).long(), torch.tensor(2.7))"


# %% line_gradients | wrong: fractions-cut-off | int
# breaks: "for any three numbers (ints or floats)"
def line_gradients(x, w, b):
    x = torch.tensor(float(int(x)))
    w = torch.tensor(float(int(w)), requires_grad=True)
    b = torch.tensor(float(int(b)), requires_grad=True)
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: fractions-cut-off | long
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(n).long().float() for n in (x, w, b))
    w.requires_grad_(), b.requires_grad_()
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


# %% line_gradients | wrong: fractions-cut-off | int with a dtype
def line_gradients(x, w, b):
    x, w, b = (torch.tensor(int(n), dtype=torch.float32) for n in (x, w, b))
    y = w.requires_grad_() * x + b.requires_grad_()
    y.backward()
    return (y, None, w.grad, b.grad)


# %% line_gradients | wrong: fractions-cut-off | an integer dtype first
def line_gradients(x, w, b):
    leaves = [torch.tensor(n, dtype=torch.int64).to(torch.float32) for n in map(int, (x, w, b))]
    for t in leaves[1:]:
        t.requires_grad = True
    y = leaves[1] * leaves[0] + leaves[2]
    y.backward()
    return y, *(t.grad for t in leaves)


# %% line_gradients | wrong: fractions-cut-off | trunc
def line_gradients(x, w, b):
    x = torch.tensor(float(x)).trunc()
    w = torch.tensor(float(w)).trunc().requires_grad_()
    b = torch.tensor(float(b)).trunc().requires_grad_()
    y = w * x + b
    y.backward()
    return y, x.grad, w.grad, b.grad


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
next = "t = torch.ones(2, requires_grad=True); print(t.detach() is t, t.clone() is t)"

def when(seen, want):
    return "another tensor" in seen.value["chosen"]


# %% trainable_leaves | wrong: copies | detach
# breaks: "Return a list of the very same objects (not copies)"
def trainable_leaves(tensors):
    return [t.detach().requires_grad_() for t in tensors if t.is_leaf and t.requires_grad]


# %% trainable_leaves | wrong: copies | clone
def trainable_leaves(tensors):
    return [t.clone() for t in tensors if t.is_leaf and t.requires_grad]


# %% trainable_leaves | wrong: copies | data
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.requires_grad and t.is_leaf:
            own = t.data
            own.requires_grad = True
            found.append(own)
    return found


# %% trainable_leaves | wrong: copies | parameters
def trainable_leaves(tensors):
    return [torch.nn.Parameter(t) for t in tensors if t.is_leaf and t.requires_grad]


# %% trainable_leaves | misconception | every-leaf
why = "A leaf is where a graph begins; it gets a gradient only if it requires one."
next = "print(torch.ones(2).is_leaf, torch.ones(2).requires_grad)"


# %% trainable_leaves | wrong: every-leaf | is_leaf
# breaks: "the leaves that require grad"
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf]


# %% trainable_leaves | wrong: every-leaf | no grad_fn
def trainable_leaves(tensors):
    return [t for t in tensors if t.grad_fn is None]


# %% trainable_leaves | wrong: every-leaf | that could require grad
# breaks: "whose `.grad` a backward pass can fill without any further request"
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf and t.dtype.is_floating_point]


# %% trainable_leaves | wrong: every-leaf | loop
def trainable_leaves(tensors):
    leaves = []
    for t in tensors:
        if t.is_leaf:
            leaves.append(t)
    return leaves


# %% trainable_leaves | wrong: every-leaf | filter
def trainable_leaves(tensors):
    return list(filter(lambda t: t.is_leaf is True, tensors))


# %% trainable_leaves | wrong: every-leaf | floats without grad_fn
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_floating_point() and t.grad_fn is None]


# %% trainable_leaves | wrong: every-leaf | loop over floats
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.is_leaf and t.is_floating_point():
            found.append(t)
    return found


# %% trainable_leaves | misconception | every-requires-grad
why = "Computed tensors pass gradients on; they do not keep them."
next = "t = torch.ones(2, requires_grad=True); print((t * 2).requires_grad, (t * 2).is_leaf)"


# %% trainable_leaves | wrong: every-requires-grad | requires_grad
def trainable_leaves(tensors):
    return [t for t in tensors if t.requires_grad]


# %% trainable_leaves | wrong: every-requires-grad | loop
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.requires_grad:
            found.append(t)
    return found


# %% trainable_leaves | wrong: every-requires-grad | or
def trainable_leaves(tensors):
    return [t for t in tensors if t.requires_grad or t.grad_fn is not None]


# %% trainable_leaves | wrong: every-requires-grad | filter
def trainable_leaves(tensors):
    return list(filter(lambda t: t.requires_grad == True, tensors))


# %% trainable_leaves | misconception | grad-already-there
why = "A .grad, whether it is there already or retained, says neither that a tensor is a leaf nor what the next backward pass does."
next = "t = torch.ones(2, requires_grad=True); print(t.grad); t.sum().backward(); print(t.grad)"


# %% trainable_leaves | wrong: grad-already-there | grad
# breaks: "It does not matter whether a tensor already holds a `.grad`"
def trainable_leaves(tensors):
    return [t for t in tensors if t.grad is not None]


# %% trainable_leaves | wrong: grad-already-there | leaf with grad
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf and t.requires_grad and t.grad is not None]


# %% trainable_leaves | wrong: grad-already-there | only those without
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf and t.requires_grad and t.grad is None]


# %% trainable_leaves | wrong: grad-already-there | any leaf with grad
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf and t.grad is not None]


# %% trainable_leaves | wrong: grad-already-there | loop over those without
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.grad is not None:
            continue
        if t.requires_grad and t.is_leaf:
            found.append(t)
    return found


# %% trainable_leaves | wrong: grad-already-there | loop over those with
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.requires_grad and t.grad is not None:
            found.append(t)
    return found


# %% trainable_leaves | wrong: grad-already-there | filter
def trainable_leaves(tensors):
    return list(filter(lambda t: t.requires_grad and t.is_leaf and t.grad is None, tensors))


# %% trainable_leaves | wrong: grad-already-there | or retained
def trainable_leaves(tensors):
    return [t for t in tensors if t.requires_grad and (t.retains_grad or t.is_leaf)]


# %% trainable_leaves | wrong: grad-already-there | retained ones too
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if (t.is_leaf and t.requires_grad) or t.retains_grad:
            found.append(t)
    return found


# %% trainable_leaves | misconception | changes-what-was-given
why = "Only look: requires_grad_(), retain_grad(), backward(), a new .grad, and taking items out change the caller's list or its tensors."
next = "t = torch.ones(2); t.requires_grad_(); print(t.requires_grad)"

def when(seen, want):
    return seen.value["left as it was"] is False


# %% trainable_leaves | wrong: changes-what-was-given | the given list emptied
# breaks: "change neither the given list nor its tensors"
def trainable_leaves(tensors):
    tensors[:] = [t for t in tensors if t.is_leaf and t.requires_grad]
    return tensors


# %% trainable_leaves | wrong: changes-what-was-given | switches requires_grad on
def trainable_leaves(tensors):
    for t in tensors:
        if t.is_leaf and t.is_floating_point():
            t.requires_grad_()
    return [t for t in tensors if t.is_leaf and t.requires_grad]


# %% trainable_leaves | wrong: changes-what-was-given | taken out one by one
def trainable_leaves(tensors):
    for t in list(tensors):
        if not (t.is_leaf and t.requires_grad):
            for i, s in enumerate(tensors):
                if s is t:
                    del tensors[i]
                    break
    return tensors


# %% trainable_leaves | wrong: changes-what-was-given | retain_grad on the others
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.requires_grad and not t.is_leaf:
            t.retain_grad()
        elif t.requires_grad:
            found.append(t)
    return found


# %% trainable_leaves | wrong: changes-what-was-given | tried with backward
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.is_leaf and t.requires_grad:
            t.sum().backward()
            if t.grad is not None:
                found.append(t)
    return found


# %% trainable_leaves | misconception | no-list
why = "A list is asked for: a tuple, a set or a generator is another type."
next = "print(type(trainable_leaves([])), 'expected', list)"

def when(seen, want):
    return seen.value["type"] != "list"


# %% trainable_leaves | wrong: no-list | tuple
# breaks: "Return a list"
def trainable_leaves(tensors):
    return tuple(t for t in tensors if t.is_leaf and t.requires_grad)


# %% trainable_leaves | wrong: no-list | generator
def trainable_leaves(tensors):
    return (t for t in tensors if t.is_leaf and t.requires_grad)


# %% trainable_leaves | wrong: no-list | filter object
def trainable_leaves(tensors):
    return filter(lambda t: t.requires_grad and t.is_leaf, tensors)


# %% trainable_leaves | wrong: no-list | set
def trainable_leaves(tensors):
    return {t for t in tensors if t.is_leaf and t.requires_grad}


# %% trainable_leaves | misconception | third-condition
why = "Two properties decide, is_leaf and requires_grad: dtype, shape, type, values and memory do not."
next = "print([(t.is_leaf, t.requires_grad) for t in (torch.ones(1, dtype=torch.float64, requires_grad=True), torch.ones(4)[:2].requires_grad_())])"


def when(seen, want):
    if not isinstance(want, dict) or seen.value["type"] != "list":
        return False
    chosen, missing = seen.value["chosen"], set(want["chosen"]) - set(seen.value["chosen"])
    by_grad = all(code.startswith("filled") for code in missing) or all(code.startswith("filled") for code in chosen)
    return bool(missing) and not by_grad and not set(chosen) - set(want["chosen"])


# %% trainable_leaves | wrong: third-condition | float32 only
# breaks: "of any dtype and shape"
def trainable_leaves(tensors):
    return [t for t in tensors if t.dtype == torch.float32 and t.requires_grad and t.is_leaf]


# %% trainable_leaves | wrong: third-condition | no views
# breaks: "views and `nn.Parameter`s"
def trainable_leaves(tensors):
    return [t for t in tensors if t.requires_grad and t.is_leaf and t._base is None]


# %% trainable_leaves | wrong: third-condition | plain type
def trainable_leaves(tensors):
    return [t for t in tensors if type(t) is torch.Tensor and t.is_leaf and t.requires_grad]


# %% trainable_leaves | wrong: each-only-once | no equal values
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.is_leaf and t.requires_grad and not any(torch.equal(t, other) for other in found):
            found.append(t)
    return found


# %% trainable_leaves | wrong: third-condition | no single numbers
def trainable_leaves(tensors):
    return [t for t in tensors if t.dim() > 0 and t.is_leaf and t.requires_grad]


# %% trainable_leaves | wrong: third-condition | float32 and float64
def trainable_leaves(tensors):
    floats = (torch.float32, torch.float64)
    return [t for t in tensors if t.is_leaf and t.requires_grad and t.dtype in floats]


# %% trainable_leaves | wrong: third-condition | truth of a tensor
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf and t.requires_grad and t.numel()]


# %% trainable_leaves | wrong: third-condition | the usual dtype
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.is_leaf and t.requires_grad and t.dtype == torch.get_default_dtype():
            found.append(t)
    return found


# %% trainable_leaves | wrong: third-condition | memory of their own
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf and not t._is_view() and t.requires_grad]


# %% trainable_leaves | wrong: third-condition | no parameters
def trainable_leaves(tensors):
    return [t for t in tensors if t.is_leaf and t.requires_grad and not isinstance(t, torch.nn.Parameter)]


# %% trainable_leaves | wrong: third-condition | vectors at least
def trainable_leaves(tensors):
    return list(filter(lambda t: t.ndim >= 1 and t.requires_grad and t.is_leaf, tensors))


# %% trainable_leaves | wrong: third-condition | no narrow floats
def trainable_leaves(tensors):
    narrow = {torch.float16, torch.bfloat16}
    return [t for t in tensors if t.dtype not in narrow and t.requires_grad and t.is_leaf]


# %% trainable_leaves | wrong: third-condition | with entries
def trainable_leaves(tensors):
    return [t for t in tensors if 0 not in t.shape and t.is_leaf and t.requires_grad]


# %% trainable_leaves | wrong: each-only-once | each value once
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        known = [other for other in found if other.shape == t.shape and bool((other == t).all())]
        if t.requires_grad and t.is_leaf and not known:
            found.append(t)
    return found


# %% trainable_leaves | wrong: third-condition | real numbers only
def trainable_leaves(tensors):
    return [t for t in tensors if torch.is_floating_point(t) and t.is_leaf and t.requires_grad]


# %% trainable_leaves | wrong: third-condition | nothing complex
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.is_complex():
            continue
        if t.is_leaf and t.requires_grad:
            found.append(t)
    return found


# %% trainable_leaves | wrong: third-condition | in one block
def trainable_leaves(tensors):
    return list(filter(lambda t: t.is_leaf and t.requires_grad and t.is_contiguous(), tensors))


# %% trainable_leaves | wrong: third-condition | parameters alone
def trainable_leaves(tensors):
    return [t for t in tensors if isinstance(t, torch.nn.Parameter) and t.requires_grad]


# %% trainable_leaves | misconception | each-only-once
why = "Every place of the list counts: neither a tensor that is listed twice nor one with equal values is left out."
next = "t = torch.ones(2, requires_grad=True); print(len(trainable_leaves([t, t])), 'expected 2')"


# %% trainable_leaves | wrong: each-only-once | a dictionary by id
# breaks: "one that is listed twice comes twice"
def trainable_leaves(tensors):
    return list({id(t): t for t in tensors if t.is_leaf and t.requires_grad}.values())


# %% trainable_leaves | wrong: each-only-once | a set of what was seen
def trainable_leaves(tensors):
    seen, found = set(), []
    for t in tensors:
        if t.is_leaf and t.requires_grad and t not in seen:
            seen.add(t)
            found.append(t)
    return found


# %% trainable_leaves | wrong: each-only-once | not in found
def trainable_leaves(tensors):
    found = []
    for t in tensors:
        if t.requires_grad and t.is_leaf and not any(other is t for other in found):
            found.append(t)
    return found


# %% trainable_leaves | wrong: each-only-once | fromkeys
def trainable_leaves(tensors):
    return [t for t in dict.fromkeys(tensors) if t.is_leaf and t.requires_grad]


# %% trainable_leaves | wrong | every parameter
def trainable_leaves(tensors):
    return [t for t in tensors if isinstance(t, torch.nn.Parameter) or t.requires_grad and t.is_leaf]


# %% trainable_leaves | wrong | sorted by size
# breaks: "in the same order"
def trainable_leaves(tensors):
    return sorted((t for t in tensors if t.is_leaf and t.requires_grad), key=lambda t: t.numel())


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
        own = torch.tensor(w.detach().numpy(), requires_grad=True)
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


# %% grad_history | right | a generator
def grad_history(losses, w):
    def passes():
        own = torch.empty_like(w, requires_grad=False).copy_(w.detach()).requires_grad_()
        for loss in losses:
            loss(own).backward()
            yield own.grad.detach().clone()

    return list(passes())


# %% grad_history | misconception | clone-is-a-leaf
why = "clone() stays in the graph; detach() leaves it."
next = "t = torch.ones(2, requires_grad=True); print(t.clone().is_leaf, t.detach().clone().requires_grad_().is_leaf)"

def when(seen, want):
    return "flags of leaf variables" in seen.raised.message


# %% grad_history | wrong: clone-is-a-leaf | clone alone
# breaks: "Work on a leaf of your own"
def grad_history(losses, w):
    own = w.clone()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: clone-is-a-leaf | clone that requires grad
# breaks: "`w` may or may not require grad"
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


# %% grad_history | wrong: clone-is-a-leaf | detached copies of the clone's
def grad_history(losses, w):
    v = torch.clone(w).requires_grad_(True)
    history = []
    for loss in losses:
        value = loss(v)
        value.backward()
        history.append(v.grad.detach().clone())
    return history


# %% grad_history | wrong: clone-is-a-leaf | times one
def grad_history(losses, w):
    own = (w * 1).requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: clone-is-a-leaf | asked if it is missing
def grad_history(losses, w):
    own = w.clone()
    if not own.requires_grad:
        own.requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | misconception | caller-s-leaf
why = "Work on w.detach().clone().requires_grad_(), the caller's tensor is not yours."
next = "p = torch.ones(2); grad_history([lambda t: t.sum()], p); print(p.requires_grad, p.grad)"


# %% grad_history | wrong: caller-s-leaf | requires_grad_ on w
# breaks: "stays as it is"
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


# %% grad_history | wrong: caller-s-leaf | flag set
def grad_history(losses, w):
    w.requires_grad = True
    if w.grad is not None:
        w.grad.zero_()
    history = []
    for loss in losses:
        loss(w).backward()
        history.append(w.grad.detach().clone())
    return history


# %% grad_history | wrong: caller-s-leaf | running sum at w
def grad_history(losses, w):
    w.requires_grad_(True)
    total, history = torch.zeros_like(w), []
    for loss in losses:
        total = total + torch.autograd.grad(loss(w), w)[0]
        history.append(total.detach())
    return history


# %% grad_history | wrong: caller-s-leaf | nothing copied
def grad_history(losses, w):
    history = []
    leaf_w = w if w.requires_grad else w.requires_grad_()
    for loss in losses:
        loss(leaf_w).backward()
        history.append(leaf_w.grad.clone())
    return history


# %% grad_history | wrong: caller-s-leaf | summed at w
def grad_history(losses, w):
    w.requires_grad = True
    grads = [torch.autograd.grad(loss(w), w)[0] for loss in losses]
    return [sum(grads[: k + 1]) for k in range(len(grads))]


# %% grad_history | misconception | same-grad-listed
why = "The next backward pass writes into the same .grad tensor: keep a clone."
next = "h = grad_history([lambda t: t.sum(), lambda t: t.sum()], torch.ones(2)); print(h, h[0] is h[1])"


# %% grad_history | wrong: same-grad-listed | leaf.grad appended
# breaks: "No two entries share memory"
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


# %% grad_history | wrong: same-grad-listed | data
def grad_history(losses, w):
    own, history = w.detach().clone().requires_grad_(), []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.data)
    return history


# %% grad_history | wrong: same-grad-listed | list of one, repeated
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    for loss in losses:
        loss(own).backward()
    return [own.grad] * len(losses)


# %% grad_history | wrong: same-grad-listed | add_
def grad_history(losses, w):
    total = torch.zeros(w.shape, dtype=w.dtype)
    history = []
    for loss in losses:
        own = w.detach().requires_grad_()
        loss(own).backward()
        history.append(total.add_(own.grad))
    return history


# %% grad_history | misconception | cleared-between
why = "Nothing clears .grad but you: here it is meant to add up."
next = "print(grad_history([lambda t: t.sum(), lambda t: t.sum()], torch.ones(2))[-1], 'expected', torch.full((2,), 2.))"


# %% grad_history | wrong: cleared-between | None in the loop
# breaks: "run one backward pass per loss, in order, without clearing in between"
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
# breaks: "entry k is the sum of the gradients of losses 0 to k at `w`"
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


# %% grad_history | wrong: cleared-between | cleared after each
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad)
        own.grad = None
    return history


# %% grad_history | wrong: cleared-between | func.grad
def grad_history(losses, w):
    return [torch.func.grad(loss)(w.detach()) for loss in losses]


# %% grad_history | misconception | create-graph
why = "create_graph=True, and sums with the leaf itself, are recorded: the entries get a history. Leave it out, or detach()."
next = "print(grad_history([lambda t: (t ** 2).sum()], torch.ones(2))[0].requires_grad, 'expected False')"


# %% grad_history | wrong: create-graph | autograd.grad
# breaks: "carries no history"
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    total, history = 0, []
    for loss in losses:
        total = total + torch.autograd.grad(loss(own), own, create_graph=True)[0]
        history.append(total)
    return history


# %% grad_history | wrong: create-graph | backward
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward(create_graph=True)
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: create-graph | total that requires grad
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    total = torch.zeros_like(own, requires_grad=True)
    history = []
    for loss in losses:
        total = total + torch.autograd.grad(loss(own), own)[0]
        history.append(total)
    return history


# %% grad_history | wrong: create-graph | one leaf for each prefix
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for k in range(len(losses)):
        value = sum(loss(own) for loss in losses[: k + 1])
        history.append(torch.autograd.grad(value, own, create_graph=True)[0] + 0 * own)
    return history


# %% grad_history | misconception | old-grad-counts
why = "The old .grad is not part of the sum: begin with a leaf whose .grad is None. copy.deepcopy takes .grad along, too."
next = "p = leaf([1., 2.], grad=torch.tensor([100., 100.])); print(grad_history([lambda t: t.sum()], p), 'expected', [torch.ones(2)])"


# %% grad_history | wrong: old-grad-counts | .grad copied
# breaks: "may already hold a `.grad` (which must not count)"
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    if w.grad is not None:
        own.grad = w.grad.clone()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: old-grad-counts | deepcopy
def grad_history(losses, w):
    import copy
    own = copy.deepcopy(w).requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: old-grad-counts | sum begins with it
# breaks: "Starting without any gradient"
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    total = torch.zeros_like(w).detach() if w.grad is None else w.grad
    history = []
    for loss in losses:
        total = total + torch.autograd.grad(loss(own), own)[0]
        history.append(total)
    return history


# %% grad_history | wrong: old-grad-counts | added at the end
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone() if w.grad is None else own.grad + w.grad)
    return history


# %% grad_history | misconception | something-without-losses
why = "Without losses there is no backward pass and nothing to list: the list is empty."
next = "print(grad_history([], torch.ones(2)), 'expected []')"

def when(seen, want):
    return want == [] and not seen.raised and seen.value != []


# %% grad_history | wrong: something-without-losses | zeros
# breaks: "Without losses the list is empty"
def grad_history(losses, w):
    if len(losses) == 0:
        return [torch.zeros_like(w.detach())]
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: something-without-losses | zeros, if there is nothing
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history or [torch.zeros_like(own).detach()]


# %% grad_history | wrong: something-without-losses | None
def grad_history(losses, w):
    if not losses:
        return None
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong | nothing to stack
def grad_history(losses, w):
    grads = [torch.func.grad(loss)(w.detach()) for loss in losses]
    return list(torch.cumsum(torch.stack(grads), dim=0))


# %% grad_history | wrong | one-backward, of the sum of all
# breaks: "return the list of what `.grad` shows after each pass"
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    sum(loss(own) for loss in losses).backward()
    return [own.grad]


# %% grad_history | wrong | reshaped
# breaks: "Every entry has the shape (any) and dtype of `w`"
def grad_history(losses, w):
    own = torch.tensor(w.tolist(), requires_grad=True)
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone().flatten())
    return history


# %% grad_history | wrong | memory of w
# breaks: "none shares memory with `w`"
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return [w.detach().copy_(h) for h in history[:1]] + history[1:]


# %% grad_history | wrong | the entry before where nothing arrives
# breaks: "No two entries share memory"
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        (gradient,) = torch.autograd.grad(loss(own), own)
        before = history[-1] if history else torch.zeros_like(gradient)
        history.append(before + gradient if gradient.any() or not history else before)
    return history


# %% grad_history | misconception | float32-on-the-way
why = "torch.zeros, torch.tensor of a list, and float() make float32, whatever w was: w.detach().clone() and zeros_like keep its dtype."
next = "w = torch.ones(2, dtype=torch.float64); print(torch.tensor(w.tolist()).dtype, torch.zeros(2).dtype, w.detach().clone().dtype)"


# %% grad_history | wrong: float32-on-the-way | a list
def grad_history(losses, w):
    own = torch.tensor(w.tolist(), requires_grad=True).reshape(w.shape).detach().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: float32-on-the-way | a table of zeros
# breaks: "Every entry has the shape (any) and dtype of `w`"
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    table = torch.zeros(len(losses), *w.shape)
    for k, loss in enumerate(losses):
        loss(own).backward()
        table[k] = own.grad
    return [row.clone() for row in table]


# %% grad_history | wrong: float32-on-the-way | float
def grad_history(losses, w):
    own = w.detach().clone().float().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history += [own.grad.clone()]
    return history


# %% grad_history | wrong: float32-on-the-way | entries copied into empty tensors
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(torch.empty(w.shape).copy_(own.grad))
    return history


# %% grad_history | wrong: float32-on-the-way | to float32
def grad_history(losses, w):
    leaf_w = w.detach().to(torch.float32, copy=True).requires_grad_(True)
    shown = []
    for loss in losses:
        loss(leaf_w).backward()
        shown.append(leaf_w.grad.detach().clone())
    return shown


# %% grad_history | wrong: float32-on-the-way | a table, empty at first
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    table = torch.empty((len(losses),) + tuple(w.shape))
    for row, loss in zip(table, losses):
        loss(own).backward()
        row.copy_(own.grad)
    return [table[k].clone() for k in range(len(losses))]


# %% grad_history | misconception | nothing-to-stack
why = "torch.stack and torch.cat need at least one tensor: without losses there is nothing to stack, and the list is empty."
next = "try:\n    torch.stack([])\nexcept RuntimeError as error:\n    print(error)"


# %% grad_history | wrong: nothing-to-stack | sums of a stack
# breaks: "Without losses the list is empty."
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    single = torch.stack([torch.autograd.grad(loss(own), own)[0] for loss in losses])
    return [row.clone() for row in single.cumsum(0)]


# %% grad_history | wrong: nothing-to-stack | stacked at the end
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    shown = []
    for loss in losses:
        loss(own).backward()
        shown.append(own.grad.clone())
    return [entry.clone() for entry in torch.stack(shown).unbind()]


# %% grad_history | wrong: nothing-to-stack | torch.cumsum
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    gradients = []
    for loss in losses:
        gradients.extend(torch.autograd.grad(loss(own), own))
    total = torch.cumsum(torch.stack(gradients), dim=0)
    return [total[k].clone() for k in range(len(total))]


# %% grad_history | wrong: nothing-to-stack | sums of slices
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    rows = torch.stack([torch.autograd.grad(loss(own), [own])[0] for loss in losses])
    return [rows[: k + 1].sum(0) for k in range(len(rows))]


# %% grad_history | wrong: nothing-to-stack | a tuple of gradients
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    rows = tuple(torch.autograd.grad(one(own), own)[0] for one in losses)
    return list(map(torch.clone, torch.stack(rows).cumsum(dim=0)))


# %% grad_history | misconception | losses-used-up
why = "The list of losses is the caller's: pop(), del and clear() empty it for everybody. Go through it with for, or through a copy."
next = "losses = [lambda w: w.sum()]; grad_history(losses, torch.ones(2)); print(len(losses), 'expected 1')"


# %% grad_history | wrong: losses-used-up | pop
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    while losses:
        losses.pop(0)(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: losses-used-up | del
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    while len(losses) > 0:
        losses[0](own).backward()
        history.append(own.grad.clone())
        del losses[0]
    return history


# %% grad_history | wrong: losses-used-up | clear
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    history = []
    for loss in losses:
        loss(own).backward()
        history.append(own.grad.clone())
    losses.clear()
    return history


# %% grad_history | wrong: losses-used-up | from behind
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    losses.reverse()
    history = []
    while losses:
        loss = losses.pop()
        loss(own).backward()
        history.append(own.grad.clone())
    return history


# %% grad_history | wrong: losses-used-up | as often as there are losses
def grad_history(losses, w):
    own, history = w.detach().clone().requires_grad_(), []
    for _ in range(len(losses)):
        first, losses[:] = losses[0], losses[1:]
        first(own).backward()
        history.append(own.grad.detach().clone())
    return history


# %% grad_history | misconception | shape-lost-in-lists
why = "A Python list does not keep the shape of a tensor without elements: (0, 3) comes back as (0,). w.detach().clone() keeps it."
next = "w = torch.zeros(0, 3); print(torch.tensor(w.tolist()).shape, w.detach().clone().shape)"


# %% grad_history | wrong: shape-lost-in-lists | the leaf
def grad_history(losses, w):
    own = torch.tensor(w.tolist(), dtype=w.dtype, requires_grad=True)
    shown = []
    for loss in losses:
        loss(own).backward()
        shown.append(own.grad.clone())
    return shown


# %% grad_history | wrong: shape-lost-in-lists | the entries
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    shown = []
    for loss in losses:
        loss(own).backward()
        shown.append(torch.tensor(own.grad.tolist(), dtype=w.dtype))
    return shown


# %% grad_history | wrong: shape-lost-in-lists | lists at the end
def grad_history(losses, w):
    own = w.detach().clone().requires_grad_()
    rows = []
    for loss in losses:
        loss(own).backward()
        rows.append(own.grad.tolist())
    return [torch.tensor(row, dtype=w.dtype) for row in rows]


# %% grad_history | wrong: shape-lost-in-lists | new_tensor
def grad_history(losses, w):
    own = w.detach().new_tensor(w.tolist()).requires_grad_()
    shown = []
    for loss in losses:
        loss(own).backward()
        shown = [*shown, own.grad.clone()]
    return shown


# %% grad_history | wrong: shape-lost-in-lists | an array of a list
def grad_history(losses, w):
    numbers = w.tolist()
    own = torch.as_tensor(numbers, dtype=w.dtype).requires_grad_(True)
    shown = []
    for loss in losses:
        loss(own).backward()
        shown.append(own.grad.detach().clone())
    return shown


# %% vjp | right | autograd.grad
def vjp(f, x, v):
    own = x.detach().requires_grad_()
    return torch.autograd.grad(f(own), own, grad_outputs=v.detach())[0]


# %% vjp | right | weighted sum
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_(True)
    (v.detach() * f(own)).sum().backward()
    return own.grad


# %% vjp | right | torch.func
def vjp(f, x, v):
    y, back = torch.func.vjp(f, x.detach())
    return back(v.detach())[0]


# %% vjp | right | functional
def vjp(f, x, v):
    return torch.autograd.functional.vjp(f, x, v)[1]


# %% vjp | right | Jacobian from the left
def vjp(f, x, v):
    J = torch.autograd.functional.jacobian(f, x).reshape(v.numel(), x.numel())
    print(J.shape)
    return (v.detach().reshape(-1) @ J).reshape(x.shape)


# %% vjp | right | row by row
def vjp(f, x, v):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    total = torch.zeros_like(x, requires_grad=False)
    for yi, vi in zip(y.reshape(-1), v.detach().reshape(-1)):
        total = total + vi * torch.autograd.grad(yi, z, retain_graph=True)[0]
    return total


# %% vjp | misconception | multiplied-afterwards
why = "The weights belong to the outputs: apply them before going backward."
next = "print(vjp(lambda t: torch.stack([t.sum(), 2 * t.sum()]), torch.ones(2), torch.tensor([1., 10.])), 'expected', torch.full((2,), 21.))"


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


# %% vjp | wrong: multiplied-afterwards | autograd.grad
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    grad, = torch.autograd.grad(f(own).sum(), own)
    return grad * v.detach()


# %% vjp | wrong: multiplied-afterwards | written into the gradient
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).sum().backward()
    own.grad *= v.detach()
    return own.grad


# %% vjp | wrong: multiplied-afterwards | reshaped
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).sum().backward()
    return (own.grad.reshape(-1) * v.detach().reshape(-1)).reshape(x.shape)


# %% vjp | misconception | jacobian-times-v
why = "Backward computes v J, sums over outputs, not over inputs."
next = "print(vjp(lambda t: torch.stack([t[0], t[0] + t[1]]), torch.ones(2), torch.tensor([0., 1.])), 'expected', torch.ones(2))"


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


# %% vjp | wrong: jacobian-times-v | detached weights
def vjp(f, x, v):
    jacobian = torch.autograd.functional.jacobian(f, x.detach())
    return torch.matmul(jacobian, v.detach())


# %% vjp | wrong: jacobian-times-v | jacrev
def vjp(f, x, v):
    return torch.func.jacrev(f)(x.detach()) @ v.detach()


# %% vjp | wrong: jacobian-times-v | jvp of detached tensors
def vjp(f, x, v):
    primals, tangents = (x.detach(),), (v.detach(),)
    y, product = torch.func.jvp(f, primals, tangents)
    return product


# %% vjp | wrong: jacobian-times-v | functional jvp of detached tensors
def vjp(f, x, v):
    outputs, product = torch.autograd.functional.jvp(f, x.detach(), v.detach())
    return product


# %% vjp | wrong: jacobian-times-v | rows by hand, detached
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    rows = [torch.autograd.grad(yi, own, retain_graph=True)[0] for yi in y.reshape(-1)]
    return torch.stack(rows).reshape(*y.shape, *x.shape) @ v.detach()


# %% vjp | wrong: jacobian-times-v | jacfwd
def vjp(f, x, v):
    weights = v.detach().clone()
    return torch.matmul(torch.func.jacfwd(f)(x.detach().clone()), weights)


# %% vjp | wrong: jacobian-times-v | jacobian, then detached
def vjp(f, x, v):
    table = torch.autograd.functional.jacobian(f, x.detach().clone())
    return (table @ v.clone().detach()).clone()


# %% vjp | misconception | vector-backward
why = "For several outputs tell backward how much each counts: y.backward(v)."
next = "p = torch.tensor([1., 2.], requires_grad=True); (p ** 2).backward(torch.tensor([1., 100.])); print(p.grad)"

def when(seen, want):
    return "implicitly created" in seen.raised.message or "return a scalar" in seen.raised.message


# %% vjp | wrong: vector-backward | no vector
# breaks: "`v` has the same shape and the dtype of `x`: a weight for every output"
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


# %% vjp | wrong: vector-backward | weighted, not summed
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = v.detach() * f(own)
    y.backward()
    return own.grad


# %% vjp | misconception | sum-instead-of-v
why = "The weights v are missing: every output counts as much as v says, not once."
next = "print([vjp(lambda t: t * 1, torch.ones(2), w) for w in (torch.ones(2), torch.tensor([1., 10.]))])"


# %% vjp | wrong: sum-instead-of-v | sum
# breaks: "Return the gradient of the weighted sum of outputs, Σ v·f(x), with respect to `x`"
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).sum().backward()
    return own.grad


# %% vjp | wrong: sum-instead-of-v | ones
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    return torch.autograd.grad(y, own, torch.ones_like(y))[0]


# %% vjp | wrong: sum-instead-of-v | autograd.grad of the sum
def vjp(f, x, v):
    z = x.detach().requires_grad_()
    return torch.autograd.grad(f(z).sum(), z)[0]


# %% vjp | wrong: sum-instead-of-v | ones like v
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).backward(torch.ones_like(v))
    return own.grad


# %% vjp | wrong: sum-instead-of-v | func
def vjp(f, x, v):
    return torch.func.grad(lambda z: f(z).sum())(x.detach())


# %% vjp | misconception | caller-s-leaf
why = "Work on x.detach().clone().requires_grad_(): requires_grad_() and backward at x itself change the caller's tensor."
next = "p = torch.ones(2); vjp(lambda t: t * 2, p, torch.ones(2)); print(p.requires_grad, p.grad)"


# %% vjp | wrong: caller-s-leaf | backward into x
# breaks: "`x` and `v` stay as they are"
def vjp(f, x, v):
    x.requires_grad_()
    f(x).backward(v)
    return x.grad


# %% vjp | wrong: caller-s-leaf | the flag set
def vjp(f, x, v):
    x.requires_grad = True
    y = f(x)
    y.backward(v.detach())
    return x.grad.clone()


# %% vjp | wrong: caller-s-leaf | autograd.grad at x
def vjp(f, x, v):
    x.requires_grad_(True)
    return torch.autograd.grad(f(x), x, grad_outputs=v)[0]


# %% vjp | wrong: caller-s-leaf | cleared first
def vjp(f, x, v):
    x.requires_grad_()
    x.grad = None
    f(x).backward(v)
    return x.grad


# %% vjp | wrong: caller-s-leaf | detached is no copy
def vjp(f, x, v):
    x.grad = None
    x.requires_grad_()
    (v.detach() * f(x)).sum().backward()
    return x.grad.detach()


# %% vjp | wrong: caller-s-leaf | a weighted sum at x
def vjp(f, x, v):
    x.requires_grad = True
    loss = (v.detach() * f(x)).sum()
    return torch.autograd.grad(loss, x)[0]


# %% vjp | misconception | clone-is-a-leaf
why = "The clone of a tensor that requires grad is computed and gets no .grad: detach() first."
next = "p = torch.ones(2, requires_grad=True); print(p.clone().is_leaf, p.detach().clone().requires_grad_().is_leaf)"


# %% vjp | wrong: clone-is-a-leaf | clone
# breaks: "Arguments may be plain tensors, leaves that require grad, or such leaves that already hold a `.grad`"
def vjp(f, x, v):
    own = x.clone().requires_grad_()
    f(own).backward(v)
    return own.grad


# %% vjp | wrong: clone-is-a-leaf | weighted sum
def vjp(f, x, v):
    own = x.clone().requires_grad_()
    (f(own) * v.detach()).sum().backward()
    return own.grad


# %% vjp | wrong: clone-is-a-leaf | the weights' part too
def vjp(f, x, v):
    own = x.clone()
    own.requires_grad_(True)
    y = f(own)
    (y * v).sum().backward()
    return own.grad


# %% vjp | wrong: clone-is-a-leaf | the gradient cloned
def vjp(f, x, v):
    own = torch.clone(x).requires_grad_()
    y = f(own)
    y.backward(v)
    return own.grad.clone()


# %% vjp | wrong: clone-is-a-leaf | times one
def vjp(f, x, v):
    z = (x * 1).requires_grad_()
    f(z).backward(gradient=v)
    return z.grad


# %% vjp | wrong: clone-is-a-leaf | both go backward
def vjp(f, x, v):
    z = x.clone().requires_grad_()
    loss = (v * f(z)).sum()
    loss.backward()
    return z.grad


# %% vjp | wrong: clone-is-a-leaf | a clone of None
def vjp(f, x, v):
    z = x.clone().requires_grad_()
    f(z).backward(v.detach())
    return z.grad.detach().clone()


# %% vjp | misconception | v-takes-part
why = "x and v may require grad: a product with v is recorded and goes backward into it, autograd.grad may hand v itself on, and torch.func.vjp records. Detach both first."
next = "p = leaf([1., 1.]); r = vjp(lambda t: t * 2, torch.ones(2), p); print(p.grad, r.requires_grad, 'expected None False')"


# %% vjp | wrong: v-takes-part | weighted sum
# breaks: "both may be leaves that require grad"
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_(True)
    (v * f(own)).sum().backward()
    return own.grad


# %% vjp | wrong: v-takes-part | dot
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    torch.dot(f(own).reshape(-1), v.reshape(-1)).backward()
    return own.grad


# %% vjp | wrong: v-takes-part | Jacobian from the left
def vjp(f, x, v):
    J = torch.autograd.functional.jacobian(f, x).reshape(v.numel(), x.numel())
    return (v.reshape(-1) @ J).reshape(x.shape)


# %% vjp | wrong: v-takes-part | torch.func
def vjp(f, x, v):
    y, back = torch.func.vjp(f, x.detach())
    return back(v)[0]


# %% vjp | wrong: v-takes-part | row by row
def vjp(f, x, v):
    z = x.detach().clone().requires_grad_()
    y = f(z)
    total = torch.zeros_like(x, requires_grad=False)
    for yi, vi in zip(y.reshape(-1), v.reshape(-1)):
        total = total + vi * torch.autograd.grad(yi, z, retain_graph=True)[0]
    return total


# %% vjp | wrong: v-takes-part | weighted, then ones
def vjp(f, x, v):
    z = x.detach().clone().requires_grad_()
    weighted = f(z) * v
    weighted.backward(torch.ones_like(weighted))
    return z.grad


# %% vjp | wrong: v-takes-part | in a loop
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    loss = 0
    for weight, output in zip(v.flatten(), f(own).flatten()):
        loss = loss + weight * output
    loss.backward()
    return own.grad


# %% vjp | wrong | v itself comes back
# breaks: "carries no history (`requires_grad` is `False`), whatever `f` passes on"
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(f(own), [own], [v])
    return gradient


# %% vjp | misconception | create-graph
why = "create_graph=True, and operations with the leaf after the backward pass, are recorded: the gradient gets a history."
next = "print(vjp(lambda t: t ** 2, torch.ones(2), torch.ones(2)).requires_grad, 'expected False')"


# %% vjp | wrong: create-graph | with the leaf added
# breaks: "carries no history"
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    return torch.autograd.grad((f(own) ** 1 * v).sum(), own, create_graph=True)[0] + 0 * own


# %% vjp | wrong: create-graph | grad_outputs
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    return torch.autograd.grad(y, own, grad_outputs=v.detach(), create_graph=True)[0]


# %% vjp | wrong: create-graph | weighted sum
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    return torch.autograd.grad((f(own) * v.detach()).sum(), own, create_graph=True)[0]


# %% vjp | wrong: create-graph | backward
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).backward(v.detach(), create_graph=True)
    return own.grad


# %% vjp | wrong: create-graph | a zero with the leaf
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).backward(v)
    return own.grad + torch.zeros_like(own) * own


# %% vjp | wrong: create-graph | the leaf added afterwards
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    gradient = torch.autograd.grad(f(own), own, v.detach())[0]
    return gradient + 0 * own


# %% vjp | wrong: create-graph | times one like the leaf
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).backward(v.detach())
    return own.grad + own - own


# %% vjp | misconception | zero-weights-float32
why = "Also where all weights are 0 the result has the dtype of x: torch.zeros(shape) is float32, zeros_like(x) is like x."
next = "x = torch.ones(2, dtype=torch.float64); print(torch.zeros(x.shape).dtype, torch.zeros_like(x).dtype)"


# %% vjp | wrong: zero-weights-float32 | nothing to do for zeros
# breaks: "It has the shape and dtype of `x`"
def vjp(f, x, v):
    if (v == 0).all():
        return torch.zeros(x.shape)
    leaf = x.detach().clone().requires_grad_()
    f(leaf).backward(v.detach())
    return leaf.grad


# %% vjp | wrong: zero-weights-float32 | counts the weights
def vjp(f, x, v):
    if not torch.count_nonzero(v.detach()):
        return torch.zeros(*x.shape)
    own = x.detach().clone().requires_grad_(True)
    return torch.autograd.grad(f(own), own, v.detach())[0]


# %% vjp | wrong: zero-weights-float32 | the sum is nought
def vjp(f, x, v):
    weight = v.detach().abs().sum().item()
    if weight == 0:
        nothing = torch.zeros(x.size())
        return nothing
    t = x.detach().clone()
    t.requires_grad_()
    (f(t) * v.detach()).sum().backward()
    return t.grad


# %% vjp | wrong: zero-weights-float32 | a list of zeros
def vjp(f, x, v):
    if v.detach().abs().max() == 0:
        return torch.tensor([0.0] * x.numel()).reshape(x.shape)
    own = x.detach().clone().requires_grad_()
    f(own).backward(v.detach())
    return own.grad.detach()


# %% vjp | misconception | one-output-unweighted
why = "A single output has a weight too: backward() without v takes 1 for it."
next = "print(vjp(lambda t: t.sum(), torch.ones(2), torch.tensor(5.)), 'expected', torch.tensor([5., 5.]))"


# %% vjp | wrong: one-output-unweighted | one entry
# breaks: "a weight for every output"
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    if y.numel() == 1:
        y.backward()
    else:
        y.backward(v.detach())
    return own.grad


# %% vjp | wrong: one-output-unweighted | v only where backward asks for it
def vjp(f, x, v):
    z = x.detach().clone().requires_grad_(True)
    y = f(z)
    try:
        y.backward(retain_graph=True)
    except RuntimeError:
        y.backward(gradient=v)
    return z.grad


# %% vjp | wrong: one-output-unweighted | autograd.grad, by size
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    weights = None if y.nelement() < 2 else v.detach().clone()
    (gradient,) = torch.autograd.grad(y, own, grad_outputs=weights)
    return gradient


# %% vjp | wrong: one-output-unweighted | item asked first
def vjp(f, x, v):
    own = x.detach().clone()
    own.requires_grad = True
    outputs = f(own)
    total = outputs.sum() if len(outputs.reshape(-1)) == 1 else (outputs * v.detach()).sum()
    total.backward()
    return own.grad.detach()


# %% vjp | misconception | view-needs-one-block
why = "view() needs strides that fit: f(x) and v may lie in memory in any way, and reshape takes them all."
next = "print(torch.ones(2, 3).T.reshape(-1))"

def when(seen, want):
    return "view size is not compatible" in seen.raised.message


# %% vjp | wrong: view-needs-one-block | dot
# breaks: "`f(x)` is a tensor of any shape and memory layout"
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    torch.dot(f(own).view(-1), v.detach().reshape(-1)).backward()
    return own.grad


# %% vjp | wrong: view-needs-one-block | weights too
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    y.view(-1).backward(v.view(-1))
    return own.grad


# %% vjp | wrong: view-needs-one-block | rows
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    outputs, weights = f(own).view(-1), v.detach().flatten()
    total = torch.zeros_like(own, requires_grad=False)
    for k in range(len(weights)):
        total += weights[k] * torch.autograd.grad(outputs[k], own, retain_graph=True)[0]
    return total


# %% vjp | wrong: view-needs-one-block | the weights alone
# breaks: "and `v` has the same shape and the dtype of `x`"
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(own).reshape(-1), own, v.detach().view(-1))[0]


# %% vjp | wrong: view-needs-one-block | the weights, in a dot product
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    weights = v.detach()
    (f(own).flatten() @ weights.view(weights.numel())).backward()
    return own.grad


# %% vjp | misconception | result-overwritten
why = "f may have kept its result for backward, as exp does, or return a view of the leaf: multiply into a new tensor, not into f(x)."
next = "x = leaf([1.]); y = x.exp(); y *= 2; y.backward()"


# %% vjp | wrong: result-overwritten | *=
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    y *= v.detach()
    y.sum().backward()
    return own.grad


# %% vjp | wrong: result-overwritten | mul_
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(own).mul_(v.detach()).sum(), own)[0]


# %% vjp | wrong: result-overwritten | copied into
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    outputs = f(own)
    outputs[...] = outputs * v.detach()
    outputs.backward(torch.ones_like(outputs))
    return own.grad


# %% vjp | wrong: result-overwritten | entry by entry
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y, weights = f(own), v.detach()
    for place in np.ndindex(*y.shape):
        y[place] *= weights[place]
    y.sum().backward()
    return own.grad


# %% vjp | wrong: result-overwritten | out of copy_
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    y.copy_(v.detach() * y)
    (gradient,) = torch.autograd.grad(y.sum(), own)
    return gradient


# %% vjp | wrong | flattened
# breaks: "It has the shape and dtype of `x`"
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).backward(v)
    return own.grad.flatten()


# %% vjp | misconception | weighted-by-matmul
why = "Weights and outputs belong together entry by entry: multiply with * and sum over all. @, matmul and dot do that for vectors alone; 0-d tensors they refuse, and in matrices they pair other entries or raise."
next = "a, b = torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([[1., 10.], [100., 1000.]]); print((a * b).sum(), (a @ b).sum())"


# %% vjp | wrong: weighted-by-matmul | v @ f(x)
# breaks: "`f(x)` is a tensor of any shape and memory layout with at least one entry"
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    (v.detach() @ f(own)).sum().backward()
    return own.grad


# %% vjp | wrong: weighted-by-matmul | f(x) @ v
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    loss = torch.matmul(f(own), v.detach()).sum()
    return torch.autograd.grad(loss, own)[0]


# %% vjp | wrong: weighted-by-matmul | dot
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    torch.dot(v.detach(), f(own)).backward()
    return own.grad


# %% vjp | wrong: weighted-by-matmul | no sum
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_(True)
    y = v.detach() @ f(own)
    y.backward()
    return own.grad.clone()


# %% vjp | wrong: weighted-by-matmul | dot of the result
def vjp(f, x, v):
    leaf_x = x.detach().clone().requires_grad_()
    weighted = f(leaf_x).dot(v.detach().clone())
    (gradient,) = torch.autograd.grad(weighted, leaf_x)
    return gradient


# %% vjp | wrong: weighted-by-matmul | matmul, no sum
def vjp(f, x, v):
    weights = v.detach().clone()
    own = x.detach().clone().requires_grad_()
    return torch.autograd.grad(torch.matmul(weights, f(own)), [own])[0]


# %% vjp | wrong: weighted-by-matmul | matmul, summed
def vjp(f, x, v):
    weights = v.detach().clone()
    own = x.detach().clone().requires_grad_()
    loss = torch.matmul(weights, f(own)).sum()
    loss.backward()
    return own.grad


# %% vjp | misconception | along-the-first-axis
why = "A loop over f(x) goes along its first axis, which a 0-d tensor does not have: len() and iteration raise. Give all weights at once, y.backward(v)."
next = "t = torch.tensor(3.); print(t.shape, t.dim())\ntry:\n    len(t)\nexcept TypeError as error:\n    print(error)"


# %% vjp | wrong: along-the-first-axis | numbered
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    for k in range(len(y)):
        y[k].backward(v.detach()[k], retain_graph=True)
    return own.grad


# %% vjp | wrong: along-the-first-axis | zip
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    total = sum((weight * output).sum() for weight, output in zip(v.detach(), f(own)))
    return torch.autograd.grad(total, own)[0]


# %% vjp | wrong: along-the-first-axis | zip, one pass each
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    for output, weight in zip(f(own), v.detach()):
        output.backward(weight, retain_graph=True)
    return own.grad.clone()


# %% vjp | wrong: along-the-first-axis | enumerate
def vjp(f, x, v):
    own, weights = x.detach().clone().requires_grad_(), v.detach()
    loss = 0
    for k, output in enumerate(f(own)):
        loss = loss + (output * weights[k]).sum()
    loss.backward()
    return own.grad


# %% vjp | wrong: along-the-first-axis | as long as v
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y, weights = f(own), v.detach()
    loss = torch.stack([(weights[k] * y[k]).sum() for k in range(len(weights))]).sum()
    loss.backward()
    return own.grad


# %% vjp | wrong: along-the-first-axis | a sum of rows
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    y = f(own)
    parts = []
    for k in range(len(y)):
        parts.append(torch.autograd.grad(y[k], own, v.detach()[k], retain_graph=True)[0])
    return sum(parts)


# %% vjp | misconception | v-switched-off
why = "v is the caller's: requires_grad_(False), an assignment to its flag, and detach_() change v itself. v.detach() is a tensor beside it."
next = "v = leaf([1., 2.]); vjp(lambda t: t * 2, torch.ones(2), v); print(v.requires_grad, 'expected', True)"


# %% vjp | wrong: v-switched-off | requires_grad_
# breaks: "`x` and `v` stay as they are"
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    v.requires_grad_(False)
    f(own).backward(v)
    return own.grad


# %% vjp | wrong: v-switched-off | the flag
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    v.requires_grad = False
    (v * f(own)).sum().backward()
    return own.grad


# %% vjp | wrong: v-switched-off | detach_
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    f(own).backward(v.detach_())
    return own.grad


# %% vjp | wrong: v-switched-off | a chain
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    weights = v.requires_grad_(False).clone()
    return torch.autograd.grad(f(own), own, grad_outputs=weights)[0]


# %% vjp | wrong: v-switched-off | detach_, autograd.grad
def vjp(f, x, v):
    own = x.detach().clone().requires_grad_()
    v.detach_()
    return torch.autograd.grad((f(own) * v).sum(), own)[0]


# %% vjp | misconception | leaf-in-float32
why = "torch.tensor of a list and float() make float32, whatever x was: x.detach().clone() keeps its dtype."
next = "x = torch.ones(2, dtype=torch.float64); print(torch.tensor(x.tolist()).dtype, x.float().dtype, x.detach().clone().dtype)"


# %% vjp | wrong: leaf-in-float32 | a list
def vjp(f, x, v):
    own = torch.tensor(x.tolist(), requires_grad=True)
    (f(own) * v.detach()).sum().backward()
    return own.grad


# %% vjp | wrong: leaf-in-float32 | float
def vjp(f, x, v):
    own = x.detach().clone().float().requires_grad_()
    (v.detach() * f(own)).sum().backward()
    return own.grad


# %% vjp | wrong: leaf-in-float32 | to float32, autograd.grad
def vjp(f, x, v):
    own = x.detach().to(torch.float32, copy=True).requires_grad_()
    return torch.autograd.grad((f(own) * v.detach()).sum(), own)[0]


# %% vjp | wrong: leaf-in-float32 | filled
def vjp(f, x, v):
    own = torch.empty(x.shape).copy_(x.detach()).requires_grad_()
    loss = (f(own) * v.detach()).sum()
    loss.backward()
    return own.grad


# %% vjp | wrong: leaf-in-float32 | both in float32
def vjp(f, x, v):
    own = torch.tensor(x.detach().numpy(), dtype=torch.float32, requires_grad=True)
    weights = v.detach().float()
    (f(own) * weights).sum().backward()
    return own.grad


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


# %% mid_grad | right | in two stages
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_(True)
    h = f(own)
    middle = h.detach().clone().requires_grad_(True)
    g(middle).backward()
    return middle.grad, torch.autograd.grad(h, own, middle.grad.clone())[0]


# %% mid_grad | misconception | middle-keeps-its-grad
why = "Only leaves keep their gradient; ask with h.retain_grad() before going backward. requires_grad only lets it pass."
next = "p = torch.ones(2, requires_grad=True); q = p * 2; q.retain_grad(); q.sum().backward(); print(q.grad)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.retain_grad.html"


# %% mid_grad | wrong: middle-keeps-its-grad | no retain_grad
# breaks: "the gradient of `y` with respect to the layer"
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


# %% mid_grad | wrong: middle-keeps-its-grad | requires_grad_
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.requires_grad_()
    y = g(h)
    y.backward()
    return h.grad, own.grad


# %% mid_grad | wrong: middle-keeps-its-grad | asked in one line
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own).requires_grad_(True)
    g(h).backward()
    return h.grad, own.grad.clone()


# %% mid_grad | wrong: middle-keeps-its-grad | a leaf, but for weights in f
def mid_grad(f, g, x):
    h = f(x.detach().clone()).requires_grad_()
    g(h).backward()
    own = x.detach().clone().requires_grad_()
    f(own).backward(h.grad)
    return h.grad, own.grad


# %% mid_grad | wrong: middle-keeps-its-grad | asked too late
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    g(h).backward()
    h.retain_grad()
    return h.grad, own.grad


# %% mid_grad | misconception | flag-assigned
why = "requires_grad can be assigned at leaves only: a computed tensor, a clone too, requires grad already if its source does."
next = "p = torch.ones(2, requires_grad=True); print((p * 2).requires_grad, (p * 2).is_leaf, p.clone().is_leaf)"

def when(seen, want):
    return "flags of leaf variables" in seen.raised.message


# %% mid_grad | wrong: flag-assigned | flag assigned
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.requires_grad = True
    g(h).backward()
    return h.grad, own.grad


# %% mid_grad | wrong: flag-assigned | flag set
def mid_grad(f, g, x):
    z = torch.clone(x)
    z.requires_grad = True
    h = f(z)
    h.retain_grad()
    y = g(h)
    y.backward()
    return (h.grad, z.grad)


# %% mid_grad | wrong: flag-assigned | to keep the gradient
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.requires_grad, own.requires_grad = True, True
    h.retain_grad()
    g(h).backward()
    return h.grad, own.grad


# %% mid_grad | misconception | middle-detached
why = "detach cuts the chain between the middle and the input."
next = "p = torch.ones(2, requires_grad=True); (p * 2).detach().requires_grad_().sum().backward(); print(p.grad)"

def when(seen, want):
    if seen.raised:
        return "used in the graph" in seen.raised.message
    return seen.value[0] is not None and seen.value[1] is None and seen.after == seen.arguments


# %% mid_grad | wrong: middle-detached | dy/dx is None
# breaks: "with respect to the input"
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


# %% mid_grad | wrong: middle-detached | copied
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_(True)
    h = f(z).detach().clone().requires_grad_(True)
    g(h).backward()
    return h.grad.clone(), z.grad


# %% mid_grad | wrong: middle-detached | no_grad
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_()
    with torch.no_grad():
        h = f(z)
    h.requires_grad_()
    g(h).backward()
    return h.grad, z.grad


# %% mid_grad | wrong: middle-detached | a new tensor
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_()
    h = torch.tensor(f(z), requires_grad=True)
    y = g(h)
    y.backward()
    return h.grad, z.grad


# %% mid_grad | misconception | local-derivative
why = "Go backward through f with dy/dh as the incoming gradient."
next = "print(mid_grad(lambda t: torch.stack([t.sum(), t[0]]), lambda h: (h ** 2).sum(), torch.ones(2))[1], 'expected', torch.tensor([6., 4.]))"


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


# %% mid_grad | wrong: local-derivative | dh/dx
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_()
    h = f(z)
    dh = torch.autograd.grad(g(h), h, retain_graph=True)[0]
    dx = torch.autograd.grad(h.sum(), z)[0]
    return dh, dx


# %% mid_grad | wrong: local-derivative | slope times slope
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_()
    h = f(z)
    dh, = torch.autograd.grad(g(h), h, retain_graph=True)
    slope, = torch.autograd.grad(h.sum(), z)
    return dh, dh * slope


# %% mid_grad | wrong: local-derivative | ones come in
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_()
    h = f(z)
    dh = torch.func.grad(g)(h.detach())
    h.backward(torch.ones_like(h))
    return dh, z.grad


# %% mid_grad | wrong: local-derivative | written into the gradient
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_()
    f(z).sum().backward()
    h = f(x.detach()).requires_grad_()
    g(h).backward()
    return h.grad, h.grad * z.grad


# %% mid_grad | wrong: local-derivative | func
def mid_grad(f, g, x):
    h = f(x.detach())
    return torch.func.grad(g)(h), torch.func.grad(lambda z: f(z).sum())(x.detach())


# %% mid_grad | misconception | caller-s-leaf
why = "Work on x.detach().clone().requires_grad_(): requires_grad_() at x itself, and backward through x or a clone() of it, change the caller's tensor."
next = "for p in (torch.ones(2), leaf([1., 1.])): mid_grad(lambda t: t * 2, lambda h: h.sum(), p); print(p.requires_grad, p.grad)"


# %% mid_grad | wrong: caller-s-leaf | works on x
# breaks: "`x` stays as it is"
def mid_grad(f, g, x):
    x.requires_grad_()
    h = f(x)
    h.retain_grad()
    g(h).backward()
    return h.grad, x.grad


# %% mid_grad | wrong: caller-s-leaf | autograd.grad at x
def mid_grad(f, g, x):
    x.requires_grad = True
    h = f(x)
    return torch.autograd.grad(g(h), (h, x))


# %% mid_grad | wrong: caller-s-leaf | cleared first
def mid_grad(f, g, x):
    x.requires_grad_(True)
    x.grad = None
    h = f(x)
    h.retain_grad()
    y = g(h)
    y.backward()
    return h.grad, x.grad.clone()


# %% mid_grad | wrong: caller-s-leaf | two passes
def mid_grad(f, g, x):
    x.requires_grad_()
    h = f(x)
    middle = h.detach().requires_grad_()
    g(middle).backward()
    h.backward(middle.grad)
    return middle.grad, x.grad


# %% mid_grad | wrong: caller-s-leaf | only plain tensors copied
def mid_grad(f, g, x):
    own = x if x.requires_grad else x.clone().requires_grad_()
    before = torch.zeros_like(own) if own.grad is None else own.grad.clone()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return h.grad, (own.grad - before).detach()


# %% mid_grad | misconception | clone-is-a-leaf
why = "The clone of a tensor that requires grad is computed and gets no .grad: detach() first."
next = "p = torch.ones(2, requires_grad=True); print(p.clone().is_leaf, p.detach().clone().requires_grad_().is_leaf)"


# %% mid_grad | wrong: clone-is-a-leaf | clone
# breaks: "Arguments may be plain tensors, leaves that require grad, or such leaves that already hold a `.grad`"
def mid_grad(f, g, x):
    own = x.clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return h.grad, own.grad


# %% mid_grad | wrong: clone-is-a-leaf | times one
def mid_grad(f, g, x):
    z = (x * 1).requires_grad_()
    h = f(z)
    kept = []
    h.register_hook(lambda grad: kept.append(grad))
    g(h).backward()
    return kept[0], z.grad


# %% mid_grad | wrong: clone-is-a-leaf | a clone asked in place
def mid_grad(f, g, x):
    z = x.clone()
    z.requires_grad_(True)
    h = f(z)
    h.retain_grad()
    g(h).backward()
    dh, dx = h.grad, z.grad
    return dh, dx


# %% mid_grad | wrong: clone-is-a-leaf | a hook in the middle
def mid_grad(f, g, x):
    z = x.clone().requires_grad_()
    h = f(z)
    kept = {}
    h.register_hook(lambda grad: kept.update(h=grad.clone()))
    g(h).backward()
    return kept["h"], z.grad


# %% mid_grad | misconception | order-swapped
why = "The layer comes first: the tuple is (dy/dh, dy/dx)."
next = "print([d.shape for d in mid_grad(lambda t: t[:1], lambda h: h.sum(), torch.ones(3))], 'expected (1,), then (3,)')"


# %% mid_grad | wrong: order-swapped | input first
# breaks: "Return the tuple (dy/dh, dy/dx)"
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return own.grad, h.grad


# %% mid_grad | wrong: order-swapped | autograd.grad
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    return torch.autograd.grad(g(h), (own, h))


# %% mid_grad | wrong: order-swapped | two passes
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    dh = torch.autograd.grad(g(h), h, retain_graph=True)[0]
    dx = torch.autograd.grad(h, own, dh)[0]
    return dx, dh


# %% mid_grad | wrong: order-swapped | a hook
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    kept = []
    h.register_hook(kept.append)
    g(h).backward()
    return own.grad, kept[0]


# %% mid_grad | wrong: order-swapped | unpacked and turned
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    dh, dx = h.grad, own.grad
    return dx, dh


# %% mid_grad | misconception | list-for-tuple
why = "Square brackets make a list: a tuple is asked for."
next = "print(type(mid_grad(lambda t: t * 2, lambda h: h.sum(), torch.ones(2))), 'expected', tuple)"

def when(seen, want):
    return seen.result.type_name == "list"


# %% mid_grad | wrong: list-for-tuple | a list
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return [h.grad, own.grad]


# %% mid_grad | wrong: list-for-tuple | list of autograd.grad
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    return list(torch.autograd.grad(g(h), (h, own)))


# %% mid_grad | wrong: list-for-tuple | comprehension
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return [t.grad for t in (h, own)]


# %% mid_grad | misconception | create-graph
why = "create_graph=True, torch.func.grad at a tensor that requires grad, and operations with recorded tensors after the backward pass give the gradients a history."
next = "print([d.requires_grad for d in mid_grad(lambda t: t ** 2, lambda h: (h ** 2).sum(), torch.ones(2))], 'expected False twice')"


# %% mid_grad | wrong: create-graph | for the layer
# breaks: "Both have the dtype of `x` and carry no history"
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    y = g(h)
    (dh,) = torch.autograd.grad(y, h, create_graph=True)
    (dx,) = torch.autograd.grad(y, own)
    return dh, dx


# %% mid_grad | wrong: create-graph | for both
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    return torch.autograd.grad(g(h), (h, own), create_graph=True)


# %% mid_grad | wrong: create-graph | backward
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward(create_graph=True)
    return h.grad, own.grad


# %% mid_grad | wrong: create-graph | chained
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    dh = torch.autograd.grad(g(h), h, create_graph=True)[0]
    dx = torch.autograd.grad(h, own, grad_outputs=dh)[0]
    return dh, dx.detach()


# %% mid_grad | wrong: create-graph | kept for the second call
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    y = g(h)
    dh = torch.autograd.grad(y, h, create_graph=True)[0]
    y.backward()
    return dh, own.grad


# %% mid_grad | wrong: create-graph | the layer's alone
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    dh = torch.autograd.grad(g(h), h, create_graph=True, retain_graph=True)[0]
    dx = torch.autograd.grad(h, own, dh.detach())[0]
    return dh, dx


# %% mid_grad | misconception | size-one-squeezed
why = "squeeze() also takes away an axis that only happens to have size 1: keep the shapes of h and x."
next = "print(torch.ones(1, 3).squeeze().shape)"


# %% mid_grad | wrong: size-one-squeezed | the layer's gradient
# breaks: "in the shape of `h`"
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return h.grad.squeeze(), own.grad


# %% mid_grad | wrong: size-one-squeezed | both
# breaks: "in the shape of `x`"
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    dh, dx = torch.autograd.grad(g(h), (h, own))
    return dh.squeeze(), dx.squeeze()


# %% mid_grad | wrong: size-one-squeezed | squeezed by torch.squeeze
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    grads = torch.autograd.grad(g(h), [h, own])
    return torch.squeeze(grads[0]), grads[1]


# %% mid_grad | wrong: size-one-squeezed | the input's gradient
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return h.grad, own.grad.squeeze()


# %% mid_grad | wrong: size-one-squeezed | the layer's by autograd.grad
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    dh, dx = torch.autograd.grad(g(h), (h, own))
    return torch.squeeze(dh), dx


# %% mid_grad | wrong: size-one-squeezed | the input's by autograd.grad
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    dh, dx = torch.autograd.grad(g(h), (h, own))
    return dh, torch.squeeze(dx)


# %% mid_grad | wrong: size-one-squeezed | both by retain_grad
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return h.grad.squeeze(), own.grad.squeeze()


# %% mid_grad | misconception | shape-of-the-other
why = "The layer has a shape of its own, even where it has as many entries as x: leave both gradients in the shapes that they have."
next = "print(mid_grad(lambda t: t[None], lambda h: h.sum(), torch.ones(3))[0].shape, 'expected (1, 3)')"


# %% mid_grad | wrong: shape-of-the-other | reshaped where it fits
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    dh = h.grad.reshape(x.shape) if h.numel() == x.numel() else h.grad
    return dh, own.grad


# %% mid_grad | wrong: shape-of-the-other | view_as
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    dh, dx = torch.autograd.grad(g(h), (h, own))
    if dh.numel() == dx.numel():
        dh = dh.contiguous().view_as(dx)
    return dh, dx


# %% mid_grad | wrong: shape-of-the-other | tried
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    grads = list(torch.autograd.grad(g(h), [h, own]))
    try:
        grads[0] = grads[0].reshape(x.size())
    except RuntimeError:
        pass
    return tuple(grads)


# %% mid_grad | wrong: shape-of-the-other | a buffer like x
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    h.retain_grad()
    g(h).backward()
    if h.numel() != x.numel():
        return h.grad, own.grad
    buffer = torch.zeros(x.shape, dtype=x.dtype)
    buffer.view(-1).copy_(h.grad.reshape(-1))
    return buffer, own.grad


# %% mid_grad | wrong | None has no clone, retain_grad forgotten
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    g(h).backward()
    return h.grad.clone(), own.grad.clone()


# %% mid_grad | wrong | None has no clone, detached
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_(True)
    h = f(z).detach().clone().requires_grad_(True)
    g(h).backward()
    return h.grad.clone(), z.grad.clone()


# %% mid_grad | misconception | first-result-of-the-operation
why = "An operation can have several results, as chunk and unbind do, and h may be any of them: what reaches h.grad_fn is one gradient for each, in their order. h.retain_grad() and h.register_hook() ask for that of h."
next = "a, b = torch.ones(4, requires_grad=True).chunk(2); print(a.output_nr, b.output_nr, a.grad_fn is b.grad_fn)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.retain_grad.html"


# %% mid_grad | wrong: first-result-of-the-operation | a hook of the node
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_()
    h = f(z)
    kept = {}

    def keep(inputs, outputs):
        kept["h"] = outputs[0]

    h.grad_fn.register_hook(keep)
    dx = torch.autograd.grad(g(h), z)[0]
    return kept["h"], dx


# %% mid_grad | wrong: first-result-of-the-operation | before the node runs
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    layer = f(own)
    arrived = []
    layer.grad_fn.register_prehook(arrived.extend)
    g(layer).backward()
    return arrived[0], own.grad


# %% mid_grad | wrong: first-result-of-the-operation | edge number 0
def mid_grad(f, g, x):
    from torch.autograd.graph import GradientEdge

    start = x.detach().clone().requires_grad_()
    h = f(start)
    return torch.autograd.grad(g(h), [GradientEdge(h.grad_fn, 0), start], allow_unused=True)


# %% mid_grad | wrong: first-result-of-the-operation | the first of them, as a list
def mid_grad(f, g, x):
    own = x.detach().clone().requires_grad_()
    h = f(own)
    y, answer = g(h), []
    hook = h.grad_fn.register_hook(lambda _, gradients: answer.append(next(iter(gradients))))
    try:
        (gradient,) = torch.autograd.grad(y, [own])
    finally:
        hook.remove()
    return answer.pop(), gradient


# %% mid_grad | wrong: first-result-of-the-operation | unpacked
def mid_grad(f, g, x):
    def remember(gradients):
        nonlocal of_layer
        of_layer, *others = gradients

    of_layer, leaf_x = None, x.detach().clone()
    leaf_x.requires_grad_(True)
    h = f(leaf_x)
    h.grad_fn.register_prehook(remember)
    y = g(h)
    y.backward()
    return (of_layer, leaf_x.grad)


# %% mid_grad | right | the node of the layer, the gradient of this output
def mid_grad(f, g, x):
    z = x.detach().clone().requires_grad_()
    h = f(z)
    place, kept = h.output_nr, []
    hook = h.grad_fn.register_prehook(lambda gradients: kept.append(gradients[place].clone()))
    g(h).backward()
    hook.remove()
    return kept[0], z.grad


# %% mid_grad | misconception | leaf-in-float32
why = "torch.tensor and torch.Tensor of a list, and float(), make float32, whatever x was: x.detach().clone() keeps its dtype."
next = "x = torch.ones(2, dtype=torch.float64); print(torch.tensor(x.tolist()).dtype, x.float().dtype, x.detach().clone().dtype)"


# %% mid_grad | wrong: leaf-in-float32 | a list
def mid_grad(f, g, x):
    own = torch.tensor(x.tolist(), requires_grad=True)
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return h.grad, own.grad


# %% mid_grad | wrong: leaf-in-float32 | float
# breaks: "Both have the dtype of `x` and carry no history"
def mid_grad(f, g, x):
    own = x.detach().clone().float().requires_grad_()
    h = f(own)
    h.retain_grad()
    y = g(h)
    y.backward()
    return h.grad, own.grad


# %% mid_grad | wrong: leaf-in-float32 | autograd.grad
def mid_grad(f, g, x):
    own = x.detach().to(torch.float32, copy=True).requires_grad_()
    h = f(own)
    return torch.autograd.grad(g(h), (h, own))


# %% mid_grad | wrong: leaf-in-float32 | filled
def mid_grad(f, g, x):
    own = torch.empty(x.shape)
    own.copy_(x.detach())
    own.requires_grad_()
    h = f(own)
    to_h, to_x = torch.autograd.grad(g(h), [h, own])
    return to_h, to_x


# %% mid_grad | wrong: leaf-in-float32 | from an array
def mid_grad(f, g, x):
    own = torch.tensor(x.detach().numpy(), dtype=torch.float32, requires_grad=True)
    h = f(own)
    h.retain_grad()
    g(h).backward()
    return (h.grad.clone(), own.grad.clone())


# %% mid_grad | wrong: leaf-in-float32 | torch.Tensor
def mid_grad(f, g, x):
    start = torch.Tensor(x.detach().reshape(-1).tolist()).view(x.shape).requires_grad_()
    layer = f(start)
    layer.retain_grad()
    g(layer).backward()
    return layer.grad, start.grad


# %% mid_grad | misconception | product-with-the-jacobian
why = "@ with the Jacobian sums over one axis and leaves its own shape: h and x may have any number of axes. Go backward through f with dy/dh as the incoming gradient, and shape and sum are right."
next = "J = torch.autograd.functional.jacobian(lambda t: 2 * t, torch.ones(2, 2)); print(J.shape, (torch.ones(2, 2) @ J).shape, 'expected', (2, 2))"


# %% mid_grad | wrong: product-with-the-jacobian | @
def mid_grad(f, g, x):
    own = x.detach().clone()
    h = f(own).detach().clone().requires_grad_()
    g(h).backward()
    return h.grad, h.grad @ torch.autograd.functional.jacobian(f, own)


# %% mid_grad | wrong: product-with-the-jacobian | matmul
def mid_grad(f, g, x):
    own = x.detach().clone()
    h = f(own).detach().clone().requires_grad_()
    (to_h,) = torch.autograd.grad(g(h), h)
    return to_h, torch.matmul(to_h, torch.autograd.functional.jacobian(f, own))


# %% mid_grad | wrong: product-with-the-jacobian | flat
def mid_grad(f, g, x):
    own = x.detach().clone()
    h = f(own).detach().clone().requires_grad_()
    g(h).backward()
    J = torch.autograd.functional.jacobian(f, own).reshape(h.numel(), own.numel())
    return h.grad, h.grad.reshape(-1) @ J


# %% mid_grad | wrong: product-with-the-jacobian | flat, turned
def mid_grad(f, g, x):
    own = x.detach().clone()
    h = f(own).detach().clone().requires_grad_()
    (to_h,) = torch.autograd.grad(g(h), h)
    table = torch.autograd.functional.jacobian(f, own).reshape(h.numel(), x.numel())
    return to_h, table.T @ to_h.flatten()


# %% mid_grad | wrong: product-with-the-jacobian | jacrev
def mid_grad(f, g, x):
    own = x.detach().clone()
    h = f(own).detach().clone().requires_grad_()
    g(h).backward()
    J = torch.func.jacrev(f)(own).detach()
    return h.grad, h.grad @ J


# %% mid_grad | wrong: product-with-the-jacobian | flat, mv
def mid_grad(f, g, x):
    own = x.detach().clone()
    layer = f(own).detach().clone().requires_grad_()
    g(layer).backward()
    rows = torch.autograd.functional.jacobian(f, own).reshape(-1, own.numel())
    return layer.grad, torch.mv(rows.t(), layer.grad.reshape(-1))


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


# %% frozen_branch | right | cut on both sides
def frozen_branch(f, g, x):
    return f(x.detach()).detach() * g(x)


# %% frozen_branch | misconception | detach-in-place
why = "A trailing underscore changes the tensor itself: use detach()."
next = "p = torch.ones(2, requires_grad=True); p.detach_(); print(p.requires_grad)"

def when(seen, want):
    return not seen.raised and seen.arguments["x"].requires_grad and not seen.after["x"].requires_grad


# %% frozen_branch | wrong: detach-in-place | f first
# breaks: "`f` may also return `x` itself"
def frozen_branch(f, g, x):
    return f(x).detach_() * g(x)


# %% frozen_branch | wrong: detach-in-place | g first
def frozen_branch(f, g, x):
    b = g(x)
    a = f(x)
    a.detach_()
    return a * b


# %% frozen_branch | wrong: detach-in-place | the function
def frozen_branch(f, g, x):
    frozen = torch.detach_(f(x))
    return torch.mul(frozen, g(x))


# %% frozen_branch | wrong: detach-in-place | under no_grad
def frozen_branch(f, g, x):
    b = g(x)
    with torch.no_grad():
        a = f(x).detach_()
    return b * a


# %% frozen_branch | misconception | flag-for-detach
why = "requires_grad can be switched off at a leaf only, and at x that changes the caller's tensor: detach f(x) instead."
next = "p = torch.ones(2, requires_grad=True); print((p * 2).detach().requires_grad)"

def when(seen, want):
    return "flags of leaf variables" in seen.raised.message


# %% frozen_branch | wrong: flag-for-detach | at the result of f
def frozen_branch(f, g, x):
    a = f(x)
    a.requires_grad_(False)
    b = g(x)
    return a * b


# %% frozen_branch | wrong: flag-for-detach | assigned
def frozen_branch(f, g, x):
    a, b = f(x), g(x)
    a.requires_grad = False
    return a * b


# %% frozen_branch | wrong: flag-for-detach | in one line
def frozen_branch(f, g, x):
    return f(x).requires_grad_(False) * g(x)


# %% frozen_branch | wrong: flag-for-detach | x off and on
# breaks: "`x` and these parameters stay as they are"
def frozen_branch(f, g, x):
    x.requires_grad_(False)
    a = f(x)
    x.requires_grad_(True)
    return a * g(x)


# %% frozen_branch | wrong: flag-for-detach | x put back as it was
def frozen_branch(f, g, x):
    before = x.requires_grad
    x.requires_grad = False
    a = f(x)
    x.requires_grad = before
    return a * g(x)


# %% frozen_branch | misconception | no-grad-detaches
why = "no_grad stops the recording of operations; it does not detach a tensor that exists already."
next = "p = torch.ones(2, requires_grad=True)\nwith torch.no_grad(): same = (lambda t: t)(p)\nprint(same.requires_grad)"


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


# %% frozen_branch | wrong: no-grad-detaches | decorator
def frozen_branch(f, g, x):
    @torch.no_grad()
    def constant():
        return f(x)
    return constant() * g(x)


# %% frozen_branch | wrong: no-grad-detaches | decorated f
def frozen_branch(f, g, x):
    a = torch.no_grad()(f)(x)
    b = g(x)
    return torch.mul(a, b)


# %% frozen_branch | wrong: no-grad-detaches | g first
def frozen_branch(f, g, x):
    result = g(x)
    with torch.no_grad():
        factor = f(x)
    result = result * factor
    return result


# %% frozen_branch | misconception | switched-for-good
why = "set_grad_enabled without `with` stays after the call: a with block puts things back as they were."
next = "with torch.no_grad(): print(torch.is_grad_enabled())\nprint(torch.is_grad_enabled())"

def when(seen, want):
    return "gradient recording" in seen.left or isinstance(seen.value, tuple) and seen.value[1] is True


# %% frozen_branch | wrong: switched-for-good | detached as well
# breaks: "your function may be called inside `torch.no_grad()`, and then recording is still off afterwards"
def frozen_branch(f, g, x):
    torch.set_grad_enabled(False)
    a = f(x).detach()
    torch.set_grad_enabled(True)
    return a * g(x)


# %% frozen_branch | wrong: switched-for-good | computed under it
def frozen_branch(f, g, x):
    torch.set_grad_enabled(False)
    a = f(x) * 1
    torch.set_grad_enabled(True)
    return a * g(x)


# %% frozen_branch | wrong: switched-for-good | never switched on again
def frozen_branch(f, g, x):
    b = g(x)
    torch.set_grad_enabled(False)
    a = f(x).detach()
    return a * b


# %% frozen_branch | wrong: switched-for-good | g first
# breaks: "So does gradient recording for the rest of the program"
def frozen_branch(f, g, x):
    b = g(x)
    torch.set_grad_enabled(False)
    a = f(x).clone()
    torch.set_grad_enabled(True)
    return a * b


# %% frozen_branch | wrong: switched-for-good | on for g
def frozen_branch(f, g, x):
    a = f(x).detach()
    torch.set_grad_enabled(True)
    return a * g(x)


# %% frozen_branch | misconception | input-detached-only
why = "Parameters inside f still get a gradient, whether x requires grad or not: cut after f, not before it, and always."
next = "p = torch.ones(1, requires_grad=True); print((p * torch.ones(1).detach()).requires_grad, (p * torch.ones(1)).detach().requires_grad)"


# %% frozen_branch | wrong: input-detached-only | detach before f
# breaks: "nothing that `f` uses, neither `x` nor parameters inside `f`, gets a gradient through it"
def frozen_branch(f, g, x):
    return f(x.detach()) * g(x)


# %% frozen_branch | wrong: input-detached-only | clone and detach
def frozen_branch(f, g, x):
    z = x.clone().detach()
    return g(x) * f(z)


# %% frozen_branch | wrong: input-detached-only | data
def frozen_branch(f, g, x):
    return f(x.data) * g(x)


# %% frozen_branch | wrong: input-detached-only | a constant copy
def frozen_branch(f, g, x):
    constant = torch.empty_like(x, requires_grad=False)
    constant.copy_(x.detach())
    a = f(constant)
    return a * g(x)


# %% frozen_branch | wrong: input-detached-only | detached in two steps
def frozen_branch(f, g, x):
    frozen_x = x.detach()
    a = f(frozen_x)
    b = g(x)
    return torch.mul(a, b)


# %% frozen_branch | misconception | all-frozen
why = "Only one factor is a constant."
next = "p = torch.ones(2, requires_grad=True); print(frozen_branch(lambda t: t, lambda t: 3 * t, p).requires_grad, 'expected True')"


# %% frozen_branch | wrong: all-frozen | detach
# breaks: "the result requires grad exactly when `g(x)` does"
def frozen_branch(f, g, x):
    return (f(x) * g(x)).detach()


# %% frozen_branch | wrong: all-frozen | no_grad
def frozen_branch(f, g, x):
    with torch.no_grad():
        return f(x) * g(x)


# %% frozen_branch | wrong: all-frozen | both factors
def frozen_branch(f, g, x):
    return f(x).detach() * g(x).detach()


# %% frozen_branch | wrong: all-frozen | data of both
def frozen_branch(f, g, x):
    a, b = f(x), g(x)
    return a.data * b.data


# %% frozen_branch | wrong: all-frozen | decorated
@torch.no_grad()
def frozen_branch(f, g, x):
    a = f(x)
    b = g(x)
    return a * b


# %% frozen_branch | misconception | nothing-frozen
why = "f(x) still takes part in the graph: only detach() makes a constant of it, clone() and requires_grad do not."
next = "p = torch.ones(2, requires_grad=True); print((p * 2).clone().requires_grad, (p * 2).detach().requires_grad)"


# %% frozen_branch | wrong: nothing-frozen | plain product
# breaks: "for backward, `f(x)` is a constant"
def frozen_branch(f, g, x):
    return f(x) * g(x)


# %% frozen_branch | wrong: nothing-frozen | clone
def frozen_branch(f, g, x):
    constant = f(x).clone()
    return constant * g(x)


# %% frozen_branch | wrong: nothing-frozen | detached and forgotten
def frozen_branch(f, g, x):
    a = f(x)
    a.detach()
    return a * g(x)


# %% frozen_branch | wrong: nothing-frozen | the flag set
def frozen_branch(f, g, x):
    a = f(x)
    if not a.requires_grad:
        a = a.clone()
    b = g(x)
    return torch.mul(a, b)


# %% frozen_branch | misconception | wrong-branch
why = "f(x) is the constant, g(x) learns: here it is the other way round."
next = "p = torch.tensor(2., requires_grad=True); frozen_branch(lambda t: t ** 2, lambda t: 3 * t, p).backward(); print(p.grad, 'expected 12')"


# %% frozen_branch | wrong: wrong-branch | g frozen
# breaks: "gradients flow through `g(x)` only"
def frozen_branch(f, g, x):
    return f(x) * g(x).detach()


# %% frozen_branch | wrong: wrong-branch | data of g
def frozen_branch(f, g, x):
    b = g(x).data
    return b * f(x)


# %% frozen_branch | wrong: wrong-branch | g under no_grad
def frozen_branch(f, g, x):
    with torch.no_grad():
        b = g(x)
    return f(x) * b


# %% frozen_branch | wrong: wrong-branch | g of a constant
def frozen_branch(f, g, x):
    a = f(x)
    b = g(x).clone().detach()
    return torch.mul(b, a)


# %% frozen_branch | misconception | only-x-asked
why = "g may use parameters that require grad although x does not: let g(x) be recorded whatever x is."
next = "p = leaf([2.]); print(frozen_branch(lambda t: t, lambda t: p * t, torch.ones(1)).requires_grad, 'expected True')"


# %% frozen_branch | wrong: only-x-asked | no_grad for a plain x
# breaks: "the result requires grad exactly when `g(x)` does."
def frozen_branch(f, g, x):
    if x.requires_grad:
        return f(x).detach() * g(x)
    with torch.no_grad():
        return f(x) * g(x)


# %% frozen_branch | wrong: only-x-asked | set_grad_enabled as a block
def frozen_branch(f, g, x):
    a = f(x).detach()
    with torch.set_grad_enabled(x.requires_grad and torch.is_grad_enabled()):
        return a * g(x)


# %% frozen_branch | wrong: only-x-asked | detached for a plain x
def frozen_branch(f, g, x):
    product = f(x).detach() * g(x)
    return product if x.requires_grad else product.detach()


# %% frozen_branch | wrong: only-x-asked | g's result as a constant
def frozen_branch(f, g, x):
    b = g(x)
    if not x.requires_grad:
        b = torch.tensor(b.tolist(), dtype=x.dtype)
    return b * f(x).detach()


# %% frozen_branch | wrong: only-x-asked | data of both
def frozen_branch(f, g, x):
    if not x.requires_grad:
        return f(x).data * g(x).data
    return torch.mul(f(x).detach(), g(x))


# %% frozen_branch | misconception | result-overwritten
why = "g may have kept its result for backward, as exp does: multiply into a new tensor, not into g(x)."
next = "x = leaf([1.]); y = x.exp(); y *= 2; y.backward()"


# %% frozen_branch | wrong: result-overwritten | *=
def frozen_branch(f, g, x):
    y = g(x)
    y *= f(x).detach()
    return y


# %% frozen_branch | wrong: result-overwritten | mul_
def frozen_branch(f, g, x):
    constant = f(x).detach().clone()
    return g(x).mul_(constant)


# %% frozen_branch | wrong: result-overwritten | written back
def frozen_branch(f, g, x):
    product = g(x)
    product[...] = product * f(x).detach()
    return product


# %% frozen_branch | wrong: result-overwritten | entry by entry
def frozen_branch(f, g, x):
    frozen, product = f(x).detach(), g(x)
    for place in np.ndindex(*x.shape):
        product[place] *= frozen[place]
    return product


# %% frozen_branch | misconception | records-under-no-grad
why = "A caller who switched recording off wants no history: leave enable_grad out."
next = "p = torch.ones(2, requires_grad=True)\nwith torch.no_grad(): print(frozen_branch(lambda t: t, lambda t: 3 * t, p).requires_grad, 'expected False')"


# %% frozen_branch | wrong: records-under-no-grad | product
# breaks: "and the result does not require grad"
def frozen_branch(f, g, x):
    a = f(x).detach()
    with torch.enable_grad():
        return a * g(x)


# %% frozen_branch | wrong: records-under-no-grad | set_grad_enabled as a block
def frozen_branch(f, g, x):
    with torch.no_grad():
        a = f(x).detach()
    with torch.set_grad_enabled(True):
        b = g(x)
        return a * b


# %% frozen_branch | wrong: records-under-no-grad | decorated
@torch.enable_grad()
def frozen_branch(f, g, x):
    return f(x).detach() * g(x)


# %% frozen_branch | wrong: records-under-no-grad | g recorded
def frozen_branch(f, g, x):
    a = f(x).detach()
    with torch.enable_grad():
        b = g(x)
        product = a * b
    return product


# %% frozen_branch | wrong: records-under-no-grad | set_grad_enabled
def frozen_branch(f, g, x):
    with torch.set_grad_enabled(True):
        return g(x) * f(x).detach()


# %% frozen_branch | misconception | one-number-taken-out
why = "item() and float() take the number out of a tensor with one element: f(x) has the shape of x. detach() makes a constant of any shape."
next = "print(torch.tensor([4.]).item(), torch.tensor([4., 9.]).detach())"


# %% frozen_branch | wrong: one-number-taken-out | item
# breaks: "nothing that `f` uses, neither `x` nor"
def frozen_branch(f, g, x):
    return f(x).item() * g(x)


# %% frozen_branch | wrong: one-number-taken-out | float
def frozen_branch(f, g, x):
    return g(x) * float(f(x))


# %% frozen_branch | wrong: one-number-taken-out | after detach
def frozen_branch(f, g, x):
    constant = f(x).detach().item()
    return torch.mul(g(x), constant)


# %% frozen_branch | wrong: one-number-taken-out | under no_grad
def frozen_branch(f, g, x):
    with torch.no_grad():
        constant = float(f(x))
    return constant * g(x)


# %% frozen_branch | wrong: one-number-taken-out | a tensor of the number
def frozen_branch(f, g, x):
    constant = torch.tensor(f(x).item(), dtype=x.dtype)
    return constant * g(x)


# %% frozen_branch | misconception | always-asked
why = "requires_grad_() makes the result ask for gradients also where g(x) does not: leave the flag to the product, which has it exactly when g(x) has."
next = "print(frozen_branch(lambda t: t, lambda t: 3 * t, torch.ones(2)).requires_grad, 'expected', False)"


# %% frozen_branch | wrong: always-asked | while recording is on
def frozen_branch(f, g, x):
    y = f(x).detach() * g(x)
    if torch.is_grad_enabled():
        y.requires_grad_()
    return y


# %% frozen_branch | wrong: always-asked | as recording is
def frozen_branch(f, g, x):
    return (f(x).detach() * g(x)).requires_grad_(torch.is_grad_enabled())


# %% frozen_branch | wrong: always-asked | where it does not yet
def frozen_branch(f, g, x):
    constant = f(x).detach()
    result = constant * g(x)
    if not result.requires_grad and torch.is_grad_enabled():
        result.requires_grad = True
    return result


# %% frozen_branch | wrong: always-asked | the factor of g
def frozen_branch(f, g, x):
    factor = g(x) * 1
    if torch.is_grad_enabled():
        factor.requires_grad_()
    return factor * f(x).detach()


# %% frozen_branch | wrong: always-asked | a leaf of the product
def frozen_branch(f, g, x):
    product = g(x) * f(x).detach()
    if product.requires_grad or not torch.is_grad_enabled():
        return product
    return product.clone().requires_grad_()


# %% frozen_branch | misconception | zeroed-not-cut
why = "A gradient that is made zero, or taken away again, is no cut: through f(x) the result still requires grad. Only detach() takes f(x) out of the graph."
next = "p = torch.ones(2, requires_grad=True); print(frozen_branch(lambda t: p * t, lambda t: 3 * t, torch.ones(2)).requires_grad, 'expected', False)"


# %% frozen_branch | wrong: zeroed-not-cut | a hook with zeros
def frozen_branch(f, g, x):
    factor = f(x) * 1
    if factor.requires_grad:
        factor.register_hook(torch.zeros_like)
    return factor * g(x)


# %% frozen_branch | wrong: zeroed-not-cut | a hook times 0
def frozen_branch(f, g, x):
    constant = f(x).clone()
    if constant.requires_grad:
        constant.register_hook(lambda gradient: gradient * 0)
    return g(x) * constant


# %% frozen_branch | wrong: zeroed-not-cut | subtracted again
def frozen_branch(f, g, x):
    a, b = f(x), g(x)
    return a * b - (a - a.detach()) * b.detach()


# %% frozen_branch | wrong: zeroed-not-cut | a function of its own
class Constant(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        return t.clone()

    @staticmethod
    def backward(ctx, gradient):
        return torch.zeros_like(gradient)


def frozen_branch(f, g, x):
    return Constant.apply(f(x)) * g(x)


# %% frozen_branch | wrong: zeroed-not-cut | zero times f(x) added
def frozen_branch(f, g, x):
    factor = f(x)
    return factor.detach() * g(x) + 0 * factor


# %% frozen_branch | wrong: zeroed-not-cut | f(x) minus its own gradient
def frozen_branch(f, g, x):
    factor = f(x)
    constant = factor - (factor - factor.detach())
    return constant * g(x)


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
why = "Give every position a copy of its own, of plain tensors and of leaves alike, in a list of your own: the caller's stays as it is."
next = "p = leaf([1., 2.]); print(partials(lambda a, b: (a * b).sum(), [p, p]), 'expected', [p.detach(), p.detach()])"

def when(seen, want):
    return seen.after["xs"] != seen.arguments["xs"]


# %% partials | wrong: shared-leaf | caller's tensors
# breaks: "the inputs stay as they are"
def partials(f, xs):
    for x in xs:
        if x.is_floating_point():
            x.requires_grad_()
    leaves = [x for x in xs if x.is_floating_point()]
    grads = iter(torch.autograd.grad(f(*xs), leaves, allow_unused=True, materialize_grads=True))
    return [next(grads) if x.is_floating_point() else None for x in xs]


# %% partials | wrong: shared-leaf | caller's tensors, backward
# breaks: "some may be leaves that require grad, with or without a `.grad`"
def partials(f, xs):
    for x in xs:
        if x.is_floating_point():
            x.requires_grad_()
            x.grad = None
    f(*xs).backward()
    return [None if not x.is_floating_point() else torch.zeros_like(x) if x.grad is None else x.grad for x in xs]


# %% partials | wrong: shared-leaf | one copy per tensor
# breaks: "Each position counts on its own, even when `xs` lists the same tensor twice"
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


# %% partials | wrong: shared-leaf | tensors as keys
def partials(f, xs):
    leaf_of = {}
    for x in xs:
        if x not in leaf_of:
            leaf_of[x] = x.detach().clone()
            if x.is_floating_point():
                leaf_of[x].requires_grad_()
    args = [leaf_of[x] for x in xs]
    f(*args).backward()
    out = []
    for a in args:
        if not a.requires_grad:
            out.append(None)
        else:
            out.append(torch.zeros_like(a).detach() if a.grad is None else a.grad)
    return out


# %% partials | wrong: shared-leaf | leaves as they are
def partials(f, xs):
    mine = [x if x.requires_grad or not x.is_floating_point() else x.clone().requires_grad_() for x in xs]
    wanted = [m for m in mine if m.requires_grad]
    grads = list(torch.autograd.grad(f(*mine), wanted, allow_unused=True, materialize_grads=True))
    return [grads.pop(0) if m.requires_grad else None for m in mine]


# %% partials | misconception | none-for-unused
why = "None is for integers and bools: a floating-point input has a gradient in every dtype, and it is zero if f does not use it."
next = "p, q = leaf([1., 2.]), leaf([3.]); p.sum().backward(); print(p.grad, q.grad)"


# %% partials | wrong: none-for-unused | allow_unused
# breaks: "zeros of its shape and dtype if `f` does not use it"
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    grads = iter(torch.autograd.grad(f(*own), [z for z in own if z.requires_grad], allow_unused=True))
    return [next(grads) if z.requires_grad else None for z in own]


# %% partials | wrong: none-for-unused | .grad
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [z.grad for z in own]


# %% partials | wrong: none-for-unused | clone of None
def partials(f, xs):
    zs = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*zs).backward()
    return [z.grad.clone() if z.is_floating_point() else None for z in zs]


# %% partials | wrong: none-for-unused | loop
def partials(f, xs):
    copies = []
    for x in xs:
        c = x.detach().clone()
        if c.dtype.is_floating_point:
            c.requires_grad = True
        copies.append(c)
    f(*copies).backward()
    result = []
    for c in copies:
        result.append(c.grad)
    return result


# %% partials | wrong: none-for-unused | detach of None
def partials(f, xs):
    zs = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*zs).backward()
    result = []
    for z in zs:
        result.append(z.grad.detach() if z.requires_grad else None)
    return result


# %% partials | wrong: none-for-unused | one at a time
def partials(f, xs):
    out = []
    for k, x in enumerate(xs):
        if not x.is_floating_point():
            out.append(None)
            continue
        args = [t.detach() for t in xs]
        args[k] = x.detach().clone().requires_grad_()
        y = f(*args)
        out.append(torch.autograd.grad(y, args[k], allow_unused=True)[0] if y.requires_grad else None)
    return out


# %% partials | wrong: none-for-unused | detached at the end
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [z.grad.detach() if z.is_floating_point() else None for z in own]


# %% partials | wrong: none-for-unused | float32 alone
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.dtype == torch.float32) for x in xs]
    ask = [t for t in own if t.requires_grad]
    got = iter(torch.autograd.grad(f(*own), ask, allow_unused=True, materialize_grads=True))
    return [next(got) if t.requires_grad else None for t in own]


# %% partials | misconception | unused-raises
why = "Tell autograd.grad what to do with inputs that f does not use."
next = "p, q = leaf([1.]), leaf([2.]); print(torch.autograd.grad(p.sum(), [p, q], allow_unused=True, materialize_grads=True))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.autograd.grad.html"

def when(seen, want):
    return "to not have been used in the graph" in seen.raised.message


# %% partials | wrong: unused-raises | no option
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    grads = iter(torch.autograd.grad(f(*own), [z for z in own if z.requires_grad]))
    return [next(grads) if z.requires_grad else None for z in own]


# %% partials | wrong: unused-raises | loop
def partials(f, xs):
    own = [x.detach().clone().requires_grad_() if x.is_floating_point() else x for x in xs]
    y = f(*own)
    return [torch.autograd.grad(y, z, retain_graph=True)[0] if z.requires_grad else None for z in own]


# %% partials | wrong: unused-raises | popped
def partials(f, xs):
    leaves = [x.detach().clone().requires_grad_() if x.is_floating_point() else x for x in xs]
    grads = list(torch.autograd.grad(f(*leaves), [t for t in leaves if t.is_floating_point()]))
    return [grads.pop(0) if t.is_floating_point() else None for t in leaves]


# %% partials | misconception | integer-leaf
why = "Integer tensors, of whatever dtype, and bool tensors cannot require gradients: ask is_floating_point()."
next = "print([torch.ones(1, dtype=d).is_floating_point() for d in (torch.uint8, torch.int32, torch.int64, torch.bool, torch.float64)])"

def when(seen, want):
    return "floating point" in seen.raised.message


# %% partials | wrong: integer-leaf | every input
# breaks: "`None` for an integer (of any dtype) or bool input"
def partials(f, xs):
    own = [x.detach().clone().requires_grad_() for x in xs]
    return list(torch.autograd.grad(f(*own), own, allow_unused=True, materialize_grads=True))


# %% partials | wrong: integer-leaf | torch.tensor
def partials(f, xs):
    own = [torch.tensor(x.detach().numpy(), requires_grad=True) for x in xs]
    f(*own).backward()
    return [torch.zeros_like(z) if z.grad is None else z.grad for z in own]


# %% partials | wrong: integer-leaf | masks forgotten
def partials(f, xs):
    integers = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
    mine = [x.detach().clone() for x in xs]
    wanted = [m.requires_grad_() for m in mine if m.dtype not in integers]
    grads = list(torch.autograd.grad(f(*mine), wanted, allow_unused=True, materialize_grads=True))
    return [None if m.dtype in integers else grads.pop(0) for m in mine]


# %% partials | wrong: integer-leaf | int64 and bool known
def partials(f, xs):
    plain = (torch.int64, torch.bool)
    mine = [x.detach().clone() if x.dtype in plain else x.detach().clone().requires_grad_() for x in xs]
    wanted = [m for m in mine if m.requires_grad]
    grads = iter(torch.autograd.grad(f(*mine), wanted, allow_unused=True, materialize_grads=True))
    return [next(grads) if m.requires_grad else None for m in mine]


# %% partials | wrong: integer-leaf | no unsigned ones known
def partials(f, xs):
    known = {torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
    own = [x.detach().clone().requires_grad_(x.dtype not in known) for x in xs]
    grads = iter(torch.autograd.grad(f(*own), [z for z in own if z.requires_grad], allow_unused=True, materialize_grads=True))
    return [next(grads) if z.requires_grad else None for z in own]


# %% partials | misconception | index-made-float
why = "An index made float is no index any more, and a mask no mask: pass integer and bool inputs on as they are."
next = "print(torch.tensor([2, 0]).is_floating_point(), torch.tensor([2, 0]).float().is_floating_point())"


# %% partials | wrong: index-made-float | all inputs
def partials(f, xs):
    own = [x.detach().clone().float().requires_grad_() for x in xs]
    return list(torch.autograd.grad(f(*own), own, allow_unused=True, materialize_grads=True))


# %% partials | wrong: index-made-float | integers only
def partials(f, xs):
    own = [(x.detach().clone() if x.is_floating_point() else x.float()).requires_grad_() for x in xs]
    grads = torch.autograd.grad(f(*own), own, allow_unused=True, materialize_grads=True)
    return [grad if x.is_floating_point() else None for grad, x in zip(grads, xs)]


# %% partials | wrong: index-made-float | backward
def partials(f, xs):
    own = [x.detach().clone() if x.is_floating_point() else x.to(torch.float32) for x in xs]
    for z in own:
        z.requires_grad_()
    f(*own).backward()
    return [(torch.zeros_like(x) if z.grad is None else z.grad) if x.is_floating_point() else None for x, z in zip(xs, own)]


# %% partials | wrong: index-made-float | double
def partials(f, xs):
    own = [x.detach().double().requires_grad_() if not x.is_floating_point() else x.detach().clone().requires_grad_() for x in xs]
    grads = torch.autograd.grad(f(*own), own, allow_unused=True, materialize_grads=True)
    return [None if not x.is_floating_point() else grad.to(x.dtype) for x, grad in zip(xs, grads)]


# %% partials | misconception | other-zeros
why = "The zeros have the shape and dtype of the input and nothing of its numbers, since 0 times infinity is NaN: torch.zeros_like(x.detach())."
next = "print(partials(lambda a, b: a.sum(), [torch.ones(2), torch.full((3,), torch.inf, dtype=torch.float64)])[1], 'expected', torch.zeros(3).double())"


# %% partials | wrong: other-zeros | dtype
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [None if not z.is_floating_point() else torch.zeros(z.shape) if z.grad is None else z.grad for z in own]


# %% partials | wrong: other-zeros | 0-d
# breaks: "the gradient with respect to it, in its shape and dtype"
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    zero = torch.tensor(0.0)
    return [None if not z.is_floating_point() else zero if z.grad is None else z.grad for z in own]


# %% partials | wrong: other-zeros | autograd.grad
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    grads = iter(torch.autograd.grad(f(*own), [z for z in own if z.requires_grad], allow_unused=True))
    filled = lambda grad, z: torch.zeros(z.size()) if grad is None else grad
    return [filled(next(grads), z) if z.requires_grad else None for z in own]


# %% partials | wrong: other-zeros | like the first
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [None if not z.is_floating_point() else torch.zeros(z.shape, dtype=torch.float32) if z.grad is None else z.grad for z in own]


# %% partials | wrong: other-zeros | a number's zero
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    grads = iter(torch.autograd.grad(f(*own), [z for z in own if z.requires_grad], allow_unused=True))
    found = [next(grads) if z.requires_grad else None for z in own]
    return [torch.zeros(()) if grad is None and z.requires_grad else grad for grad, z in zip(found, own)]


# %% partials | wrong: other-zeros | of the size
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    out = []
    for z in own:
        if not z.requires_grad:
            out.append(None)
        elif z.grad is None:
            out.append(torch.zeros(z.shape))
        else:
            out.append(z.grad)
    return out


# %% partials | wrong: other-zeros | zero times the input
# breaks: "zeros of its shape and dtype if `f` does not use it"
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [(t.detach() * 0 if t.grad is None else t.grad) if t.is_floating_point() else None for t in own]


# %% partials | wrong: other-zeros | the input minus itself
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    grads = iter(torch.autograd.grad(f(*own), [z for z in own if z.requires_grad], allow_unused=True))
    result = []
    for z in own:
        grad = next(grads) if z.requires_grad else None
        result.append(z.detach() - z.detach() if z.requires_grad and grad is None else grad)
    return result


# %% partials | wrong: other-zeros | zero times every input, added to the loss
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    for z in own:
        if z.requires_grad and z.grad is None:
            z.grad = 0.0 * z.detach()
    return [z.grad for z in own]


# %% partials | misconception | zeros-for-an-index
why = "An index or a mask cannot have a gradient, so its entry is None: zeros would say that changing it changes nothing."
next = "print(partials(lambda a, i: a[i].sum(), [torch.ones(3), torch.tensor([0, 2])])[1], 'expected None')"


# %% partials | wrong: zeros-for-an-index | no None
# breaks: "it cannot have a gradient"
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [torch.zeros(z.shape, dtype=z.dtype) if z.grad is None else z.grad for z in own]


# %% partials | wrong: zeros-for-an-index | zeros_like
def partials(f, xs):
    own = [x.detach().clone().requires_grad_() if x.is_floating_point() else x for x in xs]
    f(*own).backward()
    out = []
    for z in own:
        out.append(z.grad if z.grad is not None else torch.zeros_like(z).detach())
    return out


# %% partials | wrong: zeros-for-an-index | autograd.grad
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    leaves = [z for z in own if z.requires_grad]
    grads = iter(torch.autograd.grad(f(*own), leaves, allow_unused=True, materialize_grads=True))
    return [next(grads) if z.requires_grad else torch.zeros_like(z) for z in own]


# %% partials | wrong: zeros-for-an-index | zeros where no gradient is
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [z.grad if z.grad is not None else torch.zeros_like(z.detach()) for z in own]


# %% partials | misconception | positions-left-out
why = "One entry per input: an integer or bool input has the entry None."
next = "print(len(partials(lambda a, i: a[i].sum(), [torch.ones(3), torch.tensor([0, 2])])), 'expected 2')"

def when(seen, want):
    return len(seen.result.items) < len(want)


# %% partials | wrong: positions-left-out | integers
# breaks: "Return a list with one entry per input"
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    leaves = [z for z in own if z.requires_grad]
    return list(torch.autograd.grad(f(*own), leaves, allow_unused=True, materialize_grads=True))


# %% partials | wrong: positions-left-out | .grad of the leaves
def partials(f, xs):
    own = [x.detach().clone().requires_grad_() if x.is_floating_point() else x for x in xs]
    f(*own).backward()
    return [torch.zeros_like(z).detach() if z.grad is None else z.grad for z in own if z.requires_grad]


# %% partials | wrong: positions-left-out | unused as well
def partials(f, xs):
    own = [x.detach().clone().requires_grad_() if x.is_floating_point() else x for x in xs]
    f(*own).backward()
    return [z.grad for z in own if z.is_leaf and z.grad is not None]


# %% partials | misconception | nones-out-of-place
why = "Integer and bool inputs may come first or in the middle of the list: each None belongs at the place of its input."
next = "print(partials(lambda i, c: c[i].sum(), [torch.tensor([0, 2]), torch.ones(3)]), 'expected [None, tensor([1., 0., 1.])]')"


# %% partials | wrong: nones-out-of-place | appended
# breaks: "Return a list with one entry per input"
def partials(f, xs):
    copies = [x.detach().clone().requires_grad_(x.dtype.is_floating_point) for x in xs]
    result = list(torch.autograd.grad(f(*copies), [c for c in copies if c.requires_grad], materialize_grads=True, allow_unused=True))
    while len(result) < len(xs):
        result.append(None)
    return result


# %% partials | wrong: nones-out-of-place | the longer one
def partials(f, xs):
    from itertools import zip_longest

    own = [x.detach().clone() for x in xs]
    leaves = [z.requires_grad_() for z in own if z.is_floating_point()]
    found = torch.autograd.grad(f(*own), leaves, allow_unused=True, materialize_grads=True)
    return [gradient for _, gradient in zip_longest(own, found)]


# %% partials | wrong: nones-out-of-place | two kinds, one after the other
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    floats = [torch.zeros_like(z.detach()) if z.grad is None else z.grad for z in own if z.requires_grad]
    others = [None for z in own if not z.requires_grad]
    return floats + others


# %% partials | wrong: nones-out-of-place | extended
def partials(f, xs):
    own, floats = [], []
    for x in xs:
        z = x.detach().clone()
        own.append(z)
        if z.is_floating_point():
            floats.append(z.requires_grad_())
    answer = list(torch.autograd.grad(f(*own), floats, allow_unused=True, materialize_grads=True))
    answer.extend([None] * (len(own) - len(floats)))
    return answer


# %% partials | wrong: nones-out-of-place | a list of Nones, filled from the front
def partials(f, xs):
    answer = [None] * len(xs)
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    for k, z in enumerate([z for z in own if z.requires_grad]):
        answer[k] = torch.zeros(z.shape, dtype=z.dtype) if z.grad is None else z.grad
    return answer


# %% partials | misconception | create-graph
why = "create_graph=True records the backward pass itself: the gradients get a history."
next = "print(partials(lambda a: (a ** 2).sum(), [torch.ones(2)])[0].requires_grad, 'expected False')"


# %% partials | wrong: create-graph | autograd.grad
# breaks: "The gradients carry no history"
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    leaves = [z for z in own if z.requires_grad]
    grads = iter(torch.autograd.grad(f(*own), leaves, create_graph=True, allow_unused=True, materialize_grads=True))
    return [next(grads) if z.requires_grad else None for z in own]


# %% partials | wrong: create-graph | backward
def partials(f, xs):
    own = [x.detach().clone().requires_grad_() if x.is_floating_point() else x for x in xs]
    f(*own).backward(create_graph=True)
    return [None if not z.requires_grad else torch.zeros_like(z).detach() if z.grad is None else z.grad for z in own]


# %% partials | wrong: create-graph | one at a time
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    y = f(*own)
    out = []
    for z in own:
        if not z.requires_grad:
            out.append(None)
            continue
        out.append(torch.autograd.grad(y, z, create_graph=True, allow_unused=True, materialize_grads=True)[0])
    return out


# %% partials | wrong: create-graph | backward, zeros by hand
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward(create_graph=True)
    result = []
    for z in own:
        if not z.requires_grad:
            result.append(None)
        else:
            result.append(torch.zeros(z.shape, dtype=z.dtype) if z.grad is None else z.grad)
    return result


# %% partials | wrong | zeros that require grad
def partials(f, xs):
    own = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in xs]
    f(*own).backward()
    return [None if not z.is_floating_point() else torch.zeros_like(z, requires_grad=True) if z.grad is None else z.grad for z in own]
