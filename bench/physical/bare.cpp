// physical/bare: asking for every page, and counting.
#include <windows.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

struct Question {
    ULONG version, magic, kind;
    void* buffer;
    ULONG length;
};

struct Identity {
    std::uint64_t word, page, detail;
};

// How many pages are active, of so many from the first on; -1 where Windows refuses. `query` is the
// address of NtQuerySystemInformation, or of a model of it.
std::int64_t active_pages(std::uint64_t query, std::uint64_t first, std::uint64_t count) {
    constexpr std::size_t batch = 65536;
    constexpr std::size_t head = 8;  // entries
    const auto ask = reinterpret_cast<LONG(NTAPI*)(ULONG, void*, ULONG, ULONG*)>(query);
    static std::vector<Identity> entries(head + batch);
    std::uint64_t counts[16][8]{};
    for (std::uint64_t at = 0; at < count; at += batch) {
        const auto pages = static_cast<std::size_t>(std::min<std::uint64_t>(batch, count - at));
        const std::uint64_t start[]{1, pages};
        std::memcpy(entries.data(), start, sizeof start);
        for (std::size_t i = 0; i < pages; ++i) entries[head + i] = {0, first + at + i, 0};
        Question question{45, 0x6B756843, 6, entries.data(),
                          static_cast<ULONG>((head + pages) * sizeof(Identity))};
        ULONG returned = 0;
        if (ask(79, &question, sizeof question, &returned) < 0) return -1;
        for (std::size_t i = 0; i < pages; ++i) {
            const auto word = entries[head + i].word;
            ++counts[word & 15][word >> 4 & 7];
        }
    }
    std::int64_t active = 0;
    for (const auto& use : counts) active += static_cast<std::int64_t>(use[6]);
    return active;
}

}  // namespace

void bind_physical(py::module_& module) {
    module.def("active_pages", &active_pages, "query"_a, "first"_a, "count"_a);
}

}  // namespace ntpages::bare
