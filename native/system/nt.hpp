// system/nt: the version, and the system-wide counts of memory.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/nt.hpp"

namespace ntpages::nt {

inline constinit Import<Status NTAPI(RTL_OSVERSIONINFOW*)> get_version{L"ntdll.dll",
                                                                       "RtlGetVersion"};

inline constexpr ULONG system_performance_information = 2;
inline constexpr ULONG system_page_file_information = 18;
inline constexpr ULONG system_page_file_information_ex = 144;
inline constexpr ULONG system_memory_usage_information = 182;

// phnt, ntexapi.h. It has grown twice: 312 bytes, then 344 (Windows 10), then 376 (24H2). Only the
// fields ntpages reads are named; what lies beyond the returned length stays zero.
struct SystemPerformanceInformation {
    std::byte reserved0[60];
    ULONG page_faults;  // all counts are pages or events, and wrap at 32 bits
    ULONG copy_on_write_faults;
    ULONG transition_faults;  // resolved from the standby or modified list, without a read
    ULONG cache_transition_faults;
    ULONG demand_zero_faults;
    ULONG pages_read;
    ULONG page_reads;  // read operations: the hard faults
    std::byte reserved1[312 - 88];
    std::uint64_t dirty_cache_pages;  // from here on: Windows 10
    std::uint64_t dirty_cache_threshold;
    std::int64_t resident_available_pages;
    std::uint64_t shared_committed_pages;
    std::byte reserved2[376 - 344];
};
static_assert(sizeof(SystemPerformanceInformation) == 376);
static_assert(offsetof(SystemPerformanceInformation, page_faults) == 60);
static_assert(offsetof(SystemPerformanceInformation, transition_faults) == 68);
static_assert(offsetof(SystemPerformanceInformation, demand_zero_faults) == 76);
static_assert(offsetof(SystemPerformanceInformation, page_reads) == 84);
static_assert(offsetof(SystemPerformanceInformation, dirty_cache_pages) == 312);
static_assert(offsetof(SystemPerformanceInformation, shared_committed_pages) == 336);

struct SystemMemoryUsageInformation {  // phnt, ntexapi.h; bytes
    std::uint64_t total_physical;
    std::uint64_t available;
    std::int64_t resident_available;
    std::uint64_t committed;
    std::uint64_t shared_committed;
    std::uint64_t commit_limit;
    std::uint64_t commit_peak;
};
static_assert(sizeof(SystemMemoryUsageInformation) == 56);

}  // namespace ntpages::nt
