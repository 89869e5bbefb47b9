"""What reads a sim tensor from outside: NumPy, lists, printing, addresses, copies, files."""

import copy
import gc
import io
import os
import pickle
import re
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from torchmarks.checks import sim


def _matrix() -> torch.Tensor:
    return torch.tensor([[1.0, 2.0], [3.0, 4.0]], device="sim")


NUMPY = re.escape(
    "can't convert sim:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
)


@pytest.mark.parametrize("convert", [torch.Tensor.numpy, np.asarray, np.array])
@pytest.mark.parametrize("requires_grad", [False, True])
def test_numpy_is_refused(convert: object, requires_grad: bool) -> None:
    """An array cannot be had from a device; the device is the first complaint, as on CUDA."""
    with pytest.raises(TypeError, match=NUMPY):
        _matrix().requires_grad_(requires_grad).numpy()
    if convert is not torch.Tensor.numpy:
        with pytest.raises(TypeError, match=NUMPY):
            convert(_matrix().requires_grad_(requires_grad))  # type: ignore[operator]


def test_its_type_reads_as_on_any_device() -> None:
    """A student who asks for it sees nothing of ours."""
    assert repr(type(_matrix())) == repr(type(torch.ones(1))) == "<class 'torch.Tensor'>"


def test_numpy_by_force() -> None:
    """`numpy(force=True)` is a copy in main memory, whatever the history."""
    t = _matrix().requires_grad_()

    array = (t * 1).numpy(force=True)
    array[0, 0] = 9

    assert type(array) is np.ndarray
    assert array.tolist() == [[9.0, 2.0], [3.0, 4.0]]
    assert t.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_python_values() -> None:
    """`tolist`, `item`, truth, iteration and formatting work as on every device."""
    t = _matrix()

    assert t.requires_grad_().tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert t[1, 0].item() == 3.0
    assert t[0, 0].tolist() == 1.0
    assert bool(t[0, 0] == 1)
    assert [row.sum().item() for row in t.detach()] == [3.0, 7.0]
    assert f"{t.detach()[0, 1]:.2f}" == "2.00"


PRINTED = [
    (lambda: _matrix(), "tensor([[1., 2.],\n        [3., 4.]], device='sim:0')"),
    (lambda: torch.zeros(2, dtype=torch.int32, device="sim"), "tensor([0, 0], device='sim:0', dtype=torch.int32)"),
    (lambda: torch.zeros(0, 3, device="sim"), "tensor([], device='sim:0', size=(0, 3))"),
    (lambda: torch.ones(1, device="sim", requires_grad=True), "tensor([1.], device='sim:0', requires_grad=True)"),
    (lambda: _matrix()[0].requires_grad_() * 2, "tensor([2., 4.], device='sim:0', grad_fn=<MulBackward0>)"),
    (
        lambda: nn.Parameter(torch.ones(1, device="sim")),
        "Parameter containing:\ntensor([1.], device='sim:0', requires_grad=True)",
    ),
]


@pytest.mark.parametrize(("make", "text"), PRINTED)
def test_printing(make: object, text: str) -> None:
    """A sim tensor prints as one on CUDA does, but for the name of the device."""
    assert repr(make()) == text  # type: ignore[operator]


def test_addresses_tell_the_truth() -> None:
    """Equal addresses mean shared memory, for the first element and for the storage."""
    t, other = _matrix(), _matrix()

    assert t.data_ptr() == t.T.data_ptr() != t[1].data_ptr()
    assert t[1].data_ptr() - t[0].data_ptr() == 8
    assert t.untyped_storage().data_ptr() == t[1].untyped_storage().data_ptr()
    assert t.untyped_storage().data_ptr() != other.untyped_storage().data_ptr()
    assert t.untyped_storage().device == torch.device("sim:0")
    assert t.untyped_storage().nbytes() == 16


def test_observers_reach_the_backing() -> None:
    """`backing` has the tensor's strides and offset."""
    t = _matrix()
    column = t[:, 1]

    host = sim.backing(column)

    assert type(host) is torch.Tensor
    assert host.device.type == "cpu"
    assert (host.shape, host.stride(), host.storage_offset()) == ((2,), (2,), 1)
    assert host.data_ptr() == column.data_ptr()
    with pytest.raises(TypeError, match="expected a tensor on sim, got Tensor on cpu"):
        sim.backing(torch.ones(1))


def test_memory_is_given_back() -> None:
    """Nothing keeps the data of a sim tensor that is gone."""
    t = _matrix()
    held = weakref.ref(sim.backing(t))

    del t
    gc.collect()

    assert held() is None


def test_no_other_library_gets_at_its_memory() -> None:
    """Pinning, DLPack and the buffer protocol are refused instead of reading a wrong address."""
    # torch keeps the name that it printed first, which an earlier test may have made it do before the device had ours.
    with pytest.raises(RuntimeError, match=r"cannot pin 'torch\.(sim|privateuseone)\.FloatTensor' only dense CPU"):
        _matrix().pin_memory()
    with pytest.raises(BufferError, match="DLPack"):
        np.from_dlpack(_matrix())
    with pytest.raises(TypeError):
        memoryview(_matrix())  # type: ignore[arg-type]


def test_deepcopy_keeps_sharing_apart_from_the_original() -> None:
    """A deep copy is on sim, shares no memory with the original, and keeps what its parts share."""
    t = _matrix()

    copied, row = copy.deepcopy([t, t[1]])
    row[0] = 9

    assert type(copied) is sim.SimTensor
    assert copied.tolist() == [[1.0, 2.0], [9.0, 4.0]]
    assert t.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_deepcopy_of_a_module() -> None:
    """Parameters of the copy are parameters with their own gradient; computed tensors are refused."""
    model = nn.Linear(2, 1).to("sim")
    model(_matrix()).sum().backward()

    copied = copy.deepcopy(model)

    assert isinstance(copied.weight, nn.Parameter)
    assert copied.weight.grad is not None
    assert model.weight.grad is not None
    assert torch.equal(copied.weight.grad, model.weight.grad)
    assert copied.weight.grad.data_ptr() != model.weight.grad.data_ptr()
    with pytest.raises(RuntimeError, match="graph leaves"):
        copy.deepcopy(model.weight * 2)


def test_pickle() -> None:
    """Tensors and parameters survive pickling, on sim, with strides and requires_grad."""
    t = _matrix().T.requires_grad_()

    back, parameter = pickle.loads(pickle.dumps((t, nn.Parameter(torch.ones(2, device="sim")))))

    assert (type(back), back.stride(), back.requires_grad) == (sim.SimTensor, (1, 2), True)
    assert back.tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert isinstance(parameter, nn.Parameter)
    assert parameter.device.type == "sim"


@pytest.mark.parametrize(
    ("where", "expected"), [(None, "sim"), ("cpu", "cpu"), ("sim", "sim"), ("sim:0", "sim"), ("meta", "meta")]
)
def test_load_maps_locations(where: str | None, expected: str) -> None:
    """`torch.load` puts a file from sim where `map_location` says, views still sharing."""
    file = io.BytesIO()
    t = _matrix()
    torch.save({"whole": t, "row": t[1], "model": nn.Linear(1, 1).to("sim").state_dict()}, file)
    file.seek(0)

    loaded = torch.load(file, map_location=where)

    assert {loaded[key].device.type for key in ("whole", "row")} == {expected}
    assert loaded["model"]["weight"].device.type == expected
    if expected != "meta":
        loaded["row"][0] = 9
        assert loaded["whole"].tolist() == [[1.0, 2.0], [9.0, 4.0]]


def test_load_moves_cpu_files_to_sim() -> None:
    """A file from the CPU loads onto sim."""
    file = io.BytesIO()
    torch.save(torch.ones(2), file)
    file.seek(0)

    assert torch.load(file, map_location="sim").device.type == "sim"


def test_files_open_without_the_device(tmp_path: Path) -> None:
    """A file from sim is an ordinary one: plain PyTorch opens it with `map_location="cpu"`."""
    path = tmp_path / "t.pt"
    torch.save(_matrix(), path)
    probe = f"import torch; print(torch.load({str(path)!r}, map_location='cpu').tolist())"

    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, cwd=os.sep, check=True)

    assert done.stdout.strip() == "[[1.0, 2.0], [3.0, 4.0]]"
