// regions/nt: flags, parameters and hints of private memory that an older SDK lacks.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/nt.hpp"

namespace ntpages::nt {

// Source: winnt.h and memoryapi.h of a Windows 11 SDK; phnt, ntmmapi.h.

inline constexpr DWORD mem_coalesce_placeholders = 0x1;
inline constexpr DWORD mem_preserve_placeholder = 0x2;
inline constexpr DWORD mem_replace_placeholder = 0x4000;
inline constexpr DWORD mem_reserve_placeholder = 0x40000;
inline constexpr DWORD mem_reset_undo = 0x1000000;

// Of indirect calls into executable pages. One bit: allocating with it forbids them, protecting
// with it leaves them as they are. Without it, both allow them all.
inline constexpr DWORD page_targets_invalid = 0x40000000;
inline constexpr DWORD page_targets_no_update = 0x40000000;

inline constexpr DWORD attribute_nonpaged = 0x2;  // MEM_EXTENDED_PARAMETER_...
inline constexpr DWORD attribute_zero_pages_optional = 0x4;
inline constexpr DWORD attribute_nonpaged_large = 0x8;
inline constexpr DWORD attribute_nonpaged_huge = 0x10;
inline constexpr DWORD attribute_soft_fault_pages = 0x20;
inline constexpr DWORD attribute_ec_code = 0x40;

struct AddressRequirements {  // MEM_ADDRESS_REQUIREMENTS
    std::uintptr_t lowest;
    std::uintptr_t highest;
    std::size_t alignment;
};
static_assert(sizeof(AddressRequirements) == 24);

struct ExtendedParameter {  // MEM_EXTENDED_PARAMETER
    std::uint64_t type;     // in the low 8 bits
    std::uint64_t value;
};
static_assert(sizeof(ExtendedParameter) == 16);

inline constexpr std::uint64_t parameter_addresses = 1;
inline constexpr std::uint64_t parameter_node = 2;
inline constexpr std::uint64_t parameter_partition = 3;
inline constexpr std::uint64_t parameter_physical = 4;
inline constexpr std::uint64_t parameter_attributes = 5;
inline constexpr std::uint64_t parameter_machine = 6;
inline constexpr std::uint64_t node_mandatory = 1ULL << 63;

struct RegionInformation {  // WIN32_MEMORY_REGION_INFORMATION, MEMORY_REGION_INFORMATION
    void* allocation_base;
    ULONG allocation_protect;
    ULONG type;
    std::size_t size;
    std::size_t committed;
};
static_assert(sizeof(RegionInformation) == 32 && offsetof(RegionInformation, type) == 12);

inline constexpr ULONG region_huge_pages = 1 << 12;

inline constinit Import<void* WINAPI(HANDLE, void*, SIZE_T, ULONG, ULONG, ExtendedParameter*,
                                     ULONG)>
    virtual_alloc2{L"kernelbase.dll", "VirtualAlloc2"};
// What the import library of app containers makes of the same calls; no DLL but this exports them.
inline constinit Import<void* WINAPI(HANDLE, void*, SIZE_T, ULONG, ULONG, ExtendedParameter*,
                                     ULONG)>
    virtual_alloc2_from_app{L"kernelbase.dll", "VirtualAlloc2FromApp"};
inline constinit Import<void* WINAPI(void*, SIZE_T, ULONG, ULONG)> virtual_alloc_from_app{
    L"kernelbase.dll", "VirtualAllocFromApp"};
inline constinit Import<BOOL WINAPI(void*, SIZE_T, ULONG, ULONG*)> virtual_protect_from_app{
    L"kernelbase.dll", "VirtualProtectFromApp"};
inline constinit Import<BOOL WINAPI(HANDLE, const void*, int, void*, SIZE_T, SIZE_T*)>
    query_virtual_memory_information{L"kernelbase.dll", "QueryVirtualMemoryInformation"};
inline constinit Import<DWORD WINAPI(void*, SIZE_T, int)> offer_virtual_memory{
    L"kernel32.dll", "OfferVirtualMemory"};
inline constinit Import<DWORD WINAPI(const void*, SIZE_T)> reclaim_virtual_memory{
    L"kernel32.dll", "ReclaimVirtualMemory"};
inline constinit Import<DWORD WINAPI(void*, SIZE_T)> discard_virtual_memory{L"kernel32.dll",
                                                                            "DiscardVirtualMemory"};
inline constinit Import<BOOL WINAPI(HANDLE, ULONG_PTR, WIN32_MEMORY_RANGE_ENTRY*, ULONG)>
    prefetch_virtual_memory{L"kernel32.dll", "PrefetchVirtualMemory"};

}  // namespace ntpages::nt
