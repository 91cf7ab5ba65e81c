// working_sets/bare: asking for the pages of a range.
#include <windows.h>

#include <psapi.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

// How many pages of the caller's range are valid.
std::size_t valid_pages(std::uint64_t address, std::size_t size) {
    constexpr std::size_t page = 4096;
    constexpr std::size_t batch = 64 * 1024;
    static std::vector<PSAPI_WORKING_SET_EX_INFORMATION> asked(batch);
    std::size_t valid = 0;
    for (auto at = address; at < address + size;) {
        const auto count = std::min<std::size_t>(batch, (address + size - at) / page);
        for (std::size_t i = 0; i < count; ++i, at += page) {
            asked[i].VirtualAddress = reinterpret_cast<void*>(at);
        }
        K32QueryWorkingSetEx(GetCurrentProcess(), asked.data(),
                             static_cast<DWORD>(count * sizeof(asked[0])));
        for (std::size_t i = 0; i < count; ++i) valid += asked[i].VirtualAttributes.Valid;
    }
    return valid;
}

}  // namespace

void bind_working_sets(py::module_& module) {
    module.def("valid_pages", &valid_pages, "address"_a, "size"_a);
}

}  // namespace ntpages::bare
