// fuzz_text: the search for text, fed in pieces, against the plainest search there is.
// Input: how many characters make a text, the address, the size of a piece, then the bytes.
#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <vector>

#include "native/processes/text.hpp"

using namespace ntpages;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const std::size_t least = data[0] % 8 + 2U;
    const std::uint64_t base = 0x10000U + data[1];
    const std::size_t piece = data[2] + 1U;
    const std::vector<std::uint8_t> bytes(data + 3, data + size);  // a byte too far is seen

    using Told = std::tuple<std::uint64_t, std::uint64_t, TextEncoding>;
    std::vector<Told> found;
    const auto keep = [&](const FoundText& text) {
        found.emplace_back(text.address, text.size, text.encoding);
        return true;
    };
    TextFinder finder(least);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto count = std::min(piece, bytes.size() - at);
        finder.add(base + at, std::span(bytes).subspan(at, count), keep);
    }
    finder.end(keep);

    std::vector<Told> expected;
    const auto is_text = [&](std::size_t at, std::size_t width) {
        if (at + width > bytes.size()) return false;
        const auto byte = bytes[at];
        return ((byte >= 0x20 && byte < 0x7F) || byte == 9) && (width == 1 || bytes[at + 1] == 0);
    };
    for (const std::size_t width : {1, 2}) {
        for (std::size_t start = 0; start < bytes.size(); ++start) {
            if (start >= width && is_text(start - width, width)) continue;
            std::size_t length = 0;
            while (is_text(start + length * width, width)) ++length;
            if (length < least) continue;
            expected.emplace_back(base + start, length * width,
                                  width == 1 ? TextEncoding::ascii : TextEncoding::utf16);
        }
    }
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
    if (found != expected) std::abort();
    return 0;
}
