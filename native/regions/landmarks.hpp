// regions/landmarks: what memory is for, where Windows itself doesn't say.
#pragma once

#include <windows.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ntpages {

// What a region is for: the indices of `use_labels`.
enum class Use : std::uint8_t {
    free,
    unusable,
    taken,  // private memory whose purpose nobody tells
    guard,
    image,
    mapped,
    mapped_file,
    heap,
    heap_segment,
    heap_block,
    stack,
    teb,
    peb,
    heap32,
    heap_segment32,
    heap_block32,
    stack32,
    teb32,
    peb32,
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
    guard_bitmap32,
};
inline constexpr std::array use_labels{
    "free",
    "unusable",
    "private",
    "guard",
    "image",
    "mapped",
    "mapped file",
    "heap",
    "heap segment",
    "heap block",
    "stack",
    "TEB",
    "PEB",
    "32-bit heap",
    "32-bit heap segment",
    "32-bit heap block",
    "32-bit stack",
    "32-bit TEB",
    "32-bit PEB",
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
    "32-bit CFG bitmap",
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

// Looks into a process and keeps what is found there. The process may be hostile: whatever is read
// from it is bounded, and only ever compared with what the kernel says.
class Marking {
public:
    explicit Marking(HANDLE process) : process_(process) {}

    // False where the process has no such memory, or patience is at its end.
    template <typename Value>
    bool read(std::uint64_t address, Value& value) {
        return read(address, &value, sizeof(value));
    }

    void mark_pages(std::uint64_t address, std::uint64_t size, Use use, DWORD thread = 0);
    // The allocation that the address lies in, if it is private memory.
    void mark_allocation(std::uint64_t address, Use use, DWORD thread = 0);
    // What something points at, unless it lies in a program or a DLL: that is of the program then.
    void mark_pointed(std::uint64_t address, Use use);

    Landmarks finish();

private:
    bool read(std::uint64_t address, void* value, std::size_t size);
    void mark_allocation(std::uint64_t address, DWORD types, Use use, DWORD thread);

    HANDLE process_;
    std::size_t reads_ = 0;
    Landmarks found_;
};

// Stacks, TEBs, PEBs and heaps, and what the PEB and ntdll point at, 32-bit ones of a WOW64 process
// included. Needs PROCESS_QUERY_INFORMATION and PROCESS_VM_READ.
Landmarks find_landmarks(HANDLE process);

}  // namespace ntpages
