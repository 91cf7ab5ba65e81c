// working_sets/pages: what QueryWorkingSetEx knows of each page.
#include "native/working_sets/pages.hpp"

#include <psapi.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "native/commit.hpp"
#include "native/handle.hpp"
#include "native/processes/process.hpp"
#include "native/ranges.hpp"
#include "native/working_sets/nt.hpp"

namespace ntpages {
namespace {

constexpr std::array locations{"nowhere", "memory", "page file", "reserved", "working set"};
constexpr std::uint8_t in_working_set = 4;
constexpr std::array page_fields{
    Field{"address", Kind::u64},
    Field{"valid", Kind::boolean},
    Field{"shared", Kind::boolean},
    Field{"share_count", Kind::u8},
    Field{"protection", Kind::u16},
    Field{"node", Kind::u8},
    Field{"locked", Kind::boolean},
    Field{"large", Kind::boolean},
    Field{"priority", Kind::u8},
    Field{"bad", Kind::boolean},
    Field{"location", Kind::u8, locations},
};

static_assert(page_fields[page_address].name == std::string_view("address"));
static_assert(page_fields[page_locked].name == std::string_view("locked"));

using PageQuery = PSAPI_WORKING_SET_EX_INFORMATION;
static_assert(sizeof(PageQuery) == 16);

bool append(Rows<page_fields>& rows, const PageQuery& answer) {
    const auto address = reinterpret_cast<std::uint64_t>(answer.VirtualAddress);
    const nt::PageBits page(answer.VirtualAttributes.Flags);
    if (page.valid()) {
        return rows.append(address, true, page.shared(), page.share_count(), page.protection(),
                           page.node(), page.locked(), page.large(), page.priority(), page.bad(),
                           in_working_set);
    }
    return rows.append(address, false, page.shared(), 0, 0, 0, false, false, page.priority(),
                       page.bad(), page.location());
}

}  // namespace

Table working_set_pages(DWORD pid, std::uint64_t start, std::uint64_t end, bool valid_only) {
    constexpr std::size_t batch = 64 * 1024;
    const auto process = open_process(pid, PROCESS_QUERY_INFORMATION);
    const Pages memory(check(new_pages(batch * sizeof(PageQuery)), "VirtualAlloc"));
    const std::span queries(static_cast<PageQuery*>(memory.get()), batch);
    Rows<page_fields> rows(batch);  // outside the arena, which others use as well
    // Who looks is not in the picture: an address that was free stays so, though it is used now.
    const auto taken_to_look = [&, own = pid == GetCurrentProcessId()](const void* allocation) {
        return own && (allocation == memory.get() || allocation == rows.memory());
    };
    MEMORY_BASIC_INFORMATION region;
    end = std::min(end, highest_address());
    for (auto at = start / page_size * page_size; at < end;) {
        if (VirtualQueryEx(process.get(), reinterpret_cast<void*>(at), &region, sizeof(region)) ==
            0) {
            refuse(pid, "VirtualQueryEx");
        }
        const auto region_end = std::min<std::uint64_t>(
            end, reinterpret_cast<std::uint64_t>(region.BaseAddress) + region.RegionSize);
        if (region.State != MEM_COMMIT || taken_to_look(region.AllocationBase)) at = region_end;
        while (at < region_end) {
            std::size_t asked = 0;
            for (; asked < batch && at < region_end; at += page_size) {
                queries[asked++].VirtualAddress = reinterpret_cast<void*>(at);
            }
            if (!QueryWorkingSetEx(process.get(), queries.data(),
                                   static_cast<DWORD>(asked * sizeof(PageQuery)))) {
                refuse(pid, "QueryWorkingSetEx");
            }
            for (const auto& answer : queries.first(asked)) {
                if (valid_only && !answer.VirtualAttributes.Valid) continue;
                if (!append(rows, answer)) return rows.finish("Page");
            }
        }
    }
    rows.shrink();
    return rows.finish("Page");
}

}  // namespace ntpages
