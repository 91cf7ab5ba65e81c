// owed: protections that a block could not put back, until Windows takes them.
#pragma once

#include <windows.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>
#include <vector>

#include "native/ranges.hpp"

namespace ntpages {

// Pages, and the protection that they had, or the first of them had.
struct ProtectedRange {
    Range range;
    DWORD old;
};

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

    void add(const std::vector<ProtectedRange>& protections) {
        for (const auto& each : protections) forget(each.range);
        owed_.insert(owed_.end(), protections.begin(), protections.end());
        any_ = !owed_.empty();
    }

    // Tries each once more; what is refused again stays owed, and the first refusal is thrown.
    template <typename PutBack>
    void settle(PutBack put_back) {
        const Counted counted(*this);
        undo_all(owed_, put_back);
    }

    // A later word on these pages stands.
    void forget(Range range) {
        if (any_) owed_ = without(range);
        any_ = !owed_.empty();
    }

    // What a block has to put back that found the pages so: what is owed, where that is not what it
    // found.
    [[nodiscard]] std::vector<ProtectedRange> due(const std::vector<ProtectedRange>& found) const {
        if (!any_) return found;
        std::vector<ProtectedRange> due;
        for (const auto& each : found) {
            RangeSet pages;
            pages.add(each.range);
            for (const auto& owed : owed_) {
                for (const auto& part : pages.parts(owed.range, true)) {
                    due.push_back({part, owed.old});
                }
                pages.remove(owed.range);
            }
            for (const auto& part : pages.parts(each.range, true)) due.push_back({part, each.old});
        }
        return due;
    }

private:
    struct Counted {  // however it ends
        explicit Counted(OwedProtections& all) : owed(all) {}
        ~Counted() { owed.any_ = !owed.owed_.empty(); }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;

        OwedProtections& owed;
    };

    [[nodiscard]] std::vector<ProtectedRange> without(Range range) const {
        std::vector<ProtectedRange> rest;
        for (const auto& each : owed_) {
            RangeSet pages;
            pages.add(each.range);
            pages.remove(range);
            for (const auto& part : pages.parts(each.range, true)) rest.push_back({part, each.old});
        }
        return rest;
    }

    std::vector<ProtectedRange> owed_;
    std::atomic<bool> any_{false};
};

}  // namespace ntpages
