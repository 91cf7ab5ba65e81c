// processes/values: how looks are taken by several threads, and what is kept of each.
#include "native/processes/values.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <type_traits>

#include "native/commit.hpp"
#include "native/processes/saved.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::size_t chunk = 512 * 1024;  // looked at while the processor caches it
constexpr auto asked_at_once = 64;         // regions, before other threads may go on

constexpr std::array whole_fields{Field{"address", Kind::u64}, Field{"value", Kind::i64}};
constexpr std::array natural_fields{Field{"address", Kind::u64}, Field{"value", Kind::u64}};
constexpr std::array real_fields{Field{"address", Kind::u64}, Field{"value", Kind::f64}};

template <const auto& fields, typename T, typename Shown>
Table rows_of(const std::vector<Kept>& parts, std::size_t limit) {
    Rows<fields> rows;
    const auto add = [&](const Kept& part, std::size_t number, const std::byte* at) {
        if (rows.size() == limit) return false;
        const auto address = part.address + number * part.step;
        return rows.append(address, static_cast<Shown>(number_at<T>(at)));
    };
    Pages memory;
    std::vector<std::uint64_t> left(chunk / 64);
    for (const auto& part : parts) {
        if (part.is_few()) {
            for (std::size_t i = 0; i < part.left; ++i) {
                if (!add(part, part.which[i], part.values + i * part.width)) break;
            }
            continue;
        }
        if (rows.size() == limit) break;
        if (!memory) memory.reset(check(new_pages(2 * chunk), "VirtualAlloc"));
        auto* const bytes = static_cast<std::byte*>(memory.get());
        part.restore(bytes, left);
        for (std::size_t number = 0; number < part.count; ++number) {
            if ((left[number / 64] >> number % 64 & 1) == 0) continue;
            if (!add(part, number, bytes + number * part.step)) break;
        }
    }
    return rows.finish("Value");
}

// What a share has to reach over, as if a match were so long: where shares and numbers begin at
// multiples of the width, no number goes beyond its share.
std::size_t reach(std::size_t alignment, std::uint64_t start, std::size_t width) noexcept {
    return alignment >= width && start % width == 0 ? 1 : width;
}

void clear(std::span<std::uint64_t> bits, std::size_t first, std::size_t last) noexcept {
    for (auto i = first; i < last; ++i) bits[i / 64] &= ~(std::uint64_t{1} << i % 64);
}

}  // namespace

Values::Values(Process& process, Number kind, std::size_t alignment, std::uint64_t start,
               std::uint64_t end, bool writable, std::size_t threads)
    : process_(process),
      kind_(kind),
      width_(with_number(kind, [](auto zero) { return sizeof(zero); })),
      alignment_(alignment),
      limits_{start, end, writable, reach(alignment, start, width_), chunk},
      threads_(threads),
      crew_([this] { take_part(); }),
      benches_(threads) {
    if (!std::has_single_bit(alignment)) {
        throw std::invalid_argument("an alignment must be a power of two");
    }
    if (threads == 0) throw std::invalid_argument("a look needs a thread");
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
}

bool Values::closed() const {
    const std::scoped_lock lock(turn_);
    return closed_;
}

void Values::begin(const Test& test) {
    const std::scoped_lock lock(turn_);
    require_open();
    if (!looked_ && looks_back(test.how)) {
        throw std::logic_error("nothing has been looked at that may have changed");
    }
    test_ = test;
    next_ = {};
    scanned_ = 0;
    next_part_ = 0;
    frontier_.reset();
    if (!looked_) {
        last_ = {};
        frontier_.emplace(process_, limits_, std::nullopt,
                          [this](const void* allocation) { return is_own(allocation); });
    }
    for (auto& bench : benches_) bench.known = {};  // what Windows said is of the last look
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
        throw;
    }
    looking_ = frontier_ ? !frontier_->done() : next_part_ != last_.parts.size();
    return looking_;
}

// Threads end in any order; what they found has one.
void Values::finish() {
    const std::scoped_lock lock(turn_);
    require_open();
    if (looking_ || !begun_) throw std::logic_error("no look has come to its end");
    std::ranges::sort(next_.parts, {}, &Kept::address);
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
    return save(last_.parts.at(part));
}

void Values::load_part(std::span<const std::byte> saved) {
    const std::scoped_lock lock(turn_);
    require_open();
    if (looked_ || begun_) throw std::logic_error("something has been looked at before");
    const auto take = [this](std::size_t size) { return last_.store.take(size); };
    const auto part = load(take, saved, {width_, alignment_, chunk, chunk + width_});
    if (!last_.parts.empty()) {
        const auto& before = last_.parts.back();
        if (part.address <= before.address + (before.count - 1) * before.step) {
            throw std::invalid_argument("the numbers are in no ascending order");
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
    return with_number(kind_, [&](auto zero) {
        using T = decltype(zero);
        if constexpr (std::is_floating_point_v<T>) {
            return rows_of<real_fields, T, double>(last_.parts, limit);
        } else if constexpr (std::is_signed_v<T>) {
            return rows_of<whole_fields, T, std::int64_t>(last_.parts, limit);
        } else {
            return rows_of<natural_fields, T, std::uint64_t>(last_.parts, limit);
        }
    });
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
    auto* const bench = take_bench();
    if (bench == nullptr) return;
    try {
        while (take_step(*bench) && !over()) continue;
    } catch (...) {
        stopping_ = true;
        bench->taken = false;
        throw;
    }
    bench->taken = false;
}

// None where Windows has no memory for one more; the first can't be done without.
Values::Bench* Values::take_bench() {
    const auto needed = std::ranges::none_of(benches_, &Bench::taken);
    auto& bench = *std::ranges::find_if_not(benches_, &Bench::taken);
    if (!bench.memory) {
        constexpr auto bytes = chunk + page_size;  // the last number goes beyond the share
        constexpr auto words = chunk / 64;
        constexpr auto all = 2 * bytes + 2 * words * sizeof(std::uint64_t);
        bench.memory.reset(
            needed ? check(new_pages(all), "VirtualAlloc")
                   : VirtualAlloc(nullptr, all, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
        if (!bench.memory) return nullptr;
        bench.now = static_cast<std::byte*>(bench.memory.get());
        bench.before = bench.now + bytes;
        bench.bits = {reinterpret_cast<std::uint64_t*>(bench.before + bytes), words};
        bench.left = {bench.bits.data() + words, words};
    }
    bench.taken = true;
    return &bench;
}

// False where there is nothing left to begin.
bool Values::take_step(Bench& bench) {
    std::optional<Share> share;
    const Kept* part = nullptr;
    if (frontier_) {
        for (auto asked = 0; asked < asked_at_once && !share && !frontier_->done(); ++asked) {
            share = frontier_->advance();
        }
        if (!share) return !frontier_->done();
        if (share->hole) {
            next_.holes.push_back({share->address, share->size, *share->hole});
            return true;
        }
    } else {
        if (next_part_ == last_.parts.size()) return false;
        part = &last_.parts[next_part_++];
    }
    const auto is_last = frontier_ ? frontier_->done() : next_part_ == last_.parts.size();
    if (at_work_ < threads_ && !is_last && !over()) {
        ++at_work_;
        crew_.ask_in();
    }

    bench.holes.clear();
    bench.read = 0;
    Kept left;
    {
        const Unlocked alone(lock_);
        left = part == nullptr ? look_first(bench, *share) : look_again(bench, *part);
    }
    if (left.left != 0) next_.parts.push_back(left);
    next_.holes.insert(next_.holes.end(), bench.holes.begin(), bench.holes.end());
    scanned_ += bench.read;
    return true;
}

bool Values::over() const noexcept {
    return stopping_ || GetTickCount64() >= deadline_;
}

bool Values::is_own(const void* allocation) const noexcept {
    return next_.store.lies_in(allocation) ||
           std::ranges::any_of(
               benches_, [=](const Bench& bench) { return bench.memory.get() == allocation; });
}

std::byte* Values::take(std::size_t size) {
    const std::scoped_lock lock(lock_);
    return next_.store.take(size);
}

// ---- What a thread does
// --------------------------------------------------------------------------

Kept Values::look_first(Bench& bench, const Share& share) {
    Kept part;
    part.address = (share.address + alignment_ - 1) & ~std::uint64_t{alignment_ - 1};
    part.step = alignment_;
    part.width = width_;
    const auto skipped = part.address - share.address;
    bench.known = {share.address + share.size, std::nullopt};
    if (skipped < share.starts && skipped + width_ <= share.size) {
        const auto by_start = (share.starts - skipped + alignment_ - 1) / alignment_;
        const auto by_end = (share.size - skipped - width_) / alignment_ + 1;
        part.count = static_cast<std::size_t>(std::min<std::uint64_t>(by_start, by_end));
        part.size = (part.count - 1) * alignment_ + width_;
    }
    // Also what no number begins in, or none has room in: it counts, and may be a hole.
    auto whole = part;
    whole.address = share.address;
    read(bench, whole, share.address, share.address + share.size);
    bench.read = std::min<std::uint64_t>(bench.read, share.starts);
    if (part.count == 0) return part;
    const auto* const now = bench.now + skipped;
    compare(kind_, test_, {now, now, part.count, part.step}, bench.bits);
    for (const auto& hole : bench.holes) {
        const auto [first, last] = part.touching(hole.address, hole.address + hole.size);
        clear(bench.bits, first, last);
    }
    return keep_many([this](std::size_t size) { return take(size); }, part, {now, part.size},
                     bench.bits);
}

Kept Values::look_again(Bench& bench, const Kept& part) {
    return part.is_few() ? look_at_few(bench, part) : look_at_many(bench, part);
}

Kept Values::look_at_many(Bench& bench, const Kept& part) {
    part.restore(bench.before, bench.left);
    read(bench, part, part.address, part.address + part.size);
    compare(kind_, test_, {bench.now, bench.before, part.count, part.step}, bench.bits);
    for (std::size_t i = 0; i < (part.count + 63) / 64; ++i) bench.bits[i] &= bench.left[i];
    for (const auto& hole : bench.holes) {
        const auto [first, last] = part.touching(hole.address, hole.address + hole.size);
        clear(bench.bits, first, last);
    }
    auto left = part;
    left.bits = nullptr;
    left.filled = nullptr;
    left.pages = nullptr;
    return keep_many([this](std::size_t size) { return take(size); }, left, {bench.now, part.size},
                     bench.bits);
}

// What lies on pages side by side is read at once, since to copy a page costs no more than to ask;
// but no page that none of them lies in is touched.
Kept Values::look_at_few(Bench& bench, const Kept& part) {
    const auto address_of = [&](std::size_t i) {
        return part.address + std::uint64_t{part.which[i]} * part.step;
    };
    for (std::size_t first = 0; first < part.left;) {
        auto end = address_of(first) + width_;
        auto last = first + 1;
        for (; last < part.left; ++last) {
            if (address_of(last) / page_size > (end - 1) / page_size + 1) break;
            end = address_of(last) + width_;
        }
        read(bench, part, address_of(first), end);
        first = last;
    }
    for (std::size_t i = 0; i < part.left; ++i) {
        std::memcpy(bench.before + i * width_, bench.now + part.which[i] * part.step, width_);
    }
    compare(kind_, test_, {bench.before, part.values, part.left, width_}, bench.bits);
    for (const auto& hole : bench.holes) {
        const auto [first, last] = part.touching(hole.address, hole.address + hole.size);
        const auto* const from = std::lower_bound(part.which, part.which + part.left, first);
        const auto* const to = std::lower_bound(from, part.which + part.left, last);
        clear(bench.bits, static_cast<std::size_t>(from - part.which),
              static_cast<std::size_t>(to - part.which));
    }
    return keep_few([this](std::size_t size) { return take(size); }, part,
                    {bench.before, part.left * width_}, bench.bits);
}

// Reads what can be read of [from, to) to where it belongs; the rest are holes.
void Values::read(Bench& bench, const Kept& part, std::uint64_t from, std::uint64_t to) {
    for (auto at = from; at < to;) {
        if (at >= bench.known.end) bench.known = ask(at);
        const auto end = std::min(to, bench.known.end);
        if (bench.known.reason) {
            bench.holes.push_back({at, end - at, *bench.known.reason});
            at = end;
            continue;
        }
        const auto wanted = static_cast<std::size_t>(end - at);
        const auto got = process_.read(at, {bench.now + (at - part.address), wanted}, true);
        bench.read += got;
        at += got;
        if (got == wanted) continue;
        const auto page_end = std::min(end, (at / page_size + 1) * page_size);
        bench.holes.push_back({at, page_end - at, HoleReason::unreadable});
        at = page_end;
    }
}

Values::Known Values::ask(std::uint64_t address) {
    MEMORY_BASIC_INFORMATION region;
    if (!process_.query(address, region)) return {UINT64_MAX, HoleReason::unreadable};
    return {reinterpret_cast<std::uint64_t>(region.BaseAddress) + region.RegionSize,
            reason_to_skip(region)};
}

}  // namespace ntpages
