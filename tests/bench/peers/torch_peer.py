"""PyTorch on the rows of models.py: run by tests/bench/compare with the Python that has it. See peer.py."""

import ctypes
import importlib
import pathlib
import sys

sys.dont_write_bytecode = True

import models
import peer

try:
    import torch
    import torch.nn.functional as F
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(peer.NOT_INSTALLED)

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


class Residual(torch.nn.Module):
    def __init__(self, main, shortcut):
        super().__init__()
        self.main, self.shortcut = main, shortcut

    def forward(self, x):
        return self.main(x) + self.shortcut(x)


class GlobalAverage(torch.nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Recurrent(torch.nn.Module):
    """Over all steps, which come first: [steps, batch, features]."""

    def __init__(self, cell, features, units, layers):
        super().__init__()
        self.cell = getattr(torch.nn, cell.upper())(features, units, layers)

    def forward(self, x):
        return self.cell(x)[0]


def module(layer, shape):
    name, *given = layer
    if name == "embedding":
        return torch.nn.Embedding(*given)
    if name in ("lstm", "gru"):
        return Recurrent(name, shape[0], *given)
    if name == "convolution":
        filters, kernel, stride, padding, groups, bias = given
        return torch.nn.Conv2d(shape[0], filters, kernel, stride, padding, groups=groups, bias=bias)
    if name == "transposed_convolution":
        return torch.nn.ConvTranspose2d(shape[0], *given)
    if name == "unflatten":
        return torch.nn.Unflatten(1, given)
    if name == "dense":
        return torch.nn.Linear(shape[0], given[0])
    if name == "batch_normalization":
        kind = torch.nn.BatchNorm1d if len(shape) == 1 else torch.nn.BatchNorm2d
        return kind(shape[0], eps=models.EPSILON, momentum=1 - models.KEPT)
    if name == "residual":
        return Residual(sequence(given[0], shape), sequence(given[1], shape))
    simple = {"flatten": torch.nn.Flatten, "dropout": torch.nn.Dropout, "max_pool": torch.nn.MaxPool2d,
              "global_average": GlobalAverage, "relu": lambda: torch.nn.ReLU(inplace=True),
              "leaky_relu": lambda slope: torch.nn.LeakyReLU(slope, inplace=True), "tanh": torch.nn.Tanh}
    return simple[name](*given)


def sequence(layers, shape):
    made = []
    for layer in layers:
        made.append(module(layer, shape))
        shape = models.place_after(layer, shape)
    return torch.nn.Sequential(*made)


def optimizer_of(network, row):
    kind, arguments = torch.optim.SGD, dict(lr=models.LEARNING_RATE, momentum=0 if row.recurrent else models.MOMENTUM)
    if row.generator:
        kind, arguments = torch.optim.Adam, dict(lr=models.RATE, betas=(row.beta_1, 0.999))
    try:
        return kind(network.parameters(), fused=True, **arguments)
    except (TypeError, RuntimeError):  # releases before 2.3
        return kind(network.parameters(), **arguments)


def training_step(network, row, x, compiled):
    target = torch.randint(0, row.classes, (row.items,))
    optimizer = optimizer_of(network, row)

    def loss_of(x, target):
        if row.recurrent:
            return F.cross_entropy(network(x).flatten(0, 1), target)
        if not row.bf16:
            return F.cross_entropy(network(x), target)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = network(x)
        return F.cross_entropy(y.float(), target)

    loss = torch.compile(loss_of) if compiled else loss_of

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(x, target).backward()
        optimizer.step()

    return step


def adversarial_step(discriminator, row, real, memory, compiled):
    """Binary cross entropy from logits, and the loss of the generator that does not saturate."""
    generator = sequence(row.generator, (models.NOISE,)).to(memory_format=memory)
    optimizers = optimizer_of(discriminator, row), optimizer_of(generator, row)
    one, zero = torch.ones(row.batch, 1), torch.zeros(row.batch, 1)
    generate, judge = (torch.compile(n) if compiled else n for n in (generator, discriminator))

    def step():
        fake = generate(torch.randn(row.batch, models.NOISE))
        optimizers[0].zero_grad(set_to_none=True)
        on_real = F.binary_cross_entropy_with_logits(judge(real), one)
        (on_real + F.binary_cross_entropy_with_logits(judge(fake.detach()), zero)).backward()
        optimizers[0].step()
        optimizers[1].zero_grad(set_to_none=True)
        F.binary_cross_entropy_with_logits(judge(fake), one).backward()
        optimizers[1].step()

    return step


def forward_step(network, x, mode, frozen):
    """Weights in the kernels' own layout: eager PyTorch has them where its module is traced and frozen, a peer of its
    own; a compiled one by a setting."""
    network.eval()
    guard = torch.inference_mode
    if mode == "compiled":
        if frozen:
            importlib.import_module("torch._inductor.config").freezing = True
            guard = torch.no_grad  # freezing asks for it
        network = torch.compile(network)
    elif mode == "frozen":
        with torch.no_grad():
            network = torch.jit.optimize_for_inference(torch.jit.trace(network, x))

    def step():
        with guard():
            network(x)

    return step


def build(name, mode, variant, threads):
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)  # before the first parallel work, so that its threads have it too
    torch.manual_seed(1)
    row = models.ROWS[name]
    layout, *frozen = variant.split()
    memory = LAYOUTS[layout]
    network = sequence(row.layers, row.shape).to(memory_format=memory)
    if row.recurrent:
        x = torch.randint(0, models.TOKENS, (*row.shape, row.batch))
    else:
        x = torch.randn(row.batch, *row.shape).to(memory_format=memory)
    if row.generator:
        return adversarial_step(network, row, x, memory, mode == "compiled"), row.items
    if row.training:
        return training_step(network, row, x, mode == "compiled"), row.items
    return forward_step(network, x, mode, bool(frozen)), row.items


def processor():
    """OpenBLAS takes a processor that is newer than itself for one of the oldest: then it is told what to take it for."""
    try:
        library = ctypes.CDLL("libopenblas.so.0")
        library.openblas_get_corename.restype = ctypes.c_char_p
        if library.openblas_get_corename() != b"Prescott":
            return {}
        flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    except (OSError, AttributeError):
        return {}
    cores = {"avx512_bf16": "Cooperlake", "avx512f": "SkylakeX", "avx2": "Haswell"}
    return next(({"OPENBLAS_CORETYPE": core} for flag, core in cores.items() if flag in flags), {})


def settings_of(row):
    """OpenMP's pool and OpenBLAS's, where there is one, disturb each other in ways that differ from row to row."""
    all_threads = {"OMP_NUM_THREADS": "{n}"}
    threads = [all_threads, {**all_threads, "OMP_WAIT_POLICY": "passive"}]
    if "BLAS_INFO=mkl" not in torch.__config__.show():
        all_threads |= processor()
        threads = [all_threads, {**all_threads, "OPENBLAS_NUM_THREADS": "1"},
                   {**all_threads, "OPENBLAS_NUM_THREADS": "{n}", "OMP_WAIT_POLICY": "passive"}]
    if row.batch == 1:
        threads.append({**all_threads, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    return [{**one, **memory} for memory in ({}, peer.KEEP_MEMORY) for one in threads]


def variants_of(row, mode):
    flat = row.layers[0][0] == "flatten" or row.recurrent  # nothing has a layout
    layouts = ["contiguous"] if flat else list(LAYOUTS)
    return layouts + ([f"{layout} frozen" for layout in layouts] if mode == "compiled" and not row.training else [])


def describe():
    modes = ["eager", "frozen"] + (["compiled"] if hasattr(torch, "compile") else [])
    return [{"framework": "PyTorch", "version": torch.__version__, "mode": mode,
             "rows": {name: {"variants": variants_of(row, mode), "settings": settings_of(row)}
                      for name, row in models.ROWS.items() if mode != "frozen" or not row.training}}
            for mode in modes]


if __name__ == "__main__":
    peer.main(describe, build)
