"""The kernel's pools by tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ntpages import errors, physical, system
from ntpages.physical import PoolTag

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab


@pytest.fixture
def pools(lab: Lab) -> Any:
    return lab.model("pools")


def test_tags_are_told_with_what_is_in_use(pools: Any) -> None:
    assert pools
    first, _, leak = physical.pools()
    assert (first.tag, first.paged, first.paged_allocations) == ("MmSt", 800 << 10, 900)
    assert (leak.tag, leak.nonpaged, leak.nonpaged_allocations) == ("Leak", 70 << 20, 70)


def test_more_tags_than_there_is_room_for_are_asked_for_again(pools: Any) -> None:
    pools.tags(8000)
    found = physical.pools()
    assert len(found) == 8000
    assert {len(tag) for tag in found["tag"]} == {4}


def test_large_allocations_are_told_and_their_addresses_to_debuggers(lab: Lab, pools: Any) -> None:
    pools.hide_addresses()
    token = lab.model("privileges")
    token.drop("SeDebugPrivilege")
    paged, nonpaged = physical.big_allocations()
    assert (paged.address, paged.size, paged.nonpaged) == (0, 64 << 10, False)
    assert (nonpaged.address, nonpaged.nonpaged) == (0, True)
    token.hold("SeDebugPrivilege")
    assert physical.big_allocations()[1].address == 0xFFFFA00000020000


def test_a_list_of_tags_is_read_as_microsoft_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "pooltag.txt"
    file.write_text(
        "//\n// Pool Tag List\n\nrem PoolTag - binary-name - Description\n"
        "8042 - i8042prt.sys - PS/2 kb and mouse\n"
        "  Ob   - nt!ob        - object tables, ones - with dashes\n"
        "Adbe - <unknown>    - Adobe's font driver\nnonsense\n"
    )
    assert physical.pool_tags(str(file)) == {
        "8042": PoolTag("i8042prt.sys", "PS/2 kb and mouse"),
        "Ob  ": PoolTag("nt!ob", "object tables, ones - with dashes"),
        "Adbe": PoolTag("<unknown>", "Adobe's font driver"),
    }


def test_the_list_that_is_installed_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ProgramFiles(x86)", "ProgramFiles", "ProgramW6432"):
        monkeypatch.setenv(name, str(tmp_path))
    assert physical.pool_tags() == {}
    folder = tmp_path / "Windows Kits" / "10" / "Debuggers" / "x64" / "triage"
    folder.mkdir(parents=True)
    (folder / "pooltag.txt").write_text("Leak - leaky.sys - Never frees\n")
    assert physical.pool_tags() == {"Leak": PoolTag("leaky.sys", "Never frees")}
    with pytest.raises(FileNotFoundError):
        physical.pool_tags(str(tmp_path / "absent.txt"))


@pytest.mark.skipif(system.windows().wine is None, reason="Windows tells")
def test_where_the_system_does_not_say_it_is_unavailable() -> None:
    with pytest.raises(errors.UnavailableError):
        physical.pools()
