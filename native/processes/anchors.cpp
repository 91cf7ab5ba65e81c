// processes/anchors: the same look with the instructions of each processor.
#include "native/processes/anchors.hpp"

#if defined(_M_X64) || defined(__x86_64__)
#include <immintrin.h>
#elif defined(_M_ARM64) || defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace ntpages {

#if defined(_M_X64) || defined(__x86_64__)

namespace {

struct Wanted {
    __m128i byte;
    __m128i mask;

    explicit Wanted(const Anchor& anchor)
        : byte(_mm_set1_epi8(static_cast<char>(anchor.byte))),
          mask(_mm_set1_epi8(static_cast<char>(anchor.mask))) {}

    [[nodiscard]] __m128i equals(const std::uint8_t* at) const noexcept {
        const auto loaded = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        return _mm_cmpeq_epi8(_mm_and_si128(loaded, mask), byte);
    }
};

std::uint64_t bits_of(__m128i lanes) noexcept {
    return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(lanes)));
}

// No compiler but MSVC takes instructions that it was not told of: this one function has them, and
// calls nothing.
#if defined(__GNUC__)
[[gnu::target("avx2")]]
#endif
Agreeing find_agreeing_wide(const Anchors& anchors, const std::uint8_t* block, std::size_t from,
                            std::size_t end) noexcept {
    const auto byte = _mm256_set1_epi8(static_cast<char>(anchors.first.byte));
    const auto mask = _mm256_set1_epi8(static_cast<char>(anchors.first.mask));
    const auto other_byte = _mm256_set1_epi8(static_cast<char>(anchors.second.byte));
    const auto other_mask = _mm256_set1_epi8(static_cast<char>(anchors.second.mask));
    const auto* const first = block + anchors.first.at;
    const auto* const second = block + anchors.second.at;
    auto start = from;
    for (; start < end && end - start >= 64; start += 64) {
        const auto* const one = reinterpret_cast<const __m256i*>(first + start);
        const auto* const two = reinterpret_cast<const __m256i*>(second + start);
        const auto low = _mm256_and_si256(
            _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_loadu_si256(one), mask), byte),
            _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_loadu_si256(two), other_mask), other_byte));
        const auto high = _mm256_and_si256(
            _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_loadu_si256(one + 1), mask), byte),
            _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_loadu_si256(two + 1), other_mask),
                              other_byte));
        if (_mm256_testz_si256(_mm256_or_si256(low, high), _mm256_or_si256(low, high)) != 0) {
            continue;
        }
        const auto bits =
            static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(high))) << 32 |
            static_cast<unsigned>(_mm256_movemask_epi8(low));
        return {start, bits};
    }
    return {start, 0};
}

}  // namespace

Agreeing find_agreeing(const Anchors& anchors, const std::uint8_t* block, std::size_t from,
                       std::size_t end) noexcept {
    const Wanted first(anchors.first);
    const Wanted second(anchors.second);
    auto start = from;
    for (; start < end && end - start >= 64; start += 64) {
        const auto* const one = block + anchors.first.at + start;
        const auto* const two = block + anchors.second.at + start;
        const auto a = _mm_and_si128(first.equals(one), second.equals(two));
        const auto b = _mm_and_si128(first.equals(one + 16), second.equals(two + 16));
        const auto c = _mm_and_si128(first.equals(one + 32), second.equals(two + 32));
        const auto d = _mm_and_si128(first.equals(one + 48), second.equals(two + 48));
        if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) == 0) continue;
        return {start, bits_of(a) | bits_of(b) << 16 | bits_of(c) << 32 | bits_of(d) << 48};
    }
    return {start, 0};
}

FindAgreeing* best_find_agreeing(bool wide) noexcept {
    return wide ? &find_agreeing_wide : &find_agreeing;
}

#elif defined(_M_ARM64) || defined(__aarch64__)

namespace {

struct Wanted {
    uint8x16_t byte;
    uint8x16_t mask;

    explicit Wanted(const Anchor& anchor)
        : byte(vdupq_n_u8(anchor.byte)), mask(vdupq_n_u8(anchor.mask)) {}

    [[nodiscard]] uint8x16_t equals(const std::uint8_t* at) const noexcept {
        return vceqq_u8(vandq_u8(vld1q_u8(at), mask), byte);
    }
};

// A bit for each byte of four vectors: NEON has no instruction for it, but adds neighbours.
std::uint64_t bits_of(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d) noexcept {
    static constexpr std::uint8_t weights[16]{1, 2, 4, 8, 16, 32, 64, 128,
                                              1, 2, 4, 8, 16, 32, 64, 128};
    const auto weight = vld1q_u8(weights);
    const auto low = vpaddq_u8(vandq_u8(a, weight), vandq_u8(b, weight));
    const auto high = vpaddq_u8(vandq_u8(c, weight), vandq_u8(d, weight));
    const auto both = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(both, both)), 0);
}

}  // namespace

Agreeing find_agreeing(const Anchors& anchors, const std::uint8_t* block, std::size_t from,
                       std::size_t end) noexcept {
    const Wanted first(anchors.first);
    const Wanted second(anchors.second);
    auto start = from;
    for (; start < end && end - start >= 64; start += 64) {
        const auto* const one = block + anchors.first.at + start;
        const auto* const two = block + anchors.second.at + start;
        const auto a = vandq_u8(first.equals(one), second.equals(two));
        const auto b = vandq_u8(first.equals(one + 16), second.equals(two + 16));
        const auto c = vandq_u8(first.equals(one + 32), second.equals(two + 32));
        const auto d = vandq_u8(first.equals(one + 48), second.equals(two + 48));
        if (vmaxvq_u8(vorrq_u8(vorrq_u8(a, b), vorrq_u8(c, d))) == 0) continue;
        return {start, bits_of(a, b, c, d)};
    }
    return {start, 0};
}

FindAgreeing* best_find_agreeing(bool) noexcept {
    return &find_agreeing;
}

#else

Agreeing find_agreeing(const Anchors& anchors, const std::uint8_t* block, std::size_t from,
                       std::size_t end) noexcept {
    const auto agrees = [&](const Anchor& anchor, std::size_t at) {
        return (block[at + anchor.at] & anchor.mask) == anchor.byte;
    };
    auto start = from;
    for (; start < end && end - start >= 64; start += 64) {
        std::uint64_t bits = 0;
        for (std::size_t k = 0; k < 64; ++k) {
            const auto both = agrees(anchors.first, start + k) && agrees(anchors.second, start + k);
            bits |= std::uint64_t{both} << k;
        }
        if (bits != 0) return {start, bits};
    }
    return {start, 0};
}

FindAgreeing* best_find_agreeing(bool) noexcept {
    return &find_agreeing;
}

#endif

}  // namespace ntpages
