"""Benchmarks of write watch."""

from __future__ import annotations
