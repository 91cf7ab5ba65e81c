// processes/saved: numbers that a look has left, as bytes for a file, and back. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "native/processes/kept.hpp"

namespace ntpages {

// What all parts of a look have in common, and how long one may be.
struct SavedShape {
    std::size_t width;
    std::size_t step;
    std::size_t most;  // numbers
    std::size_t size;  // bytes, to the end of the last one
};

// As docs/reference/documents.md describes it.
std::vector<std::byte> save(const Kept& part);

// Throws std::invalid_argument where it is none that save() has made.
Kept load(const Taker& take, std::span<const std::byte> bytes, const SavedShape& shape);

}  // namespace ntpages
