"""Doctor: what works on this machine, and whether Windows does what ntpages counts on.

``examine()`` is for users: what stands in the way, and what to do about it. ``verify()`` is for
whoever writes ntpages: most of what it does was tried on Wine and against models of the kernel, and
each check asks a real Windows for something that they can't prove.
"""

from __future__ import annotations

from ntpages.doctor.checks import Check
from ntpages.doctor.findings import Finding, Health, examine
from ntpages.doctor.verification import Checked, Verdict, Verification, verify

__all__ = ["Check", "Checked", "Finding", "Health", "Verdict", "Verification", "examine", "verify"]

__dir__ = __all__.copy
