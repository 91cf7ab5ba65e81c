// numa/bare: the node of a page.
#include <windows.h>
// psapi.h needs windows.h first.
#include <psapi.h>

#include <cstdint>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

std::uint32_t node_of(std::uintptr_t address) {
    PSAPI_WORKING_SET_EX_INFORMATION page{};
    page.VirtualAddress = reinterpret_cast<void*>(address);
    QueryWorkingSetEx(GetCurrentProcess(), &page, sizeof(page));
    return static_cast<std::uint32_t>(page.VirtualAttributes.Node);
}

}  // namespace

void bind_numa(py::module_& module) {
    module.def("node_of", &node_of, "address"_a);
}

}  // namespace ntpages::bare
