"""Answers to 02-indexing-and-shape, right and wrong; every wrong one has the name of what it gets wrong."""

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


# %% masked_mean | wrong: multiply-by-the-mask | sums
def masked_mean(x, keep):
    return (x * keep).sum() / keep.sum()


# %% masked_mean | wrong: multiply-by-the-mask | in the dtype of x
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.to(torch.float32)
    weights = keep.to(x.dtype)
    return (x * weights).sum() / weights.sum()


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


# %% masked_mean | wrong: zero-is-invalid | drops zeros
def masked_mean(x, keep):
    valid = x[keep == 1]
    valid = valid[valid != 0]
    return valid.mean(dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: divides-by-rows | len
def masked_mean(x, keep):
    return x[keep == 1].sum() / len(x)


# %% masked_mean | wrong: nothing-is-zero | 0 for no reading
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


# %% one_hot | wrong: squeeze-drops-too-much | eye and squeeze
def one_hot(i, C):
    return torch.eye(C)[i].squeeze()


# %% one_hot | wrong: squeeze-drops-too-much | F.one_hot and squeeze
def one_hot(i, C):
    return torch.squeeze(torch.nn.functional.one_hot(i, C).float())


# %% one_hot | wrong: squeeze-drops-too-much | the first dimension
def one_hot(i, C):
    return torch.eye(C)[i].squeeze(0)


# %% one_hot | wrong: transposed | columns per class number
def one_hot(i, C):
    return torch.eye(C)[i].t()


# %% one_hot | wrong: counted | bincount
def one_hot(i, C):
    return torch.bincount(i, minlength=C).float().reshape(1, C)


# %% one_hot | wrong: stack-empty | stops without class numbers
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


# %% column | wrong: dimension-lost | integer
def column(x, j):
    return x[:, j]


# %% column | wrong: dimension-lost | select
def column(x, j):
    return x.select(1, j)


# %% column | wrong: dimension-lost | a row of the transpose
def column(x, j):
    return x.t()[j]


# %% column | wrong: slice-of-minus-one | slice
def column(x, j):
    return x[:, j:j + 1]


# %% column | wrong: slice-of-minus-one | slice object
def column(x, j):
    return x[:, slice(j, j + 1)].reshape(-1, 1)


# %% column | wrong: slice-of-minus-one | reshaped
def column(x, j):
    return x[:, j:j + 1].reshape(x.shape[0], 1)


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


# %% column | wrong: a-row | row j
def column(x, j):
    return x[j].unsqueeze(1)


# %% column | wrong: counts-from-one | j - 1
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


# %% stack_frames | wrong: cat-for-stack | cat and squeeze
def stack_frames(frames):
    return torch.cat(frames).squeeze(-1)


# %% stack_frames | wrong: cat-for-stack | cat
def stack_frames(frames):
    return torch.cat(frames, dim=0)


# %% stack_frames | wrong: cat-for-stack | cat of squeezed frames
def stack_frames(frames):
    return torch.vstack([frame.squeeze(-1) for frame in frames])


# %% stack_frames | wrong: squeeze-drops-too-much | after stack
def stack_frames(frames):
    return torch.stack(frames).squeeze()


# %% stack_frames | wrong: squeeze-drops-too-much | before stack
def stack_frames(frames):
    return torch.stack([frame.squeeze() for frame in frames])


# %% stack_frames | wrong: squeeze-drops-too-much | first dimension too
def stack_frames(frames):
    return torch.stack(frames).squeeze(-1).squeeze(0)


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


# %% stack_frames | wrong: keeps-the-last-dimension | stack
def stack_frames(frames):
    return torch.stack(frames)


# %% stack_frames | wrong: squeezes-the-frames | in place
def stack_frames(frames):
    for frame in frames:
        frame.squeeze_(-1)
    return torch.stack(frames)


# %% stack_frames | wrong: replaces-the-frames | copies in the list
def stack_frames(frames):
    for t in range(len(frames)):
        frames[t] = frames[t].clone()
    return torch.stack(frames).squeeze(-1)


# %% stack_frames | wrong: a-view-of-one-frame | no copy for a single frame
def stack_frames(frames):
    if len(frames) == 1:
        return frames[0].permute(2, 0, 1)
    return torch.stack(frames).squeeze(-1)


# %% stack_frames | wrong: reversed-time | reversed
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


# %% rotate_left | wrong: negative-step | slice
def rotate_left(img):
    return img.mT[..., ::-1, :]


# %% rotate_left | wrong: negative-step | columns first
def rotate_left(img):
    return img[..., ::-1].transpose(-1, -2)


# %% rotate_left | wrong: negative-step | numpy
def rotate_left(img):
    return torch.from_numpy(np.rot90(img.numpy(), axes=(-2, -1)))


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


# %% rotate_left | wrong: three-dimensions-only | unpacks C, H, W
def rotate_left(img):
    C, H, W = img.shape
    return img.transpose(1, 2).flip(1)


# %% rotate_left | wrong: turns-the-input | transpose_
def rotate_left(img):
    return img.transpose_(-2, -1).flip(-2)


# %% rotate_left | wrong: one-column-view | a view of one column
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


# %% read_columns | wrong: view-of-a-transpose | view
def read_columns(x):
    return x.t().view(-1)


# %% read_columns | wrong: view-of-a-transpose | view of the size
def read_columns(x):
    return x.T.view(x.numel())


# %% read_columns | wrong: view-of-a-transpose | clone too late
def read_columns(x):
    return x.T.view(-1).clone()


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


# %% read_columns | wrong: clone-straightens | clone and view
def read_columns(x):
    return x.t().clone().view(-1)


# %% read_columns | wrong: clone-straightens | clone first
def read_columns(x):
    return x.clone().t().view(-1)


# %% read_columns | wrong: clone-straightens | contiguous clone first
def read_columns(x):
    return x.contiguous().clone().t().view(-1)


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


# %% read_columns | wrong: still-a-matrix | transposed
def read_columns(x):
    return x.t().clone()


# %% read_columns | wrong: dtype-lost | list without a dtype
def read_columns(x):
    return torch.tensor(x.t().tolist()).flatten()


# %% read_columns | wrong: one-row-view | a view of one row
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


# %% tally_ | wrong: write-into-a-copy | add_
def tally_(counts, i):
    counts[i].add_(1)
    return counts


# %% tally_ | wrong: write-into-a-copy | +=
def tally_(counts, i):
    chosen = counts[i]
    chosen += 1
    return counts


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


# %% tally_ | wrong: returns-nothing | forgets return
def tally_(counts, i):
    counts += torch.bincount(i, minlength=len(counts))


# %% tally_ | wrong: starts-at-zero | zero_
def tally_(counts, i):
    return counts.copy_(torch.bincount(i, minlength=len(counts)))


# %% tally_ | wrong: sorts-the-positions | changes i
def tally_(counts, i):
    i.copy_(i.sort().values)
    counts += torch.bincount(i, minlength=len(counts))
    return counts


# %% tally_ | wrong: a-view-is-returned | view
def tally_(counts, i):
    counts += torch.bincount(i, minlength=len(counts))
    return counts[:]


# %% tally_ | wrong: neighbours | writes beside the column
def tally_(counts, i):
    whole = counts.as_strided((len(counts),), (1,), counts.storage_offset())
    whole += torch.bincount(i, minlength=len(counts))
    return counts


# %% tally_ | wrong: int64-only | ones of the dtype of i
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


# %% compact | wrong: view-of-non-contiguous | view
def compact(x):
    return x.view(-1).view(x.shape)


# %% compact | wrong: view-of-non-contiguous | view where needed
def compact(x):
    return x if x.is_contiguous() else x.view(x.numel()).view(x.shape)


# %% compact | wrong: numbers-become-vectors | ascontiguousarray
def compact(x):
    return torch.from_numpy(np.ascontiguousarray(x.numpy()))


# %% compact | wrong: does-nothing | x
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


# %% windows | wrong: window-dimension-last | unfold
def windows(x, k):
    return x.unfold(0, k, 1)


# %% windows | wrong: window-dimension-last | goes by the sizes
def windows(x, k):
    out = x.unfold(0, k, 1)
    if out.shape[1:] != (k, x.shape[1]):
        out = out.transpose(1, 2)
    return out


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


# %% windows | wrong: window-dimension-last | swapped when the sizes differ
def windows(x, k):
    out = x.unfold(0, k, 1)
    return out.transpose(1, 2) if x.shape[1] != k else out


# %% windows | wrong: window-dimension-last | stack of transposed
def windows(x, k):
    return torch.stack([x[r:r + k].t() for r in range(len(x) - k + 1)])


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


# %% windows | wrong: step-of-k | windows that do not overlap
def windows(x, k):
    return x.unfold(0, k, k).transpose(1, 2)


# %% windows | wrong: one-too-few | stops early
def windows(x, k):
    return x[:-1].unfold(0, k, 1).transpose(1, 2)
