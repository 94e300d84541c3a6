"""Writes a checkpoint of train.py as an integer network: story.network.json, story.blob, and the float weights'
ranges that set the scales. serialize.ts makes the header of the first."""

import argparse
import json
import pathlib

import numpy as np
import torch

from float_pass import Ranges, Weights, logits
from model import Sizes
from network import Network
from quantise import Quantiser
from text import split, windows

END_TOKEN = 0
NOTES = "story: bytes of English; residual and logits in steps of 2^-16; trained by scripts/models/story"


def load(checkpoint: pathlib.Path) -> tuple[Weights, dict[str, int]]:
    """The float weights in doubles, and how far the training was."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    weights = {name: tensor.double().numpy() for name, tensor in state["model"].items()}
    return weights, {"steps": state["step"], "seconds": round(state["seconds"])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=pathlib.Path, required=True)
    parser.add_argument("--text", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a folder")
    parser.add_argument("--windows", type=int, default=96, help="texts of the training part that set the ranges")
    options = parser.parse_args()
    sizes = vars(Sizes())
    weights, training = load(options.checkpoint)
    ranges = Ranges()
    train, _ = split(options.text.read_bytes())
    for tokens in windows(train, options.windows, int(sizes["context"])):
        logits(weights, sizes, tokens, ranges)
    network = Network(int(sizes["context"]), int(sizes["vocabulary"]), [END_TOKEN], NOTES)
    quantiser = Quantiser(weights, sizes, ranges, network)
    quantiser.build()
    options.out.mkdir(parents=True, exist_ok=True)
    blob = bytes(quantiser.blob.data)
    (options.out / "story.blob").write_bytes(blob)
    (options.out / "story.network.json").write_text(network.to_json(len(blob)))
    count = sum(int(np.prod(w.shape)) for w in weights.values())
    ranges_text = {name: float(f"{most:.4g}") for name, most in sorted(ranges.most.items())}
    print(json.dumps({"parameters": count, "blobBytes": len(blob), **training, "ranges": ranges_text}))


if __name__ == "__main__":
    main()
