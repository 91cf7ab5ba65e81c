// processes/compare: which of many numbers that lie side by side are as they should be. Pure, and
// loops that every compiler makes vectors of: no instructions of our own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ntpages {

enum class Number : std::uint8_t { i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 };
inline constexpr std::array<std::string_view, 10> number_names{
    "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"};

enum class Comparison : std::uint8_t {
    any,
    inside,   // one of the ranges
    outside,  // all of them, and what is no number is not
    below,    // the low end
    above,    // the high end
    changed,  // in any bit, since it was looked at before
    unchanged,
    increased,
    decreased,
    increased_by,  // what is in the range; whole numbers wrap
    decreased_by,
};
inline constexpr std::array<std::string_view, 11> comparison_names{
    "any",       "inside",    "outside",   "below",        "above",       "changed",
    "unchanged", "increased", "decreased", "increased by", "decreased by"};

// What has this name. Throws where nothing has.
template <typename Named, std::size_t count>
Named named(const std::array<std::string_view, count>& names, std::string_view name) {
    for (std::size_t i = 0; i < count; ++i) {
        if (names[i] == name) return static_cast<Named>(i);
    }
    throw std::invalid_argument("nothing is called " + std::string(name));
}

// Two numbers as they lie in memory, in as many of the bytes as theirs have.
struct Bounds {
    std::array<std::byte, 8> low{};
    std::array<std::byte, 8> high{};
};

struct Test {
    Comparison how = Comparison::any;
    std::vector<Bounds> ranges{};  // one, or several for what is inside or outside
};

// Whether it needs what was there before.
constexpr bool looks_back(Comparison how) noexcept {
    return how >= Comparison::changed;
}

// Calls `use` with a zero of the type.
template <typename Use>
auto with_number(Number kind, Use use) {
    switch (kind) {
        case Number::i8:
            return use(std::int8_t{});
        case Number::u8:
            return use(std::uint8_t{});
        case Number::i16:
            return use(std::int16_t{});
        case Number::u16:
            return use(std::uint16_t{});
        case Number::i32:
            return use(std::int32_t{});
        case Number::u32:
            return use(std::uint32_t{});
        case Number::i64:
            return use(std::int64_t{});
        case Number::u64:
            return use(std::uint64_t{});
        case Number::f32:
            return use(float{});
        case Number::f64:
            return use(double{});
    }
    throw std::invalid_argument("there is no such kind of number");
}

// Bytes of one.
inline std::size_t width_of(Number kind) {
    return with_number(kind, [](auto zero) { return sizeof(zero); });
}

template <typename T>
T number_at(const std::byte* bytes) noexcept {
    T number;
    std::memcpy(&number, bytes, sizeof(number));
    return number;
}

// Many numbers: what they are now and, where a test looks back, what they were. The next begins so
// many bytes behind the one before.
struct Numbers {
    const std::byte* now;
    const std::byte* before;
    std::size_t count;
    std::size_t step;
};

// A bit for each, 64 in one: set where the test holds. `bits` has room for all; bits behind the
// last number are 0.
void compare(Number kind, const Test& test, const Numbers& numbers, std::span<std::uint64_t> bits);

}  // namespace ntpages
