// system/bare: asking for the machine's totals.
#include <windows.h>

#include <psapi.h>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

std::uint64_t total() {
    PERFORMANCE_INFORMATION info{};
    K32GetPerformanceInfo(&info, sizeof(info));
    return std::uint64_t{info.PhysicalTotal} * info.PageSize;
}

}  // namespace

void bind_system(py::module_& module) {
    module.def("total", &total);
}

}  // namespace ntpages::bare
