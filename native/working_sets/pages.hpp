// working_sets/pages: the pages of a process, and where each of them is.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/table/table.hpp"

namespace ntpages {

// Columns of the table below.
inline constexpr std::size_t page_address = 0;
inline constexpr std::size_t page_locked = 6;

// The committed pages of [start, end), or those of them that are in the working set.
Table working_set_pages(DWORD pid, std::uint64_t start, std::uint64_t end, bool valid_only);

}  // namespace ntpages
