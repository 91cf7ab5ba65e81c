// physical/sources: who has private pages, in the kernel's words. Pure, for the fuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ntpages {

enum class SourceKind : std::uint32_t { kernel, session, process };

struct PrivateSource {
    SourceKind kind;
    std::uint32_t id;  // of the process, or of the session
    std::uint32_t session;
    std::uint64_t key;                  // what pages name it by where they don't by its id
    std::uint64_t private_working_set;  // pages
    std::uint64_t private_pages;
    std::uint64_t stored_pages;  // compressed; where that was asked for
    std::string_view name;       // up to 15 characters; lies in the bytes that were read
    bool foreground;
};

// Decodes PF_PRIVSOURCE_QUERY_REQUEST. Throws std::runtime_error where entries do not fit into what
// was written.
std::vector<PrivateSource> read_private_sources(std::span<const std::byte> written);

}  // namespace ntpages
