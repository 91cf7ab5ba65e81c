"""The commands that move pages between the kernel's lists, and cleaning: several in a row."""

from __future__ import annotations

import time
import warnings
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from ntpages import arguments, privileges
from ntpages._native import memory_lists as native
from ntpages.errors import Interrupted, NtError, PrivilegeNotHeldError
from ntpages.memory_lists.cleaning import (
    DEFRAG,
    PROFILE,
    QUOTA,
    CleanReport,
    Step,
    StepResult,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ntpages._native.memory_lists import MemoryLists

__all__ = [
    "capture_accessed",
    "clean",
    "combine_pages",
    "defrag",
    "empty_file_cache",
    "empty_working_sets",
    "flush_modified",
    "flush_volumes",
    "purge_standby",
    "query",
    "reconcile_registry",
]


def query() -> MemoryLists:
    """Return the sizes of the kernel's page lists.

    Where the token lacks the privilege, the system's memory partition tells what anyone may know:
    what is ready, the standby lists and what was repurposed, by priority. The answer is
    ``partial`` then.

    Raises:
        PrivilegeNotHeldError: Windows asks for the privilege, the token lacks it, and the partition
            can't be asked either (before Windows 10 1703).
        UnavailableError: The system has no such lists (Wine).

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call, for all of it.

    Source: ``NtQuerySystemInformation`` class 80 (undocumented), Windows Vista;
    ``NtManagePartition`` class 0 (undocumented), Windows 10 1703.
    """
    with ExitStack() as scope:
        with suppress(PrivilegeNotHeldError):  # older builds answer everybody: let Windows decide
            scope.enter_context(privileges.enabled(PROFILE))
        try:
            return native.query_memory_lists()
        except PrivilegeNotHeldError as refused:
            try:
                return native.query_partial_memory_lists()
            except NtError:
                raise refused from None


def _command(command: native.MemoryListCommand) -> None:
    with privileges.enabled(PROFILE):
        native.command_memory_lists(command)


def empty_working_sets() -> None:
    """Take every page out of every process' and the system's working set.

    Clean pages go to the standby list, changed ones to the modified list.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call.

    Source: ``NtSetSystemInformation`` class 80, command 2 (undocumented), Windows Vista.
    """
    _command(native.MemoryListCommand.EMPTY_WORKING_SETS)


def flush_modified() -> None:
    """Write the modified list out; its pages go to the standby list.

    Raises:
        PrivilegeNotHeldError: This Windows asks for the privilege, and the token lacks it.

    Needs: nothing, it is said: of these commands, the one that everybody may give. Where the token
    holds it, ``SeProfileSingleProcessPrivilege`` is enabled for the call all the same.

    Source: ``NtSetSystemInformation`` class 80, command 3 (undocumented), Windows Vista.
    """
    with privileges.enabled_if_held(PROFILE):
        native.command_memory_lists(native.MemoryListCommand.FLUSH_MODIFIED_LIST)


def purge_standby(*, low_priority_only: bool = False) -> None:
    """Turn standby pages into free pages; what they cached must be read again when needed.

    Args:
        low_priority_only: Purge priority 0 alone, the pages least likely to be missed.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call.

    Source: ``NtSetSystemInformation`` class 80, commands 4 and 5 (undocumented), Windows Vista.
    """
    command = native.MemoryListCommand
    _command(
        command.PURGE_LOW_PRIORITY_STANDBY_LIST
        if arguments.boolean("low_priority_only", low_priority_only)
        else command.PURGE_STANDBY_LIST
    )


def capture_accessed(*, reset: bool = False) -> None:
    """Have the kernel record which pages were used lately (the accessed bits).

    Args:
        reset: Clear the bits too, so that the next capture tells only what is used from now on.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call.

    Source: ``NtSetSystemInformation`` class 80, commands 0 and 1 (undocumented), Windows Vista.
    """
    command = native.MemoryListCommand
    _command(
        command.CAPTURE_AND_RESET_ACCESSED_BITS
        if arguments.boolean("reset", reset)
        else command.CAPTURE_ACCESSED_BITS
    )


def empty_file_cache() -> None:
    """Take the file cache out of the system working set; its pages go to standby or modified.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.

    Needs: ``SeIncreaseQuotaPrivilege``, enabled for the call.

    Source: ``NtSetSystemInformation`` class 81 (undocumented), Windows Vista.
    """
    with privileges.enabled(QUOTA):
        native.empty_file_cache()


def combine_pages() -> int:
    """Find pages of equal content in all processes and keep one copy of each.

    Returns:
        Pages combined.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.
        UnavailableError: Windows 7 and older, or combining is switched off.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call.

    Source: ``NtSetSystemInformation`` class 130 (undocumented), Windows 8.
    """
    with privileges.enabled(PROFILE):
        return native.combine_pages()


def reconcile_registry() -> None:
    """Write changed registry hives out and let their pages go.

    Raises:
        AccessDeniedError: The process is not elevated.
        NtError: Windows refused for another reason.

    Needs: an elevated administrator.

    Source: ``NtSetSystemInformation`` class 155 (undocumented), Windows 8.1.
    """
    native.reconcile_registry()


def flush_volumes() -> list[str]:
    r"""Write every fixed and removable volume's cached file data to disk.

    Every volume is tried before a refusal is raised. Those with nothing to write are left out:
    without a medium, write-protected, locked by BitLocker, or in a format that is not Windows' own.

    Returns:
        The volumes flushed, as ``"\\?\Volume{...}\"``.

    Raises:
        AccessDeniedError: The process is not elevated.

    Needs: an elevated administrator.

    Source: ``FlushFileBuffers`` on the volume (fileapi.h), Windows XP.
    """
    return native.flush_volumes()


_ACTIONS: dict[Step, Callable[[], object]] = {
    Step.COMBINE_PAGES: combine_pages,
    Step.RECONCILE_REGISTRY: reconcile_registry,
    Step.EMPTY_WORKING_SETS: empty_working_sets,
    Step.EMPTY_FILE_CACHE: empty_file_cache,
    Step.FLUSH_VOLUMES: flush_volumes,
    Step.FLUSH_MODIFIED: flush_modified,
    Step.PURGE_LOW_PRIORITY_STANDBY: lambda: purge_standby(low_priority_only=True),
    Step.PURGE_STANDBY: purge_standby,
}


def _look() -> MemoryLists | None:
    """Return the lists, ``None`` where they can't be read: that must not cost what was done."""
    lists = None
    try:
        with privileges.enabled_if_held(PROFILE):
            lists = native.query_memory_lists()
    except (NtError, MemoryError) as refused:
        if lists is not None and isinstance(refused, NtError):
            _tell_what_stays(refused)
    return lists


@contextmanager
def _privilege_kept() -> Iterator[None]:
    """Enable what looks and most steps need once for all of them, instead of once for each.

    Who can't have it does without, and each step says what it lacks. What was done is told also
    where Windows refuses to disable it again.
    """
    scopes = ExitStack()
    try:
        with suppress(NtError):
            scopes.enter_context(privileges.enabled(PROFILE))
        yield
    finally:
        try:
            scopes.close()
        except NtError as refused:
            _tell_what_stays(refused)


def _tell_what_stays(refused: NtError) -> None:
    still_on = f"{PROFILE} stays enabled: {refused.call} failed with error {refused.code}"
    warnings.warn(still_on, RuntimeWarning, stacklevel=5)


def _run(step: Step, before: MemoryLists | None) -> StepResult:
    if before is None:
        before = _look()
    error: NtError | None = None
    answer: object = None
    start = time.perf_counter()
    try:
        answer = _ACTIONS[step]()
    except NtError as refused:
        error = refused
    seconds = time.perf_counter() - start
    return StepResult(
        step=step,
        seconds=seconds,
        ok=error is None,
        error=error,
        before=before,
        after=_look(),
        pages_combined=answer if isinstance(answer, int) else None,
    )


def _step(name: str, value: Step) -> Step:
    if not isinstance(value, Step):
        msg = f"{name} must be a member of ntpages.memory_lists.Step, not {value!r}"
        raise ValueError(msg)
    return value


def clean(
    steps: Iterable[Step],
    *,
    keep_going: bool = False,
    on_step: Callable[[Step | StepResult], None] | None = None,
) -> CleanReport:
    """Run cleaning steps, in the order of ``Step`` whatever order they come in.

    A refusal does not raise: it is in the report (``report.raise_if_refused()`` raises it).

    Args:
        steps: What to run; each runs once.
        keep_going: Go on after a refusal instead of skipping the rest.
        on_step: Called with each ``Step`` before it runs and its ``StepResult`` after.

    Returns:
        What each step did, and the lists before and after.

    Raises:
        ValueError: No step, or something that is no ``Step``.
        Interrupted: Ctrl-C came meanwhile; it has the report of what was done.

    Needs: what each step needs; see ``Step.privilege``.

    Source: ``NtSetSystemInformation`` (undocumented), Windows Vista; ``FlushFileBuffers``
    (fileapi.h), Windows XP. See the function of each step.
    """
    wanted = arguments.each("steps", steps, _step)
    keep_going = arguments.boolean("keep_going", keep_going)
    if on_step is not None:
        arguments.function("on_step", on_step)
    if not wanted:
        msg = "steps must name at least one step"
        raise ValueError(msg)
    ordered = [step for step in Step if step in wanted]
    results: list[StepResult] = []
    lists: MemoryLists | None = None  # after one step they are what they are before the next
    try:
        with _privilege_kept():
            for step in ordered:
                if on_step:
                    on_step(step)
                result = _run(step, lists)
                lists = result.after
                results.append(result)
                if on_step:
                    on_step(result)
                if not result.ok and not keep_going:
                    break
    except KeyboardInterrupt:
        raise Interrupted(_report(ordered, results)) from None
    return _report(ordered, results)


def _report(ordered: Sequence[Step], results: Sequence[StepResult]) -> CleanReport:
    return CleanReport(
        before=results[0].before if results else None,
        after=results[-1].after if results else None,
        steps=tuple(results),
        skipped=tuple(ordered[len(results) :]),
    )


def defrag(*, on_step: Callable[[Step | StepResult], None] | None = None) -> CleanReport:
    """Turn all idle memory into free pages: run ``DEFRAG``, stop at the first refusal.

    Args:
        on_step: As for ``clean()``.

    Returns:
        What each step did, and the lists before and after.

    Needs: ``SeProfileSingleProcessPrivilege``; administrators hold it.

    Source: ``NtSetSystemInformation`` class 80, commands 2, 3 and 4 (undocumented),
    Windows Vista.
    """
    return clean(DEFRAG, on_step=on_step)
