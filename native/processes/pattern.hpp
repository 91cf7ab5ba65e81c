// processes/pattern: finding bytes in a block of memory. Pure, and builds on any system.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#endif

namespace ntpages {

// What to look for: a byte matches where it equals `bytes` in every bit that `mask` has. A mask of
// 0 lets anything pass, 0xDF ignores the case of a letter, 0xF0 wants the upper half alone.
//
// Both stay where their owner has them, and have to outlive this: a copy of what is looked for
// would be found in one's own process.
class Pattern {
public:
    using Bytes = std::span<const std::uint8_t>;

    // `alignment` is a power of two: only addresses that are multiples of it count.
    Pattern(Bytes bytes, Bytes mask, std::size_t alignment = 1);

    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

    // The first match that begins in [from, last) of the block and lies wholly in it; `last` if
    // there is none. `base` is the address that the block came from.
    [[nodiscard]] std::size_t find(Bytes block, std::uint64_t base, std::size_t from,
                                   std::size_t last) const noexcept {
        if (block.size() < size()) return last;
        const auto end = std::min(last, block.size() - size() + 1);
        const auto matches = [&](std::size_t offset) {
            return ((base + offset) & (alignment_ - 1)) == 0 && equals(block.data() + offset);
        };
        auto start = from;
        // Where there are many, the next is near.
        for (const auto near_end = std::min(from + 8, end); start < near_end; ++start) {
            if (matches(start)) return start;
        }
#if defined(__SSE2__) || defined(_M_X64)
        // Sixteen starts at a time: keep those whose two anchors agree.
        const auto first = anchors_.first;
        const auto second = anchors_.second;
        const auto first_mask = _mm_set1_epi8(static_cast<char>(mask_[first]));
        const auto second_mask = _mm_set1_epi8(static_cast<char>(mask_[second]));
        const auto first_byte = _mm_set1_epi8(static_cast<char>(bytes_[first] & mask_[first]));
        const auto second_byte = _mm_set1_epi8(static_cast<char>(bytes_[second] & mask_[second]));
        const auto equal = [&](std::size_t offset, __m128i byte, __m128i mask) {
            const auto loaded =
                _mm_loadu_si128(reinterpret_cast<const __m128i*>(block.data() + offset));
            return _mm_cmpeq_epi8(_mm_and_si128(loaded, mask), byte);
        };
        const auto agree = [&](std::size_t offset) {
            return _mm_and_si128(equal(offset + first, first_byte, first_mask),
                                 equal(offset + second, second_byte, second_mask));
        };
        for (; start + 64 <= end; start += 64) {
            const std::array lanes{agree(start), agree(start + 16), agree(start + 32),
                                   agree(start + 48)};
            const auto any =
                _mm_or_si128(_mm_or_si128(lanes[0], lanes[1]), _mm_or_si128(lanes[2], lanes[3]));
            if (_mm_movemask_epi8(any) == 0) continue;
            for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
                auto hits = static_cast<unsigned>(_mm_movemask_epi8(lanes[lane]));
                for (; hits != 0; hits &= hits - 1) {
                    const auto bit = static_cast<std::size_t>(std::countr_zero(hits));
                    if (matches(start + lane * 16 + bit)) return start + lane * 16 + bit;
                }
            }
        }
#endif
        for (; start < end; ++start) {
            if (matches(start)) return start;
        }
        return last;
    }

private:
    static std::uint64_t eight_at(const std::uint8_t* bytes) noexcept {
        std::uint64_t eight;
        std::memcpy(&eight, bytes, sizeof(eight));
        return eight;
    }

    [[nodiscard]] bool equals(const std::uint8_t* at) const noexcept {
        const auto* const bytes = bytes_.data();
        const auto* const mask = mask_.data();
        std::size_t i = 0;
        for (; i + 8 <= size(); i += 8) {
            if (((eight_at(at + i) ^ eight_at(bytes + i)) & eight_at(mask + i)) != 0) return false;
        }
        for (; i < size(); ++i) {
            if (((at[i] ^ bytes[i]) & mask[i]) != 0) return false;
        }
        return true;
    }

    Bytes bytes_;
    Bytes mask_;
    std::size_t alignment_;
    std::pair<std::size_t, std::size_t> anchors_;  // positions of two bytes that seldom agree
};

}  // namespace ntpages
