// regions/prefetch: PrefetchVirtualMemory.
#include "native/regions/prefetch.hpp"

#include <vector>

#include "native/regions/nt.hpp"

namespace ntpages {

bool prefetch_ranges(HANDLE process, std::span<const Range> ranges) {
    std::vector<WIN32_MEMORY_RANGE_ENTRY> entries;
    entries.reserve(ranges.size());
    for (const auto& [address, size] : ranges) {
        entries.push_back({reinterpret_cast<void*>(address), size});
    }
    return nt::prefetch_virtual_memory(process, entries.size(), entries.data(), 0UL) != 0;
}

void prefetch_here(std::span<const Range> ranges) {
    check(prefetch_ranges(GetCurrentProcess(), ranges), "PrefetchVirtualMemory");
}

}  // namespace ntpages
