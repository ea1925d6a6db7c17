#!/usr/bin/python3
"""Writes what PyTorch computes for small recurrent layers into tests/fixtures/: recurrent.txt and
bidirectional.txt.

Run once, with Debian's python3-torch: /usr/bin/python3 tests/peers/torch_recurrent_fixtures.py
Kernels are transposed and gates reordered to what Keras has; the sum of PyTorch's two biases is the one bias of
simple_rnn and lstm, while gru has both. Padding is PyTorch's packed sequences.
"""
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from torch_fixtures import Fixture

SAMPLES, STEPS, FEATURES, UNITS = 3, 6, 4, 5
LENGTHS = torch.tensor([6, 2, 5])


def blocks(tensor, order):
    """The gates, which are blocks of rows, in another order."""
    parts = tensor.chunk(len(order))
    return torch.cat([parts[i] for i in order])


def case(out, name, layer, order, states):
    x = torch.randn(SAMPLES, STEPS, FEATURES, requires_grad=True)
    first = [torch.randn(1, SAMPLES, UNITS, requires_grad=True) for _ in range(states)]
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    y, last = layer(packed, tuple(first) if states > 1 else first[0])
    y = pad_packed_sequence(y, batch_first=True, total_length=STEPS)[0]
    last = list(last) if states > 1 else [last]
    dy = torch.randn_like(y)
    dlast = [torch.randn_like(state) for state in last]
    torch.autograd.backward([y] + last, [dy] + dlast)
    out.put(name + ".x", x)
    out.put(name + ".dx", x.grad)
    out.put(name + ".lengths", LENGTHS)
    out.put(name + ".y", y)
    out.put(name + ".dy", dy)
    for which, begin, end, dend in zip("hc", first, last, dlast):
        out.put(name + "." + which + "0", begin[0])
        out.put(name + ".d" + which + "0", begin.grad[0])
        out.put(name + "." + which, end[0])
        out.put(name + ".d" + which, dend[0])
    for prefix, of in [("", lambda p: p.detach()), ("d", lambda p: p.grad)]:
        out.put(name + "." + prefix + "kernel", blocks(of(layer.weight_ih_l0), order).T)
        out.put(name + "." + prefix + "recurrent_kernel", blocks(of(layer.weight_hh_l0), order).T)
        biases = [blocks(of(layer.bias_ih_l0), order), blocks(of(layer.bias_hh_l0), order)]
        if isinstance(layer, torch.nn.GRU):
            out.put(name + "." + prefix + "bias", torch.stack(biases))
        else:
            out.put(name + "." + prefix + "bias", biases[0] if prefix else biases[0] + biases[1])


def bidirectional():
    out = Fixture("bidirectional")
    layer = torch.nn.LSTM(FEATURES, UNITS, batch_first=True, bidirectional=True)
    x = torch.randn(SAMPLES, STEPS, FEATURES, requires_grad=True)
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    y = pad_packed_sequence(layer(packed)[0], batch_first=True, total_length=STEPS)[0]
    dy = torch.randn_like(y)
    y.backward(dy)
    out.put("x", x)
    out.put("dx", x.grad)
    out.put("lengths", LENGTHS)
    out.put("y", y)
    out.put("dy", dy)
    for direction, suffix in [("forward", "_l0"), ("backward", "_l0_reverse")]:
        out.put(direction + ".kernel", getattr(layer, "weight_ih" + suffix).T)
        out.put(direction + ".recurrent_kernel", getattr(layer, "weight_hh" + suffix).T)
        out.put(direction + ".bias", getattr(layer, "bias_ih" + suffix) + getattr(layer, "bias_hh" + suffix))
    out.write()


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.set_num_threads(1)
    fixture = Fixture("recurrent")
    for activation in ["tanh", "relu"]:
        rnn = torch.nn.RNN(FEATURES, UNITS, nonlinearity=activation, batch_first=True)
        case(fixture, "simple_rnn_" + activation, rnn, [0], 1)
    case(fixture, "lstm", torch.nn.LSTM(FEATURES, UNITS, batch_first=True), [0, 1, 2, 3], 2)
    case(fixture, "gru", torch.nn.GRU(FEATURES, UNITS, batch_first=True), [1, 0, 2], 1)
    fixture.write()
    bidirectional()
