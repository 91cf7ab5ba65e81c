// processes/pattern: which bytes of a pattern to look for first.
#include "native/processes/pattern.hpp"

#include <algorithm>
#include <numeric>

namespace ntpages {
namespace {

// How often a byte is met in the memory of a process, against a byte of random data (1). Rough is
// good enough: the two that are looked for must only not be the zeros that fill every page.
constexpr std::array<int, 256> commonness = [] {
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
    auto sum = 0;
    for (int c = 0; c < 256; ++c) {
        if ((c & mask) == byte) sum += commonness[static_cast<std::size_t>(c)];
    }
    return sum;
}

}  // namespace

Pattern::Pattern(std::vector<std::uint8_t> bytes, std::vector<std::uint8_t> mask,
                 std::size_t alignment)
    : bytes_(std::move(bytes)), mask_(std::move(mask)), alignment_(alignment) {
    if (bytes_.empty() || bytes_.size() != mask_.size()) {
        throw std::invalid_argument("a pattern needs bytes, and as many in its mask");
    }
    if (!std::has_single_bit(alignment_)) {
        throw std::invalid_argument("an alignment must be a power of two");
    }
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] &= mask_[i];

    std::vector<std::pair<int, std::size_t>> ranked(bytes_.size());
    for (std::size_t i = 0; i < ranked.size(); ++i) {
        ranked[i] = {commonness_of(bytes_[i], mask_[i]), i};
    }
    std::partial_sort(ranked.begin(),
                      ranked.begin() + std::min<std::ptrdiff_t>(2, std::ssize(ranked)),
                      ranked.end());
    anchors_ = {ranked.front().second, ranked[ranked.size() > 1 ? 1 : 0].second};
}

}  // namespace ntpages
