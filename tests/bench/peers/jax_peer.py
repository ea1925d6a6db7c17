"""JAX on the CPU on the rows of models.py: run by tests/bench/compare with the Python that has it. See peer.py.

A step is one jitted function that gives its buffers away. XLA flushes denormals in its threads by itself.
"""

import os
import sys

sys.dont_write_bytecode = True

import models
import peer

try:
    import jax
    import jax.numpy as jnp
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(peer.NOT_INSTALLED)

# For an image as the network holds it, the kernel, and where channels, rows and columns are.
LAYOUTS = {"channels_last": ("NHWC", "HWIO", 3, (1, 2)), "channels_first": ("NCHW", "OIHW", 1, (2, 3))}


def weights_of(layers, shape, layout, key):
    """A list of the parameters of each layer, and one of the moving averages."""
    parameters, averages = [], []
    for layer in layers:
        key, mine = jax.random.split(key)
        own, moving = {}, {}
        if layer[0] == "convolution":
            _, filters, kernel, _, _, groups, bias = layer
            sizes = {"H": kernel, "W": kernel, "I": shape[0] // groups, "O": filters}
            fan_in = kernel * kernel * sizes["I"]
            own["kernel"] = jax.random.normal(mine, [sizes[axis] for axis in layout[1]]) / fan_in**0.5
            if bias:
                own["bias"] = jnp.zeros(filters)
        elif layer[0] == "dense":
            own = {"kernel": jax.random.normal(mine, (shape[0], layer[1])) / shape[0] ** 0.5,
                   "bias": jnp.zeros(layer[1])}
        elif layer[0] == "batch_normalization":
            own = {"gamma": jnp.ones(shape[0]), "beta": jnp.zeros(shape[0])}
            moving = {"mean": jnp.zeros(shape[0]), "variance": jnp.ones(shape[0])}
        elif layer[0] == "residual":
            both = [weights_of(branch, shape, layout, half)
                    for branch, half in zip(layer[1:], jax.random.split(mine))]
            own, moving = [list(kind) for kind in zip(*both)]
        parameters.append(own)
        averages.append(moving)
        shape = models.place_after(layer, shape)
    return parameters, averages


def along_channels(vector, x, layout):
    if x.ndim == 2:
        return vector
    return vector.reshape([-1 if axis == layout[2] else 1 for axis in range(4)])


def convolve(layer, own, x, layout):
    _, _, _, stride, padding, groups, bias = layer
    y = jax.lax.conv_general_dilated(x, own["kernel"], (stride, stride), [(padding, padding)] * 2,
                                     dimension_numbers=(layout[0], layout[1], layout[0]), feature_group_count=groups)
    return y + along_channels(own["bias"], y, layout) if bias else y


def normalize(own, moving, x, layout, training):
    if training:
        axes = tuple(axis for axis in range(x.ndim) if axis != (layout[2] if x.ndim == 4 else 1))
        mean = x.mean(axes)
        variance = (x * x).mean(axes) - mean * mean
        kept = models.KEPT
        moving = {"mean": kept * moving["mean"] + (1 - kept) * jax.lax.stop_gradient(mean),
                  "variance": kept * moving["variance"] + (1 - kept) * jax.lax.stop_gradient(variance)}
    else:
        mean, variance = moving["mean"], moving["variance"]
    scale = own["gamma"] * jax.lax.rsqrt(variance + models.EPSILON)
    return x * along_channels(scale, x, layout) + along_channels(own["beta"] - mean * scale, x, layout), moving


def pool(x, size, layout):
    window = tuple(size if axis in layout[3] else 1 for axis in range(4))
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")


def drop(x, rate, key):
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0).astype(x.dtype)


def run(layers, parameters, averages, x, layout, key):
    """The network's output and the new moving averages; without a key it predicts."""
    new = []
    for layer, own, moving in zip(layers, parameters, averages):
        name = layer[0]
        if name == "convolution":
            x = convolve(layer, own, x, layout)
        elif name == "dense":
            x = x @ own["kernel"] + own["bias"]
        elif name == "batch_normalization":
            x, moving = normalize(own, moving, x, layout, key is not None)
        elif name == "residual":
            sides = [run(branch, own[i], moving[i], x, layout, key) for i, branch in enumerate(layer[1:])]
            x, moving = sides[0][0] + sides[1][0], [side[1] for side in sides]
        elif name == "dropout" and key is not None:
            key, mine = jax.random.split(key)
            x = drop(x, layer[1], mine)
        elif name == "relu":
            x = jax.nn.relu(x)
        elif name == "max_pool":
            x = pool(x, layer[1], layout)
        elif name == "flatten":
            x = x.reshape(x.shape[0], -1)
        elif name == "global_average":
            x = x.mean(layout[3])
        new.append(moving)
    return x, new


def training_step(row, layout, parameters, averages, x, key):
    target = jax.random.randint(key, (row.batch,), 0, models.CLASSES)

    def loss_of(parameters, averages, key):
        if row.bf16:
            parameters, images = jax.tree.map(lambda w: w.astype(jnp.bfloat16), (parameters, x))
        else:
            images = x
        y, averages = run(row.layers, parameters, averages, images, layout, key)
        y = jax.nn.log_softmax(y.astype(jnp.float32))
        return -jnp.take_along_axis(y, target[:, None], 1).mean(), averages

    def change(parameters, velocity, averages, key):
        key, mine = jax.random.split(key)
        gradient, averages = jax.grad(loss_of, has_aux=True)(parameters, averages, mine)
        velocity = jax.tree.map(lambda v, g: models.MOMENTUM * v + g, velocity, gradient)
        parameters = jax.tree.map(lambda w, v: w - models.LEARNING_RATE * v, parameters, velocity)
        return parameters, velocity, averages, key

    jitted = jax.jit(change, donate_argnums=(0, 1, 2, 3))
    state = [(parameters, jax.tree.map(jnp.zeros_like, parameters), averages, key)]

    def step():
        state[0] = jax.block_until_ready(jitted(*state[0]))

    return step


def build(name, mode, variant, threads):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])  # before XLA makes its threads
    row, layout = models.ROWS[name], LAYOUTS[variant]
    first, second, third = jax.random.split(jax.random.key(1), 3)
    parameters, averages = weights_of(row.layers, row.shape, layout, first)
    sizes = dict(zip("NCHW", (row.batch, *row.shape)))
    x = jax.random.normal(second, [sizes[axis] for axis in layout[0]])
    if row.training:
        return training_step(row, layout, parameters, averages, x, third), row.batch
    predict = jax.jit(lambda parameters, x: run(row.layers, parameters, averages, x, layout, None)[0])
    return lambda: jax.block_until_ready(predict(parameters, x)), row.batch


def describe():
    base = {"JAX_PLATFORMS": "cpu"}
    settings = [{**base, **numbers, **memory} for memory in ({}, peer.KEEP_MEMORY)
                for numbers in ({}, {"JAX_DEFAULT_PRNG_IMPL": "rbg"})]
    rows = {}
    for name, row in models.ROWS.items():
        if row.recurrent or row.generator:
            continue  # nobody has written the loop over its steps, or its two phases
        drops = row.training and any(layer[0] == "dropout" for layer in row.layers)
        flat = row.layers[0][0] == "flatten"
        rows[name] = {"variants": list(LAYOUTS)[: 1 if flat else 2], "settings": settings if drops else settings[::2]}
    return [{"framework": "JAX", "version": jax.__version__, "mode": "jitted", "rows": rows}]


if __name__ == "__main__":
    peer.main(describe, build)
