// heaps/walk: every entry of a heap of this process, and what can be counted on the way.
#include "native/heaps/walk.hpp"

#include "native/heaps/entries.hpp"
#include "native/heaps/nt.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr Field entry_fields[] = {
    {"address", Kind::u64}, {"size", Kind::u64},  {"overhead", Kind::u8},
    {"flags", Kind::u16},   {"region", Kind::u8}, {"kind", Kind::u8, entry_kinds},
};

constexpr Field detail_fields[] = {
    {"address", Kind::u64},   {"size", Kind::u64},        {"overhead", Kind::u8},
    {"flags", Kind::u16},     {"region", Kind::u8},       {"kind", Kind::u8, entry_kinds},
    {"committed", Kind::u64}, {"uncommitted", Kind::u64}, {"first", Kind::u64},
    {"last", Kind::u64},      {"handle", Kind::u64},
};

struct Entry {
    std::uintptr_t address;
    std::size_t size;
    EntryKind kind;
};

// What the owner of a block keeps with it, if it says that this is a handle; else 0.
std::uint64_t handle_of(const nt::HeapWalkEntry& raw) noexcept {
    constexpr auto behind_a_handle = heap_entry::busy | heap_entry::settable | heap_entry::movable;
    if ((raw.flags & behind_a_handle) != behind_a_handle) return 0;
    return raw.region.committed | std::uint64_t{raw.region.uncommitted} << 32;
}

Entry understand(const nt::HeapWalkEntry& raw) noexcept {
    const auto kind = kind_of(raw.flags);
    const auto size = kind == EntryKind::region
                          ? std::size_t{raw.region.committed} + raw.region.uncommitted
                          : raw.size;
    return {reinterpret_cast<std::uintptr_t>(raw.data), size, kind};
}

// Follows a walk. Where what comes next is not what a sound heap has there, it has Windows look at
// the heap's own records, once: only Windows knows them all, but that costs as much as the walk. Of
// our heaps it is known how many blocks must come; of others, Windows is always asked in the end.
class Trail {
public:
    explicit Trail(const Heap& heap) noexcept : heap_(heap) {}

    // Whether the heap can be believed that it goes on here.
    bool leads_to(const Entry& entry) noexcept {
        const auto stuck = entry.kind != EntryKind::region && entry.address == last_;
        last_ = entry.address;
        if (entry.kind == EntryKind::busy) ++busy_;
        return !stuck && (follows(entry) || is_sound());
    }

    // Whether it can be believed that this was all.
    bool ends() noexcept {
        const auto all_came = heap_.made_here() && busy_ >= heap_.blocks();
        return (all_came && is_told_of()) || is_sound();
    }

    bool is_sound() noexcept {
        if (verdict_ == Verdict::none) {
            verdict_ = HeapValidate(heap_.handle(), 0, nullptr) ? Verdict::sound : Verdict::corrupt;
        }
        return verdict_ == Verdict::sound;
    }

private:
    // Between what two neighbours tell of there is their overhead, and no more than this.
    static constexpr auto slack = page_size;

    // Inside a region, each entry begins where the one before it ends.
    bool follows(const Entry& entry) noexcept {
        const auto end = entry.address + entry.size;
        const auto inside = entry.address - region_ < region_size_;
        if (entry.kind == EntryKind::region || !inside) {
            const auto told = is_told_of();
            region_ = entry.kind == EntryKind::region ? entry.address : 0;
            region_size_ = entry.kind == EntryKind::region ? entry.size : 0;
            next_ = 0;
            return told && end >= entry.address;
        }
        const auto distance = next_ == 0 ? 0 : entry.address - next_;  // wraps where they overlap
        next_ = end;
        return distance + slack <= 2 * slack && end - region_ <= region_size_ + slack;
    }

    // Whether entries have told of the region that they are in to its end.
    [[nodiscard]] bool is_told_of() const noexcept {
        return next_ == 0 || region_ + region_size_ - next_ + slack <= 2 * slack;
    }

    enum class Verdict : std::uint8_t { none, sound, corrupt };

    const Heap& heap_;
    Verdict verdict_ = Verdict::none;
    std::uintptr_t last_ = 0;
    std::size_t busy_ = 0;
    std::uintptr_t region_ = 0;
    std::size_t region_size_ = 0;
    std::uintptr_t next_ = 0;  // 0: nothing of the region has been told of yet
};

// Calls `visit(entry, raw)` for every entry until it returns false. False if the heap is corrupt:
// then what came up to there may be all there is to be had.
template <typename Visit>
bool walk_through(Heap& heap, Visit visit) {
    auto* const next = nt::walk_heap.resolve();
    if (!next) throw Missing("RtlWalkHeap");
    Status status = 0;
    auto sound = true;
    auto work = [&]() noexcept {
        Trail trail(heap);
        nt::HeapWalkEntry raw{};
        while (sound && (status = next(heap.handle(), &raw)) >= 0) {
            const auto entry = understand(raw);
            sound = trail.leads_to(entry);
            if (sound && !visit(entry, raw)) return;
        }
        if (status == nt::status_no_more_entries) {
            sound = trail.ends();
        } else if (status < 0) {
            sound = trail.is_sound();
        }
    };
    heap.keep_still(Quiet(work));
    if (sound && status != nt::status_no_more_entries) check_status(status, "RtlWalkHeap");
    return sound;
}

// Blocks outside every region are allocations of their own, and as good as committed regions.
Walked<HeapSummary> summarize_by_walking(Heap& heap) {
    HeapSummary summary;
    summary.source = "walk";
    std::uintptr_t region = 0;
    std::size_t region_size = 0;
    const auto sound =
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
    return {summary, sound};
}

}  // namespace

Walked<Table> walk_heap(Heap& heap) {
    // The blocks that are known of, and some holes and regions: of others' heaps nothing is known.
    Rows<entry_fields> rows(heap.blocks() / 8 * 9 + 1024);
    const auto sound =
        walk_through(heap, [&](const Entry& entry, const nt::HeapWalkEntry& raw) noexcept {
            return rows.append(entry.address, entry.size, raw.overhead, raw.flags, raw.segment,
                               static_cast<std::uint8_t>(entry.kind));
        });
    return {rows.finish("heap entries"), sound};
}

Walked<Table> walk_heap_in_detail(Heap& heap) {
    Rows<detail_fields> rows(heap.blocks() / 8 * 9 + 1024);
    const auto sound =
        walk_through(heap, [&](const Entry& entry, const nt::HeapWalkEntry& raw) noexcept {
            nt::HeapWalkEntry none{};  // what is said of regions alone
            const auto& region = entry.kind == EntryKind::region ? raw.region : none.region;
            return rows.append(entry.address, entry.size, raw.overhead, raw.flags, raw.segment,
                               static_cast<std::uint8_t>(entry.kind), region.committed,
                               region.uncommitted, reinterpret_cast<std::uintptr_t>(region.first),
                               reinterpret_cast<std::uintptr_t>(region.last), handle_of(raw));
        });
    return {rows.finish("heap entries"), sound};
}

Walked<Table> count_heap(Heap& heap) {
    Histogram counts;
    const auto sound = walk_through(heap, [&](const Entry& entry, const auto&) noexcept {
        counts.add(entry.kind, entry.size);
        return true;
    });
    return {counts.finish(), sound};
}

Walked<Fragmentation> sum_heap(Heap& heap) {
    Fragmentation sums;
    const auto sound = walk_through(heap, [&](const Entry& entry, const auto&) noexcept {
        sums.add(entry.kind, entry.size);
        return true;
    });
    return {sums, sound};
}

Walked<HeapSummary> summarize_heap(Heap& heap) {
    if (!nt::heap_summary || has_heap_stubs()) return summarize_by_walking(heap);
    auto* const ask = nt::heap_summary.resolve();
    HEAP_SUMMARY told{};
    told.cb = sizeof(told);
    auto done = false;
    DWORD code = ERROR_SUCCESS;
    auto work = [&]() noexcept {
        done = ask(heap.handle(), 0, &told) != FALSE;
        code = GetLastError();
    };
    heap.keep_still(Quiet(work));
    if (!done) fail("HeapSummary", code);
    return {
        {{}, told.cbAllocated, told.cbCommitted, told.cbReserved, told.cbMaxReserve, "HeapSummary"},
        true};
}

}  // namespace ntpages
