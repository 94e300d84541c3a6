"""Runs a network from its description and blob: a second opinion on the arithmetic, in numpy.

It reads what the engines read (rows, tables, attributes) and shares no code with them. One pass over the
whole text gives the posted tokens: rows P - 1 ... T - 1 of the head.
"""

from collections.abc import Callable

import numpy as np

from blob import read_rows
from integers import DTYPES, EXP, I64, LIMITS, bit_length, exact_product, round_shift, saturate, square_root
from network import Operator

EXP_WINDOW = 22


class Pass:
    def __init__(self, head: dict[str, object], operators: list[Operator], blob: bytes) -> None:
        if len(blob) != head["blobBytes"]:
            raise ValueError(f"the blob has {len(blob)} bytes; the network states {head['blobBytes']}")
        self.head, self.operators, self.blob = head, operators, blob
        self.kept: dict[int, tuple[np.ndarray, ...]] = {}

    def rows(self, place: int, count: int, width: int) -> tuple[np.ndarray, ...]:
        """(weights, bias, mult, shift) at `place`, read once."""
        if place not in self.kept:
            weights, *tails = read_rows(self.blob, place, count, width)
            self.kept[place] = (weights.astype(np.float64), *tails)
        return self.kept[place]

    def run(self, tokens: np.ndarray, new: int) -> list[np.ndarray]:
        """Every tensor of a pass over T = P + N - 1 tokens with N = `new` outputs."""
        if not 1 <= new <= len(tokens) <= self.head["maxT"]:
            raise ValueError(f"T is {len(tokens)} and N is {new}; 1 <= N <= T <= {self.head['maxT']} must hold")
        tensors: list[np.ndarray] = []
        sizes = {"T": len(tokens), "N": new}
        for o in self.operators:
            shape = [sizes.get(d, d) for d in o.dims]
            inputs = [tensors[i].astype(I64) for i in o.inputs]
            value = KINDS[o.kind](self, o, inputs, shape, tokens)
            tensors.append(value.astype(DTYPES[o.type]).reshape(shape))
        return tensors


def dense(run: Pass, o: Operator, inputs: list[np.ndarray], shape: list[int], _: np.ndarray) -> np.ndarray:
    a, rows = o.attributes, int(np.prod(shape[: o.attributes["leading"]]))
    x = inputs[0].reshape(rows, -1)
    weights, bias, mult, shift = run.rows(o.place, int(np.prod(shape)) // rows, x.shape[1])
    total = bias + exact_product(x - a["zx"], weights.T)
    scaled = np.clip(a["zy"] + round_shift(total * mult, shift), a["lo"], a["hi"])
    return scaled if len(inputs) == 1 else saturate(scaled + inputs[1].reshape(rows, -1), "i32")


def embed(run: Pass, o: Operator, _: list[np.ndarray], shape: list[int], tokens: np.ndarray) -> np.ndarray:
    count = run.head["maxT"] if o.attributes["ofPosition"] else run.head["vocabulary"]
    weights, _, mult, shift = run.rows(o.place, count, shape[1])
    at = np.arange(shape[0]) if o.attributes["ofPosition"] else tokens
    return round_shift(weights[at].astype(I64) * mult[at, None], shift[at, None])


def segments(o: Operator, x: np.ndarray, apply: Callable[..., np.ndarray]) -> np.ndarray:
    cuts = range(0, x.shape[-1], o.attributes["segment"])
    return np.stack([apply(x[..., at : at + o.attributes["segment"]], axis=-1) for at in cuts], axis=-1)


def rowmax(_: Pass, o: Operator, inputs: list[np.ndarray], *__: object) -> np.ndarray:
    return segments(o, np.abs(inputs[0]) if o.attributes["abs"] else inputs[0], np.max)


def rowsum(_: Pass, o: Operator, inputs: list[np.ndarray], *__: object) -> np.ndarray:
    return segments(o, np.abs(inputs[0]) if o.attributes["abs"] else inputs[0], np.sum)


def exponent(most: np.ndarray) -> np.ndarray:
    return np.maximum(bit_length(most) - EXP_WINDOW, -8)


def window(x: np.ndarray, e: np.ndarray) -> np.ndarray:
    return np.where(e > 0, round_shift(x, np.maximum(e, 0)), x << np.maximum(-e, 0))


def normsum(_: Pass, o: Operator, inputs: list[np.ndarray], *__: object) -> np.ndarray:
    if len(inputs) != 2 or not o.attributes["square"]:
        raise NotImplementedError("this model has RMS norms alone, which sum squares without a mean")
    x, most = inputs
    return segments(o, window(x, exponent(most)) ** 2, np.sum)


def normscale(_: Pass, o: Operator, inputs: list[np.ndarray], *__: object) -> np.ndarray:
    (most, squares), width = inputs, o.attributes["width"]
    e, floor = exponent(most), I64(o.attributes["eps"] * width)
    total = squares + np.where(e > 0, floor >> np.maximum(2 * e, 0), floor << np.maximum(-2 * e, 0))
    return I64(2**49) // np.maximum(square_root((total // width) << 14), 1)


def normout(run: Pass, o: Operator, inputs: list[np.ndarray], shape: list[int], _: np.ndarray) -> np.ndarray:
    x, most, inverse = inputs
    gain = np.frombuffer(run.blob, "<i2", shape[-1], o.place).astype(I64)
    unit = round_shift(window(x, exponent(most)) * inverse, 12)
    return saturate(round_shift(unit * gain, o.attributes["s"]), o.type)


def rope(run: Pass, o: Operator, inputs: list[np.ndarray], shape: list[int], _: np.ndarray) -> np.ndarray:
    count, _, width = shape
    table = np.frombuffer(run.blob, "<i2", run.head["maxT"] * width, o.place).astype(I64)
    cos, sin = np.moveaxis(table.reshape(-1, 1, width // 2, 2)[:count], -1, 0)
    x = inputs[0]
    halves = o.attributes["halves"]
    a, b = (x[..., : width // 2], x[..., width // 2 :]) if halves else (x[..., ::2], x[..., 1::2])
    first, second = (saturate(round_shift(t, 15), "i16") for t in (a * cos - b * sin, a * sin + b * cos))
    if halves:
        return np.concatenate((first, second), axis=-1)
    return np.stack((first, second), axis=-1)


def scores(_: Pass, o: Operator, inputs: list[np.ndarray], shape: list[int], __: np.ndarray) -> np.ndarray:
    q, k = inputs
    keys = np.repeat(k.transpose(1, 2, 0), o.attributes["group"], axis=0)
    total = exact_product(q.transpose(1, 0, 2), keys)
    value = saturate(round_shift(total * o.attributes["m"], o.attributes["s"]), "i16")
    return np.where(visible(o, shape), value, -32768)


def visible(o: Operator, shape: list[int]) -> np.ndarray:
    return np.tril(np.ones(shape[1:], bool)) if o.attributes["causal"] else np.ones(shape[1:], bool)


def exp(_: Pass, o: Operator, inputs: list[np.ndarray], shape: list[int], __: np.ndarray) -> np.ndarray:
    distance = np.maximum(inputs[1] - inputs[0], 0)
    octaves = distance >> 8
    value = np.where(octaves >= 17, 0, round_shift(EXP[distance & 255], np.minimum(octaves, 17)))
    return np.where(visible(o, shape), value, 0)


def attnout(_: Pass, o: Operator, inputs: list[np.ndarray], *__: object) -> np.ndarray:
    e, v, inverse = inputs
    values = np.repeat(v, o.attributes["group"], axis=0).transpose(0, 2, 1)
    scaled = round_shift(exact_product(e, values) * inverse, o.attributes["s"])
    return saturate(scaled, "i16").transpose(1, 0, 2)


def mul(_: Pass, o: Operator, inputs: list[np.ndarray], *__: object) -> np.ndarray:
    a = o.attributes
    product = (inputs[0] - a["za"]) * (inputs[1] - a["zb"])
    return saturate(a["zy"] + round_shift(product * a["m"], a["s"]), o.type)


def lut16(run: Pass, o: Operator, inputs: list[np.ndarray], *_: object) -> np.ndarray:
    return np.frombuffer(run.blob, "<i2", 65536, o.place)[inputs[0] + 32768]


def argkey(_: Pass, o: Operator, inputs: list[np.ndarray], *__: object) -> np.ndarray:
    index = np.arange(inputs[0].shape[-1], dtype=I64)
    return segments(o, (inputs[0] << 32) + (LIMITS["u32"][1] - index), np.max)


KINDS: dict[str, Callable[..., np.ndarray]] = {
    "dense": dense,
    "embed": embed,
    "rowmax": rowmax,
    "rowsum": rowsum,
    "normsum": normsum,
    "normscale": normscale,
    "normout": normout,
    "rope": rope,
    "transpose": lambda _, o, inputs, *__: inputs[0].transpose(o.attributes["permutation"]),
    "scores": scores,
    "exp": exp,
    "recip": lambda _, __, inputs, *___: I64(2**46) // np.maximum(inputs[0], 1),
    "attnout": attnout,
    "lut16": lut16,
    "mul": mul,
    "tail": lambda _, __, inputs, shape, ___: inputs[0][len(inputs[0]) - shape[0] :],
    "argkey": argkey,
    "argtoken": lambda _, __, inputs, *___: LIMITS["u32"][1] - (inputs[0] & LIMITS["u32"][1]),
}
