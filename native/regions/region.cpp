// regions/region: a reservation's pages: commit, protect, lock, hint, lend.
#include "native/regions/region.hpp"

#include <string>

#include "native/regions/nt.hpp"
#include "native/regions/prefetch.hpp"
#include "native/regions/spans.hpp"

namespace ntpages {
namespace {

[[noreturn]] void fail_offered() {
    throw NotLendable("bytes were offered to the system: reclaim() them first");
}

}  // namespace

Region::Region(Allocation allocation)
    : memory_(std::move(allocation.memory)),
      base_(static_cast<std::byte*>(memory_.get())),
      size_(whole_pages({0, allocation.request.size}).size),
      type_(allocation.request.type),
      protection_(allocation.request.protection),
      from_app_(allocation.request.from_app),
      locks_(base_),
      watched_from_start_(write_watched()) {}

void Region::close() {
    lease_.close([&] {
        check(VirtualFree(base_, 0, MEM_RELEASE), "VirtualFree");
        static_cast<void>(memory_.release());
        locks_.forget({0, size_});
    });
}

Pages Region::vacate() {
    Lease::Alone alone(lease_);
    // With its size: unlike releasing for good, this is refused for a size of 0.
    check(VirtualFree(base_, size_, MEM_RELEASE | nt::mem_preserve_placeholder), "VirtualFree");
    alone.close();
    locks_.forget({0, size_});
    return std::move(memory_);
}

Range Region::checked(Range bytes) const {
    if (bytes.offset > size_ || bytes.size > size_ - bytes.offset) {
        throw std::out_of_range("bytes " + std::to_string(bytes.offset) + " to " +
                                std::to_string(bytes.end()) + " are not all in the region");
    }
    return whole_pages(bytes);
}

std::size_t Region::page() const {
    const Lease::Use use(lease_);
    if ((type_ & MEM_LARGE_PAGES) == 0) return page_size;
    auto huge = false;
    if (nt::query_virtual_memory_information) {  // a Windows without it has no huge pages
        nt::RegionInformation found{};
        SIZE_T size = 0;
        check(nt::query_virtual_memory_information(GetCurrentProcess(), base_, 0, &found,
                                                   sizeof(found), &size),
              "QueryVirtualMemoryInformation");
        huge = (found.type & nt::region_huge_pages) != 0;
    }
    return huge ? std::size_t{1} << 30 : check(GetLargePageMinimum(), "GetLargePageMinimum");
}

std::size_t Region::committed() const {
    const Lease::Use use(lease_);
    return committed_in(base_, {0, size_});
}

Table Region::spans(Range bytes) const {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    return spans_of(base_, checked(bytes));
}

void* Region::change(Range range, DWORD type, DWORD protection) const {
    auto* const at = base_ + range.offset;
    if (from_app_) return nt::virtual_alloc_from_app(at, range.size, type, protection);
    return VirtualAlloc(at, range.size, type, protection);
}

Range Region::commit(Range bytes, DWORD protection) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    const auto range = checked(bytes);
    const auto wanted = protection != 0 ? protection : protection_;
    commit_missing(base_, range, change_name(),
                   [&](Range part) { return change(part, MEM_COMMIT, wanted); });
    return range;
}

Range Region::decommit(Range bytes) {
    const Lease::Alone alone(lease_);
    const auto range = checked(bytes);
    check(VirtualFree(base_ + range.offset, range.size, MEM_DECOMMIT), "VirtualFree");
    offered_.remove(range);
    locks_.forget(range);
    owed_.forget(range);
    return range;
}

ProtectedRange Region::protect(Range bytes, DWORD protection) {
    settle();
    const auto change = [&] {
        const auto range = checked(bytes);
        const auto old = set_protection(range, protection);
        owed_.forget(range);
        return ProtectedRange{range, old};
    };
    if (!writable(protection)) {  // a view would come to be refused what it may do now
        const Lease::Alone alone(lease_);
        return change();
    }
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    return change();
}

DWORD Region::set_protection(Range range, DWORD protection) {
    DWORD old = 0;
    if (from_app_) {
        check(nt::virtual_protect_from_app(base_ + range.offset, range.size, protection, &old),
              "VirtualProtectFromApp");
    } else {
        check(VirtualProtect(base_ + range.offset, range.size, protection, &old), "VirtualProtect");
    }
    if ((protection & (PAGE_NOACCESS | PAGE_GUARD)) != 0) locks_.lose(range);
    return old;
}

std::vector<ProtectedRange> Region::protections(Range bytes) const {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    std::vector<ProtectedRange> found;
    each_span(base_, checked(bytes), [&](const auto& pages, Range part) {
        if (pages.State == MEM_COMMIT) found.push_back({part, pages.Protect});
        return true;
    });
    return found;
}

std::vector<ProtectedRange> Region::due(Range bytes) {
    settle();
    const auto found = protections(bytes);
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    return owed_.due(found);
}

void Region::owe(const std::vector<ProtectedRange>& protections) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    owed_.add(protections);
}

void Region::settle() noexcept {
    if (!owed_.any()) return;
    try {
        const Lease::Alone alone(lease_);
        auto owed = owed_.take();
        try {
            undo_all(owed, [&](const ProtectedRange& each) {
                set_protection(each.range, for_a_while(each.old));
            });
        } catch (const std::exception&) {  // still refused
            owed_.add(owed);
        }
    } catch (const std::exception&) {  // closed, or in use still
    }
}

Range Region::lock(Range bytes, bool raise_limit) {
    const auto before = protections(bytes);
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    const auto range = checked(bytes);
    try {
        locks_.lock(range, raise_limit);
    } catch (const Error&) {
        // Windows takes a guard page for touched, and would not refuse it a second time.
        for (const auto& each : before) {
            DWORD none;
            if ((each.old & PAGE_GUARD) == 0) continue;
            VirtualProtect(base_ + each.range.offset, each.range.size, each.old, &none);
        }
        throw;
    }
    return range;
}

Range Region::unlock(Range bytes) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    const auto range = checked(bytes);
    locks_.unlock(range);
    return range;
}

std::vector<Range> Region::lock_parts(Range bytes, bool locked) const {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    return locks_.parts(checked(bytes), locked);
}

std::optional<StillRaised> Region::take_still_raised() noexcept {
    return locks_.take_refusal();
}

void Region::prefetch(std::span<const Range> ranges) const {
    const Lease::Use use(lease_);
    std::vector<Range> addresses;
    for (const auto& bytes : ranges) {
        const auto [offset, size] = checked(bytes);
        addresses.push_back({reinterpret_cast<std::uintptr_t>(base_) + offset, size});
    }
    prefetch_here(addresses);
}

void Region::offer(Range bytes, int priority) {
    const Lease::Alone alone(lease_);
    const auto range = checked(bytes);
    check_code(nt::offer_virtual_memory(base_ + range.offset, range.size, priority),
               "OfferVirtualMemory");
    offered_.add(range);
}

bool Region::reclaim(Range bytes) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    const auto range = checked(bytes);
    const auto code = nt::reclaim_virtual_memory(base_ + range.offset, range.size);
    if (code != ERROR_BUSY) check_code(code, "ReclaimVirtualMemory");
    offered_.remove(range);
    return code != ERROR_BUSY;  // "busy" is how it says that contents were discarded
}

void Region::discard(Range bytes) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    forbid_if_followed();
    const auto range = checked(bytes);
    check_code(nt::discard_virtual_memory(base_ + range.offset, range.size),
               "DiscardVirtualMemory");
}

void Region::reset(Range bytes) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    forbid_if_followed();
    const auto range = checked(bytes);
    // The protection is ignored, and must be a valid one.
    check(change(range, MEM_RESET, PAGE_READWRITE), change_name());
}

bool Region::undo_reset(Range bytes) {
    const Lease::Use use(lease_);
    const auto range = checked(bytes);
    if (change(range, nt::mem_reset_undo, PAGE_READWRITE)) return true;
    // It also "fails" to say that it worked, but that pages had lost their contents.
    const auto code = GetLastError();
    if (code != ERROR_BUSY) fail(change_name(), code);  // STATUS_PTE_CHANGED becomes this one
    return false;
}

Lent Region::lend(Range bytes) {
    Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    const auto range = checked(bytes);
    if (!offered_.parts(range, true).empty()) fail_offered();
    const auto readonly = !require_readable(base_, range);
    use.add_view();
    return {base_ + bytes.offset, bytes.size, readonly};
}

std::vector<Range> Region::begin_following() {
    Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    std::vector<Range> filled;
    std::vector<Range> empty;
    each_span(base_, {0, size_}, [&](const auto& pages, Range part) {
        if (pages.State == MEM_COMMIT && !readable(pages)) fail_reading(part.offset, pages);
        (pages.State == MEM_COMMIT ? filled : empty).push_back(part);
        return true;
    });
    if (!offered_.empty()) fail_offered();
    if (followed_.exchange(true)) throw InUse("Region", "close its other Snapshots first");
    use.add_view();
    // The watch remembers writes to pages that were decommitted since, and nobody may look there.
    for (const auto& part : empty) {
        if (ResetWriteWatch(base_ + part.offset, part.size) == 0) continue;
        const auto code = GetLastError();
        end_following();
        fail("ResetWriteWatch", code);
    }
    if (watched_from_start_) filled.clear();  // the watch itself knows
    return filled;
}

void Region::end_following() noexcept {
    if (followed_.exchange(false)) lease_.drop_view();
}

void Region::forbid_if_followed() const {
    if (followed_) throw InUse("Region", "close its Snapshots first");
}

}  // namespace ntpages
