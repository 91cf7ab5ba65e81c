// model_regions_pages: pages that are locked, offered to the system, or reset. Wine locks without
// a quota, lacks offering, and forgets at once what is reset.
// Sources: Microsoft's reference pages. Assumed: the overhead of locking; what a page that was
// never offered or reset is refused with; that the kernel answers STATUS_PTE_CHANGED, which becomes
// ERROR_BUSY, for contents that MEM_RESET lost.
#include <windows.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "model_working_sets.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::size_t page_size = 4096;
constexpr std::size_t overhead = 8 * page_size;  // of the minimum working set, not to be locked
constexpr DWORD mem_reset_undo = 0x1000000;

struct Page {
    std::byte* address;
    bool locked;
    bool offered;
    bool reset;
    bool taken;        // by the system, while it was offered or reset
    DWORD protection;  // to return to when it is reclaimed
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

Page* find(const std::byte* address) noexcept {
    const auto found = std::ranges::find(marked(), address, [](const Page& page) {
        return const_cast<const std::byte*>(page.address);
    });
    return found == marked().end() ? nullptr : &*found;
}

// The last one takes what there is no room for: more than any test marks.
Page& mark(std::byte* address) noexcept {
    if (auto* const page = find(address)) return *page;
    if (count < room.size()) ++count;
    return room[count - 1] = {address, false, false, false, false, 0};
}

// ---- Ranges -----------------------------------------------------------------------------------

struct Pages {
    std::byte* first;
    std::byte* end;
};

Pages pages_of(const void* address, SIZE_T size) noexcept {
    const auto start = reinterpret_cast<std::uintptr_t>(address);
    const auto first = start / page_size * page_size;
    const auto end = (start + size + page_size - 1) / page_size * page_size;
    return {reinterpret_cast<std::byte*>(first), reinterpret_cast<std::byte*>(end)};
}

bool whole(const void* address, SIZE_T size) noexcept {
    return reinterpret_cast<std::uintptr_t>(address) % page_size == 0 && size % page_size == 0 &&
           size != 0;
}

template <typename Test>
bool every_page(Pages pages, Test test) noexcept {
    for (auto* at = pages.first; at < pages.end; at += page_size) {
        if (!test(at)) return false;
    }
    return true;
}

MEMORY_BASIC_INFORMATION state_of(const std::byte* address) noexcept {
    MEMORY_BASIC_INFORMATION pages{};
    VirtualQuery(address, &pages, sizeof pages);
    return pages;
}

bool committed(const std::byte* address) noexcept {
    return state_of(address).State == MEM_COMMIT;
}

bool accessible(const std::byte* address) noexcept {
    const auto pages = state_of(address);
    return pages.State == MEM_COMMIT && (pages.Protect & (PAGE_NOACCESS | PAGE_GUARD)) == 0;
}

bool writable(const std::byte* address) noexcept {
    return accessible(address) &&
           (state_of(address).Protect & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE)) != 0;
}

// What was freed is neither locked nor offered any more.
void forget_freed() noexcept {
    for (auto at = count; at-- > 0;) {
        if (!committed(room[at].address)) room[at] = room[--count];
    }
}

// ---- Locking ----------------------------------------------------------------------------------

// Brings pages into memory as a touch does, one after the other: a guard page loses its guard by
// that, so that the next call gets further. Source: Wine's test of guard pages, run on Windows.
DWORD touch(Pages pages) noexcept {
    DWORD code = ERROR_SUCCESS;
    every_page(pages, [&code](std::byte* at) {
        const auto state = state_of(at);
        if (state.State != MEM_COMMIT || (state.Protect & PAGE_NOACCESS) != 0) {
            code = ERROR_NOACCESS;
        } else if ((state.Protect & PAGE_GUARD) != 0) {
            code = static_cast<DWORD>(STATUS_GUARD_PAGE_VIOLATION);  // the status itself
            DWORD old = 0;
            VirtualProtect(at, page_size, state.Protect & ~PAGE_GUARD, &old);
        }
        return code == ERROR_SUCCESS;
    });
    return code;
}

BOOL WINAPI lock_pages(void* address, SIZE_T size) {
    if (size == 0) return refuse(ERROR_INVALID_PARAMETER);
    const auto pages = pages_of(address, size);
    if (const auto code = touch(pages); code != ERROR_SUCCESS) return refuse(code);
    const auto minimum = minimum_working_set();
    const Locked locked(lock);
    auto bytes =
        static_cast<SIZE_T>(std::ranges::count_if(marked(), &Page::locked)) * page_size + overhead;
    every_page(pages, [&bytes](const std::byte* at) {
        const auto* const page = find(at);
        if (!page || !page->locked) bytes += page_size;
        return true;
    });
    if (bytes > minimum) return refuse(ERROR_WORKING_SET_QUOTA);
    every_page(pages, [](std::byte* at) { return mark(at).locked = true; });
    return TRUE;
}

// STATUS_WAS_UNLOCKED: "the page protection of a locked page was changed to 'No Access' and the
// page was unlocked". The call itself succeeds. Guarded pages are taken out of the working set as
// well.
BOOL WINAPI protect_pages(void* address, SIZE_T size, DWORD protection, DWORD* old) {
    const auto answer = beyond("VirtualProtect", &protect_pages)(address, size, protection, old);
    if (answer && (protection & (PAGE_NOACCESS | PAGE_GUARD)) != 0) {
        const Locked locked(lock);
        every_page(pages_of(address, size), [](const std::byte* at) {
            if (auto* const page = find(at)) page->locked = false;
            return true;
        });
    }
    return answer;
}

BOOL WINAPI unlock_pages(void* address, SIZE_T size) {
    const auto pages = pages_of(address, size);
    const Locked locked(lock);
    if (!every_page(pages, [](const std::byte* at) {
            const auto* const page = find(at);
            return page && page->locked;
        })) {
        return refuse(ERROR_NOT_LOCKED);
    }
    every_page(pages, [](const std::byte* at) {
        find(at)->locked = false;
        return true;
    });
    return TRUE;
}

// ---- Offering ---------------------------------------------------------------------------------

DWORD WINAPI offer(void* address, SIZE_T size, int priority) {
    if (!whole(address, size) || priority < 1 || priority > 4) return ERROR_INVALID_PARAMETER;
    const auto pages = pages_of(address, size);
    if (!every_page(pages, committed)) return ERROR_INVALID_ADDRESS;
    if (!every_page(pages, writable)) return ERROR_INVALID_PARAMETER;
    const Locked locked(lock);
    every_page(pages, [](std::byte* at) {
        auto& page = mark(at);
        page.offered = true;
        page.taken = false;
        return VirtualProtect(at, page_size, PAGE_NOACCESS, &page.protection) != 0;
    });
    return ERROR_SUCCESS;
}

DWORD WINAPI reclaim(void* address, SIZE_T size) {
    if (!whole(address, size)) return ERROR_INVALID_PARAMETER;
    const auto pages = pages_of(address, size);
    const Locked locked(lock);
    if (!every_page(pages, [](const std::byte* at) {
            const auto* const page = find(at);
            return page && page->offered;
        })) {
        return ERROR_INVALID_PARAMETER;
    }
    auto kept = true;
    every_page(pages, [&kept](std::byte* at) {
        auto& page = *find(at);
        DWORD none = 0;
        VirtualProtect(at, page_size, page.protection, &none);
        if (page.taken) std::memset(at, 0, page_size);
        kept = kept && !page.taken;
        page.offered = page.taken = false;
        return true;
    });
    return kept ? ERROR_SUCCESS : ERROR_BUSY;
}

// What a discarded page holds is undefined: not zeros, so that nobody relies on them.
DWORD WINAPI discard(void* address, SIZE_T size) {
    if (!whole(address, size)) return ERROR_INVALID_PARAMETER;
    const auto pages = pages_of(address, size);
    if (!every_page(pages, committed)) return ERROR_INVALID_ADDRESS;
    if (!every_page(pages, writable)) return ERROR_INVALID_PARAMETER;
    std::memset(address, 0xD1, size);
    return ERROR_SUCCESS;
}

// ---- Resetting --------------------------------------------------------------------------------

// Reserved pages may be among them; the end of the allocation may not.
DWORD reset_range(Pages pages) noexcept {
    const auto* const allocation = state_of(pages.first).AllocationBase;
    const auto inside = [allocation](const std::byte* at) {
        return allocation && state_of(at).AllocationBase == allocation;
    };
    if (!every_page(pages, inside)) return ERROR_INVALID_ADDRESS;
    const Locked locked(lock);
    every_page(pages, [](std::byte* at) {
        if (committed(at)) mark(at).reset = true;
        return true;
    });
    return ERROR_SUCCESS;
}

DWORD undo_reset(Pages pages) noexcept {
    const Locked locked(lock);
    if (!every_page(pages, [](const std::byte* at) {
            const auto* const page = find(at);
            return page && page->reset;
        })) {
        return ERROR_INVALID_PARAMETER;
    }
    auto kept = true;
    every_page(pages, [&kept](const std::byte* at) {
        auto& page = *find(at);
        kept = kept && !page.taken;
        page.reset = page.taken = false;
        return true;
    });
    return kept ? ERROR_SUCCESS : ERROR_BUSY;  // what STATUS_PTE_CHANGED becomes
}

void* WINAPI allocate(void* address, SIZE_T size, DWORD type, DWORD protection) {
    if ((type & (MEM_RESET | mem_reset_undo)) == 0) {
        return beyond("VirtualAlloc", &allocate)(address, size, type, protection);
    }
    auto code = static_cast<DWORD>(ERROR_INVALID_PARAMETER);  // neither goes with another flag
    if (whole(address, size) && protection != 0) {
        if (type == MEM_RESET) code = reset_range(pages_of(address, size));
        if (type == mem_reset_undo) code = undo_reset(pages_of(address, size));
    }
    if (code == ERROR_SUCCESS) return address;
    SetLastError(code);
    return nullptr;
}

BOOL WINAPI free_pages(void* address, SIZE_T size, DWORD type) {
    const auto answer = beyond("VirtualFree", &free_pages)(address, size, type);
    const Locked locked(lock);
    if (answer) forget_freed();
    return answer;
}

const Service services[] = {
    {"kernel32.dll", "VirtualLock", &lock_pages},
    {"kernel32.dll", "VirtualUnlock", &unlock_pages},
    {"kernel32.dll", "VirtualProtect", &protect_pages},
    {"kernel32.dll", "OfferVirtualMemory", &offer},
    {"kernel32.dll", "ReclaimVirtualMemory", &reclaim},
    {"kernel32.dll", "DiscardVirtualMemory", &discard},
    {"kernel32.dll", "VirtualAlloc", &allocate},
    {"kernel32.dll", "VirtualFree", &free_pages},
};
const Model model{"regions_pages", &reset, services, {}, "regions_places"};

}  // namespace
}  // namespace ntlab

extern "C" {

// The system runs short of memory, and takes what it was offered or told to forget.
__declspec(dllexport) void regions_take() {
    const ntlab::Locked locked(ntlab::lock);
    for (auto& page : ntlab::marked()) {
        page.taken = page.offered || page.reset;
        if (page.reset) std::memset(page.address, 0, ntlab::page_size);
    }
}

__declspec(dllexport) std::size_t regions_locked() {
    const ntlab::Locked locked(ntlab::lock);
    return static_cast<std::size_t>(std::ranges::count_if(ntlab::marked(), &ntlab::Page::locked)) *
           ntlab::page_size;
}

}  // extern "C"
