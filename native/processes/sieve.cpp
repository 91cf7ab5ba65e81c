// processes/sieve: what lets patterns pass, and the look at 64 starts with a processor's own words.
#include "native/processes/sieve.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#if defined(_M_X64) || defined(__x86_64__)
#include <immintrin.h>
#elif defined(_M_ARM64) || defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace ntpages {
namespace {

constexpr std::size_t most = 128;     // patterns of a sieve: with more, too many starts pass
constexpr std::size_t farthest = 16;  // bytes of a pattern, of which some make its meshes

bool lets_pass(const Pattern& pattern, std::size_t at, std::uint8_t byte) noexcept {
    return ((pattern.byte(at) ^ byte) & pattern.mask(at)) == 0;
}

// How often a byte passes that any of the patterns has there.
int commonness_at(std::span<const Pattern> patterns, std::span<const std::uint32_t> chosen,
                  std::size_t at) {
    auto sum = 0;
    for (auto byte = 0; byte < 256; ++byte) {
        const auto passes = [&](std::uint32_t number) {
            return lets_pass(patterns[number], at, static_cast<std::uint8_t>(byte));
        };
        if (std::ranges::any_of(chosen, passes)) sum += commonness(static_cast<std::uint8_t>(byte));
    }
    return sum;
}

}  // namespace

Sieve::Sieve(std::span<const Pattern> patterns, std::vector<std::uint32_t> chosen)
    : patterns_(patterns) {
    const auto size_of = [&](std::uint32_t number) { return patterns_[number].size(); };
    shortest_ = size_of(std::ranges::min(chosen, {}, size_of));

    // The places where the fewest bytes pass.
    std::vector<std::pair<int, std::size_t>> places;
    for (std::size_t at = 0; at < std::min(shortest_, farthest); ++at) {
        places.emplace_back(commonness_at(patterns_, chosen, at), at);
    }
    std::ranges::sort(places);
    meshes_.count = std::min(places.size(), Meshes::most);
    places.resize(meshes_.count);

    // Those that are alike where they differ most share a bucket: it lets fewer others pass.
    const auto by = [&](std::uint32_t number) {
        std::array<std::uint8_t, Meshes::most> bytes{};
        for (std::size_t i = 0; i < places.size(); ++i) {
            bytes[i] = patterns_[number].byte(places[places.size() - 1 - i].second);
        }
        return bytes;
    };
    std::ranges::sort(chosen, {}, by);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        buckets_[i * buckets / chosen.size()].push_back(chosen[i]);
    }

    for (std::size_t i = 0; i < places.size(); ++i) {
        auto& mesh = meshes_.each[i];
        mesh.at = places[i].second;
        for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
            const auto bit = static_cast<std::uint8_t>(1U << bucket);
            for (const auto number : buckets_[bucket]) {
                for (std::size_t byte = 0; byte < 256; ++byte) {
                    if (!lets_pass(patterns_[number], mesh.at, static_cast<std::uint8_t>(byte))) {
                        continue;
                    }
                    mesh.low[byte & 0xF] |= bit;
                    mesh.high[byte >> 4] |= bit;
                }
            }
        }
    }
}

std::vector<Sieve> Sieve::for_all(std::span<const Pattern> patterns) {
    std::array<std::vector<std::uint32_t>, 2> chosen;  // the short, the long
    for (std::uint32_t number = 0; number < patterns.size(); ++number) {
        chosen[patterns[number].size() < Meshes::most ? 0 : 1].push_back(number);
    }
    std::vector<Sieve> sieves;
    for (const auto& each : chosen) {
        for (std::size_t first = 0; first < each.size(); first += most) {
            const auto count = std::min(most, each.size() - first);
            const auto from = each.begin() + static_cast<std::ptrdiff_t>(first);
            sieves.emplace_back(patterns,
                                std::vector(from, from + static_cast<std::ptrdiff_t>(count)));
        }
    }
    return sieves;
}

void Sieve::add_matching(Pattern::Bytes block, std::uint64_t base, std::size_t start,
                         std::vector<std::uint32_t>& numbers) const {
    for (auto passing = meshes_.buckets_at(block.data() + start); passing != 0;
         passing &= passing - 1) {
        for (const auto number : buckets_[static_cast<std::size_t>(std::countr_zero(passing))]) {
            if (patterns_[number].matches(block, base, start)) numbers.push_back(number);
        }
    }
}

Sifting::Sifting(const Sieve& sieve, Pattern::Bytes block, std::uint64_t base, std::size_t from,
                 std::size_t last, FindPassing* find)
    : sieve_(&sieve),
      block_(block),
      base_(base),
      find_(find),
      next_(from),
      end_(block.size() < sieve.shortest() ? from
                                           : std::min(last, block.size() - sieve.shortest() + 1)),
      last_(last) {
    advance();
}

void Sifting::advance() {
    numbers_.clear();
    for (;;) {
        for (; bits_ != 0; bits_ &= bits_ - 1) {
            start_ = group_ + static_cast<std::size_t>(std::countr_zero(bits_));
            sieve_->add_matching(block_, base_, start_, numbers_);
            if (numbers_.empty()) continue;
            bits_ &= bits_ - 1;
            return;
        }
        if (next_ >= end_) {
            start_ = last_;
            return;
        }
        const auto found = find_(sieve_->meshes(), block_.data(), next_, end_);
        group_ = found.start;
        bits_ = found.bits;
        if (bits_ == 0 && group_ < end_) {  // fewer than 64 are left: try each
            bits_ = (std::uint64_t{1} << (end_ - group_)) - 1;
        }
        next_ = group_ + 64;
    }
}

#if defined(_M_ARM64) || defined(__aarch64__)

namespace {

struct Wanted {
    uint8x16_t low;
    uint8x16_t high;

    [[nodiscard]] uint8x16_t passing(const std::uint8_t* at) const noexcept {
        const auto bytes = vld1q_u8(at);
        return vandq_u8(vqtbl1q_u8(low, vandq_u8(bytes, vdupq_n_u8(0xF))),
                        vqtbl1q_u8(high, vshrq_n_u8(bytes, 4)));
    }
};

// A bit for each of 16 bytes, set where any of its own is.
std::uint64_t bits_of(uint8x16_t buckets) noexcept {
    static constexpr std::uint8_t weights[16]{1, 2, 4, 8, 16, 32, 64, 128,
                                              1, 2, 4, 8, 16, 32, 64, 128};
    auto bits = vandq_u8(vtstq_u8(buckets, buckets), vld1q_u8(weights));
    for (auto halved = 0; halved < 3; ++halved) bits = vpaddq_u8(bits, bits);
    return vgetq_lane_u16(vreinterpretq_u16_u8(bits), 0);
}

}  // namespace

Agreeing find_passing(const Meshes& meshes, const std::uint8_t* block, std::size_t from,
                      std::size_t end) noexcept {
    std::array<Wanted, Meshes::most> wanted{};
    for (std::size_t i = 0; i < meshes.count; ++i) {
        wanted[i] = {vld1q_u8(meshes.each[i].low.data()), vld1q_u8(meshes.each[i].high.data())};
    }
    auto start = from;
    for (; start < end && end - start >= 64; start += 64) {
        std::uint64_t bits = 0;
        for (std::size_t part = 0; part < 64; part += 16) {
            auto buckets = vdupq_n_u8(0xFF);
            for (std::size_t i = 0; i < meshes.count; ++i) {
                const auto* const at = block + start + part + meshes.each[i].at;
                buckets = vandq_u8(buckets, wanted[i].passing(at));
            }
            if (vmaxvq_u8(buckets) != 0) bits |= bits_of(buckets) << part;
        }
        if (bits != 0) return {start, bits};
    }
    return {start, 0};
}

FindPassing* best_find_passing(bool) noexcept {
    return &find_passing;
}

#else

Agreeing find_passing(const Meshes& meshes, const std::uint8_t* block, std::size_t from,
                      std::size_t end) noexcept {
    auto start = from;
    for (; start < end && end - start >= 64; start += 64) {
        std::uint64_t bits = 0;
        for (std::size_t k = 0; k < 64; ++k) {
            bits |= std::uint64_t{meshes.buckets_at(block + start + k) != 0} << k;
        }
        if (bits != 0) return {start, bits};
    }
    return {start, 0};
}

#if defined(_M_X64) || defined(__x86_64__)

namespace {

// No compiler but MSVC takes instructions that it was not told of: this one function has them, and
// calls nothing.
#if defined(__GNUC__)
[[gnu::target("avx2")]]
#endif
Agreeing find_passing_wide(const Meshes& meshes, const std::uint8_t* block, std::size_t from,
                           std::size_t end) noexcept {
    const auto half = _mm256_set1_epi8(0xF);
    __m256i low[Meshes::most];
    __m256i high[Meshes::most];
    const std::uint8_t* first[Meshes::most];
    for (std::size_t i = 0; i < Meshes::most; ++i) {  // what is not used repeats the first
        const auto& mesh = meshes.each[i < meshes.count ? i : 0];
        low[i] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(mesh.low.data())));
        high[i] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(mesh.high.data())));
        first[i] = block + mesh.at;
    }
    auto start = from;
    for (; start < end && end - start >= 64; start += 64) {
        auto one = _mm256_set1_epi8(-1);
        auto two = one;
        for (std::size_t i = 0; i < meshes.count; ++i) {
            const auto* const at = reinterpret_cast<const __m256i*>(first[i] + start);
            const auto a = _mm256_loadu_si256(at);
            const auto b = _mm256_loadu_si256(at + 1);
            one = _mm256_and_si256(one, _mm256_shuffle_epi8(low[i], _mm256_and_si256(a, half)));
            two = _mm256_and_si256(two, _mm256_shuffle_epi8(low[i], _mm256_and_si256(b, half)));
            one = _mm256_and_si256(
                one, _mm256_shuffle_epi8(high[i], _mm256_and_si256(_mm256_srli_epi16(a, 4), half)));
            two = _mm256_and_si256(
                two, _mm256_shuffle_epi8(high[i], _mm256_and_si256(_mm256_srli_epi16(b, 4), half)));
        }
        const auto any = _mm256_or_si256(one, two);
        if (_mm256_testz_si256(any, any) != 0) continue;
        const auto none = _mm256_setzero_si256();
        const auto bits = static_cast<std::uint64_t>(static_cast<unsigned>(
                              _mm256_movemask_epi8(_mm256_cmpeq_epi8(two, none))))
                              << 32 |
                          static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(one, none)));
        return {start, ~bits};
    }
    return {start, 0};
}

}  // namespace

FindPassing* best_find_passing(bool wide) noexcept {
    return wide ? &find_passing_wide : &find_passing;
}

#else

FindPassing* best_find_passing(bool) noexcept {
    return &find_passing;
}

#endif

#endif

}  // namespace ntpages
