// heaps/walk: every entry of a heap of this process, and what can be counted on the way.
#include "native/bind.hpp"
#include "native/heaps/entries.hpp"
#include "native/heaps/heap.hpp"
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

Table walk(Heap& heap) {
    // The blocks that are known of, and some holes and regions: of others' heaps nothing is known.
    Rows<entry_fields> rows(heap.blocks() / 8 * 9 + 1024);
    walk_through(heap, [&](const Entry& entry, const nt::HeapWalkEntry& raw) noexcept {
        return rows.append(entry.address, entry.size, raw.overhead, raw.flags, raw.segment,
                           static_cast<std::uint8_t>(entry.kind));
    });
    return rows.finish("heap entries");
}

Table histogram(Heap& heap) {
    Histogram counts;
    walk_through(heap, [&](const Entry& entry, const nt::HeapWalkEntry&) noexcept {
        counts.add(entry.kind, entry.size);
        return true;
    });
    return counts.finish();
}

Sums sum(Heap& heap) {
    Sums sums;
    walk_through(heap, [&](const Entry& entry, const nt::HeapWalkEntry&) noexcept {
        sums.add(entry.kind, entry.size);
        return true;
    });
    return sums;
}

struct Summary : Exposed {
    std::size_t allocated = 0;
    std::size_t committed = 0;
    std::size_t reserved = 0;
    std::size_t limit = 0;
    bool walked = false;  // not asked of HeapSummary
};

// Blocks outside every region are allocations of their own, and as good as committed regions.
Summary summarize_by_walking(Heap& heap) {
    Summary summary;
    summary.walked = true;
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

Summary summarize(Heap& heap) {
    if (!nt::heap_summary || has_heap_stubs()) return summarize_by_walking(heap);
    auto* const ask = nt::heap_summary.resolve();
    HEAP_SUMMARY summary{};
    summary.cb = sizeof(summary);
    DWORD code = ERROR_SUCCESS;
    {
        const Heap::Still still(heap);
        if (!ask(heap.handle(), 0, &summary)) code = GetLastError();
    }
    check_code(code, "HeapSummary");
    return {
        {},   summary.cbAllocated, summary.cbCommitted, summary.cbReserved, summary.cbMaxReserve,
        false};
}

}  // namespace

void bind_heap_walks(py::module_& module) {
    py::native_enum<heap_entry::Flag>(module, "EntryFlag", "enum.IntFlag",
                                      "Flags of a heap's entry, Windows' own (undocumented).")
        .value("BUSY", heap_entry::busy)
        .value("SEGMENT", heap_entry::segment)
        .value("SETTABLE", heap_entry::settable)
        .value("UNCOMMITTED", heap_entry::uncommitted)
        .value("NO_ACCESS", heap_entry::no_access)
        .value("LARGE", heap_entry::large)
        .value("LOW_FRAGMENTATION", heap_entry::low_fragmentation)
        .finalize();
    py::class_<Sums>(module, "HeapSums")
        .def_readonly("busy_blocks", &Sums::busy_blocks)
        .def_readonly("busy", &Sums::busy)
        .def_readonly("free_blocks", &Sums::free_blocks)
        .def_readonly("free", &Sums::free)
        .def_readonly("largest_free", &Sums::largest_free)
        .def_readonly("uncommitted", &Sums::uncommitted);
    py::class_<Summary>(module, "HeapTotals")
        .def_readonly("allocated", &Summary::allocated)
        .def_readonly("committed", &Summary::committed)
        .def_readonly("reserved", &Summary::reserved)
        .def_readonly("limit", &Summary::limit)
        .def_readonly("walked", &Summary::walked);
    module.def("walk_heap", &walk, "heap"_a, ReleaseGil());
    module.def("count_heap", &histogram, "heap"_a, ReleaseGil());
    module.def("sum_heap", &sum, "heap"_a, ReleaseGil());
    module.def("summarize_heap", &summarize, "heap"_a, ReleaseGil());
}

}  // namespace ntpages
