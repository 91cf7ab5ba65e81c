// heaps/bare: walking a heap and counting its blocks; allocating and freeing one block.
#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

// Calls `visit` for each entry, and returns how many are blocks in use.
template <typename Visit>
std::size_t visit_entries(std::uintptr_t address, Visit visit) {
    auto* const heap = reinterpret_cast<HANDLE>(address);
    PROCESS_HEAP_ENTRY entry{};
    std::size_t busy = 0;
    HeapLock(heap);
    while (HeapWalk(heap, &entry)) {
        if (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) ++busy;
        visit(entry);
    }
    HeapUnlock(heap);
    return busy;
}

std::size_t walk(std::uintptr_t address) {
    return visit_entries(address, [](const PROCESS_HEAP_ENTRY&) {});
}

// The same, and keeps as many bytes of each entry as a table does, in memory fresh from Windows.
std::size_t walk_and_keep(std::uintptr_t address, std::size_t entries) {
    constexpr std::size_t width = 21;  // bytes of a row of Heap.walk()
    auto* const memory = static_cast<std::byte*>(
        VirtualAlloc(nullptr, entries * width, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    std::size_t kept = 0;
    const auto busy = visit_entries(address, [&](const PROCESS_HEAP_ENTRY& entry) {
        if (kept == entries) return;
        std::memcpy(memory + kept++ * width, &entry, width);
    });
    VirtualFree(memory, 0, MEM_RELEASE);
    return busy;
}

std::size_t allocate_and_free(std::uintptr_t address, std::size_t size, std::size_t count) {
    auto* const heap = reinterpret_cast<HANDLE>(address);
    std::size_t done = 0;
    for (std::size_t i = 0; i < count; ++i) {
        auto* const block = HeapAlloc(heap, 0, size);
        if (block && HeapFree(heap, 0, block)) ++done;
    }
    return done;
}

}  // namespace

void bind_heaps(py::module_& module) {
    module.def("walk", &walk, "address"_a);
    module.def("walk_and_keep", &walk_and_keep, "address"_a, "entries"_a);
    module.def("allocate_and_free", &allocate_and_free, "address"_a, "size"_a, "count"_a);
}

}  // namespace ntpages::bare
