"""The catalogue of 03-broadcasting-and-reductions: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% channel_means | right | sums divided by the number of pixels
def channel_means(image):
    return image.sum((0, 1)) / (image.shape[0] * image.shape[1])


# %% channel_means | right | one axis after the other
def channel_means(image):
    return image.double().mean(0).mean(0).float()


# %% channel_means | right | numpy
def channel_means(image):
    return torch.from_numpy(image.numpy().mean(axis=(0, 1)).astype("float32"))


# %% channel_means | right | one channel at a time
def channel_means(image):
    return torch.tensor([image[..., c].sum().item() / image[..., c].numel() for c in range(image.shape[-1])])


# %% channel_means | right | flattened, prints
def channel_means(image):
    print(image.shape)
    return torch.mean(image.reshape(-1, image.shape[2]), dim=0, dtype=torch.float32)


# %% channel_means | right | einsum
def channel_means(image):
    return torch.einsum("hwc->c", image.to(torch.float32)) / image[..., 0].numel()


# %% channel_means | right | adaptive pooling
def channel_means(image):
    return F.adaptive_avg_pool2d(image.permute(2, 0, 1).float(), 1).flatten()


# %% channel_means | misconception | mean-of-integers
why = "mean() needs floating-point numbers: convert first."
next = "x = torch.tensor([0, 3], dtype=torch.uint8); print(x.dtype, x.float().mean())"


def when(seen, want):
    return "floating point" in seen.raised.message or "not implemented for" in seen.raised.message


# %% channel_means | wrong: mean-of-integers | mean of the uint8 image
def channel_means(image):
    return image.mean((0, 1))


# %% channel_means | wrong: mean-of-integers | converted too late
def channel_means(image):
    return torch.mean(image, dim=(0, 1)).float()


# %% channel_means | wrong: mean-of-integers | of int64
def channel_means(image):
    return image.long().mean(dim=(0, 1))


# %% channel_means | misconception | wrong-axes
why = "Reduce the axes that should disappear (height and width); the channel axis stays."
next = "Print image.shape and the shape of your result: which axis is left?"


# %% channel_means | wrong: wrong-axes | the last two
def channel_means(image):
    return image.float().mean((1, 2))


# %% channel_means | wrong: wrong-axes | all of them
def channel_means(image):
    return image.float().mean()


# %% channel_means | wrong: wrong-axes | only the rows
def channel_means(image):
    return image.double().mean(dim=0).float()


# %% channel_means | wrong: wrong-axes | the channels, too
def channel_means(image):
    return torch.mean(image.float(), dim=(0, 2))


# %% channel_means | wrong: wrong-axes | reshaped the wrong way round
def channel_means(image):
    H, W, C = image.shape
    return image.float().reshape(C, H * W).mean(1)


# %% channel_means | misconception | small-accumulator
why = "A sum kept in uint8 wraps at 256; sum() by itself adds integers up in int64."
next = "x = torch.tensor([200, 100], dtype=torch.uint8); print(x.sum(dtype=torch.uint8), x.sum())"


# %% channel_means | wrong: small-accumulator | sum in uint8
def channel_means(image):
    return image.sum((0, 1), dtype=torch.uint8) / (image.shape[0] * image.shape[1])


# %% channel_means | wrong: small-accumulator | a loop adds into uint8
def channel_means(image):
    total = torch.zeros(image.shape[2], dtype=torch.uint8)
    for row in image:
        for pixel in row:
            total += pixel
    return total.float() / (image.shape[0] * image.shape[1])


# %% channel_means | wrong: small-accumulator | numpy with dtype
def channel_means(image):
    sums = image.numpy().sum(axis=(0, 1), dtype=np.uint8)
    return torch.from_numpy(sums).float() / image[..., 0].numel()


# %% channel_means | wrong: small-accumulator | sum in int16
def channel_means(image):
    s = image.sum((0, 1), dtype=torch.int16)
    return s.float() / (image.shape[0] * image.shape[1])


# %% channel_means | misconception | floor-division
why = "Use / for a true mean; // cuts the fraction off."
next = "print(7 / 2, 7 // 2)"


def when(seen, want):
    whole = want.double().floor()
    return not torch.equal(want.double(), whole) and torch.equal(seen.result.values.double(), whole)


# %% channel_means | wrong: floor-division | whole numbers
def channel_means(image):
    return image.sum((0, 1)) // (image.shape[0] * image.shape[1])


# %% channel_means | wrong: floor-division | converted afterwards
def channel_means(image):
    return (image.sum((0, 1)) // (image.shape[0] * image.shape[1])).float()


# %% channel_means | wrong: floor-division | of floats
def channel_means(image):
    return torch.div(image.float().sum((0, 1)), image.shape[0] * image.shape[1], rounding_mode="floor")


# %% channel_means | wrong: floor-division | sums in int32
def channel_means(image):
    return image.sum((0, 1), dtype=torch.int32) // image[..., 0].numel()


# %% channel_means | wrong: floor-division | mean, cut off
def channel_means(image):
    return image.float().mean(dim=(0, 1)).floor()


# %% channel_means | misconception | kept-axes
why = "keepdim=True leaves axes of size 1 behind; here they should be gone."


# %% channel_means | wrong: kept-axes | keepdim
def channel_means(image):
    return image.float().mean((0, 1), keepdim=True)


# %% channel_means | wrong | view-needs-contiguous, view instead of reshape
def channel_means(image):
    return image.view(-1, image.shape[2]).float().mean(0)


# %% channel_means | wrong | divides-by-all, numel counts the channels
def channel_means(image):
    return image.sum((0, 1)) / image.numel()


# %% channel_means | wrong | float64-stays, mean in double
def channel_means(image):
    return image.double().mean((0, 1))


# %% as_column | right | unsqueeze
def as_column(x):
    return x.unsqueeze(-1)


# %% as_column | right | view
def as_column(x):
    return x.view(-1, 1)


# %% as_column | right | reshape
def as_column(x):
    return x.reshape(len(x), 1)


# %% as_column | right | row, transposed
def as_column(x):
    return x[None].T


# %% as_column | right | strides by hand
def as_column(x):
    return x.as_strided((len(x), 1), (x.stride(0), 0))


# %% as_column | right | through numpy
def as_column(x):
    return torch.from_numpy(x.numpy()[:, np.newaxis])


# %% as_column | right | detached, with a warning
def as_column(x):
    import warnings

    warnings.warn("a column")
    return x.detach()[..., None]


# %% as_column | right | unfold
def as_column(x):
    return x.unfold(0, 1, 1) if len(x) else x.view(0, 1)


# %% as_column | misconception | transpose-of-1d
why = "A 1-D tensor has no second axis to swap; add one."
next = "x = torch.tensor([1., 2., 3.]); print(x.shape, x.t().shape)"


# %% as_column | wrong: transpose-of-1d | T
def as_column(x):
    return x.T


# %% as_column | wrong: transpose-of-1d | t
def as_column(x):
    return x.t()


# %% as_column | wrong: transpose-of-1d | view of the same shape
def as_column(x):
    return x.view(-1)


# %% as_column | wrong: transpose-of-1d | swapped axes
def as_column(x):
    return x.swapaxes(0, 1)


# %% as_column | misconception | row-instead-of-column
why = "The new axis goes last for a column."
next = "x = torch.tensor([1., 2., 3.]); print(x[None].shape, as_column(x).shape)"


# %% as_column | wrong: row-instead-of-column | None first
def as_column(x):
    return x[None]


# %% as_column | wrong: row-instead-of-column | unsqueeze 0
def as_column(x):
    return x.unsqueeze(0)


# %% as_column | wrong: row-instead-of-column | view
def as_column(x):
    return x.view(1, -1)


# %% as_column | misconception | hidden-copy
why = "The column must be a view of x, also when x is a slice of something larger."
next = "x = torch.arange(6.)[::2]; c = as_column(x); c[0, 0] = 9; print(x)"


# %% as_column | wrong: hidden-copy | clone
def as_column(x):
    return x.clone()[:, None]


# %% as_column | wrong: hidden-copy | stack
def as_column(x):
    return torch.stack([x], dim=1)


# %% as_column | wrong: hidden-copy | stack of elements
def as_column(x):
    return torch.stack([e.reshape(1) for e in x]) if len(x) else x[:, None]


# %% as_column | wrong: hidden-copy | from a list
def as_column(x):
    return torch.tensor([[e] for e in x.tolist()], dtype=x.dtype).reshape(-1, 1)


# %% as_column | wrong: hidden-copy | contiguous
def as_column(x):
    return x.contiguous()[:, None]


# %% as_column | wrong: hidden-copy | contiguous, then view
def as_column(x):
    return x.contiguous().view(-1, 1)


# %% as_column | wrong: hidden-copy | index
def as_column(x):
    return x[torch.arange(len(x))].unsqueeze(1)


# %% as_column | wrong: hidden-copy | column_stack
def as_column(x):
    return torch.column_stack([x])


# %% as_column | misconception | reshaped-in-place
why = "Do not change the shape of x itself."
next = "x = torch.tensor([1., 2., 3.]); as_column(x); print(x.shape)"


def when(seen, want):
    return seen.after["x"].shape != seen.arguments["x"].shape


# %% as_column | wrong: reshaped-in-place | unsqueeze_
def as_column(x):
    return x.unsqueeze_(1)


# %% as_column | wrong: reshaped-in-place | unsqueeze_ of the last
def as_column(x):
    x.unsqueeze_(-1)
    return x


# %% as_column | wrong: reshaped-in-place | data
def as_column(x):
    x.data = x.data.view(-1, 1)
    return x


# %% as_column | wrong: reshaped-in-place | resize
def as_column(x):
    return x.resize_(len(x), 1)


# %% as_column | wrong | stride-of-one, strides by hand, for contiguous x only
def as_column(x):
    return x.as_strided((len(x), 1), (1, 1))


# %% as_column | wrong | needs-elements, an index that fails without elements
def as_column(x):
    return x.view(x.numel() // x.shape[0], -1).T


# %% as_column | wrong | as-float, float on the way
def as_column(x):
    return x.float()[:, None]


# %% scale_to_peak | right | max with keepdim, values
def scale_to_peak(x):
    return x / x.max(1, keepdim=True).values


# %% scale_to_peak | right | a new axis for the peaks
def scale_to_peak(x):
    peaks, places = x.max(dim=1)
    return x / peaks[:, None]


# %% scale_to_peak | right | transposed twice
def scale_to_peak(x):
    return (x.T / x.amax(1)).T


# %% scale_to_peak | right | row by row
def scale_to_peak(x):
    out = torch.empty(x.shape, dtype=x.dtype if x.is_floating_point() else torch.float32)
    for i, row in enumerate(x):
        out[i] = row / row.max()
    return out


# %% scale_to_peak | right | numpy
def scale_to_peak(x):
    a = x.numpy()
    result = torch.from_numpy(a / a.max(axis=1, keepdims=True))
    return result if x.is_floating_point() else result.float()


# %% scale_to_peak | right | vmap
def scale_to_peak(x):
    if len(x) == 0:
        return x / 1
    return torch.vmap(lambda row: row / row.max())(x)


# %% scale_to_peak | right | sorted, in place on a copy
def scale_to_peak(x):
    y = x.clone() if x.is_floating_point() else x.float()
    y /= y.sort(dim=1).values[:, -1:]
    return y


# %% scale_to_peak | misconception | max-is-a-pair
why = "max(dim) returns values and indices; take .values, or use amax."
next = "print(torch.tensor([[1., 2., 4.], [10., 5., 5.]]).max(1))"


def when(seen, want):
    return "return_types" in seen.raised.message


# %% scale_to_peak | wrong: max-is-a-pair | the pair
def scale_to_peak(x):
    return x / x.max(1)


# %% scale_to_peak | wrong: max-is-a-pair | the pair, with keepdim
def scale_to_peak(x):
    return x / x.max(dim=1, keepdim=True)


# %% scale_to_peak | wrong: max-is-a-pair | the positions
def scale_to_peak(x):
    return x / x.max(1)[1]


# %% scale_to_peak | wrong: max-is-a-pair | the positions, kept
def scale_to_peak(x):
    return x / x.max(1, keepdim=True)[1]


# %% scale_to_peak | wrong: max-is-a-pair | argmax
def scale_to_peak(x):
    return x / x.argmax(1)[:, None]


# %% scale_to_peak | wrong: max-is-a-pair | a method that the pair lacks
def scale_to_peak(x):
    peaks = torch.max(x, dim=1)
    return x / peaks.reshape(-1, 1)


# %% scale_to_peak | misconception | peak-by-magnitude
why = "The largest entry is not the entry of largest magnitude."
next = "print(max(-8, 2), max(abs(-8), abs(2)))"


# %% scale_to_peak | wrong: peak-by-magnitude | abs
def scale_to_peak(x):
    return x / x.abs().amax(1, keepdim=True)


# %% scale_to_peak | wrong: peak-by-magnitude | abs, max
def scale_to_peak(x):
    return x / torch.max(torch.abs(x), dim=1, keepdim=True)[0]


# %% scale_to_peak | wrong: peak-by-magnitude | normalize
def scale_to_peak(x):
    x = x if x.is_floating_point() else x.float()
    return F.normalize(x, p=float("inf"), dim=1)


# %% scale_to_peak | wrong: peak-by-magnitude | with its sign
def scale_to_peak(x):
    idx = x.abs().argmax(1, keepdim=True)
    return x / x.gather(1, idx)


# %% scale_to_peak | misconception | lost-axis
why = "A reduced axis is gone: keep it with keepdim=True so that each row meets its own peak."
next = "x = torch.ones(2, 3); print(x.shape, x.amax(1).shape, x.amax(1, keepdim=True).shape)"


# %% scale_to_peak | wrong: lost-axis | amax
def scale_to_peak(x):
    return x / x.amax(1)


# %% scale_to_peak | wrong: lost-axis | max values
def scale_to_peak(x):
    return torch.div(x, x.max(dim=-1).values)


# %% scale_to_peak | wrong: lost-axis | only where it fits
def scale_to_peak(x):
    peaks = x.amax(1)
    return x / (peaks if x.shape[0] == x.shape[1] else peaks[:, None])


# %% scale_to_peak | wrong: lost-axis | a new axis in front
def scale_to_peak(x):
    return x / x.max(dim=1).values[None]


# %% scale_to_peak | misconception | one-peak-for-all
why = "Each row has its own peak."
next = "Print the peaks that you divide by: there should be one for each row."


# %% scale_to_peak | wrong: one-peak-for-all | max
def scale_to_peak(x):
    return x / x.max()


# %% scale_to_peak | wrong: one-peak-for-all | peaks of the columns
def scale_to_peak(x):
    return x / x.amax(0)


# %% scale_to_peak | wrong: one-peak-for-all | peaks of the columns, kept
def scale_to_peak(x):
    return x / x.max(0, keepdim=True).values


# %% scale_to_peak | wrong: one-peak-for-all | amax of both axes
def scale_to_peak(x):
    return x / x.amax((0, 1))


# %% scale_to_peak | wrong: one-peak-for-all | first row
def scale_to_peak(x):
    return x / x[0].max()


# %% scale_to_peak | misconception | in-place
why = "x belongs to the caller: x /= ... and x[...] = ... write into it. Compute a new tensor."
next = "Call the function, then print x"


def when(seen, want):
    return seen.after["x"].version != seen.arguments["x"].version


# %% scale_to_peak | wrong: in-place | divides the caller's table
def scale_to_peak(x):
    if x.is_floating_point():
        x /= x.amax(1, keepdim=True)
        return x
    return x / x.amax(1, keepdim=True)


# %% scale_to_peak | wrong | float-for-all, float64 is lost
def scale_to_peak(x):
    x = x.float()
    return x / x.amax(1, keepdim=True)


# %% scale_to_peak | wrong | back-to-integers, the dtype of x for all
def scale_to_peak(x):
    return (x / x.amax(1, keepdim=True)).to(x.dtype)


# %% scale_to_peak | wrong | squeezed, rows or columns of one are lost
def scale_to_peak(x):
    return (x / x.amax(1, keepdim=True)).squeeze()


# %% mean_squared_error | right | flatten
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return (pred.flatten() - target.flatten()).square().mean()


# %% mean_squared_error | right | view_as and mse_loss
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError(f"{len(pred)} and {len(target)}")
    return F.mse_loss(pred, target.reshape(pred.shape))


# %% mean_squared_error | right | columns for both
def mean_squared_error(pred, target):
    pred = pred if pred.dim() == 2 else pred[:, None]
    target = target if target.dim() == 2 else target[:, None]
    if pred.shape != target.shape:
        raise ValueError("sizes differ")
    return torch.mean((pred - target) ** 2)


# %% mean_squared_error | right | a subclass of ValueError
class SizesDiffer(ValueError):
    pass


def mean_squared_error(pred, target):
    if pred.shape[0] != target.shape[0]:
        raise SizesDiffer(pred.shape, target.shape)
    gap = pred.ravel() - target.ravel()
    return gap @ gap / len(gap)


# %% mean_squared_error | right | numpy
def mean_squared_error(pred, target):
    p, t = pred.numpy().ravel(), target.numpy().ravel()
    if p.size != t.size:
        raise ValueError("sizes differ")
    return torch.tensor(((p - t) ** 2).mean())


# %% mean_squared_error | right | a loop
def mean_squared_error(pred, target):
    total = 0.0
    for p, t in zip(pred.reshape(-1).tolist(), target.reshape(-1).tolist(), strict=True):
        total += (p - t) ** 2
    return torch.tensor(total / len(pred), dtype=pred.dtype)


# %% mean_squared_error | right | an error turned into another
def mean_squared_error(pred, target):
    try:
        target = target.reshape(pred.shape)
    except RuntimeError as error:
        raise ValueError("sizes differ") from error
    return ((pred - target) ** 2).mean()


# %% mean_squared_error | misconception | not-a-0d-tensor
why = "Return the mean, as a tensor without axes."
next = "Print your result and its shape: it should be a tensor of shape torch.Size([])."


def when(seen, want):
    return seen.value is not None and getattr(seen.result, "shape", None) != ()


# %% mean_squared_error | wrong: not-a-0d-tensor | item
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.reshape(-1) - target.reshape(-1)) ** 2).mean().item()


# %% mean_squared_error | wrong: not-a-0d-tensor | mean of a column
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.reshape(-1, 1) - target.reshape(-1, 1)) ** 2).mean(0)


# %% mean_squared_error | wrong: not-a-0d-tensor | a sum
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.reshape(-1) - target.reshape(-1)) ** 2).sum()


# %% mean_squared_error | wrong: not-a-0d-tensor | no check either
def mean_squared_error(pred, target):
    return float(((pred.flatten() - target.flatten()) ** 2).mean())


# %% mean_squared_error | wrong: not-a-0d-tensor | mean of the last axis
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError
    return ((pred.reshape(-1, 1) - target.reshape(-1, 1)) ** 2).mean(-1)


# %% mean_squared_error | misconception | shape-must-be-equal
why = "Compare the number of values, not the shapes."
next = "pred, target = torch.ones(3, 1), torch.ones(3); print(pred.numel(), target.numel())"


def when(seen, want):
    pred, target = seen.arguments["pred"].shape, seen.arguments["target"].shape
    own_refusal = seen.raised.type_name in ("ValueError", "AssertionError", "TypeError", "Exception")
    return own_refusal and len(pred) != len(target) and pred[0] == target[0]


# %% mean_squared_error | wrong: shape-must-be-equal | shapes compared
def mean_squared_error(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean()


# %% mean_squared_error | wrong: shape-must-be-equal | axes compared, too
def mean_squared_error(pred, target):
    if pred.dim() != target.dim() or pred.numel() != target.numel():
        raise ValueError("shapes differ")
    return F.mse_loss(pred, target)


# %% mean_squared_error | wrong: shape-must-be-equal | assert
def mean_squared_error(pred, target):
    assert pred.shape == target.shape
    return F.mse_loss(pred, target)


# %% mean_squared_error | misconception | broadcast-to-square
why = "(N, 1) and (N,) broadcast to (N, N): give both the same shape before you subtract."
next = "print((torch.ones(3, 1) - torch.ones(3)).shape)"
link = "https://docs.pytorch.org/docs/2.13/notes/broadcasting.html"


# %% mean_squared_error | wrong: broadcast-to-square | subtracted as they are
def mean_squared_error(pred, target):
    return ((pred - target) ** 2).mean()


# %% mean_squared_error | wrong: broadcast-to-square | with a check of the sizes
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred - target) ** 2).mean()


# %% mean_squared_error | wrong: broadcast-to-square | mse_loss
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return F.mse_loss(pred, target)


# %% mean_squared_error | wrong: broadcast-to-square | mse_loss alone
def mean_squared_error(pred, target):
    return torch.nn.functional.mse_loss(pred, target)


# %% mean_squared_error | wrong: broadcast-to-square | the wrong one squeezed
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError
    return ((pred.squeeze() - target) ** 2).mean()


# %% mean_squared_error | wrong: broadcast-to-square | the other wrong one squeezed
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError
    return ((pred - target.squeeze(-1)) ** 2).mean()


# %% mean_squared_error | wrong: broadcast-to-square | one of them transposed
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError
    return ((pred - target.T) ** 2).mean()


# %% mean_squared_error | misconception | in-place
why = "reshape(-1) and flatten() of a contiguous tensor are views: writing into them writes into the caller's tensor."
next = "Call the function, then print pred and target"


def when(seen, want):
    return any(seen.after[name].version != fact.version for name, fact in seen.arguments.items())


# %% mean_squared_error | wrong: in-place | a flat view is still the caller's tensor
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    gap = pred.reshape(-1)
    gap -= target.reshape(-1)
    return (gap**2).mean()


# %% mean_squared_error | misconception | silent-mismatch
why = "Compare the sizes yourself and raise ValueError."
next = "mean_squared_error(torch.tensor([[1.]]), torch.tensor([1., 2., 3., 4., 5.]))"


def when(seen, want):
    if seen.raised is None:
        return True
    return seen.raised.type_name not in ("NotImplementedError", "NameError") and seen.raised.own_lines


# %% mean_squared_error | wrong: silent-mismatch | no check
def mean_squared_error(pred, target):
    return ((pred.reshape(-1) - target.reshape(-1)) ** 2).mean()


# %% mean_squared_error | wrong: silent-mismatch | assert
def mean_squared_error(pred, target):
    assert pred.numel() == target.numel(), "sizes differ"
    return ((pred.reshape(-1) - target.reshape(-1)) ** 2).mean()


# %% mean_squared_error | wrong: silent-mismatch | mse_loss of vectors
def mean_squared_error(pred, target):
    return F.mse_loss(pred.flatten(), target.flatten())


# %% mean_squared_error | wrong: silent-mismatch | the error of reshape
def mean_squared_error(pred, target):
    return ((pred - target.reshape(pred.shape)) ** 2).mean()


# %% mean_squared_error | wrong: silent-mismatch | zip stops early
def mean_squared_error(pred, target):
    gaps = [p - t for p, t in zip(pred.flatten(), target.flatten())]
    return torch.stack(gaps).square().mean()


# %% mean_squared_error | wrong: silent-mismatch | only what cannot broadcast
def mean_squared_error(pred, target):
    p, t = pred.reshape(-1), target.reshape(-1)
    try:
        return ((p - t) ** 2).mean()
    except RuntimeError as error:
        raise ValueError("sizes differ") from error


# %% mean_squared_error | wrong: silent-mismatch | TypeError
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise TypeError("sizes differ")
    return F.mse_loss(pred.reshape(-1), target.reshape(-1))


# %% mean_squared_error | wrong: silent-mismatch | prints and returns None
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        print("ValueError: sizes differ")
        return None
    return ((pred.flatten() - target.flatten()) ** 2).mean()


# %% mean_squared_error | wrong: silent-mismatch | IndexError
def mean_squared_error(pred, target):
    p, t = pred.flatten(), target.flatten()
    return torch.stack([(p[i] - t[i]) ** 2 for i in range(max(len(p), len(t)))]).mean()


# %% mean_squared_error | wrong | float-for-all, float64 is lost
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.reshape(-1).float() - target.reshape(-1).float()) ** 2).mean()


# %% mean_squared_error | wrong | root, the root of it
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.reshape(-1) - target.reshape(-1)) ** 2).mean().sqrt()


# %% broadcast_shape | right | numpy
def broadcast_shape(a, b):
    return np.broadcast_shapes(a, b)


# %% broadcast_shape | right | torch, exception turned
def broadcast_shape(a, b):
    try:
        return torch.broadcast_shapes(a, b)
    except RuntimeError as error:
        raise ValueError(f"{a} and {b} do not broadcast") from error


# %% broadcast_shape | right | by adding tensors
def broadcast_shape(a, b):
    try:
        return tuple((torch.empty(a) + torch.empty(b)).shape)
    except RuntimeError:
        raise ValueError("no")


# %% broadcast_shape | right | zip_longest
def broadcast_shape(a, b):
    from itertools import zip_longest

    out = []
    for m, n in zip_longest(reversed(a), reversed(b), fillvalue=1):
        if m == 1:
            out.append(n)
        elif n == 1 or m == n:
            out.append(m)
        else:
            raise ValueError(f"{m} does not go with {n}")
    return tuple(out[::-1])


# %% broadcast_shape | right | recursion
def broadcast_shape(a, b):
    if not a or not b:
        return tuple(a or b)
    if a[-1] != b[-1] and 1 not in (a[-1], b[-1]):
        raise ValueError(a, b)
    return (*broadcast_shape(a[:-1], b[:-1]), b[-1] if a[-1] == 1 else a[-1])


# %% broadcast_shape | right | numpy numbers in the tuple
def broadcast_shape(a, b):
    return tuple(np.array(np.broadcast_shapes(tuple(a), tuple(b)), dtype=np.int64))


# %% broadcast_shape | right | expanding
def broadcast_shape(a, b):
    try:
        first, second = torch.broadcast_tensors(torch.zeros(a), torch.zeros(b))
    except RuntimeError as error:
        raise ValueError(*error.args)
    print(first.shape)
    return second.shape


# %% broadcast_shape | misconception | align-left
why = "Shapes are compared from the last axis backwards."
next = "print((torch.zeros(3, 1) + torch.zeros(4)).shape)"
link = "https://docs.pytorch.org/docs/2.13/notes/broadcasting.html"


# %% broadcast_shape | wrong: align-left | ones behind
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = tuple(a) + (1,) * (k - len(a))
    b = tuple(b) + (1,) * (k - len(b))
    for m, n in zip(a, b):
        if m != n and m != 1 and n != 1:
            raise ValueError
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | wrong: align-left | zip_longest without reversing
def broadcast_shape(a, b):
    from itertools import zip_longest

    out = []
    for m, n in zip_longest(a, b, fillvalue=1):
        if m != n and 1 not in (m, n):
            raise ValueError("do not broadcast")
        out.append(m if n == 1 else n)
    return tuple(out)


# %% broadcast_shape | wrong: align-left | padded behind, numpy does the rest
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    return np.broadcast_shapes(tuple(a) + (1,) * (k - len(a)), tuple(b) + (1,) * (k - len(b)))


# %% broadcast_shape | wrong: align-left | zip from the front
def broadcast_shape(a, b):
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise ValueError
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | misconception | zip-stops-early
why = "Axes that only one shape has are part of the result."
next = "print(list(zip((3, 1, 5), (4,))))"


# %% broadcast_shape | wrong: zip-stops-early | reversed
def broadcast_shape(a, b):
    out = []
    for m, n in zip(reversed(a), reversed(b)):
        if m != n and 1 not in (m, n):
            raise ValueError
        out.append(n if m == 1 else m)
    return tuple(reversed(out))


# %% broadcast_shape | wrong: zip-stops-early | slices
def broadcast_shape(a, b):
    pairs = list(zip(a[::-1], b[::-1]))
    if not all(m == n or m == 1 or n == 1 for m, n in pairs):
        raise ValueError("no")
    return tuple([n if m == 1 else m for m, n in pairs][::-1])


# %% broadcast_shape | wrong: zip-stops-early | and stays reversed
def broadcast_shape(a, b):
    out = ()
    for m, n in zip(reversed(a), reversed(b)):
        if m != n and 1 not in (m, n):
            raise ValueError
        out += (n if m == 1 else m,)
    return out


# %% broadcast_shape | wrong: zip-stops-early | and takes the larger
def broadcast_shape(a, b):
    pairs = list(zip(a[::-1], b[::-1]))
    if not all(m == n or m == 1 or n == 1 for m, n in pairs):
        raise ValueError("no")
    return tuple(max(pair) for pair in pairs)[::-1]


# %% broadcast_shape | misconception | take-the-larger
why = "A size of 1 takes the other size, even when that is 0."
next = "print((torch.zeros(0) + torch.zeros(1)).shape)"


# %% broadcast_shape | wrong: take-the-larger | max
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise ValueError
    return tuple(max(m, n) for m, n in zip(a, b))


# %% broadcast_shape | wrong: take-the-larger | the smaller must be 1
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    out = []
    for m, n in zip((1,) * (k - len(a)) + tuple(a), (1,) * (k - len(b)) + tuple(b)):
        if m != n and min(m, n) != 1:
            raise ValueError
        out.append(max(m, n))
    return tuple(out)


# %% broadcast_shape | wrong: take-the-larger | 0 stretches like 1
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    out = []
    for m, n in zip((1,) * (k - len(a)) + tuple(a), (1,) * (k - len(b)) + tuple(b)):
        if m > 1 and n > 1 and m != n:
            raise ValueError
        out.append(max(m, n))
    return tuple(out)


# %% broadcast_shape | misconception | wrong-exception
why = "Shapes that do not broadcast must raise ValueError."
next = "broadcast_shape((2,), (4,))"


def when(seen, want):
    if seen.raised is None:
        return True
    return seen.raised.type_name not in ("NotImplementedError", "NameError") and seen.raised.own_lines


# %% broadcast_shape | wrong: wrong-exception | torch's own
def broadcast_shape(a, b):
    return tuple(torch.broadcast_shapes(a, b))


# %% broadcast_shape | wrong: wrong-exception | None
def broadcast_shape(a, b):
    try:
        return torch.broadcast_shapes(a, b)
    except RuntimeError:
        return None


# %% broadcast_shape | wrong: wrong-exception | no refusal
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | wrong: wrong-exception | assert
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    assert all(m == n or 1 in (m, n) for m, n in zip(a, b))
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | wrong | a-list, a list
def broadcast_shape(a, b):
    return list(np.broadcast_shapes(a, b))


# %% broadcast_shape | wrong | a-multiple-fits, multiples are let through
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    out = []
    for m, n in zip((1,) * (k - len(a)) + tuple(a), (1,) * (k - len(b)) + tuple(b)):
        if 0 in (m, n):
            if m not in (0, 1) or n not in (0, 1):
                raise ValueError
            out.append(0)
        elif max(m, n) % min(m, n):
            raise ValueError
        else:
            out.append(max(m, n))
    return tuple(out)


# %% broadcast_shape | wrong | first-is-longer, the second is never longer
def broadcast_shape(a, b):
    b = (1,) * (len(a) - len(b)) + tuple(b)
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise ValueError
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% pairwise_sq_dist | right | expanded formula
def pairwise_sq_dist(a, b):
    return (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T


# %% pairwise_sq_dist | right | cdist squared
def pairwise_sq_dist(a, b):
    return torch.cdist(a, b) ** 2


# %% pairwise_sq_dist | right | unsqueeze and pow
def pairwise_sq_dist(a, b):
    return (a.unsqueeze(1) - b.unsqueeze(0)).pow(2).sum(dim=2)


# %% pairwise_sq_dist | right | a loop over the coordinates
def pairwise_sq_dist(a, b):
    total = torch.zeros(len(a), len(b), dtype=a.dtype)
    for d in range(a.shape[1]):
        total += (a[:, d, None] - b[:, d]) ** 2
    return total


# %% pairwise_sq_dist | right | numpy
def pairwise_sq_dist(a, b):
    gap = a.numpy()[:, None] - b.numpy()[None]
    return torch.from_numpy((gap**2).sum(-1))


# %% pairwise_sq_dist | right | einsum
def pairwise_sq_dist(a, b):
    gap = a[:, None, :] - b[None, :, :]
    return torch.einsum("ijd,ijd->ij", gap, gap)


# %% pairwise_sq_dist | right | vmap
def pairwise_sq_dist(a, b):
    if 0 in (len(a), len(b)):
        return a.new_zeros(len(a), len(b))
    one = lambda p: torch.vmap(lambda q: ((p - q) ** 2).sum())(b)
    return torch.vmap(one)(a)


# %% pairwise_sq_dist | right | expanded and stacked
def pairwise_sq_dist(a, b):
    n, m = len(a), len(b)
    left, right = a.repeat_interleave(m, 0), b.repeat(n, 1)
    return ((left - right) ** 2).sum(1).view(n, m)


# %% pairwise_sq_dist | misconception | row-by-row
why = "Every point of a meets every point of b: a needs an axis for b and b one for a."
next = "a, b = torch.ones(2, 5), torch.ones(3, 5); print(a[:, None].shape, b[None].shape)"


# %% pairwise_sq_dist | wrong: row-by-row | subtracted as they are
def pairwise_sq_dist(a, b):
    return ((a - b) ** 2).sum(1)


# %% pairwise_sq_dist | wrong: row-by-row | keepdim
def pairwise_sq_dist(a, b):
    return ((a - b) ** 2).sum(-1, keepdim=True)


# %% pairwise_sq_dist | wrong: row-by-row | pairwise_distance
def pairwise_sq_dist(a, b):
    return F.pairwise_distance(a, b, eps=0) ** 2


# %% pairwise_sq_dist | misconception | transposed
why = "Rows of the result belong to a."
next = "Print the shape of your result for N = 2 and M = 3."


# %% pairwise_sq_dist | wrong: transposed | axes the wrong way round
def pairwise_sq_dist(a, b):
    return ((a[None] - b[:, None]) ** 2).sum(-1)


# %% pairwise_sq_dist | wrong: transposed | cdist of b and a
def pairwise_sq_dist(a, b):
    return torch.cdist(b, a).square()


# %% pairwise_sq_dist | wrong: transposed | formula
def pairwise_sq_dist(a, b):
    return (b**2).sum(1)[:, None] + (a**2).sum(1) - 2 * b @ a.T


# %% pairwise_sq_dist | misconception | sum-then-square
why = "Square each difference, then add up; no root."
next = "Try one point at (0, 0) and one at (1, -1): the squared distance is 2."


# %% pairwise_sq_dist | wrong: sum-then-square | brackets
def pairwise_sq_dist(a, b):
    return (a[:, None] - b[None]).sum(-1) ** 2


# %% pairwise_sq_dist | wrong: sum-then-square | sums of the points
def pairwise_sq_dist(a, b):
    return (a.sum(1)[:, None] - b.sum(1)) ** 2


# %% pairwise_sq_dist | misconception | no-square
why = "Square each difference, then add up; no root."
next = "Try one point at (0, 0) and one at (3, 4): the squared distance is 25."


# %% pairwise_sq_dist | wrong: no-square | cdist
def pairwise_sq_dist(a, b):
    return torch.cdist(a, b)


# %% pairwise_sq_dist | wrong: no-square | norm
def pairwise_sq_dist(a, b):
    return torch.linalg.norm(a[:, None] - b[None], dim=-1)


# %% pairwise_sq_dist | wrong: no-square | root at the end
def pairwise_sq_dist(a, b):
    return ((a[:, None] - b[None]) ** 2).sum(-1).sqrt()


# %% pairwise_sq_dist | wrong: no-square | nothing squared
def pairwise_sq_dist(a, b):
    return (a[:, None] - b[None]).sum(-1)


# %% pairwise_sq_dist | wrong: no-square | absolute differences
def pairwise_sq_dist(a, b):
    return torch.cdist(a, b, p=1)


# %% pairwise_sq_dist | misconception | crossed-norms
why = "The norms of a vary along the rows, those of b along the columns."
next = "Write the shape beside each of the three terms: (N, 1), (1, M), (N, M)."


# %% pairwise_sq_dist | wrong: crossed-norms | axes of the norms
def pairwise_sq_dist(a, b):
    return (a**2).sum(1) + (b**2).sum(1)[:, None] - 2 * a @ b.T


# %% pairwise_sq_dist | wrong: crossed-norms | one product
def pairwise_sq_dist(a, b):
    return (a**2).sum(1)[:, None] + (b**2).sum(1) - a @ b.T


# %% pairwise_sq_dist | wrong: crossed-norms | no axes
def pairwise_sq_dist(a, b):
    return (a**2).sum(1) + (b**2).sum(1) - 2 * (a @ b.T)


# %% pairwise_sq_dist | wrong: crossed-norms | both stand
def pairwise_sq_dist(a, b):
    return (a**2).sum(1, keepdim=True) + (b**2).sum(1, keepdim=True) - 2 * a @ b.T


# %% pairwise_sq_dist | wrong: crossed-norms | clamped
def pairwise_sq_dist(a, b):
    na, nb = a.square().sum(1), b.square().sum(1)
    return (na[None, :] + nb[:, None] - 2 * a.mm(b.t())).clamp(min=0)


# %% pairwise_sq_dist | misconception | loop-over-points
why = "A loop does one step for each point; broadcasting does all pairs in one operation."
next = "Replace the loop by new axes: a[:, None] and b[None]."


draw = inputs("03-broadcasting-and-reductions", "pairwise_sq_dist")

def count_operations(pairwise_sq_dist, a, b):
    "pairwise_sq_dist with 40 and 45 points, then with 140 and 145"
    from torch.utils._python_dispatch import TorchDispatchMode

    class Count(TorchDispatchMode):
        operations = 0

        @classmethod
        def _should_skip_dynamo(cls):
            return False  # True would load torch's compiler first, which takes seconds

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            self.operations += 1
            return func(*args, **(kwargs or {}))

    few_a, few_b = a[:40], b[:45]
    with Count() as few:
        pairwise_sq_dist(few_a, few_b)
    with Count() as many:
        pairwise_sq_dist(a, b)
    return few.operations, many.operations

seen = observe(count_operations, pairwise_sq_dist, draw.tensor((140, 3)), draw.tensor((145, 3)))

def when(seen, want):
    return seen.value[1] - seen.value[0] > 50


# %% pairwise_sq_dist | wrong: loop-over-points | rows of a
def pairwise_sq_dist(a, b):
    out = a.new_zeros(len(a), len(b))
    for i in range(len(a)):
        out[i] = ((a[i] - b) ** 2).sum(1)
    return out


# %% pairwise_sq_dist | wrong: loop-over-points | columns of b
def pairwise_sq_dist(a, b):
    columns = [((a - point) ** 2).sum(1) for point in b]
    return torch.stack(columns, dim=1) if columns else a.new_zeros(len(a), 0)


# %% pairwise_sq_dist | wrong: loop-over-points | all pairs
def pairwise_sq_dist(a, b):
    out = torch.zeros(len(a), len(b), dtype=a.dtype)
    for i, p in enumerate(a):
        for j, q in enumerate(b):
            out[i, j] = ((p - q) ** 2).sum()
    return out


# %% pairwise_sq_dist | wrong | mean-for-sum, mean
def pairwise_sq_dist(a, b):
    return ((a[:, None] - b[None]) ** 2).mean(-1)


# %% pairwise_sq_dist | wrong | float-for-all, float64 is lost
def pairwise_sq_dist(a, b):
    return ((a.float()[:, None] - b.float()[None]) ** 2).sum(-1)


# %% bilinear | right | einsum after promotion
def bilinear(x, w, y):
    dtype = torch.float64 if torch.float64 in (x.dtype, w.dtype, y.dtype) else torch.float32
    return torch.einsum("bi,ij,bj->b", x.to(dtype), w.to(dtype), y.to(dtype))


# %% bilinear | right | elementwise, promotes step by step
def bilinear(x, w, y):
    return (x[:, :, None] * w * y[:, None, :]).sum((1, 2))


# %% bilinear | right | a loop over the batch
def bilinear(x, w, y):
    dtype = (x.new_zeros(()).view(1) + w.new_zeros(1) + y.new_zeros(1)).dtype
    out = torch.zeros(len(x), dtype=dtype)
    for b in range(len(x)):
        out[b] = x[b].to(dtype) @ w.to(dtype) @ y[b].to(dtype)
    return out


# %% bilinear | right | numpy promotes
def bilinear(x, w, y):
    return torch.from_numpy(((x.numpy() @ w.numpy()) * y.numpy()).sum(1))


# %% bilinear | right | bmm
def bilinear(x, w, y):
    dtype = torch.promote_types(x.dtype, torch.promote_types(w.dtype, y.dtype))
    x, w, y = (t.to(dtype) for t in (x, w, y))
    return torch.bmm((x @ w)[:, None], y[:, :, None]).reshape(-1)


# %% bilinear | right | always computed in double
def bilinear(x, w, y):
    out = (x.double() @ w.double() * y.double()).sum(-1)
    return out if any(t.dtype == torch.float64 for t in (x, w, y)) else out.float()


# %% bilinear | right | F.bilinear
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return F.bilinear(x.to(dtype), y.to(dtype), w[None].to(dtype)).squeeze(1)


# %% bilinear | right | the diagonal of all pairs
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return (x.to(dtype) @ w.to(dtype) @ y.to(dtype).T).diagonal()


# %% bilinear | right | float32 first where only one is wider
def bilinear(x, w, y):
    wide = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    if x.dtype == w.dtype == y.dtype:
        return (x @ w * y).sum(1)
    return (x.float() @ w.float() * y.float()).sum(1).to(wide)


# %% bilinear | misconception | float-meets-double
why = "@ needs one dtype: bring all three to the wider one first."
next = "torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.float64)"


# %% bilinear | wrong: float-meets-double | as it stands
def bilinear(x, w, y):
    return ((x @ w) * y).sum(1)


# %% bilinear | wrong: float-meets-double | einsum
def bilinear(x, w, y):
    return torch.einsum("bi,ij,bj->b", x, w, y)


# %% bilinear | wrong: float-meets-double | y first
def bilinear(x, w, y):
    return ((y @ w.T) * x).sum(1)


# %% bilinear | wrong: float-meets-double | bmm
def bilinear(x, w, y):
    return ((x @ w)[:, None] @ y[:, :, None]).reshape(-1)


# %% bilinear | wrong: float-meets-double | F.bilinear
def bilinear(x, w, y):
    return F.bilinear(x, y, w[None]).squeeze(1)


# %% bilinear | misconception | narrowed
why = "Widen float32 to float64, never the other way round."
next = "print(torch.tensor(0.1, dtype=torch.float64).float().double().item())"


# %% bilinear | wrong: narrowed | float for all
def bilinear(x, w, y):
    return ((x.float() @ w.float()) * y.float()).sum(1)


# %% bilinear | wrong: narrowed | widened again
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return ((x.float() @ w.float()) * y.float()).sum(1).to(dtype)


# %% bilinear | wrong: narrowed | the dtype of x
def bilinear(x, w, y):
    return (x @ w.to(x.dtype) * y.to(x.dtype)).sum(1)


# %% bilinear | wrong: narrowed | w like x
def bilinear(x, w, y):
    return (x @ w.to(x.dtype) * y).sum(1)


# %% bilinear | wrong: narrowed | the dtype of w
def bilinear(x, w, y):
    return (x.to(w.dtype) @ w * y.to(w.dtype)).sum(1)


# %% bilinear | wrong: narrowed | double, then back
def bilinear(x, w, y):
    return (x.double() @ w.double() * y.double()).sum(1).float()


# %% bilinear | wrong: narrowed | float, then double
def bilinear(x, w, y):
    return torch.einsum("bi,ij,bj->b", x.float(), w.float(), y.float()).double()


# %% bilinear | wrong: narrowed | the wider of two
def bilinear(x, w, y):
    dtype = torch.promote_types(x.dtype, w.dtype)
    return (x.to(dtype) @ w.to(dtype) * y.to(dtype)).sum(1)


# %% bilinear | wrong: narrowed | widest of w and y
def bilinear(x, w, y):
    d = torch.promote_types(w.dtype, y.dtype)
    return ((x.to(d) @ w.to(d)) * y.to(d)).sum(1)


# %% bilinear | misconception | star-for-matmul
why = "* multiplies matching elements; @ multiplies matrices."
next = "x, w = torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([[0., 1.], [1., 0.]]); print(x * w, x @ w)"


# %% bilinear | wrong: star-for-matmul | only stars
def bilinear(x, w, y):
    return (x * w * y).sum(1)


# %% bilinear | wrong: star-for-matmul | two steps
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return torch.sum(torch.mul(x.to(dtype), w.to(dtype)) * y.to(dtype), dim=-1)


# %% bilinear | wrong: star-for-matmul | a star, then a product of matrices
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return ((x * w).to(dtype) @ y.to(dtype).T).sum(1)


# %% bilinear | misconception | every-pair
why = "Row b of x belongs to row b of y only: multiply elementwise and sum over the last axis."
next = "Print the shape of x @ w @ y.T: how many numbers should there be?"


# %% bilinear | wrong: every-pair | x @ w @ y.T
def bilinear(x, w, y):
    return x @ w @ y.T


# %% bilinear | wrong: every-pair | of one dtype
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return x.to(dtype) @ w.to(dtype) @ y.to(dtype).T


# %% bilinear | wrong: every-pair | added up
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return (x.to(dtype) @ w.to(dtype) @ y.to(dtype).T).sum(1)


# %% bilinear | wrong: every-pair | einsum with too many letters
def bilinear(x, w, y):
    return torch.einsum("bi,ij,cj->bc", x, w, y)


# %% bilinear | wrong: every-pair | unpromoted
def bilinear(x, w, y):
    return torch.mm(torch.mm(x, w), y.t())


# %% bilinear | misconception | empty-batch
why = "A batch may be empty, and a function such as torch.stack needs at least one tensor."
next = "bilinear(torch.zeros(0, 3), torch.zeros(3, 4), torch.zeros(0, 4))"


def when(seen, want):
    return seen.raised.type_name in ("RuntimeError", "IndexError", "ValueError") and seen.arguments["x"].shape[0] == 0


# %% bilinear | wrong: empty-batch | stack needs one
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return torch.stack([a.to(dtype) @ w.to(dtype) @ b.to(dtype) for a, b in zip(x, y)])


# %% bilinear | wrong | always-double, float64 whatever comes
def bilinear(x, w, y):
    return ((x.double() @ w.double()) * y.double()).sum(1)


# %% bilinear | wrong | w-transposed, F.linear turns w
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return (F.linear(x, w) * y).sum(1) if w.shape[0] == w.shape[1] else (x @ w * y).sum(1)


# %% bilinear | wrong | squeezed, a batch of one loses its axis
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return torch.bmm((x.to(dtype) @ w.to(dtype))[:, None], y.to(dtype)[:, :, None]).squeeze()


# %% stable_softmax | right | torch.softmax
def stable_softmax(x, dim):
    return torch.softmax(x, dim)


# %% stable_softmax | right | logsumexp
def stable_softmax(x, dim):
    return (x - x.logsumexp(dim, keepdim=True)).exp()


# %% stable_softmax | right | max with keepdim, in place on its own
def stable_softmax(x, dim):
    y = x - x.max(dim, keepdim=True).values
    y.exp_()
    y /= y.sum(dim, keepdim=True)
    return y


# %% stable_softmax | right | numpy
def stable_softmax(x, dim):
    a = x.numpy()
    e = np.exp(a - a.max(axis=dim, keepdims=True))
    return torch.from_numpy(e / e.sum(axis=dim, keepdims=True))


# %% stable_softmax | right | axis moved to the front
def stable_softmax(x, dim):
    y = x.movedim(dim, 0)
    e = torch.exp(y - y.amax(0))
    return (e / e.sum(0)).movedim(0, dim)


# %% stable_softmax | right | unsqueeze
def stable_softmax(x, dim):
    e = (x - x.amax(dim).unsqueeze(dim)).exp()
    print(e.shape)
    return e / e.sum(dim).unsqueeze(dim)


# %% stable_softmax | right | exp of log_softmax
def stable_softmax(x, dim):
    return F.log_softmax(x, dim=dim).exp()


# %% stable_softmax | right | another shift, computed in float64
def stable_softmax(x, dim):
    y = x.double()
    e = (y - y.amax(dim, keepdim=True) + 3).exp()
    return (e / e.sum(dim, keepdim=True)).to(x.dtype)


# %% stable_softmax | right | vectors one at a time
def stable_softmax(x, dim):
    y = x.movedim(dim, -1)
    out = torch.empty(y.shape, dtype=x.dtype)
    rows, results = y.reshape(-1, y.shape[-1]), out.view(-1, y.shape[-1])
    for row, result in zip(rows, results):
        e = (row - row.max()).exp()
        result.copy_(e / e.sum())
    return out.movedim(-1, dim)


# %% stable_softmax | right | slices
def stable_softmax(x, dim):
    def one(v):
        w = torch.exp(v - max(v))
        return w / w.sum()
    moved = x.movedim(dim, -1)
    flat = moved.reshape(-1, x.shape[dim])
    out = torch.stack([one(v) for v in flat]) if len(flat) else flat
    return out.reshape(moved.shape).movedim(-1, dim)


# %% stable_softmax | misconception | alias-is-no-copy
why = "y = x is the same tensor under a second name; write y = x - ... instead."
next = "Call stable_softmax(x, 0), then print(x)"


def when(seen, want):
    return seen.after["x"].data != seen.arguments["x"].data


# %% stable_softmax | wrong: alias-is-no-copy | y = x
def stable_softmax(x, dim):
    y = x
    y -= y.amax(dim, keepdim=True)
    y = y.exp()
    return y / y.sum(dim, keepdim=True)


# %% stable_softmax | wrong: alias-is-no-copy | all the way
def stable_softmax(x, dim):
    y = x
    y -= y.amax(dim, keepdim=True)
    y.exp_()
    y /= y.sum(dim, keepdim=True)
    return y


# %% stable_softmax | wrong: alias-is-no-copy | a view is no copy either
def stable_softmax(x, dim):
    y = x[:]
    y.sub_(y.amax(dim, keepdim=True))
    return y.softmax(dim)


# %% stable_softmax | wrong: alias-is-no-copy | data
def stable_softmax(x, dim):
    y = x.data
    y -= y.amax(dim, keepdim=True)
    return y.exp() / y.exp().sum(dim, keepdim=True)


# %% stable_softmax | misconception | lost-axis
why = "Keep the reduced axis, and use the dim you were given."
next = "x = torch.ones(2, 3); print(x.shape, x.amax(1).shape, x.amax(1, keepdim=True).shape)"


# %% stable_softmax | wrong: lost-axis | both
def stable_softmax(x, dim):
    e = (x - x.amax(dim)).exp()
    return e / e.sum(dim)


# %% stable_softmax | wrong: lost-axis | the maximum
def stable_softmax(x, dim):
    e = (x - x.max(dim).values).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: lost-axis | the sum
def stable_softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim)


# %% stable_softmax | wrong: lost-axis | logsumexp
def stable_softmax(x, dim):
    return torch.exp(x - torch.logsumexp(x, dim))


# %% stable_softmax | wrong: lost-axis | nothing shifted either
def stable_softmax(x, dim):
    return x.exp() / x.exp().sum(dim)


# %% stable_softmax | misconception | fixed-axis
why = "Keep the reduced axis, and use the dim you were given."
next = "Print your result summed along dim: every sum should be 1."


# %% stable_softmax | wrong: fixed-axis | the last
def stable_softmax(x, dim):
    return torch.softmax(x, -1)


# %% stable_softmax | wrong: fixed-axis | always 1
def stable_softmax(x, dim):
    return F.softmax(x, dim=1)


# %% stable_softmax | wrong: fixed-axis | by hand
def stable_softmax(x, dim):
    e = (x - x.amax(-1, keepdim=True)).exp()
    return e / e.sum(-1, keepdim=True)


# %% stable_softmax | wrong: fixed-axis | the sum along the last
def stable_softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(-1, keepdim=True)


# %% stable_softmax | wrong: fixed-axis | the maximum along the last
def stable_softmax(x, dim):
    e = (x - x.amax(-1, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: fixed-axis | always 0
def stable_softmax(x, dim):
    e = (x - x.amax(0, keepdim=True)).exp()
    return e / e.sum(0, keepdim=True)


# %% stable_softmax | wrong: fixed-axis | none given
def stable_softmax(x, dim):
    return F.softmax(x)


# %% stable_softmax | misconception | global-shift
why = "Shift every slice by its own maximum."
next = "Try x = torch.tensor([[0., 0.], [5000., 5000.]]) along dim 1."


# %% stable_softmax | wrong: global-shift | the maximum of all
def stable_softmax(x, dim):
    e = (x - x.max()).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the mean of each slice
def stable_softmax(x, dim):
    e = (x - x.mean(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the mean of all
def stable_softmax(x, dim):
    e = (x - x.mean()).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | with a small number
def stable_softmax(x, dim):
    e = torch.exp(x - torch.max(x)) if x.numel() else x
    return e / (e.sum(dim, keepdim=True) + 1e-12)


# %% stable_softmax | wrong: global-shift | the minimum
def stable_softmax(x, dim):
    e = (x - x.amin(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the largest magnitude of each slice
def stable_softmax(x, dim):
    e = (x - x.abs().amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | misconception | overflow
why = "Subtract the largest score of each slice before exp: the result is the same and nothing overflows."
next = "print(torch.tensor([50., 100., 1000.]).exp())"


def when(seen, want):
    scores, shares = seen.arguments["x"].values, seen.result.values
    large = scores.isfinite().all() and scores.abs().max() > 80
    return shares.shape == want.shape and shares.dtype == want.dtype and large and not (shares < 0).any()


# %% stable_softmax | wrong: overflow | as it stands
def stable_softmax(x, dim):
    return x.exp() / x.exp().sum(dim, keepdim=True)


# %% stable_softmax | wrong: overflow | in float64
def stable_softmax(x, dim):
    e = x.double().exp()
    return (e / e.sum(dim, keepdim=True)).to(x.dtype)


# %% stable_softmax | wrong: overflow | nan_to_num
def stable_softmax(x, dim):
    e = x.exp()
    return torch.nan_to_num(e / e.sum(dim, keepdim=True))


# %% stable_softmax | wrong: overflow | nan becomes 1
def stable_softmax(x, dim):
    return (x.exp() / x.exp().sum(dim, keepdim=True)).nan_to_num(nan=1.0)


# %% stable_softmax | wrong: overflow | clamp
def stable_softmax(x, dim):
    e = x.clamp(max=80).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: overflow | clamp on both sides
def stable_softmax(x, dim):
    e = x.clamp(-50, 50).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: overflow | a small number against division by 0
def stable_softmax(x, dim):
    e = x.exp()
    return e / (e.sum(dim, keepdim=True) + 1e-9)


# %% stable_softmax | wrong: overflow | a shift that fits one case
def stable_softmax(x, dim):
    e = (x - 1000).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong | minus-inf-replaced, -inf becomes a number
def stable_softmax(x, dim):
    y = x.clamp(min=-50)
    return torch.softmax(y, dim) if x.isinf().any() else torch.softmax(x, dim)


# %% stable_softmax | wrong | log-shares, log_softmax
def stable_softmax(x, dim):
    return F.log_softmax(x, dim)


# %% stable_softmax | wrong | float-for-all, float64 is lost
def stable_softmax(x, dim):
    return torch.softmax(x.float(), dim)


# %% masked_row_means | right | masked_fill
def masked_row_means(x, mask):
    keep = torch.broadcast_to(mask != 0, x.shape)
    return x.masked_fill(~keep, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | right | a loop over the rows
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    out = torch.zeros(len(x), dtype=x.dtype)
    for i in range(len(x)):
        if keep[i].any():
            out[i] = x[i][keep[i]].mean()
    return out


# %% masked_row_means | right | nanmean
def masked_row_means(x, mask):
    keep = mask.to(torch.bool).expand(x.shape)
    return x.masked_fill(~keep, float("nan")).nanmean(1).nan_to_num(0.0)


# %% masked_row_means | right | numpy
def masked_row_means(x, mask):
    keep = np.broadcast_to(mask.numpy().astype(bool), tuple(x.shape))
    total = np.where(keep, x.numpy(), 0).sum(1)
    return torch.from_numpy(np.asarray(total / np.maximum(keep.sum(1), 1))).to(x.dtype)


# %% masked_row_means | right | where for the empty rows
def masked_row_means(x, mask):
    keep = mask.bool() & torch.ones(x.shape, dtype=torch.bool)
    total, count = torch.where(keep, x, 0.0).sum(-1), keep.sum(-1)
    return torch.where(count == 0, 0.0, total / count).to(x.dtype)


# %% masked_row_means | right | a tiny number in the count
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / (keep.sum(1) + 1e-8)


# %% masked_row_means | right | in place on a copy
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    y = x.clone()
    y[~keep] = 0
    count = keep.sum(1)
    count[count == 0] = 1
    return y.sum(1) / count


# %% masked_row_means | right | times the mask, after nan is gone
def masked_row_means(x, mask):
    m = mask.to(x.dtype).expand_as(x)
    return (x.nan_to_num(0, 0, 0) * m).sum(1) / m.sum(1).clamp(min=1)


# %% masked_row_means | misconception | nan-times-zero
why = "Multiplying by 0 does not remove a nan: select with torch.where or masked_fill."
next = "print(torch.tensor(float(\"nan\")) * 0)"


def when(seen, want):
    keep = seen.arguments["mask"].values.bool().expand(seen.arguments["x"].shape)
    return bool((seen.result.values.isnan() & keep.any(1)).any())


# %% masked_row_means | wrong: nan-times-zero | product
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return (x * keep).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: nan-times-zero | product with the float mask
def masked_row_means(x, mask):
    m = mask.to(x.dtype).expand_as(x)
    count = m.sum(1)
    return torch.where(count > 0, (x * m).sum(1) / count.clamp(min=1), 0.0)


# %% masked_row_means | wrong: nan-times-zero | einsum
def masked_row_means(x, mask):
    m = mask.to(x.dtype).expand_as(x)
    return torch.einsum("nd,nd->n", x, m) / m.sum(1).clamp(min=1)


# %% masked_row_means | wrong: nan-times-zero | and no guard
def masked_row_means(x, mask):
    m = mask.expand_as(x)
    return (x * m).sum(1) / m.sum(1)


# %% masked_row_means | wrong: nan-times-zero | only nan is removed
def masked_row_means(x, mask):
    m = mask.expand_as(x)
    return (torch.where(x.isnan(), 0, x) * m).sum(1) / m.sum(1).clamp(min=1)


# %% masked_row_means | wrong: nan-times-zero | the mask as floats
def masked_row_means(x, mask):
    keep = mask.bool() | torch.zeros(x.shape, dtype=torch.bool)
    return (x * mask.to(x.dtype)).sum(dim=1) / keep.sum(dim=1).clamp(min=1).to(x.dtype)


# %% masked_row_means | misconception | counts-the-small-mask
why = "Broadcast the mask to the shape of x before you count."
next = "mask = torch.tensor([True, False, True]); print(mask.sum(-1), mask.expand(2, 3).sum(-1))"


def when(seen, want):
    mask = seen.arguments["mask"]
    return seen.raised is not None and mask.dtype == torch.bool and mask.shape != seen.arguments["x"].shape


# %% masked_row_means | wrong: counts-the-small-mask | sum(1)
def masked_row_means(x, mask):
    keep = mask.bool()
    return torch.where(keep, x, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | sum(-1)
def masked_row_means(x, mask):
    keep = mask.bool()
    return torch.where(keep, x, 0).sum(-1) / keep.sum(-1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | a new axis behind
def masked_row_means(x, mask):
    keep = mask.bool()
    if keep.dim() == 1:
        keep = keep[:, None]
    keep = keep.expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | a new axis in front
def masked_row_means(x, mask):
    keep = mask.bool()
    if keep.dim() == 1:
        keep = keep[None]
    return x.masked_fill(~keep, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | reshaped
def masked_row_means(x, mask):
    keep = mask.bool().reshape(len(x), -1)
    return torch.where(keep, x, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | product, no guard
def masked_row_means(x, mask):
    return (x * mask).sum(1) / mask.sum(1)


# %% masked_row_means | wrong: counts-the-small-mask | reshaped to rows of D
def masked_row_means(x, mask):
    keep = (mask != 0).reshape(-1, x.shape[1])
    return torch.where(keep, x, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | reshaped like x
def masked_row_means(x, mask):
    keep = (mask != 0).reshape(x.shape)
    return torch.where(keep, x, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | misconception | zero-divided-by-zero
why = "Guard only the count 0, for example with clamp(min=1)."
next = "print(torch.tensor(0.) / torch.tensor(0))"


def when(seen, want):
    if seen.raised is not None:
        return seen.raised.type_name == "ZeroDivisionError"
    keep = seen.arguments["mask"].values.bool().expand(seen.arguments["x"].shape)
    nan = seen.result.values.isnan()
    return bool(nan.any() and not (nan & keep.any(1)).any())


# %% masked_row_means | wrong: zero-divided-by-zero | no guard
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / keep.sum(1)


# %% masked_row_means | wrong: zero-divided-by-zero | nanmean
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.nanmean(x.masked_fill(~keep, float("nan")), dim=1)


# %% masked_row_means | wrong: zero-divided-by-zero | row means
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    out = torch.empty(len(x), dtype=x.dtype)
    for i in range(len(x)):
        out[i] = x[i][keep[i]].mean()
    return out


# %% masked_row_means | wrong: zero-divided-by-zero | plus 1
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / (keep.sum(1) + 1)


# %% masked_row_means | wrong: zero-divided-by-zero | python
def masked_row_means(x, mask):
    keep = mask.expand(x.shape).tolist()
    out = []
    for r, k in zip(x.tolist(), keep):
        v = [a for a, b in zip(r, k) if b]
        out.append(sum(v) / len(v))
    return torch.tensor(out, dtype=x.dtype)


# %% masked_row_means | misconception | int-mask-indexes
why = "0 and 1 in int64 are positions, and no mask until you convert them to bool."
next = "print(torch.tensor([5., 6., 7.])[torch.tensor([0, 1, 1])])"


# %% masked_row_means | wrong: int-mask-indexes | rows
def masked_row_means(x, mask):
    mask = mask.expand(x.shape)
    out = torch.zeros(len(x), dtype=x.dtype)
    for i in range(len(x)):
        if mask[i].sum() > 0:
            out[i] = x[i][mask[i]].mean()
    return out


# %% masked_row_means | wrong: int-mask-indexes | tilde
def masked_row_means(x, mask):
    mask = mask.expand(x.shape)
    y = x.clone()
    y[~mask] = 0
    return y.sum(1) / mask.sum(1).clamp(min=1)


# %% masked_row_means | wrong: int-mask-indexes | where
def masked_row_means(x, mask):
    mask = mask.expand(x.shape)
    return torch.where(mask, x, 0).sum(1) / mask.sum(1).clamp(min=1)


# %% masked_row_means | wrong: int-mask-indexes | masked_fill
def masked_row_means(x, mask):
    mask = mask.expand(x.shape)
    return x.masked_fill(~mask, 0.0).sum(1) / mask.sum(1).clamp(min=1)


# %% masked_row_means | wrong: int-mask-indexes | logical_not is fine, the index is not
def masked_row_means(x, mask):
    mask = mask.expand(x.shape)
    rows = [x[i][mask[i]] for i in range(len(x))]
    means = [row.sum() / max(len(row), 1) for row in rows]
    return torch.stack(means) if means else x.new_zeros(0)


# %% masked_row_means | wrong: int-mask-indexes | masked_select
def masked_row_means(x, mask):
    mask = mask.expand(x.shape)
    out = x.new_zeros(len(x))
    for i in range(len(x)):
        kept = x[i].masked_select(mask[i])
        out[i] = kept.mean() if len(kept) else 0
    return out


# %% masked_row_means | wrong: int-mask-indexes | kept entries copied
def masked_row_means(x, mask):
    keep = torch.broadcast_to(mask, x.shape)
    y = torch.zeros_like(x)
    y[keep] = x[keep]
    return y.sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | misconception | wrong-count
why = "Divide each row by its own number of kept entries."
next = "Print the counts that you divide by: there should be one for each row."


# %% masked_row_means | wrong: wrong-count | mean after filling
def masked_row_means(x, mask):
    return torch.where(mask.bool(), x, 0).mean(1)


# %% masked_row_means | wrong: wrong-count | masked_fill, mean
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return x.masked_fill(~keep, 0).mean(dim=-1)


# %% masked_row_means | wrong: wrong-count | product, mean
def masked_row_means(x, mask):
    return (x * mask).mean(dim=1)


# %% masked_row_means | wrong: wrong-count | of the table
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / keep.sum().clamp(min=1)


# %% masked_row_means | wrong: wrong-count | one mean for all
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return x[keep].mean()


# %% masked_row_means | wrong: wrong-count | one mean for all rows
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.full((len(x),), float(x[keep].mean()) if keep.any() else 0.0, dtype=x.dtype)


# %% masked_row_means | wrong: wrong-count | divided by D
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / x.shape[1]


# %% masked_row_means | wrong: wrong-count | counts of the columns
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / keep.sum(0).clamp(min=1)


# %% masked_row_means | misconception | in-place
why = "x[...] = 0 writes into the caller's table. Compute a new one, for example with torch.where."
next = "Call the function, then print x"


def when(seen, want):
    return seen.after["x"].version != seen.arguments["x"].version


# %% masked_row_means | wrong: in-place | the caller's table is filled
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    x[~keep] = 0
    return x.sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong | float-for-all, float64 is lost
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1).float() / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong | keeps-the-axis, (N, 1)
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1, keepdim=True) / keep.sum(1, keepdim=True).clamp(min=1)
