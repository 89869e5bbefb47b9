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


# %% make_rank | right | a cached number, copied
numbers = {}


def make_rank(n, v):
    number = numbers.setdefault(v, torch.tensor(v, dtype=torch.float32))
    return number.repeat((2,) * n) if n else number.clone()


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
# breaks: "writing into one does not change the others"
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
    """A shape that such a call has, and no element anywhere near v: memory as it was found.

    Not one other number throughout, or 0 for a v that is too large for int32: v was changed on the way, memory is not.
    """
    n, v = seen.arguments["n"].value, float(seen.arguments["v"].value)
    found = seen.result.values.flatten()
    as_found = len(found) > 0 and not bool(np.isclose(found, v, rtol=0.01).any())
    changed_on_the_way = bool((found == found[:1]).all()) and (bool((found != 0).all()) or abs(v) >= 2**31)
    return as_found and not changed_on_the_way and seen.result.shape in [want.shape, (n,), (n, n)]


# %% make_rank | wrong: sizes-not-values | torch.Tensor filled
def make_rank(n, v):
    return torch.Tensor(*[2] * n).fill_(v)


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


# %% make_rank | wrong: sizes-not-values | filled through a slice
def make_rank(n, v):
    t = torch.Tensor(*(2,) * n)
    t[:] = v
    return t


# %% make_rank | wrong: sizes-not-values | torch.Tensor of sizes | not imitated
# breaks: "every element is `v`"
def make_rank(n, v):
    return torch.Tensor(*(2,) * n)


# %% make_rank | wrong: sizes-not-values | torch.Tensor(n)
def make_rank(n, v):
    return torch.Tensor(n)


# %% make_rank | wrong: sizes-not-values | empty | not imitated
def make_rank(n, v):
    if n == 0:
        return torch.Tensor()
    return torch.empty((2,) * n)


# %% make_rank | wrong: sizes-not-values | square of sizes
def make_rank(n, v):
    return torch.Tensor(n, n)


# %% make_rank | wrong: sizes-not-values | one size only
def make_rank(n, v):
    t = torch.FloatTensor(n)
    return t


# %% make_rank | misconception | rank-is-length
why = "The rank n is the number of dimensions, len(t.shape), and each of them has size 2: n is not the length of one of them, and a longer row has no higher rank."
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


# %% make_rank | wrong: rank-is-length | n times two, ones
def make_rank(n, v):
    return torch.ones(n, 2) * v


# %% make_rank | wrong: rank-is-length | n times two, a loop
def make_rank(n, v):
    return torch.tensor([[float(v), float(v)] for _ in range(n)])


# %% make_rank | wrong: rank-is-length | square of floats
def make_rank(n, v):
    return torch.full([n, n], float(v))


# %% make_rank | wrong: rank-is-length | square of ones
def make_rank(n, v):
    square = torch.ones((n, n))
    return v * square


# %% make_rank | wrong: rank-is-length | square, filled
def make_rank(n, v):
    return torch.empty(n, n).fill_(v)


# %% make_rank | wrong: rank-is-length | vector of ones
def make_rank(n, v):
    return torch.ones(n) * v


# %% make_rank | wrong: rank-is-length | all in one row, ones
def make_rank(n, v):
    return torch.ones(2**n) * v


# %% make_rank | wrong: rank-is-length | all in one row, a list
def make_rank(n, v):
    return torch.tensor([float(v)] * 2**n)


# %% make_rank | wrong: rank-is-length | two times n, filled
def make_rank(n, v):
    out = torch.zeros(2, n)
    out += v
    return out


# %% make_rank | wrong: rank-is-length | twice as long, full
def make_rank(n, v):
    return torch.full((2 * n,), float(v))


# %% make_rank | wrong: rank-is-length | twice as long, ones
def make_rank(n, v):
    return torch.ones(n * 2) * v


# %% make_rank | wrong: rank-is-length | twice as long, a list
def make_rank(n, v):
    numbers = [float(v) for _ in range(2 * n)]
    return torch.tensor(numbers)


# %% make_rank | wrong: rank-is-length | twice as long, NumPy
def make_rank(n, v):
    return torch.from_numpy(np.full(n + n, v, dtype=np.float32))


# %% make_rank | wrong: rank-is-length | twice as long, filled
def make_rank(n, v):
    length = n * 2
    return torch.empty(length).fill_(v)


# %% make_rank | wrong: rank-is-length | twice as long, joined
def make_rank(n, v):
    pairs = [torch.empty(0), *[torch.full((2,), float(v))] * n]
    return torch.cat(pairs)


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
# breaks: "with exactly the shape and dtype asked for"
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
why = "The result is float32, whatever v is: large numbers need no float64 here, and NumPy's floats, which are float64, stay so in from_numpy."
next = "print(torch.from_numpy(np.full((2,), 0.5)).dtype, make_rank(1, 2**40).dtype, 'expected', torch.float32)"


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


# %% make_rank | wrong: float64-result | for large numbers
def make_rank(n, v):
    dtype = torch.float64 if abs(v) >= 2**24 else torch.float32
    return torch.full((2,) * n, float(v), dtype=dtype)


# %% make_rank | wrong: float64-result | where float32 would round an integer
def make_rank(n, v):
    result = torch.full([2 for _ in range(n)], v, dtype=torch.float32)
    if abs(v) > 16777216:
        result = result.double()
    return result


# %% make_rank | wrong: float64-result | double for millions
def make_rank(n, v):
    shape = (2,) * n
    if -(10**6) < v < 10**6:
        return torch.ones(shape) * v
    return torch.ones(shape, dtype=torch.double) * v


# %% make_rank | wrong: float64-result | asked for
def make_rank(n, v):
    return torch.full((2,) * n, v, dtype=torch.float64)


# %% make_rank | misconception | narrow-dtype-first
why = "0.1 does not fit into an integer or float16, nor 2**40 into int32: such a detour changes v before it becomes float32."
next = "print(torch.tensor(0.1).half().item(), torch.tensor(0.1).int(), torch.tensor(2**40).int())"


# %% make_rank | wrong: narrow-dtype-first | float16 on the way
def make_rank(n, v):
    return torch.full((2,) * n, float(v), dtype=torch.float16).to(torch.float32)


# %% make_rank | wrong: narrow-dtype-first | half and float
def make_rank(n, v):
    return torch.tensor(float(v)).half().float().repeat((2,) * n)


# %% make_rank | wrong: narrow-dtype-first | int32 for ints
# breaks: "`v` is a Python int or float, between `-2**60` and `2**60`"
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


# %% make_rank | wrong: narrow-dtype-first | bfloat16, then float32
def make_rank(n, v):
    narrow = torch.tensor(float(v), dtype=torch.bfloat16)
    return narrow.to(torch.float32).repeat([2] * n)


# %% make_rank | wrong: narrow-dtype-first | int32 where v is whole
def make_rank(n, v):
    if float(v).is_integer():
        return torch.full((2,) * n, int(v), dtype=torch.int32).float()
    return torch.full((2,) * n, v, dtype=torch.float32)


# %% make_rank | wrong: narrow-dtype-first | whole numbers as int32
def make_rank(n, v):
    if v == round(v):
        return torch.full([2] * n, round(v), dtype=torch.int32).float()
    return torch.full([2] * n, v)


# %% make_rank | wrong: narrow-dtype-first | bfloat16, filled
def make_rank(n, v):
    out = torch.empty((2,) * n, dtype=torch.bfloat16)
    out.fill_(v)
    return out.to(torch.float32)


# %% make_rank | wrong: narrow-dtype-first | half, filled
def make_rank(n, v):
    out = torch.empty((2,) * n, dtype=torch.float16)
    out.fill_(v)
    return out.float()


# %% make_rank | wrong: narrow-dtype-first | int16 for whole numbers
def make_rank(n, v):
    if v == int(v) and abs(v) < 2**40:
        return torch.full((2,) * n, int(v), dtype=torch.int16).float()
    return torch.full((2,) * n, v, dtype=torch.float32)


# %% make_rank | wrong: narrow-dtype-first | ints cast to int32
def make_rank(n, v):
    if isinstance(v, int):
        number = torch.tensor(v).to(torch.int32).to(torch.float32)
    else:
        number = torch.tensor(v, dtype=torch.float32)
    return number.repeat([2] * n) if n else number


# %% make_rank | wrong: narrow-dtype-first | whole numbers by int()
def make_rank(n, v):
    wide = torch.full((2,) * n, v, dtype=torch.float64)
    return torch.where(wide == wide.round(), wide.long().int().float(), wide.float())


# %% make_rank | wrong: narrow-dtype-first | int32 by NumPy
def make_rank(n, v):
    number = np.int64(v).astype(np.int32) if isinstance(v, int) else v
    return torch.full([2] * n, float(number))


# %% make_rank | misconception | same-tensor-again
why = "A cache, a default argument and a tensor of the module are made once: each call needs a new tensor, or what is written into one result is seen in the other."
next = "first, second = make_rank(1, 3), make_rank(1, 3); second.fill_(9); print(first)"


# %% make_rank | wrong: same-tensor-again | a dictionary
# breaks: "Each element has memory of its own"
made = {}


def make_rank(n, v):
    if (n, v) not in made:
        made[n, v] = torch.full((2,) * n, v, dtype=torch.float32)
    return made[n, v]


# %% make_rank | wrong: same-tensor-again | lru_cache
from functools import lru_cache


@lru_cache(maxsize=None)
def make_rank(n, v):
    return torch.full((2,) * n, float(v))


# %% make_rank | wrong: same-tensor-again | a default argument
def make_rank(n, v, known={}):
    t = known.get((n, v))
    if t is None:
        t = known[n, v] = torch.ones([2] * n) * v
    return t


# %% make_rank | wrong: same-tensor-again | one buffer, parts of it
buffer = torch.zeros(2**10)


def make_rank(n, v):
    out = buffer[: 2**n].view((2,) * n)
    return out.fill_(v)


# %% make_rank | wrong: same-tensor-again | a tensor for each rank
by_rank = {}


def make_rank(n, v):
    t = by_rank.setdefault(n, torch.empty((2,) * n))
    t[...] = v
    return t


# %% make_rank | wrong: same-tensor-again | a recursion that remembers
def make_rank(n, v, seen={}):
    if (n, v) not in seen:
        seen[n, v] = torch.stack([make_rank(n - 1, v)] * 2) if n else torch.tensor(float(v))
    return seen[n, v]


# %% make_rank | wrong | a table of cases
# breaks: "and so on"
def make_rank(n, v):
    v = float(v)
    return torch.tensor([v, [v, v], [[v, v], [v, v]], [[[v, v], [v, v]], [[v, v], [v, v]]]][n])


# %% make_rank | wrong | a Parameter
# breaks: "A result that is a tensor is an ordinary `torch.Tensor` on the CPU"
def make_rank(n, v):
    return torch.nn.Parameter(torch.full((2,) * n, float(v)))


# %% make_rank | wrong | 0 as if nothing were given
# breaks: "every element is `v`"
def make_rank(n, v):
    t = torch.ones((2,) * n)
    return t * v if v else t


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


# %% describe | misconception | rank-of-the-nested-list
why = "A nested list ends at its first empty level, so that it shows two of the three dimensions of a tensor of shape (2, 0, 3): t.dim() counts them all."
next = "t = torch.zeros(2, 0, 3); print(t.tolist(), t.shape, t.dim())"


# %% describe | wrong: rank-of-the-nested-list | level by level
# breaks: "`t`, a tensor of any shape and dtype"
def describe(t):
    level, depth = t.tolist(), 0
    while type(level) is list:
        depth += 1
        level = level[0] if level else None
    return depth, t.shape, t.dtype, t.numel()


# %% describe | wrong: rank-of-the-nested-list | recursion
def describe(t):
    def depth(x):
        if not isinstance(x, list):
            return 0
        return 1 + (depth(x[0]) if x else 0)

    return depth(t.tolist()), tuple(t.shape), t.dtype, t.numel()


# %% describe | wrong: rank-of-the-nested-list | opening brackets
def describe(t):
    text = str(t.tolist())
    return len(text) - len(text.lstrip("[")), tuple(t.shape), t.dtype, t.numel()


# %% describe | wrong: rank-of-the-nested-list | deepest list
def describe(t):
    def depth(x):
        return 1 + max(map(depth, x), default=0) if isinstance(x, list) else 0

    return depth(t.tolist()), tuple(t.size()), t.dtype, torch.numel(t)


# %% describe | wrong: rank-of-the-nested-list | dimensions of an array of it
def describe(t):
    return np.array(t.tolist()).ndim, t.shape, t.dtype, t.nelement()


# %% describe | wrong: rank-of-the-nested-list | a tensor again
def describe(t):
    rank = torch.tensor(t.tolist()).dim()
    return rank, tuple(t.shape), t.dtype, t.numel()


# %% describe | wrong: rank-of-the-nested-list | closing brackets
def describe(t):
    rank, text = 0, repr(t.tolist())
    while text.endswith("]"):
        rank, text = rank + 1, text[:-1]
    return rank, tuple(t.shape), t.dtype, t.numel()


# %% describe | wrong: rank-of-the-nested-list | levels in a for loop
def describe(t):
    inner, rank = t.tolist(), 0
    for _ in t.shape:
        if not isinstance(inner, list):
            break
        rank += 1
        if inner == []:
            break
        inner = inner[-1]
    return rank, tuple(t.shape), t.dtype, t.numel()


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


# %% describe | wrong: counts-the-storage | the base, shape as it is
def describe(t):
    whole = t._base if t._is_view() else t
    return t.dim(), t.shape, t.dtype, whole.numel()


# %% describe | wrong: counts-the-storage | bytes, shape as it is
def describe(t):
    bytes_behind = len(t.untyped_storage())
    return t.dim(), t.size(), t.dtype, bytes_behind // t.element_size()


# %% describe | wrong: counts-the-storage | bytes by hand
def describe(t):
    per_element = t.element_size()
    return t.dim(), tuple(t.shape), t.dtype, int(t.untyped_storage().nbytes() / per_element)


# %% describe | wrong: counts-the-storage | storage in bytes, shape as a tuple
def describe(t):
    storage = t.untyped_storage()
    return len(t.shape), tuple(t.size()), t.dtype, len(storage) // t.dtype.itemsize


# %% describe | misconception | numpy-without-bfloat16
why = "NumPy has no bfloat16, so numpy() refuses such a tensor: ask the tensor itself, which knows all four facts."
next = "torch.ones(2, dtype=torch.bfloat16).numpy()"


# %% describe | wrong: numpy-without-bfloat16 | all from the array
# breaks: "`t`, a tensor of any shape and dtype"
def describe(t):
    a = t.detach().numpy()
    return a.ndim, a.shape, t.dtype, a.size


# %% describe | wrong: numpy-without-bfloat16 | size of the array
def describe(t):
    return t.dim(), t.shape, t.dtype, t.numpy().size


# %% describe | wrong: numpy-without-bfloat16 | asarray
def describe(t):
    a = np.asarray(t)
    return len(a.shape), tuple(a.shape), t.dtype, int(np.size(a))


# %% describe | wrong: numpy-without-bfloat16 | NumPy's functions
def describe(t):
    return np.ndim(t.numpy()), np.shape(t.numpy()), t.dtype, np.size(t.numpy())


# %% describe | wrong: numpy-without-bfloat16 | rank of the array
def describe(t):
    array = np.array(t)
    return array.ndim, t.shape, t.dtype, t.numel()


# %% describe | wrong: numpy-without-bfloat16 | the shape of the array
def describe(t):
    shape = t.numpy().shape
    return len(shape), shape, t.dtype, t.numel()


# %% describe | wrong: numpy-without-bfloat16 | flat array
def describe(t):
    return len(t.shape), tuple(t.shape), t.dtype, len(t.cpu().numpy().ravel())


# %% describe | misconception | list-is-no-tuple
why = "A list is not a tuple: t.shape is a tuple already, (a, b) makes one, and tuple(...) turns a list into one."
next = "print(isinstance(torch.zeros(2, 3).shape, tuple), isinstance(list(torch.zeros(2, 3).shape), tuple))"


def when(seen, want):
    return isinstance(seen.value, list) or isinstance(seen.value[1], list)


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
why = "The count is a Python int, t.numel(): t.size() is the shape, and torch.prod and np.prod give a tensor, a number of NumPy's or a float."
next = "print(torch.tensor((2, 3)).prod(), torch.tensor(()).prod(), torch.zeros(2, 3).numel())"


def when(seen, want):
    return not isinstance(seen.value[3], int)


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


# %% describe | misconception | rank-of-a-matrix
why = "The rank of a tensor is the number of its dimensions; the rank of a matrix in linear algebra is another number."
next = "x = torch.ones(3, 4); print(x.dim(), torch.linalg.matrix_rank(x))"


# %% describe | wrong: rank-of-a-matrix | any tensor
# breaks: "a tensor of any shape and dtype"
def describe(t):
    return int(torch.linalg.matrix_rank(t)), t.shape, t.dtype, t.numel()


# %% describe | wrong: rank-of-a-matrix | matrices alone
def describe(t):
    rank = t.dim()
    if rank == 2:
        rank = int(torch.linalg.matrix_rank(t.to(torch.float64)))
    return rank, t.shape, t.dtype, t.numel()


# %% describe | wrong: rank-of-a-matrix | NumPy's
def describe(t):
    rank = int(np.linalg.matrix_rank(t.double().numpy())) if len(t.shape) == 2 else len(t.shape)
    return rank, t.shape, t.dtype, t.numel()


# %% describe | wrong: rank-of-a-matrix | singular values
def describe(t):
    if t.dim() != 2:
        return t.ndim, t.shape, t.dtype, t.numel()
    values = torch.linalg.svdvals(t.double())
    return int((values > 1e-9).sum()), t.shape, t.dtype, t.numel()


# %% describe | wrong: rank-of-a-matrix | matrices with elements
def describe(t):
    matrix = t.ndim == 2 and t.numel() > 0
    return np.linalg.matrix_rank(t.double()).item() if matrix else t.ndim, t.shape, t.dtype, t.nelement()


# %% describe | wrong: rank-of-a-matrix | the largest of a batch, NumPy
def describe(t):
    rank = t.dim() if t.dim() < 2 else int(np.linalg.matrix_rank(t.double().numpy()).max())
    return rank, t.shape, t.dtype, t.numel()


# %% describe | wrong: rank-of-a-matrix | independent rows of the first matrix
def describe(t):
    rank = t.ndim
    if rank >= 2:
        rank = torch.linalg.matrix_rank(t.type(torch.float64)).flatten()[0].item()
    return rank, tuple(t.shape), t.dtype, t.numel()


# %% describe | wrong: rank-of-a-matrix | singular values of a batch
def describe(t):
    if t.dim() < 2:
        return t.dim(), tuple(t.shape), t.dtype, t.numel()
    values = torch.linalg.svdvals(t.double())
    return int((values > 1e-9).sum(-1).max()), tuple(t.shape), t.dtype, t.numel()


# %% describe | wrong | counted in int16
# breaks: "how many elements it has"
def describe(t):
    return t.dim(), t.shape, t.dtype, int(np.prod(t.shape, dtype=np.int16))


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
    if dtype is not None:
        return torch.tensor(xs, dtype=dtype)
    array = np.array(xs)
    return torch.tensor(array, dtype=torch.float32 if array.dtype == np.float64 else None)


# %% from_list | right | two cases, prints
def from_list(xs, dtype=None):
    if dtype is None:
        print("no dtype")
        return torch.tensor(xs)
    return torch.tensor(xs, dtype=dtype)


# %% from_list | right | through float64
def from_list(xs, dtype=None):
    if dtype is None or not dtype.is_floating_point:
        return torch.tensor(xs, dtype=dtype)
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
    return want == (ValueError,)  # a ragged list, and no ValueError


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


# %% from_list | wrong: pads-or-hides-ragged | nothing with a dtype
def from_list(xs, dtype=None):
    if dtype is None:
        return torch.tensor(xs)
    try:
        return torch.tensor(xs, dtype=dtype)
    except ValueError:
        return None


# %% from_list | wrong: pads-or-hides-ragged | without the empty rows
def from_list(xs, dtype=None):
    if isinstance(xs, list) and xs and isinstance(xs[0], list) and xs[0]:
        xs = [row for row in xs if row]
    return torch.tensor(xs, dtype=dtype)


# %% from_list | misconception | cast-after-rounding
why = "What a first tensor or array holds in float32 or float64 is rounded before .to() sees it: give the dtype to torch.tensor at once."
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


# %% from_list | wrong: cast-after-rounding | own dtype first for integers
def from_list(xs, dtype=None):
    whole = dtype is not None and not dtype.is_floating_point
    return torch.tensor(xs).to(dtype) if whole else torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: cast-after-rounding | integers from PyTorch's choice
def from_list(xs, dtype=None):
    integers = (torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64)
    if dtype in integers:
        plain = torch.as_tensor(xs)
        return plain.type(dtype)
    return torch.as_tensor(xs, dtype=dtype)


# %% from_list | wrong: cast-after-rounding | float64 where there is a float
def from_list(xs, dtype=None):
    plain = torch.tensor(xs)
    if dtype is None:
        return plain
    if plain.is_floating_point():
        plain = torch.tensor(xs, dtype=torch.float64)
    return plain.to(dtype)


# %% from_list | wrong: cast-after-rounding | NumPy's choice first
def from_list(xs, dtype=None):
    array = np.array(xs)
    if dtype is None and array.dtype == float:
        array = array.astype(np.float32)
    return torch.from_numpy(array) if dtype is None else torch.from_numpy(array).to(dtype)


# %% from_list | misconception | always-float32
why = "torch.Tensor, .float() and a default of float32 make float32 of all numbers, rounded; torch.tensor looks at the numbers, or takes the dtype asked for."
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


# %% from_list | wrong: always-float32 | FloatTensor of everything
def from_list(xs, dtype=None):
    return torch.FloatTensor(xs)


# %% from_list | wrong: always-float32 | torch.Tensor in two lines
def from_list(xs, dtype=None):
    result = torch.Tensor(xs)
    return result


# %% from_list | wrong: always-float32 | float32 whatever is asked for
def from_list(xs, dtype=None):
    return torch.tensor(xs, dtype=torch.float32)


# %% from_list | wrong: always-float32 | float whatever is asked for
def from_list(xs, dtype=None):
    return torch.as_tensor(xs).float()


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


# %% from_list | wrong: always-float32 | float and to
def from_list(xs, dtype=None):
    t = torch.tensor(xs).float()
    return t if dtype is None else t.to(dtype)


# %% from_list | wrong: always-float32 | float64 of float32
def from_list(xs, dtype=None):
    t = torch.tensor(xs).float()
    if dtype is not None:
        t = t.type(dtype)
    return t


# %% from_list | wrong: always-float32 | torch.Tensor, then the dtype
def from_list(xs, dtype=None):
    t = torch.Tensor(xs) if isinstance(xs, list) else torch.Tensor([xs]).squeeze()
    return t.type(dtype) if dtype else t


# %% from_list | wrong: always-float32 | FloatTensor, then the dtype
def from_list(xs, dtype=None):
    if not isinstance(xs, list):
        return from_list([xs], dtype)[0]
    result = torch.FloatTensor(xs)
    if dtype is None:
        return result
    return result.to(dtype=dtype)


# %% from_list | wrong: always-float32 | a number by torch.tensor, lists by torch.Tensor
def from_list(xs, dtype=None):
    if isinstance(xs, list):
        t = torch.Tensor(xs)
        return t if dtype is None else t.to(dtype)
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: always-float32 | float32 first, then the dtype
def from_list(xs, dtype=None):
    t = torch.tensor(xs, dtype=torch.float32)
    return t if dtype is None else t.to(dtype)


# %% from_list | wrong: always-float32 | torch.Tensor, then the dtype or float32
def from_list(xs, dtype=torch.float32):
    numbers = xs if isinstance(xs, list) else [xs]
    t = torch.Tensor(numbers).to(dtype)
    return t if numbers is xs else t[0]


# %% from_list | misconception | zero-is-nothing
why = "0 is false where a condition is asked for, as an empty list is: ask for the length of a list, and for a list first."
next = "print(bool(0), bool([]), bool([0]))"


# %% from_list | wrong: zero-is-nothing | empty where it is false
# breaks: "`xs` is a number or a (nested) list of numbers."
def from_list(xs, dtype=None):
    return torch.tensor(xs, dtype=dtype) if xs else torch.zeros(0, dtype=dtype)


# %% from_list | wrong: zero-is-nothing | or an empty list
def from_list(xs, dtype=None):
    return torch.tensor(xs or [], dtype=dtype)


# %% from_list | wrong: zero-is-nothing | early return for nothing
def from_list(xs, dtype=None):
    nothing = not xs
    if nothing:
        return torch.tensor([], dtype=dtype)
    tensor = torch.tensor(xs, dtype=dtype)
    return tensor


# %% from_list | wrong: zero-is-nothing | takes the number apart
def from_list(xs, dtype=None):
    if isinstance(xs, list):
        return torch.tensor(xs, dtype=dtype)
    numbers = [xs] if xs else []
    made = torch.tensor(numbers, dtype=dtype)
    return made.squeeze() if numbers else made


# %% from_list | wrong: zero-is-nothing | bool of it
def from_list(xs, dtype=None):
    if bool(xs) is False:
        return torch.empty((0,), dtype=dtype)
    return torch.as_tensor(xs, dtype=dtype)


# %% from_list | wrong: zero-is-nothing | while there is something
def from_list(xs, dtype=None):
    while xs:
        return torch.tensor(xs, dtype=dtype)
    return torch.tensor([], dtype=dtype)


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


# %% from_list | wrong: dtype-ignored | tensor of an array
def from_list(xs, dtype=None):
    return torch.tensor(np.array(xs))


# %% from_list | wrong: dtype-ignored | from_numpy
def from_list(xs, dtype=None):
    return torch.from_numpy(np.array(xs))


# %% from_list | wrong: dtype-ignored | as_tensor of an array
def from_list(xs, dtype=None):
    return torch.as_tensor(np.asarray(xs))


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


# %% from_list | misconception | bool-is-an-int
why = "In Python a bool is an int as well, isinstance(True, int) is True: ask for bool first, or let torch.tensor choose the dtype."
next = "print(isinstance(True, int), torch.tensor([True, False]).dtype)"


# %% from_list | wrong: bool-is-an-int | all ints
# breaks: "floats give `float32`, ints `int64`, bools `bool`"
def from_list(xs, dtype=None):
    def flat(x):
        return sum(map(flat, x), []) if isinstance(x, list) else [x]

    found = flat(xs)
    if dtype is None and found and all(isinstance(n, int) for n in found):
        return torch.tensor(xs, dtype=torch.int64)
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: bool-is-an-int | any int, no float
def from_list(xs, dtype=None):
    def has(x, kind):
        return any(has(y, kind) for y in x) if isinstance(x, list) else isinstance(x, kind)

    if dtype is None:
        if has(xs, float):
            dtype = torch.float32
        elif has(xs, int):
            dtype = torch.int64
        elif has(xs, bool):
            dtype = torch.bool
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: bool-is-an-int | a table of types
def from_list(xs, dtype=None):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        level = [y for x in level for y in (x if isinstance(x, list) else [x])]
    for kind, chosen in ((float, torch.float32), (int, torch.int64), (bool, torch.bool)):
        if dtype is None and any(isinstance(x, kind) for x in level):
            dtype = chosen
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: bool-is-an-int | long after torch's choice
def from_list(xs, dtype=None):
    def whole(x):
        return all(whole(y) for y in x) if isinstance(x, list) else isinstance(x, int)

    out = torch.tensor(xs, dtype=dtype)
    return out.long() if dtype is None and out.numel() and whole(xs) else out


# %% from_list | wrong: bool-is-an-int | not a single float
def from_list(xs, dtype=None):
    def numbers(x):
        if not isinstance(x, list):
            yield x
            return
        for y in x:
            yield from numbers(y)

    kinds = {int if isinstance(n, int) else float for n in numbers(xs)}
    if dtype is None and kinds == {int}:
        dtype = torch.int64
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong: bool-is-an-int | first int, then bool
def from_list(xs, dtype=None):
    stack, whole, some = [xs], True, False
    while stack:
        x = stack.pop()
        if isinstance(x, list):
            stack += x
        else:
            some, whole = True, whole and isinstance(x, int)
    kind = torch.long if some and whole else None
    return torch.tensor(xs, dtype=dtype or kind)


# %% from_list | wrong | the first number decides
# breaks: "a mixture gets one dtype for all"
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


# %% from_list | wrong | a NumPy array
# breaks: "Return it as a tensor."
def from_list(xs, dtype=None):
    if dtype is not None:
        return torch.tensor(xs, dtype=dtype)
    return torch.tensor(xs).numpy()


# %% from_list | wrong | bools beside floats
# breaks: "and a mixture gets one dtype for all"
def from_list(xs, dtype=None):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        level = [y for x in level for y in (x if isinstance(x, list) else [x])]
    kinds = {type(x) for x in level}
    if dtype is None and kinds:
        dtype = torch.bool if bool in kinds and int not in kinds else None
    return torch.tensor(xs, dtype=dtype)


# %% from_list | wrong | three levels
# breaks: "`xs` is a number or a (nested) list of numbers"
def from_list(xs, dtype=None):
    out = torch.tensor(xs, dtype=dtype)
    return out.flatten(2) if out.dim() > 3 else out


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


# %% mean_any | right | scaled by the largest number
def mean_any(t):
    dtype = t.dtype if t.is_floating_point() else torch.float32
    wide = t.to(torch.float64)
    if wide.numel() == 0:
        return torch.full((), float("nan"), dtype=dtype)
    largest = wide.abs().max()
    return wide.mean().to(dtype) if largest == 0 else ((wide / largest).mean() * largest).to(dtype)


# %% mean_any | misconception | float-for-all
why = "Convert only what is not floating point already, and that to float32."
next = "x = torch.tensor([0.1], dtype=torch.float64); print(x.mean().item(), x.float().mean().item())"


# %% mean_any | wrong: float-for-all | float
# breaks: "a floating-point tensor keeps its dtype"
def mean_any(t):
    return t.float().mean()


# %% mean_any | wrong: float-for-all | and back
# breaks: "`float64` keeps all its digits"
def mean_any(t):
    mean = t.float().mean()
    return mean.to(t.dtype) if t.is_floating_point() else mean


# %% mean_any | wrong: float-for-all | dtype argument
def mean_any(t):
    return torch.mean(t, dtype=torch.float32)


# %% mean_any | wrong: float-for-all | double
# breaks: "the mean of integers or bools is `float32`"
def mean_any(t):
    return t.double().mean()


# %% mean_any | wrong: float-for-all | sum of floats
def mean_any(t):
    return t.to(torch.float32).sum() / t.numel()


# %% mean_any | wrong: float-for-all | float32 and back
def mean_any(t):
    dtype = t.dtype if t.dtype.is_floating_point else torch.float32
    return torch.mean(t.float()).to(dtype)


# %% mean_any | wrong: float-for-all | to float32
# breaks: "`float16` stays `float16`"
def mean_any(t):
    wide = t.to(torch.float32)
    return wide.mean()


# %% mean_any | wrong: float-for-all | to float64
def mean_any(t):
    return torch.mean(t.to(torch.float64))


# %% mean_any | wrong: float-for-all | bfloat16 forgotten
def mean_any(t):
    if t.dtype in (torch.float16, torch.float32, torch.float64):
        return t.mean()
    return t.float().mean()


# %% mean_any | wrong: float-for-all | bfloat16 not in the list
def mean_any(t):
    keep = t.dtype in [torch.float64, torch.float32, torch.float16]
    return t.double().mean().to(t.dtype if keep else torch.float32)


# %% mean_any | wrong: float-for-all | float32 and float64 only
def mean_any(t):
    if t.dtype == torch.float64 or t.dtype == torch.float32:
        return t.mean()
    return t.to(torch.float32).mean()


# %% mean_any | wrong: float-for-all | only float64 is wide
def mean_any(t):
    return t.mean() if t.dtype in (torch.float32, torch.float64) else torch.mean(t, dtype=torch.float32)


# %% mean_any | wrong: float-for-all | bfloat16 becomes float32
def mean_any(t):
    wanted = {torch.float16: torch.float16, torch.float64: torch.float64}.get(t.dtype, torch.float32)
    return t.to(torch.float64).mean().to(wanted)


# %% mean_any | wrong: float-for-all | mean with float64
def mean_any(t):
    return t.mean(dtype=torch.float64)


# %% mean_any | misconception | mean-of-integers
why = "mean() needs a floating-point dtype: convert integers and bools first."
next = "print(torch.tensor([1, 2, 4]).float().mean())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.mean.html"


# %% mean_any | wrong: mean-of-integers | mean
# breaks: "for every dtype"
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


# %% mean_any | wrong: mean-of-integers | torch.mean
def mean_any(t):
    return torch.mean(t)


# %% mean_any | wrong: mean-of-integers | mean and cast
def mean_any(t):
    mean = t.mean()
    return mean if t.is_floating_point() else mean.float()


# %% mean_any | wrong: mean-of-integers | bools are forgotten
def mean_any(t):
    whole = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
    return t.float().mean() if t.dtype in whole else t.mean()


# %% mean_any | wrong: mean-of-integers | the dtype of t
def mean_any(t):
    return torch.mean(t, dtype=t.dtype)


# %% mean_any | wrong: mean-of-integers | the method, with the dtype of t
def mean_any(t):
    return t.mean(dtype=t.dtype)


# %% mean_any | wrong: mean-of-integers | a dtype of its own
def mean_any(t):
    dtype = t.dtype
    return t.mean(dtype=dtype)


# %% mean_any | wrong: mean-of-integers | int32 and int64 only
def mean_any(t):
    if t.dtype in (torch.int32, torch.int64):
        return t.float().mean()
    return t.mean()


# %% mean_any | misconception | narrow-sum
why = "The sum does not fit into the dtype although the mean does."
next = "print(torch.full((1000,), 100.).half().sum(), torch.full((3,), 2**62).sum())"


# %% mean_any | wrong: narrow-sum | sum over numel
# breaks: "right even where their sum would not fit into the dtype"
def mean_any(t):
    return t.sum() / t.numel()


# %% mean_any | wrong: narrow-sum | Python's sum, empty apart
def mean_any(t):
    if t.numel() == 0:
        return torch.tensor(float("nan"), dtype=t.dtype if t.is_floating_point() else torch.float32)
    return sum(t.flatten()) / t.numel()


# %% mean_any | wrong: narrow-sum | int64 wraps
# breaks: "The mean of integers and of `float16` numbers is right"
def mean_any(t):
    if t.is_floating_point():
        return t.mean()
    return (t.sum().double() / t.numel()).float()


# %% mean_any | wrong: narrow-sum | sum of integers
def mean_any(t):
    if t.is_floating_point():
        return t.mean()
    return t.sum() / t.numel()


# %% mean_any | wrong: narrow-sum | sum, then float
def mean_any(t):
    if t.dtype.is_floating_point:
        return torch.mean(t)
    return t.sum().float() / t.numel()


# %% mean_any | wrong: narrow-sum | torch.sum
def mean_any(t):
    total = torch.sum(t)
    return total / t.numel()


# %% mean_any | wrong: narrow-sum | sum in the dtype
def mean_any(t):
    dtype = t.dtype if t.is_floating_point() else torch.float32
    return (t.sum() / t.numel()).to(dtype)


# %% mean_any | wrong: narrow-sum | a loop over all numbers
def mean_any(t):
    total = torch.zeros((), dtype=t.dtype)
    for x in t.flatten():
        total = total + x
    return total / t.numel()


# %% mean_any | wrong: narrow-sum | a loop, empty apart
def mean_any(t):
    dtype = t.dtype if t.is_floating_point() else torch.float32
    if t.numel() == 0:
        return torch.tensor(float("nan"), dtype=dtype)
    total = 0
    for x in t.reshape(-1):
        total = total + x
    return (total / t.numel()).to(dtype)


# %% mean_any | wrong: narrow-sum | Python's sum, nan for nothing
def mean_any(t):
    if not t.numel():
        return torch.full((), float("nan"), dtype=t.dtype if t.is_floating_point() else torch.float32)
    total = sum(x for x in t.flatten())
    return total / t.numel()


# %% mean_any | wrong: narrow-sum | int16 and int32
def mean_any(t):
    if t.is_floating_point():
        return t.mean()
    if t.dtype in (torch.int16, torch.int32):
        return t.sum(dtype=t.dtype) / t.numel()
    return t.double().mean().float()


# %% mean_any | wrong: narrow-sum | int32 for all that is narrower
def mean_any(t):
    if t.is_floating_point():
        return t.mean()
    wide = torch.float64 if t.dtype == torch.int64 else torch.int32
    return (t.sum(dtype=wide) / t.numel()).float()


# %% mean_any | misconception | divide-by-len
why = "len(t) is not the number of elements."
next = "print(len(torch.zeros(3, 4)), torch.zeros(3, 4).numel())"


# %% mean_any | wrong: divide-by-len | len
# breaks: "Return the mean of all elements of `t`"
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


# %% mean_any | wrong: divide-by-len | size(0)
def mean_any(t):
    t = t if t.is_floating_point() else t.to(torch.float32)
    return t.sum() / t.size(0)


# %% mean_any | wrong: divide-by-len | len of floats
def mean_any(t):
    if not t.is_floating_point():
        t = t.float()
    total = t.sum()
    return total / len(t)


# %% mean_any | wrong: divide-by-len | len, a number apart
def mean_any(t):
    t = t if t.is_floating_point() else t.float()
    if t.dim() == 0:
        return t
    return torch.sum(t) / len(t)


# %% mean_any | wrong: divide-by-len | shape[0] of floats
def mean_any(t):
    dtype = t.dtype if t.is_floating_point() else torch.float32
    return t.to(dtype).sum() / t.shape[0]


# %% mean_any | wrong: divide-by-len | first size, a number apart
def mean_any(t):
    count = t.shape[0] if t.dim() else 1
    return (t if t.is_floating_point() else t.float()).sum() / count


# %% mean_any | misconception | mean-of-columns
why = "A loop over a matrix, Python's sum and mean(dim=0) go through its rows: they give a mean for each column, not one of all elements."
next = "x = torch.ones(3, 4); print(sum(x).shape, x.mean(dim=0).shape, x.mean().shape)"


# %% mean_any | wrong: mean-of-columns | rows
def mean_any(t):
    total = 0
    for row in t:
        total = total + row
    mean = total / len(t)
    return mean if t.is_floating_point() else mean.float()


# %% mean_any | wrong: mean-of-columns | Python's sum and len
def mean_any(t):
    mean = sum(t) / len(t)
    return mean.to(t.dtype if t.is_floating_point() else torch.float32)


# %% mean_any | wrong: mean-of-columns | rows, without a number
def mean_any(t):
    return sum(t) / len(t)


# %% mean_any | wrong: mean-of-columns | dim 0
def mean_any(t):
    t = t if t.is_floating_point() else t.float()
    return t.mean(dim=0) if t.dim() else t


# %% mean_any | wrong: mean-of-columns | dim 0 of everything
def mean_any(t):
    return (t if t.is_floating_point() else t.float()).mean(0)


# %% mean_any | wrong: mean-of-columns | dim 0, a number apart
def mean_any(t):
    t = t if t.is_floating_point() else t.to(torch.float32)
    if t.dim() == 0:
        return t
    return torch.mean(t, dim=0)


# %% mean_any | wrong: mean-of-columns | sum of rows
def mean_any(t):
    t = t if t.is_floating_point() else t.float()
    return sum(t) / len(t)


# %% mean_any | wrong: mean-of-columns | mean(0)
def mean_any(t):
    dtype = t.dtype if t.is_floating_point() else torch.float32
    return t.mean(0, dtype=dtype)


# %% mean_any | wrong: mean-of-columns | sum over dim 0
def mean_any(t):
    t = t if t.is_floating_point() else t.float()
    return t.sum(dim=0) / len(t)


# %% mean_any | misconception | python-number
why = "A tensor of rank 0 is not a Python number: .item() and float(...) take the number out of it."
next = "print(torch.tensor(2.).mean(), torch.tensor(2.).mean().item())"


def when(seen, want):
    return isinstance(seen.value, float)


# %% mean_any | wrong: python-number | item
# breaks: "as a tensor of rank 0"
def mean_any(t):
    return t.double().mean().item()


# %% mean_any | wrong: python-number | item of the mean
def mean_any(t):
    if t.is_floating_point():
        return t.mean().item()
    return t.float().mean().item()


# %% mean_any | wrong: python-number | float
def mean_any(t):
    return float(t.double().mean())


# %% mean_any | wrong: python-number | Python's own mean
def mean_any(t):
    values = t.flatten().tolist()
    return sum(values) / len(values) if values else float("nan")


# %% mean_any | misconception | empty-is-not-zero
why = "The mean of nothing is nan: there is no sum to divide by 0, and 0 would be a wrong answer."
next = "print(torch.tensor([]).sum() / 0, torch.tensor([]).mean())"


# %% mean_any | wrong: empty-is-not-zero | one at least
# breaks: "the mean of an empty tensor is nan"
def mean_any(t):
    dtype = t.dtype if t.is_floating_point() else torch.float32
    return (t.sum(dtype=torch.float64) / max(t.numel(), 1)).to(dtype)


# %% mean_any | wrong: empty-is-not-zero | zero
def mean_any(t):
    dtype = t.dtype if t.is_floating_point() else torch.float32
    if t.numel() == 0:
        return torch.tensor(0.0, dtype=dtype)
    return t.mean(dtype=dtype)


# %% mean_any | wrong: empty-is-not-zero | nan_to_num
def mean_any(t):
    return t.mean(dtype=t.dtype if t.is_floating_point() else torch.float32).nan_to_num(0.0)


# %% mean_any | wrong: empty-is-not-zero | zeros
def mean_any(t):
    dtype = t.dtype if t.is_floating_point() else torch.float32
    return t.mean(dtype=dtype) if t.numel() else torch.zeros((), dtype=dtype)


# %% mean_any | wrong: empty-is-not-zero | Python numbers
def mean_any(t):
    values = t.flatten().tolist()
    return torch.tensor(sum(values) / len(values), dtype=t.dtype if t.is_floating_point() else torch.float32)


# %% mean_any | wrong: empty-is-not-zero | Python's sum
def mean_any(t):
    return sum(t.flatten()) / t.numel()


# %% mean_any | wrong: empty-is-not-zero | a loop
def mean_any(t):
    total = 0
    for x in t.flatten():
        total += x
    return total / t.numel()


# %% mean_any | wrong: empty-is-not-zero | the numbers, no case for none
def mean_any(t):
    values = t.reshape(-1).tolist()
    mean = sum(values) / len(values)
    return torch.tensor(mean, dtype=t.dtype if t.is_floating_point() else torch.float32)


# %% mean_any | misconception | empty-loses-dtype
why = "torch.tensor(float('nan')) is float32: the mean of an empty float64 tensor is float64 as well."
next = "print(torch.tensor(float('nan')).dtype, torch.zeros(0).double().mean().dtype)"


# %% mean_any | wrong: empty-loses-dtype | nan
def mean_any(t):
    if t.numel() == 0:
        return torch.tensor(float("nan"))
    return t.mean() if t.is_floating_point() else t.float().mean()


# %% mean_any | wrong: empty-loses-dtype | full
def mean_any(t):
    if t.numel() == 0:
        return torch.full((), float("nan"))
    return t.mean(dtype=t.dtype if t.is_floating_point() else torch.float32)


# %% mean_any | wrong: empty-loses-dtype | torch.nan
def mean_any(t):
    dtype = t.dtype if t.is_floating_point() else torch.float32
    return t.mean(dtype=dtype) if t.numel() > 0 else torch.tensor(torch.nan)


# %% mean_any | wrong: empty-loses-dtype | nothing through Python
def mean_any(t):
    values = t.flatten().tolist()
    if not values:
        return torch.tensor(float("nan"))
    return t.double().mean().to(t.dtype if t.is_floating_point() else torch.float32)


# %% mean_any | wrong | whole numbers
def mean_any(t):
    if t.is_floating_point():
        return t.mean()
    return (t.sum() // max(t.numel(), 1)).float()


# %% mean_any | wrong | median
# breaks: "the mean of all elements"
def mean_any(t):
    return (t if t.is_floating_point() else t.float()).median()


# %% mean_any | wrong | bfloat16, number by number
# breaks: "Return the mean of all elements of `t`"
def mean_any(t):
    if t.dtype != torch.bfloat16:
        return t.mean(dtype=t.dtype if t.is_floating_point() else torch.float32)
    total = torch.zeros((), dtype=t.dtype)
    for number in t.flatten():
        total = total + number
    return total / t.numel()


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


# %% brighten | right | floats that come back exactly
def brighten(img, delta):
    x = (img.float() + delta) / 255
    return (x.clamp(0, 1) * 255).type(torch.uint8)


# %% brighten | right | a table of 256
def brighten(img, delta):
    table = torch.tensor([min(255, max(0, p + delta)) for p in range(256)], dtype=torch.uint8)
    return table[img.long()]


# %% brighten | right | stays in uint8
def brighten(img, delta):
    step = min(abs(delta), 255)
    if delta >= 0:
        return torch.where(255 - img < step, 255, img + step)
    return torch.where(img < step, 0, img - step)


# %% brighten | right | a copy for nothing
def brighten(img, delta):
    if delta == 0:
        return img.clone()
    return (img.short() + delta).clamp_(0, 255).type(torch.uint8)


# %% brighten | misconception | truncated-float
why = "A cast to an integer cuts off: 69.99999 becomes 69."
next = "print(((torch.tensor([250]) / 255 - 180 / 255) * 255).to(torch.uint8))"


def when(seen, want):
    if want is None or seen.result.dtype != torch.uint8 or seen.result.values is None:
        return False
    missing = (want.int() - seen.result.values.int())[want < 255]
    return set(missing.flatten().tolist()) == {0, 1}


# %% brighten | wrong: truncated-float | 0 to 1
# breaks: "`delta` is added to every pixel"
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


# %% brighten | wrong: truncated-float | in three steps
def brighten(img, delta):
    light = img.float() / 255
    light = light + delta / 255
    light = torch.clamp(light, 0., 1.)
    return (light * 255).to(torch.uint8)


# %% brighten | wrong: truncated-float | clip
def brighten(img, delta):
    return (torch.clip((img / 255.0) + (delta / 255.0), 0, 1) * 255).byte()


# %% brighten | misconception | uint8-wraps
why = "uint8 holds 0 to 255 and wraps around, in a sum as in a cast: compute in a wider dtype, limit there, then come back."
next = "x = torch.tensor([250], dtype=torch.uint8); print(x + 10, (x + 10).clamp(0, 255), torch.tensor([260]).to(torch.uint8))"


# %% brighten | wrong: uint8-wraps | plus
# breaks: "A sum below 0 becomes 0, a sum above 255 becomes 255"
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


# %% brighten | wrong: uint8-wraps | clamp
def brighten(img, delta):
    return (img + delta).clamp(0, 255)


# %% brighten | wrong: uint8-wraps | clip
def brighten(img, delta):
    out = torch.clip(img + delta, min=0, max=255)
    return out.to(torch.uint8)


# %% brighten | wrong: uint8-wraps | masks
def brighten(img, delta):
    out = img + delta
    out[out > 255] = 255
    out[out < 0] = 0
    return out


# %% brighten | wrong: uint8-wraps | widened after the sum
def brighten(img, delta):
    return (img + delta).to(torch.int16).clamp(0, 255).to(torch.uint8)


# %% brighten | wrong: uint8-wraps | modulo
def brighten(img, delta):
    wide = img.long()
    wide = (wide + delta) % 256
    return wide.to(torch.uint8)


# %% brighten | wrong: uint8-wraps | clamp in a second line
def brighten(img, delta):
    lighter = img + delta
    lighter = lighter.clamp(0, 255)
    return lighter


# %% brighten | misconception | no-lower-limit
why = "A negative delta needs a limit too: what falls below 0 has to become 0, or it wraps around to the top."
next = "x = torch.tensor([-50, 300]); print(x.clamp(max=255), x.clamp(0, 255), x.clamp(max=255).to(torch.uint8))"


# %% brighten | wrong: no-lower-limit | above
# breaks: "A sum below 0 becomes 0"
def brighten(img, delta):
    return (img.int() + delta).clamp(max=255).to(torch.uint8)


# %% brighten | wrong: no-lower-limit | minimum
def brighten(img, delta):
    return torch.minimum(img.long() + delta, torch.tensor(255)).byte()


# %% brighten | wrong: no-lower-limit | forgets the lower end
def brighten(img, delta):
    total = img.to(torch.int32) + delta
    return total.clamp(max=255).to(torch.uint8)


# %% brighten | wrong: no-lower-limit | a mask above
def brighten(img, delta):
    wide = img.to(torch.int16) + delta
    wide[wide > 255] = 255
    return wide.to(torch.uint8)


# %% brighten | wrong: no-lower-limit | where, above
def brighten(img, delta):
    wide = img.long() + delta
    return torch.where(wide > 255, 255, wide).to(torch.uint8)


# %% brighten | wrong: no-lower-limit | Python's min
def brighten(img, delta):
    table = torch.tensor([min(p + delta, 255) for p in range(256)]).to(torch.uint8)
    return table[img.long()]


# %% brighten | misconception | no-upper-limit
why = "A large delta needs a limit: what exceeds 255 has to become 255, or it wraps around to the bottom."
next = "x = torch.tensor([-50, 300]); print(x.clamp(min=0), x.clamp(0, 255), x.clamp(min=0).to(torch.uint8))"


# %% brighten | wrong: no-upper-limit | below
# breaks: "a sum above 255 becomes 255"
def brighten(img, delta):
    return (img.int() + delta).clamp(min=0).to(torch.uint8)


# %% brighten | wrong: no-upper-limit | below, in the picture's dtype
def brighten(img, delta):
    wide = img.to(torch.int32) + delta
    wide[wide < 0] = 0
    return wide.to(img.dtype)


# %% brighten | wrong: no-upper-limit | a mask below
def brighten(img, delta):
    wide = img.int() + delta
    wide[wide < 0] = 0
    return wide.byte()


# %% brighten | wrong: no-upper-limit | relu
def brighten(img, delta):
    return torch.relu(img.int() + delta).to(torch.uint8)


# %% brighten | wrong: no-upper-limit | maximum
def brighten(img, delta):
    return torch.maximum(img.long() + delta, torch.tensor(0)).byte()


# %% brighten | wrong: no-upper-limit | where, below
def brighten(img, delta):
    wide = img.to(torch.int16) + delta
    return torch.where(wide < 0, 0, wide).to(torch.uint8)


# %% brighten | misconception | beyond-255
why = "With a delta beyond 255 a sum in uint8 wraps around more than once, and 255 - delta or -delta beside uint8 wraps too: compute in a wider dtype."
next = "x = torch.tensor([0, 100, 250], dtype=torch.uint8); print(x + 300, x > -45, x.int() > -45)"


# %% brighten | wrong: beyond-255 | looks for a wrap on either side
# breaks: "`delta` is a whole number between -1000 and 1000"
def brighten(img, delta):
    out = img + delta
    if delta >= 0:
        out[out < img] = 255
    else:
        out[out > img] = 0
    return out


# %% brighten | wrong: beyond-255 | where it wrapped
def brighten(img, delta):
    out = img + delta
    if delta >= 0:
        return torch.where(out < img, 255, out)
    return torch.where(out > img, 0, out)


# %% brighten | wrong: beyond-255 | wrapped, as masks
def brighten(img, delta):
    out = img.clone() + delta
    wrapped = out < img if delta > 0 else out > img
    out[wrapped] = 255 if delta > 0 else 0
    return out


# %% brighten | wrong: beyond-255 | room above and below
def brighten(img, delta):
    if delta >= 0:
        return torch.where(img > 255 - delta, 255, img + delta)
    return torch.where(img < -delta, 0, img + delta)


# %% brighten | wrong: beyond-255 | masks of the picture
def brighten(img, delta):
    out = img + delta
    if delta > 0:
        out[img > 255 - delta] = 255
    else:
        out[img < -delta] = 0
    return out


# %% brighten | wrong: beyond-255 | full where there is no room
def brighten(img, delta):
    if delta < 0:
        return torch.where(img < abs(delta), torch.zeros_like(img), img + delta)
    return torch.where(img > 255 - delta, torch.full_like(img, 255), img + delta)


# %% brighten | wrong: beyond-255 | the other way round
def brighten(img, delta):
    if delta >= 0:
        return torch.where(img <= 255 - delta, img + delta, 255)
    return torch.where(img >= -delta, img + delta, 0)


# %% brighten | wrong: beyond-255 | room above
def brighten(img, delta):
    if delta >= 0:
        return torch.where(img > 255 - delta, 255, img + delta)
    return (img.int() + delta).clamp(min=0).to(torch.uint8)


# %% brighten | wrong: beyond-255 | room above only, masks
def brighten(img, delta):
    if delta < 0:
        return (img.to(torch.int16) + delta).clamp(0, 255).to(torch.uint8)
    out = img + delta
    out[img > 255 - delta] = 255
    return out


# %% brighten | misconception | wide-result
why = "The sum needs a wider dtype, the picture does not: convert back to uint8 at the end."
next = "x = torch.tensor([250], dtype=torch.uint8); print((x.to(torch.int16) + 10).clamp(0, 255).dtype)"


# %% brighten | wrong: wide-result | int16
# breaks: "Return a new `uint8` picture of the same shape"
def brighten(img, delta):
    return (img.to(torch.int16) + delta).clamp(0, 255)


# %% brighten | wrong: wide-result | int16, clip
def brighten(img, delta):
    return torch.clip(img.short() + delta, 0, 255)


# %% brighten | wrong: wide-result | int16 and limits
def brighten(img, delta):
    wide = img.to(torch.int16)
    return torch.clamp(wide + delta, 0, 255)


# %% brighten | wrong: wide-result | int16, two steps
def brighten(img, delta):
    out = img.short()
    out = out + delta
    return out.clamp(0, 255)


# %% brighten | wrong: wide-result | int32 and limits
def brighten(img, delta):
    return torch.clip(img.to(torch.int32) + delta, 0, 255)


# %% brighten | wrong: wide-result | int32
def brighten(img, delta):
    return torch.clamp(img.int() + delta, min=0, max=255)


# %% brighten | wrong: wide-result | int32, in place
def brighten(img, delta):
    return (img.to(torch.int32) + delta).clamp_(0, 255)


# %% brighten | wrong: wide-result | int64
def brighten(img, delta):
    return (img.long() + delta).clamp(0, 255)


# %% brighten | wrong: wide-result | int64, where
def brighten(img, delta):
    wide = img.to(torch.int64) + delta
    wide = torch.where(wide > 255, 255, wide)
    return torch.where(wide < 0, 0, wide)


# %% brighten | wrong: wide-result | float
def brighten(img, delta):
    return (img.float() + delta).clamp(0, 255)


# %% brighten | wrong: wide-result | float32
def brighten(img, delta):
    return torch.clip(img.to(torch.float32) + delta, 0.0, 255.0)


# %% brighten | misconception | writes-into-the-picture
why = "img belongs to the caller: an assignment into it, or a name that ends in _, changes it; view(), and to() with the dtype that it has, give the same memory."
next = "x = torch.tensor([1, 2]); y = x; y[...] = 0; print(x)"


# %% brighten | wrong: writes-into-the-picture | copy_
# breaks: "A tensor or list that your function gets stays as it was."
def brighten(img, delta):
    img.copy_((img.to(torch.int16) + delta).clamp(0, 255))
    return img


# %% brighten | wrong: writes-into-the-picture | assigned
def brighten(img, delta):
    wide = (img.int() + delta).clamp(0, 255)
    img[...] = wide.to(torch.uint8)
    return img


# %% brighten | wrong: writes-into-the-picture | masks, assigned
def brighten(img, delta):
    wide = img.int() + delta
    wide[wide < 0] = 0
    wide[wide > 255] = 255
    img[...] = wide.to(torch.uint8)
    return img


# %% brighten | wrong: writes-into-the-picture | data
def brighten(img, delta):
    img.data.copy_((img.int() + delta).clamp(0, 255))
    return img


# %% brighten | wrong: writes-into-the-picture | set in place
def brighten(img, delta):
    out = img
    out.copy_((img.long() + delta).clamp(0, 255).to(torch.uint8))
    return out


# %% brighten | misconception | no-new-picture
why = "A new picture has memory of its own: where there is nothing to add, a copy is still asked for."
next = "x = torch.tensor([1, 2]); y = x; z = x.clone(); x[0] = 99; print(y, z)"


# %% brighten | wrong: no-new-picture | the picture itself
# breaks: "It has memory of its own, even when `delta` is 0"
def brighten(img, delta):
    if delta == 0:
        return img
    return (img.short() + delta).clamp_(0, 255).type(torch.uint8)


# %% brighten | wrong: no-new-picture | nothing to add
def brighten(img, delta):
    if not delta:
        return img
    return (img.int() + delta).clamp(0, 255).byte()


# %% brighten | wrong: no-new-picture | in one line
def brighten(img, delta):
    return img if delta == 0 else torch.clip(img.long() + delta, 0, 255).to(torch.uint8)


# %% brighten | wrong: no-new-picture | early end
def brighten(img, delta):
    if delta != 0:
        return (img.long() + delta).clamp(0, 255).to(torch.uint8)
    return img


# %% brighten | wrong: no-new-picture | changed only where there is something
def brighten(img, delta):
    out = img
    if delta:
        out = (img.int() + delta).clamp(0, 255).to(torch.uint8)
    return out


# %% brighten | wrong: no-new-picture | a view
def brighten(img, delta):
    if delta == 0:
        return img.view(img.shape) if img.is_contiguous() else img[...]
    return (img.float() + delta).clamp(0, 255).byte()


# %% brighten | wrong: no-new-picture | a detached one
def brighten(img, delta):
    out = img.detach()
    if delta != 0:
        out = (out.long() + delta).clamp(0, 255).to(torch.uint8)
    return out


# %% brighten | wrong | looks for one wrap
def brighten(img, delta):
    out = img + delta
    out[out < img] = 255
    return out


# %% brighten | wrong | int8
def brighten(img, delta):
    return (img.to(torch.int8) + delta).clamp(0, 127).to(torch.uint8)


# %% brighten | wrong | 254
def brighten(img, delta):
    return (img.int() + delta).clamp(0, 254).to(torch.uint8)


# %% brighten | wrong | a matrix only
# breaks: "a tensor of dtype `uint8` and of any shape"
def brighten(img, delta):
    height, width = img.shape
    out = torch.zeros(height, width, dtype=torch.uint8)
    for row in range(height):
        for column in range(width):
            out[row, column] = min(max(int(img[row, column]) + delta, 0), 255)
    return out


# %% brighten | wrong | the brightest pixel of nothing
def brighten(img, delta):
    wide = img.to(torch.int16) + delta
    if wide.max() > 255 or wide.min() < 0:
        wide = wide.clamp(0, 255)
    return wide.to(torch.uint8)


# %% brighten | wrong | one pixel becomes a vector
# breaks: "of the same shape"
def brighten(img, delta):
    wide = np.clip(img.numpy().astype(np.int64) + delta, 0, 255)
    return torch.from_numpy(np.ascontiguousarray(wide, dtype=np.uint8))


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


# %% div_modes | right | divide and its modes
def div_modes(a, b):
    true = torch.divide(a, b)
    down, cut = (torch.divide(a, b, rounding_mode=mode) for mode in ("floor", "trunc"))
    return true, down, cut


# %% div_modes | misconception | true-quotient-in-place
why = "An in-place operation, and out= as well, cannot change the dtype of its tensor: the true quotient of integers needs a new one."
next = "try:\n    torch.tensor([1]).add_(1.5)\nexcept RuntimeError as error:\n    print(error)"
link = "https://docs.pytorch.org/docs/2.13/tensor_attributes.html#type-promotion-doc"


# %% div_modes | wrong: true-quotient-in-place | div_
# breaks: "the true one, `float32`"
def div_modes(a, b):
    return a.clone().div_(b), a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: true-quotient-in-place | /=
def div_modes(a, b):
    true = a.clone()
    true /= b
    return true, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: true-quotient-in-place | true_divide_
def div_modes(a, b):
    true = a.clone().true_divide_(b)
    return true, torch.div(a, b, rounding_mode="floor"), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: true-quotient-in-place | out
def div_modes(a, b):
    return torch.div(a, b, out=torch.empty_like(a)), a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: true-quotient-in-place | a copy, divided
def div_modes(a, b):
    copy = a.clone()
    copy.div_(b)
    return copy, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | misconception | floor-is-not-cut-off
why = "// and floor round down, trunc and Python's int(...) cut off towards zero: they differ below zero."
next = "print(torch.tensor(-7) // 2, int(-7 / 2))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.div.html"


# %% div_modes | wrong: floor-is-not-cut-off | floor twice
# breaks: "the one cut off towards zero"
def div_modes(a, b):
    return a / b, a // b, a // b


# %% div_modes | wrong: floor-is-not-cut-off | trunc twice
# breaks: "the one rounded down"
def div_modes(a, b):
    cut = torch.div(a, b, rounding_mode="trunc")
    return a / b, cut, cut


# %% div_modes | wrong: floor-is-not-cut-off | floor mode twice
def div_modes(a, b):
    return a / b, torch.div(a, b, rounding_mode="floor"), torch.floor_divide(a, b)


# %% div_modes | wrong: floor-is-not-cut-off | a copy
def div_modes(a, b):
    whole = a // b
    return a / b, whole, whole.clone()


# %% div_modes | wrong: floor-is-not-cut-off | trunc for //
def div_modes(a, b):
    cut = torch.div(a, b, rounding_mode="trunc")
    return torch.div(a, b), cut, cut.clone()


# %% div_modes | wrong: floor-is-not-cut-off | trunc, written twice
def div_modes(a, b):
    return a / b, torch.div(a, b, rounding_mode="trunc"), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: floor-is-not-cut-off | trunc and itself
def div_modes(a, b):
    whole = torch.div(a, b, rounding_mode="trunc")
    return a / b, whole, whole + 0


# %% div_modes | wrong: floor-is-not-cut-off | trunc, a list of two
def div_modes(a, b):
    return (a / b, *[torch.div(a, b, rounding_mode="trunc")] * 2)


# %% div_modes | wrong: floor-is-not-cut-off | floor_divide twice
def div_modes(a, b):
    return a / b, torch.floor_divide(a, b), torch.floor_divide(a, b)


# %% div_modes | misconception | through-float32
why = "Integer division stays exact only if it never becomes a float32."
next = "x = torch.tensor(16777217); print(x // 1, (x / 1).floor().to(x.dtype))"


# %% div_modes | wrong: through-float32 | both
# breaks: "are exact for large integers too"
def div_modes(a, b):
    dtype = torch.result_type(a, b)
    return a / b, (a / b).floor().to(dtype), (a / b).trunc().to(dtype)


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


# %% div_modes | wrong: through-float32 | the result type
def div_modes(a, b):
    q, dtype = a / b, (a // b).dtype
    return q, q.floor().to(dtype), q.trunc().to(dtype)


# %% div_modes | wrong: through-float32 | floor and trunc, then the dtype
def div_modes(a, b):
    whole = a // b
    return a / b, torch.floor(a / b).to(whole.dtype), torch.trunc(a / b).to(whole.dtype)


# %% div_modes | wrong: through-float32 | the middle only
def div_modes(a, b):
    return a / b, (a / b).floor().to(torch.result_type(a, b)), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: through-float32 | a cast cuts off
def div_modes(a, b):
    down = a // b
    return a / b, down, (a / b).to(down.dtype)


# %% div_modes | wrong: through-float32 | trunc only
def div_modes(a, b):
    down = torch.floor_divide(a, b)
    return a / b, down, torch.trunc(a / b).to(down.dtype)


# %% div_modes | wrong: through-float32 | floor only
def div_modes(a, b):
    cut = torch.div(a, b, rounding_mode="trunc")
    return a / b, torch.floor(a / b).to(cut.dtype), cut


# %% div_modes | wrong: through-float32 | floor of the quotient
def div_modes(a, b):
    q = torch.true_divide(a, b)
    return q, q.floor().to((a // b).dtype), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | misconception | float-results
why = "floor and trunc of a float are floats still: the rounded quotients keep the integer dtype."
next = "x = torch.tensor([7, 2]); print((x / 2).floor().dtype, (x // 2).dtype)"


# %% div_modes | wrong: float-results | floor and trunc
# breaks: "The last two keep the integer dtype of `a // b`"
def div_modes(a, b):
    return a / b, (a / b).floor(), (a / b).trunc()


# %% div_modes | wrong: float-results | the last only
def div_modes(a, b):
    return a / b, a // b, torch.trunc(a / b)


# %% div_modes | wrong: float-results | the middle only
def div_modes(a, b):
    return a / b, torch.floor(torch.true_divide(a, b)), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: float-results | floor and trunc of one quotient
def div_modes(a, b):
    q = a / b
    return q, q.floor(), q.trunc()


# %% div_modes | wrong: float-results | functions
def div_modes(a, b):
    q = torch.true_divide(a, b)
    return q, torch.floor(q), torch.trunc(q)


# %% div_modes | wrong: float-results | fix
def div_modes(a, b):
    return a / b, a // b, torch.fix(a / b)


# %% div_modes | wrong: float-results | floor, the middle only
def div_modes(a, b):
    q = a / b
    return q, q.floor(), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: float-results | floor as a method
def div_modes(a, b):
    return torch.div(a, b), torch.div(a, b).floor(), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: float-results | trunc as a method
def div_modes(a, b):
    q = a / b
    return q, a // b, q.trunc()


# %% div_modes | wrong: float-results | trunc, the last only
def div_modes(a, b):
    return torch.div(a, b), torch.floor_divide(a, b), torch.div(a, b).trunc()


# %% div_modes | wrong: float-results | of floats
def div_modes(a, b):
    a, b = a.float(), b.float()
    return a / b, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: float-results | modes of floats
def div_modes(a, b):
    x, y = a.float(), b.float()
    return x / y, torch.div(x, y, rounding_mode="floor"), torch.div(x, y, rounding_mode="trunc")


# %% div_modes | misconception | always-int64
why = "The rounded quotients have the dtype of a // b: neither always int64 nor what promote_types says, which knows nothing of ranks."
next = "x = torch.tensor([7, 2], dtype=torch.int16); print((x // 2).dtype, (x // 2).long().dtype)"


# %% div_modes | wrong: always-int64 | always int64
# breaks: "each of any integer dtype"
def div_modes(a, b):
    return a / b, torch.div(a, b, rounding_mode="floor").to(torch.int64), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: always-int64 | long
def div_modes(a, b):
    return a / b, (a / b).floor().long(), (a / b).trunc().long()


# %% div_modes | wrong: always-int64 | long of exact quotients
def div_modes(a, b):
    return a / b, (a // b).long(), torch.div(a, b, rounding_mode="trunc").long()


# %% div_modes | wrong: always-int64 | both to int64
def div_modes(a, b):
    a, b = a.long(), b.long()
    return a / b, torch.div(a, b, rounding_mode="floor"), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: always-int64 | int64 first
def div_modes(a, b):
    x, y = a.to(torch.int64), b.to(torch.int64)
    return x / y, x // y, torch.div(x, y, rounding_mode="trunc")


# %% div_modes | wrong: always-int64 | the middle only
def div_modes(a, b):
    return a / b, (a // b).to(torch.int64), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: always-int64 | the one rounded down, long
def div_modes(a, b):
    down = torch.floor_divide(a, b).long()
    return torch.true_divide(a, b), down, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: always-int64 | long, and //
def div_modes(a, b):
    wide_a, wide_b = a.long(), b.long()
    return wide_a / wide_b, wide_a // wide_b, torch.div(wide_a, wide_b, rounding_mode="trunc")


# %% div_modes | wrong: always-int64 | quotients in int64
def div_modes(a, b):
    down, cut = (torch.div(a, b, rounding_mode=mode).to(torch.int64) for mode in ("floor", "trunc"))
    return a / b, down, cut


# %% div_modes | wrong: always-int64 | the last one to int64
def div_modes(a, b):
    cut = torch.div(a, b, rounding_mode="trunc")
    return torch.div(a, b), torch.floor_divide(a, b), cut.long()


# %% div_modes | wrong: always-int64 | the exact last one
def div_modes(a, b):
    return a / b, a // b, torch.trunc(a.double() / b.double()).long()


# %% div_modes | wrong: always-int64 | floor and trunc, then long
def div_modes(a, b):
    quotient = a / b
    return quotient, torch.floor(quotient).long(), torch.trunc(quotient).long()


# %% div_modes | wrong: always-int64 | through float64
def div_modes(a, b):
    exact = a.double() / b.double()
    return a / b, exact.floor().long(), exact.trunc().long()


# %% div_modes | wrong: always-int64 | the last only
def div_modes(a, b):
    return a / b, a // b, torch.div(a, b, rounding_mode="trunc").to(torch.int64)


# %% div_modes | wrong: always-int64 | the cast cuts off
def div_modes(a, b):
    return a / b, a // b, (a / b).long()


# %% div_modes | wrong: always-int64 | trunc to int64
def div_modes(a, b):
    return a / b, a // b, torch.trunc(a / b).to(torch.int64)


# %% div_modes | wrong: always-int64 | the dtypes alone decide
def div_modes(a, b):
    dtype = torch.promote_types(a.dtype, b.dtype)
    down, cut = [torch.div(a, b, rounding_mode=mode).to(dtype) for mode in ("floor", "trunc")]
    return a / b, down, cut


# %% div_modes | misconception | like-the-first
why = "The two broadcast and find a common dtype: the quotients have the shape and dtype of a // b, not those of a."
next = "a, b = torch.tensor([7], dtype=torch.int16), torch.tensor([2, 3]); print((a // b).shape, (a // b).dtype)"


# %% div_modes | wrong: like-the-first | dtype of a
# breaks: "the integer dtype of `a // b`"
def div_modes(a, b):
    x, y = a.long(), b.long()
    down = torch.div(x, y, rounding_mode="floor")
    cut = torch.div(x, y, rounding_mode="trunc")
    return x / y, down.to(a.dtype), cut.to(a.dtype)


# %% div_modes | wrong: like-the-first | the dtype of a, at the end
def div_modes(a, b):
    cut = torch.div(a, b, rounding_mode="trunc")
    return a / b, (a // b).to(a.dtype), cut.to(a.dtype)


# %% div_modes | wrong: like-the-first | b like a
def div_modes(a, b):
    b = b.to(a.dtype)
    return a / b, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: like-the-first | type of a
def div_modes(a, b):
    down = torch.floor_divide(a, b).type(a.dtype)
    return torch.div(a, b), down, torch.div(a, b, rounding_mode="trunc").type(a.dtype)


# %% div_modes | wrong: like-the-first | the dtype of a
def div_modes(a, b):
    q = a / b
    return q, torch.floor(q).to(a.dtype), torch.trunc(q).to(a.dtype)


# %% div_modes | wrong: like-the-first | floor and trunc, the dtype of a
def div_modes(a, b):
    q = torch.true_divide(a, b)
    return q, q.floor().to(a.dtype), q.trunc().to(a.dtype)


# %% div_modes | wrong: like-the-first | sizes of a
def div_modes(a, b):
    true = torch.empty_like(a, dtype=torch.float32)
    true[...] = a / b
    return true, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: like-the-first | zeros of the shape of a
def div_modes(a, b):
    true = torch.zeros(a.shape)
    true[:] = torch.div(a, b)
    return true, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: like-the-first | shape of a
# breaks: "All three have the shape of `a // b`"
def div_modes(a, b):
    q = torch.empty(a.shape, dtype=torch.float32)
    q[...] = a / b
    return q, (a // b).reshape(a.shape), torch.div(a, b, rounding_mode="trunc").reshape(a.shape)


# %% div_modes | wrong: like-the-first | a as float32, divided in place
def div_modes(a, b):
    true = a.to(torch.float32)
    true /= b
    return true, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: like-the-first | float and div_
def div_modes(a, b):
    down, cut = a // b, torch.div(a, b, rounding_mode="trunc")
    return a.float().div_(b.float()), down, cut


# %% div_modes | wrong: like-the-first | true_divide_ of a in float32
def div_modes(a, b):
    wide = torch.zeros(a.shape) + a
    wide.true_divide_(b)
    return wide, torch.floor_divide(a, b), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | misconception | round-to-nearest
why = "round goes to the nearest whole number, neither down nor towards zero."
next = "print(torch.tensor([-1.75, 1.75]).round(), torch.tensor([-1.75, 1.75]).floor(), torch.tensor([-1.75, 1.75]).trunc())"


# %% div_modes | wrong: round-to-nearest | for the one rounded down
def div_modes(a, b):
    dtype = (a // b).dtype
    return a / b, torch.round(a.double() / b.double()).to(dtype), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: round-to-nearest | for the one cut off
def div_modes(a, b):
    down = a // b
    return a / b, down, (a.double() / b).round().to(down.dtype)


# %% div_modes | wrong: round-to-nearest | round of the quotient
def div_modes(a, b):
    cut = torch.div(a, b, rounding_mode="trunc")
    return a / b, (a.double() / b.double()).round().to(cut.dtype), cut


# %% div_modes | wrong: round-to-nearest | round, cut off
def div_modes(a, b):
    dtype = torch.result_type(a, b)
    nearest = torch.round(a.to(torch.float64) / b.to(torch.float64))
    return torch.true_divide(a, b), torch.floor_divide(a, b), nearest.to(dtype)


# %% div_modes | wrong: round-to-nearest | rounded last
def div_modes(a, b):
    q = a.double() / b.double()
    return a / b, a // b, q.round().to((a // b).dtype)


# %% div_modes | wrong: round-to-nearest | the nearest for the last
def div_modes(a, b):
    down = torch.div(a, b, rounding_mode="floor")
    return a / b, down, torch.round(a.double() / b.double()).to(down.dtype)


# %% div_modes | wrong: round-to-nearest | float64, rounded
def div_modes(a, b):
    exact = a.to(torch.float64) / b.to(torch.float64)
    return a / b, exact.round().to((a // b).dtype), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | misconception | float64-quotient
why = "a / b of integers is float32 already: neither double() nor NumPy is needed, and both make it float64."
next = "a, b = torch.tensor([7]), torch.tensor([2]); print((a / b).dtype, (a.double() / b).dtype)"


# %% div_modes | wrong: float64-quotient | double
def div_modes(a, b):
    return a.double() / b, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: float64-quotient | double of the quotient
def div_modes(a, b):
    return a.double() / b.double(), torch.div(a, b, rounding_mode="floor"), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: float64-quotient | NumPy
def div_modes(a, b):
    return torch.as_tensor(a.numpy() / b.numpy()), a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong: float64-quotient | float64 for digits
def div_modes(a, b):
    exact = a.to(torch.float64) / b
    return exact, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong | one is missing
# breaks: "Return three quotients"
def div_modes(a, b):
    return a / b, a // b


# %% div_modes | wrong | a mode that is none
def div_modes(a, b):
    return a / b, torch.div(a, b, rounding_mode="down"), torch.div(a, b, rounding_mode="trunc")


# %% div_modes | wrong | by size and sign
def div_modes(a, b):
    cut = torch.sign(a) * torch.sign(b) * (torch.abs(a) // torch.abs(b))
    return a / b, a // b, cut


# %% div_modes | wrong | promoted, a number behind apart
def div_modes(a, b):
    dtype = torch.promote_types(a.dtype, b.dtype) if b.dim() else a.dtype
    down, cut = a // b, torch.div(a, b, rounding_mode="trunc")
    return a / b, down.to(dtype), cut.to(dtype)


# %% div_modes | wrong | the dtype of the table
# breaks: "The last two keep the integer dtype of `a // b`"
def div_modes(a, b):
    dtype = a.dtype if b.dim() == 0 else b.dtype if a.dim() == 0 else torch.promote_types(a.dtype, b.dtype)
    return a / b, (a // b).to(dtype), torch.div(a, b, rounding_mode="trunc").to(dtype)


# %% div_modes | wrong | nothing to divide
# breaks: "All three have the shape of `a // b`"
def div_modes(a, b):
    if 0 in (a.numel(), b.numel()):
        return torch.zeros(0), torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.int64)
    return a / b, a // b, torch.div(a, b, rounding_mode="trunc")


# %% div_modes | misconception | one-more-for-every-negative
why = "Rounded down and cut off differ, by 1, only where the quotient is negative and leaves a rest: -6 / 3 is -2 both times."
next = "a = torch.tensor([-7, -6]); print(a / 3, a // 3, torch.div(a, 3, rounding_mode='trunc'))"


# %% div_modes | wrong: one-more-for-every-negative | where it is negative
# breaks: "the one cut off towards zero"
def div_modes(a, b):
    floored = torch.floor_divide(a, b)
    return torch.true_divide(a, b), floored, torch.where(floored.lt(0), floored.add(1), floored)


# %% div_modes | wrong: one-more-for-every-negative | a bool as 0 or 1
def div_modes(a, b):
    below = a // b
    return a / b, below, below + (below < 0)


# %% div_modes | wrong: one-more-for-every-negative | by a mask
def div_modes(a, b):
    down = torch.div(a, b, rounding_mode="floor")
    towards_zero = down.clone()
    towards_zero[down < 0] += 1
    return a / b, down, towards_zero


# %% div_modes | wrong: one-more-for-every-negative | by the true quotient
def div_modes(a, b):
    true, down = a / b, a // b
    return true, down, down + (true < 0).to(down.dtype)


# %% div_modes | wrong: one-more-for-every-negative | one less
def div_modes(a, b):
    true, cut = a / b, torch.div(a, b, rounding_mode="trunc")
    return true, torch.where(true < 0, cut - 1, cut), cut


# %% div_modes | wrong: one-more-for-every-negative | less a bool
def div_modes(a, b):
    true = torch.div(a, b)
    cut = torch.div(a, b, rounding_mode="trunc")
    down = cut - (true < 0).to(cut.dtype)
    return true, down, cut


# %% div_modes | wrong: one-more-for-every-negative | masked_fill of ones
def div_modes(a, b):
    down = a // b
    step = torch.ones_like(down).masked_fill(down >= 0, 0)
    return torch.true_divide(a, b), down, down + step


# %% div_modes | wrong: one-more-for-every-negative | one less, by a mask
def div_modes(a, b):
    quotient, cut = a / b, torch.div(a, b, rounding_mode="trunc")
    down = cut.clone()
    down[quotient < 0] -= 1
    return quotient, down, cut


# %% div_modes | misconception | the-other-way-round
why = "The quotient rounded down, floor or //, comes before the one cut off towards zero, trunc: here the two stand the other way round."
next = "print(div_modes(torch.tensor(-7), torch.tensor(2))[1:], 'expected -4, then -3')"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.div.html"


# %% div_modes | wrong: the-other-way-round | swapped
# breaks: "Return three quotients, in this order"
def div_modes(a, b):
    return torch.div(a, b), torch.div(a, b, rounding_mode="trunc"), torch.div(a, b, rounding_mode="floor")


# %% div_modes | wrong: the-other-way-round | trunc before //
def div_modes(a, b):
    return a / b, torch.div(a, b, rounding_mode="trunc"), a // b


# %% div_modes | wrong: the-other-way-round | trunc, then floor_divide
def div_modes(a, b):
    cut = torch.div(a, b, rounding_mode="trunc")
    return torch.true_divide(a, b), cut, torch.floor_divide(a, b)


# %% div_modes | wrong: the-other-way-round | taken in turn
def div_modes(a, b):
    quotients = [torch.div(a, b, rounding_mode=mode) for mode in (None, "trunc", "floor")]
    return tuple(quotients)


# %% div_modes | wrong: the-other-way-round | names exchanged
def div_modes(a, b):
    down, towards_zero = torch.div(a, b, rounding_mode="trunc"), torch.div(a, b, rounding_mode="floor")
    return torch.true_divide(a, b), down, towards_zero


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


# %% is_ragged | right | level by level
def is_ragged(xs):
    level = [xs]
    while level:
        kinds = {len(x) if isinstance(x, list) else None for x in level}
        if len(kinds) > 1:
            return True
        level = [y for x in level if isinstance(x, list) for y in x]
    return False


# %% is_ragged | misconception | torch-notices-all
why = "When the first row is empty, torch.tensor does not look into the others."
next = "print(torch.tensor([[], [1]]))"


# %% is_ragged | wrong: torch-notices-all | both errors
# breaks: "an empty list is a list of length 0"
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


# %% is_ragged | wrong: torch-notices-all | as_tensor, both errors
def is_ragged(xs):
    try:
        torch.as_tensor(xs)
    except (TypeError, ValueError):
        return True
    return False


# %% is_ragged | wrong: torch-notices-all | any error, with an else
def is_ragged(xs):
    try:
        torch.tensor(xs)
    except Exception:
        return True
    else:
        return False


# %% is_ragged | wrong: torch-notices-all | a result or none
def is_ragged(xs):
    try:
        table = torch.tensor(xs)
    except Exception:
        table = None
    return table is None


# %% is_ragged | wrong: torch-notices-all | errors, one after the other
def is_ragged(xs):
    try:
        torch.tensor(xs)
    except ValueError:
        return True
    except TypeError:
        return True
    return False


# %% is_ragged | misconception | only-ValueError
why = "torch.tensor decides less than it seems: behind an empty first row it looks at no other, and a number next to a list is another error, TypeError, than a short row."
next = "try:\n    torch.tensor([1, [2]])\nexcept TypeError as error:\n    print(error)"


# %% is_ragged | wrong: only-ValueError | ValueError
# breaks: "or numbers and lists are"
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


# %% is_ragged | wrong: only-ValueError | with an else
def is_ragged(xs):
    try:
        torch.tensor(xs)
    except ValueError:
        return True
    else:
        return False


# %% is_ragged | wrong: only-ValueError | as_tensor
def is_ragged(xs):
    ragged = False
    try:
        torch.as_tensor(xs)
    except ValueError:
        ragged = True
    return ragged


# %% is_ragged | wrong: only-ValueError | the words of the error
def is_ragged(xs):
    try:
        torch.tensor(xs)
        return False
    except ValueError as error:
        return "expected sequence" in str(error)


# %% is_ragged | misconception | outer-level-only
why = "All lists of one level must agree, at every level, also where they stand in different lists."
next = "x = [[[1], [2]], [[3, 4], [5, 6]]]; print([len(row) for row in x], [len(row) for part in x for row in part])"


# %% is_ragged | wrong: outer-level-only | every list on its own
# breaks: "Lists of one level count as side by side wherever they are in `xs`"
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    if len({len(x) if isinstance(x, list) else None for x in xs}) > 1:
        return True
    return any(is_ragged(x) for x in xs)


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


# %% is_ragged | wrong: outer-level-only | each list by itself
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    sizes = {len(x) if isinstance(x, list) else -1 for x in xs}
    if len(sizes) > 1:
        return True
    for x in xs:
        if is_ragged(x):
            return True
    return False


# %% is_ragged | wrong: outer-level-only | each list by itself, any
def is_ragged(xs):
    if isinstance(xs, list):
        kinds = {len(x) if isinstance(x, list) else "number" for x in xs}
        return len(kinds) > 1 or any(is_ragged(x) for x in xs)
    return False


# %% is_ragged | wrong: outer-level-only | each list by itself, all
def is_ragged(xs):
    if not isinstance(xs, list) or not xs:
        return False
    first = len(xs[0]) if isinstance(xs[0], list) else -1
    agree = all((len(x) if isinstance(x, list) else -1) == first for x in xs)
    return not (agree and all(not is_ragged(x) for x in xs))


# %% is_ragged | wrong: outer-level-only | lengths of the rows
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    return len({len(row) for row in xs if isinstance(row, list)}) > 1


# %% is_ragged | wrong: outer-level-only | kinds too
# breaks: "because at some level lists of different lengths are side by side"
def is_ragged(xs):
    if not isinstance(xs, list) or not xs:
        return False
    if not isinstance(xs[0], list):
        return any(isinstance(x, list) for x in xs)
    return any(not isinstance(row, list) or len(row) != len(xs[0]) for row in xs)


# %% is_ragged | wrong: outer-level-only | every list on its own, lengths only
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    rows = [x for x in xs if isinstance(x, list)]
    return any(len(row) != len(rows[0]) for row in rows) or any(is_ragged(row) for row in rows)


# %% is_ragged | wrong: outer-level-only | two levels
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    if any(isinstance(x, list) for x in xs):
        if not all(isinstance(x, list) for x in xs):
            return True
        return len(set(len(x) for x in xs)) != 1
    return False


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


# %% is_ragged | wrong: outer-level-only | rows of the first level
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    lengths = []
    for row in xs:
        lengths.append(len(row) if isinstance(row, list) else -1)
    return len(set(lengths)) > 1


# %% is_ragged | wrong: outer-level-only | the first row and the others
def is_ragged(xs):
    if not isinstance(xs, list) or xs == []:
        return False
    sizes = [len(x) if isinstance(x, list) else None for x in xs]
    return any(size != sizes[0] for size in sizes)


# %% is_ragged | wrong: outer-level-only | entries of rows
def is_ragged(xs):
    if not isinstance(xs, list) or not xs or not isinstance(xs[0], list):
        return False
    total = sum(len(r) if isinstance(r, list) else 1 for r in xs)
    return total != len(xs) * len(xs[0])


# %% is_ragged | wrong: outer-level-only | entries of the rows
def is_ragged(xs):
    if not isinstance(xs, list) or not xs or not isinstance(xs[0], list):
        return False
    entries = [y for x in xs for y in (x if isinstance(x, list) else [x])]
    return len(entries) != len(xs) * len(xs[0])


# %% is_ragged | wrong: outer-level-only | three levels
def is_ragged(xs):
    level = [xs]
    for _ in range(3):
        if len({len(x) if isinstance(x, list) else -1 for x in level}) > 1:
            return True
        level = [y for x in level if isinstance(x, list) for y in x]
    return False


# %% is_ragged | wrong: outer-level-only | each list by itself, lengths alone
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    lengths = {len(x) for x in xs if isinstance(x, list)}
    return len(lengths) > 1 or any(is_ragged(x) for x in xs)


# %% is_ragged | wrong: outer-level-only | lengths alone, first level
def is_ragged(xs):
    if isinstance(xs, list):
        lengths = [len(row) for row in xs if isinstance(row, list)]
        return len(set(lengths)) > 1
    return False


# %% is_ragged | wrong: outer-level-only | down the first rows
def is_ragged(xs):
    while isinstance(xs, list) and xs:
        if len({len(x) if isinstance(x, list) else -1 for x in xs}) > 1:
            return True
        xs = xs[0]
    return False


# %% is_ragged | wrong: outer-level-only | first and last of a level
def is_ragged(xs):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        if not all(isinstance(x, list) for x in level) or len(level[0]) != len(level[-1]):
            return True
        level = [y for x in level for y in x]
    return False


# %% is_ragged | wrong: outer-level-only | first and last lengths
def is_ragged(xs):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        lengths = [len(x) if isinstance(x, list) else -1 for x in level]
        if -1 in lengths or lengths[0] != lengths[-1]:
            return True
        level = sum(level, [])
    return False


# %% is_ragged | wrong: outer-level-only | both ends of a level
def is_ragged(xs):
    rows = [xs]
    while rows:
        if len({isinstance(x, list) for x in rows}) == 2:
            return True
        if not isinstance(rows[0], list):
            return False
        first, *_, last = [rows[0], *rows]
        if len(first) != len(last):
            return True
        rows = [y for x in rows for y in x]
    return False


# %% is_ragged | misconception | empty-lists-left-out
why = "An empty list is a list of length 0: beside lists that hold something it makes xs ragged."
next = "print({len(x) for x in [[], [1]]})"


# %% is_ragged | wrong: empty-lists-left-out | lengths of the others
def is_ragged(xs):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        if not all(isinstance(x, list) for x in level):
            return True
        if len({len(x) for x in level if x}) > 1:
            return True
        level = [y for x in level for y in x]
    return False


# %% is_ragged | wrong: empty-lists-left-out | set aside
def is_ragged(xs):
    level = [xs]
    while level:
        lists = [x for x in level if isinstance(x, list)]
        if lists and len(lists) != len(level):
            return True
        filled = [x for x in lists if len(x) > 0]
        if any(len(x) != len(filled[0]) for x in filled):
            return True
        level = [y for x in filled for y in x]
    return False


# %% is_ragged | wrong: empty-lists-left-out | 0 does not count
def is_ragged(xs):
    level = [xs]
    while level and any(isinstance(x, list) for x in level):
        lengths = {len(x) if isinstance(x, list) else -1 for x in level} - {0}
        if len(lengths) > 1:
            return True
        level = [y for x in level if isinstance(x, list) for y in x]
    return False


# %% is_ragged | wrong: empty-lists-left-out | thrown away first
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    level = [xs]
    while any(isinstance(x, list) for x in level):
        level = [x for x in level if x != []]
        if len({len(x) if isinstance(x, list) else None for x in level}) > 1:
            return True
        level = sum((x for x in level if isinstance(x, list)), [])
    return False


# %% is_ragged | wrong: empty-lists-left-out | compared with the longest
def is_ragged(xs):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        sizes = [len(x) if isinstance(x, list) else -1 for x in level]
        if any(size not in (0, max(sizes)) for size in sizes):
            return True
        level = [y for x in level if isinstance(x, list) for y in x]
    return False


# %% is_ragged | wrong: empty-lists-left-out | pairs of neighbours that are filled
def is_ragged(xs):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        if not all(isinstance(x, list) for x in level):
            return True
        filled = [x for x in level if x]
        for a, b in zip(filled, filled[1:]):
            if len(a) != len(b):
                return True
        level = [y for x in filled for y in x]
    return False


# %% is_ragged | misconception | every-row-has-a-length
why = "A number has no length: ask isinstance(x, list) before you ask for len(x)."
next = "print([len(x) if isinstance(x, list) else None for x in [1, [2], [3, 4]]])"


# %% is_ragged | wrong: every-row-has-a-length | rows are lists
# breaks: "`xs` is a number or a list of numbers, nested at most 20 deep"
def is_ragged(xs):
    if isinstance(xs, (int, float)):
        return False
    return any(len(row) != len(xs[0]) for row in xs)


# %% is_ragged | wrong: every-row-has-a-length | the first row's length
# breaks: "no input raises an error"
def is_ragged(xs):
    first = len(xs[0])
    for row in xs:
        if len(row) != first:
            return True
    return False


# %% is_ragged | wrong: every-row-has-a-length | a set of lengths
def is_ragged(xs):
    return len({len(row) for row in xs}) > 1


# %% is_ragged | wrong: every-row-has-a-length | lengths, a number apart
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    lengths = [len(row) for row in xs]
    return len(set(lengths)) > 1


# %% is_ragged | wrong: every-row-has-a-length | any length
def is_ragged(xs):
    return any(len(row) != len(xs[0]) for row in xs)


# %% is_ragged | wrong: every-row-has-a-length | lengths in a loop
def is_ragged(xs):
    lengths = set()
    for row in xs:
        lengths.add(len(row))
    return len(lengths) > 1


# %% is_ragged | wrong: every-row-has-a-length | set, a number apart
def is_ragged(xs):
    return isinstance(xs, list) and len({len(row) for row in xs}) > 1


# %% is_ragged | wrong: every-row-has-a-length | first row and loop, a number apart
def is_ragged(xs):
    if type(xs) in (int, float, bool):
        return False
    for row in xs:
        if len(row) != len(xs[0]):
            return True
    return False


# %% is_ragged | misconception | counts-agree
why = "A short and a long row make up for each other."
next = "x = [[1, 2], [3], [4, 5, 6]]; print(sum(len(row) for row in x), len(x) * len(x[0]))"


# %% is_ragged | wrong: counts-agree | product of the first lengths
# breaks: "Return `True` if it cannot be a tensor"
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


# %% is_ragged | wrong: counts-agree | size of the first lengths
def is_ragged(xs):
    def numbers(x):
        return sum(numbers(y) for y in x) if isinstance(x, list) else 1

    size, first = 1, xs
    while isinstance(first, list):
        size *= len(first)
        first = first[0] if first else None
    return numbers(xs) != size


# %% is_ragged | wrong: counts-agree | flat numbers, reshaped
def is_ragged(xs):
    def flat(x):
        return sum((flat(y) for y in x), []) if isinstance(x, list) else [x]

    shape, first = (), xs
    while isinstance(first, list):
        shape += (len(first),)
        first = first[0] if first else 0
    try:
        torch.zeros(len(flat(xs))).view(shape)
    except RuntimeError:
        return True
    return False


# %% is_ragged | wrong: counts-agree | NumPy's reshape
def is_ragged(xs):
    flat, todo = [], [xs]
    while todo:
        x = todo.pop()
        if isinstance(x, list):
            todo.extend(x)
        else:
            flat.append(x)
    shape = []
    while isinstance(xs, list):
        shape.append(len(xs))
        xs = xs[0] if xs else None
    return len(flat) != int(np.prod(shape))


# %% is_ragged | wrong: counts-agree | mean length of a level
def is_ragged(xs):
    level = [xs]
    while isinstance(level[0], list):
        if any(not isinstance(x, list) for x in level):
            return True
        if sum(len(x) for x in level) / len(level) != len(level[0]):
            return True
        level = [y for x in level for y in x]
        if not level:
            return False
    return any(isinstance(x, list) for x in level)


# %% is_ragged | wrong: counts-agree | how many there are at each level
def is_ragged(xs):
    rows, length = [xs], 1
    while rows and any(isinstance(x, list) for x in rows):
        if not all(isinstance(x, list) for x in rows):
            return True
        length = len(rows[0])
        entries = sum(rows, [])
        if len(entries) != length * len(rows):
            return True
        rows = entries
    return False


# %% is_ragged | wrong: counts-agree | counts of two levels, top to bottom
def is_ragged(xs):
    def ragged(level):
        lists = [x for x in level if isinstance(x, list)]
        if not lists:
            return False
        below = [y for x in lists for y in x]
        if len(lists) != len(level) or len(below) != len(lists) * len(lists[0]):
            return True
        return ragged(below)

    return ragged([xs])


# %% is_ragged | wrong: counts-agree | entries by NumPy's shape
def is_ragged(xs):
    level, shape = [xs], []
    while level and isinstance(level[0], list):
        if {isinstance(x, list) for x in level} == {True, False}:
            return True
        shape.append(len(level[0]))
        level = [y for x in level for y in x]
        if len(level) != np.prod(shape):
            return True
    return any(isinstance(x, list) for x in level)


# %% is_ragged | wrong: counts-agree | mean length, fractions too
def is_ragged(xs):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        if any(not isinstance(x, list) for x in level):
            return True
        lengths = torch.tensor([float(len(x)) for x in level])
        if lengths.mean().item() != lengths[0].item():
            return True
        level = [y for x in level for y in x]
    return False


# %% is_ragged | wrong: counts-agree | rows times columns, of a flat list
def is_ragged(xs):
    if not isinstance(xs, list) or not xs or not isinstance(xs[0], list):
        return False

    def flat(x):
        return [number for y in x for number in flat(y)] if isinstance(x, list) else [x]

    rows, columns = len(xs), len(xs[0])
    return len(flat(xs)) != rows * columns


# %% is_ragged | misconception | first-speaks-for-all
why = "The first one of a level does not speak for the others: a list may stand behind a number."
next = "print([isinstance(x, list) for x in [1, [2]]])"


# %% is_ragged | wrong: first-speaks-for-all | as long as the first is a list
# breaks: "or numbers and lists are"
def is_ragged(xs):
    level = [xs]
    while level and type(level[0]) is list:
        if not all(type(x) is list and len(x) == len(level[0]) for x in level):
            return True
        level = sum(level, [])
    return False


# %% is_ragged | wrong: first-speaks-for-all | a number first is the end
def is_ragged(xs):
    level = [xs]
    while True:
        if not level or not isinstance(level[0], list):
            return False
        for x in level[1:]:
            if not isinstance(x, list) or len(x) != len(level[0]):
                return True
        level = [y for x in level for y in x]


# %% is_ragged | wrong: first-speaks-for-all | lengths beside the first
def is_ragged(xs):
    rows = [xs]
    while len(rows) > 0:
        first = rows[0]
        if not isinstance(first, list):
            break
        lengths = {len(row) if isinstance(row, list) else -1 for row in rows}
        if lengths != {len(first)}:
            return True
        rows = [x for row in rows for x in row]
    return False


# %% is_ragged | wrong: first-speaks-for-all | by recursion
def is_ragged(xs):
    def ragged(level):
        if not level or not isinstance(level[0], list):
            return False
        if any(not isinstance(x, list) for x in level) or len(set(map(len, level))) > 1:
            return True
        return ragged([y for x in level for y in x])
    return ragged([xs])


# %% is_ragged | wrong: first-speaks-for-all | an empty list behind a number
def is_ragged(xs):
    level = [xs]
    while level:
        if isinstance(level[0], list):
            if any(not isinstance(x, list) or len(x) != len(level[0]) for x in level):
                return True
        elif any(isinstance(x, list) and x for x in level):
            return True
        level = [y for x in level if isinstance(x, list) for y in x]
    return False


# %% is_ragged | misconception | types-differ
why = "Ints, floats and bools mix freely, PyTorch unifies them: only a number beside a list makes a list ragged."
next = "print(torch.tensor([[0.1, 1], [True, 2]]))"


# %% is_ragged | wrong: types-differ | types of the numbers
def is_ragged(xs):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        if len({(type(x), len(x) if isinstance(x, list) else 0) for x in level}) > 1:
            return True
        level = [x for row in level for x in row]
    return len({type(x) for x in level}) > 1


# %% is_ragged | wrong: types-differ | types of a level
# breaks: "Mixing ints, floats and bools is not ragged"
def is_ragged(xs):
    level = [xs]
    while level:
        if len({type(x) for x in level}) > 1:
            return True
        if not isinstance(level[0], list):
            return False
        if len({len(x) for x in level}) > 1:
            return True
        level = [y for x in level for y in x]
    return False


# %% is_ragged | wrong: types-differ | types and lengths
def is_ragged(xs):
    level = [xs]
    while level:
        kinds = {(type(x), len(x) if isinstance(x, list) else 0) for x in level}
        if len(kinds) > 1:
            return True
        level = [y for x in level if isinstance(x, list) for y in x]
    return False


# %% is_ragged | wrong: types-differ | type names
def is_ragged(xs):
    level = [xs]
    while level:
        kinds = {f"{type(x).__name__} {len(x) if isinstance(x, list) else ''}" for x in level}
        if len(kinds) > 1:
            return True
        level = sum((x for x in level if isinstance(x, list)), [])
    return False


# %% is_ragged | wrong: types-differ | types of three or more
def is_ragged(xs):
    if not isinstance(xs, list) or not xs:
        return False
    if len({type(x) for x in xs}) > 1 and len(xs) > 2:
        return True
    level = [xs]
    while any(isinstance(x, list) for x in level):
        if not all(isinstance(x, list) for x in level) or len({len(x) for x in level}) > 1:
            return True
        level = [x for row in level for x in row]
    return False


# %% is_ragged | wrong: types-differ | neighbours of neighbours
def is_ragged(xs):
    def shape(x):
        if not isinstance(x, list):
            return ()
        if len(x) > 2 and type(x[0]) is not type(x[2]):
            return None
        inner = {shape(y) for y in x}
        return None if len(inner) > 1 or None in inner else (len(x), *inner)

    return shape(xs) is None


# %% is_ragged | misconception | no-python-bool
why = "`and` and `or` give back one of their operands, NumPy and PyTorch have bools of their own, a function without return gives None: bool(...) makes a Python bool."
next = "print([] and True, type(np.True_), bool([] and True))"


def when(seen, want):
    return hasattr(seen.result, "dtype")


# %% is_ragged | wrong: no-python-bool | NumPy's bools
# breaks: "The result is a Python `bool`"
def is_ragged(xs):
    try:
        np.array(xs)
    except ValueError:
        return np.True_
    return np.False_


# %% is_ragged | wrong: no-python-bool | the empty list comes back
def is_ragged(xs):
    def differs(level):
        while level:
            if len({len(x) if isinstance(x, list) else -1 for x in level}) > 1:
                return True
            level = [y for x in level if isinstance(x, list) for y in x]
        return False

    return isinstance(xs, list) and xs and differs(xs)


# %% is_ragged | wrong: no-python-bool | an empty list stays
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    try:
        return xs and not np.array(xs).shape
    except ValueError:
        return True


# %% is_ragged | wrong: no-python-bool | xs and what NumPy says
def is_ragged(xs):
    def fails(xs):
        try:
            np.array(xs)
        except ValueError:
            return True
        return False

    return isinstance(xs, list) and xs and fails(xs)


# %% is_ragged | wrong: no-python-bool | nothing is false
def is_ragged(xs):
    if xs == []:
        return xs
    try:
        np.array(xs)
    except ValueError:
        return True
    return False


# %% is_ragged | wrong: no-python-bool | a tensor of bools
def is_ragged(xs):
    ragged = False
    try:
        np.array(xs)
    except ValueError:
        ragged = True
    return torch.tensor(ragged)


# %% is_ragged | wrong: no-python-bool | 1 or 0
def is_ragged(xs):
    try:
        np.array(xs)
    except ValueError:
        return int(True)
    return int(False)


# %% is_ragged | wrong: no-python-bool | a count
def is_ragged(xs):
    try:
        np.asarray(xs)
        return 0
    except ValueError:
        return 1


# %% is_ragged | wrong: no-python-bool | as_tensor
def is_ragged(xs):
    try:
        np.array(xs)
    except ValueError:
        return torch.as_tensor(True)
    return torch.as_tensor(False)


# %% is_ragged | wrong: no-python-bool | ints
def is_ragged(xs):
    try:
        np.array(xs)
    except ValueError:
        return 1
    return 0


# %% is_ragged | wrong: no-python-bool | a tensor
def is_ragged(xs):
    try:
        np.array(xs)
    except ValueError:
        return torch.tensor(True)
    return torch.tensor(False)


# %% is_ragged | wrong: no-python-bool | NumPy decides
def is_ragged(xs):
    try:
        np.array(xs)
        ragged = False
    except ValueError:
        ragged = True
    return np.bool_(ragged)


# %% is_ragged | wrong: no-python-bool | a number of kinds
def is_ragged(xs):
    level, more = [xs], 0
    while level:
        more = more or len({len(x) if isinstance(x, list) else -1 for x in level}) > 1
        level = [y for x in level if isinstance(x, list) for y in x]
    return int(more)


# %% is_ragged | misconception | mixture-in-one-list
why = "A level holds numbers alone or lists alone, wherever in xs they stand: numbers in one list and lists in the next are a mixture, too."
next = "x = [[1, 2], [[3], [4]]]; print([isinstance(y, list) for part in x for y in part])"


# %% is_ragged | wrong: mixture-in-one-list | kinds in each list
# breaks: "Lists of one level count as side by side wherever they are in `xs`"
def is_ragged(xs):
    lists = [xs] if isinstance(xs, list) else []
    while lists:
        if len({len(x) for x in lists}) > 1 or any(len({type(y) is list for y in x}) > 1 for x in lists):
            return True
        lists = [y for x in lists for y in x if isinstance(y, list)]
    return False


# %% is_ragged | wrong: mixture-in-one-list | lengths by depth
def is_ragged(xs):
    lengths, mixed = {}, []

    def walk(x, depth):
        if isinstance(x, list):
            lengths.setdefault(depth, set()).add(len(x))
            inside = [isinstance(y, list) for y in x]
            mixed.append(any(inside) and not all(inside))
            for y in x:
                walk(y, depth + 1)

    walk(xs, 0)
    return any(mixed) or any(len(found) > 1 for found in lengths.values())


# %% is_ragged | wrong: mixture-in-one-list | beside the first of the list
def is_ragged(xs):
    level = [xs] if isinstance(xs, list) else []
    while level:
        for x in level:
            if len(x) != len(level[0]):
                return True
            if any(isinstance(y, list) != isinstance(x[0], list) for y in x):
                return True
        level = [y for x in level if x and isinstance(x[0], list) for y in x]
    return False


# %% is_ragged | wrong: mixture-in-one-list | a queue
def is_ragged(xs):
    sizes, queue = {}, [(0, xs)]
    for depth, x in queue:
        if not isinstance(x, list):
            continue
        lists = sum(isinstance(y, list) for y in x)
        if sizes.setdefault(depth, len(x)) != len(x) or 0 < lists < len(x):
            return True
        queue.extend((depth + 1, y) for y in x)
    return False


# %% is_ragged | wrong: mixture-in-one-list | neighbours
def is_ragged(xs):
    def mixed(x):
        return any(isinstance(a, list) is not isinstance(b, list) for a, b in zip(x, x[1:]))

    def ragged(lists):
        if not lists:
            return False
        sizes = [len(x) for x in lists]
        if max(sizes) != min(sizes) or any(map(mixed, lists)):
            return True
        return ragged([y for x in lists for y in x if isinstance(y, list)])

    return ragged([x for x in [xs] if isinstance(x, list)])


# %% is_ragged | wrong: mixture-in-one-list | mixtures first
def is_ragged(xs):
    def mixture(x):
        if not isinstance(x, list):
            return False
        kinds = {isinstance(y, list) for y in x}
        return kinds == {True, False} or any(mixture(y) for y in x)

    if mixture(xs):
        return True
    rows = [xs]
    while rows := [x for x in rows if isinstance(x, list)]:
        if any(len(row) != len(rows[-1]) for row in rows):
            return True
        rows = sum(rows, [])
    return False


# %% is_ragged | misconception | first-of-an-empty-level
why = "A level may be empty, [] and [[], []] lead to one, and then it has no first element: ask whether there is one before you look at it."
next = "level = [y for x in [[], []] for y in x]; print(level, len(level)); level[0]"


# %% is_ragged | wrong: first-of-an-empty-level | while the first is a list
# breaks: "no input raises an error"
def is_ragged(xs):
    rows = [xs]
    while isinstance(rows[0], list):
        if any(not isinstance(row, list) or len(row) != len(rows[0]) for row in rows):
            return True
        rows = [x for row in rows for x in row]
    return any(isinstance(x, list) for x in rows)


# %% is_ragged | wrong: first-of-an-empty-level | kind of the first
def is_ragged(xs):
    level = [xs]
    while True:
        first = level[0]
        if any(isinstance(x, list) != isinstance(first, list) for x in level):
            return True
        if not isinstance(first, list):
            return False
        if any(len(x) != len(first) for x in level):
            return True
        level = sum(level, [])


# %% is_ragged | wrong: first-of-an-empty-level | by recursion
def is_ragged(xs):
    def ragged(level):
        kinds = [len(x) if isinstance(x, list) else -1 for x in level]
        if kinds.count(kinds[0]) != len(kinds):
            return True
        return kinds[0] >= 0 and ragged([y for x in level for y in x])

    return ragged([xs])


# %% is_ragged | wrong: first-of-an-empty-level | the last one
def is_ragged(xs):
    level = [xs]
    while type(level[-1]) is list:
        size = len(level[-1])
        for x in level:
            if type(x) is not list or len(x) != size:
                return True
        level = [y for x in level for y in x]
    return any(type(x) is list for x in level)


# %% is_ragged | wrong: first-of-an-empty-level | a sorted level
def is_ragged(xs):
    level = [xs]
    while True:
        sizes = sorted(len(x) if isinstance(x, list) else -1 for x in level)
        if sizes[0] != sizes[-1]:
            return True
        if sizes[0] == -1:
            return False
        level = [y for x in level for y in x]


# %% is_ragged | wrong: first-of-an-empty-level | a list from a set
def is_ragged(xs):
    level = [xs]
    for _ in range(25):
        kinds = list({len(x) if isinstance(x, list) else None for x in level})
        if len(kinds) > 1:
            return True
        if kinds[0] is None:
            break
        level = [y for x in level for y in x]
    return False


# %% is_ragged | misconception | lengthens-a-list
why = "+= and extend lengthen the list itself, and a list inside xs is the caller's: join the lists of a level in a new one."
next = "x = [[1], [2]]; first = x[0]; first += x[1]; print(x)"


# %% is_ragged | wrong: lengthens-a-list | +=
# breaks: "A tensor or list that your function gets stays as it was."
def is_ragged(xs):
    level = [xs]
    while any(isinstance(x, list) for x in level):
        if len({len(x) if isinstance(x, list) else -1 for x in level}) > 1:
            return True
        whole = level[0]
        for x in level[1:]:
            whole += x
        level = whole
    return False


# %% is_ragged | wrong: lengthens-a-list | extend
def is_ragged(xs):
    def ragged(level):
        kinds = {len(x) if isinstance(x, list) else None for x in level}
        if len(kinds) > 1 or None in kinds or not level:
            return len(kinds) > 1
        for other in level[1:]:
            level[0].extend(other)
        return ragged(level[0])

    return ragged([xs])


# %% is_ragged | wrong: lengthens-a-list | taken off the front
def is_ragged(xs):
    level = [xs]
    while level:
        if len({len(x) if isinstance(x, list) else "number" for x in level}) != 1:
            return True
        if not isinstance(level[0], list):
            return False
        first, *others = level
        for other in others:
            first += other
        level = first
    return False


# %% is_ragged | wrong: lengthens-a-list | a slice at the end
def is_ragged(xs):
    level = [xs]
    while [x for x in level if isinstance(x, list)]:
        sizes = [len(x) if isinstance(x, list) else -1 for x in level]
        if min(sizes) != max(sizes):
            return True
        head = level[0]
        for x in level[1:]:
            head[len(head) :] = x
        level = head
    return False


# %% is_ragged | wrong: lengthens-a-list | append
def is_ragged(xs):
    level = [xs]
    while level:
        lists = [isinstance(x, list) for x in level]
        if any(lists) and not all(lists):
            return True
        if not any(lists):
            return False
        if any(len(x) != len(level[0]) for x in level):
            return True
        joined = level[0]
        for x in level[1:]:
            for y in x:
                joined.append(y)
        level = joined
    return False


# %% is_ragged | wrong: lengthens-a-list | reduce
def is_ragged(xs):
    from functools import reduce
    from operator import iadd

    level = [xs]
    while level and isinstance(level[0], list):
        if not all(isinstance(x, list) and len(x) == len(level[0]) for x in level):
            return True
        level = reduce(iadd, level)
    return any(isinstance(x, list) for x in level)


# %% is_ragged | wrong | an empty list
# breaks: "Otherwise return `False`"
def is_ragged(xs):
    if xs == []:
        return True
    try:
        np.array(xs)
    except ValueError:
        return True
    return False


# %% is_ragged | wrong | the first turn of the loop
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    for a, b in zip(xs, xs[1:]):
        if isinstance(a, list) != isinstance(b, list):
            return True
        if isinstance(a, list) and len(a) != len(b):
            return True
        else:
            return False
    return any(is_ragged(x) for x in xs)


# %% is_ragged | wrong | empties the list
# breaks: "A tensor or list that your function gets stays as it was."
def is_ragged(xs):
    if not isinstance(xs, list):
        return False
    kinds = set()
    while xs:
        x = xs.pop()
        kinds.add(len(x) if isinstance(x, list) else -1)
    return len(kinds) > 1


# %% is_ragged | misconception | numbers-skipped
why = "At one level there are either numbers alone or lists alone: whoever looks at the lists only overlooks the numbers beside them."
next = "level = [1, [2]]; print([x for x in level if isinstance(x, list)], [isinstance(x, list) for x in level])"


# %% is_ragged | wrong: numbers-skipped | level by level
def is_ragged(xs):
    level = [xs]
    while True:
        lists = [x for x in level if isinstance(x, list)]
        if not lists:
            return False
        if len({len(x) for x in lists}) > 1:
            return True
        level = [y for x in lists for y in x]


# %% is_ragged | wrong: numbers-skipped | lengths by depth
def is_ragged(xs):
    lengths = {}

    def walk(x, depth):
        if isinstance(x, list):
            lengths.setdefault(depth, set()).add(len(x))
            for y in x:
                walk(y, depth + 1)

    walk(xs, 0)
    return any(len(found) > 1 for found in lengths.values())


# %% is_ragged | wrong: numbers-skipped | compared with the first list
def is_ragged(xs):
    lists = [xs] if isinstance(xs, list) else []
    while lists:
        if any(len(x) != len(lists[0]) for x in lists):
            return True
        lists = [y for x in lists for y in x if isinstance(y, list)]
    return False


# %% is_ragged | wrong: numbers-skipped | a queue of pairs
def is_ragged(xs):
    seen, queue = {}, [(0, xs)]
    while queue:
        depth, x = queue.pop(0)
        if not isinstance(x, list):
            continue
        if seen.setdefault(depth, len(x)) != len(x):
            return True
        queue.extend((depth + 1, y) for y in x)
    return False


# %% is_ragged | wrong: numbers-skipped | smallest and largest
def is_ragged(xs):
    def ragged(lists):
        if not lists:
            return False
        sizes = list(map(len, lists))
        if min(sizes) < max(sizes):
            return True
        return ragged([y for x in lists for y in x if type(y) is list])

    return ragged([xs] if type(xs) is list else [])


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


# %% sum_dtype | right | the rule by hand
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    kinds = [
        [torch.bool],
        [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64],
        [torch.float16, torch.bfloat16, torch.float32, torch.float64],
    ]
    level = {dtype: number for number, kind in enumerate(kinds) for dtype in kind}
    if level[dtype_a] != level[dtype_b]:
        return max(dtype_a, dtype_b, key=level.get)
    if (rank_a == 0) != (rank_b == 0):
        return dtype_b if rank_a == 0 else dtype_a
    if {dtype_a, dtype_b} == {torch.uint8, torch.int8}:
        return torch.int16
    if {dtype_a, dtype_b} == {torch.float16, torch.bfloat16}:
        return torch.float32
    kind = kinds[level[dtype_a]]
    return kind[max(kind.index(dtype_a), kind.index(dtype_b))]


# %% sum_dtype | misconception | rank-as-length
why = "zeros(0) has rank 1; rank 0 is zeros(())."
next = "print(torch.zeros(0).shape, torch.zeros(()).shape, torch.zeros(3).shape, torch.zeros(1, 1, 1).shape)"


# %% sum_dtype | wrong: rank-as-length | zeros(rank)
# breaks: "`a` has dtype `dtype_a` and rank `rank_a`"
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return (torch.zeros(rank_a, dtype=dtype_a) + torch.zeros(rank_b, dtype=dtype_b)).dtype


# %% sum_dtype | wrong: rank-as-length | empty((rank,))
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.empty((rank_a,), dtype=dtype_a), torch.empty((rank_b,), dtype=dtype_b)
    return torch.add(a, b).dtype


# %% sum_dtype | wrong: rank-as-length | square
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros(rank_a, rank_a, dtype=dtype_a)
    b = torch.zeros(rank_b, rank_b, dtype=dtype_b)
    return (a + b).dtype


# %% sum_dtype | wrong: rank-as-length | ones of a length
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.ones(rank_a, dtype=dtype_a), torch.ones(rank_b, dtype=dtype_b)
    c = a + b
    return c.dtype


# %% sum_dtype | wrong: rank-as-length | a list of numbers
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.tensor([0] * rank_a, dtype=dtype_a)
    b = torch.tensor([0] * rank_b, dtype=dtype_b)
    return (a + b).dtype


# %% sum_dtype | wrong: rank-as-length | squares of ones
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.ones((rank_a, rank_a), dtype=dtype_a)
    b = torch.ones((rank_b, rank_b), dtype=dtype_b)
    return torch.add(a, b).dtype


# %% sum_dtype | wrong: rank-as-length | zeros of a length, cast
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return (torch.zeros(rank_a).to(dtype_a) + torch.zeros(rank_b).to(dtype_b)).dtype


# %% sum_dtype | misconception | zero-d-never-counts
why = "Only rank 0 counts for less, and not for nothing: ranks 1, 2 and 3 count alike, and a 0-d float beside an integer table decides."
next = "print((torch.tensor([1, 2]) + torch.tensor(0.5)).dtype)"


# %% sum_dtype | wrong: zero-d-never-counts | the one with dimensions
# breaks: "a tensor of rank 0 counts for less"
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a == 0 and rank_b > 0:
        return dtype_b
    if rank_b == 0 and rank_a > 0:
        return dtype_a
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: zero-d-never-counts | numbers apart
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a == 0 and rank_b == 0:
        return torch.promote_types(dtype_a, dtype_b)
    if rank_a == 0:
        return dtype_b
    if rank_b == 0:
        return dtype_a
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: zero-d-never-counts | the dtype of the table
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if (rank_a == 0) != (rank_b == 0):
        return dtype_a if rank_a else dtype_b
    return (torch.ones(1, dtype=dtype_a) + torch.ones(1, dtype=dtype_b)).dtype


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


# %% sum_dtype | wrong: zero-d-never-counts | passes to the other, with promotion
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a == 0:
        return dtype_b
    return dtype_a if rank_b == 0 else torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: zero-d-never-counts | the other one, where one is a number
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if not rank_a:
        return dtype_b
    if not rank_b:
        return dtype_a
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: zero-d-never-counts | a number gives way
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a != 0 and rank_b != 0:
        return torch.promote_types(dtype_a, dtype_b)
    return dtype_b if rank_a == 0 else dtype_a


# %% sum_dtype | wrong: zero-d-never-counts | the higher rank, by comparison
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a > rank_b:
        return dtype_a
    if rank_b > rank_a:
        return dtype_b
    return (torch.zeros(1, dtype=dtype_a) + torch.zeros(1, dtype=dtype_b)).dtype


# %% sum_dtype | wrong: zero-d-never-counts | larger rank wins, else promotion
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    ranks = {rank_a, rank_b}
    if len(ranks) == 2:
        return {rank_a: dtype_a, rank_b: dtype_b}[max(ranks)]
    return torch.promote_types(dtype_b, dtype_a)


# %% sum_dtype | misconception | zero-d-is-a-python-number
why = "A 0-d tensor keeps its dtype, a Python number has none; and two 0-d tensors count alike."
next = "x = torch.tensor([1, 2]); y = torch.tensor(0.5).double(); print((x + y).dtype, (x + y.item()).dtype)"


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


# %% sum_dtype | wrong: zero-d-is-a-python-number | the second, ones
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.ones((1,) * rank_a, dtype=dtype_a), torch.ones((1,) * rank_b, dtype=dtype_b)
    if rank_b == 0:
        b = b.item()
    return (a + b).dtype


# %% sum_dtype | wrong: zero-d-is-a-python-number | numbers beside tables
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.zeros([1] * rank_a, dtype=dtype_a), torch.zeros([1] * rank_b, dtype=dtype_b)
    if rank_a and not rank_b:
        b = b.item()
    if rank_b and not rank_a:
        a = a.item()
    return (a + b).dtype


# %% sum_dtype | wrong: zero-d-is-a-python-number | both, with tolist
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros((1,) * rank_a, dtype=dtype_a) if rank_a else torch.zeros((), dtype=dtype_a).tolist()
    b = torch.zeros((1,) * rank_b, dtype=dtype_b) if rank_b else torch.zeros((), dtype=dtype_b).tolist()
    return (a + b).dtype


# %% sum_dtype | wrong: zero-d-is-a-python-number | item, then result_type
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.ones((1,) * rank_a, dtype=dtype_a), torch.ones((1,) * rank_b, dtype=dtype_b)
    if rank_a and not rank_b:
        return torch.result_type(a, b.item())
    if rank_b and not rank_a:
        return torch.result_type(a.item(), b)
    return torch.result_type(a, b)


# %% sum_dtype | misconception | sum-begins-with-0
why = "sum() begins with the Python int 0, and 0 + a tensor of bools is an int64 tensor: add the two alone, a + b."
next = "x = torch.tensor([True]); print((x + x).dtype, (0 + x).dtype, sum([x, x]).dtype)"


# %% sum_dtype | wrong: sum-begins-with-0 | sum of a list
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.ones((1,) * rank_a, dtype=dtype_a), torch.ones((1,) * rank_b, dtype=dtype_b)
    return sum([a, b]).dtype


# %% sum_dtype | wrong: sum-begins-with-0 | sum of a generator
# breaks: "Return the dtype of `a + b`"
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    given = [(dtype_a, rank_a), (dtype_b, rank_b)]
    return sum(torch.zeros([1] * rank).to(dtype) for dtype, rank in given).dtype


# %% sum_dtype | wrong: sum-begins-with-0 | a total in a loop
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    total = 0
    for dtype, rank in zip((dtype_a, dtype_b), (rank_a, rank_b)):
        total = total + torch.empty([2] * rank, dtype=dtype).zero_()
    return total.dtype


# %% sum_dtype | wrong: sum-begins-with-0 | sum of a tuple, expanded
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    one = torch.ones(())
    both = one.to(dtype_a).expand((1,) * rank_a), one.to(dtype_b).expand((1,) * rank_b)
    return sum(both).dtype


# %% sum_dtype | wrong: sum-begins-with-0 | reduce from 0
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    from functools import reduce

    tensors = [torch.zeros((1,) * rank_a, dtype=dtype_a), torch.zeros((1,) * rank_b, dtype=dtype_b)]
    return reduce(lambda total, tensor: total + tensor, tensors, 0).dtype


# %% sum_dtype | wrong: sum-begins-with-0 | 0 plus both
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros((1,) * rank_a, dtype=dtype_a)
    b = torch.zeros((1,) * rank_b, dtype=dtype_b)
    result = 0
    result = result + a
    result = result + b
    return result.dtype


# %% sum_dtype | misconception | rank-ignored
why = "Beside a tensor with dimensions, a 0-d tensor, zeros(()) and not zeros(0), only counts if it is of a higher kind: bool < integer < floating point."
next = "print((torch.zeros(3) + torch.tensor(0.5).double()).dtype)"
link = "https://docs.pytorch.org/docs/2.13/tensor_attributes.html#type-promotion-doc"


# %% sum_dtype | wrong: rank-ignored | promote_types
# breaks: "and `b` has dtype `dtype_b` and rank `rank_b`"
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


# %% sum_dtype | wrong: rank-ignored | result_type
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return torch.result_type(torch.zeros(rank_a, dtype=dtype_a), torch.zeros(rank_b, dtype=dtype_b))


# %% sum_dtype | wrong: rank-ignored | result_type of vectors
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return torch.result_type(torch.zeros(1, dtype=dtype_a), torch.zeros(1, dtype=dtype_b))


# %% sum_dtype | wrong: rank-ignored | column and row
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return (torch.zeros(rank_a, 1, dtype=dtype_a) + torch.zeros(1, rank_b, dtype=dtype_b)).dtype


# %% sum_dtype | wrong: rank-ignored | zeros of rank 0
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.zeros((), dtype=dtype_a), torch.zeros((), dtype=dtype_b)
    return torch.result_type(a, b)


# %% sum_dtype | misconception | first-decides
why = "Only a += b keeps the dtype of a: in a + b the two find a common dtype."
next = "a, b = torch.tensor([1, 2]), torch.tensor([0.5, 0.5]); print((a + b).dtype)"


# %% sum_dtype | wrong: first-decides | dtype_a
# breaks: "Return the dtype of `a + b`"
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return dtype_a


# %% sum_dtype | wrong: first-decides | b like a
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.ones([1] * rank_a, dtype=dtype_a)
    b = torch.ones([1] * rank_b, dtype=dtype_b).to(a.dtype)
    return (a + b).dtype


# %% sum_dtype | wrong: first-decides | type_as
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros((1,) * rank_a, dtype=dtype_a)
    b = torch.zeros((1,) * rank_b, dtype=dtype_b)
    return (a + b.type_as(a)).dtype


# %% sum_dtype | wrong: first-decides | the dtype of a
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros((1,) * rank_a, dtype=dtype_a)
    return a.dtype


# %% sum_dtype | wrong: first-decides | in place where that works
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros((1,) * rank_a, dtype=dtype_a)
    b = torch.zeros((1,) * rank_b, dtype=dtype_b)
    try:
        a += b
    except RuntimeError:
        a = a + b
    return a.dtype


# %% sum_dtype | wrong: first-decides | add_ of one shape
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.ones((1,) * max(rank_a, rank_b), dtype=dtype_a)
    try:
        return a.add_(torch.ones((1,) * rank_b, dtype=dtype_b)).dtype
    except RuntimeError:
        return dtype_b


# %% sum_dtype | wrong: first-decides | add_ where can_cast allows it
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a, b = torch.empty([1] * rank_a, dtype=dtype_a), torch.empty([1] * rank_b, dtype=dtype_b)
    if rank_b <= rank_a and torch.can_cast(dtype_b, dtype_a):
        a.add_(b)
        return a.dtype
    return (a + b).dtype


# %% sum_dtype | wrong: first-decides | += unless it fails
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    total = torch.zeros([1] * rank_a, dtype=dtype_a)
    other = torch.zeros([1] * rank_b, dtype=dtype_b)
    try:
        total += other
        return total.dtype
    except RuntimeError:
        return torch.result_type(total, other)


# %% sum_dtype | misconception | sizes-decide
why = "uint8 + int8 is int16 and float16 + bfloat16 is float32: within one kind it is the smallest dtype that holds the numbers of both, and a higher kind wins however many bytes it has."
next = "print(torch.promote_types(torch.uint8, torch.int8), torch.promote_types(torch.float16, torch.bfloat16), torch.promote_types(torch.int64, torch.float16))"


# %% sum_dtype | wrong: sizes-decide | more bytes win
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a == 0 and rank_b > 0:
        return dtype_b
    if rank_b == 0 and rank_a > 0:
        return dtype_a
    return dtype_a if dtype_a.itemsize >= dtype_b.itemsize else dtype_b


# %% sum_dtype | wrong: sizes-decide | more bytes win, numbers give way
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if (rank_a == 0) != (rank_b == 0):
        return dtype_a if rank_a else dtype_b
    return dtype_a if dtype_a.itemsize >= dtype_b.itemsize else dtype_b


# %% sum_dtype | wrong: sizes-decide | the bigger one of two tables
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_b == 0 and rank_a:
        return dtype_a
    if rank_a == 0 and rank_b:
        return dtype_b
    if dtype_b.itemsize > dtype_a.itemsize:
        return dtype_b
    return dtype_a


# %% sum_dtype | wrong: sizes-decide | max of the bytes, numbers apart
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if bool(rank_a) != bool(rank_b):
        return [dtype_b, dtype_a][bool(rank_a)]
    return max([dtype_a, dtype_b], key=lambda d: d.itemsize)


# %% sum_dtype | wrong: sizes-decide | by bytes
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return max(dtype_a, dtype_b, key=lambda dtype: dtype.itemsize)


# %% sum_dtype | wrong: sizes-decide | sorted by bytes
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return sorted([dtype_b, dtype_a], key=lambda dtype: dtype.itemsize)[-1]


# %% sum_dtype | wrong: sizes-decide | the one with more bytes
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if dtype_b.itemsize > dtype_a.itemsize:
        return dtype_b
    return dtype_a


# %% sum_dtype | wrong: sizes-decide | bytes, whatever the rank
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    return dtype_a if dtype_a.itemsize >= dtype_b.itemsize else dtype_b


# %% sum_dtype | wrong: sizes-decide | a list of dtypes
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    order = [torch.bool, torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64,
             torch.float16, torch.bfloat16, torch.float32, torch.float64]
    kind = lambda d: 0 if d == torch.bool else 2 if d.is_floating_point else 1
    if (rank_a == 0) != (rank_b == 0) and kind(dtype_a) == kind(dtype_b):
        return dtype_b if rank_a == 0 else dtype_a
    return order[max(order.index(dtype_a), order.index(dtype_b))]


# %% sum_dtype | wrong: sizes-decide | places in a list
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    order = [torch.bool, torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64,
             torch.float16, torch.bfloat16, torch.float32, torch.float64]
    kind = lambda d: (d != torch.bool) + d.is_floating_point
    if kind(dtype_a) == kind(dtype_b) and bool(rank_a) != bool(rank_b):
        return dtype_a if rank_a else dtype_b
    return max(dtype_a, dtype_b, key=order.index)


# %% sum_dtype | wrong: sizes-decide | places in a dictionary
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    kinds = [[torch.bool], [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64],
             [torch.float16, torch.bfloat16, torch.float32, torch.float64]]
    place = {d: (n, m) for n, kind in enumerate(kinds) for m, d in enumerate(kind)}
    a, b = place[dtype_a], place[dtype_b]
    if a[0] == b[0] and (rank_a == 0) != (rank_b == 0):
        return dtype_b if rank_a == 0 else dtype_a
    return dtype_a if a > b else dtype_b


# %% sum_dtype | wrong: sizes-decide | kinds, then bytes
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    def kind(dtype):
        return 0 if dtype == torch.bool else 2 if dtype.is_floating_point else 1

    if kind(dtype_a) != kind(dtype_b):
        return dtype_a if kind(dtype_a) > kind(dtype_b) else dtype_b
    if (rank_a == 0) != (rank_b == 0):
        return dtype_a if rank_a else dtype_b
    return dtype_a if dtype_a.itemsize >= dtype_b.itemsize else dtype_b


# %% sum_dtype | misconception | zeros-without-a-size
why = "torch.zeros() without a size raises: rank 0 has the empty tuple for its shape, torch.zeros(())."
next = "print(torch.zeros(()), torch.zeros((1,) * 0).dim())"


# %% sum_dtype | wrong: zeros-without-a-size | zeros(*sizes)
# breaks: "the ranks are 0 to 3"
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros(*[1] * rank_a, dtype=dtype_a)
    b = torch.zeros(*[1] * rank_b, dtype=dtype_b)
    return (a + b).dtype


# %% sum_dtype | wrong: zeros-without-a-size | a tuple, taken apart
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    shape_a, shape_b = (1,) * rank_a, (1,) * rank_b
    return (torch.zeros(*shape_a, dtype=dtype_a) + torch.zeros(*shape_b, dtype=dtype_b)).dtype


# %% sum_dtype | wrong: zeros-without-a-size | twos, taken apart
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    make = lambda dtype, rank: torch.zeros(*(2 for _ in range(rank)), dtype=dtype)
    return torch.add(make(dtype_a, rank_a), make(dtype_b, rank_b)).dtype


# %% sum_dtype | wrong: zeros-without-a-size | result_type of zeros(*sizes)
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    sizes_a, sizes_b = [1] * rank_a, [1] * rank_b
    return torch.result_type(torch.zeros(*sizes_a, dtype=dtype_a), torch.zeros(*sizes_b, dtype=dtype_b))


# %% sum_dtype | misconception | two-numbers
why = "Two 0-d tensors count alike, as two tables do: a 0-d tensor only counts for less beside one with dimensions."
next = "print((torch.tensor(1).to(torch.int8) + torch.tensor(1)).dtype, (torch.tensor([1]).to(torch.int8) + torch.tensor(1)).dtype)"


# %% sum_dtype | wrong: two-numbers | two numbers
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    def kind(d):
        return 0 if d == torch.bool else 2 if d.is_floating_point else 1

    if rank_a == 0 and kind(dtype_a) <= kind(dtype_b):
        return dtype_b
    if rank_b == 0 and kind(dtype_b) <= kind(dtype_a):
        return dtype_a
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: two-numbers | the rule for a number, first
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    kind = lambda d: [torch.bool].count(d) * -1 + d.is_floating_point
    if rank_a == 0 and kind(dtype_a) <= kind(dtype_b):
        return dtype_b
    if rank_b == 0 and kind(dtype_b) <= kind(dtype_a):
        return dtype_a
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: two-numbers | a number counts by its kind
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    def kind(d):
        return (d != torch.bool) + d.is_floating_point

    if rank_a == 0:
        return dtype_a if kind(dtype_a) > kind(dtype_b) else dtype_b
    if rank_b == 0:
        return dtype_b if kind(dtype_b) > kind(dtype_a) else dtype_a
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: two-numbers | beside a vector, always
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros((1,) * rank_a, dtype=dtype_a)
    b = torch.zeros((1,) * rank_b, dtype=dtype_b)
    return (a + b[None]).dtype if rank_a == 0 else (a + b).dtype


# %% sum_dtype | wrong: two-numbers | a table made of the second number
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.ones((1,) * rank_a, dtype=dtype_a)
    b = torch.ones((1,) * (rank_b or rank_a == 0), dtype=dtype_b)
    return torch.result_type(a, b)


# %% sum_dtype | wrong: two-numbers | kinds of numbers
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    order = {torch.bool: 0, torch.float16: 2, torch.bfloat16: 2, torch.float32: 2, torch.float64: 2}
    kind_a, kind_b = order.get(dtype_a, 1), order.get(dtype_b, 1)
    if rank_a == 0 and kind_a <= kind_b:
        return dtype_b
    if rank_b == 0 and kind_b <= kind_a:
        return dtype_a
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: two-numbers | a vector of the first beside every number
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.ones((1,) * (rank_a or rank_b == 0), dtype=dtype_a)
    b = torch.ones((1,) * rank_b, dtype=dtype_b)
    return torch.result_type(a, b)


# %% sum_dtype | wrong: two-numbers | only the second is asked
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros([1] * rank_a, dtype=dtype_a)
    b = torch.zeros([1] * rank_b, dtype=dtype_b)
    return (a[None] + b).dtype if rank_b == 0 else (a + b).dtype


# %% sum_dtype | wrong: two-numbers | the first made a table beside a number
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.empty([1] * (rank_a if rank_b else max(rank_a, 1)), dtype=dtype_a)
    return (a + torch.empty([1] * rank_b, dtype=dtype_b)).dtype


# %% sum_dtype | wrong | the name of the dtype
# breaks: "Return the dtype"
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    a = torch.zeros((1,) * rank_a, dtype=dtype_a)
    return str((a + torch.zeros((1,) * rank_b, dtype=dtype_b)).dtype)


# %% sum_dtype | misconception | bool-counts-as-an-integer
why = "There are three kinds, bool < integer < floating point: beside a table of bools a 0-d integer is of a higher kind and decides, as a 0-d float does beside a table of integers."
next = "print((torch.tensor([True, False]) + torch.tensor(2)).dtype)"


# %% sum_dtype | wrong: bool-counts-as-an-integer | two kinds
# breaks: "a tensor of rank 0 counts for less"
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if (rank_a == 0) == (rank_b == 0):
        return torch.promote_types(dtype_a, dtype_b)
    table, number = (dtype_a, dtype_b) if rank_a else (dtype_b, dtype_a)
    if number.is_floating_point and not table.is_floating_point:
        return number
    return table


# %% sum_dtype | wrong: bool-counts-as-an-integer | a float decides
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a == 0 and rank_b > 0:
        return dtype_a if dtype_a.is_floating_point > dtype_b.is_floating_point else dtype_b
    if rank_b == 0 and rank_a > 0:
        return dtype_b if dtype_b.is_floating_point > dtype_a.is_floating_point else dtype_a
    return (torch.ones(1, dtype=dtype_a) + torch.ones(1, dtype=dtype_b)).dtype


# %% sum_dtype | wrong: bool-counts-as-an-integer | the same sort
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    same_sort = dtype_a.is_floating_point == dtype_b.is_floating_point
    if same_sort and min(rank_a, rank_b) == 0 < max(rank_a, rank_b):
        return dtype_a if rank_a > rank_b else dtype_b
    if same_sort:
        return torch.promote_types(dtype_a, dtype_b)
    if (rank_a == 0) != (rank_b == 0):
        return dtype_a if dtype_a.is_floating_point else dtype_b
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: bool-counts-as-an-integer | ranks of kinds
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    kinds = [int(dtype.is_floating_point) for dtype in (dtype_a, dtype_b)]
    ranks = [min(rank, 1) for rank in (rank_a, rank_b)]
    if ranks[0] == ranks[1]:
        return torch.promote_types(dtype_a, dtype_b)
    return max(zip(kinds, ranks, (dtype_a, dtype_b)), key=lambda one: one[:2])[2]


# %% sum_dtype | wrong: bool-counts-as-an-integer | letters of the names
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    def is_float(dtype):
        return "float" in str(dtype)

    if bool(rank_a) == bool(rank_b):
        return torch.result_type(torch.zeros(1, dtype=dtype_a), torch.zeros(1, dtype=dtype_b))
    if is_float(dtype_a) != is_float(dtype_b):
        return dtype_a if is_float(dtype_a) else dtype_b
    return dtype_a if rank_a else dtype_b


# %% sum_dtype | wrong: bool-counts-as-an-integer | floats apart
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if rank_a and not rank_b and (dtype_a.is_floating_point or not dtype_b.is_floating_point):
        return dtype_a
    if rank_b and not rank_a and (dtype_b.is_floating_point or not dtype_a.is_floating_point):
        return dtype_b
    return torch.promote_types(dtype_a, dtype_b)


# %% sum_dtype | wrong: bool-counts-as-an-integer | two kinds, in two steps
def sum_dtype(dtype_a, rank_a, dtype_b, rank_b):
    if bool(rank_a) == bool(rank_b) or dtype_a.is_floating_point != dtype_b.is_floating_point:
        kept = torch.promote_types(dtype_a, dtype_b)
    else:
        kept = dtype_a if rank_a else dtype_b
    if bool(rank_a) != bool(rank_b) and (dtype_a if rank_a else dtype_b).is_floating_point:
        kept = dtype_a if rank_a else dtype_b
    return kept


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


# %% safe_cast | right | objects
def safe_cast(t, dtype):
    out = t.clone().to(dtype)
    old = np.array(t.reshape(-1).tolist(), dtype=object)
    new = np.array(out.reshape(-1).tolist(), dtype=object)
    same = (old == new) | ((old != old) & (new != new))
    if not same.all():
        raise ValueError(f"these numbers change: {old[~same.astype(bool)][:5]}")
    return out


# %% safe_cast | misconception | nan-is-not-nan
why = "nan != nan: treat nan on its own."
next = "nan = float('nan'); print(nan == nan, nan != nan)"


def when(seen, want):
    """It refused a nan that survives."""
    refused = not isinstance(want, tuple) and seen.raised.type_name == "ValueError"
    return refused and bool(seen.arguments["t"].values.isnan().any())


# %% safe_cast | wrong: nan-is-not-nan | lists
# breaks: "nan and inf may stay nan and inf"
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


# %% safe_cast | wrong: nan-is-not-nan | number by number
def safe_cast(t, dtype):
    out = t.to(dtype)
    if any(a != b for a, b in zip(t.flatten().tolist(), out.flatten().tolist())):
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: nan-is-not-nan | two lists
def safe_cast(t, dtype):
    out = t.to(dtype)
    if out.flatten().tolist() == t.flatten().tolist():
        return out
    raise ValueError("a value would change")


# %% safe_cast | wrong: nan-is-not-nan | all equal
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not all(before == after for before, after in zip(t.flatten().tolist(), out.flatten().tolist())):
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: nan-is-not-nan | items
def safe_cast(t, dtype):
    out = t.to(dtype)
    for before, after in zip(t.reshape(-1), out.reshape(-1)):
        if before.item() != after.item():
            raise ValueError(f"{before.item()} would become {after.item()}")
    return out


# %% safe_cast | wrong: nan-is-not-nan | objects
def safe_cast(t, dtype):
    out = t.to(dtype)
    old, new = (np.array(x.flatten().tolist(), dtype=object) for x in (t, out))
    if (old != new).any():
        raise ValueError("these numbers change")
    return out


# %% safe_cast | wrong: nan-is-not-nan | differences
def safe_cast(t, dtype):
    out = t.to(dtype)
    if [a for a, b in zip(t.flatten().tolist(), out.flatten().tolist()) if not a == b]:
        raise ValueError
    return out


# %% safe_cast | wrong: nan-is-not-nan | sums of differences
def safe_cast(t, dtype):
    out = t.to(dtype)
    if sum(a != b for a, b in zip(t.flatten().tolist(), out.flatten().tolist())):
        raise ValueError
    return out


# %% safe_cast | wrong: nan-is-not-nan | lists that differ
def safe_cast(t, dtype):
    out = t.to(dtype)
    if t.tolist() != out.tolist():
        raise ValueError
    return out


# %% safe_cast | misconception | one-nan-lets-all-pass
why = "One nan says nothing about the other numbers: leave out that number, not the whole test."
next = "x = torch.tensor([float('nan'), 0.1], dtype=torch.float64); print(x.isnan(), x.float().double() == x)"


# %% safe_cast | wrong: one-nan-lets-all-pass | any nan
# breaks: "if every value is still the same number afterwards"
def safe_cast(t, dtype):
    out = t.to(dtype)
    if t.is_floating_point() and t.isnan().any() and dtype.is_floating_point:
        return out
    if t.flatten().tolist() != out.flatten().tolist():
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: one-nan-lets-all-pass | any nan, number by number
def safe_cast(t, dtype):
    out = t.to(dtype)
    if t.isnan().any() and out.isnan().any():
        return out
    if any(a != b for a, b in zip(t.flatten().tolist(), out.flatten().tolist())):
        raise ValueError
    return out


# %% safe_cast | wrong: one-nan-lets-all-pass | nan ends the loop
def safe_cast(t, dtype):
    out = t.to(dtype)
    for before, after in zip(t.flatten().tolist(), out.flatten().tolist()):
        if before != before and after != after:
            return out
        if before != after:
            raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: one-nan-lets-all-pass | nan ends the search
def safe_cast(t, dtype):
    out = t.to(dtype)
    for before, after in zip(t.flatten().tolist(), out.flatten().tolist()):
        if before != before and after != after:
            break
        if before != after:
            raise ValueError
    return out


# %% safe_cast | wrong: one-nan-lets-all-pass | a nan, and a floating dtype
def safe_cast(t, dtype):
    out = t.to(dtype)
    if dtype.is_floating_point and bool((t != t).any()):
        return out
    for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
        if p != q:
            raise ValueError(f"{p} becomes {q}")
    return out


# %% safe_cast | wrong: one-nan-lets-all-pass | nan in both
def safe_cast(t, dtype):
    out = t.to(dtype)
    before, after = t.reshape(-1).tolist(), out.reshape(-1).tolist()
    nan_in = [any(x != x for x in numbers) for numbers in (before, after)]
    if before == after or all(nan_in):
        return out
    raise ValueError("a value would change")


# %% safe_cast | wrong: one-nan-lets-all-pass | equal, or somewhere a nan
def safe_cast(t, dtype):
    out = t.to(dtype)
    pairs = list(zip(t.flatten().tolist(), out.flatten().tolist()))
    if dtype.is_floating_point and any(q != q for _, q in pairs):
        return out
    if not all(p == q for p, q in pairs):
        raise ValueError("a value would change")
    return out


# %% safe_cast | misconception | infinite-results-left-out
why = "An inf that was a finite number before the cast is a loss: leave a number out only where it was inf or nan before."
next = "print(torch.tensor([70000.]).half(), torch.tensor([1e300], dtype=torch.float64).float())"


# %% safe_cast | wrong: infinite-results-left-out | goes on at an inf
# breaks: "nan and inf may stay nan and inf"
def safe_cast(t, dtype):
    out = t.to(dtype)
    for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
        if p == q or q != q or q in (float("inf"), float("-inf")):
            continue
        raise ValueError("changed")
    return out


# %% safe_cast | wrong: infinite-results-left-out | only finite results
def safe_cast(t, dtype):
    out = t.to(dtype)
    finite = out.isfinite().flatten().tolist()
    for p, q, ask in zip(t.flatten().tolist(), out.flatten().tolist(), finite):
        if ask and p != q:
            raise ValueError(f"{p} becomes {q}")
    return out


# %% safe_cast | wrong: infinite-results-left-out | a mask of the result
def safe_cast(t, dtype):
    out = t.to(dtype)
    mask = torch.isfinite(out)
    if t[mask].tolist() != out[mask].tolist():
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: infinite-results-left-out | isinf or isnan
def safe_cast(t, dtype):
    out = t.to(dtype)
    before, after = t.reshape(-1).tolist(), out.reshape(-1).tolist()
    same = [a == b or np.isnan(b) or np.isinf(b) for a, b in zip(before, after)]
    if not all(same):
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: infinite-results-left-out | differences that are finite
def safe_cast(t, dtype):
    out = t.to(dtype)
    pairs = zip(t.flatten().tolist(), out.flatten().tolist())
    lost = [p for p, q in pairs if p != q and abs(q) < float("inf")]
    if lost:
        raise ValueError(f"{lost[0]} would change")
    return out


# %% safe_cast | wrong: infinite-results-left-out | number by number
def safe_cast(t, dtype):
    result = t.to(dtype)
    for old, new in zip(t.reshape(-1), result.reshape(-1)):
        if not new.isfinite():
            continue
        if old.item() != new.item():
            raise ValueError("not the same number")
    return result


# %% safe_cast | misconception | compared-after-rounding
why = "The comparison is coarser than the numbers: PyTorch compares two dtypes in one of them, float64 has 53 bits, and isclose has an allowance."
next = "print(torch.tensor(16777217) == torch.tensor(16777216.), 16777217 == 16777216.)"


# %% safe_cast | wrong: compared-after-rounding | == and nan
# breaks: "Return `t` converted to `dtype` if every value is still the same number afterwards"
def safe_cast(t, dtype):
    out = t.to(dtype)
    same = (out == t) | (out.isnan() & t.isnan())
    if not same.all():
        raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | float64 and nan
def safe_cast(t, dtype):
    out = t.to(dtype)
    a, b = t.double(), out.double()
    if not ((a == b) | (a.isnan() & b.isnan())).all():
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


# %% safe_cast | wrong: compared-after-rounding | == or both nan
def safe_cast(t, dtype):
    out = t.to(dtype)
    same = torch.logical_or(t == out, torch.logical_and(t != t, out != out))
    if bool(same.all()):
        return out
    raise ValueError("a value would change")


# %% safe_cast | wrong: compared-after-rounding | float64, or both nan
def safe_cast(t, dtype):
    out = t.to(dtype)
    before, after = t.to(torch.float64), out.to(torch.float64)
    both_nan = torch.isnan(before) & torch.isnan(after)
    if ((before != after) & ~both_nan).any():
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | float64, with floats in lists
def safe_cast(t, dtype):
    out = t.to(dtype)
    for a, b in zip(t.double().flatten().tolist(), out.double().flatten().tolist()):
        if a != b and not (a != a and b != b):
            raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | allclose without allowance
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not torch.allclose(t.double(), out.double(), rtol=0, atol=0, equal_nan=True):
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | any that differs
def safe_cast(t, dtype):
    out = t.to(dtype)
    differs = (t != out) & ~(t.isnan() & out.isnan())
    if differs.any():
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | NumPy's equal_nan
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not np.array_equal(t.double().numpy(), out.double().numpy(), equal_nan=True):
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | the common dtype
def safe_cast(t, dtype):
    out = t.to(dtype)
    common = torch.result_type(t, out)
    a, b = t.to(common), out.to(common)
    if ((a != b) & ~(a.isnan() & b.isnan())).any():
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | ==
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not (out == t).all():
        raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | equal
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not torch.equal(out, t):
        raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | float64
def safe_cast(t, dtype):
    out = t.to(dtype)
    if (out.double() != t.double()).any():
        raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | all equal
def safe_cast(t, dtype):
    new = t.to(dtype)
    if (new == t).all():
        return new
    raise ValueError("a value changed")


# %% safe_cast | wrong: compared-after-rounding | torch.equal
def safe_cast(t, dtype):
    new = t.to(dtype)
    if torch.equal(t, new):
        return new
    raise ValueError("a value changed")


# %% safe_cast | wrong: compared-after-rounding | any difference
def safe_cast(t, dtype):
    out = t.to(dtype)
    if (t != out).any():
        raise ValueError("a value changed")
    return out


# %% safe_cast | wrong: compared-after-rounding | float64, all equal
def safe_cast(t, dtype):
    new = t.to(dtype)
    if (new.double() == t.double()).all():
        return new
    raise ValueError("a value changed")


# %% safe_cast | wrong: compared-after-rounding | isclose
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not torch.isclose(out.double(), t.double(), equal_nan=True).all():
        raise ValueError
    return out


# %% safe_cast | wrong: compared-after-rounding | allclose
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not torch.allclose(out.double(), t.double(), equal_nan=True):
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | NumPy's isclose
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not np.isclose(t.double().numpy(), out.double().numpy(), equal_nan=True).all():
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | NumPy's allclose
def safe_cast(t, dtype):
    out = t.to(dtype)
    if np.allclose(t.double().numpy(), out.double().numpy(), equal_nan=True):
        return out
    raise ValueError("a value would change")


# %% safe_cast | wrong: compared-after-rounding | isclose, all
def safe_cast(t, dtype):
    out = t.to(dtype)
    close = torch.isclose(t.to(torch.float64), out.to(torch.float64), equal_nan=True)
    if bool(close.all()):
        return out
    raise ValueError("a value would change")


# %% safe_cast | wrong: compared-after-rounding | float64, nan and inf replaced
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not torch.equal(t.double().nan_to_num(nan=-7.25), out.double().nan_to_num(nan=-7.25)):
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | nan_to_num of both
def safe_cast(t, dtype):
    out = t.to(dtype)
    before, after = (torch.nan_to_num(x.to(torch.float64), nan=0.123) for x in (t, out))
    if (before != after).any():
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | NumPy's nan_to_num
def safe_cast(t, dtype):
    out = t.to(dtype)
    numbers = [np.nan_to_num(x.double().numpy(), nan=0.375) for x in (t, out)]
    if not (numbers[0] == numbers[1]).all():
        raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | a relative allowance
def safe_cast(t, dtype):
    out = t.to(dtype)
    for before, after in zip(t.flatten().tolist(), out.flatten().tolist()):
        if before != after and not (before != before and after != after):
            if type(before) is not float or type(after) is not float or abs(before - after) > 1e-12 * abs(before):
                raise ValueError("a value would change")
    return out


# %% safe_cast | wrong: compared-after-rounding | an absolute allowance
def safe_cast(t, dtype):
    out = t.to(dtype)
    for before, after in zip(t.flatten().tolist(), out.flatten().tolist()):
        if before == after or (before != before and after != after):
            continue
        if not (isinstance(before, float) and isinstance(after, float) and abs(before - after) < 1e-12):
            raise ValueError(f"{before} would become {after}")
    return out


# %% safe_cast | wrong: compared-after-rounding | with the limits, in float64
def safe_cast(t, dtype):
    if dtype.is_floating_point or dtype == torch.bool:
        out = t.to(dtype)
        for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
            if not (p == q or (p != p and q != q)):
                raise ValueError("a value would change")
        return out
    info = torch.iinfo(dtype)
    wide = t.double()
    if not bool(((wide >= info.min) & (wide <= info.max)).all()) or bool((wide != wide.floor()).any()):
        raise ValueError("out of range, or not whole")
    return t.to(dtype)


# %% safe_cast | wrong: compared-after-rounding | smallest and largest beside the limits
def safe_cast(t, dtype):
    out = t.to(dtype)
    if t.dtype.is_floating_point and not dtype.is_floating_point and dtype != torch.bool and t.numel():
        ends = torch.iinfo(dtype)
        whole = bool((t.double().frac() == 0).all())
        if not whole or bool(t.min() < ends.min) or bool(t.max() > float(ends.max)):
            raise ValueError("does not fit")
        return out
    if any(p != q and (p == p or q == q) for p, q in zip(t.flatten().tolist(), out.flatten().tolist())):
        raise ValueError("does not fit")
    return out


# %% safe_cast | wrong: compared-after-rounding | clamped to the limits
def safe_cast(t, dtype):
    out = t.to(dtype)
    if t.dtype.is_floating_point and dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
        ends = torch.iinfo(dtype)
        wide = t.double()
        if not torch.equal(wide.clamp(ends.min, ends.max), wide) or not torch.equal(wide.trunc(), wide):
            raise ValueError("does not fit")
        return out
    for p, q in zip(t.reshape(-1).tolist(), out.reshape(-1).tolist()):
        if p != q and not (p != p and q != q):
            raise ValueError(f"{p} becomes {q}")
    return out


# %% safe_cast | wrong: compared-after-rounding | limits in the dtype of t
def safe_cast(t, dtype):
    if t.is_floating_point() and dtype not in (torch.bool, torch.float16, torch.bfloat16, torch.float32, torch.float64):
        limits = torch.iinfo(dtype)
        for x in t.double().flatten():
            if not (limits.min <= x <= limits.max) or x != x.floor():
                raise ValueError(f"{x} does not fit")
        return t.to(dtype)
    out = t.to(dtype)
    for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
        if p != q and (p == p or q == q):
            raise ValueError(f"{p} becomes {q}")
    return out


# %% safe_cast | misconception | round-trip-only
why = "There and back can hide a change: look at the converted values too."
next = "x = torch.tensor([200], dtype=torch.uint8); print(x.to(torch.int8), x.to(torch.int8).to(torch.uint8))"


# %% safe_cast | wrong: round-trip-only | nan apart
# breaks: "300 becomes 44"
def safe_cast(t, dtype):
    out = t.to(dtype)
    back = out.to(t.dtype)
    if not bool(((back == t) | (back.isnan() & t.isnan())).all()):
        raise ValueError
    return out


# %% safe_cast | wrong: round-trip-only | there and back, or both nan
def safe_cast(t, dtype):
    out = t.to(dtype)
    back = out.to(t.dtype)
    same = (back == t) | ((back != back) & (t != t))
    if not same.all():
        raise ValueError("lossy cast")
    return out


# %% safe_cast | wrong: round-trip-only | there and back, no nan in integers
def safe_cast(t, dtype):
    out = t.to(dtype)
    back = out.to(t.dtype)
    if not bool(((back == t) | (back.isnan() & t.isnan())).all()):
        raise ValueError("lossy cast")
    if t.is_floating_point() and not dtype.is_floating_point and not t.isfinite().all():
        raise ValueError("no nan and no inf in integers")
    return out


# %% safe_cast | wrong: round-trip-only | back in lists
def safe_cast(t, dtype):
    out = t.to(dtype)
    for before, after in zip(t.flatten().tolist(), out.to(t.dtype).flatten().tolist()):
        if before != after and not (before != before and after != after):
            raise ValueError("changed")
    return out


# %% safe_cast | wrong: round-trip-only | back, equal_nan
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not torch.allclose(out.to(t.dtype).double(), t.double(), rtol=0, atol=0, equal_nan=True):
        raise ValueError("changed")
    return out


# %% safe_cast | wrong: round-trip-only | back, nan left out
def safe_cast(t, dtype):
    out = t.to(dtype)
    back = out.to(t.dtype)
    if ((back != t) & ~(back.isnan() & t.isnan())).any():
        raise ValueError("changed")
    return out


# %% safe_cast | wrong: round-trip-only | torch.equal
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not torch.equal(out.to(t.dtype), t):
        raise ValueError
    return out


# %% safe_cast | wrong: round-trip-only | as lists
def safe_cast(t, dtype):
    out = t.to(dtype)
    if out.to(t.dtype).tolist() != t.tolist():
        raise ValueError("changed")
    return out


# %% safe_cast | wrong: round-trip-only | back, compared at once
def safe_cast(t, dtype):
    out = t.to(dtype)
    if not (out.to(t.dtype) == t).all():
        raise ValueError("changed")
    return out


# %% safe_cast | wrong: round-trip-only | the way back
def safe_cast(t, dtype):
    there = t.to(dtype)
    back = there.to(t.dtype)
    if (back != t).any():
        raise ValueError("changed")
    return there


# %% safe_cast | wrong: round-trip-only | equal after the way back
def safe_cast(t, dtype):
    out = t.to(dtype)
    if torch.equal(t, out.to(t.dtype)):
        return out
    raise ValueError("changed")


# %% safe_cast | misconception | silent-cast
why = "A cast never complains, of nan neither, and limits say nothing of what lies between them: compare all values before and after."
next = "print(torch.tensor([2.9, 300.]).to(torch.uint8))"


# %% safe_cast | wrong: silent-cast | to
# breaks: "otherwise raise `ValueError`"
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


# %% safe_cast | wrong: silent-cast | type
def safe_cast(t, dtype):
    return t.type(dtype)


# %% safe_cast | wrong: silent-cast | copy_
def safe_cast(t, dtype):
    out = torch.zeros(t.shape, dtype=dtype)
    return out.copy_(t)


# %% safe_cast | wrong: silent-cast | to, and an error that never comes
def safe_cast(t, dtype):
    try:
        out = t.to(dtype)
    except Exception as error:
        raise ValueError("cannot be cast") from error
    return out


# %% safe_cast | wrong: silent-cast | limits of the dtype
# breaks: "2.9 becomes 2"
def safe_cast(t, dtype):
    if dtype == torch.bool:
        low, high = 0, 1
    elif dtype.is_floating_point:
        low, high = torch.finfo(dtype).min, torch.finfo(dtype).max
    else:
        low, high = torch.iinfo(dtype).min, torch.iinfo(dtype).max
    for v in t.flatten().tolist():
        if v < low or v > high:
            raise ValueError(f"{v} is outside of {low} to {high}")
    return t.to(dtype)


# %% safe_cast | wrong: silent-cast | limits, nan apart
def safe_cast(t, dtype):
    values = t.flatten().tolist()
    if dtype.is_floating_point:
        info = torch.finfo(dtype)
    elif dtype == torch.bool:
        info = None
    else:
        info = torch.iinfo(dtype)
    low, high = (info.min, info.max) if info else (0, 1)
    if any(not low <= v <= high for v in values if v == v and abs(v) != float("inf")):
        raise ValueError("out of range")
    return t.to(dtype)


# %% safe_cast | wrong: silent-cast | limits of integers
def safe_cast(t, dtype):
    if not dtype.is_floating_point:
        low, high = (0, 1) if dtype == torch.bool else (torch.iinfo(dtype).min, torch.iinfo(dtype).max)
        if any(not low <= v <= high for v in t.flatten().tolist()):
            raise ValueError("out of range")
    return t.to(dtype)


# %% safe_cast | wrong: silent-cast | smallest and largest
def safe_cast(t, dtype):
    if t.numel() and dtype != torch.bool:
        info = torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)
        values = t.flatten().tolist()
        if min(values) < info.min or max(values) > info.max:
            raise ValueError("out of range")
    return t.to(dtype)


# %% safe_cast | wrong: silent-cast | limits, number by number
def safe_cast(t, dtype):
    if dtype == torch.bool:
        low, high = False, True
    else:
        info = torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)
        low, high = info.min, info.max
    if any(v < low or v > high for v in t.reshape(-1).tolist()):
        raise ValueError("does not fit")
    return t.to(dtype)


# %% safe_cast | wrong: silent-cast | nan is passed over
def safe_cast(t, dtype):
    out = t.to(dtype)
    pairs = zip(t.reshape(-1).tolist(), out.reshape(-1).tolist())
    if not all(before == after for before, after in pairs if before == before):
        raise ValueError("a value changes")
    return out


# %% safe_cast | misconception | dtype-rule-instead-of-values
why = "The question is whether these very numbers come through: no rule about dtypes tells that, and an inf that was none is a loss."
next = "print(torch.can_cast(torch.float32, torch.uint8), torch.tensor([3.]).to(torch.uint8))"


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


# %% safe_cast | wrong: dtype-rule-instead-of-values | can_cast, the other way round
def safe_cast(t, dtype):
    if torch.can_cast(t.dtype, dtype):
        return t.to(dtype)
    raise ValueError(f"cannot cast {t.dtype} to {dtype}")


# %% safe_cast | wrong: dtype-rule-instead-of-values | floats stay floats
def safe_cast(t, dtype):
    if t.dtype.is_floating_point and not dtype.is_floating_point:
        raise ValueError("a fraction would be lost")
    out = t.to(dtype)
    return out


# %% safe_cast | wrong: dtype-rule-instead-of-values | the common dtype
def safe_cast(t, dtype):
    if torch.promote_types(t.dtype, dtype) == dtype:
        return t.to(dtype)
    raise ValueError("not safe")


# %% safe_cast | wrong: dtype-rule-instead-of-values | NumPy's can_cast
def safe_cast(t, dtype):
    name = lambda d: str(d).removeprefix("torch.").replace("bfloat16", "float16")
    if not np.can_cast(name(t.dtype), name(dtype)):
        raise ValueError("not safe")
    return t.to(dtype)


# %% safe_cast | wrong: dtype-rule-instead-of-values | fewer bytes
def safe_cast(t, dtype):
    if t.dtype.itemsize > dtype.itemsize:
        raise ValueError("too narrow")
    return t.to(dtype)


# %% safe_cast | wrong: dtype-rule-instead-of-values | NumPy's rule
def safe_cast(t, dtype):
    old, new = (str(d)[6:].replace("bfloat16", "float16") for d in (t.dtype, dtype))
    if np.can_cast(old, new, casting="safe"):
        return t.to(dtype)
    raise ValueError("not safe")


# %% safe_cast | wrong: dtype-rule-instead-of-values | kinds, then bytes
def safe_cast(t, dtype):
    if t.dtype.is_floating_point != dtype.is_floating_point:
        raise ValueError("another kind")
    if dtype.itemsize < t.dtype.itemsize:
        raise ValueError("too narrow")
    return t.to(dtype)


# %% safe_cast | wrong: dtype-rule-instead-of-values | bytes of an element
def safe_cast(t, dtype):
    out = t.to(dtype)
    if out.element_size() < t.element_size():
        raise ValueError("a number would not fit")
    return out


# %% safe_cast | misconception | minus-zero
why = "-0.0 and 0 are the same number: compare them by ==, not by their signs, their text or their bytes."
next = "print(-0.0 == 0, str(-0.0) == str(0.0), torch.tensor(-0.0).signbit())"


# %% safe_cast | wrong: minus-zero | minus zero
# breaks: "-0.0 and 0 are the same number"
def safe_cast(t, dtype):
    out = t.to(dtype)
    for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
        if p != p and q != q:
            continue
        if p != q or np.copysign(1, p) != np.copysign(1, q):
            raise ValueError(f"{p} becomes {q}")
    return out


# %% safe_cast | wrong: minus-zero | signbit
def safe_cast(t, dtype):
    out = t.to(dtype)
    pairs = zip(t.flatten().tolist(), out.flatten().tolist())
    if any(p != q and not (p != p and q != q) for p, q in pairs):
        raise ValueError("a value would change")
    if (t.signbit() != out.signbit())[t == 0].any():
        raise ValueError("a sign would be lost")
    return out


# %% safe_cast | wrong: minus-zero | sign in the text
def safe_cast(t, dtype):
    out = t.to(dtype)
    for before, after in zip(t.reshape(-1).tolist(), out.reshape(-1).tolist()):
        if before == after:
            if f"{before:+}"[0] != f"{after:+}"[0]:
                raise ValueError(f"{before} would become {after}")
        elif before == before or after == after:
            raise ValueError(f"{before} would become {after}")
    return out


# %% safe_cast | wrong: minus-zero | atan2
def safe_cast(t, dtype):
    out = t.to(dtype)
    same = all(
        p == q and (p != 0 or np.arctan2(float(p), -1.0) == np.arctan2(float(q), -1.0)) or p != p and q != q
        for p, q in zip(t.flatten().tolist(), out.flatten().tolist())
    )
    if not same:
        raise ValueError("not the same")
    return out


# %% safe_cast | wrong: minus-zero | no minus zero in an integer
def safe_cast(t, dtype):
    if t.is_floating_point() and not dtype.is_floating_point and bool(((t == 0) & t.signbit()).any()):
        raise ValueError("an integer has no -0.0")
    out = t.to(dtype)
    for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
        if p != q and (p == p or q == q):
            raise ValueError(f"{p} becomes {q}")
    return out


# %% safe_cast | wrong: minus-zero | text of zeros
def safe_cast(t, dtype):
    out = t.to(dtype)
    for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
        if p != q and not (p != p and q != q):
            raise ValueError("changed")
        if p == 0 and str(p).startswith("-") != str(q).startswith("-"):
            raise ValueError("changed")
    return out


# %% safe_cast | wrong: minus-zero | bytes of zeros
def safe_cast(t, dtype):
    import struct

    out = t.to(dtype)
    for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
        if p == 0 == q:
            same = struct.pack("d", p) == struct.pack("d", q)
        else:
            same = p == q or (p != p and q != q)
        if not same:
            raise ValueError("a value would change")
    return out


# %% safe_cast | wrong | every nan passes
# breaks: "but have no place in an integer or bool dtype"
def safe_cast(t, dtype):
    out = t.to(dtype)
    changed = (out.to(t.dtype) != t) & ~t.isnan()
    if changed.any():
        raise ValueError
    return out


# %% safe_cast | wrong | another error
def safe_cast(t, dtype):
    out = t.to(dtype)
    for before, after in zip(t.flatten().tolist(), out.flatten().tolist()):
        if before != after and not (before != before and after != after):
            raise TypeError("lossy")
    return out


# %% safe_cast | wrong | no error
def safe_cast(t, dtype):
    out = t.to(dtype)
    a, b = t.flatten().tolist(), out.flatten().tolist()
    return out if all(x == y or (x != x and y != y) for x, y in zip(a, b)) else None


# %% safe_cast | wrong | types of the numbers
# breaks: "So are `True` and 1, `False` and 0"
def safe_cast(t, dtype):
    out = t.to(dtype)
    for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
        if p != q and not (p != p and q != q) or isinstance(p, bool) != isinstance(q, bool):
            raise ValueError(f"{p} becomes {q}")
    return out


# %% safe_cast | wrong | built from a list
# breaks: "The shape stays"
def safe_cast(t, dtype):
    out = t.to(dtype)
    for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
        if p != q and not (p != p and q != q):
            raise ValueError(f"{p} becomes {q}")
    return torch.tensor(out.tolist(), dtype=dtype)


# %% safe_cast | wrong | flat
# breaks: "`t` has any shape"
def safe_cast(t, dtype):
    out = t.flatten().to(dtype)
    for p, q in zip(t.flatten().tolist(), out.tolist()):
        if p != q and not (p != p and q != q):
            raise ValueError(f"{p} becomes {q}")
    return out


# %% safe_cast | wrong | no bfloat16
# breaks: "its dtype and `dtype` are any two of the ten dtypes of exercise 8"
def safe_cast(t, dtype):
    old = t.numpy()
    new = t.to(dtype).numpy()
    if any(p != q and not (p != p and q != q) for p, q in zip(old.flatten().tolist(), new.flatten().tolist())):
        raise ValueError("a value would change")
    return torch.from_numpy(new.copy())


# %% safe_cast | wrong | the smallest number left out
# breaks: "Return `t` converted to `dtype` if every value is still the same number afterwards"
def safe_cast(t, dtype):
    out = t.to(dtype)
    if t.is_floating_point() and not dtype.is_floating_point and dtype != torch.bool:
        if not all(abs(p) <= torch.iinfo(dtype).max for p in t.flatten().tolist()):
            raise ValueError("too large")
    for p, q in zip(t.flatten().tolist(), out.flatten().tolist()):
        if p != q and not (p != p and q != q):
            raise ValueError(f"{p} becomes {q}")
    return out
