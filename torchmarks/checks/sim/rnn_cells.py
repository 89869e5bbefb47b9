"""The fused cells of LSTM and GRU, which PyTorch's RNN code calls for every accelerator and which the CPU lacks.

Pure: CPU tensors in, CPU tensors out, no history. Shapes: gates (N, 4 H) or (N, 3 H), states (N, H), biases (gates,).
The workspaces are our own: only the matching backward reads them.
Formulas: Hochreiter and Schmidhuber 1997 (LSTM), Cho et al. 2014 (GRU), in the form of torch.nn.LSTMCell and GRUCell.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload

_Maybe = Tensor | None


def _biased(gates: Tensor, bias: _Maybe) -> Tensor:
    return gates if bias is None else gates + bias


def lstm_cell(
    input_gates: Tensor, hidden_gates: Tensor, cx: Tensor, input_bias: _Maybe = None, hidden_bias: _Maybe = None
) -> tuple[Tensor, Tensor, Tensor]:
    """New hidden state, new cell state, workspace."""
    # PyTorch stacks the gates in this order.
    i, f, g, o = (_biased(input_gates, input_bias) + _biased(hidden_gates, hidden_bias)).chunk(4, 1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    cy = f * cx + i * g
    return o * cy.tanh(), cy, torch.cat([i, f, g, o], 1)


def lstm_cell_backward(
    grad_hy: _Maybe, grad_cy: _Maybe, cx: Tensor, cy: Tensor, workspace: Tensor, has_bias: bool
) -> tuple[Tensor, Tensor, _Maybe]:
    """Gradients of the gates, the old cell state and, `has_bias`, the bias."""
    i, f, g, o = workspace.chunk(4, 1)
    squashed = cy.tanh()
    to_hidden = torch.zeros_like(cy) if grad_hy is None else grad_hy
    to_cell = to_hidden * o * (1 - squashed**2) + (0 if grad_cy is None else grad_cy)
    gates = torch.cat(
        [
            to_cell * g * i * (1 - i),
            to_cell * cx * f * (1 - f),
            to_cell * i * (1 - g**2),
            to_hidden * squashed * o * (1 - o),
        ],
        1,
    )
    return gates, to_cell * f, gates.sum(0) if has_bias else None


def gru_cell(
    input_gates: Tensor, hidden_gates: Tensor, hx: Tensor, input_bias: _Maybe = None, hidden_bias: _Maybe = None
) -> tuple[Tensor, Tensor]:
    """New hidden state, workspace."""
    input_r, input_z, input_n = _biased(input_gates, input_bias).chunk(3, 1)
    hidden_r, hidden_z, hidden_n = _biased(hidden_gates, hidden_bias).chunk(3, 1)
    r, z = (input_r + hidden_r).sigmoid(), (input_z + hidden_z).sigmoid()
    n = (input_n + r * hidden_n).tanh()
    return n + z * (hx - n), torch.cat([r, z, n, hx, hidden_n], 1)


def gru_cell_backward(grad_hy: Tensor, workspace: Tensor, has_bias: bool) -> tuple[_Maybe, ...]:
    """Gradients of input gates, hidden gates, old hidden state and, `has_bias`, both biases."""
    r, z, n, hx, hidden_n = workspace.chunk(5, 1)
    to_z = grad_hy * (hx - n) * z * (1 - z)
    to_n = grad_hy * (1 - z) * (1 - n**2)
    to_r = to_n * hidden_n * r * (1 - r)
    of_input, of_hidden = torch.cat([to_r, to_z, to_n], 1), torch.cat([to_r, to_z, to_n * r], 1)
    # Two biases, where an LSTM has one gradient for both: r scales the hidden one of n.
    biases = (of_input.sum(0), of_hidden.sum(0)) if has_bias else (None, None)
    return of_input, of_hidden, grad_hy * z, *biases


CELLS: dict[OpOverload[..., Any], Callable[..., Any]] = {
    torch.ops.aten._thnn_fused_lstm_cell.default: lstm_cell,
    torch.ops.aten._thnn_fused_lstm_cell_backward_impl.default: lstm_cell_backward,
    torch.ops.aten._thnn_fused_gru_cell.default: gru_cell,
    torch.ops.aten._thnn_fused_gru_cell_backward.default: gru_cell_backward,
}
