// race_processes: one process, whose handles are opened when first needed; one scan, in turns, and
// by a crew of its own; and looks at numbers and at bytes by others.
#include <array>
#include <memory>
#include <optional>

#include "native/processes/contents.hpp"
#include "native/processes/numbers.hpp"
#include "native/processes/scan.hpp"
#include "native/processes/values.hpp"
#include "tests/race/race.hpp"

using namespace ntpages;

void scene() {
    std::array<std::array<std::byte, 64>, race::threads> theirs{};
    Process process(GetCurrentProcessId());
    race::together([&](std::size_t number) {
        auto& own = theirs[number];
        const auto at = reinterpret_cast<std::uint64_t>(own.data());
        std::array<std::byte, 32> copy;
        for (auto turn = 0; turn < 10; ++turn) {
            race::attempt([&] { process.write(at, copy, turn % 2 == 0); });
            race::attempt([&] { process.read(at, copy, false); });
            race::attempt([&] {
                const std::array<std::uint64_t, 2> places{at + 16, at};
                process.read_many(places, 16, copy);
            });
            race::attempt([&] { process.counters(); });
            if (turn == 7) race::attempt([&] { process.close(); });
        }
    });

    constexpr std::size_t size = 640 * race::page;  // some shares for each thread
    auto* const memory = VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    const auto start = reinterpret_cast<std::uint64_t>(memory);
    static constexpr std::array<std::uint8_t, 4> word{1, 2, 3, 4};
    static constexpr std::array<std::uint8_t, 4> mask{255, 255, 255, 255};
    for (std::size_t at = 0; at < size; at += race::page) {
        std::ranges::copy(word, static_cast<std::uint8_t*>(memory) + at);
    }
    Process own(GetCurrentProcessId());
    Scan scan(own, {Pattern(word, mask)}, start, start + size, false, 1000, std::nullopt, 3);
    std::atomic<std::size_t> found{0};
    race::together([&](std::size_t) {
        race::attempt([&] {
            while (scan.advance(0)) static_cast<void>(scan.scanned() + scan.cut_short());
            found += scan.matches().size();
        });
    });
    race::require(found == size / race::page, "each match is told once");

    Values values(own, {Number::u32}, 4, start, start + size, false, 3);
    Bounds exactly;
    std::ranges::copy(std::as_bytes(std::span(word)), exactly.low.begin());
    exactly.high = exactly.low;
    const Test test{Comparison::inside, {exactly}};
    race::together([&](std::size_t) {
        for (auto look = 0; look < 3; ++look) {
            race::attempt([&] { values.begin(std::make_unique<NumberLook>(Number::u32, test)); });
            while (values.advance(0)) static_cast<void>(values.scanned() + values.kept());
            race::attempt([&] { values.finish(); });
            static_cast<void>(values.matches(5).size() + values.holes().size());
        }
    });
    values.begin(std::make_unique<NumberLook>(Number::u32, test));
    while (values.advance(50)) continue;
    values.finish();
    race::require(values.count() == size / race::page, "each number is left once");

    const auto sought = [] {
        const ContentLook::Sought same{word, mask, 1, 0};
        return std::make_unique<ContentLook>(Comparison::inside, std::span(&same, 1));
    };
    Values contents(own, {}, 1, start, start + size, false, 3);
    race::together([&](std::size_t) {
        for (auto look = 0; look < 3; ++look) {
            race::attempt([&] { contents.begin(sought()); });
            while (contents.advance(0)) static_cast<void>(contents.scanned() + contents.kept());
            race::attempt([&] { contents.finish(); });
            static_cast<void>(contents.matches(5).size());
        }
    });
    contents.begin(sought());
    while (contents.advance(50)) continue;
    contents.finish();
    race::require(contents.count() == size / race::page, "so are bytes");
    VirtualFree(memory, 0, MEM_RELEASE);
}
