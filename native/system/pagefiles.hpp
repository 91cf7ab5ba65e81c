// system/pagefiles: reads the kernel's chain of page files. A pure function over bytes: it calls
// nothing, trusts nothing, and builds on any system, so that a fuzzer can have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ntpages {

// One page file. Sizes are pages.
struct PageFileEntry {
    std::u16string_view path;  // lies in the bytes that were read
    std::uint32_t size;
    std::uint32_t used;
    std::uint32_t peak;
    std::optional<std::uint32_t> minimum;  // with limits alone
    std::optional<std::uint32_t> maximum;
};

// What the kernel was asked for: its classes 18 and 144.
enum class PageFileChain { plain, with_limits };

// Decodes what the kernel wrote to a buffer at `base`: names are pointers into it. A name that lies
// elsewhere is left out, and an entry that does not fit ends the chain.
std::vector<PageFileEntry> read_page_files(std::span<const std::byte> written, std::uint64_t base,
                                           PageFileChain chain);

}  // namespace ntpages
