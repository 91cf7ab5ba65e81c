// fuzz_sieve: the search for many masked patterns at once, against the plainest search there is,
// with what every processor has and with the best that this one has.
// Input: how many patterns, the size of each, their address, then bytes and masks of all, then the
// block to be searched.
#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "native/processes/sieve.hpp"

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
    const std::size_t count = data[0] % 40 + 1U;
    const std::size_t longest = data[1] % 20 + 1U;
    const std::uint64_t base = data[2];
    const auto* next = data + 3;
    const auto* const end = data + size;
    std::vector<ntpages::Pattern> patterns;
    for (std::size_t i = 0; i < count; ++i) {
        const auto length = i % longest + 1;
        if (static_cast<std::size_t>(end - next) < 2 * length) return 0;
        patterns.emplace_back(ntpages::Pattern::Bytes{next, length},
                              ntpages::Pattern::Bytes{next + length, length},
                              std::size_t{1} << i % 3);
        next += 2 * length;
    }
    const std::vector<std::uint8_t> block(next, end);  // of its own exact size

    using Found = std::vector<std::pair<std::size_t, std::uint32_t>>;
    Found expected;
    for (std::size_t start = 0; start < block.size(); ++start) {
        for (std::uint32_t i = 0; i < count; ++i) {
            if (patterns[i].matches(block, base, start)) expected.emplace_back(start, i);
        }
    }

    for (const auto wide : {false, has_avx2()}) {
        Found found;
        for (const auto& sieve : ntpages::Sieve::for_all(patterns)) {
            ntpages::Sifting sifting(sieve, block, base, 0, block.size(),
                                     ntpages::best_find_passing(wide));
            for (; sifting.start() < block.size(); sifting.advance()) {
                for (const auto number : sifting.numbers()) {
                    found.emplace_back(sifting.start(), number);
                }
            }
        }
        std::sort(found.begin(), found.end());
        if (found != expected) std::abort();
    }
    return 0;
}
