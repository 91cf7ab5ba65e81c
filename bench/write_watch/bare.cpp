// write_watch/bare: asking which pages were written.
#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

// As many as 64 Ki addresses at a time, as a caller would who can't know how many there are.
std::size_t dirty(std::uintptr_t address, std::size_t size) {
    static std::vector<void*> buffer(64 * 1024);
    auto* at = reinterpret_cast<std::byte*>(address);
    const auto* const end = at + size;
    std::size_t pages = 0;
    for (;;) {
        auto count = static_cast<ULONG_PTR>(buffer.size());
        DWORD granularity = 0;
        GetWriteWatch(0, at, static_cast<SIZE_T>(end - at), buffer.data(), &count, &granularity);
        pages += count;
        if (count < buffer.size()) return pages;
        at = static_cast<std::byte*>(buffer[count - 1]) + granularity;
        if (at == end) return pages;
    }
}

}  // namespace

void bind_write_watch(py::module_& module) {
    module.def("dirty", &dirty, "address"_a, "size"_a);
}

}  // namespace ntpages::bare
