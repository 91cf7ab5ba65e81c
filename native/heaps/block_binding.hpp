// heaps/block_binding: the Python type of a block, for the bindings that are handed one.
#pragma once

#include "native/bind.hpp"
#include "native/heaps/block.hpp"

namespace ntpages {

// Throws TypeError where the object is no block.
Block& block_of(py::handle object);

// Adds the type, and allocate() to those who give out blocks.
void bind_blocks(py::module_& module, py::handle heap, py::handle pool);

}  // namespace ntpages
