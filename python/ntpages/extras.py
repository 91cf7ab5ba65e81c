"""Extras: packages that only some things need, and the line that installs them."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["NAMES", "install_line", "missing"]

_NEEDS = {
    "bench": "pytest_benchmark",
    "frames": "pandas",
    "image": "pefile",
    "metrics": "prometheus_client",
    "otel": "opentelemetry.exporter.otlp.proto.http",
    "plot": "matplotlib",
    "tui": "textual",
}
"""What tells whether an extra is there."""

NAMES = tuple(_NEEDS)
"""Every extra."""


def install_line(extra: str) -> str:
    """Return what to type, for a shell that gives brackets a meaning too."""
    return f'pip install "ntpages[{extra}]"'


def missing(extra: str) -> bool:
    """Return whether an extra is not installed."""
    try:
        return find_spec(_NEEDS[extra]) is None
    except ModuleNotFoundError:  # not even what it is in is there
        return True
