"""The float model: a byte-level decoder with RMS norms, rotary positions, grouped queries and SwiGLU.

Sizes are chosen for the blob: a row of n int8 weights takes n + 9 bytes, padded to 128, so n = 240 and
n = 496 waste seven bytes a row where n = 256 would waste 119.
"""

import dataclasses

import torch
from torch import nn
from torch.nn import functional as F


@dataclasses.dataclass(frozen=True)
class Sizes:
    vocabulary: int = 256
    width: int = 240
    layers: int = 6
    heads: int = 6
    kv_heads: int = 2
    inner: int = 40
    hidden: int = 496
    context: int = 256
    theta: float = 10000.0
    eps: float = 1e-5


def rotation(sizes: Sizes, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """cos and sin, [count][inner / 2]; pair i of a head is (i, i + inner / 2)."""
    rate = sizes.theta ** (-torch.arange(0, sizes.inner, 2, dtype=torch.float64) / sizes.inner)
    angle = torch.arange(count, dtype=torch.float64)[:, None] * rate
    return angle.cos().float(), angle.sin().float()


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """x: [batch][heads][T][inner]."""
    a, b = x.float().chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1).to(x.dtype)


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Causal attention of grouped queries; q is scaled. Written out, since torch's fused kernel takes six
    times as long on a CPU (forward and backward, bfloat16, 256 positions)."""
    (batch, heads, count, inner), kv_heads = q.shape, k.shape[1]
    stacked = q.reshape(batch, kv_heads, -1, inner)
    future = torch.full((count, count), -1e9, dtype=q.dtype).triu(1)
    scores = (stacked @ k.mT).view(batch, kv_heads, -1, count, count) + future
    weights = scores.softmax(-1).view(batch, kv_heads, -1, count)
    return (weights.to(v.dtype) @ v).view(batch, heads, count, inner)


class Norm(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.gain


class Layer(nn.Module):
    def __init__(self, s: Sizes) -> None:
        super().__init__()
        self.sizes = s
        kv = s.kv_heads * s.inner
        self.norm1, self.norm2 = Norm(s.width, s.eps), Norm(s.width, s.eps)
        self.q = nn.Linear(s.width, s.heads * s.inner, bias=False)
        self.k = nn.Linear(s.width, kv, bias=False)
        self.v = nn.Linear(s.width, kv, bias=False)
        self.o = nn.Linear(s.heads * s.inner, s.width, bias=False)
        self.gate = nn.Linear(s.width, s.hidden, bias=False)
        self.up = nn.Linear(s.width, s.hidden, bias=False)
        self.down = nn.Linear(s.hidden, s.width, bias=False)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        s, (batch, count, _) = self.sizes, x.shape
        h = self.norm1(x)
        split = lambda t, heads: t.view(batch, count, heads, s.inner).transpose(1, 2)
        q = rotate(split(self.q(h), s.heads), cos, sin) * s.inner**-0.5
        k = rotate(split(self.k(h), s.kv_heads), cos, sin)
        v = split(self.v(h), s.kv_heads)
        seen = attend(q, k, v)
        x = x + self.o(seen.transpose(1, 2).reshape(batch, count, -1))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Story(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.embedding = nn.Embedding(sizes.vocabulary, sizes.width)
        self.layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.layers))
        self.norm = Norm(sizes.width, sizes.eps)
        self.head = nn.Linear(sizes.width, sizes.vocabulary, bias=False)
        cos, sin = rotation(sizes, sizes.context)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.reset()

    def reset(self) -> None:
        nn.init.normal_(self.embedding.weight, std=0.5)
        nn.init.zeros_(self.head.weight)
        for layer in self.layers:
            for name in ("q", "k", "v", "gate", "up"):
                nn.init.normal_(getattr(layer, name).weight, std=self.sizes.width**-0.5 * 0.6)
            for name in ("o", "down"):
                nn.init.zeros_(getattr(layer, name).weight)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """tokens [batch][T] to logits [batch][T][vocabulary]."""
        x = self.embedding(tokens)
        cos, sin = self.cos[: tokens.shape[1]], self.sin[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x, cos, sin)
        return self.head(self.norm(x)).float()
