// processes/values: how looks are taken by several threads, and what is kept of each.
#include "native/processes/values.hpp"

#include <algorithm>
#include <bit>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "native/processes/saved.hpp"
#include "native/processes/value_rows.hpp"

namespace ntpages {
namespace {

constexpr auto asked_at_once = 64;  // regions, before other threads may go on

}  // namespace

Values::Values(Process& process, Followed followed, std::size_t alignment, std::uint64_t start,
               std::uint64_t end, bool writable, std::size_t threads)
    : process_(process),
      followed_(followed),
      alignment_(alignment),
      start_(start),
      end_(end),
      writable_(writable),
      threads_(threads),
      crew_([this] { take_part(); }) {
    if (!std::has_single_bit(alignment)) {
        throw std::invalid_argument("an alignment must be a power of two");
    }
    if (threads == 0) throw std::invalid_argument("a look needs a thread");
    benches_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) benches_.emplace_back(process);
}

void Values::require_open() const {
    if (closed_) throw Closed("values");
}

void Values::close() {
    const std::scoped_lock lock(turn_);
    closed_ = true;
    begun_ = looking_ = false;
    last_ = {};
    next_ = {};
    benches_.clear();
    look_.reset();
}

bool Values::closed() const {
    const std::scoped_lock lock(turn_);
    return closed_;
}

void Values::begin(std::unique_ptr<const Look> look) {
    const std::scoped_lock lock(turn_);
    require_open();
    if (!look->is_of(followed_)) throw std::invalid_argument("this looks at values of other kinds");
    if (!looked_ && look->looks_back()) {
        throw std::logic_error("nothing has been looked at that may have changed");
    }
    for (auto& bench : benches_) bench.forget();
    look_ = std::move(look);
    next_ = {};
    scanned_ = 0;
    next_part_ = 0;
    frontier_.reset();
    if (!looked_) {
        last_ = {};
        const Frontier::Limits limits{start_, end_, writable_, look_->reach(alignment_, start_),
                                      Bench::chunk};
        frontier_.emplace(process_, limits, std::nullopt,
                          [this](const void* allocation) { return is_own(allocation); });
    }
    looking_ = begun_ = true;
}

bool Values::advance(std::uint64_t milliseconds) {
    const std::scoped_lock lock(turn_);
    require_open();
    if (!looking_) return false;
    deadline_ = GetTickCount64() + milliseconds;
    stopping_ = false;
    at_work_ = 1;
    try {
        crew_.run();
    } catch (...) {  // what a thread had begun is lost: the look has to begin anew
        looking_ = begun_ = false;
        next_ = {};
        for (auto& bench : benches_) bench.forget();
        throw;
    }
    looking_ = find_begun() != nullptr || is_left();
    return looking_;
}

// Threads end in any order; what they found has one.
void Values::finish() {
    const std::scoped_lock lock(turn_);
    require_open();
    if (looking_ || !begun_) throw std::logic_error("no look has come to its end");
    std::ranges::sort(next_.parts, {}, &Kept::order);
    std::ranges::sort(next_.holes, {}, &Hole::address);
    std::vector<Hole> holes;  // those side by side are one, and those that two shares reach into
    for (const auto& each : next_.holes) {
        if (!holes.empty() && holes.back().reason == each.reason &&
            each.address <= holes.back().address + holes.back().size) {
            const auto end =
                std::max(holes.back().address + holes.back().size, each.address + each.size);
            holes.back().size = end - holes.back().address;
        } else {
            holes.push_back(each);
        }
    }
    next_.holes = std::move(holes);
    last_ = std::exchange(next_, {});
    frontier_.reset();
    looked_ = true;
    begun_ = false;
}

std::size_t Values::parts() const {
    const std::scoped_lock lock(turn_);
    require_open();
    return last_.parts.size();
}

std::vector<std::byte> Values::saved(std::size_t part) const {
    const std::scoped_lock lock(turn_);
    require_open();
    return save(last_.parts.at(part), !followed_.number);
}

void Values::load_part(std::span<const std::byte> saved) {
    const std::scoped_lock lock(turn_);
    require_open();
    if (looked_ || begun_) throw std::logic_error("something has been looked at before");
    const auto take = [this](std::size_t size) { return last_.store.take(size); };
    SavedShape shape{0, alignment_, Bench::chunk, Bench::chunk, 0, followed_.encodings};
    if (followed_.number) {
        shape.width = width_of(*followed_.number);
    } else {
        shape.longest = Bench::longest;
    }
    const auto part = load(take, saved, shape);
    if (!last_.parts.empty()) {
        const auto& before = last_.parts.back();
        const auto beside = !followed_.number && part.address == before.address &&
                            part.count == before.count && part.order() >= before.order();
        if (!beside && part.address <= before.address + (before.count - 1) * before.step) {
            throw std::invalid_argument("the values are in no ascending order");
        }
    }
    last_.parts.push_back(part);
}

void Values::loaded() {
    const std::scoped_lock lock(turn_);
    require_open();
    if (begun_) throw std::logic_error("a look has begun");
    looked_ = true;
}

std::uint64_t Values::scanned() const {
    const std::scoped_lock lock(turn_);
    require_open();
    return scanned_;
}

std::uint64_t Values::count() const {
    const std::scoped_lock lock(turn_);
    require_open();
    std::uint64_t sum = 0;
    for (const auto& part : last_.parts) sum += part.left;
    return sum;
}

std::uint64_t Values::kept() const {
    const std::scoped_lock lock(turn_);
    require_open();
    return last_.store.used() + last_.parts.size() * sizeof(Kept);
}

Table Values::matches(std::size_t limit) const {
    const std::scoped_lock lock(turn_);
    require_open();
    return followed_.number ? number_rows(*followed_.number, last_.parts, limit)
                            : content_rows(followed_.encodings != 0, last_.parts, limit);
}

Table Values::holes() const {
    const std::scoped_lock lock(turn_);
    require_open();
    Rows<hole_fields> rows;
    for (const auto& [address, size, reason] : last_.holes) {
        rows.append(address, size, static_cast<std::uint8_t>(reason));
    }
    return rows.finish("Hole");
}

// ---- Who does what
// -------------------------------------------------------------------------------

// A part of the crew's: a step at least, and more until the time is over.
void Values::take_part() {
    const std::scoped_lock lock(lock_);
    try {
        do {
            auto* bench = find_begun();
            if (bench == nullptr) {
                if (!is_left()) return;
                bench = free_bench();
                if (bench == nullptr) return;
                const auto work = find_work();
                if (!work) continue;
                bench->begin(*work);
            }
            work_at(*bench);
        } while (!over());
    } catch (...) {
        stopping_ = true;
        throw;
    }
}

// What somebody left unfinished when the time was over.
Bench* Values::find_begun() {
    const auto is_begun = [](const Bench& bench) { return bench.work && !bench.taken; };
    const auto bench = std::ranges::find_if(benches_, is_begun);
    return bench == benches_.end() ? nullptr : &*bench;
}

// Whether there is something to begin.
bool Values::is_left() const noexcept {
    return frontier_ ? !frontier_->done() : next_part_ != last_.parts.size();
}

// None where Windows has no memory for one more; the first can't be done without.
Bench* Values::free_bench() {
    const auto needed = std::ranges::none_of(benches_, &Bench::taken);
    auto& bench = *std::ranges::find_if_not(benches_, &Bench::taken);
    return bench.prepare(needed) ? &bench : nullptr;
}

// None where Windows was asked of many regions, and none of them is looked at.
std::optional<Work> Values::find_work() {
    if (!frontier_) return Work{std::nullopt, &last_.parts[next_part_++]};
    for (auto asked = 0; asked < asked_at_once && !frontier_->done(); ++asked) {
        const auto share = frontier_->advance();
        if (!share) continue;
        if (!share->hole) return Work{share, nullptr};
        next_.holes.push_back({share->address, share->size, *share->hole});
    }
    return std::nullopt;
}

void Values::work_at(Bench& bench) {
    bench.taken = true;
    if (at_work_ < threads_ && !over() && (is_left() || find_begun() != nullptr)) {
        ++at_work_;
        crew_.ask_in();
    }
    Look::Left left;
    try {
        const Unlocked alone(lock_);
        const auto taker = [this](std::size_t size) { return take(size); };
        const auto is_over = [this] { return over(); };
        left = bench.work->share
                   ? look_->first(bench, *bench.work->share, alignment_, taker, is_over)
                   : look_->again(bench, *bench.work->part, taker, is_over);
    } catch (...) {
        bench.taken = false;
        throw;
    }
    bench.taken = false;
    if (!left) return;
    next_.parts.insert(next_.parts.end(), left->begin(), left->end());
    next_.holes.insert(next_.holes.end(), bench.holes.begin(), bench.holes.end());
    scanned_ += bench.bytes;
    bench.work.reset();
}

bool Values::over() const noexcept {
    return stopping_ || GetTickCount64() >= deadline_;
}

bool Values::is_own(const void* allocation) const noexcept {
    return next_.store.lies_in(allocation) || look_->lies_in(allocation) ||
           std::ranges::any_of(benches_,
                               [=](const Bench& bench) { return bench.memory() == allocation; });
}

std::byte* Values::take(std::size_t size) {
    const std::scoped_lock lock(lock_);
    return next_.store.take(size);
}

}  // namespace ntpages
