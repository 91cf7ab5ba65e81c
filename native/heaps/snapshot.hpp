// heaps/snapshot: what a debug buffer says of the heaps of a process. Bytes in, records out: it
// calls nothing, trusts nothing, and builds on any system, so that a fuzzer can have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "native/ranges.hpp"

namespace ntpages {

// Flags of a heap entry, in a debug buffer and in a walk of one's own. Source: phnt, ntrtl.h.
namespace heap_entry {
enum Flag : std::uint16_t {
    busy = 0x0001,
    segment = 0x0002,
    settable = 0x0010,  // its owner keeps a value with it
    movable = 0x0020,   // the first of the owner's own flags, as GlobalAlloc uses it
    dde_share = 0x0040,
    uncommitted = 0x1000,
    no_access = 0x2000,
    large = 0x4000,
    low_fragmentation = 0x8000,
};
}  // namespace heap_entry

// Flags of a whole heap. Source: winnt.h; phnt, ntrtl.h for those from 0x1000 that are no options
// of HeapCreate.
namespace heap_flag {
enum Flag : std::uint32_t {
    no_serialize = 0x0000'0001,
    growable = 0x0000'0002,
    generate_exceptions = 0x0000'0004,
    zero_memory = 0x0000'0008,
    realloc_in_place_only = 0x0000'0010,
    tail_checking = 0x0000'0020,
    free_checking = 0x0000'0040,
    disable_coalescing = 0x0000'0080,
    segment_heap = 0x0000'0100,
    private_class = 0x0000'1000,
    align_16 = 0x0001'0000,
    tracing = 0x0002'0000,
    executable = 0x0004'0000,
    page_allocations = 0x0100'0000,
    capture_stacks = 0x0800'0000,
    skip_validation = 0x1000'0000,
    validate_all = 0x2000'0000,
    validate_parameters = 0x4000'0000,
};
}  // namespace heap_flag

struct HeapRecord {
    std::uint64_t address;
    std::uint64_t allocated;  // bytes
    std::uint64_t committed;  // bytes
    std::uint32_t flags;
    std::uint32_t entries;
    std::uint16_t overhead;  // bytes of each block
};

struct HeapEntryRecord {
    std::uint64_t heap;
    std::uint64_t address;    // 0: the buffer does not tell
    std::uint64_t size;       // bytes, overhead included
    std::uint64_t committed;  // bytes, of segments
    std::uint32_t segment;    // counted from 0 in each heap
    std::uint16_t flags;
};

// The heaps part of an RTL_DEBUG_INFORMATION. The process that was asked may have written into it,
// and may be writing still: so every field is read once, and checked before it is followed.
class HeapSnapshot {
public:
    enum class Verdict { complete, no_heaps, damaged, ambiguous };

    // `buffer` is all the memory there is of it; `base` the address that its pointers count from.
    HeapSnapshot(std::span<const std::byte> buffer, std::uint64_t base) noexcept
        : buffer_(buffer), base_(base) {
        verdict_ = survey();
    }

    [[nodiscard]] Verdict verdict() const noexcept { return verdict_; }
    [[nodiscard]] std::uint32_t heaps() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t entries() const noexcept { return entries_; }  // of all heaps

    // Calls `heap(HeapRecord)`, then `entry(HeapEntryRecord)` for each of its entries, while both
    // return true. Never more heaps and entries than were counted at first.
    template <typename OnHeap, typename OnEntry>
    void read(OnHeap on_heap, OnEntry on_entry) const {
        auto left = entries_;
        for (std::uint32_t i = 0; i < count_; ++i) {
            auto heap = header(array_ + std::uint64_t{i} * stride_);
            // Changed since it was counted: what it says now is cut to what is there.
            if (heap.count > left || !inside(heap.entries, heap.count * entry_size)) heap.count = 0;
            left -= heap.count;
            if (!on_heap(HeapRecord{heap.address, heap.allocated, heap.committed, heap.flags,
                                    static_cast<std::uint32_t>(heap.count), heap.overhead}) ||
                !read_entries(heap, on_entry)) {
                return;
            }
        }
    }

private:
    // Source: phnt, ntrtl.h: RTL_DEBUG_INFORMATION, RTL_PROCESS_HEAPS, RTL_HEAP_INFORMATION_V1 and
    // _V2 (Windows 11 22H2), RTL_HEAP_ENTRY; all 64-bit. _V2 has 8 bytes more, at its end.
    static constexpr std::uint64_t heaps_pointer = 112;
    static constexpr std::uint64_t first_heap = 8;
    static constexpr std::uint64_t strides[] = {88, 96};
    static constexpr std::uint64_t entry_size = 32;

    struct Header {
        std::uint64_t address;
        std::uint32_t flags;
        std::uint16_t overhead;
        std::uint64_t allocated;
        std::uint64_t committed;
        std::uint32_t tag_count;
        std::uint64_t count;  // of entries
        std::uint64_t tags;
        std::uint64_t entries;
    };

    [[nodiscard]] bool inside(std::uint64_t address, std::uint64_t size) const noexcept {
        const auto offset = address - base_;
        return address >= base_ && offset <= buffer_.size() && size <= buffer_.size() - offset;
    }

    // For an address whose bytes are inside.
    template <typename Number>
    [[nodiscard]] Number at(std::uint64_t address) const noexcept {
        Number number;
        std::memcpy(&number, buffer_.data() + (address - base_), sizeof(number));
        return number;
    }

    [[nodiscard]] Header header(std::uint64_t address) const noexcept {
        return {at<std::uint64_t>(address),      at<std::uint32_t>(address + 8),
                at<std::uint16_t>(address + 12), at<std::uint64_t>(address + 16),
                at<std::uint64_t>(address + 24), at<std::uint32_t>(address + 32),
                at<std::uint32_t>(address + 36), at<std::uint64_t>(address + 72),
                at<std::uint64_t>(address + 80)};
    }

    Verdict survey() noexcept {
        if (!inside(base_ + heaps_pointer, sizeof(std::uint64_t))) return Verdict::damaged;
        const auto heaps = at<std::uint64_t>(base_ + heaps_pointer);
        if (heaps == 0) return Verdict::no_heaps;
        if (!inside(heaps, first_heap)) return Verdict::damaged;
        const auto count = at<std::uint32_t>(heaps);
        if (count == 0) return Verdict::no_heaps;

        array_ = heaps + first_heap;
        unsigned fitting = 0;
        for (const auto stride : strides) {
            std::uint64_t entries = 0;
            const auto fit = try_stride(stride, count, entries);
            if (fit == Fit::none) continue;
            stride_ = stride;
            entries_ = entries;
            ++fitting;
            if (fit == Fit::exact) {
                fitting = 1;
                break;
            }
        }
        // One heap looks the same in both layouts.
        if (fitting == 2 && count > 1) return Verdict::ambiguous;
        if (fitting == 0) return Verdict::damaged;
        count_ = count;
        return Verdict::complete;
    }

    // How well headers this far apart make sense; `exact` if what they point to begins where they
    // end, as Windows lays it out.
    enum class Fit { none, possible, exact };

    Fit try_stride(std::uint64_t stride, std::uint64_t count,
                   std::uint64_t& entries) const noexcept {
        if (!inside(array_, count * stride)) return Fit::none;
        const auto end = array_ + count * stride;
        auto nearest = UINT64_MAX;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto heap = header(array_ + i * stride);
            if (heap.address == 0 || heap.address % page_size != 0) return Fit::none;
            if (heap.count != 0) {
                if (heap.entries < end || !inside(heap.entries, heap.count * entry_size)) {
                    return Fit::none;
                }
                if (heap.entries < nearest) nearest = heap.entries;
            }
            if (heap.tag_count != 0) {
                if (heap.tags < end || !inside(heap.tags, 0)) return Fit::none;
                if (heap.tags < nearest) nearest = heap.tags;
            }
            entries += heap.count;
        }
        // More entries than there are bytes for: heaps that share them.
        if (entries > buffer_.size() / entry_size) return Fit::none;
        return nearest == end ? Fit::exact : Fit::possible;
    }

    // A block's address is nowhere: a segment tells that of its first, and each begins where the
    // one before it ends. A large block has memory of its own, and is known only if it is first.
    template <typename OnEntry>
    bool read_entries(const Header& heap, OnEntry on_entry) const {
        HeapEntryRecord record{};
        record.heap = heap.address;
        std::uint32_t segments = 0;
        std::uint64_t next = 0;
        auto first = false;
        for (std::uint64_t i = 0; i < heap.count; ++i) {
            const auto entry = heap.entries + i * entry_size;
            record.size = at<std::uint64_t>(entry);
            record.flags = at<std::uint16_t>(entry + 8);
            record.committed = 0;
            if (record.flags & heap_entry::segment) {
                record.committed = at<std::uint64_t>(entry + 16);
                record.address = at<std::uint64_t>(entry + 24);
                record.segment = segments++;
                next = record.address == 0 ? 0 : record.address + heap.overhead;
                first = true;
            } else {
                const auto astray = (record.flags & heap_entry::large) && !first;
                record.address = astray ? 0 : next;
                if (next != 0 && !astray) next += record.size;
                first = false;
            }
            if (!on_entry(record)) return false;
        }
        return true;
    }

    std::span<const std::byte> buffer_;
    std::uint64_t base_;
    std::uint64_t array_ = 0;
    std::uint64_t stride_ = 0;
    std::uint64_t entries_ = 0;
    std::uint32_t count_ = 0;
    Verdict verdict_;
};

}  // namespace ntpages
