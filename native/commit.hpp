// commit: memory that somebody must have now, also where Windows is about to make room for it.
#pragma once

#include <windows.h>

#include <cstddef>

namespace ntpages {

// Windows refuses to commit for a moment while it makes a page file larger, and then goes on as if
// nothing had been: so who can't do without asks again for half a second. `ask` makes the call, and
// answers null where it is refused. Takes no lock and allocates nothing: fit for a handler. What is
// wished for and not needed is asked for once, without this.
template <typename Ask>
auto patiently(Ask ask) {
    constexpr auto tries = 10;
    constexpr DWORD pause = 50;  // milliseconds
    auto got = ask();
    for (auto turn = 0; !got && turn < tries; ++turn) {
        const auto code = GetLastError();
        if (code != ERROR_COMMITMENT_LIMIT && code != ERROR_NOT_ENOUGH_MEMORY) break;
        Sleep(pause);
        got = ask();
    }
    return got;
}

// The same for calls that may also reserve addresses alone, which no waiting makes more of.
template <typename Ask>
auto patiently(DWORD type, Ask ask) {
    return (type & MEM_COMMIT) != 0 ? patiently(ask) : ask();
}

// Pages of a reservation. Null where they are refused for good, for the reason in GetLastError().
inline void* commit_pages(void* address, std::size_t size, DWORD protection) noexcept {
    return patiently([=] { return VirtualAlloc(address, size, MEM_COMMIT, protection); });
}

// New pages that anyone may read and write.
inline void* new_pages(std::size_t size) noexcept {
    return patiently(
        [=] { return VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE); });
}

}  // namespace ntpages
