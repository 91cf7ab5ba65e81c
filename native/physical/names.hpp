// physical/names: what files are called whose pages are in memory. Pure, for the fuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ntpages {

struct FileName {
    std::uint64_t key;           // that pages name it by
    std::u16string_view volume;  // empty where the path is whole
    std::u16string_view path;    // both lie in the bytes that were read
};

// Decodes what the FileInfo device wrote: files, and the volumes they are on. Entries that do not
// fit end it: what came before them holds.
std::vector<FileName> read_file_names(std::span<const std::byte> written);

// Decodes what an event of tracing says of a file: its key, and its path behind that. Nothing where
// there is no room for them.
std::optional<FileName> read_file_event(std::span<const std::byte> data);

}  // namespace ntpages
