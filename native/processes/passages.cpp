// processes/passages: shares that are read one after the other into the same place.
#include "native/processes/passages.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "native/commit.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::size_t chunk = 1024 * 1024;

}  // namespace

Passages::Passages(Process& process, std::uint64_t start, std::uint64_t end, bool writable,
                   std::size_t longest)
    : process_(process),
      longest_(longest),
      memory_(check(new_pages(2 * longest + chunk), "VirtualAlloc")),
      frontier_(process, {start, end, writable, longest, chunk}, std::nullopt,
                [this](const void* allocation) { return allocation == memory_.get(); }) {}

bool Passages::advance() {
    const Lease::Alone alone(lease_);
    const auto share_or_none = [&]() -> std::optional<Share> {
        if (rest_) return std::exchange(rest_, std::nullopt);
        while (!frontier_.done()) {
            if (auto share = frontier_.advance()) return share;
        }
        return std::nullopt;
    };
    while (const auto share = share_or_none()) {
        if (share->hole) {
            add_hole(share->address, share->size, *share->hole);
            continue;
        }
        read(*share);
        if (starts_ != 0) return true;
    }
    before_ = filled_ = starts_ = 0;
    return false;
}

void Passages::read(const Share& share) {
    const auto follows = address_ + starts_ == share.address;
    const auto kept = follows ? std::min(longest_, before_ + starts_) : 0;
    std::memmove(first() - kept, first() + starts_ - kept, kept);
    before_ = kept;
    address_ = share.address;
    const auto size = static_cast<std::size_t>(share.size);
    filled_ = process_.read(share.address, {first(), size}, true);
    starts_ = std::min(filled_, share.starts);
    scanned_ += starts_;
    if (filled_ == size) return;
    // A page changed since Windows was asked, or refuses whatever its protection says.
    const auto page_end = ((share.address + filled_) / page_size + 1) * page_size;
    const auto behind =
        static_cast<std::size_t>(std::min<std::uint64_t>(size, page_end - share.address));
    if (filled_ < share.starts) {
        add_hole(share.address + filled_, std::min(behind, share.starts) - filled_,
                 HoleReason::unreadable);
    }
    if (behind < share.starts) {
        rest_ = Share{share.address + behind, share.starts - behind, share.size - behind, {}, {}};
    }
}

void Passages::add_hole(std::uint64_t address, std::uint64_t size, HoleReason reason) {
    if (!holes_.empty() && holes_.back().hole == reason &&
        holes_.back().address + holes_.back().size == address) {
        holes_.back().size += size;
        return;
    }
    holes_.push_back({address, 0, size, reason, {}});
}

std::uint64_t Passages::address() const {
    const Lease::Use use(lease_);
    return address_;
}

std::size_t Passages::starts() const {
    const Lease::Use use(lease_);
    return starts_;
}

std::size_t Passages::before() const {
    const Lease::Use use(lease_);
    return before_;
}

std::uint64_t Passages::scanned() const {
    const Lease::Use use(lease_);
    return scanned_;
}

Table Passages::holes() const {
    const Lease::Use use(lease_);
    Rows<hole_fields> rows;
    for (const auto& hole : holes_) {
        rows.append(hole.address, hole.size, static_cast<std::uint8_t>(*hole.hole));
    }
    return rows.finish("Hole");
}

Lent Passages::lend(bool writable) {
    if (writable) throw NotLendable("what was read of a process can't be written");
    Lease::Use use(lease_);
    use.add_view();
    return {first() - before_, before_ + filled_, true};
}

}  // namespace ntpages
