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

// So many bytes between two members, in the 64-bit form of a structure and in its 32-bit form.
template <typename Pointer, std::size_t wide, std::size_t narrow>
using Gap = std::byte[sizeof(Pointer) == 8 ? wide : narrow];

template <typename Pointer>
struct ProcessBlock {  // PEB
    Gap<Pointer, 0x30, 0x18> reserved0;
    Pointer process_heap;
    Gap<Pointer, 0x30, 0x1C> reserved1;
    Pointer api_sets;  // which DLL has the functions of which API set
    Gap<Pointer, 0x18, 0x10> reserved2;
    Pointer server_memory;  // what the subsystem's server shows to all of its clients
    Gap<Pointer, 0x10, 0x8> reserved3;
    Pointer code_pages;
    Gap<Pointer, 0x40, 0x2C> reserved4;
    ULONG heaps;
    ULONG heaps_maximum;
    Pointer heap_list;
    Pointer gdi_handles;
    Gap<Pointer, 0x1D8, 0x150> reserved5;
    Pointer shims;
    Gap<Pointer, 0x18, 0xC> reserved6;
    Pointer activation_context;
    Pointer assembly_storage;
    Pointer default_activation_context;
    Gap<Pointer, 0x48, 0x2C> reserved7;
    Pointer error_reporting;
};
static_assert(offsetof(ProcessBlock<std::uint64_t>, process_heap) == 0x30);
static_assert(offsetof(ProcessBlock<std::uint64_t>, api_sets) == 0x68);
static_assert(offsetof(ProcessBlock<std::uint64_t>, server_memory) == 0x88);
static_assert(offsetof(ProcessBlock<std::uint64_t>, code_pages) == 0xA0);
static_assert(offsetof(ProcessBlock<std::uint64_t>, heaps) == 0xE8);
static_assert(offsetof(ProcessBlock<std::uint64_t>, heap_list) == 0xF0);
static_assert(offsetof(ProcessBlock<std::uint64_t>, gdi_handles) == 0xF8);
static_assert(offsetof(ProcessBlock<std::uint64_t>, shims) == 0x2D8);
static_assert(offsetof(ProcessBlock<std::uint64_t>, activation_context) == 0x2F8);
static_assert(offsetof(ProcessBlock<std::uint64_t>, default_activation_context) == 0x308);
static_assert(offsetof(ProcessBlock<std::uint64_t>, error_reporting) == 0x358);
static_assert(offsetof(ProcessBlock<std::uint32_t>, process_heap) == 0x18);
static_assert(offsetof(ProcessBlock<std::uint32_t>, api_sets) == 0x38);
static_assert(offsetof(ProcessBlock<std::uint32_t>, server_memory) == 0x4C);
static_assert(offsetof(ProcessBlock<std::uint32_t>, code_pages) == 0x58);
static_assert(offsetof(ProcessBlock<std::uint32_t>, heaps) == 0x88);
static_assert(offsetof(ProcessBlock<std::uint32_t>, heap_list) == 0x90);
static_assert(offsetof(ProcessBlock<std::uint32_t>, gdi_handles) == 0x94);
static_assert(offsetof(ProcessBlock<std::uint32_t>, shims) == 0x1E8);
static_assert(offsetof(ProcessBlock<std::uint32_t>, activation_context) == 0x1F8);
static_assert(offsetof(ProcessBlock<std::uint32_t>, default_activation_context) == 0x200);
static_assert(offsetof(ProcessBlock<std::uint32_t>, error_reporting) == 0x230);

// Where the kernel shows its clock and more to every process. Source: phnt, ntexapi.h.
inline constexpr std::uint64_t user_shared_data = 0x7FFE0000;
// The address of the page in which a hypervisor does the same; Windows 10 1803.
inline constexpr ULONG system_hypervisor_shared_page_information = 197;

// The block that the kernel fills for ntdll when a process begins, exported as data: 8 bytes with
// its size, from which follows where the bitmaps of Control Flow Guard are named. Source: phnt,
// ntldr.h, PS_SYSTEM_DLL_INIT_BLOCK_V1 to _V3.
struct GuardBitmaps {
    std::uint64_t bitmap;
    std::uint64_t size;
    std::uint64_t bitmap32;  // of a WOW64 process
    std::uint64_t size32;
};
static_assert(sizeof(GuardBitmaps) == 32 && offsetof(GuardBitmaps, bitmap32) == 16);
// 0 where no such block is known.
constexpr std::uint64_t guard_bitmaps_in(ULONG block_size) {
    return block_size == 128                        ? 96   // Windows 8.1 to 10 1607
           : block_size == 208 || block_size == 224 ? 176  // to 1909
           : block_size >= 240                      ? 184  // from 2004 on
                                                    : 0;
}

}  // namespace ntpages::nt
