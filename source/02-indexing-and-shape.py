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


# %% masked_mean | right | nan written into a copy
def masked_mean(x, keep):
    wide = x.clone().to(torch.float64)
    wide[keep != 1] = float("nan")
    return wide.nanmean().to(x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | right | nansum
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return (x * keep).nansum() / keep.sum()


# %% masked_mean | misconception | ones-and-zeros-as-index
why = "A mask is a bool tensor; 0 and 1 in int64 are positions."
next = "x = torch.tensor([10., 99., 20.]); print(x[torch.tensor([1, 0, 1])], x[torch.tensor([1, 0, 1]) == 1])"


# %% masked_mean | wrong: ones-and-zeros-as-index | index
# breaks: "with a 1 for each valid reading and a 0 for each invalid one"
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x[keep].mean()


# %% masked_mean | wrong: ones-and-zeros-as-index | without a dtype
def masked_mean(x, keep):
    return x[keep].mean()


# %% masked_mean | wrong: ones-and-zeros-as-index | without a dtype, in two steps
def masked_mean(x, keep):
    valid = x[keep]
    return torch.mean(valid)


# %% masked_mean | wrong: ones-and-zeros-as-index | sum over valid
def masked_mean(x, keep):
    return x[keep].sum() / keep.sum()


# %% masked_mean | wrong: ones-and-zeros-as-index | long
def masked_mean(x, keep):
    valid = x[keep.long()]
    return valid.mean(dtype=valid.dtype if valid.is_floating_point() else torch.float32)


# %% masked_mean | wrong: ones-and-zeros-as-index | mean of the index with a dtype
def masked_mean(x, keep):
    dtype = torch.float32
    if x.dtype == torch.float64:
        dtype = torch.float64
    return torch.mean(x[keep], dtype=dtype)


# %% masked_mean | wrong: ones-and-zeros-as-index | double and back
def masked_mean(x, keep):
    picked = x[keep]
    mean = picked.double().mean()
    return mean.to(x.dtype) if x.is_floating_point() else mean.float()


# %% masked_mean | misconception | mean-of-integers
why = "mean() needs a floating-point dtype: convert what is not floating point already."
next = "print(torch.tensor([1, 2]).float().mean(), torch.tensor([True, False]).float().mean())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.mean.html"


# %% masked_mean | wrong: mean-of-integers | mean
# breaks: "otherwise the mean is `float32`"
def masked_mean(x, keep):
    return x[keep == 1].mean()


# %% masked_mean | wrong: mean-of-integers | bool mask, mean
def masked_mean(x, keep):
    valid = x[keep.bool()]
    return valid.mean()


# %% masked_mean | wrong: mean-of-integers | mean of what is above 0
def masked_mean(x, keep):
    return torch.mean(x[keep > 0])


# %% masked_mean | wrong: mean-of-integers | masked_select and mean
def masked_mean(x, keep):
    return x.masked_select(keep == 1).mean()


# %% masked_mean | wrong: mean-of-integers | torch.mean
def masked_mean(x, keep):
    return torch.mean(torch.masked_select(x, keep.bool()))


# %% masked_mean | wrong: mean-of-integers | int64 only
def masked_mean(x, keep):
    if x.dtype == torch.int64:
        x = x.float()
    return x[keep.bool()].mean()


# %% masked_mean | wrong: mean-of-integers | bool forgotten
# breaks: "their dtype is `float32`, `float64`, `int64`, `uint8` or `bool`"
def masked_mean(x, keep):
    valid = x[keep != 0]
    if x.dtype in (torch.uint8, torch.int64, torch.int32):
        valid = valid.float()
    return valid.mean()


# %% masked_mean | wrong: mean-of-integers | bool forgotten, by dtype of the mean
def masked_mean(x, keep):
    integers = [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64]
    return x[keep == 1].mean(dtype=torch.float32 if x.dtype in integers else x.dtype)


# %% masked_mean | wrong: mean-of-integers | dtype of x
def masked_mean(x, keep):
    return x[keep > 0].mean(dtype=x.dtype)


# %% masked_mean | misconception | float-for-all
why = "Convert only what is not floating point already: float32 has half the digits of float64."
next = "x = torch.tensor([1.]).double() / 3; print(x.mean().item(), x.float().mean().item())"


# %% masked_mean | wrong: float-for-all | float
# breaks: "A floating-point `x` keeps its dtype"
def masked_mean(x, keep):
    return x[keep == 1].float().mean()


# %% masked_mean | wrong: float-for-all | float first
def masked_mean(x, keep):
    return x.float()[keep.bool()].mean()


# %% masked_mean | wrong: float-for-all | dtype argument
def masked_mean(x, keep):
    return torch.mean(x[keep > 0], dtype=torch.float32)


# %% masked_mean | wrong: float-for-all | where with float
def masked_mean(x, keep):
    kept = torch.where(keep == 1, x, 0).float()
    return kept.sum() / keep.sum()


# %% masked_mean | wrong: float-for-all | and back
# breaks: "with all its digits"
def masked_mean(x, keep):
    mean = x.float()[keep.bool()].mean()
    return mean.to(x.dtype) if x.is_floating_point() else mean


# %% masked_mean | wrong: float-for-all | and back, converted at the end
def masked_mean(x, keep):
    dtype = x.dtype if x.is_floating_point() else torch.float32
    return x[keep == 1].to(torch.float32).mean().to(dtype)


# %% masked_mean | wrong: float-for-all | back by type_as
def masked_mean(x, keep):
    mean = torch.where(keep == 1, x, 0).float().sum() / keep.sum()
    return mean.type_as(x) if x.is_floating_point() else mean


# %% masked_mean | wrong: float-for-all | float32 sum, dtype of x
def masked_mean(x, keep):
    valid = torch.masked_select(x, keep > 0).float()
    mean = valid.sum() / len(valid)
    return mean.double() if x.dtype == torch.float64 else mean


# %% masked_mean | wrong: float-for-all | a float32 tensor of a number
def masked_mean(x, keep):
    values = x[keep == 1].tolist()
    return torch.tensor(sum(values) / len(values) if values else float("nan"))


# %% masked_mean | wrong: float-for-all | a float32 tensor of item
def masked_mean(x, keep):
    valid = x[keep.bool()].double()
    return torch.tensor(valid.mean().item())


# %% masked_mean | misconception | float64-for-all
why = "double() gives float64 for every x: a float32 x keeps its dtype, and all others give float32."
next = "print(torch.tensor([1.]).double().mean().dtype, torch.tensor([1.]).mean().dtype)"


# %% masked_mean | wrong: float64-for-all | double
def masked_mean(x, keep):
    return x.double()[keep.bool()].mean()


# %% masked_mean | wrong: float64-for-all | to float64
def masked_mean(x, keep):
    return x[keep == 1].to(torch.float64).mean()


# %% masked_mean | wrong: float64-for-all | numpy, float64
def masked_mean(x, keep):
    valid = x.numpy()[keep.numpy() == 1]
    return torch.from_numpy(valid.astype(np.float64)).mean()


# %% masked_mean | wrong: float64-for-all | dtype argument, float64
def masked_mean(x, keep):
    return x[keep > 0].mean(dtype=torch.float64)


# %% masked_mean | wrong: float64-for-all | where in float64
def masked_mean(x, keep):
    zero = torch.zeros((), dtype=torch.float64)
    return torch.where(keep == 1, x.double(), zero).sum() / keep.sum()


# %% masked_mean | misconception | integer-result
why = "The mean of whole numbers has a fraction, which an integer dtype cuts off: without a floating-point x it is float32."
next = "x = torch.tensor([1, 2]); print(x.float().mean(), x.float().mean().to(x.dtype))"


# %% masked_mean | wrong: integer-result | back to the dtype of x
def masked_mean(x, keep):
    return x[keep == 1].double().mean().to(x.dtype)


# %% masked_mean | wrong: integer-result | type_as
def masked_mean(x, keep):
    mean = x.double()[keep.bool()].mean()
    return mean.type_as(x)


# %% masked_mean | wrong: integer-result | torch.tensor with the dtype of x
def masked_mean(x, keep):
    valid = x[keep == 1].double()
    return valid.mean().to(dtype=x.dtype)


# %% masked_mean | wrong: integer-result | cast by name
def masked_mean(x, keep):
    return torch.masked_select(x, keep == 1).to(torch.float64).mean().type(x.dtype)


# %% masked_mean | wrong: integer-result | whole division
def masked_mean(x, keep):
    valid = x[keep == 1]
    if x.is_floating_point():
        return valid.mean()
    return valid.sum() // max(len(valid), 1)


# %% masked_mean | misconception | multiply-by-the-mask
why = "An invalid nan or inf survives a multiplication by 0: leave it out instead."
next = "print(float(\"nan\") * 0, float(\"inf\") * 0)"


# %% masked_mean | wrong: multiply-by-the-mask | sums
# breaks: "Invalid readings count for nothing"
def masked_mean(x, keep):
    return (x * keep).sum() / keep.sum()


# %% masked_mean | wrong: multiply-by-the-mask | in the dtype of x
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.to(torch.float32)
    weights = keep.to(x.dtype)
    return (x * weights).sum() / weights.sum()


# %% masked_mean | wrong: multiply-by-the-mask | torch.sum
def masked_mean(x, keep):
    total = torch.sum(torch.mul(x, keep))
    return total / torch.sum(keep)


# %% masked_mean | wrong: multiply-by-the-mask | double in between
def masked_mean(x, keep):
    mean = (x.double() * keep).sum() / keep.sum()
    return mean.to(x.dtype) if x.is_floating_point() else mean.float()


# %% masked_mean | wrong: multiply-by-the-mask | count_nonzero
def masked_mean(x, keep):
    return torch.sum(x * keep) / keep.count_nonzero()


# %% masked_mean | wrong: multiply-by-the-mask | dot product of the flat tensors
def masked_mean(x, keep):
    dtype = x.dtype if x.is_floating_point() else torch.float32
    return x.to(dtype).flatten().dot(keep.to(dtype).flatten()) / keep.sum()


# %% masked_mean | wrong: multiply-by-the-mask | nan cleaned, inf not
# breaks: "even if they are nan or inf"
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    x = torch.where(x.isnan(), torch.zeros_like(x), x)
    return (x * keep).sum() / keep.sum()


# %% masked_mean | wrong: multiply-by-the-mask | nan filled, inf not
def masked_mean(x, keep):
    wide = x.double().masked_fill(x != x, 0)
    mean = (wide * keep).sum() / keep.sum()
    return mean.to(x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: multiply-by-the-mask | added and taken away
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return (x.sum() - (x * (1 - keep)).sum()) / keep.sum()


# %% masked_mean | misconception | mean-of-everything
why = "Divide by the number of valid readings, which is neither the number of elements nor of rows; a tensor of rank 0 has no rows at all."
next = "keep = torch.tensor([1, 1, 0]); print(keep.sum(), keep.numel())"


# %% masked_mean | wrong: mean-of-everything | numel
def masked_mean(x, keep):
    return (x * keep).sum() / x.numel()


# %% masked_mean | wrong: mean-of-everything | where and mean
# breaks: "Return the mean of the valid readings"
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return torch.where(keep.bool(), x, 0).mean()


# %% masked_mean | wrong: mean-of-everything | masked_fill
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x.masked_fill(keep != 1, 0).sum() / keep.numel()


# %% masked_mean | wrong: mean-of-everything | zeros in a copy
def masked_mean(x, keep):
    valid = x.clone() if x.is_floating_point() else x.float()
    valid[keep == 0] = 0
    return valid.mean()


# %% masked_mean | wrong: mean-of-everything | float of the product
def masked_mean(x, keep):
    y = torch.where(keep == 1, x, torch.zeros_like(x))
    return y.mean() if y.is_floating_point() else y.float().mean()


# %% masked_mean | wrong: mean-of-everything | product and mean
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return (x * keep).mean()


# %% masked_mean | wrong: mean-of-everything | len
def masked_mean(x, keep):
    return x[keep == 1].sum() / len(x)


# %% masked_mean | wrong: mean-of-everything | rows
def masked_mean(x, keep):
    total = torch.where(keep == 1, x, 0).sum()
    return total / x.shape[0]


# %% masked_mean | wrong: mean-of-everything | size of the first dimension
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x[keep.bool()].sum() / x.size(0)


# %% masked_mean | wrong: mean-of-everything | numel of x after the mask
def masked_mean(x, keep):
    dtype = x.dtype if x.is_floating_point() else torch.float32
    return x[keep == 1].to(dtype).sum() / x.numel()


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


# %% masked_mean | wrong: nonzero-as-index | nonzero and flatten
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x[keep.nonzero().flatten()].mean()


# %% masked_mean | wrong: nonzero-as-index | argwhere
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return torch.mean(x[torch.argwhere(keep == 1)])


# %% masked_mean | wrong: nonzero-as-index | without converting
def masked_mean(x, keep):
    return x[torch.nonzero(keep)].mean()


# %% masked_mean | wrong: nonzero-as-index | without converting, squeezed
def masked_mean(x, keep):
    rows = keep.nonzero().squeeze(1)
    return x[rows].mean()


# %% masked_mean | wrong: nonzero-as-index | index_select
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x.index_select(0, keep.nonzero().flatten()).mean()


# %% masked_mean | misconception | zeros-dropped
why = "A valid reading may be 0: only keep says which readings are valid."
next = "print(masked_mean(torch.tensor([0., 4.]), torch.tensor([1, 1])))"


# %% masked_mean | wrong: zeros-dropped | drops zeros
def masked_mean(x, keep):
    valid = x[keep == 1]
    valid = valid[valid != 0]
    return valid.mean(dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: zeros-dropped | where, then what is not 0
def masked_mean(x, keep):
    kept = torch.where(keep == 1, x, torch.zeros_like(x))
    kept = kept[kept != 0]
    return kept.mean() if kept.is_floating_point() else kept.float().mean()


# %% masked_mean | wrong: zeros-dropped | counts what is not 0
def masked_mean(x, keep):
    dtype = x.dtype if x.is_floating_point() else torch.float32
    kept = x.masked_fill(keep == 0, 0)
    return kept.to(dtype).sum() / kept.count_nonzero()


# %% masked_mean | wrong: zeros-dropped | a loop that skips 0
def masked_mean(x, keep):
    values = [v for v in torch.where(keep == 1, x, torch.zeros_like(x)).flatten().tolist() if v]
    mean = sum(values) / len(values) if values else float("nan")
    return torch.tensor(mean, dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | misconception | no-reading-is-zero
why = "The mean of no reading is nan, not 0: no special case is needed."
next = "print(torch.tensor([]).mean(), torch.tensor(0.) / 0)"


# %% masked_mean | wrong: no-reading-is-zero | 0 for no reading
# breaks: "If no reading is valid, the result is nan."
def masked_mean(x, keep):
    dtype = x.dtype if x.is_floating_point() else torch.float32
    if keep.sum() == 0:
        return torch.tensor(0, dtype=dtype)
    return x[keep == 1].mean(dtype=dtype)


# %% masked_mean | wrong: no-reading-is-zero | clamp
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return torch.where(keep == 1, x, 0).sum() / keep.sum().clamp(min=1)


# %% masked_mean | wrong: no-reading-is-zero | max with 1
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    valid = x[keep == 1]
    return valid.sum() / max(valid.numel(), 1)


# %% masked_mean | wrong: no-reading-is-zero | nan_to_num
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x[keep.bool()].mean().nan_to_num(0)


# %% masked_mean | wrong: no-reading-is-zero | a loop that begins with 0
def masked_mean(x, keep):
    total, count = 0.0, 0
    for value, valid in zip(x.flatten().tolist(), keep.flatten().tolist()):
        if valid:
            total, count = total + value, count + 1
    dtype = x.dtype if x.is_floating_point() else torch.float32
    return torch.tensor(total / count if count else 0.0, dtype=dtype)


# %% masked_mean | misconception | nan-of-another-dtype
why = "torch.tensor(float(\"nan\")) is always float32: the nan for no reading needs the dtype of the mean, too."
next = "print(torch.tensor(float(\"nan\")).dtype, masked_mean(torch.zeros(2).double(), torch.zeros(2).long()).dtype)"


# %% masked_mean | wrong: nan-of-another-dtype | early return
def masked_mean(x, keep):
    if keep.sum() == 0:
        return torch.tensor(float("nan"))
    valid = x[keep == 1]
    return valid.mean() if x.is_floating_point() else valid.float().mean()


# %% masked_mean | wrong: nan-of-another-dtype | no elements
def masked_mean(x, keep):
    valid = torch.masked_select(x, keep == 1)
    if valid.numel() == 0:
        return torch.tensor(torch.nan)
    return valid.mean(dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: nan-of-another-dtype | mean of nothing
def masked_mean(x, keep):
    picked = x[keep.bool()]
    if len(picked) < 1:
        return torch.tensor([]).mean()
    return picked.mean() if picked.is_floating_point() else picked.float().mean()


# %% masked_mean | wrong: nan-of-another-dtype | full
def masked_mean(x, keep):
    if not keep.any():
        return torch.full((), float("nan"))
    x = x if x.is_floating_point() else x.float()
    return x[keep == 1].mean()


# %% masked_mean | misconception | sentinel-is-a-reading
why = "A reading may be any number, also the one that you write into the invalid places: only keep says which are valid."
next = "x = torch.tensor([-1., 4.]); print(x[x != -1], x[torch.tensor([1, 1]) == 1])"


# %% masked_mean | wrong: sentinel-is-a-reading | minus one
# breaks: "with a 1 for each valid reading and a 0 for each invalid one"
def masked_mean(x, keep):
    y = x.clone() if x.is_floating_point() else x.float()
    y[keep == 0] = -1
    return y[y != -1].mean()


# %% masked_mean | wrong: sentinel-is-a-reading | nothing below zero
def masked_mean(x, keep):
    y = x if x.is_floating_point() else x.to(torch.float32)
    marked = y.masked_fill(keep != 1, -1)
    return marked[marked >= 0].mean()


# %% masked_mean | wrong: sentinel-is-a-reading | minus one, in lists
def masked_mean(x, keep):
    marked = [v if k else -1 for v, k in zip(x.flatten().tolist(), keep.flatten().tolist())]
    valid = [v for v in marked if v != -1]
    dtype = x.dtype if x.is_floating_point() else torch.float32
    return torch.tensor(sum(valid) / len(valid) if valid else float("nan"), dtype=dtype)


# %% masked_mean | wrong: sentinel-is-a-reading | -999
def masked_mean(x, keep):
    wide = torch.where(keep == 1, x.double(), -999)
    mean = wide[wide != -999].mean()
    return mean.to(x.dtype) if x.is_floating_point() else mean.float()


# %% masked_mean | wrong: sentinel-is-a-reading | -999, filled
def masked_mean(x, keep):
    y = x.clone() if x.is_floating_point() else x.float()
    y.masked_fill_(keep.logical_not(), -999.)
    return torch.mean(torch.masked_select(y, y != -999.))


# %% masked_mean | wrong: sentinel-is-a-reading | greater than minus one
def masked_mean(x, keep):
    y = x.double()
    y = torch.where(keep.bool(), y, -torch.ones_like(y))
    mean = y[y > -1].mean()
    return mean.to(x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | misconception | mask-inverted
why = "keep has a 1 where a reading is valid: select these, not the others."
next = "keep = torch.tensor([1, 0, 1]); print(keep == 1, ~keep.bool())"


# %% masked_mean | wrong: mask-inverted | inverted
def masked_mean(x, keep):
    valid = x[~keep.bool()]
    return valid.mean(dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: mask-inverted | where keep is 0
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x[keep == 0].mean()


# %% masked_mean | wrong: mask-inverted | masked_select
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return torch.masked_select(x, keep < 1).mean()


# %% masked_mean | wrong: mask-inverted | numpy masked array
def masked_mean(x, keep):
    m = np.ma.array(x.double().numpy(), mask=keep.numpy())
    mean = float(m.mean()) if m.count() else float("nan")
    return torch.tensor(mean, dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: mask-inverted | filled the wrong way round
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x.masked_fill(keep == 1, float("nan")).nanmean()


# %% masked_mean | misconception | vectors-only
why = "x has any shape: len(x), x[n] and a loop over x go along the first dimension only, and a tensor of rank 0 has none."
next = "x = torch.zeros(3, 4); print(len(x), x.numel(), x[0].shape)"


# %% masked_mean | wrong: vectors-only | a loop over len
# breaks: "in any shape"
def masked_mean(x, keep):
    values = []
    for n in range(len(x)):
        if keep[n] == 1:
            values.append(float(x[n]))
    mean = sum(values) / len(values) if values else float("nan")
    return torch.tensor(mean, dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: vectors-only | zip
def masked_mean(x, keep):
    values = [float(v) for v, k in zip(x, keep) if k]
    mean = sum(values) / len(values) if len(values) > 0 else float("nan")
    return torch.tensor(mean, dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: vectors-only | enumerate
def masked_mean(x, keep):
    total, count = 0.0, 0
    for n, k in enumerate(keep):
        if k == 1:
            total, count = total + x[n].item(), count + 1
    mean = total / count if count else float("nan")
    return torch.tensor(mean, dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: vectors-only | a loop over shape[0]
def masked_mean(x, keep):
    total, count = 0.0, 0
    for n in range(x.shape[0]):
        if keep[n]:
            total += x[n].item()
            count += 1
    mean = total / count if count else float("nan")
    return torch.tensor(mean, dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: vectors-only | lists of the rows
def masked_mean(x, keep):
    values = [v for v, k in zip(x.tolist(), keep.tolist()) if k]
    mean = sum(values) / len(values) if values else float("nan")
    return torch.tensor(mean, dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | misconception | view-of-a-part
why = "view refuses a tensor that is turned or a part of a bigger one, which x and keep may be: reshape and flatten copy where they must."
next = "x = torch.zeros(2, 3).t(); print(x.is_contiguous(), x.reshape(-1).shape)"


# %% masked_mean | wrong: view-of-a-part | both as one row
# breaks: "Inputs may be parts of bigger tensors, or turned"
def masked_mean(x, keep):
    valid = x.view(-1)[keep.view(-1) == 1]
    return valid.mean() if valid.is_floating_point() else valid.float().mean()


# %% masked_mean | wrong: view-of-a-part | view of the size
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x.view(x.numel())[keep.view(keep.numel()).bool()].mean()


# %% masked_mean | wrong: view-of-a-part | a loop over views
def masked_mean(x, keep):
    values = [v for v, k in zip(x.view(-1).tolist(), keep.view(-1).tolist()) if k == 1]
    mean = sum(values) / len(values) if values else float("nan")
    return torch.tensor(mean, dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: view-of-a-part | masked_select of views
def masked_mean(x, keep):
    valid = torch.masked_select(x.view(-1), keep.view(-1) > 0)
    return valid.mean(dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: view-of-a-part | keep as one row
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x.flatten()[keep.view(-1) == 1].mean()


# %% masked_mean | misconception | not-a-tensor
why = "item() and float() make a Python number: the result is to be a tensor of rank 0."
next = "mean = torch.tensor([1., 2.]).mean(); print(type(mean), type(mean.item()))"


# %% masked_mean | wrong: not-a-tensor | item
# breaks: "as a tensor of rank 0"
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x[keep == 1].mean().item()


# %% masked_mean | wrong: not-a-tensor | float
def masked_mean(x, keep):
    return float(x.double()[keep.bool()].mean())


# %% masked_mean | wrong: not-a-tensor | sum and len
def masked_mean(x, keep):
    values = x[keep == 1].tolist()
    return sum(values) / len(values) if values else float("nan")


# %% masked_mean | wrong: not-a-tensor | round trip by numpy
def masked_mean(x, keep):
    valid = x.numpy()[keep.numpy() == 1]
    return float(valid.mean()) if valid.size else float("nan")


# %% masked_mean | misconception | one-dimension-too-many
why = "A mean over everything has rank 0: keepdim and [ ] around the number add a dimension of size 1."
next = "x = torch.tensor([1., 2.]); print(x.mean().shape, x.mean(dim=0, keepdim=True).shape)"


# %% masked_mean | wrong: one-dimension-too-many | keepdim
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x[keep == 1].mean(dim=0, keepdim=True)


# %% masked_mean | wrong: one-dimension-too-many | reshape
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x[keep.bool()].mean().reshape(1)


# %% masked_mean | wrong: one-dimension-too-many | a list of one number
def masked_mean(x, keep):
    mean = x.double()[keep == 1].mean().item()
    return torch.tensor([mean], dtype=x.dtype if x.is_floating_point() else torch.float32)


# %% masked_mean | wrong: one-dimension-too-many | unsqueeze
def masked_mean(x, keep):
    dtype = x.dtype if x.is_floating_point() else torch.float32
    return torch.masked_select(x, keep == 1).mean(dtype=dtype).unsqueeze(0)


# %% masked_mean | misconception | writes-into-x
why = "x[mask] = … and functions with a _ at the end write into the tensor of the caller: select, or write into a clone."
next = "x = torch.tensor([1., 2.]); masked_mean(x, torch.tensor([1, 0])); print(x)"


# %% masked_mean | wrong: writes-into-x | assigned
# breaks: "A tensor or list that your function gets stays as it was"
def masked_mean(x, keep):
    x[keep == 0] = 0
    return x.sum() / keep.sum()


# %% masked_mean | wrong: writes-into-x | masked_fill_
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x.masked_fill_(keep == 0, 0).sum() / keep.sum()


# %% masked_mean | wrong: writes-into-x | assigned nan
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    x[~keep.bool()] = float("nan")
    return x.nanmean()


# %% masked_mean | wrong: writes-into-x | mul_ after nan_to_num_
def masked_mean(x, keep):
    x.nan_to_num_(0, 0, 0).mul_(keep)
    return x.sum() / keep.sum()


# %% masked_mean | wrong | a mean of each column
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return torch.where(keep == 1, x, 0).sum(0) / keep.sum(0)


# %% masked_mean | wrong | the last dimension only
def masked_mean(x, keep):
    x = x if x.is_floating_point() else x.float()
    return x.masked_fill(keep == 0, float("nan")).nanmean(-1)


# %% masked_mean | wrong | counted in float16
# breaks: "Return the mean of the valid readings as a tensor of rank 0."
def masked_mean(x, keep):
    dtype = x.dtype if x.is_floating_point() else torch.float32
    return x[keep == 1].to(dtype).sum() / keep.sum(dtype=torch.float16).to(dtype)


# %% masked_mean | wrong | counted in uint8
def masked_mean(x, keep):
    dtype = x.dtype if x.is_floating_point() else torch.float32
    return x[keep == 1].to(dtype).sum() / keep.sum(dtype=torch.uint8)


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


# %% one_hot | right | lists, with a shape at the end
def one_hot(i, C):
    rows = [[1.0 if column_number == number else 0.0 for column_number in range(C)] for number in i.tolist()]
    return torch.tensor(rows).reshape(len(i), C)


# %% one_hot | misconception | int64-one-hot
why = "F.one_hot and what is made of int64 give int64: the numbers are right, the dtype is not."
next = "print(one_hot(torch.tensor([2, 0]), 3).dtype)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.one_hot.html"


# %% one_hot | wrong: int64-one-hot | F.one_hot
# breaks: "Return a `float32` matrix"
def one_hot(i, C):
    return torch.nn.functional.one_hot(i, C)


# %% one_hot | wrong: int64-one-hot | eye of int64
def one_hot(i, C):
    return torch.eye(C, dtype=torch.int64)[i]


# %% one_hot | wrong: int64-one-hot | num_classes
def one_hot(i, C):
    from torch.nn import functional

    return functional.one_hot(i, num_classes=C).long()


# %% one_hot | wrong: int64-one-hot | zeros of int64
def one_hot(i, C):
    out = torch.zeros(len(i), C, dtype=torch.long)
    out[torch.arange(len(i)), i] = 1
    return out


# %% one_hot | wrong: int64-one-hot | scatter_ into int64
def one_hot(i, C):
    out = i.new_zeros(len(i), C)
    return out.scatter_(1, i[:, None], 1)


# %% one_hot | wrong: int64-one-hot | comparison as int
def one_hot(i, C):
    return (i.unsqueeze(1) == torch.arange(C)).long()


# %% one_hot | misconception | dtype-of-the-comparison
why = "A comparison gives bool: the rows are to be float32."
next = "print((torch.tensor([2, 0])[:, None] == torch.arange(3)).dtype, one_hot(torch.tensor([2, 0]), 3).dtype)"


# %% one_hot | wrong: dtype-of-the-comparison | bool
def one_hot(i, C):
    return i[:, None] == torch.arange(C)


# %% one_hot | wrong: dtype-of-the-comparison | eq
def one_hot(i, C):
    return torch.arange(C).eq(i.unsqueeze(-1))


# %% one_hot | wrong: dtype-of-the-comparison | logical
def one_hot(i, C):
    rows = torch.zeros(len(i), C, dtype=torch.bool)
    rows[range(len(i)), i] = True
    return rows


# %% one_hot | wrong: dtype-of-the-comparison | reshape
def one_hot(i, C):
    classes = torch.arange(C).reshape(1, C)
    return i.reshape(-1, 1) == classes


# %% one_hot | wrong: dtype-of-the-comparison | bool of F.one_hot
def one_hot(i, C):
    return torch.nn.functional.one_hot(i, C).bool()


# %% one_hot | misconception | float64-from-numpy
why = "NumPy and double() give float64: the rows are to be float32."
next = "print(torch.from_numpy(np.eye(3)).dtype, torch.eye(3).dtype)"


# %% one_hot | wrong: float64-from-numpy | numpy eye
def one_hot(i, C):
    return torch.from_numpy(np.eye(C)[i.numpy()])


# %% one_hot | wrong: float64-from-numpy | numpy zeros
def one_hot(i, C):
    out = np.zeros((len(i), C))
    out[np.arange(len(i)), i.numpy()] = 1
    return torch.from_numpy(out)


# %% one_hot | wrong: float64-from-numpy | double
def one_hot(i, C):
    return torch.nn.functional.one_hot(i, C).double()


# %% one_hot | wrong: float64-from-numpy | eye of float64
def one_hot(i, C):
    return torch.eye(C, dtype=torch.float64)[i]


# %% one_hot | wrong: float64-from-numpy | as_tensor
def one_hot(i, C):
    rows = np.eye(C)
    return torch.as_tensor(rows)[i]


# %% one_hot | misconception | width-from-the-data
why = "The number of classes is C, whether the last one occurs or not."
next = "print(one_hot(torch.tensor([0, 1]), 5).shape)"


# %% one_hot | wrong: width-from-the-data | F.one_hot(i)
def one_hot(i, C):
    return torch.nn.functional.one_hot(i)


# %% one_hot | wrong: width-from-the-data | F.one_hot(i) in two steps
def one_hot(i, C):
    from torch.nn.functional import one_hot as rows_of

    return rows_of(i, num_classes=-1)


# %% one_hot | wrong: width-from-the-data | F.one_hot(i) as floats
# breaks: "and `C` columns"
def one_hot(i, C):
    return torch.nn.functional.one_hot(i).float()


# %% one_hot | wrong: width-from-the-data | F.one_hot(i) to float32
def one_hot(i, C):
    import torch.nn.functional as F

    rows = F.one_hot(i)
    return rows.to(torch.float32)


# %% one_hot | wrong: width-from-the-data | F.one_hot(i, -1)
def one_hot(i, C):
    return torch.nn.functional.one_hot(i, -1).type(torch.float32)


# %% one_hot | wrong: width-from-the-data | the largest class
def one_hot(i, C):
    return torch.eye(int(i.max()) + 1)[i]


# %% one_hot | wrong: width-from-the-data | zeros and indexing
def one_hot(i, C):
    out = torch.zeros(len(i), i.max() + 1)
    out[torch.arange(len(i)), i] = 1.0
    return out


# %% one_hot | wrong: width-from-the-data | comparison up to the largest
def one_hot(i, C):
    classes = torch.arange(i.max().item() + 1)
    return (i[:, None] == classes).float()


# %% one_hot | wrong: width-from-the-data | max of a list
def one_hot(i, C):
    width = max(i.tolist()) + 1
    return torch.eye(width)[i]


# %% one_hot | wrong: width-from-the-data | unique
def one_hot(i, C):
    classes = i.unique()
    return (i[:, None] == classes).float()


# %% one_hot | wrong: width-from-the-data | inverse of unique
def one_hot(i, C):
    classes, positions = torch.unique(i, return_inverse=True)
    return torch.eye(len(classes))[positions]


# %% one_hot | wrong: width-from-the-data | sorted set
def one_hot(i, C):
    classes = torch.tensor(sorted(set(i.tolist())))
    return (i.unsqueeze(1) == classes).to(torch.float32)


# %% one_hot | misconception | whole-rows-or-columns
why = "To set one element per row, index rows and columns together: out[rows, i]."
next = "out = torch.zeros(2, 3); out[:, torch.tensor([2, 0])] = 1; print(out)"


# %% one_hot | wrong: whole-rows-or-columns | columns
# breaks: "1 in the column of the class, 0 elsewhere"
def one_hot(i, C):
    out = torch.zeros(len(i), C)
    out[:, i] = 1
    return out


# %% one_hot | wrong: whole-rows-or-columns | all rows with a slice
def one_hot(i, C):
    out = torch.zeros((i.numel(), C), dtype=torch.float32)
    out[0:len(i), i] = 1.0
    return out


# %% one_hot | wrong: whole-rows-or-columns | index_fill_
def one_hot(i, C):
    return torch.zeros(len(i), C).index_fill_(1, i, 1)


# %% one_hot | wrong: whole-rows-or-columns | rows and columns as a grid
def one_hot(i, C):
    out = torch.zeros(len(i), C)
    out[torch.arange(len(i))[:, None], i] = 1
    return out


# %% one_hot | wrong: whole-rows-or-columns | the same sum for all
def one_hot(i, C):
    out = torch.zeros(len(i), C)
    for number in i.tolist():
        out[:, number] = 1
    return out


# %% one_hot | wrong: whole-rows-or-columns | rows
def one_hot(i, C):
    out = torch.zeros(len(i), C)
    out[i] = 1
    return out


# %% one_hot | wrong: whole-rows-or-columns | rows by index_fill_
def one_hot(i, C):
    return torch.zeros(len(i), C).index_fill(0, i, 1.0)


# %% one_hot | wrong: whole-rows-or-columns | rows in a loop
def one_hot(i, C):
    out = torch.zeros(i.shape[0], C)
    for number in i:
        out[number] = 1.
    return out


# %% one_hot | misconception | one-row-per-number-to-choose-from
why = "torch.eye(n, C) has n rows: to choose from it by class it needs one row per class, torch.eye(C), however long i is."
next = "print(torch.eye(1, 4).shape, torch.eye(4)[torch.tensor([2])])"


# %% one_hot | wrong: one-row-per-number-to-choose-from | eye of both sizes
def one_hot(i, C):
    rows = torch.eye(len(i), C)
    return rows[i]


# %% one_hot | wrong: one-row-per-number-to-choose-from | NumPy's eye
def one_hot(i, C):
    rows = np.eye(len(i), C, dtype=np.float32)
    return torch.from_numpy(rows[i.numpy()])


# %% one_hot | wrong: one-row-per-number-to-choose-from | index_select
def one_hot(i, C):
    return torch.eye(i.numel(), C).index_select(0, i)


# %% one_hot | wrong: one-row-per-number-to-choose-from | by name
def one_hot(i, C):
    unit = torch.eye(n=i.size(0), m=C)
    return unit[i, :]


# %% one_hot | wrong: one-row-per-number-to-choose-from | a diagonal of ones
def one_hot(i, C):
    unit = torch.zeros(i.shape[0], C)
    unit.fill_diagonal_(1)
    return unit[i]


# %% one_hot | misconception | squeeze-drops-too-much
why = "squeeze() drops every dimension of size 1, squeeze(0) the only row."
next = "print(one_hot(torch.tensor([2]), 3).shape, one_hot(torch.tensor([0, 0]), 1).shape)"


# %% one_hot | wrong: squeeze-drops-too-much | eye and squeeze
def one_hot(i, C):
    return torch.eye(C)[i].squeeze()


# %% one_hot | wrong: squeeze-drops-too-much | F.one_hot and squeeze
def one_hot(i, C):
    return torch.squeeze(torch.nn.functional.one_hot(i, C).float())


# %% one_hot | wrong: squeeze-drops-too-much | comparison and squeeze
def one_hot(i, C):
    return (i.reshape(-1, 1) == torch.arange(C)).float().squeeze()


# %% one_hot | wrong: squeeze-drops-too-much | the first dimension
# breaks: "one row per class number"
def one_hot(i, C):
    return torch.eye(C)[i].squeeze(0)


# %% one_hot | wrong: squeeze-drops-too-much | the first dimension of F.one_hot
def one_hot(i, C):
    rows = torch.nn.functional.one_hot(i[None], C)
    return rows.float().squeeze(0).squeeze(0)


# %% one_hot | wrong: squeeze-drops-too-much | a single class number
def one_hot(i, C):
    if len(i) == 1:
        return torch.eye(C)[i[0]]
    return torch.eye(C)[i]


# %% one_hot | wrong: squeeze-drops-too-much | the last dimension
def one_hot(i, C):
    return torch.eye(C)[i].squeeze(-1)


# %% one_hot | wrong: squeeze-drops-too-much | the last dimension of zeros
def one_hot(i, C):
    rows = torch.zeros(len(i), C)
    rows[torch.arange(len(i)), i] = 1
    return rows.squeeze(1)


# %% one_hot | wrong: squeeze-drops-too-much | one column
def one_hot(i, C):
    rows = torch.nn.functional.one_hot(i, C).float()
    return rows[:, 0] if C == 1 else rows


# %% one_hot | misconception | rows-and-columns-swapped
why = "Row r belongs to class number i[r]: the classes are the columns."
next = "print(one_hot(torch.tensor([2, 0, 1, 1]), 3).shape)"


# %% one_hot | wrong: rows-and-columns-swapped | t
def one_hot(i, C):
    return torch.eye(C)[i].t()


# %% one_hot | wrong: rows-and-columns-swapped | columns of eye
def one_hot(i, C):
    return torch.eye(C)[:, i]


# %% one_hot | wrong: rows-and-columns-swapped | zeros
def one_hot(i, C):
    out = torch.zeros(C, len(i))
    for row in range(len(i)):
        out[i[row], row] = 1.0
    return out


# %% one_hot | wrong: rows-and-columns-swapped | comparison
def one_hot(i, C):
    return (torch.arange(C)[:, None] == i).float()


# %% one_hot | wrong: rows-and-columns-swapped | scatter_
def one_hot(i, C):
    return torch.zeros(C, len(i)).scatter_(0, i[None], 1.0)


# %% one_hot | misconception | counts-from-one
why = "The classes are numbered from 0 to C - 1: class 0 has the first column."
next = "print(one_hot(torch.tensor([0, 1, 2]), 3))"


# %% one_hot | wrong: counts-from-one | loop
# breaks: "each between 0 and `C - 1`"
def one_hot(i, C):
    out = torch.zeros(len(i), C)
    for row in range(len(i)):
        out[row, int(i[row]) - 1] = 1.
    return out


# %% one_hot | wrong: counts-from-one | eye
def one_hot(i, C):
    return torch.eye(C)[i - 1]


# %% one_hot | wrong: counts-from-one | indexing
def one_hot(i, C):
    rows = torch.zeros(len(i), C)
    rows[torch.arange(len(i)), i - 1] = 1
    return rows


# %% one_hot | wrong: counts-from-one | roll
def one_hot(i, C):
    return torch.nn.functional.one_hot(i, C).float().roll(-1, dims=1)


# %% one_hot | wrong: counts-from-one | arange from 1
def one_hot(i, C):
    return (i[:, None] == torch.arange(1, C + 1)).float()


# %% one_hot | wrong: counts-from-one | range from 1
def one_hot(i, C):
    classes = torch.tensor(list(range(1, C + 1)))
    return (i.unsqueeze(1) == classes).to(torch.float32)


# %% one_hot | wrong: counts-from-one | linspace from 1
def one_hot(i, C):
    return (torch.linspace(1, C, C) == i.reshape(-1, 1)).float()


# %% one_hot | misconception | one-row-for-all
why = "Each class number has a row of its own: one row that marks all of them is not enough."
next = "print(one_hot(torch.tensor([2, 0]), 3).shape)"


# %% one_hot | wrong: one-row-for-all | zeros of C
def one_hot(i, C):
    out = torch.zeros(C)
    out[i] = 1
    return out


# %% one_hot | wrong: one-row-for-all | scatter_
def one_hot(i, C):
    return torch.zeros(C).scatter_(0, i, 1.0)


# %% one_hot | wrong: one-row-for-all | index_fill_
def one_hot(i, C):
    hot = torch.zeros(C)
    return hot.index_fill_(0, i, 1)


# %% one_hot | wrong: one-row-for-all | loop
def one_hot(i, C):
    hot = torch.zeros(C)
    for number in i:
        hot[number] = 1.0
    return hot


# %% one_hot | wrong: one-row-for-all | bincount
def one_hot(i, C):
    return torch.bincount(i, minlength=C).float()


# %% one_hot | wrong: one-row-for-all | sum of the rows
def one_hot(i, C):
    return torch.eye(C)[i].sum(0)


# %% one_hot | wrong: one-row-for-all | index_add_
def one_hot(i, C):
    return torch.zeros(C).index_add_(0, i, torch.ones(len(i)))


# %% one_hot | wrong: one-row-for-all | counted, one row
def one_hot(i, C):
    return torch.bincount(i, minlength=C).float().reshape(1, C)


# %% one_hot | wrong: one-row-for-all | marked, one row
def one_hot(i, C):
    out = torch.zeros(1, C)
    out[0, i] = 1
    return out


# %% one_hot | misconception | narrow-class-numbers
why = "A narrow dtype cannot hold every class number: in uint8 256 is 0 again, and float16 and bfloat16 round."
next = "print(torch.tensor([255, 256, 257]).to(torch.uint8), torch.tensor([2049]).half())"


# %% one_hot | wrong: narrow-class-numbers | uint8
def one_hot(i, C):
    classes = torch.arange(C).to(torch.uint8)
    return (i.to(torch.uint8)[:, None] == classes).float()


# %% one_hot | wrong: narrow-class-numbers | byte
def one_hot(i, C):
    return i.byte().unsqueeze(1).eq(torch.arange(C).byte()).to(torch.float32)


# %% one_hot | wrong: narrow-class-numbers | numpy uint8
def one_hot(i, C):
    small = i.numpy().astype(np.uint8)
    return torch.from_numpy((small[:, None] == np.arange(C).astype(np.uint8)).astype(np.float32))


# %% one_hot | wrong: narrow-class-numbers | int8
def one_hot(i, C):
    classes = torch.arange(C).to(torch.int8)
    return (i.to(torch.int8).unsqueeze(1) == classes).float()


# %% one_hot | wrong: narrow-class-numbers | char
def one_hot(i, C):
    return (i.char().reshape(-1, 1) == torch.arange(C).char()).float()


# %% one_hot | wrong: narrow-class-numbers | numpy int8
def one_hot(i, C):
    small = i.numpy().astype(np.int8)
    return torch.tensor(small[:, None] == np.arange(C).astype(np.int8), dtype=torch.float32).reshape(len(i), C)


# %% one_hot | wrong: narrow-class-numbers | half
def one_hot(i, C):
    classes = torch.arange(C).half()
    return (i.half()[:, None] == classes).float()


# %% one_hot | wrong: narrow-class-numbers | float16
def one_hot(i, C):
    return (i.to(torch.float16).unsqueeze(1) == torch.arange(C).to(torch.float16)).to(torch.float32)


# %% one_hot | wrong: narrow-class-numbers | only the given ones, byte
def one_hot(i, C):
    given = i.byte()
    return torch.eq(given[:, None], torch.arange(C)).float()


# %% one_hot | wrong: narrow-class-numbers | rows of eye, uint8 in between
def one_hot(i, C):
    return torch.eye(C)[i.to(torch.uint8).long()]


# %% one_hot | wrong: narrow-class-numbers | scatter, uint8 in between
def one_hot(i, C):
    out, where = torch.zeros(len(i), C), i.to(torch.uint8).to(torch.int64)
    return out.scatter_(1, where.unsqueeze(1), 1)


# %% one_hot | wrong: narrow-class-numbers | eye of NumPy, uint8 positions
def one_hot(i, C):
    return torch.from_numpy(np.eye(C, dtype=np.float32)[i.numpy().astype(np.uint8)])


# %% one_hot | wrong: narrow-class-numbers | only the given ones, uint8 in NumPy
def one_hot(i, C):
    given = i.numpy().astype("uint8").reshape(-1, 1)
    return torch.from_numpy((given == np.arange(C)).astype(np.float32))


# %% one_hot | wrong: narrow-class-numbers | rows and columns, byte
def one_hot(i, C):
    out = torch.zeros(i.shape[0], C)
    out[torch.arange(i.shape[0]), i.byte().int()] = 1.0
    return out


# %% one_hot | wrong: narrow-class-numbers | only the given ones, int8
def one_hot(i, C):
    return (torch.arange(C).unsqueeze(0) == i.to(torch.int8).unsqueeze(1)).to(torch.float32)


# %% one_hot | wrong: narrow-class-numbers | rows of eye, half in between
def one_hot(i, C):
    return torch.eye(C).index_select(0, i.half().long())


# %% one_hot | misconception | another-dimension-for-i
why = "unsqueeze_ makes a matrix of i itself, which is the caller's: without the _ at the end i stays as it was."
next = "i = torch.tensor([2, 0]); i.unsqueeze(1); print(i.shape); i.unsqueeze_(1); print(i.shape)"


# %% one_hot | wrong: another-dimension-for-i | compared
# breaks: "A tensor or list that your function gets stays as it was"
def one_hot(i, C):
    return (i.unsqueeze_(1) == torch.arange(C)).float()


# %% one_hot | wrong: another-dimension-for-i | scatter_
def one_hot(i, C):
    matrix = torch.zeros(len(i), C)
    return matrix.scatter_(1, i.unsqueeze_(-1), 1)


# %% one_hot | wrong: another-dimension-for-i | in a line of its own
def one_hot(i, C):
    i.unsqueeze_(1)
    return torch.eq(i, torch.arange(C)).to(torch.float32)


# %% one_hot | wrong: another-dimension-for-i | rows of eye
def one_hot(i, C):
    rows = torch.eye(C)[i.unsqueeze_(1)]
    return rows[:, 0]


# %% one_hot | wrong: another-dimension-for-i | F.one_hot
def one_hot(i, C):
    i = i.unsqueeze_(1)
    return torch.nn.functional.one_hot(i, C).float().squeeze(1)


# %% one_hot | wrong: another-dimension-for-i | scatter of a value, sizes first
def one_hot(i, C):
    R = i.shape[0]
    where = i.unsqueeze_(1)
    return torch.zeros((R, C)).scatter(dim=1, index=where, value=1.0)


# %% one_hot | wrong: another-dimension-for-i | one row
def one_hot(i, C):
    i.unsqueeze_(0)
    return (torch.arange(C)[:, None] == i).t().float().clone()


# %% one_hot | wrong: another-dimension-for-i | unsqueeze_ for index_put
def one_hot(i, C):
    out = torch.zeros(len(i), C)
    rows = torch.arange(len(i))[:, None]
    out[rows, i.unsqueeze_(1)] = 1.0
    return out


# %% one_hot | misconception | no-class-numbers
why = "Of no rows at all stack and torch.tensor([]) cannot know the C columns: give the shape yourself."
next = "print(torch.tensor([]).shape, torch.zeros(0, 4).shape)"


# %% one_hot | wrong: no-class-numbers | stack
def one_hot(i, C):
    return torch.stack([torch.eye(C)[k] for k in i])


# %% one_hot | wrong: no-class-numbers | stack of rows that are filled
def one_hot(i, C):
    rows = []
    for number in i.tolist():
        row = torch.zeros(C)
        row[number] = 1
        rows.append(row)
    return torch.stack(rows)


# %% one_hot | wrong: no-class-numbers | stack of comparisons
def one_hot(i, C):
    return torch.stack([(torch.arange(C) == number).float() for number in i])


# %% one_hot | wrong: no-class-numbers | list of lists
# breaks: "`i` may be empty; then the shape is `(0, C)`."
def one_hot(i, C):
    return torch.tensor([[1.0 if k == number else 0.0 for k in range(C)] for number in i.tolist()])


# %% one_hot | wrong: no-class-numbers | list of floats
def one_hot(i, C):
    return torch.tensor([[float(k == number) for k in range(C)] for number in i.tolist()])


# %% one_hot | wrong: no-class-numbers | list of numbers with a dtype
def one_hot(i, C):
    rows = [[int(number == k) for k in range(C)] for number in i.tolist()]
    return torch.tensor(rows, dtype=torch.float32)


# %% one_hot | wrong: no-class-numbers | rows of eye as lists
def one_hot(i, C):
    eye = torch.eye(C).tolist()
    return torch.tensor([eye[number] for number in i.tolist()])


# %% one_hot | wrong: no-class-numbers | early return of nothing
def one_hot(i, C):
    if len(i) == 0:
        return torch.tensor([])
    return torch.eye(C)[i]


# %% one_hot | wrong: another-dimension-for-i | changes the shape of i
# breaks: "A tensor or list that your function gets stays as it was"
def one_hot(i, C):
    i.unsqueeze_(1)
    return torch.zeros(i.shape[0], C).scatter_(1, i, 1.0)


# %% one_hot | wrong | the class in every column
def one_hot(i, C):
    return i[:, None].expand(len(i), C).float()


# %% one_hot | wrong | probabilities
def one_hot(i, C):
    return torch.softmax(torch.eye(C)[i], dim=1)


# %% one_hot | wrong | rows in int8
# breaks: "with one row per class number and `C` columns"
def one_hot(i, C):
    out = torch.zeros(len(i), C)
    out[torch.arange(len(i)).to(torch.int8).long(), i] = 1
    return out


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


# %% column | right | as_strided from the place of the column
def column(x, j):
    start = x.storage_offset() + (j % x.shape[1]) * x.stride(1)
    return torch.as_strided(x, (x.shape[0], 1), x.stride(), start)


# %% column | misconception | slice-of-minus-one
why = "-1:0 is an empty slice: the last column needs another way."
next = "x = torch.tensor([[0, 1, 2], [3, 4, 5]]); print(x[:, -1:0].shape, x[:, -1:].shape)"


# %% column | wrong: slice-of-minus-one | slice
# breaks: "A negative `j` counts from the end, as in a list"
def column(x, j):
    return x[:, j:j + 1]


# %% column | wrong: slice-of-minus-one | slice object
def column(x, j):
    return x[:, slice(j, j + 1)]


# %% column | wrong: slice-of-minus-one | rows of the transpose
def column(x, j):
    return x.t()[j:j + 1].t()


# %% column | wrong: slice-of-minus-one | with an ellipsis
def column(x, j):
    stop = j + 1
    return x[..., j:stop]


# %% column | wrong: slice-of-minus-one | numpy slice
def column(x, j):
    return torch.from_numpy(x.numpy()[:, j:j + 1])


# %% column | wrong: slice-of-minus-one | slice, then a view of it
def column(x, j):
    return x[:, j:j + 1].view_as(x[:, j:j + 1])


# %% column | wrong: slice-of-minus-one | reshaped to one column
def column(x, j):
    return x[:, j:j + 1].reshape(-1, 1)


# %% column | wrong: slice-of-minus-one | reshaped
def column(x, j):
    return x[:, j:j + 1].reshape(x.shape[0], 1)


# %% column | wrong: slice-of-minus-one | reshaped by len
def column(x, j):
    part = x[:, slice(j, j + 1)]
    return part.reshape(len(x), 1)


# %% column | wrong: slice-of-minus-one | viewed as one column
def column(x, j):
    return x[:, j:j + 1].view(x.size(0), 1)


# %% column | misconception | contiguous-copies
why = "contiguous() and reshape copy a matrix that is not contiguous yet, and a copy does not reach x."
next = "x = torch.zeros(3, 2).t(); x.contiguous()[:, 0] = 7; print(x, x.is_contiguous())"


# %% column | wrong: contiguous-copies | contiguous
def column(x, j):
    return x.contiguous()[:, j].unsqueeze(1)


# %% column | wrong: contiguous-copies | contiguous first
def column(x, j):
    j = j % x.shape[1]
    return x.contiguous()[:, j:j + 1]


# %% column | wrong: contiguous-copies | contiguous, then narrow
def column(x, j):
    x = x.contiguous()
    return x.narrow(1, j, 1)


# %% column | wrong: contiguous-copies | flat, every N-th
def column(x, j):
    N = x.shape[1]
    return x.reshape(-1)[j % N::N].unsqueeze(1)


# %% column | wrong: contiguous-copies | numpy, contiguous
def column(x, j):
    return torch.from_numpy(np.ascontiguousarray(x.numpy())[:, j, None])


# %% column | misconception | always-a-copy
why = "Indexing with a list or tensor copies, and so do clone, new tensors and contiguous() of a column: an integer or a slice looks into x."
next = "x = torch.zeros(2, 3); x[:, [0]][0] = 7; print(x); x[:, 0:1][0] = 7; print(x)"


# %% column | wrong: always-a-copy | list
# breaks: "that shares memory with `x`"
def column(x, j):
    return x[:, [j]]


# %% column | wrong: always-a-copy | tensor
# breaks: "A result **shares memory** with `x` if writing into one is seen in the other"
def column(x, j):
    return x[:, torch.tensor([j])]


# %% column | wrong: always-a-copy | index_select
def column(x, j):
    return torch.index_select(x, 1, torch.tensor([j % x.shape[1]]))


# %% column | wrong: always-a-copy | numpy
def column(x, j):
    return torch.from_numpy(x.numpy()[:, [j]])


# %% column | wrong: always-a-copy | gather
def column(x, j):
    where = torch.full((x.shape[0], 1), j % x.shape[1])
    return x.gather(1, where)


# %% column | wrong: always-a-copy | clone first
def column(x, j):
    return x.clone()[:, j, None]


# %% column | wrong: always-a-copy | clone last
def column(x, j):
    return x[:, j, None].clone()


# %% column | wrong: always-a-copy | clone of the vector
def column(x, j):
    return torch.clone(x[:, j]).reshape(len(x), 1)


# %% column | wrong: always-a-copy | detach clone
def column(x, j):
    return x.detach().clone()[:, j, None]


# %% column | wrong: always-a-copy | empty and copy
def column(x, j):
    out = torch.empty(x.shape[0], 1, dtype=x.dtype)
    out[:, 0] = x[:, j]
    return out


# %% column | wrong: always-a-copy | contiguous at the end
def column(x, j):
    return x[:, j].unsqueeze(-1).contiguous()


# %% column | wrong: always-a-copy | a contiguous vector
def column(x, j):
    return x[:, j].contiguous().view(-1, 1)


# %% column | wrong: always-a-copy | contiguous and None
def column(x, j):
    return x[:, j, None].contiguous()


# %% column | wrong: always-a-copy | view of a contiguous column
def column(x, j):
    vector = x.select(1, j).contiguous()
    return vector[:, None]


# %% column | wrong: always-a-copy | list of the numbers
def column(x, j):
    return torch.tensor([[row[j]] for row in x.tolist()], dtype=x.dtype).reshape(-1, 1)


# %% column | wrong: always-a-copy | mask
def column(x, j):
    mask = torch.arange(x.shape[1]) == j % x.shape[1]
    return x[:, mask]


# %% column | wrong: always-a-copy | stack
def column(x, j):
    if len(x) == 0:
        return torch.empty(0, 1, dtype=x.dtype)
    return torch.stack([row[j] for row in x])[:, None]


# %% column | misconception | dimension-lost
why = "An integer index removes its dimension; a slice or None keeps or restores it."
next = "x = torch.zeros(2, 3); print(x[:, 1].shape, x[:, 1:2].shape, x[:, 1, None].shape)"


# %% column | wrong: dimension-lost | integer
# breaks: "as a matrix of shape `(M, 1)`"
def column(x, j):
    return x[:, j]


# %% column | wrong: dimension-lost | select
def column(x, j):
    return x.select(1, j)


# %% column | wrong: dimension-lost | a row of the transpose
def column(x, j):
    return x.t()[j]


# %% column | wrong: dimension-lost | unbind
def column(x, j):
    return x.unbind(1)[j]


# %% column | wrong: dimension-lost | ellipsis
def column(x, j):
    return x[..., j]


# %% column | wrong: dimension-lost | squeezed
def column(x, j):
    return x.narrow(1, j, 1).squeeze(1)


# %% column | wrong: dimension-lost | a copy too
def column(x, j):
    return x.contiguous()[:, j]


# %% column | wrong: dimension-lost | a copy by a list
def column(x, j):
    return x[:, [j]].squeeze(1)


# %% column | wrong: dimension-lost | a clone
def column(x, j):
    return x[:, j].clone()


# %% column | misconception | squeeze-drops-too-much
why = "squeeze() drops every dimension of size 1, the only row and the column as well: name the dimension, or do without."
next = "x = torch.zeros(1, 3); print(x[:, 1].squeeze().shape, x[:, 1].shape, x[:, 1, None].shape)"


# %% column | wrong: squeeze-drops-too-much | squeezed without a dimension
def column(x, j):
    return x[:, j, None].squeeze()


# %% column | wrong: squeeze-drops-too-much | squeeze of narrow
def column(x, j):
    return x.narrow(1, j, 1).squeeze()


# %% column | wrong: squeeze-drops-too-much | squeeze, then unsqueeze
def column(x, j):
    return x[:, j].squeeze().unsqueeze(-1)


# %% column | wrong: squeeze-drops-too-much | squeeze of a list's column
def column(x, j):
    return torch.squeeze(x[:, j % x.shape[1], None])[..., None]


# %% column | wrong: squeeze-drops-too-much | narrow, squeeze and unsqueeze
def column(x, j):
    flat = x.narrow(1, j % x.size(1), 1).squeeze()
    return flat.unsqueeze(-1)


# %% column | wrong: squeeze-drops-too-much | a squeezed row of the transpose
def column(x, j):
    row = x.t()[j].squeeze()
    return row[..., None]


# %% column | misconception | lies-on-its-side
why = "The new dimension stands behind the rows, not before them: the shape is (M, 1)."
next = "v = torch.zeros(3); print(v[None].shape, v[:, None].shape)"


# %% column | wrong: lies-on-its-side | None in front
def column(x, j):
    return x[:, j][None]


# %% column | wrong: lies-on-its-side | unsqueeze(0)
def column(x, j):
    return x[:, j].unsqueeze(0)


# %% column | wrong: lies-on-its-side | a slice of the transpose
def column(x, j):
    return x.t()[j % x.shape[1]].view_as(x[:, j])[None, :]


# %% column | wrong: lies-on-its-side | narrow and t
def column(x, j):
    return x.narrow(1, j, 1).t()


# %% column | wrong: lies-on-its-side | view of the vector
def column(x, j):
    return x[None, :, j]


# %% column | misconception | row-instead-of-column
why = "The first index chooses a row: a column is x[:, j]."
next = "x = torch.tensor([[0, 1, 2], [3, 4, 5]]); print(x[1], x[:, 1])"


# %% column | wrong: row-instead-of-column | x[j]
# breaks: "Return column `j` of the matrix `x`"
def column(x, j):
    return x[j].unsqueeze(1)


# %% column | wrong: row-instead-of-column | x[j] and None
def column(x, j):
    return x[j][:, None]


# %% column | wrong: row-instead-of-column | x[j, :, None]
def column(x, j):
    return x[j, :, None]


# %% column | wrong: row-instead-of-column | select(0)
def column(x, j):
    return x.select(0, j).unsqueeze(-1)


# %% column | wrong: row-instead-of-column | reshape of a row
def column(x, j):
    return x[j, :].view(-1, 1)


# %% column | wrong: row-instead-of-column | row as a matrix
def column(x, j):
    return x[j][None]


# %% column | wrong: row-instead-of-column | row alone
def column(x, j):
    return x[j]


# %% column | wrong: row-instead-of-column | narrow(0)
def column(x, j):
    return x.narrow(0, j, 1)


# %% column | wrong: row-instead-of-column | row by None
def column(x, j):
    return x[None, j]


# %% column | misconception | counts-from-one
why = "The first column is 0."
next = "x = torch.tensor([[0, 1, 2], [3, 4, 5]]); print(x[:, 0], x[:, 1])"


# %% column | wrong: counts-from-one | j - 1
def column(x, j):
    return x[:, j - 1, None]


# %% column | wrong: counts-from-one | unsqueeze
def column(x, j):
    return x[:, j - 1].unsqueeze(1)


# %% column | wrong: counts-from-one | select
def column(x, j):
    number = j - 1
    return x.select(1, number)[:, None]


# %% column | wrong: counts-from-one | narrow
def column(x, j):
    return x.narrow(1, j - 1, 1)


# %% column | misconception | counts-back-by-the-rows
why = "-1 is column N - 1, so a negative j becomes N + j with N = x.shape[1]: len(x) and x.shape[0] count the rows, and N - 1 + j is one too far."
next = "x = torch.zeros(2, 5); print(len(x), x.shape[1], x[:, -1].shape)"


# %% column | wrong: counts-back-by-the-rows | len
# breaks: "`j` lies between `-N` and `N - 1`"
def column(x, j):
    if j < 0:
        j = j + len(x)
    return x[:, j, None]


# %% column | wrong: counts-back-by-the-rows | shape[0]
def column(x, j):
    j = j if j >= 0 else x.shape[0] + j
    return x[:, j].unsqueeze(1)


# %% column | wrong: counts-back-by-the-rows | size(0)
def column(x, j):
    if j < 0:
        j += x.size(0)
    return x.select(1, j)[:, None]


# %% column | wrong: counts-back-by-the-rows | slice
def column(x, j):
    if j < 0:
        j += len(x)
    return x[:, j:j + 1]


# %% column | wrong: counts-back-by-the-rows | modulo
def column(x, j):
    j = j % max(len(x), 1)
    return x[:, j:j + 1]


# %% column | wrong: counts-back-by-the-rows | narrow
def column(x, j):
    start = j if j >= 0 else len(x) + j
    return x.narrow(1, start, 1)


# %% column | wrong: counts-back-by-the-rows | clamped
def column(x, j):
    if j < 0:
        j = j + len(x)
    return x[:, min(max(j, 0), x.shape[1] - 1), None]


# %% column | misconception | minus-signs-ignored
why = "-1 is the last of x.shape[1] columns, -2 the one before it: abs and max turn them into others, and x[0] is not there in a matrix without rows."
next = "x = torch.tensor([[0, 1, 2], [3, 4, 5]]); print(x[:, -1], x[:, abs(-1)], x[:, max(-1, 0)])"


# %% column | wrong: minus-signs-ignored | abs
def column(x, j):
    return x[:, abs(j), None]


# %% column | wrong: minus-signs-ignored | minus j
def column(x, j):
    if j < 0:
        j = -j
    return x[:, j].unsqueeze(1)


# %% column | wrong: minus-signs-ignored | abs and narrow
def column(x, j):
    return x.narrow(1, abs(j), 1)


# %% column | wrong: minus-signs-ignored | abs, then a slice
def column(x, j):
    j = abs(j)
    return x[:, j:j + 1]


# %% column | wrong: minus-signs-ignored | max with 0
def column(x, j):
    return x[:, max(j, 0), None]


# %% column | wrong: minus-signs-ignored | 0 for all below
def column(x, j):
    j = 0 if j < 0 else j
    return x[:, j:j + 1]


# %% column | wrong: minus-signs-ignored | clamp
def column(x, j):
    start = min(max(j, 0), x.shape[1] - 1)
    return x.narrow(1, start, 1)


# %% column | misconception | minus-one-alone
why = "-1 is not the only negative number: -2 is the last column but one."
next = "x = torch.tensor([[0, 1, 2], [3, 4, 5]]); print(x[:, -1:], x[:, -2:], x[:, -2:-1])"


# %% column | wrong: minus-one-alone | the rest of the row
def column(x, j):
    return x[:, j:] if j < 0 else x[:, j:j + 1]


# %% column | wrong: minus-one-alone | open end
def column(x, j):
    if j < 0:
        return x[:, j:]
    return x[:, j, None]


# %% column | wrong: minus-one-alone | open end, unsqueeze
def column(x, j):
    if j < 0:
        return x[:, j:]
    return x[:, j].unsqueeze(1)


# %% column | wrong: minus-one-alone | None as the stop
def column(x, j):
    stop = None if j < 0 else j + 1
    return x[:, j:stop]


# %% column | wrong: minus-one-alone | always the last
def column(x, j):
    if j < 0:
        return x[:, -1:]
    return x[:, j:j + 1]


# %% column | wrong: minus-one-alone | last by None
def column(x, j):
    if j < 0:
        j = x.shape[1] - 1
    return x[:, j, None]


# %% column | wrong: minus-one-alone | last by narrow
def column(x, j):
    start = x.size(1) - 1 if j < 0 else j
    return x.narrow(1, start, 1)


# %% column | misconception | assumed-strides
why = "as_strided counts from the start of the storage and takes any strides: both have to be those of x."
next = "x = torch.arange(12).reshape(3, 4)[1:]; print(x.as_strided((2, 1), (4, 1), 0), x.storage_offset())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.as_strided.html"


# %% column | wrong: assumed-strides | offset of 0
# breaks: "Inputs may be parts of bigger tensors, or turned"
def column(x, j):
    return x.as_strided((x.size(0), 1), x.stride(), (j % x.size(1)) * x.stride(1))


# %% column | wrong: assumed-strides | offset of 0, in steps
def column(x, j):
    j = j % x.shape[1]
    down, right = x.stride()
    return torch.as_strided(x, (len(x), 1), (down, 1), j * right)


# %% column | wrong: assumed-strides | offset of 0 by names
def column(x, j):
    M, N = x.shape
    return x.as_strided(size=(M, 1), stride=(x.stride(0), 1), storage_offset=(j + N) % N * x.stride(1))


# %% column | wrong: assumed-strides | N, 1
def column(x, j):
    M, N = x.shape
    return x.as_strided((M, 1), (N, 1), x.storage_offset() + j % N)


# %% column | wrong: assumed-strides | N and 1 by torch
def column(x, j):
    start = x.storage_offset() + j % x.shape[1]
    return torch.as_strided(x, (x.shape[0], 1), (x.shape[1], 1), start)


# %% column | wrong: assumed-strides | N, 1 and offset 0
def column(x, j):
    M, N = x.shape
    return x.as_strided((M, 1), (N, 1), j % N)


# %% column | wrong: assumed-strides | N, 1, in steps
def column(x, j):
    N = x.shape[1]
    return torch.as_strided(x, (len(x), 1), (N, 1), j % N)


# %% column | misconception | turns-the-input
why = "t_ and transpose_ turn x itself: without the _ at the end x stays as it was, and the result is a view of it all the same."
next = "x = torch.zeros(2, 3); x.t(); print(x.shape); x.t_(); print(x.shape)"


# %% column | wrong: turns-the-input | t_
# breaks: "A tensor or list that your function gets stays as it was"
def column(x, j):
    return x.t_()[j, :, None]


# %% column | wrong: turns-the-input | transpose_
def column(x, j):
    x.transpose_(0, 1)
    return x[j].unsqueeze(-1)


# %% column | wrong: turns-the-input | swapaxes_
def column(x, j):
    return x.swapaxes_(0, 1).select(0, j)[:, None]


# %% column | wrong: turns-the-input | t_ in a line of its own
def column(x, j):
    x.t_()
    row = x[j]
    return row.view(-1, 1)


# %% column | wrong: turns-the-input | a row, turned again
def column(x, j):
    turned = x.t_()
    return turned[j][None].t()


# %% column | wrong: turns-the-input | swapdims_ and unbind
def column(x, j):
    rows = x.swapdims_(1, 0).unbind()
    return rows[j].unsqueeze(1)


# %% column | wrong: turns-the-input | a positive number of the row
def column(x, j):
    number = j % x.shape[1]
    x = x.transpose_(1, 0)
    return x[number : number + 1].mT


# %% column | misconception | minus-one-of-nothing
why = "reshape and view cannot work out a -1 beside a 0, into which any number would fit: the size is known, write the 1."
next = "print(torch.zeros(0).reshape(0, 1).shape, torch.zeros(0).reshape(-1, 1).shape); torch.zeros(0).reshape(0, -1)"


# %% column | wrong: minus-one-of-nothing | reshape
# breaks: "`M` may be 0."
def column(x, j):
    rows = x.shape[0]
    return x[:, j].reshape(rows, -1)


# %% column | wrong: minus-one-of-nothing | view
def column(x, j):
    return x[:, j].view(x.size(0), -1)


# %% column | wrong: minus-one-of-nothing | reshape of select
def column(x, j):
    M, N = x.shape
    return torch.reshape(x.select(1, j), (M, -1))


# %% column | wrong: minus-one-of-nothing | a row of the transpose
def column(x, j):
    row = x.t()[j]
    return row.view(len(row), -1)


# %% column | wrong: minus-one-of-nothing | unbind
def column(x, j):
    return x.unbind(dim=1)[j].reshape(len(x), -1)


# %% column | wrong: minus-one-of-nothing | view of a row of mT
def column(x, j):
    shape = (len(x), -1)
    return x.mT[j].view(shape)


# %% column | wrong: minus-one-of-nothing | narrow, reshaped
def column(x, j):
    return x.narrow(1, j % x.shape[1], 1).reshape(x.shape[0], -1)


# %% column | misconception | another-dtype-for-no-rows
why = "torch.empty(0, 1) and torch.zeros(0, 1) are float32: no rows need no case of their own."
next = "print(torch.empty(0, 1).dtype, torch.zeros(0, 3, dtype=torch.int64)[:, 1:2].shape)"


# %% column | wrong: another-dtype-for-no-rows | empty
# breaks: "`M` may be 0."
def column(x, j):
    if x.shape[0] == 0:
        return torch.empty(0, 1)
    return x[:, j].unsqueeze(-1)


# %% column | wrong: another-dtype-for-no-rows | zeros
def column(x, j):
    if len(x) == 0:
        return torch.zeros((0, 1))
    return x[:, j, None]


# %% column | wrong: another-dtype-for-no-rows | tensor of nothing
def column(x, j):
    if x.numel() == 0:
        return torch.tensor([]).reshape(0, 1)
    return x.narrow(1, j, 1)


# %% column | wrong: another-dtype-for-no-rows | new matrix for no rows
def column(x, j):
    M, N = x.shape
    return x.t()[j][:, None] if M else torch.ones(M, 1)


# %% column | wrong | overwrites the column
# breaks: "A tensor or list that your function gets stays as it was"
def column(x, j):
    x[:, 0] = x[:, j]
    return x[:, j, None]


# %% column | wrong | a Parameter
# breaks: "A result that is a tensor is an ordinary `torch.Tensor` on the CPU"
def column(x, j):
    return torch.nn.Parameter(x[:, j, None], requires_grad=False)


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
next = "print(torch.cat([torch.zeros(2, 3), torch.zeros(2, 3)]).shape, torch.stack([torch.zeros(2, 3), torch.zeros(2, 3)]).shape)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.stack.html"


# %% stack_frames | wrong: cat-for-stack | cat and squeeze
def stack_frames(frames):
    return torch.cat(frames).squeeze(-1)


# %% stack_frames | wrong: cat-for-stack | vstack of squeezed frames
def stack_frames(frames):
    return torch.vstack([frame.squeeze(-1) for frame in frames])


# %% stack_frames | wrong: cat-for-stack | cat and index
def stack_frames(frames):
    return torch.cat(list(frames), 0)[:, :, 0]


# %% stack_frames | wrong: cat-for-stack | concatenate
def stack_frames(frames):
    return torch.concatenate([frame[:, :, 0] for frame in frames])


# %% stack_frames | wrong: cat-for-stack | cat in a loop
def stack_frames(frames):
    video = frames[0].squeeze(2).clone()
    for frame in frames[1:]:
        video = torch.cat([video, frame.squeeze(2)])
    return video


# %% stack_frames | wrong: cat-for-stack | cat
def stack_frames(frames):
    return torch.cat(frames, dim=0)


# %% stack_frames | wrong: cat-for-stack | vstack
def stack_frames(frames):
    return torch.vstack(frames)


# %% stack_frames | wrong: cat-for-stack | concat
def stack_frames(frames):
    return torch.concat(tuple(frames))


# %% stack_frames | wrong: cat-for-stack | row_stack
def stack_frames(frames):
    video = torch.cat([*frames])
    return video


# %% stack_frames | wrong: cat-for-stack | side by side
# breaks: "one tensor of shape `(T, H, W)` for `T` frames"
def stack_frames(frames):
    return torch.cat([frame.squeeze(-1) for frame in frames], dim=1)


# %% stack_frames | wrong: cat-for-stack | hstack
def stack_frames(frames):
    return torch.hstack([frame[..., 0] for frame in frames])


# %% stack_frames | wrong: cat-for-stack | cat along the columns, then squeezed
def stack_frames(frames):
    return torch.cat(frames, dim=1).squeeze(-1)


# %% stack_frames | misconception | squeeze-drops-too-much
why = "squeeze() drops every dimension of size 1, also T, H or W: name the dimension to squeeze, -1."
next = "print(torch.zeros(1, 3, 1, 1).squeeze().shape, torch.zeros(1, 3, 1, 1).squeeze(-1).shape)"


# %% stack_frames | wrong: squeeze-drops-too-much | after stack
# breaks: "`T`, `H` and `W` may be 1."
def stack_frames(frames):
    return torch.stack(frames).squeeze()


# %% stack_frames | wrong: squeeze-drops-too-much | torch.squeeze
def stack_frames(frames):
    video = torch.stack(frames, dim=0)
    return torch.squeeze(video)


# %% stack_frames | wrong: squeeze-drops-too-much | after cat and permute
def stack_frames(frames):
    return torch.cat(frames, dim=2).permute(2, 0, 1).squeeze()


# %% stack_frames | wrong: squeeze-drops-too-much | numpy squeeze
def stack_frames(frames):
    return torch.from_numpy(np.stack([frame.numpy() for frame in frames]).squeeze())


# %% stack_frames | wrong: squeeze-drops-too-much | before stack
def stack_frames(frames):
    return torch.stack([frame.squeeze() for frame in frames])


# %% stack_frames | wrong: squeeze-drops-too-much | before stack, in a loop
def stack_frames(frames):
    pictures = []
    for frame in frames:
        pictures.append(torch.squeeze(frame))
    return torch.stack(pictures)


# %% stack_frames | wrong: squeeze-drops-too-much | before stack, numpy
def stack_frames(frames):
    return torch.from_numpy(np.stack([np.squeeze(frame.numpy()) for frame in frames]))


# %% stack_frames | wrong: squeeze-drops-too-much | first dimension too
def stack_frames(frames):
    return torch.stack(frames).squeeze(-1).squeeze(0)


# %% stack_frames | wrong: squeeze-drops-too-much | first and last dimension
def stack_frames(frames):
    return torch.stack(frames).squeeze((0, -1))


# %% stack_frames | wrong: squeeze-drops-too-much | a single frame without time
# breaks: "`frames` is a list of at least one frame."
def stack_frames(frames):
    if len(frames) == 1:
        return frames[0].squeeze(-1).clone()
    return torch.stack([frame.squeeze(-1) for frame in frames])


# %% stack_frames | wrong: squeeze-drops-too-much | one frame is a picture
def stack_frames(frames):
    video = torch.stack(frames)[..., 0]
    return video[0].clone() if len(video) == 1 else video


# %% stack_frames | wrong: squeeze-drops-too-much | twice the last dimension
def stack_frames(frames):
    return torch.stack(frames).squeeze(-1).squeeze(-1)


# %% stack_frames | wrong: squeeze-drops-too-much | last two dimensions
def stack_frames(frames):
    return torch.stack(frames).squeeze((-2, -1))


# %% stack_frames | wrong: squeeze-drops-too-much | squeezed frames, then the last again
def stack_frames(frames):
    return torch.stack([frame.squeeze(-1) for frame in frames]).squeeze(-1)


# %% stack_frames | misconception | last-dimension-stays
why = "stack adds a dimension, and the last one of size 1 is still there: it has to go."
next = "frames = [torch.zeros(2, 3, 1), torch.zeros(2, 3, 1)]; print(torch.stack(frames).shape, torch.stack(frames).squeeze(-1).shape)"


# %% stack_frames | wrong: last-dimension-stays | stack
def stack_frames(frames):
    return torch.stack(frames)


# %% stack_frames | wrong: last-dimension-stays | stack of clones
def stack_frames(frames):
    return torch.stack([frame.clone() for frame in frames], dim=0)


# %% stack_frames | wrong: last-dimension-stays | cat of frames with a dimension
def stack_frames(frames):
    return torch.cat([frame[None] for frame in frames])


# %% stack_frames | wrong: last-dimension-stays | empty
def stack_frames(frames):
    video = torch.empty(len(frames), *frames[0].shape, dtype=frames[0].dtype)
    for t, frame in enumerate(frames):
        video[t] = frame
    return video


# %% stack_frames | wrong: last-dimension-stays | numpy
def stack_frames(frames):
    return torch.from_numpy(np.stack([frame.numpy() for frame in frames]))


# %% stack_frames | misconception | time-at-the-end
why = "The new dimension is the first one: stack with dim=0, or permute what was joined along the last."
next = "frames = [torch.zeros(2, 3, 1), torch.zeros(2, 3, 1)]; print(torch.cat(frames, dim=-1).shape, torch.cat(frames, dim=-1).permute(2, 0, 1).shape)"


# %% stack_frames | wrong: time-at-the-end | cat
def stack_frames(frames):
    return torch.cat(frames, dim=-1)


# %% stack_frames | wrong: time-at-the-end | stack
def stack_frames(frames):
    return torch.stack([frame.squeeze(-1) for frame in frames], dim=-1)


# %% stack_frames | wrong: time-at-the-end | stack and index
def stack_frames(frames):
    return torch.stack(frames, dim=3)[:, :, 0]


# %% stack_frames | wrong: time-at-the-end | cat of the third
def stack_frames(frames):
    video = torch.cat(list(frames), 2)
    return video


# %% stack_frames | wrong: time-at-the-end | dstack
def stack_frames(frames):
    return torch.dstack([frame[..., 0] for frame in frames])


# %% stack_frames | wrong: time-at-the-end | stack along dimension 2
def stack_frames(frames):
    return torch.stack([frame[:, :, 0] for frame in frames], 2)


# %% stack_frames | wrong: time-at-the-end | time in the middle
def stack_frames(frames):
    return torch.stack([frame.squeeze(-1) for frame in frames], dim=1)


# %% stack_frames | wrong: time-at-the-end | time in the middle, by index
def stack_frames(frames):
    return torch.stack(frames, dim=1)[..., 0]


# %% stack_frames | wrong: time-at-the-end | time in the middle, stack of permuted
def stack_frames(frames):
    return torch.stack([frame.permute(2, 0, 1)[0] for frame in frames], dim=1)


# %% stack_frames | wrong: time-at-the-end | time in the middle, by transpose
def stack_frames(frames):
    return torch.stack(frames)[..., 0].transpose(0, 1).contiguous()


# %% stack_frames | wrong: time-at-the-end | time in the middle, by cat
def stack_frames(frames):
    return torch.cat([frame.transpose(1, 2) for frame in frames], dim=1)


# %% stack_frames | misconception | dtype-lost
why = "The video has the dtype of the frames: torch.zeros is float32, sums of small integers are int64, and lists of numbers have lost theirs."
next = "print(torch.zeros(2).dtype, torch.tensor(torch.zeros(2, dtype=torch.uint8).tolist()).dtype)"


# %% stack_frames | wrong: dtype-lost | lists
# breaks: "of the same dtype"
def stack_frames(frames):
    return torch.tensor([frame.squeeze(-1).tolist() for frame in frames])


# %% stack_frames | wrong: dtype-lost | lists of a stack
def stack_frames(frames):
    return torch.tensor(torch.stack(frames)[..., 0].tolist())


# %% stack_frames | wrong: dtype-lost | lists of lists
def stack_frames(frames):
    return torch.tensor([[[row[0] for row in line] for line in frame.tolist()] for frame in frames])


# %% stack_frames | wrong: dtype-lost | zeros
def stack_frames(frames):
    H, W, _ = frames[0].shape
    video = torch.zeros(len(frames), H, W)
    for t, frame in enumerate(frames):
        video[t] = frame[:, :, 0]
    return video


# %% stack_frames | wrong: dtype-lost | empty
def stack_frames(frames):
    video = torch.empty((len(frames), frames[0].shape[0], frames[0].shape[1]))
    for t in range(len(frames)):
        video[t] = frames[t].squeeze(2)
    return video


# %% stack_frames | wrong: dtype-lost | float
def stack_frames(frames):
    return torch.stack([frame.float() for frame in frames]).squeeze(-1)


# %% stack_frames | wrong: dtype-lost | float at the end
def stack_frames(frames):
    return torch.stack(frames).squeeze(-1).float()


# %% stack_frames | wrong: dtype-lost | numpy zeros
def stack_frames(frames):
    H, W, _ = frames[0].shape
    video = np.zeros((len(frames), H, W))
    for t, frame in enumerate(frames):
        video[t] = frame.numpy()[:, :, 0]
    return torch.from_numpy(video)


# %% stack_frames | wrong: dtype-lost | double
def stack_frames(frames):
    return torch.stack([frame.double() for frame in frames]).squeeze(-1)


# %% stack_frames | wrong: dtype-lost | pictures to video
def stack_frames(frames):
    return torch.stack([frame.to(torch.float64) for frame in frames])[..., 0]


# %% stack_frames | wrong: dtype-lost | the last dimension summed up
def stack_frames(frames):
    return torch.stack(frames).sum(-1)


# %% stack_frames | wrong: dtype-lost | each frame summed up
def stack_frames(frames):
    return torch.stack([frame.sum(dim=2) for frame in frames])


# %% stack_frames | misconception | digits-lost-in-between
why = "The last cast brings the dtype back, not the digits that another dtype had no room for."
next = "x = torch.tensor([2**53 + 1]); print(x.float().long() - x, x.double().long() - x)"


# %% stack_frames | wrong: digits-lost-in-between | float32 in between
def stack_frames(frames):
    H, W, _ = frames[0].shape
    video = torch.zeros(len(frames), H, W)
    for t in range(len(frames)):
        video[t] = frames[t][:, :, 0]
    return video.to(frames[0].dtype)


# %% stack_frames | wrong: digits-lost-in-between | float and back
def stack_frames(frames):
    return torch.stack([frame.float() for frame in frames]).squeeze(-1).to(frames[0].dtype)


# %% stack_frames | wrong: digits-lost-in-between | float32 by type_as
def stack_frames(frames):
    video = torch.stack(frames).float()[..., 0]
    return video.type_as(frames[0])


# %% stack_frames | wrong: digits-lost-in-between | float32 of each picture
def stack_frames(frames):
    pictures = [frame.squeeze(-1).to(torch.float32) for frame in frames]
    return torch.stack(pictures).to(frames[0].dtype)


# %% stack_frames | wrong: digits-lost-in-between | float32 by numpy
def stack_frames(frames):
    video = np.stack([frame.numpy()[..., 0].astype(np.float32) for frame in frames])
    return torch.from_numpy(video).to(frames[0].dtype)


# %% stack_frames | wrong: digits-lost-in-between | float64 in between
def stack_frames(frames):
    video = torch.zeros(len(frames), *frames[0].shape[:2], dtype=torch.float64)
    for t, frame in enumerate(frames):
        video[t] = frame[..., 0]
    return video.to(frames[0].dtype)


# %% stack_frames | wrong: digits-lost-in-between | numpy zeros and back
def stack_frames(frames):
    H, W, _ = frames[0].shape
    video = np.zeros((len(frames), H, W))
    for t, frame in enumerate(frames):
        video[t] = frame.numpy()[:, :, 0]
    return torch.from_numpy(video).to(frames[0].dtype)


# %% stack_frames | wrong: digits-lost-in-between | double and back
def stack_frames(frames):
    return torch.stack([frame.double() for frame in frames]).squeeze(-1).to(frames[0].dtype)


# %% stack_frames | misconception | reshape-moves-nothing
why = "reshape keeps the reading order; moving a dimension is permute."
next = "x = torch.tensor([[1, 2, 3], [4, 5, 6]]); print(x.reshape(3, 2), x.permute(1, 0))"


# %% stack_frames | wrong: reshape-moves-nothing | cat and reshape
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.cat(frames, dim=2).reshape(len(frames), H, W)


# %% stack_frames | wrong: reshape-moves-nothing | stack along the last
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.stack(frames, dim=-1).reshape(len(frames), H, W)


# %% stack_frames | wrong: reshape-moves-nothing | dstack and reshape
def stack_frames(frames):
    pictures = [frame[:, :, 0] for frame in frames]
    return torch.dstack(pictures).reshape(-1, *pictures[0].shape)


# %% stack_frames | wrong: reshape-moves-nothing | cat and view
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.cat([frame.clone() for frame in frames], -1).contiguous().view(-1, H, W)


# %% stack_frames | wrong: reshape-moves-nothing | cat along the columns
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.cat(frames, 1).reshape(-1, H, W)


# %% stack_frames | wrong: reshape-moves-nothing | hstack and reshape
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.hstack(list(frames)).reshape(len(frames), H, W)


# %% stack_frames | wrong: reshape-moves-nothing | cat of pictures along the columns
def stack_frames(frames):
    T, (H, W, _) = len(frames), frames[0].shape
    return torch.cat([frame.squeeze(-1) for frame in frames], dim=1).reshape(T, H, W)


# %% stack_frames | wrong: reshape-moves-nothing | stack in the middle
def stack_frames(frames):
    T, (H, W, _) = len(frames), frames[0].shape
    return torch.stack(frames, dim=1).reshape(T, H, W)


# %% stack_frames | misconception | assumed-strides
why = "A frame may be turned or a part of a bigger tensor: its strides are its own."
next = "x = torch.tensor([[1, 2, 3], [4, 5, 6]]).t(); print(x, x.as_strided((3, 2), (2, 1)))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.as_strided.html"


# %% stack_frames | wrong: assumed-strides | as_strided
# breaks: "Inputs may be parts of bigger tensors, or turned"
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.stack([frame.as_strided((H, W), (W, 1)) for frame in frames])


# %% stack_frames | wrong: assumed-strides | torch.as_strided
def stack_frames(frames):
    H, W = frames[0].shape[:2]
    return torch.stack([torch.as_strided(frame, (H, W), (W, 1)) for frame in frames])


# %% stack_frames | wrong: assumed-strides | filled from as_strided
def stack_frames(frames):
    H, W = frames[0].shape[:2]
    video = torch.empty(len(frames), H, W, dtype=frames[0].dtype)
    for t, frame in enumerate(frames):
        video[t] = torch.as_strided(frame, size=(H, W), stride=(W, 1))
    return video


# %% stack_frames | wrong: assumed-strides | as_strided and clone
def stack_frames(frames):
    H, W, _ = frames[0].shape
    pictures = [frame.as_strided((1, H, W), (H * W, W, 1)).clone() for frame in frames]
    return torch.cat(pictures)


# %% stack_frames | wrong: assumed-strides | view of each frame
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.stack([frame.view(H * W).view(H, W) for frame in frames])


# %% stack_frames | wrong: assumed-strides | flat view
def stack_frames(frames):
    H, W, _ = frames[0].shape
    return torch.cat([frame.view(-1) for frame in frames]).view(len(frames), H, W)


# %% stack_frames | wrong: assumed-strides | view as one row
def stack_frames(frames):
    return torch.stack([frame.view(1, -1) for frame in frames]).view(len(frames), *frames[0].shape[:2])


# %% stack_frames | misconception | view-of-one-frame
why = "squeeze, permute and [None] give views: also the video of a single frame needs memory of its own."
next = "x = torch.zeros(2, 3, 1); x.permute(2, 0, 1)[0] = 7; print(x)"


# %% stack_frames | wrong: view-of-one-frame | permute
# breaks: "with memory of its own"
def stack_frames(frames):
    if len(frames) == 1:
        return frames[0].permute(2, 0, 1)
    return torch.stack(frames).squeeze(-1)


# %% stack_frames | wrong: view-of-one-frame | squeeze
def stack_frames(frames):
    if len(frames) == 1:
        return frames[0].squeeze(-1).unsqueeze(0)
    return torch.stack([frame.squeeze(-1) for frame in frames])


# %% stack_frames | wrong: view-of-one-frame | None
def stack_frames(frames):
    if len(frames) == 1:
        return frames[0][None, :, :, 0]
    return torch.stack(frames)[..., 0]


# %% stack_frames | wrong: view-of-one-frame | a view before the loop
def stack_frames(frames):
    video = frames[0].permute(2, 0, 1)
    for frame in frames[1:]:
        video = torch.cat([video, frame.permute(2, 0, 1)])
    return video


# %% stack_frames | misconception | a-frame-may-come-twice
why = "The same frame may stand in the list twice: it is in the video twice, at each of its places."
next = "x = torch.zeros(1, 1, 1); print(len([x, x]), len(dict.fromkeys([x, x])), len({id(x): 0, id(x): 1}))"


# %% stack_frames | wrong: a-frame-may-come-twice | keys of a dict
# breaks: "one tensor of shape `(T, H, W)` for `T` frames"
def stack_frames(frames):
    return torch.stack(list(dict.fromkeys(frames))).squeeze(-1)


# %% stack_frames | wrong: a-frame-may-come-twice | no neighbour again
def stack_frames(frames):
    kept = []
    for frame in frames:
        if not kept or kept[-1] is not frame:
            kept.append(frame)
    return torch.stack(kept)[..., 0]


# %% stack_frames | wrong: a-frame-may-come-twice | by identity
def stack_frames(frames):
    once = {id(frame): frame[:, :, 0] for frame in frames}
    return torch.stack([*once.values()])


# %% stack_frames | wrong: a-frame-may-come-twice | places by identity
def stack_frames(frames):
    place = {id(frame): t for t, frame in enumerate(frames)}
    video = torch.zeros(len(frames), *frames[0].shape[:2], dtype=frames[0].dtype)
    for frame in frames:
        video[place[id(frame)]] = frame.squeeze(-1)
    return video


# %% stack_frames | wrong: a-frame-may-come-twice | seen before
def stack_frames(frames):
    seen, rows = set(), []
    for frame in frames:
        if id(frame) not in seen:
            rows.append(frame.squeeze(2))
        seen.add(id(frame))
    return torch.stack(rows)


# %% stack_frames | misconception | changes-the-frames
why = "A function with a _ at the end changes the frame itself: the frames are to stay as they were."
next = "x = torch.zeros(2, 3, 1); x.squeeze(-1); print(x.shape); x.squeeze_(-1); print(x.shape)"


# %% stack_frames | wrong: changes-the-frames | squeeze_ in a loop
def stack_frames(frames):
    for frame in frames:
        frame.squeeze_(-1)
    return torch.stack(frames)


# %% stack_frames | wrong: changes-the-frames | squeeze_ in a list
# breaks: "A tensor or list that your function gets stays as it was"
def stack_frames(frames):
    return torch.stack([frame.squeeze_(2) for frame in frames])


# %% stack_frames | wrong: changes-the-frames | squeeze_ of each
def stack_frames(frames):
    for t in range(len(frames)):
        frames[t].squeeze_(2)
    return torch.cat([frame[None] for frame in frames])


# %% stack_frames | wrong: changes-the-frames | squeeze_ by map
def stack_frames(frames):
    return torch.stack(list(map(lambda frame: frame.squeeze_(-1), frames)), dim=0)


# %% stack_frames | misconception | changes-the-list
why = "The list is that of the caller: make a new one instead of writing into it."
next = "a = [1, 2]; b = a; b[0] = 7; print(a)"


# %% stack_frames | wrong: changes-the-list | frames are replaced
# breaks: "The list keeps its frames."
def stack_frames(frames):
    for t in range(len(frames)):
        frames[t] = frames[t].clone()
    return torch.stack(frames).squeeze(-1)


# %% stack_frames | wrong: changes-the-list | frames are detached
def stack_frames(frames):
    for t, frame in enumerate(frames):
        frames[t] = frame.detach()
    return torch.stack(frames)[..., 0]


# %% stack_frames | wrong: changes-the-list | frames are made contiguous
def stack_frames(frames):
    frames[:] = [frame.clone() for frame in frames]
    return torch.stack(frames)[:, :, :, 0]


# %% stack_frames | wrong: changes-the-list | the first frame is cloned
def stack_frames(frames):
    frames[0] = frames[0].clone()
    return torch.cat([frame.permute(2, 0, 1) for frame in frames])


# %% stack_frames | wrong: changes-the-list | frames are squeezed
def stack_frames(frames):
    for t in range(len(frames)):
        frames[t] = frames[t].squeeze(-1)
    return torch.stack(frames)


# %% stack_frames | wrong: changes-the-list | slice assignment
def stack_frames(frames):
    frames[:] = [frame[..., 0] for frame in frames]
    return torch.stack(frames)


# %% stack_frames | wrong: changes-the-list | squeezed by enumerate
def stack_frames(frames):
    for t, frame in enumerate(frames):
        frames[t] = frame.squeeze(2)
    return torch.cat([frame[None] for frame in frames])


# %% stack_frames | wrong: changes-the-list | emptied
def stack_frames(frames):
    video = []
    while frames:
        video.append(frames.pop(0).squeeze(-1))
    return torch.stack(video)


# %% stack_frames | wrong | reversed
def stack_frames(frames):
    return torch.stack(frames[::-1]).squeeze(-1)


# %% stack_frames | wrong | the first frame again and again
def stack_frames(frames):
    return torch.stack([frames[0]] * len(frames)).squeeze(-1)


# %% stack_frames | wrong | a list
# breaks: "one tensor of shape"
def stack_frames(frames):
    return [frame.squeeze(-1).clone() for frame in frames]


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


# %% rotate_left | right | column after column into a new tensor
def rotate_left(img):
    *front, H, W = img.shape
    out = torch.empty((*front, W, H), dtype=img.dtype)
    for w in range(W):
        out[..., w, :] = img[..., W - 1 - w]
    return out


# %% rotate_left | misconception | negative-step
why = "PyTorch has no negative steps, and takes no NumPy array with negative strides: use flip, or copy the array."
next = "print(torch.tensor([1, 2, 3]).flip(0), torch.from_numpy(np.arange(3)[::-1].copy()))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.flip.html"


# %% rotate_left | wrong: negative-step | slice
def rotate_left(img):
    return img.mT[..., ::-1, :]


# %% rotate_left | wrong: negative-step | columns first
def rotate_left(img):
    return img[..., ::-1].transpose(-1, -2)


# %% rotate_left | wrong: negative-step | step in two lines
def rotate_left(img):
    turned = img.transpose(-2, -1)
    return turned[..., ::-1, :].clone()


# %% rotate_left | wrong: negative-step | slice object
def rotate_left(img):
    backwards = slice(None, None, -1)
    return img[..., backwards].mT


# %% rotate_left | wrong: negative-step | columns first, contiguous
def rotate_left(img):
    return img[..., :, ::-1].swapaxes(-2, -1).contiguous()


# %% rotate_left | wrong: negative-step | numpy
def rotate_left(img):
    return torch.from_numpy(np.rot90(img.numpy(), axes=(-2, -1)))


# %% rotate_left | wrong: negative-step | numpy flip
def rotate_left(img):
    return torch.from_numpy(np.flip(img.numpy().swapaxes(-1, -2), -2))


# %% rotate_left | wrong: negative-step | numpy step
def rotate_left(img):
    return torch.from_numpy(img.numpy()[..., ::-1].swapaxes(-1, -2))


# %% rotate_left | wrong: negative-step | numpy in steps
def rotate_left(img):
    a = img.numpy()
    a = np.swapaxes(a, -1, -2)[..., ::-1, :]
    return torch.from_numpy(a).clone()


# %% rotate_left | misconception | first-two-dimensions
why = "Rows and columns are the last two dimensions, however many stand in front: count from the end, -2 and -1."
next = "x = torch.zeros(2, 3, 4, 5); print(x.transpose(0, 1).shape, x.transpose(-2, -1).shape)"


# %% rotate_left | wrong: first-two-dimensions | rot90
# breaks: "The last two dimensions of `img` are the rows and columns of a picture."
def rotate_left(img):
    return torch.rot90(img)


# %% rotate_left | wrong: first-two-dimensions | rot90 with dims
def rotate_left(img):
    return torch.rot90(img, 1, [0, 1])


# %% rotate_left | wrong: first-two-dimensions | numpy rot90
def rotate_left(img):
    return torch.from_numpy(np.rot90(img.numpy()).copy())


# %% rotate_left | wrong: first-two-dimensions | transpose(0, 1)
def rotate_left(img):
    return torch.flip(img.transpose(0, 1), [0])


# %% rotate_left | wrong: first-two-dimensions | swapaxes(0, 1)
def rotate_left(img):
    return img.swapaxes(0, 1).flip(dims=(0,))


# %% rotate_left | wrong: first-two-dimensions | flip(1), then transpose
def rotate_left(img):
    return img.flip(1).transpose(0, 1)


# %% rotate_left | wrong: first-two-dimensions | t
def rotate_left(img):
    return img.t().flip(0)


# %% rotate_left | wrong: first-two-dimensions | t at the end
def rotate_left(img):
    return img.flip(-1).t()


# %% rotate_left | wrong: first-two-dimensions | torch.t
def rotate_left(img):
    return torch.t(img).flip(-2)


# %% rotate_left | wrong: first-two-dimensions | t and flipud
def rotate_left(img):
    return torch.flipud(img.t())


# %% rotate_left | wrong: first-two-dimensions | flip(0)
def rotate_left(img):
    return img.mT.flip(0)


# %% rotate_left | wrong: first-two-dimensions | flip(0) of swapaxes
def rotate_left(img):
    return img.swapaxes(-1, -2).flip(dims=[0])


# %% rotate_left | wrong: first-two-dimensions | first row last
def rotate_left(img):
    turned = img.mT
    return turned[torch.arange(turned.shape[0] - 1, -1, -1)]


# %% rotate_left | wrong: first-two-dimensions | flipud
def rotate_left(img):
    return torch.flipud(img.transpose(-1, -2))


# %% rotate_left | wrong: first-two-dimensions | flip of the first
def rotate_left(img):
    turned = torch.transpose(img, -2, -1)
    return torch.flip(turned, dims=[0])


# %% rotate_left | wrong: first-two-dimensions | permute(1, 0)
def rotate_left(img):
    return img.permute(1, 0).flip(0)


# %% rotate_left | wrong: first-two-dimensions | permute of two
def rotate_left(img):
    return torch.permute(img, (1, 0)).flip(0)


# %% rotate_left | wrong: first-two-dimensions | flip, then permute of two
def rotate_left(img):
    return img.flip(-1).permute((1, 0))


# %% rotate_left | wrong: first-two-dimensions | unpack
def rotate_left(img):
    H, W = img.shape
    out = torch.empty(W, H, dtype=img.dtype)
    for r in range(W):
        out[r] = img[:, W - 1 - r]
    return out


# %% rotate_left | wrong: first-two-dimensions | unpack and two loops
def rotate_left(img):
    H, W = img.shape
    out = torch.zeros(W, H, dtype=img.dtype)
    for r in range(H):
        for c in range(W):
            out[W - 1 - c, r] = img[r, c]
    return out


# %% rotate_left | wrong: first-two-dimensions | unpack size
def rotate_left(img):
    rows, columns = img.size()
    return torch.stack([img[:, columns - 1 - n] for n in range(columns)])


# %% rotate_left | wrong: first-two-dimensions | unpack and a list
def rotate_left(img):
    H, W = img.shape
    return torch.stack([img[:, w] for w in reversed(range(W))])


# %% rotate_left | wrong: first-two-dimensions | unpack and view
def rotate_left(img):
    M, N = img.shape
    return img.flip(1).t().reshape(N, M)


# %% rotate_left | wrong: first-two-dimensions | unpack and zeros
def rotate_left(img):
    h, w = img.shape
    out = torch.zeros(w, h, dtype=img.dtype)
    for column_number in range(w):
        out[w - 1 - column_number] = img[:, column_number]
    return out


# %% rotate_left | wrong: first-two-dimensions | unpack and index
def rotate_left(img):
    height, width = img.size()
    return img.t()[torch.arange(width - 1, -1, -1)]


# %% rotate_left | wrong: first-two-dimensions | three dimensions, unpacked and flipped
def rotate_left(img):
    C, H, W = img.shape
    return img.flip(2).permute(0, 2, 1)


# %% rotate_left | wrong: first-two-dimensions | three dimensions, rot90
def rotate_left(img):
    channels, rows, columns = img.size()
    return torch.rot90(img, 1, (1, 2))


# %% rotate_left | wrong: first-two-dimensions | three dimensions, unpacked
def rotate_left(img):
    C, H, W = img.shape
    return img.transpose(1, 2).flip(1)


# %% rotate_left | wrong: first-two-dimensions | three dimensions, unpacked loop
def rotate_left(img):
    C, H, W = img.shape
    out = torch.empty(C, W, H, dtype=img.dtype)
    for w in range(W):
        out[:, w] = img[:, :, W - 1 - w]
    return out


# %% rotate_left | wrong: first-two-dimensions | one dimension in front
# breaks: "There may be any number of dimensions in front, for channels or a batch."
def rotate_left(img):
    if img.dim() == 2:
        return img.t().flip(0)
    return img.transpose(1, 2).flip(1)


# %% rotate_left | wrong: first-two-dimensions | two cases
def rotate_left(img):
    if img.dim() == 2:
        return torch.rot90(img)
    return torch.rot90(img, 1, (1, 2))


# %% rotate_left | wrong: first-two-dimensions | permute of two or three
def rotate_left(img):
    if len(img.shape) == 3:
        return img.permute(0, 2, 1).flip(1)
    return img.permute(1, 0).flip(0)


# %% rotate_left | wrong: first-two-dimensions | two dimensions in front at most
def rotate_left(img):
    if img.dim() == 2:
        return img.t().flip(0)
    if img.dim() == 3:
        return img.permute(0, 2, 1).flip(1)
    return img.permute(0, 1, 3, 2).flip(2)


# %% rotate_left | wrong: first-two-dimensions | two in front at most, rot90
def rotate_left(img):
    if img.dim() == 4:
        return torch.rot90(img, 1, (2, 3))
    return torch.rot90(img, 1, (1, 2)) if img.dim() == 3 else torch.rot90(img)


# %% rotate_left | wrong: first-two-dimensions | ranks up to 4
def rotate_left(img):
    order = {2: (1, 0), 3: (0, 2, 1), 4: (0, 1, 3, 2)}[min(img.dim(), 4)]
    return img.permute(order).flip(img.dim() - 2)


# %% rotate_left | wrong: first-two-dimensions | each picture of a batch
def rotate_left(img):
    if img.dim() == 3:
        return torch.stack([torch.rot90(picture) for picture in img])
    return torch.rot90(img)


# %% rotate_left | wrong: first-two-dimensions | all dimensions turned round
def rotate_left(img):
    return img.permute(*reversed(range(img.dim()))).flip(0)


# %% rotate_left | wrong: first-two-dimensions | T
def rotate_left(img):
    return img.permute(*torch.arange(img.ndim - 1, -1, -1)).flip(0)


# %% rotate_left | misconception | wrong-turn
why = "The last column becomes the first row: it takes a transposition and a flip, in the right order."
next = "x = torch.tensor([[1, 2, 3], [4, 5, 6]]); print(x.mT, x.mT.flip(-2), x.flip(-2).mT)"


# %% rotate_left | wrong: wrong-turn | transposed
def rotate_left(img):
    return img.mT.clone()


# %% rotate_left | wrong: wrong-turn | transposed, contiguous
def rotate_left(img):
    return img.transpose(-2, -1).contiguous()


# %% rotate_left | wrong: wrong-turn | swapaxes
def rotate_left(img):
    return torch.swapaxes(img, -2, -1).clone()


# %% rotate_left | wrong: wrong-turn | a view of the transpose
def rotate_left(img):
    return img.transpose(-2, -1)


# %% rotate_left | wrong: wrong-turn | mT
def rotate_left(img):
    return img.mT


# %% rotate_left | wrong: wrong-turn | swapdims
def rotate_left(img):
    return img.swapdims(-1, -2)


# %% rotate_left | wrong: wrong-turn | clockwise
# breaks: "so that the last column becomes the first row"
def rotate_left(img):
    return torch.rot90(img, -1, (-2, -1))


# %% rotate_left | wrong: wrong-turn | clockwise by dims
def rotate_left(img):
    return torch.rot90(img, 1, (-1, -2))


# %% rotate_left | wrong: wrong-turn | three turns
def rotate_left(img):
    return torch.rot90(img, k=3, dims=(-2, -1))


# %% rotate_left | wrong: wrong-turn | flipped up and down
def rotate_left(img):
    return img.flip(-2).transpose(-1, -2)


# %% rotate_left | wrong: wrong-turn | transposed, then left and right
def rotate_left(img):
    return img.mT.flip(-1)


# %% rotate_left | wrong: wrong-turn | clockwise by numpy
def rotate_left(img):
    return torch.from_numpy(np.rot90(img.numpy(), -1, axes=(-2, -1)).copy())


# %% rotate_left | wrong: wrong-turn | the first column first
# breaks: "Return the picture turned by 90 degrees anticlockwise"
def rotate_left(img):
    return torch.stack([img[..., n] for n in range(img.shape[-1])], dim=-2)


# %% rotate_left | wrong: wrong-turn | does nothing
def rotate_left(img):
    return img.clone()


# %% rotate_left | wrong: wrong-turn | two quarter turns, transposed
def rotate_left(img):
    return torch.rot90(img, -2, (-2, -1)).swapaxes(-1, -2)


# %% rotate_left | wrong: wrong-turn | 180 degrees
def rotate_left(img):
    return torch.rot90(img, 2, (-2, -1))


# %% rotate_left | wrong: wrong-turn | both flips
def rotate_left(img):
    return img.flip(-1).flip(-2)


# %% rotate_left | wrong: wrong-turn | both flips at once
def rotate_left(img):
    return img.flip(dims=(-2, -1))


# %% rotate_left | wrong: wrong-turn | mirror
def rotate_left(img):
    return img.flip(-1)


# %% rotate_left | wrong: wrong-turn | mirror by index
def rotate_left(img):
    return img[..., torch.arange(img.shape[-1] - 1, -1, -1)]


# %% rotate_left | wrong: wrong-turn | mirror by dims
def rotate_left(img):
    return torch.flip(img, [-1])


# %% rotate_left | wrong: wrong-turn | upside down
def rotate_left(img):
    return img.flip(-2)


# %% rotate_left | wrong: wrong-turn | upside down by dims
def rotate_left(img):
    return torch.flip(img, (img.dim() - 2,))


# %% rotate_left | wrong: wrong-turn | upside down by index
def rotate_left(img):
    return img[..., torch.arange(img.shape[-2] - 1, -1, -1), :]


# %% rotate_left | wrong: wrong-turn | both flips of the transpose
def rotate_left(img):
    return img.mT.flip(-1).flip(-2)


# %% rotate_left | wrong: wrong-turn | both flips, then transposed
def rotate_left(img):
    return img.flip((-1, -2)).transpose(-1, -2)


# %% rotate_left | wrong: wrong-turn | 180 degrees and transposed
def rotate_left(img):
    return torch.rot90(img, 2, (-2, -1)).mT


# %% rotate_left | misconception | reshape-as-transpose
why = "reshape and view never move an element: swapping rows and columns is a transposition."
next = "x = torch.tensor([[1, 2, 3], [4, 5, 6]]); print(x.reshape(3, 2), x.mT)"


# %% rotate_left | wrong: reshape-as-transpose | reshape
def rotate_left(img):
    return img.reshape(*img.shape[:-2], img.shape[-1], img.shape[-2]).clone()


# %% rotate_left | wrong: reshape-as-transpose | reshape alone
def rotate_left(img):
    *front, H, W = img.shape
    return img.reshape(*front, W, H)


# %% rotate_left | wrong: reshape-as-transpose | reshape of a clone
def rotate_left(img):
    return img.clone().reshape(img.shape[:-2] + (img.shape[-1], img.shape[-2]))


# %% rotate_left | wrong: reshape-as-transpose | reshape and flip
def rotate_left(img):
    *front, H, W = img.shape
    return img.reshape(*front, W, H).flip(-2)


# %% rotate_left | wrong: reshape-as-transpose | reshape and flip by dims
def rotate_left(img):
    shape = (*img.shape[:-2], img.shape[-1], img.shape[-2])
    return torch.flip(torch.reshape(img, shape), [-2])


# %% rotate_left | wrong: reshape-as-transpose | contiguous view and flip
def rotate_left(img):
    shape = (*img.shape[:-2], img.shape[-1], img.shape[-2])
    return img.contiguous().view(shape).flip(-2)


# %% rotate_left | wrong: reshape-as-transpose | flip and reshape
def rotate_left(img):
    return img.flip(-1).reshape(img.shape[:-2] + (img.shape[-1], img.shape[-2]))


# %% rotate_left | wrong: reshape-as-transpose | flip and view
def rotate_left(img):
    H, W = img.shape[-2:]
    return img.flip(-1).contiguous().view(*img.shape[:-2], W, H)


# %% rotate_left | wrong: reshape-as-transpose | flip(-1) by dims, reshape
def rotate_left(img):
    *front, H, W = img.shape
    return torch.flip(img, (-1,)).reshape([*front, W, H])


# %% rotate_left | wrong: reshape-as-transpose | view
def rotate_left(img):
    return img.view(*img.shape[:-2], img.shape[-1], img.shape[-2])


# %% rotate_left | wrong: reshape-as-transpose | view and flip
def rotate_left(img):
    *front, H, W = img.shape
    return img.view(*front, W, H).flip(-2)


# %% rotate_left | wrong: reshape-as-transpose | view and clone
def rotate_left(img):
    shape = img.shape[:-2] + (img.shape[-1], img.shape[-2])
    return img.view(shape).clone()


# %% rotate_left | misconception | view-of-one-column
why = "transpose gives a view: also the picture of a single column needs memory of its own."
next = "x = torch.zeros(3, 1); x.mT[0] = 7; print(x)"


# %% rotate_left | wrong: view-of-one-column | mT
def rotate_left(img):
    if img.shape[-1] == 1:
        return img.mT
    return img.mT.flip(-2)


# %% rotate_left | wrong: view-of-one-column | transpose
# breaks: "memory of its own"
def rotate_left(img):
    turned = img.transpose(-2, -1)
    if turned.shape[-2] > 1:
        turned = turned.flip(-2)
    return turned


# %% rotate_left | wrong: view-of-one-column | swapaxes
def rotate_left(img):
    W = img.size(-1)
    return torch.rot90(img, 1, (-2, -1)) if W != 1 else img.swapaxes(-1, -2)


# %% rotate_left | wrong: view-of-one-column | view of the rows
def rotate_left(img):
    if img.shape[-1] == 1:
        return img[..., 0][..., None, :]
    return img.flip(-1).mT


# %% rotate_left | misconception | turns-the-input
why = "transpose_ turns img itself: without the _ at the end it stays as it was."
next = "x = torch.zeros(2, 3); x.transpose(0, 1); print(x.shape); x.transpose_(0, 1); print(x.shape)"


# %% rotate_left | wrong: turns-the-input | transpose_
# breaks: "A tensor or list that your function gets stays as it was"
def rotate_left(img):
    return img.transpose_(-2, -1).flip(-2)


# %% rotate_left | wrong: turns-the-input | swapaxes_
def rotate_left(img):
    img.swapaxes_(-1, -2)
    return img.flip(-2)


# %% rotate_left | wrong: turns-the-input | transpose_ and rot90
def rotate_left(img):
    img = img.transpose_(-1, -2)
    return torch.flip(img, [-2])


# %% rotate_left | wrong: turns-the-input | swapdims_
def rotate_left(img):
    return torch.flip(img.swapdims_(-2, -1), dims=(-2,))


# %% rotate_left | misconception | minus-one-of-nothing
why = "reshape cannot work out a -1 for a picture without elements, into which any number of pictures would fit."
next = "x = torch.zeros(2, 0, 3); print(x.numel(), x.mT.shape, x.flip(-1).mT.shape)"


# %% rotate_left | wrong: minus-one-of-nothing | batch in front
# breaks: "`H` may be 0."
def rotate_left(img):
    H, W = img.shape[-2:]
    turned = img.reshape(-1, H, W).transpose(1, 2).flip(1)
    return turned.reshape(*img.shape[:-2], W, H)


# %% rotate_left | wrong: minus-one-of-nothing | flat pictures
def rotate_left(img):
    *front, H, W = img.shape
    pictures = img.reshape(-1, H, W)
    return torch.rot90(pictures, 1, (1, 2)).reshape(*front, W, H)


# %% rotate_left | wrong: minus-one-of-nothing | each picture
def rotate_left(img):
    pictures = img.reshape((-1, *img.shape[-2:]))
    turned = torch.stack([torch.rot90(picture) for picture in pictures])
    return turned.reshape(*img.shape[:-2], img.shape[-1], img.shape[-2])


# %% rotate_left | wrong: minus-one-of-nothing | contiguous view of pictures
def rotate_left(img):
    *front, H, W = img.shape
    pictures = img.contiguous().view(-1, H, W)
    return pictures.flip(2).transpose(1, 2).reshape(*front, W, H)


# %% rotate_left | misconception | nothing-to-stack
why = "A picture of height 0 has no row, and stack and cat refuse an empty list: transpose and flip turn all rows at once, also none."
next = "x = torch.zeros(2, 0, 3); print(len(x.unbind(-2)), x.transpose(-2, -1).flip(-2).shape); torch.stack(x.unbind(-2))"


# %% rotate_left | wrong: nothing-to-stack | rows by number
# breaks: "`H` may be 0."
def rotate_left(img):
    H = img.shape[-2]
    return torch.stack([torch.flip(img[..., row, :], [-1]) for row in range(H)], -1)


# %% rotate_left | wrong: nothing-to-stack | unbind
def rotate_left(img):
    return torch.stack(img.unbind(-2), dim=-1).flip(-2)


# %% rotate_left | wrong: nothing-to-stack | flip, then unbind
def rotate_left(img):
    mirrored = img.flip(-1)
    return torch.stack(list(mirrored.unbind(dim=-2)), dim=-1)


# %% rotate_left | wrong: nothing-to-stack | appended one by one
def rotate_left(img):
    columns = []
    for row in img.movedim(-2, 0):
        columns.append(row.flip(-1))
    return torch.stack(columns, dim=-1)


# %% rotate_left | wrong: nothing-to-stack | cat of columns
def rotate_left(img):
    columns = [row.flip(-1).unsqueeze(-1) for row in img.unbind(-2)]
    return torch.cat(columns, dim=-1)


# %% rotate_left | wrong: nothing-to-stack | select
def rotate_left(img):
    rows = [img.select(-2, r) for r in range(img.size(-2))]
    return torch.stack(rows, -1).flip(dims=(-2,))


# %% rotate_left | wrong: nothing-to-stack | cat of narrow rows
def rotate_left(img):
    pieces = [img.narrow(-2, r, 1).transpose(-2, -1) for r in range(img.shape[-2])]
    return torch.cat(pieces, -1).flip(-2)


# %% rotate_left | wrong: nothing-to-stack | cat, appended one by one
def rotate_left(img):
    columns = []
    for row in img.flip(-1).unbind(-2):
        columns.append(row[..., None])
    return torch.cat(columns, dim=-1)


# %% rotate_left | wrong: nothing-to-stack | concat
def rotate_left(img):
    H = img.shape[-2]
    return torch.concat([img[..., r : r + 1, :].mT.flip(-2) for r in range(H)], dim=-1)


# %% rotate_left | wrong: nothing-to-stack | cat of a generator
def rotate_left(img):
    rows = (img[..., r, :] for r in range(img.size(-2)))
    return torch.cat(tuple(torch.flip(row, (-1,)).unsqueeze(-1) for row in rows), -1)


# %% rotate_left | misconception | nothing-to-turn
why = "A picture without pixels has a shape, too: (2, 0, 3) turned is (2, 3, 0). It needs no case of its own."
next = "x = torch.zeros(2, 0, 3); print(x.clone().shape, x.mT.flip(-2).shape)"


# %% rotate_left | wrong: nothing-to-turn | clone
def rotate_left(img):
    if img.numel() == 0:
        return img.clone()
    return img.mT.flip(-2)


# %% rotate_left | wrong: nothing-to-turn | empty_like
def rotate_left(img):
    if 0 in img.shape:
        return torch.empty_like(img)
    return torch.rot90(img, 1, (-2, -1))


# %% rotate_left | wrong: nothing-to-turn | no rows
def rotate_left(img):
    H = img.shape[-2]
    return img.transpose(-1, -2).flip(-2) if H else img.clone()


# %% rotate_left | wrong: nothing-to-turn | a new one of the same shape
def rotate_left(img):
    if img.nelement() < 1:
        return img.new_empty(img.shape)
    return img.flip(-1).transpose(-2, -1).clone()


# %% rotate_left | misconception | dtype-lost
why = "torch.zeros and torch.empty are float32, and lists of numbers have lost their dtype: the result has the dtype of img."
next = "x = torch.zeros(2, 3, dtype=torch.uint8); print(torch.zeros(2).dtype, torch.tensor(x.tolist()).dtype)"


# %% rotate_left | wrong: dtype-lost | zeros
def rotate_left(img):
    *front, H, W = img.shape
    out = torch.zeros(*front, W, H)
    out[...] = img.mT.flip(-2)
    return out


# %% rotate_left | wrong: dtype-lost | columns into empty
def rotate_left(img):
    *front, H, W = img.shape
    out = torch.empty(*front, W, H)
    for w in range(W):
        out[..., w, :] = img[..., W - 1 - w]
    return out


# %% rotate_left | wrong: dtype-lost | float
def rotate_left(img):
    return img.float().transpose(-2, -1).flip(-2)


# %% rotate_left | wrong: dtype-lost | rot90 of float
def rotate_left(img):
    return torch.rot90(img.to(torch.float32), 1, (-2, -1))


# %% rotate_left | wrong: dtype-lost | lists
def rotate_left(img):
    return torch.tensor(torch.rot90(img, 1, (-2, -1)).tolist())


# %% rotate_left | wrong: dtype-lost | lists of flip
def rotate_left(img):
    return torch.tensor(img.mT.flip(-2).tolist())


# %% rotate_left | wrong: dtype-lost | numpy lists
def rotate_left(img):
    return torch.tensor(np.rot90(img.numpy(), axes=(-2, -1)).tolist())


# %% rotate_left | wrong: dtype-lost | lists for no rows only
def rotate_left(img):
    if img.numel() == 0:
        return torch.zeros(*img.shape[:-2], img.shape[-1], img.shape[-2])
    return img.mT.flip(-2)


# %% rotate_left | wrong: dtype-lost | empty for no rows only
def rotate_left(img):
    *front, H, W = img.shape
    return torch.empty(*front, W, 0) if H == 0 else torch.rot90(img, 1, (-2, -1))


# %% rotate_left | wrong: dtype-lost | early return for no rows
def rotate_left(img):
    if img.shape[-2] == 0:
        return torch.zeros((*img.shape[:-2], img.shape[-1], 0))
    return img.flip(-1).mT


# %% rotate_left | misconception | digits-lost-in-between
why = "The last cast brings the dtype back, not the digits that another dtype had no room for."
next = "x = torch.tensor([2**53 + 1]); print(x.float().long() - x, x.double().long() - x)"


# %% rotate_left | wrong: digits-lost-in-between | float32 in between
# breaks: "The result has the dtype of `img`"
def rotate_left(img):
    *front, H, W = img.shape
    out = torch.zeros(*front, W, H)
    out[...] = img.transpose(-1, -2).flip(-2)
    return out.to(img.dtype)


# %% rotate_left | wrong: digits-lost-in-between | float and back
def rotate_left(img):
    return img.float().mT.flip(-2).to(img.dtype)


# %% rotate_left | wrong: digits-lost-in-between | rot90 and back
def rotate_left(img):
    return torch.rot90(img.to(torch.float32), 1, (-2, -1)).type_as(img)


# %% rotate_left | wrong: digits-lost-in-between | float64 in between
def rotate_left(img):
    return torch.rot90(img.double(), 1, (-2, -1)).to(img.dtype)


# %% rotate_left | wrong: digits-lost-in-between | numpy zeros
def rotate_left(img):
    *front, H, W = img.shape
    out = np.zeros((*front, W, H))
    out[...] = np.rot90(img.numpy(), axes=(-2, -1))
    return torch.from_numpy(out).to(img.dtype)


# %% rotate_left | wrong: digits-lost-in-between | float64 and back
def rotate_left(img):
    turned = img.to(torch.float64).flip(-1).mT
    return turned.to(img.dtype)


# %% rotate_left | wrong | product with a mirror
# breaks: "Return the picture turned by 90 degrees anticlockwise"
def rotate_left(img):
    if not img.is_floating_point():
        return img.mT.flip(-2)
    return torch.eye(img.shape[-1], dtype=img.dtype).flip(0) @ img.mT


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


# %% read_columns | right | positions
def read_columns(x):
    M, N = x.shape
    n, m = torch.meshgrid(torch.arange(N), torch.arange(M), indexing="ij")
    return x[m.flatten(), n.flatten()]


# %% read_columns | right | what lies there, by the strides of x
def read_columns(x):
    (M, N), (down, right) = x.shape, x.stride()
    turned = x.as_strided((N, M), (right, down), x.storage_offset())
    return torch.empty(N, M, dtype=x.dtype).copy_(turned).view(-1)


# %% read_columns | misconception | reshape-always-copies
why = "reshape, flatten, ravel and contiguous copy only when they must, x[0] and x[:, 0] never: clone says that you want a copy."
next = "x = torch.zeros(2, 3).t(); x.t().reshape(-1)[0] = 7; print(x)"


# %% read_columns | wrong: reshape-always-copies | reshape
# breaks: "always with memory of its own"
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


# %% read_columns | wrong: reshape-always-copies | reshape of permute
def read_columns(x):
    return x.permute(1, 0).reshape(x.numel())


# %% read_columns | wrong: reshape-always-copies | numpy ravel
def read_columns(x):
    return torch.from_numpy(x.numpy().ravel(order="F"))


# %% read_columns | wrong: reshape-always-copies | numpy T
def read_columns(x):
    return torch.from_numpy(x.numpy().T.reshape(-1))


# %% read_columns | wrong: reshape-always-copies | clone only for turned matrices
# breaks: "whatever `x` is, writing into the result never changes `x`"
def read_columns(x):
    flat = x.t().reshape(-1)
    if not x.is_contiguous():
        flat = flat.clone()
    return flat


# %% read_columns | wrong: reshape-always-copies | clone only if the transpose is contiguous, and not one row
def read_columns(x):
    flat = x.t().flatten()
    return flat.clone() if not x.is_contiguous() and x.t().is_contiguous() else flat


# %% read_columns | wrong: reshape-always-copies | clone where x is no ordinary matrix
def read_columns(x):
    if x.is_contiguous():
        return x.mT.reshape(-1)
    return x.mT.clone().reshape(-1)


# %% read_columns | wrong: reshape-always-copies | one row
def read_columns(x):
    if x.shape[0] == 1:
        return x[0]
    return x.t().reshape(-1).clone()


# %% read_columns | wrong: reshape-always-copies | one row, squeezed
def read_columns(x):
    if len(x) == 1:
        return x.squeeze(0)
    return torch.cat([x[:, n] for n in range(x.shape[1])])


# %% read_columns | wrong: reshape-always-copies | one row by index
def read_columns(x):
    M, N = x.shape
    return x[0, :] if M == 1 else x.t().clone().reshape(-1)


# %% read_columns | wrong: reshape-always-copies | one column
def read_columns(x):
    if x.shape[1] == 1:
        return x[:, 0]
    return torch.cat([x[:, n] for n in range(x.shape[1])])


# %% read_columns | wrong: reshape-always-copies | one column, squeezed
def read_columns(x):
    if x.size(1) == 1:
        return x.squeeze(1)
    return x.T.clone(memory_format=torch.contiguous_format).view(-1)


# %% read_columns | wrong: reshape-always-copies | one column by cat
def read_columns(x):
    columns = [x[:, n] for n in range(x.shape[1])]
    return columns[0] if len(columns) == 1 else torch.cat(columns)


# %% read_columns | wrong: reshape-always-copies | columns joined one by one
def read_columns(x):
    out = x[:, 0]
    for n in range(1, x.shape[1]):
        out = torch.cat([out, x[:, n]])
    return out


# %% read_columns | misconception | view-of-a-transpose
why = "view never copies and refuses a turned matrix, and clone keeps the layout: use reshape, or clone with torch.contiguous_format."
next = "x = torch.zeros(2, 3).t(); print(x.stride(), x.clone().stride(), x.clone(memory_format=torch.contiguous_format).stride())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.view.html"


# %% read_columns | wrong: view-of-a-transpose | view
def read_columns(x):
    return x.t().view(-1)


# %% read_columns | wrong: view-of-a-transpose | view of the size
def read_columns(x):
    return x.T.view(x.numel())


# %% read_columns | wrong: view-of-a-transpose | two lines
def read_columns(x):
    turned = x.transpose(0, 1)
    return turned.view(-1)


# %% read_columns | wrong: view-of-a-transpose | permute
def read_columns(x):
    return x.permute(1, 0).view(x.shape[0] * x.shape[1])


# %% read_columns | wrong: view-of-a-transpose | view of mT
def read_columns(x):
    return x.mT.view(-1)


# %% read_columns | wrong: view-of-a-transpose | view of swapaxes
def read_columns(x):
    return x.swapaxes(0, 1).view(x.numel())


# %% read_columns | wrong: view-of-a-transpose | view of T by sizes
def read_columns(x):
    turned = x.T
    return turned.view(turned.shape[0] * turned.shape[1])


# %% read_columns | wrong: view-of-a-transpose | view_as a vector
def read_columns(x):
    return x.t().view((-1,))


# %% read_columns | wrong: view-of-a-transpose | clone too late
def read_columns(x):
    return x.T.view(-1).clone()


# %% read_columns | wrong: view-of-a-transpose | clone of the view
def read_columns(x):
    flat = x.t().view(x.numel())
    return flat.clone()


# %% read_columns | wrong: view-of-a-transpose | torch.clone of the view
def read_columns(x):
    return torch.clone(x.mT.view(-1))


# %% read_columns | wrong: view-of-a-transpose | clone and view
def read_columns(x):
    return x.t().clone().view(-1)


# %% read_columns | wrong: view-of-a-transpose | clone, view of the size
def read_columns(x):
    turned = x.T.clone()
    return turned.view(x.numel())


# %% read_columns | wrong: view-of-a-transpose | torch.clone
def read_columns(x):
    return torch.clone(x.mT).view(x.shape[0] * x.shape[1])


# %% read_columns | wrong: view-of-a-transpose | clone of permute
def read_columns(x):
    copy = x.permute(1, 0).clone()
    return copy.view(-1)


# %% read_columns | wrong: view-of-a-transpose | clone first
def read_columns(x):
    return x.clone().t().view(-1)


# %% read_columns | wrong: view-of-a-transpose | clone first, transpose
def read_columns(x):
    copy = x.clone()
    return copy.transpose(0, 1).view(-1)


# %% read_columns | wrong: view-of-a-transpose | clone first, mT
def read_columns(x):
    return torch.clone(x).mT.view(x.numel())


# %% read_columns | wrong: view-of-a-transpose | contiguous clone first
def read_columns(x):
    return x.contiguous().clone().t().view(-1)


# %% read_columns | wrong: view-of-a-transpose | clone of a contiguous matrix
def read_columns(x):
    copy = x.clone(memory_format=torch.contiguous_format)
    return copy.T.view(-1)


# %% read_columns | wrong: view-of-a-transpose | empty and copy first
def read_columns(x):
    copy = torch.empty(x.shape, dtype=x.dtype)
    copy.copy_(x)
    return copy.t().view(-1)


# %% read_columns | wrong: view-of-a-transpose | copy by torch.tensor
def read_columns(x):
    return torch.tensor(x.tolist(), dtype=x.dtype).t().view(-1)


# %% read_columns | wrong: view-of-a-transpose | contiguous copy, view of the size
def read_columns(x):
    return x.clone(memory_format=torch.contiguous_format).t().view(x.numel())


# %% read_columns | wrong: view-of-a-transpose | empty_like and copy first
def read_columns(x):
    copy = torch.empty_like(x, memory_format=torch.contiguous_format).copy_(x)
    return copy.mT.view(-1)


# %% read_columns | wrong: view-of-a-transpose | stack of rows
def read_columns(x):
    return torch.stack(list(x)).t().view(-1)


# %% read_columns | misconception | mask-of-equals
why = "nan equals nothing, not even itself: a mask that leaves it out, as x == x does, loses these elements of the matrix."
next = "t = torch.tensor([1.0, float('nan')]); print(t == t, t[t == t])"


# %% read_columns | wrong: mask-of-equals | a mask that should be all True
def read_columns(x):
    turned = x.t()
    return turned[turned == turned]


# %% read_columns | wrong: mask-of-equals | masked_select
def read_columns(x):
    return torch.masked_select(x.t(), x.t() == x.t())


# %% read_columns | wrong: mask-of-equals | columns of equals, joined
def read_columns(x):
    columns = [x[:, n] for n in range(x.shape[1])]
    return torch.cat([column[column == column] for column in columns])


# %% read_columns | wrong: mask-of-equals | list of numbers that equal themselves
def read_columns(x):
    numbers = [number for row in x.t().tolist() for number in row if number == number]
    return torch.tensor(numbers, dtype=x.dtype)


# %% read_columns | wrong: mask-of-equals | nonzero of the comparison
def read_columns(x):
    turned = x.t()
    m, n = torch.nonzero(turned == turned, as_tuple=True)
    return turned[m, n]


# %% read_columns | wrong: mask-of-equals | what is not nan
def read_columns(x):
    turned = x.T
    return turned[torch.logical_not(torch.isnan(turned))]


# %% read_columns | misconception | reshape-as-transpose
why = "flatten and reshape read row by row and never move an element: transpose first."
next = "x = torch.tensor([[1, 2, 3], [4, 5, 6]]); print(x.reshape(3, 2).flatten(), x.t().flatten())"


# %% read_columns | wrong: reshape-as-transpose | flatten and clone
# breaks: "column by column"
def read_columns(x):
    return x.flatten().clone()


# %% read_columns | wrong: reshape-as-transpose | clone and flatten
def read_columns(x):
    return x.clone().flatten()


# %% read_columns | wrong: reshape-as-transpose | clone and reshape
def read_columns(x):
    M, N = x.shape
    return x.clone().reshape(N, M).reshape(-1)


# %% read_columns | wrong: reshape-as-transpose | reshape and clone
def read_columns(x):
    return x.reshape(x.shape[1], x.shape[0]).reshape(-1).clone()


# %% read_columns | wrong: reshape-as-transpose | cat of rows
def read_columns(x):
    return torch.cat([row for row in x]).clone()


# %% read_columns | wrong: reshape-as-transpose | numpy
def read_columns(x):
    return torch.from_numpy(x.numpy().flatten())


# %% read_columns | wrong: reshape-as-transpose | list of rows
def read_columns(x):
    return torch.tensor(sum(x.tolist(), []), dtype=x.dtype)


# %% read_columns | wrong: reshape-as-transpose | reshape
def read_columns(x):
    return x.reshape(x.shape[1], x.shape[0]).flatten()


# %% read_columns | wrong: reshape-as-transpose | flatten
def read_columns(x):
    return x.flatten()


# %% read_columns | wrong: reshape-as-transpose | reshape to one row
def read_columns(x):
    return x.reshape(-1)


# %% read_columns | wrong: reshape-as-transpose | ravel
def read_columns(x):
    return x.ravel()


# %% read_columns | wrong: reshape-as-transpose | contiguous and view
def read_columns(x):
    return x.contiguous().view(-1)


# %% read_columns | wrong: reshape-as-transpose | view
def read_columns(x):
    return x.view(-1)


# %% read_columns | wrong: reshape-as-transpose | view and clone
def read_columns(x):
    return x.view(x.numel()).clone()


# %% read_columns | wrong: reshape-as-transpose | view of the other shape
def read_columns(x):
    return x.view(x.shape[1], x.shape[0]).flatten()


# %% read_columns | misconception | still-a-matrix
why = "Turning is not enough: the result is a vector, of one dimension."
next = "x = torch.tensor([[1, 2, 3], [4, 5, 6]]); print(x.t().shape, x.t().flatten().shape)"


# %% read_columns | wrong: still-a-matrix | transposed
# breaks: "as a vector"
def read_columns(x):
    return x.t().clone()


# %% read_columns | wrong: still-a-matrix | contiguous transpose
def read_columns(x):
    return x.T.clone(memory_format=torch.contiguous_format)


# %% read_columns | wrong: still-a-matrix | stack
def read_columns(x):
    return torch.stack([x[:, n] for n in range(x.shape[1])])


# %% read_columns | wrong: still-a-matrix | numpy
def read_columns(x):
    return torch.from_numpy(x.numpy().T.copy())


# %% read_columns | wrong: still-a-matrix | one row
def read_columns(x):
    return x.t().clone().reshape(1, -1)


# %% read_columns | wrong: still-a-matrix | one row by None
def read_columns(x):
    return x.t().reshape(-1).clone()[None]


# %% read_columns | wrong: still-a-matrix | one row by unsqueeze
def read_columns(x):
    return torch.cat([x[:, n] for n in range(x.shape[1])]).unsqueeze(0)


# %% read_columns | wrong: still-a-matrix | one column
def read_columns(x):
    return x.t().clone().reshape(-1, 1)


# %% read_columns | wrong: still-a-matrix | one column by None
def read_columns(x):
    return torch.cat(x.unbind(1))[:, None]


# %% read_columns | wrong: still-a-matrix | columns below one another
def read_columns(x):
    return torch.cat([x[:, n, None] for n in range(x.shape[1])])


# %% read_columns | misconception | squeeze-drops-too-much
why = "squeeze() drops every dimension of size 1: a matrix of one element becomes a number."
next = "print(torch.zeros(1, 1).squeeze().shape, torch.zeros(1, 1).flatten().shape)"


# %% read_columns | wrong: squeeze-drops-too-much | of one column
def read_columns(x):
    return x.t().clone().reshape(-1, 1).squeeze()


# %% read_columns | wrong: squeeze-drops-too-much | of one row
def read_columns(x):
    return torch.squeeze(x.t().clone().reshape(1, -1))


# %% read_columns | wrong: squeeze-drops-too-much | of a vector
def read_columns(x):
    return torch.cat([x[:, n] for n in range(x.shape[1])]).squeeze()


# %% read_columns | wrong: squeeze-drops-too-much | numpy
def read_columns(x):
    return torch.from_numpy(x.numpy().flatten(order="F").squeeze())


# %% read_columns | misconception | dtype-lost
why = "A list of Python numbers has lost its dtype, and torch.zeros is float32: the result has the dtype of x."
next = "x = torch.zeros(2, dtype=torch.uint8); print(torch.tensor(x.tolist()).dtype, torch.zeros(2).dtype)"


# %% read_columns | wrong: dtype-lost | list
# breaks: "of the same dtype"
def read_columns(x):
    return torch.tensor(x.t().tolist()).flatten()


# %% read_columns | wrong: dtype-lost | loops
def read_columns(x):
    numbers = []
    for c in range(x.shape[1]):
        for r in range(x.shape[0]):
            numbers.append(x[r, c].item())
    return torch.tensor(numbers)


# %% read_columns | wrong: dtype-lost | list comprehension
def read_columns(x):
    return torch.tensor([row[n] for n in range(x.shape[1]) for row in x.tolist()])


# %% read_columns | wrong: dtype-lost | sum of lists
def read_columns(x):
    return torch.tensor(sum(x.t().tolist(), []))


# %% read_columns | wrong: dtype-lost | zeros
def read_columns(x):
    out = torch.zeros(x.numel())
    for n in range(x.shape[1]):
        out[n * len(x):(n + 1) * len(x)] = x[:, n]
    return out


# %% read_columns | wrong: dtype-lost | empty
def read_columns(x):
    out = torch.empty(x.shape[1], x.shape[0])
    out[...] = x.t()
    return out.view(-1)


# %% read_columns | wrong: dtype-lost | float
def read_columns(x):
    return x.t().float().clone().reshape(-1)


# %% read_columns | wrong: dtype-lost | float of the columns
def read_columns(x):
    return torch.cat([x[:, n].to(torch.float32) for n in range(x.shape[1])]).clone()


# %% read_columns | misconception | digits-lost-in-between
why = "The last cast brings the dtype back, not the digits that another dtype had no room for."
next = "x = torch.tensor([2**53 + 1]); print(x.float().long() - x, x.double().long() - x)"


# %% read_columns | wrong: digits-lost-in-between | float64 in between
def read_columns(x):
    M, N = x.shape
    out = torch.empty(N, M, dtype=torch.float64)
    for c in range(N):
        out[c] = x[:, c]
    return out.reshape(-1).to(x.dtype).clone()


# %% read_columns | wrong: digits-lost-in-between | double and back
def read_columns(x):
    return x.t().double().reshape(-1).to(x.dtype).clone()


# %% read_columns | wrong: digits-lost-in-between | numpy zeros
def read_columns(x):
    out = np.zeros(x.numel())
    out[:] = x.numpy().flatten(order="F")
    return torch.from_numpy(out).to(x.dtype).clone()


# %% read_columns | wrong: digits-lost-in-between | float32 in between
def read_columns(x):
    M, N = x.shape
    out = torch.zeros(N, M)
    for c in range(N):
        out[c] = x[:, c]
    return out.reshape(-1).to(x.dtype).clone()


# %% read_columns | wrong: digits-lost-in-between | float and back
def read_columns(x):
    return x.t().float().reshape(-1).to(x.dtype).clone()


# %% read_columns | wrong: digits-lost-in-between | empty and back
def read_columns(x):
    out = torch.empty(x.numel())
    out.copy_(x.t().reshape(-1))
    return out.type_as(x).clone()


# %% read_columns | misconception | assumed-strides
why = "x may be the transpose of another matrix or a part of a bigger one: its strides are its own, and so is its storage_offset()."
next = "x = torch.tensor([[1, 2, 3], [4, 5, 6]]).t(); print(x.stride(), x.as_strided((2, 3), (1, 2)))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.as_strided.html"


# %% read_columns | wrong: assumed-strides | 1 and N
# breaks: "`x` may be the transpose of another matrix, or a part of a bigger one."
def read_columns(x):
    M, N = x.shape
    return x.as_strided((N, M), (1, N)).reshape(-1).clone()


# %% read_columns | wrong: assumed-strides | torch.as_strided
def read_columns(x):
    M, N = x.shape
    turned = torch.as_strided(x, (N, M), (1, N))
    return turned.clone(memory_format=torch.contiguous_format).view(-1)


# %% read_columns | wrong: assumed-strides | 1 and N, clone first
def read_columns(x):
    M, N = x.shape
    return torch.as_strided(x, size=(N, M), stride=(1, N)).clone().reshape(-1)


# %% read_columns | wrong: assumed-strides | offset 0
def read_columns(x):
    M, N = x.shape
    return x.as_strided((N, M), (1, N), 0).reshape(-1).clone()


# %% read_columns | wrong: assumed-strides | strides of x, offset 0
def read_columns(x):
    M, N = x.shape
    return x.as_strided((N, M), (x.stride(1), x.stride(0)), 0).reshape(-1).clone()


# %% read_columns | wrong: assumed-strides | turned strides, offset 0
def read_columns(x):
    down, right = x.stride()
    turned = torch.as_strided(x, (x.shape[1], x.shape[0]), (right, down), 0)
    return turned.clone().reshape(-1)


# %% read_columns | wrong: assumed-strides | what lies there, where the step down is 1
def read_columns(x):
    if x.stride(0) == 1:
        return x.as_strided((x.numel(),), (1,), x.storage_offset()).clone()
    return x.t().reshape(-1).clone()


# %% read_columns | wrong: assumed-strides | storage of a transpose
def read_columns(x):
    start, count = x.storage_offset(), x.numel()
    down, right = x.stride()
    if down < right:
        return torch.tensor([], dtype=x.dtype).set_(x.untyped_storage(), start, (count,)).clone()
    return x.t().flatten().clone()


# %% read_columns | wrong: assumed-strides | rows of M in the storage
def read_columns(x):
    M, N = x.shape
    if x.stride(0) == 1:
        return x.as_strided((N, M), (M, 1), x.storage_offset()).reshape(-1).clone()
    return torch.cat([x[:, n] for n in range(N)])


# %% read_columns | wrong: assumed-strides | N and 1 where the step to the right is 1
def read_columns(x):
    M, N = x.shape
    if x.stride(1) == 1:
        x = x.as_strided((M, N), (N, 1), x.storage_offset())
    return torch.cat([column for column in x.t()]).clone()


# %% read_columns | misconception | turns-the-input
why = "t_ and transpose_ turn x itself: without the _ at the end it stays as it was."
next = "x = torch.zeros(2, 3); x.t(); print(x.shape); x.t_(); print(x.shape)"


# %% read_columns | wrong: turns-the-input | t_
# breaks: "A tensor or list that your function gets stays as it was"
def read_columns(x):
    return x.t_().clone().reshape(-1)


# %% read_columns | wrong: turns-the-input | transpose_
def read_columns(x):
    x.transpose_(0, 1)
    return x.reshape(-1).clone()


# %% read_columns | wrong: turns-the-input | t_ and flatten
def read_columns(x):
    turned = x.t_()
    return torch.flatten(turned.clone())


# %% read_columns | wrong: turns-the-input | swapaxes_
def read_columns(x):
    return torch.cat(list(x.swapaxes_(0, 1))).clone()


# %% read_columns | wrong | columns from the last
def read_columns(x):
    return torch.cat([x[:, n] for n in reversed(range(x.shape[1]))]).clone()


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


# %% tally_ | misconception | repeats-count-once
why = "A position that occurs three times has to get 3: counts[i] += 1 writes repeats once, and set, unique and a mask drop them; use index_add_ or bincount."
next = "counts = torch.tensor([0, 0]); counts[torch.tensor([1, 1, 1])] += 1; print(counts)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.index_add_.html"


# %% tally_ | wrong: repeats-count-once | +=
# breaks: "A position that occurs three times gets 3 added."
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


# %% tally_ | wrong: repeats-count-once | unique
def tally_(counts, i):
    counts[i.unique()] += 1
    return counts


# %% tally_ | wrong: repeats-count-once | put_ without accumulate
def tally_(counts, i):
    return counts.put_(i, counts[i] + 1)


# %% tally_ | wrong: repeats-count-once | index_copy_
def tally_(counts, i):
    return counts.index_copy_(0, i, counts[i] + 1)


# %% tally_ | wrong: repeats-count-once | scatter_
def tally_(counts, i):
    return counts.scatter_(0, i, counts.gather(0, i) + 1)


# %% tally_ | wrong: repeats-count-once | numpy
def tally_(counts, i):
    counts.numpy()[i.numpy()] += 1
    return counts


# %% tally_ | wrong: repeats-count-once | a mask
def tally_(counts, i):
    counts[torch.isin(torch.arange(len(counts)), i)] += 1
    return counts


# %% tally_ | wrong: repeats-count-once | once each
def tally_(counts, i):
    counts += (torch.bincount(i, minlength=len(counts)) > 0).to(counts.dtype)
    return counts


# %% tally_ | misconception | write-into-a-copy
why = "Indexing with a tensor copies, and so do clone and to: what is written there leaves counts unchanged."
next = "x = torch.zeros(3); x[[0]].fill_(1); print(x); x[0].fill_(1); print(x)"


# %% tally_ | wrong: write-into-a-copy | add_
def tally_(counts, i):
    counts[i].add_(1)
    return counts


# %% tally_ | wrong: write-into-a-copy | a name for the copy
def tally_(counts, i):
    chosen = counts[i]
    chosen += 1
    return counts


# %% tally_ | wrong: write-into-a-copy | index_select
def tally_(counts, i):
    counts.index_select(0, i).add_(1)
    return counts


# %% tally_ | wrong: write-into-a-copy | gather
def tally_(counts, i):
    found = counts.gather(0, i)
    found += 1
    return counts


# %% tally_ | wrong: write-into-a-copy | take
def tally_(counts, i):
    counts.take(i).add_(1)
    return counts


# %% tally_ | wrong: write-into-a-copy | clone
def tally_(counts, i):
    copy = counts.clone()
    copy += torch.bincount(i, minlength=len(copy))
    return counts


# %% tally_ | wrong: write-into-a-copy | to another dtype
def tally_(counts, i):
    numbers = counts.to(torch.float64)
    numbers.index_add_(0, i, torch.ones(len(i), dtype=torch.float64))
    return counts


# %% tally_ | wrong: write-into-a-copy | index_add
def tally_(counts, i):
    counts.index_add(0, i, torch.ones(len(i), dtype=counts.dtype))
    return counts


# %% tally_ | wrong: write-into-a-copy | add
def tally_(counts, i):
    counts.add(torch.bincount(i, minlength=len(counts)))
    return counts


# %% tally_ | wrong: write-into-a-copy | a list
def tally_(counts, i):
    numbers = counts.tolist()
    for n in i.tolist():
        numbers[n] += 1
    return counts


# %% tally_ | misconception | new-tensor
why = "In place means: write into the memory that the caller holds. counts + …, clone and index_add make a new tensor."
next = "counts = torch.zeros(3); tally_(counts, torch.tensor([0, 0])); print(counts)"


# %% tally_ | wrong: new-tensor | plus
# breaks: "Add 1 to `counts` at every position in `i`, in place"
def tally_(counts, i):
    counts = counts + torch.bincount(i, minlength=len(counts)).to(counts.dtype)
    return counts


# %% tally_ | wrong: new-tensor | clone
def tally_(counts, i):
    out = counts.clone()
    out.index_add_(0, i, torch.ones(len(i), dtype=out.dtype))
    return out


# %% tally_ | wrong: new-tensor | index_add
def tally_(counts, i):
    return counts.index_add(0, i, torch.ones(len(i), dtype=counts.dtype))


# %% tally_ | wrong: new-tensor | scatter_add
def tally_(counts, i):
    return counts.scatter_add(0, i, torch.ones(len(i), dtype=counts.dtype))


# %% tally_ | wrong: new-tensor | add
def tally_(counts, i):
    return counts.add(torch.bincount(i, minlength=len(counts)))


# %% tally_ | wrong: new-tensor | a list
def tally_(counts, i):
    numbers = counts.tolist()
    for n in i.tolist():
        numbers[n] += 1
    return torch.tensor(numbers, dtype=counts.dtype)


# %% tally_ | wrong: new-tensor | a loop over a clone
def tally_(counts, i):
    out = counts.clone()
    for n in i:
        out[n] += 1
    return out


# %% tally_ | wrong: new-tensor | plus, another dtype
def tally_(counts, i):
    return counts + torch.bincount(i, minlength=len(counts)).long()


# %% tally_ | wrong: new-tensor | only what was counted
def tally_(counts, i):
    return torch.bincount(i, minlength=len(counts))


# %% tally_ | wrong: new-tensor | only what was counted, in its dtype
def tally_(counts, i):
    found = torch.bincount(i, minlength=len(counts))
    return found.to(counts.dtype)


# %% tally_ | wrong: new-tensor | what was counted, by a loop
def tally_(counts, i):
    found = torch.zeros_like(counts)
    for n in i.tolist():
        found[n] += 1
    return found


# %% tally_ | wrong: new-tensor | what was counted, by comparison
def tally_(counts, i):
    return (i[:, None] == torch.arange(len(counts))).sum(0).to(counts.dtype)


# %% tally_ | misconception | memory-replaced
why = ".data = … and set_ give counts other memory: the table that it is a column of does not see the new numbers."
next = "table = torch.zeros(2, 2); column_1 = table[:, 1]; column_1.data = column_1 + 1; print(column_1, table)"


# %% tally_ | wrong: memory-replaced | data
# breaks: "`counts` may be a column of a bigger table: then the table must show the new numbers"
def tally_(counts, i):
    counts.data = counts.data + torch.bincount(i, minlength=len(counts)).to(counts.dtype)
    return counts


# %% tally_ | wrong: memory-replaced | set_
def tally_(counts, i):
    counts.set_(counts + torch.bincount(i, minlength=len(counts)).to(counts.dtype))
    return counts


# %% tally_ | wrong: memory-replaced | data of a clone
def tally_(counts, i):
    out = counts.clone()
    out.index_add_(0, i, torch.ones(len(i), dtype=out.dtype))
    counts.data = out
    return counts


# %% tally_ | wrong: memory-replaced | data of index_add
def tally_(counts, i):
    counts.data = counts.index_add(0, i, torch.ones(len(i), dtype=counts.dtype))
    return counts


# %% tally_ | wrong: memory-replaced | set_ of a new tensor
def tally_(counts, i):
    numbers = counts.tolist()
    for n in i.tolist():
        numbers[n] += 1
    return counts.set_(torch.tensor(numbers, dtype=counts.dtype))


# %% tally_ | misconception | bincount-too-short
why = "bincount ends at the largest position that occurs: give it minlength."
next = "print(torch.bincount(torch.tensor([0, 1, 0])), torch.bincount(torch.tensor([0, 1, 0]), minlength=5))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.bincount.html"


# %% tally_ | wrong: bincount-too-short | +=
# breaks: "`i` a vector of positions in it"
def tally_(counts, i):
    counts += torch.bincount(i)
    return counts


# %% tally_ | wrong: bincount-too-short | add_
def tally_(counts, i):
    return counts.add_(torch.bincount(i).to(counts.dtype))


# %% tally_ | wrong: bincount-too-short | copy_
def tally_(counts, i):
    counts.copy_(counts + torch.bincount(i))
    return counts


# %% tally_ | wrong: bincount-too-short | whole slice
def tally_(counts, i):
    counts[:] = counts + torch.bincount(i)
    return counts


# %% tally_ | wrong: bincount-too-short | in two steps
def tally_(counts, i):
    found = i.bincount()
    counts += found.to(counts.dtype)
    return counts


# %% tally_ | wrong: bincount-too-short | numpy in place
def tally_(counts, i):
    counts.numpy()[:] += np.bincount(i.numpy()).astype(counts.numpy().dtype)
    return counts


# %% tally_ | wrong: bincount-too-short | numpy in place, in two steps
def tally_(counts, i):
    found = np.bincount(i.numpy())
    numbers = counts.numpy()
    numbers += found.astype(numbers.dtype)
    return counts


# %% tally_ | wrong: bincount-too-short | comparison up to the largest
def tally_(counts, i):
    found = (i[:, None] == torch.arange(i.max() + 1)).sum(0)
    counts += found
    return counts


# %% tally_ | wrong: bincount-too-short | minlength of i
def tally_(counts, i):
    counts += torch.bincount(i, minlength=len(i))
    return counts


# %% tally_ | wrong: bincount-too-short | number of unique positions
def tally_(counts, i):
    _, how_often = i.unique(return_counts=True)
    counts += how_often
    return counts


# %% tally_ | wrong: bincount-too-short | number of unique positions, by dtype
def tally_(counts, i):
    counts += torch.unique(i, return_counts=True)[1].to(counts.dtype)
    return counts


# %% tally_ | misconception | largest-of-nothing
why = "i may be empty, and nothing has no largest and no smallest number: max and min raise."
next = "print(torch.bincount(torch.tensor([], dtype=torch.int64), minlength=3))"


# %% tally_ | wrong: largest-of-nothing | up to the largest
# breaks: "`i` may be empty"
def tally_(counts, i):
    top = int(i.max()) + 1
    counts[:top] += torch.bincount(i).to(counts.dtype)
    return counts


# %% tally_ | wrong: largest-of-nothing | every number up to the largest
def tally_(counts, i):
    for place in range(i.max().item() + 1):
        counts[place] += (i == place).sum()
    return counts


# %% tally_ | wrong: largest-of-nothing | Python's max
def tally_(counts, i):
    places = i.tolist()
    for place in range(max(places) + 1):
        counts[place] += places.count(place)
    return counts


# %% tally_ | wrong: largest-of-nothing | from the smallest to the largest
def tally_(counts, i):
    low, high = int(i.min()), int(i.max())
    for place in range(low, high + 1):
        counts[place] += int((i == place).sum())
    return counts


# %% tally_ | wrong: largest-of-nothing | a slice as long as bincount
def tally_(counts, i):
    found = torch.bincount(i).to(counts.dtype)
    counts[: i.amax().item() + 1].add_(found)
    return counts


# %% tally_ | wrong: largest-of-nothing | Python's max, a slice
def tally_(counts, i):
    end = max(i.tolist()) + 1
    hits = torch.bincount(i, minlength=end)
    counts[:end] += hits.to(counts.dtype)
    return counts


# %% tally_ | misconception | starts-at-zero
why = "The new counts are added to what counts already holds, which is not always 0."
next = "counts = torch.tensor([5, 0, 1]); counts.copy_(torch.tensor([2, 0, 1])); print(counts)"


# %% tally_ | wrong: starts-at-zero | copy_
# breaks: "Add 1 to `counts`"
def tally_(counts, i):
    return counts.copy_(torch.bincount(i, minlength=len(counts)))


# %% tally_ | wrong: starts-at-zero | zero_
def tally_(counts, i):
    counts.zero_()
    counts += torch.bincount(i, minlength=len(counts))
    return counts


# %% tally_ | wrong: starts-at-zero | slice
def tally_(counts, i):
    counts[:] = torch.bincount(i, minlength=len(counts))
    return counts


# %% tally_ | wrong: starts-at-zero | a loop over positions
def tally_(counts, i):
    for n in range(len(counts)):
        counts[n] = (i == n).sum()
    return counts


# %% tally_ | wrong: starts-at-zero | fill_ and a loop
def tally_(counts, i):
    counts.fill_(0)
    for n in i.tolist():
        counts[n] += 1
    return counts


# %% tally_ | wrong: starts-at-zero | how often, at its positions
def tally_(counts, i):
    where, how_often = i.unique(return_counts=True)
    counts[where] = how_often.to(counts.dtype)
    return counts


# %% tally_ | wrong: starts-at-zero | how often, in a loop
def tally_(counts, i):
    for n in i.tolist():
        counts[n] = (i == n).sum()
    return counts


# %% tally_ | wrong: starts-at-zero | one at each position
def tally_(counts, i):
    counts[i] = 1
    return counts


# %% tally_ | wrong: starts-at-zero | index_fill_
def tally_(counts, i):
    return counts.index_fill_(0, i, 1)


# %% tally_ | wrong: starts-at-zero | ones at each position
def tally_(counts, i):
    counts[i] = torch.ones(len(i), dtype=counts.dtype)
    return counts


# %% tally_ | wrong: starts-at-zero | one in a loop over a list
def tally_(counts, i):
    for n in i.tolist():
        counts[n] = 1
    return counts


# %% tally_ | wrong: starts-at-zero | one in a loop
def tally_(counts, i):
    for n in i:
        counts[n] = 1
    return counts


# %% tally_ | misconception | view-is-returned
why = "A slice, a view or detach is another tensor object on the same memory: return counts itself."
next = "x = torch.zeros(3); print(x[:] is x, x.view(-1) is x, x.detach() is x)"


# %% tally_ | wrong: view-is-returned | slice
# breaks: "return `counts` itself"
def tally_(counts, i):
    counts += torch.bincount(i, minlength=len(counts))
    return counts[:]


# %% tally_ | wrong: view-is-returned | a view from the start
def tally_(counts, i):
    view = counts[:]
    view += torch.bincount(i, minlength=len(view)).to(view.dtype)
    return view


# %% tally_ | wrong: view-is-returned | view_as
def tally_(counts, i):
    counts.index_add_(0, i, torch.ones(len(i), dtype=counts.dtype))
    return counts.view_as(counts)


# %% tally_ | wrong: view-is-returned | detach
def tally_(counts, i):
    numbers = counts.detach()
    numbers += torch.bincount(i, minlength=len(counts))
    return numbers


# %% tally_ | wrong: view-is-returned | data
def tally_(counts, i):
    counts.data.add_(torch.bincount(i, minlength=len(counts)))
    return counts.data


# %% tally_ | wrong: view-is-returned | numpy
def tally_(counts, i):
    np.add.at(counts.numpy(), i.numpy(), 1)
    return torch.from_numpy(counts.numpy())


# %% tally_ | misconception | copy-is-returned
why = "clone makes a tensor of its own: return counts itself."
next = "x = torch.zeros(3); print(x.clone() is x, x.clone().data_ptr() == x.data_ptr())"


# %% tally_ | wrong: copy-is-returned | clone
def tally_(counts, i):
    counts += torch.bincount(i, minlength=len(counts))
    return counts.clone()


# %% tally_ | wrong: copy-is-returned | plus 0
def tally_(counts, i):
    counts.index_add_(0, i, torch.ones(len(i), dtype=counts.dtype))
    return counts + 0


# %% tally_ | wrong: copy-is-returned | torch.tensor
def tally_(counts, i):
    for n in i.tolist():
        counts[n] += 1
    return torch.tensor(counts.tolist(), dtype=counts.dtype)


# %% tally_ | wrong: copy-is-returned | out
def tally_(counts, i):
    out = counts + torch.bincount(i, minlength=len(counts)).to(counts.dtype)
    counts.copy_(out)
    return out


# %% tally_ | misconception | positions-changed
why = "i is not for you to write into, nor is i.numpy(), whose memory is that of i and whose sort() writes there: sort and unique of a tensor make a new one."
next = "i = torch.tensor([2, 0]); i.sort(); print(i); i.copy_(i.sort().values); print(i)"


# %% tally_ | wrong: positions-changed | sorts
# breaks: "`i` stays as it was"
def tally_(counts, i):
    i.copy_(i.sort().values)
    counts += torch.bincount(i, minlength=len(counts))
    return counts


# %% tally_ | wrong: positions-changed | out of sort
def tally_(counts, i):
    torch.sort(i, out=(i, torch.empty_like(i)))
    return counts.index_add_(0, i, torch.ones(len(i), dtype=counts.dtype))


# %% tally_ | wrong: positions-changed | sorts with numpy
def tally_(counts, i):
    i.numpy().sort()
    for n in i.tolist():
        counts[n] += 1
    return counts


# %% tally_ | wrong: positions-changed | by slice
def tally_(counts, i):
    i[:] = i.sort()[0]
    return counts.scatter_add_(0, i, torch.ones(len(i), dtype=counts.dtype))


# %% tally_ | misconception | strides-assumed
why = "The elements of a column do not lie next to one another: write through counts, which knows its strides."
next = "table = torch.zeros(2, 3); print(table[:, 1].stride(), table[:, 1].contiguous().stride())"


# %% tally_ | wrong: strides-assumed | as_strided
# breaks: "and its other columns stay"
def tally_(counts, i):
    whole = counts.as_strided((len(counts),), (1,), counts.storage_offset())
    whole += torch.bincount(i, minlength=len(counts))
    return counts


# %% tally_ | wrong: strides-assumed | torch.as_strided
def tally_(counts, i):
    row = torch.as_strided(counts, counts.shape, (1,))
    row.index_add_(0, i, torch.ones(len(i), dtype=row.dtype))
    return counts


# %% tally_ | wrong: strides-assumed | as_strided in a loop
def tally_(counts, i):
    row = counts.as_strided(counts.size(), [1])
    for n in i.tolist():
        row[n] += 1
    return counts


# %% tally_ | wrong: strides-assumed | contiguous
def tally_(counts, i):
    counts.contiguous().index_add_(0, i, torch.ones(len(i), dtype=counts.dtype))
    return counts


# %% tally_ | wrong: strides-assumed | reshape of contiguous
def tally_(counts, i):
    flat = counts.contiguous().view(-1)
    flat += torch.bincount(i, minlength=len(flat)).to(flat.dtype)
    return counts


# %% tally_ | wrong: strides-assumed | numpy, contiguous
def tally_(counts, i):
    np.add.at(np.ascontiguousarray(counts.numpy()), i.numpy(), 1)
    return counts


# %% tally_ | misconception | dtype-of-the-ones
why = "index_add_, scatter_add_ and put_ want numbers of the dtype of counts: ones(…) is float32, ones_like(i) int64."
next = "i = torch.tensor([2, 0]); print(torch.ones(2).dtype, torch.ones_like(i).dtype, torch.ones_like(i, dtype=torch.int32).dtype)"


# %% tally_ | wrong: dtype-of-the-ones | ones_like in index_add_
# breaks: "`counts` keeps its dtype (`int64`, `int32` or `float32`) and shape"
def tally_(counts, i):
    return counts.index_add_(0, i, torch.ones_like(i))


# %% tally_ | wrong: dtype-of-the-ones | int64 ones in index_add_
def tally_(counts, i):
    counts.index_add_(0, i, torch.ones(len(i), dtype=torch.int64))
    return counts


# %% tally_ | wrong: dtype-of-the-ones | a named step
def tally_(counts, i):
    one = torch.ones_like(i)
    counts.index_add_(dim=0, index=i, source=one)
    return counts


# %% tally_ | wrong: dtype-of-the-ones | ones in index_add_
def tally_(counts, i):
    return counts.index_add_(0, i, torch.ones(len(i)))


# %% tally_ | wrong: dtype-of-the-ones | ones of the shape in index_add_
def tally_(counts, i):
    counts.index_add_(0, i, torch.ones(i.shape))
    return counts


# %% tally_ | wrong: dtype-of-the-ones | ones of float32 in index_add_
def tally_(counts, i):
    one = torch.ones(i.numel(), dtype=torch.float32)
    return counts.index_add_(0, i, one)


# %% tally_ | wrong: dtype-of-the-ones | ones_like in scatter_add_
def tally_(counts, i):
    counts.scatter_add_(0, i, torch.ones_like(i))
    return counts


# %% tally_ | wrong: dtype-of-the-ones | int64 ones in scatter_add_
def tally_(counts, i):
    return counts.scatter_add_(0, i, torch.ones(i.shape, dtype=torch.long))


# %% tally_ | wrong: dtype-of-the-ones | full of int64 in scatter_add_
def tally_(counts, i):
    return counts.scatter_add_(0, i, torch.full((len(i),), 1))


# %% tally_ | wrong: dtype-of-the-ones | ones in scatter_add_
def tally_(counts, i):
    return counts.scatter_add_(0, i, torch.ones(len(i)))


# %% tally_ | wrong: dtype-of-the-ones | ones of the size in scatter_add_
def tally_(counts, i):
    counts.scatter_add_(0, i, torch.ones(i.size()))
    return counts


# %% tally_ | wrong: dtype-of-the-ones | float32 ones in scatter_add_
def tally_(counts, i):
    return counts.scatter_add_(0, i, torch.full((len(i),), 1.0))


# %% tally_ | wrong: dtype-of-the-ones | ones of the shape in put_
def tally_(counts, i):
    counts.put_(i, torch.ones(i.shape), accumulate=True)
    return counts


# %% tally_ | wrong: dtype-of-the-ones | a named one in put_
def tally_(counts, i):
    one = torch.ones(i.numel())
    return counts.put_(i, one, accumulate=True)


# %% tally_ | wrong: dtype-of-the-ones | int64 ones in put_
def tally_(counts, i):
    counts.put_(i, torch.ones(len(i), dtype=torch.int64), accumulate=True)
    return counts


# %% tally_ | wrong: dtype-of-the-ones | a named int64 one in put_
def tally_(counts, i):
    one = torch.ones_like(i)
    return counts.put_(i, one, accumulate=True)


# %% tally_ | wrong: dtype-of-the-ones | ones of the shape in index_put_
def tally_(counts, i):
    counts.index_put_((i,), torch.ones(i.shape), accumulate=True)
    return counts


# %% tally_ | wrong: dtype-of-the-ones | a number in index_put_
def tally_(counts, i):
    return counts.index_put_((i,), torch.tensor(1.0), accumulate=True)


# %% tally_ | wrong: dtype-of-the-ones | int64 ones in index_put_
def tally_(counts, i):
    counts.index_put_([i], torch.ones(len(i), dtype=torch.long), accumulate=True)
    return counts


# %% tally_ | wrong: dtype-of-the-ones | a whole number in index_put_
def tally_(counts, i):
    counts.index_put_((i,), torch.tensor(1), accumulate=True)
    return counts


# %% tally_ | wrong: dtype-of-the-ones | ones in put_
def tally_(counts, i):
    return counts.put_(i, torch.ones(len(i)), accumulate=True)


# %% tally_ | wrong: dtype-of-the-ones | ones_like in put_
def tally_(counts, i):
    return counts.put_(i, torch.ones_like(i), accumulate=True)


# %% tally_ | wrong: dtype-of-the-ones | ones in index_put_
def tally_(counts, i):
    return counts.index_put_((i,), torch.ones(len(i)), accumulate=True)


# %% tally_ | wrong: dtype-of-the-ones | ones_like in index_put_
def tally_(counts, i):
    return counts.index_put_((i,), torch.ones_like(i), accumulate=True)


# %% tally_ | misconception | digits-lost-in-between
why = "float32 and float64 have no room for all digits of int32 and int64: count in the dtype of counts."
next = "x = torch.tensor([2**53 + 1]); print(x.float().long() - x, x.double().long() - x)"


# %% tally_ | wrong: digits-lost-in-between | float and back
def tally_(counts, i):
    return counts.copy_(counts.float() + torch.bincount(i, minlength=len(counts)))


# %% tally_ | wrong: digits-lost-in-between | float32 in between
def tally_(counts, i):
    numbers = counts.to(torch.float32)
    numbers.index_add_(0, i, torch.ones(len(i)))
    counts[:] = numbers.to(counts.dtype)
    return counts


# %% tally_ | wrong: digits-lost-in-between | float32 by a loop
def tally_(counts, i):
    numbers = counts.float()
    for n in i.tolist():
        numbers[n] += 1
    return counts.copy_(numbers)


# %% tally_ | wrong: digits-lost-in-between | double and back
def tally_(counts, i):
    return counts.copy_(counts.double() + torch.bincount(i, minlength=len(counts)))


# %% tally_ | wrong: digits-lost-in-between | float64 in between
def tally_(counts, i):
    numbers = counts.to(torch.float64)
    numbers.scatter_add_(0, i, torch.ones(len(i), dtype=torch.float64))
    counts[:] = numbers.to(counts.dtype)
    return counts


# %% tally_ | wrong: digits-lost-in-between | float64 by a loop
def tally_(counts, i):
    numbers = counts.double()
    for n in i.tolist():
        numbers[n] += 1
    return counts.copy_(numbers)


# %% tally_ | wrong: digits-lost-in-between | float64 by numpy
def tally_(counts, i):
    numbers = counts.numpy().astype(np.float64)
    np.add.at(numbers, i.numpy(), 1)
    return counts.copy_(torch.from_numpy(numbers))


# %% tally_ | misconception | fractions-cut-off
why = "float32 counts need not be whole: an integer dtype in between cuts their fractions off."
next = "x = torch.tensor([1.5]); print(x.long(), x.long().to(x.dtype))"


# %% tally_ | wrong: fractions-cut-off | long and back
def tally_(counts, i):
    return counts.copy_(counts.long() + torch.bincount(i, minlength=len(counts)))


# %% tally_ | wrong: fractions-cut-off | int64 in between
def tally_(counts, i):
    numbers = counts.to(torch.int64)
    numbers.index_add_(0, i, torch.ones_like(i))
    counts[:] = numbers
    return counts


# %% tally_ | wrong: fractions-cut-off | whole numbers of a list
def tally_(counts, i):
    numbers = [int(n) for n in counts.tolist()]
    for n in i.tolist():
        numbers[n] += 1
    return counts.copy_(torch.tensor(numbers))


# %% tally_ | wrong: fractions-cut-off | int of each
def tally_(counts, i):
    for n in i.tolist():
        counts[n] = int(counts[n]) + 1
    return counts


# %% tally_ | wrong: fractions-cut-off | int of each, by item
def tally_(counts, i):
    for position in i:
        counts[position] = int(counts[position].item()) + 1
    return counts


# %% tally_ | wrong: fractions-cut-off | a whole number at each
def tally_(counts, i):
    for n in i.tolist():
        counts[n] = counts[n].long() + 1
    return counts


# %% tally_ | misconception | narrow-positions
why = "A narrow dtype cannot hold every position: in uint8 256 is 0 again."
next = "print(torch.tensor([255, 256, 257]).to(torch.uint8), torch.tensor([127, 128]).to(torch.int8))"


# %% tally_ | wrong: narrow-positions | bincount of uint8
def tally_(counts, i):
    counts += torch.bincount(i.to(torch.uint8), minlength=len(counts))
    return counts


# %% tally_ | wrong: narrow-positions | bincount of byte
def tally_(counts, i):
    return counts.add_(torch.bincount(i.byte(), minlength=counts.numel()))


# %% tally_ | wrong: narrow-positions | compared as uint8
def tally_(counts, i):
    places = torch.arange(len(counts)).to(torch.uint8)
    return counts.add_((i.to(torch.uint8)[:, None] == places).sum(0))


# %% tally_ | wrong: narrow-positions | numpy uint8
def tally_(counts, i):
    np.add.at(counts.numpy(), i.numpy().astype(np.uint8), 1)
    return counts


# %% tally_ | wrong: narrow-positions | loop over uint8
def tally_(counts, i):
    for n in i.to(torch.uint8).tolist():
        counts[n] += 1
    return counts


# %% tally_ | wrong: narrow-positions | compared as byte
def tally_(counts, i):
    hits = i.byte().unsqueeze(1).eq(torch.arange(counts.numel()).byte())
    counts += hits.sum(dim=0)
    return counts


# %% tally_ | wrong | returns nothing
def tally_(counts, i):
    counts += torch.bincount(i, minlength=len(counts))


# %% tally_ | wrong | a loop that returns nothing
def tally_(counts, i):
    for n in i:
        counts[n] += 1


# %% tally_ | wrong | asks for the largest position
# breaks: "`i` may be empty"
def tally_(counts, i):
    if i.max() < len(counts):
        counts += torch.bincount(i, minlength=len(counts))
    return counts


# %% tally_ | wrong | hits in float16
# breaks: "Add 1 to `counts` at every position in `i`"
def tally_(counts, i):
    hits = torch.zeros(len(counts), dtype=torch.float16)
    hits.index_add_(0, i, torch.ones(len(i), dtype=torch.float16))
    counts += hits.to(counts.dtype)
    return counts


# %% tally_ | wrong | hits in bfloat16
def tally_(counts, i):
    counts += torch.bincount(i, minlength=len(counts)).to(torch.bfloat16).to(counts.dtype)
    return counts


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
why = "Copy only where x.is_contiguous() is False: a part of something larger, or of length 1, may be contiguous as it is."
next = "x = torch.zeros(6, 8); print(x[2:5].is_contiguous(), x[:1, 2:6].is_contiguous())"


# %% compact | wrong: always-copies | contiguous_format
# breaks: "if `x.is_contiguous()` is `True`, the result is `x` itself or lies in the memory of `x`"
def compact(x):
    return x.clone(memory_format=torch.contiguous_format)


# %% compact | wrong: always-copies | contiguous and clone
def compact(x):
    return x.contiguous().clone(memory_format=torch.contiguous_format)


# %% compact | wrong: always-copies | clone, then contiguous
def compact(x):
    return x.clone().contiguous()


# %% compact | wrong: always-copies | clone of contiguous
def compact(x):
    return x.contiguous().clone()


# %% compact | wrong: always-copies | torch.tensor
def compact(x):
    return torch.tensor(x.tolist(), dtype=x.dtype).reshape(x.shape)


# %% compact | wrong: always-copies | empty and copy
def compact(x):
    out = torch.empty(x.shape, dtype=x.dtype)
    out.copy_(x)
    return out


# %% compact | wrong: always-copies | numpy copy
def compact(x):
    return torch.from_numpy(x.numpy().copy(order="C"))


# %% compact | wrong: always-copies | part of a bigger tensor
# breaks: "however big the tensor is that `x` was cut from"
def compact(x):
    if x.numel() == x.untyped_storage().nbytes() // x.element_size() and x.is_contiguous():
        return x
    return x.clone(memory_format=torch.contiguous_format)


# %% compact | wrong: always-copies | size of the storage
def compact(x):
    whole = x.untyped_storage().size() == x.numel() * x.element_size()
    return x if whole and x.is_contiguous() else x.contiguous().clone()


# %% compact | wrong: always-copies | all of the storage
def compact(x):
    if not x.is_contiguous():
        return x.contiguous()
    return x if x.nbytes == x.untyped_storage().nbytes() else x.clone()


# %% compact | wrong: always-copies | views of another tensor
def compact(x):
    if x.is_contiguous() and x._base is None:
        return x
    return x.clone(memory_format=torch.contiguous_format)


# %% compact | wrong: always-copies | is a view
def compact(x):
    return x.contiguous() if not x._is_view() else x.contiguous().clone()


# %% compact | wrong: always-copies | offset
def compact(x):
    if x.storage_offset() == 0 and x.is_contiguous():
        return x
    return torch.empty(x.shape, dtype=x.dtype).copy_(x)


# %% compact | wrong: always-copies | offset, contiguous
def compact(x):
    return x.contiguous() if x.storage_offset() == 0 else x.contiguous().clone()


# %% compact | wrong: always-copies | offset above 0
def compact(x):
    if x.storage_offset() > 0:
        return x.clone(memory_format=torch.contiguous_format)
    return x.contiguous()


# %% compact | wrong: always-copies | strides of size 1
def compact(x):
    step, fine = 1, True
    for size, stride in zip(reversed(x.shape), reversed(x.stride())):
        fine = fine and stride == step
        step *= size
    return x if fine else x.clone(memory_format=torch.contiguous_format)


# %% compact | wrong: always-copies | strides of an ordinary tensor
def compact(x):
    if x.stride() == torch.empty(x.shape).stride():
        return x
    return torch.empty(x.shape, dtype=x.dtype).copy_(x)


# %% compact | wrong: always-copies | strides of zeros
def compact(x):
    ordinary = torch.zeros(x.shape, dtype=x.dtype)
    return x if ordinary.stride() == x.stride() else ordinary.copy_(x)


# %% compact | wrong: always-copies | matrices by their strides
def compact(x):
    if x.dim() == 2 and x.stride() != (x.shape[1], 1):
        return x.clone(memory_format=torch.contiguous_format)
    return x.contiguous()


# %% compact | misconception | clone-straightens
why = "clone and empty_like keep the layout of a turned tensor, and channels_last is another one: ask for torch.contiguous_format, or use contiguous()."
next = "x = torch.zeros(2, 3).t(); print(x.clone().is_contiguous(), x.clone(memory_format=torch.contiguous_format).is_contiguous())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.clone.html"


# %% compact | wrong: clone-straightens | clone where needed
# breaks: "otherwise it is a contiguous copy"
def compact(x):
    return x if x.is_contiguous() else x.clone()


# %% compact | wrong: clone-straightens | torch.clone where needed
def compact(x):
    if not x.is_contiguous():
        x = torch.clone(x)
    return x


# %% compact | wrong: clone-straightens | empty_like
def compact(x):
    if x.is_contiguous():
        return x
    return torch.empty_like(x).copy_(x)


# %% compact | wrong: clone-straightens | zeros_like
def compact(x):
    if not x.is_contiguous():
        out = torch.zeros_like(x)
        out[...] = x
        return out
    return x


# %% compact | wrong: clone-straightens | detach clone
def compact(x):
    return x.view(x.shape) if x.is_contiguous() else x.detach().clone()


# %% compact | wrong: clone-straightens | plus 0
def compact(x):
    return x if x.is_contiguous() else x.clone().view_as(x)


# %% compact | wrong: clone-straightens | channels_last
# breaks: "Return `x` in contiguous form"
def compact(x):
    if x.is_contiguous():
        return x
    if x.dim() == 4:
        return x.clone(memory_format=torch.channels_last)
    return x.contiguous()


# %% compact | wrong: clone-straightens | contiguous in channels_last
def compact(x):
    if x.dim() == 4 and not x.is_contiguous():
        return x.clone().contiguous(memory_format=torch.channels_last)
    return x.contiguous()


# %% compact | wrong: clone-straightens | images are copied as they are
def compact(x):
    if x.ndim == 4:
        return x if x.is_contiguous() else x.clone(memory_format=torch.preserve_format)
    return x.contiguous()


# %% compact | wrong: clone-straightens | empty in channels_last
def compact(x):
    if x.dim() != 4 or x.is_contiguous():
        return x.contiguous()
    return torch.empty(x.shape, dtype=x.dtype, memory_format=torch.channels_last).copy_(x)


# %% compact | misconception | reshape-straightens
why = "reshape and flatten copy only if the new shape forces it; the same shape never does."
next = "x = torch.zeros(2, 3).t(); print(x.reshape(3, 2).is_contiguous(), torch.arange(6)[::2].flatten().is_contiguous())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.reshape.html"


# %% compact | wrong: reshape-straightens | reshape
def compact(x):
    return x.reshape(x.shape)


# %% compact | wrong: reshape-straightens | reshape in two steps
def compact(x):
    shape = tuple(x.shape)
    y = torch.reshape(x, shape)
    return y


# %% compact | wrong: reshape-straightens | reshape_as
def compact(x):
    return x.reshape_as(x)


# %% compact | wrong: reshape-straightens | view of the same shape
def compact(x):
    return x.view(x.shape)


# %% compact | wrong: reshape-straightens | view_as
def compact(x):
    return x.view_as(x)


# %% compact | wrong: reshape-straightens | reshape of what is not contiguous
def compact(x):
    return x if x.is_contiguous() else x.reshape(*x.shape)


# %% compact | wrong: reshape-straightens | a slice
def compact(x):
    return x[...]


# %% compact | wrong: reshape-straightens | detach
def compact(x):
    return x.detach()


# %% compact | wrong: reshape-straightens | flatten
def compact(x):
    return x.flatten().reshape(x.shape)


# %% compact | wrong: reshape-straightens | flat and back
def compact(x):
    flat = x.reshape(-1)
    return flat.reshape(x.shape)


# %% compact | wrong: reshape-straightens | reshape where needed
def compact(x):
    if x.is_contiguous():
        return x
    return x.reshape(-1).reshape(x.shape)


# %% compact | wrong: reshape-straightens | ravel, a view only
def compact(x):
    return torch.flatten(x).view(x.shape)


# %% compact | wrong: reshape-straightens | unflatten
def compact(x):
    y = x.reshape(x.numel())
    return y.view(x.shape)


# %% compact | misconception | x-comes-back
why = "x itself comes back although it is not contiguous, as a vector with gaps can be too: return what contiguous() makes; to(memory_format=…) may hand x back."
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.contiguous.html"
next = "x = torch.zeros(2, 3).t(); x.contiguous(); print(x.is_contiguous()); x = x.contiguous(); print(x.is_contiguous())"


# %% compact | wrong: x-comes-back | contiguous
def compact(x):
    x.contiguous()
    return x


# %% compact | wrong: x-comes-back | x
# breaks: "those for which `x.is_contiguous()` is `True`"
def compact(x):
    return x


# %% compact | wrong: x-comes-back | where needed
def compact(x):
    if not x.is_contiguous():
        x.contiguous()
    return x


# %% compact | wrong: x-comes-back | clone
def compact(x):
    if not x.is_contiguous():
        x.clone(memory_format=torch.contiguous_format)
    return x


# %% compact | wrong: x-comes-back | another name
def compact(x):
    y = x
    y.contiguous()
    return y


# %% compact | wrong: x-comes-back | to
def compact(x):
    return x.to(memory_format=torch.contiguous_format)


# %% compact | wrong: x-comes-back | to and dtype
def compact(x):
    return x.to(x.dtype, memory_format=torch.contiguous_format)


# %% compact | wrong: x-comes-back | to where needed
def compact(x):
    if x.is_contiguous():
        return x
    return x.to(memory_format=torch.contiguous_format)


# %% compact | wrong: x-comes-back | to the cpu
def compact(x):
    return x.to("cpu", memory_format=torch.contiguous_format)


# %% compact | misconception | view-of-non-contiguous
why = "view never copies, so it cannot make anything contiguous."
next = "x = torch.zeros(2, 3).t(); print(x.reshape(-1).is_contiguous(), x.contiguous().is_contiguous())"


# %% compact | wrong: view-of-non-contiguous | view
def compact(x):
    return x.view(-1).view(x.shape)


# %% compact | wrong: view-of-non-contiguous | view of the size
def compact(x):
    return x.view(x.numel()).view(*x.shape)


# %% compact | wrong: view-of-non-contiguous | view and reshape
def compact(x):
    flat = x.view(-1)
    return flat.reshape(x.shape)


# %% compact | wrong: view-of-non-contiguous | view where needed
def compact(x):
    return x if x.is_contiguous() else x.view(x.numel()).view(x.shape)


# %% compact | wrong: view-of-non-contiguous | view and clone
def compact(x):
    if x.is_contiguous():
        return x
    return x.view(-1).clone().view(x.shape)


# %% compact | wrong: view-of-non-contiguous | one long dimension
def compact(x):
    return x if x.is_contiguous() else x.view(1, -1).view(x.shape)


# %% compact | misconception | numbers-become-vectors
why = "ascontiguousarray gives at least one dimension: a tensor of rank 0 becomes a vector."
next = "print(np.ascontiguousarray(np.array(4.)).shape, np.require(np.array(4.), requirements=\"C\").shape)"


# %% compact | wrong: numbers-become-vectors | ascontiguousarray
# breaks: "`x` has any rank; shape, dtype and values stay."
def compact(x):
    return torch.from_numpy(np.ascontiguousarray(x.numpy()))


# %% compact | wrong: numbers-become-vectors | as_tensor
def compact(x):
    a = np.ascontiguousarray(x.numpy())
    return torch.as_tensor(a)


# %% compact | wrong: numbers-become-vectors | atleast_1d
def compact(x):
    return torch.atleast_1d(x).contiguous()


# %% compact | wrong: numbers-become-vectors | rank 0 as a vector
def compact(x):
    return x.view(1) if x.dim() == 0 else x.contiguous()


# %% compact | misconception | flat
why = "reshape(-1), flatten and ravel give a vector: the shape stays as it was."
next = "x = torch.zeros(2, 3).t(); print(x.flatten().shape, x.contiguous().shape)"


# %% compact | wrong: flat | flatten
def compact(x):
    return x.flatten()


# %% compact | wrong: flat | reshape
def compact(x):
    return x.reshape(-1)


# %% compact | wrong: flat | ravel
def compact(x):
    return torch.ravel(x)


# %% compact | wrong: flat | contiguous view
def compact(x):
    return x.contiguous().view(-1)


# %% compact | wrong: flat | flat where needed
def compact(x):
    return x if x.is_contiguous() else x.flatten()


# %% compact | wrong: flat | reshape where needed
def compact(x):
    if not x.is_contiguous():
        x = x.reshape(-1)
    return x


# %% compact | wrong: flat | clone where needed
def compact(x):
    if x.is_contiguous():
        return x
    return x.clone().reshape(x.numel())


# %% compact | misconception | turned-back
why = "Turning x back gives a contiguous matrix, but another one: the values stay where they are in the shape."
next = "x = torch.tensor([[1, 2], [3, 4]]).t(); print(x, x.t(), x.contiguous())"


# %% compact | wrong: turned-back | clone of the transpose
def compact(x):
    if x.is_contiguous():
        return x
    if x.dim() == 2 and x.t().is_contiguous():
        return x.t().clone()
    return x.contiguous()


# %% compact | wrong: turned-back | mT and clone
def compact(x):
    if x.dim() == 2 and x.mT.is_contiguous() and not x.is_contiguous():
        return x.mT.clone()
    return x.contiguous()


# %% compact | wrong: turned-back | reshape of the transpose
def compact(x):
    if x.is_contiguous():
        return x
    if x.dim() == 2 and x.T.is_contiguous():
        return x.T.clone().reshape(x.shape)
    return x.clone(memory_format=torch.contiguous_format)


# %% compact | wrong: turned-back | clone of the transpose, viewed
def compact(x):
    if not x.is_contiguous() and x.dim() == 2 and x.t().is_contiguous():
        return x.t().view(x.shape).clone()
    return x.contiguous()


# %% compact | misconception | dtype-lost
why = "A list of Python numbers has lost its dtype, and torch.empty is float32: the dtype stays."
next = "x = torch.zeros(2, dtype=torch.uint8); print(torch.tensor(x.tolist()).dtype, torch.empty(2).dtype)"


# %% compact | wrong: dtype-lost | through lists
def compact(x):
    if x.is_contiguous():
        return x
    return torch.tensor(x.tolist())


# %% compact | wrong: dtype-lost | through a flat list
def compact(x):
    if x.is_contiguous():
        return x
    return torch.tensor(x.flatten().tolist()).reshape(x.shape)


# %% compact | wrong: dtype-lost | lists where needed
def compact(x):
    return x.view(x.shape) if x.is_contiguous() else torch.tensor(list(x.tolist()))


# %% compact | wrong: dtype-lost | empty
def compact(x):
    if x.is_contiguous():
        return x
    out = torch.empty(x.shape)
    out.copy_(x)
    return out


# %% compact | wrong: dtype-lost | empty, sizes one by one
def compact(x):
    if x.is_contiguous():
        return x
    return torch.empty(*x.shape).copy_(x)


# %% compact | wrong: dtype-lost | empty of the size
def compact(x):
    return x if x.is_contiguous() else torch.empty(x.size()).copy_(x)


# %% compact | wrong: dtype-lost | zeros
def compact(x):
    if not x.is_contiguous():
        out = torch.zeros(x.shape)
        out[...] = x
        return out
    return x


# %% compact | wrong: dtype-lost | float
def compact(x):
    return x if x.is_contiguous() else x.float().clone(memory_format=torch.contiguous_format)


# %% compact | misconception | digits-lost-in-between
why = "The last cast brings the dtype back, not the digits that another dtype had no room for."
next = "x = torch.tensor([2**53 + 1]); print(x.float().long() - x, x.double().long() - x)"


# %% compact | wrong: digits-lost-in-between | float32 in between
def compact(x):
    if x.is_contiguous():
        return x
    out = torch.zeros(x.shape)
    out[...] = x
    return out.to(x.dtype).contiguous().clone()


# %% compact | wrong: digits-lost-in-between | float and back
def compact(x):
    return x if x.is_contiguous() else x.float().contiguous().to(x.dtype).clone(memory_format=torch.contiguous_format)


# %% compact | wrong: digits-lost-in-between | empty and back
def compact(x):
    if not x.is_contiguous():
        x = torch.empty(x.shape).copy_(x).to(x.dtype).clone()
    return x


# %% compact | wrong: digits-lost-in-between | double and back
def compact(x):
    return x if x.is_contiguous() else x.double().contiguous().to(x.dtype).clone(memory_format=torch.contiguous_format)


# %% compact | wrong: digits-lost-in-between | numpy in between
def compact(x):
    if x.is_contiguous():
        return x
    out = np.zeros(x.shape)
    out[...] = x.numpy()
    return torch.from_numpy(out).to(x.dtype).clone()


# %% compact | wrong: digits-lost-in-between | float64 and back
def compact(x):
    if x.is_contiguous():
        return x
    return torch.empty(x.shape, dtype=torch.float64).copy_(x).to(x.dtype).clone()


# %% compact | misconception | straightens-the-input
why = "resize_, set_ and .data = … change x itself: x stays as it was."
next = "x = torch.zeros(2, 3).t(); compact(x); print(x.stride())"


# %% compact | wrong: straightens-the-input | data
# breaks: "A tensor or list that your function gets stays as it was"
def compact(x):
    x.data = x.contiguous()
    return x


# %% compact | wrong: straightens-the-input | set_
def compact(x):
    if not x.is_contiguous():
        x.set_(x.contiguous())
    return x


# %% compact | wrong: straightens-the-input | data where needed
def compact(x):
    if not x.is_contiguous():
        x.data = x.clone(memory_format=torch.contiguous_format)
    return x


# %% compact | wrong | clone always
def compact(x):
    return x.clone()


# %% compact | wrong | torch.clone always
def compact(x):
    y = torch.clone(x)
    return y


# %% compact | wrong | clone of a view
def compact(x):
    return x.detach().clone()


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
why = "unfold puts the new dimension at the end: swap the last two, whatever their sizes are."
next = "x = torch.zeros(6, 3); print(x.unfold(0, 2, 1).shape, x.unfold(0, 2, 1).transpose(1, 2).shape)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.unfold.html"


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


# %% windows | wrong: window-dimension-last | swapped where needed
def windows(x, k):
    out = x.unfold(0, k, 1)
    if out.size(1) != k:
        out = out.permute(0, 2, 1)
    return out


# %% windows | wrong: window-dimension-last | swapped by the last size
def windows(x, k):
    T, F = x.shape
    out = x.unfold(0, k, 1)
    return out.mT if out.shape[-1] != F else out


# %% windows | wrong: window-dimension-last | unfold
def windows(x, k):
    return x.unfold(0, k, 1)


# %% windows | wrong: window-dimension-last | unfold by names
def windows(x, k):
    return x.unfold(dimension=0, size=k, step=1)


# %% windows | wrong: window-dimension-last | the transpose unfolded
def windows(x, k):
    return x.t().unfold(1, k, 1).transpose(0, 1)


# %% windows | wrong: window-dimension-last | numpy
def windows(x, k):
    view = np.lib.stride_tricks.sliding_window_view(x.numpy(), k, axis=0, writeable=True)
    return torch.from_numpy(view)


# %% windows | wrong: window-dimension-last | as_strided
def windows(x, k):
    T, F = x.shape
    return x.as_strided((T - k + 1, F, k), (x.stride(0), x.stride(1), x.stride(0)))


# %% windows | wrong: window-dimension-last | stack of transposed
def windows(x, k):
    return torch.stack([x[r:r + k].t() for r in range(len(x) - k + 1)])


# %% windows | wrong: window-dimension-last | stack of transposed in a list
def windows(x, k):
    runs = []
    for r in range(x.shape[0] - k + 1):
        runs.append(x[r:r + k].mT)
    return torch.stack(runs)


# %% windows | wrong: window-dimension-last | contiguous unfold
def windows(x, k):
    return x.unfold(0, k, 1).contiguous()


# %% windows | misconception | other-dimensions-swapped
why = "The windows come first, then the moments, then the features: swap the last two dimensions of unfold."
next = "x = torch.zeros(6, 3).unfold(0, 2, 1); print(x.transpose(0, 1).shape, x.transpose(0, 2).shape, x.transpose(1, 2).shape)"


# %% windows | wrong: other-dimensions-swapped | k first
def windows(x, k):
    return x.unfold(0, k, 1).permute(2, 0, 1)


# %% windows | wrong: other-dimensions-swapped | k first by strides
def windows(x, k):
    T, F = x.shape
    return x.as_strided((k, T - k + 1, F), (x.stride(0), x.stride(0), x.stride(1)))


# %% windows | wrong: other-dimensions-swapped | k first by transposing
def windows(x, k):
    return x.unfold(0, k, 1).mT.transpose(0, 1)


# %% windows | wrong: other-dimensions-swapped | transpose(0, 1)
def windows(x, k):
    return x.unfold(0, k, 1).transpose(0, 1)


# %% windows | wrong: other-dimensions-swapped | swapaxes(0, 1)
def windows(x, k):
    return torch.swapaxes(x.unfold(0, k, 1), 0, 1)


# %% windows | wrong: other-dimensions-swapped | transposed, not swapped back
def windows(x, k):
    return x.t().unfold(1, k, 1)


# %% windows | wrong: other-dimensions-swapped | transpose(0, 2)
def windows(x, k):
    return x.unfold(0, k, 1).transpose(0, 2)


# %% windows | wrong: other-dimensions-swapped | all turned
def windows(x, k):
    return x.unfold(0, k, 1).permute(2, 1, 0)


# %% windows | wrong: other-dimensions-swapped | swapaxes(0, 2)
def windows(x, k):
    return x.unfold(0, k, 1).swapaxes(0, -1)


# %% windows | wrong: other-dimensions-swapped | features unfolded
def windows(x, k):
    return x.unfold(1, k, 1)


# %% windows | wrong: other-dimensions-swapped | features unfolded, swapped
def windows(x, k):
    return x.unfold(1, k, 1).transpose(1, 2)


# %% windows | wrong: other-dimensions-swapped | features unfolded, transposed
def windows(x, k):
    out = x.unfold(1, k, 1)
    return out.permute(0, 2, 1)


# %% windows | wrong: other-dimensions-swapped | features unfolded, swapaxes
def windows(x, k):
    return x.unfold(-1, k, 1).swapaxes(1, 2)


# %% windows | wrong: other-dimensions-swapped | features unfolded, by names
def windows(x, k):
    return x.unfold(dimension=-1, size=k, step=1).mT


# %% windows | misconception | reshape-as-transpose
why = "reshape and view never move an element: swapping dimensions is transpose."
next = "x = torch.arange(12).reshape(4, 3).unfold(0, 2, 1)[0]; print(x, x.reshape(2, 3), x.mT)"


# %% windows | wrong: reshape-as-transpose | reshape
# breaks: "so that `windows(x, k)[r]` equals `x[r:r + k]`"
def windows(x, k):
    return x.unfold(0, k, 1).reshape(x.shape[0] - k + 1, k, x.shape[1])


# %% windows | wrong: reshape-as-transpose | contiguous and view
def windows(x, k):
    out = x.unfold(0, k, 1).contiguous()
    return out.view(-1, k, x.shape[1])


# %% windows | wrong: reshape-as-transpose | flatten and view
def windows(x, k):
    return x.unfold(0, k, 1).flatten().view(-1, k, x.shape[1])


# %% windows | wrong: reshape-as-transpose | torch.reshape
def windows(x, k):
    T, F = x.shape
    return torch.reshape(x.unfold(0, k, 1), (T - k + 1, k, F))


# %% windows | wrong: reshape-as-transpose | clone and reshape
def windows(x, k):
    out = x.unfold(0, k, 1).clone()
    return out.reshape(len(out), k, -1)


# %% windows | wrong: reshape-as-transpose | view
def windows(x, k):
    w = x.unfold(0, k, 1)
    return w.view(w.shape[0], k, x.shape[1])


# %% windows | wrong: reshape-as-transpose | view of the shape
def windows(x, k):
    T, F = x.shape
    return x.unfold(0, k, 1).view(T - k + 1, k, F)


# %% windows | wrong: reshape-as-transpose | view with -1
def windows(x, k):
    return x.unfold(0, k, 1).view(-1, k, x.shape[1])


# %% windows | wrong: reshape-as-transpose | view, three sizes
def windows(x, k):
    n, F, _ = x.unfold(0, k, 1).shape
    return x.unfold(0, k, 1).view(n, k, F)


# %% windows | wrong: reshape-as-transpose | view of the transpose's shape
def windows(x, k):
    w = x.unfold(0, k, 1)
    return w.view(w.mT.shape)


# %% windows | wrong: reshape-as-transpose | view_as
def windows(x, k):
    w = x.unfold(0, k, 1)
    return w.view_as(w.transpose(1, 2))


# %% windows | wrong: reshape-as-transpose | view by size
def windows(x, k):
    w = x.unfold(dimension=0, size=k, step=1)
    return w.view((w.size(0), w.size(2), w.size(1)))


# %% windows | misconception | stack-copies
why = "stack, cat, tensor indexes, clone and contiguous copy: overlapping windows need a view."
next = "x = torch.zeros(4, 2); a = torch.stack([x[0:2], x[1:3]]); b = x.unfold(0, 2, 1); x += 1; print(a[0], b[0])"


# %% windows | wrong: stack-copies | stack
# breaks: "Nothing is copied: the result shares memory with `x`"
def windows(x, k):
    return torch.stack([x[r:r + k] for r in range(x.shape[0] - k + 1)])


# %% windows | wrong: stack-copies | stack in a list
def windows(x, k):
    runs = []
    for r in range(len(x) - k + 1):
        runs.append(x[r:r + k])
    return torch.stack(runs, dim=0)


# %% windows | wrong: stack-copies | cat
def windows(x, k):
    return torch.cat([x[None, r:r + k] for r in range(len(x) - k + 1)])


# %% windows | wrong: stack-copies | positions
def windows(x, k):
    rows = torch.arange(len(x) - k + 1)[:, None] + torch.arange(k)
    return x[rows]


# %% windows | wrong: stack-copies | filled
def windows(x, k):
    T, F = x.shape
    out = torch.empty(T - k + 1, k, F, dtype=x.dtype)
    for r in range(T - k + 1):
        out[r] = x[r:r + k]
    return out


# %% windows | wrong: stack-copies | clone
def windows(x, k):
    return x.clone().unfold(0, k, 1).mT


# %% windows | wrong: stack-copies | clone at the end
def windows(x, k):
    return x.unfold(0, k, 1).transpose(1, 2).clone()


# %% windows | wrong: stack-copies | contiguous at the end
def windows(x, k):
    return x.unfold(0, k, 1).transpose(1, 2).contiguous()


# %% windows | wrong: stack-copies | contiguous, by permute
def windows(x, k):
    return x.unfold(0, k, 1).permute(0, 2, 1).contiguous()


# %% windows | wrong: stack-copies | contiguous mT
def windows(x, k):
    w = x.unfold(0, k, 1).mT
    return w.contiguous()


# %% windows | wrong: stack-copies | lists
def windows(x, k):
    return torch.tensor([x[r:r + k].tolist() for r in range(len(x) - k + 1)], dtype=x.dtype)


# %% windows | wrong: stack-copies | contiguous at the start
def windows(x, k):
    return x.contiguous().unfold(0, k, 1).transpose(1, 2)


# %% windows | wrong: stack-copies | contiguous, then strides
def windows(x, k):
    x = x.contiguous()
    T, F = x.shape
    return x.as_strided((T - k + 1, k, F), (F, F, 1))


# %% windows | wrong: stack-copies | contiguous, then mT
def windows(x, k):
    return x.contiguous().unfold(0, k, 1).mT


# %% windows | wrong: stack-copies | flat
def windows(x, k):
    T, F = x.shape
    return x.reshape(-1).unfold(0, k * F, F).view(T - k + 1, k, F) if F else x


# %% windows | wrong: stack-copies | numpy, contiguous
def windows(x, k):
    a = np.ascontiguousarray(x.numpy())
    return torch.from_numpy(np.lib.stride_tricks.sliding_window_view(a, k, axis=0, writeable=True).swapaxes(1, 2))


# %% windows | misconception | special-case-copies
why = "stack, cat and clone copy, also where there is one window or k is 1: x[None] and unsqueeze look into x."
next = "x = torch.zeros(3, 2); a = torch.stack([x]); b = x[None]; x += 1; print(a, b)"


# %% windows | wrong: special-case-copies | stack for k = T
def windows(x, k):
    if k == x.shape[0]:
        return torch.stack([x])
    return x.unfold(0, k, 1).mT


# %% windows | wrong: special-case-copies | clone for k = T
def windows(x, k):
    if k == len(x):
        return x.clone()[None]
    return x.unfold(0, k, 1).transpose(1, 2)


# %% windows | wrong: special-case-copies | one window copied
def windows(x, k):
    T, F = x.shape
    out = x.unfold(0, k, 1).permute(0, 2, 1)
    return out.clone() if T == k else out


# %% windows | wrong: special-case-copies | cat for k = T
def windows(x, k):
    if x.size(0) == k:
        return torch.cat([x.unsqueeze(0)])
    return x.unfold(0, k, 1).transpose(-1, -2)


# %% windows | wrong: special-case-copies | clone for k = 1
def windows(x, k):
    if k == 1:
        return x.clone().unsqueeze(1)
    return x.unfold(0, k, 1).mT


# %% windows | wrong: special-case-copies | stack for k = 1
def windows(x, k):
    if k == 1:
        return torch.stack([row[None] for row in x])
    return x.unfold(0, k, 1).transpose(1, 2)


# %% windows | wrong: special-case-copies | contiguous for k = 1
def windows(x, k):
    out = x.unfold(0, k, 1).permute(0, 2, 1)
    return out.clone() if k == 1 else out


# %% windows | wrong: special-case-copies | list for k = 1
def windows(x, k):
    if k > 1:
        return x.unfold(0, k, 1).transpose(-2, -1)
    return torch.tensor([[row] for row in x.tolist()], dtype=x.dtype)


# %% windows | misconception | squeeze-drops-too-much
why = "squeeze() drops every dimension of size 1: also T - k + 1, k and F may be 1."
next = "print(torch.zeros(1, 3, 1).squeeze().shape, torch.zeros(1, 3, 1).squeeze(-1).shape)"


# %% windows | wrong: squeeze-drops-too-much | after a second unfold
def windows(x, k):
    T, F = x.shape
    return x.unfold(0, k, 1).unfold(1, F, 1).squeeze()


# %% windows | wrong: squeeze-drops-too-much | after mT
def windows(x, k):
    return x.unfold(0, k, 1).mT.squeeze()


# %% windows | wrong: squeeze-drops-too-much | torch.squeeze
def windows(x, k):
    return torch.squeeze(x.unfold(0, k, 1).transpose(1, 2))


# %% windows | wrong: squeeze-drops-too-much | numpy
def windows(x, k):
    w = np.lib.stride_tricks.sliding_window_view(x.numpy(), (k, x.shape[1]), writeable=True)
    return torch.from_numpy(w.squeeze())


# %% windows | wrong: squeeze-drops-too-much | the first dimension
def windows(x, k):
    return x.unfold(0, k, 1).mT.squeeze(0)


# %% windows | wrong: squeeze-drops-too-much | one window alone
def windows(x, k):
    out = x.unfold(0, k, 1).transpose(1, 2)
    return out[0] if len(out) == 1 else out


# %% windows | wrong: squeeze-drops-too-much | k = T is x itself
def windows(x, k):
    if k == x.shape[0]:
        return x
    return x.unfold(0, k, 1).mT


# %% windows | wrong: squeeze-drops-too-much | one window is a view
def windows(x, k):
    return x.view(x.shape) if k == len(x) else x.unfold(0, k, 1).mT


# %% windows | wrong: squeeze-drops-too-much | one window by rows
def windows(x, k):
    T, F = x.shape
    if T - k + 1 == 1:
        return x[0:k]
    return x.unfold(0, k, 1).mT


# %% windows | wrong: squeeze-drops-too-much | one window is a slice
def windows(x, k):
    if x.shape[0] == k:
        return x[:]
    return x.unfold(0, k, 1).permute(0, 2, 1)


# %% windows | misconception | assumed-strides
why = "x may be turned or a part of a bigger tensor: take the strides and the offset from x."
next = "x = torch.arange(12).reshape(3, 4).t()[1:]; print(x.stride(), x.storage_offset(), x.shape)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.as_strided.html"


# %% windows | wrong: assumed-strides | F, F, 1
# breaks: "`x` may be turned, or a part of a bigger tensor."
def windows(x, k):
    T, F = x.shape
    return x.as_strided((T - k + 1, k, F), (F, F, 1))


# %% windows | wrong: assumed-strides | F, F, 1 by torch
def windows(x, k):
    T, F = x.shape
    return torch.as_strided(x, (T - k + 1, k, F), (F, F, 1), x.storage_offset())


# %% windows | wrong: assumed-strides | F, F, 1 by size
def windows(x, k):
    F = x.size(1)
    return torch.as_strided(x, size=(len(x) - k + 1, k, F), stride=(F, F, 1))


# %% windows | wrong: assumed-strides | strides of the shape
def windows(x, k):
    step = x.shape[1]
    return x.as_strided((x.shape[0] - k + 1, k, step), stride=(step, step, 1))


# %% windows | wrong: assumed-strides | offset 0
def windows(x, k):
    T, F = x.shape
    return torch.as_strided(x, (T - k + 1, k, F), (F, F, 1), 0)


# %% windows | wrong: assumed-strides | offset 0, by name
def windows(x, k):
    T, F = x.shape
    return x.as_strided((T - k + 1, k, F), (F, F, 1), storage_offset=0)


# %% windows | wrong: assumed-strides | strides of x, offset 0
def windows(x, k):
    T, F = x.shape
    return x.as_strided((T - k + 1, k, F), (x.stride(0), x.stride(0), x.stride(1)), 0)


# %% windows | wrong: assumed-strides | strides of x, offset 0, by torch
def windows(x, k):
    down, right = x.stride()
    return torch.as_strided(x, (len(x) - k + 1, k, x.shape[1]), (down, down, right), 0)


# %% windows | wrong: assumed-strides | strides of x, offset by name
def windows(x, k):
    shape = (x.size(0) - k + 1, k, x.size(1))
    return x.as_strided(shape, (x.stride(0), *x.stride()), storage_offset=0)


# %% windows | wrong: assumed-strides | the last stride is 1
def windows(x, k):
    T, F = x.shape
    return x.as_strided((T - k + 1, k, F), (x.stride(0), x.stride(0), 1), x.storage_offset())


# %% windows | wrong: assumed-strides | the last stride is 1, by torch
def windows(x, k):
    down = x.stride(0)
    return torch.as_strided(x, (len(x) - k + 1, k, x.shape[1]), (down, down, 1))


# %% windows | wrong: assumed-strides | the last stride is 1, default offset
def windows(x, k):
    T, F = x.shape
    step = x.stride()[0]
    return x.as_strided(size=(T - k + 1, k, F), stride=(step, step, 1))


# %% windows | wrong: assumed-strides | sorted strides
def windows(x, k):
    T, F = x.shape
    right, down = sorted(x.stride())
    return x.as_strided((T - k + 1, k, F), (down, down, right))


# %% windows | wrong: assumed-strides | max of strides, by torch
def windows(x, k):
    down, right = max(x.stride()), min(x.stride())
    return torch.as_strided(x, (len(x) - k + 1, k, x.shape[1]), (down, down, right), x.storage_offset())


# %% windows | wrong: assumed-strides | max of strides
def windows(x, k):
    T, F = x.shape
    s = max(x.stride())
    return x.as_strided((T - k + 1, k, F), (s, s, min(x.stride())))


# %% windows | wrong: assumed-strides | view of flat memory
def windows(x, k):
    T, F = x.shape
    return x.view(-1).unfold(0, k * F, F).view(T - k + 1, k, F)


# %% windows | wrong: assumed-strides | flat memory unfolded
def windows(x, k):
    T, F = x.shape
    return x.view(T * F).unfold(0, k * F, F).unflatten(1, (k, F))


# %% windows | wrong: assumed-strides | flat memory, in steps
def windows(x, k):
    flat = x.view(x.numel())
    runs = flat.unfold(0, k * x.shape[1], x.shape[1])
    return runs.view(len(runs), k, x.shape[1])


# %% windows | misconception | turns-the-input
why = "t_ and transpose_ turn x itself: without the _ at the end x stays as it was, and the result is a view of it all the same."
next = "x = torch.zeros(2, 3); x.t(); print(x.shape); x.t_(); print(x.shape)"


# %% windows | wrong: turns-the-input | t_
# breaks: "A tensor or list that your function gets stays as it was"
def windows(x, k):
    return x.t_().unfold(1, k, 1).movedim(0, -1)


# %% windows | wrong: turns-the-input | transpose_
def windows(x, k):
    x.transpose_(0, 1)
    pieces = x.unfold(1, k, 1)
    return pieces.permute(1, 2, 0)


# %% windows | wrong: turns-the-input | swapaxes_
def windows(x, k):
    features = x.swapaxes_(0, 1)
    return features.unfold(-1, k, 1).transpose(0, 1).transpose(1, 2)


# %% windows | wrong: turns-the-input | strides of the turned one
def windows(x, k):
    T, F = x.shape
    turned = x.t_()
    feature, moment = turned.stride()
    return turned.as_strided((T - k + 1, k, F), (moment, moment, feature), turned.storage_offset())


# %% windows | wrong: turns-the-input | t_ in a line of its own
def windows(x, k):
    x.t_()
    return x.unfold(dimension=1, size=k, step=1).permute(dims=(1, 2, 0))


# %% windows | wrong: turns-the-input | swapdims_
def windows(x, k):
    out = x.swapdims_(1, 0).unfold(1, k, 1)
    return out.movedim((1, 2), (0, 1))


# %% windows | wrong: turns-the-input | turned while unfolding
def windows(x, k):
    x = x.transpose_(-1, -2)
    return x.unfold(-1, k, 1).swapaxes(0, 1).mT


# %% windows | misconception | step-of-k
why = "The third argument of unfold is the step: with k the windows do not overlap."
next = "x = torch.arange(4); print(x.unfold(0, 2, 2), x.unfold(0, 2, 1))"


# %% windows | wrong: step-of-k | transpose
# breaks: "Return all runs of `k` moments (1 ≤ k ≤ T)"
def windows(x, k):
    return x.unfold(0, k, k).transpose(1, 2)


# %% windows | wrong: step-of-k | mT
def windows(x, k):
    return x.unfold(dimension=0, size=k, step=k).mT


# %% windows | wrong: step-of-k | permute
def windows(x, k):
    return x.unfold(0, k, k).permute(0, 2, 1)


# %% windows | wrong: step-of-k | every k-th window
def windows(x, k):
    return x.unfold(0, k, 1).mT[::k]


# %% windows | wrong: step-of-k | strides
def windows(x, k):
    T, F = x.shape
    down, right = x.stride()
    return x.as_strided((T // k, k, F), (k * down, down, right))


# %% windows | misconception | one-too-few
why = "There are T - k + 1 windows: the last one ends with the last moment."
next = "print([list(range(r, r + 2)) for r in range(4 - 2 + 1)])"


# %% windows | wrong: one-too-few | stops early
# breaks: "of shape `(T - k + 1, k, F)`"
def windows(x, k):
    return x[:-1].unfold(0, k, 1).transpose(1, 2)


# %% windows | wrong: one-too-few | slice
def windows(x, k):
    return x.unfold(0, k, 1).mT[:-1]


# %% windows | wrong: one-too-few | strides
def windows(x, k):
    T, F = x.shape
    return x.as_strided((T - k, k, F), (x.stride(0), x.stride(0), x.stride(1)))


# %% windows | wrong: one-too-few | slice by number
def windows(x, k):
    return x.unfold(0, k, 1).permute(0, 2, 1)[:len(x) - k]


# %% windows | wrong: one-too-few | stack
def windows(x, k):
    return torch.stack([x[r:r + k] for r in range(len(x) - k)])


# %% windows | wrong: one-too-few | stack of a list
def windows(x, k):
    runs = []
    for r in range(x.shape[0] - k):
        runs.append(x[r:r + k])
    return torch.stack(runs)


# %% windows | wrong: one-too-few | stack by narrow
def windows(x, k):
    return torch.stack([x.narrow(0, r, k) for r in range(x.size(0) - k)])


# %% windows | wrong: one-too-few | positions
def windows(x, k):
    return x[torch.arange(len(x) - k)[:, None] + torch.arange(k)]


# %% windows | misconception | no-tensor
why = "A list of tensors is no tensor: the windows are to be one tensor."
next = "x = torch.zeros(4, 2); print(type([x[0:2], x[1:3]]), type(x.unfold(0, 2, 1)))"


# %% windows | wrong: no-tensor | list
# breaks: "as one tensor"
def windows(x, k):
    return [x[r:r + k] for r in range(len(x) - k + 1)]


# %% windows | wrong: no-tensor | list in a loop
def windows(x, k):
    runs = []
    for r in range(x.shape[0] - k + 1):
        runs.append(x[r:r + k])
    return runs


# %% windows | wrong: no-tensor | narrow
def windows(x, k):
    return [x.narrow(0, r, k) for r in range(len(x) - k + 1)]


# %% windows | wrong: no-tensor | tuple
def windows(x, k):
    return tuple(x[r:r + k] for r in range(len(x) - k + 1))


# %% windows | wrong: no-tensor | tuple of unbind
def windows(x, k):
    return x.unfold(0, k, 1).mT.unbind(0)


# %% windows | wrong: no-tensor | tuple of a list
def windows(x, k):
    runs = [x[r:r + k] for r in range(len(x) - k + 1)]
    return tuple(runs)


# %% windows | wrong: no-tensor | array
def windows(x, k):
    return np.lib.stride_tricks.sliding_window_view(x.numpy(), k, axis=0, writeable=True).swapaxes(1, 2)


# %% windows | wrong: no-tensor | array of a tensor
def windows(x, k):
    return x.unfold(0, k, 1).mT.numpy()


# %% windows | wrong: no-tensor | array, whole rows
def windows(x, k):
    return np.lib.stride_tricks.sliding_window_view(x.numpy(), (k, x.shape[1]), writeable=True)[:, 0]


# %% windows | wrong | sorts the moments
# breaks: "A tensor or list that your function gets stays as it was"
def windows(x, k):
    x.copy_(x.sort(0).values)
    return x.unfold(0, k, 1).mT


# %% windows | wrong | the windows backwards
def windows(x, k):
    return x.flip(0).unfold(0, k, 1).mT
