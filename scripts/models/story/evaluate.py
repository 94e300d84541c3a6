"""Holds the integer network against the float model on held-out text, and lets both write."""

import argparse
import json
import math
import pathlib

import numpy as np

from export import load
from float_pass import Weights, logits
from model import Sizes
from network import parse
from oracle import Pass
from quantise import LOGIT, int8_rows
from text import split, windows


def log_softmax(z: np.ndarray) -> np.ndarray:
    z = z - z.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


def rounded(weights: Weights) -> Weights:
    """The float weights as the integer network holds them: each row of a matrix in 255 steps."""
    matrices = {name: int8_rows(w) for name, w in weights.items() if w.ndim == 2}
    return weights | {name: w * steps[:, None] for name, (w, steps) in matrices.items()}


class Models:
    """The models under comparison; each gives the logits of every position of a text."""

    def __init__(self, weights: Weights, folder: pathlib.Path) -> None:
        self.sizes, self.weights, self.rounded = vars(Sizes()), weights, rounded(weights)
        head, operators = parse((folder / "story.network.json").read_text())
        self.integer = Pass(head, operators, (folder / "story.blob").read_bytes())

    def floats(self, tokens: np.ndarray, weights: Weights) -> np.ndarray:
        return logits(weights, self.sizes, tokens)

    def integers(self, tokens: np.ndarray, new: int | None = None) -> np.ndarray:
        return self.integer.run(tokens, new or len(tokens))[-3] * LOGIT


class Comparison:
    """The integer network against one float model, position by position."""

    def __init__(self) -> None:
        self.same: list[np.ndarray] = []
        self.divergence: list[np.ndarray] = []
        self.margins: list[np.ndarray] = []

    def add(self, p: np.ndarray, q: np.ndarray) -> None:
        """Logarithms of probabilities: p of the float model, q of the integer network."""
        same, best = p.argmax(-1) == q.argmax(-1), np.sort(p, axis=-1)
        self.same.append(same)
        self.divergence.append((np.exp(p) * (p - q)).sum(-1))
        self.margins.append((best[:, -1] - best[:, -2])[~same])

    def result(self) -> dict[str, float]:
        divergence, margins = np.concatenate(self.divergence), np.concatenate(self.margins)
        return {
            "argmaxAgreement": round(float(np.concatenate(self.same).mean()), 6),
            "meanKlNats": float(f"{divergence.mean():.3g}"),
            "maxKlNats": float(f"{divergence.max():.3g}"),
            "largestMarginWhereApartNats": round(float(margins.max(initial=0)), 4),
        }


def compare(models: Models, texts: np.ndarray) -> dict[str, object]:
    """Each text of n bytes gives n - 1 positions."""
    against_float, against_rounded = Comparison(), Comparison()
    floats, integers = [], []
    for text in texts:
        q = log_softmax(models.integers(text[:-1]))
        p = log_softmax(models.floats(text[:-1], models.weights))
        against_float.add(p, q)
        against_rounded.add(log_softmax(models.floats(text[:-1], models.rounded)), q)
        at = np.arange(len(p)), text[1:]
        floats.append(-p[at] / math.log(2))
        integers.append(-q[at] / math.log(2))
    return {
        "positions": int(np.size(floats)),
        "floatBitsPerByte": round(float(np.mean(floats)), 5),
        "integerBitsPerByte": round(float(np.mean(integers)), 5),
        "againstFloat": against_float.result(),
        "againstFloatOfTheSameInt8Weights": against_rounded.result(),
    }


def write(models: Models, prompt: str, count: int, temperature: float, generator: np.random.Generator) -> str:
    """Continues `prompt` with the integer network; temperature 0 takes the largest logit, the first at a tie."""
    tokens = list(prompt.encode())
    for _ in range(count):
        z = models.integers(np.array(tokens[-models.integer.head["maxT"] :]), 1)[0]
        if temperature > 0:
            z = z / temperature + generator.gumbel(size=z.shape)
        tokens.append(int(z.argmax()))
        if tokens[-1] == 0:
            break
    return bytes(tokens).decode("ascii", "replace")


PROMPTS = [
    "In the days of the king there was a man who ",
    "The woman said to him, \"",
    "Once there lived a farmer ",
    "Then the angel ",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=pathlib.Path, required=True)
    parser.add_argument("--text", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True, help="the folder export.py wrote")
    parser.add_argument("--windows", type=int, default=64)
    parser.add_argument("--sample", type=int, default=200, help="bytes to write after each prompt")
    options = parser.parse_args()
    weights, _ = load(options.checkpoint)
    models = Models(weights, options.model)
    _, held = split(options.text.read_bytes())
    context = int(models.sizes["context"])
    print(json.dumps(compare(models, windows(held, options.windows, context + 1)), indent=2), flush=True)
    for temperature in (0.0, 0.7):
        for seed, prompt in enumerate(PROMPTS):
            text = write(models, prompt, options.sample, temperature, np.random.default_rng(seed))
            print(f"--- temperature {temperature}\n{text}", flush=True)


if __name__ == "__main__":
    main()
