// sparse/range: serving touches without locks; committing and decommitting with one.
#include "native/sparse/range.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <tuple>

#include "native/commit.hpp"
#include "native/error.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::size_t gap = 64 * 1024;  // between data and map: code that runs past its end stops

std::size_t round_up(std::size_t size, std::size_t unit) noexcept {
    return (size + unit - 1) / unit * unit;
}

// What all arithmetic here takes for granted: nothing wraps, and chunks are whole pages.
const SparseShape& checked(const SparseShape& shape) {
    constexpr auto most = std::size_t{1} << 47;  // bytes that a process can address
    if (shape.size == 0 || shape.size > most || shape.chunk < page_size || shape.chunk > most ||
        !std::has_single_bit(shape.chunk)) {
        throw std::invalid_argument("chunks must be a power of two, and fit the address space");
    }
    return shape;
}

bool allows(DWORD protection, bool writing) noexcept {
    constexpr DWORD writable =
        PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    constexpr DWORD readable = writable | PAGE_READONLY | PAGE_EXECUTE_READ;
    return (protection & PAGE_GUARD) == 0 && (protection & (writing ? writable : readable)) != 0;
}

bool all_zero(const std::byte* data, std::size_t size) noexcept {
    constexpr std::size_t stride = 512;  // looked at without a branch
    for (std::size_t at = 0; at < size; at += stride) {
        std::uint64_t any = 0;
        for (std::size_t i = 0; i < stride; i += sizeof any) {
            std::uint64_t word;
            std::memcpy(&word, data + at + i, sizeof word);
            any |= word;
        }
        if (any) return false;
    }
    return true;
}

// A line of text built on the stack: the handler allocates nothing.
class Line {
public:
    Line& text(const char* words) noexcept {
        while (*words && size_ < sizeof text_) text_[size_++] = *words++;
        return *this;
    }
    Line& number(std::uint64_t value, unsigned base = 10) noexcept {
        char digits[21] = {};
        auto* first = digits + sizeof digits - 1;
        do {
            *--first = "0123456789ABCDEF"[value % base];
            value /= base;
        } while (value);
        return text(first);
    }
    void send() const noexcept {
        DWORD written;
        WriteFile(GetStdHandle(STD_ERROR_HANDLE), text_, size_, &written, nullptr);
    }

private:
    char text_[320];
    DWORD size_ = 0;
};

}  // namespace

// The time in which chunks are decommitted.
class SparseRange::Retreat {
public:
    explicit Retreat(SparseRange& range) noexcept : retreating_(range.retreating_) {
        retreating_ = true;
        alone_ = drain(range.serving_);
    }
    ~Retreat() { retreating_ = false; }
    Retreat(const Retreat&) = delete;
    Retreat& operator=(const Retreat&) = delete;

    // False where a touch is being served for ever.
    [[nodiscard]] bool alone() const noexcept { return alone_; }

private:
    std::atomic<bool>& retreating_;
    bool alone_;
};

// A touch that is being served, unless chunks are being decommitted right now.
class SparseRange::Service {
public:
    explicit Service(SparseRange& range) noexcept : range_(range) {
        if (range_.retreating_) return;  // newcomers don't make it wait
        ++range_.serving_;
        began_ = !range_.retreating_;
        if (!began_) --range_.serving_;
    }
    ~Service() {
        if (began_) --range_.serving_;
    }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    // False: to be tried again.
    [[nodiscard]] bool began() const noexcept { return began_; }

private:
    SparseRange& range_;
    bool began_ = false;
};

SparseRange::SparseRange(const SparseShape& shape)
    : shape_(checked(shape)),
      reserved_(round_up(shape.size, shape.chunk)),
      memory_(
          check(VirtualAlloc(nullptr, reserved_ + gap + ChunkMap::bytes(reserved_ / shape.chunk),
                             MEM_RESERVE, PAGE_READWRITE),
                "VirtualAlloc")),
      map_(data() + reserved_ + gap, reserved_ / shape.chunk) {}

// ---- The handler's half: no locks, no allocation ----------------------------------------------

bool SparseRange::serve(std::uintptr_t address, bool writing) noexcept {
    const Service service(*this);
    if (!service.began()) {
        SwitchToThread();
        return true;  // touched again, it comes back here
    }
    const auto chunk = (address - begin()) / shape_.chunk;
    if (map_.test(chunk)) return revisit(address, writing);
    const auto chunks = around(chunk);
    const auto ahead = chunks.count() > 1;
    auto error = fill(chunks, ahead ? Need::wish : Need::must);
    if (error && ahead) error = fill({chunk, chunk + 1}, Need::must);
    // Where there was only room for one, another thread may have committed this very chunk.
    if (error && !map_.test(chunk)) {
        complain(address, error);
        return false;
    }
    ++faults_;
    return true;
}

// A touch of a chunk that is marked committed: either another thread was faster, or the page was
// protected on purpose, and stays so.
bool SparseRange::revisit(std::uintptr_t address, bool writing) const noexcept {
    MEMORY_BASIC_INFORMATION page;
    if (!VirtualQuery(reinterpret_cast<void*>(address), &page, sizeof page)) return false;
    if (page.State == MEM_COMMIT) return allows(page.Protect, writing);
    // Marked, but gone: decommitted after all while another thread was held up before its mark.
    return commit_pages(page.BaseAddress, 1, PAGE_READWRITE) != nullptr;
}

// The chunks to commit for a touch: as many ahead as are committed just behind, so dense
// access goes in doubling steps and a lone touch costs one chunk. Downward access is met as well.
// What a limit leaves is for touches, so one of them takes little of it.
SparseRange::Chunks SparseRange::around(std::size_t chunk) const noexcept {
    const auto left = shape_.limit - std::min(shape_.limit, charged_.load());
    const auto most = std::min(shape_.ahead, left / 8) / shape_.chunk;
    const auto behind = chunk - map_.span_start(chunk - std::min(chunk, most), chunk, true);
    if (behind > 1) {
        const auto last = std::min(chunk + behind, map_.chunks());
        return {chunk, map_.find(chunk + 1, last, true)};
    }
    const auto above = chunk + 1;
    const auto beyond = map_.find(above, std::min(above + most, map_.chunks()), false) - above;
    if (beyond > 1) {
        return {map_.span_start(chunk - std::min(chunk, beyond - 1), chunk, false), above};
    }
    return {chunk, above};
}

// Takes bytes off the limit, or says why not. Another thread's charge may be about to shrink (of
// two that commit the same chunk one pays), so a full limit is final once nobody is in between.
DWORD SparseRange::charge(std::size_t cost) noexcept {
    constexpr auto patience = 10'000;  // turns; its thread may have been killed in between
    for (auto turn = 0; turn < patience; ++turn) {
        auto charged = charged_.load();
        while (cost <= shape_.limit && charged <= shape_.limit - cost) {
            if (charged_.compare_exchange_weak(charged, charged + cost)) return ERROR_SUCCESS;
        }
        if (charged == committed_.load()) break;
        SwitchToThread();
    }
    return ERROR_NOT_ENOUGH_QUOTA;
}

// Commits chunks that were not committed a moment ago. Others may be doing the same.
DWORD SparseRange::fill(Chunks chunks, Need need) noexcept {
    const auto cost = chunks.count() * shape_.chunk;
    if (const auto refused = charge(cost)) return refused;
    DWORD error = ERROR_SUCCESS;
    std::size_t gained = 0;
    const auto commit = [&] {
        return map_.prepare(chunks.first, chunks.last) &&
               VirtualAlloc(at(chunks.first), cost, MEM_COMMIT, PAGE_READWRITE);
    };
    if (need == Need::must ? patiently(commit) : commit()) {
        gained = map_.set(chunks.first, chunks.last) * shape_.chunk;
    } else {
        error = GetLastError();
    }
    committed_ += gained;
    charged_ -= cost - gained;
    return error;
}

void SparseRange::complain(std::uintptr_t address, DWORD error) const noexcept {
    Line line;
    line.text("ntpages: SparseBuffer at 0x").number(begin(), 16);
    line.text(": no memory for the touch of byte ").number(address - begin());
    if (error == ERROR_NOT_ENOUGH_QUOTA) {
        line.text(": its limit of ").number(shape_.limit).text(" bytes is reached");
    } else {
        line.text(": VirtualAlloc failed with error ").number(error);
    }
    line.text(". An access violation follows.\r\n").send();
}

// ---- The callers' half: one lock ---------------------------------------------------------------

SparseRange::Chunks SparseRange::covering(std::size_t offset, std::size_t size) const noexcept {
    const auto first = offset / shape_.chunk;
    return {first, size == 0 ? first : round_up(offset + size, shape_.chunk) / shape_.chunk};
}

void SparseRange::commit(std::size_t offset, std::size_t size) {
    require_part(offset, size, shape_.size);
    const std::shared_lock lock(retreat_lock_);
    fill_gaps(covering(offset, size));
}

void SparseRange::fill_gaps(Chunks chunks) {
    while ((chunks.first = map_.find(chunks.first, chunks.last, false)) < chunks.last) {
        // At least the chunk just found: a touch may have marked it since, which does no harm.
        const Chunks hole{chunks.first, map_.find(chunks.first + 1, chunks.last, true)};
        const auto error = fill(hole, Need::must);
        // If touches committed a part of it meanwhile, what is left may fit under the limit.
        if (!error || map_.find(hole.first, hole.last, true) < hole.last) continue;
        if (error != ERROR_NOT_ENOUGH_QUOTA) fail("VirtualAlloc", error);
        fail("SparseBuffer.commit", error,
             "its limit is " + std::to_string(shape_.limit) + " bytes, and " +
                 std::to_string(committed_) + " are committed");
    }
}

std::size_t SparseRange::decommit(std::size_t offset, std::size_t size) {
    require_part(offset, size, shape_.size);
    const std::scoped_lock lock(retreat_lock_);
    const auto end = offset + size == shape_.size ? reserved_ : offset + size;
    const Chunks whole{round_up(offset, shape_.chunk) / shape_.chunk, end / shape_.chunk};
    if (whole.first >= whole.last) return 0;
    if (pinned(whole)) throw InUse("SparseBuffer");
    const auto most =
        std::max((std::size_t{64} << 20) / shape_.chunk, std::size_t{1});  // touches wait so long
    const auto before = committed_.load();
    for (auto first = whole.first; (first = map_.find(first, whole.last, true)) < whole.last;) {
        const Retreat retreat(*this);  // also where it is not alone: what is there is to go
        const Chunks chunks{first, map_.find(first, std::min(first + most, whole.last), false)};
        if (const auto error = decommit_chunks(chunks)) fail("VirtualFree", error);
        first = chunks.last;
    }
    return before - committed_;
}

DWORD SparseRange::decommit_chunks(Chunks chunks) noexcept {
    const auto marked = map_.clear(chunks.first, chunks.last) * shape_.chunk;
    committed_ -= marked;
    if (!VirtualFree(at(chunks.first), chunks.count() * shape_.chunk, MEM_DECOMMIT)) {
        const auto error = GetLastError();
        committed_ += map_.set(chunks.first, chunks.last) * shape_.chunk;
        return error;
    }
    charged_ -= marked;
    return ERROR_SUCCESS;
}

std::size_t SparseRange::trim() {
    const std::scoped_lock lock(retreat_lock_);
    std::size_t freed = 0;
    for (std::size_t first = 0; (first = map_.find(first, map_.chunks(), true)) < map_.chunks();) {
        MEMORY_BASIC_INFORMATION pages;
        check(VirtualQuery(at(first), &pages, sizeof pages), "VirtualQuery");
        const auto* const end = static_cast<std::byte*>(pages.BaseAddress) + pages.RegionSize;
        const auto alike = static_cast<std::size_t>(end - data()) / shape_.chunk;
        const auto last = map_.find(first, std::min(alike, map_.chunks()), false);
        // Pages that someone protected are theirs: they may not even be looked at.
        if (pages.State == MEM_COMMIT && pages.Protect == PAGE_READWRITE) {
            freed += trim_plain({first, last});
        }
        first = std::max(first + 1, last);
    }
    return freed;
}

// Decommits the zeros among chunks that anyone may read and write.
std::size_t SparseRange::trim_plain(Chunks chunks) {
    const auto most =
        std::max((std::size_t{1} << 20) / shape_.chunk, std::size_t{1});  // kept from writers
    std::size_t freed = 0;
    while (chunks.first < chunks.last) {
        const auto end = std::min(chunks.first + most, chunks.last);
        const auto last = zeros({chunks.first, end});
        if (last > chunks.first) freed += trim_zeros({chunks.first, last});
        chunks.first = std::max(chunks.first + 1, last);
    }
    return freed;
}

// Chunks that were zero a moment ago: closed to writers, looked at again, then decommitted. What is
// kept is opened again, whatever else went wrong.
std::size_t SparseRange::trim_zeros(Chunks chunks) {
    const Retreat retreat(*this);
    if (!retreat.alone()) return 0;
    DWORD old;
    check(VirtualProtect(at(chunks.first), chunks.count() * shape_.chunk, PAGE_READONLY, &old),
          "VirtualProtect");
    const char* refused = nullptr;
    DWORD error = ERROR_SUCCESS;
    std::size_t freed = 0;
    while (chunks.first < chunks.last) {
        const Chunks zero{chunks.first, zeros(chunks)};
        const auto code = zero.count() ? decommit_chunks(zero) : ERROR_SUCCESS;
        if (zero.count() && !code) {
            freed += zero.count() * shape_.chunk;
            chunks.first = zero.last;
            continue;
        }
        if (code) std::tie(refused, error) = std::pair{"VirtualFree", code};
        const Chunks kept{chunks.first, std::max(zero.last, chunks.first + 1)};
        if (!VirtualProtect(at(kept.first), kept.count() * shape_.chunk, PAGE_READWRITE, &old)) {
            std::tie(refused, error) = std::pair{"VirtualProtect", GetLastError()};
        }
        chunks.first = kept.last;
    }
    if (refused) fail(refused, error);
    return freed;
}

// The first of the chunks that holds more than zeros, or that somebody pinned; or their end.
std::size_t SparseRange::zeros(Chunks chunks) const noexcept {
    auto chunk = chunks.first;
    while (chunk < chunks.last && all_zero(at(chunk), shape_.chunk) &&
           !pinned({chunk, chunk + 1})) {
        ++chunk;
    }
    return chunk;
}

void SparseRange::pin(std::size_t offset, std::size_t size) {
    require_part(offset, size, shape_.size);
    const std::scoped_lock lock(retreat_lock_);
    pins_.push_back(covering(offset, size));
    try {
        fill_gaps(pins_.back());
    } catch (...) {
        pins_.pop_back();
        throw;
    }
}

void SparseRange::unpin(std::size_t offset, std::size_t size) noexcept {
    const std::scoped_lock lock(retreat_lock_);
    const auto pin = std::find(pins_.begin(), pins_.end(), covering(offset, size));
    if (pin != pins_.end()) pins_.erase(pin);
}

bool SparseRange::peek(std::size_t offset, std::span<std::byte> into) const {
    require_part(offset, into.size(), shape_.size);
    const std::shared_lock lock(retreat_lock_);
    const auto [first, last] = covering(offset, into.size());
    if (map_.find(first, last, false) < last) return false;
    // Not a plain copy: a page that someone protected is an error then, not a crash.
    check(
        ReadProcessMemory(GetCurrentProcess(), data() + offset, into.data(), into.size(), nullptr),
        "ReadProcessMemory");
    return true;
}

std::vector<Span> SparseRange::spans() const {
    const std::shared_lock lock(retreat_lock_);
    std::vector<Span> found;
    for (std::size_t first = 0; first < map_.chunks();) {
        const auto committed = map_.test(first);
        const auto last = map_.find(first, map_.chunks(), !committed);
        const auto offset = first * shape_.chunk;
        found.push_back(
            {{}, offset, std::min(last * shape_.chunk, shape_.size) - offset, committed});
        first = last;
    }
    return found;
}

bool SparseRange::pinned(Chunks chunks) const noexcept {
    return std::any_of(pins_.begin(), pins_.end(), [&](const Chunks& pin) {
        return pin.first < chunks.last && chunks.first < pin.last;
    });
}

}  // namespace ntpages
