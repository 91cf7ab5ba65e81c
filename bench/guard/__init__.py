"""Benchmarks of guards."""

from __future__ import annotations
