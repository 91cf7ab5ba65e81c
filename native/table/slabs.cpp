// table/slabs: an arena of sixteen units, for which a word says which are free.
#include "native/table/slabs.hpp"

#include <windows.h>

#include <atomic>
#include <bit>

#include "native/commit.hpp"
#include "native/handle.hpp"

namespace ntpages {
namespace {

constexpr unsigned arena_units = 16;
constexpr std::uint16_t all_units = 0xFFFF;

constinit std::atomic<std::byte*> arena{nullptr};
constinit std::atomic<std::uint16_t> free_units{all_units};

// Null where there is no memory for it. It lives as long as the process.
std::byte* find_arena() noexcept {
    if (auto* const found = arena.load(std::memory_order_acquire)) return found;
    Pages made(new_pages(arena_units * slab_unit));
    std::byte* expected = nullptr;
    if (arena.compare_exchange_strong(expected, static_cast<std::byte*>(made.get()))) {
        return static_cast<std::byte*>(made.release());
    }
    return expected;  // another thread was quicker
}

// Takes so many units side by side, and returns their bits; 0 where they are not to be had.
std::uint16_t take_units(std::size_t count) noexcept {
    const auto together = (1U << count) - 1;
    auto free = free_units.load(std::memory_order_relaxed);
    for (unsigned first = 0; first + count <= arena_units; ++first) {
        const auto wanted = static_cast<std::uint16_t>(together << first);
        while ((free & wanted) == wanted) {
            const auto left = static_cast<std::uint16_t>(free & ~wanted);
            if (free_units.compare_exchange_weak(free, left, std::memory_order_acquire)) {
                return wanted;
            }
        }
    }
    return 0;
}

}  // namespace

void SlabCloser::operator()(void* base) const noexcept {
    if (units == 0) {
        Closer<&release_pages>()(base);
    } else {
        free_units.fetch_or(units, std::memory_order_release);
    }
}

SlabPages take_slab(std::size_t size) noexcept {
    const auto count = (size + slab_unit - 1) / slab_unit;
    if (count <= arena_units) {
        auto* const base = find_arena();
        const auto units = base ? take_units(count) : std::uint16_t{0};
        if (units != 0) {
            const auto first = static_cast<std::size_t>(std::countr_zero(units));
            return {base + first * slab_unit, SlabCloser{units}};
        }
    }
    return SlabPages(new_pages(size));
}

SlabPages reserve_slab(std::size_t size) noexcept {
    return SlabPages(VirtualAlloc(nullptr, size, MEM_RESERVE, PAGE_READWRITE));
}

bool is_arena(const void* allocation) noexcept {
    return allocation && allocation == arena.load(std::memory_order_acquire);
}

}  // namespace ntpages
