#!/usr/bin/python3
"""Writes what PyTorch computes for small cases into tests/fixtures/: layers.txt, losses.txt, optimizers.txt,
sequences.txt, ctc.txt, merging.txt and pointwise.txt.

Run once, with Debian's python3-torch: /usr/bin/python3 tests/peers/torch_fixtures.py
A fixture holds named arrays: a line "name size size ...", then a line with the numbers. Tests read it with
tests/plugins/fixture.hpp. The numbers are committed, so tests need no Python.
"""
import math
import pathlib

import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fixtures"


class Fixture:
    def __init__(self, name):
        self.path = FOLDER / (name + ".txt")
        self.lines = []

    def put(self, name, tensor):
        values = tensor.detach()
        number = (lambda v: "%d" % v) if values.dtype == torch.int64 else (lambda v: "%.9g" % v)
        self.lines.append(" ".join([name] + [str(size) for size in values.shape]))
        self.lines.append(" ".join(number(v) for v in values.flatten().tolist()))

    def write(self):
        self.path.write_text("\n".join(self.lines) + "\n")


def layers():
    out = Fixture("layers")
    x = torch.randn(3, 7)
    x[0, 0] = 0.0
    dy = torch.randn(3, 7)
    out.put("activation.x", x)
    out.put("activation.dy", dy)
    for name, function in [
        ("relu", F.relu),
        ("leaky_relu", lambda v: F.leaky_relu(v, 0.3)),
        ("sigmoid", torch.sigmoid),
        ("tanh", torch.tanh),
        ("softmax", lambda v: F.softmax(3 * v, dim=1)),
    ]:
        leaf = x.clone().requires_grad_()
        y = function(leaf)
        y.backward(dy)
        out.put(name + ".y", y)
        out.put(name + ".dx", leaf.grad)

    # PyTorch is channels first; the fixture is channels last.
    for name, momentum, eps in [("batch_normalization", 0.1, 1e-5)]:
        layer = torch.nn.BatchNorm2d(3, eps=eps, momentum=momentum)
        with torch.no_grad():
            layer.weight.copy_(torch.randn(3))
            layer.bias.copy_(torch.randn(3))
        x = (5 + 2 * torch.randn(5, 2, 4, 3)).requires_grad_()
        dy = torch.randn(5, 2, 4, 3)
        out.put(name + ".x", x)
        out.put(name + ".dy", dy)
        out.put(name + ".gamma", layer.weight)
        out.put(name + ".beta", layer.bias)
        y = layer(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        y.backward(dy)
        out.put(name + ".y", y)
        out.put(name + ".dx", x.grad)
        out.put(name + ".dgamma", layer.weight.grad)
        out.put(name + ".dbeta", layer.bias.grad)
        out.put(name + ".moving_mean", layer.running_mean)
        out.put(name + ".moving_variance", layer.running_var)
        layer.eval()
        out.put(name + ".inference", layer(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))
    out.write()


def losses():
    out = Fixture("losses")
    x = 4 * torch.randn(5, 11)
    labels = torch.tensor([3, 0, 10, 5, 5])
    dy = torch.rand(5)
    out.put("x", x)
    out.put("labels", labels)
    out.put("dy", dy)
    for name, smoothing in [("plain", 0.0), ("smoothed", 0.1)]:
        leaf = x.clone().requires_grad_()
        y = F.cross_entropy(leaf, labels, reduction="none", label_smoothing=smoothing)
        y.backward(dy)
        out.put(name + ".y", y)
        out.put(name + ".dx", leaf.grad)
    target = torch.randn(5, 11)
    leaf = x.clone().requires_grad_()
    y = F.mse_loss(leaf, target, reduction="none").mean(dim=1)
    y.backward(dy)
    out.put("mse.target", target)
    out.put("mse.y", y)
    out.put("mse.dx", leaf.grad)
    out.write()


def optimizers():
    out = Fixture("optimizers")
    steps = 20
    start = torch.randn(9)
    gradients = torch.randn(steps, 9)
    out.put("start", start)
    out.put("gradients", gradients)
    for name, make, clip in [
        ("sgd", lambda w: torch.optim.SGD(w, lr=0.1), None),
        ("sgd_momentum", lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.9, weight_decay=0.01), None),
        ("sgd_nesterov", lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.9, nesterov=True), None),
        ("sgd_clipped", lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.9), 1.5),
        ("adam", lambda w: torch.optim.Adam(w, lr=0.01), None),
        ("adam_decay", lambda w: torch.optim.Adam(w, lr=0.01, betas=(0.5, 0.99), weight_decay=0.1), None),
        ("adamw", lambda w: torch.optim.AdamW(w, lr=0.01), None),
        ("adamw_decay", lambda w: torch.optim.AdamW(w, lr=0.01, betas=(0.5, 0.99), weight_decay=0.5), 1.5),
        ("rmsprop", lambda w: torch.optim.RMSprop(w, lr=0.01), None),
        ("rmsprop_momentum", lambda w: torch.optim.RMSprop(w, lr=0.01, alpha=0.9, momentum=0.5), None),
        ("rmsprop_centered", lambda w: torch.optim.RMSprop(w, lr=0.01, centered=True, weight_decay=0.1), None),
        ("rmsprop_both", lambda w: torch.optim.RMSprop(w, lr=0.01, eps=1e-3, centered=True, momentum=0.9), 1.5),
        ("adagrad", lambda w: torch.optim.Adagrad(w), None),
        ("adagrad_decay", lambda w: torch.optim.Adagrad(w, lr=0.1, lr_decay=0.01, weight_decay=0.1,
                                                        initial_accumulator_value=0.5), 1.5),
    ]:
        weights = torch.nn.Parameter(start.clone())
        optimizer = make([weights])
        visited = []
        for step in range(steps):
            weights.grad = gradients[step].clone()
            if clip is not None:
                torch.nn.utils.clip_grad_norm_([weights], clip)
            optimizer.step()
            visited.append(weights.detach().clone())
        out.put(name, torch.stack(visited))
    out.write()


def sequences():
    out = Fixture("sequences")
    tokens = torch.tensor([[3, 0, 6, 3], [3, 5, 0, 1], [6, 6, 6, 2]])
    layer = torch.nn.Embedding(7, 5)
    y = layer(tokens)
    dy = torch.randn(3, 4, 5)
    y.backward(dy)
    out.put("embedding.x", tokens)
    out.put("embedding.embeddings", layer.weight)
    out.put("embedding.y", y)
    out.put("embedding.dy", dy)
    out.put("embedding.dembeddings", layer.weight.grad)

    layer = torch.nn.LayerNorm(11, eps=1e-5)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(11))
        layer.bias.copy_(torch.randn(11))
    x = (5 + 2 * torch.randn(3, 4, 11)).requires_grad_()
    dy = torch.randn(3, 4, 11)
    y = layer(x)
    y.backward(dy)
    out.put("layer_normalization.x", x)
    out.put("layer_normalization.gamma", layer.weight)
    out.put("layer_normalization.beta", layer.bias)
    out.put("layer_normalization.y", y)
    out.put("layer_normalization.dy", dy)
    out.put("layer_normalization.dx", x.grad)
    out.put("layer_normalization.dgamma", layer.weight.grad)
    out.put("layer_normalization.dbeta", layer.bias.grad)

    x = torch.randn(3, 4).requires_grad_()
    dy = torch.randn(3, 5, 4)
    y = x.unsqueeze(1).expand(3, 5, 4)
    y.backward(dy)
    out.put("repeat_vector.x", x)
    out.put("repeat_vector.y", y)
    out.put("repeat_vector.dy", dy)
    out.put("repeat_vector.dx", x.grad)

    x = 3 * torch.randn(3, 4, 11)
    labels = torch.randint(11, (3, 4))
    loss = F.cross_entropy(x.flatten(0, 1), labels.flatten())
    out.put("cross_entropy.x", x)
    out.put("cross_entropy.labels", labels)
    out.put("cross_entropy.perplexity", loss.exp().reshape(1))
    out.put("cross_entropy.bits_per_character", (loss / math.log(2)).reshape(1))

    labels = torch.tensor([[2, 7, 5, -1], [0, -1, -1, -1], [10, 1, -1, 3]])
    leaf = x.clone().requires_grad_()
    loss = F.cross_entropy(leaf.flatten(0, 1), labels.flatten(), ignore_index=-1, label_smoothing=0.1)
    loss.backward()
    out.put("ignore_class.labels", labels)
    out.put("ignore_class.loss", loss.reshape(1))
    out.put("ignore_class.dx", leaf.grad)
    plain = F.cross_entropy(x.flatten(0, 1), labels.flatten(), ignore_index=-1)
    out.put("ignore_class.perplexity", plain.exp().reshape(1))
    out.put("ignore_class.bits_per_character", (plain / math.log(2)).reshape(1))
    out.write()


def ctc():
    out = Fixture("ctc")
    x = 2 * torch.randn(5, 7, 6)
    # Equal neighbours, no label at all, as many as there is room for, and too many; 0 is the blank.
    labels = torch.tensor([[1, 1, 3, 0], [5, 4, 2, 1], [0, 0, 0, 0], [2, 3, 2, 5], [2, 2, 2, 2]])
    label_lengths = torch.tensor([3, 4, 0, 4, 4])
    lengths = torch.tensor([7, 6, 3, 4, 6])
    dy = torch.rand(5)
    out.put("x", x)
    out.put("labels", labels)
    out.put("lengths", lengths)
    out.put("dy", dy)
    for name, over_labels in [("sum", False), ("mean", True)]:
        leaf = x.clone().requires_grad_()
        y = F.ctc_loss(leaf.log_softmax(2).transpose(0, 1), labels, lengths, label_lengths, reduction="none",
                       zero_infinity=True)
        if over_labels:
            y = y / label_lengths.clamp(min=1)
        y.backward(dy)
        out.put(name + ".y", y)
        out.put(name + ".dx", leaf.grad)
    out.write()


def merging():
    out = Fixture("merging")
    inputs = [torch.randn(3, 4, 5) for _ in range(3)]
    inputs[1][0, 0, 0] = 0.0
    dy = torch.randn(3, 4, 5)
    for i, x in enumerate(inputs):
        out.put("x%d" % i, x)
    out.put("dy", dy)
    for name, function in [
        ("multiply", lambda leaves: leaves[0] * leaves[1] * leaves[2]),
        ("average", lambda leaves: torch.stack(leaves).mean(dim=0)),
    ]:
        leaves = [x.clone().requires_grad_() for x in inputs]
        y = function(leaves)
        y.backward(dy)
        out.put(name + ".y", y)
        for i, leaf in enumerate(leaves):
            out.put(name + ".dx%d" % i, leaf.grad)
    out.write()


def pointwise():
    out = Fixture("pointwise")
    x = 4 * torch.randn(5, 3, 7)
    target = torch.rand(5, 3, 7)
    labels = torch.randint(2, (5, 21))
    dy = torch.rand(5)
    out.put("x", x)
    out.put("target", target)
    out.put("labels", labels)
    out.put("dy", dy)
    for name, function, wanted in [
        ("sigmoid", F.binary_cross_entropy_with_logits, target),
        ("sigmoid_labels", F.binary_cross_entropy_with_logits, labels.reshape(5, 3, 7).float()),
        ("sigmoid_constant", F.binary_cross_entropy_with_logits, torch.full_like(x, 0.9)),
        ("squared_constant", F.mse_loss, torch.full_like(x, 0.9)),
    ]:
        leaf = x.clone().requires_grad_()
        goal = wanted.clone().requires_grad_()
        y = function(leaf, goal, reduction="none").sum(dim=(1, 2))
        y.backward(dy)
        out.put(name + ".sum", y)
        out.put(name + ".dx", leaf.grad)
        out.put(name + ".dtarget", goal.grad)
    out.write()


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.set_num_threads(1)
    layers()
    losses()
    optimizers()
    sequences()
    ctc()
    merging()
    pointwise()
