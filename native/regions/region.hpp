// regions/region: a piece of address space, and what may be done with its pages.
#pragma once

#include <windows.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "native/handle.hpp"
#include "native/lease.hpp"
#include "native/lock.hpp"
#include "native/owed.hpp"
#include "native/ranges.hpp"
#include "native/regions/lock.hpp"
#include "native/regions/request.hpp"
#include "native/table/table.hpp"

namespace ntpages {

inline constexpr const char* page_states[] = {"free", "reserve", "commit"};

// An index into them.
inline std::uint8_t page_state(DWORD state) noexcept {
    return state == MEM_FREE ? 0 : state == MEM_RESERVE ? 1 : 2;
}

// A reservation, and who is looking at it. Calls may come from any thread. Ranges count bytes from
// the start; calls that change pages act on whole ones, and answer which.
class Region : public Exposed {
public:
    explicit Region(Allocation allocation);
    ~Region() = default;
    Region(const Region&) = delete;
    Region& operator=(const Region&) = delete;

    void close();
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }
    // Closes it, but keeps its place in the address space as a placeholder.
    Pages vacate();

    [[nodiscard]] std::byte* base() const noexcept { return base_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool write_watched() const noexcept { return (type_ & MEM_WRITE_WATCH) != 0; }
    std::size_t page() const;  // bytes of the pages behind it: 4 KiB, 2 MiB or 1 GiB
    std::size_t committed() const;
    Table spans(Range bytes) const;

    // Commits what is not; the rest keeps its contents and its protection. All of it or nothing.
    // A protection of 0 is the one that the region was made with.
    Range commit(Range bytes, DWORD protection);
    Range decommit(Range bytes);
    ProtectedRange protect(Range bytes, DWORD protection);
    // What the pages are protected as, span by span.
    std::vector<ProtectedRange> protections(Range bytes) const;
    // What a block that begins now has to put back.
    std::vector<ProtectedRange> due(Range bytes);
    // What these were protected as is put back as soon as nothing stands against it: tried again
    // with every change, and with the end of every view, of which one may be what stands there.
    void owe(const std::vector<ProtectedRange>& protections);

    Range lock(Range bytes, bool raise_limit);
    Range unlock(Range bytes);
    std::vector<Range> lock_parts(Range bytes, bool locked) const;
    // What of the limits that lock() raised could not be lowered again; told once.
    std::optional<StillRaised> take_still_raised() noexcept;

    void prefetch(std::span<const Range> ranges) const;
    // These three take whole pages only: they give contents up.
    void offer(Range bytes, int priority);
    void discard(Range bytes);
    void reset(Range bytes);
    // Whether the contents are what they were.
    bool reclaim(Range bytes);
    bool undo_reset(Range bytes);

    // Lends bytes that are committed and accessible throughout; read-only unless all are writable.
    Lent lend(Range bytes);
    Lent lend(bool) { return lend(Range{0, size_}); }
    void give_back() noexcept {
        lease_.drop_view();
        settle();
    }

    // A view for whoever follows the contents by write watch: while it lives, nothing changes them
    // but writing, and nobody else resets the watch. Answers which bytes may hold something now.
    // Throws InUse for a second one.
    std::vector<Range> begin_following();
    void end_following() noexcept;
    void forbid_if_followed() const;
    // From here on, the watch no longer knows of every write since the region was made.
    void forget_writes() noexcept { watched_from_start_ = false; }
    // The whole pages of bytes that are all in the region.
    [[nodiscard]] Range checked(Range bytes) const;
    // For calls that live elsewhere: the region stays for as long as that takes.
    [[nodiscard]] Lease::Use use() const { return Lease::Use(lease_); }
    // While this is held, nobody begins to follow it, and nobody changes its pages.
    [[nodiscard]] std::unique_lock<SlimLock> hold_layout() const {
        return std::unique_lock(layout_);
    }

private:
    void* change(Range range, DWORD type, DWORD protection) const;  // as VirtualAlloc does
    [[nodiscard]] const char* change_name() const noexcept {
        return from_app_ ? "VirtualAllocFromApp" : "VirtualAlloc";
    }
    DWORD set_protection(Range range, DWORD protection);  // answers the old one of the first page
    void settle() noexcept;

    mutable Lease lease_{"Region"};
    Pages memory_;
    std::byte* base_;
    std::size_t size_;
    DWORD type_;
    DWORD protection_;
    bool from_app_;
    mutable SlimLock layout_;  // one change of pages at a time
    RangeSet offered_;         // inaccessible until reclaimed
    PageLocks locks_;
    OwedProtections owed_;
    std::atomic<bool> followed_{false};
    std::atomic<bool> watched_from_start_;
};

}  // namespace ntpages
