"""The laboratory's door: count, record, refuse and model what ``ntpages._native`` asks of Windows.

See README.md beside this file.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ARGUMENTS = 11


class Refusal(IntEnum):
    """How a function says no; the numbers are those of failures.hpp."""

    ZERO = 0
    MINUS_ONE = 1
    CODE = 2
    STATUS = 3
    NEVER = 4


@dataclass(frozen=True, slots=True)
class Function:
    """A function that ntpages is linked to, or has looked up by name."""

    name: str
    dll: str
    calls: int
    refused: int
    """Calls that failed because the test wanted it."""
    linked: bool
    present: bool
    """The system under the laboratory has it."""
    known: bool
    """failures.cpp says how it fails."""
    refusal: Refusal
    code: int
    releases: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as it was made."""

    name: str
    arguments: tuple[int, ...]
    """The first 11 as 64-bit integers; those a function does not have are whatever was there."""
    data: bytes
    """The input it was handed, up to 256 bytes, for functions whose row in failures.cpp says so."""
    thread: int
    refused: bool
    held_up: bool
    """Whether all other Python threads waited for it: the interpreter's lock was held."""


class _Function(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("dll", ctypes.c_char_p),
        ("calls", ctypes.c_uint64),
        ("refused", ctypes.c_uint64),
        ("linked", ctypes.c_uint32),
        ("present", ctypes.c_uint32),
        ("known", ctypes.c_uint32),
        ("refusal", ctypes.c_uint32),
        ("code", ctypes.c_uint32),
        ("releases", ctypes.c_uint32),
    )


class _Call(ctypes.Structure):
    _fields_ = (
        ("slot", ctypes.c_uint32),
        ("thread", ctypes.c_uint32),
        ("arguments", ctypes.c_uint64 * ARGUMENTS),
        ("refused", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
        ("data", ctypes.c_uint8 * 256),
        ("held_up", ctypes.c_uint32),
        ("unused", ctypes.c_uint32),
    )


class Footprint(ctypes.Structure):
    """What this process holds of the system's resources; as in footprint.cpp."""

    NAMES = (
        *(
            "handles",
            "allocations",
            "committed",
            "views",
            "spans",
            "heaps",
            "blocks",
            "block_bytes",
        ),
        *("privileges", "working_set_minimum", "working_set_maximum", "working_set_flags"),
    )
    _fields_ = tuple((name, ctypes.c_uint64) for name in NAMES)

    def growth_since(self, before: Footprint) -> dict[str, int]:
        """What has grown, and by how much; of privileges and limits, what has changed."""
        settings = {"privileges", "working_set_minimum", "working_set_maximum", "working_set_flags"}
        pairs = ((name, getattr(self, name) - getattr(before, name)) for name in self.NAMES)
        return {name: more for name, more in pairs if more > 0 or (more and name in settings)}


class Lab:
    """The laboratory, installed once and for all in this process."""

    def __init__(self, dll: str, native: str) -> None:
        """Put the laboratory between the extension module at ``native`` and Windows."""
        self.dll = ctypes.CDLL(dll)
        self.dll.lab_install.argtypes = [ctypes.c_wchar_p]
        self.dll.lab_fail.argtypes = [
            ctypes.c_char_p,
            ctypes.c_uint64,
            ctypes.c_uint64,
            ctypes.c_int,
            ctypes.c_uint64,
            ctypes.c_int,
            ctypes.c_uint32,
        ]
        self.dll.lab_thunk.restype = ctypes.c_void_p
        self.dll.lab_records_lost.restype = ctypes.c_uint64
        self.dll.lab_refused.restype = ctypes.c_uint64
        self._indices: dict[str, int] = {}
        self.dll.lab_record_at.restype = ctypes.POINTER(_Call)
        self.dll.lab_watch_interpreter(ctypes.pythonapi.PyGILState_Check)
        if code := self.dll.lab_install(native):
            raise ctypes.WinError(code)

    def reset(self) -> None:
        """Count from 0, with nothing planned, recorded, hidden or modelled."""
        self.dll.lab_reset()

    def functions(self) -> list[Function]:
        """Every function that ntpages is linked to or has asked for by name until now."""
        return [found for index in self._known().values() if (found := self._function(index))]

    def function(self, name: str) -> Function:
        """The function of that name."""
        index = self._known().get(name)
        if index is not None and (found := self._function(index)):
            return found
        msg = f"ntpages has not asked for {name}"
        raise LookupError(msg)

    def _function(self, index: int) -> Function | None:
        """The function at a place; None if a test spoke of it, and ntpages never did."""
        raw = self._raw(index)
        if not raw.dll:
            return None
        return Function(
            name=raw.name.decode(),
            dll=raw.dll.decode(),
            calls=raw.calls,
            refused=raw.refused,
            linked=bool(raw.linked),
            present=bool(raw.present),
            known=bool(raw.known),
            refusal=Refusal(raw.refusal),
            code=raw.code,
            releases=bool(raw.releases),
        )

    def _raw(self, index: int) -> _Function:
        raw = _Function()
        self.dll.lab_function(index, ctypes.byref(raw))
        return raw

    def _known(self) -> dict[str, int]:
        """The place of every function by its name, in the order of places: none ever moves."""
        for index in range(len(self._indices), self.dll.lab_function_count()):
            self._indices[self._raw(index).name.decode()] = index
        return self._indices

    def address(self, name: str) -> int:
        """Where ntpages's calls of it go, for a test that calls it as ntpages would."""
        found: int | None = self.dll.lab_thunk(name.encode())
        if found is None:
            msg = f"ntpages has not asked for {name}"
            raise LookupError(msg)
        return found

    def look_up(self, dll: str, name: str) -> int | None:
        """Ask for a function as ntpages's run-time look-up does; None if the answer is no."""
        kernel32 = ctypes.CDLL("kernel32")
        kernel32.GetModuleHandleW.restype = ctypes.c_void_p
        module = kernel32.GetModuleHandleW(ctypes.c_wchar_p(dll))
        prototype = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)
        found: int | None = prototype(self.address("GetProcAddress"))(module, name.encode())
        return found

    def reach(self, name: str, dll: str | None = None) -> Callable[..., int]:
        """A function as ntpages reaches it: linked, or looked up in ``dll``.

        What ntpages looks up has to be looked up here too: it may not have been asked for yet.

        It takes integers and ctypes values, and returns 64 bits; the last error is what
        ``ctypes.get_last_error()`` says.
        """
        if not dll and not self.function(name).linked:
            msg = f"{name} is looked up by name: say in which DLL"
            raise LookupError(msg)
        address = self.look_up(dll, name) if dll else self.address(name)
        if address is None:
            msg = f"{dll} has no {name}"
            raise LookupError(msg)
        function = ctypes.CFUNCTYPE(ctypes.c_uint64, use_last_error=True)(address)

        def call(*arguments: Any) -> int:
            ctypes.set_last_error(0)
            result: int = function(
                *(ctypes.c_uint64(each) if isinstance(each, int) else each for each in arguments)
            )
            return result

        return call

    def count(self, name: str) -> int:
        """How often it was called since the test began."""
        return self.counts()[name]

    def counts(self) -> Counter[str]:
        """How often each function was called since the test began; 0 for those that were not."""
        names = self._known()
        calls = (ctypes.c_uint64 * len(names))()
        self.dll.lab_counts(len(names), calls)
        return Counter(dict(zip(names, calls, strict=True)))

    @property
    def refused(self) -> int:
        """How many calls failed because the test wanted it."""
        refused: int = self.dll.lab_refused()
        return refused

    def fail(
        self,
        name: str,
        *,
        nth: int = 1,
        times: int = 1,
        every: bool = False,
        code: int | None = None,
        value: int | None = None,
    ) -> None:
        """Make the ``nth`` call from now fail, ``times`` in a row; with ``every`` all that follow.

        Args:
            name: The function.
            nth: Which call, from 1.
            times: How many, with that one.
            every: Whether those after it fail too.
            code: The last error, the Win32 code or the NTSTATUS, whichever the function has;
                by default the usual one of failures.cpp.
            value: What it returns, for an answer that is no ordinary failure, such as
                ``AdjustTokenPrivileges`` with ``value=1, code=1300``.
        """
        usual = ctypes.c_uint32()
        number = self.dll.lab_refusal(name.encode(), ctypes.byref(usual))
        if number < 0:
            msg = f"failures.cpp does not know {name}"
            raise LookupError(msg)
        refusal = Refusal(number)
        if refusal is Refusal.NEVER and value is None:
            msg = f"{name} can't fail, or must not: see failures.cpp"
            raise ValueError(msg)
        code = usual.value if code is None else code
        by_last_error = refusal in {Refusal.ZERO, Refusal.MINUS_ONE, Refusal.NEVER}
        if value is None:
            value = {Refusal.ZERO: 0, Refusal.MINUS_ONE: -1}.get(refusal, code)
        self.dll.lab_fail(
            name.encode(), nth, times, every, value & 0xFFFFFFFF_FFFFFFFF, by_last_error, code
        )

    def record(self, *names: str) -> None:
        """Record calls from now on: of these functions, or of all."""
        for name in names or (None,):
            if not self.dll.lab_record(name.encode() if name else None, 1):
                msg = f"failures.cpp does not know {name}"
                raise LookupError(msg)

    def calls(self, name: str | None = None) -> list[Call]:
        """What was recorded, oldest first: of one function, or of all."""
        if lost := self.dll.lab_records_lost():
            msg = f"{lost} calls more than there is room to record"
            raise OverflowError(msg)
        names = self._names()
        found = []
        for index in range(self.dll.lab_record_count()):
            raw = self.dll.lab_record_at(index).contents
            if name in {None, names[raw.slot]}:
                found.append(
                    Call(
                        name=names[raw.slot],
                        arguments=tuple(raw.arguments),
                        data=bytes(raw.data[: raw.size]),
                        thread=raw.thread,
                        refused=bool(raw.refused),
                        held_up=bool(raw.held_up),
                    )
                )
        return found

    def _names(self) -> list[str]:
        names = []
        for index in range(self.dll.lab_function_count()):
            raw = _Function()
            self.dll.lab_function(index, ctypes.byref(raw))
            names.append(raw.name.decode())
        return names

    def footprint(self) -> Footprint:
        """What this process holds now."""
        footprint = Footprint()
        self.dll.lab_footprint(ctypes.byref(footprint))
        return footprint

    def token(self) -> tuple[int, ...]:
        """The modelled token: the attributes of each privilege, -1 for one that is not held."""
        return tuple(self.dll.privileges_attributes(number) for number in range(2, 37))

    def hide(self, name: str) -> None:
        """Make the system lack a function that ntpages looks up by name, until the test ends."""
        if not self.dll.lab_hide(name.encode()):
            msg = f"{name} is linked: no Windows that loads ntpages lacks it"
            raise ValueError(msg)

    def grow(self, added: int) -> None:
        """Make every modelled class of system information longer, as on a newer Windows.

        Call it once the models are there. Who asks without the room is told how much there is.
        """
        self.dll.system_information_grow(added)

    def model(self, noun: str) -> Any:
        """Let the model of a noun answer until the test ends; returns its door, if it has one.

        The model starts in the same state every time. Models it needs are started with it.
        """
        if not self.dll.lab_activate(noun.encode()):
            msg = f"there is no model_{noun}.cpp, or the model it needs is missing"
            raise LookupError(msg)
        name = f"{__name__}.model_{noun}"
        if importlib.util.find_spec(name) is None:
            return None
        return importlib.import_module(name).Door(self.dll)
