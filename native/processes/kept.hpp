// processes/kept: values that a look has left, in as few bytes as it takes to look again.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "native/handle.hpp"

namespace ntpages {

// Memory that is filled from its beginning and given back as a whole. It comes straight from
// VirtualAlloc, so that a look at one's own process can leave it out.
class Store {
public:
    // Bytes aligned for any number. Throws Error where there is no memory.
    std::byte* take(std::size_t size);

    [[nodiscard]] bool lies_in(const void* allocation) const noexcept;
    [[nodiscard]] std::uint64_t used() const noexcept { return used_; }

private:
    std::vector<Pages> blocks_;
    std::size_t left_ = 0;  // in the last one
    std::byte* next_ = nullptr;
    std::uint64_t used_ = 0;
};

// Some values of memory that lies side by side; number i begins at `address` + i * `step`.
//
// Where many are left, a bit for each and the bytes, less the pages of zeros that make up most of a
// process. Where few are, which they are, and the value of each.
struct Kept {
    std::uint64_t address = 0;
    std::size_t size = 0;   // bytes, to the end of the last value
    std::size_t count = 0;  // values, whether they are left or not
    std::size_t step = 0;
    std::size_t width = 0;
    std::uint32_t encoding = 0;  // its number, where they are text
    std::size_t left = 0;

    const std::uint64_t* bits = nullptr;   // null: all are left, or few are
    const std::uint8_t* filled = nullptr;  // for each page of the bytes, whether it is no zeros
    const std::byte* pages = nullptr;      // those that are not
    const std::uint32_t* which = nullptr;  // where few are
    const std::byte* values = nullptr;

    [[nodiscard]] bool is_few() const noexcept { return which != nullptr; }
    // Where parts come among others.
    [[nodiscard]] auto order() const noexcept { return std::tuple(address, encoding, width); }
    // The same values, none of them left.
    [[nodiscard]] Kept emptied() const noexcept;
    // Of the bytes, counted from the first; the last one may be shorter.
    [[nodiscard]] std::size_t page_count() const noexcept;
    [[nodiscard]] std::span<const std::byte> page_of(std::span<const std::byte> bytes,
                                                     std::size_t page) const noexcept;
    // The values, from the first to the one behind the last, that have a byte in [from, to).
    [[nodiscard]] std::pair<std::size_t, std::size_t> touching(std::uint64_t from,
                                                               std::uint64_t to) const noexcept;
    // Writes where many are left what was read, zeros on pages that have none of them, and which
    // are left.
    void restore(std::byte* to, std::span<std::uint64_t> left_bits) const;
};

// Gives memory to keep something in.
using Taker = std::function<std::byte*(std::size_t size)>;

// The numbers of those that `bits` leaves.
std::vector<std::uint32_t> numbers_in(std::span<const std::uint64_t> bits, std::size_t count);

// Keeps what `bits` leaves of values that were read to `bytes`.
Kept keep_many(const Taker& take, Kept part, std::span<const std::byte> bytes,
               std::span<const std::uint64_t> bits);
// Keeps these of them, ascending, each by itself.
Kept keep_each(const Taker& take, Kept part, std::span<const std::byte> bytes,
               std::span<const std::uint32_t> which);
// Keeps what `bits` leaves of the few that were left, and lie side by side now.
Kept keep_few(const Taker& take, const Kept& part, std::span<const std::byte> values,
              std::span<const std::uint64_t> bits);

}  // namespace ntpages
