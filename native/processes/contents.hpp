// processes/contents: looks at bytes, and at text as bytes: which are still where they were found.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "native/processes/look.hpp"
#include "native/processes/needles.hpp"

namespace ntpages {

// What equals one of several is followed with its width from then on: of those that lie at one
// address, the longest of each encoding.
class ContentLook final : public Look {
public:
    // Bytes to be found, in the encoding of this number.
    struct Sought {
        Pattern::Bytes bytes;
        Pattern::Bytes mask;
        std::size_t alignment;
        std::uint32_t encoding;
    };

    // `how` is inside, outside, changed or unchanged: the first two compare with what is sought,
    // of which a copy is made. Throws std::invalid_argument.
    ContentLook(Comparison how, std::span<const Sought> sought);

    [[nodiscard]] bool is_of(const Followed& followed) const noexcept override;
    [[nodiscard]] bool looks_back() const noexcept override;
    [[nodiscard]] std::size_t reach(std::size_t step, std::uint64_t start) const override;
    [[nodiscard]] bool lies_in(const void* allocation) const noexcept override;
    [[nodiscard]] Left first(Bench& bench, const Share& share, std::size_t step, const Taker& take,
                             const IsOver& is_over) const override;
    [[nodiscard]] Left again(Bench& bench, const Kept& part, const Taker& take,
                             const IsOver& is_over) const override;

private:
    // What is told apart where it is kept.
    struct Form {
        std::uint32_t encoding;
        std::size_t width;

        bool operator==(const Form&) const = default;
        auto operator<=>(const Form&) const = default;
    };
    void find(Bench& bench, const Share& share, const Kept& part) const;
    void try_again(Bench& bench, const Kept& part, std::span<const std::uint32_t> which,
                   std::size_t last) const;
    template <typename Keep>
    void choose(std::span<const std::uint32_t> numbers, std::size_t readable, Keep keep) const;
    [[nodiscard]] std::vector<Kept> keep(const Kept& part, std::span<const std::byte> now,
                                         std::vector<Hit> hits, const Taker& take) const;

    Comparison how_;
    Store copies_;                        // of what is sought
    std::vector<std::uint32_t> form_of_;  // each that is sought
    std::vector<Form> forms_;             // ascending
    std::size_t longest_ = 0;             // bytes that are sought
    std::optional<Needles> needles_;
};

}  // namespace ntpages
