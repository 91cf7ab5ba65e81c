// physical/ranges: which physical addresses have memory behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ntpages {

struct PageRange {
    std::uint64_t first;  // numbers of pages
    std::uint64_t count;

    [[nodiscard]] std::uint64_t end() const noexcept { return first + count; }
};

// The two forms in which the kernel tells them.
enum class RangesVersion : std::uint32_t { old = 1, current = 2 };

// Decodes PF_MEMORY_RANGE_INFO. Pure, for the fuzzer. Throws std::runtime_error where the ranges do
// not fit into what was written, are not in the order of addresses, or are none.
std::vector<PageRange> read_ranges(std::span<const std::byte> written, RangesVersion version);

std::uint64_t pages_in(std::span<const PageRange> ranges) noexcept;

}  // namespace ntpages
