// processes/pattern: finding bytes in a block of memory. Pure, and builds on any system.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#endif

namespace ntpages {

// What to look for: a byte matches where it equals `bytes` in every bit that `mask` has. A mask of
// 0 lets anything pass, 0xDF ignores the case of a letter, 0xF0 wants the upper half alone.
class Pattern {
public:
    // `alignment` is a power of two: only addresses that are multiples of it count.
    Pattern(std::vector<std::uint8_t> bytes, std::vector<std::uint8_t> mask,
            std::size_t alignment = 1);

    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] std::size_t alignment() const noexcept { return alignment_; }

    [[nodiscard]] bool matches(const std::uint8_t* at) const noexcept {
        for (std::size_t i = 0; i < bytes_.size(); ++i) {
            if ((at[i] & mask_[i]) != bytes_[i]) return false;
        }
        return true;
    }

    // Calls `found(offset)` for every match that lies wholly in the block, lowest first, matches
    // that overlap included, until it returns false; and returns false then. `base` is the address
    // the block came from.
    template <typename Found>
    bool search(std::span<const std::uint8_t> block, std::uint64_t base, Found found) const {
        if (block.size() < size()) return true;
        const auto starts = block.size() - size() + 1;
        const auto verify = [&](std::size_t offset) {
            if (((base + offset) & (alignment_ - 1)) != 0) return true;
            return !matches(block.data() + offset) || found(offset);
        };
        auto start = std::size_t{0};
#if defined(__SSE2__) || defined(_M_X64)
        // Sixteen starts at a time: keep those whose two anchors, its least common bytes, agree.
        const auto first = anchors_.first;
        const auto second = anchors_.second;
        const auto first_byte = _mm_set1_epi8(static_cast<char>(bytes_[first]));
        const auto second_byte = _mm_set1_epi8(static_cast<char>(bytes_[second]));
        const auto first_mask = _mm_set1_epi8(static_cast<char>(mask_[first]));
        const auto second_mask = _mm_set1_epi8(static_cast<char>(mask_[second]));
        const auto equal = [&](std::size_t offset, __m128i byte, __m128i mask) {
            const auto loaded =
                _mm_loadu_si128(reinterpret_cast<const __m128i*>(block.data() + offset));
            return _mm_cmpeq_epi8(_mm_and_si128(loaded, mask), byte);
        };
        const auto agree = [&](std::size_t offset) {
            return _mm_and_si128(equal(offset + first, first_byte, first_mask),
                                 equal(offset + second, second_byte, second_mask));
        };
        for (; start + 64 <= starts; start += 64) {
            const std::array lanes{agree(start), agree(start + 16), agree(start + 32),
                                   agree(start + 48)};
            const auto any =
                _mm_or_si128(_mm_or_si128(lanes[0], lanes[1]), _mm_or_si128(lanes[2], lanes[3]));
            if (_mm_movemask_epi8(any) == 0) continue;
            for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
                auto hits = static_cast<unsigned>(_mm_movemask_epi8(lanes[lane]));
                for (; hits != 0; hits &= hits - 1) {
                    const auto bit = static_cast<std::size_t>(std::countr_zero(hits));
                    if (!verify(start + lane * 16 + bit)) return false;
                }
            }
        }
#endif
        for (; start < starts; ++start) {
            if (!verify(start)) return false;
        }
        return true;
    }

private:
    std::vector<std::uint8_t> bytes_;
    std::vector<std::uint8_t> mask_;
    std::size_t alignment_;
    std::pair<std::size_t, std::size_t> anchors_;  // positions of the two least common bytes
};

}  // namespace ntpages
