// memory_lists/nt: the memory manager's page lists, and the commands that empty them.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/nt.hpp"

namespace ntpages::nt {

inline constexpr ULONG system_memory_list_information = 80;
inline constexpr ULONG system_file_cache_information = 21;
inline constexpr ULONG system_file_cache_information_ex = 81;
inline constexpr ULONG system_combine_physical_memory_information = 130;
inline constexpr ULONG system_registry_reconciliation_information = 155;

struct SystemMemoryListInformation {  // phnt, ntexapi.h; pages
    std::size_t zero;
    std::size_t free;
    std::size_t modified;
    std::size_t modified_no_write;
    std::size_t bad;
    std::size_t standby[8];
    std::size_t repurposed[8];
    std::size_t modified_page_file;  // Windows 8 and later
};
static_assert(sizeof(SystemMemoryListInformation) == 176);
static_assert(offsetof(SystemMemoryListInformation, bad) == 32);
static_assert(offsetof(SystemMemoryListInformation, standby) == 40);
static_assert(offsetof(SystemMemoryListInformation, repurposed) == 104);
static_assert(offsetof(SystemMemoryListInformation, modified_page_file) == 168);

enum class MemoryListCommand : ULONG {  // phnt, ntexapi.h: SYSTEM_MEMORY_LIST_COMMAND
    capture_accessed_bits = 0,
    capture_and_reset_accessed_bits = 1,
    empty_working_sets = 2,
    flush_modified_list = 3,
    purge_standby_list = 4,
    purge_low_priority_standby_list = 5,
};
static_assert(sizeof(MemoryListCommand) == 4);

struct SystemFileCacheInformation {  // phnt, ntexapi.h; bytes
    std::size_t current_size;
    std::size_t peak_size;
    ULONG page_faults;
    std::size_t minimum_working_set;
    std::size_t maximum_working_set;
    std::size_t current_size_including_transition;  // pages, this and the next
    std::size_t peak_size_including_transition;
    ULONG transition_repurposed;
    ULONG flags;
};
static_assert(sizeof(SystemFileCacheInformation) == 64);
static_assert(offsetof(SystemFileCacheInformation, minimum_working_set) == 24);
static_assert(offsetof(SystemFileCacheInformation, flags) == 60);

struct MemoryCombineInformationEx {  // phnt, ntexapi.h; Windows 8
    HANDLE event;
    std::size_t pages_combined;  // written back
    ULONG flags;
};
static_assert(sizeof(MemoryCombineInformationEx) == 24);
static_assert(offsetof(MemoryCombineInformationEx, pages_combined) == 8);

}  // namespace ntpages::nt
