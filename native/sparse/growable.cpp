// sparse/growable: growing at the end, and cutting off what is there.
#include "native/sparse/growable.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>

#include "native/commit.hpp"
#include "native/error.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::size_t least_step = 64 * 1024;        // committed ahead at a time: an eighth of the
constexpr std::size_t most_step = 64 * 1024 * 1024;  // data, within these

std::size_t in_pages(std::size_t size) noexcept {
    return whole_pages({0, size}).size;
}

}  // namespace

GrowableBuffer::GrowableBuffer(std::size_t maximum)
    : maximum_(maximum),
      memory_(check(VirtualAlloc(nullptr, maximum, MEM_RESERVE, PAGE_READWRITE), "VirtualAlloc")) {}

void GrowableBuffer::close() {
    lease_.close([&] {
        memory_.reset();
        size_ = committed_ = 0;
    });
}

Lent GrowableBuffer::lend(bool) {
    lease_.add_view();
    return {memory_.get(), size_, false};
}

std::uintptr_t GrowableBuffer::address() {
    const Lease::Use use(lease_);
    return reinterpret_cast<std::uintptr_t>(memory_.get());
}

std::size_t GrowableBuffer::append(std::span<const std::byte> bytes) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(growing_);
    make_room(bytes.size());
    if (!bytes.empty()) std::memcpy(data() + size_, bytes.data(), bytes.size());
    return size_.fetch_add(bytes.size());
}

std::size_t GrowableBuffer::extend(std::size_t bytes) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(growing_);
    make_room(bytes);
    return size_.fetch_add(bytes);
}

void GrowableBuffer::truncate(std::size_t size) {
    const Lease::Alone alone(lease_);
    if (size > size_) {
        throw std::invalid_argument("size must be at most the " + std::to_string(size_) +
                                    " bytes there are, not " + std::to_string(size));
    }
    const auto kept = std::min(in_pages(size), committed_.load());
    if (kept < committed_) {
        check(VirtualFree(data() + kept, committed_ - kept, MEM_DECOMMIT), "VirtualFree");
        committed_ = kept;
    }
    std::memset(data() + size, 0, std::min(kept, size_.load()) - size);
    size_ = size;
}

void GrowableBuffer::make_room(std::size_t bytes) {
    if (bytes > maximum_ - size_) {
        throw std::overflow_error(std::to_string(bytes) +
                                  " bytes more do not fit: " + std::to_string(size_) +
                                  " of at most " + std::to_string(maximum_) + " are used");
    }
    const auto needed = size_ + bytes;
    if (needed <= committed_) return;
    const auto ahead = std::clamp(size_ / 8, least_step, most_step);
    const auto wished = in_pages(std::min(needed + ahead, maximum_));
    auto* const at = data() + committed_;
    if (VirtualAlloc(at, wished - committed_, MEM_COMMIT, PAGE_READWRITE)) {
        committed_ = wished;
        return;
    }
    // Near the commit limit: just what must be.
    check(commit_pages(at, in_pages(needed) - committed_, PAGE_READWRITE), "VirtualAlloc");
    committed_ = in_pages(needed);
}

}  // namespace ntpages
