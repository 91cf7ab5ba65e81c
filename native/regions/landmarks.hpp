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
    shared_data,
    hypervisor_data,
    api_sets,
    server_memory,
    code_pages,
    gdi_handles,
    shims,
    activation_context,
    assembly_storage,
    default_context,
    error_reporting,
    guard_bitmap,
};
inline constexpr std::array use_labels{
    "free",
    "private",
    "guard",
    "image",
    "mapped",
    "mapped file",
    "heap",
    "stack",
    "TEB",
    "PEB",
    "shared data",
    "hypervisor data",
    "API sets",
    "server memory",
    "code pages",
    "GDI handles",
    "shims",
    "activation context",
    "assembly storage",
    "default context",
    "error reporting",
    "CFG bitmap",
};

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

// Stacks, TEBs, PEBs and heaps, and what the PEB and ntdll point at, 32-bit ones of a WOW64 process
// included. The process may be hostile: whatever is read from it is bounded, and only ever compared
// with what the kernel says. Needs PROCESS_QUERY_INFORMATION and PROCESS_VM_READ.
Landmarks find_landmarks(HANDLE process);

}  // namespace ntpages
