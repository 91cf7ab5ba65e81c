// write_watch: taking snapshots of a region, and going from any one to any other.
#include "write_watch_snapshots.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "write_watch.hpp"

namespace ntmem {
namespace {

alignas(64) constexpr std::byte zeros[page_size]{};

bool holds(const std::byte* page, const std::byte* contents) noexcept {
    return std::memcmp(page, contents ? contents : zeros, page_size) == 0;
}

}  // namespace

Snapshots::Snapshots(Region& region) : region_(region), pending_(region.size() / page_size) {
    require_watched(region);
    for (const auto& range : region.begin_following()) {
        for (auto page = range.offset; page < range.end(); page += page_size) {
            pending_.add(page / page_size);
        }
    }
}

void Snapshots::close() noexcept {
    const std::scoped_lock lock(lock_);
    if (closed_) return;
    closed_ = true;
    snapshots_.clear();
    known_.clear();
    region_.end_following();
}

std::size_t Snapshots::take() {
    const std::scoped_lock lock(lock_);
    check_open();
    collect();

    std::vector<Change> changes;
    pending_.each([&](std::size_t page) {
        const auto before = known(page);
        if (!holds(at(page), before)) changes.push_back({page, before, nullptr});
    });
    Pages contents;
    if (!changes.empty()) {
        contents.reset(check(VirtualAlloc(nullptr, changes.size() * page_size,
                                          MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                             "VirtualAlloc"));
    }
    snapshots_.reserve(snapshots_.size() + 1);
    for (const auto& change : changes) known_.try_emplace(change.page, nullptr);

    // From here on nothing fails.
    auto* to = static_cast<std::byte*>(contents.get());
    for (auto& change : changes) {
        std::memcpy(to, at(change.page), page_size);
        change.after = to;
        known_.find(change.page)->second = to;
        to += page_size;
    }
    snapshots_.push_back({current_, std::move(changes), std::move(contents)});
    pending_.clear();
    return current_ = snapshots_.size() - 1;
}

std::size_t Snapshots::restore(std::size_t number) {
    const std::scoped_lock lock(lock_);
    checked(number);
    collect();
    const auto way = way_to(number);

    for (const auto snapshot : way.undo) {
        for (const auto& [page, before, after] : snapshots_[snapshot].changes) {
            known_.find(page)->second = before;
            pending_.add(page);
        }
    }
    for (auto snapshot = way.redo.rbegin(); snapshot != way.redo.rend(); ++snapshot) {
        for (const auto& [page, before, after] : snapshots_[*snapshot].changes) {
            known_.find(page)->second = after;
            pending_.add(page);
        }
    }
    current_ = number;

    std::size_t written = 0;
    pending_.each([&](std::size_t page) {
        const auto contents = known(page);
        if (holds(at(page), contents)) return;
        std::memcpy(at(page), contents ? contents : zeros, page_size);
        written += page_size;
    });
    pending_.clear();  // the watch has seen these writes; take() finds that they changed nothing
    return written;
}

std::size_t Snapshots::size() const {
    const std::scoped_lock lock(lock_);
    return snapshots_.size();
}

std::optional<std::size_t> Snapshots::current() const {
    const std::scoped_lock lock(lock_);
    if (current_ == none) return std::nullopt;
    return current_;
}

std::size_t Snapshots::stored() const {
    const std::scoped_lock lock(lock_);
    std::size_t pages = 0;
    for (const auto& snapshot : snapshots_) pages += snapshot.changes.size();
    return pages * page_size;
}

void Snapshots::check_open() const {
    if (closed_) throw Closed("Snapshots");
}

const Snapshots::Snapshot& Snapshots::checked(std::size_t number) const {
    check_open();
    if (number >= snapshots_.size()) {
        throw std::out_of_range("snapshot " + std::to_string(number) + " of " +
                                std::to_string(snapshots_.size()));
    }
    return snapshots_[number];
}

// Adds what was written to what is pending. Where it fails half way, nothing is lost.
void Snapshots::collect() {
    region_.forget_writes();
    each_written(region_, {0, region_.size()}, true,
                 [&](std::size_t offset) { pending_.add(offset / page_size); });
}

std::byte* Snapshots::at(std::size_t page) const noexcept {
    return region_.base() + page * page_size;
}

Snapshots::Contents Snapshots::known(std::size_t page) const {
    const auto found = known_.find(page);
    return found == known_.end() ? nullptr : found->second;
}

// A parent has a lower number than its children: the higher of two is never an ancestor.
Snapshots::Way Snapshots::way_to(std::size_t number) const {
    Way way;
    for (auto from = current_, to = number; from != to;) {
        auto& later = from > to ? from : to;
        (from > to ? way.undo : way.redo).push_back(later);
        later = snapshots_[later].parent;
    }
    return way;
}

}  // namespace ntmem
