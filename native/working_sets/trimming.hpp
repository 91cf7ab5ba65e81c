// working_sets/trimming: emptying a working set, or a part of it.
#pragma once

#include <windows.h>

#include <cstdint>
#include <optional>

#include "native/handle.hpp"

namespace ntpages {

// Two ways to the same end. The second asks for one right less. With `since`, only of the process
// that started then, in seconds since 1970: the id may have been given to another meanwhile.
void empty_working_set(DWORD pid, std::optional<double> since);
void empty_working_set_by_limits(DWORD pid);

// A range whose pages were taken out of a working set. Bytes.
struct TrimmedRange : Exposed {
    std::uint64_t before, after, locked;
};

TrimmedRange trim_range(DWORD pid, std::uint64_t start, std::uint64_t end);

}  // namespace ntpages
