"""One section, views of it, and a ring whose ends have a lock each."""

from __future__ import annotations

import threading

from ntpages._native import sections as native_sections
from ntpages.errors import NtError
from ntpages.regions import Protection
from ntpages.sections import Ring, Section
from reliability.racing import Race, race
from reliability.recipes import PAGE, closed

GRAIN = 65536
WORD = 8


@race("sections.Section", "sections")
def section() -> Race:
    made = Section(16 * PAGE)

    def show(number: int) -> None:
        with made.view() as shown:
            own_page = shown.view(number * PAGE, PAGE)
            own_page[:] = bytes([number + 1]) * PAGE
            with made.view() as again:
                assert bytes(again.view(number * PAGE, PAGE)) == bytes(own_page)
            own_page.release()

    return Race(
        (show, lambda _: (made.size, made.attributes), lambda _: made.security),
        close=lambda _: made.close(),
        ends=closed(made),
    )


@race("sections.View", "sections")
def view() -> Race:
    with Section(16 * PAGE, reserve=True) as made:
        seen = made.view()
    seen.commit(0, 8 * PAGE)
    last = 15 * PAGE

    def own_page(number: int) -> None:
        with seen.view(number * PAGE, PAGE) as page:
            page[:] = bytes([number + 1]) * PAGE
            assert bytes(page) == bytes([number + 1]) * PAGE

    return Race(
        (
            own_page,
            lambda _: seen.commit(last, PAGE),
            lambda _: seen.protect(Protection.READONLY, offset=last, size=PAGE),
            lambda _: seen.protect(Protection.READWRITE, offset=last, size=PAGE),
            lambda _: (seen.spans(), seen.committed, repr(seen)),
            lambda number: seen.flush(number * PAGE, 1),
        ),
        close=lambda _: seen.close(),
        ends=closed(seen),
        allowed=(NtError,),  # the last page is not committed yet
    )


@race("sections.ViewPart", "sections")
def view_part() -> Race:
    with Section(PAGE) as made:
        seen = made.view()
    part = native_sections.ViewPart(seen, 64, 8)

    def use(number: int) -> None:
        with memoryview(part) as lent:
            lent[number] = number
            assert lent[number] == number

    return Race((use,), close=lambda _: seen.close(), ends=closed(seen))


@race("sections.Ring", "sections")
def ring() -> Race:
    words = Ring(GRAIN)
    pushing, pulling = threading.Lock(), threading.Lock()
    pushed: list[bytes] = []
    pulled: list[bytes] = []

    def push(number: int) -> None:
        with pushing:
            word = len(pushed).to_bytes(WORD - 1, "little") + bytes([number])
            if words.push(word):
                pushed.append(word)

    def pull(_: int) -> None:
        with pulling:
            word = words.pull(WORD)
            if word:
                pulled.append(word)

    def pull_into(_: int) -> None:
        word = bytearray(WORD)
        with pulling:
            pulled.append(bytes(word[: words.pull_into(word)]))

    def ends() -> None:
        if not words.closed:
            pulled.append(words.pull())
            assert b"".join(pulled) == b"".join(pushed)
        assert b"".join(pushed).startswith(b"".join(pulled))
        closed(words)()

    return Race(
        (push, pull, pull_into, lambda _: words.filled <= words.size, lambda _: repr(words)),
        close=lambda _: words.close(),
        ends=ends,
    )


@race("sections.RingPart", "sections")
def ring_part() -> Race:
    words = Ring(GRAIN)
    words.push(bytes(WORD))
    room = native_sections.RingPart(words, WORD, room=True)
    filled = native_sections.RingPart(words, WORD, room=False)

    def write(number: int) -> None:
        with memoryview(room) as lent:
            lent[number] = number
            assert lent[number] == number

    def read(_: int) -> None:
        with memoryview(filled) as lent:
            assert bytes(lent) == bytes(WORD)

    return Race((write, read), close=lambda _: words.close(), ends=closed(words))
