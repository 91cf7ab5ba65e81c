// sparse/map: which chunks of a sparse range are committed, one bit each, changed without locks.
#pragma once

#include <windows.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace ntpages {

// The bits of a 128 TiB range would fill gigabytes, so their memory is reserved by whoever makes
// the map, and committed here piece by piece, before the first bit of a piece is set. Chunks are
// counted from 0; `last` is the one behind the last.
class ChunkMap {
public:
    // Address space for the bits of so many chunks.
    static constexpr std::size_t bytes(std::size_t chunks) noexcept {
        return (chunks + 63) / 64 * 8;
    }

    ChunkMap(std::byte* memory, std::size_t chunks)
        : words_(reinterpret_cast<std::uint64_t*>(memory)),
          chunks_(chunks),
          present_(std::make_unique<std::atomic<bool>[]>(chunks / chunks_per_piece + 1)) {}

    [[nodiscard]] std::size_t chunks() const noexcept { return chunks_; }
    // Written, not read: the first access to a page of the map is then one page fault, not two.
    [[nodiscard]] bool test(std::size_t chunk) const noexcept {
        return present(chunk) && ((word(chunk).fetch_or(0) >> (chunk % 64)) & 1);
    }

    // Commits the memory behind the bits. False, with the last error set, if it can't.
    bool prepare(std::size_t first, std::size_t last) noexcept;

    // Both answer how many bits they changed: of two threads, one is told that it set a bit.
    std::size_t set(std::size_t first, std::size_t last) noexcept;
    std::size_t clear(std::size_t first, std::size_t last) noexcept;

    // The first chunk of [first, last) whose bit is `value`, or `last`.
    [[nodiscard]] std::size_t find(std::size_t first, std::size_t last, bool value) const noexcept;
    // Where the span of `value` that ends before `last` begins, looking no lower than `first`.
    [[nodiscard]] std::size_t span_start(std::size_t first, std::size_t last,
                                         bool value) const noexcept;

private:
    static constexpr std::size_t piece = 64 * 1024;  // bytes of the map committed together
    static constexpr std::size_t chunks_per_piece = piece * 8;

    [[nodiscard]] bool present(std::size_t chunk) const noexcept {
        return present_[chunk / chunks_per_piece].load(std::memory_order_acquire);
    }
    [[nodiscard]] std::atomic_ref<std::uint64_t> word(std::size_t chunk) const noexcept {
        return std::atomic_ref<std::uint64_t>(words_[chunk / 64]);
    }

    // Calls update(word, mask) for each word of the bits, and adds up those it says it changed.
    template <typename Update>
    std::size_t each_word(std::size_t first, std::size_t last, Update update) noexcept;

    std::uint64_t* words_;
    std::size_t chunks_;
    std::unique_ptr<std::atomic<bool>[]> present_;  // of each piece: is its memory committed?
};

}  // namespace ntpages
