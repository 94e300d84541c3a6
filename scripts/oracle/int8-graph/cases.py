"""One network for each kind of layer and attribute that matters, and whole networks."""
from graph import Graph
from header import TASK_INPUT
from operators import align, product

FULL = {"i8": (-128, 127), "i16": (-32768, 32767), "i32": (-(2**31), 2**31 - 1)}
UNBOUNDED = {"zy": 0, "lo": FULL["i32"][0], "hi": FULL["i32"][1]}


def row(width):
    return align(width + 9)


def one(kind, given, output, rows=0, **attributes):
    """A map of a single operator."""
    graph = Graph("map", 0, input=given)
    graph.append(kind, [TASK_INPUT] if kind != "concat" else [TASK_INPUT] * 3, output, rows, **attributes)
    return graph


def bounded(kind, zy=3):
    low, high = FULL[kind]
    return {"zy": 0 if kind == "i32" else zy, "lo": low, "hi": high}


def matrices():
    for x, y, n, m in (("i8", "i8", 5, 7), ("i16", "i16", 300, 3), ("i16", "i32", 130, 4), ("i8", "i32", 1, 1)):
        yield f"dense {x} to {y}", one("dense", (x, [2, n]), (y, [2, m]), m * row(n), leading=1, zx=-7, **bounded(y))
    yield "dense with bounds", one(
        "dense", ("i8", [2, 3, 4]), ("i8", [5, 2]), 10 * row(24), leading=0, zx=0, zy=-9, lo=-9, hi=60
    )
    graph = Graph("map", 0, input=("i16", [2, 9]))
    sums = graph.append("dense", [TASK_INPUT], ("i32", [2, 6]), 6 * row(9), leading=1, zx=0, **UNBOUNDED)
    graph.append("dense", [TASK_INPUT, sums], ("i32", [2, 6]), 6 * row(9), leading=1, zx=5, **UNBOUNDED)
    yield "dense with an addend", graph
    for y in ("i8", "i16", "i32"):
        graph = Graph("map", 0, input=("i16", [2, 40]))
        rows = 3 * row(40)
        first = graph.append("dense_part", [TASK_INPUT], ("i64", [2, 3]), rows, leading=1, **{"from": 0, "to": 13}, zx=1)
        second = graph.append("dense_part", [TASK_INPUT], ("i64", [2, 3]), 0, leading=1, **{"from": 13, "to": 40}, zx=1)
        inputs, addend = [first, second], y == "i32"
        if addend:
            inputs.append(graph.append("dense", [TASK_INPUT], ("i32", [2, 3]), rows, leading=1, zx=0, **UNBOUNDED))
        graph.append("sum_requant", inputs, (y, [2, 3]), 0, leading=1, n=40, addend=addend, **bounded(y))
        yield f"dense in parts to {y}", graph
    for shift in (0, 7, 31):
        yield f"dense_shift by {shift}", one("dense_shift", ("i8", [2, 32]), ("i8", [2, 4]), 4 * row(32), leading=1, shift=shift)
    graph = Graph("map", 0, input=("i16", [2, 3, 11]))
    graph.append("matmul", [TASK_INPUT, TASK_INPUT], ("i16", [2, 3, 3]), m=2**24 - 1, s=31)
    graph.append("matmul", [TASK_INPUT, TASK_INPUT], ("i8", [2, 3, 3]), m=77, s=20)
    yield "matmul", graph


def images():
    conv = {"kernelY": 3, "kernelX": 3, "strideY": 1, "strideX": 1, "dilationY": 1, "dilationX": 1, "top": 1, "left": 1}
    yield "conv2d", one("conv2d", ("i8", [5, 4, 3]), ("i8", [5, 4, 4]), 4 * row(27), **conv, groups=1, zx=-3, **bounded("i8"))
    yield "conv2d depthwise", one(
        "conv2d", ("i16", [5, 4, 3]), ("i16", [5, 4, 6]), 6 * row(9), **conv, groups=3, zx=9, **bounded("i16")
    )
    wide = {**conv, "strideY": 2, "strideX": 3, "dilationY": 2, "dilationX": 3, "top": 3, "left": 0}
    yield "conv2d with strides and dilations", one(
        "conv2d", ("i8", [6, 7, 4]), ("i32", [3, 2, 2]), 2 * row(18), **wide, groups=2, zx=0, **UNBOUNDED
    )
    pool = {"kernelY": 3, "kernelX": 2, "strideY": 2, "strideX": 1, "top": 1, "left": 1}
    for kind in ("i8", "i16"):
        yield f"maxpool {kind}", one("maxpool", (kind, [5, 4, 3]), (kind, [3, 5, 3]), **pool)
        yield f"sumpool {kind}", one(
            "sumpool", (kind, [5, 4, 3]), (kind, [3, 5, 3]), **pool, m=2**30 - 1, s=33, zx=-4, zy=5
        )


def elementwise():
    for x in ("i8", "i16", "i32"):
        zero = 0 if x == "i32" else -128
        for y in ("i8", "i16", "i32"):
            graph = Graph("map", 0, input=(x, [4, 5]))
            graph.append(
                "add", [TASK_INPUT, TASK_INPUT], (y, [4, 5]), za=zero, ma=2**24 - 1, sa=20, zb=0, mb=77, sb=0,
                zy=0 if y == "i32" else 7,
            )
            yield f"add {x} to {y}", graph
    for x, y in (("i8", "i16"), ("i16", "i8"), ("i16", "i16")):
        graph = Graph("map", 0, input=(x, [4, 5]))
        part = graph.append("slice", [TASK_INPUT], (x, [1, 5]), axis=0, start=2)
        vector = graph.append("reshape", [part], (x, [5]))
        graph.append("mul", [TASK_INPUT, TASK_INPUT], (y, [4, 5]), za=-5, zb=5, zy=1, m=2**30 - 1, s=40)
        graph.append("mul", [TASK_INPUT, vector], (y, [4, 5]), za=0, zb=0, zy=0, m=3, s=1)
        yield f"mul {x} to {y}", graph
    yield "lut8", one("lut8", ("i8", [40]), ("i8", [40]), 256)
    yield "lut16", one("lut16", ("i16", [40]), ("i16", [40]), 131072)


def moves():
    for kind in ("i8", "i64", "u32"):
        given = (kind, [2, 3, 4])
        value = 5 if kind == "u32" else -5
        yield f"pad {kind}", one("pad", given, (kind, [2, 6, 5]), value=value, before=[0, 2, 1])
        yield f"slice {kind}", one("slice", given, (kind, [2, 2, 4]), axis=1, start=1)
        yield f"concat {kind}", one("concat", given, (kind, [2, 9, 4]), axis=1)
        yield f"transpose {kind}", one("transpose", given, (kind, [4, 2, 3]), permutation=[2, 0, 1])
        yield f"upsample {kind}", one("upsample", given, (kind, [2, 6, 12]), factors=[1, 2, 3])
        yield f"reshape {kind}", one("reshape", given, (kind, [6, 1, 4]))


def reductions():
    for kind in ("i8", "i16", "i32", "i64", "u16", "u32", "u64"):
        given = (kind, [3, 10])
        yield f"rowmax {kind}", one("rowmax", given, (kind, [3, 3]), segment=4, abs=False)
        yield f"rowsum {kind}", one("rowsum", given, ("i64", [3, 3]), segment=4, abs=False)
    for kind, absolute in (("i16", "u16"), ("i32", "u32")):
        yield f"rowmax of |{kind}|", one("rowmax", (kind, [3, 10]), (absolute, [3, 1]), segment=10, abs=True)
        yield f"rowsum of |{kind}|", one("rowsum", (kind, [3, 10]), ("i64", [3, 1]), segment=10, abs=True)
    for kind in ("i8", "i16", "i32"):
        graph = Graph("map", 0, input=(kind, [3, 10]))
        keys = graph.append("argkey", [TASK_INPUT], ("i64", [3, 3]), segment=4)
        best = graph.append("rowmax", [keys], ("i64", [3, 1]), segment=3, abs=False)
        graph.append("argtoken", [best], ("u32", [3]))
        yield f"argkey and argtoken {kind}", graph
    yield "recip", one("recip", ("i64", [12]), ("i64", [12]))
    for kind in ("i8", "i16", "i32"):
        zx = 0 if kind == "i32" else 3
        yield f"meanT {kind}", one("meanT", (kind, [4, 7]), ("i16", [4]), m=2**30 - 1, s=37, zx=zx, zy=-2)


def append_norm(graph, x, layer, segment, eps, s, bias, output):
    """A whole norm of tensor x."""
    dims = graph.dims(x)
    width, rows = dims[-1], list(dims[:-1])
    kind = graph.input[0] if x == TASK_INPUT else graph.operators[x]["output"][0]
    count = -(-width // segment)
    most = graph.append("rowmax", [x], ("u16" if kind == "i16" else "u32", rows + [1]), segment=width, abs=True)

    def total(inputs, square):
        parts = graph.append("normsum", inputs, ("i64", rows + [count]), segment=segment, square=square)
        return graph.append("rowsum", [parts], ("i64", rows + [1]), segment=4096, abs=False)

    means = [total([x, most], False)] if layer else []
    squares = total([x, most, *means], True)
    inverse = graph.append("normscale", [most, squares], ("i64", rows + [1]), width=width, eps=eps)
    size = align(2 * width) + (4 * width if bias else 0)
    return graph.append("normout", [x, most, inverse, *means], (output, dims), size, s=s, bias=bias)


def norms():
    for kind in ("i16", "i32"):
        for layer in (False, True):
            graph = Graph("map", 0, input=(kind, [3, 20]))
            append_norm(graph, TASK_INPUT, layer, 8, 42950, 35, layer, "i16" if layer else "i8")
            yield f"{'layer' if layer else 'RMS'} norm of {kind}", graph


def append_attention(graph, x, heads, key_heads, width, causal, halves, rows):
    inner = graph.dims(x)[-1]
    most_rows = graph.max_t if rows == "T" else rows

    def project(count):
        return graph.append(
            "dense", [x], ("i16", [rows, count, width]), count * width * row(inner), leading=1, zx=0, **bounded("i16", 0)
        )

    def rotate(tensor):
        dims = graph.dims(tensor)
        return graph.append("rope", [tensor], ("i16", dims), most_rows * width * 2, halves=halves)

    q, k = rotate(project(heads)), rotate(project(key_heads))
    v = graph.append("transpose", [project(key_heads)], ("i16", [key_heads, width, rows]), permutation=[1, 2, 0])
    s = graph.append("scores", [q, k], ("i16", [heads, rows, rows]), causal=causal, m=2**20 + 3, s=30)
    most = graph.append("rowmax", [s], ("i16", [heads, rows, 1]), segment=most_rows, abs=False)
    e = graph.append("exp", [s, most], ("u16", [heads, rows, rows]), causal=causal)
    total = graph.append("rowsum", [e], ("i64", [heads, rows, 1]), segment=most_rows, abs=False)
    inverse = graph.append("recip", [total], ("i64", [heads, rows, 1]))
    return graph.append("attnout", [e, v, inverse], ("i16", [rows, heads, width]), s=46)


def texts():
    for causal, halves in ((False, False), (True, True)):
        graph = Graph("encoder", 0, max_t=8, vocabulary=10)
        x = graph.append("embed", [], ("i16", ["T", 6]), 10 * row(6), ofPosition=False)
        append_attention(graph, x, 4, 2, 4, causal, halves, "T")
        yield f"attention, {'causal' if causal else 'open'}", graph
    graph = Graph("encoder", 0, max_t=9, vocabulary=10)
    graph.append("embed", [], ("i32", ["T", 5]), 10 * row(5), ofPosition=False)
    graph.append("embed", [], ("i32", ["T", 5]), 9 * row(5), ofPosition=True)
    sums = graph.append("add", [0, 1], ("i32", ["T", 5]), za=0, ma=1, sa=0, zb=0, mb=1, sb=0, zy=0)
    h = append_norm(graph, sums, True, 5, 1, 30, True, "i16")
    turned = graph.append("transpose", [h], ("i16", [5, "T"]), permutation=[1, 0])
    graph.append("meanT", [turned], ("i16", [5]), m=1, s=0, zx=0, zy=0)
    yield "encoder", graph
    yield "decoder", decoder()


def decoder():
    """Two blocks of a Llama-shaped network by a repeat, and a head over the last rows."""
    graph = Graph("decoder", 0, max_t=12, vocabulary=19, max_new=4)
    graph.end_tokens = [2, 17]
    graph.notes = '{"scales":[0.5]}'
    x = graph.append("embed", [], ("i32", ["T", 8]), 19 * row(8), ofPosition=False)
    first, start = x + 1, graph.blob_bytes
    h = append_norm(graph, x, False, 8, 42950, 35, False, "i16")
    o = append_attention(graph, h, 2, 1, 4, True, False, "T")
    x1 = graph.append("dense", [o, x], ("i32", ["T", 8]), 8 * row(8), leading=1, zx=0, **UNBOUNDED)
    h = append_norm(graph, x1, False, 8, 42950, 35, False, "i16")
    gate, up = (
        graph.append("dense", [h], ("i16", ["T", 12]), 12 * row(8), leading=1, zx=0, **bounded("i16", 0))
        for _ in range(2)
    )
    m = graph.append("mul", [gate, up], ("i16", ["T", 12]), za=0, zb=0, zy=0, m=2**16, s=31)
    last = graph.append("dense", [m, x1], ("i32", ["T", 8]), 8 * row(12), leading=1, zx=0, **UNBOUNDED)
    stride = graph.blob_bytes - start
    graph.repeats = [{"count": 2, "first": first, "last": last, "blobStride": stride}]
    graph.blob_bytes += stride
    rows = graph.append("tail", [last], ("i32", ["N", 8]))
    h = append_norm(graph, rows, False, 8, 42950, 35, False, "i16")
    logits = graph.append("dense", [h], ("i32", ["N", 19]), 19 * row(8), leading=1, zx=0, **UNBOUNDED)
    keys = graph.append("argkey", [logits], ("i64", ["N", 3]), segment=8)
    best = graph.append("rowmax", [keys], ("i64", ["N", 1]), segment=3, abs=False)
    graph.append("argtoken", [best], ("u32", ["N"]))
    return graph


FILES = {
    "matrices": matrices,
    "images": images,
    "elementwise": elementwise,
    "moves": moves,
    "reductions": reductions,
    "norms": norms,
    "texts": texts,
}
