"""A look at all pages, a list of them, and the names of files, asked by all while they go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import privileges
from ntpages._native import physical as native_physical
from reliability.racing import HELD, Race, race

if TYPE_CHECKING:
    from ntlab import Lab
    from ntpages._native.table import Table


END = 1 << 52  # beyond all physical addresses


def name_a_file(lab: Lab) -> None:
    lab.model("physical").names({0xFFFFC00012345670: "\\Games\\a.pak"}, {1: "\\??\\D:"})


@race("physical.FileNames", "physical", "privileges", prepare=name_a_file)
def file_names() -> Race:
    privileges.enable(*HELD)
    names = native_physical.FileNames()
    census = native_physical.Census(processes=False, files=True)
    return Race(
        (lambda _: names.version, lambda _: census.advance(0), lambda _: census.files(names))
    )


@race("physical.Census", "physical", "privileges")
def census() -> Race:
    privileges.enable(*HELD)
    look = native_physical.Census(processes=True, files=True)

    def ends() -> None:
        while look.advance(10):
            pass
        assert look.done == look.total
        uses = look.uses()
        counted = sum(uses._row(use)[-1] for use in range(len(uses)))
        assert counted == look.total - look.unidentified

    return Race(
        (
            lambda _: look.advance(0),
            lambda _: (look.done, look.unidentified, look.images, look.combined, look.drift),
            lambda _: look.keys_hidden,
            lambda _: [look.uses(), look.priorities(), look.owners(), look.files(None)],
        ),
        ends=ends,
    )


@race("physical.PageListing", "physical", "privileges")
def page_listing() -> Race:
    privileges.enable(*HELD)
    listing = native_physical.PageListing(0, END, [], None)
    taken: list[Table] = []

    def take(_: int) -> None:
        if not listing.advance(0):
            taken.append(listing.finish())

    def ends() -> None:
        while listing.advance(10):
            pass
        if not taken:
            taken.append(listing.finish())
        assert len(taken) == 1

    return Race(
        (lambda _: listing.advance(0), lambda _: (listing.done, listing.total), take),
        ends=ends,
        allowed=(RuntimeError,),  # somebody took the pages
    )
