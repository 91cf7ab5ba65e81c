// processes/kept: pages without their zeros, or single values, whichever is less.
#include "native/processes/kept.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "native/commit.hpp"
#include "native/error.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::size_t first_block = 256 * 1024;
constexpr std::size_t largest_block = 16 * 1024 * 1024;

std::size_t up(std::size_t size, std::size_t unit) noexcept {
    return (size + unit - 1) / unit * unit;
}

bool is_zeros(std::span<const std::byte> bytes) noexcept {
    return std::ranges::all_of(bytes, [](std::byte each) { return each == std::byte{0}; });
}

bool any_set(std::span<const std::uint64_t> bits, std::size_t first, std::size_t last) noexcept {
    for (auto i = first; i < last;) {
        const auto rest = bits[i / 64] >> i % 64;
        if (rest != 0) return i + static_cast<std::size_t>(std::countr_zero(rest)) < last;
        i = up(i + 1, 64);
    }
    return false;
}

}  // namespace

std::byte* Store::take(std::size_t size) {
    size = up(size, alignof(std::uint64_t));
    if (size > left_) {
        const auto usual = std::clamp<std::size_t>(used_, first_block, largest_block);
        const auto block = std::max(size, usual);
        blocks_.emplace_back(check(new_pages(block), "VirtualAlloc"));
        next_ = static_cast<std::byte*>(blocks_.back().get());
        left_ = block;
    }
    left_ -= size;
    used_ += size;
    return std::exchange(next_, next_ + size);
}

bool Store::lies_in(const void* allocation) const noexcept {
    return std::ranges::any_of(blocks_,
                               [=](const Pages& block) { return block.get() == allocation; });
}

Kept Kept::emptied() const noexcept {
    auto empty = *this;
    empty.left = 0;
    empty.bits = nullptr;
    empty.filled = nullptr;
    empty.pages = nullptr;
    empty.which = nullptr;
    empty.values = nullptr;
    return empty;
}

std::size_t Kept::page_count() const noexcept {
    return up(size, page_size) / page_size;
}

std::span<const std::byte> Kept::page_of(std::span<const std::byte> bytes,
                                         std::size_t page) const noexcept {
    return bytes.subspan(page * page_size, std::min(page_size, size - page * page_size));
}

std::pair<std::size_t, std::size_t> Kept::touching(std::uint64_t from,
                                                   std::uint64_t to) const noexcept {
    const auto first = from >= address + width ? (from - address - width) / step + 1 : 0;
    const auto last = to > address ? (to - address + step - 1) / step : 0;
    return {std::min<std::size_t>(first, count), std::min<std::size_t>(last, count)};
}

void Kept::restore(std::byte* to, std::span<std::uint64_t> left_bits) const {
    const auto* from = pages;
    for (std::size_t page = 0; page < page_count(); ++page) {
        const auto bytes = page_of({to, size}, page).size();
        if (filled[page] != 0) {
            std::memcpy(to + page * page_size, from, bytes);
            from += bytes;
        } else {
            std::memset(to + page * page_size, 0, bytes);
        }
    }
    const auto words = up(count, 64) / 64;
    if (bits != nullptr) {
        std::copy_n(bits, words, left_bits.begin());
        return;
    }
    std::fill_n(left_bits.begin(), words, ~std::uint64_t{0});
    if (count % 64 != 0) left_bits[words - 1] = (std::uint64_t{1} << count % 64) - 1;
}

std::vector<std::uint32_t> numbers_in(std::span<const std::uint64_t> bits, std::size_t count) {
    std::vector<std::uint32_t> numbers;
    for (std::size_t i = 0; i < up(count, 64) / 64; ++i) {
        for (auto some = bits[i]; some != 0; some &= some - 1) {
            const auto number = i * 64 + static_cast<std::size_t>(std::countr_zero(some));
            numbers.push_back(static_cast<std::uint32_t>(number));
        }
    }
    return numbers;
}

Kept keep_each(const Taker& take, Kept part, std::span<const std::byte> bytes,
               std::span<const std::uint32_t> which) {
    part.left = which.size();
    auto* const values = take(which.size() * part.width);
    auto* const numbers =
        reinterpret_cast<std::uint32_t*>(take(which.size() * sizeof(std::uint32_t)));
    std::ranges::copy(which, numbers);
    for (std::size_t i = 0; i < which.size(); ++i) {
        std::memcpy(values + i * part.width, &bytes[which[i] * part.step], part.width);
    }
    part.values = values;
    part.which = numbers;
    return part;
}

Kept keep_many(const Taker& take, Kept part, std::span<const std::byte> bytes,
               std::span<const std::uint64_t> bits) {
    const auto words = up(part.count, 64) / 64;
    std::size_t left = 0;
    for (std::size_t i = 0; i < words; ++i) {
        left += static_cast<std::size_t>(std::popcount(bits[i]));
    }
    part.left = left;
    if (left == 0) return part;
    if (left * (sizeof(std::uint32_t) + part.width) < words * sizeof(std::uint64_t)) {
        return keep_each(take, part, bytes, numbers_in(bits, part.count));
    }

    auto* const filled = reinterpret_cast<std::uint8_t*>(take(part.page_count()));
    std::size_t needed = 0;
    for (std::size_t page = 0; page < part.page_count(); ++page) {
        const auto content = part.page_of(bytes, page);
        const auto from = part.address + page * page_size;
        const auto [first, last] = part.touching(from, from + content.size());
        filled[page] = any_set(bits, first, last) && !is_zeros(content) ? 1 : 0;
        if (filled[page] != 0) needed += content.size();
    }
    auto* const pages = take(needed);
    auto* to = pages;
    for (std::size_t page = 0; page < part.page_count(); ++page) {
        if (filled[page] == 0) continue;
        const auto content = part.page_of(bytes, page);
        std::memcpy(to, content.data(), content.size());
        to += content.size();
    }
    part.filled = filled;
    part.pages = pages;
    if (left != part.count) {
        auto* const kept = reinterpret_cast<std::uint64_t*>(take(words * sizeof(std::uint64_t)));
        std::copy_n(bits.begin(), words, kept);
        part.bits = kept;
    }
    return part;
}

Kept keep_few(const Taker& take, const Kept& part, std::span<const std::byte> values,
              std::span<const std::uint64_t> bits) {
    auto kept = part;
    kept.left = 0;
    for (std::size_t i = 0; i < up(part.left, 64) / 64; ++i) {
        kept.left += static_cast<std::size_t>(std::popcount(bits[i]));
    }
    if (kept.left == 0) return kept;
    auto* const kept_values = take(kept.left * part.width);
    auto* const which = reinterpret_cast<std::uint32_t*>(take(kept.left * sizeof(std::uint32_t)));
    std::size_t next = 0;
    for (std::size_t i = 0; i < part.left; ++i) {
        if ((bits[i / 64] >> i % 64 & 1) == 0) continue;
        which[next] = part.which[i];
        std::memcpy(kept_values + next * part.width, &values[i * part.width], part.width);
        ++next;
    }
    kept.values = kept_values;
    kept.which = which;
    return kept;
}

}  // namespace ntpages
