// processes/sieve: where any of many patterns may lie, all of them looked for at once. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "native/processes/anchors.hpp"
#include "native/processes/pattern.hpp"

namespace ntpages {

// What a byte lets pass: patterns are in eight buckets, a bit for each. A bucket passes where the
// byte has the lower half of what one of its patterns has there, and the upper half of one.
struct Mesh {
    std::size_t at = 0;  // bytes behind the start
    std::array<std::uint8_t, 16> low{};
    std::array<std::uint8_t, 16> high{};
};

// A start passes where a bucket passes all of them.
struct Meshes {
    static constexpr std::size_t most = 4;

    std::array<Mesh, most> each{};
    std::size_t count = 0;

    [[nodiscard]] unsigned buckets_at(const std::uint8_t* start) const noexcept {
        auto buckets = 0xFFU;
        for (std::size_t i = 0; i < count; ++i) {
            const auto byte = start[each[i].at];
            buckets &= static_cast<unsigned>(each[i].low[byte & 0xF] & each[i].high[byte >> 4]);
        }
        return buckets;
    }
};

// The first 64 starts, counted from `from`, of which any passes, as find_agreeing has it.
using FindPassing = Agreeing(const Meshes& meshes, const std::uint8_t* block, std::size_t from,
                             std::size_t end) noexcept;

// For every processor: NEON, or plain C++.
FindPassing find_passing;

// The best one. `wide` says that Windows and the processor have AVX2.
FindPassing* best_find_passing(bool wide) noexcept;

// Some of the patterns that are looked for.
class Sieve {
public:
    // So few pass as well one by one.
    static constexpr std::size_t worthwhile = 6;

    // `patterns` have to outlive this; `chosen` are their numbers.
    Sieve(std::span<const Pattern> patterns, std::vector<std::uint32_t> chosen);

    // For all of them: long ones are looked for apart from short ones, which let more pass.
    static std::vector<Sieve> for_all(std::span<const Pattern> patterns);

    [[nodiscard]] const Meshes& meshes() const noexcept { return meshes_; }
    [[nodiscard]] std::size_t shortest() const noexcept { return shortest_; }
    // Adds the numbers of those that lie at `start` of a block that came from `base`.
    void add_matching(Pattern::Bytes block, std::uint64_t base, std::size_t start,
                      std::vector<std::uint32_t>& numbers) const;

private:
    static constexpr std::size_t buckets = 8;

    std::span<const Pattern> patterns_;
    std::array<std::vector<std::uint32_t>, buckets> buckets_;
    std::size_t shortest_;
    Meshes meshes_;
};

// All places where a pattern of a sieve begins in [from, last) of a block, and lies wholly in it,
// one after the other.
class Sifting {
public:
    Sifting(const Sieve& sieve, Pattern::Bytes block, std::uint64_t base, std::size_t from,
            std::size_t last, FindPassing* find);

    // Where the patterns are that numbers() tells; `last` where there is no more.
    [[nodiscard]] std::size_t start() const noexcept { return start_; }
    [[nodiscard]] const std::vector<std::uint32_t>& numbers() const noexcept { return numbers_; }
    void advance();

private:
    const Sieve* sieve_;
    Pattern::Bytes block_;
    std::uint64_t base_;
    FindPassing* find_;
    std::size_t next_;  // where the next 64 starts begin
    std::size_t end_;   // of those that have room behind them for the shortest
    std::size_t last_;
    std::size_t group_ = 0;
    std::uint64_t bits_ = 0;  // what of the 64 from group_ on is still to be tried
    std::size_t start_ = 0;
    std::vector<std::uint32_t> numbers_;
};

}  // namespace ntpages
