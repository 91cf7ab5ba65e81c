// physical/bare: asking for every page, and counting.
#include <windows.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <span>
#include <thread>
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

// Asks for so many pages from the first on, and hands them over batch by batch; false where Windows
// refuses. `query` is the address of NtQuerySystemInformation, or of a model of it.
template <typename Take>
bool each_batch(std::uint64_t query, std::uint64_t first, std::uint64_t count, Take take) {
    constexpr std::size_t batch = 65536;
    constexpr std::size_t head = 8;  // entries
    const auto ask = reinterpret_cast<LONG(NTAPI*)(ULONG, void*, ULONG, ULONG*)>(query);
    thread_local std::vector<Identity> entries(head + batch);
    for (std::uint64_t at = 0; at < count; at += batch) {
        const auto pages = static_cast<std::size_t>(std::min<std::uint64_t>(batch, count - at));
        const std::uint64_t start[]{1, pages};
        std::memcpy(entries.data(), start, sizeof start);
        for (std::size_t i = 0; i < pages; ++i) entries[head + i] = {0, first + at + i, 0};
        Question question{45, 0x6B756843, 6, entries.data(),
                          static_cast<ULONG>((head + pages) * sizeof(Identity))};
        ULONG returned = 0;
        if (ask(79, &question, sizeof question, &returned) < 0) return false;
        take(std::span(entries).subspan(head, pages));
    }
    return true;
}

// How many of them are active, asked for by so many threads, each its part; -1 where Windows
// refuses.
std::int64_t active_pages(std::uint64_t query, std::uint64_t first, std::uint64_t count,
                          std::uint64_t threads) {
    std::atomic<std::int64_t> active{0};
    std::atomic<bool> told{true};
    const auto part = [&](std::uint64_t number) {
        std::uint64_t counts[16][8]{};
        const auto start = count * number / threads;
        const auto end = count * (number + 1) / threads;
        if (!each_batch(query, first + start, end - start, [&](std::span<const Identity> pages) {
                for (const auto& page : pages) ++counts[page.word & 15][page.word >> 4 & 7];
            })) {
            told = false;
        }
        for (const auto& use : counts) active += static_cast<std::int64_t>(use[6]);
    };
    std::vector<std::thread> others;
    for (std::uint64_t i = 1; i < threads; ++i) others.emplace_back(part, i);
    part(0);
    for (auto& each : others) each.join();
    return told ? active.load() : -1;
}

// The same, keeping what a row of the table takes of each: in new memory, whose price it shows.
std::int64_t kept_pages(std::uint64_t query, std::uint64_t first, std::uint64_t count) {
    constexpr std::size_t row = 30;  // bytes
    auto* const kept = static_cast<std::byte*>(
        VirtualAlloc(nullptr, count * row, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    if (!kept) return -1;
    auto* next = kept;
    std::int64_t active = 0;
    const auto told = each_batch(query, first, count, [&](std::span<const Identity> pages) {
        for (const auto& page : pages) {
            std::memcpy(next, &page, sizeof page);
            next += row;
            active += (page.word >> 4 & 7) == 6 ? 1 : 0;
        }
    });
    VirtualFree(kept, 0, MEM_RELEASE);
    return told ? active : -1;
}

}  // namespace

void bind_physical(py::module_& module) {
    module.def("active_pages", &active_pages, "query"_a, "first"_a, "count"_a, "threads"_a);
    module.def("kept_pages", &kept_pages, "query"_a, "first"_a, "count"_a);
}

}  // namespace ntpages::bare
