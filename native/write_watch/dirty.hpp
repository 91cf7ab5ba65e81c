// write_watch/dirty: which pages of a region were written since the last reset.
#pragma once

#include <windows.h>

#include <array>
#include <cstddef>

#include "native/error.hpp"
#include "native/ranges.hpp"
#include "native/regions/region.hpp"
#include "native/table/table.hpp"

namespace ntpages {

inline constexpr std::array page_fields{Field{"offset", Kind::u64}};

// The written pages that hold some bytes. With `reset`, each counts as unwritten from the moment
// it is found; throws InUse where somebody follows the region.
Table dirty(Region& region, Range bytes, bool reset);

// Calls visit(offset) for each written page of a range of whole pages, in ascending order. With
// `reset`, a page counts as unwritten from the moment it is found: `visit` must not lose it.
template <typename Visit>
void each_written(const Region& region, Range range, bool reset, Visit visit) {
    std::array<void*, 4096> found;
    const DWORD flags = reset ? WRITE_WATCH_FLAG_RESET : 0;
    for (auto at = range.offset; at < range.end();) {
        ULONG_PTR count = found.size();
        DWORD granularity = 0;
        if (GetWriteWatch(flags, region.base() + at, range.end() - at, found.data(), &count,
                          &granularity) != 0) {
            fail("GetWriteWatch");
        }
        for (std::size_t i = 0; i < count; ++i) {
            visit(static_cast<std::size_t>(static_cast<std::byte*>(found[i]) - region.base()));
        }
        if (count < found.size()) return;
        at = static_cast<std::size_t>(static_cast<std::byte*>(found.back()) - region.base()) +
             page_size;
    }
}

// Throws std::invalid_argument for a region that does not record what is written.
void require_watched(const Region& region);

}  // namespace ntpages
