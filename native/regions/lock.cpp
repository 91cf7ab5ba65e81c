// regions/lock: VirtualLock, and the limits of the process's working set.
#include "native/regions/lock.hpp"

#include <atomic>
#include <string>
#include <utility>

#include "native/error.hpp"
#include "native/lock.hpp"

namespace ntpages {
namespace {

struct Limits {
    SIZE_T minimum = 0;
    SIZE_T maximum = 0;
    DWORD flags = 0;
};

constinit SlimLock limits_lock;  // the limits are the whole process's: read and written as one
// Bytes by which they are raised for nobody any more, since lowering them was refused. A region may
// be gone by the time that it is not: another's locks may be what stands in the way.
constinit std::atomic<std::size_t> owed{0};

Limits limits() {
    Limits found;
    check(GetProcessWorkingSetSizeEx(GetCurrentProcess(), &found.minimum, &found.maximum,
                                     &found.flags),
          "GetProcessWorkingSetSizeEx");
    return found;
}

bool set_limits(const Limits& wanted) noexcept {
    return SetProcessWorkingSetSizeEx(GetCurrentProcess(), wanted.minimum, wanted.maximum,
                                      wanted.flags) != 0;
}

void raise(std::size_t size) {
    const std::scoped_lock lock(limits_lock);
    auto wanted = limits();
    wanted.minimum += size;
    wanted.maximum += size;
    if (!set_limits(wanted)) {
        const auto code = GetLastError();
        fail("SetProcessWorkingSetSizeEx", code,
             code == ERROR_PRIVILEGE_NOT_HELD
                 ? "SeIncreaseWorkingSetPrivilege"
                 : "to a minimum of " + std::to_string(wanted.minimum) + " bytes");
    }
}

}  // namespace

bool PageLocks::try_lock(Range range) const noexcept {
    return VirtualLock(base_ + range.offset, range.size) != 0;
}

void PageLocks::lock(Range range, bool raise_limit) {
    // What a process may lock is its minimum working set less an overhead that nobody documents.
    constexpr std::size_t overheads[] = {16 * page_size, 256 * page_size};
    std::size_t raised = 0;
    auto done = try_lock(range);
    for (const auto overhead : overheads) {
        if (done || !raise_limit || GetLastError() != ERROR_WORKING_SET_QUOTA) break;
        const auto more = range.size + overhead - raised;
        try {
            raise(more);
        } catch (...) {
            raised_ += raised;
            lower(raised);
            throw;
        }
        raised += more;
        done = try_lock(range);
    }
    raised_ += raised;
    if (!done) {
        const auto code = GetLastError();
        lower(raised);
        fail("VirtualLock", code,
             code == ERROR_WORKING_SET_QUOTA
                 ? std::to_string(range.size) + " bytes; the minimum working set is " +
                       std::to_string(limits().minimum)
                 : "");
    }
    locked_.add(range);
}

void PageLocks::unlock(Range range) {
    const auto parts = locked_.parts(range, true);
    if (parts.empty()) {  // not locked through us: Windows knows whether by others
        check(VirtualUnlock(base_ + range.offset, range.size), "VirtualUnlock");
    }
    for (const auto& part : parts) {
        check(VirtualUnlock(base_ + part.offset, part.size), "VirtualUnlock");
        forget(part);
    }
}

void PageLocks::forget(Range range) {
    const auto before = locked_.total();
    locked_.remove(range);
    lower(locked_.empty() ? raised_ : std::min(raised_, before - locked_.total()));
}

void PageLocks::lose(Range range) {
    for (const auto& part : locked_.parts(range, true)) {
        // Refused with ERROR_NOT_LOCKED where Windows unlocked them itself, as it says it does.
        VirtualUnlock(base_ + part.offset, part.size);
        forget(part);
    }
}

void PageLocks::lower(std::size_t size) noexcept {
    if (size == 0 && owed == 0) return;
    raised_ -= size;
    const std::scoped_lock lock(limits_lock);
    const auto excess = owed += size;
    const auto refused = [&](const char* call) {
        refusal_ = {call, GetLastError(), excess};
        refused_ = true;
    };
    Limits wanted;
    if (!GetProcessWorkingSetSizeEx(GetCurrentProcess(), &wanted.minimum, &wanted.maximum,
                                    &wanted.flags)) {
        return refused("GetProcessWorkingSetSizeEx");
    }
    // Whoever lowered them meanwhile is right.
    if (wanted.minimum > excess && wanted.maximum > excess) {
        wanted.minimum -= excess;
        wanted.maximum -= excess;
        if (!set_limits(wanted)) return refused("SetProcessWorkingSetSizeEx");
    }
    owed = 0;
    refusal_.reset();
    refused_ = false;
}

std::optional<StillRaised> PageLocks::take_refusal() noexcept {
    if (!refused_) return std::nullopt;
    const std::scoped_lock lock(limits_lock);
    refused_ = false;
    return std::exchange(refusal_, std::nullopt);
}

}  // namespace ntpages
