// race: what scenes are made of. A scene lets eight threads at objects of one noun; what two of
// them do to the same memory without an order, ThreadSanitizer tells.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace race {

inline constexpr std::size_t threads = 8;
inline constexpr std::size_t page = 4096;

// Runs work(number) on every thread, all at once.
template <typename Work>
void together(Work work) {
    std::latch start(threads);
    std::vector<std::jthread> all;
    for (std::size_t number = 0; number < threads; ++number) {
        all.emplace_back([&, number] {
            start.arrive_and_wait();
            work(number);
        });
    }
}

// What another thread may have closed, taken or be looking into is refused: that is no race.
template <typename Use>
void attempt(Use use) {
    try {
        use();
    } catch (const std::runtime_error&) {
    } catch (const std::logic_error&) {
    }
}

inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

}  // namespace race

// Each noun's file has one.
void scene();
