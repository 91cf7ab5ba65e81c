// model_processes: the process table of an administrator, and memory that is as protected as it
// says. Wine reads and writes through any protection, and has no full table.
#include "model_processes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr SIZE_T page = 4096;

// SYSTEM_PROCESS_INFORMATION_EXTENSION has grown. Source: ntdiff, from the symbols of 1607.
struct Extension {
    ULONG size;
    ULONG shared_commit_at;
};
constexpr Extension newest_extension{368, 344};
constexpr Extension extension_of_1607{232, 216};
constinit Extension extension = newest_extension;

struct Denied {
    DWORD pid;
    DWORD access;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<OpenedProcess, 256> opened{};
constinit std::array<Denied, 16> denied{};
constinit std::array<Emptied, 64> emptied{};
constinit std::array<std::byte, 256 * 1024> answer{};  // instead of the real table
constinit ULONG answer_size = 0;
constinit bool answer_names_within = false;  // names' addresses count from the table's start

void reset() noexcept {
    const Locked locked(lock);
    opened = {};
    denied = {};
    emptied = {};
    answer_size = 0;
    extension = newest_extension;
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
    {
        const Locked locked(lock);
        const auto found = std::ranges::find(opened, handle, &OpenedProcess::handle);
        if (handle && found != opened.end()) *found = {};
    }
    return beyond("CloseHandle", &close_handle)(handle);
}

// ---- Memory ---------------------------------------------------------------------------------

constexpr DWORD writable =
    PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

bool ask(DWORD pid, const void* address, MEMORY_BASIC_INFORMATION& region) {
    const std::unique_ptr<void, decltype(&CloseHandle)> process(
        OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, pid), &CloseHandle);
    return process && VirtualQueryEx(process.get(), address, &region, sizeof(region)) != 0;
}

void use_guard_up(DWORD pid, const char* page_address, DWORD protection) {
    const std::unique_ptr<void, decltype(&CloseHandle)> process(
        OpenProcess(PROCESS_VM_OPERATION, FALSE, pid), &CloseHandle);
    DWORD before;
    VirtualProtectEx(process.get(), const_cast<char*>(page_address), 1, protection & ~PAGE_GUARD,
                     &before);
}

// What a copy meets on the pages of a range: nothing (0), or the code that it fails with. A guard
// page loses its guard by being touched. The first region of what is written has been looked at.
DWORD meets(DWORD pid, const void* address, SIZE_T size, bool to_write) {
    const auto* const start = static_cast<const char*>(address);
    const auto* const end = start + size;
    for (const auto* at = start; at < end;) {
        MEMORY_BASIC_INFORMATION region;
        if (!ask(pid, at, region)) return ERROR_PARTIAL_COPY;
        if (region.State != MEM_COMMIT || (region.Protect & PAGE_NOACCESS) != 0) {
            return ERROR_PARTIAL_COPY;
        }
        if ((region.Protect & PAGE_GUARD) != 0) {
            use_guard_up(pid, at, region.Protect);
            return ERROR_PARTIAL_COPY;
        }
        if (to_write && at != start && (region.Protect & writable) == 0) return ERROR_PARTIAL_COPY;
        at = static_cast<const char*>(region.BaseAddress) + region.RegionSize;
    }
    return ERROR_SUCCESS;
}

// Why this handle can't be copied through, if it can't.
DWORD refused_handle(const OpenedProcess& process, DWORD needed) {
    if (process.pid == 0) return ERROR_INVALID_HANDLE;
    return (process.access & needed) == needed ? ERROR_SUCCESS : ERROR_ACCESS_DENIED;
}

// Does the range leave what programs can address? The kernel asks that before anything else.
bool leaves_user_space(const void* address, SIZE_T size) {
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    const auto start = reinterpret_cast<ULONG_PTR>(address);
    const auto highest = reinterpret_cast<ULONG_PTR>(system.lpMaximumApplicationAddress);
    return start + size < start || start + size > highest;
}

// Source: NtReadVirtualMemory of the Windows Research Kernel; a handle is not looked at where there
// is nothing to copy.
BOOL WINAPI read_memory(HANDLE process, const void* address, void* buffer, SIZE_T size,
                        SIZE_T* done) {
    if (leaves_user_space(address, size)) return refuse(ERROR_NOACCESS);
    if (done) *done = 0;
    if (size == 0) return TRUE;
    const auto found = opened_process(process);
    auto code = refused_handle(found, PROCESS_VM_READ);
    if (code == ERROR_SUCCESS) code = meets(found.pid, address, size, false);
    if (code != ERROR_SUCCESS) return refuse(code);
    return ReadProcessMemory(process, address, buffer, size, done);
}

// WriteProcessMemory looks at the first page before it writes: data that can't be written is
// refused with 998, and so is code in a shared view; other code it makes writable for as long as it
// takes. Source: readings of kernelbase.dll of Windows 11 24H2; the old form is in Windows XP.
DWORD refused_at_once(DWORD pid, const void* address) {
    constexpr DWORD code = PAGE_EXECUTE | PAGE_EXECUTE_READ;
    MEMORY_BASIC_INFORMATION region;
    if (!ask(pid, address, region)) return ERROR_ACCESS_DENIED;
    if (region.State == MEM_COMMIT && (region.Protect & writable) != 0) return ERROR_SUCCESS;
    const auto opens = (region.Protect & code) != 0 && region.Type != MEM_MAPPED;
    return region.State == MEM_COMMIT && opens ? ERROR_SUCCESS : ERROR_NOACCESS;
}

BOOL WINAPI write_memory(HANDLE process, void* address, const void* buffer, SIZE_T size,
                         SIZE_T* done) {
    const auto found = opened_process(process);
    const auto refused = refused_handle(found, PROCESS_VM_WRITE | PROCESS_VM_OPERATION);
    if (refused != ERROR_SUCCESS) return refuse(refused);
    if (leaves_user_space(address, size)) return refuse(ERROR_NOACCESS);
    if (size == 0) {
        if (done) *done = 0;
        return TRUE;
    }
    if (const auto code = refused_at_once(found.pid, address); code != ERROR_SUCCESS) {
        return refuse(code);
    }
    if (const auto code = meets(found.pid, address, size, true); code != ERROR_SUCCESS) {
        if (done) *done = 0;
        return refuse(code);
    }
    return WriteProcessMemory(process, address, buffer, size, done);
}

// ---- The table ------------------------------------------------------------------------------

// Source: phnt, ntexapi.h.
constexpr ULONG fixed_size = 256;
constexpr ULONG thread_size = 80;
constexpr ULONG full_thread_size = 136;
constexpr ULONG user_sid_at = 52;
constexpr ULONG user_sid_size = 28;
constexpr ULONG faults_at = 128;
constexpr ULONG name_at = 56;
constexpr ULONG pid_at = 80;
constexpr ULONG working_set_at = 144;
constexpr ULONG commit_at = 184;

// What the full table calls a program: the path of its file, as the kernel opens it.
constexpr std::wstring_view folder = L"\\Device\\HarddiskVolume3\\Programs\\";

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

Status answered_table(void* buffer, ULONG length, ULONG* needed) {
    *needed = answer_size;
    if (length < answer_size) return status_info_length_mismatch;
    std::memcpy(buffer, answer.data(), answer_size);
    if (answer_names_within) {
        auto* const start = static_cast<std::byte*>(buffer);
        each_entry(start, [&](std::byte* entry) {
            auto& name = value_at<Name>(entry, name_at);
            name.text = start + reinterpret_cast<std::uintptr_t>(name.text);
        });
    }
    return status_success;
}

Status plain_table(void* buffer, ULONG length, ULONG* needed) {
    return answer_size == 0 ? real_table(buffer, length, needed)
                            : answered_table(buffer, length, needed);
}

struct Release {
    void operator()(void* memory) const noexcept { VirtualFree(memory, 0, MEM_RELEASE); }
};

// The real table with the threads of the full one, and behind them the extension, the account's
// SID and the program's path.
Status full_table(void* buffer, ULONG length, ULONG* needed) {
    if (!token_elevated()) return status_access_denied;
    if (answer_size != 0) return answered_table(buffer, length, needed);
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
        const auto extension_start = fixed_size + threads * full_thread_size;
        const auto path_start = extension_start + extension.size + user_sid_size;
        const auto folder_size =
            name.length != 0 ? static_cast<ULONG>(folder.size() * sizeof(wchar_t)) : 0;
        const auto whole = (path_start + folder_size + name.length + 7U) & ~7U;
        if (size + whole <= length) {
            auto* const to = static_cast<std::byte*>(buffer) + size;
            std::memset(to, 0, whole);
            std::memcpy(to, from, fixed_size);
            for (ULONG i = 0; i < threads; ++i) {
                std::memcpy(to + fixed_size + i * full_thread_size,
                            from + fixed_size + i * thread_size, thread_size);
            }
            value_at<ULONG>(to, extension_start + user_sid_at) = extension.size;
            value_at<SIZE_T>(to, extension_start + extension.shared_commit_at) =
                value_at<SIZE_T>(from, commit_at) / 4;
            std::memset(to + extension_start + extension.size, 0xFF, user_sid_size);
            auto* const path = to + path_start;
            std::memcpy(path, folder.data(), folder_size);
            if (name.length != 0) std::memcpy(path + folder_size, name.text, name.length);
            const auto path_size = static_cast<USHORT>(folder_size + name.length);
            value_at<Name>(to, name_at) = {path_size, path_size, name.length != 0 ? path : nullptr};
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

// From now on, these bytes are the process table, the plain one and the full.
__declspec(dllexport) void processes_answer(const void* bytes, ULONG size, int names_within) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::answer_names_within = names_within != 0;
    ntlab::answer_size = std::min<ULONG>(size, ntlab::answer.size());
    std::memcpy(ntlab::answer.data(), bytes, ntlab::answer_size);
}

// From now on, the full table is that of Windows 10 1607.
__declspec(dllexport) void processes_be_1607() {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::extension = ntlab::extension_of_1607;
}

}  // extern "C"
