// working_sets/pages: the pages of a process, and where each of them is.
#pragma once

#include <windows.h>

#include <cstdint>

#include "native/table/table.hpp"

namespace ntpages {

// The committed pages of [start, end), or those of them that are in the working set.
Table working_set_pages(DWORD pid, std::uint64_t start, std::uint64_t end, bool valid_only);

}  // namespace ntpages
