// heaps/walk: every entry of a heap of this process, and what can be counted on the way.
#include "native/heaps/walk.hpp"

#include "native/heaps/entries.hpp"
#include "native/heaps/nt.hpp"

namespace ntpages {
namespace {

constexpr Field entry_fields[] = {
    {"address", Kind::u64}, {"size", Kind::u64},  {"overhead", Kind::u8},
    {"flags", Kind::u16},   {"region", Kind::u8}, {"kind", Kind::u8, entry_kinds},
};

struct Entry {
    std::uintptr_t address;
    std::size_t size;
    EntryKind kind;
};

Entry understand(const nt::HeapWalkEntry& raw) noexcept {
    const auto kind = kind_of(raw.flags);
    const auto size = kind == EntryKind::region
                          ? std::size_t{raw.region.committed} + raw.region.uncommitted
                          : raw.size;
    return {reinterpret_cast<std::uintptr_t>(raw.data), size, kind};
}

// Calls `visit(entry, raw)` for every entry until it returns false. While the heap is kept still
// nothing is allocated, looked up or thrown.
template <typename Visit>
void walk_through(Heap& heap, Visit visit) {
    auto* const next = nt::walk_heap.resolve();
    if (!next) throw Missing("RtlWalkHeap");
    Status status = 0;
    {
        const Heap::Still still(heap);
        nt::HeapWalkEntry raw{};
        do {
            status = next(heap.handle(), &raw);
        } while (status >= 0 && visit(understand(raw), raw));
    }
    if (status != nt::status_no_more_entries) check_status(status, "RtlWalkHeap");
}

// Blocks outside every region are allocations of their own, and as good as committed regions.
HeapSummary summarize_by_walking(Heap& heap) {
    HeapSummary summary;
    summary.source = "walk";
    std::uintptr_t region = 0;
    std::size_t region_size = 0;
    walk_through(heap, [&](const Entry& entry, const nt::HeapWalkEntry& raw) noexcept {
        if (entry.kind == EntryKind::busy) summary.allocated += entry.size;
        if (entry.kind == EntryKind::region) {
            region = entry.address;
            region_size = entry.size;
            summary.committed += raw.region.committed;
            summary.reserved += entry.size;
        } else if (entry.address - region >= region_size) {
            summary.committed += entry.size + raw.overhead;
            summary.reserved += entry.size + raw.overhead;
        }
        return true;
    });
    summary.limit = summary.reserved;
    return summary;
}

}  // namespace

Table walk_heap(Heap& heap) {
    // The blocks that are known of, and some holes and regions: of others' heaps nothing is known.
    Rows<entry_fields> rows(heap.blocks() / 8 * 9 + 1024);
    walk_through(heap, [&](const Entry& entry, const nt::HeapWalkEntry& raw) noexcept {
        return rows.append(entry.address, entry.size, raw.overhead, raw.flags, raw.segment,
                           static_cast<std::uint8_t>(entry.kind));
    });
    return rows.finish("heap entries");
}

Table count_heap(Heap& heap) {
    Histogram counts;
    walk_through(heap, [&](const Entry& entry, const nt::HeapWalkEntry&) noexcept {
        counts.add(entry.kind, entry.size);
        return true;
    });
    return counts.finish();
}

Fragmentation sum_heap(Heap& heap) {
    Fragmentation sums;
    walk_through(heap, [&](const Entry& entry, const nt::HeapWalkEntry&) noexcept {
        sums.add(entry.kind, entry.size);
        return true;
    });
    return sums;
}

HeapSummary summarize_heap(Heap& heap) {
    if (!nt::heap_summary || has_heap_stubs()) return summarize_by_walking(heap);
    auto* const ask = nt::heap_summary.resolve();
    HEAP_SUMMARY told{};
    told.cb = sizeof(told);
    DWORD code = ERROR_SUCCESS;
    {
        const Heap::Still still(heap);
        if (!ask(heap.handle(), 0, &told)) code = GetLastError();
    }
    check_code(code, "HeapSummary");
    return {{},           told.cbAllocated, told.cbCommitted, told.cbReserved, told.cbMaxReserve,
            "HeapSummary"};
}

}  // namespace ntpages
