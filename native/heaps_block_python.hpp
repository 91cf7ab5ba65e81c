// heaps_block_python: the Python type of a block, for the bindings that are handed one.
#pragma once

#include "bind.hpp"
#include "heaps.hpp"

namespace ntpages {

// Throws TypeError where the object is no block.
Block& block_of(py::handle object);

// Adds the type, and allocate() to those who give out blocks.
void bind_blocks(py::module_& module, py::handle heap, py::handle pool);

}  // namespace ntpages
