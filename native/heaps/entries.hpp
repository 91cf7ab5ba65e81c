// heaps/entries: what a walk finds, whosever heap it was.
#pragma once

#include <cstdint>

#include "native/heaps/snapshot.hpp"

namespace ntpages {

enum class EntryKind : std::uint8_t { busy, free, uncommitted, region };

inline constexpr const char* entry_kinds[] = {"busy", "free", "uncommitted", "region"};

constexpr EntryKind kind_of(std::uint16_t flags) noexcept {
    if (flags & heap_entry::segment) return EntryKind::region;
    if (flags & heap_entry::uncommitted) return EntryKind::uncommitted;
    return flags & heap_entry::busy ? EntryKind::busy : EntryKind::free;
}

}  // namespace ntpages
