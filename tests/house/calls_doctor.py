"""One harmless call of everything public of the doctor."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ntpages import doctor

if TYPE_CHECKING:
    from house.calls import Calls

verified = cache(doctor.verify)  # it takes seconds, and what it found is a value

OBJECTS: Calls = {
    "doctor.Verification": lambda _: verified(),
}

CALLS: Calls = {
    "doctor.examine": lambda _: doctor.examine(),
    "doctor.verify": lambda _: doctor.verify(),
}
