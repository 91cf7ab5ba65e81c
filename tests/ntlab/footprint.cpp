// footprint: what this process holds of the system's resources, counted without touching them.
#include <windows.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace {

// As the Python door reads it.
struct Footprint {
    std::uint64_t handles;
    std::uint64_t allocations;  // reservations of private memory, heaps' own ones included
    std::uint64_t committed;    // bytes of them
    std::uint64_t views;        // mapped files and images
    std::uint64_t spans;        // of private pages of one state and protection
    std::uint64_t heaps;
    std::uint64_t blocks;  // in use, in all heaps
    std::uint64_t block_bytes;
    std::uint64_t privileges;  // enabled ones of the system's own token, a bit for each
    std::uint64_t working_set_minimum;
    std::uint64_t working_set_maximum;
    std::uint64_t working_set_flags;
};

void count_memory(Footprint& found) noexcept {
    MEMORY_BASIC_INFORMATION span{};
    const void* allocation = nullptr;
    for (const std::byte* at = nullptr; VirtualQuery(at, &span, sizeof span) == sizeof span;
         at = static_cast<const std::byte*>(span.BaseAddress) + span.RegionSize) {
        const auto opens = span.AllocationBase != allocation;
        allocation = span.AllocationBase;
        if (span.State == MEM_FREE) continue;
        if (span.Type != MEM_PRIVATE) {
            found.views += opens ? 1 : 0;
            continue;
        }
        found.allocations += opens ? 1 : 0;
        found.spans += 1;
        if (span.State == MEM_COMMIT) found.committed += span.RegionSize;
    }
}

void count_heaps(Footprint& found) noexcept {
    std::array<HANDLE, 1024> heaps{};
    const auto count = GetProcessHeaps(static_cast<DWORD>(heaps.size()), heaps.data());
    found.heaps = count;
    for (DWORD at = 0; at < count && at < heaps.size(); ++at) {
        if (!HeapLock(heaps[at])) continue;
        PROCESS_HEAP_ENTRY entry{};
        while (HeapWalk(heaps[at], &entry)) {
            if ((entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) == 0) continue;
            found.blocks += 1;
            found.block_bytes += entry.cbData;
        }
        HeapUnlock(heaps[at]);
    }
}

// Wine's GetProcessHandleCount always says 0, so there the kernel's list of all handles is counted.
std::uint64_t count_handles() noexcept {
    DWORD counted = 0;
    if (GetProcessHandleCount(GetCurrentProcess(), &counted) && counted != 0) return counted;

    struct Entry {  // phnt, ntexapi.h: SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX
        void* object;
        std::uint64_t pid;
        std::array<std::uint64_t, 3> rest;
    };
    struct Handles {
        std::uint64_t count;
        std::uint64_t reserved;
        Entry first;
    };
    using Query = LONG NTAPI(ULONG, void*, ULONG, ULONG*);
    constexpr ULONG all_handles = 64;
    constexpr ULONG size = 16 << 20;
    static const auto query = reinterpret_cast<Query*>(reinterpret_cast<void (*)()>(
        GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation")));
    static auto* const handles = static_cast<Handles*>(
        VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    ULONG returned = 0;
    if (!handles || query(all_handles, handles, size, &returned) < 0) return 0;
    return static_cast<std::uint64_t>(
        std::count_if(&handles->first, &handles->first + handles->count,
                      [](const Entry& entry) { return entry.pid == GetCurrentProcessId(); }));
}

std::uint64_t enabled_privileges() noexcept {
    struct {
        TOKEN_PRIVILEGES list;
        std::array<LUID_AND_ATTRIBUTES, 64> rest;
    } held{};
    HANDLE token = nullptr;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return 0;
    DWORD size = 0;
    std::uint64_t enabled = 0;
    if (GetTokenInformation(token, TokenPrivileges, &held, sizeof held, &size)) {
        for (DWORD at = 0; at < held.list.PrivilegeCount; ++at) {
            const auto& one = held.list.Privileges[at];
            if ((one.Attributes & SE_PRIVILEGE_ENABLED) != 0) enabled |= 1ULL << one.Luid.LowPart;
        }
    }
    CloseHandle(token);
    return enabled;
}

}  // namespace

extern "C" __declspec(dllexport) void lab_footprint(Footprint* footprint) {
    Footprint found{};
    const auto self = GetCurrentProcess();
    found.handles = count_handles();
    SIZE_T minimum = 0;
    SIZE_T maximum = 0;
    DWORD flags = 0;
    GetProcessWorkingSetSizeEx(self, &minimum, &maximum, &flags);
    found.working_set_minimum = minimum;
    found.working_set_maximum = maximum;
    found.working_set_flags = flags;
    found.privileges = enabled_privileges();
    count_memory(found);
    count_heaps(found);
    *footprint = found;
}
