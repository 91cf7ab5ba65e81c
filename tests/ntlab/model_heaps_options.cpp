// model_heaps_options: what can be set of heaps of this process, and which blocks a walk says are
// behind handles. Wine accepts whatever it is told and, the older ones, does nothing; and its walk
// tells of no handles.
#include <windows.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr ULONG low_fragmentation = 2;

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<HANDLE, 64> front_ends{};  // heaps that have the low-fragmentation one

struct Movable {
    void* address;
    std::uintptr_t handle;
};
constinit std::array<Movable, 16> movables{};

void reset() noexcept {
    const Locked locked(lock);
    front_ends = {};
    movables = {};
}

// What a heap was made with. Source: phnt; _HEAP in Windows' own symbols, as Wine has it.
DWORD flags_of(HANDLE heap) noexcept {
    DWORD flags = 0;
    ReadProcessMemory(GetCurrentProcess(), static_cast<const char*>(heap) + 0x70, &flags,
                      sizeof flags, nullptr);
    return flags;
}

// Once on, it stays. That heaps without a lock or of fixed size refuse with 87 is assumed: that
// they refuse is documented.
BOOL switch_front_end(HANDLE heap, const void* value, SIZE_T size) noexcept {
    constexpr DWORD growable = 2;
    if (!heap || !value) return refuse(ERROR_INVALID_PARAMETER);
    if (size < sizeof(ULONG)) return refuse(ERROR_INSUFFICIENT_BUFFER);
    if (*static_cast<const ULONG*>(value) != low_fragmentation) return refuse(ERROR_GEN_FAILURE);
    if ((flags_of(heap) & (HEAP_NO_SERIALIZE | growable)) != growable) {
        return refuse(ERROR_INVALID_PARAMETER);
    }
    const Locked locked(lock);
    if (std::ranges::find(front_ends, heap) != front_ends.end()) return TRUE;
    const auto free = std::ranges::find(front_ends, HANDLE{nullptr});
    if (free == front_ends.end()) return refuse(ERROR_NOT_ENOUGH_MEMORY);
    *free = heap;
    return TRUE;
}

BOOL WINAPI set_information(HANDLE heap, HEAP_INFORMATION_CLASS what, void* value, SIZE_T size) {
    struct Optimize {
        DWORD version;
        DWORD flags;
    };
    switch (static_cast<int>(what)) {
        case 0:
            return switch_front_end(heap, value, size);
        case 1:
            return HeapSetInformation(heap, what, value, size);
        case 3: {  // of one heap, or of all
            if (size < sizeof(Optimize)) return refuse(ERROR_INSUFFICIENT_BUFFER);
            const auto* const asked = static_cast<const Optimize*>(value);
            if (!asked || asked->version != 1 || asked->flags != 0) {
                return refuse(ERROR_INVALID_PARAMETER);
            }
            return TRUE;
        }
        default:
            return refuse(ERROR_INVALID_PARAMETER);
    }
}

BOOL WINAPI query_information(HANDLE heap, HEAP_INFORMATION_CLASS what, void* value, SIZE_T size,
                              SIZE_T* returned) {
    {
        const Locked locked(lock);
        if (heap && what == HeapCompatibilityInformation && size >= sizeof(ULONG) && value &&
            std::ranges::find(front_ends, heap) != front_ends.end()) {
            *static_cast<ULONG*>(value) = low_fragmentation;
            if (returned) *returned = sizeof(ULONG);
            return TRUE;
        }
    }
    return HeapQueryInformation(heap, what, value, size, returned);
}

BOOL WINAPI destroy(HANDLE heap) {
    {
        const Locked locked(lock);
        std::ranges::replace(front_ends, heap, HANDLE{nullptr});
    }
    return HeapDestroy(heap);
}

struct WalkEntry {  // phnt, ntrtl.h: RTL_HEAP_WALK_ENTRY
    void* data;
    SIZE_T size;
    UCHAR overhead;
    UCHAR segment;
    USHORT flags;
    std::uintptr_t settable;  // of a block
    void* rest[2];
};
static_assert(sizeof(WalkEntry) == 48);

// The owner of a movable block keeps its handle with it, and says so by the first of its own flags.
Status NTAPI walk(HANDLE heap, WalkEntry* entry) {
    constexpr USHORT settable = 0x10;
    constexpr USHORT first_of_the_owner = 0x20;
    static const auto next = real(&walk, L"ntdll.dll", "RtlWalkHeap");
    const auto answer = next(heap, entry);
    if (answer < 0) return answer;
    const Locked locked(lock);
    const auto found = std::ranges::find(movables, entry->data, &Movable::address);
    if (entry->data && found != movables.end()) {
        entry->flags |= settable | first_of_the_owner;
        entry->settable = found->handle;
    }
    return answer;
}

const Service services[] = {
    {"ntdll.dll", "RtlWalkHeap", &walk},
    {"kernel32.dll", "HeapSetInformation", &set_information},
    {"kernel32.dll", "HeapQueryInformation", &query_information},
    {"kernel32.dll", "HeapDestroy", &destroy},
};
const Model model{"heaps_options", &reset, services};

}  // namespace
}  // namespace ntlab

extern "C" {

// From now on, a walk says that the block at an address is behind a handle.
__declspec(dllexport) void heaps_movable(std::uint64_t address, std::uint64_t handle) {
    const ntlab::Locked locked(ntlab::lock);
    const auto free =
        std::ranges::find(ntlab::movables, static_cast<void*>(nullptr), &ntlab::Movable::address);
    if (free != ntlab::movables.end()) *free = {reinterpret_cast<void*>(address), handle};
}

}  // extern "C"
