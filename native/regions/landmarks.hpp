// regions/landmarks: what memory is for, where Windows itself doesn't say.
#pragma once

#include <windows.h>

#include <array>
#include <cstdint>
#include <vector>

namespace ntpages {

// What a region is for: the indices of `use_labels`.
enum class Use : std::uint8_t {
    free,
    taken,  // private memory whose purpose nobody tells
    guard,
    image,
    mapped,
    mapped_file,
    heap,
    stack,
    teb,
    peb,
};
inline constexpr std::array use_labels{"free",        "private", "guard", "image", "mapped",
                                       "mapped file", "heap",    "stack", "TEB",   "PEB"};

struct Mark {
    std::uint64_t address;
    std::uint64_t size;  // bytes
    Use use;
    DWORD thread;  // 0 for what belongs to no thread
};

// Both in the order of addresses.
struct Landmarks {
    std::vector<Mark> allocations;  // whole allocations, by their base; size is 0
    std::vector<Mark> pages;        // these pages alone: Windows puts many TEBs side by side
};

// Stacks, TEBs, PEBs and heaps, 32-bit ones of a WOW64 process included. The process may be
// hostile: whatever is read from it is bounded, and only ever compared with what the kernel says.
// Needs PROCESS_QUERY_INFORMATION and PROCESS_VM_READ.
Landmarks find_landmarks(HANDLE process);

}  // namespace ntpages
