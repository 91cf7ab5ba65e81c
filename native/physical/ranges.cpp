// physical/ranges: the layout of PF_MEMORY_RANGE_INFO, and how it is read.
#include "native/physical/ranges.hpp"

#include <stdexcept>

#include "native/answer.hpp"

namespace ntpages {
namespace {

// Physical addresses have 52 bits at most, so numbers of pages have 40.
constexpr std::uint64_t most_pages = std::uint64_t{1} << 40;

}  // namespace

// Source: phnt, ntpfapi.h. The newer form has a 32-bit count where 64 bits are declared.
std::vector<PageRange> read_ranges(std::span<const std::byte> written, RangesVersion version) {
    const auto is_old = version == RangesVersion::old;
    const std::size_t head = is_old ? 8 : 16;
    if (written.size() < head) throw std::runtime_error("the ranges of memory are cut short");
    const auto count = value_at<std::uint32_t>(written, is_old ? 4 : 8);
    if (count == 0) throw std::runtime_error("there are no ranges of memory");
    if (count > (written.size() - head) / sizeof(PageRange)) {
        throw std::runtime_error("there are more ranges of memory than were written");
    }
    std::vector<PageRange> ranges(count);
    std::uint64_t behind = 0;  // where the range before ended
    for (std::size_t i = 0; i < count; ++i) {
        const auto range = value_at<PageRange>(written, head + i * sizeof(PageRange));
        if (range.count > most_pages || range.first > most_pages || range.first < behind) {
            throw std::runtime_error("a range of memory is where none can be");
        }
        behind = range.end();
        ranges[i] = range;
    }
    return ranges;
}

std::uint64_t pages_in(std::span<const PageRange> ranges) noexcept {
    std::uint64_t pages = 0;
    for (const auto& range : ranges) pages += range.count;
    return pages;
}

}  // namespace ntpages
