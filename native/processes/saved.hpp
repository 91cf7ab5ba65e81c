// processes/saved: values that a look has left, as bytes for a file, and back. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "native/processes/kept.hpp"

namespace ntpages {

// What all parts of a look have in common, and how long one may be.
struct SavedShape {
    std::size_t width;  // of numbers; of bytes, each part tells its own
    std::size_t step;
    std::size_t most;         // values
    std::size_t size;         // bytes, to where the last one begins
    std::size_t longest = 0;  // that a value may have where parts tell; 0 where they don't
    std::uint32_t encodings = 0;
};

// As docs/reference/documents.md describes it.
std::vector<std::byte> save(const Kept& part, bool with_width);

// Throws std::invalid_argument where it is none that save() has made.
Kept load(const Taker& take, std::span<const std::byte> bytes, const SavedShape& shape);

}  // namespace ntpages
