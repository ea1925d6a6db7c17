"""The networks of graphs/bench/, said once for every peer, so that all of them compute the same.

A network is a list of layers; a layer is a tuple: its name, then what it needs. A residual holds two networks that read
the same and are added. Shapes are (channels, rows, columns). Standard library only: compare_test.py counts the
parameters of these networks and holds them against what `runner check` says of the graphs.
"""

import dataclasses


def convolution(filters, kernel=3, stride=1, padding=0, groups=1, bias=True):
    return ("convolution", filters, kernel, stride, padding, groups, bias)


def normalized(*arguments, **named):
    """A convolution without bias and what follows it everywhere in newer networks."""
    return [convolution(*arguments, **named, bias=False), ("batch_normalization",)]


def mlp():
    return [("flatten",), ("dense", 512), ("relu",), ("dense", 512), ("relu",), ("dense", 10)]


def convnet():
    layers = []
    for filters in (32, 64):
        layers += [convolution(filters), ("relu",), ("max_pool", 2)]
    return [*layers, ("flatten",), ("dropout", 0.5), ("dense", 10)]


def vgg16():
    layers = []
    for filters, repeat in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        layers += [convolution(filters, padding=1), ("relu",)] * repeat + [("max_pool", 2)]
    hidden = [("dropout", 0.5), ("dense", 512), ("relu",)]
    return [*layers, ("flatten",), *hidden, *hidden, ("dense", 10)]


def resnet20():
    layers = [*normalized(16, padding=1), ("relu",)]
    for stage, filters in enumerate((16, 32, 64)):
        for block in range(3):
            shrinks = stage > 0 and block == 0
            main = [*normalized(filters, stride=2 if shrinks else 1, padding=1), ("relu",),
                    *normalized(filters, padding=1)]
            shortcut = normalized(filters, kernel=1, stride=2) if shrinks else []
            layers += [("residual", main, shortcut), ("relu",)]
    return [*layers, ("global_average",), ("dense", 10)]


def separable():
    layers, channels = [*normalized(32, padding=1), ("relu",)], 32
    for filters, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
        layers += [*normalized(channels, stride=stride, padding=1, groups=channels), ("relu",),
                   *normalized(filters, kernel=1), ("relu",)]
        channels = filters
    return [*layers, ("global_average",), ("dense", 10)]


def wide_mlp():
    hidden = [("dense", 2048), ("batch_normalization",), ("relu",), ("dropout", 0.2)]
    return [("flatten",), *hidden * 3, ("dense", 10)]


def characters(cell):
    """Tokens [steps] to a number for each token at each step."""
    return [("embedding", TOKENS, 128), (cell, 256, 2), ("dense", TOKENS)]


def vanilla_discriminator():
    hidden = [[("dense", units), ("leaky_relu", 0.2), ("dropout", 0.3)] for units in (1024, 512, 256)]
    return [("flatten",), *sum(hidden, []), ("dense", 1)]


def vanilla_generator():
    hidden = [[("dense", units), ("leaky_relu", 0.2)] for units in (256, 512, 1024)]
    return [*sum(hidden, []), ("dense", 784), ("tanh",), ("unflatten", 1, 28, 28)]


def convolutional_discriminator():
    return [convolution(64, 4, stride=2, padding=1), ("leaky_relu", 0.2),
            convolution(128, 4, stride=2, padding=1), ("batch_normalization",), ("leaky_relu", 0.2),
            ("flatten",), ("dense", 1)]


def convolutional_generator():
    return [("dense", 6272), ("unflatten", 128, 7, 7), ("batch_normalization",), ("relu",),
            ("transposed_convolution", 64, 4, 2, 1), ("batch_normalization",), ("relu",),
            ("transposed_convolution", 1, 4, 2, 1), ("tanh",)]


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table: a training step (SGD with momentum, cross entropy of 10 classes) or a forward pass.

    Of a sequence, (steps,), each step has a token and a class, both below TOKENS; SGD has no momentum. With a
    `generator`, `layers` are its discriminator, and a step is one of each: the discriminator on real and on fake images,
    both losses summed, then the generator through it on the same fakes; Adam with `beta_1`, RATE and NOISE.
    """

    layers: list
    shape: tuple
    batch: int = 128
    training: bool = True
    bf16: bool = False
    generator: tuple = ()
    beta_1: float = 0.9

    @property
    def recurrent(self):
        return self.layers[0][0] == "embedding"

    @property
    def classes(self):
        return 1 if self.generator else TOKENS if self.recurrent else CLASSES

    @property
    def parameters(self):
        """How many numbers training changes."""
        return parameters(self.layers, self.shape) + parameters(self.generator, (NOISE,))

    @property
    def items(self):
        """Of one step: samples, or tokens."""
        return self.batch * (self.shape[0] if self.recurrent else 1)


TOKENS = 96
SMALL, COLOUR = (1, 28, 28), (3, 32, 32)
CLASSES, LEARNING_RATE, MOMENTUM = 10, 0.01, 0.9
NOISE, RATE = 100, 2e-4
EPSILON, KEPT = 1e-3, 0.99  # of batch normalization: Keras's defaults, which are ours
ROWS = {
    "mlp": Row(mlp(), SMALL),
    "convnet": Row(convnet(), SMALL),
    "vgg16": Row(vgg16(), COLOUR),
    "convnet_bf16": Row(convnet(), SMALL, bf16=True),
    "vgg16_bf16": Row(vgg16(), COLOUR, bf16=True),
    "convnet_forward_1": Row(convnet(), SMALL, batch=1, training=False),
    "convnet_forward_128": Row(convnet(), SMALL, training=False),
    "vgg16_forward_1": Row(vgg16(), COLOUR, batch=1, training=False),
    "vgg16_forward_128": Row(vgg16(), COLOUR, training=False),
    "resnet20": Row(resnet20(), COLOUR),
    "separable": Row(separable(), COLOUR),
    "wide_mlp": Row(wide_mlp(), SMALL),
    "char_lstm": Row(characters("lstm"), (64,), batch=64),
    "char_gru": Row(characters("gru"), (64,), batch=64),
    "gan": Row(vanilla_discriminator(), SMALL, batch=100, generator=vanilla_generator()),
    "dcgan": Row(convolutional_discriminator(), SMALL, batch=64, generator=convolutional_generator(), beta_1=0.5),
}


def place_after(layer, shape):
    """The shape that a layer makes of a shape; (features,) once it is flat."""
    name = layer[0]
    if name == "convolution":
        _, filters, kernel, stride, padding, _, _ = layer
        return (filters, *((size + 2 * padding - kernel) // stride + 1 for size in shape[1:]))
    if name == "transposed_convolution":
        _, filters, kernel, stride, padding = layer
        return (filters, *((size - 1) * stride + kernel - 2 * padding for size in shape[1:]))
    if name == "unflatten":
        return layer[1:]
    if name == "max_pool":
        return (shape[0], *(size // layer[1] for size in shape[1:]))
    if name == "residual":
        return after(layer[1], shape)
    if name == "flatten":
        return (shape[0] * shape[1] * shape[2],)
    if name == "embedding":
        return layer[2:]  # of one step, as what follows has it
    return {"dense": layer[1:2], "global_average": shape[:1], "lstm": layer[1:2], "gru": layer[1:2]}.get(name, shape)


def after(layers, shape):
    for layer in layers:
        shape = place_after(layer, shape)
    return shape


def parameters(layers, shape):
    """How many numbers training changes."""
    count = 0
    for layer in layers:
        if layer[0] == "convolution":
            _, filters, kernel, _, _, groups, bias = layer
            count += filters * (shape[0] // groups * kernel * kernel + bias)
        elif layer[0] == "transposed_convolution":
            count += layer[1] * (shape[0] * layer[2] ** 2 + 1)
        elif layer[0] == "dense":
            count += layer[1] * (shape[0] + 1)
        elif layer[0] == "batch_normalization":
            count += 2 * shape[0]
        elif layer[0] == "embedding":
            count += layer[1] * layer[2]
        elif layer[0] in ("lstm", "gru"):
            gates, biases = (4, 1) if layer[0] == "lstm" else (3, 2)
            for features in (shape[0], *[layer[1]] * (layer[2] - 1)):
                count += gates * layer[1] * (features + layer[1] + biases)
        elif layer[0] == "residual":
            count += parameters(layer[1], shape) + parameters(layer[2], shape)
        shape = place_after(layer, shape)
    return count
