// awe/nt: mapping physical pages.
#pragma once

#include <windows.h>

#include "native/nt.hpp"

namespace ntpages::nt {

// memoryapi.h, Windows XP; Wine lacks it.
inline constinit Import<BOOL WINAPI(void**, ULONG_PTR, ULONG_PTR*)> map_user_physical_pages_scatter{
    L"kernel32.dll", "MapUserPhysicalPagesScatter"};

}  // namespace ntpages::nt
