// write_watch/snapshots: taking snapshots of a region, and going from any one to any other.
#include "native/write_watch/snapshots.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "native/commit.hpp"
#include "native/write_watch/dirty.hpp"

namespace ntpages {
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
    store_.clear();
    region_.end_following();
}

std::size_t Snapshots::take() {
    const std::scoped_lock lock(lock_);
    check_open();
    collect();

    std::map<std::size_t, Snapshot> taken;
    auto& edits = taken.try_emplace(next_, Snapshot{current_, {}, {}}).first->second.edits;
    pending_.each([&](std::size_t page) {
        const auto before = known(page);
        if (!holds(at(page), before)) edits.push_back({page, 0, before, nullptr});
    });
    if (current_ != none) {
        auto& siblings = snapshots_.at(current_).children;
        siblings.reserve(siblings.size() + 1);
    }
    for (const auto& edit : edits) known_.try_emplace(edit.page, nullptr);
    auto* to = store_.add(edits.size());

    // From here on nothing fails.
    for (auto& edit : edits) {
        std::memcpy(to, at(edit.page), page_size);
        edit.after = to;
        known_.find(edit.page)->second = to;
        to += page_size;
    }
    if (current_ != none) snapshots_.at(current_).children.push_back(next_);
    snapshots_.merge(taken);
    pending_.clear();
    return current_ = next_++;
}

std::size_t Snapshots::restore(std::size_t number) {
    const std::scoped_lock lock(lock_);
    checked(number);
    collect();
    const auto way = way_to(number);
    for (const auto* const snapshot : way.undo) undo(*snapshot);
    for (auto snapshot = way.redo.rbegin(); snapshot != way.redo.rend(); ++snapshot) {
        redo(**snapshot);
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

std::size_t Snapshots::forget(std::size_t number) {
    const std::scoped_lock lock(lock_);
    const auto& gone = checked(number);
    std::vector<Heir> heirs;
    for (const auto child : gone.children) heirs.push_back(merge(gone, snapshots_.at(child)));
    std::vector<Contents> kept;
    for (const auto& edit : gone.edits) kept.push_back(edit.after);
    auto* const parent = gone.parent == none ? nullptr : &snapshots_.at(gone.parent);
    if (parent) parent->children.reserve(parent->children.size() + heirs.size());

    // From here on nothing fails.
    if (current_ == number) {
        undo(gone);
        current_ = gone.parent;
    }
    for (auto& heir : heirs) {
        for (const auto contents : heir.inherited) store_.keep(contents);
        heir.snapshot->edits = std::move(heir.edits);
        heir.snapshot->parent = gone.parent;
    }
    if (parent) {
        std::erase(parent->children, number);
        parent->children.insert(parent->children.end(), gone.children.begin(), gone.children.end());
    }
    const auto before = store_.size();
    store_.drop(kept);
    snapshots_.erase(number);
    return before - store_.size();
}

Table Snapshots::changed(std::size_t number) const {
    const std::scoped_lock lock(lock_);
    Rows<page_fields> rows;
    for (const auto& edit : checked(number).edits) {
        if (!edit.undone) rows.append(edit.page * page_size);
    }
    return rows.finish("changed pages");
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

std::vector<std::size_t> Snapshots::numbers() const {
    const std::scoped_lock lock(lock_);
    std::vector<std::size_t> found;
    for (const auto& [number, snapshot] : snapshots_) found.push_back(number);
    return found;
}

std::size_t Snapshots::stored() const {
    const std::scoped_lock lock(lock_);
    return store_.size();
}

void Snapshots::check_open() const {
    if (closed_) throw Closed("Snapshots");
}

const Snapshots::Snapshot& Snapshots::checked(std::size_t number) const {
    check_open();
    const auto found = snapshots_.find(number);
    if (found != snapshots_.end()) return found->second;
    throw std::out_of_range("snapshot " + std::to_string(number) +
                            (number < next_ ? " was forgotten" : " of " + std::to_string(next_)));
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

// Back to what its parent knows.
void Snapshots::undo(const Snapshot& snapshot) noexcept {
    for (const auto& edit : snapshot.edits) {
        known_.find(edit.page)->second = edit.before;
        pending_.add(edit.page);
    }
}

void Snapshots::redo(const Snapshot& snapshot) noexcept {
    for (const auto& edit : snapshot.edits) {
        known_.find(edit.page)->second = edit.after;
        pending_.add(edit.page);
    }
}

// A parent has a lower number than its children, and none the lowest: so that the higher of two is
// never an ancestor.
Snapshots::Way Snapshots::way_to(std::size_t number) const {
    Way way;
    for (auto from = current_ + 1, to = number + 1; from != to;) {  // none becomes 0
        auto& later = from > to ? from : to;
        const auto& snapshot = snapshots_.at(later - 1);
        (from > to ? way.undo : way.redo).push_back(&snapshot);
        later = snapshot.parent + 1;
    }
    return way;
}

// The edits of a snapshot and of one that follows it, as one. Where both edit a page, what it
// held in between is forgotten. An edit that came to nothing stays: what it keeps is what those
// that follow go back to.
Snapshots::Heir Snapshots::merge(const Snapshot& gone, Snapshot& child) {
    Heir heir{&child, {}, {}};
    heir.edits.reserve(gone.edits.size() + child.edits.size());
    auto second = child.edits.begin();
    const auto pass = [&](std::size_t page) {
        for (; second != child.edits.end() && second->page < page; ++second) {
            heir.edits.push_back(*second);
        }
    };
    for (const auto& first : gone.edits) {
        pass(first.page);
        if (second != child.edits.end() && second->page == first.page) {
            auto both = *second++;
            both.before = first.before;
            both.undone = holds(both.after, first.before) ? 1 : 0;
            heir.edits.push_back(both);
        } else {
            heir.edits.push_back(first);
            heir.inherited.push_back(first.after);
        }
    }
    pass(none);
    heir.edits.shrink_to_fit();
    return heir;
}

// ---- Contents -----------------------------------------------------------------------------------

std::byte* PageStore::add(std::size_t pages) {
    if (pages == 0) return nullptr;
    const auto size = pages * page_size;
    Block block{Pages(check(new_pages(size), "VirtualAlloc")), std::vector<std::uint32_t>(pages, 1),
                pages};
    auto* const base = static_cast<std::byte*>(block.memory.get());
    blocks_.emplace(base, std::move(block));
    size_ += size;
    return base;
}

void PageStore::keep(Contents contents) noexcept {
    const auto block = block_of(contents);
    ++block->second.uses[static_cast<std::size_t>(contents - block->first) / page_size];
}

void PageStore::drop(std::vector<Contents>& contents) noexcept {
    std::ranges::sort(contents);
    for (auto at = contents.begin(); at != contents.end();) {
        const auto block = block_of(*at);
        auto& uses = block->second.uses;
        const auto* const end = block->first + uses.size() * page_size;
        const auto first = at;
        auto unneeded = at;
        for (; at != contents.end() && *at < end; ++at) {
            auto& use = uses[static_cast<std::size_t>(*at - block->first) / page_size];
            if (--use == 0) *unneeded++ = *at;
        }
        give_back(block, {first, unneeded});
    }
}

void PageStore::give_back(Blocks::iterator block, std::span<const Contents> unneeded) noexcept {
    size_ -= unneeded.size() * page_size;
    block->second.needed -= unneeded.size();
    if (block->second.needed == 0) {
        blocks_.erase(block);
        return;
    }
    for (std::size_t at = 0; at < unneeded.size();) {  // as many at a time as lie together
        const auto first = at++;
        while (at < unneeded.size() && unneeded[at] == unneeded[at - 1] + page_size) ++at;
        // Where Windows refuses, the memory goes with the block.
        VirtualFree(const_cast<std::byte*>(unneeded[first]), (at - first) * page_size,
                    MEM_DECOMMIT);
    }
}

}  // namespace ntpages
