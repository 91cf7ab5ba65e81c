// heaps/sums: what is counted of a heap's entries.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include "native/handle.hpp"
#include "native/heaps/entries.hpp"
#include "native/table/table.hpp"

namespace ntpages {

// Blocks by size, in classes that double: up to 16 bytes, up to 32, up to 64... Counting allocates
// nothing, so it may be done while a heap is locked.
class Histogram {
public:
    void add(EntryKind kind, std::uint64_t size) noexcept {
        if (kind != EntryKind::busy && kind != EntryKind::free) return;
        auto& each = classes_[size <= smallest ? 0 : std::bit_width(size - 1) - smallest_bits];
        ++(kind == EntryKind::busy ? each.busy : each.free);
        (kind == EntryKind::busy ? each.busy_size : each.free_size) += size;
    }

    [[nodiscard]] Table finish() const;  // from the first class with a block to the last

private:
    struct Class {
        std::uint64_t busy = 0;
        std::uint64_t busy_size = 0;
        std::uint64_t free = 0;
        std::uint64_t free_size = 0;
    };
    static constexpr int smallest_bits = 4;
    static constexpr std::uint64_t smallest = 1U << smallest_bits;

    std::array<Class, 65 - smallest_bits> classes_{};
};

// How the memory of a heap is split up. Sizes in bytes.
struct Fragmentation : Exposed {
    std::uint64_t busy_blocks = 0;
    std::uint64_t busy = 0;
    std::uint64_t free_blocks = 0;
    std::uint64_t free = 0;
    std::uint64_t largest_free = 0;
    std::uint64_t uncommitted = 0;

    void add(EntryKind kind, std::uint64_t size) noexcept {
        switch (kind) {
            case EntryKind::busy:
                ++busy_blocks;
                busy += size;
                break;
            case EntryKind::free:
                ++free_blocks;
                free += size;
                if (size > largest_free) largest_free = size;
                break;
            case EntryKind::uncommitted:
                uncommitted += size;
                break;
            case EntryKind::region:
                break;
        }
    }

    // The share of the free bytes that are not in the largest hole.
    [[nodiscard]] double ratio() const noexcept {
        if (free == 0) return 0;
        return 1 - static_cast<double>(largest_free) / static_cast<double>(free);
    }
};

// What a heap takes. Bytes.
struct HeapSummary : Exposed {
    std::size_t allocated = 0;
    std::size_t committed = 0;
    std::size_t reserved = 0;
    std::size_t limit = 0;
    std::string source;  // who counted: "HeapSummary", or "walk"
};

// Of any table of entries, whoever filled it: a walk, or who read a saved one. They throw
// std::invalid_argument for other tables.
Table count_entries(const Table& table);
Fragmentation sum_entries(const Table& table);
// What grew, by block size, the greatest growth first.
Table compare_entries(const Table& before, const Table& after);

}  // namespace ntpages
