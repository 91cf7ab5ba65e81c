// model_processes_pages: pages of other processes that are locked or reset. Wine locks without a
// quota, and refuses to undo a reset.
// Sources: NtLockVirtualMemory and NtUnlockVirtualMemory of the Windows Research Kernel;
// Microsoft's reference page of VirtualAllocEx. Assumed: the overhead of locking; what a page that
// was never reset is refused with.
#include <windows.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model_processes.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::size_t page_size = 4096;
constexpr std::size_t overhead = 8 * page_size;  // of the minimum working set, not to be locked
constexpr DWORD mem_reset_undo = 0x1000000;
constexpr Status status_was_locked = status(0x40000019);
constexpr Status status_not_locked = status(0xC000002A);
constexpr Status status_working_set_quota = status(0xC00000A1);

struct Page {
    DWORD pid;
    std::uintptr_t address;
    bool locked;
    bool reset;
    bool taken;  // by the system, while it was reset
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Page, 4096> room{};
constinit std::size_t count = 0;

void reset() noexcept {
    const Locked locked(lock);
    count = 0;
}

std::span<Page> marked() noexcept {
    return {room.data(), count};
}

Page* find(DWORD pid, std::uintptr_t address) noexcept {
    const auto found = std::ranges::find_if(
        marked(), [=](const Page& page) { return page.pid == pid && page.address == address; });
    return found == marked().end() ? nullptr : &*found;
}

// The last one takes what there is no room for: more than any test marks.
Page& mark(DWORD pid, std::uintptr_t address) noexcept {
    if (auto* const page = find(pid, address)) return *page;
    if (count < room.size()) ++count;
    return room[count - 1] = {pid, address, false, false, false};
}

struct Range {
    std::uintptr_t first;
    std::uintptr_t end;
};

Range pages_of(const void* address, SIZE_T size) noexcept {
    const auto start = reinterpret_cast<std::uintptr_t>(address);
    return {start / page_size * page_size, (start + size + page_size - 1) / page_size * page_size};
}

template <typename Test>
bool every_page(Range pages, Test test) noexcept {
    for (auto at = pages.first; at < pages.end; at += page_size) {
        if (!test(at)) return false;
    }
    return true;
}

MEMORY_BASIC_INFORMATION state_of(DWORD pid, std::uintptr_t address) noexcept {
    MEMORY_BASIC_INFORMATION pages{};
    const auto process = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, pid);
    VirtualQueryEx(process, reinterpret_cast<void*>(address), &pages, sizeof pages);
    CloseHandle(process);
    return pages;
}

bool accessible(const MEMORY_BASIC_INFORMATION& page) noexcept {
    return page.State == MEM_COMMIT && (page.Protect & (PAGE_NOACCESS | PAGE_GUARD)) == 0;
}

// ---- Locking ----------------------------------------------------------------------------------

SIZE_T minimum_working_set(DWORD pid) noexcept {
    SIZE_T minimum = 0;
    SIZE_T maximum = 0;
    const auto process = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, pid);
    GetProcessWorkingSetSize(process, &minimum, &maximum);
    CloseHandle(process);
    return minimum;
}

// What both refuse before they look at a page.
Status wrong(HANDLE process, void** base, const SIZE_T* size, ULONG type) noexcept {
    constexpr ULONG types = 3;  // in the working set, in RAM
    constexpr std::uintptr_t highest = 0x7FFF'FFFE'FFFF;
    if ((type & ~types) != 0 || type == 0) return status_invalid_parameter;
    if (!base || !size) return status_access_violation;
    const auto start = reinterpret_cast<std::uintptr_t>(*base);
    if (start > highest || *size > highest - start || *size == 0) return status_invalid_parameter;
    const auto opened = opened_process(process);
    if (opened.pid == 0) return status_invalid_handle;
    if ((opened.access & PROCESS_VM_OPERATION) == 0) return status_access_denied;
    return status_success;
}

Status NTAPI lock_pages(HANDLE process, void** base, SIZE_T* size, ULONG type) {
    if (const auto refusal = wrong(process, base, size, type); refusal < 0) return refusal;
    const auto pid = opened_process(process).pid;
    const auto pages = pages_of(*base, *size);
    const auto minimum = minimum_working_set(pid);
    const Locked locked(lock);
    if (!every_page(pages, [=](std::uintptr_t at) { return accessible(state_of(pid, at)); })) {
        return status_access_violation;
    }
    auto bytes = overhead + page_size * static_cast<std::size_t>(
                                            std::ranges::count_if(marked(), [=](const Page& page) {
                                                return page.pid == pid && page.locked;
                                            }));
    auto already = true;
    every_page(pages, [&](std::uintptr_t at) {
        const auto* const page = find(pid, at);
        if (!page || !page->locked) {
            bytes += page_size;
            already = false;
        }
        return true;
    });
    if (bytes > minimum) return status_working_set_quota;
    every_page(pages, [=](std::uintptr_t at) { return mark(pid, at).locked = true; });
    *base = reinterpret_cast<void*>(pages.first);
    *size = pages.end - pages.first;
    return already ? status_was_locked : status_success;
}

Status NTAPI unlock_pages(HANDLE process, void** base, SIZE_T* size, ULONG type) {
    if (const auto refusal = wrong(process, base, size, type); refusal < 0) return refusal;
    const auto pid = opened_process(process).pid;
    const auto pages = pages_of(*base, *size);
    const Locked locked(lock);
    const auto is_locked = [=](std::uintptr_t at) {
        const auto* const page = find(pid, at);
        return page && page->locked;
    };
    if (!every_page(pages, is_locked)) return status_not_locked;
    every_page(pages, [=](std::uintptr_t at) {
        find(pid, at)->locked = false;
        return true;
    });
    return status_success;
}

// ---- Resetting --------------------------------------------------------------------------------

DWORD undo_reset(DWORD pid, Range pages) noexcept {
    if (!every_page(pages, [=](std::uintptr_t at) {
            const auto* const page = find(pid, at);
            return page && page->reset;
        })) {
        return ERROR_INVALID_PARAMETER;
    }
    auto kept = true;
    every_page(pages, [&](std::uintptr_t at) {
        auto& page = *find(pid, at);
        kept = kept && !page.taken;
        page.reset = page.taken = false;
        return true;
    });
    return kept ? ERROR_SUCCESS : ERROR_BUSY;  // what STATUS_PTE_CHANGED becomes
}

DWORD reset_range(DWORD pid, Range pages) noexcept {
    const auto* const allocation = state_of(pid, pages.first).AllocationBase;
    const auto inside = [=](std::uintptr_t at) {
        return allocation && state_of(pid, at).AllocationBase == allocation;
    };
    if (!every_page(pages, inside)) return ERROR_INVALID_ADDRESS;
    every_page(pages, [=](std::uintptr_t at) {
        if (state_of(pid, at).State == MEM_COMMIT) mark(pid, at).reset = true;
        return true;
    });
    return ERROR_SUCCESS;
}

void* WINAPI allocate(HANDLE process, void* address, SIZE_T size, DWORD type, DWORD protection) {
    if ((type & (MEM_RESET | mem_reset_undo)) == 0) {
        return beyond("VirtualAllocEx", &allocate)(process, address, size, type, protection);
    }
    const auto opened = opened_process(process);
    auto code = static_cast<DWORD>(ERROR_INVALID_PARAMETER);  // neither goes with another flag
    const auto whole = reinterpret_cast<std::uintptr_t>(address) % page_size == 0 &&
                       size % page_size == 0 && size != 0;
    if (opened.pid == 0) {
        code = ERROR_INVALID_HANDLE;
    } else if ((opened.access & PROCESS_VM_OPERATION) == 0) {
        code = ERROR_ACCESS_DENIED;
    } else if (whole && protection != 0) {
        const Locked locked(lock);
        if (type == MEM_RESET) code = reset_range(opened.pid, pages_of(address, size));
        if (type == mem_reset_undo) code = undo_reset(opened.pid, pages_of(address, size));
    }
    if (code == ERROR_SUCCESS) return address;
    SetLastError(code);
    return nullptr;
}

// What was freed is neither locked nor reset any more.
BOOL WINAPI free_pages(HANDLE process, void* address, SIZE_T size, DWORD type) {
    const auto pid = opened_process(process).pid;
    const auto answer = beyond("VirtualFreeEx", &free_pages)(process, address, size, type);
    const Locked locked(lock);
    for (auto at = count; answer && at-- > 0;) {
        const auto& page = room[at];
        if (page.pid == pid && state_of(pid, page.address).State != MEM_COMMIT) {
            room[at] = room[--count];
        }
    }
    return answer;
}

const Service services[] = {
    {"ntdll.dll", "NtLockVirtualMemory", &lock_pages},
    {"ntdll.dll", "NtUnlockVirtualMemory", &unlock_pages},
    {"kernel32.dll", "VirtualAllocEx", &allocate},
    {"kernel32.dll", "VirtualFreeEx", &free_pages},
};
const Model model{"processes_pages", &reset, services, {}, "processes"};

}  // namespace
}  // namespace ntlab

extern "C" {

// The system runs short of memory, and takes what it was told to forget.
__declspec(dllexport) void processes_pages_take() {
    const ntlab::Locked locked(ntlab::lock);
    for (auto& page : ntlab::marked()) page.taken = page.reset;
}

__declspec(dllexport) std::size_t processes_pages_locked() {
    const ntlab::Locked locked(ntlab::lock);
    return static_cast<std::size_t>(std::ranges::count_if(ntlab::marked(), &ntlab::Page::locked)) *
           ntlab::page_size;
}

}  // extern "C"
