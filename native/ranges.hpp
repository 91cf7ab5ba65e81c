// ranges: where some bytes are, and sets of such ranges.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
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
inline void require_part(std::size_t first, std::size_t count, std::size_t total) {
    if (first <= total && count <= total - first) return;
    throw std::out_of_range(std::to_string(count) + " from " + std::to_string(first) +
                            " on are not all among " + std::to_string(total));
}

// Throws std::overflow_error where the product has more than 64 bits.
inline std::size_t product(std::size_t count, std::size_t size) {
    if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size) {
        throw std::overflow_error(std::to_string(count) + " times " + std::to_string(size) +
                                  " bytes are more than can be counted");
    }
    return count * size;
}

// Bytes that have something in common, as disjoint ranges in ascending order.
class RangeSet {
public:
    void add(Range range) {
        remove(range);
        const auto at = std::ranges::lower_bound(ranges_, range.offset, {}, &Range::offset);
        ranges_.insert(at, range);
    }

    void remove(Range range) {
        std::vector<Range> kept;
        for (const auto& each : ranges_) {
            if (each.offset < range.offset) {
                kept.push_back({each.offset, std::min(each.end(), range.offset) - each.offset});
            }
            if (each.end() > range.end()) {
                const auto first = std::max(each.offset, range.end());
                kept.push_back({first, each.end() - first});
            }
        }
        ranges_ = std::move(kept);
    }

    // What of `range` is in the set, or, with `inside` false, what is not.
    [[nodiscard]] std::vector<Range> parts(Range range, bool inside) const {
        std::vector<Range> found;
        auto at = range.offset;
        const auto pass = [&](std::size_t end, bool in_set) {
            if (end > at && in_set == inside) found.push_back({at, end - at});
            at = std::max(at, end);
        };
        for (const auto& each : ranges_) {
            if (each.end() <= range.offset || each.offset >= range.end()) continue;
            pass(each.offset, false);
            pass(std::min(each.end(), range.end()), true);
        }
        pass(range.end(), false);
        return found;
    }

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
