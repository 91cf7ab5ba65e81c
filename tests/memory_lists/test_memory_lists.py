"""Memory lists: the bytes each command sends, what is recorded, and every refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages import errors, memory_lists, system
from ntpages.memory_lists import Step

if TYPE_CHECKING:
    from ntlab import Lab
    from ntpages.memory_lists import CleanReport, StepResult

PROFILE = "SeProfileSingleProcessPrivilege"
QUOTA = "SeIncreaseQuotaPrivilege"


def test_clean_refuses_what_is_no_step() -> None:
    with pytest.raises(ValueError, match="'purge'"):
        memory_lists.clean(["purge"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="at least one"):
        memory_lists.clean([])


def test_lists_add_up() -> None:
    lists = memory_lists.MemoryLists(
        zero=1, free=2, modified=4, modified_no_write=8, modified_page_file=3, bad=0,
        standby=(1, 1, 1, 1, 1, 1, 1, 1), repurposed=(0,) * 8,
    )  # fmt: skip
    assert lists.standby_total == 8
    assert lists.ready == 3


ORDER = (
    *(Step.COMBINE_PAGES, Step.RECONCILE_REGISTRY, Step.EMPTY_WORKING_SETS, Step.EMPTY_FILE_CACHE),
    *(Step.FLUSH_VOLUMES, Step.FLUSH_MODIFIED),
    *(Step.PURGE_LOW_PRIORITY_STANDBY, Step.PURGE_STANDBY),
)
PRIVILEGES = {
    Step.COMBINE_PAGES: PROFILE,
    Step.RECONCILE_REGISTRY: None,  # an administrator's token is what Windows wants
    Step.EMPTY_WORKING_SETS: PROFILE,
    Step.EMPTY_FILE_CACHE: QUOTA,
    Step.FLUSH_VOLUMES: None,
    Step.FLUSH_MODIFIED: None,  # nothing: it is the one command that everybody may give
    Step.PURGE_LOW_PRIORITY_STANDBY: PROFILE,
    Step.PURGE_STANDBY: PROFILE,
}


def test_steps_are_in_the_order_in_which_they_help_each_other() -> None:
    assert tuple(Step) == ORDER
    assert (
        *(Step.EMPTY_WORKING_SETS, Step.FLUSH_MODIFIED, Step.PURGE_STANDBY),
    ) == memory_lists.DEFRAG


@pytest.mark.parametrize("step", Step, ids=lambda step: step.value)
def test_a_step_says_which_privilege_it_takes(step: Step) -> None:
    assert step.privilege == PRIVILEGES[step]


def test_two_steps_take_an_administrator() -> None:
    assert [step for step in Step if step.elevated] == [
        Step.RECONCILE_REGISTRY,
        Step.FLUSH_VOLUMES,
    ]


@pytest.mark.skipif(system.windows().wine is None, reason="Windows has the lists")
def test_where_lists_can_not_be_read_the_report_claims_nothing() -> None:
    with pytest.raises(errors.UnavailableError) as refused:
        memory_lists.query()
    assert refused.value.status == 0xC0000003
    report = memory_lists.defrag()
    assert report.ok
    assert not report.verified
    assert report.before is None
    assert report.after is None


# ---- Against a modelled kernel -------------------------------------------------------------------


class Machine:
    """The modelled page lists and token, and what was sent to the kernel."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.lists = lab.model("memory_lists")
        self.token = lab.model("privileges")
        lab.record("NtSetSystemInformation")

    @property
    def sent(self) -> list[tuple[int, bytes]]:
        """Class and exact bytes of every NtSetSystemInformation, in order."""
        calls = self.lab.calls("NtSetSystemInformation")
        for call in calls:
            assert call.arguments[2] & 0xFFFFFFFF == len(call.data)
        return [(call.arguments[0] & 0xFFFFFFFF, call.data) for call in calls]


@pytest.fixture
def machine(lab: Lab) -> Machine:
    """A machine whose administrator holds everything but SeLockMemory, disabled."""
    return Machine(lab)


def command(number: int) -> bytes:
    return number.to_bytes(4, "little")


def test_query_reads_every_list_in_bytes(machine: Machine) -> None:
    page = system.page_size()
    lists = memory_lists.query()
    pages = machine.lists.pages
    for name in ("zero", "free", "modified", "modified_no_write", "modified_page_file", "bad"):
        assert getattr(lists, name) == getattr(pages, name) * page
    assert lists.standby == tuple(count * page for count in pages.standby)
    assert lists.repurposed == tuple(count * page for count in pages.repurposed)


def test_query_enables_its_privilege_and_gives_it_back(machine: Machine) -> None:
    assert machine.token.state(PROFILE) is False
    memory_lists.query()
    assert machine.token.state(PROFILE) is False


def test_a_kernel_before_windows_8_leaves_the_page_file_part_at_zero(machine: Machine) -> None:
    machine.lists.before_windows_8()
    lists = memory_lists.query()
    assert lists.modified_page_file == 0
    assert lists.zero == machine.lists.pages.zero * system.page_size()


def test_a_kernel_that_knows_more_lists_is_asked_with_the_room_that_it_wants(
    machine: Machine,
) -> None:
    today = memory_lists.query()
    machine.lab.grow(24)
    assert memory_lists.query() == today


def test_an_answer_without_lists_is_none(machine: Machine) -> None:
    machine.lab.fail("NtQuerySystemInformation", value=0, code=0)
    with pytest.raises(errors.NtError) as refused:
        memory_lists.query()
    assert refused.value.status == 0xC0000004


SENT = {
    Step.COMBINE_PAGES: (130, bytes(24)),
    Step.RECONCILE_REGISTRY: (155, b""),
    Step.EMPTY_WORKING_SETS: (80, command(2)),
    Step.EMPTY_FILE_CACHE: (81, bytes(24) + b"\xff" * 16 + bytes(24)),
    Step.FLUSH_MODIFIED: (80, command(3)),
    Step.PURGE_LOW_PRIORITY_STANDBY: (80, command(5)),
    Step.PURGE_STANDBY: (80, command(4)),
}


@pytest.mark.parametrize("step", Step, ids=lambda step: step.value)
def test_a_step_is_refused_for_want_of_the_privilege_that_it_names_and_no_other(
    machine: Machine, step: Step
) -> None:
    machine.lab.model("volumes")
    machine.token.drop(*({PROFILE, QUOTA} - {step.privilege}))
    assert memory_lists.clean([step]).ok
    if not step.privilege:
        return
    machine.token.hold(PROFILE)
    machine.token.hold(QUOTA)
    machine.token.drop(step.privilege)
    [refused] = memory_lists.clean([step]).steps
    assert isinstance(refused.error, errors.PrivilegeNotHeldError)
    assert refused.error.privilege == step.privilege


@pytest.mark.parametrize("step", SENT, ids=lambda step: step.value)
def test_each_step_sends_exactly_these_bytes(machine: Machine, step: Step) -> None:
    report = memory_lists.clean([step])
    report.raise_if_refused()
    assert machine.sent == [SENT[step]]
    assert report.ok
    assert report.verified


@pytest.mark.parametrize(("reset", "number"), [(False, 0), (True, 1)])
def test_capturing_accessed_bits_sends_command_0_or_1(
    machine: Machine, *, reset: bool, number: int
) -> None:
    memory_lists.capture_accessed(reset=reset)
    assert machine.sent == [(80, command(number))]
    assert machine.lists.captures[number] == 1


def test_accessed_bits_are_left_as_they_are_unless_told_otherwise(machine: Machine) -> None:
    memory_lists.capture_accessed()
    memory_lists.purge_standby()
    assert machine.sent == [(80, command(0)), (80, command(4))]


def test_defrag_empties_flushes_and_purges_in_this_order(machine: Machine) -> None:
    report = memory_lists.defrag()
    assert machine.sent == [(80, command(2)), (80, command(3)), (80, command(4))]
    assert report.ok
    assert [result.step for result in report.steps] == list(memory_lists.DEFRAG)
    assert report.before
    assert report.after
    assert 0 < report.after.standby_total < report.before.standby_total // 100
    assert report.after.modified
    assert report.before.modified
    assert report.after.modified < report.before.modified // 100
    assert report.after.ready > report.before.ready


def test_each_step_records_the_lists_around_it(machine: Machine) -> None:
    report = memory_lists.defrag()
    for earlier, later in zip(report.steps, report.steps[1:], strict=False):
        assert earlier.after == later.before
    trim = report.steps[0]
    assert trim.before
    assert trim.after
    assert trim.after.standby_total > trim.before.standby_total
    assert all(result.seconds >= 0 for result in report.steps)
    assert machine.lists.pages.working_sets == 0


def test_everything_runs_in_the_order_in_which_steps_help_each_other(machine: Machine) -> None:
    machine.lab.model("volumes")
    report = memory_lists.clean(reversed(Step))
    assert report.ok
    assert [result.step for result in report.steps] == list(Step)
    purges = [sent for sent in machine.sent if sent in ((80, command(4)), (80, command(5)))]
    assert purges == [(80, command(5)), (80, command(4))]


def test_combined_pages_are_counted(machine: Machine) -> None:
    duplicates = machine.lists.pages.duplicates
    assert memory_lists.combine_pages() == duplicates > 0
    assert memory_lists.clean([Step.COMBINE_PAGES]).steps[0].pages_combined == 0


def test_flush_volumes_flushes_each_writable_volume_once(machine: Machine) -> None:
    volumes = machine.lab.model("volumes")
    flushed = memory_lists.flush_volumes()
    assert len(flushed) == 2
    assert all(name.startswith("\\\\?\\Volume{") for name in flushed)
    assert volumes.flushes == (1, 1, 0)
    assert volumes.searching == 0


def test_a_volume_that_refuses_does_not_keep_the_others_from_being_flushed(
    machine: Machine,
) -> None:
    volumes = machine.lab.model("volumes")
    machine.lab.fail("FlushFileBuffers", nth=1, code=1117)
    with pytest.raises(errors.NtError) as refused:
        memory_lists.flush_volumes()
    assert refused.value.call == "FlushFileBuffers"
    assert refused.value.code == 1117
    assert "Volume{" in str(refused.value)
    assert volumes.flushes[1] == 1


NOTHING_TO_FLUSH = {
    "ERROR_INVALID_FUNCTION": 1,
    "ERROR_WRITE_PROTECT": 19,
    "ERROR_NOT_READY": 21,
    "ERROR_UNRECOGNIZED_VOLUME": 1005,
    "ERROR_NO_MEDIA_IN_DRIVE": 1112,
    "FVE_E_LOCKED_VOLUME": 0x80310000,
}


@pytest.mark.parametrize("call", ["CreateFileW", "FlushFileBuffers"])
@pytest.mark.parametrize("code", NOTHING_TO_FLUSH.values(), ids=NOTHING_TO_FLUSH)
def test_a_volume_without_cached_data_is_passed_over(
    machine: Machine, call: str, code: int
) -> None:
    volumes = machine.lab.model("volumes")
    machine.lab.fail(call, nth=1, code=code)
    assert len(memory_lists.flush_volumes()) == 1
    assert volumes.flushes == (0, 1, 0)


def test_disks_and_sticks_are_flushed_and_drives_of_other_kinds_are_not(machine: Machine) -> None:
    machine.lab.model("volumes")
    memory_lists.flush_volumes()
    assert machine.lab.count("CreateFileW") == 4  # of five volumes: one is a CD


def test_the_first_of_several_refusals_is_told(machine: Machine) -> None:
    machine.lab.model("volumes")
    machine.lab.fail("FlushFileBuffers", nth=1, code=1117)
    machine.lab.fail("CreateFileW", nth=2, code=5)
    with pytest.raises(errors.NtError, match="000000000001}") as refused:
        memory_lists.flush_volumes()
    assert (refused.value.call, refused.value.code) == ("FlushFileBuffers", 1117)


@pytest.mark.parametrize("step", SENT, ids=lambda step: step.value)
def test_a_privilege_lost_in_between_is_named_as_well(machine: Machine, step: Step) -> None:
    machine.lab.fail("NtSetSystemInformation", code=0xC0000061)
    [refused] = memory_lists.clean([step]).steps
    assert isinstance(refused.error, errors.PrivilegeNotHeldError)
    named = PROFILE if step is Step.FLUSH_MODIFIED else step.privilege or ""
    assert refused.error.privilege == named


def test_flushing_enables_the_privilege_if_it_is_held_and_goes_without_it(
    machine: Machine,
) -> None:
    memory_lists.flush_modified()
    machine.token.standard_user()
    memory_lists.flush_modified()
    assert machine.sent == [(80, command(3))] * 2
    switched = machine.lab.count("AdjustTokenPrivileges")
    assert switched == 3  # on, off; and refused


def test_a_standard_user_is_refused_by_name_and_nothing_is_sent(machine: Machine) -> None:
    machine.token.standard_user()
    report = memory_lists.defrag()
    assert not report.ok
    assert machine.sent == []
    assert report.skipped == memory_lists.DEFRAG[1:]
    error = report.steps[0].error
    assert isinstance(error, errors.PrivilegeNotHeldError)
    assert error.privilege == PROFILE
    assert memory_lists.clean([Step.FLUSH_MODIFIED]).ok
    with pytest.raises(errors.PrivilegeNotHeldError, match=PROFILE):
        report.raise_if_refused()
    with pytest.raises(errors.PrivilegeNotHeldError, match=PROFILE):
        memory_lists.query()


def test_a_refusal_stops_the_rest_and_keeps_its_status(machine: Machine) -> None:
    machine.lab.fail("NtSetSystemInformation", nth=2, code=0xC000009A)
    report = memory_lists.defrag()
    assert [result.ok for result in report.steps] == [True, False]
    assert report.skipped == (Step.PURGE_STANDBY,)
    error = report.steps[1].error
    assert error is not None
    assert error.call == "NtSetSystemInformation"
    assert error.status == 0xC000009A
    assert not isinstance(error, errors.PrivilegeNotHeldError)
    assert machine.token.state(PROFILE) is False


def test_keep_going_tries_what_comes_after_a_refusal(machine: Machine) -> None:
    machine.token.drop(QUOTA)
    report = memory_lists.clean(
        [Step.EMPTY_FILE_CACHE, Step.PURGE_STANDBY, Step.EMPTY_WORKING_SETS], keep_going=True
    )
    assert [(result.step, result.ok) for result in report.steps] == [
        (Step.EMPTY_WORKING_SETS, True),
        (Step.EMPTY_FILE_CACHE, False),
        (Step.PURGE_STANDBY, True),
    ]
    assert not report.ok
    assert report.skipped == ()


def test_on_step_hears_every_beginning_and_end(machine: Machine) -> None:
    heard: list[Step | StepResult] = []
    report = memory_lists.defrag(on_step=heard.append)
    assert machine.sent
    assert heard[0::2] == list(memory_lists.DEFRAG)
    assert heard[1::2] == list(report.steps)


def test_a_privilege_is_given_back_when_the_callback_raises(machine: Machine) -> None:
    def stop(_: Step | StepResult) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        memory_lists.defrag(on_step=stop)
    assert machine.token.state(PROFILE) is False


def test_a_report_without_lists_is_not_verified(machine: Machine) -> None:
    machine.lab.fail("NtQuerySystemInformation", every=True, code=0xC0000003)
    report: CleanReport = memory_lists.defrag()
    assert report.ok
    assert not report.verified


def test_one_look_is_what_a_step_left_and_what_the_next_found(machine: Machine) -> None:
    report = memory_lists.defrag()
    first, second, third = report.steps
    assert first.after is second.before
    assert second.after is third.before
    assert machine.lab.count("NtQuerySystemInformation") == 4
    assert machine.lab.count("AdjustTokenPrivileges") == 2  # on, and off


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("code", [0xC0000022, 0xC000009A, 0xC0000017, 0x80000001, 0xC0000061])
def test_a_look_that_fails_costs_nothing_of_what_was_done(
    machine: Machine, code: int, times: int
) -> None:
    machine.lab.fail("NtQuerySystemInformation", nth=2, times=times, code=code)
    report = memory_lists.defrag()
    assert machine.lab.refused == times
    assert report.ok
    assert [result.step for result in report.steps] == list(memory_lists.DEFRAG)
    assert [result.after is None for result in report.steps] == [True, False, False]
    # What nobody saw is looked at once more before the next step.
    assert [result.before is None for result in report.steps] == [False, times == 2, False]
    assert report.verified  # by the looks of the first step and the last


@pytest.mark.parametrize("name", ["OpenProcessToken", "LookupPrivilegeValueW"])
def test_a_look_that_can_not_get_its_privilege_costs_nothing(machine: Machine, name: str) -> None:
    machine.lab.fail(name, code=0xC000009A)
    machine.lab.model("volumes")
    report = memory_lists.clean([Step.RECONCILE_REGISTRY, Step.FLUSH_VOLUMES])
    assert machine.lab.refused == 1
    assert report.ok


def test_a_look_that_can_not_give_its_privilege_back_is_a_look_and_a_warning(
    machine: Machine,
) -> None:
    machine.lab.fail("AdjustTokenPrivileges", nth=2, code=5)
    with pytest.warns(RuntimeWarning, match=f"{PROFILE} stays enabled: .* failed with error 5"):
        report = memory_lists.clean([Step.RECONCILE_REGISTRY])
    assert report.ok
    assert report.verified


@pytest.mark.parametrize("code", [0x80000001, 0x80310001, 0xC0000022, 0xC000009A, 0xC0000017])
def test_a_refusal_with_any_code_is_in_the_report_and_the_next_step_is_tried(
    machine: Machine, code: int
) -> None:
    machine.lab.model("volumes")
    machine.lab.fail("FlushFileBuffers", every=True, code=code)
    report = memory_lists.clean([Step.FLUSH_VOLUMES, Step.PURGE_STANDBY], keep_going=True)
    flushed, purged = report.steps
    assert flushed.error is not None
    assert (flushed.error.call, flushed.error.code) == ("FlushFileBuffers", code)
    assert purged.ok


def test_a_report_is_verified_by_the_lists_before_and_after() -> None:
    lists = memory_lists.MemoryLists(0, 0, 0, 0, 0, 0, (0,) * 8, (0,) * 8)
    for before, after in ((lists, None), (None, lists)):
        assert not memory_lists.CleanReport(before, after, ()).verified
    assert memory_lists.CleanReport(lists, lists, ()).verified
