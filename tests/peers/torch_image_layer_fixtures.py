#!/usr/bin/python3
"""Writes tests/fixtures/image_layers.txt: what PyTorch computes in layers that pad, enlarge and normalise images.

Run once, with Debian's python3-torch: /usr/bin/python3 tests/peers/torch_image_layer_fixtures.py
"""
import torch

from torch_fixtures import Fixture


def last(tensor):
    return tensor.detach().permute(0, 2, 3, 1)


def main():
    out = Fixture("image_layers")
    instance = torch.nn.InstanceNorm2d(3, affine=True)
    with torch.no_grad():
        instance.weight.copy_(torch.randn(3))
        instance.bias.copy_(torch.randn(3))
    layers = [("nearest", torch.nn.Upsample(scale_factor=(2, 3), mode="nearest")),
              ("bilinear", torch.nn.Upsample(scale_factor=(2, 3), mode="bilinear", align_corners=False)),
              ("zeros", torch.nn.ZeroPad2d((3, 1, 0, 2))),
              ("reflection", torch.nn.ReflectionPad2d((3, 1, 0, 2))),
              ("instance", instance)]
    x = torch.randn(2, 3, 4, 5)
    out.put("x", last(x))
    for name, layer in layers:
        leaf = x.clone().requires_grad_()
        y = layer(leaf)
        dy = torch.randn_like(y)
        y.backward(dy)
        out.put(name + ".y", last(y))
        out.put(name + ".dy", last(dy))
        out.put(name + ".dx", last(leaf.grad))
    for name, tensor in [("gamma", instance.weight), ("beta", instance.bias)]:
        out.put("instance." + name, tensor)
        out.put("instance.d" + name, tensor.grad)
    out.write()


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.set_num_threads(1)
    main()
