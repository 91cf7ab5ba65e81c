// sections/ring: a section that is mapped twice, side by side, and the positions of its two ends.
#include "native/sections/ring.hpp"

#include <atomic>
#include <bit>
#include <stdexcept>
#include <utility>

#include "native/regions/nt.hpp"
#include "native/sections/nt.hpp"

namespace ntpages {

// In two processes, so its layout is written down to the byte.
struct RingHeader {
    std::atomic<std::uint64_t> mark;  // written when the rest is
    std::uint64_t size;               // bytes that fit in
    std::byte apart[48];
    std::atomic<std::uint64_t> head;  // where the next is pulled
    std::byte further_apart[56];
    std::atomic<std::uint64_t> tail;  // where the next is pushed
};
static_assert(offsetof(RingHeader, head) == 64 && offsetof(RingHeader, tail) == 128);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(RingHeader) <= Ring::granularity);

namespace {

constexpr std::uint64_t mark = 0x474E'4952'5347'504E;  // "NPGSRING"

struct Twice {
    Mapped once;
    Mapped again;
};

// Null where there is something at the address already.
Mapped map_at(HANDLE section, std::size_t offset, std::size_t size, std::byte* address) {
    Mapped mapped(MapViewOfFileEx(section, FILE_MAP_READ | FILE_MAP_WRITE,
                                  static_cast<DWORD>(std::uint64_t{offset} >> 32),
                                  static_cast<DWORD>(offset), size, address));
    if (!mapped && GetLastError() != ERROR_INVALID_ADDRESS) fail("MapViewOfFileEx");
    return mapped;
}

// For a Windows without placeholders: free addresses may be taken by another thread before they are
// mapped, so more of them are tried.
Twice map_in_turn(HANDLE section, std::size_t before, std::size_t size) {
    constexpr auto tries = 100;
    for (auto turn = 0; turn < tries; ++turn) {
        auto* const base = static_cast<std::byte*>(check(
            VirtualAlloc(nullptr, before + 2 * size, MEM_RESERVE, PAGE_NOACCESS), "VirtualAlloc"));
        Pages place(base);
        check(VirtualFree(base, 0, MEM_RELEASE), "VirtualFree");
        static_cast<void>(place.release());
        auto once = map_at(section, 0, before + size, base);
        if (!once) continue;
        auto again = map_at(section, before, size, base + before + size);
        if (again) return {std::move(once), std::move(again)};
    }
    fail("MapViewOfFileEx", ERROR_INVALID_ADDRESS, "no place for both halves stayed free");
}

Mapped map_in_place(HANDLE section, std::size_t offset, std::size_t size, Pages& place) {
    Mapped mapped(
        check(nt::map_view_of_file3(section, GetCurrentProcess(), place.get(), offset, size,
                                    nt::mem_replace_placeholder, PAGE_READWRITE, nullptr, 0UL),
              "MapViewOfFile3"));
    static_cast<void>(place.release());
    return mapped;
}

Twice map_twice(HANDLE section, std::size_t before, std::size_t size) {
    if (!nt::virtual_alloc2 || !nt::map_view_of_file3) return map_in_turn(section, before, size);
    auto* const base = static_cast<std::byte*>(
        nt::virtual_alloc2(nullptr, nullptr, before + 2 * size,
                           MEM_RESERVE | nt::mem_reserve_placeholder, PAGE_NOACCESS, nullptr, 0UL));
    if (!base) {
        const auto code = GetLastError();
        if (code == ERROR_INVALID_PARAMETER) return map_in_turn(section, before, size);
        fail("VirtualAlloc2", code);
    }
    Pages first(base);
    check(VirtualFree(base, before + size, MEM_RELEASE | nt::mem_preserve_placeholder),
          "VirtualFree");
    Pages second(base + before + size);
    auto once = map_in_place(section, 0, before + size, first);
    auto again = map_in_place(section, before, size, second);
    return {std::move(once), std::move(again)};
}

}  // namespace

Ring::Ring(const SectionRequest& request) : section_(request) {
    map();
    if (!section_.created()) return;
    header_->size = size_;
    header_->mark.store(mark, std::memory_order_release);
}

Ring::Ring(const std::string& name) : section_(name, PAGE_READWRITE) {
    map();
}

void Ring::map() {
    const auto total = section_.facts().size;
    const auto no_ring = [] { throw std::invalid_argument("the section of that name is no Ring"); };
    if (total <= granularity || total % granularity != 0) no_ring();
    size_ = static_cast<std::size_t>(total - granularity);
    mask_ = std::has_single_bit(size_) ? size_ - 1 : 0;
    auto mapped = section_.with_handle(
        [&](HANDLE handle, const auto&) { return map_twice(handle, granularity, size_); });
    once_ = std::move(mapped.once);
    again_ = std::move(mapped.again);
    header_ = static_cast<RingHeader*>(once_.get());
    bytes_ = static_cast<std::byte*>(once_.get()) + granularity;
    if (section_.created()) return;
    constexpr auto patience = 100;  // milliseconds, for whoever is just making it
    for (auto turn = 0; turn < patience && header_->mark.load() == 0; ++turn) Sleep(1);
    if (header_->mark.load(std::memory_order_acquire) != mark || header_->size != size_) no_ring();
}

void Ring::close() {
    try {
        Lease::Alone alone(lease_);
        check(UnmapViewOfFile(again_.get()), "UnmapViewOfFile");
        static_cast<void>(again_.release());
        alone.close();  // half of it is gone: what is refused from here on goes with the object
        check(UnmapViewOfFile(once_.get()), "UnmapViewOfFile");
        static_cast<void>(once_.release());
        section_.close();
    } catch (const Closed&) {
        return;  // closing twice is harmless
    }
}

// Each end's own position is as it left it; that of the other may move on meanwhile.
Ring::Positions Ring::positions() const {
    const Positions found{header_->head.load(std::memory_order_acquire),
                          header_->tail.load(std::memory_order_acquire)};
    if (found.tail - found.head > size_) {
        throw std::runtime_error(
            "the ring's positions make no sense: two threads used one end of "
            "it, or somebody wrote over them");
    }
    return found;
}

// Whoever asks may be at neither end, while both move on between two looks.
std::size_t Ring::filled() const {
    const Lease::Use use(lease_);
    const auto head = header_->head.load(std::memory_order_acquire);
    const auto tail = header_->tail.load(std::memory_order_acquire);
    return std::min(static_cast<std::size_t>(tail - head), size_);
}

bool Ring::push(std::span<const std::byte> bytes) {
    const Lease::Use use(lease_);
    const auto [head, tail] = positions();
    if (bytes.size() > size_ - (tail - head)) return false;
    if (bytes.empty()) return true;
    std::memcpy(at(tail), bytes.data(), bytes.size());
    header_->tail.store(tail + bytes.size(), std::memory_order_release);
    return true;
}

std::span<const std::byte> Ring::first(std::size_t size) const {
    const auto [head, tail] = positions();
    const auto filled = static_cast<std::size_t>(tail - head);
    if (filled < size) return {};
    return {at(head), size != 0 ? size : filled};
}

std::size_t Ring::pull_into(std::span<std::byte> bytes) {
    const Lease::Use use(lease_);
    const auto [head, tail] = positions();
    const auto size = std::min(static_cast<std::size_t>(tail - head), bytes.size());
    if (size == 0) return 0;
    std::memcpy(bytes.data(), at(head), size);
    forget(size);
    return size;
}

void Ring::forget(std::size_t size) noexcept {
    const auto head = header_->head.load(std::memory_order_relaxed);
    header_->head.store(head + size, std::memory_order_release);
}

Lent Ring::lend_room(std::size_t size) {
    Lease::Use use(lease_);
    const auto [head, tail] = positions();
    if (size > size_ - (tail - head)) {
        throw NotLendable("there is no room for " + std::to_string(size) + " bytes in the ring");
    }
    use.add_view();
    return {at(tail), size, false};
}

Lent Ring::lend_filled(std::size_t size) {
    Lease::Use use(lease_);
    const auto [head, tail] = positions();
    const auto filled = static_cast<std::size_t>(tail - head);
    if (size > filled) {
        throw NotLendable("there are " + std::to_string(filled) + " bytes in the ring, not " +
                          std::to_string(size));
    }
    use.add_view();
    return {at(head), size != 0 ? size : filled, true};
}

void Ring::publish(std::size_t size) {
    const Lease::Use use(lease_);
    const auto [head, tail] = positions();
    if (size > size_ - (tail - head)) throw std::runtime_error("the ring filled up meanwhile");
    header_->tail.store(tail + size, std::memory_order_release);
}

void Ring::consume(std::size_t size) {
    const Lease::Use use(lease_);
    const auto [head, tail] = positions();
    if (size > tail - head) throw std::runtime_error("the ring was emptied meanwhile");
    forget(size);
}

}  // namespace ntpages
