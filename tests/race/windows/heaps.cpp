// heaps: heaps that keep an account of their blocks, in plain memory: in one that was made without
// a lock, two threads at once are a race, and ThreadSanitizer tells of it.
#include <malloc.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <set>
#include <vector>

#include "tests/race/windows/windows.hpp"

namespace {

struct Heap {
    std::byte before[0x10];
    std::uint32_t signature = 0xFFEEFFEE;
    std::byte between[0x70 - 0x14];
    std::uint32_t flags;  // where ntpages looks for them
    std::recursive_mutex lock;
    std::set<void*> blocks{};
};
static_assert(offsetof(Heap, flags) == 0x70);

std::mutex listing;
std::vector<HANDLE>& heaps() {
    static auto& all = *new std::vector<HANDLE>;
    return all;
}

Heap& heap_of(HANDLE handle) {
    return *static_cast<Heap*>(handle);
}

std::unique_lock<std::recursive_mutex> turn_in(Heap& heap) {
    if (heap.flags & HEAP_NO_SERIALIZE) return {};
    return std::unique_lock(heap.lock);
}

struct WalkEntry {
    void* data;
    SIZE_T size;
    UCHAR overhead;
    UCHAR segment;
    USHORT flags;
    std::byte rest[24];
};

LONG walk(HANDLE handle, WalkEntry* entry) {
    constexpr auto no_more = static_cast<LONG>(0x8000001A);
    auto& blocks = heap_of(handle).blocks;
    const auto next = entry->data ? blocks.upper_bound(entry->data) : blocks.begin();
    if (next == blocks.end()) return no_more;
    *entry = {*next, malloc_usable_size(*next), 16, 0, 1, {}};
    return 0;
}

LONG enumerate(LONG (*visit)(void*, void*), void* context) {
    const std::scoped_lock lock(listing);
    for (auto* const heap : heaps()) {
        if (const auto status = visit(heap, context); status < 0) return status;
    }
    return 0;
}

}  // namespace

extern "C" {

HANDLE HeapCreate(DWORD flags, SIZE_T, SIZE_T) {
    auto* const memory =
        mmap(nullptr, sizeof(Heap), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    auto* const heap = new (memory) Heap;
    heap->flags = flags;
    const std::scoped_lock lock(listing);
    heaps().push_back(heap);
    return heap;
}

BOOL HeapDestroy(HANDLE handle) {
    {
        const std::scoped_lock lock(listing);
        std::erase(heaps(), handle);
    }
    auto& heap = heap_of(handle);
    for (auto* const block : heap.blocks) std::free(block);
    heap.~Heap();
    munmap(&heap, sizeof heap);
    return TRUE;
}

void* HeapAlloc(HANDLE handle, DWORD flags, SIZE_T size) {
    auto& heap = heap_of(handle);
    const auto turn = turn_in(heap);
    auto* const block = flags & HEAP_ZERO_MEMORY ? std::calloc(1, size) : std::malloc(size);
    if (block) heap.blocks.insert(block);
    return block;
}

BOOL HeapFree(HANDLE handle, DWORD, void* block) {
    auto& heap = heap_of(handle);
    const auto turn = turn_in(heap);
    if (heap.blocks.erase(block) != 1) std::abort();  // Windows would end the process as well
    std::free(block);
    return TRUE;
}

void* HeapReAlloc(HANDLE handle, DWORD flags, void* block, SIZE_T size) {
    auto& heap = heap_of(handle);
    const auto turn = turn_in(heap);
    if ((flags & HEAP_REALLOC_IN_PLACE_ONLY) && size > malloc_usable_size(block)) return nullptr;
    auto* const moved = std::realloc(block, size);
    heap.blocks.erase(block);
    heap.blocks.insert(moved);
    return moved;
}

SIZE_T HeapSize(HANDLE handle, DWORD, const void* block) {
    auto& heap = heap_of(handle);
    const auto turn = turn_in(heap);
    return heap.blocks.contains(const_cast<void*>(block))
               ? malloc_usable_size(const_cast<void*>(block))
               : static_cast<SIZE_T>(-1);
}

BOOL HeapValidate(HANDLE handle, DWORD, const void* block) {
    auto& heap = heap_of(handle);
    const auto turn = turn_in(heap);
    return !block || heap.blocks.contains(const_cast<void*>(block));
}

SIZE_T HeapCompact(HANDLE handle, DWORD) {
    auto& heap = heap_of(handle);
    const auto turn = turn_in(heap);
    return heap.blocks.size() + 4096;
}

BOOL HeapLock(HANDLE handle) {
    heap_of(handle).lock.lock();
    return TRUE;
}
BOOL HeapUnlock(HANDLE handle) {
    heap_of(handle).lock.unlock();
    return TRUE;
}
BOOL HeapQueryInformation(HANDLE, HEAP_INFORMATION_CLASS, void* to, SIZE_T size, SIZE_T*) {
    std::memset(to, 0, size);
    return TRUE;
}
BOOL HeapSetInformation(HANDLE, HEAP_INFORMATION_CLASS, void*, SIZE_T) {
    return TRUE;
}

HANDLE GetProcessHeap() {
    static const auto heap = HeapCreate(0, 0, 0);
    return heap;
}

DWORD GetProcessHeaps(DWORD room, HANDLE* found) {
    GetProcessHeap();
    const std::scoped_lock lock(listing);
    for (DWORD i = 0; i < room && i < heaps().size(); ++i) found[i] = heaps()[i];
    return static_cast<DWORD>(heaps().size());
}

// Both families are one here: a handle is where the memory lies.
HGLOBAL GlobalAlloc(UINT, SIZE_T size) {
    return std::calloc(1, size);
}
HGLOBAL GlobalFree(HGLOBAL memory) {
    std::free(memory);
    return nullptr;
}
void* GlobalLock(HGLOBAL memory) {
    return memory;
}
BOOL GlobalUnlock(HGLOBAL) {
    return TRUE;
}
SIZE_T GlobalSize(HGLOBAL memory) {
    return malloc_usable_size(memory);
}
HLOCAL LocalAlloc(UINT flags, SIZE_T size) {
    return GlobalAlloc(flags, size);
}
HLOCAL LocalFree(HLOCAL memory) {
    return GlobalFree(memory);
}
void* LocalLock(HLOCAL memory) {
    return GlobalLock(memory);
}
BOOL LocalUnlock(HLOCAL memory) {
    return GlobalUnlock(memory);
}
SIZE_T LocalSize(HLOCAL memory) {
    return GlobalSize(memory);
}

}  // extern "C"

namespace windows {

FARPROC heap_function(const char* name) noexcept {
    if (std::strcmp(name, "RtlWalkHeap") == 0) return as_found(&walk);
    if (std::strcmp(name, "RtlEnumProcessHeaps") == 0) return as_found(&enumerate);
    return nullptr;
}

}  // namespace windows
