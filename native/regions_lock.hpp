// regions_lock: pages that stay in memory, and the working set that makes room for them.
#pragma once

#include <cstddef>
#include <vector>

#include "ranges.hpp"

namespace ntmem {

// The locked pages of one region. A process may lock little more than its minimum working set
// holds; where that is too small it is raised, and lowered again as pages are unlocked. The owner
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

    [[nodiscard]] std::vector<Range> unlocked(Range range) const {
        return locked_.parts(range, false);
    }

private:
    bool try_lock(Range range) const noexcept;
    void lower(std::size_t size) noexcept;

    std::byte* base_;
    RangeSet locked_;
    std::size_t raised_ = 0;  // bytes added to both ends of the working set's limits
};

}  // namespace ntmem
