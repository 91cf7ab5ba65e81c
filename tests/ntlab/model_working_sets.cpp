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
// Pages that were taken out of a working set, or given a priority.
struct Range {
    DWORD pid;
    std::uint64_t start, end;
    bool removed;
    ULONG priority;  // where it was not removed
};

constinit std::array<Page, 64> pages{};
constinit std::array<Range, 64> ranges{};  // what came later holds
constinit std::size_t range_count = 0;

void reset() noexcept {
    const Locked locked(lock);
    limits = {};
    pages = {};
    range_count = 0;
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

// A process' memory as this host tells of it. Pages are asked for one after the other, so what was
// told of the page before is kept.
class Memory {
public:
    explicit Memory(HANDLE process) noexcept : process_(process) {}

    const MEMORY_BASIC_INFORMATION* region_of(std::uint64_t address) noexcept {
        if (address - start_of(region_) < region_.RegionSize) return &region_;
        if (VirtualQueryEx(process_, reinterpret_cast<void*>(address), &region_, sizeof(region_)) !=
            0) {
            return &region_;
        }
        region_ = {};
        return nullptr;
    }

    // Whether a page was ever touched, where this host does not say. What holds anything but zeros
    // was.
    bool holds_something(HANDLE readable, std::uint64_t address) noexcept {
        const auto* const region = region_of(address);
        if (region == nullptr || region->State != MEM_COMMIT) return false;
        const auto at = address / page * page;
        if (at - read_at_ >= read_) {
            read_at_ = at;
            const auto size = std::min<std::uint64_t>(content_.size(),
                                                      start_of(*region) + region->RegionSize - at);
            SIZE_T done = 0;
            if (!ReadProcessMemory(readable, reinterpret_cast<void*>(at), content_.data(),
                                   static_cast<SIZE_T>(size), &done)) {
                done = 0;
            }
            read_ = done;
        }
        if (at - read_at_ >= read_) return false;
        return std::ranges::any_of(std::span(content_).subspan(at - read_at_, page),
                                   [](std::byte each) { return each != std::byte{}; });
    }

private:
    static std::uint64_t start_of(const MEMORY_BASIC_INFORMATION& region) noexcept {
        return reinterpret_cast<std::uint64_t>(region.BaseAddress);
    }

    HANDLE process_;
    MEMORY_BASIC_INFORMATION region_{};
    std::array<std::byte, 16 * page> content_{};
    std::uint64_t read_at_ = 0;
    std::uint64_t read_ = 0;
};

// What Windows says of a page: of one that nobody has touched yet nothing, nor of one that nobody
// can touch; of one that was emptied out of the working set where it went.
std::uint64_t bits_of(const MEMORY_BASIC_INFORMATION* region, bool touched, bool emptied) noexcept {
    constexpr std::uint64_t valid = 1;
    constexpr std::uint64_t one_sharer = 1 << 1;
    constexpr std::uint64_t shared = 1 << 15;
    constexpr std::uint64_t in_memory = 1 << 22;
    if (!touched || region == nullptr || region->State != MEM_COMMIT ||
        (region->Protect & (PAGE_NOACCESS | PAGE_GUARD)) != 0) {
        return 0;
    }
    const auto own = region->Type == MEM_PRIVATE ? 0 : shared | one_sharer;
    if (emptied) return in_memory | (own & shared);
    return valid | own | static_cast<std::uint64_t>(region->Protect & 0x7FF) << 4;
}

constexpr std::uint64_t locked_bit = 1 << 22;

const Page* told_by_a_test(const void* address) noexcept {
    const auto start = reinterpret_cast<std::uint64_t>(address) / page * page;
    const auto found =
        std::ranges::find_if(pages, [&](const Page& each) { return each.address == start; });
    return start != 0 && found != pages.end() ? &*found : nullptr;
}

// The same, with what was done to the page by ranges.
std::uint64_t bits_in_ranges(const MEMORY_BASIC_INFORMATION* region, DWORD pid, std::uint64_t at,
                             bool touched, bool emptied) noexcept {
    std::uint64_t priority = 0;
    auto removed = emptied;
    for (const auto& range : std::span(ranges).first(range_count)) {
        if (range.pid != pid || at < range.start || at >= range.end) continue;
        if (range.removed) removed = true;
        if (!range.removed) priority = range.priority;
    }
    const auto bits = bits_of(region, touched, removed);
    return bits == 0 ? 0 : bits | priority << 24;
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
    Memory memory(process);
    for (auto& asked : std::span(static_cast<PageQuery*>(buffer), size / sizeof(PageQuery))) {
        const auto at = reinterpret_cast<std::uint64_t>(asked.VirtualAddress);
        const auto touched = answered ? asked.VirtualAttributes.Valid != 0
                                      : memory.holds_something(readable.get(), at);
        const auto* const told = told_by_a_test(asked.VirtualAddress);
        asked.VirtualAttributes.Flags =
            told ? told->bits : bits_in_ranges(memory.region_of(at), pid, at, touched, emptied);
    }
    return TRUE;
}

// ---- Ranges -------------------------------------------------------------------------------------

bool add(const Range& range) noexcept {
    if (range_count == ranges.size()) return false;
    ranges[range_count++] = range;
    return true;
}

bool is_committed(HANDLE process, std::uint64_t start, std::uint64_t end) noexcept {
    MEMORY_BASIC_INFORMATION region;
    for (auto at = start; at < end;
         at = reinterpret_cast<std::uint64_t>(region.BaseAddress) + region.RegionSize) {
        if (VirtualQueryEx(process, reinterpret_cast<void*>(at), &region, sizeof(region)) == 0 ||
            region.State != MEM_COMMIT) {
            return false;
        }
    }
    return start < end;
}

// "If any of the pages in the specified range are not locked, VirtualUnlock removes such pages from
// the working set, sets last error to ERROR_NOT_LOCKED, and returns FALSE." (memoryapi.h)
BOOL unlock_in(HANDLE process, DWORD pid, void* address, SIZE_T size) {
    const auto start = reinterpret_cast<std::uint64_t>(address) / page * page;
    const auto end = (reinterpret_cast<std::uint64_t>(address) + size + page - 1) / page * page;
    if (!is_committed(process, start, end)) return refuse(ERROR_INVALID_ADDRESS);
    const Locked locked(lock);
    auto all = true;
    for (auto at = start; at < end; at += page) {
        const auto* const told = told_by_a_test(reinterpret_cast<void*>(at));
        if (told && (told->bits & locked_bit) != 0) continue;
        all = false;
    }
    if (all) return TRUE;
    if (!add({pid, start, end, true, 0})) return refuse(ERROR_NOT_ENOUGH_MEMORY);
    return refuse(ERROR_NOT_LOCKED);
}

BOOL WINAPI unlock(void* address, SIZE_T size) {
    // Which pages are locked, another model may know.
    const auto next = beyond("VirtualUnlock", &unlock);
    if (next != &VirtualUnlock && next(address, size)) return TRUE;
    return unlock_in(GetCurrentProcess(), GetCurrentProcessId(), address, size);
}

BOOL WINAPI unlock_ex(HANDLE process, void* address, SIZE_T size) {
    const auto [handle, pid, access] = opened_process(process);
    if (pid == 0) return refuse(ERROR_INVALID_HANDLE);
    if ((access & PROCESS_VM_OPERATION) == 0) return refuse(ERROR_ACCESS_DENIED);
    const std::unique_ptr<void, decltype(&CloseHandle)> asked(
        OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, pid), &CloseHandle);
    return unlock_in(asked.get(), pid, address, size);
}

struct MemoryRange {
    void* address;
    SIZE_T size;
};

// Class 1, the priority of pages, as the kernel checks it: the class, the priority's address, its
// length, the number of ranges, the handle, the ranges, the priority itself. What the handle must
// be good for is assumed.
Status NTAPI set_virtual_memory(HANDLE process, int number, ULONG_PTR count, MemoryRange* given,
                                void* information, ULONG length) {
    constexpr auto invalid_class = status(0xC00000F0);  // STATUS_INVALID_PARAMETER_2 and so on
    if (number != 1) {
        const auto next = beyond("NtSetInformationVirtualMemory", &set_virtual_memory);
        return next ? next(process, number, count, given, information, length) : invalid_class;
    }
    constexpr ULONG_PTR most = 0xFFFFFFFFFFFFFFE;
    if (!information) return status(0xC00000F3);
    if (length != sizeof(ULONG)) return status(0xC00000F4);
    if (count == 0 || count > most) return status(0xC00000F1);
    const auto [handle, pid, access] = opened_process(process);
    if (pid == 0) return status_invalid_handle;
    if ((access & PROCESS_VM_OPERATION) == 0) return status_access_denied;
    const auto asked = std::span(given, count);
    if (std::ranges::any_of(asked, [](const MemoryRange& each) { return each.size == 0; })) {
        return status(0xC00000F2);
    }
    const auto priority = *static_cast<ULONG*>(information);
    if (priority > 5) return status(0xC00000F3);
    const Locked locked(lock);
    for (const auto& each : asked) {
        const auto start = reinterpret_cast<std::uint64_t>(each.address);
        if (!add({pid, start / page * page, start + each.size, false, priority})) {
            return status_insufficient_resources;
        }
    }
    return status_success;
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
    values[5] = 2 * values[6];  // the most that each pool ever was
    values[7] = 3 * values[8];
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
    {"kernel32.dll", "VirtualUnlock", &unlock},
    {"kernelbase.dll", "VirtualUnlockEx", &unlock_ex},
    {"ntdll.dll", "NtSetInformationVirtualMemory", &set_virtual_memory},
    {"ntdll.dll", "NtQueryInformationProcess", &query_process},
};
const Model model{"working_sets", &reset, services, {}, "working_sets_priority"};

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
