// owed: protections that a block could not put back, until Windows takes them.
#pragma once

#include <windows.h>

#include <atomic>
#include <exception>
#include <vector>

#include "native/ranges.hpp"

namespace ntpages {

// Pages, and the protection that they had, or the first of them had.
struct ProtectedRange {
    Range range;
    DWORD old;
};

inline bool executable(DWORD protection) noexcept {
    constexpr DWORD executing =
        PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    return (protection & executing) != 0;
}

// A protection that is asked for only for a while, or again. Without the flag, Windows would take
// every address of executable pages for a valid target of calls (Control Flow Guard) from then on.
inline DWORD for_a_while(DWORD protection) noexcept {
    return executable(protection) ? protection | PAGE_TARGETS_NO_UPDATE : protection;
}

// Calls undo(each) for every one of them, also after one was refused, and keeps those that were.
// Throws the first refusal.
template <typename Each, typename Undo>
void undo_all(std::vector<Each>& all, Undo undo) {
    std::exception_ptr first;
    std::erase_if(all, [&](const Each& each) {
        try {
            undo(each);
        } catch (const std::exception&) {
            if (!first) first = std::current_exception();
            return false;
        }
        return true;
    });
    if (first) std::rethrow_exception(first);
}

// What the pages of one object shall be protected as, as soon as nothing stands against it. No two
// say it of the same page. The object serialises calls.
class OwedProtections {
public:
    [[nodiscard]] bool any() const noexcept { return any_; }  // from any thread

    void add(const std::vector<ProtectedRange>& protections);
    void clear() { static_cast<void>(take()); }
    // All of it, for whoever tries again, and adds what is refused once more.
    [[nodiscard]] std::vector<ProtectedRange> take();
    // A later word on these pages stands.
    void forget(Range range);

    // What a block has to put back that found the pages so: what is owed, where that is not what it
    // found.
    [[nodiscard]] std::vector<ProtectedRange> due(const std::vector<ProtectedRange>& found) const;

private:
    [[nodiscard]] std::vector<ProtectedRange> without(Range range) const;

    std::vector<ProtectedRange> owed_;
    std::atomic<bool> any_{false};
};

}  // namespace ntpages
