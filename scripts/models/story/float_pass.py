"""The float model in numpy's doubles, written apart from model.py: its ranges set the integer scales."""

import numpy as np

Weights = dict[str, np.ndarray]


class Ranges:
    """The largest absolute value of each named tensor, over every text that was observed."""

    def __init__(self) -> None:
        self.most: dict[str, float] = {}

    def see(self, name: str, values: np.ndarray) -> np.ndarray:
        self.most[name] = max(self.most.get(name, 0.0), float(np.abs(values).max()))
        return values


def norm(x: np.ndarray, gain: np.ndarray, eps: float) -> np.ndarray:
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * gain


def angles(theta: float, inner: int, count: int) -> np.ndarray:
    """[count][inner / 2]"""
    return np.arange(count)[:, None] * theta ** (-np.arange(0, inner, 2) / inner)


def rotate(x: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """x [T][heads][inner]; pair i of a head is (i, i + inner / 2)."""
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return np.concatenate((a * cos - b * sin, a * sin + b * cos), axis=-1)


def attend(q: np.ndarray, k: np.ndarray, v: np.ndarray, ranges: Ranges, name: str) -> np.ndarray:
    """q [T][heads][inner], k and v [T][kvHeads][inner] to [T][heads * inner]."""
    count, heads, inner = q.shape
    group = heads // k.shape[1]
    keys, values = np.repeat(k, group, axis=1), np.repeat(v, group, axis=1)
    scores = np.einsum("thi,shi->hts", q, keys) * inner**-0.5
    seen = np.tril(np.ones((count, count), bool))
    ranges.see(f"{name}.scores", scores[:, seen])
    scores = np.where(seen, scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.einsum("hts,shi->thi", weights, values).reshape(count, -1)


def logits(w: Weights, sizes: dict[str, float], tokens: np.ndarray, ranges: Ranges | None = None) -> np.ndarray:
    """[T] tokens to [T][vocabulary] logits."""
    ranges = ranges or Ranges()
    count, inner, eps = len(tokens), int(sizes["inner"]), sizes["eps"]
    angle = angles(sizes["theta"], inner, count)
    x = ranges.see("x", w["embedding.weight"][tokens])
    for layer in range(int(sizes["layers"])):
        name = f"layers.{layer}"
        dense = lambda part, t: t @ w[f"{name}.{part}.weight"].T
        see = lambda part, t: ranges.see(f"{name}.{part}", t)
        h = see("norm1", norm(x, w[f"{name}.norm1.gain"], eps))
        q = see("q", dense("q", h)).reshape(count, -1, inner)
        k = see("k", dense("k", h)).reshape(count, -1, inner)
        v = see("v", dense("v", h)).reshape(count, -1, inner)
        q, k = see("q", rotate(q, angle)), see("k", rotate(k, angle))
        x = ranges.see("x", x + dense("o", see("o", attend(q, k, v, ranges, name))))
        h = see("norm2", norm(x, w[f"{name}.norm2.gain"], eps))
        gate, up = see("gate", dense("gate", h)), see("up", dense("up", h))
        active = see("silu", gate / (1 + np.exp(-gate)))
        x = ranges.see("x", x + dense("down", see("mul", active * up)))
    last = ranges.see("norm", norm(x, w["norm.gain"], eps))
    return ranges.see("logits", last @ w["head.weight"].T)
