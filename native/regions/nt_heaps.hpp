// regions/nt_heaps: what belongs to a heap, in the memory of a process.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/regions/nt_walk.hpp"

namespace ntpages::nt {

// Source: ntdll's public symbols. Pointer is 32 bits wide in a 32-bit process.

template <typename Pointer>
struct Links {  // LIST_ENTRY
    Pointer next;
    Pointer previous;
};
static_assert(sizeof(Links<std::uint64_t>) == 16);
static_assert(sizeof(Links<std::uint32_t>) == 8);

// Start of a _HEAP_SEGMENT; a heap begins with its first segment. The same in these fields since
// Windows Vista.
template <typename Pointer>
struct HeapSegment {
    std::byte entry[2 * sizeof(Pointer)];
    ULONG signature;
    ULONG flags;
    Pointer next;  // a ring through all segments of the heap and the ring's head
    Pointer previous;
    Pointer heap;
};
static_assert(offsetof(HeapSegment<std::uint64_t>, signature) == 0x10);
static_assert(offsetof(HeapSegment<std::uint64_t>, next) == 0x18);
static_assert(offsetof(HeapSegment<std::uint64_t>, heap) == 0x28);
static_assert(offsetof(HeapSegment<std::uint32_t>, signature) == 0x8);
static_assert(offsetof(HeapSegment<std::uint32_t>, next) == 0x10);
static_assert(offsetof(HeapSegment<std::uint32_t>, heap) == 0x18);

inline constexpr ULONG heap_segment_signature = 0xFFEEFFEE;
inline constexpr ULONG segment_heap_signature = 0xDDEEDDEE;  // at the same place

// Start of a block that a heap took from the system on its own. The heap keeps the head of their
// list right before that of its segments. The same since Windows Vista.
template <typename Pointer>
struct LargeHeapBlock {  // _HEAP_VIRTUAL_ALLOC_ENTRY
    Pointer next;
    Pointer previous;
    Gap<Pointer, 0x10, 0x8> reserved0;
    Pointer committed;  // bytes, and so the next
    Pointer size;
};
static_assert(offsetof(LargeHeapBlock<std::uint64_t>, committed) == 0x20);
static_assert(offsetof(LargeHeapBlock<std::uint64_t>, size) == 0x28);
static_assert(offsetof(LargeHeapBlock<std::uint32_t>, committed) == 0x10);
static_assert(offsetof(LargeHeapBlock<std::uint32_t>, size) == 0x14);

// What a segment heap notes of such a block, elsewhere: a node of a tree. Windows 10.
template <typename Pointer>
struct LargeSegmentHeapBlock {  // _HEAP_LARGE_ALLOC_DATA
    Pointer left;
    Pointer right;
    Pointer parent;   // the two lowest bits are the node's color
    Pointer address;  // the 16 lowest bits say how much of the block is unused
};
static_assert(offsetof(LargeSegmentHeapBlock<std::uint64_t>, address) == 0x18);
static_assert(offsetof(LargeSegmentHeapBlock<std::uint32_t>, address) == 0xC);

}  // namespace ntpages::nt
