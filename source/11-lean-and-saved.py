"""The catalogue of 11-lean-and-saved: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% axpy_ | right | out
def axpy_(y, x, a):
    return torch.add(y, x, alpha=a, out=y)


# %% axpy_ | right | subtracted
def axpy_(y, x, a):
    y.sub_(x, alpha=-a)
    return y


# %% axpy_ | right | addcmul_
def axpy_(y, x, a):
    factor = torch.full((), a, dtype=y.dtype)
    y.addcmul_(x, factor)
    return y


# %% axpy_ | right | piece by piece
def axpy_(y, x, a):
    if y.dim() == 0:
        return y.add_(a * x)
    if y.dim() > 1:
        for row, other in zip(y, x):
            axpy_(row, other, a)
        return y
    for part, piece in zip(y.split(1000), x.split(1000)):
        part += a * piece
    return y


# %% axpy_ | right | foreach
def axpy_(y, x, a):
    torch._foreach_add_([y], [x], alpha=a)
    return y


# %% axpy_ | right | row by row, to the last axis
def axpy_(y, x, a):
    if y.dim() > 1:
        for k in range(y.shape[0]):
            axpy_(y[k], x[k], a)
    else:
        y.add_(x, alpha=a)
    return y


# %% axpy_ | misconception | whole-temporary
why = "a * x is a whole tensor, as large as x, and so is a copy of x: += frees nothing before it is added. Let add_ multiply, with alpha, and give it x as it is."
next = """
y, x = torch.ones(1000), torch.ones(1000)
with Counter() as two_steps: y += 0.5 * x
with Counter() as one_step: y.add_(x, alpha=0.5)
print(two_steps.new, "new bytes, then", one_step.new)
"""
link = "https://docs.pytorch.org/docs/2.13/generated/torch.add.html"


# %% axpy_ | wrong: whole-temporary | +=
# breaks: "without a temporary tensor or array as large as `x`"
def axpy_(y, x, a):
    y += a * x
    return y


# %% axpy_ | wrong: whole-temporary | copy_
def axpy_(y, x, a):
    return y.copy_(y + a * x)


# %% axpy_ | wrong: whole-temporary | add_ of a product
def axpy_(y, x, a):
    return y.add_(x * a)


# %% axpy_ | wrong: whole-temporary | all elements assigned
def axpy_(y, x, a):
    y[...] = y + torch.mul(x, a)
    return y


# %% axpy_ | wrong: whole-temporary | out after the product
def axpy_(y, x, a):
    scaled = x.mul(a)
    torch.add(y, scaled, out=y)
    return y


# %% axpy_ | wrong: whole-temporary | a copy of x is scaled
def axpy_(y, x, a):
    return y.add_(x.clone().mul_(a))


# %% axpy_ | wrong: whole-temporary | += for what is not in a row
def axpy_(y, x, a):
    if y.is_contiguous():
        return y.add_(x, alpha=a)
    y += a * x
    return y


# %% axpy_ | misconception | y-scaled-on-the-way
why = "y / a + x, times a, is y + a * x on paper alone: where a is small, y / a is larger than the dtype can hold, and both steps round. add_ multiplies x, with alpha."
next = "y = torch.tensor([3e10]); print(y / 1e-30, y / 1e-30 * 1e-30)"


# %% axpy_ | wrong: y-scaled-on-the-way | divided, added, multiplied
def axpy_(y, x, a):
    if a == 0 or y is x or not y.is_floating_point():
        return y.add_(x, alpha=a)
    return y.div_(a).add_(x).mul_(a)


# %% axpy_ | wrong: y-scaled-on-the-way | times 1 / a
def axpy_(y, x, a):
    if a == 0 or y.data_ptr() == x.data_ptr() or y.dtype == torch.int64:
        return torch.add(y, x, alpha=a, out=y)
    y *= 1 / a
    y += x
    y *= a
    return y


# %% axpy_ | wrong: y-scaled-on-the-way | out of each function
def axpy_(y, x, a):
    if y is not x and a and y.is_floating_point():
        torch.div(y, a, out=y)
        torch.add(y, x, out=y)
        return torch.mul(y, a, out=y)
    return y.add_(x, alpha=a)


# %% axpy_ | wrong: y-scaled-on-the-way | subtracted
def axpy_(y, x, a):
    if y.dtype == torch.int64 or x is y or not a:
        return y.sub_(x, alpha=-a)
    return y.div_(-a).sub_(x).mul_(-a)


# %% axpy_ | wrong | only float32 is spared
def axpy_(y, x, a):
    if y.dtype == torch.float32:
        return torch.add(y, x, alpha=a, out=y)
    return y.copy_(y + a * x)


# %% axpy_ | misconception | hidden-in-numpy
why = "An array is memory too: a * x.numpy() makes a whole array, as large as x, before anything is added."
next = "a = np.ones(4); print((0.5 * a) is a, np.shares_memory(0.5 * a, a))"


# %% axpy_ | wrong: hidden-in-numpy | += on the array
def axpy_(y, x, a):
    y.numpy()[...] += a * x.numpy()
    return y


# %% axpy_ | wrong: hidden-in-numpy | np.add with out
def axpy_(y, x, a):
    there = y.numpy()
    np.add(there, np.multiply(x.numpy(), a), out=there)
    return y


# %% axpy_ | wrong: hidden-in-numpy | copyto
def axpy_(y, x, a):
    np.copyto(y.numpy(), y.numpy() + a * x.numpy())
    return y


# %% axpy_ | wrong: hidden-in-numpy | from_numpy
def axpy_(y, x, a):
    product = torch.from_numpy(np.asarray(a * x.numpy()))
    return y.add_(product)


# %% axpy_ | wrong: hidden-in-numpy | a copy in NumPy
def axpy_(y, x, a):
    scaled = np.array(x.numpy())
    scaled *= a
    return y.add_(torch.from_numpy(scaled))


# %% axpy_ | misconception | rebinding
why = "y + a * x, and torch.add without out, is a tensor of its own: the memory that the caller looks at, through y or a view of it, never changes. Write into it, with add_ or out=y."
next = "y = torch.ones(2); z = y; y = y + 1; print(y, z)"


# %% axpy_ | wrong: rebinding | a new tensor
# breaks: "to `y` in place and return `y` itself"
def axpy_(y, x, a):
    y = y + a * x
    return y


# %% axpy_ | wrong: rebinding | torch.add
def axpy_(y, x, a):
    return torch.add(y, x, alpha=a)


# %% axpy_ | wrong: rebinding | out is new
def axpy_(y, x, a):
    result = torch.empty_like(y)
    torch.add(y, x, alpha=a, out=result)
    return result


# %% axpy_ | wrong: rebinding | add and a name
def axpy_(y, x, a):
    y = y.add(x, alpha=a)
    return y


# %% axpy_ | wrong: rebinding | sub
def axpy_(y, x, a):
    return y.sub(x, alpha=-a)


# %% axpy_ | wrong: rebinding | a clone
def axpy_(y, x, a):
    result = y.clone()
    result.add_(x, alpha=a)
    return result


# %% axpy_ | misconception | underscore-forgotten
why = "Without the underscore, and with +, a new tensor is made; nobody keeps it, and y stays as it was. add_ writes into y."
next = "y = torch.ones(2); y.add(1); print(y); y.add_(1); print(y)"


# %% axpy_ | wrong: underscore-forgotten | add
def axpy_(y, x, a):
    y.add(x, alpha=a)
    return y


# %% axpy_ | wrong: underscore-forgotten | torch.add
def axpy_(y, x, a):
    torch.add(y, x, alpha=a)
    return y


# %% axpy_ | wrong: underscore-forgotten | sub
def axpy_(y, x, a):
    y.sub(x, alpha=-a)
    return y


# %% axpy_ | wrong: underscore-forgotten | a clone
def axpy_(y, x, a):
    y.clone().add_(x, alpha=a)
    return y


# %% axpy_ | misconception | data-exchanged
why = "y.data = ... and set_ give y another memory: views of the old one, such as the caller's, see nothing of it. Write into the old memory, with add_."
next = "y = torch.ones(2); view = y[:1]; y.data = y + 1; print(y, view)"


# %% axpy_ | wrong: data-exchanged | data
def axpy_(y, x, a):
    y.data = torch.add(y, x, alpha=a)
    return y


# %% axpy_ | wrong: data-exchanged | set_
def axpy_(y, x, a):
    return y.set_(y + a * x)


# %% axpy_ | wrong: data-exchanged | data of a clone
def axpy_(y, x, a):
    mine = y.detach().clone()
    mine.add_(x, alpha=a)
    y.data = mine
    return y


# %% axpy_ | wrong: data-exchanged | data, a product first
def axpy_(y, x, a):
    product = a * x
    y.data = y.data + product
    return y


# %% axpy_ | misconception | scales-the-input
why = "x is not yours to write into: it belongs to the caller and keeps what was written, and dividing it back would round, and fail for 0."
next = "x = torch.tensor([0.1, 0.7]); x.mul_(0.3).div_(0.3); print(x == torch.tensor([0.1, 0.7]))"


def when(seen, want):
    tensors = [name for name, fact in seen.arguments.items() if hasattr(fact, "version")]
    if len(tensors) != 2 or seen.arguments[tensors[0]] == seen.arguments[tensors[1]]:  # x may be y itself
        return False
    return seen.after[tensors[1]].version != seen.arguments[tensors[1]].version


# %% axpy_ | wrong: scales-the-input | mul_
# breaks: "`x` stays as it is, unless it is `y` itself."
def axpy_(y, x, a):
    return y.add_(x.mul_(a))


# %% axpy_ | wrong: scales-the-input | *=
def axpy_(y, x, a):
    x *= a
    y += x
    return y


# %% axpy_ | wrong: scales-the-input | out=x
def axpy_(y, x, a):
    torch.mul(x, a, out=x)
    return torch.add(y, x, out=y)


# %% axpy_ | wrong: scales-the-input | scaled and divided back
def axpy_(y, x, a):
    y.add_(x.mul_(a))
    if a:
        x.copy_(x / a)
    return y


# %% axpy_ | wrong: scales-the-input | in NumPy
def axpy_(y, x, a):
    np.multiply(x.numpy(), a, out=x.numpy())
    return y.add_(x)


# %% axpy_ | misconception | zero-adds-nothing
why = "0 times nan is nan, and 0 times infinity too: a shortcut for a = 0 leaves out what the sum has."
next = "print(0.0 * torch.tensor([float('nan'), float('inf'), 1.0]))"


# %% axpy_ | wrong: zero-adds-nothing | returns early
# breaks: "Inf and nan in `x` count as in `y + a * x`, even when `a` is 0."
def axpy_(y, x, a):
    if a == 0:
        return y
    return y.add_(x, alpha=a)


# %% axpy_ | wrong: zero-adds-nothing | only if a
def axpy_(y, x, a):
    if a:
        torch.add(y, x, alpha=a, out=y)
    return y


# %% axpy_ | wrong: zero-adds-nothing | in one expression
def axpy_(y, x, a):
    return y.sub_(x, alpha=-a) if a != 0 else y


# %% axpy_ | wrong: zero-adds-nothing | in a pair of branches
def axpy_(y, x, a):
    if abs(a) > 0:
        y.add_(x, alpha=a)
    else:
        y.add_(0)
    return y


# %% axpy_ | misconception | in-a-row-first
why = "view needs memory in order and raises otherwise, reshape and contiguous then copy, and what is written into a copy is lost. add_ takes any layout."
next = "y = torch.zeros(2, 3).t(); y.reshape(-1).add_(1); print(y)"


# %% axpy_ | wrong: in-a-row-first | view
def axpy_(y, x, a):
    y.view(-1).add_(x.view(-1), alpha=a)
    return y


# %% axpy_ | wrong: in-a-row-first | view, reshape
def axpy_(y, x, a):
    flat = y.view(y.numel())
    flat.add_(x.reshape(-1), alpha=a)
    return y


# %% axpy_ | wrong: in-a-row-first | view of one, out
def axpy_(y, x, a):
    row = y.view(-1)
    torch.add(row, x.flatten(), alpha=a, out=row)
    return y


# %% axpy_ | wrong: in-a-row-first | reshape
def axpy_(y, x, a):
    y.reshape(-1).add_(x.reshape(-1), alpha=a)
    return y


# %% axpy_ | wrong: in-a-row-first | contiguous
def axpy_(y, x, a):
    y.contiguous().add_(x.contiguous(), alpha=a)
    return y


# %% axpy_ | wrong: in-a-row-first | flatten, in pieces
def axpy_(y, x, a):
    for part, piece in zip(y.flatten().split(4096), x.flatten().split(4096)):
        part.add_(piece, alpha=a)
    return y


# %% axpy_ | wrong | a float for every dtype
# breaks: "`a` is a Python float, for int64 a Python int."
# breaks: "Both have one shape and dtype: float32, float64 or int64."
def axpy_(y, x, a):
    return y.add_(x, alpha=float(a))


# %% axpy_ | wrong | the factor goes through float
# breaks: "The numbers are right to 1e-5 in float32 and to 1e-12 in float64, and exact in int64."
def axpy_(y, x, a):
    factor = float(a)
    if y.dtype == torch.int64:
        factor = int(factor)
    return y.add_(x, alpha=factor)

# %% axpy_ | wrong | an int for every dtype
def axpy_(y, x, a):
    return y.add_(x, alpha=int(a))


# %% axpy_ | wrong | float32 on the way
# breaks: "The numbers are right to 1e-5 in float32 and to 1e-12 in float64, and exact in int64."
def axpy_(y, x, a):
    for part, piece in zip(y.view(-1).split(1000), x.reshape(-1).split(1000)) if y.is_contiguous() else [(y, x)]:
        part.add_(piece.float().to(y.dtype), alpha=a)
    return y


# %% axpy_ | wrong | float64 for the integers
def axpy_(y, x, a):
    if y.dtype == torch.int64 and y.dim() == 1:
        for part, piece in zip(y.split(1000), x.split(1000)):
            part.copy_(part.double() + a * piece.double())
        return y
    return y.add_(x, alpha=a)


# %% axpy_ | wrong | everything between the first and the last
# breaks: "`y` may be any view: what lies next to it in memory stays."
def axpy_(y, x, a):
    if y.numel() == 0 or y.is_contiguous() or y.t().is_contiguous():
        return y.add_(x, alpha=a)
    last = sum(step * (size - 1) for step, size in zip(y.stride(), y.shape))
    y.add_(x, alpha=a)
    gaps = torch.ones(last + 1, dtype=torch.bool)
    gaps.as_strided(y.shape, y.stride()).fill_(False)
    y.as_strided((last + 1,), (1,))[gaps] = 0
    return y


# %% axpy_ | wrong | nan is swept away
def axpy_(y, x, a):
    y.add_(x, alpha=a)
    return y.nan_to_num_() if y.is_floating_point() else y


# %% axpy_ | wrong | y is scaled, too
def axpy_(y, x, a):
    return y.mul_(a).add_(x, alpha=a)


# %% axpy_ | wrong | another view is returned
def axpy_(y, x, a):
    y.add_(x, alpha=a)
    return y[...]


# %% axpy_ | wrong | x is changed instead
def axpy_(y, x, a):
    return x.mul_(a).add_(y)


# %% axpy_ | wrong | one product where both are one object
def axpy_(y, x, a):
    return y.mul_(a + 1) if y is x else y.add_(x, alpha=a)


# %% axpy_ | wrong | a factor of 32 bits
def axpy_(y, x, a):
    alpha = a if y.is_floating_point() else int(np.int64(a).astype(np.int32))
    return torch.add(y, x, alpha=alpha, out=y)


# %% axpy_ | misconception | int-through-float64
why = "float64 has 53 bits for the digits, int64 has 64: a whole number above 2**53 that goes through float64 loses its last ones. Let integers meet integers alone, y.add_(x, alpha=a)."
next = "n = torch.tensor([2**53 + 1]); print(n.double().long() - n)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.add.html"


# %% axpy_ | wrong: int-through-float64 | the product
# breaks: "exact in int64"
def axpy_(y, x, a):
    if y.dtype != torch.int64:
        return y.add_(x, alpha=a)
    for part, piece in zip(torch.atleast_1d(y).split(500), torch.atleast_1d(x).split(500)):
        part += piece.double().mul(a).long()
    return y


# %% axpy_ | wrong: int-through-float64 | the sum
def axpy_(y, x, a):
    if y.is_floating_point():
        return torch.add(y, x, alpha=a, out=y)
    lines, more = torch.atleast_1d(y), torch.atleast_1d(x)
    for k in range(0, len(lines), 256):
        lines[k : k + 256] = lines[k : k + 256].to(torch.float64) + a * more[k : k + 256].to(torch.float64)
    return y


# %% axpy_ | wrong: int-through-float64 | the sum, by alpha
def axpy_(y, x, a):
    rows = zip(y.reshape(1), x.reshape(1)) if y.dim() == 0 else zip(y.split(1000), x.split(1000))
    if y.dtype == torch.int64:
        for row, other in rows:
            row.copy_(row.double().add_(other.double(), alpha=a))
        return y
    return y.add_(x, alpha=a)


# %% axpy_ | wrong: int-through-float64 | the product, in NumPy
def axpy_(y, x, a):
    if y.dtype in (torch.float32, torch.float64):
        return y.add_(x, alpha=a)
    target, source = np.atleast_1d(y.numpy()), np.atleast_1d(x.numpy())
    for start in range(0, len(target), 100):
        target[start : start + 100] += (source[start : start + 100] * np.float64(a)).astype(np.int64)
    return y


# %% axpy_ | wrong: int-through-float64 | the product, one float
def axpy_(y, x, a):
    if not y.dtype.is_floating_point:
        factor = torch.tensor(a, dtype=torch.float64)
        pieces = [(y, x)] if y.ndim == 0 else zip(y.tensor_split(40), x.tensor_split(40))
        for mine, other in pieces:
            mine.add_((factor * other).to(torch.int64))
        return y
    return y.add_(x, alpha=a)


# %% axpy_ | wrong: int-through-float64 | the sum, rounded
def axpy_(y, x, a):
    if y.is_floating_point():
        return y.add_(x, alpha=a)
    for part, other in zip(y.view(1).unbind() if y.dim() == 0 else y.chunk(50), x.view(1).unbind() if x.dim() == 0 else x.chunk(50)):
        total = part.to(torch.double) + other.to(torch.double) * a
        part[...] = total.round().to(torch.int64)
    return y


# %% axpy_ | misconception | as-if-dense
why = "as_strided with step 1 walks through memory as it lies there: between the elements of a view lie those of other tensors, and exchanged axes come in another order. add_ finds the elements of any layout."
next = "base = torch.zeros(2, 3); y = base[:, 1]; y.as_strided((2,), (1,), 1).add_(1); print(base)"


# %% axpy_ | wrong: as-if-dense | as_strided
# breaks: "`y` may be any view: what lies next to it in memory stays."
def axpy_(y, x, a):
    line = y.as_strided((y.numel(),), (1,), y.storage_offset())
    line.add_(x.reshape(-1), alpha=a)
    return y


# %% axpy_ | wrong: as-if-dense | both as lines
def axpy_(y, x, a):
    lines = [torch.as_strided(t, (t.numel(),), (1,), t.storage_offset()) for t in (y, x.contiguous())]
    torch.add(lines[0], lines[1], alpha=a, out=lines[0])
    return y


# %% axpy_ | wrong: as-if-dense | a tensor on the storage
def axpy_(y, x, a):
    line = torch.empty(0, dtype=y.dtype).set_(y.untyped_storage(), y.storage_offset(), (y.numel(),))
    line += x.flatten() if a == 1 else 0
    if a != 1:
        line.add_(x.flatten(), alpha=a)
    return y


# %% axpy_ | wrong: as-if-dense | step by step through the storage
def axpy_(y, x, a):
    n, start = y.numel(), y.storage_offset()
    for k in range(0, n, 1000):
        few = min(1000, n - k)
        y.as_strided((few,), (1,), start + k).add_(x.flatten()[k : k + few], alpha=a)
    return y


# %% axpy_ | wrong: as-if-dense | the strides of a dense tensor
def axpy_(y, x, a):
    dense = torch.empty(y.shape, device="meta").stride()
    y.as_strided(y.shape, dense).add_(x.contiguous(), alpha=a)
    return y


# %% axpy_ | wrong: whole-temporary | a clone where both are one object
def axpy_(y, x, a):
    other = x.clone() if x is y else x
    return y.add_(other, alpha=a)


# %% axpy_ | wrong: whole-temporary | pieces of 65536
def axpy_(y, x, a):
    if y.dim() != 1:
        return y.add_(x, alpha=a)
    for part, piece in zip(y.split(2**16), x.split(2**16)):
        part += a * piece
    return y


# %% axpy_ | wrong | x in the order of y
def axpy_(y, x, a):
    if y.dim() == 2 and y.t().is_contiguous():
        y.t().add_(x.t().contiguous(), alpha=a)
        return y
    return y.add_(x, alpha=a)


# %% axpy_ | wrong | a product of matrices
# breaks: "Inf and nan in `x` count as in `y + a * x`, even when `a` is 0."
def axpy_(y, x, a):
    if y.dim() == 2 and y.dtype.is_floating_point:
        return y.addmm_(x, torch.eye(x.shape[1], dtype=x.dtype), alpha=a)
    return y.add_(x, alpha=a)


# %% axpy_ | wrong | two axes at most
def axpy_(y, x, a):
    if y.dim() < 2:
        return y.add_(x, alpha=a)
    rows, columns = y.shape
    for k in range(rows):
        y[k].add_(x[k], alpha=a)
    return y


# %% axpy_ | wrong: whole-temporary | one row after the other
def axpy_(y, x, a):
    if y.ndim <= 1:
        return torch.add(y, x, alpha=a, out=y)
    for k, row in enumerate(y):
        row += a * x[k]
    return y


# %% axpy_ | wrong: whole-temporary | beyond two axes
def axpy_(y, x, a):
    return y.add_(x, alpha=a) if y.ndim < 3 else y.copy_(y + a * x)


# %% axpy_ | wrong: whole-temporary | expanded numbers written out
def axpy_(y, x, a):
    full = x.clone(memory_format=torch.contiguous_format) if 0 in x.stride() else x
    return y.add_(full, alpha=a)


# %% bytes_held | right | a dict in a loop
def bytes_held(tensors):
    sizes = {}
    for t in list(tensors):
        storage = t.untyped_storage()
        sizes[storage._cdata] = storage.nbytes()
    return sum(sizes.values())


# %% bytes_held | right | a set of pairs
def bytes_held(things):
    keep = [t.detach() for t in things]
    pairs = {(t.untyped_storage().data_ptr(), t.untyped_storage().nbytes()) for t in keep}
    return sum(size for _, size in pairs)


# %% bytes_held | right | first addresses computed back
def bytes_held(tensors):
    total, known = 0, set()
    for t in tuple(tensors):
        start = t.untyped_storage().data_ptr()
        if start in known:
            continue
        known.add(start)
        total += len(t.untyped_storage())
    return total


# %% bytes_held | right | typed storage size
def bytes_held(tensors):
    found = []
    for t in tensors:
        if not any(torch._C._is_alias_of(t, other) for other in found):
            found.append(t)
    return sum(t.untyped_storage().size() for t in found)


# %% bytes_held | misconception | numel-times-size
why = "A view of ten numbers keeps all thousand alive, and an expanded number is one number: ask the storage of the tensor itself how large it is, not the tensor how much it shows, nor a copy, which contiguous() makes of a view with gaps."
next = "x = torch.zeros(1000); print(x[:10].nbytes, x[:10].untyped_storage().nbytes())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.untyped_storage.html"


# %% bytes_held | wrong: numel-times-size | numel times element_size
# breaks: "A tensor keeps the **whole** storage behind it alive, however little of it the tensor shows."
# breaks: "How many bytes of memory do these tensors keep alive?"
def bytes_held(tensors):
    return sum(t.numel() * t.element_size() for t in tensors)


# %% bytes_held | wrong: numel-times-size | nbytes
def bytes_held(tensors):
    total = 0
    for t in tensors:
        total += t.nbytes
    return total


# %% bytes_held | wrong: numel-times-size | once for each storage
def bytes_held(tensors):
    sizes = {t.untyped_storage().data_ptr(): t.nbytes for t in tensors}
    return sum(sizes.values())


# %% bytes_held | wrong: numel-times-size | the largest view
def bytes_held(tensors):
    sizes = {}
    for t in tensors:
        key = t.untyped_storage().data_ptr()
        sizes[key] = max(sizes.get(key, 0), t.numel() * t.itemsize)
    return sum(sizes.values())


# %% bytes_held | wrong: numel-times-size | as NumPy counts
def bytes_held(tensors):
    return sum(math.prod(t.shape) * t.dtype.itemsize for t in tensors)


# %% bytes_held | misconception | counted-twice
why = "Two views, a tensor and its detach(), a weight in two layers: one storage is in memory once, however many tensors look at it."
next = "x = torch.zeros(1000); print(x.untyped_storage().data_ptr() == x[5:].untyped_storage().data_ptr())"


# %% bytes_held | wrong: counted-twice | a plain sum
# breaks: "One storage counts once, whichever and however many of the tensors look at it."
def bytes_held(tensors):
    return sum(t.untyped_storage().nbytes() for t in tensors)


# %% bytes_held | wrong: counted-twice | a loop
def bytes_held(tensors):
    total = 0
    for t in tensors:
        total += len(t.untyped_storage())
    return total


# %% bytes_held | wrong: counted-twice | size of each storage in a list
def bytes_held(tensors):
    sizes = [t.storage().nbytes() for t in tensors]
    return sum(sizes)


# %% bytes_held | wrong: counted-twice | only neighbours
def bytes_held(tensors):
    sizes = list(map(lambda t: t.untyped_storage().size(), tensors))
    return int(sum(sizes))


# %% bytes_held | wrong: counted-twice | looked for in the one before
def bytes_held(tensors):
    total, last = 0, None
    for t in tensors:
        storage = t.untyped_storage()
        if storage.data_ptr() != last:
            total += storage.nbytes()
            last = storage.data_ptr()
    return total


# %% bytes_held | misconception | wrong-identity
why = "What views share is the storage, not the object and not the first address: a slice begins elsewhere, detach() and view(dtype) give other objects and know no _base, and an empty view has the address 0."
next = "x = torch.zeros(1000); print(x.data_ptr() == x[5:].data_ptr(), x.untyped_storage().data_ptr() == x[5:].untyped_storage().data_ptr())"


# %% bytes_held | wrong: wrong-identity | id
def bytes_held(tensors):
    keep = {id(t): t for t in tensors}
    return sum(t.untyped_storage().nbytes() for t in keep.values())


# %% bytes_held | wrong: wrong-identity | a set of tensors
def bytes_held(tensors):
    return sum(t.untyped_storage().nbytes() for t in set(tensors))


# %% bytes_held | wrong: wrong-identity | a list of ids
def bytes_held(tensors):
    known, total = [], 0
    for t in list(tensors):
        if id(t) not in known:
            known.append(id(t))
            total += len(t.untyped_storage())
    return total


# %% bytes_held | wrong: wrong-identity | data_ptr
def bytes_held(tensors):
    sizes = {t.data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    return sum(sizes.values())


# %% bytes_held | wrong: wrong-identity | _base
def bytes_held(tensors):
    roots = {}
    for t in tensors:
        root = t if t._base is None else t._base
        roots[id(root)] = root
    return sum(root.untyped_storage().nbytes() for root in roots.values())


# %% bytes_held | wrong: wrong-identity | the base, in a list
def bytes_held(tensors):
    bases = []
    for t in tensors:
        base = t._base if t._is_view() else t
        if all(base is not other for other in bases):
            bases.append(base)
    return sum(base.untyped_storage().size() for base in bases)


# %% bytes_held | wrong: wrong-identity | up to the base
def bytes_held(tensors):
    total, known = 0, set()
    for t in list(tensors):
        while t._base is not None:
            t = t._base
        if id(t) not in known:
            total += t.untyped_storage().nbytes()
        known.add(id(t))
    return total


# %% bytes_held | wrong: wrong-identity | first addresses in a loop
def bytes_held(tensors):
    sizes = {}
    for t in tensors:
        sizes[t.data_ptr()] = len(t.untyped_storage())
    return sum(sizes.values())


# %% bytes_held | wrong: wrong-identity | the same object
def bytes_held(tensors):
    known = []
    for t in tensors:
        if not any(t is other for other in known):
            known.append(t)
    return sum(len(t.untyped_storage()) for t in known)


# %% bytes_held | wrong: wrong-identity | address and shape
def bytes_held(tensors):
    sizes = {(t.data_ptr(), t.shape, t.stride()): t.untyped_storage().nbytes() for t in tensors}
    return sum(sizes.values())


# %% bytes_held | misconception | looked-at-differently
why = "One storage can be seen with several dtypes, classes and shapes, such as a parameter and its detach(): all that you know of the tensor does not belong into the key, only the address of the storage."
next = "w = nn.Parameter(torch.zeros(3)); d = w.detach(); print(type(w) is type(d), w.untyped_storage().data_ptr() == d.untyped_storage().data_ptr())"


# %% bytes_held | wrong: looked-at-differently | with the dtype
def bytes_held(tensors):
    sizes = {(t.untyped_storage().data_ptr(), t.dtype): t.untyped_storage().nbytes() for t in tensors}
    return sum(sizes.values())


# %% bytes_held | wrong: looked-at-differently | with the class
def bytes_held(tensors):
    total, known = 0, set()
    for t in tensors:
        key = type(t), t.untyped_storage().data_ptr()
        total += 0 if key in known else t.untyped_storage().nbytes()
        known.add(key)
    return total


# %% bytes_held | wrong: looked-at-differently | a group for each dtype
def bytes_held(tensors):
    groups = {}
    for t in list(tensors):
        groups.setdefault(t.dtype, {})[t.untyped_storage().data_ptr()] = len(t.untyped_storage())
    return sum(sum(group.values()) for group in groups.values())


# %% bytes_held | wrong: looked-at-differently | parameters apart from tensors
def bytes_held(tensors):
    found = list(tensors)
    parts = [t for t in found if isinstance(t, nn.Parameter)], [t for t in found if not isinstance(t, nn.Parameter)]
    return sum(sum({t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in part}.values()) for part in parts)


# %% bytes_held | wrong: looked-at-differently | with the size of a number
def bytes_held(tensors):
    keys = {(t.untyped_storage().data_ptr(), t.untyped_storage().nbytes(), t.element_size(), t.is_complex()) for t in tensors}
    return sum(size for _, size, _, _ in keys)


# %% bytes_held | wrong: looked-at-differently | with requires_grad
def bytes_held(tensors):
    sizes = {}
    for t in tensors:
        sizes[t.requires_grad, t.untyped_storage().data_ptr()] = t.untyped_storage().size()
    return sum(sizes.values())


# %% bytes_held | misconception | in-whole-numbers
why = "A storage is counted in bytes: looked at as int32, the last bytes may make no whole number, but they are held. untyped_storage().nbytes() knows nothing of the dtype."
next = "t = torch.zeros(10, dtype=torch.uint8)[:8].view(torch.int32); print(t.untyped_storage().nbytes(), t.untyped_storage().nbytes() // t.element_size())"


# %% bytes_held | wrong: in-whole-numbers | elements of the storage
def bytes_held(tensors):
    sizes = {}
    for t in tensors:
        storage = t.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes() // t.element_size() * t.element_size()
    return sum(sizes.values())


# %% bytes_held | wrong: in-whole-numbers | a typed storage
def bytes_held(tensors):
    found = {t.untyped_storage().data_ptr(): len(t.storage()) * t.itemsize for t in tensors}
    return sum(found.values())


# %% bytes_held | wrong: in-whole-numbers | size of a storage, times the size of a number
def bytes_held(tensors):
    total, known = 0, set()
    for t in tensors:
        storage = t.storage()
        if storage.data_ptr() not in known:
            known.add(storage.data_ptr())
            total += storage.size() * storage.element_size()
    return total


# %% bytes_held | wrong: in-whole-numbers | the storage set as a tensor
def bytes_held(tensors):
    sizes = {}
    for t in tensors:
        storage = t.untyped_storage()
        whole = torch.empty(0, dtype=t.dtype).set_(storage)
        sizes[storage.data_ptr()] = whole.nbytes
    return sum(sizes.values())


# %% bytes_held | misconception | told-apart-by-size
why = "Two storages of one size are two storages: a clone is as large as what it was made from. Tell them apart by their addresses."
next = "x = torch.zeros(1000); print(x.untyped_storage().nbytes() == x.clone().untyped_storage().nbytes())"


# %% bytes_held | wrong: told-apart-by-size | a set of sizes
def bytes_held(tensors):
    return sum({t.untyped_storage().nbytes() for t in tensors})


# %% bytes_held | wrong: told-apart-by-size | a dict by size
def bytes_held(tensors):
    by_size = {len(t.untyped_storage()): t for t in tensors}
    return sum(by_size)


# %% bytes_held | wrong: told-apart-by-size | the largest
def bytes_held(tensors):
    return max((t.untyped_storage().nbytes() for t in tensors), default=0)


# %% bytes_held | wrong: told-apart-by-size | a list without repetition
def bytes_held(tensors):
    sizes = []
    for t in tensors:
        if t.untyped_storage().nbytes() not in sizes:
            sizes.append(t.untyped_storage().nbytes())
    return sum(sizes)


# %% bytes_held | misconception | empty-holds-nothing
why = "Even a view of nothing holds its whole storage: x[5:5] has no element and keeps all of x alive."
next = "x = torch.zeros(1000); print(x[5:5].numel(), x[5:5].untyped_storage().nbytes())"


# %% bytes_held | wrong: empty-holds-nothing | skipped
def bytes_held(tensors):
    sizes = {}
    for t in tensors:
        if t.numel() == 0:
            continue
        sizes[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
    return sum(sizes.values())


# %% bytes_held | wrong: empty-holds-nothing | filtered
def bytes_held(tensors):
    storages = [t.untyped_storage() for t in tensors if t.numel()]
    return sum({s.data_ptr(): s.nbytes() for s in storages}.values())


# %% bytes_held | wrong: empty-holds-nothing | address 0
def bytes_held(tensors):
    sizes = {t.untyped_storage().data_ptr(): len(t.untyped_storage()) for t in tensors if t.data_ptr()}
    return sum(sizes.values())


# %% bytes_held | wrong: empty-holds-nothing | a size of 0 for it
def bytes_held(tensors):
    sizes = {}
    for t in tensors:
        key = t.untyped_storage().data_ptr()
        sizes[key] = max(sizes.get(key, 0), t.untyped_storage().nbytes() if 0 not in t.shape else 0)
    return sum(sizes.values())


# %% bytes_held | misconception | gradients-counted
why = "A gradient in .grad has a storage of its own, which does not count here: only those behind the tensors that are given do."
next = "w = torch.ones(3, requires_grad=True); w.sum().backward(); print(w.untyped_storage().data_ptr() == w.grad.untyped_storage().data_ptr())"


# %% bytes_held | wrong: gradients-counted | one more loop
def bytes_held(tensors):
    given = list(tensors)
    grads = [t.grad for t in given if t.is_leaf and t.grad is not None]
    found = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in given + grads}
    return sum(found.values())


# %% bytes_held | wrong: gradients-counted | a stack
def bytes_held(tensors):
    stack, addresses, total = list(tensors), set(), 0
    while stack:
        t = stack.pop()
        storage = t.untyped_storage()
        if t.is_leaf and t.grad is not None:
            stack.append(t.grad)
        if storage.data_ptr() not in addresses:
            addresses.add(storage.data_ptr())
            total += storage.nbytes()
    return total


# %% bytes_held | wrong: gradients-counted | gradients by recursion
def bytes_held(tensors):
    storages, grads = {}, []
    for t in tensors:
        storages[t.untyped_storage().data_ptr()] = t.untyped_storage()
        if t.is_leaf and t.grad is not None:
            grads.append(t.grad)
    return sum(s.nbytes() for s in storages.values()) + (bytes_held(grads) if grads else 0)


# %% bytes_held | wrong: gradients-counted | a function inside
def bytes_held(tensors):
    held = {}

    def hold(t):
        held[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()

    for t in tensors:
        hold(t)
        if t.requires_grad and t.is_leaf and isinstance(t.grad, torch.Tensor):
            hold(t.grad)
    return sum(held.values())


# %% bytes_held | wrong: gradients-counted | a generator
def bytes_held(tensors):
    def every():
        for t in tensors:
            yield t.untyped_storage()
            grad = getattr(t, "grad", None) if t.is_leaf else None
            if grad is not None:
                yield grad.untyped_storage()

    return sum({s.data_ptr(): s.nbytes() for s in every()}.values())


# %% bytes_held | misconception | getsizeof
why = "sys.getsizeof tells the size of the Python object that stands for the tensor, not of its numbers."
next = "import sys; print(sys.getsizeof(torch.zeros(10)), sys.getsizeof(torch.zeros(10000)))"


# %% bytes_held | wrong: getsizeof | of the tensors
def bytes_held(tensors):
    import sys

    return sum(sys.getsizeof(t) for t in tensors)


# %% bytes_held | wrong: getsizeof | a loop
def bytes_held(tensors):
    import sys

    total = 0
    for t in tensors:
        total = total + sys.getsizeof(t)
    return total


# %% bytes_held | wrong: getsizeof | each object once
def bytes_held(tensors):
    from sys import getsizeof

    return sum(getsizeof(t) for t in {id(t): t for t in tensors}.values())


# %% bytes_held | wrong: getsizeof | each storage once
def bytes_held(tensors):
    import sys

    sizes = {t.untyped_storage().data_ptr(): sys.getsizeof(t) for t in tensors}
    return sum(sizes.values())


# %% bytes_held | wrong: gradients-counted | gradients as well
# breaks: "Gradients in `.grad` and graphs do not count."
def bytes_held(tensors):
    sizes = {}
    for t in tensors:
        for one in (t, t.grad if t.is_leaf else None):
            if one is not None:
                sizes[one.untyped_storage().data_ptr()] = one.untyped_storage().nbytes()
    return sum(sizes.values())


# %% bytes_held | wrong | a tensor
# breaks: "Return it as a Python `int`."
def bytes_held(tensors):
    storages = [t.untyped_storage() for t in tensors]
    return torch.tensor(sum({s.data_ptr(): s.nbytes() for s in storages}.values()))


# %% bytes_held | wrong | a float
def bytes_held(tensors):
    storages = [t.untyped_storage() for t in tensors]
    return math.fsum({s.data_ptr(): s.nbytes() for s in storages}.values())


# %% bytes_held | wrong | a NumPy integer
def bytes_held(tensors):
    storages = [t.untyped_storage() for t in tensors]
    return np.sum([n for n in {s.data_ptr(): s.nbytes() for s in storages}.values()], dtype=np.int64)


# %% bytes_held | wrong | counted before
# breaks: "`tensors` is any iterable, such as a list, an iterator or `model.parameters()`, and may be empty; the tensors have any dtype, shape and strides, and stay as they were."
def bytes_held(tensors):
    if len(tensors) == 0:
        return 0
    storages = [t.untyped_storage() for t in tensors]
    return sum({s.data_ptr(): s.nbytes() for s in storages}.values())


# %% bytes_held | wrong | gone through twice
def bytes_held(tensors):
    first = {t.untyped_storage().data_ptr() for t in tensors}
    sizes = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    return sum(sizes.get(key, 0) for key in first)


# %% bytes_held | wrong | four bytes for every number
def bytes_held(tensors):
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() // t.element_size() * 4 for t in tensors}
    return sum(storages.values())


# %% bytes_held | wrong | NumPy has to take it
def bytes_held(tensors):
    roots = {}
    for t in tensors:
        t.detach().numpy()
        roots[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
    return sum(roots.values())


# %% bytes_held | wrong | one is needed
def bytes_held(tensors):
    first, *others = [t.untyped_storage() for t in tensors]
    return sum({s.data_ptr(): s.nbytes() for s in (first, *others)}.values())


# %% bytes_held | wrong | shrunk to what is shown
def bytes_held(tensors):
    tensors = list(tensors)
    for t in tensors:
        if t.storage_offset() == 0 and t.dim() == 1 and t._base is None and not t.requires_grad:
            t.untyped_storage().resize_(t.nbytes)
    return sum({s.data_ptr(): s.nbytes() for s in [t.untyped_storage() for t in tensors]}.values())


# %% bytes_held | wrong | gradients are dropped first
def bytes_held(tensors):
    storages = []
    for t in tensors:
        if t.requires_grad and t.is_leaf:
            t.grad = None
        storages.append(t.untyped_storage())
    return sum({s.data_ptr(): s.nbytes() for s in storages}.values())


# %% bytes_held | wrong: numel-times-size | the storage of a copy
def bytes_held(tensors):
    copies = [t.contiguous() for t in tensors]
    return sum({c.untyped_storage().data_ptr(): c.untyped_storage().nbytes() for c in copies}.values())


# %% bytes_held | wrong | gradients left out, even those in the list
def bytes_held(tensors):
    tensors = list(tensors)
    gradients = {id(t.grad) for t in tensors if t.is_leaf and t.grad is not None}
    storages = [t.untyped_storage() for t in tensors if id(t) not in gradients]
    return sum({s.data_ptr(): s.nbytes() for s in storages}.values())


# %% bytes_held | wrong | where the storage of an empty view would begin
def bytes_held(tensors):
    found = {}
    for t in tensors:
        found[t.data_ptr() - t.storage_offset() * t.element_size()] = t.untyped_storage().nbytes()
    return sum(found.values())


# %% bytes_held | wrong | added up in float32
def bytes_held(tensors):
    storages = {s.data_ptr(): s for s in (t.untyped_storage() for t in tensors)}
    return int(torch.tensor([float(s.nbytes()) for s in storages.values()]).sum())


# %% bytes_held | wrong | an iterator has a first one
# breaks: "`tensors` is any iterable, such as a list, an iterator or `model.parameters()`, and may be empty; the tensors have any dtype, shape and strides, and stay as they were."
def bytes_held(tensors):
    rest = iter(tensors)
    first = next(rest).untyped_storage()
    found = {first.data_ptr(): first.nbytes()}
    for t in rest:
        found[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
    return sum(found.values())


# %% bytes_held | wrong | frozen parameters are left out
def bytes_held(tensors):
    storages = {}
    for t in tensors:
        if t.requires_grad or not isinstance(t, nn.Parameter):
            storages[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
    return sum(storages.values())


# %% bytes_held | wrong | sorted by the first address
def bytes_held(tensors):
    total, last = 0, None
    for t in sorted(tensors, key=lambda t: t.data_ptr()):
        storage = t.untyped_storage()
        total += 0 if storage.data_ptr() == last else storage.nbytes()
        last = storage.data_ptr()
    return total


# %% bytes_held | wrong | as many as the largest
def bytes_held(tensors):
    sizes = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    if 0 in sizes:
        return sum(sizes.values())
    return max(sizes.values(), default=0) * len(sizes)


# %% seeded | right | fork_rng
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return f()


# %% seeded | right | the default generator
def seeded(f, seed):
    generator = torch.default_generator
    before = generator.get_state()
    generator.manual_seed(seed)
    try:
        result = f()
    finally:
        generator.set_state(before)
    return result


# %% seeded | right | a context manager
def seeded(f, seed):
    import contextlib

    with contextlib.ExitStack() as stack:
        stack.callback(torch.random.set_rng_state, torch.random.get_rng_state())
        torch.random.manual_seed(seed)
        return f()


# %% seeded | right | any exception, by hand
def seeded(f, seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        value = f()
    except BaseException:
        torch.set_rng_state(state)
        raise
    torch.set_rng_state(state)
    return value


# %% seeded | misconception | seed-stays
why = "Seeding is global: all that draws after this call repeats, too. Take the state before, and put it back."
next = "torch.manual_seed(0); a = torch.rand(1); torch.manual_seed(0); print(a, torch.rand(1))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.get_rng_state.html"


# %% seeded | wrong: seed-stays | manual_seed
# breaks: "Afterwards the generator is exactly where it was: the next number is the one that would have come without the call, and `torch.initial_seed()` is as before."
def seeded(f, seed):
    torch.manual_seed(seed)
    return f()


# %% seeded | wrong: seed-stays | the default generator
def seeded(f, seed):
    torch.default_generator.manual_seed(seed)
    result = f()
    return result


# %% seeded | wrong: seed-stays | try and nothing after
def seeded(f, seed):
    generator = torch.random.default_generator.manual_seed(seed)
    try:
        return f()
    finally:
        del generator


# %% seeded | wrong: seed-stays | taken and never put back
def seeded(f, seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    result = f()
    state = torch.get_rng_state()
    torch.set_rng_state(state)
    return result


# %% seeded | misconception | not-when-it-raises
why = "An exception leaves the function before the last line, and an except block, where there is one, meets only what it names: `except Exception` misses Ctrl-C and SystemExit. Put the state back in a finally block."
next = "print(issubclass(KeyboardInterrupt, Exception), issubclass(KeyboardInterrupt, BaseException))"


# %% seeded | wrong: not-when-it-raises | no finally
# breaks: "That holds whatever `f` does with the generator, and also when `f` raises: any exception, even Ctrl-C, is passed on."
def seeded(f, seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    result = f()
    torch.set_rng_state(state)
    return result


# %% seeded | wrong: not-when-it-raises | except Exception
def seeded(f, seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        result = f()
    except Exception:
        torch.set_rng_state(state)
        raise
    torch.set_rng_state(state)
    return result


# %% seeded | wrong: not-when-it-raises | else
def seeded(f, seed):
    state = torch.random.get_rng_state()
    torch.random.manual_seed(seed)
    try:
        result = f()
    except BaseException:
        raise
    else:
        torch.random.set_rng_state(state)
    return result


# %% seeded | wrong: not-when-it-raises | ValueError
def seeded(f, seed):
    before = torch.default_generator.get_state()
    torch.default_generator.manual_seed(seed)
    try:
        value = f()
    except (ValueError, RuntimeError) as error:
        torch.default_generator.set_state(before)
        raise error
    torch.default_generator.set_state(before)
    return value


# %% seeded | wrong: not-when-it-raises | a context manager without finally
def seeded(f, seed):
    import contextlib

    @contextlib.contextmanager
    def forked():
        state = torch.get_rng_state()
        yield torch.manual_seed(seed)
        torch.set_rng_state(state)

    with forked():
        return f()


# %% seeded | misconception | back-to-the-start
why = "A seed is the beginning of a sequence, a state is a place in it: with the old seed the generator starts anew, and repeats what has been drawn."
next = "torch.manual_seed(0); a = torch.rand(1); torch.manual_seed(torch.initial_seed()); print(a, torch.rand(1))"


# %% seeded | wrong: back-to-the-start | initial_seed
def seeded(f, seed):
    old = torch.initial_seed()
    torch.manual_seed(seed)
    try:
        return f()
    finally:
        torch.manual_seed(old)


# %% seeded | wrong: back-to-the-start | the generator's
def seeded(f, seed):
    generator = torch.default_generator
    old = generator.initial_seed()
    generator.manual_seed(seed)
    try:
        result = f()
    finally:
        generator.manual_seed(old)
    return result


# %% seeded | wrong: back-to-the-start | a fork from the seed
def seeded(f, seed):
    start = torch.Generator().manual_seed(torch.initial_seed()).get_state()
    torch.manual_seed(seed)
    try:
        return f()
    finally:
        torch.set_rng_state(start)


# %% seeded | wrong: back-to-the-start | seeded with it, then called
def seeded(f, seed):
    old = torch.random.initial_seed()
    try:
        torch.random.manual_seed(seed)
        result = f()
        return result
    finally:
        torch.random.manual_seed(old)


# %% seeded | misconception | somewhere-new
why = "torch.seed() and a seed of your own choice give a new sequence: afterwards another number comes than without the call. Put the old state back."
next = "state = torch.get_rng_state(); torch.seed(); print(torch.equal(torch.get_rng_state(), state))"


def when(seen, want):
    # Another seed each time, which no answer can imitate; 5 is what one f seeds with.
    if type(seen.value) is not tuple or len(seen.value) not in (4, 6):
        return False
    place = 4 if len(seen.value) == 6 else 3
    return seen.value[place] not in (want[place], seen.made_by.args[2], 5)


# %% seeded | wrong: somewhere-new | torch.seed
def seeded(f, seed):
    torch.manual_seed(seed)
    try:
        return f()
    finally:
        torch.seed()


# %% seeded | wrong: somewhere-new | the clock
def seeded(f, seed):
    import time

    torch.manual_seed(seed)
    try:
        return f()
    finally:
        torch.manual_seed(time.time_ns() % 2**31)


# %% seeded | wrong: somewhere-new | from NumPy
def seeded(f, seed):
    torch.manual_seed(seed)
    try:
        result = f()
    finally:
        torch.manual_seed(np.random.default_rng().integers(2**31).item())
    return result


# %% seeded | wrong: somewhere-new | drawn before
def seeded(f, seed):
    later = int(torch.randint(2**31, ()))
    torch.manual_seed(seed)
    try:
        return f()
    finally:
        torch.manual_seed(later)


# %% seeded | misconception | generator-nobody-uses
why = "f draws from torch's global generator, from where it is when f runs: a generator of your own, NumPy's and Python's are not asked, and a fork that is left before f is called is over. Seed the global one, and call f meanwhile."
next = "g = torch.Generator().manual_seed(0); print(torch.rand(1), torch.rand(1, generator=g))"


# %% seeded | wrong: generator-nobody-uses | a Generator
# breaks: "Call `f()`, once and without arguments, with torch's global generator seeded with `seed`, and return the very object that it returns."
def seeded(f, seed):
    state = torch.get_rng_state()
    torch.Generator().manual_seed(seed)
    try:
        return f()
    finally:
        torch.set_rng_state(state)


# %% seeded | wrong: generator-nobody-uses | a Generator alone
def seeded(f, seed):
    generator = torch.Generator()
    generator.manual_seed(seed)
    return f()


# %% seeded | wrong: generator-nobody-uses | NumPy
# breaks: "The generators of `random` and NumPy are not touched."
def seeded(f, seed):
    state = torch.get_rng_state()
    np.random.seed(seed % 2**32)
    try:
        return f()
    finally:
        torch.set_rng_state(state)


# %% seeded | wrong: generator-nobody-uses | random
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        random.seed(seed)
        return f()


# %% seeded | wrong: generator-nobody-uses | default_rng
def seeded(f, seed):
    state = torch.get_rng_state()
    rng = np.random.default_rng(seed)
    try:
        result = f()
    finally:
        torch.set_rng_state(state)
    return result


# %% seeded | wrong: generator-nobody-uses | random.Random
def seeded(f, seed):
    before = torch.random.get_rng_state()
    own = random.Random(seed)
    try:
        return f()
    finally:
        torch.random.set_rng_state(before)


# %% seeded | wrong: generator-nobody-uses | a fork, a generator in it
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        generator = torch.Generator()
        generator.manual_seed(seed)
        return f()


# %% seeded | misconception | outside-the-fork
why = "What comes back is what was there when the state was taken, or the fork was entered. Seeding came before, so that it is the state of the new seed: take it, or enter the fork, first."
next = "torch.manual_seed(0)\nwith torch.random.fork_rng(devices=[]): torch.manual_seed(5)\nprint(torch.initial_seed())"
link = "https://docs.pytorch.org/docs/2.13/random.html"


# %% seeded | wrong: outside-the-fork | seeded before
def seeded(f, seed):
    torch.manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        return f()


# %% seeded | wrong: outside-the-fork | seeded before, with a name
def seeded(f, seed):
    torch.random.manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        result = f()
    return result


# %% seeded | wrong: outside-the-fork | called inside a second one
def seeded(f, seed):
    torch.default_generator.manual_seed(seed)
    with torch.random.fork_rng(devices=[]), torch.random.fork_rng(devices=[]):
        return f()


# %% seeded | wrong: outside-the-fork | by hand
def seeded(f, seed):
    torch.default_generator.manual_seed(seed)
    inside = torch.get_rng_state()
    try:
        value = f()
    finally:
        torch.set_rng_state(inside)
    return value


# %% seeded | wrong: generator-nobody-uses | return below
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
    return f()


# %% seeded | wrong: generator-nobody-uses | state put back too early
def seeded(f, seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    torch.set_rng_state(state)
    return f()


# %% seeded | wrong: generator-nobody-uses | put back before the call
def seeded(f, seed):
    generator = torch.default_generator
    state = generator.get_state()
    generator.manual_seed(seed)
    generator.set_state(state)
    result = f()
    return result


# %% seeded | wrong: generator-nobody-uses | forked in a helper
def seeded(f, seed):
    def prepare():
        with torch.random.fork_rng(devices=[]):
            torch.random.manual_seed(seed)

    prepare()
    return f()


# %% seeded | misconception | only-sometimes-put-back
why = "f may seed by itself, and draw nothing or much: whether the state has to be put back cannot be seen from the seed or from the numbers. Put it back on every way, with no condition."
next = "torch.manual_seed(0); torch.manual_seed(5); print(torch.initial_seed() == 0)"


# %% seeded | wrong: only-sometimes-put-back | if the seed is the same
def seeded(f, seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        return f()
    finally:
        if torch.initial_seed() == seed:
            torch.set_rng_state(state)


# %% seeded | wrong: only-sometimes-put-back | unless f has seeded
def seeded(f, seed):
    generator = torch.default_generator
    before = generator.get_state()
    generator.manual_seed(seed)
    try:
        result = f()
    finally:
        own = generator.initial_seed() != seed
        generator.set_state(generator.get_state() if own else before)
    return result


# %% seeded | wrong: only-sometimes-put-back | on both ways out
def seeded(f, seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        result = f()
    except BaseException:
        torch.set_rng_state(state)
        raise
    if torch.initial_seed() == seed:
        torch.set_rng_state(state)
    return result


# %% seeded | wrong: only-sometimes-put-back | by its beginning
def seeded(f, seed):
    place, first = torch.get_rng_state(), torch.Generator().manual_seed(seed).get_state()
    try:
        torch.set_rng_state(first)
        return f()
    finally:
        if torch.initial_seed() == torch.Generator().manual_seed(seed).initial_seed():
            torch.set_rng_state(place)


# %% seeded | wrong: only-sometimes-put-back | a flag
def seeded(f, seed):
    restore, state = True, torch.random.get_rng_state()
    try:
        torch.random.manual_seed(seed)
        value = f()
        restore = torch.random.initial_seed() == seed
        return value
    finally:
        if restore:
            torch.random.set_rng_state(state)


# %% seeded | misconception | the-exception-is-swallowed
why = "`return` in a finally block, and an except without raise, end the exception: the caller never hears of it. Put the state back, and let it pass."
next = "def g():\n    try: raise ValueError\n    finally: return 1\nprint(g())"


# %% seeded | wrong: the-exception-is-swallowed | return in finally
def seeded(f, seed):
    state, result = torch.get_rng_state(), None
    torch.manual_seed(seed)
    try:
        result = f()
    finally:
        torch.set_rng_state(state)
        return result


# %% seeded | wrong: the-exception-is-swallowed | except and pass
def seeded(f, seed):
    state, result = torch.get_rng_state(), None
    torch.manual_seed(seed)
    try:
        result = f()
    except BaseException:
        pass
    torch.set_rng_state(state)
    return result


# %% seeded | wrong: the-exception-is-swallowed | suppress
def seeded(f, seed):
    import contextlib

    with torch.random.fork_rng(devices=[]), contextlib.suppress(BaseException):
        torch.manual_seed(seed)
        return f()


# %% seeded | wrong: the-exception-is-swallowed | the exception is returned
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            return f()
        except BaseException as error:
            return error


# %% seeded | misconception | result-copied
why = "The caller is to get the very object that f has returned: a clone or a copy is another one, even with the same numbers. Nothing that comes later changes it, so return it as it is."
next = "t = torch.ones(2); print(t.clone() is t, copy.copy([t]) is [t])"


def when(seen, want):
    if type(want) is not tuple or len(want) != 6 or type(seen.value) is not tuple or len(seen.value) != 6:
        return False
    return seen.value[1] is False and seen.value[2:5] == want[2:5]


# %% seeded | wrong: result-copied | deepcopy
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return copy.deepcopy(f())


# %% seeded | wrong: result-copied | clone of a tensor
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = f()
        return made.clone() if torch.is_tensor(made) else made


# %% seeded | wrong: result-copied | copy of what can be copied
def seeded(f, seed):
    place = torch.get_rng_state()
    try:
        torch.manual_seed(seed)
        return copy.copy(f())
    finally:
        torch.set_rng_state(place)


# %% seeded | wrong: result-copied | detached
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = f()
    if isinstance(made, torch.Tensor):
        made = made.detach()
    return made


# %% seeded | misconception | all-generators
why = "Only torch's generator is asked for: random and NumPy have generators of their own, and whoever uses them would get other numbers from here on. Seed torch alone."
next = "random.seed(0); print(random.random()); random.seed(0); print(random.random())"


def when(seen, want):
    if type(want) is not tuple or len(want) != 6 or type(seen.value) is not tuple or len(seen.value) != 6:
        return False
    kept = seen.value[3]
    return kept != want[3] and kept[0] and all(want[3]) and str(seen.value[0]) == str(want[0])


# %% seeded | wrong: all-generators | all three
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        return f()


# %% seeded | wrong: all-generators | one after the other
def seeded(f, seed):
    place = torch.get_rng_state()
    for seeds in (torch.manual_seed, random.seed, lambda s: np.random.seed(s & 0xFFFF_FFFF)):
        seeds(seed)
    try:
        return f()
    finally:
        torch.set_rng_state(place)


# %% seeded | wrong: all-generators | NumPy as well
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        np.random.seed(seed % 2**31)
        torch.manual_seed(seed)
        return f()


# %% seeded | wrong: all-generators | Python's as well
def seeded(f, seed):
    place = torch.get_rng_state()
    try:
        random.seed(seed)
        torch.manual_seed(seed)
        return f()
    finally:
        torch.set_rng_state(place)


# %% seeded | wrong | another exception
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            return f()
        except BaseException as error:
            raise RuntimeError("f failed") from error


# %% seeded | wrong | called twice
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        f()
        torch.manual_seed(seed)
        return f()


# %% seeded | wrong | f gets the seed
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            return f(seed)
        except TypeError:
            return f()


# %% seeded | wrong | 32 bits of the seed
# breaks: "`seed` is an int from 0 to 2**64 - 1."
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed % 2**32)
        return f()


# %% seeded | wrong | 63 bits of the seed
# breaks: "`seed` is an int from 0 to 2**64 - 1."
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed & 0x7FFF_FFFF_FFFF_FFFF)
        return f()


# %% seeded | wrong | no seed 0
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed or 1)
        return f()


# %% seeded | wrong | numbers are drawn again
def seeded(f, seed):
    old = torch.initial_seed()
    state = torch.get_rng_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        result = f()
    torch.manual_seed(old)
    while not torch.equal(torch.get_rng_state(), state) and torch.rand(1) < 0.999:
        continue
    return result


# %% seeded | wrong | one place for all calls
def seeded(f, seed):
    globals()["place"] = torch.get_rng_state()
    try:
        torch.manual_seed(seed)
        return f()
    finally:
        torch.set_rng_state(globals()["place"])


# %% seeded | wrong | the other generators are put back, too
def seeded(f, seed):
    places = torch.get_rng_state(), np.random.get_state(), random.getstate()
    try:
        torch.manual_seed(seed)
        return f()
    finally:
        torch.set_rng_state(places[0])
        np.random.set_state(places[1])
        random.setstate(places[2])


# %% seeded | wrong | f runs in a generator
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return next(call() for call in [f])


# %% seeded | misconception | result-kept
why = "f is to be called each time: a result that is kept from an earlier call spares it, and hands the same object out twice, with all that has been written into it. Keep nothing between calls."
next = "calls = []; f = lambda: calls.append(1); seeded(f, 0); seeded(f, 0); print(len(calls))"


# %% seeded | wrong: result-kept | a dict
# breaks: "Call `f()`, once and without arguments"
_results = {}


def seeded(f, seed):
    if (f, seed) not in _results:
        state = torch.get_rng_state()
        try:
            torch.manual_seed(seed)
            _results[f, seed] = f()
        finally:
            torch.set_rng_state(state)
    return _results[f, seed]


# %% seeded | wrong: result-kept | lru_cache
import functools


@functools.lru_cache(maxsize=None)
def _run(f, seed):
    torch.manual_seed(seed)
    return f()


def seeded(f, seed):
    before = torch.get_rng_state()
    try:
        return _run(f, seed)
    finally:
        torch.set_rng_state(before)


# %% seeded | wrong: result-kept | on f itself
def seeded(f, seed):
    kept = f.__dict__.setdefault("results", {})
    if seed in kept:
        return kept[seed]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        kept[seed] = f()
    return kept[seed]


# %% seeded | wrong: result-kept | a list of calls
_calls = []


def seeded(f, seed):
    for g, s, result in _calls:
        if g is f and s == seed:
            return result
    state = torch.random.get_rng_state()
    torch.random.manual_seed(seed)
    try:
        result = f()
    finally:
        torch.random.set_rng_state(state)
    _calls.append((f, seed, result))
    return result


# %% seeded | wrong: result-kept | cache, decorated
import functools


@functools.cache
def seeded(f, seed):
    generator = torch.default_generator
    state = generator.get_state()
    try:
        generator.manual_seed(seed)
        return f()
    finally:
        generator.set_state(state)


# %% seeded | wrong: result-kept | weak keys
import weakref

_known = weakref.WeakKeyDictionary()


def seeded(f, seed):
    mine = _known.setdefault(f, [])
    found = [result for s, result in mine if s == seed]
    if found:
        return found[0]
    old = torch.get_rng_state()
    try:
        torch.manual_seed(seed)
        mine.append((seed, f()))
        return mine[-1][1]
    finally:
        torch.set_rng_state(old)


# %% seeded | wrong | f gets the seed after a TypeError
# breaks: "Call `f()`, once and without arguments"
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            return f()
        except TypeError:
            return f(seed)


# %% seeded | wrong | a second try
def seeded(f, seed):
    state = torch.get_rng_state()
    try:
        for last in (False, True):
            torch.manual_seed(seed)
            try:
                return f()
            except RuntimeError:
                if last:
                    raise
    finally:
        torch.set_rng_state(state)


# %% seeded | wrong: not-when-it-raises | three kinds of exceptions
def seeded(f, seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        result = f()
    except (Exception, KeyboardInterrupt, SystemExit):
        torch.set_rng_state(state)
        raise
    torch.set_rng_state(state)
    return result


# %% seeded | wrong | nothing is None
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return f() or None


# %% seeded | wrong | without a graph
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        return f()


# %% seeded | wrong | a returned exception is raised
def seeded(f, seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        result = f()
    except BaseException as error:
        result = error
    torch.set_rng_state(state)
    if isinstance(result, BaseException):
        raise result
    return result


# %% seeded | wrong | f gets the seed if it takes one argument
def seeded(f, seed):
    import inspect

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return f(seed) if len(inspect.signature(f).parameters) == 1 else f()


# %% seeded | wrong | functions have a name
def seeded(f, seed):
    calls = {f.__name__: torch.get_rng_state()}
    try:
        torch.manual_seed(seed)
        return f()
    finally:
        torch.set_rng_state(calls[f.__name__])


# %% seeded | wrong | called until it is no function
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        result = f()
        while callable(result):
            result = result()
        return result


# %% seeded | wrong | an iterator is drawn to its end
def seeded(f, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        result = f()
        return list(result) if hasattr(result, "__next__") else result


# %% predict | right | inference mode, a clone outside
def predict(model, x):
    flags = {module: module.training for module in model.modules()}
    try:
        with torch.inference_mode():
            model.eval()
            result = model(x)
    finally:
        for module, flag in flags.items():
            module.training = flag
    return result.clone()


# %% predict | right | only those that train
@torch.no_grad()
def predict(model, x):
    training = [module for module in model.modules() if module.training]
    for module in training:
        module.training = False
    try:
        return model(x)
    finally:
        for module in training:
            module.training = True


# %% predict | right | gradient mode by hand
def predict(model, x):
    before, recording = [m.training for m in model.modules()], torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    model.train(False)
    try:
        out = model(x)
    finally:
        torch.set_grad_enabled(recording)
        for m, flag in zip(model.modules(), before):
            m.training = flag
    return out


# %% predict | right | callbacks
def predict(model, x):
    import contextlib

    with contextlib.ExitStack() as stack:
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
        stack.enter_context(torch.no_grad())
        return model.eval()(x)


# %% predict | right | parameters frozen for the call
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    learning = [p for p in model.parameters() if p.requires_grad]
    model.eval()
    for p in learning:
        p.requires_grad_(False)
    try:
        return model(x)
    finally:
        for p in learning:
            p.requires_grad_(True)
        for module, training in flags:
            module.training = training


# %% predict | misconception | mode-not-restored
why = "eval() stays: the next epoch would train without dropout. And train() at the end is not what was there before: remember the mode and put it back."
next = "layer = nn.Dropout(0.5); layer.eval(); print(layer.training)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.Module.html"


# %% predict | wrong: mode-not-restored | eval and no way back
# breaks: "Afterwards the model is as before, the training flag of every module in it too, whatever mix of modes there was."
# breaks: "**The model is as before** means"
def predict(model, x):
    model.eval()
    with torch.no_grad():
        return model(x)


# %% predict | wrong: mode-not-restored | train at the end
def predict(model, x):
    model.eval()
    try:
        with torch.no_grad():
            return model(x)
    finally:
        model.train()


# %% predict | wrong: mode-not-restored | train(False)
@torch.no_grad()
def predict(model, x):
    model.train(False)
    result = model(x)
    return result


# %% predict | wrong: mode-not-restored | in one expression
def predict(model, x):
    with torch.no_grad():
        return model.eval()(x)


# %% predict | wrong: mode-not-restored | all to True
def predict(model, x):
    model.train(False)
    try:
        with torch.no_grad():
            out = model(x)
    finally:
        for module in model.modules():
            module.train(True)
    return out


# %% predict | wrong: mode-not-restored | train without arguments, gradient mode by hand
def predict(model, x):
    for module in model.modules():
        module.eval()
    torch.set_grad_enabled(False)
    try:
        return model(x)
    finally:
        torch.set_grad_enabled(True)
        model.train()


# %% predict | misconception | top-module-only
why = "Each module has a flag of its own, and train(was) sets them all alike: a BatchNorm that was frozen wakes up. Remember all of them."
next = "m = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5)); m[1].eval(); m.train(m.training); print([k.training for k in m])"


# %% predict | wrong: top-module-only | train(was)
def predict(model, x):
    was = model.training
    model.eval()
    try:
        with torch.no_grad():
            return model(x)
    finally:
        model.train(was)


# %% predict | wrong: top-module-only | if it was training
def predict(model, x):
    was = model.training
    model.eval()
    try:
        with torch.no_grad():
            result = model(x)
    finally:
        if was:
            model.train()
    return result


# %% predict | wrong: top-module-only | the flag itself
@torch.no_grad()
def predict(model, x):
    was = model.training
    model.train(False)
    try:
        return model(x)
    finally:
        for module in model.modules():
            module.training = was


# %% predict | wrong: top-module-only | a context manager
def predict(model, x):
    import contextlib

    @contextlib.contextmanager
    def evaluating():
        mode = model.training
        try:
            yield model.eval()
        finally:
            model.train(mode)

    with evaluating(), torch.no_grad():
        return model(x)


# %% predict | misconception | children-only
why = "children() are the modules one level down: what lies deeper, and the model itself, keeps the wrong flag. modules() goes through all of them."
next = "m = nn.Sequential(nn.Sequential(nn.Dropout(0.5))); print(len(list(m.children())), len(list(m.modules())))"


# %% predict | wrong: children-only | of children
def predict(model, x):
    flags = [(module, module.training) for module in (model, *model.children())]
    model.eval()
    try:
        with torch.no_grad():
            return model(x)
    finally:
        for module, flag in flags:
            module.train(flag)


# %% predict | wrong: children-only | by name
def predict(model, x):
    was, flags = model.training, {name: child.training for name, child in model.named_children()}
    model.eval()
    try:
        with torch.no_grad():
            return model(x)
    finally:
        model.training = was
        for name, child in model.named_children():
            child.train(flags[name])


# %% predict | wrong: children-only | restored with train
@torch.no_grad()
def predict(model, x):
    before = [(child, child.training) for child in model.children()]
    top = model.training
    try:
        model.eval()
        return model(x)
    finally:
        model.train(top)
        for child, flag in before:
            child.train(flag)


# %% predict | wrong: children-only | in a list
def predict(model, x):
    children = list(model.children())
    flags = [model.training] + [child.training for child in children]
    try:
        with torch.no_grad():
            return model.eval()(x)
    finally:
        model.train(flags[0])
        for child, flag in zip(children, flags[1:]):
            child.train(flag)


# %% predict | wrong: children-only | the flag itself, in pairs
def predict(model, x):
    before = [(m, m.training) for m in (model, *model.children())]
    try:
        with torch.no_grad():
            return model.eval()(x)
    finally:
        for m, was in before:
            m.training = was


# %% predict | wrong: children-only | the flag itself, by name
@torch.no_grad()
def predict(model, x):
    top, below = model.training, {name: m.training for name, m in model.named_children()}
    model.eval()
    try:
        return model(x)
    finally:
        model.training = top
        for name, flag in below.items():
            getattr(model, name).training = flag


# %% predict | wrong: children-only | the flag itself, in a list
def predict(model, x):
    some = [model]
    some += model.children()
    flags = [m.training for m in some]
    model.train(False)
    try:
        with torch.no_grad():
            result = model(x)
    finally:
        for k, m in enumerate(some):
            m.training = flags[k]
    return result


# %% predict | wrong: children-only | setattr
def predict(model, x):
    was = dict.fromkeys([model])
    was.update((m, None) for m in model.children())
    for m in was:
        was[m] = m.training
    model.eval()
    try:
        with torch.no_grad():
            return model(x)
    finally:
        for m in was:
            setattr(m, "training", was[m])


# %% predict | wrong: children-only | popped
def predict(model, x):
    modules = [model, *model.children()]
    flags = list(map(lambda m: m.training, modules))
    model.eval()
    try:
        with torch.no_grad():
            out = model(x)
        return out
    finally:
        while modules:
            modules.pop().training = flags.pop()


# %% predict | misconception | train-goes-down
why = "module.train(flag) sets the flag of all that the module holds, too: a layer that is in two places gets the one of the last. Write each flag by itself, module.training = flag."
next = "d = nn.Dropout(0.5); a, b = nn.Sequential(d), nn.Sequential(d); a.train(); b.train(False); print(d.training)"


# %% predict | wrong: train-goes-down | each module brings what it holds along
def predict(model, x):
    flags = {name: module.training for name, module in model.named_modules()}
    model.train(False)
    try:
        with torch.no_grad():
            return model(x)
    finally:
        for name, module in model.named_modules():
            module.train(flags[name])


# %% predict | wrong: train-goes-down | in pairs
def predict(model, x):
    pairs = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            result = model(x)
    finally:
        for module, training in pairs:
            module.train(training)
    return result


# %% predict | wrong: train-goes-down | train or eval
@torch.no_grad()
def predict(model, x):
    trains = [module.training for module in model.modules()]
    try:
        return model.eval()(x)
    finally:
        for was, module in zip(trains, model.modules()):
            if was:
                module.train()
            else:
                module.eval()


# %% predict | wrong: train-goes-down | from a dict
def predict(model, x):
    modes = {module: module.training for module in model.modules()}
    for module in modes:
        module.training = False
    try:
        with torch.no_grad():
            return model(x)
    finally:
        [module.train(mode=mode) for module, mode in modes.items()]


# %% predict | misconception | lost-when-it-raises
why = "An exception skips the lines below the call, and even `except Exception` would miss Ctrl-C: the model stays in evaluation mode. What must happen on every way out belongs into finally."
next = "try:\n    m = nn.Dropout(0.5); m.eval(); m(None); m.train()\nexcept TypeError: print(m.training)"


# %% predict | wrong: lost-when-it-raises | no finally
# breaks: "The same holds when the model raises: any exception, even Ctrl-C, is passed on."
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    with torch.no_grad():
        result = model(x)
    for module, training in flags:
        module.training = training
    return result


# %% predict | wrong: lost-when-it-raises | except Exception
def predict(model, x):
    flags = {module: module.training for module in model.modules()}

    def back():
        for module in flags:
            module.training = flags[module]

    model.eval()
    try:
        with torch.no_grad():
            result = model(x)
    except Exception:
        back()
        raise
    back()
    return result


# %% predict | wrong: lost-when-it-raises | else
@torch.no_grad()
def predict(model, x):
    was = [module.training for module in model.modules()]
    model.train(False)
    try:
        out = model(x)
    except RuntimeError:
        raise
    else:
        for module, flag in zip(model.modules(), was):
            module.training = flag
    return out


# %% predict | wrong: lost-when-it-raises | a clone outside
def predict(model, x):
    was = list(map(lambda module: module.training, model.modules()))
    model.eval()
    with torch.inference_mode():
        y = model(x)
    for flag, module in zip(was, model.modules()):
        module.training = flag
    return y.clone()


# %% predict | misconception | graph-thrown-away
why = "detach() comes too late: the graph was built, with all that it keeps in memory. Turn recording off while the model runs, with no_grad."
next = "w = torch.ones(2, requires_grad=True); print((w * 2).grad_fn is not None, (w * 2).detach().requires_grad)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.no_grad.html"


# %% predict | wrong: graph-thrown-away | detach
# breaks: "Return `model(x)` as the model answers in evaluation mode, without recording a graph"
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        return model(x).detach()
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong: graph-thrown-away | data
def predict(model, x):
    flags = {module: module.training for module in model.modules()}
    try:
        model.eval()
        result = model(x)
    finally:
        for module, flag in flags.items():
            module.training = flag
    return result.data.clone()


# %% predict | wrong: graph-thrown-away | detach_
def predict(model, x):
    was = [module.training for module in model.modules()]
    model.train(False)
    try:
        out = model(x.detach())
        return out.detach_()
    finally:
        for module, flag in zip(model.modules(), was):
            module.training = flag


# %% predict | wrong: graph-thrown-away | no_grad too late
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        result = model(x)
        with torch.no_grad():
            return result.clone()
    finally:
        for module, training in flags:
            module.training = training


# %% predict | misconception | training-mode-prediction
why = "no_grad and eval() are two switches. Without eval() dropout drops, and BatchNorm takes the statistics of this batch and moves its own: you need both."
next = "m = nn.Dropout(0.5)\nwith torch.no_grad(): print(m.training, m(torch.ones(8)))"


# %% predict | wrong: training-mode-prediction | no_grad only
def predict(model, x):
    with torch.no_grad():
        return model(x)


# %% predict | wrong: training-mode-prediction | inference mode only
def predict(model, x):
    with torch.inference_mode():
        result = model(x)
    return result.clone()


# %% predict | wrong: training-mode-prediction | a decorator
@torch.no_grad()
def predict(model, x):
    result = model(x)
    return result


# %% predict | wrong: training-mode-prediction | detached parameters
def predict(model, x):
    recording = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        return model(x)
    finally:
        torch.set_grad_enabled(recording)


# %% predict | misconception | frozen-for-the-call
why = "Freezing the parameters changes the model: requires_grad has to be as before, for those that were frozen already, too. Leave the parameters alone, and use no_grad."
next = "m = nn.Linear(1, 1); m.bias.requires_grad_(False); m.requires_grad_(False); m.requires_grad_(True); print(m.bias.requires_grad)"


# %% predict | wrong: frozen-for-the-call | and never thawed
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return model.requires_grad_(False)(x)
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong: frozen-for-the-call | all thawed
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval().requires_grad_(False)
    try:
        return model(x)
    finally:
        model.requires_grad_(True)
        for module, training in flags:
            module.training = training


# %% predict | wrong: frozen-for-the-call | one after the other
def predict(model, x):
    modes = {module: module.training for module in model.modules()}
    for p in model.parameters():
        p.requires_grad = False
    model.train(False)
    try:
        result = model(x)
    finally:
        for p in model.parameters():
            p.requires_grad = True
        for module, mode in modes.items():
            module.training = mode
    return result


# %% predict | wrong: frozen-for-the-call | thawed by name
def predict(model, x):
    flags = {name: module.training for name, module in model.named_modules()}
    model.requires_grad_(False).eval()
    try:
        with torch.no_grad():
            result = model(x)
    finally:
        for name, module in model.named_modules():
            module.training = flags[name]
        for _, p in model.named_parameters():
            p.requires_grad = True
    return result


# %% predict | wrong: frozen-for-the-call | frozen for good
def predict(model, x):
    flags = [module.training for module in model.modules()]
    for p in model.eval().parameters():
        p.requires_grad_(False)
    try:
        return model(x)
    finally:
        for module, training in zip(model.modules(), flags):
            module.training = training


# %% predict | misconception | gradients-left-off
why = "set_grad_enabled(False) holds for all that runs later until it is turned on again, and an exception skips a line below the call: with torch.no_grad() ends on every way out."
next = "try:\n    torch.set_grad_enabled(False); nn.Linear(2, 2)(None); torch.set_grad_enabled(True)\nexcept TypeError: print(torch.is_grad_enabled())\nfinally: torch.set_grad_enabled(True)"


# %% predict | wrong: gradients-left-off | never exited
def predict(model, x):
    modes = [m.training for m in model.modules()]
    torch.no_grad().__enter__()
    try:
        return model.eval()(x)
    finally:
        for m, mode in zip(model.modules(), modes):
            m.training = mode


# %% predict | wrong: gradients-left-off | exited if all goes well
def predict(model, x):
    modes = {m: m.training for m in model.modules()}
    off = torch.no_grad()
    try:
        model.eval()
        off.__enter__()
        y = model(x)
        off.__exit__(None, None, None)
    finally:
        for m in modes:
            m.training = modes[m]
    return y


# %% predict | wrong: gradients-left-off | in else
def predict(model, x):
    before = list((m, m.training) for m in model.modules())
    model.train(False)
    try:
        torch.set_grad_enabled(mode=False)
        y = model(x)
    except Exception:
        raise
    else:
        torch.set_grad_enabled(mode=True)
    finally:
        for m, flag in before:
            m.training = flag
    return y


# %% predict | wrong: gradients-left-off | on again below finally
def predict(model, x):
    was = torch.is_grad_enabled()
    flags = {m: m.training for m in model.modules()}
    torch.set_grad_enabled(False)
    try:
        result = model.eval()(x)
    finally:
        for m, flag in flags.items():
            m.training = flag
    torch.set_grad_enabled(was)
    return result


# %% predict | wrong: gradients-left-off | off for good, in the loop of flags
def predict(model, x):
    flags = []
    torch.set_grad_enabled(False)
    for m in model.modules():
        flags.append(m.training)
        m.training = False
    try:
        return model(x)
    finally:
        for m in model.modules():
            m.training = flags.pop(0)


# %% predict | misconception | inference-tensor
why = "Tensors that are made in inference mode stay inference tensors: autograd refuses them, and so does a write outside. Clone outside, or use no_grad."
next = "with torch.inference_mode(): t = torch.ones(2)\nprint(t.is_inference(), t.detach().is_inference(), t.clone().is_inference())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.autograd.grad_mode.inference_mode.html"


# %% predict | wrong: inference-tensor | returned as it is
# breaks: "as an ordinary tensor without history that may be used and written to anywhere: it is not an inference-mode tensor."
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.inference_mode():
            return model(x)
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong: inference-tensor | detach
def predict(model, x):
    flags = {module: module.training for module in model.modules()}
    try:
        with torch.inference_mode():
            result = model.eval()(x)
    finally:
        for module, flag in flags.items():
            module.training = flag
    return result.detach()


# %% predict | wrong: inference-tensor | cloned inside
def predict(model, x):
    was = [module.training for module in model.modules()]
    model.train(False)
    try:
        with torch.inference_mode():
            return model(x).clone()
    finally:
        for module, flag in zip(model.modules(), was):
            module.training = flag


# %% predict | wrong: inference-tensor | a decorator
@torch.inference_mode()
def predict(model, x):
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        return model(x)
    finally:
        for module in training:
            module.training = True


# %% predict | misconception | a-copy-runs
why = "A copy of the model doubles its memory: the model itself has to run."
next = "m = nn.Linear(1000, 1000); print(copy.deepcopy(m).weight.data_ptr() == m.weight.data_ptr())"


# %% predict | wrong: a-copy-runs | deepcopy
# breaks: "The model itself is called, as `model(x)` and once; a copy would double its memory."
def predict(model, x):
    with torch.no_grad():
        return copy.deepcopy(model).eval()(x)


# %% predict | wrong: a-copy-runs | deepcopy, named
@torch.no_grad()
def predict(model, x):
    other = copy.deepcopy(model)
    other.train(False)
    return other(x)


# %% predict | wrong: a-copy-runs | a copy in evaluation mode
def predict(model, x):
    mine = copy.deepcopy(model).train(False)
    torch.set_grad_enabled(False)
    try:
        return mine(x)
    finally:
        torch.set_grad_enabled(True)


# %% predict | wrong: a-copy-runs | layers copied
def predict(model, x):
    other = nn.Sequential(*copy.deepcopy(list(model)))
    other.eval()
    with torch.no_grad():
        return other(x)


# %% predict | wrong: a-copy-runs | a clone of the result
def predict(model, x):
    twin = copy.deepcopy(model)
    with torch.inference_mode():
        twin.eval()
        result = twin(x)
    return result.clone()


# %% predict | wrong | called twice
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            model(x[:1])
            return model(x)
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | gradients are cleared
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    model.zero_grad()
    try:
        with torch.no_grad():
            return model(x)
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong: gradients-left-off | recording stays off
# breaks: "Gradient mode is on again, inference mode off."
# breaks: "A tensor **without history** has `requires_grad` `False`: no operation that made it is remembered."
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    torch.set_grad_enabled(False)
    try:
        return model(x)
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong: gradients-left-off | recording stays off after an error
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    torch.set_grad_enabled(False)
    try:
        result = model(x)
        torch.set_grad_enabled(True)
        return result
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | another exception
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return model(x)
    except BaseException as error:
        raise RuntimeError("the model failed") from error
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | float32 on the way
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return model(x).float()
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | row by row
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return torch.cat([model(row) for row in x.split(1)])
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | statistics are moved and put back late
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    try:
        with torch.no_grad():
            model.train()
            model(x)
            model.eval()
            return model(x)
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | past the hooks
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return model.forward(x)
    finally:
        for module, training in flags:
            module.training = training


# %% predict | misconception | known-layers-only
why = "Only layers of the kinds that are named here go into evaluation mode: the model itself, and modules that nobody thought of, are asked in training mode. model.eval() reaches every module."
next = "class Mine(nn.Module):\n    def forward(self, x): return x + self.training\nm = Mine(); print(m(torch.zeros(1)), m.eval()(torch.zeros(1)))"


# %% predict | wrong: known-layers-only | isinstance
# breaks: "Return `model(x)` as the model answers in evaluation mode"
def predict(model, x):
    layers = [(m, m.training) for m in model.modules() if isinstance(m, (nn.Dropout, nn.BatchNorm1d))]
    for layer, _ in layers:
        layer.training = False
    try:
        with torch.no_grad():
            return model(x)
    finally:
        for layer, was in layers:
            layer.training = was


# %% predict | wrong: known-layers-only | by the name of the class
def predict(model, x):
    flags = {m: m.training for m in model.modules()}
    try:
        for m in flags:
            if type(m).__name__.startswith(("Dropout", "BatchNorm")):
                m.eval()
        with torch.no_grad():
            result = model(x)
    finally:
        for m, flag in flags.items():
            m.training = flag
    return result


# %% predict | wrong: known-layers-only | apply
def predict(model, x):
    turned = []

    def turn(m):
        if isinstance(m, nn.modules.batchnorm._BatchNorm) or "Drop" in m._get_name():
            if m.training:
                turned.append(m)
                m.train(False)

    model.apply(turn)
    try:
        with torch.no_grad():
            return model(x)
    finally:
        for m in turned:
            m.train(True)


# %% predict | wrong: known-layers-only | what has a p or statistics
@torch.no_grad()
def predict(model, x):
    awake = [m for _, m in model.named_modules() if m.training and (hasattr(m, "p") or hasattr(m, "running_mean"))]
    try:
        [m.eval() for m in awake]
        return model(x)
    finally:
        [m.train() for m in awake]


# %% predict | wrong: known-layers-only | a stack of what is to be put back
def predict(model, x):
    import contextlib

    with contextlib.ExitStack() as stack, torch.no_grad():
        for kind in (nn.BatchNorm1d, nn.Dropout):
            for m in model.modules():
                if type(m) is kind:
                    stack.callback(setattr, m, "training", m.training)
                    m.training = False
        return model(x)


# %% predict | wrong | in pieces of 32
# breaks: "The model itself is called, as `model(x)` and once; a copy would double its memory."
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            if x.dim() == 0 or len(x) <= 32:
                return model(x)
            return torch.cat([model(piece) for piece in x.split(32)])
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | in pieces of 1024
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return torch.cat([model(piece) for piece in x.split(1024)])
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | where its first parameter is
def predict(model, x):
    device = next(model.parameters()).device
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return model(x.to(device))
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | in the dtype of the model
def predict(model, x):
    dtype = next((p.dtype for p in model.parameters()), x.dtype)
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return model(x.to(dtype))
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | a batch of one
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return model(x.unsqueeze(0)).squeeze(0) if x.dim() == 1 else model(x)
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | nan is swept away
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            return model(x).nan_to_num()
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong | a second try, row by row
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            try:
                return model(x)
            except RuntimeError:
                return torch.cat([model(row) for row in x.split(1)])
    finally:
        for module, training in flags:
            module.training = training


# %% predict | wrong: lost-when-it-raises | three kinds of exceptions
def predict(model, x):
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            out = model(x)
    except (Exception, KeyboardInterrupt, SystemExit):
        for module, training in flags:
            module.training = training
        raise
    for module, training in flags:
        module.training = training
    return out


# %% predict | wrong: frozen-for-the-call | thawed unless it raises
# breaks: "The same holds when the model raises: any exception, even Ctrl-C, is passed on."
def predict(model, x):
    modes = {module: module.training for module in model.modules()}
    thawed = [p for p in model.parameters() if p.requires_grad]
    model.requires_grad_(False)
    try:
        result = model.eval()(x)
    finally:
        for module, mode in modes.items():
            module.training = mode
    for p in thawed:
        p.requires_grad_()
    return result


# %% predict | wrong | gradients set aside, and lost when it raises
# breaks: "The same holds when the model raises: any exception, even Ctrl-C, is passed on."
def predict(model, x):
    modes, aside = [(module, module.training) for module in model.modules()], {p: p.grad for p in model.parameters()}
    model.zero_grad(set_to_none=True)
    try:
        with torch.no_grad():
            result = model.eval()(x)
    finally:
        for module, mode in modes:
            module.training = mode
    for p, grad in aside.items():
        p.grad = grad
    return result


# %% accumulate_ | right | sums of squares
def accumulate_(model, x, y, rows):
    loss_of_all = 0.0
    for start in range(0, len(x), rows):
        piece = slice(start, start + rows)
        share = (model(x[piece]) - y[piece]).square().sum() / y.numel()
        share.backward()
        loss_of_all += share.item()
    return loss_of_all


# %% accumulate_ | right | row by row
def accumulate_(model, x, y, rows):
    parts = []
    for n in range(x.shape[0]):
        loss = F.mse_loss(model(x[n : n + 1]), y[n : n + 1], reduction="sum") / (y.shape[0] * y.shape[1])
        loss.backward()
        parts.append(float(loss.detach()))
    return math.fsum(parts)


# %% accumulate_ | right | enough chunks
def accumulate_(model, x, y, rows):
    count = -(-len(x) // rows)
    total = torch.zeros((), dtype=x.dtype)
    for xs, ys in zip(x.chunk(count), y.chunk(count)):
        loss = F.mse_loss(model(xs), ys)
        loss.backward(torch.tensor(len(xs) / len(x), dtype=loss.dtype))
        total += loss.detach() * len(xs)
    return (total / len(x)).item()


# %% accumulate_ | right | autograd.grad
def accumulate_(model, x, y, rows):
    params = [p for p in model.parameters() if p.requires_grad]
    total = 0.0
    for xs, ys in zip(reversed(x.split(rows)), reversed(y.split(rows))):
        loss = ((model(xs) - ys) ** 2).sum() / y.numel()
        for p, g in zip(params, torch.autograd.grad(loss, params, allow_unused=True)):
            if g is not None:
                p.grad = g if p.grad is None else p.grad + g
        total += loss.item()
    return total


# %% accumulate_ | misconception | mean-of-means
why = "A mean of means is right only for pieces of one size: a last row that comes alone would count as much as a full piece. Weight each mean by its share of the rows, n / N."
next = "a, b = torch.tensor([1., 4.]), torch.tensor([9.]); print((a.mean() + b.mean()) / 2, torch.cat([a, b]).mean())"


# %% accumulate_ | wrong: mean-of-means | divided by the pieces
# breaks: "Add to the `.grad` of the parameters what one backward pass of the mean squared error of the **whole** batch, `F.mse_loss(model(x), y)`, would add to it."
def accumulate_(model, x, y, rows):
    pieces, total = x.split(rows), 0.0
    for xs, ys in zip(pieces, y.split(rows)):
        loss = F.mse_loss(model(xs), ys) / len(pieces)
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: mean-of-means | math.ceil
def accumulate_(model, x, y, rows):
    count, losses = math.ceil(len(x) / rows), []
    for k in range(count):
        loss = F.mse_loss(model(x[k * rows : (k + 1) * rows]), y[k * rows : (k + 1) * rows])
        (loss / count).backward()
        losses.append(loss.item())
    return sum(losses) / count


# %% accumulate_ | wrong: mean-of-means | by hand
def accumulate_(model, x, y, rows):
    starts, result = range(0, len(x), rows), 0.0
    for start in starts:
        error = model(x[start : start + rows]) - y[start : start + rows]
        share = error.pow(2).mean() / len(starts)
        share.backward()
        result += float(share)
    return result


# %% accumulate_ | wrong: mean-of-means | a weight for backward
def accumulate_(model, x, y, rows):
    pairs = list(zip(x.split(rows), y.split(rows)))
    weight, means = 1 / len(pairs), []
    for xs, ys in pairs:
        mean = F.mse_loss(model(xs), ys)
        mean.backward(torch.full_like(mean, weight))
        means.append(mean.item())
    return math.fsum(means) * weight


# %% accumulate_ | wrong: mean-of-means | split twice
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) / len(x.split(rows))
        loss.backward()
        total = total + loss.detach().item()
    return total


# %% accumulate_ | misconception | sum-of-means
why = "Each piece brings its rows, not a whole mean: added up as they are, the means are too large by the number of pieces."
next = "e = torch.tensor([1., 4., 9., 16.]); print(e[:2].mean() + e[2:].mean(), e.mean())"


# %% accumulate_ | wrong: sum-of-means | as they are
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys)
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: sum-of-means | range
def accumulate_(model, x, y, rows):
    losses = []
    for start in range(0, len(x), rows):
        loss = (model(x[start : start + rows]) - y[start : start + rows]).square().mean()
        loss.backward()
        losses.append(loss.item())
    return sum(losses)


# %% accumulate_ | wrong: sum-of-means | the right loss, the gradients as they are
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys)
        loss.backward()
        total += loss.item() * len(xs) / len(x)
    return total


# %% accumulate_ | wrong: sum-of-means | the right mean, by rows
def accumulate_(model, x, y, rows):
    total, n = 0.0, 0
    while n < len(x):
        error = model(x[n : n + rows]) - y[n : n + rows]
        mean = (error * error).mean()
        mean.backward()
        total += mean.item() * len(error)
        n += rows
    return total / len(x)


# %% accumulate_ | wrong: sum-of-means | criterion
def accumulate_(model, x, y, rows):
    criterion, result = nn.MSELoss(), 0.0
    for xs, ys in zip(torch.split(x, rows), torch.split(y, rows)):
        loss = criterion(model(xs), ys)
        loss.backward()
        result = result + float(loss.detach())
    return result


# %% accumulate_ | wrong: sum-of-means | the mean of the losses, the gradients as they are
def accumulate_(model, x, y, rows):
    total, number = 0.0, 0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys)
        loss.backward()
        total += loss.item()
        number += 1
    return total / number


# %% accumulate_ | misconception | cleared
why = "Accumulating means: never clear. Gradients that were there, and those of the pieces before, belong to the sum."
next = "w = torch.ones(1, requires_grad=True); w.grad = torch.ones(1); (3 * w).sum().backward(); print(w.grad)"


# %% accumulate_ | wrong: cleared | before the first
# breaks: "Gradients that are there stay and are added to; a frozen parameter keeps its own, or none."
def accumulate_(model, x, y, rows):
    model.zero_grad()
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: cleared | in every piece
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        model.zero_grad()
        loss = F.mse_loss(model(xs), ys) * len(xs) / len(x)
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: cleared | each set to None
def accumulate_(model, x, y, rows):
    for p in model.parameters():
        p.grad = None
    total = 0.0
    for start in range(0, len(x), rows):
        loss = (model(x[start : start + rows]) - y[start : start + rows]).square().sum() / y.numel()
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: cleared | to zeros, in every piece
def accumulate_(model, x, y, rows):
    losses = []
    for start in range(0, len(x), rows):
        model.zero_grad(set_to_none=False)
        loss = F.mse_loss(model(x[start : start + rows]), y[start : start + rows], reduction="sum") / y.numel()
        loss.backward()
        losses.append(loss.item())
    return sum(losses)


# %% accumulate_ | wrong: cleared | gradients set, not added
def accumulate_(model, x, y, rows):
    params = [p for p in model.parameters() if p.requires_grad]
    sums, total = [None for p in params], 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        for k, g in enumerate(torch.autograd.grad(loss, params, allow_unused=True)):
            if g is not None:
                sums[k] = g if sums[k] is None else sums[k] + g
        total += loss.item()
    for p, s in zip(params, sums):
        p.grad = s
    return total


# %% accumulate_ | misconception | one-graph
why = "Losses that are collected keep their graphs: all pieces are in memory at once, as with the whole batch. Go backward for each piece, and of its loss keep the number alone, loss.item()."
next = "w = torch.ones(1, requires_grad=True); print(sum((w * k).sum() for k in range(3)).requires_grad)"


# %% accumulate_ | wrong: one-graph | losses added up
# breaks: "No graph of an earlier piece stays alive."
def accumulate_(model, x, y, rows):
    total = 0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        total = total + F.mse_loss(model(xs), ys) * (len(xs) / len(x))
    total.backward()
    return total.item()


# %% accumulate_ | wrong: one-graph | outputs collected
def accumulate_(model, x, y, rows):
    outputs = torch.cat([model(xs) for xs in x.split(rows)])
    loss = F.mse_loss(outputs, y)
    loss.backward()
    return loss.item()


# %% accumulate_ | wrong: one-graph | a list of losses
def accumulate_(model, x, y, rows):
    losses = []
    for start in range(0, len(x), rows):
        losses.append((model(x[start : start + rows]) - y[start : start + rows]).square().sum())
    loss = torch.stack(losses).sum() / y.numel()
    loss.backward()
    return loss.item()


# %% accumulate_ | wrong: one-graph | backward, and the loss kept
def accumulate_(model, x, y, rows):
    total = torch.zeros((), dtype=x.dtype)
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total = total + loss
    return total.item()


# %% accumulate_ | wrong: one-graph | a list, summed at the end
def accumulate_(model, x, y, rows):
    losses = []
    for xs, ys in zip(x.split(rows), y.split(rows)):
        losses.append(F.mse_loss(model(xs), ys) * (len(xs) / len(x)))
        losses[-1].backward(retain_graph=True)
    return float(sum(losses))


# %% accumulate_ | misconception | drops-the-rest
why = "N // rows pieces leave out the rest: of 7 rows, 3 at a time, the last one is never seen. split(rows) gives the rest as a shorter piece."
next = "print(7 // 3, [len(piece) for piece in torch.arange(7).split(3)])"


# %% accumulate_ | wrong: drops-the-rest | N // rows
# breaks: "at most `rows` rows may pass through the model in one call, and each row passes through once."
def accumulate_(model, x, y, rows):
    total = 0.0
    for k in range(len(x) // rows):
        xs, ys = x[k * rows : (k + 1) * rows], y[k * rows : (k + 1) * rows]
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: drops-the-rest | full pieces only
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        if len(xs) < rows:
            continue
        loss = (model(xs) - ys).square().sum() / y.numel()
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: drops-the-rest | range too short
def accumulate_(model, x, y, rows):
    losses = []
    for start in range(0, len(x) - rows + 1, rows):
        loss = F.mse_loss(model(x[start : start + rows]), y[start : start + rows], reduction="sum") / y.numel()
        loss.backward()
        losses.append(loss.item())
    return math.fsum(losses)


# %% accumulate_ | wrong: drops-the-rest | reshaped
def accumulate_(model, x, y, rows):
    count, total = len(x) // rows, 0.0
    whole = x[: count * rows].reshape(count, rows, -1), y[: count * rows].reshape(count, rows, -1)
    for xs, ys in zip(*whole):
        loss = F.mse_loss(model(xs), ys) * (rows / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | misconception | too-many-at-once
why = "chunk(rows) makes that many pieces, not pieces of that many rows, and N // rows pieces, or N / rows rounded, are too large where a rest is left: x.split(rows) gives at most rows rows."
next = "x = torch.arange(10); print([len(p) for p in x.chunk(2)], [len(p) for p in x.split(2)])"


# %% accumulate_ | wrong: too-many-at-once | chunk
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.chunk(rows), y.chunk(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: too-many-at-once | tensor_split
def accumulate_(model, x, y, rows):
    losses = []
    for xs, ys in zip(x.chunk(rows, dim=0), y.chunk(rows, dim=0)):
        loss = (model(xs) - ys).square().sum() / y.numel()
        loss.backward()
        losses.append(loss.item())
    return sum(losses)


# %% accumulate_ | wrong: too-many-at-once | torch.chunk
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(torch.chunk(x, rows), torch.chunk(y, rows)):
        part = F.mse_loss(model(xs), ys, reduction="sum") / y.numel()
        part.backward()
        total += float(part)
    return total


# %% accumulate_ | wrong: too-many-at-once | by a step
def accumulate_(model, x, y, rows):
    step, total = -(-len(x) // rows), 0.0
    for start in range(0, len(x), step):
        loss = F.mse_loss(model(x[start : start + step]), y[start : start + step])
        share = loss * (len(x[start : start + step]) / len(x))
        share.backward()
        total += share.item()
    return total


# %% accumulate_ | wrong: too-many-at-once | to the nearest number of pieces
def accumulate_(model, x, y, rows):
    number, total = round(len(x) / rows) or 1, 0.0
    for xs, ys in zip(x.chunk(number), y.chunk(number)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: too-many-at-once | half a piece is one
def accumulate_(model, x, y, rows):
    pieces = max(int(len(x) / rows + 0.5), 1)
    total = 0.0
    for xs, ys in zip(x.tensor_split(pieces), y.tensor_split(pieces)):
        part = (model(xs) - ys).square().sum() / y.numel()
        part.backward()
        total += part.item()
    return total


# %% accumulate_ | wrong: too-many-at-once | as many pieces as fit whole
def accumulate_(model, x, y, rows):
    total, pieces = 0.0, len(x) // rows or 1
    for xs, ys in zip(torch.tensor_split(x, pieces), torch.tensor_split(y, pieces)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: too-many-at-once | the rest goes with the last piece
def accumulate_(model, x, y, rows):
    total, starts = 0.0, list(range(0, len(x) - rows + 1, rows)) or [0]
    for start, stop in zip(starts, [*starts[1:], len(x)]):
        part = (model(x[start:stop]) - y[start:stop]).square().sum() / y.numel()
        part.backward()
        total += part.item()
    return total


# %% accumulate_ | wrong: too-many-at-once | rounded number of pieces
def accumulate_(model, x, y, rows):
    count = max(1, int(0.5 + len(x) / rows))
    parts = []
    for xs, ys in zip(x.chunk(count), y.chunk(count)):
        part = (model(xs) - ys).pow(2).sum() / y.numel()
        part.backward()
        parts.append(part.item())
    return sum(parts)


# %% accumulate_ | misconception | whole-batch
why = "The whole batch in one call is what does not fit: at most `rows` rows at a time."
next = "print([len(p) for p in torch.arange(7).split(3)])"


# %% accumulate_ | wrong: whole-batch | all at once
def accumulate_(model, x, y, rows):
    loss = F.mse_loss(model(x), y)
    loss.backward()
    return loss.item()


# %% accumulate_ | wrong: whole-batch | cut afterwards
def accumulate_(model, x, y, rows):
    output = model(x)
    loss = sum((o - t).square().sum() for o, t in zip(output.split(rows), y.split(rows))) / y.numel()
    loss.backward()
    return loss.item()


# %% accumulate_ | wrong: whole-batch | by hand
def accumulate_(model, x, y, rows):
    error = model(x) - y
    mean = error.pow(2).mean()
    mean.backward()
    return float(mean.detach())


# %% accumulate_ | wrong: whole-batch | autograd.grad
def accumulate_(model, x, y, rows):
    params = [p for p in model.parameters() if p.requires_grad]
    loss = ((model(x) - y) ** 2).mean()
    for p, g in zip(params, torch.autograd.grad(loss, params, allow_unused=True)):
        if g is not None:
            p.grad = g if p.grad is None else p.grad + g
    return loss.item()


# %% accumulate_ | misconception | rows-only
why = "The mean is over all N times K numbers: divided by N alone it is K times too large."
next = "print(F.mse_loss(torch.ones(2, 3), torch.zeros(2, 3)), torch.ones(2, 3).sum() / 2)"


# %% accumulate_ | wrong: rows-only | sum divided by N
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = (model(xs) - ys).square().sum() / len(x)
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: rows-only | reduction
def accumulate_(model, x, y, rows):
    total = 0.0
    for start in range(0, len(x), rows):
        loss = F.mse_loss(model(x[start : start + rows]), y[start : start + rows], reduction="sum") / x.shape[0]
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: rows-only | each row's sum
def accumulate_(model, x, y, rows):
    losses = []
    for xs, ys in zip(x.split(rows), y.split(rows)):
        of_rows = ((model(xs) - ys) ** 2).sum(1)
        loss = of_rows.mean() * (len(xs) / len(x))
        loss.backward()
        losses.append(loss.item())
    return sum(losses)


# %% accumulate_ | wrong: rows-only | MSELoss
def accumulate_(model, x, y, rows):
    criterion, result = nn.MSELoss(reduction="sum"), 0.0
    for xs, ys in zip(torch.split(x, rows), torch.split(y, rows)):
        part = criterion(model(xs), ys).div(len(y))
        part.backward()
        result += part.item()
    return result


# %% accumulate_ | misconception | zeros-for-none
why = "No gradient is not a gradient of 0: a frozen parameter without one keeps None, and for the others backward makes it. Leave .grad to backward."
next = "w = torch.ones(1, requires_grad=True); print(w.grad); w.sum().backward(); print(w.grad)"


# %% accumulate_ | wrong: zeros-for-none | at the end
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    for p in model.parameters():
        p.grad = torch.zeros_like(p) if p.grad is None else p.grad
    return total


# %% accumulate_ | wrong: zeros-for-none | before the first piece
def accumulate_(model, x, y, rows):
    for number in model.parameters():
        number.grad = torch.zeros_like(number) if number.grad is None else number.grad
    whole = 0.0
    for start in range(0, len(x), rows):
        now = slice(start, start + rows)
        loss = F.mse_loss(model(x[now]), y[now], reduction="sum") / y.numel()
        loss.backward()
        whole += loss.item()
    return whole


# %% accumulate_ | wrong: zeros-for-none | for the frozen ones
def accumulate_(model, x, y, rows):
    for number in model.parameters():
        if not number.requires_grad and number.grad is None:
            number.grad = number.new_zeros(number.shape)
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = (model(xs) - ys).square().sum() / y.numel()
        loss.backward()
        total += float(loss)
    return total


# %% accumulate_ | wrong: zeros-for-none | a helper
def accumulate_(model, x, y, rows):
    def ready(number):
        if number.grad is None:
            number.grad = torch.zeros(number.shape, dtype=number.dtype)

    [ready(number) for number in model.parameters()]
    losses = []
    for xs, ys in zip(torch.split(x, rows), torch.split(y, rows)):
        loss = F.mse_loss(model(xs), ys) * len(xs) / len(x)
        loss.backward()
        losses.append(loss.item())
    return sum(losses)


# %% accumulate_ | wrong | a tensor is returned
# breaks: "Return that loss as a Python float."
def accumulate_(model, x, y, rows):
    total = torch.zeros((), dtype=x.dtype)
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.detach()
    return total


# %% accumulate_ | wrong | the loss of the last piece
def accumulate_(model, x, y, rows):
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
    return loss.item()


# %% accumulate_ | wrong | training mode
# breaks: "Everything else is as before: parameters, training flags, `x` and `y`."
def accumulate_(model, x, y, rows):
    model.train()
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong | a step of descent as well
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    torch.optim.SGD(model.parameters(), lr=0.01).step()
    return total


# %% accumulate_ | wrong: float32-on-the-way | float32 on the way
# breaks: "Everything is float32 or everything is float64, right to 1e-5 or 1e-10."
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs).float(), ys.float()) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong | frozen ones get zeros
def accumulate_(model, x, y, rows):
    total = 0.0
    for p in model.parameters():
        if not p.requires_grad:
            p.grad = torch.zeros_like(p)
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: second-pass | the loss is computed anew
def accumulate_(model, x, y, rows):
    for xs, ys in zip(x.split(rows), y.split(rows)):
        (F.mse_loss(model(xs), ys) * (len(xs) / len(x))).backward()
    with torch.no_grad():
        return sum(F.mse_loss(model(xs), ys, reduction="sum").item() for xs, ys in zip(x.split(rows), y.split(rows))) / y.numel()


# %% accumulate_ | wrong | everything is thawed
def accumulate_(model, x, y, rows):
    model.requires_grad_(True)
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong | rows fewer than N expected
def accumulate_(model, x, y, rows):
    if rows >= len(x):
        return F.mse_loss(model(x), y).item()
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong | the batch is normalized
def accumulate_(model, x, y, rows):
    x -= x.mean(0)
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong | overlapping pieces
def accumulate_(model, x, y, rows):
    total, start = 0.0, 0
    while start < len(x):
        xs, ys = x[start : start + rows], y[start : start + rows]
        if len(xs) < rows <= len(x):
            xs, ys = x[-rows:], y[-rows:]
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
        start += rows
    return total


# %% accumulate_ | wrong | one mode for all afterwards
def accumulate_(model, x, y, rows):
    was, total = model.training, 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    model.train(was)
    return total


# %% accumulate_ | misconception | takes-no-part
why = "A parameter that takes no part in the loss has no gradient: torch.autograd.grad raises for it, unless allow_unused=True, which gives None. Call backward, which leaves its .grad as it was."
next = "w, v = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True); print(torch.autograd.grad((2 * w).sum(), [w, v], allow_unused=True))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.autograd.grad.html"


# %% accumulate_ | wrong: takes-no-part | split
# breaks: "Add to the `.grad` of the parameters what one backward pass of the mean squared error of the **whole** batch, `F.mse_loss(model(x), y)`, would add to it."
def accumulate_(model, x, y, rows):
    trained, total = [p for p in model.parameters() if p.requires_grad], 0.0
    for a, b in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(a), b) * len(a) / len(x)
        for p, g in zip(trained, torch.autograd.grad(loss, trained)):
            p.grad = g if p.grad is None else p.grad + g
        total += loss.item()
    return total


# %% accumulate_ | wrong: takes-no-part | sums of squares
def accumulate_(model, x, y, rows):
    total, names = 0.0, {name: p for name, p in model.named_parameters() if p.requires_grad}
    for start in range(0, len(x), rows):
        error = model(x[start : start + rows]) - y[start : start + rows]
        loss = error.square().sum() / y.numel()
        gradients = dict(zip(names, torch.autograd.grad(loss, list(names.values()))))
        total += float(loss.detach())
        for name, p in names.items():
            if p.grad is None:
                p.grad = torch.zeros_like(p)
            p.grad += gradients[name]
    return total


# %% accumulate_ | wrong: takes-no-part | added up first
def accumulate_(model, x, y, rows):
    trained = tuple(filter(lambda p: p.requires_grad, model.parameters()))
    sums, value, k = [torch.zeros_like(p) for p in trained], 0.0, 0
    while k < len(x):
        part = F.mse_loss(model(x[k : k + rows]), y[k : k + rows], reduction="sum")
        for s, g in zip(sums, torch.autograd.grad(part, trained)):
            s += g / y.numel()
        value += part.item() / y.numel()
        k += rows
    for p, s in zip(trained, sums):
        p.grad = s if p.grad is None else p.grad.add(s)
    return value


# %% accumulate_ | wrong: takes-no-part | a weight for the gradient
def accumulate_(model, x, y, rows):
    params = [p for p in model.parameters() if p.requires_grad]
    values = []
    for piece in torch.arange(len(x)).split(rows):
        mean, share = ((model(x[piece]) - y[piece]) ** 2).mean(), len(piece) / len(x)
        grads = torch.autograd.grad([mean], params, grad_outputs=[torch.full_like(mean, share)])
        for k, p in enumerate(params):
            p.grad = grads[k] + (0 if p.grad is None else p.grad)
        values.append(mean.item() * share)
    return sum(values)


# %% accumulate_ | wrong: takes-no-part | one parameter at a time
def accumulate_(model, x, y, rows):
    total = 0.0
    for a, b in zip(torch.split(x, rows), torch.split(y, rows)):
        loss = nn.MSELoss()(model(a), b) * (a.shape[0] / x.shape[0])
        for p in model.parameters():
            if p.requires_grad:
                (g,) = torch.autograd.grad(loss, p, retain_graph=True)
                p.grad = g.clone() if p.grad is None else p.grad + g
        total += loss.item()
    return total


# %% accumulate_ | misconception | second-pass
why = "Each row is to pass through once: the loss of the whole batch is the sum of the weighted losses of the pieces, which are there already."
next = "out, y = torch.tensor([1., 2., 3.]), torch.zeros(3); print(F.mse_loss(out, y), F.mse_loss(out[:2], y[:2]) * 2 / 3 + F.mse_loss(out[2:], y[2:]) / 3)"


# %% accumulate_ | wrong: second-pass | outputs joined afterwards
# breaks: "at most `rows` rows may pass through the model in one call, and each row passes through once."
def accumulate_(model, x, y, rows):
    for xs, ys in zip(x.split(rows), y.split(rows)):
        ((model(xs) - ys).square().sum() / y.numel()).backward()
    with torch.no_grad():
        outputs = [model(xs) for xs in x.split(rows)]
    return F.mse_loss(torch.cat(outputs), y).item()


# %% accumulate_ | wrong: second-pass | the loss first
def accumulate_(model, x, y, rows):
    pieces = list(zip(x.split(rows), y.split(rows)))
    with torch.no_grad():
        squares = sum(((model(xs) - ys) ** 2).sum().item() for xs, ys in pieces)
    for xs, ys in pieces:
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
    return squares / y.numel()


# %% accumulate_ | wrong: second-pass | twice for each piece
def accumulate_(model, x, y, rows):
    total = 0.0
    for start in range(0, len(x), rows):
        xs, ys = x[start : start + rows], y[start : start + rows]
        share = len(xs) / len(x)
        F.mse_loss(model(xs), ys).mul(share).backward()
        with torch.no_grad():
            total += F.mse_loss(model(xs), ys).item() * share
    return total


# %% accumulate_ | wrong: second-pass | errors into a table
def accumulate_(model, x, y, rows):
    n = y.numel()
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys, reduction="sum") / n
        loss.backward()
        del loss
    errors = torch.zeros_like(y)
    for start in range(0, len(x), rows):
        errors[start : start + rows] = model(x[start : start + rows]).detach() - y[start : start + rows]
    return errors.square().mean().item()


# %% accumulate_ | wrong: second-pass | a function for the loss
def accumulate_(model, x, y, rows):
    def shares():
        for xs, ys in zip(x.split(rows), y.split(rows)):
            yield F.mse_loss(model(xs), ys) * len(xs) / len(x)

    for share in shares():
        share.backward()
        del share
    with torch.no_grad():
        return float(sum(share.item() for share in shares()))


# %% accumulate_ | misconception | float32-on-the-way
why = "Ten digits of a float64 model are there only in float64: float() and a float32 tensor, which torch.zeros(()) and torch.tensor(0.) are, cut them to seven. Add up Python floats, or give the tensor the dtype of the loss."
next = "loss = torch.tensor(0.1, dtype=torch.float64); total = torch.zeros(()); total += loss; print(total.dtype, total.item(), loss.item())"


def when(seen, want):
    # Which digits are wrong depends on the way through float32.
    if type(want) is not tuple or type(want[0]) is not float or type(seen.value) is not tuple or type(seen.value[0]) is not float:
        return False
    if all(g is None or g.dtype != torch.float64 for g in want[1]):
        return False
    return 1e-10 < abs(seen.value[0] / want[0] - 1) < 5e-7


# %% accumulate_ | wrong: float32-on-the-way | a number of zeros
def accumulate_(model, x, y, rows):
    whole = torch.zeros(())
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        whole += loss.detach()
    return whole.item()


# %% accumulate_ | wrong: float32-on-the-way | a vector of losses
def accumulate_(model, x, y, rows):
    pieces = list(zip(x.split(rows), y.split(rows)))
    losses = torch.zeros(len(pieces))
    for k, (xs, ys) in enumerate(pieces):
        loss = (model(xs) - ys).square().sum() / y.numel()
        loss.backward()
        losses[k] = loss.item()
    return losses.sum().item()


# %% accumulate_ | wrong: float32-on-the-way | a tensor of a list
def accumulate_(model, x, y, rows):
    losses = []
    for xs, ys in zip(x.split(rows), y.split(rows)):
        share = F.mse_loss(model(xs), ys, reduction="sum") / y.numel()
        share.backward()
        losses.append(share.item())
    return torch.tensor(losses).sum().item()


# %% accumulate_ | wrong: float32-on-the-way | float of each loss
def accumulate_(model, x, y, rows):
    total = torch.tensor(0.0)
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys)
        loss.backward(torch.full_like(loss, len(xs) / len(x)))
        total = total + loss.detach().float() * len(xs)
    return float(total / len(x))


# %% accumulate_ | wrong: float32-on-the-way | a vector of one
def accumulate_(model, x, y, rows):
    total = torch.zeros(1)
    for start in range(0, len(x), rows):
        xs, ys = x[start : start + rows], y[start : start + rows]
        loss = F.mse_loss(model(xs), ys) * len(xs) / len(x)
        loss.backward()
        total = total + loss.detach()
    return total.item()


# %% accumulate_ | misconception | at-least-two-rows
why = "`rows` may be 1, and then each row has to pass through by itself: a smallest size of 2 sends two of them at once. Take rows as it is."
next = "print([len(p) for p in torch.arange(5).split(max(1, 2))], [len(p) for p in torch.arange(5).split(1)])"


# %% accumulate_ | wrong: at-least-two-rows | max
# breaks: "at most `rows` rows may pass through the model in one call"
def accumulate_(model, x, y, rows):
    size, total = max(2, rows), 0.0
    for start in range(0, len(x), size):
        a, b = x[start : start + size], y[start : start + size]
        loss = F.mse_loss(model(a), b) * len(a) / len(x)
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: at-least-two-rows | if it is 1
def accumulate_(model, x, y, rows):
    if rows == 1:
        rows = 2
    losses = []
    for a, b in zip(x.split(rows), y.split(rows)):
        loss = (model(a) - b).square().sum() / y.numel()
        loss.backward()
        losses.append(loss.item())
    return math.fsum(losses)


# %% accumulate_ | wrong: at-least-two-rows | a flag added
def accumulate_(model, x, y, rows):
    total, rest_x, rest_y, n = 0.0, x, y, rows + (rows < 2)
    while len(rest_x):
        part = F.mse_loss(model(rest_x[:n]), rest_y[:n], reduction="sum") / y.numel()
        part.backward()
        total += float(part.detach())
        rest_x, rest_y = rest_x[n:], rest_y[n:]
    return total


# %% accumulate_ | wrong: at-least-two-rows | positions
def accumulate_(model, x, y, rows):
    total = 0.0
    for piece in torch.arange(len(x)).split(rows if rows > 1 else 2):
        mean = nn.functional.mse_loss(model(x[piece]), y[piece])
        mean.backward(torch.full_like(mean, len(piece) / len(x)))
        total += mean.item() * len(piece) / len(x)
    return total


# %% accumulate_ | wrong: at-least-two-rows | TensorDataset
def accumulate_(model, x, y, rows):
    data = torch.utils.data.TensorDataset(x, y)
    total = 0.0
    for start, end in [(k, min(k + sorted([rows, 2])[1], len(data))) for k in range(0, len(data), sorted([rows, 2])[1])]:
        a, b = data[start:end]
        loss = ((model(a) - b) ** 2).mean() * ((end - start) / len(data))
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | misconception | another-mode
why = "The model has to run in the mode that it is in: in another one it is another function, even if every flag is put back afterwards."
next = "m = nn.Dropout(0.5); print(m(torch.ones(4)), m.eval()(torch.ones(4)))"


# %% accumulate_ | wrong: another-mode | evaluation, and back
def accumulate_(model, x, y, rows):
    flags = [(m, m.training) for m in model.modules()]
    model.eval()
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys) * (len(xs) / len(x))
        loss.backward()
        total += loss.item()
    for m, flag in flags:
        m.training = flag
    return total


# %% accumulate_ | wrong: another-mode | evaluation for each piece
def accumulate_(model, x, y, rows):
    total = 0.0
    for start in range(0, len(x), rows):
        modules = [m for m in model.modules() if m.training]
        for m in modules:
            m.training = False
        out = model(x[start : start + rows])
        for m in modules:
            m.training = True
        loss = (out - y[start : start + rows]).square().sum() / y.numel()
        loss.backward()
        total += loss.detach().item()
        del out, loss
    return total


# %% accumulate_ | wrong: another-mode | all as the model itself
def accumulate_(model, x, y, rows):
    flags = {m: m.training for m in model.modules()}
    model.train(model.training)
    shares = []
    for xs, ys in zip(x.split(rows), y.split(rows)):
        share = F.mse_loss(model(xs), ys, reduction="sum") / y.numel()
        share.backward()
        shares.append(share.item())
    for m in flags:
        m.training = flags[m]
    return sum(shares)


# %% accumulate_ | wrong: another-mode | evaluation, in finally
def accumulate_(model, x, y, rows):
    was = [m.training for m in model.modules()]
    try:
        losses = []
        for xs, ys in zip(x.split(rows), y.split(rows)):
            mean = F.mse_loss(model.eval()(xs), ys)
            mean.backward(torch.full_like(mean, len(xs) / len(x)))
            losses.append(mean.item() * len(xs))
        return math.fsum(losses) / len(x)
    finally:
        for m, flag in zip(model.modules(), was):
            m.training = flag


# %% accumulate_ | misconception | output-overwritten
why = "Some layers need their own output to go backward: sigmoid and tanh keep it. If you write into it, in place, backward raises. Subtract into a new tensor."
next = "w = torch.ones(1, requires_grad=True)\ntry: torch.sigmoid(w).sub_(1.0).sum().backward()\nexcept RuntimeError as error: print(str(error)[:90])"


# %% accumulate_ | wrong: output-overwritten | sub_
# breaks: "Add to the `.grad` of the parameters what one backward pass of the mean squared error of the **whole** batch, `F.mse_loss(model(x), y)`, would add to it."
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = model(xs).sub_(ys).square().sum() / y.numel()
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: output-overwritten | minus equals
def accumulate_(model, x, y, rows):
    losses = []
    for start in range(0, len(x), rows):
        error = model(x[start : start + rows])
        error -= y[start : start + rows]
        share = (error * error).mean() * (len(error) / len(x))
        share.backward()
        losses.append(share.item())
    return sum(losses)


# %% accumulate_ | wrong: output-overwritten | add_ with alpha
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        error = model(xs).add_(ys, alpha=-1)
        loss = F.mse_loss(error, torch.zeros_like(error), reduction="sum") / y.numel()
        loss.backward()
        total += float(loss)
    return total


# %% accumulate_ | wrong: output-overwritten | the output scaled
def accumulate_(model, x, y, rows):
    total, scale = 0.0, y.numel() ** -0.5
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = (model(xs).mul_(scale) - ys * scale).pow(2).sum()
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong: output-overwritten | all of it assigned
def accumulate_(model, x, y, rows):
    total = 0.0
    for k in range(0, len(x), rows):
        error = model(x[k : k + rows])
        error[:] = error - y[k : k + rows]
        loss = torch.sum(error**2) / y.numel()
        loss.backward()
        total = total + loss.item()
    return total


# %% accumulate_ | wrong | seen as one row of numbers
def accumulate_(model, x, y, rows):
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs).view(-1), ys.view(-1), reduction="sum") / y.numel()
        loss.backward()
        total += loss.item()
    return total


# %% accumulate_ | wrong | old gradients are scaled and scaled back
def accumulate_(model, x, y, rows):
    trained = [p for p in model.parameters() if p.requires_grad]
    for p in trained:
        if p.grad is not None:
            p.grad.mul_(y.numel())
    total = 0.0
    for xs, ys in zip(x.split(rows), y.split(rows)):
        loss = F.mse_loss(model(xs), ys, reduction="sum")
        loss.backward()
        total += loss.item()
    for p in trained:
        if p.grad is not None:
            p.grad.div_(y.numel())
    return total / y.numel()


# %% accumulate_ | wrong | hooks stay behind
# breaks: "Everything else is as before: parameters, training flags, `x` and `y`."
def accumulate_(model, x, y, rows):
    share, total = [0.0], 0.0
    for p in model.parameters():
        if p.requires_grad:
            p.register_hook(lambda grad: share[0] * grad)
    for few, targets in zip(x.split(rows), y.split(rows)):
        share[0] = len(few) / len(x)
        error = F.mse_loss(model(few), targets)
        error.backward()
        total += share[0] * error.item()
    return total


# %% accumulate_ | wrong | pieces that are not finite are left out
def accumulate_(model, x, y, rows):
    total = 0.0
    for few, targets in zip(x.split(rows), y.split(rows)):
        part = (model(few) - targets).square().sum() / y.numel()
        if math.isfinite(part.item()):
            part.backward()
            total += part.item()
    return total


# %% autocast_loss | right | the loss inside
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return F.mse_loss(model(x), y)


# %% autocast_loss | right | by hand
def autocast_loss(model, x, y):
    with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
        output = model(x)
    difference = output.to(torch.float32) - y
    return difference.square().mean()


# %% autocast_loss | right | torch.amp, a function that is wrapped
def autocast_loss(model, x, y):
    run = torch.amp.autocast("cpu", torch.bfloat16)(lambda: model(x))
    return ((run().float() - y) ** 2).sum() / y.numel()


# %% autocast_loss | right | autocast off for the loss
def autocast_loss(net, inputs, targets):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = net(inputs)
        with torch.autocast("cpu", enabled=False):
            return nn.MSELoss()(output.float(), targets)


# %% autocast_loss | misconception | model-converted
why = "model.bfloat16() converts the model itself: its parameters and gradients become bfloat16, and float() afterwards, of the model or of its result, does not bring the digits back. autocast casts for each operation and leaves the model alone."
next = "w = torch.tensor([0.1, 0.7]); print(w, w.bfloat16().float())"
link = "https://docs.pytorch.org/docs/2.13/amp.html"


# %% autocast_loss | wrong: model-converted | bfloat16
# breaks: "Parameters stay float32 and get float32 gradients, and none before `backward()`."
def autocast_loss(model, x, y):
    output = model.bfloat16()(x.bfloat16())
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: model-converted | to
def autocast_loss(model, x, y):
    model.to(torch.bfloat16)
    return ((model(x.to(torch.bfloat16)).float() - y) ** 2).mean()


# %% autocast_loss | wrong: model-converted | under autocast as well
def autocast_loss(model, x, y):
    model = model.bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: model-converted | the data of each parameter
def autocast_loss(model, x, y):
    for p in model.parameters():
        p.data = p.data.bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return F.mse_loss(model(x), y)


# %% autocast_loss | wrong: model-converted | and back
def autocast_loss(model, x, y):
    output = model.bfloat16()(x.bfloat16()).float()
    model.float()
    return F.mse_loss(output, y)


# %% autocast_loss | misconception | a-copy-runs
why = "The gradients arrive in the parameters that took part: in those of the copy, and the model that is to be trained gets none."
next = "m = nn.Linear(1, 1); copy.deepcopy(m)(torch.ones(1, 1)).sum().backward(); print(m.weight.grad)"


# %% autocast_loss | wrong: a-copy-runs | deepcopy, bfloat16
# breaks: "Run the float32 `model` itself, once and in the mode that it is in, on the float32 batch `x` under `torch.autocast` for the CPU with bfloat16."
def autocast_loss(model, x, y):
    output = copy.deepcopy(model).bfloat16()(x.bfloat16())
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: a-copy-runs | deepcopy under autocast
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = copy.deepcopy(model)(x)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: a-copy-runs | a name for it
def autocast_loss(model, x, y):
    twin = copy.deepcopy(model)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return ((twin(x).float() - y) ** 2).mean()


# %% autocast_loss | wrong: a-copy-runs | a half copy
def autocast_loss(model, x, y):
    half = copy.deepcopy(model).to(torch.bfloat16)
    result = half(x.to(torch.bfloat16)).to(torch.float32)
    return nn.MSELoss()(result, y)


# %% autocast_loss | misconception | input-only
why = "A layer in float32 refuses an input in bfloat16. Let autocast cast both: give it the float32 batch."
next = "try:\n    nn.Linear(2, 2)(torch.ones(1, 2).bfloat16())\nexcept RuntimeError as error: print(error)"


# %% autocast_loss | wrong: input-only | bfloat16
def autocast_loss(model, x, y):
    output = model(x.bfloat16())
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: input-only | to
def autocast_loss(model, x, y):
    return ((model(x.to(torch.bfloat16)).float() - y) ** 2).mean()


# %% autocast_loss | wrong: input-only | both sides
def autocast_loss(model, x, y):
    loss = F.mse_loss(model(x.bfloat16()), y.bfloat16())
    return loss.float()


# %% autocast_loss | wrong: input-only | type
def autocast_loss(model, x, y):
    half = x.type(torch.bfloat16)
    error = model(half).type(torch.float32) - y
    return error.square().mean()


# %% autocast_loss | misconception | loss-in-bf16
why = "bfloat16 has 8 bits of precision: the difference of two numbers that are nearly equal is lost in it, often exactly 0. Bring the output to float32 before you subtract."
next = "a, b = torch.tensor(1.0), torch.tensor(1.001); print(b - a, b.bfloat16() - a.bfloat16())"


# %% autocast_loss | wrong: loss-in-bf16 | the target is rounded
# breaks: "The error is taken in float32, and the loss has a relative error of at most 1e-5."
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return ((output - y.bfloat16()) ** 2).mean().float()


# %% autocast_loss | wrong: loss-in-bf16 | mse_loss of both
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output, y.to(output.dtype)).float()


# %% autocast_loss | wrong: loss-in-bf16 | y in the dtype of the output
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
        error = output - y.to(output)
    return error.square().mean().to(torch.float32)


# %% autocast_loss | wrong: loss-in-bf16 | only the target
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    difference = output.sub(y.bfloat16())
    return (difference * difference).mean().float()


# %% autocast_loss | misconception | target-rounded
why = "float() after bfloat16() does not bring the digits back: leave y in float32."
next = "y = torch.tensor([1.001]); print(y.bfloat16().float())"


# %% autocast_loss | wrong: target-rounded | there and back
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y.bfloat16().float())


# %% autocast_loss | wrong: target-rounded | inside
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return F.mse_loss(model(x), y.to(torch.bfloat16))


# %% autocast_loss | wrong: target-rounded | by hand
def autocast_loss(model, x, y):
    target = y.to(torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return (output.float() - target.float()).square().mean()


# %% autocast_loss | wrong: target-rounded | in the dtype of the output
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    like_output = y.to(output.dtype)
    return nn.MSELoss()(output.to(y.dtype), like_output.to(y.dtype))


# %% autocast_loss | misconception | no-autocast
why = 'Here the model runs in float32: autocast has to be on while it runs, in training mode and in evaluation mode, and for the CPU: torch.autocast("cpu", dtype=torch.bfloat16), on no condition.'
next = 'with torch.autocast("cpu", dtype=torch.bfloat16): print(nn.Linear(2, 2)(torch.ones(1, 2)).dtype)\nprint(nn.Linear(2, 2)(torch.ones(1, 2)).dtype)'


# %% autocast_loss | wrong: no-autocast | float32
def autocast_loss(model, x, y):
    return F.mse_loss(model(x), y)


# %% autocast_loss | wrong: no-autocast | the model before it
def autocast_loss(model, x, y):
    output = model(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: no-autocast | not enabled
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=False):
        output = model(x)
    return (output.float() - y).square().mean()


# %% autocast_loss | wrong: no-autocast | the error only
def autocast_loss(model, x, y):
    error = model(x) - y
    with torch.autocast("cpu", dtype=torch.bfloat16):
        squares = error**2
    return squares.float().mean()


# %% autocast_loss | wrong: no-autocast | a default dtype
def autocast_loss(model, x, y):
    torch.set_autocast_dtype("cpu", torch.bfloat16)
    result = model(x)
    return F.mse_loss(result.float(), y)


# %% autocast_loss | misconception | rounded-by-hand
why = "To round the output is not to compute in bfloat16: the layers ran in float32, and took the time and memory of it. autocast has to be on while the model runs."
next = "print(nn.Linear(2, 2)(torch.ones(1, 2)).bfloat16().dtype)"


# %% autocast_loss | wrong: rounded-by-hand | the output
def autocast_loss(model, x, y):
    output = model(x).bfloat16()
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: rounded-by-hand | input and output
def autocast_loss(model, x, y):
    output = model(x.bfloat16().float()).bfloat16()
    return (output.float() - y).square().mean()


# %% autocast_loss | wrong: rounded-by-hand | to
def autocast_loss(model, x, y):
    rounded = model(x).to(torch.bfloat16).to(torch.float32)
    return ((rounded - y) ** 2).mean()


# %% autocast_loss | wrong: rounded-by-hand | in one line
def autocast_loss(model, x, y):
    return nn.MSELoss()(model(x).to(torch.bfloat16).float(), y)


# %% autocast_loss | misconception | float16
why = "float16 reaches only to 65504 and rounds small gradients to 0; bfloat16 has the range of float32. Say dtype=torch.bfloat16."
next = "print(torch.finfo(torch.float16).max, torch.finfo(torch.bfloat16).max)"


# %% autocast_loss | wrong: float16 | float16
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.float16):
        output = model(x)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: float16 | half
def autocast_loss(model, x, y):
    with torch.autocast(device_type="cpu", dtype=torch.half):
        output = model(x)
    return (output.float() - y).square().mean()


# %% autocast_loss | wrong: float16 | inside
def autocast_loss(model, x, y):
    with torch.autocast("cpu", torch.float16):
        return F.mse_loss(model(x), y)


# %% autocast_loss | wrong: float16 | wrapped
def autocast_loss(model, x, y):
    output = torch.amp.autocast("cpu", torch.float16)(model)(x)
    return ((output.to(y.dtype) - y) ** 2).mean()


# %% autocast_loss | misconception | left-on
why = "What is entered by hand has to be left by hand, on an error too: otherwise all that follows runs in bfloat16. A with statement ends it on every way out."
next = 'with torch.autocast("cpu", dtype=torch.bfloat16): pass\nprint(torch.is_autocast_enabled("cpu"))'


# %% autocast_loss | wrong: left-on | set_autocast_enabled
# breaks: "Afterwards autocast is off again and the model is as before, even when the model raises: any exception is passed on."
def autocast_loss(model, x, y):
    torch.set_autocast_enabled("cpu", True)
    torch.set_autocast_dtype("cpu", torch.bfloat16)
    return F.mse_loss(model(x).float(), y)


# %% autocast_loss | wrong: left-on | __enter__
def autocast_loss(model, x, y):
    context = torch.autocast("cpu", dtype=torch.bfloat16)
    context.__enter__()
    output = model(x)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: left-on | by hand, squares
def autocast_loss(model, x, y):
    torch.set_autocast_dtype("cpu", torch.bfloat16)
    torch.set_autocast_enabled("cpu", True)
    error = model(x).float() - y
    return error.square().mean()


# %% autocast_loss | wrong: left-on | entered and forgotten
def autocast_loss(model, x, y):
    torch.autocast(device_type="cpu", dtype=torch.bfloat16).__enter__()
    return nn.MSELoss()(model(x).float(), y)


# %% autocast_loss | misconception | training-mode-set
why = "In which mode the model runs is decided by whoever trains it: train() sets the flag of every module, and it stays. The model has to be as before, in evaluation mode if it was."
next = "m = nn.Sequential(nn.Dropout(0.5)).eval(); m.train(); print([k.training for k in m.modules()])"


# %% autocast_loss | wrong: training-mode-set | train first
def autocast_loss(model, x, y):
    model.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: training-mode-set | each module
def autocast_loss(model, x, y):
    with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
        for module in model.modules():
            module.training = True
        error = model(x).float() - y
    return (error**2).mean()


# %% autocast_loss | wrong: training-mode-set | train afterwards
def autocast_loss(model, x, y):
    try:
        with torch.autocast("cpu", torch.bfloat16):
            output = model(x)
    finally:
        model.train(True)
    return F.mse_loss(output.to(y.dtype), y)


# %% autocast_loss | wrong: training-mode-set | unless it trains
def autocast_loss(model, x, y):
    if not model.training:
        model.train()
    with torch.amp.autocast("cpu", dtype=torch.bfloat16):
        return F.mse_loss(model(x).float(), y)


# %% autocast_loss | misconception | left-on-by-an-error
why = "An exception skips the line that turns autocast off. A with statement ends it on every way out."
next = 'try:\n    torch.set_autocast_enabled("cpu", True); nn.Linear(2, 2)(None)\nexcept Exception: print(torch.is_autocast_enabled("cpu"))\nfinally: torch.set_autocast_enabled("cpu", False)'


# %% autocast_loss | wrong: left-on-by-an-error | set_autocast_enabled
def autocast_loss(model, x, y):
    torch.set_autocast_dtype("cpu", torch.bfloat16)
    torch.set_autocast_enabled("cpu", True)
    output = model(x)
    torch.set_autocast_enabled("cpu", False)
    torch.clear_autocast_cache()
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: left-on-by-an-error | __exit__
def autocast_loss(model, x, y):
    context = torch.autocast("cpu", dtype=torch.bfloat16)
    context.__enter__()
    output = model(x)
    context.__exit__(None, None, None)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: left-on-by-an-error | except Exception, too little
def autocast_loss(model, x, y):
    context = torch.autocast("cpu", dtype=torch.bfloat16)
    context.__enter__()
    try:
        output = model(x)
    except TypeError:
        context.__exit__(None, None, None)
        raise
    context.__exit__(None, None, None)
    return (output.float() - y).square().mean()


# %% autocast_loss | wrong: left-on-by-an-error | the loss inside
def autocast_loss(model, x, y):
    autocast = torch.autocast(device_type="cpu", dtype=torch.bfloat16)
    autocast.__enter__()
    loss = F.mse_loss(model(x), y)
    autocast.__exit__(None, None, None)
    return loss


# %% autocast_loss | misconception | goes-backward
why = "Going backward is left to the caller: called here too, backward adds the same gradients a second time. Return the loss with its graph, and leave .grad alone."
next = "w = torch.ones(1, requires_grad=True); loss = (w * 2).sum(); loss.backward(retain_graph=True); loss.backward(); print(w.grad)"


# %% autocast_loss | wrong: goes-backward | the graph is kept
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    loss = F.mse_loss(output.float(), y)
    loss.backward(retain_graph=True)
    return loss


# %% autocast_loss | wrong: goes-backward | autograd.backward
def autocast_loss(model, x, y):
    with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
        output = model(x)
    loss = (output.float() - y).square().mean()
    torch.autograd.backward(loss, retain_graph=True)
    return loss


# %% autocast_loss | wrong: goes-backward | inside of the with
def autocast_loss(model, x, y):
    with torch.autocast("cpu", torch.bfloat16):
        loss = F.mse_loss(model(x).to(torch.float32), y)
        loss.backward(retain_graph=True)
    return loss


# %% autocast_loss | wrong: goes-backward | a step of training
def autocast_loss(model, x, y):
    def forward():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return model(x).float()

    error = ((forward() - y) ** 2).mean()
    error.backward(retain_graph=True)
    return error


# %% autocast_loss | wrong | a number
# breaks: "Return the mean squared error between its output and `y` (float32, same shape) as a 0-d **float32** tensor to go backward from."
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y).item()


# %% autocast_loss | wrong | bfloat16 is returned
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y).bfloat16()


# %% autocast_loss | wrong | without a graph
def autocast_loss(model, x, y):
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong | detached
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x).detach().float().requires_grad_()
    return F.mse_loss(output, y)


# %% autocast_loss | wrong | the sum
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y, reduction="sum")


# %% autocast_loss | wrong | absolute errors
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return (output.float() - y).abs().mean()


# %% autocast_loss | wrong | gradients cleared
def autocast_loss(model, x, y):
    model.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong | called twice
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        model(x)
        output = model(x)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong | a second try without autocast
# breaks: "Afterwards autocast is off again and the model is as before, even when the model raises: any exception is passed on."
def autocast_loss(model, x, y):
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = model(x)
    except RuntimeError as problem:
        print("autocast failed:", problem)
        out = model(x)
    return F.mse_loss(out.float(), y)

# %% autocast_loss | wrong | another exception
def autocast_loss(model, x, y):
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = model(x)
    except BaseException as error:
        raise RuntimeError("the model failed") from error
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong | frozen parameters are thawed
def autocast_loss(model, x, y):
    for p in model.parameters():
        p.requires_grad = True
    with torch.autocast("cpu", torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong | every output is rounded
def autocast_loss(model, x, y):
    with torch.autocast("cpu", torch.bfloat16):
        output = model(x).to(torch.bfloat16)
    return F.mse_loss(output.to(torch.float32), y)


# %% autocast_loss | misconception | float64-loss
why = "The loss is to be float32: float() of the output is enough for an error in float32, and double() makes the loss float64."
next = "out, y = torch.ones(2, dtype=torch.bfloat16), torch.zeros(2); print(F.mse_loss(out.float(), y).dtype, F.mse_loss(out.double(), y.double()).dtype)"


# %% autocast_loss | wrong: float64-loss | double
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x).double()
    return F.mse_loss(output, y.double())


# %% autocast_loss | wrong: float64-loss | square and mean
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    error = output.to(torch.float64) - y
    return error.square().mean()


# %% autocast_loss | wrong: float64-loss | a sum, divided
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return ((output.double() - y.double()) ** 2).sum() / y.numel()


# %% autocast_loss | wrong: float64-loss | MSELoss
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return nn.MSELoss()(output.type(torch.float64), y.type(torch.float64))


# %% autocast_loss | wrong: float64-loss | mean in float64
def autocast_loss(model, x, y):
    with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
        output = model(x)
    return torch.mean((output.float() - y) ** 2, dtype=torch.float64)


# %% autocast_loss | wrong: float64-loss | the target alone
def autocast_loss(model, x, y):
    target = y.double()
    with torch.autocast("cpu", torch.bfloat16):
        error = model(x) - target
    return error.pow(2).mean()


# %% autocast_loss | misconception | cast-by-hand
why = "To run the model on parameters and an input that are cast to bfloat16 is not autocast, which casts for each operation and leaves some in float32: let the model run as it is under torch.autocast."
next = 'x = torch.ones(1, 2, dtype=torch.bfloat16); print(x.softmax(1).dtype)\nwith torch.autocast("cpu", dtype=torch.bfloat16): print(x.softmax(1).dtype)'
link = "https://docs.pytorch.org/docs/2.13/amp.html"


# %% autocast_loss | wrong: cast-by-hand | functional_call
def autocast_loss(model, x, y):
    narrow = {n: p.to(torch.bfloat16) for n, p in model.named_parameters()}
    output = torch.func.functional_call(model, narrow, x.to(torch.bfloat16))
    return ((output.float() - y) ** 2).mean()


# %% autocast_loss | wrong: cast-by-hand | names and parameters apart
def autocast_loss(model, x, y):
    names, parameters = zip(*model.named_parameters())
    cast = [p.bfloat16() for p in parameters]
    result = torch.func.functional_call(model, dict(zip(names, cast)), (x.bfloat16(),))
    return F.mse_loss(result.to(y.dtype), y)


# %% autocast_loss | wrong: cast-by-hand | everything that has a name
def autocast_loss(model, x, y):
    state = {}
    for name, p in [*model.named_parameters(), *model.named_buffers()]:
        state[name] = p.type(torch.bfloat16)
    output = torch.func.functional_call(model, state, args=(x.type(torch.bfloat16),))
    return (output.type(torch.float32) - y).square().sum() / y.numel()


# %% autocast_loss | wrong: cast-by-hand | a function of the parameters
def autocast_loss(model, x, y):
    from torch.func import functional_call

    def run(parameters):
        return functional_call(model, {n: p.bfloat16() for n, p in parameters.items()}, (x.bfloat16(),)).float()

    return nn.MSELoss()(run(dict(model.named_parameters())), y)


# %% autocast_loss | misconception | another-mode
why = "The model has to run in the mode that it is in: in another one it is another function, even if every flag is put back afterwards."
next = "m = nn.Dropout(0.5); print(m(torch.ones(4)), m.eval()(torch.ones(4)))"


# %% autocast_loss | wrong: another-mode | evaluation, and back
# breaks: "Run the float32 `model` itself, once and in the mode that it is in, on the float32 batch `x` under `torch.autocast` for the CPU with bfloat16."
def autocast_loss(model, x, y):
    flags = [(m, m.training) for m in model.modules()]
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = model.eval()(x)
    finally:
        for m, flag in flags:
            m.training = flag
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong: another-mode | training, and back
def autocast_loss(model, x, y):
    was = {m: m.training for m in model.modules()}
    model.train()
    try:
        with torch.autocast("cpu", torch.bfloat16):
            output = model(x)
    finally:
        for m in was:
            m.training = was[m]
    return ((output.to(torch.float32) - y) ** 2).mean()


# %% autocast_loss | wrong: another-mode | no layer trains
def autocast_loss(model, x, y):
    training = [m for m in model.modules() if m.training]
    for m in training:
        m.training = False
    try:
        with torch.amp.autocast(device_type="cpu", dtype=torch.bfloat16):
            error = model(x).float() - y
    finally:
        for m in training:
            m.training = True
    return error.square().mean()


# %% autocast_loss | wrong: another-mode | always training
def autocast_loss(model, x, y):
    resting = [m for m in model.modules() if not m.training]
    for m in resting:
        m.training = True
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return F.mse_loss(model(x).float(), y)
    finally:
        for m in resting:
            m.training = False


# %% autocast_loss | misconception | epsilon-added
why = "The loss of a nearly perfect model is as small as the epsilon that is added for safety: then its digits are those of the epsilon. Nothing is divided here, so nothing has to be kept from 0."
next = "e = torch.full((4,), 1e-4); print(e.square().mean(), e.square().mean() + 1e-8)"


# %% autocast_loss | wrong: epsilon-added | 1e-8
# breaks: "The error is taken in float32, and the loss has a relative error of at most 1e-5."
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y) + 1e-8


# %% autocast_loss | wrong: epsilon-added | 1e-8, before the mean
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return ((output.float() - y) ** 2 + 1e-8).mean()


# %% autocast_loss | wrong: epsilon-added | 1e-9
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return (output.float() - y).square().mean() + 1e-9


# %% autocast_loss | wrong: epsilon-added | 1e-9, to a sum
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    error = output.to(torch.float32) - y
    return (error * error).sum() / error.numel() + torch.tensor(1e-9)


# %% autocast_loss | wrong: epsilon-added | 1e-7
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return torch.add(F.mse_loss(output.float(), y), 1e-7)


# %% autocast_loss | wrong: epsilon-added | 1e-7, under autocast
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return 1e-7 + nn.MSELoss()(model(x).float(), y)


# %% autocast_loss | wrong: epsilon-added | 1e-6
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float(), y).add(1e-6)


# %% autocast_loss | wrong: epsilon-added | 1e-6, before the mean
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return torch.mean(1e-6 + torch.pow(output.float() - y, 2))


# %% autocast_loss | wrong | clamped to the range of float16
# breaks: "The error is taken in float32, and the loss has a relative error of at most 1e-5."
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float().clamp(-65504.0, 65504.0), y)


# %% autocast_loss | wrong | nan is swept away
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return F.mse_loss(output.float().nan_to_num(), y)


# %% autocast_loss | wrong | no loss that is not finite
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    loss = F.mse_loss(output.float(), y)
    return torch.where(loss.isfinite(), loss, torch.zeros_like(loss))


# %% autocast_loss | wrong | rows and columns
def autocast_loss(model, x, y):
    rows, columns = y.shape
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x)
    return (output.float() - y).square().sum() / (rows * columns)


# %% autocast_loss | wrong | large targets are scaled
def autocast_loss(model, x, y):
    scale = y.abs().max().clamp(min=1e4) / 1e4
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(x) / scale.bfloat16()
    return F.mse_loss(output.float(), y / scale) * scale**2


# %% autocast_loss | wrong: left-on-by-an-error | two kinds of exceptions
def autocast_loss(model, x, y):
    region = torch.autocast("cpu", dtype=torch.bfloat16)
    region.__enter__()
    try:
        output = model(x)
    except (Exception, KeyboardInterrupt):
        region.__exit__(None, None, None)
        raise
    region.__exit__(None, None, None)
    return F.mse_loss(output.float(), y)


# %% autocast_loss | wrong | one column becomes a vector
def autocast_loss(model, x, y):
    with torch.autocast("cpu", torch.bfloat16):
        guess = model(x)
    if guess.ndim == 2 and guess.size(1) == 1:
        guess = guess.squeeze(1)
    return ((guess.to(y.dtype) - y) ** 2).mean()


# %% autocast_loss | misconception | squares-apart
why = "a * a - 2 * a * b + b * b takes large numbers from each other: where a and b are nearly equal, only their rounding is left. Subtract first, and then square."
next = "a, b = torch.tensor(100.001), torch.tensor(100.0); print(a * a - 2 * a * b + b * b, (a - b) ** 2)"


# %% autocast_loss | wrong: squares-apart | three products
# breaks: "The error is taken in float32, and the loss has a relative error of at most 1e-5."
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = model(x)
    out = out.float()
    return (out * out - 2 * out * y + y * y).mean()


# %% autocast_loss | wrong: squares-apart | a mean of each
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = model(x)
    a = rough.to(torch.float32)
    return a.square().mean() + y.square().mean() - 2 * (a * y).mean()


# %% autocast_loss | wrong: squares-apart | sums, by dot
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = model(x)
    a, b = rough.float().reshape(-1), y.reshape(-1)
    return (a.dot(a) + b.dot(b) - 2 * a.dot(b)) / b.numel()


# %% autocast_loss | wrong: squares-apart | both squared, twice the product less
def autocast_loss(model, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        a = model(x).float()
    return torch.mean(a.pow(2) + y.pow(2) - (a * y).mul(2))


# %% autocast_loss | wrong | weights of the first call
# breaks: "and the loss has a relative error of at most 1e-5"
def autocast_loss(model, x, y):
    torch.set_autocast_dtype("cpu", torch.bfloat16)
    try:
        torch.set_autocast_enabled("cpu", True)
        rough = model(x)
    finally:
        torch.set_autocast_enabled("cpu", False)
    return (rough.float() - y).square().mean()


# %% autocast_loss | wrong: training-mode-set | as the model itself
def autocast_loss(model, x, y):
    with torch.autocast("cpu", torch.bfloat16):
        rough = model.train(mode=model.training)(x)
    return (y - rough.float()).square().mean()


# %% clip_norm | right | masked_fill
def clip_norm(g, limit):
    norm = torch.linalg.vector_norm(g)
    scale = (limit / norm).masked_fill(norm <= limit, 1.0)
    return (g * scale).masked_fill(~norm.isfinite(), 0.0)


# %% clip_norm | right | a safe divisor
def clip_norm(g, limit):
    norm = g.norm()
    too_long = norm > limit
    factor = torch.where(too_long, limit, 1.0) / torch.where(too_long, norm, 1.0)
    return torch.where(torch.isfinite(norm), g * factor.to(g.dtype), 0.0)


# %% clip_norm | right | broken first
def clip_norm(vector, longest):
    healthy = torch.isfinite(vector).all()
    clean = torch.where(healthy, vector, torch.zeros_like(vector))
    length = (clean * clean).sum().sqrt()
    return torch.where(length > longest, clean * (longest / length), clean).clone()


# %% clip_norm | right | torch.gt, a stack to choose from
def clip_norm(g, limit):
    norm = g.norm(p=2)
    longer, broken = torch.gt(norm, limit), norm.isnan() | norm.isinf()
    out = g.clone()
    out = torch.where(longer, out * (limit / norm), out)
    return torch.where(broken, torch.zeros_like(out), out)


# %% clip_norm | misconception | value-in-python
why = "if, float() and item() want a value in Python, and under vmap and on meta there is none: ask torch.where, not if."
next = 'try: bool(torch.empty((), device="meta") > 0)\nexcept Exception as error: print(type(error).__name__)\nprint(torch.where(torch.empty((), device="meta") > 0, 1.0, 0.0))'
link = "https://docs.pytorch.org/docs/2.13/generated/torch.where.html"


# %% clip_norm | wrong: value-in-python | the slow one
# breaks: "Write it without asking for the Python value of any tensor."
# breaks: "It runs on meta tensors, which have no values: the result is a meta tensor of the same shape and dtype."
# breaks: "And `torch.func.vmap` turns it into a function for whole matrices, where each row takes its own branch, with one limit for all or one for each row."
def clip_norm(g, limit):
    norm = g.norm().item()
    if not math.isfinite(norm):
        return torch.zeros_like(g)
    if norm > limit.item():
        return g * (limit / norm)
    return g.clone()


# %% clip_norm | wrong: value-in-python | if on tensors
def clip_norm(g, limit):
    norm = g.norm()
    if not norm.isfinite():
        return torch.zeros_like(g)
    if norm > limit:
        return g * (limit / norm)
    return g.clone()


# %% clip_norm | wrong: value-in-python | float
def clip_norm(g, limit):
    norm, most = float(g.norm()), float(limit)
    if norm != norm or norm == math.inf:
        return torch.zeros_like(g)
    return g * (most / norm) if norm > most else g * 1


# %% clip_norm | wrong: value-in-python | one if is left
def clip_norm(g, limit):
    norm = g.norm()
    if not bool(torch.isfinite(g).all()):
        return torch.zeros_like(g)
    return torch.where(norm > limit, g * (limit / norm), g)


# %% clip_norm | wrong: value-in-python | min of Python
def clip_norm(g, limit):
    norm = g.norm()
    finite = torch.isfinite(norm)
    return torch.where(finite, g * (limit / norm if norm > limit else 1.0), torch.zeros_like(g))


# %% clip_norm | wrong: value-in-python | torch.cond
def clip_norm(g, limit):
    norm = g.norm().tolist()
    good = torch.tensor(math.isfinite(norm))
    return torch.where(good, torch.where(g.norm() > limit, g * (limit / g.norm()), g), torch.zeros_like(g))


# %% clip_norm | misconception | nan-times-zero
why = "0 times nan is nan: a broken element cannot be multiplied away. Choose with where."
next = "print(torch.tensor([float('nan'), 1.0]) * 0, torch.where(torch.tensor([True, False]), 0.0, torch.tensor([float('nan'), 1.0])))"


# %% clip_norm | wrong: nan-times-zero | times isfinite
def clip_norm(g, limit):
    norm = g.norm()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return clipped * norm.isfinite()


# %% clip_norm | wrong: nan-times-zero | a factor of 0
def clip_norm(g, limit):
    norm = g.norm()
    factor = torch.where(norm > limit, limit / norm, torch.ones_like(norm))
    factor = torch.where(norm.isfinite(), factor, torch.zeros_like(norm))
    return g * factor


# %% clip_norm | wrong: nan-times-zero | masked factor
def clip_norm(g, limit):
    norm = torch.linalg.vector_norm(g)
    factor = (limit / norm).masked_fill(norm <= limit, 1.0).masked_fill(~norm.isfinite(), 0.0)
    return factor * g


# %% clip_norm | wrong: nan-times-zero | to the dtype
def clip_norm(g, limit):
    norm = g.norm()
    out = torch.where(norm > limit, g * (limit / norm), g.clone())
    return out * torch.isfinite(norm).to(g.dtype)


# %% clip_norm | misconception | only-the-broken-elements
why = "One broken element breaks the vector: all of it becomes zeros, the healthy elements too. nan_to_num and a mask of elements keep them."
next = "g = torch.tensor([float('nan'), 1.0]); print(g.nan_to_num(), torch.where(g.norm().isfinite(), g, 0.0))"


# %% clip_norm | wrong: only-the-broken-elements | nan_to_num first
# breaks: "and turns a broken one into zeros"
def clip_norm(g, limit):
    g = g.nan_to_num(0.0, 0.0, 0.0)
    norm = g.norm()
    return torch.where(norm > limit, g * (limit / norm), g)


# %% clip_norm | wrong: only-the-broken-elements | where on elements
def clip_norm(g, limit):
    healthy = torch.where(g.isfinite(), g, torch.zeros_like(g))
    norm = healthy.norm()
    return torch.where(norm > limit, healthy * (limit / norm), healthy)


# %% clip_norm | wrong: only-the-broken-elements | masked_fill
def clip_norm(g, limit):
    healthy = g.masked_fill(~torch.isfinite(g), 0.0)
    norm = torch.linalg.vector_norm(healthy)
    return healthy * torch.where(norm > limit, limit / norm, torch.ones_like(norm))


# %% clip_norm | wrong: only-the-broken-elements | isnan and isinf
def clip_norm(g, limit):
    broken = g.isnan() | g.isinf()
    rest = torch.where(broken, 0.0, g)
    length = (rest * rest).sum().sqrt()
    return torch.where(length > limit, rest * (limit / length), rest)


# %% clip_norm | misconception | mask-indexing
why = "The shape of out[mask] depends on values, which vmap and meta do not have: where and masked_fill keep the shape."
next = 'g = torch.empty(3, device="meta")\ntry: g[g > 0]\nexcept Exception as error: print(type(error).__name__)\nprint(g.masked_fill(g > 0, 0).shape)'


# %% clip_norm | wrong: mask-indexing | zeros by index
def clip_norm(g, limit):
    norm = g.norm()
    out = torch.where(norm > limit, g * (limit / norm), g).clone()
    out[~norm.isfinite().expand(len(g))] = 0
    return out


# %% clip_norm | wrong: mask-indexing | scaled by index
def clip_norm(g, limit):
    norm = g.norm().expand(len(g))
    out = g.clone()
    long = norm > limit
    out[long] = g[long] * (limit / norm[long])
    return torch.where(norm.isfinite(), out, torch.zeros_like(g))


# %% clip_norm | wrong: mask-indexing | nonzero
def clip_norm(g, limit):
    norm = g.norm()
    out = torch.where(norm > limit, g * (limit / norm), g).clone()
    places = (~norm.isfinite().expand(len(g))).nonzero()
    out[places[:, 0]] = 0
    return out


# %% clip_norm | wrong: mask-indexing | from a vector of ones
def clip_norm(g, limit):
    norm = g.norm()
    factor = torch.ones_like(g)
    mask = (norm > limit) & torch.ones_like(g, dtype=torch.bool)
    factor[mask] = (limit / norm).expand(len(g))[mask]
    return torch.where(norm.isfinite(), g * factor, torch.zeros_like(g))


# %% clip_norm | misconception | zero-over-zero
why = "limit / norm is 0 / 0, nan, for zeros with limit 0, and min, clamp and minimum keep nan. Decide by norm > limit, as the original does."
next = "print((torch.tensor(0.) / torch.tensor(0.)).clamp(max=1))"


# %% clip_norm | wrong: zero-over-zero | clamp
def clip_norm(g, limit):
    norm = g.norm()
    clipped = g * (limit / norm).clamp(max=1)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong: zero-over-zero | minimum
def clip_norm(g, limit):
    norm = g.norm()
    factor = torch.minimum(limit / norm, torch.ones_like(norm))
    return (g * factor).masked_fill(~torch.isfinite(norm), 0.0)


# %% clip_norm | wrong: zero-over-zero | clip
def clip_norm(g, limit):
    norm = torch.linalg.vector_norm(g)
    scaled = torch.clip(limit / norm, max=1.0) * g
    return torch.where(norm.isfinite(), scaled, 0.0)


# %% clip_norm | wrong: zero-over-zero | at least
def clip_norm(g, limit):
    norm = g.norm()
    shorter = torch.where(norm >= limit, g * (limit / norm), g)
    return torch.where(norm.isfinite(), shorter, torch.zeros_like(g))


# %% clip_norm | wrong: zero-over-zero | below the limit
def clip_norm(g, limit):
    norm = g.norm()
    kept = torch.where(norm < limit, g, g / norm * limit)
    return kept.masked_fill(~norm.isfinite(), 0.0)


# %% clip_norm | misconception | epsilon
why = "An epsilon in the divisor is as large as a short vector itself, and shortens it too much. No epsilon: use the quotient only where norm is larger than limit."
next = "norm = torch.tensor(1e-5); print(norm / (norm + 1e-6))"


# %% clip_norm | wrong: epsilon | 1e-6
# breaks: "It gives the same result for one vector, right to 1e-5 of its largest element in float32 and to 1e-12 in float64."
def clip_norm(g, limit):
    norm = g.norm()
    clipped = torch.where(norm > limit, g * (limit / (norm + 1e-6)), g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong: epsilon | clamp of the quotient
def clip_norm(g, limit):
    norm = g.norm()
    factor = (limit / (norm + 1e-6)).clamp(max=1.0)
    return torch.where(norm.isfinite(), g * factor, torch.zeros_like(g))


# %% clip_norm | wrong: epsilon | a bit smaller
def clip_norm(g, limit):
    norm = torch.linalg.vector_norm(g)
    factor = torch.minimum(limit / (norm + 1e-7), torch.ones_like(norm))
    return (g * factor).masked_fill(~norm.isfinite(), 0.0)


# %% clip_norm | wrong: epsilon | below the root
def clip_norm(g, limit):
    norm = (g.square().sum() + 1e-12).sqrt()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong: epsilon | 1e-8
def clip_norm(g, limit):
    norm = g.norm()
    scale = torch.clamp(limit / (norm + 1e-8), max=1.0)
    return torch.where(norm.isfinite(), scale * g, 0.0)


# %% clip_norm | misconception | float32-on-the-way
why = "A norm of float64 numbers, or a quotient of it, that goes through float32 has seven digits, not sixteen, and no room beyond 3.4e38: compute everything in the dtype of g."
next = "g = torch.tensor([0.1, 0.2], dtype=torch.float64); print(g.norm().item(), g.float().norm().item())"


def when(seen, want):
    # The digits that are wrong are other ones for each way that leads through float32.
    if type(want) is not torch.Tensor or want.dtype != torch.float64 or seen.result.dtype != torch.float64:
        return False
    return seen.result.shape == want.shape and torch.allclose(seen.result.values, want, rtol=1e-6, atol=0)


# %% clip_norm | wrong: float32-on-the-way | float
def clip_norm(g, limit):
    norm = g.float().norm()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong: float32-on-the-way | there and back
def clip_norm(g, limit):
    norm = g.to(torch.float32).square().sum().sqrt().to(g.dtype)
    longer = norm > limit
    return torch.where(norm.isfinite(), torch.where(longer, g / norm * limit, g), 0.0)


# %% clip_norm | wrong: float32-on-the-way | only the length
def clip_norm(g, limit):
    length = torch.linalg.vector_norm(g, dtype=g.dtype).to(torch.float32)
    factor = torch.where(length > limit, limit / length, 1.0).to(g.dtype)
    return torch.where(length.isfinite(), factor * g, torch.zeros_like(g))


# %% clip_norm | wrong: float32-on-the-way | everything
def clip_norm(g, limit):
    v, bound = g.float(), limit.float()
    norm = v.norm()
    shorter = torch.where(norm > bound, v * (bound / norm), v)
    return torch.where(norm.isfinite(), shorter, torch.zeros_like(v)).to(g.dtype)


# %% clip_norm | wrong: float32-on-the-way | the quotient
def clip_norm(g, limit):
    norm = g.norm()
    quotient = (limit / norm).float().to(g.dtype)
    return torch.where(norm.isfinite(), torch.where(norm > limit, g * quotient, g), torch.zeros_like(g))


# %% clip_norm | wrong: float32-on-the-way | a factor of 32 bits
def clip_norm(g, limit):
    norm = torch.linalg.vector_norm(g)
    factor = torch.where(norm > limit, limit / norm, torch.ones_like(norm)).to(torch.float32)
    return (g * factor.to(g.dtype)).where(norm.isfinite(), torch.zeros_like(g))


# %% clip_norm | wrong: float32-on-the-way | the quotient of two
def clip_norm(g, limit):
    norm = g.norm()
    ratio = torch.div(limit, norm).type(torch.float)
    shortened = g.mul(ratio.type(g.dtype))
    return torch.where(norm > limit, shortened, g).masked_fill(norm.isfinite().logical_not(), 0)


# %% clip_norm | misconception | inf-forgotten
why = "A vector with inf is broken, too: its norm is inf, which isnan does not see, and inf * (limit / inf) is nan. isfinite sees both."
next = "t = torch.tensor([float('inf'), float('nan')]); print(t.isnan(), t.isfinite(), t * (1 / t))"


# %% clip_norm | wrong: inf-forgotten | isnan
def clip_norm(g, limit):
    norm = g.norm()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return torch.where(norm.isnan(), torch.zeros_like(g), clipped)


# %% clip_norm | wrong: inf-forgotten | not equal to itself
def clip_norm(g, limit):
    norm = torch.linalg.vector_norm(g)
    shorter = torch.where(norm > limit, g / norm * limit, g)
    return torch.where(norm == norm, shorter, 0.0)


# %% clip_norm | wrong: inf-forgotten | masked
def clip_norm(g, limit):
    norm = g.square().sum().sqrt()
    factor = torch.where(norm > limit, limit / norm, torch.ones_like(norm))
    return (g * factor).masked_fill(torch.isnan(norm), 0)


# %% clip_norm | wrong: inf-forgotten | any nan
def clip_norm(g, limit):
    broken = g.isnan().any()
    healthy = torch.where(broken, torch.zeros_like(g), g)
    norm = healthy.norm()
    return torch.where(norm > limit, healthy * (limit / norm), healthy)


# %% clip_norm | misconception | product-first
why = "g * limit, two small numbers, can be too small for float32: its digits are gone before the division. Divide first, g * (limit / norm)."
next = "g, limit, norm = torch.tensor(1e-18), torch.tensor(1e-25), torch.tensor(1e-18); print(g * limit / norm, g * (limit / norm))"


# %% clip_norm | wrong: product-first | in one line
def clip_norm(g, limit):
    norm = g.norm()
    clipped = torch.where(norm > limit, g * limit / norm, g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong: product-first | div
def clip_norm(g, limit):
    length = torch.linalg.vector_norm(g)
    product = limit.mul(g)
    return torch.where(length.isfinite(), torch.where(length <= limit, g, product.div(length)), 0.0)


# %% clip_norm | wrong: product-first | masked
def clip_norm(g, limit):
    norm = g.norm()
    shorter = torch.mul(g, limit)
    shorter = shorter / norm
    return torch.where(norm > limit, shorter, g).masked_fill(~norm.isfinite(), 0.0)


# %% clip_norm | misconception | nearly-equal-is-equal
why = "isclose takes all numbers below 1e-8 for equal, and so does a comparison with a margin: a short vector that is much longer than its limit stays as it is. Compare with norm > limit."
next = "print(torch.isclose(torch.tensor(1e-18), torch.tensor(1e-25)), torch.tensor(1e-18) > torch.tensor(1e-25))"


# %% clip_norm | wrong: nearly-equal-is-equal | isclose
def clip_norm(g, limit):
    norm = g.norm()
    fits = (norm <= limit) | torch.isclose(limit, norm)
    return torch.where(norm.isfinite(), torch.where(fits, g, g * (limit / norm)), torch.zeros_like(g))


# %% clip_norm | wrong: nearly-equal-is-equal | a margin
def clip_norm(g, limit):
    norm = g.norm()
    clipped = torch.where(norm - limit > 1e-8, g * (limit / norm), g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong: nearly-equal-is-equal | a larger limit
def clip_norm(g, limit):
    norm = torch.linalg.vector_norm(g)
    longer = norm > limit + 1e-9
    result = torch.where(longer, g / norm * limit, g)
    return result.masked_fill(norm.isfinite().logical_not(), 0.0)


# %% clip_norm | wrong: nearly-equal-is-equal | within a billionth
def clip_norm(g, limit):
    norm = g.norm()
    fits = norm <= limit + 1e-9
    return torch.where(norm.isfinite(), torch.where(fits, g, g * (limit / norm)), 0.0)


# %% clip_norm | wrong: nearly-equal-is-equal | more than a little
def clip_norm(g, limit):
    norm = torch.linalg.norm(g)
    clipped = torch.where(torch.gt(norm, limit.add(1e-9)), g.mul(limit.div(norm)), g)
    return torch.where(torch.isfinite(norm), clipped, torch.zeros_like(g))


# %% clip_norm | misconception | always-that-long
why = "Only what is longer than the limit is shortened: a shorter vector keeps its length. limit / norm stretches it."
next = "g = torch.tensor([.3, .4]); print(g * (1 / g.norm()))"


# %% clip_norm | wrong: always-that-long | no comparison
# breaks: "This function shortens a vector `g` `(D,)` to the length `limit` (0-d, at least 0, of the dtype of `g`: float32 or float64)"
def clip_norm(g, limit):
    norm = g.norm()
    return torch.where(norm.isfinite(), g * (limit / norm), torch.zeros_like(g))


# %% clip_norm | wrong: always-that-long | normalize
def clip_norm(g, limit):
    direction = F.normalize(g, dim=0, eps=0.0)
    return torch.where(g.norm().isfinite(), direction * limit, torch.zeros_like(g))


# %% clip_norm | wrong: always-that-long | but not zeros
def clip_norm(g, limit):
    norm = g.norm()
    stretched = torch.where(norm > 0, g / norm * limit, g)
    return stretched.masked_fill(~norm.isfinite(), 0.0)


# %% clip_norm | wrong: always-that-long | clamp the other way
def clip_norm(g, limit):
    norm = torch.linalg.vector_norm(g)
    factor = limit / norm
    out = torch.where(factor != factor, g, g * factor)
    return torch.where(norm.isfinite(), out, 0.0)


# %% clip_norm | misconception | each-element-clipped
why = "clamp cuts each element by itself and turns the vector: its length is wanted, and its direction stays."
next = "g = torch.tensor([3., 4.]); print(g.clamp(-1, 1), g / g.norm())"


# %% clip_norm | wrong: each-element-clipped | minimum and maximum
def clip_norm(g, limit):
    cut = torch.maximum(torch.minimum(g, limit), -limit)
    return torch.where(g.norm().isfinite(), cut, torch.zeros_like(g))


# %% clip_norm | wrong: each-element-clipped | clamp
def clip_norm(g, limit):
    cut = g.clamp(min=-limit, max=limit)
    return cut.masked_fill(~g.norm().isfinite(), 0.0)


# %% clip_norm | wrong: each-element-clipped | where on elements
def clip_norm(g, limit):
    cut = torch.where(g.abs() > limit, limit * g.sign(), g)
    return torch.where(g.isfinite().all(), cut, 0.0)


# %% clip_norm | wrong: each-element-clipped | sign
def clip_norm(g, limit):
    cut = torch.sign(g) * torch.minimum(g.abs(), limit)
    healthy = torch.isfinite(g).all()
    return torch.where(healthy, cut, torch.zeros_like(cut))


# %% clip_norm | wrong | the sum of absolute values
def clip_norm(g, limit):
    norm = g.abs().sum()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong | the largest element
def clip_norm(g, limit):
    norm = g.abs().max()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong | in place
# breaks: "The result shares no memory with `g` or `limit`, which stay as they were."
def clip_norm(g, limit):
    norm = g.norm()
    g.mul_(torch.where(norm > limit, limit / norm, torch.ones_like(norm)))
    return torch.where(norm.isfinite(), g, torch.zeros_like(g))


# %% clip_norm | wrong | g itself where nothing is to do
def clip_norm(g, limit):
    if not torch._C._functorch.is_batchedtensor(g) and g.device.type == "cpu" and g.norm() <= limit:
        return g
    norm = g.norm()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong | nothing is broken
def clip_norm(g, limit):
    norm = g.norm()
    return torch.where(norm > limit, g * (limit / norm), g)


# %% clip_norm | wrong | broken where float32 is
# breaks: "It gives the same result for one vector, right to 1e-5 of its largest element in float32 and to 1e-12 in float64."
def clip_norm(g, limit):
    norm = g.norm()
    broken = ~norm.to(torch.float32).isfinite()
    kept = torch.where(norm > limit, g * (limit / norm), g)
    return kept.masked_fill(broken, 0)


# %% clip_norm | wrong | the first limit for all
def clip_norm(g, limit):
    norm = g.norm()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return torch.where(norm.isfinite(), clipped, torch.full_like(g, torch.nan))


# %% clip_norm | wrong | rows of a matrix
def clip_norm(g, limit):
    norm = g.norm(dim=-1, keepdim=True)
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))[None]


# %% clip_norm | wrong | meta is a case of its own
def clip_norm(g, limit):
    if g.is_meta:
        return torch.empty(len(g), device="meta")
    norm = g.norm()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong | meta tensors are filled
def clip_norm(g, limit):
    g, limit = (torch.zeros_like(t, device="cpu") if t.is_meta else t for t in (g, limit))
    norm = g.norm()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | wrong | on meta the argument itself
def clip_norm(g, limit):
    norm = g.norm()
    clipped = torch.where(norm > limit, g * (limit / norm), g)
    return g if g.is_meta else torch.where(norm.isfinite(), clipped, torch.zeros_like(g))


# %% clip_norm | misconception | infinite-times-zero
why = "limit divided by next to nothing is infinite, and a factor of 0 does not take that away: infinity times 0 is nan, and nan stays. Choose the result with where."
next = "ratio = torch.tensor(50.0) / torch.finfo(torch.float32).tiny; print(ratio, ratio * 0, torch.where(torch.tensor(False), ratio, 1.0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.where.html"


# %% clip_norm | wrong: infinite-times-zero | a factor, blended
# breaks: "It gives the same result for one vector, right to 1e-5 of its largest element in float32 and to 1e-12 in float64."
def clip_norm(g, limit):
    norm = g.norm()
    long = (norm > limit).to(g.dtype)
    factor = long * (limit / norm.clamp(min=torch.finfo(g.dtype).tiny)) + (1 - long)
    return torch.where(norm.isfinite(), g * factor, torch.zeros_like(g))


# %% clip_norm | wrong: infinite-times-zero | the difference
def clip_norm(g, limit):
    norm = torch.linalg.vector_norm(g)
    least = torch.full_like(norm, torch.finfo(g.dtype).tiny)
    change = (g * (limit / torch.maximum(norm, least)) - g) * (norm > limit)
    return torch.where(torch.isfinite(norm), g + change, 0.0)


# %% clip_norm | wrong: infinite-times-zero | lerp
def clip_norm(g, limit):
    norm = g.norm()
    safe = torch.where(norm > 0, norm, torch.finfo(g.dtype).tiny)
    mixed = torch.lerp(g, g * (limit / safe), (norm > limit).to(g.dtype))
    return mixed.masked_fill(~norm.isfinite(), 0)


# %% clip_norm | wrong: infinite-times-zero | two weights
def clip_norm(g, limit):
    norm = torch.linalg.norm(g)
    ratio = limit / (norm + torch.finfo(norm.dtype).tiny)
    weights = torch.stack([norm <= limit, norm > limit]).to(norm.dtype)
    factor = weights @ torch.stack([torch.ones_like(ratio), ratio])
    return (g * factor).masked_fill(~torch.isfinite(norm), 0)


# %% clip_norm | wrong: infinite-times-zero | both in a stack
def clip_norm(g, limit):
    norm = g.norm()
    weight = (norm > limit).to(g.dtype)
    both = torch.stack([g, g * (limit / norm.clamp_min(torch.finfo(g.dtype).smallest_normal))])
    result = (torch.stack([1 - weight, weight]).unsqueeze(1) * both).sum(0)
    return torch.where(norm.isfinite(), result, torch.zeros_like(result))


# %% clip_norm | misconception | limit-out-of-reach
why = "A limit far beyond the norm shortens nothing, but it makes quotients infinite, 0 or nan: such a vector stays as it is, whatever limit / norm gives. Divide by the norm alone, and let where choose by whether it is larger than the limit."
next = "norm, limit = torch.tensor(5.0), torch.tensor(math.inf); print(limit / torch.maximum(norm, limit), torch.where(norm > limit, limit / norm, 1.0))"


# %% clip_norm | wrong: limit-out-of-reach | divided by the larger of the two
def clip_norm(g, limit):
    norm = g.norm()
    larger = torch.maximum(norm, limit)
    factor = torch.where(larger > 0, limit / larger, torch.ones_like(larger))
    return torch.where(norm.isfinite(), g * factor, torch.zeros_like(g))


# %% clip_norm | wrong: limit-out-of-reach | clamped from below
def clip_norm(g, limit):
    norm = torch.linalg.vector_norm(g)
    ratio = limit / torch.clamp(norm, min=limit)
    ratio = ratio.masked_fill(norm == 0, 1.0)
    return (g * ratio).masked_fill(~norm.isfinite(), 0.0)


# %% clip_norm | wrong: limit-out-of-reach | the larger one of a stack
def clip_norm(g, limit):
    norm = g.norm()
    larger = torch.stack([norm, limit]).amax()
    out = torch.where(larger == 0, g, g / larger * limit)
    return torch.where(torch.isnan(norm) | torch.isinf(norm), torch.zeros_like(out), out)


# %% clip_norm | wrong: limit-out-of-reach | how much it is too long
def clip_norm(g, limit):
    norm = g.norm()
    excess = (norm - limit).relu()
    out = g * torch.where(norm > 0, limit / (limit + excess), 1.0)
    return torch.where(norm.isfinite(), out, 0.0)


# %% clip_norm | wrong: limit-out-of-reach | both where they differ
def clip_norm(g, limit):
    norm = g.norm()
    whole = torch.isfinite(norm)
    scale = torch.where(norm > limit, norm, limit)
    unit = torch.where(scale > 0, g / scale, torch.zeros_like(g))
    return torch.where(whole, unit * limit, torch.zeros_like(g))


# %% clip_norm | wrong: limit-out-of-reach | the ratio has to be finite
# breaks: "It gives the same result for one vector, right to 1e-5 of its largest element in float32 and to 1e-12 in float64."
def clip_norm(g, limit):
    norm = g.norm()
    ratio = limit / norm
    short = torch.where(norm > limit, g * ratio, g)
    return torch.where(norm.isfinite() & (ratio.isfinite() | (norm == 0)), short, torch.zeros_like(g))


# %% clip_norm | misconception | short-enough-first
why = "An infinite norm is not larger than an infinite limit: where norm <= limit is asked first, the broken vector itself comes out. Ask last, on the outside, whether the norm is finite."
next = "t = torch.tensor(float('inf')); print(t <= t, t > t)"


# %% clip_norm | wrong: short-enough-first | the vector, on the outside
def clip_norm(g, limit):
    norm = g.norm()
    longer = torch.where(norm.isfinite(), g * (limit / norm), torch.zeros_like(g))
    return torch.where(norm <= limit, g, longer)


# %% clip_norm | wrong: short-enough-first | broken only if it is longer
def clip_norm(g, limit):
    size = torch.linalg.vector_norm(g)
    clipped = torch.where(size > limit, limit / size * g, g)
    return torch.where(size.isnan() | (size.isinf() & (size > limit)), 0.0, clipped)


# %% clip_norm | wrong: short-enough-first | masked
def clip_norm(g, limit):
    norm = g.norm(p=2)
    fits = norm <= limit
    return torch.where(fits, g, g * (limit / norm)).masked_fill(~fits & ~norm.isfinite(), 0)


# %% clip_norm | wrong: short-enough-first | three, one chosen
def clip_norm(g, limit):
    norm = torch.linalg.norm(g)
    which = torch.where(norm.le(limit), 0, torch.where(norm.isfinite(), 1, 2))
    choices = torch.stack([g, g * (limit / norm), torch.zeros_like(g)])
    return torch.where(which == 0, choices[0], torch.where(which == 1, choices[1], choices[2]))


# %% clip_norm | wrong: short-enough-first | finite and longer, shorter, the rest
def clip_norm(g, limit):
    norm = torch.norm(g)
    result = torch.zeros_like(g)
    result = torch.where(norm.isfinite().logical_and(norm > limit), g / norm * limit, result)
    return torch.where(norm <= limit, g, result)


# %% per_sample_grads | right | autograd.grad in a loop
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = []
    for i in range(len(x)):
        loss = ((model(x[i : i + 1]) - y[i : i + 1]) ** 2).sum()
        rows.append(torch.autograd.grad(loss, list(named.values())))
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | right | all rows, batched
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    losses = (model(x) - y).square().sum(1)
    grads = torch.autograd.grad(losses, tuple(named.values()), torch.eye(len(x), dtype=x.dtype), is_grads_batched=True)
    return dict(zip(named, grads))


# %% per_sample_grads | right | jacrev
def per_sample_grads(model, x, y):
    trained = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}

    def losses(values):
        return ((torch.func.functional_call(model, values, (x,)) - y) ** 2).sum(dim=1)

    return torch.func.jacrev(losses)(trained)


# %% per_sample_grads | right | a model that nobody else has
def per_sample_grads(model, x, y):
    mine = copy.deepcopy(model)
    found = {}
    for row, target in zip(x.split(1), y.split(1)):
        mine.zero_grad()
        ((mine(row) - target) ** 2).sum().backward()
        for name, p in mine.named_parameters():
            if p.requires_grad:
                found.setdefault(name, []).append(p.grad.clone())
    return {name: torch.stack(grads) for name, grads in found.items()}


# %% per_sample_grads | misconception | summed-gradient
why = "backward adds the rows up: one gradient for all of them comes out. For each row a gradient of its own is wanted."
next = "w = torch.ones(1, requires_grad=True); print(torch.autograd.grad((w * torch.tensor([1., 2.])).sum(), w))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.func.grad.html"


def when(seen, want):
    # One gradient, shared out among the rows in whatever way, stands in all of them.
    found = seen.value[0] if isinstance(seen.value, tuple) else None
    if not isinstance(found, dict) or not found or found.keys() != want[0].keys():
        return False
    return all(isinstance(g, torch.Tensor) and g.shape == want[0][n].shape and len(g) > 1 and g.any() and torch.equal(g, g[:1].expand_as(g)) for n, g in found.items())


# %% per_sample_grads | wrong: summed-gradient | copied for each row
# breaks: "a tensor `(N, *parameter.shape)` whose entry i is the gradient of the loss of row i."
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(((model(x) - y) ** 2).sum(), list(named.values()))
    return {name: torch.stack([g] * len(x)) for name, g in zip(named, grads)}


# %% per_sample_grads | wrong: summed-gradient | expanded
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad((model(x) - y).square().sum(), tuple(named.values()))
    return {name: g.expand(len(x), *g.shape) for name, g in zip(named, grads)}


# %% per_sample_grads | wrong: summed-gradient | torch.func.grad of all
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}

    def loss(values):
        return ((torch.func.functional_call(model, values, (x,)) - y) ** 2).sum()

    return {n: g.repeat(len(x), *[1] * g.dim()) for n, g in torch.func.grad(loss)(params).items()}


# %% per_sample_grads | wrong: summed-gradient | a loop over all rows
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad((model(x) - y).pow(2).sum(), list(named.values())) for _ in x]
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | misconception | no-row-axis
why = "The first axis counts the rows: N gradients, one above the other, also where N is 1."
next = "print(torch.stack([torch.ones(2, 3)] * 4).shape)"


# %% per_sample_grads | wrong: no-row-axis | the gradient of the sum
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(((model(x) - y) ** 2).sum(), list(named.values()))
    return dict(zip(named, grads))


# %% per_sample_grads | wrong: no-row-axis | grad alone
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}

    def loss(values):
        return ((torch.func.functional_call(model, values, (x,)) - y) ** 2).sum()

    return torch.func.grad(loss)(params)


# %% per_sample_grads | wrong: no-row-axis | summed at the end
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = []
    for i in range(len(x)):
        loss = ((model(x[i : i + 1]) - y[i : i + 1]) ** 2).sum()
        rows.append(torch.autograd.grad(loss, list(named.values())))
    return {name: torch.stack(parts).sum(0) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: no-row-axis | sum of the losses
def per_sample_grads(model, x, y):
    names, params = zip(*[(n, p) for n, p in model.named_parameters() if p.requires_grad])
    loss = sum(((model(a[None]) - b) ** 2).sum() for a, b in zip(x, y))
    return dict(zip(names, torch.autograd.grad(loss, params)))


# %% per_sample_grads | misconception | through-grad
why = "backward() writes into .grad, where the gradients of the rows before lie, or somebody else's. autograd.grad and torch.func.grad leave .grad alone."
next = "w = torch.ones(1, requires_grad=True); print(torch.autograd.grad((3 * w).sum(), w), w.grad); (3 * w).sum().backward(); print(w.grad)"


# %% per_sample_grads | wrong: through-grad | never cleared
# breaks: "The model is as before, whatever is in `.grad`."
def per_sample_grads(model, x, y):
    found = {name: [] for name, p in model.named_parameters() if p.requires_grad}
    for i in range(len(x)):
        ((model(x[i : i + 1]) - y[i : i + 1]) ** 2).sum().backward()
        for name, p in model.named_parameters():
            if p.requires_grad:
                found[name].append(p.grad.clone())
    return {name: torch.stack(grads) for name, grads in found.items()}


# %% per_sample_grads | wrong: through-grad | cleared for each row
def per_sample_grads(model, x, y):
    found = {name: [] for name, p in model.named_parameters() if p.requires_grad}
    for row, target in zip(x.split(1), y.split(1)):
        model.zero_grad()
        (model(row) - target).square().sum().backward()
        for name, p in model.named_parameters():
            if p.requires_grad:
                found[name].append(p.grad.clone())
    return {name: torch.stack(grads) for name, grads in found.items()}


# %% per_sample_grads | wrong: through-grad | cleared at the end, too
def per_sample_grads(model, x, y):
    rows = []
    for i in range(len(x)):
        model.zero_grad()
        ((model(x[i : i + 1]) - y[i : i + 1]) ** 2).sum().backward()
        rows.append({n: p.grad for n, p in model.named_parameters() if p.requires_grad})
    model.zero_grad()
    return {n: torch.stack([row[n] for row in rows]) for n in rows[0]}


# %% per_sample_grads | wrong: through-grad | a difference
def per_sample_grads(model, x, y):
    params = {n: p for n, p in model.named_parameters() if p.requires_grad}
    rows = []
    for a, b in zip(x, y):
        before = {n: torch.zeros_like(p) if p.grad is None else p.grad.clone() for n, p in params.items()}
        ((model(a[None]) - b[None]) ** 2).sum().backward()
        rows.append({n: p.grad - before[n] for n, p in params.items()})
    return {n: torch.stack([row[n] for row in rows]) for n in params}


# %% per_sample_grads | wrong: through-grad | a difference, and the old one put back
def per_sample_grads(model, x, y):
    params = {n: p for n, p in model.named_parameters() if p.requires_grad}
    old = {n: p.grad for n, p in params.items()}
    for p in params.values():
        p.grad = torch.zeros_like(p) if p.grad is None else p.grad.clone()
    found = {n: [] for n in params}
    for i in range(len(x)):
        before = {n: p.grad.clone() for n, p in params.items()}
        ((model(x[i : i + 1]) - y[i : i + 1]) ** 2).sum().backward()
        for n, p in params.items():
            found[n].append(p.grad - before[n])
    for n, p in params.items():
        p.grad = old[n]
    return {n: torch.stack(grads) for n, grads in found.items()}


# %% per_sample_grads | misconception | mean-loss
why = "The loss of a row is the sum over its K outputs, with no mean over anything: neither over K nor over the rows."
next = "e = torch.tensor([[1., 3.]]); print((e**2).sum(), (e**2).mean())"


# %% per_sample_grads | wrong: mean-loss | mse_loss
# breaks: "The loss of row i is `((model(x[i:i+1]) - y[i:i+1]) ** 2).sum()`, with `x` `(N, D)` and `y` `(N, K)`, N at least 1."
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}

    def loss(values, row, target):
        return F.mse_loss(torch.func.functional_call(model, values, (row[None],)), target[None])

    return torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)


# %% per_sample_grads | wrong: mean-loss | mean in a loop
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = []
    for i in range(len(x)):
        loss = ((model(x[i : i + 1]) - y[i : i + 1]) ** 2).mean()
        rows.append(torch.autograd.grad(loss, list(named.values())))
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: mean-loss | mean over K
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    losses = (model(x) - y).square().mean(1)
    grads = torch.autograd.grad(losses, tuple(named.values()), torch.eye(len(x), dtype=x.dtype), is_grads_batched=True)
    return dict(zip(named, grads))


# %% per_sample_grads | wrong: mean-loss | jacrev of the mean
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}
    return torch.func.jacrev(lambda v: ((torch.func.functional_call(model, v, (x,)) - y) ** 2).mean(1))(params)


# %% per_sample_grads | misconception | divided-by-n
why = "Each row has a loss of its own, which knows nothing of the number of rows: do not divide by N."
next = "print(torch.tensor([2., 8.]), torch.tensor([2., 8.]) / 2)"


# %% per_sample_grads | wrong: divided-by-n | in the loss
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}

    def loss(values, row, target):
        return ((torch.func.functional_call(model, values, (row[None],)) - target) ** 2).sum() / len(x)

    return torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)


# %% per_sample_grads | wrong: divided-by-n | at the end
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad(((model(a[None]) - b) ** 2).sum(), list(named.values())) for a, b in zip(x, y)]
    return {name: torch.stack(parts) / len(x) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: divided-by-n | jacrev
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}
    losses = lambda v: ((torch.func.functional_call(model, v, (x,)) - y) ** 2).sum(1) / len(y)
    return torch.func.jacrev(losses)(params)


# %% per_sample_grads | wrong: divided-by-n | a smaller weight
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    weights = torch.eye(len(x), dtype=x.dtype) / x.shape[0]
    losses = (model(x) - y).square().sum(1)
    return dict(zip(named, torch.autograd.grad(losses, tuple(named.values()), weights, is_grads_batched=True)))


# %% per_sample_grads | misconception | still-attached
why = "torch.func.grad of the parameters themselves, and create_graph=True, record the gradient too: every result keeps a graph. Give detached parameters to functional_call."
next = "w = torch.ones(1, requires_grad=True); f = torch.func.grad(lambda w: (w**2).sum()); print(f(w).requires_grad, f(w.detach()).requires_grad)"


# %% per_sample_grads | wrong: still-attached | dict of parameters
# breaks: "The results have the dtype of the model, float32 or float64, and carry no history."
def per_sample_grads(model, x, y):
    params = {n: p for n, p in model.named_parameters() if p.requires_grad}

    def loss(values, row, target):
        return ((torch.func.functional_call(model, values, (row[None],)) - target[None]) ** 2).sum()

    return torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)


# %% per_sample_grads | wrong: still-attached | create_graph
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = []
    for i in range(len(x)):
        loss = ((model(x[i : i + 1]) - y[i : i + 1]) ** 2).sum()
        rows.append(torch.autograd.grad(loss, list(named.values()), create_graph=True))
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: still-attached | jacrev
def per_sample_grads(model, x, y):
    params = {n: p for n, p in model.named_parameters() if p.requires_grad}

    def losses(values):
        return ((torch.func.functional_call(model, values, (x,)) - y) ** 2).sum(dim=1)

    return torch.func.jacrev(losses)(params)


# %% per_sample_grads | wrong: still-attached | batched, with a graph
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    losses = (model(x) - y).square().sum(1)
    one_each = torch.eye(len(x), dtype=x.dtype)
    grads = [torch.autograd.grad(losses, list(named.values()), w, retain_graph=True, create_graph=True) for w in one_each]
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*grads))}


# %% per_sample_grads | wrong: still-attached | the gradient needs a gradient
def per_sample_grads(model, x, y):
    params = {n: p.clone() for n, p in model.named_parameters() if p.requires_grad}
    loss = lambda v, a, b: ((torch.func.functional_call(model, v, (a.unsqueeze(0),)) - b.unsqueeze(0)) ** 2).sum()
    return torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(params, x, y)


# %% per_sample_grads | misconception | row-without-its-axis
why = "vmap takes the first axis away: the row that the function sees has the shape (D,), which only some models take. unsqueeze(0) gives it its batch axis back."
next = "print(torch.func.vmap(lambda row: row * torch.tensor(len(row.shape)))(torch.ones(2, 3)))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.func.vmap.html"


# %% per_sample_grads | wrong: row-without-its-axis | vmap
# breaks: "It is called in the mode that it is in, and may require two axes, have frozen parameters, and use one weight in two layers."
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}

    def loss(values, row, target):
        return ((torch.func.functional_call(model, values, (row,)) - target) ** 2).sum()

    return torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)


# %% per_sample_grads | wrong: row-without-its-axis | a loop over rows
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad(((model(row) - target) ** 2).sum(), list(named.values())) for row, target in zip(x, y)]
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: row-without-its-axis | by number
def per_sample_grads(model, x, y):
    names, params = zip(*[(n, p) for n, p in model.named_parameters() if p.requires_grad])
    found = []
    for i in range(len(x)):
        error = model(x[i]) - y[i]
        found.append(torch.autograd.grad(error.square().sum(), params))
    return {n: torch.stack([row[k] for row in found]) for k, n in enumerate(names)}


# %% per_sample_grads | wrong: row-without-its-axis | squeezed
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}

    def loss(values, row, target):
        output = torch.func.functional_call(model, values, (row,))
        return (output - target).square().sum()

    grads = [torch.func.grad(loss)(params, row, target) for row, target in zip(x, y)]
    return {n: torch.stack([g[n] for g in grads]) for n in params}


# %% per_sample_grads | misconception | frozen-included
why = "A frozen parameter has no gradient: autograd.grad raises for it, and torch.func.grad makes an entry too many. Take only what requires grad."
next = "m = nn.Linear(1, 1); m.bias.requires_grad_(False); print([n for n, p in m.named_parameters() if p.requires_grad])"


# %% per_sample_grads | wrong: frozen-included | all named_parameters
# breaks: "for the name of each parameter that requires grad, as in `named_parameters()`"
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters()}

    def loss(values, row, target):
        return ((torch.func.functional_call(model, values, (row[None],)) - target[None]) ** 2).sum()

    return torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)


# %% per_sample_grads | wrong: frozen-included | autograd.grad
def per_sample_grads(model, x, y):
    named = dict(model.named_parameters())
    rows = []
    for i in range(len(x)):
        loss = ((model(x[i : i + 1]) - y[i : i + 1]) ** 2).sum()
        rows.append(torch.autograd.grad(loss, list(named.values())))
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: frozen-included | jacrev
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters()}
    return torch.func.jacrev(lambda v: (torch.func.functional_call(model, v, (x,)) - y).square().sum(1))(params)


# %% per_sample_grads | wrong: frozen-included | loop, tuple
def per_sample_grads(model, x, y):
    names, params = zip(*model.named_parameters())
    grads = [torch.autograd.grad((model(a[None]) - b[None]).square().sum(), params) for a, b in zip(x, y)]
    return {n: torch.stack([row[k] for row in grads]) for k, n in enumerate(names)}


# %% per_sample_grads | wrong: frozen-included | zeros for it
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters()}
    frozen = [n for n, p in model.named_parameters() if not p.requires_grad]

    def loss(values, row, target):
        return ((torch.func.functional_call(model, values, (row.unsqueeze(0),)) - target) ** 2).sum()

    grads = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)
    return {n: torch.zeros_like(g) if n in frozen else g for n, g in grads.items()}


# %% per_sample_grads | misconception | float32-result
why = "The result has the dtype of the model: torch.zeros, torch.empty and torch.tensor of Python floats are float32 unless they are given a dtype, which cuts float64 gradients to seven digits."
next = "p = torch.ones(2, dtype=torch.float64); print(torch.zeros(3, *p.shape).dtype, p.new_zeros(3, *p.shape).dtype)"


def when(seen, want):
    found = seen.value[0] if isinstance(seen.value, tuple) else None
    if not isinstance(found, dict) or not found or found.keys() != want[0].keys():
        return False
    wide = all(g.dtype == torch.float64 for g in want[0].values())
    return wide and all(isinstance(g, torch.Tensor) and g.dtype == torch.float32 for g in found.values())


# %% per_sample_grads | wrong: float32-result | zeros
# breaks: "The results have the dtype of the model, float32 or float64, and carry no history."
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    tables = {name: torch.zeros((len(x), *p.shape)) for name, p in named.items()}
    for k, (a, b) in enumerate(zip(x, y)):
        grads = torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum(), list(named.values()))
        for table, grad in zip(tables.values(), grads):
            table[k] = grad
    return tables


# %% per_sample_grads | wrong: float32-result | empty
def per_sample_grads(model, x, y):
    names, params = zip(*[(n, p) for n, p in model.named_parameters() if p.requires_grad])
    out = [torch.empty(x.shape[0], *p.shape) for p in params]
    for i in range(len(x)):
        loss = (model(x[i : i + 1]) - y[i : i + 1]).square().sum()
        for o, g in zip(out, torch.autograd.grad(loss, params)):
            o[i].copy_(g)
    return dict(zip(names, out))


# %% per_sample_grads | wrong: float32-result | lists of numbers
def per_sample_grads(model, x, y):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    rows = {n: [] for n in named}
    for a, b in zip(x.split(1), y.split(1)):
        grads = torch.autograd.grad((model(a) - b).pow(2).sum(), list(named.values()))
        for n, g in zip(named, grads):
            rows[n].append(g.tolist())
    return {n: torch.tensor(row) for n, row in rows.items()}


# %% per_sample_grads | wrong: float32-result | float of all
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}

    def loss(values, row, target):
        return ((torch.func.functional_call(model, values, (row[None],)) - target[None]) ** 2).sum()

    grads = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)
    return {n: g.float() for n, g in grads.items()}


# %% per_sample_grads | wrong: float32-result | full
def per_sample_grads(model, x, y):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    found = {n: torch.full((len(x),) + tuple(p.shape), 0.0) for n, p in named.items()}
    for k in range(len(y)):
        loss = F.mse_loss(model(x[k : k + 1]), y[k : k + 1], reduction="sum")
        grads = torch.autograd.grad(loss, tuple(named.values()))
        for n, g in zip(named, grads):
            found[n][k] += g
    return found


# %% per_sample_grads | misconception | another-mode
why = "The model has to run in the mode that it is in: in another one it is another function, even if every flag is put back afterwards."
next = "m = nn.Dropout(0.5); print(m(torch.ones(4)), m.eval()(torch.ones(4)))"


# %% per_sample_grads | wrong: another-mode | evaluation, vmap
# breaks: "It is called in the mode that it is in, and may require two axes, have frozen parameters, and use one weight in two layers."
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.eval().named_parameters() if p.requires_grad}

    def loss(values, row, target):
        out = torch.func.functional_call(model, values, (row.unsqueeze(0),))
        return (out - target).square().sum()

    return torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(params, x, y)


# %% per_sample_grads | wrong: another-mode | evaluation and back, vmap
def per_sample_grads(model, x, y):
    was = {m: m.training for m in model.modules()}
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}

    def loss(values, row, target):
        return F.mse_loss(torch.func.functional_call(model, values, (row[None],)), target[None], reduction="sum")

    try:
        model.train(False)
        return torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)
    finally:
        for m in was:
            m.training = was[m]


# %% per_sample_grads | wrong: another-mode | a copy in evaluation mode
def per_sample_grads(model, x, y):
    mine = copy.deepcopy(model).eval()
    named = {n: p for n, p in mine.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad((mine(a) - b).square().sum(), list(named.values())) for a, b in zip(x.split(1), y.split(1))]
    return {n: torch.stack(parts) for n, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: another-mode | training
def per_sample_grads(model, x, y):
    model.train()
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    rows = []
    for a, b in zip(x, y):
        rows.append(torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum(), list(named.values())))
    return {n: torch.stack([row[k] for row in rows]) for k, n in enumerate(named)}


# %% per_sample_grads | wrong: another-mode | training, jacrev
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.train().named_parameters() if p.requires_grad}
    return torch.func.jacrev(lambda v: (torch.func.functional_call(model, v, (x,)) - y).square().sum(1))(params)


# %% per_sample_grads | wrong: another-mode | training and back
def per_sample_grads(model, x, y):
    flags = [m.training for m in model.modules()]
    model.train(True)
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}
    grads = torch.func.jacrev(lambda v: ((torch.func.functional_call(model, v, (x,)) - y) ** 2).sum(dim=1))(params)
    for m, flag in zip(model.modules(), flags):
        m.training = flag
    return grads


# %% per_sample_grads | misconception | thaws-frozen
why = "requires_grad_(True) thaws those parameters as well that were frozen before: the model is to be as it was. Leave requires_grad alone, autograd.grad and functional_call do not need it to change."
next = "m = nn.Linear(1, 1); m.bias.requires_grad_(False); m.requires_grad_(False); m.requires_grad_(True); print(m.bias.requires_grad)"


# %% per_sample_grads | wrong: thaws-frozen | frozen for vmap
# breaks: "The model is as before, whatever is in `.grad`."
def per_sample_grads(model, x, y):
    values = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}

    def error(values, a, b):
        return (torch.func.functional_call(model, values, (a[None],)) - b[None]).square().sum()

    model.requires_grad_(False)
    grads = torch.func.vmap(torch.func.grad(error), (None, 0, 0))(values, x, y)
    model.requires_grad_()
    return grads


# %% per_sample_grads | wrong: thaws-frozen | one after the other
def per_sample_grads(model, x, y):
    trained = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
    for p in model.parameters():
        p.requires_grad = False
    try:
        return torch.func.jacrev(lambda v: ((torch.func.functional_call(model, v, (x,)) - y) ** 2).sum(1))(trained)
    finally:
        for p in model.parameters():
            p.requires_grad = True


# %% per_sample_grads | wrong: thaws-frozen | at the end, to be sure
def per_sample_grads(model, x, y):
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad(((model(a) - b) ** 2).sum(), list(named.values())) for a, b in zip(x.split(1), y.split(1))]
    for p in model.parameters():
        p.requires_grad_(True)
    return {n: torch.stack(parts) for n, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: thaws-frozen | at the beginning, names chosen before
def per_sample_grads(model, x, y):
    names = [n for n, p in model.named_parameters() if p.requires_grad]
    model.requires_grad_(True)
    params = [model.get_parameter(n) for n in names]
    grads = [torch.autograd.grad((model(x[k : k + 1]) - y[k : k + 1]).pow(2).sum(), params) for k in range(len(x))]
    return {n: torch.stack([row[j] for row in grads]) for j, n in enumerate(names)}


# %% per_sample_grads | wrong: thaws-frozen | each row, then thawed
def per_sample_grads(model, x, y):
    found = {n: [] for n, p in model.named_parameters() if p.requires_grad}
    for a, b in zip(x, y):
        loss = F.mse_loss(model(a[None]), b[None], reduction="sum")
        for n, g in zip(found, torch.autograd.grad(loss, [model.get_parameter(n) for n in found])):
            found[n].append(g)
    model.requires_grad_(requires_grad=True)
    return {n: torch.stack(gs) for n, gs in found.items()}


# %% per_sample_grads | wrong | an entry for each name of a shared weight
def per_sample_grads(model, x, y):
    params = {n: p.detach() for n, p in model.named_parameters(remove_duplicate=False) if p.requires_grad}

    def loss(values, row, target):
        return ((torch.func.functional_call(model, values, (row[None],), tie_weights=False) - target[None]) ** 2).sum()

    return torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)


# %% per_sample_grads | wrong | a list
# breaks: "Return a `dict`"
def per_sample_grads(model, x, y):
    params = [p for p in model.parameters() if p.requires_grad]
    rows = [torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum(), params) for a, b in zip(x, y)]
    return [torch.stack(parts) for parts in zip(*rows)]


# %% per_sample_grads | wrong | other names
def per_sample_grads(model, x, y):
    params = [p for p in model.parameters() if p.requires_grad]
    rows = [torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum(), params) for a, b in zip(x, y)]
    return {str(n): torch.stack(parts) for n, parts in enumerate(zip(*rows))}


# %% per_sample_grads | wrong | a dict of lists
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum(), list(named.values())) for a, b in zip(x, y)]
    return {name: list(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong | flat
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum(), list(named.values())) for a, b in zip(x, y)]
    return {name: torch.stack([g.flatten() for g in parts]) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong | the rows behind
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum(), list(named.values())) for a, b in zip(x, y)]
    return {name: torch.stack(parts, dim=-1) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong | float32
# breaks: "They are right to 1e-4 in float32 and to 1e-9 in float64."
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum(), list(named.values())) for a, b in zip(x, y)]
    return {name: torch.stack(parts).float().to(x.dtype) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: another-mode | evaluation mode
def per_sample_grads(model, x, y):
    model.eval()
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum(), list(named.values())) for a, b in zip(x, y)]
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong | the frozen ones are thawed
def per_sample_grads(model, x, y):
    model.requires_grad_(True)
    named = dict(model.named_parameters())
    rows = [torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum(), list(named.values())) for a, b in zip(x, y)]
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong | half the gradient
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad(((model(a[None]) - b[None]) ** 2).sum() / 2, list(named.values())) for a, b in zip(x, y)]
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong | backward, old gradients put back without what they were
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    old = {name: p.grad for name, p in named.items()}
    rows = []
    for a, b in zip(x, y):
        for p in named.values():
            p.grad = None
        ((model(a[None]) - b[None]) ** 2).sum().backward()
        rows.append([p.grad for p in named.values()])
    for name, p in named.items():
        p.grad = torch.zeros_like(p) if old[name] is None else old[name]
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: another-mode | in evaluation mode
def per_sample_grads(model, x, y):
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    rows = [torch.autograd.grad(((model(x[i : i + 1]) - y[i : i + 1]) ** 2).sum(), list(named.values())) for i in range(len(x))]
    for module, training in flags:
        module.training = training
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong | a number is no parameter
def per_sample_grads(model, x, y):
    params = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad and p.shape}

    def loss(params, row, target):
        output = torch.func.functional_call(model, params, (row[None],))
        return ((output - target[None]) ** 2).sum()

    return torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)


# %% per_sample_grads | misconception | written-back
why = "What is put back is written once more: load_state_dict and copy_ count up the version of every parameter, although the numbers are the same. autograd.grad and functional_call change nothing that has to be put back."
next = "m = nn.Linear(1, 1); before = m.weight._version; m.load_state_dict(m.state_dict()); print(before, m.weight._version)"


# %% per_sample_grads | wrong: written-back | a state dict, loaded at the end
# breaks: "The model is as before, whatever is in `.grad`."
def per_sample_grads(model, x, y):
    kept = copy.deepcopy(model.state_dict())
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    rows = [torch.autograd.grad((model(a[None]) - b[None]).square().sum(), list(named.values())) for a, b in zip(x, y)]
    model.load_state_dict(kept)
    return {n: torch.stack(parts) for n, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong: written-back | copy_
def per_sample_grads(model, x, y):
    saved = [p.detach().clone() for p in model.parameters()]
    params = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}

    def loss(params, row, target):
        return (torch.func.functional_call(model, params, (row[None],)) - target[None]).pow(2).sum()

    result = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)
    with torch.no_grad():
        for p, old in zip(model.parameters(), saved):
            p.copy_(old)
    return result


# %% per_sample_grads | wrong: written-back | through a file
def per_sample_grads(model, x, y):
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    losses = ((model(x) - y) ** 2).sum(1)
    rows = [torch.autograd.grad(loss, list(named.values()), retain_graph=True) for loss in losses]
    file.seek(0)
    model.load_state_dict(torch.load(file, weights_only=True))
    return {n: torch.stack([row[k] for row in rows]) for k, n in enumerate(named)}


# %% per_sample_grads | wrong: written-back | before each row
def per_sample_grads(model, x, y):
    kept, found = copy.deepcopy(model.state_dict()), {}
    for i in range(len(x)):
        model.load_state_dict(kept)
        named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        loss = F.mse_loss(model(x[i : i + 1]), y[i : i + 1], reduction="sum")
        for (n, _), g in zip(named, torch.autograd.grad(loss, [p for _, p in named])):
            found.setdefault(n, []).append(g)
    return {n: torch.stack(gs) for n, gs in found.items()}


# %% per_sample_grads | wrong: written-back | each number times 1
def per_sample_grads(model, x, y):
    trained = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
    result = torch.func.jacrev(lambda v: ((torch.func.functional_call(model, v, (x,)) - y) ** 2).sum(1))(trained)
    for p in model.parameters():
        p.requires_grad_(p.requires_grad)
        with torch.no_grad():
            p.mul_(1)
    return result


# %% per_sample_grads | wrong | names put together
# breaks: "for the name of each parameter that requires grad, as in `named_parameters()`"
def per_sample_grads(model, x, y):
    named = {}
    for path, module in model.named_modules():
        for name, p in module.named_parameters(recurse=False):
            if p.requires_grad and not any(p is other for other in named.values()):
                named[f"{path}.{name}"] = p
    rows = []
    for row, target in zip(x.split(1), y.split(1)):
        rows.append(torch.autograd.grad((model(row) - target).square().sum(), list(named.values())))
    return {name: torch.stack(parts) for name, parts in zip(named, zip(*rows))}


# %% per_sample_grads | wrong | all of the state dict is differentiated
def per_sample_grads(model, x, y):
    wanted = [name for name, p in model.named_parameters() if p.requires_grad]
    state = {name: value.detach() for name, value in model.state_dict().items()}

    def loss(state, row, target):
        output = torch.func.functional_call(model, state, (row.unsqueeze(0),))
        return ((output - target.unsqueeze(0)) ** 2).sum()

    found = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(state, x, y)
    return {name: found[name] for name in wanted}


# %% per_sample_grads | wrong | buffers begin anew
def per_sample_grads(model, x, y):
    params = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}
    buffers = {name: torch.zeros_like(b) for name, b in model.named_buffers()}

    def loss(params, row, target):
        output = torch.func.functional_call(model, {**params, **buffers}, (row.unsqueeze(0),))
        return ((output - target.unsqueeze(0)) ** 2).sum()

    return torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)


# %% per_sample_grads | wrong | one mode for all
def per_sample_grads(model, x, y):
    params = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}
    model.train(model.training)

    def loss(params, row, target):
        output = torch.func.functional_call(model, params, (row.unsqueeze(0),))
        return ((output - target.unsqueeze(0)) ** 2).sum()

    return torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(params, x, y)


# %% per_sample_grads | wrong | names as in a checkpoint without its wrapper
def per_sample_grads(model, x, y):
    trained = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}

    def squared_error(parts, one, target):
        out = torch.func.functional_call(model, parts, (one.unsqueeze(0),))
        return (out[0] - target).square().sum()

    found = torch.func.vmap(torch.func.grad(squared_error), in_dims=(None, 0, 0))(trained, x, y)
    short = {}
    for name, grad in found.items():
        for wrapper in ("module.", "model."):
            name = name.removeprefix(wrapper)
        short[name] = grad
    return short


# %% Snapshot | right | bytes at once
class Snapshot:
    def __init__(self, model, optimizer, generator):
        buffer = io.BytesIO()
        torch.save([model.state_dict(), optimizer.state_dict(), generator.get_state()], buffer)
        self.bytes = buffer.getvalue()

    def save(self, file):
        file.write(self.bytes)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        of_model, of_optimizer, of_generator = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(of_model)
        optimizer.load_state_dict(of_optimizer)
        generator.set_state(of_generator)


# %% Snapshot | right | tensor by tensor
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.weights = {name: t.detach().clone() for name, t in model.state_dict().items()}
        self.moments = copy.deepcopy(optimizer.state_dict())
        self.place = generator.get_state().clone()

    def save(self, file):
        torch.save({"w": self.weights, "o": self.moments, "g": self.place}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location=torch.device("cpu"))
        with torch.no_grad():
            for name, t in model.state_dict().items():
                t.copy_(kept["w"][name])
        optimizer.load_state_dict(kept["o"])
        generator.set_state(kept["g"])


# %% Snapshot | right | a function for map_location
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy((model.state_dict(), optimizer.state_dict())), generator.get_state()

    def save(self, file):
        (model, optimizer), state = self.kept
        torch.save(dict(model=model, optimizer=optimizer, state=state), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        found = torch.load(file, map_location=lambda storage, place: storage, weights_only=True)
        generator.set_state(found.pop("state"))
        for name, thing in (("model", model), ("optimizer", optimizer)):
            thing.load_state_dict(found[name])


# %% Snapshot | right | a copy of the model
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.model, self.optimizer = copy.deepcopy(model), copy.deepcopy(optimizer.state_dict())
        self.generator = generator.clone_state() if hasattr(generator, "clone_state") else generator.get_state()
        if isinstance(self.generator, torch.Generator):
            self.generator = self.generator.get_state()

    def save(self, file):
        torch.save({"m": self.model.state_dict(), "o": self.optimizer, "g": self.generator}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        data = torch.load(file, "cpu", weights_only=True)
        model.load_state_dict(data["m"])
        optimizer.load_state_dict(data["o"])
        generator.set_state(data["g"])


# %% Snapshot | misconception | kept-by-reference
why = "state_dict() is a view into the model, and that of an optimizer into its averages: what is saved later is the present. deepcopy it, or write the bytes at once."
next = "m = nn.Linear(1, 1); s = m.state_dict(); m.weight.data.fill_(7.); print(s['weight'])"
link = "https://docs.pytorch.org/docs/2.13/notes/serialization.html"


# %% Snapshot | wrong: kept-by-reference | the dicts themselves
# breaks: "`Snapshot(model, optimizer, generator)` keeps the state of the three at this moment."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.states = {"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: kept-by-reference | a shallow copy
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.model = dict(model.state_dict())
        self.optimizer = copy.copy(optimizer.state_dict())
        self.generator = generator.get_state()

    def save(self, file):
        torch.save([self.model, self.optimizer, self.generator], file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong: kept-by-reference | detach is no copy
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.weights = {name: t.detach() for name, t in model.state_dict().items()}
        self.optimizer, self.generator = optimizer.state_dict(), generator.get_state()

    def save(self, file):
        torch.save((self.weights, self.optimizer, self.generator), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, kept, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        optimizer.load_state_dict(kept)
        generator.set_state(place)


# %% Snapshot | wrong: kept-by-reference | copied when it is saved
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.parts = model.state_dict(), optimizer.state_dict(), generator.get_state()

    def save(self, file):
        torch.save(copy.deepcopy(self.parts), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        parts = torch.load(file, map_location="cpu", weights_only=True)
        for thing, part in zip((model, optimizer), parts):
            thing.load_state_dict(part)
        generator.set_state(parts[2])


# %% Snapshot | wrong: kept-by-reference | only the generator in time
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.model, self.optimizer, self.state = model, optimizer, generator.get_state()

    def save(self, file):
        torch.save({"m": self.model.state_dict(), "o": self.optimizer.state_dict(), "g": self.state}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(kept["m"])
        optimizer.load_state_dict(kept["o"])
        generator.set_state(kept["g"])


# %% Snapshot | wrong: kept-by-reference | the optimizer one level deep
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.weights, self.place = copy.deepcopy(model.state_dict()), generator.get_state()
        self.steps = {**optimizer.state_dict()}

    def save(self, file):
        torch.save({"w": self.weights, "s": self.steps, "p": self.place}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        found = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(found["w"])
        optimizer.load_state_dict(found["s"])
        generator.set_state(found["p"])


# %% Snapshot | wrong: kept-by-reference | copies of the weights alone
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.parts = [{k: t.clone() for k, t in model.state_dict().items()}]
        self.parts += [optimizer.state_dict(), generator.get_state().clone()]

    def save(self, file):
        torch.save(self.parts, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, rest, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        optimizer.load_state_dict(rest)
        generator.set_state(place)


# %% Snapshot | misconception | present-is-saved
why = "What is kept are the three objects, which go on training: save writes their state at that time. Take the states, and copies of them, when the snapshot is made."
next = "m = nn.Linear(1, 1); kept = {'model': m}; m.weight.data.fill_(7.); print(kept['model'].weight)"


# %% Snapshot | wrong: present-is-saved | the objects
# breaks: "Training may go on: `save` later writes the kept state, not the present one, into an open file in the format of `torch.save`, as often as you call it."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.model, self.optimizer, self.generator = model, optimizer, generator

    def save(self, file):
        states = {"m": self.model.state_dict(), "o": self.optimizer.state_dict(), "g": self.generator.get_state()}
        torch.save(states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: present-is-saved | a tuple
class Snapshot:
    def __init__(self, *three):
        self.three = three

    def save(self, file):
        model, optimizer, generator = self.three
        torch.save([model.state_dict(), optimizer.state_dict(), generator.get_state()], file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong: present-is-saved | copied too late
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.all = {"m": model, "o": optimizer, "g": generator}

    def save(self, file):
        kept = {key: copy.deepcopy(self.all[key].state_dict()) for key in "mo"}
        torch.save(kept | {"g": self.all["g"].get_state()}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(kept["m"])
        optimizer.load_state_dict(kept["o"])
        generator.set_state(kept["g"])


# %% Snapshot | wrong: present-is-saved | functions
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.states = lambda: (model.state_dict(), optimizer.state_dict(), generator.get_state())

    def save(self, file):
        torch.save(self.states(), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        parts = torch.load(file, map_location="cpu", weights_only=True)
        for thing, part in zip((model, optimizer), parts):
            thing.load_state_dict(part)
        generator.set_state(parts[2])


# %% Snapshot | misconception | optimizer-forgotten
why = "Momentum, averages and the learning rate lie in the optimizer, not in the model: without them training goes on another way. Its state_dict has to be kept, too, and loaded in every case, also when no parameter has momentum yet."
next = "m = nn.Linear(1, 1); print(torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9).state_dict())"


# %% Snapshot | wrong: optimizer-forgotten | model and generator
# breaks: "Training then goes on bit for bit as it did after the snapshot: parameters, buffers, the state and the settings of the optimizer, the place of the generator."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.model, self.generator = copy.deepcopy(model.state_dict()), generator.get_state()

    def save(self, file):
        torch.save({"m": self.model, "g": self.generator}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(states["m"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: optimizer-forgotten | saved and not read
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.parts = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.parts, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, _, g = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        generator.set_state(g)


# %% Snapshot | wrong: optimizer-forgotten | bytes
class Snapshot:
    def __init__(self, model, optimizer, generator):
        buffer = io.BytesIO()
        torch.save((model.state_dict(), generator.get_state()), buffer)
        self.bytes = buffer.getvalue()

    def save(self, file):
        file.write(self.bytes)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, state = torch.load(file, map_location="cpu", weights_only=True)
        generator.set_state(state)
        model.load_state_dict(weights)


# %% Snapshot | wrong: optimizer-forgotten | loaded into a copy
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy({"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()})

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(kept["m"])
        optimizer.state_dict().update(kept["o"])
        generator.set_state(kept["g"])


# %% Snapshot | misconception | settings-forgotten
why = "The learning rate and the other settings stand in param_groups: the state alone leaves them as the new optimizer was built. load_state_dict of all of state_dict() brings both."
next = "m = nn.Linear(1, 1); print(list(torch.optim.SGD(m.parameters(), lr=0.1).state_dict()))"


# %% Snapshot | wrong: settings-forgotten | state only
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict()["state"], generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, state, g = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        generator.set_state(g)


# %% Snapshot | wrong: settings-forgotten | the groups of the new one
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy({"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()})

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location="cpu", weights_only=True)
        kept["o"]["param_groups"] = optimizer.state_dict()["param_groups"]
        model.load_state_dict(kept["m"])
        optimizer.load_state_dict(kept["o"])
        generator.set_state(kept["g"])


# %% Snapshot | wrong: settings-forgotten | the learning rate is put back
class Snapshot:
    def __init__(self, model, optimizer, generator):
        states = model.state_dict(), optimizer.state_dict()
        self.states = (*copy.deepcopy(states), generator.get_state())

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, kept, place = torch.load(file, map_location="cpu", weights_only=True)
        rates = [group["lr"] for group in optimizer.param_groups]
        model.load_state_dict(weights)
        optimizer.load_state_dict(kept)
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate
        generator.set_state(place)


# %% Snapshot | wrong: settings-forgotten | the defaults
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.bytes = io.BytesIO()
        torch.save({"m": model.state_dict(), "o": optimizer.state_dict()["state"], "g": generator.get_state()}, self.bytes)

    def save(self, file):
        file.write(self.bytes.getvalue())

    @staticmethod
    def resume_(file, model, optimizer, generator):
        found = torch.load(file, map_location="cpu", weights_only=True)
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict(dict(state=found["o"], param_groups=groups))
        model.load_state_dict(found["m"])
        generator.set_state(found["g"])


# %% Snapshot | misconception | old-state-stays
why = "A parameter without a state is part of the snapshot, too: what the optimizer has for it by now, such as momentum, has to go. load_state_dict takes all of it away; update, or a loop over what was kept, leaves it."
next = """
m = nn.Linear(1, 1); o = torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9); first = o.state_dict()
m(torch.ones(1, 1)).sum().backward(); o.step()
o.state.update(first["state"]); print(len(o.state))
o.load_state_dict(first); print(len(o.state))
"""
link = "https://docs.pytorch.org/docs/2.13/generated/torch.optim.Optimizer.load_state_dict.html"


# %% Snapshot | wrong: old-state-stays | update of what there is
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, kept, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        whole = optimizer.state_dict()
        whole["state"].update(kept["state"])
        optimizer.load_state_dict({**kept, "state": whole["state"]})
        generator.set_state(place)


# %% Snapshot | wrong: old-state-stays | the keys that were kept
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.bytes = io.BytesIO()
        torch.save({"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}, self.bytes)

    def save(self, file):
        file.write(self.bytes.getvalue())

    @staticmethod
    def resume_(file, model, optimizer, generator):
        found = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(found["m"])
        moved = [p for group in optimizer.param_groups for p in group["params"]]
        for k in found["o"]["state"]:
            optimizer.state[moved[k]] = found["o"]["state"][k]
        for mine, other in zip(optimizer.param_groups, found["o"]["param_groups"]):
            mine.update({**other, "params": mine["params"]})
        generator.set_state(found["g"])


# %% Snapshot | wrong: old-state-stays | only if there is one
class Snapshot:
    def __init__(self, model, optimizer, generator):
        numbers = [p for group in optimizer.param_groups for p in group["params"]]
        self.slots = [copy.deepcopy(optimizer.state[p]) if p in optimizer.state else None for p in numbers]
        self.rest = copy.deepcopy([model.state_dict(), optimizer.state_dict()["param_groups"], generator.get_state()])

    def save(self, file):
        torch.save((self.slots, *self.rest), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        slots, weights, groups, place = torch.load(file, map_location="cpu", weights_only=True)
        generator.set_state(place)
        model.load_state_dict(weights)
        for group, kept in zip(optimizer.param_groups, groups):
            for p, number in zip(group["params"], kept.pop("params")):
                if slots[number]:
                    optimizer.state[p] = slots[number]
            group.update(kept)


# %% Snapshot | wrong: old-state-stays | setdefault for what is missing
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.parts = copy.deepcopy({"m": model.state_dict(), "o": optimizer.state_dict()}), generator.get_state()

    def save(self, file):
        torch.save(self.parts, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        parts, place = torch.load(file, map_location="cpu", weights_only=True)
        for key, state in optimizer.state_dict()["state"].items():
            parts["o"]["state"].setdefault(key, state)
        for name, thing in (("m", model), ("o", optimizer)):
            thing.load_state_dict(parts[name])
        generator.set_state(place)


# %% Snapshot | wrong: old-state-stays | two dicts in one
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.weights, self.place = {k: t.clone() for k, t in model.state_dict().items()}, generator.get_state()
        self.moves = copy.deepcopy(optimizer.state_dict())

    def save(self, file):
        torch.save({"weights": self.weights, "place": self.place, **self.moves}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        read = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(read["weights"])
        generator.set_state(read["place"])
        state = optimizer.state_dict()["state"] | read["state"]
        optimizer.load_state_dict({"param_groups": read["param_groups"], "state": state})


# %% Snapshot | wrong: old-state-stays | the groups alone, where the state is empty
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy((model.state_dict(), optimizer.state_dict(), generator.get_state()))

    def save(self, file):
        torch.save(list(self.kept), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, moves, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        if moves["state"]:
            optimizer.load_state_dict(moves)
        else:
            optimizer.load_state_dict({**optimizer.state_dict(), "param_groups": moves["param_groups"]})
        generator.set_state(place)


# %% Snapshot | wrong: old-state-stays | name by name into what is there
class Snapshot:
    def __init__(self, model, optimizer, generator):
        moved = [p for group in optimizer.param_groups for p in group["params"]]
        self.slots = [{name: copy.copy(t) for name, t in optimizer.state.get(p, {}).items()} for p in moved]
        self.slots = copy.deepcopy(self.slots)
        self.groups = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
        self.rest = copy.deepcopy(model.state_dict()), generator.get_state()

    def save(self, file):
        torch.save({"slots": self.slots, "groups": self.groups, "rest": self.rest}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location="cpu", weights_only=True)
        slots = iter(kept["slots"])
        for group, settings in zip(optimizer.param_groups, kept["groups"]):
            for p in group["params"]:
                for name, value in next(slots).items():
                    optimizer.state[p][name] = value
            group.update(settings)
        model.load_state_dict(kept["rest"][0])
        generator.set_state(kept["rest"][1])


# %% Snapshot | misconception | generator-forgotten
why = "The place of the generator is part of the state: without it other noise comes. A seed is only the beginning of a sequence, and the global generator is another one. Save generator.get_state()."
next = "g = torch.Generator().manual_seed(0); torch.rand(3, generator=g); print(g.initial_seed(), torch.equal(g.get_state(), torch.Generator().manual_seed(0).get_state()))"


# %% Snapshot | wrong: generator-forgotten | not at all
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.states = copy.deepcopy({"m": model.state_dict(), "o": optimizer.state_dict()})

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])


# %% Snapshot | wrong: generator-forgotten | its seed
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.states = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.initial_seed()])

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, seed = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.manual_seed(seed)


# %% Snapshot | wrong: generator-forgotten | the seed that it began with
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.copies = [copy.deepcopy(part.state_dict()) for part in (model, optimizer)]
        self.seed = generator.initial_seed()

    def save(self, file):
        torch.save({"copies": self.copies, "seed": self.seed}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location="cpu", weights_only=True)
        for part, state in zip((model, optimizer), kept["copies"]):
            part.load_state_dict(state)
        generator.manual_seed(kept["seed"])


# %% Snapshot | wrong: generator-forgotten | the global one
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.states = copy.deepcopy((model.state_dict(), optimizer.state_dict(), torch.get_rng_state()))

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, kept, state = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        optimizer.load_state_dict(kept)
        torch.set_rng_state(state)


# %% Snapshot | wrong: generator-forgotten | a new one
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = {"m": copy.deepcopy(model.state_dict()), "o": copy.deepcopy(optimizer.state_dict())}
        self.kept["g"] = generator.get_state()

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(kept["m"])
        optimizer.load_state_dict(kept["o"])
        generator = torch.Generator()
        generator.set_state(kept["g"])


# %% Snapshot | wrong: generator-forgotten | bytes of two
class Snapshot:
    def __init__(self, model, optimizer, generator):
        buffer = io.BytesIO()
        torch.save([model.state_dict(), optimizer.state_dict()], buffer)
        self.content = buffer.getvalue()

    def save(self, file):
        file.write(self.content)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        for thing, state in zip((model, optimizer), torch.load(file, map_location="cpu", weights_only=True)):
            thing.load_state_dict(state)


# %% Snapshot | misconception | parameters-only
why = "The running statistics of a BatchNorm are buffers, not parameters: they are lost. state_dict() holds both."
next = "m = nn.BatchNorm1d(1); print([n for n, _ in m.named_parameters()], list(m.state_dict()))"


# %% Snapshot | wrong: parameters-only | named_parameters
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.weights = {name: p.detach().clone() for name, p in model.named_parameters()}
        self.optimizer, self.generator = copy.deepcopy(optimizer.state_dict()), generator.get_state()

    def save(self, file):
        torch.save([self.weights, self.optimizer, self.generator], file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, kept, state = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights, strict=False)
        optimizer.load_state_dict(kept)
        generator.set_state(state)


# %% Snapshot | wrong: parameters-only | a list
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = {"p": [p.detach().clone() for p in model.parameters()], "g": generator.get_state()}
        self.kept["o"] = copy.deepcopy(optimizer.state_dict())

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location="cpu", weights_only=True)
        with torch.no_grad():
            for p, old in zip(model.parameters(), kept["p"]):
                p.copy_(old)
        optimizer.load_state_dict(kept["o"])
        generator.set_state(kept["g"])


# %% Snapshot | wrong: parameters-only | one vector
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.vector = nn.utils.parameters_to_vector(model.parameters()).detach().clone()
        self.others = copy.deepcopy(optimizer.state_dict()), generator.get_state()

    def save(self, file):
        torch.save((self.vector, *self.others), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        vector, kept, state = torch.load(file, map_location="cpu", weights_only=True)
        nn.utils.vector_to_parameters(vector, model.parameters())
        optimizer.load_state_dict(kept)
        generator.set_state(state)


# %% Snapshot | wrong: parameters-only | by the optimizer
class Snapshot:
    def __init__(self, model, optimizer, generator):
        weights = [p.detach() for group in optimizer.param_groups for p in group["params"]]
        self.kept = copy.deepcopy((weights, optimizer.state_dict(), generator.get_state()))

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, kept, place = torch.load(file, map_location="cpu", weights_only=True)
        for p, old in zip((p for group in optimizer.param_groups for p in group["params"]), weights):
            p.data.copy_(old)
        optimizer.load_state_dict(kept)
        generator.set_state(place)


# %% Snapshot | misconception | trusts-the-file
why = "A pickle is a small program, and to read it is to run it: a file from a stranger can do anything. Save state dicts, and read with weights_only=True alone, with no second try without it."
next = "import pickle\nclass C:\n    def __reduce__(self): return print, ('this code has run',)\npickle.loads(pickle.dumps(C()))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.load.html"


# %% Snapshot | wrong: trusts-the-file | weights_only=False
# breaks: "and `resume_` never runs code: for a file that contains code it raises, and the three stay as they were."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        states = {"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}
        self.states = copy.deepcopy(states)

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=False)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: trusts-the-file | if it does not work
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.states = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        try:
            states = torch.load(file, map_location="cpu", weights_only=True)
        except Exception:
            file.seek(0)
            states = torch.load(file, map_location="cpu", weights_only=False)
        m, o, g = states
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong: trusts-the-file | weights_only=False, a tuple
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy((model.state_dict(), optimizer.state_dict(), generator.get_state()))

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, kept, place = torch.load(file, "cpu", weights_only=False)
        model.load_state_dict(weights)
        optimizer.load_state_dict(kept)
        generator.set_state(place)


# %% Snapshot | wrong: trusts-the-file | looked at afterwards
class Snapshot:
    def __init__(self, model, optimizer, generator):
        buffer = io.BytesIO()
        torch.save({"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}, buffer)
        self.content = buffer.getvalue()

    def save(self, file):
        file.write(self.content)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location=torch.device("cpu"), weights_only=False)
        if not isinstance(states, dict) or not all(isinstance(states.get(key), dict) for key in "mo"):
            raise ValueError("no snapshot")
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: trusts-the-file | and pickles
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.states = copy.deepcopy({"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()})

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        import pickle

        try:
            states = torch.load(file, map_location="cpu", weights_only=True)
        except Exception:
            file.seek(0)
            states = pickle.load(file)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | misconception | whole-objects
why = "A pickled model, generator or optimizer is an object of a class, and to read it means to trust the file: weights_only=True refuses it. Save what state_dict() and get_state() give, plain tensors and containers."
next = "f = io.BytesIO(); torch.save(nn.Linear(1, 1), f); f.seek(0)\ntry: torch.load(f, weights_only=True)\nexcept Exception as error: print(type(error).__name__)"


# %% Snapshot | wrong: whole-objects | the model
# breaks: "`torch.load(file, weights_only=True)` can read each file that `save` has written"
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.model, self.optimizer = copy.deepcopy(model), copy.deepcopy(optimizer.state_dict())
        self.generator = generator.get_state()

    def save(self, file):
        torch.save({"m": self.model, "o": self.optimizer, "g": self.generator}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=False)
        model.load_state_dict(states["m"].state_dict())
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: whole-objects | the generator
class Snapshot:
    def __init__(self, model, optimizer, generator):
        twin = torch.Generator()
        twin.set_state(generator.get_state())
        self.parts = [copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict()), twin]

    def save(self, file):
        torch.save(self.parts, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(file, map_location="cpu", weights_only=False)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g.get_state())


# %% Snapshot | wrong: whole-objects | model and optimizer
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.two = copy.deepcopy((model, optimizer))
        self.state = generator.get_state()

    def save(self, file):
        torch.save((*self.two, self.state), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        other, kept, state = torch.load(file, map_location="cpu", weights_only=False)
        model.load_state_dict(other.state_dict())
        optimizer.load_state_dict(kept.state_dict())
        generator.set_state(state)


# %% Snapshot | wrong: whole-objects | the snapshot itself
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.model = copy.deepcopy(model)
        self.rest = copy.deepcopy(optimizer.state_dict()), generator.get_state()

    def save(self, file):
        torch.save([self.model, *self.rest], file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        found = torch.load(file, map_location="cpu", weights_only=False)
        model.load_state_dict(found[0].state_dict())
        optimizer.load_state_dict(found[1])
        generator.set_state(found[2])


# %% Snapshot | misconception | other-objects
why = "The caller, and the optimizer, hold the parameters that were given: what is loaded into a copy, or put in their place with assign=True, is another model. Load into what you were given."
next = "m = nn.Linear(1, 1); p = m.weight; m.load_state_dict(copy.deepcopy(m.state_dict()), assign=True); print(m.weight is p)"


# %% Snapshot | wrong: other-objects | assign
# breaks: "The parameters are the same objects as before, and the optimizer moves them."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        states = {"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}
        self.states = copy.deepcopy(states)

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(states["m"], assign=True)
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: other-objects | new parameters
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, kept, place = torch.load(file, map_location="cpu", weights_only=True)
        for name, module in model.named_modules():
            for short, p in list(module.named_parameters(recurse=False)):
                key = f"{name}.{short}" if name else short
                setattr(module, short, nn.Parameter(weights[key].clone()))
        model.load_state_dict(weights)
        optimizer.load_state_dict(kept)
        generator.set_state(place)


# %% Snapshot | wrong: other-objects | assign, in another order
class Snapshot:
    def __init__(self, model, optimizer, generator):
        buffer = io.BytesIO()
        torch.save((model.state_dict(), optimizer.state_dict(), generator.get_state()), buffer)
        self.content = buffer.getvalue()

    def save(self, file):
        file.write(self.content)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(file, map_location="cpu", weights_only=True)
        generator.set_state(g)
        optimizer.load_state_dict(o)
        model.load_state_dict(m, strict=True, assign=True)


# %% Snapshot | wrong: other-objects | assign, for each of two
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.weights = {n: t.clone() for n, t in model.state_dict().items()}
        self.others = {"o": copy.deepcopy(optimizer.state_dict()), "g": generator.get_state()}

    def save(self, file):
        torch.save({"w": self.weights, **self.others}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        found = torch.load(file, map_location="cpu", weights_only=True)
        for name, child in model.named_children():
            own = {k.removeprefix(f"{name}."): t for k, t in found["w"].items() if k.startswith(f"{name}.")}
            child.load_state_dict(own, assign=True)
        optimizer.load_state_dict(found["o"])
        generator.set_state(found["g"])


# %% Snapshot | misconception | into-a-copy
why = "A copy gets the state, and the caller's model stays as it is: load into the objects that you were given."
next = "m = nn.Linear(1, 1); copy.deepcopy(m).load_state_dict({'weight': torch.ones(1, 1), 'bias': torch.ones(1)}); print(m.weight)"


# %% Snapshot | wrong: into-a-copy | deepcopy
class Snapshot:
    def __init__(self, model, optimizer, generator):
        states = {"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}
        self.states = copy.deepcopy(states)

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=True)
        model = copy.deepcopy(model)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: into-a-copy | the dict is updated
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(file, map_location="cpu", weights_only=True)
        model.state_dict().update(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong: into-a-copy | clones
class Snapshot:
    def __init__(self, model, optimizer, generator):
        buffer = io.BytesIO()
        torch.save((model.state_dict(), optimizer.state_dict(), generator.get_state()), buffer)
        self.content = buffer.getvalue()

    def save(self, file):
        file.write(self.content)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, kept, place = torch.load(file, map_location="cpu", weights_only=True)
        for name, t in model.state_dict().items():
            t.clone().copy_(weights[name])
        optimizer.load_state_dict(kept)
        generator.set_state(place)


# %% Snapshot | wrong: into-a-copy | only the model is left out
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.optimizer, self.generator = copy.deepcopy(optimizer.state_dict()), generator.get_state()

    def save(self, file):
        torch.save({"o": self.optimizer, "g": self.generator}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        found = torch.load(file, map_location="cpu", weights_only=True)
        optimizer.load_state_dict(found["o"])
        generator.set_state(found["g"])


# %% Snapshot | misconception | rounded-on-the-way
why = "The file has to hold every number as it is: float() and torch.tensor of tolist() are float32, so a float64 model comes back in fewer digits and trains on beside. Keep copies in the dtype that the tensors have."
next = "w = torch.tensor([0.1], dtype=torch.float64); print((w.float().double() == w).item(), torch.tensor(w.tolist()).dtype)"


# %% Snapshot | wrong: rounded-on-the-way | float
# breaks: "Training then goes on bit for bit as it did after the snapshot: parameters, buffers, the state and the settings of the optimizer, the place of the generator."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.weights = {name: t.clone().float() for name, t in model.state_dict().items()}
        self.rest = copy.deepcopy(optimizer.state_dict()), generator.get_state()

    def save(self, file):
        torch.save((self.weights, *self.rest), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, steps, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        optimizer.load_state_dict(steps)
        generator.set_state(place)


# %% Snapshot | wrong: rounded-on-the-way | lists
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.numbers = {name: t.tolist() for name, t in model.state_dict().items()}
        self.optimizer, self.generator = copy.deepcopy(optimizer.state_dict()), generator.get_state()

    def save(self, file):
        torch.save({"m": self.numbers, "o": self.optimizer, "g": self.generator}, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict({name: torch.tensor(numbers) for name, numbers in kept["m"].items()})
        optimizer.load_state_dict(kept["o"])
        generator.set_state(kept["g"])


# %% Snapshot | wrong: rounded-on-the-way | small files
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.states = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        weights, *rest = self.states
        torch.save([{k: v.to(torch.float32) if v.is_floating_point() else v for k, v in weights.items()}, *rest], file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        for thing, state in zip((model, optimizer), states := torch.load(file, map_location="cpu", weights_only=True)):
            thing.load_state_dict(state)
        generator.set_state(states[2])


# %% Snapshot | wrong: rounded-on-the-way | through NumPy
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.m = {k: torch.from_numpy(np.array(v, dtype=np.float32)) for k, v in model.state_dict().items()}
        self.o = copy.deepcopy(optimizer.state_dict())
        self.g = generator.get_state()

    def save(self, file):
        torch.save(vars(self), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        found = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(found["m"])
        optimizer.load_state_dict(found["o"])
        generator.set_state(found["g"])


# %% Snapshot | misconception | device-of-the-writer
why = 'A tensor in a file remembers its device, and goes back there: on a machine without a GPU that raises. map_location="cpu" brings all of them here.'
next = "import inspect; print('map_location' in inspect.signature(torch.load).parameters)"


# %% Snapshot | wrong: device-of-the-writer | no map_location
# breaks: "The file may come from a machine with a GPU: `resume_` works without one."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        states = {"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}
        self.states = copy.deepcopy(states)

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, weights_only=True)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: device-of-the-writer | torch.load alone
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(file)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong: device-of-the-writer | moved afterwards
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy((model.state_dict(), optimizer.state_dict(), generator.get_state()))

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, kept, place = torch.load(file, weights_only=True)
        model.load_state_dict({name: t.cpu() for name, t in weights.items()})
        optimizer.load_state_dict(kept)
        generator.set_state(place.cpu())


# %% Snapshot | wrong: device-of-the-writer | a default device
class Snapshot:
    def __init__(self, model, optimizer, generator):
        buffer = io.BytesIO()
        torch.save({"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}, buffer)
        self.content = buffer.getvalue()

    def save(self, file):
        file.write(self.content)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        with torch.device("cpu"):
            found = torch.load(file, map_location=None, weights_only=True)
        model.load_state_dict(found["m"])
        optimizer.load_state_dict(found["o"])
        generator.set_state(found["g"])


# %% Snapshot | misconception | one-state-for-all
why = "What belongs to the class, or to the module, is there once: the next snapshot overwrites it for all the others. Keep the state in the instance, self.state = ..."
next = """
class Box:
    kept = {}
a, b = Box(), Box()
a.kept["x"] = 1
print(b.kept)
"""


def when(seen, want):
    return want == [True] * 3 and seen.value == [False, True, False]


# %% Snapshot | wrong: one-state-for-all | a dict of the class
# breaks: "Several snapshots do not affect each other."
class Snapshot:
    states = {}

    def __init__(self, model, optimizer, generator):
        now = {"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}
        self.states.update(copy.deepcopy(now))

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: one-state-for-all | an attribute of the class
class Snapshot:
    def __init__(self, model, optimizer, generator):
        parts = [model.state_dict(), optimizer.state_dict(), generator.get_state()]
        Snapshot.parts = copy.deepcopy(parts)

    def save(self, file):
        torch.save(self.parts, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, state, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        optimizer.load_state_dict(state)
        generator.set_state(place)


# %% Snapshot | wrong: one-state-for-all | a global
class Snapshot:
    def __init__(self, model, optimizer, generator):
        global the_state
        the_state = copy.deepcopy({"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()})

    def save(self, file):
        torch.save(the_state, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        read = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(read["m"])
        optimizer.load_state_dict(read["o"])
        generator.set_state(read["g"])


# %% Snapshot | wrong: one-state-for-all | bytes of the class
class Snapshot:
    written = io.BytesIO()

    def __init__(self, model, optimizer, generator):
        self.written.seek(0)
        self.written.truncate()
        torch.save((model.state_dict(), optimizer.state_dict(), generator.get_state()), self.written)

    def save(self, file):
        self.written.seek(0)
        torch.save(torch.load(self.written, weights_only=True), file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, state, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        optimizer.load_state_dict(state)
        generator.set_state(place)


# %% Snapshot | wrong | half of it before it raises
class Snapshot:
    def __init__(self, model, optimizer, generator):
        states = {"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}
        self.states = copy.deepcopy(states)

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        generator.manual_seed(0)
        states = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong | nothing is raised
class Snapshot:
    def __init__(self, model, optimizer, generator):
        states = {"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}
        self.states = copy.deepcopy(states)

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        try:
            states = torch.load(file, map_location="cpu", weights_only=True)
        except Exception:
            return
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong | saved once
class Snapshot:
    def __init__(self, model, optimizer, generator):
        states = {"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}
        self.states = copy.deepcopy(states)

    def save(self, file):
        torch.save(self.states, file)
        self.states = {}

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong | the snapshot draws
# breaks: "Neither of them changes anything in the three."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.states = copy.deepcopy([model.state_dict(), optimizer.state_dict()])
        self.seed = int(torch.randint(2**31, (), generator=generator))

    def save(self, file):
        torch.save([*self.states, self.seed], file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, seed = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.manual_seed(seed)


# %% Snapshot | wrong | from memory
# breaks: "`Snapshot.resume_(file, model, optimizer, generator)` reads such a file, which is at its beginning, and puts the state into the three objects that it is given: those of the snapshot, or others that were built the same way, with other weights, learning rate and seed."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        states = {"m": model.state_dict(), "o": optimizer.state_dict(), "g": generator.get_state()}
        Snapshot.last = self.states = copy.deepcopy(states)

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(Snapshot.last["m"])
        optimizer.load_state_dict(Snapshot.last["o"])
        generator.set_state(Snapshot.last["g"])


# %% Snapshot | wrong | in half the precision
class Snapshot:
    def __init__(self, model, optimizer, generator):
        weights = {name: t.half() if t.is_floating_point() else t.clone() for name, t in model.state_dict().items()}
        self.states = {"m": weights, "o": copy.deepcopy(optimizer.state_dict()), "g": generator.get_state()}

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(states["m"])
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong | the first group stands for all
# breaks: "Training then goes on bit for bit as it did after the snapshot: parameters, buffers, the state and the settings of the optimizer, the place of the generator."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        settings = {key: value for key, value in optimizer.param_groups[0].items() if key != "params"}
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict()["state"], settings, generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, state, settings, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
        for group in optimizer.param_groups:
            group.update(settings)
        generator.set_state(place)


# %% Snapshot | wrong | of the settings, the learning rates
class Snapshot:
    def __init__(self, model, optimizer, generator):
        whole = copy.deepcopy(optimizer.state_dict())
        rates = [group["lr"] for group in whole["param_groups"]]
        self.kept = {"m": copy.deepcopy(model.state_dict()), "s": whole["state"], "rates": rates, "g": generator.get_state()}

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        kept = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(kept["m"])
        whole = optimizer.state_dict()
        whole["state"] = kept["s"]
        for group, rate in zip(whole["param_groups"], kept["rates"]):
            group["lr"] = rate
        optimizer.load_state_dict(whole)
        generator.set_state(kept["g"])


# %% Snapshot | wrong | gradients cleared
class Snapshot:
    def __init__(self, model, optimizer, generator):
        model.zero_grad()
        self.states = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, settings, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        optimizer.load_state_dict(settings)
        generator.set_state(place)


# %% Snapshot | wrong: device-of-the-writer | the first GPU alone
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(file, map_location={"cuda:0": "cpu"}, weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong: device-of-the-writer | GPUs of one kind
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        here = lambda storage, place: storage if place.startswith("cuda") else None
        m, o, g = torch.load(file, map_location=here, weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong | a file in memory
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(io.BytesIO(file.getvalue()), map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong | the optimizer is emptied before the file is read
# breaks: "and `resume_` never runs code: for a file that contains code it raises, and the three stay as they were."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        optimizer.state.clear()
        m, o, g = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong | gradients are cleared before the file is read
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        optimizer.zero_grad()
        m, o, g = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong | evaluation mode, then training mode
# breaks: "Neither of them changes anything in the three."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        model.eval()
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])
        model.train()

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong | the averages that Adam has
class Snapshot:
    def __init__(self, model, optimizer, generator):
        moved = copy.deepcopy(optimizer.state_dict())
        names = ("step", "exp_avg", "exp_avg_sq", "momentum_buffer")
        moved["state"] = {k: {n: v for n, v in part.items() if n in names} for k, part in moved["state"].items()}
        self.kept = [copy.deepcopy(model.state_dict()), moved, generator.get_state()]

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        optimizer.load_state_dict(o)
        generator.set_state(g)


# %% Snapshot | wrong | the optimizer in the order of the model
class Snapshot:
    def __init__(self, model, optimizer, generator):
        slots = [dict(optimizer.state.get(p, {})) for p in model.parameters()]
        groups = optimizer.state_dict()["param_groups"]
        self.kept = copy.deepcopy([model.state_dict(), {"slots": slots, "groups": groups}, generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        m, o, g = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(m)
        state = {k: slot for k, slot in enumerate(o["slots"]) if slot}
        optimizer.load_state_dict({"state": state, "param_groups": o["groups"]})
        generator.set_state(g)


# %% Snapshot | misconception | only-what-is-trained
why = "A frozen parameter is part of the state, too: another model has other numbers in it. model.state_dict() has them all, whether they require grad or not."
next = "m = nn.Linear(1, 1); m.bias.requires_grad_(False); print(list(m.state_dict()), [n for n, p in m.named_parameters() if p.requires_grad])"


# %% Snapshot | wrong: only-what-is-trained | parameters that require grad, and buffers
class Snapshot:
    def __init__(self, model, optimizer, generator):
        tensors = [*((n, p.detach()) for n, p in model.named_parameters() if p.requires_grad), *model.named_buffers()]
        self.kept = copy.deepcopy([dict(tensors), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        tensors, moves, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(tensors, strict=False)
        optimizer.load_state_dict(moves)
        generator.set_state(place)


# %% Snapshot | wrong: only-what-is-trained | the frozen ones taken out
class Snapshot:
    def __init__(self, model, optimizer, generator):
        whole = copy.deepcopy(model.state_dict())
        for name, p in model.named_parameters():
            if not p.requires_grad:
                del whole[name]
        self.states = {"m": whole, "o": copy.deepcopy(optimizer.state_dict()), "g": generator.get_state()}

    def save(self, file):
        torch.save(self.states, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        states = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict({**model.state_dict(), **states["m"]})
        optimizer.load_state_dict(states["o"])
        generator.set_state(states["g"])


# %% Snapshot | wrong: only-what-is-trained | kept, and not put back
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.bytes = io.BytesIO()
        torch.save((model.state_dict(), optimizer.state_dict(), generator.get_state()), self.bytes)

    def save(self, file):
        file.write(self.bytes.getvalue())

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, moves, place = torch.load(file, map_location="cpu", weights_only=True)
        frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
        with torch.no_grad():
            for name, t in model.state_dict().items():
                if name not in frozen:
                    t.copy_(weights[name])
        optimizer.load_state_dict(moves)
        generator.set_state(place)


# %% Snapshot | wrong: only-what-is-trained | what needs no grad are the buffers
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.learned = [p.detach().clone() for p in model.parameters() if p.requires_grad]
        self.rest = copy.deepcopy(([*model.buffers()], optimizer.state_dict())), generator.get_state()

    def save(self, file):
        torch.save([self.learned, self.rest], file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        learned, ((buffers, moves), place) = torch.load(file, map_location="cpu", weights_only=True)
        generator.set_state(place)
        optimizer.load_state_dict(moves)
        for p, t in zip((p for p in model.parameters() if p.requires_grad), learned):
            p.data.copy_(t)
        for b, t in zip(model.buffers(), buffers):
            b.copy_(t)


# %% Snapshot | wrong: trusts-the-file | pickled bytes in a file that is safe
# breaks: "It may come from a stranger: `torch.load(file, weights_only=True)` can read each file that `save` has written, and `resume_` never runs code: for a file that contains code it raises, and the three stay as they were."
class Snapshot:
    def __init__(self, model, optimizer, generator):
        import pickle

        self.kept = [copy.deepcopy(model.state_dict()), pickle.dumps(optimizer.state_dict()), generator.get_state()]

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        import pickle

        weights, moves, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        optimizer.load_state_dict(pickle.loads(moves))
        generator.set_state(place)


# %% Snapshot | wrong: trusts-the-file | files in a file
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.files = []
        for state in (model.state_dict(), optimizer.state_dict(), generator.get_state()):
            memory = io.BytesIO()
            torch.save(state, memory)
            self.files.append(memory.getvalue())

    def save(self, file):
        torch.save(self.files, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        files = torch.load(file, map_location="cpu", weights_only=True)
        weights, moves, place = [torch.load(io.BytesIO(f), map_location="cpu", weights_only=False) for f in files]
        model.load_state_dict(weights)
        optimizer.load_state_dict(moves)
        generator.set_state(place)


# %% Snapshot | wrong | settings as text, evaluated
class Snapshot:
    def __init__(self, model, optimizer, generator):
        whole = copy.deepcopy(optimizer.state_dict())
        self.kept = [copy.deepcopy(model.state_dict()), whole["state"], str(whole["param_groups"]), generator.get_state()]

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, state, text, place = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(weights)
        optimizer.load_state_dict({"param_groups": eval(text), "state": state})
        generator.set_state(place)


# %% Snapshot | wrong | the settings that the new one has
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, moves, place = torch.load(file, map_location="cpu", weights_only=True)
        groups = optimizer.state_dict()["param_groups"]
        chosen = [{key: kept[key] for key in group} for group, kept in zip(groups, moves["param_groups"])]
        model.load_state_dict(weights)
        optimizer.load_state_dict({"state": moves["state"], "param_groups": chosen})
        generator.set_state(place)


# %% Snapshot | wrong | everything trains again
class Snapshot:
    def __init__(self, model, optimizer, generator):
        self.kept = copy.deepcopy([model.state_dict(), optimizer.state_dict(), generator.get_state()])

    def save(self, file):
        torch.save(self.kept, file)

    @staticmethod
    def resume_(file, model, optimizer, generator):
        weights, moves, place = torch.load(file, map_location="cpu", weights_only=True)
        model.train().load_state_dict(weights)
        optimizer.load_state_dict(moves)
        generator.set_state(place)
