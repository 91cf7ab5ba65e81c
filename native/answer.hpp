// answer: reading what the kernel wrote to a buffer. Pure, trusts nothing, builds on any system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace ntpages {

// The kernel promises no alignment.
template <typename Value>
Value value_at(std::span<const std::byte> answer, std::size_t offset) {
    Value value;
    std::memcpy(&value, answer.data() + offset, sizeof(value));
    return value;
}

// The text that a UNICODE_STRING in the answer means; `base` is the address of the buffer when the
// kernel wrote it. Empty where it does not lie wholly in the answer, on whole characters.
inline std::u16string_view text_in(std::span<const std::byte> answer, std::uint64_t base,
                                   std::uint64_t address, std::size_t size) {
    const auto offset = address - base;  // wraps to something huge if it lies before
    if (offset > answer.size() || size > answer.size() - offset) return {};
    const auto* const start = answer.data() + offset;
    if (reinterpret_cast<std::uintptr_t>(start) % alignof(char16_t) != 0) return {};
    return {reinterpret_cast<const char16_t*>(start), size / sizeof(char16_t)};
}

}  // namespace ntpages
