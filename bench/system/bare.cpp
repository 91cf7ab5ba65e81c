// system/bare: asking for the machine's totals.
#include <windows.h>

#include <psapi.h>

#include <array>
#include <cstdint>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

std::uint64_t total() {
    PERFORMANCE_INFORMATION info{};
    K32GetPerformanceInfo(&info, sizeof(info));
    return std::uint64_t{info.PhysicalTotal} * info.PageSize;
}

using Query = LONG NTAPI(ULONG, void*, ULONG, ULONG*);

// With all that system.memory() tells of it.
std::uint64_t memory() {
    static const auto query = reinterpret_cast<Query*>(reinterpret_cast<void (*)()>(
        GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation")));
    ULONGLONG installed = 0;
    GetPhysicallyInstalledSystemMemory(&installed);
    std::array<std::uint64_t, 64> answer;
    ULONG size = 0;
    for (const ULONG information : {2, 182}) query(information, answer.data(), 376, &size);
    return total();
}

}  // namespace

void bind_system(py::module_& module) {
    module.def("total", &total);
    module.def("memory", &memory);
}

}  // namespace ntpages::bare
