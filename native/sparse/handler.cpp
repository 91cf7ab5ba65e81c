// sparse/handler: the vectored exception handler, and the table of ranges it reads.
#include "native/sparse/handler.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "native/error.hpp"
#include "native/lock.hpp"

namespace ntpages {
namespace {

// One watched range. Emptied in place when its range goes, and left out of the next table.
struct Watched {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    std::atomic<SparseRange*> range{nullptr};
};

// Ranges by address. Only `range` changes once a table is published.
struct Table {
    explicit Table(std::size_t room) : entries(std::make_unique<Watched[]>(room)) {}

    void add(std::uintptr_t begin, std::uintptr_t end, SparseRange* range) noexcept {
        auto& entry = entries[size++];
        entry.begin = begin;
        entry.end = end;
        entry.range = range;
    }
    // The entry that holds an address, or nullptr.
    [[nodiscard]] Watched* find(std::uintptr_t address) const noexcept {
        auto* const first = entries.get();
        auto* const after = std::upper_bound(
            first, first + size, address,
            [](std::uintptr_t value, const Watched& entry) { return value < entry.begin; });
        return after != first && address < (after - 1)->end ? after - 1 : nullptr;
    }

    std::unique_ptr<Watched[]> entries;
    std::size_t size = 0;
};

// Never destroyed: threads may be killed in the middle of a fault when the process exits.
constinit std::atomic<const Table*> published{nullptr};
constinit SlimLock writing{};
constinit void* registration = nullptr;
std::vector<void*> superseded;  // registrations that Windows did not end when it was asked to

// Who is reading a table right now, in two generations: a writer moves newcomers to the other one
// and waits for the old to empty, so that readers who keep coming can't hold it up.
constinit std::array<std::atomic<long>, 2> readers{};
constinit std::atomic<unsigned> generation{0};

class Reading {
public:
    Reading() noexcept : mine_(readers[generation & 1]) { ++mine_; }
    ~Reading() { --mine_; }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

private:
    std::atomic<long>& mine_;
};

// True once nobody can hold what was unpublished before the call. The idle generation is drained
// first: a reader that chose it just before the last turn may still be in it.
bool quiesce() noexcept {
    return drain(readers[(generation + 1) & 1]) && drain(readers[generation++ & 1]);
}

// Runs on any thread, at any instruction, under any lock, the heap's included: so it takes no
// lock, allocates nothing, throws nothing and knows no Python.
LONG CALLBACK commit_on_touch(EXCEPTION_POINTERS* raised) noexcept {
    constexpr ULONG_PTR to_write = 1;
    constexpr ULONG_PTR to_execute = 8;
    const auto& record = *raised->ExceptionRecord;
    if (record.ExceptionCode != EXCEPTION_ACCESS_VIOLATION || record.NumberParameters < 2 ||
        record.ExceptionInformation[0] == to_execute) {
        return EXCEPTION_CONTINUE_SEARCH;
    }
    const auto address = static_cast<std::uintptr_t>(record.ExceptionInformation[1]);
    const Reading reading;
    const auto* const table = published.load();
    const auto* const watched = table ? table->find(address) : nullptr;
    auto* const range = watched ? watched->range.load() : nullptr;
    if (!range) return EXCEPTION_CONTINUE_SEARCH;

    const auto last_error = GetLastError();  // the interrupted code may be about to read it
    const auto served = range->serve(address, record.ExceptionInformation[0] == to_write);
    SetLastError(last_error);
    return served ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}

// The old table with one more range, and without those that are gone.
std::unique_ptr<Table> with(const Table* old, SparseRange& range) {
    auto next = std::make_unique<Table>((old ? old->size : 0) + 1);
    auto placed = false;
    const auto place = [&] {
        next->add(range.begin(), range.end(), &range);
        placed = true;
    };
    for (std::size_t i = 0; old && i < old->size; ++i) {
        const auto& entry = old->entries[i];
        auto* const kept = entry.range.load();
        if (!kept) continue;
        if (!placed && entry.begin > range.begin()) place();
        next->add(entry.begin, entry.end, kept);
    }
    if (!placed) place();
    return next;
}

}  // namespace

void watch(SparseRange& range) {
    const std::scoped_lock lock(writing);
    const auto* const old = published.load();
    // Where buffers come and go, the new one often lies just where one of its size has been.
    auto* const before = old ? old->find(range.begin()) : nullptr;
    const auto same = before && before->begin == range.begin() && before->end == range.end();
    auto next = same ? nullptr : with(old, range);

    superseded.reserve(superseded.size() + 1);  // nothing may fail behind the next line
    auto* const newest =
        check(AddVectoredExceptionHandler(1, commit_on_touch), "AddVectoredExceptionHandler");
    if (registration) superseded.push_back(registration);
    registration = newest;
    // One that stays would serve each touch once more, after the newest gave it up.
    std::erase_if(superseded, [](void* each) { return RemoveVectoredExceptionHandler(each) != 0; });

    if (same) {
        before->range = &range;
    } else {
        published = next.release();
        if (quiesce()) delete old;
    }
}

Pinned::Pinned(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    const Reading reading;
    const auto* const table = published.load();
    const auto* const watched = table ? table->find(begin) : nullptr;
    auto* const range = watched ? watched->range.load() : nullptr;
    if (!range) return;
    offset_ = begin - range->begin();
    size_ = bytes.size();
    range->pin(offset_, size_);
    range_ = range;
}

// The caller's view of the memory has kept the range.
Pinned::~Pinned() {
    if (range_) range_->unpin(offset_, size_);
}

bool unwatch(const SparseRange& range) noexcept {
    const std::scoped_lock lock(writing);
    published.load()->find(range.begin())->range = nullptr;
    return quiesce();
}

}  // namespace ntpages
