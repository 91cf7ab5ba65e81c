// thunk: machine code made at run time that asks the dispatcher first, then jumps on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ntlab.hpp"

namespace ntlab {

// Called with the index of the thunk and the caller's integer arguments: the four of the registers,
// then those on the stack. Returns where to go on, or nullptr to return `answer` to the caller. It
// keeps the last error or sets it, and throws nothing: no one could unwind through a thunk.
using Dispatcher = Function (*)(std::uint32_t index, const std::uint64_t* arguments,
                                std::uint64_t* answer);

// Writes `count` thunks that stay valid as long as the process. Nullptr if there is no memory.
std::byte* make_thunks(std::size_t count, Dispatcher dispatcher) noexcept;

Function thunk_at(std::byte* thunks, std::uint32_t index) noexcept;

}  // namespace ntlab
