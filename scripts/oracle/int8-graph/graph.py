"""A network under construction, its blob, and one pass over a task."""
import random

import numpy as np

from arithmetic import DTYPES, RANGES, SIZES
from header import TASK_INPUT
from operators import OPERATORS, Context, align, product


class Graph:
    def __init__(self, form, seed, input=None, max_t=1, vocabulary=0, max_new=0):
        self.form, self.input, self.max_t = form, input, max_t
        self.vocabulary, self.max_new, self.end_tokens = vocabulary, max_new, []
        self.operators, self.repeats, self.blob_bytes = [], [], 0
        self.notes = ""
        self.random = random.Random(seed)

    def dims(self, index):
        return (self.input if index == TASK_INPUT else self.operators[index]["output"])[1]

    def append(self, kind, inputs, output, rows=0, **attributes):
        """`rows`: bytes of the operator's rows and tables."""
        place = self.blob_bytes if rows else 0
        self.blob_bytes += align(rows)
        self.operators.append(
            {"kind": kind, "inputs": inputs, "output": output, "place": place, "attributes": attributes}
        )
        return len(self.operators) - 1

    def unrolled(self):
        """(operator, tensors that it reads, place) as they run."""
        result, last_of, done = [], {}, 0
        starts = {r["first"]: r for r in self.repeats}
        while done < len(self.operators):
            r = starts.get(done, {"count": 1, "last": done, "blobStride": 0})
            before = last_of.get(done - 1)
            for iteration in range(r["count"]):
                for index in range(done, r["last"] + 1):
                    op = self.operators[index]
                    inputs = [
                        i if i == TASK_INPUT else before if i == done - 1 and r["count"] > 1 else last_of[i]
                        for i in op["inputs"]
                    ]
                    last_of[index] = len(result)
                    result.append((op, inputs, op["place"] + iteration * r["blobStride"]))
                before = last_of[r["last"]]
            done = r["last"] + 1
        return result


class Pass:
    """A graph for one size of text: places of tensors, and every tensor's bytes."""

    def __init__(self, graph, size, blob, tokens=(), given=b""):
        self.graph, self.size, self.blob, self.tokens, self.given = graph, size, blob, tokens, given
        self.steps = graph.unrolled()
        self.offsets, offset = [], 0
        for op, _, _ in self.steps:
            self.offsets.append(offset)
            kind, dims = self.shape(op["output"])
            offset += align(product(dims) * SIZES[kind])
        self.length = offset

    def shape(self, spec):
        kind, dims = spec
        return kind, [self.size.get(length, length) for length in dims]

    def read(self, trace, index):
        spec = self.graph.input if index == TASK_INPUT else self.steps[index][0]["output"]
        kind, dims = self.shape(spec)
        source, offset = (self.given, 0) if index == TASK_INPUT else (trace, self.offsets[index])
        return np.frombuffer(source, DTYPES[kind], product(dims), offset).astype(np.int64).reshape(dims)

    def step(self, index, trace):
        """The bytes of a tensor that follow from the tensors in `trace`."""
        op, inputs, place = self.steps[index]
        kind, dims = self.shape(op["output"])
        context = Context(kind, dims, self.blob[place:], self.tokens)
        y = OPERATORS[op["kind"]]([self.read(trace, i) for i in inputs], op["attributes"], context)
        y = np.asarray(y, np.int64)
        assert list(y.shape) == dims, (op, y.shape, dims)
        return y.astype(DTYPES[kind]).tobytes()

    def run(self):
        trace = bytearray(self.length)
        for index in range(len(self.steps)):
            self.put(trace, index, self.step(index, trace))
        return bytes(trace)

    def follow(self, trace):
        """What each tensor must be if the ones that it reads are those of `trace`."""
        right = bytearray(self.length)
        for index in range(len(self.steps)):
            self.put(right, index, self.step(index, trace))
        return bytes(right)

    def put(self, trace, index, data):
        trace[self.offsets[index] : self.offsets[index] + len(data)] = data


def noise(rng, size, style):
    """Bytes of one character."""
    if style == "noise":
        return bytes(rng.randrange(256) for _ in range(size))
    if style == "small":
        return bytes(rng.choice([0, 0, 0, 1, 2, 3, 5, 9, 17]) for _ in range(size))
    assert style == "extreme"
    words = [0, 1, -1, 2**63 - 1, -(2**63), 2**31 - 1, -(2**31), 0x7FFF_8000_7FFF_8000, 0x7F80_7F80_7F80_7F80]
    data = b"".join((rng.choice(words) % 2**64).to_bytes(8, "little") for _ in range(-(-size // 8)))
    return data[:size]
