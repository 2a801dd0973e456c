"""Frames, in which bytes cross between the judge and a learner's process."""

import struct

MOST_TEXT_BYTES = 4 << 20  # bytes of JSON in a frame
MOST_ARRAY_BYTES = 32 << 20  # bytes of numbers in a frame
MOST_BYTES = MOST_TEXT_BYTES + MOST_ARRAY_BYTES + (64 << 10)  # with where each array begins
HEAD = struct.Struct("<Qd")  # before a frame: its length, and the processor time taken so far


def framed(frame: bytes, spent: float = 0.0) -> bytes:
    """A frame with its head; `spent` is seconds of processor time."""
    return HEAD.pack(len(frame), spent) + frame
