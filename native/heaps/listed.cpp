// heaps/listed: which heaps this process has, and how one that other code made is kept from going.
#include "native/heaps/listed.hpp"

#include <algorithm>

#include "native/heaps/nt.hpp"

namespace ntpages {
namespace {

struct Search {
    HANDLE heap;
    Quiet work;
    bool found;
};

Status NTAPI look_at(void* heap, void* context) noexcept {
    auto& search = *static_cast<Search*>(context);
    if (heap != search.heap) return 0;
    search.found = true;
    search.work();
    return nt::status_no_more_entries;  // a failure ends the enumeration
}

// Wine keeps its list under the lock of the default heap, and destroying takes a heap off the list
// before anything else. Source: Wine, dlls/ntdll/heap.c.
bool while_listed_in_wine(HANDLE heap, Quiet work) {
    constexpr std::size_t more = 16;  // for those that are made before there is a lock
    auto* const list = GetProcessHeap();
    for (auto room = listed_heaps().size() + more;; room += more) {
        std::vector<HANDLE> all(room);
        check(HeapLock(list), "HeapLock");
        const auto count = GetProcessHeaps(static_cast<DWORD>(room), all.data());
        const auto code = GetLastError();
        const auto told =
            all.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, room));
        const auto found = std::find(all.begin(), told, heap) != told;
        if (found) work();
        HeapUnlock(list);
        if (count == 0) fail("GetProcessHeaps", code);
        if (found || count <= room) return found;
    }
}

}  // namespace

bool has_heap_stubs() noexcept {
    return static_cast<bool>(nt::wine_get_version);
}

std::vector<HANDLE> listed_heaps() {
    std::vector<HANDLE> found(16);
    for (;;) {
        const auto count = check(GetProcessHeaps(static_cast<DWORD>(found.size()), found.data()),
                                 "GetProcessHeaps");
        const auto complete = count <= found.size();
        found.resize(count);
        if (complete) return found;
    }
}

// RtlEnumProcessHeaps holds the lock of the list for as long as it runs, and destroying takes a
// heap off the list before anything else. Windows itself locks heaps in there (to tell a debugger
// of them, say), so this is the order in which those two locks are taken.
bool while_listed(HANDLE heap, Quiet work) {
    if (has_heap_stubs()) return while_listed_in_wine(heap, work);
    Search search{heap, work, false};
    const auto status = nt::enum_process_heaps(&look_at, &search);
    if (!search.found) check_status(status, "RtlEnumProcessHeaps");
    return search.found;
}

}  // namespace ntpages
