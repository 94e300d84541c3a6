"""Keccak-256 with the padding of Ethereum, for many short messages at once."""
import numpy as np

RATE = 136
ROTATIONS = [[0, 36, 3, 41, 18], [1, 44, 10, 45, 2], [62, 6, 43, 15, 61], [28, 55, 25, 21, 56], [27, 20, 39, 8, 14]]


def round_constants():
    register, constants = 1, []
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << ((1 << j) - 1)
            register = ((register << 1) ^ (0x71 if register & 0x80 else 0)) & 0xFF
        constants.append(np.uint64(constant))
    return constants


CONSTANTS = round_constants()


def rotate(lane, count):
    return lane if count == 0 else (lane << np.uint64(count)) | (lane >> np.uint64(64 - count))


def permute(state):
    """state[x][y] is a lane of every message."""
    for constant in CONSTANTS:
        parity = [state[x][0] ^ state[x][1] ^ state[x][2] ^ state[x][3] ^ state[x][4] for x in range(5)]
        mixed = [parity[(x + 4) % 5] ^ rotate(parity[(x + 1) % 5], 1) for x in range(5)]
        moved = [[None] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                moved[y][(2 * x + 3 * y) % 5] = rotate(state[x][y] ^ mixed[x], ROTATIONS[x][y])
        state = [
            [moved[x][y] ^ (~moved[(x + 1) % 5][y] & moved[(x + 2) % 5][y]) for y in range(5)] for x in range(5)
        ]
        state[0][0] = state[0][0] ^ constant
    return state


def keccak256_many(messages):
    """Digests of messages of at most 135 bytes each."""
    blocks = np.zeros((len(messages), RATE), np.uint8)
    for i, message in enumerate(messages):
        assert len(message) < RATE
        blocks[i, : len(message)] = np.frombuffer(message, np.uint8)
        blocks[i, len(message)] = 1
        blocks[i, RATE - 1] |= 0x80
    lanes = blocks.view("<u8")
    zero = np.zeros(len(messages), np.uint64)
    state = [[lanes[:, x + 5 * y].copy() if x + 5 * y < 17 else zero for y in range(5)] for x in range(5)]
    state = permute(state)
    digest = np.stack([state[0][0], state[1][0], state[2][0], state[3][0]], axis=1).astype("<u8")
    return [row.tobytes() for row in digest]


def keccak256(message):
    return keccak256_many([message])[0]


assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
