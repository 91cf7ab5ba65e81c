// processes/compare: one loop for each kind of number and each comparison.
#include "native/processes/compare.hpp"

#include <algorithm>
#include <bit>

namespace ntpages {
namespace {

// Whole numbers are subtracted without a sign, where they may wrap.
template <typename T>
T difference(T a, T b) noexcept {
    if constexpr (std::is_floating_point_v<T>) {
        return a - b;
    } else {
        using Plain = std::make_unsigned_t<T>;
        return static_cast<T>(static_cast<Plain>(static_cast<Plain>(a) - static_cast<Plain>(b)));
    }
}

// A bit for each of 64 bytes that are 0 or 1.
std::uint64_t bits_of(const std::array<std::uint8_t, 64>& flags) noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 64; i += 8) {
        std::uint64_t eight;
        std::memcpy(&eight, flags.data() + i, sizeof(eight));
        bits |= (eight * 0x0102040810204080) >> 56 << i;
    }
    return bits;
}

template <typename T, typename Holds>
void mark(const Numbers& numbers, std::span<std::uint64_t> bits, Holds holds) {
    std::array<std::uint8_t, 64> flags{};
    for (std::size_t first = 0; first < numbers.count; first += 64) {
        const auto count = std::min<std::size_t>(numbers.count - first, 64);
        const auto* const now = numbers.now + first * numbers.step;
        const auto* const before = numbers.before + first * numbers.step;
        if (numbers.step == sizeof(T) && count == 64) {  // side by side: a vector at a time
            for (std::size_t i = 0; i < 64; ++i) {
                flags[i] = static_cast<std::uint8_t>(
                    holds(number_at<T>(now + i * sizeof(T)), number_at<T>(before + i * sizeof(T))));
            }
        } else {
            flags.fill(0);
            for (std::size_t i = 0; i < count; ++i) {
                flags[i] = static_cast<std::uint8_t>(holds(
                    number_at<T>(now + i * numbers.step), number_at<T>(before + i * numbers.step)));
            }
        }
        bits[first / 64] = bits_of(flags);
    }
}

// Equal in every bit: what is no number is equal to itself here.
template <typename T>
bool is_same(T a, T b) noexcept {
    if constexpr (std::is_floating_point_v<T>) {
        using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
    } else {
        return a == b;
    }
}

template <typename T>
void compare_as(Comparison how, const Bounds& bounds, const Numbers& numbers,
                std::span<std::uint64_t> bits) {
    const auto low = number_at<T>(bounds.low.data());
    const auto high = number_at<T>(bounds.high.data());
    // Both are compared always: a branch would keep compilers from making vectors.
    const auto inside = [=](T it) { return static_cast<int>(low <= it) & (it <= high); };
    const auto each = [&](auto holds) { mark<T>(numbers, bits, holds); };
    switch (how) {
        case Comparison::any:
            return each([](T, T) { return true; });
        case Comparison::inside:
            return each([=](T now, T) { return inside(now); });
        case Comparison::outside:
            return each([=](T now, T) { return inside(now) ^ 1; });
        case Comparison::below:
            return each([=](T now, T) { return now < low; });
        case Comparison::above:
            return each([=](T now, T) { return now > high; });
        case Comparison::changed:
            return each([](T now, T before) { return !is_same(now, before); });
        case Comparison::unchanged:
            return each([](T now, T before) { return is_same(now, before); });
        case Comparison::increased:
            return each([](T now, T before) { return now > before; });
        case Comparison::decreased:
            return each([](T now, T before) { return now < before; });
        case Comparison::increased_by:
            return each([=](T now, T before) { return inside(difference(now, before)); });
        case Comparison::decreased_by:
            return each([=](T now, T before) { return inside(difference(before, now)); });
    }
    throw std::invalid_argument("there is no such comparison");
}

}  // namespace

void compare(Number kind, const Test& test, const Numbers& numbers, std::span<std::uint64_t> bits) {
    const auto look = [&](const Bounds& bounds, std::span<std::uint64_t> found) {
        with_number(
            kind, [&](auto zero) { compare_as<decltype(zero)>(test.how, bounds, numbers, found); });
    };
    look(test.ranges.empty() ? Bounds{} : test.ranges.front(), bits);
    if (test.ranges.size() < 2) return;
    std::vector<std::uint64_t> others((numbers.count + 63) / 64);
    for (const auto& range : std::span(test.ranges).subspan(1)) {
        look(range, others);
        for (std::size_t i = 0; i < others.size(); ++i) {
            bits[i] = test.how == Comparison::outside ? bits[i] & others[i] : bits[i] | others[i];
        }
    }
}

}  // namespace ntpages
