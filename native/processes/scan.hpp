// processes/scan: looking through all the memory of one, in steps, or again at what was found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "native/handle.hpp"
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
// holes; guard pages are never touched.
class Scan : public Exposed {
public:
    // Looks at [start, end), only at pages that can be written if `writable`, and stops after
    // `limit` matches.
    Scan(Process& process, std::vector<Pattern> patterns, std::uint64_t start, std::uint64_t end,
         bool writable, std::size_t limit);

    // Goes on for about this many bytes. False when there is nothing left to do.
    bool advance(std::uint64_t size);

    [[nodiscard]] std::uint64_t scanned() const noexcept { return scanned_; }
    [[nodiscard]] bool cut_short() const noexcept { return found_ == limit_; }

    // The results, to be taken once.
    Table matches();
    Table holes();

private:
    [[nodiscard]] std::byte* buffer() const noexcept {
        return static_cast<std::byte*>(buffer_.get());
    }
    void enter_region();
    void skip_to(std::uint64_t address);
    void step();
    void search(std::size_t size);
    void add_hole(std::uint64_t size, HoleReason reason);
    void end_hole();

    static constexpr std::size_t chunk = 512 * 1024;  // searched while the processor caches it

    Process& process_;
    std::vector<Pattern> patterns_;
    std::size_t longest_ = 0;
    Pages buffer_;             // what was carried over, and behind it what was read
    std::size_t carried_ = 0;  // the end of the bytes before at_, one less than the longest pattern
    std::uint64_t at_;         // where to go on
    std::uint64_t end_;
    std::uint64_t readable_end_;  // of the region that at_ lies in
    std::size_t stride_ = chunk;
    std::uint64_t scanned_ = 0;
    bool writable_;
    bool done_ = false;
    std::size_t limit_;
    std::size_t found_ = 0;
    Rows<match_fields> matches_;
    Rows<hole_fields> holes_;
    std::uint64_t hole_ = 0;  // the last one, which may go on
    std::uint64_t hole_size_ = 0;
    HoleReason hole_reason_ = HoleReason::guard;
};

// The second scan: which of these addresses match now? Matches, and holes.
std::pair<Table, Table> narrow(Process& process, const std::vector<Pattern>& patterns,
                               std::span<const std::uint64_t> addresses);

}  // namespace ntpages
