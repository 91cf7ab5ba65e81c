// regions/request: address space, by whichever of VirtualAlloc's relatives can serve the wish.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/handle.hpp"

namespace ntpages {

// What is asked for, in the order in which Python hands it over. Zero means "no wish", save in
// `node`.
struct Request {
    static constexpr DWORD any_node = 0xFFFFFFFF;  // NUMA_NO_PREFERRED_NODE

    std::size_t size = 0;  // bytes
    DWORD type = MEM_RESERVE | MEM_COMMIT;
    DWORD protection = PAGE_READWRITE;
    std::uintptr_t at = 0;
    DWORD node = any_node;
    bool only_node = false;        // rather fail than take another node's memory
    std::uintptr_t lowest = 0;     // first address that will do
    std::uintptr_t highest = 0;    // last address that will do
    std::size_t alignment = 0;     // a power of two
    std::uint64_t attributes = 0;  // MEM_EXTENDED_PARAMETER_...
    std::uintptr_t partition = 0;  // handle of a memory partition; stays the caller's
};

// What came of it: never null.
struct Allocation : Exposed {
    Pages memory;
    Request request;
};

// Throws Error, or Missing for what only a newer Windows can do.
Allocation allocate(const Request& request);

}  // namespace ntpages
