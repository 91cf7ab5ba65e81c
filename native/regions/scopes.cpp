// regions/scopes: undoing as much as can be, and owing the rest.
#include "native/regions/scopes.hpp"

#include <exception>
#include <utility>

#include "native/error.hpp"
#include "native/regions/nt.hpp"

namespace ntpages {
namespace {

// Calls undo(each) for every one of them, also after one was refused, and keeps those that were.
// Throws the first refusal. In a closed region nothing is left to undo.
template <typename Each, typename Undo>
void undo_all(std::vector<Each>& all, Undo undo) {
    std::exception_ptr first;
    std::erase_if(all, [&](const Each& each) {
        try {
            undo(each);
        } catch (const Closed&) {
            return true;
        } catch (const std::exception&) {
            if (!first) first = std::current_exception();
            return false;
        }
        return true;
    });
    if (first) std::rethrow_exception(first);
}

// Executable pages with a protection of their own again: without the flag, every byte of them would
// become a valid target of indirect calls (Control Flow Guard).
DWORD again(DWORD protection) noexcept {
    constexpr DWORD executable =
        PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    return (protection & executable) != 0 ? protection | nt::page_targets_no_update : protection;
}

}  // namespace

ProtectedPages::~ProtectedPages() {
    try {
        leave();
    } catch (const std::exception&) {  // the region owes it
    }
}

Region::Protected ProtectedPages::enter() {
    before_ = region_.protections(bytes_);
    for (auto& each : before_) each.old = again(each.old);
    try {
        return region_.protect(bytes_, protection_);
    } catch (...) {
        before_.clear();  // nothing changed
        throw;
    }
}

void ProtectedPages::leave() {
    try {
        undo_all(before_,
                 [&](const Region::Protected& each) { region_.protect(each.range, each.old); });
    } catch (...) {
        region_.owe(std::exchange(before_, {}));
        throw;
    }
}

LockedPages::~LockedPages() {
    try {
        leave();
    } catch (const std::exception&) {  // the region knows what is still locked: unlock() tells
    }
}

std::vector<Range> LockedPages::enter() {
    return unlocked_ = region_.lock_parts(bytes_, false);
}

void LockedPages::leave() {
    undo_all(unlocked_, [&](const Range& each) {
        for (const auto& part : region_.lock_parts(each, true)) region_.unlock(part);
    });
}

}  // namespace ntpages
