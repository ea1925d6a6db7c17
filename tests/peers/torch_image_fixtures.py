#!/usr/bin/python3
"""Writes what PyTorch computes for small convolutions, pools and dense layers into tests/fixtures/images.txt.

Run once, with Debian's python3-torch: /usr/bin/python3 tests/peers/torch_image_fixtures.py
PyTorch is channels first; the fixture is channels last, and kernels are [rows, columns, inputs, outputs]
unless said otherwise: as Keras has them.
"""
import torch
import torch.nn.functional as F

from torch_fixtures import Fixture


def last(x):
    return x.permute(0, 2, 3, 1)


def first(x):
    return x.permute(0, 3, 1, 2)


def case(out, name, function, x, dy_of, *parameters):
    """`parameters`: pairs of a name and a tensor; the function gets x and the tensors."""
    x = x.requires_grad_()
    tensors = [tensor.requires_grad_() for _, tensor in parameters]
    y = function(x, *tensors)
    dy = dy_of(y.shape)
    y.backward(dy)
    out.put(name + ".x", x)
    out.put(name + ".y", y)
    out.put(name + ".dy", dy)
    out.put(name + ".dx", x.grad)
    for (parameter, _), tensor in zip(parameters, tensors):
        out.put(name + "." + parameter, tensor)
        out.put(name + ".d" + parameter, tensor.grad)


def convolution(out, name, shape, kernel, padding, **options):
    def run(x, kernel, bias):
        top, bottom, left, right = padding
        padded = F.pad(first(x), (left, right, top, bottom))
        return last(F.conv2d(padded, kernel.permute(3, 2, 0, 1), bias, **options))

    case(out, name, run, torch.randn(*shape), lambda size: torch.randn(size),
         ("kernel", torch.randn(*kernel)), ("bias", torch.randn(kernel[3])))


def transposed(out, name, shape, kernel, cut=(0, 0, 0, 0), **options):
    """`kernel`: [rows, columns, outputs, inputs]; `cut`: top, bottom, left, right, taken off the output."""
    def run(x, kernel, bias):
        whole = F.conv_transpose2d(first(x), kernel.permute(3, 2, 0, 1), bias, **options)
        top, bottom, left, right = cut
        return last(whole[:, :, top:whole.shape[2] - bottom, left:whole.shape[3] - right])

    case(out, name, run, torch.randn(*shape), lambda size: torch.randn(size),
         ("kernel", torch.randn(*kernel)), ("bias", torch.randn(kernel[2])))


def depthwise(out, name, shape, kernel, padding, **options):
    """`kernel`: [rows, columns, channels, multiplier]."""
    def run(x, kernel, bias):
        top, bottom, left, right = padding
        padded = F.pad(first(x), (left, right, top, bottom))
        weights = kernel.permute(2, 3, 0, 1).flatten(0, 1).unsqueeze(1)
        return last(F.conv2d(padded, weights, bias, groups=kernel.shape[2], **options))

    case(out, name, run, torch.randn(*shape), lambda size: torch.randn(size),
         ("kernel", torch.randn(*kernel)), ("bias", torch.randn(kernel[2] * kernel[3])))


def steps(function):
    """Of a function on [samples, features, steps] one on [samples, steps, features]."""
    return lambda x, *parameters: function(x.transpose(1, 2), *parameters).transpose(1, 2)


def convolution_1d(out, name, shape, kernel, padding, **options):
    """`kernel`: [steps, inputs, outputs]."""
    run = steps(lambda x, kernel, bias: F.conv1d(F.pad(x, padding), kernel.permute(2, 1, 0), bias, **options))
    case(out, name, run, torch.randn(*shape), lambda size: torch.randn(size),
         ("kernel", torch.randn(*kernel)), ("bias", torch.randn(kernel[2])))


def main():
    out = Fixture("images")
    convolution(out, "conv_plain", (2, 6, 5, 3), (3, 3, 3, 4), (0, 0, 0, 0))
    convolution(out, "conv_strides", (2, 7, 6, 2), (3, 2, 2, 5), (1, 1, 1, 1), stride=(2, 3))
    convolution(out, "conv_dilated", (2, 7, 8, 3), (3, 2, 3, 2), (2, 1, 0, 3), dilation=(2, 3))
    convolution(out, "conv_groups", (2, 5, 5, 6), (3, 3, 2, 9), (1, 1, 1, 1), groups=3)
    case(out, "dense", lambda x, kernel, bias: x @ kernel + bias, torch.randn(3, 7), lambda size: torch.randn(size),
         ("kernel", torch.randn(7, 5)), ("bias", torch.randn(5)))
    case(out, "max_pool", lambda x: last(F.max_pool2d(first(x), 3, stride=2, padding=1)), torch.randn(2, 7, 6, 3),
         lambda size: torch.randn(size))
    case(out, "average_pool",
         lambda x: last(F.avg_pool2d(first(x), 3, stride=2, padding=1, count_include_pad=False)),
         torch.randn(2, 7, 6, 3), lambda size: torch.randn(size))
    transposed(out, "transpose_plain", (2, 3, 3, 3), (3, 3, 2, 3))
    transposed(out, "transpose_same", (1, 3, 4, 3), (4, 4, 2, 3), stride=2, padding=1)
    transposed(out, "transpose_same_odd", (1, 3, 2, 3), (3, 3, 5, 3), (0, 1, 0, 1), stride=2)
    transposed(out, "transpose_numbers", (2, 3, 2, 3), (3, 2, 2, 3), stride=(2, 3), padding=1, output_padding=(1, 2))
    transposed(out, "transpose_dilated", (1, 4, 5, 3), (3, 2, 2, 3), (2, 1, 0, 3), dilation=(2, 3))
    transposed(out, "transpose_gaps", (1, 3, 2, 5), (2, 1, 3, 5), stride=3, output_padding=(1, 2))
    transposed(out, "transpose_one", (1, 3, 3, 17), (4, 4, 1, 17), stride=2, padding=1)
    depthwise(out, "depthwise_plain", (2, 4, 5, 5), (3, 3, 5, 1), (0, 0, 0, 0))
    depthwise(out, "depthwise_multiplied", (2, 7, 6, 3), (3, 2, 3, 2), (1, 1, 1, 1), stride=(2, 3))
    depthwise(out, "depthwise_dilated", (1, 5, 5, 9), (3, 2, 9, 1), (2, 1, 0, 3), dilation=(2, 3))
    depthwise(out, "depthwise_wide", (1, 3, 4, 17), (5, 5, 17, 1), (2, 2, 2, 2))
    convolution_1d(out, "conv1d_plain", (2, 8, 3), (3, 3, 4), (0, 0))
    convolution_1d(out, "conv1d_strides", (2, 9, 4), (4, 2, 6), (1, 1), stride=3, groups=2)
    convolution_1d(out, "conv1d_causal", (2, 9, 5), (3, 5, 17), (4, 0), dilation=2)
    case(out, "max_pool1d", steps(lambda x: F.max_pool1d(x, 3, stride=2, padding=1)), torch.randn(2, 8, 5),
         lambda size: torch.randn(size))
    case(out, "average_pool1d",
         steps(lambda x: F.avg_pool1d(x, 3, stride=2, padding=1, count_include_pad=False)), torch.randn(2, 8, 5),
         lambda size: torch.randn(size))
    case(out, "global_average_pool1d", lambda x: x.mean(dim=1), torch.randn(2, 8, 5), lambda size: torch.randn(size))
    out.write()


if __name__ == "__main__":
    torch.manual_seed(2)
    torch.set_num_threads(1)
    main()
