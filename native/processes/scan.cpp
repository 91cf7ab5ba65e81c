// processes/scan: how shares are searched by whoever has time, and told in order.
#include "native/processes/scan.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "native/commit.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::size_t chunk = 512 * 1024;  // searched while the processor caches it
constexpr std::size_t longest_share = std::size_t{1} << 30;
constexpr std::size_t most_found = 64 * 1024;  // in a share, before it has to wait for its turn

constexpr auto asked_at_once = 64;  // regions, before other threads may go on

template <typename Found>
Found take(std::optional<Found>& found) {
    if (!found) throw std::logic_error("the results of the scan were taken before");
    auto taken = std::move(*found);
    found.reset();
    return taken;
}

}  // namespace

Scan::Scan(Process& process, std::vector<Pattern> patterns, std::uint64_t start, std::uint64_t end,
           bool writable, std::size_t limit, std::optional<std::span<const std::uint64_t>> places,
           std::size_t threads)
    : process_(process),
      needles_(std::move(patterns)),
      limit_(limit),
      threads_(threads),
      crew_([this] { take_part(); }) {
    if (threads_ == 0) throw std::invalid_argument("a scan needs a thread");
    const auto longest = needles_.longest();
    const auto starts = std::min(std::max(chunk, longest), longest_share);
    constexpr auto unit = alignof(Found);
    buffer_size_ = (starts + longest - 1 + unit - 1) / unit * unit;
    room_ = std::max(most_found, needles_.patterns().size());
    // One more for each thread: it goes on while the share that comes first is another's still.
    slots_.resize(threads_ == 1 ? 1 : 2 * threads_);
    usable_ = slots_.size();
    slots_.front().memory.reset(
        check(new_pages(buffer_size_ + room_ * sizeof(Found)), "VirtualAlloc"));
    frontier_.emplace(process_, Frontier::Limits{start, end, writable, longest, starts}, places,
                      [this](const void* allocation) { return is_own(allocation); });
    done_ = frontier_->done();
}

bool Scan::advance(std::uint64_t milliseconds) {
    const std::scoped_lock lock(turn_);
    deadline_ = GetTickCount64() + milliseconds;
    stopping_ = false;
    at_work_ = 1;
    if (!done_) crew_.run();
    return !done_;
}

std::uint64_t Scan::scanned() const {
    const std::scoped_lock lock(turn_);
    return scanned_;
}

bool Scan::cut_short() const {
    const std::scoped_lock lock(turn_);
    return cut_short_;
}

Table Scan::matches() {
    const std::scoped_lock lock(turn_);
    done_ = true;
    return take(matches_).finish("Match");
}

Table Scan::holes() {
    const std::scoped_lock lock(turn_);
    done_ = true;
    if (holes_) end_hole();
    return take(holes_).finish("Hole");
}

// ---- Who does what
// -------------------------------------------------------------------------------

// A part of the crew's: a step at least, and more until the time is over.
void Scan::take_part() {
    const std::scoped_lock lock(lock_);
    try {
        do {
            if (auto* const slot = find_work()) work_at(*slot);
            settle();
        } while (!done_ && !over());
    } catch (...) {
        stopping_ = true;
        lock_.tell_all();
        throw;
    }
}

void Scan::work_at(Slot& slot) {
    slot.busy = true;
    try {
        const Unlocked alone(lock_);
        look(slot);
    } catch (...) {
        slot.busy = false;
        throw;
    }
    slot.busy = false;
}

// A share to look at. None where a thread has to wait until others told, and did so; or where
// Windows was asked of many regions, and none of them is looked at.
Scan::Slot* Scan::find_work() {
    if (auto* const begun = find_begun()) return begun;
    auto* const slot = frontier_->done() ? nullptr : free_slot();
    if (slot == nullptr) {
        if (std::ranges::any_of(slots_, &Slot::busy)) lock_.wait();
        return nullptr;
    }
    for (auto asked = 0; asked < asked_at_once && !frontier_->done(); ++asked) {
        if (const auto share = frontier_->advance()) {
            begin(*slot, *share);
            return slot;
        }
    }
    return nullptr;
}

// What somebody left unfinished when the time was over, the first first.
Scan::Slot* Scan::find_begun() {
    Slot* first = nullptr;
    for (auto& slot : slots_) {
        if (!slot.taken || slot.busy || slot.ended() || is_full(slot)) continue;
        if (first == nullptr || slot.turn < first->turn) first = &slot;
    }
    return first;
}

Scan::Slot* Scan::free_slot() {
    for (std::size_t i = 0; i < usable_; ++i) {
        auto& slot = slots_[i];
        if (slot.taken) continue;
        if (!slot.memory) {  // wished for, not needed
            slot.memory.reset(VirtualAlloc(nullptr, buffer_size_ + room_ * sizeof(Found),
                                           MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
        }
        if (slot.memory) return &slot;
        usable_ = i;
    }
    return nullptr;
}

void Scan::begin(Slot& slot, const Share& share) {
    slot.taken = true;
    slot.turn = next_turn_++;
    slot.share = share;
    slot.filled = slot.tryable = slot.next = slot.found = slot.told = slot.holes_told = 0;
    slot.stride = static_cast<std::size_t>(share.size);
    slot.blocked = false;
    slot.unreadable.clear();
    if (share.hole || at_work_ == threads_ || frontier_->done() || over()) return;
    ++at_work_;
    crew_.ask_in();
}

bool Scan::over() const noexcept {
    return stopping_ || GetTickCount64() >= deadline_;
}

bool Scan::is_full(const Slot& slot) const noexcept {
    return room_ - slot.found < needles_.patterns().size();
}

bool Scan::is_own(const void* allocation) const noexcept {
    const auto holds = [&](const Slot& slot) { return allocation == slot.memory.get(); };
    return matches_->lies_in(allocation) || holes_->lies_in(allocation) ||
           std::ranges::any_of(slots_, holds);
}

// ---- What a thread does with a share
// -------------------------------------------------------------

void Scan::look(Slot& slot) const {
    while (!slot.ended() && !is_full(slot)) {
        if (slot.next < slot.tryable) {
            search(slot);
        } else {
            fill(slot);
        }
        if (over()) break;
    }
}

// Reads on, until all of it is there or a page can't be read.
void Scan::fill(Slot& slot) const {
    const auto size = static_cast<std::size_t>(slot.share.size);
    const auto in_page = static_cast<std::size_t>(slot.share.address % page_size);
    if (slot.blocked) {
        const auto page = (in_page + slot.filled) / page_size;
        slot.unreadable.push_back(static_cast<std::uint32_t>(page));
        slot.filled = std::min(size, (page + 1) * page_size - in_page);
        slot.next = slot.filled;
        slot.blocked = false;
        return;
    }
    const auto wanted = std::min(slot.stride, size - slot.filled);
    const std::span into(slot.buffer() + slot.filled, wanted);
    const auto got = process_.read(slot.share.address + slot.filled, into, true);
    slot.filled += got;
    slot.blocked = got < wanted;
    // One page changed since Windows was asked, or refuses whatever its protection says: where
    // there is one there may be more, so go on in small steps.
    slot.stride = slot.blocked ? page_size : std::min(2 * slot.stride, size);
    if (slot.blocked || slot.filled == size) {
        slot.tryable = std::min(slot.filled, slot.share.starts);
    }
}

void Scan::search(Slot& slot) const {
    const auto last = std::min(slot.tryable, slot.next + needles_.starts_at_once());
    if (frontier_->narrows()) {
        try_places(slot, last);
        return;
    }
    const auto keep = [&](std::size_t start, std::span<const std::uint32_t> numbers) {
        if (is_full(slot)) return false;
        for (const auto number : numbers) {
            slot.found_at(buffer_size_)[slot.found++] = {static_cast<std::uint32_t>(start), number};
        }
        return true;
    };
    slot.next = needles_.find(slot.bytes(), slot.share.address, slot.next, last, keep);
}

void Scan::try_places(Slot& slot, std::size_t last) const {
    const auto first = std::ranges::lower_bound(slot.share.places, slot.share.address + slot.next);
    for (auto place = first; place != slot.share.places.end(); ++place) {
        const auto start = static_cast<std::size_t>(*place - slot.share.address);
        if (start >= last) break;
        if (is_full(slot)) {
            slot.next = start;
            return;
        }
        for (std::uint32_t i = 0; i < needles_.patterns().size(); ++i) {
            if (!needles_.patterns()[i].matches(slot.bytes(), slot.share.address, start)) continue;
            slot.found_at(buffer_size_)[slot.found++] = {static_cast<std::uint32_t>(start), i};
        }
    }
    slot.next = last;
}

// ---- What is told
// --------------------------------------------------------------------------------

// Tells what is at the front. What is full goes on when its turn has come.
void Scan::settle() {
    while (!done_) {
        const auto comes_first = [&](const Slot& slot) {
            return slot.taken && slot.turn == turn_to_tell_;
        };
        const auto front = std::ranges::find_if(slots_, comes_first);
        if (front == slots_.end()) {
            done_ = frontier_->done();
            break;
        }
        if (front->busy) break;
        tell(*front);
        if (!front->ended()) break;
        front->taken = false;
        ++turn_to_tell_;
    }
    if (done_) stopping_ = true;
    lock_.tell_all();
}

void Scan::tell(Slot& slot) {
    if (slot.share.hole) {
        add_hole(slot.share.address, slot.share.size, *slot.share.hole);
        return;
    }
    const auto end = tell_matches(slot);
    const auto unread = tell_holes(slot, end);
    if (frontier_->narrows()) {
        count_places(slot, end);
    } else {
        scanned_ += end - slot.told - unread;
    }
    slot.told = end;
}

// Returns the end of the starts that are told of: what matches at one address is told together, so
// that who goes on behind the last match misses none.
std::size_t Scan::tell_matches(Slot& slot) {
    std::size_t last = 0;
    for (const auto& [at, pattern] : std::span(slot.found_at(buffer_size_), slot.found)) {
        if (found_ >= limit_ && at != last) break;
        if (!matches_->append(slot.share.address + at, pattern)) {
            done_ = true;
            break;
        }
        last = at;
        ++found_;
    }
    slot.found = 0;
    if (found_ < limit_) return slot.next;
    done_ = cut_short_ = true;
    return last + 1;
}

// Returns how many bytes could not be read before `end`.
std::size_t Scan::tell_holes(Slot& slot, std::size_t end) {
    const auto in_page = static_cast<std::size_t>(slot.share.address % page_size);
    std::size_t unread = 0;
    for (; slot.holes_told < slot.unreadable.size(); ++slot.holes_told) {
        const auto page = std::size_t{slot.unreadable[slot.holes_told]};
        const auto first = std::max(page * page_size, in_page) - in_page;
        if (first >= end) break;
        const auto size = std::min((page + 1) * page_size - in_page, slot.share.starts) - first;
        add_hole(slot.share.address + first, size, HoleReason::unreadable);
        unread += size;
    }
    return unread;
}

// Places may overlap, also those of one share and the next.
void Scan::count_places(const Slot& slot, std::size_t end) {
    const auto in_page = slot.share.address % page_size;
    const auto address = slot.share.address;
    const auto first = std::ranges::lower_bound(slot.share.places, address + slot.told);
    for (auto place = first; place != slot.share.places.end(); ++place) {
        const auto start = *place - address;
        if (start >= end) break;
        const auto page = (in_page + start) / page_size;
        const auto hole = std::ranges::lower_bound(slot.unreadable, page);
        if (hole != slot.unreadable.end() && *hole == page) continue;
        const auto read_to = hole == slot.unreadable.end()
                                 ? address + slot.filled
                                 : address - in_page + std::uint64_t{*hole} * page_size;
        const auto to = std::min(*place + needles_.longest(), read_to);
        scanned_ += to - std::min(to, std::max(*place, counted_to_));
        counted_to_ = std::max(counted_to_, to);
    }
}

void Scan::add_hole(std::uint64_t address, std::uint64_t size, HoleReason reason) {
    if (hole_size_ == 0 || hole_ + hole_size_ != address || hole_reason_ != reason) {
        end_hole();
        hole_ = address;
        hole_reason_ = reason;
    }
    hole_size_ += size;
}

void Scan::end_hole() {
    if (hole_size_ != 0) {
        holes_->append(hole_, hole_size_, static_cast<std::uint8_t>(hole_reason_));
    }
    hole_size_ = 0;
}

}  // namespace ntpages
