// model_awe: physical pages a process owns, and the windows that show them. A page's bytes are
// copied into the window when it is mapped and out again when it is unmapped; no program can tell,
// since a page can be mapped at one place only.
// Sources: Microsoft's reference pages; the codes of refusals other than 1314 are assumed.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "model_numa.hpp"
#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t machine = 8192;  // pages that the machine could give

struct Frame {
    bool taken;
    std::byte* shown;  // where; nullptr: nowhere
};

struct Window {
    std::byte* base;
    std::size_t size;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit ULONG_PTR first_number = 0x12345;
constinit std::array<Frame, machine> frames{};
constinit std::byte* contents = nullptr;  // of all frames; committed for those that are taken
constinit std::size_t to_give = machine;
constinit std::size_t to_take_back = machine;  // by the next call that frees pages
constinit std::array<Window, 64> windows{};
constinit std::size_t window_count = 0;
constinit DWORD node_asked = 0;  // of the last allocation that preferred one

bool anything_left() noexcept {
    return std::ranges::any_of(frames, &Frame::taken);
}

// Pages that somebody forgot to free stay committed for good, so that the leak is seen.
void reset() noexcept {
    const Locked locked(lock);
    if (!contents || anything_left()) {
        contents = static_cast<std::byte*>(
            VirtualAlloc(nullptr, machine * page, MEM_RESERVE, PAGE_READWRITE));
    }
    first_number += 3 * machine;  // what an object of an earlier test frees is not ours
    frames = {};
    to_give = to_take_back = machine;
    window_count = 0;
    node_asked = NUMA_NO_PREFERRED_NODE;
}

// Numbers as a kernel's: not 0, and not one after the other.
ULONG_PTR number_of(std::size_t frame) noexcept {
    return first_number + 3 * frame;
}

Frame* owned(ULONG_PTR number) noexcept {
    const auto at = (number - first_number) / 3;
    if (at >= machine || number != number_of(at) || !frames[at].taken) return nullptr;
    return &frames[at];
}

std::byte* content_of(const Frame& frame) noexcept {
    return contents + static_cast<std::size_t>(&frame - frames.data()) * page;
}

Window* window_at(const void* address) noexcept {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    for (auto& window : std::span(windows).first(window_count)) {
        if (at - reinterpret_cast<std::uintptr_t>(window.base) < window.size) return &window;
    }
    return nullptr;
}

Frame* shown_at(const std::byte* address) noexcept {
    const auto found = std::ranges::find(frames, address, [](const Frame& frame) {
        return const_cast<const std::byte*>(frame.shown);
    });
    return found == frames.end() ? nullptr : &*found;
}

bool committed(const std::byte* address) noexcept {
    MEMORY_BASIC_INFORMATION pages{};
    return VirtualQuery(address, &pages, sizeof pages) != 0 && pages.State == MEM_COMMIT;
}

void hide(std::byte* address) noexcept {
    if (!committed(address)) return;
    if (auto* const frame = shown_at(address)) {
        std::memcpy(content_of(*frame), address, page);
        frame->shown = nullptr;
    }
}

// Shows a frame, or nothing. A page that stays mapped is never absent in between.
bool show(std::byte* address, Frame* frame) noexcept {
    hide(address);
    if (!frame) return !committed(address) || VirtualFree(address, page, MEM_DECOMMIT);
    if (!VirtualAlloc(address, page, MEM_COMMIT, PAGE_READWRITE)) return false;
    std::memcpy(address, content_of(*frame), page);
    frame->shown = address;
    return true;
}

// ---- Frames -----------------------------------------------------------------------------------

BOOL take(HANDLE process, ULONG_PTR* count, ULONG_PTR* numbers) noexcept {
    if (process != GetCurrentProcess()) return refuse(ERROR_INVALID_HANDLE);
    if (!count || !numbers) return refuse(ERROR_NOACCESS);
    if (!privilege_enabled(lock_memory)) return refuse(ERROR_PRIVILEGE_NOT_HELD);
    const Locked locked(lock);
    const auto wanted = *count;
    std::size_t got = 0;
    for (auto& frame : frames) {
        if (got == wanted || got == to_give) break;
        if (frame.taken) continue;
        if (!VirtualAlloc(content_of(frame), page, MEM_COMMIT, PAGE_READWRITE)) break;
        frame = {true, nullptr};
        numbers[got++] = number_of(static_cast<std::size_t>(&frame - frames.data()));
    }
    if (got == 0 && wanted != 0) return refuse(ERROR_NO_SYSTEM_RESOURCES);
    to_give -= got;
    *count = got;
    return TRUE;
}

BOOL WINAPI allocate_pages(HANDLE process, ULONG_PTR* count, ULONG_PTR* numbers) {
    return take(process, count, numbers);
}

BOOL WINAPI allocate_pages_on_node(HANDLE process, ULONG_PTR* count, ULONG_PTR* numbers,
                                   DWORD node) {
    if (node != NUMA_NO_PREFERRED_NODE && !node_exists(node)) {
        return refuse(ERROR_INVALID_PARAMETER);
    }
    if (!take(process, count, numbers)) return FALSE;
    const Locked locked(lock);
    node_asked = node;
    return TRUE;
}

// A page that is shown is taken out of its window. Where one is refused, those before it are free.
BOOL WINAPI free_pages(HANDLE process, ULONG_PTR* count, ULONG_PTR* numbers) {
    if (process != GetCurrentProcess()) return refuse(ERROR_INVALID_HANDLE);
    if (!count || !numbers) return refuse(ERROR_NOACCESS);
    const Locked locked(lock);
    const auto wanted = *count;
    const auto most = std::exchange(to_take_back, machine);
    for (*count = 0; *count < wanted; ++*count) {
        auto* const frame = owned(numbers[*count]);
        if (!frame || *count == most) return refuse(ERROR_INVALID_PARAMETER);
        if (frame->shown) show(frame->shown, nullptr);
        VirtualFree(content_of(*frame), page, MEM_DECOMMIT);
        *frame = {};
        ++to_give;
    }
    return TRUE;
}

// ---- Mapping ----------------------------------------------------------------------------------

// All is checked before anything changes. `place(n)` is the n-th address.
template <typename Place>
BOOL map(Place place, ULONG_PTR count, const ULONG_PTR* numbers, bool zero_unmaps) noexcept {
    const Locked locked(lock);
    for (ULONG_PTR at = 0; at < count; ++at) {
        if (!window_at(place(at))) return refuse(ERROR_INVALID_PARAMETER);
        if (!numbers || (zero_unmaps && numbers[at] == 0)) continue;
        const auto* const frame = owned(numbers[at]);
        if (!frame || frame->shown) return refuse(ERROR_INVALID_PARAMETER);
        if (std::find(numbers, numbers + at, numbers[at]) != numbers + at) {
            return refuse(ERROR_INVALID_PARAMETER);
        }
    }
    for (ULONG_PTR at = 0; at < count; ++at) {
        auto* const frame = numbers && numbers[at] != 0 ? owned(numbers[at]) : nullptr;
        if (!show(place(at), frame)) return refuse(ERROR_NOT_ENOUGH_MEMORY);
    }
    return TRUE;
}

std::byte* page_of(void* address) noexcept {
    return reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(address) & ~(page - 1));
}

BOOL WINAPI map_pages(void* address, ULONG_PTR count, ULONG_PTR* numbers) {
    const auto place = [address](ULONG_PTR at) { return page_of(address) + at * page; };
    return map(place, count, numbers, false);
}

BOOL WINAPI map_scattered(void** addresses, ULONG_PTR count, ULONG_PTR* numbers) {
    if (count != 0 && !addresses) return refuse(ERROR_NOACCESS);
    return map([addresses](ULONG_PTR at) { return page_of(addresses[at]); }, count, numbers, true);
}

// ---- Windows ----------------------------------------------------------------------------------

void* WINAPI allocate(void* address, SIZE_T size, DWORD type, DWORD protection) {
    if ((type & MEM_PHYSICAL) == 0) {
        const Locked locked(lock);
        if (window_at(address)) {  // only mapping puts something there
            SetLastError(ERROR_INVALID_ADDRESS);
            return nullptr;
        }
    } else {
        const Locked locked(lock);
        if (type != (MEM_RESERVE | MEM_PHYSICAL) || protection != PAGE_READWRITE ||
            window_count == windows.size()) {
            SetLastError(ERROR_INVALID_PARAMETER);
            return nullptr;
        }
        auto* const base = VirtualAlloc(address, size, MEM_RESERVE, PAGE_READWRITE);
        const auto pages = (size + page - 1) / page;
        if (base) windows[window_count++] = {static_cast<std::byte*>(base), pages * page};
        return base;
    }
    return beyond("VirtualAlloc", &allocate)(address, size, type, protection);
}

// What is beyond the type, size and protection is model_regions' business, where it is asked for.
void* WINAPI allocate2(HANDLE process, void* address, SIZE_T size, ULONG type, ULONG protection,
                       void* parameters, ULONG count) {
    const auto next = beyond("VirtualAlloc2", &allocate2);
    if ((type & MEM_PHYSICAL) == 0) {
        return next(process, address, size, type, protection, parameters, count);
    }
    const Locked locked(lock);
    if (type != (MEM_RESERVE | MEM_PHYSICAL) || protection != PAGE_READWRITE ||
        window_count == windows.size()) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return nullptr;
    }
    auto* const base = next(process, address, size, MEM_RESERVE, PAGE_READWRITE, parameters, count);
    const auto pages = (size + page - 1) / page;
    if (base) windows[window_count++] = {static_cast<std::byte*>(base), pages * page};
    return base;
}

// A window is released whole, and what it shows is unmapped with it.
BOOL WINAPI release(void* address, SIZE_T size, DWORD type) {
    {
        const Locked locked(lock);
        if (auto* const window = window_at(address)) {
            if (type != MEM_RELEASE || size != 0 || address != window->base) {
                return refuse(ERROR_INVALID_PARAMETER);
            }
            for (std::size_t at = 0; at < window->size; at += page) hide(window->base + at);
            *window = windows[--window_count];
            return VirtualFree(address, 0, MEM_RELEASE);
        }
    }
    return beyond("VirtualFree", &release)(address, size, type);
}

// Physical pages are read and written; there is no other protection for them.
BOOL WINAPI protect(void* address, SIZE_T size, DWORD protection, DWORD* old) {
    {
        const Locked locked(lock);
        if (window_at(address) && protection != PAGE_READWRITE) {
            return refuse(ERROR_INVALID_PARAMETER);
        }
    }
    return beyond("VirtualProtect", &protect)(address, size, protection, old);
}

const Service services[] = {
    {"kernel32.dll", "AllocateUserPhysicalPages", &allocate_pages},
    {"kernel32.dll", "AllocateUserPhysicalPagesNuma", &allocate_pages_on_node},
    {"kernel32.dll", "FreeUserPhysicalPages", &free_pages},
    {"kernel32.dll", "MapUserPhysicalPages", &map_pages},
    {"kernel32.dll", "MapUserPhysicalPagesScatter", &map_scattered},
    {"kernel32.dll", "VirtualAlloc", &allocate},
    {"kernelbase.dll", "VirtualAlloc2", &allocate2},
    {"kernel32.dll", "VirtualFree", &release},
    {"kernel32.dll", "VirtualProtect", &protect},
};
const Model model{"awe", &reset, services, {}, "privileges"};

}  // namespace
}  // namespace ntlab

extern "C" {

// How many pages the machine has left to give.
__declspec(dllexport) void awe_leave(std::size_t pages) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::to_give = std::min(pages, ntlab::machine);
}

// How many pages the next call takes back before it refuses.
__declspec(dllexport) void awe_refuse_after(std::size_t pages) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::to_take_back = pages;
}

__declspec(dllexport) std::size_t awe_taken() {
    const ntlab::Locked locked(ntlab::lock);
    return static_cast<std::size_t>(std::ranges::count_if(ntlab::frames, &ntlab::Frame::taken));
}

__declspec(dllexport) std::size_t awe_shown() {
    const ntlab::Locked locked(ntlab::lock);
    return static_cast<std::size_t>(std::ranges::count_if(
        ntlab::frames, [](const ntlab::Frame& frame) { return frame.shown != nullptr; }));
}

__declspec(dllexport) std::size_t awe_windows() {
    const ntlab::Locked locked(ntlab::lock);
    return ntlab::window_count;
}

__declspec(dllexport) std::uint32_t awe_node() {
    const ntlab::Locked locked(ntlab::lock);
    return ntlab::node_asked;
}

}  // extern "C"
