// awe/pages: AllocateUserPhysicalPages, and its end.
#include "native/awe/pages.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string>

#include "native/awe/window.hpp"
#include "native/error.hpp"

namespace ntpages {
namespace {

std::string told(std::size_t given_back, std::size_t pages) {
    return std::to_string(given_back) + " of " + std::to_string(pages) + " pages were given back";
}

}  // namespace

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
    if (!closed_) give_frames_back();
}

void PhysicalPages::close() {
    const std::scoped_lock locked(mapping);
    if (closed_) return;
    for (const auto& place : places_) {
        if (place.window) place.window->check_unseen();
    }
    const auto done = give_frames_back();
    const auto code = GetLastError();
    closed_ = done;
    // Windows has taken the pages out of the windows that showed them.
    for (const auto& place : std::span(places_).first(given_back_)) {
        if (place.window) place.window->forget(place.slot);
    }
    if (!done) fail("FreeUserPhysicalPages", code, told(given_back_, frames_.size()));
}

bool PhysicalPages::give_frames_back() noexcept {
    ULONG_PTR count = frames_.size() - given_back_;
    const auto asked = count;
    const auto done =
        FreeUserPhysicalPages(GetCurrentProcess(), &count, frames_.data() + given_back_) != FALSE;
    given_back_ += done ? asked : count < asked ? count : 0;  // a refusal may leave it as it was
    return done;
}

void PhysicalPages::check_unmapped(std::size_t page) const {
    if (page < given_back_) {
        throw std::invalid_argument("page " + std::to_string(page) +
                                    " was given back: the set is half closed");
    }
    if (!places_[page].window) return;
    throw std::invalid_argument("page " + std::to_string(page) +
                                " is mapped already, and can be at one place only: unmap it first");
}

}  // namespace ntpages
