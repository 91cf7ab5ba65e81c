// fuzz_pattern: the search for masked bytes, against the plainest search there is, with what every
// processor has and with the best that this one has.
// Input: the size of the pattern, its alignment as a power, its address, its bytes and masks, then
// the block to be searched.
#include <cstdlib>
#include <vector>

#include "native/processes/pattern.hpp"

namespace {

bool has_avx2() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") != 0;
#else
    return false;
#endif
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const std::size_t length = data[0] % 40 + 1U;
    const auto alignment = std::size_t{1} << (data[1] % 9);
    const std::uint64_t base = data[2];
    if (size < 3 + 2 * length) return 0;
    const auto* const bytes = data + 3;
    const auto* const mask = bytes + length;
    // Of its own exact size: a byte too far is seen.
    const std::vector<std::uint8_t> block(mask + length, data + size);

    const ntpages::Pattern pattern({bytes, bytes + length}, {mask, mask + length}, alignment);
    std::vector<std::size_t> expected;
    for (std::size_t start = 0; start + length <= block.size(); ++start) {
        auto equal = (base + start) % alignment == 0;
        for (std::size_t i = 0; i < length; ++i) {
            equal = equal && ((block[start + i] ^ bytes[i]) & mask[i]) == 0;
        }
        if (equal) expected.push_back(start);
    }

    for (const auto wide : {false, has_avx2()}) {
        std::vector<std::size_t> found;
        const auto end = block.size();
        ntpages::Search search(pattern, block, base, 0, end, ntpages::best_find_agreeing(wide));
        for (auto at = search.next(); at < end; at = search.next()) found.push_back(at);
        if (found != expected) std::abort();
    }
    return 0;
}
