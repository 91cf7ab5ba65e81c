// working_sets/priority: which pages go first where memory is short.
#pragma once

#include <windows.h>

#include <cstdint>

namespace ntpages {

// MEMORY_PRIORITY_..., of processthreadsapi.h; the two highest are Windows' own to give.
enum class MemoryPriority : ULONG {
    lowest,
    very_low,
    low,
    medium,
    below_normal,
    normal,
    above_normal,
    high,
};

MemoryPriority memory_priority(DWORD pid);
MemoryPriority thread_memory_priority(DWORD thread);
// These return what it was.
MemoryPriority set_memory_priority(DWORD pid, ULONG priority);
MemoryPriority set_thread_memory_priority(DWORD thread, ULONG priority);

void set_page_priority(DWORD pid, std::uint64_t start, std::uint64_t end, ULONG priority);

}  // namespace ntpages
