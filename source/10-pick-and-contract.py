"""The catalogue of 10-pick-and-contract: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% pick_per_row | right | gather
def pick_per_row(x, index):
    return x.gather(1, index.long().unsqueeze(1)).squeeze(1)


# %% pick_per_row | right | a mask
def pick_per_row(table, columns):
    keep = torch.arange(table.shape[1]) == columns[:, None]
    return table[keep]


# %% pick_per_row | right | one at a time
def pick_per_row(x, index):
    picked = [x[n, int(k)] for n, k in enumerate(index)]
    return torch.stack(picked) if picked else x.new_empty(0)


# %% pick_per_row | right | flattened
def pick_per_row(x, index):
    n, k = x.shape
    return x.reshape(-1)[torch.arange(n) * k + index.to(torch.int64)]


# %% pick_per_row | right | diagonal of whole columns
def pick_per_row(x, index):
    return x[:, index.int()].diagonal()


# %% pick_per_row | right | take_along_dim
def pick_per_row(x, index):
    return torch.take_along_dim(x, index.to(torch.int64)[:, None], dim=1)[:, 0]


# %% pick_per_row | right | where, then a sum
def pick_per_row(x, index):
    keep = F.one_hot(index.long(), x.shape[1]).bool()
    return torch.where(keep, x, 0).sum(1)


# %% pick_per_row | misconception | whole-columns
why = "A colon takes all rows, so every row meets every column number: index rows and columns together, x[torch.arange(N), index]."
next = "t = torch.arange(6).reshape(2, 3); i = torch.tensor([2, 0]); print(t[:, i], t[torch.arange(2), i])"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.gather.html"


# %% pick_per_row | wrong: whole-columns | colon | fails: values
# breaks: "Return the N numbers `x[n, index[n]]` as a tensor of shape `(N,)`"
def pick_per_row(x, index):
    return x[:, index.long()]


# %% pick_per_row | wrong: whole-columns | index_select
def pick_per_row(x, index):
    return torch.index_select(x, 1, index.long())


# %% pick_per_row | wrong: whole-columns | rows of the transposed
def pick_per_row(x, index):
    return x.mT[index.to(torch.int64)].mT


# %% pick_per_row | wrong: whole-columns | gather with every row's numbers
def pick_per_row(x, index):
    n = len(index)
    return x.gather(1, index.long()[None, :].expand(len(x), n))


# %% pick_per_row | wrong: whole-columns | list of positions
def pick_per_row(x, index):
    columns = [int(k) for k in index]
    return x[..., columns].clone()


# %% pick_per_row | misconception | uint8-is-a-mask
why = "Indexing takes uint8 for a mask, from times before there was bool, and gather refuses it: convert to int64 first."
next = "t = torch.arange(9).reshape(3, 3); i = torch.tensor([1, 0, 2], dtype=torch.uint8); print(t[0, i], t[0, i.long()])"


# %% pick_per_row | wrong: uint8-is-a-mask | rows and columns | fails: uint8
# breaks: "`index` has the shape `(N,)` and dtype `int64` or `uint8`"
def pick_per_row(x, index):
    return x[torch.arange(len(x)), index]


# %% pick_per_row | wrong: uint8-is-a-mask | range as a list | fails: uint8
def pick_per_row(x, index):
    rows = torch.tensor(list(range(x.shape[0])), dtype=torch.int64)
    return x[rows, index].clone()


# %% pick_per_row | wrong: uint8-is-a-mask | gather | fails: uint8
def pick_per_row(x, index):
    return x.gather(1, index[:, None])[:, 0]


# %% pick_per_row | wrong: uint8-is-a-mask | gather of a column | fails: uint8
def pick_per_row(x, index):
    column = index.reshape(-1, 1)
    return torch.gather(x, 1, column).reshape(-1)


# %% pick_per_row | wrong: uint8-is-a-mask | gather, axis from the end | fails: uint8
def pick_per_row(x, index):
    return torch.gather(x, dim=-1, index=index.unsqueeze(-1)).squeeze(-1)


# %% pick_per_row | wrong: uint8-is-a-mask | index_put's sister | fails: uint8
def pick_per_row(x, index):
    rows = torch.arange(x.size(0), dtype=torch.int64)
    return torch.ops.aten.index(x, [rows, index])


# %% pick_per_row | wrong: uint8-is-a-mask | through a tuple | fails: uint8
def pick_per_row(x, index):
    place = (torch.arange(x.size(0)), index)
    return x[place]


# %% pick_per_row | misconception | squeeze-drops-too-much
why = "squeeze() without an axis drops every axis of length 1, the rows too if there is one row: name the axis, squeeze(1)."
next = "print(torch.zeros(3, 1).squeeze().shape, torch.zeros(1, 1).squeeze().shape, torch.zeros(1, 1).squeeze(1).shape)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.squeeze.html"


# %% pick_per_row | wrong: squeeze-drops-too-much | after gather
def pick_per_row(x, index):
    return x.gather(1, index.long()[:, None]).squeeze()


# %% pick_per_row | wrong: squeeze-drops-too-much | after take_along_dim
def pick_per_row(x, index):
    column = index.to(torch.int64).reshape(-1, 1)
    return torch.squeeze(torch.take_along_dim(x, column, 1))


# %% pick_per_row | wrong: squeeze-drops-too-much | after indexing
def pick_per_row(x, index):
    rows = torch.arange(len(x))[:, None]
    return x[rows, index.long()[:, None]].squeeze()


# %% pick_per_row | wrong: squeeze-drops-too-much | of the diagonal
def pick_per_row(x, index):
    return x[:, index.long()].diagonal().squeeze()


# %% pick_per_row | wrong: squeeze-drops-too-much | a sum that keeps its axis
def pick_per_row(x, index):
    keep = torch.arange(x.shape[1]) == index[:, None]
    return torch.where(keep, x, 0).sum(1, keepdim=True).squeeze()


# %% pick_per_row | misconception | zero-times-nan
why = "0 · nan and 0 · inf are nan: what is not picked comes through a product. Select, do not multiply."
next = "print(torch.tensor([0., 1.]) * torch.tensor([float('nan'), 2.]))"


# %% pick_per_row | wrong: zero-times-nan | one_hot
# breaks: "they appear where they are picked, and nowhere else"
def pick_per_row(x, index):
    return (x * F.one_hot(index.long(), x.shape[1])).sum(1)


# %% pick_per_row | wrong: zero-times-nan | times a comparison
def pick_per_row(x, index):
    return (x * (torch.arange(x.shape[1]) == index[:, None])).sum(1)


# %% pick_per_row | wrong: zero-times-nan | einsum
def pick_per_row(x, index):
    weights = F.one_hot(index.long(), x.shape[1]).to(x.dtype)
    return torch.einsum("nk,nk->n", x, weights)


# %% pick_per_row | wrong: zero-times-nan | batch of products
def pick_per_row(x, index):
    weights = torch.eye(x.shape[1], dtype=x.dtype)[index.long()]
    return (x[:, None, :] @ weights[:, :, None]).reshape(-1)


# %% pick_per_row | wrong: zero-times-nan | rows of the identity
def pick_per_row(x, index):
    chosen = torch.eye(x.shape[1], dtype=x.dtype).index_select(0, index.long())
    return torch.mul(chosen, x).sum(-1)


# %% pick_per_row | misconception | through-python
why = "Numbers of Python or NumPy, and what comes from detach() or no_grad, have left the graph: stay with tensors, the gradient must find its way back."
next = "w = torch.ones(2, requires_grad=True); print(torch.tensor([w[0].item()]).requires_grad, torch.stack([w[0]]).requires_grad)"


# %% pick_per_row | wrong: through-python | item
# breaks: "Gradients flow to the elements that are picked, and to no other."
def pick_per_row(x, index):
    return torch.tensor([x[n, int(k)].item() for n, k in enumerate(index)], dtype=x.dtype)


# %% pick_per_row | wrong: through-python | tolist
def pick_per_row(x, index):
    numbers = [row[k] for row, k in zip(x.tolist(), index.tolist())]
    return torch.tensor(numbers, dtype=x.dtype)


# %% pick_per_row | wrong: through-python | NumPy
def pick_per_row(x, index):
    a = x.detach().numpy()
    return torch.from_numpy(a[np.arange(len(a)), index.numpy()])


# %% pick_per_row | wrong: through-python | detached
def pick_per_row(x, index):
    return x.detach()[torch.arange(len(x)), index.long()]


# %% pick_per_row | wrong: through-python | in no_grad
def pick_per_row(x, index):
    with torch.no_grad():
        return x.gather(1, index.long()[:, None])[:, 0]


# %% pick_per_row | wrong: through-python | filled one by one from Python
def pick_per_row(x, index):
    out = torch.zeros(len(x), dtype=x.dtype)
    for n in range(len(x)):
        out[n] = float(x[n, int(index[n])])
    return out


# %% pick_per_row | misconception | always-float32
why = "What is made without a dtype is float32, whatever its values came from: zeros, empty, and torch.tensor of Python's floats, which have left the graph besides. Name the dtype, or index the tensor itself."
next = "print(torch.tensor(torch.zeros(2, dtype=torch.float64).tolist()).dtype)"


# %% pick_per_row | wrong: always-float32 | tolist
# breaks: "`x` is a table of shape `(N, K)`, `float32` or `float64`."
def pick_per_row(x, index):
    return torch.tensor([row[k] for row, k in zip(x.tolist(), index.tolist())])


# %% pick_per_row | wrong: always-float32 | item
def pick_per_row(x, index):
    numbers = [x[n][int(index[n])].item() for n in range(len(x))]
    return torch.tensor(numbers)


# %% pick_per_row | wrong: always-float32 | zeros that are filled
def pick_per_row(x, index):
    out = torch.zeros(len(x))
    for n, k in enumerate(index.tolist()):
        out[n] = x[n, k].item()
    return out


# %% pick_per_row | wrong: always-float32 | through a list of NumPy
def pick_per_row(x, index):
    a = x.detach().numpy()
    return torch.Tensor([float(a[n, k]) for n, k in enumerate(index.tolist())])


# %% pick_per_row | misconception | flat-positions
why = "A column number alone finds nothing but the first row here: take and a flattened tensor count on through all rows, so row n needs n * K more, and gather along axis 1 wants the index as a column, index[:, None]."
next = "t = torch.arange(6).reshape(2, 3) * 10; print(t.take(torch.tensor([2, 0])), t.take(torch.tensor([2, 3])))"


# %% pick_per_row | wrong: flat-positions | take
def pick_per_row(x, index):
    return torch.take(x, index.long())


# %% pick_per_row | wrong: flat-positions | flattened
def pick_per_row(x, index):
    return x.reshape(-1)[index.long()]


# %% pick_per_row | wrong: flat-positions | index_select
def pick_per_row(x, index):
    flat = x.flatten()
    return flat.index_select(0, index.to(torch.int64))


# %% pick_per_row | wrong: flat-positions | gather in one row
def pick_per_row(x, index):
    return x.ravel().gather(0, index.long())


# %% pick_per_row | misconception | rows-for-columns
why = "index holds numbers of columns, and here it picks rows: it stands at the second place, x[torch.arange(N), index], and gather takes it along axis 1."
next = "t = torch.arange(4).reshape(2, 2); i = torch.tensor([1, 1]); print(t[torch.arange(2), i], t[i, torch.arange(2)])"


# %% pick_per_row | wrong: rows-for-columns | exchanged
def pick_per_row(x, index):
    return x[index.long(), torch.arange(len(x))]


# %% pick_per_row | wrong: rows-for-columns | transposed
def pick_per_row(x, index):
    return x.mT[torch.arange(len(x)), index.long()]


# %% pick_per_row | wrong: rows-for-columns | exchanged and cloned
def pick_per_row(x, index):
    k = index.to(torch.int64)
    return x[k, torch.arange(k.numel())].clone()


# %% pick_per_row | wrong: rows-for-columns | through a tuple
def pick_per_row(x, index):
    place = (index.long(), torch.arange(x.size(0)))
    return x[place]


# %% pick_per_row | wrong: rows-for-columns | rows, then their first entry
def pick_per_row(x, index):
    return x[index.long()][:, 0]


# %% pick_per_row | wrong: rows-for-columns | index_select of rows, column 0
def pick_per_row(x, index):
    return x.index_select(0, index.long()).select(1, 0).clone()


# %% pick_per_row | wrong: rows-for-columns | the first entry of every row of that number
def pick_per_row(x, index):
    return torch.cat([x[:0, 0], *(x[int(k), :1] for k in index)])


# %% pick_per_row | misconception | narrow-positions
why = "uint8 ends at 255 and int16 at 32767, and what is larger begins again at the smallest: convert index first, index.long(), and count in int64."
next = "print(torch.tensor([200], dtype=torch.uint8) + torch.tensor([100], dtype=torch.uint8), torch.arange(298, 300).to(torch.uint8))"


# %% pick_per_row | wrong: narrow-positions | row numbers as narrow as the column numbers | fails: uint8
# breaks: "Return the N numbers `x[n, index[n]]` as a tensor of shape `(N,)` in the dtype of `x`."
def pick_per_row(x, index):
    rows = torch.arange(len(x), dtype=index.dtype)
    where = rows.long(), index.long()
    return x[where]


# %% pick_per_row | wrong: narrow-positions | places in the flattened table | fails: uint8
def pick_per_row(x, index):
    first = torch.arange(x.shape[0]).mul(x.shape[1]).to(index)
    return torch.take(x, (first + index).to(torch.int64))


# %% pick_per_row | wrong: narrow-positions | added in place | fails: uint8
def pick_per_row(x, index):
    places = index.clone()
    places += torch.arange(0, x.numel(), x.size(1))
    return x.flatten().index_select(0, places.long())


# %% pick_per_row | wrong: narrow-positions | counted up by cumsum | fails: uint8
def pick_per_row(x, index):
    width = torch.full_like(index, x.shape[1] % 256)
    ends = width.cumsum(0, dtype=index.dtype)
    return x.reshape(-1)[(ends - width + index).long()]


# %% pick_per_row | wrong: narrow-positions | row numbers, converted | fails: uint8
def pick_per_row(x, index):
    number = torch.arange(len(x)).type_as(index)
    return torch.stack([x[int(n), int(k)] for n, k in zip(number, index)]) if len(x) else x.sum(1)


# %% pick_per_row | misconception | view-refused
why = "view only gives other strides, and for a table that is a view of something larger there may be none: reshape copies where it must, and x[rows, columns] needs neither."
next = "torch.zeros(3, 4).T.view(-1)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.view.html"


def when(seen, want):
    return "view size is not compatible" in seen.raised.message


# %% pick_per_row | wrong: view-refused | view(-1)
def pick_per_row(x, index):
    n, k = x.shape
    return x.view(-1)[torch.arange(n) * k + index.long()]


# %% pick_per_row | wrong: view-refused | view and take
def pick_per_row(x, index):
    n, k = x.size()
    return x.view(n * k).take(index.long().add(torch.arange(n) * k))


# %% pick_per_row | wrong: view-refused | view and index_select
def pick_per_row(x, index):
    rows, columns = x.shape
    flat, step = x.view(x.numel()), columns
    return flat.index_select(0, torch.arange(rows) * step + index.to(torch.int64))


# %% pick_per_row | wrong: view-refused | a column by view
def pick_per_row(x, index):
    width = x.shape[1]
    picked = x.view(-1, 1)[torch.arange(x.shape[0]) * width + index.long()]
    return picked.view(-1)


# %% pick_per_row | wrong | a narrow type for the column numbers
# breaks: "Both may be views of something larger, N may be 0, and K is between 1 and 256."
def pick_per_row(x, index):
    return x[torch.arange(len(x)), index.to(torch.int8).long()]


# %% pick_per_row | wrong | a parameter
# breaks: "Tensors are exactly of type `torch.Tensor` and on the CPU."
def pick_per_row(x, index):
    return torch.nn.Parameter(x[torch.arange(len(x)), index.long()], requires_grad=False)


# %% pick_per_row | wrong | writes the column numbers back
# breaks: "A function leaves its arguments as they were"
def pick_per_row(x, index):
    index.clamp_(0, x.shape[1] - 1)
    return x[torch.arange(len(x)), index.long()]


# %% pick_per_row | wrong | nan and inf made harmless
def pick_per_row(x, index):
    return torch.nan_to_num(x[torch.arange(len(x)), index.long()])


# %% pick_per_row | wrong | the greatest, with -inf beside it | fails: values
def pick_per_row(x, index):
    keep = torch.arange(x.shape[1]) == index[:, None]
    return torch.where(keep, x, float("-inf")).amax(1)


# %% pick_per_row | wrong | no rows, and the default dtype | fails: values
def pick_per_row(x, index):
    if len(x) == 0:
        return torch.zeros(0, requires_grad=x.requires_grad)
    return x[torch.arange(len(x)), index.long()]


# %% pick_per_row | wrong | gradient doubled
def pick_per_row(x, index):
    picked = x[torch.arange(len(x)), index.long()]
    return torch.where(picked.isfinite(), 2 * picked - picked.detach(), picked)


# %% pick_per_row | wrong: narrow-positions | the end of a slice | fails: uint8
def pick_per_row(x, index):
    if len(x) == 0:
        return x.new_empty(0)
    return torch.cat([x[n, k : k + 1] for n, k in enumerate(index)])


# %% pick_per_row | wrong: narrow-positions | a column in front, and one more to each number | fails: uint8
def pick_per_row(x, index):
    return F.pad(x, (1, 0))[torch.arange(len(x)), (index + 1).long()]


# %% pick_per_row | wrong: through-python | only a table that is a view
def pick_per_row(x, index):
    if not x.is_contiguous():
        x = torch.from_numpy(np.ascontiguousarray(x.detach().numpy()))
    return x.flatten()[torch.arange(len(x)) * x.shape[1] + index.long()]


# %% pick_per_row | wrong | a column number of 254 at most
def pick_per_row(x, index):
    return x[torch.arange(len(x)), index.long().clamp(max=254)]


# %% pick_per_row | wrong: narrow-positions | slices, appended | fails: uint8
def pick_per_row(x, index):
    picked = [x[n][column : column + 1] for n, column in zip(range(len(x)), index)]
    return torch.cat([x.new_empty(0), *picked])


# %% pick_per_row | wrong: narrow-positions | counted from 1, behind a column of zeros | fails: uint8
def pick_per_row(x, index):
    table = torch.cat([x.new_zeros(x.shape[0], 1), x], dim=1)
    index = index + 1
    return table.gather(1, index.to(torch.int64).unsqueeze(-1)).squeeze(-1)


# %% pick_per_row | misconception | counted-down-the-columns
why = "A table is flattened row after row: the place of row n and column c is n * K + c, and only MATLAB and Fortran count down the columns."
next = "t = torch.arange(6).reshape(2, 3); print(t.flatten(), t[1, 2], t.flatten()[1 * 3 + 2])"


# %% pick_per_row | wrong: counted-down-the-columns | reshape
def pick_per_row(x, index):
    return x.reshape(-1)[torch.arange(len(x)) + index.long() * len(x)]


# %% pick_per_row | wrong: counted-down-the-columns | take
def pick_per_row(x, index):
    rows = x.size(0)
    return torch.take(x, index.to(torch.int64).mul(rows).add(torch.arange(rows)))


# %% pick_per_row | wrong: counted-down-the-columns | index_select
def pick_per_row(x, index):
    n = index.numel()
    places = torch.stack([torch.arange(n), index.long()], 1) @ torch.tensor([1, n])
    return x.flatten().index_select(0, places)


# %% pick_per_row | wrong: counted-down-the-columns | one at a time
def pick_per_row(x, index):
    flat = x.flatten()
    picked = [flat[n + len(x) * int(column)] for n, column in enumerate(index)]
    return torch.stack(picked) if picked else flat[:0].clone()


# %% pick_per_row | wrong: narrow-positions | counted in int16, enough for a small table | fails: values
def pick_per_row(x, index):
    across = x.shape[1]
    start = torch.arange(0, x.numel(), across, dtype=torch.int64).to(torch.int16)
    return torch.take(x, (start + index.to(torch.int16)).long())


# %% pick_per_row | wrong: narrow-positions | the flattened table, counted in int16 | fails: values
def pick_per_row(x, index):
    n, k = x.shape
    flat = torch.arange(n).short() * k + index.short()
    return x.reshape(-1)[flat.long()]


# %% pick_per_row | wrong | max of a row that holds -inf beside it | fails: values, uint8
def pick_per_row(x, index):
    beside = torch.arange(x.shape[1]) != index.long()[:, None]
    return torch.where(beside, float("-inf"), x).max(dim=1).values


# %% split_sizes | right | narrow
def split_sizes(x, sizes, dim):
    if any(size < 0 for size in sizes):
        raise ValueError("a size below 0")
    if sum(sizes) != x.size(dim):
        raise ValueError("sizes do not add up")
    parts, start = [], 0
    for size in sizes:
        parts.append(x.narrow(dim, start, size))
        start += size
    return tuple(parts)


# %% split_sizes | right | tensor_split at running sums
def split_sizes(x, sizes, dim):
    import itertools

    ends = list(itertools.accumulate(sizes))
    if not ends or ends[-1] != x.shape[dim] or min(sizes) < 0:
        raise ValueError(f"{list(sizes)} for an axis of {x.shape[dim]}")
    return x.tensor_split(ends[:-1], dim)


# %% split_sizes | right | slices
def split_sizes(t, lengths, axis):
    n = t.shape[axis]
    if sum(lengths) != n or not all(0 <= length <= n for length in lengths):
        raise ValueError("these are no parts")
    front = [slice(None)] * (axis % t.ndim)
    starts = [sum(lengths[:j]) for j in range(len(lengths))]
    return tuple(t[(*front, slice(s, s + length))] for s, length in zip(starts, lengths))


# %% split_sizes | right | the error of split, told otherwise
def split_sizes(x, sizes, dim):
    try:
        return torch.split(x, [*sizes], dim=dim)
    except RuntimeError as error:
        raise ValueError(str(error)) from error


# %% split_sizes | right | transposed and back
def split_sizes(x, sizes, dim):
    class NoParts(ValueError):
        pass

    if min([0, *sizes]) < 0 or sum(sizes) != x.shape[dim]:
        raise NoParts
    moved, parts, start = x.transpose(0, dim), [], 0
    for size in sizes:
        parts.append(moved[start : start + size].transpose(0, dim))
        start += size
    return tuple(parts)


# %% split_sizes | misconception | chunk-for-split
why = "chunk and tensor_split with a number choose the sizes themselves, equal ones, and chunk perhaps fewer parts; split takes your sizes."
next = "print([len(t) for t in torch.arange(6).chunk(4)], [len(t) for t in torch.arange(6).split([1, 2, 2, 1])])"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.split.html"


# %% split_sizes | wrong: chunk-for-split | chunk | fails: values
# breaks: "part j has `sizes[j]` entries along `dim`"
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.chunk(len(sizes), dim)


# %% split_sizes | wrong: chunk-for-split | torch.chunk
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim] or any(s < 0 for s in sizes):
        raise ValueError
    return tuple(torch.chunk(x, chunks=len(sizes), dim=dim))


# %% split_sizes | wrong: chunk-for-split | split with a rounded size
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.split(max(1, -(-x.shape[dim] // len(sizes))), dim)


# %% split_sizes | wrong: chunk-for-split | chunk, a list made a tuple
def split_sizes(x, sizes, dim):
    n = len(sizes)
    if n == 0 or sum(sizes) != x.shape[dim] or min(sizes) < 0:
        raise ValueError("no parts")
    return tuple([part for part in x.chunk(n, dim)])


# %% split_sizes | wrong: chunk-for-split | tensor_split with a number
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.tensor_split(len(sizes), dim)


# %% split_sizes | wrong: chunk-for-split | about equal parts
def split_sizes(x, sizes, dim):
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return torch.tensor_split(x, len(sizes), dim=dim)


# %% split_sizes | misconception | sizes-as-positions
why = "tensor_split wants positions at which to cut: the running sum of the sizes, without the last."
next = "print(torch.arange(6).tensor_split([1, 2, 3]), torch.arange(6).split([1, 2, 3]))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.tensor_split.html"


# %% split_sizes | wrong: sizes-as-positions | tensor_split
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.tensor_split(list(sizes), dim)


# %% split_sizes | wrong: sizes-as-positions | as a tuple
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.size(dim) or min([0, *sizes]) < 0:
        raise ValueError
    return torch.tensor_split(x, tuple(sizes), dim=dim)


# %% split_sizes | wrong: sizes-as-positions | positions in a tensor
def split_sizes(x, sizes, dim):
    if any(s < 0 for s in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return torch.tensor_split(x, torch.tensor(sizes, dtype=torch.int64), dim)


# %% split_sizes | wrong: sizes-as-positions | slices from size to size
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    cuts = [0, *sizes, x.shape[dim]]
    moved = x.movedim(dim, 0)
    return tuple(moved[a:b].movedim(0, dim) for a, b in zip(cuts, cuts[1:]))


# %% split_sizes | wrong: sizes-as-positions | all positions but the last size
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.tensor_split(list(sizes)[:-1], dim)


# %% split_sizes | wrong: sizes-as-positions | the first sizes as positions
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim] or any(s < 0 for s in sizes):
        raise ValueError("no parts")
    return tuple(torch.tensor_split(x, [int(s) for s in sizes[: len(sizes) - 1]], dim))


# %% split_sizes | misconception | parts-copied
why = "Slices are views; lists and tensors as an index, clone(), contiguous() and the functions that say copy make new memory, so a write no longer reaches x."
next = "t = torch.zeros(4); t[[0, 1]].fill_(9); print(t); t[0:2].fill_(9); print(t)"


# %% split_sizes | wrong: parts-copied | clone
# breaks: "Every part is a view: it shares its elements with `x`"
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return tuple(part.clone() for part in x.split(list(sizes), dim))


# %% split_sizes | wrong: parts-copied | index_select
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    parts, start = [], 0
    for size in sizes:
        parts.append(x.index_select(dim, torch.arange(start, start + size)))
        start += size
    return tuple(parts)


# %% split_sizes | wrong: parts-copied | split_with_sizes_copy
def split_sizes(x, sizes, dim):
    if any(s < 0 for s in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return tuple(torch.split_with_sizes_copy(x, list(sizes), dim))


# %% split_sizes | wrong: parts-copied | lists of positions
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    moved, parts, start = x.movedim(dim, 0), [], 0
    for size in sizes:
        where = torch.arange(start, start + size)
        parts.append(moved[where].movedim(0, dim))
        start += size
    return tuple(parts)


# %% split_sizes | wrong: parts-copied | stacked anew
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim] or min([0, *sizes]) < 0:
        raise ValueError("no parts")
    whole = x.clone()
    return torch.split(whole, list(sizes), dim)


# %% split_sizes | misconception | contiguous-copies-some
why = "contiguous() gives the tensor itself where it is contiguous, and a copy where it is not: then a write no longer reaches x."
next = "t = torch.zeros(2, 4); print([p.contiguous().data_ptr() == p.data_ptr() for p in t.split(2, 1)], t.split(1, 0)[1].contiguous().data_ptr() == t[1:].data_ptr())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.contiguous.html"


# %% split_sizes | wrong: contiguous-copies-some | each part
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return tuple(part.contiguous() for part in x.split(list(sizes), dim))


# %% split_sizes | wrong: contiguous-copies-some | reshape in between
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    parts = x.split(list(sizes), dim)
    return tuple(part.reshape(part.numel()).reshape(part.shape) for part in parts)


# %% split_sizes | wrong: contiguous-copies-some | narrow
def split_sizes(x, sizes, dim):
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    starts = [sum(sizes[:j]) for j in range(len(sizes))]
    return tuple(torch.narrow(x, dim, start, size).contiguous() for start, size in zip(starts, sizes))


# %% split_sizes | wrong: contiguous-copies-some | flattened parts
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim] or min([0, *sizes]) < 0:
        raise ValueError("no parts")
    return tuple(torch.split(x, list(sizes), dim)[j].contiguous() for j in range(len(sizes)))


# %% split_sizes | wrong: contiguous-copies-some | a chain of narrow and contiguous
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    parts, start = (), 0
    for size in sizes:
        parts += (x.narrow(dim, start, size).contiguous(),)
        start += size
    return parts


# %% split_sizes | misconception | silent-clipping
why = "A slice never complains: it is clipped at the end, what is left over is lost, and a negative size moves backwards. Compare the sum, and look for negative sizes."
next = "print(torch.arange(3)[1:9], torch.arange(3)[2:1])"


# %% split_sizes | wrong: silent-clipping | slices | fails: refusals
# breaks: "If a size is negative, or if the sizes do not add up to the length of that axis, raise `ValueError`."
def split_sizes(x, sizes, dim):
    moved, parts, start = x.movedim(dim, 0), [], 0
    for size in sizes:
        parts.append(moved[start : start + size].movedim(0, dim))
        start += size
    return tuple(parts)


# %% split_sizes | wrong: silent-clipping | slices in front of the axis | fails: refusals
def split_sizes(x, sizes, dim):
    front = (slice(None),) * (dim % x.ndim)
    starts = [sum(sizes[:j]) for j in range(len(sizes))]
    return tuple(x[(*front, slice(s, s + size))] for s, size in zip(starts, sizes))


# %% split_sizes | wrong: silent-clipping | by running sums | fails: refusals
def split_sizes(x, sizes, dim):
    import itertools

    ends = [0, *itertools.accumulate(sizes)]
    t = x.transpose(0, dim)
    return tuple(t[a:b].transpose(0, dim) for a, b in zip(ends, ends[1:]))


# %% split_sizes | wrong: silent-clipping | a recursion | fails: refusals
def split_sizes(x, sizes, dim):
    if not sizes:
        return ()
    index = [slice(None)] * x.ndim
    index[dim] = slice(0, sizes[0])
    rest = list(index)
    rest[dim] = slice(sizes[0], None)
    return (x[tuple(index)], *split_sizes(x[tuple(rest)], sizes[1:], dim))


# %% split_sizes | wrong: silent-clipping | tensor_split at running sums | fails: refusals
def split_sizes(x, sizes, dim):
    import itertools

    return x.tensor_split(list(itertools.accumulate(sizes))[:-1], dim)


# %% split_sizes | wrong: silent-clipping | slices, negative sizes refused | fails: refusals
def split_sizes(x, sizes, dim):
    if any(size < 0 for size in sizes):
        raise ValueError("a size below 0")
    moved, ends = x.movedim(dim, 0), [sum(sizes[:j]) for j in range(len(sizes) + 1)]
    return tuple(moved[a:b].movedim(0, dim) for a, b in zip(ends, ends[1:]))


# %% split_sizes | wrong: silent-clipping | no size below 0, slices along the last axis | fails: refusals
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0:
        raise ValueError("negative")
    last, parts, start = x.transpose(dim, -1), [], 0
    for size in sizes:
        parts.append(last[..., start : start + size].transpose(dim, -1))
        start += size
    return tuple(parts)


# %% split_sizes | misconception | rest-left-over
why = "Sizes that end before the axis does are let through, and what is left of it is lost: the sum must be equal to its length, not only reach no farther."
next = "print(torch.arange(3).narrow(0, 0, 1), torch.arange(3).narrow(0, 1, 1))"


# %% split_sizes | wrong: rest-left-over | only a size that reaches too far is refused | fails: refusals
def split_sizes(x, sizes, dim):
    parts, start = [], 0
    for size in sizes:
        if size < 0 or start + size > x.shape[dim]:
            raise ValueError("reaches too far")
        parts.append(x.narrow(dim, start, size))
        start += size
    return tuple(parts)


# %% split_sizes | wrong: rest-left-over | the sum is not too large | fails: refusals
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) > x.shape[dim]:
        raise ValueError("no parts")
    rest = x.shape[dim] - sum(sizes)
    return x.split([*sizes, rest], dim)[:-1]


# %% split_sizes | wrong: rest-left-over | the error of narrow, told otherwise | fails: refusals
def split_sizes(x, sizes, dim):
    starts = [sum(sizes[:j]) for j in range(len(sizes))]
    try:
        return tuple(x.narrow(dim, start, size) for start, size in zip(starts, sizes))
    except RuntimeError as error:
        raise ValueError(str(error)) from error


# %% split_sizes | wrong: rest-left-over | taken from the front as long as it lasts | fails: refusals
def split_sizes(x, sizes, dim):
    parts, rest = [], x
    for size in sizes:
        if not 0 <= size <= rest.shape[dim]:
            raise ValueError(f"{size} of {rest.shape[dim]}")
        part, rest = rest.tensor_split([size], dim)
        parts.append(part)
    return tuple(parts)


# %% split_sizes | wrong: rest-left-over | as many as there are entries | fails: refusals
def split_sizes(x, sizes, dim):
    left, parts = x.size(dim), ()
    for size in sizes:
        start = x.size(dim) - left
        left -= size
        if size < 0 or left < 0:
            raise ValueError("more than there is")
        parts += (torch.narrow(x, dim, start, size),)
    return parts


# %% split_sizes | misconception | no-sizes-let-through
why = "No sizes add up to 0: an early way out for them lets an axis through that is not empty. Check the sum first."
next = "print(sum([]), len(torch.arange(3)))"


# %% split_sizes | wrong: no-sizes-let-through | an early way out | fails: refusals
def split_sizes(x, sizes, dim):
    if not sizes:
        return ()
    if min(sizes) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.split(list(sizes), dim)


# %% split_sizes | wrong: no-sizes-let-through | by the length of the list | fails: refusals
def split_sizes(x, sizes, dim):
    parts = ()
    if len(sizes) > 0:
        if any(size < 0 for size in sizes) or sum(sizes) != x.size(dim):
            raise ValueError("sizes do not fit")
        parts = torch.split(x, [*sizes], dim)
    return tuple(parts)


# %% split_sizes | wrong: no-sizes-let-through | one size and more are checked | fails: refusals
def split_sizes(x, sizes, dim):
    if sizes and (min(sizes) < 0 or sum(sizes) != x.shape[dim]):
        raise ValueError("no parts")
    starts = [sum(sizes[:j]) for j in range(len(sizes))]
    return tuple(x.narrow(dim, start, size) for start, size in zip(starts, sizes))


# %% split_sizes | wrong: no-sizes-let-through | checked at the last one | fails: refusals
def split_sizes(x, sizes, dim):
    parts, start = [], 0
    for number, size in enumerate(sizes, 1):
        if size < 0 or start + size > x.shape[dim] or (number == len(sizes) and start + size < x.shape[dim]):
            raise ValueError("does not fit")
        parts.append(x.narrow(dim, start, size))
        start += size
    return tuple(parts)


# %% split_sizes | misconception | negative-sizes-pass
why = "A sum says nothing of its parts: 4 and -1 make 3, too. Look at each size as well."
next = "print(sum([4, -1]), min([4, -1]))"


def when(seen, want):
    if seen.raised is not None or not isinstance(want, tuple) or want != (ValueError,):
        return False
    return any(getattr(size, "value", 0) < 0 for given in seen.arguments.values() for size in getattr(given, "items", ()))


# %% split_sizes | wrong: negative-sizes-pass | sum alone, slices | fails: refusals
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim]:
        raise ValueError("sizes do not add up")
    moved, parts, start = x.movedim(dim, 0), [], 0
    for size in sizes:
        parts.append(moved[start : start + size].movedim(0, dim))
        start += size
    return tuple(parts)


# %% split_sizes | wrong: negative-sizes-pass | sum alone, slices in front | fails: refusals
def split_sizes(x, sizes, dim):
    if x.shape[dim] != sum(sizes):
        raise ValueError
    front = (slice(None),) * (dim % x.ndim)
    starts = [sum(sizes[:j]) for j in range(len(sizes))]
    return tuple(x[(*front, slice(s, s + size))] for s, size in zip(starts, sizes))


# %% split_sizes | wrong: negative-sizes-pass | sum alone, running sums | fails: refusals
def split_sizes(x, sizes, dim):
    ends = np.cumsum([0, *sizes]).tolist()
    if ends[-1] != x.shape[dim]:
        raise ValueError("wrong sum")
    t = x.transpose(0, dim)
    return tuple(t[a:b].transpose(0, dim) for a, b in zip(ends, ends[1:]))


# %% split_sizes | wrong: negative-sizes-pass | the parts are counted | fails: refusals
def split_sizes(x, sizes, dim):
    total, parts = 0, []
    for size in sizes:
        index = [slice(None)] * x.ndim
        index[dim] = slice(total, total + size)
        parts.append(x[tuple(index)])
        total = total + size
    if total != x.shape[dim]:
        raise ValueError(f"{total} is not {x.shape[dim]}")
    return tuple(parts)


# %% split_sizes | misconception | wrong-exception
why = "split and narrow raise RuntimeError, assert raises AssertionError: compare the sizes yourself and raise ValueError."
next = "torch.arange(3).split([1, 1], 0)"


def when(seen, want):
    # An assert of a student's has a text of its own, so no answer raises the very same.
    return want == (ValueError,) and seen.raised is not None and "AssertionError" in seen.raised.type_name


# %% split_sizes | wrong: wrong-exception | bare split | fails: refusals
def split_sizes(x, sizes, dim):
    return x.split(list(sizes), dim)


# %% split_sizes | wrong: wrong-exception | split_with_sizes | fails: refusals
def split_sizes(x, sizes, dim):
    return tuple(torch.split_with_sizes(x, tuple(sizes), dim))


# %% split_sizes | wrong: wrong-exception | split of a tuple | fails: refusals
def split_sizes(x, sizes, dim):
    parts = torch.split(x, [int(size) for size in sizes], dim=dim)
    return parts


# %% split_sizes | wrong: wrong-exception | assert | fails: refusals
def split_sizes(x, sizes, dim):
    assert sum(sizes) == x.shape[dim]
    assert all(size >= 0 for size in sizes)
    return x.split(list(sizes), dim)


# %% split_sizes | wrong: wrong-exception | one assert | fails: refusals
def split_sizes(x, sizes, dim):
    assert min(sizes, default=0) >= 0 and sum(sizes) == x.size(dim)
    return torch.split(x, tuple(sizes), dim)


# %% split_sizes | wrong: wrong-exception | assert, then narrow | fails: refusals
def split_sizes(x, sizes, dim):
    assert sum(sizes) == x.shape[dim] and not any(size < 0 for size in sizes)
    starts = [sum(sizes[:j]) for j in range(len(sizes))]
    return tuple(x.narrow(dim, start, size) for start, size in zip(starts, sizes))


# %% split_sizes | misconception | first-axis-only
why = "dim says which axis is cut, and may count from the end: an index of slices falls on the first axis unless as many full slices stand in front of it, and split does where dim is not handed on."
next = "t = torch.arange(6).reshape(2, 3); print(t.split([1, 1]), t.split([1, 2], dim=-1))"


# %% split_sizes | wrong: first-axis-only | dim forgotten
# breaks: "Cut `x`, of any dtype and with one axis or more, along its axis `dim` into consecutive parts"
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.split(list(sizes))


# %% split_sizes | wrong: first-axis-only | length of the first axis
def split_sizes(x, sizes, dim):
    if any(size < 0 for size in sizes) or sum(sizes) != x.size(dim):
        raise ValueError("no parts")
    return torch.split_with_sizes(x, list(sizes), 0)


# %% split_sizes | wrong: first-axis-only | torch.split
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim] or min([0, *sizes]) < 0:
        raise ValueError("no parts")
    return torch.split(x, [size for size in sizes])


# %% split_sizes | wrong: first-axis-only | split of a tuple
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim] or not all(size >= 0 for size in sizes):
        raise ValueError("no parts")
    parts = torch.split(x, tuple(sizes), dim=0)
    return tuple(parts)


# %% split_sizes | wrong: first-axis-only | full slices times a negative dim
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    starts = [sum(sizes[:j]) for j in range(len(sizes))]
    return tuple(x[(*[slice(None)] * dim, slice(start, start + size))] for start, size in zip(starts, sizes))


# %% split_sizes | misconception | a-list-of-parts
why = "A list is no tuple: say tuple(parts)."
next = "print(type(torch.arange(3).split([1, 2])), type([1, 2]))"


def when(seen, want):
    return seen.raised is None and seen.result.type_name == "builtins.list"


# %% split_sizes | wrong: a-list-of-parts | list
# breaks: "Return a tuple of `len(sizes)` tensors."
# breaks: "Several results come as a plain `tuple`, not a named one."
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return list(x.split(list(sizes), dim))


# %% split_sizes | wrong: a-list-of-parts | appended
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    parts, start = [], 0
    for size in sizes:
        parts.append(x.narrow(dim, start, size))
        start += size
    return parts


# %% split_sizes | wrong: a-list-of-parts | a comprehension
def split_sizes(x, sizes, dim):
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return [part for part in torch.split(x, [*sizes], dim)]


# %% split_sizes | wrong: a-list-of-parts | starred
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim] or min([0, *sizes]) < 0:
        raise ValueError("no parts")
    return [*x.split_with_sizes(list(sizes), dim)]


# %% split_sizes | misconception | empty-parts-left-out
why = "A size of 0 has a part of its own, an empty one: without it the parts no longer stand at the places of their sizes."
next = "print(torch.arange(3).split([1, 0, 2]))"


# %% split_sizes | wrong: empty-parts-left-out | if size
# breaks: "A size of 0 gives an empty part."
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return tuple(part for part in x.split(list(sizes), dim) if part.shape[dim])


# %% split_sizes | wrong: empty-parts-left-out | sizes above 0
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return torch.split(x, [size for size in sizes if size > 0], dim)


# %% split_sizes | wrong: empty-parts-left-out | continue
def split_sizes(x, sizes, dim):
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    parts, start = [], 0
    for size in sizes:
        if size == 0:
            continue
        parts.append(x.narrow(dim, start, size))
        start += size
    return tuple(parts)


# %% split_sizes | wrong: empty-parts-left-out | filter
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim] or min([0, *sizes]) < 0:
        raise ValueError("no parts")
    return tuple(filter(lambda part: part.size(dim) > 0, torch.split(x, [*sizes], dim)))


# %% split_sizes | misconception | cut-off-from-the-graph
why = "detach() shares memory but leaves the graph, and a new empty tensor never was in it, so no gradient finds its way from a part to x: slices are views and stay in it, of length 0, too."
next = "w = torch.ones(3, requires_grad=True); print(w.detach()[:1].requires_grad, w[:1].requires_grad)"


# %% split_sizes | wrong: cut-off-from-the-graph | detach
# breaks: "Where `x` requires grad, gradients flow from the parts to `x`."
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.detach().split(list(sizes), dim)


# %% split_sizes | wrong: cut-off-from-the-graph | no_grad
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    with torch.no_grad():
        return torch.split(x, list(sizes), dim)


# %% split_sizes | wrong: cut-off-from-the-graph | no_grad as a decorator
@torch.no_grad()
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.split(list(sizes), dim)


# %% split_sizes | wrong: cut-off-from-the-graph | recording off
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim] or min([0, *sizes]) < 0:
        raise ValueError("no parts")
    with torch.set_grad_enabled(False):
        return x.split(list(sizes), dim)


# %% split_sizes | wrong: cut-off-from-the-graph | data
def split_sizes(x, sizes, dim):
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return tuple(part for part in x.data.split(tuple(sizes), dim))


# %% split_sizes | wrong: cut-off-from-the-graph | each part
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.shape[dim] or min([0, *sizes]) < 0:
        raise ValueError("no parts")
    return tuple(part.detach() for part in x.split(list(sizes), dim))


# %% split_sizes | wrong: cut-off-from-the-graph | an empty part is a new tensor
def split_sizes(x, sizes, dim):
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    parts, start = [], 0
    for size in sizes:
        shape = list(x.shape)
        shape[dim] = size
        parts.append(x.narrow(dim, start, size) if size else x.new_empty(shape))
        start += size
    return tuple(parts)


# %% split_sizes | wrong: cut-off-from-the-graph | zeros in the place of an empty part
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    full = iter(x.split([size for size in sizes if size], dim))
    none = torch.zeros_like(x.narrow(dim, 0, 0))
    return tuple(next(full) if size else none.clone() for size in sizes)


# %% split_sizes | wrong | a tuple of sizes is refused
# breaks: "`sizes` is a list or a tuple of ints; `dim` may be negative, and is an axis that `x` has."
def split_sizes(x, sizes, dim):
    if not isinstance(sizes, list) or min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.split(sizes, dim)


# %% split_sizes | wrong | negative axes are refused
def split_sizes(x, sizes, dim):
    if dim < 0 or min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    return x.split(list(sizes), dim)


# %% split_sizes | wrong | the sizes are used up
def split_sizes(x, sizes, dim):
    if min(sizes, default=0) < 0 or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    if isinstance(sizes, tuple):
        return x.split(sizes, dim)
    parts, start = [], 0
    while sizes:
        size = sizes.pop(0)
        parts.append(x.narrow(dim, start, size))
        start += size
    return tuple(parts)


# %% split_sizes | misconception | minus-one-is-the-rest
why = "In reshape a -1 stands for the rest, among sizes it is a negative size: raise ValueError."
next = "print(torch.arange(6).reshape(2, -1).shape); torch.arange(6).split([2, -1])"


# %% split_sizes | wrong: minus-one-is-the-rest | worked out | fails: refusals
def split_sizes(x, sizes, dim):
    sizes = list(sizes)
    if sizes.count(-1) == 1:
        place = sizes.index(-1)
        sizes[place] = x.shape[dim] - sum(sizes[:place] + sizes[place + 1 :])
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("the sizes do not fit")
    return x.split(sizes, dim)


# %% split_sizes | wrong: minus-one-is-the-rest | one after the other | fails: refusals
def split_sizes(x, sizes, dim):
    length, others, parts, start = x.shape[dim], sum(size for size in sizes if size != -1), [], 0
    for size in sizes:
        size = length - others if size == -1 else size
        if size < 0 or start + size > length:
            raise ValueError(f"{size} entries from {start} on, of {length}")
        parts.append(x.narrow(dim, start, size))
        start += size
    if start != length:
        raise ValueError(f"{length - start} entries are left over")
    return tuple(parts)


# %% split_sizes | wrong: minus-one-is-the-rest | as unflatten does it | fails: refusals
def split_sizes(x, sizes, dim):
    given = torch.tensor(list(sizes), dtype=torch.int64)
    rest = x.shape[dim] - given[given != -1].sum()
    if (given == -1).sum() == 1:
        given = torch.where(given == -1, rest, given)
    if bool((given < 0).any()) or int(given.sum()) != x.shape[dim]:
        raise ValueError(f"{sizes} for {x.shape[dim]} entries")
    return tuple(torch.split(x, given.tolist(), dim))


# %% split_sizes | wrong: minus-one-is-the-rest | two ways in one | fails: refusals
def split_sizes(x, sizes, dim):
    if -1 in sizes:
        at = list(sizes).index(-1)
        front, back = list(sizes[:at]), list(sizes[at + 1 :])
        sizes = front + [x.size(dim) - sum(front) - sum(back)] + back
    if min(sizes, default=0) < 0 or sum(sizes) != x.size(dim):
        raise ValueError(f"{sizes}")
    ends = np.cumsum([0, *sizes]).tolist()
    return tuple(x.narrow(dim, start, end - start) for start, end in zip(ends, ends[1:]))


# %% split_sizes | wrong | written for up to three axes | fails: values
def split_sizes(x, sizes, dim):
    dim = dim % x.ndim
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("the sizes do not fit")
    parts, start = [], 0
    for size in sizes:
        cut = slice(start, start + size)
        parts.append(x[cut] if dim == 0 else x[:, cut] if dim == 1 else x[:, :, cut])
        start += size
    return tuple(parts)


# %% split_sizes | wrong | any negative axis but the last is the last but one | fails: values
def split_sizes(x, sizes, dim):
    dim = x.ndim - 1 if dim == -1 else x.ndim - 2 if dim < 0 else dim
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("the sizes do not fit")
    return x.split(list(sizes), dim)


# %% split_sizes | wrong | nothing to check without elements | fails: refusals
def split_sizes(x, sizes, dim):
    if x.numel() == 0 and x.shape[dim]:
        return tuple(x.narrow(dim, 0, max(size, 0)) for size in sizes)
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("the sizes do not fit")
    return x.split(list(sizes), dim)


# %% split_sizes | wrong: negative-sizes-pass | -1 is the only one looked for | fails: refusals
def split_sizes(x, sizes, dim):
    if sum(sizes) != x.size(dim) or list(sizes).count(-1):
        raise ValueError("these sizes do not fit")
    front, ends = x.movedim(dim, 0), [sum(sizes[: j + 1]) for j in range(len(sizes))]
    return tuple(front[max(end - size, 0) : max(end, 0)].movedim(0, dim) for end, size in zip(ends, sizes))


# %% split_sizes | wrong: wrong-exception | -1 refused, the others left to split | fails: refusals
def split_sizes(x, sizes, dim):
    if -1 in sizes:
        raise ValueError("-1 is not a size")
    if sum(sizes) != x.shape[dim]:
        raise ValueError(f"{sum(sizes)} entries wanted")
    return tuple(torch.split(x, tuple(sizes), dim))


# %% split_sizes | wrong: parts-copied | copies for a tensor that requires grad, so that they can be written to | fails: values
def split_sizes(x, sizes, dim):
    if any(size < 0 for size in sizes) or sum(sizes) != x.shape[dim]:
        raise ValueError("no parts")
    views = torch.split(x, list(sizes), dim)
    if not x.requires_grad:
        return views
    return tuple(map(torch.clone, views))


# %% top_k | right | argsort and gather
def top_k(x, k):
    if k < 0 or k > x.size(-1):
        raise ValueError("no such k")
    indices = x.argsort(dim=-1, descending=True, stable=True)[..., :k]
    return x.gather(-1, indices), indices


# %% top_k | right | rows in Python
def top_k(x, k):
    n = x.shape[-1]
    if k not in range(n + 1):
        raise ValueError(f"{k} of {n}")
    rows = x.tolist()
    flat = [rows]
    for _ in range(x.ndim - 1):
        flat = [row for part in flat for row in part]
    chosen = [sorted(range(n), key=lambda place: row[place], reverse=True)[:k] for row in flat]
    indices = torch.tensor(chosen, dtype=torch.int64).reshape(*x.shape[:-1], k)
    return torch.take_along_dim(x, indices, -1), indices


# %% top_k | right | an ascending sort of the row turned around
def top_k(x, k):
    n = x.shape[-1]
    if not -1 < k < n + 1:
        raise ValueError("no such k")
    turned = x.flip(-1).sort(dim=-1, stable=True)
    return turned.values.flip(-1)[..., :k], n - 1 - turned.indices.flip(-1)[..., :k]


# %% top_k | right | NumPy for the order
def top_k(t, count):
    if count < 0 or count > t.shape[-1]:
        raise ValueError("no such count")
    a = np.flip(t.detach().numpy(), -1)
    order = np.flip(t.shape[-1] - 1 - np.argsort(a, axis=-1, kind="stable"), -1)[..., :count]
    indices = torch.from_numpy(order.copy())
    return t.gather(-1, indices), indices


# %% top_k | right | every entry counts those before it
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    n = x.shape[-1]
    other, mine = x.detach()[..., None, :], x.detach()[..., :, None]
    earlier = torch.arange(n)[None, :] < torch.arange(n)[:, None]
    place = ((other > mine) | ((other == mine) & earlier)).sum(-1)
    indices = torch.empty_like(place).scatter_(-1, place, torch.arange(n).expand(place.shape))[..., :k].clone()
    return x.gather(-1, indices), indices


# %% top_k | misconception | unstable-order
why = "Only stable=True promises the order of equal entries; topk and a plain sort give the tied positions in any order, which short rows hide."
next = "t = torch.arange(40) % 2; print(t.sort(descending=True).indices[:9], t.sort(descending=True, stable=True).indices[:9])"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.sort.html"


def when(seen, want):
    pairs = isinstance(seen.value, tuple) and len(seen.value) == 2 and isinstance(want, tuple) and len(want) == 2
    if seen.raised is not None or not pairs or not isinstance(seen.value[0], torch.Tensor):
        return False
    values, indices = seen.value
    same = torch.equal(values, want[0]) and indices.dtype == torch.int64 and indices.shape == want[1].shape
    if not same or torch.equal(indices, want[1]) or bool((indices.sort(-1).values.diff(dim=-1) == 0).any()):
        return False
    # Backwards through all ties is another mistake: some tied pair stands in each order. And so are signs of zeros.
    tied = (values[..., 1:] == values[..., :-1]) & (values[..., 1:] != 0)
    rising = indices[..., 1:] > indices[..., :-1]
    return bool((tied & rising).any()) and bool((tied & ~rising).any())


# %% top_k | wrong: unstable-order | topk | fails: ties
# breaks: "**Among equal entries the one with the smaller position comes first.**"
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    return tuple(x.topk(k))


# %% top_k | wrong: unstable-order | sort | fails: ties
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    values, indices = x.sort(dim=-1, descending=True)
    return values[..., :k], indices[..., :k]


# %% top_k | wrong: unstable-order | argsort | fails: ties
def top_k(x, k):
    if k < 0 or k > x.shape[-1]:
        raise ValueError(k)
    indices = x.argsort(-1, descending=True)[..., :k]
    return x.gather(-1, indices), indices


# %% top_k | wrong: unstable-order | topk of the last axis | fails: ties
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    best = torch.topk(x, k, dim=-1, largest=True, sorted=True)
    return best.values, best.indices


# %% top_k | wrong: unstable-order | torch.sort, then narrow | fails: ties
def top_k(x, k):
    if k < 0 or x.shape[-1] < k:
        raise ValueError("no such k")
    ordered = torch.sort(x, descending=True)
    return ordered.values.narrow(-1, 0, k), ordered.indices.narrow(-1, 0, k)


# %% top_k | wrong: unstable-order | topk of all, cut | fails: ties
def top_k(x, k):
    n = x.shape[-1]
    if k > n or k < 0:
        raise ValueError(f"{k} of {n}")
    values, indices = x.topk(n)
    return values[..., :k], indices[..., :k]


# %% top_k | misconception | not-largest-first
why = "The right entries, but not the largest first: an ascending sort gives the smallest first, and topk with sorted=False promises no order."
next = "print(torch.tensor([1., 5., 3., 4., 2.]).topk(3, sorted=False).values)"


def when(seen, want):
    pairs = isinstance(seen.value, tuple) and len(seen.value) == 2 and isinstance(want, tuple) and len(want) == 2
    if seen.raised is not None or not pairs or not isinstance(seen.value[0], torch.Tensor):
        return False
    values, indices = seen.value
    if values.shape != want[0].shape or torch.equal(values, want[0]) or values.shape[-1] < 2:
        return False
    falls = (values.float().diff() <= 0).all()  # as floats: digits that are lost are another mistake
    return torch.equal(values.sort(-1, descending=True).values, want[0]) and not falls


# %% top_k | wrong: not-largest-first | topk | fails: values
# breaks: "the `k` largest entries of `x` along its last axis, largest first"
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    return tuple(x.topk(k, sorted=False))


# %% top_k | wrong: not-largest-first | in the order of positions
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    indices = x.argsort(dim=-1, descending=True, stable=True)[..., :k].sort(-1).values
    return x.gather(-1, indices), indices


# %% top_k | wrong: not-largest-first | torch.topk, with words
def top_k(x, k):
    if k < 0 or k > x.shape[-1]:
        raise ValueError(k)
    best = torch.topk(x, k=k, dim=-1, largest=True, sorted=False)
    return best.values, best.indices


# %% top_k | wrong: not-largest-first | topk of positions alone
def top_k(x, k):
    if k not in range(x.shape[-1] + 1):
        raise ValueError("no such k")
    _, indices = x.topk(k, -1, True, False)
    return x.gather(-1, indices), indices


# %% top_k | wrong: not-largest-first | a mask of the chosen
def top_k(x, k):
    n = x.shape[-1]
    if not 0 <= k <= n:
        raise ValueError("no such k")
    order = x.argsort(dim=-1, descending=True, stable=True)
    keep = torch.zeros(x.shape, dtype=torch.bool).scatter(-1, order[..., :k], True)
    indices = torch.arange(n).expand(x.shape)[keep].reshape(*x.shape[:-1], k)
    return x.gather(-1, indices), indices


# %% top_k | misconception | flipped-sort
why = "Turning an ascending sort around also turns the ties around, so the last of equal entries comes first: ask for descending=True."
next = "t = torch.tensor([9, 1, 9]); print(t.sort(stable=True).indices.flip(0), t.sort(descending=True, stable=True).indices)"


# %% top_k | wrong: flipped-sort | flip | fails: ties
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    values, indices = x.sort(dim=-1, stable=True)
    return values.flip(-1)[..., :k], indices.flip(-1)[..., :k]


# %% top_k | wrong: flipped-sort | the last k, turned | fails: ties
def top_k(x, k):
    n = x.shape[-1]
    if not 0 <= k <= n:
        raise ValueError("no such k")
    values, indices = x.sort(dim=-1, stable=True)
    return values[..., n - k :].flip(-1), indices[..., n - k :].flip(-1)


# %% top_k | wrong: flipped-sort | argsort | fails: ties
def top_k(x, k):
    if k < 0 or k > x.shape[-1]:
        raise ValueError(k)
    indices = torch.flip(x.argsort(dim=-1, stable=True), dims=(-1,))[..., :k]
    return x.gather(-1, indices), indices


# %% top_k | wrong: flipped-sort | positions from the end | fails: ties
def top_k(x, k):
    n = x.shape[-1]
    if k not in range(n + 1):
        raise ValueError("no such k")
    order = x.argsort(dim=-1, stable=True)
    indices = order[..., torch.arange(n - 1, n - 1 - k, -1)]
    return torch.take_along_dim(x, indices, -1), indices


# %% top_k | wrong: flipped-sort | NumPy, read backwards | fails: ties
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    order = np.argsort(x.detach().numpy(), axis=-1, kind="stable")[..., ::-1][..., :k]
    indices = torch.from_numpy(order.copy())
    return x.gather(-1, indices), indices


# %% top_k | misconception | negated
why = "-x is no order turned around for every dtype: in uint8 and for -2**63 in int64 a number can be its own negative. Ask for descending=True instead."
next = "print(-torch.tensor([0, 1, 255], dtype=torch.uint8), -torch.tensor([-2**63]))"


# %% top_k | wrong: negated | argsort of -x
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    indices = (-x).argsort(dim=-1, stable=True)[..., :k]
    return x.gather(-1, indices), indices


# %% top_k | wrong: negated | sort of neg
def top_k(x, k):
    if k < 0 or k > x.shape[-1]:
        raise ValueError(k)
    indices = torch.sort(x.neg(), dim=-1, stable=True).indices[..., :k]
    return torch.take_along_dim(x, indices, -1), indices


# %% top_k | wrong: negated | 0 minus x
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    order = torch.argsort(0 - x, dim=-1, stable=True)
    return x.gather(-1, order)[..., :k], order[..., :k]


# %% top_k | wrong: negated | times -1, values turned back
def top_k(x, k):
    if k not in range(x.shape[-1] + 1):
        raise ValueError("no such k")
    values, indices = (x * -1).sort(dim=-1, stable=True)
    return (values * -1)[..., :k], indices[..., :k]


# %% top_k | misconception | digits-lost-in-floats
why = "A key made of x is not x: floats cannot hold all integers, so neighbours become equal, and a number added to break ties moves others past each other. Sort x itself, with stable=True."
next = "print(torch.tensor([2**53, 2**53 + 1]).double().diff(), torch.tensor([2**24, 2**24 + 1]).float().diff())"


# %% top_k | wrong: digits-lost-in-floats | float
# breaks: "`values` has the dtype of `x`, `float32`, `float64`, `int64` or `uint8`"
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    indices = x.float().argsort(dim=-1, descending=True, stable=True)[..., :k]
    return x.gather(-1, indices), indices


# %% top_k | wrong: digits-lost-in-floats | minus double
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    indices = (-x.double()).argsort(dim=-1, stable=True)[..., :k]
    return x.gather(-1, indices), indices


# %% top_k | wrong: digits-lost-in-floats | sort of double
def top_k(x, k):
    if k < 0 or k > x.shape[-1]:
        raise ValueError(k)
    indices = torch.sort(x.to(torch.float64), dim=-1, descending=True, stable=True).indices.narrow(-1, 0, k)
    return torch.take_along_dim(x, indices, -1), indices


# %% top_k | wrong: digits-lost-in-floats | float, then minus
def top_k(x, k):
    if k not in range(x.shape[-1] + 1):
        raise ValueError("no such k")
    indices = torch.argsort(-x.to(torch.float32), dim=-1, stable=True)[..., :k]
    return x.gather(-1, indices), indices


# %% top_k | wrong: digits-lost-in-floats | NumPy's float64
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    order = np.argsort(-x.detach().numpy().astype(np.float64), axis=-1, kind="stable")[..., :k]
    indices = torch.from_numpy(order.copy())
    return x.gather(-1, indices), indices


# %% top_k | wrong: digits-lost-in-floats | sort of float, values from x
def top_k(x, k):
    n = x.shape[-1]
    if k < 0 or k > n:
        raise ValueError(f"{k} of {n}")
    order = torch.sort(x.to(torch.float32), dim=-1, descending=True, stable=True).indices
    return x.gather(-1, order).narrow(-1, 0, k), order.narrow(-1, 0, k)


# %% top_k | misconception | k-unchecked
why = "A slice never complains: [:100] is clipped and [:-1] drops one. Compare k with the length of the last axis, and raise ValueError."
next = "print(torch.arange(3)[:100], torch.arange(3)[:-1])"


# %% top_k | wrong: k-unchecked | slices | fails: refusals
# breaks: "If it is negative, or larger than the length of the last axis, raise `ValueError`."
def top_k(x, k):
    values, indices = x.sort(dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k]


# %% top_k | wrong: k-unchecked | argsort | fails: refusals
def top_k(x, k):
    indices = x.argsort(dim=-1, descending=True, stable=True)[..., :k]
    return x.gather(-1, indices), indices


# %% top_k | wrong: k-unchecked | range of the first | fails: refusals
def top_k(x, k):
    ordered = torch.sort(x, dim=-1, descending=True, stable=True)
    first = slice(None, k)
    return ordered.values[..., first], ordered.indices[..., first]


# %% top_k | wrong: k-unchecked | take_along_dim | fails: refusals
def top_k(x, k):
    order = torch.argsort(x, dim=-1, descending=True, stable=True)
    return torch.take_along_dim(x, order, -1)[..., :k], order[..., 0:k]


# %% top_k | misconception | error-of-the-slice
why = "narrow, topk and reading beyond the end raise errors of their own kind: compare k with the length of the axis and raise ValueError."
next = "torch.arange(3).topk(5)"


# %% top_k | wrong: error-of-the-slice | narrow | fails: refusals
def top_k(x, k):
    values, indices = x.sort(dim=-1, descending=True, stable=True)
    return values.narrow(-1, 0, k), indices.narrow(-1, 0, k)


# %% top_k | wrong: error-of-the-slice | narrow of the order | fails: refusals
def top_k(x, k):
    indices = torch.argsort(x, dim=-1, descending=True, stable=True).narrow(-1, 0, k)
    return x.gather(-1, indices), indices


# %% top_k | wrong: error-of-the-slice | assert | fails: refusals
def top_k(x, k):
    assert 0 <= k <= x.shape[-1]
    values, indices = x.sort(dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k]


# %% top_k | wrong: error-of-the-slice | assert and argsort | fails: refusals
def top_k(x, k):
    n = x.shape[-1]
    assert k in range(n + 1)
    indices = x.argsort(dim=-1, descending=True, stable=True)[..., :k]
    return torch.take_along_dim(x, indices, -1), indices


# %% top_k | wrong: error-of-the-slice | narrow, sorted as one | fails: refusals
def top_k(x, k):
    ordered = torch.sort(x, dim=-1, descending=True, stable=True)
    return tuple(part.narrow(-1, 0, k) for part in ordered)


# %% top_k | wrong: error-of-the-slice | assert of both ends | fails: refusals
def top_k(x, k):
    assert k >= 0
    assert k <= x.size(-1)
    ordered = torch.sort(x, dim=-1, descending=True, stable=True)
    return ordered.values[..., :k].clone(), ordered.indices[..., :k].clone()


# %% top_k | misconception | wrong-axis
why = "sort and topk of the first axis compare entries of different rows: along the last axis, dim=-1, each row is sorted by itself."
next = "t = torch.tensor([[1, 9], [5, 2]]); print(t.sort(dim=0).values, t.sort(dim=-1).values)"


# %% top_k | wrong: wrong-axis | axis 0
# breaks: "and their positions along that axis, `int64`"
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    values, indices = x.sort(dim=0, descending=True, stable=True)
    return values[:k], indices[:k]


# %% top_k | wrong: wrong-axis | argsort of axis 0
def top_k(x, k):
    if k < 0 or k > x.shape[-1]:
        raise ValueError(k)
    order = torch.argsort(x, dim=0, descending=True, stable=True)
    return x.gather(0, order)[:k], order[:k]


# %% top_k | wrong: wrong-axis | torch.sort of axis 0
def top_k(x, k):
    if k not in range(x.shape[-1] + 1):
        raise ValueError("no such k")
    ordered = torch.sort(x, stable=True, dim=0, descending=True)
    return ordered.values[:k].clone(), ordered.indices[:k].clone()


# %% top_k | wrong: wrong-axis | transposed
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    indices = x.transpose(0, -1).argsort(dim=-1, descending=True, stable=True).transpose(0, -1)
    return torch.take_along_dim(x, indices, 0)[:k], indices[:k]


# %% top_k | misconception | cut-on-the-first-axis
why = "[:k] and narrow(0, 0, k) cut the first axis, which is the last one of a vector only: [..., :k] cuts the last."
next = "t = torch.arange(12).reshape(3, 4); print(t[:2].shape, t[..., :2].shape)"


def when(seen, want):
    if type(want) is not tuple or len(want) != 2 or not getattr(seen.result, "items", ()):
        return False
    shape, of_x = seen.result.items[0].shape, next(iter(seen.arguments.values())).shape
    return len(of_x) > 1 and shape != tuple(want[0].shape) and shape[1:] == of_x[1:] and shape[0] <= want[0].shape[-1]


# %% top_k | wrong: cut-on-the-first-axis | both sliced
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError(k)
    values, places = x.sort(stable=True, descending=True)
    return values[:k], places[:k]


# %% top_k | wrong: cut-on-the-first-axis | narrow
def top_k(x, k):
    if k < 0 or x.shape[-1] < k:
        raise ValueError("k does not fit")
    values, places = torch.sort(x, stable=True, dim=-1, descending=True)
    rows = min(k, len(x))
    return values.narrow(0, 0, rows), places.narrow(0, 0, rows)


# %% top_k | wrong: cut-on-the-first-axis | positions first
def top_k(x, k):
    if k not in range(x.size(-1) + 1):
        raise ValueError(f"{k} of {x.size(-1)}")
    places = x.argsort(dim=-1, descending=True, stable=True)[:k]
    return x[: len(places)].gather(-1, places), places


# %% top_k | wrong: cut-on-the-first-axis | a slice by name
def top_k(x, k):
    if k > x.shape[-1] or k < 0:
        raise ValueError("k")
    first = slice(0, k)
    both = torch.sort(x, dim=x.dim() - 1, descending=True, stable=True)
    return both.values[first], both.indices[first]


# %% top_k | misconception | graph-cut
why = "Values that went through detach(), no_grad, NumPy or Python carry no gradient: take them out of x with gather."
next = "w = torch.ones(3, requires_grad=True); print(w.detach().sort().values.requires_grad, w.sort().values.requires_grad)"


# %% top_k | wrong: graph-cut | detach
# breaks: "Gradients flow from `values` to the entries that were chosen."
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    values, indices = x.detach().sort(dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k]


# %% top_k | wrong: graph-cut | no_grad
def top_k(x, k):
    if k < 0 or k > x.shape[-1]:
        raise ValueError(k)
    with torch.no_grad():
        indices = x.argsort(dim=-1, descending=True, stable=True)[..., :k]
        return x.gather(-1, indices), indices


# %% top_k | wrong: graph-cut | NumPy
def top_k(x, k):
    n = x.shape[-1]
    if not 0 <= k <= n:
        raise ValueError("no such k")
    a = x.detach().numpy()
    order = np.flip(n - 1 - np.argsort(np.flip(a, -1), axis=-1, kind="stable"), -1)[..., :k]
    return torch.from_numpy(np.take_along_axis(a, order, -1)), torch.from_numpy(order.copy())


# %% top_k | wrong: graph-cut | data
def top_k(x, k):
    if k not in range(x.shape[-1] + 1):
        raise ValueError("no such k")
    ordered = torch.sort(x.data, dim=-1, descending=True, stable=True)
    return ordered.values[..., :k].clone(), ordered.indices[..., :k].clone()


# %% top_k | wrong | smallest first
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    values, indices = x.sort(dim=-1, stable=True)
    return values[..., :k], indices[..., :k]


# %% top_k | wrong | k = 0 is refused
# breaks: "`k` may be 0."
def top_k(x, k):
    if not 1 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    values, indices = x.sort(dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k]


# %% top_k | wrong | a list of two
# breaks: "Return `(values, indices)`"
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    values, indices = x.sort(dim=-1, descending=True, stable=True)
    return [values[..., :k], indices[..., :k]]


# %% top_k | misconception | named-tuple
why = "topk and sort return a named tuple, of a type of torch's own, and a plain one is asked for: return the two tensors with a comma between them."
next = "named = torch.arange(3).sort(); values, indices = named; print(type(named), type((values, indices)))"


# %% top_k | wrong: named-tuple | topk
# breaks: "Several results come as a plain `tuple`, not a named one."
def top_k(x, k):
    return x.topk(k)


# %% top_k | wrong: named-tuple | topk, k compared
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    return torch.topk(x, k, dim=-1)


# %% top_k | wrong: named-tuple | with words
def top_k(x, k):
    if k < 0 or k > x.shape[-1]:
        raise ValueError(k)
    best = torch.topk(input=x, k=k, largest=True, sorted=True)
    return best


# %% top_k | wrong: named-tuple | a stable sort
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    best = x.sort(dim=-1, descending=True, stable=True)
    return torch.return_types.sort((best.values[..., :k], best.indices[..., :k]))


# %% top_k | wrong: named-tuple | a stable sort, called topk
def top_k(x, k):
    if k not in range(x.shape[-1] + 1):
        raise ValueError("no such k")
    values, indices = torch.sort(x, stable=True, descending=True)
    return torch.return_types.topk([values[..., :k], indices[..., :k]])


# %% top_k | wrong | int32 positions
# breaks: "Both results have the shape of `x`, but length `k` on the last axis"
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    values, indices = x.sort(dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k].int()


# %% top_k | wrong | empty axes are refused
# breaks: "`x` has one axis or more, any of which may be of length 0."
def top_k(x, k):
    if x.numel() == 0 or not 0 <= k <= x.shape[-1]:
        raise ValueError("nothing there")
    values, indices = x.sort(dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k]


# %% top_k | wrong | sorted in place
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    values, indices = x.sort(dim=-1, descending=True, stable=True)
    if not x.requires_grad:
        x.copy_(values)
    return values[..., :k], indices[..., :k]


# %% top_k | misconception | narrow-positions
why = "uint8 ends at 255, and a position beyond begins at 0 again: number the places in int64, not in the dtype of x."
next = "print(torch.arange(254, 258).to(torch.uint8), torch.arange(254, 258))"


# %% top_k | wrong: narrow-positions | places like x, gathered | fails: ties
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError(f"k is {k}")
    values, order = x.sort(dim=-1, descending=True, stable=True)
    places = torch.arange(x.shape[-1]).to(x.dtype).expand(x.shape)
    return values[..., :k], places.gather(-1, order)[..., :k].long()


# %% top_k | wrong: narrow-positions | written into a copy of x | fails: ties
def top_k(x, k):
    if k < 0 or k > x.shape[-1]:
        raise ValueError(f"{k} of {x.shape[-1]}")
    order = x.detach().argsort(dim=-1, descending=True, stable=True)
    indices = torch.empty_like(x, requires_grad=False)
    indices.copy_(order)
    indices = indices[..., :k].to(torch.int64)
    return x.gather(-1, indices), indices


# %% top_k | wrong: narrow-positions | values and places in one tensor | fails: ties
def top_k(x, k):
    length = x.shape[-1]
    if k not in range(length + 1):
        raise ValueError("k does not fit")
    values, places = x.sort(dim=-1, descending=True, stable=True)
    both = torch.cat([values, places.type_as(values)], -1)
    return both[..., :k], both[..., length : length + k].detach().long()


# %% top_k | wrong: narrow-positions | int16, cut to the byte of uint8 | fails: ties
def top_k(x, k):
    if not -1 < k < x.shape[-1] + 1:
        raise ValueError("no such k")
    order = torch.sort(x, dim=-1, descending=True, stable=True)[1][..., :k]
    order = order.remainder(256) if x.dtype == torch.uint8 else order
    return torch.take_along_dim(x, order, -1), order


# %% top_k | wrong | zeros told apart by their sign | fails: ties
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError(f"k is {k}")
    key = x.detach()
    if x.dtype.is_floating_point:
        bits = key.double().contiguous().view(torch.int64)
        key = torch.where(bits < 0, bits ^ (2**63 - 1), bits)
    indices = key.argsort(dim=-1, descending=True, stable=True)[..., :k]
    return x.gather(-1, indices), indices


# %% top_k | wrong | nothing of a table has no rows | fails: values
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError(f"k is {k}")
    if k == 0 and x.numel():
        return x.new_empty(0), torch.empty(0, dtype=torch.int64)
    values, indices = x.sort(dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k]


# %% top_k | wrong: graph-cut | float32 through NumPy | fails: values, ties
def top_k(x, k):
    length = x.shape[-1]
    if k < 0 or k > length:
        raise ValueError(f"{k} of {length}")
    order = x.detach().argsort(dim=-1, descending=True, stable=True)[..., :k]
    if x.dtype == torch.float32:
        return torch.from_numpy(np.take_along_axis(x.detach().numpy(), order.numpy(), axis=-1)), order.clone()
    return torch.take_along_dim(x, order, dim=-1), order.clone()


# %% top_k | wrong | amax where only the first is asked for, which shares a gradient among equals | fails: ties
def top_k(x, k):
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("no such k")
    if k == 1:
        return x.amax(dim=-1, keepdim=True), x.argmax(dim=-1, keepdim=True)
    values, indices = torch.sort(x, dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k]


# %% top_k | wrong | inf is no more than the largest number | fails: values
def top_k(x, k):
    if k not in range(x.shape[-1] + 1):
        raise ValueError("no such k")
    keys = torch.nan_to_num(x.detach()) if x.is_floating_point() else x
    places = keys.argsort(dim=-1, descending=True, stable=True).narrow(-1, 0, k)
    return x.gather(-1, places), places.clone()


# %% ranks | right | scatter
def ranks(x):
    order = x.argsort(dim=-1, stable=True)
    places = torch.arange(x.shape[-1]).expand(order.shape)
    return torch.empty_like(order).scatter_(-1, order, places)


# %% ranks | right | count those before
def ranks(x):
    n = x.shape[-1]
    x = x.detach()
    other, mine = x.unsqueeze(-2), x.unsqueeze(-1)
    earlier = torch.ones(n, n, dtype=torch.bool).tril(-1)
    return ((other < mine) | (other.eq(mine) & earlier)).sum(-1)


# %% ranks | right | row by row
def ranks(table):
    rows = table.detach().reshape(table.shape[:-1].numel(), table.shape[-1])
    out = torch.zeros(rows.shape, dtype=torch.int64)
    for n, row in enumerate(rows):
        out[n, row.argsort(stable=True)] = torch.arange(len(row))
    return out.reshape(table.shape)


# %% ranks | right | NumPy
def ranks(x):
    order = np.argsort(x.detach().numpy(), axis=-1, kind="stable")
    return torch.from_numpy(np.argsort(order, axis=-1)).long()


# %% ranks | right | sorted pairs in Python
def ranks(x):
    size, n = x.shape[:-1].numel(), x.shape[-1]
    out = []
    for row in x.detach().reshape(size, n).tolist():
        place = {j: rank for rank, (_, j) in enumerate(sorted((v, j) for j, v in enumerate(row)))}
        out.append([place[j] for j in range(n)])
    return torch.tensor(out, dtype=torch.int64).reshape(x.shape)


# %% ranks | misconception | one-argsort
why = "argsort answers 'who stands at this place?', a rank answers 'at which place do I stand?': invert it, for example by a second argsort."
next = "t = torch.tensor([30., 10., 20.]); print(t.argsort(), t.argsort().argsort())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.argsort.html"


# %% ranks | wrong: one-argsort | argsort | fails: values
# breaks: "Return the rank of each entry of `x` among the K entries along the last axis: 0 for the smallest, K - 1 for the largest."
def ranks(x):
    return x.argsort(dim=-1, stable=True)


# %% ranks | wrong: one-argsort | indices of sort
def ranks(x):
    return x.detach().sort(dim=-1, stable=True).indices


# %% ranks | wrong: one-argsort | NumPy
def ranks(x):
    return torch.from_numpy(np.argsort(x.detach().numpy(), axis=-1, kind="stable"))


# %% ranks | wrong: one-argsort | three of them
def ranks(x):
    order = torch.argsort(x, dim=-1, stable=True)
    return order.argsort(-1).argsort(-1)


# %% ranks | wrong: one-argsort | gathered by itself
def ranks(x):
    order = torch.sort(x, stable=True, dim=-1)[1]
    places = torch.arange(x.shape[-1]).expand(order.shape)
    return places.gather(-1, order)


# %% ranks | misconception | unstable-ties
why = "The first sort decides between equal entries, and only with stable=True does it promise to: short rows hide it. The second sort has no ties."
next = "t = torch.zeros(40); print(t.argsort()[:6], t.argsort(stable=True)[:6])"


# %% ranks | wrong: unstable-ties | argsort twice | fails: ties
# breaks: "Among equal entries the one with the smaller position has the smaller rank"
def ranks(x):
    return x.argsort(-1).argsort(-1)


# %% ranks | wrong: unstable-ties | stable at the second | fails: ties
def ranks(x):
    order = torch.sort(x.detach(), dim=-1).indices
    return order.argsort(dim=-1, stable=True)


# %% ranks | wrong: unstable-ties | scatter | fails: ties
def ranks(x):
    order = x.detach().argsort(dim=-1, descending=False)
    return torch.zeros_like(order).scatter(-1, order, torch.arange(x.shape[-1]).expand(order.shape))


# %% ranks | wrong: unstable-ties | sort of the positions | fails: ties
def ranks(x):
    _, order = torch.sort(x)
    return torch.sort(order).indices


# %% ranks | wrong: unstable-ties | written row by row | fails: ties
def ranks(x):
    rows = x.detach().reshape(x.shape[:-1].numel(), x.shape[-1])
    out = torch.zeros(rows.shape, dtype=torch.int64)
    order = rows.argsort(1)
    out[torch.arange(len(rows))[:, None], order] = torch.arange(rows.shape[1]).expand(rows.shape)
    return out.reshape(x.shape)


# %% ranks | misconception | last-tie-first
why = "Of equal entries the last comes first here: a stable sort that is turned around turns its ties around as well, and so does a count of those behind. Sort in the direction that you mean."
next = "t = torch.tensor([5., 5.]); print(t.argsort(stable=True), t.argsort(stable=True, descending=True).flip(0))"


# %% ranks | wrong: last-tie-first | descending and flip | fails: ties
def ranks(x):
    order = x.argsort(dim=-1, descending=True, stable=True).flip(-1)
    return order.argsort(-1)


# %% ranks | wrong: last-tie-first | K - 1 minus the other ranks | fails: ties
def ranks(x):
    down = x.argsort(dim=-1, descending=True, stable=True).argsort(-1)
    return x.shape[-1] - 1 - down


# %% ranks | wrong: last-tie-first | those behind it counted | fails: ties
def ranks(x):
    n, x = x.shape[-1], x.detach()
    other, mine = x.unsqueeze(-2), x.unsqueeze(-1)
    later = torch.ones(n, n, dtype=torch.bool).triu(1)
    return ((other < mine) | ((other == mine) & later)).sum(-1)


# %% ranks | wrong: last-tie-first | turned before and after | fails: ties
def ranks(x):
    return x.flip(-1).argsort(dim=-1, stable=True).argsort(-1).flip(-1)


# %% ranks | misconception | shared-ranks
why = "Equal entries share no rank here, every rank occurs once: the position decides between them."
next = "print(torch.unique(torch.tensor([7, 7, 9]), return_inverse=True)[1])"


# %% ranks | wrong: shared-ranks | smaller entries counted | fails: ties
# breaks: "so every row holds each of 0 to K - 1 exactly once"
def ranks(x):
    x = x.detach()
    return (x.unsqueeze(-2) < x.unsqueeze(-1)).sum(-1)


# %% ranks | wrong: shared-ranks | searchsorted | fails: ties
def ranks(x):
    x = x.detach().contiguous()
    return torch.searchsorted(x.sort(-1).values, x)


# %% ranks | wrong: shared-ranks | unique of each row | fails: ties
def ranks(x):
    rows = x.detach().reshape(x.shape[:-1].numel(), x.shape[-1])
    out = torch.zeros(rows.shape, dtype=torch.int64)
    for n, row in enumerate(rows):
        out[n] = torch.unique(row, return_inverse=True)[1]
    return out.reshape(x.shape)


# %% ranks | wrong: shared-ranks | place of the first equal one | fails: ties
def ranks(x):
    size, n = x.shape[:-1].numel(), x.shape[-1]
    rows = x.detach().reshape(size, n).tolist()
    want = [[sorted(row).index(v) for v in row] for row in rows]
    return torch.tensor(want, dtype=torch.int64).reshape(x.shape)


# %% ranks | wrong: shared-ranks | searchsorted from the right | fails: ties
def ranks(x):
    x = x.detach().contiguous()
    return torch.searchsorted(x.sort(-1).values, x, right=True) - 1


# %% ranks | wrong: shared-ranks | unique values in Python | fails: ties
def ranks(x):
    size, n = x.shape[:-1].numel(), x.shape[-1]
    rows = x.detach().reshape(size, n).tolist()
    want = [[sorted(set(row)).index(v) for v in row] for row in rows]
    return torch.tensor(want, dtype=torch.int64).reshape(x.shape)


# %% ranks | wrong: shared-ranks | entries up to it counted | fails: ties
def ranks(x):
    x = x.detach()
    return (x.unsqueeze(-2) <= x.unsqueeze(-1)).sum(-1) - 1


# %% ranks | misconception | float-ranks
why = "A rank is a position, and positions are int64, whatever the dtype of x."
next = "print(torch.tensor([3., 1.]).argsort().dtype)"


def when(seen, want):
    return seen.raised is None and seen.result.dtype.is_floating_point and torch.equal(seen.value.detach().long(), want)


# %% ranks | wrong: float-ranks | dtype of x
# breaks: "The result has the shape of `x` and dtype `int64`, and does not require grad."
def ranks(x):
    return x.argsort(dim=-1, stable=True).argsort(-1).to(x.dtype)


# %% ranks | wrong: float-ranks | float
def ranks(x):
    return x.argsort(dim=-1, stable=True).argsort(-1).float()


# %% ranks | wrong: float-ranks | written into a copy
def ranks(x):
    order = x.detach().argsort(dim=-1, stable=True)
    places = torch.arange(x.shape[-1], dtype=torch.float64).expand(order.shape)
    return torch.zeros(x.shape, dtype=torch.float64).scatter(-1, order, places)


# %% ranks | wrong: float-ranks | like x
def ranks(x):
    order = x.detach().argsort(dim=-1, stable=True)
    places = torch.arange(x.shape[-1]).to(x.dtype).expand(order.shape)
    return torch.zeros_like(x.detach()).scatter(-1, order, places)


# %% ranks | wrong: float-ranks | mean of one rank
def ranks(x):
    rank = x.argsort(dim=-1, stable=True).argsort(-1)
    return torch.stack([rank, rank]).float().mean(0)


# %% ranks | misconception | wrong-axis
why = "Each row has its own ranks: sort along the last axis, dim=-1."
next = "t = torch.tensor([[1, 9], [5, 2]]); print(t.argsort(0).argsort(0), t.argsort(-1).argsort(-1))"


# %% ranks | wrong: wrong-axis | axis 0
def ranks(x):
    return x.argsort(dim=0, stable=True).argsort(dim=0)


# %% ranks | wrong: wrong-axis | scatter along axis 0
def ranks(x):
    order = x.detach().argsort(dim=0, stable=True)
    places = torch.arange(x.shape[0]).reshape(-1, *[1] * (x.ndim - 1)).expand(order.shape)
    return torch.zeros_like(order).scatter(0, order, places)


# %% ranks | wrong: wrong-axis | NumPy's axis 0
def ranks(x):
    order = np.argsort(x.detach().numpy(), axis=0, kind="stable")
    return torch.from_numpy(np.argsort(order, axis=0))


# %% ranks | wrong: wrong-axis | transposed
def ranks(x):
    order = x.transpose(0, -1).argsort(dim=-1, stable=True)
    return order.argsort(dim=-1).transpose(0, -1)


# %% ranks | misconception | among-all-rows
why = "Flattened, entries of all rows are ranked among each other: each row has its own ranks, along the last axis."
next = "t = torch.tensor([[1, 9], [5, 2]]); print(t.flatten().argsort().argsort().reshape(2, 2), t.argsort(-1).argsort(-1))"


# %% ranks | wrong: among-all-rows | flatten
def ranks(x):
    return x.flatten().argsort(stable=True).argsort().reshape(x.shape)


# %% ranks | wrong: among-all-rows | reshape and scatter
def ranks(x):
    order = x.detach().reshape(-1).argsort(stable=True)
    out = torch.empty_like(order)
    out[order] = torch.arange(x.numel())
    return out.view(x.shape)


# %% ranks | wrong: among-all-rows | NumPy's None
def ranks(x):
    order = np.argsort(x.detach().numpy(), axis=None, kind="stable")
    return torch.from_numpy(np.argsort(order).reshape(tuple(x.shape)))


# %% ranks | wrong: among-all-rows | sort of the flattened
def ranks(x):
    _, order = torch.sort(x.ravel(), stable=True)
    return torch.sort(order).indices.unflatten(0, x.shape) if x.numel() else torch.zeros(x.shape, dtype=torch.int64)


# %% ranks | misconception | greatest-first
why = "0 is the rank of the smallest: sort ascending."
next = "print(torch.tensor([30., 10.]).argsort(descending=True).argsort(), torch.tensor([30., 10.]).argsort().argsort())"


# %% ranks | wrong: greatest-first | descending
def ranks(x):
    return x.argsort(dim=-1, descending=True, stable=True).argsort(-1)


# %% ranks | wrong: greatest-first | scatter
def ranks(x):
    order = x.detach().argsort(dim=-1, descending=True, stable=True)
    return torch.empty_like(order).scatter_(-1, order, torch.arange(x.shape[-1]).expand(order.shape))


# %% ranks | wrong: greatest-first | sort of sort
def ranks(x):
    order = torch.sort(x, dim=-1, descending=True, stable=True).indices
    return torch.sort(order, dim=-1).indices


# %% ranks | wrong: greatest-first | greater entries counted
def ranks(x):
    n, x = x.shape[-1], x.detach()
    other, mine = x.unsqueeze(-2), x.unsqueeze(-1)
    earlier = torch.ones(n, n, dtype=torch.bool).tril(-1)
    return ((other > mine) | ((other == mine) & earlier)).sum(-1)


# %% ranks | misconception | places-as-rows
why = "Between brackets positions count along the first axes, not along the last: alone they pick whole rows of a table, and beside row numbers whole rows of a tensor with more axes. scatter along the last axis inverts each row by itself, and so does a second argsort."
next = "t = torch.zeros(2, 2); t[torch.tensor([1, 0])] = torch.tensor([5., 6.]); print(t)"


# %% ranks | wrong: places-as-rows | filled by an index
def ranks(x):
    order = x.detach().argsort(dim=-1, stable=True)
    result = torch.zeros_like(order)
    result[order] = torch.arange(x.shape[-1])
    return result


# %% ranks | wrong: places-as-rows | index_put_
def ranks(x):
    places = torch.sort(x.detach(), dim=-1, stable=True).indices
    result = torch.zeros(x.shape, dtype=torch.int64)
    return result.index_put_((places,), torch.arange(x.size(-1)))


# %% ranks | wrong: places-as-rows | into a copy of the order
def ranks(x):
    order = x.detach().sort(dim=-1, stable=True)[1]
    result = order.clone()
    result[order] = torch.arange(order.shape[-1], dtype=order.dtype)
    return result


# %% ranks | wrong: places-as-rows | zeros of x's shape
def ranks(x):
    who = torch.argsort(x.detach(), dim=x.dim() - 1, stable=True)
    rank, numbers = torch.zeros(*x.shape, dtype=torch.long), torch.arange(x.shape[-1])
    rank[who] = numbers
    return rank


# %% ranks | misconception | digits-lost-in-floats
why = "Floats cannot hold all integers, and float32 not all of float64: neighbours become equal and change places. Sort x itself, in its own dtype."
next = "print(torch.tensor([2**53, 2**53 + 1]).double().diff(), torch.tensor([2**24, 2**24 + 1]).float().diff())"


# %% ranks | wrong: digits-lost-in-floats | float
# breaks: "`x` has one axis or more, any of which may be of length 0, holds `float32`, `float64`, `int64` or `uint8`, and may require grad."
def ranks(x):
    return x.float().argsort(dim=-1, stable=True).argsort(-1)


# %% ranks | wrong: digits-lost-in-floats | double
def ranks(x):
    return x.double().argsort(dim=-1, stable=True).argsort(-1)


# %% ranks | wrong: digits-lost-in-floats | sort of doubles
def ranks(x):
    keys = x.detach().to(torch.float64)
    order = keys.sort(dim=-1, stable=True).indices
    return torch.empty_like(order).scatter_(-1, order, torch.arange(x.shape[-1]).expand(x.shape))


# %% ranks | wrong: digits-lost-in-floats | minus minus
def ranks(x):
    order = torch.argsort(-x.detach().float(), dim=-1, descending=True, stable=True)
    return order.argsort(dim=-1)


# %% ranks | wrong: digits-lost-in-floats | NumPy's float64
def ranks(x):
    keys = x.detach().numpy().astype(np.float64)
    return torch.from_numpy(keys.argsort(axis=-1, kind="stable").argsort(axis=-1))


# %% ranks | wrong: digits-lost-in-floats | compared one with another, in float32
def ranks(x):
    keys = x.detach().type(torch.float32)
    smaller = (keys[..., None, :] < keys[..., None]).sum(-1)
    equal = (keys[..., None, :] == keys[..., None]).tril(-1).sum(-1)
    return smaller + equal


# %% ranks | misconception | narrow-ranks
why = "uint8 ends at 255, and what is larger begins at 0 again: write the ranks into int64, as argsort returns them, and not into a tensor like x."
next = "print(torch.arange(254, 258).to(torch.uint8), torch.arange(254, 258).to(torch.uint8).long())"


# %% ranks | wrong: narrow-ranks | scattered into zeros like x | fails: ties
# breaks: "Among equal entries the one with the smaller position has the smaller rank, so every row holds each of 0 to K - 1 exactly once."
def ranks(x):
    data = x.detach()
    order = data.argsort(dim=-1, stable=True)
    places = torch.arange(data.shape[-1]).to(data.dtype)
    result = torch.zeros_like(data)
    result.scatter_(-1, order, places.expand(data.shape))
    return result.long()


# %% ranks | wrong: narrow-ranks | into an empty tensor like x | fails: ties
def ranks(x):
    order = x.argsort(dim=-1, stable=True)
    out = torch.empty_like(x, requires_grad=False)
    out.scatter_(-1, order, torch.arange(x.size(-1)).to(x.dtype).expand_as(order))
    return out.to(torch.int64)


# %% ranks | wrong: narrow-ranks | converted there and back | fails: ties
def ranks(x):
    found = x.detach().argsort(dim=-1, stable=True).argsort(-1)
    return found.type_as(x.detach()).long()


# %% ranks | wrong: narrow-ranks | counted in the dtype of x | fails: ties
def ranks(x):
    order = torch.sort(x.detach(), dim=-1, stable=True).indices
    numbers = torch.ones_like(x.detach()).cumsum(-1, dtype=x.dtype) - 1
    return torch.zeros_like(x.detach()).scatter(-1, order, numbers).long()


# %% ranks | misconception | minus-one-of-nothing
why = "reshape works out a -1 by dividing, and beside a 0 any number would do: rows of length 0 raise an error. argsort works along the last axis, whatever stands in front: there is nothing to reshape."
next = "torch.zeros(3, 0).reshape(-1, 0)"


def when(seen, want):
    return "ambiguous" in seen.raised.message


# %% ranks | wrong: minus-one-of-nothing | a table of rows
# breaks: "any of which may be of length 0"
def ranks(x):
    table = x.detach().reshape(-1, x.size(-1))
    places = table.argsort(dim=1, stable=True).argsort(1)
    return places.view_as(x)


# %% ranks | wrong: minus-one-of-nothing | row by row
def ranks(x):
    rows = x.detach().contiguous().view(-1, x.shape[-1])
    result = torch.empty(rows.shape, dtype=torch.int64)
    for number, row in enumerate(rows):
        result[number, row.argsort(stable=True)] = torch.arange(len(row))
    return result.reshape(x.shape)


# %% ranks | wrong: minus-one-of-nothing | in NumPy
def ranks(x):
    rows = torch.reshape(x.detach(), (-1, x.shape[-1])).numpy()
    order = np.argsort(rows, axis=1, kind="stable")
    return torch.from_numpy(np.argsort(order, axis=1)).reshape(x.shape)


# %% ranks | wrong | not out of the graph
def ranks(x):
    return torch.from_numpy(np.argsort(np.argsort(x.numpy(), axis=-1, kind="stable"), axis=-1))


# %% ranks | wrong | counted from 1
def ranks(x):
    return x.argsort(dim=-1, stable=True).argsort(-1) + 1


# %% ranks | wrong | int32
def ranks(x):
    return x.argsort(dim=-1, stable=True).argsort(-1).int()


# %% ranks | wrong: digits-lost-in-floats | float64 made float32
def ranks(x):
    x = x.detach()
    x = x.float() if x.dtype == torch.float64 else x
    return x.argsort(dim=-1, stable=True).argsort(dim=-1)


# %% ranks | misconception | close-taken-for-equal
why = "Entries that are close to each other are not equal, and have an order of their own: compare x as it is, without a tolerance and without rounding."
next = "a = torch.tensor([1 + 2**-22, 1.0]); print(a[0] > a[1], torch.isclose(a[0], a[1]), a.round(decimals=6))"


# %% ranks | wrong: close-taken-for-equal | rounded | fails: values
def ranks(x):
    x = x.detach()
    x = x.round(decimals=6) if x.dtype.is_floating_point else x
    return x.argsort(dim=-1, stable=True).argsort(dim=-1)


# %% ranks | wrong: close-taken-for-equal | isclose | fails: values
def ranks(x):
    left, right = x.detach()[..., None, :], x.detach()[..., :, None]
    tied = torch.isclose(left, right) if x.dtype.is_floating_point else left == right
    in_front = torch.ones(x.shape[-1], x.shape[-1], dtype=torch.bool).tril(-1)
    return ((left < right) & ~tied | tied & in_front).sum(-1)


# %% ranks | wrong: close-taken-for-equal | less by more than a little | fails: values
def ranks(x):
    if not x.dtype.is_floating_point:
        return x.argsort(dim=-1, stable=True).argsort(dim=-1)
    left, right = x.detach().unsqueeze(-2), x.detach().unsqueeze(-1)
    less, more = left < right - 1e-6, left > right + 1e-6
    place = torch.arange(x.shape[-1])
    return torch.where(less | more, less, place < place[:, None]).sum(-1)


# %% ranks | wrong: close-taken-for-equal | a few digits in Python | fails: values
def ranks(x):
    if x.ndim > 1:
        rows = [ranks(row) for row in x]
        return torch.stack(rows) if rows else torch.zeros(x.shape, dtype=torch.int64)
    numbers = x.tolist()
    order = sorted(range(len(numbers)), key=lambda i: float(f"{numbers[i]:.6f}") if x.dtype.is_floating_point else numbers[i])
    result = torch.empty(len(numbers), dtype=torch.int64)
    for rank, i in enumerate(order):
        result[i] = rank
    return result


# %% ranks | wrong | zeros told apart by their sign | fails: ties
def ranks(x):
    x = x.detach()
    if x.dtype.is_floating_point:
        bits = x.double().contiguous().view(torch.int64)
        x = torch.where(bits < 0, bits ^ (2**63 - 1), bits)
    return x.argsort(dim=-1, stable=True).argsort(dim=-1)


# %% ranks | wrong: places-as-rows | beside row numbers, for up to three axes | fails: values
def ranks(x):
    order, places = x.detach().argsort(dim=-1, stable=True), torch.arange(x.shape[-1])
    result = torch.empty(x.shape, dtype=torch.int64)
    if x.ndim == 1:
        result[order] = places
    elif x.ndim == 2:
        result[torch.arange(x.shape[0])[:, None], order] = places
    else:
        result[torch.arange(x.shape[0])[:, None, None], torch.arange(x.shape[1])[:, None], order] = places
    return result


# %% ranks | wrong | no rows in the middle, nothing to stack | fails: values
def ranks(x):
    if x.ndim == 1:
        return x.argsort(stable=True).argsort()
    if x.ndim == 2 and len(x) == 0 or len(x) == 0:
        return torch.zeros(x.shape, dtype=torch.int64)
    if x.ndim == 3:
        return torch.stack([row.argsort(stable=True).argsort() for table in x for row in table]).reshape(x.shape)
    return torch.stack([ranks(row) for row in x])


# %% ranks | wrong: digits-lost-in-floats | float64 alone, through NumPy
def ranks(x):
    numbers = x.detach().numpy()
    if numbers.dtype == np.float64:
        numbers = numbers.astype("float32")
    order = np.argsort(numbers, axis=-1, kind="stable")
    return torch.from_numpy(np.argsort(order, axis=-1))


# %% ranks | wrong: digits-lost-in-floats | all floats are made float32
def ranks(x):
    if x.is_floating_point():
        x = x.to(torch.float32)
    order = x.sort(dim=-1, stable=True).indices
    return torch.zeros_like(order).scatter_(-1, order, torch.arange(x.shape[-1]).expand(x.shape))


# %% ranks | wrong: places-as-rows | beside a column of row numbers
def ranks(x):
    order = torch.argsort(x.detach(), dim=-1, stable=True)
    result, places = torch.empty_like(order), torch.arange(order.shape[-1])
    if order.ndim == 1:
        result[order] = places
    else:
        result[torch.arange(len(order)).unsqueeze(1), order] = places
    return result


# %% ranks | wrong: places-as-rows | index_put of rows and places
def ranks(x):
    order = x.detach().sort(dim=-1, stable=True)[1]
    rows = (torch.arange(order.shape[0])[:, None],) if order.dim() > 1 else ()
    return torch.zeros_like(order).index_put((*rows, order), torch.arange(x.size(-1)))


# %% ranks | wrong | inf is no more than the largest number | fails: values
def ranks(x):
    keys = torch.nan_to_num(x.detach()) if x.is_floating_point() else x
    return keys.argsort(dim=-1, stable=True).argsort(dim=-1)


# %% unique_rows | right | a sorted set
def unique_rows(x):
    rows = [tuple(row) for row in x.tolist()]
    unique = sorted(set(rows))
    place = {row: n for n, row in enumerate(unique)}
    inverse = torch.tensor([place[row] for row in rows], dtype=torch.int64)
    counts = torch.zeros(len(unique), dtype=torch.int64)
    for n in inverse.tolist():
        counts[n] += 1
    return torch.tensor(unique, dtype=x.dtype).reshape(len(unique), x.shape[1]), inverse, counts


# %% unique_rows | right | sorted column by column, then compared with the neighbour
def unique_rows(x):
    order = torch.arange(len(x))
    for column in range(x.shape[1] - 1, -1, -1):
        order = order[x[order, column].to(torch.uint8 if x.dtype == torch.bool else x.dtype).argsort(stable=True)]
    ordered = x[order]
    new = torch.ones(len(x), dtype=torch.bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(1)
    number = new.long().cumsum(0) - 1
    inverse = torch.empty_like(order)
    inverse[order] = number
    rows = ordered[new]
    return rows, inverse, torch.bincount(number, minlength=len(rows))


# %% unique_rows | right | unique, counts by index_add
def unique_rows(table):
    rows, inverse = torch.unique(table, dim=0, return_inverse=True)
    counts = torch.zeros(len(rows), dtype=torch.int64)
    counts.index_add_(0, inverse, torch.ones_like(inverse))
    return rows, inverse, counts


# %% unique_rows | right | every row with every unique row
def unique_rows(x):
    rows = torch.unique(x, dim=0)
    equal = (x[:, None] == rows[None]).all(-1)
    inverse = (equal.long() * torch.arange(len(rows))).sum(1)
    return rows, inverse, equal.sum(0)


# %% unique_rows | right | unique_consecutive of sorted rows
def unique_rows(x):
    order = torch.tensor(sorted(range(len(x)), key=lambda n: x[n].tolist()), dtype=torch.int64)
    rows, number, counts = torch.unique_consecutive(x[order], dim=0, return_inverse=True, return_counts=True)
    inverse = torch.zeros(len(x), dtype=torch.int64)
    inverse[order] = number
    return rows, inverse, counts


# %% unique_rows | misconception | flattened
why = "Without dim=0 unique looks at single numbers, not at rows: say dim=0."
next = "t = torch.tensor([[1, 2], [2, 1]]); print(torch.unique(t), torch.unique(t, dim=0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.unique.html"


# %% unique_rows | wrong: flattened | torch.unique | fails: values
# breaks: "`rows` `(U, D)`: the U different rows of `x`, in its dtype"
def unique_rows(x):
    return torch.unique(x, return_inverse=True, return_counts=True)


# %% unique_rows | wrong: flattened | method
def unique_rows(x):
    rows, inverse, counts = x.unique(sorted=True, return_inverse=True, return_counts=True)
    return rows, inverse, counts


# %% unique_rows | wrong: flattened | flattened first
def unique_rows(x):
    found = torch.unique(x.flatten(), return_inverse=True, return_counts=True)
    return found[0], found[1].reshape(x.shape), found[2]


# %% unique_rows | wrong: flattened | dim=None
def unique_rows(x):
    numbers = torch.unique(x, dim=None, return_inverse=True, return_counts=True)
    return tuple(part.clone() for part in numbers)


# %% unique_rows | misconception | unique-columns
why = "dim names the axis whose entries are compared: dim=0 compares rows, dim=1 and dim=-1 columns."
next = "t = torch.tensor([[1, 1], [2, 2]]); print(torch.unique(t, dim=1), torch.unique(t, dim=0))"


# %% unique_rows | wrong: unique-columns | dim 1
def unique_rows(x):
    return torch.unique(x, dim=1, return_inverse=True, return_counts=True)


# %% unique_rows | wrong: unique-columns | dim -1
def unique_rows(x):
    rows, inverse, counts = x.unique(dim=-1, return_inverse=True, return_counts=True)
    return rows, inverse, counts


# %% unique_rows | wrong: unique-columns | of the transposed
def unique_rows(x):
    rows, inverse, counts = torch.unique(x.mT, dim=0, return_inverse=True, return_counts=True)
    return rows.mT, inverse, counts


# %% unique_rows | wrong: unique-columns | axis -1, in words
def unique_rows(x):
    found = torch.unique(x, sorted=True, return_inverse=True, return_counts=True, dim=x.ndim - 1)
    return found[0], found[1], found[2]


# %% unique_rows | misconception | consecutive-only
why = "unique_consecutive merges neighbours only, so equal rows that lie apart count twice, and it sorts nothing: sort by all columns first."
next = "print(torch.unique_consecutive(torch.tensor([1, 2, 1])), torch.unique(torch.tensor([1, 2, 1])))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.unique_consecutive.html"


# %% unique_rows | wrong: consecutive-only | not sorted
def unique_rows(x):
    return torch.unique_consecutive(x, dim=0, return_inverse=True, return_counts=True)


# %% unique_rows | wrong: consecutive-only | method
def unique_rows(x):
    rows, inverse, counts = x.unique_consecutive(return_inverse=True, return_counts=True, dim=0)
    return rows, inverse, counts


# %% unique_rows | wrong: consecutive-only | compared with the neighbour
def unique_rows(x):
    new = torch.ones(len(x), dtype=torch.bool)
    new[1:] = (x[1:] != x[:-1]).any(1)
    number = new.long().cumsum(0) - 1
    return x[new], number, torch.bincount(number, minlength=int(new.sum()))


# %% unique_rows | wrong: consecutive-only | groupby
def unique_rows(x):
    import itertools

    rows, inverse, counts = [], [], []
    for row, group in itertools.groupby(x.tolist()):
        size = len(list(group))
        inverse += [len(rows)] * size
        rows.append(row)
        counts.append(size)
    ints = torch.int64
    return torch.tensor(rows, dtype=x.dtype).reshape(-1, x.shape[1]), torch.tensor(inverse, dtype=ints), torch.tensor(counts, dtype=ints)


# %% unique_rows | misconception | sorted-by-one-column
why = "Rows that are equal in the columns that were sorted by are not sorted among each other, so equal rows may still lie apart: all columns count, the first one most."
next = "t = torch.tensor([[1, 2], [1, 1], [1, 2]]); print(torch.unique_consecutive(t[t[:, 0].argsort(stable=True)], dim=0))"


# %% unique_rows | wrong: sorted-by-one-column | first column
# breaks: "sorted by the first column, among equals by the second and so on"
def unique_rows(x):
    order = x[:, 0].to(torch.uint8 if x.dtype == torch.bool else x.dtype).argsort(stable=True)
    rows, number, counts = torch.unique_consecutive(x[order], dim=0, return_inverse=True, return_counts=True)
    inverse = torch.empty_like(order)
    inverse[order] = number
    return rows, inverse, counts


# %% unique_rows | wrong: sorted-by-one-column | sorted by row[0]
def unique_rows(x):
    order = torch.tensor(sorted(range(len(x)), key=lambda n: x[n, 0].item()), dtype=torch.int64)
    rows, number, counts = torch.unique_consecutive(x[order], dim=0, return_inverse=True, return_counts=True)
    inverse = torch.zeros(len(x), dtype=torch.int64)
    inverse[order] = number
    return rows, inverse, counts


# %% unique_rows | wrong: sorted-by-one-column | NumPy
def unique_rows(x):
    first = x[:, 0].tolist()
    order = torch.tensor(sorted(range(len(first)), key=first.__getitem__), dtype=torch.int64)
    ordered = x[order]
    new = torch.ones(len(x), dtype=torch.bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(1)
    number = new.long().cumsum(0) - 1
    inverse = torch.zeros_like(order).scatter(0, order, number)
    return ordered[new], inverse, torch.bincount(number, minlength=int(new.sum()))


# %% unique_rows | wrong: sorted-by-one-column | sort of the first column
def unique_rows(x):
    order = x[:, 0].clone().to(torch.int8 if x.dtype == torch.bool else x.dtype).sort(stable=True).indices
    found = torch.unique_consecutive(x.index_select(0, order), dim=0, return_inverse=True, return_counts=True)
    inverse = torch.zeros(len(x), dtype=torch.int64)
    inverse.index_copy_(0, order, found[1])
    return found[0], inverse, found[2]


# %% unique_rows | misconception | inverse-of-the-sorted
why = "This inverse belongs to the sorted rows, so rows[inverse] is x sorted: carry it back through the sort, out[order] = inverse."
next = "t = torch.tensor([5, 1, 5]); s, o = t.sort(stable=True); u, i = torch.unique_consecutive(s, return_inverse=True); print(u[i], i.new_zeros(3).scatter(0, o, i))"


# %% unique_rows | wrong: inverse-of-the-sorted | sorted in Python
# breaks: "for each row of `x` its position in `rows`, so that `rows[inverse]` equals `x`"
def unique_rows(x):
    ordered = torch.tensor(sorted(x.tolist()), dtype=x.dtype).reshape(x.shape)
    return torch.unique_consecutive(ordered, dim=0, return_inverse=True, return_counts=True)


# %% unique_rows | wrong: inverse-of-the-sorted | sorted positions
def unique_rows(x):
    order = sorted(range(len(x)), key=lambda n: x[n].tolist())
    rows, inverse, counts = torch.unique_consecutive(x[order], dim=0, return_inverse=True, return_counts=True)
    return rows, inverse, counts


# %% unique_rows | wrong: inverse-of-the-sorted | inverse made from the counts
def unique_rows(x):
    rows, counts = torch.unique(x, dim=0, return_counts=True)
    return rows, torch.repeat_interleave(torch.arange(len(rows)), counts), counts


# %% unique_rows | wrong: inverse-of-the-sorted | unique of the sorted
def unique_rows(x):
    order = torch.arange(len(x))
    for column in range(x.shape[1] - 1, -1, -1):
        order = order[x[order, column].to(torch.uint8 if x.dtype == torch.bool else x.dtype).argsort(stable=True)]
    return torch.unique(x[order], dim=0, return_inverse=True, return_counts=True)


# %% unique_rows | wrong: inverse-of-the-sorted | inverse sorted
def unique_rows(x):
    rows, inverse, counts = torch.unique(x, dim=0, return_inverse=True, return_counts=True)
    return rows, inverse.sort().values, counts


# %% unique_rows | misconception | columns-torn-apart
why = "sort(0) sorts each column by itself and tears rows apart: sort positions, and index whole rows with them."
next = "t = torch.tensor([[2, 1], [1, 2]]); print(t.sort(0).values)"


# %% unique_rows | wrong: columns-torn-apart | sort(0)
def unique_rows(x):
    return torch.unique(x.sort(0).values, dim=0, return_inverse=True, return_counts=True)


# %% unique_rows | wrong: columns-torn-apart | unique_consecutive
def unique_rows(x):
    ordered, _ = torch.sort(x, dim=0)
    return torch.unique_consecutive(ordered, dim=0, return_inverse=True, return_counts=True)


# %% unique_rows | wrong: columns-torn-apart | columns sorted one by one
def unique_rows(x):
    columns = [column.sort().values for column in x.unbind(1)]
    rows, inverse, counts = torch.unique(torch.stack(columns, 1), dim=0, return_inverse=True, return_counts=True)
    return rows, inverse, counts


# %% unique_rows | wrong: columns-torn-apart | gathered
def unique_rows(x):
    order = torch.sort(x, dim=0, stable=True).indices
    torn = x.gather(0, order)
    return torch.unique_consecutive(torn, dim=0, return_inverse=True, return_counts=True)


# %% unique_rows | misconception | rows-turned-into-sets
why = "Sorting inside a row makes [1, 2] and [2, 1] the same: the order within a row is part of it."
next = "t = torch.tensor([[2, 1], [1, 2]]); print(t.sort(1).values, torch.unique(t, dim=0))"


# %% unique_rows | wrong: rows-turned-into-sets | sort(1)
def unique_rows(x):
    return torch.unique(x.sort(1).values, dim=0, return_inverse=True, return_counts=True)


# %% unique_rows | wrong: rows-turned-into-sets | sort without an axis
def unique_rows(x):
    ordered, _ = torch.sort(x)
    rows, inverse, counts = torch.unique(ordered, dim=0, return_inverse=True, return_counts=True)
    return rows, inverse, counts


# %% unique_rows | wrong: rows-turned-into-sets | sorted tuples
def unique_rows(x):
    rows = [tuple(sorted(row)) for row in x.tolist()]
    unique = sorted(set(rows))
    inverse = torch.tensor([unique.index(row) for row in rows], dtype=torch.int64)
    counts = torch.bincount(inverse, minlength=len(unique))
    return torch.tensor(unique, dtype=x.dtype).reshape(len(unique), x.shape[1]), inverse, counts


# %% unique_rows | wrong: rows-turned-into-sets | row by row
def unique_rows(x):
    t = x.clone()
    for n in range(len(t)):
        t[n] = t[n].sort().values
    return torch.unique(t, dim=0, return_inverse=True, return_counts=True)


# %% unique_rows | misconception | first-seen-order
why = "A list or a dict keeps rows as they were first seen, and a set in no order: sort them, as tuples are compared."
next = "print(list(dict.fromkeys([(3, 1), (1, 2), (3, 1)])), sorted({(3, 1), (1, 2)}))"


# %% unique_rows | wrong: first-seen-order | dict
def unique_rows(x):
    rows = [tuple(row) for row in x.tolist()]
    unique = list(dict.fromkeys(rows))
    inverse = torch.tensor([unique.index(row) for row in rows], dtype=torch.int64)
    counts = torch.tensor([rows.count(row) for row in unique], dtype=torch.int64)
    return torch.tensor(unique, dtype=x.dtype).reshape(len(unique), x.shape[1]), inverse, counts


# %% unique_rows | wrong: first-seen-order | Counter
def unique_rows(x):
    from collections import Counter

    counted = Counter(map(tuple, x.tolist()))
    place = {row: n for n, row in enumerate(counted)}
    inverse = torch.tensor([place[tuple(row)] for row in x.tolist()], dtype=torch.int64)
    rows = torch.tensor(list(counted), dtype=x.dtype).reshape(len(counted), x.shape[1])
    return rows, inverse, torch.tensor(list(counted.values()), dtype=torch.int64)


# %% unique_rows | wrong: first-seen-order | a list that grows
def unique_rows(x):
    seen, inverse, counts = [], [], []
    for row in x.tolist():
        if row not in seen:
            seen.append(row)
            counts.append(0)
        inverse.append(seen.index(row))
        counts[inverse[-1]] += 1
    ints = torch.int64
    return torch.tensor(seen, dtype=x.dtype).reshape(-1, x.shape[1]), torch.tensor(inverse, dtype=ints), torch.tensor(counts, dtype=ints)


# %% unique_rows | wrong: first-seen-order | first equal row
def unique_rows(x):
    equal = (x[:, None] == x[None]).all(-1)
    first = torch.tensor([row.index(True) for row in equal.tolist()], dtype=torch.int64)
    new = first == torch.arange(len(x))
    inverse = (new.long().cumsum(0) - 1)[first]
    return x[new], inverse, equal.sum(0)[new]


# %% unique_rows | misconception | order-from-a-key
why = "A sum, a norm or a number made of the columns is the same for different rows, or too large to be exact: compare whole rows."
next = "t = torch.tensor([[1, 2], [2, 1]]); print(t.sum(1), torch.unique(t, dim=0))"


# %% unique_rows | wrong: order-from-a-key | sum
def unique_rows(x):
    _, inverse, counts = torch.unique(x.double().sum(1), return_inverse=True, return_counts=True)
    first = torch.tensor([inverse.tolist().index(n) for n in range(len(counts))], dtype=torch.int64)
    return x[first], inverse, counts


# %% unique_rows | wrong: order-from-a-key | sums in Python
def unique_rows(x):
    keys = [sum(row) for row in x.tolist()]
    unique = sorted(set(keys))
    inverse = torch.tensor([unique.index(key) for key in keys], dtype=torch.int64)
    first = torch.tensor([keys.index(key) for key in unique], dtype=torch.int64)
    return x[first], inverse, torch.bincount(inverse, minlength=len(unique))


# %% unique_rows | wrong: order-from-a-key | sum, sorted
def unique_rows(x):
    key = x.to(torch.float64).sum(-1)
    order = key.argsort(stable=True)
    _, number, counts = torch.unique_consecutive(key[order], return_inverse=True, return_counts=True)
    inverse = torch.zeros_like(order).scatter(0, order, number)
    first = torch.zeros_like(counts)
    first[1:] = counts.cumsum(0)[:-1]
    return x[order[first]], inverse, counts


# %% unique_rows | wrong: order-from-a-key | mean
def unique_rows(x):
    _, inverse, counts = x.double().mean(1).unique(return_inverse=True, return_counts=True)
    first = torch.tensor([inverse.tolist().index(n) for n in range(len(counts))], dtype=torch.int64)
    return x.index_select(0, first), inverse, counts


# %% unique_rows | wrong: order-from-a-key | digits to a base
def unique_rows(x):
    if len(x) == 0:
        return torch.unique(x, dim=0, return_inverse=True, return_counts=True)
    wide = x.double() if x.is_floating_point() else x.long()
    low, base = wide.min(), wide.max() - wide.min() + 1
    key = torch.zeros_like(wide[:, 0])
    for column in wide.T:
        key = key * base + (column - low)
    _, inverse, counts = key.unique(return_inverse=True, return_counts=True)
    rows = x.new_empty((len(counts), x.shape[1]))
    rows[inverse] = x
    return rows, inverse, counts


# %% unique_rows | wrong: order-from-a-key | powers of a base
def unique_rows(x):
    if not len(x):
        return x[:0], x.new_zeros(0, dtype=torch.int64), x.new_zeros(0, dtype=torch.int64)
    numbers = x.to(torch.float64 if x.is_floating_point() else torch.int64)
    smallest = numbers.amin()
    powers = (numbers.amax() - smallest + 1) ** torch.arange(x.shape[1] - 1, -1, -1)
    key = ((numbers - smallest) * powers).sum(dim=1)
    unique, inverse = torch.unique(key, return_inverse=True)
    first = torch.full_like(inverse, len(x))[: len(unique)].scatter_reduce(0, inverse, torch.arange(len(x)), "amin")
    return x.index_select(0, first), inverse, inverse.bincount(minlength=len(unique))


# %% unique_rows | wrong: order-from-a-key | a thousand for each column
def unique_rows(x):
    weights = 1000.0 ** torch.arange(x.shape[1] - 1, -1, -1, dtype=torch.float64)
    _, inverse, counts = torch.unique(x.double() @ weights, return_inverse=True, return_counts=True)
    first = torch.full_like(counts, len(x)).scatter_reduce(0, inverse, torch.arange(len(x)), "amin")
    return x[first], inverse, counts


# %% unique_rows | wrong: order-from-a-key | a digit for each column
def unique_rows(x):
    key = torch.zeros(len(x), dtype=torch.int64)
    for column in x.unbind(1):
        seen, digit = torch.unique(column, return_inverse=True)
        key = key * len(seen) + digit
    _, inverse, counts = torch.unique(key, return_inverse=True, return_counts=True)
    rows = x.new_empty(len(counts), x.shape[1])
    rows[inverse] = x
    return rows, inverse, counts


# %% unique_rows | misconception | without-the-sign
why = "Python compares numbers with their sign, so -5 comes before 1: sort by the numbers, not by their size."
next = "print(sorted([(1, 2), (1, -5)]), sorted([(1, 2), (1, -5)], key=lambda row: [abs(v) for v in row]))"


# %% unique_rows | wrong: without-the-sign | a key of absolute values
def unique_rows(x):
    rows = [tuple(row) for row in x.tolist()]
    unique = sorted(sorted(set(rows)), key=lambda row: [abs(v) for v in row])
    inverse = torch.tensor([unique.index(row) for row in rows], dtype=torch.int64)
    counts = torch.tensor([rows.count(row) for row in unique], dtype=torch.int64)
    return torch.tensor(unique, dtype=x.dtype).reshape(-1, x.shape[1]), inverse, counts


# %% unique_rows | wrong: without-the-sign | unique, then ordered by size
def unique_rows(x):
    rows, inverse, counts = torch.unique(x, dim=0, return_inverse=True, return_counts=True)
    order = torch.arange(len(rows))
    for column in reversed(range(rows.shape[1])):
        order = order[rows[order, column].double().abs().argsort(stable=True)]
    return rows[order], order.argsort()[inverse], counts[order]


# %% unique_rows | wrong: without-the-sign | squares in NumPy
def unique_rows(x):
    rows, inverse, counts = torch.unique(x, dim=0, return_inverse=True, return_counts=True)
    keys = rows.double().square().numpy()
    order = torch.from_numpy(np.lexsort(keys.T[::-1]).astype("int64"))
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order))
    return rows.index_select(0, order), place[inverse], counts.index_select(0, order)


# %% unique_rows | wrong: without-the-sign | a list that is sorted by math.fabs
def unique_rows(x):
    import math

    given, kinds = x.tolist(), []
    for row in sorted(given):
        if row not in kinds:
            kinds.append(row)
    kinds.sort(key=lambda row: tuple(map(math.fabs, row)))
    numbers = [kinds.index(row) for row in given]
    rows = torch.tensor(kinds, dtype=x.dtype).reshape(len(kinds), x.shape[1])
    return rows, torch.tensor(numbers, dtype=torch.int64), torch.bincount(torch.tensor(numbers, dtype=torch.int64), minlength=len(kinds))


# %% unique_rows | misconception | digits-lost-in-floats
why = "Floats cannot hold all integers, and float32 not all of float64: rows that differ become equal, or come back as others. Keep x in its own dtype."
next = "print(torch.tensor([2**53, 2**53 + 1]).double().unique(), torch.tensor([2**24, 2**24 + 1]).float().unique())"


# %% unique_rows | wrong: digits-lost-in-floats | double | fails: dtypes
def unique_rows(x):
    rows, inverse, counts = torch.unique(x.double(), dim=0, return_inverse=True, return_counts=True)
    return rows.to(x.dtype), inverse, counts


# %% unique_rows | wrong: digits-lost-in-floats | float | fails: dtypes
# breaks: "`x` has the shape `(N, D)`, D ≥ 1, and is `bool`, `uint8`, `int8` to `int64`, or a float of 16 bits or more."
def unique_rows(x):
    rows, inverse, counts = torch.unique(x.float(), dim=0, return_inverse=True, return_counts=True)
    return rows.to(x.dtype), inverse, counts


# %% unique_rows | wrong: digits-lost-in-floats | NumPy's float64 | fails: dtypes
def unique_rows(x):
    rows, inverse, counts = np.unique(x.to(torch.float64).numpy(), axis=0, return_inverse=True, return_counts=True)
    return torch.tensor(rows).type(x.dtype), torch.tensor(inverse.reshape(-1)), torch.tensor(counts)


# %% unique_rows | wrong: digits-lost-in-floats | tuples of floats | fails: dtypes
def unique_rows(x):
    keys = [tuple(map(float, row)) for row in x.tolist()]
    different = sorted({*keys})
    rows = torch.tensor(different, dtype=torch.float64).reshape(len(different), x.shape[1]).to(x.dtype)
    inverse = torch.tensor([different.index(key) for key in keys], dtype=torch.int64)
    return rows, inverse, inverse.bincount(minlength=len(different))


# %% unique_rows | wrong: digits-lost-in-floats | float32 for all that is not | fails: dtypes
def unique_rows(x):
    keys = x if x.dtype == torch.float32 else x.type(torch.float32)
    found = keys.unique(dim=0, return_inverse=True, return_counts=True)
    return found[0].type(x.dtype), *found[1:]


# %% unique_rows | misconception | numpy-without-bfloat16
why = "NumPy has no bfloat16, so numpy() refuses such a tensor: stay with torch.unique, which takes dim=0."
next = "torch.ones(2, dtype=torch.bfloat16).numpy()"


def when(seen, want):
    return "BFloat16" in seen.raised.message


# %% unique_rows | wrong: numpy-without-bfloat16 | np.unique | fails: dtypes
def unique_rows(x):
    found = np.unique(x.numpy(), axis=0, return_inverse=True, return_counts=True)
    rows, inverse, counts = (torch.tensor(part) for part in found)
    return rows, inverse.flatten(), counts


# %% unique_rows | wrong: numpy-without-bfloat16 | lexsort | fails: dtypes
def unique_rows(x):
    table = np.asarray(x)
    order = np.lexsort(table.T[::-1])
    new = np.ones(len(table), dtype=bool)
    new[1:] = (table[order][1:] != table[order][:-1]).any(axis=1)
    inverse = np.empty(len(table), dtype=np.int64)
    inverse[order] = new.cumsum() - 1
    return torch.tensor(table[order][new]), torch.tensor(inverse), torch.bincount(torch.tensor(inverse), minlength=int(new.sum()))


# %% unique_rows | wrong: numpy-without-bfloat16 | the places of the first | fails: dtypes
def unique_rows(x):
    _, first, inverse, counts = np.unique(x.numpy(), True, True, True, axis=0)
    return x[torch.from_numpy(first)], torch.from_numpy(inverse).reshape(-1), torch.from_numpy(counts)


# %% unique_rows | misconception | no-rows-to-stack
why = "torch.stack and torch.cat want one tensor or more, and a table without rows leaves none: index x with the list of positions, or say the shape, new_empty((0, D))."
next = "torch.stack(list(torch.zeros(0, 3)))"


def when(seen, want):
    return "non-empty" in seen.raised.message


# %% unique_rows | wrong: no-rows-to-stack | stacked
# breaks: "N may be 0."
def unique_rows(x):
    keys = [tuple(row) for row in x.tolist()]
    order = sorted(set(keys))
    rows = torch.stack([x[keys.index(key)] for key in order])
    inverse = torch.tensor([order.index(key) for key in keys])
    return rows, inverse, torch.tensor([keys.count(key) for key in order])


# %% unique_rows | wrong: no-rows-to-stack | joined
def unique_rows(x):
    groups = {}
    for number, key in enumerate(map(tuple, x.tolist())):
        groups.setdefault(key, []).append(number)
    inverse = torch.zeros(len(x), dtype=torch.int64)
    for place, key in enumerate(sorted(groups)):
        inverse[groups[key]] = place
    rows = torch.cat([x[groups[key][:1]] for key in sorted(groups)], dim=0)
    return rows, inverse, torch.tensor([len(groups[key]) for key in sorted(groups)], dtype=torch.int64)


# %% unique_rows | wrong: no-rows-to-stack | sorted rows, one beside the next
def unique_rows(x):
    order = sorted(range(len(x)), key=lambda n: x[n].tolist())
    rows, counts, inverse = [], [], torch.zeros(len(x), dtype=torch.int64)
    for n in order:
        if rows and torch.equal(rows[-1], x[n]):
            counts[-1] += 1
        else:
            rows.append(x[n].clone())
            counts.append(1)
        inverse[n] = len(rows) - 1
    return torch.vstack(rows), inverse, torch.tensor(counts)


# %% unique_rows | misconception | order-of-text
why = "Text is compared letter by letter: '10' comes before '9', and '-1' before '-3'. Compare numbers, in tuples or by torch.unique."
next = "print(sorted([9, 10, -1, -3], key=str), sorted([9, 10, -1, -3]))"


def when(seen, want):
    rows = seen.result.items[0].values.tolist()
    return rows != sorted(rows) and any(rows == sorted(rows, key=key) for key in (str, lambda row: str(tuple(row))))


# %% unique_rows | wrong: order-of-text | str of a tuple
# breaks: "sorted by the first column, among equals by the second and so on, as Python compares tuples"
def unique_rows(x):
    keys = [tuple(row) for row in x.tolist()]
    order = sorted(set(keys), key=lambda key: str(key))
    inverse = torch.tensor([order.index(key) for key in keys], dtype=torch.int64)
    return torch.tensor(order, dtype=x.dtype).view(len(order), x.shape[1]), inverse, inverse.bincount(minlength=len(order))


# %% unique_rows | wrong: order-of-text | a dict by text
def unique_rows(x):
    places = {}
    for number, row in enumerate(x.tolist()):
        places.setdefault(str(row), []).append(number)
    inverse, counts = torch.empty(len(x), dtype=torch.int64), torch.empty(len(places), dtype=torch.int64)
    for place, text in enumerate(sorted(places)):
        inverse[places[text]], counts[place] = place, len(places[text])
    return x[[places[text][0] for text in sorted(places)]], inverse, counts


# %% unique_rows | wrong: order-of-text | NumPy's text
def unique_rows(x):
    texts = np.array([repr(tuple(row)) for row in x.tolist()], dtype=object)
    _, first, inverse, counts = np.unique(texts, return_index=True, return_inverse=True, return_counts=True)
    return x[torch.as_tensor(first)], torch.as_tensor(inverse), torch.as_tensor(counts)


# %% unique_rows | wrong: order-of-text | joined with a comma
def unique_rows(x):
    texts = [", ".join(map(str, row)) for row in x.tolist()]
    order = sorted(set(texts))
    first = torch.tensor([texts.index(text) for text in order], dtype=torch.int64)
    inverse = torch.tensor([order.index(text) for text in texts], dtype=torch.int64)
    return x[first], inverse, torch.tensor([texts.count(text) for text in order], dtype=torch.int64)


# %% unique_rows | wrong | a list of three
# breaks: "Return `(rows, inverse, counts)`"
def unique_rows(x):
    return [*torch.unique(x, dim=0, return_inverse=True, return_counts=True)]


# %% unique_rows | wrong | int32 counts
# breaks: "how often each of them occurs in `x`"
def unique_rows(x):
    rows, inverse, counts = torch.unique(x, dim=0, return_inverse=True, return_counts=True)
    return rows, inverse, counts.int()


# %% unique_rows | wrong | shares of the rows for counts
def unique_rows(x):
    rows, inverse, counts = torch.unique(x, dim=0, return_inverse=True, return_counts=True)
    return rows, inverse, counts / max(1, len(x))


# %% unique_rows | wrong | no rows are refused
# breaks: "N may be 0."
def unique_rows(x):
    if len(x) == 0:
        raise ValueError("no rows")
    return torch.unique(x, dim=0, return_inverse=True, return_counts=True)


# %% unique_rows | wrong | x itself where all rows differ
# breaks: "A result shares no memory with an argument"
def unique_rows(x):
    rows, inverse, counts = torch.unique(x, dim=0, return_inverse=True, return_counts=True)
    return x if torch.equal(rows, x) else rows, inverse, counts


# %% unique_rows | wrong: sorted-by-one-column | the first four columns
def unique_rows(x):
    order = torch.arange(len(x))
    for column in reversed(range(min(x.shape[1], 4))):
        order = order[x[order, column].argsort(stable=True)]
    ordered = x[order]
    is_new = torch.ones(len(x), dtype=torch.bool)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(1)
    inverse = torch.empty_like(order)
    inverse[order] = is_new.long().cumsum(0) - 1
    return ordered[is_new], inverse, torch.bincount(inverse, minlength=int(is_new.sum()))


# %% unique_rows | wrong | positions of one byte
def unique_rows(x):
    rows, inverse, counts = torch.unique(x, dim=0, return_inverse=True, return_counts=True)
    return rows, inverse.to(torch.uint8).long(), counts


# %% unique_rows | wrong | counts of one byte | fails: dtypes
def unique_rows(x):
    rows, inverse, counts = torch.unique(x, dim=0, return_inverse=True, return_counts=True)
    return rows, inverse, counts.to(torch.uint8).long()


# %% unique_rows | misconception | close-taken-for-equal
why = "Rows that differ by a little are different rows: isclose, allclose, rounding and printed digits take some of them for equal, large integers such as 100000 and 100001, too. Compare with ==, as torch.unique does."
next = "a, b = torch.tensor(100000), torch.tensor(100001); print(torch.isclose(a, b), a == b)"


# %% unique_rows | wrong: close-taken-for-equal | neighbours in order, by isclose | fails: dtypes
def unique_rows(x):
    keys = x.tolist()
    order = torch.tensor(sorted(range(len(keys)), key=keys.__getitem__), dtype=torch.int64)
    ordered = x[order]
    begins = torch.ones(len(keys), dtype=torch.bool)
    begins[1:] = (~torch.isclose(ordered[1:].double(), ordered[:-1].double())).any(dim=1)
    group = begins.long().cumsum(0) - 1
    inverse = torch.empty_like(group)
    inverse[order] = group
    return ordered[begins], inverse, torch.bincount(group)


# %% unique_rows | wrong: close-taken-for-equal | sorted by column, then isclose | fails: dtypes
def unique_rows(x):
    key, order = x.byte() if x.dtype == torch.bool else x, torch.arange(len(x))
    for column in range(x.shape[1] - 1, -1, -1):
        order = order[key[order, column].sort(stable=True).indices]
    ordered = key[order].to(torch.float64)
    same = torch.isclose(ordered[1:], ordered[:-1]).all(1)
    group = torch.cat([torch.zeros(min(len(x), 1), dtype=torch.int64), (~same).long()]).cumsum(0)
    first = torch.cat([torch.ones(min(len(x), 1), dtype=torch.bool), ~same])
    inverse = torch.zeros(len(x), dtype=torch.int64).scatter(0, order, group)
    return x[order][first], inverse, torch.bincount(inverse)


# %% unique_rows | wrong: close-taken-for-equal | allclose, one row after the other | fails: dtypes
def unique_rows(x):
    rows, inverse = [], torch.zeros(len(x), dtype=torch.int64)
    for place in sorted(range(len(x)), key=lambda place: x[place].tolist()):
        row = x[place]
        if not rows or not torch.allclose(row.double(), rows[-1].double()):
            rows.append(row)
        inverse[place] = len(rows) - 1
    unique = torch.stack(rows) if rows else x.clone()
    return unique, inverse, torch.bincount(inverse, minlength=len(rows))


# %% unique_rows | wrong: close-taken-for-equal | math.isclose | fails: dtypes
def unique_rows(x):
    import math

    pairs = sorted(enumerate(x.tolist()), key=lambda pair: pair[1])
    rows, counts, inverse = [], [], [0] * len(pairs)
    for place, row in pairs:
        if not rows or not all(math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-8) for a, b in zip(row, rows[-1])):
            rows.append(row)
            counts.append(0)
        counts[-1] += 1
        inverse[place] = len(rows) - 1
    whole = torch.int64
    return torch.tensor(rows, dtype=x.dtype).reshape(len(rows), x.shape[1]), torch.tensor(inverse, dtype=whole), torch.tensor(counts, dtype=whole)


# %% unique_rows | wrong: close-taken-for-equal | equal where they print the same | fails: dtypes
def unique_rows(x):
    names = [str(row) for row in x]
    rows = sorted(dict(zip(names, x.tolist())).items(), key=lambda item: item[1])
    inverse = torch.tensor([[name for name, _ in rows].index(name) for name in names], dtype=torch.int64)
    unique = torch.tensor([row for _, row in rows], dtype=x.dtype).reshape(len(rows), x.shape[1])
    return unique, inverse, torch.bincount(inverse, minlength=len(rows))


# %% sample_rows | right | positions from a shuffled index_select
def sample_rows(x, n, generator):
    if n < 0 or n > x.shape[0]:
        raise ValueError("no such n")
    order = torch.randperm(x.shape[0], generator=generator)
    return x.index_select(0, order.narrow(0, 0, n))


# %% sample_rows | right | multinomial
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError(f"{n} of {len(x)}")
    if n == 0:
        return x[:0].clone()
    return x[torch.multinomial(torch.ones(len(x)), n, generator=generator)]


# %% sample_rows | right | the n smallest of random numbers
def sample_rows(table, count, source):
    if count not in range(len(table) + 1):
        raise ValueError("no such count")
    keys = torch.rand(len(table), generator=source, dtype=torch.float64)
    return table[keys.argsort()[:count]]


# %% sample_rows | right | drawn one by one
def sample_rows(x, n, generator):
    left = list(range(len(x)))
    if n < 0 or n > len(left):
        raise ValueError("no such n")
    drawn = []
    for _ in range(n):
        drawn.append(left.pop(int(torch.randint(len(left), (), generator=generator))))
    return x[drawn].clone() if drawn else x.new_empty(0, x.shape[1])


# %% sample_rows | right | Python's random, seeded from the generator
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    mine = random.Random(int(torch.randint(2**62, (), generator=generator)))
    return x[torch.tensor(mine.sample(range(len(x)), n), dtype=torch.int64)]


# %% sample_rows | right | in the order of the table
def sample_rows(x, n, generator):
    if n < 0 or len(x) < n:
        raise ValueError("no such n")
    keep = torch.zeros(len(x), dtype=torch.bool)
    keep[torch.randperm(len(x), generator=generator)[:n]] = True
    return x[keep]


# %% sample_rows | misconception | global-generator
why = "Without generator=generator torch draws from a global state, and NumPy and random always do: others share it, so setting its seed is no way out, not even if the state is put back. Pass the generator on."
next = "before = torch.get_rng_state(); torch.randperm(9); print(torch.equal(torch.get_rng_state(), before))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.randperm.html"


def when(seen, want):
    # Of the draws from one state: other rows, or a global state that has moved.
    if seen.raised is not None or not isinstance(seen.value, tuple) or len(seen.value) != 6:
        return False
    same, next_draw, other, *kept = seen.value
    return not same or not all(kept)


# %% sample_rows | wrong: global-generator | randperm | fails: generator
# breaks: "All randomness comes from `generator`, a `torch.Generator` of the CPU"
# breaks: "No other random state, that of torch, NumPy or Python, is read, set or moved."
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    return x[torch.randperm(len(x))[:n]]


# %% sample_rows | wrong: global-generator | NumPy | fails: generator
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    return x[torch.from_numpy(np.random.permutation(len(x))[:n].copy()).long()]


# %% sample_rows | wrong: global-generator | random.sample | fails: generator
def sample_rows(x, n, generator):
    if n < 0 or n > len(x):
        raise ValueError("no such n")
    return x[torch.tensor(random.sample(range(len(x)), n), dtype=torch.int64)]


# %% sample_rows | wrong: global-generator | torch.rand | fails: generator
def sample_rows(x, n, generator):
    if n not in range(len(x) + 1):
        raise ValueError("no such n")
    return x[torch.rand(len(x)).argsort()[:n]]


# %% sample_rows | wrong: global-generator | global seed from the generator | fails: generator
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    torch.manual_seed(int(torch.randint(2**31, (), generator=generator)))
    return x[torch.randperm(len(x))[:n]]


# %% sample_rows | wrong: global-generator | shuffle of a list | fails: generator
def sample_rows(x, n, generator):
    positions = list(range(len(x)))
    if n < 0 or n > len(positions):
        raise ValueError("no such n")
    random.shuffle(positions)
    return x.index_select(0, torch.tensor(positions[:n], dtype=torch.int64))


# %% sample_rows | wrong: global-generator | seeded for a moment, fork_rng | fails: generator
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    seed = int(torch.randint(2**62, (), generator=generator))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return x[torch.randperm(len(x))[:n]]


# %% sample_rows | wrong: global-generator | the state of the generator lent to torch | fails: generator
def sample_rows(x, n, generator):
    if n < 0 or n > len(x):
        raise ValueError("no such n")
    before = torch.get_rng_state()
    torch.set_rng_state(generator.get_state())
    try:
        order = torch.randperm(len(x))
        generator.set_state(torch.get_rng_state())
    finally:
        torch.set_rng_state(before)
    return x.index_select(0, order[:n])


# %% sample_rows | wrong: global-generator | Python's random, put back | fails: generator
def sample_rows(x, n, generator):
    if n not in range(len(x) + 1):
        raise ValueError("no such n")
    before = random.getstate()
    random.seed(torch.randint(2**62, (1,), generator=generator).item())
    positions = random.sample(range(len(x)), n)
    random.setstate(before)
    return x[torch.tensor(positions, dtype=torch.int64)]


# %% sample_rows | wrong: global-generator | NumPy, put back | fails: generator
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    before = np.random.get_state()
    try:
        np.random.seed(int(torch.randint(2**32, (1,), generator=generator)))
        order = np.random.permutation(len(x))
    finally:
        np.random.set_state(before)
    return x[torch.from_numpy(order[:n])]


# %% sample_rows | misconception | with-repeats
why = "randint and multinomial with replacement put each row back after it was drawn, so one can come twice: take the first n of a random permutation."
next = "g = torch.Generator().manual_seed(0); print(torch.randint(5, (5,), generator=g), torch.randperm(5, generator=g))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.randperm.html"


def when(seen, want):
    if seen.raised is not None or not isinstance(seen.value, torch.Tensor) or not isinstance(want, torch.Tensor):
        return False
    if seen.value.shape != want.shape or len(want) < 2:
        return False
    # All of them rows that are wanted too, and one of them more often.
    mine, theirs = seen.value.tolist(), want.tolist()
    return any(mine.count(row) > theirs.count(row) for row in mine) and any(row in theirs for row in mine)


# %% sample_rows | wrong: with-repeats | randint | fails: values
# breaks: "each position at most once"
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    if n == 0:
        return x[:0].clone()
    return x[torch.randint(len(x), (n,), generator=generator)]


# %% sample_rows | wrong: with-repeats | multinomial
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    if n == 0:
        return x.new_empty(0, x.shape[1])
    return x[torch.multinomial(torch.ones(len(x)), n, replacement=True, generator=generator)]


# %% sample_rows | wrong: with-repeats | rand times N
def sample_rows(x, n, generator):
    if n < 0 or n > len(x):
        raise ValueError("no such n")
    return x[(torch.rand(n, generator=generator) * len(x)).long()]


# %% sample_rows | wrong: with-repeats | one by one
def sample_rows(x, n, generator):
    if n not in range(len(x) + 1):
        raise ValueError("no such n")
    rows = [x[int(torch.randint(len(x), (), generator=generator))] for _ in range(n)]
    return torch.stack(rows) if rows else x.new_empty(0, x.shape[1])


# %% sample_rows | wrong: with-repeats | remainder of large numbers
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    numbers = torch.randint(2**40, (n,), generator=generator)
    return x[numbers % max(1, len(x))]


# %% sample_rows | misconception | generator-stands-still
why = "A new generator, a copy, or a seed that is set again gives the same rows at every call: draw from the generator itself, so that the next draw differs."
next = "g = torch.Generator().manual_seed(0); a = torch.Generator().manual_seed(g.initial_seed()); print([torch.randperm(5, generator=g).tolist() for _ in range(2)])"


def when(seen, want):
    if seen.raised is None and want == (150, True):  # of 150 draws one choice
        return isinstance(seen.value, tuple) and seen.value[0] == 1
    if seen.raised is not None or not isinstance(seen.value, tuple) or len(seen.value) not in (4, 6):
        return False
    if len(seen.value) == 4:  # of 400 seeds the same pair, which is not the one in front or behind
        return seen.value[2] == 1 and seen.value[3] not in ([0, 1], [4, 5])
    same, next_draw, other, *kept = seen.value
    return same and next_draw and all(kept)


# %% sample_rows | wrong: generator-stands-still | initial_seed | fails: generator
# breaks: "the same state gives the same rows, and a draw moves it on, so that the next one starts from another state"
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    mine = torch.Generator().manual_seed(generator.initial_seed())
    return x[torch.randperm(len(x), generator=mine)[:n]]


# %% sample_rows | wrong: generator-stands-still | clone_state | fails: generator
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    return x[torch.randperm(len(x), generator=generator.clone_state())[:n]]


# %% sample_rows | wrong: generator-stands-still | manual_seed | fails: generator
def sample_rows(x, n, generator):
    if n < 0 or n > len(x):
        raise ValueError("no such n")
    generator.manual_seed(0)
    return x[torch.randperm(len(x), generator=generator)[:n]]


# %% sample_rows | wrong: generator-stands-still | put back | fails: generator
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    state = generator.get_state()
    positions = torch.randperm(len(x), generator=generator)[:n]
    generator.set_state(state)
    return x[positions]


# %% sample_rows | wrong: generator-stands-still | NumPy, seeded by the seed | fails: generator
def sample_rows(x, n, generator):
    if n not in range(len(x) + 1):
        raise ValueError("no such n")
    mine = np.random.default_rng(generator.initial_seed())
    return x[torch.from_numpy(mine.permutation(len(x))[:n].copy()).long()]


# %% sample_rows | wrong: generator-stands-still | a seed of its own | fails: generator
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    mine = torch.Generator().manual_seed(42)
    return x[torch.randperm(len(x), generator=mine)[:n]]


# %% sample_rows | misconception | not-every-choice
why = "Some choices come too often here, others too seldom or never: rows side by side, the smallest of what was drawn, a shuffle in which a row always stays in its place or never does, places that are swapped with any place, the next free place, keys that are often equal and stay in their order, a start and a step, a reservoir with one place too few to draw from. Take the first n of a random permutation."
next = "print({tuple(sorted(((s + torch.arange(2)) % 4).tolist())) for s in range(4)})"


def when(seen, want):
    # Of 1000 draws: rows that are left out too often or too seldom. Of 400: pairs that never or hardly ever come.
    if seen.raised is None and isinstance(want, list) and want == [True] * 3:
        return isinstance(seen.value, list) and len(seen.value) == 3 and False in seen.value
    if seen.raised is not None or not isinstance(seen.value, tuple):
        return False
    if len(seen.value) == 2 and want == (150, True):
        return seen.value[0] >= 131 and seen.value[1] is False
    if len(seen.value) != 4:
        return False
    often, seldom, number, _ = seen.value
    return number > 1 and (number < 15 or not (often and seldom))


# %% sample_rows | wrong: not-every-choice | a block from a random start
# breaks: "every choice of n positions equally likely"
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    start = int(torch.randint(len(x) - n + 1, (), generator=generator))
    return x[start : start + n].clone()


# %% sample_rows | wrong: not-every-choice | rolled
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    by = int(torch.randint(max(1, len(x)), (), generator=generator))
    return x.roll(by, 0)[:n].clone()


# %% sample_rows | wrong: not-every-choice | around the end
def sample_rows(x, n, generator):
    if n not in range(len(x) + 1):
        raise ValueError("no such n")
    start = torch.randint(len(x) + 1, (), generator=generator)
    return x[(start + torch.arange(n)) % max(1, len(x))]


# %% sample_rows | wrong: not-every-choice | each row of its own block
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    cuts = [len(x) * k // max(1, n) for k in range(n + 1)]
    positions = [a + int(torch.randint(b - a, (), generator=generator)) for a, b in zip(cuts, cuts[1:])]
    return x[torch.tensor(positions, dtype=torch.int64)]


# %% sample_rows | wrong: not-every-choice | a shuffle that leaves the first where it is
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    rest = torch.randperm(max(len(x) - 1, 0), generator=generator) + 1
    return x[torch.cat([rest.new_zeros(min(len(x), 1)), rest])[:n]]


# %% sample_rows | wrong: not-every-choice | the smallest of many draws
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    drawn = set()
    while len(drawn) < n:
        drawn.update(torch.randint(len(x), (2 * n,), generator=generator).tolist())
    return x[torch.tensor(sorted(drawn)[:n], dtype=torch.int64)]


# %% sample_rows | misconception | view-of-x
why = "A slice and x itself are the caller's memory: index with a tensor of positions, that copies."
next = "t = torch.zeros(3, 1); print(t[:].data_ptr() == t.data_ptr(), t[torch.arange(3)].data_ptr() == t.data_ptr())"


def when(seen, want):
    # The right rows, so that nothing but their memory can be wrong.
    if seen.raised is not None or not isinstance(seen.value, torch.Tensor) or not isinstance(want, torch.Tensor):
        return False
    return bool(seen.value.numel()) and seen.value.shape == want.shape and seen.value.dtype == want.dtype and torch.equal(seen.value, want)


# %% sample_rows | wrong: view-of-x | x where all rows are drawn
# breaks: "as a tensor of shape `(n, D)` in the dtype of `x`, with memory of its own"
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    if n == len(x):
        torch.randperm(n, generator=generator)
        return x
    return x[torch.randperm(len(x), generator=generator)[:n]]


# %% sample_rows | wrong: view-of-x | one row as a slice
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    positions = torch.randperm(len(x), generator=generator)[:n]
    if n == 1:
        return x[int(positions[0])].unsqueeze(0)
    return x[positions]


# %% sample_rows | wrong: view-of-x | a view of all
def sample_rows(x, n, generator):
    if n < 0 or n > len(x):
        raise ValueError("no such n")
    order = torch.randperm(len(x), generator=generator)
    return x[:] if n == len(order) else x[order[:n]]


# %% sample_rows | wrong: view-of-x | narrow for one row
def sample_rows(x, n, generator):
    if n not in range(len(x) + 1):
        raise ValueError("no such n")
    order = torch.randperm(len(x), generator=generator)
    return x.narrow(0, int(order[0]), 1) if n == 1 else x.index_select(0, order[:n])


# %% sample_rows | wrong: view-of-x | nothing to draw from
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    order = torch.randperm(len(x), generator=generator)
    return x if n == len(x) and len(x) < 4 else x[order[:n]]


# %% sample_rows | misconception | n-unchecked
why = "A slice of the permutation never complains: [:9] is clipped and [:-1] drops one. Compare n with the number of rows, and raise ValueError."
next = "print(torch.arange(3)[:9], torch.arange(3)[:-1])"


# %% sample_rows | wrong: n-unchecked | randperm | fails: refusals
# breaks: "If `n` is negative or larger than N, raise `ValueError`."
def sample_rows(x, n, generator):
    return x[torch.randperm(len(x), generator=generator)[:n]]


# %% sample_rows | wrong: n-unchecked | argsort | fails: refusals
def sample_rows(x, n, generator):
    return x[torch.rand(len(x), generator=generator).argsort()[:n]]


# %% sample_rows | wrong: n-unchecked | index_select | fails: refusals
def sample_rows(x, n, generator):
    order = torch.randperm(x.shape[0], generator=generator)
    return torch.index_select(x, 0, order[:n])


# %% sample_rows | wrong: n-unchecked | all rows, then n of them | fails: refusals
def sample_rows(x, n, generator):
    shuffled = x[torch.randperm(x.size(0), generator=generator)]
    return shuffled[:n].clone()


# %% sample_rows | wrong: n-unchecked | compared with all numbers | fails: refusals
def sample_rows(x, n, generator):
    if not 0 <= n <= x.numel():
        raise ValueError("no such n")
    return x[torch.randperm(len(x), generator=generator)[:n]]


# %% sample_rows | misconception | error-of-multinomial
why = "multinomial, narrow and an assert raise errors of their own kind, and multinomial refuses n = 0, which is allowed: raise ValueError only where n does not fit, and give no rows for 0."
next = "torch.multinomial(torch.ones(3), 0)"


# %% sample_rows | wrong: error-of-multinomial | bare
def sample_rows(x, n, generator):
    return x[torch.multinomial(torch.ones(len(x)), n, generator=generator)]


# %% sample_rows | wrong: error-of-multinomial | without replacement, in words
def sample_rows(x, n, generator):
    weights = torch.ones(x.shape[0], dtype=torch.float64)
    drawn = torch.multinomial(weights, num_samples=n, replacement=False, generator=generator)
    return x.index_select(0, drawn)


# %% sample_rows | wrong: error-of-multinomial | equal weights
def sample_rows(x, n, generator):
    weights = torch.full((len(x),), 1 / max(1, len(x)))
    return x[weights.multinomial(n, generator=generator)]


# %% sample_rows | wrong: error-of-multinomial | method
def sample_rows(x, n, generator):
    positions = x.new_ones(len(x), dtype=torch.float32).multinomial(n, False, generator=generator)
    return x[positions].clone()


# %% sample_rows | misconception | first-rows-only
why = "torch.randperm(n) is an order of 0 to n - 1, so only the first n rows are ever drawn. Permute all positions, torch.randperm(len(x), generator=generator), and take the first n of them."
next = "g = torch.Generator().manual_seed(0); print([torch.randperm(2, generator=g).tolist() for _ in range(4)], [torch.randperm(5, generator=g)[:2].tolist() for _ in range(4)])"


def when(seen, want):
    # Of 1000 draws: each row is left out always or never. Of 400: one pair, that of the first two positions.
    if seen.raised is None and isinstance(want, list) and want == [True] * 3:
        return seen.value == [False] * 3
    return seen.raised is None and isinstance(seen.value, tuple) and len(seen.value) == 4 and list(seen.value[3]) == [0, 1]


# %% sample_rows | wrong: first-rows-only | the first n, shuffled
def sample_rows(x, n, generator):
    if n < 0 or n > len(x):
        raise ValueError("no such n")
    return x[:n][torch.randperm(n, generator=generator)]


# %% sample_rows | wrong: first-rows-only | randperm of n
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError(f"{n} of {len(x)}")
    order = torch.randperm(n, generator=generator)
    return x.index_select(0, order)


# %% sample_rows | wrong: first-rows-only | keys for n rows
def sample_rows(x, n, generator):
    if n > x.shape[0] or n < 0:
        raise ValueError("n")
    keys = torch.rand(max(n, 0), generator=generator, dtype=torch.float64)
    return x[keys.argsort()]


# %% sample_rows | wrong: first-rows-only | swapped among the first
def sample_rows(x, n, generator):
    if n < 0 or len(x) < n:
        raise ValueError("no such n")
    positions = list(range(n))
    for last in range(n - 1, 0, -1):
        other = int(torch.randint(last + 1, (1,), generator=generator))
        positions[last], positions[other] = positions[other], positions[last]
    return x[torch.tensor(positions, dtype=torch.int64)]


# %% sample_rows | wrong: first-rows-only | drawn without replacement from n
def sample_rows(x, n, generator):
    if n not in range(len(x) + 1):
        raise ValueError(n)
    positions = torch.ones(n).multinomial(n, generator=generator) if n else torch.arange(0)
    return x[positions]


# %% sample_rows | misconception | equal-rows-made-one
why = "Different are the positions, not the numbers in the rows: rows at two positions may be equal, and each of them counts. Draw positions, and do not look at what the rows hold."
next = "x = torch.ones(3, 2); print(torch.unique(x, dim=0).shape, x[torch.tensor([2, 0])].shape)"


# %% sample_rows | wrong: equal-rows-made-one | torch.unique
# breaks: "Rows at different positions may be equal."
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    rows = torch.unique(x, dim=0) if len(x) else x.clone()
    return rows[torch.randperm(len(rows), generator=generator)[:n]]


# %% sample_rows | wrong: equal-rows-made-one | a dict of tuples
def sample_rows(x, n, generator):
    if n > len(x) or n < 0:
        raise ValueError("no such n")
    position_of = {tuple(row): place for place, row in enumerate(x.tolist())}
    positions = torch.tensor(list(position_of.values()), dtype=torch.int64)
    return x[positions[torch.randperm(len(positions), generator=generator)][:n]]


# %% sample_rows | wrong: equal-rows-made-one | passed over once drawn
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    met, positions = [], []
    for place in torch.randperm(len(x), generator=generator).tolist():
        if x[place].tolist() not in met and len(positions) < n:
            met.append(x[place].tolist())
            positions.append(place)
    return x[torch.tensor(positions, dtype=torch.int64)]


# %% sample_rows | wrong: equal-rows-made-one | the first of each kind
def sample_rows(x, n, generator):
    if n not in range(x.shape[0] + 1):
        raise ValueError("no such n")
    rows = x.tolist()
    first = torch.tensor([k for k, row in enumerate(rows) if row not in rows[:k]], dtype=torch.int64)
    order = torch.randperm(first.numel(), generator=generator)
    return x.index_select(0, first[order[:n]])


# %% sample_rows | wrong | assert | fails: refusals
def sample_rows(x, n, generator):
    assert 0 <= n <= len(x)
    return x[torch.randperm(len(x), generator=generator)[:n]]


# %% sample_rows | wrong | no rows are refused
# breaks: "`n` may be 0, and so may N."
def sample_rows(x, n, generator):
    if not 1 <= n <= len(x):
        raise ValueError("no such n")
    return x[torch.randperm(len(x), generator=generator)[:n]]


# %% sample_rows | wrong | a list of rows
# breaks: "Return them, in any order"
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    return [x[k].clone() for k in torch.randperm(len(x), generator=generator)[:n].tolist()]


# %% sample_rows | wrong | numbers of Python, whose dtype is guessed
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    rows = x[torch.randperm(len(x), generator=generator)[:n]].tolist()
    return torch.tensor(rows).reshape(n, x.shape[1])


# %% sample_rows | wrong | floats for every dtype
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    return x[torch.randperm(len(x), generator=generator)[:n]].float()


# %% sample_rows | wrong: not-every-choice | keys of few numbers
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    keys = torch.randint(max(len(x), 1), (len(x),), generator=generator)
    return x[keys.sort(stable=True).indices[:n]]


# %% sample_rows | wrong: not-every-choice | coins
def sample_rows(x, n, generator):
    if n < 0 or len(x) < n:
        raise ValueError("no such n")
    coins = torch.rand(len(x), generator=generator) < 0.5
    return x[torch.argsort(coins.int(), stable=True)[:n]]


# %% sample_rows | wrong: not-every-choice | dice, sorted by Python
def sample_rows(x, n, generator):
    if n not in range(x.shape[0] + 1):
        raise ValueError("no such n")
    dice = torch.randint(3, (x.shape[0],), generator=generator).tolist()
    order = sorted(range(x.shape[0]), key=dice.__getitem__)
    return x[torch.tensor(order[:n], dtype=torch.int64)]


# %% sample_rows | wrong: not-every-choice | swaps with any place
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    order = list(range(len(x)))
    for i in range(n):
        j = int(torch.randint(len(x), (1,), generator=generator))
        order[i], order[j] = order[j], order[i]
    return x[torch.tensor(order[:n], dtype=torch.int64)]


# %% sample_rows | wrong: not-every-choice | exchanged with any place
def sample_rows(x, n, generator):
    if n < 0 or n > len(x):
        raise ValueError("no such n")
    places = torch.arange(len(x))
    for i in range(n):
        j = torch.randint(0, len(x), (), generator=generator)
        places[i], places[j] = places[j].clone(), places[i].clone()
    return x[places[:n]]


# %% sample_rows | wrong: not-every-choice | numbers cut off
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    keys = (torch.rand(len(x), generator=generator) * len(x)).long()
    return x.index_select(0, keys.argsort(stable=True)[:n])


# %% sample_rows | wrong | through NumPy, which has no bfloat16
# breaks: "shape `(N, D)`, D ≥ 1, any dtype"
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    order = torch.randperm(len(x), generator=generator)[:n].numpy()
    return torch.from_numpy(x.numpy()[order])


# %% sample_rows | wrong | a product with ones and zeros, in float64
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError("no such n")
    order = torch.randperm(len(x), generator=generator)[:n]
    chosen = (order[:, None] == torch.arange(len(x))).double()
    return (chosen @ x.double()).to(x.dtype)


# %% sample_rows | wrong: global-generator | only where all rows are drawn | fails: generator
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError(f"{n} of {len(x)} rows")
    if n == len(x):
        return x[torch.randperm(n)]
    return x[torch.randperm(len(x), generator=generator)[:n]]


# %% sample_rows | wrong: global-generator | only where one row is drawn | fails: generator
def sample_rows(x, n, generator):
    if n < 0 or n > len(x):
        raise ValueError(f"{n} of {len(x)} rows")
    if n == 1:
        return x[[random.randrange(len(x))]]
    return x[torch.rand(len(x), generator=generator).argsort()[:n]]


# %% sample_rows | wrong: not-every-choice | a start and a step
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError(f"{n} of {len(x)} rows")
    if n == 0:
        return x[:0].clone()
    steps = [step for step in range(1, len(x) + 1) if n == 1 or n * int(np.gcd(step, len(x))) <= len(x)]
    start, step = int(torch.randint(len(x), (), generator=generator)), steps[int(torch.randint(len(steps), (), generator=generator))]
    return x[(start + step * torch.arange(n)) % len(x)]


# %% sample_rows | misconception | too-few-seeds
why = "What follows from a number below a hundred or a thousand has a hundred or a thousand ways to come out, and a table has far more choices: draw the positions themselves with the generator."
next = "import math; print(math.comb(60, 12))"


def when(seen, want):
    # Of 150 draws of 12 rows from 60, some came more than once: by a start and a step 134 or more differ.
    return seen.raised is None and want == (150, True) and isinstance(seen.value, tuple) and 20 < seen.value[0] < 131


# %% sample_rows | wrong: too-few-seeds | Python's Random
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError(f"{n} of {len(x)} rows")
    seed = int(torch.randint(100, (1,), generator=generator))
    return x[random.Random(seed).sample(range(len(x)), n)]


# %% sample_rows | wrong: too-few-seeds | NumPy's generator
def sample_rows(x, n, generator):
    if n < 0 or n > len(x):
        raise ValueError(f"{n} of {len(x)} rows")
    dice = np.random.default_rng(torch.randint(0, 1000, (), generator=generator).item())
    return x[torch.from_numpy(dice.permutation(len(x))[:n])]


# %% sample_rows | wrong: too-few-seeds | another generator of torch
def sample_rows(x, n, generator):
    rows = x.shape[0]
    if n not in range(rows + 1):
        raise ValueError("no such number of rows")
    other = torch.Generator()
    other.manual_seed(int(torch.rand((), generator=generator) * 256))
    return x.index_select(0, torch.rand(rows, generator=other).argsort()[:n])


# %% sample_rows | wrong: too-few-seeds | a shuffled list
def sample_rows(x, n, generator):
    places = list(range(len(x)))
    if n < 0 or n > len(places):
        raise ValueError(f"n is {n}")
    seed = torch.randint(1, 501, (1,), generator=generator)
    random.Random(seed.item()).shuffle(places)
    return torch.stack([x[place] for place in places[:n]]) if n else x[:0].clone()


# %% sample_rows | wrong | a product with ones and zeros where x holds floats
def sample_rows(x, n, generator):
    if not 0 <= n <= len(x):
        raise ValueError(f"{n} of {len(x)} rows")
    positions = torch.randperm(len(x), generator=generator)[:n]
    if x.dtype.is_floating_point:
        return torch.eye(len(x), dtype=x.dtype)[positions] @ x
    return x[positions]


# %% sample_rows | wrong: not-every-choice | the next free place
def sample_rows(x, n, generator):
    rows = len(x)
    if n < 0 or n > rows:
        raise ValueError(f"{n} of {rows} rows")
    free = torch.ones(rows, dtype=torch.bool)
    for start in torch.randint(max(rows, 1), (n,), generator=generator).tolist():
        onwards = free.roll(-start).int().argmax()
        free[(start + int(onwards)) % rows] = False
    return x[~free]


# %% segment_mean | right | scatter_reduce
def segment_mean(values, ids, num_segments):
    index = ids[:, None].expand(values.shape)
    out = torch.zeros(num_segments, values.shape[1], dtype=values.dtype)
    return out.scatter_reduce(0, index, values, "mean", include_self=False)


# %% segment_mean | right | one segment after the other
def segment_mean(values, ids, num_segments):
    means = []
    for segment in range(num_segments):
        rows = values[ids == segment]
        means.append(rows.sum(0) / max(1, len(rows)))
    return torch.stack(means) if means else values.new_zeros(0, values.shape[1])


# %% segment_mean | right | scatter_add, zeros put in afterwards
def segment_mean(rows, groups, count):
    sums = torch.zeros(count, rows.shape[1], dtype=rows.dtype).scatter_add(0, groups[:, None].expand_as(rows), rows)
    sizes = torch.zeros(count, dtype=rows.dtype).scatter_add(0, groups, torch.ones(len(rows), dtype=rows.dtype))
    return torch.where(sizes[:, None] > 0, sums / sizes[:, None], 0)


# %% segment_mean | right | index_put
def segment_mean(values, ids, num_segments):
    n, d = values.shape
    sums = values.new_zeros(num_segments, d).index_put((ids,), values, accumulate=True)
    counts = (ids[None] == torch.arange(num_segments)[:, None]).sum(1)
    return sums / torch.maximum(counts, torch.ones_like(counts)).unsqueeze(1)


# %% segment_mean | right | each row weighed first
def segment_mean(values, ids, num_segments):
    counts = torch.bincount(ids, minlength=num_segments)
    shares = values / counts[ids][:, None].to(values.dtype)
    return values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, shares)


# %% segment_mean | misconception | repeats-count-once
why = "An assignment writes once for each place, so of the rows with one id a single one is added: use index_add, or index_put with accumulate=True."
next = "t = torch.zeros(2); t[torch.tensor([0, 0])] += torch.tensor([1., 5.]); print(t, torch.zeros(2).index_add(0, torch.tensor([0, 0]), torch.tensor([1., 5.])))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.index_add_.html"


# %% segment_mean | wrong: repeats-count-once | += | fails: values
# breaks: "Return the mean row of each segment: shape `(num_segments, D)`, dtype of `values`."
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1])
    sums[ids] += values
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]


# %% segment_mean | wrong: repeats-count-once | index_put
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_put((ids,), values)
    counts = torch.bincount(ids, minlength=num_segments)
    return sums / counts.clamp(min=1).unsqueeze(1)


# %% segment_mean | wrong: repeats-count-once | written over zeros
def segment_mean(values, ids, num_segments):
    sums = torch.zeros(num_segments, values.shape[1], dtype=values.dtype)
    sums[ids] = sums[ids] + values
    counts = torch.bincount(ids, minlength=num_segments)
    return sums / torch.clamp(counts, 1)[:, None]


# %% segment_mean | wrong: repeats-count-once | scatter
def segment_mean(values, ids, num_segments):
    index = ids[:, None].expand(values.shape)
    sums = values.new_zeros(num_segments, values.shape[1]).scatter(0, index, values)
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1).reshape(-1, 1)


# %% segment_mean | wrong: repeats-count-once | index_copy
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_copy(0, ids, values)
    counts = (ids[None] == torch.arange(num_segments)[:, None]).sum(1)
    return sums / counts.clamp(min=1)[:, None]


# %% segment_mean | misconception | not-divided-by-the-count
why = "Each sum has to be divided by the number of its rows, and counts[ids] += 1 counts a segment once, however often its id comes: bincount, or index_add of ones."
next = "c = torch.zeros(2); c[torch.tensor([0, 0, 1])] += 1; print(c, torch.bincount(torch.tensor([0, 0, 1])))"


# %% segment_mean | wrong: not-divided-by-the-count | +=
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    counts = torch.zeros(num_segments, dtype=values.dtype)
    counts[ids] += 1
    return sums / counts.clamp(min=1)[:, None]


# %% segment_mean | wrong: not-divided-by-the-count | no division
def segment_mean(values, ids, num_segments):
    return values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)


# %% segment_mean | wrong: not-divided-by-the-count | set to one
def segment_mean(values, ids, num_segments):
    sums = torch.zeros(num_segments, values.shape[1], dtype=values.dtype).scatter_add(0, ids[:, None].expand_as(values), values)
    counts = torch.zeros(num_segments, dtype=values.dtype)
    counts[ids] = 1
    return sums / counts.clamp(min=1)[:, None]


# %% segment_mean | wrong: not-divided-by-the-count | index_put of ones
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_put((ids,), values, accumulate=True)
    counts = values.new_zeros(num_segments).index_put((ids,), values.new_ones(len(ids)))
    return sums / torch.where(counts > 0, counts, 1)[:, None]


# %% segment_mean | misconception | size-from-the-data
why = "max() + 1, unique and bincount without minlength know only the ids that occur: num_segments says how many there are."
next = "i = torch.tensor([0, 2]); print(torch.bincount(i), torch.bincount(i, minlength=5), torch.unique(i))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.bincount.html"


# %% segment_mean | wrong: size-from-the-data | ids.max() + 1 | fails: empty_segments
# breaks: "A segment without rows gives zeros, wherever it is."
def segment_mean(values, ids, num_segments):
    size = int(ids.max()) + 1
    sums = values.new_zeros(size, values.shape[1]).index_add(0, ids, values)
    return sums / torch.bincount(ids, minlength=size).clamp(min=1)[:, None]


# %% segment_mean | wrong: size-from-the-data | bincount | fails: empty_segments
def segment_mean(values, ids, num_segments):
    counts = torch.bincount(ids)
    sums = values.new_zeros(len(counts), values.shape[1]).index_add(0, ids, values)
    return sums / counts.clamp(min=1)[:, None]


# %% segment_mean | wrong: size-from-the-data | the greatest id | fails: empty_segments
def segment_mean(values, ids, num_segments):
    size = max(ids.tolist(), default=-1) + 1
    out = torch.zeros(size, values.shape[1], dtype=values.dtype)
    return out.scatter_reduce(0, ids[:, None].expand(values.shape), values, "mean", include_self=False)


# %% segment_mean | wrong: size-from-the-data | unique | fails: empty_segments
def segment_mean(values, ids, num_segments):
    _, inverse, counts = torch.unique(ids, return_inverse=True, return_counts=True)
    sums = values.new_zeros(len(counts), values.shape[1]).index_add(0, inverse, values)
    return sums / counts[:, None]


# %% segment_mean | wrong: size-from-the-data | one mean for each id that occurs | fails: empty_segments
def segment_mean(values, ids, num_segments):
    means = [values[ids == segment].mean(0) for segment in sorted(set(ids.tolist()))]
    return torch.stack(means) if means else values.new_zeros(0, values.shape[1])


# %% segment_mean | wrong: size-from-the-data | sums for all, counts from the data | fails: empty_segments
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    return sums / torch.bincount(ids).clamp(min=1)[:, None]


# %% segment_mean | wrong: size-from-the-data | sums for all, clamped counts of the data | fails: empty_segments
def segment_mean(values, ids, num_segments):
    counts = torch.clamp(ids.bincount(), min=1).unsqueeze(1)
    sums = torch.zeros(num_segments, values.shape[1], dtype=values.dtype).scatter_add(0, ids[:, None].expand(values.shape), values)
    return sums.div(counts)


# %% segment_mean | wrong: size-from-the-data | sums for all, counts of NumPy | fails: empty_segments
def segment_mean(values, ids, num_segments):
    counts = torch.from_numpy(np.bincount(ids.numpy())).clamp(min=1).reshape(-1, 1)
    sums = values.new_zeros(num_segments, values.shape[1]).index_put((ids,), values, accumulate=True)
    return sums / counts


# %% segment_mean | misconception | zero-divided-by-zero
why = "An empty segment has sum 0 and count 0, and 0 / 0 is nan: guard the count alone, for example with clamp(min=1)."
next = "print(torch.zeros(1) / 0, torch.zeros(1) / torch.tensor(0).clamp(min=1), torch.zeros(0, 2).mean(0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.clamp.html"


def when(seen, want):
    if seen.raised is not None or not isinstance(seen.value, torch.Tensor) or not isinstance(want, torch.Tensor):
        return False
    if seen.value.shape != want.shape:
        return False
    wrong = seen.value.detach().isnan() & ~want.isnan()
    rest = torch.where(wrong, 0, seen.value.detach())
    # nan in whole rows that should be zeros, and in no other.
    return bool(wrong.any()) and bool((want[wrong] == 0).all()) and torch.equal(wrong.any(1), wrong.all(1)) and torch.allclose(
        rest.double(), want.double(), 1e-4, 1e-5, equal_nan=True)


# %% segment_mean | wrong: zero-divided-by-zero | sums / counts | fails: empty_segments
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    return sums / torch.bincount(ids, minlength=num_segments)[:, None]


# %% segment_mean | wrong: zero-divided-by-zero | mean of no rows | fails: empty_segments
def segment_mean(values, ids, num_segments):
    means = [values[ids == segment].mean(0) for segment in range(num_segments)]
    return torch.stack(means) if means else values.new_zeros(0, values.shape[1])


# %% segment_mean | wrong: zero-divided-by-zero | scatter_add | fails: empty_segments
def segment_mean(values, ids, num_segments):
    index = ids[:, None].expand(values.shape)
    sums = values.new_zeros(num_segments, values.shape[1]).scatter_add(0, index, values)
    counts = torch.zeros_like(sums).detach().scatter_add(0, index, torch.ones_like(values))
    return sums / counts


# %% segment_mean | wrong: zero-divided-by-zero | index_put | fails: empty_segments
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_put((ids,), values, accumulate=True)
    counts = (ids[None] == torch.arange(num_segments)[:, None]).sum(1, keepdim=True)
    return torch.div(sums, counts)


# %% segment_mean | misconception | nan-hidden
why = "nan_to_num, or a 0 wherever isnan() is True, repairs more than the empty segments: a nan or inf that was in the data is data. Guard the count instead."
next = "print(torch.nan_to_num(torch.tensor([float('nan'), float('inf')])))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nan_to_num.html"


# %% segment_mean | wrong: nan-hidden | nan_to_num | fails: nan
# breaks: "A nan or inf stays in its own segment and column."
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    return torch.nan_to_num(sums / torch.bincount(ids, minlength=num_segments)[:, None])


# %% segment_mean | wrong: nan-hidden | where isnan | fails: nan
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    means = sums / torch.bincount(ids, minlength=num_segments)[:, None]
    return torch.where(means.isnan(), 0, means)


# %% segment_mean | wrong: nan-hidden | masked_fill of nan | fails: nan
def segment_mean(values, ids, num_segments):
    counts = torch.bincount(ids, minlength=num_segments).unsqueeze(1)
    sums = torch.zeros(num_segments, values.shape[1], dtype=values.dtype).scatter_add(0, ids[:, None].expand(values.shape), values)
    means = sums / counts
    return means.masked_fill(means != means, 0.0)


# %% segment_mean | wrong: nan-hidden | before the sum | fails: nan
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values.nan_to_num())
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]


# %% segment_mean | wrong: nan-hidden | nan_to_num(0) at the end | fails: nan
def segment_mean(values, ids, num_segments):
    index = ids[:, None].expand(values.shape)
    sums = values.new_zeros(num_segments, values.shape[1]).scatter_add(0, index, values)
    counts = torch.bincount(ids, minlength=num_segments)
    return (sums / counts.reshape(-1, 1)).nan_to_num(nan=0.0)


# %% segment_mean | misconception | one-hot-product
why = "One bad row reaches every segment, since 0 · nan is nan in a product with all rows. Adding by index touches only the rows that belong there."
next = "t = torch.tensor([[float('nan')], [1.]]); print(torch.eye(2) @ t, torch.zeros(2, 1).index_add(0, torch.tensor([0, 1]), t))"


# %% segment_mean | wrong: one-hot-product | one_hot | fails: nan
def segment_mean(values, ids, num_segments):
    if num_segments == 0:
        return values[:0].clone()
    weights = F.one_hot(ids, num_segments).to(values.dtype)
    return weights.mT @ values / weights.sum(0).clamp(min=1)[:, None]


# %% segment_mean | wrong: one-hot-product | a comparison as weights | fails: nan
def segment_mean(values, ids, num_segments):
    weights = (torch.arange(num_segments)[:, None] == ids).to(values.dtype)
    return weights @ values / weights.sum(1, keepdim=True).clamp(min=1)


# %% segment_mean | wrong: one-hot-product | einsum | fails: nan
def segment_mean(values, ids, num_segments):
    weights = torch.eye(num_segments, dtype=values.dtype)[ids]
    sums = torch.einsum("ns,nd->sd", weights, values)
    return sums / weights.sum(0).clamp(min=1).unsqueeze(1)


# %% segment_mean | wrong: one-hot-product | weights that are shares | fails: nan
def segment_mean(values, ids, num_segments):
    member = torch.arange(num_segments)[:, None] == ids[None, :]
    shares = member.to(values.dtype) / member.sum(1, keepdim=True).clamp(min=1)
    return shares @ values


# %% segment_mean | wrong: one-hot-product | a product, then a sum | fails: nan
def segment_mean(values, ids, num_segments):
    weights = (ids[:, None] == torch.arange(num_segments)).to(values.dtype)
    sums = (weights[:, :, None] * values[:, None, :]).sum(0)
    return sums / weights.sum(0)[:, None].clamp(min=1)


# %% segment_mean | misconception | by-way-of-other-rows
why = "A running sum, a mean or a total of all rows carries what other segments hold along, and taking it off again does not undo it: nan and inf leave nan, and in a large number the digits of small ones are lost. Add up the rows of each segment alone."
next = "t = torch.tensor([1., float('nan'), 2.]).cumsum(0); print(t[2] - t[1], torch.tensor([1e30, 2.]).cumsum(0).diff())"


# %% segment_mean | wrong: by-way-of-other-rows | differences of a running sum | fails: nan
def segment_mean(values, ids, num_segments):
    counts = torch.bincount(ids, minlength=num_segments)
    running = F.pad(values[ids.argsort(stable=True)].cumsum(0), (0, 0, 1, 0))
    ends = counts.cumsum(0)
    return (running[ends] - running[ends - counts]) / counts.clamp(min=1)[:, None]


# %% segment_mean | wrong: by-way-of-other-rows | a running sum, segment by segment | fails: nan
def segment_mean(values, ids, num_segments):
    order = ids.argsort(stable=True)
    total = torch.cat([torch.zeros_like(values[:1]) if len(values) else values.new_zeros(1, values.shape[1]), values[order].cumsum(0)])
    rows, start = [values[:0]], 0
    for segment in range(num_segments):
        end = start + int((ids == segment).sum())
        rows.append((total[end] - total[start])[None] / max(end - start, 1))
        start = end
    return torch.cat(rows)


# %% segment_mean | wrong: by-way-of-other-rows | diff of the running sum | fails: nan
def segment_mean(values, ids, num_segments):
    counts = torch.bincount(ids, minlength=num_segments)
    zero = values.new_zeros(1, values.shape[1])
    running = torch.cat([zero, values.index_select(0, torch.argsort(ids, stable=True))]).cumsum(0)
    sums = torch.cat([zero, running[counts.cumsum(0)]]).diff(dim=0)
    return sums / torch.where(counts > 0, counts, 1).unsqueeze(1)


# %% segment_mean | wrong: by-way-of-other-rows | less the mean of all | fails: nan
def segment_mean(values, ids, num_segments):
    centre = values.detach().sum(0) / max(len(values), 1)
    counts = torch.bincount(ids, minlength=num_segments)[:, None]
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values - centre)
    return torch.where(counts > 0, sums / counts.clamp(min=1) + centre, 0)


# %% segment_mean | wrong: by-way-of-other-rows | all but the others | fails: nan
def segment_mean(values, ids, num_segments):
    rows = [values[:0]]
    for segment in range(num_segments):
        total, others = values.sum(0, keepdim=True), values[ids != segment].sum(0, keepdim=True)
        count = int((ids == segment).sum())
        rows.append((total - others) / count if count else 0 * (total - others))
    return torch.cat(rows)


# %% segment_mean | wrong: by-way-of-other-rows | a total, less what the others add up to | fails: nan
def segment_mean(values, ids, num_segments):
    counts = torch.bincount(ids, minlength=num_segments)
    others = [torch.where((ids == segment)[:, None], 0, values).sum(0) for segment in range(num_segments)]
    sums = values.sum(0) - torch.stack([*others, values.sum(0)])
    return sums[:num_segments] / counts.clamp(min=1)[:, None]


# %% segment_mean | misconception | counts-as-a-row
why = "num_segments counts in a row stand against the columns of the sums, not against their rows: make them a column, of shape (num_segments, 1)."
next = "print(torch.ones(2, 2) / torch.tensor([1, 2]), torch.ones(2, 2) / torch.tensor([1, 2])[:, None])"


# %% segment_mean | wrong: counts-as-a-row | clamped
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)


# %% segment_mean | wrong: counts-as-a-row | where
def segment_mean(values, ids, num_segments):
    counts = torch.bincount(ids, minlength=num_segments)
    sums = torch.zeros(num_segments, values.shape[1], dtype=values.dtype).scatter_add(0, ids[:, None].expand(values.shape), values)
    return torch.div(sums, torch.where(counts > 0, counts, 1))


# %% segment_mean | wrong: counts-as-a-row | counted by index_add
def segment_mean(values, ids, num_segments):
    ones = torch.ones(len(ids), dtype=values.dtype)
    counts = torch.zeros(num_segments, dtype=values.dtype).index_add(0, ids, ones)
    sums = torch.zeros(num_segments, values.shape[1], dtype=values.dtype).index_add_(0, ids, values)
    return sums / torch.maximum(counts, torch.ones(()))


# %% segment_mean | wrong: counts-as-a-row | a row of its own
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_put((ids,), values, accumulate=True)
    counts = (torch.arange(num_segments)[:, None] == ids).sum(1)
    return sums * (1 / counts.clamp(min=1).to(values.dtype))[None, :]


# %% segment_mean | misconception | scatter-one-column
why = "scatter visits the elements of the index, and a column of ids visits column 0 alone: expand it to the shape of values."
next = "v, i = torch.ones(2, 2), torch.tensor([[0], [0]]); print(torch.zeros(1, 2).scatter_add(0, i, v), torch.zeros(1, 2).scatter_add(0, i.expand(2, 2), v))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.scatter_add_.html"


# %% segment_mean | wrong: scatter-one-column | scatter_add
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).scatter_add(0, ids[:, None], values)
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]


# %% segment_mean | wrong: scatter-one-column | scatter_reduce mean
def segment_mean(values, ids, num_segments):
    out = values.new_zeros(num_segments, values.shape[1])
    return out.scatter_reduce(0, ids.unsqueeze(1), values, "mean", include_self=False)


# %% segment_mean | wrong: scatter-one-column | scatter_reduce sum
def segment_mean(values, ids, num_segments):
    out = torch.zeros(num_segments, values.shape[1], dtype=values.dtype)
    sums = out.scatter_reduce(0, ids.reshape(-1, 1), values, "sum")
    counts = (ids[None] == torch.arange(num_segments)[:, None]).sum(1)
    return sums / counts.clamp(min=1)[:, None]


# %% segment_mean | wrong: scatter-one-column | in place
def segment_mean(values, ids, num_segments):
    sums = torch.zeros(num_segments, values.shape[1], dtype=values.dtype)
    sums.scatter_add_(0, ids[..., None], values)
    return sums.div(torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None])


# %% segment_mean | misconception | initial-zero-counted
why = "By default scatter_reduce and index_reduce count what stood there before as one more entry: say include_self=False."
next = "i, v = torch.tensor([0, 0]), torch.tensor([4., 8.]); print(torch.zeros(1).scatter_reduce(0, i, v, 'mean'), torch.zeros(1).scatter_reduce(0, i, v, 'mean', include_self=False))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.scatter_reduce_.html"


# %% segment_mean | wrong: initial-zero-counted | scatter_reduce
def segment_mean(values, ids, num_segments):
    out = values.new_zeros(num_segments, values.shape[1])
    return out.scatter_reduce(0, ids[:, None].expand(values.shape), values, "mean")


# %% segment_mean | wrong: initial-zero-counted | index_reduce
def segment_mean(values, ids, num_segments):
    out = torch.zeros(num_segments, values.shape[1], dtype=values.dtype)
    return out.index_reduce(0, ids, values, "mean", include_self=True)


# %% segment_mean | wrong: initial-zero-counted | count plus one
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    return sums / (1 + torch.bincount(ids, minlength=num_segments))[:, None]


# %% segment_mean | wrong: initial-zero-counted | scatter_reduce in place
def segment_mean(values, ids, num_segments):
    index = ids.unsqueeze(1).repeat(1, values.shape[1])
    out = torch.zeros(num_segments, values.shape[1], dtype=values.dtype)
    out.scatter_reduce_(0, index, values, reduce="mean", include_self=True)
    return out


# %% segment_mean | misconception | graph-cut
why = "What went through detach(), no_grad, NumPy or Python has left the graph, and fresh zeros never were in it: make the result from values, where it has no rows, too."
next = "w = torch.ones(2, requires_grad=True); print(torch.zeros(1).index_add(0, torch.tensor([0, 0]), w.detach()).requires_grad)"


# %% segment_mean | wrong: graph-cut | detach
# breaks: "Gradients flow to `values`, and the result requires grad exactly when `values` does."
def segment_mean(values, ids, num_segments):
    sums = values.detach().new_zeros(num_segments, values.shape[1]).index_add(0, ids, values.detach())
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]


# %% segment_mean | wrong: graph-cut | NumPy
def segment_mean(values, ids, num_segments):
    sums = np.zeros((num_segments, values.shape[1]), dtype=values.detach().numpy().dtype)
    np.add.at(sums, ids.numpy(), values.detach().numpy())
    counts = np.maximum(np.bincount(ids.numpy(), minlength=num_segments), 1)
    return torch.from_numpy(sums / counts[:, None].astype(sums.dtype))


# %% segment_mean | wrong: graph-cut | no_grad
def segment_mean(values, ids, num_segments):
    with torch.no_grad():
        index = ids[:, None].expand(values.shape)
        out = torch.zeros(num_segments, values.shape[1], dtype=values.dtype)
        return out.scatter_reduce(0, index, values, "mean", include_self=False)


# %% segment_mean | wrong: graph-cut | lists
def segment_mean(values, ids, num_segments):
    rows = values.tolist()
    out = []
    for segment in range(num_segments):
        mine = [row for row, number in zip(rows, ids.tolist()) if number == segment]
        out.append([sum(column) / len(mine) for column in zip(*mine)] if mine else [0.0] * values.shape[1])
    return torch.tensor(out, dtype=values.dtype).reshape(num_segments, values.shape[1])


# %% segment_mean | wrong: graph-cut | fresh zeros where there are no rows | fails: empty_segments
def segment_mean(values, ids, num_segments):
    if len(values) == 0:
        return torch.zeros(num_segments, values.shape[1], dtype=values.dtype)
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]


# %% segment_mean | wrong: graph-cut | new_zeros where there are no ids | fails: empty_segments
def segment_mean(values, ids, num_segments):
    means = values.new_zeros(num_segments, values.shape[1])
    if ids.numel():
        index = ids[:, None].expand(values.shape)
        means = means.scatter_reduce(0, index, values, "mean", include_self=False)
    return means


# %% segment_mean | misconception | neighbours-only
why = "The ids come in any order: rows of one segment need not stand side by side, nor the segments in order."
next = "print(torch.unique_consecutive(torch.tensor([2, 0, 2]), return_counts=True))"


# %% segment_mean | wrong: neighbours-only | split by the counts
# breaks: "`ids` is `int64`, holds numbers from 0 to `num_segments` - 1, and comes in any order"
def segment_mean(values, ids, num_segments):
    counts = torch.bincount(ids, minlength=num_segments).tolist()
    means = [part.sum(0) / max(1, len(part)) for part in values.split(counts)] if counts else []
    return torch.stack(means) if means else values.new_zeros(0, values.shape[1])


# %% segment_mean | wrong: neighbours-only | repeat_interleave
def segment_mean(values, ids, num_segments):
    counts = torch.bincount(ids, minlength=num_segments)
    grouped = torch.repeat_interleave(torch.arange(num_segments), counts)
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, grouped, values)
    return sums / counts.clamp(min=1)[:, None]


# %% segment_mean | wrong: neighbours-only | sorted ids alone
def segment_mean(values, ids, num_segments):
    ordered = ids.sort().values
    sums = values.new_zeros(num_segments, values.shape[1]).scatter_add(0, ordered[:, None].expand(values.shape), values)
    return sums / torch.bincount(ordered, minlength=num_segments).clamp(min=1)[:, None]


# %% segment_mean | wrong: neighbours-only | slices between running sums
def segment_mean(values, ids, num_segments):
    ends = torch.bincount(ids, minlength=num_segments).cumsum(0).tolist()
    starts = [0, *ends][: len(ends)]
    means = [values[a:b].sum(0) / max(1, b - a) for a, b in zip(starts, ends)]
    return torch.stack(means) if means else values.new_zeros(0, values.shape[1])


# %% segment_mean | misconception | always-float32
why = "torch.zeros makes float32, and what is added to it has to have the same dtype: values of float64 are refused. Begin with values.new_zeros(num_segments, D)."
next = "print(torch.zeros(2).dtype, torch.ones(2, dtype=torch.float64).new_zeros(2).dtype)"


def when(seen, want):
    told = ("must have the same scalar type", "Expected self.dtype to be equal to src.dtype", "source and destination dtypes match")
    return any(text in seen.raised.message for text in told)


# %% segment_mean | wrong: always-float32 | index_add
# breaks: "dtype of `values`"
def segment_mean(values, ids, num_segments):
    counts = ids.bincount(minlength=num_segments)
    sums = torch.zeros((num_segments, values.size(1))).index_add(0, ids, values)
    return sums / counts.clamp(min=1).unsqueeze(1)


# %% segment_mean | wrong: always-float32 | scatter_add
def segment_mean(values, ids, num_segments):
    wide = ids[:, None].expand(values.shape)
    sums = torch.zeros(num_segments, values.shape[1]).scatter_add(0, wide, values)
    return sums / torch.bincount(ids, minlength=num_segments).clamp_min(1)[:, None]


# %% segment_mean | wrong: always-float32 | index_put
def segment_mean(values, ids, num_segments):
    empty = torch.zeros([num_segments, values.shape[1]])
    sums = empty.index_put((ids,), values, accumulate=True)
    counts = torch.bincount(ids, minlength=num_segments)
    return sums.div(counts.maximum(torch.tensor(1))[:, None])


# %% segment_mean | wrong: always-float32 | index_add_ into torch.zeros
def segment_mean(values, ids, num_segments):
    means = torch.zeros(num_segments, values.shape[-1])
    means.index_add_(0, ids, values)
    share = 1 / torch.bincount(ids, minlength=num_segments).clamp(min=1)
    return means * share.reshape(-1, 1)


# %% segment_mean | wrong | through float32
# breaks: "Means are right to 1e-5 in `float32` and to 1e-9 in `float64`."
def segment_mean(values, ids, num_segments):
    sums = torch.zeros(num_segments, values.shape[1]).index_add(0, ids, values.float())
    return (sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]).to(values.dtype)


# %% segment_mean | wrong | always float64
# breaks: "Row n of `values`, a `float32` or `float64` tensor of shape `(N, D)`, D ≥ 1"
def segment_mean(values, ids, num_segments):
    sums = torch.zeros(num_segments, values.shape[1], dtype=torch.float64).index_add(0, ids, values.double())
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]


# %% segment_mean | wrong | no rows are refused
# breaks: "N may be 0, and then `num_segments`, too."
def segment_mean(values, ids, num_segments):
    if not len(ids):
        raise ValueError("no rows")
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]


# %% segment_mean | wrong | counts of one byte
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    counts = torch.bincount(ids, minlength=num_segments).clamp(min=1)
    return sums / counts.to(torch.uint8)[:, None]


# %% segment_mean | wrong | always requires grad
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    means = sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]
    return means if means.requires_grad else means.requires_grad_()


# %% segment_mean | wrong | eps beside the count
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    return sums / (torch.bincount(ids, minlength=num_segments)[:, None] + 1e-6)


# %% segment_mean | wrong: nan-hidden | a segment of nan alone is taken for an empty one | fails: nan
def segment_mean(values, ids, num_segments):
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    means = sums / torch.bincount(ids, minlength=num_segments)[:, None]
    return means.masked_fill(means.isnan().all(1, keepdim=True), 0)


# %% segment_mean | wrong | numbers of segments in one byte | fails: empty_segments
def segment_mean(values, ids, num_segments):
    ids = ids.to(torch.uint8).long()
    sums = values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values)
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]


# %% segment_mean | wrong | nan and inf added outside the graph | fails: nan
def segment_mean(values, ids, num_segments):
    fine, zeros = values.isfinite(), values.detach().new_zeros(num_segments, values.shape[1])
    sums = zeros.index_add(0, ids, values.where(fine, 0)) + zeros.index_add(0, ids, values.detach().where(~fine, 0))
    return sums / torch.bincount(ids, minlength=num_segments).clamp(min=1)[:, None]


# %% segment_mean | wrong: by-way-of-other-rows | a running sum where all is finite | fails: values
def segment_mean(values, ids, num_segments):
    counts = torch.bincount(ids, minlength=num_segments)
    below = counts.clamp(min=1).unsqueeze(1)
    if not values.isfinite().all():
        return values.new_zeros(num_segments, values.shape[1]).index_add(0, ids, values) / below
    wide = F.pad(values.double()[ids.argsort(stable=True)].cumsum(0), (0, 0, 1, 0))
    ends = counts.cumsum(0)
    return ((wide[ends] - wide[ends - counts]) / below).to(values.dtype)


# %% segment_mean | wrong: by-way-of-other-rows | less the mean of what is finite | fails: values
def segment_mean(values, ids, num_segments):
    centre = values.detach().double().nan_to_num(0, 0, 0).sum(0).div(max(len(values), 1)).to(values.dtype)
    counts = ids.bincount(minlength=num_segments)[:, None]
    sums = torch.zeros_like(centre).repeat(num_segments, 1).index_add(0, ids, values - centre)
    return torch.where(counts > 0, sums / counts.clamp(min=1) + centre, 0)


# %% attention_scores | right | einsum
def attention_scores(q, k):
    b, h, t, d = q.shape
    if (b, h, d) != (*k.shape[:2], k.shape[-1]):
        raise ValueError("q and k do not fit")
    return torch.einsum("bhtd,bhsd->bhts", q * d**-0.5, k)


# %% attention_scores | right | bmm
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(-1) != k.size(-1):
        raise ValueError("q and k do not fit")
    b, h, t, d = q.shape
    s = k.shape[2]
    keys = k.reshape(b * h, s, d).transpose(1, 2) / d**0.5
    return torch.bmm(q.reshape(b * h, t, d), keys).reshape(b, h, t, s)


# %% attention_scores | right | both scaled
def attention_scores(queries, keys):
    for axis in (0, 1, 3):
        if queries.shape[axis] != keys.shape[axis]:
            raise ValueError(f"axis {axis} differs")
    root = queries.shape[3] ** 0.25
    return torch.matmul(queries / root, (keys / root).transpose(-2, -1))


# %% attention_scores | right | float16 in float32 on the way
def attention_scores(q, k):
    if q.shape[0] != k.shape[0] or q.shape[1] != k.shape[1] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    wide = torch.float32 if q.dtype == torch.float16 else q.dtype
    scores = q.to(wide) @ k.to(wide).mT
    return (scores / q.shape[-1] ** 0.5).to(q.dtype)


# %% attention_scores | right | keys times queries, turned
def attention_scores(q, k):
    if q.shape[:2] + q.shape[3:] != k.shape[:2] + k.shape[3:]:
        raise ValueError("q and k do not fit")
    return (k @ (q / torch.tensor(q.shape[3], dtype=q.dtype).sqrt()).mT).mT


# %% attention_scores | misconception | swapped-axes
why = "Row t belongs to q, column s to k: q stands on the left, and the letters behind the arrow end in ts."
next = "q, k = torch.zeros(2, 3), torch.zeros(4, 3); print((k @ q.mT).shape, (q @ k.mT).shape)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.einsum.html"


# %% attention_scores | wrong: swapped-axes | k on the left | fails: values
# breaks: "Return the scores, of shape `(B, H, T, S)` and the same dtype"
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return (k / q.shape[3] ** 0.5) @ q.mT


# %% attention_scores | wrong: swapped-axes | einsum to bhst
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return torch.einsum("bhtd,bhsd->bhst", q / q.shape[3] ** 0.5, k)


# %% attention_scores | wrong: swapped-axes | turned at the end
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError("q and k do not fit")
    return torch.matmul(q * q.shape[-1] ** -0.5, k.mT).transpose(2, 3)


# %% attention_scores | wrong: swapped-axes | bmm
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(3) != k.size(3):
        raise ValueError("q and k do not fit")
    left, right = k.flatten(0, 1) / k.shape[3] ** 0.5, q.flatten(0, 1)
    return torch.bmm(left, right.transpose(1, 2)).unflatten(0, q.shape[:2]) if len(left) else (k @ q.mT)


# %% attention_scores | misconception | wrong-axis-turned
why = "For the product the last two axes of k have to change places, k.mT: transpose(1, 2) exchanges heads and positions, and reshape moves no number."
next = "k = torch.arange(6).reshape(1, 1, 2, 3); print(k.mT, k.reshape(1, 1, 3, 2))"


# %% attention_scores | wrong: wrong-axis-turned | reshape
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    b, h, s, d = k.shape
    return (q / d**0.5) @ k.reshape(b, h, d, s)


# %% attention_scores | wrong: wrong-axis-turned | view
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError("q and k do not fit")
    b, h, s, d = k.shape
    return torch.matmul(q * d**-0.5, k.contiguous().view(b, h, d, s))


# %% attention_scores | wrong: wrong-axis-turned | transpose(1, 2)
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return (q / q.shape[3] ** 0.5) @ k.transpose(1, 2)


# %% attention_scores | wrong: wrong-axis-turned | permute
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(-1) != k.size(-1):
        raise ValueError("q and k do not fit")
    return torch.matmul(q * q.size(-1) ** -0.5, k.permute(0, 2, 1, 3))


# %% attention_scores | wrong: wrong-axis-turned | swapaxes
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return torch.matmul(q / q.shape[3] ** 0.5, torch.swapaxes(k, 2, 1))


# %% attention_scores | wrong: wrong-axis-turned | unflattened
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    b, h, s, d = k.shape
    return (q * d**-0.5) @ torch.reshape(k.flatten(2), (b, h, d, s))


# %% attention_scores | misconception | scale-lost
why = "Without the division the scores grow with D: divide by the square root of the size that is contracted."
next = "for d in (4, 400): x = torch.randn(2, 999, d, generator=torch.Generator().manual_seed(0)); print('D', d, 'sums differ by about', x.prod(0).sum(1).std().item())"


# %% attention_scores | wrong: scale-lost | product alone
# breaks: "divided by the square root of D"
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return q @ k.mT


# %% attention_scores | wrong: scale-lost | einsum alone
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError("q and k do not fit")
    return torch.einsum("bhtd,bhsd->bhts", q, k)


# %% attention_scores | wrong: scale-lost | matmul, written to no name
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    scores = torch.matmul(q, k.transpose(2, 3))
    scores / q.shape[3] ** 0.5
    return scores


# %% attention_scores | wrong: scale-lost | scaled twice, there and back
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(3) != k.size(3):
        raise ValueError("q and k do not fit")
    root = q.size(3) ** 0.5
    return (q / root) @ (k * root).mT


# %% attention_scores | misconception | divided-by-another-size
why = "Not D, T or H, but the square root of D: a sum of D products grows like the root of their number."
next = "for d in (4, 400): x = torch.randn(2, 999, d, generator=torch.Generator().manual_seed(0)); print('D', d, 'root of D', d**0.5, 'sums differ by about', x.prod(0).sum(1).std().item())"


# %% attention_scores | wrong: divided-by-another-size | D
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return (q / q.shape[3]) @ k.mT


# %% attention_scores | wrong: divided-by-another-size | D, einsum
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError("q and k do not fit")
    return torch.einsum("bhtd,bhsd->bhts", q / q.shape[-1], k)


# %% attention_scores | wrong: divided-by-another-size | root of T
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return (q / max(1, q.shape[2]) ** 0.5) @ k.mT


# %% attention_scores | wrong: divided-by-another-size | root of axis -2
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(3) != k.size(3):
        raise ValueError("q and k do not fit")
    return torch.matmul(q / max(1, q.size(-2)) ** 0.5, k.transpose(-1, -2))


# %% attention_scores | wrong: divided-by-another-size | root of H
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return (q / q.shape[1] ** 0.5) @ k.mT


# %% attention_scores | wrong: divided-by-another-size | root of axis 1
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(-1) != k.size(-1):
        raise ValueError("q and k do not fit")
    heads = q.size(1)
    return torch.einsum("bhtd,bhsd->bhts", q * heads**-0.5, k)


# %% attention_scores | wrong: divided-by-another-size | D, mean of products
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return torch.matmul(q.div(q.shape[-1]), k.transpose(2, 3))


# %% attention_scores | misconception | across-heads
why = "A letter that is missing behind the arrow is summed over: h has to stand in q, in k and in the result, so that each head meets its own keys."
next = "q, k = torch.ones(1, 2, 1, 1), torch.ones(1, 2, 1, 1); print(torch.einsum('bhtd,bgsd->bhts', q, k), torch.einsum('bhtd,bhsd->bhts', q, k))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.einsum.html"


# %% attention_scores | wrong: across-heads | another letter in k
# breaks: "entry `[b, h, t, s]` is the sum over d of `q[b, h, t, d] * k[b, h, s, d]`"
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return torch.einsum("bhtd,bgsd->bhts", q / q.shape[3] ** 0.5, k)


# %% attention_scores | wrong: across-heads | sum of the keys
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError("q and k do not fit")
    return (q / q.shape[-1] ** 0.5) @ k.sum(1, keepdim=True).mT


# %% attention_scores | wrong: across-heads | einsum of the sum
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return torch.einsum("bhtd,bsd->bhts", q * q.shape[3] ** -0.5, k.sum(1))


# %% attention_scores | wrong: across-heads | matmul with summed heads
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(3) != k.size(3):
        raise ValueError("q and k do not fit")
    keys = k.sum(dim=1)[:, None].transpose(-1, -2)
    return torch.matmul(q, keys / q.size(3) ** 0.5)


# %% attention_scores | wrong: across-heads | letters exchanged
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return torch.einsum("bntd,bmsd->bnts", q, k / q.shape[3] ** 0.5)


# %% attention_scores | misconception | sizes-unchecked
why = "A size of 1 can stretch without a word, and other sizes raise RuntimeError: compare the shapes yourself and raise ValueError."
next = "print((torch.ones(2, 3, 1, 2) @ torch.ones(2, 1, 2, 1)).shape)"
link = "https://docs.pytorch.org/docs/2.13/notes/broadcasting.html"


# %% attention_scores | wrong: sizes-unchecked | matmul | fails: refusals
# breaks: "If `q` and `k` differ in B, H or D, raise `ValueError`, even where they would broadcast."
def attention_scores(q, k):
    return (q / q.shape[3] ** 0.5) @ k.mT


# %% attention_scores | wrong: sizes-unchecked | einsum | fails: refusals
def attention_scores(q, k):
    return torch.einsum("bhtd,bhsd->bhts", q / q.shape[-1] ** 0.5, k)


# %% attention_scores | wrong: sizes-unchecked | torch.matmul | fails: refusals
def attention_scores(q, k):
    scale = q.size(-1) ** -0.5
    return torch.matmul(q * scale, k.transpose(-2, -1))


# %% attention_scores | wrong: sizes-unchecked | einsum of two names | fails: refusals
def attention_scores(q, k):
    d = q.shape[3]
    scaled = q * d**-0.5
    return torch.einsum("...td,...sd->...ts", scaled, k)


# %% attention_scores | wrong: sizes-unchecked | D alone | fails: refusals
def attention_scores(q, k):
    if q.shape[-1] != k.shape[-1]:
        raise ValueError("D differs")
    return (q / q.shape[3] ** 0.5) @ k.mT


# %% attention_scores | wrong: sizes-unchecked | D alone, matmul | fails: refusals
def attention_scores(q, k):
    d = q.size(3)
    if k.size(3) != d:
        raise ValueError(f"{d} and {k.size(3)}")
    return torch.matmul(q * d**-0.5, k.transpose(2, 3))


# %% attention_scores | wrong: sizes-unchecked | broadcast on purpose | fails: refusals
def attention_scores(q, k):
    if q.shape[3] != k.shape[3]:
        raise ValueError("D differs")
    try:
        torch.broadcast_shapes(q.shape[:2], k.shape[:2])
    except RuntimeError as error:
        raise ValueError("B or H differ") from error
    return torch.matmul(q / q.shape[3] ** 0.5, k.mT)


# %% attention_scores | misconception | scaled-too-late
why = "float16 ends at 65504, and the sum may be larger than that before it is divided: scale q before the product."
next = "print(torch.full((1, 64), 60.).half() @ torch.full((64, 1), 60.).half())"


# %% attention_scores | wrong: scaled-too-late | matmul | fails: float16
# breaks: "In `float16` a sum may be too large before the division."
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return (q @ k.mT) / q.shape[3] ** 0.5


# %% attention_scores | wrong: scaled-too-late | einsum | fails: float16
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError("q and k do not fit")
    return torch.einsum("bhtd,bhsd->bhts", q, k) * q.shape[-1] ** -0.5


# %% attention_scores | wrong: scaled-too-late | div | fails: float16
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(3) != k.size(3):
        raise ValueError("q and k do not fit")
    scores = torch.matmul(q, k.transpose(2, 3))
    return scores.div(q.size(3) ** 0.5)


# %% attention_scores | wrong: scaled-too-late | bmm | fails: float16
def attention_scores(q, k):
    b, h, t, d = q.shape
    if k.shape[:2] != (b, h) or k.shape[3] != d:
        raise ValueError("q and k do not fit")
    s = k.shape[2]
    scores = torch.bmm(q.reshape(b * h, t, d), k.reshape(b * h, s, d).mT)
    return scores.reshape(b, h, t, s) / d**0.5


# %% attention_scores | wrong: scaled-too-late | too wide, too late | fails: float16
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    root = torch.tensor(q.shape[3] ** 0.5, dtype=q.dtype)
    return torch.matmul(q, k.mT) / root


# %% attention_scores | misconception | all-pairs-first
why = "A product of all pairs takes D times the memory before it is summed: @ and einsum multiply and add in one go."
next = "q, k = torch.ones(1, 1, 40, 64), torch.ones(1, 1, 45, 64); print((q[..., :, None, :] * k[..., None, :, :]).numel(), (q @ k.mT).numel())"


def when(seen, want):
    if seen.raised is not None or not isinstance(seen.value, tuple) or len(seen.value) != 2:
        return False
    return seen.value[0] < 60 and seen.value[1] >= 1 * 2 * 40 * 45 * 64


# %% attention_scores | wrong: all-pairs-first | product and sum | fails: steps
# breaks: "Make no tensor with all of b, h, t, s and d"
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    q = q / q.shape[3] ** 0.5
    return (q[..., :, None, :] * k[..., None, :, :]).sum(-1)


# %% attention_scores | wrong: all-pairs-first | unsqueeze | fails: steps
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError("q and k do not fit")
    pairs = (q * q.shape[-1] ** -0.5).unsqueeze(3) * k.unsqueeze(2)
    return pairs.sum(dim=4)


# %% attention_scores | wrong: all-pairs-first | expanded and kept | fails: steps
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    b, h, t, d = q.shape
    left = (q / d**0.5)[:, :, :, None].expand(b, h, t, k.shape[2], d)
    return torch.mul(left, k[:, :, None]).sum(-1)


# %% attention_scores | wrong: all-pairs-first | written out, mean times root | fails: steps
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(3) != k.size(3):
        raise ValueError("q and k do not fit")
    root = q.size(3) ** 0.5
    pairs = (q * root)[:, :, :, None, :] * k[:, :, None, :, :]
    return pairs.mean(-1) if q.dtype != torch.float16 else (pairs.float().mean(-1)).half()


# %% attention_scores | misconception | a-loop
why = "A loop takes an operation for each head, row or number: @ and einsum do all of them in one."
next = "q = torch.ones(2, 3, 4, 5); print((q @ q.mT).shape)"


def when(seen, want):
    # That the largest tensor is small tells it from the product of all pairs.
    if seen.raised is not None or not isinstance(seen.value, tuple) or len(seen.value) != 2:
        return False
    return seen.value[0] > 60 and seen.value[1] < 1 * 2 * 40 * 45 * 64


# %% attention_scores | wrong: a-loop | over heads | fails: steps
# breaks: "Use no Python loop: the number of operations must not grow with a size."
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    b, h, t, d = q.shape
    q = q / d**0.5
    out = q.new_empty(b, h, t, k.shape[2])
    for n in range(b):
        for m in range(h):
            out[n, m] = q[n, m] @ k[n, m].mT
    return out


# %% attention_scores | wrong: a-loop | over d | fails: steps
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    scores, q = 0, q / q.shape[3] ** 0.5
    for d in range(q.shape[3]):
        scores = scores + q[..., d].unsqueeze(3) * k[..., d].unsqueeze(2)
    return scores


# %% attention_scores | wrong: a-loop | over rows of q | fails: steps
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError("q and k do not fit")
    rows = [(row[..., None, :] / q.shape[-1] ** 0.5) @ k.mT for row in q.unbind(2)]
    return torch.cat(rows, 2) if rows else q.new_zeros(*q.shape[:2], 0, k.shape[2])


# %% attention_scores | wrong: a-loop | over keys | fails: steps
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(3) != k.size(3):
        raise ValueError("q and k do not fit")
    q = q * q.size(3) ** -0.5
    columns = [(q @ key[..., None]).squeeze(-1) for key in k.unbind(2)]
    return torch.stack(columns, -1) if columns else q.new_zeros(*q.shape[:3], 0)


# %% attention_scores | wrong: a-loop | stacked heads | fails: steps
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    b, h, t, d = q.shape
    left, right = (q / d**0.5).reshape(b * h, t, d), k.reshape(b * h, k.shape[2], d)
    heads = [a @ c.mT for a, c in zip(left, right)]
    return torch.stack(heads).reshape(b, h, t, k.shape[2]) if heads else q.new_zeros(b, h, t, k.shape[2])


# %% attention_scores | wrong: a-loop | three loops | fails: steps
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    q = q / q.shape[3] ** 0.5
    parts = [torch.stack([(q[:, :, t] * k[:, :, s]).sum(-1) for s in range(k.shape[2])], -1) for t in range(q.shape[2]) if k.shape[2]]
    return torch.stack(parts, 2) if parts else q.new_zeros(*q.shape[:3], k.shape[2])


# %% attention_scores | misconception | root-in-float32
why = "A root taken of a float32 tensor has seven digits, and beside float64 it keeps them: take the root of the Python number, D ** 0.5."
next = "print(torch.ones(1, dtype=torch.float64) / torch.tensor(3.0).sqrt(), torch.ones(1, dtype=torch.float64) / 3**0.5)"


# %% attention_scores | wrong: root-in-float32 | sqrt of a tensor
# breaks: "1e-9 in `float64`"
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.size(3) != k.size(3):
        raise ValueError(f"{q.shape}, {k.shape}")
    return q.div(torch.sqrt(torch.tensor(float(q.size(3))))) @ k.transpose(-2, -1)


# %% attention_scores | wrong: root-in-float32 | of whole numbers
def attention_scores(q, k):
    (b, h, _, d), (b2, h2, _, d2) = q.shape, k.shape
    if (b, h, d) != (b2, h2, d2):
        raise ValueError("B, H or D differ")
    scale = torch.tensor(d).sqrt()
    return torch.einsum("bhtd,bhsd->bhts", q / scale, k)


# %% attention_scores | wrong: root-in-float32 | a Python number put into a tensor
def attention_scores(q, k):
    if q.shape[:2] + q.shape[3:] != k.shape[:2] + k.shape[3:]:
        raise ValueError("q and k do not belong together")
    factor = torch.tensor(q.shape[-1] ** -0.5)
    return torch.matmul(q * factor, k.mT)


# %% attention_scores | wrong: root-in-float32 | np.float32
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError("sizes")
    root = float(np.sqrt(np.float32(k.shape[-1])))
    return (q @ (k / root).mT)


# %% attention_scores | wrong: root-in-float32 | rsqrt
def attention_scores(q, k):
    same = [q.size(axis) == k.size(axis) for axis in (0, 1, 3)]
    if not all(same):
        raise ValueError("B, H and D have to agree")
    return (q * torch.full((), float(q.size(-1))).rsqrt()) @ k.swapaxes(2, 3)


# %% attention_scores | wrong | the scores are detached
# breaks: "Gradients flow to both."
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return (q / q.shape[3] ** 0.5) @ k.detach().mT


# %% attention_scores | wrong | softmax already
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return ((q / q.shape[3] ** 0.5) @ k.mT).softmax(-1)


# %% attention_scores | wrong | always float32
# breaks: "Scores are right to 1e-4 in `float32`, 1e-9 in `float64` and 1e-2 in `float16`."
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    return ((q.float() @ k.float().mT) / q.shape[3] ** 0.5).to(q.dtype)


# %% attention_scores | wrong | nothing to add up, and the default dtype | fails: values
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("B, H or D differ")
    if q.numel() == 0 or k.numel() == 0:
        return torch.zeros(*q.shape[:3], k.shape[2], requires_grad=q.requires_grad or k.requires_grad)
    return (q / q.shape[3] ** 0.5) @ k.mT


# %% attention_scores | wrong | T and S compared too
# breaks: "`q` has shape `(B, H, T, D)` and `k` has shape `(B, H, S, D)`; both are `float32`, or both `float64`, or both `float16`, and D ≥ 1."
def attention_scores(q, k):
    if q.shape != k.shape:
        raise ValueError("q and k do not fit")
    return (q / q.shape[3] ** 0.5) @ k.mT


# %% attention_scores | wrong | empty axes are refused
# breaks: "Other sizes than D may be 0, and `q` and `k` may be one tensor."
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3] or 0 in (*q.shape, *k.shape):
        raise ValueError("q and k do not fit")
    return (q / q.shape[3] ** 0.5) @ k.mT


# %% attention_scores | wrong | q is scaled in place
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    with torch.no_grad():
        q /= q.shape[3] ** 0.5
    return q @ k.mT


# %% attention_scores | wrong: a-loop | over d, in float16 alone | fails: steps
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    q = q / q.shape[3] ** 0.5
    if q.dtype != torch.float16:
        return q @ k.mT
    scores = 0
    for d in range(q.shape[3]):
        scores = scores + q[..., d, None] * k[..., None, :, d]
    return scores


# %% attention_scores | wrong | float16 through NumPy, without gradients
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k do not fit")
    if q.dtype == torch.float16:
        left, right = (t.detach().numpy().astype(np.float32) for t in (q, k))
        return torch.from_numpy((left @ right.swapaxes(2, 3) / q.shape[3] ** 0.5).astype(np.float16))
    return (q / q.shape[3] ** 0.5) @ k.mT


# %% attention_scores | misconception | root-made-whole
why = "The square root of D is seldom a whole number, and int(), //, isqrt and round make one of it: for D = 6 they divide by 2, not by 2.449. Divide by D ** 0.5 as it is."
next = "print([(d, d ** 0.5, int(d ** 0.5)) for d in (2, 4, 6)])"


# %% attention_scores | wrong: root-made-whole | int
# breaks: "divided by the square root of D"
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("q and k differ")
    root = int(q.shape[3] ** 0.5)
    return torch.einsum("bhtd,bhsd->bhts", q / root, k)


# %% attention_scores | wrong: root-made-whole | isqrt
import math


def attention_scores(q, k):
    b, h, _, d = q.shape
    if (b, h, d) != (k.shape[0], k.shape[1], k.shape[3]):
        raise ValueError((q.shape, k.shape))
    return q.div(math.isqrt(d)).matmul(k.transpose(-1, -2))


# %% attention_scores | wrong: root-made-whole | floor division
def attention_scores(q, k):
    sizes = [(t.shape[0], t.shape[1], t.shape[3]) for t in (q, k)]
    if sizes[0] != sizes[1]:
        raise ValueError(f"{sizes[0]} and {sizes[1]}")
    scale = 1 / (sizes[0][2] ** 0.5 // 1)
    return (scale * q) @ k.mT


# %% attention_scores | wrong: root-made-whole | a tensor of an integer dtype
def attention_scores(q, k):
    if q.shape[:2] + q.shape[3:] != k.shape[:2] + k.shape[3:]:
        raise ValueError("sizes differ")
    root = torch.tensor(q.size(-1)).sqrt().to(torch.int64)
    return (q / root) @ k.permute(0, 1, 3, 2)


# %% attention_scores | wrong: root-made-whole | np.floor
def attention_scores(q, k):
    if q.size()[:2] != k.size()[:2] or q.size(3) != k.size(3):
        raise ValueError("B, H or D")
    root = float(np.floor(np.sqrt(q.size(3))))
    return torch.matmul(q, k.mT / root)


# %% attention_scores | wrong: root-made-whole | rounded
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError("no scores")
    return (q / round(q.shape[-1] ** 0.5)) @ k.mT


# %% attention_scores | wrong: root-made-whole | rounded by torch
def attention_scores(q, k):
    if any(q.shape[axis] != k.shape[axis] for axis in (0, 1, 3)):
        raise ValueError("shapes")
    root = torch.tensor(float(q.shape[3])).sqrt().round().item()
    return torch.einsum("abij,abkj->abik", q, k / root)


# %% attention_scores | wrong: sizes-unchecked | nothing to check where there are no scores | fails: refusals
def attention_scores(q, k):
    if q.shape[2] == 0 or k.shape[2] == 0:
        return q @ k.mT
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("B, H or D differ")
    return (q / q.shape[3] ** 0.5) @ k.mT


# %% attention_scores | wrong: sizes-unchecked | float16 has a way of its own | fails: refusals
def attention_scores(q, k):
    if q.dtype == torch.float16:
        return (q.float() @ k.float().mT / q.shape[-1] ** 0.5).half()
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("B, H or D differ")
    return torch.einsum("bhtd,bhsd->bhts", q, k) / q.shape[-1] ** 0.5


# %% attention_scores | wrong | one tensor is taken for two, one of them without gradients | fails: values
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("B, H or D differ")
    keys = k.detach() if q is k else k
    return (q / q.shape[3] ** 0.5) @ keys.mT


# %% attention_scores | wrong | float16 keys through Python | fails: float16
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("B, H or D differ")
    if q.dtype == torch.float16:
        keys = torch.tensor(k.tolist()).reshape(k.shape)
        return ((q.float() / q.shape[3] ** 0.5) @ keys.mT).half()
    return (q / q.shape[3] ** 0.5) @ k.mT


# %% attention_scores | wrong | cosines times lengths | fails: values
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("B, H or D differ")
    long_q, long_k = q.norm(dim=-1, keepdim=True), k.norm(dim=-1, keepdim=True)
    return (q / long_q) @ (k / long_k).mT * (long_q / q.shape[3] ** 0.5) * long_k.mT


# %% attention_scores | wrong | a hundred keys at a time
def attention_scores(q, k):
    if (q.shape[0], q.shape[1], q.shape[3]) != (k.shape[0], k.shape[1], k.shape[3]):
        raise ValueError(f"{tuple(q.shape)} and {tuple(k.shape)} do not fit")
    q = q / q.shape[3] ** 0.5
    parts = [q @ some.transpose(2, 3) for some in k.split(100, dim=2)]
    return torch.cat(parts, 3)


# %% attention_scores | wrong | from squared distances | fails: values
def attention_scores(q, k):
    if q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError("sizes differ")
    left, right = q.double(), k.double()
    apart = torch.cdist(left, right, compute_mode="donot_use_mm_for_euclid_dist").square()
    twice = left.square().sum(-1, keepdim=True) + right.square().sum(-1, keepdim=True).mT - apart
    return (twice / (2 * q.shape[3] ** 0.5)).to(q.dtype)


# %% masked_softmax | right | where
def masked_softmax(x, mask):
    low = torch.where(mask, x, torch.tensor(float("-inf"), dtype=x.dtype))
    return torch.where(mask, low.softmax(-1), 0)


# %% masked_softmax | right | exp and sum
def masked_softmax(scores, keep):
    keep = keep.expand(scores.shape)
    wide = torch.where(keep, scores, 0).to(torch.float64 if scores.dtype == torch.float64 else torch.float32)
    top = wide.masked_fill(~keep, float("-inf")).amax(-1, keepdim=True).detach() if wide.numel() else wide.sum(-1, keepdim=True)
    parts = torch.where(keep, (wide - torch.where(top.isfinite(), top, 0)).clamp(max=0).exp(), 0)
    total = parts.sum(-1, keepdim=True)
    return (parts / torch.where(total > 0, total, 1)).to(scores.dtype)


# %% masked_softmax | right | rows without entries get others
def masked_softmax(x, mask):
    mask = mask.expand(x.shape)
    some = mask.any(-1, keepdim=True)
    safe = torch.where(some, x.masked_fill(~mask, float("-inf")), 0)
    return torch.where(some, safe.softmax(-1), 0)


# %% masked_softmax | right | nan_to_num after the fill
def masked_softmax(x, mask):
    return x.masked_fill(mask.logical_not(), -torch.inf).softmax(dim=-1).nan_to_num(nan=0.0)


# %% masked_softmax | right | one row at a time
def masked_softmax(x, mask):
    size, n = x.shape[:-1].numel(), x.shape[-1]
    rows, keeps = x.reshape(size, n), mask.expand(x.shape).reshape(size, n)
    out = [torch.zeros(n, dtype=x.dtype).masked_scatter(keep, row[keep].softmax(0)) for row, keep in zip(rows, keeps)]
    return torch.stack(out).reshape(x.shape) if out else x.clone()


# %% masked_softmax | misconception | all-minus-inf
why = "A row of nothing but -inf has no softmax, 0 / 0 is nan: set what is left out to 0 afterwards."
next = "print(torch.tensor([float('-inf')] * 2).softmax(0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.softmax.html"


# %% masked_softmax | wrong: all-minus-inf | masked_fill | fails: empty_rows
# breaks: "A row without kept entries gives zeros."
def masked_softmax(x, mask):
    return x.masked_fill(~mask, float("-inf")).softmax(-1)


# %% masked_softmax | wrong: all-minus-inf | where | fails: empty_rows
def masked_softmax(x, mask):
    low = torch.tensor(float("-inf"), dtype=x.dtype)
    return F.softmax(torch.where(mask, x, low), dim=-1)


# %% masked_softmax | wrong: all-minus-inf | indexed | fails: empty_rows
def masked_softmax(x, mask):
    kept = x.clone()
    kept[~mask.expand(x.shape)] = -torch.inf
    return torch.softmax(kept, dim=-1)


# %% masked_softmax | wrong: all-minus-inf | exp of log_softmax | fails: empty_rows
def masked_softmax(x, mask):
    return x.masked_fill(~mask, -torch.inf).log_softmax(-1).exp()


# %% masked_softmax | wrong: all-minus-inf | functional | fails: empty_rows
def masked_softmax(x, mask):
    return F.softmax(x.masked_fill(mask.logical_not(), -torch.inf), dim=-1)


# %% masked_softmax | wrong: all-minus-inf | torch.masked_fill | fails: empty_rows
def masked_softmax(x, mask):
    low = torch.masked_fill(x, ~mask, float("-inf"))
    shares = torch.softmax(low, -1)
    return shares


# %% masked_softmax | misconception | repaired-too-late
why = "The repair covers the nan up, but backward meets it again, and nan + -inf is nan, too: replace the scores with where or masked_fill, do not add to them."
next = "w = torch.zeros(2, requires_grad=True); (w + float('-inf')).softmax(0).nan_to_num(0).sum().backward(); print(w.grad)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.masked_fill_.html"


# %% masked_softmax | wrong: repaired-too-late | nan_to_num | fails: gradients
# breaks: "Gradients flow to `x`, even where nothing is kept; they are right, never nan, and 0 for all entries that are left out."
def masked_softmax(x, mask):
    low = torch.where(mask, 0.0, float("-inf")).to(x.dtype)
    return (x + low).softmax(-1).nan_to_num(0)


# %% masked_softmax | wrong: repaired-too-late | an additive mask | fails: gradients
def masked_softmax(x, mask):
    low = torch.zeros(mask.shape, dtype=x.dtype).masked_fill(~mask, float("-inf"))
    return torch.nan_to_num(torch.softmax(x + low, dim=-1), nan=0.0)


# %% masked_softmax | wrong: repaired-too-late | where at the end | fails: gradients
def masked_softmax(x, mask):
    low = torch.zeros(mask.shape, dtype=x.dtype)
    low[~mask] = -torch.inf
    shares = F.softmax(x + low, dim=-1)
    return torch.where(mask, shares, 0)


# %% masked_softmax | wrong: repaired-too-late | log of the mask | fails: gradients
def masked_softmax(x, mask):
    shares = (x + mask.to(x.dtype).log()).softmax(-1)
    return shares.masked_fill(~mask, 0)


# %% masked_softmax | wrong: repaired-too-late | isnan | fails: gradients
def masked_softmax(x, mask):
    shares = (x + mask.to(x.dtype).log()).softmax(dim=-1)
    return torch.where(shares.isnan(), 0, shares)


# %% masked_softmax | wrong: repaired-too-late | minus an infinite mask | fails: gradients
def masked_softmax(x, mask):
    high = torch.where(mask, 0.0, float("inf")).to(x.dtype)
    return (x - high).softmax(-1).masked_fill(~mask, 0.0)


# %% masked_softmax | misconception | big-negative-number
why = "Scores may lie below any finite number, -1e9 is none of float16, and a row that holds nothing else gets equal shares: -inf is the only number below all scores."
next = "print(torch.full((3,), -1e9).softmax(0), torch.tensor([-2e9, -1e9]).softmax(0))"


# %% masked_softmax | wrong: big-negative-number | masked_fill
# breaks: "`x` is `float64`, `float32`, `float16` or `bfloat16`"
def masked_softmax(x, mask):
    return x.masked_fill(~mask, -1e9).softmax(-1)


# %% masked_softmax | wrong: big-negative-number | where
def masked_softmax(x, mask):
    return torch.where(mask, x, -1e9).softmax(-1)


# %% masked_softmax | wrong: big-negative-number | indexed
def masked_softmax(x, mask):
    kept = x.clone()
    kept[~mask.expand(x.shape)] = -1e9
    return F.softmax(kept, dim=-1)


# %% masked_softmax | wrong: big-negative-number | in functional words
def masked_softmax(x, mask):
    kept = torch.masked_fill(x, mask.logical_not(), -1e9)
    return F.softmax(kept, -1)


# %% masked_softmax | wrong: big-negative-number | where, functional
def masked_softmax(x, mask):
    kept = torch.where(mask.expand(x.shape), x, torch.tensor(-1e9).to(x.dtype))
    return torch.softmax(kept, -1)


# %% masked_softmax | wrong: big-negative-number | set to 0 afterwards
def masked_softmax(x, mask):
    return x.masked_fill(~mask, -1e9).softmax(-1).masked_fill(~mask, 0)


# %% masked_softmax | wrong: big-negative-number | set to 0 afterwards, indexed
def masked_softmax(x, mask):
    shares = torch.masked_fill(x, ~mask, -1e9).softmax(dim=-1)
    return torch.where(mask, shares, torch.zeros_like(shares))


# %% masked_softmax | wrong: big-negative-number | -10000, set to 0 afterwards
def masked_softmax(x, mask):
    return x.masked_fill(~mask, -10000.0).softmax(-1).masked_fill(~mask, 0)


# %% masked_softmax | wrong: big-negative-number | -1e4 by where, 0 by where
def masked_softmax(x, mask):
    kept = torch.where(mask, x, torch.full_like(x, -1e4))
    return torch.where(mask, F.softmax(kept, dim=-1), torch.zeros((), dtype=x.dtype))


# %% masked_softmax | wrong: big-negative-number | -30000, indexed
def masked_softmax(x, mask):
    out = ~mask.expand(x.shape)
    kept = x.clone()
    kept[out] = -30000
    shares = kept.softmax(-1).clone()
    shares[out] = 0
    return shares


# %% masked_softmax | wrong: big-negative-number | -10000 alone
def masked_softmax(x, mask):
    kept = torch.masked_fill(x, mask.logical_not(), -10_000)
    return torch.softmax(kept, -1)


# %% masked_softmax | wrong: big-negative-number | the smallest number of float32, in float64
def masked_softmax(x, mask):
    low = torch.finfo(torch.float32 if x.dtype == torch.float64 else x.dtype).min
    return x.masked_fill(~mask, low).softmax(-1).masked_fill(~mask, 0)


# %% masked_softmax | wrong: big-negative-number | -1e9 in bfloat16
def masked_softmax(x, mask):
    low = -1e9 if x.dtype == torch.bfloat16 else float("-inf")
    return torch.where(mask, torch.where(mask, x, low).softmax(dim=-1), 0.0).to(x.dtype)


# %% masked_softmax | misconception | inverted-mask
why = "True means keep here; elsewhere it may mean drop: masked_fill fills where its mask is True, so give it ~mask."
next = "print(torch.ones(3).masked_fill(torch.tensor([True, False, False]), 0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.masked_fill_.html"


def when(seen, want):
    if seen.raised is not None or not isinstance(seen.value, torch.Tensor) or not isinstance(want, torch.Tensor):
        return False
    if seen.value.shape != want.shape:
        return False
    kept, shares = want != 0, seen.value.detach()
    return bool(kept.any()) and bool((shares[kept] == 0).all()) and bool((shares[~kept] > 0).any())


# %% masked_softmax | wrong: inverted-mask | masked_fill | fails: values
# breaks: "Return the softmax of `x` along its last axis over only those entries where `mask` is `True`"
def masked_softmax(x, mask):
    return x.masked_fill(mask, float("-inf")).softmax(-1).masked_fill(mask, 0)


# %% masked_softmax | wrong: inverted-mask | where
def masked_softmax(x, mask):
    low = torch.tensor(float("-inf"), dtype=x.dtype)
    shares = torch.where(mask, low, x).softmax(-1)
    return torch.where(mask, 0, shares)


# %% masked_softmax | wrong: inverted-mask | nan_to_num
def masked_softmax(x, mask):
    return F.softmax(x.masked_fill(mask, -torch.inf), dim=-1).nan_to_num(0.0)


# %% masked_softmax | wrong: inverted-mask | inverted first
def masked_softmax(x, mask):
    keep = ~mask.expand(x.shape)
    kept = x.masked_fill(~keep, -torch.inf)
    return torch.where(keep, kept.softmax(-1), 0)


# %% masked_softmax | misconception | left-out-too-late
why = "A large score that is left out must not meet softmax, nor be the greatest score that is taken off: it crushes the others to 0 / 0, and nan and inf spoil the row. Put -inf there before anything else."
next = "p = torch.tensor([10000., 1.]).softmax(0) * torch.tensor([False, True]); print(p / p.sum())"


# %% masked_softmax | wrong: left-out-too-late | times mask | fails: left_out
# breaks: "Whatever is in the other places, large scores, nan and inf too, has no influence."
def masked_softmax(x, mask):
    p = x.softmax(-1) * mask
    return p / p.sum(-1, keepdim=True)


# %% masked_softmax | wrong: left-out-too-late | sum clamped
def masked_softmax(x, mask):
    p = x.softmax(-1) * mask
    total = p.sum(-1, keepdim=True)
    return p / torch.where(total > 0, total, 1)


# %% masked_softmax | wrong: left-out-too-late | where
def masked_softmax(x, mask):
    p = torch.where(mask, F.softmax(x, dim=-1), 0)
    return p / p.sum(dim=-1, keepdim=True)


# %% masked_softmax | wrong: left-out-too-late | masked_fill
def masked_softmax(x, mask):
    p = torch.softmax(x, -1).masked_fill(~mask, 0)
    total = p.sum(-1, keepdim=True)
    return p / total.masked_fill(total == 0, 1)


# %% masked_softmax | wrong: left-out-too-late | times mask, functional
def masked_softmax(x, mask):
    shares = torch.mul(F.softmax(x, -1), mask.to(x.dtype))
    return shares.div(shares.sum(dim=-1, keepdim=True))


# %% masked_softmax | wrong: left-out-too-late | masked_fill, nothing looked after
def masked_softmax(x, mask):
    p = F.softmax(x, -1).masked_fill(mask.logical_not(), 0.0)
    return torch.div(p, p.sum(-1, keepdim=True))


# %% masked_softmax | wrong: left-out-too-late | indexed, sum looked after
def masked_softmax(x, mask):
    p = F.softmax(x, -1).clone()
    p[~mask.expand(x.shape)] = 0
    total = p.sum(-1, keepdim=True)
    return p / torch.where(total == 0, torch.ones_like(total), total)


# %% masked_softmax | wrong: left-out-too-late | sum clamped at the least number
def masked_softmax(x, mask):
    p = torch.where(mask, x.softmax(-1), 0)
    return p / p.sum(-1, keepdim=True).clamp(min=torch.finfo(x.dtype).tiny)


# %% masked_softmax | wrong: left-out-too-late | times mask, sum clamped at the least number
def masked_softmax(x, mask):
    p = torch.mul(x.softmax(-1), mask.to(x.dtype))
    return p / p.sum(-1, keepdim=True).clamp(min=torch.finfo(x.dtype).tiny)


# %% masked_softmax | wrong: left-out-too-late | times mask, empty sums filled
def masked_softmax(x, mask):
    p = F.softmax(x, dim=-1)
    p = mask * p
    total = p.sum(dim=-1, keepdim=True)
    return p / total.masked_fill(total == 0, 1)


# %% masked_softmax | misconception | shares-not-made-whole
why = "The shares of those that stay have to add up to 1: leave entries out before softmax, or divide by the sum of what is left."
next = "p = torch.zeros(3).softmax(0) * torch.tensor([True, True, False]); print(p.sum())"


# %% masked_softmax | wrong: shares-not-made-whole | times mask
def masked_softmax(x, mask):
    return x.softmax(-1) * mask


# %% masked_softmax | wrong: shares-not-made-whole | masked_fill
def masked_softmax(x, mask):
    return x.softmax(dim=-1).masked_fill(~mask, 0)


# %% masked_softmax | wrong: shares-not-made-whole | where
def masked_softmax(x, mask):
    return torch.where(mask, torch.softmax(x, dim=-1), 0)


# %% masked_softmax | wrong: shares-not-made-whole | indexed
def masked_softmax(x, mask):
    shares = F.softmax(x, -1).clone()
    shares[~mask.expand(x.shape)] = 0
    return shares


# %% masked_softmax | wrong: shares-not-made-whole | times mask, functional
def masked_softmax(x, mask):
    return torch.mul(F.softmax(x, dim=-1), mask.to(x.dtype))


# %% masked_softmax | wrong: shares-not-made-whole | mask times softmax
def masked_softmax(x, mask):
    shares = torch.softmax(x, dim=-1)
    shares = mask * shares
    return shares


# %% masked_softmax | misconception | zero-is-no-absence
why = "A score of 0 is a score like any other, its exponential is 1: put -inf where nothing is kept."
next = "print((torch.tensor([1., 5.]) * torch.tensor([True, False])).softmax(0))"


# %% masked_softmax | wrong: zero-is-no-absence | times mask
def masked_softmax(x, mask):
    return (x * mask).softmax(-1)


# %% masked_softmax | wrong: zero-is-no-absence | masked_fill with 0
def masked_softmax(x, mask):
    return x.masked_fill(~mask, 0).softmax(-1)


# %% masked_softmax | wrong: zero-is-no-absence | where
def masked_softmax(x, mask):
    return F.softmax(torch.where(mask, x, 0), dim=-1)


# %% masked_softmax | wrong: zero-is-no-absence | product, functional
def masked_softmax(x, mask):
    return torch.softmax(torch.mul(x, mask.to(x.dtype)), dim=-1)


# %% masked_softmax | wrong: zero-is-no-absence | mask times x
def masked_softmax(x, mask):
    scores = mask.expand(x.shape) * x
    return F.softmax(scores, -1)


# %% masked_softmax | wrong: zero-is-no-absence | 0, and 0 afterwards
def masked_softmax(x, mask):
    return x.masked_fill(~mask, 0).softmax(-1).masked_fill(~mask, 0)


# %% masked_softmax | wrong: zero-is-no-absence | product, and 0 afterwards
def masked_softmax(x, mask):
    shares = F.softmax(torch.where(mask, x, torch.zeros_like(x)), -1)
    return torch.where(mask, shares, torch.zeros_like(shares))


# %% masked_softmax | misconception | exp-overflows
why = "exp(89) is too large for float32 and exp(12) for float16: softmax takes the greatest score off first. Use it, or subtract the greatest kept score."
next = "print(torch.tensor([100., 101.]).exp(), torch.tensor([100., 101.]).softmax(0))"


# %% masked_softmax | wrong: exp-overflows | exp and sum
# breaks: "Kept scores are finite, but may be large, above 0 or below."
def masked_softmax(x, mask):
    e = x.masked_fill(~mask, float("-inf")).exp()
    total = e.sum(-1, keepdim=True)
    return e / torch.where(total > 0, total, 1)


# %% masked_softmax | wrong: exp-overflows | where after exp
def masked_softmax(x, mask):
    e = torch.where(mask, torch.where(mask, x, 0).exp(), 0)
    total = e.sum(-1, keepdim=True)
    return e / total.masked_fill(total == 0, 1)


# %% masked_softmax | wrong: exp-overflows | clamp of the sum
def masked_softmax(x, mask):
    e = torch.exp(x.masked_fill(~mask, -torch.inf))
    return e / e.sum(-1, keepdim=True).clamp(min=torch.finfo(x.dtype).tiny)


# %% masked_softmax | wrong: exp-overflows | the mask twice
def masked_softmax(x, mask):
    kept = torch.where(mask, x, torch.tensor(0, dtype=x.dtype))
    e = torch.exp(kept).masked_fill(~mask, 0)
    total = e.sum(dim=-1, keepdim=True)
    return torch.where(mask, e / torch.where(total == 0, 1, total), 0)


# %% masked_softmax | misconception | wrong-axis
why = "The shares of one row add up to 1, so the softmax goes along the last axis, dim=-1."
next = "print(torch.zeros(2, 3).softmax(0).sum(0), torch.zeros(2, 3).softmax(-1).sum(-1))"


# %% masked_softmax | wrong: wrong-axis | axis 0
def masked_softmax(x, mask):
    return x.masked_fill(~mask, float("-inf")).softmax(0).masked_fill(~mask, 0)


# %% masked_softmax | wrong: wrong-axis | where, axis 0
def masked_softmax(x, mask):
    low = torch.tensor(float("-inf"), dtype=x.dtype)
    return torch.where(mask, F.softmax(torch.where(mask, x, low), dim=0), 0)


# %% masked_softmax | wrong: wrong-axis | transposed
def masked_softmax(x, mask):
    kept = x.masked_fill(~mask, -torch.inf).transpose(0, -1)
    return kept.softmax(-1).transpose(0, -1).masked_fill(~mask, 0)


# %% masked_softmax | wrong: wrong-axis | nan_to_num
def masked_softmax(x, mask):
    return torch.softmax(torch.masked_fill(x, ~mask, -torch.inf), dim=0).nan_to_num(0)


# %% masked_softmax | misconception | graph-cut
why = "In no_grad, after detach() and in NumPy nothing is recorded, and fresh zeros never were in the graph: make the result from x, where nothing is kept, too."
next = "w = torch.ones(2, requires_grad=True); print(w.detach().softmax(0).requires_grad, w.softmax(0).requires_grad)"


# %% masked_softmax | wrong: graph-cut | detach | fails: gradients
def masked_softmax(x, mask):
    return x.detach().masked_fill(~mask, float("-inf")).softmax(-1).masked_fill(~mask, 0)


# %% masked_softmax | wrong: graph-cut | no_grad | fails: gradients
def masked_softmax(x, mask):
    with torch.no_grad():
        kept = torch.where(mask, x, torch.tensor(float("-inf"), dtype=x.dtype))
        return torch.where(mask, kept.softmax(-1), 0)


# %% masked_softmax | wrong: graph-cut | data | fails: gradients
def masked_softmax(x, mask):
    return F.softmax(x.data.masked_fill(~mask, -torch.inf), dim=-1).nan_to_num(0.0)


# %% masked_softmax | wrong: graph-cut | a new tensor | fails: gradients
def masked_softmax(x, mask):
    kept = torch.empty_like(x, requires_grad=False).copy_(x.detach())
    kept[~mask.expand(x.shape)] = -torch.inf
    return kept.softmax(-1).masked_fill_(~mask, 0)


# %% masked_softmax | misconception | result-overwritten
why = "softmax keeps its result for backward: do not write into it. masked_fill without the _ makes a new tensor, and so does torch.where."
next = "w = leaf([1., 2.]); s = w.softmax(0); s[0] = 0; s.sum().backward()"


def when(seen, want):
    return seen.backward_raised is not None and "modified by an inplace operation" in seen.backward_raised.message


# %% masked_softmax | wrong: result-overwritten | masked_fill_ | fails: gradients
def masked_softmax(x, mask):
    gone = mask.logical_not()
    result = torch.softmax(x.masked_fill(gone, -torch.inf), -1)
    result.masked_fill_(gone, 0)
    return result


# %% masked_softmax | wrong: result-overwritten | where the mask is off | fails: gradients
def masked_softmax(x, mask):
    off = ~mask.expand(x.shape)
    shares = torch.where(off, float("-inf"), x).softmax(dim=-1)
    shares[off] = 0.0
    return shares


# %% masked_softmax | wrong: result-overwritten | copied into it | fails: gradients
def masked_softmax(x, mask):
    kept = torch.where(mask, x, torch.full_like(x, float("-inf"), requires_grad=False))
    shares = torch.nn.functional.softmax(kept, dim=-1)
    return shares.copy_(torch.where(mask, shares, 0))


# %% masked_softmax | wrong: result-overwritten | nan_to_num_ | fails: gradients
def masked_softmax(x, mask):
    shares = x.masked_fill(~mask, float("-inf")).softmax(-1)
    return torch.nan_to_num_(shares, nan=0.0)


# %% masked_softmax | misconception | brackets-do-not-broadcast
why = "A mask in square brackets has to have the shape of what it selects from: it does not broadcast. masked_fill and torch.where do, and mask.expand_as(x) has that shape."
next = "torch.zeros(3, 4)[torch.tensor([True, False, True, False])]"


def when(seen, want):
    return "shape of the mask" in seen.raised.message


# %% masked_softmax | wrong: brackets-do-not-broadcast | minus infinity by the mask
# breaks: "`mask` is `bool` and has the shape of `x` or broadcasts to it."
def masked_softmax(x, mask):
    kept = x.clone()
    kept[~mask] = float("-inf")
    return kept.softmax(-1).masked_fill(~mask, 0)


# %% masked_softmax | wrong: brackets-do-not-broadcast | filled with what is kept
def masked_softmax(x, mask):
    scores = torch.full_like(x, -torch.inf, requires_grad=False)
    scores[mask] = x[mask]
    return torch.where(mask, scores.softmax(-1), 0)


# %% masked_softmax | wrong: brackets-do-not-broadcast | zeros by the mask
def masked_softmax(x, mask):
    out = torch.masked_fill(x, ~mask, -torch.inf).softmax(dim=-1).clone()
    out[mask.logical_not()] = 0
    return out


# %% masked_softmax | wrong: brackets-do-not-broadcast | one call for rows, one for tables
def masked_softmax(x, mask):
    off = ~mask
    shifted = x + 0
    shifted[off] = float("-inf")
    shares = shifted.softmax(-1) * 1
    shares[off] = 0
    return shares


# %% masked_softmax | wrong | shares in float32
# breaks: "with one axis or more, and the result has its shape and dtype"
def masked_softmax(x, mask):
    return x.float().masked_fill(~mask, float("-inf")).softmax(-1).masked_fill(~mask, 0)


# %% masked_softmax | wrong | float32 in between
# breaks: "Shares and gradients are right to 1e-9 in `float64`, to 1e-4 in `float32` (5e-3 where scores exceed 50) and to 2e-2 in 16 bits."
def masked_softmax(x, mask):
    return x.float().masked_fill(~mask, float("-inf")).softmax(-1).masked_fill(~mask, 0).to(x.dtype)


# %% masked_softmax | wrong | nearly 0
# breaks: "all others get exactly 0"
def masked_softmax(x, mask):
    kept = x.masked_fill(~mask, float("-inf")).softmax(-1).masked_fill(~mask, 0)
    return torch.where(mask, kept, torch.finfo(x.dtype).tiny)


# %% masked_softmax | wrong | x is filled in place
def masked_softmax(x, mask):
    with torch.no_grad():
        x[~mask.expand(x.shape)] = float("-inf")
    return x.softmax(-1).masked_fill(~mask, 0)


# %% masked_softmax | wrong: big-negative-number | the smallest number of the dtype
def masked_softmax(x, mask):
    return x.masked_fill(~mask, torch.finfo(x.dtype).min).softmax(-1)


# %% masked_softmax | misconception | logarithm-lost
why = "Beside a score of 1e9 a logarithm of 0.7 is lost in rounding: x - logsumexp is 0 then, and two equal scores get 1 each. Take the greatest kept score off, and divide the exponentials by their sum, as softmax does."
next = "x = torch.full((2,), -3e9); print((x - x.logsumexp(0)).exp(), x.softmax(0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.logsumexp.html"


# %% masked_softmax | wrong: logarithm-lost | logsumexp, masked_fill
# breaks: "Kept scores are finite, but may be large, above 0 or below."
def masked_softmax(x, mask):
    kept = x.masked_fill(~mask, -torch.inf)
    return (kept - torch.logsumexp(kept, dim=-1, keepdim=True)).exp().masked_fill(~mask, 0)


# %% masked_softmax | wrong: logarithm-lost | where, twice
def masked_softmax(x, mask):
    low = torch.where(mask, x, float("-inf"))
    some = mask.expand(x.shape).any(-1, keepdim=True)
    size = torch.where(some, low, 0).logsumexp(-1)[..., None]
    return torch.where(mask, torch.exp(torch.where(mask, x, 0) - size), 0)


# %% masked_softmax | wrong: logarithm-lost | the greatest added again
def masked_softmax(x, mask):
    kept = x.masked_fill(~mask, float("-inf"))
    top = kept.detach().topk(1, dim=-1).values
    top = torch.where(top.isinf(), 0, top)
    total = (kept - top).exp().sum(-1, keepdim=True)
    log_total = torch.where(total > 0, total, 1).log() + top
    return torch.exp(kept - log_total)


# %% masked_softmax | wrong: logarithm-lost | one after the other
def masked_softmax(x, mask):
    kept = torch.where(mask.expand(x.shape), x, -torch.inf)
    total = kept[..., 0]
    for k in range(1, x.shape[-1]):
        total = torch.logaddexp(total, kept[..., k])
    total = total.unsqueeze(-1)
    return (kept - torch.where(total == -torch.inf, 0, total)).exp()


# %% masked_softmax | wrong: logarithm-lost | repaired at the end
def masked_softmax(x, mask):
    low = x.masked_fill(mask.logical_not(), float("-inf"))
    shares = low.sub(low.logsumexp(dim=-1, keepdim=True)).exp()
    return shares.nan_to_num(0.0)


# %% masked_softmax | wrong: logarithm-lost | the last of logcumsumexp
def masked_softmax(x, mask):
    kept = x.masked_fill(~mask, float("-inf"))
    total = kept.logcumsumexp(-1)[..., -1:]
    empty = ~mask.expand(x.shape).any(-1, keepdim=True)
    return (kept - total.masked_fill(empty, 0)).exp().masked_fill(~mask, 0)


# %% masked_softmax | wrong: left-out-too-late | the greatest of all entries taken off
# breaks: "Whatever is in the other places, large scores, nan and inf too, has no influence."
def masked_softmax(x, mask):
    parts = torch.where(mask, x - x.amax(-1, keepdim=True).detach(), -torch.inf).exp()
    sums = parts.sum(-1, keepdim=True)
    return parts / torch.where(sums > 0, sums, 1)


# %% masked_softmax | wrong: left-out-too-late | the greatest of all entries, by sort
def masked_softmax(x, mask):
    top = x.detach().sort(-1).values[..., -1:]
    parts = (x - top).exp().masked_fill(~mask, 0)
    return parts / parts.sum(-1, keepdim=True).clamp(min=torch.finfo(x.dtype).tiny)


# %% masked_softmax | wrong: left-out-too-late | the greatest of all entries, sums of 0 replaced
def masked_softmax(x, mask):
    shifted = x - torch.max(x.detach(), dim=-1, keepdim=True).values
    e = shifted.masked_fill(mask.logical_not(), float("-inf")).exp()
    total = e.sum(dim=-1, keepdim=True)
    return e / total.masked_fill(total == 0, 1.0)


# %% masked_softmax | wrong: graph-cut | fresh zeros where nothing is kept | fails: gradients
def masked_softmax(x, mask):
    if not bool(mask.any()):
        return x.new_zeros(x.shape)
    shares = x.masked_fill(~mask, float("-inf")).softmax(dim=-1)
    return shares.masked_fill(~mask, 0)


# %% masked_softmax | wrong: graph-cut | zeros that nobody asked for | fails: gradients
def masked_softmax(x, mask):
    kept = x.masked_fill(mask.logical_not(), float("-inf"))
    if mask.sum() == 0:
        return torch.zeros(x.shape, dtype=x.dtype)
    return torch.where(mask, kept.softmax(-1), 0)


# %% masked_softmax | wrong: big-negative-number | seven tenths of the range, set to 0 afterwards
def masked_softmax(x, mask):
    wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    wide = wide.masked_fill(~mask, -0.7 * torch.finfo(wide.dtype).max)
    return wide.softmax(-1).masked_fill(~mask, 0).to(x.dtype)


# %% masked_softmax | wrong: big-negative-number | half of the smallest number, then times the mask
def masked_softmax(x, mask):
    wide = x.float() if x.element_size() == 2 else x
    wide = torch.where(mask, wide, torch.finfo(wide.dtype).min / 2)
    return (torch.softmax(wide, -1) * mask).to(x.dtype)


# %% masked_softmax | wrong | a mask needs an axis | fails: values
def masked_softmax(x, mask):
    if mask.shape[-1] == 1:
        mask = mask.expand(*mask.shape[:-1], x.shape[-1])
    return x.masked_fill(~mask, float("-inf")).softmax(-1).masked_fill(~mask, 0)


# %% masked_softmax | wrong: graph-cut | only in bfloat16 | fails: gradients
def masked_softmax(x, mask):
    wide = x.detach().float() if x.dtype == torch.bfloat16 else x
    return wide.masked_fill(~mask, float("-inf")).softmax(-1).masked_fill(~mask, 0).to(x.dtype)


# %% masked_softmax | wrong: graph-cut | one entry alone has all | fails: gradients
def masked_softmax(x, mask):
    if x.shape[-1] == 1:
        return mask.expand(x.shape).to(x.dtype)
    return x.masked_fill(~mask, float("-inf")).softmax(-1).masked_fill(~mask, 0)


# %% masked_softmax | misconception | shifted-by-another-number
why = "What comes off before exp is the greatest kept score of its row, below 0, too: with another number (at least 0, a mean, the greatest of all rows) a row far below it is all 0, and a score far above it gives inf."
next = "x = torch.tensor([-1000., -1001.]); print((x - x.amax().clamp(min=0)).exp(), (x - x.amax()).exp())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.amax.html"


# %% masked_softmax | wrong: shifted-by-another-number | the greatest, or 0 for rows below it
# breaks: "Kept scores are finite, but may be large, above 0 or below."
def masked_softmax(x, mask):
    low = x.masked_fill(~mask, float("-inf"))
    e = (low - low.detach().amax(-1, keepdim=True).clamp(min=0)).exp()
    return e / e.sum(-1, keepdim=True).clamp(min=torch.finfo(x.dtype).tiny)


# %% masked_softmax | wrong: shifted-by-another-number | the greatest after 0 was filled in
def masked_softmax(x, mask):
    zeroed = torch.where(mask, x, 0)
    top = torch.max(zeroed.detach(), dim=-1, keepdim=True).values
    parts = torch.where(mask, (zeroed - top).exp(), 0)
    total = parts.sum(dim=-1, keepdim=True)
    return parts / torch.where(total == 0, 1, total)


# %% masked_softmax | wrong: shifted-by-another-number | relu of the greatest
def masked_softmax(x, mask):
    kept = torch.where(mask, x, -torch.inf)
    weights = torch.exp(kept - F.relu(kept.amax(dim=-1, keepdim=True)).detach())
    sums = weights.sum(-1, keepdim=True)
    return weights.div(sums.masked_fill(sums == 0, 1.0))


# %% masked_softmax | wrong: shifted-by-another-number | a column of zeros beside the scores
def masked_softmax(x, mask):
    scores = torch.masked_fill(x, mask.logical_not(), -torch.inf)
    beside = torch.cat([scores, torch.zeros_like(x[..., :1])], -1).detach()
    exps = (scores - beside.sort(-1, descending=True).values[..., :1]).exp()
    whole = exps.sum(-1, keepdim=True)
    return exps / (whole + (whole == 0))


# %% masked_softmax | wrong: shifted-by-another-number | the greatest of all rows
def masked_softmax(x, mask):
    low = x.masked_fill(~mask, float("-inf"))
    top = low.detach().flatten().sort().values[-1:].nan_to_num(neginf=0) if x.numel() else 0
    e = (low - top).exp()
    total = e.sum(-1, keepdim=True)
    return e / total.masked_fill(total == 0, 1)


# %% masked_softmax | wrong: shifted-by-another-number | one maximum for the whole tensor
def masked_softmax(x, mask):
    numbers = x.detach()[mask.expand_as(x)]
    peak = numbers.max() if len(numbers) else x.new_zeros(())
    weights = torch.where(mask, torch.exp(torch.where(mask, x, peak) - peak), 0)
    sums = weights.sum(dim=-1, keepdim=True)
    return weights / torch.where(sums > 0, sums, 1)


# %% masked_softmax | wrong: shifted-by-another-number | the mean of what is kept
def masked_softmax(x, mask):
    kept = torch.where(mask, x, 0)
    mean = kept.double().sum(-1, keepdim=True) / mask.expand(x.shape).sum(-1, keepdim=True).clamp(min=1)
    e = (kept - mean.detach().to(x.dtype)).exp().masked_fill(~mask, 0)
    total = e.sum(-1, keepdim=True)
    return e / total.masked_fill(total == 0, 1)


# %% masked_softmax | wrong: shifted-by-another-number | the smallest
def masked_softmax(x, mask):
    least = torch.where(mask, x.detach(), torch.inf).amin(dim=-1, keepdim=True)
    weights = torch.where(mask, x - least.nan_to_num(posinf=0), -torch.inf).exp()
    sums = weights.sum(dim=-1, keepdim=True)
    return weights / torch.where(sums > 0, sums, torch.ones_like(sums))


# %% masked_softmax | wrong: shifted-by-another-number | the nanmean
def masked_softmax(x, mask):
    centre = x.detach().double().masked_fill(~mask, torch.nan).nanmean(-1, keepdim=True).nan_to_num(0.0)
    exps = x.sub(centre.to(x.dtype)).masked_fill(mask.logical_not(), float("-inf")).exp()
    whole = exps.sum(-1, keepdim=True)
    return exps.div(whole + (whole == 0))


# %% masked_softmax | wrong: shifted-by-another-number | half-way between the greatest and the smallest
def masked_softmax(x, mask):
    low, high = (x.detach().masked_fill(~mask, end) for end in (-torch.inf, torch.inf))
    middle = low.amax(-1, keepdim=True) / 2 + high.amin(-1, keepdim=True) / 2
    weights = torch.where(mask, torch.where(mask, x, 0) - middle.nan_to_num(0.0), -torch.inf).exp()
    return weights / weights.sum(dim=-1, keepdim=True).clamp(min=torch.finfo(x.dtype).tiny)


# %% masked_softmax | wrong: shifted-by-another-number | the first that is kept
def masked_softmax(x, mask):
    keep = mask.broadcast_to(x.shape)
    at = keep.to(torch.uint8).argmax(-1, keepdim=True)
    first = torch.take_along_dim(torch.where(keep, x, 0), at, dim=-1).detach()
    parts = torch.where(keep, torch.where(keep, x, first) - first, float("-inf")).exp()
    sums = parts.sum(-1, keepdim=True)
    return parts / sums.masked_fill(sums == 0, 1)
