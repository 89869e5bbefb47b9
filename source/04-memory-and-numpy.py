"""The catalogue of 04-memory-and-numpy: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% set_where_ | right | masked_fill_
def set_where_(x, mask, value):
    return x.masked_fill_(mask.bool(), value)


# %% set_where_ | right | where and copy_
def set_where_(x, mask, value):
    x.copy_(torch.where(mask != 0, value, x))
    return x


# %% set_where_ | right | loop over positions
def set_where_(x, mask, value):
    for position in mask.nonzero().tolist():
        x[tuple(position)] = value
    return x


# %% set_where_ | right | nonzero as tuple
def set_where_(x, mask, value):
    x[mask.nonzero(as_tuple=True)] = value
    return x


# %% set_where_ | right | numpy putmask
def set_where_(x, mask, value):
    np.putmask(x.numpy(), mask.numpy() != 0, value)
    return x


# %% set_where_ | right | index_put_ and a print
def set_where_(x, mask, value):
    print("writing", int(mask.sum()), "elements")
    x.index_put_((mask == 1,), torch.tensor(value, dtype=x.dtype))
    return x


# %% set_where_ | right | warns about integer masks
def set_where_(x, mask, value):
    import warnings
    if mask.dtype != torch.bool:
        warnings.warn("an integer mask")
    x[mask.to(torch.bool)] = value
    return x


# %% set_where_ | right | through data
def set_where_(x, mask, value):
    x.data[mask > 0] = value
    return x


# %% set_where_ | right | writes everything twice
def set_where_(x, mask, value):
    kept = x.clone()
    x.fill_(value)
    x[~mask.bool()] = kept[~mask.bool()]
    return x


# %% set_where_ | right | row by row
def set_where_(x, mask, value):
    if x.dim() == 1:
        for i in range(len(x)):
            if mask[i]:
                x[i] = value
    else:
        for part, part_mask in zip(x, mask):
            set_where_(part, part_mask, value)
    return x


# %% set_where_ | right | map_
def set_where_(x, mask, value):
    return x.map_(mask.to(x.dtype), lambda old, marked: value if marked else old)


# %% set_where_ | misconception | rebinding
why = "x = ... gives the name x to a new tensor; write into the old one with x[...] = or a method that ends in _."
next = "x = torch.zeros(2); same = x; x = x + 1; print(x is same, same)"


# %% set_where_ | wrong: rebinding | torch.where
# breaks: "A function whose name ends in `_` changes its argument in place."
def set_where_(x, mask, value):
    x = torch.where(mask.bool(), value, x)
    return x


# %% set_where_ | wrong: rebinding | masked_fill without underscore
def set_where_(x, mask, value):
    x = x.masked_fill(mask.bool(), value)
    return x


# %% set_where_ | wrong: rebinding | clone first
# breaks: "in place, and return `x` itself"
def set_where_(x, mask, value):
    x = x.clone()
    x[mask.bool()] = value
    return x


# %% set_where_ | wrong: rebinding | np.where
def set_where_(x, mask, value):
    x = torch.from_numpy(np.where(mask.bool().numpy(), value, x.numpy()))
    return x


# %% set_where_ | misconception | new-data
why = "x.data = ... and set_() give x other memory, and the larger tensor that x is a part of keeps the old values: write into the memory that is there, with x[...] = or copy_()."
next = "whole = torch.zeros(3); part = whole[:2]; part.data = torch.ones(2); print(part, whole)"
link = "https://docs.pytorch.org/docs/2.13/tensor_view.html"


# %% set_where_ | wrong: new-data | masked_fill
# breaks: "The write must reach that larger tensor"
def set_where_(x, mask, value):
    x.data = x.masked_fill(mask.bool(), value)
    return x


# %% set_where_ | wrong: new-data | where
def set_where_(x, mask, value):
    filled = torch.full_like(x, value)
    x.data = filled.where(mask != 0, x)
    return x


# %% set_where_ | wrong: new-data | set_
def set_where_(x, mask, value):
    new = x.clone()
    new[mask.bool()] = value
    return x.set_(new)


# %% set_where_ | wrong: new-data | a clone, then its data
def set_where_(x, mask, value):
    copy = x.detach().clone()
    copy.masked_fill_(mask == 1, value)
    x.data = copy.data
    return x


# %% set_where_ | wrong: new-data | NumPy
def set_where_(x, mask, value):
    chosen = np.where(mask.numpy().astype(bool), np.array(value).astype(x.numpy().dtype), x.numpy())
    x.data = torch.from_numpy(chosen)
    return x


# %% set_where_ | misconception | int-mask-indexes
why = "0 and 1 in an integer dtype are no mask until you convert them to bool: an index reads int64 as positions, and masked_fill_ refuses it, and uint8 too."
next = "x = torch.tensor([5., 6., 7., 8.]); print(x[torch.tensor([0, 1, 1, 0])], x[torch.tensor([0, 1, 1, 0]).bool()])"


# %% set_where_ | wrong: int-mask-indexes | index with the mask
def set_where_(x, mask, value):
    x[mask] = value
    return x


# %% set_where_ | wrong: int-mask-indexes | masked_fill_ with the mask
def set_where_(x, mask, value):
    return x.masked_fill_(mask, value)


# %% set_where_ | wrong: int-mask-indexes | long on purpose
def set_where_(x, mask, value):
    x[mask.long()] = value
    return x


# %% set_where_ | wrong: int-mask-indexes | where with the mask, copied back
def set_where_(x, mask, value):
    return x.copy_(torch.where(mask, value, x))


# %% set_where_ | wrong: int-mask-indexes | only uint8 converted
# breaks: "an integer tensor of 0 and 1 (`uint8` or `int64`), where 1 means set"
def set_where_(x, mask, value):
    if mask.dtype == torch.uint8:
        mask = mask.bool()
    x[mask] = value
    return x


# %% set_where_ | wrong: int-mask-indexes | masked_fill copied back
def set_where_(x, mask, value):
    x.copy_(x.masked_fill(mask, value))
    return x


# %% set_where_ | wrong: int-mask-indexes | where written into all of x
def set_where_(x, mask, value):
    filled = torch.full_like(x, value)
    x[:] = filled.where(mask, x)
    return x


# %% set_where_ | wrong: int-mask-indexes | masked_fill_ under no_grad
def set_where_(x, mask, value):
    with torch.no_grad():
        x.masked_fill_(mask, value)
    return x


# %% set_where_ | wrong: int-mask-indexes | numpy index
def set_where_(x, mask, value):
    x.numpy()[mask.numpy()] = value
    return x


# %% set_where_ | wrong: int-mask-indexes | only int64 converted
def set_where_(x, mask, value):
    chosen = mask == 1 if mask.dtype is torch.int64 else mask
    x.masked_fill_(chosen, value)
    return x


# %% set_where_ | wrong: int-mask-indexes | long alone becomes bool
def set_where_(x, mask, value):
    if mask.dtype in (torch.int64, torch.int32):
        mask = mask.to(torch.bool)
    return x.copy_(x.masked_fill(mask, value))


# %% set_where_ | misconception | nan-times-zero
why = "nan * 0 and inf * 0 are nan: arithmetic with the mask cannot erase them."
next = "print(torch.tensor([float('nan'), float('inf'), 2.]) * 0)"


# %% set_where_ | wrong: nan-times-zero | arithmetic in place
def set_where_(x, mask, value):
    m = mask.to(x.dtype)
    x.mul_(1 - m).add_(m * value)
    return x


# %% set_where_ | wrong: nan-times-zero | product and sum copied back
# breaks: "`x` may hold `nan` and `inf`, under the mask or outside it"
def set_where_(x, mask, value):
    marked = mask.to(x.dtype)
    return x.copy_(x * (1 - marked) + marked * value)


# %% set_where_ | wrong: nan-times-zero | erased first
def set_where_(x, mask, value):
    x *= ~mask.bool()
    x += value * mask
    return x


# %% set_where_ | wrong: nan-times-zero | lerp_
def set_where_(x, mask, value):
    chosen = mask.bool()
    x[:] = chosen.logical_not().to(x.dtype) * x + value * chosen.to(x.dtype)
    return x


# %% set_where_ | misconception | returns-a-view
why = "A view of x is another object; return x itself."
next = "x = torch.zeros(2); print(x[:] is x, x.detach() is x, x is x)"


# %% set_where_ | wrong: returns-a-view | reshaped back and returned
def set_where_(x, mask, value):
    flat = x.reshape(-1)
    flat[mask.reshape(-1).bool()] = value
    return flat.reshape(x.shape)


# %% set_where_ | wrong: returns-a-view | a view of x
def set_where_(x, mask, value):
    x[mask.bool()] = value
    return x[:]


# %% set_where_ | wrong: returns-a-view | view_as
def set_where_(x, mask, value):
    x[mask.bool()] = value
    return x.view_as(x)


# %% set_where_ | wrong: returns-a-view | data
def set_where_(x, mask, value):
    out = x.data
    out.masked_fill_(mask.bool(), value)
    return out


# %% set_where_ | misconception | value-rounded
why = "The value was rounded on its way: float32 keeps about 7 digits, and a float holds whole numbers up to 2**53 only; hand value on as it is."
next = "print(float(2**53 + 1) == 2**53 + 1, torch.tensor(0.1).double().item())"


# %% set_where_ | wrong: value-rounded | through float32
# breaks: "`x` keeps its dtype"
def set_where_(x, mask, value):
    x[mask.bool()] = torch.tensor(float(value), dtype=torch.float32).to(x.dtype)
    return x


# %% set_where_ | wrong: value-rounded | float()
# breaks: "`value` is a Python number that fits the dtype of `x`"
def set_where_(x, mask, value):
    return x.masked_fill_(mask.bool(), float(value))


# %% set_where_ | wrong: value-rounded | float() and where
def set_where_(x, mask, value):
    x.copy_(torch.where(mask.bool(), float(value), x.double()))
    return x


# %% set_where_ | wrong: value-rounded | a tensor of the default dtype
def set_where_(x, mask, value):
    filled = torch.full(x.shape, float(value))
    x[mask.bool()] = filled[mask.bool()].to(x.dtype)
    return x


# %% set_where_ | wrong: value-rounded | through NumPy's float64
def set_where_(x, mask, value):
    x[mask > 0] = float(np.float64(value))
    return x


# %% set_where_ | misconception | empty-mask
why = "max, min and amax of no elements raise, and x may be empty: writing where nothing is set needs no case of its own."
next = "print(torch.zeros(0).any(), torch.zeros(0).sum())"


# %% set_where_ | wrong: empty-mask | max
# breaks: "and it may be empty"
def set_where_(x, mask, value):
    if int(mask.max()) == 1:
        x[mask.bool()] = value
    return x


# %% set_where_ | wrong: empty-mask | nothing to do
def set_where_(x, mask, value):
    if not mask.max():
        return x
    return x.masked_fill_(mask.bool(), value)


# %% set_where_ | wrong: empty-mask | all of it
def set_where_(x, mask, value):
    if mask.min() == 1:
        return x.fill_(value)
    x[mask != 0] = value
    return x


# %% set_where_ | wrong: empty-mask | highest of the integers
def set_where_(x, mask, value):
    highest = mask.long().max().item()
    if highest:
        x[mask == highest] = value
    return x


# %% set_where_ | wrong: empty-mask | torch.max
def set_where_(x, mask, value):
    chosen = mask.bool()
    if torch.max(chosen):
        x[chosen] = value
    return x


# %% set_where_ | wrong: empty-mask | lowest
def set_where_(x, mask, value):
    everything = bool(torch.min(mask))
    if everything:
        x[:] = value
        return x
    return x.masked_fill_(mask.bool(), value)


# %% set_where_ | misconception | flatten-first
why = "Flattening first does not reach every layout: of a transposed tensor reshape and flatten make a copy, and view raises."
next = "x = torch.zeros(2, 3).T; x.reshape(-1)[:] = 1.; print(x)"


# %% set_where_ | wrong: flatten-first | reshape
def set_where_(x, mask, value):
    x.reshape(-1)[mask.reshape(-1).bool()] = value
    return x


# %% set_where_ | wrong: flatten-first | view
def set_where_(x, mask, value):
    x.view(-1)[mask.reshape(-1).bool()] = value
    return x


# %% set_where_ | wrong: flatten-first | view of both
def set_where_(x, mask, value):
    chosen = mask.bool().contiguous().view(x.numel())
    x.view(x.numel()).masked_fill_(chosen, value)
    return x


# %% set_where_ | wrong: flatten-first | flat mask, reshaped
def set_where_(x, mask, value):
    places = mask.reshape(-1).nonzero().flatten()
    x.reshape(-1)[places] = value
    return x


# %% set_where_ | wrong: flatten-first | index_fill_ of the flat
def set_where_(x, mask, value):
    places = mask.flatten().nonzero().squeeze(1)
    x.flatten().index_fill_(0, places, value)
    return x


# %% set_where_ | misconception | new-tensor-written
why = "Nothing was written into x. Indexing with a mask copies; assign to x[mask] in one step. masked_fill without its underscore makes a new tensor, too."
next = "x = torch.zeros(2); x[torch.tensor([True, False])].fill_(9.); x.masked_fill(torch.tensor([True, False]), 9.); print(x)"


# %% set_where_ | wrong: new-tensor-written | slice of a selection
# breaks: "The write must reach that larger tensor"
def set_where_(x, mask, value):
    x[mask.bool()][:] = value
    return x


# %% set_where_ | wrong: new-tensor-written | masked_select
def set_where_(x, mask, value):
    x.masked_select(mask.bool()).fill_(value)
    return x


# %% set_where_ | wrong: new-tensor-written | masked_fill and its result forgotten
def set_where_(x, mask, value):
    torch.masked_fill(x, mask != 0, value)
    return x


# %% set_where_ | wrong: new-tensor-written | selected by a loop
def set_where_(x, mask, value):
    for element, marked in zip(x.flatten().tolist(), mask.flatten().tolist()):
        if marked:
            element = value
    return x


# %% set_where_ | wrong: new-tensor-written | where and its result forgotten
def set_where_(x, mask, value):
    chosen = mask.bool()
    torch.where(chosen, torch.full_like(x, value), x)
    return x


# %% set_where_ | wrong | contiguous
# breaks: "It may be part of a larger tensor: a column, every other element, a transposed matrix."
def set_where_(x, mask, value):
    x.contiguous()[mask.bool()] = value
    return x


# %% set_where_ | wrong | returns-none, no return
def set_where_(x, mask, value):
    x[mask.bool()] = value


# %% set_where_ | wrong | mask-changed, turns the mask round
# breaks: "It stays as it is."
def set_where_(x, mask, value):
    if mask.dtype != torch.bool:
        mask.mul_(2).sub_(1)
        x[mask > 0] = value
    else:
        x[mask] = value
    return x


# %% set_where_ | wrong: nan-times-zero | the value times the mask
def set_where_(x, mask, value):
    x.masked_fill_(mask.bool(), 0)
    x += mask.to(x.dtype) * value
    return x


# %% tile_writable | right | expand and clone
def tile_writable(row, n):
    return row.expand(n, -1).clone()


# %% tile_writable | right | empty and fill
def tile_writable(row, n):
    out = row.new_empty(n, len(row))
    out[:] = row
    return out


# %% tile_writable | right | loop
def tile_writable(row, n):
    out = torch.zeros((n, row.shape[0]), dtype=row.dtype)
    for i in range(n):
        for j in range(row.shape[0]):
            out[i, j] = row[j]
    return out


# %% tile_writable | right | numpy tile
def tile_writable(row, n):
    return torch.from_numpy(np.tile(row.numpy(), (n, 1)))


# %% tile_writable | right | tile
def tile_writable(row, n):
    return torch.tile(row, (n, 1))


# %% tile_writable | right | repeat_interleave of a matrix
def tile_writable(row, n):
    return row[None].repeat_interleave(n, 0)


# %% tile_writable | right | transposed layout
def tile_writable(row, n):
    return row.unsqueeze(1).repeat(1, n).T


# %% tile_writable | right | stack with a case for nothing
def tile_writable(row, n):
    if n == 0:
        return torch.empty((0, len(row)), dtype=row.dtype)
    return torch.stack([row] * n)


# %% tile_writable | right | index with zeros
def tile_writable(row, n):
    return row[None][torch.zeros(n, dtype=torch.int64)]


# %% tile_writable | right | clone, expand, contiguous
def tile_writable(row, n):
    return row.clone().expand(n, -1).contiguous()


# %% tile_writable | misconception | contiguous-is-no-copy
why = "A view of row copies nothing, and contiguous() and reshape only when they have to, for a single row neither: use clone() or repeat() when you need a copy."
next = "row = torch.ones(3); print(row.expand(1, -1).contiguous().data_ptr() == row.data_ptr())"


# %% tile_writable | wrong: contiguous-is-no-copy | contiguous
# breaks: "none shares memory with `row`"
def tile_writable(row, n):
    return row.expand(n, -1).contiguous()


# %% tile_writable | wrong: contiguous-is-no-copy | reshape of a broadcast row
def tile_writable(row, n):
    return row.broadcast_to(n, len(row)).reshape(n * len(row)).view(n, len(row))


# %% tile_writable | wrong: contiguous-is-no-copy | one row is handed out
def tile_writable(row, n):
    return row[None] if n == 1 else row.repeat(n, 1)


# %% tile_writable | wrong: contiguous-is-no-copy | ascontiguousarray
def tile_writable(row, n):
    return torch.from_numpy(np.ascontiguousarray(np.broadcast_to(row.numpy(), (n, len(row)))))


# %% tile_writable | wrong: contiguous-is-no-copy | reshape of a flat line
def tile_writable(row, n):
    line = row.expand(n, len(row)).reshape(-1)
    return line.reshape(n, len(row))


# %% tile_writable | wrong: contiguous-is-no-copy | a view of one row
def tile_writable(row, n):
    if n == 1:
        return row.view(1, -1)
    return row.repeat(n, 1)


# %% tile_writable | wrong: contiguous-is-no-copy | unsqueezed
def tile_writable(row, n):
    table = row.unsqueeze(0)
    if n != 1:
        table = table.repeat(n, 1)
    return table


# %% tile_writable | misconception | expand-only
why = "expand only pretends: every row is the same memory."
next = "t = torch.tensor([1., 2.]).expand(3, -1); print(t.stride(), t.is_contiguous())"


def when(seen, want):
    return seen.raised is None and seen.arguments["n"].value > 1 and len(seen.result.shape) == 2 and seen.result.stride[0] == 0


# %% tile_writable | wrong: expand-only | expand
def tile_writable(row, n):
    return row.expand(n, -1)


# %% tile_writable | wrong: expand-only | clone, then expand
# breaks: "no two of its elements share memory"
def tile_writable(row, n):
    return row.clone().expand(n, -1)


# %% tile_writable | wrong: expand-only | broadcast_to
def tile_writable(row, n):
    return torch.broadcast_to(row, (n, len(row)))


# %% tile_writable | wrong: expand-only | unsqueeze and expand
def tile_writable(row, n):
    return row.unsqueeze(0).expand(n, row.numel())


# %% tile_writable | wrong: expand-only | as_strided
def tile_writable(row, n):
    return row.as_strided((n, len(row)), (0, row.stride(0)))


# %% tile_writable | wrong: expand-only | expand and reshape
def tile_writable(row, n):
    return row.expand(n, len(row)).reshape(n, len(row))


# %% tile_writable | misconception | wrong-repeat
why = "repeat(n, 1) means: n times down, once across."
next = "print(torch.tensor([1, 2]).repeat(3), torch.tensor([1, 2]).repeat_interleave(3), torch.tensor([1, 2]).repeat(3, 1))"


# %% tile_writable | wrong: wrong-repeat | repeat(n)
def tile_writable(row, n):
    return row.repeat(n)


# %% tile_writable | wrong: wrong-repeat | repeat_interleave
def tile_writable(row, n):
    return row.repeat_interleave(n).reshape(n, len(row))


# %% tile_writable | wrong: wrong-repeat | repeat_interleave, one axis
def tile_writable(row, n):
    return torch.repeat_interleave(row, n)


# %% tile_writable | wrong: wrong-repeat | across
def tile_writable(row, n):
    return row.repeat(1, n)


# %% tile_writable | wrong: wrong-repeat | columns
# breaks: "Return a tensor of shape `(n, D)` whose `n` rows all equal the 1-D tensor `row` of length `D`"
def tile_writable(row, n):
    return row[:, None].repeat(1, n)


# %% tile_writable | wrong: wrong-repeat | stacked as columns
def tile_writable(row, n):
    return row.unsqueeze(1).expand(len(row), n).clone()


# %% tile_writable | wrong: wrong-repeat | columns of clones
def tile_writable(row, n):
    return torch.tile(row.clone().reshape(-1, 1), (1, n))


# %% tile_writable | wrong: wrong-repeat | hstack
def tile_writable(row, n):
    return row.reshape(1, -1).tile((1, n))


# %% tile_writable | wrong: wrong-repeat | interleaved, of one size
def tile_writable(row, n):
    elements = [element for element in row for _ in range(n)]
    return torch.tensor([e.item() for e in elements], dtype=row.dtype).reshape(n, len(row))


# %% tile_writable | misconception | dtype-lost
why = "torch.zeros, torch.ones, torch.empty and a list of floats are float32, and arithmetic with a number changes a bool: say dtype=row.dtype, or use repeat."
next = "print(torch.zeros(2).dtype, (torch.tensor([True]) + 0).dtype, torch.tensor([True]).repeat(2, 1).dtype)"


# %% tile_writable | wrong: dtype-lost | zeros of the default dtype
# breaks: "with the dtype of `row`"
def tile_writable(row, n):
    out = torch.zeros(n, len(row))
    out[:] = row
    return out


# %% tile_writable | wrong: dtype-lost | empty of the default dtype, row by row
def tile_writable(row, n):
    table = torch.empty((n, row.shape[0]))
    for i in range(n):
        table[i] = row
    return table


# %% tile_writable | wrong: dtype-lost | times ones
def tile_writable(row, n):
    return torch.ones(n, 1) * row


# %% tile_writable | wrong: dtype-lost | plus 0
def tile_writable(row, n):
    return row.expand(n, -1) + 0


# %% tile_writable | wrong: dtype-lost | times 1
def tile_writable(row, n):
    return row.broadcast_to(n, len(row)) * 1


# %% tile_writable | wrong: dtype-lost | nothing is float32
# breaks: "`n` may be 1, and it may be 0"
def tile_writable(row, n):
    if n == 0:
        return torch.empty(0, len(row))
    return torch.stack([row] * n)


# %% tile_writable | wrong: dtype-lost | 0 plus repeat
def tile_writable(row, n):
    return 0 + row.repeat((n, 1))


# %% tile_writable | misconception | stack-of-nothing
why = "n may be 0: the shape must still be (0, D)."
next = "print(torch.tensor([[1., 2.]] * 0).shape, torch.ones(2).repeat(0, 1).shape)"


def when(seen, want):
    return seen.arguments["n"].value == 0 and seen.raised is not None


# %% tile_writable | wrong: stack-of-nothing | stack
# breaks: "it may be 0: then the shape is `(0, D)`"
def tile_writable(row, n):
    return torch.stack([row] * n)


# %% tile_writable | wrong: stack-of-nothing | list with dtype
def tile_writable(row, n):
    return torch.tensor([row.tolist() for _ in range(n)], dtype=row.dtype)


# %% tile_writable | wrong: stack-of-nothing | view with -1
def tile_writable(row, n):
    return row.repeat(n).view(n, -1)


# %% tile_writable | wrong: stack-of-nothing | cat
def tile_writable(row, n):
    return torch.cat([row.unsqueeze(0) for _ in range(n)], dim=0)


# %% tile_writable | wrong: stack-of-nothing | cat and view
def tile_writable(row, n):
    return torch.cat([row] * n).view(n, -1)


# %% tile_writable | wrong: stack-of-nothing | new_tensor of a list
def tile_writable(row, n):
    return row.new_tensor([row.tolist()] * n)


# %% tile_writable | wrong: stack-of-nothing | reshape with -1
def tile_writable(row, n):
    return torch.tile(row, (n,)).reshape(n, -1)


# %% tile_writable | wrong | row-reshaped, changes the shape of row
# breaks: "Every other function leaves its arguments as they were: values, dtype, shape"
# breaks: "stays as it is"
def tile_writable(row, n):
    row.unsqueeze_(0)
    return row.repeat(n, 1)


# %% tile_writable | misconception | arithmetic-copies
why = "A copy needs no arithmetic: torch cannot add uint16, uint32 and uint64, and 1 times a complex infinity has a NaN in it. repeat, clone and assignment take everything."
next = "x = torch.tensor([1, 2], dtype=torch.uint16); print(x.repeat(2, 1).dtype)"


# %% tile_writable | wrong: arithmetic-copies | zeros plus row
# breaks: "`row` may be any dtype that NumPy has too"
def tile_writable(row, n):
    return torch.zeros(n, len(row), dtype=row.dtype) + row


# %% tile_writable | wrong: arithmetic-copies | row added in place
def tile_writable(row, n):
    out = row.new_zeros((n, row.numel()))
    out += row
    return out


# %% tile_writable | wrong: arithmetic-copies | plus a column of zeros
def tile_writable(row, n):
    column = torch.zeros_like(row[:1]).repeat(n)[:, None]
    return torch.add(column, row)


# %% tile_writable | wrong: arithmetic-copies | row by row
def tile_writable(row, n):
    out = torch.zeros((n, row.shape[0]), dtype=row.dtype)
    for i in range(n):
        out[i] = out[i] + row
    return out


# %% tile_writable | wrong: arithmetic-copies | times a column of ones
# breaks: "whose `n` rows all equal the 1-D tensor `row`"
def tile_writable(row, n):
    return torch.ones(n, 1, dtype=row.dtype) * row


# %% tile_writable | wrong: arithmetic-copies | outer product with ones
def tile_writable(row, n):
    return torch.outer(torch.ones_like(row[:1]).repeat(n), row)


# %% tile_writable | wrong: arithmetic-copies | multiplied in place
def tile_writable(row, n):
    out = torch.ones((n, len(row)), dtype=row.dtype)
    out *= row
    return out


# %% tile_writable | wrong: arithmetic-copies | Kronecker product
def tile_writable(row, n):
    return torch.kron(torch.ones(n, 1, dtype=row.dtype), row[None])


# %% tile_writable | misconception | through-float64
why = "float32 keeps 24 bits of a number, float64 53, neither an imaginary part: what is gone does not come back with the dtype."
next = "print(torch.tensor([2**24 + 1]).float().long(), torch.tensor([2**53 + 1]).double().long())"


# %% tile_writable | wrong: through-float64 | filled and converted
# breaks: "all equal the 1-D tensor `row`"
def tile_writable(row, n):
    out = torch.zeros(n, row.numel(), dtype=torch.float64)
    for i in range(n):
        out[i] = row.to(torch.float64)
    return out.to(row.dtype)


# %% tile_writable | wrong: through-float64 | repeat in double
def tile_writable(row, n):
    return row.double().repeat(n, 1).to(row.dtype)


# %% tile_writable | wrong: through-float64 | floats in a list
def tile_writable(row, n):
    values = [float(np.real(v)) for v in row.tolist()]
    return torch.tensor([values] * n, dtype=torch.float64).reshape(n, len(row)).to(row.dtype)


# %% tile_writable | wrong: through-float64 | NumPy's float
def tile_writable(row, n):
    table = np.tile(row.numpy().astype(float), (n, 1))
    return torch.from_numpy(table).to(row.dtype)


# %% tile_writable | wrong: through-float64 | zeros without a dtype
def tile_writable(row, n):
    out = torch.zeros((n, row.shape[0]))
    for i in range(n):
        out[i] = row
    return out.to(row.dtype) if row.dtype != out.dtype else out


# %% tile_writable | wrong: through-float64 | float, repeated, back
def tile_writable(row, n):
    return row.float().repeat(n, 1).to(row.dtype)


# %% tile_writable | wrong: through-float64 | copied into an empty float32
def tile_writable(row, n):
    rows = torch.empty(n, len(row))
    rows.copy_(row)
    return rows.type(row.dtype)


# %% tile_writable | wrong: through-float64 | complex64 or float32
def tile_writable(row, n):
    wide = torch.complex64 if row.is_complex() else torch.float32
    return row.to(wide).repeat(n, 1).to(row.dtype)


# %% tile_writable | wrong: through-float64 | a table of ones
def tile_writable(row, n):
    ones = torch.ones(n, 1)
    return (ones * row.float()).to(row.dtype)


# %% tile_writable | wrong: through-float64 | float32 for all but complex
def tile_writable(row, n):
    if torch.is_complex(row):
        return torch.cat([row[None]] * n)
    return torch.tile(row.to(torch.float32), (n, 1)).type(row.dtype)


# %% tile_writable | misconception | step-of-one
why = "A row such as x[::2] walks through memory in larger steps: row.stride(0) says by how much, and repeat and expand know it."
next = "row = torch.arange(6)[::2]; print(row.stride(0), row.as_strided((3,), (1,)), row)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.stride.html"


# %% tile_writable | wrong: step-of-one | as_strided
# breaks: "may be a strided view of something"
def tile_writable(row, n):
    seen = torch.as_strided(row, (n, len(row)), (0, 1))
    return seen.contiguous().clone()


# %% tile_writable | wrong: step-of-one | copied into new memory
def tile_writable(row, n):
    table = torch.empty(n, row.numel(), dtype=row.dtype)
    return table.copy_(row.as_strided((1, row.numel()), (1, 1)))


# %% tile_writable | wrong: step-of-one | one row, repeated
def tile_writable(row, n):
    straight = row.as_strided(row.size(), (1,))
    return straight.repeat(n, 1)


# %% tile_writable | wrong: step-of-one | the storage from here on
def tile_writable(row, n):
    start = row.storage_offset()
    memory = torch.empty(0, dtype=row.dtype).set_(row.untyped_storage())
    return memory[start : start + len(row)].repeat((n, 1))


# %% wrap_array | right | as_tensor after a check
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError("not an array")
    return torch.as_tensor(array)


# %% wrap_array | right | dlpack after a check
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError
    return torch.from_dlpack(array)


# %% wrap_array | right | asarray without a copy
def wrap_array(array):
    if type(array) is not np.ndarray:
        raise TypeError(f"expected an array, got {type(array).__name__}")
    return torch.asarray(array, copy=False)


# %% wrap_array | right | own kind of TypeError, with a print
class NotAnArray(TypeError):
    pass

def wrap_array(array):
    print("wrapping", type(array))
    if not isinstance(array, np.ndarray):
        raise NotAnArray(type(array))
    return torch.from_numpy(array)


# %% wrap_array | right | a view of the wrapped array
def wrap_array(array):
    return torch.from_numpy(array)[:].detach()


# %% wrap_array | right | match and asarray
def wrap_array(array):
    match array:
        case np.ndarray():
            return torch.asarray(array, copy=False)
        case _:
            raise TypeError(f"{type(array).__name__} has no array memory")


# %% wrap_array | misconception | accepts-everything
why = "Only an np.ndarray can be shared; refuse everything else with TypeError."
next = "print(isinstance([1.], np.ndarray), isinstance(np.float64(2.5), np.ndarray), isinstance(np.zeros(2), np.ndarray))"


def when(seen, want):
    return want == (TypeError,) and seen.raised is None


# %% wrap_array | wrong: accepts-everything | as_tensor | fails: refusals
def wrap_array(array):
    return torch.as_tensor(array)


# %% wrap_array | wrong: accepts-everything | asarray | fails: refusals
def wrap_array(array):
    return torch.from_numpy(np.asarray(array))


# %% wrap_array | wrong: accepts-everything | torch.asarray
def wrap_array(array):
    return torch.asarray(array)


# %% wrap_array | wrong: accepts-everything | refuses lists only
def wrap_array(array):
    if isinstance(array, (list, tuple)):
        raise TypeError
    return torch.as_tensor(array)


# %% wrap_array | wrong: accepts-everything | passes tensors on
def wrap_array(array):
    if isinstance(array, torch.Tensor):
        return array
    return torch.from_numpy(array)


# %% wrap_array | wrong: accepts-everything | dots let scalars in
def wrap_array(array):
    return torch.from_numpy(array[...])


# %% wrap_array | wrong: accepts-everything | generic too
# breaks: "raise `TypeError` for a list, a tuple, a number, a NumPy scalar such as `np.float64(2.5)`, a tensor"
def wrap_array(array):
    if isinstance(array, (np.ndarray, np.generic)):
        return torch.as_tensor(array)
    raise TypeError


# %% wrap_array | misconception | another-error
why = "What is no array is refused with TypeError: whoever expects that does not catch another error."
next = "print(issubclass(ValueError, TypeError), issubclass(AssertionError, TypeError))"


def when(seen, want):
    return want == (TypeError,) and seen.raised is not None


# %% wrap_array | wrong: another-error | view of anything
def wrap_array(array):
    return torch.from_numpy(array.view())


# %% wrap_array | wrong: another-error | ValueError
# breaks: "Anything that is not a NumPy array has no array memory to share: raise `TypeError`"
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise ValueError("not an array")
    return torch.from_numpy(array)


# %% wrap_array | wrong: another-error | assert
def wrap_array(array):
    assert isinstance(array, np.ndarray)
    return torch.from_numpy(array)


# %% wrap_array | wrong: another-error | no flags
def wrap_array(array):
    if array.flags.writeable:
        return torch.from_numpy(array)
    raise TypeError("read-only")


# %% wrap_array | misconception | conversion-copies
why = "Another dtype needs other bytes: converting means copying. Keep the dtype."
next = "a = np.zeros(2); print(torch.Tensor(a).dtype, torch.from_numpy(a).float().dtype, torch.from_numpy(a).dtype)"


# %% wrap_array | wrong: conversion-copies | float
# breaks: "`float64` stays `float64`."
def wrap_array(array):
    return torch.from_numpy(array).float()


# %% wrap_array | wrong: conversion-copies | double | fails: values
def wrap_array(array):
    return torch.from_numpy(array).double()


# %% wrap_array | wrong: conversion-copies | torch.Tensor
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError
    return torch.Tensor(array)


# %% wrap_array | wrong: conversion-copies | tensor with a dtype
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError("not an array")
    return torch.tensor(array, dtype=torch.float32)


# %% wrap_array | wrong: conversion-copies | as_tensor with a dtype
def wrap_array(array):
    if type(array) is not np.ndarray:
        raise TypeError(type(array))
    return torch.as_tensor(array, dtype=torch.float32)


# %% wrap_array | wrong: conversion-copies | float64 always | fails: values
# breaks: "same values, shape and dtype"
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError("an array, please")
    return torch.from_numpy(array.astype(float))


# %% wrap_array | wrong | a float64 array first
def wrap_array(array):
    if type(array) is not np.ndarray:
        raise TypeError("no array")
    wide = np.array(array, dtype=np.float64)
    return torch.from_numpy(wide)


# %% wrap_array | wrong: conversion-copies | as_tensor float64
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError("no array")
    return torch.as_tensor(array, dtype=torch.float64)


# %% wrap_array | wrong: conversion-copies | to float64
def wrap_array(array):
    t = torch.from_numpy(array)
    return t.to(dtype=torch.float64)


# %% wrap_array | misconception | empty-forgets-dtype
why = "torch.empty, torch.zeros and torch.tensor([]) make float32: an array without elements keeps its dtype too, and from_numpy needs no case for it."
next = "print(torch.empty(0).dtype, torch.tensor([]).dtype, torch.from_numpy(np.zeros(0)).dtype)"


# %% wrap_array | wrong: empty-forgets-dtype | torch.empty
# breaks: "it may be empty"
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError("not an array")
    return torch.from_numpy(array) if array.size else torch.empty(array.shape)


# %% wrap_array | wrong: empty-forgets-dtype | torch.zeros
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError
    if 0 in array.shape:
        return torch.zeros(array.shape)
    return torch.as_tensor(array)


# %% wrap_array | wrong: empty-forgets-dtype | nothing, reshaped
def wrap_array(array):
    if type(array) is not np.ndarray:
        raise TypeError(f"{type(array)} is no array")
    if array.size == 0:
        return torch.tensor([]).reshape(array.shape)
    return torch.from_numpy(array)


# %% wrap_array | wrong: empty-forgets-dtype | an empty list
def wrap_array(array):
    if isinstance(array, np.ndarray):
        return torch.from_numpy(array) if len(array) and array.size else torch.empty(*array.shape)
    raise TypeError("not a NumPy array")


# %% wrap_array | wrong: empty-forgets-dtype | float32 array
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError
    if not array.size:
        array = np.zeros(array.shape, dtype=np.float32)
    return torch.from_numpy(array)


# %% wrap_array | misconception | copy-made
why = "This is a copy: torch.tensor, clone and copy() always make one, contiguous and reshape make one of what is strided. Strided arrays can be shared as they are."
next = "a = np.zeros((2, 4))[:, ::2]; print([np.shares_memory(a, b) for b in (torch.from_numpy(a).numpy(), torch.tensor(a).numpy(), a.reshape(-1))])"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.from_numpy.html"


# %% wrap_array | wrong: copy-made | reshape and back
# breaks: "The array may be laid out in any order (Fortran order, transposed, every other column, a block of rows)"
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError
    return torch.from_numpy(array.reshape(-1)).view(array.shape)


# %% wrap_array | wrong: copy-made | contiguous
def wrap_array(array):
    return torch.from_numpy(array).contiguous()


# %% wrap_array | wrong: copy-made | ascontiguousarray
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError("not an array")
    return torch.from_numpy(np.ascontiguousarray(array))


# %% wrap_array | wrong: copy-made | copied where it is not contiguous
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError(type(array))
    if not array.flags.c_contiguous:
        array = array.copy(order="C")
    return torch.as_tensor(array)


# %% wrap_array | wrong: copy-made | torch.tensor after a check
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError
    return torch.tensor(array)


# %% wrap_array | wrong: copy-made | array.copy()
# breaks: "a write to either is seen in the other"
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError
    return torch.from_numpy(array.copy())


# %% wrap_array | wrong: copy-made | clone
def wrap_array(array):
    return torch.from_numpy(array).clone()


# %% wrap_array | wrong: copy-made | np.array
def wrap_array(array):
    if isinstance(array, np.ndarray):
        return torch.from_numpy(np.array(array))
    raise TypeError("not an array")


# %% wrap_array | wrong | requires-grad-or-none, nothing for a list
def wrap_array(array):
    return torch.from_numpy(array) if isinstance(array, np.ndarray) else None


# %% wrap_array | wrong | square-transposed, transposes squares
# breaks: "the same first address and the same strides in memory"
def wrap_array(array):
    t = torch.from_numpy(array)
    return t.T if t.dim() == 2 and t.shape[0] == t.shape[1] else t


# %% wrap_array | wrong | one axis
def wrap_array(array):
    if not isinstance(array, np.ndarray):
        raise TypeError
    return torch.from_numpy(array.reshape(-1))


# %% wrap_array | wrong | torch.tensor, whatever comes
def wrap_array(array):
    return torch.tensor(array)


# %% wrap_array | wrong: accepts-everything | kinds that come to mind
def wrap_array(array):
    if isinstance(array, (list, tuple, int, float, np.generic, torch.Tensor)):
        raise TypeError("no array")
    return torch.as_tensor(array)


# %% copy_f32 | right | astype
def copy_f32(array):
    return torch.from_numpy(array.astype(np.float32))


# %% copy_f32 | right | to with copy
def copy_f32(array):
    return torch.from_numpy(array).to(torch.float32, copy=True)


# %% copy_f32 | right | empty and copy_
def copy_f32(array):
    return torch.empty(array.shape).copy_(torch.from_numpy(array))


# %% copy_f32 | right | np.array
def copy_f32(array):
    return torch.from_numpy(np.array(array, dtype="float32"))


# %% copy_f32 | right | float and clone
def copy_f32(array):
    return torch.from_numpy(array).float().clone()


# %% copy_f32 | right | tensor, then float, with a warning
def copy_f32(array):
    import warnings
    warnings.warn("copying")
    return torch.tensor(array).float()


# %% copy_f32 | right | loop
def copy_f32(array):
    out = torch.zeros(array.shape, dtype=torch.float32)
    for index in np.ndindex(array.shape):
        out[index] = float(array[index])
    return out


# %% copy_f32 | right | by way of float64
def copy_f32(array):
    return torch.tensor(array, dtype=torch.float64).to(torch.float32)


# %% copy_f32 | misconception | no-conversion-no-copy
why = "float(), to(), as_tensor and NumPy's asarray and require copy only if they have to convert; ask for a copy explicitly."
next = "a = np.ones(2, np.float32); print(torch.from_numpy(a).float().data_ptr() == a.ctypes.data)"


# %% copy_f32 | wrong: no-conversion-no-copy | float
# breaks: "that never shares memory with `array`"
def copy_f32(array):
    return torch.from_numpy(array).float()


# %% copy_f32 | wrong: no-conversion-no-copy | to
def copy_f32(array):
    return torch.from_numpy(array).to(torch.float32)


# %% copy_f32 | wrong: no-conversion-no-copy | as_tensor
def copy_f32(array):
    return torch.as_tensor(array, dtype=torch.float32)


# %% copy_f32 | wrong: no-conversion-no-copy | astype without copy
def copy_f32(array):
    return torch.from_numpy(array.astype(np.float32, copy=False))


# %% copy_f32 | wrong: no-conversion-no-copy | asarray
def copy_f32(array):
    return torch.from_numpy(np.asarray(array, dtype=np.float32))


# %% copy_f32 | wrong: no-conversion-no-copy | ascontiguousarray
def copy_f32(array):
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)).reshape(array.shape)


# %% copy_f32 | wrong: no-conversion-no-copy | require
def copy_f32(array):
    return torch.from_numpy(np.require(array, np.float32, ["W"]))


# %% copy_f32 | misconception | constructor-shares
why = "torch.Tensor is no copying function; use torch.tensor with a dtype."
next = "a = np.ones(2, np.float32); print(torch.Tensor(np.array(3)).shape, torch.Tensor(a).data_ptr() == a.ctypes.data)"


def when(seen, want):
    return seen.raised is None and want is not None and want.shape == () and len(seen.result.shape) == 1 and seen.result.shape != (1,)


# %% copy_f32 | wrong: constructor-shares | Tensor
def copy_f32(array):
    return torch.Tensor(array)


# %% copy_f32 | wrong: constructor-shares | FloatTensor
def copy_f32(array):
    return torch.FloatTensor(array)


# %% copy_f32 | wrong: constructor-shares | Tensor and clone
# breaks: "any number of axes (even none: the shape is then `()`)"
def copy_f32(array):
    return torch.Tensor(array).clone()


# %% copy_f32 | wrong: constructor-shares | Tensor, then float
def copy_f32(array):
    return torch.Tensor(array).float()


# %% copy_f32 | wrong: constructor-shares | Tensor, detached
def copy_f32(array):
    result = torch.Tensor(array)
    return result.detach()


# %% copy_f32 | wrong: constructor-shares | float32 first
def copy_f32(array):
    return torch.Tensor(array).to(torch.float32)


# %% copy_f32 | misconception | dtype-kept
why = "The dtype of the array was kept, or that of a Python number taken: say dtype=torch.float32."
next = "print(torch.tensor(np.array([1, 2])).dtype, torch.tensor(np.array([1, 2]), dtype=torch.float32).dtype)"


def when(seen, want):
    return isinstance(seen.result.dtype, torch.dtype) and seen.result.dtype != torch.float32


# %% copy_f32 | wrong: dtype-kept | tensor
# breaks: "as a `float32` tensor"
def copy_f32(array):
    return torch.tensor(array)


# %% copy_f32 | wrong: dtype-kept | from_numpy and clone
def copy_f32(array):
    return torch.from_numpy(array).clone()


# %% copy_f32 | wrong: dtype-kept | from_numpy
def copy_f32(array):
    return torch.from_numpy(array)


# %% copy_f32 | wrong: dtype-kept | integers only converted
# breaks: "The array may have any real dtype that torch has too, `float32` included: floating, integer or `bool`."
def copy_f32(array):
    t = torch.tensor(array)
    return t if t.is_floating_point() else t.float()


# %% copy_f32 | misconception | wants-grad
why = "A copy of data requires no grad: leave requires_grad away."
next = "print(torch.tensor(np.ones(2), dtype=torch.float32).requires_grad)"


# %% copy_f32 | wrong: wants-grad | requires_grad
# breaks: "and does not require grad"
def copy_f32(array):
    return torch.tensor(array, dtype=torch.float32, requires_grad=True)


# %% copy_f32 | wrong: wants-grad | requires_grad_
def copy_f32(array):
    t = torch.from_numpy(array.astype(np.float32))
    return t.requires_grad_()


# %% copy_f32 | wrong: wants-grad | attribute
def copy_f32(array):
    copied = torch.tensor(array).to(torch.float32)
    copied.requires_grad = True
    return copied


# %% copy_f32 | wrong: wants-grad | an operation on a leaf
def copy_f32(array):
    start = torch.zeros(array.shape, requires_grad=True)
    return start + torch.tensor(array, dtype=torch.float32)


# %% copy_f32 | wrong: wants-grad | clone of a leaf
def copy_f32(array):
    values = torch.from_numpy(array.astype("float32")).requires_grad_(True)
    return values.clone()


# %% copy_f32 | wrong: wants-grad | requires_grad_ of torch.tensor
def copy_f32(array):
    return torch.tensor(array, dtype=torch.float32).requires_grad_(True)


# %% copy_f32 | wrong: wants-grad | requires_grad_ of a clone
def copy_f32(array):
    t = torch.from_numpy(array).float().clone()
    t.requires_grad_()
    return t


# %% copy_f32 | misconception | through-a-list
why = "An empty array has a shape too, such as (0, 3): a list forgets it, and torch.empty(0) has another."
next = "print(np.zeros((0, 3)).tolist(), torch.tensor(np.zeros((0, 3))).shape)"


# %% copy_f32 | wrong: through-a-list | tolist
# breaks: "as a `float32` tensor of the same shape"
def copy_f32(array):
    return torch.tensor(array.tolist(), dtype=torch.float32)


# %% copy_f32 | wrong: through-a-list | float of a list
def copy_f32(array):
    values = array.astype(float).tolist()
    return torch.tensor(values).float()


# %% copy_f32 | wrong: through-a-list | np.array of the list
def copy_f32(array):
    return torch.from_numpy(np.array(array.tolist(), dtype=np.float32))


# %% copy_f32 | wrong: through-a-list | FloatTensor of the list
def copy_f32(array):
    if array.ndim == 0:
        return torch.tensor(float(array))
    return torch.FloatTensor(array.tolist())


# %% copy_f32 | wrong: through-a-list | rows
def copy_f32(array):
    if array.ndim == 0:
        return torch.tensor(array, dtype=torch.float32)
    return torch.tensor([row.tolist() for row in array], dtype=torch.float32)


# %% copy_f32 | misconception | one-axis-more
why = "np.ascontiguousarray and np.atleast_1d give an array without axes one axis: the shape () has to stay."
next = "print(np.ascontiguousarray(np.array(3.)).shape, np.array(3.).copy().shape)"


# %% copy_f32 | wrong: one-axis-more | ascontiguousarray, then copy
def copy_f32(array):
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32).copy())


# %% copy_f32 | wrong: one-axis-more | atleast_1d
def copy_f32(array):
    return torch.tensor(np.atleast_1d(array), dtype=torch.float32)


# %% copy_f32 | wrong: one-axis-more | ndmin
def copy_f32(array):
    return torch.from_numpy(np.array(array, dtype=np.float32, ndmin=1))


# %% copy_f32 | wrong: one-axis-more | contiguous first
def copy_f32(array):
    straight = np.ascontiguousarray(array)
    return torch.tensor(straight).float()


# %% copy_f32 | wrong: one-axis-more | reshaped
def copy_f32(array):
    shape = array.shape or (1,)
    return torch.from_numpy(array.astype(np.float32).reshape(shape))


# %% copy_f32 | misconception | flag-of-the-caller
why = "array.flags.writeable belongs to the caller: a read-only array stays read-only, and its copy can be written to."
next = "a = np.ones(2); a.flags.writeable = False; print(a.copy().flags.writeable, a.flags.writeable)"


# %% copy_f32 | wrong: flag-of-the-caller | switched on
# breaks: "it may be read-only"
def copy_f32(array):
    array.flags.writeable = True
    return torch.from_numpy(array).clone().float()


# %% copy_f32 | wrong: flag-of-the-caller | setflags
def copy_f32(array):
    array.setflags(write=True)
    return torch.tensor(array, dtype=torch.float32)


# %% copy_f32 | wrong: flag-of-the-caller | where it is locked
def copy_f32(array):
    if array.flags["WRITEABLE"] is False:
        array.flags["WRITEABLE"] = True
    shared = torch.as_tensor(array)
    return shared.to(dtype=torch.float32, copy=True)


# %% copy_f32 | wrong: flag-of-the-caller | locked while it is copied
def copy_f32(array):
    array.flags.writeable = False
    result = torch.from_numpy(array.astype(np.float32))
    array.flags.writeable = True
    return result


# %% copy_f32 | wrong | stops-without-axes, asarray with copy
def copy_f32(array):
    return torch.asarray(array, dtype=torch.float32, copy=True)


# %% copy_f32 | wrong | one-axis, flattened
def copy_f32(array):
    return torch.tensor(array.ravel(), dtype=torch.float32)


# %% copy_f32 | wrong | float16 in between
# breaks: "Values are rounded as `array.astype(np.float32)` rounds them"
def copy_f32(array):
    return torch.tensor(array, dtype=torch.float16).to(torch.float32)


# %% copy_f32 | misconception | narrow-integers
why = "int32 wraps beyond 2**31 and int64 beyond 2**63, where uint64 goes on: convert the array as it is, without another integer dtype in between."
next = "print(np.array([2**40 + 1]).astype(np.int32), np.array([2**63], dtype=np.uint64).astype(np.int64))"


# %% copy_f32 | wrong: narrow-integers | int32
# breaks: "Values are rounded as `array.astype(np.float32)` rounds them"
def copy_f32(array):
    if array.dtype.kind in "iu":
        array = array.astype(np.int32)
    return torch.tensor(array, dtype=torch.float32)


# %% copy_f32 | wrong: narrow-integers | int64
def copy_f32(array):
    if array.dtype.kind in "biu":
        array = array.astype(np.int64)
    return torch.tensor(array, dtype=torch.float32)


# %% copy_f32 | wrong: narrow-integers | .int()
def copy_f32(array):
    t = torch.tensor(array)
    return t.to(torch.float32, copy=True) if t.is_floating_point() else t.int().float()


# %% copy_f32 | wrong: narrow-integers | .long()
def copy_f32(array):
    t = torch.tensor(array)
    return t.float() if t.is_floating_point() else t.long().float()


# %% copy_f32 | wrong: narrow-integers | signed ones as int32
def copy_f32(array):
    narrow = array.astype("int32") if array.dtype.kind == "i" else array
    return torch.from_numpy(np.array(narrow, dtype=np.float32))


# %% copy_f32 | misconception | still-an-array
why = "astype and np.array make an array: torch.from_numpy makes a tensor of it."
next = "a = np.zeros(2).astype(np.float32); print(type(a), type(torch.from_numpy(a)))"


def when(seen, want):
    return isinstance(seen.result.dtype, np.dtype)


# %% copy_f32 | wrong: still-an-array | astype
def copy_f32(array):
    return array.astype(np.float32)


# %% copy_f32 | wrong: still-an-array | np.array
def copy_f32(array):
    return np.array(array, dtype="float32", order="C")


# %% copy_f32 | wrong: still-an-array | filled
def copy_f32(array):
    out = np.empty(array.shape, np.float32)
    out[...] = array
    return out


# %% copy_f32 | wrong: still-an-array | back to NumPy
def copy_f32(array):
    return torch.tensor(array, dtype=torch.float32).numpy()


# %% to_array | right | clone
def to_array(t, copy):
    t = t.detach()
    return t.clone().numpy() if copy else t.numpy()


# %% to_array | right | force
def to_array(t, copy):
    a = t.numpy(force=True)
    return np.array(a) if copy else a


# %% to_array | right | np.array of the detached
def to_array(t, copy):
    if copy:
        return np.array(t.detach())
    return np.asarray(t.detach())


# %% to_array | right | data
def to_array(t, copy):
    return t.data.numpy().copy() if copy else t.data.numpy()


# %% to_array | right | dlpack
def to_array(t, copy):
    a = np.from_dlpack(t.detach())
    return a.copy(order="F") if copy else a


# %% to_array | right | no_grad
def to_array(t, copy):
    with torch.no_grad():
        return t.clone().detach().numpy() if copy else t.detach().numpy()


# %% to_array | right | filled by a loop, with a print
def to_array(t, copy):
    shared = t.detach().numpy()
    if not copy:
        return shared
    print("copying", shared.shape)
    own = np.empty(shared.shape, shared.dtype)
    for index in np.ndindex(shared.shape):
        own[index] = shared[index]
    return own


# %% to_array | right | copy with a default
def to_array(t, copy=False):
    array = t.detach().numpy()
    return np.array(array, copy=True) if copy else array


# %% to_array | right | numpy with force, torch clones
def to_array(t, copy):
    with torch.no_grad():
        source = t.clone() if copy else t
    return source.numpy(force=True)


# %% to_array | misconception | detach-is-no-copy
why = "contiguous() copies only when it has to, detach, cpu and force do not copy on the CPU, and slices such as [:] are views; add .copy() or clone()."
next = "t = torch.zeros(2); a = t.detach().cpu().contiguous().numpy(); a[0] = 9.; print(t)"


# %% to_array | wrong: detach-is-no-copy | detach
# breaks: "With `copy=True` the array shares nothing with `t`"
def to_array(t, copy):
    return t.detach().numpy()


# %% to_array | wrong: detach-is-no-copy | force
def to_array(t, copy):
    return t.numpy(force=True) if copy else t.detach().numpy()


# %% to_array | wrong: detach-is-no-copy | cpu
def to_array(t, copy):
    return t.cpu().detach().numpy()


# %% to_array | wrong: detach-is-no-copy | asarray
def to_array(t, copy):
    return np.asarray(t.detach())


# %% to_array | wrong: detach-is-no-copy | contiguous
def to_array(t, copy):
    return t.detach().contiguous().numpy() if copy else t.detach().numpy()


# %% to_array | wrong: detach-is-no-copy | copy only what requires grad
def to_array(t, copy):
    if copy and t.requires_grad:
        return t.detach().clone().numpy()
    return t.detach().numpy()


# %% to_array | wrong: detach-is-no-copy | everything of the array
def to_array(t, copy):
    array = t.detach().numpy()
    if not copy:
        return array
    return array[...]


# %% to_array | wrong: detach-is-no-copy | a slice where there is an axis
def to_array(t, copy):
    array = t.detach().numpy()
    return array[:] if copy and array.ndim > 0 else array


# %% to_array | wrong: detach-is-no-copy | a slice of the tensor
def to_array(t, copy):
    values = t.detach()
    if copy:
        values = values[...]
    return values.numpy()


# %% to_array | wrong: detach-is-no-copy | view of an array
def to_array(t, copy):
    shared = t.detach().numpy()
    own = shared.view()
    return own if copy else shared


# %% to_array | wrong: detach-is-no-copy | a slice, a number copied
def to_array(t, copy):
    array = t.detach().numpy()
    if copy:
        array = array[:] if array.shape else np.array(array)
    return array


# %% to_array | wrong: detach-is-no-copy | a slice of the tensor's first axis
def to_array(t, copy):
    t = t.detach()
    own = t[:] if t.dim() and copy else t
    return own.numpy()


# %% to_array | misconception | numpy-on-grad
why = "numpy() refuses a tensor that requires grad, also a clone of one. Detach first: t.detach().numpy()."
next = "t = torch.ones(2, requires_grad=True); print(t.clone().requires_grad, t.detach().numpy())"


def when(seen, want):
    return seen.raised is not None and "Can't call numpy() on Tensor that requires grad" in seen.raised.message


# %% to_array | wrong: numpy-on-grad | numpy
def to_array(t, copy):
    return t.numpy().copy() if copy else t.numpy()


# %% to_array | wrong: numpy-on-grad | np.array
def to_array(t, copy):
    return np.array(t) if copy else np.asarray(t)


# %% to_array | wrong: numpy-on-grad | clone keeps the graph
def to_array(t, copy):
    return t.clone().numpy() if copy else t.detach().numpy()


# %% to_array | wrong: numpy-on-grad | np.copy
def to_array(t, copy):
    return np.copy(t) if copy else t.numpy()


# %% to_array | wrong: numpy-on-grad | detach only leaves
# breaks: "`t` may require grad, by itself or as the result of other operations"
def to_array(t, copy):
    source = t.detach() if t.is_leaf else t
    array = source.numpy()
    return array.copy() if copy else array


# %% to_array | misconception | input-detached
why = "t belongs to the caller: requires_grad_(False), requires_grad = False and detach_() change t itself, and only a leaf allows the first two; t.detach() leaves t as it is."
next = "t = torch.ones(2, requires_grad=True); t.detach(); print(t.requires_grad); t.detach_(); print(t.requires_grad)"


def when(seen, want):
    return seen.raised is not None and ("leaf variables" in seen.raised.message or "detach views" in seen.raised.message)


# %% to_array | wrong: input-detached | detach_
def to_array(t, copy):
    t.detach_()
    return t.numpy().copy() if copy else t.numpy()


# %% to_array | wrong: input-detached | requires_grad_
def to_array(t, copy):
    a = t.requires_grad_(False).numpy()
    return a.copy() if copy else a


# %% to_array | wrong: input-detached | attribute
def to_array(t, copy):
    t.requires_grad = False
    return t.clone().numpy() if copy else t.numpy()


# %% to_array | wrong: input-detached | switched off and on
# breaks: "same values, `requires_grad`, `is_leaf`, `grad_fn`, version count"
def to_array(t, copy):
    needed = t.requires_grad
    t.requires_grad_(False)
    a = t.numpy().copy() if copy else t.numpy()
    t.requires_grad_(needed)
    return a


# %% to_array | misconception | dtype-lost
why = "A list knows neither dtype nor shape. np.empty and np.zeros are float64 unless you give them the dtype."
next = "t = torch.zeros(0, 3); print(np.array(t.tolist()).shape, np.array(t.tolist()).dtype, np.empty(tuple(t.shape)).dtype)"


# %% to_array | wrong: dtype-lost | tolist
def to_array(t, copy):
    return np.array(t.tolist())


# %% to_array | wrong: dtype-lost | tolist for the copy
# breaks: "as a NumPy array of the same shape and dtype"
def to_array(t, copy):
    return np.array(t.tolist()) if copy else t.detach().numpy()


# %% to_array | wrong: dtype-lost | tolist with dtype
def to_array(t, copy):
    a = t.detach().numpy()
    return np.array(t.tolist(), dtype=a.dtype) if copy else a


# %% to_array | wrong: dtype-lost | asarray of a list
def to_array(t, copy):
    array = t.detach().numpy()
    if not copy:
        return array
    return np.asarray(t.detach().tolist()).reshape(array.shape)


# %% to_array | wrong: dtype-lost | np.empty for nothing
# breaks: "It may have no elements: then only shape and dtype count."
def to_array(t, copy):
    if t.numel() == 0:
        return np.empty(tuple(t.shape))
    return t.detach().numpy().copy() if copy else t.detach().numpy()


# %% to_array | wrong: dtype-lost | np.zeros for nothing
def to_array(t, copy):
    array = t.detach().numpy()
    if array.size == 0:
        return np.zeros(array.shape)
    return array.copy() if copy else array


# %% to_array | wrong: dtype-lost | np.empty filled
def to_array(t, copy):
    if not copy:
        return t.detach().numpy()
    own = np.empty(t.shape)
    own[...] = t.detach().numpy()
    return own


# %% to_array | wrong: dtype-lost | an empty list, reshaped
def to_array(t, copy):
    if 0 in t.shape:
        return np.array([]).reshape(tuple(t.shape))
    own = t.data.numpy()
    return np.array(own) if copy else own


# %% to_array | misconception | always-a-copy
why = "With copy=False the array must be a window on the memory of t: t.detach().numpy() already is."
next = "t = torch.zeros(2); t.detach().numpy()[0] = 9.; print(t)"


# %% to_array | wrong: always-a-copy | copies always
def to_array(t, copy):
    return t.detach().numpy().copy()


# %% to_array | wrong: always-a-copy | clone
def to_array(t, copy):
    return t.detach().clone().numpy()


# %% to_array | wrong: always-a-copy | np.array
def to_array(t, copy):
    own = np.array(t.detach())
    return own


# %% to_array | wrong: always-a-copy | deep copy
def to_array(t, copy):
    import copy as copying
    return copying.deepcopy(t.detach()).numpy()


# %% to_array | wrong: always-a-copy | contiguous copies views
def to_array(t, copy):
    values = t.detach().numpy()
    return values.copy() if copy else values.astype(values.dtype)


# %% to_array | misconception | numpy-scalar
why = "Arithmetic and an index of () turn an array without axes into a NumPy scalar: copy() keeps the array."
next = "a = np.array(3.); print(type(a * 1), type(a[()]), type(a.copy()))"


# %% to_array | wrong: numpy-scalar | index of ()
# breaks: "the result is then an array of shape `()`, not a NumPy scalar"
def to_array(t, copy):
    a = t.detach().numpy()
    return (a.copy() if copy else a)[()]


# %% to_array | wrong: numpy-scalar | times one
def to_array(t, copy):
    a = t.detach().numpy()
    return a * a.dtype.type(1) if copy else a


# %% to_array | wrong: numpy-scalar | absolute copy of a copy
def to_array(t, copy):
    a = t.detach().numpy()
    if copy:
        return a.copy()[()]
    return a


# %% to_array | wrong: numpy-scalar | positive
def to_array(t, copy):
    a = t.detach().numpy()
    if copy:
        a = np.where(True, a, a)[()]
    return a


# %% to_array | wrong: numpy-scalar | type of the dtype
def to_array(t, copy):
    array = t.detach().numpy()
    if t.dim() == 0:
        return array.dtype.type(t.item())
    return array.copy() if copy else array


# %% to_array | wrong | swapped, copies when it should share
# breaks: "With `copy=False` the array shares the memory of `t` and starts at the same address."
def to_array(t, copy):
    a = t.detach().numpy()
    return a if copy else a.copy()


# %% to_array | wrong | frozen-copy, read-only copy
# breaks: "can be written to"
def to_array(t, copy):
    a = t.detach().numpy()
    if copy:
        a = a.copy()
        a.setflags(write=False)
    return a


# %% to_array | wrong | another name for copy
# breaks: "`copy` is passed by position or by name."
def to_array(t, own):
    values = t.detach().numpy()
    return values.copy() if own else values


# %% to_array | misconception | through-float64
why = "float64 holds whole numbers up to 2**53 and no imaginary part: copy() and clone() keep what is there."
next = "a = np.array([2**53 + 1]); print(a.astype(float).astype(a.dtype), a.copy())"


# %% to_array | wrong: through-float64 | astype twice
# breaks: "Return the values of the CPU tensor `t`, of a dtype that NumPy has too"
def to_array(t, copy):
    array = t.detach().numpy()
    return array.astype(np.float64).astype(array.dtype) if copy else array


# %% to_array | wrong: through-float64 | double
def to_array(t, copy):
    t = t.detach()
    return t.double().numpy().astype(t.numpy().dtype) if copy else t.numpy()


# %% to_array | wrong: through-float64 | filled from floats
def to_array(t, copy):
    shared = t.detach().numpy()
    if not copy:
        return shared
    own = np.zeros(shared.shape)
    own[...] = shared.real
    return np.array(own, dtype=shared.dtype)


# %% to_array | wrong: through-float64 | element by element
def to_array(t, copy):
    shared = t.detach().numpy()
    if not copy:
        return shared
    own = np.empty_like(shared)
    for index in np.ndindex(shared.shape):
        own[index] = float(shared[index].real)
    return own


# %% to_array | misconception | read-only
why = "bytes cannot be changed, so an array around them is read-only, and writeable = False locks one: copy() makes an array that can be written to."
next = "a = np.ones(2); print(np.frombuffer(a.tobytes()).flags.writeable, a.copy().flags.writeable)"


# %% to_array | wrong: read-only | frombuffer
# breaks: "can be written to"
def to_array(t, copy):
    shared = t.detach().numpy()
    if not copy:
        return shared
    return np.frombuffer(shared.tobytes(), shared.dtype).reshape(shared.shape)


# %% to_array | wrong: read-only | locked
def to_array(t, copy):
    array = t.detach().numpy()
    if copy:
        array = array.copy()
        array.flags.writeable = False
    return array


# %% to_array | wrong: read-only | ndarray around bytes
def to_array(t, copy):
    window = t.detach().numpy()
    return np.ndarray(window.shape, window.dtype, buffer=window.tobytes()) if copy else window


# %% to_array | wrong: read-only | broadcast
def to_array(t, copy):
    array = t.detach().numpy()
    return np.broadcast_to(array.copy(), array.shape) if copy else array


# %% to_array | wrong | the shared array is locked
def to_array(t, copy):
    array = t.detach().numpy()
    if copy:
        return array.copy()
    array.flags.writeable = False
    return array


# %% to_array | wrong | a read-only view of the shared array
def to_array(t, copy):
    array = t.detach().numpy()
    return array.copy() if copy else np.broadcast_to(array, array.shape)


# %% add_to_array_ | right | through torch after a check
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError("read-only array")
    torch.from_numpy(array).add_(amount)
    return array


# %% add_to_array_ | right | np.add
def add_to_array_(array, amount):
    return np.add(array, amount, out=array)


# %% add_to_array_ | right | assignment to a slice
def add_to_array_(array, amount):
    array[...] = array + amount
    return array


# %% add_to_array_ | right | loop
def add_to_array_(array, amount):
    if not array.flags["WRITEABLE"]:
        raise ValueError
    for index in np.ndindex(array.shape):
        array[index] += amount
    return array


# %% add_to_array_ | right | copyto and a print
def add_to_array_(array, amount):
    np.copyto(array, array + amount)
    print(array)
    return array


# %% add_to_array_ | right | subclass of ValueError
class ReadOnly(ValueError):
    pass

def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ReadOnly()
    t = torch.as_tensor(array)
    t += amount
    return array


# %% add_to_array_ | right | read-only found by trying
def add_to_array_(array, amount):
    array[...] = array
    torch.from_numpy(array).add_(amount)
    return array


# %% add_to_array_ | misconception | other-object
why = "Return the array you were given: a view, a copy or a tensor is another object."
next = "a = np.zeros(2); print(a[:] is a, torch.from_numpy(a).numpy() is a, a is a)"


# %% add_to_array_ | wrong: other-object | numpy of the tensor
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError
    return torch.from_numpy(array).add_(amount).numpy()


# %% add_to_array_ | wrong: other-object | the tensor
# breaks: ""an array" exactly `np.ndarray`"
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError
    t = torch.from_numpy(array)
    t += amount
    return t


# %% add_to_array_ | wrong: other-object | a view
# breaks: "and return `array` itself, the same object"
def add_to_array_(array, amount):
    array += amount
    return array[:]


# %% add_to_array_ | wrong: other-object | a copy of it
def add_to_array_(array, amount):
    array += amount
    return array.copy()


# %% add_to_array_ | wrong: other-object | a tensor of a copy of the name
def add_to_array_(array, amount):
    if array.flags.writeable:
        return torch.as_tensor(array).add_(amount)
    raise ValueError("read-only")


# %% add_to_array_ | wrong: other-object | ravelled back
def add_to_array_(array, amount):
    array += amount
    return np.array(array)


# %% add_to_array_ | wrong: other-object | view of the sum
def add_to_array_(array, amount):
    np.add(array, amount, out=array)
    return array.view()


# %% add_to_array_ | wrong: other-object | the tensor, flag by name
def add_to_array_(array, amount):
    if not array.flags["WRITEABLE"]:
        raise ValueError("read-only")
    t = torch.from_numpy(array)
    t.add_(amount)
    return t


# %% add_to_array_ | misconception | another-error
why = "A read-only array is refused with ValueError: whoever expects that does not catch another error."
next = "print(issubclass(TypeError, ValueError), issubclass(UnicodeError, ValueError))"


def when(seen, want):
    array = seen.arguments.get("array")
    return array is not None and not array.writeable and seen.raised is not None and "ValueError" not in seen.raised.bases


# %% add_to_array_ | wrong: another-error | TypeError | fails: read_only
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise TypeError("read-only")
    array += amount
    return array


# %% add_to_array_ | wrong: another-error | assert | fails: read_only
def add_to_array_(array, amount):
    assert array.flags.writeable, "the array is read-only"
    array += amount
    return array


# %% add_to_array_ | wrong: another-error | any error becomes one of its own
def add_to_array_(array, amount):
    try:
        array += amount
    except ValueError as error:
        raise RuntimeError("cannot write") from error
    return array


# %% add_to_array_ | misconception | rebinding
why = "array = array + 1 makes something new; += or add_ writes in place."
next = "a = np.zeros(2); same = a; a = a + 1; print(a is same, same)"


# %% add_to_array_ | wrong: rebinding | array + amount
def add_to_array_(array, amount):
    array = array + amount
    return array


# %% add_to_array_ | wrong: rebinding | after a check
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError("read-only")
    array = array + amount
    return array


# %% add_to_array_ | wrong: rebinding | np.add
def add_to_array_(array, amount):
    array = np.add(array, amount)
    return array


# %% add_to_array_ | wrong: rebinding | tensor + amount
# breaks: "Add the whole number `amount` to every element of `array` in place"
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError
    t = torch.from_numpy(array)
    t = t + amount
    return t.numpy()


# %% add_to_array_ | misconception | copy-in-between
why = "The sums went into a copy: only memory that is shared carries the change back."
next = "a = np.zeros((4, 4))[:, ::2]; print(np.shares_memory(a, a.reshape(-1)), np.shares_memory(a, torch.tensor(a).numpy()))"


# %% add_to_array_ | wrong: copy-in-between | float | fails: values
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError
    torch.from_numpy(array).float().add_(amount)
    return array


# %% add_to_array_ | wrong: copy-in-between | ascontiguousarray
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError
    flat = np.ascontiguousarray(array)
    flat += amount
    return array


# %% add_to_array_ | wrong: copy-in-between | reshape
# breaks: "every tensor or array that shares its memory sees the change"
def add_to_array_(array, amount):
    flat = array.reshape(-1)
    flat += amount
    return array


# %% add_to_array_ | wrong: copy-in-between | flatten
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError
    a = array.flatten()
    a += amount
    return array


# %% add_to_array_ | wrong: copy-in-between | reshape through torch | fails: values
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError
    torch.from_numpy(array.reshape(-1)).add_(amount)
    return array


# %% add_to_array_ | wrong: copy-in-between | a number is a copy
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError
    for value in array.flat:
        value += amount
    return array


# %% add_to_array_ | wrong: copy-in-between | torch.tensor
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError("read-only array")
    torch.tensor(array).add_(amount)
    return array


# %% add_to_array_ | misconception | rounded-on-the-way
why = "float64 holds whole numbers up to 2**53 and float32 up to 2**24: add in the dtype of the array."
next = "print(np.float64(2**53 + 1) == 2**53, np.float32(2**24 + 1) == 2**24)"


# %% add_to_array_ | wrong: rounded-on-the-way | float64 and back
# breaks: "Its dtype stays as it is"
def add_to_array_(array, amount):
    array[...] = (array.astype(float) + amount).astype(array.dtype)
    return array


# %% add_to_array_ | wrong: rounded-on-the-way | a double tensor
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError
    t = torch.from_numpy(array)
    t.copy_(t.double() + amount)
    return array


# %% add_to_array_ | wrong: rounded-on-the-way | amount as a float
def add_to_array_(array, amount):
    np.add(array, float(amount), out=array, casting="unsafe")
    return array


# %% add_to_array_ | wrong: rounded-on-the-way | np.float64 array
def add_to_array_(array, amount):
    sums = np.array(array, dtype=np.float64)
    sums += amount
    np.copyto(array, sums, casting="unsafe")
    return array


# %% add_to_array_ | misconception | read-only-written
why = "A read-only array has to be refused, and torch does not protect read-only arrays: look at array.flags.writeable first. The flag is that of the array itself, and it stays as it is."
next = "a = np.zeros(2); a.setflags(write=False); torch.from_numpy(a).add_(1); print(a)"


def when(seen, want):
    array = seen.arguments.get("array")
    return array is not None and not array.writeable and seen.after["array"] != array


# %% add_to_array_ | wrong: read-only-written | from_numpy
# breaks: "If the array is read-only (`array.flags.writeable` is `False`), raise `ValueError`"
def add_to_array_(array, amount):
    torch.from_numpy(array).add_(amount)
    return array


# %% add_to_array_ | wrong: read-only-written | checks afterwards
# breaks: "leave everything as it is, values and flag"
def add_to_array_(array, amount):
    torch.from_numpy(array).add_(amount)
    if not array.flags.writeable:
        raise ValueError("read-only")
    return array


# %% add_to_array_ | wrong: read-only-written | unlocks
def add_to_array_(array, amount):
    array.setflags(write=True)
    array += amount
    return array


# %% add_to_array_ | wrong: read-only-written | unlocks and locks again
def add_to_array_(array, amount):
    locked = not array.flags.writeable
    if locked:
        array.setflags(write=True)
    array += amount
    array.setflags(write=not locked)
    return array


# %% add_to_array_ | wrong: read-only-written | as_tensor, then numpy notices
def add_to_array_(array, amount):
    torch.as_tensor(array).add_(amount)
    array += 0
    return array


# %% add_to_array_ | wrong: read-only-written | asks the base
# breaks: "because it is a read-only view of a writable array"
def add_to_array_(array, amount):
    owner = array if array.base is None else array.base
    if isinstance(owner, np.ndarray) and not owner.flags.writeable:
        raise ValueError("read-only")
    torch.from_numpy(array).add_(amount)
    return array


# %% add_to_array_ | wrong | tensor's array, unchecked
def add_to_array_(array, amount):
    return torch.from_numpy(array).add_(amount).numpy()


# %% add_to_array_ | wrong | returned-nothing, no return
def add_to_array_(array, amount):
    array += amount


# %% add_to_array_ | wrong | a new array when empty
def add_to_array_(array, amount):
    if array.size == 0:
        return array.copy()
    array += amount
    return array


# %% add_to_array_ | wrong | too-much, changes the base array
# breaks: "If `array` is a slice of something larger, nothing outside the slice changes."
def add_to_array_(array, amount):
    if not array.flags.writeable:
        raise ValueError
    base = array if array.base is None else array.base
    base += amount
    return array


# %% add_to_array_ | wrong | zero-skips, nothing to do for 0
# breaks: "`amount` may be negative or 0."
def add_to_array_(array, amount):
    if amount == 0:
        return array
    array += amount
    return array


# %% add_to_array_ | wrong | frozen-after, freezes
# breaks: "it stays writable"
def add_to_array_(array, amount):
    array += amount
    array.setflags(write=False)
    return array


# %% add_to_array_ | wrong | gives a read-only array back
def add_to_array_(array, amount):
    if not array.flags.writeable:
        return array
    array += amount
    return array


# %% add_to_array_ | misconception | asks-the-base
why = "flags.writeable of the array itself decides: a view that was made before its base was locked is still writable."
next = "a = np.zeros(3); view = a[1:]; a.setflags(write=False); print(view.flags.writeable, a.flags.writeable)"


# %% add_to_array_ | wrong: asks-the-base | all the way down
def add_to_array_(array, amount):
    below = array
    while isinstance(below, np.ndarray):
        if not below.flags.writeable:
            raise ValueError("read-only")
        below = below.base
    array += amount
    return array


# %% add_to_array_ | wrong: asks-the-base | both
def add_to_array_(array, amount):
    base = array if array.base is None else array.base
    if not (array.flags.writeable and base.flags.writeable):
        raise ValueError("read-only")
    array += amount
    return array


# %% add_to_array_ | wrong: asks-the-base | array and its owner
def add_to_array_(array, amount):
    for part in (array, array.base):
        if part is not None and part.flags["WRITEABLE"] is False:
            raise ValueError
    np.add(array, amount, out=array)
    return array


# %% add_to_array_ | wrong: asks-the-base | the base first
def add_to_array_(array, amount):
    if array.base is not None and not array.base.flags.writeable:
        raise ValueError("the memory is read-only")
    if not array.flags.writeable:
        raise ValueError("the array is read-only")
    torch.from_numpy(array).add_(amount)
    return array


# %% add_to_array_ | misconception | not-refused
why = "Whoever hands in a read-only array has to get ValueError, also when there is nothing to add: a text that is printed or an array that is returned tells nothing."
next = "a = np.zeros(2); a.setflags(write=False)\ntry: a += 0\nexcept ValueError as error: print(error)"


# %% add_to_array_ | wrong: not-refused | printed
def add_to_array_(array, amount):
    try:
        array += amount
    except ValueError as error:
        print("no:", error)
    return array


# %% add_to_array_ | wrong: not-refused | returned as it is | fails: read_only
# breaks: "raise `ValueError` and leave everything as it is"
def add_to_array_(array, amount):
    if array.flags.writeable:
        array += amount
    return array


# %% add_to_array_ | wrong: not-refused | nothing to add
# breaks: "`amount` may be negative or 0."
def add_to_array_(array, amount):
    if amount != 0:
        array += amount
    return array


# %% add_to_array_ | wrong: not-refused | no elements, nothing to do
def add_to_array_(array, amount):
    if array.size == 0:
        return array
    if not array.flags.writeable:
        raise ValueError
    array += amount
    return array


# %% add_to_array_ | wrong: not-refused | None
def add_to_array_(array, amount):
    if not array.flags.writeable:
        return None
    array += amount
    return array


# %% import_safely | right | tensor of a copy
def import_safely(array):
    if array.flags.writeable and all(s >= 0 for s in array.strides):
        return torch.from_numpy(array)
    return torch.tensor(array.copy())


# %% import_safely | right | try and a check
def import_safely(array):
    if not array.flags["WRITEABLE"]:
        return torch.from_numpy(np.array(array))
    try:
        return torch.from_numpy(array)
    except ValueError:
        return torch.from_numpy(array.copy())


# %% import_safely | right | min of the strides
def import_safely(array):
    share = array.flags.writeable and min(array.strides) >= 0
    return torch.as_tensor(array if share else array.copy(order="C"))


# %% import_safely | right | dlpack where it is safe
def import_safely(array):
    if array.flags.writeable and not any(s < 0 for s in array.strides):
        return torch.from_dlpack(array)
    return torch.from_numpy(array.copy())


# %% import_safely | right | reversed axes of length 1 are shared
def import_safely(array):
    if not array.flags.writeable:
        return torch.from_numpy(array.copy())
    if any(s < 0 and n > 1 for s, n in zip(array.strides, array.shape)):
        return torch.from_numpy(array.copy())
    return torch.from_dlpack(array)


# %% import_safely | right | through a list
def import_safely(array):
    if array.flags.writeable and not (np.array(array.strides) < 0).any():
        return torch.from_numpy(array)
    print("copy")
    out = torch.empty(array.shape, dtype=torch.from_numpy(np.zeros(1, array.dtype)).dtype)
    for index in np.ndindex(array.shape):
        out[index] = array[index].item()
    return out


# %% import_safely | right | flips back
def import_safely(array):
    axes = [i for i, s in enumerate(array.strides) if s < 0]
    if axes:
        array = np.flip(array, axes)
        return torch.from_numpy(array.copy()).flip(axes)
    if not array.flags.writeable:
        return torch.from_numpy(array.copy())
    return torch.from_numpy(array)


# %% import_safely | misconception | wrong-test
why = "Contiguity does not decide, neither about sharing nor about copying: only flags.writeable and the signs of the strides do, and ascontiguousarray copies nothing that is contiguous."
next = "a = np.zeros((4, 4))[:, ::2]; print(a.flags.c_contiguous, torch.from_numpy(a).stride())"


# %% import_safely | wrong: wrong-test | c_contiguous | fails: values, read_only
def import_safely(array):
    return torch.from_numpy(array if array.flags.c_contiguous else array.copy())


# %% import_safely | wrong: wrong-test | ascontiguousarray | fails: values, read_only
def import_safely(array):
    return torch.from_numpy(np.ascontiguousarray(array))


# %% import_safely | wrong: wrong-test | contiguous and writable | fails: values
# breaks: "This includes slices, every other column, transposed and Fortran-ordered arrays."
def import_safely(array):
    if array.flags.c_contiguous and array.flags.writeable:
        return torch.from_numpy(array)
    return torch.from_numpy(array.copy())


# %% import_safely | wrong: wrong-test | require
def import_safely(array):
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))


# %% import_safely | wrong: wrong-test | any contiguous order
def import_safely(array):
    if not array.flags.writeable or not array.flags.forc:
        array = array.copy()
    return torch.from_numpy(array)


# %% import_safely | wrong: wrong-test | contiguous, writable, nothing else
def import_safely(array):
    share = array.flags["C_CONTIGUOUS"] and array.flags["WRITEABLE"]
    return torch.as_tensor(array if share else np.array(array, order="C"))


# %% import_safely | wrong: wrong-test | contiguous or a copy, read-only checked first | fails: values
def import_safely(array):
    if not array.flags.writeable:
        return torch.from_numpy(array.copy())
    return torch.from_numpy(np.ascontiguousarray(array))


# %% import_safely | misconception | always-copy
why = "torch.tensor, copy() and clone() always copy: a writable array without negative strides has to be shared."
next = "a = np.zeros(2); print(np.shares_memory(a, torch.tensor(a).numpy()), np.shares_memory(a, torch.from_numpy(a).numpy()))"


# %% import_safely | wrong: always-copy | array.copy
# breaks: "Share the memory whenever the array is writable and no stride is negative"
def import_safely(array):
    return torch.from_numpy(array.copy())


# %% import_safely | wrong: always-copy | np.array
def import_safely(array):
    return torch.from_numpy(np.array(array, order="C"))


# %% import_safely | wrong: always-copy | clone
def import_safely(array):
    if any(s < 0 for s in array.strides):
        array = array.copy()
    return torch.from_numpy(array).clone(memory_format=torch.contiguous_format)


# %% import_safely | wrong: always-copy | torch.tensor of a copy
def import_safely(array):
    values = array.copy()
    return torch.tensor(values)


# %% import_safely | wrong: always-copy | filled
def import_safely(array):
    own = np.empty(array.shape, array.dtype)
    own[...] = array
    return torch.from_numpy(own)


# %% import_safely | wrong: always-copy | torch.tensor, a copy for the rest
def import_safely(array):
    try:
        return torch.tensor(array)
    except ValueError:
        return torch.tensor(array.copy())


# %% import_safely | misconception | read-only-shared
why = "A read-only array raises nothing in torch, it warns at most: check flags.writeable of the array itself, leave it as it is, and copy."
next = "a = np.zeros(2); a.setflags(write=False); torch.from_dlpack(a.copy())[0] = 9.; torch.from_numpy(a)[0] = 9.; print(a)"


def when(seen, want):
    array = seen.arguments.get("array")
    return array is not None and not array.writeable and (("", "array") in seen.shared or seen.after["array"].writeable)


# %% import_safely | wrong: read-only-shared | try | fails: read_only
# breaks: "Otherwise return a tensor with memory of its own"
def import_safely(array):
    try:
        return torch.from_numpy(array)
    except ValueError:
        return torch.from_numpy(array.copy())


# %% import_safely | wrong: read-only-shared | strides only | fails: read_only
def import_safely(array):
    if any(s < 0 for s in array.strides):
        array = array.copy()
    return torch.from_numpy(array)


# %% import_safely | wrong: read-only-shared | unlocks
# breaks: "The array stays as it is, `flags.writeable` included."
def import_safely(array):
    array.setflags(write=True)
    if min(array.strides) < 0:
        array = array.copy()
    return torch.from_numpy(array)


# %% import_safely | wrong: read-only-shared | unlocks and locks again
def import_safely(array):
    if any(s < 0 for s in array.strides):
        return torch.from_numpy(array.copy())
    locked = not array.flags.writeable
    if locked:
        array.setflags(write=True)
    t = torch.from_numpy(array)
    if locked:
        array.setflags(write=False)
    return t


# %% import_safely | wrong: read-only-shared | from_dlpack never warns
def import_safely(array):
    if any(s < 0 for s in array.strides):
        array = array.copy()
    return torch.from_dlpack(array)


# %% import_safely | wrong: read-only-shared | broadcast only
# breaks: "Read-only arrays (including slices of them, and what `np.broadcast_to` returns) belong here."
def import_safely(array):
    if min(array.strides) <= 0 and not array.flags.writeable or min(array.strides) < 0:
        return torch.from_numpy(array.copy())
    return torch.from_numpy(array)


# %% import_safely | wrong | unlocked to be copied | fails: read_only
# breaks: "The array stays as it is, `flags.writeable` included."
def import_safely(array):
    if not array.flags.writeable and array.base is None:
        array.flags.writeable = True
        return torch.tensor(array)
    if not array.flags.writeable or any(stride < 0 for stride in array.strides):
        array = array.copy()
    return torch.from_numpy(array)


# %% import_safely | misconception | negative-strides
why = "A tensor cannot run backwards: copy the array when any stride is negative, with copy(), since ascontiguousarray leaves an axis of length 1 as it is."
next = "a = np.zeros((2, 3)); print(a[::-1].strides, a[:, ::-1].strides)"


def when(seen, want):
    said = "" if seen.raised is None else seen.raised.message
    return ("strides" in said and "negative" in said) or "runs backwards" in said


# %% import_safely | wrong: negative-strides | from_numpy
def import_safely(array):
    return torch.from_numpy(array)


# %% import_safely | wrong: negative-strides | first stride only | fails: reversed
def import_safely(array):
    if array.strides[0] < 0 or not array.flags.writeable:
        array = array.copy()
    return torch.from_numpy(array)


# %% import_safely | wrong: negative-strides | read-only only | fails: values, reversed
def import_safely(array):
    if not array.flags.writeable:
        array = array.copy()
    return torch.from_numpy(array)


# %% import_safely | wrong: negative-strides | last stride only | fails: values, reversed
# breaks: "no stride is negative"
def import_safely(array):
    if array.strides[-1] < 0 or not array.flags.writeable:
        return torch.from_numpy(array.copy())
    return torch.from_numpy(array)


# %% import_safely | wrong: negative-strides | behaved
def import_safely(array):
    return torch.from_numpy(array if array.flags.behaved else array.copy())


# %% import_safely | wrong: negative-strides | from_dlpack | fails: reversed
def import_safely(array):
    if not array.flags.writeable:
        array = array.copy()
    return torch.from_dlpack(array)


# %% import_safely | wrong: negative-strides | as_tensor
def import_safely(array):
    return torch.as_tensor(array if array.flags.writeable else array.copy())


# %% import_safely | wrong: negative-strides | ascontiguousarray for the copy
def import_safely(array):
    backwards = min(array.strides) < 0
    if backwards or not array.flags.writeable:
        array = np.ascontiguousarray(array) if backwards and array.flags.writeable else array.copy()
    return torch.from_numpy(array)


# %% import_safely | misconception | dtype-lost
why = "The dtype of the array got lost: torch.empty, torch.Tensor and a list of numbers make float32 or int64, whatever the array holds."
next = "a = np.zeros(2); print(torch.tensor(a.tolist()).dtype, torch.Tensor(a).dtype, torch.empty(a.shape).dtype, torch.tensor(a).dtype)"


# %% import_safely | wrong: dtype-lost | through a list
# breaks: "Turn any NumPy array of numbers into a tensor of the same values, shape and dtype"
def import_safely(array):
    if not array.flags.writeable or any(s < 0 for s in array.strides):
        return torch.tensor(array.tolist())
    return torch.from_numpy(array)


# %% import_safely | wrong: dtype-lost | empty first
# breaks: "For an array with no elements, or one that is reversed along an axis of length 1, only values, shape and dtype count."
def import_safely(array):
    if array.size == 0:
        return torch.empty(array.shape)
    if not array.flags.writeable or any(s < 0 for s in array.strides):
        array = array.copy()
    return torch.from_numpy(array)


# %% import_safely | wrong: dtype-lost | zeros first
def import_safely(array):
    if 0 in array.shape:
        return torch.zeros(array.shape)
    share = array.flags.writeable and min(array.strides) >= 0
    return torch.from_numpy(array) if share else torch.from_numpy(array.copy())


# %% import_safely | wrong: dtype-lost | torch.Tensor of the copy
def import_safely(array):
    if array.flags.writeable and min(array.strides) >= 0:
        return torch.from_numpy(array)
    return torch.Tensor(array.copy())


# %% import_safely | wrong: dtype-lost | list, row by row
def import_safely(array):
    if array.flags.writeable and all(s >= 0 for s in array.strides):
        return torch.as_tensor(array)
    values = array.tolist()
    return torch.tensor(values).reshape(array.shape)


# %% import_safely | wrong: dtype-lost | copied into an empty tensor
def import_safely(array):
    if array.flags.writeable and min(array.strides) >= 0:
        return torch.from_numpy(array)
    out = torch.empty(array.shape)
    out.copy_(torch.from_numpy(array.copy()))
    return out


# %% import_safely | wrong: dtype-lost | nothing in an empty array
def import_safely(array):
    if array.size == 0:
        return torch.tensor([]).reshape(array.shape)
    if array.flags.writeable and min(array.strides) >= 0:
        return torch.from_numpy(array)
    return torch.from_numpy(array.copy())


# %% import_safely | wrong | owndata
def import_safely(array):
    if not array.flags.owndata or not array.flags.writeable:
        array = array.copy()
    return torch.from_numpy(array)


# %% import_safely | wrong | base
def import_safely(array):
    if array.base is not None or not array.flags.writeable:
        return torch.from_numpy(array.copy())
    return torch.from_numpy(array)


# %% import_safely | wrong | wrong-order, copies the memory, not the values
def import_safely(array):
    if not array.flags.writeable:
        return torch.from_numpy(array.copy())
    if any(s < 0 for s in array.strides):
        return torch.from_numpy(np.abs(np.ascontiguousarray(array)))
    return torch.from_numpy(array)


# %% import_safely | wrong | stride-zero-copied, strides <= 0
def import_safely(array):
    if not array.flags.writeable or any(s <= 0 for s in array.strides):
        array = array.copy()
    return torch.from_numpy(array)


# %% import_safely | wrong | stride 0 kept
# breaks: "it shares nothing with the array, and no two of its elements share memory"
def import_safely(array):
    if array.flags.writeable and min(array.strides) >= 0:
        return torch.from_numpy(array)
    if 0 in array.strides:
        first = array[tuple(slice(0, 1) if s == 0 else slice(None) for s in array.strides)].copy()
        return torch.from_numpy(first).expand(array.shape)
    return torch.from_numpy(array.copy())


# %% import_safely | misconception | asks-the-base
why = "flags.writeable of the array itself decides: a view that was made before its base was locked is still writable, and shared."
next = "a = np.zeros(3); view = a[1:]; a.setflags(write=False); print(view.flags.writeable, a.flags.writeable)"


# %% import_safely | wrong: asks-the-base | all the way down
def import_safely(array):
    below, share = array, all(s >= 0 for s in array.strides)
    while isinstance(below, np.ndarray):
        share, below = share and below.flags.writeable, below.base
    return torch.from_numpy(array if share else array.copy())


# %% import_safely | wrong: asks-the-base | both
def import_safely(array):
    base = array if array.base is None else array.base
    if array.flags.writeable and base.flags.writeable and min(array.strides) >= 0:
        return torch.from_numpy(array)
    return torch.from_numpy(np.array(array, order="C"))


# %% import_safely | wrong: asks-the-base | a locked base
def import_safely(array):
    locked = array.base is not None and not array.base.flags.writeable
    if locked or not array.flags.writeable or any(s < 0 for s in array.strides):
        return torch.tensor(array.copy())
    return torch.as_tensor(array)


# %% import_safely | wrong: asks-the-base | array and its owner
def import_safely(array):
    parts = [part for part in (array, array.base) if isinstance(part, np.ndarray)]
    if not all(part.flags["WRITEABLE"] for part in parts):
        return torch.from_numpy(array.copy())
    return torch.from_numpy(array.copy() if min(array.strides) < 0 else array)


# %% import_safely | misconception | empty-buffer
why = "torch.frombuffer refuses a buffer without bytes, and an array may have no elements: copy() needs no case for it."
next = "a = np.zeros((0, 3)); print(len(a.tobytes()), torch.from_numpy(a.copy()).shape)"


# %% import_safely | wrong: empty-buffer | a bytearray
def import_safely(array):
    if array.flags.writeable and all(s >= 0 for s in array.strides):
        return torch.from_numpy(array)
    dtype = torch.from_numpy(np.zeros(1, array.dtype)).dtype
    return torch.frombuffer(bytearray(array.tobytes()), dtype=dtype).reshape(array.shape)


# %% import_safely | wrong: empty-buffer | of a copy
def import_safely(array):
    if array.flags.writeable and min(array.strides) >= 0:
        return torch.as_tensor(array)
    kind = torch.from_numpy(np.empty(0, array.dtype)).dtype
    flat = np.array(array, order="C").ravel()
    return torch.frombuffer(flat, dtype=kind).view(array.shape)


# %% import_safely | wrong: empty-buffer | all bytes
def import_safely(array):
    if not array.flags.writeable or any(s < 0 for s in array.strides):
        dtype = torch.zeros(0).new_tensor(np.zeros(1, array.dtype)).dtype
        dtype = torch.as_tensor(np.zeros(1, array.dtype)).dtype
        memory = bytearray(np.ascontiguousarray(array).data.tobytes())
        return torch.frombuffer(memory, dtype=dtype).reshape(*array.shape)
    return torch.from_numpy(array)


# %% import_safely | wrong: empty-buffer | bytes, then a view
def import_safely(array):
    share = array.flags.writeable and not any(step < 0 for step in array.strides)
    if share:
        return torch.from_numpy(array)
    raw = torch.frombuffer(bytearray(array.tobytes()), dtype=torch.uint8)
    return raw.view(torch.from_numpy(np.zeros(1, array.dtype)).dtype).reshape(array.shape)


# %% import_safely | misconception | through-float64
why = "float64 holds whole numbers up to 2**53 and no imaginary part: copy() keeps what is there."
next = "a = np.array([2**53 + 1]); print(a.astype(float).astype(a.dtype), a.copy())"


# %% import_safely | wrong: through-float64 | astype twice
def import_safely(array):
    if array.flags.writeable and all(s >= 0 for s in array.strides):
        return torch.from_numpy(array)
    return torch.from_numpy(array.astype(np.float64).astype(array.dtype))


# %% import_safely | wrong: through-float64 | a double tensor
def import_safely(array):
    if array.flags.writeable and min(array.strides) >= 0:
        return torch.from_numpy(array)
    return torch.tensor(array.astype(float)).to(torch.from_numpy(np.zeros(1, array.dtype)).dtype)


# %% import_safely | wrong: through-float64 | filled from floats
def import_safely(array):
    if array.flags.writeable and not any(s < 0 for s in array.strides):
        return torch.from_numpy(array)
    floats = np.zeros(array.shape)
    floats[...] = array.real
    own = np.empty(array.shape, array.dtype)
    own[...] = floats
    return torch.from_numpy(own)


# %% import_safely | wrong: through-float64 | element by element
def import_safely(array):
    if not array.flags.writeable or min(array.strides) < 0:
        own = np.zeros(array.shape, array.dtype)
        for index in np.ndindex(array.shape):
            own[index] = float(array[index].real)
        array = own
    return torch.from_numpy(array)


# %% import_safely | wrong: wrong-test | one axis, or any contiguous order
def import_safely(array):
    simple = array.ndim == 1 or array.flags.c_contiguous or array.flags.f_contiguous
    if simple and array.flags.writeable and min(array.strides) >= 0:
        return torch.from_numpy(array)
    return torch.from_numpy(array.copy())


# %% import_safely | wrong: wrong-test | blocks of columns are copied
def import_safely(array):
    share = array.flags.writeable and all(s >= 0 for s in array.strides)
    if share and (array.ndim < 2 or array.flags.forc):
        return torch.as_tensor(array)
    return torch.tensor(np.array(array, order="C"))


# %% overlaps | right | sets of addresses
def overlaps(a, b):
    def places(t):
        found = {t.data_ptr()} if t.numel() else set()
        for n, s in zip(t.shape, t.stride()):
            found = {p + i * s * t.element_size() for p in found for i in range(n)}
        return {p + k for p in found for k in range(t.element_size())}
    return bool(places(a) & places(b))


# %% overlaps | right | every pair of elements
def overlaps(a, b):
    import itertools
    def starts(t):
        for index in itertools.product(*[range(n) for n in t.shape]):
            yield t[index].data_ptr()
    return any(p < q + b.element_size() and q < p + a.element_size() for p in starts(a) for q in starts(b))


# %% overlaps | right | data
def overlaps(a, b):
    return bool(np.shares_memory(a.data.numpy(), b.data.numpy()))


# %% overlaps | right | force, np.bool_
def overlaps(a, b):
    return np.bool_(np.shares_memory(a.numpy(force=True), b.numpy(force=True)))


# %% overlaps | right | quick answer first, with a print
def overlaps(a, b):
    a, b = np.asarray(a.detach()), np.asarray(b.detach())
    if not np.may_share_memory(a, b):
        print("far apart")
        return False
    return np.shares_memory(a, b)


# %% overlaps | right | byte offsets as a tensor
def overlaps(a, b):
    def offsets(t):
        o = torch.zeros((), dtype=torch.int64)
        for n, s in zip(t.shape, t.stride()):
            o = o.unsqueeze(-1) + torch.arange(n) * s * t.element_size()
        o = o.reshape(-1, 1) + torch.arange(t.element_size()) + t.data_ptr()
        return o.flatten()
    return bool(torch.isin(offsets(a), offsets(b)).any())


# %% overlaps | right | torch arithmetic
def byte_addresses(t):
    where = torch.zeros((), dtype=torch.int64)
    for size, stride in zip(t.shape, t.stride()):
        where = where.unsqueeze(-1) + torch.arange(size) * stride
    first = where.reshape(-1, 1) * t.element_size() + t.data_ptr()
    return (first + torch.arange(t.element_size())).flatten()

def overlaps(a, b):
    return torch.isin(byte_addresses(a), byte_addresses(b)).any().item()


# %% overlaps | right | views that record nothing
def overlaps(a, b):
    with torch.no_grad():
        return np.shares_memory(a.view(a.shape).numpy(), b.view(b.shape).numpy())


# %% overlaps | right | sets of byte addresses
def overlaps(a, b):
    def all_bytes(t):
        offsets = [0]
        for size, step in zip(t.shape, t.stride()):
            offsets = [o + i * step for o in offsets for i in range(size)]
        width = t.element_size()
        return {t.data_ptr() + o * width + k for o in set(offsets) for k in range(width)}

    return not all_bytes(a).isdisjoint(all_bytes(b))


# %% overlaps | misconception | probe-by-writing
why = "Neither tensor may be written to, not even for a moment: look at the memory instead of changing it."
next = "x = torch.zeros(2); x.add_(1).sub_(1); print(x, x._version)"


def when(seen, want):
    return seen.raised is None and seen.value[1] is False


# %% overlaps | wrong: probe-by-writing | add and subtract
def overlaps(a, b):
    before = b.clone()
    a.add_(1)
    changed = not torch.equal(before, b)
    a.sub_(1)
    return changed


# %% overlaps | wrong: probe-by-writing | detached
def overlaps(a, b):
    a, b = a.detach(), b.detach()
    kept, before = a.clone(), b.clone()
    a.fill_(99)
    changed = not torch.equal(before, b)
    a.copy_(kept)
    return changed


# %% overlaps | wrong: probe-by-writing | no_grad
def overlaps(a, b):
    if a.numel() == 0 or b.numel() == 0:
        return False
    with torch.no_grad():
        kept, before = a.clone(), b.clone()
        a.zero_()
        a.add_(12345)
        changed = bool((before != b).any())
        a.copy_(kept)
    return changed


# %% overlaps | wrong: probe-by-writing | element by element
# breaks: "Neither may be written to, not even for a moment"
def overlaps(a, b):
    a, b = a.detach(), b.detach()
    before = b.clone()
    for index in np.ndindex(tuple(a.shape)):
        kept = a[index].clone()
        a[index] = 77
        if not torch.equal(b, before):
            a[index] = kept
            return True
        a[index] = kept
    return False


# %% overlaps | misconception | range-only
why = "Between the first and the last address there are bytes that belong to no element: strides matter."
next = "x = torch.arange(6.); print(x[::2].stride(), x[1::2].data_ptr() - x[::2].data_ptr())"


# %% overlaps | wrong: range-only | may_share_memory
def overlaps(a, b):
    return np.may_share_memory(a.detach().numpy(), b.detach().numpy())


# %% overlaps | wrong: range-only | first and last address
# breaks: "at least one element of the one and one element of the other occupy a common byte"
def overlaps(a, b):
    if a.numel() == 0 or b.numel() == 0:
        return False
    def span(t):
        last = sum((n - 1) * s for n, s in zip(t.shape, t.stride()))
        return t.data_ptr(), t.data_ptr() + (last + 1) * t.element_size()
    (a0, a1), (b0, b1) = span(a), span(b)
    return a0 < b1 and b0 < a1


# %% overlaps | wrong: range-only | byte_bounds
# breaks: "at least one element of `a` and one element of `b` share memory (have a byte in common)"
def overlaps(a, b):
    a0, a1 = np.lib.array_utils.byte_bounds(a.detach().numpy())
    b0, b1 = np.lib.array_utils.byte_bounds(b.detach().numpy())
    return max(a0, b0) < min(a1, b1)


# %% overlaps | wrong: range-only | min and max of the bytes
def overlaps(a, b):
    ranges = []
    for t in (a.detach(), b.detach()):
        if t.numel() == 0:
            return False
        starts = [t[index].data_ptr() for index in np.ndindex(*t.shape)]
        ranges.append((min(starts), max(starts) + t.element_size()))
    (a0, a1), (b0, b1) = ranges
    return a0 < b1 and b0 < a1


# %% overlaps | wrong: range-only | may_share_memory of data
def overlaps(a, b):
    first, second = a.data.numpy(), b.data.numpy()
    return bool(np.may_share_memory(first, second)) and first.size > 0 and second.size > 0


# %% overlaps | wrong: range-only | may_share_memory, one step of searching
# breaks: "and `False` otherwise"
def overlaps(a, b):
    return bool(np.may_share_memory(a.detach().numpy(), b.detach().numpy(), max_work=1))


# %% overlaps | misconception | first-address
why = "The first elements need not be the ones that overlap."
next = "x = torch.arange(6.); print(x.data_ptr(), x[2:].data_ptr())"


# %% overlaps | wrong: first-address | data_ptr
def overlaps(a, b):
    return a.data_ptr() == b.data_ptr()


# %% overlaps | wrong: first-address | data_ptr, not empty
def overlaps(a, b):
    return a.numel() > 0 and b.numel() > 0 and a.data_ptr() == b.data_ptr()


# %% overlaps | wrong: first-address | numpy addresses
def overlaps(a, b):
    return a.detach().numpy().ctypes.data == b.detach().numpy().ctypes.data


# %% overlaps | wrong: first-address | array interface
def overlaps(a, b):
    def start(t):
        return t.detach().numpy().__array_interface__["data"][0]
    return start(a) == start(b)


# %% overlaps | wrong: first-address | same first element
def overlaps(a, b):
    if not a.numel() or not b.numel():
        return False
    return a.flatten()[:1].data_ptr() == b.data_ptr() or a.data_ptr() == b.data_ptr()


# %% overlaps | wrong | first addresses of what is not empty, asked one by one
def overlaps(a, b):
    if min(a.numel(), b.numel()) == 0:
        return False
    starts = {t.detach().data_ptr() for t in (a, b)}
    return len(starts) == 1


# %% overlaps | misconception | compares-copies
why = "reshape, contiguous and copy() copy what is strided, and a copy shares nothing: look at the tensors as they are."
next = "x = torch.arange(6.); y = x[::2]; print(np.shares_memory(y.numpy(), y.contiguous().numpy()))"


# %% overlaps | wrong: compares-copies | contiguous
def overlaps(a, b):
    return bool(np.shares_memory(a.detach().contiguous().numpy(), b.detach().contiguous().numpy()))


# %% overlaps | wrong: compares-copies | reshape
def overlaps(a, b):
    first, second = a.detach().reshape(-1), b.detach().reshape(-1)
    return np.shares_memory(first.numpy(), second.numpy())


# %% overlaps | wrong: compares-copies | ascontiguousarray
def overlaps(a, b):
    a, b = np.ascontiguousarray(a.detach()), np.ascontiguousarray(b.detach())
    return np.shares_memory(a, b)


# %% overlaps | wrong: compares-copies | ravel
def overlaps(a, b):
    return bool(np.shares_memory(a.detach().numpy().ravel(), b.detach().numpy().ravel()))


# %% overlaps | misconception | same-storage
why = "One storage can hold views that never touch, and one memory can have two storages."
next = "x = torch.arange(6.); print(x[::2].untyped_storage().data_ptr() == x[1::2].untyped_storage().data_ptr())"


# %% overlaps | wrong: same-storage | storage pointer
# breaks: "Having the same **storage** is something else."
# breaks: "They may be wrapped around one NumPy array."
def overlaps(a, b):
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


# %% overlaps | wrong: same-storage | base
# breaks: "Tensors wrapped around overlapping parts of one array do share memory"
def overlaps(a, b):
    first = a if a._base is None else a._base
    second = b if b._base is None else b._base
    return first is second


# %% overlaps | wrong: same-storage | base compared
# breaks: "and `False` otherwise"
def overlaps(a, b):
    return a is b or a._base is b or b._base is a or (a._base is not None and a._base is b._base)


# %% overlaps | wrong: same-storage | detached storage
def overlaps(a, b):
    return a.detach().untyped_storage()._cdata == b.detach().untyped_storage()._cdata


# %% overlaps | wrong: same-storage | data of the base
def overlaps(a, b):
    first = a._base if a._is_view() else a
    second = b._base if b._is_view() else b
    return first.data_ptr() == second.data_ptr()


# %% overlaps | wrong: same-storage | storage, and elements on both sides
def overlaps(a, b):
    if 0 in (a.numel(), b.numel()):
        return False
    return a.untyped_storage()._cdata == b.untyped_storage()._cdata


# %% overlaps | wrong: same-storage | address of the storage, not empty
def overlaps(a, b):
    storages = [t.untyped_storage().data_ptr() for t in (a, b) if t.numel()]
    return len(storages) == 2 and storages[0] == storages[1]


# %% overlaps | wrong: same-storage | one base, not empty
def overlaps(a, b):
    roots = [t if t._base is None else t._base for t in (a.detach(), b.detach())]
    starts = {root.untyped_storage().data_ptr() for root in roots}
    return min(a.numel(), b.numel()) > 0 and len(starts) == 1


# %% overlaps | wrong: same-storage | all bytes of the storages
def overlaps(a, b):
    if not a.nelement() or not b.nelement():
        return False
    first, second = a.untyped_storage(), b.untyped_storage()
    return (first.data_ptr(), first.nbytes()) == (second.data_ptr(), second.nbytes())


# %% overlaps | wrong | where the bases begin
def overlaps(a, b):
    whole = [t if t._base is None else t._base for t in (a, b)]
    return whole[0].data_ptr() == whole[1].data_ptr()


# %% overlaps | misconception | empty-shares
why = "Whatever has no elements shares memory with nothing, whatever address it has and even if it is the same object: data_ptr() of an empty tensor is 0."
next = "print(torch.empty(0).data_ptr() == torch.empty(0).data_ptr())"


# %% overlaps | wrong: empty-shares | same address first
# breaks: "A tensor or array without elements shares memory with nothing."
# breaks: "may be empty"
def overlaps(a, b):
    if a.data_ptr() == b.data_ptr():
        return True
    return bool(np.shares_memory(a.detach().numpy(), b.detach().numpy()))


# %% overlaps | wrong: empty-shares | is_set_to first
def overlaps(a, b):
    return a.is_set_to(b) or np.shares_memory(a.detach().numpy(), b.detach().numpy())


# %% overlaps | wrong: empty-shares | equal pointers of detached
def overlaps(a, b):
    a, b = a.detach(), b.detach()
    if a.data_ptr() != b.data_ptr():
        return bool(np.shares_memory(a.numpy(), b.numpy()))
    return True


# %% overlaps | wrong: empty-shares | same pointer and offset
def overlaps(a, b):
    same = a.data_ptr() == b.data_ptr() and a.storage_offset() == b.storage_offset()
    return same or bool(np.shares_memory(a.detach().numpy(), b.detach().numpy()))


# %% overlaps | wrong: empty-shares | one address is enough
def overlaps(a, b):
    first, second = a.data_ptr(), b.data_ptr()
    if first == second:
        return True
    x, y = a.data.numpy(), b.data.numpy()
    return np.may_share_memory(x, y) and np.shares_memory(x, y)


# %% overlaps | wrong: empty-shares | the same object is not asked
def overlaps(a, b):
    return a is b or bool(np.shares_memory(a.detach().numpy(), b.detach().numpy()))


# %% overlaps | misconception | numpy-on-grad
why = "numpy() refuses a tensor that requires grad: take a.detach().numpy(), which leaves a as it is."
next = "w = torch.ones(2, requires_grad=True); print(w.detach().numpy(), w.requires_grad)"


def when(seen, want):
    return seen.raised is not None and "Can't call numpy() on Tensor that requires grad" in seen.raised.message


# %% overlaps | wrong: numpy-on-grad | numpy
# breaks: "may require grad"
def overlaps(a, b):
    return np.shares_memory(a.numpy(), b.numpy())


# %% overlaps | wrong: numpy-on-grad | asarray
def overlaps(a, b):
    return bool(np.shares_memory(np.asarray(a), np.asarray(b)))


# %% overlaps | wrong: numpy-on-grad | only one detached
def overlaps(a, b):
    first = a.detach().numpy()
    second = b.numpy()
    return bool(np.shares_memory(first, second))


# %% overlaps | misconception | gradient-switched-off
why = "requires_grad_, detach_ and an assignment to requires_grad change the tensor that you were given: detach() gives a view that does not require grad."
next = "w = torch.ones(2, requires_grad=True); v = w.detach(); print(v.requires_grad, w.requires_grad)"


def when(seen, want):
    if seen.raised is not None:
        return seen.raised is not None and ("leaf variables" in seen.raised.message or "detach views" in seen.raised.message)
    return seen.value[2] is False


# %% overlaps | wrong: gradient-switched-off | requires_grad_
# breaks: "values, `requires_grad`, shape and version count of both stay as they are"
def overlaps(a, b):
    return np.shares_memory(a.requires_grad_(False).numpy(), b.requires_grad_(False).numpy())


# %% overlaps | wrong: gradient-switched-off | detach_
def overlaps(a, b):
    a.detach_()
    b.detach_()
    return bool(np.shares_memory(a.numpy(), b.numpy()))


# %% overlaps | wrong: gradient-switched-off | attribute
def overlaps(a, b):
    for t in (a, b):
        if t.requires_grad:
            t.requires_grad = False
    return np.shares_memory(a.numpy(), b.numpy())


# %% overlaps | misconception | values-compared
why = "Equal values are not the same memory: a clone has the values, and a part of x has other values than x."
next = "x = torch.ones(2); print(torch.equal(x, x.clone()), np.shares_memory(x.numpy(), x.clone().numpy()))"


# %% overlaps | wrong: values-compared | any of them
def overlaps(a, b):
    return bool(np.isin(a.detach().numpy(), b.detach().numpy()).any())


# %% overlaps | wrong: values-compared | a set of values
def overlaps(a, b):
    return not set(a.flatten().tolist()).isdisjoint(b.flatten().tolist())


# %% overlaps | wrong: values-compared | every pair
def overlaps(a, b):
    return bool((a.detach().reshape(-1, 1) == b.detach().reshape(1, -1)).any())


# %% overlaps | wrong: values-compared | common values
def overlaps(a, b):
    return len(np.intersect1d(a.detach().numpy(), b.detach().numpy())) > 0


# %% overlaps | wrong: values-compared | looks each value up
def overlaps(a, b):
    others = b.flatten().tolist()
    for value in a.flatten().tolist():
        if value in others:
            return True
    return False


# %% overlaps | misconception | first-bytes
why = "An element has as many bytes as its dtype says: two can meet in a byte where neither, or only one, begins."
next = "x = torch.ones(2); y = x.view(torch.int16); print(x.data_ptr(), y[1:].data_ptr(), x.element_size(), y.element_size())"


# %% overlaps | wrong: first-bytes | sets of addresses
def overlaps(a, b):
    def first_bytes(t):
        array = t.detach().numpy()
        start = array.ctypes.data
        return {start + sum(i * s for i, s in zip(place, array.strides)) for place in np.ndindex(array.shape)}

    return not first_bytes(a).isdisjoint(first_bytes(b))


# %% overlaps | wrong: first-bytes | data_ptr of each element
def overlaps(a, b):
    flat = [[t.detach()[place].data_ptr() for place in np.ndindex(*t.shape)] for t in (a, b)]
    return any(p in flat[1] for p in flat[0])


# %% overlaps | wrong: first-bytes | addresses by strides
def overlaps(a, b):
    places = []
    for t in (a, b):
        found = [t.data_ptr()] if t.numel() else []
        for size, step in zip(t.shape, t.stride()):
            found = [p + i * step * t.element_size() for p in found for i in range(size)]
        places.append(set(found))
    return bool(places[0] & places[1])


# %% overlaps | wrong: first-bytes | looked up one after the other
def overlaps(a, b):
    known = set()
    for place in np.ndindex(*a.shape):
        known.add(a.data_ptr() + sum(i * s for i, s in zip(place, a.stride())) * a.element_size())
    for place in np.ndindex(*b.shape):
        if b.data_ptr() + sum(i * s for i, s in zip(place, b.stride())) * b.element_size() in known:
            return True
    return False


# %% overlaps | wrong: first-bytes | NumPy's addresses
def overlaps(a, b):
    def addresses(t):
        x = t.detach().numpy()
        offsets = [np.arange(n) * s for n, s in zip(x.shape, x.strides)]
        total = np.zeros((), dtype=np.int64)
        for o in offsets:
            total = np.add.outer(total, o)
        return (total + x.ctypes.data).ravel()

    return bool(np.intersect1d(addresses(a), addresses(b)).size)


# %% overlaps | wrong | bits of a numpy view
def overlaps(a, b):
    x, y = a.detach().numpy(), b.detach().numpy()
    kept, before = x.copy(), y.tobytes()
    with np.errstate(all="ignore"):
        x[...] = 0 if x.any() else 1
    changed = y.tobytes() != before
    x[...] = kept
    return changed


# %% overlaps | wrong | tensor-answer, a tensor
# breaks: "The answer is a `bool`."
def overlaps(a, b):
    return torch.tensor(np.shares_memory(a.detach().numpy(), b.detach().numpy()))


# %% overlaps | wrong | only-starts, one byte per element
# breaks: "not always the same dtype"
def overlaps(a, b):
    def places(t):
        found = {t.data_ptr()} if t.numel() else set()
        for n, s in zip(t.shape, t.stride()):
            found = {p + i * s * t.element_size() for p in found for i in range(n)}
        return found
    return bool(places(a) & places(b))


# %% import_safely | wrong: wrong-test | only tables have to be contiguous
def import_safely(array):
    if not array.flags.writeable or min(array.strides) < 0:
        return torch.tensor(array.copy())
    contiguous = array.flags.forc or array.ndim == 1
    return torch.from_numpy(array if contiguous else array.copy())


# %% import_safely | wrong: wrong-test | gaps are copied
def import_safely(array):
    gaps = array.ndim > 1 and not array.flags.c_contiguous and not array.T.flags.c_contiguous
    if gaps or not array.flags.writeable or any(s < 0 for s in array.strides):
        array = np.array(array, order="C")
    return torch.from_numpy(array)


# %% import_safely | wrong | a deep copy of the wrapped array keeps its strides
def import_safely(array):
    import copy
    import warnings

    if any(step < 0 for step in array.strides):
        return torch.from_numpy(array.copy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        t = torch.from_numpy(array)
    return t if array.flags.writeable else copy.deepcopy(t)


# %% overlaps | wrong: first-bytes | begins within
def overlaps(a, b):
    def begins(t):
        x = t.detach().numpy()
        return {x.ctypes.data + sum(i * s for i, s in zip(place, x.strides)) for place in np.ndindex(x.shape)}

    touched = {start + k for start in begins(a) for k in range(a.element_size())}
    return not touched.isdisjoint(begins(b))


# %% robust_score | right | sort
def robust_score(x):
    d = x.shape[1]
    s, _ = x.sort(dim=1)
    middle = (s[:, (d - 1) // 2] + s[:, d // 2]) / 2
    spread = ((x - x.mean(1, keepdim=True)) ** 2).mean(1, keepdim=True).sqrt()
    return (x - middle[:, None]) / spread


# %% robust_score | right | two medians
def robust_score(x):
    low = x.median(1, keepdim=True).values
    high = -(-x).median(1, keepdim=True).values
    return (x - (low + high) / 2) / x.std(1, keepdim=True, unbiased=False)


# %% robust_score | right | topk
def robust_score(x):
    d = x.shape[1]
    top = x.topk(d // 2 + 1, dim=1).values
    middle = top[:, -1:] if d % 2 else top[:, -2:].mean(1, keepdim=True)
    return (x - middle) / x.var(1, keepdim=True, correction=0).sqrt()


# %% robust_score | right | kthvalue
def robust_score(x):
    d = x.size(1)
    low = torch.kthvalue(x, (d + 1) // 2, dim=1, keepdim=True).values
    high = torch.kthvalue(x, d // 2 + 1, dim=1, keepdim=True).values
    return (x - 0.5 * (low + high)) / torch.std(x, dim=1, keepdim=True, correction=0)


# %% robust_score | right | row by row
def robust_score(x):
    rows = []
    for row in x:
        s = row.sort().values
        n = len(s)
        m = s[n // 2] if n % 2 else (s[n // 2 - 1] + s[n // 2]) / 2
        rows.append((row - m) / (row - row.mean()).square().mean().sqrt())
    return torch.stack(rows)


# %% robust_score | right | nanquantile and numpy words
def robust_score(x):
    print(x.shape)
    n = x.shape[1]
    spread = x.std(axis=1, keepdims=True) * ((n - 1) / n) ** 0.5
    return (x - x.nanquantile(0.5, dim=1, keepdim=True)) / spread


# %% robust_score | right | in double and back
def robust_score(x):
    y = x.double()
    middle = y.quantile(0.5, dim=1, keepdim=True)
    return ((y - middle) / y.std(1, keepdim=True, correction=0)).to(x.dtype)


# %% robust_score | right | layer_norm
def robust_score(x):
    z = torch.nn.functional.layer_norm(x, x.shape[1:], eps=0.0)
    return z - z.quantile(0.5, dim=1, keepdim=True)


# %% robust_score | right | lower and upper median
def robust_score(x):
    lower = x.median(dim=1, keepdim=True).values
    upper = -(-x).median(dim=1, keepdim=True).values
    return (x - (lower + upper) / 2) / x.std(dim=1, correction=0, keepdim=True)


# %% robust_score | misconception | median-is-a-pair
why = "median(dim) and sort return a pair, values and indices: take the values."
next = "print(torch.tensor([[3., 1., 2.]]).median(1), torch.tensor([[3., 1., 2.]]).median(1).values)"


def when(seen, want):
    return seen.raised is not None and ("return_types" in seen.raised.message or "tuple indices" in seen.raised.message)


# %% robust_score | wrong: median-is-a-pair | pair | fails: values, gradients
def robust_score(x):
    return (x - x.median(1)) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: median-is-a-pair | pair with keepdim
def robust_score(x):
    middle = torch.median(x, dim=1, keepdim=True)
    spread = x.std(1, keepdim=True, correction=0)
    return (x - middle) / spread


# %% robust_score | wrong: median-is-a-pair | pair, method
def robust_score(x):
    middle = x.median(dim=1).unsqueeze(1)
    return (x - middle) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: median-is-a-pair | sort is one too
def robust_score(x):
    middle = x.sort(1)[:, x.shape[1] // 2]
    return (x - middle) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: median-is-a-pair | its second half
def robust_score(x):
    _, middle = x.median(1, keepdim=True)
    return (x - middle) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: median-is-a-pair | indices
def robust_score(x):
    middle = x.median(dim=1, keepdim=True).indices
    return (x - middle) / x.std(dim=1, keepdim=True, correction=0)


# %% robust_score | wrong: median-is-a-pair | item 1
def robust_score(x):
    spread = x.var(1, keepdim=True, correction=0).sqrt()
    return (x - torch.median(x, 1, keepdim=True)[1]) / spread


# %% robust_score | misconception | std-of-a-sample
why = "np.std has ddof=0: say correction=0 in torch."
next = "print(np.std([1., 2., 4.]), torch.tensor([1., 2., 4.]).std(), torch.tensor([1., 2., 4.]).std(correction=0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.std.html"


# %% robust_score | wrong: std-of-a-sample | std
# breaks: "gives the same numbers"
def robust_score(x):
    middle = x.quantile(0.5, dim=1, keepdim=True)
    return (x - middle) / x.std(1, keepdim=True)


# %% robust_score | wrong: std-of-a-sample | var
def robust_score(x):
    s = x.sort(1).values
    d = x.shape[1]
    middle = (s[:, d // 2] + s[:, (d - 1) // 2]).unsqueeze(1) / 2
    return (x - middle) / x.var(dim=1, keepdim=True).sqrt()


# %% robust_score | wrong: std-of-a-sample | by hand
def robust_score(x):
    middle = torch.quantile(x, 0.5, dim=1, keepdim=True)
    off = x - x.mean(dim=1, keepdim=True)
    return (x - middle) / (off.square().sum(1, keepdim=True) / (x.shape[1] - 1)).sqrt()


# %% robust_score | wrong: std-of-a-sample | correction 1
def robust_score(x):
    middle = x.quantile(0.5, 1, keepdim=True)
    spread = torch.std(x, dim=1, correction=1, keepdim=True)
    return (x - middle) / spread


# %% robust_score | wrong: std-of-a-sample | unbiased
def robust_score(x):
    middle = x.nanquantile(0.5, dim=1)
    return ((x.T - middle) / x.std(dim=1, unbiased=True)).T


# %% robust_score | misconception | spread-from-the-median
why = "np.std measures the distances from the mean, also where the middle of the score is the median: take std of x, not the root of the mean of (x - middle) squared."
next = "x = torch.tensor([1., 2., 9.]); print((x - x.median()).square().mean().sqrt(), x.std(correction=0))"


# %% robust_score | wrong: spread-from-the-median | by hand
# breaks: "gives the same numbers"
def robust_score(x):
    gap = x - torch.quantile(x, 0.5, dim=1, keepdim=True)
    return gap / (gap**2).mean(dim=1, keepdim=True).sqrt()


# %% robust_score | wrong: spread-from-the-median | a norm
def robust_score(x):
    centred = x - x.quantile(0.5, dim=-1, keepdim=True)
    length = torch.linalg.vector_norm(centred, dim=-1, keepdim=True)
    return centred * x.shape[-1] ** 0.5 / length


# %% robust_score | wrong: spread-from-the-median | the middle of the sorted values
def robust_score(x):
    ordered = x.sort(dim=1).values
    n = x.shape[1]
    middle = (ordered[:, (n - 1) // 2] + ordered[:, n // 2]).unsqueeze(1) / 2
    spread = torch.sqrt(((x - middle) ** 2).sum(1, keepdim=True) / n)
    return (x - middle) / spread


# %% robust_score | wrong: spread-from-the-median | row by row
def robust_score(x):
    scores = []
    for row in x:
        gap = row - row.quantile(0.5)
        scores.append(gap / gap.square().mean().sqrt())
    return torch.stack(scores)


# %% robust_score | misconception | lower-median
why = "With an even number of values np.median takes the mean of the two in the middle."
next = "print(np.median([1., 2., 4., 9.]), torch.tensor([1., 2., 4., 9.]).median())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.median.html"


# %% robust_score | wrong: lower-median | median
# breaks: "for every `D` ≥ 2, odd or even"
def robust_score(x):
    middle = x.median(1, keepdim=True).values
    return (x - middle) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: lower-median | sorted, half
def robust_score(x):
    middle = x.sort(1).values[:, (x.shape[1] - 1) // 2].unsqueeze(1)
    return (x - middle) / x.std(1, keepdim=True, unbiased=False)


# %% robust_score | wrong: lower-median | nanmedian
def robust_score(x):
    return (x - x.nanmedian(dim=1, keepdim=True)[0]) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: lower-median | quantile, lower
def robust_score(x):
    middle = x.quantile(0.5, dim=1, keepdim=True, interpolation="lower")
    return (x - middle) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: lower-median | the upper one
def robust_score(x):
    middle = x.sort(1).values[:, x.shape[1] // 2].unsqueeze(1)
    return (x - middle) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: lower-median | kthvalue, the upper one
def robust_score(x):
    middle = x.kthvalue(x.shape[1] // 2 + 1, dim=1, keepdim=True).values
    return (x - middle) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: lower-median | quantile, higher
def robust_score(x):
    middle = x.quantile(0.5, dim=1, keepdim=True, interpolation="higher")
    spread = x.std(dim=1, keepdim=True, correction=0)
    return (x - middle) / spread


# %% robust_score | misconception | corrected-by-a-constant
why = "What NumPy, detach(), .data or no_grad() supplies is a constant without a gradient: with an even number of columns it moves the lower median to the right value, and the upper of the two in the middle gets no gradient. quantile at 0.5 reaches both."
next = "x = torch.tensor([1., 2., 4., 9.], requires_grad=True); x.quantile(0.5).backward(); print(x.grad)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.quantile.html"


# %% robust_score | wrong: corrected-by-a-constant | the difference is detached
# breaks: "both middle values contribute to"
def robust_score(x):
    lower = x.median(dim=1, keepdim=True).values
    shift = (x.quantile(0.5, dim=1, keepdim=True) - lower).detach()
    return (x - lower - shift) / x.std(dim=1, correction=0, keepdim=True)


# %% robust_score | wrong: corrected-by-a-constant | under no_grad
def robust_score(x):
    middle = x.median(1).values
    with torch.no_grad():
        missing = x.quantile(0.5, dim=1) - middle
    middle = (middle + missing)[:, None]
    return (x - middle) / x.std(1, correction=0)[:, None]


# %% robust_score | wrong: corrected-by-a-constant | from NumPy
def robust_score(x):
    low, _ = x.median(dim=1, keepdim=True)
    right = torch.from_numpy(np.median(x.data.numpy(), axis=1, keepdims=True))
    return (x - (low + (right - low.data))) / torch.std(x, 1, correction=0, keepdim=True)


# %% robust_score | wrong: corrected-by-a-constant | .data
def robust_score(x):
    low = torch.median(x, dim=1, keepdim=True)[0]
    low = low + (x.data.quantile(0.5, dim=1, keepdim=True) - low.data)
    spread = x.var(1, keepdim=True, correction=0).sqrt()
    return (x - low) / spread


# %% robust_score | misconception | through-numpy
why = "The result must stay connected to x, through the median and the spread too: use torch operations all the way."
next = "x = torch.tensor([1., 2., 4.], requires_grad=True); print(x.std().requires_grad, torch.tensor(x.std().item()).requires_grad, torch.from_numpy(x.detach().numpy()).requires_grad)"


def when(seen, want):
    if seen.raised is not None:  # np.std of a tensor, or numpy() of a tensor that requires grad
        return "out=NoneType" in seen.raised.message or "Can't call numpy()" in seen.raised.message
    return seen.backward_raised is None and seen.gradients is not None and seen.gradients["x"] is None


# %% robust_score | wrong: through-numpy | the whole | fails: gradients
def robust_score(x):
    a = x.detach().numpy()
    middle = np.median(a, axis=1, keepdims=True)
    spread = np.std(a, axis=1, keepdims=True)
    return torch.from_numpy((a - middle) / spread)


# %% robust_score | wrong: through-numpy | the statistics | fails: gradients
def robust_score(x):
    a = x.detach().numpy()
    middle = torch.from_numpy(np.median(a, axis=1, keepdims=True))
    spread = torch.from_numpy(np.std(a, axis=1, keepdims=True))
    return (x - middle) / spread


# %% robust_score | wrong: through-numpy | no_grad around the statistics
# breaks: "and through the spread"
def robust_score(x):
    with torch.no_grad():
        middle = x.quantile(0.5, dim=1, keepdim=True)
        spread = x.std(1, keepdim=True, correction=0)
    return (x - middle) / spread


# %% robust_score | wrong: through-numpy | median alone
# breaks: "through the median (with an even number of columns, both middle values contribute to it)"
def robust_score(x):
    middle = torch.from_numpy(np.median(x.detach().numpy(), axis=1, keepdims=True))
    return (x - middle) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: through-numpy | a new leaf
# breaks: "lets gradients flow to `x`"
def robust_score(x):
    middle = x.quantile(0.5, dim=1, keepdim=True)
    return torch.tensor(((x - middle) / x.std(1, keepdim=True, correction=0)).tolist(), dtype=x.dtype, requires_grad=x.requires_grad)


# %% robust_score | wrong: through-numpy | the NumPy function as it is
def robust_score(x):
    middle = np.median(x, axis=1, keepdims=True)
    spread = np.std(x, axis=1, keepdims=True)
    return (x - middle) / spread


# %% robust_score | wrong: through-numpy | the middle is fixed
def robust_score(x):
    middle = x.data.quantile(0.5, dim=1, keepdim=True)
    return (x - middle) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: through-numpy | no_grad around everything
# breaks: "If `x` requires grad, so does the result"
def robust_score(x):
    with torch.no_grad():
        return (x - x.quantile(0.5, dim=1, keepdim=True)) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: through-numpy | the whole, as NumPy has it
def robust_score(x):
    array = x.detach().cpu().numpy()
    centred = array - np.median(array, axis=1, keepdims=True)
    return torch.from_numpy(centred / np.std(array, axis=1, keepdims=True))


# %% robust_score | wrong: through-numpy | a function of NumPy
def robust_score(x):
    def score(values):
        return (values - np.median(values, axis=1)[:, None]) / values.std(axis=1)[:, None]
    return torch.as_tensor(score(x.detach().numpy()))


# %% robust_score | wrong: through-numpy | statistics as arrays
def robust_score(x):
    values = x.data.numpy()
    middle, spread = np.median(values, axis=1), values.std(axis=1)
    return (x - torch.from_numpy(middle)[:, None]) / torch.from_numpy(spread)[:, None]


# %% robust_score | misconception | mean-for-median
why = "The middle is the median of the row, no mean."
next = "x = torch.tensor([1., 2., 4., 9.]); print(x.mean(), x.quantile(0.5))"


# %% robust_score | wrong: mean-for-median | mean
def robust_score(x):
    return (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True, correction=0)


# %% robust_score | wrong: mean-for-median | layer_norm
def robust_score(x):
    return torch.nn.functional.layer_norm(x, x.shape[1:], eps=0.0)


# %% robust_score | wrong: mean-for-median | var
def robust_score(x):
    centred = x - x.mean(dim=1, keepdim=True)
    return centred / x.var(dim=1, keepdim=True, unbiased=False).sqrt()


# %% robust_score | wrong: mean-for-median | by hand
def robust_score(x):
    middle = x.sum(1, keepdim=True) / x.shape[1]
    spread = (x - middle).square().mean(1, keepdim=True).sqrt()
    return (x - middle) / spread


# %% robust_score | wrong: mean-for-median | transposed
def robust_score(x):
    return ((x.T - x.mean(1)) / x.std(1, correction=0)).T


# %% robust_score | misconception | wrong-axis
why = "The statistics are those of a row: dim=1 runs along it, dim=0 down the columns, and no dim over all."
next = "x = torch.tensor([[1., 2., 3.], [4., 5., 9.]]); print(x.sum(dim=0), x.sum(dim=1), x.sum())"


# %% robust_score | wrong: wrong-axis | columns
def robust_score(x):
    return (x - x.quantile(0.5, dim=0, keepdim=True)) / x.std(0, keepdim=True, correction=0)


# %% robust_score | wrong: wrong-axis | columns by sort
def robust_score(x):
    n = x.shape[0]
    ordered = x.sort(0).values
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return (x - middle) / x.std(dim=0, correction=0)


# %% robust_score | wrong: wrong-axis | over all
def robust_score(x):
    return (x - x.quantile(0.5)) / x.std(correction=0)


# %% robust_score | wrong: wrong-axis | spread over all
def robust_score(x):
    middle = x.flatten().quantile(0.5)
    spread = (x - x.mean()).square().mean().sqrt()
    return (x - middle) / spread


# %% robust_score | wrong: wrong-axis | columns, by var
def robust_score(x):
    middle = x.nanquantile(0.5, 0)
    return (x - middle) / x.var(0, correction=0).sqrt()


# %% robust_score | misconception | axis-lost
why = "Without keepdim=True a reduction along dim=1 has shape (N,), which lines up with the columns."
next = "x = torch.ones(2, 3); print(x.sum(dim=1).shape, x.sum(dim=1, keepdim=True).shape)"


# %% robust_score | wrong: axis-lost | both
def robust_score(x):
    return (x - x.quantile(0.5, dim=1)) / x.std(1, correction=0)


# %% robust_score | wrong: axis-lost | two medians
def robust_score(x):
    low, high = x.median(1).values, -(-x).median(1).values
    return (x - (low + high) / 2) / x.std(dim=1, unbiased=False)


# %% robust_score | wrong: axis-lost | sort
def robust_score(x):
    d = x.shape[1]
    ordered = x.sort(dim=1).values
    middle = (ordered[:, (d - 1) // 2] + ordered[:, d // 2]) / 2
    return (x - middle) / x.var(dim=1, correction=0).sqrt()


# %% robust_score | wrong: axis-lost | of the spread alone
def robust_score(x):
    middle = x.quantile(0.5, dim=1, keepdim=True)
    return (x - middle) / x.std(dim=1, correction=0)


# %% robust_score | wrong: axis-lost | var alone
def robust_score(x):
    centred = x - x.nanquantile(0.5, dim=1, keepdim=True)
    return centred / torch.var(x, dim=1, correction=0).sqrt()


# %% robust_score | misconception | input-changed
why = "-= and methods that end in _ write into x, and torch refuses that for a leaf that requires grad: x stays as it is."
next = "x = torch.ones(2); y = x; y -= 1; print(x); print(x - 5, x)"


# %% robust_score | wrong: input-changed | on the detached
# breaks: "`x` stays as it is"
def robust_score(x):
    y = x.detach() if not x.requires_grad else x.clone()
    spread = y.std(1, keepdim=True, correction=0)
    y -= y.quantile(0.5, dim=1, keepdim=True)
    return y / spread


# %% robust_score | wrong: input-changed | on x
def robust_score(x):
    spread = x.std(1, keepdim=True, correction=0)
    x -= x.quantile(0.5, dim=1, keepdim=True)
    return x / spread


# %% robust_score | wrong: input-changed | sub_ and div_
def robust_score(x):
    middle, spread = x.quantile(0.5, dim=1, keepdim=True), x.std(1, keepdim=True, correction=0)
    return x.sub_(middle).div_(spread)


# %% robust_score | wrong: input-changed | written into x
def robust_score(x):
    middle = x.quantile(0.5, dim=1, keepdim=True)
    x[:] = (x - middle) / x.std(1, keepdim=True, correction=0)
    return x


# %% robust_score | wrong: input-changed | centred in place
def robust_score(x):
    middle = x.nanquantile(0.5, dim=1, keepdim=True)
    spread = x.var(1, keepdim=True, correction=0).sqrt()
    x.sub_(middle)
    return x / spread


# %% robust_score | wrong | numpy-keyword, ddof
def robust_score(x):
    return (x - x.quantile(0.5, dim=1, keepdim=True)) / x.std(axis=1, keepdims=True, ddof=0)


# %% robust_score | wrong | squeezed-for-one, one row loses its axis
# breaks: "The result has the shape and dtype of `x`"
def robust_score(x):
    return ((x - x.quantile(0.5, 1, True)) / x.std(1, correction=0, keepdim=True)).squeeze(0)


# %% robust_score | misconception | float32-in-between
why = "Two things cost a score its digits: torch.zeros, torch.empty and .float() are float32 and round what they get, and a small number beside the spread moves every score."
next = "s = torch.tensor([1., 2., 4.], dtype=torch.float64).std(correction=0); t = torch.zeros(1); t[0] = s; print(1 / s, 1 / t.double(), 1 / (s + 1e-6))"


# %% robust_score | wrong: float32-in-between | middles collected
# breaks: "The result has the shape and dtype of `x` (`float32` or `float64`), and the same numbers as `robust_score_np`"
def robust_score(x):
    middle = torch.zeros(x.shape[0], 1)
    for n, row in enumerate(x):
        middle[n] = row.quantile(0.5)
    return (x - middle) / x.std(dim=1, keepdim=True, correction=0)


# %% robust_score | wrong: float32-in-between | spreads collected
def robust_score(x):
    spread = torch.empty(len(x), 1)
    for n in range(len(x)):
        spread[n, 0] = x[n].std(correction=0)
    return (x - x.quantile(0.5, dim=1, keepdim=True)) / spread


# %% robust_score | wrong: float32-in-between | both collected
def robust_score(x):
    N = len(x)
    middle, spread = torch.zeros(N), torch.zeros(N)
    for n in range(N):
        middle[n], spread[n] = torch.quantile(x[n], 0.5), torch.std(x[n], correction=0)
    return (x - middle[:, None]) / spread[:, None]


# %% robust_score | wrong: float32-in-between | the whole in float and back
def robust_score(x):
    y = x.float()
    score = (y - y.quantile(0.5, dim=1, keepdim=True)) / y.std(dim=1, keepdim=True, correction=0)
    return score.to(x.dtype)


# %% robust_score | wrong: float32-in-between | a little more than the spread
def robust_score(x):
    middle = x.quantile(0.5, dim=1, keepdim=True)
    spread = torch.std(x, dim=1, keepdim=True, correction=0)
    return (x - middle) / spread.add(1e-7)


# %% robust_score | wrong: float32-in-between | a little in the variance
def robust_score(x):
    variance = x.var(dim=1, keepdim=True, correction=0)
    return (x - torch.quantile(x, 0.5, dim=1, keepdim=True)) * torch.rsqrt(variance + 1e-5)


# %% robust_score | wrong: float32-in-between | never divided by 0
def robust_score(x):
    tiny = 1e-6
    spread = x.std(1, correction=0)[:, None]
    return (x - x.quantile(0.5, 1)[:, None]) / (tiny + spread)


# %% robust_score | wrong: float32-in-between | epsilon of float32
def robust_score(x):
    eps = torch.finfo(torch.float32).eps
    rows = []
    for row in x:
        rows.append((row - row.quantile(0.5)) / (row.std(correction=0) + eps))
    return torch.stack(rows)


# %% robust_score | wrong: float32-in-between | a root with a floor
def robust_score(x):
    middle = x.quantile(0.5, dim=1, keepdim=True)
    variance = (x - x.mean(1, keepdim=True)).square().mean(1, keepdim=True)
    return (x - middle) / (variance + 1e-6).sqrt()


# %% robust_score | misconception | cancelled-variance
why = "The mean of the squares less the square of the mean takes large numbers from each other: take the mean from x first, or use std."
next = "x = torch.tensor([10000., 10001.]); print((x**2).mean() - x.mean() ** 2, x.var(correction=0))"


# %% robust_score | wrong: cancelled-variance | means
def robust_score(x):
    middle = x.quantile(0.5, dim=1, keepdim=True)
    variance = (x**2).mean(1, keepdim=True) - x.mean(1, keepdim=True) ** 2
    return (x - middle) / variance.sqrt()


# %% robust_score | wrong: cancelled-variance | in double
def robust_score(x):
    y = x.double()
    s = y.sort(dim=1).values
    middle = (s[:, (x.shape[1] - 1) // 2] + s[:, x.shape[1] // 2]) / 2
    spread = (y.square().mean(1) - y.mean(1).square()).sqrt()
    return ((y - middle[:, None]) / spread[:, None]).to(x.dtype)


# %% robust_score | wrong: cancelled-variance | sums
def robust_score(x):
    n = x.shape[1]
    y = x.double()
    spread = ((n * (y * y).sum(1, keepdim=True) - y.sum(1, keepdim=True) ** 2) / n**2).sqrt()
    return ((y - torch.quantile(y, 0.5, dim=1, keepdim=True)) / spread).to(x.dtype)


# %% robust_score | wrong: cancelled-variance | root of two powers
def robust_score(x):
    middle = torch.nanquantile(x, 0.5, dim=1, keepdim=True)
    squares, mean = x.pow(2).mean(dim=1, keepdim=True), x.mean(dim=1, keepdim=True)
    return (x - middle) * (squares - mean.pow(2)) ** -0.5
