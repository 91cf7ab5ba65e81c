// hook: puts the thunks between _native and the system, linked and looked-up functions alike.
#pragma once

#include "slots.hpp"

namespace ntlab {

// 0, or the Win32 code of what failed. Once per process; again is harmless.
DWORD hook(HMODULE module) noexcept;

// Makes the module look the function up again: nt::Import remembers an address for ever, and the
// answer has changed. For functions that are not linked.
void forget(const Slot& slot) noexcept;

}  // namespace ntlab
