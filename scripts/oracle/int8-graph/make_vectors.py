"""Writes vectors/int8-graph/*.json. Needs numpy; shares no code with the TypeScript implementation.

Run: python3 scripts/oracle/int8-graph/make_vectors.py
"""
import json
import pathlib
import random

from arithmetic import SIZES
from cases import FILES
from graph import Pass, noise
from header import encode
from operators import product
from tree import root

TARGET = pathlib.Path(__file__).resolve().parents[3] / "vectors" / "int8-graph"
LARGE_BLOB = 65536


def blob_of(graph, rng, style):
    """Tables of 128 KiB are zeros but for a few stretches, to keep files small."""
    if graph.blob_bytes < LARGE_BLOB:
        data = bytearray(noise(rng, graph.blob_bytes, style))
        if style == "small":
            shape_rows(graph, data, rng)
        return bytes(data)
    data = bytearray(graph.blob_bytes)
    for at in (0, graph.blob_bytes // 2 - 64, graph.blob_bytes - 128):
        data[at : at + 128] = noise(rng, 128, "noise")
    return bytes(data)


def shape_rows(graph, data, rng):
    """Multipliers and shifts under which dense layers neither vanish nor saturate."""
    for op, _, place in graph.unrolled():
        inputs = op["inputs"]
        if op["kind"] not in ("dense", "embed"):
            continue
        lead = op["attributes"].get("leading", 1)
        width = product(graph.dims(inputs[0])[lead:]) if op["kind"] == "dense" else op["output"][1][1]
        if op["kind"] == "embed":
            count = graph.max_t if op["attributes"]["ofPosition"] else graph.vocabulary
        else:
            count = product(op["output"][1][lead:])
        stride = -(-(width + 9) // 128) * 128
        for row in range(count):
            at = place + row * stride
            data[at : at + width] = bytes(rng.randrange(256) for _ in range(width))
            tail = at + width
            data[tail : tail + 4] = (rng.randrange(-999, 999)).to_bytes(4, "little", signed=True)
            data[tail + 4 : tail + 8] = (rng.randrange(2**20, 2**22)).to_bytes(4, "little")
            data[tail + 8] = 20 if op["kind"] == "dense" else 8


def case(name, graph, style):
    rng = random.Random(f"{name} {style}")
    decoder, text = graph.form == "decoder", graph.form != "map"
    size = {"T": graph.max_t - 2 if text else 1, "N": graph.max_new - 1 if decoder else 0}
    tokens = [rng.randrange(graph.vocabulary) for _ in range(size["T"] + 1)] if text else []
    given = b""
    if graph.input is not None:
        given = noise(rng, product(graph.input[1]) * SIZES[graph.input[0]], style)
        if graph.blob_bytes >= LARGE_BLOB:
            steps = [-32768, -32767, -1, 0, 1, 2, 32766, 32767]
            given = b"".join(rng.choice(steps).to_bytes(2, "little", signed=True) for _ in range(len(given) // 2))
    blob = blob_of(graph, rng, style)
    task = Pass(graph, size, blob, tokens, given)
    trace = task.run()
    hostile = noise(rng, task.length, style)
    if graph.blob_bytes >= LARGE_BLOB:
        hostile = trace
    return {
        "name": f"{name}, {style}",
        "header": encode(graph).hex(),
        "t": size["T"],
        "n": size["N"],
        "tokens": tokens,
        "input": given.hex(),
        "blob": sparse(blob),
        "weightHash": root("Blob", blob, 0).hex(),
        "trace": trace.hex(),
        "traceRoot": root("Trace", trace, size["T"]).hex(),
        "hostile": hostile.hex(),
        "hostileRoot": root("Trace", hostile, size["T"]).hex(),
        "right": task.follow(hostile).hex(),
    }


def sparse(blob):
    """[offset, hex] of stretches of 128 bytes that are not zero, and the length at the end."""
    parts, at = [], 0
    while at < len(blob):
        end = at
        while end < len(blob) and any(blob[end : end + 128]):
            end += 128
        if end > at:
            parts.append([at, blob[at:end].hex()])
        at = max(end, at + 128)
    return {"length": len(blob), "parts": parts}


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, cases in FILES.items():
        entries = [case(title, graph, style) for title, graph in cases() for style in ("noise", "small", "extreme")]
        lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
        text = f'{{"schema":"aivm-int8-graph/1","set":"{name}","cases":[\n{lines}\n]}}\n'
        (TARGET / f"{name}.json").write_text(text)
        print(name, len(entries), "cases", len(text), "bytes")


main()
