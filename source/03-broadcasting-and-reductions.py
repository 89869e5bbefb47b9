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
why = "mean() needs floating-point numbers: convert the picture first."
next = "x = torch.tensor([0, 3], dtype=torch.uint8); print(x.dtype, x.float().mean())"


def when(seen, want):
    return "Input dtype must be either a floating point" in seen.raised.message


# %% channel_means | wrong: mean-of-integers | mean of the uint8 image
def channel_means(image):
    return image.mean((0, 1))


# %% channel_means | wrong: mean-of-integers | converted too late
def channel_means(image):
    return torch.mean(image, dim=(0, 1)).float()


# %% channel_means | wrong: mean-of-integers | of int64
def channel_means(image):
    return image.long().mean(dim=(0, 1))


# %% channel_means | wrong: mean-of-integers | one axis after the other
def channel_means(image):
    return image.mean(0).mean(0)


# %% channel_means | wrong: mean-of-integers | of int32
def channel_means(image):
    return image.int().mean((0, 1)).float()


# %% channel_means | wrong: mean-of-integers | of rows of pixels
def channel_means(image):
    pixels = image.reshape(-1, image.shape[2])
    return torch.mean(pixels, 0)


# %% channel_means | wrong: mean-of-integers | channel by channel
def channel_means(image):
    return torch.stack([image[..., c].mean() for c in range(image.shape[2])]).float()


# %% channel_means | misconception | wrong-axes
why = "Reduce the axes that should disappear, height and width: dim names what goes, and the channel axis stays."
next = "x = torch.ones(4, 5, 3); print(x.mean(2).shape, x.mean((0, 1)).shape)"


def when(seen, want):
    image, got = seen.arguments["image"].values.double(), seen.result.values.double()
    others = [image.mean(axes) for axes in [(0,), (1,), (2,), (0, 2), (1, 2), (0, 1, 2)]]
    return any(got.shape == other.shape and torch.allclose(got, other, rtol=1e-3) for other in others)


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


# %% channel_means | wrong: wrong-axes | the channel axis named
def channel_means(image):
    return image.float().mean(dim=2)


# %% channel_means | wrong: wrong-axes | the channel axis, then the rows
def channel_means(image):
    return image.float().mean(dim=2).mean(dim=0)


# %% channel_means | wrong: wrong-axes | the last axis, then the last again
def channel_means(image):
    return image.to(torch.float32).mean(-1).mean(-1)


# %% channel_means | wrong: wrong-axes | only the columns
def channel_means(image):
    return image.float().mean(1)


# %% channel_means | wrong: wrong-axes | a sum over the wrong axes
def channel_means(image):
    H, W, C = image.shape
    return image.sum((1, 2)) / (W * C)


# %% channel_means | wrong: wrong-axes | numpy, one mean for all
# breaks: "the mean level of each channel"
def channel_means(image):
    return torch.tensor(image.numpy().mean(), dtype=torch.float32)


# %% channel_means | wrong: wrong-axes | numpy, the wrong axes
def channel_means(image):
    return torch.from_numpy(image.numpy().mean(axis=(1, 2))).float()


# %% channel_means | misconception | small-accumulator
why = "A narrow dtype cannot hold the sum, nor the digits of the mean: uint8 wraps at 256, int16 at 32768, and float16 has three digits and ends at 65504; image.sum() by itself adds integers up in int64, which Python's sum(image) does not."
next = "x = torch.tensor([200, 100], dtype=torch.uint8); print(x.sum(dtype=torch.uint8), x.sum())"


# %% channel_means | wrong: small-accumulator | sum in uint8
# breaks: "A picture may be bright and have up to 500 × 500 pixels"
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


# %% channel_means | wrong: small-accumulator | row by row in uint8
def channel_means(image):
    total = torch.zeros(image.shape[1:], dtype=torch.uint8)
    for row in image:
        total = total + row
    return total.sum(0, dtype=torch.uint8) / (image.shape[0] * image.shape[1])


# %% channel_means | wrong: small-accumulator | two sums in uint8
def channel_means(image):
    s = image.sum(0, dtype=image.dtype).sum(0, dtype=image.dtype)
    return s.float() / image[..., 0].numel()


# %% channel_means | wrong: small-accumulator | columns of int16
def channel_means(image):
    sums = image.to(torch.int16).sum((0, 1), dtype=torch.int16)
    return sums / (image.shape[0] * image.shape[1])


# %% channel_means | wrong: small-accumulator | sum in float16
def channel_means(image):
    s = image.half().sum((0, 1))
    return s.float() / (image.shape[0] * image.shape[1])


# %% channel_means | wrong: small-accumulator | float16 all the way
def channel_means(image):
    H, W, C = image.shape
    return (image.to(torch.float16).sum(dim=(0, 1)) / (H * W)).to(torch.float32)


# %% channel_means | wrong: small-accumulator | float16 sums, float at the end
def channel_means(image):
    s = image.half().sum((0, 1)) / image[..., 0].numel()
    return s.float()


# %% channel_means | wrong: small-accumulator | a mean in float16
def channel_means(image):
    return image.to(torch.float16).mean((0, 1)).to(torch.float32)


# %% channel_means | wrong: small-accumulator | dtype of the mean
def channel_means(image):
    means = torch.mean(image, dim=(0, 1), dtype=torch.half)
    return means.float()


# %% channel_means | wrong: small-accumulator | pixels in float16
def channel_means(image):
    pixels = image.reshape(-1, image.shape[-1]).half()
    return pixels.mean(0).type(torch.float32)


# %% channel_means | wrong: small-accumulator | float16, channel by channel
def channel_means(image):
    half = image.half()
    return torch.stack([half[:, :, c].mean() for c in range(half.shape[2])]).float()


# %% channel_means | misconception | floor-division
why = "// and a cast to integers cut the fraction off: use / and keep floats."
next = "print(7 / 2, 7 // 2)"


def when(seen, want):
    got, whole = seen.result.values, want.double().floor()
    cut = not got.is_floating_point() or not torch.equal(want.double(), whole)
    return cut and torch.equal(got.double(), whole)


# %% channel_means | wrong: floor-division | whole numbers
# breaks: "with its fraction"
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


# %% channel_means | wrong: floor-division | mean, back to uint8
def channel_means(image):
    return image.float().mean((0, 1)).to(torch.uint8).float()


# %% channel_means | wrong: floor-division | trunc
def channel_means(image):
    return torch.trunc(image.double().mean((0, 1))).float()


# %% channel_means | wrong: floor-division | python integers
def channel_means(image):
    n = image[..., 0].numel()
    return torch.tensor([int(image[..., c].sum()) // n for c in range(image.shape[2])]).float()


# %% channel_means | wrong: floor-division | back to the dtype of the picture
def channel_means(image):
    return image.float().mean((0, 1)).to(image.dtype)


# %% channel_means | misconception | kept-axes
why = "Height and width should be gone from the result, also as axes of size 1: leave keepdim out."
next = "x = torch.ones(4, 5, 3); print(x.mean((0, 1), keepdim=True).shape, x.mean((0, 1)).shape)"


# %% channel_means | wrong: kept-axes | keepdim
def channel_means(image):
    return image.float().mean((0, 1), keepdim=True)


# %% channel_means | wrong: kept-axes | one axis after the other
def channel_means(image):
    return image.double().mean(0, keepdim=True).mean(1, keepdim=True).float()


# %% channel_means | wrong: kept-axes | sums
def channel_means(image):
    return image.sum((0, 1), keepdim=True) / (image.shape[0] * image.shape[1])


# %% channel_means | wrong: kept-axes | a row
# breaks: "of shape `(C,)`"
def channel_means(image):
    return image.float().mean((0, 1))[None]


# %% channel_means | wrong: kept-axes | the last one kept
def channel_means(image):
    return image.float().mean(0).mean(0, keepdim=True)


# %% channel_means | wrong: kept-axes | pooled to 1 x 1
def channel_means(image):
    return F.adaptive_avg_pool2d(image.permute(2, 0, 1).float(), 1)


# %% channel_means | wrong: kept-axes | a column
def channel_means(image):
    return image.reshape(-1, image.shape[2]).float().mean(0)[:, None]


# %% channel_means | wrong: kept-axes | a column, unsqueezed
def channel_means(image):
    return image.float().mean((0, 1)).unsqueeze(1)


# %% channel_means | wrong: kept-axes | pooled, as (C, 1, 1)
def channel_means(image):
    return image.permute(2, 0, 1).float().mean((1, 2), keepdim=True)


# %% channel_means | misconception | reshape-mixes
why = "reshape reads the levels in their order, which mixes channels; permute(2, 0, 1) moves the axis."
next = "x = torch.tensor([[[1, 2], [3, 4]]]); print(x.reshape(2, -1), x.permute(2, 0, 1).reshape(2, -1))"


# %% channel_means | wrong: reshape-mixes | reshaped the wrong way round
def channel_means(image):
    H, W, C = image.shape
    return image.float().reshape(C, H * W).mean(1)


# %% channel_means | wrong: reshape-mixes | rows of C, a loop
# breaks: "rows, columns, channels"
def channel_means(image):
    C = image.shape[-1]
    planes = image.reshape(C, -1)
    return torch.stack([planes[c].float().mean() for c in range(C)])


# %% channel_means | wrong: reshape-mixes | flat, then cut in C pieces
def channel_means(image):
    pieces = image.flatten().float().chunk(image.shape[2])
    return torch.stack([piece.mean() for piece in pieces])


# %% channel_means | wrong: reshape-mixes | as (C, H, W)
def channel_means(image):
    H, W, C = image.shape
    return image.float().reshape(C, H, W).mean((1, 2))


# %% channel_means | wrong: reshape-mixes | numpy
def channel_means(image):
    a = image.numpy().reshape(image.shape[2], -1)
    return torch.from_numpy(a.mean(axis=1)).float()


# %% channel_means | misconception | squeezed
why = "squeeze() takes away every axis of size 1, also the channel axis of a picture with one channel."
next = "x = torch.ones(1, 1, 1); print(x.squeeze().shape, x.mean((0, 1)).shape)"


# %% channel_means | wrong: squeezed | after keepdim
# breaks: "has at least one pixel and one channel"
def channel_means(image):
    return image.float().mean((0, 1), keepdim=True).squeeze()


# %% channel_means | wrong: squeezed | at the end
def channel_means(image):
    return image.float().mean((0, 1)).squeeze()


# %% channel_means | wrong: squeezed | the picture itself
def channel_means(image):
    image = image.squeeze(-1)
    return image.float().mean((0, 1))


# %% channel_means | wrong: squeezed | twice keepdim
def channel_means(image):
    m = image.double().mean(0, keepdim=True).mean(1, keepdim=True)
    return torch.squeeze(m).float()


# %% channel_means | wrong: squeezed | sums
def channel_means(image):
    H, W, C = image.shape
    return image.sum((0, 1), keepdim=True).squeeze() / (H * W)


# %% channel_means | wrong: squeezed | pooled
def channel_means(image):
    return F.adaptive_avg_pool2d(image.permute(2, 0, 1).float(), 1).squeeze()


# %% channel_means | misconception | wrong-count
why = "A channel has H * W levels: divide by that number, which numel() of the picture and a single side are not."
next = "x = torch.ones(4, 5, 3); print(x.numel(), x.shape[0] * x.shape[1])"


def when(seen, want):
    H, W, C = seen.arguments["image"].shape
    alike = seen.result.shape == want.shape and seen.result.dtype == want.dtype
    return alike and any(torch.allclose(seen.result.values, want * (H * W) / count) for count in (H, W, C, H * W * C))


# %% channel_means | wrong: wrong-count | numel counts the channels
def channel_means(image):
    return image.sum((0, 1)) / image.numel()


# %% channel_means | wrong: wrong-count | H * W * C
def channel_means(image):
    H, W, C = image.shape
    return image.float().sum((0, 1)) / (H * W * C)


# %% channel_means | wrong: wrong-count | the number of rows
def channel_means(image):
    return image.sum((0, 1)) / len(image)


# %% channel_means | wrong: wrong-count | the width
def channel_means(image):
    return image.sum(dim=(0, 1)).float() / image.shape[1]


# %% channel_means | wrong: wrong-count | the height, float
def channel_means(image):
    return image.float().sum(0).sum(0) / image.shape[0]


# %% channel_means | wrong: wrong-count | W * C
def channel_means(image):
    H, W, C = image.shape
    return image.sum((0, 1)) / (W * C)


# %% channel_means | misconception | view-needs-contiguous
why = "view() refuses memory that is not laid out for the new shape, such as a crop; reshape() takes any."
next = "x = torch.ones(4, 6, 3)[1:3, 2:4]; print(x.is_contiguous(), x.reshape(-1, 3).shape)"


# %% channel_means | wrong: view-needs-contiguous | view of rows of pixels
# breaks: "an input need not be contiguous"
def channel_means(image):
    return image.view(-1, image.shape[2]).float().mean(0)


# %% channel_means | wrong: view-needs-contiguous | both sizes given
def channel_means(image):
    H, W, C = image.shape
    return image.view(H * W, C).float().mean(dim=0)


# %% channel_means | wrong: view-needs-contiguous | sums of a view
def channel_means(image):
    C = image.size(2)
    flat = image.view(-1, C)
    return flat.sum(0) / len(flat)


# %% channel_means | wrong: view-needs-contiguous | double
def channel_means(image):
    pixels = image.view(image.shape[0] * image.shape[1], -1)
    return pixels.double().mean(0).float()


# %% channel_means | misconception | wrong-dtype
why = "The result is float32 whatever the mean was computed in: .float() at the end gives it."
next = "x = torch.tensor([0, 3], dtype=torch.uint8); print(x.double().mean().dtype, x.double().mean().float().dtype)"


def when(seen, want):
    return seen.result.dtype == torch.float64 and seen.result.shape == want.shape


# %% channel_means | wrong: wrong-dtype | mean in double
# breaks: "as a `float32` tensor"
def channel_means(image):
    return image.double().mean((0, 1))


# %% channel_means | wrong: wrong-dtype | dtype given to mean
def channel_means(image):
    return torch.mean(image, dim=(0, 1), dtype=torch.float64)


# %% channel_means | wrong: wrong-dtype | numpy
def channel_means(image):
    return torch.from_numpy(image.numpy().mean(axis=(0, 1)))


# %% channel_means | wrong: wrong-dtype | sums in double
def channel_means(image):
    return image.double().sum((0, 1)) / (image.shape[0] * image.shape[1])


# %% channel_means | wrong | a list
# breaks: "the result is a plain `torch.Tensor` unless the statement says otherwise"
def channel_means(image):
    return image.float().mean((0, 1)).tolist()


# %% channel_means | wrong | too coarse
# breaks: "your result may be off by one part in 10 000"
def channel_means(image):
    return image.bfloat16().mean((0, 1)).float()


# %% channel_means | wrong: view-needs-contiguous | a view of floats
def channel_means(image):
    levels = image.float()
    return levels.view(levels.shape[0] * levels.shape[1], -1).sum(0) / (image.shape[0] * image.shape[1])


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


# %% as_column | right | detached, with a warning
def as_column(x):
    import warnings

    warnings.warn("a column")
    return x.detach()[..., None]


# %% as_column | right | unfold
def as_column(x):
    return x.unfold(0, 1, 1) if len(x) else x.view(0, 1)


# %% as_column | right | expanded, then turned
def as_column(x):
    return x.expand(1, -1).t()


# %% as_column | misconception | transpose-of-1d
why = "A 1-D tensor has no second axis to swap; add one."
next = "x = torch.tensor([1., 2., 3.]); print(x.shape, x.t().shape, x[:, None].shape)"


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


# %% as_column | wrong: transpose-of-1d | transpose
def as_column(x):
    return x.transpose(0, 1)


# %% as_column | wrong: transpose-of-1d | torch.transpose
def as_column(x):
    return torch.transpose(x, 1, 0)


# %% as_column | wrong: transpose-of-1d | reshape of the same shape
# breaks: "into a column of shape `(N, 1)`"
def as_column(x):
    return x.reshape(-1)


# %% as_column | wrong: transpose-of-1d | transposed with itself
def as_column(x):
    return torch.transpose(x, 0, -1)


# %% as_column | misconception | row-instead-of-column
why = "The new axis goes last for a column; in front it makes a row."
next = "x = torch.tensor([1., 2., 3.]); print(x[None].shape, x[:, None].shape)"


# %% as_column | wrong: row-instead-of-column | None first
def as_column(x):
    return x[None]


# %% as_column | wrong: row-instead-of-column | unsqueeze 0
def as_column(x):
    return x.unsqueeze(0)


# %% as_column | wrong: row-instead-of-column | view
def as_column(x):
    return x.view(1, -1)


# %% as_column | wrong: row-instead-of-column | reshape
def as_column(x):
    return x.reshape(1, len(x))


# %% as_column | wrong: row-instead-of-column | atleast_2d
def as_column(x):
    return torch.atleast_2d(x)


# %% as_column | wrong: row-instead-of-column | expand
def as_column(x):
    return x.expand(1, -1)


# %% as_column | misconception | hidden-copy
why = "The column must be a view of x, also when x is a slice of something larger: stack, contiguous, float and lists copy."
next = "x = torch.arange(6.)[::2]; c = x.contiguous()[:, None]; c[0, 0] = 9; print(x)"


# %% as_column | wrong: hidden-copy | clone
# breaks: "that **shares memory** with `x`"
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
# breaks: "This holds too when `x` is itself a slice of something larger."
def as_column(x):
    return x.contiguous()[:, None]


# %% as_column | wrong: hidden-copy | contiguous, then view
def as_column(x):
    return x.contiguous().view(-1, 1)


# %% as_column | wrong: hidden-copy | index
def as_column(x):
    return x[torch.arange(len(x))].unsqueeze(1)


# %% as_column | wrong: hidden-copy | column_stack
# breaks: "so writing to one changes the other"
def as_column(x):
    return torch.column_stack([x])


# %% as_column | wrong: hidden-copy | float on the way
def as_column(x):
    return x.float()[:, None]


# %% as_column | wrong: hidden-copy | flat, then a column
def as_column(x):
    return x.clone().reshape(-1, 1)


# %% as_column | wrong: hidden-copy | cat
def as_column(x):
    return torch.cat([x[:, None]], dim=1)


# %% as_column | wrong: hidden-copy | filled
def as_column(x):
    c = x.new_zeros(len(x), 1)
    c[:, 0] = x
    return c


# %% as_column | misconception | reshaped-in-place
why = "x belongs to the caller and stays 1-D: make a view of it, and leave its own shape alone."
next = "x = torch.tensor([1., 2., 3.]); c = x.unsqueeze(1); print(x.shape, c.shape)"


def when(seen, want):
    return seen.after["x"].shape != seen.arguments["x"].shape


# %% as_column | wrong: reshaped-in-place | unsqueeze_
# breaks: "`x` stays 1-D."
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


# %% as_column | wrong: reshaped-in-place | set_
def as_column(x):
    return x.set_(x[:, None])


# %% as_column | misconception | step-of-one
why = "A slice such as x[::2] walks through memory in larger steps: x.stride(0) says by how much, x.storage_offset() from where."
next = "x = torch.arange(6.)[1::2]; print(x.stride(0), x.storage_offset())"


# %% as_column | wrong: step-of-one | strides by hand
# breaks: "element `[i, 0]` of the result is element `i` of `x`"
def as_column(x):
    return x.as_strided((len(x), 1), (1, 1))


# %% as_column | wrong: step-of-one | strides (1, 0)
def as_column(x):
    n = x.numel()
    return torch.as_strided(x, (n, 1), (1, 0))


# %% as_column | wrong: step-of-one | with its offset
def as_column(x):
    return x.as_strided((x.shape[0], 1), (1, 1), x.storage_offset())


# %% as_column | wrong: step-of-one | torch.as_strided
def as_column(x):
    return torch.as_strided(x, size=(len(x), 1), stride=(1, 1))


# %% as_column | wrong: step-of-one | unequal steps
def as_column(x):
    N = len(x)
    return x.as_strided([N, 1], [1, N])


# %% as_column | misconception | empty-loses-dtype
why = "torch.empty(0, 1) is float32 whatever x is; x[:, None] takes N = 0, too."
next = "x = torch.tensor([], dtype=torch.int64); print(torch.empty(0, 1).dtype, x[:, None].dtype)"


# %% as_column | wrong: empty-loses-dtype | empty
# breaks: "any dtype, such as `bfloat16` or `bool`, and N may be 0"
def as_column(x):
    if x.numel() == 0:
        return torch.empty(0, 1)
    return x.unsqueeze(1)


# %% as_column | wrong: empty-loses-dtype | zeros
def as_column(x):
    return x[:, None] if len(x) else torch.zeros(0, 1)


# %% as_column | wrong: empty-loses-dtype | from a list
def as_column(x):
    if len(x) == 0:
        return torch.tensor([]).reshape(0, 1)
    return x.view(-1, 1)


# %% as_column | wrong: empty-loses-dtype | reshaped
def as_column(x):
    if x.shape[0] < 1:
        return torch.tensor([[]]).T
    return x.reshape(-1, 1)


# %% as_column | misconception | fails-when-empty
why = "With N = 0 nothing tells how large a -1 in the shape is, there is nothing to divide by, and unfold finds no window: x[:, None] needs none of these."
next = "x = torch.tensor([]); print(x[:, None].shape, x.reshape(-1, 1).shape)"


# %% as_column | wrong: fails-when-empty | an index that fails without elements
def as_column(x):
    return x.view(x.numel() // x.shape[0], -1).T


# %% as_column | wrong: fails-when-empty | rows and -1
def as_column(x):
    return x.reshape(len(x), -1)


# %% as_column | wrong: fails-when-empty | view of rows and -1
def as_column(x):
    return x.view(x.shape[0], -1)


# %% as_column | wrong: fails-when-empty | view with size
def as_column(x):
    return x.view(x.size(0), -1)


# %% as_column | wrong: fails-when-empty | unfold
def as_column(x):
    return x.unfold(0, 1, 1)


# %% as_column | wrong: fails-when-empty | split
def as_column(x):
    return x.reshape(x.numel() // x.shape[0] * len(x), 1)


# %% as_column | wrong: fails-when-empty | windows of one
def as_column(x):
    return x.unfold(dimension=-1, size=1, step=1)


# %% as_column | misconception | numpy-lacks-dtype
why = "NumPy has no bfloat16, so .numpy() refuses such a tensor: index the tensor itself."
next = "x = torch.ones(3, dtype=torch.bfloat16); print(x[:, None].dtype)"


def when(seen, want):
    return "unsupported ScalarType" in seen.raised.message


# %% as_column | wrong: numpy-lacks-dtype | newaxis
def as_column(x):
    return torch.from_numpy(x.numpy()[:, np.newaxis])


# %% as_column | wrong: numpy-lacks-dtype | detached, reshaped
# breaks: "any dtype, such as `bfloat16` or `bool`"
def as_column(x):
    return torch.from_numpy(x.detach().numpy().reshape(-1, 1))


# %% as_column | wrong: numpy-lacks-dtype | as_tensor
def as_column(x):
    a = x.numpy()
    return torch.as_tensor(a[:, None])


# %% as_column | wrong: numpy-lacks-dtype | expand_dims
def as_column(x):
    return torch.from_numpy(np.expand_dims(np.asarray(x), 1))


# %% as_column | misconception | offset-forgotten
why = "A slice such as x[1:] begins later in memory than its storage does: x.storage_offset() says where, and x[:, None] needs no such number."
next = "x = torch.arange(6.)[2:]; print(x.storage_offset(), x[:, None])"


# %% as_column | wrong: offset-forgotten | from the start of the storage
def as_column(x):
    return x.as_strided((len(x), 1), (x.stride(0), 1), 0)


# %% as_column | wrong: offset-forgotten | torch.as_strided
def as_column(x):
    N = len(x)
    return torch.as_strided(x, (N, 1), (x.stride(0), 0), 0)


# %% as_column | wrong: offset-forgotten | by name
def as_column(x):
    return x.as_strided(size=(x.numel(), 1), stride=(x.stride()[0], 1), storage_offset=0)


# %% as_column | wrong: offset-forgotten | from the storage
def as_column(x):
    whole = torch.empty(0, dtype=x.dtype).set_(x.untyped_storage())
    step = x.stride(0)
    return whole[: len(x) * step : step, None]


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
    a = x.double().numpy()
    result = torch.from_numpy(a / a.max(axis=1, keepdims=True))
    return result.to(x.dtype if x.is_floating_point() else torch.float32)


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


# %% scale_to_peak | wrong: max-is-a-pair | the positions, row by row
def scale_to_peak(x):
    out = []
    for row in x:
        out.append(row / row.max(0)[1])
    return torch.stack(out) if out else x / 1


# %% scale_to_peak | wrong: max-is-a-pair | the positions, named
def scale_to_peak(x):
    peaks = x.max(dim=1, keepdim=True).indices
    return x / peaks


# %% scale_to_peak | wrong: max-is-a-pair | argmax with keepdim
def scale_to_peak(x):
    return x / x.argmax(dim=1, keepdim=True)


# %% scale_to_peak | wrong: max-is-a-pair | the wrong half of the pair
def scale_to_peak(x):
    places, peaks = torch.max(x, 1)
    return x / peaks.unsqueeze(1)


# %% scale_to_peak | misconception | peak-by-magnitude
why = "The largest entry is not the entry of largest magnitude."
next = "print(max(-8, 2), max(abs(-8), abs(2)))"


# %% scale_to_peak | wrong: peak-by-magnitude | abs
# breaks: "a negative one may be larger in magnitude"
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


# %% scale_to_peak | wrong: peak-by-magnitude | row by row
def scale_to_peak(x):
    rows = [row / row.abs().max() for row in x]
    return torch.stack(rows) if rows else x / 1


# %% scale_to_peak | wrong: peak-by-magnitude | the norm of largest magnitude
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    return y / torch.linalg.vector_norm(y, float("inf"), dim=1, keepdim=True)


# %% scale_to_peak | wrong: peak-by-magnitude | larger of both ends
def scale_to_peak(x):
    peak = torch.maximum(x.amax(1, keepdim=True), -x.amin(1, keepdim=True))
    return x / peak


# %% scale_to_peak | wrong: peak-by-magnitude | abs of floats
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    return y / y.abs().max(dim=1, keepdim=True).values


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


# %% scale_to_peak | wrong: lost-axis | first of the pair
def scale_to_peak(x):
    peaks = x.max(1)[0]
    return x / peaks


# %% scale_to_peak | wrong: lost-axis | torch.amax
def scale_to_peak(x):
    return x / torch.amax(x, dim=-1)


# %% scale_to_peak | wrong: lost-axis | a row of peaks
def scale_to_peak(x):
    return x / x.amax(1).unsqueeze(0)


# %% scale_to_peak | wrong: lost-axis | reshaped to a row
def scale_to_peak(x):
    return x / x.amax(dim=1).reshape(1, -1)


# %% scale_to_peak | misconception | one-peak-for-all
why = "Each row has its own peak, and x.max() is the largest entry of the whole table."
next = "x = torch.tensor([[1., 4.], [10., 5.]]); print(x.max(), x.amax(1, keepdim=True))"


# %% scale_to_peak | wrong: one-peak-for-all | max
def scale_to_peak(x):
    return x / x.max()


# %% scale_to_peak | wrong: one-peak-for-all | amax of both axes
def scale_to_peak(x):
    return x / x.amax((0, 1))


# %% scale_to_peak | wrong: one-peak-for-all | first row
def scale_to_peak(x):
    return x / x[0].max()


# %% scale_to_peak | wrong: one-peak-for-all | torch.max
def scale_to_peak(x):
    if x.numel() == 0:
        return x / 1
    return x / torch.max(x)


# %% scale_to_peak | wrong: one-peak-for-all | item
def scale_to_peak(x):
    return x / x.max().item()


# %% scale_to_peak | wrong: one-peak-for-all | flat
def scale_to_peak(x):
    peak = x.flatten().max()
    return x.div(peak)


# %% scale_to_peak | misconception | in-place
why = "x belongs to the caller: x /= ... and x[...] = ... write into it. Compute a new tensor."
next = "x = torch.tensor([[2., 4.]]); y = x / 4; print(x, y); x /= 4; print(x)"


def when(seen, want):
    return seen.after["x"].version != seen.arguments["x"].version


# %% scale_to_peak | wrong: in-place | divides the caller's table
# breaks: "your function leaves every tensor that it is given as it was"
def scale_to_peak(x):
    if x.is_floating_point():
        x /= x.amax(1, keepdim=True)
        return x
    return x / x.amax(1, keepdim=True)


# %% scale_to_peak | wrong: in-place | div_
def scale_to_peak(x):
    if not x.is_floating_point():
        x = x.float()
    return x.div_(x.amax(1, keepdim=True))


# %% scale_to_peak | wrong: in-place | row by row
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    for i in range(len(y)):
        y[i] = y[i] / y[i].max()
    return y


# %% scale_to_peak | wrong: in-place | all elements written
def scale_to_peak(x):
    peaks = x.amax(1, keepdim=True)
    if not x.is_floating_point():
        return x / peaks
    x[:] = x / peaks
    return x


# %% scale_to_peak | wrong: in-place | only looks like a copy
def scale_to_peak(x):
    y = x[:]
    if not y.is_floating_point():
        y = y.float()
    y /= y.max(dim=1, keepdim=True).values
    return y


# %% scale_to_peak | misconception | wrong-axis
why = "dim names the axis that disappears: amax(0) goes down each column, amax(1) along each row."
next = "x = torch.tensor([[1., 4.], [10., 5.]]); print(x.amax(0), x.amax(1))"


# %% scale_to_peak | wrong: wrong-axis | peaks of the columns
# breaks: "Divide each row by its own peak"
def scale_to_peak(x):
    return x / x.amax(0)


# %% scale_to_peak | wrong: wrong-axis | peaks of the columns, kept
def scale_to_peak(x):
    return x / x.max(0, keepdim=True).values


# %% scale_to_peak | wrong: wrong-axis | amax, kept
def scale_to_peak(x):
    return x / x.amax(dim=0, keepdim=True)


# %% scale_to_peak | wrong: wrong-axis | torch.max, kept
def scale_to_peak(x):
    peaks = torch.max(x, dim=0, keepdim=True).values
    return x / peaks


# %% scale_to_peak | wrong: wrong-axis | first of the pair
def scale_to_peak(x):
    return x / x.max(0)[0]


# %% scale_to_peak | wrong: wrong-axis | turned twice
def scale_to_peak(x):
    return (x.T / x.T.amax(1, keepdim=True)).T


# %% scale_to_peak | wrong: wrong-axis | a column at a time
def scale_to_peak(x):
    if len(x) == 0:
        return x / 1
    return torch.stack([column / column.max() for column in x.T], dim=1)


# %% scale_to_peak | wrong: wrong-axis | none without rows
def scale_to_peak(x):
    if len(x) == 0:
        return x / 1
    return x / x.amax(0)


# %% scale_to_peak | misconception | another-scale
why = "The peak is the largest entry and nothing is taken away first: divide by amax(1), not by a sum, a norm or a range."
next = "x = torch.tensor([1., 2., 4.]); print(x / x.amax(), x / x.sum(), (x - x.amin()) / (x.amax() - x.amin()))"


# %% scale_to_peak | wrong: another-scale | from 0 to 1
def scale_to_peak(x):
    x = x if x.is_floating_point() else x.float()
    low, high = x.amin(1, keepdim=True), x.amax(1, keepdim=True)
    return (x - low) / (high - low)


# %% scale_to_peak | wrong: another-scale | from 0 to 1 by the range
def scale_to_peak(x):
    lo = x.min(dim=1, keepdim=True).values
    return (x - lo) / (x.max(dim=1, keepdim=True).values - lo)


# %% scale_to_peak | wrong: another-scale | divided by the range
def scale_to_peak(x):
    return x / (x.amax(1, keepdim=True) - x.amin(1, keepdim=True))


# %% scale_to_peak | wrong: another-scale | by the sum
def scale_to_peak(x):
    return x / x.sum(1, keepdim=True)


# %% scale_to_peak | wrong: another-scale | by the sum of floats
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    return y / y.sum(dim=1, keepdim=True)


# %% scale_to_peak | wrong: another-scale | by the length
def scale_to_peak(x):
    return F.normalize(x if x.is_floating_point() else x.float(), dim=1)


# %% scale_to_peak | wrong: another-scale | by the mean
def scale_to_peak(x):
    x = x if x.is_floating_point() else x.float()
    return x / x.mean(1, keepdim=True)


# %% scale_to_peak | wrong: another-scale | from 0 to 1, turned
def scale_to_peak(x):
    y = (x if x.is_floating_point() else x.float()).T
    y = (y - y.amin(0)) / (y.amax(0) - y.amin(0))
    return y.T


# %% scale_to_peak | wrong: another-scale | by the mean of each row
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    return y / y.mean(dim=1)[:, None]


# %% scale_to_peak | wrong: another-scale | by the length, by hand
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    return y / y.norm(dim=1, keepdim=True)


# %% scale_to_peak | misconception | wrong-dtype
why = "A floating-point table keeps its dtype and an integer table gives float32: / does both by itself."
next = "for dtype in [torch.float64, torch.int64]: print((torch.ones(2, dtype=dtype) / torch.ones(2, dtype=dtype)).dtype)"


def when(seen, want):
    return seen.result.dtype != want.dtype and seen.result.shape == want.shape


# %% scale_to_peak | wrong: wrong-dtype | float for all | fails: dtypes
# breaks: "keeps its dtype"
def scale_to_peak(x):
    x = x.float()
    return x / x.amax(1, keepdim=True)


# %% scale_to_peak | wrong: wrong-dtype | the dtype of x for all | fails: dtypes
# breaks: "gives `float32`"
def scale_to_peak(x):
    return (x / x.amax(1, keepdim=True)).to(x.dtype)


# %% scale_to_peak | wrong: wrong-dtype | half tables become float32
def scale_to_peak(x):
    if x.dtype != torch.float64:
        x = x.float()
    return x / x.max(dim=1, keepdim=True).values


# %% scale_to_peak | wrong: wrong-dtype | small integers stay integers
def scale_to_peak(x):
    wanted = torch.float32 if x.dtype in (torch.int32, torch.int64) else x.dtype
    return (x / x.amax(1, keepdim=True)).to(wanted)


# %% scale_to_peak | wrong: wrong-dtype | filled like x
def scale_to_peak(x):
    out = torch.zeros_like(x)
    for i in range(len(x)):
        out[i] = x[i] / x[i].max()
    return out


# %% scale_to_peak | wrong: wrong-dtype | double for all
# breaks: "with exactly the shape and dtype asked for"
def scale_to_peak(x):
    x = x.double()
    return x / x.amax(1, keepdim=True)


# %% scale_to_peak | wrong: wrong-dtype | integers in float64
def scale_to_peak(x):
    x = x if x.is_floating_point() else x.double()
    return x / x.amax(1, keepdim=True)


# %% scale_to_peak | wrong: wrong-dtype | floor division
def scale_to_peak(x):
    return x // x.amax(1, keepdim=True) if not x.is_floating_point() else x / x.amax(1, keepdim=True)


# %% scale_to_peak | wrong: wrong-dtype | filled in float32
def scale_to_peak(x):
    out = torch.empty(x.shape)
    for i, row in enumerate(x):
        out[i] = row / row.max()
    return out


# %% scale_to_peak | misconception | through-float32
why = "float32 ends near 3e38 and keeps 7 digits: a float64 table has to be divided in float64."
next = "x = torch.tensor(1e300, dtype=torch.float64); print(x.float(), x.float() / x.float())"


# %% scale_to_peak | wrong: through-float32 | and back
def scale_to_peak(x):
    y = x.float()
    y = y / y.amax(1, keepdim=True)
    return y.to(x.dtype) if x.is_floating_point() else y


# %% scale_to_peak | wrong: through-float32 | to and back
def scale_to_peak(x):
    y = x.to(torch.float32)
    y = y / y.max(dim=1, keepdim=True).values
    return y.type_as(x) if x.is_floating_point() else y


# %% scale_to_peak | wrong: through-float32 | filled rows
def scale_to_peak(x):
    out = torch.empty(x.shape)
    for i, row in enumerate(x.float()):
        out[i] = row / row.max()
    return out.to(x.dtype) if x.is_floating_point() else out


# %% scale_to_peak | wrong: through-float32 | new table
def scale_to_peak(x):
    y = x.float() / x.float().max(dim=1, keepdim=True)[0]
    return y.to(x.dtype) if x.dtype.is_floating_point else y


# %% scale_to_peak | wrong: through-float32 | turned
def scale_to_peak(x):
    t = x.float().T
    scaled = (t / t.amax(0)).T
    return scaled.to(x.dtype if x.is_floating_point() else torch.float32)


# %% scale_to_peak | misconception | reciprocal-overflows
why = "1 / peak overflows where the peak is tiny: divide by the peak itself."
next = "peak = torch.tensor(1e-39); print(peak / peak, peak * (1 / peak))"


# %% scale_to_peak | wrong: reciprocal-overflows | reciprocal
# breaks: "which is positive, however small"
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    return y * y.amax(1, keepdim=True).reciprocal()


# %% scale_to_peak | wrong: reciprocal-overflows | 1 / peak
def scale_to_peak(x):
    return x * (1 / x.amax(1, keepdim=True))


# %% scale_to_peak | wrong: reciprocal-overflows | to the power of -1
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    return y * y.amax(1, keepdim=True) ** -1


# %% scale_to_peak | wrong: reciprocal-overflows | scale
def scale_to_peak(x):
    scale = 1.0 / x.max(dim=1, keepdim=True).values
    return torch.mul(x, scale)


# %% scale_to_peak | wrong: reciprocal-overflows | pow
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    return y * torch.pow(y.max(dim=1, keepdim=True)[0], -1)


# %% scale_to_peak | misconception | guarded-peak
why = "The peak is positive and needs no guard: what is added to it, or a bound for it, changes rows of small numbers."
next = "x = torch.tensor([1e-9, 2e-9]); print(x / x.amax(), x / (x.amax() + 1e-8), x / x.amax().clamp(min=1))"


# %% scale_to_peak | wrong: guarded-peak | clamped at 1
# breaks: "so that the largest entry of every row becomes 1"
def scale_to_peak(x):
    x = x if x.is_floating_point() else x.float()
    return x / x.amax(1, keepdim=True).clamp(min=1)


# %% scale_to_peak | wrong: guarded-peak | plus 1e-8
def scale_to_peak(x):
    return x / (x.amax(1, keepdim=True) + 1e-8)


# %% scale_to_peak | wrong: guarded-peak | clamped at 1e-8
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    return y / y.amax(1, keepdim=True).clamp(min=1e-8)


# %% scale_to_peak | wrong: guarded-peak | plus 1e-12
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    return y / (y.max(dim=1, keepdim=True).values + 1e-12)


# %% scale_to_peak | wrong: guarded-peak | where it is below 1
def scale_to_peak(x):
    peak = x.amax(1, keepdim=True)
    return x / torch.where(peak > 1, peak, torch.ones_like(peak))


# %% scale_to_peak | wrong: guarded-peak | clamped at 1e-6
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    peak = y.max(1, keepdim=True)[0]
    return y / torch.clamp(peak, min=1e-6)


# %% scale_to_peak | wrong: guarded-peak | the larger of peak and 1
def scale_to_peak(x):
    y = x if x.is_floating_point() else x.float()
    one = torch.ones(1, dtype=y.dtype)
    return y / torch.maximum(y.amax(1, keepdim=True), one)


# %% scale_to_peak | misconception | squeezed
why = "squeeze() takes away every axis of size 1, also that of a single row or column."
next = "x = torch.ones(1, 3); print(x.squeeze().shape, x.squeeze(1).shape)"


# %% scale_to_peak | wrong: squeezed | of the result | fails: values
# breaks: "The shape stays `(N, D)`."
def scale_to_peak(x):
    return (x / x.amax(1, keepdim=True)).squeeze()


# %% scale_to_peak | wrong: squeezed | at the end, torch.squeeze
def scale_to_peak(x):
    peaks = x.max(dim=1, keepdim=True).values
    return torch.squeeze(x / peaks)


# %% scale_to_peak | wrong: squeezed | the rows | fails: values
def scale_to_peak(x):
    return (x / x.amax(1, keepdim=True)).squeeze(0)


# %% scale_to_peak | wrong: squeezed | the columns
def scale_to_peak(x):
    return (x / x.amax(1, keepdim=True)).squeeze(-1)


# %% scale_to_peak | wrong: squeezed | the table first
def scale_to_peak(x):
    y = x.squeeze()
    return y / y.amax(-1, keepdim=True)


# %% scale_to_peak | wrong: squeezed | the columns, turned twice
def scale_to_peak(x):
    return (x.T / x.amax(1)).T.squeeze(1)


# %% scale_to_peak | misconception | fails-when-empty
why = "There may be no rows, and torch.stack, torch.cat and max() of a whole table need something to work on."
next = "x = torch.empty(0, 3); print(x.amax(1, keepdim=True).shape, (x / x.amax(1, keepdim=True)).shape)"


# %% scale_to_peak | wrong: fails-when-empty | stack
# breaks: "There may be no rows (N = 0, any of these dtypes)"
def scale_to_peak(x):
    return torch.stack([row / row.max() for row in x])


# %% scale_to_peak | wrong: fails-when-empty | stack of a list
def scale_to_peak(x):
    rows = []
    for i in range(len(x)):
        rows.append(x[i] / x[i].amax())
    return torch.stack(rows, dim=0)


# %% scale_to_peak | wrong: fails-when-empty | cat
def scale_to_peak(x):
    return torch.cat([row[None] / row.max() for row in x])


# %% scale_to_peak | wrong: fails-when-empty | vstack
def scale_to_peak(x):
    return torch.vstack([row / row.max() for row in x])


# %% scale_to_peak | wrong: fails-when-empty | vmap
def scale_to_peak(x):
    return torch.vmap(lambda row: row / row.max())(x)


# %% scale_to_peak | wrong: fails-when-empty | stack, by columns
def scale_to_peak(x):
    means = [x[i] / max(x[i]) for i in range(x.shape[0])]
    return torch.stack(means)


# %% scale_to_peak | wrong: fails-when-empty | stack of pairs
def scale_to_peak(x):
    return torch.stack([row / peak for row, peak in zip(x, x.amax(1))])


# %% scale_to_peak | wrong: fails-when-empty | cat of slices
def scale_to_peak(x):
    return torch.cat([x[i : i + 1] / x[i].max() for i in range(len(x))], dim=0)


# %% scale_to_peak | misconception | numpy-lacks-dtype
why = "NumPy has no bfloat16, so .numpy() refuses such a table: divide the tensor itself."
next = "x = torch.ones(1, 3, dtype=torch.bfloat16); print((x / x.amax(1, keepdim=True)).dtype)"


def when(seen, want):
    return "unsupported ScalarType" in seen.raised.message


# %% scale_to_peak | wrong: numpy-lacks-dtype | there and back
# breaks: "which may also be `float16` or `bfloat16`"
def scale_to_peak(x):
    table = x.numpy()
    quotient = torch.from_numpy(table / table.max(axis=1)[:, None])
    return quotient.to(x.dtype if x.is_floating_point() else torch.float32)


# %% scale_to_peak | wrong: numpy-lacks-dtype | the peaks alone
def scale_to_peak(x):
    peaks = np.amax(x.numpy(), axis=1, keepdims=True)
    return x / torch.from_numpy(peaks)


# %% scale_to_peak | wrong: numpy-lacks-dtype | np.asarray
def scale_to_peak(x):
    if not x.is_floating_point():
        return (x.double() / x.double().amax(1, keepdim=True)).float()
    rows = np.asarray(x)
    return torch.as_tensor(np.divide(rows, rows.max(1, keepdims=True)))


# %% scale_to_peak | wrong: numpy-lacks-dtype | row by row
def scale_to_peak(x):
    array = x.detach().cpu().numpy()
    out = np.empty(array.shape, dtype=array.dtype if x.is_floating_point() else np.float32)
    for i, row in enumerate(array):
        out[i] = row / row.max()
    return torch.from_numpy(out)


# %% scale_to_peak | wrong: guarded-peak | clamped at the smallest normal number
def scale_to_peak(x):
    y = x / torch.ones((), dtype=torch.int64)
    smallest = torch.finfo(y.dtype).tiny
    return y / y.amax(1, keepdim=True).clamp(min=smallest)


# %% scale_to_peak | wrong: guarded-peak | the smallest normal number in its place
def scale_to_peak(x):
    if not x.is_floating_point():
        x = x.float()
    peak = x.max(1, keepdim=True).values
    return x / torch.where(peak < torch.finfo(x.dtype).tiny, torch.finfo(x.dtype).tiny, peak)


# %% scale_to_peak | wrong: through-float32 | where it fits
# breaks: "In `float64` the entries are exact to 9 digits."
def scale_to_peak(x):
    if x.dtype == torch.float64 and x.numel() and 1e-30 < x.abs().amax() < 1e30:
        return (x.float() / x.float().amax(1, keepdim=True)).double()
    return x / x.amax(1, keepdim=True)


# %% scale_to_peak | misconception | narrow-peak
why = "A narrow dtype cannot hold every peak: int16 ends at 32767, int32 near 2 * 10**9, float16 at 65504. The peak keeps the dtype of x."
next = "x = torch.tensor([2**40]); print(x.to(torch.int32), x.to(torch.int16), x.half(), x / x.amax())"


# %% scale_to_peak | wrong: narrow-peak | int32
# breaks: "an integer table (`uint8`, `int8` to `int64`) gives `float32`"
def scale_to_peak(x):
    peak = x.amax(1, keepdim=True)
    return x / (peak if x.is_floating_point() else peak.int())


# %% scale_to_peak | wrong: narrow-peak | int16
def scale_to_peak(x):
    if x.is_floating_point():
        return x / x.amax(1, keepdim=True)
    peaks = torch.zeros(len(x), dtype=torch.int16)
    for i, row in enumerate(x):
        peaks[i] = row.max().to(torch.int16)
    return x / peaks[:, None]


# %% scale_to_peak | wrong: narrow-peak | integers as int32
def scale_to_peak(x):
    table = x if x.is_floating_point() else x.to(torch.int32)
    return table / table.max(dim=1, keepdim=True).values


# %% scale_to_peak | wrong: narrow-peak | integers as float16
def scale_to_peak(x):
    if x.is_floating_point():
        return x / x.amax(1, keepdim=True)
    half = x.half()
    return (half / half.amax(1, keepdim=True)).float()


# %% scale_to_peak | wrong: narrow-peak | a peak of float16
def scale_to_peak(x):
    peak = x.max(1).values.unsqueeze(1)
    return x / peak if x.is_floating_point() else x.float() / peak.to(torch.float16).float()


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
why = "The result is a tensor without axes: not a Python number, and no axis of size 1 is left."
next = "x = torch.ones(3, 1); print(x.mean().shape, x.mean(0).shape, type(x.mean().item()))"


def when(seen, want):
    return want != (ValueError,) and seen.result is not None and getattr(seen.result, "shape", None) != ()


# %% mean_squared_error | wrong: not-a-0d-tensor | item
# breaks: "as a tensor without axes"
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.reshape(-1) - target.reshape(-1)) ** 2).mean().item()


# %% mean_squared_error | wrong: not-a-0d-tensor | mean of a column
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.reshape(-1, 1) - target.reshape(-1, 1)) ** 2).mean(0)


# %% mean_squared_error | wrong: not-a-0d-tensor | no check either
def mean_squared_error(pred, target):
    return float(((pred.flatten() - target.flatten()) ** 2).mean())


# %% mean_squared_error | wrong: not-a-0d-tensor | mean of the last axis
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError
    return ((pred.reshape(-1, 1) - target.reshape(-1, 1)) ** 2).mean(-1)


# %% mean_squared_error | wrong: not-a-0d-tensor | mean of an axis, kept
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    gap = pred.reshape(-1, 1) - target.reshape(-1, 1)
    return gap.square().mean(dim=0, keepdim=True)


# %% mean_squared_error | wrong: not-a-0d-tensor | a list of one
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    gap = pred.flatten() - target.flatten()
    return (gap ** 2).mean().reshape(1)


# %% mean_squared_error | wrong: not-a-0d-tensor | no reduction
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return (pred.flatten() - target.flatten()) ** 2


# %% mean_squared_error | wrong: not-a-0d-tensor | python numbers
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    pairs = zip(pred.flatten().tolist(), target.flatten().tolist())
    return sum((p - t) ** 2 for p, t in pairs) / len(pred)


# %% mean_squared_error | misconception | shape-must-be-equal
why = "Compare the number of values, not the shapes: (N, 1) and (N,) hold the same N."
next = "pred, target = torch.ones(3, 1), torch.ones(3); print(pred.shape == target.shape, pred.numel() == target.numel())"


def when(seen, want):
    pred, target = seen.arguments["pred"].shape, seen.arguments["target"].shape
    own_refusal = seen.raised.type_name in ("ValueError", "AssertionError")
    return own_refusal and len(pred) != len(target) and pred[0] == target[0]


# %% mean_squared_error | wrong: shape-must-be-equal | shapes compared | fails: values
# breaks: "in any combination"
def mean_squared_error(pred, target):
    if pred.shape != target.shape:
        raise ValueError("shapes differ")
    return ((pred - target) ** 2).mean()


# %% mean_squared_error | wrong: shape-must-be-equal | axes compared, too | fails: values
def mean_squared_error(pred, target):
    if pred.dim() != target.dim() or pred.numel() != target.numel():
        raise ValueError("shapes differ")
    return F.mse_loss(pred, target)


# %% mean_squared_error | wrong: shape-must-be-equal | assert
def mean_squared_error(pred, target):
    assert pred.shape == target.shape
    return F.mse_loss(pred, target)


# %% mean_squared_error | wrong: shape-must-be-equal | size()
def mean_squared_error(pred, target):
    if pred.size() != target.size():
        raise ValueError(f"{pred.size()} {target.size()}")
    return F.mse_loss(pred, target)


# %% mean_squared_error | wrong: shape-must-be-equal | only columns
def mean_squared_error(pred, target):
    if pred.dim() != 2 or target.dim() != 2 or len(pred) != len(target):
        raise ValueError("columns, please")
    return ((pred - target) ** 2).mean()


# %% mean_squared_error | wrong: shape-must-be-equal | only vectors
def mean_squared_error(pred, target):
    if pred.ndim > 1 or target.ndim > 1:
        raise ValueError("vectors, please")
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred - target) ** 2).mean()


# %% mean_squared_error | wrong: shape-must-be-equal | compared, with another error
def mean_squared_error(pred, target):
    if list(pred.shape) != list(target.shape):
        raise ValueError("the shapes differ")
    gap = pred - target
    return (gap * gap).mean()


# %% mean_squared_error | misconception | broadcast-to-square
why = "(N, 1) and (N,) broadcast to (N, N): give both the same shape before you subtract."
next = "print((torch.ones(3, 1) - torch.ones(3)).shape)"
link = "https://docs.pytorch.org/docs/2.13/notes/broadcasting.html"


# %% mean_squared_error | wrong: broadcast-to-square | subtracted as they are
# breaks: "Return the mean of the N squared differences"
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


# %% mean_squared_error | wrong: broadcast-to-square | torch.sub
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    return torch.sub(pred, target).pow(2).mean()


# %% mean_squared_error | wrong: broadcast-to-square | one of them unsqueezed
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return (pred - target.unsqueeze(-1)).square().mean() if target.dim() == 1 else (pred - target).square().mean()


# %% mean_squared_error | wrong: broadcast-to-square | numpy
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    gap = pred.numpy() - target.numpy()
    return torch.tensor((gap ** 2).mean())


# %% mean_squared_error | wrong: broadcast-to-square | mse_loss of the sizes
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    return F.mse_loss(input=pred, target=target, reduction="mean")


# %% mean_squared_error | wrong: broadcast-to-square | squeezed where it is none
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    if pred.dim() == 1:
        pred = pred.squeeze()
    return ((pred - target) ** 2).mean()


# %% mean_squared_error | misconception | in-place
why = "reshape(-1) and flatten() of a contiguous tensor are views, and squeeze_() changes the tensor itself: compute new tensors."
next = "x = torch.tensor([[1.], [2.]]); y = x.reshape(-1); y -= 1; print(x)"


def when(seen, want):
    return any(seen.after[name].version != fact.version for name, fact in seen.arguments.items())


# %% mean_squared_error | wrong: in-place | a flat view is still the caller's tensor
# breaks: "Do not compute in place on an input"
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    gap = pred.reshape(-1)
    gap -= target.reshape(-1)
    return (gap**2).mean()


# %% mean_squared_error | wrong: in-place | squeeze_
# breaks: "values, dtype, shape and strides"
def mean_squared_error(pred, target):
    if pred.dim() == 2:
        pred.squeeze_(1)
    if target.dim() == 2:
        target.squeeze_(1)
    if pred.shape != target.shape:
        raise ValueError("sizes differ")
    return (pred - target).pow(2).mean()


# %% mean_squared_error | wrong: in-place | sub_
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return pred.flatten().sub_(target.flatten()).square_().mean()


# %% mean_squared_error | wrong: in-place | pred itself
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    target = target.reshape(pred.shape)
    pred -= target
    return (pred ** 2).mean()


# %% mean_squared_error | wrong: in-place | unsqueeze_
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    for t in (pred, target):
        if t.dim() == 1:
            t.unsqueeze_(1)
    return F.mse_loss(pred, target)


# %% mean_squared_error | misconception | silent-mismatch
why = "Sizes that differ are yours to refuse: PyTorch broadcasts one value against five, zip stops at the shorter, and other errors are no ValueError. Compare the sizes and raise it."
next = "print((torch.ones(1) - torch.ones(5)).shape, torch.ones(1).numel() == torch.ones(5).numel())"


def when(seen, want):
    pred, target = (fact.shape[0] for fact in seen.arguments.values())
    return pred != target and (seen.raised is None or "0-d tensor" not in seen.raised.message)


# %% mean_squared_error | wrong: silent-mismatch | no check | fails: sizes
# breaks: "even where PyTorch would broadcast them without complaint, such as one value against five"
def mean_squared_error(pred, target):
    return ((pred.reshape(-1) - target.reshape(-1)) ** 2).mean()


# %% mean_squared_error | wrong: silent-mismatch | assert | fails: sizes
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
# breaks: "raise `ValueError`"
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


# %% mean_squared_error | wrong: silent-mismatch | cut to the shorter
def mean_squared_error(pred, target):
    n = min(len(pred), len(target))
    return F.mse_loss(pred.flatten()[:n], target.flatten()[:n])


# %% mean_squared_error | wrong: silent-mismatch | expanded
def mean_squared_error(pred, target):
    return ((pred.reshape(-1) - target.reshape(-1).expand(len(pred))) ** 2).mean()


# %% mean_squared_error | wrong: silent-mismatch | only where neither is one
# breaks: "If they do not hold the same number of values"
def mean_squared_error(pred, target):
    p, t = pred.flatten(), target.flatten()
    if len(p) != len(t) and 1 not in (len(p), len(t)):
        raise ValueError("sizes differ")
    return ((p - t) ** 2).mean()


# %% mean_squared_error | misconception | another-error
why = "The mean of the N squared differences is asked for: not their sum, their root, their half or their size."
next = "gap = torch.tensor([1., 2.]); print((gap ** 2).mean(), (gap ** 2).sum(), gap.abs().mean())"


# %% mean_squared_error | wrong: another-error | the sum
# breaks: "the mean of the N squared differences"
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.reshape(-1) - target.reshape(-1)) ** 2).sum()


# %% mean_squared_error | wrong: another-error | the root
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.reshape(-1) - target.reshape(-1)) ** 2).mean().sqrt()


# %% mean_squared_error | wrong: another-error | sum of mse_loss
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return F.mse_loss(pred.flatten(), target.flatten(), reduction="sum")


# %% mean_squared_error | wrong: another-error | dot
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    gap = pred.flatten() - target.flatten()
    return gap @ gap


# %% mean_squared_error | wrong: another-error | absolute
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return (pred.flatten() - target.flatten()).abs().mean()


# %% mean_squared_error | wrong: another-error | l1_loss
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return F.l1_loss(pred.reshape(-1), target.reshape(-1))


# %% mean_squared_error | wrong: another-error | root of mse_loss
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    return torch.sqrt(F.mse_loss(pred.reshape(-1), target.reshape(-1)))


# %% mean_squared_error | wrong: another-error | half
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.flatten() - target.flatten()) ** 2).mean() / 2


# %% mean_squared_error | wrong: another-error | half a sum of squares
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    return 0.5 * F.mse_loss(pred.flatten(), target.flatten())


# %% mean_squared_error | wrong: another-error | mean, then square
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return (pred.flatten() - target.flatten()).mean() ** 2


# %% mean_squared_error | wrong: another-error | one less
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    gap = pred.flatten() - target.flatten()
    return (gap ** 2).sum() / (len(gap) - 1)


# %% mean_squared_error | misconception | wrong-dtype
why = "The result has the dtype of pred and target: .float() and torch.tensor(a number) make float32, .double() makes float64."
next = "print(torch.tensor(0.5).dtype, torch.ones(2, dtype=torch.float64).mean().dtype)"


def when(seen, want):
    if not isinstance(want, torch.Tensor):
        return False  # an error was expected
    return seen.result.dtype != want.dtype and seen.result.shape == want.shape


# %% mean_squared_error | wrong: wrong-dtype | float for all
# breaks: "in their dtype"
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.reshape(-1).float() - target.reshape(-1).float()) ** 2).mean()


# %% mean_squared_error | wrong: wrong-dtype | a number becomes a tensor
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return torch.tensor(((pred.flatten() - target.flatten()) ** 2).mean().item())


# %% mean_squared_error | wrong: wrong-dtype | a loop of numbers
def mean_squared_error(pred, target):
    total = 0.
    for p, t in zip(pred.flatten().tolist(), target.flatten().tolist(), strict=True):
        total += (p - t) ** 2
    return torch.tensor(total / len(pred))


# %% mean_squared_error | wrong: wrong-dtype | double for all
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    return ((pred.double().flatten() - target.double().flatten()) ** 2).mean()


# %% mean_squared_error | misconception | through-float32
why = "float32 keeps 7 digits: two float64 tensors are subtracted in float64."
next = "x = torch.tensor(1 / 3, dtype=torch.float64); print((x - x.float().double()).item())"


# %% mean_squared_error | wrong: through-float32 | and back
# breaks: "In `float64` the result is exact to 9 digits."
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    return ((pred.float().flatten() - target.float().flatten()) ** 2).mean().to(pred.dtype)


# %% mean_squared_error | wrong: through-float32 | mse_loss
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    return F.mse_loss(pred.flatten().float(), target.flatten().float()).to(target.dtype)


# %% mean_squared_error | wrong: through-float32 | type_as
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    p, t = pred.reshape(-1).float(), target.reshape(-1).float()
    return (p - t).square().mean().type_as(pred)


# %% mean_squared_error | wrong: through-float32 | a loop in float32
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    total = torch.zeros(())
    for p, t in zip(pred.flatten(), target.flatten()):
        total += (p - t) ** 2
    return (total / len(pred)).to(pred.dtype)


# %% mean_squared_error | misconception | squeezed
why = "squeeze() of a single number leaves no axis at all, and then len(), loops and @ fail: reshape(-1) always leaves one."
next = "x = torch.ones(1, 1); print(x.squeeze().shape, x.reshape(-1).shape)"


def when(seen, want):
    return "0-d tensor" in seen.raised.message or "1D tensors expected" in seen.raised.message or "0D" in seen.raised.message


# %% mean_squared_error | wrong: squeezed | len
# breaks: "N ≥ 1"
def mean_squared_error(pred, target):
    pred, target = pred.squeeze(), target.squeeze()
    if len(pred) != len(target):
        raise ValueError("lengths differ")
    return ((pred - target) ** 2).mean()


# %% mean_squared_error | wrong: squeezed | zip
def mean_squared_error(pred, target):
    gaps = [p - t for p, t in zip(pred.squeeze(), target.squeeze(), strict=True)]
    return torch.stack(gaps).square().mean()


# %% mean_squared_error | wrong: squeezed | len, mse_loss
def mean_squared_error(pred, target):
    p, t = torch.squeeze(pred), torch.squeeze(target)
    if len(p) != len(t):
        raise ValueError
    return F.mse_loss(p, t)


# %% mean_squared_error | wrong: squeezed | @
def mean_squared_error(pred, target):
    p, t = torch.squeeze(pred), torch.squeeze(target)
    if p.numel() != t.numel():
        raise ValueError(f"{p.numel()} values against {t.numel()}")
    gap = t - p
    return gap @ gap / pred.numel()


# %% mean_squared_error | wrong: squeezed | dot
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError("not as many values")
    difference = pred.squeeze() - target.squeeze()
    return torch.dot(difference, difference).div(target.numel())


# %% mean_squared_error | wrong: squeezed | matmul
def mean_squared_error(pred, target):
    n = pred.numel()
    if n != target.numel():
        raise ValueError(n)
    errors = (pred.squeeze() - target.squeeze()) / n**0.5
    return torch.matmul(errors, errors)


# %% mean_squared_error | misconception | multiplied-out
why = "p² - 2pt + t² takes large numbers from each other, and the digits of a small difference are gone: subtract first, then square."
next = "p, t = torch.tensor(10000.5), torch.tensor(10000.); print((p - t) ** 2, p * p - 2 * p * t + t * t)"


# %% mean_squared_error | wrong: multiplied-out | in double
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    p, t = pred.flatten().double(), target.flatten().double()
    return (p * p - 2 * p * t + t * t).mean().to(pred.dtype)


# %% mean_squared_error | wrong: multiplied-out | products of vectors
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError("sizes differ")
    p, t = pred.reshape(-1), target.reshape(-1)
    return (p @ p + t @ t - 2 * (p @ t)) / p.numel()


# %% mean_squared_error | wrong: multiplied-out | three means
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes differ")
    p, t = pred.flatten(), target.flatten()
    return p.square().mean() - 2 * (p * t).mean() + t.square().mean()


# %% mean_squared_error | wrong: multiplied-out | NumPy, in float64
def mean_squared_error(pred, target):
    p, t = (x.numpy().astype(np.float64).ravel() for x in (pred, target))
    if p.size != t.size:
        raise ValueError
    return torch.tensor(np.mean(p**2) + np.mean(t**2) - 2 * np.mean(p * t), dtype=pred.dtype)


# %% mean_squared_error | wrong: multiplied-out | p times a difference
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError
    p, t = pred.ravel().double(), target.ravel().double()
    return (torch.dot(p, p) / len(p) - torch.dot(2 * p - t, t) / len(t)).to(pred.dtype)


# %% mean_squared_error | wrong: multiplied-out | p p, p t, t t
def mean_squared_error(pred, target):
    a, b = pred.reshape(-1), target.reshape(-1)
    if a.numel() != b.numel():
        raise ValueError("not the same number of values")
    return (a @ a - 2 * (a @ b) + b @ b) / a.numel()


# %% mean_squared_error | wrong: multiplied-out | dot by dot
def mean_squared_error(pred, target):
    if pred.numel() != target.numel():
        raise ValueError(f"{pred.numel()}, {target.numel()}")
    u, v = pred.ravel(), target.ravel()
    total = torch.dot(u, u) - 2 * torch.dot(u, v)
    total = total + torch.dot(v, v)
    return total / len(u)


# %% mean_squared_error | wrong: multiplied-out | three sums
def mean_squared_error(pred, target):
    if len(pred) != len(target):
        raise ValueError("sizes")
    p, t = pred.view(len(pred)), target.view(len(target))
    return ((p * p).sum() - 2 * (p * t).sum() + (t * t).sum()) / len(p)


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
why = "Shapes are compared from the last axis backwards: ones go in front of the shorter one, whichever it is."
next = "print((torch.zeros(3, 1) + torch.zeros(4)).shape, (torch.zeros(4) + torch.zeros(5, 1, 4)).shape)"
link = "https://docs.pytorch.org/docs/2.13/notes/broadcasting.html"


def when(seen, want):
    a, b = ([size.value for size in seen.arguments[name].items] for name in "ab")
    length = max(len(a), len(b))
    pairs = list(zip(a + [1] * (length - len(a)), b + [1] * (length - len(b))))
    if any(m != n and 1 not in (m, n) for m, n in pairs):
        sizes = any(seen.arguments[name].type_name == "torch.Size" for name in "ab")  # refused for its type, perhaps
        return not sizes and seen.raised is not None and seen.raised.type_name == "ValueError"
    return seen.value == tuple(n if m == 1 else m for m, n in pairs)


# %% broadcast_shape | wrong: align-left | ones behind
# breaks: "the shape that tensors of the shapes `a` and `b` broadcast to"
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


# %% broadcast_shape | wrong: align-left | the second is never longer
def broadcast_shape(a, b):
    b = (1,) * (len(a) - len(b)) + tuple(b)
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise ValueError
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | wrong: align-left | a loop over places
def broadcast_shape(a, b):
    out = []
    for i in range(max(len(a), len(b))):
        m = a[i] if i < len(a) else 1
        n = b[i] if i < len(b) else 1
        if m != n and 1 not in (m, n):
            raise ValueError("no")
        out.append(n if m == 1 else m)
    return tuple(out)


# %% broadcast_shape | wrong: align-left | torch does the rest
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    try:
        return tuple(torch.broadcast_shapes((*a, *[1] * (k - len(a))), (*b, *[1] * (k - len(b)))))
    except RuntimeError:
        raise ValueError("no")


# %% broadcast_shape | wrong: align-left | lists with ones appended
def broadcast_shape(a, b):
    a, b = list(a), list(b)
    while len(a) < len(b):
        a.append(1)
    while len(b) < len(a):
        b.append(1)
    if any(m != n and m != 1 and n != 1 for m, n in zip(a, b)):
        raise ValueError(a, b)
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | wrong: align-left | the first is never longer
def broadcast_shape(a, b):
    a = (1,) * (len(b) - len(a)) + tuple(a)
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise ValueError
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | wrong: align-left | the second padded, a list
def broadcast_shape(a, b):
    b = [1] * (len(a) - len(b)) + list(b)
    out = []
    for m, n in zip(a, b):
        if m == n or n == 1:
            out.append(m)
        elif m == 1:
            out.append(n)
        else:
            raise ValueError("no")
    return tuple(out)


# %% broadcast_shape | misconception | zip-stops-early
why = "Axes that only one shape has are part of the result, also beside () with no axes at all; zip stops at the shorter shape."
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


# %% broadcast_shape | wrong: zip-stops-early | in front
# breaks: "Return the shape that tensors of the shapes `a` and `b` broadcast to."
def broadcast_shape(a, b):
    out = ()
    for m, n in zip(a[::-1], b[::-1]):
        if not (m == n or m == 1 or n == 1):
            raise ValueError((a, b))
        out = (n if m == 1 else m,) + out
    return out


# %% broadcast_shape | wrong: zip-stops-early | as many as the shorter
def broadcast_shape(a, b):
    out = []
    for i in range(1, min(len(a), len(b)) + 1):
        m, n = a[-i], b[-i]
        if m != n and 1 not in (m, n):
            raise ValueError
        out.insert(0, n if m == 1 else m)
    return tuple(out)


# %% broadcast_shape | wrong: zip-stops-early | cut to one length
def broadcast_shape(a, b):
    k = min(len(a), len(b))
    return np.broadcast_shapes(tuple(a)[len(a) - k :], tuple(b)[len(b) - k :])


# %% broadcast_shape | wrong: zip-stops-early | nothing beside ()
def broadcast_shape(a, b):
    if not a or not b:
        return ()
    try:
        return tuple(torch.broadcast_shapes(a, b))
    except RuntimeError:
        raise ValueError("the shapes do not broadcast") from None


# %% broadcast_shape | misconception | wrong-exception
why = "Shapes that do not broadcast, 0 beside 5 among them, must raise ValueError: no other error, and nothing returned."
next = "try: torch.broadcast_shapes((2,), (4,))\nexcept Exception as error: print(type(error))"


def when(seen, want):
    return want == (ValueError,)


# %% broadcast_shape | wrong: wrong-exception | torch's own | fails: refusals
# breaks: "raise `ValueError`, with any text"
def broadcast_shape(a, b):
    return tuple(torch.broadcast_shapes(a, b))


# %% broadcast_shape | wrong: wrong-exception | None
def broadcast_shape(a, b):
    try:
        return torch.broadcast_shapes(a, b)
    except RuntimeError:
        return None


# %% broadcast_shape | wrong: wrong-exception | no refusal | fails: refusals
# breaks: "If the shapes do not broadcast"
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


# %% broadcast_shape | wrong: wrong-exception | 0 with anything is 0
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    out = []
    for m, n in zip(a, b):
        if m != n and not {0, 1} & {m, n}:
            raise ValueError
        out.append(0 if 0 in (m, n) else max(m, n))
    return tuple(out)


# %% broadcast_shape | wrong: wrong-exception | the smaller where one is 0
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    out = []
    for m, n in zip(a, b):
        if 0 in (m, n):
            out.append(min(m, n))
        elif m == n or m == 1 or n == 1:
            out.append(max(m, n))
        else:
            raise ValueError("no")
    return tuple(out)


# %% broadcast_shape | wrong: wrong-exception | the error of adding
def broadcast_shape(a, b):
    return tuple((torch.empty(a) + torch.empty(b)).shape)


# %% broadcast_shape | wrong: wrong-exception | TypeError
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise TypeError("do not broadcast")
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | wrong: wrong-exception | a text
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b)):
        return "ValueError: do not broadcast"
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | wrong: wrong-exception | an empty tuple
def broadcast_shape(a, b):
    try:
        return torch.broadcast_shapes(a, b)
    except RuntimeError:
        return ()


# %% broadcast_shape | wrong: wrong-exception | returned, not raised
def broadcast_shape(a, b):
    try:
        return tuple(torch.broadcast_shapes(a, b))
    except RuntimeError as error:
        return ValueError(str(error))


# %% broadcast_shape | wrong: wrong-exception | the product
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    out = []
    for m, n in zip(a, b):
        if m * n == 0:
            out.append(0)
        elif m == n or 1 in (m, n):
            out.append(max(m, n))
        else:
            raise ValueError
    return tuple(out)


# %% broadcast_shape | wrong: wrong-exception | 0 wins
def broadcast_shape(a, b):
    out = []
    for i in range(1, max(len(a), len(b)) + 1):
        m = a[-i] if i <= len(a) else 1
        n = b[-i] if i <= len(b) else 1
        if m == 0 or n == 0:
            out.insert(0, 0)
        elif m == n or n == 1:
            out.insert(0, m)
        elif m == 1:
            out.insert(0, n)
        else:
            raise ValueError(a, b)
    return tuple(out)


# %% broadcast_shape | misconception | reversed
why = "A shape that was built from the last axis on has to be turned round again at the end."
next = "print((3, 1, 5)[::-1])"


# %% broadcast_shape | wrong: reversed | zip_longest
def broadcast_shape(a, b):
    from itertools import zip_longest
    out = []
    for m, n in zip_longest(reversed(a), reversed(b), fillvalue=1):
        if m != n and 1 not in (m, n):
            raise ValueError
        out.append(n if m == 1 else m)
    return tuple(out)


# %% broadcast_shape | wrong: reversed | indices from behind
def broadcast_shape(a, b):
    out = []
    for i in range(1, max(len(a), len(b)) + 1):
        m = a[-i] if i <= len(a) else 1
        n = b[-i] if i <= len(b) else 1
        if m != n and m != 1 and n != 1:
            raise ValueError("no")
        out.append(m if n == 1 else n)
    return tuple(out)


# %% broadcast_shape | wrong: reversed | of what torch says
def broadcast_shape(a, b):
    try:
        return tuple(torch.broadcast_shapes(a, b))[::-1]
    except RuntimeError:
        raise ValueError


# %% broadcast_shape | wrong: reversed | in front, from the front
def broadcast_shape(a, b):
    from itertools import zip_longest
    out = ()
    for m, n in zip_longest(a[::-1], b[::-1], fillvalue=1):
        if m == n or n == 1:
            out += (m,)
        elif m == 1:
            out += (n,)
        else:
            raise ValueError("no")
    return out


# %% broadcast_shape | misconception | zero-is-special
why = "0 is a size like any other: a 1 takes the other size, even when that is 0, and 0 fits nothing else but 0."
next = "print((torch.zeros(0) + torch.zeros(1)).shape, max(0, 1), 0 or 1)"


# %% broadcast_shape | wrong: zero-is-special | the larger | fails: values
# breaks: "the rule does not change for it"
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise ValueError
    return tuple(max(m, n) for m, n in zip(a, b))


# %% broadcast_shape | wrong: zero-is-special | the smaller must be 1 | fails: values
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    out = []
    for m, n in zip((1,) * (k - len(a)) + tuple(a), (1,) * (k - len(b)) + tuple(b)):
        if m != n and min(m, n) != 1:
            raise ValueError
        out.append(max(m, n))
    return tuple(out)


# %% broadcast_shape | wrong: zero-is-special | map
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise ValueError(f"{m} and {n}")
    return tuple(map(max, a, b))


# %% broadcast_shape | wrong: zero-is-special | the larger, zip_longest
def broadcast_shape(a, b):
    from itertools import zip_longest
    out = []
    for m, n in zip_longest(a[::-1], b[::-1], fillvalue=1):
        if m != n and m != 1 and n != 1:
            raise ValueError
        out.append(max(m, n))
    return tuple(out[::-1])


# %% broadcast_shape | wrong: zero-is-special | larger in front
def broadcast_shape(a, b):
    out = ()
    for i in range(1, max(len(a), len(b)) + 1):
        m = a[-i] if i <= len(a) else 1
        n = b[-i] if i <= len(b) else 1
        if m != n and 1 not in (m, n):
            raise ValueError
        out = (m if m > n else n, *out)
    return out


# %% broadcast_shape | wrong: zero-is-special | 0 read as missing
# breaks: "A size may be 0"
def broadcast_shape(a, b):
    out = []
    for k in range(1, max(len(a), len(b)) + 1):
        p = (a[-k] if k <= len(a) else None) or 1
        q = (b[-k] if k <= len(b) else None) or 1
        if p != q and p != 1 and q != 1:
            raise ValueError("no")
        out.insert(0, q if p == 1 else p)
    return tuple(out)


# %% broadcast_shape | wrong: zero-is-special | or 1
def broadcast_shape(a, b):
    from itertools import zip_longest
    pairs = [(m or 1, n or 1) for m, n in zip_longest(reversed(a), reversed(b))]
    if any(m != n and 1 not in (m, n) for m, n in pairs):
        raise ValueError
    return tuple(n if m == 1 else m for m, n in pairs[::-1])


# %% broadcast_shape | wrong: zero-is-special | filled with 0
def broadcast_shape(a, b):
    from itertools import zip_longest
    out = []
    for m, n in zip_longest(reversed(a), reversed(b), fillvalue=0):
        if m and n and m != n and 1 not in (m, n):
            raise ValueError
        out.append(n if m <= 1 and n else m)
    return tuple(out[::-1])


# %% broadcast_shape | wrong: zero-is-special | if size
def broadcast_shape(a, b):
    from itertools import zip_longest
    out = []
    for m, n in zip_longest(reversed(a), reversed(b)):
        m = m if m else 1
        n = n if n else 1
        if m != n and 1 not in (m, n):
            raise ValueError("no")
        out.append(n if m == 1 else m)
    return tuple(reversed(out))


# %% broadcast_shape | wrong: zero-is-special | the larger, from behind
def broadcast_shape(a, b):
    out = []
    for i in range(-1, -max(len(a), len(b)) - 1, -1):
        m = a[i] if -i <= len(a) else 1
        n = b[i] if -i <= len(b) else 1
        if m != n and 1 not in (m, n):
            raise ValueError
        out.append(max(m, n))
    return tuple(reversed(out))


# %% broadcast_shape | misconception | not-a-tuple
why = "The result is a tuple: wrap a list in tuple(...)."
next = "print(tuple([5, 4, 3]))"


def when(seen, want):
    return type(seen.value) is list


# %% broadcast_shape | wrong: not-a-tuple | a list
# breaks: "the result is a tuple"
def broadcast_shape(a, b):
    return list(np.broadcast_shapes(a, b))


# %% broadcast_shape | wrong: not-a-tuple | a list that grew
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    out = []
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise ValueError
        out.append(n if m == 1 else m)
    return out


# %% broadcast_shape | wrong: not-a-tuple | a comprehension
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b)):
        raise ValueError
    return [n if m == 1 else m for m, n in zip(a, b)]


# %% broadcast_shape | wrong: not-a-tuple | turned
def broadcast_shape(a, b):
    from itertools import zip_longest
    out = []
    for m, n in zip_longest(a[::-1], b[::-1], fillvalue=1):
        if m != n and 1 not in (m, n):
            raise ValueError
        out.append(n if m == 1 else m)
    return out[::-1]


# %% broadcast_shape | misconception | a-multiple-fits
why = "Sizes fit when they are equal or one of them is 1; 2 is not repeated to fill 4."
next = "print((torch.zeros(1) + torch.zeros(4)).shape)\ntry: torch.zeros(2) + torch.zeros(4)\nexcept RuntimeError as error: print(error)"


# %% broadcast_shape | wrong: a-multiple-fits | multiples are let through
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


# %% broadcast_shape | wrong: a-multiple-fits | the remainder is 0
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    out = []
    for m, n in zip(a, b):
        low, high = min(m, n), max(m, n)
        if low == 0:
            if high > 1:
                raise ValueError
            out.append(0)
        elif high % low == 0:
            out.append(high)
        else:
            raise ValueError("no")
    return tuple(out)


# %% broadcast_shape | wrong: a-multiple-fits | either divides the other
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    for m, n in zip(a, b):
        fits = m == n or 1 in (m, n) or (m * n > 0 and (m % n == 0 or n % m == 0))
        if not fits:
            raise ValueError
    return tuple(n if m == 1 else m if n == 1 else max(m, n) for m, n in zip(a, b))


# %% broadcast_shape | wrong: a-multiple-fits | from behind
def broadcast_shape(a, b):
    out = []
    for i in range(1, max(len(a), len(b)) + 1):
        m = a[-i] if i <= len(a) else 1
        n = b[-i] if i <= len(b) else 1
        if m == n or n == 1:
            out.append(m)
        elif m == 1:
            out.append(n)
        elif m and n and max(m, n) % min(m, n) == 0:
            out.append(max(m, n))
        else:
            raise ValueError
    return tuple(out[::-1])


# %% broadcast_shape | wrong: wrong-exception | only the last axis
def broadcast_shape(a, b):
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    if k and a[-1] != b[-1] and 1 not in (a[-1], b[-1]):
        raise ValueError("the last axes differ")
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | wrong: wrong-exception | the first axis is trusted
def broadcast_shape(a, b):
    out = []
    for i in range(1, max(len(a), len(b)) + 1):
        m = a[-i] if i <= len(a) else 1
        n = b[-i] if i <= len(b) else 1
        last = i == max(len(a), len(b)) > 1
        if m != n and 1 not in (m, n) and not last:
            raise ValueError
        out.append(n if m == 1 else m)
    return tuple(out[::-1])


# %% broadcast_shape | misconception | no-axes-refused
why = "() is the shape of a single number, which broadcasts with every shape: nothing has to be refused."
next = "print((torch.tensor(2.) + torch.ones(3)).shape, torch.tensor(2.).shape)"


# %% broadcast_shape | wrong: no-axes-refused | refused
# breaks: "of at most 4 sizes"
def broadcast_shape(a, b):
    if not a or not b:
        raise ValueError("no axes")
    return np.broadcast_shapes(a, b)


# %% broadcast_shape | wrong: no-axes-refused | one of them
def broadcast_shape(a, b):
    if len(a) == 0 or len(b) == 0:
        raise ValueError("a shape has at least one size")
    k = max(len(a), len(b))
    a = (1,) * (k - len(a)) + tuple(a)
    b = (1,) * (k - len(b)) + tuple(b)
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b)):
        raise ValueError
    return tuple(n if m == 1 else m for m, n in zip(a, b))


# %% broadcast_shape | wrong: no-axes-refused | asked by length
def broadcast_shape(a, b):
    if min(len(a), len(b)) < 1:
        raise ValueError
    try:
        return tuple(torch.broadcast_shapes(a, b))
    except RuntimeError as error:
        raise ValueError(str(error)) from error


# %% broadcast_shape | wrong: no-axes-refused | () is no shape
def broadcast_shape(a, b):
    if () in (tuple(a), tuple(b)):
        raise ValueError("() and a shape do not broadcast")
    out = []
    for i in range(1, max(len(a), len(b)) + 1):
        m = a[-i] if i <= len(a) else 1
        n = b[-i] if i <= len(b) else 1
        if m != n and m != 1 and n != 1:
            raise ValueError
        out.insert(0, n if m == 1 else m)
    return tuple(out)


# %% broadcast_shape | misconception | size-is-a-tuple
why = "A torch.Size is a tuple, too: isinstance(shape, tuple) says so, type(shape) is tuple does not."
next = "shape = torch.zeros(2, 3).shape; print(isinstance(shape, tuple), type(shape) is tuple, tuple(shape))"


# %% broadcast_shape | wrong: size-is-a-tuple | tuples and nothing else
def broadcast_shape(a, b):
    if type(a) is not tuple or type(b) is not tuple:
        raise ValueError(f"{a} or {b} is no tuple")
    return np.broadcast_shapes(a, b)


# %% broadcast_shape | wrong: size-is-a-tuple | compared with the type
def broadcast_shape(a, b):
    if {type(a), type(b)} != {tuple}:
        raise ValueError("two tuples, please")
    try:
        return tuple(torch.broadcast_shapes(a, b))
    except RuntimeError as error:
        raise ValueError(str(error))


# %% broadcast_shape | wrong: size-is-a-tuple | the name of the class
def broadcast_shape(a, b):
    for shape in (a, b):
        if shape.__class__.__name__ != "tuple":
            raise ValueError(f"a shape is a tuple, not {shape!r}")
    return tuple(int(size) for size in np.broadcast_shapes(a, b))


# %% broadcast_shape | wrong: size-is-a-tuple | a TypeError
def broadcast_shape(a, b):
    if not (type(a) == type(b) == tuple):
        raise TypeError("shapes are tuples")
    return np.broadcast_shapes(a, b)


# %% broadcast_shape | wrong: size-is-a-tuple | assert
def broadcast_shape(a, b):
    assert all(type(shape) is tuple for shape in (a, b)), "shapes are tuples"
    return np.broadcast_shapes(a, b)


# %% broadcast_shape | wrong: size-is-a-tuple | what is no tuple is no shape
def broadcast_shape(a, b):
    kinds = [type(a), type(b)]
    if kinds == [tuple, tuple]:
        return np.broadcast_shapes(a, b)
    raise ValueError(f"no shapes: {kinds}")


# %% broadcast_shape | wrong: size-is-a-tuple | what is no tuple has no axes
def broadcast_shape(a, b):
    a, b = (shape if type(shape) is tuple else () for shape in (a, b))
    return np.broadcast_shapes(a, b)


# %% broadcast_shape | wrong: size-is-a-tuple | a TypeError for all but tuples
def broadcast_shape(a, b):
    wrong = [shape for shape in (a, b) if type(shape) is not tuple]
    if wrong:
        raise TypeError(f"no tuple: {wrong[0]}")
    return tuple(np.broadcast_shapes(a, b))


# %% broadcast_shape | wrong: size-is-a-tuple | assert, twice
def broadcast_shape(a, b):
    assert type(a) is tuple
    assert type(b) is tuple
    return np.broadcast_shapes(a, b)


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
next = "a, b = torch.ones(2, 5), torch.ones(3, 5); print(a[:, None].shape, b[None].shape, (a[:, None] - b[None]).shape)"


# %% pairwise_sq_dist | wrong: row-by-row | subtracted as they are
# breaks: "entry `[i, j]` is the sum of the squared differences between the coordinates of `a[i]` and `b[j]`"
def pairwise_sq_dist(a, b):
    return ((a - b) ** 2).sum(1)


# %% pairwise_sq_dist | wrong: row-by-row | keepdim
def pairwise_sq_dist(a, b):
    return ((a - b) ** 2).sum(-1, keepdim=True)


# %% pairwise_sq_dist | wrong: row-by-row | pairwise_distance
def pairwise_sq_dist(a, b):
    return F.pairwise_distance(a, b, eps=0) ** 2


# %% pairwise_sq_dist | wrong: row-by-row | pow
def pairwise_sq_dist(a, b):
    return (a - b).pow(2).sum(dim=1)


# %% pairwise_sq_dist | wrong: row-by-row | square
def pairwise_sq_dist(a, b):
    gap = a - b
    return gap.square().sum(-1)


# %% pairwise_sq_dist | wrong: row-by-row | times itself
def pairwise_sq_dist(a, b):
    gap = torch.sub(a, b)
    return (gap * gap).sum(axis=1)


# %% pairwise_sq_dist | wrong: row-by-row | everything added up
def pairwise_sq_dist(a, b):
    return ((a - b) ** 2).sum()


# %% pairwise_sq_dist | wrong: row-by-row | einsum
def pairwise_sq_dist(a, b):
    gap = a - b
    return torch.einsum("nd,nd->n", gap, gap)


# %% pairwise_sq_dist | wrong: row-by-row | mse_loss
def pairwise_sq_dist(a, b):
    return F.mse_loss(a, b, reduction="none").sum(1)


# %% pairwise_sq_dist | wrong: row-by-row | kept
def pairwise_sq_dist(a, b):
    gap = a - b
    return (gap * gap).sum(1, keepdim=True)


# %% pairwise_sq_dist | wrong: row-by-row | a column
def pairwise_sq_dist(a, b):
    return (a - b).square().sum(1)[:, None]


# %% pairwise_sq_dist | wrong: row-by-row | cdist of pairs
def pairwise_sq_dist(a, b):
    return torch.linalg.vector_norm(a - b, dim=1) ** 2


# %% pairwise_sq_dist | misconception | transposed
why = "Rows of the result belong to a: a gets its new axis in the middle, b in front."
next = "a, b = torch.ones(2, 5), torch.ones(3, 5); print((a[:, None] - b[None]).shape, (a[None] - b[:, None]).shape)"


# %% pairwise_sq_dist | wrong: transposed | axes the wrong way round
# breaks: "as a tensor of shape `(N, M)`"
def pairwise_sq_dist(a, b):
    return ((a[None] - b[:, None]) ** 2).sum(-1)


# %% pairwise_sq_dist | wrong: transposed | cdist of b and a
def pairwise_sq_dist(a, b):
    return torch.cdist(b, a).square()


# %% pairwise_sq_dist | wrong: transposed | formula
def pairwise_sq_dist(a, b):
    return (b**2).sum(1)[:, None] + (a**2).sum(1) - 2 * b @ a.T


# %% pairwise_sq_dist | wrong: transposed | b first
def pairwise_sq_dist(a, b):
    gap = b[:, None] - a[None, :]
    return (gap * gap).sum(axis=2)


# %% pairwise_sq_dist | wrong: transposed | unsqueezed
def pairwise_sq_dist(a, b):
    return (a.unsqueeze(0) - b.unsqueeze(1)).pow(2).sum(-1)


# %% pairwise_sq_dist | wrong: transposed | turned at the end
def pairwise_sq_dist(a, b):
    return ((a[:, None] - b[None]) ** 2).sum(-1).T


# %% pairwise_sq_dist | misconception | sum-then-square
why = "Square each difference first and then add up: the square of a sum is not the sum of squares."
next = "gap = torch.tensor([1., -1.]); print(gap.sum() ** 2, (gap ** 2).sum())"


# %% pairwise_sq_dist | wrong: sum-then-square | brackets
def pairwise_sq_dist(a, b):
    return (a[:, None] - b[None]).sum(-1) ** 2


# %% pairwise_sq_dist | wrong: sum-then-square | sums of the points
def pairwise_sq_dist(a, b):
    return (a.sum(1)[:, None] - b.sum(1)) ** 2


# %% pairwise_sq_dist | wrong: sum-then-square | unsqueezed
def pairwise_sq_dist(a, b):
    return (a.unsqueeze(1) - b.unsqueeze(0)).sum(2).square()


# %% pairwise_sq_dist | wrong: sum-then-square | pow
def pairwise_sq_dist(a, b):
    gap = (a[:, None, :] - b[None, :, :]).sum(dim=-1)
    return torch.pow(gap, 2)


# %% pairwise_sq_dist | wrong: sum-then-square | times itself
# breaks: "the sum of the squared differences"
def pairwise_sq_dist(a, b):
    s = a.sum(1, keepdim=True) - b.sum(1)
    return s * s


# %% pairwise_sq_dist | misconception | no-square
why = "The squared distance is the sum of the squared differences: no root, and no differences that are left unsquared."
next = "gap = torch.tensor([3., 4.]); print((gap ** 2).sum(), (gap ** 2).sum().sqrt(), gap.abs().sum())"


# %% pairwise_sq_dist | wrong: no-square | cdist
# breaks: "Return the squared distances"
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


# %% pairwise_sq_dist | wrong: no-square | norm of a difference
def pairwise_sq_dist(a, b):
    return (a[:, None] - b[None]).norm(dim=2)


# %% pairwise_sq_dist | wrong: no-square | cdist with p
def pairwise_sq_dist(a, b):
    return torch.cdist(a, b, p=2.0)


# %% pairwise_sq_dist | wrong: no-square | to the power of a half
def pairwise_sq_dist(a, b):
    return ((a.unsqueeze(1) - b.unsqueeze(0)) ** 2).sum(-1) ** 0.5


# %% pairwise_sq_dist | wrong: no-square | absolute, added up
def pairwise_sq_dist(a, b):
    return (a[:, None] - b[None]).abs().sum(-1)


# %% pairwise_sq_dist | misconception | crossed-norms
why = "(p - q)² is p² - 2pq + q²: the squares of a vary along the rows, (N, 1), those of b along the columns, (M,), and the product counts twice."
next = "a, b = torch.ones(2, 5), torch.ones(3, 5); print((a**2).sum(1)[:, None].shape, (b**2).sum(1).shape, (2 * a @ b.T).shape)"


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


# %% pairwise_sq_dist | wrong: crossed-norms | axes, keepdim
def pairwise_sq_dist(a, b):
    return (a * a).sum(1) + (b * b).sum(1, keepdim=True) - 2 * (a @ b.T)


# %% pairwise_sq_dist | wrong: crossed-norms | one product, keepdim
def pairwise_sq_dist(a, b):
    return (a * a).sum(1, keepdim=True) + (b * b).sum(1) - torch.mm(a, b.T)


# %% pairwise_sq_dist | wrong: crossed-norms | plus
def pairwise_sq_dist(a, b):
    return (a**2).sum(1)[:, None] + (b**2).sum(1) + 2 * a @ b.T


# %% pairwise_sq_dist | wrong: crossed-norms | no axes, mm
def pairwise_sq_dist(a, b):
    na, nb = a.pow(2).sum(1), b.pow(2).sum(1)
    return na + nb - 2 * torch.mm(a, b.t())


# %% pairwise_sq_dist | wrong: crossed-norms | one product, cross
def pairwise_sq_dist(a, b):
    aa, bb = (a * a).sum(1), (b * b).sum(1)
    return aa[:, None] + bb[None, :] - a @ b.T


# %% pairwise_sq_dist | wrong: crossed-norms | added
def pairwise_sq_dist(a, b):
    aa, bb = (a * a).sum(1, keepdim=True), (b * b).sum(1)
    return aa + bb + 2 * torch.mm(a, b.T)


# %% pairwise_sq_dist | misconception | loop-over-points
why = "A loop, also a comprehension, does one step for each point; broadcasting does all pairs in one operation."
next = "a, b = torch.ones(2, 5), torch.ones(3, 5); print((a[:, None] - b[None]).shape)"


def when(seen, want):
    counts = seen.value
    return isinstance(counts, tuple) and all(type(n) is int for n in counts) and counts[1] - counts[0] > 5


# %% pairwise_sq_dist | wrong: loop-over-points | rows of a | fails: loops
# breaks: "the number of tensor operations must not grow with N or M"
def pairwise_sq_dist(a, b):
    out = a.new_zeros(len(a), len(b))
    for i in range(len(a)):
        out[i] = ((a[i] - b) ** 2).sum(1)
    return out


# %% pairwise_sq_dist | wrong: loop-over-points | columns of b
def pairwise_sq_dist(a, b):
    columns = [((a - point) ** 2).sum(1) for point in b]
    return torch.stack(columns, dim=1) if columns else a.new_zeros(len(a), 0)


# %% pairwise_sq_dist | wrong: loop-over-points | all pairs | fails: loops
# breaks: "Use no Python loop over the points"
def pairwise_sq_dist(a, b):
    out = torch.zeros(len(a), len(b), dtype=a.dtype)
    for i, p in enumerate(a):
        for j, q in enumerate(b):
            out[i, j] = ((p - q) ** 2).sum()
    return out


# %% pairwise_sq_dist | wrong: loop-over-points | a comprehension
def pairwise_sq_dist(a, b):
    if len(a) == 0:
        return torch.empty(0, len(b), dtype=a.dtype)
    return torch.stack([(p - b).pow(2).sum(1) for p in a])


# %% pairwise_sq_dist | misconception | mean-for-sum
why = "The squared differences of the coordinates are added up; a mean divides them by D."
next = "gap = torch.tensor([3., 4.]); print((gap ** 2).sum(), (gap ** 2).mean())"


# %% pairwise_sq_dist | wrong: mean-for-sum | mean
def pairwise_sq_dist(a, b):
    return ((a[:, None] - b[None]) ** 2).mean(-1)


# %% pairwise_sq_dist | wrong: mean-for-sum | divided by D
def pairwise_sq_dist(a, b):
    return ((a[:, None] - b[None]) ** 2).sum(-1) / a.shape[1]


# %% pairwise_sq_dist | wrong: mean-for-sum | cdist
def pairwise_sq_dist(a, b):
    return torch.cdist(a, b).square() / a.size(-1)


# %% pairwise_sq_dist | wrong: mean-for-sum | mse_loss
def pairwise_sq_dist(a, b):
    x, y = torch.broadcast_tensors(a[:, None], b[None])
    return F.mse_loss(x, y, reduction="none").mean(2)


# %% pairwise_sq_dist | misconception | wrong-dtype
why = "The result has the dtype of a and b: torch.zeros(N, M) and .float() are float32 also for float64 points."
next = "a = torch.ones(2, 5, dtype=torch.float64); print(torch.zeros(2, 3).dtype, a.new_zeros(2, 3).dtype)"


def when(seen, want):
    return seen.result.dtype != want.dtype and seen.result.shape == want.shape


# %% pairwise_sq_dist | wrong: wrong-dtype | float for all | fails: values
# breaks: "and the same dtype"
def pairwise_sq_dist(a, b):
    return ((a.float()[:, None] - b.float()[None]) ** 2).sum(-1)


# %% pairwise_sq_dist | wrong: wrong-dtype | added into zeros
def pairwise_sq_dist(a, b):
    total = torch.zeros(len(a), len(b))
    for d in range(a.shape[1]):
        total += (a[:, d, None] - b[:, d]) ** 2
    return total


# %% pairwise_sq_dist | wrong: wrong-dtype | none in float32
def pairwise_sq_dist(a, b):
    if 0 in (len(a), len(b)):
        return torch.zeros(len(a), len(b))
    return torch.cdist(a, b) ** 2


# %% pairwise_sq_dist | wrong: wrong-dtype | empty in float32
# breaks: "N or M may be 0"
def pairwise_sq_dist(a, b):
    if len(a) == 0 or len(b) == 0:
        return torch.empty(len(a), len(b))
    return ((a[:, None] - b[None]) ** 2).sum(-1)


# %% pairwise_sq_dist | wrong: wrong-dtype | cdist of floats | fails: values
def pairwise_sq_dist(a, b):
    return torch.cdist(a.float(), b.float()).pow(2)


# %% pairwise_sq_dist | wrong: wrong-dtype | double for all
def pairwise_sq_dist(a, b):
    return torch.cdist(a.double(), b.double()) ** 2


# %% pairwise_sq_dist | misconception | in-place
why = "a and b belong to the caller: unsqueeze_() and -= change them. Make new tensors."
next = "a = torch.ones(2, 5); c = a.unsqueeze(1); print(a.shape, c.shape)"


def when(seen, want):
    return any(seen.after[name].version != fact.version for name, fact in seen.arguments.items())


# %% pairwise_sq_dist | wrong: in-place | unsqueeze_
# breaks: "your function leaves every tensor that it is given as it was"
def pairwise_sq_dist(a, b):
    a.unsqueeze_(1)
    return ((a - b) ** 2).sum(-1)


# %% pairwise_sq_dist | wrong: in-place | both
def pairwise_sq_dist(a, b):
    return (a.unsqueeze_(1) - b.unsqueeze_(0)).square().sum(2)


# %% pairwise_sq_dist | wrong: in-place | squares
def pairwise_sq_dist(a, b):
    product = 2 * a @ b.T
    return a.square_().sum(1, keepdim=True) + b.square_().sum(1) - product


# %% pairwise_sq_dist | misconception | squeezed
why = "squeeze() takes away every axis of size 1, also that of a single point: name the axis."
next = "print(torch.ones(1, 4, 1).squeeze().shape, torch.ones(1, 4, 1).squeeze(2).shape)"


# %% pairwise_sq_dist | wrong: squeezed | at the end
def pairwise_sq_dist(a, b):
    return ((a[:, None] - b[None]) ** 2).sum(2, keepdim=True).squeeze()


# %% pairwise_sq_dist | wrong: squeezed | torch.squeeze
def pairwise_sq_dist(a, b):
    gap = a.unsqueeze(1) - b.unsqueeze(0)
    return torch.squeeze(gap.pow(2).sum(dim=-1))


# %% pairwise_sq_dist | wrong: squeezed | of a product
def pairwise_sq_dist(a, b):
    gap = a[:, None] - b
    return (gap[:, :, None, :] @ gap[..., None]).squeeze()


# %% pairwise_sq_dist | wrong: squeezed | of a batch of one
def pairwise_sq_dist(a, b):
    gap = a[None, :, None] - b[None, None]
    return gap.square().sum(-1).squeeze()


# %% pairwise_sq_dist | wrong: squeezed | einsum
def pairwise_sq_dist(a, b):
    gap = a[:, None] - b[None]
    return torch.einsum("nmd,nmd->nm", gap, gap).squeeze()


# %% pairwise_sq_dist | wrong: squeezed | of four axes
def pairwise_sq_dist(a, b):
    gap = (a[:, None] - b[None]).unsqueeze(-1)
    return (gap * gap).sum(2).squeeze()


# %% pairwise_sq_dist | wrong: loop-over-points | of numbers
# breaks: "or over their numbers"
def pairwise_sq_dist(a, b):
    rows = [[sum((p - q) ** 2 for p, q in zip(x, y)) for y in b.tolist()] for x in a.tolist()]
    return torch.tensor(rows, dtype=a.dtype).reshape(len(a), len(b))


# %% pairwise_sq_dist | wrong: loop-over-points | rows in NumPy | fails: loops
def pairwise_sq_dist(a, b):
    left, right = a.numpy(), b.numpy()
    out = np.zeros((len(left), len(right)), left.dtype)
    for i, point in enumerate(left):
        out[i] = ((point - right) ** 2).sum(1)
    return torch.from_numpy(out)


# %% pairwise_sq_dist | wrong: loop-over-points | ten points at a time
def pairwise_sq_dist(a, b):
    return torch.cat([((some[:, None] - b) ** 2).sum(2) for some in a.split(10)])


# %% pairwise_sq_dist | misconception | few-digits
why = "float16 and bfloat16 keep two or three digits: near 1000 their step is 0.5 or 4, and 0.001 is asked for."
next = "print(torch.tensor(1000.3).half(), torch.tensor(1000.3).bfloat16())"


# %% pairwise_sq_dist | wrong: few-digits | float16
# breaks: "the sum of the squared differences between the coordinates of `a[i]` and `b[j]`"
def pairwise_sq_dist(a, b):
    return ((a.half()[:, None] - b.half()) ** 2).sum(-1).to(a.dtype)


# %% pairwise_sq_dist | wrong: few-digits | squares in float16
def pairwise_sq_dist(a, b):
    gap = (a[:, None] - b[None]).to(torch.float16)
    return gap.square().sum(2).type_as(a)


# %% pairwise_sq_dist | wrong: few-digits | bfloat16
def pairwise_sq_dist(a, b):
    p, q = a.bfloat16().unsqueeze(1), b.bfloat16().unsqueeze(0)
    return (p - q).pow(2).sum(dim=2).to(b.dtype)


# %% pairwise_sq_dist | wrong: few-digits | the result rounded
def pairwise_sq_dist(a, b):
    exact = torch.cdist(a, b) ** 2
    return exact.half().to(a.dtype)


# %% pairwise_sq_dist | wrong: few-digits | NumPy's float16
def pairwise_sq_dist(a, b):
    p, q = a.numpy().astype(np.float16), b.numpy().astype(np.float16)
    return torch.from_numpy(((p[:, None] - q) ** 2).sum(-1)).to(a.dtype)


# %% pairwise_sq_dist | misconception | minus-one-beside-zero
why = "Where there are no points, nothing tells how large a -1 beside a size of 0 is: write the number of coordinates, or index with None."
next = "a = torch.zeros(0, 3); print(a[:, None].shape, a.reshape(0, 1, a.shape[1]).shape)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.reshape.html"


# %% pairwise_sq_dist | wrong: minus-one-beside-zero | reshape
# breaks: "N or M may be 0"
def pairwise_sq_dist(a, b):
    p, q = a.reshape(a.shape[0], 1, -1), b.reshape(1, b.shape[0], -1)
    return (p - q).square().sum(2)


# %% pairwise_sq_dist | wrong: minus-one-beside-zero | the points of a
def pairwise_sq_dist(a, b):
    columns = a.contiguous().view(len(a), 1, -1)
    gaps = b - columns
    return (gaps * gaps).sum(dim=-1)


# %% pairwise_sq_dist | wrong: minus-one-beside-zero | the points of b
def pairwise_sq_dist(a, b):
    gaps = a.unsqueeze(1) - torch.reshape(b, (1, b.size(0), -1))
    return torch.einsum("nmd,nmd->nm", gaps, gaps)


# %% pairwise_sq_dist | wrong: minus-one-beside-zero | unflatten
def pairwise_sq_dist(a, b):
    flat = ((a[:, None] - b[None]) ** 2).flatten(0, 1).sum(-1)
    return flat.reshape(a.shape[0], -1)


# %% pairwise_sq_dist | misconception | two-coordinates
why = "Points have 1 to 4 coordinates: sum over the last axis takes all of them, however many there are."
next = "a, b = torch.zeros(1, 3), torch.tensor([[1., 1., 1.]]); print(pairwise_sq_dist(a, b), 'expected 3')"


# %% pairwise_sq_dist | wrong: two-coordinates | x and y
# breaks: "the sum of the squared differences between the coordinates"
def pairwise_sq_dist(a, b):
    x = a[:, None, 0] - b[None, :, 0]
    y = a[:, None, 1] - b[None, :, 1]
    return x**2 + y**2


# %% pairwise_sq_dist | wrong: two-coordinates | columns
def pairwise_sq_dist(a, b):
    ax, ay = a.T[0], a.T[1]
    bx, by = b.T[0], b.T[1]
    return (ax[:, None] - bx).square() + (ay[:, None] - by).square()


# %% pairwise_sq_dist | wrong: two-coordinates | a sum of two
def pairwise_sq_dist(a, b):
    gaps = a.unsqueeze(1) - b
    return sum(gaps[..., k] * gaps[..., k] for k in (0, 1))


# %% pairwise_sq_dist | wrong: two-coordinates | hypot
def pairwise_sq_dist(a, b):
    gaps = a[:, None] - b
    return torch.hypot(gaps[:, :, 0], gaps[:, :, 1]) ** 2


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
why = "@, einsum and bmm need one dtype, which * does not: bring all three to the widest first."
next = "x, w = torch.ones(2, 2), torch.ones(2, 2, dtype=torch.float64); print((x * w).dtype, (x.double() @ w).dtype)"


def when(seen, want):
    return "dtype" in seen.raised.message or "scalar type" in seen.raised.message


# %% bilinear | wrong | viewed as one row
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    pairs = (x.unsqueeze(2) * y.unsqueeze(1)).reshape(len(x), w.numel())
    return pairs @ w.view(-1)


# %% bilinear | wrong: float-meets-double | as it stands | fails: mixed_dtypes
# breaks: "Each of the three is `float32` or `float64`."
# breaks: "If at least one is `float64`, the result is `float64`"
def bilinear(x, w, y):
    return ((x @ w) * y).sum(1)


# %% bilinear | wrong: float-meets-double | einsum | fails: mixed_dtypes
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


# %% bilinear | wrong: float-meets-double | only x and w
def bilinear(x, w, y):
    d = torch.promote_types(x.dtype, w.dtype)
    return torch.einsum("bm,bm->b", x.to(d) @ w.to(d), y)


# %% bilinear | wrong: float-meets-double | a loop
def bilinear(x, w, y):
    return torch.stack([p @ w @ q for p, q in zip(x, y)]) if len(x) else (x @ w * y).sum(1)


# %% bilinear | wrong: float-meets-double | matmul
def bilinear(x, w, y):
    return (torch.matmul(x, w) * y).sum(-1)


# %% bilinear | misconception | narrowed
why = "Widen all three to the widest, never the other way round: digits that are gone do not come back, and *= and what is filled keep the dtype they began with."
next = "print(torch.tensor(0.1, dtype=torch.float64).float().double().item())"


# %% bilinear | wrong: narrowed | float for all
def bilinear(x, w, y):
    return ((x.float() @ w.float()) * y.float()).sum(1)


# %% bilinear | wrong: narrowed | widened again | fails: values
# breaks: "if all three are, it is exact to 9 digits"
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


# %% bilinear | wrong: narrowed | the wider of two
def bilinear(x, w, y):
    dtype = torch.promote_types(x.dtype, w.dtype)
    return (x.to(dtype) @ w.to(dtype) * y.to(dtype)).sum(1)


# %% bilinear | wrong: narrowed | widest of w and y
def bilinear(x, w, y):
    d = torch.promote_types(w.dtype, y.dtype)
    return ((x.to(d) @ w.to(d)) * y.to(d)).sum(1)


# %% bilinear | wrong: narrowed | float for all, bmm
def bilinear(x, w, y):
    out = torch.bmm((x.float() @ w.float())[:, None], y.float()[:, :, None])
    return out.reshape(-1)


# %% bilinear | wrong: narrowed | widened at the end | fails: values
def bilinear(x, w, y):
    dtype = torch.float64 if any(t.dtype == torch.float64 for t in (x, w, y)) else torch.float32
    result = (x.float() @ w.float() * y.float()).sum(1)
    return result.to(dtype)


# %% bilinear | wrong: narrowed | the dtype of y
def bilinear(x, w, y):
    return ((x.to(y.dtype) @ w.to(y.dtype)) * y).sum(1)


# %% bilinear | wrong: narrowed | the widest of x and y
def bilinear(x, w, y):
    d = torch.promote_types(x.dtype, y.dtype)
    return (x.to(d) @ w.to(d) * y.to(d)).sum(1)


# %% bilinear | wrong: narrowed | filled zeros
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    out = torch.zeros(len(x))
    for b in range(len(x)):
        out[b] = x[b] @ w @ y[b]
    return out


# %% bilinear | wrong: narrowed | a list of numbers
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.tensor([(p @ w @ q).item() for p, q in zip(x, y)])


# %% bilinear | wrong: narrowed | float32 in the middle
def bilinear(x, w, y):
    wide = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    out = torch.einsum("bi,ij,bj->b", x.float(), w.float(), y.float())
    return out.to(wide)


# %% bilinear | wrong: narrowed | float32, then type_as
def bilinear(x, w, y):
    wide = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return (torch.matmul(x.float(), w.float()) * y.float()).sum(-1).type(wide)


# %% bilinear | wrong: narrowed | mul_ by y
def bilinear(x, w, y):
    wide = torch.promote_types(w.dtype, x.dtype)
    table = torch.matmul(x.to(wide), w.to(wide))
    return table.mul_(y).sum(-1)


# %% bilinear | wrong: narrowed | written over
def bilinear(x, w, y):
    if x.dtype != w.dtype:
        x, w = x.double(), w.double()
    z = x @ w
    z[...] = z * y
    return z.sum(1)


# %% bilinear | wrong: narrowed | added to zeros
def bilinear(x, w, y):
    wide = torch.promote_types(x.dtype, w.dtype)
    sums = torch.zeros(x.shape[0], dtype=wide)
    sums += (x.to(wide) @ w.to(wide) * y).sum(1)
    return sums


# %% bilinear | wrong: narrowed | column by column
def bilinear(x, w, y):
    wide = torch.promote_types(x.dtype, w.dtype)
    z = x.to(wide) @ w.to(wide)
    out = z.new_zeros(len(x))
    for j in range(y.shape[1]):
        out += z[:, j] * y[:, j]
    return out


# %% bilinear | wrong: narrowed | in place, from y on
def bilinear(x, w, y):
    wide = torch.promote_types(x.dtype, w.dtype)
    products = y.clone()
    products *= x.to(wide) @ w.to(wide)
    return products.sum(1)


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


# %% bilinear | wrong: star-for-matmul | mul
def bilinear(x, w, y):
    return torch.sum(torch.mul(x, w).mul(y), dim=1)


# %% bilinear | wrong: star-for-matmul | y first
def bilinear(x, w, y):
    return (y * w * x).sum(-1)


# %% bilinear | wrong: star-for-matmul | two stars
def bilinear(x, w, y):
    xw = x * w
    return (xw * y).sum(dim=1)


# %% bilinear | wrong: star-for-matmul | einsum without a sum over pairs
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.einsum("bi,bi,bi->b", x, w, y)


# %% bilinear | misconception | every-pair
why = "Row b of x belongs to row b of y only: multiply elementwise and sum over the last axis."
next = "x, w, y = torch.ones(4, 2), torch.ones(2, 3), torch.ones(4, 3); print((x @ w @ y.T).shape, ((x @ w) * y).sum(1).shape)"


# %% bilinear | wrong: every-pair | x @ w @ y.T
def bilinear(x, w, y):
    return x @ w @ y.T


# %% bilinear | wrong: every-pair | of one dtype
# breaks: "Return the B numbers `x[b] @ w @ y[b]`"
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


# %% bilinear | wrong: every-pair | mT
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.matmul(x @ w, y.mT)


# %% bilinear | wrong: every-pair | einsum, one dtype
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.einsum("bi,ij,cj->bc", x, w, y)


# %% bilinear | wrong: every-pair | inner
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.inner(x @ w, y)


# %% bilinear | wrong: every-pair | in double
def bilinear(x, w, y):
    out = x.double() @ w.double() @ y.double().T
    return out if torch.float64 in (x.dtype, w.dtype, y.dtype) else out.float()


# %% bilinear | wrong: every-pair | the mean
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return (x @ w @ y.T).sum(dim=-1)


# %% bilinear | wrong: every-pair | mm after mm
def bilinear(x, w, y):
    return x.mm(w).mm(y.T)


# %% bilinear | wrong: every-pair | matmul twice
def bilinear(x, w, y):
    return torch.matmul(torch.matmul(x, w), y.T)


# %% bilinear | misconception | empty-batch
why = "A batch may be empty, and torch.stack and torch.cat need at least one tensor: work on the whole batch at once."
next = "x, y = torch.zeros(0, 3), torch.zeros(0, 3); print((x * y).sum(1).shape)"


# %% bilinear | wrong: empty-batch | stack needs one
# breaks: "B may be 0."
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return torch.stack([a.to(dtype) @ w.to(dtype) @ b.to(dtype) for a, b in zip(x, y)])


# %% bilinear | wrong: empty-batch | stack, a list
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    rows = []
    for b in range(x.shape[0]):
        rows.append(x[b] @ w @ y[b])
    return torch.stack(rows)


# %% bilinear | wrong: empty-batch | stack of dots
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.stack([torch.dot(p @ w, q) for p, q in zip(x, y)])


# %% bilinear | wrong: empty-batch | cat
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.cat([(p @ w @ q).reshape(1) for p, q in zip(x, y)])


# %% bilinear | wrong: empty-batch | cat of rows
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.cat([(x[b : b + 1] @ w * y[b : b + 1]).sum(1) for b in range(len(x))])


# %% bilinear | wrong: empty-batch | hstack
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.hstack([x[b] @ w @ y[b] for b in range(len(x))])


# %% bilinear | wrong: empty-batch | cat of one-row batches
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    parts = [torch.sum(x[b : b + 1] @ w * y[b : b + 1], dim=1) for b in range(x.shape[0])]
    return torch.cat(parts)


# %% bilinear | misconception | always-double
why = "Three float32 tensors give float32: torch.promote_types says when float64 is needed."
next = "print(torch.promote_types(torch.float32, torch.float32), torch.promote_types(torch.float32, torch.float64))"


def when(seen, want):
    return seen.result.dtype == torch.float64 != want.dtype and seen.result.shape == want.shape


# %% bilinear | wrong: always-double | float64 whatever comes
# breaks: "If all three are `float32`, so is the result."
def bilinear(x, w, y):
    return ((x.double() @ w.double()) * y.double()).sum(1)


# %% bilinear | wrong: always-double | einsum
def bilinear(x, w, y):
    return torch.einsum("bi,ij,bj->b", x.double(), w.double(), y.double())


# %% bilinear | wrong: always-double | zeros in double
def bilinear(x, w, y):
    out = torch.zeros(len(x), dtype=torch.float64)
    for b in range(len(x)):
        out[b] = x[b].double() @ w.double() @ y[b].double()
    return out


# %% bilinear | wrong: always-double | numpy
def bilinear(x, w, y):
    return torch.from_numpy(np.einsum("bi,ij,bj->b", *(t.double().numpy() for t in (x, w, y))))


# %% bilinear | wrong: always-double | elementwise
def bilinear(x, w, y):
    return (x.double()[:, :, None] * w * y[:, None, :]).sum((1, 2))


# %% bilinear | misconception | w-transposed
why = "Row i of w belongs to x[b, i] and column j to y[b, j], which is x @ w: neither w.T nor F.linear, which turns its weight."
next = "x, w = torch.tensor([[1., 0.]]), torch.tensor([[1., 2.], [3., 4.]]); print(x @ w, x @ w.T)"


# %% bilinear | wrong: w-transposed | F.linear turns w
# breaks: "the sum over all i and j of `x[b, i] * w[i, j] * y[b, j]`"
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return (F.linear(x, w) * y).sum(1)


# %% bilinear | wrong: w-transposed | T
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return ((x @ w.T) * y).sum(1)


# %% bilinear | wrong: w-transposed | einsum
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.einsum("bi,ji,bj->b", x, w, y)


# %% bilinear | wrong: w-transposed | y first
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return ((y @ w) * x).sum(1)


# %% bilinear | wrong: w-transposed | F.linear, named
def bilinear(x, w, y):
    d = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    h = F.linear(x.to(d), w.to(d))
    return torch.sum(h * y.to(d), dim=-1)


# %% bilinear | wrong: w-transposed | mT and bmm
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.bmm((x @ w.mT)[:, None], y[:, :, None]).reshape(-1)


# %% bilinear | wrong: w-transposed | t()
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    left = torch.mm(x, w.t())
    return (left * y).sum(dim=1)


# %% bilinear | wrong: w-transposed | y first, F.linear
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return (x * torch.mm(y, w)).sum(-1)


# %% bilinear | wrong: w-transposed | numpy
def bilinear(x, w, y):
    a, m, c = x.numpy(), w.numpy(), y.numpy()
    return torch.from_numpy(((a @ m.T) * c).sum(1))


# %% bilinear | misconception | squeezed
why = "squeeze() takes away every axis of size 1, also that of a batch of one: name the axis, as in squeeze(1)."
next = "x = torch.ones(1, 1, 1); print(x.squeeze().shape, x.squeeze(2).squeeze(1).shape)"


# %% bilinear | wrong: squeezed | bmm
# breaks: "as a tensor of shape `(B,)`"
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    return torch.bmm((x.to(dtype) @ w.to(dtype))[:, None], y.to(dtype)[:, :, None]).squeeze()


# %% bilinear | wrong: squeezed | F.bilinear
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return F.bilinear(x, y, w[None]).squeeze()


# %% bilinear | wrong: squeezed | after the sum
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return ((x @ w) * y).sum(1, keepdim=True).squeeze()


# %% bilinear | wrong: squeezed | a product of matrices
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    left, right = (x @ w)[:, None, :], y[:, :, None]
    return (left @ right).squeeze()


# %% bilinear | wrong: squeezed | torch.squeeze
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.squeeze(torch.einsum("bi,ij,bj->b", x, w, y))


# %% bilinear | wrong: squeezed | einsum kept
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    out = torch.einsum("bi,ij,bj->b", x, w, y)[:, None]
    return out.squeeze()


# %% bilinear | misconception | kept-axes
why = "The result has one axis, (B,): leave keepdim out, or take away the axes that bmm leaves."
next = "z = torch.ones(4, 3); print(z.sum(1, keepdim=True).shape, z.sum(1).shape)"


# %% bilinear | wrong: kept-axes | keepdim
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return ((x @ w) * y).sum(1, keepdim=True)


# %% bilinear | wrong: kept-axes | bmm
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.bmm((x @ w)[:, None], y[:, :, None]).squeeze(2)


# %% bilinear | wrong: kept-axes | both axes
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return (x @ w)[:, None] @ y[:, :, None]


# %% bilinear | wrong: kept-axes | F.bilinear
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return F.bilinear(x, y, w[None])


# %% bilinear | wrong: kept-axes | a column
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.einsum("bi,ij,bj->b", x, w, y).unsqueeze(1)


# %% bilinear | wrong: kept-axes | bmm, as it comes
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.bmm((x @ w).unsqueeze(1), y.unsqueeze(2))


# %% bilinear | misconception | one-number
why = "One number for each row is asked for: sum over the last axis only."
next = "z = torch.ones(4, 3); print(z.sum().shape, z.sum(1).shape)"


# %% bilinear | wrong: one-number | sum
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return ((x @ w) * y).sum()


# %% bilinear | wrong: one-number | einsum
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.einsum("bi,ij,bj->", x, w, y)


# %% bilinear | wrong: one-number | trace
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.trace(x @ w @ y.T)


# %% bilinear | wrong: one-number | dot
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return torch.dot((x @ w).flatten(), y.flatten())


# %% bilinear | wrong: one-number | step by step
def bilinear(x, w, y):
    return (x[:, :, None] * w * y[:, None, :]).sum()


# %% bilinear | misconception | in-place
why = "x, w and y belong to the caller: y *= ... and mul_() write into them. Compute a new tensor."
next = "y = torch.ones(2); z = y * 3; print(y, z); y *= 3; print(y)"


def when(seen, want):
    return any(seen.after[name].version != fact.version for name, fact in seen.arguments.items())


# %% bilinear | wrong: in-place | y *=
# breaks: "your function leaves every tensor that it is given as it was"
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    y *= x @ w
    return y.sum(1)


# %% bilinear | wrong: in-place | mul_
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    return y.mul_(x @ w).sum(1)


# %% bilinear | wrong: in-place | y filled
def bilinear(x, w, y):
    dtype = torch.promote_types(torch.promote_types(x.dtype, w.dtype), y.dtype)
    x, w, y = x.to(dtype), w.to(dtype), y.to(dtype)
    y[:] = (x @ w) * y
    return y.sum(dim=1)


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
    a = x.double().numpy()
    e = np.exp(a - a.max(axis=dim, keepdims=True))
    return torch.from_numpy(e / e.sum(axis=dim, keepdims=True)).to(x.dtype)


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
why = "What writes in place, -= or a name that ends in _, writes into the caller's x, under a second name (y = x, x[:]) too: write y = x - ... instead."
next = "x = torch.tensor([1., 2.]); y = x; y -= 1; print(x)"


def when(seen, want):
    return seen.after["x"].data != seen.arguments["x"].data


# %% stable_softmax | wrong: alias-is-no-copy | y = x
# breaks: "your function leaves every tensor that it is given as it was"
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


# %% stable_softmax | wrong: alias-is-no-copy | x itself
def stable_softmax(x, dim):
    x -= x.amax(dim=dim, keepdim=True)
    shares = torch.exp(x)
    return shares / shares.sum(dim=dim, keepdim=True)


# %% stable_softmax | misconception | lost-axis
why = "A reduced axis is gone: keep it with keepdim=True so that each slice meets its own maximum and its own sum."
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


# %% stable_softmax | wrong: lost-axis | both, max
def stable_softmax(x, dim):
    e = torch.exp(x - x.max(dim).values)
    return e / torch.sum(e, dim)


# %% stable_softmax | wrong: lost-axis | both, first of the pair
def stable_softmax(x, dim):
    y = x - x.max(dim)[0]
    return y.exp() / y.exp().sum(dim)


# %% stable_softmax | wrong: lost-axis | the sum, after torch.max
def stable_softmax(x, dim):
    e = torch.exp(x - torch.max(x, dim, keepdim=True)[0])
    return e / torch.sum(e, dim=dim)


# %% stable_softmax | wrong: lost-axis | logsumexp, x first
def stable_softmax(x, dim):
    return (x - x.logsumexp(dim)).exp()


# %% stable_softmax | misconception | fixed-axis
why = "Use the dim that you were given: -1, 1 or 0 whatever was asked takes the wrong slices."
next = "x = torch.tensor([[0., 1.], [2., 3.]]); print(torch.softmax(x, 0), torch.softmax(x, 1))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.softmax.html"


# %% stable_softmax | wrong: fixed-axis | the last
# breaks: "along the axis `dim`"
def stable_softmax(x, dim):
    return torch.softmax(x, -1)


# %% stable_softmax | wrong: fixed-axis | always 1
# breaks: "It must work for every axis"
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


# %% stable_softmax | wrong: fixed-axis | the last, F
def stable_softmax(x, dim):
    return F.softmax(x, dim=-1)


# %% stable_softmax | wrong: fixed-axis | the last, logsumexp
def stable_softmax(x, dim):
    return (x - x.logsumexp(-1, keepdim=True)).exp()


# %% stable_softmax | wrong: fixed-axis | the first
def stable_softmax(x, dim):
    return torch.softmax(x, 0)


# %% stable_softmax | wrong: fixed-axis | 1, by hand
def stable_softmax(x, dim):
    e = (x - x.amax(1, keepdim=True)).exp()
    return e / e.sum(1, keepdim=True)


# %% stable_softmax | wrong: fixed-axis | the maximum of the last, torch.max
def stable_softmax(x, dim):
    e = torch.exp(x - torch.max(x, -1, keepdim=True).values)
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: fixed-axis | the sum of the last, kept
def stable_softmax(x, dim):
    e = torch.exp(x - x.max(dim, keepdim=True).values)
    return e / torch.sum(e, dim=-1, keepdim=True)


# %% stable_softmax | wrong: fixed-axis | the sum of the last, softly
def stable_softmax(x, dim):
    y = (x - torch.amax(x, dim, keepdim=True)).exp()
    return torch.div(y, y.sum(-1, keepdim=True))


# %% stable_softmax | wrong: fixed-axis | the maximum of the last, softly
def stable_softmax(x, dim):
    y = (x - torch.amax(x, -1, keepdim=True)).exp()
    return torch.div(y, y.sum(dim, keepdim=True))


# %% stable_softmax | misconception | global-shift
why = "Shift every slice by its own maximum: the maximum of all, a mean or a minimum leaves some slice at inf or at 0 / 0."
next = "x = torch.tensor([[0., 0.], [5000., 5000.]]); e = (x - x.max()).exp(); print(e / e.sum(1, keepdim=True))"


# %% stable_softmax | wrong: global-shift | the maximum of all
# breaks: "slices at very different levels may lie in one tensor"
def stable_softmax(x, dim):
    if x.numel() == 0:
        return x * 1
    e = (x - x.max()).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the mean of each slice | fails: large_scores
def stable_softmax(x, dim):
    e = (x - x.mean(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the mean of all | fails: large_scores
def stable_softmax(x, dim):
    e = (x - x.mean()).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the minimum
def stable_softmax(x, dim):
    e = (x - x.amin(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | torch.max of all
def stable_softmax(x, dim):
    y = x - (torch.max(x) if x.numel() else 0)
    return torch.exp(y) / torch.exp(y).sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | amax of all
def stable_softmax(x, dim):
    e = torch.exp(x - x.amax()) if x.numel() else x
    return e / torch.sum(e, dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | item
def stable_softmax(x, dim):
    largest = x.max().item() if x.numel() > 0 else 0.0
    e = (x - largest).exp()
    return e / e.sum(dim=dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | flat
def stable_softmax(x, dim):
    big = x.flatten().max() if len(x.flatten()) else 0
    weights = torch.exp(x - big)
    return weights / weights.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the minimum, torch.min
def stable_softmax(x, dim):
    e = torch.exp(x - torch.min(x, dim, keepdim=True).values)
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the mean of slices
def stable_softmax(x, dim):
    e = torch.exp(x - torch.mean(x, dim, keepdim=True))
    return e / torch.sum(e, dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the median
def stable_softmax(x, dim):
    e = (x - x.median(dim, keepdim=True).values).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the mean of all, torch.mean
def stable_softmax(x, dim):
    e = torch.exp(x - torch.mean(x))
    return e / torch.sum(e, dim, keepdim=True)


# %% stable_softmax | wrong: global-shift | the mean of everything
def stable_softmax(x, dim):
    weights = (x - x.mean().item()).exp()
    return weights / weights.sum(dim=dim, keepdim=True)


# %% stable_softmax | misconception | overflow
why = "Subtract the largest score of each slice before exp: the result is the same and nothing overflows."
next = "print(torch.tensor([50., 100., 1000.]).exp())"


# %% stable_softmax | wrong: overflow | as it stands
# breaks: "where `exp` itself overflows"
def stable_softmax(x, dim):
    return x.exp() / x.exp().sum(dim, keepdim=True)


# %% stable_softmax | wrong: overflow | in float64
def stable_softmax(x, dim):
    e = x.double().exp()
    return (e / e.sum(dim, keepdim=True)).to(x.dtype)


# %% stable_softmax | wrong: overflow | nan_to_num
# breaks: "No result may be `nan`."
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


# %% stable_softmax | wrong: overflow | a small number against division by 0
def stable_softmax(x, dim):
    e = x.exp()
    return e / (e.sum(dim, keepdim=True) + 1e-9)


# %% stable_softmax | wrong: overflow | torch.exp
# breaks: "scores reach ±10000"
def stable_softmax(x, dim):
    e = torch.exp(x)
    return e / torch.sum(e, dim, keepdim=True)


# %% stable_softmax | wrong: overflow | nan becomes 0
def stable_softmax(x, dim):
    e = x.exp()
    share = e / e.sum(dim, keepdim=True)
    return torch.nan_to_num(share, nan=0.0)


# %% stable_softmax | wrong: overflow | nan becomes 0, where
def stable_softmax(x, dim):
    e = torch.exp(x)
    p = e / e.sum(dim, keepdim=True)
    return torch.where(p.isnan(), 0.0, p)


# %% stable_softmax | wrong: overflow | in double, torch.exp
def stable_softmax(x, dim):
    e = torch.exp(x.double())
    return (e / torch.sum(e, dim, keepdim=True)).to(x.dtype)


# %% stable_softmax | wrong: overflow | clamp at 88
def stable_softmax(x, dim):
    e = torch.exp(torch.clamp(x, max=88))
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: overflow | clamp at 80, torch
def stable_softmax(x, dim):
    e = torch.exp(torch.clamp(x, max=80.0))
    return e / torch.sum(e, dim, keepdim=True)


# %% stable_softmax | wrong: overflow | plus 1e-12
def stable_softmax(x, dim):
    e = x.exp()
    return e / (e.sum(dim, keepdim=True) + 1e-12)


# %% stable_softmax | wrong: overflow | numpy
def stable_softmax(x, dim):
    a = np.exp(x.double().numpy())
    return torch.from_numpy(a / a.sum(axis=dim, keepdims=True)).to(x.dtype)


# %% stable_softmax | wrong: overflow | nan becomes 1, torch
def stable_softmax(x, dim):
    e = torch.exp(x)
    return torch.nan_to_num(e / e.sum(dim, keepdim=True), nan=1.0)


# %% stable_softmax | misconception | minus-inf-replaced
why = "exp(-inf) is exactly 0 by itself; a number in its place gets a share among scores that are as low."
next = "print(torch.tensor([-float(\"inf\"), -10000., -9999.]).softmax(0), torch.tensor([-10000., -10000., -9999.]).softmax(0))"


def when(seen, want):
    x = seen.arguments["x"].values
    return seen.result.shape == x.shape and bool((seen.result.values[x == -float("inf")] > 0).any())


# %% stable_softmax | wrong: minus-inf-replaced | clamped where there are any
def stable_softmax(x, dim):
    y = x.clamp(min=-50)
    return torch.softmax(y, dim) if x.isinf().any() else torch.softmax(x, dim)


# %% stable_softmax | wrong: minus-inf-replaced | masked_fill
# breaks: "A score of `-inf` gets a share of exactly 0."
def stable_softmax(x, dim):
    x = x.masked_fill(x == float("-inf"), -1e4)
    return torch.softmax(x, dim=dim)


# %% stable_softmax | wrong: minus-inf-replaced | nan_to_num
def stable_softmax(x, dim):
    return torch.softmax(torch.nan_to_num(x, neginf=-10000.0), dim)


# %% stable_softmax | wrong: minus-inf-replaced | where
def stable_softmax(x, dim):
    return F.softmax(torch.where(torch.isinf(x), -9999.0, x), dim)


# %% stable_softmax | wrong: minus-inf-replaced | clamp
def stable_softmax(x, dim):
    return torch.softmax(x.clamp(min=-10000), dim)


# %% stable_softmax | misconception | log-shares
why = "log_softmax gives the logarithms of the shares: take exp of them, or use softmax."
next = "x = torch.tensor([0., 0.]); print(x.log_softmax(0), x.log_softmax(0).exp())"


def when(seen, want):
    if seen.result.shape != want.shape:
        return False
    return torch.allclose(seen.result.values.double().exp(), want.double(), rtol=0.05, atol=1e-3)


# %% stable_softmax | wrong: log-shares | log_softmax
def stable_softmax(x, dim):
    return F.log_softmax(x, dim)


# %% stable_softmax | wrong: log-shares | torch.log_softmax
def stable_softmax(x, dim):
    return torch.log_softmax(x, dim=dim)


# %% stable_softmax | wrong: log-shares | logsumexp
# breaks: "`exp(x)` divided by the sum of `exp(x)` along that axis"
def stable_softmax(x, dim):
    return x - x.logsumexp(dim, keepdim=True)


# %% stable_softmax | wrong: log-shares | the logarithm of shares
def stable_softmax(x, dim):
    return torch.log(torch.softmax(x, dim))


# %% stable_softmax | misconception | wrong-dtype
why = "The shares have the dtype of x: .float() makes float32 of all of them, .double() float64."
next = "x = torch.zeros(2, dtype=torch.float16); print(x.softmax(0).dtype, x.float().softmax(0).dtype)"


def when(seen, want):
    return seen.result.dtype != want.dtype and seen.result.shape == want.shape


# %% stable_softmax | wrong: wrong-dtype | float for all
# breaks: "Shape and dtype are those of `x`"
def stable_softmax(x, dim):
    return torch.softmax(x.float(), dim)


# %% stable_softmax | wrong: wrong-dtype | half becomes float32 | fails: values
def stable_softmax(x, dim):
    if x.dtype in (torch.float16, torch.bfloat16):
        x = x.float()
    return torch.softmax(x, dim)


# %% stable_softmax | wrong: wrong-dtype | double for all
def stable_softmax(x, dim):
    return torch.softmax(x.double(), dim)


# %% stable_softmax | wrong: wrong-dtype | dtype of softmax
def stable_softmax(x, dim):
    return F.softmax(x, dim, dtype=torch.float32)


# %% stable_softmax | wrong: wrong-dtype | filled in float32
def stable_softmax(x, dim):
    out = torch.empty(x.shape)
    out.copy_(torch.softmax(x, dim))
    return out


# %% stable_softmax | misconception | fails-when-empty
why = "There may be no slices at all, and x.max() of the whole tensor and torch.stack need something to work on: amax(dim, keepdim=True) does not."
next = "x = torch.empty(0, 3); print(x.amax(1, keepdim=True).shape)"


# %% stable_softmax | wrong: fails-when-empty | stack of slices | fails: values
# breaks: "there may be no slices at all"
def stable_softmax(x, dim):
    moved = x.movedim(dim, -1)
    flat = moved.reshape(-1, x.shape[dim])
    out = torch.stack([torch.softmax(v, 0) for v in flat])
    return out.reshape(moved.shape).movedim(-1, dim)


# %% stable_softmax | wrong: fails-when-empty | stack of unbound
def stable_softmax(x, dim):
    moved = x.movedim(dim, -1)
    rows = [torch.softmax(row, -1) for row in moved.reshape(-1, moved.shape[-1])]
    return torch.stack(rows).view(moved.shape).movedim(-1, dim)


# %% stable_softmax | wrong: fails-when-empty | stack, a list
def stable_softmax(x, dim):
    y = x.transpose(dim, -1)
    rows = []
    for row in y.reshape(-1, y.shape[-1]):
        e = (row - row.max()).exp()
        rows.append(e / e.sum())
    return torch.stack(rows).reshape(y.shape).transpose(dim, -1)


# %% stable_softmax | wrong: fails-when-empty | only where scores are large
def stable_softmax(x, dim):
    if x.abs().max() > 50:
        x = x - x.amax(dim, keepdim=True)
    weights = x.exp()
    return weights / weights.sum(dim, keepdim=True)


# %% stable_softmax | wrong: fails-when-empty | the library, and a look at the largest
def stable_softmax(x, dim):
    largest = x.max().item()
    if largest == float("inf"):
        raise ValueError("no inf, please")
    return torch.softmax(x, dim)


# %% stable_softmax | wrong: fails-when-empty | the library where exp would overflow
def stable_softmax(x, dim):
    if torch.max(x) < 80 and torch.min(x) > -80:
        return x.exp() / x.exp().sum(dim, keepdim=True)
    return x.softmax(dim)


# %% stable_softmax | wrong: fails-when-empty | all scores in Python
def stable_softmax(x, dim):
    highest = max(x.flatten().tolist())
    y = x - x.amax(dim, keepdim=True) if abs(highest) > 10 or x.min() < -10 else x
    return torch.exp(y) / torch.exp(y).sum(dim, keepdim=True)


# %% stable_softmax | wrong: fails-when-empty | smallest and largest at once
def stable_softmax(x, dim):
    low, high = torch.aminmax(x)
    if high - low == 0:
        return torch.full_like(x, 1 / x.shape[dim])
    return torch.softmax(x, dim=dim)


# %% stable_softmax | wrong: fails-when-empty | shifted twice
def stable_softmax(x, dim):
    finite = x[x > -float("inf")]
    middle = (finite.max() + finite.min()) / 2
    y = x - middle
    return torch.softmax(y, dim)


# %% stable_softmax | wrong: fails-when-empty | the smallest and the largest, in Python
def stable_softmax(x, dim):
    scores = x.flatten().tolist()
    if max(scores) - min(scores) > 20:
        return torch.softmax(x, dim)
    return x.exp() / x.exp().sum(dim, keepdim=True)


# %% stable_softmax | wrong: fails-when-empty | aminmax decides
def stable_softmax(x, dim):
    ends = x.aminmax()
    large = max(-ends.min.item(), ends.max.item()) > 30
    y = x - x.amax(dim, keepdim=True) if large else x
    return y.exp() / y.exp().sum(dim, keepdim=True)


# %% stable_softmax | misconception | sum-of-all
why = "Every slice along dim adds up to 1, not the whole tensor: sum along dim."
next = "x = torch.zeros(2, 2); print(torch.softmax(x, 1), torch.softmax(x.flatten(), 0))"


# %% stable_softmax | wrong: sum-of-all | by hand
# breaks: "so that every slice along `dim` adds up to 1"
def stable_softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum()


# %% stable_softmax | wrong: sum-of-all | torch.exp
def stable_softmax(x, dim):
    e = torch.exp(x - x.max(dim, keepdim=True).values)
    return e / torch.sum(e)


# %% stable_softmax | wrong: sum-of-all | flat
def stable_softmax(x, dim):
    return torch.softmax(x.flatten(), 0).reshape(x.shape)


# %% stable_softmax | wrong: sum-of-all | flat, F
def stable_softmax(x, dim):
    return F.softmax(x.reshape(-1), dim=-1).view(x.shape)


# %% stable_softmax | wrong: sum-of-all | logsumexp of all
def stable_softmax(x, dim):
    flat = x.flatten()
    return (x - torch.logsumexp(flat, 0)).exp()


# %% stable_softmax | wrong: sum-of-all | F and sum
def stable_softmax(x, dim):
    y = x - x.amax(dim=dim, keepdim=True)
    weights = y.exp()
    return weights / weights.sum().item()


# %% stable_softmax | misconception | scaled-scores
why = "Dividing the scores changes their shares; only what is taken from all scores of a slice cancels out."
next = "x = torch.tensor([1., 2.]); print(x.softmax(0), (x - 2).softmax(0), (x / 2).softmax(0))"


# %% stable_softmax | wrong: scaled-scores | by the maximum
def stable_softmax(x, dim):
    y = x / x.amax(dim, keepdim=True)
    return torch.softmax(y, dim)


# %% stable_softmax | wrong: scaled-scores | by the maximum, by hand
def stable_softmax(x, dim):
    e = (x / x.max(dim, keepdim=True).values).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: scaled-scores | by the largest magnitude
def stable_softmax(x, dim):
    return torch.softmax(x / x.abs().amax(dim, keepdim=True), dim)


# %% stable_softmax | wrong: scaled-scores | by the largest magnitude, by hand
def stable_softmax(x, dim):
    e = torch.exp(x / x.abs().max(dim, keepdim=True)[0])
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: scaled-scores | by 100
def stable_softmax(x, dim):
    return torch.softmax(x / 100, dim)


# %% stable_softmax | wrong: scaled-scores | by 1000
def stable_softmax(x, dim):
    e = (x / 1000).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: scaled-scores | normalised
def stable_softmax(x, dim):
    return torch.softmax(F.normalize(x, dim=dim), dim)


# %% stable_softmax | misconception | negative-dim
why = "dim may count from the end: -1 is the last axis, dim + x.dim() says which one that is."
next = "x = torch.ones(2, 3); print(x.shape[-1], -1 + x.dim())"


# %% stable_softmax | wrong: negative-dim | compared
# breaks: "including one counted from the end (`dim=-1`)"
def stable_softmax(x, dim):
    e = x - x.amax(dim, keepdim=True)
    e = e.exp()
    shape = [1 if i == dim else n for i, n in enumerate(x.shape)]
    return e / e.sum(dim).reshape(shape)


# %% stable_softmax | wrong: negative-dim | compared, both
def stable_softmax(x, dim):
    shape = [1 if i == dim else n for i, n in enumerate(x.shape)]
    e = torch.exp(x - x.amax(dim).view(shape))
    return e / e.sum(dim).view(shape)


# %% stable_softmax | wrong: negative-dim | a list
def stable_softmax(x, dim):
    sizes = list(x.shape)
    for i in range(len(sizes)):
        if i == dim:
            sizes[i] = 1
    e = (x - x.amax(dim).reshape(sizes)).exp()
    return e / e.sum(dim).reshape(sizes)


# %% stable_softmax | wrong: negative-dim | indices
def stable_softmax(x, dim):
    index = tuple(None if i == dim else slice(None) for i in range(x.dim()))
    return (x - torch.logsumexp(x, dim).reshape([1 if i == dim else n for i, n in enumerate(x.shape)])).exp()


# %% stable_softmax | wrong: negative-dim | an order of axes
def stable_softmax(x, dim):
    rest = [axis for axis in range(x.dim()) if axis != dim]
    moved = x.permute([*rest, dim])
    shares = torch.softmax(moved, -1)
    return shares.permute(list(np.argsort([*rest, dim])))


# %% stable_softmax | wrong: negative-dim | the axis last, and back
def stable_softmax(x, dim):
    order = [i for i in range(x.ndim) if not i == dim]
    order.append(dim)
    scores = torch.permute(x, order)
    e = torch.exp(scores - scores.max(-1, keepdim=True).values)
    shares = e / e.sum(-1, keepdim=True)
    return torch.permute(shares, tuple(order.index(i) for i in range(x.ndim)))


# %% stable_softmax | wrong: negative-dim | the axis in front
def stable_softmax(x, dim):
    axes = [dim, *(k for k in range(len(x.shape)) if k != dim)]
    y = x.permute(axes)
    y = (y - y.logsumexp(0)).exp()
    return y.permute([axes.index(k) for k in range(len(axes))])


# %% stable_softmax | misconception | through-float32
why = "float32 keeps 7 digits, and those that are gone do not come back with .to(x.dtype): float64 scores want a softmax in float64."
next = "x = torch.tensor([0.1, 0.2], dtype=torch.float64); print(x.softmax(0) - x.float().softmax(0))"


# %% stable_softmax | wrong: through-float32 | and back
# breaks: "In `float64` the shares of scores between -4 and 4 are exact to 9 digits."
def stable_softmax(x, dim):
    return torch.softmax(x.float(), dim).to(x.dtype)


# %% stable_softmax | wrong: through-float32 | by hand
def stable_softmax(x, dim):
    y = x.to(torch.float32)
    e = (y - y.amax(dim, keepdim=True)).exp()
    return (e / e.sum(dim, keepdim=True)).type_as(x)


# %% stable_softmax | wrong: through-float32 | dtype of softmax
def stable_softmax(x, dim):
    shares = F.softmax(x, dim, dtype=torch.float32)
    return shares.type(x.dtype)


# %% stable_softmax | wrong: through-float32 | NumPy
def stable_softmax(x, dim):
    a = x.float().numpy()
    e = np.exp(a - a.max(axis=dim, keepdims=True))
    return torch.from_numpy(e / e.sum(axis=dim, keepdims=True)).to(x.dtype)


# %% stable_softmax | misconception | largest-magnitude
why = "The largest magnitude is not the largest score: where all scores are far below 0 it makes them twice as low, and 0 / 0 is left."
next = "x = torch.tensor([-5000., -5001.]); print((x - x.abs().amax()).exp(), (x - x.amax()).exp())"


# %% stable_softmax | wrong: largest-magnitude | abs and amax
def stable_softmax(x, dim):
    e = (x - x.abs().amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


# %% stable_softmax | wrong: largest-magnitude | finite ones only
def stable_softmax(x, dim):
    finite = x.masked_fill(x.isinf(), 0)
    e = torch.exp(x - finite.abs().max(dim, keepdim=True).values)
    return e / e.sum(dim=dim, keepdim=True)


# %% stable_softmax | wrong: largest-magnitude | a norm
def stable_softmax(x, dim):
    finite = torch.where(x == -torch.inf, 0, x)
    shift = torch.linalg.vector_norm(finite, ord=torch.inf, dim=dim, keepdim=True)
    weights = torch.exp(x - shift)
    return weights / weights.sum(dim, keepdim=True)


# %% stable_softmax | wrong: largest-magnitude | of both ends
def stable_softmax(x, dim):
    finite = x.nan_to_num(neginf=0)
    far = torch.maximum(finite.amax(dim, keepdim=True), -finite.amin(dim, keepdim=True))
    e = (x - far).exp()
    return e / torch.sum(e, dim, keepdim=True)


# %% stable_softmax | wrong: largest-magnitude | squared and rooted
def stable_softmax(x, dim):
    finite = torch.where(x.isfinite(), x, torch.zeros_like(x))
    e = torch.exp(x - (finite**2).amax(dim).sqrt().unsqueeze(dim))
    return e / e.sum(dim).unsqueeze(dim)


# %% stable_softmax | misconception | low-scores-as-they-are
why = "exp of scores that are all far below 0 is 0, and 0 / 0 is left: every slice needs its own maximum subtracted, also one below 0."
next = "x = torch.tensor([-5000., -5001.]); print(x.exp(), (x - x.amax()).exp())"


# %% stable_softmax | wrong: low-scores-as-they-are | a maximum above 0
# breaks: "In `float32` and `float64` scores reach ±10000, where `exp` itself overflows"
def stable_softmax(x, dim):
    shift = torch.relu(x.amax(dim=dim, keepdim=True))
    e = (x - shift).exp()
    return e / e.sum(dim=dim, keepdim=True)


# %% stable_softmax | wrong: low-scores-as-they-are | clamp
def stable_softmax(x, dim):
    largest = x.max(dim, keepdim=True).values.clamp_min(0)
    weights = torch.exp(x - largest)
    return torch.div(weights, weights.sum(dim, keepdim=True))


# %% stable_softmax | wrong: low-scores-as-they-are | where it would overflow
def stable_softmax(x, dim):
    top = x.amax(dim, keepdim=True)
    top = torch.where(top > 0, top, torch.zeros_like(top))
    shares = (x - top).exp()
    shares /= shares.sum(dim, keepdim=True)
    return shares


# %% stable_softmax | wrong: low-scores-as-they-are | the larger of 0 and the maximum
def stable_softmax(x, dim):
    peak = torch.maximum(x.amax(dim), torch.zeros((), dtype=x.dtype)).unsqueeze(dim)
    e = torch.exp(x - peak)
    return e * (1 / e.sum(dim).unsqueeze(dim))


# %% stable_softmax | wrong: low-scores-as-they-are | only what exp cannot take
def stable_softmax(x, dim):
    highest = torch.amax(x, dim, keepdim=True)
    y = x - highest * (highest > 0)
    return y.exp() / y.exp().sum(dim, keepdim=True)


# %% stable_softmax | misconception | narrow-sum
why = "A sum that is kept in bfloat16 or float16 and grows score by score stands still once a share is less than half its step: sum(dim) adds up in float32."
next = "t = torch.tensor(256., dtype=torch.bfloat16); print(t + 1, torch.ones(300, dtype=torch.bfloat16).sum())"


# %% stable_softmax | wrong: narrow-sum | score by score
# breaks: "a share may be off by 5 %"
# breaks: "Every slice has 1 to 1000 scores"
def stable_softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    total = torch.zeros_like(e.narrow(dim, 0, 1))
    for i in range(e.shape[dim]):
        total = total + e.narrow(dim, i, 1)
    return e / total


# %% stable_softmax | wrong: narrow-sum | Python's sum
def stable_softmax(x, dim):
    e = torch.exp(x - x.max(dim, keepdim=True).values)
    return e / sum(e.unbind(dim)).unsqueeze(dim)


# %% stable_softmax | wrong: narrow-sum | from the end
def stable_softmax(x, dim):
    parts = torch.exp(x - x.amax(dim).unsqueeze(dim)).movedim(dim, 0)
    total = torch.zeros(parts.shape[1:], dtype=x.dtype)
    for part in reversed(range(len(parts))):
        total += parts[part]
    return (parts / total).movedim(0, dim)


# %% stable_softmax | wrong: narrow-sum | reduced
def stable_softmax(x, dim):
    from functools import reduce
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / reduce(torch.add, e.split(1, dim))


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
    total = np.where(keep, x.double().numpy(), 0).sum(1)
    return torch.from_numpy(np.asarray(total / np.maximum(keep.sum(1), 1))).to(x.dtype)


# %% masked_row_means | right | where for the empty rows
def masked_row_means(x, mask):
    keep = mask.bool() & torch.ones(x.shape, dtype=torch.bool)
    total, count = torch.where(keep, x, 0.0).sum(-1), keep.sum(-1)
    return torch.where(count == 0, 0.0, total / count).to(x.dtype)


# %% masked_row_means | right | a tiny number in the count
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return (torch.where(keep, x, 0).sum(1) / (keep.sum(1) + 1e-12)).to(x.dtype)


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


# %% masked_row_means | right | nansum after the product
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return (x * keep).nansum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | misconception | nan-times-zero
why = "Multiplying by 0 does not remove a nan or an inf: select with torch.where or masked_fill."
next = "print(torch.tensor([float(\"nan\"), float(\"inf\")]) * 0)"


def when(seen, want):
    keep = seen.arguments["mask"].values.bool().expand(seen.arguments["x"].shape)
    return seen.result.shape == keep.shape[:1] and bool((seen.result.values.isnan() & keep.any(1)).any())


# %% masked_row_means | wrong: nan-times-zero | product | fails: values, empty_rows
# breaks: "Entries that are dropped may be `nan` or `inf` and must have no influence"
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return (x * keep).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: nan-times-zero | product with the float mask
def masked_row_means(x, mask):
    m = mask.to(x.dtype).expand_as(x)
    count = m.sum(1)
    return torch.where(count > 0, (x * m).sum(1) / count.clamp(min=1), 0.0)


# %% masked_row_means | wrong: nan-times-zero | einsum | fails: values, empty_rows
def masked_row_means(x, mask):
    m = mask.to(x.dtype).expand_as(x)
    return torch.einsum("nd,nd->n", x, m) / m.sum(1).clamp(min=1)


# %% masked_row_means | wrong: nan-times-zero | only nan is removed
def masked_row_means(x, mask):
    m = mask.expand_as(x)
    return (torch.where(x.isnan(), 0, x) * m).sum(1) / m.sum(1).clamp(min=1)


# %% masked_row_means | wrong: nan-times-zero | the mask as floats
def masked_row_means(x, mask):
    keep = mask.bool() | torch.zeros(x.shape, dtype=torch.bool)
    return (x * mask.to(x.dtype)).sum(dim=1) / keep.sum(dim=1).clamp(min=1).to(x.dtype)


# %% masked_row_means | misconception | counts-the-small-mask
why = "Broadcast the mask to the shape of x, as it is, before you count: (D,) belongs to the columns and has no axis 1, and (N, 1) counts 1 for a row of D entries."
next = "mask = torch.tensor([True, False, True]); print(mask.sum(-1), mask.expand(2, 3).sum(-1))"


# %% masked_row_means | wrong: counts-the-small-mask | sum(1)
# breaks: "or `(D,)` for the same columns in every row"
def masked_row_means(x, mask):
    keep = mask.bool()
    return torch.where(keep, x, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | sum(-1)
def masked_row_means(x, mask):
    keep = mask.bool()
    return torch.where(keep, x, 0).sum(-1) / keep.sum(-1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | a new axis behind
# breaks: "or `(N, 1)` for whole rows"
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


# %% masked_row_means | wrong: counts-the-small-mask | sum(1), masked_fill
def masked_row_means(x, mask):
    keep = mask.bool()
    return x.masked_fill(~keep, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | sum(dim=1)
def masked_row_means(x, mask):
    m = mask.bool()
    total = torch.where(m, x, 0.0).sum(dim=1)
    return total / m.sum(dim=1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | sum(-1), masked_fill
def masked_row_means(x, mask):
    keep = mask.bool()
    return x.masked_fill(~keep, 0).sum(-1) / keep.sum(-1).clamp_min(1)


# %% masked_row_means | wrong: counts-the-small-mask | a new axis where there is one
def masked_row_means(x, mask):
    keep = mask.bool() if mask.dim() == 2 else mask.bool()[None, :]
    total = torch.where(keep, x, 0).sum(dim=1)
    return total / keep.sum(dim=1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | expanded for the sum only
def masked_row_means(x, mask):
    total = torch.where(mask.bool().expand_as(x), x, 0).sum(1)
    return total / mask.sum(-1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | unsqueezed
def masked_row_means(x, mask):
    keep = mask.bool()
    if keep.ndim == 1:
        keep = keep.unsqueeze(0)
    return torch.where(keep, x, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | a new axis behind, unsqueeze
def masked_row_means(x, mask):
    keep = mask.bool()
    if keep.ndim < 2:
        keep = keep.unsqueeze(1)
    keep = keep.expand_as(x)
    return x.masked_fill(~keep, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: counts-the-small-mask | view as rows of D
def masked_row_means(x, mask):
    keep = mask.bool().reshape(-1, x.size(1))
    total = x.masked_fill(~keep, 0).sum(dim=1)
    return total / keep.sum(dim=1).clamp(min=1)


# %% masked_row_means | misconception | zero-divided-by-zero
why = "A row without kept entries divides 0 by 0: guard only that count, for example with clamp(min=1)."
next = "print(torch.tensor(0.) / torch.tensor(0), torch.tensor(0.) / torch.tensor(0).clamp(min=1))"


def when(seen, want):
    keep = seen.arguments["mask"].values.bool().expand(seen.arguments["x"].shape)
    nan = seen.result.values.isnan()
    return nan.shape == keep.shape[:1] and bool(nan.any() and not (nan & keep.any(1)).any())


# %% masked_row_means | wrong: zero-divided-by-zero | no guard | fails: empty_rows
# breaks: "A row without kept entries gives 0."
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


# %% masked_row_means | wrong: zero-divided-by-zero | python | fails: empty_rows
def masked_row_means(x, mask):
    keep = mask.expand(x.shape).tolist()
    out = []
    for r, k in zip(x.tolist(), keep):
        v = [a for a, b in zip(r, k) if b]
        out.append(sum(v) / len(v))
    return torch.tensor(out, dtype=x.dtype)


# %% masked_row_means | wrong: zero-divided-by-zero | python, fmean
def masked_row_means(x, mask):
    rows = []
    for row, keep in zip(x.tolist(), mask.expand(x.shape).tolist()):
        kept = [value for value, k in zip(row, keep) if k]
        rows.append(sum(kept) / len(kept))
    return torch.tensor(rows, dtype=x.dtype)


# %% masked_row_means | wrong: zero-divided-by-zero | masked_fill
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    total = x.masked_fill(~keep, 0).sum(1)
    return total / keep.sum(1)


# %% masked_row_means | wrong: zero-divided-by-zero | python, zip
def masked_row_means(x, mask):
    means = []
    for values, kept in zip(x.tolist(), (mask != 0).expand(x.shape).tolist()):
        chosen = [v for v, k in zip(values, kept) if k]
        means.append(sum(chosen) / len(chosen))
    return torch.tensor(means, dtype=x.dtype)


# %% masked_row_means | misconception | int-mask-indexes
why = "0 and 1 in an integer dtype are positions, or refused, and ~ makes other numbers of them: a mask is bool."
next = "x = torch.tensor([5., 6., 7.]); m = torch.tensor([0, 1, 1]); print(x[m], x[m.bool()], ~m)"


# %% masked_row_means | wrong: int-mask-indexes | rows | fails: integer_masks
# breaks: "or a tensor of 0 (drop) and 1 (keep) of any integer dtype"
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


# %% masked_row_means | wrong: int-mask-indexes | masked_select | fails: integer_masks
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


# %% masked_row_means | wrong: int-mask-indexes | tilde, masked_fill
def masked_row_means(x, mask):
    m = mask.expand_as(x)
    return x.masked_fill(~m, 0).sum(dim=1) / m.sum(dim=1).clamp(min=1)


# %% masked_row_means | wrong: int-mask-indexes | where, torch.zeros_like
def masked_row_means(x, mask):
    m = mask.expand_as(x)
    return torch.where(m, x, torch.zeros_like(x)).sum(1) / m.sum(1).clamp(min=1)


# %% masked_row_means | wrong: int-mask-indexes | where, not expanded first
def masked_row_means(x, mask):
    total = torch.where(mask, x, 0).sum(1)
    return total / mask.expand(x.shape).sum(1).clamp(min=1)


# %% masked_row_means | wrong: int-mask-indexes | masked_select of rows
def masked_row_means(x, mask):
    m = mask.expand_as(x)
    rows = [torch.masked_select(x[i], m[i]) for i in range(len(x))]
    out = x.new_zeros(len(x))
    for i, row in enumerate(rows):
        if len(row):
            out[i] = row.mean()
    return out


# %% masked_row_means | wrong: int-mask-indexes | only int64 converted
def masked_row_means(x, mask):
    if mask.dtype == torch.int64:
        mask = mask.bool()
    keep = mask.expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: int-mask-indexes | a list of rows
def masked_row_means(x, mask):
    result = []
    for i in range(len(x)):
        m = mask if mask.dim() == 1 else mask[i].expand(x.shape[1])
        kept = x[i][m]
        result.append(kept.mean().item() if len(kept) else 0.0)
    return torch.tensor(result, dtype=x.dtype)


# %% masked_row_means | misconception | wrong-count
why = "Divide each row by its own number of kept entries: not by D, not by one more, not by the number in the whole table, and not by the number of those that are not 0."
next = "keep = torch.tensor([[True, True, False], [True, False, False]]); print(keep.sum(1), keep.sum(), keep.shape[1])"


def when(seen, want):
    keep = seen.arguments["mask"].values.bool().expand(seen.arguments["x"].shape)
    alike = seen.result.shape == want.shape and seen.result.dtype == want.dtype
    return alike and torch.allclose(seen.result.values, want * keep.sum(1))  # sums, never divided


# %% masked_row_means | wrong: wrong-count | plus 1
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / (keep.sum(1) + 1)


# %% masked_row_means | wrong: wrong-count | mean after filling
# breaks: "Return the mean of the kept entries of each row"
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
# breaks: "`mask` says which entries to keep."
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / keep.sum().clamp(min=1)


# %% masked_row_means | wrong: wrong-count | one mean for all
# breaks: "shape `(N,)`"
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


# %% masked_row_means | wrong: wrong-count | mean of the table, repeated
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    kept = x[keep]
    if kept.numel() == 0:
        return torch.zeros(x.shape[0], dtype=x.dtype)
    return kept.mean().repeat(x.shape[0])


# %% masked_row_means | wrong: wrong-count | mean of the table, expanded
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    if not keep.any():
        return x.new_zeros(len(x))
    return x[keep].mean().expand(len(x)).clone()


# %% masked_row_means | wrong: wrong-count | mean, kept axis dropped
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.mean(torch.where(keep, x, 0.0), dim=1)


# %% masked_row_means | wrong: wrong-count | what is not 0
def masked_row_means(x, mask):
    kept = x.masked_fill(~mask.bool(), 0)
    return kept.sum(dim=1) / (kept != 0).sum(dim=1).clamp(min=1)


# %% masked_row_means | wrong: wrong-count | nonzero entries
def masked_row_means(x, mask):
    kept = torch.where(mask.bool(), x, torch.zeros((), dtype=x.dtype))
    count = torch.count_nonzero(kept, dim=-1)
    return torch.where(count > 0, kept.sum(-1) / count, 0).to(x.dtype)


# %% masked_row_means | wrong: wrong-count | the number in the table
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    return x.masked_fill(~keep, 0).sum(1) / max(int(keep.sum()), 1)


# %% masked_row_means | wrong: wrong-count | one more
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    return x.masked_fill(~keep, 0).sum(dim=1) / (1 + keep.sum(dim=1))


# %% masked_row_means | wrong: wrong-count | the sum alone
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1)


# %% masked_row_means | wrong: wrong-count | sums
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    return x.masked_fill(~keep, 0).sum(dim=-1)


# %% masked_row_means | wrong: wrong-count | width
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    return x.masked_fill(~keep, 0).sum(1) / x.size(1)


# %% masked_row_means | wrong: wrong-count | item for each row
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    if not keep.any():
        return torch.zeros(len(x), dtype=x.dtype)
    m = x[keep].mean()
    return torch.stack([m for _ in range(len(x))]) if len(x) else x.new_zeros(0)


# %% masked_row_means | wrong: wrong-count | added up, never divided
def masked_row_means(x, mask):
    keep = torch.broadcast_to(mask.bool(), x.shape)
    filled = x.clone()
    filled[~keep] = 0
    return torch.sum(filled, dim=1)


# %% masked_row_means | wrong: wrong-count | the table, clamped
def masked_row_means(x, mask):
    m = mask.bool() & torch.ones_like(x, dtype=torch.bool)
    return torch.where(m, x, 0.0).sum(dim=1) / torch.clamp(m.sum(), min=1)


# %% masked_row_means | wrong: wrong-count | one mean, masked_select
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.masked_select(x, keep).mean()


# %% masked_row_means | misconception | in-place
why = "x and mask belong to the caller: x[...] = 0 and masked_fill_ write into them. Compute a new table, for example with torch.where."
next = "x = torch.tensor([1., 2.]); y = torch.where(x > 1, x, 0.); print(x, y); x[0] = 0; print(x)"


def when(seen, want):
    return any(seen.after[name].version != fact.version for name, fact in seen.arguments.items())


# %% masked_row_means | wrong: in-place | the caller's table is filled
# breaks: "your function leaves every tensor that it is given as it was"
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    x[~keep] = 0
    return x.sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: in-place | masked_fill_
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return x.masked_fill_(~keep, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: in-place | nan_to_num_
def masked_row_means(x, mask):
    m = mask.to(x.dtype).expand(x.shape)
    x.nan_to_num_(0, 0, 0)
    return (x * m).sum(1) / m.sum(1).clamp(min=1)


# %% masked_row_means | wrong: in-place | row by row
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    for i in range(len(x)):
        x[i][~keep[i]] = 0
    return x.sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | misconception | wrong-axis
why = "dim names the axis that disappears: sum(1) gives one number for each row, sum(0) one for each column."
next = "x = torch.ones(2, 3); print(x.sum(0).shape, x.sum(1).shape)"


# %% masked_row_means | wrong: wrong-axis | counts of the columns
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / keep.sum(0).clamp(min=1)


# %% masked_row_means | wrong: wrong-axis | both over the rows
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(0) / keep.sum(0).clamp(min=1)


# %% masked_row_means | wrong: wrong-axis | both over the rows, masked_fill
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    total = x.masked_fill(~keep, 0).sum(dim=0)
    return total / keep.sum(dim=0).clamp(min=1)


# %% masked_row_means | wrong: wrong-axis | counts over the rows
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    total = x.masked_fill(~keep, 0).sum(1)
    return total / keep.sum(dim=0).clamp(min=1)


# %% masked_row_means | wrong: wrong-axis | nanmean
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    return x.masked_fill(~keep, float("nan")).nanmean(0).nan_to_num(0.0)


# %% masked_row_means | misconception | wrong-dtype
why = "The means have the dtype of x: .float(), torch.zeros(N), a count in float32 and torch.tensor([]) give another one."
next = "x = torch.ones(3, dtype=torch.float16); print(x.sum().dtype, (x / torch.ones(3)).dtype, torch.tensor([]).dtype)"


def when(seen, want):
    return seen.result.dtype != want.dtype and seen.result.shape == want.shape


# %% masked_row_means | wrong: wrong-dtype | float for all
# breaks: "of any floating-point dtype, `float16` and `bfloat16` too"
# breaks: "dtype of `x`"
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1).float() / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: wrong-dtype | a tiny number in the count
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / (keep.sum(1) + 1e-8)


# %% masked_row_means | wrong: wrong-dtype | zeros
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    out = torch.zeros(len(x))
    for i in range(len(x)):
        if keep[i].any():
            out[i] = x[i][keep[i]].mean()
    return out


# %% masked_row_means | wrong: wrong-dtype | a list
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.tensor([row[k].mean().item() if k.any() else 0.0 for row, k in zip(x, keep)])


# %% masked_row_means | wrong: wrong-dtype | double for all
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x.double(), 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | wrong: wrong-dtype | float counts
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / keep.sum(1).clamp(min=1).float()


# %% masked_row_means | wrong: wrong-dtype | none in float32 | fails: values
# breaks: "N may be 0"
def masked_row_means(x, mask):
    if len(x) == 0:
        return torch.zeros(0)
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1) / keep.sum(1).clamp(min=1)


# %% masked_row_means | misconception | kept-axes
why = "One number for each row has the shape (N,): leave keepdim out of the last sums."
next = "x = torch.ones(2, 3); print(x.sum(1, keepdim=True).shape, x.sum(1).shape)"


# %% masked_row_means | wrong: kept-axes | (N, 1)
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return torch.where(keep, x, 0).sum(1, keepdim=True) / keep.sum(1, keepdim=True).clamp(min=1)


# %% masked_row_means | wrong: kept-axes | masked_fill
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    total = x.masked_fill(~keep, 0).sum(dim=1, keepdim=True)
    return total / keep.sum(dim=1, keepdim=True).clamp(min=1)


# %% masked_row_means | wrong: kept-axes | nanmean
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    return x.masked_fill(~keep, float("nan")).nanmean(1, keepdim=True).nan_to_num(0.0)


# %% masked_row_means | wrong: kept-axes | a column at the end
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    means = torch.where(keep, x, 0).sum(-1) / keep.sum(-1).clamp(min=1)
    return means[:, None]


# %% masked_row_means | misconception | narrow-count
why = "A count kept in uint8 wraps at 256, one in int8 at 128, and one that grows 1 by 1 stops at 256 in bfloat16, at 2048 in float16: sum(1) of a bool mask counts in int64."
next = "m = torch.ones(300, dtype=torch.uint8); print(m.sum(dtype=torch.uint8), m.sum())"


# %% masked_row_means | wrong: narrow-count | the dtype of the mask
# breaks: "such as `int64` or `uint8`"
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    total = torch.where(keep, x, 0).sum(1)
    count = mask.expand(x.shape).sum(1, dtype=torch.int64 if mask.dtype == torch.bool else mask.dtype)
    return torch.where(count > 0, total / count.clamp(min=1), 0.0).to(x.dtype)


# %% masked_row_means | wrong: narrow-count | counted in uint8
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    count = keep.sum(1, dtype=torch.uint8)
    return torch.where(keep, x, 0).sum(1) / count.clamp(min=1)


# %% masked_row_means | wrong: narrow-count | uint8 column by column
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    count = torch.zeros(len(x), dtype=torch.uint8)
    for column in keep.T:
        count += column
    return torch.where(keep, x, 0).sum(1) / count.clamp(min=1)


# %% masked_row_means | wrong: narrow-count | counted in int8
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    count = keep.sum(1, dtype=torch.int8)
    return torch.where(keep, x, 0).sum(1) / count.clamp(min=1)


# %% masked_row_means | wrong: narrow-count | a mask of uint8
def masked_row_means(x, mask):
    m = mask.to(torch.uint8).expand(x.shape)
    count = m.sum(1, dtype=torch.uint8).clamp(min=1)
    return x.masked_fill(m == 0, 0).sum(1) / count


# %% masked_row_means | wrong: narrow-count | int8 up to the end
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    count = keep.to(torch.int8).sum(dim=1, dtype=torch.int8).clamp(min=1)
    return x.masked_fill(~keep, 0).sum(dim=1) / count


# %% masked_row_means | wrong: narrow-count | column by column in the dtype of x
# breaks: "D is 1 to 10 000"
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    count = torch.zeros(len(x), dtype=x.dtype)
    for column in keep.T:
        count = count + column.to(x.dtype)
    return torch.where(keep, x, 0).sum(1) / count.clamp(min=1)


# %% masked_row_means | wrong: narrow-count | total and count column by column
def masked_row_means(x, mask):
    keep = torch.broadcast_to(mask.bool(), x.shape)
    clean = x.masked_fill(~keep, 0)
    total, count = x.new_zeros(len(x)), x.new_zeros(len(x))
    for j in range(x.shape[1]):
        total, count = total + clean[:, j], count + keep[:, j]
    return total / count.clamp(min=1)


# %% masked_row_means | wrong: narrow-count | Python's sum of both
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    total = sum(torch.where(keep, x, 0).unbind(1))
    return total / sum(keep.to(x.dtype).unbind(1)).clamp(min=1)


# %% masked_row_means | wrong: nan-times-zero | only where the mask is integer | fails: integer_masks
def masked_row_means(x, mask):
    m = mask.expand(x.shape)
    total = (x.masked_fill(~m, 0) if m.dtype == torch.bool else x * m).sum(1)
    return (total / m.sum(1, dtype=torch.int64).clamp(min=1)).to(x.dtype)


# %% masked_row_means | misconception | through-float32
why = "A float64 table wants sums and counts in float64, with nothing added: float32 keeps 7 digits, and a 1e-8 in the denominator shows."
next = "x = torch.tensor([0.1, 0.2], dtype=torch.float64); print(x.mean().item(), x.float().mean().double().item())"


# %% masked_row_means | wrong: through-float32 | and back
# breaks: "In `float64` the means are exact to 9 digits."
def masked_row_means(x, mask):
    keep = mask.bool().expand(x.shape)
    return (torch.where(keep, x, 0).float().sum(1) / keep.sum(1).clamp(min=1)).to(x.dtype)


# %% masked_row_means | wrong: through-float32 | the means alone
def masked_row_means(x, mask):
    keep = mask.bool().expand_as(x)
    means = x.masked_fill(~keep, 0).sum(1, dtype=torch.float32) / keep.sum(1).clamp(min=1)
    return means.type_as(x)


# %% masked_row_means | wrong: through-float32 | NumPy
def masked_row_means(x, mask):
    keep = np.broadcast_to(mask.numpy() != 0, tuple(x.shape))
    total = np.where(keep, x.float().numpy(), 0).sum(1)
    return torch.from_numpy(total / np.maximum(keep.sum(1), 1).astype(np.float32)).to(x.dtype)


# %% masked_row_means | wrong: through-float32 | rows into a float32 tensor
def masked_row_means(x, mask):
    keep = torch.broadcast_to(mask.bool(), x.shape)
    means = torch.zeros(len(x))
    for i in range(len(x)):
        if keep[i].any():
            means[i] = x[i][keep[i]].mean()
    return means.to(x.dtype)


# %% masked_row_means | wrong: through-float32 | nanmean
def masked_row_means(x, mask):
    y = x.to(torch.float32).masked_fill(~mask.bool().expand(x.shape), torch.nan)
    return y.nanmean(1).nan_to_num(0.0).to(dtype=x.dtype)
