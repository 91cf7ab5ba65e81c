// memory_lists/commands: the kernel's page lists and the commands that move pages between them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/handle.hpp"
#include "native/memory_lists/nt.hpp"

namespace ntpages {

struct MemoryLists : Exposed {  // bytes
    std::uint64_t zero = 0, free = 0;
    // Nothing where only the system's partition answered.
    std::optional<std::uint64_t> modified, modified_no_write, modified_page_file, bad;
    std::array<std::uint64_t, 8> standby{}, repurposed{};  // by priority

    [[nodiscard]] std::uint64_t standby_total() const;
    [[nodiscard]] bool partial() const noexcept { return !modified; }
    [[nodiscard]] std::uint64_t ready() const { return zero + free; }
};

MemoryLists query_memory_lists();
// What of it everybody may know.
MemoryLists query_partial_memory_lists();
void command_memory_lists(nt::MemoryListCommand command);
// What of the file cache is in its working set. Bytes.
std::uint64_t query_file_cache();
void empty_file_cache();
std::size_t combine_pages();  // how many
void reconcile_registry();
// Opens a file in the way that makes file systems write and purge what is cached of it.
void purge_file(const std::wstring& path);
// Tries every volume, then reports the first refusal. Returns the volumes flushed.
std::vector<std::string> flush_volumes();

}  // namespace ntpages
