// model_regions_places: placeholders, which the system can't split: one reservation of its is the
// ground for all the places that were cut from it, and is freed when the last of them is.
// Sources: Microsoft's reference pages; Wine's conformance tests for the codes of refusals.
#include "model_regions_places.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::size_t page = 4096;

enum class Use { placeholder, memory, none };

struct Place {
    std::byte* base;
    std::size_t size;
    std::byte* ground;
    Use use;
    ULONG protection;  // that it was allocated with

    [[nodiscard]] std::byte* end() const noexcept { return base + size; }
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Place, 256> room{};
constinit std::size_t count = 0;

// What a test forgot to free stays reserved, so that the leak is seen.
void reset() noexcept {
    const Locked locked(lock);
    count = 0;
}

std::span<Place> places() noexcept {
    return {room.data(), count};
}

Place* place_at(const void* address) noexcept {
    const auto* const at = static_cast<const std::byte*>(address);
    const auto found = std::ranges::find_if(
        places(), [at](const Place& place) { return place.base <= at && at < place.end(); });
    return found == places().end() ? nullptr : &*found;
}

Place* place_from(const std::byte* base) noexcept {
    auto* const place = place_at(base);
    return place && place->base == base ? place : nullptr;
}

template <typename Test>
void forget_if(Test test) noexcept {
    auto* const first = room.data();
    count = static_cast<std::size_t>(std::remove_if(first, first + count, test) - first);
}

void* refused(DWORD code) noexcept {
    SetLastError(code);
    return nullptr;
}

// ---- Giving back ------------------------------------------------------------------------------

void decommit(std::byte* base, std::size_t size) noexcept {
    VirtualFree(base, size, MEM_DECOMMIT);
}

BOOL release(Place& place) noexcept {
    decommit(place.base, place.size);
    place.use = Use::none;
    auto* const ground = place.ground;
    const auto of_ground = [ground](const Place& each) { return each.ground == ground; };
    if (std::ranges::any_of(places(), [&](const Place& each) {
            return of_ground(each) && each.use != Use::none;
        })) {
        return TRUE;
    }
    forget_if(of_ground);
    return VirtualFree(ground, 0, MEM_RELEASE);
}

// Leaves a placeholder in the middle, and on both sides what was there.
BOOL cut(Place& place, std::byte* base, std::size_t size) noexcept {
    if (size == 0) return refuse(ERROR_INVALID_PARAMETER);
    if (base + size > place.end()) return refuse(ERROR_INVALID_PARAMETER);
    const auto whole = base == place.base && size == place.size;
    if (place.use == Use::none || (whole && place.use == Use::placeholder)) {
        return refuse(ERROR_INVALID_ADDRESS);
    }
    if (count + 2 > room.size()) return refuse(ERROR_NOT_ENOUGH_MEMORY);
    decommit(base, size);
    const auto add = [&](std::byte* from, const std::byte* to, const Place& like) {
        if (from == to) return;
        room[count] = like;
        room[count].base = from;
        room[count++].size = static_cast<std::size_t>(to - from);
    };
    const auto before = place;
    place = {base, size, before.ground, Use::placeholder, PAGE_NOACCESS};
    add(before.base, base, before);
    add(base + size, before.end(), before);
    return TRUE;
}

// The placeholders that fill these bytes exactly become one.
BOOL coalesce(Place& first, std::size_t size) noexcept {
    auto* const end = first.base + size;
    std::size_t parts = 0;
    for (auto* at = first.base; at < end; ++parts) {
        const auto* const part = place_from(at);
        if (!part || part->use != Use::placeholder || part->ground != first.ground ||
            part->end() > end) {
            return refuse(ERROR_INVALID_ADDRESS);
        }
        at = part->end();
    }
    if (parts < 2) return refuse(ERROR_INVALID_ADDRESS);
    auto whole = first;
    whole.size = size;
    forget_if([&](const Place& each) { return each.base >= whole.base && each.base < end; });
    room[count++] = whole;
    return TRUE;
}

std::byte* page_of(void* address) noexcept {
    return reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(address) & ~(page - 1));
}

// What is asked for is the pages that hold these bytes: also to release, where the size is 0.
BOOL give_back(Place& place, void* given, std::size_t bytes, DWORD type) noexcept {
    auto* const address = page_of(given);
    const auto lead = static_cast<std::size_t>(static_cast<std::byte*>(given) - address);
    const auto size = bytes == 0 ? 0 : (lead + bytes + page - 1) / page * page;
    switch (type) {
        case MEM_RELEASE:
            if (size != 0) return refuse(ERROR_INVALID_PARAMETER);
            if (address != place.base || place.use == Use::none) {
                return refuse(ERROR_INVALID_ADDRESS);
            }
            return release(place);
        case MEM_RELEASE | mem_preserve_placeholder:
            return cut(place, address, size);
        case MEM_RELEASE | mem_coalesce_placeholders:
            if (size == 0) return refuse(ERROR_INVALID_PARAMETER);
            if (address != place.base) return refuse(ERROR_INVALID_ADDRESS);
            return coalesce(place, size);
        case MEM_DECOMMIT: {
            if (place.use != Use::memory) return refuse(ERROR_INVALID_ADDRESS);
            if (size == 0 && address != place.base) return refuse(ERROR_INVALID_ADDRESS);
            if (address + size > place.end()) return refuse(ERROR_INVALID_PARAMETER);
            return VirtualFree(address, size == 0 ? place.size : size, MEM_DECOMMIT);
        }
        default:
            return refuse(ERROR_INVALID_PARAMETER);
    }
}

bool nothing_at(const void* address) noexcept {
    MEMORY_BASIC_INFORMATION pages{};
    return VirtualQuery(address, &pages, sizeof pages) != 0 && pages.State == MEM_FREE;
}

BOOL WINAPI free_place(void* address, SIZE_T size, DWORD type) {
    {
        const Locked locked(lock);
        if (auto* const place = place_at(address)) {
            return give_back(*place, address, size, type);
        }
    }
    if ((type & (mem_preserve_placeholder | mem_coalesce_placeholders)) != 0) {
        MEMORY_BASIC_INFORMATION pages{};
        VirtualQuery(address, &pages, sizeof pages);
        const auto view = pages.State != MEM_FREE && pages.Type != MEM_PRIVATE;
        // It was never a placeholder; and a view is given back by another function.
        return refuse(view ? ERROR_INVALID_PARAMETER : ERROR_INVALID_ADDRESS);
    }
    if ((type == MEM_RELEASE || type == MEM_DECOMMIT) && nothing_at(address)) {
        return refuse(ERROR_INVALID_ADDRESS);
    }
    return beyond("VirtualFree", &free_place)(address, size, type);
}

// ---- What is there ----------------------------------------------------------------------------

BOOL WINAPI free_place_of(HANDLE process, void* address, SIZE_T size, DWORD type) {
    if (process == GetCurrentProcess()) return free_place(address, size, type);
    return beyond("VirtualFreeEx", &free_place_of)(process, address, size, type);
}

// Memory is committed where there is some, and not beyond its end: whichever function is asked, a
// placeholder becomes memory by being replaced alone.
bool forbidden(void* address, SIZE_T size) noexcept {
    const Locked locked(lock);
    const auto* const place = place_at(address);
    return place &&
           (place->use != Use::memory || static_cast<std::byte*>(address) + size > place->end());
}

void* WINAPI allocate(void* address, SIZE_T size, DWORD type, DWORD protection) {
    if (forbidden(address, size)) return refused(ERROR_INVALID_ADDRESS);
    return beyond("VirtualAlloc", &allocate)(address, size, type, protection);
}

void* WINAPI allocate_in(HANDLE process, void* address, SIZE_T size, DWORD type, DWORD protection) {
    if (process == GetCurrentProcess() && forbidden(address, size)) {
        return refused(ERROR_INVALID_ADDRESS);
    }
    return beyond("VirtualAllocEx", &allocate_in)(process, address, size, type, protection);
}

void* WINAPI allocate_on_node(HANDLE process, void* address, SIZE_T size, DWORD type,
                              DWORD protection, DWORD node) {
    if (process == GetCurrentProcess() && forbidden(address, size)) {
        return refused(ERROR_INVALID_ADDRESS);
    }
    return beyond("VirtualAllocExNuma", &allocate_on_node)(process, address, size, type, protection,
                                                           node);
}

void* WINAPI allocate2(HANDLE process, void* address, SIZE_T size, ULONG type, ULONG protection,
                       void* parameters, ULONG number) {
    if ((!process || process == GetCurrentProcess()) && forbidden(address, size)) {
        return refused(ERROR_INVALID_ADDRESS);
    }
    return beyond("VirtualAlloc2", &allocate2)(process, address, size, type, protection, parameters,
                                               number);
}

// Each place is an allocation of its own.
void show(const Place& place, MEMORY_BASIC_INFORMATION& pages) noexcept {
    auto* const base = std::max(static_cast<std::byte*>(pages.BaseAddress), place.base);
    auto* const end =
        std::min(static_cast<std::byte*>(pages.BaseAddress) + pages.RegionSize, place.end());
    pages.BaseAddress = base;
    pages.RegionSize = static_cast<SIZE_T>(end - base);
    pages.AllocationBase = place.base;
    pages.AllocationProtect = place.protection;
    if (place.use != Use::none) return;
    pages.AllocationBase = nullptr;
    pages.AllocationProtect = 0;
    pages.State = MEM_FREE;
    pages.Protect = PAGE_NOACCESS;
    pages.Type = 0;
}

SIZE_T WINAPI query(const void* address, MEMORY_BASIC_INFORMATION* pages, SIZE_T size) {
    const auto answer = beyond("VirtualQuery", &query)(address, pages, size);
    const Locked locked(lock);
    const auto* const place = place_at(address);
    if (answer != 0 && place) show(*place, *pages);
    return answer;
}

SIZE_T WINAPI query_process(HANDLE process, const void* address, MEMORY_BASIC_INFORMATION* pages,
                            SIZE_T size) {
    const auto answer = beyond("VirtualQueryEx", &query_process)(process, address, pages, size);
    if (process != GetCurrentProcess()) return answer;
    const Locked locked(lock);
    const auto* const place = place_at(address);
    if (answer != 0 && place) show(*place, *pages);
    return answer;
}

const Service services[] = {
    {"kernel32.dll", "VirtualAlloc", &allocate},
    {"kernel32.dll", "VirtualAllocEx", &allocate_in},
    {"kernel32.dll", "VirtualAllocExNuma", &allocate_on_node},
    {"kernelbase.dll", "VirtualAlloc2", &allocate2},
    {"kernel32.dll", "VirtualFree", &free_place},
    {"kernel32.dll", "VirtualFreeEx", &free_place_of},
    {"kernel32.dll", "VirtualQuery", &query},
    {"kernel32.dll", "VirtualQueryEx", &query_process},
};
const Model model{"regions_places", &reset, services, {}, "memory_lists"};

}  // namespace

void* reserve_placeholder(void* address, SIZE_T size, ULONG type, ULONG protection) noexcept {
    if ((type & ~static_cast<ULONG>(MEM_TOP_DOWN)) != (MEM_RESERVE | mem_reserve_placeholder) ||
        protection != PAGE_NOACCESS) {
        return refused(ERROR_INVALID_PARAMETER);
    }
    const Locked locked(lock);
    if (count == room.size()) return refused(ERROR_NOT_ENOUGH_MEMORY);
    auto* const base = static_cast<std::byte*>(
        VirtualAlloc(address, size, type & ~mem_reserve_placeholder, PAGE_NOACCESS));
    if (!base) return nullptr;
    const auto whole = (size + page - 1) / page * page;
    room[count++] = {base, whole, base, Use::placeholder, protection};
    return base;
}

void* replace_placeholder(void* address, SIZE_T size, ULONG type, ULONG protection) noexcept {
    if ((type & ~static_cast<ULONG>(MEM_COMMIT)) != (MEM_RESERVE | mem_replace_placeholder)) {
        return refused(ERROR_INVALID_PARAMETER);
    }
    const Locked locked(lock);
    auto* const place = place_from(static_cast<std::byte*>(address));
    if (!place || place->use != Use::placeholder || size != place->size) {
        return refused(ERROR_INVALID_ADDRESS);
    }
    if ((type & MEM_COMMIT) != 0 && !VirtualAlloc(address, size, MEM_COMMIT, protection)) {
        return nullptr;
    }
    place->use = Use::memory;
    place->protection = protection;
    return address;
}

// The neighbours become grounds of their own, which the system grants at 64 KiB alone; and memory
// can't move from one ground to another.
DWORD open_placeholder(void* address, SIZE_T size) noexcept {
    constexpr std::uintptr_t granularity = 64 * 1024;
    const Locked locked(lock);
    const auto* const place = place_from(static_cast<std::byte*>(address));
    if (!place || place->use != Use::placeholder || size != place->size) {
        return ERROR_INVALID_ADDRESS;
    }
    const auto opened = *place;
    const auto neighbour = [&](const Place& each) {
        return each.ground == opened.ground && each.base != opened.base && each.use != Use::none;
    };
    if (std::ranges::any_of(places(), [&](const Place& each) {
            return neighbour(each) && (each.use != Use::placeholder ||
                                       reinterpret_cast<std::uintptr_t>(each.base) % granularity);
        })) {
        return ERROR_NOT_SUPPORTED;  // on this host
    }
    VirtualFree(opened.ground, 0, MEM_RELEASE);
    forget_if([&](const Place& each) { return each.ground == opened.ground && !neighbour(each); });
    for (auto& each : places()) {
        if (each.ground != opened.ground) continue;
        if (!VirtualAlloc(each.base, each.size, MEM_RESERVE, PAGE_NOACCESS)) return GetLastError();
        each.ground = each.base;
    }
    return ERROR_SUCCESS;
}

}  // namespace ntlab
