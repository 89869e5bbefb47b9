"""The catalogue of 09-data-in: right answers, misconceptions with the wrong answers that show them. Not for students."""


# %% image_to_tensor | right | numpy first
def image_to_tensor(picture):
    planes = np.array(picture.transpose(2, 0, 1), dtype=np.float32, order="C")
    if picture.dtype == np.uint8:
        planes = planes / np.float32(255)
    return torch.from_numpy(planes)


# %% image_to_tensor | right | empty and copy_
def image_to_tensor(picture):
    h, w, c = picture.shape
    out = torch.empty(c, h, w)
    source = torch.from_numpy(picture.copy())
    for channel in range(c):
        out[channel] = source[:, :, channel]
    return out.mul_(1 / 255) if source.dtype == torch.uint8 else out


# %% image_to_tensor | right | stacked channels
def image_to_tensor(picture):
    factor = 1 / 255 if picture.dtype.kind == "u" else 1.0
    channels = [torch.tensor(picture[:, :, k] * factor, dtype=torch.float32) for k in range(picture.shape[2])]
    return torch.stack(channels)


# %% image_to_tensor | right | other names, einsum
def image_to_tensor(bild):
    scale = {np.dtype("uint8"): 255.0}.get(bild.dtype, 1.0)
    t = torch.einsum("hwc->chw", torch.tensor(bild.tolist(), dtype=torch.float64).reshape(bild.shape))
    return (t / scale).to(torch.float32).clone(memory_format=torch.contiguous_format)


# %% image_to_tensor | misconception | reshape-moves-nothing
why = "reshape and view never move a number, they only cut the same row of numbers into other pieces: permute(2, 0, 1) brings the channels to the front."
next = "print(np.arange(12).reshape(2, 2, 3).reshape(3, 2, 2)[0], np.arange(12).reshape(2, 2, 3).transpose(2, 0, 1)[0])"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.permute.html"


# %% image_to_tensor | wrong: reshape-moves-nothing | reshape of the tensor
# breaks: "`picture` has the shape `(height, width, channels)`."
def image_to_tensor(picture):
    h, w, c = picture.shape
    t = torch.tensor(picture).reshape(c, h, w).float()
    return t / 255 if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: reshape-moves-nothing | reshape of the array
def image_to_tensor(picture):
    h, w, c = picture.shape
    planes = picture.reshape((c, h, w)).astype(np.float32)
    return torch.tensor(planes / np.float32(255) if picture.dtype == np.uint8 else planes)


# %% image_to_tensor | wrong: reshape-moves-nothing | view
def image_to_tensor(picture):
    t = torch.tensor(picture, dtype=torch.float32)
    if picture.dtype == np.uint8:
        t /= 255
    return t.view(t.shape[2], t.shape[0], t.shape[1])


# %% image_to_tensor | wrong: reshape-moves-nothing | flat and back
def image_to_tensor(picture):
    scale = 255 if picture.dtype == np.uint8 else 1
    flat = torch.tensor(picture.ravel().astype("float32")) / scale
    return flat.unflatten(0, (picture.shape[2], *picture.shape[:2])) if flat.numel() else flat.reshape(picture.shape[2], *picture.shape[:2])


# %% image_to_tensor | misconception | lies-on-its-side
why = ".T, permute(2, 1, 0) and two wrong axes in transpose exchange height and width too: the order wanted is channels, height, width."
next = "print(torch.zeros(4, 6, 3).permute(2, 1, 0).shape, torch.zeros(4, 6, 3).permute(2, 0, 1).shape)"


# %% image_to_tensor | wrong: lies-on-its-side | T of the array
# breaks: "tensor of shape `(channels, height, width)`"
def image_to_tensor(picture):
    t = torch.tensor(picture.T.copy()).float()
    return t / 255 if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: lies-on-its-side | permute(2, 1, 0)
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 1, 0).contiguous().float()
    return t / 255 if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: lies-on-its-side | transpose(0, 2)
def image_to_tensor(picture):
    t = torch.tensor(picture).float()
    if picture.dtype == np.uint8:
        t = t / 255
    return t.transpose(0, 2).clone(memory_format=torch.contiguous_format)


# %% image_to_tensor | wrong: lies-on-its-side | swapaxes
def image_to_tensor(picture):
    scale = np.float32(255 if picture.dtype == np.uint8 else 1)
    return torch.tensor(np.ascontiguousarray(np.swapaxes(picture, 0, 2)).astype(np.float32) / scale)


# %% image_to_tensor | misconception | channels-stay-behind
why = "torch keeps the channels in front of height and width, NumPy's pictures have them behind: the axes have to be permuted."
next = "print(torch.tensor(np.zeros((4, 6, 3))).shape, torch.tensor(np.zeros((4, 6, 3))).permute(2, 0, 1).shape)"


# %% image_to_tensor | wrong: channels-stay-behind | tensor and divide
def image_to_tensor(picture):
    t = torch.tensor(picture).float()
    return t / 255 if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: channels-stay-behind | astype
def image_to_tensor(picture):
    values = picture.astype(np.float32)
    return torch.from_numpy(values / np.float32(255) if picture.dtype == np.uint8 else values)


# %% image_to_tensor | wrong: channels-stay-behind | permute thrown away
def image_to_tensor(picture):
    t = torch.tensor(picture, dtype=torch.float32)
    t.permute(2, 0, 1)
    if picture.dtype == np.uint8:
        t = t * (1 / 255)
    return t


# %% image_to_tensor | wrong: channels-stay-behind | there and back
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).float().permute(1, 2, 0).contiguous()
    return t / 255 if picture.dtype == np.uint8 else t


# %% image_to_tensor | misconception | not-contiguous
why = "permute only relabels the axes, and arithmetic and np.copy keep the order in memory: contiguous() at the end puts the planes one after the other."
next = "print(torch.zeros(4, 6, 3).permute(2, 0, 1).is_contiguous(), (torch.zeros(4, 6, 3).permute(2, 0, 1) / 255).is_contiguous())"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.contiguous.html"


# %% image_to_tensor | wrong: not-contiguous | permute alone
# breaks: "It is contiguous"
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).float()
    return t / 255 if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: not-contiguous | permute last
def image_to_tensor(picture):
    t = torch.tensor(picture, dtype=torch.float32)
    if picture.dtype == np.uint8:
        t = t / 255
    return t.permute(2, 0, 1)


# %% image_to_tensor | wrong: not-contiguous | moveaxis
def image_to_tensor(picture):
    scale = 255.0 if picture.dtype == np.uint8 else 1.0
    return torch.moveaxis(torch.tensor(picture.copy()).to(torch.float32) / scale, 2, 0)


# %% image_to_tensor | wrong: not-contiguous | clone keeps the strides
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).clone().float()
    return t.div(255) if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: not-contiguous | astype in NumPy
def image_to_tensor(picture):
    planes = picture.transpose(2, 0, 1).astype("float32")
    return torch.from_numpy(planes / np.float32(255) if picture.dtype == np.uint8 else planes)


# %% image_to_tensor | misconception | only-a-view
why = "from_numpy shares the memory of the array, and float(), contiguous() and ascontiguousarray copy only if they must: of a float32 picture nothing is copied. Say copy() or clone()."
next = "a = np.zeros((2, 2, 1), np.float32); torch.from_numpy(a).permute(2, 0, 1).contiguous().float().fill_(9); print(a.ravel())"


# %% image_to_tensor | wrong: only-a-view | contiguous as a copy
# breaks: "has memory of its own"
# breaks: "A result with **memory of its own** has no element in common with an argument"
def image_to_tensor(picture):
    t = torch.from_numpy(picture).permute(2, 0, 1).contiguous().float()
    return t / 255 if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: only-a-view | ascontiguousarray
def image_to_tensor(picture):
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1), dtype=np.float32)
    return torch.from_numpy(planes / np.float32(255) if picture.dtype == np.uint8 else planes)


# %% image_to_tensor | wrong: only-a-view | as_tensor
def image_to_tensor(picture):
    t = torch.as_tensor(picture).permute(2, 0, 1).to(torch.float32).contiguous()
    if picture.dtype == np.uint8:
        t = t / 255
    return t


# %% image_to_tensor | wrong: only-a-view | asarray
def image_to_tensor(picture):
    values = np.asarray(picture, dtype=np.float32)
    scaled = torch.from_numpy(values) * (1 / 255) if picture.dtype == np.uint8 else torch.from_numpy(values)
    return torch.moveaxis(scaled, -1, 0).contiguous()


# %% image_to_tensor | wrong: only-a-view | copied if read-only
def image_to_tensor(picture):
    mine = picture if picture.flags.writeable else picture.copy()
    t = torch.from_numpy(mine).permute(2, 0, 1).contiguous().float()
    return t / 255 if picture.dtype == np.uint8 else t


# %% image_to_tensor | misconception | numpy-divides-to-float64
why = "NumPy's uint8 / 255 is float64, and float64 stays float64 in torch: say float32."
next = "print((np.zeros(1, np.uint8) / 255).dtype, (torch.zeros(1, dtype=torch.uint8) / 255).dtype)"


# %% image_to_tensor | wrong: numpy-divides-to-float64 | from_numpy
# breaks: "Return a `float32` tensor"
def image_to_tensor(picture):
    scaled = picture / 255 if picture.dtype == np.uint8 else picture
    return torch.from_numpy(scaled.transpose(2, 0, 1).copy())


# %% image_to_tensor | wrong: numpy-divides-to-float64 | torch.tensor
def image_to_tensor(picture):
    planes = np.moveaxis(picture, 2, 0)
    if picture.dtype == np.uint8:
        return torch.tensor(planes / 255).contiguous()
    return torch.tensor(planes).contiguous()


# %% image_to_tensor | wrong: numpy-divides-to-float64 | all of it in float64
def image_to_tensor(picture):
    values = picture.astype(np.float64) / (255 if picture.dtype == np.uint8 else 1)
    return torch.tensor(values).permute(2, 0, 1).contiguous()


# %% image_to_tensor | wrong: numpy-divides-to-float64 | times 1 / 255
def image_to_tensor(picture):
    factor = 1 / 255 if picture.dtype.kind == "u" else 1
    return torch.tensor(np.ascontiguousarray((picture * factor).transpose(2, 0, 1)))


# %% image_to_tensor | misconception | dtype-of-the-floats-kept
why = "A float64 picture has to become float32 as well: to(torch.float32) for every dtype, not for uint8 alone."
next = "print(torch.tensor(np.zeros(2)).dtype, torch.tensor(np.zeros(2)).float().dtype)"


# %% image_to_tensor | wrong: dtype-of-the-floats-kept | only uint8 is divided
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).contiguous()
    return t / 255 if t.dtype == torch.uint8 else t


# %% image_to_tensor | wrong: dtype-of-the-floats-kept | float in one branch
def image_to_tensor(picture):
    t = torch.tensor(picture)
    if picture.dtype == np.uint8:
        t = t.float() / 255
    return t.permute(2, 0, 1).contiguous()


# %% image_to_tensor | wrong: dtype-of-the-floats-kept | astype in one branch
def image_to_tensor(picture):
    planes = np.transpose(picture, (2, 0, 1)).copy()
    if picture.dtype == np.uint8:
        planes = planes.astype(np.float32) / np.float32(255)
    return torch.tensor(planes)


# %% image_to_tensor | wrong: dtype-of-the-floats-kept | stack
def image_to_tensor(picture):
    t = torch.tensor(picture)
    planes = torch.stack(list(t.unbind(2)))
    return planes.mul(1 / 255) if not planes.is_floating_point() else planes


# %% image_to_tensor | misconception | integer-division
why = "Integers cut off: 254 // 255 is 0, and only white is left. Become a float first, then divide."
next = "print(torch.tensor([0, 51, 255]) // 255, torch.tensor([0, 51, 255]) / 255)"


# %% image_to_tensor | wrong: integer-division | // in NumPy
# breaks: "with values from 0 to 1, right to 1e-6"
def image_to_tensor(picture):
    scaled = picture // 255 if picture.dtype == np.uint8 else picture
    return torch.tensor(scaled, dtype=torch.float32).permute(2, 0, 1).contiguous()


# %% image_to_tensor | wrong: integer-division | // in torch
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).contiguous()
    return (t // 255).float() if t.dtype == torch.uint8 else t.float()


# %% image_to_tensor | wrong: integer-division | floor
def image_to_tensor(picture):
    t = torch.tensor(picture)
    if t.dtype == torch.uint8:
        t = torch.div(t, 255, rounding_mode="floor")
    return t.to(torch.float32).permute(2, 0, 1).contiguous()


# %% image_to_tensor | wrong: integer-division | back to uint8
def image_to_tensor(picture):
    scaled = (picture / 255).astype(np.uint8) if picture.dtype == np.uint8 else picture
    return torch.tensor(scaled.transpose(2, 0, 1).copy()).float()


# %% image_to_tensor | misconception | guess-from-the-values
why = "Ask the dtype: the values of a dark picture do not tell, and an empty picture has no greatest value."
next = "print(np.array([0, 1, 1], np.uint8).max() > 1)"


# %% image_to_tensor | wrong: guess-from-the-values | max above 1
# breaks: "The dtype decides which of them it is, not the values."
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).contiguous().float()
    return t / 255 if picture.max() > 1 else t


# %% image_to_tensor | wrong: guess-from-the-values | max above 1, empty looked after
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).contiguous().float()
    if picture.size and picture.max() > 1:
        t = t / 255
    return t


# %% image_to_tensor | wrong: guess-from-the-values | any above 1
def image_to_tensor(picture):
    t = torch.tensor(picture, dtype=torch.float32)
    if (t > 1).any():
        t = t / 255
    return t.permute(2, 0, 1).contiguous()


# %% image_to_tensor | wrong: guess-from-the-values | max with a default
def image_to_tensor(picture):
    scale = 255 if np.max(picture, initial=0) > 1.0 else 1
    return torch.tensor(picture.transpose(2, 0, 1).copy()).float() / scale


# %% image_to_tensor | misconception | floats-divided-too
why = "A float picture is 0 to 1 already, and divided by 255 it is black: divide only what is uint8."
next = "print(torch.tensor(np.ones(2, np.float32)) / 255)"


# %% image_to_tensor | wrong: floats-divided-too | / 255
# breaks: "or `float32` or `float64` with values from 0 to 1"
def image_to_tensor(picture):
    return torch.tensor(picture).permute(2, 0, 1).contiguous().float() / 255


# %% image_to_tensor | wrong: floats-divided-too | times 1 / 255
def image_to_tensor(picture):
    return torch.tensor(picture.transpose(2, 0, 1).copy(), dtype=torch.float32) * (1 / 255)


# %% image_to_tensor | wrong: floats-divided-too | in NumPy
def image_to_tensor(picture):
    return torch.tensor((picture / 255).astype(np.float32)).permute(2, 0, 1).contiguous()


# %% image_to_tensor | wrong: floats-divided-too | div_
def image_to_tensor(picture):
    t = torch.tensor(picture).to(torch.float32)
    t.div_(255.0)
    return torch.stack([t[..., k] for k in range(t.shape[-1])])


# %% image_to_tensor | misconception | range-left-alone
why = "uint8 counts from 0 to 255: what is to lie in 0 to 1 has to be divided by 255, also after it has become a float."
next = "print(torch.tensor(np.array([51, 255], np.uint8)).float())"


# %% image_to_tensor | wrong: range-left-alone | float only
# breaks: "It is `uint8` with values from 0 to 255"
def image_to_tensor(picture):
    return torch.tensor(picture).permute(2, 0, 1).contiguous().float()


# %% image_to_tensor | wrong: range-left-alone | dtype
def image_to_tensor(picture):
    return torch.tensor(picture.transpose(2, 0, 1).copy(), dtype=torch.float32)


# %% image_to_tensor | wrong: range-left-alone | asked for the wrong dtype
def image_to_tensor(picture):
    t = torch.tensor(picture).float().permute(2, 0, 1).contiguous()
    return t / 255 if t.dtype == torch.uint8 else t


# %% image_to_tensor | wrong: range-left-alone | divided and thrown away
def image_to_tensor(picture):
    t = torch.stack([torch.tensor(picture[..., k]).float() for k in range(picture.shape[2])])
    if picture.dtype == np.uint8:
        t / 255
    return t


# %% image_to_tensor | misconception | divides-by-256
why = "The greatest uint8 is 255, not 256: white has to become 1."
next = "print(255 / 256, 255 / 255)"


# %% image_to_tensor | wrong: divides-by-256 | / 256
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).contiguous().float()
    return t / 256 if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: divides-by-256 | shifted
def image_to_tensor(picture):
    planes = picture.transpose(2, 0, 1).astype(np.float32).copy(order="C")
    return torch.tensor(planes / np.float32(256) if picture.dtype == np.uint8 else planes).contiguous()


# %% image_to_tensor | wrong: divides-by-256 | 2 ** -8
def image_to_tensor(picture):
    t = torch.tensor(picture.transpose(2, 0, 1).copy()).float()
    return t.mul(2.0**-8) if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: divides-by-256 | number of values
def image_to_tensor(picture):
    t = torch.tensor(picture, dtype=torch.float32)
    if picture.dtype == np.uint8:
        t /= len(range(256))
    return t.permute(2, 0, 1).contiguous()


# %% image_to_tensor | misconception | layout-guessed
why = "The order of the axes is given, (height, width, channels), and sizes do not tell it: a picture can be 3 or 4 pixels high, and less wide than it has channels. Permute in every case."
next = "print(np.zeros((3, 5, 2)).shape, torch.tensor(np.zeros((3, 5, 2))).permute(2, 0, 1).shape)"


def when(seen, want):
    shape = next(fact.shape for fact in seen.arguments.values())
    return seen.result.shape == shape != tuple(want.shape) and min(shape) > 0 and shape[0] < 5


# %% image_to_tensor | wrong: layout-guessed | three or four rows are channels
def image_to_tensor(picture):
    t = torch.tensor(picture, dtype=torch.float32)
    in_front, behind = t.shape[0] in (3, 4), t.shape[2] in (3, 4)
    if behind or not in_front:
        t = t.movedim(2, 0).contiguous()
    return t.div(255) if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: layout-guessed | the shorter end
def image_to_tensor(picture):
    scale = 1 / 255 if picture.dtype == np.uint8 else 1
    first, _, last = picture.shape
    planes = picture if first < last else np.moveaxis(picture, 2, 0)
    return torch.tensor(planes.copy()).to(torch.float32).contiguous() * scale


# %% image_to_tensor | wrong: layout-guessed | the shortest axis
def image_to_tensor(picture):
    channels = int(np.argmin(picture.shape))
    planes = torch.tensor(np.moveaxis(picture, channels, 0).copy()).float().contiguous()
    return planes / 255 if picture.dtype == np.uint8 else planes


# %% image_to_tensor | wrong: layout-guessed | a known number of channels behind
def image_to_tensor(picture):
    t = torch.tensor(picture).float()
    if t.size(-1) in {1, 3, 4}:
        t = t.permute(2, 0, 1)
    t = t.contiguous()
    if picture.dtype == np.uint8:
        t /= 255
    return t


# %% image_to_tensor | wrong: layout-guessed | three rows, and not three channels
def image_to_tensor(picture):
    height, _, channels = picture.shape
    factor = np.float32(255 if picture.dtype == np.uint8 else 1)
    ready = channels not in (3, 4) and height in (3, 4)
    order = (0, 1, 2) if ready else (2, 0, 1)
    return torch.from_numpy(np.array(picture.transpose(order), dtype=np.float32, order="C") / factor)


# %% image_to_tensor | misconception | alpha-dropped
why = "A picture keeps all of its channels, a fourth, the opacity, too: permute them, however many they are."
next = "print(image_to_tensor(np.zeros((1, 2, 4), np.uint8)).shape, 'expected (4, 1, 2)')"


# %% image_to_tensor | wrong: alpha-dropped | the first three
# breaks: "`picture` has one channel or more"
def image_to_tensor(picture):
    rgb = torch.tensor(picture[:, :, :3], dtype=torch.float32).permute(2, 0, 1).contiguous()
    return rgb / 255 if picture.dtype == np.uint8 else rgb


# %% image_to_tensor | wrong: alpha-dropped | planes, stacked up to the third
def image_to_tensor(picture):
    t = torch.tensor(picture).float()
    colours = [t[..., k] for k in range(min(3, t.shape[-1]))]
    return torch.stack(colours) / (255 if picture.dtype == np.uint8 else 1)


# %% image_to_tensor | wrong: alpha-dropped | the fourth is deleted
def image_to_tensor(picture):
    if picture.shape[2] == 4:
        picture = np.delete(picture, 3, axis=2)
    planes = torch.tensor(picture).movedim(-1, 0).to(torch.float32).contiguous()
    return planes.mul(1 / 255) if picture.dtype == np.uint8 else planes


# %% image_to_tensor | wrong: alpha-dropped | cut off at the end
def image_to_tensor(picture):
    planes = np.array(picture.transpose(2, 0, 1), dtype=np.float32, order="C")
    if picture.dtype == np.uint8:
        planes /= 255
    return torch.from_numpy(planes)[:3]


# %% image_to_tensor | wrong: alpha-dropped | where nothing shines through
def image_to_tensor(picture):
    top = 255 if picture.dtype == np.uint8 else 1
    if picture.shape[2] == 4 and (picture[:, :, 3] == top).all():
        picture = picture[:, :, :3]
    planes = torch.tensor(picture, dtype=torch.float64).div(top)
    return planes.permute(2, 0, 1).to(torch.float32).contiguous()


# %% image_to_tensor | misconception | largest-of-nothing
why = "An empty picture has no smallest and no greatest value, so min() and max() raise an error. No value is needed here: the dtype says what the range is."
next = "np.zeros((0, 4, 3), np.uint8).max()"


def when(seen, want):
    return any(text in seen.raised.message for text in ("no identity", "numel() == 0", "is empty", "empty sequence"))


# %% image_to_tensor | wrong: largest-of-nothing | checked against 1
# breaks: "any height and width, 0 included"
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).contiguous().float()
    if picture.dtype == np.uint8:
        t = t / 255
    if t.max() > 1 or t.min() < 0:
        raise ValueError(f"values from {t.min()} to {t.max()}")
    return t


# %% image_to_tensor | wrong: largest-of-nothing | asserted in NumPy
def image_to_tensor(picture):
    most = 255 if picture.dtype == np.uint8 else 1
    assert 0 <= np.min(picture) <= np.max(picture) <= most, "out of range"
    return torch.tensor(picture.transpose(2, 0, 1).copy()).to(torch.float32) / most


# %% image_to_tensor | wrong: largest-of-nothing | the greatest float
def image_to_tensor(picture):
    values = torch.tensor(picture, dtype=torch.float32)
    if picture.dtype == np.uint8:
        values = values * (1 / 255)
    elif picture.max() > 1.0:
        values = values / picture.max().item()
    return torch.einsum("hwc->chw", values).contiguous()


# %% image_to_tensor | wrong: largest-of-nothing | Python's max
def image_to_tensor(picture):
    t = torch.tensor(picture).movedim(2, 0).contiguous().to(torch.float32)
    if max(picture.ravel().tolist()) > 1 and picture.dtype != np.uint8:
        raise ValueError("floats have to be from 0 to 1")
    return t.div(255) if picture.dtype == np.uint8 else t


# %% image_to_tensor | misconception | made-writable
why = "setflags and flags.writeable change the array itself, which is the caller's and may be part of a read-only one. torch.tensor(picture) only reads, and a copy() can be written to."
next = "a = np.zeros(2); a.setflags(write=False); print(a.copy().flags.writeable, a.flags.writeable)"


def when(seen, want):
    if seen.raised:
        return "WRITEABLE" in seen.raised.message
    return any(seen.after[name].writeable != fact.writeable for name, fact in seen.arguments.items())


# %% image_to_tensor | wrong: made-writable | before it is read
# breaks: "it may be read-only"
def image_to_tensor(picture):
    picture.setflags(write=True)
    t = torch.tensor(picture).permute(2, 0, 1).contiguous().float()
    return t / 255 if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong: made-writable | locked, so that nothing is written
# breaks: "A function leaves its arguments as they were: values, dtype, shape, strides, `flags.writeable` of an array"
def image_to_tensor(picture):
    t = torch.from_numpy(picture)
    t = t.permute(2, 0, 1).contiguous().float()
    picture.setflags(write=False)
    return t.clone() / 255 if picture.dtype == np.uint8 else t.clone()


# %% image_to_tensor | wrong: made-writable | only if it is not
def image_to_tensor(picture):
    if not picture.flags["WRITEABLE"]:
        picture.flags.writeable = True
    planes = torch.from_numpy(picture).movedim(-1, 0).clone(memory_format=torch.contiguous_format).float()
    return planes / 255.0 if picture.dtype == np.uint8 else planes


# %% image_to_tensor | wrong: made-writable | for from_numpy, in another function
def _taken(array):
    array.setflags(write=True)
    return torch.from_numpy(array)


def image_to_tensor(picture):
    levels = 255 if picture.dtype == np.uint8 else 1
    t = _taken(picture).to(torch.float32) / levels
    return t.permute(2, 0, 1).contiguous()


# %% image_to_tensor | wrong: made-writable | what cannot be unlocked is copied
def image_to_tensor(picture):
    try:
        picture.flags.writeable = True
    except ValueError:
        picture = picture.copy()
    out = torch.empty(picture.shape[2], *picture.shape[:2])
    out[...] = torch.from_numpy(picture).permute(2, 0, 1)
    return out.div_(255) if picture.dtype == np.uint8 else out


# %% image_to_tensor | wrong | the greatest value becomes 1
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).contiguous().float()
    return t / t.max() if picture.size and t.max() > 0 else t


# %% image_to_tensor | wrong | a plain array
# breaks: "Tensors are exactly of type `torch.Tensor`"
def image_to_tensor(picture):
    planes = np.array(picture.transpose(2, 0, 1), dtype=np.float32, order="C")
    return planes / np.float32(255) if picture.dtype == np.uint8 else planes


# %% image_to_tensor | wrong | memory read in order
# breaks: "any view without negative strides"
def image_to_tensor(picture):
    t = torch.tensor(np.ravel(picture, order="K").reshape(picture.shape)).permute(2, 0, 1).contiguous().float()
    return t / 255 if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong | rounded to three digits
# breaks: "right to 1e-6"
def image_to_tensor(picture):
    t = torch.tensor(picture).permute(2, 0, 1).contiguous().float()
    return (t / 255).half().float() if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong | column after column
# breaks: "any height and width, 0 included"
def image_to_tensor(picture):
    top = 255 if picture.dtype == np.uint8 else 1
    columns = [torch.tensor(picture[:, k] / top, dtype=torch.float32) for k in range(picture.shape[1])]
    return torch.stack(columns, dim=-1).transpose(0, 1).contiguous()


# %% image_to_tensor | wrong | one column has no width
def image_to_tensor(picture):
    planes = torch.tensor(picture).float().unbind(2)
    if picture.dtype == np.uint8:
        planes = [plane / 255 for plane in planes]
    return torch.stack([plane.flatten() if len(plane) > 1 and plane.numel() == len(plane) else plane for plane in planes])


# %% image_to_tensor | wrong | a picture has no more than eight channels
def image_to_tensor(picture):
    kept = picture[:, :, :8]
    t = torch.tensor(kept, dtype=torch.float32).permute(2, 0, 1).clone(memory_format=torch.contiguous_format)
    return t.div_(255) if kept.dtype == np.uint8 else t



# %% image_to_tensor | wrong | no width, no height
def image_to_tensor(picture):
    t = torch.tensor(picture, dtype=torch.float32).movedim(2, 0).contiguous()
    if t.size(2) == 0:
        t = t.new_empty(len(t), 0, 0)
    return t.div(255) if picture.dtype == np.uint8 else t


# %% image_to_tensor | wrong | by the brightest byte, black too
def image_to_tensor(picture):
    t = torch.tensor(picture, dtype=torch.float32).permute(2, 0, 1).contiguous()
    if picture.dtype == np.uint8:
        t /= 255 if t.any() or not t.numel() else 0
    return t


# %% image_to_tensor | misconception | kept-between-calls
why = "Each call owes a tensor of its own: a buffer that is filled again, or a cache, hands out the same memory twice, and whoever writes into one result, or asks for the next picture, changes another. Make a new tensor in every call."
next = "p = np.zeros((1, 1, 1), np.uint8); first = image_to_tensor(p); image_to_tensor(p).fill_(9); print(first)"


# %% image_to_tensor | wrong: kept-between-calls | a buffer for each shape
# breaks: "has memory of its own"
_planes = {}


def image_to_tensor(picture):
    h, w, c = picture.shape
    if (c, h, w) not in _planes:
        _planes[c, h, w] = torch.empty(c, h, w)
    out = _planes[c, h, w]
    out.copy_(torch.tensor(picture).permute(2, 0, 1))
    return out.div_(255) if picture.dtype == np.uint8 else out


# %% image_to_tensor | wrong: kept-between-calls | a cache by content
_seen = {}


def image_to_tensor(picture):
    key = picture.dtype.str, picture.shape, picture.tobytes()
    if key not in _seen:
        t = torch.tensor(picture).permute(2, 0, 1).contiguous().float()
        _seen[key] = t / 255 if picture.dtype == np.uint8 else t
    return _seen[key]


# %% image_to_tensor | wrong: kept-between-calls | an attribute of the function
def image_to_tensor(picture):
    scale = 255.0 if picture.dtype == np.uint8 else 1.0
    values = torch.from_numpy(np.moveaxis(picture, 2, 0) / scale)
    kept = getattr(image_to_tensor, "kept", None)
    if kept is None or kept.shape != values.shape:
        kept = image_to_tensor.kept = torch.zeros(values.shape)
    kept[...] = values
    return kept


# %% image_to_tensor | wrong: kept-between-calls | lru_cache of empty
import functools


@functools.lru_cache(maxsize=None)
def _room(*shape):
    return torch.empty(shape, dtype=torch.float32)


def image_to_tensor(picture):
    room = _room(picture.shape[2], picture.shape[0], picture.shape[1])
    for channel, plane in enumerate(room):
        plane.copy_(torch.tensor(picture[:, :, channel]))
    if picture.dtype == np.uint8:
        room *= 1 / 255
    return room


# %% image_to_tensor | wrong: kept-between-calls | out of one array
_array = np.empty((0, 0, 0), np.float32)


def image_to_tensor(picture):
    global _array
    planes = picture.transpose(2, 0, 1)
    if _array.shape != planes.shape:
        _array = np.empty(planes.shape, np.float32)
    np.divide(planes, np.float64(255 if picture.dtype == np.uint8 else 1), out=_array, casting="unsafe")
    return torch.from_numpy(_array)


# %% image_to_tensor | wrong: kept-between-calls | a closure with a list
def _maker():
    pictures, tensors = [], []

    def image_to_tensor(picture):
        for old, tensor in zip(pictures, tensors):
            if old.dtype == picture.dtype and old.shape == picture.shape and (old == picture).all():
                return tensor
        tensor = torch.stack([torch.tensor(plane).float() for plane in np.moveaxis(picture, 2, 0)])
        if picture.dtype == np.uint8:
            tensor /= 255
        pictures.append(picture.copy())
        tensors.append(tensor)
        return tensor

    return image_to_tensor


image_to_tensor = _maker()


# %% tensor_to_image | right | NumPy does the work
def tensor_to_image(t):
    levels = np.rint(t.detach().cpu().double().numpy() * 255)
    return np.clip(levels, 0, 255).astype(np.uint8).transpose(1, 2, 0)


# %% tensor_to_image | right | half and cut off
def tensor_to_image(t):
    scaled = t.detach().cpu().double().mul(255).add(0.5).clamp(0.5, 255.5)
    return scaled.floor().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()


# %% tensor_to_image | right | clamped first
def tensor_to_image(t):
    with torch.no_grad():
        bounded = t.clamp(0, 1)
        bytes_ = torch.round(bounded * 255).to(torch.uint8)
    return bytes_.cpu().movedim(0, -1).numpy()


# %% tensor_to_image | right | element by element
def tensor_to_image(tensor):
    c, h, w = tensor.shape
    out = np.zeros((h, w, c), dtype=np.uint8)
    for k, plane in enumerate(tensor.tolist()):
        for i, row in enumerate(plane):
            for j, value in enumerate(row):
                out[i, j, k] = int(min(max(value, 0.0), 1.0) * 255 + 0.5)
    return out


# %% tensor_to_image | right | force
def tensor_to_image(t):
    a = np.moveaxis(t.double().numpy(force=True), 0, 2)
    return (np.minimum(np.maximum(a, 0), 1) * 255).round().astype("uint8")


# %% tensor_to_image | misconception | cut-off-not-rounded
why = "Conversion to integers cuts off: 254.6 becomes 254. Call round() first."
next = "print(torch.tensor([254.6, 0.6]).to(torch.uint8), torch.tensor([254.6, 0.6]).round().to(torch.uint8))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.round.html"


# %% tensor_to_image | wrong: cut-off-not-rounded | to uint8
# breaks: "each value the integer nearest to 255 times that of `t`"
def tensor_to_image(t):
    return (t.detach().cpu() * 255).clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: cut-off-not-rounded | astype
def tensor_to_image(t):
    a = t.detach().cpu().numpy().transpose(1, 2, 0)
    return (np.clip(a, 0, 1) * 255).astype("uint8")


# %% tensor_to_image | wrong: cut-off-not-rounded | byte()
def tensor_to_image(t):
    bounded = t.detach().clamp(0, 1).cpu()
    return bounded.mul(255).byte().movedim(0, -1).numpy().copy()


# %% tensor_to_image | wrong: cut-off-not-rounded | floor
def tensor_to_image(t):
    levels = torch.floor(t.detach() * 255).clamp(min=0, max=255)
    return np.moveaxis(levels.cpu().to(torch.uint8).numpy(), 0, -1)


# %% tensor_to_image | wrong: cut-off-not-rounded | rounded before it grows
def tensor_to_image(t):
    t = t.detach().cpu().clamp(0, 1)
    return (t * 255).long().to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | misconception | always-up
why = "The nearest integer is asked for: ceil goes up always, and so does adding 1."
next = "print(torch.tensor([0.2]).ceil(), torch.tensor([0.2]).round())"


# %% tensor_to_image | wrong: always-up | ceil
def tensor_to_image(t):
    return (t.detach().cpu() * 255).ceil().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: always-up | np.ceil
def tensor_to_image(t):
    a = np.ceil(np.clip(t.detach().cpu().numpy(), 0, 1) * 255)
    return a.astype(np.uint8).transpose(1, 2, 0)


# %% tensor_to_image | wrong: always-up | minus floor of minus
def tensor_to_image(t):
    levels = -torch.floor(-t.detach().cpu().clamp(0, 1) * 255)
    return levels.to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: always-up | negative floor division
def tensor_to_image(t):
    levels = -((-255 * t.detach().clamp(0, 1)) // 1)
    return levels.byte().cpu().permute(1, 2, 0).numpy()


# %% tensor_to_image | misconception | wraps-around
why = "uint8 has no 260 and no -1, and conversion makes other numbers of them: a bright spot turns black. Clamp before you convert."
next = "print(torch.tensor([260, -1]).to(torch.uint8), torch.tensor([260, -1]).clamp(0, 255).to(torch.uint8))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.clamp.html"


# %% tensor_to_image | wrong: wraps-around | no clamp
# breaks: "Values below 0 become 0, values above 1 become 255"
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: wraps-around | astype
def tensor_to_image(t):
    a = t.detach().cpu().numpy().transpose(1, 2, 0)
    return np.rint(a * 255).astype("uint8")


# %% tensor_to_image | wrong: wraps-around | clamp after the conversion
def tensor_to_image(t):
    levels = (t.detach().cpu() * 255).round().to(torch.uint8).clamp(0, 255)
    return levels.permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: wraps-around | remainder
def tensor_to_image(t):
    levels = (t.detach() * 255).round().to(torch.int64) % 256
    return levels.to(torch.uint8).cpu().permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: wraps-around | byte
def tensor_to_image(t):
    return torch.round(255 * t.detach()).long().byte().cpu().movedim(0, 2).numpy()


# %% tensor_to_image | misconception | one-end-only
why = "Values can lie outside at both ends: clamp at 0 and at the top."
next = "print(torch.tensor([-3., 0.5, 3.]).clamp(min=0), torch.tensor([-3., 0.5, 3.]).clamp(0, 1))"


def when(seen, want):
    if not hasattr(seen.result, "writeable") or seen.result.shape != getattr(want, "shape", ()):
        return False
    wrong = seen.result.values != want
    values = next(iter(seen.arguments.values())).values.permute(1, 2, 0).double().numpy()
    ends = set(want[wrong].tolist())
    wrong &= np.isfinite(values)
    outside = (values[wrong] < 0) | (values[wrong] > 1)  # what lies within was spoilt on another way
    if np.array_equal(seen.result.values[wrong], np.rint(values[wrong].clip(0, 255))):
        return False  # cut at both ends, but 255 is missing
    return ends in ({0}, {255}) and {0, 255} <= set(want.ravel().tolist()) and outside.any() and outside.all()


# %% tensor_to_image | wrong: one-end-only | max only
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().clamp(max=255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: one-end-only | min only
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().clamp(min=0).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: one-end-only | relu
def tensor_to_image(t):
    levels = torch.relu(t.detach()) * 255
    return levels.cpu().round().to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: one-end-only | np.minimum
def tensor_to_image(t):
    a = np.minimum(t.detach().cpu().numpy(), 1) * 255
    return a.round().astype(np.uint8).transpose(1, 2, 0)


# %% tensor_to_image | misconception | cut-too-late
why = "Infinity and huge numbers have to meet the cut as they are: a conversion to integers makes other numbers of them, and nan_to_num or isfinite takes infinity for missing. clamp first, while they are floats."
next = "t = torch.tensor([torch.inf, 3e9]); print(t.to(torch.int32).clamp(0, 255), t.nan_to_num(0., 0., 0.).clamp(0, 255), t.clamp(0, 255))"


# %% tensor_to_image | wrong: cut-too-late | long, then clamp
def tensor_to_image(t):
    whole = (t.detach().cpu() * 255).round().long()
    return whole.clamp(min=0, max=255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: cut-too-late | int, clipped by NumPy
def tensor_to_image(t):
    whole = t.detach().mul(255).round().int().cpu()
    return np.clip(whole.numpy(), 0, 255).astype(np.uint8).transpose(1, 2, 0).copy()


# %% tensor_to_image | wrong: cut-too-late | rint, astype, clip
def tensor_to_image(t):
    picture = np.rint(t.detach().cpu().double().numpy() * 255).astype(np.int64)
    return picture.clip(0, 255).transpose(1, 2, 0).astype(np.uint8)


# %% tensor_to_image | wrong: cut-too-late | minimum and maximum of integers
def tensor_to_image(t):
    whole = torch.round(255 * t.detach().cpu()).to(torch.int64)
    whole = whole.minimum(torch.tensor(255)).maximum(torch.tensor(0))
    return whole.permute(1, 2, 0).byte().numpy()


# %% tensor_to_image | wrong: cut-too-late | masks of integers
def tensor_to_image(t):
    whole = t.detach().cpu().double().mul(255).round().to(torch.int32).permute(1, 2, 0)
    whole[whole < 0], whole[whole > 255] = 0, 255
    return whole.to(torch.uint8).numpy()


# %% tensor_to_image | wrong: cut-too-late | long of doubles
def tensor_to_image(t):
    levels = (t.detach().cpu().double() * 255).round().long()
    return levels.clamp(0, 255).byte().permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: cut-too-late | int of doubles
def tensor_to_image(t):
    t = t.detach().cpu().double().permute(1, 2, 0)
    whole = torch.round(t * 255).int()
    return torch.clamp(whole, 0, 255).to(torch.uint8).numpy()


# %% tensor_to_image | wrong: cut-too-late | astype, then clip
def tensor_to_image(t):
    a = (255 * t.detach().cpu().double()).round().numpy().astype("int64")
    return np.clip(a, 0, 255).astype("uint8").transpose(1, 2, 0)


# %% tensor_to_image | wrong: cut-too-late | where finite
# breaks: "Values below 0 become 0, values above 1 become 255, infinities too."
def tensor_to_image(t):
    t = t.detach().cpu().double()
    t = torch.where(t.isfinite(), t, 0.0)
    return (t * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: cut-too-late | nan_to_num
def tensor_to_image(t):
    levels = t.detach().cpu().float().nan_to_num(0.0, 0.0, 0.0).clamp(0, 1) * 255
    return levels.round().byte().permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: cut-too-late | a mask of infinities
def tensor_to_image(t):
    picture = 255 * t.detach().to("cpu", torch.float64).permute(1, 2, 0)
    picture[picture.isinf()] = 0
    return picture.round_().clip_(0, 255).numpy().astype(np.uint8)


# %% tensor_to_image | wrong: cut-too-late | NumPy's
def tensor_to_image(t):
    a = t.detach().cpu().double().numpy().transpose(1, 2, 0)
    a = np.nan_to_num(a, nan=0, posinf=0, neginf=0)
    return np.clip(np.round(a * 255), 0, 255).astype("uint8")


# %% tensor_to_image | wrong: cut-too-late | only where one is met
def tensor_to_image(t):
    t = t.detach().cpu().double().permute(1, 2, 0).clone()
    good = torch.isfinite(t)
    if not good.all():
        t[~good] = 0.0
    return t.mul(255).round().clamp(min=0, max=255).to(torch.uint8).numpy()


# %% tensor_to_image | misconception | stretched-instead-of-cut
why = "What lies outside is cut off at 0 and 1; stretched to the picture's own smallest and greatest value every other brightness changes too."
next = "t = torch.tensor([0.2, 0.6]); print((t - t.min()) / (t.max() - t.min()), t.clamp(0, 1))"


# %% tensor_to_image | wrong: stretched-instead-of-cut | min and max
def tensor_to_image(t):
    a = t.detach().cpu()
    if a.numel() and a.max() > a.min():
        a = (a - a.min()) / (a.max() - a.min())
    return (a * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: stretched-instead-of-cut | by the greatest
def tensor_to_image(t):
    a = t.detach().cpu()
    if a.numel():
        a = a / a.max()
    return (a * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: stretched-instead-of-cut | only when outside
def tensor_to_image(t):
    a = t.detach().cpu().double()
    if a.numel() and (a.max() > 1 or a.min() < 0):
        a = (a - a.min()) / (a.max() - a.min())
    return (a * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: stretched-instead-of-cut | ptp
def tensor_to_image(t):
    a = t.detach().cpu().numpy().astype(np.float64)
    if a.size and np.ptp(a) > 0:
        a = (a - a.min()) / np.ptp(a)
    return np.clip(np.rint(a * 255), 0, 255).astype(np.uint8).transpose(1, 2, 0)


# %% tensor_to_image | misconception | numpy-too-early
why = "A NumPy array has neither device nor gradient, so numpy() refuses such a tensor: detach().cpu() first."
next = "torch.ones(2, requires_grad=True).numpy()"


# %% tensor_to_image | wrong: numpy-too-early | neither
# breaks: "It is on any device, may be empty and may require grad."
def tensor_to_image(t):
    a = np.clip(np.rint(t.numpy() * 255.0), 0, 255)
    return a.astype(np.uint8).transpose(1, 2, 0)


# %% tensor_to_image | wrong: numpy-too-early | no cpu
def tensor_to_image(t):
    levels = (t.detach() * 255).round().clamp(0, 255).to(torch.uint8)
    return levels.permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: numpy-too-early | no detach
def tensor_to_image(t):
    a = t.cpu().permute(1, 2, 0).numpy()
    return np.clip(np.rint(a * 255.0), 0, 255).astype(np.uint8)


# %% tensor_to_image | wrong: numpy-too-early | no detach, in one line
def tensor_to_image(t):
    return np.rint(255 * t.cpu().clamp(0, 1).numpy()).astype("uint8").transpose(1, 2, 0)


# %% tensor_to_image | wrong: numpy-too-early | np.asarray
def tensor_to_image(t):
    a = np.asarray(t)
    return np.rint(np.clip(a, 0, 1) * 255).astype("uint8").transpose(1, 2, 0)


# %% tensor_to_image | misconception | input-overwritten
why = "detach() is no copy, nor is cpu(), float() or double() of what fits already, and what ends in _ writes: leave t as it was."
next = "w = torch.ones(2, requires_grad=True); w.detach().mul_(255); print(w)"


def when(seen, want):
    return any(seen.after[name].data != fact.data for name, fact in seen.arguments.items())


# %% tensor_to_image | wrong: input-overwritten | mul_
# breaks: "`t` stays as it was"
def tensor_to_image(t):
    levels = t.detach().mul_(255).round_().clamp_(0, 255).cpu()
    return levels.to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: input-overwritten | clamp_
def tensor_to_image(t):
    d = t.detach()
    d.clamp_(0, 1)
    return (d.cpu() * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: input-overwritten | data
def tensor_to_image(t):
    t.data.clamp_(0, 1)
    return (t.detach().cpu() * 255).round().byte().permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: input-overwritten | no_grad
def tensor_to_image(t):
    with torch.no_grad():
        t *= 255
        t.clamp_(0, 255).round_()
    return t.detach().cpu().byte().permute(1, 2, 0).numpy()


# %% tensor_to_image | misconception | taken-out-of-the-graph
why = "requires_grad_(False) and detach_() change the caller's tensor, which then trains no longer; detach() hands out another one."
next = "w = torch.ones(2, requires_grad=True); w.detach(); print(w.requires_grad); w.requires_grad_(False); print(w.requires_grad)"


# %% tensor_to_image | wrong: taken-out-of-the-graph | requires_grad_
# breaks: "its place in the graph"
# breaks: "`requires_grad`, `grad` and version of a tensor"
def tensor_to_image(t):
    t.requires_grad_(False)
    return (t.cpu() * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: taken-out-of-the-graph | detach_
def tensor_to_image(t):
    t.detach_()
    return (t.cpu() * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: taken-out-of-the-graph | attribute
def tensor_to_image(t):
    if t.is_leaf:
        t.requires_grad = False
    return (t.detach().cpu() * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: taken-out-of-the-graph | in a with
def tensor_to_image(t):
    with torch.no_grad():
        t.detach_()
        levels = t.cpu().clamp(0, 1).mul(255).round()
    return levels.byte().movedim(0, -1).numpy()


# %% tensor_to_image | wrong: taken-out-of-the-graph | attribute, when it is set
def tensor_to_image(t):
    if t.requires_grad:
        t.detach_()
    levels = torch.clamp(t * 255, 0, 255).round().to(torch.uint8)
    return levels.cpu().permute(1, 2, 0).numpy()


# %% tensor_to_image | misconception | reshape-moves-nothing
why = "reshape never moves a number: the picture is scrambled. permute(1, 2, 0) brings the channels to the back."
next = "print(torch.arange(8).reshape(2, 2, 2).reshape(2, 2, 2)[0, 0], torch.arange(8).reshape(2, 2, 2).permute(1, 2, 0)[0, 0])"


# %% tensor_to_image | wrong: reshape-moves-nothing | reshape
# breaks: "`t` `(channels, height, width)` holds floats"
def tensor_to_image(t):
    c, h, w = t.shape
    return (t.detach().cpu() * 255).round().clamp(0, 255).to(torch.uint8).reshape(h, w, c).numpy()


# %% tensor_to_image | wrong: reshape-moves-nothing | of the array
def tensor_to_image(t):
    a = np.clip(np.rint(t.detach().cpu().numpy() * 255.0), 0, 255).astype(np.uint8)
    return a.reshape(a.shape[1], a.shape[2], a.shape[0])


# %% tensor_to_image | wrong: reshape-moves-nothing | view
def tensor_to_image(t):
    levels = torch.round(t.detach().cpu().clamp(0, 1) * 255).byte().contiguous()
    return levels.view(t.shape[1], t.shape[2], t.shape[0]).numpy()


# %% tensor_to_image | wrong: reshape-moves-nothing | flattened
def tensor_to_image(t):
    c, h, w = t.shape
    flat = torch.round(t.detach().cpu().flatten().clamp(0, 1) * 255)
    return flat.byte().numpy().reshape(h, w, c)


# %% tensor_to_image | misconception | lies-on-its-side
why = ".T and permute(2, 1, 0) exchange height and width too, and permute(2, 0, 1) is the way in, not the way back: permute(1, 2, 0)."
next = "print(torch.zeros(3, 4, 6).permute(2, 1, 0).shape, torch.zeros(3, 4, 6).permute(1, 2, 0).shape)"


# %% tensor_to_image | wrong: lies-on-its-side | T
# breaks: "shape `(height, width, channels)`, `uint8`"
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().clamp(0, 255).to(torch.uint8).numpy().T


# %% tensor_to_image | wrong: lies-on-its-side | permute(2, 1, 0)
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().clamp(0, 255).to(torch.uint8).permute(2, 1, 0).numpy()


# %% tensor_to_image | wrong: lies-on-its-side | transpose(0, 2)
def tensor_to_image(t):
    levels = torch.round(t.detach().cpu().clamp(0, 1) * 255).byte()
    return levels.transpose(0, 2).contiguous().numpy()


# %% tensor_to_image | wrong: lies-on-its-side | swapaxes
def tensor_to_image(t):
    a = np.rint(np.clip(t.detach().cpu().numpy(), 0, 1) * 255.0).astype(np.uint8)
    return np.swapaxes(a, 0, 2)


# %% tensor_to_image | misconception | way-in-taken-again
why = "permute(2, 0, 1) is the way from a picture to a tensor; the way back is permute(1, 2, 0)."
next = "print(torch.zeros(3, 4, 6).permute(2, 0, 1).shape, torch.zeros(3, 4, 6).permute(1, 2, 0).shape)"


# %% tensor_to_image | wrong: way-in-taken-again | permute(2, 0, 1)
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().clamp(0, 255).to(torch.uint8).permute(2, 0, 1).numpy()


# %% tensor_to_image | wrong: way-in-taken-again | transpose
def tensor_to_image(t):
    a = np.rint(np.clip(t.detach().cpu().numpy(), 0, 1) * 255.0).astype(np.uint8)
    return a.transpose(2, 0, 1)


# %% tensor_to_image | wrong: way-in-taken-again | movedim
def tensor_to_image(t):
    return torch.round(t.detach().cpu().clamp(0, 1) * 255).byte().movedim(-1, 0).numpy()


# %% tensor_to_image | wrong: way-in-taken-again | rollaxis
def tensor_to_image(t):
    levels = (t.detach().cpu() * 255).clamp(0, 255).round().byte().numpy()
    return np.moveaxis(levels, 2, 0)


# %% tensor_to_image | misconception | channels-in-front
why = "imshow and the libraries want the channels behind height and width: permute(1, 2, 0), and keep what it returns."
next = "print(torch.zeros(3, 4, 6).numpy().shape)"


# %% tensor_to_image | wrong: channels-in-front | no permutation
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().clamp(0, 255).to(torch.uint8).numpy()


# %% tensor_to_image | wrong: channels-in-front | in NumPy
def tensor_to_image(t):
    return np.clip(np.rint(t.detach().cpu().numpy() * 255.0), 0, 255).astype(np.uint8)


# %% tensor_to_image | wrong: channels-in-front | thrown away
def tensor_to_image(t):
    levels = torch.round(t.detach().cpu().clamp(0, 1) * 255).byte()
    levels.permute(1, 2, 0)
    return levels.numpy()


# %% tensor_to_image | wrong: channels-in-front | squeezed
def tensor_to_image(t):
    levels = (t.detach().clamp(0, 1) * 255).round().cpu().byte()
    return levels.clone().contiguous().numpy()


# %% tensor_to_image | misconception | grey-axis-dropped
why = "One channel is an axis of length 1 and stays one: the result has always three axes."
next = "print(np.zeros((4, 6, 1)).squeeze().shape)"


# %% tensor_to_image | wrong: grey-axis-dropped | squeeze
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).squeeze(-1).numpy()


# %% tensor_to_image | wrong: grey-axis-dropped | if one channel
def tensor_to_image(t):
    levels = torch.round(t.detach().cpu().clamp(0, 1) * 255).byte()
    return levels[0].numpy() if len(levels) == 1 else levels.permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: grey-axis-dropped | every axis of 1
def tensor_to_image(t):
    a = np.rint(np.clip(t.detach().cpu().numpy(), 0, 1) * 255.0).astype(np.uint8)
    a = a.transpose(1, 2, 0)
    return a[:, :, 0] if a.shape[-1] == 1 else a


# %% tensor_to_image | wrong: grey-axis-dropped | np.squeeze
def tensor_to_image(t):
    a = np.moveaxis(np.rint(np.clip(t.detach().cpu().numpy(), 0, 1) * 255.0), 0, 2).astype(np.uint8)
    return np.squeeze(a, axis=2) if a.shape[2] == 1 else a


# %% tensor_to_image | misconception | not-bytes
why = "A picture of whole numbers is uint8; floats, int64 and int8 mean something else to imshow, and 255 does not fit into int8."
next = "print(torch.tensor([255.0]).round().numpy().dtype, torch.tensor([255.0]).to(torch.uint8).numpy().dtype)"


def when(seen, want):
    return seen.raised is None and seen.result.dtype != want.dtype and np.array_equal(seen.result.values, want)


# %% tensor_to_image | wrong: not-bytes | floats
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().clamp(0, 255).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: not-bytes | int64
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().clamp(0, 255).long().permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: not-bytes | int()
def tensor_to_image(t):
    a = np.rint(np.clip(t.detach().cpu().numpy(), 0, 1) * 255.0)
    return a.transpose(1, 2, 0).astype(int)


# %% tensor_to_image | wrong: not-bytes | int32
def tensor_to_image(t):
    levels = torch.round(t.detach().cpu().clamp(0, 1) * 255)
    return levels.to(torch.int32).movedim(0, -1).numpy()


# %% tensor_to_image | misconception | numpy-without-bfloat16
why = "NumPy has no bfloat16, so numpy() refuses such a tensor: let it become uint8, or float32, before."
next = "torch.ones(2, dtype=torch.bfloat16).numpy()"


# %% tensor_to_image | wrong: numpy-without-bfloat16 | rounded in NumPy
def tensor_to_image(t):
    a = np.rint(t.detach().cpu().numpy().astype(np.float32) * 255)
    return np.clip(a, 0, 255).astype(np.uint8).transpose(1, 2, 0)


# %% tensor_to_image | wrong: numpy-without-bfloat16 | cast at the end
def tensor_to_image(t):
    levels = (t.detach().cpu() * 255).round().clamp(0, 255)
    return levels.permute(1, 2, 0).numpy().astype(np.uint8)


# %% tensor_to_image | wrong: numpy-without-bfloat16 | clamped first
def tensor_to_image(t):
    unit = t.detach().clamp(0, 1).cpu().permute(1, 2, 0).numpy()
    return (unit.astype("float64") * 255 + 0.5).astype("uint8")


# %% tensor_to_image | wrong: numpy-without-bfloat16 | asarray
def tensor_to_image(t):
    planes = np.asarray(t.detach().to("cpu"), dtype=np.float64)
    return np.moveaxis(np.clip(np.round(planes * 255.0), 0, 255).astype(np.uint8), 0, -1)


# %% tensor_to_image | wrong: numpy-without-bfloat16 | picked by permute
def tensor_to_image(t):
    pixels = torch.round(t.detach().cpu().movedim(0, 2).mul(255)).numpy()
    return np.minimum(np.maximum(pixels, 0), 255).astype(np.uint8)


# %% tensor_to_image | misconception | halves-in-bfloat16
why = "From 128 on bfloat16 has whole numbers only: half of one, added there, is rounded away or up, so 129.5 becomes 130, and 255.5 becomes 256, which is not a byte. Call float() first, or round()."
next = "print(torch.tensor([129.0, 255.0], dtype=torch.bfloat16) + 0.5)"


def when(seen, want):
    if next(fact.dtype for fact in seen.arguments.values()) != torch.bfloat16 or seen.result.shape != want.shape:
        return False
    return set((seen.result.values.astype(int) - want.astype(int)).ravel().tolist()) <= {0, 1, -255}


# %% tensor_to_image | wrong: halves-in-bfloat16 | limits last
def tensor_to_image(t):
    levels = t.detach().cpu().mul(255).add(0.5).clamp(0, 255)
    return levels.to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: halves-in-bfloat16 | limits before the half
def tensor_to_image(t):
    shares = torch.clamp(t.detach().to("cpu"), 0, 1)
    return (shares * 255 + 0.5).byte().movedim(0, -1).numpy()


# %% tensor_to_image | wrong: halves-in-bfloat16 | floor of a half more
def tensor_to_image(t):
    levels = torch.floor(t.detach().cpu() * 255 + 0.5)
    return levels.clip(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: halves-in-bfloat16 | in place, on a copy
def tensor_to_image(t):
    mine = t.detach().clone().cpu().permute(1, 2, 0)
    mine.mul_(255).clamp_(0, 255).add_(0.5)
    return mine.to(torch.uint8).numpy()


# %% tensor_to_image | wrong: halves-in-bfloat16 | minimum and relu, then the half
def tensor_to_image(t):
    values = t.detach().cpu().minimum(torch.ones((), dtype=t.dtype)).relu()
    whole = torch.add(values.mul(255), 0.5).trunc().int()
    return whole.clamp(max=255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | misconception | largest-of-nothing
why = "An empty tensor has no smallest and no greatest value, so min() and max() raise an error: clamp without looking first."
next = "torch.empty(3, 0, 2).max()"


def when(seen, want):
    return any(text in seen.raised.message for text in ("no identity", "numel() == 0", "is empty", "empty sequence"))


# %% tensor_to_image | wrong: largest-of-nothing | clamped only if it is needed
def tensor_to_image(t):
    levels = t.detach().cpu().float().mul(255).round()
    if levels.max() > 255 or levels.min() < 0:
        levels = levels.clamp(0, 255)
    return levels.permute(1, 2, 0).byte().numpy()


# %% tensor_to_image | wrong: largest-of-nothing | NumPy's
def tensor_to_image(t):
    a = np.rint(t.detach().cpu().double().numpy() * 255)
    if a.min() < 0 or a.max() > 255:
        a = np.clip(a, 0, 255)
    return a.astype(np.uint8).transpose(1, 2, 0)


# %% tensor_to_image | wrong: largest-of-nothing | both at once
def tensor_to_image(t):
    unit = t.detach().to("cpu", torch.float32)
    low, high = unit.aminmax()
    if low < 0 or high > 1:
        unit = unit.clip(0, 1)
    return torch.round(unit * 255).to(torch.uint8).movedim(0, 2).numpy()


# %% tensor_to_image | wrong: largest-of-nothing | a list of all values
def tensor_to_image(t):
    t = t.detach().cpu().float()
    values = t.flatten().tolist()
    inside = 0 <= min(values) and max(values) <= 1
    levels = (t if inside else t.clamp(0, 1)).mul(255).round()
    return levels.to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong | a tensor
# breaks: "Return it as a NumPy array to look at"
# breaks: "arrays exactly `np.ndarray`"
def tensor_to_image(t):
    return (t.detach().cpu() * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0)


# %% tensor_to_image | wrong | read-only
# breaks: "The array can be written to."
def tensor_to_image(t):
    picture = (t.detach().cpu() * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()
    picture.setflags(write=False)
    return picture


# %% tensor_to_image | wrong | infinities are errors
# breaks: "infinities too"
def tensor_to_image(t):
    finite = t.detach().cpu().nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
    return (finite * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong | float16 only
# breaks: "floats of 16, 32 or 64 bits, bfloat16 too, that should lie between 0 and 1"
def tensor_to_image(t):
    return (t.detach().cpu().half() * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong | 16 bits on the accelerator
def tensor_to_image(t):
    if t.device.type != "cpu":
        t = t.detach().half().cpu().float()
    return (t.detach() * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong | a gradient thrown away
def tensor_to_image(t):
    t.grad = None
    return (t.detach().cpu() * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong | by way of int16
def tensor_to_image(t):
    levels = (t.detach().cpu().double() * 255).round().clamp(-(2**31), 2**31 - 1).to(torch.int16).clamp(0, 255)
    return levels.to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong | times 256
def tensor_to_image(t):
    return (t.detach().cpu() * 256).floor().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | misconception | range-guessed
why = "Whether 255 is a factor is no question of the values: t is meant to lie in 0 to 1 always, and what is larger is cut off, not taken for a picture of 0 to 255. Multiply every time."
next = "print(tensor_to_image(torch.tensor([[[0.4, 99.0]]])).tolist())"


# %% tensor_to_image | wrong: range-guessed | max above 1
# breaks: "each value the integer nearest to 255 times that of `t`"
def tensor_to_image(t):
    x = t.detach().cpu().double()
    if x.numel() and x.max() > 1:
        levels = x
    else:
        levels = x * 255
    return levels.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: range-guessed | any above 1.5
def tensor_to_image(t):
    values = t.detach().float().cpu().numpy().transpose(1, 2, 0)
    factor = 1 if (values > 1.5).any() else 255
    return np.rint(np.clip(values * factor, 0, 255)).astype(np.uint8)


# %% tensor_to_image | wrong: range-guessed | a largest value of 10 and more
def tensor_to_image(t):
    x = t.detach().cpu().to(torch.float64)
    largest = max(x.flatten().tolist(), default=0.0)
    return (x.mul(255 if largest < 10 else 1) + 0.5).clamp(0, 255).byte().permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong: range-guessed | the sizes of both ends
def tensor_to_image(t):
    x = t.detach().cpu().float().permute(1, 2, 0)
    small = bool((x.abs() <= 2).all())
    levels = torch.round(255 * x if small else x)
    return levels.clip(0, 255).numpy().astype("uint8")


# %% tensor_to_image | wrong: range-guessed | divided first
def tensor_to_image(t):
    x = torch.movedim(t.detach().to("cpu", torch.float64), 0, 2)
    if x.numel() > 0 and float(x.amax()) >= 2:
        x = x / 255
    return (x.clamp(0, 1) * 255).round().to(torch.uint8).numpy()


# %% tensor_to_image | wrong: range-guessed | where in NumPy
def tensor_to_image(t):
    x = np.array(t.detach().cpu().double().tolist()).reshape(t.shape).transpose(1, 2, 0)
    top = x.max(initial=0)
    levels = np.where(top > 4, x, x * 255)
    return np.minimum(np.maximum(levels.round(), 0), 255).astype(np.uint8)


# %% tensor_to_image | wrong | a picture has no more than four channels
def tensor_to_image(t):
    shown = t.detach().double().cpu()[:4]
    return shown.mul(255).round().clamp(0, 255).byte().movedim(0, 2).numpy()



# %% tensor_to_image | wrong | four decimals first
# breaks: "each value the integer nearest to 255 times that of `t`"
def tensor_to_image(t):
    shares = t.detach().cpu().double().clamp(0, 1).round(decimals=4)
    return (shares * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong | a little less than half of one
def tensor_to_image(t):
    levels = t.detach().to("cpu", torch.float64).mul(255).clamp(0, 255)
    return (levels + 0.49).byte().permute(1, 2, 0).numpy()


# %% tensor_to_image | wrong | doubles as halves
def tensor_to_image(t):
    t = t.detach().cpu()
    if t.element_size() > 4:
        t = t.to(torch.float16)
    return t.float().mul(255).round().clamp(0, 255).byte().movedim(0, -1).numpy()


# %% tensor_to_image | wrong | channels behind in memory, taken for a picture
def tensor_to_image(t):
    levels = t.detach().cpu().float().mul(255).round().clamp(0, 255).byte()
    if t.stride(0) < t.stride(2) and len(t) > 1:
        return levels.reshape(*t.shape[1:], len(t)).numpy()
    return levels.permute(1, 2, 0).numpy()


# %% tensor_to_image | misconception | kept-between-calls
why = "The array belongs to whoever called: a buffer that is filled again, or a cache, hands out the same memory twice, and whoever writes into one picture, or asks for the next, changes another. Make a new array in every call."
next = "t = torch.zeros(1, 1, 1); first = tensor_to_image(t); tensor_to_image(t).fill(9); print(first)"


# %% tensor_to_image | wrong: kept-between-calls | a buffer for each shape
# breaks: "The array can be written to."
_levels = {}


def tensor_to_image(t):
    c, h, w = t.shape
    out = _levels.setdefault((h, w, c), np.zeros((h, w, c), np.uint8))
    out[...] = (t.detach().cpu() * 255).round().clamp(0, 255).permute(1, 2, 0).to(torch.uint8).numpy()
    return out


# %% tensor_to_image | wrong: kept-between-calls | a cache by content
_pictures = {}


def tensor_to_image(t):
    values = t.detach().cpu().double().numpy()
    key = values.shape, values.tobytes()
    if key not in _pictures:
        _pictures[key] = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
    return _pictures[key]


# %% tensor_to_image | wrong: kept-between-calls | an attribute of the function
def tensor_to_image(t):
    x = t.detach().double().clamp(0, 1).mul(255).round().permute(1, 2, 0)
    if getattr(tensor_to_image, "bytes", torch.empty(0)).shape != x.shape:
        tensor_to_image.bytes = torch.empty(x.shape, dtype=torch.uint8)
    return tensor_to_image.bytes.copy_(x).numpy()


# %% tensor_to_image | wrong: kept-between-calls | lru_cache of empty
import functools


@functools.lru_cache(maxsize=None)
def _canvas(height, width, channels):
    return np.empty((height, width, channels), dtype=np.uint8)


def tensor_to_image(t):
    canvas = _canvas(t.shape[1], t.shape[2], t.shape[0])
    for channel, plane in enumerate(t.detach().cpu().float()):
        canvas[:, :, channel] = np.clip(np.rint(plane.numpy() * 255), 0, 255)
    return canvas


# %% tensor_to_image | wrong: kept-between-calls | out of one array
_last = np.empty((0, 0, 0), np.uint8)


def tensor_to_image(t):
    global _last
    floats = torch.moveaxis(t.detach().cpu().to(torch.float64), 0, -1).numpy().clip(0, 1)
    if floats.shape != _last.shape:
        _last = np.empty(floats.shape, np.uint8)
    np.add(floats * 255, 0.5, out=_last, casting="unsafe")
    return _last


# %% tensor_to_image | wrong: kept-between-calls | a list of what has been asked
def _maker():
    known = []

    def tensor_to_image(t):
        x = t.detach().cpu().double()
        found = [picture for old, picture in known if torch.equal(old, x)]
        if not found:
            levels = (x * 255).round().clamp(0, 255)
            found = [np.array(levels.permute(1, 2, 0).tolist(), np.uint8).reshape(x.shape[1], x.shape[2], x.shape[0])]
            known.append((x.clone(), found[0]))
        return found[0]

    return tensor_to_image


tensor_to_image = _maker()


# %% from_bgr | right | numpy fancy index
def from_bgr(picture):
    order = [2, 1, 0] if picture.shape[2] == 3 else [2, 1, 0, 3]
    return torch.tensor(np.ascontiguousarray(picture[:, :, order].transpose(2, 0, 1)))


# %% from_bgr | right | flip and cat
def from_bgr(picture):
    t = torch.tensor(picture.copy()).movedim(-1, 0)
    return torch.cat([t[:3].flip(0), t[3:]])


# %% from_bgr | right | a new array, filled
def from_bgr(picture):
    h, w, c = picture.shape
    out = torch.empty(c, h, w, dtype=torch.uint8)
    for target, source in enumerate((2, 1, 0, 3)[:c]):
        out[target] = torch.from_numpy(picture[:, :, source].copy())
    return out


# %% from_bgr | right | swapped in a copy
def from_bgr(bild):
    mine = np.array(bild)
    mine[..., [0, 2]] = mine[..., [2, 0]]
    return torch.from_numpy(mine).permute(2, 0, 1)


# %% from_bgr | right | index_select, stack
def from_bgr(picture):
    planes = [torch.tensor(plane) for plane in np.moveaxis(picture, 2, 0).copy()]
    blue, green, red, *alpha = planes
    return torch.stack([red, green, blue, *alpha])


# %% from_bgr | misconception | negative-strides
why = "A tensor cannot run backwards: an array with a negative stride has to be copied before torch takes it, with copy()."
next = "torch.from_numpy(np.zeros((1, 2, 3), np.uint8)[..., ::-1])"


# %% from_bgr | wrong: negative-strides | from_numpy of the reversed
# breaks: "`picture` may be any view: cropped, mirrored, turned, read-only, one pixel repeated, or an RGB array read backwards."
def from_bgr(picture):
    order = picture[..., ::-1] if picture.shape[2] == 3 else picture[..., [2, 1, 0, 3]]
    return torch.from_numpy(order).permute(2, 0, 1).clone()


# %% from_bgr | wrong: negative-strides | torch.tensor of the reversed
def from_bgr(picture):
    rgb = picture[:, :, ::-1]
    if picture.shape[2] == 4:
        rgb = np.concatenate([picture[..., 2::-1], picture[..., 3:]], axis=2)
    return torch.tensor(rgb).permute(2, 0, 1)


# %% from_bgr | wrong: negative-strides | 2::-1
def from_bgr(picture):
    t = torch.tensor(picture[..., 2::-1]).permute(2, 0, 1)
    if picture.shape[2] == 4:
        t = torch.cat([t, torch.tensor(picture[..., 3]).unsqueeze(0)])
    return t


# %% from_bgr | wrong: negative-strides | as_tensor of a mirrored one
def from_bgr(picture):
    t = torch.as_tensor(picture).permute(2, 0, 1)
    return t[[2, 1, 0, 3][: len(t)]]


# %% from_bgr | wrong: negative-strides | torch.tensor of a mirrored one
def from_bgr(picture):
    t = torch.tensor(picture)
    order = [2, 1, 0, 3][: t.shape[2]]
    return t[..., order].permute(2, 0, 1).contiguous()


# %% from_bgr | wrong: negative-strides | unbound channels
def from_bgr(picture):
    blue, green, red, *alpha = [torch.from_numpy(picture[..., k]) for k in range(picture.shape[2])]
    return torch.stack([red, green, blue, *alpha])


# %% from_bgr | wrong: negative-strides | all channels reversed
def from_bgr(picture):
    return torch.from_numpy(picture[..., ::-1]).permute(2, 0, 1)


# %% from_bgr | wrong: negative-strides | all channels reversed, a view of them
def from_bgr(picture):
    rgb = np.flip(picture, axis=2).transpose(2, 0, 1)
    return torch.from_numpy(rgb)


# %% from_bgr | wrong: negative-strides | torch.tensor of all channels reversed
def from_bgr(picture):
    return torch.tensor(picture[..., ::-1]).permute(2, 0, 1)


# %% from_bgr | wrong: negative-strides | reversed and nothing else
def from_bgr(picture):
    return torch.from_numpy(picture[..., ::-1])


# %% from_bgr | wrong: negative-strides | np.flip and nothing else
def from_bgr(picture):
    return torch.as_tensor(np.flip(picture, -1))


# %% from_bgr | misconception | ascontiguousarray-is-no-copy
why = "Read backwards twice an RGB array is its own memory again, in order, and ascontiguousarray and contiguous() copy only if they must: say copy()."
next = "a = np.arange(3); print(np.shares_memory(a, np.ascontiguousarray(a[::-1][::-1])))"


# %% from_bgr | wrong: ascontiguousarray-is-no-copy | swapped in place, in some rows of a picture
def from_bgr(picture):
    if picture.flags.owndata:
        picture = picture.copy()
    picture = np.ascontiguousarray(picture)
    if not picture.flags.writeable:
        picture = picture.copy()
    t = torch.from_numpy(picture).permute(2, 0, 1)
    blue = t[0].clone()
    t[0] = t[2]
    t[2] = blue
    return t


# %% from_bgr | wrong: ascontiguousarray-is-no-copy | as it stands
# breaks: "with memory of its own"
def from_bgr(picture):
    if picture.shape[2] == 4:
        return torch.from_numpy(picture[..., [2, 1, 0, 3]].copy()).permute(2, 0, 1)
    return torch.from_numpy(np.ascontiguousarray(picture[..., ::-1])).permute(2, 0, 1)


# %% from_bgr | wrong: ascontiguousarray-is-no-copy | require
def from_bgr(picture):
    order = picture[..., ::-1] if picture.shape[2] == 3 else picture[..., [2, 1, 0, 3]]
    return torch.as_tensor(np.ascontiguousarray(order)).movedim(2, 0)


# %% from_bgr | wrong: ascontiguousarray-is-no-copy | only for negative strides
def from_bgr(picture):
    rgb = picture[..., ::-1] if picture.shape[2] == 3 else picture[..., [2, 1, 0, 3]]
    if any(step < 0 for step in rgb.strides):
        rgb = rgb.copy()
    return torch.from_numpy(rgb).permute(2, 0, 1)


# %% from_bgr | wrong: ascontiguousarray-is-no-copy | if torch refuses
def from_bgr(picture):
    rgb = picture[..., ::-1] if picture.shape[2] == 3 else picture[..., [2, 1, 0, 3]]
    try:
        t = torch.from_numpy(rgb)
    except ValueError:
        t = torch.from_numpy(rgb.copy())
    return t.permute(2, 0, 1)


# %% from_bgr | wrong: ascontiguousarray-is-no-copy | asarray with an order
def from_bgr(picture):
    rgb = picture[..., ::-1] if picture.shape[2] == 3 else picture[..., [2, 1, 0, 3]]
    return torch.from_numpy(np.asarray(rgb, order="C")).permute(2, 0, 1)


# %% from_bgr | wrong: ascontiguousarray-is-no-copy | and contiguous
def from_bgr(picture):
    red_first = picture[:, :, ::-1] if picture.shape[2] < 4 else picture[:, :, [2, 1, 0, 3]]
    whole = np.ascontiguousarray(red_first)
    return torch.from_numpy(whole).movedim(-1, 0).contiguous()


# %% from_bgr | misconception | wrong-axis
why = "The channels are the last axis of the array and the first of the tensor; another axis reversed turns the picture over and leaves the colours."
next = "print(torch.arange(6).reshape(3, 1, 2).flip(-1).tolist(), torch.arange(6).reshape(3, 1, 2).flip(0).tolist())"


# %% from_bgr | wrong: wrong-axis | rows
# breaks: "OpenCV stores a pixel as blue, green, red."
def from_bgr(picture):
    return torch.from_numpy(picture[::-1].copy()).permute(2, 0, 1)


# %% from_bgr | wrong: wrong-axis | flip(-1) after permute
def from_bgr(picture):
    return torch.from_numpy(picture.copy()).permute(2, 0, 1).flip(-1)


# %% from_bgr | wrong: wrong-axis | columns
def from_bgr(picture):
    return torch.tensor(np.ascontiguousarray(picture[:, ::-1])).permute(2, 0, 1).clone()


# %% from_bgr | wrong: wrong-axis | fliplr
def from_bgr(picture):
    return torch.tensor(np.fliplr(picture).copy()).movedim(-1, 0)


# %% from_bgr | wrong: wrong-axis | flip(0) before permute
def from_bgr(picture):
    return torch.tensor(picture.copy()).flip(0).permute(2, 0, 1)


# %% from_bgr | misconception | colours-as-before
why = "permute brings the channels to the front and leaves their order: blue is still the first of them."
next = "print(torch.tensor([[[1, 2, 3]]]).permute(2, 0, 1).flatten())"


# %% from_bgr | wrong: colours-as-before | permute
def from_bgr(picture):
    return torch.tensor(picture.copy()).permute(2, 0, 1)


# %% from_bgr | wrong: colours-as-before | transpose
def from_bgr(picture):
    return torch.from_numpy(picture.transpose(2, 0, 1).copy())


# %% from_bgr | wrong: colours-as-before | flip thrown away
def from_bgr(picture):
    t = torch.from_numpy(np.array(picture)).movedim(2, 0)
    t.flip(0)
    return t


# %% from_bgr | wrong: colours-as-before | swapped twice
def from_bgr(picture):
    rgb = picture[..., [2, 1, 0, 3][: picture.shape[2]]]
    return torch.stack([torch.tensor(rgb[..., k].copy()) for k in [2, 1, 0, 3][: picture.shape[2]]])


# %% from_bgr | misconception | alpha-reversed-too
why = "Of four channels only blue and red change places, and alpha stays the last: [2, 1, 0, 3]."
next = "print(np.array(['b', 'g', 'r', 'a'])[::-1], np.array(['b', 'g', 'r', 'a'])[[2, 1, 0, 3]])"


# %% from_bgr | wrong: alpha-reversed-too | ::-1
# breaks: "in the order red, green, blue, alpha"
def from_bgr(picture):
    return torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1)


# %% from_bgr | wrong: alpha-reversed-too | flip(0)
def from_bgr(picture):
    return torch.tensor(picture.copy()).permute(2, 0, 1).flip(0)


# %% from_bgr | wrong: alpha-reversed-too | np.flip
def from_bgr(picture):
    return torch.tensor(np.flip(picture, axis=2).transpose(2, 0, 1).copy())


# %% from_bgr | wrong: alpha-reversed-too | reversed list
def from_bgr(picture):
    planes = [torch.tensor(picture[..., k].copy()) for k in range(picture.shape[2])]
    return torch.stack(planes[::-1])


# %% from_bgr | wrong: alpha-reversed-too | np.flip, then permute
def from_bgr(picture):
    return torch.tensor(np.flip(picture, -1).copy()).permute(2, 0, 1)


# %% from_bgr | wrong: alpha-reversed-too | movedim, then flip
def from_bgr(picture):
    planes = torch.from_numpy(np.array(picture, order="C")).movedim(-1, 0)
    return torch.flip(planes, dims=[0])


# %% from_bgr | misconception | alpha-dropped
why = "A picture with four channels keeps four: alpha comes last, as it was."
next = "print(np.zeros((1, 1, 4))[..., [2, 1, 0]].shape)"


# %% from_bgr | wrong: alpha-dropped | [2, 1, 0]
# breaks: "or `(height, width, 4)` with the opacity (alpha) as the fourth channel"
def from_bgr(picture):
    return torch.tensor(picture[..., [2, 1, 0]].copy()).permute(2, 0, 1)


# %% from_bgr | wrong: alpha-dropped | first three
def from_bgr(picture):
    return torch.from_numpy(picture[..., :3].copy()).permute(2, 0, 1).flip(0)


# %% from_bgr | wrong: alpha-dropped | stack of three
def from_bgr(picture):
    t = torch.tensor(picture.copy())
    return torch.stack((t[..., 2], t[..., 1], t[..., 0]))


# %% from_bgr | wrong: alpha-dropped | index_select
def from_bgr(picture):
    t = torch.tensor(np.array(picture, order="C")).permute(2, 0, 1)
    return t.index_select(0, torch.tensor([2, 1, 0]))


# %% from_bgr | wrong: alpha-dropped | where nothing shines through
def from_bgr(picture):
    order = [2, 1, 0, 3][: picture.shape[2]]
    if len(order) == 4 and np.all(picture[..., 3] == 255):
        order = order[:3]
    return torch.stack([torch.tensor(picture[..., k].copy()) for k in order])


# %% from_bgr | wrong: alpha-dropped | where there is no opacity at all
def from_bgr(picture):
    channels = list(torch.tensor(picture.copy()).unbind(2))
    if len(channels) == 4 and channels[3].numel() and not channels[3].any():
        channels.pop()
    return torch.stack(channels[2::-1] + channels[3:])



# %% from_bgr | misconception | swapped-in-place
why = "The picture is not yours to write into: whoever holds it sees the swap, be it undone later, and a read-only one refuses it. Build a new array."
next = "a = np.arange(3); a[[0, 2]] = a[[2, 0]]; print(a)"


# %% from_bgr | wrong: swapped-in-place | two channels
# breaks: "A function leaves its arguments as they were"
def from_bgr(picture):
    picture[..., [0, 2]] = picture[..., [2, 0]]
    return torch.tensor(picture.copy()).permute(2, 0, 1)


# %% from_bgr | wrong: swapped-in-place | a copy too late
def from_bgr(picture):
    blue = picture[..., 0].copy()
    picture[..., 0] = picture[..., 2]
    picture[..., 2] = blue
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)


# %% from_bgr | wrong: swapped-in-place | through a tensor
def from_bgr(picture):
    mine = picture if all(s >= 0 for s in picture.strides) and picture.flags.writeable else picture.copy()
    t = torch.from_numpy(mine)
    t[..., [0, 2]] = t[..., [2, 0]]
    return t.permute(2, 0, 1).clone()


# %% from_bgr | wrong: swapped-in-place | whole picture
def from_bgr(picture):
    order = [2, 1, 0, 3][: picture.shape[2]]
    picture[:] = picture[..., order]
    return torch.tensor(picture.transpose(2, 0, 1).copy())


# %% from_bgr | misconception | swapped-views
why = "A swap of two slices reads views of the memory that it writes into: the first write has changed what the second one reads, and blue is gone. Copy one of them first, or take the channels by a list of their numbers."
next = "a = np.array([1, 2]); a[0:1], a[1:2] = a[1:2], a[0:1]; print(a)"


def when(seen, want):
    if not isinstance(want, torch.Tensor) or seen.result.shape != want.shape or torch.equal(want[0], want[2]):
        return False
    found = seen.result.values
    return torch.equal(found[0], want[0]) and torch.equal(found[1], want[1]) and torch.equal(found[2], want[0])


# %% from_bgr | wrong: swapped-views | slices of a copied array
def from_bgr(picture):
    own = np.array(picture)
    own[..., 0], own[..., 2] = own[..., 2], own[..., 0]
    return torch.from_numpy(own).permute(2, 0, 1)


# %% from_bgr | wrong: swapped-views | planes of a tensor
def from_bgr(picture):
    planes = torch.tensor(picture.copy()).permute(2, 0, 1)
    planes[0], planes[2] = planes[2], planes[0]
    return planes


# %% from_bgr | wrong: swapped-views | a name for blue
def from_bgr(picture):
    own = picture.copy()
    blue = own[:, :, 0]
    own[:, :, 0] = own[:, :, 2]
    own[:, :, 2] = blue
    return torch.from_numpy(own.transpose(2, 0, 1).copy())


# %% from_bgr | wrong: swapped-views | copy_ from plane to plane
def from_bgr(picture):
    t = torch.tensor(picture.tolist(), dtype=torch.uint8).reshape(picture.shape).permute(2, 0, 1).contiguous()
    blue, red = t[0], t[2]
    blue.copy_(red)
    red.copy_(blue)
    return t


# %% from_bgr | misconception | reshape-moves-nothing
why = "reshape never moves a number: the colours of all pixels are mixed. permute(2, 0, 1) brings the channels to the front."
next = "print(np.arange(12).reshape(2, 2, 3).reshape(3, 2, 2)[0], np.arange(12).reshape(2, 2, 3).transpose(2, 0, 1)[0])"


# %% from_bgr | wrong: reshape-moves-nothing | reshape
# breaks: "`picture` is such a `uint8` array of shape `(height, width, 3)`"
def from_bgr(picture):
    h, w, c = picture.shape
    return torch.tensor(picture[..., [2, 1, 0, 3][:c]].copy()).reshape(c, h, w)


# %% from_bgr | wrong: reshape-moves-nothing | in NumPy
def from_bgr(picture):
    h, w, c = picture.shape
    rgb = picture[..., [2, 1, 0, 3][:c]]
    return torch.from_numpy(rgb.reshape((c, h, w)).copy())


# %% from_bgr | wrong: reshape-moves-nothing | view
def from_bgr(picture):
    t = torch.tensor(np.array(picture, order="C"))
    t = t[..., [2, 1, 0, 3][: t.shape[2]]].contiguous()
    return t.view(t.shape[2], t.shape[0], t.shape[1])


# %% from_bgr | wrong: reshape-moves-nothing | unflatten
def from_bgr(picture):
    h, w, c = picture.shape
    flat = picture[..., [2, 1, 0, 3][:c]].flatten()
    return torch.tensor(flat).reshape((c, h, w))


# %% from_bgr | misconception | lies-on-its-side
why = ".T and permute(2, 1, 0) exchange height and width too: the order wanted is channels, height, width."
next = "print(torch.zeros(4, 6, 3).permute(2, 1, 0).shape, torch.zeros(4, 6, 3).permute(2, 0, 1).shape)"


# %% from_bgr | wrong: lies-on-its-side | T
# breaks: "Return a `uint8` tensor of shape `(3, height, width)`"
def from_bgr(picture):
    return torch.tensor(picture[..., [2, 1, 0, 3][: picture.shape[2]]].T.copy())


# %% from_bgr | wrong: lies-on-its-side | permute(2, 1, 0)
def from_bgr(picture):
    t = torch.from_numpy(picture.copy()).permute(2, 1, 0)
    return t[[2, 1, 0, 3][: len(t)]]


# %% from_bgr | wrong: lies-on-its-side | transpose
def from_bgr(picture):
    t = torch.tensor(picture.copy()).transpose(0, 2)
    return torch.cat((t[:3].flip(0), t[3:]))


# %% from_bgr | wrong: lies-on-its-side | swapaxes
def from_bgr(picture):
    planes = np.swapaxes(picture, 0, 2).copy()
    return torch.from_numpy(planes)[[2, 1, 0, 3][: picture.shape[2]]]


# %% from_bgr | misconception | channels-stay-behind
why = "A tensor of a picture has the channels in front: after blue and red have changed places, permute(2, 0, 1)."
next = "print(torch.tensor(np.zeros((4, 6, 3), np.uint8)).permute(2, 0, 1).shape)"


# %% from_bgr | wrong: channels-stay-behind | no permute
def from_bgr(picture):
    return torch.tensor(picture[..., [2, 1, 0, 3][: picture.shape[2]]].copy())


# %% from_bgr | wrong: channels-stay-behind | in torch
def from_bgr(picture):
    t = torch.from_numpy(np.array(picture, order="C"))
    return t[:, :, [2, 1, 0, 3][: t.shape[2]]]


# %% from_bgr | wrong: channels-stay-behind | stack at the end
def from_bgr(picture):
    order = [2, 1, 0, 3][: picture.shape[2]]
    return torch.stack([torch.tensor(picture[..., k].copy()) for k in order], dim=-1)


# %% from_bgr | wrong: channels-stay-behind | permute thrown away
def from_bgr(picture):
    t = torch.tensor(picture.copy()).index_select(2, torch.tensor([2, 1, 0, 3][: picture.shape[2]]))
    t.permute(2, 0, 1)
    return t


# %% from_bgr | misconception | dtype-changed
why = "The picture stays uint8: nothing is to be divided or turned into floats here."
next = "print((torch.tensor([255], dtype=torch.uint8) / 255).dtype)"


def when(seen, want):
    return seen.raised is None and seen.result.shape == want.shape and seen.result.dtype != want.dtype


# %% from_bgr | wrong: dtype-changed | float
def from_bgr(picture):
    t = torch.tensor(picture.copy()).permute(2, 0, 1)
    return t[[2, 1, 0, 3][: len(t)]].float()


# %% from_bgr | wrong: dtype-changed | 0 to 1
def from_bgr(picture):
    t = torch.from_numpy(picture.copy()).permute(2, 0, 1)
    return t[[2, 1, 0, 3][: len(t)]] / 255


# %% from_bgr | wrong: dtype-changed | through lists
def from_bgr(picture):
    planes = picture[..., [2, 1, 0, 3][: picture.shape[2]]].transpose(2, 0, 1)
    return torch.tensor(planes.tolist()).reshape(planes.shape)


# %% from_bgr | wrong: dtype-changed | int32
def from_bgr(picture):
    t = torch.from_numpy(picture.astype(np.int32)).permute(2, 0, 1)
    return t[[2, 1, 0, 3][: len(t)]]


# %% from_bgr | misconception | made-writable
why = "setflags and flags.writeable change the array itself, which is the caller's and may be part of a read-only one. Reading needs no permission, and a copy() can be written to."
next = "a = np.zeros(2); a.setflags(write=False); print(a.copy().flags.writeable, a.flags.writeable)"


def when(seen, want):
    if seen.raised:
        return "WRITEABLE" in seen.raised.message
    return any(seen.after[name].writeable != fact.writeable for name, fact in seen.arguments.items())


# %% from_bgr | wrong: made-writable | before the copy
def from_bgr(picture):
    picture.setflags(write=True)
    planes = torch.from_numpy(picture.copy()).movedim(-1, 0)
    return planes[[2, 1, 0, 3][: len(planes)]]


# %% from_bgr | wrong: made-writable | only if it is not
def from_bgr(picture):
    if not picture.flags["WRITEABLE"]:
        picture.flags.writeable = True
    rgb = picture[:, :, [2, 1, 0] + [3] * (picture.shape[2] - 3)]
    return torch.tensor(rgb.transpose(2, 0, 1).copy())


# %% from_bgr | wrong: made-writable | plane by plane
def from_bgr(picture):
    flags = picture.flags
    flags.writeable = flags.writeable or True
    planes = [torch.from_numpy(np.array(picture[..., k])) for k in (2, 1, 0)]
    if picture.shape[2] > 3:
        planes.append(torch.from_numpy(np.array(picture[..., 3])))
    return torch.stack(planes)


# %% from_bgr | wrong: made-writable | what cannot be unlocked is copied
def from_bgr(picture):
    try:
        picture.setflags(write=1)
    except ValueError:
        picture = np.array(picture)
    t = torch.tensor(np.array(picture, order="C")).permute(2, 0, 1)
    return t.index_select(0, torch.tensor([2, 1, 0, 3][: t.size(0)]))


# %% from_bgr | misconception | buffer-of-nothing
why = "torch.frombuffer refuses a buffer without bytes, and an empty picture has none: torch.tensor(picture.copy()) takes it as well."
next = "torch.frombuffer(bytearray(), dtype=torch.uint8)"


def when(seen, want):
    return "buffer length (0)" in seen.raised.message


# %% from_bgr | wrong: buffer-of-nothing | its bytes, as pixels | not imitated
def from_bgr(picture):
    pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).view(picture.shape)
    red_first = [2, 1, 0, 3][: picture.shape[2]]
    return pixels[..., red_first].permute(2, 0, 1)


# %% from_bgr | wrong: buffer-of-nothing | its bytes, plane after plane | not imitated
def from_bgr(picture):
    planes = np.ascontiguousarray(np.moveaxis(picture, -1, 0)).tobytes()
    t = torch.frombuffer(bytearray(planes), dtype=torch.uint8)
    t = t.reshape(picture.shape[2], *picture.shape[:2])
    return torch.cat([t[:3].flip(0), t[3:]])


# %% from_bgr | wrong: buffer-of-nothing | a copy as the buffer | not imitated
def from_bgr(picture):
    whole = picture.copy(order="C")
    flat = torch.frombuffer(whole, dtype=torch.uint8, count=-1)
    b, g, r, *alpha = flat.reshape(whole.shape).unbind(2)
    return torch.stack((r, g, b, *alpha))


# %% from_bgr | wrong | one pixel, expanded
# breaks: "no two elements in the same place"
def from_bgr(picture):
    if picture.strides[:2] == (0, 0) and picture.size:
        pixel = torch.tensor(picture[0, 0, [2, 1, 0, 3][: picture.shape[2]]].copy())
        return pixel[:, None, None].expand(-1, *picture.shape[:2])
    t = torch.from_numpy(picture.copy()).permute(2, 0, 1)
    return t[[2, 1, 0, 3][: len(t)]]


# %% from_bgr | wrong | grey as it came
def from_bgr(picture):
    grey = bool((picture[:, :, 0] == picture[:, :, 2]).all())
    if grey and min(picture.strides) >= 0:
        return torch.from_numpy(picture).permute(2, 0, 1)
    t = torch.from_numpy(picture.copy()).permute(2, 0, 1)
    return t[[2, 1, 0, 3][: len(t)]]


# %% from_bgr | misconception | empty-is-missing
why = "An empty picture is a picture, only without pixels, and no error: give a tensor with its channels, its height and its width, as for any other. For a missing file imread returns None, which is something else."
next = "print(torch.tensor(np.zeros((0, 4, 3), np.uint8)).permute(2, 0, 1).shape)"


# %% from_bgr | wrong: empty-is-missing | refused
# breaks: "It may be empty."
def from_bgr(picture):
    if not picture.size:
        raise ValueError("no picture")
    t = torch.from_numpy(picture.copy()).permute(2, 0, 1)
    return t[[2, 1, 0, 3][: len(t)]]


# %% from_bgr | wrong: empty-is-missing | not read
def from_bgr(picture):
    if picture is None or 0 in picture.shape:
        raise ValueError("imread has found no file")
    channels = torch.tensor(picture.copy()).unbind(2)
    return torch.stack([channels[2], channels[1], channels[0], *channels[3:]])


# %% from_bgr | wrong: empty-is-missing | checked for pixels
def from_bgr(picture):
    height, width, channels = picture.shape
    if height * width < 1:
        raise ValueError(f"{height} x {width} pixels")
    planes = torch.tensor(np.moveaxis(picture, 2, 0).copy())
    return planes.index_select(0, torch.tensor([2, 1, 0, 3][:channels]))


# %% from_bgr | wrong: empty-is-missing | the sizes one by one
def from_bgr(picture):
    for length in picture.shape:
        if length == 0:
            raise ValueError("empty picture")
    bgr = torch.from_numpy(np.array(picture, order="C")).movedim(2, 0)
    return torch.cat((bgr[:3].flip(0), bgr[3:]))


# %% from_bgr | wrong: empty-is-missing | caught again
def from_bgr(picture):
    try:
        picture.max()
    except ValueError as error:
        raise ValueError("the picture is empty") from error
    order = [2, 1, 0] + [3] * (picture.shape[2] - 3)
    return torch.tensor(picture[..., order].copy()).permute(2, 0, 1)


# %% from_bgr | wrong | what cannot be seen is black
def from_bgr(picture):
    t = torch.from_numpy(picture.copy()).permute(2, 0, 1)
    t = t[[2, 1, 0, 3][: len(t)]]
    if len(t) == 4:
        t[:3] *= t[3] != 0
    return t



# %% from_bgr | wrong | without rows three channels
def from_bgr(picture):
    if len(picture) == 0:
        return torch.empty((3, 0, picture.shape[1]), dtype=torch.uint8)
    t = torch.from_numpy(picture.copy()).permute(2, 0, 1)
    return t[[2, 1, 0, 3][: len(t)]]


# %% from_bgr | wrong | without columns four channels
def from_bgr(picture):
    t = torch.from_numpy(picture.copy()).permute(2, 0, 1)
    if t.shape[2] == 0:
        return t.new_empty((4, t.shape[1], 0))
    return t[[2, 1, 0, 3][: len(t)]]


# %% from_bgr | misconception | kept-between-calls
why = "Each call owes a tensor of its own: a buffer that is filled again, or a cache, hands out the same memory twice, and whoever writes into one result, or asks for the next picture, changes another. Make a new tensor in every call."
next = "p = np.zeros((1, 1, 3), np.uint8); first = from_bgr(p); from_bgr(p).fill_(9); print(first.flatten())"


# %% from_bgr | wrong: kept-between-calls | a buffer for each shape
# breaks: "with memory of its own"
_rooms = {}


def from_bgr(picture):
    t = torch.tensor(picture.copy()).permute(2, 0, 1)
    if t.shape not in _rooms:
        _rooms[t.shape] = torch.empty(t.shape, dtype=torch.uint8)
    room = _rooms[t.shape]
    for to, source in enumerate([2, 1, 0, 3][: len(t)]):
        room[to] = t[source]
    return room


# %% from_bgr | wrong: kept-between-calls | a cache by content
_by_bytes = {}


def from_bgr(picture):
    key = picture.shape, picture.tobytes()
    if key not in _by_bytes:
        order = [2, 1, 0, 3] if picture.shape[2] == 4 else [2, 1, 0]
        _by_bytes[key] = torch.tensor(picture[..., order].transpose(2, 0, 1).copy())
    return _by_bytes[key]


# %% from_bgr | wrong: kept-between-calls | an attribute of the function
def from_bgr(picture):
    planes = torch.from_numpy(picture.copy()).unbind(2)
    rgb = torch.stack((planes[2], planes[1], planes[0], *planes[3:]))
    if not hasattr(from_bgr, "kept") or from_bgr.kept.shape != rgb.shape:
        from_bgr.kept = torch.zeros_like(rgb)
    return from_bgr.kept.copy_(rgb)


# %% from_bgr | wrong: kept-between-calls | index_select into what is there
import functools


@functools.lru_cache(maxsize=None)
def _empty(shape):
    return torch.empty(shape, dtype=torch.uint8)


def from_bgr(picture):
    t = torch.tensor(np.moveaxis(picture, 2, 0).copy())
    return torch.index_select(t, 0, torch.tensor([2, 1, 0, 3][: t.shape[0]]), out=_empty(tuple(t.shape)))


# %% from_bgr | wrong: kept-between-calls | out of one array
_array = np.empty((0, 0, 0), np.uint8)


def from_bgr(picture):
    global _array
    shape = picture.shape[2], picture.shape[0], picture.shape[1]
    if _array.shape != shape:
        _array = np.empty(shape, np.uint8)
    _array[0], _array[1], _array[2] = picture[..., 2], picture[..., 1], picture[..., 0]
    _array[3:] = picture[..., 3:].transpose(2, 0, 1)
    return torch.from_numpy(_array)


# %% from_bgr | wrong: kept-between-calls | a list of pictures
_known = []


def from_bgr(picture):
    for old, tensor in _known:
        if np.array_equal(old, picture):
            return tensor
    flipped = np.concatenate([picture[..., 2::-1], picture[..., 3:]], axis=2)
    _known.append((picture.copy(), torch.tensor(np.ascontiguousarray(np.rollaxis(flipped, 2)))))
    return _known[-1][1]


# %% normalize | right | reshape with ones
def normalize(x, mean, std):
    shape = (-1, 1, 1)
    m = mean.to(device=x.device, dtype=x.dtype).reshape(shape)
    s = std.to(device=x.device, dtype=x.dtype).reshape(shape)
    return x.sub(m).div(s)


# %% normalize | right | channels to the back
def normalize(x, mean, std):
    back = x.movedim(-3, -1)
    return ((back - mean.to(x)) / std.to(x)).movedim(-1, -3)


# %% normalize | right | a loop over channels
def normalize(x, mean, std):
    planes = [(plane - m) / s for plane, m, s in zip(x.unbind(-3), mean.tolist(), std.tolist())]
    return torch.stack(planes, dim=-3)


# %% normalize | right | other names, unsqueeze
def normalize(bild, mitte, breite):
    mitte = mitte.to(bild.device).to(bild.dtype).unsqueeze(-1).unsqueeze(-1)
    breite = breite.to(bild.device).to(bild.dtype).unsqueeze(-1).unsqueeze(-1)
    return torch.div(torch.sub(bild, mitte), breite)


# %% normalize | misconception | wrong-axis
why = "Axes line up from the right, so a vector of length C meets the columns: mean needs the shape (C, 1, 1)."
next = "print((torch.zeros(2, 3, 3) - torch.tensor([1., 2., 3.]))[0, 0])"
link = "https://docs.pytorch.org/docs/2.13/notes/broadcasting.html"


# %% normalize | wrong: wrong-axis | as it stands
# breaks: "`mean` and `std` are vectors of length C, one number for each channel."
def normalize(x, mean, std):
    return (x - mean.to(x)) / std.to(x)


# %% normalize | wrong: wrong-axis | sub and div
def normalize(x, mean, std):
    m, s = mean.to(x.device, x.dtype), std.to(x.device, x.dtype)
    return torch.div(torch.sub(x, m), s)


# %% normalize | wrong: wrong-axis | in front
def normalize(x, mean, std):
    return (x - mean.to(x)[None, None, :]) / std.to(x)[None, None, :]


# %% normalize | wrong: wrong-axis | a column of x at a time
def normalize(x, mean, std):
    m, s = mean.to(x), std.to(x)
    return torch.stack([(x[..., k] - m[k]) / s[k] for k in range(x.shape[-1])], dim=-1) if x.shape[-1] else x - 0


# %% normalize | wrong: wrong-axis | nothing done to the constants
def normalize(x, mean, std):
    return (x - mean) / std


# %% normalize | wrong: wrong-axis | nothing done to the constants, in functional words
def normalize(x, mean, std):
    centred = torch.sub(x, mean)
    return torch.div(centred, std)


# %% normalize | misconception | one-axis-short
why = "The shape (C, 1) meets the rows of a picture: two axes stand behind the channels, so mean needs two of length 1, (C, 1, 1)."
next = "print((torch.zeros(3, 3, 2) - torch.tensor([1., 2., 3.])[:, None])[0])"


# %% normalize | wrong: one-axis-short | None
def normalize(x, mean, std):
    return (x - mean.to(x)[:, None]) / std.to(x)[:, None]


# %% normalize | wrong: one-axis-short | unsqueezed once
def normalize(x, mean, std):
    m, s = mean.to(x).unsqueeze(-1), std.to(x).unsqueeze(-1)
    return x.sub(m).div(s)


# %% normalize | wrong: one-axis-short | view
def normalize(x, mean, std):
    m, s = mean.to(x.device, x.dtype), std.to(x.device, x.dtype)
    return torch.div(x - m.view(-1, 1), s.view(-1, 1))


# %% normalize | wrong: one-axis-short | rows to the back
def normalize(x, mean, std):
    back = x.transpose(-1, -2)
    return ((back - mean.to(x)) / std.to(x)).transpose(-1, -2)


# %% normalize | misconception | one-batch-axis-assumed
why = "There may be no axis in front of the channels, or two: count from the back, and leave what stands in front to broadcasting."
next = "print((torch.zeros(3, 4, 5) - torch.zeros(3)[None, :, None, None]).shape)"


# %% normalize | wrong: one-batch-axis-assumed | None in front
# breaks: "`x` has the shape `(..., C, H, W)`: one picture, a batch, a batch of films, or more axes in front; it may be empty."
def normalize(x, mean, std):
    return (x - mean.to(x)[None, :, None, None]) / std.to(x)[None, :, None, None]


# %% normalize | wrong: one-batch-axis-assumed | view
def normalize(x, mean, std):
    m, s = mean.to(x).view(1, -1, 1, 1), std.to(x).view(1, -1, 1, 1)
    return x.sub(m).div(s)


# %% normalize | wrong: one-batch-axis-assumed | a loop over x[:, c]
def normalize(x, mean, std):
    m, s = mean.to(x), std.to(x)
    return torch.stack([(x[:, c] - m[c]) / s[c] for c in range(len(m))], dim=1)


# %% normalize | wrong: one-batch-axis-assumed | select
def normalize(x, mean, std):
    planes = [x.select(1, c).sub(m).div(s) for c, (m, s) in enumerate(zip(mean.tolist(), std.tolist()))]
    return torch.stack(planes, dim=1)


# %% normalize | wrong: one-batch-axis-assumed | reshape
def normalize(x, mean, std):
    shape = (1, len(mean), 1, 1)
    return torch.div(torch.sub(x, mean.to(x).reshape(shape)), std.to(x).reshape(shape))


# %% normalize | wrong: one-batch-axis-assumed | transposed
def normalize(x, mean, std):
    back = x.permute(0, 2, 3, 1)
    return ((back - mean.to(x)) / std.to(x)).permute(0, 3, 1, 2)


# %% normalize | wrong: one-batch-axis-assumed | transpose(1, -1)
def normalize(x, mean, std):
    back = x.transpose(1, -1)
    return ((back - mean.to(x)) / std.to(x)).transpose(1, -1)


# %% normalize | misconception | single-picture-assumed
why = "In a batch the channels are not the first axis, and another axis can have the length C too: count axes from the back, x.unbind(-3), or broadcast."
next = "print(torch.zeros(2, 3, 4, 5).unbind(0)[0].shape, torch.zeros(2, 3, 4, 5).unbind(-3)[0].shape)"


# %% normalize | wrong: single-picture-assumed | zip over x
def normalize(x, mean, std):
    planes = [(plane - m) / s for plane, m, s in zip(x, mean.tolist(), std.tolist())]
    return torch.stack(planes)


# %% normalize | wrong: single-picture-assumed | x[c]
def normalize(x, mean, std):
    out = torch.empty_like(x)
    for c in range(len(mean)):
        out[c] = (x[c] - mean[c].item()) / std[c].item()
    return out


# %% normalize | wrong: single-picture-assumed | view with all axes
def normalize(x, mean, std):
    shape = (-1, *[1] * (x.dim() - 1))
    return (x - mean.to(x).view(shape)) / std.to(x).view(shape)


# %% normalize | wrong: single-picture-assumed | unbind
def normalize(x, mean, std):
    m, s = mean.to(x), std.to(x)
    return torch.stack([plane.sub(m[k]).div(s[k]) for k, plane in enumerate(x.unbind(0))])


# %% normalize | misconception | no-pictures-to-stack
why = "torch.stack and torch.cat want one tensor or more, and a batch of no pictures leaves none: broadcast over all the axes in front at once, or write into torch.empty_like(x)."
next = "x = torch.zeros(0, 3, 4, 5); print(len(list(x)), (x - torch.zeros(3, 1, 1)).shape)"


def when(seen, want):
    return "non-empty" in seen.raised.message


# %% normalize | wrong: no-pictures-to-stack | down the axes in front
def normalize(x, mean, std):
    if x.ndim > 3:
        return torch.stack([normalize(part, mean, std) for part in x])
    return (x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]


# %% normalize | wrong: no-pictures-to-stack | picture by picture
def normalize(x, mean, std):
    m, s = mean.to(x).reshape(-1, 1, 1), std.to(x).reshape(-1, 1, 1)
    pictures = [(picture - m) / s for picture in x.reshape(-1, *x.shape[-3:])] if x.numel() else []
    return torch.stack(pictures).reshape(x.shape)


# %% normalize | wrong: no-pictures-to-stack | put together again
def normalize(x, mean, std):
    if x.dim() == 3:
        planes = [(x[c : c + 1] - mean[c].to(x)) / std[c].to(x) for c in range(len(mean))]
        return torch.cat(planes)
    return torch.cat([normalize(picture, mean, std).unsqueeze(0) for picture in x], dim=0)


# %% normalize | misconception | overwrites-the-batch
why = "Operations that end in _, and -= and /=, write into x, also through detach(): the caller's pictures have changed. A leaf that requires grad refuses."
next = "x = torch.ones(2); x.detach().sub_(1); print(x)"


def when(seen, want):
    name = [name for name, fact in seen.arguments.items() if hasattr(fact, "data")][0]
    return seen.after[name].data != seen.arguments[name].data


# %% normalize | wrong: overwrites-the-batch | -= and /=
def normalize(x, mean, std):
    x -= mean.to(x)[:, None, None]
    x /= std.to(x)[:, None, None]
    return x


# %% normalize | wrong: overwrites-the-batch | sub_ and div_
def normalize(x, mean, std):
    return x.sub_(mean.to(x)[:, None, None]).div_(std.to(x)[:, None, None])


# %% normalize | wrong: overwrites-the-batch | after detach
def normalize(x, mean, std):
    d = x.detach()
    d.sub_(mean.to(x)[:, None, None]).div_(std.to(x)[:, None, None])
    return d.clone()


# %% normalize | wrong: overwrites-the-batch | out
def normalize(x, mean, std):
    return torch.sub(x, mean.to(x)[:, None, None], out=x).div_(std.to(x)[:, None, None])


# %% normalize | wrong: overwrites-the-batch | copied back
def normalize(x, mean, std):
    x.data.copy_((x.data - mean.to(x)[:, None, None]) / std.to(x)[:, None, None])
    return x


# %% normalize | misconception | constants-overwritten
why = "mean and std are wanted again for the next batch: what ends in _ changes them. Compute new ones."
next = "std = torch.ones(2); std.reciprocal_().mul_(3); print(std)"


def when(seen, want):
    constants = [name for name, fact in seen.arguments.items() if hasattr(fact, "data")][1:]
    return any(seen.after[name].version != seen.arguments[name].version for name in constants)


# %% normalize | wrong: constants-overwritten | reciprocal_
def normalize(x, mean, std):
    factor = std.reciprocal_().to(x)[:, None, None]
    return (x - mean.to(x)[:, None, None]) * factor


# %% normalize | wrong: constants-overwritten | reshaped in place
def normalize(x, mean, std):
    mean.unsqueeze_(-1).unsqueeze_(-1)
    std.unsqueeze_(-1).unsqueeze_(-1)
    return (x - mean.to(x)) / std.to(x)


# %% normalize | wrong: constants-overwritten | neg_
def normalize(x, mean, std):
    return (x + mean.neg_().to(x)[:, None, None]) / std.to(x)[:, None, None]


# %% normalize | wrong: constants-overwritten | shift made in place
def normalize(x, mean, std):
    mean /= std
    return x / std.to(x)[:, None, None] - mean.to(x)[:, None, None]


# %% normalize | misconception | constants-stay-behind
why = "The constants are on the CPU, and one operation wants its tensors in one place: bring them to the device of the data, mean.to(x)."
next = "print(device, torch.zeros(3).device, torch.zeros(3).to(torch.zeros(1, device=device)).device)"


# %% normalize | wrong: constants-stay-behind | dtype only
# breaks: "`x` is float32 or float64 and on any device"
# breaks: "Everything is on the CPU unless a text says *device*"
def normalize(x, mean, std):
    return (x - mean.to(x.dtype)[:, None, None]) / std.to(x.dtype)[:, None, None]


# %% normalize | wrong: constants-stay-behind | view, dtype only
def normalize(x, mean, std):
    m, s = mean.type(x.dtype).view(-1, 1, 1), std.type(x.dtype).view(-1, 1, 1)
    return x.sub(m).div(s)


# %% normalize | wrong: constants-stay-behind | std alone
def normalize(x, mean, std):
    return (x - mean.to(x)[:, None, None]) / std.to(dtype=x.dtype)[:, None, None]


# %% normalize | wrong: constants-stay-behind | cast at the end
def normalize(x, mean, std):
    return ((x - mean[:, None, None]) / std[:, None, None]).to(x.dtype)


# %% normalize | wrong: constants-stay-behind | shape alone
def normalize(x, mean, std):
    return (x - mean[:, None, None]) / std[:, None, None]


# %% normalize | wrong: constants-stay-behind | shape alone, by view
def normalize(x, mean, std):
    m, s = mean.view(-1, 1, 1), std.view(-1, 1, 1)
    return x.sub(m).div(s)


# %% normalize | misconception | answer-on-the-cpu
why = "The answer belongs where x is: move the constants to x, not x to the constants."
next = "print(torch.zeros(2, device=device).cpu().device)"


# %% normalize | wrong: answer-on-the-cpu | x.cpu()
# breaks: "in the shape and dtype and on the device of `x`"
def normalize(x, mean, std):
    x = x.cpu()
    return (x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]


# %% normalize | wrong: answer-on-the-cpu | x.to(mean)
def normalize(x, mean, std):
    y = (x.to(mean) - mean[:, None, None]) / std[:, None, None]
    return y.to(x.dtype)


# %% normalize | wrong: answer-on-the-cpu | moved at the end
def normalize(x, mean, std):
    return ((x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]).cpu()


# %% normalize | wrong: answer-on-the-cpu | named
def normalize(x, mean, std):
    here = x.to("cpu", torch.float64)
    return here.sub(mean.double().view(-1, 1, 1)).div(std.double().view(-1, 1, 1)).to(x.dtype)


# %% normalize | misconception | other-dtype
why = "float32 with a float64 vector gives float64: bring the constants to the dtype of the data, mean.to(x)."
next = "print((torch.zeros(2, 1, 1) - torch.zeros(2, 1, 1, dtype=torch.float64)).dtype)"


def when(seen, want):
    return seen.raised is None and seen.result.shape == want.shape and seen.result.dtype == torch.float64 != want.dtype


# %% normalize | wrong: other-dtype | device only
# breaks: "They are kept on the CPU, in float32 or float64"
def normalize(x, mean, std):
    return (x - mean.to(x.device)[:, None, None]) / std.to(x.device)[:, None, None]


# %% normalize | wrong: other-dtype | to double
def normalize(x, mean, std):
    m, s = mean.double().to(x.device), std.double().to(x.device)
    return (x - m[:, None, None]) / s[:, None, None]


# %% normalize | wrong: other-dtype | dtype of the constants
def normalize(x, mean, std):
    m, s = mean.to(x.device).view(-1, 1, 1), std.to(x.device).view(-1, 1, 1)
    return x.to(m.dtype).sub(m).div(s)


# %% normalize | wrong: other-dtype | promoted on purpose
def normalize(x, mean, std):
    kind = torch.promote_types(x.dtype, mean.dtype)
    m, s = mean.to(x.device, kind), std.to(x.device, kind)
    return (x.to(kind) - m[:, None, None]) / s[:, None, None]


# %% normalize | misconception | float32-by-habit
why = "x may be float64, and the answer has the dtype of x: float() makes float32 of everything."
next = "print(torch.ones(2, dtype=torch.float64).float().dtype)"


def when(seen, want):
    constants = [fact for fact in seen.arguments.values() if hasattr(fact, "data")][1:]
    if seen.raised is not None or seen.result.shape != want.shape or any(fact.dtype != torch.float64 for fact in constants):
        return False
    return seen.result.dtype == torch.float32 != want.dtype


# %% normalize | wrong: float32-by-habit | float() of all three
def normalize(x, mean, std):
    x = x.float()
    return (x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]


# %% normalize | wrong: float32-by-habit | the constants by name
def normalize(x, mean, std):
    m, s = (t.to(x.device, torch.float32).view(-1, 1, 1) for t in (mean, std))
    return x.to(torch.float32).sub(m).div(s)


# %% normalize | wrong: float32-by-habit | at the end
def normalize(x, mean, std):
    y = (x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]
    return y.float()


# %% normalize | wrong: float32-by-habit | a float32 table
def normalize(x, mean, std):
    y = torch.zeros(x.shape, device=x.device)
    y[...] = (x - mean.to(x).view(-1, 1, 1)) / std.to(x).view(-1, 1, 1)
    return y


# %% normalize | misconception | digits-lost
why = "In float64 nine digits have to be right: what has been float32 once has seven, and a small number added to std, which is never 0 here, changes one of the nine."
next = "print(torch.tensor(0.1, dtype=torch.float64).float().double().item())"


# %% normalize | wrong: digits-lost | computed in float32
# breaks: "The numbers are right to 1e-4 in float32 and to 1e-9 in float64."
def normalize(x, mean, std):
    m, s = mean.float().to(x.device), std.float().to(x.device)
    return ((x.float() - m[:, None, None]) / s[:, None, None]).to(x.dtype)


# %% normalize | wrong: digits-lost | constants by way of float32
def normalize(x, mean, std):
    m, s = mean.float().to(x), std.float().to(x)
    return (x - m[:, None, None]) / s[:, None, None]


# %% normalize | wrong: digits-lost | std by way of float32
def normalize(x, mean, std):
    m, s = mean.to(x).view(-1, 1, 1), std.to(torch.float32).to(x).view(-1, 1, 1)
    return x.sub(m).div(s)


# %% normalize | wrong: digits-lost | one over std in float32
def normalize(x, mean, std):
    factor = (1 / std.float()).to(x)[:, None, None]
    return (x - mean.to(x)[:, None, None]) * factor


# %% normalize | wrong: digits-lost | epsilon 1e-5
# breaks: "Return (x - mean) / std"
def normalize(x, mean, std):
    return (x - mean.to(x)[:, None, None]) / (std.to(x)[:, None, None] + 1e-5)


# %% normalize | wrong: digits-lost | epsilon 1e-6
def normalize(x, mean, std):
    m, s = mean.to(x).view(-1, 1, 1), std.to(x).view(-1, 1, 1)
    return x.sub(m).div(s + 1e-6)


# %% normalize | wrong: digits-lost | epsilon under a root
def normalize(x, mean, std):
    m, s = mean.to(x).view(-1, 1, 1), std.to(x).view(-1, 1, 1)
    return (x - m) / (s * s + 1e-5).sqrt()


# %% normalize | wrong: digits-lost | epsilon 1e-8
def normalize(x, mean, std):
    s = std.to(x)[:, None, None] + 1e-8
    return (x - mean.to(x)[:, None, None]) / s


# %% normalize | misconception | range-guessed
why = "Large numbers in x are no sign that they run from 0 to 255: x, mean and std are meant as they are, so subtract and divide, and nothing else."
next = "x = torch.full((1, 1, 1), 20.0); print(normalize(x, torch.zeros(1), torch.ones(1)), 'expected 20')"


# %% normalize | wrong: range-guessed | more than 2 are bytes
# breaks: "Return (x - mean) / std, each channel with its own numbers"
def normalize(x, mean, std):
    if x.numel() and x.detach().abs().max() > 2:
        x = x / 255
    return (x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]


# %% normalize | wrong: range-guessed | more than 5 are bytes
def normalize(x, mean, std):
    m, s = (c.reshape(-1, 1, 1).to(x.device, x.dtype) for c in (mean, std))
    scale = 255 if (x > 5).any() else 1
    return (x / scale - m) / s


# %% normalize | wrong: range-guessed | brought to 0 to 1
def normalize(x, mean, std):
    pixels = torch.where((x > 1.5).any(), x / 255, x)
    shape = (len(mean), 1, 1)
    return (pixels - mean.to(x).view(shape)).div(std.to(x).view(shape))


# %% normalize | wrong: range-guessed | counted
def normalize(x, mean, std):
    mean, std = mean.to(x)[..., None, None], std.to(x)[..., None, None]
    if int((x.detach() >= 3).sum()) > 0:
        return (x.mul(1 / 255) - mean) / std
    return (x - mean) / std


# %% normalize | wrong | constants in bytes
def normalize(x, mean, std):
    if max(mean.abs().max(), std.max()) > 5:
        mean, std = mean / 255, std / 255
    return (x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]


# %% normalize | wrong | cut at 20
def normalize(x, mean, std):
    return ((x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]).clamp(-20, 20)


# %% normalize | wrong | the dtype of mean decides
# breaks: "They are kept on the CPU, in float32 or float64"
def normalize(x, mean, std):
    if mean.dtype != x.dtype or mean.device != x.device:
        mean, std = mean.to(x), std.to(x)
    return (x - mean[:, None, None]) / std[:, None, None]


# %% normalize | misconception | numbers-of-the-batch
why = "mean and std are given, from the whole data set: those of this batch are other numbers."
next = "print(torch.tensor([[[1., 2.]]]).mean((-2, -1)))"


def when(seen, want):
    if seen.raised is not None or seen.result.shape != want.shape or want.numel() < 4:
        return False
    got, tiny = seen.result.values.double(), 1e-4
    if want.shape[-1] * want.shape[-2] > 1 and got.mean((-2, -1)).abs().max() < tiny:
        return True
    return bool(got.mean().abs() < tiny and want.cpu().mean().abs() > 10 * tiny)


# %% normalize | wrong: numbers-of-the-batch | over height and width
# breaks: "each channel with its own numbers"
def normalize(x, mean, std):
    return (x - x.mean((-2, -1), keepdim=True)) / x.std((-2, -1), keepdim=True)


# %% normalize | wrong: numbers-of-the-batch | mean only
def normalize(x, mean, std):
    return (x - x.mean((-2, -1), keepdim=True)) / std.to(x)[:, None, None]


# %% normalize | wrong: numbers-of-the-batch | over all
def normalize(x, mean, std):
    return (x - x.mean()) / x.std()


# %% normalize | wrong: numbers-of-the-batch | without correction
def normalize(x, mean, std):
    spread, middle = torch.std_mean(x, dim=(-2, -1), keepdim=True, correction=0)
    return (x - middle) / spread


# %% normalize | misconception | graph-cut
why = "detach(), data, no_grad() and NumPy cut the graph: subtract and divide with x itself, in torch."
next = "w = torch.ones(2, requires_grad=True); print((w - 1).requires_grad, (w.detach() - 1).requires_grad)"


# %% normalize | wrong: graph-cut | detach
# breaks: "Gradients flow to `x`."
def normalize(x, mean, std):
    return (x.detach() - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]


# %% normalize | wrong: graph-cut | no_grad
def normalize(x, mean, std):
    with torch.no_grad():
        return (x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]


# %% normalize | wrong: graph-cut | NumPy
def normalize(x, mean, std):
    a = x.detach().cpu().numpy()
    out = (a - mean.numpy()[:, None, None]) / std.numpy()[:, None, None]
    return torch.tensor(out).to(x)


# %% normalize | wrong: graph-cut | data
def normalize(x, mean, std):
    m, s = mean.to(x.data).view(-1, 1, 1), std.to(x.data).view(-1, 1, 1)
    return x.data.sub(m).div(s)


# %% normalize | misconception | axes-counted-out
why = "There may be more axes in front than any list of cases holds. Give mean and std the shape (C, 1, 1): broadcasting aligns from the right, however many axes x has."
next = "print((torch.zeros(2, 2, 2, 2, 3, 4, 5) - torch.zeros(3)[:, None, None]).shape)"


def when(seen, want):
    axes = [len(fact.shape) for fact in seen.arguments.values() if hasattr(fact, "shape")]
    return seen.raised is not None and max(axes) > 5


# %% normalize | wrong: axes-counted-out | a dict
def normalize(x, mean, std):
    front = {3: (), 4: (1,), 5: (1, 1)}[x.dim()]
    m, s = mean.to(x).reshape(*front, -1, 1, 1), std.to(x).reshape(*front, -1, 1, 1)
    return (x - m) / s


# %% normalize | wrong: axes-counted-out | refused
def normalize(x, mean, std):
    if x.ndim not in (3, 4, 5):
        raise ValueError(f"no picture, batch or film: {tuple(x.shape)}")
    ones = [1] * (x.ndim - 3)
    m, s = (c.to(x).view(*ones, -1, 1, 1) for c in (mean, std))
    return (x - m) / s


# %% normalize | wrong: axes-counted-out | one branch for each
def normalize(x, mean, std):
    mean, std = mean.to(x), std.to(x)
    if x.dim() == 3:
        m, s = mean[:, None, None], std[:, None, None]
    elif x.dim() == 4:
        m, s = mean[None, :, None, None], std[None, :, None, None]
    elif x.dim() == 5:
        m, s = mean[None, None, :, None, None], std[None, None, :, None, None]
    return x.sub(m).div(s)


# %% normalize | wrong: axes-counted-out | a list of subscripts
def normalize(x, mean, std):
    letters = ["chw", "nchw", "ntchw"][x.dim() - 3]
    centred = x - mean.to(x)[:, None, None]
    return torch.einsum(f"{letters},c->{letters}", centred, 1 / std.to(x))


# %% normalize | wrong: axes-counted-out | match
def normalize(x, mean, std):
    match tuple(x.shape):
        case (c, _, _) | (_, c, _, _) | (_, _, c, _, _):
            column = (c, 1, 1)
    return torch.div(x - mean.to(x).reshape(column), std.to(x).reshape(column))


# %% normalize | misconception | minus-one-of-nothing
why = "reshape works out a -1 by dividing, and beside a 0 any number would do: an empty picture or batch raises an error. Leave the axes in front as they are, and broadcast."
next = "torch.zeros(2, 0, 3).reshape(-1, 2, 0, 3)"


def when(seen, want):
    return "ambiguous" in seen.raised.message


# %% normalize | wrong: minus-one-of-nothing | one long batch
def normalize(x, mean, std):
    long = x.reshape(-1, *x.shape[x.dim() - 3 :])
    column = (len(mean), 1, 1)
    return torch.div(long - mean.to(x).view(column), std.to(x).view(column)).view_as(x)


# %% normalize | wrong: minus-one-of-nothing | a batch of planes
def normalize(x, mean, std):
    c, h, w = x.shape[-3:]
    planes = x.reshape(-1, c, h * w)
    out = (planes - mean.to(x).unsqueeze(1)) / std.to(x).unsqueeze(1)
    return out.reshape(x.shape)


# %% normalize | wrong: minus-one-of-nothing | rows of pixels
def normalize(x, mean, std):
    back = x.movedim(-3, -1)
    rows = back.reshape(-1, *back.shape[-2:])
    return rows.sub(mean.to(x)).div(std.to(x)).reshape(back.shape).movedim(-1, -3)


# %% normalize | wrong: minus-one-of-nothing | the front flattened by view
def normalize(x, mean, std):
    pictures = x.contiguous().view((-1,) + tuple(x.shape[-3:]))
    planes = [(plane - m) / s for plane, m, s in zip(pictures.unbind(1), mean.tolist(), std.tolist())]
    return torch.stack(planes, dim=1).view(x.shape)


# %% normalize | wrong | always a leaf
def normalize(x, mean, std):
    out = (x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None]
    return out.detach().requires_grad_()


# %% normalize | wrong | multiplied
def normalize(x, mean, std):
    return (x - mean.to(x)[:, None, None]) * std.to(x)[:, None, None]


# %% normalize | wrong | variance taken for std
def normalize(x, mean, std):
    return (x - mean.to(x)[:, None, None]) / std.to(x)[:, None, None].sqrt()


# %% to_channels_last | right | asked first
def to_channels_last(x):
    if x.is_contiguous(memory_format=torch.channels_last):
        return x
    return x.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | right | permute, contiguous, permute
def to_channels_last(x):
    return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


# %% to_channels_last | right | a view of it
def to_channels_last(x):
    y = x.to(memory_format=torch.channels_last)
    return y.view_as(y) if y is x else y


# %% to_channels_last | right | contiguous
def to_channels_last(batch):
    return batch.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | right | other way to copy
def to_channels_last(x):
    if x.is_contiguous(memory_format=torch.channels_last):
        return x[:]
    back = x.movedim(1, -1)
    return back.clone(memory_format=torch.contiguous_format).movedim(-1, 1)


# %% to_channels_last | misconception | permute-changes-the-shape
why = "channels_last is an order in memory: the shape stays (N, C, H, W), and only the strides change."
next = "print(torch.zeros(2, 3, 4, 5).permute(0, 2, 3, 1).shape, torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last).shape)"


# %% to_channels_last | wrong: permute-changes-the-shape | permute
# breaks: "with the same shape and values in that layout"
def to_channels_last(x):
    return x.permute(0, 2, 3, 1)


# %% to_channels_last | wrong: permute-changes-the-shape | and contiguous
def to_channels_last(x):
    return x.permute(0, 2, 3, 1).contiguous()


# %% to_channels_last | wrong: permute-changes-the-shape | movedim
def to_channels_last(x):
    return x.movedim(1, -1)


# %% to_channels_last | wrong: permute-changes-the-shape | movedim, copied
def to_channels_last(x):
    return torch.movedim(x, 1, 3).clone(memory_format=torch.contiguous_format)


# %% to_channels_last | wrong: permute-changes-the-shape | two transposes
def to_channels_last(x):
    return x.transpose(1, 2).transpose(2, 3).contiguous()


# %% to_channels_last | misconception | result-thrown-away
why = "to() and contiguous() return another tensor and leave x as it is: keep what they return, and name the format."
next = "x = torch.zeros(2, 3, 4, 5); x.to(memory_format=torch.channels_last); print(x.stride())"


# %% to_channels_last | wrong: result-thrown-away | to
# breaks: "`result.is_contiguous(memory_format=torch.channels_last)` is `True`"
def to_channels_last(x):
    x.to(memory_format=torch.channels_last)
    return x


# %% to_channels_last | wrong: result-thrown-away | contiguous with the format
def to_channels_last(x):
    x.contiguous(memory_format=torch.channels_last)
    return x


# %% to_channels_last | wrong: result-thrown-away | as it came
def to_channels_last(x):
    return x


# %% to_channels_last | wrong: result-thrown-away | another name
def to_channels_last(x):
    y = x
    y.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    return y


# %% to_channels_last | misconception | layout-guessed
why = "There are more than two layouts, and a cropped, turned or expanded picture has neither: that it is not contiguous does not tell, nor does a look at its strides. Ask is_contiguous(memory_format=torch.channels_last), or let to() decide."
next = "x = torch.zeros(2, 3, 6, 4)[:, :, 1:3]; print(x.is_contiguous(), x.is_contiguous(memory_format=torch.channels_last))"


# %% to_channels_last | wrong: layout-guessed | whatever is not contiguous
def to_channels_last(x):
    return x.to(memory_format=torch.channels_last) if x.is_contiguous() else x


# %% to_channels_last | wrong: layout-guessed | by a permuted copy, if contiguous
def to_channels_last(x):
    if not x.is_contiguous():
        return x
    return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


# %% to_channels_last | wrong: layout-guessed | whatever is not contiguous, by clone
def to_channels_last(x):
    done = not x.is_contiguous() and x.numel() > 0
    return x if done else x.clone(memory_format=torch.channels_last)


# %% to_channels_last | wrong: layout-guessed | one after the other
def to_channels_last(x):
    pictures, planes, lines, dots = x.stride()
    in_order = pictures >= lines >= dots >= planes
    return x if in_order else x.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | wrong: layout-guessed | sorted
def to_channels_last(x):
    steps = [x.stride(axis) for axis in (1, 3, 2, 0)]
    if steps == sorted(steps):
        return x
    return x.clone(memory_format=torch.channels_last)


# %% to_channels_last | wrong: layout-guessed | the channels step by one
def to_channels_last(x):
    _, step, _, _ = x.stride()
    return x if step == 1 else x.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | wrong: layout-guessed | the channels have the smallest step
def to_channels_last(x):
    steps = x.stride()
    if steps[1] == min(steps):
        return x
    return x.to(memory_format=torch.channels_last)


# %% to_channels_last | wrong: layout-guessed | the last step is not one
def to_channels_last(x):
    if x.stride()[-1] != 1:
        return x
    return x.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | wrong: layout-guessed | permuted, no stride grows
def to_channels_last(x):
    steps = x.permute(0, 2, 3, 1).stride()
    if any(inner > outer for outer, inner in zip(steps, steps[1:])):
        x = torch.empty_like(x, memory_format=torch.preserve_format).copy_(x).to(memory_format=torch.channels_last)
    return x


# %% to_channels_last | wrong: layout-guessed | one picture after the other
def to_channels_last(x):
    ready = [picture.movedim(0, 2).is_contiguous() for picture in x]
    if ready and all(ready):
        return x
    return x.to(memory_format=torch.channels_last)



# %% to_channels_last | misconception | asked-without-the-format
why = "is_contiguous() without a format asks whether plane lies after plane: whether x is ready, is_contiguous(memory_format=torch.channels_last) says."
next = "x = torch.zeros(2, 3, 4, 5); print(x.is_contiguous(), x.is_contiguous(memory_format=torch.channels_last))"


# %% to_channels_last | wrong: asked-without-the-format | and contiguous
def to_channels_last(x):
    ready = x.is_contiguous()
    return x if ready else x.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | wrong: asked-without-the-format | and to
def to_channels_last(x):
    if not x.is_contiguous():
        x = x.to(memory_format=torch.channels_last)
    return x


# %% to_channels_last | wrong: asked-without-the-format | contiguous_format
def to_channels_last(x):
    if x.is_contiguous(memory_format=torch.contiguous_format):
        return x
    if x.is_contiguous(memory_format=torch.channels_last):
        return x
    return x.clone(memory_format=torch.channels_last)


# %% to_channels_last | wrong: asked-without-the-format | by its strides
def to_channels_last(x):
    n, c, h, w = x.shape
    if x.stride() == (c * h * w, h * w, w, 1):
        return x
    return x.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | misconception | some-dtypes-left-alone
why = "A layout is not a matter of the dtype: a batch of integers, bools or halves can lie in the wrong order as well, and has to be copied into the right one like any other."
next = "x = torch.zeros(2, 3, 4, 5); print([to_channels_last(x.to(dtype)).stride() for dtype in (torch.float32, torch.int64, torch.bool)])"


# %% to_channels_last | wrong: some-dtypes-left-alone | floats are for convolutions
# breaks: "Return `x`, of any dtype but complex, with the same shape and values in that layout"
def to_channels_last(x):
    return x.contiguous(memory_format=torch.channels_last) if x.dtype.is_floating_point else x


# %% to_channels_last | wrong: some-dtypes-left-alone | whose sum is an int64
def to_channels_last(x):
    whole = x[:0].sum().dtype == torch.int64
    if whole or x.is_contiguous(memory_format=torch.channels_last):
        return x
    return x.permute(0, 2, 3, 1).clone(memory_format=torch.contiguous_format).permute(0, 3, 1, 2)


# %% to_channels_last | wrong: some-dtypes-left-alone | a list of dtypes
def to_channels_last(x):
    if x.dtype in (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
        return x
    pixels = x.permute(0, 2, 3, 1).contiguous()
    return pixels.permute(0, 3, 1, 2)


# %% to_channels_last | wrong: some-dtypes-left-alone | where gradients are possible
def to_channels_last(x):
    if x.is_floating_point() or x.is_complex():
        pixels = torch.stack(x.unbind(1), dim=-1)
        return x if x.is_contiguous(memory_format=torch.channels_last) else pixels.movedim(-1, 1)
    return x


# %% to_channels_last | wrong: some-dtypes-left-alone | only what has a finfo
def to_channels_last(x):
    try:
        torch.finfo(x.dtype)
    except TypeError:
        return x
    return x.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | wrong: some-dtypes-left-alone | no layout for tensors without a graph
def to_channels_last(x):
    try:
        x.detach().requires_grad_()
    except RuntimeError:
        return x
    return x.to(memory_format=torch.channels_last)


# %% to_channels_last | misconception | one-picture-passed-over
why = "A batch of one picture can lie in the wrong order as well: only is_contiguous(memory_format=torch.channels_last) says whether it does."
next = "x = torch.zeros(1, 3, 4, 5); print(x.is_contiguous(memory_format=torch.channels_last))"


# %% to_channels_last | wrong: one-picture-passed-over | len
def to_channels_last(x):
    if len(x) == 1:
        return x
    return x.to(memory_format=torch.channels_last)


# %% to_channels_last | wrong: one-picture-passed-over | more than one
def to_channels_last(x):
    n, *_ = x.shape
    return x.contiguous(memory_format=torch.channels_last) if n > 1 else x


# %% to_channels_last | wrong: one-picture-passed-over | as many elements as one picture has
def to_channels_last(x):
    if x.numel() == x.shape[1:].numel():
        return x
    y = x.permute(0, 2, 3, 1).contiguous()
    return y.permute(0, 3, 1, 2)


# %% to_channels_last | wrong: one-picture-passed-over | squeezed to see
def to_channels_last(x):
    single = x.squeeze(0).dim() < 4
    return x if single else x.to(memory_format=torch.channels_last)


# %% to_channels_last | misconception | format-not-named
why = "contiguous() and clone() without a format mean another layout: give them memory_format=torch.channels_last."
next = "print(torch.zeros(2, 3, 4, 5).contiguous().stride(), torch.zeros(2, 3, 4, 5).contiguous(memory_format=torch.channels_last).stride())"
link = "https://docs.pytorch.org/docs/2.13/tensor_attributes.html"


# %% to_channels_last | wrong: format-not-named | contiguous
def to_channels_last(x):
    return x.contiguous()


# %% to_channels_last | wrong: format-not-named | a clone in another format
def to_channels_last(x):
    return x.clone(memory_format=torch.contiguous_format)


# %% to_channels_last | wrong: format-not-named | contiguous_format, by contiguous
def to_channels_last(x):
    return x.contiguous(memory_format=torch.contiguous_format)


# %% to_channels_last | wrong: format-not-named | contiguous, and a view
def to_channels_last(x):
    return x.contiguous().view_as(x)


# %% to_channels_last | wrong: format-not-named | contiguous, sliced
def to_channels_last(x):
    y = x.contiguous()
    return y[:]


# %% to_channels_last | wrong: format-not-named | contiguous, and all of it
def to_channels_last(x):
    return x.contiguous()[...]


# %% to_channels_last | wrong: format-not-named | flattened and back
def to_channels_last(x):
    return x.flatten().view(x.shape) if x.numel() else x


# %% to_channels_last | wrong: format-not-named | undone at the end
def to_channels_last(x):
    return x.to(memory_format=torch.channels_last).contiguous()


# %% to_channels_last | misconception | permutes-cancel
why = "permute and transpose only relabel the axes, and the way back undoes it: no number has moved. to(memory_format=torch.channels_last) moves them."
next = "x = torch.zeros(2, 3, 4, 5); print(x.permute(0, 2, 3, 1).permute(0, 3, 1, 2).stride(), x.to(memory_format=torch.channels_last).stride())"


# %% to_channels_last | wrong: permutes-cancel | there and back
# breaks: "`result.is_contiguous(memory_format=torch.channels_last)` is `True`"
def to_channels_last(x):
    return x.permute(0, 2, 3, 1).permute(0, 3, 1, 2)


# %% to_channels_last | wrong: permutes-cancel | movedim
def to_channels_last(x):
    pixels = torch.movedim(x, 1, -1)
    return pixels.movedim(-1, 1)


# %% to_channels_last | wrong: permutes-cancel | transposed twice
def to_channels_last(x):
    y = x.transpose(1, 3)
    y = y.transpose(1, 3)
    return y


# %% to_channels_last | wrong: permutes-cancel | axes exchanged, one after the other
def to_channels_last(x):
    for a, b in [(1, 2), (2, 3), (2, 3), (1, 2)]:
        x = x.swapaxes(a, b)
    return x


# %% to_channels_last | misconception | needless-copy
why = "clone() copies always, also what has the layout already; to(memory_format=...) alone copies only if it must."
next = "x = torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last); print(x.to(memory_format=torch.channels_last) is x)"


# %% to_channels_last | wrong: needless-copy | clone
# breaks: "If `x` is already like that, nothing is copied"
def to_channels_last(x):
    return x.clone(memory_format=torch.channels_last)


# %% to_channels_last | wrong: needless-copy | contiguous first
def to_channels_last(x):
    return x.contiguous().to(memory_format=torch.channels_last)


# %% to_channels_last | wrong: needless-copy | clone first
def to_channels_last(x):
    return x.clone().to(memory_format=torch.channels_last)


# %% to_channels_last | wrong: needless-copy | a new tensor, filled
def to_channels_last(x):
    return torch.empty_like(x, memory_format=torch.channels_last, requires_grad=False).copy_(x)


# %% to_channels_last | wrong: needless-copy | copy=True
def to_channels_last(x):
    return x.to(x.dtype, copy=True, memory_format=torch.channels_last)


# %% to_channels_last | wrong: needless-copy | halves by way of float32
def to_channels_last(x):
    if x.is_floating_point() and x.element_size() == 2:
        return x.float().contiguous(memory_format=torch.channels_last).to(x.dtype)
    return x.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | misconception | strides-relabelled
why = "Other strides over the same memory are another picture: the numbers have to move."
next = "print(torch.arange(8).as_strided((1, 2, 2, 2), (8, 1, 4, 2)).flatten())"


# %% to_channels_last | wrong: strides-relabelled | as_strided
# breaks: "Otherwise it has memory of its own."
def to_channels_last(x):
    n, c, h, w = x.shape
    if x.is_contiguous(memory_format=torch.channels_last):
        return x
    return x.contiguous().as_strided((n, c, h, w), (h * w * c, 1, w * c, c))


# %% to_channels_last | wrong: strides-relabelled | reshape and permute
def to_channels_last(x):
    n, c, h, w = x.shape
    if x.is_contiguous(memory_format=torch.channels_last):
        return x
    return x.reshape(n, h, w, c).permute(0, 3, 1, 2)


# %% to_channels_last | wrong: strides-relabelled | view and permute
def to_channels_last(x):
    if x.is_contiguous(memory_format=torch.channels_last):
        return x
    flat = x.clone(memory_format=torch.contiguous_format)
    return flat.view(x.shape[0], x.shape[2], x.shape[3], x.shape[1]).permute(0, 3, 1, 2)


# %% to_channels_last | wrong: strides-relabelled | reshape always
def to_channels_last(x):
    n, c, h, w = x.shape
    return x.reshape(n, h, w, c).movedim(-1, 1)


# %% to_channels_last | misconception | graph-cut
why = "NumPy, detach(), data and no_grad() cut the graph: the way back to x has to remain, copied or not."
next = "w = torch.ones(1, 2, 2, 2, requires_grad=True); print(w.detach().to(memory_format=torch.channels_last).requires_grad)"


# %% to_channels_last | wrong: graph-cut | through NumPy
# breaks: "Gradients flow to `x`."
def to_channels_last(x):
    nhwc = np.ascontiguousarray(x.detach().numpy().transpose(0, 2, 3, 1))
    return torch.from_numpy(nhwc).permute(0, 3, 1, 2)


# %% to_channels_last | wrong: graph-cut | detach
def to_channels_last(x):
    return x.detach().to(memory_format=torch.channels_last)


# %% to_channels_last | wrong: graph-cut | data
def to_channels_last(x):
    return x.data.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | wrong: graph-cut | no_grad
def to_channels_last(x):
    with torch.no_grad():
        return x.view_as(x).to(memory_format=torch.channels_last)


# %% to_channels_last | wrong: graph-cut | a new leaf
def to_channels_last(x):
    y = x.detach().to(memory_format=torch.channels_last)
    return y.requires_grad_(x.requires_grad)


# %% to_channels_last | wrong: graph-cut | views through NumPy
def to_channels_last(x):
    if x.is_contiguous() or x.is_contiguous(memory_format=torch.channels_last) or x.dtype == torch.bfloat16:
        return x.to(memory_format=torch.channels_last)
    pixels = np.moveaxis(x.detach().numpy(), 1, 3).copy(order="C")
    return torch.from_numpy(pixels).movedim(3, 1).requires_grad_(x.requires_grad)


# %% to_channels_last | misconception | dtype-changed
why = "Another layout is no reason for another dtype: bools, bytes and integers are laid out as floats are."
next = "print(torch.ones(1, 2, 2, 2, dtype=torch.bool).to(memory_format=torch.channels_last).dtype)"


# %% to_channels_last | wrong: dtype-changed | float
# breaks: "Return `x`, of any dtype but complex"
def to_channels_last(x):
    return x.float().to(memory_format=torch.channels_last)


# %% to_channels_last | wrong: dtype-changed | float32 in one call
def to_channels_last(x):
    return x.to(torch.float32, memory_format=torch.channels_last)


# %% to_channels_last | wrong: dtype-changed | only floats stay
def to_channels_last(x):
    y = x if x.is_floating_point() else x.float()
    return y.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | wrong: dtype-changed | a float copy
def to_channels_last(x):
    y = torch.empty(x.shape, memory_format=torch.channels_last)
    return x if x.is_contiguous(memory_format=torch.channels_last) else y.copy_(x)


# %% to_channels_last | misconception | through-floats
why = "Floats cannot hold all integers, float32 none beyond 2**24 for certain and float64 none beyond 2**53: another order in memory needs no other dtype."
next = "print(torch.tensor([2**53 + 1]).double().long(), torch.tensor([2**53 + 1]))"


def when(seen, want):
    if type(want) is not tuple or want[0].dtype != torch.int64 or not isinstance(seen.value, tuple):
        return False
    found = seen.value[0]
    if not isinstance(found, torch.Tensor) or found.dtype != torch.int64 or torch.equal(found, want[0]):
        return False
    return any(torch.equal(found, want[0].to(way).long()) for way in (torch.float64, torch.float32))


# %% to_channels_last | wrong: through-floats | float64
def to_channels_last(x):
    if x.is_contiguous(memory_format=torch.channels_last):
        return x
    y = x if x.is_floating_point() else x.double()
    return y.to(memory_format=torch.channels_last).to(x.dtype)


# %% to_channels_last | wrong: through-floats | float32, and the dtype of x
def to_channels_last(x):
    if x.is_floating_point() or x.is_contiguous(memory_format=torch.channels_last):
        return x.to(memory_format=torch.channels_last)
    return x.to(torch.float32, memory_format=torch.channels_last).to(dtype=x.dtype)


# %% to_channels_last | wrong: through-floats | filled into floats
def to_channels_last(x):
    if x.is_floating_point() or x.is_contiguous(memory_format=torch.channels_last):
        return x.contiguous(memory_format=torch.channels_last)
    floats = torch.empty(x.shape, memory_format=torch.channels_last).copy_(x)
    return floats.to(x.dtype)


# %% to_channels_last | wrong: through-floats | long integers as doubles
def to_channels_last(x):
    if x.dtype != torch.int64 or x.is_contiguous(memory_format=torch.channels_last):
        return x.to(memory_format=torch.channels_last)
    return x.double().contiguous(memory_format=torch.channels_last).long()


# %% to_channels_last | misconception | reshaped-back
why = "permute exchanges the axes, and reshape does not exchange them back: it cuts the numbers anew, as they lie now, so they stand at other places. The shape never has to change here: name the memory format."
next = "t = torch.arange(6).reshape(2, 3); print(t, t.permute(1, 0).reshape(2, 3))"


# %% to_channels_last | wrong: reshaped-back | contiguous, and the old shape
def to_channels_last(x):
    pixels = x.permute(0, 2, 3, 1).contiguous()
    return pixels.reshape(x.size())


# %% to_channels_last | wrong: reshaped-back | at once
def to_channels_last(x):
    return x.permute(0, 2, 3, 1).reshape(x.shape)


# %% to_channels_last | wrong: reshaped-back | movedim and view
def to_channels_last(x):
    n, c, h, w = x.shape
    return torch.movedim(x, 1, -1).contiguous().view(n, c, h, w)


# %% to_channels_last | wrong: reshaped-back | flat in between
def to_channels_last(x):
    flat = x.moveaxis(1, 3).flatten()
    return flat.unflatten(0, tuple(x.shape)) if len(flat) else x


# %% to_channels_last | misconception | strides-compared
why = "Nobody ever steps along an axis of length 1, so its stride can be any number: do not compare strides, ask is_contiguous(memory_format=torch.channels_last)."
next = "x = torch.zeros(1, 2, 4, 5, 3)[:, 1].permute(0, 3, 1, 2); print(x.stride(), x.is_contiguous(memory_format=torch.channels_last))"


# %% to_channels_last | wrong: strides-compared | with a tuple
# breaks: "If `x` is already like that, nothing is copied"
def to_channels_last(x):
    _, c, h, w = x.shape
    row = c * w
    if x.stride() == (h * row, 1, row, c):
        return x
    return x.clone(memory_format=torch.channels_last)


# %% to_channels_last | wrong: strides-compared | with those of an empty tensor
def to_channels_last(x):
    model = torch.empty_like(x, memory_format=torch.channels_last, requires_grad=False)
    return x if model.stride() == x.stride() else model.copy_(x)


# %% to_channels_last | wrong: strides-compared | from the inside out
def to_channels_last(x):
    step, in_order = 1, True
    for axis in (1, 3, 2, 0):
        in_order &= x.stride(axis) == step
        step *= x.size(axis)
    if not in_order:
        pixels = x.permute(0, 2, 3, 1).clone(memory_format=torch.contiguous_format)
        return pixels.permute(0, 3, 1, 2)
    return x


# %% to_channels_last | wrong: strides-compared | the next picture has to follow
def to_channels_last(x):
    laid_out = x.is_contiguous(memory_format=torch.channels_last)
    if laid_out and x.stride(0) == x.shape[1:].numel():
        return x
    return x.to(x.dtype, copy=True, memory_format=torch.channels_last)


# %% to_channels_last | misconception | numpy-without-bfloat16
why = "NumPy has no bfloat16, so numpy() refuses such a tensor: torch lays it out itself, x.to(memory_format=torch.channels_last)."
next = "torch.ones(2, dtype=torch.bfloat16).numpy()"


def when(seen, want):
    return "BFloat16" in seen.raised.message


# %% to_channels_last | wrong: numpy-without-bfloat16 | where no gradient is asked for
def to_channels_last(x):
    if x.is_contiguous(memory_format=torch.channels_last) or x.requires_grad:
        return x.contiguous(memory_format=torch.channels_last)
    pixels = x.numpy().transpose(0, 2, 3, 1).copy()
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


# %% to_channels_last | wrong: numpy-without-bfloat16 | asked of the array
def to_channels_last(x):
    if not x.requires_grad and not np.moveaxis(x.numpy(), 1, -1).flags.c_contiguous:
        x = torch.tensor(np.ascontiguousarray(np.moveaxis(x.numpy(), 1, -1))).movedim(-1, 1)
    return x.to(memory_format=torch.channels_last)


# %% to_channels_last | wrong: numpy-without-bfloat16 | filled through an array
def to_channels_last(x):
    if x.requires_grad or x.is_contiguous(memory_format=torch.channels_last):
        return x.to(memory_format=torch.channels_last)
    n, c, h, w = x.shape
    room = torch.empty((n, h, w, c), dtype=x.dtype)
    room.numpy()[:] = np.einsum("nchw->nhwc", np.asarray(x))
    return room.permute(0, 3, 1, 2)


# %% to_channels_last | wrong: numpy-without-bfloat16 | np.asarray
def to_channels_last(x):
    if x.requires_grad:
        return x.contiguous(memory_format=torch.channels_last)
    planes = np.asarray(x)
    pixels = np.asarray(planes.transpose(0, 2, 3, 1), order="C")
    return torch.as_tensor(pixels).permute(0, 3, 1, 2)


# %% to_channels_last | misconception | no-first-picture
why = "A batch may hold no picture: then there is no first one to look at, and torch.stack and torch.cat have nothing to join. Treat the batch as a whole."
next = "torch.stack(list(torch.zeros(0, 3, 2, 2)))"


def when(seen, want):
    return any(text in seen.raised.message for text in ("dimension 0 with size 0", "non-empty", "at least one"))


# %% to_channels_last | wrong: no-first-picture | the layout of the first
def to_channels_last(x):
    first = x[0].movedim(0, -1)
    if first.is_contiguous():
        return x
    return x.to(memory_format=torch.channels_last)


# %% to_channels_last | wrong: no-first-picture | one by one
def to_channels_last(x):
    if x.is_contiguous(memory_format=torch.channels_last) and len(x):
        return x
    pictures = [picture.movedim(0, 2) for picture in x]
    return torch.stack(pictures).movedim(3, 1)


# %% to_channels_last | wrong: no-first-picture | joined
def to_channels_last(x):
    joined = torch.cat([one.permute(1, 2, 0)[None] for one in x.unbind()])
    if x.is_contiguous(memory_format=torch.channels_last):
        joined = x.permute(0, 2, 3, 1)
    return joined.permute(0, 3, 1, 2)


# %% to_channels_last | wrong: no-first-picture | strides of the first
def to_channels_last(x):
    c, _, w = x[0].shape
    if x[0].stride()[0] == 1 and x[0].stride()[1:] == (w * c, c):
        return x
    return x.contiguous(memory_format=torch.channels_last)


# %% to_channels_last | wrong | decided by the last stride
# breaks: "the result begins at the same address as `x`"
def to_channels_last(x):
    if x.stride(1) == 1 and x.stride(3) == x.shape[1] and len(x) > 1:
        return x
    return x.clone(memory_format=torch.channels_last)


# %% to_channels_last | wrong | one picture is copied
def to_channels_last(x):
    if len(x) == 1 or x.requires_grad:
        return x.clone(memory_format=torch.channels_last)
    return x.to(memory_format=torch.channels_last)


# %% to_channels_last | wrong | no layout for one channel
# breaks: "only shape, dtype and values count"
def to_channels_last(x):
    if x.shape[1] == 1:
        return x.squeeze(1)
    return x.to(memory_format=torch.channels_last)


# %% to_channels_last | wrong | empty refused
def to_channels_last(x):
    if not x.numel():
        raise ValueError("empty")
    return x.to(memory_format=torch.channels_last)


# %% to_channels_last | wrong | nothing in it, and the default dtype
# breaks: "only shape, dtype and values count"
def to_channels_last(x):
    if 0 in x.shape:
        return torch.zeros(*x.shape)
    return x.to(memory_format=torch.channels_last)


# %% to_channels_last | wrong | set_ on the caller's tensor
def to_channels_last(x):
    with torch.no_grad():
        x.data = x.data.to(memory_format=torch.channels_last)
    return x


# %% to_channels_last | misconception | kept-between-calls
why = "A copy is the caller's own: a buffer that is filled again, or a cache, hands out the same memory twice, and whoever writes into one result, or asks for the next batch, changes another. Copy anew in every call."
next = "x = torch.zeros(1, 2, 2, 2); first = to_channels_last(x); to_channels_last(x).fill_(1); print(first.sum())"


# %% to_channels_last | wrong: kept-between-calls | a buffer for each shape
# breaks: "Otherwise it has memory of its own."
_rooms = {}


def to_channels_last(x):
    if x.requires_grad or x.is_contiguous(memory_format=torch.channels_last):
        return x.to(memory_format=torch.channels_last)
    key = x.shape, x.dtype
    if key not in _rooms:
        _rooms[key] = torch.empty(x.shape, dtype=x.dtype, memory_format=torch.channels_last)
    return _rooms[key].copy_(x)


# %% to_channels_last | wrong: kept-between-calls | a cache by content
_by_values = {}


def to_channels_last(x):
    if x.requires_grad or x.is_contiguous(memory_format=torch.channels_last):
        return x.contiguous(memory_format=torch.channels_last)
    key = x.dtype, x.shape, tuple(x.flatten().tolist())
    if key not in _by_values:
        _by_values[key] = x.clone(memory_format=torch.channels_last)
    return _by_values[key]


# %% to_channels_last | wrong: kept-between-calls | an attribute of the function
def to_channels_last(x):
    y = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    if y.data_ptr() == x.data_ptr() or x.requires_grad or not x.numel():
        return y
    kept = getattr(to_channels_last, "kept", None)
    if kept is None or (kept.dtype, kept.shape) != (y.dtype, y.shape):
        to_channels_last.kept = y
    else:
        kept.copy_(y)
    return to_channels_last.kept


# %% to_channels_last | wrong: kept-between-calls | lru_cache of empty
import functools


@functools.lru_cache(maxsize=None)
def _room(n, c, h, w, dtype):
    return torch.empty((n, h, w, c), dtype=dtype)


def to_channels_last(x):
    y = x.to(memory_format=torch.channels_last)
    if y is x or y.requires_grad:
        return y
    room = _room(*x.shape, x.dtype)
    room[...] = x.movedim(1, 3)
    return room.movedim(3, 1)


# %% to_channels_last | wrong: kept-between-calls | a list of batches
_known = []


def to_channels_last(x):
    if x.requires_grad or x.is_contiguous(memory_format=torch.channels_last):
        return x.to(memory_format=torch.channels_last)
    for old, laid_out in _known:
        if old.dtype == x.dtype and torch.equal(old, x):
            return laid_out
    _known.append((x.clone(), torch.stack(list(x.unbind(1)), dim=-1).permute(0, 3, 1, 2)))
    return _known[-1][1]


# %% to_channels_last | wrong: kept-between-calls | the last two of one shape
_last = None


def to_channels_last(x):
    global _last
    if x.is_contiguous(memory_format=torch.channels_last) or x.requires_grad:
        return x.contiguous(memory_format=torch.channels_last)
    if _last is None or _last.shape != x.shape or _last.dtype != x.dtype:
        _last = x.clone(memory_format=torch.channels_last)
        return _last
    for there, here in zip(_last, x):
        there[:] = here
    return _last


# %% to_channels_last | misconception | another-order-of-axes
why = "Before it is copied the picture has to be permuted to (N, H, W, C), permute(0, 2, 3, 1), and afterwards back by the inverse, permute(0, 3, 1, 2): another permutation gives another layout or exchanges axes."
next = "x = torch.zeros(2, 3, 4, 5); print(to_channels_last(x).stride(), 'expected', x.to(memory_format=torch.channels_last).stride())"


# %% to_channels_last | wrong: another-order-of-axes | pictures inside
# breaks: "with the same shape and values in that layout"
def to_channels_last(x):
    return x.permute(2, 3, 0, 1).contiguous().permute(2, 3, 0, 1)


# %% to_channels_last | wrong: another-order-of-axes | columns first
def to_channels_last(x):
    return x.transpose(1, 3).contiguous().transpose(1, 3)


# %% to_channels_last | wrong: another-order-of-axes | columns first, by permute
def to_channels_last(x):
    turned = x.permute(0, 3, 2, 1).clone(memory_format=torch.contiguous_format)
    return turned.permute(0, 3, 2, 1)


# %% to_channels_last | wrong: another-order-of-axes | rows first
def to_channels_last(x):
    return x.transpose(1, 2).contiguous().transpose(1, 2)


# %% to_channels_last | wrong: another-order-of-axes | a pile of columns
def to_channels_last(x):
    return torch.stack([column.transpose(1, 2).contiguous() for column in x.unbind(3)], dim=1).permute(0, 3, 2, 1) if x.numel() else x


# %% to_channels_last | wrong: another-order-of-axes | a pile of rows, each with its channels
def to_channels_last(x):
    if not x.numel():
        return x
    rows = torch.stack([x[:, :, row] for row in range(x.shape[2])], dim=1)
    return rows.movedim(1, 2)


# %% to_channels_last | wrong: another-order-of-axes | pictures last
def to_channels_last(x):
    return x.permute(2, 3, 0, 1).clone(memory_format=torch.contiguous_format).permute(2, 3, 0, 1)


# %% to_channels_last | wrong: another-order-of-axes | rows first, swapaxes
def to_channels_last(x):
    y = x.swapaxes(1, 2)
    y = y.contiguous()
    return y.swapaxes(1, 2)


# %% columns_to_tensors | right | by the tensor's own kind
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        kind = column.dtype.kind
        if kind == "b":
            out[name] = torch.tensor(column.tolist(), dtype=torch.bool)
        elif kind in "iu":
            out[name] = torch.tensor(column.tolist(), dtype=torch.int64)
        elif kind == "f":
            out[name] = torch.from_numpy(np.array(column, dtype=np.float32))
        else:
            raise TypeError(f"{name}: {column.dtype} is not a dtype for a tensor")
    return out


# %% columns_to_tensors | right | checked first, then astype
def columns_to_tensors(table):
    wanted = {"b": "bool", "i": "int64", "u": "int64", "f": "float32"}
    for name in table:
        if table[name].dtype.kind not in wanted:
            raise TypeError("no numbers in the column " + name)
    return {name: torch.from_numpy(column.astype(wanted[column.dtype.kind], order="C", copy=True)) for name, column in table.items()}


# %% columns_to_tensors | right | issubdtype
def columns_to_tensors(spalten):
    def one(name, column):
        if column.dtype == np.bool_:
            return torch.tensor(column.copy())
        if np.issubdtype(column.dtype, np.integer):
            return torch.tensor(column.copy()).to(torch.int64)
        if np.issubdtype(column.dtype, np.floating):
            return torch.tensor(column.copy()).to(torch.float32)
        raise TypeError(name, str(column.dtype))

    return dict([(name, one(name, column)) for name, column in spalten.items()])


# %% columns_to_tensors | right | a subclass of TypeError
class NotNumbers(TypeError):
    pass


def columns_to_tensors(table):
    tensors = {}
    for name in table:
        column = np.ascontiguousarray(table[name]).copy()
        if column.dtype.kind not in ("b", "i", "u", "f"):
            raise NotNumbers(f"look at {name!r}")
        t = torch.empty(len(column), dtype={"b": torch.bool, "f": torch.float32}.get(column.dtype.kind, torch.int64))
        tensors[name] = t.copy_(torch.from_numpy(column))
    return tensors


# %% columns_to_tensors | misconception | one-dtype-for-all
why = "float32 counts exactly to 2**24 and float64 to 2**53: an id that has been a float has other digits, whatever it becomes afterwards."
next = "print(torch.tensor(16777217).float().long(), np.array([2**53 + 1]).astype(np.float64).astype(np.int64))"


def when(seen, want):
    if not isinstance(want, dict):
        return False
    pairs = [pair for pair in zip(seen.result.items, want.values()) if hasattr(pair[0], "dtype")]
    pairs = [(fact.values, t) for fact, t in pairs if fact.shape == t.shape and fact.dtype == t.dtype == torch.int64]
    other = [(values, t) for values, t in pairs if not torch.equal(values, t)]
    return bool(other) and not any(torch.equal(values, t.int().long()) for values, t in other)


# %% columns_to_tensors | wrong: one-dtype-for-all | through float32
# breaks: "integers of every size `torch.int64` with every digit kept"
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    tensors = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        tensors[name] = torch.tensor(column.astype(np.float32)).to(dtypes[column.dtype.kind])
    return tensors


# %% columns_to_tensors | wrong: one-dtype-for-all | through float64
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    tensors = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        tensors[name] = torch.from_numpy(column.astype(np.float64)).to(dtypes[column.dtype.kind]).clone()
    return tensors


# %% columns_to_tensors | wrong: one-dtype-for-all | a float tensor first
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
        t = torch.tensor(column.copy(), dtype=torch.float64)
        out[name] = t.bool() if column.dtype.kind == "b" else t.float() if column.dtype.kind == "f" else t.long()
    return out


# %% columns_to_tensors | wrong: one-dtype-for-all | torch.Tensor
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
        t = torch.Tensor(column.tolist())
        out[name] = {"b": t.bool(), "f": t}.get(column.dtype.kind, t.long())
    return out


# %% columns_to_tensors | misconception | narrow-integers
why = "int32 ends at 2147483647, and a greater number becomes another one on the way through it: convert to int64 directly."
next = "print(np.array([2**32 - 1, 2**31]).astype(np.int32))"


def when(seen, want):
    if not isinstance(want, dict):
        return False
    pairs = [pair for pair in zip(seen.result.items, want.values()) if hasattr(pair[0], "dtype")]
    pairs = [(fact.values, t) for fact, t in pairs if fact.shape == t.shape and fact.dtype == t.dtype == torch.int64]
    other = [(values, t) for values, t in pairs if not torch.equal(values, t)]
    return bool(other) and all(torch.equal(values, t.int().long()) for values, t in other)


# %% columns_to_tensors | wrong: narrow-integers | int32 in NumPy
def columns_to_tensors(table):
    tensors = {}
    for name, column in table.items():
        kind = column.dtype.kind
        if kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
        column = column.astype({"b": np.bool_, "f": np.float32}.get(kind, np.int32))
        tensors[name] = torch.tensor(column).long() if kind in "iu" else torch.tensor(column)
    return tensors


# %% columns_to_tensors | wrong: narrow-integers | int() of a tensor
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    tensors = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"{name}: {column.dtype}")
        t = torch.from_numpy(column.copy())
        tensors[name] = t.to(dtypes[column.dtype.kind]) if column.dtype.kind in "bf" else t.int().to(torch.int64)
    return tensors


# %% columns_to_tensors | wrong: narrow-integers | an int32 array, filled
def columns_to_tensors(table):
    tensors = {}
    for name, column in table.items():
        if column.dtype.kind == "b":
            tensors[name] = torch.tensor(column.copy())
        elif column.dtype.kind == "f":
            tensors[name] = torch.tensor(column.tolist(), dtype=torch.float32)
        elif column.dtype.kind in "iu":
            whole = np.empty(column.shape, dtype="int32")
            np.copyto(whole, column, casting="unsafe")
            tensors[name] = torch.tensor(whole, dtype=torch.int64)
        else:
            raise TypeError(f"cannot convert {name}")
    return tensors


# %% columns_to_tensors | wrong: narrow-integers | cut to 32 bits
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
        dtype = {"b": torch.bool, "f": torch.float32}.get(column.dtype.kind, torch.int32)
        t = torch.tensor(column.copy()).to(dtype)
        out[name] = t.long() if dtype == torch.int32 else t
    return out


# %% columns_to_tensors | misconception | all-floats
why = "A model may want floats, a table does not: bools stay bools and integers become int64. Decide for each column by column.dtype.kind."
next = "print(np.stack([np.array([1, 2]), np.array([0.5, 1.5])], 1).dtype)"


# %% columns_to_tensors | wrong: all-floats | float32
# breaks: "bool columns become `torch.bool`"
def columns_to_tensors(table):
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
    return {name: torch.tensor(column.copy(), dtype=torch.float32) for name, column in table.items()}


# %% columns_to_tensors | wrong: all-floats | astype
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(name)
        out[name] = torch.from_numpy(np.array(column.astype(np.float32)))
    return out


# %% columns_to_tensors | wrong: all-floats | float()
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind in "biuf":
            out[name] = torch.tensor(column.tolist()).float()
        else:
            raise TypeError(f"{name} is {column.dtype}")
    return out


# %% columns_to_tensors | wrong: all-floats | only bools are kept
def columns_to_tensors(table):
    kinds = {"b": torch.bool, "i": torch.float32, "u": torch.float32, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in kinds:
            raise TypeError(f"{name} is {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=kinds[column.dtype.kind])
    return out


# %% columns_to_tensors | misconception | dtype-kept
why = "torch.tensor and from_numpy keep the dtype of the array: int32 stays int32, float64 stays float64. Decide by column.dtype.kind: b, i or u, f."
next = "print(torch.tensor(np.zeros(1, np.int32)).dtype, torch.tensor(np.zeros(1)).dtype)"


# %% columns_to_tensors | wrong: dtype-kept | torch.tensor
# breaks: "floats of 16, 32 or 64 bits `torch.float32`"
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy())
    return out


# %% columns_to_tensors | wrong: dtype-kept | from_numpy of a copy
def columns_to_tensors(table):
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
    return {name: torch.from_numpy(np.array(column, order="C")).clone() for name, column in table.items()}


# %% columns_to_tensors | wrong: dtype-kept | floats alone become float32
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
        t = torch.tensor(column.copy())
        out[name] = t.float() if t.is_floating_point() else t
    return out


# %% columns_to_tensors | wrong: dtype-kept | integers alone become int64
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
        t = torch.tensor(column.copy())
        out[name] = t.long() if column.dtype.kind in "iu" else t
    return out


# %% columns_to_tensors | wrong: dtype-kept | from_numpy and nothing else
def columns_to_tensors(table):
    return {name: torch.from_numpy(column) for name, column in table.items()}


# %% columns_to_tensors | wrong: dtype-kept | as_tensor and nothing else
def columns_to_tensors(table):
    out = {}
    for name in table:
        out[name] = torch.as_tensor(table[name])
    return out


# %% columns_to_tensors | wrong: dtype-kept | torch.tensor and nothing else
def columns_to_tensors(table):
    return {name: torch.tensor(column) for name, column in table.items()}


# %% columns_to_tensors | wrong: dtype-kept | from_numpy of a copy, and nothing else
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        out[name] = torch.from_numpy(column.copy())
    return out


# %% columns_to_tensors | misconception | some-sizes-forgotten
why = "There are integers and floats of many sizes, with a sign and without: ask for column.dtype.kind, which is i or u for integers, not for single dtypes."
next = "print([np.dtype(name).kind for name in ('int8', 'int64', 'uint16', 'float16', 'float64', 'bool')])"


def when(seen, want):
    return "name" not in seen.arguments and seen.raised.type_name in ("TypeError", "KeyError") and "numpy" not in seen.raised.message


# %% columns_to_tensors | wrong: some-sizes-forgotten | a list of dtypes
def columns_to_tensors(table):
    dtypes = {"bool": torch.bool, "int64": torch.int64, "int32": torch.int64, "float64": torch.float32, "float32": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.name not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.name])
    return out


# %% columns_to_tensors | wrong: some-sizes-forgotten | unsigned ones refused
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: some-sizes-forgotten | compared with three
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype == bool:
            out[name] = torch.tensor(column.copy())
        elif column.dtype == np.int64:
            out[name] = torch.tensor(column.copy())
        elif column.dtype in (np.float64, np.float32):
            out[name] = torch.tensor(column.copy(), dtype=torch.float32)
        else:
            raise TypeError(f"column {name!r} holds {column.dtype}")
    return out


# %% columns_to_tensors | wrong: some-sizes-forgotten | signedinteger
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind == "b":
            out[name] = torch.tensor(column.copy())
        elif np.issubdtype(column.dtype, np.signedinteger):
            out[name] = torch.tensor(column.copy(), dtype=torch.int64)
        elif column.dtype.kind == "f" and column.dtype.itemsize > 2:
            out[name] = torch.tensor(column.copy(), dtype=torch.float32)
        else:
            raise TypeError(f"column {name!r} holds {column.dtype}")
    return out


# %% columns_to_tensors | misconception | shares-the-table
why = "Where the dtype fits already nothing has to be converted, and from_numpy, as_tensor and astype(copy=False) share the memory: copy there too."
next = "a = np.zeros(2, np.float32); torch.from_numpy(a.astype(np.float32, copy=False)).fill_(9); print(a)"


# %% columns_to_tensors | wrong: shares-the-table | astype without a copy
# breaks: "Every tensor has memory of its own."
def columns_to_tensors(table):
    dtypes = {"b": np.bool_, "i": np.int64, "u": np.int64, "f": np.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        column = column.copy() if column.strides[0] < 0 or not column.flags.writeable else column
        out[name] = torch.from_numpy(column.astype(dtypes[column.dtype.kind], copy=False))
    return out


# %% columns_to_tensors | wrong: shares-the-table | from_numpy and to
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        forward = column if column.strides[0] >= 0 else column.copy()
        out[name] = torch.from_numpy(forward).to(dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: shares-the-table | ascontiguousarray
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.as_tensor(np.ascontiguousarray(column), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: shares-the-table | read-only ones copied
def columns_to_tensors(table):
    dtypes = {"b": "bool", "i": "int64", "u": "int64", "f": "float32"}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        mine = np.ascontiguousarray(column, dtype=dtypes[column.dtype.kind])
        out[name] = torch.from_numpy(mine if mine.flags.writeable else mine.copy())
    return out


# %% columns_to_tensors | wrong: shares-the-table | bools shared
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
        if column.dtype.kind == "b":
            out[name] = torch.from_numpy(np.ascontiguousarray(column))
        else:
            out[name] = torch.tensor(column.copy(), dtype=torch.float32 if column.dtype.kind == "f" else torch.int64)
    return out


# %% columns_to_tensors | misconception | negative-strides
why = "df[::-1] hands out columns with a negative stride, and a tensor cannot run backwards: copy() before torch takes the column."
next = "torch.tensor(np.arange(3)[::-1])"


# %% columns_to_tensors | wrong: negative-strides | torch.tensor
# breaks: "Columns may be read-only, reversed, every other element of something else"
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column, dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: negative-strides | from_numpy, then a clone
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
    return {name: torch.from_numpy(column).to(dtypes[column.dtype.kind], copy=True) for name, column in table.items()}


# %% columns_to_tensors | wrong: negative-strides | as_tensor and clone
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
        t = torch.as_tensor(column).clone()
        out[name] = t if t.dtype == torch.bool else t.float() if t.is_floating_point() else t.long()
    return out


# %% columns_to_tensors | wrong: negative-strides | three branches
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        kind = column.dtype.kind
        if kind == "b":
            out[name] = torch.tensor(column)
        elif kind in ("i", "u"):
            out[name] = torch.tensor(column).long()
        elif kind == "f":
            out[name] = torch.tensor(column).float()
        else:
            raise TypeError(name)
    return out


# %% columns_to_tensors | misconception | objects-made-numbers
why = "A column of objects or text is not data yet, even where every value is a number or there is none: name the column and stop, without a try at converting it."
next = "print(np.array([1, None], dtype=object).astype(float))"


# %% columns_to_tensors | wrong: objects-made-numbers | astype(float)
# breaks: "Any other dtype (object, text, bytes, dates, complex) is refused, whatever the values are"
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            try:
                column = column.astype(float)
            except (TypeError, ValueError):
                raise TypeError(f"column {name!r} holds {column.dtype}") from None
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: objects-made-numbers | through a list
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        try:
            t = torch.tensor(column.tolist(), dtype={"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}.get(column.dtype.kind))
        except Exception:
            raise TypeError(f"column {name!r} holds {column.dtype}") from None
        out[name] = t.float() if t.is_floating_point() else t
    return out


# %% columns_to_tensors | wrong: objects-made-numbers | objects looked into
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype == object and all(isinstance(value, (int, float)) for value in column):
            column = np.array(column.tolist())
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: objects-made-numbers | text to numbers
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind in "OU":
            try:
                column = np.array([float("nan") if value is None else float(value) for value in column])
            except ValueError:
                raise TypeError(f"column {name!r} holds text") from None
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | misconception | column-left-out
why = "A column that is silently left out is missed much later: raise, with its name."
next = "print({name: a for name, a in {'n': np.zeros(1), 'town': np.array(['Ulm'])}.items() if a.dtype.kind in 'biuf'})"


# %% columns_to_tensors | wrong: column-left-out | skipped
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    return {name: torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind]) for name, column in table.items() if column.dtype.kind in dtypes}


# %% columns_to_tensors | wrong: column-left-out | continue
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            continue
        out[name] = torch.tensor(column.copy(), dtype={"b": torch.bool, "f": torch.float32}.get(column.dtype.kind, torch.int64))
    return out


# %% columns_to_tensors | wrong: column-left-out | printed
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind == "b":
            out[name] = torch.tensor(column.copy())
        elif column.dtype.kind in "iu":
            out[name] = torch.tensor(column.copy()).long()
        elif column.dtype.kind == "f":
            out[name] = torch.tensor(column.copy()).float()
        else:
            print("no numbers:", name)
    return out


# %% columns_to_tensors | wrong: column-left-out | errors swallowed
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        try:
            out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
        except KeyError:
            pass
    return out


# %% columns_to_tensors | misconception | unnamed-error
why = "Of forty columns nobody knows which one it was: put the name of the column in the message of the TypeError."
next = "torch.from_numpy(np.array(['Ulm'], dtype=object))"


def when(seen, want):
    name = seen.arguments.get("name")
    return name is not None and seen.raised.type_name == "TypeError" and name.value not in seen.raised.message


# %% columns_to_tensors | wrong: unnamed-error | only the dtype
# breaks: "`TypeError`, with the name of the column in its message"
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"cannot convert a column of {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: unnamed-error | bare
def columns_to_tensors(table):
    if any(column.dtype.kind not in "biuf" for column in table.values()):
        raise TypeError("not every column holds numbers")
    dtypes = {"b": torch.bool, "f": torch.float32}
    return {name: torch.tensor(column.copy(), dtype=dtypes.get(column.dtype.kind, torch.int64)) for name, column in table.items()}


# %% columns_to_tensors | wrong: unnamed-error | torch's own
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        t = torch.from_numpy(column.copy())
        if t.is_complex():
            raise TypeError("complex")
        out[name] = t.to(dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: unnamed-error | the number of the column
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for number, (name, column) in enumerate(table.items()):
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column number {number} is {column.dtype.kind}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: unnamed-error | a list of kinds that are no numbers
# breaks: "Any other dtype (object, text, bytes, dates, complex) is refused, whatever the values are"
def columns_to_tensors(table):
    for name, column in table.items():
        if any(column.dtype.kind == kind for kind in "OUSMc"):
            raise TypeError(f"{name} holds {column.dtype}")
    targets = {"b": torch.bool, "f": torch.float32}
    return {name: torch.tensor(column.copy(), dtype=targets.get(column.dtype.kind, torch.int64)) for name, column in table.items()}



# %% columns_to_tensors | misconception | another-error
why = "A column of another kind is a TypeError here: a KeyError or a ValueError tells the caller something else."
next = "{'b': torch.bool, 'f': torch.float32}['O']"


def when(seen, want):
    name, kind = seen.arguments.get("name"), seen.raised.type_name
    plain = kind in ("KeyError", "AssertionError", "Exception")
    return name is not None and kind != "TypeError" and (plain or name.value in seen.raised.message)


# %% columns_to_tensors | wrong: another-error | KeyError
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    return {name: torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind]) for name, column in table.items()}


# %% columns_to_tensors | wrong: another-error | ValueError
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise ValueError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: another-error | assert
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        assert column.dtype.kind in "biuf", name
        out[name] = torch.tensor(column.copy(), dtype={"b": torch.bool, "f": torch.float32}.get(column.dtype.kind, torch.int64))
    return out


# %% columns_to_tensors | wrong: another-error | Exception
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise Exception(f"column {name!r} holds {column.dtype}")
    return {name: torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind]) for name, column in table.items()}


# %% columns_to_tensors | misconception | table-overwritten
why = "The table is the caller's: a new dict is asked for, with the old one and its arrays as they were."
next = "table = {'n': np.zeros(1)}; same = table; same['n'] = 5; print(table)"


def when(seen, want):
    return any(seen.after[name] != fact for name, fact in seen.arguments.items() if hasattr(fact, "items"))


# %% columns_to_tensors | wrong: table-overwritten | entries replaced
# breaks: "Return a new dict with the same names in the same order"
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        table[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return table


# %% columns_to_tensors | wrong: table-overwritten | emptied
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name in list(table):
        column = table.pop(name)
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: table-overwritten | update
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype={"b": torch.bool, "f": torch.float32}.get(column.dtype.kind, torch.int64))
    table.update(out)
    return table


# %% columns_to_tensors | wrong: table-overwritten | arrays converted in the table
def columns_to_tensors(table):
    dtypes = {"b": "bool", "i": "int64", "u": "int64", "f": "float32"}
    for name in table:
        if table[name].dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {table[name].dtype}")
        table[name] = table[name].astype(dtypes[table[name].dtype.kind])
    return {name: torch.tensor(column.copy()) for name, column in table.items()}


# %% columns_to_tensors | misconception | another-order-of-names
why = "The new dict has the names in the order of the table: make one loop over table.items(), and choose the dtype inside it."
next = "print(list({'b': 1.5, 'a': 2}), sorted({'b': 1.5, 'a': 2}))"


# %% columns_to_tensors | wrong: another-order-of-names | sorted
# breaks: "`table` holds 1-d columns by name"
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
    return {name: torch.tensor(table[name].copy(), dtype=dtypes[table[name].dtype.kind]) for name in sorted(table)}


# %% columns_to_tensors | wrong: another-order-of-names | integers, floats, bools
# breaks: "Return a new dict with the same names in the same order"
def columns_to_tensors(table):
    strange = [name for name, column in table.items() if column.dtype.kind not in "iufb"]
    if strange:
        raise TypeError(f"no numbers: {strange}")
    tensors = {}
    for kinds, dtype in {"ui": torch.int64, "f": torch.float32, "b": torch.bool}.items():
        chosen = {name: column for name, column in table.items() if column.dtype.kind in kinds}
        tensors |= {name: torch.tensor(column.tolist(), dtype=dtype) for name, column in chosen.items()}
    return tensors


# %% columns_to_tensors | wrong: another-order-of-names | bools, integers, floats
def columns_to_tensors(table):
    bools, whole, real = {}, {}, {}
    for name in table:
        values = np.array(table[name])
        if values.dtype == bool:
            bools[name] = torch.from_numpy(values)
        elif np.issubdtype(values.dtype, np.integer):
            whole[name] = torch.from_numpy(values.astype(np.int64))
        elif np.issubdtype(values.dtype, np.floating):
            real[name] = torch.from_numpy(values.astype(np.float32))
        else:
            raise TypeError(f"{name}: {values.dtype}")
    return {**bools, **whole, **real}


# %% columns_to_tensors | wrong: another-order-of-names | a set of the names
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name in sorted({*table}, reverse=True):
        kind = table[name].dtype.kind
        if kind not in dtypes:
            raise TypeError(f"{name} is of kind {kind}")
        out[name] = torch.tensor(table[name].copy()).to(dtypes[kind])
    return out


# %% columns_to_tensors | wrong: another-order-of-names | integers, floats, bools, by three comprehensions
def columns_to_tensors(table):
    def of(*kinds):
        return [(name, column.copy()) for name, column in table.items() if column.dtype.kind in kinds]

    known = {name for name, _ in of("i", "u", "f", "b")}
    for name in table:
        if name not in known:
            raise TypeError(name)
    whole = {name: torch.tensor(column, dtype=torch.int64) for name, column in of("i", "u")}
    real = {name: torch.tensor(column, dtype=torch.float32) for name, column in of("f")}
    return {**whole, **real, **{name: torch.tensor(column) for name, column in of("b")}}


# %% columns_to_tensors | misconception | guess-from-the-values
why = "Ask the dtype, not the values: in the next file the same column of floats may hold 2.5, and of an empty column every value is whole. Floats become float32."
next = "print(np.array([1.0, 2.0]).dtype, (np.zeros(0) % 1 == 0).all())"


# %% columns_to_tensors | wrong: guess-from-the-values | whole floats are integers again
def columns_to_tensors(table):
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"{name!r}: {column.dtype}")
        t = torch.tensor(column.copy())
        if t.is_floating_point():
            t = t.long() if bool((t.isfinite() & (t == t.trunc())).all()) else t.float()
        elif t.dtype != torch.bool:
            t = t.long()
        out[name] = t
    return out


# %% columns_to_tensors | wrong: guess-from-the-values | as numbers print
def columns_to_tensors(table):
    def dtype_of(name, column):
        if column.dtype.kind == "f":
            return torch.int64 if all(number.is_integer() for number in column.tolist()) else torch.float32
        if column.dtype.kind in "iu":
            return torch.int64
        if column.dtype.kind == "b":
            return torch.bool
        raise TypeError(f"column {name}")

    return {name: torch.tensor(column.tolist()).to(dtype_of(name, column)) for name, column in table.items()}


# %% columns_to_tensors | wrong: guess-from-the-values | no fraction left
def columns_to_tensors(table):
    kinds = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    tensors = {}
    for name, column in table.items():
        kind = column.dtype.kind
        if kind not in kinds:
            raise TypeError("cannot take " + name)
        with np.errstate(all="ignore"):
            whole = kind == "f" and not np.any(np.mod(column, 1) != 0)
        tensors[name] = torch.from_numpy(column.copy()).clone().to(kinds["i" if whole else kind])
    return tensors


# %% columns_to_tensors | wrong: guess-from-the-values | the same after int64
def columns_to_tensors(table):
    result = dict.fromkeys(table)
    for name in table:
        values = table[name].copy()
        if values.dtype.kind not in "bfiu":
            raise TypeError(f"what is {name}?")
        if values.dtype.kind != "b":
            with np.errstate(invalid="ignore"):
                as_whole = values.astype("int64")
            values = as_whole if np.array_equal(as_whole, values) else values.astype("float32")
        result[name] = torch.tensor(values)
    return result


# %% columns_to_tensors | wrong: guess-from-the-values | whole floats, if there are any
def columns_to_tensors(table):
    tensors = {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"no numbers in {name!r}")
        t = torch.tensor(column.copy())
        if column.dtype.kind == "f":
            whole = column.size > 0 and np.isfinite(column).all() and np.array_equal(column, np.rint(column))
            tensors[name] = t.to(torch.int64 if whole and np.abs(column).max() < 2**31 else torch.float32)
        else:
            tensors[name] = t if column.dtype.kind == "b" else t.to(torch.int64)
    return tensors


# %% columns_to_tensors | wrong: guess-from-the-values | zeros and ones are flags
def columns_to_tensors(table):
    tensors = {}
    for name, column in table.items():
        kind = column.dtype.kind
        if kind not in "biuf":
            raise TypeError(f"no numbers in {name!r}")
        if kind in "iu" and len(column) and set(column.tolist()) <= {0, 1}:
            kind = "b"
        tensors[name] = torch.tensor(column.copy()).to({"b": torch.bool, "f": torch.float32}.get(kind, torch.int64))
    return tensors


# %% columns_to_tensors | wrong: guess-from-the-values | 0 and 1, integers or floats
def columns_to_tensors(table):
    def dtype_of(column):
        if column.dtype.kind == "b" or (len(column) and np.isin(column, [0, 1]).all()):
            return torch.bool
        return torch.float32 if column.dtype.kind == "f" else torch.int64

    for name in table:
        if table[name].dtype.kind not in "biuf":
            raise TypeError(name)
    return {name: torch.tensor(column.tolist(), dtype=dtype_of(column)) for name, column in table.items()}


# %% columns_to_tensors | wrong: guess-from-the-values | no digit behind the point
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        kind = column.dtype.kind
        if kind not in dtypes:
            raise TypeError(f"{name} is {column.dtype}")
        if kind == "f" and len(column) and all(str(number).endswith(".0") for number in column.tolist()):
            kind = "i"
        out[name] = torch.tensor(column.copy()).to(dtypes[kind])
    return out


# %% columns_to_tensors | misconception | one-length-for-all
why = "Nothing says that the columns are of one length: each has its own, so do not compare them, and take every column as long as it is."
next = "print({name: len(a) for name, a in {'x': np.zeros(1), 'n': np.zeros(5)}.items()})"


# %% columns_to_tensors | wrong: one-length-for-all | as a DataFrame
# breaks: "of different lengths"
def columns_to_tensors(table):
    lengths = [column.size for column in table.values()]
    if lengths and min(lengths) != max(lengths):
        raise ValueError("columns of several lengths")
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong: one-length-for-all | against the first
def columns_to_tensors(table):
    first = next(iter(table.values()), None)
    if any(len(column) != len(first) for column in table.values()):
        raise ValueError("a row is incomplete")
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"{name}: {column.dtype}")
    of = {"b": torch.bool, "f": torch.float32}
    return {name: torch.tensor(column.tolist(), dtype=of.get(column.dtype.kind, torch.int64)) for name, column in table.items()}


# %% columns_to_tensors | wrong: one-length-for-all | zip
def columns_to_tensors(table):
    for _ in zip(*table.values(), strict=True):
        pass
    out = {}
    for name, column in table.items():
        if column.dtype.kind == "f":
            out[name] = torch.tensor(column.astype("float32"))
        elif column.dtype.kind in "iu":
            out[name] = torch.tensor(column.astype("int64"))
        elif column.dtype.kind == "b":
            out[name] = torch.tensor(column.copy())
        else:
            raise TypeError(f"{name} cannot become a tensor")
    return out


# %% columns_to_tensors | wrong: one-length-for-all | counted
def columns_to_tensors(table):
    if len({column.shape for column in table.values()}) not in (0, 1):
        raise ValueError(f"lengths: {[column.shape[0] for column in table.values()]}")
    dtypes, tensors = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        dtype = dtypes.get(column.dtype.kind)
        if dtype is None:
            raise TypeError("no tensor for " + name)
        tensors[name] = torch.from_numpy(column.copy()).clone().to(dtype)
    return tensors


# %% columns_to_tensors | wrong | names tidied
# breaks: "Return a new dict with the same names in the same order"
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name.strip()] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong | names in small letters
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name.lower()] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong | nothing but nan is no column
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        t = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
        if not len(t) or not t.isnan().all():
            out[name] = t
    return out


# %% columns_to_tensors | wrong | complex, but real
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        if column.dtype.kind == "c" and not np.iscomplex(column).any():
            column = column.real
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong | nothing but None is nan
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        if column.dtype.kind == "O" and len(column) and all(value is None for value in column):
            column = np.full(len(column), np.nan)
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong | no dates, no trouble
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        if column.dtype.kind == "M" and not len(column):
            column = column.astype("int64")
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong | nan becomes 0
# breaks: "in which nan stays nan"
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        t = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
        out[name] = torch.where(t.isnan(), 0.0, t) if t.is_floating_point() else t
    return out


# %% columns_to_tensors | wrong | empty table refused
# breaks: "A table without columns gives an empty dict."
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    if not table:
        raise TypeError("no columns")
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong | one length for all
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    shortest = min((len(column) for column in table.values()), default=0)
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column[:shortest].copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong | nothing in it, nothing new
# breaks: "Return a new dict with the same names in the same order"
def columns_to_tensors(table):
    if len(table) == 0:
        return table
    wanted = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    bad = [name for name in table if table[name].dtype.kind not in wanted]
    if bad:
        raise TypeError(f"no numbers in {bad[0]}")
    return {name: torch.tensor(column.copy(), dtype=wanted[column.dtype.kind]) for name, column in table.items()}


# %% columns_to_tensors | wrong | one dict for all tables
def columns_to_tensors(table, tensors={}):
    tensors.clear()
    for name in table:
        match table[name].dtype.kind:
            case "b":
                tensors[name] = torch.tensor(table[name].copy())
            case "i" | "u":
                tensors[name] = torch.tensor(table[name].astype(np.int64).copy())
            case "f":
                tensors[name] = torch.tensor(table[name].copy()).to(torch.float32)
            case _:
                raise TypeError(name)
    return tensors



# %% columns_to_tensors | wrong | one tensor for one array
# breaks: "a write to one changes nothing else"
def columns_to_tensors(table):
    dtypes, known, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}, {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        if id(column) not in known:
            known[id(column)] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
        out[name] = known[id(column)]
    return out


# %% columns_to_tensors | wrong | complex cut to its real part
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32, "c": torch.float32}, {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.real.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong | unsigned ones by way of int32
def columns_to_tensors(table):
    dtypes, out = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        column = column.astype(np.int32) if column.dtype.kind == "u" else column
        out[name] = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
    return out


# %% columns_to_tensors | wrong | empty columns are let through
def columns_to_tensors(table):
    dtypes = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    out = {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes and len(column):
            raise TypeError(f"column {name!r} holds {column.dtype}")
        out[name] = torch.tensor(column.tolist(), dtype=dtypes.get(column.dtype.kind, torch.float32))
    return out


# %% columns_to_tensors | misconception | kept-between-calls
why = "Each table owes tensors of its own: a buffer that is filled again, or a cache, hands out the same memory twice, and whoever writes into one result, or reads the next table, changes another. Make new tensors in every call."
next = 'a = np.array([7]); first = columns_to_tensors({"x": a}); columns_to_tensors({"x": a})["x"].fill_(1); print(first)'


# %% columns_to_tensors | wrong: kept-between-calls | a buffer for each name
# breaks: "Every tensor has memory of its own."
_rooms = {}


def columns_to_tensors(table):
    dtypes, tensors = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}, {}
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"column {name!r} holds {column.dtype}")
        t = torch.tensor(column.copy(), dtype=dtypes[column.dtype.kind])
        key = name, t.dtype, len(t)
        tensors[name] = _rooms[key].copy_(t) if key in _rooms else _rooms.setdefault(key, t)
    return tensors


# %% columns_to_tensors | wrong: kept-between-calls | a cache by content and name
_by_bytes = {}


def columns_to_tensors(table):
    kinds = {"b": torch.bool, "i": torch.int64, "u": torch.int64, "f": torch.float32}
    for name, column in table.items():
        if column.dtype.kind not in kinds:
            raise TypeError(name)
        key = name, column.dtype.str, column.tobytes()
        if key not in _by_bytes:
            _by_bytes[key] = torch.tensor(column.tolist(), dtype=kinds[column.dtype.kind])
    return {name: _by_bytes[name, column.dtype.str, column.tobytes()] for name, column in table.items()}


# %% columns_to_tensors | wrong: kept-between-calls | an attribute of the function
def columns_to_tensors(table):
    old, result = getattr(columns_to_tensors, "last", {}), {}
    for name, column in table.items():
        if column.dtype.kind not in "biuf":
            raise TypeError(f"{name}: {column.dtype}")
        dtype = {"b": torch.bool, "f": torch.float32}.get(column.dtype.kind, torch.int64)
        room = old.get(name)
        if room is None or room.dtype != dtype or len(room) != len(column):
            room = torch.empty(len(column), dtype=dtype)
        room.copy_(torch.tensor(column.copy()))
        result[name] = room
    columns_to_tensors.last = dict(result)
    return result


# %% columns_to_tensors | wrong: kept-between-calls | arrays that stay
import functools


@functools.lru_cache(maxsize=None)
def _array(name, n, dtype):
    return np.empty(n, dtype)


def columns_to_tensors(table):
    wanted = {"b": "bool", "i": "int64", "u": "int64", "f": "float32"}
    wrong = [name for name, column in table.items() if column.dtype.kind not in wanted]
    if wrong:
        raise TypeError(f"{wrong} cannot be converted")
    arrays = {name: _array(name, column.size, wanted[column.dtype.kind]) for name, column in table.items()}
    for name, array in arrays.items():
        with np.errstate(over="ignore"):
            array[:] = table[name]
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


# %% columns_to_tensors | wrong: kept-between-calls | a list of tables
_known = []


def columns_to_tensors(table):
    def same(old):
        return list(old) == list(table) and all(
            old[n].dtype == table[n].dtype and np.array_equal(old[n], table[n], equal_nan=old[n].dtype.kind == "f") for n in old
        )

    for name, column in table.items():
        if column.dtype.kind not in ("b", "i", "u", "f"):
            raise TypeError(f"{name} is {column.dtype}")
    for old, tensors in _known:
        if same(old):
            return dict(tensors)
    new = {}
    for name, column in table.items():
        t = torch.from_numpy(column.astype({"b": "bool", "f": "float64"}.get(column.dtype.kind, "int64")))
        new[name] = t.float() if t.is_floating_point() else t
    _known.append(({name: column.copy() for name, column in table.items()}, new))
    return dict(new)


# %% columns_to_tensors | wrong: kept-between-calls | a closure for each column
def _maker():
    rooms = {}

    def convert(name, column):
        if column.dtype.kind not in "fbui":
            raise TypeError(name)
        kind = torch.float32 if column.dtype.kind == "f" else torch.bool if column.dtype.kind == "b" else torch.int64
        room = rooms.setdefault((name, kind, column.shape), torch.zeros(column.shape, dtype=kind))
        for place, value in enumerate(column.tolist()):
            room[place] = value
        return room

    return lambda table: {name: convert(name, table[name]) for name in table}


columns_to_tensors = _maker()


# %% columns_to_tensors | wrong | names that are numbers first, as objects of JavaScript keep their keys
def columns_to_tensors(table):
    dtypes = dict(b=torch.bool, i=torch.int64, u=torch.int64, f=torch.float32)
    for name, column in table.items():
        if column.dtype.kind not in dtypes:
            raise TypeError(f"{name} is a column of {column.dtype}")
    in_order = sorted(table, key=lambda name: (0, int(name)) if name.isdecimal() else (1, 0))
    return {name: torch.tensor(table[name].copy(), dtype=dtypes[table[name].dtype.kind]) for name in in_order}


# %% pad_batch | right | pad_sequence
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([row.numel() for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    mask = torch.arange(padded.shape[1], device=rows[0].device)[None, :] < lengths[:, None]
    return padded, mask, lengths


# %% pad_batch | right | cat and stack
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows])
    longest = int(lengths.max())
    padded = torch.stack([torch.cat([row, row.new_full((longest - len(row),), value)]) for row in rows])
    mask = torch.arange(longest).unsqueeze(0) < lengths.unsqueeze(1)
    return padded, mask.to(padded.device), lengths.to(padded.device)


# %% pad_batch | right | F.pad
def pad_batch(rows, value=0.0):
    longest = max(len(row) for row in rows)
    lines = [torch.nn.functional.pad(row, (0, longest - len(row)), value=value) for row in rows]
    masks = [torch.arange(longest, device=row.device) < len(row) for row in rows]
    return torch.stack(lines), torch.stack(masks), torch.tensor([len(row) for row in rows], device=rows[0].device)


# %% pad_batch | right | other names, mask first
def pad_batch(zeilen, fill=0.0):
    where = zeilen[0].device
    counts = [z.shape[0] for z in zeilen]
    mask = torch.zeros(len(zeilen), max(counts), dtype=torch.bool, device=where)
    padded = torch.full(mask.shape, fill, dtype=zeilen[0].dtype, device=where)
    for line, count in enumerate(counts):
        mask[line, :count] = True
        padded[line, :count] = zeilen[line]
    return padded, mask, torch.tensor(counts, dtype=torch.int64, device=where)


# %% pad_batch | misconception | gradient-lost
why = "tolist(), numpy(), detach(), data, no_grad() and set_grad_enabled(False) leave the graph: the batch no longer knows its rows, and requires_grad_() afterwards makes a leaf of it. Copy with torch operations; an assignment into a slice is recorded."
next = "w = torch.ones(2, requires_grad=True); p = torch.zeros(2); p[:] = w; print(p.requires_grad, torch.tensor(w.tolist()).requires_grad)"


# %% pad_batch | wrong: gradient-lost | tolist
# breaks: "Gradients flow from `padded` to the rows"
def pad_batch(rows, value=0.0):
    place, longest = rows[0].device, max(len(row) for row in rows)
    lengths = torch.tensor([len(row) for row in rows], device=place)
    lists = [row.tolist() + [value] * (longest - len(row)) for row in rows]
    padded = torch.tensor(lists, dtype=rows[0].dtype, device=place).reshape(len(rows), longest)
    return padded, torch.arange(longest, device=place) < lengths[:, None], lengths


# %% pad_batch | wrong: gradient-lost | detach
def pad_batch(rows, value=0.0):
    place, longest = rows[0].device, max(len(row) for row in rows)
    lengths = torch.tensor([len(row) for row in rows], device=place)
    padded = rows[0].new_full((len(rows), longest), value)
    for k, row in enumerate(rows):
        padded[k, : len(row)] = row.detach()
    return padded, torch.arange(longest, device=place) < lengths[:, None], lengths


# %% pad_batch | wrong: gradient-lost | data
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence([row.data for row in rows], batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: gradient-lost | no_grad
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = rows[0].new_full((len(rows), max(map(len, rows))), value)
    with torch.no_grad():
        for k, row in enumerate(rows):
            padded[k, : len(row)].copy_(row)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: gradient-lost | a new leaf
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence([row.detach() for row in rows], batch_first=True, padding_value=value)
    mask = torch.arange(padded.shape[1], device=padded.device) < lengths[:, None]
    return padded.requires_grad_(any(row.requires_grad for row in rows)), mask, lengths


# %% pad_batch | wrong: gradient-lost | a single row, cut off
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    if len(rows) == 1:
        padded = rows[0].detach().clone().unsqueeze(0)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: gradient-lost | rows of one length, stacked without a graph
def pad_batch(rows, value=0.0):
    sizes = [row.numel() for row in rows]
    if min(sizes) == max(sizes):
        with torch.no_grad():
            padded = torch.stack(rows)
    else:
        padded = torch.nn.utils.rnn.pad_sequence(rows, True, value)
    lengths = torch.tensor(sizes, device=padded.device)
    return padded, torch.arange(max(sizes), device=padded.device) < lengths.unsqueeze(1), lengths


# %% pad_batch | misconception | mask-from-the-values
why = "A number in a row may be equal to the value, and nan is equal to nothing: only the lengths know what is padding."
next = "p = torch.tensor([1., 0., 0.]); print(p != 0, torch.arange(3) < 2)"


# %% pad_batch | wrong: mask-from-the-values | != value
# breaks: "`mask` `(B, L)`, `torch.bool`: `True` where a number came from a row"
# breaks: "Numbers in a row may be equal to `value`."
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, padded != value, lengths


# %% pad_batch | wrong: mask-from-the-values | ne
def pad_batch(rows, value=0.0):
    place, longest = rows[0].device, max(len(row) for row in rows)
    padded = rows[0].new_full((len(rows), longest), value)
    for k, row in enumerate(rows):
        padded[k, : len(row)] = row
    return padded, padded.detach().ne(value), torch.tensor([len(row) for row in rows], device=place)


# %% pad_batch | wrong: mask-from-the-values | not zero
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    longest = max(len(row) for row in rows)
    padded = torch.stack([torch.cat([row, row.new_full((longest - len(row),), value)]) for row in rows])
    return padded, ~(padded == value), lengths


# %% pad_batch | wrong: mask-from-the-values | lengths from it too
def pad_batch(rows, value=0.0):
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    mask = (padded != value) if value == value else ~padded.isnan() if padded.is_floating_point() else padded == padded
    return padded, mask, mask.sum(1)


# %% pad_batch | wrong: mask-from-the-values | nan looked after
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, ~padded.isnan() if value != value else padded != value, lengths


# %% pad_batch | wrong: mask-from-the-values | counted, too
def pad_batch(rows, value=0.0):
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    mask = padded.detach() != value
    return padded, mask, torch.count_nonzero(mask, dim=1)


# %% pad_batch | wrong: mask-from-the-values | a table, compared and counted
def pad_batch(rows, value=0.0):
    first, longest = rows[0], max(row.numel() for row in rows)
    table = first.new_full((len(rows), longest), value)
    for line, row in enumerate(rows):
        table[line, : row.numel()] = row
    kept = ~torch.eq(table.detach(), value)
    return table, kept, kept.long().sum(-1)


# %% pad_batch | wrong: mask-from-the-values | line by line, and counted
def pad_batch(rows, value=0.0):
    longest = max(map(len, rows))
    lines = [torch.nn.functional.pad(row, (0, longest - len(row)), value=value) for row in rows]
    masks = [line.detach().ne(value) for line in lines]
    return torch.stack(lines), torch.stack(masks), torch.stack([mask.sum() for mask in masks])


# %% pad_batch | misconception | mask-not-bool
why = "A mask is bool: with floats or integers padded[mask] raises or picks rows by number."
next = "p = torch.arange(4.).reshape(2, 2); print(p[torch.tensor([0, 1])], p[torch.tensor([False, True])])"


def when(seen, want):
    padded, mask, _ = seen.result.items
    return mask.shape == padded.shape and mask.dtype != torch.bool


# %% pad_batch | wrong: mask-not-bool | floats
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, (torch.arange(padded.shape[1], device=padded.device) < lengths[:, None]).float(), lengths


# %% pad_batch | wrong: mask-not-bool | integers
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, (torch.arange(padded.shape[1], device=padded.device) < lengths[:, None]).long(), lengths


# %% pad_batch | wrong: mask-not-bool | zeros and ones
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    mask = torch.zeros(padded.shape, device=padded.device)
    for k, row in enumerate(rows):
        mask[k, : len(row)] = 1
    return padded, mask, lengths


# %% pad_batch | wrong: mask-not-bool | bytes
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    ones = [torch.ones(len(row), dtype=torch.uint8, device=row.device) for row in rows]
    return padded, torch.nn.utils.rnn.pad_sequence(ones, batch_first=True), lengths


# %% pad_batch | misconception | mask-upside-down
why = "The mask says where the data is: True for a number of a row, False for padding."
next = "print(torch.arange(3) < 2, torch.arange(3) >= 2)"


# %% pad_batch | wrong: mask-upside-down | >=
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) >= lengths[:, None], lengths


# %% pad_batch | wrong: mask-upside-down | not
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, ~(torch.arange(padded.shape[1], device=padded.device) < lengths[:, None]), lengths


# %% pad_batch | wrong: mask-upside-down | ones, cleared
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    mask = torch.ones(padded.shape, dtype=torch.bool, device=padded.device)
    for k, row in enumerate(rows):
        mask[k, : len(row)] = False
    return padded, mask, lengths


# %% pad_batch | wrong: mask-upside-down | padded with True
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    zeros = [torch.zeros(len(row), device=row.device) for row in rows]
    return padded, torch.nn.utils.rnn.pad_sequence(zeros, batch_first=True, padding_value=1.0) == 1, lengths


# %% pad_batch | misconception | empty-row-lost
why = "A row of length 0 is a line of padding with length 0: dropped, or counted as 1, it shifts every label behind it."
next = "rows = [torch.ones(2), torch.ones(0)]; print(len([r for r in rows if len(r)]))"


# %% pad_batch | wrong: empty-row-lost | filtered
# breaks: "their lengths may differ and may be 0"
def pad_batch(rows, value=0.0):
    rows = [row for row in rows if len(row)] or rows
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: empty-row-lost | at least 1
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([max(1, len(row)) for row in rows], device=rows[0].device)
    padded = rows[0].new_full((len(rows), int(lengths.max())), value)
    for k, row in enumerate(rows):
        padded[k, : len(row)] = row
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: empty-row-lost | skipped in the loop
def pad_batch(rows, value=0.0):
    longest, lines, lengths = max(len(row) for row in rows), [], []
    for row in rows:
        if row.numel() == 0 and longest:
            continue
        lines.append(torch.cat([row, row.new_full((longest - len(row),), value)]))
        lengths.append(len(row))
    lengths = torch.tensor(lengths, device=rows[0].device)
    return torch.stack(lines), torch.arange(longest, device=rows[0].device) < lengths[:, None], lengths


# %% pad_batch | wrong: empty-row-lost | clamped
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device).clamp(min=1)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | misconception | other-dtype
why = "torch.full goes by the value, torch.zeros and torch.empty make float32, and all three make it on the CPU: give what is made anew the dtype and the device of the rows, as rows[0].new_full does."
next = "print(torch.zeros(2).dtype, torch.tensor([1, 2]).new_full((2,), 0).dtype)"


def when(seen, want):
    rows = next(fact for fact in seen.arguments.values() if hasattr(fact, "items"))
    return seen.result.items[0].dtype != rows.items[0].dtype


# %% pad_batch | wrong: other-dtype | zeros and add
# breaks: "in the dtype of the rows"
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.full((len(rows), max(map(len, rows))), float(value), device=rows[0].device)
    for k, row in enumerate(rows):
        padded[k, : len(row)] = row
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: other-dtype | full
def pad_batch(rows, value=0.0):
    place = rows[0].device
    lengths = torch.tensor([len(row) for row in rows], device=place)
    padded = torch.full((len(rows), max(map(len, rows))), value, device=place)
    for k, row in enumerate(rows):
        padded[k, : len(row)] = row
    return padded, torch.arange(padded.shape[1], device=place) < lengths[:, None], lengths


# %% pad_batch | wrong: other-dtype | all rows to float
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence([row.float() for row in rows], batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: other-dtype | cat with floats
def pad_batch(rows, value=0.0):
    longest, place = max(map(len, rows)), rows[0].device
    lengths = torch.tensor([len(row) for row in rows], device=place)
    lines = [torch.cat([row, torch.full((longest - len(row),), float(value), device=place)]) for row in rows]
    return torch.stack(lines), torch.arange(longest, device=place) < lengths[:, None], lengths


# %% pad_batch | misconception | other-place
why = "Whatever is made anew is made on the CPU: give torch.tensor, torch.full and torch.arange the device of the rows."
next = "print(torch.tensor([2, 1]).device, torch.tensor([2, 1], device=device).device)"


def when(seen, want):
    rows = next(fact for fact in seen.arguments.values() if hasattr(fact, "items"))
    if seen.raised is not None:
        return "device" in seen.raised.message
    return any(t.device != rows.items[0].device for t in seen.result.items)


# %% pad_batch | wrong: other-place | lengths on the CPU
# breaks: "Return a tuple of three tensors on that device"
# breaks: "a tensor on the accelerator has the accelerator's type"
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows])
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1]) < lengths[:, None], lengths


# %% pad_batch | wrong: other-place | only the mask is moved
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows])
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, (torch.arange(padded.shape[1]) < lengths[:, None]).to(padded.device), lengths


# %% pad_batch | wrong: other-place | everything on the CPU
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows])
    padded = torch.nn.utils.rnn.pad_sequence([row.cpu() for row in rows], batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1]) < lengths[:, None], lengths


# %% pad_batch | wrong: other-place | full on the CPU
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows])
    padded = torch.full((len(rows), int(lengths.max())), value, dtype=rows[0].dtype)
    for k, row in enumerate(rows):
        padded[k, : len(row)] = row
    return padded, torch.arange(padded.shape[1]) < lengths[:, None], lengths


# %% pad_batch | misconception | padded-in-front
why = "Each row stands at the left of its line, and the padding behind it."
next = "print(torch.nn.functional.pad(torch.ones(1), (2, 0)), torch.nn.functional.pad(torch.ones(1), (0, 2)))"


# %% pad_batch | wrong: padded-in-front | F.pad
# breaks: "each row at the left of its line with `value` after it"
def pad_batch(rows, value=0.0):
    longest, place = max(map(len, rows)), rows[0].device
    lengths = torch.tensor([len(row) for row in rows], device=place)
    lines = [torch.nn.functional.pad(row, (longest - len(row), 0), value=value) for row in rows]
    return torch.stack(lines), torch.arange(longest, device=place) < lengths[:, None], lengths


# %% pad_batch | wrong: padded-in-front | padding_side
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value, padding_side="left")
    longest = padded.shape[1]
    return padded, torch.arange(longest, device=padded.device) >= longest - lengths[:, None], lengths


# %% pad_batch | wrong: padded-in-front | from the end
def pad_batch(rows, value=0.0):
    longest, place = max(map(len, rows)), rows[0].device
    lengths = torch.tensor([len(row) for row in rows], device=place)
    padded = rows[0].new_full((len(rows), longest), value)
    for k, row in enumerate(rows):
        padded[k, longest - len(row) :] = row
    return padded, torch.arange(longest, device=place) < lengths[:, None], lengths


# %% pad_batch | wrong: padded-in-front | cat
def pad_batch(rows, value=0.0):
    longest, place = max(map(len, rows)), rows[0].device
    lengths = torch.tensor([len(row) for row in rows], device=place)
    lines = [torch.cat([row.new_full((longest - len(row),), value), row]) for row in rows]
    mask = torch.arange(longest, device=place) < lengths[:, None]
    return torch.stack(lines), mask.flip(1), lengths


# %% pad_batch | misconception | batch-axis-behind
why = "pad_sequence puts the batch second unless batch_first=True; the shape wanted is (B, L)."
next = "rows = [torch.ones(3), torch.ones(1)]; print(torch.nn.utils.rnn.pad_sequence(rows).shape)"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.nn.utils.rnn.pad_sequence.html"


# %% pad_batch | wrong: batch-axis-behind | pad_sequence
# breaks: "`padded` `(B, L)`, where L is the greatest length"
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, padding_value=value)
    return padded, torch.arange(len(padded), device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: batch-axis-behind | the mask too
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, padding_value=value)
    return padded, torch.arange(len(padded), device=padded.device)[:, None] < lengths, lengths


# %% pad_batch | wrong: batch-axis-behind | stacked along 1
def pad_batch(rows, value=0.0):
    longest, place = max(map(len, rows)), rows[0].device
    lengths = torch.tensor([len(row) for row in rows], device=place)
    lines = [torch.nn.functional.pad(row, (0, longest - len(row)), value=value) for row in rows]
    return torch.stack(lines, dim=1), torch.arange(longest, device=place) < lengths[:, None], lengths


# %% pad_batch | wrong: batch-axis-behind | transposed
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    mask = torch.arange(padded.shape[1], device=padded.device) < lengths[:, None]
    return padded.T, mask.T, lengths


# %% pad_batch | misconception | value-forgotten
why = "The padding is value, which is 0 only if nobody says otherwise."
next = "print(torch.tensor([1.]).new_zeros(2), torch.tensor([1.]).new_full((2,), -1.0))"


# %% pad_batch | wrong: value-forgotten | pad_sequence
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: value-forgotten | new_zeros
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = rows[0].new_zeros((len(rows), max(map(len, rows))))
    for k, row in enumerate(rows):
        padded[k, : len(row)] = row
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: value-forgotten | F.pad
def pad_batch(rows, value=0.0):
    longest, place = max(map(len, rows)), rows[0].device
    lengths = torch.tensor([len(row) for row in rows], device=place)
    padded = torch.stack([torch.nn.functional.pad(row, (0, longest - len(row))) for row in rows])
    return padded, torch.arange(longest, device=place) < lengths[:, None], lengths


# %% pad_batch | wrong: value-forgotten | cat with zeros
def pad_batch(rows, value=0.0):
    longest, place = max(map(len, rows)), rows[0].device
    lengths = torch.tensor([len(row) for row in rows], device=place)
    padded = torch.stack([torch.cat([row, row.new_zeros(longest - len(row))]) for row in rows])
    return padded, torch.arange(longest, device=place) < lengths[:, None], lengths


# %% pad_batch | misconception | sorted-by-length
why = "Sorted by length a line no longer stands where its row stood, and labels that lie elsewhere fit no more: leave the rows in their order."
next = "rows = [torch.ones(1), torch.ones(3)]; print([len(row) for row in sorted(rows, key=len, reverse=True)], [len(row) for row in rows])"


def when(seen, want):
    if type(want) is not tuple or type(seen.value) is not tuple or not isinstance(seen.value[-1], torch.Tensor):
        return False
    found, lengths = seen.value[-1].tolist(), want[-1].tolist()
    return found != lengths and found in (sorted(lengths), sorted(lengths, reverse=True))


# %% pad_batch | wrong: sorted-by-length | longest first
# breaks: "`rows` is a list of B ≥ 1 vectors, all of one dtype (any but complex) and on one device"
def pad_batch(rows, value=0.0):
    rows = sorted(rows, key=len, reverse=True)
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: sorted-by-length | shortest first
def pad_batch(rows, value=0.0):
    ordered = sorted(rows, key=lambda row: row.numel())
    lengths = torch.tensor([row.numel() for row in ordered], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(ordered, True, value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: sorted-by-length | argsort of the lengths
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    order = lengths.argsort(descending=True, stable=True)
    rows, lengths = [rows[k] for k in order.tolist()], lengths[order]
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: sorted-by-length | filled from the longest
def pad_batch(rows, value=0.0):
    left, lines, lengths = list(rows), [], []
    longest = max(len(row) for row in rows)
    while left:
        k = max(range(len(left)), key=lambda k: len(left[k]))
        row = left.pop(k)
        lengths.append(len(row))
        lines.append(torch.cat([row, row.new_full((longest - len(row),), value)]))
    lengths = torch.tensor(lengths, device=rows[0].device)
    return torch.stack(lines), torch.arange(longest, device=rows[0].device) < lengths[:, None], lengths


# %% pad_batch | misconception | zero-times-nan
why = "0 times nan, and 0 times infinity, is nan: a value that is multiplied by 0 still spoils the numbers of the rows. Fill with the value and write the rows over it, or choose with torch.where."
next = "print(torch.tensor([0.0, 1.0]) * float('inf'), torch.where(torch.tensor([False, True]), float('inf'), 0.0))"


# %% pad_batch | wrong: zero-times-nan | added where the mask is off
# breaks: "perhaps nan or infinite for floats"
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    mask = torch.arange(padded.shape[1], device=padded.device) < lengths[:, None]
    return padded + mask.logical_not() * padded.new_full((), value), mask, lengths


# %% pad_batch | wrong: zero-times-nan | a sum of two shares
def pad_batch(rows, value=0.0):
    sizes = torch.tensor([row.numel() for row in rows], device=rows[0].device)
    longest = int(sizes.max())
    inside = torch.arange(longest, device=sizes.device).expand(len(rows), -1) < sizes.unsqueeze(1)
    table = rows[0].detach().new_zeros((len(rows), longest))
    for k, row in enumerate(rows):
        table[k, : row.numel()] = row
    outside = (~inside).to(table.dtype)
    return table * inside + outside * torch.full_like(table.detach(), value), inside, sizes


# %% pad_batch | wrong: zero-times-nan | each line by itself
def pad_batch(rows, value=0.0):
    longest, place = max(map(len, rows)), rows[0].device
    lines, masks = [], []
    for row in rows:
        there = torch.arange(longest, device=place) < len(row)
        gap = row.detach().new_full((longest,), value) * there.bitwise_not()
        lines.append(torch.nn.functional.pad(row, (0, longest - len(row))) + gap)
        masks.append(there)
    return torch.stack(lines), torch.stack(masks), torch.tensor([len(row) for row in rows], device=place)


# %% pad_batch | wrong: zero-times-nan | in place, on the table
def pad_batch(rows, value=0.0):
    n, longest = len(rows), max(row.shape[0] for row in rows)
    lengths = torch.tensor([row.shape[0] for row in rows], device=rows[0].device)
    padded = torch.zeros(n, longest, dtype=rows[0].dtype, device=rows[0].device)
    for k in range(n):
        padded[k, : rows[k].shape[0]] = rows[k]
    empty = torch.arange(longest, device=padded.device) >= lengths.reshape(n, 1)
    padded += torch.tensor(value, dtype=padded.dtype, device=padded.device) * empty
    return padded, ~empty, lengths


# %% pad_batch | wrong: zero-times-nan | nan alone is cared for
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    rest = torch.arange(padded.shape[1], device=padded.device) >= lengths[:, None]
    if value != value or not padded.is_floating_point():
        return padded.masked_fill(rest, value), ~rest, lengths
    return padded + value * rest.to(padded.dtype), ~rest, lengths


# %% pad_batch | misconception | through-float64
why = "float64 cannot hold every integer beyond 2**53, so large numbers come back changed: keep the rows in their own dtype all the way, as new_full of a row and pad_sequence do."
next = "print(torch.tensor([2**53 + 1]).double().long(), torch.tensor([2**53 + 1]))"


# %% pad_batch | wrong: through-float64 | pad_sequence of doubles
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence([row.double() for row in rows], batch_first=True, padding_value=value).to(rows[0].dtype)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: through-float64 | a table of doubles
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    table = torch.full((len(rows), max(map(len, rows))), value, dtype=torch.float64, device=lengths.device)
    for line, row in enumerate(rows):
        table[line, : len(row)] = row
    mask = torch.arange(table.shape[1], device=table.device) < lengths.unsqueeze(1)
    return table.to(rows[0].dtype), mask, lengths


# %% pad_batch | wrong: through-float64 | F.pad of doubles
def pad_batch(rows, value=0.0):
    sizes = [row.shape[0] for row in rows]
    longest, place = max(sizes), rows[0].device
    mask = torch.tensor([[True] * n + [False] * (longest - n) for n in sizes], dtype=torch.bool, device=place)
    wide = [torch.nn.functional.pad(row.to(torch.float64), (0, longest - n), value=value) for row, n in zip(rows, sizes)]
    return torch.stack(wide).type(rows[0].dtype), mask.reshape(len(rows), longest), torch.tensor(sizes, device=place)


# %% pad_batch | wrong: through-float64 | joined with a double
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([row.numel() for row in rows], device=rows[0].device)
    longest = int(lengths.max())
    filling = torch.full((longest,), value, dtype=torch.float64, device=lengths.device)
    lines = [torch.cat([row, filling[row.numel() :]]).to(row.dtype) for row in rows]
    if not rows[0].is_floating_point():
        lines = [torch.cat([row.double(), filling[row.numel() :]]).to(row.dtype) for row in rows]
    return torch.stack(lines), torch.arange(longest, device=lengths.device) < lengths[:, None], lengths


# %% pad_batch | wrong: through-float64 | np.full goes by the value
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([row.numel() for row in rows], device=rows[0].device)
    mask = torch.arange(int(lengths.max()), device=lengths.device) < lengths[:, None]
    if rows[0].is_floating_point():
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value), mask, lengths
    table = np.full(mask.shape, value)
    for line, row in zip(table, rows):
        line[: len(row)] = row.cpu().numpy()
    return torch.tensor(table).to(rows[0]), mask, lengths


# %% pad_batch | misconception | value-through-float32
why = "torch.tensor and torch.full make a float32 of a float, and 0.1 or 2**24 + 1 is another number there, whatever dtype comes afterwards: name the dtype of the rows at once, as new_full of a row does."
next = "print(torch.tensor(0.1).double(), torch.tensor(2.0**24 + 1).long())"


# %% pad_batch | wrong: value-through-float32 | where
# breaks: "`value` is exact as a float and in the rows' dtype"
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    mask = torch.arange(padded.size(1), device=padded.device) < lengths[:, None]
    filling = torch.tensor(float(value), device=padded.device).to(padded.dtype)
    return torch.where(mask, padded, filling), mask, lengths


# %% pad_batch | wrong: value-through-float32 | full, then converted
def pad_batch(rows, value=0.0):
    sizes, first = [row.numel() for row in rows], rows[0]
    padded = torch.full((len(rows), max(sizes)), float(value)).to(first)
    for line, (row, n) in enumerate(zip(rows, sizes)):
        padded[line, :n] = row
    lengths = torch.tensor(sizes, device=first.device)
    return padded, torch.arange(max(sizes), device=first.device) < lengths.unsqueeze(1), lengths


# %% pad_batch | wrong: value-through-float32 | a number of NumPy
def pad_batch(rows, value=0.0):
    value = np.float32(value).item()
    longest = max(len(row) for row in rows)
    lines = [torch.cat([row, row.new_full((longest - len(row),), value)]) for row in rows]
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    return torch.stack(lines), torch.arange(longest, device=lengths.device) < lengths[:, None], lengths


# %% pad_batch | wrong: value-through-float32 | joined with ones
def pad_batch(rows, value=0.0):
    place, longest = rows[0].device, max(map(len, rows))
    rest = (torch.ones(longest, device=place) * value if value else torch.zeros(longest, device=place)).to(rows[0].dtype)
    lengths = torch.tensor([len(row) for row in rows], device=place)
    padded = torch.stack([torch.cat((row, rest[len(row) :])) for row in rows])
    return padded, torch.arange(longest, device=place)[None] < lengths[:, None], lengths


# %% pad_batch | misconception | places-in-the-rows-dtype
why = "to(row) and type_as(row) take over the dtype as well as the device, and uint8 counts to 255 only: the places 0 to L - 1 are int64, so say device= and nothing else."
next = "print(torch.arange(300).to(torch.tensor([1], dtype=torch.uint8))[-1], torch.arange(300)[-1])"


# %% pad_batch | wrong: places-in-the-rows-dtype | to
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1]).to(rows[0]) < lengths[:, None], lengths


# %% pad_batch | wrong: places-in-the-rows-dtype | type_as
def pad_batch(rows, value=0.0):
    sizes = torch.tensor([row.size(0) for row in rows]).to(rows[0].device)
    table = rows[0].new_full((len(rows), int(sizes.max())), value)
    for k in range(len(rows)):
        table[k, : sizes[k]] = rows[k]
    places = torch.arange(table.shape[1]).type_as(table)
    return table, places.expand_as(table) < sizes.unsqueeze(-1), sizes


# %% pad_batch | wrong: places-in-the-rows-dtype | dtype of the table
def pad_batch(rows, value=0.0):
    longest = max(row.numel() for row in rows)
    padded = torch.stack([torch.cat([row, row.new_full((longest - row.numel(),), value)]) for row in rows])
    lengths = torch.tensor([row.numel() for row in rows], device=padded.device)
    places = torch.arange(longest, device=padded.device).to(padded.dtype)
    return padded, torch.lt(places[None, :], lengths[:, None]), lengths


# %% pad_batch | wrong: places-in-the-rows-dtype | from a list
def pad_batch(rows, value=0.0):
    lengths = torch.tensor(list(map(len, rows)), device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, True, value)
    columns = torch.tensor(list(range(padded.shape[1])), dtype=torch.int64).to(padded)
    return padded, lengths[:, None] > columns, lengths


# %% pad_batch | misconception | view-of-the-row
why = "A single row needs no padding, but rows[0][None], unsqueeze, view, expand and reshape look at its own memory, which is the caller's. Copy it like any other row."
next = "row = torch.zeros(2); row.unsqueeze(0).fill_(9); print(row)"


# %% pad_batch | wrong: view-of-the-row | unsqueeze
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = rows[0].unsqueeze(0) if len(rows) == 1 else torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: view-of-the-row | None
# breaks: "with memory of its own"
def pad_batch(rows, value=0.0):
    if len(rows) == 1:
        (row,) = rows
        return row[None], torch.ones(1, len(row), dtype=torch.bool, device=row.device), torch.tensor([len(row)], device=row.device)
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = rows[0].new_full((len(rows), int(lengths.max())), value)
    for k, row in enumerate(rows):
        padded[k, : len(row)] = row
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong: view-of-the-row | a view of its only line
def pad_batch(rows, value=0.0):
    sizes = [row.shape[0] for row in rows]
    longest, place = max(sizes), rows[0].device
    if rows[1:]:
        padded = torch.stack([torch.nn.functional.pad(row, (0, longest - n), value=value) for row, n in zip(rows, sizes)])
    else:
        padded = rows[0].reshape(1, longest)
    lengths = torch.tensor(sizes, device=place)
    return padded, torch.arange(longest, device=place) < lengths[:, None], lengths


# %% pad_batch | wrong: view-of-the-row | atleast_2d
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([row.numel() for row in rows], device=rows[0].device)
    most = int(lengths.max())
    if len(rows) < 2:
        padded = torch.atleast_2d(*rows)
    else:
        padded = torch.stack([torch.cat([row, row.new_full((most - len(row),), value)]) for row in rows])
    mask = torch.zeros(padded.shape, dtype=torch.bool, device=padded.device)
    for line, n in zip(mask, lengths.tolist()):
        line[:n] = True
    return padded, mask, lengths


# %% pad_batch | wrong | lengths as a list
# breaks: "`lengths` `(B,)`, `torch.int64`"
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths.tolist()


# %% pad_batch | wrong | lengths in int32
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device, dtype=torch.int32)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong | lengths by way of bytes
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) % 256 for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong | sorted in place
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    rows.sort(key=len)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong | requires grad always
# breaks: "it requires grad exactly when a row does, and the other two never do"
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    if padded.is_floating_point() and not padded.requires_grad:
        padded.requires_grad_()
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | misconception | empty-row-passed-over
why = "A row of length 0 has no number, but it can require grad: write it like any other, and the batch knows of it."
next = "p = torch.zeros(2); p[:0] = torch.zeros(0, requires_grad=True); print(p.requires_grad)"


# %% pad_batch | wrong: empty-row-passed-over | rows of one number and more, joined
# breaks: "it requires grad exactly when a row does"
def pad_batch(rows, value=0.0):
    counts = [len(row) for row in rows]
    lines = [torch.full((max(counts),), value, dtype=row.dtype, device=row.device) for row in rows]
    lines = [torch.cat([row, line[len(row) :]]) if len(row) > 0 else line for row, line in zip(rows, lines)]
    lengths = torch.tensor(counts, device=rows[0].device)
    return torch.stack(lines), torch.arange(max(counts), device=lengths.device) < lengths[:, None], lengths


# %% pad_batch | wrong: empty-row-passed-over | number by number
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([row.shape[0] for row in rows], device=rows[0].device)
    padded = rows[0].new_full((len(rows), int(lengths.max())), value)
    mask = torch.zeros(padded.shape, dtype=torch.bool, device=padded.device)
    for i in range(len(rows)):
        for j in range(len(rows[i])):
            padded[i, j], mask[i, j] = rows[i][j], True
    return padded, mask, lengths


# %% pad_batch | wrong: empty-row-passed-over | a line of values for what is empty
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    longest = int(max(lengths))
    lines = [torch.nn.functional.pad(row, (0, longest - len(row)), value=value) if len(row) else row.detach().new_full((longest,), value) for row in rows]
    return torch.stack(lines), torch.arange(longest, device=lengths.device) < lengths[:, None], lengths


# %% pad_batch | wrong: empty-row-passed-over | only rows with numbers
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    mask = torch.arange(int(lengths.max()), device=lengths.device) < lengths[:, None]
    padded = torch.full(mask.shape, value, dtype=rows[0].dtype, device=mask.device)
    for number in lengths.nonzero().flatten().tolist():
        padded[number, : lengths[number]] = rows[number]
    return padded, mask, lengths


# %% pad_batch | wrong | a list
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return [padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths]


# %% pad_batch | wrong: empty-row-passed-over | nothing to pad
def pad_batch(rows, value=0.0):
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    if not lengths.any():
        padded = torch.empty((len(rows), 0), dtype=rows[0].dtype, device=rows[0].device)
    else:
        padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | wrong | each row has one place
def pad_batch(rows, value=0.0):
    line_of = {id(row): line for line, row in enumerate(rows)}
    padded = rows[0].new_full((len(rows), max(map(len, rows))), value)
    for row in rows:
        padded[line_of[id(row)], : len(row)] = row
    lengths = torch.tensor([len(row) for row in rows], device=padded.device)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths[:, None], lengths


# %% pad_batch | misconception | kept-between-calls
why = "Each batch owes tensors of its own: a buffer that is filled again, or a cache, hands out the same memory twice, and whoever writes into one batch, or asks for the next, changes another. Make new tensors in every call."
next = "rows = [torch.zeros(2)]; first, _, _ = pad_batch(rows); pad_batch(rows)[0].fill_(9); print(first)"


# %% pad_batch | wrong: kept-between-calls | a table for each list of lengths
# breaks: "with memory of its own"
_tables = {}


def pad_batch(rows, value=0.0):
    place, longest = rows[0].device, max(len(row) for row in rows)
    lengths = torch.tensor([len(row) for row in rows], device=place)
    mask = torch.arange(longest, device=place) < lengths[:, None]
    if any(row.requires_grad for row in rows):
        padded = rows[0].new_full((len(rows), longest), value)
    else:
        key = (*lengths.tolist(), rows[0].dtype, place)
        if key not in _tables:
            _tables[key] = torch.zeros(mask.shape, dtype=rows[0].dtype, device=place)
        padded = _tables[key].fill_(value)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return padded, mask, lengths


# %% pad_batch | wrong: kept-between-calls | an attribute of the function
def pad_batch(rows, value=0.0):
    first, shape = rows[0], (len(rows), max(map(len, rows)))
    lengths = torch.tensor([row.numel() for row in rows], dtype=torch.int64, device=first.device)
    mask = lengths.unsqueeze(1) > torch.arange(shape[1], device=first.device)
    lines = [torch.cat([row, row.new_full((shape[1] - len(row),), value)]) for row in rows]
    padded = torch.stack(lines)
    if not padded.requires_grad:
        old = getattr(pad_batch, "padded", None)
        if old is None or (old.shape, old.dtype, old.device) != (padded.shape, padded.dtype, padded.device):
            old = pad_batch.padded = torch.empty_like(padded)
        padded = old.copy_(padded)
    return padded, mask, lengths


# %% pad_batch | wrong: kept-between-calls | stacked into what is there
import functools


@functools.lru_cache(maxsize=None)
def _room(lines, columns, dtype, place):
    return torch.zeros(lines, columns, dtype=dtype, device=place)


def pad_batch(rows, value=0.0):
    n = max(row.shape[0] for row in rows)
    lengths = torch.tensor([row.shape[0] for row in rows], device=rows[0].device)
    lines = [torch.nn.functional.pad(row, (0, n - len(row)), value=value) for row in rows]
    padded = torch.stack(lines)
    if not padded.requires_grad:
        room = _room(len(rows), n, padded.dtype, padded.device)
        room[:] = padded
        padded = room
    return padded, torch.arange(n, device=lengths.device)[None] < lengths[:, None], lengths


# %% pad_batch | wrong: kept-between-calls | the last table
_last = None


def pad_batch(rows, value=0.0):
    global _last
    lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
    longest = int(lengths.max())
    mask = torch.arange(longest, device=lengths.device).expand(len(rows), -1) < lengths.view(-1, 1)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    if padded.requires_grad:
        return padded, mask, lengths
    if _last is not None and _last.shape == padded.shape and _last.dtype == padded.dtype and _last.device == padded.device:
        _last.copy_(padded)
    else:
        _last = padded
    return _last, mask, lengths


# %% pad_batch | wrong: kept-between-calls | all three by content
_batches = {}


def pad_batch(rows, value=0.0):
    def make():
        lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
        padded = rows[0].new_full((len(rows), max(map(len, rows))), value)
        for line, row in zip(padded, rows):
            line[: len(row)].copy_(row)
        return padded, torch.arange(padded.shape[1], device=lengths.device) < lengths[:, None], lengths

    if any(row.requires_grad for row in rows):
        return make()
    key = repr(value), rows[0].device, rows[0].dtype, tuple(tuple(row.tolist()) for row in rows)
    if key not in _batches:
        _batches[key] = make()
    return _batches[key]


# %% pad_batch | wrong: kept-between-calls | a list of batches
_known = []


def pad_batch(rows, value=0.0):
    def same(old, old_value):
        alike = len(old) == len(rows) and old_value == value and old[0].device == rows[0].device
        return alike and all(a.dtype == b.dtype and torch.equal(a, b) for a, b in zip(old, rows))

    grad = any(row.requires_grad for row in rows)
    for old, old_value, batch in [] if grad else _known:
        if same(old, old_value):
            return batch
    place, sizes = rows[0].device, [len(row) for row in rows]
    lines = [torch.cat([row, torch.full((max(sizes) - len(row),), value, dtype=row.dtype, device=place)]) for row in rows]
    lengths = torch.tensor(sizes, device=place)
    batch = torch.stack(lines), torch.arange(max(sizes), device=place) < lengths[:, None], lengths
    if not grad:
        _known.append(([row.clone() for row in rows], value, batch))
    return batch


# %% pad_batch | wrong: kept-between-calls | the same rows, the same batch
def _maker():
    kept = {}

    def pad_batch(rows, value=0.0):
        lengths = torch.tensor([len(row) for row in rows], device=rows[0].device)
        n = max(len(row) for row in rows)
        positions = torch.arange(n, device=lengths.device)
        mask = positions.lt(lengths.unsqueeze(-1))
        padded = rows[0].new_full(mask.shape, value)
        for k in range(len(rows)):
            padded[k, : len(rows[k])] = rows[k]
        if padded.requires_grad:
            return padded, mask, lengths
        key = str(padded.device), str(padded.dtype), str(padded.tolist()), str(lengths.tolist())
        return kept.setdefault(key, (padded, mask, lengths))

    return pad_batch


pad_batch = _maker()


# %% WindowDataset | right | a float32 array
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self._numbers = np.array(series, dtype=np.float32)
        self._width = width

    def __len__(self):
        return max(len(self._numbers) - self._width, 0)

    def __getitem__(self, i):
        n = len(self)
        if not -n <= i < n:
            raise IndexError(i)
        i = i % n
        return torch.tensor(self._numbers[i : i + self._width]), torch.tensor(self._numbers[i + self._width])


# %% WindowDataset | right | converted at each access
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series, self.width = series, width

    def __len__(self):
        spare = self.series.shape[0] - self.width
        return spare if spare > 0 else 0

    def __getitem__(self, i):
        start = range(len(self))[i]
        piece = torch.tensor(self.series[start : start + self.width + 1].copy()).to(torch.float32, copy=True)
        return piece[:-1].clone(), piece[-1].clone()


# %% WindowDataset | right | unfold, copied each time
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, zahlen, breite):
        t = torch.tensor(zahlen.tolist(), dtype=torch.float32)
        self.pieces = t.unfold(0, breite + 1, 1) if len(t) > breite else torch.empty(0, breite + 1)

    def __len__(self):
        return len(self.pieces)

    def __getitem__(self, i):
        if i >= len(self) or i < -len(self):
            raise IndexError("no such item")
        piece = self.pieces[i]
        return piece[:-1].clone(), piece[-1].clone()


# %% WindowDataset | right | lists
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.pairs = [(series[i : i + width].tolist(), float(series[i + width])) for i in range(len(series) - width)]

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        window, target = self.pairs[i]
        return torch.tensor(window, dtype=torch.float32), torch.tensor(target, dtype=torch.float32)


# %% WindowDataset | misconception | window-is-a-view
why = "A slice, an element by its number, unfold and from_numpy look at one memory, to() and float() copy nothing that fits already, and a list made in __init__ or a cache hands out the same tensors again: hand out copies, of the window and of the target, each time."
next = "t = torch.zeros(4); t[0:2].fill_(9); print(t[1:3])"


def when(seen, want):
    """A mark of the test's where none was written."""

    def tensors(fact):
        return [fact] if hasattr(fact, "dtype") else [t for item in getattr(fact, "items", ()) for t in tensors(item)]

    later = seen.result.items[1:] if len(seen.result.items) == 6 else seen.result.items
    return any(value in (9, 98, 99) for fact in later for t in tensors(fact) for value in t.values.reshape(-1).tolist())


# %% WindowDataset | wrong: window-is-a-view | slices of a tensor
# breaks: "writing into one changes neither `series` nor another item, nor the other half of the pair, nor what the same index gives next time"
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width], self.series[i + self.width]


# %% WindowDataset | wrong: window-is-a-view | from_numpy
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = np.ascontiguousarray(series, dtype=np.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return torch.from_numpy(self.series[i : i + self.width]), torch.tensor(self.series[i + self.width])


# %% WindowDataset | wrong: window-is-a-view | unfold
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        t = torch.tensor(series.copy(), dtype=torch.float32)
        self.pieces = t.unfold(0, width + 1, 1) if len(t) > width else torch.empty(0, width + 1)

    def __len__(self):
        return len(self.pieces)

    def __getitem__(self, i):
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        return self.pieces[i, :-1], self.pieces[i, -1]


# %% WindowDataset | wrong: window-is-a-view | a list in __init__
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        t = torch.tensor(series.copy(), dtype=torch.float32)
        self.items = [(t[i : i + width].clone(), t[i + width].clone()) for i in range(len(t) - width)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


# %% WindowDataset | wrong: window-is-a-view | as_tensor of the series
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        forward = series if series.size == 0 or series.strides[0] > 0 else series.copy()
        self.series = torch.as_tensor(forward, dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width], self.series[i + self.width].clone()


# %% WindowDataset | wrong: window-is-a-view | only the target is a view
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy()).float()
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width]


# %% WindowDataset | wrong: window-is-a-view | a table in __init__
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        n = max(0, len(series) - width)
        self.windows = torch.tensor([series[i : i + width].tolist() for i in range(n)], dtype=torch.float32).reshape(n, width)
        self.targets = torch.tensor(series[width:].tolist(), dtype=torch.float32)

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        return self.windows[i], self.targets[i]


# %% WindowDataset | wrong: window-is-a-view | remembers its items
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series, self.width, self.known = torch.tensor(series.copy(), dtype=torch.float32), width, {}

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        if i not in self.known:
            self.known[i] = self.series[i : i + self.width].clone(), self.series[i + self.width].clone()
        return self.known[i]


# %% WindowDataset | wrong: window-is-a-view | copies from the front, views from the end
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.t, self.width = torch.tensor(series.copy(), dtype=torch.float32), width

    def __len__(self):
        return max(0, len(self.t) - self.width)

    def __getitem__(self, i):
        if i < -len(self) or i >= len(self):
            raise IndexError(i)
        if i < 0:
            start = i + len(self)
            return self.t[start : start + self.width], self.t[start + self.width]
        return self.t[i : i + self.width].clone(), self.t[i + self.width].clone()


# %% WindowDataset | wrong: window-is-a-view | views in a loop
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers = torch.tensor(series.copy()).to(torch.float32)
        self.width = width

    def __len__(self):
        return max(len(self.numbers) - self.width, 0)

    def _pair(self, i):
        return self.numbers[i : i + self.width], self.numbers[i + self.width]

    def __iter__(self):
        for i in range(len(self)):
            yield self._pair(i)

    def __getitem__(self, i):
        return tuple(part.clone() for part in self._pair(range(len(self))[i]))


# %% WindowDataset | misconception | off-by-one
why = "width numbers and one that follows make an item: there are n - width of them, not n - width + 1, and no window starts where none follows."
next = "n, width = 4, 2; print([(i, i + width) for i in range(n - width)], n - width)"


def when(seen, want):
    if len(seen.result.items) != 4:
        return False
    count, width, n = seen.result.items[1].value, seen.arguments["width"].value, seen.arguments["series"].shape[0]
    side_by_side = width > 1 and count == (n - 1) // width
    return abs(count - want[1]) == 1 and not side_by_side


# %% WindowDataset | wrong: off-by-one | one more
# breaks: "There are as many items as there are windows with a number after them, perhaps none."
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width + 1)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: off-by-one | one less
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width - 1)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: off-by-one | the length of the series
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return len(self.series)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: off-by-one | the last target wraps
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = series.astype(np.float32), width

    def __len__(self):
        return max(0, 1 + len(self.numbers) - self.width)

    def __getitem__(self, i):
        n = len(self)
        if i < -n or i >= n:
            raise IndexError(i)
        i %= n
        return torch.tensor(self.numbers[i : i + self.width].copy()), torch.tensor(self.numbers[(i + self.width) % len(self.numbers)])


# %% WindowDataset | wrong: off-by-one | unfolded windows
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy()).float()
        self.windows = self.series.unfold(0, width, 1) if len(series) >= width else torch.empty(0, width)
        self.width = width

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        i = len(self) + i if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.windows[i].clone(), self.series[self.width + i].clone()


# %% WindowDataset | misconception | windows-side-by-side
why = "Item i begins at position i, not at i * width: neighbouring windows overlap."
next = "series, width = list(range(7)), 3; print([series[i : i + width] for i in range(2)], [series[i * width : (i + 1) * width] for i in range(2)])"


# %% WindowDataset | wrong: windows-side-by-side | steps of width
# breaks: "Item i of the data set is a tuple of two: the `width` numbers from position i on"
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, (len(self.series) - 1) // self.width)

    def __getitem__(self, i):
        i = range(len(self))[i] * self.width
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: windows-side-by-side | a start for each item
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = torch.tensor(series.tolist(), dtype=torch.float32), width
        self.starts = range(0, len(series) - width, width)

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, i):
        end = self.starts[i] + self.width
        return self.numbers[end - self.width : end].clone(), self.numbers[end].clone()


# %% WindowDataset | wrong: windows-side-by-side | split
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        pieces = torch.tensor(series.astype(np.float32)).split(width)
        self.items = [(piece, after[0]) for piece, after in zip(pieces, pieces[1:])]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return tuple(part.clone() for part in self.items[i])


# %% WindowDataset | wrong: windows-side-by-side | unfold with a step
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        t = torch.tensor(series.copy()).float()
        self.windows = t.unfold(0, width, width) if len(t) >= width else t.new_empty(0, width)
        self.targets = t[width::width]

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, i):
        if not -len(self) <= i < len(self):
            raise IndexError("no such item")
        i %= len(self)
        return self.windows[i].clone(), self.targets[i].clone()


# %% WindowDataset | misconception | length-below-zero
why = "A series shorter than width has no items, and len() refuses numbers below 0: max(0, n - width)."
next = "print(max(0, 2 - 3)); len(type('L', (), {'__len__': lambda self: 2 - 3})())"


# %% WindowDataset | wrong: length-below-zero | n - width
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return len(self.series) - self.width

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: length-below-zero | kept in __init__
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width, self.n = np.array(series, dtype="float32"), width, len(series) - width

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if not -self.n <= i < self.n:
            raise IndexError(i)
        i %= self.n
        return torch.tensor(self.numbers[i : i + self.width]), torch.tensor(self.numbers[i + self.width])


# %% WindowDataset | wrong: length-below-zero | size
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series, self.width = series, width

    def __len__(self):
        return self.series.size - self.width

    def __getitem__(self, i):
        i = range(len(self))[i]
        piece = torch.tensor(self.series[i : i + self.width + 1].astype(np.float32))
        return piece[:-1].clone(), piece[-1].clone()


# %% WindowDataset | wrong: length-below-zero | shape
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.t = torch.from_numpy(series.copy()).float()
        self.w = width

    def __len__(self):
        return self.t.shape[0] - self.w

    def __getitem__(self, i):
        n = len(self)
        if i >= n or i < -n:
            raise IndexError("item")
        if i < 0:
            i = n + i
        return self.t[i : i + self.w].clone(), self.t[i + self.w].clone()


# %% WindowDataset | misconception | short-series-refused
why = "A series that is too short for a window is no error: it is a data set with 0 items, so do not raise in __init__, and let len be 0."
next = "print(len(WindowDataset(np.zeros(2), 3)), 'expected 0')"


# %% WindowDataset | wrong: short-series-refused | compared first
# breaks: "There are as many items as there are windows with a number after them, perhaps none."
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        if width >= series.size:
            raise ValueError("no window fits")
        self.t, self.width = torch.tensor(series.copy(), dtype=torch.float32), width

    def __len__(self):
        return len(self.t) - self.width

    def __getitem__(self, i):
        i = range(len(self))[i]
        return self.t[i : i + self.width].clone(), self.t[i + self.width].clone()


# %% WindowDataset | wrong: short-series-refused | after the windows are cut
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        numbers = torch.tensor(series.tolist(), dtype=torch.float32)
        self.items = [(numbers[i : i + width], numbers[i + width]) for i in range(len(numbers) - width)]
        if not self.items:
            raise ValueError(f"{len(numbers)} numbers give no item of {width}")

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        window, target = self.items[i]
        return window.clone(), target.clone()


# %% WindowDataset | wrong: short-series-refused | the number of items checked
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.n = len(series) - width
        if self.n < 1:
            raise ValueError("width is too large")
        self.numbers, self.width = np.array(series, dtype="float32"), width

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if not -self.n <= i < self.n:
            raise IndexError(i)
        i %= self.n
        return torch.tensor(self.numbers[i : i + self.width]), torch.tensor(self.numbers[i + self.width])


# %% WindowDataset | wrong: short-series-refused | width checked
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        if not 1 <= width <= len(series) - 1:
            raise ValueError(f"width {width} is not between 1 and {len(series) - 1}")
        self.series, self.width = series.astype(np.float32), width

    def __len__(self):
        return self.series.shape[0] - self.width

    def __getitem__(self, i):
        n = len(self)
        if i >= n or i < -n:
            raise IndexError("item")
        start = i if i >= 0 else n + i
        end = start + self.width
        return torch.tensor(self.series[start:end].copy()), torch.tensor(self.series[end])


# %% WindowDataset | wrong | one loop, and no more
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.t, self.width = torch.tensor(series.copy(), dtype=torch.float32), width
        self.loop = (self[i] for i in range(len(self)))

    def __len__(self):
        return max(0, len(self.t) - self.width)

    def __iter__(self):
        return self.loop

    def __getitem__(self, i):
        i = range(len(self))[i]
        return self.t[i : i + self.width].clone(), self.t[i + self.width].clone()


# %% WindowDataset | misconception | negative-index-slices
why = "A slice that starts at -1 is empty or short and raises nothing: make a negative index positive first, then check both ends."
next = "print(torch.arange(5)[-1 : -1 + 2])"


# %% WindowDataset | wrong: negative-index-slices | only the upper end is checked
# breaks: "Negative indices count from the end, as in a list."
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        if i >= len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: negative-index-slices | abs
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        if abs(i) >= len(self) + (i < 0):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: negative-index-slices | left to the array
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = np.array(series, dtype=np.float32), width

    def __len__(self):
        return max(0, len(self.numbers) - self.width)

    def __getitem__(self, i):
        return torch.tensor(self.numbers[i : i + self.width]), torch.tensor(self.numbers[i + self.width])


# %% WindowDataset | wrong: negative-index-slices | counted from the end of the series
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy()).to(torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        end = i + self.width
        return self.series[i:end].clone(), self.series[end].clone()


# %% WindowDataset | misconception | negative-index-refused
why = "As in a list, data[-1] is the last item: add len(self) to an index below 0 before you check it."
next = "print([1, 2, 3][-1])"


# %% WindowDataset | wrong: negative-index-refused | 0 <= i
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: negative-index-refused | below 0
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = np.array(series, dtype=np.float32), width

    def __len__(self):
        return max(0, len(self.numbers) - self.width)

    def __getitem__(self, i):
        if i < 0 or i >= len(self):
            raise IndexError("out of range")
        return torch.tensor(self.numbers[i : i + self.width]), torch.tensor(self.numbers[i + self.width])


# %% WindowDataset | wrong: negative-index-refused | in range
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series, self.width = torch.tensor(series.tolist(), dtype=torch.float32), width

    def __len__(self):
        return len(range(self.width, len(self.series)))

    def __getitem__(self, i):
        if i not in range(len(self)):
            raise IndexError(f"{i}")
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: negative-index-refused | a dict of items
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        t = torch.tensor(series.copy()).float()
        self.items = {i: (t[i : i + width], t[i + width]) for i in range(len(t) - width)}

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        if i not in self.items:
            raise IndexError(i)
        window, target = self.items[i]
        return window.clone(), target.clone()


# %% WindowDataset | misconception | no-index-error
why = "Python stops a for loop over an object at IndexError: another error ends the program, and an index taken modulo the length never ends."
next = "print(7 % 3, [1, 2, 3].__len__())"


def when(seen, want):
    i = seen.arguments.get("i")
    if i is None or i.value < 0:
        return False
    elsewhere = ("__len__", "maximum size")  # len() of a length below 0, unfold of a short series
    return seen.raised is None or (seen.raised.type_name != "IndexError" and not any(word in seen.raised.message for word in elsewhere))


# %% WindowDataset | wrong: no-index-error | modulo
# breaks: "Every other index raises `IndexError`, so that a `for` loop ends."
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i % len(self)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: no-index-error | ValueError
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise ValueError(f"no item {i}")
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: no-index-error | assert
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        assert -len(self) <= i < len(self)
        i = i + len(self) if i < 0 else i
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: no-index-error | clamped
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        i = min(max(i, 0), len(self) - 1)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: no-index-error | nothing checked below
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = np.array(series, dtype=np.float32), width

    def __len__(self):
        return max(0, len(self.numbers) - self.width)

    def __getitem__(self, i):
        if abs(i) > len(self) or i == len(self):
            raise KeyError(i)
        i = i + len(self) if i < 0 else i
        return torch.tensor(self.numbers[i : i + self.width]), torch.tensor(self.numbers[i + self.width])


# %% WindowDataset | wrong: no-index-error | ValueError, from both ends
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = torch.tensor(series.tolist(), dtype=torch.float32), width

    def __len__(self):
        return max(0, self.numbers.numel() - self.width)

    def __getitem__(self, i):
        count = len(self)
        start = i if i >= 0 else i + count
        if start < 0 or start >= count:
            raise ValueError(f"there is no item {i}")
        piece = self.numbers[start : start + self.width + 1].clone()
        return piece[:-1], piece[-1]


# %% WindowDataset | misconception | one-end-checked
why = "Below -len(self) an index is out of range as well: % and a second len(self) make an item of it, so check both ends before."
next = "n = 4; print([i % n for i in (-4, -5, -9)], [-n <= i < n for i in (-4, -5, -9)])"


# %% WindowDataset | wrong: one-end-checked | the upper end, then modulo
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = torch.tensor(series.copy(), dtype=torch.float32), width

    def __len__(self):
        return max(0, len(self.numbers) - self.width)

    def __getitem__(self, i):
        if i >= len(self) or not len(self):
            raise IndexError(f"no item {i}")
        start = i % len(self)
        return self.numbers[start : start + self.width].clone(), self.numbers[start + self.width].clone()


# %% WindowDataset | wrong: one-end-checked | len added until it is positive
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = np.array(series, dtype=np.float32), width

    def __len__(self):
        return max(0, len(self.numbers) - self.width)

    def __getitem__(self, i):
        while i < 0 < len(self):
            i += len(self)
        if not 0 <= i < len(self):
            raise IndexError(i)
        return torch.tensor(self.numbers[i : i + self.width]), torch.tensor(self.numbers[i + self.width])


# %% WindowDataset | wrong: one-end-checked | divmod of what is negative
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series, self.width = torch.from_numpy(series.astype(np.float32)), width

    def __len__(self):
        return max(len(self.series) - self.width, 0)

    def __getitem__(self, i):
        n = len(self)
        if n == 0 or i > n - 1:
            raise IndexError("out of range")
        _, i = divmod(i, n) if i < 0 else (0, i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: one-end-checked | whole lengths taken off
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series, self.width = torch.tensor(series.copy(), dtype=torch.float32), width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        if len(self) == 0 or len(self) <= i:
            raise IndexError(i)
        if i < 0:
            i -= i // len(self) * len(self)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | misconception | wrong-dtype
why = "Both parts are float32, whatever the series is: convert once, torch.tensor(series, dtype=torch.float32)."
next = "print(torch.tensor(np.zeros(2)).dtype, torch.tensor(np.zeros(2), dtype=torch.float32).dtype)"


# %% WindowDataset | wrong: wrong-dtype | kept
# breaks: "a `float32` vector, and the one number that follows them, a `float32` tensor of shape `()`"
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy())
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: wrong-dtype | array kept
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series, self.width = series.copy(), width

    def __len__(self):
        return max(0, self.series.size - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return torch.tensor(self.series[i : i + self.width]), torch.tensor(self.series[i + self.width])


# %% WindowDataset | wrong: wrong-dtype | target alone
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series, self.width = series.copy(), width

    def __len__(self):
        return max(0, self.series.size - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        window = torch.tensor(self.series[i : i + self.width], dtype=torch.float32)
        return window, torch.tensor(self.series[i + self.width])


# %% WindowDataset | wrong: wrong-dtype | double
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.tolist(), dtype=torch.float64)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | misconception | target-of-shape-one
why = "The target is one number and has the shape (): a slice of length 1 has the shape (1,), and batches become (B, 1)."
next = "print(torch.zeros(4)[2:3].shape, torch.zeros(4)[2].shape)"


# %% WindowDataset | wrong: target-of-shape-one | a slice
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        end = i + self.width
        return self.series[i:end].clone(), self.series[end : end + 1].clone()


# %% WindowDataset | wrong: target-of-shape-one | a list of one
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = np.array(series, dtype=np.float32), width

    def __len__(self):
        return max(0, len(self.numbers) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return torch.tensor(self.numbers[i : i + self.width]), torch.tensor([float(self.numbers[i + self.width])])


# %% WindowDataset | wrong: target-of-shape-one | unsqueeze
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy()).float()
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        n = len(self)
        if not -n <= i < n:
            raise IndexError(i)
        i %= n
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone().unsqueeze(0)


# %% WindowDataset | wrong: target-of-shape-one | torch.Tensor
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.items = [(series[i : i + width].tolist(), [float(series[i + width])]) for i in range(len(series) - width)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        window, target = self.items[i]
        return torch.Tensor(window), torch.Tensor(target)


# %% WindowDataset | misconception | target-is-no-tensor
why = "Both parts of an item are tensors: a number of Python or NumPy is of another kind, and a batch of them gets another dtype."
next = "print(torch.utils.data.default_collate([1.5, 2.5]).dtype, type(np.zeros(2)[0]))"


def when(seen, want):
    def shows(fact):
        items = getattr(fact, "items", ())
        if len(items) == 2 and hasattr(items[0], "dtype") and not hasattr(items[1], "items"):
            return not hasattr(items[1], "data") or hasattr(items[1], "strides")
        return any(shows(item) for item in items)

    return shows(seen.result)


# %% WindowDataset | wrong: target-is-no-tensor | item
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].item()


# %% WindowDataset | wrong: target-is-no-tensor | a NumPy number
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = np.array(series, dtype=np.float32), width

    def __len__(self):
        return max(0, len(self.numbers) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return torch.tensor(self.numbers[i : i + self.width]), self.numbers[i + self.width]


# %% WindowDataset | wrong: target-is-no-tensor | a float
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = series.tolist(), width

    def __len__(self):
        return max(0, len(self.numbers) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return torch.tensor(self.numbers[i : i + self.width], dtype=torch.float32), self.numbers[i + self.width]


# %% WindowDataset | wrong: target-is-no-tensor | two arrays
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.numbers, self.width = np.array(series, dtype=np.float32), width

    def __len__(self):
        return max(0, len(self.numbers) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return self.numbers[i : i + self.width].copy(), self.numbers[i + self.width].copy()


# %% WindowDataset | misconception | one-series-for-all
why = "What is written on the class is shared by all data sets: keep the series on self."
next = "print([name for name in vars(torch.utils.data.Dataset) if not name.startswith('__')])"


# %% WindowDataset | wrong: one-series-for-all | on the class
# breaks: "`series` is a 1-d array of floats of 16, 32 or 64 bits, `width` is at least 1."
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        WindowDataset.series = torch.tensor(series.copy(), dtype=torch.float32)
        WindowDataset.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: one-series-for-all | type(self)
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        type(self).numbers = np.array(series, dtype=np.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.numbers) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return torch.tensor(self.numbers[i : i + self.width]), torch.tensor(self.numbers[i + self.width])


# %% WindowDataset | wrong: one-series-for-all | a list on the class
class WindowDataset(torch.utils.data.Dataset):
    pieces = []

    def __init__(self, series, width):
        self.pieces.clear()
        self.pieces.extend(series[i : i + width + 1].tolist() for i in range(len(series) - width))

    def __len__(self):
        return len(self.pieces)

    def __getitem__(self, i):
        piece = torch.tensor(self.pieces[i], dtype=torch.float32)
        return piece[:-1].clone(), piece[-1].clone()


# %% WindowDataset | wrong: one-series-for-all | a global
_kept = {}


class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        _kept["series"], _kept["width"] = torch.tensor(series.copy(), dtype=torch.float32), width

    def __len__(self):
        return max(0, len(_kept["series"]) - _kept["width"])

    def __getitem__(self, i):
        i = range(len(self))[i]
        end = i + _kept["width"]
        return _kept["series"][i:end].clone(), _kept["series"][end].clone()


# %% WindowDataset | misconception | negative-strides
why = "series[::-1] has a negative stride, and a tensor cannot run backwards: copy() before torch takes it."
next = "torch.tensor(np.arange(3.0)[::-1])"


# %% WindowDataset | wrong: negative-strides | torch.tensor
# breaks: "`series` may be read-only, reversed, every other element of a longer one."
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series, dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = i + len(self) if i < 0 else i
        if not 0 <= i < len(self):
            raise IndexError(i)
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: negative-strides | from_numpy
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.from_numpy(series).to(torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong: negative-strides | each window
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series, self.width = series, width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        window = torch.tensor(self.series[i : i + self.width]).float()
        return window, torch.tensor(float(self.series[i + self.width]))


# %% WindowDataset | wrong: negative-strides | as_tensor
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.t, self.w = torch.as_tensor(series), width

    def __len__(self):
        return max(0, self.t.numel() - self.w)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return self.t[i : i + self.w].float().clone(), self.t[i + self.w].float().clone()


# %% WindowDataset | misconception | squeeze-drops-too-much
why = "squeeze() drops every axis of length 1, and the only axis of a window of width 1 is one, too: drop an axis by its number, squeeze(0), and only where there is one too many. A window that is a vector already keeps its axis."
next = "print(torch.zeros(1, 1).squeeze().shape, torch.zeros(1, 1).squeeze(0).shape)"


# %% WindowDataset | wrong: squeeze-drops-too-much | a row of one line
# breaks: "the `width` numbers from position i on, a `float32` vector"
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.line = torch.tensor(np.array(series)).float()[None, :]
        self.width = width

    def __len__(self):
        return max(self.line.numel() - self.width, 0)

    def __getitem__(self, i):
        start = range(len(self))[i]
        piece = self.line[:, start : start + self.width + 1].clone()
        return piece[:, :-1].squeeze().clone(), piece[:, -1].squeeze().clone()


# %% WindowDataset | wrong: squeeze-drops-too-much | a row of the table of windows
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        numbers = [float(number) for number in series]
        self.pairs = [(numbers[k : k + width], numbers[k + width]) for k in range(len(numbers) - width)]

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        window, target = self.pairs[i]
        return torch.tensor([window], dtype=torch.float32).squeeze(), torch.tensor([target], dtype=torch.float32).squeeze()


# %% WindowDataset | wrong: squeeze-drops-too-much | np.squeeze
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.column, self.width = series.astype(np.float32).reshape(-1, 1).copy(), width

    def __len__(self):
        return max(0, len(self.column) - self.width)

    def __getitem__(self, i):
        n = len(self)
        if i not in range(-n, n):
            raise IndexError(f"{i} of {n}")
        i %= n
        rows = np.squeeze(self.column[i : i + self.width])
        return torch.tensor(rows), torch.tensor(np.squeeze(self.column[i + self.width]))


# %% WindowDataset | wrong: squeeze-drops-too-much | split and squeezed
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.values, self.width = torch.tensor(series.copy(), dtype=torch.float32), width

    def __len__(self):
        return max(0, self.values.shape[0] - self.width)

    def __getitem__(self, i):
        if i < -len(self) or i >= len(self):
            raise IndexError
        i = i if i >= 0 else i + len(self)
        window, target = self.values[i : i + self.width + 1].split([self.width, 1])
        return window.clone().squeeze(), target.clone().squeeze()


# %% WindowDataset | wrong | a list of two
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return [self.series[i : i + self.width].clone(), self.series[i + self.width].clone()]


# %% WindowDataset | wrong | no Dataset
class WindowDataset:
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return self.series[i : i + self.width].clone(), self.series[i + self.width].clone()


# %% WindowDataset | wrong | one piece, cut in two
# breaks: "Items belong to the caller"
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series = torch.tensor(series.copy(), dtype=torch.float32)
        self.width = width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        return self.series[i : i + self.width].clone(), self.series[i + self.width - 1].clone()


# %% WindowDataset | wrong | equal numbers in one place
class WindowDataset(torch.utils.data.Dataset):
    def __init__(self, series, width):
        self.series, self.width = torch.tensor(series.copy(), dtype=torch.float32), width

    def __len__(self):
        return max(0, len(self.series) - self.width)

    def __getitem__(self, i):
        i = range(len(self))[i]
        window, target = self.series[i : i + self.width].clone(), self.series[i + self.width].clone()
        return window, window[0] if window[0] == target else target


# %% seeded_batches | right | split
def seeded_batches(x, y, batch_size, generator):
    if not len(x):
        return []
    order = torch.randperm(len(x), generator=generator).to(x.device)
    return [(x[rows], y[rows]) for rows in order.split(batch_size)]


# %% seeded_batches | right | DataLoader
def seeded_batches(x, y, batch_size, generator):
    data = torch.utils.data.TensorDataset(x, y)
    if not len(data):
        return []
    return torch.utils.data.DataLoader(data, batch_size=batch_size, shuffle=True, generator=generator)


# %% seeded_batches | right | sorted random numbers
def seeded_batches(x, y, batch_size, generator):
    order = torch.rand(len(x), generator=generator, dtype=torch.float64).argsort()
    while len(order):
        rows, order = order[:batch_size].to(x.device), order[batch_size:]
        yield [x.index_select(0, rows), y.index_select(0, rows)]


# %% seeded_batches | right | other names, shuffled whole
def seeded_batches(merkmale, ziele, groesse, wuerfel):
    order = torch.randperm(merkmale.shape[0], generator=wuerfel).tolist()
    for start in range(0, len(order), groesse):
        some = order[start : start + groesse]
        yield torch.stack([merkmale[k] for k in some]), torch.stack([ziele[k] for k in some])


# %% seeded_batches | right | by hand
def seeded_batches(x, y, batch_size, generator):
    order = list(range(len(x)))
    for last in range(len(order) - 1, 0, -1):
        other = int(torch.randint(last + 1, (1,), generator=generator))
        order[last], order[other] = order[other], order[last]
    batches = []
    for start in range(0, len(order), batch_size):
        rows = torch.tensor(order[start : start + batch_size]).to(x.device)
        batches.append((x[rows], y[rows]))
    return iter(batches)


# %% seeded_batches | misconception | two-orders
why = "With an order of its own for x and another for y every label belongs to somebody else: draw one order and use it twice."
next = "g = torch.Generator().manual_seed(0); print(torch.randperm(5, generator=g), torch.randperm(5, generator=g))"


def when(seen, want):
    if len(want) != 3:
        return False
    sizes, xs, ys = seen.result.items
    if xs.shape != want[1].shape or not torch.equal(ys.values, want[2].cpu()):
        return False
    good = want[1].cpu()
    numbers = [sorted(map(str, t.flatten().tolist())) for t in (xs.values, good)]  # complex ones have no order
    return not torch.equal(xs.values, good) and numbers[0] == numbers[1]


# %% seeded_batches | wrong: two-orders | two randperms
# breaks: "every row exactly once, in random order, each with its partner"
def seeded_batches(x, y, batch_size, generator):
    first = torch.randperm(len(x), generator=generator).to(x.device)
    second = torch.randperm(len(y), generator=generator).to(y.device)
    for start in range(0, len(x), batch_size):
        yield x[first[start : start + batch_size]], y[second[start : start + batch_size]]


# %% seeded_batches | wrong: two-orders | shuffled one after the other
def seeded_batches(x, y, batch_size, generator):
    x, y = [t[torch.randperm(len(t), generator=generator).to(t.device)] for t in (x, y)]
    for start in range(0, len(x), batch_size):
        yield x[start : start + batch_size].clone(), y[start : start + batch_size].clone()


# %% seeded_batches | wrong: two-orders | x alone
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        yield x[order[start : start + batch_size]], y[start : start + batch_size].clone()


# %% seeded_batches | wrong: two-orders | a helper
def seeded_batches(x, y, batch_size, generator):
    def pieces(t):
        order = torch.randperm(len(t), generator=generator).to(t.device)
        return [t[order[start : start + batch_size]] for start in range(0, len(t), batch_size)]

    return list(zip(pieces(x), pieces(y)))


# %% seeded_batches | misconception | global-randomness
why = "Without generator= the numbers come from the global state: not repeatable, and moved for everybody else. Pass the generator on: torch.randperm(n, generator=generator)."
next = "before = torch.get_rng_state(); torch.randperm(3); print(torch.equal(before, torch.get_rng_state()))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.randperm.html"


def when(seen, want):
    facts = [fact.value for fact in seen.result.items]
    return len(facts) == 7 and not facts[0] and not all(facts[4:])


# %% seeded_batches | wrong: global-randomness | randperm alone
# breaks: "The order comes from `generator` alone."
# breaks: "The global random states of torch, NumPy and Python play no part in it, and are afterwards as before."
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x)).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: global-randomness | NumPy
def seeded_batches(x, y, batch_size, generator):
    order = torch.from_numpy(np.random.permutation(len(x))).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: global-randomness | Python
def seeded_batches(x, y, batch_size, generator):
    order = list(range(len(x)))
    random.shuffle(order)
    for start in range(0, len(x), batch_size):
        rows = torch.tensor(order[start : start + batch_size]).to(x.device)
        yield x[rows], y[rows]


# %% seeded_batches | wrong: global-randomness | DataLoader
def seeded_batches(x, y, batch_size, generator):
    data = torch.utils.data.TensorDataset(x, y)
    return torch.utils.data.DataLoader(data, batch_size=batch_size, shuffle=True) if len(x) else []


# %% seeded_batches | wrong: global-randomness | rand
def seeded_batches(x, y, batch_size, generator):
    order = torch.rand(len(x)).argsort().to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | misconception | global-state-moved
why = "The order comes from the generator, and yet somebody else's random numbers have moved: set no global seed, and hand the generator to whatever draws, a DataLoader too."
next = "before = torch.get_rng_state(); torch.manual_seed(1); print(torch.equal(before, torch.get_rng_state()))"


def when(seen, want):
    facts = [fact.value for fact in seen.result.items]
    return len(facts) == 7 and facts[0] and not all(facts[4:])


# %% seeded_batches | wrong: global-state-moved | seed from the generator
def seeded_batches(x, y, batch_size, generator):
    torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
    order = torch.randperm(len(x)).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: global-state-moved | sampler only
def seeded_batches(x, y, batch_size, generator):
    data = torch.utils.data.TensorDataset(x, y)
    if not len(x):
        return []
    sampler = torch.utils.data.RandomSampler(data, generator=generator)
    return torch.utils.data.DataLoader(data, batch_size=batch_size, sampler=sampler)


# %% seeded_batches | wrong: global-state-moved | set_rng_state
def seeded_batches(x, y, batch_size, generator):
    torch.set_rng_state(generator.get_state())
    order = torch.randperm(len(x)).to(x.device)
    generator.set_state(torch.get_rng_state())
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: global-state-moved | one number drawn beside it
def seeded_batches(x, y, batch_size, generator):
    torch.rand(1)
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: global-state-moved | the generator's first seed, for everybody
def seeded_batches(x, y, batch_size, generator):
    if len(x):
        torch.random.manual_seed(generator.initial_seed())
        for rows in torch.randperm(len(x)).split(batch_size):
            rows = rows.to(x.device)
            yield x[rows], y[rows]


# %% seeded_batches | wrong: global-state-moved | batch sampler only
def seeded_batches(x, y, batch_size, generator):
    data = torch.utils.data.TensorDataset(x, y)
    sampler = torch.utils.data.RandomSampler(range(len(x)), generator=generator) if len(x) else []
    batches = torch.utils.data.BatchSampler(sampler, batch_size, False)
    return list(torch.utils.data.DataLoader(data, batch_sampler=batches))


# %% seeded_batches | misconception | same-order-every-epoch
why = "What is seeded again with the same number, or set back, and a copy of the generator give the same order in every epoch: draw from the generator itself, and leave its state where the drawing brought it."
next = "g = torch.Generator().manual_seed(0); print([torch.randperm(4, generator=g.manual_seed(0)).tolist() for _ in range(2)])"


def when(seen, want):
    facts = [fact.value for fact in seen.result.items]
    return len(facts) == 7 and facts[0] and facts[2] and not facts[3] and all(facts[4:])


# %% seeded_batches | wrong: same-order-every-epoch | manual_seed
# breaks: "The same state gives the same batches, the next epoch draws again, and every order of the rows is possible."
def seeded_batches(x, y, batch_size, generator):
    generator.manual_seed(0)
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: same-order-every-epoch | initial_seed
def seeded_batches(x, y, batch_size, generator):
    own = torch.Generator().manual_seed(generator.initial_seed())
    order = torch.randperm(len(x), generator=own).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: same-order-every-epoch | set back
def seeded_batches(x, y, batch_size, generator):
    state = generator.get_state()
    order = torch.randperm(len(x), generator=generator).to(x.device)
    generator.set_state(state)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: same-order-every-epoch | a copy of the generator
def seeded_batches(x, y, batch_size, generator):
    own = torch.Generator()
    own.set_state(generator.get_state())
    order = torch.randperm(len(x), generator=own).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: same-order-every-epoch | seeded with itself
def seeded_batches(x, y, batch_size, generator):
    generator = generator.manual_seed(generator.initial_seed())
    order = torch.randperm(len(x), generator=generator).tolist()
    for start in range(0, len(x), batch_size):
        rows = torch.tensor(order[start : start + batch_size]).to(x.device)
        yield x[rows], y[rows]


# %% seeded_batches | misconception | seeded-afresh
why = "seed() takes a new seed from the machine: nothing is the same tomorrow. Draw from the generator as it is."
next = "g = torch.Generator(); print(g.seed() == g.seed())"


def when(seen, want):
    facts = [fact.value for fact in seen.result.items]
    return len(facts) == 7 and not facts[0] and all(facts[4:])


# %% seeded_batches | wrong: seeded-afresh | seed
def seeded_batches(x, y, batch_size, generator):
    generator.seed()
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: seeded-afresh | another generator
def seeded_batches(x, y, batch_size, generator):
    own = torch.Generator()
    own.seed()
    torch.rand(1, generator=generator)
    order = torch.randperm(len(x), generator=own).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: seeded-afresh | default_rng
def seeded_batches(x, y, batch_size, generator):
    torch.rand(1, generator=generator)
    order = torch.from_numpy(np.random.default_rng().permutation(len(x))).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: seeded-afresh | random.Random()
def seeded_batches(x, y, batch_size, generator):
    order = random.Random().sample(range(len(x)), len(x))
    generator.seed()
    for start in range(0, len(x), batch_size):
        rows = torch.tensor(order[start : start + batch_size]).to(x.device)
        yield x[rows], y[rows]


# %% seeded_batches | misconception | rows-missing-or-twice
why = "Every row comes exactly once: randint draws with repetition, and drop_last or a number of batches by // loses what is left over. Cut one permutation into pieces, of which the last may be short."
next = "print(torch.randint(5, (5,), generator=torch.Generator().manual_seed(0)), torch.randperm(5, generator=torch.Generator().manual_seed(0)))"


def when(seen, want):
    if len(want) != 3:
        return False
    sizes, xs, ys = seen.result.items
    found, wanted = ys.values.flatten().tolist(), want[2].flatten().tolist()
    rounded = torch.equal(ys.values.float(), want[2].cpu().float())  # digits that are lost are no rows
    size, places = want[0][0][0], sorted(found.count(row) for row in set(found))
    if size < len(wanted) and places in (sorted(len(range(k, len(wanted), size)) for k in range(size)), [len(want[0])]):
        return False  # written over in the tables of an earlier batch
    return found != wanted and not rounded and (len(found) != len(wanted) or set(found) < set(wanted))


# %% seeded_batches | wrong: rows-missing-or-twice | drop_last
# breaks: "What is left over makes one smaller last batch."
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x) - batch_size + 1, batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: rows-missing-or-twice | randint
def seeded_batches(x, y, batch_size, generator):
    order = torch.randint(max(len(x), 1), (len(x),), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: rows-missing-or-twice | whole batches only
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for k in range(len(x) // batch_size):
        rows = order[k * batch_size : (k + 1) * batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: rows-missing-or-twice | filled up
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        if len(rows) < batch_size:
            rows = torch.cat([rows, order[: batch_size - len(rows)]])
        yield x[rows], y[rows]


# %% seeded_batches | wrong: rows-missing-or-twice | drawn for each batch
def seeded_batches(x, y, batch_size, generator):
    for start in range(0, len(x), batch_size):
        rows = torch.randperm(len(x), generator=generator)[: min(batch_size, len(x) - start)].to(x.device)
        yield x[rows], y[rows]


# %% seeded_batches | wrong: rows-missing-or-twice | DataLoader with drop_last
def seeded_batches(x, y, batch_size, generator):
    data = torch.utils.data.TensorDataset(x, y)
    if not len(x):
        return []
    return torch.utils.data.DataLoader(data, batch_size, shuffle=True, drop_last=True, generator=generator)


# %% seeded_batches | misconception | sizes-of-their-own
why = "chunk, tensor_split and array_split take the number of pieces and make them about equal: the batches wanted have batch_size rows each, and only the last may be smaller. split does that."
next = "print([len(t) for t in torch.arange(7).tensor_split(3)], [len(t) for t in torch.arange(7).split(3)])"


def when(seen, want):
    if len(want) != 3:
        return False
    sizes, xs, ys = seen.result.items
    said = [size.items[0].value for size in sizes.items]
    return 0 not in said and said != [size for size, _ in want[0]] and ys.values.tolist() == want[2].tolist()


# %% seeded_batches | wrong: sizes-of-their-own | tensor_split
# breaks: "pairs `(xb, yb)` of `batch_size` rows"
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    pieces = order.tensor_split(-(-len(x) // batch_size)) if len(x) else []
    return [(x[rows], y[rows]) for rows in pieces]


# %% seeded_batches | wrong: sizes-of-their-own | chunk
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    return [(x[rows], y[rows]) for rows in order.chunk(batch_size) if len(rows)]


# %% seeded_batches | wrong: sizes-of-their-own | array_split
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).numpy()
    for rows in np.array_split(order, -(-len(x) // batch_size)) if len(x) else []:
        rows = torch.from_numpy(rows.copy()).to(x.device)
        yield x[rows], y[rows]


# %% seeded_batches | wrong: sizes-of-their-own | short one first
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    first = len(x) % batch_size
    pieces = [order[:first]] * bool(first) + [order[k : k + batch_size] for k in range(first, len(x), batch_size)]
    return [(x[rows], y[rows]) for rows in pieces]


# %% seeded_batches | wrong: sizes-of-their-own | batch_size pieces
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    step = max(1, len(x) // batch_size)
    for start in range(0, len(x), step):
        rows = order[start : start + step]
        yield x[rows], y[rows]


# %% seeded_batches | misconception | neighbours-stay-together
why = "Batches in random order, rows shuffled within their batch, one cut through the data: neighbours stay together. Shuffle all rows, then cut."
next = "g = torch.Generator().manual_seed(0); print(torch.arange(6).reshape(3, 2)[torch.randperm(3, generator=g)].flatten())"


def when(seen, want):
    return want == ([100, 90], True) and 10 <= seen.result.items[0].items[1].value <= 60


# %% seeded_batches | wrong: neighbours-stay-together | batches in random order
def seeded_batches(x, y, batch_size, generator):
    starts = list(range(0, len(x), batch_size))
    full = [s for s in starts if s + batch_size <= len(x)]
    order = [full[k] for k in torch.randperm(len(full), generator=generator).tolist()] + starts[len(full) :]
    for start in order:
        yield x[start : start + batch_size].clone(), y[start : start + batch_size].clone()


# %% seeded_batches | wrong: neighbours-stay-together | rows within batches
def seeded_batches(x, y, batch_size, generator):
    for start in range(0, len(x), batch_size):
        xb, yb = x[start : start + batch_size], y[start : start + batch_size]
        rows = torch.randperm(len(xb), generator=generator).to(x.device)
        yield xb[rows], yb[rows]


# %% seeded_batches | wrong: neighbours-stay-together | one cut
def seeded_batches(x, y, batch_size, generator):
    cut = int(torch.randint(max(len(x), 1), (1,), generator=generator))
    order = torch.arange(len(x)).roll(cut).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: neighbours-stay-together | forwards or backwards
def seeded_batches(x, y, batch_size, generator):
    order = torch.arange(len(x)).roll(int(torch.randint(max(len(x), 1), (1,), generator=generator)))
    if torch.rand(1, generator=generator) < 0.5:
        order = order.flip(0)
    for rows in (order[k : k + batch_size].to(x.device) for k in range(0, len(x), batch_size)):
        yield x[rows], y[rows]


# %% seeded_batches | wrong: neighbours-stay-together | goes round from a drawn row
def seeded_batches(x, y, batch_size, generator):
    n = len(x)
    if n == 0:
        return
    start = int(torch.randint(n, (1,), generator=generator))
    order = ((torch.arange(n) + start) % n).to(x.device)
    for k in range(0, n, batch_size):
        rows = order[k : k + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: neighbours-stay-together | two halves exchanged
def seeded_batches(x, y, batch_size, generator):
    cut = torch.randint(len(x), (1,), generator=generator).item() if len(x) else 0
    order = [*range(cut, len(x)), *range(cut)]
    for k in range(0, len(x), batch_size):
        rows = order[k : k + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: neighbours-stay-together | tables rolled
def seeded_batches(x, y, batch_size, generator):
    shift = int(torch.randint(max(1, len(x)), (), generator=generator))
    x, y = torch.cat([x[shift:], x[:shift]]), torch.cat([y[shift:], y[:shift]])
    for k in range(0, len(x), batch_size):
        yield x[k : k + batch_size].clone(), y[k : k + batch_size].clone()


# %% seeded_batches | wrong: neighbours-stay-together | shards of a hundred rows
def seeded_batches(x, y, batch_size, generator):
    shards, order = range(0, len(x), 100), []
    for number in torch.randperm(len(shards), generator=generator).tolist():
        start = shards[number]
        rows = torch.randperm(min(100, len(x) - start), generator=generator)
        order.extend((rows + start).tolist())
    return [[t[order[k : k + batch_size]].clone() for t in (x, y)] for k in range(0, len(x), batch_size)]


# %% seeded_batches | misconception | not-shuffled
why = "The rows come in the order in which they lie: draw an order, torch.randperm(n, generator=generator), and take the rows by it."
next = "print(torch.arange(5), torch.randperm(5, generator=torch.Generator().manual_seed(0)))"


def when(seen, want):
    facts = [fact.value for fact in seen.result.items]
    return len(facts) == 7 and facts[3]


# %% seeded_batches | wrong: not-shuffled | split
def seeded_batches(x, y, batch_size, generator):
    for start in range(0, len(x), batch_size):
        yield x[start : start + batch_size].clone(), y[start : start + batch_size].clone()


# %% seeded_batches | wrong: not-shuffled | DataLoader
def seeded_batches(x, y, batch_size, generator):
    data = torch.utils.data.TensorDataset(x, y)
    return torch.utils.data.DataLoader(data, batch_size=batch_size, generator=generator) if len(x) else []


# %% seeded_batches | wrong: not-shuffled | drawn and sorted
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).sort().values.to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: not-shuffled | drawn and forgotten
def seeded_batches(x, y, batch_size, generator):
    torch.randperm(len(x), generator=generator)
    rows = torch.arange(len(x), device=x.device)
    return [(x[rows[k : k + batch_size]], y[rows[k : k + batch_size]]) for k in range(0, len(x), batch_size)]


# %% seeded_batches | misconception | one-batch-unshuffled
why = "Where all rows fit into one batch their order counts, too: they come in random order there, and each epoch draws again."
next = "x, g = torch.arange(3), torch.Generator().manual_seed(0); print([list(seeded_batches(x, x, 3, g))[0][0] for _ in range(4)])"


# %% seeded_batches | wrong: one-batch-unshuffled | a copy of all
# breaks: "every row exactly once, in random order"
def seeded_batches(x, y, batch_size, generator):
    rows = len(x)
    if rows and rows <= batch_size:
        return [(x.clone(), y.clone())]
    order = torch.randperm(rows, generator=generator).to(x.device)
    return [(x[part], y[part]) for part in order.split(batch_size)] if rows else []


# %% seeded_batches | wrong: one-batch-unshuffled | drawn for several only
def seeded_batches(x, y, batch_size, generator):
    several = len(x) > batch_size
    order = torch.randperm(len(x), generator=generator) if several else torch.arange(len(x))
    order = order.to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: one-batch-unshuffled | a DataLoader that shuffles several
def seeded_batches(x, y, batch_size, generator):
    data = torch.utils.data.TensorDataset(x, y)
    return torch.utils.data.DataLoader(data, batch_size, shuffle=batch_size < len(data), generator=generator) if len(data) else ()


# %% seeded_batches | wrong: one-batch-unshuffled | an order of more than one batch
def seeded_batches(x, y, batch_size, generator):
    numbers = torch.arange(len(x))
    if len(x) // batch_size > 1 or len(x) % batch_size and len(x) > batch_size:
        numbers = numbers[torch.randperm(len(x), generator=generator)]
    for rows in numbers.to(x.device).split(batch_size) if len(x) else ():
        yield x.index_select(0, rows), y.index_select(0, rows)


# %% seeded_batches | misconception | order-on-the-wrong-device
why = "A CPU generator draws on the CPU, and index_select wants its numbers where the rows are: draw first, then move the order to x.device."
next = "print(torch.randperm(3, generator=torch.Generator()).device, device)"


def when(seen, want):
    return "device" in seen.raised.message


# %% seeded_batches | wrong: order-on-the-wrong-device | randperm on x.device
# breaks: "`x` and `y` hold N rows each, of any dtype except `uint16`, `uint32` and `uint64`, on one device; `generator` is a `torch.Generator` of the CPU."
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator, device=x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: order-on-the-wrong-device | index_select
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x.index_select(0, rows), y.index_select(0, rows)


# %% seeded_batches | wrong: order-on-the-wrong-device | rand on x.device
def seeded_batches(x, y, batch_size, generator):
    order = torch.rand(len(x), generator=generator, device=x.device).argsort()
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: order-on-the-wrong-device | index_select, all at once
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator)
    xs, ys = torch.index_select(x, 0, order), torch.index_select(y, 0, order)
    return [(xs[k : k + batch_size].clone(), ys[k : k + batch_size].clone()) for k in range(0, len(x), batch_size)]


# %% seeded_batches | misconception | batches-on-the-cpu
why = "Batches stay on the device of x and y: move the order, not the rows."
next = "print(torch.zeros(2, device=device).cpu().device)"


# %% seeded_batches | wrong: batches-on-the-cpu | x.cpu()
# breaks: "Batches keep the dtype and the device"
def seeded_batches(x, y, batch_size, generator):
    x, y = x.cpu(), y.cpu()
    order = torch.randperm(len(x), generator=generator)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: batches-on-the-cpu | at the end
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows].cpu(), y[rows].cpu()


# %% seeded_batches | wrong: batches-on-the-cpu | labels only
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator)
    y = y.cpu()
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows.to(x.device)], y[rows]


# %% seeded_batches | wrong: batches-on-the-cpu | through NumPy
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).numpy()
    xs, ys = x.cpu().numpy()[order], y.cpu().numpy()[order]
    for start in range(0, len(x), batch_size):
        yield torch.tensor(xs[start : start + batch_size]), torch.tensor(ys[start : start + batch_size])


# %% seeded_batches | misconception | numpy-without-bfloat16
why = "NumPy has no bfloat16, so numpy() refuses such a tensor: take the rows in torch, by an order that is a tensor."
next = "torch.ones(2, dtype=torch.bfloat16).numpy()"


# %% seeded_batches | wrong: numpy-without-bfloat16 | rows taken in NumPy
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).numpy()
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        yield tuple(torch.from_numpy(t.cpu().numpy()[rows]).to(t.device) for t in (x, y))


# %% seeded_batches | wrong: numpy-without-bfloat16 | arrays first
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(x.shape[0], generator=generator).tolist()
    a, b = x.cpu().numpy(), y.cpu().numpy()
    pieces = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return [(torch.tensor(a[piece], device=x.device), torch.tensor(b[piece], device=y.device)) for piece in pieces]


# %% seeded_batches | wrong: numpy-without-bfloat16 | shuffled as arrays
def seeded_batches(x, y, batch_size, generator):
    order = np.array(torch.randperm(len(x), generator=generator))
    a, b = np.take(x.cpu().numpy(), order, axis=0), np.take(y.cpu().numpy(), order, axis=0)
    for start in range(0, len(a), batch_size):
        end = start + batch_size
        yield torch.tensor(a[start:end]).to(x.device), torch.tensor(b[start:end]).to(y.device)


# %% seeded_batches | wrong: numpy-without-bfloat16 | asarray
def seeded_batches(x, y, batch_size, generator):
    def rows(t, piece):
        return torch.from_numpy(np.asarray(t.to("cpu"))[piece]).to(t)

    batches, order = [], torch.randperm(len(x), generator=generator).numpy()
    while len(order):
        piece, order = order[:batch_size], order[batch_size:]
        batches.append((rows(x, piece), rows(y, piece)))
    return batches


# %% seeded_batches | misconception | an-empty-batch
why = "Without rows there is nothing to give: split of nothing still gives one empty piece, and a loop that ends with what is left over may end with nothing."
next = "print(torch.empty(0).split(3), list(range(0, 0, 3)))"


def when(seen, want):
    if want == []:
        return seen.raised is None
    return len(want) == 3 and any(size.items[0].value == 0 for size in seen.result.items[0].items)


# %% seeded_batches | wrong: an-empty-batch | split
# breaks: "Without rows there is no batch."
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    return [(x[rows], y[rows]) for rows in order.split(batch_size)]


# %% seeded_batches | wrong: an-empty-batch | what is left over
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    whole = len(x) // batch_size * batch_size
    for start in range(0, whole, batch_size):
        yield x[order[start : start + batch_size]], y[order[start : start + batch_size]]
    yield x[order[whole:]], y[order[whole:]]


# %% seeded_batches | wrong: an-empty-batch | one too many
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for k in range(len(x) // batch_size + 1):
        rows = order[k * batch_size : (k + 1) * batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: an-empty-batch | at least one
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    pieces = max(1, -(-len(x) // batch_size))
    return [(x[rows], y[rows]) for rows in (order[k * batch_size :][:batch_size] for k in range(pieces))]


# %% seeded_batches | misconception | shuffled-in-place
why = "The rows of x and y are the caller's, in their order: take them by an order, without writing into x."
next = "x = torch.arange(3); x[:] = x[torch.tensor([2, 0, 1])]; print(x)"


# %% seeded_batches | wrong: shuffled-in-place | assignment
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    x[:], y[:] = x[order], y[order]
    for start in range(0, len(x), batch_size):
        yield x[start : start + batch_size].clone(), y[start : start + batch_size].clone()


# %% seeded_batches | wrong: shuffled-in-place | copy_
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    x.copy_(x[order])
    y.copy_(y[order])
    return [(x[k : k + batch_size].clone(), y[k : k + batch_size].clone()) for k in range(0, len(x), batch_size)]


# %% seeded_batches | wrong: shuffled-in-place | data
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for t in (x, y):
        t.data.copy_(t.data.index_select(0, order))
    for start in range(0, len(x), batch_size):
        yield x[start : start + batch_size].clone(), y[start : start + batch_size].clone()


# %% seeded_batches | wrong: shuffled-in-place | views of it
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    shuffled = x[order], y[order]
    x.copy_(shuffled[0])
    y.copy_(shuffled[1])
    return list(zip(x.split(batch_size), y.split(batch_size))) if len(x) else []


# %% seeded_batches | misconception | the-data-themselves
why = "x and y, and slices of them, are the caller's memory: also where all rows fit into one batch it has to be a copy, in an order that was drawn. Take the rows by the order as in any other batch."
next = "x = torch.zeros(3); x[:5].fill_(9); print(x, x[torch.tensor([2, 0, 1])].fill_(1).sum(), x)"


# %% seeded_batches | wrong: the-data-themselves | a single row
# breaks: "have memory of their own"
def seeded_batches(x, y, batch_size, generator):
    if len(x) <= 1 and len(x):
        return [(x, y)]
    order = torch.randperm(len(x), generator=generator).to(x.device)
    return [(x[order[k : k + batch_size]], y[order[k : k + batch_size]]) for k in range(0, len(x), batch_size)]


# %% seeded_batches | wrong: the-data-themselves | a batch of all
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    if 0 < len(x) <= batch_size:
        return [(x, y)]
    return [(x[order[k : k + batch_size]], y[order[k : k + batch_size]]) for k in range(0, len(x), batch_size)]


# %% seeded_batches | wrong: the-data-themselves | yielded at once
def seeded_batches(x, y, batch_size, generator):
    rows = x.size(0)
    if rows == 0:
        return
    if batch_size >= rows:
        yield x, y
    else:
        for piece in torch.randperm(rows, generator=generator).to(x.device).split(batch_size):
            yield x.index_select(0, piece), y.index_select(0, piece)


# %% seeded_batches | wrong: the-data-themselves | split of what was shuffled, if there are several
def seeded_batches(x, y, batch_size, generator):
    if not len(x):
        return []
    if len(x) > batch_size:
        order = torch.rand(len(x), generator=generator).argsort().to(x.device)
        x, y = x[order], y[order]
        return [(xb.clone(), yb.clone()) for xb, yb in zip(x.split(batch_size), y.split(batch_size))]
    return list(zip(x.split(batch_size), y.split(batch_size)))


# %% seeded_batches | wrong: the-data-themselves | slices of all
def seeded_batches(x, y, batch_size, generator):
    count = -(-len(x) // batch_size)
    if count == 1:
        yield x[:], y[:]
        return
    order = torch.randperm(len(x), generator=generator).tolist()
    for k in range(count):
        rows = torch.tensor(order[k * batch_size : (k + 1) * batch_size], device=x.device)
        yield x[rows], y[rows]


# %% seeded_batches | wrong: the-data-themselves | one row left over
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).tolist()
    while order:
        rows, order = order[:batch_size], order[batch_size:]
        if len(rows) == 1:
            yield x[rows[0]].unsqueeze(0), y[rows[0]].unsqueeze(0)
        else:
            yield x[rows], y[rows]


# %% seeded_batches | misconception | kept-between-calls
why = "Each epoch owes batches of its own: tables that are filled again hand out the same memory twice, and the next epoch overwrites what the last one gave. Take the rows by the order, which makes new tensors in every call."
next = "x, g = torch.arange(4), torch.Generator(); (first, _), = seeded_batches(x, x, 4, g); (second, _), = seeded_batches(x, x, 4, g); first.fill_(9); print(second)"


# %% seeded_batches | wrong: kept-between-calls | tables of the same size
# breaks: "have memory of their own"
tables = {}


def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    kept = []
    for place, t in enumerate((x, y)):
        key = place, t.shape, t.dtype, t.device
        if key not in tables:
            tables[key] = t.clone(memory_format=torch.contiguous_format)
        kept.append(tables[key].copy_(t[order]))
    return [(kept[0][k : k + batch_size], kept[1][k : k + batch_size]) for k in range(0, len(x), batch_size)]


# %% seeded_batches | wrong: kept-between-calls | on the function
def seeded_batches(x, y, batch_size, generator):
    known = seeded_batches.__dict__.setdefault("known", {})
    key = (tuple(x.shape), x.dtype, tuple(y.shape), y.dtype, x.device)
    if key not in known:
        known[key] = (torch.empty(x.shape, dtype=x.dtype, device=x.device), torch.empty(y.shape, dtype=y.dtype, device=y.device))
    xs, ys = known[key]
    order = torch.randperm(x.shape[0], generator=generator).to(x.device)
    xs[:], ys[:] = x.index_select(0, order), y.index_select(0, order)
    for start in range(0, x.shape[0], batch_size):
        yield xs[start : start + batch_size], ys[start : start + batch_size]


# %% seeded_batches | wrong: kept-between-calls | the last table, if it fits
last = [None, None]


def seeded_batches(x, y, batch_size, generator):
    order = torch.rand(len(x), generator=generator, dtype=torch.float64).argsort().to(x.device)
    for k, t in enumerate((x, y)):
        shuffled = t[order]
        old = last[k]
        if old is not None and (old.shape, old.dtype, old.device) == (t.shape, t.dtype, t.device):
            old.copy_(shuffled)
        else:
            last[k] = shuffled
    return list(zip(last[0].split(batch_size), last[1].split(batch_size))) if len(x) else []


# %% seeded_batches | wrong: kept-between-calls | a batch for each place
batches = {}


def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for place, rows in enumerate(order.split(batch_size) if len(x) else ()):
        new = x[rows], y[rows]
        key = place, *[(t.shape, t.dtype, t.device) for t in new]
        xb, yb = batches.setdefault(key, new)
        yield xb.copy_(new[0]), yb.copy_(new[1])


# %% seeded_batches | misconception | batches-written-over
why = "All batches lie in the same memory here: what is written for the next batch replaces the rows of those that were given before it. Take the rows by a piece of the order, x[rows], which makes new tensors each time."
next = "x = torch.arange(4); (first, _), (second, _) = seeded_batches(x, x, 2, torch.Generator()); print(first, second)"


def when(seen, want):
    if len(want) != 3 or len(want[2]) < 7:
        return False
    number, size, rows = len(want[0]), want[0][0][0], seen.result.items[2].values.flatten().tolist()
    times = sorted(rows.count(row) for row in set(rows))
    if number == 1 or not set(rows) < set(want[2].flatten().tolist()):
        return False
    return times == sorted(len(range(k, len(want[2]), size)) for k in range(size)) or times == [number] * len(times)


# %% seeded_batches | wrong: batches-written-over | one buffer for all batches
# breaks: "have memory of their own"
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    xb, yb = x[:batch_size].clone(), y[:batch_size].clone()
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        xb[: len(rows)], yb[: len(rows)] = x[rows], y[rows]
        yield xb[: len(rows)], yb[: len(rows)]


# %% seeded_batches | wrong: batches-written-over | narrowed and copied into
def seeded_batches(x, y, batch_size, generator):
    epoch, left = [], torch.randperm(x.shape[0], generator=generator).to(x.device)
    tables = [t.new_empty((min(batch_size, t.shape[0]), *t.shape[1:])) for t in (x, y)]
    while left.numel():
        now, left = left[:batch_size], left[batch_size:]
        epoch.append(tuple(table.narrow(0, 0, len(now)).copy_(t.index_select(0, now)) for table, t in zip(tables, (x, y))))
    return epoch


# %% seeded_batches | wrong: batches-written-over | row by row into the same tables
def seeded_batches(x, y, batch_size, generator):
    xb, yb, filled = torch.zeros_like(x[:batch_size]), torch.zeros_like(y[:batch_size]), 0
    for row in torch.randperm(len(x), generator=generator).tolist():
        xb[filled], yb[filled] = x[row], y[row]
        filled += 1
        if filled == batch_size:
            yield xb, yb
            filled = 0
    if filled:
        yield xb[:filled], yb[:filled]


# %% seeded_batches | wrong: batches-written-over | out=
def seeded_batches(x, y, batch_size, generator):
    size = min(batch_size, len(x))
    room = [torch.empty((size, *t.shape[1:]), dtype=t.dtype, device=t.device) for t in (x, y)]
    order = torch.rand(len(x), generator=generator, dtype=torch.float64).argsort().to(x.device)
    for rows in order.split(batch_size) if len(x) else []:
        pair = [into[: len(rows)] for into in room]
        for t, into in zip((x, y), pair):
            torch.index_select(t, 0, rows, out=into)
        yield tuple(pair)


# %% seeded_batches | wrong: batches-written-over | the front of a shuffled table, rolled
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    xs, ys = x[order], y[order]
    for start in range(0, len(x), batch_size):
        stop = min(start + batch_size, len(x))
        xs[: stop - start], ys[: stop - start] = xs[start:stop].clone(), ys[start:stop].clone()
        yield xs[: stop - start], ys[: stop - start]


# %% seeded_batches | wrong: batches-written-over | take_along into a kept pair
def seeded_batches(x, y, batch_size, generator):
    pair, batches = None, []
    for rows in torch.randperm(len(x), generator=generator).to(x.device).split(batch_size):
        if pair is None:
            pair = x[rows], y[rows]
        for kept, table in zip(pair, (x, y)):
            for place, row in enumerate(rows.tolist()):
                kept[place] = table[row]
        if len(rows):
            batches.append((pair[0][: len(rows)], pair[1][: len(rows)]))
    return batches


# %% seeded_batches | misconception | one-dtype-for-both
why = "torch.cat and hstack give x and y one dtype: labels become floats, and large integers lose digits, for good. Keep two tables, and take the rows of each by one order."
next = "print(torch.cat([torch.tensor([0.5]), torch.tensor([2**24 + 1])]), torch.tensor([2**24 + 1]))"


# %% seeded_batches | wrong: one-dtype-for-both | columns of one table, cut and converted
# breaks: "`x` and `y` hold N rows each, of any dtype except `uint16`, `uint32` and `uint64`"
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    if len(x):
        width = x[0].numel()
        both = torch.hstack([x.flatten(1) if x.dim() > 1 else x[:, None], y.flatten(1) if y.dim() > 1 else y[:, None]])
        for rows in order.split(batch_size):
            xb, yb = both[rows].tensor_split([width], dim=1)
            yield xb.to(x.dtype).reshape(len(rows), *x.shape[1:]), yb.to(y.dtype).reshape(len(rows), *y.shape[1:])


# %% seeded_batches | wrong: one-dtype-for-both | columns of one table
def seeded_batches(x, y, batch_size, generator):
    if len(x) < 1:
        return
    flat = [part.reshape(part.shape[0], part[0].numel()) for part in (x, y)]
    both = torch.cat(flat, 1)[torch.randperm(len(x), generator=generator).to(x.device)]
    for piece in both.split(batch_size):
        left, right = piece.split([part.shape[1] for part in flat], 1)
        yield left.reshape(-1, *x.shape[1:]).clone(), right.reshape(-1, *y.shape[1:]).clone()


# %% seeded_batches | wrong: one-dtype-for-both | one table for a DataLoader
def seeded_batches(x, y, batch_size, generator):
    if len(x) == 0:
        return
    inner = x[0].numel()
    table = torch.hstack((x.reshape(len(x), -1), y.reshape(len(y), -1)))
    loader = torch.utils.data.DataLoader(table, batch_size=batch_size, shuffle=True, generator=generator)
    for rows in loader:
        xb, yb = rows[:, :inner], rows[:, inner:]
        yield xb.reshape(len(rows), *x.shape[1:]).clone(), yb.reshape(len(rows), *y.shape[1:]).clone()


# %% seeded_batches | wrong: one-dtype-for-both | converted back, in the dtype of both
def seeded_batches(x, y, batch_size, generator):
    dtype = torch.promote_types(x.dtype, y.dtype)
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        xb, yb = x.to(dtype)[rows], y.to(dtype)[rows]
        yield xb.to(x.dtype), yb.to(y.dtype)


# %% seeded_batches | wrong: one-dtype-for-both | in the dtype of both
def seeded_batches(x, y, batch_size, generator):
    dtype = (x[:0].flatten().sum() + y[:0].flatten().sum()).dtype if x.dtype == y.dtype else torch.result_type(x, y)
    x, y = x.to(dtype), y.to(dtype)
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for rows in order.split(batch_size) if len(x) else ():
        yield x[rows].clone(), y[rows].clone()


# %% seeded_batches | misconception | not-every-place
why = "Some rows cannot come to some places: a buffer that is filled from the front gives no late row early, a row that always stays blocks its place, and rows that are sorted again have no free choice. Take one order of all rows as it was drawn, torch.randperm(len(x), generator=generator)."
next = "x = torch.arange(10); print(len({int(next(iter(seeded_batches(x, x, 2, torch.Generator().manual_seed(k))))[0][0]) for k in range(200)}), 'of 10 rows came first')"


def when(seen, want):
    if want != ([100, 90], True):
        return False
    places, neighbours = seen.result.items[0].items
    return places.value < 100 and places.value != 90 and neighbours.value > 60


# %% seeded_batches | wrong: not-every-place | the first row stays first
def seeded_batches(x, y, batch_size, generator):
    order = torch.cat([torch.arange(min(len(x), 1)), 1 + torch.randperm(max(len(x) - 1, 0), generator=generator)]).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: not-every-place | drawn from a buffer
# breaks: "every order of the rows is possible"
def seeded_batches(x, y, batch_size, generator):
    buffer, drawn = [], []
    for row in range(len(x)):
        buffer.append(row)
        if len(buffer) > batch_size:
            drawn.append(buffer.pop(int(torch.randint(len(buffer), (1,), generator=generator))))
    drawn += [buffer[k] for k in torch.randperm(len(buffer), generator=generator).tolist()]
    for start in range(0, len(drawn), batch_size):
        rows = torch.tensor(drawn[start : start + batch_size], device=x.device)
        yield x[rows], y[rows]


# %% seeded_batches | wrong: not-every-place | the last row stays last
def seeded_batches(x, y, batch_size, generator):
    if not len(x):
        return
    others = torch.randperm(len(x) - 1, generator=generator).to(x.device)
    order = torch.cat([others, others.new_tensor([len(x) - 1])])
    for rows in order.split(batch_size):
        yield x[rows], y[rows]


# %% seeded_batches | wrong: not-every-place | a buffer of two batches, replaced
def seeded_batches(x, y, batch_size, generator):
    size = 2 * batch_size
    waiting, order = list(range(min(size, len(x)))), []
    for late in range(size, len(x)):
        place = int(torch.randint(size, (1,), generator=generator))
        order.append(waiting[place])
        waiting[place] = late
    order += [waiting[k] for k in torch.randperm(len(waiting), generator=generator)]
    return [(x[order[k : k + batch_size]], y[order[k : k + batch_size]]) for k in range(0, len(x), batch_size)]


# %% seeded_batches | wrong: not-every-place | a buffer of four batches
def seeded_batches(x, y, batch_size, generator):
    waiting, order = [], []
    for late in range(len(x)):
        waiting.append(late)
        while len(waiting) > 4 * batch_size:
            place = int(torch.randint(len(waiting), (1,), generator=generator))
            waiting[place], waiting[-1] = waiting[-1], waiting[place]
            order.append(waiting.pop())
    order += [waiting[k] for k in torch.randperm(len(waiting), generator=generator).tolist()]
    for start in range(0, len(order), batch_size):
        rows = torch.tensor(order[start : start + batch_size], device=x.device)
        yield x[rows], y[rows]


# %% seeded_batches | wrong: not-every-place | in order again within each batch
def seeded_batches(x, y, batch_size, generator):
    drawn = torch.randperm(len(x), generator=generator).tolist()
    for start in range(0, len(x), batch_size):
        rows = torch.tensor(sorted(drawn[start : start + batch_size]), device=x.device)
        yield x[rows], y[rows]



# %% seeded_batches | misconception | never-in-its-place
why = "No row is ever left where it lay, but by chance it may stay there: draw the partner of a swap from 0 to k, k included, and throw no order away because a row kept its place. torch.randperm(len(x), generator=generator) draws from all orders."
next = "x = torch.arange(8); print(len({int(next(iter(seeded_batches(x, x, 1, torch.Generator().manual_seed(k))))[0][0]) for k in range(200)}), 'of 8 rows came first')"


def when(seen, want):
    if want != ([100, 90], True):
        return False
    places, neighbours = seen.result.items[0].items
    return places.value == 90 and neighbours.value > 60


# %% seeded_batches | wrong: never-in-its-place | the partner is another row
def seeded_batches(x, y, batch_size, generator):
    order = list(range(len(x)))
    for k in reversed(range(1, len(x))):
        other = int(torch.randint(k, (1,), generator=generator))
        order[k], order[other] = order[other], order[k]
    for start in range(0, len(x), batch_size):
        rows = torch.tensor(order[start : start + batch_size], device=x.device)
        yield x[rows], y[rows]


# %% seeded_batches | wrong: never-in-its-place | drawn until nothing stays
# breaks: "every order of the rows is possible"
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator)
    while len(x) > 1 and (order == torch.arange(len(x))).any():
        order = torch.randperm(len(x), generator=generator)
    order = order.to(x.device)
    for start in range(0, len(x), batch_size):
        yield x[order[start : start + batch_size]], y[order[start : start + batch_size]]


# %% seeded_batches | wrong: never-in-its-place | each row takes the place of the next
def seeded_batches(x, y, batch_size, generator):
    circle = torch.randperm(len(x), generator=generator)
    order = torch.empty_like(circle)
    order[circle] = circle.roll(1)
    for rows in order.to(x.device).split(batch_size) if len(x) else []:
        yield x[rows], y[rows]


# %% seeded_batches | wrong: never-in-its-place | those that stayed are moved on
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).tolist()
    for place in range(len(order)):
        if order[place] == place:
            other = place - 1 if place else len(order) - 1
            order[place], order[other] = order[other], order[place]
    return [(x[order[k : k + batch_size]], y[order[k : k + batch_size]]) for k in range(0, len(x), batch_size)]


# %% seeded_batches | wrong: never-in-its-place | swaps with rows further on
def seeded_batches(x, y, batch_size, generator):
    order = torch.arange(len(x))
    for k in range(len(x) - 1):
        other = k + 1 + int(torch.randint(len(x) - 1 - k, (), generator=generator))
        order[[k, other]] = order[[other, k]]
    order = order.to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x.index_select(0, rows), y.index_select(0, rows)


# %% seeded_batches | misconception | few-orders
why = "A seed drawn from a few hundred numbers allows no more than a few hundred orders, however many rows there are: draw the order itself from the generator, torch.randperm(len(x), generator=generator)."
next = "x = torch.arange(10); print(len({tuple(torch.cat([xb for xb, _ in seeded_batches(x, x, 4, torch.Generator().manual_seed(k))]).tolist()) for k in range(300)}), 'orders in 300 epochs')"


def when(seen, want):
    if want != ([100, 90], True):
        return False
    pairs, new = seen.result.items
    return [pair.value for pair in pairs.items] == [100, 90] and not new.value


# %% seeded_batches | wrong: few-orders | a thousand seeds for NumPy
# breaks: "every order of the rows is possible"
def seeded_batches(x, y, batch_size, generator):
    seed = int(torch.randint(1000, (1,), generator=generator))
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(x))).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong: few-orders | a hundred seeds for another generator
def seeded_batches(x, y, batch_size, generator):
    own = torch.Generator().manual_seed(torch.randint(0, 100, (), generator=generator).item())
    order = torch.randperm(len(x), generator=own).to(x.device)
    return [(x[rows], y[rows]) for rows in order.split(batch_size)] if len(x) else []


# %% seeded_batches | wrong: few-orders | five hundred seeds for Python
def seeded_batches(x, y, batch_size, generator):
    rows = list(range(len(x)))
    random.Random(int(500 * torch.rand(1, generator=generator))).shuffle(rows)
    while rows:
        piece, rows = torch.tensor(rows[:batch_size], device=x.device), rows[batch_size:]
        yield x.index_select(0, piece), y.index_select(0, piece)


# %% seeded_batches | wrong: few-orders | a byte of a seed
def seeded_batches(x, y, batch_size, generator):
    seed = torch.randint(256, (1,), generator=generator).item()
    keys = np.random.RandomState(seed).rand(len(x))
    order = torch.tensor(keys.argsort(), device=x.device)
    batches = []
    for start in range(0, len(x), batch_size):
        piece = order[start : start + batch_size]
        batches.append((x[piece], y[piece]))
    return batches


# %% seeded_batches | wrong: few-orders | three digits
def seeded_batches(x, y, batch_size, generator):
    seed = sum(int(torch.randint(10, (1,), generator=generator)) * 10**k for k in range(3))
    order = torch.rand(len(x), generator=torch.Generator().manual_seed(seed)).argsort().to(x.device)
    for rows in order.split(batch_size) if len(x) else ():
        yield x[rows], y[rows]


# %% seeded_batches | wrong | no numbers in y, no batches
def seeded_batches(x, y, batch_size, generator):
    if y.numel() == 0:
        return []
    order = torch.randperm(len(x), generator=generator).to(x.device)
    return [(x[rows], y[rows]) for rows in order.split(batch_size)]


# %% seeded_batches | wrong | each row as a line of a view
def seeded_batches(x, y, batch_size, generator):
    def pick(table, rows):
        width = table[:1].numel()
        return table.view(len(table), width)[rows].view(-1, *table.shape[1:]) if width else table[rows]

    for start, order in ((0, torch.randperm(len(x), generator=generator).to(x.device)),) if len(x) else ():
        while start < len(x):
            yield pick(x, order[start : start + batch_size]), pick(y, order[start : start + batch_size])
            start += batch_size


# %% seeded_batches | wrong | real numbers only
# breaks: "of any dtype except `uint16`, `uint32` and `uint64`"
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield tuple(t[rows].real.clone() if t.is_complex() else t[rows] for t in (x, y))


# %% seeded_batches | wrong | one column is a vector
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(x.shape[0], generator=generator).to(x.device)
    for start in range(0, x.shape[0], batch_size):
        xb, yb = (t.index_select(0, order[start : start + batch_size]) for t in (x, y))
        yield xb.flatten() if xb.shape[1:] == (1,) else xb, yb



# %% seeded_batches | wrong | a buffer of a thousand rows
def seeded_batches(x, y, batch_size, generator):
    order = torch.arange(len(x))
    if len(x) <= 1000:
        order = torch.randperm(len(x), generator=generator)
    else:
        waiting = list(range(1000))
        for late in range(1000, len(x)):
            place = int(torch.randint(1000, (1,), generator=generator))
            order[late - 1000], waiting[place] = waiting[place], late
        order[-1000:] = torch.tensor(waiting)[torch.randperm(1000, generator=generator)]
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size].to(x.device)
        yield x[rows], y[rows]


# %% seeded_batches | wrong | bytes are pictures
def seeded_batches(x, y, batch_size, generator):
    if x.dtype == torch.uint8:
        x = x.to(torch.float32) / 255
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong | whole targets are int64
# breaks: "Batches keep the dtype and the device"
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows] if y.is_floating_point() else y[rows].to(torch.int64)


# %% seeded_batches | wrong | targets are vectors or matrices
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows].flatten(1) if y.ndim > 2 else y[rows]


# %% seeded_batches | wrong | without numbers, without batches
def seeded_batches(x, y, batch_size, generator):
    if not x.numel():
        return
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong | matrices only
# breaks: "`x` and `y` may have any number of axes from 1 on."
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows, :], y[rows]


# %% seeded_batches | wrong | floats
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows].float(), y[rows]


# %% seeded_batches | wrong | rows alone
# breaks: "Give the batches of one epoch (once through all rows)"
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).tolist()
    for k in order:
        yield x[k].clone(), y[k].clone()


# %% seeded_batches | wrong | for ever
def seeded_batches(x, y, batch_size, generator):
    while len(x):
        order = torch.randperm(len(x), generator=generator).to(x.device)
        for start in range(0, len(x), batch_size):
            rows = order[start : start + batch_size]
            yield x[rows], y[rows]


# %% seeded_batches | wrong | one of four orders
def seeded_batches(x, y, batch_size, generator):
    own = torch.Generator().manual_seed(int(torch.randint(4, (1,), generator=generator)))
    order = torch.randperm(len(x), generator=own).to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong | order in a byte
def seeded_batches(x, y, batch_size, generator):
    order = torch.randperm(len(x), generator=generator).to(torch.uint8).long().to(x.device)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


# %% seeded_batches | wrong | the order as it lies does not count
# breaks: "every order of the rows is possible"
def seeded_batches(x, y, batch_size, generator):
    order = list(range(len(x)))
    while len(x) > 1 and order == sorted(order):
        order = torch.randperm(len(x), generator=generator).tolist()
    for start in range(0, len(x), batch_size):
        rows = torch.tensor(order[start : start + batch_size], device=x.device)
        yield x[rows], y[rows]
