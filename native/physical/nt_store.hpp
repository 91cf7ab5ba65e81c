// physical/nt_store: what is asked of the store of compressed pages, and of the kernel's pools.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/nt.hpp"

namespace ntpages::nt {

// Source: phnt, ntexapi.h.
inline constexpr ULONG system_pool_tag_information = 22;
inline constexpr ULONG system_big_pool_information = 66;
inline constexpr ULONG system_store_information = 109;

inline constexpr ULONG store_version = 1;
inline constexpr ULONG store_trim = 21;  // set, never queried
inline constexpr ULONG store_compression = 22;

struct StoreInformation {  // SYSTEM_STORE_INFORMATION
    ULONG version;
    ULONG kind;
    void* data;
    ULONG length;
};
static_assert(sizeof(StoreInformation) == 24);
static_assert(offsetof(StoreInformation, data) == 8 && offsetof(StoreInformation, length) == 16);

struct StoreCompression {  // SM_STORE_COMPRESSION_INFORMATION_REQUEST
    ULONG version;
    ULONG pid;
    ULONG working_set;  // bytes
    std::uint64_t data;
    std::uint64_t compressed;
    std::uint64_t unique;
    HANDLE partition;  // Windows 11 24H2
};
static_assert(sizeof(StoreCompression) == 48);
static_assert(offsetof(StoreCompression, data) == 16);
static_assert(offsetof(StoreCompression, partition) == 40);

// Newer kernels know a partition as well; older ones refuse the longer request.
inline constexpr ULONG compression_version = 4;
inline constexpr ULONG compression_size = 48;
inline constexpr ULONG compression_version_first = 3;
inline constexpr ULONG compression_size_first = 40;

inline constexpr ULONG store_trim_version = 1;

inline constexpr Status status_revision_mismatch = static_cast<Status>(0xC0000059);
inline constexpr Status status_invalid_buffer_size = static_cast<Status>(0xC0000206);

struct StoreTrim {  // SM_SYSTEM_STORE_TRIM_REQUEST, of its first version
    ULONG version;
    std::uint64_t pages;
};
static_assert(sizeof(StoreTrim) == 16 && offsetof(StoreTrim, pages) == 8);

}  // namespace ntpages::nt
