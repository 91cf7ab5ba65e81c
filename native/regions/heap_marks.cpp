// regions/heap_marks: what belongs to a heap, found from its own records.
#include "native/regions/heap_marks.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <vector>

#include "native/ranges.hpp"
#include "native/regions/nt_heaps.hpp"

namespace ntpages {
namespace {

template <typename Pointer>
constexpr bool wide = sizeof(Pointer) == 8;

template <typename Pointer>
constexpr Use use_of_heap = wide<Pointer> ? Use::heap : Use::heap32;
template <typename Pointer>
constexpr Use use_of_segment = wide<Pointer> ? Use::heap_segment : Use::heap_segment32;
template <typename Pointer>
constexpr Use use_of_block = wide<Pointer> ? Use::heap_block : Use::heap_block32;

// Calls `take` with each entry of a list that goes through its head. The list is believed for as
// long as each entry points back at the one before, and `take` believes the entry.
template <typename Pointer, typename Take>
void follow(Marking& marking, std::uint64_t head, Take take) {
    nt::Links<Pointer> links{};
    if (!marking.read(head, links)) return;
    auto before = head;
    for (std::uint64_t at = links.next; at != head; at = links.next) {
        if (!marking.read(at, links) || links.previous != before || !take(at)) return;
        before = at;
    }
}

// A ring, which goes through its head as well; where that is, no two Windows agree.
template <typename Pointer>
class NtHeap {
public:
    NtHeap(Marking& marking, std::uint64_t heap) : marking_(marking), heap_(heap) {}

    void mark(const nt::HeapSegment<Pointer>& first) {
        const auto head = mark_segments(first);
        if (head != 0) mark_blocks(head - sizeof(nt::Links<Pointer>));
    }

private:
    static constexpr std::uint64_t links_at = offsetof(nt::HeapSegment<Pointer>, next);

    // Returns where the ring has its head: the one part of it that lies in the heap itself, behind
    // the first segment. 0 where it is not met.
    std::uint64_t mark_segments(nt::HeapSegment<Pointer> segment) {
        std::uint64_t met = 0;  // the one that was the first, second, fourth, eighth ... on the way
        for (std::size_t steps = 1;; ++steps) {
            const std::uint64_t links = segment.next;
            if (links == 0 || links == heap_ + links_at) return 0;
            if (links > heap_ && links - heap_ < page_size) return links;
            const auto next = links - links_at;
            if (!marking_.read(next, segment)) return 0;
            if (segment.signature != nt::heap_segment_signature || segment.heap != heap_) return 0;
            marking_.mark_allocation(next, use_of_segment<Pointer>);
            if (next == met) return 0;  // it leads back, but not through its head
            if (std::has_single_bit(steps)) met = next;
        }
    }

    void mark_blocks(std::uint64_t head) {
        follow<Pointer>(marking_, head, [&](std::uint64_t at) {
            nt::LargeHeapBlock<Pointer> block{};
            if (!marking_.read(at, block) || block.committed == 0) return false;
            if (block.committed > block.size || block.size % page_size != 0) return false;
            marking_.mark_allocation(at, use_of_block<Pointer>);
            return true;
        });
    }

    Marking& marking_;
    std::uint64_t heap_;
};

// Where a segment heap keeps what belongs to it: that moved from one Windows to the next.
struct Layout {
    std::uint64_t tree;          // LargeAllocMetadata, from the heap's start
    std::uint64_t contexts;      // SegContexts, for two sizes of segments
    std::uint64_t context_size;  // of each of them; the next three are from its start
    std::uint64_t heap;          // Heap: the proof that the layout is this one
    std::uint64_t list;          // SegmentListHead
    std::uint64_t count;         // SegmentCount
};
constexpr std::uint64_t context_count = 2;

// Source: ntdll's public symbols, _SEGMENT_HEAP and _HEAP_SEG_CONTEXT.
template <typename Pointer>
constexpr auto layouts() {
    if constexpr (wide<Pointer>) {
        return std::array{
            Layout{0x48, 0x140, 0xC0, 0x38, 0x48, 0x58},  // Windows 11 24H2
            Layout{0x48, 0x100, 0xC0, 0x38, 0x48, 0x58},  // from Windows 10 1903 on
            Layout{0x50, 0x070, 0x68, 0x60, 0x20, 0x30},  // some before
        };
    } else {
        return std::array{Layout{0x44, 0x100, 0x80, 0x24, 0x44, 0x4C}};  // from 1903 on
    }
}

template <typename Pointer>
class SegmentHeap {
public:
    SegmentHeap(Marking& marking, std::uint64_t heap) : marking_(marking), heap_(heap) {}

    void mark() {
        for (const auto& layout : layouts<Pointer>()) {
            if (!is(layout)) continue;
            for (std::uint64_t i = 0; i < context_count; ++i) {
                mark_segments(context_of(layout, i), layout);
            }
            mark_blocks(layout);
            return;
        }
    }

private:
    [[nodiscard]] std::uint64_t context_of(const Layout& layout, std::uint64_t i) const {
        return heap_ + layout.contexts + i * layout.context_size;
    }

    bool is(const Layout& layout) {
        for (std::uint64_t i = 0; i < context_count; ++i) {
            Pointer whose = 0;
            if (!marking_.read(context_of(layout, i) + layout.heap, whose)) return false;
            if (whose != heap_) return false;
        }
        return true;
    }

    void mark_segments(std::uint64_t context, const Layout& layout) {
        Pointer mask = 0;  // of the addresses where segments begin
        Pointer left = 0;
        if (!marking_.read(context, mask) || !marking_.read(context + layout.count, left)) return;
        follow<Pointer>(marking_, context + layout.list, [&](std::uint64_t at) {
            if (left-- == 0 || (at & mask) != at) return false;
            marking_.mark_allocation(at, use_of_segment<Pointer>);
            return true;
        });
    }

    void mark_blocks(const Layout& layout) {
        nt::Links<Pointer> tree{};  // its root, and its first node
        if (!marking_.read(heap_ + layout.tree, tree)) return;
        if ((tree.previous & 1) != 0) return;  // its pointers are encoded
        struct Branch {
            std::uint64_t node, parent;
        };
        std::vector<Branch> left{{tree.next, 0}};
        while (!left.empty()) {
            const auto branch = left.back();
            left.pop_back();
            nt::LargeSegmentHeapBlock<Pointer> block{};
            if (branch.node == 0 || !marking_.read(branch.node, block)) continue;
            if ((block.parent & ~Pointer{3}) != branch.parent) continue;
            marking_.mark_allocation(block.address & ~Pointer{0xFFFF}, use_of_block<Pointer>);
            left.push_back({block.right, branch.node});
            left.push_back({block.left, branch.node});
        }
    }

    Marking& marking_;
    std::uint64_t heap_;
};

}  // namespace

template <typename Pointer>
void mark_heap(Marking& marking, std::uint64_t heap) {
    nt::HeapSegment<Pointer> first{};
    if (!marking.read(heap, first)) return;
    marking.mark_allocation(heap, use_of_heap<Pointer>);
    if (first.signature == nt::heap_segment_signature) {
        NtHeap<Pointer>(marking, heap).mark(first);
    } else if (first.signature == nt::segment_heap_signature) {
        SegmentHeap<Pointer>(marking, heap).mark();
    }
}

template void mark_heap<std::uint64_t>(Marking&, std::uint64_t);
template void mark_heap<std::uint32_t>(Marking&, std::uint64_t);

}  // namespace ntpages
