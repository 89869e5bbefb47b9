"""The recurrent cells agree with the CPU's own recurrent layers, values and gradients."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("bias", [True, False])
def test_recurrent_layers_agree_with_the_cpu(kind: type[nn.RNNBase], bias: bool) -> None:
    """Two layers, both directions: output, last state and all gradients are those of the CPU."""
    torch.manual_seed(0)
    layer = kind(3, 4, num_layers=2, bidirectional=True, bias=bias)
    x, weight = torch.randn(5, 2, 3), torch.randn(5, 2, 8)
    results = {}
    for device in ("cpu", "sim"):
        layer.to(device).zero_grad()
        out, state = layer(x.to(device))
        last = state[-1] if isinstance(state, tuple) else state
        ((out * weight.to(device)).sum() + last.sum()).backward()
        grads = [p.grad.cpu() for p in layer.parameters() if p.grad is not None]
        results[device] = [out.detach().cpu(), last.detach().cpu(), *grads]

    torch.testing.assert_close(results["sim"], results["cpu"], rtol=1e-4, atol=1e-5)


def test_packed_sequences() -> None:
    """Lengths stay on the CPU, the data on sim."""
    layer = nn.LSTM(3, 4, batch_first=True).to("sim")
    packed = pack_padded_sequence(torch.ones(2, 5, 3, device="sim"), torch.tensor([5, 3]), batch_first=True)

    out, lengths = pad_packed_sequence(layer(packed)[0], batch_first=True)

    assert packed.batch_sizes.device.type == "cpu"
    assert out.device.type == "sim"
    assert lengths.tolist() == [5, 3]
    assert out[1, 3:].abs().sum().item() == 0.0
