"""The canonical bytes of a header."""
import struct

TYPES = ["i8", "i16", "i32", "i64", "u16", "u32", "u64"]
FORMS = ["map", "encoder", "decoder"]

# Number on the wire, and the attributes in order: u8 (B), u32 (I), i32 (i), bool (?), lists of u8 and u32 (*B, *I).
KINDS = {
    "dense": (1, "leading:B zx:i zy:i lo:i hi:i"),
    "dense_part": (2, "leading:B from:I to:I zx:i"),
    "sum_requant": (3, "leading:B n:I zy:i lo:i hi:i addend:?"),
    "dense_shift": (4, "leading:B shift:B"),
    "conv2d": (
        5,
        "kernelY:B kernelX:B strideY:B strideX:B dilationY:B dilationX:B top:B left:B groups:I zx:i zy:i lo:i hi:i",
    ),
    "maxpool": (6, "kernelY:B kernelX:B strideY:B strideX:B top:B left:B"),
    "sumpool": (7, "kernelY:B kernelX:B strideY:B strideX:B top:B left:B m:I s:B zx:i zy:i"),
    "add": (8, "za:i ma:I sa:B zb:i mb:I sb:B zy:i"),
    "mul": (9, "za:i zb:i zy:i m:I s:B"),
    "lut8": (10, ""),
    "lut16": (11, ""),
    "embed": (12, "ofPosition:?"),
    "rowmax": (13, "segment:I abs:?"),
    "rowsum": (14, "segment:I abs:?"),
    "argkey": (15, "segment:I"),
    "argtoken": (16, ""),
    "normsum": (17, "segment:I square:?"),
    "normscale": (18, "width:I eps:I"),
    "normout": (19, "s:B bias:?"),
    "rope": (20, "halves:?"),
    "scores": (21, "causal:? m:I s:B"),
    "exp": (22, "causal:?"),
    "recip": (23, ""),
    "attnout": (24, "s:B"),
    "matmul": (25, "m:I s:B"),
    "meanT": (26, "m:I s:B zx:i zy:i"),
    "tail": (27, ""),
    "reshape": (28, ""),
    "transpose": (29, "permutation:*B"),
    "concat": (30, "axis:B"),
    "slice": (31, "axis:B start:I"),
    "pad": (32, "value:i before:*I"),
    "upsample": (33, "factors:*B"),
}

TASK_INPUT = 0xFFFFFFFF
SYMBOLS = {"T": 0xFFFFFFFF, "N": 0xFFFFFFFE}


def many(code, values):
    return struct.pack(f"<I{len(values)}{code}", len(values), *values)


def tensor(spec):
    kind, dims = spec
    return bytes([TYPES.index(kind)]) + many("I", [SYMBOLS.get(length, length) for length in dims])


def operator(op):
    number, fields = KINDS[op["kind"]]
    parts = [bytes([number]), many("I", op["inputs"]), tensor(op["output"]), struct.pack("<Q", op["place"])]
    for field in fields.split():
        name, code = field.split(":")
        value = op["attributes"][name]
        parts.append(many(code[1:], value) if code[0] == "*" else struct.pack("<" + code, value))
    assert set(op["attributes"]) == {field.split(":")[0] for field in fields.split()}, op
    return b"".join(parts)


def encode(graph):
    notes = graph.notes.encode()
    return b"".join(
        [
            struct.pack("<BBII", 1, FORMS.index(graph.form), graph.max_t, graph.vocabulary),
            many("I", graph.end_tokens),
            struct.pack("<IQ", graph.max_new, graph.blob_bytes),
            b"\0" if graph.input is None else b"\1" + tensor(graph.input),
            struct.pack("<I", len(graph.repeats)),
            *(struct.pack("<IIIQ", r["count"], r["first"], r["last"], r["blobStride"]) for r in graph.repeats),
            struct.pack("<I", len(graph.operators)),
            *(operator(op) for op in graph.operators),
            struct.pack("<I", len(notes)),
            notes,
        ]
    )
