// processes/look: what one look at the values that are followed asks of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "native/processes/bench.hpp"
#include "native/processes/compare.hpp"
#include "native/processes/frontier.hpp"
#include "native/processes/kept.hpp"

namespace ntpages {

// What is followed: numbers of a kind; or else bytes, which are text where they have encodings.
struct Followed {
    std::optional<Number> number{};
    std::uint32_t encodings = 0;
};

// Threads use one at the same time, each with a bench of its own.
class Look {
public:
    Look() = default;
    Look(const Look&) = delete;
    Look& operator=(const Look&) = delete;
    virtual ~Look() = default;

    [[nodiscard]] virtual bool is_of(const Followed& followed) const noexcept = 0;
    // Whether it needs what an earlier one has left.
    [[nodiscard]] virtual bool looks_back() const noexcept = 0;
    // Bytes that shares have to reach over, where they begin at `start` and values at multiples of
    // `step`.
    [[nodiscard]] virtual std::size_t reach(std::size_t step, std::uint64_t start) const = 0;
    // Whether this allocation of one's own process is what it works with.
    [[nodiscard]] virtual bool lies_in(const void*) const noexcept { return false; }

    // What is left of a share, and of what was left before. Where it is more than one part, they
    // have one address, and differ in encoding or width. None where it takes long and `is_over`
    // said so: the next call with this bench goes on from there.
    using IsOver = std::function<bool()>;
    using Left = std::optional<std::vector<Kept>>;
    [[nodiscard]] virtual Left first(Bench& bench, const Share& share, std::size_t step,
                                     const Taker& take, const IsOver& is_over) const = 0;
    [[nodiscard]] virtual Left again(Bench& bench, const Kept& part, const Taker& take,
                                     const IsOver& is_over) const = 0;
};

}  // namespace ntpages
