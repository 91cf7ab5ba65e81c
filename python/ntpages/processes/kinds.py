"""Kinds of numbers, as they lie in memory."""

from __future__ import annotations

import math
import struct

from ntpages import arguments

__all__ = ["FORMS", "limits", "number", "pack", "unpack", "width"]

FORMS = {
    "int8": "<b",
    "uint8": "<B",
    "int16": "<h",
    "uint16": "<H",
    "int32": "<i",
    "uint32": "<I",
    "int64": "<q",
    "uint64": "<Q",
    "float32": "<f",
    "float64": "<d",
}
"""How Python's ``struct`` writes each."""

_REAL = ("float32", "float64")


def width(kind: str) -> int:
    """Return the bytes of one."""
    return struct.calcsize(FORMS[kind])


def unpack(kind: str, data: bytes) -> int | float:
    """Return what lies in memory."""
    value: int | float
    (value,) = struct.unpack(FORMS[kind], data)
    return value


def limits(kind: str) -> tuple[float, float]:
    """Return the least and the most that it can be."""
    if kind in _REAL:
        return -math.inf, math.inf
    bits = 8 * width(kind)
    return (0, 2**bits - 1) if kind[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def number(kind: str, name: str, value: object) -> float:
    """Return a number that the kind can be."""
    if kind not in _REAL:
        least, most = map(int, limits(kind))
        return arguments.integer(name, value, least=least, most=most, of=f"in {kind}")  # type: ignore[arg-type]
    real = arguments.real(name, value, of=kind)  # type: ignore[arg-type]
    endless = pack(kind, math.copysign(math.inf, real))
    if math.isfinite(real) and pack(kind, real) == endless:
        msg = f"{name} must be a {kind}, and {value!r} is beyond the last of them"
        raise ValueError(msg)
    return real


def pack(kind: str, value: float) -> bytes:
    """Return how it lies in memory; infinite, where the kind ends before."""
    try:
        return struct.pack(FORMS[kind], value)
    except OverflowError:
        return struct.pack(FORMS[kind], math.copysign(math.inf, value))
