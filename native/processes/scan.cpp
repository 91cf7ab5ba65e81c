// processes/scan: which pages are looked at, and how a match is found that goes over several.
#include "native/processes/scan.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <stdexcept>

#include "native/commit.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::size_t chunk = 512 * 1024;  // searched while the processor caches it

// Bytes that may be compared between two looks at the clock, where every start is nearly a match.
constexpr std::size_t patience = 64 * 1024 * 1024;

constexpr DWORD writing =
    PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

// Why pages with this protection are left alone, if they are. Reading memory that no processor
// caches is slow beyond use; where it is a device's, reading may have an effect.
std::optional<HoleReason> reason_to_skip(DWORD protection) noexcept {
    if ((protection & PAGE_GUARD) != 0) return HoleReason::guard;
    if ((protection & PAGE_NOACCESS) != 0) return HoleReason::no_access;
    if ((protection & (PAGE_NOCACHE | PAGE_WRITECOMBINE)) != 0) return HoleReason::uncached;
    return std::nullopt;
}

template <typename Found>
Found take(std::optional<Found>& found) {
    if (!found) throw std::logic_error("the results of the scan were taken before");
    auto taken = std::move(*found);
    found.reset();
    return taken;
}

}  // namespace

Scan::Scan(Process& process, std::vector<Pattern> patterns, std::uint64_t start, std::uint64_t end,
           bool writable, std::size_t limit, std::optional<std::span<const std::uint64_t>> places)
    : process_(process),
      patterns_(std::move(patterns)),
      writable_(writable),
      limit_(limit),
      at_(start),
      end_(end),
      stretch_end_(end),
      readable_end_(start),
      upcoming_(patterns_.size()) {
    if (patterns_.empty()) throw std::invalid_argument("a scan needs a pattern");
    std::size_t together = 0;
    for (const auto& pattern : patterns_) {
        longest_ = std::max(longest_, pattern.size());
        together += pattern.size();
    }
    starts_at_once_ = std::max<std::size_t>(patience / together, 1);
    full_stride_ = std::max(chunk, longest_);
    stride_ = full_stride_;
    buffer_.reset(check(new_pages(longest_ + full_stride_), "VirtualAlloc"));
    if (!places) return;

    narrows_ = true;
    kept_places_.reset(
        check(new_pages(std::max<std::size_t>(places->size_bytes(), 1)), "VirtualAlloc"));
    auto* const first = reinterpret_cast<std::uint64_t*>(kept_places_.get());
    auto* last = first;
    for (const std::uint64_t place : *places) {  // looked at once: it may change meanwhile
        if (start <= place && place < end) *last++ = place;
    }
    if (!std::is_sorted(first, last)) std::sort(first, last);
    last = std::unique(first, last);
    places_ = {first, last};
    done_ = !enter_stretch();
}

bool Scan::advance(std::uint64_t milliseconds) {
    const std::scoped_lock lock(turn_);
    const auto begun = GetTickCount64();
    do {
        if (!done_) step();
    } while (!done_ && GetTickCount64() - begun < milliseconds);
    return !done_;
}

std::uint64_t Scan::scanned() const {
    const std::scoped_lock lock(turn_);
    return scanned_;
}

bool Scan::cut_short() const {
    const std::scoped_lock lock(turn_);
    return cut_short_;
}

Table Scan::matches() {
    const std::scoped_lock lock(turn_);
    done_ = true;
    return take(matches_).finish("Match");
}

Table Scan::holes() {
    const std::scoped_lock lock(turn_);
    done_ = true;
    if (holes_) end_hole();
    return take(holes_).finish("Hole");
}

std::size_t Scan::ready() const noexcept {
    return closed_ ? filled_ : filled_ - std::min(filled_, longest_ - 1);
}

// What was found would be found again, for ever, and the window holds a copy of what was read.
bool Scan::is_own(const void* allocation) const noexcept {
    return process_.pid() == GetCurrentProcessId() &&
           (allocation == buffer_.get() || allocation == kept_places_.get() ||
            matches_->lies_in(allocation) || holes_->lies_in(allocation));
}

void Scan::step() {
    if (next_ < ready()) {
        search();
    } else if (gap_ || at_ == stretch_end_) {
        leave_window();
    } else if (at_ < readable_end_) {
        fill();
    } else {
        enter_region();
    }
}

void Scan::enter_region() {
    MEMORY_BASIC_INFORMATION region;
    const auto is_there = process_.query(at_, region);
    const auto end =
        is_there
            ? std::min<std::uint64_t>(
                  end_, reinterpret_cast<std::uint64_t>(region.BaseAddress) + region.RegionSize)
            : stretch_end_;
    if (!is_there || region.State != MEM_COMMIT) {
        gap_ = Gap{end, reason_if_missed(end)};
    } else if ((writable_ && (region.Protect & writing) == 0) || is_own(region.AllocationBase)) {
        gap_ = Gap{end, std::nullopt};
    } else if (const auto reason = reason_to_skip(region.Protect)) {
        gap_ = Gap{end, reason};
    } else {
        readable_end_ = end;
    }
}

// Memory that is not committed is worth a word only where something had been found in it.
std::optional<HoleReason> Scan::reason_if_missed(std::uint64_t end) const {
    const auto place = std::ranges::lower_bound(places_, at_);
    if (place == places_.end() || *place >= end) return std::nullopt;
    return HoleReason::unreadable;
}

// Makes room in the window, and reads what lies behind it.
void Scan::fill() {
    std::memmove(buffer(), buffer() + next_, filled_ - next_);
    filled_ -= next_;
    next_ = 0;
    const auto wanted = std::min(readable_end_, stretch_end_) - at_;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(stride_, wanted));
    const auto got = process_.read(at_, {buffer() + filled_, size}, true);
    filled_ += got;
    at_ += got;
    if (got == size) {
        stride_ = std::min(stride_ * 2, full_stride_);
        return;
    }
    // One page changed since Windows was asked, or refuses whatever its protection says: where
    // there is one there may be more, so go on in small steps.
    stride_ = page_size;
    gap_ = Gap{std::min(readable_end_, (at_ / page_size + 1) * page_size), HoleReason::unreadable};
}

void Scan::leave_window() {
    closed_ = true;
    if (next_ < filled_) return;  // to be tried first, now that nothing follows
    filled_ = 0;
    next_ = 0;
    closed_ = false;
    if (gap_) {
        step_over(*gap_);
        gap_.reset();
    } else {
        done_ = !enter_stretch();
    }
}

void Scan::step_over(Gap gap) {
    const auto end = std::min(gap.end, stretch_end_);
    if (gap.hole) {
        if (hole_size_ == 0 || hole_ + hole_size_ != at_ || hole_reason_ != *gap.hole) {
            end_hole();
            hole_ = at_;
            hole_reason_ = *gap.hole;
        }
        hole_size_ += end - at_;
    }
    at_ = end;
    places_ = {std::ranges::lower_bound(places_, at_), places_.end()};
}

void Scan::end_hole() {
    if (hole_size_ != 0) {
        holes_->append(hole_, hole_size_, static_cast<std::uint8_t>(hole_reason_));
    }
    hole_size_ = 0;
}

// Goes to the next places, as many as lie on pages side by side. What is between them is read as
// well, since to copy a page costs no more than to ask; but no page that none of them lies in is
// touched.
bool Scan::enter_stretch() {
    if (places_.empty()) return false;
    at_ = places_.front();
    stretch_end_ = at_;
    for (const auto place : places_) {
        if (stretch_end_ != at_ && place / page_size > (stretch_end_ - 1) / page_size + 1) break;
        stretch_end_ = place + std::min<std::uint64_t>(longest_, end_ - place);
    }
    return true;
}

void Scan::search() {
    const auto last = std::min(ready(), next_ + starts_at_once_);
    if (narrows_) {
        try_places(last);
    } else {
        try_all(last);
    }
}

// Called where all patterns have been tried at an address: what matches there is told together, so
// that who goes on behind the last match misses none.
bool Scan::goes_on() noexcept {
    if (found_ >= limit_) done_ = cut_short_ = true;
    return !done_;
}

void Scan::try_all(std::size_t last) {
    const std::span block(reinterpret_cast<const std::uint8_t*>(buffer()), filled_);
    const auto base = window_address();
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
        upcoming_[i] = patterns_[i].find(block, base, next_, last);
    }
    auto tried = last;
    for (auto found = std::ranges::min(upcoming_); found < last;
         found = std::ranges::min(upcoming_)) {
        for (std::uint32_t i = 0; i < patterns_.size(); ++i) {
            if (upcoming_[i] != found) continue;
            done_ = done_ || !matches_->append(base + found, i);
            ++found_;
            upcoming_[i] = patterns_[i].find(block, base, found + 1, last);
        }
        if (!goes_on()) {
            tried = found + 1;
            break;
        }
    }
    scanned_ += tried - next_;
    next_ = tried;
}

void Scan::try_places(std::size_t last) {
    const std::span block(reinterpret_cast<const std::uint8_t*>(buffer()), filled_);
    const auto base = window_address();
    for (; !done_ && !places_.empty() && places_.front() - base < last;
         places_ = places_.subspan(1)) {
        const auto place = places_.front();
        const auto offset = static_cast<std::size_t>(place - base);
        for (std::uint32_t i = 0; i < patterns_.size(); ++i) {
            if (patterns_[i].find(block, base, offset, offset + 1) != offset) continue;
            done_ = done_ || !matches_->append(place, i);
            ++found_;
        }
        const auto end = std::min(place + longest_, at_);
        scanned_ += end - std::min(end, std::max(place, counted_to_));
        counted_to_ = end;
        goes_on();
    }
    next_ = last;
}

}  // namespace ntpages
