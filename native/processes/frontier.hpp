// processes/frontier: how far a scan has come, and what is to be looked at next.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "native/handle.hpp"
#include "native/processes/process.hpp"
#include "native/table/table.hpp"

namespace ntpages {

enum class HoleReason : std::uint8_t { guard, no_access, unreadable, uncached };
inline constexpr std::array hole_reasons{"guard page", "no access", "unreadable", "not cached"};
inline constexpr std::array hole_fields{
    Field{"address", Kind::u64},
    Field{"size", Kind::u64},
    Field{"reason", Kind::u8, hole_reasons},
};

// Why pages like these are left alone, if they are.
std::optional<HoleReason> reason_to_skip(const MEMORY_BASIC_INFORMATION& region) noexcept;

// A part of what is scanned, for one thread; or a hole that lies before the next one.
struct Share {
    std::uint64_t address;
    std::size_t starts;  // a match that begins in so many bytes is told with this share
    std::uint64_t size;  // bytes that lie side by side, with what such a match may reach into
    std::optional<HoleReason> hole;
    std::span<const std::uint64_t> places;  // of the starts, where only these are tried
};

// Goes through the committed memory of a process that can be read, and cuts it into shares, in
// ascending order. Guard pages are never part of one.
//
// A share ends where the last start does, and reaches so far behind that the longest match fits in,
// as long as pages lie side by side: a match may go from one region into the next. For one thread
// at a time.
class Frontier {
public:
    // Whether an allocation of one's own process is what the scan itself works with. What it has
    // found would be found again, for ever, and its buffers hold a copy of what was read.
    using IsOwn = std::function<bool(const void*)>;

    struct Limits {
        std::uint64_t start;
        std::uint64_t end;
        bool writable;        // only pages that can be written
        std::size_t longest;  // bytes that a match may have
        std::size_t starts;   // at most, in a share
    };

    // With `places`, only what begins at one of these is looked for.
    Frontier(Process& process, Limits limits, std::optional<std::span<const std::uint64_t>> places,
             IsOwn is_own);

    [[nodiscard]] bool done() const noexcept { return done_; }
    [[nodiscard]] bool narrows() const noexcept { return narrows_; }

    // Goes a step further: asks Windows of one region at most. What comes of it is often nothing
    // yet.
    std::optional<Share> advance();

private:
    // What is stepped over, and why, if that is to be told.
    struct Gap {
        std::uint64_t end;
        std::optional<HoleReason> hole;
    };

    void look_on();
    [[nodiscard]] std::optional<HoleReason> reason_if_missed(std::uint64_t end) const;
    Share cut(std::uint64_t starts);
    std::optional<Share> step_over(Gap gap);
    bool enter_stretch();

    Process& process_;
    Limits limits_;
    IsOwn is_own_;

    Pages kept_places_;
    std::span<const std::uint64_t> places_;  // still to be tried, ascending
    bool narrows_ = false;

    std::uint64_t at_;            // the next start
    std::uint64_t known_;         // from at_ to here, all can be read
    std::uint64_t readable_end_;  // of the region that Windows was asked of last
    std::uint64_t stretch_end_;   // of what is wanted from at_ on
    bool closed_ = false;         // nothing that follows known_ belongs to it
    std::optional<Gap> gap_;      // begins at known_, where it is closed
    bool done_ = false;
};

}  // namespace ntpages
