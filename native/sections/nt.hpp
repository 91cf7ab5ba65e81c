// sections/nt: sections and their views, where an older SDK is silent.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/nt.hpp"
#include "native/regions/nt.hpp"

namespace ntpages::nt {

// Source: winnt.h and memoryapi.h of a Windows 11 SDK; phnt, ntmmapi.h.

inline constexpr ULONG section_basic_information = 0;

struct SectionBasicInformation {  // SECTION_BASIC_INFORMATION
    void* base;
    ULONG attributes;  // SEC_...
    std::int64_t size;
};
static_assert(sizeof(SectionBasicInformation) == 24);
static_assert(offsetof(SectionBasicInformation, attributes) == 8);
static_assert(offsetof(SectionBasicInformation, size) == 16);

// Since Windows 10 1703, a view has large pages only where it asks for them by this.
inline constexpr DWORD file_map_large_pages = 0x20000000;

inline constinit Import<Status NTAPI(HANDLE, ULONG, void*, SIZE_T, SIZE_T*)> query_section{
    L"ntdll.dll", "NtQuerySection"};
// Not DuplicateHandle: the compiler's runtime for threads calls that one, and ends the process
// where it is refused, so that no test could refuse it.
inline constinit Import<Status NTAPI(HANDLE, HANDLE, HANDLE, HANDLE*, ULONG, ULONG, ULONG)>
    duplicate_object{L"ntdll.dll", "NtDuplicateObject"};
inline constinit Import<void* WINAPI(HANDLE, HANDLE, void*, ULONG64, SIZE_T, ULONG, ULONG,
                                     ExtendedParameter*, ULONG)>
    map_view_of_file3{L"kernelbase.dll", "MapViewOfFile3"};
inline constinit Import<BOOL WINAPI(HANDLE, void*, ULONG)> unmap_view_of_file2{L"kernelbase.dll",
                                                                               "UnmapViewOfFile2"};

}  // namespace ntpages::nt
