// regions/lock: pages that stay in memory, and the working set that makes room for them.
#pragma once

#include <windows.h>

#include <atomic>
#include <cstddef>
#include <optional>
#include <vector>

#include "native/ranges.hpp"

namespace ntpages {

// Limits of the working set that stay raised after the pages were unlocked.
struct StillRaised {
    const char* call;   // that was refused
    DWORD code;         // Win32
    std::size_t bytes;  // above what they were, both ends
};

// The locked pages of one region. A process may lock little more than its minimum working set
// holds; where that is too small it is raised, and lowered again as pages are unlocked. The region
// serialises calls.
class PageLocks {
public:
    explicit PageLocks(std::byte* base) : base_(base) {}
    ~PageLocks() { lower(raised_); }
    PageLocks(const PageLocks&) = delete;
    PageLocks& operator=(const PageLocks&) = delete;

    // Throws Error; with `raise_limit`, only after raising the working set did not help.
    void lock(Range range, bool raise_limit);
    void unlock(Range range);
    // The pages are gone, or about to be: Windows unlocks what it frees.
    void forget(Range range);
    // The pages were made inaccessible: Windows unlocks such pages, too.
    void lose(Range range);

    // What of a range is locked, or is not.
    [[nodiscard]] std::vector<Range> parts(Range range, bool locked) const {
        return locked_.parts(range, locked);
    }
    // Each is told once. What could not be lowered is tried again with the next unlocking, whoever
    // unlocks.
    [[nodiscard]] std::optional<StillRaised> take_refusal() noexcept;  // from any thread

private:
    bool try_lock(Range range) const noexcept;
    void lower(std::size_t size) noexcept;

    std::byte* base_;
    RangeSet locked_;
    std::size_t raised_ = 0;              // bytes added to both ends of the working set's limits
    std::optional<StillRaised> refusal_;  // under the lock of the limits
    std::atomic<bool> refused_{false};    // whether there is one
};

}  // namespace ntpages
