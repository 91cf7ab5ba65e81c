// heaps/entries: what a walk finds, whosever heap it was, and what is counted of it.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "native/heaps/snapshot.hpp"
#include "native/table/table.hpp"

namespace ntpages {

enum class EntryKind : std::uint8_t { busy, free, uncommitted, region };

inline constexpr const char* entry_kinds[] = {"busy", "free", "uncommitted", "region"};

constexpr EntryKind kind_of(std::uint16_t flags) noexcept {
    if (flags & heap_entry::segment) return EntryKind::region;
    if (flags & heap_entry::uncommitted) return EntryKind::uncommitted;
    return flags & heap_entry::busy ? EntryKind::busy : EntryKind::free;
}

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

// The sums of a walk. Sizes in bytes.
struct Sums : Exposed {
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
};

}  // namespace ntpages
