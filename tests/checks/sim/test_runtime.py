"""`torch.sim`: the device's own random numbers."""

import pytest
import torch


def test_seeding_reaches_the_device() -> None:
    """`torch.manual_seed` starts both streams; the same seed gives sim the values that it gives the CPU."""
    torch.manual_seed(3)
    on_sim, on_cpu = torch.rand(4, device="sim"), torch.rand(4)

    assert torch.equal(on_sim.cpu(), on_cpu)


def test_drawing_on_sim_leaves_the_cpu_stream() -> None:
    """As on a GPU, random numbers of the device are apart from those of the CPU."""
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)

    first, second = torch.rand(2, device="sim"), torch.nn.functional.dropout(torch.ones(50, device="sim"))

    assert torch.equal(torch.rand(2), expected)
    assert not torch.equal(first, torch.rand(2, device="sim"))
    assert 0 < (second == 0).sum() < 50


def test_the_state_can_be_kept() -> None:
    """`get_rng_state` and `set_rng_state` go back in the stream, and fork_rng uses them."""
    state = torch.sim.get_rng_state()  # type: ignore[attr-defined]
    first = torch.rand(3, device="sim")
    torch.sim.set_rng_state(state)  # type: ignore[attr-defined]
    with torch.random.fork_rng(device_type="sim"):
        assert torch.equal(torch.rand(3, device="sim"), first)

    assert torch.equal(torch.rand(3, device="sim"), first)


def test_a_cpu_generator_is_refused() -> None:
    """A generator of another device is an error, in CUDA's words."""
    with pytest.raises(RuntimeError, match="Expected a 'sim' device type for generator but found 'cpu'"):
        torch.rand(2, device="sim", generator=torch.Generator())
