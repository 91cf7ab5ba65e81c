// processes/numbers: looks at numbers, all of a share compared at once.
#pragma once

#include "native/processes/look.hpp"

namespace ntpages {

class NumberLook final : public Look {
public:
    NumberLook(Number kind, Test test);

    [[nodiscard]] bool is_of(const Followed& followed) const noexcept override;
    [[nodiscard]] bool looks_back() const noexcept override;
    [[nodiscard]] std::size_t reach(std::size_t step, std::uint64_t start) const override;
    [[nodiscard]] Left first(Bench& bench, const Share& share, std::size_t step, const Taker& take,
                             const IsOver& is_over) const override;
    [[nodiscard]] Left again(Bench& bench, const Kept& part, const Taker& take,
                             const IsOver& is_over) const override;

private:
    [[nodiscard]] Kept look_at_many(Bench& bench, const Kept& part, const Taker& take) const;
    [[nodiscard]] Kept look_at_few(Bench& bench, const Kept& part, const Taker& take) const;

    Number kind_;
    std::size_t width_;
    Test test_;
};

}  // namespace ntpages
