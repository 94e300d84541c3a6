"""The 4-ary tree of traces and blobs."""
import struct

from keccak import keccak256, keccak256_many

LEAF = 128


def root(name, data, rows):
    """The root over `data`; rows is T for a trace and 0 for a blob."""
    count = max(1, -(-len(data) // LEAF))
    padded = data.ljust(count * LEAF, b"\0")
    level = keccak256_many([b"\0" + padded[i * LEAF : (i + 1) * LEAF] for i in range(count)])
    while len(level) > 1:
        joined = [b"".join(level[i : i + 4]).ljust(LEAF, b"\0") for i in range(0, len(level), 4)]
        level = keccak256_many([b"\1" + block for block in joined])
    return keccak256(f"aivm/v1/{name}\0".encode() + struct.pack("<QI", len(data), rows) + level[0])
