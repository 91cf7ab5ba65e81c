// table/slabs: the memory of tables. Small ones come from an arena that is kept, because new pages
// from Windows cost more than what most tables have to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ntpages {

inline constexpr std::size_t slab_unit = 64 * 1024;  // what VirtualAlloc hands out at the least

// Gives a slab back: to the arena, or to Windows if it is none of the arena's.
struct SlabCloser {
    std::uint16_t units = 0;  // of the arena, a bit for each
    void operator()(void* base) const noexcept;
};

using SlabPages = std::unique_ptr<void, SlabCloser>;

// Committed memory, not always zeroed; null where there is none. Asks no heap and takes no lock.
SlabPages take_slab(std::size_t size) noexcept;
// Address space alone, to be committed piece by piece.
SlabPages reserve_slab(std::size_t size) noexcept;
// Whether this allocation is the arena: rows that have moved on leave their bytes there.
bool is_arena(const void* allocation) noexcept;

}  // namespace ntpages
