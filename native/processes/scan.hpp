// processes/scan: looking through all the memory of one, in steps, or again at what was found.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "native/crew.hpp"
#include "native/handle.hpp"
#include "native/lock.hpp"
#include "native/processes/frontier.hpp"
#include "native/processes/needles.hpp"
#include "native/processes/pattern.hpp"
#include "native/processes/process.hpp"
#include "native/table/table.hpp"

namespace ntpages {

inline constexpr std::array match_fields{
    Field{"address", Kind::u64},
    Field{"pattern", Kind::u32},
};

// A search through the committed memory of a process, in steps, by several threads. Pages that
// can't be read become holes; guard pages are never touched. In one's own process, what it works
// with is left out.
//
// A thread takes the share that comes next, or one that was left unfinished, reads it into a slot
// and tries every start there with every pattern. What it finds waits in the slot until all shares
// before have been told: so matches, holes and limits are those of one thread that goes from the
// lowest address to the highest.
//
// Calls may come from any thread; each waits for the one before.
class Scan : public Exposed {
public:
    // Looks at [start, end), only at pages that can be written if `writable`, and stops after
    // `limit` matches, and what else matches at the last one's address. With `places`, only
    // what begins at one of these is a match. No more `threads` than that are at it at a time.
    Scan(Process& process, std::vector<Pattern> patterns, std::uint64_t start, std::uint64_t end,
         bool writable, std::size_t limit, std::optional<std::span<const std::uint64_t>> places,
         std::size_t threads);

    // Goes on for about so long. False when there is nothing left to do.
    bool advance(std::uint64_t milliseconds);

    [[nodiscard]] std::uint64_t scanned() const;
    [[nodiscard]] bool cut_short() const;

    // The results, to be taken once; with either the scan is over.
    Table matches();
    Table holes();

private:
    // Found at so many bytes from the beginning of a share. No address: it would look like what
    // somebody looks for.
    struct Found {
        std::uint32_t at;
        std::uint32_t pattern;
    };

    // Where a share is read to and searched. Offsets are from its beginning.
    struct Slot {
        Pages memory;  // the bytes that were read, and behind them what was found

        bool taken = false;  // it has a share
        bool busy = false;   // a thread works at it
        std::uint64_t turn = 0;
        Share share{};
        std::size_t filled = 0;   // what was read; it ends where reading failed
        std::size_t tryable = 0;  // starts below this can be tried, with all that they reach into
        std::size_t next = 0;     // the first start that has not been tried
        std::size_t stride = 0;   // bytes to read at once
        bool blocked = false;     // the page behind `filled` can't be read
        std::vector<std::uint32_t> unreadable;  // pages, counted from that of the first byte
        std::size_t found = 0;
        std::size_t told = 0;        // starts whose matches and holes were told
        std::size_t holes_told = 0;  // of `unreadable`

        [[nodiscard]] bool ended() const noexcept { return next >= share.starts; }
        [[nodiscard]] std::byte* buffer() const noexcept {
            return static_cast<std::byte*>(memory.get());
        }
        [[nodiscard]] Pattern::Bytes bytes() const noexcept {
            return {static_cast<const std::uint8_t*>(memory.get()), filled};
        }
        [[nodiscard]] Found* found_at(std::size_t offset) const noexcept {
            return reinterpret_cast<Found*>(buffer() + offset);
        }
    };

    void take_part();
    void work_at(Slot& slot);
    Slot* find_work();
    Slot* find_begun();
    Slot* free_slot();
    void begin(Slot& slot, const Share& share);
    [[nodiscard]] bool over() const noexcept;
    [[nodiscard]] bool is_full(const Slot& slot) const noexcept;
    [[nodiscard]] bool is_own(const void* allocation) const noexcept;

    // What one thread does at its slot, without the lock.
    void look(Slot& slot) const;
    void fill(Slot& slot) const;
    void search(Slot& slot) const;
    void try_places(Slot& slot, std::size_t last) const;

    // What is told, in turn.
    void settle();
    void tell(Slot& slot);
    std::size_t tell_matches(Slot& slot);
    std::size_t tell_holes(Slot& slot, std::size_t end);
    void count_places(const Slot& slot, std::size_t end);
    void add_hole(std::uint64_t address, std::uint64_t size, HoleReason reason);
    void end_hole();

    mutable SlimLock turn_;
    Process& process_;
    Needles needles_;
    std::size_t limit_;
    std::size_t threads_;
    std::size_t buffer_size_;  // of a slot
    std::size_t room_;         // for what is found in a share

    Monitor lock_;  // of all below, but what a slot that is busy has
    Crew crew_;
    std::size_t at_work_ = 0;  // threads
    std::vector<Slot> slots_;
    std::size_t usable_;  // of them: Windows had memory for so many
    std::optional<Frontier> frontier_;
    std::uint64_t next_turn_ = 0;  // of the share that is cut next
    std::uint64_t turn_to_tell_ = 0;
    std::atomic<std::uint64_t> deadline_{0};
    std::atomic<bool> stopping_{false};  // one of the threads failed

    bool done_ = false;
    bool cut_short_ = false;
    std::uint64_t scanned_ = 0;
    std::uint64_t counted_to_ = 0;  // what of places that overlap is in scanned_
    std::size_t found_ = 0;
    std::optional<Rows<match_fields>> matches_{std::in_place};  // until they are taken
    std::optional<Rows<hole_fields>> holes_{std::in_place};
    std::uint64_t hole_ = 0;  // the last one, which may go on
    std::uint64_t hole_size_ = 0;
    HoleReason hole_reason_ = HoleReason::guard;
};

}  // namespace ntpages
