// physical/pages: the pages of the machine as a table.
#include "native/physical/pages.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "native/physical/superfetch.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

// What says whose a page is: the process, the file, or where shared memory has it.
std::uint64_t owner_of(const PageIdentity& page) noexcept {
    if (page.is_owned()) return page.owner();
    if (page.is_of_file()) return page.file();
    return page.use() == PageUse::shared ? page.file() : 0;
}

std::vector<PageRange> part_of(std::vector<PageRange> ranges, std::uint64_t start,
                               std::uint64_t end) {
    for (auto& range : ranges) {
        const auto first = std::clamp(start / page_size, range.first, range.end());
        const auto behind = std::clamp(end / page_size, first, range.end());
        range = {first, behind - first};
    }
    std::erase_if(ranges, [](const PageRange& range) { return range.count == 0; });
    return ranges;
}

}  // namespace

bool PageChoice::has(const PageIdentity& page) const noexcept {
    if (file && page.is_of_file() && page.file() == *file) return true;
    return page.is_owned() && std::ranges::find(owners, page.owner()) != owners.end();
}

PageListing::PageListing(PageChoice choice)
    : choice_(std::move(choice)),
      reader_(part_of(query_ranges(), choice_.start, choice_.end)),
      rows_(std::in_place, choice_.is_all() ? static_cast<std::size_t>(reader_.total()) : 0) {}

bool PageListing::advance(std::uint32_t milliseconds) {
    const std::scoped_lock lock(turn_);
    if (!rows_) return false;
    const auto more = reader_.read(milliseconds, [&](std::span<const PageIdentity> pages) {
        for (const auto& page : pages) {
            if (!choice_.is_all() && !choice_.has(page)) continue;
            rows_->append(page.page * page_size, static_cast<std::uint8_t>(page.list()),
                          static_cast<std::uint8_t>(page.use()), page.priority(), page.pinned(),
                          page.is_combined(), page.is_image(), owner_of(page),
                          page.is_of_file() ? page.offset() : 0);
        }
    });
    rows_->check_memory("PhysicalPage");
    return more;
}

std::uint64_t PageListing::total() const noexcept {
    return reader_.total() * page_size;
}

std::uint64_t PageListing::done() const noexcept {
    const std::scoped_lock lock(turn_);
    return reader_.done() * page_size;
}

Table PageListing::finish() {
    const std::scoped_lock lock(turn_);
    if (!rows_) throw std::logic_error("the pages were taken before");
    auto rows = std::move(*rows_);
    rows_.reset();
    rows.shrink();
    return rows.finish("PhysicalPage");
}

}  // namespace ntpages
