"""The catalogue of 01-tensors: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% make_rank | right | nested lists
def make_rank(n, v):
    rows = float(v)
    for _ in range(n):
        rows = [rows, rows]
    return torch.tensor(rows)


# %% make_rank | right | numpy
def make_rank(n, v):
    return torch.from_numpy(np.full((2,) * n, v, dtype=np.float32))


# %% make_rank | right | empty and fill_
def make_rank(n, v):
    out = torch.empty([2] * n)
    out.fill_(v)
    return out


# %% make_rank | right | expand and clone
def make_rank(n, v):
    return torch.tensor(v, dtype=torch.float32).expand((2,) * n).clone(memory_format=torch.contiguous_format)


# %% make_rank | right | stack in a loop, prints
def make_rank(n, v):
    t = torch.tensor(float(v))
    for _ in range(n):
        t = torch.stack([t, t])
    print("rank", t.dim())
    return t


# %% make_rank | right | not contiguous
def make_rank(n, v):
    return torch.full((2,) * n + (3,), float(v))[..., 1]


# %% make_rank | right | ones times v
def make_rank(n, v):
    return torch.ones((2,) * n) * v


# %% make_rank | right | full of a float
def make_rank(n, v):
    return torch.full((2,) * n, float(v), dtype=torch.float32)


# %% make_rank | right | NumPy, seen in the shape
def make_rank(n, v):
    flat = np.empty(2**n, dtype=np.float32)
    for place in range(len(flat)):
        flat[place] = v
    return torch.from_numpy(flat).view([2 for _ in range(n)])


# %% make_rank | misconception | one-element-repeated
why = "expand repeats one element without copying it: writing into one changes them all."
next = "x = torch.tensor(3.).expand(2, 2); x[0, 0] = 99; print(x)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.expand.html"


def when(seen, want):
    return not seen.result.own_elements


# %% make_rank | wrong: one-element-repeated | expand
# breaks: "Each element has memory of its own"
def make_rank(n, v):
    return torch.tensor(v).expand((2,) * n)


# %% make_rank | wrong: one-element-repeated | expand of a float
# breaks: "writing into one changes no other"
def make_rank(n, v):
    return torch.tensor(v, dtype=torch.float32).expand([2] * n)


# %% make_rank | wrong: one-element-repeated | as_strided
def make_rank(n, v):
    return torch.tensor([float(v)]).as_strided((2,) * n, (0,) * n)


# %% make_rank | wrong: one-element-repeated | the last dimension only
def make_rank(n, v):
    return torch.full((1,) * n, float(v)).expand((2,) * n)


# %% make_rank | wrong: one-element-repeated | broadcast_to
def make_rank(n, v):
    return torch.broadcast_to(torch.tensor(float(v)), (2,) * n)


# %% make_rank | wrong: one-element-repeated | numpy broadcast_to
def make_rank(n, v):
    return torch.from_numpy(np.broadcast_to(np.float32(v), (2,) * n))


# %% make_rank | misconception | sizes-not-values
why = "torch.Tensor(3) is a vector of three uninitialised floats, torch.Tensor() an empty one; to hold the number 3, write torch.tensor(3.)."
next = "print(torch.Tensor(3).shape, torch.Tensor().shape, torch.tensor(3.).shape)"


def when(seen, want):
    """The shape is right, and no element is anywhere near v: memory as it was found."""
    v = float(seen.arguments["v"].value)
    return seen.result.shape == want.shape and not bool(np.isclose(seen.result.values, v, rtol=0.01).any())


# %% make_rank | wrong: sizes-not-values | torch.Tensor of sizes
# breaks: "every element is `v`"
def make_rank(n, v):
    return torch.Tensor(*(2,) * n)


# %% make_rank | wrong: sizes-not-values | torch.Tensor(n)
def make_rank(n, v):
    return torch.Tensor(n)


# %% make_rank | wrong: sizes-not-values | torch.Tensor filled
def make_rank(n, v):
    return torch.Tensor(*[2] * n).fill_(v)


# %% make_rank | wrong: sizes-not-values | empty
def make_rank(n, v):
    if n == 0:
        return torch.Tensor()
    return torch.empty((2,) * n)


# %% make_rank | wrong: sizes-not-values | square of sizes
def make_rank(n, v):
    return torch.Tensor(n, n)


# %% make_rank | wrong: sizes-not-values | filled with multiplied ones
def make_rank(n, v):
    t = torch.Tensor(*(2 for _ in range(n)))
    t[...] = 1
    return t * v


# %% make_rank | wrong: sizes-not-values | fill_ in a second line
def make_rank(n, v):
    sizes = [2] * n
    t = torch.Tensor(*sizes)
    t.fill_(float(v))
    return t


# %% make_rank | wrong: sizes-not-values | FloatTensor
def make_rank(n, v):
    return torch.FloatTensor(*[2] * n).fill_(v)


# %% make_rank | misconception | rank-is-length
why = "The rank is the number of dimensions, len(t.shape), not the length of one of them."
next = "print(torch.zeros(3).shape, torch.zeros(2, 2, 2).shape)"


# %% make_rank | wrong: rank-is-length | vector
# breaks: "a vector rank 1, a matrix rank 2, and so on"
def make_rank(n, v):
    return torch.full((n,), v)


# %% make_rank | wrong: rank-is-length | vector of floats
def make_rank(n, v):
    return torch.full((n,), float(v))


# %% make_rank | wrong: rank-is-length | square
# breaks: "every dimension has size 2"
def make_rank(n, v):
    return torch.full((n, n), v, dtype=torch.float32)


# %% make_rank | wrong: rank-is-length | list times n
def make_rank(n, v):
    return torch.tensor([float(v)] * n)


# %% make_rank | wrong: rank-is-length | ones
def make_rank(n, v):
    return torch.ones(n, n) * v


# %% make_rank | wrong: rank-is-length | all in one row
def make_rank(n, v):
    return torch.full((2**n,), v, dtype=torch.float32)


# %% make_rank | wrong: rank-is-length | two times n
def make_rank(n, v):
    return torch.full((2, n), float(v))


# %% make_rank | wrong: rank-is-length | n times two
def make_rank(n, v):
    return torch.full((n, 2), float(v), dtype=torch.float32)


# %% make_rank | wrong: rank-is-length | two and n as a shape, ones
def make_rank(n, v):
    shape = [2, n]
    return torch.ones(shape) * v


# %% make_rank | wrong: rank-is-length | every dimension as long as the rank
def make_rank(n, v):
    return torch.full((n,) * n, float(v))


# %% make_rank | wrong: rank-is-length | as long as the rank, list
def make_rank(n, v):
    return torch.full([n for _ in range(n)], v, dtype=torch.float32)


# %% make_rank | wrong: rank-is-length | two numbers only
def make_rank(n, v):
    return torch.tensor([float(v)] * 2)


# %% make_rank | wrong: rank-is-length | 2 times n numbers
def make_rank(n, v):
    return torch.full((2 * n,), float(v))


# %% make_rank | misconception | number-is-no-vector
why = "A number has rank 0 and shape (): torch.tensor(4.) has no dimension, torch.tensor([4.]) has one."
next = "print(torch.tensor(4.).shape, torch.tensor([4.]).shape)"


# %% make_rank | wrong: number-is-no-vector | a pair to begin with
# breaks: "A number has rank 0"
def make_rank(n, v):
    block = torch.tensor([v, v], dtype=torch.float32)
    for _ in range(n - 1):
        block = torch.stack((block, block))
    return block


# %% make_rank | wrong: number-is-no-vector | one dimension at least
def make_rank(n, v):
    return torch.full((2,) * max(n, 1), float(v))


# %% make_rank | wrong: number-is-no-vector | a pair, doubled as a list
def make_rank(n, v):
    rows = [float(v), float(v)]
    for _ in range(n - 1):
        rows = [rows, rows]
    return torch.tensor(rows)


# %% make_rank | wrong: number-is-no-vector | a vector for a number
def make_rank(n, v):
    if n == 0:
        return torch.tensor([float(v)])
    return torch.full((2,) * n, v, dtype=torch.float32)


# %% make_rank | wrong: number-is-no-vector | shape (1,) for a number
def make_rank(n, v):
    shape = [2] * n or [1]
    return torch.ones(shape) * v


# %% make_rank | wrong: number-is-no-vector | repeated vector
def make_rank(n, v):
    return torch.tensor([v], dtype=torch.float32).repeat(*[2] * n or [1])


# %% make_rank | wrong: number-is-no-vector | atleast_1d
def make_rank(n, v):
    return torch.atleast_1d(torch.full((2,) * n, float(v)))


# %% make_rank | wrong: number-is-no-vector | ones of at least one dimension
def make_rank(n, v):
    size = (2,) * n if n > 1 else (2,)
    return torch.full(size, v, dtype=torch.float32)


# %% make_rank | misconception | full-follows-the-value
why = "torch.full and torch.tensor take their dtype from the value: give them a float or a dtype."
next = "print(torch.full((2,), 3).dtype, torch.full((2,), 3.).dtype)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.full.html"


# %% make_rank | wrong: full-follows-the-value | full
# breaks: "Return a `float32` tensor of rank `n`"
def make_rank(n, v):
    return torch.full((2,) * n, v)


# %% make_rank | wrong: full-follows-the-value | nested lists without a dtype
def make_rank(n, v):
    rows = v
    for _ in range(n):
        rows = [rows, rows]
    return torch.tensor(rows)


# %% make_rank | wrong: full-follows-the-value | tensor and repeat
def make_rank(n, v):
    return torch.tensor(v).repeat((2,) * n)


# %% make_rank | wrong: full-follows-the-value | only the number is forgotten
def make_rank(n, v):
    if n == 0:
        return torch.tensor(v)
    return torch.full((2,) * n, v, dtype=torch.float32)


# %% make_rank | wrong: full-follows-the-value | stack in a loop
def make_rank(n, v):
    t = torch.tensor(v)
    for _ in range(n):
        t = torch.stack([t, t])
    return t


# %% make_rank | wrong: full-follows-the-value | only tables are forgotten
def make_rank(n, v):
    if n == 0:
        return torch.tensor(float(v))
    return torch.full([2] * n, v)


# %% make_rank | wrong: full-follows-the-value | number with a dtype, the rest without
def make_rank(n, v):
    return torch.tensor(v, dtype=torch.float32) if n == 0 else torch.full((2,) * n, fill_value=v)


# %% make_rank | misconception | float64-result
why = "NumPy's floats are float64, and from_numpy keeps that: ask for float32."
next = "print(torch.from_numpy(np.full((2,), 0.5)).dtype)"


# %% make_rank | wrong: float64-result | numpy's own dtype
def make_rank(n, v):
    return torch.from_numpy(np.full((2,) * n, float(v)))


# %% make_rank | wrong: float64-result | ones times v
def make_rank(n, v):
    return torch.from_numpy(np.ones((2,) * n) * v)


# %% make_rank | wrong: float64-result | array of nested lists
def make_rank(n, v):
    rows = float(v)
    for _ in range(n):
        rows = [rows, rows]
    return torch.tensor(np.array(rows))


# %% make_rank | wrong: float64-result | as_tensor
def make_rank(n, v):
    return torch.as_tensor(np.full([2] * n, v, dtype=float))


# %% make_rank | misconception | narrow-dtype-first
why = "0.1 does not fit into an integer or float16, nor 2**40 into int32: such a detour changes v before it becomes float32."
next = "print(torch.tensor(0.1).half().float(), torch.tensor(0.1).int())"


# %% make_rank | wrong: narrow-dtype-first | float16 on the way
def make_rank(n, v):
    return torch.full((2,) * n, float(v), dtype=torch.float16).to(torch.float32)


# %% make_rank | wrong: narrow-dtype-first | half and float
def make_rank(n, v):
    return torch.tensor(float(v)).half().float().repeat((2,) * n)


# %% make_rank | wrong: narrow-dtype-first | int32 for ints
# breaks: "`v` is a Python int or float, between -2**60 and 2**60"
def make_rank(n, v):
    if isinstance(v, int):
        return torch.full((2,) * n, v, dtype=torch.int32).float()
    return torch.full((2,) * n, v, dtype=torch.float32)


# %% make_rank | wrong: narrow-dtype-first | int32 for whole numbers
def make_rank(n, v):
    dtype = torch.int32 if v == int(v) else torch.float32
    return torch.full([2] * n, v, dtype=dtype).to(torch.float32)


# %% make_rank | wrong: narrow-dtype-first | int()
def make_rank(n, v):
    return torch.full((2,) * n, int(v), dtype=torch.float32)


# %% make_rank | wrong: narrow-dtype-first | through int64
def make_rank(n, v):
    return torch.full((2,) * n, v, dtype=torch.int64).float()


# %% make_rank | wrong: narrow-dtype-first | bfloat16
def make_rank(n, v):
    return torch.full((2,) * n, float(v), dtype=torch.bfloat16).float()


# %% make_rank | wrong: narrow-dtype-first | an array of int64
def make_rank(n, v):
    return torch.from_numpy(np.full((2,) * n, v, dtype=np.int64)).float()


# %% make_rank | wrong: narrow-dtype-first | as a cast
def make_rank(n, v):
    return torch.zeros((2,) * n).add(torch.tensor(v).to(torch.int64))


# %% make_rank | wrong: narrow-dtype-first | bfloat16 in steps
def make_rank(n, v):
    t = torch.ones([2] * n, dtype=torch.bfloat16) * v
    return t.to(torch.float32)


# %% make_rank | wrong: narrow-dtype-first | a half picture
def make_rank(n, v):
    out = torch.empty((2,) * n, dtype=torch.float16)
    out.fill_(v)
    return out.float()


# %% make_rank | wrong | a table of cases
# breaks: "and so on"
def make_rank(n, v):
    v = float(v)
    return torch.tensor([v, [v, v], [[v, v], [v, v]], [[[v, v], [v, v]], [[v, v], [v, v]]]][n])


# %% make_rank | wrong | a Parameter
# breaks: "A result that is a tensor is an ordinary `torch.Tensor` on the CPU"
def make_rank(n, v):
    return torch.nn.Parameter(torch.full((2,) * n, float(v)))


# %% describe | right | ndim and tuple
def describe(t):
    return t.ndim, tuple(t.shape), t.dtype, t.nelement()


# %% describe | right | product of the shape
def describe(t):
    count = 1
    for size in t.shape:
        count *= size
    return len(t.shape), t.size(), t.dtype, count


# %% describe | right | flatten
def describe(t):
    return len(t.size()), t.shape, t.dtype, len(t.flatten())


# %% describe | right | torch functions
def describe(t):
    print("describing", t.shape)
    return t.dim(), tuple(int(n) for n in t.shape), t.detach().dtype, torch.numel(t)


# %% describe | right | sizes one by one
def describe(t):
    sizes = tuple(t.size(d) for d in range(t.dim()))
    return len(sizes), sizes, t.dtype, len(t.reshape(-1))


# %% describe | misconception | dtype-as-text
why = "Return the dtype object itself, such as torch.float32."
next = "print(type(torch.zeros(2).dtype), type(str(torch.zeros(2).dtype)))"


def when(seen, want):
    return isinstance(seen.value[2], str)


# %% describe | wrong: dtype-as-text | str
# breaks: "the dtype is a dtype object such as `torch.float32`"
def describe(t):
    return t.dim(), t.shape, str(t.dtype), t.numel()


# %% describe | wrong: dtype-as-text | type()
def describe(t):
    return t.dim(), tuple(t.shape), t.type(), t.numel()


# %% describe | wrong: dtype-as-text | last word
def describe(t):
    return t.dim(), t.shape, repr(t.dtype).split(".")[1], t.numel()


# %% describe | wrong: dtype-as-text | format
def describe(t):
    return t.dim(), tuple(t.shape), f"{t.dtype}", t.numel()


# %% describe | wrong: dtype-as-text | repr
def describe(t):
    return len(t.shape), t.shape, repr(t.dtype), t.numel()


# %% describe | misconception | len-is-count
why = "len(t) is t.shape[0]; count all the elements with t.numel()."
next = "print(len(torch.zeros(2, 3)), torch.zeros(2, 3).numel())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.numel.html"


# %% describe | wrong: len-is-count | len
# breaks: "how many elements it has"
def describe(t):
    return t.dim(), t.shape, t.dtype, len(t)


# %% describe | wrong: len-is-count | shape[0]
def describe(t):
    return t.dim(), tuple(t.shape), t.dtype, t.shape[0]


# %% describe | wrong: len-is-count | numbers apart
def describe(t):
    return t.dim(), tuple(t.shape), t.dtype, len(t) if t.dim() > 0 else 1


# %% describe | wrong: len-is-count | len where there is one
def describe(t):
    try:
        count = len(t)
    except TypeError:
        count = 1
    return t.dim(), t.shape, t.dtype, count


# %% describe | wrong: len-is-count | len of tolist
def describe(t):
    return t.dim(), t.shape, t.dtype, len(t) if t.shape else 1


# %% describe | wrong: len-is-count | size(0)
def describe(t):
    return t.ndim, t.size(), t.dtype, t.size(0)


# %% describe | wrong: len-is-count | first size, once more
def describe(t):
    shape = tuple(t.shape)
    return len(shape), shape, t.dtype, shape[0]


# %% describe | wrong: len-is-count | len in a second line
def describe(t):
    elements = len(t)
    return t.dim(), tuple(t.shape), t.dtype, elements


# %% describe | wrong: len-is-count | size(0) by name
def describe(t):
    return t.dim(), t.shape, t.dtype, t.size(dim=0)


# %% describe | wrong: len-is-count | first size of a list
def describe(t):
    sizes = tuple(list(t.shape))
    return t.dim(), sizes, t.dtype, sizes[0]


# %% describe | misconception | len-is-rank
why = "The rank is the number of entries in t.shape."
next = "t = torch.zeros(5, 7); print(len(t), len(t.shape))"


# %% describe | wrong: len-is-rank | len
# breaks: "its rank"
def describe(t):
    return len(t), t.shape, t.dtype, t.numel()


# %% describe | wrong: len-is-rank | numbers apart
def describe(t):
    return 0 if t.dim() == 0 else len(t), tuple(t.shape), t.dtype, t.numel()


# %% describe | wrong: len-is-rank | len, a number has rank 0
def describe(t):
    rank = len(t) if t.shape else 0
    return rank, t.shape, t.dtype, t.numel()


# %% describe | wrong: len-is-rank | first size
def describe(t):
    return t.shape[0], tuple(t.shape), t.dtype, t.numel()


# %% describe | wrong: len-is-rank | len in a line of its own
def describe(t):
    rank = len(t)
    return rank, tuple(t.size()), t.dtype, torch.numel(t)


# %% describe | wrong: len-is-rank | size(0)
def describe(t):
    return t.size(0), t.size(), t.dtype, t.numel()


# %% describe | wrong: len-is-rank | len or nothing
def describe(t):
    try:
        rank = len(t)
    except TypeError:
        rank = 0
    return rank, t.shape, t.dtype, t.numel()


# %% describe | wrong: len-is-rank | first size of a tuple
def describe(t):
    shape = tuple(t.shape)
    return shape[0], shape, t.dtype, t.numel()


# %% describe | misconception | counts-the-storage
why = "The storage can be bigger, or smaller, than the tensor that looks into it."
next = "x = torch.zeros(6, 8)[1:4, ::2]; print(x.numel(), x.untyped_storage().nbytes() // x.element_size())"


# %% describe | wrong: counts-the-storage | nbytes
def describe(t):
    return t.dim(), t.shape, t.dtype, t.untyped_storage().nbytes() // t.element_size()


# %% describe | wrong: counts-the-storage | len of the storage
def describe(t):
    return t.dim(), tuple(t.shape), t.dtype, len(t.untyped_storage()) // t.element_size()


# %% describe | wrong: counts-the-storage | the tensor behind a view
def describe(t):
    base = t if t._base is None else t._base
    return t.dim(), tuple(t.shape), t.dtype, base.numel()


# %% describe | wrong: counts-the-storage | size of the storage
def describe(t):
    elements = t.untyped_storage().size() // t.itemsize
    return t.dim(), t.shape, t.dtype, elements


# %% describe | wrong: counts-the-storage | bytes by hand
def describe(t):
    per_element = t.element_size()
    return t.dim(), tuple(t.shape), t.dtype, int(t.untyped_storage().nbytes() / per_element)


# %% describe | wrong: counts-the-storage | storage in bytes, shape as a tuple
def describe(t):
    storage = t.untyped_storage()
    return len(t.shape), tuple(t.size()), t.dtype, len(storage) // t.dtype.itemsize


# %% describe | misconception | list-is-no-tuple
why = "A list is not a tuple: t.shape is a tuple already, (a, b) makes one, and tuple(...) turns a list into one."
next = "print(isinstance(torch.zeros(2, 3).shape, tuple), isinstance(list(torch.zeros(2, 3).shape), tuple))"


# %% describe | wrong: list-is-no-tuple | list of the shape
# breaks: "the shape is a tuple (`t.shape` is one)"
def describe(t):
    return t.dim(), list(t.shape), t.dtype, t.numel()


# %% describe | wrong: list-is-no-tuple | list of four
# breaks: "Return four facts about `t`, a tensor of any shape and dtype, as a tuple"
def describe(t):
    return [t.dim(), t.shape, t.dtype, t.numel()]


# %% describe | wrong: list-is-no-tuple | sizes in a loop
def describe(t):
    sizes = []
    for d in range(t.dim()):
        sizes.append(t.size(d))
    return t.dim(), sizes, t.dtype, t.numel()


# %% describe | wrong: list-is-no-tuple | sizes in a comprehension
def describe(t):
    return t.dim(), [int(n) for n in t.shape], t.dtype, t.numel()


# %% describe | wrong: list-is-no-tuple | list of four, shape as a tuple
def describe(t):
    facts = [t.dim(), tuple(t.shape), t.dtype, t.numel()]
    return facts


# %% describe | wrong: list-is-no-tuple | appended one by one
def describe(t):
    facts = []
    for fact in (t.dim(), t.shape, t.dtype, t.numel()):
        facts.append(fact)
    return facts


# %% describe | misconception | count-is-no-int
why = "torch.prod and np.prod give a tensor, or NumPy's own number, and a float for an empty shape: t.numel() is a Python int."
next = "print(torch.tensor((2, 3)).prod(), torch.tensor(()).prod(), torch.zeros(2, 3).numel())"


# %% describe | wrong: count-is-no-int | prod
# breaks: "Rank and count are Python ints"
def describe(t):
    return t.dim(), t.shape, t.dtype, torch.tensor(t.shape).prod()


# %% describe | wrong: count-is-no-int | prod and item
def describe(t):
    count = torch.tensor(tuple(t.shape)).prod().item()
    return t.dim(), t.shape, t.dtype, count


# %% describe | wrong: count-is-no-int | NumPy's prod
def describe(t):
    return t.dim(), t.shape, t.dtype, np.prod(t.shape)


# %% describe | wrong: count-is-no-int | prod of a tensor of sizes
def describe(t):
    sizes = torch.tensor(list(t.shape))
    return t.dim(), tuple(t.shape), t.dtype, torch.prod(sizes)


# %% describe | wrong: count-is-no-int | NumPy's prod, shape as a tuple
def describe(t):
    shape = tuple(t.shape)
    return len(shape), shape, t.dtype, np.array(shape).prod()


# %% describe | wrong: count-is-no-int | prod and item, as a list
def describe(t):
    return t.dim(), t.shape, t.dtype, torch.tensor(list(t.shape)).prod().item()


# %% describe | wrong | rank of linear algebra
# breaks: "a tensor of any shape and dtype"
def describe(t):
    return int(torch.linalg.matrix_rank(t)), t.shape, t.dtype, t.numel()


# %% describe | wrong | writes a zero
# breaks: "A tensor or list that your function gets stays as it was."
def describe(t):
    t.zero_()
    return t.dim(), t.shape, t.dtype, t.numel()


# %% describe | wrong | through float32
# breaks: "Return four facts about `t`"
def describe(t):
    t = t.float()
    return t.dim(), t.shape, t.dtype, t.numel()


# %% from_list | right | as_tensor
def from_list(xs, dtype=None):
    return torch.as_tensor(xs, dtype=dtype)


# %% from_list | right | numpy, then torch's float
def from_list(xs, dtype=None):
    array = np.array(xs)
    if dtype is None and array.dtype == np.float64:
        dtype = torch.float32
    return torch.tensor(array, dtype=dtype)


# %% from_list | right | two cases, prints
def from_list(xs, dtype=None):
    if dtype is None:
        print("no dtype")
        return torch.tensor(xs)
    return torch.tensor(xs, dtype=dtype)


# %% from_list | right | through float64
def from_list(xs, dtype=None):
    plain = torch.tensor(xs)
    if dtype is None or not plain.is_floating_point():
        return plain if dtype is None else plain.to(dtype)
    return torch.tensor(xs, dtype=torch.float64).to(dtype)


# %% from_list | right | DoubleTensor default
def from_list(values, kind=None):
    return torch.asarray(values, dtype=kind, copy=True)


# %% from_list | right | flat numbers and a shape
def from_list(xs, dtype=None):
    shape, level = [], [xs]
    while level and isinstance(level[0], list):
        lengths = {len(part) if isinstance(part, list) else -1 for part in level}
        if len(lengths) != 1:
            raise ValueError(f"rows of different lengths: {lengths}")
        shape.append(lengths.pop())
        level = [number for part in level for number in part]
    return torch.tensor(level, dtype=dtype).reshape(shape)


# %% from_list | misconception | pads-or-hides-ragged
why = "A tensor has no gaps: a ragged list is a ValueError, neither padded nor cut nor passed over, nor another error."
next = "try:\n    torch.tensor([[5., 6], [7, 8], [9]])\nexcept ValueError as error:\n    print(error)"


def when(seen, want):
    return want == (ValueError,) and seen.raised is None


# %% from_list | wrong: pads-or-hides-ragged | returns None
# breaks: "A list with rows of different lengths raises `ValueError`"
def from_list(xs, dtype=None):
    try:
        return torch.tensor(xs, dtype=dtype)
    except ValueError:
        return None


# %% from_list | wrong: pads-or-hides-ragged | pads
def from_list(xs, dtype=None):
    try:
        return torch.tensor(xs, dtype=dtype)
    except ValueError:
        rows = [torch.tensor(row).flatten() if not isinstance(row[0], list) else torch.zeros(1) for row in xs]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)


# %% from_list | wrong: pads-or-hides-ragged | stack of rows
# breaks: "at whatever level they are"
def from_list(xs, dtype=None):
    if isinstance(xs, list) and xs and isinstance(xs[0], list):
        plain = torch.tensor([x for row in xs for x in row]).dtype if not isinstance(xs[0][:1], list) else None
        rows = [from_list(row, dtype) for row in xs]
        if dtype is None:
            widest = rows[0].dtype
            for row in rows:
                if row.numel():
                    widest = torch.promote_types(widest, row.dtype)
            rows = [row.to(widest) for row in rows]
        return torch.stack(rows)
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: pads-or-hides-ragged | another error
def from_list(xs, dtype=None):
    try:
        return torch.tensor(xs, dtype=dtype)
    except ValueError:
        raise RuntimeError("rows of different lengths")


# %% from_list | wrong: pads-or-hides-ragged | stack of tensors
def from_list(xs, dtype=None):
    if not isinstance(xs, list):
        return torch.tensor(xs, dtype=dtype)
    return torch.stack([from_list(x, dtype) for x in xs])


# %% from_list | wrong: pads-or-hides-ragged | cuts
def from_list(xs, dtype=None):
    try:
        return torch.tensor(xs, dtype=dtype)
    except ValueError:
        if isinstance(xs[0][0], list):
            return torch.stack([from_list([row[:1] for row in part], dtype) for part in xs])
        shortest = min(len(row) for row in xs)
        return torch.tensor([row[:shortest] for row in xs], dtype=dtype)


# %% from_list | wrong: pads-or-hides-ragged | blocks are stacked
def from_list(xs, dtype=None):
    def numbers(part):
        return [x for p in part for x in numbers(p)] if isinstance(part, list) else [part]

    if isinstance(xs, list) and xs and all(isinstance(x, list) for x in xs):
        if len({len(x) for x in xs}) > 1:
            raise ValueError("rows of different lengths")
        if dtype is None:
            dtype = torch.tensor(numbers(xs)).dtype
        return torch.stack([torch.tensor(x, dtype=dtype) for x in xs])
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: pads-or-hides-ragged | stack, with the dtype of all
def from_list(xs, dtype=None):
    def flat(part):
        return [x for p in part for x in flat(p)] if isinstance(part, list) else [part]

    def built(part, dtype):
        if not isinstance(part, list) or not part:
            return torch.tensor(part, dtype=dtype)
        return torch.stack([built(p, dtype) for p in part])

    return built(xs, dtype or torch.tensor(flat(xs)).dtype)


# %% from_list | wrong: pads-or-hides-ragged | RuntimeError for every ValueError
def from_list(xs, dtype=None):
    try:
        return torch.as_tensor(xs, dtype=dtype)
    except ValueError as error:
        raise RuntimeError("rows of different lengths") from error


# %% from_list | wrong: pads-or-hides-ragged | zeros for short rows
def from_list(xs, dtype=None):
    if isinstance(xs, list) and xs and all(isinstance(row, list) for row in xs):
        longest = max(len(row) for row in xs)
        if all(not isinstance(x, list) for row in xs for x in row):
            xs = [row + [0] * (longest - len(row)) for row in xs]
    return torch.tensor(xs, dtype=dtype)


# %% from_list | misconception | cast-after-rounding
why = "The digits are gone before .to() sees them: give the dtype to the constructor."
next = "print(torch.tensor(0.1).to(torch.float64).item(), torch.tensor(0.1, dtype=torch.float64).item())"


# %% from_list | wrong: cast-after-rounding | to
# breaks: "no digit that fits into it is lost"
def from_list(xs, dtype=None):
    t = torch.tensor(xs)
    return t if dtype is None else t.to(dtype)


# %% from_list | wrong: cast-after-rounding | torch.Tensor and type
def from_list(xs, dtype=None):
    if dtype is not None:
        return torch.tensor(xs, dtype=torch.float32).type(dtype)
    return torch.tensor(xs)


# %% from_list | wrong: cast-after-rounding | as_tensor and to
def from_list(xs, dtype=None):
    t = torch.as_tensor(xs)
    if dtype is not None:
        t = t.to(dtype)
    return t


# %% from_list | wrong: cast-after-rounding | type
def from_list(xs, dtype=None):
    return torch.tensor(xs) if dtype is None else torch.tensor(xs).type(dtype)


# %% from_list | wrong: cast-after-rounding | float32 first
def from_list(xs, dtype=None):
    if dtype is None:
        return torch.tensor(xs)
    return torch.tensor(xs, dtype=torch.float32).to(dtype)


# %% from_list | wrong: cast-after-rounding | two steps
def from_list(xs, dtype=None):
    result = torch.tensor(xs)
    if dtype:
        result = result.to(dtype=dtype)
    return result


# %% from_list | wrong: cast-after-rounding | float32, then the dtype
def from_list(xs, dtype=None):
    if not dtype:
        return torch.as_tensor(xs)
    return torch.as_tensor(xs, dtype=torch.float32).type(dtype)


# %% from_list | misconception | always-float32
why = "torch.Tensor([1, 2]) is always float32; torch.tensor looks at the numbers."
next = "print(torch.Tensor([1, 2]).dtype, torch.tensor([1, 2]).dtype)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.tensor.html"


# %% from_list | wrong: always-float32 | torch.Tensor
# breaks: "Without `dtype`, the dtype is PyTorch's own choice"
def from_list(xs, dtype=None):
    return torch.Tensor(xs)


# %% from_list | wrong: always-float32 | or float32
# breaks: "ints `int64`, bools `bool`"
def from_list(xs, dtype=None):
    return torch.tensor(xs, dtype=dtype or torch.float32)


# %% from_list | wrong: always-float32 | FloatTensor
def from_list(xs, dtype=None):
    return torch.FloatTensor(xs) if dtype is None else torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: always-float32 | default argument
def from_list(xs, dtype=torch.float32):
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: always-float32 | float and to
def from_list(xs, dtype=None):
    t = torch.tensor(xs).float()
    return t if dtype is None else t.to(dtype)


# %% from_list | wrong: always-float32 | float32 unless another is asked for
def from_list(xs, dtype=None):
    if dtype is None:
        dtype = torch.float32
    return torch.as_tensor(xs, dtype=dtype)


# %% from_list | wrong: always-float32 | float
def from_list(xs, dtype=None):
    return torch.tensor(xs).float() if dtype is None else torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: always-float32 | torch.Tensor without a dtype
def from_list(xs, dtype=None):
    if dtype is not None:
        return torch.tensor(xs, dtype=dtype)
    return torch.Tensor(xs)


# %% from_list | wrong: always-float32 | NumPy's float32
def from_list(xs, dtype=None):
    if dtype is None:
        return torch.from_numpy(np.array(xs, dtype=np.float32))
    return torch.tensor(xs, dtype=dtype)


# %% from_list | misconception | numpy-float64
why = "A NumPy array of floats is float64 and stays float64; a Python list of floats becomes float32."
next = "print(torch.tensor(np.array([0.5])).dtype, torch.tensor([0.5]).dtype)"


# %% from_list | wrong: numpy-float64 | tensor of an array
# breaks: "floats give `float32`"
def from_list(xs, dtype=None):
    return torch.tensor(np.array(xs), dtype=dtype)


# %% from_list | wrong: numpy-float64 | from_numpy
def from_list(xs, dtype=None):
    t = torch.from_numpy(np.array(xs))
    return t if dtype is None else t.to(dtype)


# %% from_list | wrong: numpy-float64 | without dtype
def from_list(xs, dtype=None):
    return torch.tensor(np.array(xs))


# %% from_list | wrong: numpy-float64 | as_tensor
def from_list(xs, dtype=None):
    return torch.as_tensor(np.asarray(xs), dtype=dtype)


# %% from_list | wrong: numpy-float64 | from_numpy and type
def from_list(xs, dtype=None):
    array = np.array(xs)
    if dtype is None:
        return torch.from_numpy(array)
    return torch.from_numpy(array).type(dtype)


# %% from_list | wrong: numpy-float64 | array first
def from_list(xs, dtype=None):
    array = np.asarray(xs)
    return torch.tensor(array) if dtype is None else torch.tensor(array, dtype=dtype)


# %% from_list | misconception | dtype-ignored
why = "The result has to have the dtype that was asked for: hand it on to the constructor, and keep what .to() returns."
next = "t = torch.tensor([1, 2]); t.to(torch.float64); print(t.dtype)"


# %% from_list | wrong: dtype-ignored | tensor
# breaks: "With `dtype`, the result has that dtype"
def from_list(xs, dtype=None):
    return torch.tensor(xs)


# %% from_list | wrong: dtype-ignored | as_tensor
def from_list(xs, dtype=None):
    return torch.as_tensor(xs)


# %% from_list | wrong: dtype-ignored | to without keeping the result
def from_list(xs, dtype=None):
    t = torch.tensor(xs)
    if dtype is not None:
        t.to(dtype)
    return t


# %% from_list | wrong: dtype-ignored | asked, and not used
def from_list(xs, dtype=None):
    if dtype is None:
        dtype = torch.tensor(xs).dtype
    return torch.tensor(xs)


# %% from_list | misconception | number-is-no-vector
why = "A number gives a tensor of rank 0: torch.tensor(1.5) has no dimension, torch.tensor([1.5]) has one."
next = "print(torch.tensor(1.5).shape, torch.tensor([1.5]).shape)"


# %% from_list | wrong: number-is-no-vector | wraps
# breaks: "`xs` is a number or a (nested) list of numbers"
def from_list(xs, dtype=None):
    return torch.tensor(xs if isinstance(xs, list) else [xs], dtype=dtype)


# %% from_list | wrong: number-is-no-vector | atleast_1d
def from_list(xs, dtype=None):
    return torch.atleast_1d(torch.tensor(xs, dtype=dtype))


# %% from_list | wrong: number-is-no-vector | a list of one
def from_list(xs, dtype=None):
    if not isinstance(xs, list):
        xs = [xs]
    return torch.as_tensor(xs, dtype=dtype)


# %% from_list | wrong: number-is-no-vector | reshaped to a vector
def from_list(xs, dtype=None):
    t = torch.tensor(xs, dtype=dtype)
    return t if t.dim() else t.reshape(1)


# %% from_list | wrong | the first number decides
# breaks: "a mixture is unified"
def from_list(xs, dtype=None):
    first = xs
    while isinstance(first, list) and first:
        first = first[0]
    if dtype is None and type(first) is int:
        dtype = torch.int64
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong | sorted rows
def from_list(xs, dtype=None):
    if isinstance(xs, list) and xs and not isinstance(xs[0], list):
        xs.sort()
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong | numbers only
def from_list(xs, dtype=None):
    rows = [list(row) for row in xs]
    return torch.tensor(rows, dtype=dtype)


# %% mean_any | right | convert, then mean
def mean_any(t):
    if not t.is_floating_point():
        t = t.float()
    return t.mean()


# %% mean_any | right | float64 sum
def mean_any(t):
    dtype = t.dtype if t.dtype.is_floating_point else torch.float32
    return (t.sum(dtype=torch.float64) / t.numel()).to(dtype)


# %% mean_any | right | Python numbers
def mean_any(t):
    values = t.flatten().tolist()
    dtype = t.dtype if t.is_floating_point() else torch.get_default_dtype()
    if not values:
        return torch.tensor(float("nan"), dtype=dtype)
    return torch.tensor(sum(values) / len(values), dtype=dtype)


# %% mean_any | right | list of dtypes
def mean_any(t):
    if t.dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        return torch.mean(t)
    return torch.mean(t, dtype=torch.float32)


# %% mean_any | right | numpy, warns
def mean_any(t):
    import warnings

    warnings.warn("through NumPy")
    dtype = t.dtype if t.is_floating_point() else torch.float32
    if t.numel() == 0:
        return torch.full((), float("nan"), dtype=dtype)
    return torch.tensor(float(t.double().numpy().mean()), dtype=dtype)


# %% mean_any | right | try
def mean_any(t):
    try:
        return t.mean()
    except RuntimeError:
        return t.double().mean().float()


# %% mean_any | misconception | float-for-all
why = "Convert only what is not floating point already."
next = "print(mean_any(torch.tensor([0.1], dtype=torch.float64)).item(), mean_any(torch.tensor([1])).dtype)"


# %% mean_any | wrong: float-for-all | float
def mean_any(t):
    return t.float().mean()


# %% mean_any | wrong: float-for-all | and back
def mean_any(t):
    mean = t.float().mean()
    return mean.to(t.dtype) if t.is_floating_point() else mean


# %% mean_any | wrong: float-for-all | dtype argument
def mean_any(t):
    return torch.mean(t, dtype=torch.float32)


# %% mean_any | wrong: float-for-all | double
def mean_any(t):
    return t.double().mean()


# %% mean_any | wrong: float-for-all | sum of floats
def mean_any(t):
    return t.to(torch.float32).sum() / t.numel()


# %% mean_any | misconception | mean-of-integers
why = "mean() needs a floating-point dtype: convert integers and bools first."
next = "Try mean_any on uint8 and on bool."
link = "https://docs.pytorch.org/docs/2.13/generated/torch.mean.html"


def when(seen, want):
    return seen.raised.type_name == "RuntimeError" and "mean" in seen.raised.message


# %% mean_any | wrong: mean-of-integers | mean
def mean_any(t):
    return t.mean()


# %% mean_any | wrong: mean-of-integers | int64 only
def mean_any(t):
    return t.float().mean() if t.dtype == torch.int64 else t.mean()


# %% mean_any | wrong: mean-of-integers | signed integers only
def mean_any(t):
    if t.dtype in (torch.int64, torch.int32, torch.int16, torch.int8):
        t = t.to(torch.float32)
    return torch.mean(t)


# %% mean_any | wrong: mean-of-integers | no bool
def mean_any(t):
    if t.dtype not in (torch.bool,) and not t.is_floating_point():
        t = t.float()
    return t.mean()


# %% mean_any | misconception | narrow-sum
why = "The sum does not fit into the dtype although the mean does."
next = "print(torch.full((1000,), 100.).half().sum())"


def when(seen, want):
    return bool(torch.isinf(seen.value))


# %% mean_any | wrong: narrow-sum | sum over numel
def mean_any(t):
    return t.sum() / t.numel()


# %% mean_any | wrong: narrow-sum | Python's sum
def mean_any(t):
    return sum(t.flatten()) / t.numel()


# %% mean_any | wrong: narrow-sum | Python's sum, empty apart
def mean_any(t):
    if t.numel() == 0:
        return torch.tensor(float("nan"), dtype=t.dtype if t.is_floating_point() else torch.float32)
    return sum(t.flatten()) / t.numel()


# %% mean_any | misconception | divide-by-len
why = "len(t) is not the number of elements."
next = "print(len(torch.zeros(3, 4)), torch.zeros(3, 4).numel())"


# %% mean_any | wrong: divide-by-len | len
def mean_any(t):
    return t.sum() / len(t)


# %% mean_any | wrong: divide-by-len | shape[0]
def mean_any(t):
    return t.sum() / t.shape[0]


# %% mean_any | wrong: divide-by-len | floats first
def mean_any(t):
    t = t if t.is_floating_point() else t.float()
    return t.sum() / len(t)


# %% mean_any | wrong: divide-by-len | numbers apart
def mean_any(t):
    if t.dim() == 0:
        return t if t.is_floating_point() else t.float()
    return t.sum() / t.size(0)


# %% mean_any | wrong | whole-number-mean, //
def mean_any(t):
    if t.is_floating_point():
        return t.mean()
    return (t.sum() // max(t.numel(), 1)).float()


# %% mean_any | wrong | mean-of-columns, dim 0
def mean_any(t):
    t = t if t.is_floating_point() else t.float()
    return t.mean(dim=0) if t.dim() else t


# %% mean_any | wrong | python-number, item
def mean_any(t):
    return t.double().mean().item()


# %% brighten | right | int64 and clip
def brighten(img, delta):
    return torch.clip(img.long() + delta, 0, 255).byte()


# %% brighten | right | float
def brighten(img, delta):
    return (img.float() + delta).clamp(0, 255).to(torch.uint8)


# %% brighten | right | table of all values
def brighten(img, delta):
    table = torch.tensor([min(max(v + delta, 0), 255) for v in range(256)], dtype=torch.uint8)
    return table[img.long()]


# %% brighten | right | numpy
def brighten(img, delta):
    wide = img.numpy().astype(np.int32) + delta
    return torch.tensor(np.clip(wide, 0, 255), dtype=torch.uint8)


# %% brighten | right | where, asserts its input
def brighten(img, delta):
    assert img.dtype == torch.uint8
    wide = img.to(torch.int32) + delta
    wide = torch.where(wide > 255, 255, wide)
    return torch.where(wide < 0, 0, wide).to(torch.uint8)


# %% brighten | right | nothing to do
def brighten(img, delta):
    if delta == 0:
        return img
    return (img.short() + delta).clamp_(0, 255).type(torch.uint8)


# %% brighten | right | floats that come back exactly
def brighten(img, delta):
    x = (img.float() + delta) / 255
    return (x.clamp(0, 1) * 255).type(torch.uint8)


# %% brighten | right | a table of 256
def brighten(img, delta):
    table = torch.tensor([min(255, max(0, p + delta)) for p in range(256)], dtype=torch.uint8)
    return table[img.long()]


# %% brighten | misconception | truncated-float
why = "A cast to an integer cuts off: 69.99999 becomes 69."
next = "print(brighten(torch.tensor([200, 250], dtype=torch.uint8), -180))"


def when(seen, want):
    missing = (want.int() - seen.result.values.int())[want < 255]
    return seen.result.dtype == torch.uint8 and set(missing.flatten().tolist()) == {0, 1}


# %% brighten | wrong: truncated-float | 0 to 1
def brighten(img, delta):
    return ((img / 255 + delta / 255).clamp(0, 1) * 255).to(torch.uint8)


# %% brighten | wrong: truncated-float | float
def brighten(img, delta):
    scaled = img.float() / 255.0
    scaled = torch.clamp(scaled + delta / 255.0, 0.0, 1.0)
    return (scaled * 255.0).byte()


# %% brighten | wrong: truncated-float | double
def brighten(img, delta):
    return ((img.double() / 255 + delta / 255).clamp(0, 1) * 255).to(torch.uint8)


# %% brighten | misconception | clamp-too-late
why = "The sum has wrapped before clamp sees it."
next = "print(torch.tensor([250], dtype=torch.uint8) + 10)"


# %% brighten | wrong: clamp-too-late | clamp
def brighten(img, delta):
    return (img + delta).clamp(0, 255)


# %% brighten | wrong: clamp-too-late | clip
def brighten(img, delta):
    out = torch.clip(img + delta, min=0, max=255)
    return out.to(torch.uint8)


# %% brighten | wrong: clamp-too-late | masks
def brighten(img, delta):
    out = img + delta
    out[out > 255] = 255
    out[out < 0] = 0
    return out


# %% brighten | wrong: clamp-too-late | widened after the sum
def brighten(img, delta):
    return (img + delta).to(torch.int16).clamp(0, 255).to(torch.uint8)


# %% brighten | misconception | uint8-wraps
why = "uint8 arithmetic wraps around at 256: compute in a wider dtype and come back."
next = "print(torch.tensor([250], dtype=torch.uint8) + 10)"


# %% brighten | wrong: uint8-wraps | plus
def brighten(img, delta):
    return img + delta


# %% brighten | wrong: uint8-wraps | wide and back
def brighten(img, delta):
    return (img.int() + delta).to(torch.uint8)


# %% brighten | wrong: uint8-wraps | add
def brighten(img, delta):
    return torch.add(img, delta)


# %% brighten | wrong: uint8-wraps | tensor delta
def brighten(img, delta):
    return img + torch.tensor(delta)


# %% brighten | wrong: uint8-wraps | clone and +=
def brighten(img, delta):
    out = img.clone()
    out += delta
    return out


# %% brighten | misconception | one-limit-only
why = "Test with a large and with a negative delta."
next = "x = torch.tensor([0, 100, 250], dtype=torch.uint8); print(brighten(x, -300), brighten(x, 300))"


# %% brighten | wrong: one-limit-only | above
def brighten(img, delta):
    return (img.int() + delta).clamp(max=255).to(torch.uint8)


# %% brighten | wrong: one-limit-only | below
def brighten(img, delta):
    return (img.int() + delta).clamp(min=0).to(torch.uint8)


# %% brighten | wrong: one-limit-only | looks for one wrap
def brighten(img, delta):
    out = img + delta
    out[out < img] = 255
    return out


# %% brighten | wrong: one-limit-only | looks for a wrap on either side
def brighten(img, delta):
    out = img + delta
    if delta >= 0:
        out[out < img] = 255
    else:
        out[out > img] = 0
    return out


# %% brighten | wrong: one-limit-only | below, in the picture's dtype
def brighten(img, delta):
    wide = img.to(torch.int32) + delta
    wide[wide < 0] = 0
    return wide.to(img.dtype)


# %% brighten | wrong: one-limit-only | minimum
def brighten(img, delta):
    return torch.minimum(img.long() + delta, torch.tensor(255)).byte()


# %% brighten | wrong | wide-result, no way back
def brighten(img, delta):
    return (img.to(torch.int16) + delta).clamp(0, 255)


# %% brighten | wrong | writes-into-the-picture, in place
def brighten(img, delta):
    img.copy_((img.to(torch.int16) + delta).clamp(0, 255))
    return img


# %% brighten | wrong | narrow-after-all, int8
def brighten(img, delta):
    return (img.to(torch.int8) + delta).clamp(0, 127).to(torch.uint8)


# %% brighten | wrong | one-too-low, 254
def brighten(img, delta):
    return (img.int() + delta).clamp(0, 254).to(torch.uint8)


# %% div_modes | right | torch.div three times
def div_modes(a, b):
    return (
        torch.true_divide(a, b),
        torch.div(a, b, rounding_mode="floor"),
        torch.div(a, b, rounding_mode="trunc"),
    )


# %% div_modes | right | a list
def div_modes(a, b):
    return [a / b, torch.floor_divide(a, b), torch.div(a, b, rounding_mode="trunc")]


# %% div_modes | right | by signs
def div_modes(a, b):
    down = a // b
    cut = down + ((down < 0) & (down * b != a)).to(down.dtype)
    return a / b, down, cut


# %% div_modes | right | through float64
def div_modes(a, b):
    dtype = torch.result_type(a, b)
    exact = a.double() / b.double()
    return exact.float(), exact.floor().to(dtype), exact.trunc().to(dtype)


# %% div_modes | right | fmod
def div_modes(a, b):
    rest = torch.fmod(a, b)
    return a.div(b), a.floor_divide(b), (a - rest) // b


# %% div_modes | right | numpy
def div_modes(a, b):
    dtype = torch.result_type(a, b)
    x, y = a.numpy().astype(np.int64), b.numpy().astype(np.int64)
    cut = np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))
    return a / b, torch.as_tensor(x // y, dtype=dtype), torch.as_tensor(cut, dtype=dtype)


# %% div_modes | misconception | true-quotient-in-place
why = "An in-place operation cannot change the dtype of its tensor."
next = "torch.tensor([1]).add_(1.5)"
link = "https://docs.pytorch.org/docs/2.13/tensor_attributes.html#type-promotion-doc"


def when(seen, want):
    return seen.raised.type_name == "RuntimeError" and "be cast" in seen.raised.message


# %% div_modes | wrong: true-quotient-in-place | div_
def div_modes(a, b):
    return a.clone().div_(b), a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: true-quotient-in-place | /=
def div_modes(a, b):
    true = a.clone()
    true /= b
    return true, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | misconception | floor-is-not-cut-off
why = "// rounds down; towards zero is another mode."
next = "print(torch.tensor(-7) // 2, int(-7 / 2))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.div.html"


# %% div_modes | wrong: floor-is-not-cut-off | floor twice
def div_modes(a, b):
    return a / b, a // b, a // b


# %% div_modes | wrong: floor-is-not-cut-off | trunc twice
def div_modes(a, b):
    cut = torch.div(a, b, rounding_mode="trunc")
    return a / b, cut, cut


# %% div_modes | wrong: floor-is-not-cut-off | floor mode twice
def div_modes(a, b):
    return a / b, torch.div(a, b, rounding_mode="floor"), torch.floor_divide(a, b)


# %% div_modes | misconception | through-float32
why = "Integer division stays exact only if it never becomes a float32."
next = "print(div_modes(torch.tensor(16777217), torch.tensor(1)))"


def cut(a, b):
    return torch.div(a, b, rounding_mode="trunc")

def integer_quotients(seen):
    a, b = seen.arguments["a"].values, seen.arguments["b"].values
    return zip(seen.result.items[1:], [a // b, cut(a, b)], [(a / b).floor(), (a / b).trunc()])

def equal_numbers(x, y):
    return torch.equal(x.double(), y.double())

draw = inputs("01-tensors", "div_modes")

signs = torch.tensor([7, -7, 7, -7, 6, -6, 0, 5]), torch.tensor([2, 2, -2, -2, 3, 3, -4, 5])

above = torch.tensor([2**24 + 1, -(2**24 + 1), 2**24 + 3, 2**24 + 1]), torch.tensor([1, 1, -1, -1])

large = draw.tensor((6,), torch.int64, low=-(2**40), high=2**40), torch.tensor([1, -1, 3, -3, 7, 10])

tall = draw.tensor((3, 1), torch.int64, low=-90, high=-10)

nines = draw.tensor((5, 4), torch.int64, low=-9, high=9)

cases = [
    signs, above, large, [x.int() for x in signs], [x.short() for x in signs], [x.int() for x in above],
    (signs[0].int(), signs[1]), (tall, torch.tensor([4, -4, 7, -7])), (tall.int(), torch.tensor(-4)),
    (tall, torch.tensor(7)), (torch.tensor(-7), torch.tensor(2)), (torch.tensor(-7).int(), torch.tensor(2).int()),
    (torch.zeros(0, dtype=torch.int64), torch.tensor([3])), (nines.t(), torch.tensor(2)), (nines[:, ::2], torch.tensor([-2, 4])),
    (tall.expand(3, 4), torch.tensor([4]).expand(3, 4)),
]

def when(seen, want):
    return (
        any(
                equal_numbers(part.values, rounded) and not equal_numbers(part.values, exact)
                for part, exact, rounded in integer_quotients(seen)
            )
    )


# %% div_modes | wrong: through-float32 | both
def div_modes(a, b):
    dtype = torch.result_type(a, b)
    return a / b, (a / b).floor().to(dtype), (a / b).trunc().to(dtype)


# %% div_modes | wrong: through-float32 | the dtype of a
def div_modes(a, b):
    q = a / b
    return q, torch.floor(q).to(a.dtype), torch.trunc(q).to(a.dtype)


# %% div_modes | wrong: through-float32 | the last only
def div_modes(a, b):
    return a / b, a // b, (a / b).to(torch.result_type(a, b))


# %% div_modes | wrong: through-float32 | fix
def div_modes(a, b):
    down = a // b
    return a / b, down, torch.fix(a / b).to(down.dtype)


# %% div_modes | wrong: through-float32 | through float()
def div_modes(a, b):
    q = a.float() / b.float()
    return q, q.floor().to(torch.result_type(a, b)), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | misconception | float-results
why = "The rounded quotients keep the integer dtype."
next = "x = torch.tensor([7, 2], dtype=torch.int16); print([q.dtype for q in div_modes(x, x)])"


def cut(a, b):
    return torch.div(a, b, rounding_mode="trunc")

def integer_quotients(seen):
    a, b = seen.arguments["a"].values, seen.arguments["b"].values
    return zip(seen.result.items[1:], [a // b, cut(a, b)], [(a / b).floor(), (a / b).trunc()])

def when(seen, want):
    return any(part.dtype != exact.dtype for part, exact, _ in integer_quotients(seen))


# %% div_modes | wrong: float-results | floor and trunc
def div_modes(a, b):
    return a / b, (a / b).floor(), (a / b).trunc()


# %% div_modes | wrong: float-results | the last only
def div_modes(a, b):
    return a / b, a // b, torch.trunc(a / b)


# %% div_modes | wrong: float-results | the middle only
def div_modes(a, b):
    return a / b, torch.floor(torch.true_divide(a, b)), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: float-results | always int64
def div_modes(a, b):
    return a / b, torch.div(a, b, rounding_mode="floor").to(torch.int64), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: float-results | long
def div_modes(a, b):
    return a / b, (a / b).floor().long(), (a / b).trunc().long()


# %% div_modes | wrong: float-results | long of exact quotients
def div_modes(a, b):
    return a / b, (a // b).long(), torch.div(a, b, rounding_mode="trunc").long()


# %% div_modes | wrong | float64-quotient, double
def div_modes(a, b):
    return a.double() / b, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong | two-quotients, one is missing
def div_modes(a, b):
    return a / b, a // b


# %% is_ragged | right | numpy
def is_ragged(xs):
    try:
        np.array(xs)
    except ValueError:
        return True
    return False


# %% is_ragged | right | shapes
def is_ragged(xs):
    def shape(x):
        if not isinstance(x, list):
            return ()
        if not x:
            return (0,)
        inner = [shape(y) for y in x]
        if any(s is None or s != inner[0] for s in inner):
            return None
        return (len(x), *inner[0])

    return shape(xs) is None


# %% is_ragged | right | lengths by depth
def is_ragged(xs):
    found = {}

    def walk(x, depth):
        found.setdefault(depth, set()).add(len(x) if isinstance(x, list) else -1)
        if isinstance(x, list):
            for y in x:
                walk(y, depth + 1)

    walk(xs, 0)
    return any(len(sizes) > 1 for sizes in found.values())


# %% is_ragged | right | torch, then numbers
def is_ragged(xs):
    def count(x):
        return sum(count(y) for y in x) if isinstance(x, list) else 1

    def skeleton(x):
        return [skeleton(y) for y in x] if isinstance(x, list) else 0

    try:
        return torch.tensor(xs).tolist() != xs and skeleton(torch.tensor(xs).tolist()) != skeleton(xs)
    except (ValueError, TypeError):
        return True


# %% is_ragged | right | exception of its own
def is_ragged(xs):
    class Ragged(Exception):
        pass

    def check(x):
        if type(x) is not list:
            return None
        kinds = [check(y) for y in x]
        for kind in kinds[1:]:
            if kind != kinds[0]:
                raise Ragged
        return [len(x)] + ((kinds[0] or []) if kinds else [])

    try:
        check(xs)
    except Ragged:
        print("ragged")
        return True
    return False


# %% is_ragged | misconception | torch-notices-all
why = "When the first row is empty, torch.tensor does not look into the others."
next = "print(torch.tensor([[], [1]]))"


# %% is_ragged | wrong: torch-notices-all | both errors
def is_ragged(xs):
    try:
        torch.tensor(xs)
        return False
    except (ValueError, TypeError):
        return True


# %% is_ragged | wrong: torch-notices-all | any error
def is_ragged(xs):
    try:
        torch.as_tensor(xs)
    except Exception:
        return True
    return False


# %% is_ragged | misconception | only-ValueError
why = "A number next to a list is another error than a short row."
next = "is_ragged([1, [2]])"


def when(seen, want):
    return seen.raised.type_name == "TypeError" and "sequence" in seen.raised.message


# %% is_ragged | wrong: only-ValueError | ValueError
def is_ragged(xs):
    try:
        torch.tensor(xs)
    except ValueError:
        return True
    return False


# %% is_ragged | wrong: only-ValueError | with empty rows apart
def is_ragged(xs):
    try:
        shape = torch.tensor(xs).shape
    except ValueError:
        return True
    if 0 in shape:
        return bool(np.asarray(xs, dtype=object).size)
    return False


# %% is_ragged | misconception | outer-level-only
why = "All lists of one level must agree, at every level."
next = "print(is_ragged([[[1], [2]], [[3, 4], [5, 6]]]))"


# %% is_ragged | wrong: outer-level-only | lengths of the rows
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    return len({len(row) for row in xs if isinstance(row, list)}) > 1


# %% is_ragged | wrong: outer-level-only | kinds too
def is_ragged(xs):
    if not isinstance(xs, list) or not xs:
        return False
    if not isinstance(xs[0], list):
        return any(isinstance(x, list) for x in xs)
    return any(not isinstance(row, list) or len(row) != len(xs[0]) for row in xs)


# %% is_ragged | wrong: outer-level-only | every list on its own
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    if len({len(x) if isinstance(x, list) else None for x in xs}) > 1:
        return True
    return any(is_ragged(x) for x in xs)


# %% is_ragged | wrong: outer-level-only | every list on its own, lengths only
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    rows = [x for x in xs if isinstance(x, list)]
    return any(len(row) != len(rows[0]) for row in rows) or any(is_ragged(row) for row in rows)


# %% is_ragged | wrong: outer-level-only | rows are lists
def is_ragged(xs):
    if isinstance(xs, (int, float)):
        return False
    return any(len(row) != len(xs[0]) for row in xs)


# %% is_ragged | wrong: outer-level-only | two levels
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    if any(isinstance(x, list) for x in xs):
        if not all(isinstance(x, list) for x in xs):
            return True
        return len(set(len(x) for x in xs)) != 1
    return False


# %% is_ragged | wrong: outer-level-only | neighbours
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    for x, y in zip(xs, xs[1:]):
        if isinstance(x, list) != isinstance(y, list):
            return True
        if isinstance(x, list) and len(x) != len(y):
            return True
    return any([is_ragged(x) for x in xs])


# %% is_ragged | wrong: outer-level-only | only the first rows go deeper
def is_ragged(xs):
    if not isinstance(xs, list) or not xs:
        return False
    if any(isinstance(x, list) for x in xs):
        if not all(isinstance(x, list) for x in xs):
            return True
        if any(len(x) != len(xs[0]) for x in xs):
            return True
        return is_ragged(xs[0])
    return False


# %% is_ragged | misconception | counts-agree
why = "A short and a long row make up for each other."
next = "print(is_ragged([[1, 2], [3], [4, 5, 6]]))"


# %% is_ragged | wrong: counts-agree | product of the first lengths
def is_ragged(xs):
    def count(x):
        return sum(count(y) for y in x) if isinstance(x, list) else 1

    expected, first = 1, xs
    while isinstance(first, list):
        expected *= len(first)
        if not first:
            break
        first = first[0]
    return count(xs) != expected


# %% is_ragged | wrong: counts-agree | rows times columns
def is_ragged(xs):
    if not isinstance(xs, list) or not xs or not isinstance(xs[0], list):
        return False
    total = 0
    stack = [xs]
    while stack:
        x = stack.pop()
        if isinstance(x, list):
            stack.extend(x)
        else:
            total += 1
    return total != len(xs) * len(xs[0])


# %% is_ragged | wrong: counts-agree | entries of rows
def is_ragged(xs):
    if not isinstance(xs, list) or not xs or not isinstance(xs[0], list):
        return False
    total = sum(len(r) if isinstance(r, list) else 1 for r in xs)
    return total != len(xs) * len(xs[0])


# %% is_ragged | wrong: counts-agree | reshape
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    def flat(v):
        return [y for x in v for y in flat(x)] if isinstance(v, list) else [v]
    shape, x = [], xs
    while isinstance(x, list):
        shape.append(len(x))
        x = x[0] if x else None
    try:
        torch.tensor(flat(xs)).reshape(shape)
    except RuntimeError:
        return True
    return False


# %% is_ragged | wrong | mixed-types-are-ragged, types
def is_ragged(xs):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        if len({(type(x), len(x) if isinstance(x, list) else 0) for x in level}) > 1:
            return True
        level = [x for row in level for x in row]
    return len({type(x) for x in level}) > 1


# %% is_ragged | wrong | empty-is-ragged, no numbers
def is_ragged(xs):
    if xs == []:
        return True
    try:
        np.array(xs)
    except ValueError:
        return True
    return False


# %% is_ragged | wrong | not-a-python-bool, numpy
def is_ragged(xs):
    try:
        np.array(xs)
    except ValueError:
        return np.True_
    return np.False_


# %% sum_dtype | right | result_type
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return torch.result_type(torch.empty([1] * rank_a, dtype=dtype_a), torch.empty([1] * rank_b, dtype=dtype_b))


# %% sum_dtype | right | the rule
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    def kind(dtype):
        return 2 if dtype.is_floating_point else 0 if dtype == torch.bool else 1

    if (rank_a == 0) == (rank_b == 0):
        return torch.promote_types(dtype_a, dtype_b)
    if rank_a == 0:
        dtype_a, dtype_b = dtype_b, dtype_a
    return dtype_b if kind(dtype_b) > kind(dtype_a) else dtype_a


# %% sum_dtype | right | unsqueeze in a loop
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.tensor(0, dtype=dtype_a), torch.tensor(0, dtype=dtype_b)
    for _ in range(rank_a):
        a = a[None]
    for _ in range(rank_b):
        b = b.unsqueeze(0)
    return torch.add(a, b).dtype


# %% sum_dtype | right | expanded
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.ones((), dtype=dtype_a).expand((2,) * rank_a)
    b = torch.ones((), dtype=dtype_b).expand((2,) * rank_b)
    return (a + b).dtype


# %% sum_dtype | right | empty tensors
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros((0,) * rank_a, dtype=dtype_a)
    b = torch.zeros((0,) * rank_b, dtype=dtype_b)
    return (a + b).dtype


# %% sum_dtype | right | cached with lru_cache
from functools import lru_cache

@lru_cache(maxsize=None)
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    make = lambda d, r: torch.ones([2] * r).to(d)
    return torch.add(make(dtype_a, rank_a), make(dtype_b, rank_b)).dtype


# %% sum_dtype | misconception | rank-as-length
why = "zeros(0) has rank 1; rank 0 is zeros(())."
next = "print(torch.zeros(0).shape, torch.zeros(()).shape)"


# %% sum_dtype | wrong: rank-as-length | zeros(rank)
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return (torch.zeros(rank_a, dtype=dtype_a) + torch.zeros(rank_b, dtype=dtype_b)).dtype


# %% sum_dtype | wrong: rank-as-length | empty((rank,))
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.empty((rank_a,), dtype=dtype_a), torch.empty((rank_b,), dtype=dtype_b)
    return torch.add(a, b).dtype


# %% sum_dtype | wrong: rank-as-length | result_type
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return torch.result_type(torch.zeros(rank_a, dtype=dtype_a), torch.zeros(rank_b, dtype=dtype_b))


# %% sum_dtype | wrong: rank-as-length | column and row
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return (torch.zeros(rank_a, 1, dtype=dtype_a) + torch.zeros(1, rank_b, dtype=dtype_b)).dtype


# %% sum_dtype | wrong: rank-as-length | square
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros(rank_a, rank_a, dtype=dtype_a)
    b = torch.zeros(rank_b, rank_b, dtype=dtype_b)
    return (a + b).dtype


# %% sum_dtype | misconception | zero-d-never-counts
why = "A 0-d float does turn an integer vector into floats."
next = "print((torch.tensor([1, 2]) + torch.tensor(0.5)).dtype)"


# %% sum_dtype | wrong: zero-d-never-counts | the one with dimensions
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a == 0 and rank_b > 0:
        return dtype_b
    if rank_b == 0 and rank_a > 0:
        return dtype_a
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: zero-d-never-counts | the higher rank
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a != rank_b:
        return dtype_a if rank_a > rank_b else dtype_b
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: zero-d-never-counts | rank 0 passes to the other
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a == 0:
        return dtype_b
    if rank_b == 0:
        return dtype_a
    return (torch.zeros(1, dtype=dtype_a) + torch.zeros(1, dtype=dtype_b)).dtype


# %% sum_dtype | misconception | zero-d-is-a-python-number
why = "A 0-d tensor keeps its dtype, a Python number has none."
next = "x = torch.tensor([1, 2]); y = torch.tensor(0.5).double(); print((x + y).dtype, (x + y.item()).dtype)"


import functools

def zeros(dtype, rank):
    return torch.zeros((1,) * rank, dtype=dtype)

def summed(dtype_a, rank_a, dtype_b, rank_b):
    return (zeros(dtype_a, rank_a) + zeros(dtype_b, rank_b)).dtype

def every_case(sum_dtype, dtypes, ranks):
    """sum_dtype for every pair of dtypes and of ranks"""
    # 1,600 dtypes are slow to send one by one: their places in the list, 255 for anything that is not in it.
    places = {dtype: place for place, dtype in enumerate(dtypes)}
    answers = bytearray()
    for rank_a in ranks:
        for rank_b in ranks:
            for a in dtypes:
                for b in dtypes:
                    try:
                        answer = sum_dtype(a, rank_a, b, rank_b)
                    except Exception:
                        answer = None
                    answers.append(places.get(answer, 255) if type(answer) is type(a) else 255)
    return bytes(answers)

cases = [
    (torch.float32, 2, torch.float64, 0), (torch.float64, 0, torch.float16, 3), (torch.int32, 1, torch.int64, 0),
    (torch.int64, 1, torch.float32, 0), (torch.int64, 2, torch.float64, 0), (torch.bool, 0, torch.bool, 0),
    (torch.uint8, 1, torch.int8, 1), (torch.float16, 1, torch.bfloat16, 1), (torch.bool, 3, torch.uint8, 0),
    (torch.int8, 0, torch.int64, 0), (torch.float32, 0, torch.float64, 0), (torch.int64, 2, torch.float16, 3),
]

ten_dtypes = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
]

ranks = range(4)

seen = observe(every_case, sum_dtype, ten_dtypes, list(ranks))

of_pairs = {  # all ranks but 0 count alike
    (x, y): bytes(ten_dtypes.index(summed(a, x, b, y)) for a in ten_dtypes for b in ten_dtypes)
    for x in (0, 1) for y in (0, 1)
}

right = b"".join(of_pairs[min(rank_a, 1), min(rank_b, 1)] for rank_a in ranks for rank_b in ranks)

answers = b"" if seen.raised else seen.value

wrong = [case for case, answer, want in zip(cases, answers, right) if answer != want]

def when(seen, want):
    return seen.raised.type_name == "AttributeError" and "dtype" in seen.raised.message


# %% sum_dtype | wrong: zero-d-is-a-python-number | one of them
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.zeros((1,) * rank_a, dtype=dtype_a), torch.zeros((1,) * rank_b, dtype=dtype_b)
    if rank_a == 0 and rank_b > 0:
        a = a.item()
    elif rank_b == 0 and rank_a > 0:
        b = b.item()
    return torch.result_type(a, b)


# %% sum_dtype | wrong: zero-d-is-a-python-number | the second
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.zeros((1,) * rank_a, dtype=dtype_a), torch.zeros((1,) * rank_b, dtype=dtype_b)
    return (a + b.item()).dtype if rank_b == 0 else (a + b).dtype


# %% sum_dtype | wrong: zero-d-is-a-python-number | both
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.ones((1,) * rank_a, dtype=dtype_a), torch.ones((1,) * rank_b, dtype=dtype_b)
    a = a.item() if rank_a == 0 else a
    b = b.item() if rank_b == 0 else b
    return (a + b).dtype


# %% sum_dtype | wrong: zero-d-is-a-python-number | both, and a tensor again
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.ones((1,) * rank_a, dtype=dtype_a), torch.ones((1,) * rank_b, dtype=dtype_b)
    a = a.item() if rank_a == 0 else a
    b = b.item() if rank_b == 0 else b
    return torch.as_tensor(a + b).dtype


# %% sum_dtype | misconception | rank-ignored
why = "Beside a tensor with dimensions, a 0-d tensor only counts if it is of a higher kind: bool < integer < floating point."
next = "print((torch.zeros(3) + torch.tensor(0.5).double()).dtype)"
link = "https://docs.pytorch.org/docs/2.13/tensor_attributes.html#type-promotion-doc"


# %% sum_dtype | wrong: rank-ignored | promote_types
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: rank-ignored | vectors
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return (torch.zeros(1, dtype=dtype_a) + torch.zeros(1, dtype=dtype_b)).dtype


# %% sum_dtype | wrong: rank-ignored | numbers
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return (torch.tensor(1, dtype=dtype_a) + torch.tensor(1, dtype=dtype_b)).dtype


# %% sum_dtype | wrong: rank-ignored | ones of the same rank
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    r = max(rank_a, rank_b)
    return (torch.ones((1,) * r, dtype=dtype_a) + torch.ones((1,) * r, dtype=dtype_b)).dtype


# %% sum_dtype | wrong: rank-ignored | ranks only checked
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    assert rank_a >= 0 and rank_b >= 0
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong | the-first-decides, dtype_a
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return dtype_a


# %% sum_dtype | wrong | name-of-the-dtype, str
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros((1,) * rank_a, dtype=dtype_a)
    return str((a + torch.zeros((1,) * rank_b, dtype=dtype_b)).dtype)


# %% safe_cast | right | Python numbers in lists
def safe_cast(t, dtype):
    out = t.to(dtype)

    def readable(x):
        return [("nan" if v != v else v) for v in x.flatten().tolist()]

    if readable(t) != readable(out):
        raise ValueError("a value would change")
    return out


# %% safe_cast | right | there and back, and the sign
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not t.dtype.is_floating_point and not dtype.is_floating_point:
        if not bool((out.to(torch.int64) == t.to(torch.int64)).all()):
            raise ValueError("out of range")
    elif t.dtype.is_floating_point and dtype.is_floating_point:
        a, b = t.double(), out.double()
        if not bool(((a == b) | (a.isnan() & b.isnan())).all()):
            raise ValueError("digits lost")
    elif t.dtype.is_floating_point:
        if not bool(t.isfinite().all()) or not bool((out.double() == t.double()).all()):
            raise ValueError("not a whole number of that dtype")
        if dtype == torch.int64 and not bool((out.double() == t.double()).all()):
            raise ValueError
    else:
        wide = out.double()
        if not bool(wide.isfinite().all()) or not bool((wide.to(torch.int64) == t.to(torch.int64)).all()):
            raise ValueError("digits lost")
    return out


# %% safe_cast | right | a subclass of ValueError
class Lossy(ValueError):
    pass


def safe_cast(t, dtype):
    out = t.clone().to(dtype)
    for old, new in zip(t.reshape(-1), out.reshape(-1)):
        old, new = old.item(), new.item()
        if old != new and not (np.isnan(old) and np.isnan(new)):
            raise Lossy(f"{old} -> {new}")
    return out


# %% safe_cast | right | warns, torch.tensor of a tensor
def safe_cast(t, dtype):
    out = torch.tensor(t, dtype=dtype)
    pairs = zip(t.flatten().tolist(), out.flatten().tolist())
    if all(a == b or (a != a and b != b) for a, b in pairs):
        return out
    raise ValueError("lossy")


# %% safe_cast | right | same dtype is a view
def safe_cast(t, dtype):
    if t.dtype == dtype:
        return t.view(t.shape) if t.is_contiguous() else t
    from fractions import Fraction

    def exact(v):
        return v if v != v or v in (float("inf"), float("-inf")) else Fraction(v)

    out = t.to(dtype)
    for a, b in zip(t.flatten().tolist(), out.flatten().tolist()):
        a, b = exact(a), exact(b)
        if a != b and (a == a or b == b):
            raise ValueError(a)
    return out


# %% safe_cast | misconception | nan-is-not-nan
why = "nan != nan: treat nan on its own."
next = "safe_cast(torch.tensor([float(\"nan\")]), torch.float16)"


# %% safe_cast | wrong: nan-is-not-nan | lists
def safe_cast(t, dtype):
    out = t.to(dtype)
    for before, after in zip(t.flatten().tolist(), out.flatten().tolist()):
        if before != after:
            raise ValueError
    return out


# %% safe_cast | wrong: nan-is-not-nan | refuses every nan
def safe_cast(t, dtype):
    out = t.to(dtype)
    if t.isnan().any() or t.flatten().tolist() != out.flatten().tolist():
        raise ValueError
    return out


# %% safe_cast | misconception | compared-after-rounding
why = "Comparing an int64 with a float happens in that float dtype."
next = "print(torch.tensor(16777217) == torch.tensor(16777216.))"


# %% safe_cast | wrong: compared-after-rounding | ==
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not (out == t).all():
        raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | == and nan
def safe_cast(t, dtype):
    out = t.to(dtype)
    same = (out == t) | (out.isnan() & t.isnan())
    if not same.all():
        raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | float64
def safe_cast(t, dtype):
    out = t.to(dtype)
    if (out.double() != t.double()).any():
        raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | float64 and nan
def safe_cast(t, dtype):
    out = t.to(dtype)
    a, b = t.double(), out.double()
    if not ((a == b) | (a.isnan() & b.isnan())).all():
        raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | equal
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not torch.equal(out, t):
        raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | promoted
def safe_cast(t, dtype):
    out = t.to(dtype)
    wide = torch.promote_types(t.dtype, dtype)
    a, b = t.to(wide), out.to(wide)
    if not ((a == b) | (a.isnan() & b.isnan())).all():
        raise ValueError
    return out


# %% safe_cast | misconception | round-trip-only
why = "There and back can hide a change: look at the converted values too."
next = "print(torch.tensor([200], dtype=torch.uint8).to(torch.int8))"


# %% safe_cast | wrong: round-trip-only | torch.equal
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not torch.equal(out.to(t.dtype), t):
        raise ValueError
    return out


# %% safe_cast | wrong: round-trip-only | nan apart
def safe_cast(t, dtype):
    out = t.to(dtype)
    back = out.to(t.dtype)
    if not bool(((back == t) | (back.isnan() & t.isnan())).all()):
        raise ValueError
    return out


# %% safe_cast | wrong: round-trip-only | as lists
def safe_cast(t, dtype):
    out = t.to(dtype)
    if out.to(t.dtype).tolist() != t.tolist():
        raise ValueError("changed")
    return out


# %% safe_cast | wrong: round-trip-only | every nan passes
def safe_cast(t, dtype):
    out = t.to(dtype)
    changed = (out.to(t.dtype) != t) & ~t.isnan()
    if changed.any():
        raise ValueError
    return out


# %% safe_cast | misconception | silent-cast
why = "A cast never complains: compare the values before and after."
next = "print(torch.tensor([2.9, 300.]).to(torch.uint8))"


# %% safe_cast | wrong: silent-cast | to
def safe_cast(t, dtype):
    return t.to(dtype)


# %% safe_cast | wrong: silent-cast | assign
def safe_cast(t, dtype):
    out = torch.empty(t.shape, dtype=dtype)
    out[...] = t
    return out


# %% safe_cast | wrong: silent-cast | waits for an error
def safe_cast(t, dtype):
    try:
        return t.type(dtype)
    except RuntimeError:
        raise ValueError


# %% safe_cast | misconception | dtype-rule-instead-of-values
why = "The question is about these values, not about the dtypes."
next = "safe_cast(torch.tensor([3.]), torch.uint8)"


def refuses_without_need(seen, want):
    no_nan = not bool(seen.arguments["t"].values.isnan().any())
    return want != (ValueError,) and seen.raised.type_name == "ValueError" and no_nan

def when(seen, want):
    return want == (ValueError,) and seen.raised is None or refuses_without_need(seen, want)


# %% safe_cast | wrong: dtype-rule-instead-of-values | can_cast
def safe_cast(t, dtype):
    if not torch.can_cast(t.dtype, dtype):
        raise ValueError
    return t.to(dtype)


# %% safe_cast | wrong: dtype-rule-instead-of-values | no floats to integers
def safe_cast(t, dtype):
    if t.is_floating_point() and not dtype.is_floating_point:
        raise ValueError("a float does not fit")
    return t.to(dtype)


# %% safe_cast | wrong: dtype-rule-instead-of-values | promote_types
def safe_cast(t, dtype):
    if torch.promote_types(t.dtype, dtype) != dtype:
        raise ValueError
    return t.to(dtype)


# %% safe_cast | wrong: dtype-rule-instead-of-values | sizes
def safe_cast(t, dtype):
    if dtype.itemsize < t.dtype.itemsize:
        raise ValueError("narrower")
    return t.to(dtype)


# %% safe_cast | wrong: dtype-rule-instead-of-values | kinds and sizes
def safe_cast(t, dtype):
    same_kind = t.dtype.is_floating_point == dtype.is_floating_point
    if not same_kind or dtype.itemsize < t.dtype.itemsize:
        raise ValueError("not safe")
    return t.to(dtype)


# %% safe_cast | wrong | another-error, TypeError
def safe_cast(t, dtype):
    out = t.to(dtype)
    for before, after in zip(t.flatten().tolist(), out.flatten().tolist()):
        if before != after and not (before != before and after != after):
            raise TypeError("lossy")
    return out


# %% safe_cast | wrong | close-enough, isclose
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not torch.isclose(out.double(), t.double(), equal_nan=True).all():
        raise ValueError
    return out


# %% safe_cast | wrong | returns-none, no error
def safe_cast(t, dtype):
    out = t.to(dtype)
    a, b = t.flatten().tolist(), out.flatten().tolist()
    return out if all(x == y or (x != x and y != y) for x, y in zip(a, b)) else None
