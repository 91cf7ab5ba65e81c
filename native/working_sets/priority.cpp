// working_sets/priority: the memory priority of processes, of threads and of pages.
#include "native/working_sets/priority.hpp"

#include <string>

#include "native/error.hpp"
#include "native/handle.hpp"
#include "native/processes/process.hpp"
#include "native/ranges.hpp"
#include "native/working_sets/nt.hpp"

namespace ntpages {
namespace {

MemoryPriority priority_of(const Handle& process, DWORD pid) {
    ULONG priority = 0;
    if (!nt::get_process_information(process.get(), nt::process_memory_priority, &priority,
                                     sizeof(priority))) {
        refuse(pid, "GetProcessInformation");
    }
    return static_cast<MemoryPriority>(priority);
}

std::string named(DWORD thread) {
    return "thread " + std::to_string(thread);
}

Handle open_thread(DWORD thread, DWORD access) {
    Handle opened(OpenThread(access, FALSE, thread));
    if (!opened) {
        const auto code = GetLastError();
        const auto absent = code == ERROR_INVALID_PARAMETER;
        fail("OpenThread", code, named(thread) + (absent ? ": there is none" : ""));
    }
    return opened;
}

MemoryPriority priority_of_thread(const Handle& opened, DWORD thread) {
    ULONG priority = 0;
    if (!nt::get_thread_information(opened.get(), nt::thread_memory_priority, &priority,
                                    sizeof(priority))) {
        fail("GetThreadInformation", GetLastError(), named(thread));
    }
    return static_cast<MemoryPriority>(priority);
}

}  // namespace

MemoryPriority memory_priority(DWORD pid) {
    return priority_of(open_process(pid, PROCESS_QUERY_LIMITED_INFORMATION), pid);
}

MemoryPriority set_memory_priority(DWORD pid, ULONG priority) {
    const auto process =
        open_process(pid, PROCESS_SET_INFORMATION | PROCESS_QUERY_LIMITED_INFORMATION);
    const auto before = priority_of(process, pid);
    if (!nt::set_process_information(process.get(), nt::process_memory_priority, &priority,
                                     sizeof(priority))) {
        refuse(pid, "SetProcessInformation");
    }
    return before;
}

MemoryPriority thread_memory_priority(DWORD thread) {
    return priority_of_thread(open_thread(thread, THREAD_QUERY_INFORMATION), thread);
}

MemoryPriority set_thread_memory_priority(DWORD thread, ULONG priority) {
    const auto opened = open_thread(thread, THREAD_SET_INFORMATION | THREAD_QUERY_INFORMATION);
    const auto before = priority_of_thread(opened, thread);
    if (!nt::set_thread_information(opened.get(), nt::thread_memory_priority, &priority,
                                    sizeof(priority))) {
        fail("SetThreadInformation", GetLastError(), named(thread));
    }
    return before;
}

void set_page_priority(DWORD pid, std::uint64_t start, std::uint64_t end, ULONG priority) {
    constexpr auto call = "NtSetInformationVirtualMemory";
    const auto process = open_process(pid, PROCESS_VM_OPERATION);
    const auto first = start / page_size * page_size;
    nt::MemoryRange range{reinterpret_cast<void*>(first), static_cast<std::size_t>(end - first)};
    const auto status = nt::set_information_virtual_memory(
        process.get(), nt::vm_page_priority_information, 1, &range, &priority, sizeof(priority));
    if (status >= 0) return;
    if (has_exited(pid)) throw NoSuchProcess(call, pid, ERROR_SUCCESS);
    fail_status(call, status, "pid " + std::to_string(pid));
}

}  // namespace ntpages
