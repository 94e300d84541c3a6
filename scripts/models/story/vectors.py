"""Writes what the oracle computes for a few texts: the SHA-256 of every tensor's bytes, and the posted tokens."""

import argparse
import hashlib
import json
import pathlib

import numpy as np

from network import parse
from oracle import Pass
from text import split, windows


def case(model: Pass, tokens: np.ndarray, new: int) -> dict[str, object]:
    """One pass over `tokens`, which are T = P + N - 1 rows with N = `new`."""
    tensors = model.run(tokens, new)
    return {
        "tokens": tokens.tolist(),
        "new": new,
        "output": tensors[-1].tolist(),
        "tensors": [hashlib.sha256(t.tobytes()).hexdigest() for t in tensors],
    }


def greedy(model: Pass, prompt: str, count: int) -> np.ndarray:
    """`prompt` and `count` posted tokens after it, without the last, which is never fed."""
    tokens = list(prompt.encode())
    for _ in range(count):
        tokens.append(int(model.run(np.array(tokens), 1)[-1][0]))
    return np.array(tokens[:-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=pathlib.Path, required=True, help="the folder export.py wrote")
    parser.add_argument("--text", type=pathlib.Path, required=True)
    options = parser.parse_args()
    head, operators = parse((options.model / "story.network.json").read_text())
    model = Pass(head, operators, (options.model / "story.blob").read_bytes())
    _, held = split(options.text.read_bytes())
    cases = {
        "one byte": case(model, np.array([ord("T")]), 1),
        "a prompt continued": case(model, greedy(model, "The king said to the woman, \"", 24), 24),
        "every byte value": case(model, np.arange(256), 256),
        "held-out text": case(model, windows(held, 1, 64)[0], 8),
    }
    (options.model / "vectors.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
