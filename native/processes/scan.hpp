// processes/scan: looking through all the memory of one, in steps, or again at what was found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "native/handle.hpp"
#include "native/lock.hpp"
#include "native/processes/pattern.hpp"
#include "native/processes/process.hpp"
#include "native/table/table.hpp"

namespace ntpages {

inline constexpr std::array match_fields{
    Field{"address", Kind::u64},
    Field{"pattern", Kind::u32},
};

enum class HoleReason : std::uint8_t { guard, no_access, unreadable, uncached };
inline constexpr std::array hole_reasons{"guard page", "no access", "unreadable", "not cached"};
inline constexpr std::array hole_fields{
    Field{"address", Kind::u64},
    Field{"size", Kind::u64},
    Field{"reason", Kind::u8, hole_reasons},
};

// A search through the committed memory of a process, in steps. Pages that can't be read become
// holes; guard pages are never touched. In one's own process, what it works with is left out.
//
// It reads bytes that lie side by side into a window, and tries every start there with every
// pattern, so that matches are found in the order in which they are told. A start is tried once the
// longest pattern can be, or nothing more follows: a match may go from one region into the next.
//
// Calls may come from any thread; each waits for the one before.
class Scan : public Exposed {
public:
    // Looks at [start, end), only at pages that can be written if `writable`, and stops after
    // `limit` matches, and what else matches at the last one's address. With `places`, only
    // what begins at one of these is a match.
    Scan(Process& process, std::vector<Pattern> patterns, std::uint64_t start, std::uint64_t end,
         bool writable, std::size_t limit, std::optional<std::span<const std::uint64_t>> places);

    // Goes on for about so long. False when there is nothing left to do.
    bool advance(std::uint64_t milliseconds);

    [[nodiscard]] std::uint64_t scanned() const;
    [[nodiscard]] bool cut_short() const;

    // The results, to be taken once; with either the scan is over.
    Table matches();
    Table holes();

private:
    // What is stepped over, and why, if that is to be told.
    struct Gap {
        std::uint64_t end;
        std::optional<HoleReason> hole;
    };

    [[nodiscard]] std::byte* buffer() const noexcept {
        return static_cast<std::byte*>(buffer_.get());
    }
    [[nodiscard]] std::uint64_t window_address() const noexcept { return at_ - filled_; }
    // The end of the starts that can be tried.
    [[nodiscard]] std::size_t ready() const noexcept;
    [[nodiscard]] bool is_own(const void* allocation) const noexcept;

    void step();
    void enter_region();
    [[nodiscard]] std::optional<HoleReason> reason_if_missed(std::uint64_t end) const;
    void fill();
    void leave_window();
    void step_over(Gap gap);
    void end_hole();
    bool enter_stretch();
    void search();
    void try_all(std::size_t last);
    void try_places(std::size_t last);
    bool goes_on() noexcept;

    mutable SlimLock turn_;
    Process& process_;
    std::vector<Pattern> patterns_;
    std::size_t longest_ = 0;
    std::size_t starts_at_once_;  // so many, that trying them can't take long
    std::size_t full_stride_;
    bool writable_;
    std::size_t limit_;

    Pages kept_places_;
    std::span<std::uint64_t> places_;  // still to be tried, ascending
    bool narrows_ = false;

    std::uint64_t at_;                   // where to read next
    std::uint64_t end_;                  // of all
    std::uint64_t stretch_end_;          // of what is wanted from at_ on
    std::uint64_t readable_end_;         // of the region that at_ lies in
    std::optional<Gap> gap_;             // begins at at_
    std::size_t stride_;                 // bytes to read at once
    Pages buffer_;                       // the window: it ends at at_
    std::size_t filled_ = 0;             // bytes in it
    std::size_t next_ = 0;               // the first start in it that has not been tried
    bool closed_ = false;                // nothing that follows belongs to it
    std::vector<std::size_t> upcoming_;  // the next match of each pattern in it

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
