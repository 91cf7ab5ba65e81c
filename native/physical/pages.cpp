// physical/pages: the pages of the machine as a table.
#include "native/physical/pages.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "native/crew.hpp"
#include "native/physical/superfetch.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::uint64_t worth_a_thread = 65'536;  // pages: of fewer, a batch is all

// What a page's use and list, the lowest bits of its word, say of all else in its record.
struct Meaning {
    std::uint64_t owner = 0;   // which bits of the word are the process whose it is,
    std::uint64_t offset = 0;  // and where it is in its file
    // Which bits of the detail are the key of its file, or where shared memory has it.
    std::uint64_t key = 0;
    std::uint8_t list = 0;
    std::uint8_t use = 0;
    std::uint8_t priority = 0;  // 7, or 0 where it has none
    std::uint8_t combined = 0;  // 1 where the lowest bit of the detail says so, and so the next
    std::uint8_t image = 0;
};
constexpr std::uint64_t kind_mask = 0x7F;
constexpr auto meanings = [] {
    constexpr PageIdentity all{~kind_mask, 0, ~std::uint64_t{0}};
    std::array<Meaning, kind_mask + 1> found{};
    for (std::uint64_t kind = 0; kind < found.size(); ++kind) {
        const PageIdentity page{all.word | kind, 0, all.detail};
        auto& meaning = found[kind];
        if (page.is_owned()) meaning.owner = page.owner() << 9;
        if (page.is_of_file()) meaning.offset = page.offset();
        if (page.is_of_file() || page.use() == PageUse::shared) meaning.key = page.file();
        meaning.list = static_cast<std::uint8_t>(page.list());
        meaning.use = static_cast<std::uint8_t>(page.use());
        meaning.priority = page.priority();
        meaning.combined = page.is_combined() ? 1 : 0;
        meaning.image = page.is_image() ? 1 : 0;
    }
    return found;
}();

const Meaning& meaning_of(const PageIdentity& page) noexcept {
    return meanings[page.word & kind_mask];
}

// Column by column, and so few rows at a time that they stay in the nearest cache meanwhile. Where
// all of them are zero, and `zeroed` says that the memory is, it is not touched: the first touch is
// what costs most.
void fill(Rows<physical_page_fields>& rows, std::size_t row, std::span<const PageIdentity> pages,
          bool zeroed) noexcept {
    constexpr std::size_t most = 1024;
    while (!pages.empty()) {
        const auto now = pages.first(std::min(most, pages.size()));
        pages = pages.subspan(now.size());
        const auto each = [&](auto* cell, auto value_of) {
            using Value = std::remove_pointer_t<decltype(cell)>;
            for (const auto& page : now) *cell++ = static_cast<Value>(value_of(page));
        };
        PageIdentity any{0, 0, 0};
        Meaning some;
        for (const auto& page : now) {
            const auto& meaning = meaning_of(page);
            any.word |= page.word;
            any.detail |= page.detail;
            some.owner |= meaning.owner | meaning.key;
            some.offset |= meaning.offset;
            some.list |= meaning.list;
            some.use |= meaning.use;
            some.priority |= meaning.priority;
            some.combined |= meaning.combined;
            some.image |= meaning.image;
        }
        rows.fill(row, [&](std::uint64_t* address, std::uint8_t* list, std::uint8_t* use,
                           std::uint8_t* priority, bool* pinned, bool* combined, bool* image,
                           std::uint64_t* owner, std::uint64_t* offset) {
            using Page = const PageIdentity&;
            const auto wanted = [=](std::uint64_t bits) { return !zeroed || bits != 0; };
            each(address, [](Page page) { return page.page * page_size; });
            if (wanted(some.list)) each(list, [](Page page) { return meaning_of(page).list; });
            if (wanted(some.use)) each(use, [](Page page) { return meaning_of(page).use; });
            if (wanted(some.priority)) {
                each(priority,
                     [](Page page) { return page.word >> 57 & meaning_of(page).priority; });
            }
            if (wanted(any.word >> 8 & 1)) each(pinned, [](Page page) { return page.pinned(); });
            if (wanted(any.detail & some.combined)) {
                each(combined, [](Page page) { return page.detail & meaning_of(page).combined; });
            }
            if (wanted(any.detail & some.image)) {
                each(image, [](Page page) { return page.detail & meaning_of(page).image; });
            }
            if (wanted(some.owner)) {
                each(owner, [](Page page) {
                    const auto& meaning = meaning_of(page);
                    return (page.word & meaning.owner) >> 9 | (page.detail & meaning.key);
                });
            }
            if (wanted(any.word & some.offset)) {
                each(offset, [](Page page) { return page.word & meaning_of(page).offset; });
            }
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
            fill(*rows_, row, pages, rows_->zeroed());
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
        if (rows_->claim(chosen_.size())) fill(*rows_, row, chosen_, false);
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
