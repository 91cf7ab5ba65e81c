// regions/walk: every region of an address space, as a table.
#pragma once

#include <windows.h>

#include <optional>

#include "native/table/table.hpp"

namespace ntpages {

// Of this process where there is no `pid`. `names` asks for the files that are mapped, `uses` for
// stacks, heaps and the like, which takes the right to read the process, `resident` for what is in
// the working set.
Table walk_regions(std::optional<DWORD> pid, bool names, bool uses, bool resident);

}  // namespace ntpages
