// guard/nt: the kernel's events of memory, which no SDK has.
#pragma once

#include <windows.h>

#include "native/nt.hpp"
#include "native/regions/nt_walk.hpp"

namespace ntpages::nt {

// Source: wdm.h, of the driver kit; which events there are: "Standard event objects" there.
inline constinit Import<Status NTAPI(HANDLE*, ACCESS_MASK, const ObjectAttributes*)> open_event{
    L"ntdll.dll", "NtOpenEvent"};

}  // namespace ntpages::nt
