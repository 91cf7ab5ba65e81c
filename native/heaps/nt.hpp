// heaps/nt: walking heaps, of this process and of others.
#pragma once

#include <windows.h>

#include <cstddef>

#include "native/nt.hpp"

namespace ntpages::nt {

struct HeapWalkEntry {  // phnt, ntrtl.h: RTL_HEAP_WALK_ENTRY
    void* data;         // null to begin
    std::size_t size;   // where PROCESS_HEAP_ENTRY has 32 bits
    UCHAR overhead;
    UCHAR segment;
    USHORT flags;
    struct {  // of a block, what its owner keeps with it is in the first two
        ULONG committed;
        ULONG uncommitted;
        void* first;
        void* last;
    } region;
};
static_assert(sizeof(HeapWalkEntry) == 48);
static_assert(offsetof(HeapWalkEntry, size) == 8);
static_assert(offsetof(HeapWalkEntry, flags) == 18);
static_assert(offsetof(HeapWalkEntry, region) == 24);

// What HeapWalk calls. Undocumented, in every Windows since NT 3.1.
inline constinit Import<Status NTAPI(HANDLE, HeapWalkEntry*)> walk_heap{L"ntdll.dll",
                                                                        "RtlWalkHeap"};
// Undocumented, in every Windows since NT 3.1: calls a function for each heap of the process, the
// default one first, until one of the calls fails.
inline constinit Import<Status NTAPI(Status(NTAPI*)(void*, void*), void*)> enum_process_heaps{
    L"ntdll.dll", "RtlEnumProcessHeaps"};
inline constinit Import<BOOL WINAPI(HANDLE, DWORD, HEAP_SUMMARY*)> heap_summary{L"kernel32.dll",
                                                                                "HeapSummary"};

// Source: winnt.h, HEAP_INFORMATION_CLASS; an older SDK lacks the newest.
inline constexpr int heap_optimize_resources = 3;
struct HeapOptimizeResources {  // HEAP_OPTIMIZE_RESOURCES_INFORMATION
    DWORD version = 1;          // HEAP_OPTIMIZE_RESOURCES_CURRENT_VERSION
    DWORD flags = 0;
};
static_assert(sizeof(HeapOptimizeResources) == 8);

static_assert(sizeof(HEAP_SUMMARY) == 40 && offsetof(HEAP_SUMMARY, cbAllocated) == 8);

// Flags of RtlQueryProcessDebugInformation. Source: phnt, ntrtl.h. Its answer: heaps/snapshot.hpp.
inline constexpr ULONG query_heap_summary = 0x00000004;
inline constexpr ULONG query_heap_entries = 0x00000010;
inline constexpr ULONG query_heap_segments = 0x00000200;
inline constexpr ULONG query_noninvasive = 0x80000000;

inline constexpr Status status_no_memory = static_cast<Status>(0xC0000017);

inline constinit Import<void* NTAPI(ULONG, BOOLEAN)> create_query_debug_buffer{
    L"ntdll.dll", "RtlCreateQueryDebugBuffer"};
inline constinit Import<Status NTAPI(void*)> destroy_query_debug_buffer{
    L"ntdll.dll", "RtlDestroyQueryDebugBuffer"};
inline constinit Import<Status NTAPI(HANDLE, ULONG, void*)> query_process_debug_information{
    L"ntdll.dll", "RtlQueryProcessDebugInformation"};

struct ProcessReflection {  // phnt, ntrtl.h: PROCESS_REFLECTION_INFORMATION
    HANDLE process;
    HANDLE thread;
    HANDLE process_id;
    HANDLE thread_id;
};
static_assert(sizeof(ProcessReflection) == 32);

inline constexpr ULONG reflection_inherit_handles = 0x2;

// Windows 7, undocumented.
inline constinit Import<Status NTAPI(HANDLE, ULONG, void*, void*, HANDLE, ProcessReflection*)>
    create_process_reflection{L"ntdll.dll", "RtlCreateProcessReflection"};

}  // namespace ntpages::nt
