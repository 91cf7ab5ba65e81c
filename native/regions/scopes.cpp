// regions/scopes: undoing as much as can be, and owing the rest.
#include "native/regions/scopes.hpp"

#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "native/error.hpp"
#include "native/owed.hpp"

namespace ntpages {
namespace {

// In a closed region nothing is left to undo.
template <typename Undo>
auto unless_closed(Undo undo) {
    return [undo](const auto& each) {
        try {
            undo(each);
        } catch (const Closed&) {
        }
    };
}

}  // namespace

ProtectedPages::~ProtectedPages() {
    try {
        leave();
    } catch (const std::exception&) {  // the region owes it
    }
}

ProtectedRange ProtectedPages::enter() {
    const std::scoped_lock lock(turn_);
    if (!before_.empty()) throw std::logic_error("the block is entered already");
    before_ = region_.due(bytes_);
    try {
        return region_.protect(bytes_, protection_);
    } catch (...) {
        before_.clear();  // nothing changed
        throw;
    }
}

void ProtectedPages::leave() {
    const std::scoped_lock lock(turn_);
    const auto put_back = [&](const ProtectedRange& each) {
        region_.protect(each.range, for_a_while(each.old));
    };
    try {
        undo_all(before_, unless_closed(put_back));
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
    const std::scoped_lock lock(turn_);
    if (!unlocked_.empty()) throw std::logic_error("the block is entered already");
    return unlocked_ = region_.lock_parts(bytes_, false);
}

void LockedPages::leave() {
    const std::scoped_lock lock(turn_);
    undo_all(unlocked_, unless_closed([&](const Range& each) {
                 for (const auto& part : region_.lock_parts(each, true)) region_.unlock(part);
             }));
}

}  // namespace ntpages
