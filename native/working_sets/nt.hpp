// working_sets/nt: what a page of a process is like.
#pragma once

#include <cstdint>
#include <type_traits>

namespace ntpages::nt {

// Source: phnt, ntmmapi.h, MEMORY_WORKING_SET_EX_BLOCK; its valid part is documented (psapi.h), the
// other is not. What a page is like, as bits of one number.
class PageBits {
    // One field, as the smallest type that holds it.
    template <unsigned start, unsigned width>
    [[nodiscard]] constexpr auto field() const {
        using Field = std::conditional_t<(width > 8), std::uint16_t, std::uint8_t>;
        constexpr auto mask = (std::uint64_t{1} << width) - 1;
        return static_cast<Field>((bits_ >> start) & mask);
    }

public:
    explicit constexpr PageBits(std::uint64_t bits) : bits_(bits) {}

    [[nodiscard]] constexpr bool valid() const { return field<0, 1>() != 0; }
    [[nodiscard]] constexpr bool shared() const { return field<15, 1>() != 0; }
    [[nodiscard]] constexpr bool bad() const { return field<31, 1>() != 0; }
    [[nodiscard]] constexpr std::uint8_t priority() const { return field<24, 3>(); }

    // Only of valid pages.
    [[nodiscard]] constexpr std::uint8_t share_count() const { return field<1, 3>(); }
    [[nodiscard]] constexpr std::uint16_t protection() const { return field<4, 11>(); }
    [[nodiscard]] constexpr std::uint8_t node() const { return field<16, 6>(); }
    [[nodiscard]] constexpr bool locked() const { return field<22, 1>() != 0; }
    [[nodiscard]] constexpr bool large() const { return field<23, 1>() != 0; }

    // Only of those that are not: 0 nowhere, 1 in memory, 2 in a page file, 3 reserved.
    [[nodiscard]] constexpr std::uint8_t location() const { return field<22, 2>(); }

private:
    std::uint64_t bits_;
};

}  // namespace ntpages::nt
