"""From float weights and observed ranges to a network of integer operators and its blob.

Weights are int8 with a scale a row; activations are int16 with static scales; the residual and the logits
are int32 with 16 bits behind the point.
"""

import math

import numpy as np

from blob import Blob, fraction
from float_pass import Ranges, Weights, angles
from network import Dims, Network

RESIDUAL = 2.0**-16
LOGIT = 2.0**-16
# Room above the largest observed value: a text that was not observed may go further.
HEADROOM = 1.5


def int8_rows(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 weights of a matrix and the step of each row."""
    steps = np.maximum(np.abs(matrix).max(axis=1), 1e-9) / 127
    return np.round(matrix / steps[:, None]), steps


class Quantiser:
    def __init__(self, weights: Weights, sizes: dict[str, float], ranges: Ranges, network: Network) -> None:
        self.w, self.sizes, self.ranges, self.network = weights, sizes, ranges, network
        self.blob = Blob()
        self.layers, self.width = int(sizes["layers"]), int(sizes["width"])
        self.heads, self.kv, self.inner = int(sizes["heads"]), int(sizes["kv_heads"]), int(sizes["inner"])
        # One table of SiLU serves every layer, so every gate has the same scale.
        self.gate_scale = max(self.scale(f"layers.{layer}.gate") for layer in range(self.layers))
        self.silu_place = self.silu_table()
        self.rope_place = self.rope_table()

    def scale(self, name: str) -> float:
        """What one step of an int16 stands for."""
        return self.ranges.most[name] * HEADROOM / 32767

    def silu_table(self) -> int:
        x = np.arange(-32768, 32768) * self.gate_scale
        y = x / (1 + np.exp(-x)) / self.gate_scale
        return self.blob.table(np.clip(np.round(y), -32768, 32767).astype("<i2"))

    def rope_table(self) -> int:
        angle = angles(self.sizes["theta"], self.inner, self.network.max_t)
        pairs = np.stack((np.cos(angle), np.sin(angle)), axis=-1)
        return self.blob.table(np.round(pairs * 32767).astype("<i2"))

    def dense(
        self,
        name: str,
        x: int,
        scales: tuple[float, float],
        type_: str,
        dims: Dims,
        addend: int | None = None,
    ) -> int:
        """y = W·x; `scales` are those of x and of y."""
        weights, steps = int8_rows(self.w[f"{name}.weight"])
        place = self.blob.rows(weights, steps * scales[0] / scales[1])
        bits = 16 if type_ == "i16" else 32
        bounds = {"zx": 0, "zy": 0, "lo": -(2 ** (bits - 1)), "hi": 2 ** (bits - 1) - 1}
        inputs = [x] if addend is None else [x, addend]
        return self.network.add("dense", inputs, type_, dims, place, leading=1, **bounds)

    def norm(self, name: str, x: int) -> tuple[int, float]:
        """An RMS norm over rows of the residual: (tensor, scale)."""
        scale = self.scale(name)
        gain = self.w[f"{name}.gain"] / scale
        # The normalised row has 30 bits behind the point; gains take as many of 15 bits as they can.
        extra = 15 - math.frexp(float(np.abs(gain).max()))[1]
        if round(float(np.abs(gain).max()) * 2.0**extra) > 32767:
            extra -= 1
        place = self.blob.table(np.round(gain * 2.0**extra).astype("<i2"))
        rows = self.network.dims(x)[0]
        add, width = self.network.add, self.width
        most = add("rowmax", [x], "u32", [rows, 1], segment=width, abs=True)
        squares = add("normsum", [x, most], "i64", [rows, 1], segment=width, square=True)
        eps = round(self.sizes["eps"] / RESIDUAL**2)
        inverse = add("normscale", [most, squares], "i64", [rows, 1], width=width, eps=eps)
        out = add("normout", [x, most, inverse], "i16", [rows, width], place, s=30 + extra, bias=False)
        return out, scale

    def attention(self, name: str, h: int, scale: float, x: int) -> int:
        add, group, max_t = self.network.add, self.heads // self.kv, self.network.max_t
        sq, sk, sv = (self.scale(f"{name}.{part}") for part in "qkv")
        q = self.dense(f"{name}.q", h, (scale, sq), "i16", ["T", self.heads, self.inner])
        k = self.dense(f"{name}.k", h, (scale, sk), "i16", ["T", self.kv, self.inner])
        v = self.dense(f"{name}.v", h, (scale, sv), "i16", ["T", self.kv, self.inner])
        q = add("rope", [q], "i16", self.network.dims(q), self.rope_place, halves=True)
        k = add("rope", [k], "i16", self.network.dims(k), self.rope_place, halves=True)
        v = add("transpose", [v], "i16", [self.kv, self.inner, "T"], permutation=[1, 2, 0])
        m, s = fraction(sq * sk * self.inner**-0.5 * math.log2(math.e) * 256)
        pairs = [self.heads, "T", "T"]
        scores = add("scores", [q, k], "i16", pairs, group=group, causal=True, m=m, s=s)
        most = add("rowmax", [scores], "i16", [self.heads, "T", 1], segment=max_t, abs=False)
        e = add("exp", [scores, most], "u16", pairs, causal=True)
        total = add("rowsum", [e], "i64", [self.heads, "T", 1], segment=max_t, abs=False)
        inverse = add("recip", [total], "i64", [self.heads, "T", 1])
        out = add("attnout", [e, v, inverse], "i16", ["T", self.heads, self.inner], group=group, s=46)
        return self.dense(f"{name}.o", out, (sv, RESIDUAL), "i32", ["T", self.width], x)

    def feed_forward(self, name: str, h: int, scale: float, x: int) -> int:
        add, hidden = self.network.add, self.w[f"{name}.up.weight"].shape[0]
        su, sm = self.scale(f"{name}.up"), self.scale(f"{name}.mul")
        gate = self.dense(f"{name}.gate", h, (scale, self.gate_scale), "i16", ["T", hidden])
        up = self.dense(f"{name}.up", h, (scale, su), "i16", ["T", hidden])
        gate = add("lut16", [gate], "i16", ["T", hidden], self.silu_place)
        m, s = fraction(self.gate_scale * su / sm)
        product = add("mul", [gate, up], "i16", ["T", hidden], za=0, zb=0, zy=0, m=m, s=s)
        return self.dense(f"{name}.down", product, (sm, RESIDUAL), "i32", ["T", self.width], x)

    def build(self) -> None:
        add, vocabulary = self.network.add, self.network.vocabulary
        weights, steps = int8_rows(self.w["embedding.weight"])
        place = self.blob.rows(weights, steps / RESIDUAL)
        x = add("embed", [], "i32", ["T", self.width], place, ofPosition=False)
        for layer in range(self.layers):
            name = f"layers.{layer}"
            x = self.attention(name, *self.norm(f"{name}.norm1", x), x)
            x = self.feed_forward(name, *self.norm(f"{name}.norm2", x), x)
        x = add("tail", [x], "i32", ["N", self.width])
        h, scale = self.norm("norm", x)
        logits = self.dense("head", h, (scale, LOGIT), "i32", ["N", vocabulary])
        keys = add("argkey", [logits], "i64", ["N", 1], segment=vocabulary)
        add("argtoken", [keys], "u32", ["N"])
