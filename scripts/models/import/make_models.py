"""Trains the small models of packages/import/test/models and writes them with samples and PyTorch's own answers.

Images: the 360 digits of models/digits/samples.csv. Texts: the pages of docs/. Run from the root of the repository:

    venv/bin/python scripts/models/import/make_models.py --out packages/import/test/models
"""

import argparse
import json
import pathlib

import numpy as np
import onnx
import torch
from onnxruntime import quantization
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from networks import Cnn, Encoder, Llama, mlp

HELD_OUT = 60


def digits(root: pathlib.Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels as the numbers -1...1, and labels."""
    table = np.loadtxt(root / "models/digits/samples.csv", delimiter=",", skiprows=1)
    return torch.tensor(table[:, :64] / 64, dtype=torch.float32), torch.tensor(table[:, 64], dtype=torch.long)


def texts(root: pathlib.Path) -> bytes:
    pages = sorted((root / "docs").glob("*.md"))
    return b"\n".join(page.read_text("utf-8").encode("ascii", "ignore") for page in pages)


def windows(text: bytes, count: int, length: int, seed: int) -> torch.Tensor:
    starts = np.random.default_rng(seed).integers(0, len(text) - length, count)
    return torch.tensor(np.stack([np.frombuffer(text, np.uint8, length, start) for start in starts]).astype(np.int64))


def train(model: nn.Module, steps: int, rate: float, loss_of) -> None:
    optimiser = torch.optim.AdamW(model.parameters(), rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps)
    model.train()
    for step in range(steps):
        loss = loss_of(step)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    model.eval()
    print(f"{type(model).__name__}: loss {loss.item():.3f}")


def rounded(values: torch.Tensor) -> list:
    return [[float(f"{v:.6g}") for v in row.flatten().tolist()] for row in values]


def write_samples(path: pathlib.Path, inputs: list, expected: list) -> None:
    path.write_text(json.dumps({"inputs": inputs, "expected": expected}) + "\n")


def export(model: nn.Module, inputs: tuple, path: pathlib.Path, **options) -> None:
    torch.onnx.export(model, inputs, str(path), dynamo=False, do_constant_folding=False, **options)


def make_mlp(root: pathlib.Path, out: pathlib.Path) -> None:
    x, labels = digits(root)
    model = mlp()
    train(model, 400, 1e-2, lambda _: F.nll_loss(torch.log(model(x[:-HELD_OUT]) + 1e-9), labels[:-HELD_OUT]))
    export(model, (x[:1],), out / "mlp.onnx", input_names=["pixels"], output_names=["digit"])
    with torch.no_grad():
        write_samples(out / "mlp.json", rounded(x[-2 * HELD_OUT :]), rounded(model(x[-2 * HELD_OUT :])))


class Reader(quantization.CalibrationDataReader):
    def __init__(self, images: torch.Tensor) -> None:
        self.rest = iter([{"image": image[None].numpy()} for image in images])

    def get_next(self):
        return next(self.rest, None)


def make_cnn(root: pathlib.Path, out: pathlib.Path) -> None:
    x, labels = digits(root)
    images = x.view(-1, 1, 8, 8)
    model = Cnn()
    train(model, 250, 1e-2, lambda _: F.cross_entropy(model(images[:-HELD_OUT]), labels[:-HELD_OUT]))
    export(model, (images[:1],), out / "cnn.onnx", input_names=["image"], output_names=["scores"])
    with torch.no_grad():
        write_samples(out / "cnn.json", rounded(x[-2 * HELD_OUT :]), rounded(model(images[-2 * HELD_OUT :])))
    for kind, form in (("qdq", quantization.QuantFormat.QDQ), ("qlinear", quantization.QuantFormat.QOperator)):
        quantization.quantize_static(
            str(out / "cnn.onnx"), str(out / f"cnn-{kind}.onnx"), Reader(images[:-HELD_OUT]), quant_format=form,
            per_channel=True, activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
        )  # fmt: skip


def make_encoder(root: pathlib.Path, out: pathlib.Path) -> None:
    """Trained a little, so that its tensors have ranges of their own: windows of one page are near each other."""
    text = texts(root)
    model = Encoder()

    def loss(step: int) -> torch.Tensor:
        pair = windows(text, 48, 48, step)
        ones, zeros = torch.ones(48, 24, dtype=torch.long), torch.zeros(48, 24, dtype=torch.long)
        left, right = (model(half, ones, zeros) for half in (pair[:, :24], pair[:, 24:]))
        return F.cross_entropy(left @ right.T * 10, torch.arange(48))

    train(model, 200, 3e-3, loss)
    ids = windows(text, 1, 20, 1)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "length"} for name in names}
    inputs = (ids, torch.ones_like(ids), torch.zeros_like(ids))
    export(model, inputs, out / "encoder.onnx", input_names=names, output_names=["embedding"], dynamic_axes=axes)
    write_bert(model, out / "bert")
    samples = [windows(text, 1, length, 1000 + length)[0] for length in range(5, 65, 3)]
    with torch.no_grad():
        answers = [model(t[None], torch.ones_like(t[None]), torch.zeros_like(t[None])) for t in samples]
    write_samples(out / "encoder.json", [t.tolist() for t in samples], [rounded(a)[0] for a in answers])


def bert_names(name: str) -> str:
    """What checkpoints of the BERT family call a parameter of Encoder."""
    tables = {"words": "word_embeddings", "positions": "position_embeddings", "types": "token_type_embeddings"}
    parts = {"query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value"}
    parts |= {"output": "attention.output.dense", "norm1": "attention.output.LayerNorm", "norm2": "output.LayerNorm"}
    parts |= {"up": "intermediate.dense", "down": "output.dense"}
    first, *rest = name.split(".")
    if first != "layers":
        return f"embeddings.{tables.get(first, 'LayerNorm')}.{rest[-1]}"
    return f"encoder.layer.{rest[0]}.{parts[rest[1]]}.{rest[2]}"


def write_bert(model: Encoder, folder: pathlib.Path) -> None:
    """The same encoder as a folder of a sentence encoder: the mean of the rows, at length 1."""
    (folder / "1_Pooling").mkdir(parents=True, exist_ok=True)
    tensors = {bert_names(name): value.contiguous() for name, value in model.named_parameters()}
    save_file(tensors, folder / "model.safetensors")
    width, hidden = model.words.embedding_dim, model.layers[0].up.out_features
    config = {
        "model_type": "bert", "hidden_size": width, "intermediate_size": hidden, "hidden_act": "gelu",
        "num_hidden_layers": len(model.layers), "num_attention_heads": model.layers[0].heads, "layer_norm_eps": 1e-12,
        "vocab_size": model.words.num_embeddings, "max_position_embeddings": model.positions.num_embeddings,
    }  # fmt: skip
    modules = [{"path": "", "type": "sentence_transformers.models.Transformer"}]
    modules += [{"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
    modules += [{"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]
    for name, value in (
        ("config.json", config), ("modules.json", modules), ("1_Pooling/config.json", {"pooling_mode_mean_tokens": True}),
    ):  # fmt: skip
        (folder / name).write_text(json.dumps(value, indent=2) + "\n")


def make_llama(root: pathlib.Path, out: pathlib.Path) -> None:
    text = texts(root)
    model = Llama()

    def loss(step: int) -> torch.Tensor:
        batch = windows(text, 16, 97, step)
        return F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())

    train(model, 500, 4e-3, loss)
    folder = out / "llama"
    folder.mkdir(exist_ok=True)
    save_file({name: value.bfloat16().contiguous() for name, value in model.state_dict().items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(model.CONFIG, indent=2) + "\n")
    model.load_state_dict({name: value.bfloat16().float() for name, value in model.state_dict().items()})
    samples = windows(text, 20, 96, 123456)
    with torch.no_grad():
        write_samples(out / "llama.json", samples.tolist(), model(samples).argmax(-1).tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--only", nargs="*", default=["mlp", "cnn", "encoder", "llama"])
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    root = pathlib.Path(__file__).parents[3]
    torch.set_num_threads(1)
    for name, make in (("mlp", make_mlp), ("cnn", make_cnn), ("encoder", make_encoder), ("llama", make_llama)):
        if name in options.only:
            torch.manual_seed(1)
            make(root, options.out)
    for path in options.out.glob("*.onnx"):
        onnx.checker.check_model(str(path))


if __name__ == "__main__":
    main()
