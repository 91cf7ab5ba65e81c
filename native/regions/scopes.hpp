// regions/scopes: what is done to pages for the length of a block, and undone at its end.
#pragma once

#include <vector>

#include "native/handle.hpp"
#include "native/lock.hpp"
#include "native/regions/region.hpp"

namespace ntpages {

// An interrupt may come between any two steps of Python's. So a scope knows what was there before
// anything changes; entering and leaving are one step each; and one that nobody left, because the
// interrupt came first, leaves when it is forgotten. What Windows refuses to undo is told, and
// tried again: protections by the region, locks when the scope is forgotten.

// Pages that are protected otherwise.
class ProtectedPages : public Exposed {
public:
    ProtectedPages(Region& region, std::size_t offset, std::size_t size, DWORD protection)
        : region_(region), bytes_{offset, size}, protection_(protection) {}
    ~ProtectedPages();
    ProtectedPages(const ProtectedPages&) = delete;
    ProtectedPages& operator=(const ProtectedPages&) = delete;

    ProtectedRange enter();
    void leave();  // tries every span, then throws the first refusal

    [[nodiscard]] Region& region() const noexcept { return region_; }

private:
    Region& region_;
    const Range bytes_;
    const DWORD protection_;
    SlimLock turn_;  // to enter or to leave, one thread after the other
    std::vector<ProtectedRange> before_;
};

// Pages that may be locked meanwhile: those that were not before are unlocked at the end.
class LockedPages : public Exposed {
public:
    LockedPages(Region& region, std::size_t offset, std::size_t size)
        : region_(region), bytes_{offset, size} {}
    ~LockedPages();
    LockedPages(const LockedPages&) = delete;
    LockedPages& operator=(const LockedPages&) = delete;

    std::vector<Range> enter();  // answers what is not locked yet
    void leave();

    [[nodiscard]] Region& region() const noexcept { return region_; }

private:
    Region& region_;
    const Range bytes_;
    SlimLock turn_;
    std::vector<Range> unlocked_;
};

}  // namespace ntpages
