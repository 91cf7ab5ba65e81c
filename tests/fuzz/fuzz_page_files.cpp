// fuzz_page_files: the chain of page files of a kernel that lies about every length and pointer.
// Input: one byte for the kind of chain, eight for the address it was read to, then the chain.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "native/system/pagefiles.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t header = 9;
    if (size < header) return 0;
    const auto kind =
        (data[0] & 1) != 0 ? ntpages::PageFileChain::with_limits : ntpages::PageFileChain::plain;
    std::uint64_t base = 0;
    std::memcpy(&base, data + 1, sizeof base);

    // Of its own exact size: a byte too far is seen.
    std::vector<std::byte> chain(size - header);
    if (!chain.empty()) std::memcpy(chain.data(), data + header, chain.size());
    const auto* const first = reinterpret_cast<const char*>(chain.data());
    for (const auto& file : ntpages::read_page_files(chain, base, kind)) {
        if (file.path.empty()) continue;
        const auto* const begin = reinterpret_cast<const char*>(file.path.data());
        const auto* const end = begin + file.path.size() * sizeof(char16_t);
        if (begin < first || end > first + chain.size()) std::abort();
    }
    return 0;
}
