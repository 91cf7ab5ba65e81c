// processes/frontier: which pages are looked at, and which are stepped over.
#include "native/processes/frontier.hpp"

#include <algorithm>

#include "native/commit.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr DWORD writing =
    PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

}  // namespace

// Reading memory that no processor caches is slow beyond use; where it is a device's, reading may
// have an effect.
std::optional<HoleReason> reason_to_skip(const MEMORY_BASIC_INFORMATION& region) noexcept {
    if (region.State != MEM_COMMIT) return HoleReason::unreadable;
    if ((region.Protect & PAGE_GUARD) != 0) return HoleReason::guard;
    if ((region.Protect & PAGE_NOACCESS) != 0) return HoleReason::no_access;
    if ((region.Protect & (PAGE_NOCACHE | PAGE_WRITECOMBINE)) != 0) return HoleReason::uncached;
    return std::nullopt;
}

Frontier::Frontier(Process& process, Limits limits,
                   std::optional<std::span<const std::uint64_t>> places, IsOwn is_own)
    : process_(process),
      limits_(limits),
      is_own_(std::move(is_own)),
      at_(limits.start),
      known_(limits.start),
      readable_end_(limits.start),
      stretch_end_(limits.end) {
    if (!places) return;
    narrows_ = true;
    kept_places_.reset(
        check(new_pages(std::max<std::size_t>(places->size_bytes(), 1)), "VirtualAlloc"));
    auto* const first = reinterpret_cast<std::uint64_t*>(kept_places_.get());
    auto* last = first;
    for (const std::uint64_t place : *places) {  // looked at once: it may change meanwhile
        if (limits.start <= place && place < limits.end) *last++ = place;
    }
    if (!std::is_sorted(first, last)) std::sort(first, last);
    last = std::unique(first, last);
    places_ = {first, last};
    done_ = !enter_stretch();
}

std::optional<Share> Frontier::advance() {
    const auto behind = std::uint64_t{limits_.longest - 1};  // what the last start reaches into
    const auto ahead = known_ - at_;
    if (!closed_ && ahead < limits_.starts + behind) {
        look_on();
        return std::nullopt;
    }
    const auto starts = closed_ ? ahead : ahead - behind;
    if (starts != 0) return cut(std::min<std::uint64_t>(starts, limits_.starts));
    closed_ = false;
    if (const auto gap = std::exchange(gap_, std::nullopt)) return step_over(*gap);
    done_ = !enter_stretch();
    return std::nullopt;
}

void Frontier::look_on() {
    if (known_ == stretch_end_) {
        closed_ = true;
        return;
    }
    if (known_ < readable_end_) {
        known_ = std::min(readable_end_, stretch_end_);
        return;
    }
    MEMORY_BASIC_INFORMATION region;
    const auto is_there = process_.query(known_, region);
    const auto end = is_there
                         ? std::min<std::uint64_t>(
                               limits_.end, reinterpret_cast<std::uint64_t>(region.BaseAddress) +
                                                region.RegionSize)
                         : stretch_end_;
    const auto part_end = std::min(end, stretch_end_);
    const auto is_mine = process_.pid() == GetCurrentProcessId();
    closed_ = true;
    if (!is_there || region.State != MEM_COMMIT) {
        gap_ = Gap{part_end, reason_if_missed(part_end)};
    } else if ((limits_.writable && (region.Protect & writing) == 0) ||
               (is_mine &&
                (region.AllocationBase == kept_places_.get() || is_own_(region.AllocationBase)))) {
        gap_ = Gap{part_end, std::nullopt};
    } else if (const auto reason = reason_to_skip(region)) {
        gap_ = Gap{part_end, reason};
    } else {
        readable_end_ = end;
        known_ = part_end;
        closed_ = false;
    }
}

// Memory that is not committed is worth a word only where something had been found in it.
std::optional<HoleReason> Frontier::reason_if_missed(std::uint64_t end) const {
    const auto place = std::ranges::lower_bound(places_, known_);
    if (place == places_.end() || *place >= end) return std::nullopt;
    return HoleReason::unreadable;
}

Share Frontier::cut(std::uint64_t starts) {
    const auto size = std::min(starts + limits_.longest - 1, known_ - at_);
    const auto behind = std::ranges::lower_bound(places_, at_ + starts);
    const Share share{
        at_, static_cast<std::size_t>(starts), size, std::nullopt, {places_.begin(), behind}};
    at_ += starts;
    places_ = {behind, places_.end()};
    // Who looks for something to do need not ask once more to hear that there is nothing.
    done_ = closed_ && at_ == known_ && !gap_ && places_.empty();
    return share;
}

std::optional<Share> Frontier::step_over(Gap gap) {
    const auto from = std::exchange(at_, gap.end);
    known_ = gap.end;
    places_ = {std::ranges::lower_bound(places_, at_), places_.end()};
    if (!gap.hole) return std::nullopt;
    return Share{from, 0, gap.end - from, gap.hole, {}};
}

// Goes to the next places, as many as lie on pages side by side. What is between them is read as
// well, since to copy a page costs no more than to ask; but no page that none of them lies in is
// touched.
bool Frontier::enter_stretch() {
    if (places_.empty()) return false;
    at_ = places_.front();
    stretch_end_ = at_;
    for (const auto place : places_) {
        if (stretch_end_ != at_ && place / page_size > (stretch_end_ - 1) / page_size + 1) break;
        stretch_end_ = place + std::min<std::uint64_t>(limits_.longest, limits_.end - place);
    }
    known_ = at_;
    return true;
}

}  // namespace ntpages
