// write_watch/snapshots: what a region held at moments in the past, as the pages that changed in
// between.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "native/handle.hpp"
#include "native/lock.hpp"
#include "native/regions/region.hpp"
#include "native/table/table.hpp"

namespace ntpages {

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

// Contents of pages, and how many edits each of them is kept for. What nobody needs any more is
// given back page by page, so that forgetting a snapshot copies nothing.
class PageStore {
public:
    using Contents = const std::byte*;  // of one page; null means zeros

    // Room for the contents of so many pages, each needed once. Null for none.
    std::byte* add(std::size_t pages);
    void keep(Contents contents) noexcept;
    // One edit less for each of these, which are put in another order.
    void drop(std::vector<Contents>& contents) noexcept;
    void clear() noexcept {
        blocks_.clear();
        size_ = 0;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }  // bytes that are kept

private:
    struct Block {
        Pages memory;
        std::vector<std::uint32_t> uses;
        std::size_t needed;  // pages
    };
    using Blocks = std::map<Contents, Block>;  // by where they begin

    [[nodiscard]] Blocks::iterator block_of(Contents contents) noexcept {
        return std::prev(blocks_.upper_bound(contents));
    }
    void give_back(Blocks::iterator block, std::span<const Contents> unneeded) noexcept;

    Blocks blocks_;
    std::size_t size_ = 0;
};

// Snapshots form a tree: one taken after an earlier one was restored hangs below that one. Each
// keeps the pages in which it differs from its parent, before and after, so the way from any one to
// any other is to undo edits up to where they part and to redo edits down from there.
class Snapshots : public Exposed {
public:
    explicit Snapshots(Region& region);
    ~Snapshots() { close(); }
    Snapshots(const Snapshots&) = delete;
    Snapshots& operator=(const Snapshots&) = delete;

    std::size_t take();
    // Answers how many bytes had to be written.
    std::size_t restore(std::size_t number);
    // Those that follow it come to follow the one before it. Answers how many bytes that frees.
    std::size_t forget(std::size_t number);

    // The pages in which a snapshot differs from the one it follows.
    Table changed(std::size_t number) const;

    std::size_t size() const;
    std::vector<std::size_t> numbers() const;  // ascending
    std::optional<std::size_t> current() const;
    std::size_t stored() const;  // bytes of page contents
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    void close() noexcept;

private:
    using Contents = PageStore::Contents;
    static constexpr std::size_t none = ~std::size_t{0};

    struct Edit {
        std::size_t page : 63;
        std::size_t undone : 1;  // of several edits that became one, the last undid the first
        Contents before;
        Contents after;  // what this edit keeps
    };
    using Edits = std::vector<Edit>;  // ascending
    struct Snapshot {
        std::size_t parent;
        Edits edits;
        std::vector<std::size_t> children;
    };
    struct Way {
        std::vector<const Snapshot*> undo;
        std::vector<const Snapshot*> redo;
    };
    // What becomes of a snapshot that follows a forgotten one.
    struct Heir {
        Snapshot* snapshot;
        Edits edits;
        std::vector<Contents> inherited;  // what its edits keep of the forgotten one's
    };

    void check_open() const;
    const Snapshot& checked(std::size_t number) const;
    void collect();
    void undo(const Snapshot& snapshot) noexcept;
    void redo(const Snapshot& snapshot) noexcept;
    [[nodiscard]] std::byte* at(std::size_t page) const noexcept;
    [[nodiscard]] Contents known(std::size_t page) const;
    [[nodiscard]] Way way_to(std::size_t number) const;
    [[nodiscard]] static Heir merge(const Snapshot& gone, Snapshot& child);

    mutable SlimLock lock_;
    Region& region_;
    std::atomic<bool> closed_{false};
    PageSet pending_;  // pages that may differ from the current snapshot
    std::map<std::size_t, Snapshot> snapshots_;
    std::size_t next_ = 0;  // number of the next one
    std::size_t current_ = none;
    std::unordered_map<std::size_t, Contents> known_;  // the current snapshot's pages
    PageStore store_;
};

}  // namespace ntpages
