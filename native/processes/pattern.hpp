// processes/pattern: finding bytes in a block of memory. Pure, and builds on any system.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>

#include "native/processes/anchors.hpp"

namespace ntpages {

// How often a byte is met in the memory of a process, against a byte of random data (1).
int commonness(std::uint8_t byte) noexcept;

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
    [[nodiscard]] std::size_t alignment() const noexcept { return alignment_; }
    [[nodiscard]] std::uint8_t byte(std::size_t at) const noexcept { return bytes_[at]; }
    [[nodiscard]] std::uint8_t mask(std::size_t at) const noexcept { return mask_[at]; }
    // Two bytes that seldom agree.
    [[nodiscard]] const Anchors& anchors() const noexcept { return anchors_; }

    // Whether it lies at `offset` of a block that came from `base`.
    [[nodiscard]] bool matches(Bytes block, std::uint64_t base, std::size_t offset) const noexcept {
        return size() <= block.size() && offset <= block.size() - size() &&
               ((base + offset) & (alignment_ - 1)) == 0 && equals(block.data() + offset);
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

private:
    static std::uint64_t eight_at(const std::uint8_t* bytes) noexcept {
        std::uint64_t eight;
        std::memcpy(&eight, bytes, sizeof(eight));
        return eight;
    }

    Bytes bytes_;
    Bytes mask_;
    std::size_t alignment_;
    Anchors anchors_;
};

// All places of a pattern that begin in [from, last) of a block and lie wholly in it, one after the
// other. `base` is the address that the block came from.
class Search {
public:
    Search(const Pattern& pattern, Pattern::Bytes block, std::uint64_t base, std::size_t from,
           std::size_t last, FindAgreeing* find) noexcept
        : pattern_(&pattern),
          block_(block.data()),
          find_(find),
          next_(from),
          end_(block.size() < pattern.size() ? from
                                             : std::min(last, block.size() - pattern.size() + 1)),
          last_(last) {
        const auto alignment = pattern.alignment();
        const auto before = static_cast<std::size_t>(0 - (base + from)) & (alignment - 1);
        // 64 is a multiple of it, so the bits of all groups are alike; else each is tried.
        for (auto k = before; k < 64; k += alignment) aligned_ |= std::uint64_t{1} << k;
        if (alignment > 64) {
            aligned_ = ~std::uint64_t{0};
            far_ = alignment - 1;
            base_ = base;
        }
    }

    // `last` where there is no more.
    [[nodiscard]] std::size_t next() noexcept {
        for (;;) {
            for (; bits_ != 0; bits_ &= bits_ - 1) {
                const auto start = group_ + static_cast<std::size_t>(std::countr_zero(bits_));
                if (((base_ + start) & far_) != 0 || !pattern_->equals(block_ + start)) continue;
                bits_ &= bits_ - 1;
                return start;
            }
            if (next_ >= end_) return last_;
            const auto found = find_(pattern_->anchors(), block_, next_, end_);
            group_ = found.start;
            bits_ = found.bits;
            if (bits_ == 0 && group_ < end_) {  // fewer than 64 are left: try each
                bits_ = (std::uint64_t{1} << (end_ - group_)) - 1;
            }
            bits_ &= aligned_;
            next_ = group_ + 64;
        }
    }

private:
    const Pattern* pattern_;
    const std::uint8_t* block_;
    FindAgreeing* find_;
    std::size_t next_;  // where the next 64 starts begin
    std::size_t end_;   // of those that have room behind them
    std::size_t last_;
    std::size_t group_ = 0;
    std::uint64_t bits_ = 0;     // what of the 64 from group_ on is still to be tried
    std::uint64_t aligned_ = 0;  // which of any 64 have the alignment
    std::uint64_t base_ = 0;
    std::uint64_t far_ = 0;  // the bits of an address that an alignment above 64 forbids
};

}  // namespace ntpages
