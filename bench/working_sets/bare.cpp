// working_sets/bare: asking for the pages of a range.
#include <windows.h>

#include <psapi.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t batch = 64 * 1024;  // pages

// How many pages of the caller's range are valid, asked for by so many threads.
std::size_t valid_pages(std::uint64_t address, std::size_t size, std::size_t threads) {
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> valid{0};
    const auto share = std::min(batch, (size / page + threads - 1) / threads);
    const auto part = [&] {
        thread_local std::vector<PSAPI_WORKING_SET_EX_INFORMATION> asked(batch);
        std::size_t found = 0;
        for (auto first = next.fetch_add(share); first < size / page;
             first = next.fetch_add(share)) {
            const auto count = std::min(share, size / page - first);
            for (std::size_t i = 0; i < count; ++i) {
                asked[i].VirtualAddress = reinterpret_cast<void*>(address + (first + i) * page);
            }
            K32QueryWorkingSetEx(GetCurrentProcess(), asked.data(),
                                 static_cast<DWORD>(count * sizeof(asked[0])));
            for (std::size_t i = 0; i < count; ++i) found += asked[i].VirtualAttributes.Valid;
        }
        valid += found;
    };
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(part);
    part();
    for (auto& each : others) each.join();
    return valid;
}

}  // namespace

void bind_working_sets(py::module_& module) {
    module.def("valid_pages", &valid_pages, "address"_a, "size"_a, "threads"_a);
}

}  // namespace ntpages::bare
