"""The catalogue of 07-devices: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% column_std | right | by hand
def column_std(x):
    centred = x - x.mean(dim=0)
    return (centred**2).mean(dim=0).sqrt()


# %% column_std | right | var
def column_std(x):
    return torch.sqrt(torch.var(x, dim=0, unbiased=False))


# %% column_std | right | std_mean
def column_std(x):
    return torch.std_mean(x, dim=0, correction=0)[0]


# %% column_std | right | norm over root n
def column_std(x):
    return torch.linalg.vector_norm(x - x.mean(0, keepdim=True), dim=0) / x.shape[0] ** 0.5


# %% column_std | right | column by column
def column_std(x):
    print("columns:", x.shape[1])
    return torch.stack([column.std(correction=0) for column in x.unbind(dim=1)])


# %% column_std | right | helper in a class
class _Spread:
    def __init__(self, correction):
        self.correction = correction

    def __call__(self, x):
        return x.t().std(-1, correction=self.correction)


column_std = _Spread(0)


# %% column_std | right | other names
def column_std(table):
    centred = table - table.mean(dim=0, keepdim=True)
    return centred.square().mean(dim=0).sqrt()


# %% column_std | misconception | divides-by-n-minus-one
why = "np.std divides by the number of rows; tell torch to do the same with correction=0."
next = "print(torch.tensor([[1.], [3.]]).std(0), np.std([[1.], [3.]], axis=0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.std.html"


# %% column_std | wrong: divides-by-n-minus-one | std(0)
# breaks: "With one row, the spread is 0."
def column_std(x):
    return x.std(0)


# %% column_std | wrong: divides-by-n-minus-one | by hand
# breaks: "divided by the number of rows"
def column_std(x):
    return (((x - x.mean(0)) ** 2).sum(0) / (x.shape[0] - 1)).sqrt()


# %% column_std | wrong: divides-by-n-minus-one | torch.std
def column_std(x):
    return torch.std(x, dim=0)


# %% column_std | wrong: divides-by-n-minus-one | unbiased
def column_std(x):
    return torch.std(x, 0, unbiased=True)


# %% column_std | wrong: divides-by-n-minus-one | root of var
def column_std(x):
    return x.var(dim=0).sqrt()


# %% column_std | wrong: divides-by-n-minus-one | column by column
def column_std(x):
    return torch.stack([x[:, j].std() for j in range(x.shape[1])])


# %% column_std | wrong: divides-by-n-minus-one | std_mean
def column_std(x):
    spread, _ = torch.std_mean(x, dim=0)
    return spread


# %% column_std | misconception | leaves-the-graph
why = "NumPy knows neither devices nor gradients nor bfloat16, and detach() cuts the graph: compute with x itself, in torch."
next = "w = torch.ones(2, requires_grad=True); print(w.sum().requires_grad, w.detach().sum().requires_grad)"


# %% column_std | wrong: leaves-the-graph | straight to NumPy
def column_std(x):
    return torch.tensor(np.std(x.numpy(), axis=0))


# %% column_std | wrong: leaves-the-graph | straight to NumPy, as_tensor
def column_std(x):
    return torch.as_tensor(np.std(x.numpy(), axis=0))


# %% column_std | wrong: leaves-the-graph | straight to NumPy, method
def column_std(x):
    table = x.numpy()
    return torch.from_numpy(table.std(axis=0))


# %% column_std | wrong: leaves-the-graph | NumPy, detached
# breaks: "gradients can flow through it"
def column_std(x):
    return torch.from_numpy(np.std(x.detach().cpu().numpy(), axis=0))


# %% column_std | wrong: leaves-the-graph | NumPy and back to the device
def column_std(x):
    return torch.as_tensor(np.std(x.detach().cpu().float().numpy(), axis=0), dtype=x.dtype, device=x.device)


# %% column_std | wrong: leaves-the-graph | NumPy, new leaf
def column_std(x):
    out = np.std(x.detach().cpu().double().numpy(), axis=0)
    return torch.as_tensor(out, dtype=x.dtype, device=x.device).requires_grad_(x.requires_grad)


# %% column_std | wrong: leaves-the-graph | detach
def column_std(x):
    return x.detach().std(0, correction=0)


# %% column_std | wrong: leaves-the-graph | no_grad
def column_std(x):
    with torch.no_grad():
        return torch.std(x, dim=0, correction=0)


# %% column_std | wrong: leaves-the-graph | data
def column_std(x):
    centred = x.data - x.data.mean(0)
    return centred.square().mean(0).sqrt()


# %% column_std | wrong: leaves-the-graph | item in a list
def column_std(x):
    spreads = [column.std(correction=0).item() for column in x.unbind(1)]
    return torch.tensor(spreads, dtype=x.dtype, device=x.device)


# %% column_std | wrong: leaves-the-graph | NumPy without a half
def column_std(x):
    spread = np.std(x.detach().cpu().numpy(), axis=0)
    return torch.tensor(spread, dtype=x.dtype, device=x.device)


# %% column_std | misconception | wrong-axis
why = "dim is the dimension that disappears: 0 leaves one number per column."
next = "print(torch.zeros(2, 3).std(0).shape, torch.zeros(2, 3).std(1).shape)"


# %% column_std | wrong: wrong-axis | std(1)
# breaks: "Return the spread of each column"
def column_std(x):
    return x.std(1, correction=0)


# %% column_std | wrong: wrong-axis | std(-1)
def column_std(x):
    return torch.std(x, dim=-1, unbiased=False)


# %% column_std | wrong | dim=1, default correction
def column_std(x):
    return x.std(dim=1)


# %% column_std | wrong: wrong-axis | by hand
def column_std(x):
    centred = x - x.mean(dim=1, keepdim=True)
    return (centred**2).mean(dim=1).sqrt()


# %% column_std | wrong: wrong-axis | row by row
def column_std(x):
    return torch.stack([row.std(correction=0) for row in x])


# %% column_std | wrong: wrong-axis | root of var
def column_std(x):
    return x.var(1, unbiased=False).sqrt()


# %% column_std | misconception | mean-of-squares-minus-square
why = "The difference of two large squares has no digits left, in float64 either. Subtract the mean of each column before you square."
next = "print(torch.tensor(10001.0).square().item(), 10001**2)"


# %% column_std | wrong: mean-of-squares-minus-square | as it stands
# breaks: "Columns far from 0 (mean 10000, spread 1, in float32, and in float64 mean 1000000000) must come out right too."
def column_std(x):
    return ((x**2).mean(0) - x.mean(0) ** 2).sqrt()


# %% column_std | wrong: mean-of-squares-minus-square | clamped
def column_std(x):
    return (torch.mean(x * x, dim=0) - torch.mean(x, dim=0).pow(2)).clamp(min=0).sqrt()


# %% column_std | wrong: mean-of-squares-minus-square | sums
def column_std(x):
    n = x.shape[0]
    return torch.sqrt((x * x).sum(0) / n - (x.sum(0) / n) ** 2)


# %% column_std | wrong: mean-of-squares-minus-square | relu
def column_std(x):
    mean = x.mean(dim=0)
    return torch.relu(x.square().mean(dim=0) - mean.square()).sqrt()


# %% column_std | wrong: mean-of-squares-minus-square | abs
def column_std(x):
    return (x.pow(2).mean(0) - x.mean(0).pow(2)).abs().sqrt()


# %% column_std | wrong: mean-of-squares-minus-square | sums, abs
def column_std(x):
    variance = (x * x).mean(dim=0) - x.mean(dim=0).square()
    return torch.sqrt(torch.abs(variance))


# %% column_std | wrong: mean-of-squares-minus-square | sums, clamped
def column_std(x):
    n = len(x)
    return ((x**2).sum(0) / n - (x.sum(0) / n).square()).clamp_min(0) ** 0.5


# %% column_std | wrong: mean-of-squares-minus-square | the mean of the table subtracted
def column_std(x):
    d = x - x.mean()
    return ((d**2).mean(0) - d.mean(0) ** 2).clamp(min=0).sqrt()


# %% column_std | wrong: mean-of-squares-minus-square | in float64
def column_std(x):
    table = x.to(torch.float64)
    spread = (table.square().mean(0) - table.mean(0).square()).clamp(min=0).sqrt()
    return spread.to(x.dtype)


# %% column_std | wrong: mean-of-squares-minus-square | relu in float64
def column_std(x):
    dtype, x = x.dtype, x.double()
    second, first = torch.mean(x * x, dim=0), torch.mean(x, dim=0)
    return torch.relu(second - first * first).pow(0.5).type(dtype)


# %% column_std | wrong: mean-of-squares-minus-square | sums in float64
def column_std(x):
    rows = len(x)
    total, squares = x.sum(0, dtype=torch.float64), (x.double() ** 2).sum(0)
    return ((squares / rows - (total / rows) ** 2).clamp_min(0) ** 0.5).type_as(x)


# %% column_std | wrong: mean-of-squares-minus-square | abs in float64
def column_std(x):
    wide = x.double()
    mean = wide.mean(dim=0, keepdim=True)
    variance = (wide.pow(2).mean(dim=0, keepdim=True) - mean.pow(2)).abs()
    return variance.sqrt()[0].to(x.dtype)


# %% column_std | misconception | factor-afterwards
why = "A factor afterwards does not help a table with one row: std() and var() divide by 0 there, and nan times 0 is nan. correction=0 divides by the number of rows at once."
next = "row = torch.ones(1, 2); print(row.std(0) * 0, row.std(0, correction=0))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.std.html"


# %% column_std | wrong: factor-afterwards | on the spread
# breaks: "With one row, the spread is 0."
def column_std(x):
    rows = len(x)
    factor = ((rows - 1) / rows) ** 0.5
    return factor * torch.std(x, 0)


# %% column_std | wrong: factor-afterwards | on the variance
def column_std(x):
    n = x.size(0)
    return torch.sqrt(x.var(0) * (n - 1) / n)


# %% column_std | wrong: factor-afterwards | less one n-th
def column_std(x):
    variance = torch.var(x, dim=0, keepdim=True)
    return (variance * (1 - 1 / x.shape[0])).sqrt().squeeze(0)


# %% column_std | wrong: factor-afterwards | column by column
def column_std(x):
    def population(column):
        n = column.numel()
        return column.std() * (1 - 1 / n) ** 0.5

    return torch.stack([population(column) for column in x.T])


# %% column_std | wrong: factor-afterwards | two roots
def column_std(x):
    sample = x.std(dim=0, unbiased=True)
    return sample * (x.shape[0] - 1) ** 0.5 / x.shape[0] ** 0.5


# %% column_std | wrong: factor-afterwards | back to the sum of squares
def column_std(x):
    squares = x.var(dim=0, correction=1).mul(len(x) - 1)
    return squares.div(len(x)).sqrt()


# %% column_std | misconception | no-root
why = "The spread is the root of the variance."
next = "print(np.var([1., 5.]), np.std([1., 5.]))"


# %% column_std | wrong: no-root | var
# breaks: "as `np.std(table, axis=0)` computes it"
def column_std(x):
    return x.var(0, correction=0)


# %% column_std | wrong: no-root | by hand
def column_std(x):
    return ((x - x.mean(0)) ** 2).mean(0)


# %% column_std | wrong: no-root | loop over rows
def column_std(x):
    mean, total = x.mean(dim=0), 0
    for row in x:
        total = total + (row - mean) ** 2
    return total / len(x)


# %% column_std | wrong: no-root | unbiased
def column_std(x):
    return torch.var(x, dim=0, unbiased=False)


# %% column_std | wrong: no-root | std squared
def column_std(x):
    return x.std(0, correction=0) ** 2


# %% column_std | misconception | whole-table
why = "Without dim, std goes over all elements of the table; give it the dimension of the rows, 0."
next = "print(torch.zeros(2, 3).std().shape, torch.zeros(2, 3).std(0).shape)"


# %% column_std | wrong: whole-table | one number
def column_std(x):
    return x.std(correction=0)


# %% column_std | wrong: whole-table | repeated
# breaks: "a tensor of shape `(columns,)`"
def column_std(x):
    s = torch.std(x, unbiased=False)
    return s.repeat(x.shape[1])


# %% column_std | wrong: whole-table | stacked
def column_std(x):
    s = x.std(correction=0)
    return torch.stack([s for _ in range(x.shape[1])])


# %% column_std | wrong: whole-table | for each column
def column_std(x):
    return torch.stack([x.std(unbiased=False) for column in x.T])


# %% column_std | wrong: whole-table | expanded as a row
def column_std(x):
    return torch.std(x, unbiased=False).expand_as(x[0])


# %% column_std | wrong: whole-table | torch.std
def column_std(x):
    return torch.std(x, unbiased=False)


# %% column_std | wrong: whole-table | expanded
def column_std(x):
    return x.std(correction=0).expand(x.shape[1])


# %% column_std | wrong: whole-table | root of var
def column_std(x):
    return x.var(correction=0).sqrt()


# %% column_std | wrong: whole-table | mean of the table subtracted
def column_std(x):
    centred = x - x.mean()
    return centred.square().mean().sqrt()


# %% column_std | misconception | answer-in-another-dtype
why = "The answer has the dtype and the device of x: torch.zeros(n) is float32 on the CPU, and what was widened for the sum has to come back with .to(x.dtype)."
next = "print(torch.ones(2, dtype=torch.bfloat16).float().dtype)"


# %% column_std | wrong: answer-in-another-dtype | float
# breaks: "of any floating dtype"
# breaks: "with the dtype and the device of `x`"
def column_std(x):
    return x.float().std(0, correction=0)


# %% column_std | wrong: answer-in-another-dtype | halves alone
def column_std(x):
    if x.dtype in (torch.bfloat16, torch.float16):
        x = x.float()
    return x.std(dim=0, correction=0)


# %% column_std | wrong: answer-in-another-dtype | double
def column_std(x):
    return x.double().std(0, correction=0)


# %% column_std | wrong: answer-in-another-dtype | double, var
def column_std(x):
    return torch.var(x.to(torch.float64), dim=0, correction=0).sqrt()


# %% column_std | wrong: answer-in-another-dtype | float, by hand
def column_std(x):
    x = x.to(torch.float32)
    return (x - x.mean(0)).square().mean(0).sqrt()


# %% column_std | wrong: answer-in-another-dtype | double, by hand
def column_std(x):
    centred = x.to(torch.float64) - x.to(torch.float64).mean(dim=0)
    return centred.pow(2).mean(dim=0) ** 0.5


# %% column_std | wrong: answer-in-another-dtype | halves alone, by hand
def column_std(x):
    x = x if x.dtype == torch.float64 else x.float()
    return torch.sqrt(torch.var(x, dim=0, unbiased=False))


# %% column_std | wrong: answer-in-another-dtype | zeros for one row
def column_std(x):
    if x.shape[0] < 2:
        return torch.zeros(x.shape[1])
    return x.std(dim=0, correction=0)


# %% column_std | misconception | sum-too-large
why = "float16 ends at 65504: a sum of many numbers becomes inf, and so does the square of one far from 0. Subtract the mean of the column, and let mean() or std() add up, in float32."
next = "x = torch.full((600,), 200.).half(); print(x.sum(), x.mean())"


# %% column_std | wrong: sum-too-large | added up in its own dtype
# breaks: "of any floating dtype"
def column_std(x):
    n = len(x)
    centred = x - x.sum(0) / n
    return centred.std(0, correction=0)


# %% column_std | wrong: sum-too-large | sum over the number of rows
def column_std(x):
    mean = torch.sum(x, dim=0) / x.shape[0]
    return (x - mean).square().mean(dim=0).sqrt()


# %% column_std | wrong: sum-too-large | kept axis
def column_std(x):
    mean = x.sum(0, keepdim=True) / len(x)
    return torch.std(x - mean, dim=0, correction=0)


# %% column_std | wrong: sum-too-large | size(0)
def column_std(x):
    centred = x - x.sum(0).div(x.size(0))
    return centred.var(0, unbiased=False).sqrt()


# %% column_std | wrong: sum-too-large | rows added one after the other
def column_std(x):
    centred = x - sum(x) / len(x)
    return (centred * centred).mean(0) ** 0.5


# %% column_std | wrong: sum-too-large | power of the centred table
def column_std(x):
    rows = x.shape[0]
    return ((x - x.sum(dim=0, keepdim=True) / rows) ** 2).mean(dim=0) ** 0.5


# %% column_std | wrong: sum-too-large | a loop
def column_std(x):
    total = torch.zeros_like(x[0])
    for row in x:
        total = total + row
    return (x - total / len(x)).square().mean(dim=0).sqrt()


# %% column_std | wrong: sum-too-large | distances to the first row
# breaks: "with no number farther than 200 from the mean of its column"
def column_std(x):
    d = x - x[0]
    return ((d * d).mean(dim=0) - d.mean(dim=0) ** 2).clamp(min=0).sqrt()


# %% column_std | misconception | through-float32
why = "float32 has 7 digits: a float64 column far from 0 has lost its spread there, and to(x.dtype) does not bring it back."
next = "print(torch.tensor([1e9, 1e9 + 2], dtype=torch.float64).float().double())"


# %% column_std | wrong: through-float32 | there and back
def column_std(x):
    return x.float().std(0, correction=0).to(x.dtype)


# %% column_std | wrong: through-float32 | type_as
def column_std(x):
    table = x.to(torch.float32)
    return torch.std(table, dim=0, unbiased=False).type_as(x)


# %% column_std | wrong: through-float32 | root of the variance
def column_std(x):
    return torch.var(x.float(), 0, correction=0).sqrt().type(x.dtype)


# %% column_std | wrong: through-float32 | by hand
def column_std(x):
    wide = x.float()
    return (wide - wide.mean(0)).square().mean(0).sqrt().to(x.dtype)


# %% column_std | wrong: through-float32 | length of the centred columns
def column_std(x):
    table = x.to(dtype=torch.float32)
    centred = table - table.mean(dim=0, keepdim=True)
    return (torch.linalg.vector_norm(centred, dim=0) / len(x) ** 0.5).to(dtype=x.dtype)


# %% column_std | wrong: through-float32 | column by column
def column_std(x):
    spreads = [column.float().std(correction=0) for column in x.unbind(1)]
    return torch.stack(spreads).to(x.dtype)


# %% column_std | misconception | squeezed
why = "squeeze() removes every dimension of length 1, and with one column that is the only one of the answer: std(0) needs no squeeze()."
next = "print(torch.zeros(4, 1).std(0).shape, torch.zeros(4, 1).std(0).squeeze().shape)"


# %% column_std | wrong: squeezed | what has one dimension already
def column_std(x):
    return torch.std(x, 0, unbiased=False).squeeze()


# %% column_std | wrong: squeezed | by hand
def column_std(x):
    away = x - x.mean(0, keepdim=True)
    return torch.squeeze(away.square().mean(0, keepdim=True).sqrt())


# %% column_std | wrong: squeezed | the last dimension
def column_std(x):
    return x.var(0, correction=0).sqrt().squeeze(-1)


# %% column_std | wrong: squeezed | columns as rows
def column_std(x):
    columns = x.T
    return columns.std(1, correction=0, keepdim=True).squeeze()


# %% column_std | wrong: squeezed | stacked
def column_std(x):
    spreads = [column.std(correction=0) for column in x.unbind(1)]
    return torch.stack(spreads).squeeze()


# %% column_std | wrong: squeezed | std and mean
def column_std(x):
    std, _ = torch.std_mean(x, dim=0, correction=0, keepdim=True)
    return torch.squeeze(std)


# %% column_std | misconception | keeps-the-axis
why = "The answer has one dimension, (columns,): keepdim=True leaves the rows as a dimension of size 1."
next = "print(torch.zeros(2, 3).std(0, keepdim=True).shape)"


# %% column_std | wrong: keeps-the-axis | std
def column_std(x):
    return x.std(0, correction=0, keepdim=True)


# %% column_std | wrong: keeps-the-axis | by hand
def column_std(x):
    mean = x.mean(0, keepdim=True)
    return (x - mean).square().mean(0, keepdim=True).sqrt()


# %% column_std | wrong: keeps-the-axis | unsqueezed
def column_std(x):
    return torch.std(x, dim=0, unbiased=False).unsqueeze(0)


# %% column_std | wrong: keeps-the-axis | var
def column_std(x):
    return torch.var(x, 0, correction=0, keepdim=True).sqrt()


# %% to_host | right | force and copy
def to_host(t):
    t = t.float() if t.dtype == torch.bfloat16 else t
    return t.numpy(force=True).copy()


# %% to_host | right | np.array copies
def to_host(t):
    host = t.detach().cpu()
    if host.dtype is torch.bfloat16:
        host = host.to(torch.float32)
    return np.array(host)


# %% to_host | right | clone first
def to_host(t):
    with torch.no_grad():
        host = t.clone().cpu()
    if host.dtype == torch.bfloat16:
        host = host.float()
    return host.detach().numpy()


# %% to_host | right | to with copy
def to_host(t):
    dtype = torch.float32 if t.dtype == torch.bfloat16 else t.dtype
    return t.detach().to("cpu", dtype, copy=True).numpy()


# %% to_host | right | through a list with dtype and shape
def to_host(t):
    kind = "float32" if t.dtype == torch.bfloat16 else str(t.dtype).removeprefix("torch.")
    return np.array(t.tolist(), dtype=kind).reshape(tuple(t.shape))


# %% to_host | right | filled, Fortran order
def to_host(t):
    t = t.data.cpu()
    t = t.float() if t.dtype == torch.bfloat16 else t
    out = np.empty(tuple(t.shape), dtype=t.numpy().dtype, order="F")
    out[...] = t.numpy()
    return out


# %% to_host | right | numpy allows it without grad mode
def to_host(t):
    with torch.no_grad():
        host = t.to("cpu")
        if host.dtype == torch.bfloat16:
            host = host.to(torch.float32)
        return np.array(host.numpy())


# %% to_host | misconception | shared-on-the-cpu
why = "cpu() returns the same tensor if it is there already, and numpy() shares it: copy."
next = "t = torch.zeros(2); a = t.detach().cpu().numpy(); a[0] = 9; print(t)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.numpy.html"


# %% to_host | wrong: shared-on-the-cpu | detach, cpu, numpy
def to_host(t):
    return t.detach().cpu().numpy()


# %% to_host | wrong: shared-on-the-cpu | with bfloat16
# breaks: "shares no memory with `t`"
def to_host(t):
    t = t.detach().cpu()
    if t.dtype == torch.bfloat16:
        t = t.float()
    return t.numpy()


# %% to_host | wrong: shared-on-the-cpu | force
def to_host(t):
    return (t.float() if t.dtype == torch.bfloat16 else t).numpy(force=True)


# %% to_host | wrong: shared-on-the-cpu | force alone
def to_host(t):
    return t.numpy(force=True)


# %% to_host | wrong: shared-on-the-cpu | data
def to_host(t):
    host = t.data.cpu()
    return host.to(torch.float32).numpy() if host.dtype == torch.bfloat16 else host.numpy()


# %% to_host | wrong: shared-on-the-cpu | np.asarray
def to_host(t):
    host = t.detach().to("cpu")
    return np.asarray(host.float() if host.dtype == torch.bfloat16 else host)


# %% to_host | wrong: shared-on-the-cpu | only a leaf is copied
def to_host(t):
    t = t.detach().clone() if t.requires_grad else t
    return t.cpu().float().numpy() if t.dtype == torch.bfloat16 else t.cpu().numpy()


# %% to_host | wrong: shared-on-the-cpu | no_grad
def to_host(t):
    with torch.no_grad():
        if t.dtype == torch.bfloat16:
            t = t.float()
        return t.to("cpu").detach().numpy()


# %% to_host | misconception | numpy-on-a-device
why = "A NumPy array lives in main memory: bring the tensor there first with .cpu()."
next = "print(torch.ones(2, device=device).cpu().numpy())"


# %% to_host | wrong | detach, numpy: shared, and not on a device
def to_host(t):
    return t.detach().numpy()


# %% to_host | wrong: numpy-on-a-device | with copy and bfloat16
# breaks: "whatever device `t` is on"
def to_host(t):
    if t.dtype == torch.bfloat16:
        t = t.float()
    return t.detach().numpy().copy()


# %% to_host | wrong: numpy-on-a-device | np.array
def to_host(t):
    t = t.detach()
    return np.array(t.to(torch.float32) if t.dtype == torch.bfloat16 else t)


# %% to_host | wrong: numpy-on-a-device | clone
# breaks: "Your functions are called with tensors on the CPU **and** on the accelerator"
def to_host(t):
    t = t.detach().clone()
    if t.dtype == torch.bfloat16:
        t = t.float()
    return t.numpy()


# %% to_host | wrong: numpy-on-a-device | copy, no bfloat16
def to_host(t):
    return t.detach().numpy().copy()


# %% to_host | wrong: numpy-on-a-device | clone, no bfloat16
def to_host(t):
    return t.clone().detach().numpy()


# %% to_host | wrong: numpy-on-a-device | np.array, no bfloat16
def to_host(t):
    return np.array(t.detach())


# %% to_host | misconception | numpy-with-grad
why = "NumPy cannot follow gradients: detach() first."
next = "w = torch.ones(2, requires_grad=True); print(w.detach().numpy())"


# %% to_host | wrong: numpy-with-grad | with copy and bfloat16
# breaks: "whether or not it requires grad"
def to_host(t):
    t = t.cpu()
    if t.dtype == torch.bfloat16:
        t = t.float()
    return t.numpy().copy()


# %% to_host | wrong: numpy-with-grad | np.array
def to_host(t):
    host = t.cpu()
    return np.array(host.float() if host.dtype == torch.bfloat16 else host)


# %% to_host | wrong: numpy-with-grad | clone
def to_host(t):
    if t.dtype == torch.bfloat16:
        t = t.float()
    return t.clone().cpu().numpy()


# %% to_host | wrong: numpy-with-grad | copy=True
def to_host(t):
    dtype = torch.float32 if t.dtype == torch.bfloat16 else t.dtype
    return t.to("cpu", dtype, copy=True).numpy()


# %% to_host | wrong: numpy-with-grad | np.copy
def to_host(t):
    t = t.to("cpu")
    return np.copy(t.float().numpy() if t.dtype == torch.bfloat16 else t.numpy())


# %% to_host | wrong: numpy-with-grad | filled
def to_host(t):
    t = t.float().cpu() if t.dtype == torch.bfloat16 else t.cpu()
    out = np.empty(tuple(t.shape), dtype=t.detach().numpy().dtype)
    out[...] = t.numpy()
    return out


# %% to_host | misconception | through-a-list
why = "Python lists forget the dtype and empty dimensions: stay with arrays."
next = "print(np.array(torch.zeros(0, 3).tolist()).shape, np.array(torch.zeros(2).tolist()).dtype)"


# %% to_host | wrong: through-a-list | tolist
def to_host(t):
    return np.array(t.tolist())


# %% to_host | wrong: through-a-list | detached
# breaks: "Shape and dtype stay"
def to_host(t):
    return np.array(t.detach().cpu().tolist())


# %% to_host | wrong: through-a-list | asarray
def to_host(t):
    values = t.cpu().detach().tolist()
    return np.asarray(values).copy()


# %% to_host | wrong: through-a-list | with dtype
def to_host(t):
    dtype = (t.float() if t.dtype == torch.bfloat16 else t).detach().cpu().numpy().dtype
    return np.array(t.tolist(), dtype=dtype)


# %% to_host | wrong: through-a-list | name of the dtype
def to_host(t):
    kind = "float32" if t.dtype == torch.bfloat16 else str(t.dtype).split(".")[1]
    return np.array(t.tolist(), dtype=kind)


# %% to_host | wrong: through-a-list | flat, then reshaped
def to_host(t):
    return np.array(t.detach().flatten().tolist()).reshape(tuple(t.shape))


# %% to_host | wrong: through-a-list | astype
def to_host(t):
    host = t.detach().cpu()
    return np.array(host.tolist()).astype((host.float() if host.dtype == torch.bfloat16 else host).numpy().dtype)


# %% to_host | misconception | bfloat16-forgotten
why = "NumPy has no bfloat16: convert such a tensor to float32 first."
next = "print(torch.ones(2, dtype=torch.bfloat16).float().numpy())"


# %% to_host | wrong: bfloat16-forgotten | copy
# breaks: "any dtype except complex ones"
# breaks: "bfloat16, which NumPy lacks, becomes float32"
def to_host(t):
    return t.detach().cpu().numpy().copy()


# %% to_host | wrong: bfloat16-forgotten | clone
def to_host(t):
    return t.detach().clone().cpu().numpy()


# %% to_host | wrong: bfloat16-forgotten | np.array
def to_host(t):
    return np.array(t.detach().cpu())


# %% to_host | wrong: bfloat16-forgotten | np.array of numpy
def to_host(t):
    return np.array(t.detach().cpu().numpy())


# %% to_host | wrong: bfloat16-forgotten | force
def to_host(t):
    return t.numpy(force=True).copy()


# %% to_host | wrong: bfloat16-forgotten | copy=True
def to_host(t):
    return t.detach().to("cpu", copy=True).numpy()


# %% to_host | wrong: bfloat16-forgotten | half has another name
def to_host(t):
    t = t.detach().cpu().clone()
    if t.dtype == torch.float16:
        t = t.half()
    return t.numpy()


# %% to_host | misconception | changes-the-original
why = "requires_grad_(False) and detach_() change the caller's tensor; detach(), without the _, gives a new one and leaves t as it was."
next = "w = torch.ones(2, requires_grad=True); w.detach(); print(w.requires_grad); w.requires_grad_(False); print(w.requires_grad)"


# %% to_host | wrong: changes-the-original | requires_grad_
# breaks: "`t` stays as it was"
def to_host(t):
    t.requires_grad_(False)
    t = t.cpu()
    return (t.float() if t.dtype == torch.bfloat16 else t).numpy().copy()


# %% to_host | wrong: changes-the-original | leaves alone
def to_host(t):
    t = t.requires_grad_(False) if t.is_leaf else t.detach()
    host = t.float().cpu() if t.dtype == torch.bfloat16 else t.cpu()
    return host.numpy().copy()


# %% to_host | wrong: changes-the-original | attribute
def to_host(t):
    if t.is_leaf:
        t.requires_grad = False
    t = t.detach().cpu()
    return np.array(t.float() if t.dtype == torch.bfloat16 else t)


# %% to_host | wrong: changes-the-original | detach_
def to_host(t):
    t.detach_()
    t = t.cpu()
    return np.array(t.float() if t.dtype == torch.bfloat16 else t)


# %% to_host | wrong: changes-the-original | detach_ in a row
def to_host(t):
    kind = torch.float32 if t.dtype == torch.bfloat16 else t.dtype
    return t.detach_().cpu().to(kind).numpy().copy()


# %% to_host | wrong: changes-the-original | only where it requires grad
def to_host(t):
    if t.requires_grad:
        t.detach_()
    t = t.float() if t.dtype == torch.bfloat16 else t
    return t.cpu().clone().numpy()


# %% to_host | misconception | always-float32
why = "The dtype stays: float() is for bfloat16 alone."
next = "print(torch.tensor([2**24 + 1]).float().long(), torch.tensor([2**24 + 1]))"


# %% to_host | wrong: always-float32 | float
def to_host(t):
    return t.detach().cpu().float().numpy().copy()


# %% to_host | wrong: always-float32 | astype
def to_host(t):
    return np.array(t.detach().cpu().to(torch.float32)).astype(np.float32)


# %% to_host | wrong: always-float32 | dtype of np.array
def to_host(t):
    return np.array(t.detach().float().cpu(), dtype=np.float32)


# %% to_host | wrong: always-float32 | force
def to_host(t):
    return t.to(torch.float32).numpy(force=True).copy()


# %% to_host | wrong: always-float32 | list
def to_host(t):
    return np.array(t.tolist(), dtype="float32").reshape(tuple(t.shape))


# %% to_host | misconception | through-float64
why = "float64 has 53 bits, and an int64 may need 63: a detour through floats rounds large whole numbers."
next = "print(torch.tensor(2**53 + 1).double().long().item(), 2**53 + 1)"


# %% to_host | wrong: through-float64 | double
# breaks: "Return the values of `t`"
def to_host(t):
    host = t.detach().cpu()
    kind = (host.float() if host.dtype == torch.bfloat16 else host).numpy().dtype
    return host.double().numpy().astype(kind)


# %% to_host | wrong: through-float64 | filled
def to_host(t):
    host = t.detach().cpu()
    out = np.zeros(tuple(host.shape))
    out[...] = host.to(torch.float64).numpy()
    return out.astype("float32" if t.dtype == torch.bfloat16 else str(t.dtype)[6:])


# %% to_host | wrong: through-float64 | np.array of doubles
def to_host(t):
    wide = np.array(t.detach().cpu().to(torch.float64))
    name = str(t.dtype).removeprefix("torch.")
    return wide.astype(np.float32 if name == "bfloat16" else name)


# %% to_host | wrong: through-float64 | added to zeros
def to_host(t):
    host = t.detach().cpu()
    host = host.float() if host.dtype == torch.bfloat16 else host
    sums = np.zeros(host.shape)
    sums += host.numpy()
    return sums.astype(host.numpy().dtype)


# %% to_host | wrong: through-float64 | whole numbers alone
def to_host(t):
    t = t.detach().cpu()
    if t.dtype == torch.bfloat16:
        t = t.float()
    if not t.dtype.is_floating_point:
        return np.array(t.double().numpy(), dtype=t.numpy().dtype)
    return t.numpy().copy()


# %% to_host | wrong: through-float64 | list of floats
def to_host(t):
    numbers = [float(x) for x in t.detach().cpu().flatten()]
    kind = np.float32 if t.dtype == torch.bfloat16 else str(t.dtype).split(".")[-1]
    return np.array(numbers).astype(kind).reshape(tuple(t.shape))


# %% to_host | misconception | scalar-for-an-array
why = "Of an array without axes, arithmetic, an index and item() make a NumPy scalar, which cannot be written to: copy() makes an array of every shape."
next = "a = np.array(1.5); print(type(a + 0), type(a[()]), type(a.copy()))"


# %% to_host | wrong: scalar-for-an-array | plus zeros
# breaks: "The array can be written to"
def to_host(t):
    t = t.detach().cpu()
    a = (t.float() if t.dtype == torch.bfloat16 else t).numpy()
    return a + np.zeros_like(a)


# %% to_host | wrong: scalar-for-an-array | empty index
def to_host(t):
    host = t.detach().cpu()
    if host.dtype is torch.bfloat16:
        host = host.to(torch.float32)
    return host.numpy().copy()[()]


# %% to_host | wrong: scalar-for-an-array | one number by itself
def to_host(t):
    t = t.detach().cpu()
    t = t.float() if t.dtype == torch.bfloat16 else t.clone()
    return t.numpy().dtype.type(t.item()) if t.dim() == 0 else t.numpy()


# %% to_host | wrong: scalar-for-an-array | absolute, or as it is
def to_host(t):
    host = t.detach().to("cpu", copy=True)
    host = host.float() if t.dtype == torch.bfloat16 else host
    return np.bitwise_or(host.numpy(), False) if host.dtype == torch.bool else np.multiply(host.numpy(), 1, dtype=host.numpy().dtype)


# %% to_host | misconception | read-only
why = "The array has to be writable: np.frombuffer gives a view of bytes, and flags.writeable = False a locked array."
next = "print(np.frombuffer(np.ones(2).tobytes()).flags.writeable, np.ones(2).copy().flags.writeable)"


# %% to_host | wrong: read-only | flag
# breaks: "The array can be written to"
def to_host(t):
    t = t.detach().cpu()
    a = (t.float() if t.dtype == torch.bfloat16 else t).numpy().copy()
    a.flags.writeable = False
    return a


# %% to_host | wrong: read-only | frombuffer
def to_host(t):
    t = t.detach().cpu()
    a = (t.float() if t.dtype == torch.bfloat16 else t).contiguous().numpy()
    return a.copy() if a.size == 0 else np.frombuffer(a.tobytes(), dtype=a.dtype).reshape(a.shape)


# %% to_host | wrong: read-only | setflags
def to_host(t):
    kind = torch.float32 if t.dtype == torch.bfloat16 else t.dtype
    a = np.array(t.detach().cpu().to(kind))
    a.setflags(write=False)
    return a


# %% to_host | wrong: read-only | broadcast
def to_host(t):
    t = t.detach().cpu().clone()
    a = (t.float() if t.dtype == torch.bfloat16 else t).numpy()
    return np.broadcast_to(a, a.shape)


# %% to_host | wrong | half for bfloat16, overflows at 65504
def to_host(t):
    t = t.detach().cpu()
    if t.dtype == torch.bfloat16:
        t = t.half().float()
    return t.numpy().copy()


# %% pick_device | right | is_available
def pick_device():
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()
    return torch.device("cpu")


# %% pick_device | right | or, with check_available
def pick_device():
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


# %% pick_device | right | device_count, with an index
def pick_device():
    if torch.accelerator.device_count() > 0:
        return torch.device(torch.accelerator.current_accelerator().type, 0)
    return torch.device("cpu", 0)


# %% pick_device | right | imported names
from torch.accelerator import current_accelerator, is_available


def pick_device():
    return current_accelerator() if is_available() else torch.device("cpu")


# %% pick_device | right | module of the accelerator
def pick_device():
    kind = torch.accelerator.current_accelerator()
    if kind is not None and torch.get_device_module(kind).is_available():
        return kind
    return torch.device("cpu")


# %% pick_device | right | a tensor is tried, and forgotten
def pick_device():
    found = torch.accelerator.current_accelerator(check_available=True)
    if found is None:
        return torch.device("cpu")
    try:
        print(torch.ones(1, device=found))
    except Exception:
        print("no tensor there")
    return found


# %% pick_device | misconception | asked-once
why = "Ask inside the function each time, so that the answer is today's."
next = "import time; once = lambda now=time.time(): now; print('the same time twice, asked once:', once() == once(), ' asked each time:', time.time() == time.time())"


# %% pick_device | wrong: asked-once | a constant
# breaks: "Ask PyTorch each time the function is called"
DEVICE = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def pick_device():
    return DEVICE


# %% pick_device | wrong: asked-once | a default argument
def pick_device(answer=torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")):
    return answer


# %% pick_device | wrong: asked-once | a default argument, checked
def pick_device(found=torch.accelerator.current_accelerator(check_available=True)):
    if found is None:
        return torch.device("cpu")
    return found


# %% pick_device | wrong: asked-once | the device of the notebook
def pick_device():
    return torch.device(device)


# %% pick_device | wrong: asked-once | a constant from is_available
BEST = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else torch.device("cpu")


def pick_device():
    return torch.device(BEST)


# %% pick_device | wrong: asked-once | remembered
found = None


def pick_device():
    global found
    if found is None:
        found = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    return found


# %% pick_device | wrong: asked-once | cache
import functools


@functools.cache
def pick_device():
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


# %% pick_device | wrong | half of it asked once
HAVE = torch.accelerator.is_available()


def pick_device():
    return torch.device(torch.accelerator.current_accelerator().type) if HAVE else torch.device("cpu")


# %% pick_device | misconception | none-for-cpu
why = "Without an accelerator PyTorch answers None: give the CPU instead."
next = "print(None or torch.device(\"cpu\"))"


# %% pick_device | wrong: none-for-cpu | check_available
# breaks: "otherwise the CPU"
def pick_device():
    return torch.accelerator.current_accelerator(check_available=True)


# %% pick_device | wrong: none-for-cpu | no else
def pick_device():
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()


# %% pick_device | wrong: none-for-cpu | no else, with an index
def pick_device():
    if torch.accelerator.device_count() > 0:
        return torch.device(torch.accelerator.current_accelerator().type, 0)


# %% pick_device | wrong: none-for-cpu | positional
def pick_device():
    found = torch.accelerator.current_accelerator(True)
    return found


# %% pick_device | wrong: none-for-cpu | attribute of None
def pick_device():
    return torch.device(torch.accelerator.current_accelerator(check_available=True).type)


# %% pick_device | wrong: none-for-cpu | attribute of None, with an index
def pick_device():
    kind = torch.accelerator.current_accelerator(check_available=True)
    return torch.device(kind.type, 0)


# %% pick_device | wrong: none-for-cpu | attribute of None, name
def pick_device():
    name = torch.accelerator.current_accelerator(True).type
    return torch.device(name)


# %% pick_device | misconception | built-is-not-present
why = "Built for CUDA does not mean that a GPU is present: check_available=True, or is_available()."
next = "print(torch.accelerator.current_accelerator(), torch.accelerator.is_available(), torch.accelerator.device_count())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.accelerator.current_accelerator.html"


# %% pick_device | wrong: built-is-not-present | or
# breaks: "if one is available right now"
def pick_device():
    return torch.accelerator.current_accelerator() or torch.device("cpu")


# %% pick_device | wrong: built-is-not-present | if None
def pick_device():
    kind = torch.accelerator.current_accelerator()
    if kind is None:
        return torch.device("cpu")
    return torch.device(kind.type, 0)


# %% pick_device | wrong: built-is-not-present | conditional
def pick_device():
    found = torch.accelerator.current_accelerator()
    return found if found is not None else torch.device("cpu")


# %% pick_device | wrong: built-is-not-present | check_available=False
def pick_device():
    found = torch.accelerator.current_accelerator(check_available=False)
    if found:
        return found
    return torch.device("cpu")


# %% pick_device | wrong: built-is-not-present | by its type
def pick_device():
    found = torch.accelerator.current_accelerator()
    return torch.device("cpu" if found is None else found.type)


# %% pick_device | wrong: built-is-not-present | attribute error caught
def pick_device():
    try:
        return torch.device(torch.accelerator.current_accelerator().type)
    except AttributeError:
        return torch.device("cpu")


# %% pick_device | misconception | cuda-only
why = "A list of kinds is never complete: ask torch.accelerator for whichever is there."
next = "print(torch.cuda.is_available(), torch.accelerator.current_accelerator())"


# %% pick_device | wrong: cuda-only | the classic
# breaks: "with an accelerator of another kind"
# breaks: "of whatever kind"
def pick_device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


# %% pick_device | wrong: cuda-only | if
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("cpu")


# %% pick_device | wrong: cuda-only | and mps
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


# %% pick_device | wrong: cuda-only | and mps, names
def pick_device():
    kind = "cpu"
    if torch.backends.mps.is_available():
        kind = "mps"
    if torch.cuda.is_available():
        kind = "cuda"
    return torch.device(kind)


# %% pick_device | wrong: cuda-only | and mps, counted
def pick_device():
    if torch.cuda.device_count() > 0:
        return torch.device("cuda:0")
    return torch.device("mps") if torch.backends.mps.is_available() else torch.device("cpu")


# %% pick_device | wrong: cuda-only | or mps, in one line
def pick_device():
    name = "cuda" if torch.cuda.is_available() else "mps" if torch.mps.is_available() else "cpu"
    return torch.device(name)


# %% pick_device | wrong: cuda-only | the long ladder
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    elif torch.backends.mps.is_available():
        return torch.device("mps")
    elif torch.xpu.is_available():
        return torch.device("xpu")
    else:
        return torch.device("cpu")


# %% pick_device | wrong: cuda-only | a loop over kinds
def pick_device():
    for name in ("cuda", "xpu", "mps"):
        if getattr(torch, name).is_available():
            return torch.device(name)
    return torch.device("cpu")


# %% pick_device | wrong: cuda-only | device count
def pick_device():
    return torch.device("cuda:0") if torch.cuda.device_count() else torch.device("cpu")


# %% pick_device | wrong: cuda-only | and xpu
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("xpu" if torch.xpu.is_available() else "cpu")


# %% pick_device | wrong: cuda-only | and xpu, names
def pick_device():
    kind = "cuda" if torch.cuda.is_available() else "xpu" if torch.xpu.is_available() else "cpu"
    return torch.device(kind)


# %% pick_device | wrong: cuda-only | tried one after the other
def pick_device():
    modules = {"xpu": torch.xpu, "cuda": torch.cuda}
    found = [name for name, module in modules.items() if module.is_available()]
    return torch.device(found[0]) if found else torch.device("cpu")


# %% pick_device | wrong: cuda-only | the ladder, names
def pick_device():
    kinds = {"cuda": torch.cuda, "mps": torch.backends.mps, "xpu": torch.xpu}
    return torch.device(next((name for name, module in kinds.items() if module.is_available()), "cpu"))


# %% pick_device | wrong: cuda-only | all that are known
# breaks: "one that you have never heard of"
def pick_device():
    for name in ("cuda", "mps", "xpu", "mtia", "sim"):
        module = torch.backends.mps if name == "mps" else getattr(torch, name, None)
        if module is not None and module.is_available():
            return torch.device(name)
    return torch.device("cpu")


# %% pick_device | wrong: cuda-only | checked against a list
def pick_device():
    found = torch.accelerator.current_accelerator(check_available=True)
    known = {"cuda", "mps", "xpu", "mtia", "sim", "hip", "xla"}
    return found if found is not None and found.type in known else torch.device("cpu")


# %% pick_device | wrong: cuda-only | all that are known, names
def pick_device():
    kinds = [kind for kind in ("sim", "mtia", "xpu", "mps", "cuda") if hasattr(torch, kind)]
    return torch.device(next((kind for kind in kinds if getattr(torch, kind).is_available()), "cpu"))


# %% pick_device | misconception | a-name
why = "The answer is a torch.device, not its name: torch.device(name)."
next = "print(type(\"cpu\"), type(torch.device(\"cpu\")))"


# %% pick_device | wrong: a-name | str
# breaks: "The answer is a `torch.device`"
def pick_device():
    return str(torch.accelerator.current_accelerator(check_available=True) or "cpu")


# %% pick_device | wrong: a-name | type
def pick_device():
    found = torch.accelerator.current_accelerator(check_available=True)
    return "cpu" if found is None else found.type


# %% pick_device | wrong: a-name | if
def pick_device():
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator().type
    return "cpu"


# %% pick_device | wrong: a-name | the CPU alone
def pick_device():
    return torch.accelerator.current_accelerator(check_available=True) or "cpu"


# %% pick_device | wrong: a-name | the CPU alone, if
def pick_device():
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()
    return "cpu"


# %% pick_device | misconception | sets-the-default-device
why = "set_default_device changes where everybody's new tensors are made: return the device, and set nothing."
next = "print(torch.get_default_device())"


# %% pick_device | wrong: sets-the-default-device | or
# breaks: "leave the default device (`torch.set_default_device`) as it is"
def pick_device():
    found = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    torch.set_default_device(found)
    return found


# %% pick_device | wrong: sets-the-default-device | if None
def pick_device():
    best = torch.accelerator.current_accelerator(check_available=True)
    if best is None:
        best = torch.device("cpu")
    torch.set_default_device(best)
    return best


# %% pick_device | wrong: sets-the-default-device | asked back
def pick_device():
    torch.set_default_device(torch.accelerator.current_accelerator(check_available=True) or "cpu")
    return torch.get_default_device()


# %% pick_device | wrong: sets-the-default-device | only an accelerator
def pick_device():
    if torch.accelerator.is_available():
        torch.set_default_device(torch.accelerator.current_accelerator())
        return torch.accelerator.current_accelerator()
    return torch.device("cpu")


# %% pick_device | misconception | default-device-decides
why = "The default device is what somebody has set for new tensors, whatever is there: ask torch.accelerator, and nothing else."
next = "with torch.device(\"meta\"): print(torch.get_default_device())"


# %% pick_device | wrong: default-device-decides | if it is not the CPU
# breaks: "Return the accelerator of this machine"
def pick_device():
    chosen = torch.get_default_device()
    if chosen.type != "cpu":
        return chosen
    found = torch.accelerator.current_accelerator(check_available=True)
    return torch.device("cpu") if found is None else found


# %% pick_device | wrong: default-device-decides | before the accelerator
def pick_device():
    candidates = [torch.get_default_device(), torch.accelerator.current_accelerator(check_available=True)]
    return next((d for d in candidates if d is not None and d.type != "cpu"), torch.device("cpu"))


# %% pick_device | wrong: default-device-decides | where nothing is made
def pick_device():
    default = torch.get_default_device()
    if not torch.accelerator.is_available():
        return torch.device("cpu")
    return default if default != torch.device("cpu") else torch.accelerator.current_accelerator()


# %% pick_device | wrong: default-device-decides | a default other than the CPU first
def pick_device():
    best = torch.accelerator.current_accelerator(True) or torch.device("cpu")
    wanted = torch.get_default_device()
    return best if wanted.type == "cpu" else wanted


# %% pick_device | misconception | another-index
why = "The index is 0 or none: the last of several, or the current one, can be another device."
next = "print(torch.device(\"cuda\", 1) == torch.device(\"cuda\", 0))"


# %% pick_device | wrong: another-index | the last
# breaks: "with index 0 or none"
def pick_device():
    if not torch.accelerator.is_available():
        return torch.device("cpu")
    kind = torch.accelerator.current_accelerator().type
    return torch.device(kind, torch.accelerator.device_count() - 1)


# %% pick_device | wrong: another-index | the current one
def pick_device():
    found = torch.accelerator.current_accelerator(True)
    if found is None:
        return torch.device("cpu")
    return torch.device(found.type, torch.accelerator.current_device_index())


# %% pick_device | wrong: another-index | counted down
def pick_device():
    count = torch.accelerator.device_count()
    if count == 0:
        return torch.device("cpu")
    return torch.device(f"{torch.accelerator.current_accelerator().type}:{count - 1}")


# %% pick_device | wrong: another-index | the number of them
def pick_device():
    if torch.accelerator.is_available():
        return torch.device(torch.accelerator.current_accelerator().type, torch.accelerator.device_count())
    return torch.device("cpu")


# %% pick_device | wrong: another-index | 1
def pick_device():
    found = torch.accelerator.current_accelerator(check_available=True)
    return torch.device("cpu") if found is None else torch.device(found.type, 1)


# %% pick_device | wrong: another-index | the last, check_available
def pick_device():
    found = torch.accelerator.current_accelerator(True)
    last = torch.accelerator.device_count() - 1
    return torch.device(found.type, last) if found else torch.device("cpu")


# %% pick_device | wrong: another-index | the last of a range
def pick_device():
    device = torch.device("cpu")
    for i in range(torch.accelerator.device_count()):
        device = torch.device(torch.accelerator.current_accelerator().type, i)
    return device


# %% pick_device | wrong: another-index | the largest of a list
def pick_device():
    found = torch.accelerator.current_accelerator(check_available=True)
    if found is None:
        return torch.device("cpu")
    return [torch.device(found.type, i) for i in range(torch.accelerator.device_count())][-1]


# %% pick_device | misconception | tried-by-allocating
why = "Making a tensor tells nothing: without device= it lands on the CPU, and on an accelerator it may fail: ask, with check_available=True or is_available()."
next = "print(torch.accelerator.is_available(), torch.accelerator.current_accelerator(check_available=True))"


# %% pick_device | wrong: tried-by-allocating | empty
# breaks: "The tests also call your function on imaginary machines, where no tensor can be made"
def pick_device():
    found = torch.accelerator.current_accelerator()
    try:
        return torch.empty(1, device=found).device
    except (RuntimeError, AssertionError):
        return torch.device("cpu")


# %% pick_device | wrong: tried-by-allocating | where it came to lie
def pick_device():
    kind = torch.accelerator.current_accelerator()
    if kind is not None:
        try:
            return torch.device(torch.zeros(1).to(kind).device.type)
        except Exception:
            pass
    return torch.device("cpu")


# %% pick_device | wrong: tried-by-allocating | a number on it
def pick_device():
    wanted = torch.accelerator.current_accelerator() or torch.device("cpu")
    try:
        torch.tensor(1.0, device=wanted)
    except Exception:
        wanted = torch.device("cpu")
    return wanted


# %% pick_device | wrong: tried-by-allocating | after asking, too
def pick_device():
    found = torch.accelerator.current_accelerator(check_available=True)
    if found is None:
        return torch.device("cpu")
    try:
        return torch.ones(2, 2, device=found).sum().device
    except (RuntimeError, AssertionError, NotImplementedError):
        return torch.device("cpu")


# %% pick_device | wrong: tried-by-allocating | a module
def pick_device():
    place = torch.accelerator.current_accelerator()
    try:
        return next(nn.Linear(1, 1).to(place).parameters()).device
    except Exception:
        return torch.device("cpu")


# %% pick_device | wrong: tried-by-allocating | a helper that works or not
def pick_device():
    def works(place):
        try:
            return bool((torch.arange(3).to(place) + 1).cpu()[0] == 1)
        except Exception:
            return False

    found = torch.accelerator.current_accelerator(True)
    return found if found is not None and works(found) else torch.device("cpu")


# %% pick_device | wrong: built-is-not-present | the version says cuda
def pick_device():
    if torch.version.cuda is not None:
        return torch.device("cuda")
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


# %% pick_device | wrong | None or what was built
def pick_device():
    return torch.accelerator.current_accelerator()


# %% same_device | right | normal form
def same_device(a, b):
    def normal(x):
        x = x.device if isinstance(x, torch.Tensor) else torch.device(x)
        return torch.device(x.type, x.index or 0)

    return normal(a) == normal(b)


# %% same_device | right | text
def same_device(a, b):
    names = []
    for x in (a, b):
        name = str(x.device) if isinstance(x, torch.Tensor) else str(x)
        names.append(name if ":" in name else name + ":0")
    return names[0] == names[1]


# %% same_device | right | getattr
def same_device(a, b):
    a, b = (torch.device(getattr(x, "device", x)) for x in (a, b))
    index_a = 0 if a.index is None else a.index
    index_b = 0 if b.index is None else b.index
    return a.type == b.type and index_a == index_b


# %% same_device | right | set
def same_device(a, b):
    places = [x if isinstance(x, torch.device) else torch.device(x) if isinstance(x, str) else x.device for x in (a, b)]
    return len({(p.type, max(p.index if p.index is not None else 0, 0)) for p in places}) == 1


# %% same_device | misconception | index-zero-is-falsy
why = "0 is a false value in Python: compare with None."
next = "index = 0; print('is 0 true?', bool(index), ' is it None?', index is None)"


# %% same_device | wrong: index-zero-is-falsy | truth of 0
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.device(a)
    b = b.device if isinstance(b, torch.Tensor) else torch.device(b)
    if a.type != b.type:
        return False
    if a.index and b.index and a.index != b.index:
        return False
    return True


# %% same_device | wrong: index-zero-is-falsy | in one line
def same_device(a, b):
    a, b = (torch.device(getattr(x, "device", x)) for x in (a, b))
    return a.type == b.type and (not a.index or not b.index or a.index == b.index)


# %% same_device | wrong: index-zero-is-falsy | nested
def same_device(a, b):
    first = a.device if hasattr(a, "device") else torch.device(a)
    second = b.device if hasattr(b, "device") else torch.device(b)
    if first.type == second.type:
        if first.index and second.index:
            return first.index == second.index
        return True
    return False


# %% same_device | wrong: index-zero-is-falsy | all of them
def same_device(a, b):
    def where(x):
        return torch.device(x.device if torch.is_tensor(x) else x)

    a, b = where(a), where(b)
    differ = all([a.index, b.index]) and a.index != b.index
    return a.type == b.type and not differ


# %% same_device | misconception | missing-index-matches-any
why = "A missing index means 0, and not any index: cuda is cuda:0, and is not cuda:1."
next = "print(torch.device(\"cuda\").index or 0, torch.device(\"cuda:1\").index or 0)"


# %% same_device | wrong: missing-index-matches-any | None matches any
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.device(a)
    b = b.device if isinstance(b, torch.Tensor) else torch.device(b)
    return a.type == b.type and (a.index is None or b.index is None or a.index == b.index)


# %% same_device | wrong: missing-index-matches-any | early returns
def same_device(a, b):
    a, b = torch.device(getattr(a, "device", a)), torch.device(getattr(b, "device", b))
    if a.type != b.type:
        return False
    if a.index is None or b.index is None:
        return True
    return a.index == b.index


# %% same_device | wrong: missing-index-matches-any | None in a set
def same_device(a, b):
    places = [x.device if isinstance(x, torch.Tensor) else torch.device(x) for x in (a, b)]
    indices = {p.index for p in places}
    return places[0].type == places[1].type and (None in indices or len(indices) == 1)


# %% same_device | wrong: missing-index-matches-any | text without a colon
def same_device(a, b):
    a, b = str(getattr(a, "device", a)), str(getattr(b, "device", b))
    if ":" in a and ":" in b:
        return a == b
    return a.split(":")[0] == b.split(":")[0]


# %% same_device | wrong: missing-index-matches-any | the other's index
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.device(a)
    b = b.device if isinstance(b, torch.Tensor) else torch.device(b)
    if a.index is None and b.index is not None:
        a = torch.device(a.type, b.index)
    if b.index is None and a.index is not None:
        b = torch.device(b.type, a.index)
    return a == b


# %% same_device | misconception | missing-index-differs
why = "A device without an index never equals one with an index: fill in 0 first."
next = "print(torch.device(\"cuda\") == torch.device(\"cuda:0\"), torch.device(\"cpu\") == torch.device(\"cpu:0\"))"


# %% same_device | wrong: missing-index-differs | ==
# breaks: "A missing index means 0"
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.device(a)
    b = b.device if isinstance(b, torch.Tensor) else torch.device(b)
    return a == b


# %% same_device | wrong: missing-index-differs | text
def same_device(a, b):
    return str(getattr(a, "device", a)) == str(getattr(b, "device", b))


# %% same_device | wrong: missing-index-differs | type and index
def same_device(a, b):
    a, b = (torch.device(getattr(x, "device", x)) for x in (a, b))
    return a.type == b.type and a.index == b.index


# %% same_device | wrong: missing-index-differs | -1
def same_device(a, b):
    da = a.device if hasattr(a, "device") else torch.device(a)
    db = b.device if hasattr(b, "device") else torch.device(b)
    ia = -1 if da.index is None else da.index
    ib = -1 if db.index is None else db.index
    return da.type == db.type and ia == ib


# %% same_device | wrong: missing-index-differs | filled in for cuda only
def same_device(a, b):
    def place(x):
        d = x.device if isinstance(x, torch.Tensor) else torch.device(x)
        if d.type == "cuda" and d.index is None:
            d = torch.device("cuda", 0)
        return d

    return place(a) == place(b)


# %% same_device | wrong: missing-index-differs | cuda by its name
def same_device(a, b):
    names = [str(x.device) if torch.is_tensor(x) else str(x) for x in (a, b)]
    names = ["cuda:0" if name == "cuda" else name for name in names]
    return names[0] == names[1]


# %% same_device | wrong: missing-index-differs | set
def same_device(a, b):
    return len({x.device if isinstance(x, torch.Tensor) else torch.device(x) for x in (a, b)}) == 1


# %% same_device | misconception | cuda-or-cpu
why = "A tensor that is not on cuda need not be on the CPU: it may be on meta, mps or xpu. Ask for its device, x.device."
next = "t = torch.empty(1, device=\"meta\"); print(t.is_cuda, t.is_cpu, t.device)"
link = "https://docs.pytorch.org/docs/2.13/tensor_attributes.html#torch.device"


# %% same_device | wrong: cuda-or-cpu | is_cuda
def same_device(a, b):
    def name(x):
        if torch.is_tensor(x):
            return f"cuda:{x.get_device()}" if x.is_cuda else "cpu:0"
        there = torch.device(x)
        return f"{there.type}:{there.index or 0}"

    return name(a) == name(b)


# %% same_device | wrong: cuda-or-cpu | the type of the device
def same_device(a, b):
    places = []
    for x in (a, b):
        if isinstance(x, torch.Tensor):
            x = x.device if x.device.type == "cuda" else "cpu"
        place = torch.device(x)
        places.append((place.type, 0 if place.index is None else place.index))
    return places[0] == places[1]


# %% same_device | wrong: cuda-or-cpu | a table of two
def same_device(a, b):
    def of(x):
        return torch.device("cpu", 0) if not x.is_cuda else torch.device("cuda", x.device.index)

    a, b = (of(x) if isinstance(x, torch.Tensor) else torch.device(x) for x in (a, b))
    return a.type == b.type and (a.index or 0) == (b.index or 0)


# %% same_device | wrong: cuda-or-cpu | the CPU unless told otherwise
def same_device(a, b):
    def key(x):
        kind, index = "cpu", None
        if not isinstance(x, torch.Tensor):
            kind, index = torch.device(x).type, torch.device(x).index
        elif x.is_cuda:
            kind, index = "cuda", x.get_device()
        return kind, index if index is not None else 0

    return key(a) == key(b)


# %% same_device | wrong: cuda-or-cpu | text
def same_device(a, b):
    names = [str(x) if isinstance(x, (str, torch.device)) else str(x.device) if x.is_cuda else "cpu" for x in (a, b)]
    first, second = (name if ":" in name else f"{name}:0" for name in names)
    return first == second


# %% same_device | misconception | type-is-enough
why = "Two GPUs of one kind are two devices: compare the index too."
next = "print(torch.device(\"cuda:0\").index, torch.device(\"cuda:1\").index)"


# %% same_device | wrong: type-is-enough | type
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.device(a)
    b = b.device if isinstance(b, torch.Tensor) else torch.device(b)
    return a.type == b.type


# %% same_device | wrong: type-is-enough | split
# breaks: "`False` if not"
def same_device(a, b):
    return str(getattr(a, "device", a)).split(":")[0] == str(getattr(b, "device", b)).split(":")[0]


# %% same_device | wrong: type-is-enough | set
def same_device(a, b):
    return len({torch.device(getattr(x, "device", x)).type for x in (a, b)}) == 1


# %% same_device | wrong: type-is-enough | partition
def same_device(a, b):
    names = [str(x.device) if torch.is_tensor(x) else str(x) for x in (a, b)]
    first, second = [name.partition(":")[0] for name in names]
    return first == second


# %% same_device | wrong: type-is-enough | helper
def same_device(a, b):
    def kind(x):
        return x.device.type if isinstance(x, torch.Tensor) else torch.device(x).type

    return kind(a) == kind(b)


# %% same_device | misconception | there-is-one-cpu
why = "cpu means cpu:0 by the rule of the statement, and cpu:1 is another name: compare the index of every kind of device."
next = "print(torch.device('cpu').index, torch.device('cpu:1').index)"


# %% same_device | wrong: there-is-one-cpu | both on the cpu
# breaks: "A missing index means 0"
def same_device(a, b):
    kinds = [x.device if isinstance(x, torch.Tensor) else torch.device(x) for x in (a, b)]
    if all(kind.type == "cpu" for kind in kinds):
        return True
    return (kinds[0].type, kinds[0].index or 0) == (kinds[1].type, kinds[1].index or 0)


# %% same_device | wrong: there-is-one-cpu | no index for it
def same_device(a, b):
    def name(x):
        device = torch.device(x.device if isinstance(x, torch.Tensor) else x)
        if device.type == "cpu":
            return "cpu"
        return f"{device.type}:{device.index or 0}"

    return name(a) == name(b)


# %% same_device | wrong: there-is-one-cpu | index of accelerators alone
def same_device(a, b):
    a = torch.device(getattr(a, "device", a))
    b = torch.device(getattr(b, "device", b))
    if a.type != b.type:
        return False
    if a.type in ("cpu", "meta"):
        return True
    return (a.index or 0) == (b.index or 0)


# %% same_device | wrong: there-is-one-cpu | forgets the number of a cpu
def same_device(a, b):
    found = []
    for x in (a, b):
        device = x.device if torch.is_tensor(x) else torch.device(x)
        number = 0 if device.index is None or device.type == "cpu" else device.index
        found.append((device.type, number))
    return found[0] == found[1]


# %% same_device | misconception | probe-by-allocating
why = "torch.device(name) names a device without touching it; a tensor can be made only where the device exists."
next = "print(torch.device(\"cuda:7\"))"


# %% same_device | wrong: probe-by-allocating | empty
def same_device(a, b):
    a = a.device if isinstance(a, torch.Tensor) else torch.empty(0, device=a).device
    b = b.device if isinstance(b, torch.Tensor) else torch.empty(0, device=b).device
    return a == b


# %% same_device | wrong: probe-by-allocating | and compares well
# breaks: "The device need not exist on this machine."
def same_device(a, b):
    def place(x):
        x = x if isinstance(x, torch.Tensor) else torch.zeros(1, device=x)
        return x.device.type, x.device.index or 0

    return place(a) == place(b)


# %% same_device | wrong: probe-by-allocating | zeros
def same_device(a, b):
    first = a if isinstance(a, torch.Tensor) else torch.zeros(0, device=a)
    second = b if isinstance(b, torch.Tensor) else torch.zeros(0, device=b)
    return first.device == second.device


# %% same_device | wrong: probe-by-allocating | moved
def same_device(a, b):
    places = [x.device if torch.is_tensor(x) else torch.ones(1).to(x).device for x in (a, b)]
    return (places[0].type, places[0].index or 0) == (places[1].type, places[1].index or 0)


# %% same_device | wrong: probe-by-allocating | moved, both
def same_device(a, b):
    a = torch.tensor(0).to(getattr(a, "device", a)).device
    b = torch.tensor(0).to(getattr(b, "device", b)).device
    return a == b


# %% same_device | wrong: probe-by-allocating | catches and says False
def same_device(a, b):
    def where(x):
        return x.device if torch.is_tensor(x) else torch.empty(1, device=x).device
    try:
        d, e = where(a), where(b)
    except Exception:
        return False
    return d.type == e.type and (d.index or 0) == (e.index or 0)


# %% same_device | wrong: probe-by-allocating | catches too, zeros
def same_device(a, b):
    try:
        places = [x.device if isinstance(x, torch.Tensor) else torch.zeros(1, device=x).device for x in (a, b)]
    except (RuntimeError, AssertionError):
        return False
    return len({(p.type, p.index or 0) for p in places}) == 1


# %% same_device | misconception | one-digit
why = "An index may have several digits: cuda:12 is not cuda:2, and cuda:10 is not cuda:1; read it from torch.device(name).index."
next = "print(torch.device(\"cuda:12\").index, \"cuda:12\"[-1])"


# %% same_device | wrong: one-digit | last character
def same_device(a, b):
    a, b = [torch.device(getattr(x, "device", x)) for x in (a, b)]
    a, b = str(a), str(b)
    i = a[-1] if a[-1].isdigit() else "0"
    j = b[-1] if b[-1].isdigit() else "0"
    return a.split(":")[0] == b.split(":")[0] and i == j


# %% same_device | wrong: one-digit | as a number
def same_device(a, b):
    def place(x):
        name = str(x.device) if isinstance(x, torch.Tensor) else str(x)
        last = name[-1]
        return name.split(":")[0], int(last) if last.isdigit() else 0

    return place(a) == place(b)


# %% same_device | wrong: one-digit | sliced
def same_device(a, b):
    names = [str(getattr(x, "device", x)) for x in (a, b)]
    pairs = [(n.partition(":")[0], n[-1:] if ":" in n else "0") for n in names]
    return pairs[0] == pairs[1]


# %% same_device | wrong: one-digit | endswith
def same_device(a, b):
    a, b = [n if ":" in n else n + ":0" for n in (str(getattr(x, "device", x)) for x in (a, b))]
    return a.split(":")[0] == b.split(":")[0] and a.endswith(b[-1])


# %% same_device | wrong: one-digit | zeros stripped
def same_device(a, b):
    def name(x):
        return str(x.device if isinstance(x, torch.Tensor) else x).rstrip(":0")

    return name(a) == name(b)


# %% same_device | wrong: one-digit | zeros stripped, then the colon
def same_device(a, b):
    a, b = (str(getattr(x, "device", x)) for x in (a, b))
    return a.rstrip("0").rstrip(":") == b.rstrip("0").rstrip(":")


# %% same_device | wrong: one-digit | zeros stripped from both parts
def same_device(a, b):
    one, other = [torch.device(getattr(x, "device", x)) for x in (a, b)]
    digits = [str(d.index or "").strip("0") for d in (one, other)]
    return one.type == other.type and digits[0] == digits[1]


# %% same_device | wrong: one-digit | zeros cut off by a pattern
def same_device(a, b):
    import re

    names = [re.sub(":?0*$", "", str(getattr(x, "device", x))) for x in (a, b)]
    return names[0] == names[1]


# %% same_device | wrong: one-digit | zeros stripped, type and number
def same_device(a, b):
    def parts(x):
        kind, _, number = str(x.device if isinstance(x, torch.Tensor) else x).partition(":")
        return kind, number.strip("0")

    return parts(a) == parts(b)


# %% same_device | misconception | exact-type
why = "A parameter is a tensor too, and on an accelerator a tensor may be of a subclass: ask isinstance(x, torch.Tensor), not type(x)."
next = "p = nn.Parameter(torch.ones(1)); print(type(p) is torch.Tensor, isinstance(p, torch.Tensor))"


# %% same_device | wrong: exact-type | is
# breaks: "`a` and `b` are each a tensor"
def same_device(a, b):
    def where(x):
        d = x.device if type(x) is torch.Tensor else torch.device(x)
        return d.type, d.index or 0

    return where(a) == where(b)


# %% same_device | wrong: exact-type | ==
def same_device(a, b):
    places = []
    for x in (a, b):
        if type(x) == torch.Tensor:
            x = x.device
        x = torch.device(x)
        places.append((x.type, 0 if x.index is None else x.index))
    return places[0] == places[1]


# %% same_device | wrong: exact-type | by a table
def same_device(a, b):
    ways = {torch.Tensor: lambda t: t.device, str: torch.device}
    a, b = (ways.get(type(x), torch.device)(x) for x in (a, b))
    return a.type == b.type and (a.index or 0) == (b.index or 0)


# %% same_device | wrong: exact-type | name of the type
def same_device(a, b):
    one = a.device if a.__class__.__name__ == "Tensor" else torch.device(a)
    other = b.device if b.__class__.__name__ == "Tensor" else torch.device(b)
    return str(one).removesuffix(":0") == str(other).removesuffix(":0")


# %% same_device | wrong | prefix, startswith
def same_device(a, b):
    a, b = str(getattr(a, "device", a)), str(getattr(b, "device", b))
    return a.startswith(b) or b.startswith(a)


# %% same_device | wrong | not-a-bool, returns the device
# breaks: "Return `True` if they mean the same device"
def same_device(a, b):
    def normal(x):
        x = x.device if isinstance(x, torch.Tensor) else torch.device(x)
        return torch.device(x.type, x.index or 0)

    return normal(a) if normal(a) == normal(b) else None


# %% same_device | wrong | names alone
# breaks: "`a` and `b` are each a tensor, a `torch.device` or the name of a device."
def same_device(a, b):
    a, b = [name if ":" in name else name + ":0" for name in (a, b)]
    return a == b


# %% padding_mask | right | unsqueeze
def padding_mask(lengths, width):
    positions = torch.arange(width, dtype=torch.int64, device=lengths.device)
    return positions.unsqueeze(0).lt(lengths.unsqueeze(1))


# %% padding_mask | right | cumsum
def padding_mask(lengths, width):
    ones = torch.ones(len(lengths), width, dtype=torch.int64, device=lengths.device)
    return ones.cumsum(dim=1) <= lengths.reshape(-1, 1)


# %% padding_mask | right | loop over tolist
def padding_mask(lengths, width):
    mask = torch.zeros(len(lengths), width, dtype=torch.bool, device=lengths.device)
    for row, length in enumerate(lengths.tolist()):
        mask[row, :length] = True
    return mask


# %% padding_mask | right | list of rows
def padding_mask(lengths, width):
    rows = [[position < length for position in range(width)] for length in lengths.tolist()]
    return torch.tensor(rows, dtype=torch.bool, device=lengths.device).reshape(len(lengths), width)


# %% padding_mask | right | new_zeros, to at the end
def padding_mask(lengths, width):
    mask = np.arange(width)[None, :] < lengths.cpu().numpy()[:, None]
    return torch.from_numpy(mask).to(lengths.device)


# %% padding_mask | misconception | helper-on-the-cpu
why = "Create helper tensors where the data are, device=lengths.device: without it, the default device decides, which need not be the CPU."
next = "print(torch.arange(3).device, torch.arange(3, device=device).device)"


# %% padding_mask | wrong: helper-on-the-cpu | arange
# breaks: "not `torch.set_default_device`"
def padding_mask(lengths, width):
    return torch.arange(width) < lengths[:, None]


# %% padding_mask | wrong: helper-on-the-cpu | expanded
def padding_mask(lengths, width):
    positions = torch.arange(width).expand(lengths.shape[0], width)
    return positions < lengths.unsqueeze(-1)


# %% padding_mask | wrong: helper-on-the-cpu | long
def padding_mask(lengths, width):
    return torch.arange(width) < lengths.long()[:, None]


# %% padding_mask | wrong: helper-on-the-cpu | the other way round
def padding_mask(lengths, width):
    positions = torch.arange(width)[None, :]
    return lengths[:, None] > positions


# %% padding_mask | wrong: helper-on-the-cpu | reshape
def padding_mask(lengths, width):
    positions = torch.arange(0, width, dtype=torch.int64)
    return positions < lengths.reshape(-1, 1)


# %% padding_mask | wrong: helper-on-the-cpu | lt
def padding_mask(lengths, width):
    return torch.lt(torch.arange(width).unsqueeze(0), lengths.unsqueeze(1))


# %% padding_mask | wrong: helper-on-the-cpu | gt
def padding_mask(lengths, width):
    return lengths.view(-1, 1).gt(torch.arange(width))


# %% padding_mask | wrong: helper-on-the-cpu | moved unless the lengths are on the CPU
def padding_mask(lengths, width):
    steps = torch.arange(width)
    if not lengths.is_cpu:
        steps = steps.to(lengths.device)
    return lengths.to(torch.int64).unsqueeze(1) > steps


# %% padding_mask | wrong: helper-on-the-cpu | two cases
def padding_mask(lengths, width):
    at_home = lengths.device == torch.device("cpu")
    positions = torch.arange(width) if at_home else torch.arange(width, device=lengths.device)
    return positions[None] < lengths[:, None].long()


# %% padding_mask | wrong: helper-on-the-cpu | by the name of the device
def padding_mask(lengths, width):
    where = {} if str(lengths.device) == "cpu" else {"device": lengths.device}
    return torch.lt(torch.arange(width, **where), lengths.reshape(-1, 1))


# %% padding_mask | wrong: helper-on-the-cpu | moved by type
def padding_mask(lengths, width):
    row = torch.arange(width, dtype=torch.int64).unsqueeze(0)
    kind = lengths.device.type
    row = row if kind == "cpu" else row.to(device=lengths.device)
    return row < lengths.view(len(lengths), 1)


# %% padding_mask | misconception | answer-from-the-cpu
why = "The mask belongs where lengths is: the caller combines it with tensors there."
next = "print(torch.zeros(2, dtype=torch.bool).device, torch.zeros(2, dtype=torch.bool, device=device).device)"


# %% padding_mask | wrong: answer-from-the-cpu | cpu()
# breaks: "on the device of `lengths`"
def padding_mask(lengths, width):
    return torch.arange(width) < lengths.cpu()[:, None]


# %% padding_mask | wrong: answer-from-the-cpu | cpu() and device
def padding_mask(lengths, width):
    return torch.arange(width, device="cpu") < lengths.cpu()[:, None]


# %% padding_mask | wrong: answer-from-the-cpu | filled zeros
def padding_mask(lengths, width):
    mask = torch.zeros(len(lengths), width, dtype=torch.bool)
    for row, length in enumerate(lengths):
        mask[row, : int(length)] = True
    return mask


# %% padding_mask | wrong: answer-from-the-cpu | numpy
def padding_mask(lengths, width):
    return torch.from_numpy(np.arange(width) < lengths.cpu().numpy()[:, None])


# %% padding_mask | wrong: answer-from-the-cpu | list
def padding_mask(lengths, width):
    rows = [[j < n for j in range(width)] for n in lengths.tolist()]
    return torch.tensor(rows, dtype=torch.bool).reshape(len(lengths), width)


# %% padding_mask | wrong: answer-from-the-cpu | cumsum
def padding_mask(lengths, width):
    ones = torch.ones(len(lengths), width, dtype=torch.int64)
    return ones.cumsum(1) <= lengths.cpu()[:, None]


# %% padding_mask | wrong: answer-from-the-cpu | zeros from tolist
def padding_mask(lengths, width):
    mask = torch.zeros((len(lengths), width), dtype=torch.bool)
    for i, n in enumerate(lengths.tolist()):
        mask[i, : min(n, width)] = True
    return mask


# %% padding_mask | misconception | accelerator-is-not-the-argument
why = "Follow the argument's device, not the machine's best."
next = "print(torch.zeros(2).device, torch.accelerator.current_accelerator())"


# %% padding_mask | wrong: accelerator-is-not-the-argument | pick_device
# breaks: "not the best device of the machine"
def padding_mask(lengths, width):
    best = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    return torch.arange(width, device=best) < lengths[:, None]


# %% padding_mask | wrong: accelerator-is-not-the-argument | moves lengths
def padding_mask(lengths, width):
    best = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    return torch.arange(width, device=best) < lengths.to(best)[:, None]


# %% padding_mask | wrong: accelerator-is-not-the-argument | the notebook's device
def padding_mask(lengths, width):
    positions = torch.arange(width, device=device)
    return positions < lengths.unsqueeze(1)


# %% padding_mask | wrong: accelerator-is-not-the-argument | the notebook's device, moves lengths
def padding_mask(lengths, width):
    positions = torch.arange(width, device=device)
    return positions < lengths.to(device).unsqueeze(1)


# %% padding_mask | wrong: accelerator-is-not-the-argument | the notebook's device, list
def padding_mask(lengths, width):
    rows = [[j < n for j in range(width)] for n in lengths.tolist()]
    return torch.tensor(rows, dtype=torch.bool, device=device).reshape(len(lengths), width)


# %% padding_mask | wrong: accelerator-is-not-the-argument | if there is one
def padding_mask(lengths, width):
    best = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else "cpu"
    return torch.arange(width).to(best) < lengths[:, None]


# %% padding_mask | wrong: accelerator-is-not-the-argument | mask moved
def padding_mask(lengths, width):
    mask = torch.zeros(len(lengths), width, dtype=torch.bool, device="cpu")
    for i, n in enumerate(lengths.tolist()):
        mask[i, :n] = True
    return mask.to(device)


# %% padding_mask | misconception | missing-column
why = "Make lengths a column so that every length meets every position."
next = "lengths = torch.tensor([2, 0, 3]); print(lengths.shape, lengths[:, None].shape)"


# %% padding_mask | wrong: missing-column | no column
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device) < lengths


# %% padding_mask | wrong: missing-column | lengths first
def padding_mask(lengths, width):
    return lengths > torch.arange(width, device=lengths.device)


# %% padding_mask | wrong: missing-column | row
def padding_mask(lengths, width):
    positions = torch.arange(width, device=lengths.device).unsqueeze(0)
    return positions < lengths


# %% padding_mask | wrong: missing-column | lengths as a row
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device)[None, :] < lengths[None, :]


# %% padding_mask | wrong: missing-column | expanded
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device).expand(len(lengths), width) < lengths


# %% padding_mask | wrong: missing-column | repeated
def padding_mask(lengths, width):
    positions = torch.arange(width, device=lengths.device).repeat(len(lengths), 1)
    return positions < lengths


# %% padding_mask | misconception | transposed
why = "A row for each length: lengths is the column, (n, 1), and the positions are the row, (width,)."
next = "positions, lengths = torch.arange(4), torch.tensor([2, 0, 3]); print((positions[:, None] < lengths).shape, (positions < lengths[:, None]).shape)"


# %% padding_mask | wrong: transposed | positions as a column
# breaks: "of shape `(len(lengths), width)`"
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device)[:, None] < lengths


# %% padding_mask | wrong: transposed | unsqueeze
def padding_mask(lengths, width):
    positions = torch.arange(width, device=lengths.device).unsqueeze(1)
    return positions < lengths.unsqueeze(0)


# %% padding_mask | wrong: transposed | reshape
def padding_mask(lengths, width):
    return lengths > torch.arange(width, device=lengths.device).reshape(-1, 1)


# %% padding_mask | wrong: transposed | turned at the end
def padding_mask(lengths, width):
    return (torch.arange(width, device=lengths.device) < lengths[:, None]).T


# %% padding_mask | misconception | off-by-one
why = "Positions begin with 0: the last real one is length - 1, so compare with <."
next = "print(torch.arange(4) <= 2, torch.arange(4) < 2)"


# %% padding_mask | wrong: off-by-one | <=
# breaks: "`True` at real positions"
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device) <= lengths[:, None]


# %% padding_mask | wrong: off-by-one | le
def padding_mask(lengths, width):
    positions = torch.arange(width, device=lengths.device).unsqueeze(0)
    return positions.le(lengths.unsqueeze(1))


# %% padding_mask | wrong: off-by-one | >=
def padding_mask(lengths, width):
    return lengths.reshape(-1, 1) >= torch.arange(width, device=lengths.device)


# %% padding_mask | wrong: off-by-one | loop
def padding_mask(lengths, width):
    mask = torch.zeros(len(lengths), width, dtype=torch.bool, device=lengths.device)
    for i, n in enumerate(lengths.tolist()):
        mask[i, : n + 1] = True
    return mask


# %% padding_mask | wrong: off-by-one | from 1
def padding_mask(lengths, width):
    return torch.arange(1, width + 1, device=lengths.device) < lengths[:, None]


# %% padding_mask | wrong: off-by-one | cumsum
def padding_mask(lengths, width):
    ones = torch.ones(len(lengths), width, dtype=torch.int64, device=lengths.device)
    return ones.cumsum(1) < lengths[:, None]


# %% padding_mask | wrong: off-by-one | plus 1
def padding_mask(lengths, width):
    positions = torch.arange(width, device=lengths.device) + 1
    return positions < lengths.unsqueeze(1)


# %% padding_mask | wrong: off-by-one | from 1, gt
def padding_mask(lengths, width):
    return lengths[:, None].gt(torch.arange(1, width + 1, device=lengths.device)[None])


# %% padding_mask | misconception | upside-down
why = "True is for real positions, those before the length; False is for padding."
next = "print(torch.arange(4) < 3)"


# %% padding_mask | wrong: upside-down | >=
# breaks: "`False` at padding"
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device) >= lengths[:, None]


# %% padding_mask | wrong: upside-down | not
def padding_mask(lengths, width):
    return ~(torch.arange(width, device=lengths.device) < lengths.unsqueeze(1))


# %% padding_mask | wrong: upside-down | loop
def padding_mask(lengths, width):
    mask = torch.ones(len(lengths), width, dtype=torch.bool, device=lengths.device)
    for i, n in enumerate(lengths.tolist()):
        mask[i, :n] = False
    return mask


# %% padding_mask | wrong: upside-down | from the other side
def padding_mask(lengths, width):
    return lengths[:, None] <= torch.arange(width, device=lengths.device)


# %% padding_mask | misconception | not-bool
why = "A mask is of dtype bool: a comparison gives one, and torch.zeros needs dtype=torch.bool."
next = "print(torch.zeros(2).dtype, (torch.arange(2) < 1).dtype)"


# %% padding_mask | wrong: not-bool | uint8
# breaks: "Return a bool tensor"
def padding_mask(lengths, width):
    return (torch.arange(width, device=lengths.device) < lengths[:, None]).to(torch.uint8)


# %% padding_mask | wrong: not-bool | byte
def padding_mask(lengths, width):
    return (torch.arange(width, device=lengths.device) < lengths.unsqueeze(1)).byte()


# %% padding_mask | wrong: not-bool | type
def padding_mask(lengths, width):
    return (lengths[:, None] > torch.arange(width, device=lengths.device)).type(torch.uint8)


# %% padding_mask | wrong: not-bool | float zeros
def padding_mask(lengths, width):
    mask = torch.zeros(len(lengths), width, device=lengths.device)
    for i, n in enumerate(lengths.tolist()):
        mask[i, :n] = True
    return mask


# %% padding_mask | wrong: not-bool | float
def padding_mask(lengths, width):
    return (torch.arange(width, device=lengths.device) < lengths[:, None]).float()


# %% padding_mask | wrong: not-bool | int
def padding_mask(lengths, width):
    return (lengths[:, None] > torch.arange(width, device=lengths.device)).int()


# %% padding_mask | wrong: not-bool | int32
def padding_mask(lengths, width):
    mask = torch.arange(width, device=lengths.device) < lengths.reshape(-1, 1)
    return mask.to(torch.int32)


# %% padding_mask | wrong: not-bool | floats for width 0
# breaks: "`width` may be 0"
def padding_mask(lengths, width):
    if width == 0:
        return torch.zeros(len(lengths), 0, device=lengths.device)
    return torch.arange(width, device=lengths.device) < lengths.long()[:, None]


# %% padding_mask | wrong: not-bool | floats for nothing
# breaks: "There may be no sequences"
def padding_mask(lengths, width):
    if len(lengths) == 0 or width == 0:
        return torch.empty(len(lengths), width, device=lengths.device)
    return torch.arange(width, device=lengths.device) < lengths[:, None]


# %% padding_mask | misconception | stack-of-nothing
why = "There may be no sequences, and torch.stack and torch.cat need at least one tensor: compare with all lengths at once, as a column."
next = "print((torch.arange(4) < torch.zeros(0, 1)).shape)"


# %% padding_mask | wrong: stack-of-nothing | rows stacked
# breaks: "There may be no sequences"
def padding_mask(lengths, width):
    steps = torch.arange(width, device=lengths.device)
    rows = []
    for n in lengths.tolist():
        rows.append(steps < n)
    return torch.stack(rows)


# %% padding_mask | wrong: stack-of-nothing | torch.cat
def padding_mask(lengths, width):
    steps = torch.arange(width, device=lengths.device)[None, :]
    return torch.cat([steps < int(n) for n in lengths])


# %% padding_mask | wrong: stack-of-nothing | vstack
def padding_mask(lengths, width):
    return torch.vstack([torch.arange(width, device=lengths.device).lt(n.item()) for n in lengths])


# %% padding_mask | wrong: stack-of-nothing | filled row by row
def padding_mask(lengths, width):
    def row(n):
        real = torch.zeros(width, dtype=torch.bool, device=lengths.device)
        real[:n] = True
        return real

    return torch.stack(list(map(row, lengths.tolist())), dim=0)


# %% padding_mask | wrong: stack-of-nothing | ones and zeros joined
def padding_mask(lengths, width):
    kept = lengths.long().clamp(max=width).tolist()
    rows = [torch.tensor([True] * n + [False] * (width - n), device=lengths.device).bool() for n in kept]
    return torch.stack(rows)


# %% padding_mask | wrong: stack-of-nothing | concatenated, then reshaped
def padding_mask(lengths, width):
    positions = torch.arange(width, device=lengths.device)
    flat = torch.cat([positions < length.long() for length in lengths])
    return flat.reshape(len(lengths), width)


# %% padding_mask | misconception | row-longer-than-width
why = "A length may be above width, and its row has width positions all the same: take min(length, width), or compare positions with lengths."
next = "print(len([True] * 5 + [False] * (3 - 5)), len([True] * min(5, 3) + [False] * (3 - min(5, 3))))"


def when(seen, want):
    # Lists of several lengths, which torch cannot make a tensor of.
    return "expected sequence of length" in seen.raised.message


# %% padding_mask | wrong: row-longer-than-width | lists multiplied | not imitated
# breaks: "A length above `width` fills its row."
def padding_mask(lengths, width):
    table = [[True] * n + [False] * (width - n) for n in lengths.tolist()]
    return torch.tensor(table, dtype=torch.bool, device=lengths.device).reshape(len(table), width)


# %% padding_mask | wrong: row-longer-than-width | ones, then zeros | not imitated
def padding_mask(lengths, width):
    rows = []
    for length in lengths.cpu().numpy():
        ones = [1] * int(length)
        rows.append(ones + [0] * (width - len(ones)))
    mask = torch.tensor(rows, device=lengths.device).bool()
    return mask if rows else mask.new_zeros(0, width)


# %% padding_mask | wrong: row-longer-than-width | filled up with False | not imitated
def padding_mask(lengths, width):
    def row(n):
        real = [True for _ in range(min(n, 10**6))]
        while len(real) < width:
            real.append(False)
        return real

    if len(lengths) * width == 0:
        return torch.zeros((len(lengths), width), dtype=torch.bool, device=lengths.device)
    return torch.tensor([row(n) for n in lengths.tolist()], device=lengths.device)


# %% padding_mask | wrong: row-longer-than-width | position by position
def padding_mask(lengths, width):
    mask = torch.zeros(len(lengths), width, dtype=torch.bool, device=lengths.device)
    for row, n in enumerate(lengths.tolist()):
        for position in range(n):
            mask[row, position] = True
    return mask


# %% padding_mask | wrong: row-longer-than-width | into a list
def padding_mask(lengths, width):
    table = [[False] * width for _ in lengths]
    for row, length in zip(table, lengths.tolist()):
        for k in range(length):
            row[k] = True
    return torch.tensor(table, dtype=torch.bool, device=lengths.device).view(len(table), width)


# %% padding_mask | wrong: row-longer-than-width | into an array
def padding_mask(lengths, width):
    table = np.zeros((len(lengths), width), dtype=bool)
    for i, length in enumerate(lengths.tolist()):
        k = 0
        while k < length:
            table[i, k] = True
            k += 1
    return torch.from_numpy(table).to(lengths.device)


# %% padding_mask | misconception | positions-do-not-fit
why = "int8 holds numbers up to 127, uint8 up to 255, and bfloat16 whole numbers up to 256: count the positions in int64."
next = "print(torch.arange(300).to(torch.bfloat16)[257].item(), torch.iinfo(torch.int8).max)"


# %% padding_mask | wrong: positions-do-not-fit | dtype of lengths
# breaks: "`lengths` (1-d, int64, int32, int16, int8 or uint8)"
def padding_mask(lengths, width):
    positions = torch.arange(width, device=lengths.device, dtype=lengths.dtype)
    return positions.unsqueeze(0) < lengths.unsqueeze(1)


# %% padding_mask | wrong: positions-do-not-fit | to the dtype of lengths
def padding_mask(lengths, width):
    return torch.arange(width, device=lengths.device).to(lengths.dtype) < lengths[:, None]


# %% padding_mask | wrong: positions-do-not-fit | to lengths
def padding_mask(lengths, width):
    positions = torch.arange(width).to(lengths)
    return positions < lengths.reshape(-1, 1)


# %% padding_mask | wrong: positions-do-not-fit | type_as
def padding_mask(lengths, width):
    positions = torch.arange(width, device=lengths.device).type_as(lengths)
    return lengths.unsqueeze(1) > positions


# %% padding_mask | wrong: positions-do-not-fit | bfloat16
def padding_mask(lengths, width):
    positions = torch.arange(width, device=lengths.device).to(torch.bfloat16)
    return positions < lengths.to(torch.bfloat16).unsqueeze(1)


# %% padding_mask | wrong: positions-do-not-fit | bfloat16 arange
def padding_mask(lengths, width):
    positions = torch.arange(width, device=lengths.device, dtype=torch.bfloat16)
    return positions < lengths[:, None].bfloat16()


# %% padding_mask | wrong | cumsum in the dtype of lengths
def padding_mask(lengths, width):
    ones = torch.ones(len(lengths), width, dtype=lengths.dtype, device=lengths.device)
    return ones.cumsum(1, dtype=lengths.dtype) <= lengths[:, None]


# %% padding_mask | wrong | clamps the argument in place
def padding_mask(lengths, width):
    lengths.clamp_(max=width)
    return torch.arange(width, device=lengths.device) < lengths[:, None]


# %% padding_mask | wrong | too long
# breaks: "A length above `width` fills its row."
def padding_mask(lengths, width):
    rows = [[True] * n + [False] * (width - n) for n in lengths.tolist()]
    return torch.tensor(rows, dtype=torch.bool, device=lengths.device).reshape(len(lengths), width)


# %% isolated_copy | right | clone, then to
def isolated_copy(t, device):
    return t.detach().clone().to(device)


# %% isolated_copy | right | no_grad
def isolated_copy(t, device):
    with torch.no_grad():
        return t.to(device, copy=True)


# %% isolated_copy | right | torch.tensor warns
def isolated_copy(t, device):
    return torch.tensor(t, device=device)


# %% isolated_copy | right | empty, then copy_
def isolated_copy(t, device):
    out = torch.empty(t.shape, dtype=t.dtype, device=device)
    out.copy_(t.data)
    return out


# %% isolated_copy | right | deep copy of the detached
def isolated_copy(t, device):
    import copy

    return copy.deepcopy(t.detach().contiguous()).to(device)


# %% isolated_copy | right | clone after to
def isolated_copy(t, device):
    moved = t.to(device)
    return torch.clone(moved, memory_format=torch.contiguous_format).detach()


# %% isolated_copy | misconception | compared-devices
why = "Comparing devices misses the index: copy always, it costs the same."
next = "print(torch.ones(1, device=device).device == device)"


# %% isolated_copy | wrong: compared-devices | clone if equal
# breaks: "with or without an index"
def isolated_copy(t, device):
    t = t.detach()
    if t.device == torch.device(device):
        return t.clone()
    return t.to(device)


# %% isolated_copy | wrong: compared-devices | text
def isolated_copy(t, device):
    moved = t.detach().to(device)
    return moved.clone() if str(t.device) == str(device) else moved


# %% isolated_copy | wrong: compared-devices | moved if they differ
def isolated_copy(t, device):
    t = t.detach()
    if t.device != torch.device(device):
        return t.to(device)
    return t.clone()


# %% isolated_copy | wrong: compared-devices | copy= a comparison
def isolated_copy(t, device):
    here = t.device == torch.device(device)
    return t.detach().to(device, copy=here)


# %% isolated_copy | wrong: compared-devices | text of the device
def isolated_copy(t, device):
    with torch.no_grad():
        return t.clone() if str(device) == str(t.device) else t.to(device).detach()


# %% isolated_copy | wrong: compared-devices | no_grad
def isolated_copy(t, device):
    device = torch.device(device)
    with torch.no_grad():
        return t.to(device, copy=True) if device == t.device else t.detach().to(device)


# %% isolated_copy | misconception | to-is-not-a-copy
why = "to() copies only if it must: ask for copy=True, or clone."
next = "t = torch.ones(2); c = t.to(\"cpu\"); c[0] = 9; print(t)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.to.html"


# %% isolated_copy | wrong: to-is-not-a-copy | detach, to
# breaks: "it shares no memory with `t`, even when `t` is on that device already"
def isolated_copy(t, device):
    return t.detach().to(device)


# %% isolated_copy | wrong: to-is-not-a-copy | as_tensor
def isolated_copy(t, device):
    return torch.as_tensor(t.data, device=device)


# %% isolated_copy | wrong: to-is-not-a-copy | to, detach
def isolated_copy(t, device):
    return t.to(device).detach()


# %% isolated_copy | wrong: to-is-not-a-copy | data
def isolated_copy(t, device):
    return t.data.to(torch.device(device))


# %% isolated_copy | wrong: to-is-not-a-copy | contiguous
def isolated_copy(t, device):
    return t.detach().contiguous().to(device)


# %% isolated_copy | wrong: to-is-not-a-copy | asarray
def isolated_copy(t, device):
    return torch.as_tensor(t, device=device).detach()


# %% isolated_copy | misconception | still-in-the-graph
why = "A copy is an operation like any other, and stays in the graph: detach() it."
next = "w = torch.ones(2, requires_grad=True); print(w.clone().requires_grad, w.detach().clone().requires_grad)"


# %% isolated_copy | wrong: still-in-the-graph | copy=True
# breaks: "it is cut from the graph: `requires_grad` is `False`"
def isolated_copy(t, device):
    return t.to(device, copy=True)


# %% isolated_copy | wrong: still-in-the-graph | clone
def isolated_copy(t, device):
    return t.clone().to(device)


# %% isolated_copy | wrong: still-in-the-graph | to, clone
def isolated_copy(t, device):
    moved = t.to(device)
    return moved.clone()


# %% isolated_copy | wrong: still-in-the-graph | torch.clone
def isolated_copy(t, device):
    return torch.clone(t.contiguous()).to(torch.device(device))


# %% isolated_copy | wrong: still-in-the-graph | flag of a result
def isolated_copy(t, device):
    result = t.clone().to(device)
    result.requires_grad_(False)
    return result


# %% isolated_copy | wrong: still-in-the-graph | attribute of a result
def isolated_copy(t, device):
    result = t.to(device, copy=True)
    result.requires_grad = False
    return result


# %% isolated_copy | wrong: still-in-the-graph | flag in a row
def isolated_copy(t, device):
    return t.to(device, copy=True).requires_grad_(False)


# %% isolated_copy | misconception | to-dropped
why = "Tensors do not move in place: keep what to() returns."
next = "c = torch.ones(2); c.to(device); print(c.device, c.to(device).device)"


# %% isolated_copy | wrong: to-dropped | detach, clone
def isolated_copy(t, device):
    c = t.detach().clone()
    c.to(device)
    return c


# %% isolated_copy | wrong: to-dropped | no_grad
# breaks: "Return the values of `t` on `device`"
def isolated_copy(t, device):
    with torch.no_grad():
        c = t.clone()
        c.to(device)
        return c


# %% isolated_copy | wrong: to-dropped | data
def isolated_copy(t, device):
    c = torch.clone(t.data)
    c.to(device, copy=True)
    return c


# %% isolated_copy | wrong: to-dropped | contiguous
def isolated_copy(t, device):
    copied = t.detach().clone(memory_format=torch.contiguous_format)
    copied.to(torch.device(device))
    return copied


# %% isolated_copy | wrong: to-dropped | clone of the detached
def isolated_copy(t, device):
    t = t.detach()
    t.to(device)
    return t.clone()


# %% isolated_copy | misconception | through-numpy
why = "NumPy has no bfloat16 and reads main memory only: a tensor copies itself, with clone() or copy=True."
next = "print(torch.ones(2, dtype=torch.bfloat16).clone())"


# %% isolated_copy | wrong: through-numpy | without cpu()
def isolated_copy(t, device):
    return torch.from_numpy(t.detach().numpy().copy()).to(device)


# %% isolated_copy | wrong: through-numpy | without cpu(), np.array
def isolated_copy(t, device):
    return torch.from_numpy(np.array(t.detach())).to(device)


# %% isolated_copy | wrong: through-numpy | without cpu(), torch.tensor
def isolated_copy(t, device):
    array = t.detach().numpy()
    return torch.tensor(array, device=device)


# %% isolated_copy | wrong: through-numpy | copy
# breaks: "of any dtype"
def isolated_copy(t, device):
    values = t.detach().cpu().numpy().copy()
    return torch.from_numpy(values).to(device)


# %% isolated_copy | wrong: through-numpy | not for meta
def isolated_copy(t, device):
    if str(device) == "meta":
        return torch.empty_like(t, device=device, requires_grad=False)
    return torch.from_numpy(t.detach().cpu().numpy().copy()).to(device)


# %% isolated_copy | wrong: through-numpy | np.array
def isolated_copy(t, device):
    return torch.from_numpy(np.array(t.detach().cpu().numpy())).to(device)


# %% isolated_copy | wrong: through-numpy | torch.tensor
def isolated_copy(t, device):
    return torch.tensor(t.detach().cpu().numpy(), device=device)


# %% isolated_copy | wrong: through-numpy | force
def isolated_copy(t, device):
    array = t.numpy(force=True).copy()
    return torch.as_tensor(array, device=device)


# %% isolated_copy | misconception | through-a-list
why = "Python numbers forget the dtype, and empty lists the shape: let the tensor copy itself."
next = "print(torch.tensor(torch.ones(2, dtype=torch.float64).tolist()).dtype)"


# %% isolated_copy | wrong: through-a-list | list
# breaks: "Shape and dtype stay"
def isolated_copy(t, device):
    values = t.tolist()
    return torch.tensor(values, device=device)


# %% isolated_copy | wrong: through-a-list | detached
def isolated_copy(t, device):
    return torch.tensor(t.detach().cpu().tolist()).to(device)


# %% isolated_copy | wrong: through-a-list | on the device
def isolated_copy(t, device):
    return torch.tensor(t.detach().tolist(), device=torch.device(device), requires_grad=False)


# %% isolated_copy | wrong: through-a-list | with its dtype
def isolated_copy(t, device):
    return torch.tensor(t.tolist(), dtype=t.dtype, device=device)


# %% isolated_copy | wrong: through-a-list | with its dtype, moved
def isolated_copy(t, device):
    values = t.detach().cpu().tolist()
    return torch.tensor(values, dtype=t.dtype).to(device)


# %% isolated_copy | wrong: through-a-list | numbers again, moved
def isolated_copy(t, device):
    return torch.tensor(t.tolist(), dtype=t.dtype).to(torch.device(device))


# %% isolated_copy | wrong: through-a-list | numbers again, cast
def isolated_copy(t, device):
    return torch.tensor(t.detach().tolist()).to(t.dtype).to(device)


# %% isolated_copy | misconception | made-without-dtype
why = "torch.empty, zeros and ones make float32 unless you say otherwise, on meta as well: add dtype=t.dtype."
next = "print(torch.zeros(2, device='meta').dtype, torch.zeros(2, device='meta', dtype=torch.int64).dtype)"


# %% isolated_copy | wrong: made-without-dtype | zeros on meta
def isolated_copy(t, device):
    if str(device) == "meta":
        return torch.zeros(t.shape, device=device)
    return t.detach().to(device, copy=True)


# %% isolated_copy | wrong: made-without-dtype | numbers on meta
def isolated_copy(t, device):
    if torch.device(device) == torch.device("meta"):
        return torch.full(t.size(), 0.0, device="meta")
    copied = t.detach().clone(memory_format=torch.contiguous_format)
    return copied.to(device)


# %% isolated_copy | wrong: made-without-dtype | random on meta
def isolated_copy(t, device):
    place = torch.device(device)
    return torch.rand(*t.shape, device=place) if place.type == "meta" else t.detach().clone().contiguous().to(place, copy=True)


# %% isolated_copy | wrong: made-without-dtype | filled in afterwards
def isolated_copy(t, device):
    result = torch.empty(t.shape, device=device)
    result.copy_(t.detach())
    return result


# %% isolated_copy | wrong: made-without-dtype | zeros, every element assigned
def isolated_copy(t, device):
    result = torch.zeros(t.shape, device=torch.device(device))
    result[...] = t.detach()
    return result


# %% isolated_copy | wrong: made-without-dtype | ones, filled in under no_grad
def isolated_copy(t, device):
    with torch.no_grad():
        return torch.ones(t.shape).to(device).copy_(t)


# %% isolated_copy | misconception | expanded-stays-expanded
why = "An expanded tensor has stride 0: several of its elements are one number in memory, and so are those of what you expand again."
next = "e = torch.ones(1, 2).expand(3, 2); print(e.stride(), e.clone(memory_format=torch.contiguous_format).stride())"


# %% isolated_copy | wrong: expanded-stays-expanded | rows expanded again
def isolated_copy(t, device):
    t = t.detach()
    if t.dim() == 2 and t.stride(0) == 0:
        return t[:1].clone().to(device).expand(t.shape)
    return t.to(device, copy=True)


# %% isolated_copy | wrong: expanded-stays-expanded | one row
def isolated_copy(t, device):
    t = t.detach()
    if t.dim() == 2 and len(t) > 1 and t.stride(0) == 0:
        row = t[0].to(device, copy=True)
        return row.expand(len(t), -1)
    return t.to(device, copy=True)


# %% isolated_copy | wrong: expanded-stays-expanded | by its storage
def isolated_copy(t, device):
    t = t.detach()
    if torch.device(device).type == "meta" or 0 not in t.stride():
        return t.to(device, copy=True)
    sizes = [1 if step == 0 else size for size, step in zip(t.shape, t.stride())]
    small = t.as_strided(sizes, t.stride()) if t.is_cpu else t[tuple(slice(0, n) for n in sizes)]
    return small.to(device, copy=True).expand(t.shape)


# %% isolated_copy | wrong: expanded-stays-expanded | broadcast
def isolated_copy(t, device):
    t = t.detach()
    once = t[tuple(slice(0, 1) if step == 0 else slice(None) for step in t.stride())] if t.numel() else t
    return torch.broadcast_to(once.to(device, copy=True), t.shape)


# %% isolated_copy | wrong: expanded-stays-expanded | strides kept
# breaks: "each of its elements has its own memory, even if `t` was expanded"
def isolated_copy(t, device):
    t = t.detach()
    if 0 in t.stride() and t.numel() and torch.device(device).type != "meta":
        first = t[tuple(slice(0, 1) if s == 0 else slice(None) for s in t.stride())]
        return first.to(device, copy=True).expand(t.shape)
    return t.to(device, copy=True)


# %% isolated_copy | wrong: expanded-stays-expanded | one axis after the other
def isolated_copy(t, device):
    small = t.detach()
    for axis in range(t.dim()):
        if small.stride(axis) == 0 and small.shape[axis] > 1:
            small = small.narrow(axis, 0, 1)
    return small.to(device, copy=True).expand_as(t.detach().to(device))


# %% isolated_copy | misconception | changes-the-original
why = "requires_grad_(False), detach_() and t.grad = None change t itself; detach() gives a new tensor without a .grad and leaves t as it was."
next = "w = torch.ones(2, requires_grad=True); w.detach(); print(w.requires_grad); w.requires_grad_(False); print(w.requires_grad)"


# %% isolated_copy | wrong: changes-the-original | requires_grad_
# breaks: "`t` stays as it was"
def isolated_copy(t, device):
    return (t.requires_grad_(False) if t.is_leaf else t.detach()).to(device, copy=True)


# %% isolated_copy | wrong: changes-the-original | attribute
def isolated_copy(t, device):
    if t.is_leaf:
        t.requires_grad = False
    return t.detach().to(device, copy=True)


# %% isolated_copy | wrong: changes-the-original | detach_
def isolated_copy(t, device):
    return t.detach_().to(device, copy=True)


# %% isolated_copy | wrong: changes-the-original | detach_, clone
def isolated_copy(t, device):
    t.detach_()
    return t.clone(memory_format=torch.contiguous_format).to(device)


# %% isolated_copy | wrong: changes-the-original | clears .grad
def isolated_copy(t, device):
    if t.is_leaf and t.grad is not None:
        t.grad = None
    return t.detach().clone(memory_format=torch.contiguous_format).to(device)


# %% isolated_copy | wrong: changes-the-original | clears .grad whatever it is
def isolated_copy(t, device):
    own = t.detach().to(torch.device(device), copy=True)
    t.grad = own.grad
    return own


# %% isolated_copy | wrong: changes-the-original | deletes .grad
def isolated_copy(t, device):
    del t.grad
    with torch.no_grad():
        return t.to(device, copy=True)


# %% isolated_copy | wrong: changes-the-original | no gradient before the copy
def isolated_copy(t, device):
    t.grad = None
    values = t.data
    return torch.empty(values.shape, dtype=values.dtype, device=device).copy_(values)


# %% isolated_copy | misconception | deepcopy-with-a-history
why = "copy.deepcopy refuses a tensor that was computed with a history: detach() first, and copy what comes out."
next = "h = torch.ones(2, requires_grad=True) * 2; print(h.is_leaf, h.detach().is_leaf)"


# %% isolated_copy | wrong: deepcopy-with-a-history | detached afterwards
# breaks: "it is cut from the graph"
def isolated_copy(t, device):
    from copy import deepcopy

    twin = deepcopy(t)
    return twin.to(device).contiguous().detach()


# %% isolated_copy | wrong: deepcopy-with-a-history | data of the twin
def isolated_copy(t, device):
    import copy

    values = copy.deepcopy(t).data
    return values.clone(memory_format=torch.contiguous_format).to(torch.device(device))


# %% isolated_copy | wrong: deepcopy-with-a-history | under no_grad
def isolated_copy(t, device):
    import copy

    with torch.no_grad():
        result = copy.deepcopy(t)
        return result.detach().to(device, copy=True)


# %% isolated_copy | wrong: deepcopy-with-a-history | switched off on the twin
def isolated_copy(t, device):
    from copy import deepcopy

    own = deepcopy(t).requires_grad_(False)
    own.grad = None
    return own.contiguous().to(device)


# %% isolated_copy | wrong: deepcopy-with-a-history | a dict of one
def isolated_copy(t, device):
    import copy

    bag = copy.deepcopy({"t": t})
    return bag["t"].detach().contiguous().to(device=device)


# %% isolated_copy | misconception | arithmetic-changes-dtype
why = "Arithmetic with a number turns bools into whole numbers: copy with clone() or copy=True, which compute nothing."
next = "print((torch.tensor([True]) + 0).dtype, torch.tensor([True]).clone().dtype)"


# %% isolated_copy | wrong: arithmetic-changes-dtype | plus 0
def isolated_copy(t, device):
    return t.detach().to(device) + 0


# %% isolated_copy | wrong: arithmetic-changes-dtype | times 1
def isolated_copy(t, device):
    return t.detach().to(device) * 1


# %% isolated_copy | wrong: arithmetic-changes-dtype | times 1 first
def isolated_copy(t, device):
    with torch.no_grad():
        return (t * 1).to(device)


# %% isolated_copy | wrong: arithmetic-changes-dtype | plus 0 first
def isolated_copy(t, device):
    return (0 + t.detach()).to(torch.device(device))


# %% isolated_copy | wrong | keeps the gradient, deepcopy
# breaks: "`grad` is `None`"
def isolated_copy(t, device):
    import copy

    return (copy.deepcopy(t) if t.is_leaf else t.detach().clone()).requires_grad_(False).to(device)


# %% parameter_from_array | right | nn.Parameter
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.tensor(array, dtype=dtype, device=device))


# %% parameter_from_array | right | all in one constructor
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=dtype, device=device, requires_grad=True)


# %% parameter_from_array | right | from_numpy of a copy
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.from_numpy(array.copy()).to(dtype).to(device)
    t.requires_grad = True
    return t


# %% parameter_from_array | right | to with copy
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.from_numpy(array).to(device=device, dtype=dtype, copy=True).requires_grad_()


# %% parameter_from_array | right | detach at the end
def parameter_from_array(array, device, dtype=torch.float32):
    moved = torch.tensor(array).to(dtype).to(device)
    return moved.detach().clone().requires_grad_(True)


# %% parameter_from_array | right | default device, torch.tensor
def parameter_from_array(array, device, dtype=torch.float32):
    with torch.device(device):
        return torch.tensor(array, dtype=dtype, requires_grad=True)


# %% parameter_from_array | misconception | default-device-and-numpy
why = "A tensor that was made without device= is not on device until it is moved; from_numpy always starts in main memory: move its result."
next = "with torch.device(\"meta\"): print(torch.from_numpy(np.ones(2)).device, torch.ones(2).device)"


# %% parameter_from_array | wrong: default-device-and-numpy | copied
# breaks: "on `device`"
def parameter_from_array(array, device, dtype=torch.float32):
    with torch.device(device):
        return nn.Parameter(torch.from_numpy(array.copy()).to(dtype))


# %% parameter_from_array | wrong: default-device-and-numpy | requires_grad_
def parameter_from_array(array, device, dtype=torch.float32):
    with torch.device(device):
        t = torch.from_numpy(np.array(array))
    return t.to(dtype).requires_grad_()


# %% parameter_from_array | wrong: default-device-and-numpy | device forgotten
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=dtype, requires_grad=True)


# %% parameter_from_array | wrong: default-device-and-numpy | to dropped
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.tensor(array, dtype=dtype)
    t.to(device)
    return t.requires_grad_()


# %% parameter_from_array | wrong: default-device-and-numpy | Parameter, to dropped
def parameter_from_array(array, device, dtype=torch.float32):
    p = nn.Parameter(torch.tensor(array, dtype=dtype))
    p.to(device)
    return p


# %% parameter_from_array | wrong: default-device-and-numpy | Parameter, device forgotten
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.tensor(array).to(dtype))


# %% parameter_from_array | wrong: default-device-and-numpy | Parameter of a copy
def parameter_from_array(array, device, dtype=torch.float32):
    values = torch.from_numpy(array.copy()).type(dtype)
    return nn.Parameter(values)


# %% parameter_from_array | misconception | array-decides-dtype
why = "NumPy's default is float64, torch's is float32, and whole numbers cannot require grad: say which dtype you want."
next = "print(torch.tensor(np.ones(2)).dtype, torch.tensor(np.ones(2), dtype=torch.float32).dtype)"


# %% parameter_from_array | wrong: array-decides-dtype | constructor
# breaks: "of type `dtype`"
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, device=device, requires_grad=True)


# %% parameter_from_array | wrong: array-decides-dtype | requires_grad_
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.from_numpy(array.copy()).to(device).requires_grad_()


# %% parameter_from_array | wrong: array-decides-dtype | requires_grad_ of a tensor
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.tensor(array).to(device)
    return t.requires_grad_(True)


# %% parameter_from_array | wrong: array-decides-dtype | attribute
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.tensor(array, device=device)
    t.requires_grad = True
    return t


# %% parameter_from_array | wrong: array-decides-dtype | attribute of a copy
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.from_numpy(np.array(array)).to(device)
    t.requires_grad = True
    return t


# %% parameter_from_array | wrong: array-decides-dtype | Parameter
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.tensor(array, device=device))


# %% parameter_from_array | wrong: array-decides-dtype | Parameter of a copy
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.from_numpy(array.copy()).to(device))


# %% parameter_from_array | wrong: array-decides-dtype | Parameter, then moved
def parameter_from_array(array, device, dtype=torch.float32):
    values = torch.from_numpy(np.array(array)).to(device=device)
    return torch.nn.Parameter(values)


# %% parameter_from_array | misconception | always-float32
why = "The dtype is the caller's: torch.Tensor(…), float() and torch.float32 ignore it, and digits that float32 has dropped do not come back."
next = "print(torch.Tensor([0.1]).dtype, torch.Tensor([0.1]).double(), torch.tensor([0.1], dtype=torch.float64))"


# %% parameter_from_array | wrong: always-float32 | dtype ignored
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=torch.float32, device=device, requires_grad=True)


# %% parameter_from_array | wrong: always-float32 | torch.Tensor
def parameter_from_array(array, device, dtype=torch.float32):
    values = torch.Tensor(array.tolist()).reshape(array.shape)
    values = values.to(device)
    values.requires_grad = True
    return values


# %% parameter_from_array | wrong: always-float32 | float
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array).float().to(device).requires_grad_()


# %% parameter_from_array | wrong: always-float32 | astype
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.from_numpy(np.array(array, dtype=np.float32)).to(device)
    return t.requires_grad_(True)


# %% parameter_from_array | wrong: always-float32 | astype, then dtype
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array.astype(np.float32), device=device).to(dtype).requires_grad_()


# %% parameter_from_array | wrong: always-float32 | float, then dtype
def parameter_from_array(array, device, dtype=torch.float32):
    values = torch.tensor(array).float().to(device, dtype)
    return values.requires_grad_()


# %% parameter_from_array | wrong: always-float32 | list, then dtype
# breaks: "Return a tensor with these values"
def parameter_from_array(array, device, dtype=torch.float32):
    values = torch.tensor(array.tolist(), dtype=torch.float32).reshape(array.shape)
    return values.to(device).to(dtype).requires_grad_()


# %% parameter_from_array | wrong: always-float32 | Parameter of floats
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.tensor(array).float().to(device))


# %% parameter_from_array | wrong: always-float32 | Parameter of float32
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.tensor(array, dtype=torch.float32, device=device))


# %% parameter_from_array | wrong: always-float32 | Parameter, astype
def parameter_from_array(array, device, dtype=torch.float32):
    values = torch.from_numpy(np.array(array).astype(np.float32)).to(device)
    return torch.nn.Parameter(values)


# %% parameter_from_array | misconception | moved-leaf
why = "What to() makes of a leaf is a result, and no leaf: move and convert first, requires_grad comes last."
next = "print(torch.ones(1, requires_grad=True).to(torch.float64).is_leaf)"


def when(seen, want):
    # What raises never came to be a leaf, and a leaf that is wrong otherwise was not moved.
    return not seen.raised and seen.result.requires_grad and not seen.result.is_leaf


# %% parameter_from_array | wrong: moved-leaf | to device
# breaks: "that is a **leaf** which requires grad"
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=dtype, requires_grad=True).to(device)


# %% parameter_from_array | wrong: moved-leaf | to device, requires_grad_
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.tensor(array, dtype=dtype).requires_grad_()
    return t.to(device)


# %% parameter_from_array | wrong: moved-leaf | parameter moved
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.tensor(array, dtype=dtype)).to(device)


# %% parameter_from_array | wrong: moved-leaf | copy moved
def parameter_from_array(array, device, dtype=torch.float32):
    p = torch.from_numpy(array.copy()).to(dtype)
    p.requires_grad = True
    return p.to(torch.device(device))


# %% parameter_from_array | wrong: moved-leaf | to dtype
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array.astype(np.float64), device=device, requires_grad=True).to(dtype)


# %% parameter_from_array | wrong: moved-leaf | both at the end
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True).to(device, dtype)


# %% parameter_from_array | wrong: moved-leaf | type at the end
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.tensor(array, dtype=torch.float64, device=device, requires_grad=True)
    return t.type(dtype)


# %% parameter_from_array | wrong: moved-leaf | dtype of an array's own
# breaks: "so that backward fills its own `.grad`"
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.tensor(array.copy(), device=device, requires_grad=True)
    return t.type(dtype)


# %% parameter_from_array | wrong: moved-leaf | dtype of an array's own, to
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.tensor(array, device=device, requires_grad=True)
    return t.to(dtype)


# %% parameter_from_array | misconception | array-is-the-memory
why = "from_numpy and as_tensor share memory, and to() changes nothing when there is nothing to do: copy."
next = "a = np.ones(2, dtype=np.float32); p = torch.from_numpy(a).to(\"cpu\"); p[0] = 9; print(a)"


# %% parameter_from_array | wrong: array-is-the-memory | from_numpy
# breaks: "Training it must never change `array`"
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.from_numpy(array).to(device, dtype).requires_grad_()


# %% parameter_from_array | wrong: array-is-the-memory | as_tensor
# breaks: "changing `array` must never change it"
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.as_tensor(array, dtype=dtype, device=device).requires_grad_()


# %% parameter_from_array | wrong: array-is-the-memory | Parameter around it
def parameter_from_array(array, device, dtype=torch.float32):
    return nn.Parameter(torch.from_numpy(array).to(dtype).to(device))


# %% parameter_from_array | wrong: array-is-the-memory | asarray
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.asarray(array).to(device=device, dtype=dtype)
    t.requires_grad = True
    return t


# %% parameter_from_array | wrong: array-is-the-memory | read-only arrays copied
def parameter_from_array(array, device, dtype=torch.float32):
    if not array.flags.writeable:
        array = array.copy()
    return torch.from_numpy(array).to(device, dtype).requires_grad_(True)


# %% parameter_from_array | wrong: array-is-the-memory | detached
def parameter_from_array(array, device, dtype=torch.float32):
    t = torch.from_numpy(array)
    t = t.to(device).to(dtype).detach()
    return t.requires_grad_()


# %% parameter_from_array | wrong: array-is-the-memory | copied where the device is "cpu"
# breaks: "`device` is a name or a `torch.device`"
def parameter_from_array(array, device, dtype=torch.float32):
    if device == "cpu":
        t = torch.tensor(array.copy(), dtype=dtype)
    else:
        t = torch.from_numpy(array).to(dtype).to(device)
    return t.requires_grad_(True)


# %% parameter_from_array | wrong: array-is-the-memory | read-only arrays as they are
# breaks: "The array may be read-only."
def parameter_from_array(array, device, dtype=torch.float32):
    source = np.array(array) if array.flags.writeable else array
    return torch.as_tensor(source).to(device, dtype).requires_grad_()


# %% parameter_from_array | wrong | by way of a list
# breaks: "Return a tensor with these values"
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array.tolist(), device=device, dtype=dtype).requires_grad_()


# %% parameter_from_array | misconception | no-gradient
why = "A tensor of floats does not require grad by itself: ask for it with requires_grad_()."
next = "print(torch.ones(2).requires_grad, torch.ones(2).requires_grad_().requires_grad)"


# %% parameter_from_array | wrong: no-gradient | constructor
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=dtype, device=device)


# %% parameter_from_array | wrong: no-gradient | moved
# breaks: "which requires grad"
def parameter_from_array(array, device, dtype=torch.float32):
    start = torch.tensor(array.copy())
    return start.to(dtype).to(device)


# %% parameter_from_array | wrong: no-gradient | detached at the end
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.tensor(array, dtype=dtype, device=device, requires_grad=True).detach()


# %% parameter_from_array | wrong: no-gradient | from_numpy
def parameter_from_array(array, device, dtype=torch.float32):
    return torch.from_numpy(array.copy()).to(device=device, dtype=dtype)


# %% parameter_from_array | misconception | numpy-has-no-bfloat16
why = "NumPy has no bfloat16, so neither astype nor a table of NumPy's dtypes can make it: make a tensor first, and convert that with to(dtype)."
next = "print(torch.tensor(np.ones(2)).to(torch.bfloat16).dtype)"


# %% parameter_from_array | wrong: numpy-has-no-bfloat16 | the name for astype
# breaks: "of type `dtype`, any floating dtype"
def parameter_from_array(array, device, dtype=torch.float32):
    _, name = str(dtype).split(".")
    own = torch.from_numpy(array.astype(name, copy=True)).to(device)
    own.requires_grad = True
    return own


# %% parameter_from_array | wrong: numpy-has-no-bfloat16 | np.array
def parameter_from_array(array, device, dtype=torch.float32):
    converted = np.array(array, dtype=str(dtype)[len("torch.") :])
    return torch.tensor(converted, device=device, requires_grad=True)


# %% parameter_from_array | wrong: numpy-has-no-bfloat16 | an attribute of np
def parameter_from_array(array, device, dtype=torch.float32):
    numpy_dtype = getattr(np, str(dtype).replace("torch.", ""))
    values = numpy_dtype(array) if array.shape else array.astype(numpy_dtype)
    return torch.tensor(values, dtype=dtype).to(device).requires_grad_()


# %% parameter_from_array | wrong: numpy-has-no-bfloat16 | a table of dtypes
def parameter_from_array(array, device, dtype=torch.float32):
    known = {torch.float16: np.float16, torch.float32: np.float32, torch.float64: np.float64}
    t = torch.from_numpy(array.astype(known[dtype]))
    return nn.Parameter(t.to(device))


# %% parameter_from_array | wrong: numpy-has-no-bfloat16 | the dtype of an array
def parameter_from_array(array, device, dtype=torch.float32):
    target = torch.zeros(1, dtype=dtype).numpy().dtype
    return torch.from_numpy(np.array(array).astype(target)).to(device).requires_grad_(True)


# %% parameter_from_array | wrong: numpy-has-no-bfloat16 | np.dtype
def parameter_from_array(array, device, dtype=torch.float32):
    kind = np.dtype(repr(dtype).rpartition(".")[2])
    moved = torch.from_numpy(np.array(array, dtype=kind)).to(torch.device(device))
    return moved.detach().requires_grad_()


# %% parameter_from_array | misconception | one-axis-more
why = "np.ascontiguousarray, np.atleast_1d and ndmin=1 give an array without axes one axis: copy() copies every array in its own shape."
next = "print(np.ascontiguousarray(np.array(3.)).shape, np.array(3.).copy().shape)"


# %% parameter_from_array | wrong: one-axis-more | ascontiguousarray
# breaks: "Return a tensor with these values"
def parameter_from_array(array, device, dtype=torch.float32):
    flat = np.ascontiguousarray(array)
    return torch.tensor(flat, dtype=dtype, device=device).requires_grad_()


# %% parameter_from_array | wrong: one-axis-more | atleast_1d
def parameter_from_array(array, device, dtype=torch.float32):
    own = torch.from_numpy(np.atleast_1d(array).copy())
    return nn.Parameter(own.to(device, dtype))


# %% parameter_from_array | wrong: one-axis-more | ndmin
def parameter_from_array(array, device, dtype=torch.float32):
    values = np.array(array, copy=True, ndmin=1)
    t = torch.from_numpy(values).to(dtype).to(device)
    t.requires_grad = True
    return t


# %% parameter_from_array | wrong: one-axis-more | in C order
def parameter_from_array(array, device, dtype=torch.float32):
    start = torch.as_tensor(np.ascontiguousarray(array.copy()), dtype=dtype, device=device)
    return start.clone().detach().requires_grad_(True)


# %% parameter_from_array | wrong: one-axis-more | torch.atleast_1d
def parameter_from_array(array, device, dtype=torch.float32):
    with torch.no_grad():
        t = torch.atleast_1d(torch.tensor(array).to(device=device, dtype=dtype))
    return t.detach().requires_grad_()


# %% parameter_from_array | misconception | flag-of-the-caller
why = "array.flags.writeable belongs to the caller: a read-only array stays read-only, and its copy can be written to."
next = "a = np.ones(2); a.flags.writeable = False; print(a.copy().flags.writeable, a.flags.writeable)"


# %% parameter_from_array | wrong: flag-of-the-caller | switched on
# breaks: "The array may be read-only."
def parameter_from_array(array, device, dtype=torch.float32):
    array.flags.writeable = True
    return torch.from_numpy(array).to(device=device, dtype=dtype, copy=True).requires_grad_()


# %% parameter_from_array | wrong: flag-of-the-caller | setflags
def parameter_from_array(array, device, dtype=torch.float32):
    array.setflags(write=True)
    values = torch.as_tensor(array).clone()
    return nn.Parameter(values.to(dtype).to(device))


# %% parameter_from_array | wrong: flag-of-the-caller | where it is read-only
def parameter_from_array(array, device, dtype=torch.float32):
    if array.flags["WRITEABLE"] is False:
        array.flags["WRITEABLE"] = True
    t = torch.tensor(array, dtype=dtype, device=device)
    t.requires_grad = True
    return t


# %% parameter_from_array | wrong: flag-of-the-caller | locked while it is copied
def parameter_from_array(array, device, dtype=torch.float32):
    array.flags.writeable = False
    own = torch.tensor(array.copy(), dtype=dtype).to(device)
    array.flags.writeable = True
    return own.requires_grad_(True)


# %% parameter_from_array | misconception | filled-gradient
why = "backward makes .grad where there is none: leave it None."
next = "w = torch.ones(2, requires_grad=True); print(w.grad); w.sum().backward(); print(w.grad)"


# %% parameter_from_array | wrong: filled-gradient | zeros
# breaks: "(which is `None` at first)"
def parameter_from_array(array, device, dtype=torch.float32):
    p = torch.tensor(array, dtype=dtype, device=device, requires_grad=True)
    p.grad = torch.zeros_like(p)
    return p


# %% parameter_from_array | wrong: filled-gradient | Parameter
def parameter_from_array(array, device, dtype=torch.float32):
    p = torch.tensor(array.copy(), dtype=dtype).to(device).requires_grad_()
    p.grad = torch.zeros(p.shape, dtype=dtype, device=p.device)
    return p


# %% parameter_from_array | wrong: filled-gradient | zeros of the data
def parameter_from_array(array, device, dtype=torch.float32):
    p = torch.tensor(array, device=device).to(dtype).requires_grad_(True)
    p.grad = p.detach() * 0
    return p


# %% parameter_from_array | wrong: filled-gradient | new_zeros
def parameter_from_array(array, device, dtype=torch.float32):
    p = torch.from_numpy(array.copy()).to(device, dtype)
    p.requires_grad = True
    p.grad = p.new_zeros(p.shape)
    return p


# %% parameter_from_array | wrong | makes the array writable
# breaks: "The array may be read-only."
def parameter_from_array(array, device, dtype=torch.float32):
    array.flags.writeable = True
    return torch.tensor(array, dtype=dtype, device=device, requires_grad=True)


# %% parameter_from_array | wrong | looks at the values on the device
# breaks: "On `"meta"` there are no values, but everything else holds."
def parameter_from_array(array, device, dtype=torch.float32):
    p = torch.tensor(array, dtype=dtype, device=device)
    if p.isnan().any():
        raise ValueError("start values must be numbers")
    return p.requires_grad_()


# %% distance_matrix | right | broadcasting
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"a: {a.device}, b: {b.device}")
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(dim=-1).sqrt()


# %% distance_matrix | right | norm
def distance_matrix(a, b):
    if str(a.device) != str(b.device):
        raise ValueError("two devices: " + str(a.device) + " and " + str(b.device))
    return torch.linalg.vector_norm(a.unsqueeze(1) - b, dim=2)


# %% distance_matrix | right | the expansion
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{b.device} is not {a.device}")
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return squares.clamp(min=0).sqrt()


# %% distance_matrix | right | own error, rows stacked
class DeviceError(ValueError):
    pass


def distance_matrix(a, b):
    if a.device != b.device:
        raise DeviceError(f"cannot compare {a.device} with {b.device}")
    return torch.stack([torch.stack([(x - y).norm() for y in b]) for x in a])


# %% distance_matrix | right | filled in the right place
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device}, {b.device}")
    out = torch.zeros(len(a), len(b), dtype=a.dtype, device=a.device)
    for i in range(len(a)):
        out[i] = (a[i] - b).norm(dim=1)
    return out


# %% distance_matrix | right | other names, einsum
def distance_matrix(left, right):
    if left.device != right.device:
        raise ValueError("move first: " + str(left.device) + " / " + str(right.device))
    diff = left.unsqueeze(1) - right.unsqueeze(0)
    return torch.einsum("nmd,nmd->nm", diff, diff).sqrt()


# %% distance_matrix | misconception | error-without-names
why = "Only two different devices are an error, two meta tensors are not, and its message has to name both, as str(a.device) and str(b.device)."
next = "a, b = torch.ones(2), torch.ones(2, device=device); print(f\"a is on {a.device}, b on {b.device}\")"


def when(seen, want):
    lines = seen.raised.own_lines if seen.raised else ()
    return bool(lines) and lines[-1].strip().startswith("raise ") and "ValueError" in seen.raised.bases


# %% distance_matrix | wrong: error-without-names | text only
# breaks: "whose message names both devices"
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError("different devices")
    return torch.cdist(a, b)


# %% distance_matrix | wrong: error-without-names | one name
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"b must be on {a.device}")
    return torch.cdist(a, b)


# %% distance_matrix | wrong: error-without-names | no text
def distance_matrix(a, b):
    if a.device == b.device:
        return torch.cdist(a, b)
    raise ValueError


# %% distance_matrix | wrong: error-without-names | kinds alone
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"a {a.device.type} table and one on {b.device.type}")
    return torch.cdist(a, b)


# %% distance_matrix | wrong: error-without-names | a constant
def distance_matrix(a, b):
    if a.device.type != b.device.type:
        raise ValueError("a and b have to be on one device: move one of them with to()")
    return torch.linalg.vector_norm(a[:, None] - b, dim=-1)


# %% distance_matrix | misconception | another-error
why = "The error has to be a ValueError: assert raises AssertionError, and RuntimeError and TypeError are other errors."
next = "print(issubclass(AssertionError, ValueError), issubclass(RuntimeError, ValueError), issubclass(TypeError, ValueError))"


def when(seen, want):
    lines = seen.raised.own_lines if seen.raised else ()
    return bool(lines) and lines[-1].strip().startswith(("raise ", "assert ")) and "ValueError" not in seen.raised.bases


# %% distance_matrix | wrong: another-error | assert
# breaks: "raise a `ValueError`"
def distance_matrix(a, b):
    assert a.device == b.device, f"{a.device} and {b.device}"
    return torch.cdist(a, b)


# %% distance_matrix | wrong: another-error | RuntimeError
def distance_matrix(a, b):
    if a.device != b.device:
        raise RuntimeError(f"{a.device} and {b.device}")
    return torch.cdist(a, b)


# %% distance_matrix | wrong: another-error | TypeError
def distance_matrix(a, b):
    if a.device != b.device:
        raise TypeError(f"a on {a.device}, b on {b.device}")
    return ((a[:, None] - b) ** 2).sum(-1).sqrt()


# %% distance_matrix | wrong: another-error | own exception
class WrongDevice(Exception):
    pass

def distance_matrix(a, b):
    if a.device != b.device:
        raise WrongDevice(f"{a.device} {b.device}")
    return torch.cdist(a, b)


# %% distance_matrix | wrong: another-error | RuntimeError, the other way round
def distance_matrix(a, b):
    if a.device == b.device:
        return torch.linalg.vector_norm(a[:, None] - b, dim=-1)
    raise RuntimeError(f"a is on {a.device}, b is on {b.device}")


# %% distance_matrix | wrong: another-error | RuntimeError, by a helper
def distance_matrix(a, b):
    def check():
        if str(a.device) != str(b.device):
            raise RuntimeError("move one of them: " + str(a.device) + ", " + str(b.device))

    check()
    return (a.unsqueeze(1) - b.unsqueeze(0)).pow(2).sum(2).sqrt()


# %% distance_matrix | misconception | torch-will-notice
why = "Not every operation compares devices, and meta is a device like any other: compare a.device with b.device yourself, whatever they are."
next = "print(torch.cdist(torch.ones(2, 3), torch.ones(2, 3, device=\"meta\")).shape)"


def when(seen, want):
    # A copy from meta raises: what is elsewhere was computed as if meta had values.
    places = {getattr(one, "device", "") for one in seen.arguments.values()}
    return not seen.raised and "meta" in places and getattr(seen.result, "device", "meta") != "meta"


# %% distance_matrix | wrong: torch-will-notice | cdist
# breaks: "If `a` and `b` are on different devices"
def distance_matrix(a, b):
    return torch.cdist(a, b)


# %% distance_matrix | wrong: torch-will-notice | cdist without products
def distance_matrix(a, b):
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


# %% distance_matrix | wrong: torch-will-notice | broadcasting
def distance_matrix(a, b):
    return (a[:, None] - b).pow(2).sum(-1).sqrt()


# %% distance_matrix | wrong: torch-will-notice | norm
def distance_matrix(a, b):
    difference = a.unsqueeze(1) - b.unsqueeze(0)
    return difference.norm(dim=2)


# %% distance_matrix | wrong: torch-will-notice | vector_norm
def distance_matrix(a, b):
    return torch.linalg.vector_norm(a[:, None, :] - b[None, :, :], dim=-1)


# %% distance_matrix | wrong: torch-will-notice | translated
# breaks: "This holds for every pair of devices, `meta` included."
def distance_matrix(a, b):
    try:
        return torch.cdist(a, b)
    except RuntimeError as error:
        raise ValueError(f"{a.device} and {b.device}") from error


# %% distance_matrix | wrong: torch-will-notice | the text of the error
def distance_matrix(a, b):
    try:
        return torch.cdist(a, b)
    except RuntimeError as error:
        raise ValueError(f"cannot mix {a.device} and {b.device}: {error}")


# %% distance_matrix | wrong: torch-will-notice | any exception translated
def distance_matrix(a, b):
    try:
        return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")
    except Exception:
        raise ValueError(f"a: {a.device}, b: {b.device}")


# %% distance_matrix | misconception | half-a-comparison
why = "Two tensors that are both not on the CPU can still be on two devices: compare a.device with b.device itself."
next = "a, b = torch.ones(1, device=device), torch.ones(1, device=\"meta\"); print(a.is_cpu == b.is_cpu, a.device == b.device)"


# %% distance_matrix | wrong: half-a-comparison | is_cpu
def distance_matrix(a, b):
    if a.is_cpu != b.is_cpu:
        raise ValueError(f"{a.device} and {b.device}")
    return (a[:, None] - b).square().sum(-1).sqrt()


# %% distance_matrix | wrong: half-a-comparison | is_cpu, cdist
def distance_matrix(a, b):
    if a.is_cpu ^ b.is_cpu:
        raise ValueError(f"a on {a.device}, b on {b.device}")
    return torch.cdist(a, b)


# %% distance_matrix | wrong: half-a-comparison | type of the device
def distance_matrix(a, b):
    if (a.device.type == "cpu") != (b.device.type == "cpu"):
        raise ValueError(f"{a.device}, {b.device}")
    return torch.linalg.vector_norm(a.unsqueeze(1) - b.unsqueeze(0), dim=2)


# %% distance_matrix | wrong: half-a-comparison | one on the CPU
def distance_matrix(a, b):
    on_cpu = [str(t.device) == "cpu" for t in (a, b)]
    if any(on_cpu) and not all(on_cpu):
        raise ValueError(f"one is on {a.device}, the other on {b.device}")
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


# %% distance_matrix | wrong: half-a-comparison | name in the text
def distance_matrix(a, b):
    if ("cpu" in str(a.device)) is not ("cpu" in str(b.device)):
        raise ValueError(" and ".join([str(a.device), str(b.device)]))
    return torch.stack([(row - b).norm(dim=1) for row in a])


# %% distance_matrix | wrong: half-a-comparison | either way round
def distance_matrix(a, b):
    if a.is_cpu and not b.is_cpu or b.is_cpu and not a.is_cpu:
        raise ValueError(f"{a.device} is not {b.device}")
    difference = a.unsqueeze(1) - b
    return torch.einsum("nmd,nmd->nm", difference, difference).sqrt()


# %% distance_matrix | misconception | silent-transfer
why = "Moving is the caller's decision: raise and name both devices."
next = "a, b = torch.ones(2), torch.ones(2, device=device); print(a.device == b.device, (a + b.to(a.device)).device)"


# %% distance_matrix | wrong: silent-transfer | b to a
# breaks: "Do not move anything silently."
def distance_matrix(a, b):
    return torch.cdist(a, b.to(a.device))


# %% distance_matrix | wrong: silent-transfer | b to a, broadcasting
def distance_matrix(a, b):
    b = b.to(a.device)
    return (a[:, None] - b).square().sum(-1).sqrt()


# %% distance_matrix | wrong: silent-transfer | b to a, norm
def distance_matrix(a, b):
    b = b.to(a.device)
    difference = a[:, None, :] - b[None, :, :]
    return difference.norm(dim=2)


# %% distance_matrix | wrong: silent-transfer | b to a tensor
def distance_matrix(a, b):
    return torch.cdist(a, b.to(a), p=2.0)


# %% distance_matrix | wrong: silent-transfer | if they differ
def distance_matrix(a, b):
    if a.device != b.device:
        b = b.to(a.device)
    return torch.cdist(a, b)


# %% distance_matrix | wrong: silent-transfer | a to b, broadcasting
def distance_matrix(a, b):
    a = a.to(b.device)
    return ((a[:, None] - b) ** 2).sum(-1).sqrt()


# %% distance_matrix | wrong: silent-transfer | a to b, if they differ
def distance_matrix(a, b):
    if a.device != b.device:
        a = a.to(b.device)
    return torch.cdist(a, b)


# %% distance_matrix | wrong: silent-transfer | a to b, norm
def distance_matrix(a, b):
    return torch.linalg.vector_norm(a.to(b.device).unsqueeze(1) - b.unsqueeze(0), dim=-1)


# %% distance_matrix | misconception | made-on-the-default-device
why = "A new tensor is float32 and on the default device unless you say otherwise: what comes out of operations on a and b has theirs."
next = "a = torch.ones(2, dtype=torch.float64); print(torch.zeros(2).dtype, a.new_zeros(2).dtype, (a - a).dtype)"


# %% distance_matrix | wrong: made-on-the-default-device | rows into zeros
# breaks: "on the device that the two share"
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    out = torch.zeros(len(a), len(b))
    for i in range(len(a)):
        out[i] = (a[i] - b).norm(dim=1)
    return out


# %% distance_matrix | wrong: made-on-the-default-device | elements into zeros
# breaks: "in their dtype"
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    out = torch.zeros(a.shape[0], b.shape[0])
    for i in range(a.shape[0]):
        for j in range(b.shape[0]):
            out[i, j] = torch.sqrt(((a[i] - b[j]) ** 2).sum())
    return out


# %% distance_matrix | wrong: made-on-the-default-device | elements into empty
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"a: {a.device}, b: {b.device}")
    out = torch.empty((len(a), len(b)))
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i, j] = (x - y).norm()
    return out


# %% distance_matrix | wrong: made-on-the-default-device | numbers
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return torch.tensor([[torch.dist(x, y).item() for y in b] for x in a])


# %% distance_matrix | wrong: made-on-the-default-device | numbers by float
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"a on {a.device}, b on {b.device}")
    return torch.tensor([[float((x - y).square().sum().sqrt()) for y in b] for x in a])


# %% distance_matrix | wrong: made-on-the-default-device | rows into empty
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device}/{b.device}")
    table = torch.empty(a.shape[0], b.shape[0])
    for row, x in zip(table, a):
        row.copy_(torch.linalg.vector_norm(x - b, dim=-1))
    return table


# %% distance_matrix | misconception | turned-into-float32
why = "float() and to(torch.float32) make float32 of float64: compute in the dtype that a and b have, and leave the result in it."
next = "a = torch.ones(2, 3, dtype=torch.float64); print(a.float().dtype, torch.cdist(a, a).dtype)"


# %% distance_matrix | wrong: turned-into-float32 | both tables
# breaks: "in their dtype"
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return torch.cdist(a.float(), b.float())


# %% distance_matrix | wrong: turned-into-float32 | the result
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"a: {a.device}, b: {b.device}")
    return torch.cdist(a, b).float()


# %% distance_matrix | wrong: turned-into-float32 | the difference
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device}, {b.device}")
    difference = (a[:, None] - b).to(torch.float32)
    return difference.norm(dim=-1)


# %% distance_matrix | wrong: turned-into-float32 | by a helper
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} is not {b.device}")
    a, b = (t.to(dtype=torch.float32) for t in (a, b))
    return (a.unsqueeze(1) - b.unsqueeze(0)).pow(2).sum(-1).sqrt()


# %% distance_matrix | misconception | numbers-have-no-history
why = "Gradients reach both tables: detach(), .data, no_grad(), item() and float() cut them off, so compute with a and b themselves, in tensor operations."
next = "w = torch.ones(2, 3, requires_grad=True); print(torch.tensor(w[0].sum().item()).requires_grad, w[0].sum().requires_grad)"


# %% distance_matrix | wrong: numbers-have-no-history | numbers in the right place
# breaks: "through which gradients reach both"
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return torch.tensor([[torch.dist(x, y).item() for y in b] for x in a], dtype=a.dtype, device=a.device)


# %% distance_matrix | wrong: numbers-have-no-history | numbers into the right place
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"on {a.device} and on {b.device}")
    if a.is_meta:
        return torch.cdist(a, b)
    out = torch.zeros(len(a), len(b), dtype=a.dtype, device=a.device)
    for i in range(len(a)):
        for j in range(len(b)):
            out[i, j] = float(((a[i] - b[j]) ** 2).sum()) ** 0.5
    return out


# %% distance_matrix | wrong: numbers-have-no-history | items into the right place
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device}, {b.device}")
    if a.device.type == "meta":
        return torch.empty(len(a), len(b), dtype=a.dtype, device="meta")
    rows = [[(x - y).norm().item() for y in b] for x in a]
    return torch.tensor(rows, dtype=a.dtype).to(a.device)


# %% distance_matrix | wrong: numbers-have-no-history | float() in full
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} is not {b.device}")
    out = a.new_zeros(len(a), len(b))
    for i in range(len(a) if not a.is_meta else 0):
        for j in range(len(b)):
            out[i, j] = torch.dist(a[i], b[j]).item()
    return out


# %% distance_matrix | misconception | values-on-meta
why = "A meta tensor has a shape and a dtype, and no values: item(), float(), tolist() and an if over its elements raise there."
next = "t = torch.empty(2, device=\"meta\"); print(t.shape, t.dtype, t)"
link = "https://docs.pytorch.org/docs/2.13/meta.html"


# %% distance_matrix | wrong: values-on-meta | an if over nan
# breaks: "Two `meta` tensors are on one device: the result is a `meta` tensor."
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"one table on {a.device}, the other on {b.device}")
    result = (a[:, None] - b).norm(dim=-1)
    return result.nan_to_num(0.0) if result.isnan().any() else result


# %% distance_matrix | wrong: values-on-meta | nothing below zero
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} / {b.device}")
    squares = a.square().sum(1, keepdim=True) + b.square().sum(1) - 2 * a @ b.T
    if squares.min() < 0:
        squares = squares.clamp(min=0)
    return squares.sqrt()


# %% distance_matrix | wrong: values-on-meta | an assertion
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError("not on one device: %s, %s" % (a.device, b.device))
    table = torch.cdist(a, b)
    assert torch.all(table >= 0), "a distance is never negative"
    return table


# %% distance_matrix | wrong: values-on-meta | the largest is printed
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"cannot compare {a.device} and {b.device}")
    d = torch.linalg.vector_norm(a.unsqueeze(1) - b.unsqueeze(0), dim=2)
    print(f"largest distance: {d.max().item():.4f}")
    return d


# %% distance_matrix | wrong: values-on-meta | a scale
def distance_matrix(a, b):
    here, there = str(a.device), str(b.device)
    if here != there:
        raise ValueError(here + " is not " + there)
    scale = max(1.0, float(a.detach().abs().max()), float(b.detach().abs().max()))
    return torch.cdist(a / scale, b / scale) * scale


# %% distance_matrix | misconception | squared
why = "The Euclidean distance is the root of the sum of squares."
next = "print(torch.tensor([3., 4.]).square().sum(), torch.tensor([3., 4.]).norm())"


# %% distance_matrix | wrong: squared | no root
# breaks: "Return the Euclidean distance"
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return ((a[:, None] - b) ** 2).sum(-1)


# %% distance_matrix | wrong: squared | cdist squared
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return torch.cdist(a, b) ** 2


# %% distance_matrix | wrong: squared | expansion
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"a: {a.device}, b: {b.device}")
    return (a * a).sum(1, keepdim=True) + (b * b).sum(1) - 2 * a @ b.T


# %% distance_matrix | wrong: squared | einsum
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device}, {b.device}")
    diff = a.unsqueeze(1) - b.unsqueeze(0)
    return torch.einsum("nmd,nmd->nm", diff, diff)


# %% distance_matrix | misconception | nan-on-the-diagonal
why = "Rounding makes |a|² + |b|² - 2ab slightly negative where a is b, and the root of that is nan: clamp(min=0) first, or subtract before you square."
next = "print(torch.tensor(-1e-7).sqrt(), torch.tensor(-1e-7).clamp(min=0).sqrt())"


# %% distance_matrix | wrong: nan-on-the-diagonal | expansion without clamp
# breaks: "a row must never be at distance nan from itself"
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return ((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T).sqrt()


# %% distance_matrix | wrong: nan-on-the-diagonal | keepdim
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} != {b.device}")
    aa = (a ** 2).sum(dim=1, keepdim=True)
    bb = (b ** 2).sum(dim=1)
    return torch.sqrt(aa + bb - 2 * a @ b.T)


# %% distance_matrix | wrong: nan-on-the-diagonal | power
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"a: {a.device}, b: {b.device}")
    products = torch.matmul(a, b.t())
    return (a.square().sum(1).unsqueeze(1) - 2 * products + b.square().sum(1).unsqueeze(0)) ** 0.5


# %% distance_matrix | wrong: nan-on-the-diagonal | einsum
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device}, {b.device}")
    squares = (a * a).sum(-1)[:, None] + (b * b).sum(-1)[None] - 2 * torch.einsum("nd,md->nm", a, b)
    return squares.sqrt()


# %% distance_matrix | wrong | taxi, p=1
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return torch.cdist(a, b, p=1)


# %% distance_matrix | wrong | rows of b first
# breaks: "a tensor of shape `(n, m)`"
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    return torch.cdist(b, a)


# %% distance_matrix | wrong | meta refused
# breaks: "the result is a `meta` tensor"
def distance_matrix(a, b):
    if a.device != b.device or a.is_meta:
        raise ValueError(f"{a.device} and {b.device}")
    return torch.cdist(a, b)


# %% distance_matrix | wrong | meta in the default dtype
# breaks: "in their dtype"
def distance_matrix(a, b):
    if a.device != b.device:
        raise ValueError(f"{a.device} and {b.device}")
    if a.is_meta:
        return torch.empty(len(a), len(b), device="meta")
    return torch.cdist(a, b)


# %% move_batch | right | by type
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if type(batch) is dict:
        moved = {}
        for key in batch:
            moved[key] = move_batch(batch[key], device)
        return moved
    if type(batch) is list:
        return [move_batch(item, device) for item in batch]
    if type(batch) is tuple:
        return tuple(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | right | always copies
def move_batch(batch, device):
    match batch:
        case torch.Tensor():
            return batch.detach().to(device, copy=True)
        case dict():
            return dict((key, move_batch(item, device)) for key, item in batch.items())
        case list() | tuple():
            return type(batch)(map(lambda item: move_batch(item, device), batch))
        case _:
            return batch


# %% move_batch | right | tree_map
def move_batch(batch, device):
    from torch.utils._pytree import tree_map

    return tree_map(lambda x: x.to(device) if isinstance(x, torch.Tensor) else x, batch)


# %% move_batch | right | copies, then fills
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, tuple):
        return tuple(move_batch(list(batch), device))
    if isinstance(batch, (dict, list)):
        new = batch.copy()
        for key in new if isinstance(new, dict) else range(len(new)):
            new[key] = move_batch(new[key], device)
        return new
    return batch


# %% move_batch | right | deferred with a worker
def move_batch(batch, device):
    def walk(thing):
        if hasattr(thing, "to") and isinstance(thing, torch.Tensor):
            return thing.to(torch.device(device))
        if isinstance(thing, dict):
            return {k: walk(v) for k, v in thing.items()}
        if isinstance(thing, (tuple, list)):
            walked = [walk(v) for v in thing]
            return walked if isinstance(thing, list) else tuple(walked)
        return thing

    return walk(batch)


# %% move_batch | misconception | not-all-the-way
why = "Tensors lie at any depth, in dicts, lists and tuples alike: let the function call itself for the items of all three."
next = "batch = {\"pair\": (torch.ones(1), 3)}; print(isinstance(batch[\"pair\"], torch.Tensor), type(batch[\"pair\"]))"


# %% move_batch | wrong: not-all-the-way | dict of tensors
def move_batch(batch, device):
    return {k: v.to(device) for k, v in batch.items()}


# %% move_batch | wrong: not-all-the-way | dict of tensors, loop
def move_batch(batch, device):
    moved = {}
    for key, item in batch.items():
        moved[key] = item.to(device)
    return moved


# %% move_batch | wrong: not-all-the-way | with a check
# breaks: "whose items may again be any of these"
def move_batch(batch, device):
    return {k: v.to(device) if torch.is_tensor(v) else v for k, v in batch.items()}


# %% move_batch | wrong: not-all-the-way | with a check, loop
def move_batch(batch, device):
    moved = {}
    for key, item in batch.items():
        moved[key] = item.to(device) if isinstance(item, torch.Tensor) else item
    return moved


# %% move_batch | wrong: not-all-the-way | every kind of batch
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: v.to(device) if isinstance(v, torch.Tensor) else v for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(v.to(device) if isinstance(v, torch.Tensor) else v for v in batch)
    return batch


# %% move_batch | wrong: not-all-the-way | every kind, loops
def move_batch(batch, device):
    def put(item):
        return item.to(device) if torch.is_tensor(item) else item

    if type(batch) is dict:
        return dict((key, put(item)) for key, item in batch.items())
    if type(batch) in (list, tuple):
        return type(batch)(map(put, batch))
    return put(batch)


# %% move_batch | wrong: not-all-the-way | dict and tensor only
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: v.to(device) if torch.is_tensor(v) else v for k, v in batch.items()}
    return batch


# %% move_batch | wrong: not-all-the-way | dict and tensor only, loop
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if not isinstance(batch, dict):
        return batch
    moved = dict(batch)
    for key, item in batch.items():
        if isinstance(item, torch.Tensor):
            moved[key] = item.to(device)
    return moved


# %% move_batch | wrong: not-all-the-way | two levels
def move_batch(batch, device):
    def put(v):
        return v.to(device) if isinstance(v, torch.Tensor) else v
    def inner(v):
        if isinstance(v, dict):
            return {k: put(w) for k, w in v.items()}
        if isinstance(v, (list, tuple)):
            return type(v)(put(w) for w in v)
        return put(v)
    if isinstance(batch, dict):
        return {k: inner(v) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(inner(v) for v in batch)
    return put(batch)


# %% move_batch | wrong: not-all-the-way | dicts alone
# breaks: "a dict, list or tuple"
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    return batch


# %% move_batch | wrong: not-all-the-way | dicts alone, loop
def move_batch(batch, device):
    if isinstance(batch, dict):
        moved = {}
        for key in batch:
            moved[key] = move_batch(batch[key], device)
        return moved
    return batch.to(device) if torch.is_tensor(batch) else batch


# %% move_batch | wrong: not-all-the-way | no tuples
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, list):
        return [move_batch(v, device) for v in batch]
    return batch


# %% move_batch | wrong: not-all-the-way | no tuples, loops
def move_batch(batch, device):
    if type(batch) is list:
        return list(move_batch(item, device) for item in batch)
    if type(batch) is dict:
        return dict((key, move_batch(item, device)) for key, item in batch.items())
    return batch.to(device) if isinstance(batch, torch.Tensor) else batch


# %% move_batch | wrong: not-all-the-way | no lists
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, tuple):
        return tuple(move_batch(v, device) for v in batch)
    return batch


# %% move_batch | misconception | to-dropped
why = "Put what to() returns into the new container. Only modules move in place; to() of a tensor returns a new one."
next = "t = torch.ones(2); t.to(device); print(t.device, t.to(device).device)"


# %% move_batch | wrong: to-dropped | recursive
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        batch.to(device)
        return batch
    if isinstance(batch, dict):
        return {key: move_batch(item, device) for key, item in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: to-dropped | recursive, one return
def move_batch(batch, device):
    if torch.is_tensor(batch):
        batch.to(device)
    elif isinstance(batch, dict):
        batch = dict((key, move_batch(item, device)) for key, item in batch.items())
    elif isinstance(batch, (list, tuple)):
        batch = type(batch)([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: to-dropped | recursive, loops
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        batch.to(device)
        return batch
    if isinstance(batch, dict):
        moved = {}
        for key, item in batch.items():
            moved[key] = move_batch(item, device)
        return moved
    if isinstance(batch, (list, tuple)):
        moved = []
        for item in batch:
            moved.append(move_batch(item, device))
        return type(batch)(moved)
    return batch


# %% move_batch | wrong: to-dropped | recursive, another name
def move_batch(batch, device):
    if isinstance(batch, dict):
        return {key: move_batch(item, device) for key, item in batch.items()}
    if type(batch) in (list, tuple):
        return type(batch)([move_batch(item, device) for item in batch])
    if torch.is_tensor(batch):
        moved = batch.to(device)
    return batch


# %% move_batch | wrong: to-dropped | loop
# breaks: "Return the same structure with every tensor on `device`"
def move_batch(batch, device):
    items = batch.values() if isinstance(batch, dict) else batch if isinstance(batch, (list, tuple)) else [batch]
    for item in items:
        if isinstance(item, torch.Tensor):
            item.to(device)
    return batch


# %% move_batch | wrong: to-dropped | walks
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        batch.to(device)
    elif isinstance(batch, dict):
        for item in batch.values():
            move_batch(item, device)
    elif isinstance(batch, (list, tuple)):
        for item in batch:
            move_batch(item, device)
    return batch


# %% move_batch | wrong: to-dropped | rebinds the loop variable
def move_batch(batch, device):
    if isinstance(batch, (dict, list, tuple)):
        for item in batch.values() if isinstance(batch, dict) else batch:
            item = move_batch(item, device)
        return batch
    return batch.to(device) if isinstance(batch, torch.Tensor) else batch


# %% move_batch | wrong: to-dropped | rebinds, each kind
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        for value in batch.values():
            value = move_batch(value, device)
    if isinstance(batch, (list, tuple)):
        for value in batch:
            value = move_batch(value, device)
    return batch


# %% move_batch | misconception | rewrites-the-batch
why = "Build new containers at every level: what you write into the caller's, or into a shallow copy, changes the caller's batch."
next = "batch = {\"inner\": [1]}; copied = batch.copy(); copied[\"inner\"][0] = 9; print(batch)"


# %% move_batch | wrong: rewrites-the-batch | in place
# breaks: "`batch` itself stays as it was"
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        for key in batch:
            batch[key] = move_batch(batch[key], device)
        return batch
    if isinstance(batch, list):
        for i, item in enumerate(batch):
            batch[i] = move_batch(item, device)
        return batch
    if isinstance(batch, tuple):
        return tuple(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: rewrites-the-batch | by keys and numbers
def move_batch(batch, device):
    if isinstance(batch, tuple):
        return tuple(move_batch(list(batch), device))
    if isinstance(batch, (dict, list)):
        for key in batch if isinstance(batch, dict) else range(len(batch)):
            batch[key] = move_batch(batch[key], device)
        return batch
    return batch.to(device) if torch.is_tensor(batch) else batch


# %% move_batch | wrong: rewrites-the-batch | slice
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        batch.update({key: move_batch(item, device) for key, item in batch.items()})
    elif isinstance(batch, list):
        batch[:] = [move_batch(item, device) for item in batch]
    elif isinstance(batch, tuple):
        batch = tuple([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: rewrites-the-batch | dicts in place
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        for key, item in batch.items():
            batch[key] = move_batch(item, device)
        return batch
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: rewrites-the-batch | shallow copy
def move_batch(batch, device):
    def fill(thing):
        if isinstance(thing, torch.Tensor):
            return thing.to(device)
        if isinstance(thing, tuple):
            return tuple(fill(item) for item in thing)
        if isinstance(thing, (dict, list)):
            for key in thing if isinstance(thing, dict) else range(len(thing)):
                thing[key] = fill(thing[key])
        return thing

    return fill(batch.copy() if isinstance(batch, (dict, list)) else batch)


# %% move_batch | wrong: rewrites-the-batch | copy.copy
def move_batch(batch, device):
    import copy

    def fill(thing):
        if isinstance(thing, torch.Tensor):
            return thing.to(device)
        if isinstance(thing, dict):
            for key, item in thing.items():
                thing[key] = fill(item)
        elif isinstance(thing, list):
            thing[:] = [fill(item) for item in thing]
        elif isinstance(thing, tuple):
            return tuple(fill(item) for item in thing)
        return thing

    return fill(copy.copy(batch))


# %% move_batch | wrong: rewrites-the-batch | dict of the dict
def move_batch(batch, device):
    def fill(thing):
        if torch.is_tensor(thing):
            return thing.to(device)
        if isinstance(thing, dict):
            thing.update({key: fill(item) for key, item in thing.items()})
        elif isinstance(thing, list):
            thing[:] = map(fill, thing)
        elif isinstance(thing, tuple):
            thing = tuple(map(fill, thing))
        return thing

    return fill(type(batch)(batch)) if isinstance(batch, (dict, list)) else fill(batch)


# %% move_batch | wrong: rewrites-the-batch | outer copy in the loop
def move_batch(batch, device, inner=False):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, (dict, list)):
        new = batch if inner else batch.copy()
        for key in list(new) if isinstance(new, dict) else range(len(new)):
            new[key] = move_batch(new[key], device, True)
        return new
    if isinstance(batch, tuple):
        return tuple(move_batch(item, device, True) for item in batch)
    return batch


# %% move_batch | misconception | another-type-of-container
why = "Return the type that you were given: type(batch)(…) makes a tuple of a tuple and a list of a list."
next = "items = (1, 2); print([i for i in items], (i for i in items), tuple(i for i in items))"


# %% move_batch | wrong: another-type-of-container | tuples become lists
# breaks: "Dicts, lists and tuples keep their type"
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return [move_batch(item, device) for item in batch]
    return batch


# %% move_batch | wrong: another-type-of-container | tuples appended to a list
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return dict((key, move_batch(batch[key], device)) for key in batch)
    if type(batch) in (list, tuple):
        moved = []
        for item in batch:
            moved.append(move_batch(item, device))
        return moved
    return batch


# %% move_batch | wrong: another-type-of-container | lists become tuples
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return tuple(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: another-type-of-container | tuples for both
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return dict((key, move_batch(item, device)) for key, item in batch.items())
    if isinstance(batch, (tuple, list)):
        return tuple([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: another-type-of-container | a list, then a tuple
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(batch[k], device) for k in batch}
    if isinstance(batch, list) or isinstance(batch, tuple):
        moved = ()
        for item in batch:
            moved = (*moved, move_batch(item, device))
        return moved
    return batch


# %% move_batch | wrong: another-type-of-container | lists out of both, by index
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return [move_batch(batch[i], device) for i in range(len(batch))]
    return batch


# %% move_batch | wrong: another-type-of-container | a generator for a tuple, dict first
def move_batch(batch, device):
    if isinstance(batch, dict):
        return dict((key, move_batch(item, device)) for key, item in batch.items())
    if isinstance(batch, tuple):
        return (move_batch(item, device) for item in batch)
    if isinstance(batch, list):
        return list(move_batch(item, device) for item in batch)
    return batch.to(device) if isinstance(batch, torch.Tensor) else batch


# %% move_batch | wrong: another-type-of-container | a generator for a tuple
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, list):
        return [move_batch(b, device) for b in batch]
    if isinstance(batch, tuple):
        return (move_batch(b, device) for b in batch)
    if isinstance(batch, dict):
        return {k: move_batch(batch[k], device) for k in batch}
    return batch


# %% move_batch | wrong: another-type-of-container | map
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return list(map(lambda item: move_batch(item, device), batch))
    return batch


# %% move_batch | misconception | everything-iterable
why = "A string has a length, bytes and ranges are sequences too, and a set can be iterated over: only dicts, lists and tuples are taken apart, so ask for them by name."
next = "print(list(\"a7\"), list(b\"a7\"), list(range(2)), isinstance(\"a7\", (dict, list, tuple)))"


# %% move_batch | wrong: everything-iterable | a length
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if hasattr(batch, "__len__"):
        return type(batch)([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: everything-iterable | sequences
def move_batch(batch, device):
    from collections.abc import Sequence

    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, Sequence):
        return type(batch)([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: everything-iterable | sequences and mappings
def move_batch(batch, device):
    from collections.abc import Mapping, Sequence

    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, Mapping):
        return dict((key, move_batch(item, device)) for key, item in batch.items())
    if isinstance(batch, Sequence):
        moved = [move_batch(item, device) for item in batch]
        return moved if isinstance(batch, list) else tuple(moved)
    return batch


# %% move_batch | wrong: everything-iterable | what can be indexed
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if hasattr(batch, "__getitem__"):
        return type(batch)([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: everything-iterable | iterates over anything
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if hasattr(batch, "__iter__"):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: everything-iterable | tries to iterate
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    try:
        items = iter(batch)
    except TypeError:
        return batch
    return type(batch)(move_batch(item, device) for item in items)


# %% move_batch | wrong: everything-iterable | sequences but strings
def move_batch(batch, device):
    from collections.abc import Mapping, Sequence

    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, Mapping):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, Sequence) and not isinstance(batch, str):
        return type(batch)([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: everything-iterable | sequences but text
def move_batch(batch, device):
    from collections.abc import Sequence

    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, str) or not isinstance(batch, Sequence):
        return batch
    moved = [move_batch(item, device) for item in batch]
    return tuple(moved) if isinstance(batch, tuple) else moved


# %% move_batch | misconception | keys-are-moved
why = "The keys of a dict stay the very same objects, also where a key is a tensor or holds one: move the values alone."
next = "t = torch.ones(1); print(t in {t: 1}, t.clone() in {t: 1})"


# %% move_batch | wrong: keys-are-moved | a comprehension
# breaks: "keep their type, order and keys"
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {move_batch(k, device): move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: keys-are-moved | pairs as tuples
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if type(batch) is dict:
        return dict(move_batch(pair, device) for pair in batch.items())
    if type(batch) is list:
        return [move_batch(item, device) for item in batch]
    if type(batch) is tuple:
        return tuple(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: keys-are-moved | a list of the items
def move_batch(batch, device):
    match batch:
        case torch.Tensor():
            return batch.to(device)
        case dict():
            return dict(move_batch(list(batch.items()), device))
        case list() | tuple():
            return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: keys-are-moved | keys and values zipped
def move_batch(batch, device):
    def each(items):
        return [move_batch(item, device) for item in items]

    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return dict(zip(each(batch.keys()), each(batch.values())))
    if isinstance(batch, tuple):
        return tuple(each(batch))
    return each(batch) if isinstance(batch, list) else batch


# %% move_batch | misconception | remembers-its-answers
why = "The next call may ask for another device, or bring another tensor: keep nothing from one call to the next."
next = "def f(x, seen={}): return seen.setdefault(\"x\", x)\nprint(f(1), f(2))"


# %% move_batch | wrong: remembers-its-answers | a default argument
# breaks: "Return the same structure with every tensor on `device`."
def move_batch(batch, device, done={}):
    if isinstance(batch, torch.Tensor):
        if id(batch) not in done:
            done[id(batch)] = (batch, batch.to(device))
        return done[id(batch)][1]
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)([move_batch(v, device) for v in batch])
    return batch


# %% move_batch | wrong: remembers-its-answers | by the tensor
_moved = {}


def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return _moved.setdefault(batch, batch.to(device))
    if type(batch) is dict:
        return {k: move_batch(v, device) for k, v in batch.items()}
    if type(batch) in (list, tuple):
        return type(batch)(move_batch(v, device) for v in batch)
    return batch


# %% move_batch | wrong: remembers-its-answers | pairs in a list
_pairs = []


def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        for old, new in _pairs:
            if old is batch:
                return new
        _pairs.append((batch, batch.to(device)))
        return _pairs[-1][1]
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(v, device) for v in batch)
    return batch


# %% move_batch | wrong: remembers-its-answers | an attribute of the function
def move_batch(batch, device):
    if torch.is_tensor(batch):
        if not hasattr(move_batch, "known"):
            move_batch.known = {}
        key = id(batch)
        if key not in move_batch.known:
            move_batch.known[key] = [batch.to(device), batch]
        return move_batch.known[key][0]
    if isinstance(batch, dict):
        return dict((k, move_batch(v, device)) for k, v in batch.items())
    if isinstance(batch, list):
        return [move_batch(v, device) for v in batch]
    if isinstance(batch, tuple):
        return tuple(move_batch(v, device) for v in batch)
    return batch


# %% move_batch | wrong | letters
# breaks: "Anything that is not a tensor (a string, a number, `None`"
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if hasattr(batch, "__iter__") and not (isinstance(batch, str) and len(batch) <= 1):
        return [move_batch(item, device) for item in batch]
    return batch


# %% move_batch | wrong | letters of longer strings
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return dict((key, move_batch(item, device)) for key, item in batch.items())
    if hasattr(batch, "__iter__") and (not isinstance(batch, str) or len(batch) > 1):
        return list(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | misconception | whatever-has-to
why = "Other objects have a method to() as well, and a module is moved in place by it: ask isinstance(x, torch.Tensor)."
next = "m = nn.Linear(1, 1); m.to(\"meta\"); print(m.weight.device)"


# %% move_batch | wrong: whatever-has-to | hasattr
def move_batch(batch, device):
    if hasattr(batch, "to"):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)([move_batch(v, device) for v in batch])
    return batch


# %% move_batch | wrong: whatever-has-to | try
# breaks: "a module"
def move_batch(batch, device):
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(v, device) for v in batch)
    try:
        return batch.to(device)
    except AttributeError:
        return batch


# %% move_batch | wrong: whatever-has-to | getattr
def move_batch(batch, device):
    if isinstance(batch, dict):
        return dict((key, move_batch(item, device)) for key, item in batch.items())
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    move = getattr(batch, "to", None)
    return batch if move is None else move(device)


# %% move_batch | wrong: whatever-has-to | modules on purpose
def move_batch(batch, device):
    if isinstance(batch, (torch.Tensor, nn.Module)):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(v, device) for v in batch)
    return batch


# %% move_batch | misconception | copies-the-objects
why = "copy and deepcopy make another object: what is not a tensor has to come back as the very same one."
next = "import copy; a = np.ones(2); print(copy.deepcopy(a) is a, [a][0] is a)"


# %% move_batch | wrong: copies-the-objects | deepcopy first
def move_batch(batch, device):
    import copy

    def walk(thing):
        if isinstance(thing, torch.Tensor):
            return thing.to(device)
        if isinstance(thing, dict):
            return {k: walk(v) for k, v in thing.items()}
        if isinstance(thing, (list, tuple)):
            return type(thing)(walk(v) for v in thing)
        return thing

    return walk(copy.deepcopy(batch))


# %% move_batch | wrong: copies-the-objects | deepcopy at every level
def move_batch(batch, device):
    import copy

    batch = copy.deepcopy(batch)
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(v, device) for v in batch)
    return batch


# %% move_batch | wrong: copies-the-objects | deepcopy of the rest
# breaks: "the very same object"
def move_batch(batch, device):
    import copy

    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: move_batch(item, device) for key, item in batch.items()}
    if isinstance(batch, list):
        return [move_batch(item, device) for item in batch]
    if isinstance(batch, tuple):
        return tuple(move_batch(item, device) for item in batch)
    return copy.deepcopy(batch)


# %% move_batch | wrong: copies-the-objects | deepcopy, then in place
def move_batch(batch, device):
    from copy import deepcopy

    def fill(thing):
        if torch.is_tensor(thing):
            return thing.to(device)
        if isinstance(thing, tuple):
            return tuple(fill(item) for item in thing)
        if isinstance(thing, (dict, list)):
            for key in thing if isinstance(thing, dict) else range(len(thing)):
                thing[key] = fill(thing[key])
        return thing

    return fill(deepcopy(batch))


# %% move_batch | misconception | container-reused
why = "Every dict and list of the result is a new one, the empty ones and those in a tuple too: no shortcut where nothing has to move."
next = "inner = []; moved = (inner, 1); print(moved[0] is inner, list(inner) is inner)"


# %% move_batch | wrong: container-reused | nothing to do
# breaks: "even if nothing had to move"
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        moved = type(batch)(move_batch(v, device) for v in batch)
        return batch if all(x is y for x, y in zip(moved, batch)) else moved
    return batch


# %% move_batch | wrong: container-reused | empty ones
# breaks: "Every dict and list in the result is a new one"
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if not isinstance(batch, (dict, list, tuple)) or len(batch) == 0:
        return batch
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    return type(batch)(move_batch(v, device) for v in batch)


# %% move_batch | wrong: container-reused | not batch
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict) and batch:
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)) and batch:
        return type(batch)([move_batch(v, device) for v in batch])
    return batch


# %% move_batch | wrong: container-reused | a tuple without tensors
# breaks: "at every depth"
def move_batch(batch, device):
    def holds_tensor(x):
        if isinstance(x, torch.Tensor):
            return True
        if isinstance(x, dict):
            return any(holds_tensor(v) for v in x.values())
        return isinstance(x, (list, tuple)) and any(holds_tensor(v) for v in x)

    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, list):
        return [move_batch(v, device) for v in batch]
    if isinstance(batch, tuple) and holds_tensor(batch):
        return tuple(move_batch(v, device) for v in batch)
    return batch


# %% move_batch | wrong: container-reused | a tuple without tensors, by a walk
def move_batch(batch, device):
    def walk(thing):
        if torch.is_tensor(thing):
            yield thing
        elif isinstance(thing, (dict, list, tuple)):
            for item in thing.values() if isinstance(thing, dict) else thing:
                yield from walk(item)

    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return dict((k, move_batch(v, device)) for k, v in batch.items())
    if isinstance(batch, list) or (isinstance(batch, tuple) and list(walk(batch))):
        return type(batch)([move_batch(v, device) for v in batch])
    return batch


# %% move_batch | wrong: container-reused | a tuple that looks empty of tensors
def move_batch(batch, device):
    def has(thing):
        items = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (list, tuple)) else ()
        return torch.is_tensor(thing) or any(has(item) for item in items)

    if isinstance(batch, tuple) and not has(batch):
        return batch
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(v, device) for v in batch)
    return batch.to(device) if torch.is_tensor(batch) else batch


# %% move_batch | wrong: container-reused | nothing to do, dicts too
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch if batch.device.type == torch.device(device).type else batch.to(device)
    if isinstance(batch, dict):
        moved = {k: move_batch(v, device) for k, v in batch.items()}
        return batch if all(moved[k] is batch[k] for k in batch) else moved
    if isinstance(batch, (list, tuple)):
        moved = type(batch)(move_batch(v, device) for v in batch)
        return batch if all(x is y for x, y in zip(moved, batch)) else moved
    return batch


# %% move_batch | wrong: container-reused | nothing changed
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        moved = {k: move_batch(v, device) for k, v in batch.items()}
        return moved if any(moved[k] is not batch[k] for k in batch) else batch
    if isinstance(batch, (list, tuple)):
        moved = type(batch)([move_batch(v, device) for v in batch])
        return moved if any(x is not y for x, y in zip(moved, batch)) else batch
    return batch


# %% move_batch | wrong: container-reused | compared
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        moved = dict((k, move_batch(v, device)) for k, v in batch.items())
        same = [moved[k] is v for k, v in batch.items()]
    elif isinstance(batch, (list, tuple)):
        moved = type(batch)(move_batch(v, device) for v in batch)
        same = [x is y for x, y in zip(moved, batch)]
    else:
        return batch
    return batch if all(same) else moved


# %% move_batch | wrong: container-reused | falsy ones
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, (dict, list, tuple)) and not batch:
        return batch
    if isinstance(batch, dict):
        return dict((k, move_batch(v, device)) for k, v in batch.items())
    return type(batch)([move_batch(v, device) for v in batch]) if isinstance(batch, (list, tuple)) else batch


# %% move_batch | wrong: container-reused | a list that is there
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, list):
        moved = [move_batch(v, device) for v in batch]
        return batch if batch and all(new is old for new, old in zip(moved, batch)) else moved
    return tuple(move_batch(v, device) for v in batch) if isinstance(batch, tuple) else batch


# %% move_batch | wrong: container-reused | a flat list that is there
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, list) and any(torch.is_tensor(v) for v in batch):
        moved = list(map(lambda v: move_batch(v, device), batch))
        return moved if [id(v) for v in moved] != [id(v) for v in batch] else batch
    if isinstance(batch, dict):
        return dict((k, move_batch(v, device)) for k, v in batch.items())
    return type(batch)([move_batch(v, device) for v in batch]) if isinstance(batch, (list, tuple)) else batch


# %% move_batch | wrong: container-reused | a dict that is there
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict) and len(batch) > 0:
        moved = {k: move_batch(v, device) for k, v in batch.items()}
        return moved if any(moved[k] is not v for k, v in batch.items()) else batch
    if isinstance(batch, (dict, list, tuple)):
        return type(batch)([move_batch(v, device) for v in batch])
    return batch


# %% move_batch | wrong: container-reused | a list of tensors that are there
# breaks: "even if nothing had to move"
def move_batch(batch, device):
    goal = torch.device(device)

    def moved(thing):
        if torch.is_tensor(thing):
            return thing.to(goal)
        if isinstance(thing, dict):
            return {key: moved(value) for key, value in thing.items()}
        if not isinstance(thing, (list, tuple)):
            return thing
        places = {item.device if torch.is_tensor(item) else None for item in thing}
        return thing if places == {goal} else type(thing)(map(moved, thing))

    return moved(batch)


# %% move_batch | wrong: container-reused | lists and dicts of tensors that are there
def move_batch(batch, device):
    def at_home(items):
        items = list(items)
        here = [v for v in items if torch.is_tensor(v) and v.device == torch.zeros(0, device=device).device]
        return len(items) > 0 and len(here) == len(items)

    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return batch if at_home(batch.values()) else {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, list):
        return batch if at_home(batch) else [move_batch(v, device) for v in batch]
    return tuple(move_batch(v, device) for v in batch) if isinstance(batch, tuple) else batch


# %% move_batch | wrong: container-reused | nothing but tensors, all in place
def move_batch(batch, device):
    target = torch.empty(0, device=device).device
    if isinstance(batch, torch.Tensor):
        return batch if batch.device == target else batch.to(target)
    if isinstance(batch, dict):
        values = list(batch.values())
        if values and all(isinstance(v, torch.Tensor) and v.device == target for v in values):
            return batch
        return {k: move_batch(v, target) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        away = [v for v in batch if not isinstance(v, torch.Tensor) or v.device != target]
        return type(batch)(move_batch(v, target) for v in batch) if away or not batch else batch
    return batch


# %% move_batch | wrong: container-reused | lists and dicts whose tensors need no move
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if not isinstance(batch, (list, dict, tuple)):
        return batch
    items = list(batch.values() if isinstance(batch, dict) else batch)
    settled = items and all(isinstance(item, torch.Tensor) and item.to(device) is item for item in items)
    if settled and not isinstance(batch, tuple):
        return batch
    items = [move_batch(item, device) for item in items]
    return dict(zip(batch, items)) if isinstance(batch, dict) else type(batch)(items)


# %% move_batch | misconception | looks-into-objects
why = "Any object that is no dict, list or tuple comes back as it is: a tensor among its attributes stays where it was."
next = "thing = type(\"Thing\", (), {})(); thing.t = torch.ones(1); print(vars(thing))"


# %% move_batch | wrong: looks-into-objects | setattr
# breaks: "any object"
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(v, device) for v in batch)
    if hasattr(batch, "__dict__") and not isinstance(batch, (nn.Module, type)):
        for name, value in list(vars(batch).items()):
            setattr(batch, name, move_batch(value, device))
    return batch


# %% move_batch | wrong: looks-into-objects | tensors alone
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, (list, tuple)):
        return type(batch)([move_batch(v, device) for v in batch])
    if isinstance(batch, dict):
        return dict((k, move_batch(v, device)) for k, v in batch.items())
    for name in () if isinstance(batch, nn.Module) else list(getattr(batch, "__dict__", ())):
        if isinstance(getattr(batch, name), torch.Tensor):
            setattr(batch, name, getattr(batch, name).to(device))
    return batch


# %% move_batch | wrong: looks-into-objects | through its dict
def move_batch(batch, device):
    match batch:
        case torch.Tensor():
            return batch.to(device)
        case dict():
            return {k: move_batch(v, device) for k, v in batch.items()}
        case list() | tuple():
            return type(batch)(move_batch(v, device) for v in batch)
        case nn.Module():
            return batch
    if hasattr(batch, "__dict__"):
        batch.__dict__.update(move_batch(batch.__dict__, device))
    return batch


# %% move_batch | wrong: looks-into-objects | data
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if type(batch) in (list, tuple):
        return type(batch)(move_batch(v, device) for v in batch)
    if type(batch) is dict:
        return {k: move_batch(v, device) for k, v in batch.items()}
    try:
        held = {} if isinstance(batch, nn.Module) else dict(vars(batch))
    except TypeError:
        return batch
    for name in held:
        batch.__dict__[name] = move_batch(held[name], device)
    return batch


# %% move_batch | wrong: looks-into-objects | by a helper
def move_batch(batch, device):
    def inside(thing):
        for name, value in getattr(thing, "__dict__", {}).items():
            thing.__dict__[name] = value.to(device) if isinstance(value, torch.Tensor) else value
        return thing

    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(v, device) for v in batch)
    return batch.to(device) if isinstance(batch, torch.Tensor) else inside(batch)


# %% move_batch | misconception | sets-are-rebuilt
why = "Only dicts, lists and tuples are containers here: a set is an object like any other, and comes back as the very same one."
next = "old = {1, 2}; print(set(old) == old, set(old) is old, isinstance(old, (dict, list, tuple)))"


# %% move_batch | wrong: sets-are-rebuilt | both kinds
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple, set, frozenset)):
        return type(batch)([move_batch(v, device) for v in batch])
    return batch


# %% move_batch | wrong: sets-are-rebuilt | a comprehension
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, set):
        return {move_batch(v, device) for v in batch}
    return type(batch)(move_batch(v, device) for v in batch) if isinstance(batch, (list, tuple)) else batch


# %% move_batch | wrong: sets-are-rebuilt | exact types
def move_batch(batch, device):
    kind = type(batch)
    if kind is dict:
        return dict((k, move_batch(v, device)) for k, v in batch.items())
    if kind in (list, tuple, set, frozenset):
        return kind(map(lambda v: move_batch(v, device), batch))
    return batch.to(device) if isinstance(batch, torch.Tensor) else batch


# %% move_batch | wrong: sets-are-rebuilt | sets from collections.abc
def move_batch(batch, device):
    from collections.abc import Set

    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple, Set)):
        return type(batch)(move_batch(v, device) for v in batch)
    return batch


# %% move_batch | wrong: sets-are-rebuilt | a loop
def move_batch(batch, device):
    if isinstance(batch, (list, tuple, set)):
        moved = []
        for item in batch:
            moved.append(move_batch(item, device))
        return type(batch)(moved)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    return batch.to(device) if isinstance(batch, torch.Tensor) else batch


# %% move_batch | wrong: sets-are-rebuilt | match
def move_batch(batch, device):
    match batch:
        case torch.Tensor():
            return batch.to(device)
        case dict():
            return {k: move_batch(v, device) for k, v in batch.items()}
        case list() | tuple() | set() | frozenset():
            return type(batch)([move_batch(v, device) for v in batch])
    return batch


# %% move_batch | misconception | exact-type
why = "A parameter is a tensor too, and on an accelerator a tensor may be of a subclass: ask isinstance(x, torch.Tensor), not type(x)."
next = "p = nn.Parameter(torch.ones(1)); print(type(p) is torch.Tensor, isinstance(p, torch.Tensor))"


# %% move_batch | wrong: exact-type | is
def move_batch(batch, device):
    if type(batch) is torch.Tensor:
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: move_batch(item, device) for key, item in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: exact-type | ==
# breaks: "`isinstance(t, torch.Tensor)` is `True` there, `type(t) is torch.Tensor` is not."
def move_batch(batch, device):
    if type(batch) == dict:
        return {key: move_batch(item, device) for key, item in batch.items()}
    if type(batch) == list:
        return [move_batch(item, device) for item in batch]
    if type(batch) == tuple:
        return tuple(move_batch(item, device) for item in batch)
    if type(batch) == torch.Tensor:
        return batch.to(device)
    return batch


# %% move_batch | wrong: exact-type | by a table
def move_batch(batch, device):
    handlers = {
        torch.Tensor: lambda t: t.to(device),
        dict: lambda d: {k: move_batch(v, device) for k, v in d.items()},
        list: lambda items: [move_batch(item, device) for item in items],
        tuple: lambda items: tuple(move_batch(item, device) for item in items),
    }
    return handlers.get(type(batch), lambda same: same)(batch)


# %% move_batch | wrong: exact-type | names of types
def move_batch(batch, device):
    kind = type(batch).__name__
    if kind == "Tensor":
        return batch.to(device)
    if kind == "dict":
        return {key: move_batch(item, device) for key, item in batch.items()}
    if kind in ("list", "tuple"):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | misconception | arrays-become-tensors
why = "An array is no tensor: it comes back as it is, the very same object."
next = "print(isinstance(np.ones(2), torch.Tensor))"


# %% move_batch | wrong: arrays-become-tensors | as_tensor
def move_batch(batch, device):
    if isinstance(batch, (torch.Tensor, np.ndarray)):
        return torch.as_tensor(batch).to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: arrays-become-tensors | from_numpy
# breaks: "an array"
def move_batch(batch, device):
    if isinstance(batch, np.ndarray):
        batch = torch.from_numpy(batch)
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# %% move_batch | wrong: arrays-become-tensors | torch.tensor
def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, np.ndarray):
        return torch.tensor(batch, device=device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)([move_batch(item, device) for item in batch])
    return batch


# %% move_batch | wrong: arrays-become-tensors | asarray
def move_batch(batch, device):
    if isinstance(batch, dict):
        return dict((key, move_batch(item, device)) for key, item in batch.items())
    if type(batch) in (list, tuple):
        return type(batch)(move_batch(item, device) for item in batch)
    if isinstance(batch, (np.ndarray, torch.Tensor)):
        return torch.asarray(batch, device=device)
    return batch


# %% move_batch | wrong | sorted keys
# breaks: "order and keys"
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(batch[k], device) for k in sorted(batch, key=str)}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch
