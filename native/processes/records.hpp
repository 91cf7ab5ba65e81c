// processes/records: reads the kernel's process table. A pure function over bytes: it calls
// nothing, trusts nothing, and builds on any system, so that a fuzzer can have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ntpages {

// One process. Sizes are bytes, times are units of 100 ns.
struct ProcessEntry {
    std::uint32_t pid;
    std::uint32_t parent;
    std::uint32_t session;
    std::uint32_t threads;
    std::uint32_t handles;
    std::u16string_view name;  // lies in the bytes that were read
    std::uint64_t working_set;
    std::uint64_t private_working_set;
    std::uint64_t peak_working_set;
    std::uint64_t private_bytes;
    std::uint64_t commit;
    std::uint64_t peak_commit;
    std::uint64_t virtual_size;
    std::uint64_t paged_pool;
    std::uint64_t nonpaged_pool;
    std::uint64_t shared_commit;  // 0 unless the table is a full one
    std::uint32_t faults;
    std::uint32_t hard_faults;
    std::uint64_t cycles;
    std::uint64_t cpu_time;  // user and kernel
    std::uint64_t created;   // since 1601
};

// What the kernel was asked for: its classes 5 and 148.
enum class TableKind { plain, full };

// Decodes the first `written` bytes that the kernel put at `buffer`, whose own address was `base`
// then: names are pointers into it. Throws std::runtime_error where an entry does not fit.
std::vector<ProcessEntry> read_process_table(std::span<const std::byte> written, std::uint64_t base,
                                             TableKind kind);

}  // namespace ntpages
