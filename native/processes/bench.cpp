// processes/bench: memory for one thread, and reading to it around what can't be read.
#include "native/processes/bench.hpp"

#include <algorithm>

#include "native/commit.hpp"
#include "native/error.hpp"
#include "native/ranges.hpp"

namespace ntpages {

bool Bench::prepare(bool needed) {
    if (memory_) return true;
    constexpr auto size = chunk + longest;  // the last value goes beyond the share
    constexpr auto words = chunk / 64;
    constexpr auto all = 2 * size + 2 * words * sizeof(std::uint64_t);
    memory_.reset(needed ? check(new_pages(all), "VirtualAlloc")
                         : VirtualAlloc(nullptr, all, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    if (!memory_) return false;
    now = static_cast<std::byte*>(memory_.get());
    before = now + size;
    bits = {reinterpret_cast<std::uint64_t*>(before + size), words};
    left = {bits.data() + words, words};
    return true;
}

void Bench::forget() noexcept {
    known_ = {};
    work.reset();
}

void Bench::begin(const Work& next_work) noexcept {
    holes.clear();
    hits.clear();
    bytes = 0;
    next = 0;
    work = next_work;
}

void Bench::read(const Share& share) {
    Kept whole;
    whole.address = share.address;
    known_ = {share.address, share.address + share.size, std::nullopt};  // as it was cut
    read(whole, share.address, share.address + share.size);
    bytes = std::min<std::uint64_t>(bytes, share.starts);
}

void Bench::read(const Kept& part, std::uint64_t from, std::uint64_t to) {
    for (auto at = from; at < to;) {
        if (at < known_.start || at >= known_.end) known_ = ask(at);
        const auto end = std::min(to, known_.end);
        if (known_.reason) {
            holes.push_back({at, end - at, *known_.reason});
            at = end;
            continue;
        }
        const auto wanted = static_cast<std::size_t>(end - at);
        const auto got = process_->read(at, {now + (at - part.address), wanted}, true);
        bytes += got;
        at += got;
        if (got == wanted) continue;
        const auto page_end = std::min(end, (at / page_size + 1) * page_size);
        holes.push_back({at, page_end - at, HoleReason::unreadable});
        at = page_end;
    }
}

// What lies on pages side by side is read at once: to copy a page costs no more than to ask.
void Bench::read_at(const Kept& part, std::span<const std::uint32_t> which, std::size_t size) {
    const auto address_of = [&](std::size_t i) {
        return part.address + std::uint64_t{which[i]} * part.step;
    };
    for (std::size_t first = 0; first < which.size();) {
        auto end = address_of(first) + size;
        auto last = first + 1;
        for (; last < which.size(); ++last) {
            if (address_of(last) / page_size > (end - 1) / page_size + 1) break;
            end = address_of(last) + size;
        }
        read(part, address_of(first), end);
        first = last;
    }
}

std::size_t Bench::readable(std::uint64_t address, std::size_t size) const noexcept {
    const auto ends_behind = [](std::uint64_t at, const Hole& hole) {
        return at < hole.address + hole.size;
    };
    const auto hole = std::upper_bound(holes.begin(), holes.end(), address, ends_behind);
    if (hole == holes.end()) return size;
    if (hole->address <= address) return 0;
    return static_cast<std::size_t>(std::min<std::uint64_t>(size, hole->address - address));
}

Bench::Known Bench::ask(std::uint64_t address) const {
    MEMORY_BASIC_INFORMATION region;
    if (!process_->query(address, region)) return {address, UINT64_MAX, HoleReason::unreadable};
    const auto base = reinterpret_cast<std::uint64_t>(region.BaseAddress);
    return {base, base + region.RegionSize, reason_to_skip(region)};
}

}  // namespace ntpages
