// working_sets/nt: what a page of a process is like, and which priority it has.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "native/nt.hpp"

namespace ntpages::nt {

// Source: phnt, ntmmapi.h, MEMORY_WORKING_SET_EX_BLOCK; its valid part is documented (psapi.h), the
// other is not. What a page is like, as bits of one number.
class PageBits {
    // One field, as the smallest type that holds it.
    template <unsigned start, unsigned width>
    [[nodiscard]] constexpr auto field() const {
        using Field = std::conditional_t<(width > 8), std::uint16_t, std::uint8_t>;
        constexpr auto mask = (std::uint64_t{1} << width) - 1;
        return static_cast<Field>((bits_ >> start) & mask);
    }

public:
    explicit constexpr PageBits(std::uint64_t bits) : bits_(bits) {}

    [[nodiscard]] constexpr bool valid() const { return field<0, 1>() != 0; }
    [[nodiscard]] constexpr bool shared() const { return field<15, 1>() != 0; }
    [[nodiscard]] constexpr bool bad() const { return field<31, 1>() != 0; }
    [[nodiscard]] constexpr std::uint8_t priority() const { return field<24, 3>(); }

    // Only of valid pages.
    [[nodiscard]] constexpr std::uint8_t share_count() const { return field<1, 3>(); }
    [[nodiscard]] constexpr std::uint16_t protection() const { return field<4, 11>(); }
    [[nodiscard]] constexpr std::uint8_t node() const { return field<16, 6>(); }
    [[nodiscard]] constexpr bool locked() const { return field<22, 1>() != 0; }
    [[nodiscard]] constexpr bool large() const { return field<23, 1>() != 0; }

    // Only of those that are not: 0 nowhere, 1 in memory, 2 in a page file, 3 reserved.
    [[nodiscard]] constexpr std::uint8_t location() const { return field<22, 2>(); }

private:
    std::uint64_t bits_;
};

// ---- Priorities. Source: processthreadsapi.h, Windows 8
// ------------------------------------------

inline constexpr int process_memory_priority = 0;  // PROCESS_INFORMATION_CLASS
inline constexpr int thread_memory_priority = 0;   // THREAD_INFORMATION_CLASS

inline constinit Import<BOOL WINAPI(HANDLE, int, void*, DWORD)> get_process_information{
    L"kernel32.dll", "GetProcessInformation"};
inline constinit Import<BOOL WINAPI(HANDLE, int, void*, DWORD)> set_process_information{
    L"kernel32.dll", "SetProcessInformation"};
inline constinit Import<BOOL WINAPI(HANDLE, int, void*, DWORD)> get_thread_information{
    L"kernel32.dll", "GetThreadInformation"};
inline constinit Import<BOOL WINAPI(HANDLE, int, void*, DWORD)> set_thread_information{
    L"kernel32.dll", "SetThreadInformation"};

// ---- Ranges
// --------------------------------------------------------------------------------------

struct MemoryRange {  // WIN32_MEMORY_RANGE_ENTRY, MEMORY_RANGE_ENTRY
    void* address;
    std::size_t size;
};
static_assert(sizeof(MemoryRange) == 16 && offsetof(MemoryRange, size) == 8);

// Source: phnt, ntmmapi.h. A ULONG from 0 to 5.
inline constexpr int vm_page_priority_information = 1;
inline constinit Import<Status NTAPI(HANDLE, int, ULONG_PTR, MemoryRange*, void*, ULONG)>
    set_information_virtual_memory{L"ntdll.dll", "NtSetInformationVirtualMemory"};

// Source: memoryapi.h, Windows 10 1607.
inline constinit Import<BOOL WINAPI(HANDLE, void*, SIZE_T)> virtual_unlock_ex{L"kernelbase.dll",
                                                                              "VirtualUnlockEx"};

}  // namespace ntpages::nt
