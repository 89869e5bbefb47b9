"""The catalogue of 02-indexing-and-shape: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% masked_mean | right | bool mask, then convert
def masked_mean(x, keep):
    valid = x[keep.bool()]
    if not valid.is_floating_point():
        valid = valid.float()
    return valid.mean()


# %% masked_mean | right | masked_select
def masked_mean(x, keep):
    valid = torch.masked_select(x, keep > 0)
    dtype = x.dtype if x.is_floating_point() else torch.float32
    return (valid.to(torch.float64).sum() / valid.numel()).to(dtype)


# %% masked_mean | right | where
def masked_mean(x, keep):
    dtype = x.dtype if x.dtype in (torch.float32, torch.float64) else torch.float32
    return torch.where(keep == 1, x, torch.zeros((), dtype=x.dtype)).to(dtype).sum() / keep.sum()


# %% masked_mean | right | a loop, prints
def masked_mean(x, keep):
    values = [v for v, k in zip(x.flatten().tolist(), keep.flatten().tolist()) if k]
    print(len(values), "valid")
    dtype = x.dtype if x.is_floating_point() else torch.float32
    return torch.tensor(sum(values) / len(values) if values else float("nan"), dtype=dtype)


# %% masked_mean | right | uint8 mask, warns
def masked_mean(x, keep):
    valid = x[keep.to(torch.uint8)]
    return valid.mean(dtype=None if x.is_floating_point() else torch.float32)


# %% masked_mean | right | all coordinates
def masked_mean(x, keep):
    valid = x.reshape(-1)[keep.reshape(-1).nonzero(as_tuple=True)]
    return torch.mean(valid if valid.is_floating_point() else valid.float())


# %% masked_mean | right | nanmean
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x.masked_fill(keep == 0, float("nan")).nanmean()


# %% masked_mean | right | numpy masked array
def masked_mean(x, keep):
    m = np.ma.array(x.numpy(), mask=keep.numpy() == 0)
    value = m.astype(np.float64).mean() if keep.sum() else float("nan")
    return torch.tensor(float(value), dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | misconception | float-for-all
why = "Convert only what is not floating point already."
next = "keep = torch.tensor([1]); print(masked_mean(torch.tensor([0.1]).double() / 3, keep).item(), masked_mean(keep, keep).dtype)"


# %% masked_mean | wrong: float-for-all | float
def masked_mean(x, keep):
    return x[keep == 1].float().mean()


# %% masked_mean | wrong: float-for-all | and back
def masked_mean(x, keep):
    mean = x.float()[keep.bool()].mean()
    return mean.to(x.dtype) if x.is_floating_point() else mean


# %% masked_mean | wrong: float-for-all | dtype argument
def masked_mean(x, keep):
    return torch.mean(x[keep > 0], dtype=torch.float32)


# %% masked_mean | wrong: float-for-all | double
def masked_mean(x, keep):
    return x.double()[keep.bool()].mean()


# %% masked_mean | misconception | mean-of-integers
why = "mean() needs a floating-point dtype: convert what is not floating point already."
next = "Try masked_mean on int64, on uint8 and on bool."
link = "https://docs.pytorch.org/docs/2.13/generated/torch.mean.html"


def when(seen, want):
    return (
        seen.raised.type_name == "RuntimeError"
            and any(word in seen.raised.message for word in ("mean", "cannot be converted"))
    )


# %% masked_mean | wrong: mean-of-integers | mean
def masked_mean(x, keep):
    return x[keep == 1].mean()


# %% masked_mean | wrong: mean-of-integers | int64 only
def masked_mean(x, keep):
    if x.dtype == torch.int64:
        x = x.float()
    return x[keep.bool()].mean()


# %% masked_mean | wrong: mean-of-integers | nan filled
def masked_mean(x, keep):
    return x.masked_fill(keep == 0, float("nan")).nanmean()


# %% masked_mean | misconception | multiply-by-the-mask
why = "An invalid nan survives a multiplication by 0: leave it out instead."
next = "print(float(\"nan\") * 0)"


# %% masked_mean | wrong: multiply-by-the-mask | sums
def masked_mean(x, keep):
    return (x * keep).sum() / keep.sum()


# %% masked_mean | wrong: multiply-by-the-mask | in the dtype of x
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.to(torch.float32)
    weights = keep.to(x.dtype)
    return (x * weights).sum() / weights.sum()


# %% masked_mean | misconception | mean-of-everything
why = "Divide by the number of valid readings."
next = "print(masked_mean(torch.tensor([2., 4., 6.]), torch.tensor([1, 1, 0])))"


# %% masked_mean | wrong: mean-of-everything | numel
def masked_mean(x, keep):
    return (x * keep).sum() / x.numel()


# %% masked_mean | wrong: mean-of-everything | where and mean
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return torch.where(keep.bool(), x, 0).mean()


# %% masked_mean | wrong: mean-of-everything | masked_fill
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x.masked_fill(keep != 1, 0).sum() / keep.numel()


# %% masked_mean | misconception | nonzero-as-index
why = "nonzero() gives one row of coordinates per element."
next = "print(torch.tensor([[1, 0], [1, 1]]).nonzero())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nonzero.html"


# %% masked_mean | wrong: nonzero-as-index | nonzero
def masked_mean(x, keep):
    valid = x[keep.nonzero()]
    return valid.mean(dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: nonzero-as-index | nonzero and squeeze
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x[torch.nonzero(keep).squeeze()].mean()


# %% masked_mean | wrong: nonzero-as-index | argwhere
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return torch.mean(x[torch.argwhere(keep == 1)])


# %% masked_mean | wrong: nonzero-as-index | without converting
def masked_mean(x, keep):
    return x[torch.nonzero(keep)].mean()


# %% masked_mean | wrong: nonzero-as-index | flat with coordinates
def masked_mean(x, keep):
    v = x.flatten()[keep.nonzero()]
    return v.mean() if v.is_floating_point() else v.float().mean()


# %% masked_mean | misconception | ones-and-zeros-as-index
why = "A mask is a bool tensor; 0 and 1 in int64 are positions."
next = "x = torch.tensor([10., 99., 20.]); print(x[torch.tensor([1, 0, 1])])"


# %% masked_mean | wrong: ones-and-zeros-as-index | index
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x[keep].mean()


# %% masked_mean | wrong: ones-and-zeros-as-index | without a dtype
def masked_mean(x, keep):
    return x[keep].mean()


# %% masked_mean | wrong: ones-and-zeros-as-index | sum over valid
def masked_mean(x, keep):
    return x[keep].sum() / keep.sum()


# %% masked_mean | wrong: ones-and-zeros-as-index | long
def masked_mean(x, keep):
    valid = x[keep.long()]
    return valid.mean(dtype=valid.dtype if valid.is_floating_point() else torch.float32)


# %% masked_mean | wrong | zero-is-invalid, drops zeros
def masked_mean(x, keep):
    valid = x[keep == 1]
    valid = valid[valid != 0]
    return valid.mean(dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong | divides-by-rows, len
def masked_mean(x, keep):
    return x[keep == 1].sum() / len(x)


# %% masked_mean | wrong | nothing-is-zero, 0 for no reading
def masked_mean(x, keep):
    dtype = x.dtype if x.is_floating_point() else torch.float32
    if keep.sum() == 0:
        return torch.tensor(0, dtype=dtype)
    return x[keep == 1].mean(dtype=dtype)


# %% one_hot | right | eye
def one_hot(i, C):
    return torch.eye(C)[i]


# %% one_hot | right | F.one_hot
def one_hot(i, C):
    return torch.nn.functional.one_hot(i, C).to(torch.float32)


# %% one_hot | right | comparison
def one_hot(i, C):
    return (i[:, None] == torch.arange(C)).float()


# %% one_hot | right | scatter_
def one_hot(i, C):
    return torch.zeros(i.shape[0], C).scatter_(1, i.unsqueeze(1), 1.0)


# %% one_hot | right | a loop
def one_hot(i, C):
    out = torch.zeros((i.numel(), C), dtype=torch.float32)
    for row, number in enumerate(i):
        out[row, number] = 1
    return out


# %% one_hot | right | numpy
def one_hot(i, C):
    return torch.from_numpy(np.eye(C, dtype=np.float32)[i.numpy()])


# %% one_hot | right | columns first
def one_hot(i, C):
    out = torch.zeros(C, len(i))
    out[i, torch.arange(len(i))] = 1
    return out.t()


# %% one_hot | misconception | squeeze-drops-too-much
why = "squeeze() without a dimension drops every dimension of size 1."
next = "print(one_hot(torch.tensor([2]), 3).shape, one_hot(torch.tensor([0, 0]), 1).shape)"


# %% one_hot | wrong: squeeze-drops-too-much | eye and squeeze
def one_hot(i, C):
    return torch.eye(C)[i].squeeze()


# %% one_hot | wrong: squeeze-drops-too-much | F.one_hot and squeeze
def one_hot(i, C):
    return torch.squeeze(torch.nn.functional.one_hot(i, C).float())


# %% one_hot | wrong: squeeze-drops-too-much | the first dimension
def one_hot(i, C):
    return torch.eye(C)[i].squeeze(0)


# %% one_hot | misconception | width-from-the-data
why = "The number of classes is C, whether the last one occurs or not."
next = "print(one_hot(torch.tensor([0, 1]), 5).shape)"


def when(seen, want):
    return any(word in seen.raised.message for word in ("max", "infer"))


# %% one_hot | wrong: width-from-the-data | F.one_hot(i)
def one_hot(i, C):
    return torch.nn.functional.one_hot(i)


# %% one_hot | wrong: width-from-the-data | F.one_hot(i) as floats
def one_hot(i, C):
    return torch.nn.functional.one_hot(i).float()


# %% one_hot | wrong: width-from-the-data | the largest class
def one_hot(i, C):
    return torch.eye(int(i.max()) + 1)[i]


# %% one_hot | wrong: width-from-the-data | zeros and indexing
def one_hot(i, C):
    out = torch.zeros(len(i), i.max() + 1)
    out[torch.arange(len(i)), i] = 1.0
    return out


# %% one_hot | misconception | whole-rows-or-columns
why = "To set one element per row, index rows and columns together: out[rows, i]."
next = "out = torch.zeros(2, 3); out[:, torch.tensor([2, 0])] = 1; print(out)"


# %% one_hot | wrong: whole-rows-or-columns | columns
def one_hot(i, C):
    out = torch.zeros(len(i), C)
    out[:, i] = 1
    return out


# %% one_hot | wrong: whole-rows-or-columns | rows
def one_hot(i, C):
    out = torch.zeros(len(i), C)
    out[i] = 1
    return out


# %% one_hot | wrong: whole-rows-or-columns | all rows with a slice
def one_hot(i, C):
    out = torch.zeros((i.numel(), C), dtype=torch.float32)
    out[0:len(i), i] = 1.0
    return out


# %% one_hot | misconception | int64-one-hot
why = "F.one_hot gives int64: the numbers are right, the dtype is not."
next = "print(one_hot(torch.tensor([2, 0]), 3).dtype)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.one_hot.html"


def when(seen, want):
    return (
        seen.result.dtype == torch.int64 and seen.result.shape == want.shape
            and torch.equal(seen.result.values.float(), want)
    )


# %% one_hot | wrong: int64-one-hot | F.one_hot
def one_hot(i, C):
    return torch.nn.functional.one_hot(i, C)


# %% one_hot | wrong: int64-one-hot | eye of int64
def one_hot(i, C):
    return torch.eye(C, dtype=torch.int64)[i]


# %% one_hot | wrong: int64-one-hot | num_classes
def one_hot(i, C):
    from torch.nn import functional

    return functional.one_hot(i, num_classes=C).long()


# %% one_hot | wrong | transposed, columns per class number
def one_hot(i, C):
    return torch.eye(C)[i].t()


# %% one_hot | wrong | counted, bincount
def one_hot(i, C):
    return torch.bincount(i, minlength=C).float().reshape(1, C)


# %% one_hot | wrong | stack-empty, stops without class numbers
def one_hot(i, C):
    return torch.stack([torch.eye(C)[k] for k in i])


# %% column | right | narrow
def column(x, j):
    return x.narrow(1, j, 1)


# %% column | right | unsqueeze
def column(x, j):
    return x[:, j].unsqueeze(1)


# %% column | right | slice with a positive start
def column(x, j):
    j = j % x.shape[1]
    return x[:, j:j + 1]


# %% column | right | split
def column(x, j):
    return torch.split(x, 1, dim=1)[j]


# %% column | right | numpy
def column(x, j):
    return torch.from_numpy(x.numpy()[:, j, None])


# %% column | right | a row of the transpose
def column(x, j):
    return x.t()[j][None].t()


# %% column | right | slice or None
def column(x, j):
    return x[:, j:(j + 1) or None]


# %% column | misconception | slice-of-minus-one
why = "-1:0 is an empty slice: the last column needs another way."
next = "print(column(torch.tensor([[0, 1, 2], [3, 4, 5]]), -1).shape)"


def when(seen, want):
    return (
        seen.arguments["j"].value == -1 and seen.arguments["x"].shape[1] > 1
            and ("size 0" in seen.raised.message if seen.raised else seen.result.numel == 0 < want.numel())
    )


# %% column | wrong: slice-of-minus-one | slice
def column(x, j):
    return x[:, j:j + 1]


# %% column | wrong: slice-of-minus-one | slice object
def column(x, j):
    return x[:, slice(j, j + 1)].reshape(-1, 1)


# %% column | wrong: slice-of-minus-one | reshaped
def column(x, j):
    return x[:, j:j + 1].reshape(x.shape[0], 1)


# %% column | misconception | contiguous-copies
why = "After a copy, writing does not reach the original."
next = "for x in (torch.zeros(2, 3), torch.zeros(3, 2).t()): column(x, 0)[0] = 7; print(x)"


# %% column | wrong: contiguous-copies | contiguous
def column(x, j):
    return x.contiguous()[:, j].unsqueeze(1)


# %% column | wrong: contiguous-copies | contiguous at the end
def column(x, j):
    return x[:, j].unsqueeze(-1).contiguous()


# %% column | wrong: contiguous-copies | clone first
def column(x, j):
    return x.clone()[:, j, None]


# %% column | wrong: contiguous-copies | clone last
def column(x, j):
    return x[:, j, None].clone()


# %% column | wrong: contiguous-copies | contiguous, dimension lost too
def column(x, j):
    return x.contiguous()[:, j]


# %% column | wrong: contiguous-copies | view of a contiguous vector
def column(x, j):
    return x[:, j].contiguous().view(-1, 1)


# %% column | wrong: contiguous-copies | clone of the vector
def column(x, j):
    return torch.clone(x[:, j]).reshape(len(x), 1)


# %% column | wrong: contiguous-copies | detach clone
def column(x, j):
    return x.detach().clone()[:, j, None]


# %% column | wrong: contiguous-copies | empty copy_
def column(x, j):
    out = torch.empty(x.shape[0], 1, dtype=x.dtype)
    out[:, 0] = x[:, j]
    return out


# %% column | misconception | list-index-copies
why = "Indexing with a list or tensor copies, slicing does not."
next = "x = torch.zeros(2, 3); column(x, 0)[0] = 7; print(x)"


# %% column | wrong: list-index-copies | list
def column(x, j):
    return x[:, [j]]


# %% column | wrong: list-index-copies | tensor
def column(x, j):
    return x[:, torch.tensor([j])]


# %% column | wrong: list-index-copies | index_select
def column(x, j):
    return torch.index_select(x, 1, torch.tensor([j % x.shape[1]]))


# %% column | wrong: list-index-copies | numpy
def column(x, j):
    return torch.from_numpy(x.numpy()[:, [j]])


# %% column | misconception | dimension-lost
why = "An integer index removes its dimension; a slice or None keeps or restores it."
next = "print(column(torch.zeros(2, 3), 1).shape)"


# %% column | wrong: dimension-lost | integer
def column(x, j):
    return x[:, j]


# %% column | wrong: dimension-lost | select
def column(x, j):
    return x.select(1, j)


# %% column | wrong: dimension-lost | a row of the transpose
def column(x, j):
    return x.t()[j]


# %% column | wrong | a-row, row j
def column(x, j):
    return x[j].unsqueeze(1)


# %% column | wrong | counts-from-one, j - 1
def column(x, j):
    return x[:, j - 1, None]


# %% stack_frames | right | squeeze each
def stack_frames(frames):
    return torch.stack([frame.squeeze(2) for frame in frames])


# %% stack_frames | right | cat along the last, then permute
def stack_frames(frames):
    return torch.cat(frames, dim=-1).permute(2, 0, 1)


# %% stack_frames | right | index
def stack_frames(frames):
    return torch.stack(frames)[..., 0]


# %% stack_frames | right | a loop
def stack_frames(frames):
    H, W, _ = frames[0].shape
    video = torch.empty(len(frames), H, W, dtype=frames[0].dtype)
    for t, frame in enumerate(frames):
        video[t] = frame[..., 0]
    return video


# %% stack_frames | right | numpy
def stack_frames(frames):
    return torch.from_numpy(np.stack([frame.numpy()[:, :, 0] for frame in frames]))


# %% stack_frames | right | cat of new dimensions
def stack_frames(frames):
    return torch.cat([frame.permute(2, 0, 1) for frame in frames], dim=0)


# %% stack_frames | right | reshape of what is stacked
def stack_frames(frames):
    stacked = torch.stack(tuple(frames), dim=0)
    return stacked.reshape(stacked.shape[:3])


# %% stack_frames | misconception | cat-for-stack
why = "cat lengthens an existing dimension, stack makes a new one."
next = "print(torch.cat([torch.zeros(2, 3), torch.zeros(2, 3)]).shape)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.stack.html"


# %% stack_frames | wrong: cat-for-stack | cat and squeeze
def stack_frames(frames):
    return torch.cat(frames).squeeze(-1)


# %% stack_frames | wrong: cat-for-stack | cat
def stack_frames(frames):
    return torch.cat(frames, dim=0)


# %% stack_frames | wrong: cat-for-stack | cat of squeezed frames
def stack_frames(frames):
    return torch.vstack([frame.squeeze(-1) for frame in frames])


# %% stack_frames | misconception | squeeze-drops-too-much
why = "Name the dimension to squeeze."
next = "print(stack_frames([torch.zeros(1, 4, 1)]).shape)"


# %% stack_frames | wrong: squeeze-drops-too-much | after stack
def stack_frames(frames):
    return torch.stack(frames).squeeze()


# %% stack_frames | wrong: squeeze-drops-too-much | before stack
def stack_frames(frames):
    return torch.stack([frame.squeeze() for frame in frames])


# %% stack_frames | wrong: squeeze-drops-too-much | first dimension too
def stack_frames(frames):
    return torch.stack(frames).squeeze(-1).squeeze(0)


# %% stack_frames | misconception | dtype-lost
why = "Keep the dtype of the frames."
next = "print(stack_frames([torch.zeros(2, 2, 1, dtype=torch.uint8)]).dtype)"


def and_the_list(stack_frames, frames):
    """stack_frames({frames})"""
    before = list(frames)
    video = stack_frames(frames)
    return video, [frame is old for frame, old in zip(frames, before)]

draw = inputs("02-indexing-and-shape", "stack_frames")

turned = [draw.tensor((4, 3, 1)).transpose(0, 1) for _ in range(2)]

want = torch.stack([turned[0][:, :, 0], turned[1][:, :, 0]])

frames = [draw.tensor((2, 3, 1)), draw.tensor((2, 3, 1))]

seen = expect(observe(and_the_list, stack_frames, frames), known=stack_frames_known)

def when(seen, want):
    return seen.result.shape == want.shape and seen.result.dtype != want.dtype


# %% stack_frames | wrong: dtype-lost | lists
def stack_frames(frames):
    return torch.tensor([frame.squeeze(-1).tolist() for frame in frames])


# %% stack_frames | wrong: dtype-lost | zeros
def stack_frames(frames):
    H, W, _ = frames[0].shape
    video = torch.zeros(len(frames), H, W)
    for t, frame in enumerate(frames):
        video[t] = frame[:, :, 0]
    return video


# %% stack_frames | wrong: dtype-lost | float
def stack_frames(frames):
    return torch.stack([frame.float() for frame in frames]).squeeze(-1)


# %% stack_frames | misconception | reshape-moves-nothing
why = "reshape keeps the reading order; moving a dimension is permute."
next = "print(torch.tensor([[1, 2, 3], [4, 5, 6]]).reshape(3, 2))"


def and_the_list(stack_frames, frames):
    """stack_frames({frames})"""
    before = list(frames)
    video = stack_frames(frames)
    return video, [frame is old for frame, old in zip(frames, before)]

def same_numbers(a, b):
    return torch.equal(a.flatten().sort().values, b.flatten().sort().values)

def with_scrambled_frames(video, want):
    return same_numbers(video, want) and not any(torch.equal(video[0], frame) for frame in want)

draw = inputs("02-indexing-and-shape", "stack_frames")

turned = [draw.tensor((4, 3, 1)).transpose(0, 1) for _ in range(2)]

want = torch.stack([turned[0][:, :, 0], turned[1][:, :, 0]])

frames = [draw.tensor((2, 3, 1)), draw.tensor((2, 3, 1))]

seen = expect(observe(and_the_list, stack_frames, frames), known=stack_frames_known)

def when(seen, want):
    return seen.result.shape == want.shape and with_scrambled_frames(seen.result.values, want)


# %% stack_frames | wrong: reshape-moves-nothing | cat and reshape
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.cat(frames, dim=2).reshape(len(frames), H, W)


# %% stack_frames | wrong: reshape-moves-nothing | stack along the last
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.stack(frames, dim=-1).reshape(len(frames), H, W)


# %% stack_frames | wrong: reshape-moves-nothing | cat along the columns
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.cat(frames, 1).reshape(-1, H, W)


# %% stack_frames | wrong | keeps-the-last-dimension, stack
def stack_frames(frames):
    return torch.stack(frames)


# %% stack_frames | wrong | squeezes-the-frames, in place
def stack_frames(frames):
    for frame in frames:
        frame.squeeze_(-1)
    return torch.stack(frames)


# %% stack_frames | wrong | replaces-the-frames, copies in the list
def stack_frames(frames):
    for t in range(len(frames)):
        frames[t] = frames[t].clone()
    return torch.stack(frames).squeeze(-1)


# %% stack_frames | wrong | a-view-of-one-frame, no copy for a single frame
def stack_frames(frames):
    if len(frames) == 1:
        return frames[0].permute(2, 0, 1)
    return torch.stack(frames).squeeze(-1)


# %% stack_frames | wrong | reversed-time, reversed
def stack_frames(frames):
    return torch.stack(frames[::-1]).squeeze(-1)


# %% rotate_left | right | rot90
def rotate_left(img):
    return torch.rot90(img, 1, dims=(-2, -1))


# %% rotate_left | right | flip, then transpose
def rotate_left(img):
    return img.flip(-1).mT


# %% rotate_left | right | swapaxes and index
def rotate_left(img):
    columns = torch.arange(img.shape[-1] - 1, -1, -1)
    return img.swapaxes(-1, -2)[..., columns, :]


# %% rotate_left | right | numpy copy
def rotate_left(img):
    return torch.from_numpy(np.rot90(img.numpy(), axes=(-2, -1)).copy())


# %% rotate_left | right | a loop over columns
def rotate_left(img):
    W = img.shape[-1]
    return torch.stack([img[..., W - 1 - row] for row in range(W)], dim=-2)


# %% rotate_left | right | permute
def rotate_left(img):
    order = list(range(img.dim()))
    order[-2], order[-1] = order[-1], order[-2]
    return torch.flip(img.permute(order), dims=[img.dim() - 2]).contiguous()


# %% rotate_left | misconception | negative-step
why = "PyTorch has no negative steps: use flip."
next = "print(torch.tensor([1, 2, 3]).flip(0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.flip.html"


def complains_of_a_step(raised):
    return raised.type_name == "ValueError" and any(word in raised.message for word in ("negative", "greater than zero"))

def when(seen, want):
    return complains_of_a_step(seen.raised)


# %% rotate_left | wrong: negative-step | slice
def rotate_left(img):
    return img.mT[..., ::-1, :]


# %% rotate_left | wrong: negative-step | columns first
def rotate_left(img):
    return img[..., ::-1].transpose(-1, -2)


# %% rotate_left | wrong: negative-step | numpy
def rotate_left(img):
    return torch.from_numpy(np.rot90(img.numpy(), axes=(-2, -1)))


# %% rotate_left | misconception | first-two-dimensions
why = "Count the dimensions from the end: -2 and -1."
next = "print(rotate_left(torch.tensor([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [0, 0, 0]]])))"


def when(seen, want):
    return (
        len(seen.arguments["img"].shape) > 2
            and any(word in seen.raised.message for word in ("dimensions", "unpack", "axes"))
    )


# %% rotate_left | wrong: first-two-dimensions | rot90
def rotate_left(img):
    return torch.rot90(img)


# %% rotate_left | wrong: first-two-dimensions | t
def rotate_left(img):
    return img.t().flip(0)


# %% rotate_left | wrong: first-two-dimensions | transpose(0, 1)
def rotate_left(img):
    return torch.flip(img.transpose(0, 1), [0])


# %% rotate_left | wrong: first-two-dimensions | flip(0)
def rotate_left(img):
    return img.mT.flip(0)


# %% rotate_left | wrong: first-two-dimensions | permute(1, 0)
def rotate_left(img):
    return img.permute(1, 0).flip(0)


# %% rotate_left | wrong: first-two-dimensions | unpack
def rotate_left(img):
    H, W = img.shape
    out = torch.empty(W, H, dtype=img.dtype)
    for r in range(W):
        out[r] = img[:, W - 1 - r]
    return out


# %% rotate_left | misconception | wrong-turn
why = "The last column must become the first row."
next = "print(rotate_left(torch.tensor([[1, 2, 3], [4, 5, 6]])))"


def when(seen, want):
    return torch.equal(seen.result.values, want.flip(-2)) and not torch.equal(want, want.flip(-2))


# %% rotate_left | wrong: wrong-turn | transposed
def rotate_left(img):
    return img.mT.clone()


# %% rotate_left | wrong: wrong-turn | a view of the transpose
def rotate_left(img):
    return img.transpose(-2, -1)


# %% rotate_left | wrong: wrong-turn | clockwise
def rotate_left(img):
    return torch.rot90(img, -1, (-2, -1))


# %% rotate_left | wrong: wrong-turn | clockwise by dims
def rotate_left(img):
    return torch.rot90(img, 1, (-1, -2))


# %% rotate_left | wrong: wrong-turn | 180 degrees
def rotate_left(img):
    return torch.rot90(img, 2, (-2, -1))


# %% rotate_left | wrong: wrong-turn | mirror
def rotate_left(img):
    return img.flip(-1)


# %% rotate_left | wrong: wrong-turn | clockwise in the first two
def rotate_left(img):
    return torch.rot90(img, k=3)


# %% rotate_left | wrong: wrong-turn | flipped up and down
def rotate_left(img):
    return img.flip(-2).transpose(-1, -2)


# %% rotate_left | misconception | reshape-as-transpose
why = "reshape never moves an element: swapping rows and columns is a transposition."
next = "print(torch.tensor([[1, 2, 3], [4, 5, 6]]).reshape(3, 2))"


def when(seen, want):
    return "view size" in seen.raised.message


# %% rotate_left | wrong: reshape-as-transpose | reshape
def rotate_left(img):
    return img.reshape(*img.shape[:-2], img.shape[-1], img.shape[-2]).clone()


# %% rotate_left | wrong: reshape-as-transpose | reshape and flip
def rotate_left(img):
    *front, H, W = img.shape
    return img.reshape(*front, W, H).flip(-2)


# %% rotate_left | wrong: reshape-as-transpose | flip and reshape
def rotate_left(img):
    return img.flip(-1).reshape(img.shape[:-2] + (img.shape[-1], img.shape[-2]))


# %% rotate_left | wrong: reshape-as-transpose | view
def rotate_left(img):
    return img.view(*img.shape[:-2], img.shape[-1], img.shape[-2])


# %% rotate_left | wrong: reshape-as-transpose | both flips
def rotate_left(img):
    H, W = img.shape[-2], img.shape[-1]
    return img.reshape(img.shape[:-2] + (W, H)).flip((-2, -1))


# %% rotate_left | wrong | three-dimensions-only, unpacks C, H, W
def rotate_left(img):
    C, H, W = img.shape
    return img.transpose(1, 2).flip(1)


# %% rotate_left | wrong | turns-the-input, transpose_
def rotate_left(img):
    return img.transpose_(-2, -1).flip(-2)


# %% rotate_left | wrong | one-column-view, a view of one column
def rotate_left(img):
    if img.shape[-1] == 1:
        return img.mT
    return img.mT.flip(-2)


# %% read_columns | right | reshape of a clone
def read_columns(x):
    return x.t().clone().reshape(-1)


# %% read_columns | right | cat of columns
def read_columns(x):
    return torch.cat([x[:, n] for n in range(x.shape[1])])


# %% read_columns | right | list
def read_columns(x):
    return torch.tensor(x.t().tolist(), dtype=x.dtype).flatten()


# %% read_columns | right | numpy
def read_columns(x):
    return torch.from_numpy(x.numpy().flatten(order="F"))


# %% read_columns | right | reshape, then clone
def read_columns(x):
    return x.T.reshape(-1).clone()


# %% read_columns | right | stack of columns
def read_columns(x):
    return torch.stack(x.unbind(1)).view(-1)


# %% read_columns | right | torch.tensor, warns
def read_columns(x):
    return torch.tensor(x.t().flatten())


# %% read_columns | misconception | clone-straightens
why = "clone keeps the layout; ask for torch.contiguous_format."
next = "print(torch.zeros(2, 3).t().clone().stride())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.clone.html"


def stops_in_view(seen, wrong):
    """Whether the call stopped in view, and `wrong` does so too where x lies as it did."""
    x = seen.arguments["x"]
    if "view size" not in seen.raised.message:
        return False
    try:
        wrong(torch.empty_strided(x.shape, x.stride, dtype=x.dtype))
    except RuntimeError:
        return True
    return False

def keep_the_layout(x):
    """A clone before or after t: one of the two stops where x lies row after row, or column after column."""
    copy = x.contiguous().clone().t() if x.t().is_contiguous() else x.t().clone()
    return copy.view(-1)

def when(seen, want):
    return stops_in_view(seen, keep_the_layout)


# %% read_columns | wrong: clone-straightens | clone and view
def read_columns(x):
    return x.t().clone().view(-1)


# %% read_columns | wrong: clone-straightens | clone first
def read_columns(x):
    return x.clone().t().view(-1)


# %% read_columns | wrong: clone-straightens | contiguous clone first
def read_columns(x):
    return x.contiguous().clone().t().view(-1)


# %% read_columns | misconception | reshape-always-copies
why = "reshape copies only when it must: clone says that you want a copy."
next = "x = torch.zeros(2, 3).t(); read_columns(x)[0] = 7; print(x)"


# %% read_columns | wrong: reshape-always-copies | reshape
def read_columns(x):
    return x.t().reshape(-1)


# %% read_columns | wrong: reshape-always-copies | flatten
def read_columns(x):
    return x.T.flatten()


# %% read_columns | wrong: reshape-always-copies | contiguous and view
def read_columns(x):
    return x.t().contiguous().view(-1)


# %% read_columns | wrong: reshape-always-copies | ravel
def read_columns(x):
    return torch.ravel(x.mT)


# %% read_columns | misconception | view-of-a-transpose
why = "view never copies; a transposed matrix cannot be flattened without copying."
next = "torch.zeros(2, 3).t().view(-1)"


def stops_in_view(seen, wrong):
    """Whether the call stopped in view, and `wrong` does so too where x lies as it did."""
    x = seen.arguments["x"]
    if "view size" not in seen.raised.message:
        return False
    try:
        wrong(torch.empty_strided(x.shape, x.stride, dtype=x.dtype))
    except RuntimeError:
        return True
    return False

def when(seen, want):
    return stops_in_view(seen, lambda x: x.t().view(-1))


# %% read_columns | wrong: view-of-a-transpose | view
def read_columns(x):
    return x.t().view(-1)


# %% read_columns | wrong: view-of-a-transpose | view of the size
def read_columns(x):
    return x.T.view(x.numel())


# %% read_columns | wrong: view-of-a-transpose | clone too late
def read_columns(x):
    return x.T.view(-1).clone()


# %% read_columns | misconception | reshape-as-transpose
why = "reshape never moves an element."
next = "print(torch.tensor([[1, 2, 3], [4, 5, 6]]).reshape(3, 2).flatten())"


def when(seen, want):
    rows = seen.arguments["x"].values.flatten()
    return torch.equal(seen.result.values, rows) and not torch.equal(rows, want)


# %% read_columns | wrong: reshape-as-transpose | reshape
def read_columns(x):
    return x.reshape(x.shape[1], x.shape[0]).flatten()


# %% read_columns | wrong: reshape-as-transpose | flatten and clone
def read_columns(x):
    return x.flatten().clone()


# %% read_columns | wrong: reshape-as-transpose | clone and reshape
def read_columns(x):
    M, N = x.shape
    return x.clone().reshape(N, M).reshape(-1)


# %% read_columns | wrong | still-a-matrix, transposed
def read_columns(x):
    return x.t().clone()


# %% read_columns | wrong | dtype-lost, list without a dtype
def read_columns(x):
    return torch.tensor(x.t().tolist()).flatten()


# %% read_columns | wrong | one-row-view, a view of one row
def read_columns(x):
    if x.shape[0] == 1:
        return x[0]
    return x.t().reshape(-1).clone()


# %% tally_ | right | index_add_
def tally_(counts, i):
    return counts.index_add_(0, i, torch.ones(len(i), dtype=counts.dtype))


# %% tally_ | right | index_put_
def tally_(counts, i):
    counts.index_put_((i,), torch.ones((), dtype=counts.dtype), accumulate=True)
    return counts


# %% tally_ | right | a loop
def tally_(counts, i):
    for n in i.tolist():
        counts[n] += 1
    return counts


# %% tally_ | right | numpy
def tally_(counts, i):
    np.add.at(counts.numpy(), i.numpy(), 1)
    return counts


# %% tally_ | right | scatter_add_
def tally_(counts, i):
    counts.scatter_add_(0, i, torch.ones_like(i, dtype=counts.dtype))
    return counts


# %% tally_ | right | compare and sum
def tally_(counts, i):
    counts.add_((i[:, None] == torch.arange(len(counts))).sum(0))
    return counts


# %% tally_ | right | the front part
def tally_(counts, i):
    found = torch.bincount(i)
    counts[:len(found)] += found.to(counts.dtype)
    return counts


# %% tally_ | right | copy_
def tally_(counts, i):
    counts.copy_(counts + torch.bincount(i, minlength=counts.numel()))
    print(counts)
    return counts


# %% tally_ | right | put_
def tally_(counts, i):
    return counts.put_(i, torch.ones(len(i), dtype=counts.dtype), accumulate=True)


# %% tally_ | right | unique
def tally_(counts, i):
    where, how_often = i.unique(return_counts=True)
    counts[where] += how_often.to(counts.dtype)
    return counts


# %% tally_ | misconception | new-tensor
why = "In place means: write into the memory that the caller holds."
next = "counts = torch.zeros(3); tally_(counts, torch.tensor([0, 0])); print(counts)"


def when(seen, want):
    return (
        seen.result is not None and ("", "counts") not in seen.objects
            and seen.arguments["i"].numel > 0 and torch.equal(seen.after["counts"].values, seen.arguments["counts"].values)
    )


# %% tally_ | wrong: new-tensor | plus
def tally_(counts, i):
    counts = counts + torch.bincount(i, minlength=len(counts)).to(counts.dtype)
    return counts


# %% tally_ | wrong: new-tensor | data
def tally_(counts, i):
    counts.data = counts.data + torch.bincount(i, minlength=len(counts)).to(counts.dtype)
    return counts


# %% tally_ | wrong: new-tensor | clone
def tally_(counts, i):
    out = counts.clone()
    out.index_add_(0, i, torch.ones(len(i), dtype=out.dtype))
    return out


# %% tally_ | wrong: new-tensor | index_add
def tally_(counts, i):
    return counts.index_add(0, i, torch.ones(len(i), dtype=counts.dtype))


# %% tally_ | wrong: new-tensor | set_
def tally_(counts, i):
    counts.set_(counts + torch.bincount(i, minlength=len(counts)).to(counts.dtype))
    return counts


# %% tally_ | wrong: new-tensor | plus, another dtype
def tally_(counts, i):
    return counts + torch.bincount(i, minlength=len(counts))


# %% tally_ | misconception | bincount-too-short
why = "bincount ends at the largest position that occurs: give it minlength."
next = "print(torch.bincount(torch.tensor([0, 2, 0])), torch.bincount(torch.tensor([0, 1]), minlength=5))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.bincount.html"


def when(seen, want):
    return any(word in seen.raised.message for word in ("must match", "broadcast"))


# %% tally_ | wrong: bincount-too-short | +=
def tally_(counts, i):
    counts += torch.bincount(i)
    return counts


# %% tally_ | wrong: bincount-too-short | add_
def tally_(counts, i):
    return counts.add_(torch.bincount(i).to(counts.dtype))


# %% tally_ | wrong: bincount-too-short | numpy in place
def tally_(counts, i):
    counts.numpy()[:] += np.bincount(i.numpy()).astype(counts.numpy().dtype)
    return counts


# %% tally_ | misconception | write-into-a-copy
why = "Indexing with a tensor copies: x[[0]].fill_(1) leaves x unchanged."
next = "x = torch.zeros(3); x[[0]].fill_(1); print(x)"


# %% tally_ | wrong: write-into-a-copy | add_
def tally_(counts, i):
    counts[i].add_(1)
    return counts


# %% tally_ | wrong: write-into-a-copy | +=
def tally_(counts, i):
    chosen = counts[i]
    chosen += 1
    return counts


# %% tally_ | misconception | repeats-count-once
why = "counts[i] += 1 reads all positions before it writes any, so repeats add 1 once: use index_add_ or bincount."
next = "print(tally_(torch.tensor([0, 0]), torch.tensor([1, 1, 1])))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.index_add_.html"


# %% tally_ | wrong: repeats-count-once | +=
def tally_(counts, i):
    counts[i] += 1
    return counts


# %% tally_ | wrong: repeats-count-once | read, add, write
def tally_(counts, i):
    counts[i] = counts[i] + 1
    return counts


# %% tally_ | wrong: repeats-count-once | a set
def tally_(counts, i):
    for n in set(i.tolist()):
        counts[n] += 1
    return counts


# %% tally_ | wrong: repeats-count-once | index_put_
def tally_(counts, i):
    return counts.index_put_((i,), counts[i] + torch.ones(len(i), dtype=counts.dtype))


# %% tally_ | wrong | returns-nothing, forgets return
def tally_(counts, i):
    counts += torch.bincount(i, minlength=len(counts))


# %% tally_ | wrong | starts-at-zero, zero_
def tally_(counts, i):
    return counts.copy_(torch.bincount(i, minlength=len(counts)))


# %% tally_ | wrong | sorts-the-positions, changes i
def tally_(counts, i):
    i.copy_(i.sort().values)
    counts += torch.bincount(i, minlength=len(counts))
    return counts


# %% tally_ | wrong | a-view-is-returned, view
def tally_(counts, i):
    counts += torch.bincount(i, minlength=len(counts))
    return counts[:]


# %% tally_ | wrong | neighbours, writes beside the column
def tally_(counts, i):
    whole = counts.as_strided((len(counts),), (1,), counts.storage_offset())
    whole += torch.bincount(i, minlength=len(counts))
    return counts


# %% tally_ | wrong | int64-only, ones of the dtype of i
def tally_(counts, i):
    return counts.index_add_(0, i, torch.ones_like(i))


# %% compact | right | if
def compact(x):
    if x.is_contiguous():
        return x
    return x.clone(memory_format=torch.contiguous_format)


# %% compact | right | view or copy
def compact(x):
    if x.is_contiguous():
        return x.view(x.shape)
    out = torch.empty(x.shape, dtype=x.dtype)
    out.copy_(x)
    return out


# %% compact | right | numpy
def compact(x):
    return torch.from_numpy(np.require(x.numpy(), requirements="C"))


# %% compact | right | detach
def compact(x):
    return x.detach().contiguous()


# %% compact | right | list of elements
def compact(x):
    if not x.is_contiguous():
        x = torch.tensor(x.flatten().tolist(), dtype=x.dtype).reshape(x.shape)
    return x


# %% compact | right | strides worked out
def compact(x):
    step = 1
    for size, stride in zip(reversed(x.shape), reversed(x.stride())):
        if size != 1 and stride != step and x.numel():
            return torch.stack([x]).contiguous()[0] if x.dim() == 0 else torch.empty(x.shape, dtype=x.dtype).copy_(x)
        step *= size
    return x


# %% compact | right | ravel where needed
def compact(x):
    return x if x.is_contiguous() else x.ravel().reshape(x.shape)


# %% compact | misconception | always-copies
why = "Ask is_contiguous(): being part of a bigger tensor is no reason to copy."
next = "print(torch.zeros(6, 8)[2:5].is_contiguous())"


def is_view_of_x(seen):
    return ("", "x") in seen.shared

def when(seen, want):
    return seen.raised is None and seen.arguments["x"].is_contiguous and not is_view_of_x(seen)


# %% compact | wrong: always-copies | contiguous_format
def compact(x):
    return x.clone(memory_format=torch.contiguous_format)


# %% compact | wrong: always-copies | contiguous and clone
def compact(x):
    return x.contiguous().clone(memory_format=torch.contiguous_format)


# %% compact | wrong: always-copies | part of a bigger tensor
def compact(x):
    if x.numel() == x.untyped_storage().nbytes() // x.element_size() and x.is_contiguous():
        return x
    return x.clone(memory_format=torch.contiguous_format)


# %% compact | wrong: always-copies | views of another tensor
def compact(x):
    if x.is_contiguous() and x._base is None:
        return x
    return x.clone(memory_format=torch.contiguous_format)


# %% compact | wrong: always-copies | clone, then contiguous
def compact(x):
    return x.clone().contiguous()


# %% compact | wrong: always-copies | offset
def compact(x):
    if x.storage_offset() == 0 and x.is_contiguous():
        return x
    return torch.empty(x.shape, dtype=x.dtype).copy_(x)


# %% compact | wrong: always-copies | strides of size 1
def compact(x):
    step, fine = 1, True
    for size, stride in zip(reversed(x.shape), reversed(x.stride())):
        fine = fine and stride == step
        step *= size
    return x if fine else x.clone(memory_format=torch.contiguous_format)


# %% compact | wrong: always-copies | torch.tensor
def compact(x):
    return torch.tensor(x.tolist(), dtype=x.dtype).reshape(x.shape)


# %% compact | misconception | clone-straightens
why = "clone keeps the layout of a transposed tensor."
next = "print(torch.zeros(2, 3).t().clone().is_contiguous())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.clone.html"


def is_view_of_x(seen):
    return ("", "x") in seen.shared

def when(seen, want):
    return not seen.result.is_contiguous and not is_view_of_x(seen)


# %% compact | wrong: clone-straightens | clone where needed
def compact(x):
    return x if x.is_contiguous() else x.clone()


# %% compact | wrong: clone-straightens | clone always
def compact(x):
    return x.clone()


# %% compact | wrong: clone-straightens | empty_like
def compact(x):
    if x.is_contiguous():
        return x
    return torch.empty_like(x).copy_(x)


# %% compact | misconception | reshape-straightens
why = "reshape copies only if the new shape forces it; the same shape never does."
next = "x = torch.zeros(2, 3).t(); print(x.reshape(3, 2).is_contiguous())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.reshape.html"


def is_view_of_x(seen):
    return ("", "x") in seen.shared

def when(seen, want):
    return not seen.result.is_contiguous and is_view_of_x(seen)


# %% compact | wrong: reshape-straightens | reshape
def compact(x):
    return x.reshape(x.shape)


# %% compact | wrong: reshape-straightens | flatten
def compact(x):
    return x.flatten().reshape(x.shape)


# %% compact | wrong: reshape-straightens | to
def compact(x):
    return x.to(memory_format=torch.contiguous_format)


# %% compact | wrong: reshape-straightens | reshape where needed
def compact(x):
    if x.is_contiguous():
        return x
    return x.reshape(-1).reshape(x.shape)


# %% compact | misconception | view-of-non-contiguous
why = "view never copies, so it cannot make anything contiguous."
next = "torch.zeros(2, 3).t().view(-1)"


def when(seen, want):
    return seen.raised.type_name == "RuntimeError" and "view" in seen.raised.message


# %% compact | wrong: view-of-non-contiguous | view
def compact(x):
    return x.view(-1).view(x.shape)


# %% compact | wrong: view-of-non-contiguous | view where needed
def compact(x):
    return x if x.is_contiguous() else x.view(x.numel()).view(x.shape)


# %% compact | wrong | numbers-become-vectors, ascontiguousarray
def compact(x):
    return torch.from_numpy(np.ascontiguousarray(x.numpy()))


# %% compact | wrong | does-nothing, x
def compact(x):
    return x


# %% windows | right | unfold and permute
def windows(x, k):
    return x.unfold(0, k, 1).permute(0, 2, 1)


# %% windows | right | mT
def windows(x, k):
    return x.unfold(dimension=0, size=k, step=1).mT


# %% windows | right | as_strided with the strides of x
def windows(x, k):
    T, F = x.shape
    down, right = x.stride()
    return x.as_strided((T - k + 1, k, F), (down, down, right), x.storage_offset())


# %% windows | right | numpy
def windows(x, k):
    view = np.lib.stride_tricks.sliding_window_view(x.numpy(), k, axis=0, writeable=True)
    return torch.from_numpy(view.swapaxes(1, 2))


# %% windows | right | the transpose unfolded
def windows(x, k):
    return x.t().unfold(1, k, 1).permute(1, 2, 0)


# %% windows | right | as_strided, default offset
def windows(x, k):
    shape = (x.shape[0] - k + 1, k, x.shape[1])
    return torch.as_strided(x, shape, (x.stride(0), *x.stride()))


# %% windows | right | numpy, read only
def windows(x, k):
    return torch.from_numpy(np.lib.stride_tricks.sliding_window_view(x.numpy(), k, axis=0)).transpose(1, 2)


# %% windows | right | numpy, windows of whole rows
def windows(x, k):
    w = np.lib.stride_tricks.sliding_window_view(x.numpy(), (k, x.shape[1]))
    return torch.from_numpy(w)[:, 0]


# %% windows | misconception | window-dimension-last
why = "unfold puts the new dimension at the end."
next = "print(torch.zeros(6, 3).unfold(0, 2, 1).shape)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.unfold.html"


# %% windows | wrong: window-dimension-last | unfold
def windows(x, k):
    return x.unfold(0, k, 1)


# %% windows | wrong: window-dimension-last | goes by the sizes
def windows(x, k):
    out = x.unfold(0, k, 1)
    if out.shape[1:] != (k, x.shape[1]):
        out = out.transpose(1, 2)
    return out


# %% windows | wrong: window-dimension-last | swapped when the sizes differ
def windows(x, k):
    out = x.unfold(0, k, 1)
    return out.transpose(1, 2) if x.shape[1] != k else out


# %% windows | wrong: window-dimension-last | stack of transposed
def windows(x, k):
    return torch.stack([x[r:r + k].t() for r in range(len(x) - k + 1)])


# %% windows | misconception | reshape-as-transpose
why = "Swapping dimensions is transpose, not reshape."
next = "print(torch.arange(12).reshape(4, 3).unfold(0, 2, 1)[0])"


def when(seen, want):
    return "view size" in seen.raised.message


# %% windows | wrong: reshape-as-transpose | reshape
def windows(x, k):
    return x.unfold(0, k, 1).reshape(x.shape[0] - k + 1, k, x.shape[1])


# %% windows | wrong: reshape-as-transpose | contiguous and view
def windows(x, k):
    out = x.unfold(0, k, 1).contiguous()
    return out.view(-1, k, x.shape[1])


# %% windows | wrong: reshape-as-transpose | view
def windows(x, k):
    w = x.unfold(0, k, 1)
    return w.view(w.shape[0], k, x.shape[1])


# %% windows | misconception | stack-copies
why = "stack and tensor indexes copy: overlapping windows need a view."
next = "x = torch.zeros(2, 4).t(); out = windows(x, 2); x += 1; print(out[0])"


# %% windows | wrong: stack-copies | stack
def windows(x, k):
    return torch.stack([x[r:r + k] for r in range(x.shape[0] - k + 1)])


# %% windows | wrong: stack-copies | positions
def windows(x, k):
    rows = torch.arange(len(x) - k + 1)[:, None] + torch.arange(k)
    return x[rows]


# %% windows | wrong: stack-copies | contiguous at the end
def windows(x, k):
    return x.unfold(0, k, 1).transpose(1, 2).contiguous()


# %% windows | wrong: stack-copies | contiguous at the start
def windows(x, k):
    return x.contiguous().unfold(0, k, 1).transpose(1, 2)


# %% windows | wrong: stack-copies | clone
def windows(x, k):
    return x.clone().unfold(0, k, 1).mT


# %% windows | misconception | assumed-strides
why = "Take the strides and the offset from x."
next = "print(windows(torch.arange(12).reshape(3, 4).t()[1:], 2))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.as_strided.html"


def when(seen, want):
    return (
        "out of bounds for storage" in seen.raised.message if seen.raised
            else ("", "x") in seen.shared and seen.result.shape == want.shape
    )


# %% windows | wrong: assumed-strides | F, F, 1
def windows(x, k):
    T, F = x.shape
    return x.as_strided((T - k + 1, k, F), (F, F, 1))


# %% windows | wrong: assumed-strides | offset 0
def windows(x, k):
    T, F = x.shape
    return torch.as_strided(x, (T - k + 1, k, F), (F, F, 1), 0)


# %% windows | wrong: assumed-strides | strides of x, offset 0
def windows(x, k):
    T, F = x.shape
    return x.as_strided((T - k + 1, k, F), (x.stride(0), x.stride(0), x.stride(1)), 0)


# %% windows | wrong: assumed-strides | the last stride is 1
def windows(x, k):
    T, F = x.shape
    return x.as_strided((T - k + 1, k, F), (x.stride(0), x.stride(0), 1), x.storage_offset())


# %% windows | wrong: assumed-strides | max of strides
def windows(x, k):
    T, F = x.shape
    s = max(x.stride())
    return x.as_strided((T - k + 1, k, F), (s, s, min(x.stride())))


# %% windows | wrong | step-of-k, windows that do not overlap
def windows(x, k):
    return x.unfold(0, k, k).transpose(1, 2)


# %% windows | wrong | one-too-few, stops early
def windows(x, k):
    return x[:-1].unfold(0, k, 1).transpose(1, 2)
