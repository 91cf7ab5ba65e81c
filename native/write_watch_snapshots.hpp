// write_watch: what a region held at moments in the past, as the pages that changed in between.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "handle.hpp"
#include "lock.hpp"
#include "regions.hpp"

namespace ntmem {

// Page numbers, one bit each: adding one takes no memory, so it can't fail.
class PageSet {
public:
    explicit PageSet(std::size_t pages) : words_((pages + 63) / 64) {}

    void add(std::size_t page) noexcept { words_[page / 64] |= std::uint64_t{1} << (page % 64); }
    void clear() noexcept { words_.assign(words_.size(), 0); }

    // In ascending order.
    template <typename Visit>
    void each(Visit visit) const {
        for (std::size_t word = 0; word < words_.size(); ++word) {
            for (auto bits = words_[word]; bits != 0; bits &= bits - 1) {
                visit(word * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
            }
        }
    }

private:
    std::vector<std::uint64_t> words_;
};

// Snapshots form a tree: one taken after an earlier one was restored hangs below that one. Each
// keeps the pages in which it differs from its parent, before and after, so the way from any one to
// any other is to undo changes up to where they part and to redo changes down from there.
class Snapshots : public Owner {
public:
    explicit Snapshots(Region& region);
    ~Snapshots() { close(); }
    Snapshots(const Snapshots&) = delete;
    Snapshots& operator=(const Snapshots&) = delete;

    std::size_t take();
    // Answers how many bytes had to be written.
    std::size_t restore(std::size_t number);

    std::size_t size() const;
    std::optional<std::size_t> current() const;
    std::size_t stored() const;  // bytes of page contents
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    void close() noexcept;

    // Visits the pages in which a snapshot differs from the one it followed.
    template <typename Visit>
    void each_change(std::size_t number, Visit visit) const {
        const std::scoped_lock lock(lock_);
        for (const auto& change : checked(number).changes) visit(change.page);
    }

private:
    using Contents = const std::byte*;  // of one page; null means zeros
    static constexpr std::size_t none = ~std::size_t{0};

    struct Change {
        std::size_t page;
        Contents before;
        Contents after;
    };
    struct Snapshot {
        std::size_t parent;
        std::vector<Change> changes;
        Pages contents;
    };
    struct Way {
        std::vector<std::size_t> undo;
        std::vector<std::size_t> redo;
    };

    void check_open() const;
    const Snapshot& checked(std::size_t number) const;
    void collect();
    [[nodiscard]] std::byte* at(std::size_t page) const noexcept;
    [[nodiscard]] Contents known(std::size_t page) const;
    [[nodiscard]] Way way_to(std::size_t number) const;

    mutable SlimLock lock_;
    Region& region_;
    bool closed_ = false;
    PageSet pending_;  // pages that may differ from the current snapshot
    std::vector<Snapshot> snapshots_;
    std::size_t current_ = none;
    std::unordered_map<std::size_t, Contents> known_;  // the current snapshot's pages
};

}  // namespace ntmem
