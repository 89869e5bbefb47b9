"""Claims of 09-data-in, each with lines that show it."""

# ruff: noqa: ANN001, ANN204
import numpy as np
import pytest
import torch

from torchmarks import pebbles

# %% channels-last-text
# > Shape and values are the same, only the strides show it.
x = torch.arange(120).reshape(2, 3, 4, 5)
y = x.to(memory_format=torch.channels_last)
assert torch.equal(x, y)
assert x.shape == y.shape
assert (x.stride(), y.stride()) == ((60, 20, 5, 1), (60, 1, 15, 3))

# %% columns-example
# > the last digit is gone
assert torch.tensor([16777217]).float().long().item() == 16777216

# %% part-c-text
# > A `for` loop over such an object asks for items 0, 1, 2 and so on until it meets an `IndexError`.
asked = []


class Asked:
    def __getitem__(self, i):
        asked.append(i)
        if i == 2:
            raise IndexError
        return i


assert list(Asked()) == [0, 1]
assert asked == [0, 1, 2]

# %% image_to_tensor | misconception | reshape-moves-nothing
# > reshape and view never move a number, they only cut the same row of numbers into other pieces: permute(2, 0, 1)
# > brings the channels to the front.
a = np.arange(12).reshape(2, 2, 3)
assert a.reshape(3, 2, 2).ravel().tolist() == a.ravel().tolist()
assert torch.equal(torch.tensor(a).permute(2, 0, 1)[0], torch.tensor(a[..., 0]))

# %% image_to_tensor | misconception | not-contiguous
# > permute only relabels the axes, and arithmetic and np.copy keep the order in memory
t = torch.zeros(4, 6, 3).permute(2, 0, 1)
assert t.stride() == (t / 255).stride()
assert np.copy(t.numpy()).strides == t.numpy().strides
assert not (t / 255).is_contiguous()
assert t.contiguous().is_contiguous()

# %% image_to_tensor | misconception | only-a-view
# > float(), contiguous() and ascontiguousarray copy only if they must: of a float32 picture nothing is copied.
a = np.zeros((2, 2, 1), np.float32)
assert torch.from_numpy(a).permute(2, 0, 1).contiguous().float().data_ptr() == a.ctypes.data
assert np.shares_memory(np.ascontiguousarray(a.transpose(2, 0, 1)), a)

# %% image_to_tensor | misconception | numpy-divides-to-float64
# > NumPy's uint8 / 255 is float64, and float64 stays float64 in torch
assert (np.zeros(1, np.uint8) / 255).dtype == np.float64
assert torch.from_numpy(np.zeros(1)).dtype == torch.float64
assert (torch.zeros(1, dtype=torch.uint8) / 255).dtype == torch.float32

# %% image_to_tensor | misconception | integer-division
# > Integers cut off: 254 // 255 is 0, and only white is left.
assert (torch.arange(256) // 255).tolist() == [0] * 255 + [1]

# %% image_to_tensor | misconception | guess-from-the-values
# > an empty picture has no greatest value
with pytest.raises(ValueError, match="zero-size"):
    np.zeros((0, 4, 3)).max()

# %% tensor_to_image | misconception | cut-off-not-rounded
# > Conversion to integers cuts off: 254.6 becomes 254.
assert torch.tensor([254.6]).to(torch.uint8).tolist() == [254]
assert np.array([254.6]).astype("uint8").tolist() == [254]

# %% tensor_to_image | misconception | wraps-around
# > uint8 has no 260 and no -1, and conversion makes other numbers of them
assert torch.tensor([260, -1]).to(torch.uint8).tolist() == [4, 255]

# %% tensor_to_image | misconception | numpy-without-bfloat16
# > NumPy has no bfloat16, so numpy() refuses such a tensor: let it become uint8, or float32, before.
t = torch.ones(2, dtype=torch.bfloat16)
with pytest.raises(TypeError, match="BFloat16"):
    t.numpy()
assert t.to(torch.uint8).numpy().tolist() == t.float().numpy().tolist() == [1, 1]

# %% tensor_to_image | misconception | numpy-too-early
# > A NumPy array has neither device nor gradient, so numpy() refuses such a tensor
with pytest.raises(RuntimeError, match="requires grad"):
    torch.ones(2, requires_grad=True).numpy()

# %% tensor_to_image | misconception | input-overwritten
# > detach() is no copy, nor is cpu(), float() or double() of what fits already, and what ends in _ writes
w = torch.ones(2, requires_grad=True)
w.detach().mul_(255)
assert w.tolist() == [255, 255]
t = torch.ones(2)
assert t.cpu() is t.float() is t
d = torch.ones(2, dtype=torch.float64)
assert d.double() is d

# %% tensor_to_image | misconception | taken-out-of-the-graph
# > requires_grad_(False) and detach_() change the caller's tensor, which then trains no longer; detach() hands out
# > another one.
w = torch.ones(2, requires_grad=True)
assert w.detach() is not w
assert w.requires_grad
h = w * 1
assert h.detach_() is h
assert not h.requires_grad
w.requires_grad_(False)
assert not w.requires_grad

# %% tensor_to_image | misconception | way-in-taken-again
# > permute(2, 0, 1) is the way from a picture to a tensor; the way back is permute(1, 2, 0).
p = torch.rand(4, 6, 3)
assert torch.equal(p.permute(2, 0, 1).permute(1, 2, 0), p)

# %% from_bgr | misconception | negative-strides
# > A tensor cannot run backwards: an array with a negative stride has to be copied before torch takes it, with copy().
a = np.zeros((1, 2, 3), np.uint8)[..., ::-1]
for take in (torch.from_numpy, torch.tensor, torch.as_tensor):
    with pytest.raises(ValueError, match="negative"):
        take(a)
assert torch.from_numpy(a.copy()).shape == (1, 2, 3)

# %% from_bgr | misconception | ascontiguousarray-is-no-copy
# > Read backwards twice an RGB array is its own memory again, in order, and ascontiguousarray and contiguous() copy
# > only if they must
a = np.zeros((1, 2, 3), np.uint8)
assert np.shares_memory(a, np.ascontiguousarray(a[..., ::-1][..., ::-1]))
t = torch.zeros(3, 1, 1)
assert t.contiguous() is t

# %% normalize | misconception | wrong-axis
# > Axes line up from the right, so a vector of length C meets the columns
assert (torch.zeros(2, 3, 3) - torch.tensor([1.0, 2.0, 3.0]))[0, 0].tolist() == [-1, -2, -3]

# %% normalize | misconception | other-dtype
# > float32 with a float64 vector gives float64
assert (torch.zeros(2, 1, 1) - torch.zeros(2, 1, 1, dtype=torch.float64)).dtype == torch.float64

# %% to_channels_last | misconception | asked-without-the-format
# > is_contiguous() without a format asks whether plane lies after plane
x = torch.zeros(2, 3, 4, 5)
assert x.is_contiguous()
assert not x.to(memory_format=torch.channels_last).is_contiguous()

# %% to_channels_last | misconception | one-picture-passed-over
# > A batch of one picture can lie in the wrong order as well
assert not torch.zeros(1, 3, 4, 5).is_contiguous(memory_format=torch.channels_last)

# %% to_channels_last | misconception | needless-copy
# > clone() copies always, also what has the layout already; to(memory_format=...) alone copies only if it must.
x = torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last)
assert x.to(memory_format=torch.channels_last) is x
assert x.clone(memory_format=torch.channels_last).data_ptr() != x.data_ptr()

# %% to_channels_last | misconception | result-thrown-away
# > to() and contiguous() return another tensor and leave x as it is
x = torch.zeros(2, 3, 4, 5)
assert x.to(memory_format=torch.channels_last) is not x
assert x.stride() == (60, 20, 5, 1)

# %% columns_to_tensors | misconception | one-dtype-for-all
# > float32 counts exactly to 2**24 and float64 to 2**53
assert float(np.float32(2**24)) == 2**24
assert float(np.float32(2**24 + 1)) == 2**24
assert float(2**53 + 1) == 2**53

# %% columns_to_tensors | misconception | narrow-integers
# > int32 ends at 2147483647, and a greater number becomes another one on the way through it
assert np.iinfo(np.int32).max == 2147483647
assert np.array([2**32 - 1, 2**31]).astype(np.int32).tolist() == [-1, -(2**31)]

# %% columns_to_tensors | misconception | dtype-kept
# > torch.tensor and from_numpy keep the dtype of the array: int32 stays int32, float64 stays float64.
for make in (torch.tensor, torch.from_numpy):
    assert make(np.zeros(1, np.int32)).dtype == torch.int32
    assert make(np.zeros(1)).dtype == torch.float64

# %% columns_to_tensors | misconception | shares-the-table
# > Where the dtype fits already nothing has to be converted, and from_numpy, as_tensor and astype(copy=False) share the
# > memory
a = np.zeros(2, np.float32)
assert torch.as_tensor(a).data_ptr() == torch.from_numpy(a).data_ptr() == a.ctypes.data
assert a.astype(np.float32, copy=False) is a

# %% pad_batch | misconception | gradient-lost
# > an assignment into a slice is recorded
w, p = torch.ones(2, requires_grad=True), torch.zeros(2)
p[:] = w
assert p.requires_grad

# %% pad_batch | misconception | mask-from-the-values
# > nan is equal to nothing
assert (torch.tensor(float("nan")) != float("nan")).item()

# %% pad_batch | misconception | batch-axis-behind
# > pad_sequence puts the batch second unless batch_first=True
rows = [torch.ones(3), torch.ones(1)]
assert torch.nn.utils.rnn.pad_sequence(rows).shape == (3, 2)
assert torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).shape == (2, 3)

# %% WindowDataset | misconception | length-below-zero
# > len() refuses numbers below 0
with pytest.raises(ValueError, match=">= 0"):
    len(type("L", (), {"__len__": lambda self: -1})())

# %% WindowDataset | misconception | negative-index-slices
# > A slice that starts at -1 is empty or short and raises nothing
assert torch.arange(5)[-1 : -1 + 2].tolist() == []
assert torch.arange(5)[-2:-1].tolist() == [3]

# %% WindowDataset | misconception | window-is-a-view
# > A slice, an element by its number, unfold and from_numpy look at one memory
t = torch.zeros(4)
t[0:2].fill_(9)
assert t[1:3].tolist() == [9, 0]
t[3].fill_(8)
assert t.tolist() == [9, 9, 0, 8]
assert t.unfold(0, 2, 1).data_ptr() == t.data_ptr()

# %% WindowDataset | misconception | target-is-no-tensor
# > a batch of them gets another dtype
assert torch.utils.data.default_collate([1.5, 2.5]).dtype == torch.float64

# %% seeded_batches | misconception | global-state-moved
# > set no global seed, and hand the generator to whatever draws, a DataLoader too
data = torch.utils.data.TensorDataset(torch.arange(4))
generator = torch.Generator().manual_seed(0)
before = torch.get_rng_state()
list(torch.utils.data.DataLoader(data, shuffle=True, generator=generator))
assert torch.equal(torch.get_rng_state(), before)
list(torch.utils.data.DataLoader(data, sampler=torch.utils.data.RandomSampler(data, generator=generator)))
assert not torch.equal(torch.get_rng_state(), before)

# %% seeded_batches | misconception | seeded-afresh
# > seed() takes a new seed from the machine
generator = torch.Generator()
assert len({generator.seed() for _ in range(3)}) > 1

# %% seeded_batches | misconception | sizes-of-their-own
# > chunk, tensor_split and array_split take the number of pieces and make them about equal
assert [len(a) for a in np.array_split(np.arange(7), 3)] == [3, 2, 2]
assert [len(t) for t in torch.arange(7).tensor_split(3)] == [3, 2, 2]
assert len(torch.arange(7).chunk(3)) == 3
assert [len(t) for t in torch.arange(7).split(3)] == [3, 3, 1]

# %% pad_batch | misconception | value-through-float32
# > torch.tensor and torch.full make a float32 of a float, and 0.1 or 2**24 + 1 is another number there, whatever dtype
# > comes afterwards
assert torch.tensor(0.1).double().item() != 0.1
assert torch.full((1,), 2.0**24 + 1).long().item() == 2**24
assert torch.ones(1, dtype=torch.float64).new_full((1,), 0.1).item() == 0.1

# %% pad_batch | misconception | places-in-the-rows-dtype
# > to(row) and type_as(row) take over the dtype as well as the device, and uint8 counts to 255 only
row = torch.tensor([1], dtype=torch.uint8)
assert torch.arange(300).to(row).dtype == torch.arange(300).type_as(row).dtype == torch.uint8
assert torch.arange(300).to(row)[-1].item() == 299 - 256

# %% seeded_batches | misconception | numpy-without-bfloat16
# > NumPy has no bfloat16, so numpy() refuses such a tensor
with pytest.raises(TypeError, match="BFloat16"):
    torch.ones(2, dtype=torch.bfloat16).numpy()

# %% seeded_batches | misconception | an-empty-batch
# > split of nothing still gives one empty piece
assert [len(t) for t in torch.empty(0).split(3)] == [0]

# %% seeded_batches | misconception | order-on-the-wrong-device
# > A CPU generator draws on the CPU
assert torch.randperm(3, generator=torch.Generator()).device.type == "cpu"

# %% part-b-text
# > an id above 16777216 may not fit into float32
assert [int(np.float32(n)) == n for n in (16777216, 16777217, 123456789, 123456792)] == [True, False, False, True]

# %% seeded_batches-statement
# > but a `DataLoader` that shuffles refuses a data set without items
with pytest.raises(ValueError, match="num_samples"):
    torch.utils.data.DataLoader([], shuffle=True)

# %% questions
# > One more random layer, or one number drawn for a plot, and every later order is different.
orders = []
for extra in (0, 1):
    torch.manual_seed(0)
    torch.rand(extra)
    orders.append(torch.randperm(20).tolist())
assert orders[0] != orders[1]

# %% from_bgr-statement
# > <code>copy()</code> of an array never has negative strides. Indexing a tensor with a list of positions copies, in
# > the order of the list.
picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
for view in (picture[::-1], picture[..., ::-1], picture[:, ::-2, ::-1], np.rot90(picture), picture[::-1, :, 1:2]):
    assert min(view.copy().strides) > 0
t = torch.arange(3)
assert t[[2, 1, 0]].tolist() == [2, 1, 0]
assert t[[0, 1, 2]].data_ptr() != t.data_ptr()

# %% to_channels_last-statement
# > a batch that lies in this order already comes back as it is.
x = torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last)
assert x.to(memory_format=torch.channels_last) is x
assert x.contiguous(memory_format=torch.channels_last) is x

# %% to_channels_last-statement
# > Where the channels of a pixel lie side by side, the batch is whole: no picture is cropped or has lost a channel
x = torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last)
for part in (x[:, :2], x[:, :, 1:], x[:, :, :, :3]):  # to() looks at the order of the strides alone
    assert part.to(memory_format=torch.channels_last) is part
    assert not part.is_contiguous(memory_format=torch.channels_last)

# %% pad_batch-statement
# > When you assign a row to a part of a tensor, gradients flow back to the row.
row = torch.ones(2, requires_grad=True)
table = row.new_full((1, 3), 7.0)
table[0, :2] = row
(table * 5).sum().backward()
assert row.grad.tolist() == [5, 5]

# %% part-a-text
# > The second time blue is where red should be, and nothing complains: you simply get other stones.
stones = pebbles()
pixels = stones.pictures.movedim(1, -1)
redder, bluer = pixels[..., 0] > pixels[..., 2], pixels.flip(-1)[..., 0] > pixels.flip(-1)[..., 2]
middle = (stones.kind == 0, slice(3, 5), slice(3, 5))
assert redder[middle].all()
assert not bluer[middle].any()

# %% pebbles-text
# > How many batches do you expect, and how large is the last?
items = torch.utils.data.TensorDataset(pebbles().pictures, pebbles().kind)
assert [len(kinds) for _, kinds in torch.utils.data.DataLoader(items, batch_size=25)] == [25, 25, 10]
