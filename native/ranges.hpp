// ranges: where some bytes are, and sets of such ranges.
#pragma once

#include <cstddef>
#include <vector>

namespace ntpages {

inline constexpr std::size_t page_size = 4096;  // on every processor 64-bit Windows runs on

// Bytes [offset, offset + size) of something.
struct Range {
    std::size_t offset;
    std::size_t size;

    [[nodiscard]] std::size_t end() const noexcept { return offset + size; }
    bool operator==(const Range&) const = default;
};

// The pages that hold these bytes.
inline Range whole_pages(Range bytes) noexcept {
    const auto first = bytes.offset / page_size * page_size;
    const auto last = (bytes.end() + page_size - 1) / page_size * page_size;
    return {first, last - first};
}

// Numbers that callers give are never added or multiplied unseen: Python checks them by name, and
// what takes them checks them again where a wrap would mean other memory.

// Throws std::out_of_range unless [first, first + count) is part of [0, total).
void require_part(std::size_t first, std::size_t count, std::size_t total);

// Throws std::overflow_error where the product has more than 64 bits.
std::size_t product(std::size_t count, std::size_t size);

// Bytes that have something in common, as disjoint ranges in ascending order.
class RangeSet {
public:
    void add(Range range);
    void remove(Range range);

    // What of `range` is in the set, or, with `inside` false, what is not.
    [[nodiscard]] std::vector<Range> parts(Range range, bool inside) const;

    [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
    [[nodiscard]] std::size_t total() const noexcept {
        std::size_t bytes = 0;
        for (const auto& each : ranges_) bytes += each.size;
        return bytes;
    }

private:
    std::vector<Range> ranges_;
};

}  // namespace ntpages
