// processes/paths: ways from a fixed place over pointers to an address. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ntpages {

// Addresses of pointers, in ascending order, and what each of them holds.
struct Pointers {
    std::span<const std::uint64_t> addresses;
    std::span<const std::uint64_t> values;
};

// Addresses that a program has again after a restart: of one of its modules.
struct Fixed {
    std::uint64_t base;
    std::uint64_t size;
};

// From a pointer at `start`: what it holds and the first offset make the place of the next, and so
// on to the last, which makes the address.
struct PointerPath {
    std::uint64_t start;
    std::vector<std::uint64_t> offsets;
};

struct PathLimits {
    std::size_t depth;    // pointers of a path
    std::uint64_t width;  // what an offset may be
    std::size_t count;    // of paths
};

// The shortest first, and of those the ones with the smallest last offset. Of several ways from one
// place, one is told. `fixed` is in ascending order.
std::vector<PointerPath> find_paths(const Pointers& pointers, std::span<const Fixed> fixed,
                                    std::uint64_t address, const PathLimits& limits);

}  // namespace ntpages
