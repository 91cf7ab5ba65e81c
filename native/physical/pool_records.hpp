// physical/pool_records: what the kernel's pools are used for, by tag. Pure, for the fuzzer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ntpages {

using PoolTag = std::array<char, 4>;

struct PoolUse {
    PoolTag tag;
    std::uint32_t paged_allocations;
    std::uint32_t paged_frees;
    std::uint64_t paged;  // bytes in use
    std::uint32_t nonpaged_allocations;
    std::uint32_t nonpaged_frees;
    std::uint64_t nonpaged;
};

struct BigAllocation {
    std::uint64_t address;  // 0 where the kernel hides it
    std::uint64_t size;
    PoolTag tag;
    bool nonpaged;
};

// Decode SYSTEM_POOLTAG_INFORMATION and SYSTEM_BIGPOOL_INFORMATION. Throw std::runtime_error where
// there are more entries than were written.
std::vector<PoolUse> read_pool_uses(std::span<const std::byte> written);
std::vector<BigAllocation> read_big_allocations(std::span<const std::byte> written);

}  // namespace ntpages
