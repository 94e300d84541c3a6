"""Which bytes of the text train the model, and which only measure it."""

import numpy as np

STRETCH = 100_000
HELD_OUT = 2_000  # the last bytes of every stretch: its books differ in style, so they come from all of them


def split(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """(training text, held-out text), each as writable bytes."""
    text = np.frombuffer(data, np.uint8)
    parts = [text[at : at + STRETCH] for at in range(0, len(text), STRETCH)]
    cut = STRETCH - HELD_OUT
    return np.concatenate([p[:cut] for p in parts]), np.concatenate([p[cut:] for p in parts])


def windows(text: np.ndarray, count: int, length: int) -> np.ndarray:
    """[count][length] windows, evenly spread."""
    starts = np.linspace(0, len(text) - length, count).astype(np.int64)
    return text[starts[:, None] + np.arange(length)].astype(np.int64)
