// ranges: sums and products that are looked at, and what is in a set.
#include "native/ranges.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

namespace ntpages {

void require_part(std::size_t first, std::size_t count, std::size_t total) {
    if (first <= total && count <= total - first) return;
    throw std::out_of_range(std::to_string(count) + " from " + std::to_string(first) +
                            " on are not all among " + std::to_string(total));
}

std::size_t product(std::size_t count, std::size_t size) {
    if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size) {
        throw std::overflow_error(std::to_string(count) + " times " + std::to_string(size) +
                                  " bytes are more than can be counted");
    }
    return count * size;
}

void RangeSet::add(Range range) {
    remove(range);
    const auto at = std::ranges::lower_bound(ranges_, range.offset, {}, &Range::offset);
    ranges_.insert(at, range);
}

void RangeSet::remove(Range range) {
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

std::vector<Range> RangeSet::parts(Range range, bool inside) const {
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

}  // namespace ntpages
