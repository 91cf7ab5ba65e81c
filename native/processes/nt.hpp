// processes/nt: the process table and what one process uses.
#pragma once

#include <windows.h>

#include <cstddef>

#include "native/nt.hpp"

namespace ntpages::nt {

// Source: phnt, ntexapi.h. The second also counts shared commit, and is for administrators.
inline constexpr ULONG system_process_information = 5;
inline constexpr ULONG system_full_process_information = 148;

// Source: phnt, ntmmapi.h. VirtualLock's kind of lock, in the working set.
inline constexpr ULONG map_process = 1;
inline constinit Import<Status NTAPI(HANDLE, void**, SIZE_T*, ULONG)> lock_virtual_memory{
    L"ntdll.dll", "NtLockVirtualMemory"};
inline constinit Import<Status NTAPI(HANDLE, void**, SIZE_T*, ULONG)> unlock_virtual_memory{
    L"ntdll.dll", "NtUnlockVirtualMemory"};

// Source: phnt, ntpsapi.h.
inline constexpr ULONG process_vm_counters = 3;

struct VmCounters {  // phnt, ntpsapi.h: VM_COUNTERS_EX2 (Windows 10)
    SIZE_T peak_virtual_size;
    SIZE_T virtual_size;
    ULONG faults;
    SIZE_T peak_working_set;
    SIZE_T working_set;
    SIZE_T peak_paged_pool;
    SIZE_T paged_pool;
    SIZE_T peak_nonpaged_pool;
    SIZE_T nonpaged_pool;
    SIZE_T commit;
    SIZE_T peak_commit;
    SIZE_T private_bytes;
    SIZE_T private_working_set;  // from here on, VM_COUNTERS_EX (96 bytes) has nothing
    SIZE_T shared_commit;
};
static_assert(sizeof(VmCounters) == 112 && offsetof(VmCounters, working_set) == 32 &&
              offsetof(VmCounters, private_working_set) == 96);

}  // namespace ntpages::nt
