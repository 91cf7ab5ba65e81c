// working_sets/trimming: emptying a working set, or a part of it.
#include "native/working_sets/trimming.hpp"

#include <psapi.h>

#include <algorithm>
#include <span>

#include "native/processes/listing.hpp"
#include "native/processes/process.hpp"
#include "native/ranges.hpp"
#include "native/working_sets/nt.hpp"
#include "native/working_sets/pages.hpp"

namespace ntpages {
namespace {

// Unlocking what is not locked takes it out of the working set, and is refused with this code.
void unlock(const Handle& process, DWORD pid, std::uint64_t address, std::uint64_t size) {
    const auto own = pid == GetCurrentProcessId();
    auto* const start = reinterpret_cast<void*>(address);
    const auto unlocked =
        own ? VirtualUnlock(start, size) : nt::virtual_unlock_ex(process.get(), start, size);
    if (unlocked) return;  // somebody locked all of it since it was looked at
    const auto code = GetLastError();
    if (code != ERROR_NOT_LOCKED) refuse(pid, own ? "VirtualUnlock" : "VirtualUnlockEx", code);
}

}  // namespace

void empty_working_set(DWORD pid, std::optional<double> since) {
    const auto process = open_process(pid, PROCESS_SET_QUOTA | PROCESS_QUERY_LIMITED_INFORMATION);
    if (since && started(creation_of(process.get())) != *since) {
        throw NoSuchProcess("OpenProcess", pid, ERROR_SUCCESS);
    }
    if (!EmptyWorkingSet(process.get())) refuse(pid, "EmptyWorkingSet");
}

void empty_working_set_by_limits(DWORD pid) {
    constexpr auto as_little_as_can_be = static_cast<SIZE_T>(-1);
    const auto process = open_process(pid, PROCESS_SET_QUOTA);
    if (!SetProcessWorkingSetSize(process.get(), as_little_as_can_be, as_little_as_can_be)) {
        refuse(pid, "SetProcessWorkingSetSize");
    }
}

TrimmedRange trim_range(DWORD pid, std::uint64_t start, std::uint64_t end) {
    const auto process = open_process(pid, PROCESS_VM_OPERATION);
    const auto pages = working_set_pages(pid, start, end, true);
    const std::span addresses(pages.cells<std::uint64_t>(page_address), pages.size());
    const std::span locked(pages.cells<bool>(page_locked), pages.size());
    TrimmedRange done;
    done.before = pages.size() * page_size;
    done.locked = static_cast<std::uint64_t>(std::ranges::count(locked, true)) * page_size;
    for (std::size_t at = 0; at < pages.size();) {
        const auto first = at++;
        if (locked[first]) continue;
        while (at < pages.size() && !locked[at] && addresses[at] == addresses[at - 1] + page_size) {
            ++at;
        }
        unlock(process, pid, addresses[first], (at - first) * page_size);
    }
    done.after = working_set_pages(pid, start, end, true).size() * page_size;
    return done;
}

}  // namespace ntpages
