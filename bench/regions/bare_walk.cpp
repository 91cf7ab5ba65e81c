// regions/bare_walk: asking for every region, and keeping nothing of the answers.
#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

// How many regions belong to the allocation at `base`.
std::size_t walk_regions(std::uintptr_t base) {
    SYSTEM_INFO system{};
    GetSystemInfo(&system);
    MEMORY_BASIC_INFORMATION region{};
    std::size_t found = 0;
    for (const std::byte* at = nullptr;
         at <= system.lpMaximumApplicationAddress && VirtualQuery(at, &region, sizeof(region));
         at = static_cast<const std::byte*>(region.BaseAddress) + region.RegionSize) {
        if (reinterpret_cast<std::uintptr_t>(region.AllocationBase) == base) ++found;
    }
    return found;
}

}  // namespace

void bind_regions_walk(py::module_& module) {
    module.def("walk_regions", &walk_regions, "base"_a);
}

}  // namespace ntpages::bare
