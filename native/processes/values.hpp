// processes/values: values in the memory of a process, and what becomes of them from look to look.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "native/crew.hpp"
#include "native/lock.hpp"
#include "native/processes/bench.hpp"
#include "native/processes/frontier.hpp"
#include "native/processes/kept.hpp"
#include "native/processes/look.hpp"
#include "native/processes/process.hpp"
#include "native/table/table.hpp"

namespace ntpages {

// The values of one kind that have passed every look so far. The first look goes through all
// memory that can be read; each further one through what was left. What is left is kept as it was
// read: the next look may ask what has changed.
//
// Calls may come from any thread; each waits for the one before.
class Values : public Exposed {
public:
    // Looks at what begins in [start, end), only on pages that can be written if `writable`, at
    // multiples of `alignment`, which is a power of two.
    Values(Process& process, Followed followed, std::size_t alignment, std::uint64_t start,
           std::uint64_t end, bool writable, std::size_t threads);

    // Begins a look; one that was begun and not ended is forgotten, with all that came of it.
    void begin(std::unique_ptr<const Look> look);
    // Goes on for about so long. False when there is nothing left to look at.
    bool advance(std::uint64_t milliseconds);
    // Makes what a look that is over has left what is left: until then all is as it was before.
    void finish();

    // What is left, part by part, for a file. And the same from one, in ascending order, in the
    // place of a first look: loaded() ends that. Throws std::invalid_argument.
    [[nodiscard]] std::size_t parts() const;
    [[nodiscard]] std::vector<std::byte> saved(std::size_t part) const;
    void load_part(std::span<const std::byte> saved);
    void loaded();

    // Gives back what is kept, once no other call needs it. Whatever is asked later throws Closed.
    void close();
    [[nodiscard]] bool closed() const;

    // Bytes that the look has read.
    [[nodiscard]] std::uint64_t scanned() const;
    // Values that are left, and the bytes that it takes to know them.
    [[nodiscard]] std::uint64_t count() const;
    [[nodiscard]] std::uint64_t kept() const;

    // The lowest, as they were read last.
    [[nodiscard]] Table matches(std::size_t limit) const;
    // What the last look could not read.
    [[nodiscard]] Table holes() const;

private:
    // What a look makes.
    struct Result {
        Store store;
        std::vector<Kept> parts;
        std::vector<Hole> holes;
    };

    void require_open() const;
    void take_part();
    [[nodiscard]] Bench* find_begun();
    [[nodiscard]] bool is_left() const noexcept;
    Bench* free_bench();
    std::optional<Work> find_work();
    void work_at(Bench& bench);
    std::byte* take(std::size_t size);
    [[nodiscard]] bool is_own(const void* allocation) const noexcept;
    [[nodiscard]] bool over() const noexcept;

    mutable SlimLock turn_;
    Process& process_;
    const Followed followed_;
    const std::size_t alignment_;
    const std::uint64_t start_;
    const std::uint64_t end_;
    const bool writable_;
    const std::size_t threads_;
    std::unique_ptr<const Look> look_;

    Monitor lock_;  // of all below, but a bench that is taken
    Crew crew_;
    std::size_t at_work_ = 0;  // threads
    std::vector<Bench> benches_;
    std::optional<Frontier> frontier_;  // of the first look
    std::size_t next_part_ = 0;         // of a further one
    std::atomic<std::uint64_t> deadline_{0};
    std::atomic<bool> stopping_{false};  // one of the threads failed

    bool closed_ = false;
    bool begun_ = false;    // a look
    bool looking_ = false;  // it goes on
    bool looked_ = false;   // one was finished
    std::uint64_t scanned_ = 0;
    Result last_;  // of the look that was ended last
    Result next_;  // of the one that goes on
};

}  // namespace ntpages
