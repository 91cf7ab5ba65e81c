// model_processes: the process table of an administrator, and memory that is as protected as it
// says. Wine reads and writes through any protection, and has no full table.
#include "model_processes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>

#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr SIZE_T page = 4096;

struct Denied {
    DWORD pid;
    DWORD access;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<OpenedProcess, 256> opened{};
constinit std::array<Denied, 16> denied{};
constinit std::array<Emptied, 64> emptied{};
constinit std::array<std::byte, 64 * 1024> answer{};  // instead of the real table
constinit ULONG answer_size = 0;

void reset() noexcept {
    const Locked locked(lock);
    opened = {};
    denied = {};
    emptied = {};
    answer_size = 0;
}

// ---- Opening --------------------------------------------------------------------------------

HANDLE WINAPI open_process(DWORD access, BOOL inherit, DWORD pid) {
    const Locked locked(lock);
    for (const auto& each : denied) {
        if (each.pid == pid && pid != 0 && (each.access & access) != 0) {
            refuse(ERROR_ACCESS_DENIED);
            return nullptr;
        }
    }
    const auto handle = OpenProcess(access, inherit, pid);
    if (!handle) return nullptr;
    const auto free = std::ranges::find(opened, HANDLE{nullptr}, &OpenedProcess::handle);
    if (free != opened.end()) *free = {handle, pid, access};
    return handle;
}

BOOL WINAPI close_handle(HANDLE handle) {
    const Locked locked(lock);
    const auto found = std::ranges::find(opened, handle, &OpenedProcess::handle);
    if (handle && found != opened.end()) *found = {};
    return CloseHandle(handle);
}

// ---- Memory ---------------------------------------------------------------------------------

constexpr DWORD writable =
    PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

// What a copy meets on the pages of a range: nothing (0), or the code that it fails with. A guard
// page loses its guard by being touched.
DWORD meets(DWORD pid, const void* address, SIZE_T size, bool to_write) {
    const std::unique_ptr<void, decltype(&CloseHandle)> process(
        OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_OPERATION, FALSE, pid), &CloseHandle);
    if (!process) return ERROR_PARTIAL_COPY;
    const auto* at = static_cast<const char*>(address);
    for (const auto* const end = at + size; at < end;) {
        MEMORY_BASIC_INFORMATION region;
        if (VirtualQueryEx(process.get(), at, &region, sizeof(region)) == 0) {
            return ERROR_PARTIAL_COPY;
        }
        if (region.State != MEM_COMMIT || (region.Protect & PAGE_NOACCESS) != 0) {
            return ERROR_PARTIAL_COPY;
        }
        if ((region.Protect & PAGE_GUARD) != 0) {
            DWORD before;
            VirtualProtectEx(process.get(), const_cast<char*>(at), 1, region.Protect & ~PAGE_GUARD,
                             &before);
            return ERROR_PARTIAL_COPY;
        }
        if (to_write && (region.Protect & writable) == 0) return ERROR_NOACCESS;
        at = static_cast<const char*>(region.BaseAddress) + region.RegionSize;
    }
    return ERROR_SUCCESS;
}

BOOL WINAPI read_memory(HANDLE process, const void* address, void* buffer, SIZE_T size,
                        SIZE_T* done) {
    const auto [handle, pid, access] = opened_process(process);
    if ((access & PROCESS_VM_READ) == 0) return refuse(ERROR_ACCESS_DENIED);
    if (const auto code = meets(pid, address, size, false); code != ERROR_SUCCESS) {
        if (done) *done = 0;
        return refuse(code);
    }
    return ReadProcessMemory(process, address, buffer, size, done);
}

BOOL WINAPI write_memory(HANDLE process, void* address, const void* buffer, SIZE_T size,
                         SIZE_T* done) {
    constexpr DWORD needed = PROCESS_VM_WRITE | PROCESS_VM_OPERATION;
    const auto [handle, pid, access] = opened_process(process);
    if ((access & needed) != needed) return refuse(ERROR_ACCESS_DENIED);
    if (const auto code = meets(pid, address, size, true); code != ERROR_SUCCESS) {
        if (done && code == ERROR_PARTIAL_COPY) *done = 0;
        return refuse(code);
    }
    return WriteProcessMemory(process, address, buffer, size, done);
}

// ---- The table ------------------------------------------------------------------------------

// Source: phnt, ntexapi.h.
constexpr ULONG fixed_size = 256;
constexpr ULONG thread_size = 80;
constexpr ULONG full_thread_size = 136;
constexpr ULONG extension_size = 368;
constexpr ULONG faults_at = 128;
constexpr ULONG name_at = 56;
constexpr ULONG pid_at = 80;
constexpr ULONG working_set_at = 144;
constexpr ULONG commit_at = 184;
constexpr ULONG shared_commit_at = 344;

template <typename Value>
Value& value_at(std::byte* entry, ULONG offset) noexcept {
    return *reinterpret_cast<Value*>(entry + offset);
}

struct Name {  // UNICODE_STRING
    USHORT length;
    USHORT maximum;
    std::byte* text;
};

template <typename Use>
void each_entry(std::byte* first, Use use) {
    for (auto* entry = first;;) {
        const auto next = value_at<ULONG>(entry, 0);
        use(entry);
        if (next == 0) return;
        entry += next;
    }
}

Status real_table(void* buffer, ULONG length, ULONG* needed) {
    using Query = Status NTAPI(ULONG, void*, ULONG, ULONG*);
    static const auto query =
        real(static_cast<Query*>(nullptr), L"ntdll.dll", "NtQuerySystemInformation");
    const auto status = query(5, buffer, length, needed);
    if (status != status_success) return status;
    each_entry(static_cast<std::byte*>(buffer), [](std::byte* entry) {
        if (const auto* const changed = emptied_process(value_at<DWORD>(entry, pid_at))) {
            value_at<SIZE_T>(entry, working_set_at) = changed->working_set;
            value_at<ULONG>(entry, faults_at) += changed->faults;
        }
    });
    return status;
}

Status plain_table(void* buffer, ULONG length, ULONG* needed) {
    if (answer_size == 0) return real_table(buffer, length, needed);
    *needed = answer_size;
    if (length < answer_size) return status_info_length_mismatch;
    std::memcpy(buffer, answer.data(), answer_size);
    return status_success;
}

struct Release {
    void operator()(void* memory) const noexcept { VirtualFree(memory, 0, MEM_RELEASE); }
};

// The real table with the threads of the full one, and the extension behind them.
Status full_table(void* buffer, ULONG length, ULONG* needed) {
    if (!token_elevated()) return status_access_denied;
    constexpr ULONG most = 4 * 1024 * 1024;
    const std::unique_ptr<void, Release> memory(
        VirtualAlloc(nullptr, most, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    if (!memory) return status_insufficient_resources;
    ULONG plain = 0;
    if (const auto status = real_table(memory.get(), most, &plain); status != status_success) {
        return status;
    }
    ULONG size = 0;
    std::byte* last = nullptr;
    each_entry(static_cast<std::byte*>(memory.get()), [&](std::byte* from) {
        const auto threads = value_at<ULONG>(from, 4);
        const auto name = value_at<Name>(from, name_at);
        const auto name_start = fixed_size + threads * full_thread_size + extension_size;
        const auto whole = (name_start + name.length + 7U) & ~7U;
        if (size + whole <= length) {
            auto* const to = static_cast<std::byte*>(buffer) + size;
            std::memset(to, 0, whole);
            std::memcpy(to, from, fixed_size);
            for (ULONG i = 0; i < threads; ++i) {
                std::memcpy(to + fixed_size + i * full_thread_size,
                            from + fixed_size + i * thread_size, thread_size);
            }
            value_at<SIZE_T>(to, fixed_size + threads * full_thread_size + shared_commit_at) =
                value_at<SIZE_T>(from, commit_at) / 4;
            if (name.length != 0) std::memcpy(to + name_start, name.text, name.length);
            value_at<Name>(to, name_at).text = name.length != 0 ? to + name_start : nullptr;
            value_at<ULONG>(to, 0) = whole;
            last = to;
        }
        size += whole;
    });
    *needed = size;
    if (size > length) return status_info_length_mismatch;
    value_at<ULONG>(last, 0) = 0;
    return status_success;
}

const Service services[] = {
    {"kernel32.dll", "OpenProcess", &open_process},
    {"kernel32.dll", "CloseHandle", &close_handle},
    {"kernel32.dll", "ReadProcessMemory", &read_memory},
    {"kernel32.dll", "WriteProcessMemory", &write_memory},
};
const SystemClass classes[] = {{5, &plain_table, nullptr}, {148, &full_table, nullptr}};
const Model model{"processes", &reset, services, classes, "privileges"};

}  // namespace

OpenedProcess opened_process(HANDLE handle) noexcept {
    if (handle == GetCurrentProcess()) return {handle, GetCurrentProcessId(), PROCESS_ALL_ACCESS};
    const Locked locked(lock);
    const auto found = std::ranges::find(opened, handle, &OpenedProcess::handle);
    return handle && found != opened.end() ? *found : OpenedProcess{handle, 0, 0};
}

void empty_process(DWORD pid) noexcept {
    const Locked locked(lock);
    for (auto& each : emptied) {
        if (each.pid != 0 && each.pid != pid) continue;
        each = {pid, 8 * page, 3};
        return;
    }
}

const Emptied* emptied_process(DWORD pid) noexcept {
    const auto found = std::ranges::find_if(
        emptied, [&](const Emptied& each) { return pid != 0 && each.pid == pid; });
    return found == emptied.end() ? nullptr : &*found;
}

}  // namespace ntlab

extern "C" {

// From now on, OpenProcess refuses these rights of a process.
__declspec(dllexport) void processes_deny(DWORD pid, DWORD access) {
    const ntlab::Locked locked(ntlab::lock);
    for (auto& each : ntlab::denied) {
        if (each.pid != 0 && each.pid != pid) continue;
        each = {pid, access};
        return;
    }
}

// From now on, these bytes are the process table.
__declspec(dllexport) void processes_answer(const void* bytes, ULONG size) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::answer_size = std::min<ULONG>(size, ntlab::answer.size());
    std::memcpy(ntlab::answer.data(), bytes, ntlab::answer_size);
}

}  // extern "C"
