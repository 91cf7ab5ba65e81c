// regions/nt_walk: what an address space is used for: files, threads, heaps.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/nt.hpp"

namespace ntpages::nt {

// Source: phnt, ntmmapi.h, ntpsapi.h, ntpebteb.h.

inline constinit Import<Status NTAPI(HANDLE, const void*, ULONG, void*, SIZE_T, SIZE_T*)>
    query_virtual_memory{L"ntdll.dll", "NtQueryVirtualMemory"};
inline constinit Import<Status NTAPI(HANDLE, ULONG, void*, ULONG, ULONG*)> query_information_thread{
    L"ntdll.dll", "NtQueryInformationThread"};
inline constinit Import<Status NTAPI(HANDLE, HANDLE, ACCESS_MASK, ULONG, ULONG, HANDLE*)>
    get_next_thread{L"ntdll.dll", "NtGetNextThread"};

inline constexpr ULONG memory_mapped_filename_information = 2;
inline constexpr int memory_region_info = 0;  // of QueryVirtualMemoryInformation
inline constexpr ULONG region_mapped_data_file = 1 << 1;

struct UnicodeString {  // phnt, ntdef.h
    USHORT length;      // bytes
    USHORT maximum;
    const wchar_t* buffer;
};
static_assert(sizeof(UnicodeString) == 16 && offsetof(UnicodeString, buffer) == 8);

// What is opened by its name. Source: phnt, ntobapi.h.
struct ObjectAttributes {  // OBJECT_ATTRIBUTES
    ULONG length;
    HANDLE root;
    const UnicodeString* name;
    ULONG attributes;
    void* security;
    void* quality;
};
static_assert(sizeof(ObjectAttributes) == 48 && offsetof(ObjectAttributes, name) == 16);

inline constexpr ULONG object_case_insensitive = 0x40;

inline constexpr ULONG process_basic_information = 0;
inline constexpr ULONG process_wow64_information = 26;  // not 0 for a 32-bit process
inline constexpr ULONG thread_basic_information = 0;

struct ProcessBasicInformation {
    Status exit_status;
    void* peb;
    std::uintptr_t affinity;
    LONG base_priority;
    std::uintptr_t process;
    std::uintptr_t parent;
};
static_assert(sizeof(ProcessBasicInformation) == 48 && offsetof(ProcessBasicInformation, peb) == 8);

struct ThreadBasicInformation {
    Status exit_status;
    void* teb;
    std::uintptr_t process;
    std::uintptr_t thread;
    std::uintptr_t affinity;
    LONG priority;
    LONG base_priority;
};
static_assert(sizeof(ThreadBasicInformation) == 48);
static_assert(offsetof(ThreadBasicInformation, teb) == 8);
static_assert(offsetof(ThreadBasicInformation, thread) == 24);

// The next three are memory of a process: Pointer is 32 bits wide in a 32-bit one.

template <typename Pointer>
struct ThreadBlock {     // TEB, whose start is NT_TIB (winnt.h)
    Pointer exceptions;  // in the 64-bit TEB of a WOW64 thread: its 32-bit TEB
    Pointer stack_base;  // where the stack ends: it grows downwards
    Pointer stack_limit;
    Pointer subsystem;
    Pointer fiber;
    Pointer user;
    Pointer self;
    Pointer environment;
    Pointer process;  // CLIENT_ID
    Pointer thread;
    Pointer rpc;
    Pointer local_storage;
    Pointer process_block;  // the PEB of the same width
};
static_assert(offsetof(ThreadBlock<std::uint64_t>, self) == 0x30);
static_assert(offsetof(ThreadBlock<std::uint64_t>, thread) == 0x48);
static_assert(offsetof(ThreadBlock<std::uint64_t>, process_block) == 0x60);
static_assert(offsetof(ThreadBlock<std::uint32_t>, self) == 0x18);
static_assert(offsetof(ThreadBlock<std::uint32_t>, thread) == 0x24);
static_assert(offsetof(ThreadBlock<std::uint32_t>, process_block) == 0x30);

inline constexpr std::uint64_t thread_block_size = 0x2000;  // of the 64-bit one, in whole pages

template <typename Pointer>
struct ProcessBlock {  // PEB
    std::byte reserved0[sizeof(Pointer) == 8 ? 0x30 : 0x18];
    Pointer process_heap;
    std::byte reserved1[sizeof(Pointer) == 8 ? 0xB0 : 0x6C];
    ULONG heaps;
    ULONG heaps_maximum;
    Pointer heap_list;
};
static_assert(offsetof(ProcessBlock<std::uint64_t>, process_heap) == 0x30);
static_assert(offsetof(ProcessBlock<std::uint64_t>, heaps) == 0xE8);
static_assert(offsetof(ProcessBlock<std::uint64_t>, heap_list) == 0xF0);
static_assert(offsetof(ProcessBlock<std::uint32_t>, process_heap) == 0x18);
static_assert(offsetof(ProcessBlock<std::uint32_t>, heaps) == 0x88);
static_assert(offsetof(ProcessBlock<std::uint32_t>, heap_list) == 0x90);

// Start of a _HEAP_SEGMENT; a heap begins with its first segment. Source: ntdll's public symbols,
// the same in these fields since Windows Vista.
template <typename Pointer>
struct HeapSegment {
    std::byte entry[2 * sizeof(Pointer)];
    ULONG signature;
    ULONG flags;
    Pointer next;  // a ring through all segments of the heap and the ring's head
    Pointer previous;
    Pointer heap;
};
static_assert(offsetof(HeapSegment<std::uint64_t>, signature) == 0x10);
static_assert(offsetof(HeapSegment<std::uint64_t>, next) == 0x18);
static_assert(offsetof(HeapSegment<std::uint64_t>, heap) == 0x28);
static_assert(offsetof(HeapSegment<std::uint32_t>, signature) == 0x8);
static_assert(offsetof(HeapSegment<std::uint32_t>, next) == 0x10);
static_assert(offsetof(HeapSegment<std::uint32_t>, heap) == 0x18);

inline constexpr ULONG heap_segment_signature = 0xFFEEFFEE;

}  // namespace ntpages::nt
