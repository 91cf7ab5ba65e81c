// processes/paths: a search backwards, from an address to whatever leads there.
#include "native/processes/paths.hpp"

#include <algorithm>
#include <numeric>

namespace ntpages {
namespace {

// Something that leads to the address: by way of `next`, if that is not the address itself.
struct Step {
    static constexpr auto none = static_cast<std::size_t>(-1);

    std::uint64_t place;
    std::uint64_t offset;
    std::size_t next;
};

}  // namespace

std::vector<PointerPath> find_paths(const Pointers& pointers, std::span<const Fixed> fixed,
                                    std::uint64_t address, const PathLimits& limits) {
    std::vector<std::size_t> order(pointers.values.size());  // by what they hold
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto held_by = [&](std::size_t pointer) { return pointers.values[pointer]; };
    std::ranges::stable_sort(order, {}, held_by);
    std::vector<bool> met(order.size());
    const auto is_fixed = [&](std::uint64_t place) {
        const auto behind = std::ranges::upper_bound(fixed, place, {}, &Fixed::base);
        if (behind == fixed.begin()) return false;
        const auto& before = *(behind - 1);
        return place - before.base < before.size;
    };

    std::vector<PointerPath> paths;
    std::vector<Step> steps{{address, 0, Step::none}};
    std::size_t first = 0;
    for (std::size_t level = 0; level < limits.depth; ++level) {
        const auto last = steps.size();
        for (auto step = first; step < last; ++step) {
            const auto to = steps[step].place;
            const auto from = to - std::min(to, limits.width);
            const auto begin = std::ranges::lower_bound(order, from, {}, held_by);
            auto each = std::ranges::upper_bound(order, to, {}, held_by);
            while (each != begin) {  // the nearest first
                --each;
                const auto position = static_cast<std::size_t>(each - order.begin());
                if (met[position]) continue;
                met[position] = true;
                const auto place = pointers.addresses[*each];
                const auto offset = to - pointers.values[*each];
                if (!is_fixed(place)) {
                    steps.push_back({place, offset, step});
                    continue;
                }
                auto& path = paths.emplace_back(PointerPath{place, {offset}});
                for (auto at = step; steps[at].next != Step::none; at = steps[at].next) {
                    path.offsets.push_back(steps[at].offset);
                }
                if (paths.size() == limits.count) return paths;
            }
        }
        first = last;
    }
    return paths;
}

}  // namespace ntpages
