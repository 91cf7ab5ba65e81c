// working_sets/resident: batches of QueryWorkingSetEx, counted.
#include "native/working_sets/resident.hpp"

#include <algorithm>

#include "native/commit.hpp"
#include "native/error.hpp"
#include "native/processes/process.hpp"
#include "native/ranges.hpp"
#include "native/working_sets/nt.hpp"

namespace ntpages {
namespace {

constexpr std::size_t most = 64 * 1024;  // pages in a batch, of which each takes 16 bytes

}  // namespace

void Resident::add(std::span<const PSAPI_WORKING_SET_EX_INFORMATION> pages) noexcept {
    Resident found;
    for (const auto& each : pages) {
        const nt::PageBits page(each.VirtualAttributes.Flags);
        const std::uint64_t valid = page.valid() ? 1 : 0;
        const std::uint64_t lent = page.shared() ? valid : 0;
        found.total += valid;
        found.shareable += lent;
        found.shared += page.share_count() > 1 ? lent : 0;
        found.locked += page.locked() ? valid : 0;
        found.large += page.large() ? valid : 0;
    }
    total += found.total * page_size;
    private_ += (found.total - found.shareable) * page_size;
    shareable += found.shareable * page_size;
    shared += found.shared * page_size;
    uss += (found.total - found.shared) * page_size;
    locked += found.locked * page_size;
    large += found.large * page_size;
}

ResidentCounter::ResidentCounter(HANDLE process)
    : process_(process),
      memory_(check(new_pages(most * sizeof(Query)), "VirtualAlloc")),
      batch_(static_cast<Query*>(memory_.get()), most) {}

void ResidentCounter::add(std::uint64_t address, std::uint64_t size, Resident& counts) {
    const auto end = address + size;
    while (address < end) {
        const auto pages = static_cast<std::size_t>(
            std::min<std::uint64_t>((end - address) / page_size, most - asked_));
        for (auto& query : batch_.subspan(asked_, pages)) {
            query.VirtualAddress = reinterpret_cast<void*>(address);
            address += page_size;
        }
        asked_ += pages;
        pieces_.push_back({asked_, &counts});
        if (asked_ == most) finish();
    }
}

void ResidentCounter::finish() {
    if (asked_ == 0) return;
    check(QueryWorkingSetEx(process_, batch_.data(), static_cast<DWORD>(asked_ * sizeof(Query))),
          "QueryWorkingSetEx");
    std::size_t start = 0;
    for (const auto& [piece_end, counts] : pieces_) {
        counts->add(batch_.subspan(start, piece_end - start));
        start = piece_end;
    }
    pieces_.clear();
    asked_ = 0;
}

Resident count_resident(DWORD pid) {
    const auto process = open_process(pid, PROCESS_QUERY_INFORMATION);
    const auto own = pid == GetCurrentProcessId();
    Resident all;
    ResidentCounter counter(process.get());
    MEMORY_BASIC_INFORMATION region{};
    const auto last = highest_address();
    try {
        for (std::uint64_t address = 0; address <= last;) {
            check(VirtualQueryEx(process.get(), reinterpret_cast<const void*>(address), &region,
                                 sizeof(region)),
                  "VirtualQueryEx");
            const auto start = reinterpret_cast<std::uintptr_t>(region.BaseAddress);
            const auto ours = own && region.AllocationBase == counter.memory();
            if (region.State == MEM_COMMIT && !ours) counter.add(start, region.RegionSize, all);
            address = start + region.RegionSize;
        }
        counter.finish();
    } catch (const Error& error) {
        refuse(pid, error.what(), error.code);
    }
    // What has exited answers with less and less: that is no sum.
    if (has_exited(pid)) throw NoSuchProcess("QueryWorkingSetEx", pid, ERROR_SUCCESS);
    return all;
}

}  // namespace ntpages
