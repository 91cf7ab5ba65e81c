// processes/numbers: read, compared, and kept where they are as they should be.
#include "native/processes/numbers.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ntpages {
namespace {

void clear(std::span<std::uint64_t> bits, std::size_t first, std::size_t last) noexcept {
    for (auto i = first; i < last; ++i) bits[i / 64] &= ~(std::uint64_t{1} << i % 64);
}

std::vector<Kept> none_or(const Kept& part) {
    return part.left == 0 ? std::vector<Kept>{} : std::vector{part};
}

}  // namespace

NumberLook::NumberLook(Number kind, Test test)
    : kind_(kind), width_(width_of(kind)), test_(std::move(test)) {}

bool NumberLook::is_of(const Followed& followed) const noexcept {
    return followed.number == kind_;
}

bool NumberLook::looks_back() const noexcept {
    return ntpages::looks_back(test_.how);
}

// Where shares and numbers begin at multiples of the width, no number goes beyond its share.
std::size_t NumberLook::reach(std::size_t step, std::uint64_t start) const {
    return step >= width_ && start % width_ == 0 ? 1 : width_;
}

Look::Left NumberLook::first(Bench& bench, const Share& share, std::size_t step, const Taker& take,
                             const IsOver&) const {
    Kept part;
    part.address = (share.address + step - 1) & ~std::uint64_t{step - 1};
    part.step = step;
    part.width = width_;
    const auto skipped = part.address - share.address;
    if (skipped < share.starts && skipped + width_ <= share.size) {
        const auto by_start = (share.starts - skipped + step - 1) / step;
        const auto by_end = (share.size - skipped - width_) / step + 1;
        part.count = static_cast<std::size_t>(std::min<std::uint64_t>(by_start, by_end));
        part.size = (part.count - 1) * step + width_;
    }
    // Also what no number begins in, or none has room in: it counts, and may be a hole.
    bench.read(share);
    if (part.count == 0) return {};
    const auto* const now = bench.now + skipped;
    compare(kind_, test_, {now, now, part.count, part.step}, bench.bits);
    for (const auto& hole : bench.holes) {
        const auto [first, last] = part.touching(hole.address, hole.address + hole.size);
        clear(bench.bits, first, last);
    }
    return none_or(keep_many(take, part, {now, part.size}, bench.bits));
}

Look::Left NumberLook::again(Bench& bench, const Kept& part, const Taker& take,
                             const IsOver&) const {
    return none_or(part.is_few() ? look_at_few(bench, part, take)
                                 : look_at_many(bench, part, take));
}

Kept NumberLook::look_at_many(Bench& bench, const Kept& part, const Taker& take) const {
    part.restore(bench.before, bench.left);
    bench.read(part, part.address, part.address + part.size);
    compare(kind_, test_, {bench.now, bench.before, part.count, part.step}, bench.bits);
    for (std::size_t i = 0; i < (part.count + 63) / 64; ++i) bench.bits[i] &= bench.left[i];
    for (const auto& hole : bench.holes) {
        const auto [first, last] = part.touching(hole.address, hole.address + hole.size);
        clear(bench.bits, first, last);
    }
    return keep_many(take, part.emptied(), {bench.now, part.size}, bench.bits);
}

Kept NumberLook::look_at_few(Bench& bench, const Kept& part, const Taker& take) const {
    bench.read_at(part, {part.which, part.left}, width_);
    for (std::size_t i = 0; i < part.left; ++i) {
        std::memcpy(bench.before + i * width_, bench.now + part.which[i] * part.step, width_);
    }
    compare(kind_, test_, {bench.before, part.values, part.left, width_}, bench.bits);
    for (const auto& hole : bench.holes) {
        const auto [first, last] = part.touching(hole.address, hole.address + hole.size);
        const auto* const from = std::lower_bound(part.which, part.which + part.left, first);
        const auto* const to = std::lower_bound(from, part.which + part.left, last);
        clear(bench.bits, static_cast<std::size_t>(from - part.which),
              static_cast<std::size_t>(to - part.which));
    }
    return keep_few(take, part, {bench.before, part.left * width_}, bench.bits);
}

}  // namespace ntpages
