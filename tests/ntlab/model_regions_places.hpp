// model_regions_places: what VirtualAlloc2 does with placeholders.
#pragma once

#include <windows.h>

namespace ntlab {

inline constexpr ULONG mem_coalesce_placeholders = 0x1;
inline constexpr ULONG mem_preserve_placeholder = 0x2;
inline constexpr ULONG mem_replace_placeholder = 0x4000;
inline constexpr ULONG mem_reserve_placeholder = 0x40000;

// Null, and a last error, where Windows would refuse it.
void* reserve_placeholder(void* address, SIZE_T size, ULONG type, ULONG protection) noexcept;
void* replace_placeholder(void* address, SIZE_T size, ULONG type, ULONG protection) noexcept;

// For views in the places of placeholders: gives the addresses of one back to the system, and keeps
// those of its neighbours. 0, or what it is refused with.
DWORD open_placeholder(void* address, SIZE_T size) noexcept;

}  // namespace ntlab
