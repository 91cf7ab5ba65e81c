"""One colour for each use of memory and each list, in terminals and in pictures.

A terminal's sixteen colours follow its theme. Nothing is told by colour alone: words and hatchings
say the same.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Color:
    """How something looks."""

    terminal: str
    paper: str


_GREY = Color("bright_black", "#777777")
_LISTS = {
    "in use": Color("blue", "#2f6db5"),
    "modified": Color("magenta", "#7b3f9e"),
    "standby": Color("cyan", "#2a9d8f"),
    "free": Color("green", "#3c8d40"),
    "not usable": _GREY,
    "not told": Color("yellow", "#d9a300"),
}
_CALLED = {"zero": "free", "bad": "not usable"}
LISTS = (*_LISTS,)
"""Where a page can be, in the order in which memory is told of."""

_USES = {
    "free": _GREY,
    "unusable": _GREY,
    "guard": _GREY,
    "private": Color("yellow", "#d9a300"),
    "image": Color("magenta", "#7b3f9e"),
    "mapped": Color("cyan", "#2a9d8f"),
    "mapped file": Color("blue", "#2f6db5"),
    **dict.fromkeys(("heap", "heap segment", "heap block"), Color("red", "#c0392b")),
    "stack": Color("green", "#3c8d40"),
}
_OF_WINDOWS = Color("bright_cyan", "#5dc1d6")

GAINED = "green"
REFUSED = "red"


def is_list(name: str) -> bool:
    """Return whether something is called as a list of pages is, or as a part of memory."""
    return name in _CALLED or any(name.startswith(each) for each in _LISTS)


def of_list(name: str) -> Color:
    """Return the colour of a list, by the name of all lists of its kind or by its own."""
    return _LISTS[kind_of_list(name)]


def kind_of_list(name: str) -> str:
    """Return which of ``LISTS`` a list belongs to."""
    return _CALLED.get(name) or next((each for each in LISTS if name.startswith(each)), "not told")


def is_use(name: str) -> bool:
    """Return whether a use of addresses that has a colour of its own is called so."""
    return name in _USES


def of_use(use: str) -> Color:
    """Return the colour of a use; what Windows itself needs an address space for has one."""
    return _USES.get(use.removeprefix("32-bit "), _OF_WINDOWS)


def is_dark(paper: str) -> bool:
    """Return whether text on a colour, given as ``#rrggbb``, has to be white."""
    red, green, blue = (int(paper[at : at + 2], 16) for at in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140
