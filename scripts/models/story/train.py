"""Trains the story model on one CPU; a run can be stopped at any time and goes on from its checkpoint.

The rate falls linearly to zero, either over `--steps` (repeatable) or over `--minutes` of training time.
Matrices of the layers are trained by momentum with orthogonalised updates (Muon), the rest by AdamW.
"""

import argparse
import json
import math
import os
import pathlib
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch.nn import functional as F

from model import Sizes, Story
from text import split, windows


def orthogonalise(m: torch.Tensor) -> torch.Tensor:
    """Newton-Schulz steps that bring the singular values of a batch of matrices near 1."""
    tall = m.shape[-2] > m.shape[-1]
    x = (m.mT if tall else m).bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for a, b, c in [(3.4445, -4.7750, 2.0315)] * 5:
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).float()


class Muon:
    """Momentum 0.95 with Nesterov's step; matrices of one shape are treated in one batch."""

    def __init__(self, parameters: list[torch.nn.Parameter], decay: float) -> None:
        self.decay = decay
        self.groups: list[list[torch.nn.Parameter]] = []
        for shape in sorted({tuple(p.shape) for p in parameters}):
            self.groups.append([p for p in parameters if tuple(p.shape) == shape])
        self.moments = [torch.zeros(len(g), *g[0].shape) for g in self.groups]

    @torch.no_grad()
    def step_group(self, index: int, rate: float) -> None:
        """Groups share nothing, so that they may run at the same time."""
        group, moment = self.groups[index], self.moments[index]
        gradient = torch.stack([p.grad for p in group])
        moment.lerp_(gradient, 0.05)
        update = orthogonalise(gradient.lerp(moment, 0.95))
        scale = rate * max(1.0, group[0].shape[0] / group[0].shape[1]) ** 0.5
        for p, u in zip(group, update):
            p.mul_(1 - rate * self.decay).add_(u, alpha=-scale)


def batch(
    text: torch.Tensor, count: int, context: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """(`count` texts, the same moved by one byte)"""
    starts = torch.randint(len(text) - context, (count, 1), generator=generator)
    rows = text[starts + torch.arange(context + 1)].long()
    return rows[:, :-1], rows[:, 1:]


@torch.no_grad()
def bits_per_byte(model: Story, text: np.ndarray, rows: int = 128) -> float:
    """Over `rows` windows evenly spread; each predicts `context` bytes."""
    context = model.sizes.context
    total = 0.0
    for part in torch.from_numpy(windows(text, rows, context + 1)).split(32):
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(part[:, :-1])
        total += F.cross_entropy(logits.flatten(0, 1), part[:, 1:].flatten(), reduction="sum").item()
    return total / (rows * context) / math.log(2)


class Run:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        torch.manual_seed(options.seed)
        self.generator = torch.Generator().manual_seed(options.seed)
        self.model = Story(Sizes())
        matrices = [p for p in self.model.layers.parameters() if p.ndim == 2]
        others = [p for p in self.model.parameters() if all(p is not m for m in matrices)]
        self.muon = Muon(matrices, decay=0.05)
        self.adam = torch.optim.AdamW(others, lr=1.0, betas=(0.9, 0.98), weight_decay=0.0)
        self.step, self.seconds = 0, 0.0
        self.pool = ThreadPoolExecutor(options.threads, initializer=torch.set_num_threads, initargs=(1,))

    def load(self) -> None:
        state = torch.load(self.options.checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.muon.moments = state["moments"]
        self.adam.load_state_dict(state["adam"])
        self.generator.set_state(state["generator"])
        self.step, self.seconds = state["step"], state["seconds"]

    def save(self) -> None:
        """Written aside and renamed, so that a stop never leaves half a checkpoint."""
        state = {
            "model": self.model.state_dict(),
            "moments": self.muon.moments,
            "adam": self.adam.state_dict(),
            "generator": self.generator.get_state(),
            "step": self.step,
            "seconds": self.seconds,
        }
        aside = self.options.checkpoint.with_suffix(".part")
        torch.save(state, aside)
        os.replace(aside, self.options.checkpoint)

    def progress(self) -> float:
        if self.options.steps:
            return self.step / self.options.steps
        return self.seconds / (60 * self.options.minutes)

    def gradients(self, x: torch.Tensor, y: torch.Tensor) -> tuple[float, list[torch.Tensor]]:
        """Each thread computes the gradient of its own rows: one meeting a step instead of one an operator."""
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.model(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
        return loss.item(), torch.autograd.grad(loss, list(self.model.parameters()))

    def advance(self, text: torch.Tensor) -> float:
        factor = min(1.0, (self.step + 1) / 50) * max(0.0, 1 - self.progress())
        x, y = batch(text, self.options.batch, self.model.sizes.context, self.generator)
        count = self.options.threads
        parts = list(self.pool.map(self.gradients, x.chunk(count), y.chunk(count)))
        for p, *shares in zip(self.model.parameters(), *(gradients for _, gradients in parts)):
            p.grad = sum(shares) / count
        rate = self.options.rate * factor
        list(self.pool.map(lambda index: self.muon.step_group(index, rate), range(len(self.muon.groups))))
        for group in self.adam.param_groups:
            group["lr"] = self.options.rate_others * factor
        self.adam.step()
        self.step += 1
        return sum(loss for loss, _ in parts) / count / math.log(2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=pathlib.Path, required=True)
    parser.add_argument("--checkpoint", type=pathlib.Path, required=True)
    parser.add_argument("--log", type=pathlib.Path, required=True)
    parser.add_argument("--steps", type=int, default=0, help="length of the run; 0: by --minutes")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--rate-others", type=float, default=0.003)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if options.batch % options.threads:
        parser.error(f"--batch is {options.batch}; it must be a multiple of --threads, {options.threads}")
    torch.set_num_threads(1)
    train, held = split(options.text.read_bytes())
    text = torch.from_numpy(train)
    run = Run(options)
    if options.checkpoint.exists():
        run.load()
    mark, saved, mean = time.monotonic(), time.monotonic(), None
    while run.progress() < 1:
        bits = run.advance(text)
        mean = bits if mean is None else 0.98 * mean + 0.02 * bits
        now = time.monotonic()
        run.seconds, mark = run.seconds + now - mark, now
        last = run.progress() >= 1
        if run.step % 50 == 0 or last:
            line = {"step": run.step, "seconds": round(run.seconds), "train": round(mean, 4)}
            if run.step % 250 == 0 or last:
                line["held_out"] = round(bits_per_byte(run.model, held), 4)
            with options.log.open("a") as log:
                log.write(json.dumps(line) + "\n")
        if last or now - saved > 180:
            run.save()
            saved = now
    print(f"{run.step} steps, {round(run.seconds)} s, {sum(p.numel() for p in run.model.parameters())} parameters")


if __name__ == "__main__":
    main()
