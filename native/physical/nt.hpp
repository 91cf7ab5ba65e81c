// physical/nt: superfetch information, which tells of every page of memory; and the filter of file
// systems that knows the names of files.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/memory_lists/nt.hpp"
#include "native/nt.hpp"
#include "native/regions/nt_walk.hpp"

namespace ntpages::nt {

inline constexpr ULONG system_superfetch_information = 79;

// Source: phnt, ntpfapi.h. All that is asked goes through one class of system information.
inline constexpr ULONG superfetch_version = 45;
inline constexpr ULONG superfetch_magic = 0x6B756843;
inline constexpr ULONG superfetch_pfn_query = 6;
inline constexpr ULONG superfetch_private_source_query = 8;
inline constexpr ULONG superfetch_memory_list_query = 16;
inline constexpr ULONG superfetch_memory_ranges_query = 17;

struct SuperfetchInformation {
    ULONG version;
    ULONG magic;
    ULONG kind;
    void* buffer;
    ULONG length;
};
static_assert(sizeof(SuperfetchInformation) == 32);
static_assert(offsetof(SuperfetchInformation, buffer) == 16);
static_assert(offsetof(SuperfetchInformation, length) == 24);

inline constexpr ULONG pfn_request_version = 1;
inline constexpr ULONG pfn_request_lists = 1;  // flag: fill the sizes of the page lists, too

struct PfnRequest {  // PF_PFN_PRIO_REQUEST, up to its array of PageIdentity
    ULONG version;
    ULONG flags;
    std::size_t count;
    SystemMemoryListInformation lists;
};
static_assert(sizeof(PfnRequest) == 192);
static_assert(offsetof(PfnRequest, count) == 8);
static_assert(offsetof(PfnRequest, lists) == 16);

inline constexpr ULONG private_source_version = 8;

struct PrivateSourceRequest {  // PF_PRIVSOURCE_QUERY_REQUEST, up to its array
    ULONG version;
    ULONG flags;
    ULONG count;
    ULONG padding;
};
static_assert(sizeof(PrivateSourceRequest) == 16);

inline constexpr ULONG memory_list_version = 1;

struct MemoryListNode {  // PF_MEMORY_LIST_NODE; pages
    std::uint64_t node;
    std::uint64_t standby_low;
    std::uint64_t standby_medium;
    std::uint64_t standby_high;
    std::uint64_t free;
    std::uint64_t modified;
};
static_assert(sizeof(MemoryListNode) == 48);

struct MemoryListRequest {  // PF_MEMORY_LIST_INFO, up to its array
    ULONG version;
    ULONG size;
    ULONG count;
    ULONG padding;
};
static_assert(sizeof(MemoryListRequest) == 16);

// Source: phnt, ntioapi.h.
struct IoStatus {
    Status status;
    std::size_t information;
};
static_assert(sizeof(IoStatus) == 16 && offsetof(IoStatus, information) == 8);

inline constexpr ULONG file_synchronous = 0x20;     // FILE_SYNCHRONOUS_IO_NONALERT
inline constexpr ULONG file_no_directory = 0x40;    // FILE_NON_DIRECTORY_FILE
inline constexpr ULONG enumerate_files = 0x22000F;  // what the FileInfo device is told to do

inline constinit Import<Status NTAPI(HANDLE*, ACCESS_MASK, const ObjectAttributes*, IoStatus*,
                                     ULONG, ULONG)>
    open_file{L"ntdll.dll", "NtOpenFile"};
inline constinit Import<Status NTAPI(HANDLE, HANDLE, void*, void*, IoStatus*, ULONG, void*, ULONG,
                                     void*, ULONG)>
    device_io_control{L"ntdll.dll", "NtDeviceIoControlFile"};

struct FileEnumeration {  // what it is asked with; observed, not documented
    ULONG version;        // grows from one Windows to the next
    ULONG flags;
    ULONG logger;
};
static_assert(sizeof(FileEnumeration) == 12);

inline constexpr Status status_buffer_overflow = static_cast<Status>(0x80000005);
inline constexpr Status status_invalid_parameter = static_cast<Status>(0xC000000D);
inline constexpr Status status_buffer_too_small = static_cast<Status>(0xC0000023);
inline constexpr Status status_insufficient_resources = static_cast<Status>(0xC000009A);
inline constexpr Status status_internal_error = static_cast<Status>(0xC00000E5);
inline constexpr Status status_invalid_parameter_2 = static_cast<Status>(0xC00000F0);
inline constexpr Status status_version_not_known = static_cast<Status>(0xC0000355);

}  // namespace ntpages::nt
