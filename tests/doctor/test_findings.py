"""What stands in the way on a machine, and what to do about it."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from house.layout import NATIVE, PACKAGE, sources
from ntpages import doctor, privileges
from ntpages.doctor import Finding, Health, findings
from ntpages.doctor.findings import NEEDED_FOR

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab


def found(subject: str) -> Finding:
    [finding] = [each for each in doctor.examine() if each.subject == subject]
    return finding


def test_every_privilege_that_ntpages_speaks_of_is_looked_at() -> None:
    said = set()
    for path in [*sources(PACKAGE, "*.py"), *sources(NATIVE, "*.cpp")]:
        said |= set(re.findall(r"\bSe[A-Z]\w+Privilege\b", path.read_text(encoding="utf-8")))
    others = {"SeChangeNotifyPrivilege"}  # everybody holds it; a check gives it once more
    assert said - others == set(NEEDED_FOR)


@pytest.mark.parametrize("name", NEEDED_FOR)
def test_a_privilege_that_is_missing_is_an_obstacle_with_a_way_to_get_it(
    lab: Lab, name: str
) -> None:
    lab.model("privileges").drop(name)
    finding = found(name)
    assert finding.health is Health.OBSTACLE
    assert NEEDED_FOR[name] in finding.said
    assert finding.remedy


def test_a_privilege_that_is_held_is_fine(lab: Lab) -> None:
    lab.model("privileges")
    finding = found("SeDebugPrivilege")
    assert finding.health is Health.FINE
    assert finding.said.startswith(privileges.state("SeDebugPrivilege").value)


def test_the_right_to_lock_memory_is_granted_not_elevated(lab: Lab) -> None:
    lab.model("privileges").drop("SeLockMemoryPrivilege")
    assert "ntpages privileges grant SeLockMemoryPrivilege" in found("SeLockMemoryPrivilege").remedy


@pytest.mark.parametrize("subject", ["large pages", "AWE"])
def test_what_takes_a_privilege_points_to_it(lab: Lab, subject: str) -> None:
    lab.model("awe")
    lab.model("regions")
    lab.model("privileges").drop("SeLockMemoryPrivilege")
    finding = found(subject)
    assert finding.health is Health.OBSTACLE
    assert finding.said == "takes SeLockMemoryPrivilege, which is not held"
    assert finding.remedy == "see SeLockMemoryPrivilege"
    lab.model("privileges").hold("SeLockMemoryPrivilege")
    assert found(subject).health is Health.FINE


def test_a_machine_without_page_files_is_told(lab: Lab) -> None:
    lab.model("system").pagefiles(0)
    assert found("page files").health is Health.NOTE


def test_what_can_not_be_asked_is_an_obstacle_and_the_rest_goes_on(lab: Lab) -> None:
    lab.fail("GetTokenInformation", every=True, code=5)
    health = {finding.subject: finding.health for finding in doctor.examine()}
    assert health["Elevation"] is Health.OBSTACLE
    assert health["NUMA"] is Health.FINE


def test_another_package_of_this_name_on_the_path_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found("package").health is Health.FINE
    (tmp_path / "ntpages").mkdir()
    (tmp_path / "ntpages" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    finding = found("package")
    assert finding.health is Health.NOTE
    assert str(tmp_path) in finding.said


def test_a_start_that_looks_into_the_current_folder_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(findings, "keeps_to_its_path", lambda: False)
    subjects = {each.subject for each in doctor.examine()}
    assert "start" not in subjects  # pytest's, or a program's that asks doctor
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", find_spec("ntpages.__main__"))
    finding = found("start")
    assert finding.health is Health.NOTE
    assert "python -I -m ntpages" in finding.remedy
    monkeypatch.setattr(findings, "keeps_to_its_path", lambda: True)
    assert "start" not in {each.subject for each in doctor.examine()}


def test_a_container_and_smart_app_control_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"ContainerType": 1, "VerifiedAndReputablePolicyState": 1}
    monkeypatch.setattr(findings, "_registry", lambda _, name: values.get(name))
    assert found("container").health is Health.NOTE
    assert "4551" in found("Smart App Control").remedy


def test_an_extra_that_is_missing_comes_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ntpages.extras.missing", lambda extra: extra == "tui")
    assert found("extra tui").remedy == 'pip install "ntpages[tui]"'
    assert found("extra plot").health is Health.FINE
