// physical/pages: the pages of the machine as a table.
#include "native/physical/pages.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "native/crew.hpp"
#include "native/physical/superfetch.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::uint64_t worth_a_thread = 65'536;  // pages: of fewer, a batch is all

// What says whose a page is: the process, the file, or where shared memory has it.
std::uint64_t owner_of(const PageIdentity& page) noexcept {
    if (page.is_owned()) return page.owner();
    if (page.is_of_file()) return page.file();
    return page.use() == PageUse::shared ? page.file() : 0;
}

// Column by column, and so few rows at a time that they stay in the nearest cache meanwhile.
void fill(Rows<physical_page_fields>& rows, std::size_t row,
          std::span<const PageIdentity> pages) noexcept {
    constexpr std::size_t most = 1024;
    while (!pages.empty()) {
        const auto now = pages.first(std::min(most, pages.size()));
        pages = pages.subspan(now.size());
        const auto each = [&](auto* cell, auto value_of) {
            for (const auto& page : now) *cell++ = value_of(page);
        };
        rows.fill(row, [&](std::uint64_t* address, std::uint8_t* list, std::uint8_t* use,
                           std::uint8_t* priority, bool* pinned, bool* combined, bool* image,
                           std::uint64_t* owner, std::uint64_t* offset) {
            using Page = const PageIdentity&;
            each(address, [](Page page) { return page.page * page_size; });
            each(list, [](Page page) { return static_cast<std::uint8_t>(page.list()); });
            each(use, [](Page page) { return static_cast<std::uint8_t>(page.use()); });
            each(priority, [](Page page) { return page.priority(); });
            each(pinned, [](Page page) { return page.pinned(); });
            each(combined, [](Page page) { return page.is_combined(); });
            each(image, [](Page page) { return page.is_image(); });
            each(owner, owner_of);
            each(offset,
                 [](Page page) { return page.is_of_file() ? page.offset() : std::uint64_t{0}; });
        });
        row += now.size();
    }
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
    const auto more = choice_.is_all() ? list_all(milliseconds) : list_chosen(milliseconds);
    rows_->check_memory("PhysicalPage");  // for rows that could not be claimed
    return more;
}

// The kernel is asked by one thread at a time; what it said becomes rows meanwhile, which takes as
// long: each of them is memory that nobody has touched before.
bool PageListing::list_all(std::uint32_t milliseconds) {
    const auto end = GetTickCount64() + milliseconds;
    SlimLock asking;
    std::size_t asked_in = 1, joined = 0;  // threads, and so the rest: under the lock
    auto more = true;
    auto over = false;
    Crew crew([&] {
        std::unique_lock lock(asking);
        const auto& batch = batches_[joined++];
        while (!over) {
            over = true;  // for the other one, should this fail
            const auto pages = reader_.next(batch);
            const auto row = rows_->size();
            more = !pages.empty();
            if (!more || !rows_->claim(pages.size())) return;
            over = GetTickCount64() >= end;
            if (!over && asked_in < batches_.size() &&
                reader_.total() - reader_.done() >= worth_a_thread) {
                ++asked_in;
                crew.ask_in();
            }
            lock.unlock();
            fill(*rows_, row, pages);
            lock.lock();
        }
    });
    crew.run();
    return more;
}

bool PageListing::list_chosen(std::uint32_t milliseconds) {
    return reader_.read(batches_[0], milliseconds, [&](std::span<const PageIdentity> pages) {
        chosen_.clear();
        std::ranges::copy_if(pages, std::back_inserter(chosen_),
                             [&](const PageIdentity& page) { return choice_.has(page); });
        const auto row = rows_->size();
        if (rows_->claim(chosen_.size())) fill(*rows_, row, chosen_);
    });
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
