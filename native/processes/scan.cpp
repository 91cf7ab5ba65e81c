// processes/scan: which pages are looked at, and how a match is found that goes over several.
#include "native/processes/scan.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "native/commit.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr DWORD writing =
    PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

// Why pages with this protection are left alone, if they are. Reading memory that no processor
// caches is slow beyond use; where it is a device's, reading may have an effect.
std::optional<HoleReason> reason_to_skip(DWORD protection) noexcept {
    if ((protection & PAGE_GUARD) != 0) return HoleReason::guard;
    if ((protection & PAGE_NOACCESS) != 0) return HoleReason::no_access;
    if ((protection & (PAGE_NOCACHE | PAGE_WRITECOMBINE)) != 0) return HoleReason::uncached;
    return std::nullopt;
}

// With several patterns, matches were found pattern by pattern.
Table by_address(Rows<match_fields>& matches, std::size_t patterns) {
    const auto table = matches.finish("Match");
    return patterns > 1 ? table.take(table.order(0, false)) : table;
}

}  // namespace

Scan::Scan(Process& process, std::vector<Pattern> patterns, std::uint64_t start, std::uint64_t end,
           bool writable, std::size_t limit)
    : process_(process),
      patterns_(std::move(patterns)),
      at_(start),
      end_(end),
      readable_end_(start),
      writable_(writable),
      limit_(limit) {
    for (const auto& pattern : patterns_) longest_ = std::max(longest_, pattern.size());
    buffer_.reset(check(new_pages(longest_ + chunk), "VirtualAlloc"));
}

bool Scan::advance(std::uint64_t size) {
    for (const auto before = scanned_; !done_ && scanned_ - before < size;) {
        if (at_ < readable_end_) {
            step();
        } else {
            enter_region();
        }
    }
    return !done_;
}

Table Scan::matches() {
    return by_address(matches_, patterns_.size());
}

Table Scan::holes() {
    end_hole();
    return holes_.finish("Hole");
}

void Scan::enter_region() {
    MEMORY_BASIC_INFORMATION region;
    done_ = at_ >= end_ || !process_.query(at_, region);
    if (done_) return;
    const auto end =
        std::min(end_, reinterpret_cast<std::uint64_t>(region.BaseAddress) + region.RegionSize);
    // In one's own process the buffer holds a copy of whatever was read last.
    const auto wanted =
        region.State == MEM_COMMIT && (!writable_ || (region.Protect & writing) != 0) &&
        !(process_.pid() == GetCurrentProcessId() && region.AllocationBase == buffer());
    const auto reason = reason_to_skip(region.Protect);
    if (wanted && !reason) {
        readable_end_ = end;
        return;
    }
    if (wanted) add_hole(end - at_, *reason);
    skip_to(end);
}

void Scan::skip_to(std::uint64_t address) {
    at_ = address;
    readable_end_ = std::max(readable_end_, at_);
    carried_ = 0;
}

void Scan::step() {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(stride_, readable_end_ - at_));
    const auto got = process_.read(at_, {buffer() + carried_, size}, true);
    if (got != 0) search(got);
    if (got == size) {
        stride_ = std::min(stride_ * 2, chunk);
        return;
    }
    // One page changed since Windows was asked, or refuses whatever its protection says: where
    // there is one there may be more, so go on in small steps.
    stride_ = page_size;
    const auto next = std::min(readable_end_, (at_ / page_size + 1) * page_size);
    scanned_ += next - at_;
    add_hole(next - at_, HoleReason::unreadable);
    skip_to(next);
}

// Looks at what was carried over and the `size` bytes behind it.
void Scan::search(std::size_t size) {
    const auto filled = carried_ + size;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer());
    for (std::uint32_t i = 0; i < patterns_.size() && !done_; ++i) {
        const auto& pattern = patterns_[i];
        // What ended in the bytes carried over has been found already.
        const auto skipped = carried_ - std::min(carried_, pattern.size() - 1);
        const auto base = at_ - carried_ + skipped;
        pattern.search({bytes + skipped, filled - skipped}, base, [&](std::size_t offset) {
            done_ = !matches_.append(base + offset, i) || ++found_ == limit_;
            return !done_;
        });
    }
    const auto kept = std::min(filled, longest_ - 1);
    std::memmove(buffer(), buffer() + filled - kept, kept);
    carried_ = kept;
    at_ += size;
    scanned_ += size;
}

void Scan::add_hole(std::uint64_t size, HoleReason reason) {
    if (hole_size_ != 0 && hole_ + hole_size_ == at_ && hole_reason_ == reason) {
        hole_size_ += size;
        return;
    }
    end_hole();
    hole_ = at_;
    hole_size_ = size;
    hole_reason_ = reason;
}

void Scan::end_hole() {
    if (hole_size_ != 0) {
        holes_.append(hole_, hole_size_, static_cast<std::uint8_t>(hole_reason_));
    }
    hole_size_ = 0;
}

std::pair<Table, Table> narrow(Process& process, const std::vector<Pattern>& patterns,
                               std::span<const std::uint64_t> addresses) {
    constexpr std::size_t batch = 64 * 1024;
    Rows<match_fields> matches;
    Rows<hole_fields> holes;
    std::vector<std::byte> pieces;
    for (std::uint32_t i = 0; i < patterns.size(); ++i) {
        const auto& pattern = patterns[i];
        for (auto rest = addresses; !rest.empty();) {
            const auto part = rest.first(std::min(batch, rest.size()));
            rest = rest.subspan(part.size());
            pieces.resize(part.size() * pattern.size());
            const auto missing = process.read_many(part, pattern.size(), pieces);
            auto next_missing = missing.begin();
            for (std::size_t j = 0; j < part.size(); ++j) {
                if (next_missing != missing.end() && *next_missing == j) {
                    ++next_missing;
                    holes.append(part[j], pattern.size(),
                                 static_cast<std::uint8_t>(HoleReason::unreadable));
                } else if (part[j] % pattern.alignment() == 0 &&
                           pattern.matches(reinterpret_cast<const std::uint8_t*>(
                               pieces.data() + j * pattern.size()))) {
                    matches.append(part[j], i);
                }
            }
        }
    }
    return {by_address(matches, patterns.size()), holes.finish("Hole")};
}

}  // namespace ntpages
