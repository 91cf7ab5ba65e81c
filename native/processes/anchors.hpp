// processes/anchors: where two bytes of a pattern may lie, 64 starts at a time. Pure. It and the
// sieve speak to a processor in its own words: six functions of a dozen lines need no library,
// which would have to be fetched, pinned and built by three compilers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ntpages {

// A byte of a pattern: so far behind the start, equal in the bits that `mask` has.
struct Anchor {
    std::size_t at;
    std::uint8_t byte;  // what `mask` leaves of it
    std::uint8_t mask;
};

struct Anchors {
    Anchor first;
    Anchor second;
};

// 64 starts of a block; bit k is set where both anchors agree with start + k.
struct Agreeing {
    std::size_t start;
    std::uint64_t bits;
};

// The first 64 starts, counted from `from`, of which any agrees. Only whole ones are looked at:
// where nothing is found, `start` is where fewer than 64 are left before `end`. The anchors of each
// start below `end` must lie in the block.
using FindAgreeing = Agreeing(const Anchors& anchors, const std::uint8_t* block, std::size_t from,
                              std::size_t end) noexcept;

// For every processor that this was compiled for: SSE2, NEON, or plain C++.
FindAgreeing find_agreeing;

// The best one. `wide` says that Windows and the processor have AVX2.
FindAgreeing* best_find_agreeing(bool wide) noexcept;

}  // namespace ntpages
