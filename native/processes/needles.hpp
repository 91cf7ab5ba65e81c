// processes/needles: one pattern or many, each looked for in the way that is fastest for so many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "native/processes/anchors.hpp"
#include "native/processes/pattern.hpp"
#include "native/processes/sieve.hpp"

namespace ntpages {

// What is looked for at once. Its numbers are those of the patterns as they were given.
class Needles {
public:
    // Bytes that may be compared between two looks at the clock.
    static constexpr std::size_t patience = 64 * 1024 * 1024;

    // At least one. Throws std::invalid_argument.
    explicit Needles(std::vector<Pattern> patterns);
    Needles(const Needles&) = delete;  // the sieves point into it
    Needles& operator=(const Needles&) = delete;

    [[nodiscard]] const std::vector<Pattern>& patterns() const noexcept { return patterns_; }
    // Bytes of the longest.
    [[nodiscard]] std::size_t longest() const noexcept { return longest_; }
    // So many starts, that trying them can't take long.
    [[nodiscard]] std::size_t starts_at_once() const noexcept { return starts_at_once_; }

    // Finds what begins in [from, last) of a block that came from `base`. `found` gets each start,
    // in ascending order, with the numbers of those that lie there, ascending as well; where it
    // answers false the search ends before that start. Returns where it has ended.
    template <typename Found>
    std::size_t find(Pattern::Bytes block, std::uint64_t base, std::size_t from, std::size_t last,
                     Found found) const {
        return sieves_.empty() ? find_each(block, base, from, last, found)
                               : find_together(block, base, from, last, found);
    }

private:
    template <typename Found>
    std::size_t find_each(Pattern::Bytes block, std::uint64_t base, std::size_t from,
                          std::size_t last, Found& found) const {
        std::vector<Search> searches;
        std::vector<std::size_t> upcoming;  // the next match of each pattern
        for (const auto& pattern : patterns_) {
            searches.emplace_back(pattern, block, base, from, last, find_);
            upcoming.push_back(searches.back().next());
        }
        std::vector<std::uint32_t> here;
        for (auto start = std::ranges::min(upcoming); start < last;
             start = std::ranges::min(upcoming)) {
            here.clear();
            for (std::uint32_t i = 0; i < patterns_.size(); ++i) {
                if (upcoming[i] == start) here.push_back(i);
            }
            if (!found(start, std::span<const std::uint32_t>(here))) return start;
            for (const auto i : here) upcoming[i] = searches[i].next();
        }
        return last;
    }

    template <typename Found>
    std::size_t find_together(Pattern::Bytes block, std::uint64_t base, std::size_t from,
                              std::size_t last, Found& found) const {
        std::vector<Sifting> siftings;
        for (const auto& sieve : sieves_) {
            siftings.emplace_back(sieve, block, base, from, last, find_passing_);
        }
        std::vector<std::uint32_t> here;
        const auto earliest = [&] {
            return std::ranges::min(siftings, {}, &Sifting::start).start();
        };
        for (auto start = earliest(); start < last; start = earliest()) {
            here.clear();
            for (const auto& each : siftings) {
                if (each.start() != start) continue;
                here.insert(here.end(), each.numbers().begin(), each.numbers().end());
            }
            std::ranges::sort(here);
            if (!found(start, std::span<const std::uint32_t>(here))) return start;
            for (auto& each : siftings) {
                if (each.start() == start) each.advance();
            }
        }
        return last;
    }

    std::vector<Pattern> patterns_;
    FindAgreeing* find_ = nullptr;  // where they are few
    std::vector<Sieve> sieves_;     // where they are many
    FindPassing* find_passing_ = nullptr;
    std::size_t longest_ = 0;
    std::size_t starts_at_once_;
};

}  // namespace ntpages
