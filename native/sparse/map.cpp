// sparse/map: searching and changing the bits of a sparse range. Runs inside the fault handler.
#include "native/sparse/map.hpp"

#include <algorithm>

namespace ntpages {

bool ChunkMap::prepare(std::size_t first, std::size_t last) noexcept {
    for (auto at = first / chunks_per_piece * chunks_per_piece; at < last; at += chunks_per_piece) {
        if (present(at)) continue;
        // Committing a piece twice keeps its bits, so two threads may do this at the same time.
        auto* memory = reinterpret_cast<std::byte*>(words_) + at / 8;
        const auto size = std::min(piece, bytes(chunks_) - at / 8);
        if (!VirtualAlloc(memory, size, MEM_COMMIT, PAGE_READWRITE)) return false;
        present_[at / chunks_per_piece].store(true, std::memory_order_release);
    }
    return true;
}

template <typename Update>
std::size_t ChunkMap::each_word(std::size_t first, std::size_t last, Update update) noexcept {
    std::size_t changed = 0;
    while (first < last) {
        const auto count = std::min<std::size_t>(last - first, 64 - first % 64);
        const auto mask = (~std::uint64_t{0} >> (64 - count)) << (first % 64);
        changed += static_cast<std::size_t>(std::popcount(update(word(first), mask)));
        first += count;
    }
    return changed;
}

std::size_t ChunkMap::set(std::size_t first, std::size_t last) noexcept {
    return each_word(first, last, [](auto bits, std::uint64_t mask) {
        return mask & ~bits.fetch_or(mask, std::memory_order_acq_rel);
    });
}

std::size_t ChunkMap::clear(std::size_t first, std::size_t last) noexcept {
    return each_word(first, last, [](auto bits, std::uint64_t mask) {
        return mask & bits.fetch_and(~mask, std::memory_order_acq_rel);
    });
}

std::size_t ChunkMap::find(std::size_t first, std::size_t last, bool value) const noexcept {
    for (auto at = first; at < last;) {
        if (!present(at)) {
            if (!value) return at;
            at = (at / chunks_per_piece + 1) * chunks_per_piece;
            continue;
        }
        auto bits = word(at).load(std::memory_order_acquire);
        bits = (value ? bits : ~bits) >> (at % 64);
        if (bits) return std::min(last, at + static_cast<std::size_t>(std::countr_zero(bits)));
        at = (at / 64 + 1) * 64;
    }
    return last;
}

std::size_t ChunkMap::span_start(std::size_t first, std::size_t last, bool value) const noexcept {
    auto start = last;
    while (start > first) {
        const auto below = start - 1;
        if (!present(below)) {
            if (value) break;
            start = below / chunks_per_piece * chunks_per_piece;
            continue;
        }
        auto bits = word(below).load(std::memory_order_acquire);
        bits = (value ? ~bits : bits) << (63 - below % 64);  // the top bit is the chunk below
        if (bits) {
            start -= static_cast<std::size_t>(std::countl_zero(bits));
            break;
        }
        start = below / 64 * 64;
    }
    return std::max(start, first);
}

}  // namespace ntpages
