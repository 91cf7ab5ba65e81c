// regions/bare: committed memory made and freed, and the walk of the address space.
#include <windows.h>

#include <psapi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

std::size_t make_and_free(std::size_t count, std::size_t size) {
    std::size_t made = 0;
    for (std::size_t i = 0; i < count; ++i) {
        auto* const memory = VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        made += memory != nullptr ? 1 : 0;
        VirtualFree(memory, 0, MEM_RELEASE);
    }
    return made;
}

// Asks for every region, and keeps nothing of the answers but how many belong to the allocation at
// `base`.
std::size_t walk(std::uintptr_t base) {
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

// Asks for every committed page, region by region, and counts those in the working set. Bytes.
std::uint64_t resident() {
    constexpr std::size_t page = 4096;
    constexpr std::size_t batch = 64 * 1024;
    static std::vector<PSAPI_WORKING_SET_EX_INFORMATION> asked(batch);
    SYSTEM_INFO system{};
    GetSystemInfo(&system);
    MEMORY_BASIC_INFORMATION region{};
    std::uint64_t found = 0;
    for (auto* at = static_cast<std::byte*>(nullptr);
         at <= system.lpMaximumApplicationAddress && VirtualQuery(at, &region, sizeof(region));
         at = static_cast<std::byte*>(region.BaseAddress) + region.RegionSize) {
        if (region.State != MEM_COMMIT) continue;
        auto* next = static_cast<std::byte*>(region.BaseAddress);
        for (auto left = region.RegionSize / page; left > 0;) {
            const auto count = std::min<std::size_t>(batch, left);
            for (std::size_t i = 0; i < count; ++i, next += page) asked[i].VirtualAddress = next;
            K32QueryWorkingSetEx(GetCurrentProcess(), asked.data(),
                                 static_cast<DWORD>(count * sizeof(asked[0])));
            for (std::size_t i = 0; i < count; ++i) found += asked[i].VirtualAttributes.Valid;
            left -= count;
        }
    }
    return found * page;
}

}  // namespace

void bind_regions(py::module_& module) {
    module.def("make_and_free", &make_and_free, "count"_a, "size"_a);
    module.def("walk", &walk, "base"_a);
    module.def("resident", &resident);
}

}  // namespace ntpages::bare
