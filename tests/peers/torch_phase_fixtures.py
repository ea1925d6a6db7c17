#!/usr/bin/env python3
"""Writes tests/fixtures/phases.txt: twenty alternating steps of a small GAN by PyTorch, with SGD and with Adam."""

import torch
import torch.nn.functional as F

from torch_fixtures import Fixture

BATCH, STEPS = 8, 20


def networks():
    generator = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 6))
    discriminator = torch.nn.Sequential(torch.nn.Linear(6, 7), torch.nn.LeakyReLU(0.2), torch.nn.Linear(7, 1))
    return {"generator": generator, "discriminator": discriminator}


def put_weights(out, prefix, both):
    for network, module in both.items():
        for name, layer in [("d1", module[0]), ("d2", module[2])]:
            out.put("%s.%s/%s/kernel" % (prefix, network, name), layer.weight.T)
            out.put("%s.%s/%s/bias" % (prefix, network, name), layer.bias)


def train(out, name, both, real, noise, optimizer):
    generator, discriminator = both["generator"], both["discriminator"]
    of_generator, of_discriminator = optimizer(generator.parameters()), optimizer(discriminator.parameters())
    ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
    losses = []
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        fake = generator(noise[rows])
        loss_d = (F.binary_cross_entropy_with_logits(discriminator(real[rows]), ones) +
                  0.5 * F.binary_cross_entropy_with_logits(discriminator(fake.detach()), zeros))
        of_discriminator.zero_grad()
        loss_d.backward()
        of_discriminator.step()
        loss_g = F.binary_cross_entropy_with_logits(discriminator(fake), ones)
        of_generator.zero_grad()
        loss_g.backward()
        of_generator.step()
        losses.append([loss_d.item(), loss_g.item()])
    out.put(name + ".losses", torch.tensor(losses, dtype=torch.float64))
    put_weights(out, name, both)


def main():
    out = Fixture("phases")
    real, noise = torch.randn(BATCH * STEPS, 6) + 1, torch.randn(BATCH * STEPS, 4)
    out.put("real", real)
    out.put("noise", noise)
    start = networks()
    put_weights(out, "start", start)
    for name, optimizer in [("sgd", lambda p: torch.optim.SGD(p, 0.1, momentum=0.5)),
                            ("adam", lambda p: torch.optim.Adam(p, 0.01))]:
        both = networks()
        for network in both:
            both[network].load_state_dict(start[network].state_dict())
        train(out, name, both, real, noise, optimizer)
    out.write()


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.set_num_threads(1)
    main()
