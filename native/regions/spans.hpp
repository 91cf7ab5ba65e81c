// regions/spans: pages that are alike and lie side by side, and what may be done with them.
#pragma once

#include <windows.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "native/commit.hpp"
#include "native/error.hpp"
#include "native/ranges.hpp"
#include "native/table/table.hpp"

namespace ntpages {

// Calls visit(pages, part) for each span of alike pages in a range of the memory at `base`, until
// it answers false; `part` is what of the range they take up.
template <typename Visit>
void each_span(std::byte* base, Range range, Visit visit) {
    for (auto at = range.offset; at < range.end();) {
        MEMORY_BASIC_INFORMATION pages{};
        check(VirtualQuery(base + at, &pages, sizeof(pages)), "VirtualQuery");
        const auto end = static_cast<std::size_t>(static_cast<std::byte*>(pages.BaseAddress) +
                                                  pages.RegionSize - base);
        const auto next = std::min(end, range.end());
        if (!visit(pages, Range{at, next - at})) return;
        at = next;
    }
}

bool readable(const MEMORY_BASIC_INFORMATION& pages) noexcept;
// Also where a write makes a copy of the page.
bool writable(DWORD protection) noexcept;
[[noreturn]] void fail_reading(std::size_t offset, const MEMORY_BASIC_INFORMATION& pages);

// Whether all of it may be written to. Throws NotLendable where some can't even be read.
bool require_readable(std::byte* base, Range range);
std::size_t committed_in(std::byte* base, Range range);  // bytes
Table spans_of(std::byte* base, Range range);

// Commits what is not, span by span with commit(part), which answers null where `call` was refused;
// the rest keeps its contents and its protection. All of it or nothing.
template <typename Commit>
void commit_missing(std::byte* base, Range range, const char* call, Commit commit) {
    std::vector<Range> missing;
    each_span(base, range, [&](const auto& pages, Range part) {
        if (pages.State == MEM_RESERVE) missing.push_back(part);
        return true;
    });
    for (std::size_t done = 0; done < missing.size(); ++done) {
        if (patiently([&] { return commit(missing[done]); })) continue;
        const auto code = GetLastError();
        while (done-- > 0) {
            VirtualFree(base + missing[done].offset, missing[done].size, MEM_DECOMMIT);
        }
        fail(call, code);
    }
}

}  // namespace ntpages
