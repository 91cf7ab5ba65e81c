// partitions/nt: memory partitions, which no SDK has.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/nt.hpp"
#include "native/regions/nt_walk.hpp"

namespace ntpages::nt {

// Source: phnt, ntmmapi.h; Windows 10. The two handles stand for a partition without being opened.
inline constexpr std::uintptr_t memory_current_partition_handle = static_cast<std::uintptr_t>(-1);
inline constexpr std::uintptr_t memory_system_partition_handle = static_cast<std::uintptr_t>(-2);
inline constexpr ULONG memory_partition_query_access = 1;
inline constexpr ULONG memory_partition_modify_access = 2;

inline constexpr ULONG system_memory_partition_information = 0;
inline constexpr ULONG system_memory_partition_move_memory = 1;

struct PartitionConfiguration {  // MEMORY_PARTITION_CONFIGURATION_INFORMATION; pages
    ULONG flags;
    ULONG node;
    ULONG channel;
    ULONG nodes;
    std::size_t resident_available;
    std::size_t committed;
    std::size_t commit_limit;
    std::size_t peak_commitment;
    std::size_t total;
    std::size_t available;
    std::size_t zero;
    std::size_t free;
    std::size_t standby;
    std::size_t standby_by_priority[8];  // from here on, Windows 10 1703
    std::size_t repurposed_by_priority[8];
    std::size_t maximum_commit_limit;
    std::size_t reserved;
    ULONG id;
};
static_assert(sizeof(PartitionConfiguration) == 240);
static_assert(offsetof(PartitionConfiguration, total) == 48);
static_assert(offsetof(PartitionConfiguration, standby_by_priority) == 88);
static_assert(offsetof(PartitionConfiguration, repurposed_by_priority) == 152);
static_assert(offsetof(PartitionConfiguration, maximum_commit_limit) == 216);
static_assert(offsetof(PartitionConfiguration, id) == 232);

struct PartitionTransfer {  // MEMORY_PARTITION_TRANSFER_INFORMATION
    std::size_t pages;
    ULONG node;
    ULONG flags;
};
static_assert(sizeof(PartitionTransfer) == 16);

inline constinit Import<Status NTAPI(HANDLE, HANDLE*, ULONG, ObjectAttributes*, ULONG)>
    create_partition{L"ntdll.dll", "NtCreatePartition"};
inline constinit Import<Status NTAPI(HANDLE*, ULONG, ObjectAttributes*)> open_partition{
    L"ntdll.dll", "NtOpenPartition"};
inline constinit Import<Status NTAPI(HANDLE, HANDLE, ULONG, void*, ULONG)> manage_partition{
    L"ntdll.dll", "NtManagePartition"};

}  // namespace ntpages::nt
