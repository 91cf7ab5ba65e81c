// processes/pattern: which bytes of a pattern to look for first.
#include "native/processes/pattern.hpp"

#include <array>
#include <tuple>

namespace ntpages {
namespace {

// Rough is good enough: what is looked for first must only not be the zeros that fill every page.
constexpr std::array<int, 256> how_common = [] {
    std::array<int, 256> table{};
    table.fill(1);
    table[0x00] = 200;
    table[0xFF] = 12;
    for (int c = 0x01; c <= 0x10; ++c) table[c] = 4;
    for (int c = '0'; c <= '9'; ++c) table[c] = 3;
    for (int c = 'A'; c <= 'Z'; ++c) table[c] = 2;
    for (int c = 'a'; c <= 'z'; ++c) table[c] = 4;
    for (const auto c : {0x20, 0x40, 0x80}) table[c] = 6;
    for (const auto c : {0x24, 0x48, 0x4C, 0x83, 0x85, 0x89, 0x8B, 0xC0, 0xCC, 0xE8}) {
        table[c] = 6;  // x64 code
    }
    return table;
}();

int commonness_of(std::uint8_t byte, std::uint8_t mask) {
    if (mask == 0xFF) return commonness(byte);
    auto sum = 0;
    for (int c = 0; c < 256; ++c) {
        if (((c ^ byte) & mask) == 0) sum += how_common[static_cast<std::size_t>(c)];
    }
    return sum;
}

}  // namespace

int commonness(std::uint8_t byte) noexcept {
    return how_common[byte];
}

Pattern::Pattern(Bytes bytes, Bytes mask, std::size_t alignment)
    : bytes_(bytes), mask_(mask), alignment_(alignment) {
    if (bytes_.empty() || bytes_.size() != mask_.size()) {
        throw std::invalid_argument("a pattern needs bytes, and as many in its mask");
    }
    if (!std::has_single_bit(alignment_)) {
        throw std::invalid_argument("an alignment must be a power of two");
    }

    // The first anchor is the least common byte. The second is one that no byte equals which equals
    // the first, and far from it: both agree with each other by chance alone, also in memory that
    // repeats itself.
    const auto common = [&](std::size_t i) { return commonness_of(bytes_[i], mask_[i]); };
    std::size_t first = 0;
    auto least = common(first);
    for (std::size_t i = 1; i < size(); ++i) {
        const auto candidate = common(i);
        if (candidate < least) {
            first = i;
            least = candidate;
        }
    }
    const auto rank = [&](std::size_t i) {
        const auto alike = ((bytes_[i] ^ bytes_[first]) & mask_[i] & mask_[first]) == 0;
        const auto distance = i > first ? i - first : first - i;
        return std::tuple(alike, common(i), size() - distance);
    };
    auto second = first;
    auto best = rank(first);
    for (std::size_t i = 0; i < size(); ++i) {
        const auto candidate = rank(i);
        if (candidate < best) {
            second = i;
            best = candidate;
        }
    }
    const auto anchor = [&](std::size_t i) {
        return Anchor{i, static_cast<std::uint8_t>(bytes_[i] & mask_[i]), mask_[i]};
    };
    anchors_ = {anchor(first), anchor(second)};
}

}  // namespace ntpages
