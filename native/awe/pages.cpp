// awe/pages: AllocateUserPhysicalPages, and its end.
#include "native/awe/pages.hpp"

#include <stdexcept>
#include <string>

#include "native/awe/window.hpp"
#include "native/error.hpp"

namespace ntpages {

PhysicalPages::PhysicalPages(std::size_t count, std::optional<ULONG> node)
    : frames_(count), places_(count) {
    const auto self = GetCurrentProcess();
    const auto* const call = node ? "AllocateUserPhysicalPagesNuma" : "AllocateUserPhysicalPages";
    ULONG_PTR obtained = count;
    const auto done = node ? AllocateUserPhysicalPagesNuma(self, &obtained, frames_.data(), *node)
                           : AllocateUserPhysicalPages(self, &obtained, frames_.data());
    if (!done) {
        const auto code = GetLastError();
        fail(call, code, code == ERROR_PRIVILEGE_NOT_HELD ? "SeLockMemoryPrivilege" : "");
    }
    if (obtained == 0) fail(call, ERROR_NOT_ENOUGH_MEMORY);
    frames_.resize(obtained);
    places_.resize(obtained);
}

PhysicalPages::~PhysicalPages() {
    if (closed_) return;
    ULONG_PTR count = frames_.size();
    FreeUserPhysicalPages(GetCurrentProcess(), &count, frames_.data());
}

void PhysicalPages::close() {
    const std::scoped_lock locked(mapping);
    if (closed_) return;
    for (const auto& place : places_) {
        if (place.window) place.window->check_unseen();
    }
    ULONG_PTR count = frames_.size();
    check(FreeUserPhysicalPages(GetCurrentProcess(), &count, frames_.data()),
          "FreeUserPhysicalPages");
    closed_ = true;
    // Windows has taken the pages out of the windows that showed them.
    for (const auto& place : places_) {
        if (place.window) place.window->forget(place.slot);
    }
}

void PhysicalPages::check_unmapped(std::size_t page) const {
    if (!places_[page].window) return;
    throw std::invalid_argument("page " + std::to_string(page) +
                                " is mapped already, and can be at one place only: unmap it first");
}

}  // namespace ntpages
