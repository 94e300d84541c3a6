"""Float networks in the shapes that the importer reads, written out in plain layers."""

import torch
from torch import nn
from torch.nn import functional as F


def mlp(inputs: int = 64, outputs: int = 10) -> nn.Module:
    """A batch norm to fold, GELU as a table, a softmax to leave out."""
    return nn.Sequential(
        nn.Linear(inputs, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Linear(48, 32), nn.GELU(), nn.Linear(32, outputs), nn.Softmax(-1)
    )


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(channels, inner, 1), nn.Conv2d(inner, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate = self.up(F.relu(self.down(F.adaptive_avg_pool2d(x, 1))))
        return x * torch.sigmoid(gate)


class Block(nn.Module):
    """An inverted residual: wider, depthwise, squeeze-excite, narrower."""

    def __init__(self, channels: int, wide: int, out: int, stride: int) -> None:
        super().__init__()
        self.expand = nn.Sequential(nn.Conv2d(channels, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.Hardswish())
        self.depthwise = nn.Sequential(
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.Hardswish()
        )
        self.excite = SqueezeExcite(wide, 8)
        self.project = nn.Sequential(nn.Conv2d(wide, out, 1, bias=False), nn.BatchNorm2d(out))
        self.is_residual = stride == 1 and channels == out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.project(self.excite(self.depthwise(self.expand(x))))
        return x + y if self.is_residual else y


class Cnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.blocks = nn.Sequential(Block(8, 24, 8, 1), Block(8, 32, 16, 2), nn.MaxPool2d(2))
        self.head = nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(F.adaptive_avg_pool2d(self.blocks(self.stem(x)), 1).flatten(1))


class EncoderLayer(nn.Module):
    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        batch, count, width = x.shape
        split = lambda t: t.view(batch, count, self.heads, width // self.heads).permute(0, 2, 1, 3)
        scores = split(self.query(x)) @ split(self.key(x)).transpose(-1, -2) / (width // self.heads) ** 0.5
        weights = (scores + mask).softmax(-1)
        seen = (weights @ split(self.value(x))).permute(0, 2, 1, 3).reshape(batch, count, width)
        x = self.norm1(x + self.output(seen))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Encoder(nn.Module):
    """BERT's shape: three embeddings, post-norm layers, the mean over the text at length 1."""

    def __init__(self, vocabulary: int = 256, width: int = 48, layers: int = 2, heads: int = 4, context: int = 64) -> None:
        super().__init__()
        self.words, self.positions, self.types = (nn.Embedding(n, width) for n in (vocabulary, context, 2))
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(EncoderLayer(width, heads, 2 * width) for _ in range(layers))
        self.register_buffer("position_ids", torch.arange(context)[None])

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor) -> torch.Tensor:
        places = self.position_ids[:, : input_ids.shape[1]]
        x = self.norm(self.words(input_ids) + self.types(token_type_ids) + self.positions(places))
        mask = (1.0 - attention_mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
        for layer in self.layers:
            x = layer(x, mask)
        counted = attention_mask[..., None].float()
        mean = (x * counted).sum(1) / counted.sum(1).clamp(min=1e-9)
        return F.normalize(mean, dim=-1)


class LlamaLayer(nn.Module):
    def __init__(self, width: int, heads: int, kv: int, hidden: int) -> None:
        super().__init__()
        inner = width // heads
        self.heads, self.kv, self.inner = heads, kv, inner
        attention = {"q_proj": heads * inner, "k_proj": kv * inner, "v_proj": kv * inner}
        self.self_attn = nn.ModuleDict({name: nn.Linear(width, out, bias=False) for name, out in attention.items()})
        self.self_attn["o_proj"] = nn.Linear(heads * inner, width, bias=False)
        self.mlp = nn.ModuleDict({name: nn.Linear(width, hidden, bias=False) for name in ("gate_proj", "up_proj")})
        self.mlp["down_proj"] = nn.Linear(hidden, width, bias=False)
        self.input_layernorm, self.post_attention_layernorm = nn.RMSNorm(width, eps=1e-5), nn.RMSNorm(width, eps=1e-5)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        batch, count, _ = x.shape
        h, a = self.input_layernorm(x), self.self_attn
        split = lambda t, heads: t.view(batch, count, heads, self.inner).transpose(1, 2)
        turn = lambda t: t * cos + torch.cat((-t[..., self.inner // 2 :], t[..., : self.inner // 2]), -1) * sin
        q, k = turn(split(a["q_proj"](h), self.heads)), turn(split(a["k_proj"](h), self.kv))
        k, v = (t.repeat_interleave(self.heads // self.kv, 1) for t in (k, split(a["v_proj"](h), self.kv)))
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + a["o_proj"](seen.transpose(1, 2).reshape(batch, count, -1))
        h = self.post_attention_layernorm(x)
        return x + self.mlp["down_proj"](F.silu(self.mlp["gate_proj"](h)) * self.mlp["up_proj"](h))


class Llama(nn.Module):
    """Parameters have the names of checkpoints of the Llama family."""

    CONFIG = {
        "model_type": "llama",
        "hidden_size": 64,
        "intermediate_size": 176,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 256,
        "max_position_embeddings": 128,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
        "eos_token_id": 0,
    }

    def __init__(self) -> None:
        super().__init__()
        c = self.CONFIG
        width, heads, kv = c["hidden_size"], c["num_attention_heads"], c["num_key_value_heads"]
        layers = [LlamaLayer(width, heads, kv, c["intermediate_size"]) for _ in range(c["num_hidden_layers"])]
        self.model = nn.ModuleDict({"embed_tokens": nn.Embedding(c["vocab_size"], width), "layers": nn.ModuleList(layers)})
        self.model["norm"] = nn.RMSNorm(width, eps=c["rms_norm_eps"])
        self.lm_head = nn.Linear(width, c["vocab_size"], bias=False)
        inner = width // heads
        rate = c["rope_theta"] ** (-torch.arange(0, inner, 2) / inner)
        angle = torch.arange(c["max_position_embeddings"])[:, None] * rate.repeat(2)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.model["embed_tokens"](tokens)
        count = tokens.shape[1]
        for layer in self.model["layers"]:
            x = layer(x, self.cos[:count], self.sin[:count])
        return self.lm_head(self.model["norm"](x))
