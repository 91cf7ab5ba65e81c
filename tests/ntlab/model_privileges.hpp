// model_privileges: what other models ask before they do what needs a privilege.
#pragma once

#include <windows.h>

namespace ntlab {

// Their numbers are the same on every Windows. Source: phnt, ntseapi.h.
inline constexpr ULONG lock_memory = 4;
inline constexpr ULONG increase_quota = 5;
inline constexpr ULONG profile_single_process = 13;
inline constexpr ULONG debug_others = 20;
inline constexpr ULONG increase_working_set = 33;

ACCESS_MASK access_of(HANDLE handle) noexcept;  // what it may do; 0 if it is none
bool privilege_enabled(ULONG number) noexcept;
bool token_elevated() noexcept;

}  // namespace ntlab
