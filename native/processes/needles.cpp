// processes/needles: which search is the fastest for so many patterns.
#include "native/processes/needles.hpp"

#include <windows.h>

#include <stdexcept>

namespace ntpages {
namespace {

// What the processor's nearest cache holds, for patterns that go over it one after the other.
constexpr std::size_t nearest = 16 * 1024;

bool is_wide() noexcept {
    return IsProcessorFeaturePresent(PF_AVX2_INSTRUCTIONS_AVAILABLE) != 0;
}

}  // namespace

Needles::Needles(std::vector<Pattern> patterns) : patterns_(std::move(patterns)) {
    if (patterns_.empty()) throw std::invalid_argument("a search needs a pattern");
    std::size_t together = 0;
    for (const auto& pattern : patterns_) {
        longest_ = std::max(longest_, pattern.size());
        together += pattern.size();
    }
    // Every start may nearly be a match.
    starts_at_once_ = std::max<std::size_t>(patience / together, 1);
    if (patterns_.size() >= Sieve::worthwhile) {
        sieves_ = Sieve::for_all(patterns_);
        find_passing_ = best_find_passing(is_wide());
    } else {
        find_ = best_find_agreeing(is_wide());
        if (patterns_.size() > 1) starts_at_once_ = std::min(starts_at_once_, nearest);
    }
}

}  // namespace ntpages
