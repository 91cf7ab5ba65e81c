// processes/strings: which pages are looked at for text.
#include "native/processes/strings.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "native/commit.hpp"
#include "native/processes/frontier.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::size_t chunk = 512 * 1024;  // looked at while the processor caches it

}  // namespace

StringSearch::StringSearch(Process& process, std::uint64_t start, std::uint64_t end,
                           std::size_t least, std::size_t limit)
    : process_(process),
      at_(start),
      end_(end),
      readable_end_(start),
      limit_(limit),
      finder_(least),
      buffer_(check(new_pages(chunk), "VirtualAlloc")) {}

bool StringSearch::advance(std::uint32_t milliseconds) {
    const std::scoped_lock lock(turn_);
    if (!rows_) return false;
    const auto begun = GetTickCount64();
    do {
        if (!done_) step();
    } while (!done_ && GetTickCount64() - begun < milliseconds);
    rows_->check_memory("String");
    return !done_;
}

std::uint64_t StringSearch::scanned() const {
    const std::scoped_lock lock(turn_);
    return scanned_;
}

bool StringSearch::cut_short() const {
    const std::scoped_lock lock(turn_);
    return cut_short_;
}

Table StringSearch::finish() {
    const std::scoped_lock lock(turn_);
    done_ = true;
    if (!rows_) throw std::logic_error("the strings were taken before");
    auto rows = std::move(*rows_);
    rows_.reset();
    return rows.finish("String");
}

bool StringSearch::is_own(const void* allocation) const noexcept {
    return process_.pid() == GetCurrentProcessId() &&
           (allocation == buffer_.get() || rows_->lies_in(allocation));
}

void StringSearch::step() {
    const auto found = [this](const FoundText& text) {
        keep(text);
        return !done_;
    };
    if (at_ >= end_) {
        finder_.end(found);
        done_ = true;
        return;
    }
    if (at_ >= readable_end_) {
        enter_region();
        return;
    }
    const auto size = static_cast<std::size_t>(
        std::min<std::uint64_t>(chunk, std::min(readable_end_, end_) - at_));
    auto* const buffer = static_cast<std::uint8_t*>(buffer_.get());
    const auto got = process_.read(at_, {reinterpret_cast<std::byte*>(buffer), size}, true);
    scanned_ += finder_.add(at_, {buffer, got}, found);
    at_ += got;
    if (got < size && !done_) {  // a page that refuses, whatever its protection says
        finder_.end(found);
        at_ = (at_ / page_size + 1) * page_size;
    }
}

void StringSearch::enter_region() {
    MEMORY_BASIC_INFORMATION region;
    const auto is_there = process_.query(at_, region);
    const auto behind =
        is_there ? reinterpret_cast<std::uint64_t>(region.BaseAddress) + region.RegionSize : end_;
    if (is_there && !reason_to_skip(region) && !is_own(region.AllocationBase)) {
        readable_end_ = behind;
        return;
    }
    finder_.end([this](const FoundText& text) {
        keep(text);
        return !done_;
    });
    at_ = readable_end_ = behind;
}

void StringSearch::keep(const FoundText& found) {
    if (done_) return;
    if (rows_->size() == limit_) {
        done_ = cut_short_ = true;
        return;
    }
    done_ = !rows_->append(found.address, found.size, static_cast<std::uint8_t>(found.encoding),
                           found.text);
}

}  // namespace ntpages
