// regions/prefetch: memory that is wanted soon, brought in with large reads.
#pragma once

#include <windows.h>

#include <span>

#include "native/ranges.hpp"

namespace ntpages {

// Where the offsets are addresses of a process. Addresses with nothing behind them are passed over.
// False where Windows refuses, for the reason in GetLastError(). Throws Missing.
bool prefetch_ranges(HANDLE process, std::span<const Range> ranges);
// The same for this process. Throws Error.
void prefetch_here(std::span<const Range> ranges);

}  // namespace ntpages
