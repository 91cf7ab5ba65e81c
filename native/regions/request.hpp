// regions/request: address space, by whichever of VirtualAlloc's relatives can serve the wish.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <tuple>

#include "native/handle.hpp"

namespace ntpages {

// What is asked for, in the order in which Python hands it over, in this process or in another.
// Zero means "no wish", save in `node`.
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
    std::uintptr_t physical = 0;   // handle of what physical pages are allocated for; likewise
    DWORD machine = 0;             // IMAGE_FILE_MACHINE_...
    bool from_app = false;         // by the calls that app containers may make
};

// The members of a request, in their order: Python's Request has them too.
using Wishes = std::tuple<std::size_t, DWORD, DWORD, std::uintptr_t, DWORD, bool, std::uintptr_t,
                          std::uintptr_t, std::size_t, std::uint64_t, std::uintptr_t,
                          std::uintptr_t, DWORD, bool>;
inline Request request_of(const Wishes& wishes) {
    return std::apply([](auto... each) { return Request{each...}; }, wishes);
}

// Whose addresses they shall be.
struct Space {
    HANDLE process = nullptr;      // this one's own, where there is none
    std::function<HANDLE()> look;  // opens the other one for VirtualQueryEx, where that is needed
};

// What came of it: never null.
struct Allocation : Exposed {
    Pages memory;
    Request request;
};

// Throw Error, or Missing for what only a newer Windows can do.
Allocation allocate(const Request& request);
void* allocate_in(const Space& space, const Request& request);  // the caller's from here on

// What was allocated, for the one object that it can become.
Allocation taken(Allocation& allocation);

}  // namespace ntpages
