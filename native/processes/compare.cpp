// processes/compare: one loop for each kind of number and each comparison.
#include "native/processes/compare.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

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

// Where a number is in the order of all of its kind: -NaN, -infinity ... infinity, NaN.
template <typename T>
auto place_of(T number) noexcept {
    if constexpr (std::is_floating_point_v<T>) {
        using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        constexpr auto sign = Bits{1} << (8 * sizeof(T) - 1);
        const auto bits = std::bit_cast<Bits>(number + T{0});  // of two zeros, which are equal, one
        return (bits & sign) != 0 ? ~bits : bits | sign;
    } else {
        using Plain = std::make_unsigned_t<T>;
        constexpr auto sign = std::is_signed_v<T> ? Plain{1} << (8 * sizeof(T) - 1) : 0;
        return static_cast<Plain>(static_cast<Plain>(number) ^ sign);
    }
}

// Many ranges at once. What is between the first and the last of them is cut into as many parts as
// the processor's nearest cache holds, each of which knows whether it is in a range: so most
// numbers take one look, however many ranges there are.
template <typename T>
class Choice {
public:
    explicit Choice(std::span<const Bounds> ranges) {
        for (const auto& each : ranges) {
            const auto low = number_at<T>(each.low.data());
            const auto high = number_at<T>(each.high.data());
            if (low <= high) ranges_.push_back({place_of(low), place_of(high)});
        }
        if (ranges_.empty()) return;
        merge();
        first_ = ranges_.front().low;
        const auto span = static_cast<Place>(ranges_.back().high - first_);
        const auto wide = static_cast<std::size_t>(std::bit_width(span));
        shift_ = wide - std::min(wide, table_bits);
        for (const auto& [low, high] : ranges_) {
            for (auto part = part_of(low); part <= part_of(high); ++part) {
                const auto begin = Whole{part} << shift_;
                const auto end = begin + ((Whole{1} << shift_) - 1);
                const auto whole = begin >= Whole{low} - first_ && end <= Whole{high} - first_;
                table_[part] = whole ? Part::inside : Part::mixed;
            }
        }
    }

    [[nodiscard]] bool has(T number) const noexcept {
        const auto place = place_of(number);
        // What is before the first wraps and is behind the last: no branch, which nobody could
        // guess.
        const auto part = table_[std::min(part_of(place), table_.size() - 1)];
        return part == Part::inside || (part == Part::mixed && is_in_range(place));
    }

private:
    using Place = decltype(place_of(T{}));
    using Whole = std::uint64_t;
    enum class Part : std::uint8_t { outside, mixed, inside };
    struct Range {
        Place low;
        Place high;
    };
    static constexpr std::size_t table_bits = 14;

    void merge() {
        std::ranges::sort(ranges_, {}, &Range::low);
        auto last = ranges_.begin();
        for (const auto& each : ranges_) {
            if (each.low <= last->high) {
                last->high = std::max(last->high, each.high);
            } else {
                *++last = each;
            }
        }
        ranges_.erase(last + 1, ranges_.end());
    }

    [[nodiscard]] std::size_t part_of(Place place) const noexcept {
        return static_cast<std::size_t>(Whole{static_cast<Place>(place - first_)} >> shift_);
    }

    [[nodiscard]] bool is_in_range(Place place) const noexcept {
        const auto next = std::ranges::upper_bound(ranges_, place, {}, &Range::low);
        return next != ranges_.begin() && place <= std::prev(next)->high;
    }

    std::vector<Range> ranges_;  // ascending, and none reaches into the next
    Place first_ = 0;
    std::size_t shift_ = 0;
    std::array<Part, (std::size_t{1} << table_bits) + 1> table_{};  // behind the last: outside
};

constexpr std::size_t many = 6;  // ranges: of fewer, one after the other is faster

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
    if (test.ranges.size() >= many) {
        return with_number(kind, [&](auto zero) {
            using T = decltype(zero);
            const Choice<T> choice(test.ranges);
            const auto wanted = test.how == Comparison::inside;
            mark<T>(numbers, bits, [&](T now, T) { return choice.has(now) == wanted; });
        });
    }
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
