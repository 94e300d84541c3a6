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
from quantise import LOGIT
from text import split, windows


def log_softmax(z: np.ndarray) -> np.ndarray:
    z = z - z.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


class Models:
    """The two models; each gives the logits of every position of a text."""

    def __init__(self, weights: Weights, folder: pathlib.Path) -> None:
        self.sizes, self.weights = vars(Sizes()), weights
        head, operators = parse((folder / "story.network.json").read_text())
        self.integer = Pass(head, operators, (folder / "story.blob").read_bytes())

    def floats(self, tokens: np.ndarray) -> np.ndarray:
        return logits(self.weights, self.sizes, tokens)

    def integers(self, tokens: np.ndarray, new: int | None = None) -> np.ndarray:
        return self.integer.run(tokens, new or len(tokens))[-3] * LOGIT


def compare(models: Models, texts: np.ndarray) -> dict[str, float]:
    """Each text of n bytes gives n - 1 positions."""
    bits, agree, divergence, margins = [], [], [], []
    for text in texts:
        p, q = log_softmax(models.floats(text[:-1])), log_softmax(models.integers(text[:-1]))
        at = np.arange(len(p)), text[1:]
        bits.append((-p[at] / math.log(2), -q[at] / math.log(2)))
        same = p.argmax(-1) == q.argmax(-1)
        agree.append(same)
        divergence.append((np.exp(p) * (p - q)).sum(-1))
        best = np.sort(p, axis=-1)
        margins.append((best[:, -1] - best[:, -2])[~same])
    floats, integers = np.concatenate(bits, axis=1)
    apart = np.concatenate(margins)
    return {
        "positions": int(floats.size),
        "floatBitsPerByte": round(float(floats.mean()), 5),
        "integerBitsPerByte": round(float(integers.mean()), 5),
        "argmaxAgreement": round(float(np.concatenate(agree).mean()), 6),
        "meanKlNats": float(f"{np.concatenate(divergence).mean():.3g}"),
        "maxKlNats": float(f"{np.concatenate(divergence).max():.3g}"),
        "largestMarginWhereApart": round(float(apart.max()), 4) if apart.size else 0.0,
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
    print(json.dumps(compare(models, windows(held, options.windows, context + 1)), indent=2))
    for temperature in (0.0, 0.7):
        for prompt in PROMPTS:
            text = write(models, prompt, options.sample, temperature, np.random.default_rng(1))
            print(f"--- temperature {temperature}\n{text}")


if __name__ == "__main__":
    main()
