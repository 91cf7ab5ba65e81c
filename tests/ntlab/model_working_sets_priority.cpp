// model_working_sets_priority: the memory priority of processes and threads. Wine has functions to
// set it, which do nothing, and none to ask for it.
#include <windows.h>

#include <array>

#include "model_privileges.hpp"
#include "model_processes.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

struct Priority {
    DWORD id;  // of a process or a thread; 0: nobody's
    ULONG priority;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Priority, 64> processes{};
constinit std::array<Priority, 64> threads{};

void reset() noexcept {
    const Locked locked(lock);
    processes = {};
    threads = {};
}

ULONG& priority_in(std::array<Priority, 64>& all, DWORD id) noexcept {
    constexpr ULONG normal = 5;
    for (auto& each : all) {
        if (each.id != 0 && each.id != id) continue;
        if (each.id == 0) each = {id, normal};
        return each.priority;
    }
    return all.back().priority;
}

// Class 0 of both, one ULONG.
BOOL priority_of(std::array<Priority, 64>& all, DWORD id, bool may, int number, void* buffer,
                 DWORD size) {
    if (number != 0) return refuse(ERROR_INVALID_PARAMETER);
    if (size != sizeof(ULONG)) return refuse(ERROR_BAD_LENGTH);
    if (id == 0) return refuse(ERROR_INVALID_HANDLE);
    if (!may) return refuse(ERROR_ACCESS_DENIED);
    if (!buffer) return refuse(ERROR_NOACCESS);
    const Locked locked(lock);
    *static_cast<ULONG*>(buffer) = priority_in(all, id);
    return TRUE;
}

BOOL set_priority(std::array<Priority, 64>& all, DWORD id, bool may, int number, const void* buffer,
                  DWORD size) {
    ULONG ignored = 0;
    if (!priority_of(all, id, may, number, &ignored, size)) return FALSE;
    if (!buffer) return refuse(ERROR_NOACCESS);
    const auto wanted = *static_cast<const ULONG*>(buffer);
    if (wanted > 5) return refuse(ERROR_INVALID_PARAMETER);
    const Locked locked(lock);
    priority_in(all, id) = wanted;
    return TRUE;
}

constexpr DWORD either_query = PROCESS_QUERY_INFORMATION | PROCESS_QUERY_LIMITED_INFORMATION;

BOOL WINAPI get_process(HANDLE process, int number, void* buffer, DWORD size) {
    const auto [handle, pid, access] = opened_process(process);
    return priority_of(processes, pid, (access & either_query) != 0, number, buffer, size);
}

BOOL WINAPI set_process(HANDLE process, int number, void* buffer, DWORD size) {
    const auto [handle, pid, access] = opened_process(process);
    return set_priority(processes, pid, (access & PROCESS_SET_INFORMATION) != 0, number, buffer,
                        size);
}

// Whose handle it is, whatever it is good for.
DWORD thread_of(HANDLE thread) {
    HANDLE asked = nullptr;
    const auto self = GetCurrentProcess();
    if (!DuplicateHandle(self, thread, self, &asked, THREAD_QUERY_LIMITED_INFORMATION, FALSE, 0)) {
        return 0;
    }
    const auto id = GetThreadId(asked);
    CloseHandle(asked);
    return id;
}

BOOL WINAPI get_thread(HANDLE thread, int number, void* buffer, DWORD size) {
    const auto may = (access_of(thread) & THREAD_QUERY_INFORMATION) != 0;
    return priority_of(threads, thread_of(thread), may, number, buffer, size);
}

BOOL WINAPI set_thread(HANDLE thread, int number, void* buffer, DWORD size) {
    const auto may = (access_of(thread) & THREAD_SET_INFORMATION) != 0;
    return set_priority(threads, thread_of(thread), may, number, buffer, size);
}

const Service services[] = {
    {"kernel32.dll", "GetProcessInformation", &get_process},
    {"kernel32.dll", "SetProcessInformation", &set_process},
    {"kernel32.dll", "GetThreadInformation", &get_thread},
    {"kernel32.dll", "SetThreadInformation", &set_thread},
};
const Model model{"working_sets_priority", &reset, services, {}, "processes"};

}  // namespace
}  // namespace ntlab
