// model_working_sets: limits that hold, working sets that can be emptied, pages of every kind. Wine
// accepts whatever it is told and changes nothing.
#include "model_working_sets.hpp"

#include <windows.h>
// After windows.h, which it needs.
#include <psapi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "model_privileges.hpp"
#include "model_processes.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr SIZE_T page = 4096;
constexpr auto everything = static_cast<SIZE_T>(-1);

constexpr DWORD hard_minimum = QUOTA_LIMITS_HARDWS_MIN_ENABLE;
constexpr DWORD soft_minimum = QUOTA_LIMITS_HARDWS_MIN_DISABLE;
constexpr DWORD hard_maximum = QUOTA_LIMITS_HARDWS_MAX_ENABLE;
constexpr DWORD soft_maximum = QUOTA_LIMITS_HARDWS_MAX_DISABLE;

struct Limits {
    DWORD pid = 0;
    SIZE_T minimum = 50 * page;  // Windows' defaults
    SIZE_T maximum = 345 * page;
    DWORD flags = soft_minimum | soft_maximum;
};

struct Page {
    std::uint64_t address;
    std::uint64_t bits;  // PSAPI_WORKING_SET_EX_BLOCK
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Limits, 64> limits{};
constinit std::array<Page, 64> pages{};

void reset() noexcept {
    const Locked locked(lock);
    limits = {};
    pages = {};
}

Limits& limits_of(DWORD pid) noexcept {
    for (auto& each : limits) {
        if (each.pid != 0 && each.pid != pid) continue;
        each.pid = pid;
        return each;
    }
    return limits.back();
}

BOOL WINAPI get_limits(HANDLE process, SIZE_T* minimum, SIZE_T* maximum, DWORD* flags) {
    constexpr DWORD either = PROCESS_QUERY_INFORMATION | PROCESS_QUERY_LIMITED_INFORMATION;
    const auto [handle, pid, access] = opened_process(process);
    if (pid == 0) return refuse(ERROR_INVALID_HANDLE);
    if ((access & either) == 0) return refuse(ERROR_ACCESS_DENIED);
    const Locked locked(lock);
    const auto& found = limits_of(pid);
    *minimum = found.minimum;
    *maximum = found.maximum;
    *flags = found.flags;
    return TRUE;
}

// 0, or the code that these arguments are refused with. The kernel wants the privilege enabled. The
// kernel32 of Windows XP enabled one by itself for as long as the call took; whether today's does,
// nobody here has seen.
DWORD wrong(SIZE_T minimum, SIZE_T maximum, DWORD flags, const Limits& now) noexcept {
    constexpr DWORD minima = hard_minimum | soft_minimum;
    constexpr DWORD maxima = hard_maximum | soft_maximum;
    if ((flags & ~(minima | maxima)) != 0 || (flags & minima) == minima ||
        (flags & maxima) == maxima) {
        return ERROR_INVALID_PARAMETER;
    }
    if (minimum == everything && maximum == everything) return ERROR_SUCCESS;
    if (minimum == 0 || maximum < 13 * page || minimum > maximum) return ERROR_INVALID_PARAMETER;
    const auto raises = maximum > now.maximum;
    return raises && !privilege_enabled(increase_working_set) ? ERROR_PRIVILEGE_NOT_HELD
                                                              : ERROR_SUCCESS;
}

BOOL WINAPI set_limits_ex(HANDLE process, SIZE_T minimum, SIZE_T maximum, DWORD flags) {
    const auto [handle, pid, access] = opened_process(process);
    if (pid == 0) return refuse(ERROR_INVALID_HANDLE);
    if ((access & PROCESS_SET_QUOTA) == 0) return refuse(ERROR_ACCESS_DENIED);
    const Locked locked(lock);
    auto& now = limits_of(pid);
    if (const auto code = wrong(minimum, maximum, flags, now); code != ERROR_SUCCESS) {
        return refuse(code);
    }
    if (minimum == everything) {
        empty_process(pid);
        return TRUE;
    }
    now.minimum = std::max(minimum, 20 * page);
    now.maximum = std::max(maximum, now.minimum);
    const auto change = [&](DWORD hard, DWORD soft) {
        if ((flags & (hard | soft)) != 0) {
            now.flags = (now.flags & ~(hard | soft)) | (flags & (hard | soft));
        }
    };
    change(hard_minimum, soft_minimum);
    change(hard_maximum, soft_maximum);
    return TRUE;
}

BOOL WINAPI set_limits(HANDLE process, SIZE_T minimum, SIZE_T maximum) {
    return set_limits_ex(process, minimum, maximum, 0);
}

BOOL WINAPI empty(HANDLE process) {
    constexpr DWORD either = PROCESS_QUERY_INFORMATION | PROCESS_QUERY_LIMITED_INFORMATION;
    const auto [handle, pid, access] = opened_process(process);
    if (pid == 0) return refuse(ERROR_INVALID_HANDLE);
    if ((access & PROCESS_SET_QUOTA) == 0 || (access & either) == 0) {
        return refuse(ERROR_ACCESS_DENIED);
    }
    empty_process(pid);
    return TRUE;
}

using PageQuery = PSAPI_WORKING_SET_EX_INFORMATION;

// Whether a page was ever touched, where this host does not say. What holds anything but zeros was.
bool holds_something(HANDLE readable, const void* address) noexcept {
    std::array<std::uint64_t, page / sizeof(std::uint64_t)> content{};
    const auto* const start =
        static_cast<const std::byte*>(address) - reinterpret_cast<std::uintptr_t>(address) % page;
    SIZE_T done = 0;
    return ReadProcessMemory(readable, start, content.data(), page, &done) &&
           std::ranges::any_of(content, [](std::uint64_t each) { return each != 0; });
}

// What Windows says of a page: of one that nobody has touched yet nothing, nor of one that nobody
// can touch; of one that was emptied out of the working set where it went.
std::uint64_t bits_of(HANDLE process, const void* address, bool touched, bool emptied) noexcept {
    constexpr std::uint64_t valid = 1;
    constexpr std::uint64_t one_sharer = 1 << 1;
    constexpr std::uint64_t shared = 1 << 15;
    constexpr std::uint64_t in_memory = 1 << 22;
    MEMORY_BASIC_INFORMATION region;
    if (!touched || VirtualQueryEx(process, address, &region, sizeof(region)) == 0 ||
        region.State != MEM_COMMIT || (region.Protect & (PAGE_NOACCESS | PAGE_GUARD)) != 0) {
        return 0;
    }
    const auto own = region.Type == MEM_PRIVATE ? 0 : shared | one_sharer;
    if (emptied) return in_memory | (own & shared);
    return valid | own | static_cast<std::uint64_t>(region.Protect & 0x7FF) << 4;
}

const Page* told_by_a_test(const void* address) noexcept {
    const auto start = reinterpret_cast<std::uint64_t>(address) / page * page;
    const auto found =
        std::ranges::find_if(pages, [&](const Page& each) { return each.address == start; });
    return start != 0 && found != pages.end() ? &*found : nullptr;
}

BOOL WINAPI query_pages(HANDLE process, void* buffer, DWORD size) {
    const auto [handle, pid, access] = opened_process(process);
    if (pid == 0) return refuse(ERROR_INVALID_HANDLE);
    if ((access & PROCESS_QUERY_INFORMATION) == 0) return refuse(ERROR_ACCESS_DENIED);
    if (size == 0 || size % sizeof(PageQuery) != 0) return refuse(ERROR_BAD_LENGTH);
    if (!buffer) return refuse(ERROR_NOACCESS);
    // Wine answers of the caller alone.
    const auto answered = K32QueryWorkingSetEx(process, buffer, size) != 0;
    const std::unique_ptr<void, decltype(&CloseHandle)> readable(
        answered ? nullptr : OpenProcess(PROCESS_VM_READ, FALSE, pid), &CloseHandle);
    const auto emptied = emptied_process(pid) != nullptr;
    const Locked locked(lock);
    for (auto& asked : std::span(static_cast<PageQuery*>(buffer), size / sizeof(PageQuery))) {
        const auto touched = answered ? asked.VirtualAttributes.Valid != 0
                                      : holds_something(readable.get(), asked.VirtualAddress);
        const auto* const told = told_by_a_test(asked.VirtualAddress);
        asked.VirtualAttributes.Flags =
            told ? told->bits : bits_of(process, asked.VirtualAddress, touched, emptied);
    }
    return TRUE;
}

// ProcessVmCounters with the two counters that Windows 10 added. Source: phnt, ntpsapi.h.
Status NTAPI query_process(HANDLE process, ULONG number, void* buffer, ULONG length,
                           ULONG* returned) {
    constexpr ULONG known = 96;
    constexpr ULONG newest = 112;
    static const auto system = real(&query_process, L"ntdll.dll", "NtQueryInformationProcess");
    const auto counters = number == 3 && length >= known;
    const auto answer =
        system(process, number, buffer, counters && length == newest ? known : length, returned);
    if (!counters || answer != status_success) return answer;
    auto* const values = static_cast<SIZE_T*>(buffer);
    if (const auto* const emptied = emptied_process(opened_process(process).pid)) {
        values[4] = emptied->working_set;
        *reinterpret_cast<ULONG*>(values + 2) += emptied->faults;
    }
    if (length == newest) {
        values[12] = values[4] / 2;
        values[13] = values[9] / 4;
        if (returned) *returned = newest;
    }
    return answer;
}

const Service services[] = {
    {"kernel32.dll", "GetProcessWorkingSetSizeEx", &get_limits},
    {"kernel32.dll", "SetProcessWorkingSetSizeEx", &set_limits_ex},
    {"kernel32.dll", "SetProcessWorkingSetSize", &set_limits},
    {"kernel32.dll", "K32EmptyWorkingSet", &empty},
    {"kernel32.dll", "K32QueryWorkingSetEx", &query_pages},
    {"ntdll.dll", "NtQueryInformationProcess", &query_process},
};
const Model model{"working_sets", &reset, services, {}, "processes"};

}  // namespace

SIZE_T minimum_working_set() noexcept {
    SIZE_T minimum = 0;
    SIZE_T maximum = 0;
    DWORD flags = 0;
    const auto ask = model.active() ? &get_limits : &GetProcessWorkingSetSizeEx;
    ask(GetCurrentProcess(), &minimum, &maximum, &flags);
    return minimum;
}

}  // namespace ntlab

extern "C" {

// From now on, the page at an address has these bits.
__declspec(dllexport) void working_sets_page(std::uint64_t address, std::uint64_t bits) {
    const ntlab::Locked locked(ntlab::lock);
    for (auto& each : ntlab::pages) {
        if (each.address != 0 && each.address != address) continue;
        each = {address, bits};
        return;
    }
}

}  // extern "C"
